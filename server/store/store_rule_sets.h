/* What is read of rule sets. Each statement gives one JSON text, ready to be sent: the shapes are
 * made in sql/0013_rule_changes.sql. $1 is a set: its number, or 'published'. */
#ifndef STORE_STORE_RULE_SETS_H
#define STORE_STORE_RULE_SETS_H

#define STORE_RULE_SET_ID                                                                          \
    "(SELECT id FROM hotline.rule_sets WHERE id = CASE $1 WHEN 'published'"                        \
    " THEN hotline.rule_published() ELSE $1::integer END)"

/* Newest first, the discarded ones left out. */
#define STORE_RULE_SETS                                                                            \
    "SELECT json_build_object('rule_sets', coalesce(json_agg(hotline.rule_set_json(s.id)"          \
    " ORDER BY s.id DESC), '[]')) FROM (SELECT id FROM hotline.rule_sets"                          \
    " WHERE state <> 'discarded' ORDER BY id DESC LIMIT 200) s"

/* $2 who asks: one with what stands in the way of that person's approval, how it differs from the
 * published one, its newest check and replay, and what was done with it. No row: no such set. */
#define STORE_RULE_SET                                                                             \
    "SELECT hotline.rule_set_json(s.id) || jsonb_build_object("                                    \
    " 'blocks', to_jsonb(hotline.rule_set_blocks(s.id, $2)),"                                      \
    " 'editors', to_jsonb(hotline.rule_editors(s.id)),"                                            \
    " 'published_id', hotline.rule_published(),"                                                   \
    " 'differences', (SELECT coalesce(jsonb_agg(to_jsonb(d) ORDER BY d.code), '[]')"               \
    "    FROM hotline.rule_differences(s.id, hotline.rule_published()) d),"                        \
    " 'check', (SELECT hotline.rule_job_json(j, true) || jsonb_build_object('current', j.id ="     \
    "      coalesce((hotline.rule_job_valid(s.id, 'check')).id, 0))"                               \
    "    FROM hotline.rule_jobs j WHERE j.rule_set_id = s.id AND j.kind = 'check'"                 \
    "    ORDER BY j.id DESC LIMIT 1),"                                                             \
    " 'replay', (SELECT hotline.rule_job_json(j, false) || jsonb_build_object('current', j.id ="   \
    "      coalesce((hotline.rule_job_valid(s.id, 'replay')).id, 0))"                              \
    "    FROM hotline.rule_jobs j WHERE j.rule_set_id = s.id AND j.kind = 'replay'"                \
    "    ORDER BY j.id DESC LIMIT 1),"                                                             \
    " 'acknowledgements', (SELECT coalesce(jsonb_agg(jsonb_build_object('finding', a.finding,"     \
    "      'by', a.actor, 'at', a.at, 'reason', a.reason) ORDER BY a.at), '[]')"                   \
    "    FROM hotline.rule_acknowledgements a WHERE a.rule_set_id = s.id),"                        \
    " 'log', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', l.at, 'by', l.actor, 'event',"    \
    "      l.event, 'revision', l.revision, 'reason', l.reason, 'detail', l.detail)"               \
    "      ORDER BY l.id DESC), '[]') FROM (SELECT * FROM hotline.rule_set_log l"                  \
    "      WHERE l.rule_set_id = s.id ORDER BY l.id DESC LIMIT 200) l))"                           \
    " FROM hotline.rule_sets s WHERE s.id = " STORE_RULE_SET_ID

/* In the declared order, each with how it differs from the published set's. */
#define STORE_RULES                                                                                \
    "SELECT jsonb_build_object('rule_set', s.id, 'revision', s.revision, 'state', s.state,"        \
    " 'rules', (SELECT coalesce(jsonb_agg(hotline.rule_json(r) || jsonb_build_object("             \
    "      'position', r.position, 'change', d.change) ORDER BY r.position, r.code), '[]')"        \
    "    FROM hotline.rules r LEFT JOIN hotline.rule_differences(s.id,"                            \
    "      hotline.rule_published()) d ON d.code = r.code WHERE r.rule_set_id = s.id))"            \
    " FROM hotline.rule_sets s WHERE s.id = " STORE_RULE_SET_ID

/* $2 code. */
#define STORE_RULE                                                                                 \
    "SELECT hotline.rule_json(r) || jsonb_build_object('position', r.position, 'rule_set', s.id,"  \
    " 'revision', s.revision) FROM hotline.rule_sets s JOIN hotline.rules r"                       \
    " ON r.rule_set_id = s.id AND r.code = $2 WHERE s.id = " STORE_RULE_SET_ID

/* Its number and revision; no row: no such set. */
#define STORE_RULE_SET_REVISION                                                                    \
    "SELECT s.id, s.revision FROM hotline.rule_sets s WHERE s.id = " STORE_RULE_SET_ID

/* $1 job. */
#define STORE_RULE_JOB                                                                             \
    "SELECT hotline.rule_job_json(j, true) FROM hotline.rule_jobs j WHERE j.id = $1::integer"
/* What rules may name, as of today. */
#define STORE_RULE_VOCABULARY                                                                      \
    "WITH today AS (SELECT hotline.city_day(now()) AS d)"                                          \
    " SELECT jsonb_build_object("                                                                  \
    " 'agencies', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', code, 'name', name)"       \
    "    ORDER BY name), '[]') FROM hotline.agencies WHERE valid @> d),"                           \
    " 'wards', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', code, 'name', name)"          \
    "    ORDER BY name), '[]') FROM hotline.boundaries WHERE level = 'ward' AND valid @> d),"      \
    " 'districts', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', code, 'name', name)"      \
    "    ORDER BY name), '[]') FROM hotline.boundaries WHERE level = 'district'"                   \
    "    AND valid @> d),"                                                                         \
    " 'jurisdictions', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', code, 'name', name)"  \
    "    ORDER BY name), '[]') FROM hotline.jurisdictions WHERE reach = 'area' AND valid @> d),"   \
    " 'sets', (SELECT coalesce(jsonb_agg(DISTINCT set_code), '[]') FROM hotline.jurisdictions"     \
    "    WHERE set_code <> ''),"                                                                   \
    " 'layers', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', code, 'name',"               \
    "    jsonb_build_object('vi', name_vi, 'en', name_en)) ORDER BY position, code), '[]')"        \
    "    FROM hotline.layers)) FROM today"

/* Corrections by hand of the last half year, three or more of a kind, each with the rule that would
 * have made them unnecessary, unless the published set has it. */
#define STORE_RULE_OFFERS "SELECT hotline.rule_offers()"

#endif
