-- Each role can do its own work and nothing else; history and looks are append-only for everybody,
-- owner and superuser included.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
SELECT pg_temp.must_equal('a complaint', pg_temp.create_batch(pg_temp.complaint(0, 1,
    '{"reporter_name": "An", "reporter_phone": "0900000000"}')), 'created');

-- Append-only.
SELECT pg_temp.must_fail('UPDATE hotline.complaint_history SET actor = ''x''', '42501');
SELECT pg_temp.must_fail('DELETE FROM hotline.complaint_history', '42501');
SELECT pg_temp.must_fail('TRUNCATE hotline.complaint_history CASCADE', '42501');
SAVEPOINT looked;
INSERT INTO personal.reporter_looks (complaint_id, viewer, purpose)
    SELECT min(id), 'user:x', 'x' FROM hotline.complaints;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_temp.must_fail('TRUNCATE personal.reporter_looks', '42501');
SELECT pg_temp.must_fail('DELETE FROM personal.reporter_looks', '42501');
SELECT pg_temp.must_fail('UPDATE personal.reporter_looks SET viewer = ''x''', '42501');
ROLLBACK TO looked;

-- The service: takes complaints in, and cannot read persons or write tables by itself.
SET ROLE hotline_service;
SELECT pg_temp.must_equal('the service stores', pg_temp.create_batch(pg_temp.complaint(0, 2,
    '{"reporter_name": "Bình"}')), 'created');
SELECT pg_temp.must_equal('the service reads for nobody',
                          (SELECT count(*) FROM hotline.complaints), 0::bigint);
SELECT hotline.enter('service', '') \g /dev/null
SELECT pg_temp.must_equal('the service reads', (SELECT count(*) FROM hotline.complaints), 2::bigint);
SELECT nextval('hotline.complaint_ids') > 0 AND pg_temp.must_equal('its key',
    (SELECT count(*) FROM hotline.secrets WHERE key = 'tracking_key'), 1::bigint) IS NOT NULL
    \g /dev/null
SELECT pg_temp.must_fail('SELECT * FROM personal.reporters', '42501');
SELECT pg_temp.must_fail('SELECT * FROM personal.reporter_reveal(1, ''me'', ''look'')', '42501');
SELECT pg_temp.must_fail('INSERT INTO hotline.complaint_history (complaint_id, at, event, actor)
                          VALUES (1, now(), ''x'', ''x'')', '42501');
SELECT pg_temp.must_fail('UPDATE hotline.complaints SET description = ''x''', '42501');
SELECT pg_temp.must_fail('DELETE FROM hotline.complaints', '42501');
SELECT pg_temp.must_fail('UPDATE hotline.users SET password_hash = ''x''', '42501');
SELECT pg_temp.must_fail('INSERT INTO hotline.agencies (code, name) VALUES (''x'', ''x'')', '42501');
SELECT pg_temp.must_fail('INSERT INTO hotline.corrections (complaint_id) VALUES (1)', '42501');
SELECT pg_temp.must_fail('INSERT INTO hotline.actions VALUES (''a.b'', ''c'', ''{}'')', '42501');
SELECT pg_temp.must_fail('SELECT * FROM hotline.answered_requests', '42501');
SELECT pg_temp.must_fail('SELECT hotline.complaint_act(NULL, NULL)', '42501');
SELECT pg_temp.must_fail('CREATE TABLE hotline.mine (x integer)', '42501');
SELECT pg_temp.must_fail('ALTER TABLE hotline.complaints DROP COLUMN address', '42501');
RESET ROLE;

-- Reading: everything but persons, accounts and secrets.
SET ROLE hotline_readonly;
SELECT pg_temp.must_equal('reading complaints', (SELECT count(*) FROM hotline.complaints), 2::bigint);
SELECT pg_temp.must_equal('reading history', (SELECT count(*) FROM hotline.complaint_history),
                          2::bigint);
SELECT pg_temp.must_fail('SELECT * FROM hotline.secrets', '42501');
SELECT pg_temp.must_fail('SELECT * FROM hotline.users', '42501');
SELECT pg_temp.must_fail('SELECT * FROM hotline.sessions', '42501');
SELECT pg_temp.must_fail('SELECT * FROM hotline.api_keys', '42501');
SELECT pg_temp.must_fail('SELECT * FROM personal.reporters', '42501');
SELECT pg_temp.must_fail('SELECT hotline.complaints_create(''[]'')', '42501');
SELECT pg_temp.must_fail('UPDATE hotline.settings SET value = ''1''', '42501');
RESET ROLE;

-- Persons: only through the look that is recorded.
SET ROLE hotline_personal;
SELECT pg_temp.must_fail('SELECT * FROM personal.reporters', '42501');
SELECT pg_temp.must_fail('SELECT * FROM personal.reporter_looks', '42501');
SELECT pg_temp.must_equal('the look', (SELECT name || ' ' || phone
    FROM personal.reporter_reveal(1, 'user:huong', 'gọi lại hỏi địa chỉ')), 'An 0900000000');
SELECT pg_temp.must_fail('SELECT * FROM personal.reporter_reveal(1, '''', ''look'')', '23514');
SELECT pg_temp.must_fail('SELECT * FROM personal.reporter_reveal(1, ''me'', '''')', '23514');
RESET ROLE;
SELECT pg_temp.must_equal('looks', (SELECT string_agg(complaint_id || ' ' || viewer || ' ' || purpose,
    ',') FROM personal.reporter_looks), '1 user:huong gọi lại hỏi địa chỉ');

-- Nobody logs in as the owner, and nothing is open to everybody.
SELECT pg_temp.must_equal('roles that log in', (SELECT count(*) FROM pg_roles
    WHERE rolname IN ('hotline_owner', 'hotline_personal') AND rolcanlogin), 0::bigint);
SELECT pg_temp.must_equal('tables open to all', (SELECT count(*)
    FROM information_schema.table_privileges
    WHERE table_schema IN ('hotline', 'personal') AND grantee = 'PUBLIC'), 0::bigint);
SELECT pg_temp.must_equal('functions open to all', (SELECT string_agg(p.proname, ',')
    FROM pg_proc p WHERE p.pronamespace IN ('hotline'::regnamespace, 'personal'::regnamespace)
    AND p.prosecdef AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl,
        acldefault('f', p.proowner))) AS acl WHERE acl.grantee = 0)), NULL::text);
ROLLBACK;
