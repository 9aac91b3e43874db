#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/db/db_statements.h"

static struct db_statement use(struct db_statements *s, const char *sql)
{
    struct db_statement st;
    db_statements_use(s, sql, &st);
    return st;
}

static void test_is_prepared_when_it_comes_again(void **state)
{
    (void)state;
    struct db_statements *s = db_statements_create(4);
    struct db_statement first = use(s, "SELECT 1");
    assert_string_equal(first.name, "");
    assert_false(first.prepare);
    struct db_statement second = use(s, "SELECT 1");
    assert_true(second.prepare);
    assert_string_not_equal(second.name, "");
    struct db_statement third = use(s, "SELECT 1");
    assert_false(third.prepare);
    assert_string_equal(third.name, second.name);
    assert_string_equal(third.forget, "");
    db_statements_free(s);
}

/* Texts that differ in their last byte, or only in length, are different ones. */
static void test_texts_are_told_apart(void **state)
{
    (void)state;
    static const char *const texts[] = {"SELECT a, b FROM t", "SELECT a, b FROM u",
                                        "SELECT a, b FROM t WHERE true", "SELECT a,  b FROM t"};
    struct db_statements *s = db_statements_create(8);
    char names[4][DB_STATEMENT_NAME];
    for (int i = 0; i < 4; i++) {
        (void)use(s, texts[i]);
        struct db_statement st = use(s, texts[i]);
        assert_true(st.prepare);
        memcpy(names[i], st.name, sizeof(names[i]));
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(names[i], names[k]);
        }
    }
    db_statements_free(s);
}

static void test_the_oldest_gives_way(void **state)
{
    (void)state;
    struct db_statements *s = db_statements_create(2);
    char name[DB_STATEMENT_NAME];
    (void)use(s, "a");
    memcpy(name, use(s, "a").name, sizeof(name));
    (void)use(s, "b");
    (void)use(s, "b");
    (void)use(s, "a"); /* b is now the one not used for longest */
    struct db_statement c = use(s, "c");
    assert_string_not_equal(c.forget, "");
    assert_string_not_equal(c.forget, name);
    assert_false(use(s, "a").prepare);
    assert_string_equal(use(s, "a").name, name);
    /* One that never was prepared leaves nothing to forget. */
    assert_string_equal(use(s, "d").forget, "");
    db_statements_free(s);
}

static void test_many_texts_stay_bounded(void **state)
{
    (void)state;
    struct db_statements *s = db_statements_create(10);
    char sql[40];
    int live = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(sql, sizeof(sql), "SELECT %d", i);
        for (int k = 0; k < 2; k++) {
            struct db_statement st = use(s, sql);
            live += st.prepare ? 1 : 0;
            live -= st.forget[0] != '\0' ? 1 : 0;
            assert_true(live >= 0 && live <= 10);
        }
    }
    db_statements_free(s);
}

static void test_forgotten_ones_get_another_name(void **state)
{
    (void)state;
    struct db_statements *s = db_statements_create(4);
    (void)use(s, "a");
    struct db_statement before = use(s, "a");
    db_statements_forget(s, "a");
    db_statements_forget(s, "never seen");
    struct db_statement after = use(s, "a");
    assert_true(after.prepare);
    assert_string_not_equal(after.name, before.name);
    db_statements_reset(s); /* another connection: prepared at once, as it is known to come often */
    assert_true(use(s, "a").prepare);
    db_statements_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_prepared_when_it_comes_again),
        cmocka_unit_test(test_texts_are_told_apart),
        cmocka_unit_test(test_the_oldest_gives_way),
        cmocka_unit_test(test_many_texts_stay_bounded),
        cmocka_unit_test(test_forgotten_ones_get_another_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
