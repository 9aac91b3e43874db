/* A rule as data: what route_rules_create takes and the text form (route_rule_text.h) reads and
 * writes. Names are texts here; what they name is looked up when the rule set is made.
 *
 * All conditions of a rule must hold; of a list in one condition, one. A condition may be negated.
 * A condition that asks about something unknown (no point, no such attribute) does not hold, and
 * negated it does.
 *
 * All texts and arrays are borrowed. NULL and "" are "none". */
#ifndef ROUTING_ROUTE_RULE_H
#define ROUTING_ROUTE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "routing/route_calendar.h"
#include "routing/route_types.h"

#define ROUTE_CONDITIONS_MAX 16   /* of one rule */
#define ROUTE_PARTNERS_MAX   4    /* of one rule */
#define ROUTE_VALUES_MAX     512  /* of one list */
#define ROUTE_METRES_MAX     5000 /* of "within" */

enum route_condition_kind {
    ROUTE_IF_CATEGORY,     /* values: codes; each with everything below it in the tree */
    ROUTE_IF_BOUNDARY,     /* level; values: codes of units, of whatever generation is in force */
    ROUTE_IF_JURISDICTION, /* values: codes; the place lies in one that is in force */
    ROUTE_IF_LAYER,        /* key: layer; filter; the point lies in such a feature (polygons) */
    ROUTE_IF_NEAR,         /* key: layer; filter; metres: such a feature is that near, or nearer */
    ROUTE_IF_ATTRIBUTE,    /* key; values, compared to the letter; no values: it is given at all */
    ROUTE_IF_CHANNEL,      /* values: channels */
    ROUTE_IF_URGENT,       /* the category is urgent */
    ROUTE_IF_TIME,         /* first_minute to last_minute (excluded) of the local day; may wrap */
    ROUTE_IF_WEEKDAY,      /* weekdays: bits from Monday, of the local day */
    ROUTE_IF_WORKING_TIME, /* the city's office is open */
    ROUTE_IF_WORDS,        /* values: one of them stands in the text as whole words, folded */
};

/* Which features of a layer: the attribute has one of the values (or, negated, has none of them).
 */
struct route_filter {
    const char *attribute;
    const char *const *values;
    size_t n_values;
    bool negated;
};

#define ROUTE_FILTERS_MAX 4 /* of one condition; all must pass */

struct route_condition {
    enum route_condition_kind kind;
    bool negated;
    enum route_reach level; /* ROUTE_REACH_WARD or ROUTE_REACH_DISTRICT */
    const char *key;
    const char *const *values;
    size_t n_values;
    struct route_filter filters[ROUTE_FILTERS_MAX];
    size_t n_filters;
    int32_t metres;
    int32_t first_minute, last_minute; /* 0..1439, 1..1440 */
    uint32_t weekdays;
};

enum route_outcome_kind {
    ROUTE_TO_AGENCY, /* code, and desk or none */
    ROUTE_TO_UNIT,  /* level: who holds the ward or district that the place lies in; in `code` a set
                       of jurisdictions to look in, or none for any */
    ROUTE_TO_OWNER, /* code: layer, attribute: the agency that the attribute of the feature names by
                       code which fulfilled the rule's condition on that layer */
    ROUTE_TO_HOLDER, /* code: set of jurisdictions; who holds the one that covers the place */
};

struct route_outcome {
    enum route_outcome_kind kind;
    enum route_reach level;
    const char *code, *desk, *attribute;
};

enum route_urgency { ROUTE_URGENCY_OF_CATEGORY, ROUTE_URGENT, ROUTE_NOT_URGENT };

struct route_rule {
    const char *code; /* unique in its set */
    const char *name_vi, *name_en;
    enum route_class rule_class;
    int32_t position; /* declared order: the smaller first */
    int64_t valid_from_us, valid_to_us;
    const struct route_condition *conditions;
    size_t n_conditions;
    struct route_outcome outcome;
    const struct route_outcome *partners; /* who else acts; those that fail are left out */
    size_t n_partners;
    struct route_deadline deadline; /* INHERIT: the category's */
    enum route_urgency urgency;
    /* For people and for the text form; deciding reads none of it. Days as text, "" where open. */
    const char *valid_from, *valid_to;
    const char *author, *reason;
};

#endif
