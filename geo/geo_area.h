/* Which area covers this point? An immutable index of polygons that answers exactly.
 *
 * Exactly means: as if the polygons were compared with the point in unlimited precision, in the
 * plane of longitude and latitude (PostGIS's ST_Covers on geometry). Edges and corners belong to
 * their area, so on a common border both neighbours cover the point, and the one with the lower
 * number is told. A polygon whose rings overlap or cross (invalid in OGC's eyes) covers what an odd
 * number of its rings enclose, and its edges; an area of several polygons covers what any of them
 * covers.
 *
 * Method: a grid over the set's box. A cell that no edge touches holds its answer at once; a cell
 * with edges keeps, for each polygon, just the edges that touch it and whether the cell's own
 * corner is inside, and is split 4 x 4 again while it holds many. Deciding a point is then
 * counting, with exact signs (geo_predicate.h), how often the way from the point to that corner
 * crosses an edge. The time does not depend on how many areas there are, nor on how many vertices
 * they have.
 *
 * A set never changes once created: any number of threads may ask it without a lock. It owns all it
 * needs; the sources may be freed after creation. */
#ifndef GEO_AREA_H
#define GEO_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/err.h"

/* One area: a polygon or multipolygon as geo_wkb.h reads it. Borrowed. */
struct geo_area_source {
    const unsigned char *wkb;
    size_t wkb_size; /* bytes */
};

struct geo_area_set;

/* The place in `sources` is the area's number, so sources come sorted by code: "lowest number" then
 * means "smallest code". An empty polygon is an area that covers nothing; n may be 0. Broken
 * geometry is STATUS_INVALID with the area's number and what is wrong. Memory follows the number of
 * vertices whatever their shape: some 45 bytes each for a city's wards. The build takes about a
 * microsecond for each. */
enum status geo_area_set_create(const struct geo_area_source *sources, size_t n,
                                struct geo_area_set **out, struct err *e) MUST_CHECK;
void geo_area_set_destroy(struct geo_area_set *set); /* NULL is fine */

/* The lowest number among the areas that cover the point; -1 when none does, or for NaN. */
int32_t geo_area_at(const struct geo_area_set *set, struct geo_point point);

/* All areas that cover the point, ascending, the first `max` of them into `out` (may be NULL when
 * max is 0). Returns how many there are, which may be more than max. */
size_t geo_area_all_at(const struct geo_area_set *set, struct geo_point point, int32_t *out,
                       size_t max);

struct geo_area_near {
    int32_t area;
    double metres; /* to the area's nearest point; 0 when it covers the point */
};

/* The areas within radius_m of the point, nearest first (equals: lower number first), the first
 * `max` of them. Returns how many were written. Metres as in geo_distance.h. The time grows with
 * the edges within the radius: for the tens or hundreds of metres around a reading, not for whole
 * regions. */
size_t geo_area_near(const struct geo_area_set *set, struct geo_point point, double radius_m,
                     struct geo_area_near *out, size_t max);

/* True if the whole box surely lies in one area (the lowest number of those that cover it, in *out)
 * or outside of all (-1). False where an edge may run through: the points are to be asked one by
 * one. Cheap; for counting many points at once. */
bool geo_area_at_box(const struct geo_area_set *set, struct geo_box box, int32_t *out);

size_t geo_area_count(const struct geo_area_set *set);
size_t geo_area_set_bytes(const struct geo_area_set *set);                /* of memory, all told */
struct geo_box geo_area_set_box(const struct geo_area_set *set);          /* empty if no area is */
struct geo_box geo_area_box(const struct geo_area_set *set, size_t area); /* empty if the area is */

/* A point surely inside (not on an edge): somewhere in the middle of the largest polygon, for a
 * label or a stand-in for "somewhere in this ward". False if the area has no interior. */
bool geo_area_interior_point(const struct geo_area_set *set, size_t area, struct geo_point *out);

#endif
