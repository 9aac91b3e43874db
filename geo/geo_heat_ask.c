/* The questions: sums of a box, series, groups, zones; complaints one by one. Each is a walk with
 * something to do for squares and for rows. Cells and dots: geo_heat_cells.c, geo_heat_dots.c. */
#include <string.h>

#include "geo/geo_heat_walk.h"

#define BUFFERED 256

/* --- sums ------------------------------------------------------------------------------------- */

struct sum_walk {
    struct heat_walk walk;
    struct geo_heat_sums sums;
};

static bool sum_square(struct heat_walk *walk, uint64_t key, unsigned zoom,
                       const struct geo_heat_sums *sums)
{
    (void)key;
    (void)zoom;
    heat_sums_add(&((struct sum_walk *)walk)->sums, sums);
    return true;
}

static void sum_rows(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                     size_t n)
{
    heat_count_rows(walk, leaf, wanted, n, &((struct sum_walk *)walk)->sums);
}

static void sum_blocks(struct heat_walk *walk, const struct heat_leaf *leaf,
                       const struct heat_block *blocks, size_t n)
{
    for (size_t b = 0; b < n; b++) {
        struct geo_heat_sums sums;
        heat_count_sets(walk->query, leaf, blocks[b].at, &blocks[b].bits, 1, &sums);
        heat_sums_add(&((struct sum_walk *)walk)->sums, &sums);
    }
}

struct geo_heat_sums geo_heat_sum(const struct geo_heat_query *q, const struct geo_heat_box *box)
{
    struct sum_walk s = {.walk = {.square = sum_square, .rows = sum_rows, .blocks = sum_blocks}};
    heat_walk(&s.walk, q, box);
    return s.sums;
}

/* --- series and groups ------------------------------------------------------------------------ */

struct series_walk {
    struct heat_walk walk;
    const uint32_t *bounds;
    size_t n;
    struct geo_heat_sums *sums;
};

static void series_rows(struct heat_walk *walk, const struct heat_leaf *leaf,
                        const uint16_t *wanted, size_t n)
{
    const struct series_walk *s = (const struct series_walk *)walk;
    for (size_t i = 0; i < n; i++) {
        uint32_t at = heat_received_at(leaf, wanted[i]);
        size_t first = 0; /* the number of bounds at or before it */
        for (size_t left = s->n; left > 0;) {
            size_t half = left / 2;
            bool before = s->bounds[first + half] <= at;
            first += before ? half + 1 : 0;
            left = before ? left - half - 1 : half;
        }
        if (first > 0 && first < s->n) {
            heat_count_row(walk, leaf, wanted[i], &s->sums[first - 1]);
        }
    }
}

void geo_heat_series(const struct geo_heat_query *q, const struct geo_heat_box *box,
                     const uint32_t *bounds, size_t n, struct geo_heat_sums *sums)
{
    struct series_walk s = {.walk = {.rows = series_rows}, .bounds = bounds, .n = n, .sums = sums};
    if (n >= 2) {
        memset(sums, 0, (n - 1) * sizeof(*sums));
        heat_walk(&s.walk, q, box);
    }
}

struct group_walk {
    struct heat_walk walk;
    enum geo_heat_column column;
    struct geo_heat_group *groups;
    size_t n, cap;
    uint32_t number[HEAT_CODES_MAX]; /* of the group of a code, from 1 */
};

static unsigned group_code(const struct heat_leaf *leaf, size_t i, enum geo_heat_column column)
{
    switch (column) {
    case GEO_HEAT_CATEGORY:
        return heat_code_at(&leaf->category, i);
    case GEO_HEAT_AGENCY:
        return heat_code_at(&leaf->agency, i);
    case GEO_HEAT_WARD:
        return heat_code_at(&leaf->ward, i);
    case GEO_HEAT_STATUS:
        return leaf->state[i] & 15U;
    case GEO_HEAT_CHANNEL:
        break;
    }
    return leaf->state[i] >> 4 & 7U;
}

static int32_t group_value(const struct heat_walk *walk, enum geo_heat_column column, unsigned code)
{
    const struct heat_codes *codes = walk->query->view->index->codes;
    switch (column) {
    case GEO_HEAT_CATEGORY:
        return codes[HEAT_CATEGORY].ids[code];
    case GEO_HEAT_AGENCY:
        return codes[HEAT_AGENCY].ids[code];
    case GEO_HEAT_WARD:
        return codes[HEAT_WARD].ids[code];
    case GEO_HEAT_STATUS:
    case GEO_HEAT_CHANNEL:
        break;
    }
    return (int32_t)code;
}

static void group_rows(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                       size_t n)
{
    struct group_walk *g = (struct group_walk *)walk;
    for (size_t i = 0; i < n; i++) {
        unsigned code = group_code(leaf, wanted[i], g->column);
        if (g->number[code] == 0) {
            g->number[code] = (uint32_t)++g->n;
            if (g->n <= g->cap) {
                g->groups[g->n - 1] =
                    (struct geo_heat_group){.value = group_value(walk, g->column, code)};
            }
        }
        if (g->number[code] <= g->cap) {
            heat_count_row(walk, leaf, wanted[i], &g->groups[g->number[code] - 1].sums);
        }
    }
}

size_t geo_heat_groups(const struct geo_heat_query *q, const struct geo_heat_box *box,
                       enum geo_heat_column column, struct geo_heat_group *groups, size_t cap)
{
    struct group_walk g = {
        .walk = {.rows = group_rows}, .column = column, .groups = groups, .cap = cap};
    heat_walk(&g.walk, q, box);
    return g.n;
}

/* --- zones ------------------------------------------------------------------------------------ */

struct zone_walk {
    struct heat_walk walk; /* entered: the zone of the node we are in, or MIXED */
    const struct geo_heat_zones *zones;
    struct geo_heat_sums *sums;
};

static int32_t zone_of_square(const struct zone_walk *z, uint64_t key, unsigned zoom)
{
    if (z->walk.entered != GEO_HEAT_ZONE_MIXED) {
        return (int32_t)z->walk.entered;
    }
    if (z->zones->of_square == NULL) {
        return GEO_HEAT_ZONE_MIXED;
    }
    struct geo_heat_box square = heat_square(key, zoom);
    return z->zones->of_square(z->zones->arg, &square);
}

static bool zone_square(struct heat_walk *walk, uint64_t key, unsigned zoom,
                        const struct geo_heat_sums *sums)
{
    struct zone_walk *z = (struct zone_walk *)walk;
    int32_t zone = zone_of_square(z, key, zoom);
    if (zone >= 0) {
        heat_sums_add(&z->sums[zone], sums);
    }
    return zone != GEO_HEAT_ZONE_MIXED;
}

static bool zone_enter(struct heat_walk *walk, uint64_t key, unsigned zoom)
{
    struct zone_walk *z = (struct zone_walk *)walk;
    /* Without conditions zone_square has asked already. */
    walk->entered = walk->query->all ? walk->entered : zone_of_square(z, key, zoom);
    return walk->entered != GEO_HEAT_ZONE_NONE;
}

static void zone_rows(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                      size_t n)
{
    struct zone_walk *z = (struct zone_walk *)walk;
    for (size_t i = 0; i < n; i++) {
        int64_t zone = walk->entered;
        if (zone == GEO_HEAT_ZONE_MIXED) {
            zone = z->zones->of_place(z->zones->arg, heat_unweave(leaf->keys[wanted[i]]));
        }
        if (zone >= 0) {
            heat_count_row(walk, leaf, wanted[i], &z->sums[zone]);
        }
    }
}

void geo_heat_by_zone(const struct geo_heat_query *q, const struct geo_heat_zones *zones,
                      struct geo_heat_sums *sums)
{
    struct zone_walk z = {.walk = {.square = zone_square,
                                   .enter = zone_enter,
                                   .rows = zone_rows,
                                   .entered = GEO_HEAT_ZONE_MIXED},
                          .zones = zones,
                          .sums = sums};
    memset(sums, 0, zones->n * sizeof(*sums));
    heat_walk(&z.walk, q, &geo_heat_everywhere);
}

/* --- one by one ------------------------------------------------------------------------------- */

struct visit_walk {
    struct heat_walk walk;
    geo_heat_visitor *visit;
    void *arg;
};

static void visit_rows(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                       size_t n)
{
    const struct visit_walk *v = (const struct visit_walk *)walk;
    const struct heat_codes *codes = walk->query->view->index->codes;
    struct geo_heat_record records[BUFFERED];
    for (size_t i = 0; i < n && !walk->stop;) {
        size_t k = 0;
        for (; k < BUFFERED && i < n; k++, i++) {
            const struct heat_row row = heat_leaf_row(leaf, wanted[i]);
            records[k] =
                (struct geo_heat_record){.id = (int64_t)row.id,
                                         .place = heat_unweave(row.key),
                                         .received_s = row.received,
                                         .due_s = row.due,
                                         .category = codes[HEAT_CATEGORY].ids[row.category],
                                         .agency = codes[HEAT_AGENCY].ids[row.agency],
                                         .ward = codes[HEAT_WARD].ids[row.ward],
                                         .status = row.state & 15U,
                                         .channel = row.state >> 4 & 7U,
                                         .satisfaction = row.flags & 3U,
                                         .missed = (row.flags >> 2 & 1U) != 0,
                                         .reopened = HEAT_REOPENED(row.state) != 0,
                                         .weight = row.flags >> 3};
        }
        walk->stop = !v->visit(v->arg, records, k);
    }
}

void geo_heat_visit(const struct geo_heat_query *q, const struct geo_heat_box *box,
                    geo_heat_visitor *visit, void *arg)
{
    struct visit_walk v = {.walk = {.rows = visit_rows}, .visit = visit, .arg = arg};
    heat_walk(&v.walk, q, box);
}
