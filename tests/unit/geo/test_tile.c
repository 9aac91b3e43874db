/* geo_tile: against the formulas written another way, published corners, and PROJ's EPSG:3857. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <proj.h>

#include "geo/geo_tile.h"
#include "tests/unit/geo/shapes.h"

static void test_valid(void **state)
{
    (void)state;
    assert_true(geo_tile_valid((struct geo_tile){0, 0, 0}));
    assert_false(geo_tile_valid((struct geo_tile){0, 1, 0}));
    assert_false(geo_tile_valid((struct geo_tile){0, 0, 1}));
    assert_true(geo_tile_valid((struct geo_tile){22, 4194303, 4194303}));
    assert_false(geo_tile_valid((struct geo_tile){22, 4194304, 0}));
    assert_false(geo_tile_valid((struct geo_tile){23, 0, 0}));
    assert_false(geo_tile_valid((struct geo_tile){UINT32_MAX, 0, 0}));
    assert_false(geo_tile_valid((struct geo_tile){3, UINT32_MAX, UINT32_MAX}));
}

static void expect_close(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}

static void test_known_tiles(void **state)
{
    (void)state;
    struct geo_box world = geo_tile_box((struct geo_tile){0, 0, 0});
    expect_close(world.west, -180, 0);
    expect_close(world.east, 180, 0);
    expect_close(world.north, GEO_TILE_LATITUDE_MAX, 1e-12);
    expect_close(world.south, -GEO_TILE_LATITUDE_MAX, 1e-12);
    struct geo_tile tile = geo_tile_at((struct geo_point){106.7, 10.78}, 12);
    assert_int_equal(tile.x, 3262);
    assert_int_equal(tile.y, 1924);
    struct geo_mercator_box metres = geo_tile_mercator_box((struct geo_tile){1, 1, 0});
    expect_close(metres.west, 0, 0);
    expect_close(metres.east, 20037508.342789244, 0);
    expect_close(metres.south, 0, 0);
    expect_close(metres.north, 20037508.342789244, 0);
}

static void test_degrees_and_metres_agree_with_proj(void **state)
{
    (void)state;
    PJ_CONTEXT *context = proj_context_create();
    PJ *mercator = proj_create_crs_to_crs(context, "OGC:CRS84", "EPSG:3857", NULL);
    assert_non_null(mercator);
    struct dice dice = {51};
    for (int i = 0; i < 2000; i++) {
        uint32_t z = (uint32_t)dice_below(&dice, GEO_TILE_ZOOM_MAX + 1);
        struct geo_tile tile = {z, (uint32_t)dice_below(&dice, 1U << z),
                                (uint32_t)dice_below(&dice, 1U << z)};
        struct geo_box box = geo_tile_box(tile);
        struct geo_mercator_box metres = geo_tile_mercator_box(tile);
        PJ_COORD c = proj_trans(mercator, PJ_FWD, proj_coord(box.west, box.north, 0, HUGE_VAL));
        expect_close(metres.west, c.xy.x, 1e-6);
        expect_close(metres.north, c.xy.y, 1e-6);
        c = proj_trans(mercator, PJ_FWD, proj_coord(box.east, box.south, 0, HUGE_VAL));
        expect_close(metres.east, c.xy.x, 1e-6);
        expect_close(metres.south, c.xy.y, 1e-6);
        struct geo_point middle = {(box.west + box.east) / 2, (box.south + box.north) / 2};
        struct geo_tile found = geo_tile_at(middle, z);
        assert_int_equal(found.x, tile.x);
        assert_int_equal(found.y, tile.y);
        struct geo_point back = geo_world_point(geo_world_of(middle));
        expect_close(back.lon, middle.lon, 1e-12);
        expect_close(back.lat, middle.lat, 1e-12);
    }
    proj_destroy(mercator);
    proj_context_destroy(context);
}

static void test_neighbours_touch(void **state)
{
    (void)state;
    struct dice dice = {52};
    for (int i = 0; i < 1000; i++) {
        uint32_t z = 1 + (uint32_t)dice_below(&dice, GEO_TILE_ZOOM_MAX);
        uint32_t x = (uint32_t)dice_below(&dice, (1U << z) - 1);
        uint32_t y = (uint32_t)dice_below(&dice, (1U << z) - 1);
        struct geo_box here = geo_tile_box((struct geo_tile){z, x, y});
        struct geo_box east = geo_tile_box((struct geo_tile){z, x + 1, y});
        struct geo_box south = geo_tile_box((struct geo_tile){z, x, y + 1});
        assert_true(here.east == east.west);
        assert_true(here.south == south.north);
    }
}

static void test_outside_goes_to_the_nearest_tile(void **state)
{
    (void)state;
    const struct {
        struct geo_point point;
        uint32_t x, y;
    } cases[] = {
        {{-180, 85.06}, 0, 0},  {{180, -85.06}, 7, 7},
        {{180, 0}, 7, 4},       {{0, 90}, 4, 0},
        {{0, -90}, 4, 7},       {{1e6, 0}, 7, 4},
        {{-1e6, 0}, 0, 4},      {{(double)NAN, (double)NAN}, 0, 0},
        {{HUGE_VAL, 10}, 7, 3}, {{0, 0}, 4, 4},
        {{-1e-9, 1e-9}, 3, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct geo_tile tile = geo_tile_at(cases[i].point, 3);
        assert_int_equal(tile.x, cases[i].x);
        assert_int_equal(tile.y, cases[i].y);
        assert_true(geo_tile_valid(tile));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_known_tiles),
        cmocka_unit_test(test_degrees_and_metres_agree_with_proj),
        cmocka_unit_test(test_neighbours_touch),
        cmocka_unit_test(test_outside_goes_to_the_nearest_tile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
