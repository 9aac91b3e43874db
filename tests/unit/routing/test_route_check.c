/* Rules that never decide, told by rules in their text form: one pair a row, with why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_check.h"
#include "tests/unit/routing/city_fixture.h"
#include "tests/unit/routing/rule_fixture.h"

#define NOW_US (REFORM_US + INT64_C(86400000000) * 30)

static const struct {
    struct rule_part first, second;
    bool hidden; /* the second never decides */
    const char *why;
} rows[] = {
    {{ROUTE_CLASS_ORDINARY, "category tieng-on", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on", "agency tt-hkkt"},
     true,
     "the same conditions: the declared order decides"},
    {{ROUTE_CLASS_SPECIAL, "category trat-tu-do-thi", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category karaoke", "agency tt-hkkt"},
     true,
     "a stronger class for the whole subtree"},
    {{ROUTE_CLASS_ORDINARY, "category trat-tu-do-thi", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category karaoke", "agency tt-hkkt"},
     false,
     "the nearer category comes first"},
    {{ROUTE_CLASS_SPECIAL, "category karaoke", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on", "agency tt-hkkt"},
     false,
     "what is no karaoke is left"},
    {{ROUTE_CLASS_SPECIAL, "category tieng-on|channel web", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on", "agency tt-hkkt"},
     false,
     "other channels are left"},
    {{ROUTE_CLASS_SPECIAL, "category tieng-on|channel web, app", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on|channel web", "agency tt-hkkt"},
     true,
     "its channel is one of the other's"},
    {{ROUTE_CLASS_SPECIAL, "category tieng-on|not channel web", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on|not channel web, app", "agency tt-hkkt"},
     true,
     "negated: fewer channels are excluded by the other"},
    {{ROUTE_CLASS_SPECIAL, "category tieng-on|time 22:00-06:00", "agency evnhcmc"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on|time 23:00-05:00", "agency tt-hkkt"},
     false,
     "hours are compared for being equal only: not found, and no false alarm"},
    {{ROUTE_CLASS_SPECIAL, "category tieng-on", "agency ubnd-q-go-vap"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on", "agency tt-hkkt"},
     false,
     "the other's agency is gone, so it is skipped"},
    {{ROUTE_CLASS_SPECIAL, "category tieng-on", "unit ward"},
     {ROUTE_CLASS_ORDINARY, "category tieng-on", "agency tt-hkkt"},
     false,
     "outside every ward the other fails"},
};

static void test_shadows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_create(1 << 20);
        struct route_rule both[2] = {rule_of(arena, "first", 1, &rows[i].first),
                                     rule_of(arena, "second", 2, &rows[i].second)};
        struct route_rules_source source = city_source();
        struct route_rules *rules = NULL;
        struct route_shadow shadows[4];
        struct err e = {.text = ""};
        source.rules = both;
        source.n_rules = 2;
        source.fold = plain_fold;
        if (route_rules_create(&source, &rules, &e) != STATUS_OK) {
            fail_msg("%s: %s", rows[i].why, e.text);
        }
        size_t n = route_check_shadows(rules, NOW_US, shadows, 4);
        if (n != rows[i].hidden || (n == 1 && (shadows[0].rule != 1 || shadows[0].by != 0))) {
            fail_msg("row %zu: %zu shadows, though %s", i, n, rows[i].why);
        }
        route_rules_destroy(rules);
        arena_destroy(arena);
    }
}

static void test_ended_rules_hide_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1 << 20);
    struct rule_part noise = {ROUTE_CLASS_ORDINARY, "category tieng-on", "agency tt-hkkt"};
    struct route_rule both[2] = {rule_of(arena, "first", 1, &noise),
                                 rule_of(arena, "second", 2, &noise)};
    struct route_rules_source source = city_source();
    struct route_rules *rules = NULL;
    struct route_shadow shadows[4];
    struct err e;
    both[0].valid_to_us = NOW_US + 1; /* tomorrow it is gone, the other stays */
    source.rules = both;
    source.n_rules = 2;
    assert_int_equal(route_rules_create(&source, &rules, &e), STATUS_OK);
    assert_int_equal(route_check_shadows(rules, NOW_US, shadows, 4), 0);
    assert_true(route_check_tied(rules, 0, 1, NOISE));
    route_rules_destroy(rules);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shadows),
        cmocka_unit_test(test_ended_rules_hide_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
