/* Plain values handed into and out of the routing library.
 *
 * Everything is a number in the tables of one rule set (route_rules.h): category 7 is the eighth
 * category row that the rule set was built from, and so on. A number means nothing without its rule
 * set. -1 is "none" everywhere.
 *
 * Instants are microseconds since 1970-01-01T00:00:00Z. A validity period includes its first
 * instant and excludes its last; ROUTE_TIME_OPEN_START and ROUTE_TIME_OPEN_END leave an end open.
 */
#ifndef ROUTING_ROUTE_TYPES_H
#define ROUTING_ROUTE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "routing/route_calendar.h"
#include "server/base/str.h"

#define ROUTE_NONE            (-1)
#define ROUTE_TIME_OPEN_START INT64_MIN
#define ROUTE_TIME_OPEN_END   INT64_MAX

/* What geometry says to one question of a rule set (route_rules_question). */
struct route_answer {
    double metres;   /* to the nearest feature that passes; 0 inside it; INFINITY: none in reach */
    int32_t feature; /* its number in the layer; -1 none */
    const char *owner; /* what its owner attribute says; NULL: nothing, or it wasn't asked */
};

/* The value of one of the complaint's own attributes, as text. */
struct route_attribute {
    struct str key, value;
};

/* What is known about a complaint when it is routed. Geometry is answered by whoever asks for the
 * decision: routing itself never sees a coordinate. Zeros leave out what is not known. All is
 * borrowed for the call. */
struct route_facts {
    int64_t at_us;    /* when it came in: this instant chooses what is in force */
    int32_t category; /* -1, or no number of the rule set: only rows for any category match */
    int32_t ward;     /* boundary number in force at that place and instant; -1 none */
    int32_t district; /* likewise; in a city without districts always -1 */
    /* Numbers of the jurisdictions with a polygon of their own that cover the point, ascending.
     * Borrowed for the call. Whether they are in force, and for which categories, is decided here.
     */
    const int32_t *areas;
    size_t n_areas;

    /* Asked only for the questions that the decision turns on, some more than once: whoever answers
     * remembers. NULL: there is no point, so nothing is near and nothing encloses it. */
    struct route_answer (*ask)(void *context, int32_t question);
    void *ask_context;
    const struct route_attribute *attributes;
    size_t n_attributes;
    struct str channel; /* domain.md's word for it */
    struct str words;   /* description, folded as route_rules_source.fold does it */
};

/* How far a jurisdiction reaches, the narrowest first: this is also its order of precedence. */
enum route_reach {
    ROUTE_REACH_AREA,     /* a polygon of its own: a management zone, an industrial park */
    ROUTE_REACH_WARD,     /* one ward-level unit */
    ROUTE_REACH_DISTRICT, /* one district-level unit */
    ROUTE_REACH_CITY,     /* everywhere, also where no unit and no point is known */
};

/* The first key of precedence, the strongest first. */
enum route_class {
    ROUTE_CLASS_SPECIAL,  /* overrides whoever is ordinarily responsible there */
    ROUTE_CLASS_ASSET,    /* who owns the thing that it is about: a road, a canal, a bus line */
    ROUTE_CLASS_ORDINARY, /* category by jurisdiction */
    ROUTE_CLASS_FALLBACK, /* takes what nobody else takes */
};

/* Why a rule that holds could not say who is responsible. */
enum route_failure {
    ROUTE_FAILED_NONE,
    ROUTE_FAILED_NO_OWNER,  /* the feature has no owner attribute */
    ROUTE_FAILED_AGENCY,    /* no agency of that code is in force */
    ROUTE_FAILED_NO_UNIT,   /* the place lies in no unit of that level, or nobody holds it */
    ROUTE_FAILED_NO_HOLDER, /* no jurisdiction of the set covers the place */
    ROUTE_FAILURES
};

struct route_skipped {
    int32_t rule;
    enum route_failure why;
};

#define ROUTE_OTHERS_MAX  4 /* who else acts */
#define ROUTE_SKIPPED_MAX 4 /* that are told one by one */

struct route_decision {
    /* Who won: a rule, or a jurisdiction row, or (both -1) nobody, so that a fallback agency took
     * it. Never both. */
    int32_t rule;
    int32_t jurisdiction;
    int32_t agency; /* never -1 */
    int32_t desk;   /* -1: the agency itself */
    /* Who would have won without the winner: likewise, with that one's agency; -1 none. */
    int32_t runner_up_rule;
    int32_t runner_up;
    int32_t runner_up_agency;
    enum route_reach reach; /* of the winner: the narrowest place that it asks for */
    enum route_class rule_class;
    int32_t category_matched; /* the complaint's category, or its ancestor, that the winner names;
                                 -1: the winner takes any category */
    int64_t due_at_us;        /* when the complaint must be dealt with */
    int64_t pass_on_due_us;   /* when it must have been passed on to the agency */
    bool fallback;            /* nobody but a fallback takes it */
    bool urgent;              /* by the rule, or else by the category */
    struct route_deadline deadline;   /* what due_at_us comes from: by the rule, or the category */
    int32_t others[ROUTE_OTHERS_MAX]; /* agencies that act too, each once and never `agency` */
    int32_t n_others;
    /* Rules before the winner that hold but failed, so that the next one was taken. */
    struct route_skipped skipped[ROUTE_SKIPPED_MAX];
    int32_t n_skipped; /* may be more than are told */
};

#endif
