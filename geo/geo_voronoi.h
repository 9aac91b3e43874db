/* Voronoi cells of centres, clipped to an outline: approximate boundaries where the official ones
 * are not at hand. Whatever is made from them must say that it is approximate.
 *
 * A cell is the part of the outline that lies nearer to its centre than to any other, in plain
 * degrees (near the equator the error of that is far below the roughness of the method). Cells
 * share their edges vertex by vertex, so that they neither overlap nor leave gaps even after their
 * coordinates are rounded to GEO_VORONOI_GRID. GEOS does the geometry, through a context of the
 * object's own: one thread at a time may use it. */
#ifndef GEO_GEO_VORONOI_H
#define GEO_GEO_VORONOI_H

#include <stddef.h>

#include "geo/geo_types.h"
#include "server/base/err.h"
#include "server/base/str.h"

#define GEO_VORONOI_GRID 1e-6 /* degrees, about 0.1 m */

/* One ring of the outline: a simple polygon's corners in either direction, the first one not
 * repeated at the end. */
struct geo_voronoi_ring {
    const struct geo_point *points;
    size_t n; /* at least 3 */
};

struct geo_voronoi;

/* The outline is one or more rings that do not overlap. STATUS_INVALID: fewer than two centres, two
 * equal centres, a centre outside the outline (the text says its number), a ring that is no
 * polygon. Free with geo_voronoi_destroy; the input may go afterwards. */
enum status geo_voronoi_create(const struct geo_point *centres, size_t n_centres,
                               const struct geo_voronoi_ring *rings, size_t n_rings,
                               struct geo_voronoi **out, struct err *e) MUST_CHECK;
void geo_voronoi_destroy(struct geo_voronoi *v); /* NULL is fine */

/* Appends the union of the cells of those centres (numbers in the order given to create, at least
 * one) as a GeoJSON geometry, always a MultiPolygon. */
enum status geo_voronoi_geojson(struct geo_voronoi *v, const size_t *cells, size_t n_cells,
                                struct strbuf *out, struct err *e) MUST_CHECK;

#endif
