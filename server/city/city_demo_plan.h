/* The demo city's year of complaints: which, when, where, and in what words.
 *
 * A plan fixes category and time of every complaint, in order of time; the rest of complaint i is
 * drawn from (seed, i) whenever it is asked for, by any thread. The same map, seed, last day and
 * numbers give the same drafts. Nothing here touches a database. */
#ifndef CITY_CITY_DEMO_PLAN_H
#define CITY_CITY_DEMO_PLAN_H

#include "server/city/city_demo_map.h"
#include "server/intake/complaint.h"

#define DEMO_MONTHS_MAX     120
#define DEMO_COMPLAINTS_MAX 20000000

struct city_demo_options {
    uint64_t seed;
    size_t complaints;
    int months;
    int64_t last_midnight_us;   /* the beginning of the last day, in the city's time zone */
    const int64_t *holidays_us; /* midnights of days off, when less is reported; may be NULL */
    size_t n_holidays;
};

struct city_demo_event {
    int64_t received_at_us;
    uint32_t mix; /* number in facts->mix */
};

struct city_demo_plan {
    const struct city_demo_map *map; /* borrowed */
    struct city_demo_options options;
    struct city_demo_event *events; /* owned, ascending in time */
    size_t n_events;
};

/* STATUS_NO_MEMORY is the only failure. Free with city_demo_plan_destroy. */
enum status city_demo_plan_create(const struct city_demo_map *map,
                                  const struct city_demo_options *options,
                                  struct city_demo_plan **out, struct err *e) MUST_CHECK;
void city_demo_plan_destroy(struct city_demo_plan *plan); /* NULL is fine */

/* Fills the draft of complaint i with texts from the arena. draft->category is the number in
 * facts->categories, which the caller translates; closed_at_us is left open. */
enum status city_demo_plan_draft(const struct city_demo_plan *plan, size_t i, struct arena *arena,
                                 struct complaint_draft *draft, struct err *e) MUST_CHECK;

/* When complaint i was closed, given when it was due; INT64_MIN if it is still open at now_us. In
 * the proportions of October 2025: about 3 % of the last month's complaints open, a quarter of
 * them late, and 93.8 % of all closed in time. */
int64_t city_demo_plan_closed(const struct city_demo_plan *plan, size_t i, int64_t due_at_us,
                              int64_t now_us);

#endif
