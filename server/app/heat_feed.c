/* The thread that keeps the heat index. It listens first and reads then, so that whatever is
 * committed in between is told; a notification only wakes it: what changed is asked from the
 * database, from one snapshot to the next (server/store/store_heat.h). What the workers are to tell
 * their clients is handed on only after the index has it, so that a client that asks again at once
 * gets the new tile. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geo/geo_tile.h"
#include "server/app/app_internal.h"
#include "server/app/heat.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/db/db_listen.h"
#include "server/store/store_heat.h"

#define ASK_ANYWAY_NS UINT64_C(5000000000) /* if no news came, look all the same */
#define PRUNE_NS      UINT64_C(300000000000)
#define RETRY_MIN_MS  100
#define RETRY_MAX_MS  2000
#define TOLD_ZOOM     14
#define TOLD_TILES    256 /* more at once is "many" */
#define TOLD_MAX      ((size_t)256 << 10)
#define SCALES        256
#define SCALE_KEEP_NS UINT64_C(60000000000)

struct scale {
    uint64_t key, until_ns;
    float value;
};

struct heat {
    struct app *app;
    struct geo_heat_index *index;
    pthread_t thread;
    bool runs;
    bool ready;                    /* __atomic */
    struct heat_counters counters; /* __atomic */
    pthread_mutex_t lock;          /* guards scales */
    struct scale scales[SCALES];
    /* The thread's own. */
    struct db_sync *db;
    struct store_heat_point point;
    bool have_point;
    bool news;
    uint64_t news_ns, asked_ns, pruned_ns;
    struct strbuf told; /* what the database told of new complaints, for the workers */
    uint32_t tiles[TOLD_TILES][2];
    size_t n_tiles;
    bool many;
};

/* --- for everybody ---------------------------------------------------------------------------- */

struct geo_heat_view *heat_view(struct heat *heat)
{
    return __atomic_load_n(&heat->ready, __ATOMIC_ACQUIRE) ? geo_heat_index_view(heat->index)
                                                           : NULL;
}

struct geo_heat_stats heat_stats(struct heat *heat)
{
    return geo_heat_index_stats(heat->index);
}

static uint64_t counted(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes it */
static void count(uint64_t *counter, uint64_t n)
{
    __atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

struct heat_counters heat_counters(struct heat *heat)
{
    const struct heat_counters *c = &heat->counters;
    return (struct heat_counters){.ready = __atomic_load_n(&heat->ready, __ATOMIC_ACQUIRE),
                                  .loads = counted(&c->loads),
                                  .news = counted(&c->news),
                                  .applied = counted(&c->applied),
                                  .ticks = counted(&c->ticks),
                                  .losses = counted(&c->losses),
                                  .load_us = counted(&c->load_us),
                                  .last_apply_us = counted(&c->last_apply_us),
                                  .lag_us = counted(&c->lag_us)};
}

static uint64_t hash_of(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *key != '\0'; key++) {
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    }
    return h;
}

float heat_scale_get(struct heat *heat, const char *key)
{
    uint64_t hash = hash_of(key);
    float value = 0;
    pthread_mutex_lock(&heat->lock);
    const struct scale *s = &heat->scales[hash % SCALES];
    if (s->key == hash && clock_mono_ns() < s->until_ns) {
        value = s->value;
    }
    pthread_mutex_unlock(&heat->lock);
    return value;
}

void heat_scale_put(struct heat *heat, const char *key, float value)
{
    uint64_t hash = hash_of(key);
    pthread_mutex_lock(&heat->lock);
    heat->scales[hash % SCALES] = (struct scale){hash, clock_mono_ns() + SCALE_KEEP_NS, value};
    pthread_mutex_unlock(&heat->lock);
}

/* --- what is told ----------------------------------------------------------------------------- */

static void on_touched(void *arg, struct geo_heat_place place)
{
    struct heat *h = arg;
    uint32_t x = place.x >> (32 - TOLD_ZOOM);
    uint32_t y = place.y >> (32 - TOLD_ZOOM);
    for (size_t i = h->n_tiles; i-- > 0;) { /* the last is the likeliest */
        if (h->tiles[i][0] == x && h->tiles[i][1] == y) {
            return;
        }
    }
    if (h->n_tiles == TOLD_TILES) {
        h->many = true;
        return;
    }
    h->tiles[h->n_tiles][0] = x;
    h->tiles[h->n_tiles++][1] = y;
}

static void tell_workers(struct heat *h, const char *told)
{
    for (int i = 0; i < h->app->n_workers; i++) {
        worker_tell(&h->app->workers[i], told);
    }
}

/* Complaints as they came ("CODE LON LAT CATEGORY;..."), then "tiles X Y;X Y;..." of zoom 14. */
static void hand_on(struct heat *h)
{
    if (h->told.failed || h->many) {
        tell_workers(h, "many");
    } else {
        if (h->told.n > 0) {
            tell_workers(h, h->told.p);
        }
        if (h->n_tiles > 0) {
            strbuf_reset(&h->told);
            strbuf_append_z(&h->told, "tiles ");
            for (size_t i = 0; i < h->n_tiles; i++) {
                strbuf_printf(&h->told, "%u %u;", h->tiles[i][0], h->tiles[i][1]);
            }
            tell_workers(h, h->told.p);
        }
    }
    strbuf_free(&h->told);
    h->n_tiles = 0;
    h->many = false;
}

static void on_told(void *arg, const char *channel, const char *payload)
{
    struct heat *h = arg;
    count(&h->counters.news, 1);
    if (!h->news) {
        h->news = true;
        h->news_ns = clock_mono_ns();
    }
    if (strcmp(channel, "hotline_complaints") == 0) {
        if (strcmp(payload, "many") == 0) {
            h->many = true;
        } else {
            if (h->told.n > 0) {
                strbuf_append_char(&h->told, ';');
            }
            strbuf_append_z(&h->told, payload);
        }
    }
}

/* --- keeping ---------------------------------------------------------------------------------- */

static bool stopping(const struct heat *h)
{
    return __atomic_load_n(&h->app->stopping, __ATOMIC_ACQUIRE);
}

static uint32_t now_s(void)
{
    return (uint32_t)(clock_now_us() / 1000000);
}

static enum status load_all(struct heat *h, struct err *e)
{
    uint64_t began = clock_mono_ns();
    h->have_point = false;
    enum status status =
        heat_load(h->app->options.database, h->index, &h->point, &h->app->stopping, e);
    if (status == STATUS_OK) {
        h->have_point = true;
        h->many = true;
        count(&h->counters.loads, 1);
        __atomic_store_n(&h->counters.load_us, (clock_mono_ns() - began) / 1000, __ATOMIC_RELAXED);
    }
    return status;
}

static enum status apply(struct heat *h, const struct store_heat_changes *changes, struct err *e)
{
    const struct geo_heat_batch batch = {changes->changes, changes->n, on_touched, h};
    uint64_t began = clock_mono_ns();
    enum status status = geo_heat_index_apply(h->index, &batch, e);
    if (status == STATUS_OK) {
        count(&h->counters.applied, changes->n);
        __atomic_store_n(&h->counters.last_apply_us, (clock_mono_ns() - began) / 1000,
                         __ATOMIC_RELAXED);
    } else {
        h->have_point = false; /* the changes are read, but not in the index */
    }
    return status;
}

/* Brings the index to what is committed now. */
static enum status catch_up(struct heat *h, struct err *e)
{
    struct store_heat_changes changes = {0};
    enum status status = STATUS_OK;
    if (h->have_point) {
        status = store_heat_changed(h->db, &h->point, &changes, e);
        if (status == STATUS_OK && !changes.everything && changes.n > 0) {
            status = apply(h, &changes, e);
        }
        free(changes.changes);
    }
    if (status == STATUS_OK && (!h->have_point || changes.everything)) {
        status = load_all(h, e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    __atomic_store_n(&h->ready, true, __ATOMIC_RELEASE);
    h->asked_ns = clock_mono_ns();
    if (h->news) {
        __atomic_store_n(&h->counters.lag_us, (h->asked_ns - h->news_ns) / 1000, __ATOMIC_RELAXED);
    }
    h->news = false;
    return STATUS_OK;
}

static enum status tick(struct heat *h, struct err *e)
{
    const struct geo_heat_batch told = {.touched = on_touched, .arg = h};
    count(&h->counters.ticks, 1);
    return geo_heat_index_tick(h->index, now_s(), &told, e);
}

static enum status prune(struct heat *h, struct err *e)
{
    uint64_t now = clock_mono_ns();
    if (h->pruned_ns != 0 && now - h->pruned_ns < PRUNE_NS) {
        return STATUS_OK;
    }
    h->pruned_ns = now;
    return store_heat_prune(h->db, e);
}

/* One life of the connections. */
static enum status keep(struct heat *h, unsigned *retry_ms, struct err *e)
{
    static const char *const channels[] = {"hotline_changes", "hotline_complaints"};
    struct db_listen *l = NULL;
    enum status status = db_listen_open(h->app->options.database, channels, 2, &l, e);
    if (status == STATUS_OK) {
        status = db_sync_connect(h->app->options.database, DB_ROLE_SERVICE, &h->db, e);
    }
    h->news = true; /* something may have been missed */
    h->many = true;
    h->news_ns = clock_mono_ns();
    while (status == STATUS_OK && !stopping(h)) {
        if (h->news || clock_mono_ns() - h->asked_ns > ASK_ANYWAY_NS) {
            status = catch_up(h, e);
            *retry_ms = RETRY_MIN_MS;
        }
        if (status == STATUS_OK) {
            status = tick(h, e);
        }
        if (status == STATUS_OK) {
            hand_on(h);
            status = prune(h, e);
        }
        if (status == STATUS_OK) {
            int wait_ms = 1001 - (int)(clock_now_us() / 1000 % 1000);
            status = db_listen_wait(l, wait_ms, h->app->heat_wake, on_told, h, e);
        }
    }
    db_sync_close(h->db);
    h->db = NULL;
    db_listen_close(l);
    return status;
}

static void *heat_main(void *arg)
{
    struct heat *h = arg;
    unsigned retry_ms = RETRY_MIN_MS;
    while (!stopping(h)) {
        struct err e = {0};
        enum status status = keep(h, &retry_ms, &e);
        if (status == STATUS_OK || stopping(h)) {
            continue;
        }
        char why[300];
        count(&h->counters.losses, 1);
        log_warn("heat.retry", "in_ms=%u why=%s", retry_ms,
                 log_quote(e.text, strlen(e.text), why, sizeof(why)));
        for (unsigned ms = 0; ms < retry_ms && !stopping(h); ms += 20) {
            usleep(20000);
        }
        retry_ms = retry_ms * 2 < RETRY_MAX_MS ? retry_ms * 2 : RETRY_MAX_MS;
    }
    return NULL;
}

enum status heat_create(struct app *app, struct heat **out, struct err *e)
{
    const struct geo_heat_options options = {.open_statuses = STORE_HEAT_OPEN, .now_s = now_s()};
    struct heat *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a heat index");
    }
    h->app = app;
    strbuf_init(&h->told, TOLD_MAX);
    pthread_mutex_init(&h->lock, NULL);
    enum status status = geo_heat_index_create(&options, &h->index, e);
    if (status != STATUS_OK) {
        heat_destroy(h);
        return status;
    }
    *out = h;
    return STATUS_OK;
}

enum status heat_start(struct heat *h, struct err *e)
{
    h->runs = pthread_create(&h->thread, NULL, heat_main, h) == 0;
    return h->runs ? STATUS_OK
                   : err_set(e, STATUS_NO_MEMORY, "cannot start the heat index's thread");
}

void heat_stop(struct heat *h)
{
    if (h != NULL && h->runs) {
        pthread_join(h->thread, NULL);
    }
}

void heat_destroy(struct heat *h)
{
    if (h != NULL) {
        geo_heat_index_destroy(h->index);
        strbuf_free(&h->told);
        pthread_mutex_destroy(&h->lock);
        free(h);
    }
}
