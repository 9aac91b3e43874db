/* The inside of a geo_area_set, shared by geo_area.c (asks), geo_area_build.c (makes) and nobody
 * else.
 *
 * Points are placed on a lattice of whole numbers over the set's box; the grid's cells, and the
 * cells of the 4 x 4 nodes below them, are squares of that lattice. Rounding moves no point past a
 * neighbour, so every point has exactly one cell; a cell's box in degrees is widened by `pad`,
 * which is more than that rounding can amount to, and so surely holds all of the cell's points.
 *
 * A leaf is a row of words:
 *     corner's longitude (2 words), latitude (2 words): the box's north-east corner
 *     number of entries
 *     entries, ascending by part: part << 1 | whether it holds the corner, number of runs,
 *         and per run: first vertex, number of edges (edge k goes from vertex k to k + 1) */
#ifndef GEO_AREA_INDEX_H
#define GEO_AREA_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "geo/geo_area.h"
#include "geo/geo_predicate.h"
#include "geo/geo_types.h"
#include "geo/geo_wkb.h"

#define AREA_NODE_BITS  2 /* a node splits its cell by 4 along each axis */
#define AREA_NODE_CELLS 16
#define AREA_DEPTH_MAX  5                                 /* nodes below a cell of the grid */
#define AREA_CELL_BITS  (AREA_NODE_BITS * AREA_DEPTH_MAX) /* lattice steps in a grid cell, log2 */

/* A cell: the two upper bits say what the others are. */
#define AREA_TAG_MASK  0xC0000000U
#define AREA_TAG_WHOLE 0U          /* 1 + the one area that covers the whole cell; 0: none */
#define AREA_TAG_NODE  0x40000000U /* number of a node */
#define AREA_TAG_LEAF  0x80000000U /* where the leaf starts among the words */
#define AREA_VALUE_MAX 0x3fffffffU

#define AREA_LEAF_HEAD 5 /* words before a leaf's entries */

struct geo_area_set {
    size_t n_areas;
    struct geo_box box;         /* of all areas */
    struct geo_box *boxes;      /* owned, per area */
    struct geo_point *interior; /* owned, per area; NaN where there is none */

    struct geo_point *vertices; /* owned; rings one after another, each closed */
    size_t n_vertices;
    uint32_t *part_area; /* owned: the area of each polygon */
    size_t n_parts;

    double steps_lon, steps_lat;        /* lattice steps per degree */
    uint32_t last_lon, last_lat;        /* the highest lattice numbers */
    unsigned bits_lon, bits_lat;        /* the grid has 2^bits cells along each axis */
    uint32_t *grid;                     /* owned, south-west first, row by row */
    uint32_t (*nodes)[AREA_NODE_CELLS]; /* owned */
    size_t n_nodes;
    uint32_t *words; /* owned: the leaves */
    size_t n_words;
};

/* Number on the lattice, clamped to the box. Never falls as `degrees` rises. Not for NaN. */
static inline uint32_t area_lattice(double degrees, double origin, double steps, uint32_t last)
{
    double at = (degrees - origin) * steps;
    return at >= (double)last ? last : at > 0 ? (uint32_t)at : 0;
}

static inline struct geo_point area_leaf_corner(const uint32_t *leaf)
{
    struct geo_point corner;
    memcpy(&corner, leaf, sizeof corner);
    return corner;
}

/* The side of a-b on which q lies if q is moved by an infinitesimal to the north and,
 * infinitesimally less than that, to the east: never 0. Taking every point of a way so moved makes
 * it miss every vertex, and makes "lat > q.lat" and "lon > q.lon" the right questions about the
 * vertices. */
static inline int area_side(struct geo_point a, struct geo_point b, struct geo_point q)
{
    int side = geo_orient(a, b, q);
    if (side != 0) {
        return side;
    }
    if (b.lon != a.lon) {
        return b.lon > a.lon ? 1 : -1;
    }
    return a.lat > b.lat ? 1 : -1;
}

#define AREA_ODD  1U /* an odd number of crossings */
#define AREA_EDGE 2U /* the point lies on one of the edges */

/* Edge a-b reaches over p's parallel: does it cross that between p and the corner's meridian? */
static inline unsigned area_cross_east(struct geo_point a, struct geo_point b, struct geo_point p,
                                       struct geo_point corner)
{
    double west = a.lon < b.lon ? a.lon : b.lon;
    double east = a.lon < b.lon ? b.lon : a.lon;
    if (east < p.lon || west > corner.lon) {
        return 0;
    }
    int west_side = b.lat > a.lat ? 1 : -1; /* of points far to the west */
    int near = west_side;
    unsigned on_edge = 0;
    if (west <= p.lon) {
        int exact = geo_orient(a, b, p);
        on_edge = exact == 0 ? AREA_EDGE : 0;
        near = exact != 0 ? exact : area_side(a, b, p);
    }
    int far = -west_side;
    if (east >= corner.lon) {
        far = area_side(a, b, (struct geo_point){corner.lon, p.lat});
    }
    return on_edge | (near != far ? AREA_ODD : 0);
}

/* Edge a-b reaches over the corner's meridian: does it cross that between p's parallel and the
 * corner? */
static inline unsigned area_cross_north(struct geo_point a, struct geo_point b, struct geo_point p,
                                        struct geo_point corner)
{
    double south = a.lat < b.lat ? a.lat : b.lat;
    double north = a.lat < b.lat ? b.lat : a.lat;
    if (north < p.lat || south > corner.lat) {
        return 0;
    }
    int near = b.lon > a.lon ? -1 : 1; /* of points far to the south */
    int far = -near;
    if (south <= p.lat) {
        near = area_side(a, b, (struct geo_point){corner.lon, p.lat});
    }
    if (north >= corner.lat) {
        far = area_side(a, b, corner);
    }
    return near != far ? AREA_ODD : 0;
}

/* Crossings of a run's edges with the way from p east to the corner's meridian, then north to the
 * corner, which lies nowhere west or south of p. AREA_ODD, AREA_EDGE or both. */
static inline unsigned area_run_cross(const struct geo_point *v, uint32_t edges, struct geo_point p,
                                      struct geo_point corner)
{
    unsigned found = 0;
    struct geo_point a = v[0];
    for (uint32_t i = 1; i <= edges; i++) {
        struct geo_point b = v[i];
        if ((a.lat > p.lat) != (b.lat > p.lat)) {
            unsigned cross = area_cross_east(a, b, p, corner);
            found = (found ^ (cross & AREA_ODD)) | (cross & AREA_EDGE);
        }
        if ((a.lon > corner.lon) != (b.lon > corner.lon)) {
            found ^= area_cross_north(a, b, p, corner);
        }
        /* A vertex, or an edge along the parallel, which the first question overlooks. */
        if (a.lat == p.lat &&
            (a.lon == p.lon || (b.lat == p.lat && (a.lon > p.lon) != (b.lon > p.lon)))) {
            found |= AREA_EDGE;
        }
        a = b;
    }
    return found;
}

/* The next entry's runs, or what is after the last. */
static inline const uint32_t *area_entry_next(const uint32_t *entry)
{
    return entry + 2 + 2 * (size_t)entry[1];
}

/* The same for all runs of an entry. */
static inline unsigned area_entry_cross(const struct geo_point *vertices, const uint32_t *entry,
                                        struct geo_point p, struct geo_point corner)
{
    unsigned found = 0;
    const uint32_t *run = entry + 2;
    for (uint32_t i = 0; i < entry[1]; i++, run += 2) {
        unsigned cross = area_run_cross(vertices + run[0], run[1], p, corner);
        found = (found ^ (cross & AREA_ODD)) | (cross & AREA_EDGE);
    }
    return found;
}

/* Fills set->interior (NaN before) from the shape that the set is made of. In geo_area_interior.c.
 */
enum status geo_area_find_interiors(struct geo_area_set *set, const struct geo_shape *shape,
                                    struct err *e) MUST_CHECK;

#endif
