/* Templates filled in from a notice's facts: {{name}} becomes the fact's text in the message's
 * language, in one pass, so that what a person wrote is never taken for a placeholder. Pure. */
#ifndef NOTIFY_NOTIFY_TEXT_H
#define NOTIFY_NOTIFY_TEXT_H

#include <stdbool.h>

#include "server/base/str.h"

struct json_object;

struct notify_words {
    struct json_object *facts; /* see hotline.notice_facts */
    const char *lang;          /* "vi" or "en" */
    const char *public_url;    /* "": no links */
};

/* A text of lines: each ends in "\n", one whose placeholder has nothing is left out. */
void notify_text_lines(const struct notify_words *w, const char *template, struct strbuf *out);
/* One line: white space of any kind becomes single blanks. */
void notify_text_line(const struct notify_words *w, const char *template, struct strbuf *out);
/* The text as HTML: everything escaped, addresses made links, line ends kept. */
void notify_text_html(struct str text, struct strbuf *out);

#endif
