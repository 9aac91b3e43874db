/* The world's map tiles: z/x/y on the Web Mercator square (EPSG:3857), y counted from the north.
 *
 * Pure arithmetic, safe from any thread. Texts are parsed by those who receive them. */
#ifndef GEO_TILE_H
#define GEO_TILE_H

#include <stdbool.h>
#include <stdint.h>

#include "geo/geo_types.h"

#define GEO_TILE_ZOOM_MAX 22
/* The Mercator square ends here, north and south. */
#define GEO_TILE_LATITUDE_MAX 85.051128779806604

struct geo_tile {
    uint32_t z, x, y;
};

/* Metres in EPSG:3857 (not on the ground). */
struct geo_mercator_box {
    double west, south, east, north;
};

/* A place on the Mercator square: 0, 0 is its north-west corner, 1, 1 its south-east one. */
struct geo_world {
    double x, y;
};

/* z is 0 to 22, and x and y are below 2^z. Every other function here wants a valid tile. */
bool geo_tile_valid(struct geo_tile tile);

struct geo_box geo_tile_box(struct geo_tile tile);
struct geo_mercator_box geo_tile_mercator_box(struct geo_tile tile);

/* The tile that holds the point; what lies outside the square (or is NaN) goes to its nearest tile.
 * A point on a common edge belongs to the tile east or south of it. */
struct geo_tile geo_tile_at(struct geo_point point, uint32_t z);

/* Unclamped: beyond the square the numbers leave 0..1. The poles give infinities. */
struct geo_world geo_world_of(struct geo_point point);
struct geo_point geo_world_point(struct geo_world world);

#endif
