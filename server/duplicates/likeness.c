#include "server/duplicates/likeness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_distance.h"

#define DEPTH_MAX 32

#define AFFINITY_PARENT  0.7
#define AFFINITY_SIBLING 0.3
#define AFFINITY_OPEN    0.7 /* no category chosen yet */

#define VAGUE_M        150.0 /* two places known no better than this prove half as much */
#define UNSURE         1.5   /* how much more places err than they say */
#define FADING         4.0   /* how suddenly it is over */
#define ACCURACY_MIN_M 5.0
#define ACCURACY_MAX_M 5000.0
#define REACH_ACCURACY 200.0

#define WORDING_NONE   0.50 /* not a word in common */
#define WORDING_SILENT 0.72 /* one of them says nothing */

struct likeness_terms {
    size_t n;
    struct likeness_category *categories; /* half-lives and extents filled in from above */
    size_t n_pairs;
    struct likeness_pair *pairs; /* a <= b, ascending */
};

/* ---- terms ---- */

static int compare_pairs(const void *x, const void *y)
{
    const struct likeness_pair *a = x;
    const struct likeness_pair *b = y;
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    return a->b == b->b ? 0 : (a->b < b->b ? -1 : 1);
}

static bool in_bounds(int32_t number, size_t n)
{
    return number >= 0 && (size_t)number < n;
}

/* From itself upwards until somebody says. */
static enum status settle(const struct likeness_category *given, size_t n, size_t i,
                          struct likeness_category *out, struct err *e)
{
    *out = (struct likeness_category){given[i].parent, 0, 0};
    int32_t at = (int32_t)i;
    for (int depth = 0; at != -1; depth++) {
        if (!in_bounds(at, n) || depth == DEPTH_MAX) {
            return err_set(e, STATUS_INVALID, "category %zu: no such tree above it", i);
        }
        if (out->half_life_h <= 0) {
            out->half_life_h = given[at].half_life_h;
        }
        if (out->extent_m <= 0) {
            out->extent_m = given[at].extent_m;
        }
        at = given[at].parent;
    }
    out->half_life_h = out->half_life_h > 0 ? out->half_life_h : LIKENESS_HALF_LIFE_H;
    out->extent_m = out->extent_m > 0 ? out->extent_m : LIKENESS_EXTENT_M;
    return STATUS_OK;
}

static enum status fill(struct likeness_terms *t, const struct likeness_category *categories,
                        const struct likeness_pair *pairs, struct err *e)
{
    for (size_t i = 0; i < t->n; i++) {
        enum status status = settle(categories, t->n, i, &t->categories[i], e);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < t->n_pairs; i++) {
        struct likeness_pair p = pairs[i];
        if (!in_bounds(p.a, t->n) || !in_bounds(p.b, t->n) ||
            !(p.affinity >= 0 && p.affinity <= 1)) {
            return err_set(e, STATUS_INVALID, "pair %zu: no such categories or affinity", i);
        }
        t->pairs[i] = p.a <= p.b ? p : (struct likeness_pair){p.b, p.a, p.affinity};
    }
    qsort(t->pairs, t->n_pairs, sizeof(*t->pairs), compare_pairs);
    return STATUS_OK;
}

enum status likeness_terms_create(const struct likeness_category *categories, size_t n,
                                  const struct likeness_pair *pairs, size_t n_pairs,
                                  struct likeness_terms **out, struct err *e)
{
    struct likeness_terms *t = calloc(1, sizeof(*t));
    if (t != NULL) {
        t->n = n;
        t->n_pairs = n_pairs;
        t->categories = calloc(n + 1, sizeof(*t->categories));
        t->pairs = calloc(n_pairs + 1, sizeof(*t->pairs));
    }
    if (t == NULL || t->categories == NULL || t->pairs == NULL) {
        likeness_terms_destroy(t);
        return err_set(e, STATUS_NO_MEMORY, "no memory for the terms of %zu categories", n);
    }
    enum status status = fill(t, categories, pairs, e);
    if (status != STATUS_OK) {
        likeness_terms_destroy(t);
        return status;
    }
    *out = t;
    return STATUS_OK;
}

void likeness_terms_destroy(struct likeness_terms *t)
{
    if (t != NULL) {
        free(t->categories);
        free(t->pairs);
        free(t);
    }
}

double likeness_half_life_h(const struct likeness_terms *t, int32_t category)
{
    return in_bounds(category, t->n) ? t->categories[category].half_life_h : LIKENESS_HALF_LIFE_H;
}

double likeness_extent_m(const struct likeness_terms *t, int32_t category)
{
    return in_bounds(category, t->n) ? t->categories[category].extent_m : LIKENESS_EXTENT_M;
}

/* ---- affinity ---- */

static double pair_of(const struct likeness_terms *t, int32_t a, int32_t b)
{
    const struct likeness_pair key = {a < b ? a : b, a < b ? b : a, 0};
    const struct likeness_pair *found =
        t->n_pairs == 0 ? NULL
                        : bsearch(&key, t->pairs, t->n_pairs, sizeof(*t->pairs), compare_pairs);
    return found == NULL ? -1 : found->affinity;
}

/* What the nearest pair of ancestors that the table knows says; -1: none. Nearest: the fewest steps
 * up, and of two as near the one that says more, so that the order of a and b does not matter. */
static double paired(const struct likeness_terms *t, int32_t a, int32_t b)
{
    double best = -1;
    int best_steps = 2 * DEPTH_MAX;
    int up_a = 0;
    for (int32_t x = a; x != -1; x = t->categories[x].parent, up_a++) {
        int steps = up_a;
        for (int32_t y = b; y != -1; y = t->categories[y].parent, steps++) {
            double says = pair_of(t, x, y);
            if (says >= 0 && (steps < best_steps || (steps == best_steps && says > best))) {
                best = says;
                best_steps = steps;
            }
        }
    }
    return best;
}

static bool above(const struct likeness_terms *t, int32_t upper, int32_t lower)
{
    for (int32_t at = lower; at != -1; at = t->categories[at].parent) {
        if (at == upper) {
            return true;
        }
    }
    return false;
}

double likeness_affinity(const struct likeness_terms *t, int32_t a, int32_t b)
{
    if (!in_bounds(a, t->n) || !in_bounds(b, t->n)) {
        return AFFINITY_OPEN;
    }
    double says = paired(t, a, b);
    if (says >= 0 || a == b) {
        return says >= 0 ? says : 1;
    }
    if (above(t, a, b) || above(t, b, a)) {
        return AFFINITY_PARENT;
    }
    int32_t parent = t->categories[a].parent;
    return parent != -1 && parent == t->categories[b].parent ? AFFINITY_SIBLING : 0;
}

/* ---- the score ---- */

static double nearness_of(double distance_m, double accuracy_a, double accuracy_b, double extent_m)
{
    double unsure2 = accuracy_a * accuracy_a + accuracy_b * accuracy_b;
    double spread2 = UNSURE * UNSURE * unsure2 + extent_m * extent_m;
    return exp(-distance_m * distance_m / (2 * spread2)) / sqrt(1 + unsure2 / (VAGUE_M * VAGUE_M));
}

static double clamp_accuracy(double accuracy_m)
{
    return fmin(fmax(accuracy_m, ACCURACY_MIN_M), ACCURACY_MAX_M);
}

static struct likeness of_facts(const struct likeness_terms *t, const struct likeness_facts *a,
                                const struct likeness_facts *b)
{
    double extent_m = fmax(likeness_extent_m(t, a->category), likeness_extent_m(t, b->category));
    double half_life_h =
        fmax(likeness_half_life_h(t, a->category), likeness_half_life_h(t, b->category));
    double hours = fabs((double)(a->at_us - b->at_us)) / 3600e6;
    struct likeness l = {.affinity = likeness_affinity(t, a->category, b->category),
                         .freshness = 1 / (1 + pow(hours / half_life_h, FADING)),
                         .distance_m = geo_distance_m(a->point, b->point)};
    l.nearness = nearness_of(l.distance_m, clamp_accuracy(a->accuracy_m),
                             clamp_accuracy(b->accuracy_m), extent_m);
    return l;
}

struct likeness likeness_of(const struct likeness_terms *t, const struct likeness_facts *a,
                            const struct likeness_facts *b)
{
    struct likeness l = of_facts(t, a, b);
    bool silent = a->words == NULL || b->words == NULL || a->words->n == 0 || b->words->n == 0;
    l.wording = silent
                    ? WORDING_SILENT
                    : WORDING_NONE + (1 - WORDING_NONE) * sqrt(likeness_text(a->words, b->words));
    l.score = l.nearness * l.freshness * l.affinity * l.wording;
    return l;
}

double likeness_at_most(const struct likeness_terms *t, const struct likeness_facts *a,
                        const struct likeness_facts *b)
{
    struct likeness l = of_facts(t, a, b);
    return l.nearness * l.freshness * l.affinity;
}

/* ---- accuracy and reach ---- */

double likeness_accuracy_m(const char *match, double accuracy_m)
{
    static const struct {
        const char *match;
        double metres;
    } rows[] = {
        {"coordinate", 20},   {"house", 15},
        {"interpolated", 35}, {"alley", 50},
        {"crossing", 25},     {"place", 80},
        {"street", 300},      {"ward", 1000},
        {"district", 3000},   {"none", ACCURACY_MAX_M},
        {"hand", 20},
    };
    double metres = ACCURACY_MAX_M;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (match != NULL && strcmp(match, rows[i].match) == 0) {
            metres = rows[i].metres;
        }
    }
    /* A phone says how well it knows; of an address that came with it, it says nothing. */
    bool told = accuracy_m >= 0 && match != NULL && strcmp(match, "coordinate") == 0;
    return clamp_accuracy(told ? accuracy_m : metres);
}

double likeness_reach_m(const struct likeness_terms *t, const struct likeness_facts *facts,
                        double score)
{
    double accuracy = clamp_accuracy(facts->accuracy_m);
    double extent_m = likeness_extent_m(t, facts->category);
    for (size_t i = 0; i < t->n; i++) {
        if (likeness_affinity(t, facts->category, (int32_t)i) > score) {
            extent_m = fmax(extent_m, t->categories[i].extent_m);
        }
    }
    double spread2 = UNSURE * UNSURE * (accuracy * accuracy + REACH_ACCURACY * REACH_ACCURACY) +
                     extent_m * extent_m;
    return score >= 1 ? 0 : sqrt(-2 * log(fmax(score, 1e-6)) * spread2);
}

double likeness_reach_h(const struct likeness_terms *t, int32_t category, double score)
{
    double half_life_h = fmax(likeness_half_life_h(t, category), 0);
    for (size_t i = 0; i < t->n; i++) {
        if (likeness_affinity(t, category, (int32_t)i) > score) {
            half_life_h = fmax(half_life_h, t->categories[i].half_life_h);
        }
    }
    double least = fmin(fmax(score, 1e-6), 1);
    return half_life_h * pow(1 / least - 1, 1 / FADING);
}
