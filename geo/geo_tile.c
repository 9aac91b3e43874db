#include "geo/geo_tile.h"

#include <math.h>

#define PI 3.14159265358979323846
/* Half the square's side: pi times the sphere's radius of 6378137 m. */
#define HALF_SIDE_M 20037508.342789244

bool geo_tile_valid(struct geo_tile tile)
{
    return tile.z <= GEO_TILE_ZOOM_MAX && tile.x < 1U << tile.z && tile.y < 1U << tile.z;
}

struct geo_world geo_world_of(struct geo_point point)
{
    double sine = sin(point.lat * (PI / 180));
    return (struct geo_world){point.lon / 360 + 0.5, 0.5 - atanh(sine) / (2 * PI)};
}

struct geo_point geo_world_point(struct geo_world world)
{
    double latitude = atan(sinh(PI * (1 - 2 * world.y)));
    return (struct geo_point){(world.x - 0.5) * 360, latitude * (180 / PI)};
}

struct geo_box geo_tile_box(struct geo_tile tile)
{
    double side = ldexp(1, -(int)tile.z);
    struct geo_world corner = {tile.x * side, tile.y * side};
    struct geo_point north_west = geo_world_point(corner);
    struct geo_point south_east =
        geo_world_point((struct geo_world){corner.x + side, corner.y + side});
    return (struct geo_box){north_west.lon, south_east.lat, south_east.lon, north_west.lat};
}

struct geo_mercator_box geo_tile_mercator_box(struct geo_tile tile)
{
    double side = ldexp(2 * HALF_SIDE_M, -(int)tile.z);
    return (struct geo_mercator_box){
        .west = tile.x * side - HALF_SIDE_M,
        .south = HALF_SIDE_M - (tile.y + 1) * side,
        .east = (tile.x + 1) * side - HALF_SIDE_M,
        .north = HALF_SIDE_M - tile.y * side,
    };
}

/* Number of the column or row, of 2^z, that holds a place of 0..1. */
static uint32_t slot(double place, uint32_t z)
{
    double last = ldexp(1, (int)z) - 1;
    double at = floor(ldexp(place, (int)z));
    return at >= last ? (uint32_t)last : at > 0 ? (uint32_t)at : 0;
}

struct geo_tile geo_tile_at(struct geo_point point, uint32_t z)
{
    struct geo_world world = geo_world_of(point);
    return (struct geo_tile){z, slot(world.x, z), slot(world.y, z)};
}
