#include "server/record/record_jobs.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/db/db_sync.h"
#include "server/store/store_notify.h"
#include "server/store/store_record.h"

#define LOOK_S     60 /* for a day that has ended */
#define RETAIN_AT  5  /* looks after the start, and then each so many: */
#define RETAIN_ONE 60
#define NICE       10

struct record_jobs {
    const char *database;
    pthread_t thread;
    pthread_mutex_t lock; /* guards stopping */
    pthread_cond_t wake;
    bool stopping;
};

/* True when it is time to stop. */
static bool pause_for(struct record_jobs *jobs, int seconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    (void)pthread_mutex_lock(&jobs->lock);
    int waited = 0;
    while (!jobs->stopping && waited == 0) {
        waited = pthread_cond_timedwait(&jobs->wake, &jobs->lock, &until);
    }
    bool stopping = jobs->stopping;
    (void)pthread_mutex_unlock(&jobs->lock);
    return stopping;
}

static bool stopping(struct record_jobs *jobs)
{
    return pause_for(jobs, 0);
}

/* Seals until there is nothing more to seal now. */
static enum status seal(struct record_jobs *jobs, struct db_sync *db, struct err *e)
{
    for (bool more = true; more && !stopping(jobs);) {
        struct db_rows *rows = NULL;
        enum status status = db_sync_query(db, STORE_SEAL, 0, NULL, &rows, e);
        if (status != STATUS_OK) {
            return status;
        }
        more = !db_rows_null(rows, 0, 0);
        if (more) {
            log_info("record.sealed", "day=%s", db_rows_text(rows, 0, 0));
        }
        db_rows_free(rows);
    }
    return STATUS_OK;
}

static enum status retain(struct record_jobs *jobs, struct db_sync *db, struct err *e)
{
    for (bool more = true; more && !stopping(jobs);) {
        const char *const params[] = {"f", STORE_RETAIN_MOST};
        struct db_rows *rows = NULL;
        enum status status = db_sync_query(db, STORE_RETAIN, 2, params, &rows, e);
        if (status != STATUS_OK) {
            return status;
        }
        int64_t n[STORE_RETAIN_COLUMNS];
        more = false;
        for (size_t i = 0; i < STORE_RETAIN_COLUMNS; i++) {
            n[i] = db_rows_int(rows, 0, i);
            more = more || n[i] > 0;
        }
        if (more) {
            log_info(
                "record.erased",
                "complaints=%lld contacts=%lld senders=%lld files=%lld messages=%lld looks=%lld",
                (long long)n[0], (long long)n[1], (long long)n[2], (long long)n[3], (long long)n[4],
                (long long)n[5]);
        }
        db_rows_free(rows);
    }
    return STATUS_OK;
}

/* What was sent long ago (the setting `notify`, keep_days). */
static enum status prune(struct record_jobs *jobs, struct db_sync *db, struct err *e)
{
    int64_t all = 0;
    for (bool more = true; more && !stopping(jobs);) {
        const char *const params[] = {STORE_NOTICES_PRUNE_MOST};
        struct db_rows *rows = NULL;
        enum status status = db_sync_query(db, STORE_NOTICES_PRUNE, 1, params, &rows, e);
        if (status != STATUS_OK) {
            return status;
        }
        all += db_rows_int(rows, 0, 0);
        more = db_rows_int(rows, 0, 0) > 0;
        db_rows_free(rows);
    }
    if (all > 0) {
        log_info("notices.pruned", "rows=%lld", (long long)all);
    }
    return STATUS_OK;
}

static enum status turn(struct record_jobs *jobs, bool retaining, struct err *e)
{
    struct db_sync *db = NULL;
    enum status status = db_sync_connect(jobs->database, DB_ROLE_SERVICE, &db, e);
    if (status == STATUS_OK) {
        status = seal(jobs, db, e);
    }
    if (status == STATUS_OK && retaining) {
        status = retain(jobs, db, e);
    }
    if (status == STATUS_OK && retaining) {
        status = prune(jobs, db, e);
    }
    db_sync_close(db);
    return status;
}

static void *jobs_main(void *arg)
{
    struct record_jobs *jobs = arg;
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    for (unsigned n = 1; !pause_for(jobs, LOOK_S); n++) {
        struct err e;
        if (turn(jobs, n % RETAIN_ONE == RETAIN_AT, &e) != STATUS_OK) {
            log_warn("record.job", "error=%s", e.text);
        }
    }
    return NULL;
}

enum status record_jobs_start(const char *database, struct record_jobs **out, struct err *e)
{
    struct record_jobs *jobs = calloc(1, sizeof(*jobs));
    if (jobs == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for the record's jobs");
    }
    jobs->database = database;
    (void)pthread_mutex_init(&jobs->lock, NULL); /* cannot fail with default attributes */
    (void)pthread_cond_init(&jobs->wake, NULL);
    if (pthread_create(&jobs->thread, NULL, jobs_main, jobs) != 0) {
        (void)pthread_cond_destroy(&jobs->wake);
        (void)pthread_mutex_destroy(&jobs->lock);
        free(jobs);
        return err_set(e, STATUS_NO_MEMORY, "cannot start the record's thread");
    }
    *out = jobs;
    return STATUS_OK;
}

void record_jobs_stop(struct record_jobs *jobs)
{
    if (jobs == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    (void)pthread_cond_broadcast(&jobs->wake);
    (void)pthread_mutex_unlock(&jobs->lock);
    (void)pthread_join(jobs->thread, NULL);
    (void)pthread_cond_destroy(&jobs->wake);
    (void)pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}
