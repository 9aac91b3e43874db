/* /api/v1/rule-sets/{set}/route: the decision under any set, a draft as well. The city under that
 * set is loaded on a compute thread, one at a time, and the last one is kept. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/api/api_change.h"
#include "server/api/api_rules.h"
#include "server/db/db_sync.h"
#include "server/store/store_rule_sets.h"

struct asked {
    struct http_request *r;
    const char *database, *set;
    uint64_t city; /* version of the service's own snapshot */
    struct snapshot *found;
    enum status status;
};

/* The last one that was loaded. */
static struct {
    pthread_mutex_t lock;
    struct snapshot *snapshot;
    uint64_t city;
    int64_t set, revision;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

void api_rule_route_unload(void)
{
    snapshot_release(kept.snapshot);
    kept.snapshot = NULL;
}

static enum status load(struct asked *a, struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    const char *params[] = {a->set};
    enum status status = db_sync_query(db, STORE_RULE_SET_REVISION, 1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    bool known = db_rows_count(rows) == 1;
    int64_t set = known ? db_rows_int(rows, 0, 0) : 0;
    int64_t revision = known ? db_rows_int(rows, 0, 1) : 0;
    db_rows_free(rows);
    if (!known) {
        return err_set(e, STATUS_NOT_FOUND, "no such set of rules");
    }
    if (kept.snapshot == NULL || kept.city != a->city || kept.set != set ||
        kept.revision != revision) {
        struct snapshot *fresh = NULL;
        status = snapshot_load_with_rules(db, (int32_t)set, &fresh, e);
        if (status != STATUS_OK) {
            return status;
        }
        snapshot_release(kept.snapshot);
        kept.snapshot = fresh;
        kept.city = a->city;
        kept.set = set;
        kept.revision = revision;
    }
    a->found = snapshot_acquire(kept.snapshot);
    return STATUS_OK;
}

/* Only one thread waits for the database; whoever comes in between is told to try again. */
static void work(void *arg)
{
    struct asked *a = arg;
    struct db_sync *db = NULL;
    struct err e;
    if (pthread_mutex_trylock(&kept.lock) != 0) {
        a->status = STATUS_BUSY;
        return;
    }
    a->status = db_sync_connect(a->database, DB_ROLE_SERVICE, &db, &e);
    if (a->status == STATUS_OK) {
        a->status = load(a, db, &e);
    }
    db_sync_close(db);
    pthread_mutex_unlock(&kept.lock);
}

static void answer(void *arg)
{
    struct asked *a = arg;
    if (!http_answered(a->r)) {
        if (a->status != STATUS_OK) {
            http_problem_status(a->r, a->status);
        } else if (a->found->rules == NULL) {
            http_problem(a->r, 503, NULL);
        } else {
            api_route_answer(a->r, a->found);
        }
    }
    snapshot_release(a->found);
    http_release(a->r);
}

void api_rule_route(struct http_request *r, const char *set)
{
    struct worker *w = api_worker(r);
    struct asked *a = arena_calloc(http_arena(r), 1, sizeof(*a));
    struct snapshot *s = api_snapshot(r);
    struct err e;
    if (s == NULL || a == NULL) {
        return;
    }
    *a = (struct asked){
        .r = r, .database = w->app->options.database, .set = set, .city = s->version};
    http_hold(r);
    struct compute_job job = {work, answer, a, w->mailbox};
    enum status status = compute_submit(w->app->compute, &job, &e);
    if (status != STATUS_OK) {
        http_problem_status(r, status);
        http_release(r);
    }
}
