#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/app/snapshot.h"
#include "server/city/city_demo_load.h"
#include "server/city/city_report.h"
#include "server/intake/placing.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_complaint.h"

#define BATCH_ARENA_MAX   ((size_t)8 << 20)
#define BATCH_TEXT_MAX    ((size_t)4 << 20)
#define BATCHES_A_COMMIT  8
#define PROGRESS_PAUSE_NS 50000000L

/* Shared by the workers; what changes goes through atomics. */
struct fill {
    const struct city_demo_filling *filling;
    struct snapshot *snapshot;
    const int32_t *categories; /* facts' number -> snapshot's number */
    size_t next;               /* first complaint that no worker has taken */
    size_t done;               /* complaints handed to the database */
    size_t repeated;           /* of them there before */
    int failed;                /* a worker has given up: the others stop too */
};

struct worker {
    struct fill *fill;
    pthread_t thread;
    bool started;
    int running;
    struct db_sync *db;
    struct arena *arena;
    struct strbuf text;
    enum status status;
    struct err err;
};

/* Runs the path of complaint i and appends its row. */
static enum status append_one(struct worker *w, size_t n, size_t i)
{
    const struct fill *f = w->fill;
    const struct city_demo_filling *filling = f->filling;
    struct complaint_draft draft;
    struct complaint_record record = {.draft = &draft, .actor = "import:demo"};
    enum status status = city_demo_plan_draft(filling->plan, i, w->arena, &draft, &w->err);
    if (status != STATUS_OK) {
        return status;
    }
    draft.category = f->categories[draft.category];
    record.id = filling->ids[i / STORE_ID_BLOCK] + (int64_t)(i % STORE_ID_BLOCK);
    tracking_code_make(f->snapshot->tracking_key, record.id, record.code);
    record.received_at_us = draft.received_at_us;
    status = placing_run(f->snapshot, w->arena, &record, &w->err);
    if (status != STATUS_OK) {
        return status;
    }
    draft.closed_at_us =
        city_demo_plan_closed(filling->plan, i, record.decision.due_at_us, filling->now_us);
    strbuf_append_z(&w->text, n == 0 ? "[" : ",");
    store_complaint_append(&w->text, f->snapshot, n, &record);
    return STATUS_OK;
}

static enum status check_outcomes(struct worker *w, const struct db_rows *rows, size_t n)
{
    size_t repeated = 0;
    if (db_rows_count(rows) != n) {
        return err_set(&w->err, STATUS_INTERNAL, "%zu answers to %zu complaints",
                       db_rows_count(rows), n);
    }
    for (size_t i = 0; i < n; i++) {
        repeated += strcmp(db_rows_text(rows, i, 1), "repeated") == 0;
    }
    __atomic_add_fetch(&w->fill->repeated, repeated, __ATOMIC_RELAXED);
    __atomic_add_fetch(&w->fill->done, n, __ATOMIC_RELAXED);
    return STATUS_OK;
}

static enum status store_batch(struct worker *w, size_t first, size_t n)
{
    arena_clear(w->arena);
    strbuf_reset(&w->text);
    for (size_t i = 0; i < n; i++) {
        enum status status = append_one(w, i, first + i);
        if (status != STATUS_OK) {
            return status;
        }
    }
    strbuf_append_char(&w->text, ']');
    if (w->text.failed) {
        return err_set(&w->err, STATUS_NO_MEMORY, "a batch of %zu complaints", n);
    }
    const char *const params[] = {w->text.p};
    struct db_rows *rows;
    enum status status = db_sync_query(w->db, STORE_COMPLAINTS_CREATE, 1, params, &rows, &w->err);
    if (status == STATUS_OK) {
        status = check_outcomes(w, rows, n);
        db_rows_free(rows);
    }
    return status;
}

/* A few batches in one transaction; *more is false when none is left. */
static enum status store_some(struct worker *w, bool *more)
{
    const size_t total = w->fill->filling->n;
    const size_t portion = (size_t)BATCHES_A_COMMIT * STORE_BATCH_MAX;
    size_t first = __atomic_fetch_add(&w->fill->next, portion, __ATOMIC_RELAXED);
    *more = first < total;
    if (!*more) {
        return STATUS_OK;
    }
    size_t end = total - first < portion ? total : first + portion;
    enum status status = db_sync_begin(w->db, &w->err);
    while (status == STATUS_OK && first < end) {
        size_t n = end - first < STORE_BATCH_MAX ? end - first : STORE_BATCH_MAX;
        status = store_batch(w, first, n);
        first += n;
    }
    return status == STATUS_OK ? db_sync_commit(w->db, &w->err) : status;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    bool more = true;
    w->status = db_sync_connect(w->fill->filling->url, DB_ROLE_SERVICE, &w->db, &w->err);
    if (w->status == STATUS_OK) {
        w->status = city_demo_store_hurry(w->db, &w->err);
    }
    while (more && w->status == STATUS_OK && !__atomic_load_n(&w->fill->failed, __ATOMIC_RELAXED)) {
        w->status = store_some(w, &more);
    }
    if (w->status != STATUS_OK) {
        __atomic_store_n(&w->fill->failed, 1, __ATOMIC_RELAXED);
    }
    db_sync_close(w->db);
    __atomic_store_n(&w->running, 0, __ATOMIC_RELEASE);
    return NULL;
}

static enum status start_worker(struct worker *w, struct fill *fill, struct err *e)
{
    w->fill = fill;
    w->arena = arena_create(BATCH_ARENA_MAX);
    strbuf_init(&w->text, BATCH_TEXT_MAX);
    w->running = 1;
    if (w->arena == NULL || pthread_create(&w->thread, NULL, work, w) != 0) {
        return err_set(e, STATUS_NO_MEMORY, "cannot start a thread");
    }
    w->started = true;
    return STATUS_OK;
}

static void watch(const struct worker *workers, struct fill *fill, struct city_report *report)
{
    const struct timespec pause = {0, PROGRESS_PAUSE_NS};
    for (;;) {
        int running = 0;
        for (size_t i = 0; i < DEMO_WORKERS; i++) {
            running += workers[i].started && __atomic_load_n(&workers[i].running, __ATOMIC_ACQUIRE);
        }
        report->in = __atomic_load_n(&fill->done, __ATOMIC_RELAXED);
        if (running == 0) {
            return;
        }
        city_report_progress(report, (double)report->in / (double)(fill->filling->n + 1));
        nanosleep(&pause, NULL);
    }
}

/* Waits for it and frees what it has; its failure, unless the work had failed before. */
static enum status end_worker(struct worker *w, enum status status, struct err *e)
{
    if (w->started) {
        pthread_join(w->thread, NULL);
        if (w->status != STATUS_OK && status == STATUS_OK) {
            status = err_set(e, w->status, "%s", w->err.text);
        }
    }
    strbuf_free(&w->text);
    arena_destroy(w->arena);
    return status;
}

static enum status run_workers(struct fill *fill, struct city_report *report, struct err *e)
{
    struct worker workers[DEMO_WORKERS] = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < DEMO_WORKERS && status == STATUS_OK; i++) {
        status = start_worker(&workers[i], fill, e);
    }
    if (status != STATUS_OK) {
        __atomic_store_n(&fill->failed, 1, __ATOMIC_RELAXED);
    }
    watch(workers, fill, report);
    for (size_t i = 0; i < DEMO_WORKERS; i++) {
        status = end_worker(&workers[i], status, e);
    }
    return status;
}

/* Numbers of the facts' categories in the snapshot; free() them. */
static enum status map_categories(const struct snapshot *s, const struct city_demo_facts *facts,
                                  int32_t **out, struct err *e)
{
    int32_t *categories = calloc(facts->categories.n + 1, sizeof(*categories));
    if (categories == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "categories");
    }
    for (size_t i = 0; i < facts->categories.n; i++) {
        categories[i] = snapshot_category_find(s, facts->categories.texts[i]);
        if (categories[i] < 0) {
            enum status status =
                err_set(e, STATUS_NOT_FOUND, "there is no category %s", facts->categories.texts[i]);
            free(categories);
            return status;
        }
    }
    *out = categories;
    return STATUS_OK;
}

enum status city_demo_fill(struct db_sync *db, const struct city_demo_filling *filling,
                           struct err *e)
{
    struct fill fill = {.filling = filling};
    struct city_report report;
    int32_t *categories = NULL;
    city_report_begin(&report, "demo", "complaints");
    enum status status = snapshot_load(db, &fill.snapshot, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (fill.snapshot->rules == NULL) {
        status = err_set(e, STATUS_INTERNAL, "there are no rules to route by");
    }
    if (status == STATUS_OK) {
        status = map_categories(fill.snapshot, filling->plan->map->facts, &categories, e);
    }
    if (status == STATUS_OK) {
        fill.categories = categories;
        status = run_workers(&fill, &report, e);
        report.repeated = fill.repeated;
        report.loaded = fill.done - fill.repeated;
        city_report_end(&report);
    }
    free(categories);
    snapshot_release(fill.snapshot);
    return status;
}
