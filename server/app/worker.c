#include "server/app/worker.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "server/app/app_internal.h"
#include "server/base/asker.h"
#include "server/base/log.h"
#include "server/intake/batcher.h"
#include "server/tiles/tile_cache.h"

#define BODY_MAX         ((size_t)256 << 10)
#define BODY_MS          900000 /* of an upload: 100 MB at 1 Mbit/s */
#define HEADERS_MAX      ((size_t)16 << 10)
#define REQUESTS_MAX     4000
#define READS            2
#define CHANGES          3
#define TILES            2
#define WRITES           2
#define TILE_CACHE_BYTES ((size_t)64 << 20)

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    event_base_dispatch(w->base);
    return NULL;
}

static enum status make_pools(struct worker *w, struct err *e)
{
    struct db_pool_options reads = {.url = w->app->options.database,
                                    .connections = READS,
                                    .in_flight_max = 16,
                                    .queue_max = 2000,
                                    .timeout_ms = 8000,
                                    .name = "hotline-reads"};
    struct db_pool_options changes = reads;
    changes.connections = CHANGES;
    changes.in_flight_max = 2; /* whoever reads never waits behind a commit */
    changes.name = "hotline-changes";
    struct db_pool_options tiles = reads;
    tiles.connections = TILES;
    tiles.in_flight_max = 1; /* a slow tile must not hold up the one behind it */
    tiles.queue_max = 400;
    tiles.name = "hotline-tiles";
    struct db_pool_options writes = reads;
    writes.connections = WRITES;
    writes.in_flight_max = 2; /* the next batch is on the wire while one is committed */
    writes.queue_max = 64;
    writes.name = "hotline-writes";
    writes.asker = ASKER_SERVICE; /* batches are of many callers, through a function of the owner */
    enum status status = db_pool_create(w->base, &reads, &w->reads, e);
    if (status == STATUS_OK) {
        status = db_pool_create(w->base, &changes, &w->changes, e);
    }
    if (status == STATUS_OK) {
        status = db_pool_create(w->base, &tiles, &w->tiles, e);
    }
    if (status == STATUS_OK) {
        status = db_pool_create(w->base, &writes, &w->writes, e);
    }
    return status;
}

static enum status make_http(struct worker *w, struct err *e)
{
    const struct app_options *o = &w->app->options;
    struct http_options options = {
        .address = o->address,
        .port = w->number == 0 ? o->port : w->app->port, /* all on the first one's */
        .routes = o->routes,
        .n_routes = o->n_routes,
        .context = w,
        .body_max = BODY_MAX,
        .headers_max = HEADERS_MAX,
        .requests_max = REQUESTS_MAX,
        .deadline_ms = o->deadline_ms,
        .receive_ms = o->receive_ms,
        .body_ms = BODY_MS,
        .send_ms = o->send_ms,
        .idle_ms = o->idle_ms,
    };
    return http_create(w->base, &options, &w->http, e);
}

static void on_idle(evutil_socket_t fd, short events, void *arg)
{
    struct worker *w = arg;
    (void)fd;
    (void)events;
    w->app->options.on_idle(w, false);
}

enum status worker_start(struct worker *w, struct app *app, int number, struct err *e)
{
    static const struct timeval every = {.tv_sec = 15, .tv_usec = 0};
    w->app = app;
    w->number = number;
    w->base = event_base_new();
    if (w->base == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for an event loop");
    }
    enum status status = mailbox_create(w->base, &w->mailbox, e);
    if (status == STATUS_OK) {
        status = make_pools(w, e);
    }
    if (status == STATUS_OK) {
        status = intake_batcher_create(w->writes, &w->batcher, e);
    }
    if (status == STATUS_OK) {
        status = tile_cache_create(TILE_CACHE_BYTES, &w->cache, e);
    }
    if (status == STATUS_OK) {
        status = make_http(w, e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    app->port = http_port(w->http);
    w->idle = event_new(w->base, -1, EV_PERSIST, on_idle, w);
    if (w->idle == NULL || event_add(w->idle, &every) != 0 ||
        pthread_create(&w->thread, NULL, worker_main, w) != 0) {
        return err_set(e, STATUS_NO_MEMORY, "cannot start a worker thread");
    }
    w->running = true;
    return STATUS_OK;
}

/* Polls until the last request is answered, or the time for stopping is over. */
static void on_drain_tick(evutil_socket_t fd, short events, void *arg)
{
    struct worker *w = arg;
    (void)fd;
    (void)events;
    w->drain_ms += 20;
    if (http_drained(w->http) || w->drain_ms >= w->app->options.stop_ms) {
        if (http_in_flight(w->http) != 0) {
            log_warn("stop.unanswered", "worker=%d requests=%zu", w->number,
                     http_in_flight(w->http));
        }
        event_base_loopbreak(w->base);
    }
}

static void start_drain(void *arg)
{
    static const struct timeval every = {.tv_sec = 0, .tv_usec = 20000};
    struct worker *w = arg;
    http_drain(w->http);
    w->app->options.on_idle(w, true);
    w->drain = event_new(w->base, -1, EV_PERSIST, on_drain_tick, w);
    if (w->drain == NULL || event_add(w->drain, &every) != 0) {
        event_base_loopbreak(w->base);
    }
}

void worker_drain(struct worker *w)
{
    mailbox_post(w->mailbox, start_drain, w);
}

void worker_join(struct worker *w)
{
    if (w->running) {
        pthread_join(w->thread, NULL);
        w->running = false;
    }
}

void worker_free(struct worker *w)
{
    if (w->base == NULL) {
        return;
    }
    /* The pools first: their last callbacks answer requests, which need the HTTP server. */
    mailbox_destroy(w->mailbox);
    db_pool_destroy(w->writes);
    intake_batcher_destroy(w->batcher);
    db_pool_destroy(w->tiles);
    db_pool_destroy(w->changes);
    db_pool_destroy(w->reads);
    http_destroy(w->http);
    tile_cache_destroy(w->cache);
    snapshot_release(w->snapshot);
    if (w->idle != NULL) {
        event_free(w->idle);
    }
    if (w->drain != NULL) {
        event_free(w->drain);
    }
    event_base_free(w->base);
}

struct handover {
    struct worker *w;
    struct snapshot *snapshot;
    void (*tell)(struct worker *w, const char *told);
    char told[];
};

static void take_snapshot(void *arg)
{
    struct handover *h = arg;
    snapshot_release(h->w->snapshot);
    h->w->snapshot = h->snapshot;
    free(h);
}

static void take_told(void *arg)
{
    struct handover *h = arg;
    h->tell(h->w, h->told);
    free(h);
}

void worker_give_snapshot(struct worker *w, struct snapshot *s)
{
    struct handover *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        snapshot_release(s); /* the next change tries again */
        return;
    }
    h->w = w;
    h->snapshot = s;
    mailbox_post(w->mailbox, take_snapshot, h);
}

static void post_told(struct worker *w, void (*tell)(struct worker *w, const char *told),
                      const char *told)
{
    size_t n = strlen(told) + 1;
    struct handover *h = calloc(1, sizeof(*h) + n);
    if (h != NULL) {
        h->w = w;
        h->tell = tell;
        memcpy(h->told, told, n);
        mailbox_post(w->mailbox, take_told, h);
    }
}

void worker_tell(struct worker *w, const char *told)
{
    post_told(w, w->app->options.on_complaints, told);
}

void worker_tell_calls(struct worker *w, const char *told)
{
    post_told(w, w->app->options.on_calls, told);
}
