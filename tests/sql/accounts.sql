-- Accounts, keys and sessions: what their rows cannot be.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
CREATE FUNCTION pg_temp.add_user(login text, role text, agency integer DEFAULT NULL,
    hash text DEFAULT '$argon2id$v=19$x') RETURNS void LANGUAGE sql AS $$
    INSERT INTO hotline.users (login, name, role, agency_id, password_hash)
    VALUES (login, 'N', role, agency, hash);
$$;
SELECT pg_temp.add_user('huong', 'operator');
SELECT pg_temp.add_user('son', 'agency_staff', (SELECT id FROM hotline.agencies));
SELECT pg_temp.must_fail($$SELECT pg_temp.add_user('huong', 'leader')$$, '23505');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_user('x1', 'king')$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_user('x1', 'agency_staff')$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_user('x1', 'leader',
    (SELECT id FROM hotline.agencies))$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_user('x1', 'leader', NULL, 'secret')$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_user('Has Space', 'leader')$$, '23514');
-- Keys and session tokens are stored as 32-byte hashes and nothing else.
SELECT pg_temp.must_fail($$INSERT INTO hotline.api_keys (name, key_hash) VALUES ('k', 'plain')$$,
                         '23514');
INSERT INTO hotline.api_keys (name, key_hash) VALUES ('k', sha256('a'));
SELECT pg_temp.must_fail($$INSERT INTO hotline.api_keys (name, key_hash)
                           VALUES ('l', sha256('a'))$$, '23505');
SELECT pg_temp.must_fail($$INSERT INTO hotline.sessions (token_hash, user_id, csrf, expires_at)
    SELECT 'short', id, 'c', now() FROM hotline.users WHERE login = 'huong'$$, '23514');
-- Second factors: the vectors of RFC 6238 (its last six digits) and RFC 4648.
SELECT pg_temp.must_equal('totp at ' || t, hotline.totp('12345678901234567890'::bytea, t / 30), code)
FROM (VALUES (59::bigint, '287082'), (1111111109, '081804'), (1111111111, '050471'), (1234567890, '005924'),
             (2000000000, '279037'), (20000000000, '353130')) AS v (t, code);
SELECT pg_temp.must_equal('base32 of ' || t, hotline.base32(convert_to(t, 'UTF8')), code)
FROM (VALUES ('f', 'MY'), ('fo', 'MZXQ'), ('foob', 'MZXW6YQ'), ('foobar', 'MZXW6YTBOI')) AS v (t, code);
ROLLBACK;
