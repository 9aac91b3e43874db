#include "server/change/change_jobs.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/app/snapshot.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/change/check.h"
#include "server/change/replay.h"
#include "server/db/db_listen.h"
#include "server/db/db_sync.h"
#include "server/store/store_replay.h"

#define RESULT_MAX ((size_t)48 << 20)
#define LOOK_MS    5000 /* for jobs that some other service left */
#define RETRY_MS   1000
#define NICE       10 /* below requests */

struct change_jobs {
    const char *database;
    pthread_t thread;
    int wake;      /* eventfd: stop */
    bool stopping; /* __atomic */
};

/* One job under way. */
struct job {
    struct change_jobs *jobs;
    struct db_sync *db; /* tells and ends */
    char id[16];
    bool replay;
    int32_t set, base;
    int64_t from_us, to_us, as_of_us;
    bool unwanted; /* cancelled, or taken by another service */
};

static bool stopping(const struct change_jobs *jobs)
{
    return __atomic_load_n(&jobs->stopping, __ATOMIC_ACQUIRE);
}

/* ---- one job ---- */

static bool tell(void *arg, int64_t done, int64_t total)
{
    struct job *j = arg;
    char numbers[2][24];
    struct db_rows *rows = NULL;
    (void)snprintf(numbers[0], sizeof(numbers[0]), "%lld", (long long)done);
    (void)snprintf(numbers[1], sizeof(numbers[1]), "%lld", (long long)total);
    const char *params[] = {j->id, numbers[0], numbers[1]};
    if (db_sync_query(j->db, STORE_JOB_TELL, 3, params, &rows, NULL) == STATUS_OK) {
        j->unwanted = j->unwanted || !db_rows_bool(rows, 0, 0);
        db_rows_free(rows);
    }
    return !j->unwanted && !stopping(j->jobs);
}

/* A check tells after each of its many rows: not all of them go to the database. */
static bool tell_seldom(void *arg, int64_t done, int64_t total)
{
    static _Thread_local uint64_t last;
    uint64_t now = clock_mono_ns();
    if (now - last < UINT64_C(200000000)) {
        return true;
    }
    last = now;
    return tell(arg, done, total);
}

static enum status run_check(struct job *j, const struct snapshot *before,
                             const struct snapshot *after, struct strbuf *out, struct err *e)
{
    return check_run(
        &(struct check_options){
            .db = j->db, .set = after, .against = before, .progress = tell_seldom, .arg = j},
        out, e);
}

static enum status run_replay(struct job *j, const struct snapshot *before,
                              const struct snapshot *after, struct strbuf *out, struct err *e)
{
    return replay_run(&(struct replay_options){.database = j->jobs->database,
                                               .before = before,
                                               .after = after,
                                               .from_us = j->from_us,
                                               .to_us = j->to_us,
                                               .as_of_us = j->as_of_us,
                                               .progress = tell,
                                               .arg = j},
                      out, e);
}

static enum status run_with(struct job *j, struct strbuf *out, struct err *e)
{
    struct snapshot *before = NULL;
    struct snapshot *after = NULL;
    enum status status = snapshot_load_with_rules(j->db, j->base, &before, e);
    if (status == STATUS_OK) {
        status = snapshot_load_with_rules(j->db, j->set, &after, e);
        if (status == STATUS_INVALID && !j->replay) {
            check_broken(e->text, out); /* a finding, not a failure */
            snapshot_release(before);
            return STATUS_OK;
        }
    }
    if (status == STATUS_OK && (before->rules == NULL || after->rules == NULL)) {
        status = err_set(e, STATUS_NOT_FOUND, "there is no city yet");
    }
    if (status == STATUS_OK) {
        status =
            j->replay ? run_replay(j, before, after, out, e) : run_check(j, before, after, out, e);
    }
    snapshot_release(before);
    snapshot_release(after);
    return status;
}

static void run_job(struct job *j)
{
    struct strbuf out;
    struct err e = {.text = ""};
    uint64_t began = clock_mono_ns();
    strbuf_init(&out, RESULT_MAX);
    enum status status = run_with(j, &out, &e);
    log_info("job.ended", "job=%s kind=%s set=%d status=%s ms=%llu", j->id,
             j->replay ? "replay" : "check", (int)j->set, status_name(status),
             (unsigned long long)(clock_mono_ns() - began) / 1000000);
    if (!j->unwanted && !stopping(j->jobs)) {
        const char *params[] = {j->id, status == STATUS_OK ? out.p : NULL,
                                status == STATUS_OK ? NULL : e.text};
        struct err ignored;
        if (db_sync_run(j->db, STORE_JOB_END, 3, params, NULL, &ignored) != STATUS_OK) {
            log_warn("job.lost", "job=%s", j->id); /* silent now: somebody takes it again */
        }
    }
    strbuf_free(&out);
}

/* Takes one job and does it; *none: there was none. */
static enum status take(struct change_jobs *jobs, struct db_sync *db, bool *none, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, STORE_JOB_CLAIM, 0, NULL, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    *none = db_rows_count(rows) == 0;
    if (!*none) {
        struct job j = {.jobs = jobs,
                        .db = db,
                        .replay = strcmp(db_rows_text(rows, 0, 1), "replay") == 0,
                        .set = (int32_t)db_rows_int(rows, 0, 2),
                        .base = (int32_t)db_rows_int(rows, 0, 3),
                        .from_us = db_rows_int_or(rows, 0, 4, INT64_MIN),
                        .to_us = db_rows_int_or(rows, 0, 5, INT64_MAX),
                        .as_of_us = db_rows_int_or(rows, 0, 6, INT64_MIN)};
        (void)snprintf(j.id, sizeof(j.id), "%s", db_rows_text(rows, 0, 0));
        run_job(&j);
    }
    db_rows_free(rows);
    return STATUS_OK;
}

/* ---- the thread ---- */

static void on_told(void *arg, const char *channel, const char *payload)
{
    (void)arg;
    (void)channel;
    (void)payload; /* being woken is enough */
}

/* One life of the two connections. */
static enum status serve(struct change_jobs *jobs, struct err *e)
{
    static const char *const channels[] = {"hotline_jobs"};
    struct db_listen *l = NULL;
    struct db_sync *db = NULL;
    enum status status = db_listen_open(jobs->database, channels, 1, &l, e);
    if (status == STATUS_OK) {
        status = db_sync_connect(jobs->database, DB_ROLE_SERVICE, &db, e);
    }
    while (status == STATUS_OK && !stopping(jobs)) {
        bool none = false;
        while (status == STATUS_OK && !none && !stopping(jobs)) {
            status = take(jobs, db, &none, e);
        }
        if (status == STATUS_OK && !stopping(jobs)) {
            status = db_listen_wait(l, LOOK_MS, jobs->wake, on_told, NULL, e);
        }
    }
    db_sync_close(db);
    db_listen_close(l);
    return status;
}

static void *jobs_main(void *arg)
{
    struct change_jobs *jobs = arg;
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE); /* threads it makes too */
    while (!stopping(jobs)) {
        struct err e;
        if (serve(jobs, &e) != STATUS_OK) {
            log_debug("jobs.retry", "in_ms=%d", RETRY_MS);
            for (int i = 0; i < RETRY_MS / 20 && !stopping(jobs); i++) {
                usleep(20000);
            }
        }
    }
    return NULL;
}

enum status change_jobs_start(const char *database, struct change_jobs **out, struct err *e)
{
    struct change_jobs *jobs = calloc(1, sizeof(*jobs));
    if (jobs == NULL || (jobs->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0) {
        free(jobs);
        return err_set(e, STATUS_NO_MEMORY, "no memory for jobs");
    }
    jobs->database = database;
    if (pthread_create(&jobs->thread, NULL, jobs_main, jobs) != 0) {
        close(jobs->wake);
        free(jobs);
        return err_set(e, STATUS_NO_MEMORY, "cannot start the jobs' thread");
    }
    *out = jobs;
    return STATUS_OK;
}

void change_jobs_stop(struct change_jobs *jobs)
{
    if (jobs == NULL) {
        return;
    }
    uint64_t one = 1;
    __atomic_store_n(&jobs->stopping, true, __ATOMIC_RELEASE);
    ssize_t ignored = write(jobs->wake, &one, sizeof(one));
    (void)ignored;
    pthread_join(jobs->thread, NULL);
    close(jobs->wake);
    free(jobs);
}
