/* Zones of agencies whose real lines are not to be had: made up plausibly from a centre point each,
 * and marked approximate. Runs inside the caller's transaction, after boundaries, categories and
 * agencies. */
#ifndef CITY_CITY_ZONES_H
#define CITY_CITY_ZONES_H

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

#define CITY_DEFAULT_ZONES "server/city/zones.csv"

/* Columns set, code, name, agency, class, categories (joined by '|'), lon, lat, radius_m. Each
 * makes a jurisdiction with an area of its own: a disc where a radius is given, and otherwise all
 * of the city that is nearer to this centre than to another of its set, so that a set covers the
 * city without gaps. A code that is there already is left as it is. */
enum status city_zones_load(struct db_sync *db, const char *path, struct city_report *report,
                            struct err *e) MUST_CHECK;

#endif
