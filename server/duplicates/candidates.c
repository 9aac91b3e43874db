#include "server/duplicates/candidates.h"

#include <math.h>
#include <stdlib.h>

#include "geo/geo_distance.h"

#define ACCURACY_ASSUMED_M 60.0  /* of a complaint's place, which the index does not know */
#define SHOWN_M            120.0 /* a shown place is at most so far from the place */

/* A category that can be meant, by the database's id. */
struct related {
    int32_t id, number;
};

struct walk {
    const struct candidates_ask *ask;
    const struct related *related; /* ascending ids */
    size_t n_related;
    struct candidate *heap; /* the worst one first */
    size_t n, cap;
};

static int compare_related(const void *x, const void *y)
{
    int32_t a = ((const struct related *)x)->id;
    int32_t b = ((const struct related *)y)->id;
    return a == b ? 0 : (a < b ? -1 : 1);
}

static bool worse(const struct candidate *a, const struct candidate *b)
{
    return a->at_most != b->at_most ? a->at_most < b->at_most : a->id < b->id;
}

static void swap(struct candidate *a, struct candidate *b)
{
    struct candidate kept = *a;
    *a = *b;
    *b = kept;
}

static void sink(struct candidate *heap, size_t n, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n) {
            return;
        }
        if (child + 1 < n && worse(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!worse(&heap[child], &heap[i])) {
            return;
        }
        swap(&heap[child], &heap[i]);
        i = child;
    }
}

/* Takes the place of the worst one where there is no room. */
static void offer(struct walk *w, const struct candidate *c)
{
    if (w->n < w->cap) {
        size_t i = w->n++;
        w->heap[i] = *c;
        while (i > 0 && worse(&w->heap[i], &w->heap[(i - 1) / 2])) {
            swap(&w->heap[i], &w->heap[(i - 1) / 2]);
            i = (i - 1) / 2;
        }
    } else if (w->cap > 0 && worse(&w->heap[0], c)) {
        w->heap[0] = *c;
        sink(w->heap, w->n, 0);
    }
}

static bool visit(void *arg, const struct geo_heat_record *records, size_t n)
{
    struct walk *w = arg;
    const struct candidates_ask *ask = w->ask;
    for (size_t i = 0; i < n; i++) {
        const struct related key = {records[i].category, 0};
        const struct related *found =
            bsearch(&key, w->related, w->n_related, sizeof(*w->related), compare_related);
        if (found == NULL) {
            continue;
        }
        struct geo_point point = geo_heat_place_point(records[i].place);
        struct likeness_facts facts = {
            .category = found->number,
            .point = ask->shown == NULL ? point : ask->shown(point),
            .accuracy_m = ACCURACY_ASSUMED_M,
            .at_us = (int64_t)records[i].received_s * 1000000,
        };
        struct candidate c = {records[i].id, likeness_at_most(ask->terms, &ask->draft, &facts)};
        if (c.at_most >= ask->least) {
            offer(w, &c);
        }
    }
    return true;
}

static int best_first(const void *x, const void *y)
{
    return worse(x, y) ? 1 : -1;
}

static enum status run(struct walk *w, int32_t *ids, struct err *e)
{
    const struct candidates_ask *ask = w->ask;
    const struct likeness_facts *draft = &ask->draft;
    double metres = likeness_reach_m(ask->terms, draft, ask->least);
    double hours = likeness_reach_h(ask->terms, draft->category, ask->least);
    struct geo_heat_query *query = NULL;
    for (size_t i = 0; i < w->n_related; i++) {
        ids[i] = w->related[i].id;
    }
    struct geo_heat_filter filter = {
        .categories = ids,
        .n_categories = w->n_related,
        .statuses = ask->statuses,
        .has_from = true,
        .from_s = draft->at_us / 1000000 - (int64_t)ceil(hours * 3600),
    };
    struct geo_heat_box box =
        geo_heat_box_of(geo_box_around(draft->point, metres + (ask->shown == NULL ? 0 : SHOWN_M)));
    enum status status = geo_heat_query_create(ask->view, &filter, &query, e);
    if (status == STATUS_OK) {
        geo_heat_visit(query, &box, visit, w);
        geo_heat_query_destroy(query);
        qsort(w->heap, w->n, sizeof(*w->heap), best_first);
    }
    return status;
}

enum status candidates_find(const struct candidates_ask *ask, struct candidate *out, size_t cap,
                            size_t *n, struct err *e)
{
    struct related *related = calloc(ask->n_categories + 1, sizeof(*related));
    int32_t *ids = calloc(ask->n_categories + 1, sizeof(*ids));
    struct walk w = {.ask = ask, .related = related, .heap = out, .cap = cap};
    enum status status = STATUS_OK;
    if (related == NULL || ids == NULL) {
        status = err_set(e, STATUS_NO_MEMORY, "no memory for candidates");
    } else {
        for (size_t i = 0; i < ask->n_categories; i++) {
            if (likeness_affinity(ask->terms, ask->draft.category, (int32_t)i) > ask->least) {
                related[w.n_related++] = (struct related){ask->category_ids[i], (int32_t)i};
            }
        }
        qsort(related, w.n_related, sizeof(*related), compare_related);
        status = run(&w, ids, e);
    }
    free(related);
    free(ids);
    *n = w.n;
    return status;
}
