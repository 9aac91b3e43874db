/* Due times of open complaints anew, after a change of calendars or of deadline steps. */
#ifndef CITY_CITY_RECOMPUTE_H
#define CITY_CITY_RECOMPUTE_H

#include "server/app/snapshot.h"
#include "server/base/err.h"
#include "server/db/db_sync.h"

struct city_recompute {
    bool apply; /* else only look */
    const char *reason, *actor;
    /* Each that changes, the four times before and after; may be NULL. */
    void (*each)(void *context, const char *complaint, const struct route_due *before,
                 const struct route_due *after);
    void *context;
};

struct city_recompute_result {
    size_t considered; /* open complaints whose deadlines are counted */
    size_t changed;    /* or that would be */
};

/* In one transaction, with a history row for each that changes. A step that is not counted (a
 * record from before) stays so. */
enum status city_recompute_run(struct db_sync *db, const struct snapshot *s,
                               const struct city_recompute *c, struct city_recompute_result *out,
                               struct err *e) MUST_CHECK;

#endif
