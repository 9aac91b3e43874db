#include "geo/geo_near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_area.h"
#include "geo/geo_distance.h"
#include "geo/geo_predicate.h"
#include "server/base/str.h"

#define CELLS_MAX    (1U << 20)
#define CELL_LEAST_M 60.0
#define MARGIN       1.001 /* on the reach, for what the flat plane errs */
#define COVERED_MAX  64    /* polygons over one point that are looked at */
#define VERTICES_MAX ((size_t)1 << 28)
#define NESTING_MAX  2
#define PREFETCH     6 /* edges ahead: they lie anywhere in memory */

/* An edge, or a point as an edge without length. */
struct edge {
    struct geo_point a, b;
    int32_t feature;
};

struct geo_near_set {
    double reach_m;
    struct edge *edges;
    size_t n_edges, cap_edges;
    struct geo_area_set *areas; /* the polygons; NULL where there is none */
    int32_t *area_feature;      /* area number -> feature */
    size_t n_areas;
    struct geo_box box; /* of all edges, widened by the reach */
    uint32_t columns, rows;
    double per_lon, per_lat; /* cells per degree */
    uint32_t *first;         /* cell i lists refs[first[i]] .. refs[first[i + 1] - 1] */
    uint32_t *refs;
};

/* ---- reading ---- */

struct reader {
    const unsigned char *at, *end;
};

static bool read_bytes(struct reader *r, void *out, size_t n)
{
    if ((size_t)(r->end - r->at) < n) {
        return false;
    }
    memcpy(out, r->at, n);
    r->at += n;
    return true;
}

static bool add_edge(struct geo_near_set *set, struct geo_point a, struct geo_point b,
                     int32_t feature)
{
    struct edge *grown = array_grow(set->edges, &set->cap_edges, set->n_edges + 1, sizeof *grown);
    if (!grown) {
        return false;
    }
    set->edges = grown;
    set->edges[set->n_edges++] = (struct edge){a, b, feature};
    return true;
}

/* `count` points in a row as edges between neighbours; a single one as itself. */
static const char *read_path(struct geo_near_set *set, struct reader *r, uint32_t count,
                             int32_t feature)
{
    struct geo_point before = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        struct geo_point p;
        if (!read_bytes(r, &p, sizeof p)) {
            return "it ends in the middle";
        }
        if (!(fabs(p.lon) <= 180 && fabs(p.lat) <= 90)) {
            return "a coordinate is not in degrees";
        }
        if (set->n_edges >= VERTICES_MAX) {
            return "too many vertices";
        }
        if ((i > 0 || count == 1) && !add_edge(set, i > 0 ? before : p, p, feature)) {
            return "no memory";
        }
        before = p;
    }
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth bounded by NESTING_MAX */
static const char *read_geometry(struct geo_near_set *set, struct reader *r, int32_t feature,
                                 int depth)
{
    unsigned char order;
    uint32_t type;
    uint32_t count = 1;
    if (!read_bytes(r, &order, 1) || !read_bytes(r, &type, sizeof type) || order != 1 || type < 1 ||
        type > 6 || depth == NESTING_MAX) {
        return "it is no point, line or polygon in two dimensions";
    }
    if (type == 1) {
        return read_path(set, r, 1, feature);
    }
    if (!read_bytes(r, &count, sizeof count)) {
        return "it ends in the middle";
    }
    if (type == 2) {
        return read_path(set, r, count, feature);
    }
    const char *fault = NULL;
    for (uint32_t i = 0; i < count && !fault; i++) {
        uint32_t points = 0;
        if (type >= 4) {
            fault = read_geometry(set, r, feature, depth + 1);
        } else {
            fault = read_bytes(r, &points, sizeof points) ? read_path(set, r, points, feature)
                                                          : "it ends in the middle";
        }
    }
    return fault;
}

static bool is_polygon(const struct geo_near_source *source)
{
    uint32_t type = 0;
    if (source->wkb_size >= 5) {
        memcpy(&type, source->wkb + 1, sizeof type);
    }
    return type == 3 || type == 6;
}

static enum status read_all(struct geo_near_set *set, const struct geo_near_source *sources,
                            size_t n, struct err *e)
{
    struct geo_area_source *polygons = calloc(n + 1, sizeof *polygons);
    set->area_feature = calloc(n + 1, sizeof *set->area_feature);
    if (!polygons || !set->area_feature) {
        free(polygons);
        return err_set(e, STATUS_NO_MEMORY, "no memory for %zu features", n);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        struct reader r = {sources[i].wkb, sources[i].wkb + sources[i].wkb_size};
        const char *fault = read_geometry(set, &r, (int32_t)i, 0);
        if (!fault && r.at != r.end) {
            fault = "bytes are left over";
        }
        if (fault) {
            status = err_set(e, STATUS_INVALID, "feature %zu: %s", i, fault);
        }
        if (is_polygon(&sources[i])) {
            set->area_feature[set->n_areas] = (int32_t)i;
            polygons[set->n_areas++] =
                (struct geo_area_source){sources[i].wkb, sources[i].wkb_size};
        }
    }
    if (status == STATUS_OK && set->n_areas > 0) {
        status = geo_area_set_create(polygons, set->n_areas, &set->areas, e);
    }
    free(polygons);
    return status;
}

/* ---- the grid ---- */

static void widen(struct geo_box *box, double reach_m)
{
    double middle = fmax(fabs(box->south), fabs(box->north));
    struct geo_degree d = geo_metres_per_degree(fmin(middle + 0.1, 89));
    double lon = reach_m * 1.01 / d.lon;
    double lat = reach_m * 1.01 / geo_metres_per_degree(0).lat;
    box->west -= lon;
    box->east += lon;
    box->south -= lat;
    box->north += lat;
}

static struct geo_box box_of(const struct edge *edge)
{
    return (struct geo_box){.west = fmin(edge->a.lon, edge->b.lon),
                            .south = fmin(edge->a.lat, edge->b.lat),
                            .east = fmax(edge->a.lon, edge->b.lon),
                            .north = fmax(edge->a.lat, edge->b.lat)};
}

static void lay_out(struct geo_near_set *set)
{
    struct geo_box box = box_of(&set->edges[0]);
    for (size_t i = 1; i < set->n_edges; i++) {
        struct geo_box its = box_of(&set->edges[i]);
        box.west = fmin(box.west, its.west);
        box.south = fmin(box.south, its.south);
        box.east = fmax(box.east, its.east);
        box.north = fmax(box.north, its.north);
    }
    widen(&box, set->reach_m);
    set->box = box;
    struct geo_degree d = geo_metres_per_degree((box.south + box.north) / 2);
    double cell_m = fmax(set->reach_m, CELL_LEAST_M);
    double width = (box.east - box.west) * d.lon;
    double height = (box.north - box.south) * d.lat;
    while (ceil(width / cell_m) * ceil(height / cell_m) > CELLS_MAX) {
        cell_m *= 1.5;
    }
    set->columns = (uint32_t)fmax(ceil(width / cell_m), 1);
    set->rows = (uint32_t)fmax(ceil(height / cell_m), 1);
    set->per_lon = set->columns / (box.east - box.west);
    set->per_lat = set->rows / (box.north - box.south);
}

static uint32_t cell_along(double degrees, double origin, double per, uint32_t n)
{
    double at = floor((degrees - origin) * per);
    return at <= 0 ? 0 : at >= n ? n - 1 : (uint32_t)at;
}

/* Does the edge come within the reach of the cell? Surely true where it does. */
static bool reaches(const struct geo_near_set *set, const struct edge *edge, uint32_t x, uint32_t y)
{
    struct geo_box cell = {.west = set->box.west + x / set->per_lon,
                           .south = set->box.south + y / set->per_lat,
                           .east = set->box.west + (x + 1) / set->per_lon,
                           .north = set->box.south + (y + 1) / set->per_lat};
    widen(&cell, set->reach_m);
    return geo_segment_meets_box(edge->a, edge->b, &cell);
}

/* Counts the edge in every cell that a point within its reach may lie in, and notes it there where
 * refs are given. */
static void spread(struct geo_near_set *set, uint32_t number, uint32_t *counts, uint32_t *refs)
{
    const struct edge *edge = &set->edges[number];
    struct geo_box box = box_of(edge);
    widen(&box, set->reach_m);
    uint32_t west = cell_along(box.west, set->box.west, set->per_lon, set->columns);
    uint32_t east = cell_along(box.east, set->box.west, set->per_lon, set->columns);
    uint32_t south = cell_along(box.south, set->box.south, set->per_lat, set->rows);
    uint32_t north = cell_along(box.north, set->box.south, set->per_lat, set->rows);
    bool few = east - west < 3 && north - south < 3;
    for (uint32_t y = south; y <= north; y++) {
        for (uint32_t x = west; x <= east; x++) {
            if (!few && !reaches(set, edge, x, y)) {
                continue;
            }
            uint32_t *count = &counts[(size_t)y * set->columns + x];
            if (refs) {
                refs[*count] = number;
            }
            (*count)++;
        }
    }
}

static enum status build_grid(struct geo_near_set *set, struct err *e)
{
    if (set->n_edges == 0) {
        return STATUS_OK;
    }
    lay_out(set);
    size_t cells = (size_t)set->columns * set->rows;
    set->first = calloc(cells + 2, sizeof *set->first);
    if (!set->first) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for %zu cells", cells);
    }
    /* Counted one place further on, so that placing leaves every start where it belongs. */
    for (uint32_t i = 0; i < set->n_edges; i++) {
        spread(set, i, set->first + 2, NULL);
    }
    for (size_t i = 2; i < cells + 2; i++) {
        set->first[i] += set->first[i - 1];
    }
    set->refs = calloc((size_t)set->first[cells + 1] + 1, sizeof *set->refs);
    if (!set->refs) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for %u edges in cells",
                       set->first[cells + 1]);
    }
    for (uint32_t i = 0; i < set->n_edges; i++) {
        spread(set, i, set->first + 1, set->refs);
    }
    return STATUS_OK;
}

enum status geo_near_create(const struct geo_near_source *sources, size_t n, double reach_m,
                            struct geo_near_set **out, struct err *e)
{
    if (!(reach_m >= 0 && reach_m <= GEO_NEAR_REACH_MAX_M) || n > INT32_MAX) {
        return err_set(e, STATUS_INVALID, "a reach of %g m", reach_m);
    }
    struct geo_near_set *set = calloc(1, sizeof *set);
    if (!set) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for an index");
    }
    set->reach_m = reach_m;
    enum status status = read_all(set, sources, n, e);
    if (status == STATUS_OK && reach_m > 0) {
        status = build_grid(set, e);
    }
    if (status != STATUS_OK) {
        geo_near_destroy(set);
        return status;
    }
    *out = set;
    return STATUS_OK;
}

void geo_near_destroy(struct geo_near_set *set)
{
    if (set) {
        free(set->edges);
        geo_area_set_destroy(set->areas);
        free(set->area_feature);
        free(set->first);
        free(set->refs);
        free(set);
    }
}

/* ---- asking ---- */

/* The nearest point of the edge to p, in the flat plane, and its square distance there. */
static inline double nearest_on(const struct edge *edge, struct geo_point p, struct geo_degree d,
                                struct geo_point *at)
{
    double ax = (edge->a.lon - p.lon) * d.lon;
    double ay = (edge->a.lat - p.lat) * d.lat;
    double bx = (edge->b.lon - p.lon) * d.lon;
    double by = (edge->b.lat - p.lat) * d.lat;
    double ux = bx - ax;
    double uy = by - ay;
    double length = ux * ux + uy * uy;
    double t = length > 0 ? -(ax * ux + ay * uy) / length : 0;
    if (t <= 0) {
        *at = edge->a;
        return ax * ax + ay * ay;
    }
    if (t >= 1) {
        *at = edge->b;
        return bx * bx + by * by;
    }
    *at = (struct geo_point){edge->a.lon + t * (edge->b.lon - edge->a.lon),
                             edge->a.lat + t * (edge->b.lat - edge->a.lat)};
    double x = ax + t * ux;
    double y = ay + t * uy;
    return x * x + y * y;
}

static int32_t covering(const struct geo_near_set *set, struct geo_point point,
                        bool (*passes)(void *, int32_t), void *context)
{
    int32_t areas[COVERED_MAX];
    size_t n = set->areas ? geo_area_all_at(set->areas, point, areas, COVERED_MAX) : 0;
    for (size_t i = 0; i < n && i < COVERED_MAX; i++) {
        int32_t feature = set->area_feature[areas[i]];
        if (!passes || passes(context, feature)) {
            return feature;
        }
    }
    return -1;
}

struct geo_near geo_near_find(const struct geo_near_set *set, struct geo_point point,
                              bool (*passes)(void *context, int32_t feature), void *context)
{
    struct geo_near found = {covering(set, point, passes, context), 0};
    if (found.feature >= 0) {
        return found;
    }
    found.metres = (double)INFINITY;
    if (!set->first || !geo_box_has(&set->box, point)) {
        return found;
    }
    uint32_t x = cell_along(point.lon, set->box.west, set->per_lon, set->columns);
    uint32_t y = cell_along(point.lat, set->box.south, set->per_lat, set->rows);
    size_t cell = (size_t)y * set->columns + x;
    if (set->first[cell] == set->first[cell + 1]) {
        return found;
    }
    struct geo_degree d = geo_metres_per_degree(point.lat);
    struct geo_point at;
    struct geo_point best_at = point;
    double best = set->reach_m * set->reach_m * MARGIN * MARGIN;
    uint32_t end = set->first[cell + 1];
    for (uint32_t i = set->first[cell]; i < end; i++) {
        if (i + PREFETCH < end) {
            __builtin_prefetch(&set->edges[set->refs[i + PREFETCH]]);
        }
        const struct edge *edge = &set->edges[set->refs[i]];
        double square = nearest_on(edge, point, d, &at);
        bool nearer = square < best || (square == best && edge->feature < found.feature);
        if (nearer && (!passes || passes(context, edge->feature))) {
            best = square;
            best_at = at;
            found.feature = edge->feature;
        }
    }
    if (found.feature >= 0) {
        found.metres = geo_distance_m(point, best_at);
    }
    if (found.metres > set->reach_m) {
        found = (struct geo_near){-1, (double)INFINITY};
    }
    return found;
}

size_t geo_near_bytes(const struct geo_near_set *set)
{
    size_t cells = (size_t)set->columns * set->rows;
    return sizeof *set + set->cap_edges * sizeof *set->edges +
           set->n_areas * sizeof *set->area_feature +
           (set->areas ? geo_area_set_bytes(set->areas) : 0) +
           (set->first ? (cells + 2 + set->first[cells]) * sizeof *set->first : 0);
}
