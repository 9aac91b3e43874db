/* What the files about rules share. */
#ifndef API_API_RULES_H
#define API_API_RULES_H

#include "server/api/api_auth.h"

struct json_object;

/* A rule in the body, beside "revision" and "why": checked field by field, its lines read as the
 * engine reads them. {"revision", "why", "rule": {...}}; NULL when the request is answered. `code`
 * is the path's; NULL: the body has it. */
struct json_object *api_rule_body(struct http_request *r, const char *code);
/* Reads conditions, outcome, partners and deadline of a rule in JSON as the engine would; false
 * with the problem answered, naming the field. */
bool api_rule_lines(struct http_request *r, struct json_object *rule);
/* A set's rules as the API has them ({"rules": [...]}) in the text form; false: one cannot be read.
 */
bool api_rules_write_text(struct http_request *r, struct str json, struct strbuf *out);
/* The body's "text" read into "rules"; NULL with the problem answered. Takes over the body. */
struct json_object *api_rules_read_text(struct http_request *r, struct json_object *body);

/* Answers what /api/v1/route answers, under that set. */
void api_rule_route(struct http_request *r, const char *set);

#endif
