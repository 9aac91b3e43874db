/* The questions: sums of a box, cells of a tile, series, groups, zones; complaints one by one; dots
 * for pictures. Each is a walk with something to do for squares and for rows. */
#include <math.h>
#include <string.h>

#include "geo/geo_heat_walk.h"

#define BUFFERED 256

static inline void count_row(const struct heat_walk *walk, const struct heat_leaf *leaf, size_t i,
                             struct geo_heat_sums *sums)
{
    const struct geo_heat_view *view = walk->query->view;
    heat_count(sums, leaf->state[i], leaf->flags[i], leaf->due[i], view->index->open_statuses,
               view->now_s);
}

/* What the flags of a row add, side by side in one word: of a leaf's rows none flows over. */
#define MISSED(w)       ((uint32_t)(w)&0xfff)
#define RATED(w)        ((uint32_t)((w) >> 12) & 0xfff)
#define SATISFACTION(w) ((uint32_t)((w) >> 24) & 0xffff)
#define WEIGHT(w)       ((uint32_t)((w) >> 40))

static inline uint64_t flags_word(unsigned flags)
{
    uint64_t rating = flags & 3U;
    return (flags >> 2 & 1U) | (uint64_t)(rating != 0) << 12 | rating << 24 |
           (uint64_t)(flags >> 3) << 40;
}

/* Of open ones, how many are late. Their deadlines lie far apart: all are asked for before any is
 * waited for. */
static uint32_t count_late(const struct heat_leaf *leaf, const uint16_t *open, size_t n,
                           uint32_t now_s)
{
    uint32_t late = 0;
    for (size_t i = 0; i < n; i++) {
        late += leaf->due[open[i]] < now_s;
    }
    return late;
}

/* Counts rows of a leaf together. What is done has no need of its deadline, which is most. */
static void count_rows(const struct heat_walk *walk, const struct heat_leaf *leaf,
                       const uint16_t *wanted, size_t n, struct geo_heat_sums *sums)
{
    const struct geo_heat_view *view = walk->query->view;
    const uint32_t open_statuses = view->index->open_statuses;
    uint16_t open[GEO_HEAT_LEAF_MAX + 1];
    size_t n_open = 0;
    uint64_t word = 0;
    uint32_t reopened = 0;
    uint32_t again = 0;
    for (size_t i = 0; i < n; i++) {
        size_t row = wanted[i];
        uint32_t state = leaf->state[row];
        uint32_t is_open = open_statuses >> (state & 15U) & 1U;
        word += flags_word(leaf->flags[row]);
        reopened += HEAT_REOPENED(state);
        again += is_open & HEAT_REOPENED(state);
        open[n_open] = (uint16_t)row;
        n_open += is_open;
    }
    sums->count += (uint32_t)n;
    sums->open += (uint32_t)n_open;
    sums->late += count_late(leaf, open, n_open, view->now_s);
    sums->reopened += reopened;
    sums->again += again;
    sums->missed += MISSED(word);
    sums->rated += RATED(word);
    sums->satisfaction += SATISFACTION(word);
    sums->weight += WEIGHT(word);
}

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
    count_rows(walk, leaf, wanted, n, &((struct sum_walk *)walk)->sums);
}

static void sum_blocks(struct heat_walk *walk, const struct heat_leaf *leaf,
                       const struct heat_block *blocks, size_t n)
{
    for (size_t b = 0; b < n; b++) {
        struct geo_heat_sums sums;
        heat_count_sets(walk->query->view, leaf, blocks[b].at, &blocks[b].bits, 1, &sums);
        heat_sums_add(&((struct sum_walk *)walk)->sums, &sums);
    }
}

struct geo_heat_sums geo_heat_sum(const struct geo_heat_query *q, const struct geo_heat_box *box)
{
    struct sum_walk s = {.walk = {.square = sum_square, .rows = sum_rows, .blocks = sum_blocks}};
    heat_walk(&s.walk, q, box);
    return s.sums;
}

/* --- cells ------------------------------------------------------------------------------------ */

#define NO_CELL UINT64_MAX

struct cell_walk {
    struct heat_walk walk;
    struct geo_tile tile;
    unsigned depth;
    geo_heat_cell_visitor *visit;
    void *arg;
    uint64_t cell; /* the one being counted, or NO_CELL: squares and rows come cell by cell */
    struct geo_heat_sums sums;
};

static void end_cell(struct cell_walk *c)
{
    if (c->cell != NO_CELL && c->sums.count > 0) {
        c->visit(c->arg, c->cell, &c->sums);
    }
    c->cell = NO_CELL;
}

static void add_to_cell(struct cell_walk *c, uint64_t cell, const struct geo_heat_sums *sums)
{
    if (c->cell == cell) {
        heat_sums_add(&c->sums, sums);
    } else {
        end_cell(c);
        c->cell = cell;
        c->sums = *sums;
    }
}

static uint64_t cell_of(const struct cell_walk *c, uint64_t key)
{
    return c->depth == 0 ? 0 : (key << (2 * c->tile.z)) >> (64 - 2 * c->depth);
}

static bool cell_square(struct heat_walk *walk, uint64_t key, unsigned zoom,
                        const struct geo_heat_sums *sums)
{
    struct cell_walk *c = (struct cell_walk *)walk;
    if (zoom < c->tile.z + c->depth) {
        return false;
    }
    if (zoom == c->tile.z + c->depth) {
        end_cell(c);
        c->visit(c->arg, cell_of(c, key), sums);
    } else {
        add_to_cell(c, cell_of(c, key), sums);
    }
    return true;
}

/* Squares of a leaf that lie in one cell, and where their rows end. */
struct cell_part {
    size_t end;
    uint64_t cell;
};

/* Where the rows' squares lie in a cell each, their keys, which are the widest column, stay unread.
 * Returns how many parts there are. */
static size_t cell_parts(const struct cell_walk *c, struct cell_part *parts)
{
    const struct heat_due *now = &c->walk.now;
    size_t n = 0;
    for (size_t s = 0; s < now->n; s++) {
        uint64_t cell = cell_of(c, now->keys[s]);
        n += n == 0 || parts[n - 1].cell != cell;
        parts[n - 1] = (struct cell_part){now->ends[s], cell};
    }
    return n;
}

static bool squares_fit(const struct cell_walk *c)
{
    return c->walk.now.zoom > 0 && c->walk.now.zoom >= c->tile.z + c->depth;
}

/* The rows of a block by cell. */
struct cell_sets {
    size_t n;
    uint64_t sets[64], cells[64];
};

/* By the squares; `part` is the first that may have some. */
static void sets_by_parts(const struct heat_block *block, const struct cell_part *parts,
                          size_t n_parts, size_t *part, struct cell_sets *out)
{
    uint64_t left = block->bits;
    for (size_t p = *part; left != 0 && p < n_parts; p++) {
        size_t end = parts[p].end > block->at ? parts[p].end - block->at : 0;
        uint64_t bits = left & (end >= 64 ? UINT64_MAX : (UINT64_C(1) << end) - 1);
        if (bits != 0) {
            out->sets[out->n] = bits;
            out->cells[out->n++] = parts[p].cell;
        }
        left ^= bits;
        *part = p;
    }
}

/* By the rows' keys, where squares are larger than cells. */
static void sets_by_keys(const struct cell_walk *c, const struct heat_leaf *leaf,
                         const struct heat_block *block, struct cell_sets *out)
{
    uint64_t starts = heat_key_starts(leaf, block->at, 64 - 2 * (c->tile.z + c->depth));
    for (uint64_t left = block->bits; left != 0;) {
        unsigned first = (unsigned)__builtin_ctzll(left);
        uint64_t behind = starts & (UINT64_MAX << first) << 1; /* in two: 64 is too far */
        uint64_t bits = left & ((behind & -behind) - 1);
        out->sets[out->n] = bits;
        out->cells[out->n++] = cell_of(c, leaf->keys[block->at + first]);
        left ^= bits;
    }
}

static void cell_blocks(struct heat_walk *walk, const struct heat_leaf *leaf,
                        const struct heat_block *blocks, size_t n)
{
    struct cell_walk *c = (struct cell_walk *)walk;
    const bool by_parts = squares_fit(c);
    struct cell_part parts[HEAT_SLOTS];
    size_t n_parts = n > 0 && by_parts ? cell_parts(c, parts) : 0;
    size_t part = 0;
    for (size_t b = 0; b < n; b++) {
        struct cell_sets found;
        struct geo_heat_sums sums[64];
        found.n = 0;
        if (by_parts) {
            sets_by_parts(&blocks[b], parts, n_parts, &part, &found);
        } else {
            sets_by_keys(c, leaf, &blocks[b], &found);
        }
        heat_count_sets(walk->query->view, leaf, blocks[b].at, found.sets, found.n, sums);
        for (size_t i = 0; i < found.n; i++) {
            add_to_cell(c, found.cells[i], &sums[i]);
        }
    }
}

static void cell_rows(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                      size_t n)
{
    struct cell_walk *c = (struct cell_walk *)walk;
    uint64_t last = cell_of(c, leaf->keys[wanted[n - 1]]);
    for (size_t i = 0; i < n;) {
        uint64_t cell = cell_of(c, leaf->keys[wanted[i]]);
        size_t end = cell == last ? n : i + 1; /* rows ascend, and so do their cells */
        while (end < n && cell_of(c, leaf->keys[wanted[end]]) == cell) {
            end++;
        }
        struct geo_heat_sums sums = {0};
        count_rows(walk, leaf, wanted + i, end - i, &sums);
        add_to_cell(c, cell, &sums);
        i = end;
    }
}

void geo_heat_each_cell(const struct geo_heat_query *q, struct geo_tile tile, unsigned depth,
                        const struct geo_heat_box *box, geo_heat_cell_visitor *visit, void *arg)
{
    struct cell_walk c = {.walk = {.square = cell_square, .rows = cell_rows, .blocks = cell_blocks},
                          .tile = tile,
                          .depth = depth,
                          .visit = visit,
                          .arg = arg,
                          .cell = NO_CELL};
    struct geo_heat_box all = geo_heat_box_of_tile(tile);
    heat_walk(&c.walk, q, box == NULL ? &all : box);
    end_cell(&c);
}

struct cell_rows {
    struct geo_heat_sums *sums;
    unsigned depth;
};

static void to_rows(void *arg, uint64_t cell, const struct geo_heat_sums *sums)
{
    const struct cell_rows *rows = arg;
    struct geo_heat_place at = heat_unweave(cell);
    rows->sums[((size_t)at.y << rows->depth) + at.x] = *sums;
}

void geo_heat_cells(const struct geo_heat_query *q, struct geo_tile tile, unsigned depth,
                    struct geo_heat_sums *sums)
{
    struct cell_rows rows = {sums, depth};
    memset(sums, 0, sizeof(*sums) << (2 * depth));
    geo_heat_each_cell(q, tile, depth, NULL, to_rows, &rows);
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
            count_row(walk, leaf, wanted[i], &s->sums[first - 1]);
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
            count_row(walk, leaf, wanted[i], &g->groups[g->number[code] - 1].sums);
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
            count_row(walk, leaf, wanted[i], &z->sums[zone]);
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

/* --- dots ------------------------------------------------------------------------------------- */

struct dot_walk {
    struct heat_walk walk;
    const struct geo_heat_dots *asked;
    struct geo_heat_dot dots[BUFFERED];
    size_t n;
    uint64_t joining; /* the square whose rows are being joined, or UINT64_MAX */
    double x, y, value;
    uint64_t parts[256]; /* of a square in 16 x 16: x, and y above it, by Morton number */
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

static bool dot_square(struct heat_walk *walk, uint64_t key, unsigned zoom,
                       const struct geo_heat_sums *sums)
{
    struct dot_walk *d = (struct dot_walk *)walk;
    float value = measure_of(sums, d->asked->measure);
    if (value == 0) {
        return true;
    }
    if (zoom < d->asked->join_zoom ||
        ldexp((double)value, -(int)(zoom - d->asked->join_zoom)) > (double)d->asked->slack) {
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
    count_row(&d->walk, leaf, row, &one);
    return measure_of(&one, d->asked->measure);
}

/* Where rows of one square are on average, to a sixteenth of its side, by adding up one word a row;
 * or, if that will do, its middle. */
static void join_counted(struct dot_walk *d, const struct heat_leaf *leaf, const uint16_t *wanted,
                         size_t n)
{
    const unsigned shift = 64 - 2 * d->asked->join_zoom;
    const uint64_t square = leaf->keys[wanted[0]] >> shift << shift;
    const struct geo_heat_place corner = heat_unweave(square);
    const double part = ldexp(1, (int)(shift / 2) - 4);
    double x = 7.5 * (double)n;
    double y = x;
    if (!d->asked->middles) {
        uint64_t sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += d->parts[leaf->keys[wanted[i]] >> (shift - 8) & 255];
        }
        x = (double)(uint32_t)sum;
        y = (double)(sum >> 32);
    }
    d->x += corner.x * (double)n + (x + 0.5 * (double)n) * part;
    d->y += corner.y * (double)n + (y + 0.5 * (double)n) * part;
    d->value += (double)n;
}

static void join_rows(struct dot_walk *d, const struct heat_leaf *leaf, const uint16_t *wanted,
                      size_t n)
{
    const unsigned zoom = d->asked->join_zoom;
    if (d->asked->measure == GEO_HEAT_OF_COUNT && zoom > 0 && zoom <= 28) {
        join_counted(d, leaf, wanted, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double value = (double)value_of(d, leaf, wanted[i]);
        struct geo_heat_place place = heat_unweave(leaf->keys[wanted[i]]);
        d->x += value * (place.x + 0.5);
        d->y += value * (place.y + 0.5);
        d->value += value;
    }
}

static void dot_rows(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                     size_t n)
{
    struct dot_walk *d = (struct dot_walk *)walk;
    const unsigned shift = 64 - 2 * d->asked->join_zoom; /* 64: everything is one square */
    for (size_t i = 0; i < n && !walk->stop;) {
        uint64_t square = shift == 64 ? 0 : leaf->keys[wanted[i]] >> shift;
        size_t end = shift == 64 ? n : i + 1;
        while (end < n && leaf->keys[wanted[end]] >> shift == square) {
            end++;
        }
        if (square != d->joining) {
            end_joining(d);
            d->joining = square;
        }
        join_rows(d, leaf, wanted + i, end - i);
        i = end;
    }
}

void geo_heat_collect(const struct geo_heat_query *q, const struct geo_heat_box *box,
                      const struct geo_heat_dots *asked)
{
    struct dot_walk d = {
        .walk = {.square = dot_square, .rows = dot_rows}, .asked = asked, .joining = UINT64_MAX};
    for (uint64_t i = 0; i < 256; i++) {
        struct geo_heat_place part = heat_unweave(i);
        d.parts[i] = part.x | (uint64_t)part.y << 32;
    }
    heat_walk(&d.walk, q, box);
    end_joining(&d);
    send_dots(&d);
}
