#include "routing/route_decide.h"

#include <string.h>

#include "routing/route_rules_internal.h"
#include "server/base/bug.h"

/* One that could have the complaint: a jurisdiction, or a rule whose outcome is worked out. */
struct entrant {
    uint64_t key;
    int32_t rule, jurisdiction, agency, desk;
};

/* The two best so far. */
struct race {
    struct entrant best, second;
};

static const struct entrant nobody = {UINT64_MAX, ROUTE_NONE, ROUTE_NONE, ROUTE_NONE, ROUTE_NONE};

static inline void race_enter(struct race *race, const struct entrant *entrant)
{
    if (entrant->key < race->best.key) {
        race->second = race->best;
        race->best = *entrant;
    } else if (entrant->key < race->second.key && entrant->key != race->best.key) {
        race->second = *entrant; /* not the same row again */
    }
}

/* A row whose place matches enters if its category and time do. */
static inline void try_row(const struct route_rules *rules, const uint8_t *depths, int64_t at_us,
                           int32_t number, struct race *race)
{
    const struct route_row *row = &rules->rows[number];
    uint8_t depth = depths[number];
    if (depth != ROUTE_DEPTH_NONE && at_us >= row->from_us && at_us < row->to_us) {
        struct entrant entrant = {route_key_at_depth(row->key, depth), ROUTE_NONE, number,
                                  rules->jurisdictions[number].agency,
                                  rules->jurisdictions[number].desk};
        race_enter(race, &entrant);
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
        if (route_key_at_depth(rules->rows[number].key, depths[number]) > race->second.key) {
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

/* All conditions that the category does not settle. */
static bool rule_holds(const struct route_rules *rules, const struct route_bound_rule *bound,
                       const struct route_facts *facts, int64_t at_us)
{
    for (size_t i = 0; i < bound->n_order; i++) {
        if (!route_check_value(rules, &bound->checks[bound->order[i]], facts, at_us).holds) {
            return false;
        }
    }
    return true;
}

static void note_failure(struct route_decision *d, int32_t rule, enum route_failure why)
{
    if (d->n_skipped < ROUTE_SKIPPED_MAX) {
        d->skipped[d->n_skipped] = (struct route_skipped){rule, why};
    }
    d->n_skipped++;
}

/* The rules for the category in order, until none can come first or second any more. */
static void try_rules(const struct route_rules *rules, const struct route_facts *facts, size_t slot,
                      int64_t at_us, struct race *race, struct route_decision *d)
{
    const struct route_lists *lists = &rules->rule_lists;
    const uint8_t *depths = &rules->rule_depths[slot * rules->n_rules];
    for (int32_t i = lists->first[slot]; i < lists->first[slot + 1]; i++) {
        int32_t number = lists->rows[i];
        const struct route_bound_rule *bound = &rules->bound[number];
        struct entrant entrant = {route_key_at_depth(bound->key, depths[number]), number,
                                  ROUTE_NONE, ROUTE_NONE, ROUTE_NONE};
        if (entrant.key > race->second.key) {
            return;
        }
        if (at_us < bound->from_us || at_us >= bound->to_us ||
            !rule_holds(rules, bound, facts, at_us)) {
            continue;
        }
        enum route_failure why = route_outcome_agency(rules, &bound->outcome, facts, at_us,
                                                      &entrant.agency, &entrant.desk);
        if (why == ROUTE_FAILED_NONE) {
            race_enter(race, &entrant);
        } else if (entrant.key < race->best.key) {
            note_failure(d, number, why); /* one of before the winner: those come in order */
        }
    }
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

static void fill_from_row(const struct route_rules *rules, const struct entrant *winner,
                          int64_t at_us, struct route_decision *d)
{
    const struct route_jurisdiction *j = &rules->jurisdictions[winner->jurisdiction];
    d->desk = route_rules_desk_at(rules, j->desk, at_us);
    d->reach = j->reach;
    d->rule_class = j->rule_class;
}

static bool acts_already(const struct route_decision *d, int32_t agency)
{
    bool already = agency == d->agency;
    for (int32_t i = 0; i < d->n_others; i++) {
        already = already || d->others[i] == agency;
    }
    return already;
}

static void fill_from_rule(const struct route_rules *rules, const struct route_facts *facts,
                           const struct entrant *winner, int64_t at_us, struct route_decision *d)
{
    const struct route_rule *r = &rules->rules[winner->rule];
    const struct route_bound_rule *bound = &rules->bound[winner->rule];
    d->desk = winner->desk;
    d->reach = bound->reach;
    d->rule_class = r->rule_class;
    for (size_t i = 0; i < r->n_partners; i++) {
        int32_t agency;
        int32_t desk;
        if (route_outcome_agency(rules, &bound->partners[i], facts, at_us, &agency, &desk) ==
                ROUTE_FAILED_NONE &&
            !acts_already(d, agency)) {
            d->others[d->n_others++] = agency;
        }
    }
    if (r->urgency != ROUTE_URGENCY_OF_CATEGORY) {
        d->urgent = r->urgency == ROUTE_URGENT;
    }
    if (r->deadline.kind != ROUTE_DEADLINE_INHERIT) {
        d->deadline = r->deadline;
    }
}

static void fill_from_fallback(const struct route_rules *rules, int64_t at_us,
                               struct route_decision *d)
{
    d->agency = fallback_agency(rules, at_us);
    d->desk = ROUTE_NONE;
    d->reach = ROUTE_REACH_CITY;
    d->rule_class = ROUTE_CLASS_FALLBACK;
    d->category_matched = ROUTE_NONE;
}

static void fill(const struct route_rules *rules, const struct route_facts *facts, size_t slot,
                 const struct race *race, struct route_decision *d)
{
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    const struct entrant *winner = &race->best;
    d->rule = winner->rule;
    d->jurisdiction = winner->jurisdiction;
    d->agency = winner->agency;
    d->runner_up_rule = race->second.rule;
    d->runner_up = race->second.jurisdiction;
    d->runner_up_agency = race->second.agency;
    d->urgent = slot < rules->n_categories && rules->categories[slot].urgent;
    d->deadline = rules->deadlines[slot];
    if (winner->rule != ROUTE_NONE) {
        uint8_t depth = rules->rule_depths[slot * rules->n_rules + (size_t)winner->rule];
        d->category_matched = matched_category(rules, facts->category, depth);
        fill_from_rule(rules, facts, winner, at_us, d);
    } else if (winner->jurisdiction != ROUTE_NONE) {
        uint8_t depth = rules->depths[slot * rules->n_jurisdictions + (size_t)winner->jurisdiction];
        d->category_matched = matched_category(rules, facts->category, depth);
        fill_from_row(rules, winner, at_us, d);
    } else {
        fill_from_fallback(rules, at_us, d);
    }
    d->fallback = d->rule_class == ROUTE_CLASS_FALLBACK;
}

struct route_decision route_decide(const struct route_rules *rules, const struct route_facts *facts)
{
    /* An open end includes the last instant there is. */
    int64_t at_us = facts->at_us < ROUTE_TIME_OPEN_END ? facts->at_us : ROUTE_TIME_OPEN_END - 1;
    size_t slot = route_category_slot(rules, facts->category);
    const uint8_t *depths = &rules->depths[slot * rules->n_jurisdictions];
    struct race race = {nobody, nobody};
    struct route_decision decision = {.n_skipped = 0};
    try_areas(rules, facts, depths, at_us, &race);
    try_unit(rules, &rules->ward_rows, facts->ward, depths, at_us, &race);
    try_unit(rules, &rules->district_rows, facts->district, depths, at_us, &race);
    try_city(rules, slot, depths, at_us, &race);
    try_rules(rules, facts, slot, at_us, &race, &decision);
    fill(rules, facts, slot, &race, &decision);
    decision.due_at_us = route_deadline_due(rules->calendar, decision.deadline, at_us);
    decision.pass_on_due_us =
        route_calendar_add_hours(rules->calendar, at_us, 0) + rules->pass_on_us;
    return decision;
}
