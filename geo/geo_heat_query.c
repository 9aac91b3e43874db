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
    for (unsigned status = 0; status < 16; status++) {
        q->is_open[status] =
            (uint8_t)(((uint32_t)q->view->index->open_statuses >> status & 1U) << 7);
    }
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
    q->by_blocks = heat_has_vectors();
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
    if (walk->blocks != NULL && !now->cut_by_box && heat_by_blocks(walk->query, now->leaf)) {
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

struct geo_heat_box heat_square(uint64_t key, unsigned zoom)
{
    struct geo_heat_place corner = heat_unweave(key);
    uint32_t last = (uint32_t)((UINT64_C(1) << (32 - zoom)) - 1);
    return (struct geo_heat_box){corner.x, corner.y, corner.x + last, corner.y + last};
}

static unsigned zoom_of(unsigned level)
{
    return level >= HEAT_KEY_LEVELS ? 32 : 2 * level + 2;
}

/* Where square s of a node begins. From level 16 on all squares are one and the same place. */
static uint64_t key_of(uint64_t prefix, unsigned level, unsigned s)
{
    return level < HEAT_KEY_LEVELS ? prefix | (uint64_t)s << (60 - 4 * level) : prefix;
}

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
        due.keys[due.n] = key_of(prefix, run->level, s);
        due.ends[due.n++] = at += node->sums[s].count;
    }
    due.range.end = at;
    due.zoom = run->level < HEAT_KEY_LEVELS ? zoom_of(run->level) : 0;
    give_rows(walk, &due);
}

/* A node on the way: what its squares' keys begin with, and whether it lies in the box as a whole,
 * so that none of them need be looked at for that. */
struct at {
    const struct heat_node *node;
    unsigned level;
    uint64_t prefix;
    bool inside;
};

/* How a square lies in the box, OUTSIDE too where nothing is wanted of it. */
static enum touch touch_at(const struct heat_walk *walk, const struct at *at, unsigned s)
{
    if (at->node->sums[s].count == 0 || !heat_may_have(walk->query, &at->node->masks[s])) {
        return OUTSIDE;
    }
    if (at->inside) {
        return INSIDE;
    }
    struct geo_heat_box square = heat_square(key_of(at->prefix, at->level, s), zoom_of(at->level));
    return touch_of(&walk->box, &square);
}

/* What is to be done with it: nothing more (OUTSIDE) where its sums are all that is wanted. */
static enum touch look_at(struct heat_walk *walk, const struct at *at, unsigned s)
{
    enum touch touch = touch_at(walk, at, s);
    bool done = touch == INSIDE && walk->square != NULL && walk->query->all &&
                walk->square(walk, key_of(at->prefix, at->level, s), zoom_of(at->level),
                             &at->node->sums[s]);
    return done ? OUTSIDE : touch;
}

static void walk_node(struct heat_walk *walk, const struct at *at);

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static void walk_below(struct heat_walk *walk, const struct at *at, unsigned s, bool inside)
{
    uint64_t key = key_of(at->prefix, at->level, s);
    const struct at below = {heat_node_of(at->node->child[s]), at->level + 1, key, inside};
    int64_t before = walk->entered;
    if (walk->enter == NULL || walk->enter(walk, key, zoom_of(at->level))) {
        walk_node(walk, &below);
    }
    walk->entered = before;
}

/* As many squares of the leaf of square s as are to be looked at in the same way, at once. Returns
 * the first behind them. */
static unsigned walk_run(struct heat_walk *walk, const struct at *at, unsigned s, enum touch look)
{
    const struct heat_node *node = at->node;
    struct heat_run run = {at->level, s, s};
    unsigned next = s + 1;
    for (; next < HEAT_SLOTS && node->child[next] == node->child[s]; next++) {
        if (node->sums[next].count == 0 || !heat_may_have(walk->query, &node->masks[next])) {
            continue;
        }
        /* A square that is answered before the run would come out of order: behind cut ones none
         * is asked for, and among whole ones of a size all are answered alike. */
        enum touch next_look = look == CUT ? touch_at(walk, at, next) : look_at(walk, at, next);
        if (next_look == OUTSIDE) {
            next++; /* answered, or outside: it ends the run */
            break;
        }
        if (next_look != look) {
            break; /* the next run begins with it */
        }
        run.last = next;
    }
    walk_leaf(walk, node, &run, at->prefix, look == CUT);
    return next;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static void walk_node(struct heat_walk *walk, const struct at *at)
{
    const struct heat_node *node = at->node;
    if (!walk->query->all) {
        for (unsigned s = 0; s < HEAT_SLOTS; s++) {
            __builtin_prefetch((const void *)(node->child[s] & ~(heat_child)1));
        }
    }
    for (unsigned s = 0; s < HEAT_SLOTS && !walk->stop;) {
        enum touch look = look_at(walk, at, s);
        if (look == OUTSIDE) {
            s++;
        } else if (heat_is_leaf(node->child[s])) {
            s = walk_run(walk, at, s, look);
        } else {
            walk_below(walk, at, s, look == INSIDE);
            s++;
        }
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
        walk_node(walk, &(struct at){.node = q->view->root});
        scan_due(walk);
        scan_due(walk);
    }
}

/* --- how much, and since when ------------------------------------------------------------------
 */

/* How many rows below a square are looked at one by one. A node that is not whole, or has squares
 * larger than cells, is looked into: `below`. */
static size_t work_of(const struct geo_heat_query *q, const struct at *at, unsigned s,
                      const struct heat_asked *asked, struct at *below)
{
    const unsigned zoom = zoom_of(at->level);
    const uint64_t key = key_of(at->prefix, at->level, s);
    const heat_child c = at->node->child[s];
    enum touch touch = INSIDE;
    below->node = NULL;
    if (at->node->sums[s].count == 0 || !heat_may_have(q, &at->node->masks[s])) {
        return 0;
    }
    if (!at->inside) {
        struct geo_heat_box square = heat_square(key, zoom);
        touch = touch_of(asked->box, &square);
    }
    if (touch == OUTSIDE || (q->all && touch == INSIDE && zoom >= asked->zoom)) {
        return 0;
    }
    if (heat_is_leaf(c) || zoom == 32 || (touch == INSIDE && !q->all)) {
        return at->node->sums[s].count;
    }
    if (touch == CUT || zoom_of(at->level + 1) < asked->zoom) {
        *below = (struct at){heat_node_of(c), at->level + 1, key, touch == INSIDE};
    }
    return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static size_t work_in(const struct geo_heat_query *q, const struct at *at,
                      const struct heat_asked *asked)
{
    size_t work = 0;
    for (unsigned s = 0; s < HEAT_SLOTS; s++) {
        struct at below;
        work += work_of(q, at, s, asked, &below);
        if (below.node != NULL) {
            work += work_in(q, &below, asked);
        }
    }
    return work;
}

size_t geo_heat_query_work(const struct geo_heat_query *q, const struct geo_heat_box *box,
                           unsigned cell_zoom)
{
    const struct heat_asked asked = {box, cell_zoom};
    const struct at root = {.node = q->view->root};
    return q->nothing ? 0 : work_in(q, &root, &asked);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static uint64_t changed_in(const struct at *at, const struct geo_heat_box *box)
{
    const struct heat_node *node = at->node;
    uint64_t newest = 0;
    for (unsigned s = 0; s < HEAT_SLOTS; s++) {
        uint64_t changed = node->changed[s];
        if (changed <= newest) {
            continue;
        }
        const heat_child c = node->child[s];
        const uint64_t key = key_of(at->prefix, at->level, s);
        const struct geo_heat_box square = heat_square(key, zoom_of(at->level));
        enum touch touch = touch_of(box, &square);
        if (touch == CUT && c != 0 && !heat_is_leaf(c)) {
            changed = changed_in(&(struct at){heat_node_of(c), at->level + 1, key, false}, box);
        }
        newest = touch != OUTSIDE && changed > newest ? changed : newest;
    }
    return newest;
}

uint64_t geo_heat_view_changed(const struct geo_heat_view *view, const struct geo_heat_box *box)
{
    return changed_in(&(struct at){.node = view->root}, box);
}
