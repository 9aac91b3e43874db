/* /api/v1/transfers: open complaints at a change of law, moved and taken back; and
 * /api/v1/agency-changes. For administrators. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_row.h"
#include "server/api/asked_job.h"
#include "server/base/clock.h"
#include "server/city/city_transfer.h"
#include "server/store/store_transfer.h"

#define REASON_MAX 1000
#define ITEMS_MAX  "500"
#define PARTS_MAX  1000

/* ---- looking ---- */

static void list_transfers(struct http_request *r)
{
    if (change_allowed(r, AUTH_ADMINISTRATOR)) {
        api_row_send(r, &(struct db_job){.sql = STORE_TRANSFERS});
    }
}

/* {id} as a number's text; NULL with 404 answered. */
static const char *id_parameter(struct http_request *r)
{
    const char *id = http_parameter(r, "id");
    size_t n = strlen(id);
    if (n == 0 || n > 9 || strspn(id, "0123456789") != n) {
        http_problem(r, 404, NULL);
        return NULL;
    }
    return id;
}

static void show_transfer(struct http_request *r)
{
    const char *state = http_query(r, "state");
    const char *after = http_query(r, "cursor");
    const char *id = change_allowed(r, AUTH_ADMINISTRATOR) ? id_parameter(r) : NULL;
    if (id == NULL) {
        return;
    }
    if (after != NULL &&
        (*after == '\0' || strlen(after) > 18 || strspn(after, "0123456789") != strlen(after))) {
        http_problem_field(r, 400, "cursor", FAULT_MALFORMED);
        return;
    }
    api_row_send(r, &(struct db_job){.sql = STORE_TRANSFER,
                                     .n_params = 4,
                                     .params = {id, state == NULL ? "" : state,
                                                after == NULL ? "0" : after, ITEMS_MAX}});
}

/* ---- moving ---- */

static enum status move(struct asked_job *job, struct db_sync *db, struct err *e)
{
    const char *const params[] = {asked_job_id(job)};
    struct db_rows *rows = NULL;
    struct city_transfer_result result;
    enum status status = db_sync_query(db, STORE_TRANSFER_RUNNING, 1, params, &rows, e);
    if (status != STATUS_OK || db_rows_count(rows) == 0) {
        db_rows_free(rows);
        return status; /* it was done before */
    }
    const struct city_transfer t = {.at_us = db_rows_int(rows, 0, 0),
                                    .recompute = db_rows_bool(rows, 0, 1),
                                    .apply = true,
                                    .id = (int32_t)strtol(asked_job_id(job), NULL, 10),
                                    .reason = db_rows_text(rows, 0, 2),
                                    .actor = db_rows_text(rows, 0, 3),
                                    .progress = asked_job_progress,
                                    .context = job};
    struct snapshot *s = NULL; /* of its own: an agency may have ended a moment ago */
    status = snapshot_load(db, &s, e);
    if (status == STATUS_OK) {
        status = city_transfer_run(db, s, &t, &result, e);
    }
    snapshot_release(s);
    db_rows_free(rows);
    return status;
}

static const struct asked_job_kind moving = {.name = "transfer",
                                             .progress = STORE_TRANSFER_PROGRESS,
                                             .failed = STORE_TRANSFER_FAILED,
                                             .run = move};

/* The row is there; the work begins, and the answer says where to look. */
static void on_asked(struct http_request *r, struct json_object *answer)
{
    http_set_header(r, "Location",
                    arena_printf(http_arena(r), "/api/v1/transfers/%d",
                                 json_object_get_int(json_object_object_get(answer, "id"))));
    asked_job_begin(r, answer, &moving);
}

static const struct change_field transfer_fields[] = {
    {"at", CHANGE_LINE, true, 40},
    {"reason", CHANGE_TEXT, true, REASON_MAX},
    {"deadlines", CHANGE_CODE, false, 16},
};

static void start_transfer(struct http_request *r)
{
    int64_t at_us = 0;
    if (!change_allowed(r, AUTH_ADMINISTRATOR)) {
        return;
    }
    struct json_object *args = change_body(r, transfer_fields, 3);
    if (args == NULL) {
        return;
    }
    struct json_object *deadlines = json_object_object_get(args, "deadlines");
    const char *what = deadlines == NULL ? "keep" : json_object_get_string(deadlines);
    const char *at = json_object_get_string(json_object_object_get(args, "at"));
    const char *wrong = !clock_parse_any(str_of(at), &at_us)                          ? "at"
                        : strcmp(what, "keep") != 0 && strcmp(what, "recompute") != 0 ? "deadlines"
                                                                                      : NULL;
    if (wrong != NULL) {
        json_object_put(args);
        http_problem_field(r, 422, wrong, FAULT_UNKNOWN_VALUE);
        return;
    }
    if (deadlines == NULL) {
        change_arg_text(args, "deadlines", what);
    }
    change_arg_int(args, "at_us", at_us);
    change_perform(r, "transfer.move", args, 202, on_asked);
}

static void take_back(struct http_request *r)
{
    const char *id = change_allowed(r, AUTH_ADMINISTRATOR) ? id_parameter(r) : NULL;
    struct json_object *args = id == NULL ? NULL : change_body(r, NULL, 0);
    if (args != NULL) {
        change_arg_int(args, "id", strtol(id, NULL, 10));
        change_perform(r, "transfer.back", args, 200, NULL);
    }
}

/* ---- agencies ---- */

static const struct change_field reform_fields[] = {
    {"change", CHANGE_CODE, true, 16},
    {"agencies", CHANGE_LIST, true, 64},
    {"on", CHANGE_CODE, true, 10},
    {"reason", CHANGE_TEXT, true, REASON_MAX},
    {"into", CHANGE_CODE, false, 64},
    {"to", CHANGE_CODE, false, 64},
    {"to_fallback", CHANGE_FLAG, false, 1},
    {"name", CHANGE_LINE, false, 300},
    {"name_en", CHANGE_LINE, false, 300},
    {"kind", CHANGE_CODE, false, 64},
    {"parts", CHANGE_LIST, false, PARTS_MAX},
};

static void change_agencies(struct http_request *r)
{
    if (!change_allowed(r, AUTH_ADMINISTRATOR)) {
        return;
    }
    struct json_object *args =
        change_body(r, reform_fields, sizeof(reform_fields) / sizeof(reform_fields[0]));
    if (args == NULL) {
        return;
    }
    struct json_object *agencies = json_object_object_get(args, "agencies");
    struct json_object *first =
        json_object_array_length(agencies) == 0 ? NULL : json_object_array_get_idx(agencies, 0);
    if (!json_object_is_type(first, json_type_string)) {
        json_object_put(args);
        http_problem_field(r, 422, "agencies", FAULT_REQUIRED);
        return;
    }
    change_arg_text(args, "agency", json_object_get_string(first));
    change_perform(r, "agency.change", args, 201, NULL);
}

/* ---- routes ---- */

static void get_transfers(struct http_request *r)
{
    auth_resolve(r, list_transfers);
}

static void get_transfer(struct http_request *r)
{
    auth_resolve(r, show_transfer);
}

static void post_transfer(struct http_request *r)
{
    auth_resolve(r, start_transfer);
}

static void post_back(struct http_request *r)
{
    auth_resolve(r, take_back);
}

static void post_agency_change(struct http_request *r)
{
    auth_resolve(r, change_agencies);
}

const struct http_route api_transfer_routes[] = {
    {HTTP_GET, "/api/v1/transfers", get_transfers,
     ABOUT(.tag = "transfers", .summary = "Transfers of a reform", .query = "state cursor",
           .answer = "TransferList", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/transfers", post_transfer,
     ABOUT(.tag = "transfers", .summary = "Move open complaints to whoever is responsible now",
           FIELDS_OF(transfer_fields), .answer = "JobBegun", .status = 202,
           .roles = AUTH_ADMINISTRATOR)},
    {HTTP_GET, "/api/v1/transfers/{id}", get_transfer,
     ABOUT(.tag = "transfers", .summary = "One transfer", .id = "transfer", .query = "state cursor",
           .answer = "Transfer", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/transfers/{id}/back", post_back,
     ABOUT(.tag = "transfers", .summary = "Take a transfer back", .id = "transfer",
           .body = "Nothing", .answer = "TransferBack", .roles = AUTH_ADMINISTRATOR)},
    {HTTP_POST, "/api/v1/agency-changes", post_agency_change,
     ABOUT(.tag = "transfers", .summary = "Agencies merge, split, are renamed or abolished",
           FIELDS_OF(reform_fields), .answer = "AgencyChange", .status = 201,
           .roles = AUTH_ADMINISTRATOR)},
};
const size_t n_api_transfer_routes = sizeof(api_transfer_routes) / sizeof(api_transfer_routes[0]);
