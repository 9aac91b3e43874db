/* geo_distance against the geodesic (Karney's algorithm, which comes with PROJ). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <geodesic.h>
#include <math.h>
#include <stdio.h>

#include "geo/geo_distance.h"
#include "geo/geo_predicate.h"
#include "tests/unit/geo/shapes.h"

static struct geod_geodesic wgs84;

static double geodesic_m(struct geo_point a, struct geo_point b)
{
    double metres = 0;
    geod_inverse(&wgs84, a.lat, a.lon, b.lat, b.lon, &metres, NULL, NULL);
    return metres;
}

static struct geo_point go(struct geo_point from, double azimuth, double metres)
{
    struct geo_point to;
    geod_direct(&wgs84, from.lat, from.lon, azimuth, metres, &to.lat, &to.lon, NULL);
    return to;
}

static void expect_error_below(double metres, double limit)
{
    struct dice dice = {21};
    double worst = 0;
    for (int i = 0; i < 50000; i++) {
        struct geo_point a = {dice_between(&dice, -180, 180), dice_between(&dice, -60, 60)};
        struct geo_point b =
            go(a, dice_between(&dice, 0, 360), metres * dice_between(&dice, 0.1, 1));
        double want = geodesic_m(a, b);
        double wrong = fabs(geo_distance_m(a, b) - want) / want;
        worst = wrong > worst ? wrong : worst;
    }
    print_message("up to %.0f m: off by %.2g of the distance at most\n", metres, worst);
    assert_true(worst < limit);
}

static void test_error_stated_in_the_header(void **state)
{
    (void)state;
    expect_error_below(1e3, 1e-8);
    expect_error_below(2e4, 2e-6);
    expect_error_below(2e5, 2e-4);
}

static void test_degrees(void **state)
{
    (void)state;
    struct geo_degree equator = geo_metres_per_degree(0);
    assert_true(fabs(equator.lon - 111319.490793) < 1e-5);
    struct geo_point a = {106.7, 10.8};
    struct geo_degree here = geo_metres_per_degree(a.lat);
    assert_true(fabs(here.lon * 1e-4 - geodesic_m(a, (struct geo_point){a.lon + 1e-4, a.lat})) <
                1e-6);
    assert_true(fabs(here.lat * 1e-4 - geodesic_m((struct geo_point){a.lon, a.lat - 5e-5},
                                                  (struct geo_point){a.lon, a.lat + 5e-5})) < 1e-6);
}

/* The nearest of many points laid along the segment, by the geodesic. */
static double nearest_by_steps(struct geo_point p, struct geo_point a, struct geo_point b)
{
    double least = HUGE_VAL;
    for (int i = 0; i <= 2000; i++) {
        double t = i / 2000.0;
        struct geo_point q = {a.lon + t * (b.lon - a.lon), a.lat + t * (b.lat - a.lat)};
        double metres = geodesic_m(p, q);
        least = metres < least ? metres : least;
    }
    return least;
}

static void test_segment(void **state)
{
    (void)state;
    struct dice dice = {22};
    for (int i = 0; i < 300; i++) {
        struct geo_point p = {dice_between(&dice, 106, 107), dice_between(&dice, 10, 11)};
        struct geo_point a = go(p, dice_between(&dice, 0, 360), dice_between(&dice, 1, 500));
        struct geo_point b = go(p, dice_between(&dice, 0, 360), dice_between(&dice, 1, 500));
        double want = nearest_by_steps(p, a, b);
        double got = geo_distance_to_segment_m(p, a, b);
        assert_true(got <= want * (1 + 1e-6) + 1e-6);
        assert_true(got >= want - 0.3); /* the steps are up to 0.5 m apart */
        if (want > 30) {
            assert_true(got >= want * (1 - 1e-4));
        }
        assert_true(geo_distance_to_segment_m(a, a, b) < 1e-6);
        struct geo_point alone = go(p, 45, 100);
        assert_true(fabs(geo_distance_to_segment_m(p, alone, alone) - 100) < 1e-5);
    }
}

static void test_across_the_180th_meridian(void **state)
{
    (void)state;
    struct geo_point a = {179.9999, 10};
    struct geo_point b = {-179.9999, 10};
    assert_true(fabs(geo_distance_m(a, b) - geodesic_m(a, b)) < 1e-6);
    struct geo_point south = {180, 9.999};
    double want = geodesic_m(south, (struct geo_point){180, 10});
    assert_true(fabs(geo_distance_to_segment_m(south, a, b) - want) < 1e-5);
}

static void test_box_around_holds_the_circle(void **state)
{
    (void)state;
    struct dice dice = {23};
    for (int i = 0; i < 2000; i++) {
        struct geo_point p = {dice_between(&dice, -179, 179), dice_between(&dice, -80, 80)};
        double metres = exp(dice_between(&dice, 0, 9));
        struct geo_box box = geo_box_around(p, metres);
        for (int azimuth = 0; azimuth < 360; azimuth += 5) {
            assert_true(geo_box_has(&box, go(p, azimuth, metres)));
        }
        assert_true((box.north - box.south) * 111320 < 2.1 * metres);
    }
    struct geo_box pole = geo_box_around((struct geo_point){0, 89.9999}, 1000);
    assert_true(pole.west == -180 && pole.east == 180 && pole.north == 90);
}

int main(void)
{
    geod_init(&wgs84, 6378137, 1 / 298.257223563);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_stated_in_the_header),
        cmocka_unit_test(test_degrees),
        cmocka_unit_test(test_segment),
        cmocka_unit_test(test_across_the_180th_meridian),
        cmocka_unit_test(test_box_around_holds_the_circle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
