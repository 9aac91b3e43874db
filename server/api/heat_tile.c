#include "server/api/heat_tile.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_mvt.h"
#include "server/base/bug.h"
#include "server/intake/tracking_code.h"
#include "server/store/store_heat.h"

#define LAYER_MAX     ((size_t)32 << 20)
#define CLUSTER_DEPTH 4
#define CLUSTERS      ((size_t)1 << (2 * CLUSTER_DEPTH))
#define POINT_ZOOM    14
#define POINT_DEPTH   10
#define CROWD_DEPTH   7     /* where there are more complaints than: */
#define CROWD         16384 /* so no tile has more features */
#define ROUGH         0.001 /* degrees; see docs/decisions/0004-who-sees-what.md */

#define CELLS_SIDE (1U << HEAT_CELLS_DEPTH)

_Static_assert(CELLS_SIDE == 64, "as many words of bits as bits in a word");
_Static_assert(CELLS_SIDE *CELLS_SIDE / HEAT_CELLS_PARTS % 64 == 0, "whole words for a part");

#define MEANS 1024 /* a power of two */

/* The value's number of a mean that this tile has had. */
struct mean {
    uint32_t rated, satisfaction, value;
};

#define FEW   16  /* complaints of a cell: many cells have the same attributes then */
#define MEMOS 512 /* a power of two */

/* Attributes of cells of few complaints, as this tile has them written already. */
struct memo {
    uint32_t keys[MEMOS];
    struct geo_mvt_tags tags[MEMOS];
};

/* Cells that several threads count, in Morton order: a sum is there where its bit is. Of a part,
 * which is some whole words of bits, only one thread writes. */
struct heat_cells {
    uint64_t there[CELLS_SIDE];
    struct geo_heat_sums sums[CELLS_SIDE * CELLS_SIDE];
};

/* What each thread keeps until it ends: an encoder, with the memory that tiles take. */
struct desk {
    struct geo_mvt *mvt;
    struct heat_cells *spare; /* as much memory as malloc would ask the system for each time */
    bool any_mean;
    struct mean means[MEANS];
    struct memo memo;
    struct geo_mvt_point middles[CELLS_SIDE * CELLS_SIDE]; /* of cells in Morton order */
};
static pthread_key_t desk_key;
static pthread_once_t desk_once = PTHREAD_ONCE_INIT;

static void desk_end(void *arg)
{
    struct desk *d = arg;
    geo_mvt_destroy(d->mvt);
    free(d->spare);
    free(d);
}

static void desk_init(void)
{
    (void)pthread_key_create(&desk_key, desk_end);
}

static void desk_middles(struct desk *d)
{
    const int32_t unit = GEO_MVT_EXTENT / (int32_t)CELLS_SIDE;
    for (uint32_t i = 0; i < CELLS_SIDE * CELLS_SIDE; i++) {
        struct geo_heat_place at = geo_heat_cell(i);
        d->middles[i] = (struct geo_mvt_point){(int32_t)at.x * unit + unit / 2,
                                               (int32_t)at.y * unit + unit / 2};
    }
}

static struct desk *desk(void)
{
    (void)pthread_once(&desk_once, desk_init);
    struct desk *d = pthread_getspecific(desk_key);
    if (d != NULL || (d = calloc(1, sizeof(*d))) == NULL) {
        return d;
    }
    if (geo_mvt_create(LAYER_MAX, &d->mvt, NULL) != STATUS_OK ||
        pthread_setspecific(desk_key, d) != 0) {
        desk_end(d);
        return NULL;
    }
    desk_middles(d);
    return d;
}

/* One layer being written, and the numbers of its keys. */
struct writing {
    const struct heat_tile *t;
    struct geo_mvt *mvt;
    uint32_t count, open, category, status, code;
    size_t n_features, total;
};

/* --- heat ------------------------------------------------------------------------------------- */

static uint32_t mean_value(struct desk *d, const struct geo_heat_sums *s)
{
    struct mean *mean = &d->means[(s->rated * 37 + s->satisfaction) & (MEANS - 1)];
    if (mean->rated != s->rated || mean->satisfaction != s->satisfaction) {
        uint32_t value = geo_mvt_double_value(d->mvt, (double)s->satisfaction / s->rated);
        *mean = (struct mean){s->rated, s->satisfaction, value};
        d->any_mean = true;
    }
    return mean->value;
}

static void cell_tags(struct desk *d, const struct geo_heat_sums *s, struct geo_mvt_tags *tags)
{
    /* In the order of `names` in begin_cells. */
    const uint32_t counts[] = {s->count, s->open, s->late, s->weight, s->rated};
    uint32_t mean = s->rated > 0 ? mean_value(d, s) : GEO_MVT_NO_VALUE;
    geo_mvt_tags(d->mvt, counts, sizeof(counts) / sizeof(counts[0]), mean, tags);
}

static void draw_cell(void *arg, uint64_t cell, const struct geo_heat_sums *s)
{
    struct desk *d = arg;
    struct geo_mvt_tags made;
    struct geo_mvt_tags *tags = &made;
    if (s->count < FEW && s->weight < 256) {
        uint32_t key = 1U << 30 | s->count | s->open << 4 | s->late << 8 | s->rated << 12 |
                       s->satisfaction << 16 | s->weight << 22;
        uint32_t slot = (key * UINT32_C(0x9e3779b1)) >> 20 & (MEMOS - 1);
        tags = &d->memo.tags[slot];
        if (d->memo.keys[slot] != key) {
            d->memo.keys[slot] = key;
            cell_tags(d, s, tags);
        }
    } else {
        cell_tags(d, s, tags);
    }
    geo_mvt_point(d->mvt, d->middles[cell], tags);
}

static enum status finished(const struct strbuf *out, struct err *e)
{
    return out->failed ? err_set(e, STATUS_NO_MEMORY, "no memory for a tile") : STATUS_OK;
}

static void begin_cells(struct desk *d)
{
    static const char *const names[] = {"count", "open", "late", "weight", "rated", "satisfaction"};
    bool in_order = true;
    geo_mvt_layer(d->mvt, "heat", GEO_MVT_EXTENT);
    for (uint32_t i = 0; i < 6; i++) {
        in_order = geo_mvt_key(d->mvt, names[i]) == i && in_order;
    }
    BUG_IF(!in_order);
    if (d->any_mean) {
        memset(d->means, 0, sizeof(d->means));
        d->any_mean = false;
    }
    memset(d->memo.keys, 0, sizeof(d->memo.keys));
}

struct heat_cells *heat_cells_create(void)
{
    struct desk *d = desk();
    struct heat_cells *c = d == NULL ? NULL : d->spare;
    if (c == NULL) {
        c = malloc(sizeof(*c));
    } else {
        d->spare = NULL;
    }
    if (c != NULL) {
        memset(c->there, 0, sizeof(c->there));
    }
    return c;
}

void heat_cells_destroy(struct heat_cells *c)
{
    struct desk *d = c == NULL ? NULL : desk();
    if (d != NULL && d->spare == NULL) {
        d->spare = c;
    } else {
        free(c);
    }
}

static void keep_cell(void *arg, uint64_t cell, const struct geo_heat_sums *s)
{
    struct heat_cells *c = arg;
    c->there[cell / 64] |= UINT64_C(1) << (cell % 64);
    c->sums[cell] = *s;
}

void heat_cells_count(struct heat_cells *c, const struct heat_tile *t, unsigned part)
{
    const struct geo_heat_place at = geo_heat_cell(part);
    const struct geo_tile square = {t->tile.z + 2, 4 * t->tile.x + at.x, 4 * t->tile.y + at.y};
    const struct geo_heat_box box = geo_heat_box_of_tile(square);
    geo_heat_each_cell(t->query, t->tile, HEAT_CELLS_DEPTH, &box, keep_cell, c);
}

enum status heat_cells_draw(struct heat_cells *c, struct strbuf *out, struct err *e)
{
    struct desk *d = desk();
    if (d == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a tile");
    }
    begin_cells(d);
    for (size_t word = 0; word < CELLS_SIDE; word++) {
        for (uint64_t left = c->there[word]; left != 0; left &= left - 1) {
            size_t cell = 64 * word + (size_t)__builtin_ctzll(left);
            draw_cell(d, cell, &c->sums[cell]);
        }
    }
    geo_mvt_layer_end(d->mvt, out);
    return finished(out, e);
}

enum status heat_tile_cells(const struct heat_tile *t, struct strbuf *out, struct err *e)
{
    struct desk *d = desk();
    if (d == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a tile");
    }
    begin_cells(d);
    geo_heat_each_cell(t->query, t->tile, HEAT_CELLS_DEPTH, NULL, draw_cell, d);
    geo_mvt_layer_end(d->mvt, out);
    return finished(out, e);
}

/* --- complaints ------------------------------------------------------------------------------- */

/* Some complaints in one place of the tile; `only` counts where there is one. */
struct group {
    uint32_t count, open;
    struct geo_heat_record only;
};

static void group_add(struct group *g, const struct geo_heat_record *r)
{
    g->count++;
    g->open += STORE_HEAT_OPEN >> r->status & 1U;
    g->only = *r;
}

static const char *category_code(const struct snapshot *s, int32_t id)
{
    for (size_t i = 0; i < s->n_categories; i++) {
        if (s->categories[i].id == id) {
            return s->categories[i].code;
        }
    }
    return NULL;
}

static void group_feature(struct writing *w, struct geo_mvt_point at, const struct group *g)
{
    struct geo_mvt *m = w->mvt;
    geo_mvt_feature(m, GEO_MVT_POINT, 0);
    geo_mvt_points(m, &at, 1);
    geo_mvt_int(m, w->count, g->count);
    geo_mvt_int(m, w->open, g->open);
    if (g->count == 1) {
        const char *category = category_code(w->t->snapshot, g->only.category);
        if (category != NULL) {
            geo_mvt_string(m, w->category, str_of(category));
        }
        geo_mvt_string(m, w->status, str_of(store_heat_status_name(g->only.status)));
        if (w->t->exact) {
            char code[TRACKING_CODE_LENGTH + 1];
            tracking_code_make(w->t->snapshot->tracking_key, g->only.id, code);
            geo_mvt_string(m, w->code, str_of(code));
        }
    }
    (void)geo_mvt_feature_end(m);
    w->n_features++;
    w->total += g->count;
}

static bool take_only(void *arg, const struct geo_heat_record *records, size_t n)
{
    struct geo_heat_record *only = arg;
    *only = records[0];
    (void)n;
    return false;
}

static struct geo_mvt_point middle(uint32_t x, uint32_t y, unsigned depth)
{
    int32_t unit = GEO_MVT_EXTENT >> depth;
    return (struct geo_mvt_point){(int32_t)x * unit + unit / 2, (int32_t)y * unit + unit / 2};
}

static void clusters(struct writing *w)
{
    struct geo_heat_sums sums[CLUSTERS];
    const struct geo_tile tile = w->t->tile;
    geo_heat_cells(w->t->query, tile, CLUSTER_DEPTH, sums);
    for (uint32_t i = 0; i < CLUSTERS; i++) {
        uint32_t x = i & ((1U << CLUSTER_DEPTH) - 1);
        uint32_t y = i >> CLUSTER_DEPTH;
        struct group g = {.count = sums[i].count, .open = sums[i].open};
        if (g.count == 1) {
            struct geo_heat_box box = geo_heat_box_of_tile(
                (struct geo_tile){tile.z + CLUSTER_DEPTH, (tile.x << CLUSTER_DEPTH) + x,
                                  (tile.y << CLUSTER_DEPTH) + y});
            geo_heat_visit(w->t->query, &box, take_only, &g.only);
        }
        if (g.count > 0) {
            group_feature(w, middle(x, y, CLUSTER_DEPTH), &g);
        }
    }
}

/* Points come in Morton order, so those of a cell follow one another. */
struct pointing {
    struct writing *w;
    struct geo_heat_box box;
    unsigned shift; /* of a place to its cell */
    unsigned depth;
    uint32_t x, y;
    struct group group;
};

static void end_group(struct pointing *p)
{
    if (p->group.count > 0) {
        group_feature(p->w, middle(p->x, p->y, p->depth), &p->group);
    }
    p->group = (struct group){0};
}

static bool on_points(void *arg, const struct geo_heat_record *records, size_t n)
{
    struct pointing *p = arg;
    for (size_t i = 0; i < n; i++) {
        uint32_t x = (records[i].place.x - p->box.west) >> p->shift;
        uint32_t y = (records[i].place.y - p->box.north) >> p->shift;
        if (x != p->x || y != p->y) {
            end_group(p);
            p->x = x;
            p->y = y;
        }
        group_add(&p->group, &records[i]);
    }
    return true;
}

static unsigned exact_points(struct writing *w)
{
    struct pointing p = {.w = w, .box = geo_heat_box_of_tile(w->t->tile)};
    bool crowd = geo_heat_sum(w->t->query, &p.box).count > CROWD;
    p.depth = crowd ? CROWD_DEPTH : POINT_DEPTH;
    p.shift = 32 - w->t->tile.z - p.depth;
    geo_heat_visit(w->t->query, &p.box, on_points, &p);
    end_group(&p);
    return p.depth;
}

/* Cells of ROUGH degrees that touch the tile. */
struct roughing {
    struct group *groups;
    int64_t col, row; /* of the first */
    size_t cols, rows;
};

static bool on_rough(void *arg, const struct geo_heat_record *records, size_t n)
{
    struct roughing *g = arg;
    for (size_t i = 0; i < n; i++) {
        struct geo_point at = geo_heat_place_point(records[i].place);
        int64_t col = (int64_t)floor(at.lon / ROUGH) - g->col;
        int64_t row = (int64_t)floor(at.lat / ROUGH) - g->row;
        if (col >= 0 && row >= 0 && (size_t)col < g->cols && (size_t)row < g->rows) {
            group_add(&g->groups[(size_t)row * g->cols + (size_t)col], &records[i]);
        }
    }
    return true;
}

static void rough_feature(struct writing *w, const struct geo_heat_box *tile, struct geo_point at,
                          const struct group *group)
{
    struct geo_heat_place p = geo_heat_place_of(at);
    if (p.x < tile->west || p.x > tile->east || p.y < tile->north || p.y > tile->south) {
        return; /* the tile beside it has it */
    }
    double unit = ldexp(GEO_MVT_EXTENT, (int)w->t->tile.z - 32);
    group_feature(w,
                  (struct geo_mvt_point){(int32_t)((p.x - tile->west) * unit),
                                         (int32_t)((p.y - tile->north) * unit)},
                  group);
}

static enum status rough_points(struct writing *w, struct err *e)
{
    struct geo_heat_box tile = geo_heat_box_of_tile(w->t->tile);
    struct geo_box box = geo_tile_box(w->t->tile);
    struct roughing g = {.col = (int64_t)floor(box.west / ROUGH) - 1,
                         .row = (int64_t)floor(box.south / ROUGH) - 1};
    g.cols = (size_t)((int64_t)floor(box.east / ROUGH) + 2 - g.col);
    g.rows = (size_t)((int64_t)floor(box.north / ROUGH) + 2 - g.row);
    g.groups = calloc(g.cols * g.rows, sizeof(*g.groups));
    if (g.groups == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a tile");
    }
    struct geo_heat_box wide = heat_tile_points_box(w->t->tile, false);
    geo_heat_visit(w->t->query, &wide, on_rough, &g);
    for (size_t i = 0; i < g.cols * g.rows; i++) {
        if (g.groups[i].count > 0) {
            struct geo_point at = {((double)(g.col + (int64_t)(i % g.cols)) + 0.5) * ROUGH,
                                   ((double)(g.row + (int64_t)(i / g.cols)) + 0.5) * ROUGH};
            rough_feature(w, &tile, at, &g.groups[i]);
        }
    }
    free(g.groups);
    return STATUS_OK;
}

struct geo_heat_box heat_tile_points_box(struct geo_tile tile, bool exact)
{
    if (exact || tile.z < POINT_ZOOM) {
        return geo_heat_box_of_tile(tile);
    }
    struct geo_box box = geo_tile_box(tile);
    return geo_heat_box_of(
        (struct geo_box){box.west - ROUGH, box.south - ROUGH, box.east + ROUGH, box.north + ROUGH});
}

static void summary(const struct writing *w, unsigned grid, struct strbuf *out)
{
    struct geo_mvt *m = w->mvt;
    struct geo_mvt_point at = {GEO_MVT_EXTENT / 2, GEO_MVT_EXTENT / 2};
    if (w->total == 0) {
        return;
    }
    geo_mvt_layer(m, "summary", GEO_MVT_EXTENT);
    geo_mvt_feature(m, GEO_MVT_POINT, 0);
    geo_mvt_points(m, &at, 1);
    geo_mvt_int(m, geo_mvt_key(m, "total"), (int64_t)w->total);
    geo_mvt_int(m, geo_mvt_key(m, "features"), (int64_t)w->n_features);
    geo_mvt_int(m, geo_mvt_key(m, "grid"), grid);
    (void)geo_mvt_feature_end(m);
    geo_mvt_layer_end(m, out);
}

enum status heat_tile_points(const struct heat_tile *t, struct strbuf *out, struct err *e)
{
    struct desk *d = desk();
    struct writing w = {.t = t, .mvt = d == NULL ? NULL : d->mvt};
    unsigned grid = 1U << CLUSTER_DEPTH;
    enum status status = STATUS_OK;
    if (w.mvt == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a tile");
    }
    geo_mvt_layer(w.mvt, "complaints", GEO_MVT_EXTENT);
    w.count = geo_mvt_key(w.mvt, "count");
    w.open = geo_mvt_key(w.mvt, "open");
    w.category = geo_mvt_key(w.mvt, "category");
    w.status = geo_mvt_key(w.mvt, "status");
    w.code = geo_mvt_key(w.mvt, "code");
    if (t->tile.z < POINT_ZOOM) {
        clusters(&w);
    } else if (t->exact) {
        grid = 1U << exact_points(&w);
    } else {
        status = rough_points(&w, e);
        grid = 0;
    }
    geo_mvt_layer_end(w.mvt, out);
    summary(&w, grid, out);
    enum status written = finished(out, e);
    return status == STATUS_OK ? written : status;
}
