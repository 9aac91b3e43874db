/* What can be said about a set of rules without any complaint: rules that never decide, and rules
 * between which only the declared order decides.
 *
 * No false alarms: a rule is called unreachable only when another one provably wins wherever it
 * holds. What is not found: a rule that several others hide together, one that a jurisdiction
 * hides, and one whose conditions contradict each other. */
#ifndef ROUTING_ROUTE_CHECK_H
#define ROUTING_ROUTE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "routing/route_rules.h"

/* `by` wins wherever and whenever `rule` holds. */
struct route_shadow {
    int32_t rule, by;
};

/* Each unreachable rule once, with the first that hides it; the first `max` into `out`. Returns how
 * many were written. Only time from now_us on counts. */
size_t route_check_shadows(const struct route_rules *rules, int64_t now_us,
                           struct route_shadow *out, size_t max);

/* For that category nothing but the declared order says which of the two comes first. */
bool route_check_tied(const struct route_rules *rules, int32_t a, int32_t b, int32_t category);

/* Whether two outcomes are the same in words. */
bool route_check_same_outcome(const struct route_outcome *a, const struct route_outcome *b);

#endif
