/* Reading JSON that came from outside: strictly what JSON is, and no deeper than anybody needs. */
#ifndef INTAKE_JSON_READ_H
#define INTAKE_JSON_READ_H

#include <stdbool.h>

#include "server/base/str.h"

struct json_object;

/* The whole text as one value; NULL when it is not JSON, is not UTF-8, or nests too deeply. Free
 * with json_object_put. */
struct json_object *json_read(struct str text);

/* True if no text inside has a control character (PostgreSQL's jsonb refuses U+0000) and no number
 * is infinite. */
bool json_read_clean(struct json_object *value);

#endif
