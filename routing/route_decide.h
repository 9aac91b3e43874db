/* The decision: from facts to the one responsible agency. See route_rules.h for the precedence.
 *
 * Pure, thread-safe, allocates nothing. */
#ifndef ROUTING_ROUTE_DECIDE_H
#define ROUTING_ROUTE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "routing/route_rules.h"
#include "routing/route_types.h"

/* Always decides: unknown categories, units and areas match nothing, and the fallback takes the
 * rest. The result's agency is in force at the facts' instant. */
struct route_decision route_decide(const struct route_rules *rules,
                                   const struct route_facts *facts);

/* One jurisdiction row held against the facts. It matches when all four conditions hold. */
struct route_trace {
    int32_t jurisdiction;
    bool category_ok;
    bool place_ok;
    bool in_force;        /* the row itself */
    bool agency_in_force; /* its agency */
    bool won;
    int32_t category_matched; /* as in route_decision; -1 also where category_ok is false */
    uint64_t rank;            /* the order stated below as a number: the smaller comes first */
};

/* Writes the rows into `out`: those that match first, in order of precedence (so the winner is
 * out[0] unless a fallback agency without a row took it), then those that fail one condition, two,
 * and so on, each group in order of precedence. Every row of the rule set is held against the
 * facts, by plain evaluation and not by the tables that route_decide uses; of more than `max` the
 * first `max` are kept. Returns how many were written. Costs microseconds: for explaining, not for
 * deciding. */
size_t route_decide_trace(const struct route_rules *rules, const struct route_facts *facts,
                          struct route_trace *out, size_t max);

#endif
