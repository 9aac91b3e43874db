/* Errors as RFC 9457 problem+json, in the language the client asked for. */
#ifndef HTTP_HTTP_PROBLEM_H
#define HTTP_HTTP_PROBLEM_H

#include <stddef.h>

#include "server/base/fault.h"
#include "server/http/http.h"

/* Answers with that status; the title is the status's own words. `errors` may be NULL. */
void http_problem(struct http_request *r, int status, const struct fault_list *errors);
/* The answer for a failed stage: STATUS_BUSY 503 with Retry-After, STATUS_TIMEOUT 504, ... */
void http_problem_status(struct http_request *r, enum status status);
/* The HTTP status of a failed stage. */
int http_status_of(enum status status);
/* What is wrong, in words: "là bắt buộc", "is too long". */
const char *http_fault_words(enum fault_code code, enum http_language language);
/* One wrong field: 422 for a body's, 400 for a query's. */
void http_problem_field(struct http_request *r, int status, const char *field,
                        enum fault_code code);
/* One wrong field in the caller's own words, already in the request's language; `field` may be "".
 */
void http_problem_words(struct http_request *r, int status, const char *field, const char *code,
                        const char *detail);

#endif
