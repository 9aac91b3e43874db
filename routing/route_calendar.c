#include "routing/route_calendar.h"

#include "routing/route_calendar_internal.h"
#include "routing/route_date.h"
#include "server/base/bug.h"

#define SECOND_US ROUTE_SECOND_US
#define MINUTE_US ROUTE_MINUTE_US
#define HOUR_US   ROUTE_HOUR_US
#define DAY_US    ROUTE_DAY_US
/* Instants beyond this are brought to it. The longest period that can be added to it, in the
 * sparsest calendar, still ends before ROUTE_DAY_MAX. */
#define INSTANT_LIMIT_US INT64_C(4000000000000000000)

static int64_t clamp_instant(int64_t at_us)
{
    if (at_us > INSTANT_LIMIT_US) {
        return INSTANT_LIMIT_US;
    }
    return at_us < -INSTANT_LIMIT_US ? -INSTANT_LIMIT_US : at_us;
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

/* The hours of a day; NULL: not worked. */
static const struct route_profile *profile_of(const struct route_calendar *cal, int32_t day)
{
    int64_t i = (int64_t)day - cal->first_day;
    unsigned char number =
        i >= 0 && i < cal->n_days ? cal->listed[i] : cal->week[route_date_weekday(day)];
    return number == ROUTE_DAY_OFF ? NULL : &cal->profiles[number];
}

static int64_t close_of(const struct route_profile *p)
{
    return p->sessions[p->n - 1].end_us;
}

bool route_calendar_is_working_day(const struct route_calendar *cal, int32_t day)
{
    return profile_of(cal, day) != NULL;
}

bool route_calendar_is_working_time(const struct route_calendar *cal, int64_t at_us)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, at_us, &of_day_us);
    const struct route_profile *p = profile_of(cal, day);
    for (size_t i = 0; p && i < p->n; i++) {
        if (of_day_us >= p->sessions[i].start_us && of_day_us < p->sessions[i].end_us) {
            return true;
        }
    }
    return false;
}

int64_t route_calendar_day_length(const struct route_calendar *cal)
{
    int64_t length_us = 0;
    for (int weekday = 0; weekday < 7 && length_us == 0; weekday++) {
        if (cal->week[weekday] == ROUTE_DAY_OFF) {
            continue;
        }
        const struct route_profile *p = &cal->profiles[cal->week[weekday]];
        for (size_t i = 0; i < p->n; i++) {
            length_us += p->sessions[i].end_us - p->sessions[i].start_us;
        }
    }
    return length_us;
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
    } while (!profile_of(cal, day));
    return day;
}

int32_t route_calendar_day_after(const struct route_calendar *cal, int32_t day, int32_t days)
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

int64_t route_calendar_close(const struct route_calendar *cal, int32_t day)
{
    const struct route_profile *p = profile_of(cal, day);
    return instant_of(cal, day, p ? close_of(p) : 0);
}

int64_t route_calendar_add_working_days(const struct route_calendar *cal, int64_t at_us,
                                        int32_t days)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, at_us, &of_day_us);
    days = clamp_amount(days, ROUTE_DEADLINE_DAYS_MAX);
    if (days == 0) {
        const struct route_profile *p = profile_of(cal, day);
        if (!p || of_day_us > close_of(p)) {
            day = next_working_day(cal, day);
        }
    }
    return route_calendar_close(cal, route_calendar_day_after(cal, day, days));
}

int64_t route_calendar_add_hours(const struct route_calendar *cal, int64_t at_us, int32_t hours)
{
    (void)cal; /* round the clock: no calendar slows it down */
    return clamp_instant(at_us) + clamp_amount(hours, ROUTE_DEADLINE_HOURS_MAX) * HOUR_US;
}

int64_t route_calendar_add_working_us(const struct route_calendar *cal, int64_t at_us,
                                      int64_t left_us)
{
    int64_t of_day_us;
    int32_t day = route_calendar_day(cal, at_us, &of_day_us);
    const struct route_profile *p = profile_of(cal, day);
    for (;;) {
        for (size_t i = 0; p && i < p->n; i++) {
            int64_t start_us = p->sessions[i].start_us;
            int64_t from_us = of_day_us > start_us ? of_day_us : start_us;
            int64_t room_us = p->sessions[i].end_us - from_us;
            /* Nothing left to count still needs an open door to be due. */
            if (room_us > 0 && left_us <= room_us) {
                return instant_of(cal, day, from_us + left_us);
            }
            left_us -= room_us > 0 ? room_us : 0;
        }
        day = next_working_day(cal, day);
        p = profile_of(cal, day);
        of_day_us = 0;
    }
}

int64_t route_calendar_add_working_minutes(const struct route_calendar *cal, int64_t at_us,
                                           int32_t minutes)
{
    return route_calendar_add_working_us(
        cal, at_us, clamp_amount(minutes, ROUTE_DEADLINE_HOURS_MAX * 60) * MINUTE_US);
}

/* Working time of one day within [from_us, to_us) of it. */
static int64_t worked_within(const struct route_profile *p, int64_t from_us, int64_t to_us)
{
    int64_t sum_us = 0;
    for (size_t i = 0; p && i < p->n; i++) {
        int64_t start = p->sessions[i].start_us > from_us ? p->sessions[i].start_us : from_us;
        int64_t end = p->sessions[i].end_us < to_us ? p->sessions[i].end_us : to_us;
        sum_us += end > start ? end - start : 0;
    }
    return sum_us;
}

int64_t route_calendar_worked_us(const struct route_calendar *cal, int64_t from_us, int64_t to_us)
{
    int64_t from_of_day;
    int64_t to_of_day;
    int64_t sum_us = 0;
    if (to_us <= from_us) {
        return 0;
    }
    int32_t day = route_calendar_day(cal, from_us, &from_of_day);
    int32_t last = route_calendar_day(cal, to_us, &to_of_day);
    for (; day <= last; day++) {
        sum_us +=
            worked_within(profile_of(cal, day), from_of_day, day == last ? to_of_day : DAY_US);
        from_of_day = 0;
    }
    return sum_us;
}

int64_t route_deadline_due(const struct route_calendar *cal, struct route_deadline deadline,
                           int64_t at_us)
{
    switch (deadline.kind) {
    case ROUTE_DEADLINE_MINUTES:
        return clamp_instant(at_us) +
               clamp_amount(deadline.value, ROUTE_DEADLINE_HOURS_MAX) * MINUTE_US;
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
