/* The working calendar: which days and hours count towards a deadline.
 *
 * Everything is data: the working week, office hours, public holidays, substitute working days and
 * the time zone. Nothing about any country is built in.
 *
 * THE RULES
 * - A day is a working day if it is listed as one, or if its weekday is in the working week and it
 *   is not listed as a holiday.
 * - "n working days": the local date of receipt is never counted, whatever the hour; the n-th
 *   working day after it is the last day, and the deadline is that day's close of business. What
 *   comes in on Monday at 00:00 or at 23:59 is due, for 5 working days, at the close of the next
 *   Monday; what comes in on Saturday or Sunday counts Monday as its first day and is due at the
 *   close of Friday. So a later receipt never has an earlier deadline. (This is how the Civil Code
 *   counts: the first day of a period is the one after the event.)
 * - "0 working days": the close of business of the day of receipt, or of the next working day when
 *   that moment has passed or the day is none.
 * - "n minutes", "n hours": by the clock, round the clock, holidays or not: for urgent incidents.
 * - "n working hours": only office hours count. A period that is used up exactly at the close of
 *   business ends there, not at the next opening.
 *
 * Immutable once made: any number of threads may read one. Instants over 126,000 years from 1970
 * are brought to that distance, so that no sum overflows. */
#ifndef ROUTING_ROUTE_CALENDAR_H
#define ROUTING_ROUTE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/err.h"

#define ROUTE_WEEK_MONDAY_TO_FRIDAY 0x1f
#define ROUTE_DEADLINE_DAYS_MAX     10000  /* working days */
#define ROUTE_DEADLINE_HOURS_MAX    100000 /* minutes, hours and working hours */
#define ROUTE_SESSIONS_MAX          6      /* working hours of one day */

/* Working hours of one weekday or of one day; several rows of the same one are its sessions. */
struct route_hours {
    int32_t day;          /* weekday 0 Monday .. 6 Sunday, or a day number */
    int32_t start_minute; /* of the local day */
    int32_t end_minute;   /* after it, at most 1440 */
};

struct route_calendar_source {
    int32_t utc_offset_s; /* local time minus UTC, in seconds: 25200 for Viet Nam */
    /* For zones whose offset changes; NULL where it does not. Called from any thread, must be pure;
     * `utc_offset_s` is then only the first guess. */
    int32_t (*utc_offset_at)(void *context, int64_t at_us);
    void *utc_offset_context; /* borrowed for the calendar's life */

    int32_t open_minute;        /* of the local day, 0..1439: 450 is 07:30 */
    int32_t close_minute;       /* after opening, at most 1440 */
    int32_t break_start_minute; /* a midday break within the hours; both equal: none */
    int32_t break_end_minute;
    uint32_t work_week; /* bit 0 Monday .. bit 6 Sunday; at least one */

    /* If given, the week is just these and the five fields above are not read: a weekday without a
     * row is not worked. Round the clock: seven rows from 0 to 1440. Borrowed for the call. */
    const struct route_hours *week_hours;
    size_t n_week_hours;

    /* Day numbers (route_date.h), in any order, repeats allowed; borrowed for the call. A day in
     * both lists is refused. */
    const int32_t *holidays;
    size_t n_holidays;
    const int32_t *working_days; /* substitute working days */
    size_t n_working_days;
    /* Hours of some of the working_days; without them such a day has those of its weekday, or of
     * the first weekday that is worked. */
    const struct route_hours *day_hours;
    size_t n_day_hours;
};

struct route_calendar;

/* STATUS_INVALID with the field or day named. Free with route_calendar_destroy. */
enum status route_calendar_create(const struct route_calendar_source *source,
                                  struct route_calendar **out, struct err *e) MUST_CHECK;
void route_calendar_destroy(struct route_calendar *cal); /* NULL is fine */

/* The local day and the microsecond of that day (0 .. 86400e6 - 1) at an instant. */
int32_t route_calendar_day(const struct route_calendar *cal, int64_t at_us, int64_t *of_day_us);
/* The instant of a local wall-clock time. A time that a change of offset skips or repeats gives one
 * of the two readings, always the same one. */
int64_t route_calendar_instant(const struct route_calendar *cal, int32_t day, int32_t minute);

bool route_calendar_is_working_day(const struct route_calendar *cal, int32_t day);
/* True from opening (inclusive) to the break or closing (exclusive) of a working day. */
bool route_calendar_is_working_time(const struct route_calendar *cal, int64_t at_us);

/* Negative amounts count as 0, larger ones than the maxima above as those. */
int64_t route_calendar_add_working_days(const struct route_calendar *cal, int64_t at_us,
                                        int32_t days);
int64_t route_calendar_add_hours(const struct route_calendar *cal, int64_t at_us, int32_t hours);
/* 0 minutes: the instant itself in working time, else the next opening. */
int64_t route_calendar_add_working_minutes(const struct route_calendar *cal, int64_t at_us,
                                           int32_t minutes);

/* The same for microseconds, not bounded. */
int64_t route_calendar_add_working_us(const struct route_calendar *cal, int64_t at_us,
                                      int64_t left_us);
/* Working time between two instants; 0 if they are in the wrong order. */
int64_t route_calendar_worked_us(const struct route_calendar *cal, int64_t from_us, int64_t to_us);
/* Working time of an ordinary working day: the first weekday's that is worked. */
int64_t route_calendar_day_length(const struct route_calendar *cal);
/* The days-th working day after that day, the day itself for 0. */
int32_t route_calendar_day_after(const struct route_calendar *cal, int32_t day, int32_t days);
/* The close of business of a working day; of another its midnight. */
int64_t route_calendar_close(const struct route_calendar *cal, int32_t day);

enum route_deadline_kind {
    ROUTE_DEADLINE_INHERIT, /* as the parent category; at the top the rule set's default */
    ROUTE_DEADLINE_HOURS,   /* round the clock */
    ROUTE_DEADLINE_WORKING_DAYS,
    ROUTE_DEADLINE_WORKING_HOURS,
    ROUTE_DEADLINE_MINUTES, /* round the clock */
};

struct route_deadline {
    enum route_deadline_kind kind;
    int32_t value; /* minutes, hours or days, from 1; not read for INHERIT */
};

/* The rules above applied. INHERIT is a bug here: it must have been resolved. */
int64_t route_deadline_due(const struct route_calendar *cal, struct route_deadline deadline,
                           int64_t at_us);

#endif
