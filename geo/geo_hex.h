/* A grid of hexagons for maps: standing on a corner, all of one size in EPSG:3857, anchored at the
 * projection's origin, so that a size always has the same hexagons, whatever is asked of them.
 *
 * The size is the distance between two opposite sides in metres on the ground at the grid's own
 * latitude; EPSG:3857 stretches by 1 / cos(latitude), so 100 km north or south of it a hexagon of
 * this city is 0.4 % smaller or larger. Areas are true to their own latitude.
 *
 * Pure arithmetic; safe from any thread. */
#ifndef GEO_HEX_H
#define GEO_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/geo_types.h"

/* A grid over a box, whose hexagons are numbered row by row from the south-west. */
struct geo_hex_grid {
    double side;                     /* metres in EPSG:3857 */
    int32_t first_column, first_row; /* of the hexagon with number 0 */
    int32_t columns, rows;
};

/* A hexagon by its place in the endless grid: odd rows are shifted east by half a hexagon. */
struct geo_hex {
    int32_t column, row;
};

/* False if the box is empty, touches a pole, or takes more than `most` hexagons. */
bool geo_hex_grid_make(struct geo_box box, double size_m, size_t most, struct geo_hex_grid *out);
size_t geo_hex_count(const struct geo_hex_grid *grid);
/* The number of the hexagon that holds the point; -1 outside of the grid. */
int32_t geo_hex_at(const struct geo_hex_grid *grid, struct geo_point point);
struct geo_hex geo_hex_of(const struct geo_hex_grid *grid, int32_t number);
/* Six corners, anticlockwise from the southernmost; the same to the last bit in both neighbours. */
void geo_hex_corners(const struct geo_hex_grid *grid, struct geo_hex hex,
                     struct geo_point corners[6]);
double geo_hex_area_km2(const struct geo_hex_grid *grid, struct geo_hex hex);

#endif
