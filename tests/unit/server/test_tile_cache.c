#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/tiles/tile_cache.h"

static struct tile_cache *make(size_t bytes)
{
    struct tile_cache *c = NULL;
    struct err e;
    assert_int_equal(tile_cache_create(bytes, &c, &e), STATUS_OK);
    return c;
}

static void what_was_put_is_found_again(void **state)
{
    struct tile_cache *c = make(100000);
    struct str bytes;
    (void)state;
    assert_false(tile_cache_get(c, "a", &bytes));
    tile_cache_put(c, "a", STR("one"));
    tile_cache_put(c, "b", STR(""));
    tile_cache_put(c, "a", STR("two"));
    assert_true(tile_cache_get(c, "a", &bytes));
    assert_true(str_equal(bytes, STR("two")));
    assert_true(tile_cache_get(c, "b", &bytes));
    assert_int_equal(bytes.n, 0);
    assert_int_equal(tile_cache_stats(c).tiles, 2);
    tile_cache_destroy(c);
}

static void the_least_recently_used_go_first(void **state)
{
    char tile[1000];
    struct tile_cache *c = make(20 * sizeof(tile));
    struct str bytes;
    (void)state;
    memset(tile, 'x', sizeof(tile));
    for (int i = 0; i < 200; i++) {
        char key[16];
        snprintf(key, sizeof(key), "%d", i);
        tile_cache_put(c, key, (struct str){tile, sizeof(tile)});
        assert_true(tile_cache_get(c, "0", &bytes)); /* always in use */
        assert_true(tile_cache_stats(c).bytes <= 20 * sizeof(tile));
    }
    assert_false(tile_cache_get(c, "1", &bytes));
    assert_true(tile_cache_get(c, "199", &bytes));
    tile_cache_destroy(c);
}

static void a_tile_too_large_is_not_kept(void **state)
{
    static char tile[8192];
    struct tile_cache *c = make(16384);
    struct str bytes;
    (void)state;
    tile_cache_put(c, "a", (struct str){tile, sizeof(tile)});
    assert_false(tile_cache_get(c, "a", &bytes));
    assert_int_equal(tile_cache_stats(c).bytes, 0);
    tile_cache_destroy(c);
}

struct told {
    int times;
    enum status status;
    size_t n;
};

static void on_told(void *arg, enum status status, struct str bytes)
{
    struct told *told = arg;
    told->times++;
    told->status = status;
    told->n = bytes.n;
}

static void identical_requests_are_made_once(void **state)
{
    struct tile_cache *c = make(1000);
    struct told first = {0};
    struct told second = {0};
    (void)state;
    assert_false(tile_cache_wait(c, "k", on_told, &first)); /* this one makes it */
    assert_true(tile_cache_wait(c, "k", on_told, &first));
    assert_true(tile_cache_wait(c, "k", on_told, &second));
    assert_false(tile_cache_wait(c, "other", on_told, &second));
    tile_cache_done(c, "k", STATUS_OK, STR("four"));
    assert_int_equal(first.times, 1);
    assert_int_equal(second.times, 1);
    assert_int_equal(second.n, 4);
    assert_false(tile_cache_wait(c, "k", on_told, &first)); /* a new round */
    assert_true(tile_cache_wait(c, "k", on_told, &first));
    tile_cache_done(c, "k", STATUS_TIMEOUT, STR(""));
    assert_int_equal(first.times, 2);
    assert_int_equal(first.status, STATUS_TIMEOUT);
    tile_cache_done(c, "other", STATUS_OK, STR(""));
    tile_cache_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_again),
        cmocka_unit_test(the_least_recently_used_go_first),
        cmocka_unit_test(a_tile_too_large_is_not_kept),
        cmocka_unit_test(identical_requests_are_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
