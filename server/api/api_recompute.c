/* /api/v1/deadline-recomputes: after a change of calendars or steps, how many open complaints would
 * be due otherwise, and then their due times anew. Counted by the code of `hotline deadlines
 * recompute`, with a snapshot of its own: the service's may be older than the calendar that was
 * saved a moment ago. For administrators. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_row.h"
#include "server/api/asked_job.h"
#include "server/base/json_text.h"
#include "server/city/city_recompute.h"
#include "server/store/store_recompute.h"

#define REASON_MAX    1000
#define SAMPLES_MAX   20
#define SAMPLES_BYTES ((size_t)1 << 16)

struct counting {
    struct asked_job *job;
    struct strbuf samples; /* elements of a JSON array */
    size_t n_samples;
};

static void tell_progress(void *context, size_t done, size_t all)
{
    asked_job_progress(((struct counting *)context)->job, done, all);
}

static void keep_sample(void *context, const char *complaint, const struct route_due *before,
                        const struct route_due *after)
{
    struct counting *c = context;
    if (c->n_samples >= SAMPLES_MAX) {
        return;
    }
    for (int step = ROUTE_STEPS - 1; step >= 0; step--) {
        if (before->at_us[step] != after->at_us[step]) {
            strbuf_append_z(&c->samples, c->n_samples++ == 0 ? "{" : ",{");
            json_text_field(&c->samples, "complaint", complaint);
            json_text_field(&c->samples, "step", route_step_names[step]);
            json_text_field_time(&c->samples, "before", before->at_us[step]);
            json_text_field_time(&c->samples, "after", after->at_us[step]);
            strbuf_append_char(&c->samples, '}');
            return; /* the last step tells most */
        }
    }
}

static enum status tell_done(struct counting *c, struct db_sync *db,
                             const struct city_recompute_result *result, struct err *e)
{
    char n[4][24];
    const size_t counts[4] = {result->considered, result->changed, result->earlier, result->later};
    for (int i = 0; i < 4; i++) {
        (void)snprintf(n[i], sizeof(n[i]), "%zu", counts[i]);
    }
    strbuf_append_char(&c->samples, ']');
    if (c->samples.failed) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a list");
    }
    const char *const params[] = {asked_job_id(c->job), n[0], n[1], n[2], n[3], c->samples.p};
    return db_sync_run(db, STORE_RECOMPUTE_DONE, 6, params, NULL, e);
}

static enum status count_all(struct counting *c, bool apply, struct db_sync *db, struct err *e)
{
    const struct city_recompute work = {.apply = apply,
                                        .actor = "",
                                        .reason = "",
                                        .id = (int32_t)strtol(asked_job_id(c->job), NULL, 10),
                                        .each = keep_sample,
                                        .progress = tell_progress,
                                        .context = c};
    struct city_recompute_result result;
    struct snapshot *s = NULL;
    enum status status = snapshot_load(db, &s, e);
    if (status == STATUS_OK) {
        status = city_recompute_run(db, s, &work, &result, e);
    }
    snapshot_release(s);
    return status == STATUS_OK ? tell_done(c, db, &result, e) : status;
}

static enum status count(struct asked_job *job, struct db_sync *db, struct err *e)
{
    const char *const params[] = {asked_job_id(job)};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, STORE_RECOMPUTE_RUNNING, 1, params, &rows, e);
    bool there = status == STATUS_OK && db_rows_count(rows) > 0;
    bool apply = there && db_rows_bool(rows, 0, 0);
    db_rows_free(rows);
    if (!there) {
        return status; /* it was done before */
    }
    struct counting c = {.job = job};
    strbuf_init(&c.samples, SAMPLES_BYTES);
    strbuf_append_char(&c.samples, '[');
    status = count_all(&c, apply, db, e);
    strbuf_free(&c.samples);
    return status;
}

static const struct asked_job_kind counting = {.name = "deadlines",
                                               .progress = STORE_RECOMPUTE_PROGRESS,
                                               .failed = STORE_RECOMPUTE_FAILED,
                                               .run = count};

static void on_asked(struct http_request *r, struct json_object *answer)
{
    asked_job_begin(r, answer, &counting);
}

static const struct change_field fields[] = {
    {"apply", CHANGE_FLAG, true, 1},
    {"reason", CHANGE_TEXT, false, REASON_MAX},
};

static void start(struct http_request *r)
{
    struct json_object *args =
        change_allowed(r, AUTH_ADMINISTRATOR) ? change_body(r, fields, 2) : NULL;
    if (args == NULL) {
        return;
    }
    bool apply = json_object_get_boolean(json_object_object_get(args, "apply"));
    const char *reason = json_object_get_string(json_object_object_get(args, "reason"));
    if (apply && (reason == NULL || *reason == '\0')) {
        json_object_put(args);
        http_problem_field(r, 422, "reason", FAULT_REQUIRED);
        return;
    }
    change_perform(r, apply ? "deadlines.recompute" : "deadlines.look", args, 202, on_asked);
}

static void list(struct http_request *r)
{
    if (change_allowed(r, AUTH_ADMINISTRATOR | AUTH_AUDITOR)) {
        api_row_send(r, &(struct db_job){.sql = STORE_RECOMPUTES});
    }
}

static void get_recomputes(struct http_request *r)
{
    auth_resolve(r, list);
}

static void post_recompute(struct http_request *r)
{
    auth_resolve(r, start);
}

const struct http_route api_recompute_routes[] = {
    {HTTP_GET, "/api/v1/deadline-recomputes", get_recomputes,
     ABOUT(.tag = "register", .summary = "Due times that were counted anew, or are",
           .answer = "DeadlineRecomputes", .roles = AUTH_ADMINISTRATOR | AUTH_AUDITOR)},
    {HTTP_POST, "/api/v1/deadline-recomputes", post_recompute,
     ABOUT(.tag = "register",
           .summary = "How many open complaints would be due otherwise; or their due times anew",
           FIELDS_OF(fields), .answer = "JobBegun", .status = 202, .roles = AUTH_ADMINISTRATOR)},
};
const size_t n_api_recompute_routes =
    sizeof(api_recompute_routes) / sizeof(api_recompute_routes[0]);
