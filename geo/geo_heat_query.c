/* Asking a view: which rows a filter wants, and the walk through the tree that every question
 * takes. */
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_walk.h"

/* --- making a filter ready -------------------------------------------------------------------- */

/* Ids below this are told by a bit each, others by looking through the list. */
#define ID_BITS 32768

/* Which codes are those of the ids. */
static void mark_codes(const struct heat_codes *codes, size_t n_codes, const int32_t *ids, size_t n,
                       uint8_t *ok)
{
    uint64_t bits[ID_BITS / 64];
    int32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        most = ids[i] > most ? ids[i] : most;
    }
    bool by_bits = most < ID_BITS;
    memset(bits, 0, by_bits ? ((size_t)most / 64 + 1) * sizeof(*bits) : 0);
    for (size_t i = 0; i < n && by_bits; i++) {
        uint32_t id = ids[i] < 0 ? 0 : (uint32_t)ids[i]; /* nothing has 0 */
        bits[id / 64] |= UINT64_C(1) << (id % 64);
    }
    for (size_t c = 1; c < n_codes; c++) {
        int32_t id = codes->ids[c];
        if (by_bits) {
            ok[c] = id > 0 && id <= most && (bits[id / 64] >> (id % 64) & 1U) != 0;
            continue;
        }
        for (size_t i = 0; i < n && ok[c] == 0; i++) {
            ok[c] = id == ids[i];
        }
    }
}

/* False when memory is short. */
static bool want_codes(const struct geo_heat_view *view, int which, const int32_t *ids, size_t n,
                       struct heat_set *set)
{
    size_t n_codes = view->n_codes[which];
    set->mask[0] = set->mask[1] = UINT64_MAX;
    if (ids == NULL) {
        return true;
    }
    set->ok = calloc(n_codes, 1); /* there is always code 0 */
    set->small = n_codes <= 256;
    if (set->ok == NULL) {
        return false;
    }
    mark_codes(&view->index->codes[which], n_codes, ids, n, set->ok);
    set->mask[0] = set->mask[1] = 0;
    for (size_t c = 1; c < n_codes; c++) {
        if (set->ok[c] != 0) {
            heat_mask_set(set->mask, (unsigned)c);
        }
        if (set->small && set->ok[c] != 0) {
            set->bits[c >> 3] |= (uint8_t)(1U << (c & 7));
        }
    }
    return true;
}

static void want_states(struct geo_heat_query *q, const struct geo_heat_filter *f)
{
    unsigned statuses = f->statuses == 0 ? UINT16_MAX : f->statuses;
    unsigned channels = f->channels == 0 ? UINT8_MAX : f->channels;
    for (unsigned state = 0; state < 256; state++) {
        unsigned ok = statuses >> (state & 15U) & channels >> (state >> 4 & 7U) & 1U;
        q->states.bits[state >> 3] |= (uint8_t)(ok << (state & 7));
    }
    q->by_state = f->statuses != 0 || f->channels != 0;
}

static void want_times(struct geo_heat_query *q, const struct geo_heat_filter *f)
{
    int64_t from = f->has_from && f->from_s > 0 ? f->from_s : 0;
    int64_t to = f->has_to && f->to_s <= UINT32_MAX ? f->to_s : INT64_C(1) << 32;
    q->by_time = f->has_from || f->has_to;
    if (from > UINT32_MAX || to <= from) {
        q->nothing = true;
        return;
    }
    q->from = (uint32_t)from;
    q->span = (uint32_t)(to - from - 1);
}

enum status geo_heat_query_create(struct geo_heat_view *view, const struct geo_heat_filter *f,
                                  struct geo_heat_query **out, struct err *e)
{
    struct geo_heat_query *q = calloc(1, sizeof(*q));
    bool ok = q != NULL;
    if (ok) {
        q->view = view;
        q->box = f->has_box ? f->box : geo_heat_everywhere;
        q->nothing = q->box.west > q->box.east || q->box.north > q->box.south;
        want_states(q, f);
        want_times(q, f);
    }
    ok = ok && want_codes(view, HEAT_CATEGORY, f->categories, f->n_categories, &q->category) &&
         want_codes(view, HEAT_AGENCY, f->agencies, f->n_agencies, &q->agency) &&
         want_codes(view, HEAT_WARD, f->wards, f->n_wards, &q->ward);
    if (!ok) {
        geo_heat_query_destroy(q);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a filter");
    }
    q->by_mask = q->agency.ok != NULL || q->ward.ok != NULL;
    q->all = !q->by_state && !q->by_time && q->category.ok == NULL && q->agency.ok == NULL &&
             q->ward.ok == NULL;
    *out = q;
    return STATUS_OK;
}

void geo_heat_query_destroy(struct geo_heat_query *q)
{
    if (q != NULL) {
        free(q->category.ok);
        free(q->agency.ok);
        free(q->ward.ok);
        free(q);
    }
}

/* --- rows that a filter wants ------------------------------------------------------------------
 */

static size_t keep_in_box(const struct geo_heat_box *box, const struct heat_leaf *leaf,
                          uint16_t *wanted, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct geo_heat_place p = heat_unweave(leaf->keys[wanted[i]]);
        wanted[kept] = wanted[i];
        kept += p.x >= box->west && p.x <= box->east && p.y >= box->north && p.y <= box->south;
    }
    return kept;
}

static void scan(struct heat_walk *walk, const struct heat_ahead *ahead)
{
    const struct heat_due *now = &walk->now;
    if (walk->blocks != NULL && !now->cut_by_box && now->zoom >= walk->blocks_zoom &&
        heat_by_blocks(walk->query, now->leaf)) {
        struct heat_block blocks[HEAT_BLOCKS];
        size_t n = heat_scan_blocks(walk->query, now->leaf, now->range, ahead, blocks);
        walk->blocks(walk, now->leaf, blocks, n);
        return;
    }
    uint16_t wanted[GEO_HEAT_LEAF_MAX + 1];
    size_t n = heat_scan(walk->query, now->leaf, now->range, ahead, wanted);
    if (now->cut_by_box) {
        n = keep_in_box(&walk->box, now->leaf, wanted, n);
    }
    if (n > 0 && !walk->stop) {
        walk->rows(walk, now->leaf, wanted, n);
    }
}

/* Scans the rows that wait first, if any do. */
static void scan_due(struct heat_walk *walk)
{
    const struct heat_ahead ahead = {walk->due[1].leaf, walk->due[1].range};
    int64_t entered = walk->entered;
    walk->now = walk->due[0];
    walk->due[0] = walk->due[1];
    walk->due[1].leaf = NULL;
    if (walk->now.leaf != NULL) {
        walk->entered = walk->now.entered;
        scan(walk, &ahead);
        walk->entered = entered;
    } else {
        heat_scan_soon(walk->query, &ahead);
    }
}

/* The rows that are wanted, to the sink: at once where squares are taken whole in between, else
 * when the next ones are known and on their way here from memory. */
static void give_rows(struct heat_walk *walk, const struct heat_due *due)
{
    if (walk->query->all) {
        const struct heat_ahead none = {0};
        walk->now = *due;
        scan(walk, &none);
        return;
    }
    __builtin_prefetch(due->leaf);
    __builtin_prefetch((const char *)due->leaf + 64);
    scan_due(walk);
    walk->due[1] = *due;
}

/* --- the walk --------------------------------------------------------------------------------- */

enum touch { OUTSIDE, CUT, INSIDE };

static enum touch touch_of(const struct geo_heat_box *box, const struct geo_heat_box *square)
{
    if (square->east < box->west || square->west > box->east || square->south < box->north ||
        square->north > box->south) {
        return OUTSIDE;
    }
    return square->west >= box->west && square->east <= box->east && square->north >= box->north &&
                   square->south <= box->south
               ? INSIDE
               : CUT;
}

/* Square s of the node at a level, whose own north-west corner is `corner`. From level 16 on all
 * squares are one and the same place. */
static struct geo_heat_box square_of(struct geo_heat_place corner, unsigned level, unsigned s)
{
    if (level >= HEAT_KEY_LEVELS) {
        return (struct geo_heat_box){corner.x, corner.y, corner.x, corner.y};
    }
    unsigned shift = 30 - 2 * level;
    uint32_t last = (uint32_t)((1U << shift) - 1);
    uint32_t west = corner.x | ((s & 1U) | (s >> 1 & 2U)) << shift;
    uint32_t north = corner.y | ((s >> 1 & 1U) | (s >> 2 & 2U)) << shift;
    return (struct geo_heat_box){west, north, west + last, north + last};
}

static unsigned zoom_of(unsigned level)
{
    return level >= HEAT_KEY_LEVELS ? 32 : 2 * level + 2;
}

static void walk_node(struct heat_walk *walk, const struct heat_node *node, unsigned level,
                      uint64_t prefix);

/* Squares that hang on one leaf and are wanted alike: row by row. Where each has its rows is known
 * from how many they are. */
static void walk_leaf(struct heat_walk *walk, const struct heat_node *node,
                      const struct heat_run *run, uint64_t prefix, bool cut_by_box)
{
    const heat_child c = node->child[run->first];
    struct heat_due due = {
        .leaf = heat_leaf_of(c), .cut_by_box = cut_by_box, .entered = walk->entered};
    unsigned first = run->first;
    size_t at = 0;
    while (first > 0 && node->child[first - 1] == c) {
        first--;
    }
    for (; first < run->first; first++) {
        at += node->sums[first].count;
    }
    due.range.first = at;
    for (unsigned s = run->first; s <= run->last; s++) {
        due.keys[due.n] = prefix | (uint64_t)s << (60 - 4 * (run->level & 15U));
        due.ends[due.n++] = at += node->sums[s].count;
    }
    due.range.end = at;
    due.zoom = run->level < HEAT_KEY_LEVELS ? zoom_of(run->level) : 0;
    give_rows(walk, &due);
}

/* What is to be done with a square: 0 nothing (more), 1 look into it, 2 and cut by the box. */
static int look_at(struct heat_walk *walk, const struct heat_node *node, unsigned level, unsigned s,
                   struct geo_heat_place corner)
{
    if (node->sums[s].count == 0 || !heat_may_have(walk->query, &node->masks[s])) {
        return 0;
    }
    struct geo_heat_box square = square_of(corner, level, s);
    enum touch touch = touch_of(&walk->box, &square);
    if (touch == OUTSIDE) {
        return 0;
    }
    if (walk->square != NULL && touch == INSIDE && walk->query->all &&
        walk->square(walk, &square, zoom_of(level), &node->sums[s])) {
        return 0;
    }
    return touch == CUT ? 2 : 1;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static void walk_below(struct heat_walk *walk, const struct heat_node *node, unsigned level,
                       unsigned s, uint64_t prefix)
{
    uint64_t below = level < HEAT_KEY_LEVELS ? prefix | (uint64_t)s << (60 - 4 * level) : prefix;
    if (walk->enter != NULL) {
        struct geo_heat_box square = square_of(heat_unweave(prefix), level, s);
        int64_t before = walk->entered;
        if (walk->enter(walk, &square, zoom_of(level))) {
            walk_node(walk, heat_node_of(node->child[s]), level + 1, below);
        }
        walk->entered = before;
        return;
    }
    walk_node(walk, heat_node_of(node->child[s]), level + 1, below);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static void walk_node(struct heat_walk *walk, const struct heat_node *node, unsigned level,
                      uint64_t prefix)
{
    struct geo_heat_place corner = heat_unweave(prefix);
    if (!walk->query->all) {
        for (unsigned s = 0; s < HEAT_SLOTS; s++) {
            __builtin_prefetch((const void *)(node->child[s] & ~(heat_child)1));
        }
    }
    for (unsigned s = 0; s < HEAT_SLOTS && !walk->stop; s++) {
        int look = look_at(walk, node, level, s, corner);
        if (look == 0) {
            continue;
        }
        if (!heat_is_leaf(node->child[s])) {
            walk_below(walk, node, level, s, prefix);
            continue;
        }
        /* As many squares of the leaf as are to be looked at in the same way, at once. Below
         * level 16 all are. */
        struct heat_run run = {level, s, s};
        unsigned next = s + 1;
        for (; next < HEAT_SLOTS && node->child[next] == node->child[s]; next++) {
            if (node->sums[next].count == 0 || !heat_may_have(walk->query, &node->masks[next])) {
                continue;
            }
            int next_look = look_at(walk, node, level, next, corner);
            if (next_look == 0) {
                next++; /* answered, or outside: it ends the run */
                break;
            }
            if (next_look != look) {
                break; /* the next run begins with it */
            }
            run.last = next;
        }
        walk_leaf(walk, node, &run, prefix, look == 2);
        s = next - 1;
    }
}

void heat_walk(struct heat_walk *walk, const struct geo_heat_query *q,
               const struct geo_heat_box *box)
{
    walk->query = q;
    walk->box = *box;
    walk->box.west = box->west > q->box.west ? box->west : q->box.west;
    walk->box.north = box->north > q->box.north ? box->north : q->box.north;
    walk->box.east = box->east < q->box.east ? box->east : q->box.east;
    walk->box.south = box->south < q->box.south ? box->south : q->box.south;
    if (!q->nothing && walk->box.west <= walk->box.east && walk->box.north <= walk->box.south) {
        walk_node(walk, q->view->root, 0, 0);
        scan_due(walk);
        scan_due(walk);
    }
}

/* --- how much, and since when ------------------------------------------------------------------
 */

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static size_t work_in(const struct geo_heat_query *q, const struct heat_node *node, unsigned level,
                      struct geo_heat_place corner, const struct heat_asked *asked)
{
    size_t work = 0;
    for (unsigned s = 0; s < HEAT_SLOTS; s++) {
        struct geo_heat_box square = square_of(corner, level, s);
        bool none = node->sums[s].count == 0 || !heat_may_have(q, &node->masks[s]);
        enum touch touch = none ? OUTSIDE : touch_of(asked->box, &square);
        if (touch == OUTSIDE || (q->all && touch == INSIDE && zoom_of(level) >= asked->zoom)) {
            continue;
        }
        bool leaf = heat_is_leaf(node->child[s]);
        if (leaf || level >= HEAT_KEY_LEVELS || (touch == INSIDE && !q->all)) {
            work += node->sums[s].count;
        } else {
            work += work_in(q, heat_node_of(node->child[s]), level + 1,
                            (struct geo_heat_place){square.west, square.north}, asked);
        }
    }
    return work;
}

size_t geo_heat_query_work(const struct geo_heat_query *q, const struct geo_heat_box *box,
                           unsigned cell_zoom)
{
    const struct heat_asked asked = {box, cell_zoom};
    return q->nothing ? 0 : work_in(q, q->view->root, 0, (struct geo_heat_place){0, 0}, &asked);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static uint64_t changed_in(const struct heat_node *node, unsigned level,
                           struct geo_heat_place corner, const struct geo_heat_box *box)
{
    uint64_t newest = 0;
    for (unsigned s = 0; s < HEAT_SLOTS; s++) {
        struct geo_heat_box square = square_of(corner, level, s);
        enum touch touch = node->changed[s] <= newest ? OUTSIDE : touch_of(box, &square);
        if (touch == OUTSIDE) {
            continue;
        }
        heat_child c = node->child[s];
        uint64_t changed = node->changed[s];
        if (touch == CUT && c != 0 && !heat_is_leaf(c)) {
            changed = changed_in(heat_node_of(c), level + 1,
                                 (struct geo_heat_place){square.west, square.north}, box);
        }
        newest = changed > newest ? changed : newest;
    }
    return newest;
}

uint64_t geo_heat_view_changed(const struct geo_heat_view *view, const struct geo_heat_box *box)
{
    return changed_in(view->root, 0, (struct geo_heat_place){0, 0}, box);
}
