/* geo_predicate: signs against whole-number arithmetic and against the laws that any sign must
 * keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "geo/geo_predicate.h"
#include "tests/unit/geo/shapes.h"

__extension__ typedef __int128 wide;

/* Lattice numbers around Ho Chi Minh City: a step of 2^-44 degree is under a nanometre. */
#define STEP 0x1p-44

struct lattice_point {
    int64_t x, y;
};

static struct geo_point on_earth(struct lattice_point p)
{
    return (struct geo_point){(double)p.x * STEP, (double)p.y * STEP};
}

static int whole_sign(struct lattice_point a, struct lattice_point b, struct lattice_point p)
{
    wide left = (wide)(a.x - p.x) * (b.y - p.y);
    wide right = (wide)(a.y - p.y) * (b.x - p.x);
    return left > right ? 1 : left < right ? -1 : 0;
}

static void test_points_beside_a_line_by_a_hair(void **state)
{
    (void)state;
    struct dice dice = {11};
    const int64_t x0 = (int64_t)(106.7 / STEP);
    const int64_t y0 = (int64_t)(10.8 / STEP);
    int zeros = 0;
    for (int i = 0; i < 200000; i++) {
        int64_t reach = (int64_t)1 << dice_below(&dice, 40);
        int64_t dx = (int64_t)dice_below(&dice, (size_t)reach * 2 + 1) - reach;
        int64_t dy = (int64_t)dice_below(&dice, (size_t)reach * 2 + 1) - reach;
        struct lattice_point a = {x0 - 3 * dx, y0 - 3 * dy};
        struct lattice_point b = {x0 + 5 * dx, y0 + 5 * dy};
        struct lattice_point p = {x0 + 2 * dx + (int64_t)dice_below(&dice, 3) - 1,
                                  y0 + 2 * dy + (int64_t)dice_below(&dice, 3) - 1};
        int want = whole_sign(a, b, p);
        zeros += want == 0;
        assert_int_equal(geo_orient(on_earth(a), on_earth(b), on_earth(p)), want);
        assert_int_equal(geo_orient_exact(on_earth(a), on_earth(b), on_earth(p)), want);
    }
    assert_true(zeros > 10000); /* or the test would not have tested what it is for */
}

static double any_size(struct dice *dice)
{
    double v = dice_between(dice, -1, 1);
    return ldexp(v, (int)dice_below(dice, 1070) - 1062); /* down to numbers that lose digits */
}

static void test_numbers_of_any_size_keep_the_laws(void **state)
{
    (void)state;
    struct dice dice = {12};
    for (int i = 0; i < 100000; i++) {
        struct geo_point v[3];
        for (int k = 0; k < 3; k++) {
            v[k] = (struct geo_point){any_size(&dice), any_size(&dice)};
        }
        if (i % 3 == 0) {
            v[2] = (struct geo_point){v[0].lon, v[1].lat};
        }
        int s = geo_orient(v[0], v[1], v[2]);
        assert_int_equal(geo_orient(v[1], v[2], v[0]), s);
        assert_int_equal(geo_orient(v[2], v[0], v[1]), s);
        assert_int_equal(geo_orient(v[1], v[0], v[2]), -s);
        assert_int_equal(geo_orient_exact(v[0], v[1], v[2]), s);
    }
}

static void test_known_signs_that_rounding_loses(void **state)
{
    (void)state;
    struct geo_point origin = {0, 0};
    /* The differences of these don't fit a double, and their products not the range of one. */
    assert_int_equal(
        geo_orient(origin, (struct geo_point){90, 90}, (struct geo_point){1e-40, 2e-40}), 1);
    assert_int_equal(geo_orient((struct geo_point){-90, -90}, (struct geo_point){90, 90},
                                (struct geo_point){1e-40, 1e-40}),
                     0);
    assert_int_equal(geo_orient((struct geo_point){-90, -90}, (struct geo_point){90, 90},
                                (struct geo_point){1e-40, nextafter(1e-40, 1)}),
                     1);
    assert_int_equal(
        geo_orient(origin, (struct geo_point){5e-324, 5e-324}, (struct geo_point){5e-324, 1e-323}),
        1);
    assert_int_equal(
        geo_orient(origin, (struct geo_point){5e-324, 1e-323}, (struct geo_point){180, 89}), -1);
    struct geo_point a = {106.7, 10.8};
    assert_int_equal(geo_orient(a, a, (struct geo_point){106, 10}), 0);
}

static void test_on_segment(void **state)
{
    (void)state;
    struct geo_point a = {106.5, 10.5};
    struct geo_point b = {107.0, 11.0};
    assert_true(geo_on_segment(a, a, b));
    assert_true(geo_on_segment(b, a, b));
    assert_true(geo_on_segment((struct geo_point){106.75, 10.75}, a, b));
    assert_false(geo_on_segment((struct geo_point){106.75, nextafter(10.75, 11)}, a, b));
    assert_false(geo_on_segment((struct geo_point){107.25, 11.25}, a, b)); /* on the line, beyond */
    assert_true(geo_on_segment(a, a, a));
    assert_false(geo_on_segment(b, a, a));
}

/* Whole numbers from 0 to 7: cut the segment at every crossing with the box's four lines, exactly.
 */
static int meets_by_cases(const int a[2], const int b[2], const int box[4])
{
    /* Liang-Barsky over fractions: t from..to as numerator/denominator pairs. */
    long from_n = 0;
    long from_d = 1;
    long to_n = 1;
    long to_d = 1;
    for (int axis = 0; axis < 2; axis++) {
        long d = b[axis] - a[axis];
        long low = box[axis] - a[axis];
        long high = box[axis + 2] - a[axis];
        if (d == 0) {
            if (low > 0 || high < 0) {
                return 0;
            }
            continue;
        }
        if (d < 0) {
            long swap = -low;
            low = -high;
            high = swap;
            d = -d;
        }
        if (low * from_d > from_n * d) {
            from_n = low;
            from_d = d;
        }
        if (high * to_d < to_n * d) {
            to_n = high;
            to_d = d;
        }
    }
    return from_n * to_d <= to_n * from_d;
}

static void test_segment_meets_box(void **state)
{
    (void)state;
    struct dice dice = {13};
    int met = 0;
    for (int i = 0; i < 200000; i++) {
        int v[8];
        for (int k = 0; k < 8; k++) {
            v[k] = (int)dice_below(&dice, 8);
        }
        const int a[2] = {v[0], v[1]};
        const int b[2] = {v[2], v[3]};
        const int sides[4] = {v[4] < v[6] ? v[4] : v[6], v[5] < v[7] ? v[5] : v[7],
                              v[4] < v[6] ? v[6] : v[4], v[5] < v[7] ? v[7] : v[5]};
        struct geo_box box = {sides[0], sides[1], sides[2], sides[3]};
        int want = meets_by_cases(a, b, sides);
        met += want;
        assert_int_equal(geo_segment_meets_box((struct geo_point){a[0], a[1]},
                                               (struct geo_point){b[0], b[1]}, &box),
                         want);
    }
    assert_in_range(met, 20000, 180000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points_beside_a_line_by_a_hair),
        cmocka_unit_test(test_numbers_of_any_size_keep_the_laws),
        cmocka_unit_test(test_known_signs_that_rounding_loses),
        cmocka_unit_test(test_on_segment),
        cmocka_unit_test(test_segment_meets_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
