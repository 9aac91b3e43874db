/* geo_near against looking at every edge, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geo/geo_distance.h"
#include "geo/geo_near.h"

#define FEATURES 400
#define POINTS   6
#define ASKED    2000

static uint64_t state = 1022;

static double roll(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

/* A line string of POINTS vertices as little-endian well-known binary. */
struct line {
    unsigned char wkb[9 + POINTS * 16];
    struct geo_point points[POINTS];
};

static void make_line(struct line *l)
{
    uint32_t type = 2;
    uint32_t count = POINTS;
    struct geo_point at = {106.6 + roll() * 0.05, 10.7 + roll() * 0.05};
    l->wkb[0] = 1;
    memcpy(l->wkb + 1, &type, 4);
    memcpy(l->wkb + 5, &count, 4);
    for (size_t i = 0; i < POINTS; i++) {
        l->points[i] = at;
        memcpy(l->wkb + 9 + i * 16, &at, 16);
        at.lon += (roll() - 0.5) * (i == 2 ? 0.02 : 0.002);
        at.lat += (roll() - 0.5) * 0.002;
    }
}

static bool is_even(void *context, int32_t feature)
{
    (void)context;
    return feature % 2 == 0;
}

static double plain(const struct line *lines, struct geo_point p, int step)
{
    double best = (double)INFINITY;
    for (size_t i = 0; i < FEATURES; i += (size_t)step) {
        for (size_t k = 0; k + 1 < POINTS; k++) {
            best = fmin(best,
                        geo_distance_to_segment_m(p, lines[i].points[k], lines[i].points[k + 1]));
        }
    }
    return best;
}

static void nearest_is_the_nearest(void **unused)
{
    (void)unused;
    static struct line lines[FEATURES];
    struct geo_near_source sources[FEATURES];
    const double reaches[] = {5, 30, 400};
    for (size_t i = 0; i < FEATURES; i++) {
        make_line(&lines[i]);
        sources[i] = (struct geo_near_source){lines[i].wkb, sizeof lines[i].wkb};
    }
    for (size_t r = 0; r < 3; r++) {
        struct geo_near_set *set = NULL;
        size_t found = 0;
        assert_int_equal(geo_near_create(sources, FEATURES, reaches[r], &set, NULL), STATUS_OK);
        for (int i = 0; i < ASKED / (r == 2 ? 10 : 1); i++) {
            struct geo_point p = {106.59 + roll() * 0.07, 10.69 + roll() * 0.07};
            bool even = i % 2 == 0;
            struct geo_near near = geo_near_find(set, p, even ? is_even : NULL, NULL);
            double metres = plain(lines, p, even ? 2 : 1);
            if (metres <= reaches[r] - 1e-6) {
                found++;
                assert_true(near.feature >= 0 && fabs(near.metres - metres) < 1e-4);
            } else if (metres > reaches[r] + 1e-6) {
                assert_int_equal(near.feature, -1);
                assert_true(isinf(near.metres));
            }
        }
        assert_true(found > 10);
        assert_true(geo_near_bytes(set) > sizeof lines / 4);
        geo_near_destroy(set);
    }
}

static void broken_geometry_is_refused(void **unused)
{
    (void)unused;
    struct line good;
    make_line(&good);
    unsigned char bad[sizeof good.wkb];
    struct geo_near_set *set = NULL;
    struct err e;
    const struct {
        size_t at;
        unsigned char byte;
    } faults[] = {{0, 0}, {1, 7}, {1, 0}, {5, 200}, {5, 2}, {16, 0x7f}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        memcpy(bad, good.wkb, sizeof bad);
        bad[faults[i].at] = faults[i].byte;
        const struct geo_near_source sources[] = {{good.wkb, sizeof good.wkb}, {bad, sizeof bad}};
        assert_int_equal(geo_near_create(sources, 2, 10, &set, &e), STATUS_INVALID);
        assert_non_null(strstr(e.text, "feature 1"));
    }
    for (size_t n = 0; n < sizeof good.wkb; n++) {
        const struct geo_near_source cut = {good.wkb, n};
        assert_int_equal(geo_near_create(&cut, 1, 10, &set, &e), STATUS_INVALID);
    }
    assert_int_equal(geo_near_create(NULL, 0, 9000, &set, &e), STATUS_INVALID);
    assert_int_equal(geo_near_create(NULL, 0, 10, &set, &e), STATUS_OK);
    assert_int_equal(geo_near_find(set, good.points[0], NULL, NULL).feature, -1);
    geo_near_destroy(set);
}

static void inside_is_zero_metres(void **unused)
{
    (void)unused;
    const struct geo_point ring[] = {
        {106, 10}, {106.01, 10}, {106.01, 10.01}, {106, 10.01}, {106, 10}};
    unsigned char wkb[13 + sizeof ring];
    const uint32_t head[] = {3, 1, 5};
    wkb[0] = 1;
    memcpy(wkb + 1, head, sizeof head);
    memcpy(wkb + 13, ring, sizeof ring);
    const struct geo_near_source source = {wkb, sizeof wkb};
    struct geo_near_set *set = NULL;
    assert_int_equal(geo_near_create(&source, 1, 100, &set, NULL), STATUS_OK);
    struct geo_near in = geo_near_find(set, (struct geo_point){106.005, 10.005}, NULL, NULL);
    assert_true(in.feature == 0 && in.metres == 0);
    struct geo_near by = geo_near_find(set, (struct geo_point){106.0105, 10.005}, NULL, NULL);
    assert_true(by.feature == 0 && by.metres > 50 && by.metres < 60);
    struct geo_near far = geo_near_find(set, (struct geo_point){106.02, 10.005}, NULL, NULL);
    assert_int_equal(far.feature, -1);
    geo_near_destroy(set);
    assert_int_equal(geo_near_create(&source, 1, 0, &set, NULL), STATUS_OK);
    assert_int_equal(geo_near_find(set, (struct geo_point){106.005, 10.005}, NULL, NULL).feature,
                     0);
    assert_int_equal(geo_near_find(set, (struct geo_point){106.0101, 10.005}, NULL, NULL).feature,
                     -1);
    geo_near_destroy(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_is_the_nearest),
        cmocka_unit_test(broken_geometry_is_refused),
        cmocka_unit_test(inside_is_zero_metres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
