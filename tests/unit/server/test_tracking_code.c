#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/intake/tracking_code.h"

static const unsigned char key[16] = "0123456789abcde";
static const char alphabet[] = "0123456789AEGHKNRTV";

#define MANY 20000

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, TRACKING_CODE_LENGTH);
}

static void codes_are_nine_characters_that_sound_different(void **state)
{
    (void)state;
    for (int64_t id = 1; id < MANY; id++) {
        char code[TRACKING_CODE_LENGTH + 1];
        tracking_code_make(key, id, code);
        assert_int_equal(strlen(code), TRACKING_CODE_LENGTH);
        assert_int_equal(strspn(code, alphabet), TRACKING_CODE_LENGTH);
    }
}

static void no_two_numbers_share_a_code(void **state)
{
    (void)state;
    char(*codes)[TRACKING_CODE_LENGTH] = malloc(sizeof(*codes) * MANY);
    assert_non_null(codes);
    for (int64_t i = 0; i < MANY; i++) {
        char code[TRACKING_CODE_LENGTH + 1];
        /* the first ones, and the last ones */
        tracking_code_make(key, i < MANY / 2 ? i + 1 : TRACKING_CODE_LIMIT - 1 - i, code);
        memcpy(codes[i], code, TRACKING_CODE_LENGTH);
    }
    qsort(codes, MANY, sizeof(*codes), by_text);
    for (size_t i = 1; i < MANY; i++) {
        assert_int_not_equal(memcmp(codes[i - 1], codes[i], TRACKING_CODE_LENGTH), 0);
    }
    free(codes);
}

static void neighbours_look_unrelated(void **state)
{
    (void)state;
    char before[TRACKING_CODE_LENGTH + 1];
    char code[TRACKING_CODE_LENGTH + 1];
    size_t same = 0;
    tracking_code_make(key, 1, before);
    for (int64_t id = 2; id < 5002; id++) {
        tracking_code_make(key, id, code);
        for (size_t i = 0; i < TRACKING_CODE_LENGTH; i++) {
            same += code[i] == before[i];
        }
        memcpy(before, code, sizeof(before));
    }
    /* By chance every nineteenth place is the same: 2,368 of 45,000. */
    assert_in_range(same, 2000, 2800);
}

static void another_key_gives_other_codes(void **state)
{
    (void)state;
    static const unsigned char other[16] = "0123456789abcdf";
    size_t same = 0;
    for (int64_t id = 1; id < 1000; id++) {
        char a[TRACKING_CODE_LENGTH + 1];
        char b[TRACKING_CODE_LENGTH + 1];
        tracking_code_make(key, id, a);
        tracking_code_make(other, id, b);
        same += strcmp(a, b) == 0;
    }
    assert_int_equal(same, 0);
}

static void the_same_number_has_the_same_code(void **state)
{
    (void)state;
    char a[TRACKING_CODE_LENGTH + 1];
    char b[TRACKING_CODE_LENGTH + 1];
    tracking_code_make(key, 123456789, a);
    tracking_code_make(key, 123456789, b);
    assert_string_equal(a, b);
}

static void a_code_is_read_however_it_is_written(void **state)
{
    (void)state;
    char code[TRACKING_CODE_LENGTH + 1];
    char read[TRACKING_CODE_LENGTH + 1];
    char spoken[32];
    tracking_code_make(key, 42, code);
    static const char *const forms[] = {"%.3s %.3s %.3s", "%.3s-%.3s-%.3s", "%.3s.%.3s.%.3s",
                                        " %.3s%.3s%.3s "};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(spoken, sizeof(spoken), forms[i], code, code + 3, code + 6);
#pragma GCC diagnostic pop
        for (char *c = spoken; i % 2 == 1 && *c != '\0'; c++) {
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
        }
        assert_true(tracking_code_read(str_of(spoken), read));
        assert_string_equal(read, code);
    }
}

static void every_single_mistake_is_caught(void **state)
{
    (void)state;
    for (int64_t id = 1; id < 200; id++) {
        char code[TRACKING_CODE_LENGTH + 1];
        char read[TRACKING_CODE_LENGTH + 1];
        tracking_code_make(key, id * 7919, code);
        for (size_t i = 0; i < TRACKING_CODE_LENGTH; i++) {
            char right = code[i];
            for (const char *c = alphabet; *c != '\0'; c++) {
                code[i] = *c;
                assert_int_equal(tracking_code_read(str_of(code), read), *c == right);
            }
            code[i] = right;
        }
    }
}

static void every_exchange_of_two_is_caught(void **state)
{
    (void)state;
    for (int64_t id = 1; id < 500; id++) {
        char code[TRACKING_CODE_LENGTH + 1];
        char read[TRACKING_CODE_LENGTH + 1];
        tracking_code_make(key, id * 104729, code);
        for (size_t i = 0; i < TRACKING_CODE_LENGTH; i++) {
            for (size_t j = i + 1; j < TRACKING_CODE_LENGTH; j++) {
                char a = code[i];
                char b = code[j];
                code[i] = b;
                code[j] = a;
                assert_int_equal(tracking_code_read(str_of(code), read), a == b);
                code[i] = a;
                code[j] = b;
            }
        }
    }
}

static void what_is_no_code_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",    " ",           "4K7",      "4K7R2V09", "4K7R2V09A0", "OIL000000", "000000000000",
        "ộộộ", "4K7/R2V/09A", "BDPSXCMUX"};
    char read[TRACKING_CODE_LENGTH + 1];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(tracking_code_read(str_of(texts[i]), read));
    }
    assert_false(tracking_code_read((struct str){"0000\0000", 9}, read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_nine_characters_that_sound_different),
        cmocka_unit_test(no_two_numbers_share_a_code),
        cmocka_unit_test(neighbours_look_unrelated),
        cmocka_unit_test(another_key_gives_other_codes),
        cmocka_unit_test(the_same_number_has_the_same_code),
        cmocka_unit_test(a_code_is_read_however_it_is_written),
        cmocka_unit_test(every_single_mistake_is_caught),
        cmocka_unit_test(every_exchange_of_two_is_caught),
        cmocka_unit_test(what_is_no_code_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
