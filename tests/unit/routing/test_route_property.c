/* Routing against an independent oracle: the same rows evaluated by plain loops, written from the
 * words of route_rules.h alone. Random rule sets and facts; instants lie on and beside the edges of
 * validity periods. SEED=n repeats or varies a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "routing/route_decide.h"
#include "routing/route_rules.h"

#define RULE_SETS      450
#define FACTS_EACH     500
#define CATEGORIES_MAX 12
#define AGENCIES_MAX   7
#define DESKS_MAX      4
#define ROWS_MAX       48
#define UNITS          6
#define EDGES          5
#define HOLIDAYS       12
#define CODE_MAX       12
#define DAY_US         INT64_C(86400000000)
#define START_US       INT64_C(1751302800000000) /* 2025-07-01T00:00+07:00 */

struct world {
    struct route_category categories[CATEGORIES_MAX];
    struct route_agency agencies[AGENCIES_MAX];
    struct route_desk desks[DESKS_MAX];
    struct route_jurisdiction rows[ROWS_MAX];
    int32_t named[ROWS_MAX][3];
    char category_codes[CATEGORIES_MAX][CODE_MAX];
    char agency_codes[AGENCIES_MAX][CODE_MAX];
    char desk_codes[DESKS_MAX][CODE_MAX];
    char row_codes[ROWS_MAX][CODE_MAX];
    int32_t holidays[HOLIDAYS];
    struct route_rules_source source;
};

static uint64_t dice;

static uint32_t roll(uint32_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)((dice >> 16) % sides);
}

/* ---- random worlds ---- */

static int64_t edge(uint32_t i)
{
    if (i == 0) {
        return ROUTE_TIME_OPEN_START;
    }
    return i == EDGES - 1 ? ROUTE_TIME_OPEN_END : START_US + (int64_t)i * 3 * DAY_US;
}

static void random_period(int64_t *from_us, int64_t *to_us)
{
    uint32_t from = roll(EDGES - 1);
    *from_us = edge(from);
    *to_us = edge(from + 1 + roll(EDGES - 1 - from));
}

/* Codes whose order has nothing to do with the rows'. The tail makes them differ. */
static const char *random_code(char *out, uint32_t number)
{
    (void)snprintf(out, CODE_MAX, "%c%c%u", 'a' + (char)roll(3), roll(2) ? 'x' : '-', number);
    return out;
}

static void random_categories(struct world *w)
{
    size_t n = roll(CATEGORIES_MAX + 1);
    int32_t order[CATEGORIES_MAX] = {
        0}; /* parents come before their children here, not in the rows */
    for (size_t i = 0; i < n; i++) {
        size_t at = roll((uint32_t)i + 1);
        order[i] = order[at];
        order[at] = (int32_t)i;
    }
    for (size_t i = 0; i < n; i++) {
        struct route_category *c = &w->categories[order[i]];
        c->code = random_code(w->category_codes[order[i]], (uint32_t)i);
        c->name_vi = c->name_en = "x";
        c->parent = i == 0 || roll(3) == 0 ? -1 : order[roll((uint32_t)i)];
        c->deadline.kind = (enum route_deadline_kind)roll(3);
        c->deadline.value = 1 + (int32_t)roll(6);
    }
    w->source.categories = w->categories;
    w->source.n_categories = n;
}

static void random_agencies(struct world *w)
{
    size_t n = 2 + roll(AGENCIES_MAX - 1);
    for (size_t i = 0; i < n; i++) {
        struct route_agency *a = &w->agencies[i];
        a->code = random_code(w->agency_codes[i], (uint32_t)i);
        a->name = "x";
        a->fallback = roll(4) == 0;
        random_period(&a->valid_from_us, &a->valid_to_us);
    }
    /* Two fallbacks that take turns, so that some agency takes what is left at any time. */
    int64_t turn = edge(1 + roll(EDGES - 2));
    size_t first = roll((uint32_t)n);
    size_t second = (first + 1) % n;
    w->agencies[first].fallback = w->agencies[second].fallback = true;
    w->agencies[first].valid_from_us = ROUTE_TIME_OPEN_START;
    w->agencies[first].valid_to_us = turn;
    w->agencies[second].valid_from_us = turn;
    w->agencies[second].valid_to_us = ROUTE_TIME_OPEN_END;
    w->source.agencies = w->agencies;
    w->source.n_agencies = n;
    for (size_t i = 0; i < DESKS_MAX; i++) {
        struct route_desk *d = &w->desks[i];
        d->code = random_code(w->desk_codes[i], (uint32_t)i);
        d->name = "x";
        d->agency = (int32_t)roll((uint32_t)n);
        random_period(&d->valid_from_us, &d->valid_to_us);
    }
    w->source.desks = w->desks;
    w->source.n_desks = DESKS_MAX;
}

static void random_row(struct world *w, size_t i)
{
    struct route_jurisdiction *j = &w->rows[i];
    j->code = random_code(w->row_codes[i], (uint32_t)i);
    j->name = "x";
    j->rule_class = (enum route_class)roll(4);
    j->reach = (enum route_reach)roll(4);
    bool unit = j->reach == ROUTE_REACH_WARD || j->reach == ROUTE_REACH_DISTRICT;
    j->unit = unit ? (int32_t)roll(UNITS) : -1;
    const struct route_agency *a;
    do { /* until the row and its agency meet */
        j->agency = (int32_t)roll((uint32_t)w->source.n_agencies);
        random_period(&j->valid_from_us, &j->valid_to_us);
        a = &w->agencies[j->agency];
    } while (j->valid_from_us >= a->valid_to_us || j->valid_to_us <= a->valid_from_us);
    j->desk = (int32_t)roll(DESKS_MAX);
    if (w->desks[j->desk].agency != j->agency) {
        j->desk = -1;
    }
    j->n_categories = w->source.n_categories > 0 ? roll(4) : 0;
    for (size_t k = 0; k < j->n_categories; k++) {
        w->named[i][k] = (int32_t)roll((uint32_t)w->source.n_categories);
    }
    j->categories = w->named[i];
}

static void random_world(struct world *w)
{
    memset(w, 0, sizeof *w);
    random_categories(w);
    random_agencies(w);
    size_t n = roll(ROWS_MAX + 1);
    for (size_t i = 0; i < n; i++) {
        random_row(w, i);
    }
    w->source.jurisdictions = w->rows;
    w->source.n_jurisdictions = n;
    for (size_t i = 0; i < HOLIDAYS; i++) {
        w->holidays[i] = 20270 + (int32_t)roll(25);
    }
    w->source.calendar = (struct route_calendar_source){
        .utc_offset_s = 25200,
        .open_minute = 450,
        .close_minute = 1020,
        .work_week = ROUTE_WEEK_MONDAY_TO_FRIDAY,
        .holidays = w->holidays,
        .n_holidays = roll(HOLIDAYS + 1),
    };
    w->source.default_deadline = (struct route_deadline){ROUTE_DEADLINE_WORKING_DAYS, 4};
    w->source.pass_on_minutes = (int32_t)roll(10);
}

static struct route_facts random_facts(const struct world *w, int32_t areas[ROWS_MAX])
{
    size_t n_areas = 0;
    for (size_t i = 0; i < w->source.n_jurisdictions; i++) {
        if (w->rows[i].reach == ROUTE_REACH_AREA && roll(3) == 0) {
            areas[n_areas++] = (int32_t)i;
        }
    }
    int64_t at_us = START_US + (int64_t)(roll(EDGES) * 3) * DAY_US;
    switch (roll(4)) {
    case 0:
        at_us -= 1;
        break;
    case 1:
        at_us += 1;
        break;
    case 2:
        at_us += (int64_t)roll(86400) * 1000000;
        break;
    default:
        break;
    }
    return (struct route_facts){
        .at_us = at_us,
        .category = (int32_t)roll(CATEGORIES_MAX + 2) - 1,
        .ward = (int32_t)roll(UNITS + 2) - 1,
        .district = (int32_t)roll(UNITS + 2) - 1,
        .areas = areas,
        .n_areas = n_areas,
    };
}

/* ---- the oracle ---- */

#define NO_MATCH 1000
#define ANY      999

static bool within(int64_t at_us, int64_t from_us, int64_t to_us)
{
    return from_us <= at_us && at_us < to_us;
}

/* How many steps up the tree the row's nearest named category is. */
static int steps_to_row(const struct world *w, const struct route_jurisdiction *j, int32_t category)
{
    if (j->n_categories == 0) {
        return ANY;
    }
    if (category < 0 || (size_t)category >= w->source.n_categories) {
        return NO_MATCH;
    }
    int best = NO_MATCH;
    for (size_t k = 0; k < j->n_categories; k++) {
        int steps = 0;
        for (int32_t c = category; c != -1; c = w->categories[c].parent) {
            if (c == j->categories[k] && steps < best) {
                best = steps;
            }
            steps++;
        }
    }
    return best;
}

static bool place_of_row(const struct route_jurisdiction *j, int32_t number,
                         const struct route_facts *f)
{
    bool covered = j->reach == ROUTE_REACH_CITY ||
                   (j->reach == ROUTE_REACH_WARD && j->unit == f->ward) ||
                   (j->reach == ROUTE_REACH_DISTRICT && j->unit == f->district);
    for (size_t i = 0; i < f->n_areas; i++) {
        covered = covered || (j->reach == ROUTE_REACH_AREA && f->areas[i] == number);
    }
    return covered;
}

/* The best matching row except `without`; -1 if there is none. */
static int32_t oracle_best(const struct world *w, const struct route_facts *f, int32_t without)
{
    int32_t best = -1;
    int best_steps = NO_MATCH;
    for (int32_t i = 0; i < (int32_t)w->source.n_jurisdictions; i++) {
        const struct route_jurisdiction *j = &w->rows[i];
        const struct route_agency *a = &w->agencies[j->agency];
        int steps = steps_to_row(w, j, f->category);
        if (i == without || steps == NO_MATCH || !place_of_row(j, i, f) ||
            !within(f->at_us, j->valid_from_us, j->valid_to_us) ||
            !within(f->at_us, a->valid_from_us, a->valid_to_us)) {
            continue;
        }
        const struct route_jurisdiction *b = best >= 0 ? &w->rows[best] : NULL;
        bool better =
            !b || j->rule_class < b->rule_class ||
            (j->rule_class == b->rule_class && steps < best_steps) ||
            (j->rule_class == b->rule_class && steps == best_steps &&
             (j->reach < b->reach || (j->reach == b->reach && strcmp(j->code, b->code) < 0)));
        if (better) {
            best = i;
            best_steps = steps;
        }
    }
    return best;
}

static int32_t oracle_fallback(const struct world *w, int64_t at_us)
{
    int32_t best = -1;
    for (int32_t i = 0; i < (int32_t)w->source.n_agencies; i++) {
        const struct route_agency *a = &w->agencies[i];
        if (a->fallback && within(at_us, a->valid_from_us, a->valid_to_us) &&
            (best < 0 || strcmp(a->code, w->agencies[best].code) < 0)) {
            best = i;
        }
    }
    return best;
}

static bool oracle_works(const struct world *w, int64_t day)
{
    time_t t = (time_t)(day * 86400);
    struct tm tm;
    if (!gmtime_r(&t, &tm) || tm.tm_wday == 0 || tm.tm_wday == 6) {
        return false;
    }
    for (size_t i = 0; i < w->source.calendar.n_holidays; i++) {
        if (w->holidays[i] == day) {
            return false;
        }
    }
    return true;
}

static int64_t oracle_due(const struct world *w, const struct route_facts *f)
{
    struct route_deadline d = {ROUTE_DEADLINE_INHERIT, 0};
    if (f->category >= 0 && (size_t)f->category < w->source.n_categories) {
        for (int32_t c = f->category; c != -1 && d.kind == ROUTE_DEADLINE_INHERIT;
             c = w->categories[c].parent) {
            d = w->categories[c].deadline;
        }
    }
    if (d.kind == ROUTE_DEADLINE_INHERIT) {
        d = w->source.default_deadline;
    }
    if (d.kind == ROUTE_DEADLINE_HOURS) {
        return f->at_us + d.value * INT64_C(3600000000);
    }
    int64_t day = (f->at_us + INT64_C(25200000000)) / DAY_US;
    for (int32_t left = d.value; left > 0;) {
        day++;
        left -= oracle_works(w, day) ? 1 : 0;
    }
    return day * DAY_US + INT64_C(10) * 3600000000; /* 17:00 there is 10:00 UTC */
}

/* ---- the comparison ---- */

static void compare(const struct world *w, const struct route_facts *f, struct route_decision d,
                    int32_t best)
{
    int32_t runner_up = best >= 0 ? oracle_best(w, f, best) : -1;
    assert_int_equal(d.jurisdiction, best);
    assert_int_equal(d.runner_up, runner_up);
    assert_true(d.due_at_us == oracle_due(w, f));
    assert_true(d.pass_on_due_us == f->at_us + w->source.pass_on_minutes * INT64_C(60000000));
    if (best < 0) {
        assert_int_equal(d.agency, oracle_fallback(w, f->at_us));
        assert_int_equal(d.desk, -1);
        assert_int_equal(d.category_matched, -1);
        assert_int_equal(d.rule_class, ROUTE_CLASS_FALLBACK);
        assert_true(d.fallback);
        return;
    }
    const struct route_jurisdiction *j = &w->rows[best];
    assert_int_equal(d.agency, j->agency);
    assert_int_equal(d.reach, j->reach);
    assert_int_equal(d.rule_class, j->rule_class);
    assert_int_equal(d.fallback, j->rule_class == ROUTE_CLASS_FALLBACK);
    const struct route_desk *desk = j->desk >= 0 ? &w->desks[j->desk] : NULL;
    bool open = desk && within(f->at_us, desk->valid_from_us, desk->valid_to_us);
    assert_int_equal(d.desk, open ? j->desk : -1);
    int steps = steps_to_row(w, j, f->category);
    int32_t matched = steps == ANY ? -1 : f->category;
    for (; steps != ANY && steps > 0; steps--) {
        matched = w->categories[matched].parent;
    }
    assert_int_equal(d.category_matched, matched);
}

static void compare_trace(const struct route_rules *rules, const struct world *w,
                          const struct route_facts *f, int32_t best)
{
    struct route_trace t[ROWS_MAX];
    size_t n = route_decide_trace(rules, f, t, ROWS_MAX);
    assert_int_equal(n, w->source.n_jurisdictions);
    bool seen[ROWS_MAX] = {false};
    int last_failed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct route_jurisdiction *j = &w->rows[t[i].jurisdiction];
        const struct route_agency *a = &w->agencies[j->agency];
        assert_false(seen[t[i].jurisdiction]);
        seen[t[i].jurisdiction] = true;
        assert_int_equal(t[i].category_ok, steps_to_row(w, j, f->category) != NO_MATCH);
        assert_int_equal(t[i].place_ok, place_of_row(j, t[i].jurisdiction, f));
        assert_int_equal(t[i].in_force, within(f->at_us, j->valid_from_us, j->valid_to_us));
        assert_int_equal(t[i].agency_in_force, within(f->at_us, a->valid_from_us, a->valid_to_us));
        assert_int_equal(t[i].won, t[i].jurisdiction == best);
        int failed = !t[i].category_ok + !t[i].place_ok + !t[i].in_force + !t[i].agency_in_force;
        assert_true(failed >= last_failed);
        last_failed = failed;
    }
    if (best >= 0) {
        assert_true(t[0].won);
    }
}

/* The same rows given backwards decide the same. */
static void compare_backwards(const struct route_rules *backwards, const struct world *w,
                              const struct route_facts *f, int32_t best)
{
    int32_t mirrored[ROWS_MAX];
    int32_t last = (int32_t)w->source.n_jurisdictions - 1;
    struct route_facts g = *f;
    for (size_t i = 0; i < f->n_areas; i++) {
        mirrored[f->n_areas - 1 - i] = last - f->areas[i];
    }
    g.areas = mirrored;
    struct route_decision d = route_decide(backwards, &g);
    assert_int_equal(d.jurisdiction, best >= 0 ? last - best : -1);
}

static struct route_rules *make_backwards(const struct world *w)
{
    struct route_jurisdiction rows[ROWS_MAX];
    struct route_rules_source source = w->source;
    struct route_rules *rules = NULL;
    for (size_t i = 0; i < source.n_jurisdictions; i++) {
        rows[source.n_jurisdictions - 1 - i] = w->rows[i];
    }
    source.jurisdictions = rows;
    assert_int_equal(route_rules_create(&source, &rules, NULL), STATUS_OK);
    return rules;
}

static void decisions_equal_the_oracle(void **state)
{
    (void)state;
    static struct world w;
    size_t n = 0;
    size_t by_class[4] = {0};
    size_t left_over = 0;
    for (int set = 0; set < RULE_SETS; set++) {
        struct route_rules *rules = NULL;
        struct err e = {STATUS_OK, ""};
        random_world(&w);
        if (route_rules_create(&w.source, &rules, &e) != STATUS_OK) {
            fail_msg("rule set %d: %s", set, e.text);
        }
        struct route_rules *backwards = make_backwards(&w);
        for (int i = 0; i < FACTS_EACH; i++, n++) {
            int32_t areas[ROWS_MAX];
            struct route_facts f = random_facts(&w, areas);
            int32_t best = oracle_best(&w, &f, -1);
            struct route_decision d = route_decide(rules, &f);
            compare(&w, &f, d, best);
            compare_backwards(backwards, &w, &f, best);
            if (i % 20 == 0) {
                compare_trace(rules, &w, &f, best);
            }
            by_class[d.rule_class] += best >= 0;
            left_over += best < 0;
        }
        route_rules_destroy(backwards);
        route_rules_destroy(rules);
    }
    print_message("%zu decisions equal: %zu special, %zu ordinary, %zu fallback, %zu left over\n",
                  n, by_class[0], by_class[1], by_class[2], left_over);
    assert_true(n >= 200000);
    /* Every way to be decided was taken often. */
    assert_true(by_class[0] > n / 20 && by_class[1] > n / 20 && by_class[2] > n / 40 &&
                left_over > n / 40);
}

int main(void)
{
    const char *seed = getenv("SEED");
    dice = seed ? strtoull(seed, NULL, 10) * 2654435761u + 1 : 20250701;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_equal_the_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
