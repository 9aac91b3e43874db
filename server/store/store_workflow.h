/* What is read of a complaint's way besides itself (sql/0018_workflow.sql,
 * sql/0026_workflow_acts.sql). */
#ifndef STORE_STORE_WORKFLOW_H
#define STORE_STORE_WORKFLOW_H

/* $1 who asks, $2 a complaint's code or "", $3 what they are for or "" -> JSON; no row for a
 * complaint that is not the asker's. */
#define STORE_FORM_LETTERS                                                                         \
    "SELECT l FROM hotline.form_letters_for($1, $2, $3) l WHERE l IS NOT NULL"

/* $1 seed ("": the day), $2 from, $3 to (RFC 3339; NULL: the last 30 days), $4 how many -> JSON. */
#define STORE_CALLBACKS                                                                            \
    "SELECT hotline.callback_list(coalesce(nullif($1, ''), hotline.city_day(now())::text),"        \
    " coalesce($2::timestamptz, now() - interval '30 days'),"                                      \
    " coalesce($3::timestamptz, now()), $4::float8::int)"

/* Closes some that were resolved long enough ago -> how many. */
#define STORE_CLOSE_OLD "SELECT hotline.complaints_close_old(500)"

/* ---- conditions on hotline.complaints c, for lists ---- */

#define STORE_IS_LATE    " AND c.closed_at IS NULL AND c.due_at < now()"
#define STORE_IS_AT_RISK " AND c.closed_at IS NULL AND c.due_at > now() AND hotline.at_risk(c)"
/* Assigned to that actor, or filed by him: his name, the next text, his name again, "))". */
#define STORE_IS_MINE_OF                                                                           \
    " AND c.id IN (SELECT m.id FROM hotline.complaints m WHERE m.assignee_id ="                    \
    " (SELECT u.id FROM hotline.users u WHERE u.login = substr("
#define STORE_IS_MINE_FILED                                                                        \
    "::text, 6)) UNION ALL SELECT h.complaint_id FROM hotline.complaint_history h"                 \
    " WHERE h.event = 'received' AND h.actor LIKE 'user:%' AND h.actor = ("
/* The code, ")". */
#define STORE_IS_AT_DESK " AND c.desk_id IN (SELECT d.id FROM hotline.desks d WHERE d.code = "
/* The agency's code, ")". */
#define STORE_HAS_TASK                                                                             \
    " AND c.id IN (SELECT k.complaint_id FROM hotline.complaint_tasks k"                           \
    " JOIN hotline.agencies o ON o.id = k.agency_id"                                               \
    " WHERE k.status IN ('assigned', 'accepted') AND o.code = "

#endif
