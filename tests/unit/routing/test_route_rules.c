#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_decide.h"
#include "routing/route_rules.h"
#include "tests/unit/routing/city_fixture.h"

/* A copy of the city that a test may spoil. */
struct city {
    struct route_category categories[N_CATEGORIES];
    struct route_agency agencies[N_AGENCIES];
    struct route_desk desks[N_DESKS];
    struct route_jurisdiction jurisdictions[N_JURISDICTIONS];
    struct route_rules_source source;
};

static struct city sound_city(void)
{
    struct city c = {.source = city_source()};
    memcpy(c.categories, city_categories, sizeof c.categories);
    memcpy(c.agencies, city_agencies, sizeof c.agencies);
    memcpy(c.desks, city_desks, sizeof c.desks);
    memcpy(c.jurisdictions, city_jurisdictions, sizeof c.jurisdictions);
    return c;
}

static enum status create(struct city *c, struct route_rules **out, struct err *e)
{
    c->source.categories = c->categories;
    c->source.agencies = c->agencies;
    c->source.desks = c->desks;
    c->source.jurisdictions = c->jurisdictions;
    return route_rules_create(&c->source, out, e);
}

static const int32_t no_category[] = {ORDER, N_CATEGORIES};

static void no_code(struct city *c)
{
    c->categories[NOISE].code = "";
}
static void no_name(struct city *c)
{
    c->categories[NOISE].name_vi = NULL;
}
static void no_english(struct city *c)
{
    c->categories[NOISE].name_en = "";
}
static void no_parent(struct city *c)
{
    c->categories[NOISE].parent = N_CATEGORIES;
}
static void negative_parent(struct city *c)
{
    c->categories[NOISE].parent = -2;
}
static void own_parent(struct city *c)
{
    c->categories[NOISE].parent = NOISE;
}
static void cycle(struct city *c)
{
    c->categories[ORDER].parent = KARAOKE;
}
static void same_category(struct city *c)
{
    c->categories[POWER].code = "tieng-on";
}
static void no_days(struct city *c)
{
    c->categories[ORDER].deadline.value = 0;
}
static void many_hours(struct city *c)
{
    c->categories[POWER].deadline.value = 100001;
}
static void no_kind(struct city *c)
{
    c->categories[POWER].deadline.kind = (enum route_deadline_kind)9;
}
static void agency_without_code(struct city *c)
{
    c->agencies[EVN].code = NULL;
}
static void agency_never(struct city *c)
{
    c->agencies[EVN].valid_to_us = INT64_MIN;
}
static void same_agency(struct city *c)
{
    c->agencies[EVN].code = "tt-hkkt";
}
static void desk_of_nobody(struct city *c)
{
    c->desks[PARK_DESK].agency = N_AGENCIES;
}
static void desk_never(struct city *c)
{
    c->desks[PARK_DESK].valid_from_us = INT64_MAX;
}
static void same_desk(struct city *c)
{
    c->desks[PARK_DESK] = c->desks[WARD_DESK];
    c->jurisdictions[J_PARK].desk = -1;
}
static void row_without_name(struct city *c)
{
    c->jurisdictions[J_WARD].name = "";
}
static void row_of_nobody(struct city *c)
{
    c->jurisdictions[J_WARD].agency = -1;
}
static void row_no_desk(struct city *c)
{
    c->jurisdictions[J_WARD].desk = N_DESKS;
}
static void row_others_desk(struct city *c)
{
    c->jurisdictions[J_WARD].desk = PARK_DESK;
}
static void row_no_unit(struct city *c)
{
    c->jurisdictions[J_WARD].unit = -1;
}
static void row_vast_unit(struct city *c)
{
    c->jurisdictions[J_WARD].unit = ROUTE_UNITS_MAX;
}
static void row_odd_unit(struct city *c)
{
    c->jurisdictions[J_PARK].unit = 4;
}
static void row_no_class(struct city *c)
{
    c->jurisdictions[J_WARD].rule_class = (enum route_class)7;
}
static void row_no_reach(struct city *c)
{
    c->jurisdictions[J_WARD].reach = (enum route_reach)7;
}
static void row_never(struct city *c)
{
    c->jurisdictions[J_WARD].valid_to_us = REFORM_US;
}
static void row_no_category(struct city *c)
{
    c->jurisdictions[J_WARD].categories = no_category;
    c->jurisdictions[J_WARD].n_categories = 2;
}
static void row_after_agency(struct city *c)
{
    c->jurisdictions[J_DISTRICT].valid_from_us = REFORM_US;
    c->jurisdictions[J_DISTRICT].valid_to_us = ROUTE_TIME_OPEN_END;
}
static void same_row(struct city *c)
{
    c->jurisdictions[J_PARK].code = "p-hanh-thong";
}
static void no_fallback(struct city *c)
{
    c->agencies[CENTRE].fallback = false;
}
static void late_fallback(struct city *c)
{
    c->agencies[CENTRE].valid_from_us = REFORM_US;
}
static void fallback_ends(struct city *c)
{
    c->agencies[CENTRE].valid_to_us = REFORM_US;
}
static void no_default(struct city *c)
{
    c->source.default_deadline.kind = ROUTE_DEADLINE_INHERIT;
}
static void slow_passing(struct city *c)
{
    c->source.pass_on_minutes = -1;
}
static void no_week(struct city *c)
{
    c->source.calendar.work_week = 0;
}

static const struct {
    void (*spoil)(struct city *c);
    const char *words[2]; /* both are in the text */
} spoilers[] = {
    {no_code, {"category '' (row 1)", "no code"}},
    {no_name, {"category 'tieng-on' (row 1)", "no name"}},
    {no_english, {"category 'tieng-on'", "English"}},
    {no_parent, {"category 'tieng-on'", "parent"}},
    {negative_parent, {"category 'tieng-on'", "parent"}},
    {own_parent, {"category 'tieng-on'", "cycle"}},
    {cycle, {"category 'trat-tu-do-thi'", "cycle"}},
    {same_category, {"category 'tieng-on'", "same code"}},
    {no_days, {"category 'trat-tu-do-thi'", "working days"}},
    {many_hours, {"category 'dien-luc'", "hours"}},
    {no_kind, {"category 'dien-luc'", "kind"}},
    {agency_without_code, {"agency '' (row 4)", "no code"}},
    {agency_never, {"agency 'evnhcmc' (row 4)", "never valid"}},
    {same_agency, {"agency 'tt-hkkt'", "same time"}},
    {desk_of_nobody, {"desk 'thanh-tra' (row 0)", "agency"}},
    {desk_never, {"desk 'thanh-tra'", "never valid"}},
    {same_desk, {"desk 'do-thi'", "same time"}},
    {row_without_name, {"jurisdiction 'p-hanh-thong' (row 1)", "no name"}},
    {row_of_nobody, {"jurisdiction 'p-hanh-thong'", "agency"}},
    {row_no_desk, {"jurisdiction 'p-hanh-thong'", "desk"}},
    {row_others_desk, {"jurisdiction 'p-hanh-thong'", "another agency"}},
    {row_no_unit, {"jurisdiction 'p-hanh-thong'", "names none"}},
    {row_vast_unit, {"jurisdiction 'p-hanh-thong'", "out of range"}},
    {row_odd_unit, {"jurisdiction 'khu-cnc'", "does not reach"}},
    {row_no_class, {"jurisdiction 'p-hanh-thong'", "class"}},
    {row_no_reach, {"jurisdiction 'p-hanh-thong'", "reach"}},
    {row_never, {"jurisdiction 'p-hanh-thong'", "never valid"}},
    {row_no_category, {"jurisdiction 'p-hanh-thong'", "categories"}},
    {row_after_agency, {"jurisdiction 'q-go-vap' (row 0)", "at no time"}},
    {same_row, {"jurisdiction 'p-hanh-thong'", "same time"}},
    {no_fallback, {"from the beginning to the end of time", "fallback"}},
    {late_fallback, {"from the beginning to 2025-07-01 00:00", "fallback"}},
    {fallback_ends, {"from 2025-07-01 00:00 to the end of time", "fallback"}},
    {no_default, {"default deadline", "INHERIT"}},
    {slow_passing, {"-1 minutes", "pass"}},
    {no_week, {"calendar", "week"}},
};

static void wrong_rows_are_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof spoilers / sizeof *spoilers; i++) {
        struct city c = sound_city();
        spoilers[i].spoil(&c);
        struct route_rules *rules = (struct route_rules *)state;
        struct err e = {STATUS_OK, ""};
        assert_int_equal(create(&c, &rules, &e), STATUS_INVALID);
        assert_ptr_equal(rules, state);
        if (!strstr(e.text, spoilers[i].words[0]) || !strstr(e.text, spoilers[i].words[1])) {
            fail_msg("case %zu: '%s' lacks '%s' or '%s'", i, e.text, spoilers[i].words[0],
                     spoilers[i].words[1]);
        }
    }
}

static void a_deep_tree_is_refused(void **state)
{
    (void)state;
    struct route_category deep[ROUTE_CATEGORY_LEVELS_MAX + 1];
    char codes[ROUTE_CATEGORY_LEVELS_MAX + 1][8];
    struct city c = sound_city();
    struct route_rules *rules = NULL;
    for (int i = 0; i <= ROUTE_CATEGORY_LEVELS_MAX; i++) {
        (void)snprintf(codes[i], sizeof codes[i], "c%d", i);
        deep[i] = c.categories[POWER];
        deep[i].code = codes[i];
        deep[i].parent = i - 1;
    }
    c.source.categories = deep;
    c.source.agencies = c.agencies;
    c.source.desks = c.desks;
    c.source.jurisdictions = c.jurisdictions;
    c.source.n_categories = ROUTE_CATEGORY_LEVELS_MAX + 1;
    assert_int_equal(route_rules_create(&c.source, &rules, NULL), STATUS_INVALID);
    c.source.n_categories = ROUTE_CATEGORY_LEVELS_MAX;
    assert_int_equal(route_rules_create(&c.source, &rules, NULL), STATUS_OK);
    route_rules_destroy(rules);
}

/* A fallback may be handed from an agency to a row, if not an instant lies between. */
static void fallbacks_may_take_turns(void **state)
{
    (void)state;
    struct city c = sound_city();
    struct route_rules *rules = NULL;
    c.agencies[CENTRE].valid_to_us = REFORM_US;
    c.jurisdictions[J_POWER].rule_class = ROUTE_CLASS_FALLBACK;
    c.jurisdictions[J_POWER].n_categories = 0;
    c.jurisdictions[J_POWER].valid_from_us = REFORM_US + 1;
    assert_int_equal(create(&c, &rules, NULL), STATUS_INVALID);
    c.jurisdictions[J_POWER].valid_from_us = REFORM_US;
    assert_int_equal(create(&c, &rules, NULL), STATUS_OK);

    struct route_facts facts = FACTS(REFORM_US - 1, IDEAS, -1, -1, NULL, 0);
    struct route_decision d = route_decide(rules, &facts);
    assert_int_equal(d.agency, CENTRE);
    assert_int_equal(d.jurisdiction, -1);
    facts.at_us = REFORM_US;
    d = route_decide(rules, &facts);
    assert_int_equal(d.agency, EVN);
    assert_int_equal(d.jurisdiction, J_POWER);
    assert_true(d.fallback);
    route_rules_destroy(rules);
}

static void a_code_may_serve_again_later(void **state)
{
    (void)state;
    struct city c = sound_city();
    struct route_rules *rules = NULL;
    c.agencies[NEW_WARD].code = "ubnd-q-go-vap"; /* the district's, from the reform on */
    c.jurisdictions[J_WARD].code = "q-go-vap";
    assert_int_equal(create(&c, &rules, NULL), STATUS_OK);
    struct str code = STR("ubnd-q-go-vap");
    assert_int_equal(route_rules_find_agency(rules, code, REFORM_US - 1), OLD_DISTRICT);
    assert_int_equal(route_rules_find_agency(rules, code, REFORM_US), NEW_WARD);
    assert_int_equal(route_rules_find_agency(rules, code, INT64_MAX), NEW_WARD);
    assert_int_equal(route_rules_find_agency(rules, STR("ubnd"), REFORM_US), -1);
    route_rules_destroy(rules);
}

static void rows_are_copied_and_found(void **state)
{
    (void)state;
    struct city c = sound_city();
    struct route_rules *rules = NULL;
    char code[] = "tieng-on";
    c.categories[NOISE].code = code;
    assert_int_equal(create(&c, &rules, NULL), STATUS_OK);
    memset(code, 'x', sizeof code - 1);
    memset(&c, 0, sizeof c);
    assert_string_equal(route_rules_category(rules, NOISE)->code, "tieng-on");
    assert_string_equal(route_rules_agency(rules, EVN)->name, "EVNHCMC");
    assert_string_equal(route_rules_desk(rules, PARK_DESK)->name, "Đội Thanh tra");
    assert_string_equal(route_rules_jurisdiction(rules, J_PARK)->name, "Khu Công nghệ cao");
    assert_int_equal(route_rules_jurisdiction(rules, J_WARD)->categories[0], ORDER);
    assert_int_equal(route_rules_n_categories(rules), N_CATEGORIES);
    assert_int_equal(route_rules_n_agencies(rules), N_AGENCIES);
    assert_int_equal(route_rules_n_desks(rules), N_DESKS);
    assert_int_equal(route_rules_n_jurisdictions(rules), N_JURISDICTIONS);
    for (int32_t i = 0; i < N_CATEGORIES; i++) {
        struct str each = str_of(route_rules_category(rules, i)->code);
        assert_int_equal(route_rules_find_category(rules, each), i);
        each.n--;
        assert_int_equal(route_rules_find_category(rules, each), -1);
    }
    assert_int_equal(route_rules_find_category(rules, STR("")), -1);
    assert_int_equal(route_rules_find_category(rules, STR("tieng-on ")), -1);
    assert_true(route_rules_memory(rules) > sizeof c);
    route_rules_destroy(rules);
}

static void categories_know_their_ancestors(void **state)
{
    (void)state;
    struct city c = sound_city();
    struct route_rules *rules = NULL;
    assert_int_equal(create(&c, &rules, NULL), STATUS_OK);
    assert_true(route_rules_category_within(rules, KARAOKE, ORDER));
    assert_true(route_rules_category_within(rules, KARAOKE, KARAOKE));
    assert_false(route_rules_category_within(rules, ORDER, KARAOKE));
    assert_false(route_rules_category_within(rules, POWER, ORDER));
    assert_false(route_rules_category_within(rules, -1, ORDER));
    assert_false(route_rules_category_within(rules, -1, -1));
    assert_false(route_rules_category_within(rules, KARAOKE, -1));
    assert_int_equal(route_rules_deadline(rules, NOISE).value, 5);
    assert_int_equal(route_rules_deadline(rules, IDEAS).value, 7);
    assert_int_equal(route_rules_deadline(rules, 1000).value, 7);
    route_rules_destroy(rules);
}

/* Nothing but a fallback is needed. */
static void a_city_may_be_almost_empty(void **state)
{
    (void)state;
    struct city c = sound_city();
    struct route_rules *rules = NULL;
    c.source.n_categories = 0;
    c.source.n_agencies = 1;
    c.source.n_desks = 0;
    c.source.n_jurisdictions = 0;
    assert_int_equal(create(&c, &rules, NULL), STATUS_OK);
    struct route_facts facts = FACTS(REFORM_US, 0, 0, 0, NULL, 0);
    struct route_decision d = route_decide(rules, &facts);
    assert_int_equal(d.agency, CENTRE);
    assert_true(d.fallback);
    assert_int_equal(route_decide_trace(rules, &facts, NULL, 0), 0);
    route_rules_destroy(rules);
    route_rules_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_rows_are_refused_by_name),
        cmocka_unit_test(a_deep_tree_is_refused),
        cmocka_unit_test(fallbacks_may_take_turns),
        cmocka_unit_test(a_code_may_serve_again_later),
        cmocka_unit_test(rows_are_copied_and_found),
        cmocka_unit_test(categories_know_their_ancestors),
        cmocka_unit_test(a_city_may_be_almost_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
