/* geo_hex: every point belongs to the hexagon whose middle is nearest, neighbours fit without a
 * gap, and the areas are true; geo_area_at_box: what it is sure of holds for every point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "geo/geo_area.h"
#include "geo/geo_distance.h"
#include "geo/geo_hex.h"
#include "tests/unit/geo/shapes.h"

static const struct geo_box city = {106.3, 8.6, 107.6, 11.5};

/* Is the point on the left of every side? Corners are anticlockwise. */
static bool inside(const struct geo_point c[6], struct geo_point p, double slack)
{
    for (int i = 0; i < 6; i++) {
        struct geo_point a = c[i];
        struct geo_point b = c[(i + 1) % 6];
        if ((b.lon - a.lon) * (p.lat - a.lat) - (b.lat - a.lat) * (p.lon - a.lon) < -slack) {
            return false;
        }
    }
    return true;
}

static void test_points_are_in_their_hexagon(void **state)
{
    struct dice dice = {1022};
    struct geo_hex_grid grid;
    (void)state;
    for (double size = 250; size <= 16000; size *= 2) {
        assert_true(geo_hex_grid_make(city, size, 1000000, &grid));
        for (int i = 0; i < 20000; i++) {
            struct geo_point p = {dice_between(&dice, city.west, city.east),
                                  dice_between(&dice, city.south, city.north)};
            struct geo_point corners[6];
            int32_t number = geo_hex_at(&grid, p);
            assert_true(number >= 0 && (size_t)number < geo_hex_count(&grid));
            geo_hex_corners(&grid, geo_hex_of(&grid, number), corners);
            /* Sides are straight in the projection; in degrees they bend by next to nothing. */
            assert_true(inside(corners, p, 1e-6 * size / 111000));
        }
    }
}

static void test_a_size_has_one_grid(void **state)
{
    struct geo_hex_grid grid;
    struct geo_hex_grid part;
    struct geo_point p = {106.7, 10.05};
    (void)state;
    assert_true(geo_hex_grid_make(city, 1000, 1000000, &grid));
    part = grid;
    part.first_column += 7;
    part.first_row += 3;
    struct geo_hex a = geo_hex_of(&grid, geo_hex_at(&grid, p));
    struct geo_hex b = geo_hex_of(&part, geo_hex_at(&part, p));
    assert_int_equal(a.column, b.column);
    assert_int_equal(a.row, b.row);
}

static void test_neighbours_share_corners(void **state)
{
    struct geo_hex_grid grid;
    (void)state;
    assert_true(geo_hex_grid_make(city, 700, 1000000, &grid));
    for (int32_t row = 10; row < 14; row++) {
        struct geo_hex h = {grid.first_column + 20, grid.first_row + row};
        struct geo_hex east = {h.column + 1, h.row};
        struct geo_point a[6];
        struct geo_point b[6];
        geo_hex_corners(&grid, h, a);
        geo_hex_corners(&grid, east, b);
        assert_memory_equal(&a[1], &b[5], sizeof(a[1]));
        assert_memory_equal(&a[2], &b[4], sizeof(a[2]));
    }
}

static void test_areas(void **state)
{
    struct geo_hex_grid grid;
    struct geo_point c[6];
    (void)state;
    assert_true(geo_hex_grid_make(city, 1000, 1000000, &grid));
    struct geo_hex h = geo_hex_of(&grid, geo_hex_at(&grid, (struct geo_point){106.7, 10.05}));
    geo_hex_corners(&grid, h, c);
    double across = geo_distance_m((struct geo_point){c[4].lon, (c[4].lat + c[5].lat) / 2},
                                   (struct geo_point){c[1].lon, (c[1].lat + c[2].lat) / 2});
    assert_true(fabs(across - 1000) < 5);
    struct geo_degree m = geo_metres_per_degree((c[0].lat + c[3].lat) / 2);
    double twice = 0;
    for (int i = 0; i < 6; i++) {
        struct geo_point a = c[i];
        struct geo_point b = c[(i + 1) % 6];
        twice += (a.lon - c[0].lon) * m.lon * (b.lat - c[0].lat) * m.lat -
                 (b.lon - c[0].lon) * m.lon * (a.lat - c[0].lat) * m.lat;
    }
    assert_true(fabs(geo_hex_area_km2(&grid, h) - twice / 2e6) < 1e-4);
}

static void test_refusals(void **state)
{
    struct geo_hex_grid grid;
    (void)state;
    assert_false(geo_hex_grid_make(city, 10, 100000, &grid));
    assert_false(geo_hex_grid_make((struct geo_box){1, 1, 0, 0}, 1000, 100000, &grid));
    assert_false(geo_hex_grid_make((struct geo_box){0, 0, 1, 90}, 1000, 100000, &grid));
    assert_true(geo_hex_grid_make(city, 1000, 1000000, &grid));
    assert_int_equal(geo_hex_at(&grid, (struct geo_point){0, 0}), -1);
    assert_int_equal(geo_hex_at(&grid, (struct geo_point){NAN, 10}), -1);
}

/* A ring of wiggling stars, some overlapping. */
static struct geo_area_set *stars(struct dice *dice, size_t n)
{
    struct bytes wkb[40] = {0};
    struct geo_area_source sources[40] = {{0}};
    struct geo_area_set *set = NULL;
    for (size_t i = 0; i < n; i++) {
        struct geo_point ring[60];
        struct geo_point at = {dice_between(dice, 106.4, 107.4), dice_between(dice, 10.1, 11.1)};
        for (size_t k = 0; k < 60; k++) {
            double far = dice_between(dice, 0.05, 0.15);
            ring[k] = (struct geo_point){at.lon + far * cos((double)k * M_PI / 30),
                                         at.lat + far * sin((double)k * M_PI / 30)};
        }
        wkb_simple(&wkb[i], ring, 60);
        sources[i] = (struct geo_area_source){wkb[i].p, wkb[i].n};
    }
    assert_int_equal(geo_area_set_create(sources, n, &set, NULL), STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        free(wkb[i].p);
    }
    return set;
}

static void test_a_sure_box_is_right(void **state)
{
    struct dice dice = {7};
    struct geo_area_set *set = stars(&dice, 30);
    size_t sure = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        double size = pow(2, -dice_between(&dice, 2, 16));
        struct geo_point sw = {dice_between(&dice, 106.2, 107.6), dice_between(&dice, 9.9, 11.3)};
        struct geo_box box = {sw.lon, sw.lat, sw.lon + size, sw.lat + size};
        int32_t area = -2;
        if (!geo_area_at_box(set, box, &area)) {
            continue;
        }
        sure++;
        for (int k = 0; k < 20; k++) {
            struct geo_point p = {dice_between(&dice, box.west, box.east),
                                  dice_between(&dice, box.south, box.north)};
            assert_int_equal(geo_area_at(set, p), area);
        }
        assert_int_equal(geo_area_at(set, sw), area);
        assert_int_equal(geo_area_at(set, (struct geo_point){box.east, box.north}), area);
    }
    assert_true(sure > 5000); /* or it would be of no use */
    geo_area_set_destroy(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points_are_in_their_hexagon),
        cmocka_unit_test(test_a_size_has_one_grid),
        cmocka_unit_test(test_neighbours_share_corners),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_sure_box_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
