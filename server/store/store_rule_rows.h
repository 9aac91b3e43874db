/* The rows of one set of rules as routing takes them. */
#ifndef STORE_STORE_RULE_ROWS_H
#define STORE_STORE_RULE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "routing/route_rule.h"
#include "server/base/arena.h"
#include "server/base/err.h"
#include "server/db/db_sync.h"

struct store_rules {
    struct route_rule *rules;
    size_t n;
};

/* In declared order; `timezone` makes instants of days. Everything is in the arena. STATUS_INVALID
 * names the rule whose row is not understood. */
enum status store_rules_read(struct db_sync *db, struct arena *arena, const char *timezone,
                             int32_t rule_set_id, struct store_rules *out,
                             struct err *e) MUST_CHECK;

#endif
