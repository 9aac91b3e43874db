#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/base/arena.h"

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    struct arena *a = arena_create(10 << 20);
    unsigned char *p[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        p[i] = arena_alloc(a, i % 97);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
        memset(p[i], (int)(i & 0xFF), i % 97);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < i % 97; k++) {
            assert_int_equal(p[i][k], i & 0xFF);
        }
    }
    assert_ptr_not_equal(p[0], p[97]); /* two of nothing */
    arena_destroy(a);
    arena_destroy(NULL);
}

static void ceiling_is_kept_for_small_and_large(void **state)
{
    (void)state;
    const size_t max = 100000;
    struct arena *a = arena_create(max);
    size_t got = 0;
    while (arena_alloc(a, 100)) {
        got += 100;
        assert_true(got <= max);
    }
    assert_true(got > max * 3 / 4);
    arena_clear(a);
    assert_null(arena_alloc(a, max + 1));
    assert_null(arena_alloc(a, SIZE_MAX));
    assert_non_null(arena_alloc(a, max - 8192)); /* beside the first chunk */
    arena_destroy(a);
    a = arena_create(64);
    assert_non_null(arena_alloc(a, 64));
    assert_null(arena_alloc(a, 1));
    assert_null(arena_strdup(a, ""));
    arena_destroy(a);
}

static void clear_makes_room_again(void **state)
{
    (void)state;
    struct arena *a = arena_create(1 << 20);
    void *first = arena_alloc(a, 10);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 9; i++) {
            assert_non_null(arena_alloc(a, 100000));
        }
        arena_clear(a);
        assert_ptr_equal(arena_alloc(a, 10), first);
    }
    arena_destroy(a);
}

static void calloc_zeroes_and_minds_overflow(void **state)
{
    (void)state;
    struct arena *a = arena_create(1 << 20);
    memset(arena_alloc(a, 4000), 0xAA, 4000);
    arena_clear(a);
    unsigned char *p = arena_calloc(a, 100, 40);
    for (size_t i = 0; i < 4000; i++) {
        assert_int_equal(p[i], 0);
    }
    assert_null(arena_calloc(a, SIZE_MAX / 2 + 1, 2));
    assert_null(arena_calloc(a, SIZE_MAX / 8, 9));
    assert_non_null(arena_calloc(a, 0, 0));
    arena_destroy(a);
}

static void texts_are_copied(void **state)
{
    (void)state;
    struct arena *a = arena_create(1 << 20);
    char source[] = "Quang Trung";
    char *copy = arena_strdup(a, source);
    char *part = arena_strndup(a, source, 5);
    char *empty = arena_strndup(a, NULL, 0);
    source[0] = 'X';
    assert_string_equal(copy, "Quang Trung");
    assert_string_equal(part, "Quang");
    assert_string_equal(empty, "");
    assert_string_equal(arena_printf(a, "%s/%d", part, 13), "Quang/13");
    assert_null(arena_strndup(a, source, SIZE_MAX));
    assert_null(arena_printf(a, "%2000000d", 1));
    arena_destroy(a);
}

#ifdef __SANITIZE_ADDRESS__
/* Whether writing to p[at] ends a child process, as AddressSanitizer makes it do. */
static int write_is_caught(unsigned char *p, size_t at)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        *(volatile unsigned char *)(p + at) = 1;
        _exit(0);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    return !(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static void overruns_are_caught(void **state)
{
    (void)state;
    struct arena *a = arena_create(1 << 20);
    unsigned char *p = arena_alloc(a, 20);
    assert_false(write_is_caught(p, 19));
    assert_true(write_is_caught(p, 20));
    arena_clear(a);
    assert_true(write_is_caught(p, 0));
    arena_destroy(a);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(ceiling_is_kept_for_small_and_large),
        cmocka_unit_test(clear_makes_room_again),
        cmocka_unit_test(calloc_zeroes_and_minds_overflow),
        cmocka_unit_test(texts_are_copied),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test(overruns_are_caught),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
