/* Residents of wards and districts, from CSV: level,code,residents,on_day[,approximate,source]. And
 * what rates need besides: areas and road lengths of the units, estimates where nobody counted. */
#ifndef CITY_CITY_POPULATION_H
#define CITY_CITY_POPULATION_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/city/city_report.h"
#include "server/db/db_sync.h"

/* The shipped approximate figures, named from the project's home: of the former districts by the
 * census of 2019. */
#define CITY_DEFAULT_POPULATION "server/city/population.csv"

/* Runs inside the caller's transaction. A figure of a unit and day that is there already is
 * replaced. A code that no boundary has is refused. */
enum status city_population_load(struct db_sync *db, const char *path, bool keep_good,
                                 struct city_report *report, struct err *e) MUST_CHECK;
/* The shipped figures, of those units that this city has. */
enum status city_population_load_default(struct db_sync *db, struct err *e) MUST_CHECK;

/* Works out what hotline.measure_units does; after boundaries, roads or populations were loaded.
 * Seconds for a real city. */
enum status city_population_measure(struct db_sync *db, struct err *e) MUST_CHECK;

#endif
