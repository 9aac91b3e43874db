/* The cells of a tile, one after the other in Morton order, as the walk comes through them. */
#include <string.h>

#include "geo/geo_heat_walk.h"

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
    out->n = heat_sets_by_keys(leaf, block, 64 - 2 * (c->tile.z + c->depth), out->sets);
    for (size_t i = 0; i < out->n; i++) {
        out->cells[i] = cell_of(c, heat_set_key(leaf, block->at, out->sets[i]));
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
        heat_count_sets(walk->query, leaf, blocks[b].at, found.sets, found.n, sums);
        for (size_t i = 0; i < found.n; i++) {
            if (i == 0 || i + 1 == found.n) {
                add_to_cell(c, found.cells[i], &sums[i]);
            } else { /* neither the block before nor the next has any of it */
                end_cell(c);
                c->visit(c->arg, found.cells[i], &sums[i]);
            }
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
        heat_count_rows(walk, leaf, wanted + i, end - i, &sums);
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
