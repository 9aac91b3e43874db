/* Polygons out of well-known binary, as PostGIS (ST_AsBinary, ST_AsEWKB) and GEOS write it.
 *
 * Read are Polygon and MultiPolygon, in either byte order, with or without Z and M (ISO numbers or
 * EWKB flags; both values are skipped), with or without an SRID (which must then be 0 or 4326).
 * Everything else is refused with a text that says where: other types, counts that the bytes can't
 * hold, bytes left over, coordinates that are not finite degrees, rings of fewer than four points,
 * rings that aren't closed. That a ring doesn't cross itself is not checked: it needs the whole.
 *
 * The input is never trusted: memory grows by what was read, not by what a count claims. */
#ifndef GEO_WKB_H
#define GEO_WKB_H

#include <stddef.h>

#include "geo/geo_types.h"
#include "server/base/err.h"

/* A closed ring: points[first] equals points[first + count - 1]. */
struct geo_ring {
    size_t first, count; /* count >= 4 */
};

/* An outer ring followed by its holes. */
struct geo_polygon {
    size_t first, count; /* of rings; 0 in POLYGON EMPTY */
};

/* Polygons one after another, each array owned by the shape. */
struct geo_shape {
    struct geo_point *points;
    size_t n_points, cap_points;
    struct geo_ring *rings;
    size_t n_rings, cap_rings;
    struct geo_polygon *polygons;
    size_t n_polygons, cap_polygons;
};

void geo_shape_init(struct geo_shape *shape);
void geo_shape_clear(struct geo_shape *shape); /* frees; as after init */

/* Appends the polygons of one geometry. STATUS_INVALID for anything refused, STATUS_NO_MEMORY; on
 * failure the shape holds what it held before. Points are at most 2^31 in one shape. */
enum status geo_wkb_read(const unsigned char *wkb, size_t size, struct geo_shape *shape,
                         struct err *e) MUST_CHECK;

#endif
