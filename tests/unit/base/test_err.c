#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/base/err.h"

static void set_fills_and_returns(void **state)
{
    (void)state;
    struct err e = {.status = STATUS_OK, .text = "old"};
    assert_int_equal(err_set(&e, STATUS_BUSY, "queue of %d full", 64), STATUS_BUSY);
    assert_int_equal(e.status, STATUS_BUSY);
    assert_string_equal(e.text, "queue of 64 full");
}

static void status_is_evaluated_once(void **state)
{
    (void)state;
    struct err e;
    int evaluated = 0;
    err_set(&e, evaluated++ == 0 ? STATUS_TIMEOUT : STATUS_OK, "late"); /* also as a statement */
    assert_int_equal(evaluated, 1);
    assert_int_equal(e.status, STATUS_TIMEOUT);
    assert_int_equal(err_set(NULL, evaluated++ == 1 ? STATUS_BUSY : STATUS_OK, "x"), STATUS_BUSY);
    assert_int_equal(evaluated, 2);
}

static void a_missing_err_drops_the_text(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, STATUS_IO, "gone"), STATUS_IO);
    assert_int_equal(err_wrap(NULL, "file"), STATUS_INTERNAL);
}

static void wrap_puts_context_before(void **state)
{
    (void)state;
    struct err e;
    (void)err_set(&e, STATUS_NOT_FOUND, "no such file");
    assert_int_equal(err_wrap(&e, "import %s", "a.csv"), STATUS_NOT_FOUND);
    assert_string_equal(e.text, "import a.csv: no such file");
    assert_int_equal(e.status, STATUS_NOT_FOUND);
}

static void its_own_text_may_be_an_argument(void **state)
{
    (void)state;
    struct err e;
    (void)err_set(&e, STATUS_IO, "disk full");
    (void)err_set(&e, STATUS_INTERNAL, "[%s] [%s]", e.text, e.text);
    assert_string_equal(e.text, "[disk full] [disk full]");
    (void)err_wrap(&e, "<%s>", e.text);
    assert_string_equal(e.text, "<[disk full] [disk full]>: [disk full] [disk full]");
}

static void text_is_one_line(void **state)
{
    (void)state;
    struct err e;
    (void)err_set(&e, STATUS_IO, "%s", "ERROR:  no\nDETAIL:\tnone\x7F\n\n");
    assert_string_equal(e.text, "ERROR:  no DETAIL: none");
}

/* A text whose characters of `size` bytes begin at every possible place around the cut. */
static void check_cut(const char *character, size_t size)
{
    struct err e;
    char text[600];
    for (size_t shift = 0; shift < size; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t i = 480 + shift; i + size < sizeof text; i += size) {
            memcpy(text + i, character, size);
        }
        text[sizeof text - 1] = '\0';
        (void)err_set(&e, STATUS_IO, "%s", text);
        size_t n = strlen(e.text);
        assert_in_range(n, sizeof e.text - size, sizeof e.text - 1);
        assert_int_equal((n - 480 - shift) % size, 0);
        assert_memory_equal(e.text, text, n);
    }
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    check_cut("\xC3\xA9", 2);
    check_cut("\xE1\xBA\xA1", 3);
    check_cut("\xF0\x9F\x9A\xA7", 4);
}

static void wrapping_a_full_text_keeps_the_context(void **state)
{
    (void)state;
    struct err e;
    char text[sizeof e.text];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)err_set(&e, STATUS_IO, "%s", text);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    (void)err_wrap(&e, "context");
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_memory_equal(e.text, "context: yyy", 12);
    (void)err_wrap(&e, "%s", text);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_memory_equal(e.text, text, sizeof text);
}

static void every_status_has_its_own_name(void **state)
{
    (void)state;
    const char *names[STATUS_INTERNAL + 1];
    for (int i = STATUS_OK; i <= STATUS_INTERNAL; i++) {
        names[i] = status_name((enum status)i);
        assert_string_not_equal(names[i], "unknown");
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(names[i], names[k]);
        }
    }
    assert_string_equal(names[STATUS_INVALID], "invalid");
    assert_string_equal(names[STATUS_BUSY], "busy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_and_returns),
        cmocka_unit_test(status_is_evaluated_once),
        cmocka_unit_test(a_missing_err_drops_the_text),
        cmocka_unit_test(wrap_puts_context_before),
        cmocka_unit_test(its_own_text_may_be_an_argument),
        cmocka_unit_test(text_is_one_line),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(wrapping_a_full_text_keeps_the_context),
        cmocka_unit_test(every_status_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
