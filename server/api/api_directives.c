/* /api/v1/directives: what a city leader tells an agency to do, and what the agency answers. Which
 * complaints one is about: the filters in the address, as everywhere, and in the body an area or
 * one complaint's code. Who sees which is decided by the database. */
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_complaints.h"
#include "server/api/api_filter.h"
#include "server/api/api_row.h"
#include "server/base/clock.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_directive.h"

#define TEXT_MAX  4000
#define AREA_MAX  500 /* corners */
#define LIMIT     50
#define LIMIT_MAX 200
#define READERS                                                                                    \
    (AUTH_LEADER | AUTH_SUPERVISOR | AUTH_OPERATOR | AUTH_ADMINISTRATOR | AUTH_AUDITOR |           \
     AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)

static const struct change_field scope_fields[] = {
    {"complaint", CHANGE_CODE, false, 16},
    {"area", CHANGE_LIST, false, AREA_MAX},
};
static const struct change_field give_fields[] = {
    {"agency", CHANGE_CODE, true, 64},      {"text", CHANGE_TEXT, true, TEXT_MAX},
    {"due_at", CHANGE_LINE, true, 40},      {"complaint", CHANGE_CODE, false, 16},
    {"area", CHANGE_LIST, false, AREA_MAX},
};
static const struct change_field action_fields[] = {
    {"action", CHANGE_CODE, true, 20},
    {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"text", CHANGE_TEXT, false, TEXT_MAX},
    {"due_at", CHANGE_LINE, false, 40},
};
#define N(fields) (sizeof(fields) / sizeof((fields)[0]))

/* ---- reading ---- */

static bool whole_number(struct http_request *r, const char *name, const char *text)
{
    size_t n = strlen(text);
    if (n > 0 && n <= 9 && strspn(text, "0123456789") == n) {
        return true;
    }
    http_problem_field(r, 400, name, FAULT_MALFORMED);
    return false;
}

static void list_directives(struct http_request *r)
{
    const char *state = http_query(r, "state");
    const char *agency = http_query(r, "agency");
    const char *late = http_query(r, "late");
    const char *cursor = http_query(r, "cursor");
    double limit = LIMIT;
    if (!change_allowed(r, READERS) || (cursor != NULL && !whole_number(r, "cursor", cursor)) ||
        !api_query_number(r, "limit", false, 1, LIMIT_MAX, &limit)) {
        return;
    }
    api_row_send(
        r, &(struct db_job){.sql = STORE_DIRECTIVES,
                            .n_params = 6,
                            .params = {auth_user(r)->actor, state == NULL ? "" : state,
                                       agency == NULL ? "" : agency,
                                       late != NULL && strcmp(late, "true") == 0 ? "t" : "f",
                                       cursor, arena_printf(http_arena(r), "%d", (int)limit)}});
}

/* {id}; NULL with 404 answered. */
static const char *id_of(struct http_request *r)
{
    const char *id = http_parameter(r, "id");
    size_t n = strlen(id);
    if (n == 0 || n > 9 || strspn(id, "0123456789") != n) {
        http_problem(r, 404, NULL);
        return NULL;
    }
    return id;
}

static void show_directive(struct http_request *r)
{
    const char *id = change_allowed(r, READERS) ? id_of(r) : NULL;
    if (id != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_DIRECTIVE,
                                         .n_params = 2,
                                         .params = {auth_user(r)->actor, id}});
    }
}

static void list_of_complaint(struct http_request *r)
{
    const char *code = change_allowed(r, READERS) ? api_complaint_code(r) : NULL;
    if (code != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_DIRECTIVES_OF,
                                         .n_params = 2,
                                         .params = {auth_user(r)->actor, code}});
    }
}

/* ---- which complaints ---- */

/* One that is being given or looked at beforehand, in the request's arena. */
struct giving {
    struct http_request *r;
    struct json_object *args; /* NULL: it is only looked at */
    struct complaint_filter filter;
    struct store_directive_scope scope;
    struct store_statement statement;
};

static bool corner(struct json_object *pair, double *lon, double *lat)
{
    if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2) {
        return false;
    }
    struct json_object *x = json_object_array_get_idx(pair, 0);
    struct json_object *y = json_object_array_get_idx(pair, 1);
    *lon = json_object_get_double(x);
    *lat = json_object_get_double(y);
    return (json_object_is_type(x, json_type_double) || json_object_is_type(x, json_type_int)) &&
           (json_object_is_type(y, json_type_double) || json_object_is_type(y, json_type_int)) &&
           isfinite(*lon) && isfinite(*lat) && fabs(*lon) <= 180 && fabs(*lat) <= 90;
}

/* The ring [[lon, lat], ...] as GeoJSON; NULL with the problem answered. */
static const char *polygon_of(struct http_request *r, struct json_object *ring)
{
    struct strbuf out;
    size_t n = json_object_array_length(ring);
    double lon = 0;
    double lat = 0;
    double first[2] = {0, 0};
    bool good = n >= 3;
    strbuf_init(&out, 64 * 1024);
    strbuf_append_z(&out, "{\"type\":\"Polygon\",\"coordinates\":[[");
    for (size_t i = 0; good && i < n; i++) {
        good = corner(json_object_array_get_idx(ring, i), &lon, &lat);
        first[0] = i == 0 ? lon : first[0];
        first[1] = i == 0 ? lat : first[1];
        strbuf_printf(&out, "[%.6f,%.6f],", lon, lat);
    }
    strbuf_printf(&out, "[%.6f,%.6f]]]}", first[0], first[1]);
    const char *text = good && !out.failed ? arena_strndup(http_arena(r), out.p, out.n) : NULL;
    strbuf_free(&out);
    if (text == NULL) {
        http_problem_field(r, 422, "area", FAULT_MALFORMED);
    }
    return text;
}

/* Reads the filters of the address, and `complaint` and `area` of the body. */
static bool read_scope(struct giving *g, struct json_object *body)
{
    struct http_request *r = g->r;
    struct snapshot *s = api_snapshot(r);
    struct json_object *code = json_object_object_get(body, "complaint");
    struct json_object *area = json_object_object_get(body, "area");
    if (s == NULL || !api_filter_parse(r, s, &g->filter)) {
        return false;
    }
    g->scope.filter = &g->filter;
    if (code != NULL) {
        char *read = arena_alloc(http_arena(r), TRACKING_CODE_LENGTH + 1);
        if (read == NULL || !tracking_code_read(str_of(json_object_get_string(code)), read)) {
            http_problem_field(r, 422, "complaint", FAULT_UNKNOWN_VALUE);
            return false;
        }
        g->scope.code = read;
    }
    g->scope.area = area == NULL ? NULL : polygon_of(r, area);
    return area == NULL || g->scope.area != NULL;
}

static void submit(struct giving *g,
                   void (*done)(void *, enum status, const struct db_rows *, const struct err *))
{
    struct http_request *r = g->r;
    struct db_job job = {
        .sql = g->statement.sql.p, .n_params = g->statement.n, .done = done, .arg = g};
    struct err e;
    memcpy(job.params, g->statement.params, sizeof(job.params));
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        store_statement_free(&g->statement);
        json_object_put(g->args);
        http_problem_status(r, status);
        http_release(r);
    }
}

static void on_preview(void *arg, enum status status, const struct db_rows *result,
                       const struct err *e)
{
    struct giving *g = arg;
    (void)e;
    store_statement_free(&g->statement);
    if (status != STATUS_OK) {
        http_problem_status(g->r, status);
    } else {
        http_send(g->r, &(struct http_reply){.status = 200,
                                             .type = "application/json",
                                             .body = db_rows_str(result, 0, 0)});
    }
    http_release(g->r);
}

static void preview(struct http_request *r)
{
    struct giving *g = arena_calloc(http_arena(r), 1, sizeof(*g));
    if (g == NULL || !change_allowed(r, AUTH_LEADER)) {
        return;
    }
    struct json_object *body = change_body(r, scope_fields, N(scope_fields));
    g->r = r;
    if (body != NULL && read_scope(g, body)) {
        store_statement_init(&g->statement);
        store_directive_preview(&g->statement, &g->scope);
        submit(g, on_preview);
    }
    json_object_put(body);
}

/* ---- giving ---- */

static void on_found(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct giving *g = arg;
    struct http_request *r = g->r;
    (void)e;
    store_statement_free(&g->statement);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        json_object_put(g->args);
    } else if (db_rows_int(result, 0, 1) > STORE_DIRECTIVE_MAX) {
        http_problem_words(r, 422, "area", "too_many",
                           http_language(r) == HTTP_EN
                               ? "covers more than 5,000 open complaints; narrow it down"
                               : "có hơn 5.000 phản ánh đang mở; hãy thu hẹp lại");
        json_object_put(g->args);
    } else {
        json_object_object_add(g->args, "complaints",
                               json_tokener_parse(db_rows_text(result, 0, 0)));
        change_perform(r, "directive.give", g->args, 201, NULL);
    }
    http_release(r);
}

/* `due_at` becomes due_us. False with 422 answered. */
static bool take_due(struct http_request *r, struct json_object *args)
{
    struct json_object *due = json_object_object_get(args, "due_at");
    int64_t us = 0;
    if (due == NULL) {
        return true;
    }
    if (!clock_parse_any(str_of(json_object_get_string(due)), &us)) {
        http_problem_field(r, 422, "due_at", FAULT_NOT_A_TIME);
        return false;
    }
    change_arg_int(args, "due_us", us);
    return true;
}

static void give(struct http_request *r)
{
    struct giving *g = arena_calloc(http_arena(r), 1, sizeof(*g));
    if (g == NULL || !change_allowed(r, AUTH_LEADER)) {
        return;
    }
    g->r = r;
    g->args = change_body(r, give_fields, N(give_fields));
    if (g->args == NULL) {
        return;
    }
    if (!take_due(r, g->args) || !read_scope(g, g->args)) {
        json_object_put(g->args);
        return;
    }
    g->scope.agency = arena_strdup(
        http_arena(r), json_object_get_string(json_object_object_get(g->args, "agency")));
    change_arg_text(g->args, "about",
                    g->scope.area != NULL   ? "area"
                    : g->scope.code != NULL ? "complaint"
                                            : "set");
    change_arg_text(g->args, "filter", http_query_string(r));
    change_arg_text(g->args, "area", g->scope.area);
    store_statement_init(&g->statement);
    store_directive_find(&g->statement, &g->scope);
    submit(g, on_found);
}

/* ---- what follows ---- */

struct action_row {
    const char *name, *action;
    unsigned roles;
    bool text_required;
};

static const struct action_row actions[] = {
    {"answer", "directive.answer", AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD, true},
    {"accept", "directive.accept", AUTH_LEADER, false},
    {"send_back", "directive.send_back", AUTH_LEADER, true},
    {"remind", "directive.remind", AUTH_LEADER | AUTH_SUPERVISOR, false},
    {"withdraw", "directive.withdraw", AUTH_LEADER, true},
};

static const struct action_row *row_of(const char *name)
{
    for (size_t i = 0; i < N(actions); i++) {
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

static void act(struct http_request *r)
{
    const char *id = change_allowed(r, READERS) ? id_of(r) : NULL;
    struct json_object *args = id == NULL ? NULL : change_body(r, action_fields, N(action_fields));
    if (args == NULL) {
        return;
    }
    const struct action_row *row =
        row_of(json_object_get_string(json_object_object_get(args, "action")));
    struct json_object *text = json_object_object_get(args, "text");
    if (row == NULL) {
        http_problem_field(r, 422, "action", FAULT_UNKNOWN_VALUE);
    } else if (!auth_is(r, row->roles)) {
        http_problem(r, 403, NULL);
    } else if (row->text_required && json_object_get_string_len(text) == 0) {
        http_problem_field(r, 422, "text", FAULT_REQUIRED);
    } else if (take_due(r, args)) {
        change_arg_text(args, "id", id);
        change_perform(r, row->action, args, 200, NULL);
        return;
    }
    json_object_put(args);
}

/* ---- routes ---- */

static void get_directives(struct http_request *r)
{
    auth_resolve(r, list_directives);
}

static void get_directive(struct http_request *r)
{
    auth_resolve(r, show_directive);
}

static void get_of_complaint(struct http_request *r)
{
    auth_resolve(r, list_of_complaint);
}

static void post_preview(struct http_request *r)
{
    auth_resolve(r, preview);
}

static void post_directive(struct http_request *r)
{
    auth_resolve(r, give);
}

static void post_action(struct http_request *r)
{
    auth_resolve(r, act);
}

#define FILTERS "category status channel agency ward from to bbox q"

const struct http_route api_directive_routes[] = {
    {HTTP_GET, "/api/v1/directives", get_directives,
     ABOUT(.tag = "directives",
           .summary = "Directives, newest first; an agency's people see their own",
           .query = "state agency late cursor limit", .answer = "Directives", .roles = READERS)},
    {HTTP_POST, "/api/v1/directives", post_directive,
     ABOUT(.tag = "directives",
           .summary = "Give an agency a directive about its open complaints under the filters",
           .query = FILTERS, FIELDS_OF(give_fields), .answer = "Directive", .status = 201,
           .roles = AUTH_LEADER)},
    {HTTP_POST, "/api/v1/directives/preview", post_preview,
     ABOUT(.tag = "directives", .summary = "Whose open complaints a directive would be about",
           .query = FILTERS, FIELDS_OF(scope_fields), .answer = "DirectivePreview",
           .roles = AUTH_LEADER)},
    {HTTP_GET, "/api/v1/directives/{id}", get_directive,
     ABOUT(.tag = "directives", .summary = "One directive, with its history", .id = "directive",
           .answer = "Directive", .roles = READERS)},
    {HTTP_POST, "/api/v1/directives/{id}/actions", post_action,
     ABOUT(.tag = "directives",
           .summary = "Answer a directive; accept the answer, send it back, remind, withdraw",
           .id = "directive", FIELDS_OF(action_fields), .answer = "Directive", .roles = READERS)},
    {HTTP_GET, "/api/v1/complaints/{code}/directives", get_of_complaint,
     ABOUT(.tag = "directives", .summary = "Directives that cover a complaint",
           .answer = "Directives", .roles = READERS)},
};
const size_t n_api_directive_routes =
    sizeof(api_directive_routes) / sizeof(api_directive_routes[0]);
