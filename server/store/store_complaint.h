/* The complaint's statements. Rows go in as the JSON array that hotline.complaints_create takes;
 * whoever has a connection, blocking or asynchronous, sends it. */
#ifndef STORE_STORE_COMPLAINT_H
#define STORE_STORE_COMPLAINT_H

#include "server/app/snapshot.h"
#include "server/base/str.h"
#include "server/intake/complaint.h"
#include "server/intake/placing.h"
#include "server/store/store_deadline.h"

/* SELECT n, outcome, complaint_code ... with $1 = the batch. */
#define STORE_COMPLAINTS_CREATE                                                                    \
    "SELECT n, outcome, complaint_code FROM hotline.complaints_create($1)"
/* First number of a fresh block of STORE_ID_BLOCK. */
#define STORE_RESERVE_IDS "SELECT nextval('hotline.complaint_ids')"
#define STORE_ID_BLOCK    1000

/* clang-format off */
#define STORE_US_OF(column) "(extract(epoch FROM " column ") * 1000000)::bigint"
#define STORE_US(column) STORE_US_OF(column) ", "
/* The complaint's version, and who took it from the rules' agency: by, at, reason, that agency. */
#define STORE_COMPLAINT_OVERRIDE                                                                   \
    ", c.version, c.override->>'by', " STORE_US_OF("(c.override->>'at')::timestamptz")             \
    ", c.override->>'reason', c.override->>'agency'"
/* One complaint as complaint_view_of_row reads it; add WHERE, ORDER BY, LIMIT. c.id is column 31. */
#define STORE_COMPLAINT_COLUMNS                                                                    \
    "SELECT c.code, c.status, c.channel, k.code, k.name_vi, k.name_en, c.description, c.address,"  \
    " c.attributes, c.flags"                                                                       \
    ", " STORE_US_OF("c.received_at") ", " STORE_US_OF("c.occurred_at")                            \
    ", " STORE_US_OF("c.updated_at") ", " STORE_US_OF("c.closed_at")                               \
    ", ST_X(c.geom), ST_Y(c.geom), c.accuracy_m, c.place_confidence, c.place_match"                \
    ", w.code, w.name, d.code, d.name, a.code, a.name, s.code, s.name"                             \
    ", " STORE_US_OF("c.due_at") ", coalesce(c.rule, j.code), c.reason_vi, c.reason_en, c.id"       \
    STORE_COMPLAINT_OVERRIDE
#define STORE_COMPLAINT_JOINS                                                                      \
    " JOIN hotline.categories k ON k.id = c.category_id"                                           \
    " JOIN hotline.agencies a ON a.id = c.agency_id"                                               \
    " LEFT JOIN hotline.desks s ON s.id = c.desk_id"                                               \
    " LEFT JOIN hotline.boundaries w ON w.id = c.ward_id"                                          \
    " LEFT JOIN hotline.boundaries d ON d.id = c.district_id"                                      \
    " LEFT JOIN hotline.jurisdictions j ON j.id = c.jurisdiction_id"
#define STORE_COMPLAINT_TABLES " FROM hotline.complaints c" STORE_COMPLAINT_JOINS
/* A list: which ones first, by an index in the list's order, and the names for those alone. Conditions,
 * ORDER BY and LIMIT on c follow; then STORE_COMPLAINT_LIST_END and the ORDER BY again. */
#define STORE_COMPLAINT_LIST                                                                       \
    STORE_COMPLAINT_COLUMNS " FROM (SELECT c.* FROM hotline.complaints c WHERE true"
#define STORE_COMPLAINT_LIST_END ") c" STORE_COMPLAINT_JOINS
/* Of one agency, which may have had several rows of one code: the first of each row, then of all. Ends
 * with STORE_COMPLAINT_LIST_OF_END, the code, STORE_COMPLAINT_LIST_END and the ORDER BY. */
#define STORE_COMPLAINT_LIST_OF                                                                    \
    STORE_COMPLAINT_COLUMNS " FROM (SELECT l.* FROM hotline.agencies g, LATERAL ("                 \
                            "SELECT c.* FROM hotline.complaints c WHERE c.agency_id = g.id"
#define STORE_COMPLAINT_LIST_OF_END ") l WHERE g.code = "
/* clang-format on */

/* $1 code, $2 who asks ("" for nobody): with what store_clock_read takes from column
 * STORE_COMPLAINT_CLOCK on, whether they see it as staff do, and the fields that
 * sql/0038_one_complaint.sql writes (a JSON object). */
#define STORE_COMPLAINT_BY_CODE                                                                    \
    STORE_COMPLAINT_COLUMNS ", " STORE_CLOCK_COLUMNS                                               \
                            ", (o.work ->> 'staff')::boolean, o.work" STORE_COMPLAINT_TABLES       \
                            ", LATERAL hotline.complaint_work($2, c.id) AS o(work)"                \
                            " WHERE c.code = $1"
#define STORE_COMPLAINT_CLOCK 37
#define STORE_COMPLAINT_STAFF (STORE_COMPLAINT_CLOCK + STORE_CLOCK_N)
#define STORE_COMPLAINT_WORK  (STORE_COMPLAINT_STAFF + 1)

/* $1 code -> what store_clock_read takes; and what its place is decided by: channel, description,
 * attributes, whether a person gave it to whoever has it, whether a change of law did. */
#define STORE_COMPLAINT_CLOCK_OF                                                                   \
    "SELECT " STORE_CLOCK_COLUMNS                                                                  \
    ", c.channel, c.description, c.attributes, c.override IS NOT NULL,"                            \
    " EXISTS (SELECT FROM hotline.complaint_history h"                                             \
    "  WHERE h.complaint_id = c.id AND h.event = 'transferred')"                                   \
    " FROM hotline.complaints c"
#define STORE_COMPLAINT_CLOCK_BY_CODE STORE_COMPLAINT_CLOCK_OF " WHERE c.code = $1"
/* As above, of the complaint that the holder of the code reported or joined. */
#define STORE_COMPLAINT_CLOCK_FOLLOWED                                                             \
    STORE_COMPLAINT_CLOCK_OF " WHERE c.id = hotline.followed_complaint($1)"
enum store_clock_column {
    STORE_CLOCK_CHANNEL = STORE_CLOCK_N,
    STORE_CLOCK_DESCRIPTION,
    STORE_CLOCK_ATTRIBUTES,
    STORE_CLOCK_BY_HAND,
    STORE_CLOCK_TRANSFERRED,
};

/* $1 code, $2 who asks -> at in microseconds, event, actor, detail; oldest first. The actor (else
 * NULL) and what a detail has under "internal" are for staff alone, and so is that there are notes.
 * One row of NULLs for a complaint without history, none for an unknown code. */
#define STORE_COMPLAINT_HISTORY                                                                    \
    "SELECT " STORE_US("h.at") "h.event, CASE WHEN o.staff THEN h.actor END,"                      \
                               " CASE WHEN o.staff THEN h.detail ELSE h.detail - 'internal' END"   \
                               " FROM hotline.complaints c CROSS JOIN"                             \
                               " LATERAL (SELECT hotline.complaint_staff($2, c.id) AS staff) o"    \
                               " LEFT JOIN hotline.complaint_history h ON h.complaint_id = c.id"   \
                               "  AND (o.staff OR h.event <> ALL (hotline.internal_events()))"     \
                               " WHERE c.code = $1 ORDER BY h.n"

/* Most rows in one batch: keeps the NOTIFY payload under its 8,000 bytes. */
#define STORE_BATCH_MAX 128

/* Appends one record as a JSON object; `n` is its position in the batch. The caller writes the
 * brackets and commas. */
void store_complaint_append(struct strbuf *out, const struct snapshot *s, size_t n,
                            const struct complaint_record *record);

#endif
