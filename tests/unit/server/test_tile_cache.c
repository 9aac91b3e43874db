#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/tiles/tile_cache.h"

static struct tile_cache *create(size_t bytes_max)
{
    struct tile_cache *c = NULL;
    struct err e;
    assert_int_equal(tile_cache_create(bytes_max, &c, &e), STATUS_OK);
    return c;
}

static void assert_tile(struct tile_cache *c, const char *key, const char *expected)
{
    struct str bytes;
    if (expected == NULL) {
        assert_false(tile_cache_get(c, key, &bytes));
        return;
    }
    assert_true(tile_cache_get(c, key, &bytes));
    assert_int_equal(bytes.n, strlen(expected));
    assert_memory_equal(bytes.p, expected, bytes.n);
}

static void what_is_put_is_there(void **state)
{
    (void)state;
    struct tile_cache *c = create(1 << 20);
    char mine[] = "tile";
    assert_tile(c, "a", NULL);
    tile_cache_put(c, "a", str_of(mine));
    memset(mine, 'x', 4); /* it has a copy */
    assert_tile(c, "a", "tile");
    assert_tile(c, "b", NULL);
    tile_cache_put(c, "a", STR("newer"));
    assert_tile(c, "a", "newer");
    tile_cache_put(c, "empty", STR(""));
    assert_tile(c, "empty", "");
    assert_int_equal(tile_cache_stats(c).tiles, 2);
    tile_cache_destroy(c);
}

static void what_is_held_stays(void **state)
{
    (void)state;
    struct tile_cache *c = create(1 << 20);
    struct tile_kept *held = NULL;
    struct str bytes;
    assert_false(tile_cache_hold(c, "a", &bytes, &held));
    tile_cache_put(c, "a", STR("tile"));
    assert_true(tile_cache_hold(c, "a", &bytes, &held));
    tile_cache_put(c, "a", STR("newer"));
    assert_tile(c, "a", "newer");
    tile_cache_destroy(c);
    assert_memory_equal(bytes.p, "tile", 4);
    tile_kept_release(held);
}

static char *copy_of(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

static void what_is_given_is_held(void **state)
{
    (void)state;
    struct tile_cache *c = create(24); /* an eighth of which is less than the tile */
    struct tile_kept *held = tile_cache_give(c, "a", copy_of("tile"), 4);
    assert_non_null(held);
    assert_tile(c, "a", NULL);
    tile_kept_release(held);
    tile_cache_destroy(c);
    c = create(1 << 20);
    char *mine = copy_of("tile");
    held = tile_cache_give(c, "a", mine, 4);
    assert_non_null(held);
    assert_tile(c, "a", "tile");
    struct tile_kept *newer = tile_cache_give(c, "a", copy_of("newer"), 5);
    assert_non_null(newer);
    tile_kept_release(newer);
    assert_tile(c, "a", "newer");
    assert_memory_equal(mine, "tile", 4);
    tile_kept_release(held);
    assert_int_equal(tile_cache_stats(c).tiles, 1);
    tile_cache_destroy(c);
}

static void the_least_recently_used_go_first(void **state)
{
    (void)state;
    struct tile_cache *c = create((size_t)64 << 10);
    static char big[8 << 10];
    char key[16];
    for (int i = 0; i < 200; i++) {
        struct str bytes;
        snprintf(key, sizeof(key), "%d", i);
        tile_cache_put(c, key, (struct str){big, sizeof(big)});
        assert_true(i == 0 || tile_cache_get(c, "0", &bytes)); /* used all the time */
        assert_true(tile_cache_stats(c).bytes <= (size_t)64 << 10);
    }
    assert_tile(c, "1", NULL);
    assert_true(tile_cache_stats(c).tiles >= 4);
    tile_cache_destroy(c);
}

static void what_is_too_large_is_not_kept(void **state)
{
    (void)state;
    struct tile_cache *c = create(4096);
    static char big[8192];
    tile_cache_put(c, "small", STR("s"));
    tile_cache_put(c, "big", (struct str){big, sizeof(big)});
    assert_tile(c, "big", NULL);
    assert_true(tile_cache_stats(c).bytes <= 4096);
    tile_cache_destroy(c);
}

struct told {
    int calls;
    enum status status;
    char text[16];
};

static void on_tile(void *arg, enum status status, struct str bytes)
{
    struct told *t = arg;
    t->calls++;
    t->status = status;
    snprintf(t->text, sizeof(t->text), "%.*s", (int)bytes.n, bytes.p);
}

static void who_asks_for_the_same_shares_the_work(void **state)
{
    (void)state;
    struct tile_cache *c = create(1 << 20);
    struct told first = {0};
    struct told second = {0};
    struct told third = {0};
    struct told other = {0};
    assert_false(tile_cache_wait(c, "a", on_tile, &first)); /* is to make it */
    assert_true(tile_cache_wait(c, "a", on_tile, &second));
    assert_true(tile_cache_wait(c, "a", on_tile, &third));
    assert_false(tile_cache_wait(c, "b", on_tile, &other));
    tile_cache_done(c, "a", STATUS_OK, STR("made"));
    assert_int_equal(first.calls, 0); /* it knows by itself */
    assert_int_equal(second.calls, 1);
    assert_string_equal(second.text, "made");
    assert_int_equal(third.calls, 1);
    assert_int_equal(tile_cache_stats(c).joined, 2);
    tile_cache_done(c, "b", STATUS_OK, STR(""));
    assert_int_equal(other.calls, 0);
    /* Done: the next one makes it anew. */
    assert_false(tile_cache_wait(c, "a", on_tile, &first));
    tile_cache_done(c, "a", STATUS_OK, STR(""));
    tile_cache_destroy(c);
}

static void a_failure_is_told_to_all(void **state)
{
    (void)state;
    struct tile_cache *c = create(1 << 20);
    struct told told[20] = {{0}};
    assert_false(tile_cache_wait(c, "a", on_tile, &told[0]));
    for (int i = 1; i < 20; i++) {
        assert_true(tile_cache_wait(c, "a", on_tile, &told[i]));
    }
    tile_cache_done(c, "a", STATUS_TIMEOUT, STR(""));
    for (int i = 1; i < 20; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].status, STATUS_TIMEOUT);
    }
    assert_tile(c, "a", NULL);
    tile_cache_destroy(c);
}

static void hits_and_misses_are_counted(void **state)
{
    (void)state;
    struct tile_cache *c = create(1 << 20);
    assert_tile(c, "a", NULL);
    tile_cache_put(c, "a", STR("x"));
    assert_tile(c, "a", "x");
    assert_tile(c, "a", "x");
    struct tile_cache_stats s = tile_cache_stats(c);
    assert_int_equal(s.hits, 2);
    assert_int_equal(s.misses, 1);
    assert_int_equal(s.tiles, 1);
    tile_cache_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_there),
        cmocka_unit_test(what_is_held_stays),
        cmocka_unit_test(what_is_given_is_held),
        cmocka_unit_test(the_least_recently_used_go_first),
        cmocka_unit_test(what_is_too_large_is_not_kept),
        cmocka_unit_test(who_asks_for_the_same_shares_the_work),
        cmocka_unit_test(a_failure_is_told_to_all),
        cmocka_unit_test(hits_and_misses_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
