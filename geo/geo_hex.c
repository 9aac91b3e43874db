#include "geo/geo_hex.h"

#include <math.h>

#include "geo/geo_distance.h"
#include "geo/geo_tile.h"

#define RADIUS_M 6378137.0
#define ROOT_3   1.7320508075688772

struct metres {
    double x, y;
};

static struct metres to_metres(struct geo_point p)
{
    double rad = M_PI / 180;
    return (struct metres){p.lon * rad * RADIUS_M, asinh(tan(p.lat * rad)) * RADIUS_M};
}

static struct geo_point to_point(struct metres m)
{
    double deg = 180 / M_PI;
    return (struct geo_point){m.x / RADIUS_M * deg, atan(sinh(m.y / RADIUS_M)) * deg};
}

/* The middle of a hexagon. Neighbours in a row are sqrt(3) sides apart, rows 1.5 sides. */
static struct metres middle(double side, struct geo_hex h)
{
    double shift = (h.row & 1) != 0 ? 0.5 : 0;
    return (struct metres){(h.column + shift) * ROOT_3 * side, h.row * 1.5 * side};
}

/* The nearest middle: of the two rows around the point, the nearer of both rows' candidates. */
static struct geo_hex nearest(double side, struct metres m)
{
    struct geo_hex best = {0, 0};
    double best2 = INFINITY;
    int32_t below = (int32_t)floor(m.y / (1.5 * side));
    for (int32_t row = below; row <= below + 1; row++) {
        double shift = (row & 1) != 0 ? 0.5 : 0;
        struct geo_hex h = {(int32_t)floor(m.x / (ROOT_3 * side) - shift + 0.5), row};
        struct metres c = middle(side, h);
        double d2 = (c.x - m.x) * (c.x - m.x) + (c.y - m.y) * (c.y - m.y);
        if (d2 < best2) {
            best = h;
            best2 = d2;
        }
    }
    return best;
}

bool geo_hex_grid_make(struct geo_box box, double size_m, size_t most, struct geo_hex_grid *out)
{
    double latitude = (box.south + box.north) / 2;
    if (!(box.west <= box.east && box.south <= box.north && size_m > 0 &&
          box.south > -GEO_TILE_LATITUDE_MAX && box.north < GEO_TILE_LATITUDE_MAX)) {
        return false;
    }
    double side = size_m / ROOT_3 / cos(latitude * M_PI / 180);
    struct metres from = to_metres((struct geo_point){box.west, box.south});
    struct metres to = to_metres((struct geo_point){box.east, box.north});
    double columns = (to.x - from.x) / (ROOT_3 * side) + 3;
    double rows = (to.y - from.y) / (1.5 * side) + 3;
    if (!(columns * rows < (double)most)) {
        return false;
    }
    struct geo_hex first = nearest(side, from);
    struct geo_hex last = nearest(side, to);
    *out = (struct geo_hex_grid){.side = side,
                                 .first_column = first.column - 1,
                                 .first_row = first.row - 1,
                                 .columns = last.column - first.column + 3,
                                 .rows = last.row - first.row + 3};
    return true;
}

size_t geo_hex_count(const struct geo_hex_grid *grid)
{
    return (size_t)grid->columns * (size_t)grid->rows;
}

int32_t geo_hex_at(const struct geo_hex_grid *grid, struct geo_point point)
{
    if (!(fabs(point.lat) < GEO_TILE_LATITUDE_MAX && fabs(point.lon) <= 180)) {
        return -1;
    }
    struct geo_hex h = nearest(grid->side, to_metres(point));
    int32_t column = h.column - grid->first_column;
    int32_t row = h.row - grid->first_row;
    return column < 0 || row < 0 || column >= grid->columns || row >= grid->rows
               ? -1
               : row * grid->columns + column;
}

struct geo_hex geo_hex_of(const struct geo_hex_grid *grid, int32_t number)
{
    return (struct geo_hex){grid->first_column + number % grid->columns,
                            grid->first_row + number / grid->columns};
}

/* Corners stand on whole halves: sqrt(3)/2 sides east, 1/2 side north. Counted in those, both
 * neighbours compute the same bits. */
void geo_hex_corners(const struct geo_hex_grid *grid, struct geo_hex hex,
                     struct geo_point corners[6])
{
    static const int east[6] = {0, 1, 1, 0, -1, -1};
    static const int north[6] = {-2, -1, 1, 2, 1, -1};
    double x = 2.0 * hex.column + ((hex.row & 1) != 0 ? 1 : 0);
    double y = 3.0 * hex.row;
    for (int i = 0; i < 6; i++) {
        corners[i] = to_point((struct metres){(x + east[i]) * (ROOT_3 / 2 * grid->side),
                                              (y + north[i]) * (grid->side / 2)});
    }
}

double geo_hex_area_km2(const struct geo_hex_grid *grid, struct geo_hex hex)
{
    struct geo_point at = to_point(middle(grid->side, hex));
    struct geo_degree true_to_scale = geo_metres_per_degree(at.lat);
    double degree = RADIUS_M * M_PI / 180;
    double x = true_to_scale.lon / degree;
    double y = true_to_scale.lat / degree * cos(at.lat * M_PI / 180);
    return 1.5 * ROOT_3 * grid->side * grid->side * x * y / 1e6;
}
