/* Making a new version of the tree: nodes and leaves that change are made anew, the others are
 * shared with the version before. */
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_internal.h"
#include "server/base/str.h"

#define LEAF_SMALL (GEO_HEAT_LEAF_MAX / 8)     /* below it a leaf is joined with its neighbours */
#define LEAF_AIM   (GEO_HEAT_LEAF_MAX * 3 / 4) /* how full leaves are made */
#define HEAP_EXTRA 16                          /* what malloc adds */

/* --- made and retired ------------------------------------------------------------------------- */

static bool remember(struct heat_work *w, void ***list, size_t *n, size_t *cap, void *p)
{
    void **grown = array_grow(*list, cap, *n + 1, sizeof(**list));
    if (grown == NULL) {
        w->failed = true;
        return false;
    }
    *list = grown;
    (*list)[(*n)++] = p;
    return true;
}

static struct heat_leaf *make_leaf(struct heat_work *w, size_t n)
{
    struct heat_leaf *leaf = heat_leaf_alloc(n);
    if (leaf == NULL || !remember(w, &w->made, &w->n_made, &w->cap_made, leaf)) {
        w->failed = true;
        free(leaf);
        return NULL;
    }
    w->made_bytes += heat_leaf_bytes(n) + HEAP_EXTRA;
    w->d_leaves++;
    return leaf;
}

struct heat_node *heat_node_make(struct heat_work *w, const struct heat_node *like)
{
    struct heat_node *node = malloc(sizeof(*node));
    if (node == NULL || !remember(w, &w->made, &w->n_made, &w->cap_made, node)) {
        w->failed = true;
        free(node);
        return NULL;
    }
    if (like != NULL) {
        *node = *like;
    } else {
        memset(node, 0, sizeof(*node));
        for (int s = 0; s < HEAT_SLOTS; s++) {
            node->changed[s] = w->version;
            node->next_due[s] = GEO_HEAT_NEVER;
        }
    }
    w->made_bytes += sizeof(*node) + HEAP_EXTRA;
    w->d_nodes++;
    return node;
}

static void retire_leaf(struct heat_work *w, const struct heat_leaf *leaf)
{
    void *p = (void *)(uintptr_t)leaf;
    (void)remember(w, &w->retired, &w->n_retired, &w->cap_retired, p);
    w->retired_bytes += heat_leaf_bytes(leaf->n) + HEAP_EXTRA;
    w->d_leaves--;
}

static void retire_node(struct heat_work *w, const struct heat_node *node)
{
    void *p = (void *)(uintptr_t)node;
    (void)remember(w, &w->retired, &w->n_retired, &w->cap_retired, p);
    w->retired_bytes += sizeof(*node) + HEAP_EXTRA;
    w->d_nodes--;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
void heat_tree_retire(struct heat_work *w, const struct heat_node *node)
{
    for (int s = 0; s < HEAT_SLOTS; s++) {
        heat_child c = node->child[s];
        if (c == 0 || (s > 0 && c == node->child[s - 1])) {
            continue;
        }
        if (heat_is_leaf(c)) {
            retire_leaf(w, heat_leaf_of(c));
        } else {
            heat_tree_retire(w, heat_node_of(c));
        }
    }
    retire_node(w, node);
}

/* --- building from rows ----------------------------------------------------------------------- */

static heat_child leaf_from_rows(struct heat_work *w, const struct heat_row *rows, size_t n)
{
    struct heat_leaf *leaf = n == 0 ? NULL : make_leaf(w, n);
    for (size_t i = 0; leaf != NULL && i < n; i++) {
        heat_leaf_set(leaf, i, &rows[i]);
    }
    return leaf == NULL ? 0 : heat_child_leaf(leaf);
}

static void count_row(struct heat_work *w, struct heat_node *node, unsigned slot,
                      const struct heat_row *row)
{
    heat_count(&node->sums[slot], row->state, row->flags, row->due, w->open_statuses, w->now_s);
    bool open = ((uint32_t)w->open_statuses >> (row->state & 15U) & 1U) != 0;
    if (open && row->due >= w->now_s && row->due < node->next_due[slot]) {
        node->next_due[slot] = row->due;
    }
    heat_mask_set(node->masks[slot].agency, row->agency);
    heat_mask_set(node->masks[slot].ward, row->ward);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
void heat_build_run(struct heat_work *w, struct heat_node *node, const struct heat_run *run,
                    const struct heat_row *rows, size_t n)
{
    size_t counts[HEAT_SLOTS] = {0};
    size_t parts = (n + LEAF_AIM - 1) / LEAF_AIM;
    size_t aim = parts <= 1 ? n : n / parts;
    for (unsigned s = run->first; s <= run->last; s++) {
        node->sums[s] = (struct geo_heat_sums){0};
        node->masks[s] = (struct heat_mask){0};
        node->next_due[s] = GEO_HEAT_NEVER;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned s = heat_slot(rows[i].key, rows[i].id, run->level);
        counts[s]++;
        count_row(w, node, s, &rows[i]);
    }
    for (unsigned s = run->first; s <= run->last && !w->failed;) {
        size_t total = counts[s];
        unsigned end = s + 1;
        if (total > GEO_HEAT_LEAF_MAX) {
            struct heat_node *below = heat_node_make(w, NULL);
            node->child[s] = (heat_child)below;
            if (below != NULL) {
                const struct heat_run all = {run->level + 1, 0, HEAT_SLOTS - 1};
                heat_build_run(w, below, &all, rows, total);
            }
        } else {
            while (end <= run->last && total < aim && total + counts[end] <= GEO_HEAT_LEAF_MAX) {
                total += counts[end++];
            }
            heat_child leaf = leaf_from_rows(w, rows, total);
            for (unsigned k = s; k < end; k++) {
                node->child[k] = leaf;
            }
        }
        rows += total;
        s = end;
    }
}

/* --- gathering rows --------------------------------------------------------------------------- */

static struct heat_row *more_rows(struct heat_work *w, size_t n)
{
    struct heat_row *rows = array_grow(w->rows, &w->cap_rows, w->n_rows + n + 1, sizeof(*rows));
    if (rows == NULL) {
        w->failed = true;
        return NULL;
    }
    w->rows = rows;
    w->n_rows += n;
    return rows + w->n_rows - n;
}

static void gather_leaf(struct heat_work *w, const struct heat_leaf *leaf)
{
    struct heat_row *to = more_rows(w, leaf->n);
    for (size_t i = 0; to != NULL && i < leaf->n; i++) {
        to[i] = heat_leaf_row(leaf, i);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static void gather_node(struct heat_work *w, const struct heat_node *node)
{
    for (int s = 0; s < HEAT_SLOTS; s++) {
        heat_child c = node->child[s];
        if (c == 0 || (s > 0 && c == node->child[s - 1])) {
            continue;
        }
        if (heat_is_leaf(c)) {
            gather_leaf(w, heat_leaf_of(c));
        } else {
            gather_node(w, heat_node_of(c));
        }
    }
}

/* The rows of a leaf (or of none) with the edits among them. */
static void gather_edited(struct heat_work *w, const struct heat_leaf *leaf,
                          const struct heat_edit *edits, size_t n)
{
    size_t n_old = leaf == NULL ? 0 : leaf->n;
    struct heat_row *to = more_rows(w, n_old + n);
    size_t out = 0;
    size_t old = 0;
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct heat_row *row = &edits[i].row;
        while (old < n_old && heat_path_less(leaf->keys[old], leaf->ids[old], row->key, row->id)) {
            to[out++] = heat_leaf_row(leaf, old++);
        }
        old += old < n_old && leaf->keys[old] == row->key && leaf->ids[old] == row->id;
        if (!edits[i].drop) {
            to[out++] = *row;
        }
    }
    while (old < n_old) {
        to[out++] = heat_leaf_row(leaf, old++);
    }
    w->n_rows -= n_old + n - out;
}

/* --- editing a leaf --------------------------------------------------------------------------- */

static bool same_row(const struct heat_row *a, const struct heat_row *b)
{
    return a->received == b->received && a->due == b->due && a->category == b->category &&
           a->agency == b->agency && a->ward == b->ward && a->state == b->state &&
           a->flags == b->flags;
}

static void uncount_row(struct heat_work *w, struct heat_node *node, unsigned slot,
                        const struct heat_row *row)
{
    struct geo_heat_sums was = {0};
    heat_count(&was, row->state, row->flags, row->due, w->open_statuses, w->now_s);
    heat_sums_take(&node->sums[slot], &was);
}

/* Finds every edit's place and brings the node's sums up to date. Returns by how many rows the leaf
 * grows; *idle says that nothing changes. */
static long find_edits(struct heat_work *w, struct heat_node *node, unsigned level,
                       const struct heat_leaf *leaf, const struct heat_edits *given)
{
    long grows = 0;
    struct heat_found *found = given->found;
    for (size_t i = 0; i < given->n; i++) {
        const struct heat_edit *edit = &given->edits[i];
        unsigned slot = heat_slot(edit->row.key, edit->row.id, level);
        size_t at = leaf == NULL ? 0 : heat_leaf_find_path(leaf, edit->row.key, edit->row.id);
        bool there = leaf != NULL && at < leaf->n && leaf->keys[at] == edit->row.key &&
                     leaf->ids[at] == edit->row.id;
        struct heat_row old = there ? heat_leaf_row(leaf, at) : edit->row;
        found[i] = (struct heat_found){(uint32_t)at, there,
                                       edit->drop ? !there : there && same_row(&old, &edit->row)};
        if (found[i].idle) {
            continue;
        }
        if (there) {
            uncount_row(w, node, slot, &old);
        }
        if (!edit->drop) {
            count_row(w, node, slot, &edit->row);
        }
        grows += edit->drop ? -1 : !there;
        node->changed[slot] = w->version;
        w->changed = true;
        if (w->told != NULL && w->told->touched != NULL) {
            w->told->touched(w->told->arg, heat_unweave(edit->row.key));
        }
    }
    return grows;
}

static struct heat_leaf *edit_leaf(struct heat_work *w, const struct heat_leaf *leaf,
                                   const struct heat_edits *given, size_t n_new)
{
    struct heat_leaf *made = make_leaf(w, n_new);
    size_t from = 0;
    size_t to = 0;
    for (size_t i = 0; made != NULL && i < given->n; i++) {
        const struct heat_found *p = &given->found[i];
        if (p->idle) {
            continue;
        }
        heat_leaf_copy(made, to, leaf, from, p->at - from);
        to += p->at - from;
        from = p->at + p->there;
        if (!given->edits[i].drop) {
            heat_leaf_set(made, to++, &given->edits[i].row);
        }
    }
    if (made != NULL) {
        heat_leaf_copy(made, to, leaf, from, leaf->n - from);
    }
    return made;
}

/* --- applying --------------------------------------------------------------------------------- */

/* The squares of a node that share a leaf, or emptiness, with one of them. */
static struct heat_run run_around(const struct heat_node *node, unsigned level, unsigned slot)
{
    struct heat_run run = {level, slot, slot};
    while (run.first > 0 && node->child[run.first - 1] == node->child[slot]) {
        run.first--;
    }
    while (run.last + 1 < HEAT_SLOTS && node->child[run.last + 1] == node->child[slot]) {
        run.last++;
    }
    return run;
}

/* Takes a small neighbour into the run, its rows behind or before those there. */
static void join_next(struct heat_work *w, const struct heat_node *node, struct heat_run *run)
{
    heat_child c = run->last + 1 < HEAT_SLOTS ? node->child[run->last + 1] : 2;
    if (c == 0 || (heat_is_leaf(c) && w->n_rows + heat_leaf_of(c)->n <= LEAF_AIM)) {
        struct heat_run next = run_around(node, run->level, run->last + 1);
        if (c != 0) {
            gather_leaf(w, heat_leaf_of(c));
            retire_leaf(w, heat_leaf_of(c));
        }
        run->last = next.last;
    }
}

static void rebuild_run(struct heat_work *w, struct heat_node *node, struct heat_run run,
                        const struct heat_edits *given)
{
    const heat_child c = node->child[run.first];
    const struct heat_leaf *leaf = c == 0 ? NULL : heat_leaf_of(c);
    /* A small neighbour before comes first, as its rows do. */
    heat_child before = run.first > 0 ? node->child[run.first - 1] : 2;
    w->n_rows = 0;
    if (before == 0 || (heat_is_leaf(before) && heat_leaf_of(before)->n < LEAF_SMALL)) {
        run.first = run_around(node, run.level, run.first - 1).first;
        if (before != 0) {
            gather_leaf(w, heat_leaf_of(before));
            retire_leaf(w, heat_leaf_of(before));
        }
    }
    gather_edited(w, leaf, given->edits, given->n);
    if (leaf != NULL) {
        retire_leaf(w, leaf);
    }
    if (w->n_rows < LEAF_SMALL) {
        join_next(w, node, &run);
    }
    if (!w->failed) {
        heat_build_run(w, node, &run, w->rows, w->n_rows);
    }
}

static void apply_to_run(struct heat_work *w, struct heat_node *node, struct heat_run run,
                         const struct heat_edit *edits, size_t n)
{
    const heat_child c = node->child[run.first];
    const struct heat_leaf *leaf = c == 0 ? NULL : heat_leaf_of(c);
    struct heat_found *found = array_grow(w->found, &w->cap_found, n + 1, sizeof(*found));
    if (found == NULL) {
        w->failed = true;
        return;
    }
    w->found = found;
    const struct heat_edits given = {edits, found, n};
    bool changed_before = w->changed;
    w->changed = false;
    long n_new = (leaf == NULL ? 0 : (long)leaf->n) + find_edits(w, node, run.level, leaf, &given);
    bool idle = !w->changed;
    w->changed = w->changed || changed_before;
    if (idle) {
        return;
    }
    if (leaf != NULL && n_new >= LEAF_SMALL && n_new <= GEO_HEAT_LEAF_MAX) {
        struct heat_leaf *made = edit_leaf(w, leaf, &given, (size_t)n_new);
        if (made != NULL) {
            for (unsigned s = run.first; s <= run.last; s++) {
                node->child[s] = heat_child_leaf(made);
            }
            retire_leaf(w, leaf);
        }
        return;
    }
    rebuild_run(w, node, run, &given);
}

void heat_sum_up(const struct heat_node *node, struct geo_heat_sums *sums, uint32_t *next_due)
{
    *sums = (struct geo_heat_sums){0};
    *next_due = GEO_HEAT_NEVER;
    for (int s = 0; s < HEAT_SLOTS; s++) {
        heat_sums_add(sums, &node->sums[s]);
        *next_due = node->next_due[s] < *next_due ? node->next_due[s] : *next_due;
    }
}

void heat_sum_below(struct heat_node *above, unsigned slot, const struct heat_node *below)
{
    heat_sum_up(below, &above->sums[slot], &above->next_due[slot]);
    above->masks[slot] = below->masks[0];
    for (int s = 1; s < HEAT_SLOTS; s++) {
        heat_mask_add(&above->masks[slot], &below->masks[s]);
    }
}

/* Puts a new version of a node below its square; one with few complaints left becomes a leaf. */
static void hang(struct heat_work *w, struct heat_node *node, const struct heat_run *at,
                 const struct heat_node *below)
{
    unsigned s = at->first;
    node->child[s] = (heat_child)below;
    node->changed[s] = w->version;
    heat_sum_below(node, s, below);
    if (node->sums[s].count <= LEAF_SMALL) {
        w->n_rows = 0;
        gather_node(w, below);
        heat_tree_retire(w, below);
        if (!w->failed) {
            heat_build_run(w, node, at, w->rows, w->n_rows);
        }
    }
}

static size_t up_to_slot(const struct heat_edit *edits, size_t n, const struct heat_run *run)
{
    size_t k = 0;
    while (k < n && heat_slot(edits[k].row.key, edits[k].row.id, run->level) <= run->last) {
        k++;
    }
    return k;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static const struct heat_node *apply_at(struct heat_work *w, const struct heat_node *old,
                                        unsigned level, const struct heat_edit *edits, size_t n)
{
    struct heat_node *node = heat_node_make(w, old);
    bool changed = false;
    bool changed_before = w->changed;
    w->changed = false;
    for (size_t i = 0; i < n && node != NULL && !w->failed;) {
        unsigned slot = heat_slot(edits[i].row.key, edits[i].row.id, level);
        heat_child c = node->child[slot];
        struct heat_run run = {level, slot, slot};
        if (c == 0 || heat_is_leaf(c)) {
            run = run_around(node, level, slot);
            size_t k = up_to_slot(edits + i, n - i, &run);
            apply_to_run(w, node, run, edits + i, k);
            i += k;
        } else {
            size_t k = up_to_slot(edits + i, n - i, &run);
            const struct heat_node *below = apply_at(w, heat_node_of(c), level + 1, edits + i, k);
            if (below != NULL && below != heat_node_of(c)) {
                hang(w, node, &run, below);
            }
            i += k;
        }
        changed = changed || w->changed;
    }
    w->changed = changed || changed_before;
    if (node == NULL || w->failed) {
        return NULL;
    }
    retire_node(w, changed ? old : node);
    return changed ? node : old;
}

const struct heat_node *heat_tree_apply(struct heat_work *w, const struct heat_node *root,
                                        const struct heat_edit *edits, size_t n)
{
    return apply_at(w, root, 0, edits, n);
}

/* --- time ------------------------------------------------------------------------------------- */

/* In a run of squares with one leaf: what became late, and what will next. */
static void tick_run(struct heat_work *w, struct heat_node *node, const struct heat_run *run)
{
    const struct heat_leaf *leaf = heat_leaf_of(node->child[run->first]);
    for (unsigned s = run->first; s <= run->last; s++) {
        node->next_due[s] = GEO_HEAT_NEVER;
    }
    for (size_t i = 0; i < leaf->n; i++) {
        bool open = ((uint32_t)w->open_statuses >> (leaf->state[i] & 15U) & 1U) != 0;
        if (!open || leaf->due[i] < w->was_s) {
            continue;
        }
        unsigned s = heat_slot(leaf->keys[i], leaf->ids[i], run->level);
        if (leaf->due[i] < w->now_s) {
            node->sums[s].late++;
            node->changed[s] = w->version;
            w->changed = true;
            if (w->told != NULL && w->told->touched != NULL) {
                w->told->touched(w->told->arg, heat_unweave(leaf->keys[i]));
            }
        } else if (leaf->due[i] < node->next_due[s]) {
            node->next_due[s] = leaf->due[i];
        }
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static const struct heat_node *tick_at(struct heat_work *w, const struct heat_node *old,
                                       unsigned level)
{
    struct heat_node *node = heat_node_make(w, old);
    for (unsigned s = 0; s < HEAT_SLOTS && node != NULL && !w->failed; s++) {
        heat_child c = node->child[s];
        if (c == 0 || node->next_due[s] >= w->now_s) {
            continue;
        }
        if (heat_is_leaf(c)) {
            struct heat_run run = run_around(node, level, s);
            tick_run(w, node, &run);
            s = run.last;
            continue;
        }
        uint64_t changed_was = node->changed[s];
        const struct heat_node *below = tick_at(w, heat_node_of(c), level + 1);
        if (below != NULL) {
            uint32_t late = node->sums[s].late;
            node->child[s] = (heat_child)below;
            heat_sum_below(node, s, below);
            node->changed[s] = node->sums[s].late != late ? w->version : changed_was;
        }
    }
    if (node == NULL || w->failed) {
        return NULL;
    }
    retire_node(w, old);
    return node;
}

const struct heat_node *heat_tree_tick(struct heat_work *w, const struct heat_node *root)
{
    struct geo_heat_sums sums;
    uint32_t next_due;
    heat_sum_up(root, &sums, &next_due);
    return next_due >= w->now_s ? root : tick_at(w, root, 0);
}
