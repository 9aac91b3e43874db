#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include <cmocka.h>

#include "server/base/utf8.h"

/* What the standard's table of well-formed sequences (Unicode 15, table 3-7) says, written apart
 * from the code under test. */
static bool table_allows(const unsigned char *p, size_t n)
{
    static const unsigned char rows[][6] = {
        /* first byte from, to; second from, to; length */
        {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const unsigned char *row = rows[i];
        if (n != row[4] || p[0] < row[0] || p[0] > row[1]) {
            continue;
        }
        bool ok = n < 2 || (p[1] >= row[2] && p[1] <= row[3]);
        for (size_t k = 2; k < n; k++) {
            ok = ok && p[k] >= 0x80 && p[k] <= 0xBF;
        }
        return ok;
    }
    return false;
}

static bool valid(const void *bytes, size_t n)
{
    return utf8_valid((struct str){bytes, n});
}

/* Every two bytes, followed by the edges of a third and a fourth, against the
 * table: a string is valid if it can be cut into allowed pieces. */
static bool table_allows_string(const unsigned char *p, size_t n)
{
    while (n > 0) {
        size_t taken = 0;
        for (size_t length = 1; length <= 4 && length <= n && taken == 0; length++) {
            taken = table_allows(p, length) ? length : 0;
        }
        if (taken == 0) {
            return false;
        }
        p += taken;
        n -= taken;
    }
    return true;
}

static void validity_agrees_with_the_table(void **state)
{
    (void)state;
    static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0xBF,
                                          0xC0, 0xC2, 0xE0, 0xF0, 0xFF};
    enum { EDGES = sizeof edges };
    size_t wrong = 0;
    for (uint32_t v = 0; v < 1U << 16U; v++) {
        for (size_t k = 0; k < (size_t)EDGES * EDGES; k++) {
            unsigned char p[4] = {(unsigned char)(v >> 8U), (unsigned char)v, edges[k % EDGES],
                                  edges[k / EDGES]};
            for (size_t n = k == 0 ? 1 : k < EDGES ? 3 : 4; n <= 4; n++) {
                wrong += valid(p, n) != table_allows_string(p, n);
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void validity_holds_in_long_texts(void **state)
{
    (void)state;
    assert_true(valid("", 0));
    char text[64];
    for (size_t n = 1; n < sizeof text; n++) {
        memset(text, 'a', n);
        assert_true(valid(text, n));
        for (size_t at = 0; at < n; at++) {
            text[at] = '\xFF';
            assert_false(valid(text, n));
            text[at] = '\xC3'; /* half a character */
            assert_false(valid(text, n));
            text[at] = 'a';
        }
    }
    assert_true(utf8_valid(STR("Đường Nguyễn Thị Minh Khai, phường Bến Thành")));
    assert_false(utf8_valid(STR("Đường Nguy\xE1\xBB n")));
}

static void code_points_are_counted(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(STR("")), 0);
    assert_int_equal(utf8_count(STR("Gò Vấp")), 6);
    assert_int_equal(utf8_count(STR("\xF0\x9F\x9A\xA7!")), 2);
}

static void prefix_cuts_between_code_points(void **state)
{
    (void)state;
    struct str s = STR("Vấp\xF0\x9F\x9A\xA7");
    assert_int_equal(utf8_prefix(s, 0).n, 0);
    assert_int_equal(utf8_prefix(s, 1).n, 1);
    assert_int_equal(utf8_prefix(s, 2).n, 4);
    assert_int_equal(utf8_prefix(s, 3).n, 5);
    assert_int_equal(utf8_prefix(s, 4).n, 9);
    assert_int_equal(utf8_prefix(s, SIZE_MAX).n, 9);
    assert_ptr_equal(utf8_prefix(s, 2).p, s.p);
}

static void control_characters_are_found(void **state)
{
    (void)state;
    for (int c = 0; c < 128; c++) {
        char text[3] = {'a', (char)c, 'b'};
        bool control = (c < 32 && c != '\t' && c != '\n' && c != '\r') || c == 127;
        assert_int_equal(utf8_has_control((struct str){text, 3}), control);
    }
    assert_true(utf8_has_control(STR("a\xC2\x80")));
    assert_true(utf8_has_control(STR("a\xC2\x9F")));
    assert_false(utf8_has_control(STR("a\xC2\xA0")));
    assert_false(utf8_has_control(STR("Đường số 10, ấp 3")));
}

static void assert_nfc(const char *text, const char *expected)
{
    char *nfc = utf8_nfc(str_of(text));
    assert_non_null(nfc);
    assert_string_equal(nfc, expected);
    free(nfc);
}

static void texts_are_composed(void **state)
{
    (void)state;
    assert_nfc("", "");
    assert_nfc("plain", "plain");
    assert_nfc("Go\xCC\x80 Va\xCC\x82\xCC\x81p", "Gò Vấp");
    assert_nfc("a\xCC\xA3\xCC\x82", "ậ"); /* marks in either order */
    assert_nfc("a\xCC\x82\xCC\xA3", "ậ");
    assert_nfc("Gò Vấp", "Gò Vấp");
    assert_nfc("\xE2\x84\xAB", "\xC3\x85");                 /* the angstrom sign */
    assert_nfc("\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80"); /* Hangul */
    assert_null(utf8_nfc(STR("a\xFF")));
    assert_null(utf8_nfc(STR("ạ\xC3")));
    assert_null(utf8_nfc(STR("e\xCC\x81\xED\xA0\x80")));
}

static void the_short_way_agrees_with_the_library(void **state)
{
    (void)state;
    size_t seen = 0;
    for (utf8proc_int32_t code = 1; code < 0x30000; code++) { /* nothing composes beyond */
        utf8proc_uint8_t text[16] = "a";
        if (!utf8proc_codepoint_valid(code)) {
            continue;
        }
        utf8proc_ssize_t n = utf8proc_encode_char(code, text + 1);
        text[1 + n] = '\0';
        utf8proc_uint8_t *expected = utf8proc_NFC(text);
        char *got = utf8_nfc((struct str){(const char *)text, (size_t)n + 1});
        assert_string_equal(got, (const char *)expected);
        free(got);
        free(expected);
        seen++;
    }
    assert_int_equal(seen, 0x2FFFF - 2048); /* all but NUL and the surrogates */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity_agrees_with_the_table),
        cmocka_unit_test(validity_holds_in_long_texts),
        cmocka_unit_test(code_points_are_counted),
        cmocka_unit_test(prefix_cuts_between_code_points),
        cmocka_unit_test(control_characters_are_found),
        cmocka_unit_test(texts_are_composed),
        cmocka_unit_test(the_short_way_agrees_with_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
