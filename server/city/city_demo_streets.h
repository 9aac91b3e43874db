/* Draws the demo city's streets: main roads, grids and alleys, as city_demo_map.h tells. */
#ifndef CITY_CITY_DEMO_STREETS_H
#define CITY_CITY_DEMO_STREETS_H

#include <stdbool.h>

#include "server/city/city_demo_map.h"

/* Fills map->streets, and first_street and n_streets of its wards; the map has its facts, seed and
 * wards. False when memory is short. */
bool city_demo_streets_build(struct city_demo_map *map);

#endif
