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

/* One condition held against the facts. */
struct route_value {
    bool holds;
    double metres;   /* of a condition on a layer: to the nearest feature; NaN for all others */
    int32_t feature; /* which; -1 none */
};

/* One row, a rule or a jurisdiction, held against the facts. It matches when its category, place
 * and time do; for a rule `place_ok` says whether all its conditions other than on the category
 * hold, and `agency_in_force` whether its outcome could be worked out (and is true where that was
 * not asked). */
struct route_trace {
    int32_t rule;         /* -1: a jurisdiction */
    int32_t jurisdiction; /* -1: a rule */
    int32_t agency;       /* whom it gives it to; -1: a rule that does not hold, or failed */
    bool category_ok;
    bool place_ok;
    bool in_force;        /* the row itself */
    bool agency_in_force; /* its agency */
    bool won;
    enum route_failure failure;
    int32_t category_matched; /* as in route_decision; -1 also where category_ok is false */
    uint64_t rank;            /* the order stated below as a number: the smaller comes first */
    struct route_value values[ROUTE_CONDITIONS_MAX]; /* a rule's, in its own order */
    size_t n_values;
};

/* Writes the rows into `out`: those that match first, in order of precedence (so the winner is
 * out[0] unless a fallback agency without a row took it), then those that fail one condition, two,
 * and so on, each group in order of precedence. Every row of the rule set is held against the
 * facts, by plain evaluation and not by the tables that route_decide uses; of more than `max` the
 * first `max` are kept. Returns how many were written. Costs up to a microsecond a row: for
 * explaining one complaint to a person. */
size_t route_decide_trace(const struct route_rules *rules, const struct route_facts *facts,
                          struct route_trace *out, size_t max);

/* One rule held against the facts, by plain evaluation. */
struct route_trace route_decide_rule(const struct route_rules *rules,
                                     const struct route_facts *facts, int32_t rule);

/* What a stored decision keeps: the rows that were tried on the way to `decision` (made from the
 * same rules and facts), first the rules for that category in order of precedence, up to the
 * runner-up, then the jurisdictions that won or came second. Returns how many there are, which may
 * be more than `max`. */
size_t route_decide_tried(const struct route_rules *rules, const struct route_facts *facts,
                          const struct route_decision *decision, struct route_trace *out,
                          size_t max);

/* "no owner", ...: for logs and metrics. */
const char *route_failure_name(enum route_failure why);

#endif
