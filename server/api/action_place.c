#include "server/api/action_place.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/intake/placing.h"
#include "server/store/store_complaint.h"

#define TERMS_MAX 4000

/* ---- what was asked ---- */

static bool number(struct json_object *location, const char *key, double *out)
{
    struct json_object *value = json_object_object_get(location, key);
    *out = json_object_get_double(value);
    return json_object_is_type(value, json_type_double) ||
           json_object_is_type(value, json_type_int);
}

static bool wrong(struct http_request *r, const char *field, enum fault_code code)
{
    http_problem_field(r, 422, field, code);
    return false;
}

bool action_place_read(struct http_request *r, struct json_object *args)
{
    struct json_object *location = json_object_object_get(args, "location");
    double lon = 0;
    double lat = 0;
    if (location == NULL) {
        return true;
    }
    json_object_object_foreach(location, key, value)
    {
        (void)value;
        if (strcmp(key, "lon") != 0 && strcmp(key, "lat") != 0) {
            return wrong(r, "location", FAULT_UNKNOWN_FIELD);
        }
    }
    if (!number(location, "lon", &lon)) {
        return wrong(r, "location.lon", FAULT_REQUIRED);
    }
    if (!number(location, "lat", &lat)) {
        return wrong(r, "location.lat", FAULT_REQUIRED);
    }
    if (fabs(lat) > 90 && fabs(lat) <= 180 && fabs(lon) <= 90) {
        return wrong(r, "location", FAULT_SWAPPED);
    }
    if (!(fabs(lon) <= 180)) {
        return wrong(r, "location.lon", FAULT_OUT_OF_RANGE);
    }
    return fabs(lat) <= 90 || wrong(r, "location.lat", FAULT_OUT_OF_RANGE);
}

/* ---- what the rules say ---- */

static void read_draft(const struct action_clock *a, struct complaint_draft *draft)
{
    struct json_object *location = json_object_object_get(a->args, "location");
    *draft = (struct complaint_draft){
        .category = a->clock->facts.category,
        .channel = db_rows_text_or_null(a->row, 0, STORE_CLOCK_CHANNEL),
        .description = db_rows_text_or_null(a->row, 0, STORE_CLOCK_DESCRIPTION),
        .attributes = db_rows_text_or_null(a->row, 0, STORE_CLOCK_ATTRIBUTES),
        .has_point = true,
        .accuracy_m = -1,
        .occurred_at_us = INT64_MIN,
        .received_at_us = INT64_MIN,
        .closed_at_us = INT64_MIN,
    };
    (void)number(location, "lon", &draft->point.lon);
    (void)number(location, "lat", &draft->point.lat);
}

static int32_t agency_now(const struct action_clock *a, int32_t agency)
{
    const struct snapshot *s = a->snapshot;
    return route_rules_find_agency(s->rules, str_of(s->agencies[agency].code), clock_now_us());
}

/* By the law of the day it came in. Today's where a change of law has handed it on since, or has
 * ended who would be responsible. */
static enum status decide(const struct action_clock *a, struct complaint_record *record,
                          struct err *e)
{
    int64_t received_us = a->clock->facts.received_us;
    bool today = db_rows_bool(a->row, 0, STORE_CLOCK_TRANSFERRED);
    record->received_at_us = today ? clock_now_us() : received_us;
    enum status status = placing_run(a->snapshot, a->arena, record, e);
    if (status == STATUS_OK && !today && agency_now(a, record->decision.agency) < 0) {
        record->received_at_us = clock_now_us();
        status = placing_run(a->snapshot, a->arena, record, e);
    }
    return status;
}

/* ---- what is handed in ---- */

static void add_unit(const struct action_clock *a, const char *name, int32_t boundary)
{
    if (boundary >= 0) {
        change_arg_int(a->args, name, a->snapshot->boundaries[boundary].id);
    }
}

static void add_json(const struct action_clock *a, const char *name, const char *text)
{
    json_object_object_add(a->args, name, text == NULL ? NULL : json_tokener_parse(text));
}

static void add_decision(const struct action_clock *a, const struct complaint_record *record)
{
    const struct snapshot *s = a->snapshot;
    const struct route_decision *d = &record->decision;
    change_arg_text(a->args, "rule", placing_rule_code(s, d));
    change_arg_int(a->args, "rule_set_id", route_rules_version(s->rules));
    if (d->jurisdiction >= 0) {
        change_arg_int(a->args, "jurisdiction_id", s->jurisdictions[d->jurisdiction].id);
    }
    change_arg_text(a->args, "reason_vi", record->reason_vi);
    change_arg_text(a->args, "reason_en", record->reason_en);
    json_object_object_add(a->args, "fallback", json_object_new_boolean(d->fallback));
    add_json(a, "decision", record->account);
}

/* Its time begins anew at whoever is responsible, as when it is re-routed. */
static void add_move(struct action_clock *a, const struct complaint_record *record, int32_t agency)
{
    const struct snapshot *s = a->snapshot;
    struct route_deadline_facts *facts = &a->clock->facts;
    struct strbuf terms;
    facts->agency = agency;
    facts->clock_from_us = clock_now_us();
    facts->terms = record->terms;
    facts->n_pauses = 0;
    action_add_due(a, facts->clock_from_us);
    change_arg_text(a->args, "to", s->agencies[agency].code);
    if (record->decision.desk >= 0) {
        change_arg_text(a->args, "desk", s->desks[record->decision.desk].code);
    }
    if (!store_terms_none(&record->terms)) {
        strbuf_init(&terms, TERMS_MAX);
        store_terms_json(&terms, s->deadlines, &record->terms);
        add_json(a, "terms", terms.failed ? NULL : terms.p);
        strbuf_free(&terms);
    }
}

static bool another(const struct action_clock *a, int32_t agency)
{
    int32_t has = a->clock->facts.agency;
    return agency >= 0 && !db_rows_bool(a->row, 0, STORE_CLOCK_BY_HAND) &&
           (has < 0 ||
            strcmp(a->snapshot->agencies[has].code, a->snapshot->agencies[agency].code) != 0);
}

void action_place(struct action_clock *a)
{
    const struct snapshot *s = a->snapshot;
    struct complaint_draft draft;
    struct complaint_record record = {.draft = &draft};
    struct err e;
    int64_t received_us = a->clock->facts.received_us;
    read_draft(a, &draft);
    int32_t ward = snapshot_boundary_at(s, LEVEL_WARD, draft.point, received_us);
    int32_t district = snapshot_boundary_at(s, LEVEL_DISTRICT, draft.point, received_us);
    if (ward < 0 && district < 0) {
        json_object_object_add(a->args, "outside", json_object_new_boolean(true));
        return;
    }
    /* Without a decision the database refuses: no memory is a failure like any other there. */
    if (draft.category < 0 || decide(a, &record, &e) != STATUS_OK) {
        return;
    }
    int32_t agency = agency_now(a, record.decision.agency);
    int64_t due_us = a->clock->stored.at_us[ROUTE_STEP_RESOLVE];
    if (another(a, agency)) {
        add_move(a, &record, agency);
        due_us = json_object_get_int64(json_object_object_get(a->args, "due_us"));
    }
    record.decision.due_at_us = due_us; /* the reason tells what it is due now */
    if (placing_explain(s, a->arena, &record, &e) == STATUS_OK) {
        add_unit(a, "ward_id", ward);
        add_unit(a, "district_id", district);
        add_decision(a, &record);
    }
}
