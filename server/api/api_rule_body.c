/* One rule as JSON. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "routing/route_date.h"
#include "server/api/api_change.h"
#include "server/api/api_rules.h"

#define LINE_MAX_CHARS 20000
#define CODE_MAX       64

static const struct change_field fields[] = {
    {"revision", CHANGE_WHOLE, true, INT32_MAX},
    {"why", CHANGE_TEXT, false, 1000},
    {"code", CHANGE_CODE, true, CODE_MAX},
    {"name", CHANGE_OBJECT, true, 0},
    {"class", CHANGE_CODE, true, 16},
    {"valid_from", CHANGE_CODE, false, 10},
    {"valid_to", CHANGE_CODE, false, 10},
    {"conditions", CHANGE_LIST, true, 16},
    {"outcome", CHANGE_LINE, true, 1000},
    {"partners", CHANGE_LIST, false, 4},
    {"deadline", CHANGE_LINE, false, 40},
    {"urgent", CHANGE_FLAG, false, 0},
    {"reason", CHANGE_TEXT, false, 1000},
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char *text_in(struct json_object *o, const char *name)
{
    struct json_object *value = json_object_object_get(o, name);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static bool code_good(const char *code)
{
    return code[0] != '-' && strlen(code) <= CODE_MAX &&
           code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static void check_name(struct json_object *body, struct fault_list *faults)
{
    static const char *const parts[] = {"name.vi", "name.en"};
    struct json_object *name = json_object_object_get(body, "name");
    for (int i = 0; i < 2; i++) {
        const char *text = text_in(name, parts[i] + 5);
        if (text == NULL || text[0] == '\0') {
            fault_add(faults, parts[i], FAULT_REQUIRED);
        } else if (strlen(text) > 400) {
            fault_add(faults, parts[i], FAULT_TOO_LONG);
        }
    }
}

static void check_days(struct json_object *body, struct fault_list *faults)
{
    static const char *const names[] = {"valid_from", "valid_to"};
    int32_t days[2] = {INT32_MIN, INT32_MAX};
    for (int i = 0; i < 2; i++) {
        const char *text = text_in(body, names[i]);
        if (text != NULL && text[0] != '\0' && !route_date_parse(str_of(text), &days[i])) {
            fault_add(faults, names[i], FAULT_NOT_A_TIME);
            return;
        }
    }
    if (days[0] >= days[1]) {
        fault_add(faults, "valid_to", FAULT_OUT_OF_RANGE);
    }
}

static void check_shape(struct json_object *body, struct fault_list *faults)
{
    static const char *const classes[] = {"special", "asset", "ordinary", "fallback"};
    const char *rule_class = text_in(body, "class");
    const char *code = text_in(body, "code");
    bool known = false;
    for (int i = 0; i < 4; i++) {
        known = known || (rule_class != NULL && strcmp(classes[i], rule_class) == 0);
    }
    if (!known) {
        fault_add(faults, "class", FAULT_UNKNOWN_VALUE);
    }
    if (code == NULL || !code_good(code)) {
        fault_add(faults, "code", FAULT_MALFORMED);
    }
    check_name(body, faults);
    check_days(body, faults);
}

/* "" is as good as absent where the database has NULL. */
static void drop_empty(struct json_object *rule)
{
    static const char *const names[] = {"valid_from", "valid_to", "deadline"};
    for (int i = 0; i < 3; i++) {
        const char *text = text_in(rule, names[i]);
        if (text != NULL && text[0] == '\0') {
            json_object_object_del(rule, names[i]);
        }
    }
}

/* Moves what belongs to the rule into an object of its own. */
static struct json_object *args_of(struct json_object *body)
{
    struct json_object *args = json_object_new_object();
    struct json_object *rule = json_object_new_object();
    for (size_t i = 0; i < N_FIELDS; i++) {
        struct json_object *value = json_object_object_get(body, fields[i].name);
        if (value != NULL) {
            json_object_object_add(i < 2 ? args : rule, fields[i].name, json_object_get(value));
        }
    }
    drop_empty(rule);
    json_object_object_add(args, "rule", rule);
    json_object_put(body);
    return args;
}

struct json_object *api_rule_body(struct http_request *r, const char *code)
{
    struct fault_list faults = {.n = 0};
    struct change_field own[N_FIELDS];
    memcpy(own, fields, sizeof(own));
    own[2].required = code == NULL;
    struct json_object *body = change_body(r, own, N_FIELDS);
    if (body == NULL) {
        return NULL;
    }
    if (code != NULL) {
        change_arg_text(body, "code", code);
    }
    check_shape(body, &faults);
    if (faults.n > 0) {
        json_object_put(body);
        http_problem(r, 422, &faults);
        return NULL;
    }
    if (!api_rule_lines(r, body)) {
        json_object_put(body);
        return NULL;
    }
    return args_of(body);
}
