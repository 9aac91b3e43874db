/* The running service: worker threads, compute threads, and the keeper, a thread that listens to
 * the database, loads snapshots and hands them to the workers. */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "server/app/worker.h"
#include "server/base/err.h"
#include "server/http/http.h"

struct app_options {
    const char *database;
    const char *address;
    uint16_t port;
    int workers;            /* 0: one per core */
    const char *web_folder; /* the built pages */
    const char *files;      /* the folder of attachments; NULL: as files_open_store has it */
    int uploads_max;        /* at once */
    const struct http_route *routes;
    size_t n_routes;
    unsigned stop_ms; /* how long a graceful stop may take */
    unsigned receive_ms, send_ms, idle_ms, deadline_ms;
    unsigned anonymous_per_minute; /* complaints from one address without a key; 0: no limit */
    /* Told on each worker's thread, once the heat index has it, what was committed: complaints
     * ("CODE LON LAT CATEGORY;..."), tiles of zoom 14 that changed ("tiles X Y;X Y;"), or "many".
     */
    void (*on_complaints)(struct worker *w, const char *told);
    /* Told on each worker's thread what came up for operators: "LOGIN EVENT ID", "* EVENT". */
    void (*on_calls)(struct worker *w, const char *told);
    /* Told on each worker's thread every 15 s, and when it stops. */
    void (*on_idle)(struct worker *w, bool stopping);
};

struct heat;
struct notify;
struct files;

struct app_counters {
    uint64_t snapshots, snapshot_failures, notifications, listen_losses;
    uint64_t snapshot_load_us; /* of the last one */
};

struct app {
    struct app_options options;
    struct worker *workers;
    int n_workers;
    struct compute *compute;
    struct files *files;
    struct change_jobs *jobs;     /* checks and replays of rule sets */
    struct record_jobs *record;   /* seals, and what is over its time */
    struct app_counters counters; /* by the keeper; read with __atomic */
    pthread_t keeper;
    bool keeper_runs;
    int keeper_wake;       /* eventfd: the keeper is to stop */
    struct notify *notify; /* tells people what happened */
    struct incidents *incidents;
    struct heat *heat;
    int heat_wake; /* eventfd: its thread is to stop */
    bool stopping; /* __atomic */
    uint16_t port;
};

/* Runs until SIGTERM or SIGINT, then stops: no new connections, open requests are answered, at most
 * stop_ms long. Returns STATUS_OK after a stop that was asked for. */
enum status app_run(const struct app_options *options, struct err *e) MUST_CHECK;

#endif
