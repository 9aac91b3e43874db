/* What the geo tests share: repeatable random numbers, and well-known binary made by hand so that
 * it can be made wrong. Included by test programs only. */
#ifndef TEST_GEO_SHAPES_H
#define TEST_GEO_SHAPES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_types.h"

/* xorshift64*: the same on every machine. */
struct dice {
    uint64_t state;
};

static inline uint64_t dice_bits(struct dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * 2685821657736338717ULL;
}

static inline double dice_between(struct dice *d, double from, double to)
{
    return from + (to - from) * (double)(dice_bits(d) >> 11) * 0x1p-53;
}

static inline size_t dice_below(struct dice *d, size_t n)
{
    return (size_t)(dice_bits(d) >> 32) % n;
}

/* A growing byte string. */
struct bytes {
    unsigned char *p; /* owned */
    size_t n, cap;
};

static inline void bytes_add(struct bytes *b, const void *p, size_t n)
{
    if (n == 0) {
        return;
    }
    while (b->n + n > b->cap) {
        b->cap = b->cap == 0 ? 256 : b->cap * 2;
        unsigned char *grown = realloc(b->p, b->cap);
        if (!grown) {
            abort();
        }
        b->p = grown;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static inline void wkb_u32(struct bytes *b, uint32_t v)
{
    bytes_add(b, &v, sizeof v);
}

/* This machine's byte order (little on all we run on), a type, and how many members follow. */
static inline void wkb_start(struct bytes *b, uint32_t type, uint32_t count)
{
    unsigned char order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    bytes_add(b, &order, 1);
    wkb_u32(b, type);
    wkb_u32(b, count);
}

static inline void wkb_ring(struct bytes *b, const struct geo_point *points, size_t n)
{
    wkb_u32(b, (uint32_t)n);
    bytes_add(b, points, n * sizeof *points);
}

/* A polygon of one ring, given without the closing point. */
static inline void wkb_simple(struct bytes *b, const struct geo_point *points, size_t n)
{
    wkb_start(b, 3, 1);
    wkb_u32(b, (uint32_t)n + 1);
    bytes_add(b, points, n * sizeof *points);
    bytes_add(b, points, sizeof *points);
}

#endif
