/* geo_heatmap against the plain sum over all points in doubles, and against itself across seams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "geo/geo_distance.h"
#include "geo/geo_heatmap.h"
#include "tests/unit/geo/shapes.h"

#define SIZE_MAX_PX 512
#define POINTS_MAX  4000

static struct geo_heatmap *heatmap;
static struct geo_heat_point points[POINTS_MAX];
static float field[SIZE_MAX_PX * SIZE_MAX_PX];
static float other[SIZE_MAX_PX * SIZE_MAX_PX];

/* The header's definition, not cut at the radius. */
static double plain_sum(size_t n, double radius, double x, double y)
{
    double sigma = radius / 3.5;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double dx = (double)points[i].x - x;
        double dy = (double)points[i].y - y;
        sum += (double)points[i].weight * exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
    }
    return sum;
}

static float draw(unsigned size, double radius, size_t n, double left, double top, float *out)
{
    struct err e = {0};
    if (geo_heatmap_begin(heatmap, size, radius, &e) != STATUS_OK) {
        fail_msg("%s", e.text);
    }
    for (size_t i = 0; i < n; i++) {
        struct geo_heat_point p = points[i];
        p.x = (float)((double)p.x - left);
        p.y = (float)((double)p.y - top);
        geo_heatmap_add(heatmap, &p, 1);
    }
    return geo_heatmap_finish(heatmap, out);
}

static void scatter(struct dice *dice, size_t n, double from, double to)
{
    for (size_t i = 0; i < n; i++) {
        points[i] = (struct geo_heat_point){(float)dice_between(dice, from, to),
                                            (float)dice_between(dice, from, to),
                                            (float)dice_between(dice, 0.1, 3)};
    }
}

/* Levels (255 at the highest place) between the field and the plain sum, at every `step` pixels. */
static double worst_level(unsigned size, double radius, size_t n, unsigned step)
{
    float highest = draw(size, radius, n, 0, 0, field);
    double worst = 0;
    for (unsigned y = 0; y < size; y += step) {
        for (unsigned x = 0; x < size; x += step) {
            double want = plain_sum(n, radius, x + 0.5, y + 0.5);
            double off = fabs((double)field[y * size + x] - want) / (double)highest * 255;
            worst = off > worst ? off : worst;
        }
    }
    return worst;
}

static void test_one_point_is_a_hill_of_its_weight(void **state)
{
    (void)state;
    struct dice dice = {71};
    static const double radii[] = {6,    6.5,  8,  13, 15.3, 15.5, 20.9,
                                   30.7, 30.9, 43, 80, 200,  986,  5000};
    for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++) {
        double worst = 0;
        for (int k = 0; k < 12; k++) {
            points[0] = (struct geo_heat_point){(float)dice_between(&dice, 100, 150),
                                                (float)dice_between(&dice, 100, 150), 2};
            worst = fmax(worst, worst_level(256, radii[i], 1, 1));
            /* The pixel's middle is not the point's place, so the top may be missed a little. */
            double top = plain_sum(1, radii[i], (double)points[0].x, (double)points[0].y);
            assert_true(top == 2);
            float here = field[(unsigned)points[0].y * 256 + (unsigned)points[0].x];
            assert_true(here <= 2.02F && here > 1.6F);
        }
        print_message("radius %.1f px: a lone hill is off by %.2f of 255 levels\n", radii[i],
                      worst);
        assert_true(worst <= 0.5);
    }
}

static void test_many_points(void **state)
{
    (void)state;
    struct dice dice = {72};
    static const double radii[] = {6, 9, 24, 60, 350};
    for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++) {
        for (unsigned size = 256; size <= 512; size *= 2) {
            scatter(&dice, POINTS_MAX, -100, size + 100);
            double worst = worst_level(size, radii[i], POINTS_MAX, 11);
            print_message("radius %.0f px, %u: off by %.2f of 255 levels\n", radii[i], size, worst);
            assert_true(worst <= 0.5);
        }
    }
}

/* Four tiles of 256 make one of 512: each drawn alone, from all points within its margin only. */
static void test_no_seams(void **state)
{
    (void)state;
    struct dice dice = {73};
    static const double radii[] = {6, 17.3, 60, 130};
    for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++) {
        double margin = geo_heatmap_margin_px(radii[i], 256);
        assert_true(margin >= radii[i]);
        scatter(&dice, 2000, -300, 812);
        static struct geo_heat_point all[2000];
        memcpy(all, points, sizeof all);
        float highest = draw(512, radii[i], 2000, 0, 0, field);
        for (unsigned tile = 0; tile < 4; tile++) {
            double left = (tile & 1U) * 256.0;
            double top = (tile >> 1) * 256.0;
            size_t n = 0;
            for (size_t k = 0; k < 2000; k++) {
                double x = (double)all[k].x - left;
                double y = (double)all[k].y - top;
                if (x >= -margin && x <= 256 + margin && y >= -margin && y <= 256 + margin) {
                    points[n++] = all[k];
                }
            }
            (void)draw(256, radii[i], n, left, top, other);
            for (unsigned y = 0; y < 256; y++) {
                for (unsigned x = 0; x < 256; x++) {
                    float whole = field[(y + (tile >> 1) * 256) * 512 + x + (tile & 1U) * 256];
                    assert_true(fabsf(whole - other[y * 256 + x]) <= 1e-5F * highest);
                }
            }
        }
    }
}

static void test_empty_and_odd_points(void **state)
{
    (void)state;
    assert_true(draw(256, 20, 0, 0, 0, field) == 0);
    for (size_t i = 0; i < 256 * 256; i++) {
        assert_true(field[i] == 0);
    }
    const float odd[] = {NAN, INFINITY, -INFINITY, 1e30F, -1e30F, 4e9F, -5000};
    size_t n = 0;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        points[n++] = (struct geo_heat_point){odd[i], 10, 1};
        points[n++] = (struct geo_heat_point){10, odd[i], 1};
    }
    points[n++] = (struct geo_heat_point){10, 10, NAN};
    points[n++] = (struct geo_heat_point){10, 10, INFINITY};
    assert_true(draw(256, 20, n, 0, 0, field) == 0);
    struct err e = {0};
    assert_int_equal(geo_heatmap_begin(heatmap, 300, 20, &e), STATUS_INVALID);
    /* Radii that make no sense are brought to the nearest that does. */
    points[0] = (struct geo_heat_point){128, 128, 1};
    assert_true(draw(256, (double)NAN, 1, 0, 0, field) > 0.5F);
    assert_true(draw(256, -3, 1, 0, 0, field) > 0.5F);
    assert_true(draw(256, 1e9, 1, 0, 0, field) > 0.99F);
}

static void test_radius_on_the_ground(void **state)
{
    (void)state;
    struct geo_tile tile = geo_tile_at((struct geo_point){106.7, 10.78}, 14);
    struct geo_box box = geo_tile_box(tile);
    double middle = (box.south + box.north) / 2;
    double width =
        geo_distance_m((struct geo_point){box.west, middle}, (struct geo_point){box.east, middle});
    double height = geo_distance_m((struct geo_point){box.west, box.south},
                                   (struct geo_point){box.west, box.north});
    double want = 500 * 256 / sqrt(width * height);
    assert_true(fabs(geo_heatmap_radius_px(500, tile, 256) - want) < want * 1e-5);
    double twice = geo_heatmap_radius_px(500, tile, 512);
    assert_true(fabs(twice - 2 * want) < want * 1e-4);
}

static void test_levels(void **state)
{
    (void)state;
    const float values[] = {0, 1, 0.5F, 2, -1, NAN, INFINITY, 1.0F / 255, 0.4F / 255};
    const uint8_t want[] = {0, 255, 128, 255, 0, 0, 255, 1, 0};
    uint8_t levels[9];
    geo_heatmap_levels(values, 9, 1, levels);
    assert_memory_equal(levels, want, sizeof want);
}

static double linear(uint8_t byte)
{
    double v = byte / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* CIE lightness of a colour laid over white, as seen by eyes of which some see no red or no green
 * (Vienot, Brettel and Mollon 1999). */
static double seen_lightness(const uint8_t rgba[4], int eyes)
{
    double alpha = rgba[3] / 255.0;
    double c[3];
    for (int i = 0; i < 3; i++) {
        double over = alpha * rgba[i] + (1 - alpha) * 255;
        c[i] = linear((uint8_t)lround(over));
    }
    if (eyes == 1) {
        c[0] = c[1] = 0.11238 * c[0] + 0.88762 * c[1];
    } else if (eyes == 2) {
        c[0] = c[1] = 0.29275 * c[0] + 0.70725 * c[1];
    }
    double y = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y;
}

static void test_palette_is_ordered_for_every_eye(void **state)
{
    (void)state;
    struct geo_palette palette;
    geo_heatmap_palette(&palette);
    assert_int_equal(palette.rgba[0][3], 0);
    for (int eyes = 0; eyes < 3; eyes++) {
        double before = 100;
        for (int i = 8; i < 256; i += 8) {
            double here = seen_lightness(palette.rgba[i], eyes);
            if (!(here < before - 0.3)) {
                fail_msg("level %d: %.2f after %.2f, eyes %d", i, here, before, eyes);
            }
            before = here;
        }
        assert_true(before < 50);
    }
    for (int i = 1; i < 256; i++) {
        assert_true(palette.rgba[i][3] >= palette.rgba[i - 1][3]);
    }
    assert_true(palette.rgba[255][3] < 240); /* the map is still seen */
}

int main(void)
{
    if (geo_heatmap_create(&heatmap, NULL) != STATUS_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_point_is_a_hill_of_its_weight),
        cmocka_unit_test(test_many_points),
        cmocka_unit_test(test_no_seams),
        cmocka_unit_test(test_empty_and_odd_points),
        cmocka_unit_test(test_radius_on_the_ground),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_palette_is_ordered_for_every_eye),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    geo_heatmap_destroy(heatmap);
    geo_heatmap_destroy(NULL);
    return failed;
}
