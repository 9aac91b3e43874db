/* Leaves: columns, and finding rows in them; places and their keys. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_internal.h"

#define SIDE 4294967296.0

const struct geo_heat_box geo_heat_everywhere = {0, 0, UINT32_MAX, UINT32_MAX};

static uint32_t quantum(double place)
{
    double at = floor(place * SIDE);
    return !(at > 0) ? 0 : at >= SIDE ? UINT32_MAX : (uint32_t)at;
}

struct geo_heat_place geo_heat_place_of(struct geo_point point)
{
    struct geo_world world = geo_world_of(point);
    return (struct geo_heat_place){quantum(world.x), quantum(world.y)};
}

struct geo_point geo_heat_place_point(struct geo_heat_place place)
{
    return geo_world_point((struct geo_world){(place.x + 0.5) / SIDE, (place.y + 0.5) / SIDE});
}

struct geo_heat_box geo_heat_box_of_tile(struct geo_tile tile)
{
    unsigned shift = 32 - tile.z;
    uint32_t last = (uint32_t)((UINT64_C(1) << shift) - 1);
    uint32_t west = (uint32_t)((uint64_t)tile.x << shift);
    uint32_t north = (uint32_t)((uint64_t)tile.y << shift);
    return (struct geo_heat_box){west, north, west + last, north + last};
}

struct geo_heat_box geo_heat_box_of(struct geo_box box)
{
    struct geo_heat_place north_west = geo_heat_place_of((struct geo_point){box.west, box.north});
    struct geo_heat_place south_east = geo_heat_place_of((struct geo_point){box.east, box.south});
    return (struct geo_heat_box){north_west.x, north_west.y, south_east.x, south_east.y};
}

/* 32 bits to every other one of 64. */
static uint64_t spread(uint32_t v)
{
    uint64_t x = v;
    x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
    x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x | x << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x = (x | x << 2) & UINT64_C(0x3333333333333333);
    return (x | x << 1) & UINT64_C(0x5555555555555555);
}

static uint32_t gather(uint64_t x)
{
    x &= UINT64_C(0x5555555555555555);
    x = (x | x >> 1) & UINT64_C(0x3333333333333333);
    x = (x | x >> 2) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    x = (x | x >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x | x >> 8) & UINT64_C(0x0000ffff0000ffff);
    return (uint32_t)(x | x >> 16);
}

uint64_t heat_weave(struct geo_heat_place place)
{
    return spread(place.x) | spread(place.y) << 1;
}

struct geo_heat_place heat_unweave(uint64_t key)
{
    return (struct geo_heat_place){gather(key), gather(key >> 1)};
}

struct geo_heat_place geo_heat_cell(uint64_t number)
{
    return heat_unweave(number);
}

/* --- columns ---------------------------------------------------------------------------------- */

#define ROW_BYTES (8 + 8 + 4 + 4 + 2 + 2 + 2 + 1 + 1)

size_t heat_leaf_bytes(size_t n)
{
    return sizeof(struct heat_leaf) + n * ROW_BYTES;
}

static struct heat_column column_at(uint8_t *at, size_t n)
{
    return (struct heat_column){at, at + n};
}

struct heat_leaf *heat_leaf_alloc(size_t n)
{
    struct heat_leaf *leaf = malloc(heat_leaf_bytes(n));
    if (leaf != NULL) {
        leaf->n = (uint32_t)n;
        leaf->keys = leaf->memory;
        leaf->ids = leaf->keys + n;
        leaf->due = (uint32_t *)(leaf->ids + n);
        leaf->received_high = (uint16_t *)(leaf->due + n);
        leaf->received_low = leaf->received_high + n;
        uint8_t *bytes = (uint8_t *)(leaf->received_low + n);
        leaf->category = column_at(bytes, n);
        leaf->agency = column_at(bytes + 2 * n, n);
        leaf->ward = column_at(bytes + 4 * n, n);
        leaf->state = bytes + 6 * n;
        leaf->flags = bytes + 7 * n;
    }
    return leaf;
}

struct heat_row heat_leaf_row(const struct heat_leaf *leaf, size_t i)
{
    return (struct heat_row){.key = leaf->keys[i],
                             .id = leaf->ids[i],
                             .received = heat_received_at(leaf, i),
                             .due = leaf->due[i],
                             .category = (uint16_t)heat_code_at(&leaf->category, i),
                             .agency = (uint16_t)heat_code_at(&leaf->agency, i),
                             .ward = (uint16_t)heat_code_at(&leaf->ward, i),
                             .state = leaf->state[i],
                             .flags = leaf->flags[i]};
}

static void set_code(struct heat_column *column, size_t i, uint16_t code)
{
    column->low[i] = (uint8_t)(code & 255U);
    column->high[i] = (uint8_t)(code >> 8);
}

void heat_leaf_set(struct heat_leaf *leaf, size_t i, const struct heat_row *row)
{
    leaf->keys[i] = row->key;
    leaf->ids[i] = row->id;
    leaf->due[i] = row->due;
    leaf->received_high[i] = (uint16_t)(row->received >> 16);
    leaf->received_low[i] = (uint16_t)(row->received & 0xffffU);
    set_code(&leaf->category, i, row->category);
    set_code(&leaf->agency, i, row->agency);
    set_code(&leaf->ward, i, row->ward);
    leaf->state[i] = row->state;
    leaf->flags[i] = row->flags;
}

void heat_leaf_copy(struct heat_leaf *to, size_t at, const struct heat_leaf *from, size_t first,
                    size_t n)
{
    const struct {
        uint8_t *to;
        const uint8_t *from;
    } bytes[] = {{to->category.low, from->category.low},
                 {to->category.high, from->category.high},
                 {to->agency.low, from->agency.low},
                 {to->agency.high, from->agency.high},
                 {to->ward.low, from->ward.low},
                 {to->ward.high, from->ward.high},
                 {to->state, from->state},
                 {to->flags, from->flags}};
    memcpy(to->keys + at, from->keys + first, n * sizeof(*to->keys));
    memcpy(to->ids + at, from->ids + first, n * sizeof(*to->ids));
    memcpy(to->due + at, from->due + first, n * sizeof(*to->due));
    memcpy(to->received_high + at, from->received_high + first, n * sizeof(*to->received_high));
    memcpy(to->received_low + at, from->received_low + first, n * sizeof(*to->received_low));
    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        memcpy(bytes[i].to + at, bytes[i].from + first, n);
    }
}

size_t heat_leaf_find(const struct heat_leaf *leaf, uint64_t key)
{
    size_t first = 0;
    size_t n = leaf->n;
    while (n > 0) {
        size_t half = n / 2;
        if (leaf->keys[first + half] < key) {
            first += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return first;
}

size_t heat_leaf_find_path(const struct heat_leaf *leaf, uint64_t key, uint64_t id)
{
    size_t first = heat_leaf_find(leaf, key);
    size_t n = 0;
    while (first + n < leaf->n && n < 8 && leaf->keys[first + n] == key) {
        n++;
    }
    if (n == 8) { /* many in one place */
        n = key == UINT64_MAX ? leaf->n - first : heat_leaf_find(leaf, key + 1) - first;
    }
    while (n > 0) {
        size_t half = n / 2;
        if (heat_path_less(key, leaf->ids[first + half], key, id)) {
            first += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return first;
}
