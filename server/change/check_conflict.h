/* Two rules that hold at one place, name different agencies, and are told apart by nothing but
 * their declared order: gathered from the decisions that a check tries. */
#ifndef CHANGE_CHECK_CONFLICT_H
#define CHANGE_CHECK_CONFLICT_H

#include "geo/geo_types.h"
#include "server/app/snapshot.h"
#include "server/change/check_list.h"

#define CHECK_CONFLICTS_MAX 200

struct check_conflicts {
    struct check_conflict {
        int32_t first, second; /* rules */
        int32_t category;
        struct geo_point where; /* a witness */
        double km2;             /* as far as known; 0: not */
    } rows[CHECK_CONFLICTS_MAX];
    size_t n;
};

/* Looks at the first and second of a decision. `km2` is the area that it stands for, 0 for a point.
 */
void check_conflicts_see(struct check_conflicts *c, const struct route_rules *rules,
                         const struct route_decision *d, int32_t category, struct geo_point where,
                         double km2);
/* A finding for each pair. */
void check_conflicts_tell(const struct check_conflicts *all, const struct snapshot *s,
                          struct check_list *list);

#endif
