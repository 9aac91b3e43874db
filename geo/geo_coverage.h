/* Neighbouring polygons that are drawn simpler without coming apart.
 *
 * A coverage is a set of areas (wards, districts) that border on each other. Their rings are cut at
 * the points where three of them meet into arcs; a common border is one arc that both neighbours
 * point at, so whatever becomes of it they stay neighbours: no gap, no overlap. Official data has
 * borders that are not quite common (a vertex that only one side has, two vertices centimetres
 * apart), so vertices nearer than `snap_m` become one, and a vertex that near to another's edge is
 * put into it.
 *
 * A level is the coverage for one zoom. Each arc is simplified once, by the area that leaving out
 * a vertex changes (M. Visvalingam, J. Whyatt, "Line generalisation by repeated elimination of
 * points", 1993), with its ends fixed. Where that would make lines cross or a ring fold up, the
 * arcs concerned keep more vertices until it doesn't; where the source itself crosses, so does the
 * level.
 *
 * Coordinates are whole numbers on the Mercator square, 2^31 to its side: 2 cm. Both are immutable
 * once made: any number of threads may read them. */
#ifndef GEO_COVERAGE_H
#define GEO_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_area.h"
#include "geo/geo_clip.h"
#include "geo/geo_mvt.h"
#include "geo/geo_tile.h"

#define GEO_COVERAGE_SNAP_M    0.5
#define GEO_COVERAGE_FULL_ZOOM 15 /* from here on levels have every vertex */

struct geo_coverage;
struct geo_coverage_level;

struct geo_coverage_point {
    int32_t x, y;
};

/* Closed without repeating its first point. */
struct geo_coverage_ring {
    size_t first, count; /* of the level's points */
    bool hole;
};

struct geo_coverage_facts {
    size_t points;   /* different ones */
    size_t arcs;     /* different ones */
    size_t shared;   /* arcs with an area on both sides */
    size_t snapped;  /* vertices that became another one */
    size_t inserted; /* vertices put into a neighbour's edge */
    size_t lost;     /* rings of which nothing is left at that precision */
};

/* Sources as for geo_area_set_create. STATUS_INVALID for broken geometry. */
enum status geo_coverage_create(const struct geo_area_source *sources, size_t n, double snap_m,
                                struct geo_coverage **out, struct err *e) MUST_CHECK;
void geo_coverage_destroy(struct geo_coverage *c); /* NULL is fine */
struct geo_coverage_facts geo_coverage_facts(const struct geo_coverage *c);

/* Free with geo_coverage_level_destroy; the coverage may be gone by then. */
enum status geo_coverage_level_create(const struct geo_coverage *c, uint32_t zoom,
                                      struct geo_coverage_level **out, struct err *e) MUST_CHECK;
void geo_coverage_level_destroy(struct geo_coverage_level *level); /* NULL is fine */

size_t geo_coverage_level_count(const struct geo_coverage_level *level); /* of areas */
/* Rings of an area: each outer one before its holes. Borrowed. */
const struct geo_coverage_ring *geo_coverage_level_rings(const struct geo_coverage_level *level,
                                                         size_t area, size_t *n);
const struct geo_coverage_point *geo_coverage_level_points(const struct geo_coverage_level *level);

/* A tile being drawn, and what that needs between areas; then geo_coverage_pen_free. */
struct geo_coverage_pen {
    struct geo_tile tile;
    int buffer; /* around it, in 4096ths of its side */
    /* Zeroed is fine. */
    struct geo_clip clip;
    struct geo_xy *points;
    struct geo_mvt_point *cells;
    size_t cap_points, cap_cells;
};
void geo_coverage_pen_free(struct geo_coverage_pen *pen);

/* True if the area's box reaches into the tile and its buffer. */
bool geo_coverage_touches(const struct geo_coverage_level *level, size_t area,
                          const struct geo_coverage_pen *pen);
/* Adds the area's rings, clipped, to the polygon feature that was begun. Vertices are rounded one
 * by one, so neighbours' common vertices are common in the tile. */
enum status geo_coverage_draw(const struct geo_coverage_level *level, size_t area,
                              struct geo_coverage_pen *pen, struct geo_mvt *mvt,
                              struct err *e) MUST_CHECK;

#endif
