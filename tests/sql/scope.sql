-- What the service's role may see is decided by PostgreSQL: nobody sees nothing, a code opens its one
-- complaint, people of an agency, of a desk, of some categories see theirs.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
INSERT INTO hotline.agencies (code, name) VALUES ('ward', 'Ward');
INSERT INTO hotline.desks (code, name, agency_id)
    SELECT 'night', 'Night', id FROM hotline.agencies WHERE code = 'ward';
INSERT INTO hotline.categories (code, name_vi, name_en, deadline_working_days, parent_id)
    SELECT 'karaoke', 'Karaoke', 'Karaoke', 5, id FROM hotline.categories WHERE code = 'tieng-on';
INSERT INTO hotline.categories (code, name_vi, name_en, deadline_working_days)
    VALUES ('cay-xanh', 'Cây xanh', 'Trees', 5);
CREATE FUNCTION pg_temp.id(of_table text, of_code text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE found integer;
BEGIN
    EXECUTE format('SELECT id FROM hotline.%I WHERE code = $1', of_table) INTO found USING of_code;
    RETURN found;
END $$;
-- 1 the centre's; 2 the ward's, karaoke; 3 the ward's, trees, at its night desk.
SELECT pg_temp.must_equal('complaints', pg_temp.create_batch(
    pg_temp.complaint(0, 1),
    pg_temp.complaint(1, 2, jsonb_build_object('agency_id', pg_temp.id('agencies', 'ward'),
        'category_id', pg_temp.id('categories', 'karaoke'))),
    pg_temp.complaint(2, 3, jsonb_build_object('agency_id', pg_temp.id('agencies', 'ward'),
        'category_id', pg_temp.id('categories', 'cay-xanh'),
        'desk_id', pg_temp.id('desks', 'night')))), 'created,created,created');

INSERT INTO hotline.users (login, name, role, agency_id, desk_id, password_hash)
SELECT w.login, 'N', w.role, pg_temp.id('agencies', w.agency), pg_temp.id('desks', w.desk), '$argon2id$x'
FROM (VALUES ('operator', 'operator', NULL, NULL), ('staff', 'agency_staff', 'ward', NULL),
             ('night', 'agency_staff', 'ward', 'night'), ('noise', 'supervisor', NULL, NULL),
             ('noisy', 'agency_head', 'ward', NULL), ('gone', 'operator', NULL, NULL))
    AS w (login, role, agency, desk);
UPDATE hotline.users SET active = false WHERE login = 'gone';
INSERT INTO hotline.user_categories (user_id, category_id)
SELECT id, pg_temp.id('categories', 'tieng-on') FROM hotline.users WHERE login IN ('noise', 'noisy');
INSERT INTO hotline.api_keys (name, key_hash, scopes, agency_id, expires_at, revoked_at) VALUES
    ('files', sha256('1'), '{file}', NULL, NULL, NULL), ('reads', sha256('2'), '{read}', NULL, NULL, NULL),
    ('wards', sha256('3'), '{read,file}', pg_temp.id('agencies', 'ward'), NULL, NULL),
    ('late', sha256('4'), '{read}', NULL, now() - interval '1 s', NULL),
    ('taken', sha256('5'), '{read}', NULL, NULL, now());

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO PUBLIC;
SET ROLE hotline_service;
CREATE FUNCTION pg_temp.seen(asker text, held text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hotline.enter(asker, held);
    RETURN (SELECT string_agg(c.id::text, ' ' ORDER BY c.id) FROM hotline.complaints c)
        || '/' || (SELECT count(*) FROM hotline.complaint_history);
END $$;
SELECT pg_temp.must_equal('nobody', (SELECT count(*) FROM hotline.complaints), 0::bigint);
SELECT pg_temp.must_equal('nobody''s history', (SELECT count(*) FROM hotline.complaint_history), 0::bigint);
SELECT pg_temp.must_equal(w.asker || ' ' || w.held, pg_temp.seen(w.asker, w.held), w.expected)
FROM (VALUES
    ('service', '', '1 2 3/3'),
    ('', '', NULL), ('', '000000002', '2/1'), ('', 'nonsense', NULL),
    ('user:operator', '', '1 2 3/3'),
    ('user:staff', '', '2 3/2'), ('user:staff', '000000001', '1 2 3/3'),
    ('user:night', '', '3/1'), ('user:noise', '', '1 2/2'), ('user:noisy', '', '2/1'),
    ('user:gone', '', NULL), ('user:nobody', '', NULL), ('staff', '', NULL), ('user:', '', NULL),
    ('key:files', '', NULL), ('key:reads', '', '1 2 3/3'), ('key:wards', '', '2 3/2'),
    ('key:late', '', NULL), ('key:taken', '', NULL), ('key:', '', NULL)) AS w (asker, held, expected);

-- Holding a code is not working on it.
SELECT hotline.enter('user:staff', '000000001') \g /dev/null
SELECT pg_temp.must_equal('works on', (SELECT string_agg(c.id || ':' ||
    hotline.asker_works_on(c.agency_id, c.desk_id, c.category_id), ' ' ORDER BY c.id)
    FROM hotline.complaints c), '1:false 2:true 3:true');
SELECT pg_temp.must_fail('SELECT hotline.scope_of(''user:staff'')', '42501');
RESET ROLE;

-- The door: an action upon a complaint that is not theirs finds none.
SET ROLE hotline_service;
SELECT pg_temp.must_equal('through the door', hotline.perform('user:' || w.login, 'k' || w.login, 'h',
    'complaint.note', jsonb_build_object('action', 'note', 'code', w.code, 'version', 1, 'text', 'seen')) ->> 'outcome',
    w.expected)
FROM (VALUES ('staff', '000000001', 'not_found'), ('night', '000000002', 'not_found'),
             ('noisy', '000000003', 'not_found'), ('staff', '999999999', 'not_found'),
             ('gone', '000000001', 'not_allowed'), ('staff', '000000002', 'done'))
    AS w (login, code, expected);
RESET ROLE;

-- A part of the work opens the complaint to the agency that does it, not to its desks.
INSERT INTO hotline.complaint_tasks (complaint_id, agency_id, text, at, by, changed_at, changed_by)
VALUES (1, pg_temp.id('agencies', 'ward'), 'Lend a ladder', now(), 'user:x', now(), 'user:x');
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO PUBLIC;
SET ROLE hotline_service;
SELECT pg_temp.must_equal(w.asker, pg_temp.seen(w.asker), w.expected)
FROM (VALUES ('user:staff', '1 2 3/4'), ('user:night', '3/1'), ('user:noisy', '1 2/3')) AS w (asker, expected);
SELECT pg_temp.must_equal('helps', hotline.complaint_staff('user:staff', 1), true);
SELECT pg_temp.must_equal('of a desk', hotline.complaint_staff('user:night', 1), false);
RESET ROLE;

-- Each table that belongs to complaints, and that the service may touch, is guarded.
SELECT pg_temp.must_equal('not guarded', (SELECT string_agg(c.relname, ' ' ORDER BY c.relname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'hotline'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
        AND a.attname = 'complaint_id' AND NOT c.relrowsecurity
        AND has_any_column_privilege('hotline_service', c.oid, 'SELECT, INSERT, UPDATE')), NULL);
ROLLBACK;
