/* /api/v1/rule-sets/{set}/text: a set in the text form, out and in. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "routing/route_rule_text.h"
#include "server/api/api_change.h"
#include "server/api/api_rules.h"

#define TEXT_MAX ((size_t)8 << 20)

/* ---- out ---- */

static const char *text_in(struct json_object *o, const char *name)
{
    struct json_object *value = json_object_object_get(o, name);
    return value == NULL ? "" : json_object_get_string(value);
}

static const char *name_in(struct json_object *rule, const char *language)
{
    return text_in(json_object_object_get(rule, "name"), language);
}

/* Lines into what they stand for; the array is the arena's. */
static bool read_conditions(struct arena *arena, struct json_object *list, struct route_rule *rule)
{
    struct err e;
    size_t n = json_object_array_length(list);
    struct route_condition *all = arena_calloc(arena, n + 1, sizeof(*all));
    for (size_t i = 0; all != NULL && i < n; i++) {
        const char *line = json_object_get_string(json_object_array_get_idx(list, i));
        if (route_condition_read(arena, str_of(line), &all[i], &e) != STATUS_OK) {
            return false;
        }
    }
    rule->conditions = all;
    rule->n_conditions = n;
    return all != NULL;
}

static bool read_partners(struct arena *arena, struct json_object *list, struct route_rule *rule)
{
    struct err e;
    size_t n = list == NULL ? 0 : json_object_array_length(list);
    struct route_outcome *all = arena_calloc(arena, n + 1, sizeof(*all));
    for (size_t i = 0; all != NULL && i < n; i++) {
        const char *line = json_object_get_string(json_object_array_get_idx(list, i));
        if (route_outcome_read(arena, str_of(line), &all[i], &e) != STATUS_OK) {
            return false;
        }
    }
    rule->partners = all;
    rule->n_partners = n;
    return all != NULL;
}

static bool read_rule(struct arena *arena, struct json_object *json, struct route_rule *rule)
{
    struct err e;
    struct json_object *urgent = json_object_object_get(json, "urgent");
    const char *deadline = text_in(json, "deadline");
    *rule = (struct route_rule){.code = text_in(json, "code"),
                                .name_vi = name_in(json, "vi"),
                                .name_en = name_in(json, "en"),
                                .valid_from = text_in(json, "valid_from"),
                                .valid_to = text_in(json, "valid_to"),
                                .author = text_in(json, "author"),
                                .reason = text_in(json, "reason"),
                                .urgency = urgent == NULL ? ROUTE_URGENCY_OF_CATEGORY
                                           : json_object_get_boolean(urgent) ? ROUTE_URGENT
                                                                             : ROUTE_NOT_URGENT};
    return route_class_read(str_of(text_in(json, "class")), &rule->rule_class) &&
           route_outcome_read(arena, str_of(text_in(json, "outcome")), &rule->outcome, &e) ==
               STATUS_OK &&
           (deadline[0] == '\0' ||
            route_deadline_read(str_of(deadline), &rule->deadline, &e) == STATUS_OK) &&
           read_conditions(arena, json_object_object_get(json, "conditions"), rule) &&
           read_partners(arena, json_object_object_get(json, "partners"), rule);
}

bool api_rules_write_text(struct http_request *r, struct str json, struct strbuf *out)
{
    char *z = arena_strndup(http_arena(r), json.p, json.n);
    struct json_object *tree = z == NULL ? NULL : json_tokener_parse(z);
    struct json_object *list = json_object_object_get(tree, "rules");
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < json_object_array_length(list); i++) {
        struct route_rule rule;
        ok = read_rule(http_arena(r), json_object_array_get_idx(list, i), &rule);
        if (ok) {
            strbuf_append_z(out, i == 0 ? "" : "\n");
            route_rule_write(&rule, out);
        }
    }
    json_object_put(tree);
    return ok && !out->failed;
}

/* ---- in ---- */

static void add_text(struct json_object *o, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        change_arg_text(o, name, value);
    }
}

static struct json_object *line_of(struct strbuf *line)
{
    struct json_object *text = json_object_new_string_len(line->p, (int)line->n);
    strbuf_reset(line);
    return text;
}

static void add_lines(struct json_object *o, const struct route_rule *rule, struct strbuf *line)
{
    struct json_object *conditions = json_object_new_array();
    struct json_object *partners = json_object_new_array();
    for (size_t i = 0; i < rule->n_conditions; i++) {
        route_condition_write(&rule->conditions[i], line);
        json_object_array_add(conditions, line_of(line));
    }
    for (size_t i = 0; i < rule->n_partners; i++) {
        route_outcome_write(&rule->partners[i], line);
        json_object_array_add(partners, line_of(line));
    }
    route_outcome_write(&rule->outcome, line);
    json_object_object_add(o, "outcome", line_of(line));
    json_object_object_add(o, "conditions", conditions);
    json_object_object_add(o, "partners", partners);
    if (rule->deadline.kind != ROUTE_DEADLINE_INHERIT) {
        route_deadline_write(rule->deadline, line);
        json_object_object_add(o, "deadline", line_of(line));
    }
}

static struct json_object *rule_json(const struct route_rule *rule, struct strbuf *line)
{
    struct json_object *o = json_object_new_object();
    struct json_object *name = json_object_new_object();
    add_text(o, "code", rule->code);
    change_arg_text(name, "vi", rule->name_vi);
    change_arg_text(name, "en",
                    rule->name_en == NULL || rule->name_en[0] == '\0' ? rule->name_vi
                                                                      : rule->name_en);
    json_object_object_add(o, "name", name);
    change_arg_text(o, "class", route_class_name(rule->rule_class));
    add_text(o, "valid_from", rule->valid_from);
    add_text(o, "valid_to", rule->valid_to);
    change_arg_text(o, "author", rule->author == NULL ? "" : rule->author);
    add_text(o, "reason", rule->reason);
    add_lines(o, rule, line);
    if (rule->urgency != ROUTE_URGENCY_OF_CATEGORY) {
        json_object_object_add(o, "urgent", json_object_new_boolean(rule->urgency == ROUTE_URGENT));
    }
    return o;
}

struct json_object *api_rules_read_text(struct http_request *r, struct json_object *body)
{
    struct json_object *text = json_object_object_get(body, "text");
    struct route_rule *rules = NULL;
    struct strbuf line;
    struct err e;
    size_t n = 0;
    struct str given = {json_object_get_string(text), (size_t)json_object_get_string_len(text)};
    if (route_rules_read(http_arena(r), given, &rules, &n, &e) != STATUS_OK) {
        http_problem_words(r, 422, "text", "malformed", e.text);
        json_object_put(body);
        return NULL;
    }
    struct json_object *list = json_object_new_array();
    strbuf_init(&line, TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        json_object_array_add(list, rule_json(&rules[i], &line));
    }
    strbuf_free(&line);
    json_object_object_del(body, "text");
    json_object_object_add(body, "rules", list);
    return body;
}
