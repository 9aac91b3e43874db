/* When something must have happened: the four steps of a complaint, by category, urgency and the
 * calendar of the agency that has it. The numbers are data (sql/0011_deadlines.sql); what counts
 * from when is the rule of this file and of docs/deadlines.md.
 *
 * THE STEPS
 * - pass_on counts from receipt; it is the hotline's own.
 * - accept, answer and resolve count from when the agency that has it got it: receipt, or the
 * moment of the last re-routing. None of these three is due later than the one after it.
 * - A step's length is the rule's that routed it, where it says one; else that of the nearest
 *   category up the tree that has one for this urgency or for any; else the default's.
 *
 * PAUSES stop accept, answer and resolve. By the clock and in working hours, time within a pause
 * does not count. Of working days, one does not count whose close of business falls into a pause:
 * after its start, and at its end at the latest. All pauses of a complaint for one reason together
 * count up to the reason's cap, that many working days' worth of the calendar's working time; past
 * it the clock runs although nobody started it. A pause that still lasts is taken to last until its
 * cap, so that a due time is never earlier than it turns out.
 *
 * AN EXTENSION: where the agency has committed to a date, it is resolved by then, whatever the
 * step's length; pauses after the commitment move it by the clock.
 *
 * Immutable once made: any number of threads may read one. Numbers are positions in the source. */
#ifndef ROUTING_ROUTE_DEADLINES_H
#define ROUTING_ROUTE_DEADLINES_H

#include "routing/route_calendar.h"
#include "server/base/err.h"
#include "server/base/str.h"

enum route_step {
    ROUTE_STEP_PASS_ON,
    ROUTE_STEP_ACCEPT,
    ROUTE_STEP_ANSWER,
    ROUTE_STEP_RESOLVE,
    ROUTE_STEPS
};

extern const char *const route_step_names[ROUTE_STEPS]; /* "pass_on", ... */

#define ROUTE_PAUSES_MAX 64 /* of one complaint; of more only the first so many count */

/* A day that differs from the week, with its name, for explaining. */
struct route_named_day {
    int32_t day;
    bool worked;
    const char *name_vi, *name_en;
};

struct route_calendar_row {
    const char *code, *name_vi, *name_en;
    struct route_calendar_source source;
    const struct route_named_day *days; /* ascending */
    size_t n_days;
};

struct route_step_row {
    int32_t category; /* -1: the default's */
    int urgency;      /* 1 urgent, 0 ordinary, -1 any */
    enum route_step step;
    struct route_deadline deadline; /* never INHERIT */
};

struct route_pause_reason {
    const char *code, *name_vi, *name_en;
    int32_t cap_days;
};

struct route_deadline_category {
    int32_t parent; /* -1 at the top */
    bool urgent;
    struct route_deadline resolve; /* its own, at its own urgency; INHERIT: none */
};

struct route_deadlines_source {
    const struct route_calendar_row *calendars; /* the first serves who names none */
    size_t n_calendars;
    const int32_t *agency_calendars; /* by agency; -1: the first */
    size_t n_agencies;
    const struct route_deadline_category *categories;
    size_t n_categories;
    const struct route_step_row *steps;
    size_t n_steps;
    const struct route_pause_reason *reasons;
    size_t n_reasons;
};

struct route_deadlines;

/* Texts and rows are copied. STATUS_INVALID names the calendar, or the step that has no default.
 * Free with route_deadlines_destroy. */
enum status route_deadlines_create(const struct route_deadlines_source *source,
                                   struct route_deadlines **out, struct err *e) MUST_CHECK;
void route_deadlines_destroy(struct route_deadlines *d); /* NULL is fine */

size_t route_deadlines_n_calendars(const struct route_deadlines *d);
const struct route_calendar_row *route_deadlines_calendar(const struct route_deadlines *d,
                                                          int32_t calendar);
int32_t route_deadlines_find_calendar(const struct route_deadlines *d, struct str code); /* or -1 */
/* That of an agency; the first for unknown ones. */
int32_t route_deadlines_agency_calendar(const struct route_deadlines *d, int32_t agency);
size_t route_deadlines_n_reasons(const struct route_deadlines *d);
const struct route_pause_reason *route_deadlines_reason(const struct route_deadlines *d,
                                                        int32_t reason);
int32_t route_deadlines_find_reason(const struct route_deadlines *d, struct str code); /* or -1 */
/* The length of a step, inheritance resolved; unknown categories have the default's. */
struct route_deadline route_deadlines_step(const struct route_deadlines *d, int32_t category,
                                           bool urgent, enum route_step step);

struct route_pause {
    int64_t from_us;
    int64_t to_us;  /* INT64_MAX: it lasts */
    int32_t reason; /* one that is unknown stops nothing */
};

/* What is out of the ordinary for one complaint. */
struct route_terms {
    int urgent;                               /* 1, 0; -1: as its category */
    int32_t calendar;                         /* -1: its agency's */
    struct route_deadline steps[ROUTE_STEPS]; /* INHERIT: by category */
    int64_t committed_at_us; /* when the agency committed to a date; 0: it has not */
    int64_t committed_us;    /* and to which */
};
#define ROUTE_TERMS_NONE                                                                           \
    (struct route_terms)                                                                           \
    {                                                                                              \
        .urgent = -1, .calendar = -1                                                               \
    }

struct route_deadline_facts {
    int32_t category, agency;
    int64_t received_us;
    int64_t clock_from_us; /* receipt, or the last re-routing */
    struct route_terms terms;
    const struct route_pause *pauses; /* ascending, apart */
    size_t n_pauses;
};

struct route_due {
    int64_t at_us[ROUTE_STEPS];
};

struct route_due route_deadlines_due(const struct route_deadlines *d,
                                     const struct route_deadline_facts *facts);

/* ---- why ---- */

enum route_skip_why {
    ROUTE_SKIP_WEEKEND, /* days that the week does not work */
    ROUTE_SKIP_HOLIDAY,
    ROUTE_SKIP_PAUSED,
    ROUTE_SKIP_WORKED, /* not skipped: a day off by the week that is worked, and was counted */
};

struct route_skip {
    enum route_skip_why why;
    int32_t first_day, last_day;   /* of a run; for a pause in time its local days */
    int32_t days;                  /* working days that a pause took; else days of the run */
    int64_t from_us, to_us;        /* of a pause, cut to its cap; else 0 */
    const char *name_vi, *name_en; /* of the day or the reason; "" for weekends */
};

#define ROUTE_SKIPS_MAX 48

struct route_due_reason {
    struct route_deadline deadline; /* INHERIT: the agency committed to a date */
    int64_t from_us, due_us;
    int32_t calendar;                         /* -1: by the clock */
    bool outside_hours;                       /* office hours mattered */
    bool limited;                             /* it would be later than the step after it */
    struct route_skip skips[ROUTE_SKIPS_MAX]; /* by time */
    size_t n_skips;
};

/* The same result as route_deadlines_due for that step, with how it came about. */
void route_deadlines_explain(const struct route_deadlines *d,
                             const struct route_deadline_facts *facts, enum route_step step,
                             struct route_due_reason *reason);

/* Appends one sentence, with its full stop, in Vietnamese or English. */
void route_deadlines_sentence(const struct route_deadlines *d, enum route_step step,
                              const struct route_due_reason *reason, bool english,
                              struct strbuf *out);

#endif
