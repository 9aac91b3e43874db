/* Generates the demo city into a migrated database that holds no city: boundaries (approximate),
 * gazetteer, agencies, jurisdictions, accounts, and a year of complaints that take the same path as
 * real ones. Method and honesty of its parts: city_demo_map.h, city_demo_plan.h. */
#ifndef CITY_CITY_DEMO_LOAD_H
#define CITY_CITY_DEMO_LOAD_H

#include "server/city/city_demo_plan.h"
#include "server/city/city_demo_store.h"

/* `url` is connected to once as the owner and DEMO_WORKERS times as the service. The city without
 * its complaints is one transaction; complaints follow, and an interrupted run that is begun again
 * goes on with the wish that it had (complaints that are there are not stored twice).
 * STATUS_CONFLICT: the database holds a city already. Progress goes to standard error. Sets the
 * process's time zone to the demo city's. */
enum status city_demo_load(const char *url, const struct city_demo_wish *wish,
                           struct err *e) MUST_CHECK;

/* What complaints are reported of: a plan over its map and the numbers they are stored under. */
struct city_demo_filling {
    const char *url;
    const struct city_demo_plan *plan;
    size_t n; /* the first n of the plan: later ones have not happened yet */
    int64_t now_us;
    const int64_t *ids; /* first number of each block of STORE_ID_BLOCK */
};

#define DEMO_WORKERS 2

struct db_sync;
/* Stores them through DEMO_WORKERS connections, with progress. */
enum status city_demo_fill(struct db_sync *db, const struct city_demo_filling *filling,
                           struct err *e) MUST_CHECK;

#endif
