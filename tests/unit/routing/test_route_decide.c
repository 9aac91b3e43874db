#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_decide.h"
#include "tests/unit/routing/city_fixture.h"

#define DAY_US INT64_C(86400000000)

static struct route_rules *rules;

static int make_rules(void **state)
{
    (void)state;
    struct route_rules_source source = city_source();
    struct err e = {STATUS_OK, ""};
    if (route_rules_create(&source, &rules, &e) != STATUS_OK) {
        fail_msg("%s", e.text);
    }
    return 0;
}

static int drop_rules(void **state)
{
    (void)state;
    route_rules_destroy(rules);
    return 0;
}

static const int32_t in_park[] = {J_PARK};
static const int32_t in_zones[] = {J_LIGHT_ZONE, J_LIGHT_ZONE_OLD};
static const int32_t in_all[] = {J_PARK, J_LIGHT_ZONE, J_LIGHT_ZONE_OLD};

struct decide_case {
    const char *what;
    struct route_facts facts;
    int32_t jurisdiction, agency, desk, runner_up, category_matched;
};

#define AREAS(list) list, sizeof(list) / sizeof *(list)
#define NO_AREAS    NULL, 0

static const struct decide_case cases[] = {
    {"noise in the district, a microsecond before the reform",
     FACTS(REFORM_US - 1, NOISE, -1, DISTRICT_GO_VAP, NO_AREAS), J_DISTRICT, OLD_DISTRICT, -1, -1,
     ORDER},
    {"at the reform the district no longer answers, even if the place still names it",
     FACTS(REFORM_US, NOISE, -1, DISTRICT_GO_VAP, NO_AREAS), -1, CENTRE, -1, -1, -1},
    {"at the reform the ward answers; its desk opens a day later",
     FACTS(REFORM_US, NOISE, WARD_HANH_THONG, -1, NO_AREAS), J_WARD, NEW_WARD, -1, -1, ORDER},
    {"a day later the desk does", FACTS(REFORM_US + DAY_US, NOISE, WARD_HANH_THONG, -1, NO_AREAS),
     J_WARD, NEW_WARD, WARD_DESK, -1, ORDER},
    {"before it the ward doesn't", FACTS(REFORM_US - 1, NOISE, WARD_HANH_THONG, -1, NO_AREAS), -1,
     CENTRE, -1, -1, -1},
    {"a row for the category itself comes before a nearer one for its grandparent",
     FACTS(REFORM_US, KARAOKE, WARD_CU_CHI, -1, NO_AREAS), J_KARAOKE, LIGHTING, -1, J_COMMUNE,
     KARAOKE},
    {"a special area comes before everything",
     FACTS(REFORM_US, KARAOKE, WARD_CU_CHI, -1, AREAS(in_park)), J_PARK, PARK, PARK_DESK, J_KARAOKE,
     -1},
    {"a zone in force before, another since",
     FACTS(REFORM_US - 1, LIGHT, WARD_CU_CHI, -1, AREAS(in_zones)), J_LIGHT_ZONE_OLD, LIGHTING, -1,
     -1, LIGHT},
    {"the other", FACTS(REFORM_US, LIGHT, WARD_CU_CHI, -1, AREAS(in_zones)), J_LIGHT_ZONE, LIGHTING,
     -1, -1, LIGHT},
    {"both zones and the park", FACTS(REFORM_US, LIGHT, -1, -1, AREAS(in_all)), J_PARK, PARK,
     PARK_DESK, J_LIGHT_ZONE, -1},
    {"city-wide needs no place", FACTS(REFORM_US, POWER, -1, -1, NO_AREAS), J_POWER, EVN, -1, -1,
     POWER},
    {"nobody takes ideas", FACTS(REFORM_US, IDEAS, WARD_CU_CHI, -1, NO_AREAS), -1, CENTRE, -1, -1,
     -1},
    {"an unknown category", FACTS(REFORM_US, 99, WARD_CU_CHI, -1, NO_AREAS), -1, CENTRE, -1, -1,
     -1},
    {"no category, in the park", FACTS(REFORM_US, -1, WARD_CU_CHI, -1, AREAS(in_park)), J_PARK,
     PARK, PARK_DESK, -1, -1},
    {"a ward that has no row", FACTS(REFORM_US, NOISE, WARD_LONELY, -1, NO_AREAS), -1, CENTRE, -1,
     -1, -1},
    {"unit numbers that are none", FACTS(REFORM_US, NOISE, INT32_MAX, INT32_MIN, NO_AREAS), -1,
     CENTRE, -1, -1, -1},
    {"a ward's number as the district", FACTS(REFORM_US, NOISE, -1, WARD_HANH_THONG, NO_AREAS), -1,
     CENTRE, -1, -1, -1},
    {"the first instant there is", FACTS(INT64_MIN, POWER, -1, -1, NO_AREAS), J_POWER, EVN, -1, -1,
     POWER},
    {"the last", FACTS(INT64_MAX, NOISE, WARD_HANH_THONG, -1, NO_AREAS), J_WARD, NEW_WARD,
     WARD_DESK, -1, ORDER},
};

static void decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct decide_case *c = &cases[i];
        struct route_decision d = route_decide(rules, &c->facts);
        if (d.jurisdiction != c->jurisdiction || d.agency != c->agency || d.desk != c->desk ||
            d.runner_up != c->runner_up || d.category_matched != c->category_matched) {
            fail_msg("%s: got jurisdiction %d, agency %d, desk %d, runner-up %d, matched %d",
                     c->what, (int)d.jurisdiction, (int)d.agency, (int)d.desk, (int)d.runner_up,
                     (int)d.category_matched);
        }
        assert_int_equal(d.fallback, c->jurisdiction == -1);
    }
}

static void areas_that_are_none_or_repeated_change_nothing(void **state)
{
    (void)state;
    static const int32_t odd[] = {INT32_MIN, -1, J_WARD, J_PARK, J_PARK, 99, INT32_MAX};
    struct route_facts facts = FACTS(REFORM_US, NOISE, -1, -1, AREAS(odd));
    struct route_decision d = route_decide(rules, &facts);
    assert_int_equal(d.jurisdiction, J_PARK);
    assert_int_equal(d.runner_up, -1);
}

static void deadlines_follow_the_category(void **state)
{
    (void)state;
    /* Tuesday 2025-07-01 10:00 */
    int64_t at_us = REFORM_US + 10 * 3600 * INT64_C(1000000);
    int64_t close_us = REFORM_US + 17 * 3600 * INT64_C(1000000);
    const struct {
        int32_t category;
        int64_t due_us;
    } expected[] = {
        {ORDER, close_us + 7 * DAY_US},
        {NOISE, close_us + 7 * DAY_US}, /* its parent's */
        {KARAOKE, close_us + DAY_US},
        {POWER, at_us + INT64_C(7200000000)},
        {LIGHT, at_us + 4 * INT64_C(3600000000)},
        {IDEAS, close_us + 9 * DAY_US}, /* the default: 7 working days */
        {-1, close_us + 9 * DAY_US},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct route_facts facts = FACTS(at_us, expected[i].category, -1, -1, NO_AREAS);
        struct route_decision d = route_decide(rules, &facts);
        assert_true(d.due_at_us == expected[i].due_us);
        assert_true(d.pass_on_due_us == at_us + 5 * INT64_C(60000000));
    }
}

static void the_trace_says_why(void **state)
{
    (void)state;
    struct route_facts facts = FACTS(REFORM_US, KARAOKE, WARD_CU_CHI, -1, AREAS(in_park));
    struct route_trace t[N_JURISDICTIONS + 3];
    size_t n = route_decide_trace(rules, &facts, t, N_JURISDICTIONS + 3);
    assert_int_equal(n, N_JURISDICTIONS);
    assert_int_equal(t[0].jurisdiction, J_PARK);
    assert_true(t[0].won && t[0].category_ok && t[0].place_ok && t[0].in_force);
    assert_int_equal(t[1].jurisdiction, J_KARAOKE);
    assert_false(t[1].won);
    assert_int_equal(t[1].category_matched, KARAOKE);
    assert_int_equal(t[2].jurisdiction, J_COMMUNE);
    assert_int_equal(t[2].category_matched, ORDER);
    /* One condition failed: the other ward. */
    assert_int_equal(t[3].jurisdiction, J_WARD);
    assert_true(t[3].category_ok && !t[3].place_ok && t[3].in_force && t[3].agency_in_force);
    /* The district is neither there nor in force, nor is its agency. */
    size_t at = 0;
    while (t[at].jurisdiction != J_DISTRICT) {
        at++;
    }
    assert_true(t[at].category_ok && !t[at].place_ok);
    assert_false(t[at].in_force || t[at].agency_in_force);
}

static void a_short_trace_keeps_the_first(void **state)
{
    (void)state;
    struct route_facts facts = FACTS(REFORM_US, KARAOKE, WARD_CU_CHI, -1, AREAS(in_park));
    struct route_trace all[N_JURISDICTIONS];
    struct route_trace some[N_JURISDICTIONS];
    assert_int_equal(route_decide_trace(rules, &facts, all, N_JURISDICTIONS), N_JURISDICTIONS);
    for (size_t max = 0; max <= N_JURISDICTIONS; max++) {
        assert_int_equal(route_decide_trace(rules, &facts, some, max), max);
        for (size_t i = 0; i < max; i++) {
            assert_int_equal(some[i].jurisdiction, all[i].jurisdiction);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions),
        cmocka_unit_test(areas_that_are_none_or_repeated_change_nothing),
        cmocka_unit_test(deadlines_follow_the_category),
        cmocka_unit_test(the_trace_says_why),
        cmocka_unit_test(a_short_trace_keeps_the_first),
    };
    return cmocka_run_group_tests(tests, make_rules, drop_rules);
}
