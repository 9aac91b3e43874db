/* The demo city's layers: its streets as roads by class with some highways, the real rivers and
 * canals roughly where they run, waters and parks. Lines are of our own drawing, smoothed. */
#ifndef CITY_CITY_DEMO_LAYERS_H
#define CITY_CITY_DEMO_LAYERS_H

#include "server/city/city_demo_map.h"
#include "server/db/db_sync.h"

/* Inside the caller's transaction. STATUS_INVALID names the line of
 * features.csv. */
enum status city_demo_layers_store(struct db_sync *db, const struct city_demo_map *map,
                                   struct err *e) MUST_CHECK;

/* Examples of imported layers, after everything else of the city is there: planned outages with
 * their hours, flood points, road works, schools, and areas that only staff see. */
enum status city_demo_overlays_store(struct db_sync *db, struct err *e) MUST_CHECK;

#endif
