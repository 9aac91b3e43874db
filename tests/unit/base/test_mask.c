#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/base/mask.h"

static void masks(const char *text, const char *expected)
{
    struct strbuf out;
    strbuf_init(&out, 4096);
    mask_contacts(&out, str_of(text));
    assert_false(out.failed);
    assert_string_equal(out.n == 0 ? "" : out.p, expected);
    strbuf_free(&out);
}

static void test_numbers(void **state)
{
    (void)state;
    masks("gọi tôi 0901234567 nhé", "gọi tôi 09xx•••567 nhé");
    masks("0901 234 567", "09xx•••567");
    masks("0901.234.567, 028-3829-1234.", "09xx•••567, 02xx•••234.");
    masks("+84 901 234 567 hoặc 84901234567", "09xx•••567 hoặc 09xx•••567");
    masks("(0901234567)", "(09xx•••567)");
}

static void test_what_is_no_number(void **state)
{
    (void)state;
    masks("số nhà 819/13 Quang Trung", "số nhà 819/13 Quang Trung");
    masks("ngày 01/02/2026 lúc 09:15", "ngày 01/02/2026 lúc 09:15");
    masks("hoá đơn 123456789012345", "hoá đơn 123456789012345");
    masks("mã 00012345678901234", "mã 00012345678901234");
    masks("1900 1022", "1900 1022");
    masks("", "");
    masks("0", "0");
    masks("+", "+");
    masks("84", "84");
    masks("+84 ", "+84 ");
}

static void test_addresses(void **state)
{
    (void)state;
    masks("thư an.nguyen+x@example.com.vn.", "thư a•••@….");
    masks("a@b", "a@b");
    masks("@an", "@an");
    masks("an@", "an@");
    masks("Ngọc: ngoc@vn.vn", "Ngọc: n•••@…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
