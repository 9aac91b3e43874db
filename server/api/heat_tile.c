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

_Static_assert(CELLS_SIDE == 64, "a row of cells is a word");

#define MEANS 1024 /* a power of two */

/* The value's number of a mean that this tile has had. */
struct mean {
    uint32_t rated, satisfaction, value;
};

/* All zero between tiles. */
struct heat_cells {
    uint64_t touched[CELLS_SIDE]; /* a word a row */
    struct geo_heat_sums sums[CELLS_SIDE * CELLS_SIDE];
};

/* What each thread keeps until it ends: an encoder, with the memory that tiles take, and cells. */
struct desk {
    struct geo_mvt *mvt;
    struct mean means[MEANS];
    struct heat_cells cells;
};
static pthread_key_t desk_key;
static pthread_once_t desk_once = PTHREAD_ONCE_INIT;

static void desk_end(void *arg)
{
    struct desk *d = arg;
    geo_mvt_destroy(d->mvt);
    free(d);
}

static void desk_init(void)
{
    (void)pthread_key_create(&desk_key, desk_end);
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
    }
    return mean->value;
}

static void cell_feature(struct desk *d, struct geo_mvt_point at, const struct geo_heat_sums *s)
{
    struct geo_mvt *m = d->mvt;
    /* The keys' numbers are those of `names` in begin_cells. */
    uint32_t tags[12] = {0, geo_mvt_int_value(m, s->count), 1, geo_mvt_int_value(m, s->open),
                         2, geo_mvt_int_value(m, s->late),  3, geo_mvt_int_value(m, s->weight),
                         4, geo_mvt_int_value(m, s->rated)};
    size_t n = 10;
    if (s->rated > 0) {
        tags[n++] = 5;
        tags[n++] = mean_value(d, s);
    }
    geo_mvt_point(m, at, tags, n);
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
    memset(d->means, 0, sizeof(d->means));
}

struct heat_cells *heat_cells_create(void)
{
    return calloc(1, sizeof(struct heat_cells));
}

void heat_cells_destroy(struct heat_cells *c)
{
    free(c);
}

void heat_cells_count(struct heat_cells *c, const struct heat_tile *t, unsigned half)
{
    struct geo_heat_box box = geo_heat_box_of_tile(t->tile);
    uint32_t middle = box.north + (box.south - box.north) / 2; /* of the northern half */
    if (half == 0) {
        box.south = middle;
    } else {
        box.north = middle + 1;
    }
    geo_heat_cells_touched(t->query, t->tile, HEAT_CELLS_DEPTH, &box, c->sums, c->touched);
}

enum status heat_cells_draw(struct heat_cells *c, struct strbuf *out, struct err *e)
{
    const int32_t unit = GEO_MVT_EXTENT / (int32_t)CELLS_SIDE;
    struct desk *d = desk();
    if (d == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a tile");
    }
    begin_cells(d);
    for (unsigned row = 0; row < CELLS_SIDE; row++) {
        for (uint64_t left = c->touched[row]; left != 0; left &= left - 1) {
            unsigned col = (unsigned)__builtin_ctzll(left);
            struct geo_heat_sums *cell = &c->sums[row * CELLS_SIDE + col];
            if (cell->count > 0) {
                struct geo_mvt_point at = {(int32_t)col * unit + unit / 2,
                                           (int32_t)row * unit + unit / 2};
                cell_feature(d, at, cell);
            }
            *cell = (struct geo_heat_sums){0};
        }
        c->touched[row] = 0;
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
    geo_heat_cells_touched(t->query, t->tile, HEAT_CELLS_DEPTH, NULL, d->cells.sums,
                           d->cells.touched);
    return heat_cells_draw(&d->cells, out, e);
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
