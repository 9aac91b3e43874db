/* On which side of a line does a point lie? Answered exactly, for every finite input.
 *
 * Coordinates are taken as the plane numbers they are: an edge is straight in longitude and
 * latitude, as in PostGIS's geometry type and GEOS. A rounded answer would put a point that lies on
 * a boundary street into the wrong ward, or into none; so the sign is computed in doubles only when
 * it is larger than the worst rounding error, and without any rounding otherwise.
 *
 * Method: the error bound is Shewchuk's ("Adaptive Precision Floating-Point Arithmetic and Fast
 * Robust Geometric Predicates", 1997, ccwerrboundA); the exact part is our own (see
 * geo_predicate.c). Pure functions, safe from any thread. Must not be compiled with -ffast-math. */
#ifndef GEO_PREDICATE_H
#define GEO_PREDICATE_H

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "geo/geo_types.h"

/* The exact sign; what geo_orient falls back to. */
int geo_orient_exact(struct geo_point a, struct geo_point b, struct geo_point p);

/* +1: p lies to the left of the line from a to b; -1: to the right; 0: on it (or a equals b). */
static inline int geo_orient(struct geo_point a, struct geo_point b, struct geo_point p)
{
    double left = (a.lon - p.lon) * (b.lat - p.lat);
    double right = (a.lat - p.lat) * (b.lon - p.lon);
    double det = left - right;
    /* The small constant covers products that underflow, which the relative bound knows nothing of.
     */
    double bound =
        (3.0 + 8.0 * DBL_EPSILON) * (DBL_EPSILON / 2) * (fabs(left) + fabs(right)) + 1e-300;
    if (det > bound) {
        return 1;
    }
    if (det < -bound) {
        return -1;
    }
    return geo_orient_exact(a, b, p);
}

/* True if p is a or b or lies between them, to the last bit. */
bool geo_on_segment(struct geo_point p, struct geo_point a, struct geo_point b);

/* True if the segment and the box (edges included) have a point in common. */
bool geo_segment_meets_box(struct geo_point a, struct geo_point b, const struct geo_box *box);

static inline bool geo_box_has(const struct geo_box *box, struct geo_point p)
{
    return p.lon >= box->west && p.lon <= box->east && p.lat >= box->south && p.lat <= box->north;
}

#endif
