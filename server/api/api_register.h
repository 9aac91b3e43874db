/* The register that administrators keep (sql/0034_register.sql), over several files: agencies,
 * desks and areas; categories, calendars, deadlines and letters; what a deadline would be. */
#ifndef API_API_REGISTER_H
#define API_API_REGISTER_H

#include "server/api/api_change.h"

#define REGISTER_READERS (AUTH_ADMINISTRATOR | AUTH_AUDITOR)

/* Answers with the statement's JSON: $1 who asks, $2 `about` unless that is NULL. 404 without a
 * row. */
void register_read(struct http_request *r, const char *sql, const char *about);

/* The body of an administrator's change, with `value` under `name` (NULL: none) added. NULL with
 * the problem answered. */
struct json_object *register_body(struct http_request *r, const struct change_field *fields,
                                  size_t n, const char *name, const char *value);

/* True if that list is of texts; else `args` is put and 422 answered. */
bool register_texts(struct http_request *r, struct json_object *args, const char *name);

#endif
