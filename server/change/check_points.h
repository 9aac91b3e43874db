/* Points at which a rule is tried: on the features of the layers that it asks for, inside the units
 * and jurisdictions that it names, or all over the city where it names no place. */
#ifndef CHANGE_CHECK_POINTS_H
#define CHANGE_CHECK_POINTS_H

#include "geo/geo_types.h"
#include "server/app/snapshot.h"
#include "server/db/db_sync.h"

struct check_points {
    struct geo_point *at;
    size_t n, cap;
};

/* As things are at that instant; the same points every time. Free with check_points_free. */
enum status check_points_for(struct db_sync *db, const struct snapshot *s,
                             const struct route_rule *rule, int64_t at_us, struct check_points *out,
                             struct err *e) MUST_CHECK;
void check_points_free(struct check_points *points);

#endif
