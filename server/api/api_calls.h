/* What the resources of the telephone side share. */
#ifndef API_API_CALLS_H
#define API_API_CALLS_H

#include "server/api/api_change.h"

#define CALL_TAKERS (AUTH_OPERATOR | AUTH_SUPERVISOR)

/* Asks a function of the database that answers as an action does ({outcome, answer} or a refusal)
 * but that other systems may call too, or that keeps a look at a person: $1 who asks, $2 the
 * arguments, which it takes over. `done` answers. */
void calls_ask(struct http_request *r, const char *sql, struct json_object *args,
               change_done *done);
/* What another system tells (call_told, inbound_told): a repeat with its Idempotency-Key does
 * nothing. Answers with 201 where the answer says "new", else 200. Takes over `args`. */
void calls_tell(struct http_request *r, const char *what, struct json_object *args);
/* Answers with 200. */
void calls_answer(struct http_request *r, struct json_object *answer);

/* Puts the instant of a text field into the arguments as microseconds, under another name. False
 * with 422 answered when it is none. */
bool calls_take_time(struct http_request *r, struct json_object *args, const char *field,
                     const char *name);
/* A number of a path. NULL with 404 answered. */
const char *calls_number(struct http_request *r, const char *name);

#endif
