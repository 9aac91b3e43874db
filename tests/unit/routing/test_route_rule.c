/* Each kind of condition and outcome against facts: one a row, negated as well. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_decide.h"
#include "tests/unit/routing/city_fixture.h"
#include "tests/unit/routing/rule_fixture.h"

#define HOUR_US INT64_C(3600000000)
/* Tuesday 8 July 2025, 10:00 in the city. */
#define TUESDAY_US (REFORM_US + 7 * 24 * HOUR_US + 10 * HOUR_US)

/* Numbers of units are places in this list. */
static const struct route_unit units[] = {
    [DISTRICT_GO_VAP] = {ROUTE_REACH_DISTRICT, "764"},
    [WARD_HANH_THONG] = {ROUTE_REACH_WARD, "26890"},
    [WARD_CU_CHI] = {ROUTE_REACH_WARD, "27496"},
    [WARD_LONELY] = {ROUTE_REACH_WARD, "1"},
};
#define N_UNITS (sizeof units / sizeof *units)

static const struct route_layer layers[] = {{"roads", false}, {"parks", true}};
static const int32_t park_area[] = {J_PARK};
static const struct route_attribute bus[] = {{{"bus_route", 9}, {"152", 3}},
                                             {{"pole", 4}, {"", 0}}};

/* What geometry answers: 12.5 m to a road of EVN's, inside no park. */
static struct route_answer ask(void *context, int32_t question)
{
    const struct route_rules *rules = *(struct route_rules **)context;
    const struct route_question *q = route_rules_question(rules, question);
    if (q->inside) {
        return (struct route_answer){INFINITY, -1, NULL};
    }
    return (struct route_answer){12.5, 3, q->owner_attribute == NULL ? NULL : "evnhcmc"};
}

static struct route_facts facts_here(struct route_rules **rules)
{
    struct route_facts facts = FACTS(TUESDAY_US, KARAOKE, WARD_HANH_THONG, -1, park_area, 1);
    facts.ask = ask;
    facts.ask_context = rules;
    facts.attributes = bus;
    facts.n_attributes = 2;
    facts.channel = str_of("phone");
    facts.words = str_of("loa keo o dau hem");
    return facts;
}

static struct route_rules *with_rule(struct arena *arena, const struct rule_part *part,
                                     struct err *e)
{
    struct route_rule *rule = arena_alloc(arena, sizeof(*rule));
    struct route_rules_source source = city_source();
    struct route_rules *rules = NULL;
    *rule = rule_of(arena, "thu", 1, part);
    source.units = units;
    source.n_units = N_UNITS;
    source.layers = layers;
    source.n_layers = 2;
    source.rules = rule;
    source.n_rules = 1;
    source.fold = plain_fold;
    e->text[0] = '\0';
    return route_rules_create(&source, &rules, e) == STATUS_OK ? rules : NULL;
}

static const struct {
    const char *condition;
    bool holds;
    const char *why;
} conditions[] = {
    {"category karaoke", true, "the category itself"},
    {"category trat-tu-do-thi", true, "one far above it"},
    {"category dien-luc, tieng-on", true, "one of the list"},
    {"category gop-y", false, "another one"},
    {"inside ward 26890", true, "the ward it lies in"},
    {"inside ward 27496, 1", false, "others"},
    {"inside district 764", false, "no district is known"},
    {"inside jurisdiction khu-cnc", true, "an area of its own"},
    {"inside jurisdiction p-hanh-thong", true, "by its ward"},
    {"inside jurisdiction q-go-vap", false, "ended with the reform"},
    {"inside jurisdiction dien-toan-tp", true, "the whole city"},
    {"inside layer parks", false, "no park"},
    {"within 12 m of roads", false, "half a metre too far"},
    {"within 13 m of roads", true, "near enough"},
    {"within 13 m of roads where class in (trunk)", true, "filters are the asker's business"},
    {"attribute bus_route in (150, 152)", true, "one of the list"},
    {"attribute bus_route in (15)", false, "letter by letter, and no part of it"},
    {"attribute bus_route given", true, "it is there"},
    {"attribute pole given", true, "empty, but there"},
    {"attribute lamp given", false, "it is not"},
    {"channel app, phone", true, "one of the list"},
    {"channel web", false, "another"},
    {"urgent", false, "noise is not"},
    {"time 10:00-11:00", true, "the first minute counts"},
    {"time 09:00-10:00", false, "the last does not"},
    {"time 22:00-10:01", true, "past midnight"},
    {"time 22:00-06:00", false, "past midnight, and by day"},
    {"weekday tue", true, "that day"},
    {"weekday sat, sun", false, "another"},
    {"working time", true, "a Tuesday at ten"},
    {"words \"loa keo\"", true, "whole words in a row"},
    {"words \"loa k\"", false, "half a word"},
    {"words dau, xe", true, "one of the list"},
    {"words \"keo o hem\"", false, "not in a row"},
};

static void assert_condition(const char *line, bool negated, bool expected, const char *why)
{
    char text[200];
    struct arena *arena = arena_create(1 << 20);
    struct err e;
    (void)snprintf(text, sizeof text, "%s%s", negated ? "not " : "", line);
    const struct rule_part part = {ROUTE_CLASS_SPECIAL, text, "agency evnhcmc"};
    struct route_rules *rules = with_rule(arena, &part, &e);
    if (rules == NULL) {
        fail_msg("%s: %s", text, e.text);
    }
    struct route_facts facts = facts_here(&rules);
    struct route_trace trace = route_decide_rule(rules, &facts, 0);
    struct route_decision d = route_decide(rules, &facts);
    bool took_part = d.rule == 0 || d.runner_up_rule == 0; /* the park's board may come first */
    if (trace.values[0].holds != expected || took_part != expected) {
        fail_msg("%s: %s, decided %s; %s", text, trace.values[0].holds ? "holds" : "does not hold",
                 took_part ? "with it" : "without it", why);
    }
    route_rules_destroy(rules);
    arena_destroy(arena);
}

static void test_conditions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        assert_condition(conditions[i].condition, false, conditions[i].holds, conditions[i].why);
        assert_condition(conditions[i].condition, true, !conditions[i].holds, conditions[i].why);
    }
}

/* Of a complaint of which nothing but the time is known no condition holds, and each negated does.
 */
static void test_nothing_known(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "category trat-tu-do-thi",
        "inside ward 26890",
        "inside jurisdiction khu-cnc",
        "inside layer parks",
        "within 5000 m of roads",
        "attribute bus_route given",
        "channel phone",
        "urgent",
        "words loa",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        for (int negated = 0; negated < 2; negated++) {
            char text[200];
            struct arena *arena = arena_create(1 << 20);
            struct err e;
            (void)snprintf(text, sizeof text, "%s%s", negated ? "not " : "", lines[i]);
            const struct rule_part part = {ROUTE_CLASS_SPECIAL, text, "agency evnhcmc"};
            struct route_rules *rules = with_rule(arena, &part, &e);
            assert_non_null(rules);
            const struct route_facts nothing = FACTS(TUESDAY_US, -1, -1, -1, NULL, 0);
            if ((route_decide(rules, &nothing).rule == 0) != (negated == 1)) {
                fail_msg("%s of nothing known", text);
            }
            route_rules_destroy(rules);
            arena_destroy(arena);
        }
    }
}

static const struct {
    const char *outcome;
    int32_t agency; /* -1: it fails */
    enum route_failure why;
} outcomes[] = {
    {"agency evnhcmc", EVN, ROUTE_FAILED_NONE},
    {"agency ubnd-q-go-vap", -1, ROUTE_FAILED_AGENCY},
    {"unit ward", NEW_WARD, ROUTE_FAILED_NONE},
    {"unit district", -1, ROUTE_FAILED_NO_UNIT},
    {"owner keeper of roads", EVN, ROUTE_FAILED_NONE},
};

static void test_outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct err e;
        const struct rule_part part = {ROUTE_CLASS_SPECIAL, "within 50 m of roads",
                                       outcomes[i].outcome};
        struct route_rules *rules = with_rule(arena, &part, &e);
        if (rules == NULL) {
            fail_msg("%s: %s", outcomes[i].outcome, e.text);
        }
        struct route_facts facts = facts_here(&rules);
        struct route_decision d = route_decide(rules, &facts);
        struct route_trace trace = route_decide_rule(rules, &facts, 0);
        assert_int_equal(trace.failure, outcomes[i].why);
        assert_int_equal(trace.agency, outcomes[i].agency);
        if (outcomes[i].agency >= 0) {
            assert_int_equal(d.rule, 0);
            assert_int_equal(d.agency, outcomes[i].agency);
            assert_int_equal(d.n_skipped, 0);
        } else { /* said, and somebody else takes it */
            assert_int_equal(d.rule, -1);
            assert_int_equal(d.n_skipped, 1);
            assert_int_equal(d.skipped[0].why, outcomes[i].why);
            assert_int_equal(d.agency, PARK);
        }
        route_rules_destroy(rules);
        arena_destroy(arena);
    }
}

/* What names something that is not there is refused, with the rule and the thing named. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        struct rule_part part;
        const char *named;
    } rows[] = {
        {{ROUTE_CLASS_SPECIAL, "category khong-co", "agency evnhcmc"}, "khong-co"},
        {{ROUTE_CLASS_SPECIAL, "inside ward 99999", "agency evnhcmc"}, "99999"},
        {{ROUTE_CLASS_SPECIAL, "inside jurisdiction nowhere", "agency evnhcmc"}, "nowhere"},
        {{ROUTE_CLASS_SPECIAL, "within 5 m of seas", "agency evnhcmc"}, "seas"},
        {{ROUTE_CLASS_SPECIAL, "inside layer roads", "agency evnhcmc"}, "roads"},
        {{ROUTE_CLASS_SPECIAL, "category karaoke", "agency nobody"}, "nobody"},
        {{ROUTE_CLASS_SPECIAL, "category karaoke", "owner keeper of roads"}, "roads"},
        {{ROUTE_CLASS_SPECIAL, "category karaoke", "holder no-set"}, "no-set"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_create(1 << 20);
        struct err e;
        assert_null(with_rule(arena, &rows[i].part, &e));
        if (strstr(e.text, "thu") == NULL || strstr(e.text, rows[i].named) == NULL) {
            fail_msg("neither rule nor %s named: %s", rows[i].named, e.text);
        }
        arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
