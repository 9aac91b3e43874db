#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/base/code_table.h"

#define CODES 3000

static int32_t first_of(const struct code_table *t, const char *code)
{
    size_t at = 0;
    return code_table_find(t, str_of(code), &at);
}

static void every_code_has_its_number(void **state)
{
    static char codes[CODES][16];
    struct arena *arena = arena_create((size_t)1 << 20);
    struct code_table t;
    (void)state;
    assert_non_null(arena);
    assert_true(code_table_init(&t, arena, CODES));
    for (int i = 0; i < CODES; i++) {
        snprintf(codes[i], sizeof(codes[i]), "code-%d", i);
        code_table_add(&t, codes[i], i);
    }
    for (int i = 0; i < CODES; i++) {
        assert_int_equal(first_of(&t, codes[i]), i);
    }
    assert_int_equal(first_of(&t, "code-"), -1);
    assert_int_equal(first_of(&t, "code-3000"), -1);
    assert_int_equal(first_of(&t, ""), -1);
    arena_destroy(arena);
}

static void a_code_may_have_several_numbers(void **state)
{
    struct arena *arena = arena_create((size_t)1 << 16);
    struct code_table t;
    size_t at = 0;
    (void)state;
    assert_non_null(arena);
    assert_true(code_table_init(&t, arena, 4));
    code_table_add(&t, "a", 7);
    code_table_add(&t, "b", 8);
    code_table_add(&t, "a", 9);
    code_table_add(&t, "a", 3);
    assert_int_equal(code_table_find(&t, STR("a"), &at), 7);
    assert_int_equal(code_table_find(&t, STR("a"), &at), 9);
    assert_int_equal(code_table_find(&t, STR("a"), &at), 3);
    assert_int_equal(code_table_find(&t, STR("a"), &at), -1);
    assert_int_equal(first_of(&t, "b"), 8);
    arena_destroy(arena);
}

static void an_empty_one_has_nothing(void **state)
{
    struct arena *arena = arena_create((size_t)1 << 16);
    struct code_table none = {0};
    struct code_table t;
    (void)state;
    assert_non_null(arena);
    assert_true(code_table_init(&t, arena, 0));
    assert_int_equal(first_of(&t, "a"), -1);
    assert_int_equal(first_of(&none, "a"), -1);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_number),
        cmocka_unit_test(a_code_may_have_several_numbers),
        cmocka_unit_test(an_empty_one_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
