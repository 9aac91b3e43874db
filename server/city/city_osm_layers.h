/* The map's own layers out of a staged OpenStreetMap extract: roads, waterways, water, greens. */
#ifndef CITY_CITY_OSM_LAYERS_H
#define CITY_CITY_OSM_LAYERS_H

#include "server/base/err.h"
#include "server/db/db_sync.h"

/* Inside the caller's transaction, after city_osm_stage: fills the four standard layers in place of
 * what the same file brought before. */
enum status city_osm_layers_merge(struct db_sync *db, const char *path, struct err *e) MUST_CHECK;

#endif
