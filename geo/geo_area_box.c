/* geo_area_at_box: the index's cells that no edge touches, asked for a box. */
#include "geo/geo_area.h"
#include "geo/geo_area_index.h"

#define CELLS_MAX 1024 /* of the grid, looked at for one box */

/* Lattice numbers of a box's corners, both inclusive. */
struct span {
    uint32_t west, south, east, north;
};

/* All cells of a square array between two columns and lines say the same, and no edge touches them.
 * `side_bits`: the array has 2^side_bits cells in a line. */
static bool all_same(const uint32_t *cells, unsigned side_bits, const struct span *s,
                     uint32_t *value)
{
    uint32_t first = cells[((size_t)s->south << side_bits) + s->west];
    if ((first & AREA_TAG_MASK) != AREA_TAG_WHOLE) {
        return false;
    }
    for (uint32_t line = s->south; line <= s->north; line++) {
        for (uint32_t column = s->west; column <= s->east; column++) {
            if (cells[((size_t)line << side_bits) + column] != first) {
                return false;
            }
        }
    }
    *value = first;
    return true;
}

/* Below one cell of the grid: down to where the box's corners part. */
static bool in_cell(const struct geo_area_set *set, uint32_t cell, const struct span *s,
                    uint32_t *value)
{
    const uint32_t mask = (1U << AREA_NODE_BITS) - 1;
    unsigned bits = AREA_CELL_BITS;
    while ((cell & AREA_TAG_MASK) == AREA_TAG_NODE) {
        bits -= AREA_NODE_BITS;
        const uint32_t *cells = set->nodes[cell & AREA_VALUE_MAX];
        struct span part = {s->west >> bits & mask, s->south >> bits & mask, s->east >> bits & mask,
                            s->north >> bits & mask};
        if (part.west != part.east || part.south != part.north) {
            return all_same(cells, AREA_NODE_BITS, &part, value);
        }
        cell = cells[(part.south << AREA_NODE_BITS) + part.west];
    }
    *value = cell;
    return (cell & AREA_TAG_MASK) == AREA_TAG_WHOLE;
}

bool geo_area_at_box(const struct geo_area_set *set, struct geo_box box, int32_t *out)
{
    const struct geo_box *all = &set->box;
    uint32_t value = 0;
    if (!(box.west <= all->east && box.east >= all->west && box.south <= all->north &&
          box.north >= all->south)) {
        *out = -1;
        return true;
    }
    if (!(box.west >= all->west && box.east <= all->east && box.south >= all->south &&
          box.north <= all->north && box.west <= box.east && box.south <= box.north)) {
        return false; /* only a part of it is in the grid */
    }
    struct span s = {area_lattice(box.west, all->west, set->steps_lon, set->last_lon),
                     area_lattice(box.south, all->south, set->steps_lat, set->last_lat),
                     area_lattice(box.east, all->west, set->steps_lon, set->last_lon),
                     area_lattice(box.north, all->south, set->steps_lat, set->last_lat)};
    struct span cells = {s.west >> AREA_CELL_BITS, s.south >> AREA_CELL_BITS,
                         s.east >> AREA_CELL_BITS, s.north >> AREA_CELL_BITS};
    if ((uint64_t)(cells.east - cells.west + 1) * (cells.north - cells.south + 1) > CELLS_MAX) {
        return false;
    }
    bool sure = cells.west == cells.east && cells.south == cells.north
                    ? in_cell(set, set->grid[((size_t)cells.south << set->bits_lon) + cells.west],
                              &s, &value)
                    : all_same(set->grid, set->bits_lon, &cells, &value);
    *out = sure ? (int32_t)value - 1 : -1;
    return sure;
}
