/* PostgreSQL for the service: a few pipelined connections that belong to one event loop.
 *
 * A job is one statement. It waits in a bounded queue, goes to the least busy connection, and calls
 * back exactly once, on the loop's thread, never from inside db_pool_submit. Each job is a
 * transaction of its own (a sync point follows it), so a failing one harms no other.
 *
 * A job is asked for somebody (server/base/asker.h): PostgreSQL is told who it is in the job's own
 * transaction, and shows no complaint that he may not see. Its callback runs as the same one.
 *
 * EVERY JOB MUST BE SAFE TO REPEAT: when a connection is lost, the jobs on it are sent again on
 * another one, until their deadline. (What was committed before the loss may be done twice; the
 * statements of server/store are written for that.)
 *
 * What comes more than once is prepared: PostgreSQL then parses it once a connection, and plans it
 * once where the plan is as good for all values (db_statements.h). A statement that a server does
 * not know (a pooler between changed connections), or that no longer fits changed tables, is sent
 * again as text; when that happens often nothing is prepared any more.
 *
 * A job past its deadline ends with STATUS_TIMEOUT; if it was already sent, its connection is
 * dropped, since libpq cannot cancel without blocking. The server's own statement_timeout is set a
 * little shorter, so that this is rare. Lost connections come back by themselves, with a growing
 * pause up to 2 s. One pool per thread; nothing here is thread-safe. */
#ifndef DB_DB_POOL_H
#define DB_DB_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"
#include "server/db/db_rows.h"

struct event_base;
struct db_pool;

#define DB_PARAMS_MAX 32

struct db_pool_options {
    const char *url;
    int connections;
    int in_flight_max;   /* jobs on one connection */
    size_t queue_max;    /* jobs waiting for a connection; past it STATUS_BUSY */
    unsigned timeout_ms; /* of a job, from submit to callback */
    const char *asker;   /* a literal: whom its connections ask for unless a job says otherwise
                          * (server/base/asker.h); NULL: nobody, who sees no complaint */
    const char *name;    /* for logs and pg_stat_activity */
};

struct db_job {
    const char *sql; /* borrowed for ever: a literal, or kept by the caller until the callback */
    int n_params;
    const char *params[DB_PARAMS_MAX]; /* text format, NULL is NULL; copied */
    const char *asker; /* a literal; NULL: whoever the running turn is for, else the pool's */
    bool plan_each;    /* how it is best done depends on its values: planned each time it comes */
    /* status STATUS_OK with the result; else result is NULL and e tells. STATUS_INVALID and
     * STATUS_CONFLICT mean that the database refused (constraint, data); STATUS_INTERNAL another
     * SQL error. */
    void (*done)(void *arg, enum status status, const struct db_rows *result, const struct err *e);
    void *arg;
};

/* Starts connecting; jobs may be submitted at once. */
enum status db_pool_create(struct event_base *base, const struct db_pool_options *options,
                           struct db_pool **out, struct err *e) MUST_CHECK;
/* Ends all jobs with STATUS_UNAVAILABLE (their callbacks run now) and disconnects. */
void db_pool_destroy(struct db_pool *pool);

enum status db_pool_submit(struct db_pool *pool, const struct db_job *job,
                           struct err *e) MUST_CHECK;

struct db_pool_stats {
    int connected;    /* connections that are up */
    size_t waiting;   /* jobs in the queue */
    size_t in_flight; /* jobs sent */
    uint64_t done, failed, timeouts, resent, reconnects;
};
struct db_pool_stats db_pool_stats(const struct db_pool *pool);

#endif
