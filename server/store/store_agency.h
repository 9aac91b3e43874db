/* What those who work on complaints choose from. Each statement gives one JSON text. */
#ifndef STORE_STORE_AGENCY_H
#define STORE_STORE_AGENCY_H

/* {"agencies": [{"code", "name", "desks": [{"code", "name"}]}]}: those in force today. */
#define STORE_AGENCIES                                                                             \
    "SELECT jsonb_build_object('agencies', coalesce(jsonb_agg(jsonb_build_object("                 \
    " 'code', a.code, 'name', a.name, 'desks', (SELECT coalesce(jsonb_agg(jsonb_build_object("     \
    "   'code', d.code, 'name', d.name) ORDER BY d.name COLLATE \"vi-x-icu\"), '[]')"              \
    "  FROM hotline.desks d WHERE d.agency_id = a.id AND d.valid @> hotline.city_day(now())))"     \
    " ORDER BY a.name COLLATE \"vi-x-icu\"), '[]'))::text"                                         \
    " FROM hotline.agencies a WHERE a.valid @> hotline.city_day(now())"

/* {"pause_reasons": [{"code", "name": {"vi", "en"}, "cap_working_days"}]} */
#define STORE_PAUSE_REASONS                                                                        \
    "SELECT jsonb_build_object('pause_reasons', coalesce(jsonb_agg(jsonb_build_object("            \
    " 'code', p.code, 'name', jsonb_build_object('vi', p.name_vi, 'en', p.name_en),"               \
    " 'cap_working_days', p.cap_working_days) ORDER BY p.code), '[]'))::text"                      \
    " FROM hotline.pause_reasons p WHERE p.active"

/* $1 who asks, $2 an agency's code (NULL: his own) -> {"people": [{"login", "name"}]} */
#define STORE_COLLEAGUES "SELECT hotline.colleagues($1, $2)::text"

/* What is in an inbox: one JSON text of how many are open, and of those late, at risk, not
 * accepted, waiting, the asker's own. $1 is who asks; add conditions on c. */
#define STORE_INBOX_COUNTS                                                                         \
    "SELECT jsonb_build_object('counts', jsonb_build_object('open', count(*),"                     \
    " 'late', count(*) FILTER (WHERE c.due_at < now()),"                                           \
    " 'risk', hotline.at_risk_count(array_agg(c.id) FILTER (WHERE c.due_at > now())),"             \
    " 'new', count(*) FILTER (WHERE c.status IN ('received', 'assigned', 'reopened')),"            \
    " 'waiting', count(*) FILTER (WHERE c.status = 'waiting'),"                                    \
    " 'mine', count(*) FILTER (WHERE c.assignee_id = (SELECT u.id FROM hotline.users u"            \
    "   WHERE 'user:' || u.login = $1::text)),"                                                    \
    " 'tasks', (SELECT count(DISTINCT k.complaint_id) FROM hotline.complaint_tasks k"              \
    "   JOIN hotline.agencies o ON o.id = k.agency_id"                                             \
    "   JOIN hotline.agencies mine ON mine.code = o.code"                                          \
    "   JOIN hotline.users u ON u.agency_id = mine.id"                                             \
    "   WHERE k.status IN ('assigned', 'accepted') AND 'user:' || u.login = $1::text)))::text"     \
    " FROM hotline.complaints c WHERE c.closed_at IS NULL"

#endif
