#include "server/notify/notify.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/crash_point.h"
#include "server/base/log.h"
#include "server/db/db_listen.h"
#include "server/db/db_sync.h"
#include "server/notify/notify_prepare.h"
#include "server/notify/notify_send.h"
#include "server/store/store_notify.h"

#define PLAN_BATCH   200
#define PLANS_A_TURN 20
#define POLL_MS      1000
#define REST_NS      UINT64_C(250000000) /* at most, between two full batches of plans */
#define TURN_NS      UINT64_C(50000000)  /* at a peak, many changes are one turn */
#define RETRY_MS     500
#define LADDER_NS    UINT64_C(10000000000)
#define COUNT_NS     UINT64_C(15000000000)
#define EXPIRE_NS    UINT64_C(60000000000)
#define STOP_MS      4000
#define PAUSE_MIN_NS UINT64_C(2000000000)
#define PAUSE_MAX_NS UINT64_C(300000000000)

/* Under way at once, by medium: one that hangs takes no room from another. */
static const size_t room_of[NOTIFY_MEDIA] = {16, 16, 48};

struct notify {
    struct notify_options options;
    struct notify_config config;
    struct notify_settings settings;
    pthread_t thread;
    int wake;      /* eventfd: something is done, or stop */
    bool stopping; /* __atomic */
    struct notify_send *send;
    struct notify_job *done; /* to be written down; kept when the database is lost */
    char worker[64];
    struct db_sync *db;
    uint64_t turn_ns;                           /* when the last turn began */
    uint64_t ladder_ns, counted_ns, expired_ns; /* when last */
    uint64_t pause_ns[NOTIFY_MEDIA], paused_until_ns[NOTIFY_MEDIA];
    struct notify_counters counters; /* __atomic */
};

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes it */
static void count(uint64_t *counter, uint64_t n)
{
    __atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

struct notify_counters notify_counters(const struct notify *n)
{
    struct notify_counters out;
    const uint64_t *from = (const uint64_t *)(const void *)&n->counters;
    uint64_t *to = (uint64_t *)(void *)&out;
    for (size_t i = 0; i < sizeof(out) / sizeof(*to); i++) { /* every field is one */
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
    }
    return out;
}

static bool stopping(const struct notify *n)
{
    return __atomic_load_n(&n->stopping, __ATOMIC_ACQUIRE);
}

/* ---- what became of it ---- */

static void pause_medium(struct notify *n, enum notify_medium m, bool pause)
{
    if (!pause) {
        n->pause_ns[m] = 0;
        n->paused_until_ns[m] = 0;
    } else if (clock_mono_ns() >= n->paused_until_ns[m]) {
        uint64_t next = n->pause_ns[m] * 2;
        n->pause_ns[m] = next < PAUSE_MIN_NS   ? PAUSE_MIN_NS
                         : next > PAUSE_MAX_NS ? PAUSE_MAX_NS
                                               : next;
        n->paused_until_ns[m] = clock_mono_ns() + n->pause_ns[m];
    }
    __atomic_store_n(&n->counters.media[m].paused, n->pause_ns[m] != 0, __ATOMIC_RELAXED);
}

static enum status write_sent(struct notify *n, const struct notify_job *job, struct err *e)
{
    char id[24];
    char attempt[16];
    (void)snprintf(id, sizeof(id), "%lld", (long long)job->id);
    (void)snprintf(attempt, sizeof(attempt), "%d", job->attempt);
    const char *params[] = {id, attempt, job->answer};
    return db_sync_run(n->db, STORE_NOTIFY_SENT, 3, params, NULL, e);
}

static enum status write_failed(struct notify *n, const struct notify_job *job, struct err *e)
{
    char id[24];
    char attempt[16];
    struct db_rows *rows = NULL;
    (void)snprintf(id, sizeof(id), "%lld", (long long)job->id);
    (void)snprintf(attempt, sizeof(attempt), "%d", job->attempt);
    const char *params[] = {id, attempt, job->answer, job->outcome == NOTIFY_REFUSED ? "t" : "f",
                            job->outcome == NOTIFY_DOWN ? "t" : "f"};
    enum status status = db_sync_query(n->db, STORE_NOTIFY_FAILED, 5, params, &rows, e);
    if (status == STATUS_OK) {
        bool dead = db_rows_count(rows) == 1 && db_rows_bool(rows, 0, 0);
        count(&n->counters.media[job->medium].dead, dead);
        log_info("notify.failed", "notice=%s medium=%s attempt=%s dead=%d why=\"%s\"", id,
                 notify_medium_name(job->medium), attempt, dead, job->answer);
    }
    db_rows_free(rows);
    return status;
}

static enum status write_down(struct notify *n, const struct notify_job *job, struct err *e)
{
    bool sent = job->outcome == NOTIFY_SENT;
    enum status status = sent ? write_sent(n, job, e) : write_failed(n, job, e);
    if (status != STATUS_OK) {
        return status;
    }
    count(sent ? &n->counters.media[job->medium].sent : &n->counters.media[job->medium].failed, 1);
    if (job->medium != NOTIFY_WEBHOOK) { /* a webhook has a circuit of its own, in the database */
        pause_medium(n, job->medium, job->outcome == NOTIFY_DOWN);
    }
    if (sent) {
        CRASH_POINT("notify.recorded");
    }
    return STATUS_OK;
}

/* What has come back so far. Kept in order until it is written. */
static enum status write_all(struct notify *n, struct err *e)
{
    struct notify_job **end = &n->done;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = notify_send_collect(n->send);
    while (n->done != NULL) {
        struct notify_job *job = n->done;
        enum status status = write_down(n, job, e);
        if (status != STATUS_OK) {
            return status;
        }
        n->done = job->next;
        __atomic_sub_fetch(&n->counters.media[job->medium].under_way, 1, __ATOMIC_RELAXED);
        notify_job_free(job);
    }
    return STATUS_OK;
}

/* ---- taking ---- */

static enum status take_row(struct notify *n, enum notify_medium m, const struct db_rows *rows,
                            size_t row, struct err *e)
{
    const char *why = NULL;
    struct notify_job *job = notify_prepare(&n->config, &n->settings, m, rows, row, &why);
    count(&n->counters.media[m].claimed, 1);
    if (job != NULL) {
        count(&n->counters.media[m].under_way, 1);
        notify_send_submit(n->send, job);
        return STATUS_OK;
    }
    struct notify_job wrong = {.id = db_rows_int(rows, row, NOTIFY_ROW_ID),
                               .attempt = (int)db_rows_int(rows, row, NOTIFY_ROW_ATTEMPT),
                               .medium = m,
                               .outcome = NOTIFY_REFUSED};
    (void)snprintf(wrong.answer, sizeof(wrong.answer), "%s", why);
    return write_down(n, &wrong, e);
}

/* As much of one medium as there is room for; while it is down, one to try it. */
static enum status take(struct notify *n, enum notify_medium m, struct err *e)
{
    size_t under_way = (size_t)__atomic_load_n(&n->counters.media[m].under_way, __ATOMIC_RELAXED);
    size_t most = n->pause_ns[m] != 0 ? 1 : room_of[m];
    if (!notify_configured(&n->config, m) || under_way >= most ||
        clock_mono_ns() < n->paused_until_ns[m]) {
        return STATUS_OK;
    }
    char room[24];
    char lease[16];
    struct db_rows *rows = NULL;
    (void)snprintf(room, sizeof(room), "%zu", most - under_way);
    (void)snprintf(lease, sizeof(lease), "%d", n->config.lease_s);
    const char *params[] = {n->worker, notify_medium_name(m), room, lease};
    enum status status = db_sync_query(n->db, STORE_NOTIFY_CLAIM, 4, params, &rows, e);
    if (status == STATUS_OK && db_rows_count(rows) > 0) {
        CRASH_POINT("notify.claimed");
    }
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        status = take_row(n, m, rows, i, e);
    }
    db_rows_free(rows);
    return status;
}

/* ---- planning and the clock ---- */

static enum status plan(struct notify *n, struct err *e)
{
    char most[16];
    (void)snprintf(most, sizeof(most), "%d", PLAN_BATCH);
    const char *params[] = {most};
    enum status status = STATUS_OK;
    int64_t planned = PLAN_BATCH;
    for (int i = 0; i < PLANS_A_TURN && planned >= PLAN_BATCH && status == STATUS_OK; i++) {
        struct db_rows *rows = NULL;
        uint64_t begin_ns = clock_mono_ns();
        CRASH_POINT("notify.planning");
        status = db_sync_query(n->db, STORE_NOTIFY_PLAN, 1, params, &rows, e);
        if (status == STATUS_OK) {
            planned = db_rows_int(rows, 0, 0);
            count(&n->counters.planned, (uint64_t)planned);
            count(&n->counters.made, (uint64_t)db_rows_int(rows, 0, 1));
        }
        db_rows_free(rows);
        if (status == STATUS_OK && planned > 0) {
            CRASH_POINT("notify.planned");
        }
        if (planned >= PLAN_BATCH && !stopping(n)) {
            /* More is waiting: who files complaints just now gets half of the time. */
            uint64_t took_ns = clock_mono_ns() - begin_ns;
            usleep((useconds_t)((took_ns < REST_NS ? took_ns : REST_NS) / 1000));
        }
    }
    return status;
}

static bool is_time(uint64_t *last, uint64_t every_ns)
{
    uint64_t now = clock_mono_ns();
    if (*last != 0 && now - *last < every_ns) {
        return false;
    }
    *last = now;
    return true;
}

static enum status read_counts(struct notify *n, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(n->db, STORE_NOTIFY_COUNTS, 0, NULL, &rows, e);
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        enum notify_medium m = notify_medium_of(db_rows_text(rows, i, 0));
        if (m != NOTIFY_MEDIA) {
            __atomic_store_n(&n->counters.media[m].waiting, (uint64_t)db_rows_int(rows, i, 1),
                             __ATOMIC_RELAXED);
            __atomic_store_n(&n->counters.media[m].all_dead, (uint64_t)db_rows_int(rows, i, 2),
                             __ATOMIC_RELAXED);
        }
    }
    db_rows_free(rows);
    return status;
}

static enum status read_settings(struct notify *n, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(n->db, STORE_NOTIFY_SETTINGS, 0, NULL, &rows, e);
    if (status == STATUS_OK) {
        notify_settings_read(&n->settings,
                             db_rows_count(rows) == 1 ? db_rows_text(rows, 0, 0) : "{}");
    }
    db_rows_free(rows);
    return status;
}

static enum status by_the_clock(struct notify *n, struct err *e)
{
    enum status status = STATUS_OK;
    int64_t steps = 0;
    int64_t expired = 0;
    if (is_time(&n->ladder_ns, LADDER_NS)) {
        status = db_sync_number(n->db, STORE_NOTIFY_LADDER, &steps, e);
        count(&n->counters.steps, (uint64_t)steps);
    }
    if (status == STATUS_OK && is_time(&n->expired_ns, EXPIRE_NS)) {
        status = db_sync_number(n->db, STORE_NOTIFY_EXPIRE, &expired, e);
    }
    if (status == STATUS_OK && is_time(&n->counted_ns, COUNT_NS)) {
        status = read_counts(n, e);
    }
    if (expired > 0) {
        log_warn("notify.expired", "notices=%lld", (long long)expired);
    }
    return status;
}

static enum status turn(struct notify *n, struct err *e)
{
    uint64_t since_ns = clock_mono_ns() - n->turn_ns;
    if (since_ns < TURN_NS) {
        usleep((useconds_t)((TURN_NS - since_ns) / 1000));
    }
    n->turn_ns = clock_mono_ns();
    enum status status = write_all(n, e);
    if (status == STATUS_OK) {
        status = by_the_clock(n, e);
    }
    if (status == STATUS_OK) {
        status = plan(n, e);
    }
    if (status == STATUS_OK) {
        status = read_settings(n, e);
    }
    for (int m = 0; m < NOTIFY_MEDIA && status == STATUS_OK; m++) {
        status = take(n, (enum notify_medium)m, e);
    }
    return status;
}

/* ---- the thread ---- */

static void on_told(void *arg, const char *channel, const char *payload)
{
    struct notify *n = arg;
    if (strcmp(channel, "hotline_staff") == 0) {
        n->options.on_staff(n->options.arg, payload);
    }
}

static void drain_wake(const struct notify *n)
{
    uint64_t times = 0;
    ssize_t ignored = read(n->wake, &times, sizeof(times));
    (void)ignored;
}

/* One life of the two connections. */
static enum status serve(struct notify *n, struct err *e)
{
    static const char *const channels[] = {"hotline_outbox", "hotline_staff"};
    struct db_listen *l = NULL;
    enum status status = db_listen_open(n->options.database, channels, 2, &l, e);
    if (status == STATUS_OK) {
        status = db_sync_connect(n->options.database, DB_ROLE_SERVICE, &n->db, e);
    }
    if (status == STATUS_OK) {
        n->options.on_staff(n->options.arg, "many");
    }
    while (status == STATUS_OK && !stopping(n)) {
        status = turn(n, e);
        if (status == STATUS_OK && !stopping(n)) {
            status = db_listen_wait(l, POLL_MS, n->wake, on_told, n, e);
            drain_wake(n);
        }
    }
    if (status == STATUS_OK) { /* what was under way may still end well, and be written down */
        notify_send_stop(n->send, STOP_MS);
        status = write_all(n, e);
    }
    db_sync_close(n->db);
    n->db = NULL;
    db_listen_close(l);
    return status;
}

static void *notify_main(void *arg)
{
    struct notify *n = arg;
    while (!stopping(n)) {
        struct err e = {.text = ""};
        char why[300];
        if (serve(n, &e) == STATUS_OK || stopping(n)) {
            continue;
        }
        count(&n->counters.losses, 1);
        log_warn("notify.retry", "in_ms=%d why=%s", RETRY_MS,
                 log_quote(e.text, strlen(e.text), why, sizeof(why)));
        for (int i = 0; i < RETRY_MS / 20 && !stopping(n); i++) {
            usleep(20000);
        }
    }
    return NULL;
}

static void release(struct notify *n)
{
    while (n->done != NULL) {
        struct notify_job *job = n->done;
        n->done = job->next;
        notify_job_free(job);
    }
    notify_send_free(n->send);
    if (n->wake >= 0) {
        close(n->wake);
    }
    free(n);
    curl_global_cleanup();
}

enum status notify_start(const struct notify_options *options, struct notify **out, struct err *e)
{
    struct notify *n = calloc(1, sizeof(*n));
    if (n == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        free(n);
        return err_set(e, STATUS_NO_MEMORY, "no memory for telling people");
    }
    n->options = *options;
    n->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void)snprintf(n->worker, sizeof(n->worker), "%ld-%lld", (long)getpid(),
                   (long long)clock_now_us());
    enum status status = n->wake < 0 ? err_set(e, STATUS_IO, "cannot make an eventfd")
                                     : notify_config_read(&n->config, e);
    if (status == STATUS_OK) {
        status = notify_send_start(&n->config, n->wake, &n->send, e);
    }
    for (int m = 0; m < NOTIFY_MEDIA; m++) {
        n->counters.media[m].configured = notify_configured(&n->config, (enum notify_medium)m);
    }
    if (status == STATUS_OK && pthread_create(&n->thread, NULL, notify_main, n) != 0) {
        notify_send_stop(n->send, 0);
        status = err_set(e, STATUS_NO_MEMORY, "cannot start the thread that tells people");
    }
    if (status != STATUS_OK) {
        release(n);
        return status;
    }
    *out = n;
    return STATUS_OK;
}

void notify_stop(struct notify *n)
{
    uint64_t one = 1;
    if (n == NULL) {
        return;
    }
    __atomic_store_n(&n->stopping, true, __ATOMIC_RELEASE);
    ssize_t ignored = write(n->wake, &one, sizeof(one));
    (void)ignored;
    pthread_join(n->thread, NULL);
    notify_send_stop(n->send, 0); /* if the database was down it was not stopped yet */
    release(n);
}
