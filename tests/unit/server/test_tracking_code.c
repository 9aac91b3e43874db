#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/intake/tracking_code.h"

static const unsigned char key[16] = "0123456789abcdef";

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, TRACKING_CODE_LENGTH + 1);
}

static void codes_never_collide_and_do_not_follow_one_another(void **state)
{
    enum { N = 50000 };
    static char codes[N][TRACKING_CODE_LENGTH + 1];
    size_t near = 0;
    (void)state;
    for (int i = 0; i < N; i++) {
        tracking_code_make(key, i + 1, codes[i]);
        near += i > 0 && memcmp(codes[i], codes[i - 1], 3) == 0;
    }
    assert_true(near < N / 1000); /* 19^3 = 6,859 starts: neighbours share one by chance only */
    qsort(codes, N, sizeof(codes[0]), compare);
    for (int i = 1; i < N; i++) {
        assert_string_not_equal(codes[i - 1], codes[i]);
    }
}

static void another_key_gives_other_codes(void **state)
{
    unsigned char other[16];
    char a[TRACKING_CODE_LENGTH + 1];
    char b[TRACKING_CODE_LENGTH + 1];
    (void)state;
    memcpy(other, key, sizeof(other));
    other[15] ^= 1;
    tracking_code_make(key, 12345, a);
    tracking_code_make(other, 12345, b);
    assert_string_not_equal(a, b);
}

static void people_may_type_it_as_they_like(void **state)
{
    char code[TRACKING_CODE_LENGTH + 1];
    char typed[40];
    char read[TRACKING_CODE_LENGTH + 1];
    (void)state;
    tracking_code_make(key, TRACKING_CODE_LIMIT - 1, code);
    snprintf(typed, sizeof(typed), " %.3s-%.3s.%.3s ", code, code + 3, code + 6);
    for (char *c = typed; *c != '\0'; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    }
    assert_true(tracking_code_read(str_of(typed), read));
    assert_string_equal(read, code);
}

static void every_wrong_character_and_every_swap_is_noticed(void **state)
{
    static const char alphabet[] = "0123456789AEGHKNRTV";
    char code[TRACKING_CODE_LENGTH + 1];
    char read[TRACKING_CODE_LENGTH + 1];
    (void)state;
    for (int64_t id = 1; id < 400; id += 7) {
        tracking_code_make(key, id, code);
        for (int i = 0; i < TRACKING_CODE_LENGTH; i++) {
            char was = code[i];
            for (const char *c = alphabet; *c != '\0'; c++) {
                code[i] = *c;
                assert_int_equal(tracking_code_read(str_of(code), read), *c == was);
            }
            code[i] = was;
            for (int j = i + 1; j < TRACKING_CODE_LENGTH; j++) {
                if (code[i] != code[j]) {
                    char swapped[TRACKING_CODE_LENGTH + 1];
                    memcpy(swapped, code, sizeof(swapped));
                    swapped[i] = code[j];
                    swapped[j] = code[i];
                    assert_false(tracking_code_read(str_of(swapped), read));
                }
            }
        }
    }
}

static void what_is_no_code_is_refused(void **state)
{
    static const char *const texts[] = {"", "1", "0123456789", "OIL-OIL-OIL", "K7R20V9AHH"};
    char read[TRACKING_CODE_LENGTH + 1] = "before";
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(tracking_code_read(str_of(texts[i]), read));
    }
    assert_false(tracking_code_read((struct str){"01234\0678", 9}, read));
    assert_string_equal(read, "before");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_never_collide_and_do_not_follow_one_another),
        cmocka_unit_test(another_key_gives_other_codes),
        cmocka_unit_test(people_may_type_it_as_they_like),
        cmocka_unit_test(every_wrong_character_and_every_swap_is_noticed),
        cmocka_unit_test(what_is_no_code_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
