/* /api/v1/deadline-recomputes: after a change of calendars or steps, how many open complaints would
 * be due otherwise, and then their due times anew. Counted on a compute thread by the code of
 * `hotline deadlines recompute`, with a connection and a snapshot of its own: the service's may be
 * older than the calendar that was saved a moment ago. For administrators. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_about.h"
#include "server/api/api_change.h"
#include "server/api/api_row.h"
#include "server/app/compute.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"
#include "server/base/log.h"
#include "server/city/city_recompute.h"
#include "server/db/db_sync.h"
#include "server/store/store_recompute.h"

#define JSON_MAX    ((size_t)1 << 20)
#define REASON_MAX  1000
#define SAMPLES_MAX 20
#define TELL_NS     UINT64_C(300000000)

struct counting {
    const char *database; /* the service's, for its life */
    char id[16];
    struct db_sync *teller; /* tells how far it is, while the transaction goes on */
    uint64_t told_ns;
    struct strbuf samples; /* elements of a JSON array */
    size_t n_samples;
};

/* A few times a second; whoever looks at the row sees it. */
static void tell_progress(void *context, size_t done, size_t all)
{
    struct counting *c = context;
    char considered[24];
    char to_count[24];
    struct err ignored;
    if (c->teller == NULL || clock_mono_ns() - c->told_ns < TELL_NS) {
        return;
    }
    (void)snprintf(considered, sizeof(considered), "%zu", done);
    (void)snprintf(to_count, sizeof(to_count), "%zu", all);
    const char *const params[] = {c->id, considered, to_count};
    (void)!db_sync_run(c->teller, STORE_RECOMPUTE_PROGRESS, 3, params, NULL, &ignored);
    c->told_ns = clock_mono_ns();
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
    const char *const params[] = {c->id, n[0], n[1], n[2], n[3], c->samples.p};
    return db_sync_run(db, STORE_RECOMPUTE_DONE, 6, params, NULL, e);
}

static enum status count_with(struct counting *c, struct db_sync *db, struct err *e)
{
    const char *const params[] = {c->id};
    struct db_rows *rows = NULL;
    struct snapshot *s = NULL;
    struct city_recompute_result result;
    enum status status = db_sync_query(db, STORE_RECOMPUTE_RUNNING, 1, params, &rows, e);
    if (status != STATUS_OK || db_rows_count(rows) == 0) {
        db_rows_free(rows);
        return status; /* it was done before */
    }
    const struct city_recompute work = {.apply = db_rows_bool(rows, 0, 0),
                                        .actor = "",
                                        .reason = "",
                                        .id = (int32_t)strtol(c->id, NULL, 10),
                                        .each = keep_sample,
                                        .progress = tell_progress,
                                        .context = c};
    db_rows_free(rows);
    status = snapshot_load(db, &s, e);
    if (status == STATUS_OK) {
        status = city_recompute_run(db, s, &work, &result, e);
    }
    snapshot_release(s);
    return status == STATUS_OK ? tell_done(c, db, &result, e) : status;
}

static void count(void *arg)
{
    struct counting *c = arg;
    struct db_sync *db = NULL;
    struct err e = {.text = ""};
    struct err ignored;
    enum status status = db_sync_connect(c->database, DB_ROLE_SERVICE, &db, &e);
    if (status == STATUS_OK) {
        if (db_sync_connect(c->database, DB_ROLE_SERVICE, &c->teller, &ignored) != STATUS_OK) {
            c->teller = NULL; /* then nobody is told how far it is */
        }
        status = count_with(c, db, &e);
        db_sync_close(c->teller);
    }
    log_info("deadlines.ended", "recompute=%s status=%s", c->id, status_name(status));
    if (status != STATUS_OK && db != NULL) {
        const char *const params[] = {c->id, e.text};
        (void)!db_sync_run(db, STORE_RECOMPUTE_FAILED, 2, params, NULL, &ignored);
    }
    db_sync_close(db);
}

static void counted(void *arg)
{
    struct counting *c = arg;
    strbuf_free(&c->samples);
    free(c);
}

/* The row is there; the work begins, and the answer says so. */
static void on_asked(struct http_request *r, struct json_object *answer)
{
    struct worker *w = api_worker(r);
    struct counting *c = calloc(1, sizeof(*c));
    struct err e;
    if (c == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    (void)snprintf(c->id, sizeof(c->id), "%d",
                   json_object_get_int(json_object_object_get(answer, "id")));
    c->database = w->app->options.database;
    strbuf_init(&c->samples, JSON_MAX);
    strbuf_append_char(&c->samples, '[');
    struct compute_job job = {.work = count, .done = counted, .arg = c, .reply_to = w->mailbox};
    if (compute_submit(w->app->compute, &job, &e) != STATUS_OK) {
        counted(c);
        http_problem(r, 503, NULL); /* the row stays `running` until the next one is asked for */
        return;
    }
    struct strbuf out;
    strbuf_init(&out, JSON_MAX);
    strbuf_append_z(&out, json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN));
    http_send_json(r, 202, &out);
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
