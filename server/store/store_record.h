/* Statements about the record (sql/0024_record.sql): what `hotline verify` reads, the seals, and
 * the log of what matters for security. Rows for db_sync_copy_out are in the order of their chain.
 */
#ifndef STORE_STORE_RECORD_H
#define STORE_STORE_RECORD_H

/* One picture for all of a verification's statements. */
#define STORE_VERIFY_BEGIN "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define STORE_VERIFY_END   "ROLLBACK"

/* clang-format off */
/* complaint_id, code, n, id, at and recorded_at in microseconds, event, actor, detail, salt,
 * detail_hash, prev, hash, and what the log says that a redacted detail is. Between HISTORY and
 * ORDER goes the complaint's code in quotes after " AND c.code = ", or nothing. */
#define STORE_VERIFY_HISTORY                                                                       \
    "COPY (SELECT h.complaint_id, c.code, h.n, h.id, hotline.record_us(h.at),"                     \
    " hotline.record_us(h.recorded_at), h.event, h.actor, h.detail::text, h.salt, h.detail_hash,"  \
    " h.prev, h.hash, CASE WHEN h.salt IS NULL THEN (SELECT a.detail->>'detail_hash'"              \
    "  FROM hotline.audit_log a WHERE a.event = 'history.redacted' AND a.subject = h.id::text"     \
    "  ORDER BY a.id LIMIT 1) END"                                                                 \
    " FROM hotline.complaint_history h LEFT JOIN hotline.complaints c ON c.id = h.complaint_id"    \
    " WHERE true"
#define STORE_VERIFY_ORDER " ORDER BY h.complaint_id, h.n, h.id) TO STDOUT (FORMAT binary)"
#define STORE_VERIFY_HISTORY_COLUMNS 14
/* id, at, event, actor, subject, detail, prev, hash. */
#define STORE_VERIFY_AUDIT                                                                         \
    "COPY (SELECT id, hotline.record_us(at), event, actor, subject, detail::text, prev, hash"      \
    " FROM hotline.audit_log ORDER BY id) TO STDOUT (FORMAT binary)"
#define STORE_VERIFY_AUDIT_COLUMNS 8
/* Rows there are, about: for progress. */
#define STORE_VERIFY_COUNT "SELECT count(*) FROM hotline.complaint_history"
/* day, from and to in microseconds and as text, history_rows, ids, fold, heads hash, audit_rows,
 * audit_last, fold, prev, hash (hashes in hex). */
#define STORE_VERIFY_SEALS                                                                         \
    "SELECT day::text, hotline.record_us(from_at), hotline.record_us(to_at), from_at::text,"       \
    " to_at::text, history_rows, history_ids::text, encode(history_fold, 'hex'),"                  \
    " encode(heads_hash, 'hex'), audit_rows, audit_last, encode(audit_fold, 'hex'),"               \
    " encode(prev, 'hex'), encode(hash, 'hex') FROM hotline.record_seals ORDER BY day"
/* Of one seal, with its from and to, or its day, between the parts: id and hash of history rows;
 * the same of the log's; complaint_id, n, hash of heads. */
#define STORE_VERIFY_SEALED_HISTORY                                                                \
    "COPY (SELECT id, hash FROM hotline.complaint_history WHERE recorded_at >= '%s'"               \
    " AND recorded_at < '%s' ORDER BY id) TO STDOUT (FORMAT binary)"
#define STORE_VERIFY_SEALED_AUDIT                                                                  \
    "COPY (SELECT id, hash FROM hotline.audit_log WHERE at >= '%s' AND at < '%s' ORDER BY id)"     \
    " TO STDOUT (FORMAT binary)"
#define STORE_VERIFY_SEALED_HEADS                                                                  \
    "COPY (SELECT complaint_id, n, hash FROM hotline.record_heads WHERE day = '%s'"                \
    " ORDER BY complaint_id) TO STDOUT (FORMAT binary)"
/* $1 a complaint's code or NULL: heads that no longer stand: day, code or '#ID', n, the last n there
 * is (0: none), true if a row n is there. */
#define STORE_VERIFY_HEADS                                                                         \
    "SELECT s.day::text, coalesce(c.code, '#' || s.complaint_id), s.n,"                            \
    " coalesce((SELECT max(l.n) FROM hotline.complaint_history l"                                  \
    "  WHERE l.complaint_id = s.complaint_id), 0), h.id IS NOT NULL"                               \
    " FROM hotline.record_heads s LEFT JOIN hotline.complaint_history h"                           \
    "  ON h.complaint_id = s.complaint_id AND h.n = s.n"                                           \
    " LEFT JOIN hotline.complaints c ON c.id = s.complaint_id"                                     \
    " WHERE h.hash IS DISTINCT FROM s.hash AND coalesce(c.code = $1, $1 IS NULL)"                  \
    " ORDER BY s.day, s.complaint_id LIMIT 100"
/* $1 as above: codes of complaints that have no history at all. */
#define STORE_VERIFY_SILENT                                                                        \
    "SELECT c.code FROM hotline.complaints c WHERE coalesce(c.code = $1, $1 IS NULL)"              \
    " AND NOT EXISTS (SELECT FROM hotline.complaint_history h WHERE h.complaint_id = c.id)"        \
    " ORDER BY c.id LIMIT 100"
/* clang-format on */

/* The next finished day, sealed; NULL: there is none, or not yet. */
#define STORE_SEAL "SELECT hotline.record_seal()::text"
/* All seals as lines, oldest first. */
#define STORE_SEAL_LINES "SELECT hotline.seal_line(s) FROM hotline.record_seals s ORDER BY day"

/* $1 dry (bool), $2 most at once: how many complaints, people, senders, files, messages and looks
 * were over their time and went (or would). */
#define STORE_RETAIN                                                                               \
    "SELECT (j->>'complaints')::bigint, (j->>'contacts')::bigint, (j->>'senders')::bigint,"        \
    " (j->>'files')::bigint, (j->>'messages')::bigint, (j->>'looks')::bigint"                      \
    " FROM hotline.retain($1::boolean, $2::integer) j"
#define STORE_RETAIN_COLUMNS 6
#define STORE_RETAIN_MOST    "500"

#endif
