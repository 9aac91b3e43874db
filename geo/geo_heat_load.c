/* Filling the index at once: numbers of records are sorted by key, in place, and the tree is made
 * from them in pieces small enough for the cache. */
#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_internal.h"

#define PIECE ((size_t)65536) /* rows that are spread out at a time */
#define FEW   24

struct entry {
    uint64_t key;
    size_t number;
};

struct load {
    struct heat_work w;
    struct heat_map map;
    const struct geo_heat_record *(*record)(void *arg, size_t i);
    void *arg;
    struct heat_row *rows; /* PIECE, or a leaf's worth more */
    size_t cap_rows;
    bool too_many;
};

static void sort_few(struct entry *e, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct entry moved = e[i];
        size_t k = i;
        for (; k > 0 && e[k - 1].key > moved.key; k--) {
            e[k] = e[k - 1];
        }
        e[k] = moved;
    }
}

/* In place, by eight bits at a time from the highest: each value is swapped to where its bits
 * belong ("American flag"). */
/* NOLINTNEXTLINE(misc-no-recursion): eight bits of 64 a level */
static void sort_by_key(struct entry *e, size_t n, unsigned shift)
{
    size_t starts[257] = {0};
    size_t next[256];
    if (n <= FEW) {
        sort_few(e, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        starts[1 + (e[i].key >> shift & 255)]++;
    }
    for (size_t b = 0; b < 256; b++) {
        starts[b + 1] += starts[b];
        next[b] = starts[b];
    }
    for (size_t b = 0; b < 256; b++) {
        while (next[b] < starts[b + 1]) {
            struct entry moved = e[next[b]];
            for (size_t to = moved.key >> shift & 255; to != b; to = moved.key >> shift & 255) {
                struct entry other = e[next[to]];
                e[next[to]++] = moved;
                moved = other;
            }
            e[next[b]++] = moved;
        }
    }
    for (size_t b = 0; b < 256 && shift > 0; b++) {
        sort_by_key(e + starts[b], starts[b + 1] - starts[b], shift - 8);
    }
}

static uint64_t id_of(const struct load *l, const struct entry *entry)
{
    return (uint64_t)l->record(l->arg, entry->number)->id;
}

/* Those in one and the same place go by their mixed id. */
static void sort_ties(const struct load *l, struct entry *e, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t key = e[i].key;
        for (end = i + 1; end < n && e[end].key == key; end++) {
        }
        if (end == i + 1) {
            continue;
        }
        for (size_t k = i; k < end; k++) {
            e[k].key = heat_mix(id_of(l, &e[k]));
        }
        sort_by_key(e + i, end - i, 56);
        for (size_t k = i; k < end; k++) {
            e[k].key = key;
        }
    }
}

static unsigned slot_of(const struct load *l, const struct entry *entry, unsigned level)
{
    return heat_slot(entry->key, level < HEAT_KEY_LEVELS ? 0 : id_of(l, entry), level);
}

/* The first entry behind the slot. */
static size_t slot_end(const struct load *l, const struct entry *e, size_t n, unsigned level,
                       unsigned slot)
{
    size_t first = 0;
    while (n > 0) {
        size_t half = n / 2;
        if (slot_of(l, &e[first + half], level) <= slot) {
            first += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return first;
}

static void spread_out(struct load *l, struct heat_node *node, const struct heat_run *run,
                       const struct entry *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i + 16 < n) {
            __builtin_prefetch(l->record(l->arg, e[i + 16].number));
        }
        const struct geo_heat_record *r = l->record(l->arg, e[i].number);
        l->too_many = !heat_row_of(l->w.index, r, &l->rows[i]) || l->too_many;
    }
    if (!l->w.failed && !l->too_many) {
        heat_build_run(&l->w, node, run, l->rows, n);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static struct heat_node *build(struct load *l, const struct entry *e, size_t n, unsigned level)
{
    struct heat_node *node = heat_node_make(&l->w, NULL);
    size_t ends[HEAT_SLOTS];
    for (unsigned s = 0; s < HEAT_SLOTS; s++) {
        ends[s] = slot_end(l, e, n, level, s);
    }
    size_t at = 0;
    for (unsigned s = 0; s < HEAT_SLOTS && node != NULL && !l->w.failed && !l->too_many;) {
        unsigned end = s + 1;
        if (ends[s] - at > PIECE) {
            struct heat_node *below = build(l, e + at, ends[s] - at, level + 1);
            if (below == NULL) {
                return NULL;
            }
            node->child[s] = (heat_child)below;
            heat_sum_up(below, &node->sums[s], &node->next_due[s]);
        } else {
            while (end < HEAT_SLOTS && ends[end] - at <= PIECE) {
                end++;
            }
            const struct heat_run run = {level, s, end - 1};
            spread_out(l, node, &run, e + at, ends[end - 1] - at);
        }
        at = ends[end - 1];
        s = end;
    }
    return node;
}

enum status geo_heat_index_load(struct geo_heat_index *index, size_t n,
                                const struct geo_heat_record *(*record)(void *arg, size_t i),
                                void *arg, struct err *e)
{
    struct load l = {.record = record, .arg = arg};
    struct geo_heat_view *view = malloc(sizeof(*view));
    struct entry *entries = malloc((n + 1) * sizeof(*entries));
    const struct heat_node *root = NULL;
    l.rows = malloc(PIECE * sizeof(*l.rows));
    heat_work_begin(&l.w, index);
    if (view != NULL && entries != NULL && l.rows != NULL) {
        for (size_t i = 0; i < n; i++) {
            const struct geo_heat_record *r = record(arg, i);
            entries[i] = (struct entry){heat_weave(r->place), i};
            /* Here, since records come about in order of id: their pages are at hand. */
            l.w.failed = !heat_map_put(&l.map, (uint64_t)r->id, entries[i].key) || l.w.failed;
        }
        sort_by_key(entries, n, 56);
        sort_ties(&l, entries, n);
        root = build(&l, entries, n, 0);
    }
    free(entries);
    free(l.rows);
    if (root == NULL || l.w.failed || l.too_many) {
        heat_work_give_up(&l.w);
        heat_map_free(&l.map);
        free(view);
        return l.too_many ? heat_too_many(e)
                          : err_set(e, STATUS_NO_MEMORY, "no memory for %zu complaints", n);
    }
    heat_tree_retire(&l.w, index->newest->root);
    struct heat_map old = index->map;
    index->map = l.map;
    heat_map_free(&old);
    l.w.changed = true;
    heat_publish(&l.w, view, root);
    return STATUS_OK;
}
