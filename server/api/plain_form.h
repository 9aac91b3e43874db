/* Forms as browsers send them without JavaScript, and how they are told from those of other sites
 * and of machines. */
#ifndef API_PLAIN_FORM_H
#define API_PLAIN_FORM_H

#include "server/api/api.h"

#define PLAIN_FIELDS_MAX 40

struct plain_form {
    struct {
        const char *name, *value;
    } rows[PLAIN_FIELDS_MAX]; /* in the request's arena */
    size_t n;
};

/* Reads an application/x-www-form-urlencoded body: valid UTF-8 without NUL, line ends as \n. False
 * with the problem answered for anything else, or when another site's page sent it. */
bool plain_form_read(struct http_request *r, struct plain_form *form);
/* The same from a body that was read by pieces, without looking at where it came from; false for
 * what is no text. */
bool plain_form_parse(struct http_request *r, struct str body, struct plain_form *form);
/* A field of a form that came as multipart; false where there are too many, or it is no text. */
bool plain_form_add(struct http_request *r, struct plain_form *form, struct str name,
                    struct str value);
/* False for a form that another site's page sends. */
bool plain_form_from_here(const struct http_request *r);
/* The first of that name, trimmed; "" where there is none. */
const char *plain_form_get(const struct plain_form *form, const char *name);

/* A seal for a form: when it was made, something random, and a code that only this service can
 * make. It is also the form's Idempotency-Key, so that sending it twice files one complaint. In the
 * arena;
 * "" when memory is short. */
const char *plain_seal_make(struct http_request *r);
/* True for one of ours that is not too old. */
bool plain_seal_good(struct http_request *r, const char *seal);

#endif
