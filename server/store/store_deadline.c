#include "server/store/store_deadline.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/json_text.h"

static const char *const units[] = {[ROUTE_DEADLINE_MINUTES] = "minutes",
                                    [ROUTE_DEADLINE_HOURS] = "hours",
                                    [ROUTE_DEADLINE_WORKING_HOURS] = "working_hours",
                                    [ROUTE_DEADLINE_WORKING_DAYS] = "working_days"};

const char *store_deadline_unit(enum route_deadline_kind kind)
{
    return units[kind];
}

bool store_deadline_kind(const char *unit, enum route_deadline_kind *kind)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i] != NULL && strcmp(units[i], unit) == 0) {
            *kind = (enum route_deadline_kind)i;
            return true;
        }
    }
    return false;
}

/* {"unit": "hours", "amount": 2} */
static struct route_deadline step_of(struct json_object *value)
{
    struct json_object *unit = NULL;
    struct json_object *amount = NULL;
    struct route_deadline d = {ROUTE_DEADLINE_INHERIT, 0};
    if (json_object_is_type(value, json_type_object) &&
        json_object_object_get_ex(value, "unit", &unit) &&
        json_object_object_get_ex(value, "amount", &amount) &&
        store_deadline_kind(json_object_get_string(unit), &d.kind)) {
        d.value = json_object_get_int(amount);
    }
    return d;
}

void store_terms_read(struct route_terms *terms, const struct route_deadlines *d, const char *json)
{
    *terms = ROUTE_TERMS_NONE;
    struct json_object *root = json == NULL ? NULL : json_tokener_parse(json);
    struct json_object *value = NULL;
    if (root == NULL) {
        return;
    }
    if (json_object_object_get_ex(root, "urgent", &value)) {
        terms->urgent = json_object_get_boolean(value);
    }
    if (json_object_object_get_ex(root, "calendar", &value)) {
        terms->calendar = route_deadlines_find_calendar(d, str_of(json_object_get_string(value)));
    }
    if (json_object_object_get_ex(root, "committed", &value)) {
        terms->committed_at_us = json_object_get_int64(json_object_object_get(value, "at_us"));
        terms->committed_us = json_object_get_int64(json_object_object_get(value, "until_us"));
    }
    for (int step = 0; step < ROUTE_STEPS; step++) {
        if (json_object_object_get_ex(root, route_step_names[step], &value)) {
            terms->steps[step] = step_of(value);
        }
    }
    json_object_put(root);
}

bool store_terms_none(const struct route_terms *terms)
{
    bool none = terms->urgent < 0 && terms->calendar < 0 && terms->committed_at_us == 0;
    for (int step = 0; step < ROUTE_STEPS; step++) {
        none = none && terms->steps[step].kind == ROUTE_DEADLINE_INHERIT;
    }
    return none;
}

void store_terms_json(struct strbuf *out, const struct route_deadlines *d,
                      const struct route_terms *terms)
{
    strbuf_append_char(out, '{');
    if (terms->urgent >= 0) {
        json_text_field_bool(out, "urgent", terms->urgent == 1);
    }
    if (terms->calendar >= 0) {
        json_text_field(out, "calendar", route_deadlines_calendar(d, terms->calendar)->code);
    }
    if (terms->committed_at_us != 0) {
        json_text_key(out, "committed");
        strbuf_append_char(out, '{');
        json_text_field_int(out, "at_us", terms->committed_at_us);
        json_text_field_int(out, "until_us", terms->committed_us);
        strbuf_append_char(out, '}');
    }
    for (int step = 0; step < ROUTE_STEPS; step++) {
        if (terms->steps[step].kind != ROUTE_DEADLINE_INHERIT) {
            json_text_key(out, route_step_names[step]);
            strbuf_append_char(out, '{');
            json_text_field(out, "unit", units[terms->steps[step].kind]);
            json_text_field_int(out, "amount", terms->steps[step].value);
            strbuf_append_char(out, '}');
        }
    }
    strbuf_append_char(out, '}');
}

/* "REASON FROM [TO],..." */
static size_t read_pauses(const struct route_deadlines *d, const char *text,
                          struct route_pause *pauses)
{
    struct str rest = str_of(text == NULL ? "" : text);
    size_t n = 0;
    while (rest.n > 0 && n < ROUTE_PAUSES_MAX) {
        struct str one = str_cut(&rest, ',');
        struct str reason = str_cut(&one, ' ');
        struct str from = str_cut(&one, ' ');
        pauses[n++] = (struct route_pause){
            .from_us = from.n == 0 ? 0 : strtoll(from.p, NULL, 10),
            .to_us = one.n == 0 ? INT64_MAX : strtoll(one.p, NULL, 10),
            .reason = route_deadlines_find_reason(d, reason),
        };
    }
    return n;
}

static int32_t category_number(const struct snapshot *s, int64_t id)
{
    int32_t found = -1;
    for (size_t i = 0; i < s->n_categories && found < 0; i++) {
        found = s->categories[i].id == id ? (int32_t)i : -1;
    }
    return found;
}

static int32_t agency_number(const struct snapshot *s, int64_t id)
{
    int32_t found = -1;
    for (size_t i = 0; i < s->n_agencies && found < 0; i++) {
        found = s->agencies[i].id == id ? (int32_t)i : -1;
    }
    return found;
}

void store_clock_read(struct store_clock *clock, const struct snapshot *s, const struct db_rows *r,
                      size_t row, size_t column)
{
    struct route_deadline_facts *facts = &clock->facts;
    facts->category = category_number(s, db_rows_int_or(r, row, column, -1));
    facts->agency = agency_number(s, db_rows_int_or(r, row, column + 1, -1));
    facts->received_us = db_rows_int_or(r, row, column + 2, 0);
    facts->clock_from_us = db_rows_int_or(r, row, column + 3, facts->received_us);
    store_terms_read(&facts->terms, s->deadlines, db_rows_text_or_null(r, row, column + 4));
    facts->pauses = clock->pauses;
    facts->n_pauses =
        read_pauses(s->deadlines, db_rows_text_or_null(r, row, column + 5), clock->pauses);
    for (size_t step = 0; step < ROUTE_STEPS; step++) {
        clock->stored.at_us[step] = db_rows_int_or(r, row, column + 6 + step, INT64_MIN);
    }
    clock->paused_us = db_rows_int_or(r, row, column + 10, INT64_MIN);
}
