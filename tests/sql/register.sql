-- The register: what its readers take for a time, what an edit keeps of the versions, and that nobody but
-- the owner reaches its handlers.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
INSERT INTO hotline.users (login, name, role, password_hash) VALUES
    ('quan', 'Q', 'administrator', '$argon2id$v=19$x'), ('truc', 'T', 'operator', '$argon2id$v=19$x');
CREATE FUNCTION pg_temp.act(action text, args jsonb, login text DEFAULT 'quan') RETURNS text
    LANGUAGE sql AS $$
    SELECT concat_ws(' ', r ->> 'outcome', nullif(r ->> 'field', ''), r ->> 'about',
                     r #>> '{answer,version}')
    FROM hotline.perform('user:' || login, gen_random_uuid()::text, 'h', action, args) AS r
$$;

-- Hours of a day.
SELECT pg_temp.must_equal('hours ' || given, hotline.hours_text(hotline.hours_read(given)), expected)
FROM (VALUES ('07:30-11:30 13:00-17:00', '07:30-11:30 13:00-17:00'), ('00:00-24:00', '00:00-24:00'),
    ('13:00-17:00 07:30-11:30', '07:30-11:30 13:00-17:00'), ('08:00-12:00 12:00-17:00', '08:00-17:00'),
    ('', NULL), ('7:30-11:30', NULL), ('08:00-08:00', NULL), ('12:00-08:00', NULL), ('08:00-24:01', NULL),
    ('08:60-09:00', NULL), ('08:00-12:00 11:59-13:00', NULL), ('08:00-12:00,13:00-14:00', NULL),
    ('00:00-01:00 02:00-03:00 04:00-05:00 06:00-07:00 08:00-09:00 10:00-11:00 12:00-13:00', NULL))
    AS v(given, expected) \g /dev/null
SELECT pg_temp.must_equal('day ' || given, hotline.day_read(given), expected) FROM (VALUES
    ('2028-02-29', date '2028-02-29'), ('2026-02-29', NULL), ('2026-13-01', NULL), ('20260101', NULL),
    ('2026-1-1', NULL), ('infinity', NULL), ('0000-01-01', NULL)) AS v(given, expected) \g /dev/null

-- Rights, locks, and what an edit does to versions.
SELECT pg_temp.must_equal('an operator', pg_temp.act('agency.add', '{}', 'truc'), 'not_allowed');
SELECT pg_temp.must_equal('added', pg_temp.act('agency.add',
    '{"code": "a", "name": "A", "kind": "board", "valid_from": "2026-01-01"}'), 'done 1');
SELECT pg_temp.must_equal('the same code in other years', pg_temp.act('agency.add',
    '{"code": "a", "name": "A", "kind": "board", "valid_from": "2020-01-01", "valid_to": "2026-01-01"}'),
    'done 1');
SELECT pg_temp.must_equal('the same code in the same years', split_part(pg_temp.act('agency.add',
    '{"code": "a", "name": "A", "kind": "board", "valid_from": "2025-12-31"}'), ' ', 2), 'code');
SELECT pg_temp.must_equal('a category', pg_temp.act('category.add',
    '{"code": "cho", "parent": "tieng-on", "name_vi": "Chó", "name_en": "Dogs"}'), 'done 1');
SELECT pg_temp.must_equal('its steps', pg_temp.act('deadline_steps.put', '{"code": "cho", "version": 1,
    "steps": [{"urgency": "any", "step": "resolve", "unit": "hours", "amount": 3}]}'), 'done 2');
SELECT pg_temp.must_equal('on what was read before', pg_temp.act('category.edit', '{"code": "cho",
    "version": 1, "name_vi": "C", "name_en": "D", "active": true}'), 'stale version 2');
SELECT pg_temp.must_equal('its place changes no version', pg_temp.act('category.place',
    '{"code": "cho", "version": 2}'), 'done 2');
SELECT pg_temp.must_equal('deeper than eight', (SELECT string_agg(split_part(pg_temp.act('category.add',
    jsonb_build_object('code', 'sau' || n, 'parent', CASE n WHEN 1 THEN 'cho' ELSE 'sau' || n - 1 END,
    'name_vi', 'S', 'name_en', 'S')), ' ', 1), ',') FROM generate_series(1, 8) AS n),
    'done,done,done,done,done,done,done,too_deep');
UPDATE hotline.categories SET name_vi = 'Chó sủa' WHERE code = 'cho';
SELECT pg_temp.must_equal('the version of an import, too', version, 3) FROM hotline.categories
WHERE code = 'cho';
SELECT pg_temp.must_equal('a default that is missing', pg_temp.act('deadline_steps.put',
    '{"code": "", "version": 1, "steps": []}'), 'no_default steps accept ordinary');

-- A desk in use.
SELECT pg_temp.must_equal('a desk', pg_temp.act('desk.add', '{"agency": "a", "code": "d", "name": "D",
    "valid_from": "2026-01-01"}'), 'done 1');
INSERT INTO hotline.users (login, name, role, password_hash, agency_id, desk_id)
    SELECT 'ngoi', 'N', 'agency_staff', '$argon2id$v=19$x', d.agency_id, d.id FROM hotline.desks d;
SELECT pg_temp.must_equal('with somebody there', pg_temp.act('desk.end', jsonb_build_object('id', d.id,
    'version', 1, 'on', '2099-01-01')), 'in_use on ngoi') FROM hotline.desks d;
UPDATE hotline.users SET active = false WHERE login = 'ngoi';
SELECT pg_temp.must_equal('with nobody there', pg_temp.act('desk.end', jsonb_build_object('id', d.id,
    'version', 1, 'on', '2099-01-01')), 'done 2') FROM hotline.desks d;

-- What was changed is kept with both values, for a person's changes only.
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_temp.must_equal('kept', (SELECT string_agg(event || ' ' || subject || ' ' || actor, ', '
    ORDER BY id) FROM hotline.audit_log WHERE event ~ '^(desk|deadline_step)[.]'),
    'deadline_step.added cho user:quan, desk.added d user:quan, desk.changed d user:quan');
SELECT pg_temp.must_equal('both values', (SELECT detail #>> '{changed,valid}' FROM hotline.audit_log
    WHERE event = 'desk.changed'), '["[2026-01-01,)", "[2026-01-01,2099-01-01)"]');

-- The service reads what it may show and writes nothing by itself.
SET ROLE hotline_service;
SELECT pg_temp.must_equal('for an operator', hotline.register_agencies('user:truc'), NULL::jsonb);
SELECT pg_temp.must_equal('for nobody', hotline.register_categories(''), NULL::jsonb);
SELECT pg_temp.must_equal('for an administrator',
    jsonb_array_length(hotline.register_agencies('user:quan') -> 'agencies'), 3);
SELECT pg_temp.must_fail('SELECT hotline.agency_add(NULL, ''{}'')', '42501');
SELECT pg_temp.must_fail('SELECT hotline.steps_put(NULL, ''{}'')', '42501');
SELECT pg_temp.must_fail('UPDATE hotline.categories SET name_vi = ''x''', '42501');
SELECT pg_temp.must_fail('UPDATE hotline.register_versions SET version = 9', '42501');
SELECT pg_temp.must_fail('DELETE FROM hotline.calendar_days', '42501');
SELECT pg_temp.must_fail('UPDATE hotline.transfers SET moved = 0', '42501');
RESET ROLE;
ROLLBACK;
