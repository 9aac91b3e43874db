/* POST /api/v1/complaints/{code}/actions: what people do with a complaint, one row per action. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_change.h"
#include "server/api/api_complaints.h"
#include "server/api/complaint_view.h"
#include "server/base/clock.h"
#include "server/intake/json_read.h"
#include "server/store/store_complaint.h"

#define REASON_MAX 1000

/* An action under way, in the request's arena. */
struct action {
    struct http_request *r;
    struct snapshot *snapshot; /* a reference */
    const struct action_row *row;
    struct json_object *args; /* owned until performed */
};

struct action_row {
    const char *name;
    const char *performs; /* in hotline.actions */
    unsigned roles;
    const struct change_field *fields;
    size_t n_fields;
    /* Adds to the arguments what only the service knows; the complaint's row is `view`. */
    void (*prepare)(struct action *a, const struct complaint_view *view);
};

/* The new agency's time begins now. */
static void prepare_reroute(struct action *a, const struct complaint_view *view)
{
    const struct snapshot *s = a->snapshot;
    int32_t category = snapshot_category_find(s, view->category);
    int64_t due = route_deadline_due(route_rules_calendar(s->rules),
                                     route_rules_deadline(s->rules, category), clock_now_us());
    char text[CLOCK_TEXT_MAX];
    change_arg_text(a->args, "due_at", clock_format(due, text));
}

static const struct change_field reroute_fields[] = {
    {"action", CHANGE_CODE, true, 64},         {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"agency", CHANGE_CODE, true, 64},         {"desk", CHANGE_CODE, false, 64},
    {"reason", CHANGE_TEXT, true, REASON_MAX},
};

static const struct action_row rows[] = {
    {"reroute", "complaint.reroute",
     AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD, reroute_fields,
     sizeof(reroute_fields) / sizeof(reroute_fields[0]), prepare_reroute},
};

/* What the complaint has become. */
static void on_done(struct http_request *r, struct json_object *answer)
{
    api_complaint_answer(r, json_object_get_string(json_object_object_get(answer, "code")));
}

static void finish(struct action *a)
{
    snapshot_release(a->snapshot);
    json_object_put(a->args);
}

static void on_complaint(void *arg, enum status status, const struct db_rows *result,
                         const struct err *e)
{
    struct action *a = arg;
    struct http_request *r = a->r;
    (void)e;
    if (status != STATUS_OK || db_rows_count(result) == 0) {
        http_problem_status(r, status == STATUS_OK ? STATUS_NOT_FOUND : status);
    } else {
        struct complaint_view view;
        complaint_view_of_row(&view, result, 0);
        a->row->prepare(a, &view);
        change_perform(r, a->row->performs, json_object_get(a->args), 200, on_done);
    }
    finish(a);
    http_release(r);
}

static const struct action_row *find_row(struct http_request *r)
{
    struct json_object *body = json_read(http_body(r));
    const char *name = json_object_is_type(body, json_type_object)
                           ? json_object_get_string(json_object_object_get(body, "action"))
                           : NULL;
    const struct action_row *found = NULL;
    for (size_t i = 0; name != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            found = &rows[i];
        }
    }
    if (found == NULL && !json_object_is_type(body, json_type_object)) {
        http_problem(r, 400, NULL);
    } else if (found == NULL) {
        http_problem_field(r, 422, "action", name == NULL ? FAULT_REQUIRED : FAULT_UNKNOWN_VALUE);
    }
    json_object_put(body);
    return found;
}

static void act(struct http_request *r)
{
    struct snapshot *s = api_snapshot(r);
    struct action *a = arena_calloc(http_arena(r), 1, sizeof(*a));
    const char *code = s == NULL ? NULL : api_complaint_code(r);
    const struct action_row *row = code == NULL ? NULL : find_row(r);
    struct err e;
    if (row == NULL || a == NULL || !change_allowed(r, row->roles)) {
        return;
    }
    a->r = r;
    a->row = row;
    a->args = change_body(r, row->fields, row->n_fields);
    if (a->args == NULL) {
        return;
    }
    change_arg_text(a->args, "code", code);
    a->snapshot = snapshot_acquire(s);
    struct db_job job = {.sql = STORE_COMPLAINT_BY_CODE,
                         .n_params = 1,
                         .params = {code},
                         .done = on_complaint,
                         .arg = a};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        finish(a);
        http_release(r);
    }
}

static void post_action(struct http_request *r)
{
    auth_resolve(r, act);
}

const struct http_route api_action_routes[] = {
    {HTTP_POST, "/api/v1/complaints/{code}/actions", post_action},
};
const size_t n_api_action_routes = sizeof(api_action_routes) / sizeof(api_action_routes[0]);
