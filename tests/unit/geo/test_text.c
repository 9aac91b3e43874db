#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geo/geo_text.h"

static void folds(const char *in, const char *out)
{
    char got[256];
    size_t n = geo_text_fold(str_of(in), got, sizeof(got));
    assert_string_equal(got, out);
    assert_int_equal(n, strlen(out));
}

static void test_vietnamese(void **state)
{
    (void)state;
    folds("Đường Nguyễn Thị Minh Khai", "duong nguyen thi minh khai");
    folds("PHƯỜNG BẾN NGHÉ", "phuong ben nghe");
    folds("Trần Hưng Ðạo", "tran hung dao"); /* U+00D0 */
    folds("ðường", "duong");                 /* U+00F0 */
    folds("hoà", "hoa");
    folds("hòa", "hoa");
    folds("Thuỷ, Thủy", "thuy thuy");
    folds("Hu\xc3\xaa\xcc\xa3", "hue"); /* ê and a combining dot below */
    folds("Nguye\xcc\x82\xcc\x83n Hue\xcc\xa3\xcc\x82", "nguyen hue"); /* NFD */
    folds("Lê Văn Sỹ ăâêôơưĂÂÊÔƠƯ", "le van sy aaeoouaaeoou");
}

static void test_every_vietnamese_letter(void **state)
{
    (void)state;
    folds("àáảãạằắẳẵặầấẩẫậ", "aaaaaaaaaaaaaaa");
    folds("èéẻẽẹềếểễệ", "eeeeeeeeee");
    folds("ìíỉĩị", "iiiii");
    folds("òóỏõọồốổỗộờớởỡợ", "ooooooooooooooo");
    folds("ùúủũụừứửữự", "uuuuuuuuuu");
    folds("ỳýỷỹỵ", "yyyyy");
    folds("ÀÁẢÃẠẰẮẲẴẶẦẤẨẪẬỲÝỶỸỴ", "aaaaaaaaaaaaaaayyyyy");
}

static void test_separators(void **state)
{
    (void)state;
    folds("", "");
    folds("  ,.;  ", "");
    folds(" P.12,\tQ.\nGò Vấp! ", "p 12 q go vap");
    folds("819/13", "819 13");
    folds("a\xe2\x80\x8b"
          "b",
          "ab"); /* a zero-width space joins */
    folds("caf\xc3\xa9 \xf0\x9f\x98\x80 x", "cafe x");
    folds("×÷", "");
}

static void test_other_scripts(void **state)
{
    (void)state;
    folds("ＡＢＣ１２", "abc12");
    folds("Ж", "ж");
    folds("東京", "東京");
    folds("ŠžÅø", "szao");
}

static void test_broken_bytes(void **state)
{
    (void)state;
    folds("a\xff\xfe"
          "b",
          "a b");
    folds("a\xc3", "a");
    folds("\xe1\xba", "");
    folds("\xed\xa0\x80x", "x"); /* a surrogate */
}

static void test_cap(void **state)
{
    (void)state;
    char out[4] = "zzz";
    assert_int_equal(geo_text_fold(STR("abcdef"), out, sizeof(out)), 3);
    assert_string_equal(out, "abc");
    assert_int_equal(geo_text_fold(STR("ab cd"), out, sizeof(out)), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(geo_text_fold(STR("東京"), out, sizeof(out)), 3);
    assert_int_equal(geo_text_fold(STR("abc"), out, 1), 0);
    assert_string_equal(out, "");
}

static void test_marks(void **state)
{
    (void)state;
    size_t used = 0;
    struct geo_text_char c;
    geo_text_fold_char(geo_text_decode("ờ", 3, &used), &c);
    assert_int_equal(used, 3);
    assert_int_equal(c.marks, GEO_TEXT_HORN | GEO_TEXT_GRAVE);
    geo_text_fold_char(0x31B, &c);
    assert_int_equal(c.n, 0);
    assert_int_equal(c.separator, 0);
    assert_int_equal(c.marks, GEO_TEXT_HORN);
    geo_text_fold_char(0x110, &c);
    assert_int_equal(c.bytes[0], 'd');
    assert_int_equal(c.marks, GEO_TEXT_STROKE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vietnamese),   cmocka_unit_test(test_every_vietnamese_letter),
        cmocka_unit_test(test_separators),   cmocka_unit_test(test_other_scripts),
        cmocka_unit_test(test_broken_bytes), cmocka_unit_test(test_cap),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
