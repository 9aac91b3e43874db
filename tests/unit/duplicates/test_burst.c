/* Bursts: small cases by hand, and a generated stream of an ordinary hour with incidents laid into
 * it, of which each must be found and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/duplicates/burst.h"

enum { POWER, CUT, POLE, NOISE, ROADS, POTHOLE, N_CATEGORIES };

static const struct likeness_category categories[N_CATEGORIES] = {
    [POWER] = {-1, 24, 100}, [CUT] = {POWER, 6, 500}, [POLE] = {POWER, 336, 15},
    [NOISE] = {-1, 24, 50},  [ROADS] = {-1, 336, 25}, [POTHOLE] = {ROADS, 720, 15}};
static const struct likeness_pair pairs[] = {{CUT, POLE, 0.6}};
static struct likeness_terms *terms;

#define REPORTS_MAX 3000
static struct burst_report reports[REPORTS_MAX];
static size_t n_reports, order[REPORTS_MAX];
static struct burst bursts[64];

static int setup(void **state)
{
    struct err e;
    (void)state;
    return likeness_terms_create(categories, N_CATEGORIES, pairs, 1, &terms, &e) == STATUS_OK ? 0
                                                                                              : -1;
}

static int teardown(void **state)
{
    (void)state;
    likeness_terms_destroy(terms);
    return 0;
}

static void report(double east_m, double north_m, int32_t category)
{
    reports[n_reports] = (struct burst_report){
        (int64_t)n_reports + 1,
        {106.7 + east_m / 110600 / cos(10.78 * 0.0174532925), 10.78 + north_m / 110600},
        category};
    n_reports++;
}

static size_t find(size_t least)
{
    size_t found = 0;
    struct err e;
    const struct burst_ask ask = {terms, reports, n_reports, 250, least};
    assert_int_equal(burst_find(&ask, order, bursts, 64, &found, &e), STATUS_OK);
    return found;
}

static void what_hangs_together(void **state)
{
    (void)state;
    n_reports = 0;
    assert_int_equal(find(3), 0);
    for (int i = 0; i < 8; i++) {
        report(i * 60, (i % 3) * 40, CUT);
    }
    report(200, 20, POLE);   /* akin */
    report(210, 10, NOISE);  /* in the middle of it, about something else */
    report(5000, 5000, CUT); /* far away */
    report(5100, 5000, CUT); /* two are no burst */
    assert_int_equal(find(6), 1);
    assert_int_equal(bursts[0].n, 9);
    assert_int_equal(bursts[0].category, CUT);
    for (size_t i = 0; i < bursts[0].n; i++) {
        const struct burst_report *r = &reports[order[bursts[0].first + i]];
        assert_true(r->category == CUT || r->category == POLE);
        assert_true(r->point.lon >= bursts[0].box.west && r->point.lon <= bursts[0].box.east);
        assert_true(r->point.lat >= bursts[0].box.south && r->point.lat <= bursts[0].box.north);
    }
    assert_int_equal(find(10), 0);
}

static void one_report_between_does_not_join_two(void **state)
{
    (void)state;
    n_reports = 0;
    for (int i = 0; i < 6; i++) {
        report(i * 20, 0, NOISE);
        report(585 + i * 20, 0, NOISE);
    }
    report(340, 0, NOISE); /* within reach of the nearest of either */
    assert_int_equal(find(5), 2);
    n_reports = 0;
    assert_int_equal(find(1), 0);
}

static void kinds_reach_as_far_as_they_do(void **state)
{
    (void)state;
    n_reports = 0;
    for (int i = 0; i < 6; i++) {
        report(i * 160, 0, CUT);        /* a power cut reaches from house to house */
        report(i * 300, 9000, POTHOLE); /* six potholes along a road are six potholes */
    }
    assert_int_equal(find(6), 1);
    assert_int_equal(bursts[0].category, CUT);
}

static void chance_is_poissons(void **state)
{
    (void)state;
    assert_true(fabs(burst_chance(0, 3) - 1) < 1e-12);
    assert_true(fabs(burst_chance(1, 2) - (1 - exp(-2))) < 1e-12);
    assert_true(fabs(burst_chance(3, 2) - (1 - exp(-2) * (1 + 2 + 2))) < 1e-12);
    assert_true(burst_chance(5, 0) == 0);
    double before = 1;
    for (size_t i = 1; i < 900; i++) {
        double chance = burst_chance(i, 300);
        assert_true(chance <= before + 1e-12 && chance >= 0);
        before = chance;
    }
    assert_true(fabs(burst_chance(420, 399) - burst_chance(420, 401)) < 0.06); /* both ways agree */
    const struct burst_limits limits = {6, 4, 1e-4};
    assert_false(burst_stands_out(&limits, 5, 0));
    assert_true(burst_stands_out(&limits, 6, 0.05));
    assert_false(burst_stands_out(&limits, 12, 4)); /* unlikely, but not so many times more */
    assert_true(burst_stands_out(&limits, 30, 4));
}

static uint64_t state_of_chance;

static double unit(void)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return (double)(state_of_chance >> 11) / (double)(UINT64_MAX >> 11);
}

/* An hour of a large city: 400 ordinary reports over 30 km, and five incidents of 12 to 40 reports.
 */
static void incidents_in_a_generated_stream(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        state_of_chance = seed * UINT64_C(0x9E3779B97F4A7C15);
        n_reports = 0;
        size_t planted[5];
        double east[5];
        double north[5];
        for (int i = 0; i < 400; i++) {
            report(30000 * unit(), 30000 * unit(), (int32_t)(unit() * N_CATEGORIES));
        }
        for (int k = 0; k < 5; k++) {
            planted[k] = 12 + (size_t)(28 * unit());
            east[k] = 3000 + 6000 * k; /* apart from one another */
            north[k] = 3000 + 24000 * unit();
            for (size_t i = 0; i < planted[k]; i++) {
                double r = 350 * sqrt(unit());
                double angle = 6.283185307 * unit();
                report(east[k] + r * cos(angle), north[k] + r * sin(angle),
                       unit() < 0.8 ? CUT : POWER);
            }
        }
        size_t found = find(6);
        assert_int_equal(found, 5);
        for (size_t b = 0; b < found; b++) {
            size_t of_incident = 0;
            for (size_t i = 0; i < bursts[b].n; i++) {
                of_incident += order[bursts[b].first + i] >= 400;
            }
            assert_true(of_incident >= 11); /* all or nearly all of it */
            assert_true(bursts[b].n - of_incident <= 3);
            assert_true(b == 0 || bursts[b].n <= bursts[b - 1].n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_hangs_together),
        cmocka_unit_test(one_report_between_does_not_join_two),
        cmocka_unit_test(kinds_reach_as_far_as_they_do),
        cmocka_unit_test(chance_is_poissons),
        cmocka_unit_test(incidents_in_a_generated_stream),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
