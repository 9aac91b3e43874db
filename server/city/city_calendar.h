/* Calendars and deadline steps from CSV. All run inside the caller's transaction; what is there
 * already is brought up to date. The files: docs/deadlines.md. */
#ifndef CITY_CITY_CALENDAR_H
#define CITY_CITY_CALENDAR_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

/* Columns kind, and by kind:
 *   holiday, working   date, name_vi, name_en, calendar (none: city), hours (of a worked day)
 *   calendar           calendar, name_vi, name_en, follows_city (yes or no): begins one, or clears
 *                      the week of one that is there
 *   week               calendar, weekdays ("12345", 1 is Monday), hours ("07:30-11:30 13:00-17:00")
 */
enum status city_calendar_load(struct db_sync *db, const char *path, bool keep_good,
                               struct city_report *report, struct err *e) MUST_CHECK;

/* Columns category (none: the default), urgency (any, urgent, ordinary), step, unit, amount. */
enum status city_deadlines_load(struct db_sync *db, const char *path, bool keep_good,
                                struct city_report *report, struct err *e) MUST_CHECK;

/* "07:30-11:30 13:00-17:00" as PostgreSQL's "{[450,690),[780,1020)}", in `out`. False for what is
 * no time of day, ends before it begins, or overlaps the one before it. */
#define CITY_HOURS_MAX 160
bool city_hours_read(const char *text, char out[CITY_HOURS_MAX]);

#endif
