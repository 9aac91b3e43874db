/* What the city is and who is responsible where: /api/v1/city, categories, route. All answered from
 * the snapshot, without the database. */
#include <stdio.h>
#include <string.h>

#include "geo/geo_area.h"
#include "routing/route_decide.h"
#include "server/api/api_about.h"
#include "server/api/complaint_view.h"
#include "server/api/deadline_view.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/intake/intake.h"
#include "server/intake/placing.h"
#include "server/intake/weighing.h"
#include "server/store/store_deadline.h"

#define JSON_MAX       ((size_t)1 << 20)
#define TRACE_MAX      24
#define NEAR_MAX       8
#define NEAR_RADIUS_M  2000.0
#define ACCURACY_MAX_M 100000.0

static void json_names(struct strbuf *out, const char *key, const char *vi, const char *en)
{
    json_text_key(out, key);
    strbuf_append_char(out, '{');
    json_text_field(out, "vi", vi);
    json_text_field(out, "en", en);
    strbuf_append_char(out, '}');
}

/* The law's day in the city; null where the period is open. */
static void day_json(struct strbuf *out, const char *key, int64_t us)
{
    char text[CLOCK_TEXT_MAX];
    json_text_key(out, key);
    if (us == INT64_MIN || us == INT64_MAX) {
        strbuf_append_z(out, "null");
    } else {
        strbuf_printf(out, "\"%.10s\"", clock_format(us, text));
    }
}

static void generations_json(struct strbuf *out, const struct snapshot *s)
{
    static const char *const levels[LEVEL_COUNT] = {"ward", "district"};
    json_text_key(out, "generations");
    strbuf_append_char(out, '[');
    for (int level = 0; level < LEVEL_COUNT; level++) {
        for (size_t i = 0; i < s->n_epochs[level]; i++) {
            const struct snapshot_epoch *epoch = &s->epochs[level][i];
            if (epoch->areas == NULL) {
                continue;
            }
            if (out->p[out->n - 1] != '[') {
                strbuf_append_char(out, ',');
            }
            strbuf_append_char(out, '{');
            json_text_field(out, "level", levels[level]);
            day_json(out, "valid_from", epoch->from_us);
            day_json(out, "valid_to", i + 1 < s->n_epochs[level] ? epoch[1].from_us : INT64_MAX);
            json_text_field_int(out, "units", (int64_t)geo_area_count(epoch->areas));
            strbuf_append_char(out, '}');
        }
    }
    strbuf_append_char(out, ']');
}

static void get_city(struct http_request *r)
{
    const struct snapshot *s = api_snapshot(r);
    struct strbuf out;
    if (s == NULL) {
        return;
    }
    strbuf_init(&out, JSON_MAX);
    strbuf_append_char(&out, '{');
    json_names(&out, "name", s->city.name_vi, s->city.name_en);
    strbuf_printf(&out, ",\"bbox\":[%.6f,%.6f,%.6f,%.6f]", s->city.box.west, s->city.box.south,
                  s->city.box.east, s->city.box.north);
    json_text_field(&out, "timezone", s->city.timezone);
    json_text_field_bool(&out, "approximate", s->city.approximate);
    json_text_field(&out, "attribution", s->city.attribution);
    if (s->city.map_style[0] != '\0') {
        json_text_field(&out, "map_style", s->city.map_style);
    }
    generations_json(&out, s);
    strbuf_append_char(&out, '}');
    http_send_json(r, 200, &out);
}

static void get_categories(struct http_request *r)
{
    const struct snapshot *s = api_snapshot(r);
    struct strbuf out;
    if (s == NULL) {
        return;
    }
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, "{\"categories\":[");
    for (size_t i = 0; i < s->n_categories; i++) {
        const struct snapshot_category *c = &s->categories[i];
        if (!c->active) {
            continue;
        }
        if (out.p[out.n - 1] == '}') {
            strbuf_append_char(&out, ',');
        }
        strbuf_append_char(&out, '{');
        json_text_field(&out, "code", c->code);
        json_text_field(&out, "parent", c->parent < 0 ? NULL : s->categories[c->parent].code);
        json_names(&out, "name", c->name_vi, c->name_en);
        json_text_field(&out, "keywords", c->keywords);
        json_text_field_bool(&out, "urgent", c->urgent);
        json_text_key(&out, "deadline");
        struct route_deadline d =
            route_deadlines_step(s->deadlines, (int32_t)i, c->urgent, ROUTE_STEP_RESOLVE);
        strbuf_printf(&out, "{\"%s\":%d}", store_deadline_unit(d.kind), (int)d.value);
        strbuf_append_char(&out, '}');
    }
    strbuf_append_z(&out, "]}");
    http_send_json(r, 200, &out);
}

/* A question about a place: what the query gave. */
struct question {
    struct geo_point point;
    int64_t at_us;
    double accuracy_m;
};

static bool read_question(struct http_request *r, struct question *q)
{
    q->at_us = clock_now_us();
    q->accuracy_m = -1;
    return api_query_number(r, "lon", true, -180, 180, &q->point.lon) &&
           api_query_number(r, "lat", true, -90, 90, &q->point.lat) &&
           api_query_number(r, "accuracy_m", false, 0, ACCURACY_MAX_M, &q->accuracy_m) &&
           api_query_time(r, "at", &q->at_us);
}

static const struct snapshot_epoch *epoch_at(const struct snapshot *s, enum boundary_level level,
                                             int64_t at_us)
{
    const struct snapshot_epoch *found = NULL;
    for (size_t i = 0; i < s->n_epochs[level] && s->epochs[level][i].from_us <= at_us; i++) {
        found = &s->epochs[level][i];
    }
    return found == NULL || found->areas == NULL ? NULL : found;
}

/* The units near the point other than the one it lies in: how far another answer is. */
static void neighbours_json(struct strbuf *out, const struct snapshot *s, const struct question *q)
{
    static const char *const levels[LEVEL_COUNT] = {"ward", "district"};
    json_text_key(out, "neighbours");
    strbuf_append_char(out, '[');
    for (int level = 0; level < LEVEL_COUNT; level++) {
        const struct snapshot_epoch *epoch = epoch_at(s, (enum boundary_level)level, q->at_us);
        struct geo_area_near near[NEAR_MAX];
        int32_t own = epoch == NULL ? -1 : geo_area_at(epoch->areas, q->point);
        size_t n = epoch == NULL
                       ? 0
                       : geo_area_near(epoch->areas, q->point, NEAR_RADIUS_M, near, NEAR_MAX);
        for (size_t i = 0; i < n && i < NEAR_MAX; i++) {
            if (near[i].area == own) {
                continue;
            }
            const struct snapshot_boundary *b = &s->boundaries[epoch->boundaries[near[i].area]];
            if (out->p[out->n - 1] != '[') {
                strbuf_append_char(out, ',');
            }
            strbuf_append_char(out, '{');
            json_text_field(out, "level", levels[level]);
            json_text_field(out, "code", b->code);
            json_text_field(out, "name", b->name);
            json_text_key(out, "metres");
            strbuf_printf(out, "%.1f", near[i].metres);
            json_text_field_bool(out, "within_accuracy", near[i].metres <= q->accuracy_m);
            strbuf_append_char(out, '}');
        }
    }
    strbuf_append_char(out, ']');
}

static void trace_json(struct strbuf *out, const struct snapshot *s,
                       const struct complaint_record *record)
{
    struct route_trace trace[TRACE_MAX];
    struct placing_facts facts;
    placing_facts_fill(&facts, s, record->draft, &record->place, record->received_at_us);
    size_t n = route_decide_trace(s->rules, &facts.facts, trace, TRACE_MAX);
    placing_facts_clear(&facts);
    json_text_key(out, "rules_tried");
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        strbuf_append_z(out, i == 0 ? "" : ",");
        weighing_trace_json(out, s, &trace[i]);
    }
    strbuf_append_char(out, ']');
}

static void doubt_json(struct strbuf *out, const struct snapshot *s,
                       const struct complaint_record *record)
{
    struct weighing_other other = weighing_nearest_other(s, record, NEAR_RADIUS_M);
    struct weighing_share shares[WEIGHING_SHARES_MAX];
    size_t n = weighing_shares(s, record, WEIGHING_SAMPLES_ASKED, shares);
    json_text_key(out, "nearest_other");
    weighing_other_json(out, s, &other);
    json_text_key(out, "uncertainty");
    weighing_shares_json(out, s, record, shares, n);
    json_text_key(out, "decision");
    struct placing_facts facts;
    placing_facts_fill(&facts, s, record->draft, &record->place, record->received_at_us);
    weighing_record_json(out, s, record, &facts);
    placing_facts_clear(&facts);
}

static bool fill_view(struct http_request *r, const struct snapshot *s, const struct question *q,
                      struct complaint_record *record, struct complaint_view *view)
{
    struct err e;
    record->received_at_us = q->at_us;
    record->place = placing_locate(s, record->draft, q->at_us);
    record->decision = placing_route(s, record->draft, &record->place, q->at_us);
    placing_deadlines(s, record);
    if (placing_explain(s, http_arena(r), record, &e) != STATUS_OK) {
        http_problem(r, 503, NULL);
        return false;
    }
    complaint_view_of_record(view, s, record);
    return true;
}

static void runner_up_json(struct strbuf *out, const struct snapshot *s,
                           const struct route_decision *decision)
{
    json_text_key(out, "runner_up");
    if (decision->runner_up_agency < 0) {
        strbuf_append_z(out, "null");
        return;
    }
    strbuf_append_char(out, '{');
    json_text_field(out, "rule", placing_runner_up_code(s, decision));
    json_text_field(out, "agency", s->agencies[decision->runner_up_agency].code);
    json_text_field(out, "name", s->agencies[decision->runner_up_agency].name);
    strbuf_append_char(out, '}');
}

void api_route_answer(struct http_request *r, const struct snapshot *s)
{
    struct question q;
    struct complaint_record record = {.code = ""};
    struct complaint_draft draft = {.has_point = true, .channel = "web"};
    struct complaint_view view;
    struct strbuf out;
    const char *category = http_query(r, "category");
    if (!read_question(r, &q)) {
        return;
    }
    draft.category = category == NULL ? -1 : snapshot_category_find(s, category);
    if (draft.category < 0) {
        http_problem_field(r, 400, "category",
                           category == NULL ? FAULT_REQUIRED : FAULT_UNKNOWN_VALUE);
        return;
    }
    draft.point = q.point;
    draft.accuracy_m = q.accuracy_m;
    draft.description = http_query(r, "description");
    draft.attributes = http_query(r, "attributes");
    if (http_query(r, "channel") != NULL) {
        draft.channel = intake_channel(str_of(http_query(r, "channel")));
        if (draft.channel == NULL) {
            http_problem_field(r, 400, "channel", FAULT_UNKNOWN_VALUE);
            return;
        }
    }
    record.draft = &draft;
    if (!fill_view(r, s, &q, &record, &view)) {
        return;
    }
    strbuf_init(&out, JSON_MAX);
    strbuf_append_char(&out, '{');
    json_text_field_time(&out, "at", q.at_us);
    json_text_key(&out, "place");
    complaint_view_place_json(&out, &view);
    json_text_key(&out, "assignment");
    complaint_view_assignment_json(&out, &view, READER_HOLDER, http_language(r));
    struct route_deadline_facts clock = {.category = draft.category,
                                         .agency = record.decision.agency,
                                         .received_us = q.at_us,
                                         .clock_from_us = q.at_us,
                                         .terms = record.terms};
    json_text_key(&out, "deadlines");
    deadline_view_json(&out, s, &clock, NULL, http_language(r));
    runner_up_json(&out, s, &record.decision);
    json_text_field_bool(&out, "fallback", record.decision.fallback);
    trace_json(&out, s, &record);
    doubt_json(&out, s, &record);
    neighbours_json(&out, s, &q);
    strbuf_append_char(&out, '}');
    http_send_json(r, 200, &out);
}

static void get_route(struct http_request *r)
{
    struct snapshot *s = api_snapshot(r);
    if (s != NULL) {
        api_route_answer(r, s);
    }
}

const struct http_route api_place_routes[] = {
    {HTTP_GET, "/api/v1/city", get_city,
     ABOUT(.tag = "places", .summary = "The city: name, bounds, generations of boundaries",
           .answer = "City")},
    {HTTP_GET, "/api/v1/categories", get_categories,
     ABOUT(.tag = "places", .summary = "The tree of categories", .answer = "CategoryList")},
    {HTTP_GET, "/api/v1/route", get_route,
     ABOUT(.tag = "places",
           .summary = "Who would be responsible there, and why, without filing anything",
           .query = "lon lat category at accuracy_m channel description attributes",
           .answer = "RouteDecision")},
};
const size_t n_api_place_routes = sizeof(api_place_routes) / sizeof(api_place_routes[0]);
