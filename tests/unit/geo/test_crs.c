/* geo_crs: the check point, no step at 11.04 N, there and back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <proj.h>
#include <string.h>

#include "geo/geo_crs.h"
#include "geo/geo_distance.h"
#include "tests/unit/geo/shapes.h"

static struct geo_crs *create(const char *name)
{
    struct geo_crs *crs = NULL;
    struct err e = {0};
    if (geo_crs_create(name, &crs, &e) != STATUS_OK) {
        fail_msg("%s: %s", name, e.text);
    }
    return crs;
}

static struct geo_metric to_metric(struct geo_crs *crs, struct geo_point p)
{
    struct geo_metric m = {0, 0};
    assert_int_equal(geo_crs_to_metric(crs, p, &m, NULL), STATUS_OK);
    return m;
}

static void test_check_point(void **state)
{
    (void)state;
    struct geo_crs *crs = create("EPSG:9210");
    struct geo_metric m = to_metric(crs, (struct geo_point){106.6953, 10.7770});
    assert_true(fabs(m.east - 603184.744) < 0.001);
    assert_true(fabs(m.north - 1191951.471) < 0.001);
    struct geo_point back;
    assert_int_equal(geo_crs_from_metric(crs, m, &back, NULL), STATUS_OK);
    assert_true(fabs(back.lon - 106.6953) < 5e-9 && fabs(back.lat - 10.7770) < 5e-9);
    geo_crs_destroy(crs);
}

/* How far, at most, a step of 1e-5 degrees from 11.03 to 11.05 N leads elsewhere than the first. */
static double largest_leap(struct geo_metric (*project)(void *, struct geo_point), void *context)
{
    double largest = 0;
    struct geo_metric before = project(context, (struct geo_point){106.7, 11.03});
    struct geo_metric stride = {0, 0};
    for (int i = 1; i <= 2000; i++) {
        struct geo_metric here = project(context, (struct geo_point){106.7, 11.03 + i * 1e-5});
        struct geo_metric step = {here.east - before.east, here.north - before.north};
        stride = i == 1 ? step : stride;
        largest = fmax(largest, hypot(step.east - stride.east, step.north - stride.north));
        before = here;
    }
    return largest;
}

static struct geo_metric by_us(void *crs, struct geo_point p)
{
    return to_metric(crs, p);
}

static struct geo_metric by_default(void *operation, struct geo_point p)
{
    PJ_COORD c = proj_trans(operation, PJ_FWD, proj_coord(p.lon, p.lat, 0, HUGE_VAL));
    return (struct geo_metric){c.xy.x, c.xy.y};
}

static void test_no_step_inside_the_city(void **state)
{
    (void)state;
    struct geo_crs *crs = create("EPSG:9210");
    assert_true(largest_leap(by_us, crs) < 1e-4);
    geo_crs_destroy(crs);
    /* That the default has one shows that this test would see it. */
    PJ_CONTEXT *context = proj_context_create();
    PJ *found = proj_create_crs_to_crs(context, "EPSG:4326", "EPSG:9210", NULL);
    PJ *normal = proj_normalize_for_visualization(context, found);
    assert_true(largest_leap(by_default, normal) > 0.5);
    proj_destroy(normal);
    proj_destroy(found);
    proj_context_destroy(context);
}

static void test_there_and_back(void **state)
{
    (void)state;
    static const char *const systems[] = {"EPSG:9210", "EPSG:5899", "EPSG:9218", "EPSG:3405",
                                          "EPSG:32648"};
    struct dice dice = {61};
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        struct geo_crs *crs = create(systems[i]);
        for (int k = 0; k < 2000; k++) {
            struct geo_point p = {dice_between(&dice, 105, 108), dice_between(&dice, 8, 12)};
            struct geo_point back;
            assert_int_equal(geo_crs_from_metric(crs, to_metric(crs, p), &back, NULL), STATUS_OK);
            assert_true(geo_distance_m(p, back) < 1e-3);
        }
        geo_crs_destroy(crs);
    }
}

/* All VN-2000 systems shift the datum alike, so the same place differs by projection alone:
 * distances on the ground agree, up to the scale that each meridian gives it. */
static void test_every_zone_uses_the_pinned_shift(void **state)
{
    (void)state;
    struct geo_crs *city = create("EPSG:9210");
    struct geo_crs *coast = create("EPSG:5899"); /* the former Ba Ria-Vung Tau's */
    PJ_CONTEXT *context = proj_context_create();
    PJ *between = proj_create_crs_to_crs(context, "EPSG:9210", "EPSG:5899", NULL);
    PJ *normal = proj_normalize_for_visualization(context, between);
    struct dice dice = {62};
    for (int i = 0; i < 2000; i++) {
        struct geo_point p = {dice_between(&dice, 106.3, 107.6), dice_between(&dice, 10, 12)};
        struct geo_metric a = to_metric(city, p);
        struct geo_metric b = to_metric(coast, p);
        PJ_COORD c = proj_trans(normal, PJ_FWD, proj_coord(a.east, a.north, 0, HUGE_VAL));
        assert_true(fabs(c.xy.x - b.east) < 1e-4 && fabs(c.xy.y - b.north) < 1e-4);
    }
    proj_destroy(normal);
    proj_destroy(between);
    proj_context_destroy(context);
    geo_crs_destroy(city);
    geo_crs_destroy(coast);
}

static void test_other_systems_use_the_default(void **state)
{
    (void)state;
    struct geo_crs *crs = create("EPSG:32648"); /* UTM 48 N on WGS 84 itself */
    struct geo_metric m = to_metric(crs, (struct geo_point){105, 0});
    assert_true(fabs(m.east - 500000) < 1e-6 && fabs(m.north) < 1e-6);
    geo_crs_destroy(crs);
    crs = create("EPSG:26910"); /* San Francisco: NAD83 / UTM 10 N */
    m = to_metric(crs, (struct geo_point){-122.4194, 37.7749});
    assert_true(fabs(m.east - 551130) < 5 && fabs(m.north - 4180999) < 5);
    geo_crs_destroy(crs);
}

static void expect_refused(const char *name, const char *words)
{
    struct geo_crs *crs = NULL;
    struct err e = {0};
    assert_int_equal(geo_crs_create(name, &crs, &e), STATUS_INVALID);
    assert_null(crs);
    if (!strstr(e.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", e.text, words);
    }
}

static void test_refused(void **state)
{
    (void)state;
    expect_refused("EPSG:4326", "not a projected");
    expect_refused("EPSG:999999", "no coordinate system");
    expect_refused("", "no coordinate system");
    expect_refused("nonsense", "no coordinate system");
    expect_refused("EPSG:2263", "in metres"); /* New York's, in feet */
    struct geo_crs *crs = create("EPSG:9210");
    struct geo_metric m = {1, 2};
    struct err e = {0};
    assert_int_equal(geo_crs_to_metric(crs, (struct geo_point){(double)NAN, 10}, &m, &e),
                     STATUS_INVALID);
    assert_true(m.east == 1 && m.north == 2);
    struct geo_point p = {3, 4};
    assert_int_equal(geo_crs_from_metric(crs, (struct geo_metric){HUGE_VAL, 0}, &p, &e),
                     STATUS_INVALID);
    assert_true(p.lon == 3 && p.lat == 4);
    /* An error leaves nothing behind that spoils the next one. */
    assert_int_equal(geo_crs_to_metric(crs, (struct geo_point){106.7, 10.8}, &m, &e), STATUS_OK);
    geo_crs_destroy(crs);
    geo_crs_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_point),
        cmocka_unit_test(test_no_step_inside_the_city),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_every_zone_uses_the_pinned_shift),
        cmocka_unit_test(test_other_systems_use_the_default),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
