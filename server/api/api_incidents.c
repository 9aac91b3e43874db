/* /api/v1/incidents: many reports of one thing. Everybody may read those that a supervisor
 * confirmed and said something of: what kind, the area, the message, how many. Staff read all, with
 * the reports. Supervisors decide. Also /api/v1/statistics/reporters: cases, people and incidents
 * counted apart. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_duplicates.h"
#include "server/api/api_row.h"
#include "server/base/clock.h"
#include "server/store/store_incident.h"

#define JSON_MAX    ((size_t)8 << 20)
#define KINDS_MAX   65536
#define TITLE_MAX   200
#define MESSAGE_MAX 2000
#define REASON_MAX  1000
#define ID_DIGITS   18
#define SEES_ALL    (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_LEADER | AUTH_ADMINISTRATOR | AUTH_AUDITOR)
#define OF_AGENCY   (AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)

/* ---- reading ---- */

struct listing {
    struct http_request *r;
    bool geojson;
};

/* The same as features: the area is the geometry, the rest are properties. */
static struct json_object *as_features(struct json_object *answer)
{
    struct json_object *collection = json_object_new_object();
    struct json_object *features = json_object_new_array();
    struct json_object *incidents = json_object_object_get(answer, "incidents");
    for (size_t i = 0; i < json_object_array_length(incidents); i++) {
        struct json_object *incident = json_object_array_get_idx(incidents, i);
        struct json_object *feature = json_object_new_object();
        json_object_object_add(feature, "type", json_object_new_string("Feature"));
        json_object_object_add(feature, "id",
                               json_object_get(json_object_object_get(incident, "id")));
        json_object_object_add(feature, "geometry",
                               json_object_get(json_object_object_get(incident, "area")));
        json_object_object_del(incident, "area");
        json_object_object_add(feature, "properties", json_object_get(incident));
        json_object_array_add(features, feature);
    }
    json_object_object_add(collection, "type", json_object_new_string("FeatureCollection"));
    json_object_object_add(collection, "features", features);
    return collection;
}

static void send(struct http_request *r, const char *type, struct json_object *answer)
{
    const char *text = json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE);
    http_send(r, &(struct http_reply){
                     .status = 200, .type = type, .body = str_of(text), .compress = true});
}

static void on_list(void *arg, enum status status, const struct db_rows *rows, const struct err *e)
{
    struct listing *l = arg;
    (void)e;
    struct json_object *answer =
        status == STATUS_OK ? json_tokener_parse(db_rows_text(rows, 0, 0)) : NULL;
    if (answer == NULL) {
        http_problem_status(l->r, status == STATUS_OK ? STATUS_INTERNAL : status);
    } else if (l->geojson) {
        struct json_object *features = as_features(answer);
        send(l->r, "application/geo+json; charset=utf-8", features);
        json_object_put(features);
    } else {
        send(l->r, "application/json; charset=utf-8", answer);
    }
    json_object_put(answer);
    http_release(l->r);
}

static void list(struct http_request *r)
{
    struct listing *l = arena_alloc(http_arena(r), sizeof(*l));
    const char *format = http_query(r, "format");
    struct err e;
    if (l == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    if (format != NULL && strcmp(format, "json") != 0 && strcmp(format, "geojson") != 0) {
        http_problem_field(r, 400, "format", FAULT_UNKNOWN_VALUE);
        return;
    }
    *l = (struct listing){r, format != NULL && strcmp(format, "geojson") == 0};
    struct db_job job = {
        .sql = STORE_INCIDENTS,
        .n_params = 2,
        .params = {auth_is(r, SEES_ALL | OF_AGENCY) ? "t" : "f", http_query(r, "status")},
        .done = on_list,
        .arg = l};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}

/* {incident} of the path; NULL with 404 answered for what cannot be one. */
static const char *incident_id(struct http_request *r)
{
    const char *text = http_parameter(r, "incident");
    size_t n = strlen(text);
    if (n == 0 || n > ID_DIGITS || text[strspn(text, "0123456789")] != '\0') {
        http_problem(r, 404, NULL);
        return NULL;
    }
    return text;
}

static void one(struct http_request *r)
{
    const char *id = change_allowed(r, SEES_ALL | OF_AGENCY) ? incident_id(r) : NULL;
    if (id != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_INCIDENT,
                                         .n_params = 2,
                                         .params = {id, auth_user(r)->actor}});
    }
}

static void count(struct http_request *r)
{
    int64_t to_us = clock_now_us() + 1000000; /* instants are told in whole seconds */
    int64_t from_us = to_us - INT64_C(2592000000000);
    char from[CLOCK_TEXT_MAX];
    char to[CLOCK_TEXT_MAX];
    if (!change_allowed(r, SEES_ALL) || !api_query_time(r, "from", &from_us) ||
        !api_query_time(r, "to", &to_us)) {
        return;
    }
    api_row_send(
        r, &(struct db_job){.sql = STORE_REPORTERS_STATISTICS,
                            .n_params = 2,
                            .params = {clock_format(from_us, from), clock_format(to_us, to)}});
}

/* ---- deciding ---- */

static const struct change_field create_fields[] = {
    {"category", CHANGE_CODE, true, 32},
    {"area", CHANGE_OBJECT, true, 0},
    {"title", CHANGE_LINE, false, TITLE_MAX},
    {"message_vi", CHANGE_TEXT, false, MESSAGE_MAX},
    {"message_en", CHANGE_TEXT, false, MESSAGE_MAX},
};
static const struct change_field decide_fields[] = {
    {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"area", CHANGE_OBJECT, false, 0},
    {"title", CHANGE_LINE, false, TITLE_MAX},
    {"message_vi", CHANGE_TEXT, false, MESSAGE_MAX},
    {"message_en", CHANGE_TEXT, false, MESSAGE_MAX},
    {"reason", CHANGE_TEXT, false, REASON_MAX},
};
static const struct change_field member_fields[] = {
    {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"complaint", CHANGE_CODE, true, 32},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The kinds that belong to an incident of that category, as a JSON array of ids. */
static bool add_kinds(struct http_request *r, const struct snapshot *s, struct json_object *args)
{
    const char *code = json_object_get_string(json_object_object_get(args, "category"));
    int32_t category = snapshot_category_find(s, code);
    int32_t *ids = arena_alloc(http_arena(r), (s->n_categories + 1) * sizeof(*ids));
    struct strbuf kinds;
    if (category < 0 || ids == NULL) {
        http_problem_field(r, 422, "category", FAULT_UNKNOWN_VALUE);
        return false;
    }
    for (size_t i = 0; i < s->n_categories; i++) {
        ids[i] = s->categories[i].id;
    }
    strbuf_init(&kinds, KINDS_MAX);
    incident_kinds(s->likeness, ids, s->n_categories, category, &kinds);
    kinds.p[0] = '['; /* "{1,2}": an array of PostgreSQL's */
    kinds.p[kinds.n - 1] = ']';
    json_object_object_add(args, "kinds", json_tokener_parse(kinds.p));
    strbuf_free(&kinds);
    return true;
}

static void create(struct http_request *r)
{
    if (!change_allowed(r, AUTH_SUPERVISOR)) {
        return;
    }
    struct snapshot *s = api_snapshot(r);
    struct json_object *args =
        s == NULL ? NULL : change_body(r, create_fields, COUNT(create_fields));
    if (args == NULL) {
        return;
    }
    if (!add_kinds(r, s, args)) {
        json_object_put(args);
        return;
    }
    change_arg_text(args, "do", "create");
    change_perform(r, "incident.act", args, 201, NULL);
}

static void decide(struct http_request *r)
{
    static const char *const verbs[] = {"confirm", "edit", "dismiss", "end", "add", "remove"};
    const char *verb = http_parameter(r, "verb");
    size_t i = 0;
    if (!change_allowed(r, AUTH_SUPERVISOR)) {
        return;
    }
    while (i < COUNT(verbs) && strcmp(verb, verbs[i]) != 0) {
        i++;
    }
    const char *id = incident_id(r);
    if (id == NULL) {
        return;
    }
    if (i == COUNT(verbs)) {
        http_problem(r, 404, NULL);
        return;
    }
    bool member = i >= 4; /* add, remove */
    struct json_object *args = change_body(r, member ? member_fields : decide_fields,
                                           member ? COUNT(member_fields) : COUNT(decide_fields));
    if (args != NULL) {
        change_arg_text(args, "do", verbs[i]);
        change_arg_text(args, "incident", id);
        change_perform(r, "incident.act", args, 200, NULL);
    }
}

static void get_incidents(struct http_request *r)
{
    auth_resolve(r, list);
}

static void get_incident(struct http_request *r)
{
    auth_resolve(r, one);
}

static void post_incident(struct http_request *r)
{
    auth_resolve(r, create);
}

static void post_verb(struct http_request *r)
{
    auth_resolve(r, decide);
}

static void get_reporters(struct http_request *r)
{
    auth_resolve(r, count);
}

const struct http_route api_incident_routes[] = {
    {HTTP_GET, "/api/v1/incidents", get_incidents,
     ABOUT(.tag = "incidents",
           .summary = "Incidents: for everybody those with a message, for staff all of 30 days",
           .query = "status format", .answer = "IncidentList")},
    {HTTP_POST, "/api/v1/incidents", post_incident,
     ABOUT(.tag = "incidents", .summary = "Declare an incident", FIELDS_OF(create_fields),
           .answer = "Incident", .status = 201, .roles = AUTH_SUPERVISOR)},
    {HTTP_GET, "/api/v1/incidents/{incident}", get_incident,
     ABOUT(.tag = "incidents", .summary = "One incident with its reports and its history",
           .answer = "Incident", .roles = SEES_ALL | OF_AGENCY)},
    {HTTP_POST, "/api/v1/incidents/{incident}/{verb}", post_verb,
     ABOUT(.tag = "incidents",
           .summary = "Confirm, edit, dismiss or end an incident, or add or remove a complaint",
           FIELDS_OF(decide_fields), .answer = "Incident", .roles = AUTH_SUPERVISOR)},
    {HTTP_GET, "/api/v1/statistics/reporters", get_reporters,
     ABOUT(.tag = "statistics", .summary = "Cases, callers and incidents, each counted for itself",
           .query = "from to", .answer = "ReporterStatistics", .roles = SEES_ALL)},
};
const size_t n_api_incident_routes = COUNT(api_incident_routes);
