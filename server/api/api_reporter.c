/* What the holder of a tracking code says of the result, without an account: the rating, and that
 * it was not done (.../rating, .../reopening); whom to call back and ask; letters to answer from.
 */
#include <json-c/json.h>

#include "server/api/api_about.h"
#include "server/api/api_actions.h"
#include "server/api/api_complaints.h"
#include "server/api/api_duplicates.h"
#include "server/api/api_limit.h"
#include "server/api/api_row.h"
#include "server/base/clock.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_workflow.h"

#define CALLBACKS     20
#define CALLBACKS_MAX 200
#define HANDLERS      (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)

/* The complaint as whoever acted sees it: by its own code, or as one who joined it. */
static void on_acted(void *request, enum status status, struct json_object *outcome)
{
    struct http_request *r = request;
    struct json_object *answer = json_object_object_get(outcome, "answer");
    if (status != STATUS_OK) {
        http_problem_status(r, status);
    } else if (answer == NULL) {
        change_refuse(r, outcome);
    } else {
        const char *code = json_object_get_string(json_object_object_get(answer, "code"));
        api_follow(r, arena_strdup(http_arena(r), code));
    }
}

/* Whoever it is, he acts as the holder of the code: no session is looked at, and none is needed. */
static void reporter_acts(struct http_request *r, const struct action_row *row)
{
    const char *code = api_complaint_code(r);
    if (code == NULL) {
        return;
    }
    if (!api_limit_allow(api_worker(r), http_peer(r))) {
        http_problem(r, 429, NULL);
        return;
    }
    struct json_object *args =
        change_key_good(r) ? change_body(r, row->fields, row->n_fields) : NULL;
    if (args == NULL) {
        return;
    }
    change_arg_text(args, "action", row->name);
    change_arg_text(args, "code", code);
    api_action_run(r, row, args, NULL, on_acted, r);
}

static void post_rating(struct http_request *r)
{
    reporter_acts(r, &action_rating);
}

static void post_reopening(struct http_request *r)
{
    reporter_acts(r, &action_reopening);
}

/* ---- for staff ---- */

static void list_letters(struct http_request *r)
{
    const char *asked = http_query(r, "complaint");
    const char *kind = http_query(r, "kind");
    char code[TRACKING_CODE_LENGTH + 1] = "";
    if (!change_allowed(r, HANDLERS)) {
        return;
    }
    if (asked != NULL && !tracking_code_read(str_of(asked), code)) {
        http_problem(r, 404, NULL);
        return;
    }
    api_row_send(r, &(struct db_job){.sql = STORE_FORM_LETTERS,
                                     .n_params = 3,
                                     .params = {auth_actor(r), code, kind == NULL ? "" : kind}});
}

static void get_letters(struct http_request *r)
{
    auth_resolve(r, list_letters);
}

static const char *time_text(struct http_request *r, int64_t us)
{
    char text[CLOCK_TEXT_MAX];
    return us == INT64_MIN ? NULL : arena_strdup(http_arena(r), clock_format(us, text));
}

static void list_callbacks(struct http_request *r)
{
    int64_t from = INT64_MIN;
    int64_t to = INT64_MIN;
    double limit = CALLBACKS;
    const char *seed = http_query(r, "seed");
    if (!change_allowed(r, AUTH_OPERATOR | AUTH_SUPERVISOR) || !api_query_time(r, "from", &from) ||
        !api_query_time(r, "to", &to) ||
        !api_query_number(r, "limit", false, 1, CALLBACKS_MAX, &limit)) {
        return;
    }
    api_row_send(r, &(struct db_job){.sql = STORE_CALLBACKS,
                                     .n_params = 4,
                                     .params = {seed == NULL ? "" : seed, time_text(r, from),
                                                time_text(r, to),
                                                arena_printf(http_arena(r), "%d", (int)limit)}});
}

static void get_callbacks(struct http_request *r)
{
    auth_resolve(r, list_callbacks);
}

const struct http_route api_reporter_routes[] = {
    {HTTP_POST, "/api/v1/complaints/{code}/rating", post_rating,
     ABOUT(.tag = "complaints", .summary = "Say whether the result is good, as its reporter",
           .body = "Rating", .answer = "Complaint")},
    {HTTP_POST, "/api/v1/complaints/{code}/reopening", post_reopening,
     ABOUT(.tag = "complaints", .summary = "Say that it was not done, as its reporter",
           .body = "Reopening", .answer = "Complaint")},
    {HTTP_GET, "/api/v1/form-letters", get_letters,
     ABOUT(.tag = "complaints", .summary = "Letters to answer from, filled in for one complaint",
           .query = "complaint kind", .answer = "FormLetterList", .roles = HANDLERS)},
    {HTTP_GET, "/api/v1/callbacks", get_callbacks,
     ABOUT(.tag = "complaints", .summary = "Whom to call back: some ended complaints at random",
           .query = "from to limit seed", .answer = "CallbackList",
           .roles = AUTH_OPERATOR | AUTH_SUPERVISOR)},
};
const size_t n_api_reporter_routes = sizeof(api_reporter_routes) / sizeof(api_reporter_routes[0]);
