#include "server/city/city_complaint_batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"
#include "server/store/store_complaint.h"

#define BATCH_POOL ((size_t)64 * 1024 * 1024)
#define JSON_MAX   ((size_t)64 * 1024 * 1024)

/* --- the batch -------------------------------------------------------------------------------- */

struct city_complaint_batch *city_complaint_batch_create(void)
{
    struct city_complaint_batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        return NULL;
    }
    strbuf_init(&batch->json, JSON_MAX);
    batch->arena = arena_create(BATCH_POOL);
    batch->entries = calloc(STORE_BATCH_MAX, sizeof *batch->entries);
    if (!batch->arena || !batch->entries) {
        city_complaint_batch_destroy(batch);
        return NULL;
    }
    return batch;
}

void city_complaint_batch_destroy(struct city_complaint_batch *batch)
{
    if (batch) {
        strbuf_free(&batch->json);
        arena_destroy(batch->arena);
        free(batch->entries);
        free(batch);
    }
}

void city_complaint_batch_clear(struct city_complaint_batch *batch)
{
    batch->n = 0;
    batch->created = 0;
    batch->repeated = 0;
    arena_clear(batch->arena);
}

enum status city_complaint_batch_send(struct city_complaint_batch *batch, struct db_sync *db,
                                      const struct snapshot *s, size_t from, size_t n,
                                      struct err *e)
{
    BUG_IF(from + n > batch->n);
    struct strbuf *json = &batch->json;
    strbuf_reset(json);
    strbuf_append_char(json, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            strbuf_append_char(json, ',');
        }
        store_complaint_append(json, s, i, &batch->entries[from + i].record);
    }
    strbuf_append_char(json, ']');
    if (json->failed) {
        strbuf_free(json);
        return err_set(e, STATUS_NO_MEMORY, "a batch is too large");
    }
    const char *const params[] = {json->p};
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(db, STORE_COMPLAINTS_CREATE, 1, params, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        if (strcmp(db_rows_text(rows, i, 1), "created") == 0) {
            batch->created++;
        } else {
            batch->repeated++;
        }
    }
    db_rows_free(rows);
    return STATUS_OK;
}

/* --- lanes ------------------------------------------------------------------------------------ */

enum lane_state {
    LANE_EMPTY,  /* holds no batch */
    LANE_GIVEN,  /* holds one that is to be sent or is being sent */
    LANE_DONE,   /* holds one whose outcome is known */
    LANE_ENDING, /* the thread is to return */
};

struct city_complaint_lane {
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    enum lane_state state;
    struct city_complaint_batch *batch; /* owned while held */
    enum status status;
    struct err err;
    /* The thread's own. */
    struct db_sync *db;
    const struct snapshot *snapshot;
};

static void *run_lane(void *context)
{
    struct city_complaint_lane *lane = context;
    (void)pthread_mutex_lock(&lane->lock);
    for (;;) {
        while (lane->state == LANE_EMPTY || lane->state == LANE_DONE) {
            (void)pthread_cond_wait(&lane->changed, &lane->lock);
        }
        if (lane->state == LANE_ENDING) {
            break;
        }
        struct city_complaint_batch *batch = lane->batch;
        struct err e = {0};
        (void)pthread_mutex_unlock(&lane->lock);
        enum status status =
            city_complaint_batch_send(batch, lane->db, lane->snapshot, 0, batch->n, &e);
        (void)pthread_mutex_lock(&lane->lock);
        lane->status = status;
        lane->err = e;
        lane->state = LANE_DONE;
        (void)pthread_cond_broadcast(&lane->changed);
    }
    (void)pthread_mutex_unlock(&lane->lock);
    return NULL;
}

enum status city_complaint_lane_create(const struct db_sync *like, const struct snapshot *s,
                                       struct city_complaint_lane **out, struct err *e)
{
    struct city_complaint_lane *lane = calloc(1, sizeof *lane);
    if (!lane) {
        return err_set(e, STATUS_NO_MEMORY, "out of memory");
    }
    lane->snapshot = s;
    enum status status = db_sync_connect_like(like, DB_ROLE_OWNER, &lane->db, e);
    if (status != STATUS_OK) {
        free(lane);
        return status;
    }
    (void)pthread_mutex_init(&lane->lock, NULL); /* cannot fail with default attributes */
    (void)pthread_cond_init(&lane->changed, NULL);
    if (pthread_create(&lane->thread, NULL, run_lane, lane) != 0) {
        (void)pthread_cond_destroy(&lane->changed);
        (void)pthread_mutex_destroy(&lane->lock);
        db_sync_close(lane->db);
        free(lane);
        return err_set(e, STATUS_NO_MEMORY, "cannot start a thread");
    }
    *out = lane;
    return STATUS_OK;
}

/* Called with the lock held. */
static void wait_until_sent(struct city_complaint_lane *lane)
{
    while (lane->state == LANE_GIVEN) {
        (void)pthread_cond_wait(&lane->changed, &lane->lock);
    }
}

void city_complaint_lane_destroy(struct city_complaint_lane *lane)
{
    if (!lane) {
        return;
    }
    (void)pthread_mutex_lock(&lane->lock);
    wait_until_sent(lane);
    lane->state = LANE_ENDING;
    (void)pthread_cond_broadcast(&lane->changed);
    (void)pthread_mutex_unlock(&lane->lock);
    BUG_IF(pthread_join(lane->thread, NULL) != 0);
    (void)pthread_cond_destroy(&lane->changed);
    (void)pthread_mutex_destroy(&lane->lock);
    city_complaint_batch_destroy(lane->batch);
    db_sync_close(lane->db);
    free(lane);
}

void city_complaint_lane_give(struct city_complaint_lane *lane, struct city_complaint_batch *batch)
{
    (void)pthread_mutex_lock(&lane->lock);
    BUG_IF(lane->state != LANE_EMPTY);
    lane->batch = batch;
    lane->state = LANE_GIVEN;
    (void)pthread_cond_broadcast(&lane->changed);
    (void)pthread_mutex_unlock(&lane->lock);
}

enum status city_complaint_lane_take(struct city_complaint_lane *lane,
                                     struct city_complaint_batch **out, struct err *e)
{
    enum status status = STATUS_OK;
    (void)pthread_mutex_lock(&lane->lock);
    wait_until_sent(lane);
    *out = lane->batch;
    if (lane->state == LANE_DONE && lane->status != STATUS_OK) {
        status = err_set(e, lane->status, "%s", lane->err.text);
    }
    lane->batch = NULL;
    lane->state = LANE_EMPTY;
    (void)pthread_mutex_unlock(&lane->lock);
    return status;
}
