/* Versions: what the writer publishes and views hold; batches into ordered edits. */
#include "geo/geo_heat_index.h"

#include <stdlib.h>
#include <string.h>

#include "geo/geo_heat_internal.h"
#include "server/base/bug.h"
#include "server/base/str.h"

/* --- versions --------------------------------------------------------------------------------- */

/* Under the lock: cuts off the versions that nobody can ask for any more. */
static struct geo_heat_view *unneeded(struct geo_heat_index *index)
{
    struct geo_heat_view *first = index->oldest;
    struct geo_heat_view *last = NULL;
    while (index->oldest != index->newest && index->oldest->references == 0) {
        last = index->oldest;
        index->stats.retiring -= last->retired_bytes;
        index->oldest = last->newer;
    }
    if (last == NULL) {
        return NULL;
    }
    last->newer = NULL;
    return first;
}

static void throw_away(struct geo_heat_view *view)
{
    while (view != NULL) {
        struct geo_heat_view *newer = view->newer;
        for (size_t i = 0; i < view->n_retired; i++) {
            free(view->retired[i]);
        }
        free(view->retired);
        free(view);
        view = newer;
    }
}

struct geo_heat_view *geo_heat_index_view(struct geo_heat_index *index)
{
    pthread_mutex_lock(&index->lock);
    struct geo_heat_view *view = index->newest;
    view->references++;
    pthread_mutex_unlock(&index->lock);
    return view;
}

void geo_heat_view_release(struct geo_heat_view *view)
{
    if (view == NULL) {
        return;
    }
    struct geo_heat_index *index = view->index;
    pthread_mutex_lock(&index->lock);
    view->references--;
    struct geo_heat_view *gone = unneeded(index);
    pthread_mutex_unlock(&index->lock);
    throw_away(gone);
}

uint64_t geo_heat_view_version(const struct geo_heat_view *view)
{
    return view->version;
}

uint32_t geo_heat_view_now(const struct geo_heat_view *view)
{
    return view->now_s;
}

struct geo_heat_stats geo_heat_index_stats(struct geo_heat_index *index)
{
    pthread_mutex_lock(&index->lock);
    struct geo_heat_stats stats = index->stats;
    pthread_mutex_unlock(&index->lock);
    return stats;
}

/* --- a batch ---------------------------------------------------------------------------------- */

void heat_work_begin(struct heat_work *w, struct geo_heat_index *index)
{
    /* Only the writer replaces newest, so it may look without the lock. */
    *w = (struct heat_work){.index = index,
                            .open_statuses = index->open_statuses,
                            .was_s = index->newest->now_s,
                            .now_s = index->newest->now_s,
                            .version = index->newest->version + 1};
}

static void work_free(struct heat_work *w)
{
    free(w->rows);
    free(w->found);
    free(w->made);
}

/* Nothing that was made is needed; everything that was retired still is. */
void heat_work_give_up(struct heat_work *w)
{
    for (size_t i = 0; i < w->n_made; i++) {
        free(w->made[i]);
    }
    free(w->retired);
    work_free(w);
}

void heat_work_join(struct heat_work *w, struct heat_work *other)
{
    void **made = array_grow(w->made, &w->cap_made, w->n_made + other->n_made + 1, sizeof(*made));
    if (made == NULL) {
        w->failed = true;
        heat_work_give_up(other);
        return;
    }
    w->made = made;
    for (size_t i = 0; i < other->n_made; i++) {
        w->made[w->n_made++] = other->made[i];
    }
    w->made_bytes += other->made_bytes;
    w->d_leaves += other->d_leaves;
    w->d_nodes += other->d_nodes;
    w->failed = w->failed || other->failed;
    work_free(other);
}

static size_t fixed_bytes(const struct geo_heat_index *index)
{
    return sizeof(*index) + heat_map_bytes(&index->map) +
           HEAT_DICTIONARIES *
               (HEAT_CODES_MAX * sizeof(int32_t) + (size_t)2 * HEAT_CODES_MAX * sizeof(uint32_t));
}

/* Puts a version in place. `view` was allocated before anything could fail. */
void heat_publish(struct heat_work *w, struct geo_heat_view *view, const struct heat_node *root)
{
    struct geo_heat_index *index = w->index;
    struct geo_heat_view *old = index->newest;
    *view = (struct geo_heat_view){.index = index,
                                   .version = old->version + w->changed,
                                   .now_s = w->now_s,
                                   .root = root,
                                   .references = 1};
    for (int i = 0; i < HEAT_DICTIONARIES; i++) {
        view->n_codes[i] = index->codes[i].n;
    }
    struct geo_heat_sums all;
    uint32_t next_due;
    heat_sum_up(root, &all, &next_due);
    size_t fixed = fixed_bytes(index);
    pthread_mutex_lock(&index->lock);
    old->retired = w->retired;
    old->n_retired = w->n_retired;
    old->retired_bytes = w->retired_bytes;
    old->newer = view;
    old->references--;
    index->newest = view;
    index->tree_bytes += w->made_bytes - w->retired_bytes;
    index->stats.version = view->version;
    index->stats.complaints = all.count;
    index->stats.leaves = (size_t)((long)index->stats.leaves + w->d_leaves);
    index->stats.nodes = (size_t)((long)index->stats.nodes + w->d_nodes);
    index->stats.bytes = index->tree_bytes + fixed;
    index->stats.retiring += w->retired_bytes;
    struct geo_heat_view *gone = unneeded(index);
    pthread_mutex_unlock(&index->lock);
    throw_away(gone);
    work_free(w);
}

enum status geo_heat_index_create(const struct geo_heat_options *options,
                                  struct geo_heat_index **out, struct err *e)
{
    struct geo_heat_index *index = calloc(1, sizeof(*index));
    struct geo_heat_view *first = calloc(1, sizeof(*first));
    struct geo_heat_view *view = calloc(1, sizeof(*view));
    struct heat_work w = {0};
    bool ok = index != NULL && first != NULL && view != NULL;
    if (ok) {
        index->open_statuses = options->open_statuses;
        first->now_s = options->now_s;
        first->index = index;
        first->references = 1;
        index->oldest = index->newest = first;
        pthread_mutex_init(&index->lock, NULL);
        heat_work_begin(&w, index);
    }
    for (int i = 0; ok && i < HEAT_DICTIONARIES; i++) {
        ok = heat_codes_init(&index->codes[i]);
    }
    const struct heat_node *root = ok ? heat_node_make(&w, NULL) : NULL;
    if (root == NULL) {
        for (int i = 0; index != NULL && i < HEAT_DICTIONARIES; i++) {
            heat_codes_free(&index->codes[i]);
        }
        heat_work_give_up(&w);
        free(view);
        free(first);
        free(index);
        return err_set(e, STATUS_NO_MEMORY, "no memory for a heat index");
    }
    w.changed = true;
    heat_publish(&w, view, root);
    *out = index;
    return STATUS_OK;
}

void geo_heat_index_destroy(struct geo_heat_index *index)
{
    if (index == NULL) {
        return;
    }
    BUG_IF(index->oldest != index->newest || index->newest->references != 1);
    struct heat_work w;
    heat_work_begin(&w, index);
    heat_tree_retire(&w, index->newest->root);
    for (size_t i = 0; i < w.n_retired; i++) {
        free(w.retired[i]);
    }
    free(w.retired);
    free(index->newest);
    heat_map_free(&index->map);
    for (int i = 0; i < HEAT_DICTIONARIES; i++) {
        heat_codes_free(&index->codes[i]);
    }
    pthread_mutex_destroy(&index->lock);
    free(index);
}

/* --- records to rows -------------------------------------------------------------------------- */

bool heat_row_of(struct geo_heat_index *index, const struct geo_heat_record *r,
                 struct heat_row *row)
{
    int32_t category = heat_codes_add(&index->codes[HEAT_CATEGORY], r->category);
    int32_t agency = heat_codes_add(&index->codes[HEAT_AGENCY], r->agency);
    int32_t ward = heat_codes_add(&index->codes[HEAT_WARD], r->ward);
    BUG_IF(r->id <= 0 || r->status > 15 || r->channel > 7 || r->satisfaction > 3 ||
           r->weight > GEO_HEAT_WEIGHT_MAX);
    *row = (struct heat_row){.key = heat_weave(r->place),
                             .id = (uint64_t)r->id,
                             .received = r->received_s,
                             .due = r->due_s,
                             .category = (uint16_t)category,
                             .agency = (uint16_t)agency,
                             .ward = (uint16_t)ward,
                             .state = HEAT_STATE(r->status, r->channel, r->reopened),
                             .flags = HEAT_FLAGS(r->satisfaction, r->missed, r->weight)};
    return category >= 0 && agency >= 0 && ward >= 0;
}

enum status heat_too_many(struct err *e)
{
    return err_set(e, STATUS_INVALID, "more than %d categories, agencies or wards",
                   HEAT_CODES_MAX - 1);
}

/* --- applying --------------------------------------------------------------------------------- */

/* What the map is to say of an id, once the batch stands. */
struct heat_move {
    uint64_t id, was, key;
    bool there, drop;
};

static int by_path(const void *a, const void *b)
{
    const struct heat_edit *x = a;
    const struct heat_edit *y = b;
    if (heat_path_less(x->row.key, x->row.id, y->row.key, y->row.id)) {
        return -1;
    }
    return heat_path_less(y->row.key, y->row.id, x->row.key, x->row.id);
}

static int change_by_id(const void *a, const void *b)
{
    const struct geo_heat_change *x = *(const struct geo_heat_change *const *)a;
    const struct geo_heat_change *y = *(const struct geo_heat_change *const *)b;
    if (x->record.id != y->record.id) {
        return x->record.id < y->record.id ? -1 : 1;
    }
    return x < y ? -1 : x > y; /* in the order given */
}

struct batch_lists {
    const struct geo_heat_change **changes; /* by id */
    struct heat_edit *edits;
    struct heat_move *moves;
    size_t n_edits, n_moves;
};

/* Edits and moves of one id's last change. */
static bool plan_change(struct geo_heat_index *index, const struct geo_heat_change *change,
                        struct batch_lists *lists)
{
    struct heat_move move = {.id = (uint64_t)change->record.id, .drop = change->gone};
    struct heat_row row = {0};
    move.there = heat_map_get(&index->map, move.id, &move.was);
    if (!change->gone && !heat_row_of(index, &change->record, &row)) {
        return false;
    }
    if (move.there && (change->gone || row.key != move.was)) {
        lists->edits[lists->n_edits++] =
            (struct heat_edit){.row = {.key = move.was, .id = move.id}, .drop = true};
    }
    if (!change->gone) {
        lists->edits[lists->n_edits++] = (struct heat_edit){.row = row};
        move.key = row.key;
    }
    if (move.there || !move.drop) {
        lists->moves[lists->n_moves++] = move;
    }
    return true;
}

static enum status plan(struct geo_heat_index *index, const struct geo_heat_batch *batch,
                        struct batch_lists *lists, struct err *e)
{
    size_t n = batch->n;
    lists->changes = malloc((n + 1) * sizeof(*lists->changes));
    lists->edits = malloc((2 * n + 1) * sizeof(*lists->edits));
    lists->moves = malloc((n + 1) * sizeof(*lists->moves));
    if (lists->changes == NULL || lists->edits == NULL || lists->moves == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a batch of %zu changes", n);
    }
    for (size_t i = 0; i < n; i++) {
        lists->changes[i] = &batch->changes[i];
    }
    qsort(lists->changes, n, sizeof(*lists->changes), change_by_id);
    BUG_IF(n > 0 && lists->changes[0]->record.id <= 0);
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n || lists->changes[i + 1]->record.id != lists->changes[i]->record.id;
        if (last && !plan_change(index, lists->changes[i], lists)) {
            return heat_too_many(e);
        }
    }
    qsort(lists->edits, lists->n_edits, sizeof(*lists->edits), by_path);
    return STATUS_OK;
}

/* Takes back the first n moves. Pages that were there are there still, so nothing can fail. */
static void move_back(struct heat_map *map, const struct heat_move *moves, size_t n)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        if (!moves[i].there) {
            heat_map_remove(map, moves[i].id);
        } else {
            ok = heat_map_put(map, moves[i].id, moves[i].was) && ok;
        }
    }
    BUG_IF(!ok);
}

/* Brings the map to what the batch makes; back to what it was when memory ends on the way. */
static bool move_all(struct heat_map *map, const struct batch_lists *lists)
{
    for (size_t i = 0; i < lists->n_moves; i++) {
        const struct heat_move *m = &lists->moves[i];
        if (m->drop) {
            heat_map_remove(map, m->id);
        } else if (!heat_map_put(map, m->id, m->key)) {
            move_back(map, lists->moves, i);
            return false;
        }
    }
    return true;
}

enum status geo_heat_index_apply(struct geo_heat_index *index, const struct geo_heat_batch *batch,
                                 struct err *e)
{
    struct batch_lists lists = {0};
    struct heat_work w;
    struct geo_heat_view *view = malloc(sizeof(*view));
    enum status status = view == NULL ? err_set(e, STATUS_NO_MEMORY, "no memory for a version")
                                      : plan(index, batch, &lists, e);
    heat_work_begin(&w, index);
    w.told = batch;
    if (status == STATUS_OK && lists.n_edits > 0) {
        const struct heat_node *old = index->newest->root;
        const struct heat_node *root = heat_tree_apply(&w, old, lists.edits, lists.n_edits);
        if (root == NULL || !move_all(&index->map, &lists)) {
            status = err_set(e, STATUS_NO_MEMORY, "no memory for a batch of %zu", batch->n);
        } else if (w.changed) {
            heat_publish(&w, view, root);
            view = NULL;
        }
    }
    if (view != NULL) { /* not published */
        heat_work_give_up(&w);
        free(view);
    }
    free(lists.changes);
    free(lists.edits);
    free(lists.moves);
    return status;
}

enum status geo_heat_index_tick(struct geo_heat_index *index, uint32_t now_s,
                                const struct geo_heat_batch *told, struct err *e)
{
    struct heat_work w;
    if (now_s <= index->newest->now_s) {
        return STATUS_OK;
    }
    struct geo_heat_view *view = malloc(sizeof(*view));
    heat_work_begin(&w, index);
    w.told = told;
    w.now_s = now_s;
    const struct heat_node *root = view == NULL ? NULL : heat_tree_tick(&w, index->newest->root);
    if (root == NULL) {
        heat_work_give_up(&w);
        free(view);
        return err_set(e, STATUS_NO_MEMORY, "no memory to move the clock");
    }
    heat_publish(&w, view, root);
    return STATUS_OK;
}
