#include "server/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define US_PER_S      1000000
#define S_PER_DAY     86400
#define OFFSET_SLOTS  256
#define ZONE_NAME_MAX 64

struct date {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
};

/* A text being read from the left; after a take_ function that failed it is of no use. */
struct cursor {
    const char *p;
    const char *end;
};

int64_t clock_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail with these clocks */
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

uint64_t clock_mono_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* --- the zone --------------------------------------------------------------------------------- */

/* localtime_r takes a lock that all threads share, and listings and tile properties format
 * thousands of instants. So each thread remembers the offset of whole UTC days; a day in which the
 * offset changes is not remembered. */
struct offset_slot {
    int64_t day;
    int32_t offset;
    uint32_t zone; /* zone_number when it was filled; 0 is never valid */
};

static uint32_t zone_number = 1; /* changes with the zone; written before threads start */
static _Thread_local struct offset_slot offset_slots[OFFSET_SLOTS];

bool clock_set_zone(const char *iana_name)
{
    char path[sizeof "/usr/share/zoneinfo/" + ZONE_NAME_MAX];
    bool known =
        strlen(iana_name) < ZONE_NAME_MAX && iana_name[0] != '/' && strstr(iana_name, "..") == NULL;
    if (known) {
        (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", iana_name);
        struct stat about;
        known = stat(path, &about) == 0 && S_ISREG(about.st_mode);
    }
    /* glibc would take an unknown name for UTC without a word. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the contract says before threads start */
    known = setenv("TZ", known ? iana_name : "UTC", 1) == 0 && known;
    tzset();
    zone_number++;
    return known;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int32_t offset_of_libc(int64_t s)
{
    time_t t = (time_t)s;
    struct tm tm;
    return localtime_r(&t, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

/* Seconds east of Greenwich in the process's zone at instant s. */
static int32_t offset_at(int64_t s)
{
    int64_t day = floor_div(s, S_PER_DAY);
    struct offset_slot *slot = &offset_slots[(uint64_t)day % OFFSET_SLOTS];
    if (slot->day == day && slot->zone == zone_number) {
        return slot->offset;
    }
    int32_t first = offset_of_libc(day * S_PER_DAY);
    if (first != offset_of_libc(day * S_PER_DAY + S_PER_DAY - 1)) {
        return offset_of_libc(s);
    }
    *slot = (struct offset_slot){.day = day, .offset = first, .zone = zone_number};
    return first;
}

/* The instant at which clocks of the zone show `local` (seconds as if it were UTC). Shown twice:
 * the first time. Never shown: as much later as clocks jump, so 02:30 in a gap of an hour from
 * 02:00 is the instant called 03:30. */
static int64_t instant_of_local(int64_t local)
{
    int32_t before = offset_at(local - S_PER_DAY);
    int32_t after = offset_at(local + S_PER_DAY);
    int32_t early = before > after ? before : after;
    int32_t late = before > after ? after : before;
    if (offset_at(local - early) == early) {
        return local - early;
    }
    return offset_at(local - late) == late ? local - late : local - before;
}

/* --- the calendar ----------------------------------------------------------------------------- */

/* Both conversions count in years that begin on 1 March, so that the leap day comes last, and in
 * eras of 400 years, after which the Gregorian calendar repeats. */
#define DAYS_PER_ERA      146097
#define DAYS_TO_YEAR_1970 719468 /* from 1 March of year 0 to 1 January 1970 */

static int64_t days_of_date(struct date d)
{
    int64_t year = d.month > 2 ? d.year : d.year - 1;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t month = (d.month + 9) % 12; /* 0 is March */
    int64_t day_of_year = (153 * month + 2) / 5 + d.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_YEAR_1970;
}

static struct date date_of_days(int64_t days)
{
    int64_t since = days + DAYS_TO_YEAR_1970;
    int64_t era = floor_div(since, DAYS_PER_ERA);
    int64_t day_of_era = since - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) /
        365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    struct date d = {.year = era * 400 + year_of_era + (month >= 10),
                     .month = (int)(month < 10 ? month + 3 : month - 9),
                     .day = (int)(day_of_year - (153 * month + 2) / 5 + 1)};
    return d;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool take_char(struct cursor *c, const char *any_of)
{
    if (c->p == c->end || *c->p == '\0' || !strchr(any_of, *c->p)) {
        return false;
    }
    c->p++;
    return true;
}

/* Exactly `digits` digits. */
static bool take_number(struct cursor *c, int digits, int *out)
{
    if (c->end - c->p < digits) {
        return false;
    }
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (c->p[i] < '0' || c->p[i] > '9') {
            return false;
        }
        value = value * 10 + (c->p[i] - '0');
    }
    c->p += digits;
    *out = value;
    return true;
}

/* YYYY-MM-DD, a day that exists, as days since 1970. */
static bool take_date(struct cursor *c, int64_t *days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_number(c, 4, &year) || !take_char(c, "-") || !take_number(c, 2, &month) ||
        !take_char(c, "-") || !take_number(c, 2, &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    *days = days_of_date((struct date){year, month, day});
    return true;
}

/* A point and at least one digit, if there is a point at all; what is below 1 us is dropped. */
static bool take_fraction(struct cursor *c, int64_t *us)
{
    *us = 0;
    if (!take_char(c, ".")) {
        return true;
    }
    int64_t unit = US_PER_S / 10;
    int digit = 0;
    const char *first = c->p;
    while (take_number(c, 1, &digit)) {
        *us += digit * unit;
        unit /= 10;
    }
    return c->p > first;
}

/* HH:MM:SS[.fraction], as us since midnight. A second 60 is let through for the caller to judge:
 * only the zone tells whether it may be a leap second. */
static bool take_time(struct cursor *c, int64_t *us)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int64_t fraction = 0;
    if (!take_number(c, 2, &hour) || !take_char(c, ":") || !take_number(c, 2, &minute) ||
        !take_char(c, ":") || !take_number(c, 2, &second) || !take_fraction(c, &fraction)) {
        return false;
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *us = (int64_t)(hour * 3600 + minute * 60 + second) * US_PER_S + fraction;
    return true;
}

/* Z, or +HH:MM, or -HH:MM, as seconds east. */
static bool take_zone(struct cursor *c, int *offset)
{
    if (take_char(c, "Zz")) {
        *offset = 0;
        return true;
    }
    bool west = c->p < c->end && *c->p == '-';
    int hours = 0;
    int minutes = 0;
    if (!take_char(c, "+-") || !take_number(c, 2, &hours) || !take_char(c, ":") ||
        !take_number(c, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *offset = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

/* Whether a time with second 60, having become instant `us`, is one that may exist: leap seconds
 * come at the end of a UTC month, so the minute after it begins one. */
static bool may_be_leap_second(int64_t us)
{
    int64_t s = floor_div(us, US_PER_S);
    return floor_div(s, S_PER_DAY) * S_PER_DAY == s &&
           date_of_days(floor_div(s, S_PER_DAY)).day == 1;
}

/* `loose` lets the time, the zone and the T be missing. */
static bool parse(struct str s, bool loose, int64_t *us)
{
    struct cursor c = {s.p, s.p + s.n};
    int64_t days = 0;
    int64_t time_us = 0;
    bool sixty = false;
    if (!take_date(&c, &days)) {
        return false;
    }
    if (c.p != c.end || !loose) {
        if (!take_char(&c, loose ? "Tt " : "Tt")) {
            return false;
        }
        sixty = c.end - c.p >= 8 && c.p[6] == '6';
        if (!take_time(&c, &time_us)) {
            return false;
        }
    }
    int64_t local = days * S_PER_DAY + time_us / US_PER_S;
    int offset = 0;
    if (c.p == c.end && loose) {
        local = instant_of_local(local);
    } else if (!take_zone(&c, &offset) || c.p != c.end) {
        return false;
    }
    int64_t instant = (local - offset) * US_PER_S + time_us % US_PER_S;
    if (sixty && !may_be_leap_second(instant)) {
        return false;
    }
    *us = instant;
    return true;
}

bool clock_parse_rfc3339(struct str s, int64_t *us)
{
    return parse(s, false, us);
}

bool clock_parse_any(struct str s, int64_t *us)
{
    return parse(s, true, us);
}

/* --- writing ---------------------------------------------------------------------------------- */

static char *put_two(char *p, int64_t value)
{
    p[0] = (char)('0' + value / 10);
    p[1] = (char)('0' + value % 10);
    return p + 2;
}

static char *put_year(char *p, int64_t year)
{
    if (year < 0 || year > 9999) {
        return p + snprintf(p, 16, "%05lld", (long long)year);
    }
    return put_two(put_two(p, year / 100), year % 100);
}

const char *clock_format(int64_t us, char out[CLOCK_TEXT_MAX])
{
    int64_t s = floor_div(us, US_PER_S);
    /* Local mean times of long ago have seconds in their offset, RFC 3339 has not. The text names
     * the same instant all the same. */
    int64_t offset = offset_at(s);
    offset -= offset % 60;
    int64_t local = s + offset;
    int64_t days = floor_div(local, S_PER_DAY);
    int64_t second = local - days * S_PER_DAY;
    struct date d = date_of_days(days);
    char *p = put_year(out, d.year);
    *p++ = '-';
    p = put_two(p, d.month);
    *p++ = '-';
    p = put_two(p, d.day);
    *p++ = 'T';
    p = put_two(p, second / 3600);
    *p++ = ':';
    p = put_two(p, second / 60 % 60);
    *p++ = ':';
    p = put_two(p, second % 60);
    *p++ = offset < 0 ? '-' : '+';
    offset = offset < 0 ? -offset : offset;
    p = put_two(p, offset / 3600);
    *p++ = ':';
    p = put_two(p, offset / 60 % 60);
    *p = '\0';
    return out;
}

int32_t clock_offset_s(int64_t us)
{
    int64_t s = us / 1000000 - (us % 1000000 < 0);
    return offset_at(s);
}
