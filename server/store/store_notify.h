/* Statements of what tells people (sql/0021_notifications.sql, sql/0027_notice_words.sql). */
#ifndef STORE_STORE_NOTIFY_H
#define STORE_STORE_NOTIFY_H

/* ---- the dispatcher's ---- */

/* $1 how many outbox rows at most -> taken, notices made. */
#define STORE_NOTIFY_PLAN "SELECT planned, made FROM hotline.notices_plan($1::integer)"

/* $1 worker, $2 medium, $3 at most, $4 lease in seconds -> one row a notice. */
#define STORE_NOTIFY_CLAIM                                                                         \
    "SELECT id, told_id, lang, attempt, address, subject, body, facts, secret, audience"           \
    " FROM hotline.notices_claim($1, ARRAY[$2], $3::integer, $4::integer)"
enum {
    NOTIFY_ROW_ID,
    NOTIFY_ROW_TOLD_ID,
    NOTIFY_ROW_LANG,
    NOTIFY_ROW_ATTEMPT,
    NOTIFY_ROW_ADDRESS,
    NOTIFY_ROW_SUBJECT,
    NOTIFY_ROW_BODY,
    NOTIFY_ROW_FACTS,
    NOTIFY_ROW_SECRET,
    NOTIFY_ROW_AUDIENCE,
};

/* $1 notice, $2 attempt, $3 what the receiver said. */
#define STORE_NOTIFY_SENT "SELECT hotline.notice_sent($1::bigint, $2::integer, $3)"
/* As above, and $4: trying again is useless, $5: it was not the message's fault -> is it dead. */
#define STORE_NOTIFY_FAILED                                                                        \
    "SELECT hotline.notice_failed($1::bigint, $2::integer, $3, $4::boolean, $5::boolean)"

#define STORE_NOTIFY_EXPIRE "SELECT hotline.notices_expire(1000)"
#define STORE_NOTIFY_LADDER "SELECT hotline.ladder_walk(500)"

/* $1 at most of each: how many rows of what was sent long ago went. */
#define STORE_NOTICES_PRUNE      "SELECT hotline.notices_prune($1::integer)"
#define STORE_NOTICES_PRUNE_MOST "2000"
/* Who is told what, the ladder's steps, and the settings that go with them. */
#define STORE_NOTICE_RULES "SELECT hotline.notice_rules_json()"

/* The settings: JSON, then the numbers of those that wait and that are dead, by medium. */
#define STORE_NOTIFY_SETTINGS "SELECT value::text FROM hotline.settings WHERE key = 'notify'"
#define STORE_NOTIFY_COUNTS   "SELECT medium, waiting, dead FROM hotline.notice_counts()"

/* ---- the API's; answers are JSON as it is sent ---- */

#define STORE_NOTICE_FIELDS                                                                        \
    "'id', n.id, 'delivery', n.told_id, 'complaint', c.code, 'event', n.event, 'audience',"        \
    " n.audience, 'recipient', n.recipient, 'medium', n.medium, 'lang', n.lang, 'state', n.state," \
    " 'made_at', n.made_at, 'due_at', CASE WHEN n.state = 'waiting' THEN n.due_at END,"            \
    " 'attempts', n.attempts, 'ended_at', n.ended_at, 'error', n.error"

/* $1 state, $2 medium, $3 webhook, $4 complaint's code ('' any), $5 before that id, $6 at most. */
#define STORE_NOTICES                                                                              \
    "SELECT json_build_object('notices', coalesce(json_agg(x.j ORDER BY x.id DESC), '[]'),"        \
    " 'next', CASE WHEN count(*) = $6::integer THEN min(x.id)::text END) FROM ("                   \
    "SELECT n.id, json_build_object(" STORE_NOTICE_FIELDS ") AS j"                                 \
    " FROM hotline.notices n JOIN hotline.complaints c ON c.id = n.complaint_id"                   \
    " WHERE $1 IN ('', n.state) AND $2 IN ('', n.medium) AND $3 IN ('', n.webhook_id::text)"       \
    " AND $4 IN ('', c.code) AND n.id < $5::bigint ORDER BY n.id DESC LIMIT $6::integer) x"

/* $1 id: with its attempts. */
#define STORE_NOTICE                                                                               \
    "SELECT json_build_object(" STORE_NOTICE_FIELDS ", 'tried', coalesce((SELECT json_agg("        \
    "json_build_object('at', a.at, 'attempt', a.attempt, 'outcome', a.outcome, 'answer',"          \
    " a.answer) ORDER BY a.at) FROM hotline.notice_attempts a WHERE a.notice_id = n.id), '[]'))"   \
    " FROM hotline.notices n JOIN hotline.complaints c ON c.id = n.complaint_id"                   \
    " WHERE n.id = $1::bigint"

#define STORE_WEBHOOKS                                                                             \
    "SELECT json_build_object('webhooks', coalesce(json_agg(hotline.webhook_json(h)::jsonb ||"     \
    " jsonb_build_object('waiting', (SELECT count(*) FROM hotline.notices n"                       \
    " WHERE n.webhook_id = h.id AND n.state IN ('waiting', 'sending')), 'dead', (SELECT count(*)"  \
    " FROM hotline.notices n WHERE n.webhook_id = h.id AND n.state = 'dead')) ORDER BY h.id),"     \
    " '[]')) FROM hotline.webhooks h"

#define STORE_NOTICE_TEMPLATES                                                                     \
    "SELECT json_build_object('templates', (SELECT json_agg(json_build_object('event', t.event,"   \
    " 'audience', t.audience, 'medium', t.medium, 'lang', t.lang, 'subject', t.subject, 'body',"   \
    " t.body, 'edited_by', t.edited_by, 'edited_at', t.edited_at) ORDER BY t.event, t.audience,"   \
    " t.medium, t.lang DESC) FROM hotline.notice_templates t), 'events', (SELECT json_agg("        \
    "json_build_object('event', e.event, 'vi', e.name_vi, 'en', e.name_en) ORDER BY e.event)"      \
    " FROM hotline.notice_events e), 'rules', (SELECT json_agg(json_build_object('event', "        \
    "r.event,"                                                                                     \
    " 'audience', r.audience, 'media', r.media, 'active', r.active) ORDER BY r.event, r.audience)" \
    " FROM hotline.notice_rules r), 'ladder', (SELECT json_agg(json_build_object('step', s.step,"  \
    " 'clock', s.clock, 'share', s.share, 'event', s.event, 'audiences', s.audiences, 'active',"   \
    " s.active) ORDER BY s.step) FROM hotline.escalations s))"

/* $1 actor. */
#define STORE_CONTACTS "SELECT hotline.contacts_of($1)"
/* $1 a delivery's id -> the complaint's code, or NULL. */
#define STORE_UNSUBSCRIBE "SELECT hotline.unsubscribe($1)"
/* $1 a delivery's id -> a row, if it went to a reporter. */
#define STORE_UNSUBSCRIBE_LOOK "SELECT true WHERE hotline.unsubscribe_there($1)"

#endif
