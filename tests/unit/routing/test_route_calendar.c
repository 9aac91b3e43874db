/* Deadlines as a table, over the public holidays that the project ships (server/city/holidays.csv):
 * input, expected, reason. Run from the project's root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_calendar.h"
#include "routing/route_date.h"
#include "server/base/csv.h"

#define HOLIDAYS_MAX 200
#define SECOND_US    INT64_C(1000000)
#define DAY_US       (86400 * SECOND_US)
#define VIETNAM_S    25200

static int32_t holidays[HOLIDAYS_MAX];
static size_t n_holidays;
static int32_t substitutes[HOLIDAYS_MAX];
static size_t n_substitutes;
static struct route_calendar *vietnam;

static struct route_calendar_source office_hours(void)
{
    return (struct route_calendar_source){
        .utc_offset_s = VIETNAM_S,
        .open_minute = 7 * 60 + 30,
        .break_start_minute = 11 * 60 + 30,
        .break_end_minute = 13 * 60,
        .close_minute = 17 * 60,
        .work_week = ROUTE_WEEK_MONDAY_TO_FRIDAY,
    };
}

static void take_holiday(struct csv *csv, int32_t *last)
{
    int32_t day;
    if (!route_date_parse(csv_field(csv, csv_column(csv, "date")), &day) || day <= *last) {
        fail_msg("line %zu: no date, or not after the one before", csv_line(csv));
    }
    *last = day;
    bool weekend = route_date_weekday(day) >= 5;
    struct str kind = csv_field(csv, csv_column(csv, "kind"));
    assert_true(csv_field(csv, csv_column(csv, "name_vi")).n > 0);
    assert_true(csv_field(csv, csv_column(csv, "name_en")).n > 0);
    assert_true(n_holidays < HOLIDAYS_MAX && n_substitutes < HOLIDAYS_MAX);
    if (str_equal_z(kind, "holiday")) {
        holidays[n_holidays++] = day;
    } else if (str_equal_z(kind, "working") && weekend) {
        substitutes[n_substitutes++] = day;
    } else {
        fail_msg("line %zu: neither a holiday nor a weekend day that is worked", csv_line(csv));
    }
}

static int load_holidays(void **state)
{
    (void)state;
    struct csv *csv = NULL;
    struct err e = {STATUS_OK, ""};
    if (csv_open("server/city/holidays.csv", &csv, &e) != STATUS_OK) {
        fail_msg("%s", e.text);
    }
    int32_t last = 0;
    bool more = false;
    assert_int_equal(csv_next(csv, &more, &e), STATUS_OK);
    while (more) {
        take_holiday(csv, &last);
        assert_int_equal(csv_next(csv, &more, &e), STATUS_OK);
    }
    csv_close(csv);
    struct route_calendar_source source = office_hours();
    source.holidays = holidays;
    source.n_holidays = n_holidays;
    source.working_days = substitutes;
    source.n_working_days = n_substitutes;
    assert_int_equal(route_calendar_create(&source, &vietnam, &e), STATUS_OK);
    return 0;
}

static int drop_holidays(void **state)
{
    (void)state;
    route_calendar_destroy(vietnam);
    return 0;
}

/* "2025-07-01 08:00" or with ":00" seconds, on a clock that far ahead of UTC. */
static int64_t instant(const char *text, int32_t offset_s)
{
    int32_t day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    assert_true(route_date_parse((struct str){text, 10}, &day));
    assert_true(sscanf(text + 10, "%d:%d:%d", &hour, &minute, &second) >= 2);
    return day * DAY_US + (hour * 3600 + minute * 60 + second - offset_s) * SECOND_US;
}

static void check(const char *at, const char *expected, int64_t got, int32_t offset_s,
                  const char *reason)
{
    int64_t local_us = got + offset_s * SECOND_US;
    int32_t day = (int32_t)(local_us / DAY_US);
    struct route_date d = route_date_of_day(day);
    int second = (int)(local_us % DAY_US / SECOND_US);
    if (got != instant(expected, offset_s)) {
        fail_msg("from %s: got %04d-%02d-%02d %02d:%02d:%02d, expected %s (%s)", at, (int)d.year,
                 (int)d.month, (int)d.day, second / 3600, second / 60 % 60, second % 60, expected,
                 reason);
    }
}

struct deadline_case {
    const char *at;
    int32_t amount;
    const char *expected;
    const char *reason;
};

static void working_days(void **state)
{
    (void)state;
    static const struct deadline_case cases[] = {
        {"2025-08-04 08:00", 5, "2025-08-11 17:00", "Monday: the day of receipt is not counted"},
        {"2025-08-04 00:00:00", 5, "2025-08-11 17:00", "nor at its first second"},
        {"2025-08-04 23:59:59", 5, "2025-08-11 17:00", "nor at its last"},
        {"2025-08-05 00:00:00", 5, "2025-08-12 17:00", "a second later it is Tuesday"},
        {"2025-08-08 16:59:59", 5, "2025-08-15 17:00", "Friday: Monday is the first day"},
        {"2025-08-08 18:00", 5, "2025-08-15 17:00", "also after hours"},
        {"2025-08-09 10:00", 5, "2025-08-15 17:00", "Saturday: Monday is the first day"},
        {"2025-08-10 23:59:59", 5, "2025-08-15 17:00", "Sunday too"},
        {"2025-08-11 00:00:00", 5, "2025-08-18 17:00", "Monday: Tuesday is"},
        {"2025-06-30 23:59:59", 1, "2025-07-01 17:00", "the last second before the reform"},
        {"2025-07-01 00:00:00", 1, "2025-07-02 17:00", "the first: still 30 June in UTC"},
        {"2025-07-01 06:59:59", 1, "2025-07-02 17:00", "the last second of 30 June in UTC"},
        {"2024-02-07 09:00", 1, "2024-02-15 17:00", "Tet 2024: 8 to 14 February"},
        {"2025-01-24 10:00", 5, "2025-02-07 17:00", "Tet 2025: a week off, then five days"},
        {"2025-01-26 10:00", 1, "2025-02-03 17:00", "the Sunday before Tet 2025"},
        {"2025-01-29 00:00", 1, "2025-02-03 17:00", "New Year's Day itself"},
        {"2025-02-02 23:59:59", 1, "2025-02-03 17:00", "the last second of the holidays"},
        {"2026-02-13 16:00", 2, "2026-02-24 17:00", "Tet 2026: 16 to 20 February"},
        {"2026-02-17 00:00", 1, "2026-02-23 17:00", "New Year's Day 2026"},
        {"2027-02-04 09:00", 3, "2027-02-12 17:00", "Tet 2027: 5 to 9 February"},
        {"2025-12-31 15:00", 1, "2026-01-05 17:00", "year end, 2 January swapped, a weekend"},
        {"2025-12-31 15:00", 5, "2026-01-09 17:00", "five days over the year end"},
        {"2025-12-31 15:00", 6, "2026-01-10 17:00", "the sixth is the Saturday worked for it"},
        {"2024-12-31 23:59:59", 1, "2025-01-02 17:00", "1 January off, the day in between not"},
        {"2025-04-25 09:00", 1, "2025-04-26 17:00", "a Saturday worked for 2 May"},
        {"2025-04-26 09:00", 1, "2025-04-28 17:00", "received on it: Monday is the first day"},
        {"2025-04-25 09:00", 5, "2025-05-06 17:00", "26, 28, 29 April, 5, 6 May"},
        {"2024-04-26 09:00", 3, "2024-05-04 17:00", "2024's swap: 2, 3, 4 May"},
        {"2025-08-29 09:00", 1, "2025-09-03 17:00", "National Day with the day before it"},
        {"2026-08-21 09:00", 1, "2026-08-22 17:00", "the Saturday worked for 31 August 2026"},
        {"2026-08-28 09:00", 1, "2026-09-03 17:00", "the five days around 2 September 2026"},
        {"2026-04-24 09:00", 1, "2026-04-28 17:00", "Hung Kings on a Sunday: Monday in lieu"},
        {"2027-04-29 09:00", 1, "2027-05-04 17:00", "1 May on a Saturday: Monday in lieu"},
        {"2028-02-28 09:00", 1, "2028-02-29 17:00", "a leap day"},
        {"2030-12-31 09:00", 1, "2031-01-01 17:00", "beyond the lists the week alone counts"},
        {"2023-12-29 09:00", 1, "2024-01-02 17:00", "from before the lists into them"},
        {"2025-08-04 08:00", 0, "2025-08-04 17:00", "none: the close of the day"},
        {"2025-08-04 17:00:00", 0, "2025-08-04 17:00", "at the close itself"},
        {"2025-08-04 17:00:01", 0, "2025-08-05 17:00", "past it"},
        {"2025-08-09 08:00", 0, "2025-08-11 17:00", "none, on a Saturday"},
        {"2025-08-04 08:00", -3, "2025-08-04 17:00", "a negative amount counts as none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at_us = instant(cases[i].at, VIETNAM_S);
        check(cases[i].at, cases[i].expected,
              route_calendar_add_working_days(vietnam, at_us, cases[i].amount), VIETNAM_S,
              cases[i].reason);
    }
}

static void hours_run_round_the_clock(void **state)
{
    (void)state;
    static const struct deadline_case cases[] = {
        {"2025-08-04 08:00:01", 2, "2025-08-04 10:00:01", "an open manhole"},
        {"2025-12-31 23:00", 2, "2026-01-01 01:00", "over the year end"},
        {"2025-01-29 03:30", 2, "2025-01-29 05:30", "during Tet"},
        {"2024-02-28 23:30", 1, "2024-02-29 00:30", "into a leap day"},
        {"2025-06-30 22:30", 2, "2025-07-01 00:30", "over the reform"},
        {"2025-08-04 08:00", -2, "2025-08-04 08:00", "a negative amount counts as none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at_us = instant(cases[i].at, VIETNAM_S);
        check(cases[i].at, cases[i].expected,
              route_calendar_add_hours(vietnam, at_us, cases[i].amount), VIETNAM_S,
              cases[i].reason);
    }
}

static void working_minutes(void **state)
{
    (void)state;
    static const struct deadline_case cases[] = {
        {"2025-08-04 08:00", 120, "2025-08-04 10:00", "within the morning"},
        {"2025-08-04 09:30", 120, "2025-08-04 11:30", "used up exactly at the break"},
        {"2025-08-04 10:30", 120, "2025-08-04 14:00", "over the break"},
        {"2025-08-04 12:00", 60, "2025-08-04 14:00", "from within the break"},
        {"2025-08-04 11:30", 60, "2025-08-04 14:00", "from its first minute"},
        {"2025-08-04 13:00", 60, "2025-08-04 14:00", "from its last"},
        {"2025-08-04 05:00", 60, "2025-08-04 08:30", "from before opening"},
        {"2025-08-04 16:00", 60, "2025-08-04 17:00", "used up exactly at the close"},
        {"2025-08-04 16:00:01", 60, "2025-08-05 07:30:01", "a second over it"},
        {"2025-08-04 20:00", 480, "2025-08-05 17:00", "a whole day"},
        {"2025-08-08 16:00", 120, "2025-08-11 08:30", "over a weekend"},
        {"2025-01-24 15:00", 240, "2025-02-03 09:30", "over Tet 2025"},
        {"2025-04-25 16:30", 60, "2025-04-26 08:00", "into a Saturday that is worked"},
        {"2025-04-26 16:30", 60, "2025-04-28 08:00", "and out of it"},
        {"2025-12-31 16:59:59", 1, "2026-01-05 07:30:59", "over the year end"},
        {"2025-08-04 08:00", 0, "2025-08-04 08:00", "none, at work"},
        {"2025-08-04 16:59:59", 0, "2025-08-04 16:59:59", "none, in the last second"},
        {"2025-08-04 17:00", 0, "2025-08-05 07:30", "none, at the close"},
        {"2025-08-04 11:30", 0, "2025-08-04 13:00", "none, at the break"},
        {"2025-08-09 08:00", 0, "2025-08-11 07:30", "none, on a Saturday"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at_us = instant(cases[i].at, VIETNAM_S);
        check(cases[i].at, cases[i].expected,
              route_calendar_add_working_minutes(vietnam, at_us, cases[i].amount), VIETNAM_S,
              cases[i].reason);
    }
}

static void deadlines_by_kind(void **state)
{
    (void)state;
    int64_t at_us = instant("2025-08-08 16:00", VIETNAM_S);
    static const struct {
        struct route_deadline deadline;
        const char *expected;
    } cases[] = {
        {{ROUTE_DEADLINE_HOURS, 2}, "2025-08-08 18:00"},
        {{ROUTE_DEADLINE_WORKING_DAYS, 2}, "2025-08-12 17:00"},
        {{ROUTE_DEADLINE_WORKING_HOURS, 2}, "2025-08-11 08:30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check("2025-08-08 16:00", cases[i].expected,
              route_deadline_due(vietnam, cases[i].deadline, at_us), VIETNAM_S, "by kind");
    }
}

static void working_time_has_edges(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        bool working;
    } cases[] = {
        {"2025-08-04 07:29:59", false}, {"2025-08-04 07:30:00", true},
        {"2025-08-04 11:29:59", true},  {"2025-08-04 11:30:00", false},
        {"2025-08-04 12:59:59", false}, {"2025-08-04 13:00:00", true},
        {"2025-08-04 16:59:59", true},  {"2025-08-04 17:00:00", false},
        {"2025-08-09 10:00:00", false}, {"2025-01-29 10:00:00", false},
        {"2025-04-26 10:00:00", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at_us = instant(cases[i].at, VIETNAM_S);
        if (route_calendar_is_working_time(vietnam, at_us) != cases[i].working) {
            fail_msg("%s: expected %s", cases[i].at, cases[i].working ? "working" : "closed");
        }
    }
}

static void a_later_receipt_never_has_an_earlier_deadline(void **state)
{
    (void)state;
    int64_t from_us = instant("2024-12-20 00:00", VIETNAM_S);
    int64_t last[3] = {INT64_MIN, INT64_MIN, INT64_MIN};
    for (int64_t minute = 0; minute < 400 * 1440; minute += 7) {
        int64_t at_us = from_us + minute * 60 * SECOND_US;
        int64_t due[3] = {
            route_calendar_add_working_days(vietnam, at_us, 5),
            route_calendar_add_working_minutes(vietnam, at_us, 600),
            route_calendar_add_hours(vietnam, at_us, 2),
        };
        for (size_t i = 0; i < 3; i++) {
            assert_true(due[i] >= last[i] && due[i] > at_us);
            last[i] = due[i];
        }
    }
}

static void extreme_instants_do_not_overflow(void **state)
{
    (void)state;
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX};
    struct route_calendar_source sparse = office_hours();
    struct route_calendar *cal = NULL;
    sparse.work_week = 1u << 6;
    sparse.open_minute = 0;
    sparse.close_minute = 1;
    sparse.break_start_minute = sparse.break_end_minute = 0;
    assert_int_equal(route_calendar_create(&sparse, &cal, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
        int64_t zero = route_calendar_add_hours(cal, extremes[i], 0);
        assert_true(route_calendar_add_hours(cal, extremes[i], INT32_MAX) > zero);
        assert_true(route_calendar_add_working_days(cal, extremes[i], INT32_MAX) > zero);
        assert_true(route_calendar_add_working_minutes(cal, extremes[i], 1000) > zero);
    }
    assert_true(route_calendar_add_working_minutes(cal, INT64_MAX, INT32_MAX) > 0);
    assert_true(route_calendar_instant(cal, INT32_MAX, INT32_MAX) > 0);
    assert_true(route_calendar_instant(cal, INT32_MIN, INT32_MIN) < 0);
    route_calendar_destroy(cal);
}

/* New York in 2025: summer time from 9 March 07:00 UTC to 2 November 06:00 UTC. */
static int32_t new_york(void *context, int64_t at_us)
{
    const int64_t *change = context;
    return at_us >= change[0] && at_us < change[1] ? -4 * 3600 : -5 * 3600;
}

static void a_zone_may_change_its_offset(void **state)
{
    (void)state;
    int64_t change[2] = {instant("2025-03-09 07:00", 0), instant("2025-11-02 06:00", 0)};
    struct route_calendar_source source = office_hours();
    struct route_calendar *cal = NULL;
    source.utc_offset_s = -5 * 3600;
    source.utc_offset_at = new_york;
    source.utc_offset_context = change;
    assert_int_equal(route_calendar_create(&source, &cal, NULL), STATUS_OK);
    static const struct deadline_case in_utc[] = {
        {"2025-03-07 15:00", 1, "2025-03-10 21:00", "Friday in winter, Monday in summer time"},
        {"2025-10-31 14:00", 1, "2025-11-03 22:00", "Friday in summer, Monday in winter time"},
        {"2025-07-01 03:59:59", 1, "2025-07-01 21:00", "still 30 June in New York"},
        {"2025-07-01 04:00:00", 1, "2025-07-02 21:00", "1 July there too"},
    };
    for (size_t i = 0; i < sizeof in_utc / sizeof *in_utc; i++) {
        check(in_utc[i].at, in_utc[i].expected,
              route_calendar_add_working_days(cal, instant(in_utc[i].at, 0), in_utc[i].amount), 0,
              in_utc[i].reason);
    }
    for (int64_t at_us = change[0] - DAY_US; at_us < change[1] + DAY_US;
         at_us += 3600 * SECOND_US) {
        int64_t of_day_us;
        int32_t day = route_calendar_day(cal, at_us, &of_day_us);
        int64_t back = route_calendar_instant(cal, day, (int32_t)(of_day_us / 60 / SECOND_US));
        bool repeated =
            at_us >= change[1] - 3600 * SECOND_US && at_us < change[1] + 3600 * SECOND_US;
        assert_true(back == at_us || repeated);
    }
    route_calendar_destroy(cal);
}

static void spoil(struct route_calendar_source *s, int how)
{
    static const int32_t day[] = {20270};
    static const int32_t wide[] = {-300000, 300000};
    static const int32_t far[] = {INT32_MAX};
    switch (how) {
    case 0:
        s->utc_offset_s = 86401;
        break;
    case 1:
        s->open_minute = -1;
        break;
    case 2:
        s->close_minute = 1441;
        break;
    case 3:
        s->close_minute = s->open_minute;
        break;
    case 4:
        s->break_end_minute = s->close_minute;
        break;
    case 5:
        s->break_start_minute = s->open_minute;
        break;
    case 6:
        s->break_start_minute = s->break_end_minute + 1;
        break;
    case 7:
        s->work_week = 0;
        break;
    case 8:
        s->work_week = 0x80;
        break;
    case 9:
        s->holidays = s->working_days = day;
        s->n_holidays = s->n_working_days = 1;
        break;
    case 10:
        s->holidays = wide;
        s->n_holidays = 2;
        break;
    default:
        s->working_days = far;
        s->n_working_days = 1;
        break;
    }
}

static void wrong_calendars_are_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"UTC offset", "hours",      "hours", "hours",
                                        "break",      "break",      "break", "week",
                                        "week",       "2025-07-01", "apart", "range"};
    for (int how = 0; how < (int)(sizeof words / sizeof *words); how++) {
        struct route_calendar_source source = office_hours();
        struct route_calendar *cal = vietnam;
        struct err e = {STATUS_OK, ""};
        spoil(&source, how);
        assert_int_equal(route_calendar_create(&source, &cal, &e), STATUS_INVALID);
        assert_ptr_equal(cal, vietnam);
        if (!strstr(e.text, words[how])) {
            fail_msg("case %d: '%s' says nothing of '%s'", how, e.text, words[how]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_days),
        cmocka_unit_test(hours_run_round_the_clock),
        cmocka_unit_test(working_minutes),
        cmocka_unit_test(deadlines_by_kind),
        cmocka_unit_test(working_time_has_edges),
        cmocka_unit_test(a_later_receipt_never_has_an_earlier_deadline),
        cmocka_unit_test(extreme_instants_do_not_overflow),
        cmocka_unit_test(a_zone_may_change_its_offset),
        cmocka_unit_test(wrong_calendars_are_refused),
    };
    return cmocka_run_group_tests(tests, load_holidays, drop_holidays);
}
