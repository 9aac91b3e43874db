/* The keeper: the one thread that may block on the database. It loads the first snapshot, then
 * listens: a change of what snapshots hold brings a new one, a telephone call is handed to the
 * workers. (New complaints are followed by heat_feed.c.) Whenever the connection was lost
 * everything is loaded anew, since something may have been missed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/app/app_internal.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/db/db_listen.h"
#include "server/db/db_sync.h"

#define SETTLE_MS     150 /* a bulk change tells many times: wait until it is quiet */
#define SETTLE_MAX_NS UINT64_C(2000000000)
#define RETRY_MIN_MS  100
#define RETRY_MAX_MS  2000

struct keeper {
    struct app *app;
    bool stale; /* a snapshot must be loaded */
    uint64_t stale_since_ns;
};

static bool stopping(const struct app *app)
{
    return __atomic_load_n(&app->stopping, __ATOMIC_ACQUIRE);
}

static void tell_calls(const struct app *app, const char *told)
{
    for (int i = 0; i < app->n_workers; i++) {
        worker_tell_calls(&app->workers[i], told);
    }
}

static void on_told(void *arg, const char *channel, const char *payload)
{
    struct keeper *k = arg;
    if (strcmp(channel, "hotline_calls") == 0) {
        tell_calls(k->app, payload);
        return;
    }
    __atomic_add_fetch(&k->app->counters.notifications, 1, __ATOMIC_RELAXED);
    k->stale_since_ns = k->stale ? k->stale_since_ns : clock_mono_ns();
    k->stale = true;
}

static enum status load(struct keeper *k, struct err *e)
{
    struct app *app = k->app;
    struct db_sync *db = NULL;
    struct snapshot *s = NULL;
    uint64_t began = clock_mono_ns();
    enum status status = db_sync_connect(app->options.database, DB_ROLE_SERVICE, &db, e);
    if (status == STATUS_OK) {
        status = snapshot_load_with_maps(db, &s, e);
    }
    db_sync_close(db);
    if (status != STATUS_OK) {
        __atomic_add_fetch(&app->counters.snapshot_failures, 1, __ATOMIC_RELAXED);
        return status;
    }
    uint64_t us = (clock_mono_ns() - began) / 1000;
    __atomic_store_n(&app->counters.snapshot_load_us, us, __ATOMIC_RELAXED);
    __atomic_add_fetch(&app->counters.snapshots, 1, __ATOMIC_RELAXED);
    log_info("snapshot.loaded", "version=%llu boundaries=%zu jurisdictions=%zu ms=%llu",
             (unsigned long long)s->version, s->n_boundaries, s->n_jurisdictions,
             (unsigned long long)us / 1000);
    log_info("gazetteer.built", "names=%zu bytes=%zu ms=%llu",
             s->gazetteer == NULL ? 0 : geo_gazetteer_count(s->gazetteer),
             s->gazetteer == NULL ? 0 : geo_gazetteer_bytes(s->gazetteer),
             (unsigned long long)s->gazetteer_build_us / 1000);
    for (int i = 0; i < app->n_workers; i++) {
        worker_give_snapshot(&app->workers[i], snapshot_acquire(s));
    }
    snapshot_release(s);
    k->stale = false;
    return STATUS_OK;
}

/* One life of the listening connection. */
static enum status keep(struct keeper *k, unsigned *retry_ms, struct err *e)
{
    static const char *const channels[] = {"hotline_snapshot", "hotline_calls"};
    struct db_listen *l = NULL;
    enum status status = db_listen_open(k->app->options.database, channels, 2, &l, e);
    if (status == STATUS_OK) {
        tell_calls(k->app, "* hello"); /* something may have been missed: ask again */
    }
    k->stale = true;
    k->stale_since_ns = 0; /* at once */
    while (status == STATUS_OK && !stopping(k->app)) {
        bool had = k->stale;
        bool waited_long = clock_mono_ns() - k->stale_since_ns > SETTLE_MAX_NS;
        if (k->stale && waited_long) {
            status = load(k, e);
            *retry_ms = RETRY_MIN_MS;
            continue;
        }
        uint64_t before = __atomic_load_n(&k->app->counters.notifications, __ATOMIC_RELAXED);
        status =
            db_listen_wait(l, k->stale ? SETTLE_MS : 60000, k->app->keeper_wake, on_told, k, e);
        uint64_t after = __atomic_load_n(&k->app->counters.notifications, __ATOMIC_RELAXED);
        if (status == STATUS_OK && had && before == after) {
            status = load(k, e); /* quiet now */
        }
    }
    db_listen_close(l);
    return status;
}

static void pause_ms(struct app *app, unsigned ms)
{
    while (ms > 0 && !stopping(app)) {
        unsigned step = ms < 50 ? ms : 50;
        usleep(step * 1000);
        ms -= step;
    }
}

void *keeper_main(void *arg)
{
    struct keeper k = {.app = arg};
    unsigned retry_ms = RETRY_MIN_MS;
    while (!stopping(k.app)) {
        struct err e;
        enum status status = keep(&k, &retry_ms, &e);
        if (status == STATUS_OK || stopping(k.app)) {
            continue;
        }
        __atomic_add_fetch(&k.app->counters.listen_losses, 1, __ATOMIC_RELAXED);
        char why[300];
        log_warn("keeper.retry", "in_ms=%u why=%s", retry_ms,
                 log_quote(e.text, strlen(e.text), why, sizeof(why)));
        pause_ms(k.app, retry_ms);
        retry_ms = retry_ms * 2 < RETRY_MAX_MS ? retry_ms * 2 : RETRY_MAX_MS;
    }
    return NULL;
}
