/* Due times of open complaints anew, after a change of calendars or of deadline steps. */
#ifndef CITY_CITY_RECOMPUTE_H
#define CITY_CITY_RECOMPUTE_H

#include "server/app/snapshot.h"
#include "server/base/err.h"
#include "server/db/db_sync.h"

struct city_recompute {
    bool apply; /* else only look */
    /* Why and who, for the history; where `id` is given, those of that row. */
    const char *reason, *actor;
    int32_t id; /* of hotline.deadline_recomputes, which somebody asked for; 0: none */
    /* Each that changes, the four times before and after; may be NULL. */
    void (*each)(void *context, const char *complaint, const struct route_due *before,
                 const struct route_due *after);
    /* How far it is; may be NULL. */
    void (*progress)(void *context, size_t done, size_t all);
    void *context;
};

struct city_recompute_result {
    size_t considered; /* open complaints whose deadlines are counted */
    size_t changed;    /* or that would be */
    size_t earlier;    /* of these, to be resolved sooner than before */
    size_t later;
};

/* In one transaction, one at a time (STATUS_BUSY), with a history row for each that changes. A step
 * that is not counted (a record from before) stays so. */
enum status city_recompute_run(struct db_sync *db, const struct snapshot *s,
                               const struct city_recompute *c, struct city_recompute_result *out,
                               struct err *e) MUST_CHECK;

#endif
