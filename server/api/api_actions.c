/* POST /api/v1/complaints/{code}/actions: what people do with a complaint, one row per action. */
#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_complaints.h"
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
    /* Adds to the arguments what only the service knows; `clock` is what its row says. */
    void (*prepare)(struct action *a, struct store_clock *clock);
};

static void add_due(struct action *a, const struct route_deadline_facts *facts, int64_t at_us)
{
    struct route_due due = route_deadlines_due(a->snapshot->deadlines, facts);
    change_arg_int(a->args, "at_us", at_us);
    change_arg_int(a->args, "accept_due_us", due.at_us[ROUTE_STEP_ACCEPT]);
    change_arg_int(a->args, "answer_due_us", due.at_us[ROUTE_STEP_ANSWER]);
    change_arg_int(a->args, "due_us", due.at_us[ROUTE_STEP_RESOLVE]);
}

static const char *arg_text(const struct action *a, const char *name)
{
    return json_object_get_string(json_object_object_get(a->args, name));
}

/* The new agency's time begins now, by its own calendar; pauses are done with. */
static void prepare_reroute(struct action *a, struct store_clock *clock)
{
    int64_t now_us = clock_now_us();
    clock->facts.clock_from_us = now_us;
    clock->facts.terms = ROUTE_TERMS_NONE;
    clock->facts.n_pauses = 0;
    clock->facts.agency =
        route_rules_find_agency(a->snapshot->rules, str_of(arg_text(a, "agency")), now_us);
    add_due(a, &clock->facts, now_us);
}

/* Due as if it lasted until its cap. */
static void prepare_pause(struct action *a, struct store_clock *clock)
{
    int64_t now_us = clock_now_us();
    if (clock->paused_us == INT64_MIN && clock->facts.n_pauses < ROUTE_PAUSES_MAX) {
        clock->pauses[clock->facts.n_pauses++] = (struct route_pause){
            now_us, INT64_MAX,
            route_deadlines_find_reason(a->snapshot->deadlines, str_of(arg_text(a, "reason")))};
    }
    add_due(a, &clock->facts, now_us);
}

static void prepare_resume(struct action *a, struct store_clock *clock)
{
    int64_t now_us = clock_now_us();
    for (size_t i = 0; i < clock->facts.n_pauses; i++) {
        if (clock->pauses[i].to_us == INT64_MAX) {
            clock->pauses[i].to_us = now_us;
        }
    }
    add_due(a, &clock->facts, now_us);
}

static const struct change_field reroute_fields[] = {
    {"action", CHANGE_CODE, true, 64},         {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"agency", CHANGE_CODE, true, 64},         {"desk", CHANGE_CODE, false, 64},
    {"reason", CHANGE_TEXT, true, REASON_MAX},
};

static const struct change_field pause_fields[] = {
    {"action", CHANGE_CODE, true, 64},
    {"version", CHANGE_WHOLE, true, INT32_MAX},
    {"reason", CHANGE_CODE, true, 64},
};

static const struct change_field resume_fields[] = {
    {"action", CHANGE_CODE, true, 64},
    {"version", CHANGE_WHOLE, true, INT32_MAX},
};

#define HANDLERS  (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)
#define FIELDS(a) a, sizeof(a) / sizeof((a)[0])
static const struct action_row rows[] = {
    {"reroute", "complaint.reroute", HANDLERS, FIELDS(reroute_fields), prepare_reroute},
    {"pause", "complaint.pause", HANDLERS, FIELDS(pause_fields), prepare_pause},
    {"resume", "complaint.resume", HANDLERS, FIELDS(resume_fields), prepare_resume},
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
        struct store_clock *clock = arena_alloc(http_arena(r), sizeof(*clock));
        if (clock == NULL) {
            http_problem(r, 503, NULL);
            finish(a);
            http_release(r);
            return;
        }
        store_clock_read(clock, a->snapshot, result, 0, STORE_COMPLAINT_CLOCK);
        a->row->prepare(a, clock);
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

/* Whoever may do nothing here is told so before the body is read: it teaches nobody what there is.
 */
static bool may_do_some(struct http_request *r)
{
    unsigned roles = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        roles |= rows[i].roles;
    }
    return change_allowed(r, roles);
}

static void act(struct http_request *r)
{
    if (!may_do_some(r)) {
        return;
    }
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
    {HTTP_POST, "/api/v1/complaints/{code}/actions", post_action,
     ABOUT(.tag = "complaints", .summary = "Do something with a complaint", .body = "Action",
           .answer = "Complaint", .roles = HANDLERS)},
};
const size_t n_api_action_routes = sizeof(api_action_routes) / sizeof(api_action_routes[0]);
