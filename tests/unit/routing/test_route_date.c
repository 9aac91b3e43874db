#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "routing/route_date.h"

static void days_agree_with_the_c_library(void **state)
{
    (void)state;
    for (int32_t day = -200000; day <= 200000; day++) {
        time_t t = (time_t)day * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        struct route_date d = route_date_of_day(day);
        assert_int_equal(d.year, tm.tm_year + 1900);
        assert_int_equal(d.month, tm.tm_mon + 1);
        assert_int_equal(d.day, tm.tm_mday);
        assert_int_equal(route_date_to_day(d), day);
        assert_int_equal(route_date_weekday(day), (tm.tm_wday + 6) % 7);
    }
}

static void far_days_are_brought_to_the_end(void **state)
{
    (void)state;
    struct route_date last = route_date_of_day(ROUTE_DAY_MAX);
    struct route_date beyond = route_date_of_day(INT32_MAX);
    assert_int_equal(beyond.year, last.year);
    assert_int_equal(beyond.day, last.day);
    assert_int_equal(route_date_to_day((struct route_date){INT32_MAX, 1, 1}), ROUTE_DAY_MAX);
    assert_int_equal(route_date_to_day((struct route_date){INT32_MIN, 1, 1}), -ROUTE_DAY_MAX);
    assert_int_equal(route_date_weekday(INT32_MIN), route_date_weekday(-ROUTE_DAY_MAX));
}

static void texts_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t day; /* -1: refused */
    } cases[] = {
        {"1970-01-01", 0},
        {"2025-07-01", 20270},
        {"2024-02-29", 19782},
        {"2000-02-29", 11016},
        {"2025-02-29", -1},
        {"1900-02-29", -1},
        {"2025-13-01", -1},
        {"2025-00-01", -1},
        {"2025-04-31", -1},
        {"2025-04-00", -1},
        {"0000-01-01", -1},
        {"2025-7-01", -1},
        {"2025-07-1", -1},
        {"2025-07-011", -1},
        {"2025/07/01", -1},
        {"01-07-2025", -1},
        {" 2025-07-01", -1},
        {"2025-0x-01", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t day = -1;
        bool read = route_date_parse(str_of(cases[i].text), &day);
        if (read != (cases[i].day != -1) || day != cases[i].day) {
            fail_msg("'%s' gave %d, expected %d", cases[i].text, (int)day, (int)cases[i].day);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_agree_with_the_c_library),
        cmocka_unit_test(far_days_are_brought_to_the_end),
        cmocka_unit_test(texts_are_read_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
