/* Due times: a table of input, expected and reason over the shipped holidays, and random cases held
 * against an oracle that counts minute by minute. Run from the project's root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "routing/route_date.h"
#include "routing/route_deadlines.h"
#include "server/base/csv.h"

#define DAYS_MAX  200
#define MINUTE_US INT64_C(60000000)
#define DAY_US    (1440 * MINUTE_US)
#define OFFSET_US (420 * MINUTE_US)

enum { CITY, SHIFTS, ROUND_THE_CLOCK };          /* calendars */
enum { OF_CITY, OF_SHIFTS, OF_ROUND_THE_CLOCK }; /* agencies */
enum { TOP, CHILD, URGENT, OWN_STEPS, LEAF };    /* categories */
enum { REPORTER, STORM };                        /* reasons to pause */

static int32_t off[DAYS_MAX], worked[DAYS_MAX];
static struct route_named_day named[DAYS_MAX];
static size_t n_off, n_worked, n_named;
static struct route_deadlines *deadlines;
static struct route_calendar *calendars[3]; /* for the oracle: it asks one instant at a time */

static const struct route_hours office[] = {
    {0, 450, 690},  {0, 780, 1020}, {1, 450, 690},  {1, 780, 1020}, {2, 450, 690},
    {2, 780, 1020}, {3, 450, 690},  {3, 780, 1020}, {4, 450, 690},  {4, 780, 1020}};
/* Saturday mornings too, until late on Fridays, no holidays. */
static const struct route_hours shifts[] = {{0, 480, 1020}, {1, 480, 1020}, {2, 480, 1020},
                                            {3, 480, 1020}, {4, 480, 1200}, {5, 480, 720}};
static const struct route_hours always[] = {{0, 0, 1440}, {1, 0, 1440}, {2, 0, 1440}, {3, 0, 1440},
                                            {4, 0, 1440}, {5, 0, 1440}, {6, 0, 1440}};
/* The Saturday before Tet 2026's week is worked in the morning only. */
static const struct route_hours half_day[] = {{20571, 450, 690}};

static const char *keep(struct str text)
{
    char *copy = test_malloc(text.n + 1);
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return copy;
}

static void load_days(void)
{
    struct csv *csv = NULL;
    struct err e = {STATUS_OK, ""};
    bool more = false;
    assert_int_equal(csv_open("server/city/holidays.csv", &csv, &e), STATUS_OK);
    assert_int_equal(csv_next(csv, &more, &e), STATUS_OK);
    for (; more && n_named < DAYS_MAX; n_named++) {
        struct route_named_day *d = &named[n_named];
        assert_true(route_date_parse(csv_field(csv, csv_column(csv, "date")), &d->day));
        d->worked = str_equal_z(csv_field(csv, csv_column(csv, "kind")), "working");
        d->name_vi = keep(csv_field(csv, csv_column(csv, "name_vi")));
        d->name_en = keep(csv_field(csv, csv_column(csv, "name_en")));
        if (d->worked) {
            worked[n_worked++] = d->day;
        } else {
            off[n_off++] = d->day;
        }
        assert_int_equal(csv_next(csv, &more, &e), STATUS_OK);
    }
    csv_close(csv);
}

static int make(void **state)
{
    (void)state;
    load_days();
    struct route_calendar_row rows[] = {
        [CITY] = {"city", "lịch Thành phố", "the city's", {0}, named, n_named},
        [SHIFTS] = {"ca", "lịch theo ca", "shifts", {0}, NULL, 0},
        [ROUND_THE_CLOCK] = {"24-7", "trực 24/7", "round the clock", {0}, NULL, 0}};
    for (size_t i = 0; i < 3; i++) {
        rows[i].source.utc_offset_s = 25200;
    }
    rows[CITY].source.week_hours = office;
    rows[CITY].source.n_week_hours = 10;
    rows[CITY].source.holidays = off;
    rows[CITY].source.n_holidays = n_off;
    rows[CITY].source.working_days = worked;
    rows[CITY].source.n_working_days = n_worked;
    rows[SHIFTS].source.week_hours = shifts;
    rows[SHIFTS].source.n_week_hours = 6;
    rows[ROUND_THE_CLOCK].source.week_hours = always;
    rows[ROUND_THE_CLOCK].source.n_week_hours = 7;
    static const int32_t of_agency[] = {-1, SHIFTS, ROUND_THE_CLOCK};
    static const struct route_deadline_category categories[] = {
        [TOP] = {-1, false, {ROUTE_DEADLINE_WORKING_DAYS, 5}},
        [CHILD] = {TOP, false, {ROUTE_DEADLINE_INHERIT, 0}},
        [URGENT] = {TOP, true, {ROUTE_DEADLINE_HOURS, 2}},
        [OWN_STEPS] = {CHILD, false, {ROUTE_DEADLINE_INHERIT, 0}},
        [LEAF] = {OWN_STEPS, false, {ROUTE_DEADLINE_WORKING_DAYS, 10}}};
    static const struct route_step_row steps[] = {
        {-1, -1, ROUTE_STEP_PASS_ON, {ROUTE_DEADLINE_MINUTES, 5}},
        {-1, -1, ROUTE_STEP_ACCEPT, {ROUTE_DEADLINE_WORKING_HOURS, 4}},
        {-1, -1, ROUTE_STEP_ANSWER, {ROUTE_DEADLINE_WORKING_DAYS, 2}},
        {-1, -1, ROUTE_STEP_RESOLVE, {ROUTE_DEADLINE_WORKING_DAYS, 7}},
        {-1, 1, ROUTE_STEP_ACCEPT, {ROUTE_DEADLINE_MINUTES, 15}},
        {-1, 1, ROUTE_STEP_ANSWER, {ROUTE_DEADLINE_HOURS, 1}},
        {-1, 1, ROUTE_STEP_RESOLVE, {ROUTE_DEADLINE_HOURS, 3}},
        {OWN_STEPS, -1, ROUTE_STEP_RESOLVE, {ROUTE_DEADLINE_WORKING_HOURS, 16}},
        {OWN_STEPS, 1, ROUTE_STEP_RESOLVE, {ROUTE_DEADLINE_HOURS, 6}}};
    static const struct route_pause_reason reasons[] = {
        [REPORTER] = {"cho", "Chờ người phản ánh", "Waiting for the reporter", 5},
        [STORM] = {"bao", "Bão", "Storm", 1}};
    const struct route_deadlines_source source = {rows, 3,     of_agency, 3,       categories,
                                                  5,    steps, 9,         reasons, 2};
    struct err e = {STATUS_OK, ""};
    if (route_deadlines_create(&source, &deadlines, &e) != STATUS_OK) {
        fail_msg("%s", e.text);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(route_calendar_create(&rows[i].source, &calendars[i], &e), STATUS_OK);
    }
    return 0;
}

static int drop(void **state)
{
    (void)state;
    route_deadlines_destroy(deadlines);
    for (size_t i = 0; i < 3; i++) {
        route_calendar_destroy(calendars[i]);
    }
    for (size_t i = 0; i < n_named; i++) {
        test_free((void *)(uintptr_t)named[i].name_vi);
        test_free((void *)(uintptr_t)named[i].name_en);
    }
    return 0;
}

/* "2025-07-01 08:00[:30]", local. */
static int64_t instant(const char *text)
{
    int32_t day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    assert_true(route_date_parse((struct str){text, 10}, &day));
    assert_true(sscanf(text + 10, "%d:%d:%d", &hour, &minute, &second) >= 2);
    return day * DAY_US + (hour * 60 + minute) * MINUTE_US + second * INT64_C(1000000) - OFFSET_US;
}

static const char *word(int64_t at_us, char out[32])
{
    int64_t local_us = at_us + OFFSET_US;
    struct route_date d = route_date_of_day((int32_t)(local_us / DAY_US));
    int second = (int)(local_us % DAY_US / 1000000);
    (void)snprintf(out, 32, "%04d-%02d-%02d %02d:%02d:%02d", (int)d.year, (int)d.month, (int)d.day,
                   second / 3600, second / 60 % 60, second % 60);
    return out;
}

struct due_case {
    const char *received;
    int32_t category, agency;
    enum route_step step;
    const char *pause_from, *pause_to; /* NULL: none; "" in pause_to: it lasts */
    const char *expected, *reason;
};

static void check(const struct due_case *c)
{
    struct route_pause pause = {0, INT64_MAX, REPORTER};
    struct route_deadline_facts f = {.category = c->category,
                                     .agency = c->agency,
                                     .received_us = instant(c->received),
                                     .clock_from_us = instant(c->received),
                                     .terms = ROUTE_TERMS_NONE};
    if (c->pause_from) {
        pause.from_us = instant(c->pause_from);
        pause.to_us = *c->pause_to ? instant(c->pause_to) : INT64_MAX;
        f.pauses = &pause;
        f.n_pauses = 1;
    }
    int64_t got = route_deadlines_due(deadlines, &f).at_us[c->step];
    struct route_due_reason why;
    char text[32];
    if (got != instant(c->expected)) {
        fail_msg("%s, %s: got %s, expected %s (%s)", c->received, route_step_names[c->step],
                 word(got, text), c->expected, c->reason);
    }
    route_deadlines_explain(deadlines, &f, c->step, &why);
    assert_true(why.due_us == got);
}

#define P_  ROUTE_STEP_PASS_ON
#define A_  ROUTE_STEP_ACCEPT
#define F_  ROUTE_STEP_ANSWER
#define R_  ROUTE_STEP_RESOLVE
#define ALL OF_ROUND_THE_CLOCK
#define NO  NULL, NULL

static void the_table(void **state)
{
    (void)state;
    static const struct due_case cases[] = {
        {"2025-01-28 23:58", TOP, OF_CITY, P_, NO, "2025-01-29 00:03", "5 minutes into Tet"},
        {"2025-12-31 23:57:30", TOP, ALL, P_, NO, "2026-01-01 00:02:30", "over the year end"},
        {"2025-01-24 15:30", TOP, OF_CITY, A_, NO, "2025-02-03 10:00", "4 h over Tet 2025"},
        {"2026-02-13 15:30", TOP, OF_CITY, A_, NO, "2026-02-23 10:00", "4 h over Tet 2026"},
        {"2027-02-04 15:30", TOP, OF_CITY, A_, NO, "2027-02-10 10:00", "4 h over Tet 2027"},
        {"2025-01-24 15:30", TOP, OF_CITY, R_, NO, "2025-02-07 17:00", "5 days over Tet 2025"},
        {"2026-02-13 15:30", TOP, OF_CITY, R_, NO, "2026-02-27 17:00", "5 days over Tet 2026"},
        {"2027-02-04 15:30", TOP, OF_CITY, R_, NO, "2027-02-16 17:00", "5 days over Tet 2027"},
        {"2025-01-24 15:30", TOP, ALL, R_, NO, "2025-01-30 00:00",
         "round the clock: Tet is worked"},
        {"2025-01-24 23:59", TOP, ALL, A_, NO, "2025-01-25 03:59", "at night too"},
        {"2025-12-31 16:59", TOP, OF_CITY, R_, NO, "2026-01-09 17:00", "five days over a year end"},
        {"2024-12-31 17:01", TOP, OF_CITY, F_, NO, "2025-01-03 17:00", "two days over a year end"},
        {"2026-12-31 09:00", TOP, OF_CITY, F_, NO, "2027-01-05 17:00", "1 January 2027, a weekend"},
        {"2025-08-08 16:00", TOP, OF_SHIFTS, A_, NO, "2025-08-08 20:00", "open late on Fridays"},
        {"2025-08-08 19:00", TOP, OF_SHIFTS, A_, NO, "2025-08-09 11:00", "then Saturday morning"},
        {"2025-08-07 19:00", TOP, OF_SHIFTS, F_, NO, "2025-08-09 12:00", "closes at noon then"},
        {"2025-09-01 19:00", TOP, OF_SHIFTS, F_, NO, "2025-09-03 17:00", "keeps no holiday"},
        {"2025-08-04 08:00", CHILD, OF_CITY, R_, NO, "2025-08-11 17:00", "its parent's five days"},
        {"2025-08-04 08:00", LEAF, OF_CITY, R_, NO, "2025-08-18 17:00", "its own ten"},
        {"2025-08-04 08:00", OWN_STEPS, OF_CITY, R_, NO, "2025-08-06 08:00", "16 working hours"},
        {"2025-08-04 08:00", -1, OF_CITY, R_, NO, "2025-08-13 17:00", "unknown: the default"},
        {"2025-08-04 23:30", URGENT, OF_CITY, A_, NO, "2025-08-04 23:45", "urgent: 15 minutes"},
        {"2025-08-04 23:30", URGENT, OF_CITY, R_, NO, "2025-08-05 01:30", "urgent: 2 hours"},
        {"2025-08-08 18:00", OWN_STEPS, OF_CITY, F_, NO, "2025-08-12 17:00", "as both steps say"},
        {"2025-08-04 08:00", URGENT, OF_CITY, R_, "2025-08-04 09:00", "2025-08-04 11:15",
         "2025-08-04 12:15", "an hour was left when it stopped"},
        {"2025-08-04 08:00", URGENT, OF_CITY, R_, "2025-08-04 10:00", "2025-08-04 11:00",
         "2025-08-04 10:00", "stopped when it was due: too late"},
        {"2025-08-04 08:00", TOP, OF_CITY, A_, "2025-08-04 11:00", "2025-08-05 09:00",
         "2025-08-05 10:00", "3 of 4 hours were used"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 10:00", "2025-08-05 16:59",
         "2025-08-11 17:00", "runs at the close: the day counts"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 10:00", "2025-08-05 17:00",
         "2025-08-12 17:00", "stopped up to the close: it does not"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 17:00", "2025-08-06 09:00",
         "2025-08-11 17:00", "only the night"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 10:00", "2025-08-07 09:00",
         "2025-08-13 17:00", "Tuesday and Wednesday do not count"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-11 10:00", "2025-08-13 09:00",
         "2025-08-13 17:00", "stopped on its last day"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 10:00", "2025-08-12 10:00",
         "2025-08-18 17:00", "just five working days: the cap"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 10:00", "2025-08-12 16:59",
         "2025-08-18 17:00", "past the cap, before the close"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 10:00", "2025-09-30 10:00",
         "2025-08-18 17:00", "far past the cap: the clock ran on"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-05 10:00", "", "2025-08-18 17:00",
         "it lasts: as at its cap"},
        {"2025-01-20 08:00", TOP, OF_CITY, R_, "2025-01-24 10:00", "", "2025-02-10 17:00",
         "the cap is in working days: Tet does not use it up"},
        {"2025-08-04 08:00", URGENT, ALL, R_, "2025-08-04 09:00", "", "2025-08-09 10:00",
         "round the clock: five days of 24 hours"},
        {"2025-08-04 08:00", TOP, OF_CITY, P_, "2025-08-04 08:01", "2025-08-04 09:00",
         "2025-08-04 08:05", "passing on does not wait"},
        {"2025-08-04 08:00", TOP, OF_CITY, R_, "2025-08-01 08:00", "2025-08-03 08:00",
         "2025-08-11 17:00", "a pause from before"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(&cases[i]);
    }
}

static void overrides_and_limits(void **state)
{
    (void)state;
    struct route_deadline_facts f = {.category = TOP,
                                     .agency = OF_CITY,
                                     .received_us = instant("2025-08-04 08:00"),
                                     .clock_from_us = instant("2025-08-04 08:00"),
                                     .terms = ROUTE_TERMS_NONE};
    f.terms.steps[R_] = (struct route_deadline){ROUTE_DEADLINE_HOURS, 1};
    struct route_due due = route_deadlines_due(deadlines, &f);
    assert_true(due.at_us[R_] == instant("2025-08-04 09:00"));
    assert_true(due.at_us[F_] == due.at_us[R_] && due.at_us[A_] == due.at_us[R_]);
    struct route_due_reason why;
    route_deadlines_explain(deadlines, &f, F_, &why);
    assert_true(why.limited && why.n_skips == 0);

    f.terms = ROUTE_TERMS_NONE;
    f.terms.urgent = 1; /* the category's five days are for what is not urgent */
    assert_true(route_deadlines_due(deadlines, &f).at_us[R_] == instant("2025-08-04 11:00"));
    f.category = URGENT;
    f.terms.urgent = 0; /* and its parent's five days are for what is not */
    assert_true(route_deadlines_due(deadlines, &f).at_us[R_] == instant("2025-08-11 17:00"));
    f.terms = ROUTE_TERMS_NONE;
    f.terms.calendar = ROUND_THE_CLOCK;
    f.category = TOP;
    assert_true(route_deadlines_due(deadlines, &f).at_us[A_] == instant("2025-08-04 12:00"));

    /* Re-routed: its steps count from then, passing on from receipt. */
    f.terms = ROUTE_TERMS_NONE;
    f.clock_from_us = instant("2025-08-06 08:00");
    due = route_deadlines_due(deadlines, &f);
    assert_true(due.at_us[P_] == instant("2025-08-04 08:05"));
    assert_true(due.at_us[R_] == instant("2025-08-13 17:00"));
}

/* The agency commits to a date: that is when it is due, moved by what stops the clock afterwards.
 */
static void extensions(void **state)
{
    (void)state;
    struct route_pause pauses[2] = {
        {instant("2025-08-05 08:00"), instant("2025-08-05 10:00"), REPORTER},
        {instant("2025-08-12 09:00"), instant("2025-08-12 12:00"), REPORTER}};
    struct route_deadline_facts f = {.category = TOP,
                                     .agency = OF_CITY,
                                     .received_us = instant("2025-08-04 08:00"),
                                     .clock_from_us = instant("2025-08-04 08:00"),
                                     .terms = ROUTE_TERMS_NONE,
                                     .pauses = pauses,
                                     .n_pauses = 1};
    f.terms.committed_at_us = instant("2025-08-08 15:00");
    f.terms.committed_us = instant("2025-08-20 16:30");
    struct route_due due = route_deadlines_due(deadlines, &f);
    assert_true(due.at_us[R_] == instant("2025-08-20 16:30")); /* the pause was before */
    assert_true(due.at_us[A_] < instant("2025-08-06 00:00")); /* the other steps are as they were */
    struct route_due_reason why;
    route_deadlines_explain(deadlines, &f, R_, &why);
    assert_true(why.due_us == due.at_us[R_] && why.n_skips == 0);
    f.n_pauses = 2;
    due = route_deadlines_due(deadlines, &f);
    assert_true(due.at_us[R_] == instant("2025-08-20 19:30"));
    route_deadlines_explain(deadlines, &f, R_, &why);
    assert_true(why.due_us == due.at_us[R_] && why.n_skips == 1);
    struct strbuf out;
    strbuf_init(&out, 4000);
    route_deadlines_sentence(deadlines, R_, &why, true, &out);
    assert_string_equal(out.p,
                        "To be resolved by 19:30 20/08/2025: extended; the agency committed to "
                        "this date at 15:00 08/08/2025; stopped: Waiting for the reporter "
                        "(12/08).");
    strbuf_free(&out);
}

static void sentences(void **state)
{
    (void)state;
    struct route_pause pause = {instant("2025-02-04 10:00"), instant("2025-02-05 08:00"), REPORTER};
    struct route_deadline_facts f = {.category = TOP,
                                     .agency = OF_CITY,
                                     .received_us = instant("2025-01-24 10:00"),
                                     .clock_from_us = instant("2025-01-24 10:00"),
                                     .terms = ROUTE_TERMS_NONE,
                                     .pauses = &pause,
                                     .n_pauses = 1};
    struct route_due_reason why;
    struct strbuf out;
    strbuf_init(&out, 4000);
    route_deadlines_explain(deadlines, &f, R_, &why);
    route_deadlines_sentence(deadlines, R_, &why, false, &out);
    assert_string_equal(
        out.p, "Hạn giải quyết 17:00 10/02/2025: 5 ngày làm việc kể từ 10:00 24/01/2025, theo lịch "
               "Thành phố, không tính ngày đó; không tính 6 ngày nghỉ hằng tuần"
               "; nghỉ lễ: Tết Nguyên đán Ất Tỵ (28 tháng Chạp) (27/01)"
               "; nghỉ lễ: Tết Nguyên đán Ất Tỵ (29 tháng Chạp) (28/01)"
               "; nghỉ lễ: Tết Nguyên đán Ất Tỵ (mùng 1) (29/01)"
               "; nghỉ lễ: Tết Nguyên đán Ất Tỵ (mùng 2) (30/01)"
               "; nghỉ lễ: Tết Nguyên đán Ất Tỵ (mùng 3) (31/01)"
               "; tạm dừng: Chờ người phản ánh (04/02–05/02).");
    strbuf_free(&out);
    strbuf_init(&out, 4000);
    f.n_pauses = 0;
    f.received_us = f.clock_from_us = instant("2025-04-24 10:00");
    route_deadlines_explain(deadlines, &f, F_, &why);
    route_deadlines_sentence(deadlines, F_, &why, true, &out);
    assert_string_equal(out.p, "First answer due by 17:00 26/04/2025: 2 working days from 10:00 "
                               "24/04/2025, calendar: the city's, that day not counted"
                               "; worked: Worked in place of 2 May (26/04).");
    strbuf_free(&out);
}

/* ---- the oracle: minute by minute ---- */

static uint64_t seed = 20250701;

static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

/* Whether the minute that begins at each instant is paused, caps considered. */
static void mark_paused(const struct route_deadline_facts *f, int cal, int64_t from_us,
                        unsigned char *paused, size_t n)
{
    int64_t used[2] = {0, 0};
    int64_t cap[2] = {5, 1};
    for (size_t i = 0; i < f->n_pauses; i++) {
        const struct route_pause *p = &f->pauses[i];
        int64_t worth = cap[p->reason] * route_calendar_day_length(calendars[cal]) / MINUTE_US;
        for (int64_t at_us = p->from_us; at_us < p->to_us && used[p->reason] < worth;
             at_us += MINUTE_US) {
            int64_t k = (at_us - from_us) / MINUTE_US;
            used[p->reason] += route_calendar_is_working_time(calendars[cal], at_us);
            if (at_us >= from_us && k < (int64_t)n) {
                paused[k] = 1;
            }
        }
    }
}

/* True if a working day ends with that minute. */
static bool last_of_day(int cal, int64_t at_us)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(calendars[cal], at_us, &of_day_us);
    if (!route_calendar_is_working_time(calendars[cal], at_us)) {
        return false;
    }
    for (int64_t later = at_us + MINUTE_US; of_day_us + (later - at_us) < DAY_US;
         later += MINUTE_US) {
        if (route_calendar_is_working_time(calendars[cal], later)) {
            return false;
        }
    }
    (void)day;
    return true;
}

static int64_t naive(struct route_deadline d, int cal, int64_t from_us, const unsigned char *paused,
                     size_t n)
{
    int64_t left = d.kind == ROUTE_DEADLINE_HOURS || d.kind == ROUTE_DEADLINE_WORKING_HOURS
                       ? (int64_t)d.value * 60
                       : d.value;
    int64_t of_day_us;
    int32_t first = route_calendar_day(calendars[cal], from_us, &of_day_us);
    for (size_t k = 0; k < n; k++) {
        int64_t at_us = from_us + (int64_t)k * MINUTE_US;
        bool counts = !paused[k];
        if (d.kind == ROUTE_DEADLINE_WORKING_HOURS) {
            counts = counts && route_calendar_is_working_time(calendars[cal], at_us);
        } else if (d.kind == ROUTE_DEADLINE_WORKING_DAYS) {
            counts = counts && route_calendar_day(calendars[cal], at_us, &of_day_us) != first &&
                     last_of_day(cal, at_us);
        }
        left -= counts;
        if (left == 0) {
            return at_us + MINUTE_US;
        }
    }
    return -1;
}

static size_t random_pauses(int64_t from_us, struct route_pause *pauses)
{
    size_t n = random_below(4);
    int64_t at_us = from_us + ((int64_t)random_below(3000) - 300) * MINUTE_US;
    for (size_t i = 0; i < n; i++) {
        int64_t length = (int64_t)random_below(random_below(2) ? 600 : 9000);
        pauses[i] =
            (struct route_pause){at_us, at_us + length * MINUTE_US, (int32_t)random_below(2)};
        at_us += (length + 1 + (int64_t)random_below(2500)) * MINUTE_US;
    }
    if (n > 0 && random_below(4) == 0) {
        pauses[n - 1].to_us = from_us + 60 * DAY_US; /* longer than any cap */
    }
    return n;
}

static void random_cases_agree_with_the_oracle(void **state)
{
    (void)state;
    enum { MINUTES = 70 * 1440, CASES = 600 };
    static const enum route_deadline_kind kinds[] = {ROUTE_DEADLINE_MINUTES, ROUTE_DEADLINE_HOURS,
                                                     ROUTE_DEADLINE_WORKING_HOURS,
                                                     ROUTE_DEADLINE_WORKING_DAYS};
    unsigned char *paused = test_malloc(MINUTES);
    size_t with_pauses = 0;
    for (int i = 0; i < CASES; i++) {
        static const char *const near[] = {"2025-01-15 00:00", "2026-02-05 00:00",
                                           "2027-01-28 00:00", "2025-12-24 00:00",
                                           "2026-04-20 00:00", "2026-08-18 00:00"};
        int cal = (int)random_below(3);
        struct route_pause pauses[4];
        int64_t from_us =
            instant(near[random_below(6)]) + (int64_t)random_below(20 * 1440) * MINUTE_US;
        struct route_deadline d = {kinds[random_below(4)], 0};
        d.value = 1 + (int32_t)random_below(d.kind == ROUTE_DEADLINE_MINUTES        ? 4000
                                            : d.kind == ROUTE_DEADLINE_WORKING_DAYS ? 12
                                                                                    : 50);
        struct route_deadline_facts f = {.category = TOP,
                                         .agency = cal,
                                         .received_us = from_us,
                                         .clock_from_us = from_us,
                                         .terms = ROUTE_TERMS_NONE,
                                         .pauses = pauses};
        f.n_pauses = random_pauses(from_us, pauses);
        f.terms.steps[R_] = d;
        memset(paused, 0, MINUTES);
        mark_paused(&f, cal, from_us, paused, MINUTES);
        int64_t expected = naive(d, cal, from_us, paused, MINUTES);
        int64_t got = route_deadlines_due(deadlines, &f).at_us[R_];
        char a[32];
        char b[32];
        char c[32];
        if (got != expected) {
            fail_msg("case %d: calendar %d, %d of kind %d from %s with %zu pauses: %s, oracle %s",
                     i, cal, (int)d.value, (int)d.kind, word(from_us, a), f.n_pauses, word(got, b),
                     word(expected, c));
        }
        with_pauses += f.n_pauses > 0;
    }
    assert_true(with_pauses > CASES / 2);
    test_free(paused);
}

static void hours_of_one_day(void **state)
{
    (void)state;
    static const int32_t saturday[] = {20571}; /* 2026-04-28 is 20571: a Tuesday */
    struct route_calendar_source source = {.utc_offset_s = 25200,
                                           .week_hours = office,
                                           .n_week_hours = 10,
                                           .working_days = saturday,
                                           .n_working_days = 1,
                                           .day_hours = half_day,
                                           .n_day_hours = 1};
    struct route_calendar *cal = NULL;
    struct err e = {STATUS_OK, ""};
    assert_int_equal(route_calendar_create(&source, &cal, &e), STATUS_OK);
    assert_true(route_calendar_close(cal, 20571) == 20571 * DAY_US + 690 * MINUTE_US - OFFSET_US);
    route_calendar_destroy(cal);
    /* Hours of a day that is not worked, overlapping hours, and hours that are none. */
    source.n_working_days = 0;
    assert_int_equal(route_calendar_create(&source, &cal, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "not worked"));
    static const struct route_hours overlap[] = {{0, 450, 690}, {0, 680, 700}};
    source = (struct route_calendar_source){.week_hours = overlap, .n_week_hours = 2};
    assert_int_equal(route_calendar_create(&source, &cal, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "overlap"));
    static const struct route_hours none[] = {{0, 690, 690}};
    source = (struct route_calendar_source){.week_hours = none, .n_week_hours = 1};
    assert_int_equal(route_calendar_create(&source, &cal, &e), STATUS_INVALID);
    static const struct route_hours eighth[] = {{7, 690, 700}};
    source = (struct route_calendar_source){.week_hours = eighth, .n_week_hours = 1};
    assert_int_equal(route_calendar_create(&source, &cal, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "weekday"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(overrides_and_limits),
        cmocka_unit_test(extensions),
        cmocka_unit_test(sentences),
        cmocka_unit_test(random_cases_agree_with_the_oracle),
        cmocka_unit_test(hours_of_one_day),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
