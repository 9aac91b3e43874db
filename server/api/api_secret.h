/* Passwords and tokens: what is slow about them on a compute thread, what is random from the
 * system. */
#ifndef API_API_SECRET_H
#define API_API_SECRET_H

#include "server/api/api.h"

/* A token for somebody's hands, and the hash that is kept. */
struct secret_token {
    char token[65], hash[65];
};
void secret_token(struct secret_token *out);

struct session_secrets {
    char token[65], hash[65], csrf[33];
};
void secret_session(struct session_secrets *out);

/* The cookie of a new session. */
void api_session_cookie(struct http_request *r, const char *token, int hours);
/* Begins the JSON object that the log-in functions take; the caller may add, and closes it. */
void api_session_given(struct http_request *r, const struct session_secrets *secrets,
                       struct strbuf *out);

/* An action whose request or answer holds a secret: as change_perform, but nothing of it is kept.
 * With an Idempotency-Key a repeat of what makes an account or a key gets another secret in place
 * of the first (sql/0041_casework.sql). `name` (or NULL) is added to the answer with `value`, which
 * nobody can read again. Takes over `args`. */
struct secret_answer {
    int status;
    const char *name, *value; /* in the request's arena */
};
struct json_object;
void secret_perform(struct http_request *r, const char *action, struct json_object *args,
                    const struct secret_answer *answer);

/* A password held against a hash, or made into one. The caller fills `done` and `arg`, and holds
 * the request; `done` runs on its thread. */
struct secret_check {
    void (*done)(void *arg, bool good);
    void *arg;
    const char *password;      /* borrowed until done */
    const char *new_password;  /* NULL, or what to make a hash of when the password was good */
    char hash[128];            /* what it is held against; then the new one's */
    bool any, good, too_short; /* too_short: or too long, or no UTF-8: there is no new hash */
};
/* `hash` NULL: there is nobody of that name, which costs the same work, so that time does not tell.
 * False when the queue is full: `done` will not run. */
bool secret_verify(struct http_request *r, struct secret_check *c, const char *hash,
                   const char *password);
/* Only makes a hash, of c->new_password. */
bool secret_make(struct http_request *r, struct secret_check *c);

#endif
