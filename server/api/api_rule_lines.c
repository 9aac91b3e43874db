/* The lines of a rule in JSON, read as the engine reads them, and what they name looked up.
 * Whatever else is wrong with a rule among others is found by the check. */
#include <json-c/json.h>
#include <string.h>

#include "routing/route_rule_text.h"
#include "server/api/api_rules.h"

struct lines {
    struct http_request *r;
    const struct snapshot *s;
    struct arena *arena;
};

static bool refuse(const struct lines *l, const char *field, const char *code, const char *why)
{
    const char *detail =
        arena_printf(http_arena(l->r), "%s: %s",
                     http_language(l->r) == HTTP_EN ? "cannot be read" : "không đọc được", why);
    http_problem_words(l->r, 422, field, code, detail == NULL ? why : detail);
    return false;
}

static bool unknown(const struct lines *l, const char *field, const char *what)
{
    const char *detail = arena_printf(
        http_arena(l->r), "%s: %s",
        http_language(l->r) == HTTP_EN ? "is not known" : "không có giá trị này", what);
    http_problem_words(l->r, 422, field, "unknown", detail == NULL ? what : detail);
    return false;
}

static bool agency_known(const struct snapshot *s, const char *code)
{
    for (size_t i = 0; i < s->n_agencies; i++) {
        if (strcmp(s->agencies[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

static bool value_known(const struct snapshot *s, const struct route_condition *c,
                        const char *value)
{
    enum boundary_level level = c->level == ROUTE_REACH_WARD ? LEVEL_WARD : LEVEL_DISTRICT;
    if (c->kind == ROUTE_IF_CATEGORY) {
        return snapshot_category_find(s, value) >= 0;
    }
    for (size_t i = 0; c->kind == ROUTE_IF_BOUNDARY && i < s->n_boundaries; i++) {
        if (s->boundaries[i].level == level && strcmp(s->boundaries[i].code, value) == 0) {
            return true;
        }
    }
    for (size_t i = 0; c->kind == ROUTE_IF_JURISDICTION && i < s->n_jurisdictions; i++) {
        if (strcmp(s->jurisdictions[i].code, value) == 0) {
            return true;
        }
    }
    return c->kind != ROUTE_IF_BOUNDARY && c->kind != ROUTE_IF_JURISDICTION;
}

static bool condition_good(const struct lines *l, const char *field, struct str line)
{
    struct route_condition c;
    struct err e;
    if (route_condition_read(l->arena, line, &c, &e) != STATUS_OK) {
        return refuse(l, field, "malformed", e.text);
    }
    for (size_t i = 0; i < c.n_values; i++) {
        if (!value_known(l->s, &c, c.values[i])) {
            return unknown(l, field, c.values[i]);
        }
    }
    return true;
}

static bool outcome_good(const struct lines *l, const char *field, struct str line)
{
    struct route_outcome o;
    struct err e;
    if (route_outcome_read(l->arena, line, &o, &e) != STATUS_OK) {
        return refuse(l, field, "malformed", e.text);
    }
    if (o.kind == ROUTE_TO_AGENCY && !agency_known(l->s, o.code)) {
        return unknown(l, field, o.code);
    }
    return true;
}

static bool list_good(const struct lines *l, struct json_object *rule, const char *name,
                      bool (*good)(const struct lines *l, const char *field, struct str line))
{
    struct json_object *list = json_object_object_get(rule, name);
    size_t n = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < n; i++) {
        struct json_object *value = json_object_array_get_idx(list, i);
        const char *field = arena_printf(http_arena(l->r), "%s[%zu]", name, i);
        if (!json_object_is_type(value, json_type_string)) {
            http_problem_field(l->r, 422, field == NULL ? name : field, FAULT_WRONG_TYPE);
            return false;
        }
        struct str line = {json_object_get_string(value),
                           (size_t)json_object_get_string_len(value)};
        if (!good(l, field == NULL ? name : field, line)) {
            return false;
        }
    }
    return true;
}

static bool deadline_good(const struct lines *l, struct json_object *rule)
{
    const char *text = json_object_get_string(json_object_object_get(rule, "deadline"));
    struct route_deadline deadline;
    struct err e;
    if (text == NULL || text[0] == '\0' ||
        route_deadline_read(str_of(text), &deadline, &e) == STATUS_OK) {
        return true;
    }
    return refuse(l, "deadline", "malformed", e.text);
}

bool api_rule_lines(struct http_request *r, struct json_object *rule)
{
    struct lines l = {.r = r, .s = api_snapshot(r), .arena = http_arena(r)};
    if (l.s == NULL) {
        return false;
    }
    const char *outcome = json_object_get_string(json_object_object_get(rule, "outcome"));
    return list_good(&l, rule, "conditions", condition_good) &&
           outcome_good(&l, "outcome", str_of(outcome)) &&
           list_good(&l, rule, "partners", outcome_good) && deadline_good(&l, rule);
}
