/* The pages that work without JavaScript: their frame and the parts of their forms, in one place.
 * Markup is here and in the files that end in _html.c, written through HTML() only. */
#ifndef API_PLAIN_PAGE_H
#define API_PLAIN_PAGE_H

#include "server/api/api.h"
#include "server/api/plain_words.h"
#include "server/base/html_text.h"

struct plain_page {
    struct http_request *r;
    enum http_language lang;
    struct strbuf out;
};

#define PW(page, word) plain_word((word), (page)->lang)

/* The document up to <main> with its heading. `path` is what the other language's link leads to,
 * without its query. */
void plain_begin(struct plain_page *page, struct http_request *r, enum plain_word title,
                 const char *path);
/* The rest of it, sent under the policy that all pages have. */
void plain_send(struct plain_page *page, int status);

/* "en" or "vi", for links that keep the language. */
const char *plain_lang(const struct plain_page *page);

struct plain_field {
    const char *name; /* also its id */
    enum plain_word label;
    enum plain_word hint;     /* W_COUNT: none */
    const char *type;         /* of an <input>; NULL: a text of several lines */
    const char *autocomplete; /* "" for none */
    bool required;
    const char *value, *error; /* NULL: none */
};

/* Label, hint, error and the field itself, tied together for those who hear the page. */
void plain_input(struct plain_page *page, const struct plain_field *field);
/* The part before the field: label, hint, error. */
void plain_label(struct plain_page *page, const struct plain_field *field);
/* id, name, aria-describedby and aria-invalid of the field. */
void plain_ties(struct plain_page *page, const struct plain_field *field);

/* An instant as people write it in the city. In the request's arena. */
const char *plain_time(struct http_request *r, int64_t us);

#endif
