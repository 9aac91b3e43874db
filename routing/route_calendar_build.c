/* Making a calendar: what is refused, and the tables that make sums of days one look. */
#include <stdlib.h>
#include <string.h>

#include "routing/route_calendar_internal.h"
#include "routing/route_date.h"

#define DAY_MINUTES     1440
#define OFFSET_LIMIT_S  86400
#define LISTED_SPAN_MAX (1000 * 366) /* days between the first and the last listed one */
#define BY_WEEK         254          /* in `listed`, while it is made */
#define WORKED          253

/* ---- what is refused ---- */

static enum status check_hours(const struct route_calendar_source *s, struct err *e)
{
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

/* ---- hours ---- */

/* The number of a profile like this one, made if there is none; ROUTE_DAY_OFF when full. */
static unsigned char take_profile(struct route_calendar *cal, const struct route_profile *p)
{
    for (size_t i = 0; i < cal->n_profiles; i++) {
        if (cal->profiles[i].n == p->n &&
            memcmp(cal->profiles[i].sessions, p->sessions, p->n * sizeof *p->sessions) == 0) {
            return (unsigned char)i;
        }
    }
    if (cal->n_profiles == ROUTE_PROFILES_MAX) {
        return ROUTE_DAY_OFF;
    }
    cal->profiles[cal->n_profiles] = *p;
    return (unsigned char)cal->n_profiles++;
}

/* The sessions that the rows give a day, in order, apart or touching; none: p->n is 0. */
static enum status collect_sessions(const struct route_hours *rows, size_t n, int32_t day,
                                    struct route_profile *p, struct err *e)
{
    memset(p, 0, sizeof *p);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].day != day) {
            continue;
        }
        if (rows[i].start_minute < 0 || rows[i].end_minute > DAY_MINUTES ||
            rows[i].start_minute >= rows[i].end_minute) {
            return err_set(e, STATUS_INVALID,
                           "calendar: working hours from minute %d to %d are no part of a day",
                           (int)rows[i].start_minute, (int)rows[i].end_minute);
        }
        if (p->n == ROUTE_SESSIONS_MAX) {
            return err_set(e, STATUS_INVALID, "calendar: over %d working hours in one day",
                           ROUTE_SESSIONS_MAX);
        }
        struct route_session s = {rows[i].start_minute * ROUTE_MINUTE_US,
                                  rows[i].end_minute * ROUTE_MINUTE_US};
        size_t seat = p->n++;
        for (; seat > 0 && p->sessions[seat - 1].start_us > s.start_us; seat--) {
            p->sessions[seat] = p->sessions[seat - 1];
        }
        p->sessions[seat] = s;
    }
    for (size_t i = 1; i < p->n; i++) {
        if (p->sessions[i].start_us < p->sessions[i - 1].end_us) {
            return err_set(e, STATUS_INVALID, "calendar: working hours of one day overlap");
        }
    }
    return STATUS_OK;
}

static enum status set_week_of_hours(struct route_calendar *cal,
                                     const struct route_calendar_source *s, struct err *e)
{
    bool any = false;
    for (size_t i = 0; i < s->n_week_hours; i++) {
        if (s->week_hours[i].day < 0 || s->week_hours[i].day > 6) {
            return err_set(e, STATUS_INVALID, "calendar: %d is no weekday",
                           (int)s->week_hours[i].day);
        }
    }
    for (int32_t weekday = 0; weekday < 7; weekday++) {
        struct route_profile p;
        enum status status = collect_sessions(s->week_hours, s->n_week_hours, weekday, &p, e);
        if (status != STATUS_OK) {
            return status;
        }
        cal->week[weekday] = p.n > 0 ? take_profile(cal, &p) : ROUTE_DAY_OFF;
        any = any || p.n > 0;
    }
    return any ? STATUS_OK
               : err_set(e, STATUS_INVALID, "calendar: no weekday of the week is worked");
}

static enum status set_week(struct route_calendar *cal, const struct route_calendar_source *s,
                            struct err *e)
{
    if (s->n_week_hours > 0) {
        return set_week_of_hours(cal, s, e);
    }
    enum status status = check_hours(s, e);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t open = s->open_minute * ROUTE_MINUTE_US;
    int64_t close = s->close_minute * ROUTE_MINUTE_US;
    struct route_profile p = {.n = 1, .sessions = {{open, close}}};
    if (s->break_start_minute != s->break_end_minute) {
        p.sessions[0].end_us = s->break_start_minute * ROUTE_MINUTE_US;
        p.sessions[1] = (struct route_session){s->break_end_minute * ROUTE_MINUTE_US, close};
        p.n = 2;
    }
    for (int32_t weekday = 0; weekday < 7; weekday++) {
        cal->week[weekday] =
            s->work_week >> weekday & 1u ? take_profile(cal, &p) : (unsigned char)ROUTE_DAY_OFF;
    }
    return STATUS_OK;
}

/* ---- days ---- */

/* What a worked day without hours of its own has: its weekday's, or the first worked weekday's. */
static unsigned char ordinary_profile(const struct route_calendar *cal, int32_t day)
{
    unsigned char own = cal->week[route_date_weekday(day)];
    for (int i = 0; own == ROUTE_DAY_OFF && i < 7; i++) {
        own = cal->week[i];
    }
    return own;
}

static enum status mark_days(struct route_calendar *cal, const struct route_calendar_source *s,
                             struct err *e)
{
    memset(cal->listed, BY_WEEK, (size_t)cal->n_days);
    for (size_t i = 0; i < s->n_holidays; i++) {
        cal->listed[s->holidays[i] - cal->first_day] = ROUTE_DAY_OFF;
    }
    for (size_t i = 0; i < s->n_working_days; i++) {
        unsigned char *mark = &cal->listed[s->working_days[i] - cal->first_day];
        if (*mark == ROUTE_DAY_OFF) {
            struct route_date d = route_date_of_day(s->working_days[i]);
            return err_set(e, STATUS_INVALID,
                           "calendar: %04d-%02d-%02d is both a holiday and a working day",
                           (int)d.year, (int)d.month, (int)d.day);
        }
        *mark = WORKED;
    }
    for (int32_t i = 0; i < cal->n_days; i++) {
        int32_t day = cal->first_day + i;
        if (cal->listed[i] == BY_WEEK) {
            cal->listed[i] = cal->week[route_date_weekday(day)];
        } else if (cal->listed[i] == WORKED) {
            cal->listed[i] = ordinary_profile(cal, day);
        }
    }
    return STATUS_OK;
}

/* Hours of single days: only a day that is listed as worked may have them. */
static enum status set_day_hours(struct route_calendar *cal, const struct route_calendar_source *s,
                                 struct err *e)
{
    for (size_t i = 0; i < s->n_day_hours; i++) {
        int32_t day = s->day_hours[i].day;
        int64_t at = (int64_t)day - cal->first_day;
        struct route_profile p;
        if (at < 0 || at >= cal->n_days || cal->listed[at] == ROUTE_DAY_OFF) {
            return err_set(e, STATUS_INVALID, "calendar: day %d has hours but is not worked",
                           (int)day);
        }
        enum status status = collect_sessions(s->day_hours, s->n_day_hours, day, &p, e);
        if (status != STATUS_OK) {
            return status;
        }
        cal->listed[at] = take_profile(cal, &p);
        if (cal->listed[at] == ROUTE_DAY_OFF) {
            return err_set(e, STATUS_INVALID, "calendar: over %d kinds of working day",
                           ROUTE_PROFILES_MAX);
        }
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
        if (cal->listed[i] != ROUTE_DAY_OFF) {
            cal->working[cal->n_working++] = cal->first_day + i;
        }
        cal->up_to[i] = cal->n_working;
    }
    return true;
}

static enum status fill(struct route_calendar *cal, const struct route_calendar_source *source,
                        struct err *e)
{
    cal->profiles = calloc(ROUTE_PROFILES_MAX, sizeof *cal->profiles);
    if (!cal->profiles) {
        return err_set(e, STATUS_NO_MEMORY, "calendar: no memory for hours");
    }
    enum status status = set_week(cal, source, e);
    if (status == STATUS_OK) {
        status = mark_days(cal, source, e);
    }
    if (status == STATUS_OK) {
        status = set_day_hours(cal, source, e);
    }
    if (status == STATUS_OK && !count_days(cal)) {
        status = err_set(e, STATUS_NO_MEMORY, "calendar: no memory for %d days", (int)cal->n_days);
    }
    return status;
}

enum status route_calendar_create(const struct route_calendar_source *source,
                                  struct route_calendar **out, struct err *e)
{
    int32_t span[2];
    if (source->utc_offset_s < -OFFSET_LIMIT_S || source->utc_offset_s > OFFSET_LIMIT_S) {
        return err_set(e, STATUS_INVALID, "calendar: UTC offset %d s is over a day",
                       (int)source->utc_offset_s);
    }
    enum status status = find_span(source, span, e);
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
    cal->first_day = n_days > 0 ? span[0] : 0;
    cal->n_days = n_days;
    status = fill(cal, source, e);
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
        free(cal->profiles);
        free(cal->working);
        free(cal);
    }
}
