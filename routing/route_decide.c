#include "routing/route_decide.h"

#include <string.h>

#include "routing/route_rules_internal.h"
#include "server/base/bug.h"

/* The two best rows so far. */
struct race {
    uint64_t best, second; /* their keys */
    int32_t winner, runner_up;
};

static inline void race_enter(struct race *race, uint64_t key, int32_t row)
{
    if (key < race->best) {
        race->second = race->best;
        race->runner_up = race->winner;
        race->best = key;
        race->winner = row;
    } else if (key < race->second && key != race->best) { /* not the same row again */
        race->second = key;
        race->runner_up = row;
    }
}

/* A row whose place matches enters if its category and time do. */
static inline void try_row(const struct route_rules *rules, const uint8_t *depths, int64_t at_us,
                           int32_t number, struct race *race)
{
    const struct route_row *row = &rules->rows[number];
    uint8_t depth = depths[number];
    if (depth != ROUTE_DEPTH_NONE && at_us >= row->from_us && at_us < row->to_us) {
        race_enter(race, route_key_at_depth(row->key, depth), number);
    }
}

static void try_unit(const struct route_rules *rules, const struct route_lists *lists, int32_t unit,
                     const uint8_t *depths, int64_t at_us, struct race *race)
{
    if (unit < 0 || unit >= lists->n) {
        return;
    }
    for (int32_t i = lists->first[unit]; i < lists->first[unit + 1]; i++) {
        try_row(rules, depths, at_us, lists->rows[i], race);
    }
}

static void try_areas(const struct route_rules *rules, const struct route_facts *facts,
                      const uint8_t *depths, int64_t at_us, struct race *race)
{
    for (size_t i = 0; i < facts->n_areas; i++) {
        int32_t number = facts->areas[i];
        if (number >= 0 && (size_t)number < rules->n_jurisdictions &&
            rules->jurisdictions[number].reach == ROUTE_REACH_AREA) {
            try_row(rules, depths, at_us, number, race);
        }
    }
}

/* These are sorted, so the rest cannot win once one is behind both. */
static void try_city(const struct route_rules *rules, size_t slot, const uint8_t *depths,
                     int64_t at_us, struct race *race)
{
    const struct route_lists *lists = &rules->city_rows;
    for (int32_t i = lists->first[slot]; i < lists->first[slot + 1]; i++) {
        int32_t number = lists->rows[i];
        if (route_key_at_depth(rules->rows[number].key, depths[number]) > race->second) {
            return;
        }
        try_row(rules, depths, at_us, number, race);
    }
}

static int32_t matched_category(const struct route_rules *rules, int32_t category, uint8_t depth)
{
    if (depth == ROUTE_DEPTH_ANY) {
        return ROUTE_NONE;
    }
    for (; depth > 0; depth--) {
        category = rules->categories[category].parent;
    }
    return category;
}

static int32_t desk_in_force(const struct route_rules *rules, int32_t desk, int64_t at_us)
{
    if (desk == ROUTE_NONE) {
        return ROUTE_NONE;
    }
    const struct route_desk *d = &rules->desks[desk];
    return at_us >= d->valid_from_us && at_us < d->valid_to_us ? desk : ROUTE_NONE;
}

static int32_t fallback_agency(const struct route_rules *rules, int64_t at_us)
{
    for (size_t i = 0; i < rules->n_fallback_agencies; i++) {
        const struct route_agency *a = &rules->agencies[rules->fallback_agencies[i]];
        if (at_us >= a->valid_from_us && at_us < a->valid_to_us) {
            return rules->fallback_agencies[i];
        }
    }
    BUG("an instant without a fallback, which route_rules_create refuses");
}

static void fill_from_row(const struct route_rules *rules, const struct race *race,
                          const uint8_t *depths, int32_t category, int64_t at_us,
                          struct route_decision *d)
{
    const struct route_jurisdiction *j = &rules->jurisdictions[race->winner];
    d->jurisdiction = race->winner;
    d->agency = j->agency;
    d->desk = desk_in_force(rules, j->desk, at_us);
    d->runner_up = race->runner_up;
    d->runner_up_agency =
        race->runner_up < 0 ? ROUTE_NONE : rules->jurisdictions[race->runner_up].agency;
    d->reach = j->reach;
    d->rule_class = j->rule_class;
    d->category_matched = matched_category(rules, category, depths[race->winner]);
    d->fallback = j->rule_class == ROUTE_CLASS_FALLBACK;
}

static void fill_from_fallback(const struct route_rules *rules, int64_t at_us,
                               struct route_decision *d)
{
    d->jurisdiction = ROUTE_NONE;
    d->agency = fallback_agency(rules, at_us);
    d->desk = ROUTE_NONE;
    d->runner_up = ROUTE_NONE;
    d->runner_up_agency = ROUTE_NONE;
    d->reach = ROUTE_REACH_CITY;
    d->rule_class = ROUTE_CLASS_FALLBACK;
    d->category_matched = ROUTE_NONE;
    d->fallback = true;
}

struct route_decision route_decide(const struct route_rules *rules, const struct route_facts *facts)
{
    /* An open end includes the last instant there is. */
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    size_t slot = route_category_slot(rules, facts->category);
    const uint8_t *depths = &rules->depths[slot * rules->n_jurisdictions];
    struct race race = {UINT64_MAX, UINT64_MAX, ROUTE_NONE, ROUTE_NONE};
    try_areas(rules, facts, depths, at_us, &race);
    try_unit(rules, &rules->ward_rows, facts->ward, depths, at_us, &race);
    try_unit(rules, &rules->district_rows, facts->district, depths, at_us, &race);
    try_city(rules, slot, depths, at_us, &race);

    struct route_decision decision = {.rule = ROUTE_NONE, .runner_up_rule = ROUTE_NONE};
    if (race.winner != ROUTE_NONE) {
        fill_from_row(rules, &race, depths, facts->category, at_us, &decision);
    } else {
        fill_from_fallback(rules, at_us, &decision);
    }
    decision.urgent = slot < rules->n_categories && rules->categories[slot].urgent;
    decision.deadline = rules->deadlines[slot];
    decision.due_at_us = route_deadline_due(rules->calendar, decision.deadline, at_us);
    decision.pass_on_due_us =
        route_calendar_add_hours(rules->calendar, at_us, 0) + rules->pass_on_us;
    return decision;
}

/* ---- the trace ---- */

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

static bool place_matches(const struct route_jurisdiction *j, int32_t number,
                          const struct route_facts *facts)
{
    switch (j->reach) {
    case ROUTE_REACH_CITY:
        return true;
    case ROUTE_REACH_WARD:
        return j->unit == facts->ward;
    case ROUTE_REACH_DISTRICT:
        return j->unit == facts->district;
    case ROUTE_REACH_AREA:
        break;
    }
    for (size_t i = 0; i < facts->n_areas; i++) {
        if (facts->areas[i] == number) {
            return true;
        }
    }
    return false;
}

static struct route_trace trace_row(const struct route_rules *rules,
                                    const struct route_facts *facts, int32_t number, int64_t at_us)
{
    const struct route_jurisdiction *j = &rules->jurisdictions[number];
    const struct route_agency *a = &rules->agencies[j->agency];
    struct route_trace t = {.rule = ROUTE_NONE, .jurisdiction = number, .agency = j->agency};
    uint8_t depth = trace_category(rules, j, facts->category, &t);
    t.place_ok = place_matches(j, number, facts);
    t.in_force = at_us >= j->valid_from_us && at_us < j->valid_to_us;
    t.agency_in_force = at_us >= a->valid_from_us && at_us < a->valid_to_us;
    uint64_t failed = (t.category_ok ? 0u : 1u) + (t.place_ok ? 0u : 1u) + (t.in_force ? 0u : 1u) +
                      (t.agency_in_force ? 0u : 1u);
    t.rank = failed << ROUTE_KEY_FAILED_SHIFT | route_key_at_depth(rules->rows[number].key, depth);
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

size_t route_decide_trace(const struct route_rules *rules, const struct route_facts *facts,
                          struct route_trace *out, size_t max)
{
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    int32_t winner = route_decide(rules, facts).jurisdiction;
    size_t n = 0;
    for (size_t i = 0; i < rules->n_jurisdictions; i++) {
        struct route_trace t = trace_row(rules, facts, (int32_t)i, at_us);
        t.won = t.jurisdiction == winner;
        n = insert_trace(out, n, max, &t);
    }
    return n;
}
