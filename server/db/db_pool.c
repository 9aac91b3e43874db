#include "server/db/db_pool.h"

#include <event2/event.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/asker.h"
#include "server/base/bug.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/db/db_statements.h"

#define TICK_MS            50
#define RECONNECT_MIN_MS   50
#define RECONNECT_MAX_MS   2000
#define CONNECT_TIMEOUT_MS 5000
#define STATEMENTS_MAX     100 /* that a connection has prepared */
#define STRANGERS_MAX      20  /* then whoever is between us and the server changes connections */

/* Tells PostgreSQL who asks. */
static const char ENTER[] = "SELECT hotline.enter($1, $2)";

/* A job's own copy of the statement; in the queue, or on one connection. */
struct task {
    struct task *next;
    struct db_job job;
    uint64_t deadline_ns;
    PGresult *result;   /* of a sent task: the last result seen */
    char *params;       /* owned bytes that job.params point into */
    struct asker turn;  /* who it was submitted for: the callback's */
    const char *who;    /* whom PostgreSQL is told; NULL: the connection's own */
    bool plain;         /* as text: what was prepared did not hold */
    unsigned preparing; /* commands that go ahead of it to prepare */
    unsigned taken;     /* commands that went well */
};

struct task_list {
    struct task *first, **last;
    size_t n;
};

enum conn_state {
    CONN_DOWN,       /* no PGconn; comes back at retry_at_ns */
    CONN_CONNECTING, /* PQconnectPoll is at work */
    CONN_READY,      /* pipeline mode; `sent` are on the wire */
};

struct conn {
    struct db_pool *pool;
    enum conn_state state;
    PGconn *pg;
    struct db_statements *statements;
    struct event *io;
    short io_events; /* what io waits for */
    struct task_list sent;
    uint64_t retry_at_ns; /* CONN_DOWN: when to try; CONN_CONNECTING: when to give up */
    unsigned retry_ms;
    int number;
};

struct db_pool {
    struct event_base *base;
    struct db_pool_options options;
    char *url;
    struct conn *conns;
    struct task_list queue;
    struct event *tick;
    struct db_pool_stats stats;
    unsigned strangers; /* names that a server did not know */
    bool closing;
};

static void list_init(struct task_list *l)
{
    *l = (struct task_list){.first = NULL, .last = NULL, .n = 0};
}

static void list_push(struct task_list *l, struct task *t)
{
    t->next = NULL;
    if (l->first == NULL) {
        l->first = t;
    } else {
        *l->last = t;
    }
    l->last = &t->next;
    l->n++;
}

static struct task *list_pop(struct task_list *l)
{
    struct task *t = l->first;
    if (t != NULL) {
        l->first = t->next;
        l->n--;
    }
    return t;
}

/* Puts all of `front` before what is in `l`, in order. */
static void list_prepend(struct task_list *l, struct task_list *front)
{
    if (front->first == NULL) {
        return;
    }
    if (l->first != NULL) {
        *front->last = l->first;
        front->last = l->last;
        front->n += l->n;
    }
    *l = *front;
    list_init(front);
}

static void task_free(struct task *t)
{
    PQclear(t->result);
    free(t->params);
    free(t);
}

static void task_end(struct db_pool *pool, struct task *t, enum status status, const char *text)
{
    struct err e;
    (void)err_set(&e, status, "%s", text);
    if (status == STATUS_OK) {
        pool->stats.done++;
    } else {
        pool->stats.failed++;
    }
    struct asker before = asker_swap(&t->turn);
    t->job.done(t->job.arg, status, status == STATUS_OK ? (const void *)t->result : NULL, &e);
    (void)asker_swap(&before);
    task_free(t);
}

/* Class 22 is data, 23 constraints, P0001 RAISE; 40 asks for another try; 57 is a shutdown. */
static enum status status_of_sqlstate(const char *state)
{
    if (state == NULL) {
        return STATUS_UNAVAILABLE;
    }
    if (strncmp(state, "22", 2) == 0 || strcmp(state, "P0001") == 0) {
        return STATUS_INVALID;
    }
    if (strncmp(state, "23", 2) == 0) {
        return STATUS_CONFLICT;
    }
    if (strcmp(state, "57014") == 0) {
        return STATUS_TIMEOUT;
    }
    if (strncmp(state, "57", 2) == 0 || strncmp(state, "40", 2) == 0) {
        return STATUS_UNAVAILABLE;
    }
    return STATUS_INTERNAL;
}

static void task_finish(struct db_pool *pool, struct task *t)
{
    ExecStatusType kind = t->result == NULL ? PGRES_FATAL_ERROR : PQresultStatus(t->result);
    if (kind == PGRES_TUPLES_OK || kind == PGRES_COMMAND_OK) {
        task_end(pool, t, STATUS_OK, "");
        return;
    }
    const char *state = t->result == NULL ? NULL : PQresultErrorField(t->result, PG_DIAG_SQLSTATE);
    const char *text =
        t->result == NULL ? NULL : PQresultErrorField(t->result, PG_DIAG_MESSAGE_PRIMARY);
    enum status status = status_of_sqlstate(state);
    log_warn("db.error", "pool=%s sqlstate=%s", pool->options.name, state == NULL ? "-" : state);
    task_end(pool, t, status, text == NULL ? "no answer" : text);
}

static void conn_on_io(evutil_socket_t fd, short events, void *arg);
static void pool_dispatch(struct db_pool *pool);

/* (Re)arms the event for what libpq waits for; the socket may have changed while connecting. */
static void conn_watch(struct conn *c, short events)
{
    int fd = PQsocket(c->pg);
    events |= EV_PERSIST;
    if (c->io != NULL && c->io_events == events && event_get_fd(c->io) == fd) {
        return;
    }
    if (c->io != NULL) {
        event_free(c->io);
    }
    c->io = event_new(c->pool->base, fd, events, conn_on_io, c);
    BUG_IF(c->io == NULL);
    event_add(c->io, NULL);
    c->io_events = events;
}

/* The connection is gone or given up: its tasks go back to the queue's front and are sent again. */
static void conn_drop(struct conn *c, const char *why)
{
    struct db_pool *pool = c->pool;
    if (!pool->closing && (c->state == CONN_READY || c->retry_ms <= RECONNECT_MIN_MS)) {
        log_warn("db.lost", "pool=%s connection=%d unfinished=%zu why=\"%.*s\"", pool->options.name,
                 c->number, c->sent.n, (int)strcspn(why, "\n\""), why);
    }
    if (c->state == CONN_READY) {
        pool->stats.connected--;
        pool->stats.reconnects++;
    }
    if (c->io != NULL) {
        event_free(c->io);
        c->io = NULL;
    }
    PQfinish(c->pg);
    c->pg = NULL;
    db_statements_reset(c->statements);
    c->state = CONN_DOWN;
    c->retry_at_ns = clock_mono_ns() + (uint64_t)c->retry_ms * 1000000;
    c->retry_ms = c->retry_ms * 2 < RECONNECT_MAX_MS ? c->retry_ms * 2 : RECONNECT_MAX_MS;
    for (struct task *t = c->sent.first; t != NULL; t = t->next) {
        PQclear(t->result);
        t->result = NULL;
        pool->stats.resent++;
    }
    list_prepend(&pool->queue, &c->sent);
}

static void conn_connect(struct conn *c)
{
    struct db_pool *pool = c->pool;
    char options[200];
    bool all = pool->options.asker != NULL && strcmp(pool->options.asker, ASKER_SERVICE) == 0;
    snprintf(options, sizeof(options), "-c role=hotline_service -c statement_timeout=%u%s",
             pool->options.timeout_ms - pool->options.timeout_ms / 10,
             all ? " -c hotline.sees=all" : "");
    const char *keys[] = {"dbname", "options", "application_name", "client_encoding", NULL};
    const char *values[] = {pool->url, options, pool->options.name, "UTF8", NULL};
    c->pg = PQconnectStartParams(keys, values, 1);
    c->state = CONN_CONNECTING;
    c->retry_at_ns = clock_mono_ns() + (uint64_t)CONNECT_TIMEOUT_MS * 1000000;
    if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD) {
        conn_drop(c, c->pg == NULL ? "no memory" : PQerrorMessage(c->pg));
        return;
    }
    conn_watch(c, EV_WRITE);
}

static void conn_poll_connect(struct conn *c)
{
    switch (PQconnectPoll(c->pg)) {
    case PGRES_POLLING_READING:
        conn_watch(c, EV_READ);
        return;
    case PGRES_POLLING_WRITING:
        conn_watch(c, EV_WRITE);
        return;
    case PGRES_POLLING_OK:
        break;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
        conn_drop(c, PQerrorMessage(c->pg));
        return;
    }
    if (PQsetnonblocking(c->pg, 1) != 0 || PQenterPipelineMode(c->pg) != 1) {
        conn_drop(c, PQerrorMessage(c->pg));
        return;
    }
    c->state = CONN_READY;
    c->retry_ms = RECONNECT_MIN_MS;
    c->pool->stats.connected++;
    conn_watch(c, EV_READ);
    pool_dispatch(c->pool);
}

static bool conn_flush(struct conn *c)
{
    int left = PQflush(c->pg);
    if (left < 0) {
        conn_drop(c, PQerrorMessage(c->pg));
        return false;
    }
    conn_watch(c, left == 1 ? EV_READ | EV_WRITE : EV_READ);
    return true;
}

/* The answer of a server that is shutting down or has crashed, or libpq's own word that the
 * connection broke: not the statement's fault, so it is to be sent again elsewhere. */
static bool result_says_goodbye(const PGresult *result)
{
    if (PQresultStatus(result) != PGRES_FATAL_ERROR) {
        return false;
    }
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state == NULL || strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0;
}

/* The last one counts, but for the first that failed: all after it say only that they were skipped.
 */
static void task_take(struct task *t, PGresult *result)
{
    if (t->result != NULL && PQresultStatus(t->result) == PGRES_FATAL_ERROR) {
        PQclear(result);
        return;
    }
    PQclear(t->result);
    t->result = result;
    t->taken += PQresultStatus(result) == PGRES_FATAL_ERROR ? 0U : 1U;
}

/* False where a statement that was prepared is not known to the server, or no longer fits the
 * tables it reads: not the statement's fault either, and nothing of it was done. */
static bool conn_knows(struct conn *c, const struct task *t)
{
    struct db_pool *pool = c->pool;
    const char *state =
        t->plain || t->result == NULL ? NULL : PQresultErrorField(t->result, PG_DIAG_SQLSTATE);
    bool changed = state != NULL && strcmp(state, "0A000") == 0; /* what it answers */
    bool unknown = state != NULL && (strcmp(state, "26000") == 0 || strcmp(state, "42P05") == 0);
    if (!changed && !unknown) {
        if (state != NULL && t->taken < t->preparing) {
            db_statements_forget(c->statements, t->job.sql); /* it cannot even be parsed */
        }
        return true;
    }
    db_statements_forget(c->statements, t->job.sql);
    db_statements_forget(c->statements, ENTER);
    if (unknown && ++pool->strangers == STRANGERS_MAX) {
        log_warn("db.unprepared", "pool=%s why=\"prepared statements get lost\"",
                 pool->options.name);
    }
    return false;
}

/* Once more, as text, before all others. */
static void task_repeat(struct db_pool *pool, struct task *t)
{
    struct task_list again;
    list_init(&again);
    PQclear(t->result);
    t->result = NULL;
    t->plain = true;
    list_push(&again, t);
    list_prepend(&pool->queue, &again);
    pool->stats.resent++;
}

/* Takes what has arrived. The sync point after each statement is what ends its task. */
static void conn_drain(struct conn *c)
{
    while (c->state == CONN_READY && c->sent.first != NULL && !PQisBusy(c->pg)) {
        PGresult *result = PQgetResult(c->pg);
        if (result == NULL) {
            continue; /* the end of one statement; its sync point follows */
        }
        struct task *t = c->sent.first;
        if (result_says_goodbye(result)) {
            PQclear(result);
            conn_drop(c, "the server is going down");
            return;
        }
        if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
            task_take(t, result);
            continue;
        }
        PQclear(result);
        (void)list_pop(&c->sent);
        if (conn_knows(c, t)) {
            task_finish(c->pool, t);
        } else {
            task_repeat(c->pool, t);
        }
    }
}

static void conn_on_io(evutil_socket_t fd, short events, void *arg)
{
    struct conn *c = arg;
    (void)fd;
    if (c->state == CONN_CONNECTING) {
        conn_poll_connect(c);
        return;
    }
    if ((events & EV_READ) != 0 && PQconsumeInput(c->pg) != 1) {
        conn_drop(c, PQerrorMessage(c->pg));
        return;
    }
    conn_drain(c);
    if (c->state == CONN_READY && conn_flush(c)) {
        pool_dispatch(c->pool);
    }
}

static struct conn *pool_pick(const struct db_pool *pool)
{
    struct conn *best = NULL;
    for (int i = 0; i < pool->options.connections; i++) {
        struct conn *c = &pool->conns[i];
        if (c->state == CONN_READY && c->sent.n < (size_t)pool->options.in_flight_max &&
            (best == NULL || c->sent.n < best->sent.n)) {
            best = c;
        }
    }
    return best;
}

static bool send_text(PGconn *pg, const char *sql, int n, const char *const *params)
{
    return PQsendQueryParams(pg, sql, n, NULL, params, NULL, NULL, 0) == 1;
}

/* By its name where it is prepared. What prepares it goes before everything that can fail. */
static bool send_named(PGconn *pg, const char *name, const char *sql, int n,
                       const char *const *params)
{
    return name[0] == '\0' ? send_text(pg, sql, n, params)
                           : PQsendQueryPrepared(pg, name, n, params, NULL, NULL, 0) == 1;
}

static bool send_prepare(struct task *t, const struct db_statement *st, PGconn *pg, const char *sql)
{
    char forget[DB_STATEMENT_NAME + 16];
    snprintf(forget, sizeof(forget), "DEALLOCATE %s", st->forget);
    t->preparing += (st->forget[0] != '\0' ? 1U : 0U) + (st->prepare ? 1U : 0U);
    return (st->forget[0] == '\0' || send_text(pg, forget, 0, NULL)) &&
           (!st->prepare || PQsendPrepare(pg, st->name, sql, 0, NULL) == 1);
}

/* The asker's name first where there is one, in the same transaction: the sync point ends it. */
static bool task_send(struct task *t, struct conn *c)
{
    const char *asker[] = {t->who, t->turn.held};
    struct db_statement enter = {.prepare = false};
    struct db_statement own = {.prepare = false};
    if (!t->plain && c->pool->strangers < STRANGERS_MAX) {
        if (t->who != NULL) {
            db_statements_use(c->statements, ENTER, &enter);
        }
        if (!t->job.plan_each) {
            db_statements_use(c->statements, t->job.sql, &own);
        }
    }
    t->preparing = t->taken = 0;
    return send_prepare(t, &enter, c->pg, ENTER) && send_prepare(t, &own, c->pg, t->job.sql) &&
           (t->who == NULL || send_named(c->pg, enter.name, ENTER, 2, asker)) &&
           send_named(c->pg, own.name, t->job.sql, t->job.n_params, t->job.params) &&
           PQpipelineSync(c->pg) == 1;
}

static void pool_dispatch(struct db_pool *pool)
{
    struct conn *c;
    while (!pool->closing && pool->queue.first != NULL && (c = pool_pick(pool)) != NULL) {
        struct task *t = list_pop(&pool->queue);
        list_push(&c->sent, t);
        if (!task_send(t, c)) {
            conn_drop(c, PQerrorMessage(c->pg));
            continue;
        }
        (void)conn_flush(c);
    }
}

/* Ends the waiting jobs whose time is over. */
static void pool_expire_queue(struct db_pool *pool, uint64_t now)
{
    struct task_list old = pool->queue;
    list_init(&pool->queue);
    struct task_list late;
    list_init(&late);
    struct task *t;
    while ((t = list_pop(&old)) != NULL) {
        list_push(t->deadline_ns <= now ? &late : &pool->queue, t);
    }
    while ((t = list_pop(&late)) != NULL) {
        pool->stats.timeouts++;
        task_end(pool, t, STATUS_TIMEOUT, "the database did not answer in time");
    }
}

static void pool_on_tick(evutil_socket_t fd, short events, void *arg)
{
    struct db_pool *pool = arg;
    uint64_t now = clock_mono_ns();
    (void)fd;
    (void)events;
    for (int i = 0; i < pool->options.connections; i++) {
        struct conn *c = &pool->conns[i];
        if (c->state == CONN_DOWN && c->retry_at_ns <= now) {
            conn_connect(c);
        } else if (c->state == CONN_CONNECTING && c->retry_at_ns <= now) {
            conn_drop(c, "connecting took too long");
        } else if (c->state == CONN_READY && c->sent.first != NULL &&
                   c->sent.first->deadline_ns <= now) {
            conn_drop(c, "a statement passed its deadline");
        }
    }
    if (pool->queue.first != NULL) {
        pool_expire_queue(pool, now);
        pool_dispatch(pool);
    }
}

static void pool_free(struct db_pool *pool)
{
    for (int i = 0; pool->conns != NULL && i < pool->options.connections; i++) {
        db_statements_free(pool->conns[i].statements);
    }
    if (pool->tick != NULL) {
        event_free(pool->tick);
    }
    free(pool->conns);
    free(pool->url);
    free(pool);
}

enum status db_pool_create(struct event_base *base, const struct db_pool_options *options,
                           struct db_pool **out, struct err *e)
{
    struct db_pool *pool = calloc(1, sizeof(*pool));
    struct timeval every = {.tv_sec = 0, .tv_usec = TICK_MS * 1000};
    if (pool == NULL) {
        goto fail;
    }
    pool->base = base;
    pool->options = *options;
    pool->url = strdup(options->url);
    pool->conns = calloc((size_t)options->connections, sizeof(*pool->conns));
    pool->tick = event_new(base, -1, EV_PERSIST, pool_on_tick, pool);
    if (pool->url == NULL || pool->conns == NULL || pool->tick == NULL) {
        goto fail;
    }
    for (int i = 0; i < options->connections; i++) {
        struct conn *c = &pool->conns[i];
        *c = (struct conn){.pool = pool, .number = i, .retry_ms = RECONNECT_MIN_MS};
        if ((c->statements = db_statements_create(STATEMENTS_MAX)) == NULL) {
            goto fail;
        }
    }
    event_add(pool->tick, &every);
    for (int i = 0; i < options->connections; i++) {
        conn_connect(&pool->conns[i]);
    }
    *out = pool;
    return STATUS_OK;
fail:
    if (pool != NULL) {
        pool_free(pool);
    }
    return err_set(e, STATUS_NO_MEMORY, "no memory for a database pool");
}

void db_pool_destroy(struct db_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    pool->closing = true;
    for (int i = 0; i < pool->options.connections; i++) {
        if (pool->conns[i].state != CONN_DOWN) {
            conn_drop(&pool->conns[i], "closing");
        }
    }
    struct task *t;
    while ((t = list_pop(&pool->queue)) != NULL) {
        task_end(pool, t, STATUS_UNAVAILABLE, "the service is stopping");
    }
    pool_free(pool);
}

/* One block for all the parameters' bytes. */
static bool task_copy_params(struct task *t, const struct db_job *job)
{
    size_t size = 0;
    for (int i = 0; i < job->n_params; i++) {
        size += job->params[i] == NULL ? 0 : strlen(job->params[i]) + 1;
    }
    char *at = t->params = malloc(size + 1);
    if (at == NULL) {
        return false;
    }
    for (int i = 0; i < job->n_params; i++) {
        if (job->params[i] != NULL) {
            size_t n = strlen(job->params[i]) + 1;
            memcpy(at, job->params[i], n);
            t->job.params[i] = at;
            at += n;
        }
    }
    return true;
}

/* NULL where the connection's own will do. */
static const char *task_asks_for(const struct task *t, const char *own)
{
    const char *who = t->job.asker != NULL ? t->job.asker : t->turn.who;
    if (own != NULL && (who[0] == '\0' || strcmp(who, own) == 0)) {
        return NULL;
    }
    return who[0] == '\0' && t->turn.held[0] == '\0' ? NULL : who;
}

enum status db_pool_submit(struct db_pool *pool, const struct db_job *job, struct err *e)
{
    BUG_IF(job->n_params > DB_PARAMS_MAX || job->done == NULL);
    if (pool->closing) {
        return err_set(e, STATUS_UNAVAILABLE, "the service is stopping");
    }
    if (pool->queue.n >= pool->options.queue_max) {
        return err_set(e, STATUS_BUSY, "the %s queue is full", pool->options.name);
    }
    struct task *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a statement");
    }
    t->job = *job;
    t->turn = *asker_now();
    t->who = task_asks_for(t, pool->options.asker);
    t->deadline_ns = clock_mono_ns() + (uint64_t)pool->options.timeout_ms * 1000000;
    if (!task_copy_params(t, job)) {
        task_free(t);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a statement");
    }
    list_push(&pool->queue, t);
    pool_dispatch(pool);
    return STATUS_OK;
}

struct db_pool_stats db_pool_stats(const struct db_pool *pool)
{
    struct db_pool_stats stats = pool->stats;
    stats.waiting = pool->queue.n;
    stats.in_flight = 0;
    for (int i = 0; i < pool->options.connections; i++) {
        stats.in_flight += pool->conns[i].sent.n;
    }
    return stats;
}
