/* Loads a whole data folder, as `hotline import city` does. */
#ifndef CITY_CITY_LOAD_H
#define CITY_CITY_LOAD_H

#include <stdbool.h>

#include "server/base/err.h"
#include "server/db/db_sync.h"

/* Everything but the complaints in one transaction, so that a fault leaves the database as it was;
 * with keep_good the faulty rows alone are left out. The complaints follow in batches. Until all is
 * in, the setting city_unfinished says so, and loading the folder again goes on where it stopped.
 * `db` works as the owner and is not in a transaction; it takes the city's time zone. */
enum status city_load_folder(struct db_sync *db, const char *folder, bool keep_good,
                             struct err *e) MUST_CHECK;

/* The shipped categories, agencies and calendar, where the city has none of its own. Inside the
 * caller's transaction, after the boundaries and the setting "partial". The demo city uses it. */
enum status city_load_defaults(struct db_sync *db, struct err *e) MUST_CHECK;

/* The shipped zones (city_zones.h), in the same transaction after the agencies; and the shipped
 * rules, outside of any transaction, after the layers. */
enum status city_load_default_zones(struct db_sync *db, struct err *e) MUST_CHECK;
enum status city_load_default_rules(struct db_sync *db, struct err *e) MUST_CHECK;

#endif
