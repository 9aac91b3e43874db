/* How every change that a person asks for goes: the body held against a table of fields, then
 * hotline.perform in one transaction, then the answer or a problem in words. Repeating a request
 * with its Idempotency-Key does nothing twice; without one a key is made up here, so that a
 * connection lost on the way to the database is harmless too. */
#ifndef API_API_CHANGE_H
#define API_API_CHANGE_H

#include "server/api/api_auth.h"

struct json_object;

enum change_kind {
    CHANGE_CODE,  /* a short text of one line without blanks */
    CHANGE_LINE,  /* a text of one line */
    CHANGE_TEXT,  /* a text of several lines */
    CHANGE_WHOLE, /* a whole number from 0 */
    CHANGE_FLAG,
    CHANGE_OBJECT,
    CHANGE_LIST,
};

struct change_field {
    const char *name;
    enum change_kind kind;
    bool required;
    size_t max; /* code points of a text, elements of a list; the largest number */
};

/* The request's body: an object with these fields and no other. Texts are trimmed and must not be
 * empty where they are required. NULL with the problem answered; else json_object_put it. */
struct json_object *change_body(struct http_request *r, const struct change_field *fields,
                                size_t n);
/* Room in `args`, which is an object, for what is not in the body. */
void change_arg_text(struct json_object *args, const char *name, const char *value);
void change_arg_int(struct json_object *args, const char *name, int64_t value);

/* True if somebody with one of these roles asks; else 401 or 403 is answered. */
bool change_allowed(struct http_request *r, unsigned roles);

/* What is done with the answer of a change that was made; NULL: it is sent with `status`. Must
 * answer the request; it may hold it. */
typedef void change_done(struct http_request *r, struct json_object *answer);

/* Runs the action and answers the request. Takes over `args`. */
void change_perform(struct http_request *r, const char *action, struct json_object *args,
                    int status, change_done *done);

/* What came of one change: with STATUS_OK {"outcome": "done", "answer": ...} or a refusal,
 * borrowed. */
typedef void change_part_done(void *arg, enum status status, struct json_object *outcome);

/* One of several changes of one request, which it does not answer: a repeat of the request repeats
 * none of them. `part` is as short as a tracking code and tells them apart; NULL: there is one.
 * Only after change_key_good. Takes over `args`. Calls `done` once, before it returns or later. */
void change_perform_part(struct http_request *r, const char *action, struct json_object *args,
                         const char *part, change_part_done *done, void *arg);

/* False with 400 answered for an Idempotency-Key that cannot be one. */
bool change_key_good(struct http_request *r);

/* What a repeat of a request is known by: its Idempotency-Key, or one made up here; and what was
 * asked for, so that the same key with something else can be refused. */
#define CHANGE_KEY_MAX 200
struct change_key {
    char key[CHANGE_KEY_MAX + 1], hash[33];
};
/* Only after change_key_good. `part` as below. */
void change_key_take(struct http_request *r, const char *part, struct change_key *out);
/* The hash, where the body was not held in memory: of its path and of what was read of it, `body`.
 */
void change_key_content(struct http_request *r, struct str body, struct change_key *out);

struct change_refusal {
    int status;
    const char *field, *code, *detail; /* in the request's language and arena */
};
struct change_refusal change_refusal_read(struct http_request *r, struct json_object *refusal);

/* Answers with the problem that a refusal is: {"outcome", "field", "about"}. */
void change_refuse(struct http_request *r, struct json_object *refusal);

#endif
