/* Loads the category tree from CSV. All run inside the caller's transaction; what is there already
 * is brought up to date and keeps its id. */
#ifndef CITY_CITY_CATEGORIES_H
#define CITY_CITY_CATEGORIES_H

#include <stdbool.h>
#include <stddef.h>

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

/* The project's own facts, named from its home (server/app/home.h). */
#define CITY_DEFAULT_CATEGORIES "server/city/categories.csv"
#define CITY_DEFAULT_AGENCIES   "server/city/agencies.csv"
#define CITY_DEFAULT_CALENDAR   "server/city/holidays.csv"

/* Columns code, parent (a code further up or in the database), name_vi, name_en, keywords, urgent
 * ("yes"), and one of deadline_hours and deadline_working_days, or none: its parent's. */
enum status city_categories_load(struct db_sync *db, const char *path, bool keep_good,
                                 struct city_report *report, struct err *e) MUST_CHECK;

/* For a city whose records bring their own categories: makes one for each distinct value of that
 * column, named as given in both languages, with a code made from the name and five working days.
 * `report` is begun by the caller and counts the new ones as loaded. */
enum status city_categories_derive(struct db_sync *db, const char *path, const char *column,
                                   struct city_report *report, struct err *e) MUST_CHECK;

#endif
