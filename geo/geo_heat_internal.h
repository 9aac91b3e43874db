/* Between the files of the heat index only. See geo_heat_index.h for what it is.
 *
 * A complaint's path is its Morton key (64 bits: 32 of x and 32 of y, woven) and then its mixed id
 * (64 bits): four bits a level, so that even complaints in one and the same place fall apart below
 * level 16. Node at level d divides its square by the d-th four bits; its 16 squares are of zoom
 * 2 (d + 1). A leaf holds all complaints of a run of squares of one node. */
#ifndef GEO_GEO_HEAT_INTERNAL_H
#define GEO_GEO_HEAT_INTERNAL_H

#include <pthread.h>

#include "geo/geo_heat_index.h"

#define HEAT_SLOTS      16
#define HEAT_KEY_LEVELS 16 /* levels that a key decides */
#define HEAT_LEVELS     32
#define HEAT_CODES_MAX  65536

/* flags: satisfaction in two bits, missed in one, weight in five. state: status in four, channel in
 * three, reopened in one. */
#define HEAT_STATE(status, channel, reopened)                                                      \
    ((uint8_t)((status) | (unsigned)(channel) << 4 | (unsigned)(reopened) << 7))
#define HEAT_REOPENED(state) ((uint32_t)(state) >> 7)
#define HEAT_FLAGS(satisfied, missed, weight)                                                      \
    ((uint8_t)((satisfied) | (unsigned)(missed) << 2 | (unsigned)(weight) << 3))

/* A column of codes in two of bytes: of at most 256 codes, the upper one is nothing but 0, and a
 * filter reads half as much. */
struct heat_column {
    uint8_t *low, *high;
};

/* Columns of n values, one after another in one piece of memory. */
struct heat_leaf {
    uint32_t n;
    uint64_t *keys, *ids; /* ascending by key, then by mixed id */
    uint32_t *due;
    uint16_t *received_high, *received_low; /* a period's edges aside, the upper half decides */
    struct heat_column category, agency, ward;
    uint8_t *state, *flags;
    uint64_t memory[]; /* behind it the columns */
};

static inline unsigned heat_code_at(const struct heat_column *column, size_t i)
{
    return column->low[i] | (unsigned)column->high[i] << 8;
}
static inline uint32_t heat_received_at(const struct heat_leaf *leaf, size_t i)
{
    return leaf->received_low[i] | (uint32_t)leaf->received_high[i] << 16;
}

/* Which codes may be among some complaints: a bit for all codes that end in the same seven bits.
 * What was removed may still have its bit. */
struct heat_mask {
    uint64_t agency[2], ward[2];
};
static inline void heat_mask_set(uint64_t bits[2], unsigned code)
{
    bits[code >> 6 & 1U] |= UINT64_C(1) << (code & 63U);
}
static inline void heat_mask_add(struct heat_mask *mask, const struct heat_mask *more)
{
    for (int i = 0; i < 2; i++) {
        mask->agency[i] |= more->agency[i];
        mask->ward[i] |= more->ward[i];
    }
}

/* One row of a leaf, or of what is to become one. */
struct heat_row {
    uint64_t key, id;
    uint32_t received, due;
    uint16_t category, agency, ward;
    uint8_t state, flags;
};

/* What hangs below a square: nothing, a node, or a leaf (that of the squares beside it may be the
 * same). The lowest bit says that it is a leaf. */
typedef uintptr_t heat_child;

struct heat_node {
    heat_child child[HEAT_SLOTS];
    uint64_t changed[HEAT_SLOTS];  /* the version of the last change below */
    uint32_t next_due[HEAT_SLOTS]; /* no open complaint becomes late before; may be too early */
    struct heat_mask masks[HEAT_SLOTS];
    struct geo_heat_sums sums[HEAT_SLOTS];
};

static inline bool heat_is_leaf(heat_child c)
{
    return (c & 1U) != 0;
}
static inline const struct heat_leaf *heat_leaf_of(heat_child c)
{
    return (const struct heat_leaf *)(c - 1U);
}
static inline const struct heat_node *heat_node_of(heat_child c)
{
    return (const struct heat_node *)c;
}
static inline heat_child heat_child_leaf(const struct heat_leaf *leaf)
{
    return (heat_child)leaf + 1U;
}

/* Database ids as small codes, in order of first use. Only the writer adds; a view reads those that
 * were there when it was made. Code 0 is id 0: none. */
struct heat_codes {
    int32_t *ids; /* HEAT_CODES_MAX */
    size_t n;
    uint32_t *slots; /* the writer's: open addressing by id; a code + 1, or 0 */
};
enum { HEAT_CATEGORY, HEAT_AGENCY, HEAT_WARD, HEAT_DICTIONARIES };

struct geo_heat_view {
    struct geo_heat_index *index;
    uint64_t version;
    uint32_t now_s;
    const struct heat_node *root; /* always there */
    size_t n_codes[HEAT_DICTIONARIES];
    uint32_t references; /* under the lock; the index holds one of the newest */
    struct geo_heat_view *newer;
    void **retired; /* what this version was the last to need */
    size_t n_retired, retired_bytes;
};

/* Pages of the map from id to key. A key may be anything, so a bit says which ids there are. */
#define HEAT_PAGE 256
struct heat_page {
    uint64_t number;
    uint64_t present[HEAT_PAGE / 64];
    uint64_t keys[HEAT_PAGE];
    size_t n;
};
struct heat_map {
    struct heat_page **slots; /* open addressing by number */
    size_t n_slots, n_pages;
};

struct geo_heat_index {
    uint16_t open_statuses;
    pthread_mutex_t lock; /* guards oldest, newest, references, and stats */
    struct geo_heat_view *oldest, *newest;
    struct geo_heat_stats stats;
    size_t tree_bytes;
    struct heat_codes codes[HEAT_DICTIONARIES];
    struct heat_map map; /* the writer's */
};

/* --- geo_heat_codes.c: the dictionaries and the map; the writer's only -------------------------
 */
bool heat_codes_init(struct heat_codes *codes);
void heat_codes_free(struct heat_codes *codes);
/* The code of the id, a new one if need be; -1 when there is no room. */
int32_t heat_codes_add(struct heat_codes *codes, int32_t id);

void heat_map_free(struct heat_map *map);
bool heat_map_get(const struct heat_map *map, uint64_t id, uint64_t *key);
bool heat_map_put(struct heat_map *map, uint64_t id, uint64_t key); /* false: no memory */
void heat_map_remove(struct heat_map *map, uint64_t id);
size_t heat_map_bytes(const struct heat_map *map);

/* --- geo_heat_leaf.c ---------------------------------------------------------------------------
 */
uint64_t heat_weave(struct geo_heat_place place);
struct geo_heat_place heat_unweave(uint64_t key);

/* A bijection: no two ids mix to the same. */
static inline uint64_t heat_mix(uint64_t id)
{
    uint64_t h = id * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 32;
    return h * UINT64_C(0xd6e8feb86659fd93);
}

/* The four bits of a path that a level goes by. */
static inline unsigned heat_slot(uint64_t key, uint64_t id, unsigned level)
{
    return level < HEAT_KEY_LEVELS ? (unsigned)(key >> (60 - 4 * level)) & 15U
                                   : (unsigned)(heat_mix(id) >> (60 - 4 * (level - 16))) & 15U;
}

static inline bool heat_path_less(uint64_t key, uint64_t id, uint64_t other_key, uint64_t other_id)
{
    return key != other_key ? key < other_key : heat_mix(id) < heat_mix(other_id);
}

struct heat_leaf *heat_leaf_alloc(size_t n); /* NULL: no memory */
size_t heat_leaf_bytes(size_t n);
struct heat_row heat_leaf_row(const struct heat_leaf *leaf, size_t i);
void heat_leaf_set(struct heat_leaf *leaf, size_t i, const struct heat_row *row);
/* Copies n rows from one leaf to another, column by column. */
void heat_leaf_copy(struct heat_leaf *to, size_t at, const struct heat_leaf *from, size_t first,
                    size_t n);
/* The first row whose key is not below. */
size_t heat_leaf_find(const struct heat_leaf *leaf, uint64_t key);
/* The first row at or behind the path. */
size_t heat_leaf_find_path(const struct heat_leaf *leaf, uint64_t key, uint64_t id);

/* --- geo_heat_index.c: a batch -------------------------------------------------------------- */

struct heat_work;
void heat_work_begin(struct heat_work *w, struct geo_heat_index *index);
/* One of the two ends it. `view` is taken over. */
void heat_publish(struct heat_work *w, struct geo_heat_view *view, const struct heat_node *root);
void heat_work_give_up(struct heat_work *w);
/* What another thread has made for the same version becomes part of the first. */
void heat_work_join(struct heat_work *w, struct heat_work *other);
/* False: too many categories, agencies or wards. */
bool heat_row_of(struct geo_heat_index *index, const struct geo_heat_record *r,
                 struct heat_row *row);
enum status heat_too_many(struct err *e);

/* --- geo_heat_tree.c: making new versions of nodes ---------------------------------------------
 */

/* A row to be as given, or not to be. Ordered by path, one for an id and key. */
struct heat_edit {
    struct heat_row row;
    bool drop;
};

/* Where an edit acts in a leaf, whether its row is there, and whether there is nothing to do. */
struct heat_found {
    uint32_t at;
    bool there, idle;
};
struct heat_edits {
    const struct heat_edit *edits;
    struct heat_found *found;
    size_t n;
};

/* Squares first..last of a node of that level. */
struct heat_run {
    unsigned level, first, last;
};

/* One batch under way. */
struct heat_work {
    struct geo_heat_index *index;
    uint16_t open_statuses;
    uint32_t was_s, now_s; /* the second of the version before, and of the one that is made */
    uint64_t version;
    bool failed;
    bool changed;   /* anything at all */
    void **retired; /* of the version before */
    size_t n_retired, cap_retired, retired_bytes;
    void **made; /* in this batch: given up when it fails */
    size_t n_made, cap_made, made_bytes;
    long d_leaves, d_nodes;
    struct heat_row *rows; /* a run that is made anew */
    size_t n_rows, cap_rows;
    struct heat_found *found; /* places of the edits of a leaf */
    size_t cap_found;
    const struct geo_heat_batch *told;
};

/* A copy, or (NULL) an empty one. NULL: w->failed. */
struct heat_node *heat_node_make(struct heat_work *w, const struct heat_node *like);
/* Fills a run of squares from all their rows, in order of path. */
void heat_build_run(struct heat_work *w, struct heat_node *node, const struct heat_run *run,
                    const struct heat_row *rows, size_t n);
void heat_sum_up(const struct heat_node *node, struct geo_heat_sums *sums, uint32_t *next_due);
/* Brings a square of the node above up to date with the node below it. */
void heat_sum_below(struct heat_node *above, unsigned slot, const struct heat_node *below);
/* Each gives the new root, the old one if nothing changed, or NULL after a failure. */
const struct heat_node *heat_tree_apply(struct heat_work *w, const struct heat_node *root,
                                        const struct heat_edit *edits, size_t n);
const struct heat_node *heat_tree_tick(struct heat_work *w, const struct heat_node *root);
/* Notes the node and everything below as no longer needed. */
void heat_tree_retire(struct heat_work *w, const struct heat_node *node);

/* What a row adds. */
static inline void heat_count(struct geo_heat_sums *s, unsigned state, unsigned flags, uint32_t due,
                              uint16_t open_statuses, uint32_t now_s)
{
    uint32_t open = (uint32_t)open_statuses >> (state & 15U) & 1U;
    uint32_t rating = flags & 3U;
    s->count++;
    s->open += open;
    s->late += open & (due < now_s);
    s->missed += (flags >> 2) & 1U;
    s->reopened += HEAT_REOPENED(state);
    s->again += open & HEAT_REOPENED(state);
    s->rated += rating != 0;
    s->satisfaction += rating;
    s->weight += flags >> 3;
}

static inline void heat_sums_add(struct geo_heat_sums *s, const struct geo_heat_sums *more)
{
    s->count += more->count;
    s->open += more->open;
    s->late += more->late;
    s->missed += more->missed;
    s->reopened += more->reopened;
    s->again += more->again;
    s->rated += more->rated;
    s->satisfaction += more->satisfaction;
    s->weight += more->weight;
}

static inline void heat_sums_take(struct geo_heat_sums *s, const struct geo_heat_sums *less)
{
    s->count -= less->count;
    s->open -= less->open;
    s->late -= less->late;
    s->missed -= less->missed;
    s->reopened -= less->reopened;
    s->again -= less->again;
    s->rated -= less->rated;
    s->satisfaction -= less->satisfaction;
    s->weight -= less->weight;
}

#endif
