#include "server/api/asked_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/app/compute.h"
#include "server/base/clock.h"
#include "server/base/log.h"

#define ANSWER_MAX ((size_t)1 << 16)
#define TELL_NS    UINT64_C(300000000)

struct asked_job {
    const struct asked_job_kind *kind;
    const char *database; /* the service's, for its life */
    char id[16];
    struct db_sync *teller; /* tells how far it is; NULL: nobody is told */
    uint64_t told_ns;
};

const char *asked_job_id(const struct asked_job *job)
{
    return job->id;
}

void asked_job_progress(void *job, size_t done, size_t all)
{
    struct asked_job *j = job;
    char so_far[24];
    char of[24];
    struct err ignored;
    if (j->teller == NULL || clock_mono_ns() - j->told_ns < TELL_NS) {
        return;
    }
    (void)snprintf(so_far, sizeof(so_far), "%zu", done);
    (void)snprintf(of, sizeof(of), "%zu", all);
    const char *const params[] = {j->id, so_far, of};
    (void)!db_sync_run(j->teller, j->kind->progress, 3, params, NULL, &ignored);
    j->told_ns = clock_mono_ns();
}

static void work(void *arg)
{
    struct asked_job *j = arg;
    struct db_sync *db = NULL;
    struct err e = {.text = ""};
    struct err ignored;
    enum status status = db_sync_connect(j->database, DB_ROLE_SERVICE, &db, &e);
    if (status == STATUS_OK) {
        if (db_sync_connect(j->database, DB_ROLE_SERVICE, &j->teller, &ignored) != STATUS_OK) {
            j->teller = NULL;
        }
        status = j->kind->run(j, db, &e);
        db_sync_close(j->teller);
    }
    log_info("job.ended", "job=%s id=%s status=%s", j->kind->name, j->id, status_name(status));
    if (status != STATUS_OK && status != STATUS_BUSY && db != NULL) {
        const char *const params[] = {j->id, e.text};
        (void)!db_sync_run(db, j->kind->failed, 2, params, NULL, &ignored);
    }
    db_sync_close(db);
}

static void worked(void *arg)
{
    free(arg);
}

void asked_job_begin(struct http_request *r, struct json_object *answer,
                     const struct asked_job_kind *kind)
{
    struct worker *w = api_worker(r);
    struct asked_job *j = calloc(1, sizeof(*j));
    struct err e;
    if (j == NULL) {
        http_problem(r, 503, NULL);
        return;
    }
    j->kind = kind;
    j->database = w->app->options.database;
    (void)snprintf(j->id, sizeof(j->id), "%d",
                   json_object_get_int(json_object_object_get(answer, "id")));
    struct compute_job job = {.work = work, .done = worked, .arg = j, .reply_to = w->mailbox};
    if (compute_submit(w->app->compute, &job, &e) != STATUS_OK) {
        worked(j);
        http_problem(r, 503, NULL);
        return;
    }
    struct strbuf out;
    strbuf_init(&out, ANSWER_MAX);
    strbuf_append_z(&out, json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN));
    http_send_json(r, 202, &out);
}
