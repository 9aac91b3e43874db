/* Rows held against the facts one by one: for explaining. */
#include <math.h>
#include <string.h>

#include "routing/route_rules_internal.h"

static bool names_category(const struct route_jurisdiction *j, int32_t category)
{
    for (size_t i = 0; i < j->n_categories; i++) {
        if (j->categories[i] == category) {
            return true;
        }
    }
    return false;
}

static uint8_t trace_category(const struct route_rules *rules, const struct route_jurisdiction *j,
                              int32_t category, struct route_trace *t)
{
    t->category_matched = ROUTE_NONE;
    t->category_ok = j->n_categories == 0;
    if (t->category_ok) {
        return ROUTE_DEPTH_ANY;
    }
    if (route_category_slot(rules, category) == rules->n_categories) {
        return ROUTE_DEPTH_NONE;
    }
    for (uint8_t depth = 0; category != ROUTE_NONE; depth++) {
        if (names_category(j, category)) {
            t->category_matched = category;
            t->category_ok = true;
            return depth;
        }
        category = rules->categories[category].parent;
    }
    return ROUTE_DEPTH_NONE;
}

static uint64_t rank_of(const struct route_trace *t, uint64_t key, uint8_t depth)
{
    uint64_t failed = (t->category_ok ? 0u : 1u) + (t->place_ok ? 0u : 1u) +
                      (t->in_force ? 0u : 1u) + (t->agency_in_force ? 0u : 1u);
    return failed << ROUTE_KEY_FAILED_SHIFT | route_key_at_depth(key, depth);
}

static void trace_row(const struct route_rules *rules, const struct route_facts *facts,
                      int32_t number, int64_t at_us, struct route_trace *t)
{
    const struct route_jurisdiction *j = &rules->jurisdictions[number];
    const struct route_agency *a = &rules->agencies[j->agency];
    *t = (struct route_trace){.rule = ROUTE_NONE, .jurisdiction = number, .agency = j->agency};
    uint8_t depth = trace_category(rules, j, facts->category, t);
    t->place_ok = route_jurisdiction_covers(rules, number, facts);
    t->in_force = at_us >= j->valid_from_us && at_us < j->valid_to_us;
    t->agency_in_force = at_us >= a->valid_from_us && at_us < a->valid_to_us;
    t->rank = rank_of(t, rules->rows[number].key, depth);
}

static void trace_rule(const struct route_rules *rules, const struct route_facts *facts,
                       int32_t number, int64_t at_us, struct route_trace *t)
{
    const struct route_bound_rule *bound = &rules->bound[number];
    size_t slot = route_category_slot(rules, facts->category);
    uint8_t depth = ROUTE_DEPTH_ANY;
    int32_t desk;
    *t = (struct route_trace){.rule = number,
                              .jurisdiction = ROUTE_NONE,
                              .agency = ROUTE_NONE,
                              .category_ok = true,
                              .place_ok = true,
                              .agency_in_force = true,
                              .category_matched = ROUTE_NONE,
                              .n_values = bound->n_checks};
    for (size_t i = 0; i < bound->n_checks; i++) {
        const struct route_check *c = &bound->checks[i];
        bool on_category = c->kind == ROUTE_IF_CATEGORY;
        t->values[i] = route_check_value(rules, c, facts, at_us);
        t->category_ok = t->category_ok && (!on_category || t->values[i].holds);
        t->place_ok = t->place_ok && (on_category || t->values[i].holds);
        depth = on_category && !c->negated && depth == ROUTE_DEPTH_ANY ? c->depths[slot] : depth;
    }
    t->in_force = at_us >= bound->from_us && at_us < bound->to_us;
    if (t->category_ok && t->place_ok && t->in_force) {
        t->failure = route_outcome_agency(rules, &bound->outcome, facts, at_us, &t->agency, &desk);
        t->agency_in_force = t->failure == ROUTE_FAILED_NONE;
    }
    if (t->category_ok && depth != ROUTE_DEPTH_ANY) {
        t->category_matched = facts->category;
        for (uint8_t up = depth; up > 0 && t->category_matched != ROUTE_NONE; up--) {
            t->category_matched = rules->categories[t->category_matched].parent;
        }
    }
    t->rank = rank_of(t, bound->key, depth);
}

struct route_trace route_decide_rule(const struct route_rules *rules,
                                     const struct route_facts *facts, int32_t rule)
{
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    struct route_trace t;
    trace_rule(rules, facts, rule, at_us, &t);
    return t;
}

/* Puts `t` in its place among the `n` sorted ones, dropping the last if `max` are there already;
 * returns how many there are then. */
static size_t insert_trace(struct route_trace *out, size_t n, size_t max,
                           const struct route_trace *t)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (out[middle].rank < t->rank) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == max) {
        return n;
    }
    size_t kept = n < max ? n : max - 1;
    memmove(&out[low + 1], &out[low], (kept - low) * sizeof *out);
    out[low] = *t;
    return kept + 1;
}

static void mark_winner(const struct route_decision *d, struct route_trace *t)
{
    t->won = t->rule != ROUTE_NONE ? t->rule == d->rule : t->jurisdiction == d->jurisdiction;
}

size_t route_decide_trace(const struct route_rules *rules, const struct route_facts *facts,
                          struct route_trace *out, size_t max)
{
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    struct route_decision d = route_decide(rules, facts);
    struct route_trace t;
    size_t n = 0;
    for (size_t i = 0; i < rules->n_rules; i++) {
        trace_rule(rules, facts, (int32_t)i, at_us, &t);
        mark_winner(&d, &t);
        n = insert_trace(out, n, max, &t);
    }
    for (size_t i = 0; i < rules->n_jurisdictions; i++) {
        trace_row(rules, facts, (int32_t)i, at_us, &t);
        mark_winner(&d, &t);
        n = insert_trace(out, n, max, &t);
    }
    return n;
}

static void keep(struct route_trace *out, size_t max, size_t *n, const struct route_trace *t)
{
    if (*n < max) {
        out[*n] = *t;
    }
    (*n)++;
}

/* The jurisdictions that came first or second, as rows; they come after the rules. */
static void keep_rows(const struct route_rules *rules, const struct route_facts *facts,
                      const struct route_decision *d, struct route_trace *out, size_t max,
                      size_t *n)
{
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    const int32_t rows[] = {d->jurisdiction, d->runner_up};
    for (size_t i = 0; i < 2; i++) {
        struct route_trace t;
        if (rows[i] != ROUTE_NONE) {
            trace_row(rules, facts, rows[i], at_us, &t);
            mark_winner(d, &t);
            keep(out, max, n, &t);
        }
    }
}

size_t route_decide_tried(const struct route_rules *rules, const struct route_facts *facts,
                          const struct route_decision *d, struct route_trace *out, size_t max)
{
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    size_t slot = route_category_slot(rules, facts->category);
    const struct route_lists *lists = &rules->rule_lists;
    const uint8_t *depths = &rules->rule_depths[slot * rules->n_rules];
    uint64_t last = UINT64_MAX; /* the runner-up's key */
    size_t n = 0;
    if (d->runner_up_rule != ROUTE_NONE) {
        last = route_key_at_depth(rules->bound[d->runner_up_rule].key, depths[d->runner_up_rule]);
    } else if (d->runner_up != ROUTE_NONE) {
        const uint8_t *of_rows = &rules->depths[slot * rules->n_jurisdictions];
        last = route_key_at_depth(rules->rows[d->runner_up].key, of_rows[d->runner_up]);
    }
    for (int32_t i = lists->first[slot]; i < lists->first[slot + 1]; i++) {
        struct route_trace t;
        int32_t number = lists->rows[i];
        if (route_key_at_depth(rules->bound[number].key, depths[number]) > last) {
            break;
        }
        trace_rule(rules, facts, number, at_us, &t);
        mark_winner(d, &t);
        keep(out, max, &n, &t);
    }
    keep_rows(rules, facts, d, out, max, &n);
    return n;
}
