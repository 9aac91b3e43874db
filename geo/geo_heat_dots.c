/* Weighted dots for pictures: near complaints joined where that moves the picture by next to
 * nothing. */
#include <math.h>

#include "geo/geo_heat_walk.h"

#define BUFFERED 256

struct dot_walk {
    struct heat_walk walk;
    const struct geo_heat_dots *asked;
    struct geo_heat_dot dots[BUFFERED];
    size_t n;
    uint64_t joining; /* the square whose rows are being joined, or UINT64_MAX */
    double x, y, value;
    float most[33];      /* by zoom: how much a square's middle may stand for; below 0: nothing */
    uint64_t parts[256]; /* of a square in 16 x 16: x, and y above it, by Morton number */
    double part;         /* their side */
};

static float measure_of(const struct geo_heat_sums *sums, enum geo_heat_measure measure)
{
    switch (measure) {
    case GEO_HEAT_OF_OPEN:
        return (float)sums->open;
    case GEO_HEAT_OF_LATE:
        return (float)sums->late;
    case GEO_HEAT_OF_WEIGHT:
        return (float)sums->weight;
    case GEO_HEAT_OF_COUNT:
        break;
    }
    return (float)sums->count;
}

static void send_dots(struct dot_walk *d)
{
    if (d->n > 0) {
        d->walk.stop = !d->asked->dots(d->asked->arg, d->dots, d->n);
    }
    d->n = 0;
}

static void add_dot(struct dot_walk *d, double x, double y, float value)
{
    if (value > 0) {
        d->dots[d->n++] = (struct geo_heat_dot){x, y, value};
        if (d->n == BUFFERED) {
            send_dots(d);
        }
    }
}

static void end_joining(struct dot_walk *d)
{
    if (d->value > 0) {
        add_dot(d, d->x / d->value, d->y / d->value, (float)d->value);
    }
    d->joining = UINT64_MAX;
    d->x = d->y = d->value = 0;
}

static void join(struct dot_walk *d, uint64_t square)
{
    if (square != d->joining) {
        end_joining(d);
        d->joining = square;
    }
}

/* Of a key; everything is one square if dots are joined at zoom 0. */
static uint64_t joined_square(const struct dot_walk *d, uint64_t key)
{
    return d->asked->join_zoom == 0 ? 0 : key >> (64 - 2 * d->asked->join_zoom);
}

static bool dot_square(struct heat_walk *walk, uint64_t key, unsigned zoom,
                       const struct geo_heat_sums *sums)
{
    struct dot_walk *d = (struct dot_walk *)walk;
    float value = measure_of(sums, d->asked->measure);
    if (value == 0) {
        return true;
    }
    if (value > d->most[zoom]) {
        if (zoom == 32) {
            struct geo_heat_place place = heat_unweave(key);
            add_dot(d, place.x + 0.5, place.y + 0.5, value);
        }
        return zoom == 32;
    }
    const struct geo_heat_box square = heat_square(key, zoom);
    double half = ((double)square.east - square.west + 1) / 2;
    end_joining(d);
    add_dot(d, square.west + half, square.north + half, value);
    return true;
}

static float value_of(const struct dot_walk *d, const struct heat_leaf *leaf, size_t row)
{
    struct geo_heat_sums one = {0};
    heat_count_row(&d->walk, leaf, row, &one);
    return measure_of(&one, d->asked->measure);
}

/* Where n rows of the square that a key lies in are on average, to a sixteenth of its side: `sum`
 * is of their parts. */
static void join_counted(struct dot_walk *d, uint64_t key, uint64_t sum, size_t n)
{
    const unsigned shift = 64 - 2 * d->asked->join_zoom;
    const struct geo_heat_place corner = heat_unweave(key >> shift << shift);
    const double half = 0.5 * (double)n;
    sum = d->asked->middles ? n * (UINT64_C(7) << 32 | 7) : sum; /* near enough */
    d->x += corner.x * (double)n + ((double)(uint32_t)sum + half) * d->part;
    d->y += corner.y * (double)n + ((double)(sum >> 32) + half) * d->part;
    d->value += (double)n;
}

/* Can rows be joined by adding up one word each? */
static bool by_counting(const struct dot_walk *d)
{
    const unsigned zoom = d->asked->join_zoom;
    return d->asked->measure == GEO_HEAT_OF_COUNT && zoom > 0 && zoom <= 28;
}

static uint64_t part_of(const struct dot_walk *d, uint64_t key)
{
    return d->parts[key >> (64 - 8 - 2 * d->asked->join_zoom) & 255];
}

static void join_row(struct dot_walk *d, const struct heat_leaf *leaf, size_t row)
{
    double value = (double)value_of(d, leaf, row);
    struct geo_heat_place place = heat_unweave(leaf->keys[row]);
    d->x += value * (place.x + 0.5);
    d->y += value * (place.y + 0.5);
    d->value += value;
}

static void join_rows(struct dot_walk *d, const struct heat_leaf *leaf, const uint16_t *wanted,
                      size_t n)
{
    uint64_t sum = 0;
    if (!by_counting(d)) {
        for (size_t i = 0; i < n; i++) {
            join_row(d, leaf, wanted[i]);
        }
        return;
    }
    for (size_t i = 0; i < n && !d->asked->middles; i++) {
        sum += part_of(d, leaf->keys[wanted[i]]);
    }
    join_counted(d, leaf->keys[wanted[0]], sum, n);
}

/* The same of a set of a block's rows. */
static void join_set(struct dot_walk *d, const struct heat_leaf *leaf, size_t at, uint64_t set)
{
    const bool counting = by_counting(d);
    uint64_t sum = 0;
    uint64_t left = counting && d->asked->middles ? 0 : set;
    for (; left != 0; left &= left - 1) {
        size_t row = at + (size_t)__builtin_ctzll(left);
        if (counting) {
            sum += part_of(d, leaf->keys[row]);
        } else {
            join_row(d, leaf, row);
        }
    }
    if (counting) {
        join_counted(d, heat_set_key(leaf, at, set), sum, (size_t)__builtin_popcountll(set));
    }
}

static void dot_rows(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                     size_t n)
{
    struct dot_walk *d = (struct dot_walk *)walk;
    for (size_t i = 0; i < n && !walk->stop;) {
        uint64_t square = joined_square(d, leaf->keys[wanted[i]]);
        size_t end = i + 1;
        while (end < n && joined_square(d, leaf->keys[wanted[end]]) == square) {
            end++;
        }
        join(d, square);
        join_rows(d, leaf, wanted + i, end - i);
        i = end;
    }
}

static void dot_blocks(struct heat_walk *walk, const struct heat_leaf *leaf,
                       const struct heat_block *blocks, size_t n)
{
    struct dot_walk *d = (struct dot_walk *)walk;
    for (size_t b = 0; b < n && !walk->stop; b++) {
        uint64_t sets[64];
        size_t n_sets = heat_sets_by_keys(leaf, &blocks[b], 64 - 2 * d->asked->join_zoom, sets);
        for (size_t i = 0; i < n_sets; i++) {
            join(d, joined_square(d, heat_set_key(leaf, blocks[b].at, sets[i])));
            join_set(d, leaf, blocks[b].at, sets[i]);
        }
    }
}

void geo_heat_collect(const struct geo_heat_query *q, const struct geo_heat_box *box,
                      const struct geo_heat_dots *asked)
{
    struct dot_walk d = {.walk = {.square = dot_square, .rows = dot_rows, .blocks = dot_blocks},
                         .asked = asked,
                         .joining = UINT64_MAX};
    for (unsigned zoom = 0; zoom <= 32; zoom++) {
        const int finer = (int)zoom - (int)asked->join_zoom;
        d.most[zoom] = finer < 0 ? -1 : ldexpf(asked->slack, finer);
    }
    d.part = ldexp(1, 28 - (int)asked->join_zoom);
    for (uint64_t i = 0; i < 256; i++) {
        struct geo_heat_place part = heat_unweave(i);
        d.parts[i] = part.x | (uint64_t)part.y << 32;
    }
    heat_walk(&d.walk, q, box);
    end_joining(&d);
    send_dots(&d);
}
