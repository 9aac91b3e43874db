/* Loads which unit went into which on a day of reform, from CSV in one of three shapes that are
 * told by their headers: the law's lists     code, former_units, [former_districts]: "Phường A,
 * Phường B (quận C)" shares of old units old_ward, district_code, new_ward_code, frac_of_old main
 * old district   ward_code, district_code, district_name Runs inside the caller's transaction,
 * after the boundaries, and replaces what an earlier load of a file of the same name left. A row
 * whose new unit is not in force on that day is refused. */
#ifndef CITY_CITY_LINEAGE_H
#define CITY_CITY_LINEAGE_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

enum status city_lineage_load(struct db_sync *db, const char *path, const char *on_day,
                              bool keep_good, struct city_report *report, struct err *e) MUST_CHECK;

#endif
