#include "routing/route_date.h"

#include <stddef.h>

#define DAYS_PER_ERA  146097 /* 400 years */
#define YEARS_PER_ERA 400
#define EPOCH_SHIFT   719468 /* days from 0000-03-01 to 1970-01-01 */

static int64_t clamp_day(int64_t day)
{
    if (day > ROUTE_DAY_MAX) {
        return ROUTE_DAY_MAX;
    }
    return day < -ROUTE_DAY_MAX ? -ROUTE_DAY_MAX : day;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int32_t route_date_to_day(struct route_date date)
{
    /* The year that begins in March, and the month counted from March. */
    int64_t year = (int64_t)date.year - (date.month <= 2 ? 1 : 0);
    int64_t month = ((int64_t)date.month + 9) % 12;
    int64_t era = floor_div(year, YEARS_PER_ERA);
    int64_t year_of_era = year - era * YEARS_PER_ERA;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int32_t)clamp_day(era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT);
}

struct route_date route_date_of_day(int32_t day)
{
    int64_t shifted = clamp_day(day) + EPOCH_SHIFT;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    int64_t doe = shifted - era * DAYS_PER_ERA; /* day of era */
    int64_t year_of_era = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t day_of_year = doe - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* from March */
    struct route_date date;
    date.day = (int32_t)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int32_t)(month < 10 ? month + 3 : month - 9);
    date.year = (int32_t)(year_of_era + era * YEARS_PER_ERA + (date.month <= 2 ? 1 : 0));
    return date;
}

bool route_date_valid(struct route_date date)
{
    if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1) {
        return false;
    }
    struct route_date again = route_date_of_day(route_date_to_day(date));
    return again.year == date.year && again.month == date.month && again.day == date.day;
}

int32_t route_date_weekday(int32_t day)
{
    /* 1970-01-01 was a Thursday. */
    int64_t shifted = clamp_day(day) + 3;
    return (int32_t)(shifted - floor_div(shifted, 7) * 7);
}

static bool read_digits(struct str s, size_t from, size_t n, int32_t *value)
{
    int32_t v = 0;
    for (size_t i = from; i < from + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
        v = v * 10 + (s.p[i] - '0');
    }
    *value = v;
    return true;
}

bool route_date_parse(struct str text, int32_t *day)
{
    struct route_date date;
    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' ||
        !read_digits(text, 0, 4, &date.year) || !read_digits(text, 5, 2, &date.month) ||
        !read_digits(text, 8, 2, &date.day) || !route_date_valid(date)) {
        return false;
    }
    *day = route_date_to_day(date);
    return true;
}
