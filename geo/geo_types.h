/* Plain values shared by the whole of geo/ and by those who call it.
 *
 * Every coordinate in the project is a geo_point: WGS 84 (EPSG:4326), degrees, longitude first.
 * Passing two bare doubles is how axes get swapped, so no function does. */
#ifndef GEO_TYPES_H
#define GEO_TYPES_H

struct geo_point {
    double lon; /* degrees east, -180..180 */
    double lat; /* degrees north, -90..90 */
};

/* A box that includes its edges. Empty when west > east or south > north. */
struct geo_box {
    double west, south, east, north; /* degrees */
};

#endif
