/* Civil dates (proleptic Gregorian) as day numbers: days since 1970-01-01, which is day 0.
 *
 * Pure arithmetic, without a time zone. The method is counting days in years that begin on 1 March,
 * so that the leap day is the last of its year. */
#ifndef ROUTING_ROUTE_DATE_H
#define ROUTING_ROUTE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

/* Days outside this range are brought to its nearer end by every function that takes one. */
#define ROUTE_DAY_MAX 100000000

struct route_date {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

/* The date must be one that exists (route_date_valid); otherwise the result is some day near it. */
int32_t route_date_to_day(struct route_date date);
struct route_date route_date_of_day(int32_t day);
bool route_date_valid(struct route_date date); /* years 1..9999 */
int32_t route_date_weekday(int32_t day);       /* 0 Monday .. 6 Sunday */

/* "2025-07-01", exactly; false (and *day untouched) for anything else or a date that isn't one. */
bool route_date_parse(struct str text, int32_t *day);

#endif
