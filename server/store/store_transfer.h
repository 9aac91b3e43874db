/* Statements about transfers (sql/0012_transfers.sql). Answers are JSON as it is sent. */
#ifndef STORE_STORE_TRANSFER_H
#define STORE_STORE_TRANSFER_H

#define STORE_TRANSFER_FIELDS                                                                      \
    "'id', t.id, 'at', t.at, 'reason', t.reason, 'deadlines', t.deadlines, 'state', t.state,"      \
    " 'made_at', t.made_at, 'made_by', t.made_by, 'back_at', t.back_at, 'back_by', t.back_by,"     \
    " 'error', t.error, 'considered', t.considered, 'moved', t.moved,"                             \
    " 'changed_meanwhile', t.changed_meanwhile, 'restored', t.restored,"                           \
    " 'left_alone', t.left_alone, 'judged', t.judged, 'to_judge', t.to_judge"

/* The newest 200. */
#define STORE_TRANSFERS                                                                            \
    "SELECT json_build_object('transfers', coalesce(json_agg(j), '[]')) FROM ("                    \
    "SELECT json_build_object(" STORE_TRANSFER_FIELDS ") AS j FROM hotline.transfers t"            \
    " ORDER BY t.id DESC LIMIT 200) x"

/* $1 id, $2 state of its items ('' any), $3 after that complaint id, $4 how many at most. */
#define STORE_TRANSFER                                                                             \
    "SELECT json_build_object(" STORE_TRANSFER_FIELDS ","                                          \
    " 'items', coalesce(i.items, '[]'), 'next', CASE WHEN i.n = $4::integer THEN i.last::text "    \
    "END)"                                                                                         \
    " FROM hotline.transfers t LEFT JOIN LATERAL (SELECT json_agg(j ORDER BY id) AS items,"        \
    " count(*) AS n, max(id) AS last FROM (SELECT o.complaint_id AS id, json_build_object("        \
    " 'complaint', c.code, 'state', o.state, 'why', o.why, 'from', a.code, 'to', b.code,"          \
    " 'old_deadline', o.old_due_at, 'new_deadline', o.new_due_at) AS j"                            \
    " FROM hotline.transfer_items o JOIN hotline.complaints c ON c.id = o.complaint_id"            \
    " JOIN hotline.agencies a ON a.id = o.old_agency_id"                                           \
    " JOIN hotline.agencies b ON b.id = o.new_agency_id"                                           \
    " WHERE o.transfer_id = t.id AND o.complaint_id > $3::bigint AND $2 IN ('', o.state)"          \
    " ORDER BY o.complaint_id LIMIT $4::integer) y) i ON true WHERE t.id = $1::integer"

/* $1 id -> instant in microseconds, recompute, reason, who; none if it is not under way. */
#define STORE_TRANSFER_RUNNING                                                                     \
    "SELECT (extract(epoch FROM at) * 1000000)::bigint, deadlines = 'recompute', reason, made_by"  \
    " FROM hotline.transfers WHERE id = $1::integer AND state = 'running'"

/* $1 id, $2 how many were judged, $3 of how many. */
#define STORE_TRANSFER_PROGRESS                                                                    \
    "UPDATE hotline.transfers SET judged = $2::integer, to_judge = $3::integer"                    \
    " WHERE id = $1::integer AND state = 'running'"

/* $1 id, $2 why. */
#define STORE_TRANSFER_FAILED                                                                      \
    "UPDATE hotline.transfers SET state = 'failed', error = $2"                                    \
    " WHERE id = $1::integer AND state = 'running'"

#endif
