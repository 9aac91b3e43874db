/* The inside of deadlines, for routing/ only. */
#ifndef ROUTING_ROUTE_DEADLINES_INTERNAL_H
#define ROUTING_ROUTE_DEADLINES_INTERNAL_H

#include "routing/route_calendar_internal.h"
#include "routing/route_deadlines.h"
#include "server/base/arena.h"

struct route_step_table {
    struct route_deadline of[2][ROUTE_STEPS]; /* [urgent] */
};

struct route_deadlines {
    struct arena *arena; /* owns all but the calendars' insides */
    struct route_calendar_row *rows;
    struct route_calendar **calendars; /* owned, beside rows */
    size_t n_calendars;
    int32_t *agency_calendars;
    size_t n_agencies;
    struct route_step_table *steps; /* per category, the last for unknown ones */
    bool *urgent;                   /* per category */
    size_t n_categories;
    struct route_pause_reason *reasons;
    size_t n_reasons;
};

/* The pauses as they count: cut to their caps and to what begins at `from_us`, ascending. `out` has
 * room for ROUTE_PAUSES_MAX; returns how many. */
size_t route_pauses_counted(const struct route_deadlines *d, const struct route_calendar *cal,
                            const struct route_deadline_facts *facts, int64_t from_us,
                            struct route_pause *out);
/* One step, not limited by the others. */
int64_t route_step_due(const struct route_calendar *cal, struct route_deadline deadline,
                       int64_t from_us, const struct route_pause *pauses, size_t n);

/* When it is to be resolved by the date that its agency committed to. */
int64_t route_committed_due(const struct route_deadlines *d, const struct route_calendar *cal,
                            const struct route_deadline_facts *facts);

/* What holds for a complaint. */
int32_t route_facts_calendar(const struct route_deadlines *d,
                             const struct route_deadline_facts *facts);
struct route_deadline route_facts_step(const struct route_deadlines *d,
                                       const struct route_deadline_facts *facts,
                                       enum route_step step);

#endif
