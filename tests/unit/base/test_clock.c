#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "server/base/clock.h"

#define SECOND INT64_C(1000000)

static int city_zone(void **state)
{
    (void)state;
    return clock_set_zone("Asia/Ho_Chi_Minh") ? 0 : -1;
}

static void assert_instant(const char *text, int64_t expected)
{
    int64_t us = -1;
    if (!clock_parse_rfc3339(str_of(text), &us)) {
        fail_msg("refused '%s'", text);
    }
    if (us != expected) {
        fail_msg("'%s' gave %lld", text, (long long)us);
    }
    us = -1;
    assert_true(clock_parse_any(str_of(text), &us));
    assert_int_equal(us, expected);
}

static void rfc3339_is_read(void **state)
{
    (void)state;
    assert_instant("1970-01-01T00:00:00Z", 0);
    assert_instant("1970-01-01t00:00:00z", 0);
    assert_instant("2025-07-01T00:00:00+07:00", 1751302800 * SECOND);
    assert_instant("2025-06-30T17:00:00Z", 1751302800 * SECOND);
    assert_instant("2025-06-30T12:30:00-04:30", 1751302800 * SECOND);
    assert_instant("2025-06-30T17:00:00-00:00", 1751302800 * SECOND);
    assert_instant("2025-07-01T00:00:00.5+07:00", 1751302800 * SECOND + 500000);
    assert_instant("2025-07-01T00:00:00.000001+07:00", 1751302800 * SECOND + 1);
    assert_instant("2025-07-01T00:00:00.1234567890123456789012+07:00",
                   1751302800 * SECOND + 123456);
    assert_instant("1969-12-31T23:59:59.25Z", -750000);
    assert_instant("0001-01-01T00:00:00Z", -62135596800 * SECOND);
    assert_instant("9999-12-31T23:59:59Z", 253402300799 * SECOND);
}

static void leap_days_and_seconds(void **state)
{
    (void)state;
    assert_instant("2024-02-29T00:00:00Z", 1709164800 * SECOND);
    assert_instant("2000-02-29T00:00:00Z", 951782400 * SECOND);
    assert_instant("2016-12-31T23:59:60Z", 1483228800 * SECOND);
    assert_instant("2017-01-01T06:59:60.5+07:00", 1483228800 * SECOND + 500000);
    int64_t us = 7;
    assert_false(clock_parse_rfc3339(STR("2016-12-31T22:59:60Z"), &us));
    assert_false(clock_parse_rfc3339(STR("2016-12-30T23:59:60Z"), &us));
    assert_false(clock_parse_rfc3339(STR("2016-12-31T23:59:60+07:00"), &us));
    assert_int_equal(us, 7);
}

static void what_is_not_rfc3339_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "2025",
        "garbage",
        "2025-07-01",
        "2025-07-01T00:00:00",
        "2025-07-01 00:00:00+07:00",
        "2025-07-01T00:00:00+0700",
        "2025-07-01T00:00:00+07",
        "2025-07-01T00:00:00+7:00",
        "2025-07-01T00:00:00+24:00",
        "2025-07-01T00:00:00+07:60",
        "2025-07-01T00:00:00 +07:00",
        "2025-07-01T00:00:00Z ",
        " 2025-07-01T00:00:00Z",
        "2025-07-01T00:00:00ZZ",
        "2025-07-01T00:00:00.Z",
        "2025-07-01T00:00:00,5Z",
        "2025-07-01T00:00Z",
        "2025-07-01T24:00:00Z",
        "2025-07-01T23:60:00Z",
        "2025-07-01T23:59:61Z",
        "2025-07-01T1:00:00Z",
        "2025-7-1T00:00:00Z",
        "25-07-01T00:00:00Z",
        "20250701T000000Z",
        "2025-00-01T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-01-00T00:00:00Z",
        "2025-01-32T00:00:00Z",
        "2025-04-31T00:00:00Z",
        "2025-06-31T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "-2025-07-01T00:00:00Z",
        "2025-07-01T-1:00:00Z",
        "2025-07-01T00:00:00+-7:00",
        "2025-07-01T00:00:00+07:00:00",
        "2025-07-01T00:00:00.5",
        "\xD9\xA2\xD9\xA0-07-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        int64_t us = 7;
        if (clock_parse_rfc3339(str_of(refused[i]), &us)) {
            fail_msg("took '%s'", refused[i]);
        }
        assert_int_equal(us, 7);
    }
    int64_t us = 7;
    assert_false(clock_parse_rfc3339((struct str){"2025-07-01T00:00:00Z\0", 21}, &us));
    assert_false(clock_parse_rfc3339((struct str){"2025-07-01\0"
                                                  "00:00:00Z",
                                                  20},
                                     &us));
    assert_true(clock_parse_rfc3339((struct str){"2025-07-01T00:00:00Zgarbage", 20}, &us));
}

/* No prefix, and no text with one byte changed to a letter, is both accepted and read beyond. */
static void no_prefix_is_taken_for_the_whole(void **state)
{
    (void)state;
    const char *whole = "2025-07-01T00:00:00.25+07:00";
    size_t n = strlen(whole);
    for (size_t i = 0; i < n; i++) {
        char exact[40]; /* a copy that ends where the text does, for AddressSanitizer */
        memcpy(exact, whole, i);
        int64_t us = 7;
        assert_false(clock_parse_rfc3339((struct str){exact, i}, &us));
        memcpy(exact, whole, n);
        exact[i] = 'x';
        assert_false(clock_parse_rfc3339((struct str){exact, n}, &us));
        assert_false(clock_parse_any((struct str){exact, n}, &us));
    }
}

static int64_t any(const char *text)
{
    int64_t us = -1;
    if (!clock_parse_any(str_of(text), &us)) {
        fail_msg("refused '%s'", text);
    }
    return us;
}

static void local_texts_are_read_in_the_zone(void **state)
{
    (void)state;
    assert_int_equal(any("2025-07-01"), 1751302800 * SECOND);
    assert_int_equal(any("2025-07-01 00:00:00"), 1751302800 * SECOND);
    assert_int_equal(any("2025-07-01T00:00:00.25"), 1751302800 * SECOND + 250000);
    assert_int_equal(any("2025-07-01 00:00:00+07:00"), 1751302800 * SECOND);
    assert_int_equal(any("2025-06-30 17:00:00Z"), 1751302800 * SECOND);
    static const char *const refused[] = {
        "",
        "2025-02-29",
        "2025-07-01 ",
        "2025-07-01T",
        "2025-07-01 24:00:00",
        "2025-07-01 00:00",
        "2025-07-01  00:00:00",
        "2025-07-01 00:00:00 ",
        "2025-07-01 00:00:00+",
        "01/07/2025",
        "2025-07-01 00:00:00+07",
        "2025-07-01 23:59:60",
        "2025-07-01+07:00",
        "2025-07-01Z",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        int64_t us = 7;
        if (clock_parse_any(str_of(refused[i]), &us)) {
            fail_msg("took '%s'", refused[i]);
        }
        assert_int_equal(us, 7);
    }
}

static void clocks_that_are_put_forward_and_back(void **state)
{
    (void)state;
    assert_true(clock_set_zone("America/New_York"));
    assert_int_equal(any("2024-03-10 01:59:59"), any("2024-03-10T06:59:59Z"));
    assert_int_equal(any("2024-03-10 02:30:00"), any("2024-03-10T07:30:00Z")); /* called 03:30 */
    assert_int_equal(any("2024-03-10 03:00:00"), any("2024-03-10T07:00:00Z"));
    assert_int_equal(any("2024-11-03 00:59:59"), any("2024-11-03T04:59:59Z"));
    assert_int_equal(any("2024-11-03 01:30:00"), any("2024-11-03T05:30:00Z")); /* the first one */
    assert_int_equal(any("2024-11-03 02:00:00"), any("2024-11-03T07:00:00Z"));
    assert_true(clock_set_zone("Europe/Berlin")); /* east of Greenwich the same rule */
    assert_int_equal(any("2024-03-31 02:30:00"), any("2024-03-31T01:30:00Z"));
    assert_int_equal(any("2024-10-27 02:30:00"), any("2024-10-27T00:30:00Z"));
    assert_int_equal(any("2024-10-27 03:00:00"), any("2024-10-27T02:00:00Z"));
    assert_true(clock_set_zone("Australia/Lord_Howe")); /* half an hour, and the far south */
    assert_int_equal(any("2024-10-06 02:15:00"), any("2024-10-05T15:45:00Z"));
    assert_int_equal(any("2024-04-07 01:45:00"), any("2024-04-06T14:45:00Z"));
    assert_true(clock_set_zone("Africa/Cairo")); /* a day without a midnight */
    assert_int_equal(any("2024-04-26"), any("2024-04-25T22:00:00Z"));
}

/* The format as libc would write it. */
static void format_by_libc(int64_t us, char out[64])
{
    time_t t = (time_t)(us / SECOND - (us % SECOND < 0));
    struct tm tm;
    assert_non_null(localtime_r(&t, &tm));
    long offset = tm.tm_gmtoff;
    snprintf(out, 64, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, offset < 0 ? '-' : '+',
             labs(offset) / 3600, labs(offset) / 60 % 60);
}

static uint64_t random_next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed >> 16U;
}

static void format_agrees_with_libc_and_parses_back(void **state)
{
    (void)state;
    static const char *const zones[] = {
        "Asia/Ho_Chi_Minh", "America/New_York",  "Asia/Kathmandu",   "Europe/Dublin",
        "Pacific/Apia",     "Africa/Casablanca", "America/St_Johns", "UTC"};
    uint64_t seed = 1022;
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        assert_true(clock_set_zone(zones[z]));
        for (int i = 0; i < 20000; i++) {
            /* 1950 to 2100; every second one within a few days, to meet the remembered offsets */
            int64_t range = i % 2 ? 4733510400 * SECOND : 20 * 86400 * SECOND;
            int64_t us = (int64_t)(random_next(&seed) % (uint64_t)range) - 631152000 * SECOND;
            us += i % 2 ? 0 : 2341000000 * SECOND;
            char expected[64];
            char got[CLOCK_TEXT_MAX];
            format_by_libc(us, expected);
            assert_ptr_equal(clock_format(us, got), got);
            assert_string_equal(got, expected);
            int64_t back = 0;
            assert_true(clock_parse_rfc3339(str_of(got), &back));
            assert_int_equal(back, (us - (us % SECOND + SECOND) % SECOND));
        }
    }
}

static void format_changes_offset_to_the_second(void **state)
{
    (void)state;
    assert_true(clock_set_zone("America/New_York"));
    char out[CLOCK_TEXT_MAX];
    int64_t change = any("2024-03-10T07:00:00Z");
    assert_string_equal(clock_format(change - 1, out), "2024-03-10T01:59:59-05:00");
    assert_string_equal(clock_format(change, out), "2024-03-10T03:00:00-04:00");
    assert_string_equal(clock_format(change - 1, out), "2024-03-10T01:59:59-05:00");
}

static void format_of_the_far_past_and_future(void **state)
{
    (void)state;
    char out[CLOCK_TEXT_MAX];
    /* Until 1906 Saigon's own time was 7 h 6 min 30 s ahead: the text names the same instant. */
    int64_t old = any("1900-01-01T00:00:00Z");
    assert_string_equal(clock_format(old, out), "1900-01-01T07:06:00+07:06");
    assert_int_equal(any(out), old);
    assert_true(strlen(clock_format(INT64_MAX, out)) < CLOCK_TEXT_MAX);
    assert_string_equal(out, "294247-01-10T11:00:54+07:00");
    assert_true(strlen(clock_format(INT64_MIN, out)) < CLOCK_TEXT_MAX);
    assert_int_equal(out[0], '-');
}

static void unknown_zones_are_told(void **state)
{
    (void)state;
    assert_false(clock_set_zone("Asia/Sai_Gon_Oi"));
    char out[CLOCK_TEXT_MAX];
    assert_string_equal(clock_format(0, out), "1970-01-01T00:00:00+00:00");
    assert_false(clock_set_zone("../../../etc/passwd"));
    assert_false(clock_set_zone("/etc/passwd"));
    assert_false(clock_set_zone("Asia"));
    assert_false(clock_set_zone(""));
    assert_true(clock_set_zone("Asia/Ho_Chi_Minh"));
    assert_string_equal(clock_format(0, out), "1970-01-01T08:00:00+08:00");
}

static void clocks_run(void **state)
{
    (void)state;
    struct timespec wall;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    int64_t now = clock_now_us();
    assert_in_range(now, (int64_t)wall.tv_sec * SECOND, ((int64_t)wall.tv_sec + 5) * SECOND);
    uint64_t before = clock_mono_ns();
    struct timespec nap = {0, 2000000};
    (void)nanosleep(&nap, NULL);
    uint64_t after = clock_mono_ns();
    assert_true(after - before >= 2000000);
    assert_true(after - before < UINT64_C(5000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rfc3339_is_read, city_zone),
        cmocka_unit_test_setup(leap_days_and_seconds, city_zone),
        cmocka_unit_test_setup(what_is_not_rfc3339_is_refused, city_zone),
        cmocka_unit_test_setup(no_prefix_is_taken_for_the_whole, city_zone),
        cmocka_unit_test_setup(local_texts_are_read_in_the_zone, city_zone),
        cmocka_unit_test_setup(clocks_that_are_put_forward_and_back, city_zone),
        cmocka_unit_test_setup(format_agrees_with_libc_and_parses_back, city_zone),
        cmocka_unit_test_setup(format_changes_offset_to_the_second, city_zone),
        cmocka_unit_test_setup(format_of_the_far_past_and_future, city_zone),
        cmocka_unit_test_setup(unknown_zones_are_told, city_zone),
        cmocka_unit_test_setup(clocks_run, city_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
