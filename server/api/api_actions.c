/* POST /api/v1/complaints/{code}/actions: what people do with a complaint. */
#include "server/api/api_actions.h"

#include <json-c/json.h>

#include "server/api/api_about.h"
#include "server/api/api_complaints.h"
#include "server/base/asker.h"
#include "server/intake/json_read.h"
#include "server/store/store_complaint.h"

/* An action whose complaint's clock is being read, in the request's arena. */
struct action {
    struct http_request *r;
    struct snapshot *snapshot; /* a reference */
    const struct action_row *row;
    struct json_object *args; /* owned until performed */
    const char *part;
    change_part_done *done;
    void *arg;
};

static void perform(struct action *a)
{
    struct json_object *args = json_object_get(a->args);
    change_perform_part(a->r, a->row->performs, args, a->part, a->done, a->arg);
}

/* Its row says from when it counts; what it is asked to do says until when. */
static enum status prepare(struct action *a, const struct db_rows *result)
{
    if (db_rows_count(result) == 0) {
        return STATUS_NOT_FOUND;
    }
    struct store_clock *clock = arena_alloc(http_arena(a->r), sizeof(*clock));
    if (clock == NULL) {
        return STATUS_NO_MEMORY;
    }
    store_clock_read(clock, a->snapshot, result, 0, 0);
    a->row->prepare(&(struct action_clock){a->snapshot, clock, a->args, http_arena(a->r), result});
    return STATUS_OK;
}

static void on_clock(void *arg, enum status status, const struct db_rows *result,
                     const struct err *e)
{
    struct action *a = arg;
    struct http_request *r = a->r;
    (void)e;
    if (status == STATUS_OK) {
        status = prepare(a, result);
    }
    if (status == STATUS_OK) {
        perform(a);
    } else {
        a->done(a->arg, status, NULL);
    }
    snapshot_release(a->snapshot);
    json_object_put(a->args);
    http_release(r);
}

void api_action_run(struct http_request *r, const struct action_row *row, struct json_object *args,
                    const char *part, change_part_done *done, void *arg)
{
    struct snapshot *s = api_worker(r)->snapshot;
    struct action *a = arena_calloc(http_arena(r), 1, sizeof(*a));
    struct err e;
    if (a == NULL ||
        (row->prepare != NULL && (s == NULL || s->deadlines == NULL || s->rules == NULL))) {
        json_object_put(args);
        done(arg, a == NULL ? STATUS_NO_MEMORY : STATUS_UNAVAILABLE, NULL);
        return;
    }
    *a = (struct action){.r = r, .row = row, .args = args, .part = part, .done = done, .arg = arg};
    if (row->prepare == NULL) {
        perform(a);
        json_object_put(args);
        return;
    }
    a->snapshot = snapshot_acquire(s);
    /* A reporter's code may be a co-reporter's, which opens no complaint by itself: the service
     * asks for the clock of the one that it follows. */
    bool follows = row->roles == 0;
    struct db_job job = {.sql = follows ? STORE_COMPLAINT_CLOCK_FOLLOWED
                                        : STORE_COMPLAINT_CLOCK_BY_CODE,
                         .asker = follows ? ASKER_SERVICE : NULL,
                         .n_params = 1,
                         .params = {json_object_get_string(json_object_object_get(args, "code"))},
                         .done = on_clock,
                         .arg = a};
    http_hold(r);
    enum status status = db_pool_submit(api_worker(r)->reads, &job, &e);
    if (status != STATUS_OK) {
        snapshot_release(a->snapshot);
        json_object_put(args);
        done(arg, status, NULL);
        http_release(r);
    }
}

void api_action_answer(void *request, enum status status, struct json_object *outcome)
{
    struct http_request *r = request;
    struct json_object *answer = json_object_object_get(outcome, "answer");
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (answer == NULL) {
        change_refuse(r, outcome);
    } else {
        api_complaint_answer(r, json_object_get_string(json_object_object_get(answer, "code")));
    }
}

const struct action_row *api_action_row(struct http_request *r)
{
    struct json_object *body = json_read(http_body(r));
    bool object = json_object_is_type(body, json_type_object);
    const char *name =
        object ? json_object_get_string(json_object_object_get(body, "action")) : NULL;
    const struct action_row *found = action_row_find(name);
    if (!object) {
        http_problem(r, 400, NULL);
    } else if (found == NULL) {
        http_problem_field(r, 422, "action", name == NULL ? FAULT_REQUIRED : FAULT_UNKNOWN_VALUE);
    }
    json_object_put(body);
    return found;
}

/* Whoever may do nothing here is told so before the body is read: it teaches nobody what there is.
 */
static void act(struct http_request *r)
{
    if (!change_allowed(r, action_roles())) {
        return;
    }
    const char *code = api_complaint_code(r);
    const struct action_row *row = code == NULL ? NULL : api_action_row(r);
    if (row == NULL || !change_allowed(r, row->roles)) {
        return;
    }
    struct json_object *args =
        change_key_good(r) ? change_body(r, row->fields, row->n_fields) : NULL;
    if (args == NULL) {
        return;
    }
    if (!action_args_read(r, args)) {
        json_object_put(args);
        return;
    }
    change_arg_text(args, "code", code);
    api_action_run(r, row, args, NULL, api_action_answer, r);
}

static void post_action(struct http_request *r)
{
    auth_resolve(r, act);
}

#define HANDLERS                                                                                   \
    (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD | AUTH_ADMINISTRATOR)
const struct http_route api_action_routes[] = {
    {HTTP_POST, "/api/v1/complaints/{code}/actions", post_action,
     ABOUT(.tag = "complaints", .summary = "Do something with a complaint", .body = "Action",
           .answer = "Complaint", .roles = HANDLERS)},
};
const size_t n_api_action_routes = sizeof(api_action_routes) / sizeof(api_action_routes[0]);
