/* What a replay reads: complaints in pieces of the table, in PostgreSQL's binary form. */
#ifndef STORE_STORE_REPLAY_H
#define STORE_STORE_REPLAY_H

/* Pages of the table and a guess at its rows. */
#define STORE_REPLAY_SIZE                                                                          \
    "SELECT (pg_relation_size('hotline.complaints')"                                               \
    " / current_setting('block_size')::bigint)::text,"                                             \
    " greatest(reltuples, 0)::bigint::text FROM pg_class"                                          \
    " WHERE oid = 'hotline.complaints'::regclass"

#define STORE_REPLAY_BEGIN  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define STORE_REPLAY_EXPORT "SELECT pg_export_snapshot()"
#define STORE_REPLAY_JOIN   "SET TRANSACTION SNAPSHOT '%s'" /* what the export gave */

/* $1, $2 first page and the one after the last, $3, $4 microseconds of the period or NULL -> id,
 * received_at (microseconds since 2000), category, point (EWKB), channel, agency, by hand, open;
 * then, where rules ask for them, attributes and description. */
#define STORE_REPLAY_COLUMNS                                                                       \
    "SELECT c.id, c.received_at, c.category_id, c.geom, c.channel, c.agency_id,"                   \
    " c.override IS NOT NULL, c.status NOT IN ('resolved', 'closed', 'rejected')"
#define STORE_REPLAY_TEXTS ", c.attributes::text, c.description"
#define STORE_REPLAY_FROM                                                                          \
    " FROM hotline.complaints c"                                                                   \
    " WHERE c.ctid >= format('(%s,0)', $1::text)::tid"                                             \
    " AND c.ctid < format('(%s,0)', $2::text)::tid"                                                \
    " AND ($3::bigint IS NULL"                                                                     \
    "      OR c.received_at >= 'epoch'::timestamptz + $3::bigint * interval '1 microsecond')"      \
    " AND ($4::bigint IS NULL"                                                                     \
    "      OR c.received_at < 'epoch'::timestamptz + $4::bigint * interval '1 microsecond')"

/* $1 an array of ids -> id, code. */
#define STORE_REPLAY_CODES                                                                         \
    "SELECT c.id, c.code FROM hotline.complaints c WHERE c.id = ANY ($1::bigint[])"

/* The door of jobs. */
#define STORE_JOB_CLAIM                                                                            \
    "SELECT id, kind, rule_set_id, base_id, params->>'from', params->>'to', params->>'as_of'"      \
    " FROM hotline.rule_job_claim()"
#define STORE_JOB_TELL "SELECT hotline.rule_job_tell($1, $2, $3)"
#define STORE_JOB_END  "SELECT hotline.rule_job_end($1, $2::jsonb, $3)"

#endif
