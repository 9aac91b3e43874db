/* One worker thread: its event loop, listener, database connections, and its reference to the
 * newest snapshot. Everything in it belongs to that thread. */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include <pthread.h>

#include "server/app/compute.h"
#include "server/app/mailbox.h"
#include "server/app/snapshot.h"
#include "server/db/db_pool.h"
#include "server/http/http.h"

struct app;
struct intake_batcher;
struct tile_cache;
struct event_link;

struct worker {
    struct app *app;
    int number;
    struct event_base *base;
    struct http *http;
    struct mailbox *mailbox;
    struct db_pool *reads;   /* short statements of requests */
    struct db_pool *changes; /* what people do: each waits for the disk, and may wait for another */
    struct db_pool *tiles;   /* map statements, which may be slow */
    struct db_pool *writes;  /* batches of complaints, and nothing else */
    struct intake_batcher *batcher;
    struct tile_cache *cache;
    struct event_link *streams;      /* clients of /api/v1/events */
    struct event_link *call_streams; /* clients of /api/v1/calls/events */
    struct snapshot *snapshot;       /* NULL until the first is loaded */
    struct event *idle;              /* every 15 s */
    struct event *drain;             /* while stopping */
    unsigned drain_ms;
    pthread_t thread;
    bool running;
};

#endif
