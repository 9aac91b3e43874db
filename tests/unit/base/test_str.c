#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/base/str.h"

static void assert_str(struct str s, const char *expected)
{
    if (!str_equal_z(s, expected)) {
        fail_msg("got '%.*s', expected '%s'", (int)s.n, s.p, expected);
    }
}

static void slices_compare_by_bytes(void **state)
{
    (void)state;
    assert_true(str_equal(STR("ward"), str_of("ward")));
    assert_false(str_equal(STR("ward"), STR("wards")));
    assert_false(str_equal(STR("ward"), STR("warm")));
    assert_true(str_equal(STR("a\0b"), ((struct str){"a\0b", 3})));
    assert_false(str_equal(STR("a\0b"), STR("a\0c")));
    assert_int_equal(str_of(NULL).n, 0);
    assert_true(str_equal(str_of(NULL), (struct str){NULL, 0}));
    assert_false(str_equal_z((struct str){"abc", 2}, "abc"));
}

static void trim_takes_white_space_off_both_ends(void **state)
{
    (void)state;
    assert_str(str_trim(STR(" \t\r\n\v\f a b \n")), "a b");
    assert_str(str_trim(STR("a")), "a");
    assert_str(str_trim(STR("   ")), "");
    assert_str(str_trim(STR("")), "");
    assert_str(str_trim(STR("\xC2\xA0x")), "\xC2\xA0x"); /* not ASCII */
}

static void cut_walks_a_list(void **state)
{
    (void)state;
    struct str rest = STR("a,,bc");
    assert_str(str_cut(&rest, ','), "a");
    assert_str(str_cut(&rest, ','), "");
    assert_str(rest, "bc");
    assert_str(str_cut(&rest, ','), "bc");
    assert_int_equal(rest.n, 0);
    assert_str(str_cut(&rest, ','), "");
    rest = STR("end,");
    assert_str(str_cut(&rest, ','), "end");
    assert_int_equal(rest.n, 0);
    rest = (struct str){"x;y", 1}; /* the separator lies behind the slice */
    assert_str(str_cut(&rest, ';'), "x");
    assert_int_equal(rest.n, 0);
}

static void buffer_starts_as_an_empty_text(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 10);
    assert_string_equal(b.p, "");
    strbuf_append(&b, "", 0);
    strbuf_append_z(&b, "");
    strbuf_printf(&b, "%s", "");
    assert_string_equal(b.p, "");
    assert_false(b.failed);
    strbuf_reset(&b);
    strbuf_free(&b);
    assert_string_equal(b.p, "");
}

static void buffer_holds_what_was_appended(void **state)
{
    (void)state;
    struct strbuf b;
    struct strbuf expected;
    strbuf_init(&b, 1 << 20);
    strbuf_init(&expected, 1 << 20);
    for (int i = 0; i < 5000; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "%d;x", i);
        strbuf_append(&expected, text, (size_t)n);
        strbuf_printf(&b, "%d", i);
        strbuf_append_char(&b, ';');
        strbuf_append_z(&b, "x");
        assert_int_equal(b.n, expected.n);
        assert_int_equal(b.p[b.n], '\0');
        assert_true(b.n < b.cap);
    }
    assert_memory_equal(b.p, expected.p, b.n + 1);
    assert_int_equal(strlen(b.p), b.n);
    strbuf_reset(&b);
    assert_string_equal(b.p, "");
    strbuf_append_z(&b, "again");
    assert_string_equal(b.p, "again");
    strbuf_free(&b);
    strbuf_free(&expected);
}

static void buffer_refuses_more_than_max(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct strbuf b;
        strbuf_init(&b, 100);
        for (int i = 0; i < 99; i++) {
            strbuf_append_char(&b, 'a');
        }
        strbuf_append_z(&b, "z"); /* exactly full */
        assert_false(b.failed);
        assert_int_equal(b.n, 100);
        switch (way) {
        case 0:
            strbuf_append_char(&b, 'x');
            break;
        case 1:
            strbuf_append(&b, "xy", 2);
            break;
        case 2:
            strbuf_append_z(&b, "xyz");
            break;
        default:
            strbuf_printf(&b, "%s", "xyzw");
            break;
        }
        assert_true(b.failed);
        assert_int_equal(b.n, 100);
        assert_int_equal(strlen(b.p), 100);
        assert_int_equal(b.p[99], 'z');
        assert_null(strbuf_take(&b));
        assert_string_equal(b.p, "");
        assert_false(b.failed);
        strbuf_append_z(&b, "new");
        assert_string_equal(b.p, "new");
        strbuf_free(&b);
    }
}

static void failed_buffer_ignores_what_would_fit(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 8);
    strbuf_append_z(&b, "1234");
    strbuf_append_z(&b, "56789");
    strbuf_append_z(&b, "5");
    strbuf_append_char(&b, '5');
    strbuf_printf(&b, "5");
    assert_string_equal(b.p, "1234");
    assert_true(b.failed);
    strbuf_reset(&b);
    assert_false(b.failed);
    strbuf_append_z(&b, "12345678");
    assert_string_equal(b.p, "12345678");
    strbuf_free(&b);
}

static void printf_counts_against_max_even_with_room(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 1000);
    strbuf_append_z(&b, "1234"); /* allocates more than 8 bytes */
    b.max = 8;
    strbuf_printf(&b, "%s", "56789");
    assert_true(b.failed);
    assert_string_equal(b.p, "1234");
    strbuf_free(&b);
}

static void take_hands_the_bytes_over(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 100);
    strbuf_append(&b, "a\0b", 3);
    char *taken = strbuf_take(&b);
    assert_memory_equal(taken, "a\0b", 4);
    free(taken);
    assert_string_equal(b.p, "");
    taken = strbuf_take(&b); /* of nothing */
    assert_string_equal(taken, "");
    free(taken);
    strbuf_free(&b);
}

static void arrays_grow_and_keep_their_elements(void **state)
{
    (void)state;
    uint32_t *a = NULL;
    size_t cap = 0;
    size_t moves = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        size_t before = cap;
        a = array_grow(a, &cap, i + 1, sizeof *a);
        assert_non_null(a);
        assert_true(cap > i);
        moves += cap != before;
        a[i] = i;
    }
    assert_in_range(moves, 5, 15); /* doubling, not one by one */
    for (uint32_t i = 0; i < 10000; i++) {
        assert_int_equal(a[i], i);
    }
    size_t before = cap;
    assert_null(array_grow(a, &cap, SIZE_MAX / 2, sizeof *a));
    assert_null(array_grow(a, &cap, SIZE_MAX, sizeof *a));
    assert_int_equal(cap, before);
    assert_int_equal(a[9999], 9999);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_by_bytes),
        cmocka_unit_test(trim_takes_white_space_off_both_ends),
        cmocka_unit_test(cut_walks_a_list),
        cmocka_unit_test(buffer_starts_as_an_empty_text),
        cmocka_unit_test(buffer_holds_what_was_appended),
        cmocka_unit_test(buffer_refuses_more_than_max),
        cmocka_unit_test(failed_buffer_ignores_what_would_fit),
        cmocka_unit_test(printf_counts_against_max_even_with_room),
        cmocka_unit_test(take_hands_the_bytes_over),
        cmocka_unit_test(arrays_grow_and_keep_their_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
