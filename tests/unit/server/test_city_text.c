/* Texts of imported files: cleaning, codes from names, numbers, coordinates. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/city/city_text.h"

static void slug_is(const char *name, size_t max, const char *expected)
{
    char slug[128];
    size_t n = city_text_slug(str_of(name), max, slug);
    assert_string_equal(slug, expected);
    assert_int_equal(n, strlen(expected));
}

static void slugs_are_folded_and_joined(void **state)
{
    (void)state;
    slug_is("Phường 12", 64, "phuong-12");
    slug_is("  Đặc khu – Côn Đảo ", 64, "dac-khu-con-dao");
    slug_is("Ðường (số) 1", 64, "duong-so-1"); /* U+00D0 for Đ */
    slug_is("11 BROOKLYN", 64, "11-brooklyn");
    slug_is("", 64, "");
    slug_is("---", 64, "");
}

static void slugs_are_cut_without_a_dash_at_the_end(void **state)
{
    (void)state;
    slug_is("abc def", 5, "abc-d");
    slug_is("abc def", 4, "abc");
    slug_is("abc def", 3, "abc");
    slug_is("abc def", 0, "");
}

static void equal_names_in_other_unicode_give_equal_slugs(void **state)
{
    (void)state;
    char composed[65];
    char decomposed[65];
    (void)city_text_slug(str_of("Hòa Hưng"), 64, composed);
    (void)city_text_slug(str_of("Ho\xcc\x80"
                                "a Hu\xcc\x9bng"),
                         64, decomposed);
    assert_string_equal(composed, decomposed);
}

static void texts_are_trimmed_composed_and_checked(void **state)
{
    (void)state;
    struct arena *arena = arena_create(65536);
    assert_non_null(arena);
    assert_string_equal(city_text_clean(arena, STR("  Quận 1 ")), "Quận 1");
    assert_string_equal(city_text_clean(arena, STR("")), "");
    assert_string_equal(city_text_clean(arena, STR("e\xcc\x81")), "\xc3\xa9");
    assert_null(city_text_clean(arena, STR("a\xff"
                                           "b")));
    assert_null(city_text_clean(arena, STR("a\x01"
                                           "b")));
    assert_null(city_text_clean(arena, (struct str){"a\0b", 3}));
    arena_destroy(arena);
}

static void numbers_are_whole_fields(void **state)
{
    (void)state;
    double value = 7;
    assert_true(city_text_number(STR(" 106.5 "), &value));
    assert_true(fabs(value - 106.5) < 1e-12);
    static const char *const wrong[] = {"", " ", "1x", "nan", "inf", "1e999", "1,5", "--1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        value = 7;
        assert_false(city_text_number(str_of(wrong[i]), &value));
        assert_true(value > 6.9 && value < 7.1); /* untouched */
    }
}

static void points_lie_on_earth(void **state)
{
    (void)state;
    struct geo_point point = {0, 0};
    assert_true(city_text_point(STR("106.7"), STR("10.8"), &point));
    assert_true(fabs(point.lon - 106.7) < 1e-12 && fabs(point.lat - 10.8) < 1e-12);
    assert_true(city_text_point(STR("-180"), STR("90"), &point));
    assert_false(city_text_point(STR("10.8"), STR("106.7"), &point)); /* swapped */
    assert_false(city_text_point(STR("180.1"), STR("0"), &point));
    assert_false(city_text_point(STR(""), STR("10"), &point));
    assert_false(city_text_point(STR("106.7"), STR(""), &point));
}

static void dates_are_real_days(void **state)
{
    (void)state;
    assert_true(city_text_is_date("2025-07-01"));
    assert_true(city_text_is_date("2024-02-29"));
    assert_false(city_text_is_date("2025-02-29"));
    assert_false(city_text_is_date("2025-7-1"));
    assert_false(city_text_is_date("01/07/2025"));
    assert_false(city_text_is_date(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slugs_are_folded_and_joined),
        cmocka_unit_test(slugs_are_cut_without_a_dash_at_the_end),
        cmocka_unit_test(equal_names_in_other_unicode_give_equal_slugs),
        cmocka_unit_test(texts_are_trimmed_composed_and_checked),
        cmocka_unit_test(numbers_are_whole_fields),
        cmocka_unit_test(points_lie_on_earth),
        cmocka_unit_test(dates_are_real_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
