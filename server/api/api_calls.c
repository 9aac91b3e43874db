/* /api/v1/calls, /api/v1/seats, /api/v1/filed: a telephone system tells of its calls, an operator's
 * page shows them, and how long it took from a call to its complaint is counted. What each step
 * needs is settled in sql/0023_calls.sql. */
#include "server/api/api_calls.h"

#include <json-c/json.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_row.h"
#include "server/base/clock.h"
#include "server/store/store_calls.h"

#define WATCHERS (AUTH_SUPERVISOR | AUTH_LEADER | AUTH_ADMINISTRATOR)
#define DAY_US   INT64_C(86400000000)
#define N(rows)  (sizeof(rows) / sizeof((rows)[0]))

static const struct change_field told_fields[] = {
    {"call", CHANGE_LINE, true, 100},       {"number", CHANGE_LINE, false, 40},
    {"seat", CHANGE_CODE, false, 32},       {"operator", CHANGE_CODE, false, 64},
    {"started_at", CHANGE_LINE, false, 40}, {"answered_at", CHANGE_LINE, false, 40},
    {"ended_at", CHANGE_LINE, false, 40},
};

/* A telephone system, or an operator's own page that was opened with a number in its address. */
static void tell(struct http_request *r)
{
    if (!change_allowed(r, CALL_TAKERS | AUTH_KEY) || !auth_key_allowed(r, "calls")) {
        return;
    }
    struct json_object *body = change_body(r, told_fields, N(told_fields));
    if (body == NULL) {
        return;
    }
    if (!change_key_good(r) || !calls_take_time(r, body, "started_at", "started_us") ||
        !calls_take_time(r, body, "answered_at", "answered_us") ||
        !calls_take_time(r, body, "ended_at", "ended_us")) {
        json_object_put(body);
        return;
    }
    calls_tell(r, "call_told", body);
}

static void list_mine(struct http_request *r)
{
    if (change_allowed(r, CALL_TAKERS)) {
        api_row_send(r, &(struct db_job){.sql = STORE_CALLS_MINE,
                                         .n_params = 1,
                                         .params = {auth_user(r)->login}});
    }
}

static void show(struct http_request *r)
{
    const char *id = change_allowed(r, CALL_TAKERS) ? calls_number(r, "call") : NULL;
    if (id != NULL) {
        api_row_send(r, &(struct db_job){.sql = STORE_CALL_SHOWN,
                                         .n_params = 2,
                                         .params = {auth_user(r)->actor, id}});
    }
}

static const struct change_field earlier_fields[] = {
    {"number", CHANGE_LINE, true, 40},
    {"purpose", CHANGE_CODE, false, 40},
};

/* A number is asked for in a body, so that it stands in no log and no history. */
static void earlier(struct http_request *r)
{
    if (change_allowed(r, CALL_TAKERS)) {
        struct json_object *body = change_body(r, earlier_fields, N(earlier_fields));
        if (body != NULL) {
            calls_ask(r, STORE_CALLER_EARLIER, body, calls_answer);
        }
    }
}

static const struct change_field outcome_fields[] = {
    {"call", CHANGE_WHOLE, false, 0},      {"result", CHANGE_CODE, true, 20},
    {"complaint", CHANGE_CODE, false, 40}, {"started_at", CHANGE_LINE, false, 40},
    {"saved_at", CHANGE_LINE, false, 40},
};

static void outcome(struct http_request *r)
{
    if (!change_allowed(r, CALL_TAKERS)) {
        return;
    }
    struct json_object *body = change_body(r, outcome_fields, N(outcome_fields));
    if (body == NULL) {
        return;
    }
    if (!calls_take_time(r, body, "started_at", "started_us") ||
        !calls_take_time(r, body, "saved_at", "saved_us")) {
        json_object_put(body);
        return;
    }
    change_perform(r, "call.outcome", body, 200, NULL);
}

static const struct change_field seat_fields[] = {{"seat", CHANGE_CODE, true, 32}};

static void take_seat(struct http_request *r)
{
    if (change_allowed(r, CALL_TAKERS)) {
        struct json_object *body = change_body(r, seat_fields, N(seat_fields));
        if (body != NULL) {
            change_perform(r, "seat.take", body, 200, NULL);
        }
    }
}

static void filed(struct http_request *r)
{
    if (change_allowed(r, CALL_TAKERS)) {
        api_row_send(r, &(struct db_job){
                            .sql = STORE_FILED, .n_params = 1, .params = {auth_user(r)->actor}});
    }
}

/* Operators see their own figures; who supervises sees everybody's. */
static void statistics(struct http_request *r)
{
    const struct snapshot *s = api_snapshot(r);
    int64_t from = clock_now_us() - 30 * DAY_US;
    int64_t to = clock_now_us() + DAY_US;
    if (s == NULL || !change_allowed(r, WATCHERS | AUTH_OPERATOR) ||
        !api_query_time(r, "from", &from) || !api_query_time(r, "to", &to)) {
        return;
    }
    if (to - from > 400 * DAY_US || to <= from) {
        http_problem_field(r, 400, "from", FAULT_OUT_OF_RANGE);
        return;
    }
    struct db_job job = {.sql = STORE_CALLS_STATISTICS,
                         .n_params = 4,
                         .params = {arena_printf(http_arena(r), "%lld", (long long)from),
                                    arena_printf(http_arena(r), "%lld", (long long)to),
                                    s->city.timezone,
                                    auth_is(r, WATCHERS) ? NULL : auth_user(r)->login}};
    api_row_send(r, &job);
}

#define BY_USER(name)                                                                              \
    static void name##_by_user(struct http_request *r)                                             \
    {                                                                                              \
        auth_resolve(r, name);                                                                     \
    }
BY_USER(tell)
BY_USER(list_mine)
BY_USER(show)
BY_USER(earlier)
BY_USER(outcome)
BY_USER(take_seat)
BY_USER(filed)
BY_USER(statistics)

const struct http_route api_call_routes[] = {
    {HTTP_POST, "/api/v1/calls", tell_by_user,
     ABOUT(.tag = "calls", .summary = "A telephone system tells of a call: it comes up on a screen",
           FIELDS_OF(told_fields), .answer = "CallTold", .status = 201,
           .roles = CALL_TAKERS | AUTH_KEY)},
    {HTTP_GET, "/api/v1/calls", list_mine_by_user,
     ABOUT(.tag = "calls", .summary = "One's own seat and the calls that wait there",
           .answer = "MyCalls", .roles = CALL_TAKERS)},
    {HTTP_GET, "/api/v1/calls/statistics", statistics_by_user,
     ABOUT(.tag = "calls", .summary = "How long it took from a call to its complaint",
           .query = "from to", .answer = "CallStatistics", .roles = WATCHERS | AUTH_OPERATOR)},
    {HTTP_POST, "/api/v1/calls/earlier", earlier_by_user,
     ABOUT(.tag = "calls", .summary = "What came from a number before, masked unless for a purpose",
           FIELDS_OF(earlier_fields), .answer = "EarlierCalls", .roles = CALL_TAKERS)},
    {HTTP_POST, "/api/v1/calls/outcomes", outcome_by_user,
     ABOUT(.tag = "calls", .summary = "What became of a call", FIELDS_OF(outcome_fields),
           .answer = "Numbered", .roles = CALL_TAKERS)},
    {HTTP_GET, "/api/v1/calls/{call}", show_by_user,
     ABOUT(.tag = "calls", .summary = "One's own call with its number; the look is recorded",
           .answer = "Call", .roles = CALL_TAKERS)},
    {HTTP_POST, "/api/v1/seats", take_seat_by_user,
     ABOUT(.tag = "calls", .summary = "Sit down at a seat of the telephone system",
           FIELDS_OF(seat_fields), .answer = "Seat", .roles = CALL_TAKERS)},
    {HTTP_GET, "/api/v1/filed", filed_by_user,
     ABOUT(.tag = "calls", .summary = "What one filed oneself in the last days", .answer = "Filed",
           .roles = CALL_TAKERS)},
};
const size_t n_api_call_routes = N(api_call_routes);
