/* Loads agencies and their jurisdictions from CSV. Runs inside the caller's transaction, after the
 * boundaries and categories; rows that are there with the same code and validity are brought up to
 * date and keep their ids.
 *
 * Columns:
 *   code, name, name_en, kind    kind is free: ward, district, utility, department, board
 *   fallback                     "yes": takes what no jurisdiction covers
 *   reach                        city, ward or district: the row also makes a jurisdiction; "":
 * none categories                   its categories' codes, joined by '|'; "" is every category
 *   class                        special, ordinary (default) or fallback
 *   valid_from, valid_to         days, optional; valid_to is excluded
 *   unit                         the code of the unit that a ward or district row reaches
 *   jurisdiction                 the jurisdiction's code; default the agency's
 * Several rows of one code give one agency several jurisdictions.
 *
 * A ward or district row whose code has "{code}" is a pattern: it becomes one agency for each unit
 * of that level, valid as the unit is, with {code} and {name} put in. Boundaries whose source is
 * listed under the setting "partial" get none, since part of the city would be without. */
#ifndef CITY_CITY_AGENCIES_H
#define CITY_CITY_AGENCIES_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

enum status city_agencies_load(struct db_sync *db, const char *path, bool keep_good,
                               struct city_report *report, struct err *e) MUST_CHECK;

/* For a city that brings no agencies: a fallback agency named after the city, and one for each unit
 * of each level, for every category. `report` is begun by the caller. */
enum status city_agencies_derive(struct db_sync *db, const char *city_name,
                                 struct city_report *report, struct err *e) MUST_CHECK;

#endif
