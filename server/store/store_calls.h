/* Telephone calls, and what came in writing (sql/0023_calls.sql). */
#ifndef STORE_STORE_CALLS_H
#define STORE_STORE_CALLS_H

/* $1 actor, $2 arguments (JSON object) -> the outcome as JSON. Safe to repeat. */
#define STORE_CALLER_EARLIER "SELECT hotline.caller_earlier($1, $2::jsonb)"
/* $1 actor, $2 the request's key, $3 its hash, $4 call_told or inbound_told, $5 arguments -> the
 * outcome as JSON. A repeat does nothing. */
#define STORE_TOLD "SELECT hotline.told($1, $2, $3, $4, $5::jsonb)"

/* $1 actor, $2 id -> the one as JSON, its person's look recorded; no row where it is not the
 * asker's. */
#define STORE_CALL_SHOWN                                                                           \
    "SELECT j FROM (SELECT hotline.call_shown($1, $2::bigint) AS j OFFSET 0) s WHERE j IS NOT "    \
    "NULL"
#define STORE_INBOUND_SHOWN                                                                        \
    "SELECT j FROM (SELECT hotline.inbound_shown($1, $2::bigint) AS j OFFSET 0) s"                 \
    " WHERE j IS NOT NULL"

/* $1 login -> the seat, and the calls that nothing has become of yet, newest first. */
#define STORE_CALLS_MINE                                                                           \
    "SELECT json_build_object("                                                                    \
    "'seat', (SELECT seat FROM hotline.seats WHERE login = $1),"                                   \
    " 'calls', (SELECT coalesce(json_agg(json_build_object('id', c.id, 'seat', c.seat,"            \
    "   'started_at', c.started_at, 'answered_at', c.answered_at, 'ended_at', c.ended_at)"         \
    "   ORDER BY c.started_at DESC), '[]')"                                                        \
    "  FROM (SELECT * FROM hotline.calls WHERE login = $1 AND outcome IS NULL"                     \
    "   AND source <> 'page' AND started_at > now() - interval '1 hour'"                           \
    "   AND coalesce(ended_at > now() - interval '15 minutes', true)"                              \
    "   ORDER BY started_at DESC LIMIT 20) c))"

/* What waits, oldest first: enough to see what it is, never who wrote it. $1 login. */
#define STORE_INBOUND_LIST                                                                         \
    "SELECT json_build_object("                                                                    \
    "'waiting', (SELECT count(*) FROM hotline.inbound_items WHERE state = 'waiting'),"             \
    " 'items', (SELECT coalesce(json_agg(json_build_object('id', i.id, 'channel', i.channel,"      \
    "   'received_at', i.received_at, 'subject', i.subject, 'excerpt', left(i.words, 140),"        \
    "   'taken_by', CASE WHEN i.taken_until > now() THEN (SELECT u.name FROM hotline.users u"      \
    "     WHERE u.login = i.taken_by) END,"                                                        \
    "   'mine', coalesce(i.taken_until > now() AND i.taken_by = $1, false))"                       \
    "   ORDER BY i.received_at, i.id), '[]')"                                                      \
    "  FROM (SELECT * FROM hotline.inbound_items WHERE state = 'waiting'"                          \
    "   ORDER BY received_at, id LIMIT 50) i))"

/* $1 actor -> what that person filed in the last days, newest first. */
#define STORE_FILED                                                                                \
    "SELECT json_build_object('complaints', coalesce(json_agg(json_build_object('code', c.code,"   \
    " 'category', k.code, 'status', c.status, 'channel', c.channel,"                               \
    " 'received_at', c.received_at, 'due_at', c.due_at, 'address', c.address,"                     \
    " 'agency', a.name) ORDER BY h.at DESC), '[]'))"                                               \
    " FROM (SELECT complaint_id, at FROM hotline.complaint_history WHERE event = 'received'"       \
    "   AND actor LIKE 'user:%' AND actor = $1 AND at > now() - interval '7 days'"                 \
    "   ORDER BY at DESC LIMIT 50) h"                                                              \
    " JOIN hotline.complaints c ON c.id = h.complaint_id"                                          \
    " JOIN hotline.categories k ON k.id = c.category_id"                                           \
    " JOIN hotline.agencies a ON a.id = c.agency_id"

/* $1 from, $2 to (microseconds), $3 zone's name, $4 login or NULL for everybody -> how long it took
 * from a call to its complaint: in all, by operator, by hour of the city's day, and spread over
 * bounds in seconds. */
#define STORE_CALLS_STATISTICS                                                                     \
    "WITH c AS MATERIALIZED (SELECT login, started_at, outcome,"                                   \
    "  extract(epoch FROM filed_at - started_at)::float8 AS s FROM hotline.calls"                  \
    "  WHERE started_at >= 'epoch'::timestamptz + $1::bigint * interval '1 microsecond'"           \
    "  AND started_at < 'epoch'::timestamptz + $2::bigint * interval '1 microsecond'"              \
    "  AND ($4::text IS NULL OR login = $4)),"                                                     \
    " b(n, least, below) AS (VALUES (1, 0, 30), (2, 30, 60), (3, 60, 90), (4, 90, 120),"           \
    "  (5, 120, 180), (6, 180, 300), (7, 300, NULL)),"                                             \
    " o AS (SELECT login, count(*) AS calls, count(s) AS filed,"                                   \
    "  percentile_cont(0.5) WITHIN GROUP (ORDER BY s) AS median,"                                  \
    "  percentile_cont(0.9) WITHIN GROUP (ORDER BY s) AS p90 FROM c WHERE login IS NOT NULL"       \
    "  GROUP BY login ORDER BY count(*) DESC, login LIMIT 500),"                                   \
    " h AS (SELECT extract(hour FROM started_at AT TIME ZONE $3)::int AS hour, count(*) AS calls," \
    "  count(s) AS filed, percentile_cont(0.5) WITHIN GROUP (ORDER BY s) AS median,"               \
    "  percentile_cont(0.9) WITHIN GROUP (ORDER BY s) AS p90 FROM c GROUP BY 1)"                   \
    " SELECT json_build_object('calls', (SELECT count(*) FROM c), 'filed', (SELECT count(s) FROM " \
    "c),"                                                                                          \
    "  'median_s', (SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY s)) FROM c),"         \
    "  'p90_s', (SELECT round(percentile_cont(0.9) WITHIN GROUP (ORDER BY s)) FROM c),"            \
    "  'operators', (SELECT coalesce(json_agg(json_build_object('login', o.login,"                 \
    "    'name', (SELECT u.name FROM hotline.users u WHERE u.login = o.login), 'calls', calls,"    \
    "    'filed', filed, 'median_s', round(median), 'p90_s', round(p90)) ORDER BY calls DESC,"     \
    "    o.login), '[]') FROM o),"                                                                 \
    "  'hours', (SELECT coalesce(json_agg(json_build_object('hour', hour, 'calls', calls,"         \
    "    'filed', filed, 'median_s', round(median), 'p90_s', round(p90)) ORDER BY hour), '[]')"    \
    "    FROM h),"                                                                                 \
    "  'spread', (SELECT json_agg(json_build_object('from_s', b.least, 'to_s', b.below, 'filed',"  \
    "    (SELECT count(*) FROM c WHERE s >= b.least AND (b.below IS NULL OR s < b.below)))"        \
    "    ORDER BY b.n) FROM b))"

#endif
