/* A complaint's clock between the database and routing/route_deadlines.h. */
#ifndef STORE_STORE_DEADLINE_H
#define STORE_STORE_DEADLINE_H

#include "server/app/snapshot.h"
#include "server/base/str.h"
#include "server/db/db_rows.h"

/* What store_clock_read takes, of hotline.complaints c: category, agency, received, clock_from,
 * terms, pauses, the four due times, paused_at. Instants are microseconds since 1970. */
#define STORE_CLOCK_US(column) "(extract(epoch FROM " column ") * 1000000)::bigint"
#define STORE_CLOCK_COLUMNS                                                                                                                                                      \
    "c.category_id, c.agency_id, " STORE_CLOCK_US("c.received_at") ", " STORE_CLOCK_US(                                                                                          \
        "c.clock_from") ", c.deadline_terms,"                                                                                                                                    \
                        " (SELECT string_agg(concat_ws(' ', p.reason, " STORE_CLOCK_US(                                                                                          \
                            "p.from_at") ", " STORE_CLOCK_US("p.to_at") "), ',' ORDER BY "                                                                                       \
                                                                        "p.from_at)"                                                                                             \
                                                                        " FROM "                                                                                                 \
                                                                        "hotline.complaint_"                                                                                     \
                                                                        "pauses p WHERE "                                                                                        \
                                                                        "p.complaint_id = "                                                                                      \
                                                                        "c.id), " STORE_CLOCK_US("c.pass_on_due_at") ", " STORE_CLOCK_US("c.accept_due_at") ", " STORE_CLOCK_US( \
                                                                            "c.answer_due_at") ","                                                                               \
                                                                                               " " STORE_CLOCK_US(                                                               \
                                                                                                   "c.due_at") ", " STORE_CLOCK_US("c.paused_at")
#define STORE_CLOCK_N 11

struct store_clock {
    struct route_deadline_facts facts; /* its pauses point below: don't copy the struct */
    struct route_pause pauses[ROUTE_PAUSES_MAX];
    struct route_due stored; /* INT64_MIN: that step is not counted */
    int64_t paused_us;       /* INT64_MIN: it runs */
};

/* Reads STORE_CLOCK_COLUMNS from that column on. Categories, agencies and calendars that the
 * snapshot does not know count as unknown ones. */
void store_clock_read(struct store_clock *clock, const struct snapshot *s, const struct db_rows *r,
                      size_t row, size_t column);

/* The terms as hotline.complaints.deadline_terms has them; nothing is written for none. Unknown
 * words in the text are skipped. */
void store_terms_read(struct route_terms *terms, const struct route_deadlines *d, const char *json);
bool store_terms_none(const struct route_terms *terms);
void store_terms_json(struct strbuf *out, const struct route_deadlines *d,
                      const struct route_terms *terms);

/* "minutes", "hours", "working_hours", "working_days". */
const char *store_deadline_unit(enum route_deadline_kind kind);
/* False where it is none of them. */
bool store_deadline_kind(const char *unit, enum route_deadline_kind *kind);

#endif
