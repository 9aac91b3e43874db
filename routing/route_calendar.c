#include "routing/route_calendar.h"

#include <stdlib.h>
#include <string.h>

#include "routing/route_date.h"
#include "server/base/bug.h"

#define SECOND_US   INT64_C(1000000)
#define MINUTE_US   (60 * SECOND_US)
#define HOUR_US     (60 * MINUTE_US)
#define DAY_US      (24 * HOUR_US)
#define DAY_MINUTES 1440
/* Instants beyond this are brought to it. The longest period that can be added to it, in the
 * sparsest calendar, still ends before ROUTE_DAY_MAX. */
#define INSTANT_LIMIT_US INT64_C(4000000000000000000)
#define OFFSET_LIMIT_S   86400
#define LISTED_SPAN_MAX  (1000 * 366) /* days between the first and the last listed one */

struct session {
    int64_t start_us, end_us; /* of the local day */
};

struct route_calendar {
    int32_t utc_offset_s;
    int32_t (*utc_offset_at)(void *context, int64_t at_us);
    void *utc_offset_context; /* borrowed */
    int32_t close_minute;
    struct session sessions[2]; /* of a working day, in order */
    size_t n_sessions;
    uint32_t work_week;
    int32_t first_day; /* of the span of listed days */
    int32_t n_days;
    int32_t n_working; /* working days in the span */
    int32_t *working;  /* owned: they themselves, ascending */
    int32_t *up_to;    /* part of `working`: how many of them up to and with each day of the span */
    unsigned char listed[]; /* per day of the span: is it a working day, the lists considered */
};

static int64_t clamp_instant(int64_t at_us)
{
    if (at_us > INSTANT_LIMIT_US) {
        return INSTANT_LIMIT_US;
    }
    return at_us < -INSTANT_LIMIT_US ? -INSTANT_LIMIT_US : at_us;
}

static bool in_week(uint32_t work_week, int32_t day)
{
    return (work_week >> route_date_weekday(day) & 1u) != 0;
}

/* ---- making one ---- */

static enum status check_hours(const struct route_calendar_source *s, struct err *e)
{
    if (s->utc_offset_s < -OFFSET_LIMIT_S || s->utc_offset_s > OFFSET_LIMIT_S) {
        return err_set(e, STATUS_INVALID, "calendar: UTC offset %d s is over a day",
                       (int)s->utc_offset_s);
    }
    if (s->open_minute < 0 || s->close_minute > DAY_MINUTES || s->open_minute >= s->close_minute) {
        return err_set(e, STATUS_INVALID,
                       "calendar: working hours from minute %d to %d are no part of a day",
                       (int)s->open_minute, (int)s->close_minute);
    }
    if (s->break_start_minute != s->break_end_minute &&
        (s->break_start_minute <= s->open_minute || s->break_end_minute >= s->close_minute ||
         s->break_start_minute > s->break_end_minute)) {
        return err_set(e, STATUS_INVALID,
                       "calendar: the break from minute %d to %d is not within working hours",
                       (int)s->break_start_minute, (int)s->break_end_minute);
    }
    if ((s->work_week & 0x7fu) == 0 || s->work_week > 0x7fu) {
        return err_set(e, STATUS_INVALID, "calendar: the working week %#x is no set of weekdays",
                       (unsigned)s->work_week);
    }
    return STATUS_OK;
}

static enum status span_of_list(const int32_t *days, size_t n, const char *what, int32_t span[2],
                                struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (days[i] > ROUTE_DAY_MAX || days[i] < -ROUTE_DAY_MAX) {
            return err_set(e, STATUS_INVALID, "calendar: %s %zu: day %d is out of range", what, i,
                           (int)days[i]);
        }
        span[0] = days[i] < span[0] ? days[i] : span[0];
        span[1] = days[i] > span[1] ? days[i] : span[1];
    }
    return STATUS_OK;
}

/* span: the first and last listed day; first > last when none is listed. */
static enum status find_span(const struct route_calendar_source *s, int32_t span[2], struct err *e)
{
    span[0] = INT32_MAX;
    span[1] = INT32_MIN;
    enum status status = span_of_list(s->holidays, s->n_holidays, "holiday", span, e);
    if (status == STATUS_OK) {
        status = span_of_list(s->working_days, s->n_working_days, "working day", span, e);
    }
    if (status == STATUS_OK && span[0] <= span[1] && span[1] - span[0] >= LISTED_SPAN_MAX) {
        return err_set(e, STATUS_INVALID, "calendar: the listed days are over %d days apart",
                       LISTED_SPAN_MAX);
    }
    return status;
}

static enum status mark_days(struct route_calendar *cal, const struct route_calendar_source *s,
                             struct err *e)
{
    enum { BY_WEEK_OFF, BY_WEEK_ON, HOLIDAY, WORKING };
    for (int32_t i = 0; i < cal->n_days; i++) {
        cal->listed[i] = in_week(cal->work_week, cal->first_day + i) ? BY_WEEK_ON : BY_WEEK_OFF;
    }
    for (size_t i = 0; i < s->n_holidays; i++) {
        cal->listed[s->holidays[i] - cal->first_day] = HOLIDAY;
    }
    for (size_t i = 0; i < s->n_working_days; i++) {
        unsigned char *mark = &cal->listed[s->working_days[i] - cal->first_day];
        if (*mark == HOLIDAY) {
            struct route_date d = route_date_of_day(s->working_days[i]);
            return err_set(e, STATUS_INVALID,
                           "calendar: %04d-%02d-%02d is both a holiday and a working day",
                           (int)d.year, (int)d.month, (int)d.day);
        }
        *mark = WORKING;
    }
    for (int32_t i = 0; i < cal->n_days; i++) {
        cal->listed[i] = cal->listed[i] == BY_WEEK_ON || cal->listed[i] == WORKING;
    }
    return STATUS_OK;
}

/* So that a sum of working days within the span is one look and not a walk. */
static bool count_days(struct route_calendar *cal)
{
    cal->working = calloc((size_t)cal->n_days * 2 + 1, sizeof *cal->working);
    if (!cal->working) {
        return false;
    }
    cal->up_to = cal->working + cal->n_days;
    for (int32_t i = 0; i < cal->n_days; i++) {
        if (cal->listed[i]) {
            cal->working[cal->n_working++] = cal->first_day + i;
        }
        cal->up_to[i] = cal->n_working;
    }
    return true;
}

static void set_sessions(struct route_calendar *cal, const struct route_calendar_source *s)
{
    int64_t open = s->open_minute * MINUTE_US;
    int64_t close = s->close_minute * MINUTE_US;
    if (s->break_start_minute == s->break_end_minute) {
        cal->sessions[0] = (struct session){open, close};
        cal->n_sessions = 1;
        return;
    }
    cal->sessions[0] = (struct session){open, s->break_start_minute * MINUTE_US};
    cal->sessions[1] = (struct session){s->break_end_minute * MINUTE_US, close};
    cal->n_sessions = 2;
}

enum status route_calendar_create(const struct route_calendar_source *source,
                                  struct route_calendar **out, struct err *e)
{
    int32_t span[2];
    enum status status = check_hours(source, e);
    if (status == STATUS_OK) {
        status = find_span(source, span, e);
    }
    if (status != STATUS_OK) {
        return status;
    }
    int32_t n_days = span[0] <= span[1] ? span[1] - span[0] + 1 : 0;
    struct route_calendar *cal = calloc(1, sizeof *cal + (size_t)n_days);
    if (!cal) {
        return err_set(e, STATUS_NO_MEMORY, "calendar: no memory for %d days", (int)n_days);
    }
    cal->utc_offset_s = source->utc_offset_s;
    cal->utc_offset_at = source->utc_offset_at;
    cal->utc_offset_context = source->utc_offset_context;
    cal->close_minute = source->close_minute;
    cal->work_week = source->work_week;
    cal->first_day = n_days > 0 ? span[0] : 0;
    cal->n_days = n_days;
    set_sessions(cal, source);
    status = mark_days(cal, source, e);
    if (status == STATUS_OK && !count_days(cal)) {
        status = err_set(e, STATUS_NO_MEMORY, "calendar: no memory for %d days", (int)n_days);
    }
    if (status != STATUS_OK) {
        route_calendar_destroy(cal);
        return status;
    }
    *out = cal;
    return STATUS_OK;
}

void route_calendar_destroy(struct route_calendar *cal)
{
    if (cal) {
        free(cal->working);
        free(cal);
    }
}

/* ---- local time ---- */

static int64_t offset_us(const struct route_calendar *cal, int64_t at_us)
{
    int32_t seconds = cal->utc_offset_s;
    if (cal->utc_offset_at) {
        seconds = cal->utc_offset_at(cal->utc_offset_context, at_us);
    }
    return seconds * SECOND_US;
}

int32_t route_calendar_day(const struct route_calendar *cal, int64_t at_us, int64_t *of_day_us)
{
    at_us = clamp_instant(at_us);
    int64_t local_us = at_us + offset_us(cal, at_us);
    int64_t day = local_us / DAY_US - (local_us % DAY_US < 0 ? 1 : 0);
    *of_day_us = local_us - day * DAY_US;
    return (int32_t)day;
}

static int64_t instant_of(const struct route_calendar *cal, int32_t day, int64_t of_day_us)
{
    int64_t local_us = day * DAY_US + of_day_us;
    int64_t at_us = local_us - cal->utc_offset_s * SECOND_US;
    if (cal->utc_offset_at) {
        /* The offset at the guess, then, if that is another one, the offset at what that gives,
         * which is the right one unless the wall clock was turned between the two. */
        int64_t first_us = local_us - offset_us(cal, at_us);
        at_us = first_us == at_us ? at_us : local_us - offset_us(cal, first_us);
    }
    return at_us;
}

int64_t route_calendar_instant(const struct route_calendar *cal, int32_t day, int32_t minute)
{
    day = day > ROUTE_DAY_MAX ? ROUTE_DAY_MAX : day;
    day = day < -ROUTE_DAY_MAX ? -ROUTE_DAY_MAX : day;
    return instant_of(cal, day, minute * MINUTE_US);
}

bool route_calendar_is_working_day(const struct route_calendar *cal, int32_t day)
{
    int64_t i = (int64_t)day - cal->first_day;
    if (i >= 0 && i < cal->n_days) {
        return cal->listed[i] != 0;
    }
    return in_week(cal->work_week, day);
}

bool route_calendar_is_working_time(const struct route_calendar *cal, int64_t at_us)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, at_us, &of_day_us);
    if (!route_calendar_is_working_day(cal, day)) {
        return false;
    }
    for (size_t i = 0; i < cal->n_sessions; i++) {
        if (of_day_us >= cal->sessions[i].start_us && of_day_us < cal->sessions[i].end_us) {
            return true;
        }
    }
    return false;
}

/* ---- adding ---- */

static int32_t clamp_amount(int32_t amount, int32_t max)
{
    if (amount < 0) {
        return 0;
    }
    return amount < max ? amount : max;
}

/* The first working day after `day`. Ends: the week has a working day, and the list is finite. */
static int32_t next_working_day(const struct route_calendar *cal, int32_t day)
{
    do {
        day++;
    } while (!route_calendar_is_working_day(cal, day));
    return day;
}

static int32_t working_day_after(const struct route_calendar *cal, int32_t day, int32_t days)
{
    int64_t i = (int64_t)day - cal->first_day;
    if (days > 0 && i >= 0 && i < cal->n_days && cal->up_to[i] + days <= cal->n_working) {
        return cal->working[cal->up_to[i] + days - 1];
    }
    for (; days > 0; days--) {
        day = next_working_day(cal, day);
    }
    return day;
}

int64_t route_calendar_add_working_days(const struct route_calendar *cal, int64_t at_us,
                                        int32_t days)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, at_us, &of_day_us);
    days = clamp_amount(days, ROUTE_DEADLINE_DAYS_MAX);
    if (days == 0) {
        bool past = of_day_us > cal->close_minute * MINUTE_US;
        if (past || !route_calendar_is_working_day(cal, day)) {
            day = next_working_day(cal, day);
        }
    }
    return route_calendar_instant(cal, working_day_after(cal, day, days), cal->close_minute);
}

int64_t route_calendar_add_hours(const struct route_calendar *cal, int64_t at_us, int32_t hours)
{
    (void)cal; /* round the clock: no calendar slows it down */
    return clamp_instant(at_us) + clamp_amount(hours, ROUTE_DEADLINE_HOURS_MAX) * HOUR_US;
}

int64_t route_calendar_add_working_minutes(const struct route_calendar *cal, int64_t at_us,
                                           int32_t minutes)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, at_us, &of_day_us);
    int64_t left_us = clamp_amount(minutes, ROUTE_DEADLINE_HOURS_MAX * 60) * MINUTE_US;
    if (!route_calendar_is_working_day(cal, day)) {
        day = next_working_day(cal, day);
        of_day_us = 0;
    }
    for (;;) {
        for (size_t i = 0; i < cal->n_sessions; i++) {
            const struct session *s = &cal->sessions[i];
            int64_t from_us = of_day_us > s->start_us ? of_day_us : s->start_us;
            int64_t room_us = s->end_us - from_us;
            /* Nothing left to count still needs an open door to be due. */
            if (room_us > 0 && left_us <= room_us) {
                return instant_of(cal, day, from_us + left_us);
            }
            left_us -= room_us > 0 ? room_us : 0;
        }
        day = next_working_day(cal, day);
        of_day_us = 0;
    }
}

int64_t route_deadline_due(const struct route_calendar *cal, struct route_deadline deadline,
                           int64_t at_us)
{
    switch (deadline.kind) {
    case ROUTE_DEADLINE_HOURS:
        return route_calendar_add_hours(cal, at_us, deadline.value);
    case ROUTE_DEADLINE_WORKING_DAYS:
        return route_calendar_add_working_days(cal, at_us, deadline.value);
    case ROUTE_DEADLINE_WORKING_HOURS:
        return route_calendar_add_working_minutes(
            cal, at_us, clamp_amount(deadline.value, ROUTE_DEADLINE_HOURS_MAX) * 60);
    case ROUTE_DEADLINE_INHERIT:
        break;
    }
    BUG("a deadline that was not resolved");
}
