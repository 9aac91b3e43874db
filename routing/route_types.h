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

#define ROUTE_NONE            (-1)
#define ROUTE_TIME_OPEN_START INT64_MIN
#define ROUTE_TIME_OPEN_END   INT64_MAX

/* What is known about a complaint when it is routed. Geometry has been answered before: routing
 * itself never sees a coordinate. */
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
    ROUTE_CLASS_ORDINARY, /* the rule */
    ROUTE_CLASS_FALLBACK, /* takes what nobody else takes */
};

struct route_decision {
    int32_t
        jurisdiction;  /* the row that won; -1 when no row matched and a fallback agency took it */
    int32_t agency;    /* never -1 */
    int32_t desk;      /* -1: the agency itself */
    int32_t runner_up; /* the row that would have won without the winner; -1 none */
    enum route_reach reach;
    enum route_class rule_class;
    int32_t category_matched; /* the complaint's category, or its ancestor, that the row names;
                                 -1: the row takes any category */
    int64_t due_at_us;        /* when the complaint must be dealt with */
    int64_t pass_on_due_us;   /* when it must have been passed on to the agency */
    bool fallback;            /* nobody but a fallback takes it */
};

#endif
