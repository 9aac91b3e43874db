#include "server/intake/json_read.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "server/base/utf8.h"

#define DEPTH_MAX 12

/* json-c takes 'single quotes' even when it is strict. (It takes NaN too, which is left to the
 * check of the number, since that can name the field.) */
static bool quoted_singly(struct str json)
{
    bool inside = false;
    for (size_t i = 0; i < json.n; i++) {
        if (inside && json.p[i] == '\\') {
            i++;
        } else if (json.p[i] == '"') {
            inside = !inside;
        } else if (!inside && json.p[i] == '\'') {
            return true;
        }
    }
    return false;
}

struct json_object *json_read(struct str text)
{
    struct str json = str_trim(text);
    if (quoted_singly(json)) {
        return NULL;
    }
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    if (tokener == NULL) {
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *tree = json_tokener_parse_ex(tokener, json.p, (int)json.n);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success &&
                 json_tokener_get_parse_end(tokener) == json.n;
    json_tokener_free(tokener);
    if (!whole) {
        json_object_put(tree);
        return NULL;
    }
    return tree;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth bounded by DEPTH_MAX */
bool json_read_clean(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        return !utf8_has_control(
            (struct str){json_object_get_string(value), (size_t)json_object_get_string_len(value)});
    }
    if (json_object_is_type(value, json_type_double)) {
        return isfinite(json_object_get_double(value)) != 0;
    }
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            if (!json_read_clean(json_object_array_get_idx(value, i))) {
                return false;
            }
        }
    }
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            if (utf8_has_control(str_of(key)) || !json_read_clean(member)) {
                return false;
            }
        }
    }
    return true;
}
