/* Statements about due times that are counted anew on request (sql/0041_casework.sql). Answers are
 * JSON as it is sent. */
#ifndef STORE_STORE_RECOMPUTE_H
#define STORE_STORE_RECOMPUTE_H

/* The newest 20. */
#define STORE_RECOMPUTES                                                                           \
    "SELECT json_build_object('recomputes', coalesce(json_agg(j), '[]')) FROM ("                   \
    "SELECT json_build_object('id', r.id, 'apply', r.apply, 'reason', r.reason, 'state', r.state," \
    " 'made_at', r.made_at, 'made_by', r.made_by, 'ended_at', r.ended_at, 'error', r.error,"       \
    " 'to_count', r.to_count, 'considered', r.considered, 'changed', r.changed,"                   \
    " 'earlier', r.earlier, 'later', r.later, 'samples', r.samples) AS j"                          \
    " FROM hotline.deadline_recomputes r ORDER BY r.id DESC LIMIT 20) x"

/* $1 id -> whether it changes anything; none if it is not under way. */
#define STORE_RECOMPUTE_RUNNING                                                                    \
    "SELECT apply FROM hotline.deadline_recomputes WHERE id = $1::integer AND state = 'running'"

/* $1 id, $2 how many were counted, $3 of how many. */
#define STORE_RECOMPUTE_PROGRESS                                                                   \
    "UPDATE hotline.deadline_recomputes SET considered = $2::integer, to_count = $3::integer"      \
    " WHERE id = $1::integer AND state = 'running'"

/* $1 id, $2 counted, $3 changed, $4 earlier, $5 later, $6 the first of them. */
#define STORE_RECOMPUTE_DONE                                                                       \
    "UPDATE hotline.deadline_recomputes SET state = 'done', ended_at = clock_timestamp(),"         \
    " considered = $2::integer, to_count = $2::integer, changed = $3::integer,"                    \
    " earlier = $4::integer, later = $5::integer, samples = $6::jsonb"                             \
    " WHERE id = $1::integer AND state = 'running'"

/* $1 id, $2 why. */
#define STORE_RECOMPUTE_FAILED                                                                     \
    "UPDATE hotline.deadline_recomputes SET state = 'failed', ended_at = clock_timestamp(),"       \
    " error = $2 WHERE id = $1::integer AND state = 'running'"

#endif
