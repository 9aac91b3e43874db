/* Which feature is nearest, and how far away in metres? An immutable index of points, lines and
 * polygons for one reach: "is there a main road within 15 m of here, and which?".
 *
 * Metres are those of geo_distance.h, on the ellipsoid; edges are straight in longitude and
 * latitude, as everywhere in geo/. A polygon that covers the point is 0 m away. Of features at the
 * same distance the one with the lowest number is told.
 *
 * Method: a grid over the features' box in which every cell lists the edges that come within the
 * reach of it, so that a question looks into one cell.
 *
 * A set never changes once created: any number of threads may ask it without a lock. It owns all it
 * needs. */
#ifndef GEO_NEAR_H
#define GEO_NEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"
#include "server/base/err.h"

#define GEO_NEAR_REACH_MAX_M 5000.0

/* Well-known binary of a (Multi)Point, (Multi)LineString or (Multi)Polygon in two dimensions, in
 * this machine's byte order, as ST_AsBinary gives it. Borrowed for the call. */
struct geo_near_source {
    const unsigned char *wkb;
    size_t wkb_size;
};

struct geo_near {
    int32_t feature; /* its place in the sources; -1 none within reach */
    double metres;   /* INFINITY where there is none */
};

struct geo_near_set;

/* reach_m from 0 (then only polygons that cover the point are found) to the maximum. STATUS_INVALID
 * names the feature by number and what is wrong with it. Free with geo_near_destroy. */
enum status geo_near_create(const struct geo_near_source *sources, size_t n, double reach_m,
                            struct geo_near_set **out, struct err *e) MUST_CHECK;
void geo_near_destroy(struct geo_near_set *set); /* NULL is fine */

/* The nearest feature for which `passes` is true (NULL: any). */
struct geo_near geo_near_find(const struct geo_near_set *set, struct geo_point point,
                              bool (*passes)(void *context, int32_t feature), void *context);

size_t geo_near_bytes(const struct geo_near_set *set);

#endif
