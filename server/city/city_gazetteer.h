/* Loads the gazetteer's address points and named places from CSV. Both run inside the caller's
 * transaction and replace what an earlier load of a file of the same name left. */
#ifndef CITY_CITY_GAZETTEER_H
#define CITY_CITY_GAZETTEER_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

/* Columns housenumber, lon, lat; street and name where the file has them. */
enum status city_addresses_load(struct db_sync *db, const char *path, bool keep_good,
                                struct city_report *report, struct err *e) MUST_CHECK;
/* Columns name, lon, lat; name_en and kind where the file has them. Rows without a name are skipped
 * and counted. */
enum status city_places_load(struct db_sync *db, const char *path, bool keep_good,
                             struct city_report *report, struct err *e) MUST_CHECK;

/* After streets or addresses changed: addresses without a street get the one they lie at, where
 * that is clear (hotline.gazetteer_derive_streets). *changed is how many differ from before. The
 * loads of addresses and of OpenStreetMap do it themselves. */
enum status city_gazetteer_derive(struct db_sync *db, int64_t *changed, struct err *e) MUST_CHECK;

#endif
