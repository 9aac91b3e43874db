/* Making a geo_area_set: read the polygons, choose the grid, hand each cell its edges.
 *
 * The box is halved again and again (along its longer side) down to single cells, each half taking
 * over the edges that touch it, so an edge is looked at once per halving and a region without edges
 * is painted at once. Whether a polygon holds a region's corner follows from the corner of the
 * region it was cut from, by the edges crossed on the way. */
#include "geo/geo_area_index.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "server/base/str.h"

#define GRID_BITS_MAX       22U /* 4 M cells, 16 MiB */
#define GRID_CELLS_PER_EDGE 1.0
#define GRID_EDGE_COPIES    4.0  /* an edge lies in so many cells of the grid on average, at most */
#define NODE_EDGE_COPIES    6.0  /* and so many times that many in all cells below */
#define LEAF_EDGES          8U   /* a cell with more is split */
#define LEAST_WIDTH         1e-6 /* degrees: a set of one point needs a lattice too */

struct build {
    struct geo_area_set *set;
    double pad; /* degrees; see geo_area_index.h */
    /* The edge lists of the regions being halved, in the form of a leaf's entries; the innermost
     * region's list is last. Owned. */
    uint32_t *stack;
    size_t n_stack, cap_stack;
    size_t cap_nodes, cap_words;
    struct err *e;
};

struct region {
    uint32_t lon, lat;           /* lattice numbers of its south-west */
    unsigned bits_lon, bits_lat; /* log2 of its sides in lattice steps */
    struct geo_box box;          /* padded */
    size_t first, end;           /* its list on the stack */
    size_t n_edges;
    double growth; /* how many times more copies of its edges its cells may still make */
};

/* Cells in the making: the grid, or one node. */
struct block {
    uint32_t *cells;
    unsigned row_bits;  /* log2 of the cells in a row */
    unsigned cell_bits; /* log2 of a cell's side in lattice steps */
    uint32_t lon, lat;  /* lattice numbers of its south-west */
};

static enum status out_of_memory(const struct build *b, const char *what)
{
    return err_set(b->e, STATUS_NO_MEMORY, "no memory for the %s of %zu areas", what,
                   b->set->n_areas);
}

static struct geo_point corner_of(const struct geo_box *box)
{
    return (struct geo_point){box->east, box->north};
}

static enum status push(struct build *b, uint32_t word)
{
    if (b->n_stack == b->cap_stack) {
        uint32_t *grown = array_grow(b->stack, &b->cap_stack, b->n_stack + 1, sizeof *b->stack);
        if (!grown) {
            return out_of_memory(b, "edges");
        }
        b->stack = grown;
    }
    b->stack[b->n_stack++] = word;
    return STATUS_OK;
}

static void set_box(const struct build *b, struct region *r)
{
    const struct geo_area_set *set = b->set;
    double lon = (double)r->lon;
    double lat = (double)r->lat;
    r->box.west = set->box.west + lon / set->steps_lon - b->pad;
    r->box.south = set->box.south + lat / set->steps_lat - b->pad;
    r->box.east = set->box.west + (lon + ldexp(1, (int)r->bits_lon)) / set->steps_lon + b->pad;
    r->box.north = set->box.south + (lat + ldexp(1, (int)r->bits_lat)) / set->steps_lat + b->pad;
}

/* Does an edge that touches a region touch the half too? Most edges lie on one side of the cut and
 * need no geometry. */
static bool half_touches(struct geo_point a, struct geo_point b, const struct geo_box *half,
                         bool by_lon)
{
    double lo = by_lon ? a.lon : a.lat;
    double hi = by_lon ? b.lon : b.lat;
    if (lo > hi) {
        double swap = lo;
        lo = hi;
        hi = swap;
    }
    double from = by_lon ? half->west : half->south;
    double to = by_lon ? half->east : half->north;
    if (hi < from || lo > to) {
        return false;
    }
    return (lo >= from && hi <= to) || geo_segment_meets_box(a, b, half);
}

/* Pushes the pieces of one run that touch the half. */
static enum status push_run(struct build *b, const uint32_t run[2], struct region *half,
                            bool by_lon)
{
    const struct geo_point *v = b->set->vertices;
    uint32_t first = run[0];
    uint32_t end = run[0] + run[1];
    enum status st = STATUS_OK;
    for (uint32_t i = first; i <= end && st == STATUS_OK; i++) {
        if (i < end && half_touches(v[i], v[i + 1], &half->box, by_lon)) {
            continue;
        }
        if (i > first) {
            st = push(b, first);
            st = st == STATUS_OK ? push(b, i - first) : st;
            half->n_edges += i - first;
        }
        first = i + 1;
    }
    return st;
}

/* Pushes the half's share of one entry of its parent's list. Entries are named by where they are on
 * the stack, for pushing may move it. */
static enum status push_entry(struct build *b, size_t entry, const struct region *parent,
                              struct region *half, bool by_lon)
{
    struct geo_point from = corner_of(&half->box);
    struct geo_point to = corner_of(&parent->box);
    uint32_t part = b->stack[entry];
    if (from.lon != to.lon || from.lat != to.lat) {
        part ^= area_entry_cross(b->set->vertices, b->stack + entry, from, to) & AREA_ODD;
    }
    size_t start = b->n_stack;
    enum status st = push(b, part);
    st = st == STATUS_OK ? push(b, 0) : st;
    uint32_t runs = b->stack[entry + 1];
    for (uint32_t i = 0; i < runs && st == STATUS_OK; i++) {
        const uint32_t run[2] = {b->stack[entry + 2 + 2 * i], b->stack[entry + 3 + 2 * i]};
        st = push_run(b, run, half, by_lon);
    }
    if (st != STATUS_OK) {
        return st;
    }
    uint32_t kept = (uint32_t)((b->n_stack - start - 2) / 2);
    b->stack[start + 1] = kept;
    if (kept == 0 && (part & 1U) == 0) {
        b->n_stack = start; /* neither touches nor covers */
    }
    return STATUS_OK;
}

static enum status halve(struct build *b, const struct region *r, bool by_lon, unsigned upper,
                         struct region *half)
{
    *half = *r;
    if (by_lon) {
        half->bits_lon--;
        half->lon += upper << half->bits_lon;
    } else {
        half->bits_lat--;
        half->lat += upper << half->bits_lat;
    }
    set_box(b, half);
    half->first = b->n_stack;
    half->n_edges = 0;
    enum status st = STATUS_OK;
    for (size_t at = r->first; at < r->end && st == STATUS_OK;) {
        size_t next = at + 2 + 2 * (size_t)b->stack[at + 1];
        st = push_entry(b, at, r, half, by_lon);
        at = next;
    }
    half->end = b->n_stack;
    return st;
}

static enum status make_leaf(struct build *b, const struct region *r, uint32_t *cell)
{
    struct geo_area_set *set = b->set;
    size_t start = set->n_words;
    size_t need = start + AREA_LEAF_HEAD + (r->end - r->first);
    uint32_t *grown = NULL;
    if (need <= AREA_VALUE_MAX) {
        grown = array_grow(set->words, &b->cap_words, need, sizeof *set->words);
    }
    if (!grown) {
        return out_of_memory(b, "cells");
    }
    set->words = grown;
    struct geo_point corner = corner_of(&r->box);
    memcpy(grown + start, &corner, sizeof corner);
    uint32_t entries = 0;
    for (size_t at = r->first; at < r->end; at += 2 + 2 * (size_t)b->stack[at + 1]) {
        entries++;
    }
    grown[start + AREA_LEAF_HEAD - 1] = entries;
    memcpy(grown + start + AREA_LEAF_HEAD, b->stack + r->first,
           (r->end - r->first) * sizeof *grown);
    set->n_words = need;
    *cell = AREA_TAG_LEAF | (uint32_t)start;
    return STATUS_OK;
}

/* A region without edges: one answer for all of it. */
static enum status make_whole(struct build *b, const struct region *r, uint32_t *cell)
{
    *cell = AREA_TAG_WHOLE;
    for (size_t at = r->first; at < r->end; at += 2) { /* no entry has runs */
        uint32_t area = b->set->part_area[b->stack[at] >> 1];
        if (*cell != AREA_TAG_WHOLE && *cell != area + 1) {
            return make_leaf(b, r, cell);
        }
        *cell = area + 1;
    }
    return STATUS_OK;
}

static void paint(const struct block *block, const struct region *r, uint32_t cell)
{
    uint32_t column = (r->lon - block->lon) >> block->cell_bits;
    uint32_t row = (r->lat - block->lat) >> block->cell_bits;
    uint32_t columns = 1U << (r->bits_lon - block->cell_bits);
    uint32_t rows = 1U << (r->bits_lat - block->cell_bits);
    for (uint32_t y = row; y < row + rows; y++) {
        for (uint32_t x = column; x < column + columns; x++) {
            block->cells[((size_t)y << block->row_bits) + x] = cell;
        }
    }
}

/* How many copies of its edges the region's 4 x 4 cells would hold, per edge. */
static double node_copies(const struct build *b, const struct region *r)
{
    const struct geo_point *v = b->set->vertices;
    double width = r->box.east - r->box.west;
    double height = r->box.north - r->box.south;
    double cuts = 0;
    for (size_t at = r->first; at < r->end; at += 2 + 2 * (size_t)b->stack[at + 1]) {
        for (uint32_t i = 0; i < b->stack[at + 1]; i++) {
            const uint32_t *run = b->stack + at + 2 + 2 * (size_t)i;
            for (uint32_t k = run[0]; k < run[0] + run[1]; k++) {
                double lon = fabs(v[k + 1].lon - v[k].lon);
                double lat = fabs(v[k + 1].lat - v[k].lat);
                cuts += (lon < width ? lon / width : 1) + (lat < height ? lat / height : 1);
            }
        }
    }
    return 1 + (1 << AREA_NODE_BITS) * cuts / (double)r->n_edges;
}

/* NOLINTNEXTLINE(misc-no-recursion): see fill */
static enum status make_cell(struct build *b, struct region *r, unsigned cell_bits, uint32_t *cell);

/* Fills the cells of the block that the region spans. */
/* NOLINTNEXTLINE(misc-no-recursion): at most GRID_BITS_MAX + 2 * AREA_CELL_BITS halvings deep */
static enum status fill(struct build *b, const struct block *block, struct region *r)
{
    uint32_t cell = AREA_TAG_WHOLE;
    enum status st;
    bool single = r->bits_lon == block->cell_bits && r->bits_lat == block->cell_bits;
    if (r->n_edges == 0 || single) {
        st = r->n_edges == 0 ? make_whole(b, r, &cell) : make_cell(b, r, block->cell_bits, &cell);
        paint(block, r, cell);
        return st;
    }
    bool by_lon = r->bits_lat == block->cell_bits ||
                  (r->bits_lon > block->cell_bits && r->bits_lon >= r->bits_lat);
    st = STATUS_OK;
    for (unsigned upper = 0; upper < 2 && st == STATUS_OK; upper++) {
        size_t mark = b->n_stack;
        struct region half;
        st = halve(b, r, by_lon, upper, &half);
        st = st == STATUS_OK ? fill(b, block, &half) : st;
        b->n_stack = mark;
    }
    return st;
}

/* NOLINTNEXTLINE(misc-no-recursion): see fill */
static enum status make_node(struct build *b, struct region *r, unsigned cell_bits, uint32_t *cell)
{
    struct geo_area_set *set = b->set;
    uint32_t cells[AREA_NODE_CELLS] = {0};
    struct block block = {cells, AREA_NODE_BITS, cell_bits - AREA_NODE_BITS, r->lon, r->lat};
    enum status st = fill(b, &block, r);
    if (st != STATUS_OK) {
        return st;
    }
    uint32_t(*grown)[AREA_NODE_CELLS] = NULL;
    if (set->n_nodes < AREA_VALUE_MAX) {
        grown = array_grow(set->nodes, &b->cap_nodes, set->n_nodes + 1, sizeof *set->nodes);
    }
    if (!grown) {
        return out_of_memory(b, "nodes");
    }
    set->nodes = grown;
    memcpy(grown[set->n_nodes], cells, sizeof cells);
    *cell = AREA_TAG_NODE | (uint32_t)set->n_nodes++;
    return STATUS_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): see fill */
static enum status make_cell(struct build *b, struct region *r, unsigned cell_bits, uint32_t *cell)
{
    if (cell_bits < AREA_NODE_BITS || r->n_edges <= LEAF_EDGES) {
        return make_leaf(b, r, cell);
    }
    /* Edges that run side by side through the whole cell don't part by splitting it: each split
     * must be worth its copies, or memory would follow the shape of the data instead of its size.
     */
    double growth = r->growth / node_copies(b, r);
    if (growth < 1) {
        return make_leaf(b, r, cell);
    }
    r->growth = growth;
    return make_node(b, r, cell_bits, cell);
}

static enum status push_root(struct build *b, const struct geo_shape *shape, struct region *root)
{
    enum status st = STATUS_OK;
    for (size_t i = 0; i < shape->n_polygons && st == STATUS_OK; i++) {
        const struct geo_polygon *polygon = &shape->polygons[i];
        st = push(b, (uint32_t)i << 1);
        st = st == STATUS_OK ? push(b, (uint32_t)polygon->count) : st;
        for (size_t k = 0; k < polygon->count && st == STATUS_OK; k++) {
            const struct geo_ring *ring = &shape->rings[polygon->first + k];
            st = push(b, (uint32_t)ring->first);
            st = st == STATUS_OK ? push(b, (uint32_t)(ring->count - 1)) : st;
            root->n_edges += ring->count - 1;
        }
    }
    root->end = b->n_stack;
    return st;
}

/* Doubles the grid along whichever side of a cell is longer, as long as that doesn't tear the edges
 * into too many pieces: as fine as the data is, and no finer. */
static void choose_grid(struct geo_area_set *set, const struct geo_shape *shape)
{
    double lon_run = 0;
    double lat_run = 0;
    double edges = 0;
    for (size_t i = 0; i < shape->n_rings; i++) {
        const struct geo_point *v = shape->points + shape->rings[i].first;
        for (size_t k = 1; k < shape->rings[i].count; k++) {
            lon_run += fabs(v[k].lon - v[k - 1].lon);
            lat_run += fabs(v[k].lat - v[k - 1].lat);
        }
        edges += (double)(shape->rings[i].count - 1);
    }
    double cell_lon = fmax(set->box.east - set->box.west, LEAST_WIDTH);
    double cell_lat = fmax(set->box.north - set->box.south, LEAST_WIDTH);
    double most_cells = fmin(edges * GRID_CELLS_PER_EDGE, ldexp(1, GRID_BITS_MAX));
    double most_copies = edges * GRID_EDGE_COPIES;
    while (ldexp(1, (int)(set->bits_lon + set->bits_lat + 1)) <= most_cells) {
        bool lon_fits = edges + 2 * lon_run / cell_lon + lat_run / cell_lat <= most_copies;
        bool lat_fits = edges + lon_run / cell_lon + 2 * lat_run / cell_lat <= most_copies;
        if (!lon_fits && !lat_fits) {
            break;
        }
        if (lon_fits && (cell_lon >= cell_lat || !lat_fits)) {
            set->bits_lon++;
            cell_lon /= 2;
        } else {
            set->bits_lat++;
            cell_lat /= 2;
        }
    }
}

static void place_lattice(struct build *b)
{
    struct geo_area_set *set = b->set;
    const struct geo_box *box = &set->box;
    double width = fmax(box->east - box->west, LEAST_WIDTH);
    double height = fmax(box->north - box->south, LEAST_WIDTH);
    unsigned bits_lon = set->bits_lon + AREA_CELL_BITS;
    unsigned bits_lat = set->bits_lat + AREA_CELL_BITS;
    set->steps_lon = ldexp(1, (int)bits_lon) / width;
    set->steps_lat = ldexp(1, (int)bits_lat) / height;
    set->last_lon = (uint32_t)((1ULL << bits_lon) - 1);
    set->last_lat = (uint32_t)((1ULL << bits_lat) - 1);
    double reach =
        fmax(fmax(fabs(box->west), fabs(box->east)), fmax(fabs(box->south), fabs(box->north)));
    b->pad = 8 * DBL_EPSILON * (reach + width + height);
}

static enum status build_index(struct build *b, const struct geo_shape *shape)
{
    struct geo_area_set *set = b->set;
    choose_grid(set, shape);
    place_lattice(b);
    uint32_t *grid = calloc((size_t)1 << (set->bits_lon + set->bits_lat), sizeof *grid);
    if (!grid) {
        return out_of_memory(b, "grid");
    }
    set->grid = grid;
    struct block block = {grid, set->bits_lon, AREA_CELL_BITS, 0, 0};
    struct region root = {
        .bits_lon = set->bits_lon + AREA_CELL_BITS,
        .bits_lat = set->bits_lat + AREA_CELL_BITS,
        .growth = NODE_EDGE_COPIES,
    };
    set_box(b, &root);
    enum status st = push_root(b, shape, &root);
    return st == STATUS_OK ? fill(b, &block, &root) : st;
}

static void box_add(struct geo_box *box, struct geo_point p)
{
    box->west = p.lon < box->west ? p.lon : box->west;
    box->south = p.lat < box->south ? p.lat : box->south;
    box->east = p.lon > box->east ? p.lon : box->east;
    box->north = p.lat > box->north ? p.lat : box->north;
}

/* Reads the sources into the shape, and notes each polygon's area. */
static enum status read_sources(struct build *b, const struct geo_area_source *sources,
                                struct geo_shape *shape)
{
    struct geo_area_set *set = b->set;
    const struct geo_box empty = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    size_t cap_parts = 0;
    set->box = empty;
    for (size_t i = 0; i < set->n_areas; i++) {
        size_t point = shape->n_points;
        size_t part = shape->n_polygons;
        enum status st = geo_wkb_read(sources[i].wkb, sources[i].wkb_size, shape, b->e);
        if (st != STATUS_OK) {
            err_wrap(b->e, "area %zu", i);
            return st;
        }
        set->boxes[i] = empty;
        set->interior[i] = (struct geo_point){(double)NAN, (double)NAN};
        for (; point < shape->n_points; point++) {
            box_add(&set->boxes[i], shape->points[point]);
            box_add(&set->box, shape->points[point]);
        }
        uint32_t *grown =
            array_grow(set->part_area, &cap_parts, shape->n_polygons + 1, sizeof *set->part_area);
        if (!grown) {
            return out_of_memory(b, "parts");
        }
        set->part_area = grown;
        for (; part < shape->n_polygons; part++) {
            set->part_area[part] = (uint32_t)i;
        }
    }
    set->n_parts = shape->n_polygons;
    return STATUS_OK;
}

/* Gives back what an array was grown too much; keeps it where realloc would rather not. */
static void *trim(void *array, size_t n, size_t size)
{
    void *trimmed = n > 0 ? realloc(array, n * size) : NULL;
    return trimmed ? trimmed : array;
}

static enum status build_set(struct build *b, const struct geo_area_source *sources,
                             struct geo_shape *shape)
{
    struct geo_area_set *set = b->set;
    set->boxes = calloc(set->n_areas + 1, sizeof *set->boxes);
    set->interior = calloc(set->n_areas + 1, sizeof *set->interior);
    if (!set->boxes || !set->interior) {
        return out_of_memory(b, "boxes");
    }
    enum status st = read_sources(b, sources, shape);
    if (st != STATUS_OK || shape->n_points == 0) {
        return st; /* a set without points needs no grid: its box holds no point to ask for */
    }
    st = geo_area_find_interiors(set, shape, b->e);
    if (st != STATUS_OK) {
        return st;
    }
    set->n_vertices = shape->n_points;
    set->vertices = trim(shape->points, shape->n_points, sizeof *shape->points);
    shape->points = set->vertices; /* lent: the shape gives it up below */
    st = build_index(b, shape);
    shape->points = NULL;
    if (st == STATUS_OK) {
        set->nodes = trim(set->nodes, set->n_nodes, sizeof *set->nodes);
        set->words = trim(set->words, set->n_words, sizeof *set->words);
    }
    return st;
}

enum status geo_area_set_create(const struct geo_area_source *sources, size_t n,
                                struct geo_area_set **out, struct err *e)
{
    if (n >= INT32_MAX / 2) {
        return err_set(e, STATUS_INVALID, "%zu areas are more than a set can number", n);
    }
    struct geo_area_set *set = calloc(1, sizeof *set);
    if (!set) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a set of %zu areas", n);
    }
    set->n_areas = n;
    struct build b = {.set = set, .e = e};
    struct geo_shape shape;
    geo_shape_init(&shape);
    enum status st = build_set(&b, sources, &shape);
    geo_shape_clear(&shape);
    free(b.stack);
    if (st != STATUS_OK) {
        geo_area_set_destroy(set);
        return st;
    }
    *out = set;
    return STATUS_OK;
}
