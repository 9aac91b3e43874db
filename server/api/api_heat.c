/* /tiles/heat, /tiles/complaints and /tiles/heatmap from the heat index. Short work is done here on
 * the worker, long work on a compute thread; what is asked twice at once is made once. A tile is
 * kept with the version in which its region last changed: as long as that is the same it is sent
 * again, with the ETag of its bytes. What has words in its filter (q=) goes to the database, see
 * api_tiles.c; so does a box around complaints for the public, which must cut rounded places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heatmap.h"
#include "server/api/api_auth.h"
#include "server/api/api_tiles.h"
#include "server/api/heat_picture.h"
#include "server/api/heat_tile.h"
#include "server/app/heat.h"
#include "server/tiles/tile_cache.h"

#define INLINE_WORK 100000 /* complaints looked at one by one: about 0.2 ms */
#define HANDS       2      /* compute threads that count the cells of a longer one together */
#define TILE_MAX    ((size_t)64 << 20)

enum kind { CELLS, POINTS, PICTURE };

/* One answer under way, in the request's arena. */
struct heat_job {
    struct http_request *r;
    enum kind kind;
    struct heat_tile tile;
    struct heat_picture picture;
    struct geo_heat_view *view;
    struct geo_heat_query *query;
    uint64_t changed;
    const char *key;    /* of the tile, whatever its version */
    const char *making; /* and of this version of it; NULL: made at once */
    struct strbuf out;
    enum status made;
    bool scale_known;         /* when it was asked for */
    struct heat_cells *cells; /* where parts are counted */
    unsigned next_part;       /* atomic: whoever has a hand free takes it */
    unsigned hands;           /* that are still at it */
};

/* Kept in front of a tile's bytes. */
struct kept {
    uint64_t changed, hash;
};

static const char *type_of(const struct heat_job *j)
{
    return j->kind == PICTURE ? "image/png" : API_MVT_TYPE;
}

static void let_go(const void *bytes, size_t n, void *held)
{
    (void)bytes;
    (void)n;
    tile_kept_release(held);
}

/* `held`: it stays in the cache until it is sent; NULL: copied. */
static void send_kept(struct heat_job *j, struct str kept, struct tile_kept *held)
{
    struct kept head;
    memcpy(&head, kept.p, sizeof(head));
    const struct api_tile tile = {.type = type_of(j),
                                  .bytes = {kept.p + sizeof(head), kept.n - sizeof(head)},
                                  .hash = head.hash,
                                  .public = !j->tile.exact,
                                  .done = held == NULL ? NULL : let_go,
                                  .done_arg = held};
    api_tile_send_hashed(j->r, &tile);
}

/* The answer to whoever asked first, or waited. */
static void on_joined(void *arg, enum status status, struct str kept)
{
    struct heat_job *j = arg;
    if (status == STATUS_OK) {
        send_kept(j, kept, NULL);
    } else {
        http_problem_status(j->r, status);
    }
    http_release(j->r);
}

static void release(struct heat_job *j)
{
    geo_heat_query_destroy(j->query);
    geo_heat_view_release(j->view);
    j->query = NULL;
    j->view = NULL;
}

/* A picture depends on its scale too: with another one it is another version. False: not known. */
static bool stamp_scale(struct heat_job *j)
{
    uint32_t bits;
    if (j->picture.scale == 0) {
        j->picture.scale = heat_scale_get(j->picture.heat, j->picture.scale_key);
    }
    memcpy(&bits, &j->picture.scale, sizeof(bits));
    j->changed ^= (uint64_t)bits << 32;
    return j->picture.scale > 0;
}

/* A tile that is there goes to the cache, and from there to whoever asked. */
static void keep_and_send(struct heat_job *j)
{
    struct tile_cache *cache = api_worker(j->r)->cache;
    struct str kept = {j->out.p, j->out.n};
    struct kept head = {j->changed,
                        str_hash((struct str){kept.p + sizeof(head), kept.n - sizeof(head)})};
    char *bytes = strbuf_take(&j->out);
    memcpy(bytes, &head, sizeof(head));
    kept.p = bytes;
    struct tile_kept *held = tile_cache_give(cache, j->key, bytes, kept.n);
    if (j->making != NULL) {
        tile_cache_done(cache, j->making, STATUS_OK, kept);
    }
    send_kept(j, kept, held);
    if (held == NULL) {
        free(bytes);
    }
}

static void on_made(void *arg)
{
    struct heat_job *j = arg;
    struct http_request *r = j->r;
    release(j);
    snapshot_release((struct snapshot *)(uintptr_t)j->tile.snapshot);
    if (j->made == STATUS_OK) {
        if (!j->scale_known) {
            (void)stamp_scale(j);
        }
        keep_and_send(j);
    } else {
        if (j->making != NULL) {
            tile_cache_done(api_worker(r)->cache, j->making, j->made, STR(""));
        }
        http_problem_status(r, j->made);
    }
    strbuf_free(&j->out);
    http_release(r);
}

static void make(void *arg)
{
    struct heat_job *j = arg;
    struct err e;
    static const struct kept room = {0, 0};
    strbuf_append(&j->out, &room, sizeof(room));
    switch (j->kind) {
    case CELLS:
        j->made = heat_tile_cells(&j->tile, &j->out, &e);
        break;
    case POINTS:
        j->made = heat_tile_points(&j->tile, &j->out, &e);
        break;
    case PICTURE:
        j->made = heat_picture_make(&j->picture, &j->out, &e);
        break;
    }
}

/* On a compute thread, unless the same is being made there. */
static void start(struct heat_job *j)
{
    struct worker *w = api_worker(j->r);
    struct compute_job job = {make, on_made, j, w->mailbox};
    struct err e;
    enum status status = compute_submit(w->app->compute, &job, &e);
    if (status != STATUS_OK) {
        j->made = status;
        on_made(j);
    }
}

/* What the tile is kept by. A query may be some thousand letters long, so they are copied. */
static const char *key_of(struct http_request *r, uint64_t version, bool exact)
{
    const char *path = http_path(r);
    const char *query = http_query_string(r);
    size_t n_path = strlen(path);
    size_t n_query = strlen(query);
    char head[32];
    int n = snprintf(head, sizeof(head), "%llu %d ", (unsigned long long)version, exact);
    char *key = n < 0 ? NULL : arena_alloc(http_arena(r), (size_t)n + n_path + n_query + 2);
    if (key != NULL) {
        memcpy(key, head, (size_t)n);
        memcpy(key + n, path, n_path);
        key[(size_t)n + n_path] = ' ';
        memcpy(key + n + n_path + 1, query, n_query + 1);
    }
    return key;
}

/* On compute threads: the parts of a tile, one after the other, as long as there are any. */
static void count_parts(void *arg)
{
    struct heat_job *j = arg;
    unsigned part;
    while ((part = __atomic_fetch_add(&j->next_part, 1, __ATOMIC_RELAXED)) < HEAT_CELLS_PARTS) {
        heat_cells_count(j->cells, &j->tile, part);
    }
}

/* On the worker's thread: the last one ends it. */
static void on_counted(void *arg)
{
    struct heat_job *j = arg;
    static const struct kept room = {0, 0};
    struct err e;
    if (--j->hands > 0) {
        return;
    }
    if (j->made == STATUS_OK) {
        strbuf_append(&j->out, &room, sizeof(room));
        j->made = heat_cells_draw(j->cells, &j->out, &e);
    }
    heat_cells_destroy(j->cells);
    on_made(j);
}

/* One hand is enough, if the queue has no room for the other. */
static void start_parts(struct heat_job *j)
{
    struct worker *w = api_worker(j->r);
    struct compute_job job = {count_parts, on_counted, j, w->mailbox};
    struct err e;
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < HANDS && status == STATUS_OK; i++) {
        status = compute_submit(w->app->compute, &job, &e);
        j->hands += status == STATUS_OK; /* they end in this thread: not before this does */
    }
    j->made = j->hands > 0 ? STATUS_OK : status;
    if (j->hands == 0) {
        heat_cells_destroy(j->cells);
        on_made(j);
    }
}

/* The version of what is seen now; false with the problem answered. */
static bool look(struct heat_job *j, const struct geo_heat_box *box)
{
    const struct snapshot *s = api_worker(j->r)->snapshot;
    j->view = heat_view(api_worker(j->r)->app->heat);
    if (j->view == NULL) {
        http_problem_status(j->r, STATUS_BUSY); /* still being read: come back */
        return false;
    }
    j->changed = geo_heat_view_changed(j->view, box);
    j->scale_known = j->kind != PICTURE || stamp_scale(j);
    j->key = key_of(j->r, s->version, j->tile.exact);
    if (j->key == NULL) {
        release(j);
        http_problem(j->r, 503, NULL);
        return false;
    }
    return true;
}

static bool send_cached(struct heat_job *j)
{
    struct tile_kept *held = NULL;
    struct str kept;
    if (!j->scale_known || !tile_cache_hold(api_worker(j->r)->cache, j->key, &kept, &held)) {
        return false;
    }
    if (memcmp(kept.p, &j->changed, 8) != 0) {
        tile_kept_release(held);
        return false;
    }
    release(j);
    send_kept(j, kept, held);
    return true;
}

/* What is wanted of the view; false with the problem answered. */
static bool ask(struct heat_job *j, const struct complaint_filter *filter)
{
    struct snapshot *s = api_worker(j->r)->snapshot;
    struct geo_heat_filter heat;
    struct err e;
    if (!api_filter_heat(j->r, s, filter, &heat) ||
        geo_heat_query_create(j->view, &heat, &j->query, &e) != STATUS_OK) {
        release(j);
        http_problem(j->r, 503, NULL);
        return false;
    }
    return true;
}

/* True if somebody makes the same; else it is told that we do. */
static bool joins(struct heat_job *j)
{
    j->making = arena_printf(http_arena(j->r), "%s %llu", j->key, (unsigned long long)j->changed);
    return j->making != NULL && tile_cache_wait(api_worker(j->r)->cache, j->making, on_joined, j);
}

/* The tile is sent from what is kept, waited for, or made. */
static void serve(struct heat_job *j, const struct complaint_filter *filter,
                  const struct geo_heat_box *box, unsigned cell_zoom)
{
    if (!look(j, box) || send_cached(j) || !ask(j, filter)) {
        return;
    }
    size_t work = geo_heat_query_work(j->query, box, cell_zoom) + j->picture.size;
    bool long_one = work > INLINE_WORK;
    http_hold(j->r);
    if (long_one && joins(j)) {
        release(j);
        return;
    }
    strbuf_init(&j->out, TILE_MAX);
    j->tile.query = j->picture.query = j->query;
    j->tile.snapshot = snapshot_acquire(api_worker(j->r)->snapshot);
    if (j->kind == CELLS && long_one && (j->cells = heat_cells_create()) != NULL) {
        start_parts(j);
    } else if (long_one) {
        start(j);
    } else {
        make(j);
        on_made(j);
    }
}

void api_heat_tile(struct http_request *r, bool points, const struct complaint_filter *filter)
{
    struct heat_job *j = arena_calloc(http_arena(r), 1, sizeof(*j));
    if (j == NULL || api_snapshot(r) == NULL || !api_tile_parse(r, &j->tile.tile, NULL)) {
        return;
    }
    j->r = r;
    j->kind = points ? POINTS : CELLS;
    j->tile.exact = points && auth_reaches_all(r);
    struct geo_heat_box box = points ? heat_tile_points_box(j->tile.tile, j->tile.exact)
                                     : geo_heat_box_of_tile(j->tile.tile);
    serve(j, filter, &box, points && j->tile.tile.z >= 14 ? 33 : j->tile.tile.z + HEAT_CELLS_DEPTH);
}

void api_heat_picture(struct http_request *r, const struct heat_picture *asked,
                      const struct complaint_filter *filter)
{
    struct heat_job *j = arena_calloc(http_arena(r), 1, sizeof(*j));
    if (j == NULL || api_snapshot(r) == NULL) {
        return;
    }
    j->r = r;
    j->kind = PICTURE;
    j->picture = *asked;
    struct geo_heat_box box = heat_picture_box(asked);
    serve(j, filter, &box, asked->tile.z + 8);
}

/* --- what is told of the index ---------------------------------------------------------------- */

/* An answer in JSON that takes a look at everything. */
struct telling {
    struct http_request *r;
    struct geo_heat_view *view;
    struct geo_heat_query *query; /* NULL: the digest is asked for */
    struct heat_picture *pictures;
    size_t n;
    struct strbuf *json;
    enum status status;
};

static void append_legend(struct strbuf *json, float scale)
{
    struct geo_palette palette;
    geo_heatmap_palette(&palette);
    strbuf_append_z(json, ",\"legend\":[");
    for (int i = 0; i <= 5; i++) {
        const uint8_t *c = palette.rgba[i == 0 ? 1 : i * 51];
        strbuf_printf(json, "%s{\"value\":%.6g,\"color\":\"#%02x%02x%02x%02x\"}", i == 0 ? "" : ",",
                      (double)scale * i / 5, c[0], c[1], c[2], c[3]);
    }
    strbuf_append_char(json, ']');
}

static void tell(void *arg)
{
    struct telling *t = arg;
    struct err e;
    if (t->query == NULL) {
        uint64_t digest = heat_digest(t->view, &e);
        strbuf_printf(t->json, "{\"version\":%llu,\"now\":%u,\"digest\":\"%016llx\"}",
                      (unsigned long long)geo_heat_view_version(t->view),
                      geo_heat_view_now(t->view), (unsigned long long)digest);
        return;
    }
    float scale = 0;
    strbuf_append_z(t->json, ",\"scale\":{");
    for (size_t i = 0; i < t->n && t->status == STATUS_OK; i++) {
        t->pictures[i].query = t->query;
        t->status = heat_picture_scale(&t->pictures[i], &scale, &e);
        strbuf_printf(t->json, "%s\"%u\":%.6g", i == 0 ? "" : ",", t->pictures[i].tile.z,
                      (double)scale);
        t->pictures[i].scale = scale;
    }
    strbuf_append_char(t->json, '}');
    append_legend(t->json,
                  t->pictures[t->n < API_HEAT_LEGEND_ZOOM ? 0 : API_HEAT_LEGEND_ZOOM].scale);
    strbuf_append_char(t->json, '}');
}

static void on_told(void *arg)
{
    struct telling *t = arg;
    struct http_request *r = t->r;
    geo_heat_query_destroy(t->query);
    geo_heat_view_release(t->view);
    if (t->status == STATUS_OK) {
        http_send_json(r, 200, t->json);
    } else {
        strbuf_free(t->json);
        http_problem_status(r, t->status);
    }
    free(t->json);
    http_release(r);
}

static void start_telling(struct telling *t)
{
    struct worker *w = api_worker(t->r);
    struct compute_job job = {tell, on_told, t, w->mailbox};
    struct err e;
    http_hold(t->r);
    t->status = compute_submit(w->app->compute, &job, &e);
    if (t->status != STATUS_OK) {
        on_told(t);
    }
}

bool api_heat_scales(struct http_request *r, const struct complaint_filter *filter,
                     struct heat_picture *pictures, size_t n, struct strbuf *json)
{
    struct telling *t = arena_calloc(http_arena(r), 1, sizeof(*t));
    struct heat_job look_at = {.r = r};
    struct snapshot *s = api_worker(r)->snapshot;
    struct geo_heat_filter heat;
    struct err e;
    look_at.view = heat_view(api_worker(r)->app->heat);
    if (t == NULL || look_at.view == NULL || !api_filter_heat(r, s, filter, &heat) ||
        geo_heat_query_create(look_at.view, &heat, &look_at.query, &e) != STATUS_OK ||
        (t->json = malloc(sizeof(*json))) == NULL) {
        release(&look_at);
        return false;
    }
    *t->json = *json;
    t->r = r;
    t->view = look_at.view;
    t->query = look_at.query;
    t->pictures = pictures;
    t->n = n;
    start_telling(t);
    return true;
}

void api_heat_state(struct http_request *r)
{
    struct telling *t = arena_calloc(http_arena(r), 1, sizeof(*t));
    if (t == NULL || (t->view = heat_view(api_worker(r)->app->heat)) == NULL ||
        (t->json = malloc(sizeof(*t->json))) == NULL) {
        if (t != NULL) {
            geo_heat_view_release(t->view);
        }
        http_problem_status(r, STATUS_BUSY);
        return;
    }
    t->r = r;
    strbuf_init(t->json, 4096);
    start_telling(t);
}
