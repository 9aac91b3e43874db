#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "server/base/clock.h"
#include "server/base/json_text.h"

static struct strbuf out;

static int begin(void **state)
{
    (void)state;
    strbuf_init(&out, 1 << 20);
    return clock_set_zone("Asia/Ho_Chi_Minh") ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    strbuf_free(&out);
    return 0;
}

/* What was written, read by json-c; json_object_put() it. */
static struct json_object *read_back(void)
{
    struct json_tokener *tokener = json_tokener_new();
    assert_non_null(tokener);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *value = json_tokener_parse_ex(tokener, out.p, (int)out.n + 1);
    if (json_tokener_get_error(tokener) != json_tokener_success) {
        fail_msg("not JSON: %s", out.p);
    }
    json_tokener_free(tokener);
    return value;
}

static void assert_string_round_trips(struct str text)
{
    strbuf_reset(&out);
    json_text_string_n(&out, text);
    struct json_object *value = read_back();
    assert_int_equal(json_object_get_string_len(value), text.n);
    assert_memory_equal(json_object_get_string(value), text.p, text.n);
    json_object_put(value);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    json_text_string(&out, "say \"hi\" \\ \n\r\t \x01\x1F/");
    assert_string_equal(out.p, "\"say \\\"hi\\\" \\\\ \\n\\r\\t \\u0001\\u001f/\"");
    strbuf_reset(&out);
    json_text_string(&out, NULL);
    assert_string_equal(out.p, "null");
    assert_string_round_trips(STR(""));
    assert_string_round_trips(STR("Gò Vấp \xF0\x9F\x9A\xA7"));
    char every[129];
    for (size_t i = 0; i < sizeof every; i++) {
        every[i] = (char)(i % 128);
    }
    assert_string_round_trips((struct str){every, sizeof every});
}

static void assert_number(double value, const char *expected)
{
    strbuf_reset(&out);
    json_text_number(&out, value);
    assert_string_equal(out.p, expected);
}

static void numbers_are_short(void **state)
{
    (void)state;
    assert_number(0, "0");
    assert_number(0.1, "0.1");
    assert_number(106.6953, "106.6953");
    assert_number(-10.777, "-10.777");
    assert_number(1.0 / 3, "0.3333333333333333");
    assert_number(0.1 + 0.2, "0.30000000000000004");
    assert_number(NAN, "null");
    assert_number(INFINITY, "null");
    assert_number(-INFINITY, "null");
}

static void numbers_read_back_as_the_same_bits(void **state)
{
    (void)state;
    static const double special[] = {DBL_MAX, DBL_MIN, DBL_TRUE_MIN, DBL_EPSILON, 1e22, 1e23, -0.0};
    uint64_t seed = 1022;
    for (size_t i = 0; i < 20000; i++) {
        double value = 0;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        if (i < sizeof special / sizeof *special) {
            value = special[i];
        } else {
            memcpy(&value, &seed, sizeof value);
        }
        if (!isfinite(value)) {
            continue;
        }
        strbuf_reset(&out);
        json_text_number(&out, value);
        char *stop = NULL;
        double back = strtod(out.p, &stop);
        assert_ptr_equal(stop, out.p + out.n);
        assert_memory_equal(&back, &value, sizeof value);
    }
}

static void assert_fixed(double value, int decimals, const char *expected)
{
    strbuf_reset(&out);
    json_text_fixed(&out, value, decimals);
    assert_string_equal(out.p, expected);
}

static void fixed_decimals_are_rounded_to_the_nearest(void **state)
{
    (void)state;
    assert_fixed(0, 2, "0.00");
    assert_fixed(-0.001, 2, "0.00"); /* never minus nothing */
    assert_fixed(-1.239, 2, "-1.24");
    assert_fixed(9.9951, 2, "10.00");
    assert_fixed(12.5, 0, "13");
    assert_fixed(0.000001, 6, "0.000001");
    assert_fixed(NAN, 2, "null");
    assert_fixed(-INFINITY, 2, "null");
    assert_fixed(1e300, 2, "1e+300"); /* still a number of JSON */
    uint64_t seed = 1022;
    for (size_t i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        double value = (double)(int64_t)(seed >> 24) / 8 - 1e9; /* exact with three decimals */
        char expected[64];
        (void)snprintf(expected, sizeof expected, "%.3f", value);
        assert_fixed(value, 3, expected);
    }
}

static void integers_of_every_size(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {-1, "-1"},
        {1022, "1022"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        strbuf_reset(&out);
        json_text_int(&out, rows[i].value);
        assert_string_equal(out.p, rows[i].text);
    }
}

static void fields_are_separated(void **state)
{
    (void)state;
    strbuf_append_char(&out, '{');
    json_text_field(&out, "name", "Bến Nghé");
    json_text_field(&out, "district", NULL);
    json_text_field_number(&out, "lon", 106.7);
    json_text_field_int(&out, "id", -5);
    json_text_field_bool(&out, "open", true);
    json_text_field_bool(&out, "late", false);
    json_text_field_time(&out, "at", INT64_C(1751302800000000));
    json_text_field_time(&out, "closed", INT64_MIN);
    json_text_key(&out, "inner");
    strbuf_append_z(&out, "[{");
    json_text_field_int(&out, "n", 1);
    strbuf_append_z(&out, "}]}");
    assert_string_equal(out.p, "{\"name\":\"Bến Nghé\",\"district\":null,\"lon\":106.7,\"id\":-5,"
                               "\"open\":true,\"late\":false,\"at\":\"2025-07-01T00:00:00+07:00\","
                               "\"closed\":null,\"inner\":[{\"n\":1}]}");
    json_object_put(read_back());
}

static void a_buffer_that_is_full_fails_and_stays_whole(void **state)
{
    (void)state;
    struct strbuf small;
    strbuf_init(&small, 10);
    strbuf_append_char(&small, '{');
    json_text_field(&small, "a", "1");
    assert_false(small.failed);
    json_text_field(&small, "b", "too long");
    assert_true(small.failed);
    assert_null(strbuf_take(&small));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(strings_are_escaped, begin, end),
        cmocka_unit_test_setup_teardown(numbers_are_short, begin, end),
        cmocka_unit_test_setup_teardown(numbers_read_back_as_the_same_bits, begin, end),
        cmocka_unit_test_setup_teardown(fixed_decimals_are_rounded_to_the_nearest, begin, end),
        cmocka_unit_test_setup_teardown(integers_of_every_size, begin, end),
        cmocka_unit_test_setup_teardown(fields_are_separated, begin, end),
        cmocka_unit_test_setup_teardown(a_buffer_that_is_full_fails_and_stays_whole, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
