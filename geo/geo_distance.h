/* Metres on the WGS 84 ellipsoid, for places near each other.
 *
 * The ellipsoid is taken as flat around the middle latitude of the two places, with its two radii
 * of curvature there. Against the geodesic (measured by the unit test, latitudes 0 to 60) the
 * distance is off by less than 1e-8 of itself up to 1 km, 2e-6 up to 20 km and 2e-4 up to 200 km:
 * well under a millimetre where a boundary street matters. Not for continents, and within 1 degree
 * of a pole east-west distances lose meaning. Longitudes may lie on either side of the 180th
 * meridian.
 *
 * Pure functions, safe from any thread; NaN in, NaN out. */
#ifndef GEO_DISTANCE_H
#define GEO_DISTANCE_H

#include "geo/geo_types.h"

/* How many metres a degree is long here: along the parallel (lon) and along the meridian (lat). */
struct geo_degree {
    double lon, lat;
};

struct geo_degree geo_metres_per_degree(double latitude);

double geo_distance_m(struct geo_point a, struct geo_point b);

/* From p to the nearest point of the segment from a to b (0 when p lies on it). The nearest point
 * is looked for in the flat plane of p's latitude; a segment many kilometres long is taken as
 * straight in degrees, as everywhere in geo/. */
double geo_distance_to_segment_m(struct geo_point p, struct geo_point a, struct geo_point b);

/* The box that surely holds everything within `metres` of p (the poles and the 180th meridian cut
 * it off). */
struct geo_box geo_box_around(struct geo_point p, double metres);

#endif
