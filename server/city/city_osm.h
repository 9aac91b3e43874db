/* Loads an OpenStreetMap extract (PBF or XML) into the gazetteer with the real osm2pgsql. */
#ifndef CITY_CITY_OSM_H
#define CITY_CITY_OSM_H

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

/* Runs osm2pgsql (which must be on the PATH and takes server/city/osm.lua) into the schema
 * hotline_osm; `db` must not be in a transaction and its login must be able to make a schema. The
 * schema's earlier contents are dropped. */
enum status city_osm_stage(struct db_sync *db, const char *path, struct err *e) MUST_CHECK;

/* Inside the caller's transaction: moves what was staged into the gazetteer under the file's name,
 * in place of an earlier load. Streets all; address points and named places only where no other
 * source has the same one nearby, so run it after the CSV files. */
enum status city_osm_merge(struct db_sync *db, const char *path, struct city_report *report,
                           struct err *e) MUST_CHECK;

/* Drops the staging schema; a failure only leaves it for the next load to drop. */
void city_osm_unstage(struct db_sync *db);

#endif
