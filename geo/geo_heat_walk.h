/* Between the files that ask the heat index only: the walk through a view. */
#ifndef GEO_GEO_HEAT_WALK_H
#define GEO_GEO_HEAT_WALK_H

#include "geo/geo_heat_internal.h"

/* Some of a column's codes. */
struct heat_set {
    uint8_t *ok;      /* a byte a code; NULL: all */
    bool small;       /* some, of at most 256 codes: they are in bits too */
    uint8_t bits[32]; /* bit c & 7 of byte c >> 3 */
    uint64_t
        mask[2]; /* as heat_mask: where it and a square's have no bit in common, none is there */
};

struct geo_heat_query {
    struct geo_heat_view *view;
    bool all; /* no condition but the box */
    bool nothing;
    bool by_state, by_time;
    uint32_t from, span; /* received - from <= span */
    struct geo_heat_box box;
    bool by_blocks;         /* leaves may be looked at by blocks */
    bool by_mask;           /* squares may be left out by their masks */
    uint8_t is_open[16];    /* by status: 128 or 0 */
    struct heat_set states; /* in bits only */
    struct heat_set category, agency, ward;
};

struct heat_range {
    size_t first, end;
};

/* What is scanned after it: its columns are brought nearer meanwhile. Of no leaf: nothing. */
struct heat_ahead {
    const struct heat_leaf *leaf;
    struct heat_range range;
};

/* geo_heat_scan.c: the rows of the range that the filter wants, wherever they lie, ascending.
 * Returns how many; wanted[] has room for all. */
size_t heat_scan(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                 struct heat_range range, const struct heat_ahead *ahead, uint16_t *wanted);

/* Rows at .. at + 63 of a leaf: a bit for each that is wanted. */
#define HEAT_BLOCK 64
struct heat_block {
    size_t at;
    uint64_t bits;
};
#define HEAT_BLOCKS (GEO_HEAT_LEAF_MAX / HEAT_BLOCK + 1)

/* Can this processor scan and count by blocks? */
bool heat_has_vectors(void);
/* Can the leaf be scanned and counted by blocks? */
static inline bool heat_by_blocks(const struct geo_heat_query *q, const struct heat_leaf *leaf)
{
    return q->by_blocks && leaf->n >= HEAT_BLOCK;
}
/* As heat_scan; returns how many blocks have anything, ascending, each row in one of them. All 64
 * rows of a block are rows of the leaf. */
size_t heat_scan_blocks(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                        struct heat_range range, const struct heat_ahead *ahead,
                        struct heat_block *blocks);
/* geo_heat_count.c: sums of up to 64 sets of a block's rows that share none. */
void heat_count_sets(const struct geo_heat_query *q, const struct heat_leaf *leaf, size_t at,
                     const uint64_t *sets, size_t n, struct geo_heat_sums *sums);
/* The wanted rows of a block by the squares that their keys without the lower `shift` bits name: a
 * set each, ascending, up to 64. Returns how many. */
size_t heat_sets_by_keys(const struct heat_leaf *leaf, const struct heat_block *block,
                         unsigned shift, uint64_t *sets);
static inline uint64_t heat_set_key(const struct heat_leaf *leaf, size_t at, uint64_t set)
{
    return leaf->keys[at + (size_t)__builtin_ctzll(set)]; /* of its first row */
}
/* Brings the columns nearer that the filter reads of those rows. */
void heat_scan_soon(const struct geo_heat_query *q, const struct heat_ahead *ahead);

static inline bool heat_may_have(const struct geo_heat_query *q, const struct heat_mask *mask)
{
    return !q->by_mask ||
           (((q->agency.mask[0] & mask->agency[0]) != 0 ||
             (q->agency.mask[1] & mask->agency[1]) != 0) &&
            ((q->ward.mask[0] & mask->ward[0]) != 0 || (q->ward.mask[1] & mask->ward[1]) != 0));
}

/* Rows of a leaf that are to be scanned, and how they lie in the squares of their node. */
struct heat_due {
    const struct heat_leaf *leaf; /* NULL: none */
    struct heat_range range;
    bool cut_by_box;
    int64_t entered;
    unsigned zoom;             /* of the squares; 0: not known (below zoom 32 they are one place) */
    size_t n;                  /* squares */
    uint64_t keys[HEAT_SLOTS]; /* where each begins */
    size_t ends[HEAT_SLOTS];   /* behind its last row */
};

struct heat_asked {
    const struct geo_heat_box *box;
    unsigned zoom;
};

/* Squares and rows in Morton order. Zeroed but for what is said. */
struct heat_walk {
    const struct geo_heat_query *query;
    struct geo_heat_box box; /* the query's and the question's together */
    bool stop;
    /* A square (heat_square) that lies in the box, when there is no other condition: true if its
     * sums are all that is wanted of it. May be NULL. */
    bool (*square)(struct heat_walk *walk, uint64_t key, unsigned zoom,
                   const struct geo_heat_sums *sums);
    /* Before going into a node: false to leave it out. `entered` is put back behind it. */
    bool (*enter)(struct heat_walk *walk, uint64_t key, unsigned zoom);
    int64_t entered;
    /* Two wait for their scan: the leaf of the second comes from memory while what is before the
     * first is scanned, its columns while the first is. */
    struct heat_due due[2];
    struct heat_due now; /* is being scanned */
    /* Rows of now.leaf that are wanted, by blocks, where that can be and its squares are whole. May
     * be NULL. */
    void (*blocks)(struct heat_walk *walk, const struct heat_leaf *leaf,
                   const struct heat_block *blocks, size_t n);
    /* Rows of now.leaf that are wanted, one by one, ascending; never none. */
    void (*rows)(struct heat_walk *walk, const struct heat_leaf *leaf, const uint16_t *wanted,
                 size_t n);
};

static inline void heat_count_row(const struct heat_walk *walk, const struct heat_leaf *leaf,
                                  size_t i, struct geo_heat_sums *sums)
{
    const struct geo_heat_view *view = walk->query->view;
    heat_count(sums, leaf->state[i], leaf->flags[i], leaf->due[i], view->index->open_statuses,
               view->now_s);
}
static inline void heat_count_rows(const struct heat_walk *walk, const struct heat_leaf *leaf,
                                   const uint16_t *wanted, size_t n, struct geo_heat_sums *sums)
{
    for (size_t i = 0; i < n; i++) {
        heat_count_row(walk, leaf, wanted[i], sums);
    }
}

/* The square of that zoom that begins with the key; at zoom 32 it is one place. */
struct geo_heat_box heat_square(uint64_t key, unsigned zoom);

void heat_walk(struct heat_walk *walk, const struct geo_heat_query *q,
               const struct geo_heat_box *box);

#endif
