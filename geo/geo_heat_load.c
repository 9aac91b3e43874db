/* Filling the index at once: numbers of records are sorted by key, in place; the nodes above are
 * made, and what hangs below them, in pieces small enough for the cache. Several threads sort and
 * make pieces; the map from id to key is filled beside the sorting. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geo/geo_heat_internal.h"
#include "server/base/str.h"

#define PIECE       ((size_t)16384) /* rows that are spread out at a time */
#define FEW         24
#define THREADS_MAX 8

struct entry {
    uint64_t key;
    size_t number;
};

/* Squares of a node that are still to be filled: a piece of work for any thread. */
struct piece {
    struct heat_node *node;
    struct heat_run run;
    const struct entry *entries;
    size_t n;
};

/* A node below another, whose sums are not there yet. */
struct link {
    struct heat_node *node, *below;
    unsigned slot;
};

struct load {
    struct heat_work w;
    struct heat_map map;
    bool no_map;     /* no memory for it */
    uint64_t differ; /* the bits in which keys differ */
    struct entry *entries;
    size_t starts[257], next_bin; /* of entries sorted by their first eight bits that differ */
    unsigned shift;
    size_t n;
    const struct geo_heat_record *(*record)(void *arg, size_t i);
    void *arg;
    bool too_many;
    struct piece *pieces;
    size_t n_pieces, cap_pieces, next; /* `next`: by all threads */
    struct link *links;                /* those above first */
    size_t n_links, cap_links;
};

struct builder {
    struct load *load;
    struct heat_work w;
    pthread_t thread;
    bool runs;
};

/* How many threads work together. */
static size_t thread_count(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores;
}

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

/* Swaps each value to where its eight bits belong ("American flag"). starts[b] is where those with
 * b begin. */
static void spread_by_bits(struct entry *e, size_t n, unsigned shift, size_t *starts)
{
    size_t next[256];
    memset(starts, 0, 257 * sizeof(*starts));
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
}

/* In place, by eight bits at a time: those from `shift` on, then those below. What is above is the
 * same for all. */
/* NOLINTNEXTLINE(misc-no-recursion): eight bits of 64 a level */
static void sort_by_key(struct entry *e, size_t n, unsigned shift)
{
    size_t starts[257];
    if (n <= FEW) {
        sort_few(e, n);
        return;
    }
    spread_by_bits(e, n, shift, starts);
    for (size_t b = 0; b < 256 && shift > 0; b++) {
        sort_by_key(e + starts[b], starts[b + 1] - starts[b], shift < 8 ? 0 : shift - 8);
    }
}

static void *sort_bins(void *arg)
{
    struct load *l = arg;
    size_t b;
    while ((b = __atomic_fetch_add(&l->next_bin, 1, __ATOMIC_RELAXED)) < 256) {
        sort_by_key(l->entries + l->starts[b], l->starts[b + 1] - l->starts[b],
                    l->shift < 8 ? 0 : l->shift - 8);
    }
    return NULL;
}

/* A city's keys have their first bits in common: by the first eight that differ, then each bin by
 * any thread. */
static void sort_entries(struct load *l)
{
    pthread_t threads[THREADS_MAX];
    size_t n_threads = 0;
    unsigned top = l->differ == 0 ? 0 : 63 - (unsigned)__builtin_clzll(l->differ);
    l->shift = top < 8 ? 0 : top - 7;
    spread_by_bits(l->entries, l->n, l->shift, l->starts);
    if (l->shift == 0) {
        return;
    }
    for (size_t i = 1; i < thread_count(); i++) {
        n_threads += pthread_create(&threads[n_threads], NULL, sort_bins, l) == 0;
    }
    (void)sort_bins(l);
    while (n_threads > 0) {
        pthread_join(threads[--n_threads], NULL);
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

/* --- pieces, by any thread -------------------------------------------------------------------- */

static void spread_out(const struct load *l, struct heat_work *w, const struct piece *p,
                       struct heat_row *rows)
{
    for (size_t i = 0; i < p->n; i++) {
        if (i + 16 < p->n) {
            __builtin_prefetch(l->record(l->arg, p->entries[i + 16].number));
        }
        /* Every code is there already, so this only reads. */
        (void)heat_row_of(w->index, l->record(l->arg, p->entries[i].number), &rows[i]);
    }
    heat_build_run(w, p->node, &p->run, rows, p->n);
}

static void *build_pieces(void *arg)
{
    struct builder *b = arg;
    struct load *l = b->load;
    struct heat_row *rows = malloc(PIECE * sizeof(*rows));
    size_t at;
    b->w.failed = rows == NULL;
    while (!b->w.failed && (at = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED)) < l->n_pieces) {
        spread_out(l, &b->w, &l->pieces[at], rows);
    }
    free(rows);
    return NULL;
}

/* One builder is this thread; others help where they can be had. */
static void build_all(struct load *l)
{
    struct builder builders[THREADS_MAX] = {0};
    size_t n = thread_count();
    for (size_t i = 0; i < n; i++) {
        struct builder *b = &builders[i];
        b->load = l;
        heat_work_begin(&b->w, l->w.index);
        b->runs = i > 0 && pthread_create(&b->thread, NULL, build_pieces, b) == 0;
    }
    (void)build_pieces(&builders[0]);
    for (size_t i = 0; i < n; i++) {
        if (builders[i].runs) {
            pthread_join(builders[i].thread, NULL);
        }
        heat_work_join(&l->w, &builders[i].w);
    }
}

/* --- the nodes above -------------------------------------------------------------------------- */

static void add_piece(struct load *l, const struct piece *piece)
{
    struct piece *grown = array_grow(l->pieces, &l->cap_pieces, l->n_pieces + 1, sizeof(*grown));
    if (grown == NULL) {
        l->w.failed = true;
        return;
    }
    l->pieces = grown;
    l->pieces[l->n_pieces++] = *piece;
}

static void add_link(struct load *l, const struct link *link)
{
    struct link *grown = array_grow(l->links, &l->cap_links, l->n_links + 1, sizeof(*grown));
    if (grown == NULL) {
        l->w.failed = true;
        return;
    }
    l->links = grown;
    l->links[l->n_links++] = *link;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most HEAT_LEVELS deep */
static struct heat_node *plan(struct load *l, const struct entry *e, size_t n, unsigned level)
{
    struct heat_node *node = heat_node_make(&l->w, NULL);
    size_t ends[HEAT_SLOTS];
    for (unsigned s = 0; s < HEAT_SLOTS; s++) {
        ends[s] = slot_end(l, e, n, level, s);
    }
    size_t at = 0;
    for (unsigned s = 0; s < HEAT_SLOTS && node != NULL && !l->w.failed;) {
        unsigned end = s + 1;
        if (ends[s] - at > PIECE) {
            size_t number = l->n_links;
            add_link(l, &(struct link){.node = node, .slot = s});
            struct heat_node *below = plan(l, e + at, ends[s] - at, level + 1);
            if (below == NULL || l->w.failed) {
                return NULL;
            }
            node->child[s] = (heat_child)below;
            l->links[number].below = below;
        } else {
            while (end < HEAT_SLOTS && ends[end] - at <= PIECE) {
                end++;
            }
            add_piece(l, &(struct piece){node, {level, s, end - 1}, e + at, ends[end - 1] - at});
        }
        at = ends[end - 1];
        s = end;
    }
    return node;
}

/* Bottom up: those below come later. */
static void sum_links(const struct load *l)
{
    for (size_t i = l->n_links; i > 0; i--) {
        const struct link *link = &l->links[i - 1];
        heat_sum_below(link->node, link->slot, link->below);
    }
}

/* Keys and every code that there is: in order of records, whose pages are at hand then. */
static void take_in(struct load *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct geo_heat_record *r = l->record(l->arg, i);
        struct heat_row row;
        l->too_many = !heat_row_of(l->w.index, r, &row) || l->too_many;
        l->entries[i] = (struct entry){row.key, i};
        l->differ |= row.key ^ l->entries[0].key;
    }
}

/* The map is nobody else's meanwhile. */
static void *fill_map(void *arg)
{
    struct load *l = arg;
    for (size_t i = 0; i < l->n && !l->no_map; i++) {
        const struct geo_heat_record *r = l->record(l->arg, i);
        l->no_map = !heat_map_put(&l->map, (uint64_t)r->id, heat_weave(r->place));
    }
    return NULL;
}

static const struct heat_node *build(struct load *l)
{
    pthread_t mapping;
    bool beside = pthread_create(&mapping, NULL, fill_map, l) == 0;
    take_in(l);
    if (!l->too_many) {
        sort_entries(l);
        sort_ties(l, l->entries, l->n);
    }
    if (beside) {
        pthread_join(mapping, NULL);
    } else {
        (void)fill_map(l);
    }
    l->w.failed = l->w.failed || l->no_map;
    if (l->w.failed || l->too_many) {
        return NULL;
    }
    const struct heat_node *root = plan(l, l->entries, l->n, 0);
    if (root != NULL && !l->w.failed) {
        build_all(l);
        sum_links(l);
    }
    return root;
}

enum status geo_heat_index_load(struct geo_heat_index *index, size_t n,
                                const struct geo_heat_record *(*record)(void *arg, size_t i),
                                void *arg, struct err *e)
{
    struct load l = {.record = record, .arg = arg, .n = n};
    struct geo_heat_view *view = malloc(sizeof(*view));
    l.entries = malloc((n + 1) * sizeof(*l.entries));
    heat_work_begin(&l.w, index);
    const struct heat_node *root = view == NULL || l.entries == NULL ? NULL : build(&l);
    free(l.entries);
    free(l.pieces);
    free(l.links);
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
