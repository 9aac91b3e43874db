/* The demo city: the same seed gives the same city, the proportions are those that were asked for,
 * and every street, place and complaint lies where it says it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_voronoi.h"
#include "server/app/home.h"
#include "server/base/clock.h"
#include "server/base/utf8.h"
#include "server/city/city_demo_facts.h"
#include "server/city/city_demo_map.h"
#include "server/city/city_demo_plan.h"
#include "server/city/city_demo_random.h"

#define N_COMPLAINTS 20000
#define DAY_US       INT64_C(86400000000)

static struct city_demo_facts *facts;

static int set_up(void **state)
{
    (void)state;
    struct err e = {0};
    char folder[PATH_MAX];
    if (!clock_set_zone("Asia/Ho_Chi_Minh") ||
        home_path("server/city/demo", folder, &e) != STATUS_OK ||
        city_demo_facts_load(folder, &facts, &e) != STATUS_OK) {
        print_error("%s\n", e.text);
        return 1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    city_demo_facts_destroy(facts);
    return 0;
}

/* --- helpers ---------------------------------------------------------------------------------- */

static struct city_demo_map *make_map(uint64_t seed)
{
    struct city_demo_map *map = NULL;
    struct err e = {0};
    assert_int_equal(city_demo_map_create(facts, seed, &map, &e), STATUS_OK);
    return map;
}

static struct city_demo_plan *make_plan(const struct city_demo_map *map, const char *last_day,
                                        size_t n)
{
    struct city_demo_options options = {.seed = map->seed, .complaints = n, .months = 12};
    struct city_demo_plan *plan = NULL;
    struct err e = {0};
    assert_true(clock_parse_any(str_of(last_day), &options.last_midnight_us));
    assert_int_equal(city_demo_plan_create(map, &options, &plan, &e), STATUS_OK);
    assert_int_equal(plan->n_events, n);
    return plan;
}

static struct complaint_draft draft_of(const struct city_demo_plan *plan, size_t i,
                                       struct arena *arena)
{
    struct complaint_draft draft;
    struct err e = {0};
    assert_int_equal(city_demo_plan_draft(plan, i, arena, &draft, &e), STATUS_OK);
    return draft;
}

/* FNV-1a. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return text != NULL ? hash_bytes(hash, text, strlen(text) + 1) : hash_bytes(hash, "\1", 1);
}

static uint64_t hash_of_drafts(uint64_t seed, const char *last_day)
{
    struct city_demo_map *map = make_map(seed);
    struct city_demo_plan *plan = make_plan(map, last_day, 3000);
    struct arena *arena = arena_create(1 << 20);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < plan->n_events; i++) {
        struct complaint_draft d = draft_of(plan, i, arena);
        int64_t closed = city_demo_plan_closed(plan, i, d.received_at_us + 5 * DAY_US, INT64_MAX);
        hash = hash_bytes(hash, &d.received_at_us, sizeof(d.received_at_us));
        hash = hash_bytes(hash, &d.category, sizeof(d.category));
        hash = hash_bytes(hash, &d.point, sizeof(d.point));
        hash = hash_bytes(hash, &d.accuracy_m, sizeof(d.accuracy_m));
        hash = hash_bytes(hash, &closed, sizeof(closed));
        hash = hash_text(hash, d.description);
        hash = hash_text(hash, d.address);
        hash = hash_text(hash, d.channel);
        hash = hash_text(hash, d.reporter.name);
        arena_clear(arena);
    }
    arena_destroy(arena);
    city_demo_plan_destroy(plan);
    city_demo_map_destroy(map);
    return hash;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void chance_is_splitmix64(void **state)
{
    (void)state;
    /* The published first values of the generator that starts at 0. */
    struct city_demo_random r = {0};
    assert_true(city_demo_random_next(&r) == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(city_demo_random_next(&r) == UINT64_C(0x6e789e6aa1b965f4));
    const double sums[] = {1, 1, 3, 4};
    assert_int_equal(city_demo_random_pick(sums, 4, 0), 0);
    assert_int_equal(city_demo_random_pick(sums, 4, 0.3), 2);
    assert_int_equal(city_demo_random_pick(sums, 4, 0.9999999), 3);
}

static void facts_are_the_real_units(void **state)
{
    (void)state;
    assert_int_equal(facts->n_wards, 168);
    assert_int_equal(facts->n_districts, 22);
    size_t communes = 0;
    for (size_t i = 0; i < facts->n_wards; i++) {
        communes += strcmp(facts->wards[i].kind, "Xã") == 0;
        assert_true(city_demo_facts_inside(facts, facts->wards[i].centre));
        assert_int_equal(city_demo_facts_nearest(facts, facts->wards[i].centre), i);
    }
    assert_int_equal(communes, 54);
    for (size_t k = 0; k < facts->n_districts; k++) {
        size_t wards = 0;
        for (size_t i = 0; i < facts->n_wards; i++) {
            wards += strcmp(facts->wards[i].region, facts->districts[k].code) == 0;
        }
        assert_true(wards >= 1);
    }
}

static void cells_can_be_made_of_the_facts(void **state)
{
    (void)state;
    struct geo_point centres[168];
    struct geo_voronoi_ring rings[8];
    struct geo_voronoi *v = NULL;
    struct err e = {0};
    assert_in_range(facts->n_outline, 1, 8);
    for (size_t i = 0; i < facts->n_wards; i++) {
        centres[i] = facts->wards[i].centre;
    }
    for (size_t i = 0; i < facts->n_outline; i++) {
        rings[i] = (struct geo_voronoi_ring){facts->outline[i].points, facts->outline[i].n};
    }
    assert_int_equal(geo_voronoi_create(centres, 168, rings, facts->n_outline, &v, &e), STATUS_OK);
    geo_voronoi_destroy(v);
}

static void same_seed_same_city(void **state)
{
    (void)state;
    uint64_t first = hash_of_drafts(1022, "2026-06-30");
    assert_true(first == hash_of_drafts(1022, "2026-06-30"));
    assert_true(first != hash_of_drafts(1023, "2026-06-30"));
    assert_true(first != hash_of_drafts(1022, "2026-06-29"));
}

static void streets_and_places_lie_in_the_city(void **state)
{
    (void)state;
    struct city_demo_map *map = make_map(1022);
    assert_in_range(map->n_streets, 2000, 6000);
    assert_in_range(map->n_addresses, 8000, 40000);
    for (size_t i = 0; i < map->n_streets; i++) {
        const struct city_demo_street *street = &map->streets[i];
        assert_true(street->n >= 2 && street->length_m > 20);
        assert_true(i == 0 || map->streets[i - 1].ward <= street->ward);
        for (size_t k = 0; k < street->n; k++) {
            assert_true(city_demo_facts_inside(facts, street->points[k]) ||
                        strcmp(street->class, "service") == 0);
        }
    }
    for (size_t i = 0; i < facts->n_wards; i++) {
        assert_true(map->wards[i].n_streets >= 8);
        assert_int_equal(map->wards[i].n_places, 7);
    }
    for (size_t i = 0; i < map->n_places; i++) {
        assert_true(city_demo_facts_inside(facts, map->places[i].point));
    }
    city_demo_map_destroy(map);
}

static void houses_are_odd_on_the_left(void **state)
{
    (void)state;
    const struct geo_point north[] = {{106.7, 10.7}, {106.7, 10.71}};
    const struct city_demo_street street = {.points = north, .n = 2, .length_m = 1106.2};
    struct geo_point left = city_demo_map_spot(&street, 100, -10);
    assert_true(left.lon < 106.7);
    assert_true(fabs(left.lat - (10.7 + 100 / 110620.0)) < 1e-9);
    assert_true(city_demo_map_spot(&street, 5000, 0).lat < 10.71 + 1e-12);
    assert_int_equal(city_demo_map_house(0, false), 1);
    assert_int_equal(city_demo_map_house(0, true), 2);
    assert_int_equal(city_demo_map_house(71, false), 21);
}

static void categories_have_their_shares(void **state)
{
    (void)state;
    struct city_demo_map *map = make_map(7);
    struct city_demo_plan *plan = make_plan(map, "2026-06-30", N_COMPLAINTS);
    double sum = 0;
    size_t counts[64] = {0};
    for (size_t i = 0; i < plan->n_events; i++) {
        counts[plan->events[i].mix]++;
        assert_true(i == 0 || plan->events[i - 1].received_at_us <= plan->events[i].received_at_us);
    }
    for (size_t m = 0; m < facts->n_mix; m++) {
        sum += facts->mix[m].share;
    }
    for (size_t m = 0; m < facts->n_mix; m++) {
        double share = (double)counts[m] / N_COMPLAINTS;
        assert_true(fabs(share - facts->mix[m].share / sum) < 0.001);
    }
    city_demo_plan_destroy(plan);
    city_demo_map_destroy(map);
}

static size_t mix_number(const char *field)
{
    size_t m = 0;
    while (strcmp(facts->mix[m].field, field) != 0) {
        m++;
    }
    return m;
}

static void seasons_and_hours_are_felt(void **state)
{
    (void)state;
    struct city_demo_map *map = make_map(7);
    struct city_demo_plan *plan = make_plan(map, "2026-06-30", N_COMPLAINTS);
    size_t flood = mix_number("thoat-nuoc");
    size_t noise = mix_number("tieng-on");
    size_t office = mix_number("thu-tuc-hanh-chinh");
    size_t floods[2] = {0};
    size_t nights[2] = {0};
    size_t weekends[2] = {0};
    for (size_t i = 0; i < plan->n_events; i++) {
        int64_t local_us = plan->events[i].received_at_us + 7 * 3600 * INT64_C(1000000);
        int64_t hour = local_us % DAY_US / (DAY_US / 24);
        int64_t weekday = (local_us / DAY_US + 3) % 7;
        char text[CLOCK_TEXT_MAX];
        clock_format(plan->events[i].received_at_us, text);
        long month = strtol(text + 5, NULL, 10);
        floods[month >= 5 && month <= 11] += plan->events[i].mix == flood;
        nights[hour >= 18 || hour < 5] += plan->events[i].mix == noise;
        weekends[weekday >= 5] += plan->events[i].mix == office;
    }
    assert_true(floods[1] > 6 * floods[0]);
    assert_true(nights[1] > 2 * nights[0]);
    assert_true(weekends[1] * 4 < weekends[0]);
    city_demo_plan_destroy(plan);
    city_demo_map_destroy(map);
}

static void the_last_day_is_the_one_asked_for(void **state)
{
    (void)state;
    struct city_demo_map *map = make_map(7);
    struct city_demo_plan *plan = make_plan(map, "2026-06-30", N_COMPLAINTS);
    int64_t midnight = plan->options.last_midnight_us;
    assert_true(plan->events[0].received_at_us >= midnight - 364 * DAY_US);
    assert_true(plan->events[0].received_at_us < midnight - 363 * DAY_US);
    assert_true(plan->events[N_COMPLAINTS - 1].received_at_us >= midnight);
    assert_true(plan->events[N_COMPLAINTS - 1].received_at_us < midnight + DAY_US);
    city_demo_plan_destroy(plan);
    city_demo_map_destroy(map);
}

static void drafts_lie_in_the_city_and_read_well(void **state)
{
    (void)state;
    struct city_demo_map *map = make_map(7);
    struct city_demo_plan *plan = make_plan(map, "2026-06-30", N_COMPLAINTS);
    struct arena *arena = arena_create(1 << 20);
    size_t pointless = 0;
    size_t wards[168] = {0};
    for (size_t i = 0; i < plan->n_events; i++) {
        struct complaint_draft d = draft_of(plan, i, arena);
        assert_null(strpbrk(d.description, "{}"));
        assert_true(utf8_count(str_of(d.description)) <= 200);
        assert_true(d.has_point || d.address != NULL || plan->events[i].mix == mix_number("gop-y"));
        pointless += !d.has_point;
        if (d.has_point) {
            assert_true(city_demo_facts_inside(facts, d.point));
            wards[city_demo_facts_nearest(facts, d.point)]++;
        }
        arena_clear(arena);
    }
    assert_in_range(pointless, N_COMPLAINTS / 200, N_COMPLAINTS / 20);
    size_t silent = 0;
    for (size_t i = 0; i < 168; i++) {
        silent += wards[i] == 0;
        assert_true(wards[i] < N_COMPLAINTS / 20);
    }
    assert_true(silent <= 2);
    arena_destroy(arena);
    city_demo_plan_destroy(plan);
    city_demo_map_destroy(map);
}

/* Of the last month: some 3 % open, a quarter of them late; 93.8 % of all closed in time. */
static void most_are_closed_in_time(void **state)
{
    (void)state;
    struct city_demo_map *map = make_map(7);
    struct city_demo_plan *plan = make_plan(map, "2026-06-30", N_COMPLAINTS);
    int64_t now = plan->options.last_midnight_us + DAY_US;
    size_t month = 0;
    size_t open = 0;
    size_t late = 0;
    size_t closed_late = 0;
    for (size_t i = 0; i < plan->n_events; i++) {
        int64_t received = plan->events[i].received_at_us;
        int64_t due = received + 7 * DAY_US;
        int64_t closed = city_demo_plan_closed(plan, i, due, now);
        assert_true(closed == INT64_MIN || (closed >= received && closed <= now));
        closed_late += closed > due;
        if (received >= now - 30 * DAY_US) {
            month++;
            open += closed == INT64_MIN;
            late += closed == INT64_MIN && due < now;
        }
    }
    double n = (double)month;
    assert_true((double)open / n > 0.015 && (double)open / n < 0.06);
    assert_true((double)late / n > 0.003 && (double)late / n < 0.015);
    assert_true(fabs((double)closed_late / N_COMPLAINTS - 0.062) < 0.01);
    city_demo_plan_destroy(plan);
    city_demo_map_destroy(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_splitmix64),
        cmocka_unit_test(facts_are_the_real_units),
        cmocka_unit_test(cells_can_be_made_of_the_facts),
        cmocka_unit_test(same_seed_same_city),
        cmocka_unit_test(streets_and_places_lie_in_the_city),
        cmocka_unit_test(houses_are_odd_on_the_left),
        cmocka_unit_test(categories_have_their_shares),
        cmocka_unit_test(seasons_and_hours_are_felt),
        cmocka_unit_test(the_last_day_is_the_one_asked_for),
        cmocka_unit_test(drafts_lie_in_the_city_and_read_well),
        cmocka_unit_test(most_are_closed_in_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
