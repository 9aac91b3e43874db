-- Accounts, sessions, keys and second factors: all that is done with them goes through functions of the
-- owner. The service's role can read no secret, and no table of theirs. docs/access.md
CREATE EXTENSION IF NOT EXISTS pgcrypto; -- HMAC-SHA1 for second factors
SET ROLE hotline_owner;
SET check_function_bodies = off; -- some of them call others that come further down

-- --- actions whose answer is a secret ---------------------------------------------------------------

-- As hotline.perform, but nothing of the request or its answer is kept: it holds a password, a key or
-- a code. Repeated, it does it again or says that it was done.
CREATE FUNCTION hotline.perform_secret(asked text, wanted text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who hotline.actor := hotline.actor_of(asked);
    act hotline.actions;
    result jsonb;
BEGIN
    SELECT * INTO act FROM hotline.actions a WHERE a.action = wanted;
    IF who.login IS NULL OR act.action IS NULL OR NOT who.role = ANY (act.roles) THEN
        RETURN hotline.refusal('not_allowed');
    END IF;
    PERFORM set_config('hotline.acting', asked, true);
    EXECUTE format('SELECT hotline.%I($1, $2)', act.handler) INTO result USING who, args;
    RETURN result;
END $$;

-- --- settings -----------------------------------------------------------------------------------------

-- settings 'access': what is left out has the value here. docs/access.md tells each.
CREATE FUNCTION hotline.access_setting_default(name text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT '{"idle_minutes": 720, "absolute_hours": 168, "lock_after": 5, "lock_address_after": 50,
          "lock_seconds": 5, "lock_most_minutes": 15, "link_hours": 24, "second_factor_roles": [],
          "passwords": true, "oidc": null}'::jsonb -> name
$$;
CREATE FUNCTION hotline.access_setting(name text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT s.value -> name FROM hotline.settings s WHERE s.key = 'access'),
                    hotline.access_setting_default(name))
$$;

CREATE FUNCTION hotline.roles() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT '{operator,supervisor,agency_staff,agency_head,leader,administrator,auditor}'::text[]
$$;

-- --- accounts without a password, and with an address --------------------------------------------------

ALTER TABLE hotline.users
    ALTER COLUMN password_hash DROP NOT NULL, -- one who logs in elsewhere, or has not chosen yet
    ADD COLUMN email text UNIQUE CHECK (email = lower(email) AND length(email) <= 254),
    ADD COLUMN oidc_subject text UNIQUE,      -- who the provider says he is, once linked
    DROP COLUMN failed_logins,
    DROP COLUMN locked_until;

-- --- sessions -------------------------------------------------------------------------------------------

-- `bound`: the role needs a second factor that the account has not; nothing but setting it up is
-- allowed until then.
ALTER TABLE hotline.sessions
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN address text,
    ADD COLUMN agent text CHECK (length(agent) <= 200),
    ADD COLUMN bound boolean NOT NULL DEFAULT false;

CREATE FUNCTION hotline.session_holds(s hotline.sessions) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT s.expires_at > now() AND s.seen_at > now() - interval '1 minute'
        * (hotline.access_setting('idle_minutes') #>> '{}')::integer
$$;

-- --- wrong passwords ---------------------------------------------------------------------------------------

-- By what was typed, whether there is such an account or not, and by address: so that resting tells
-- nothing of accounts.
CREATE TABLE hotline.login_failures (
    subject text PRIMARY KEY CHECK (length(subject) <= 200), -- 'login:TEXT', 'address:TEXT'
    failures integer NOT NULL DEFAULT 0,
    last_at timestamptz NOT NULL DEFAULT now(),
    locked_until timestamptz
);
CREATE INDEX login_failures_age ON hotline.login_failures (last_at);

CREATE FUNCTION hotline.login_count(of_subject text, after integer) RETURNS void
    LANGUAGE sql AS $$
    INSERT INTO hotline.login_failures AS f (subject, failures) VALUES (left(of_subject, 200), 1)
    ON CONFLICT (subject) DO UPDATE SET last_at = now(),
        failures = CASE WHEN f.last_at < now() - interval '1 day' THEN 1 ELSE f.failures + 1 END,
        locked_until = CASE WHEN f.last_at >= now() - interval '1 day' AND f.failures + 1 >= after
            THEN now() + least(
                interval '1 minute' * (hotline.access_setting('lock_most_minutes') #>> '{}')::integer,
                interval '1 second' * (hotline.access_setting('lock_seconds') #>> '{}')::integer
                    * power(2, least(f.failures + 1 - after, 20))) END
$$;

CREATE FUNCTION hotline.login_failed(given_login text, from_address text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM hotline.login_failures f WHERE f.last_at < now() - interval '1 day';
    PERFORM hotline.login_count('login:' || given_login,
                                (hotline.access_setting('lock_after') #>> '{}')::integer);
    IF from_address <> '' THEN
        PERFORM hotline.login_count('address:' || from_address,
                                    (hotline.access_setting('lock_address_after') #>> '{}')::integer);
    END IF;
    IF EXISTS (SELECT FROM hotline.users u WHERE u.login = given_login) THEN
        PERFORM hotline.audit('login.failed', 'user:' || given_login, 'user:' || given_login,
            (SELECT jsonb_build_object('failures', f.failures, 'locked',
                                       coalesce(f.locked_until > now(), false))
             FROM hotline.login_failures f WHERE f.subject = 'login:' || given_login));
    END IF;
END $$;

-- Who logs in: {hash: to hold the password against, null where there is none; wait: seconds to rest}.
CREATE FUNCTION hotline.login_begin(given_login text, from_address text,
                                    OUT hash text, OUT wait integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (SELECT u.password_hash FROM hotline.users u WHERE u.login = given_login AND u.active
                AND (hotline.access_setting('passwords') #>> '{}')::boolean),
        coalesce((SELECT ceil(extract(epoch FROM max(f.locked_until) - now()))::integer
                  FROM hotline.login_failures f
                  WHERE f.subject IN ('login:' || given_login, 'address:' || from_address)
                      AND f.locked_until > now()), 0)
$$;

-- --- the second factor: RFC 6238, SHA-1, 30 s, 6 digits ------------------------------------------------------

-- The service's role cannot read a secret: it is made, shown once and checked in here.
CREATE TABLE hotline.second_factors (
    user_id integer PRIMARY KEY REFERENCES hotline.users,
    secret bytea NOT NULL CHECK (length(secret) = 20),
    made_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz, -- NULL: begun, not yet asked for
    last_step bigint NOT NULL DEFAULT 0 -- of the last code taken: none is taken twice
);
CREATE TABLE hotline.recovery_codes (
    user_id integer NOT NULL REFERENCES hotline.users,
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

CREATE FUNCTION hotline.base32(bytes bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', (substring(bits FROM i FOR 5)
        || repeat('0', 5 - length(substring(bits FROM i FOR 5))))::bit(5)::integer + 1, 1), '' ORDER BY i)
    FROM (SELECT string_agg(get_byte(bytes, n)::bit(8)::text, '' ORDER BY n) AS bits
          FROM generate_series(0, length(bytes) - 1) AS n) b,
        generate_series(1, length(bits), 5) AS i
$$;

CREATE FUNCTION hotline.totp(secret bytea, step bigint) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mac bytea := public.hmac(int8send(step), secret, 'sha1');
    at integer := get_byte(mac, 19) & 15;
BEGIN
    RETURN lpad((((get_byte(mac, at) & 127)::bigint * 16777216 + get_byte(mac, at + 1) * 65536
        + get_byte(mac, at + 2) * 256 + get_byte(mac, at + 3)) % 1000000)::text, 6, '0');
END $$;

-- True if the code is one of the steps around now, and of none that was taken before; it is then
-- taken. One step to either side, for slow clocks and thumbs.
CREATE FUNCTION hotline.factor_take(of_user integer, given text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    f hotline.second_factors;
    now_step bigint := floor(extract(epoch FROM clock_timestamp()) / 30);
    good bigint;
BEGIN
    SELECT * INTO f FROM hotline.second_factors x WHERE x.user_id = of_user FOR UPDATE;
    SELECT max(s) INTO good FROM generate_series(now_step - 1, now_step + 1) AS s
    WHERE s > f.last_step AND hotline.totp(f.secret, s) = given;
    UPDATE hotline.second_factors x SET last_step = good WHERE x.user_id = of_user AND good IS NOT NULL;
    RETURN good IS NOT NULL;
END $$;

-- A recovery code opens once. Blanks, dashes and case do not matter.
CREATE FUNCTION hotline.recovery_take(of_user integer, given text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE hotline.recovery_codes c SET used_at = now()
    WHERE c.user_id = of_user AND c.used_at IS NULL
        AND c.code_hash = sha256(convert_to(lower(translate(given, ' -', '')), 'UTF8'));
    RETURN FOUND;
END $$;

-- Begins: a secret to show once. {secret: base32, uri: otpauth://...}; refused where one is in force.
CREATE FUNCTION hotline.factor_begin(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
    raw bytea := public.gen_random_bytes(20);
    issuer text := 'Hotline1022';
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = who.login FOR UPDATE;
    IF EXISTS (SELECT FROM hotline.second_factors f
               WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) THEN
        RETURN hotline.refusal('exists', 'second_factor', u.login);
    END IF;
    INSERT INTO hotline.second_factors (user_id, secret) VALUES (u.id, raw)
    ON CONFLICT (user_id) DO UPDATE SET secret = raw, made_at = now(), last_step = 0;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object(
        'secret', hotline.base32(raw), 'uri', format(
            'otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=6&period=30',
            issuer, u.login, hotline.base32(raw), issuer)));
END $$;

-- args: code. From now on it is asked for; ten recovery codes, shown once. Other sessions end, and
-- this one, if it was bound, is free: args.session is its token's hash.
CREATE FUNCTION hotline.factor_confirm(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
    codes text[];
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = who.login FOR UPDATE;
    IF NOT EXISTS (SELECT FROM hotline.second_factors f
                   WHERE f.user_id = u.id AND f.confirmed_at IS NULL) THEN
        RETURN hotline.refusal('wrong_state', 'second_factor', '');
    ELSIF (SELECT b.wait FROM hotline.login_begin(u.login, '') AS b) > 0 THEN
        RETURN hotline.refusal('resting', 'code');
    ELSIF NOT hotline.factor_take(u.id, args ->> 'code') THEN
        PERFORM hotline.login_failed(u.login, '');
        RETURN hotline.refusal('wrong_code', 'code');
    END IF;
    UPDATE hotline.second_factors f SET confirmed_at = now() WHERE f.user_id = u.id;
    SELECT array_agg(substr(c, 1, 5) || '-' || substr(c, 6, 5)) INTO codes
    FROM (SELECT lower(substr(hotline.base32(public.gen_random_bytes(10)), 1, 10)) AS c
          FROM generate_series(1, 10)) q;
    DELETE FROM hotline.recovery_codes c WHERE c.user_id = u.id;
    INSERT INTO hotline.recovery_codes (user_id, code_hash)
    SELECT u.id, sha256(convert_to(replace(c, '-', ''), 'UTF8')) FROM unnest(codes) AS c;
    DELETE FROM hotline.sessions s WHERE s.user_id = u.id
        AND encode(s.token_hash, 'hex') IS DISTINCT FROM args ->> 'session';
    UPDATE hotline.sessions s SET bound = false WHERE s.user_id = u.id;
    PERFORM hotline.access_note('factor.confirmed', u.login);
    RETURN jsonb_build_object('outcome', 'done', 'answer',
                              jsonb_build_object('recovery_codes', to_jsonb(codes)));
END $$;

-- args: code (of the app, or a recovery code). Refused where the role needs one.
CREATE FUNCTION hotline.factor_drop(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = who.login FOR UPDATE;
    IF hotline.access_setting('second_factor_roles') ? u.role THEN
        RETURN hotline.refusal('factor_needed', 'second_factor', u.role);
    ELSIF (SELECT b.wait FROM hotline.login_begin(u.login, '') AS b) > 0 THEN
        RETURN hotline.refusal('resting', 'code');
    ELSIF NOT (hotline.factor_take(u.id, args ->> 'code')
               OR hotline.recovery_take(u.id, args ->> 'code')) THEN
        PERFORM hotline.login_failed(u.login, '');
        RETURN hotline.refusal('wrong_code', 'code');
    END IF;
    PERFORM hotline.factor_forget(u.id);
    PERFORM hotline.access_note('factor.dropped', u.login);
    RETURN jsonb_build_object('outcome', 'done', 'answer', '{}'::jsonb);
END $$;

CREATE FUNCTION hotline.factor_forget(of_user integer) RETURNS void LANGUAGE sql AS $$
    DELETE FROM hotline.recovery_codes c WHERE c.user_id = of_user;
    DELETE FROM hotline.second_factors f WHERE f.user_id = of_user;
$$;

-- args: login. For one who lost phone and codes: by an administrator who knows that it is him.
CREATE FUNCTION hotline.user_factor_remove(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = args ->> 'login' FOR UPDATE;
    IF u.id IS NULL OR u.login = who.login THEN
        RETURN hotline.refusal('not_found');
    END IF;
    PERFORM hotline.factor_forget(u.id);
    DELETE FROM hotline.sessions s WHERE s.user_id = u.id;
    PERFORM hotline.access_note('factor.removed', u.login);
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.user_json(u.login));
END $$;

-- --- logging in -----------------------------------------------------------------------------------------------

-- A session for whom the service has found to be himself. `given` is {token_hash, csrf, address, agent,
-- old: hash of the session that the browser had, which ends}.
CREATE FUNCTION hotline.session_make(of_user integer, given jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
    needs boolean;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.id = of_user;
    needs := hotline.access_setting('second_factor_roles') ? u.role
        AND NOT coalesce(given -> 'trusted' = 'true', false) AND NOT EXISTS (
        SELECT FROM hotline.second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL);
    DELETE FROM hotline.sessions s WHERE s.expires_at < now()
        OR s.token_hash = decode(given ->> 'old', 'hex');
    DELETE FROM hotline.login_failures f WHERE f.subject = 'login:' || u.login;
    INSERT INTO hotline.sessions (token_hash, user_id, csrf, expires_at, address, agent, bound)
    VALUES (decode(given ->> 'token_hash', 'hex'), u.id, given ->> 'csrf', now() + interval '1 hour'
            * (hotline.access_setting('absolute_hours') #>> '{}')::integer, given ->> 'address',
            left(given ->> 'agent', 200), needs)
    ON CONFLICT DO NOTHING;
    RETURN jsonb_build_object('outcome', 'done', 'login', u.login, 'name', u.name, 'role', u.role,
        'agency', (SELECT a.code FROM hotline.agencies a WHERE a.id = u.agency_id),
        'bound', needs, 'hours', hotline.access_setting('absolute_hours'));
END $$;

-- The password was right (the service held it against login_begin's hash). Asks for the second factor
-- where there is one: outcome done, code_required, wrong_code.
CREATE FUNCTION hotline.login_end(given_login text, given jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = given_login AND x.active FOR UPDATE;
    IF u.id IS NULL THEN
        RETURN jsonb_build_object('outcome', 'gone');
    ELSIF EXISTS (SELECT FROM hotline.sessions s
                  WHERE s.token_hash = decode(given ->> 'token_hash', 'hex')) THEN
        RETURN hotline.session_make(u.id, given); -- sent twice over a broken connection
    ELSIF EXISTS (SELECT FROM hotline.second_factors f
                  WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) THEN
        IF given ->> 'code' IS NULL THEN
            RETURN jsonb_build_object('outcome', 'code_required');
        ELSIF NOT (hotline.factor_take(u.id, given ->> 'code')
                   OR hotline.recovery_take(u.id, given ->> 'code')) THEN
            PERFORM hotline.login_failed(given_login, given ->> 'address');
            RETURN jsonb_build_object('outcome', 'wrong_code');
        END IF;
    END IF;
    RETURN hotline.session_make(u.id, given);
END $$;

-- Whose session that token's hash is, while it holds; how lately it was used is noted by the minute.
CREATE FUNCTION hotline.session_find(hash text)
    RETURNS TABLE (login text, name text, role text, agency text, csrf text, desk text,
                   categories text, bound boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s hotline.sessions;
BEGIN
    SELECT * INTO s FROM hotline.sessions x WHERE x.token_hash = decode(hash, 'hex');
    IF s.id IS NULL OR NOT hotline.session_holds(s) THEN
        RETURN;
    END IF;
    IF s.seen_at < now() - interval '1 minute' THEN
        UPDATE hotline.sessions x SET seen_at = now() WHERE x.token_hash = s.token_hash;
    END IF;
    RETURN QUERY SELECT u.login, u.name, u.role, a.code, s.csrf, d.code,
        (SELECT string_agg(k.code, ',') FROM hotline.user_categories c
         JOIN hotline.categories k ON k.id = c.category_id WHERE c.user_id = u.id), s.bound
    FROM hotline.users u LEFT JOIN hotline.agencies a ON a.id = u.agency_id
    LEFT JOIN hotline.desks d ON d.id = u.desk_id WHERE u.id = s.user_id AND u.active;
END $$;

CREATE FUNCTION hotline.session_close(hash text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM hotline.sessions s WHERE s.token_hash = decode(hash, 'hex')
$$;

CREATE FUNCTION hotline.key_find(hash text) RETURNS TABLE (name text, agency text, scopes text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    k hotline.api_keys;
BEGIN
    SELECT * INTO k FROM hotline.api_keys x WHERE x.key_hash = decode(hash, 'hex')
        AND x.revoked_at IS NULL AND coalesce(x.expires_at > now(), true);
    IF k.id IS NULL THEN
        RETURN;
    END IF;
    IF coalesce(k.used_at < now() - interval '1 minute', true) THEN
        UPDATE hotline.api_keys x SET used_at = now() WHERE x.id = k.id;
    END IF;
    RETURN QUERY SELECT k.name, (SELECT a.code FROM hotline.agencies a WHERE a.id = k.agency_id),
        array_to_string(k.scopes, ',');
END $$;

-- Somebody's own sessions, newest first. `hash`: of the one that asks.
CREATE FUNCTION hotline.sessions_json(of_login text, hash text) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('sessions', coalesce(jsonb_agg(jsonb_build_object(
        'id', s.id::text, 'created_at', s.created_at, 'seen_at', s.seen_at,
        'expires_at', s.expires_at, 'address', s.address, 'agent', s.agent,
        'current', s.token_hash = decode(hash, 'hex')) ORDER BY s.seen_at DESC, s.id DESC), '[]'))
    FROM hotline.sessions s JOIN hotline.users u ON u.id = s.user_id
    WHERE u.login = of_login AND hotline.session_holds(s)
$$;

CREATE FUNCTION hotline.my_sessions(asked text, hash text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT hotline.sessions_json(substr(asked, 6), hash) WHERE asked LIKE 'user:%'
$$;

-- args: session, an id; none: all but `hash`, the one that asks.
CREATE FUNCTION hotline.session_end(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n integer;
BEGIN
    DELETE FROM hotline.sessions s USING hotline.users u
    WHERE u.id = s.user_id AND u.login = who.login
        AND CASE WHEN args ->> 'session' IS NULL
                 THEN encode(s.token_hash, 'hex') IS DISTINCT FROM args ->> 'hash'
                 ELSE s.id::text = args ->> 'session' END;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 AND args ->> 'session' IS NOT NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('ended', n));
END $$;

-- args: password_hash; hash, of the session that asks: the others end.
CREATE FUNCTION hotline.password_change(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE hotline.users u SET password_hash = args ->> 'password_hash' WHERE u.login = who.login;
    DELETE FROM hotline.sessions s USING hotline.users u WHERE u.id = s.user_id
        AND u.login = who.login AND encode(s.token_hash, 'hex') IS DISTINCT FROM args ->> 'hash';
    DELETE FROM hotline.login_failures f WHERE f.subject = 'login:' || who.login;
    RETURN jsonb_build_object('outcome', 'done', 'answer', '{}'::jsonb);
END $$;

-- --- what administrators and auditors read -----------------------------------------------------------------------

CREATE FUNCTION hotline.may_read_access(asked text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM hotline.users u WHERE 'user:' || u.login = asked AND u.active
                   AND u.role IN ('administrator', 'auditor'))
$$;

CREATE FUNCTION hotline.users_json(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('users', (SELECT coalesce(jsonb_agg(hotline.user_json(u.login)
        ORDER BY u.login), '[]') FROM hotline.users u))
    WHERE hotline.may_read_access(asked)
$$;

CREATE FUNCTION hotline.user_one_json(asked text, of_login text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT hotline.user_json(of_login) WHERE hotline.may_read_access(asked)
        AND EXISTS (SELECT FROM hotline.users u WHERE u.login = of_login)
$$;

CREATE FUNCTION hotline.user_sessions_json(asked text, of_login text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT hotline.sessions_json(of_login, NULL) WHERE hotline.may_read_access(asked)
        AND EXISTS (SELECT FROM hotline.users u WHERE u.login = of_login)
$$;

CREATE FUNCTION hotline.keys_json(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('keys', (SELECT coalesce(jsonb_agg(hotline.key_json(k.name)
        ORDER BY k.revoked_at IS NOT NULL, k.name), '[]') FROM hotline.api_keys k))
    WHERE hotline.may_read_access(asked)
$$;

-- --- logging in with a provider (OpenID Connect) ------------------------------------------------------

-- Log-ins under way: what has to come back with them, for ten minutes.
CREATE TABLE hotline.provider_attempts (
    state_hash bytea PRIMARY KEY CHECK (length(state_hash) = 32),
    nonce text NOT NULL,
    verifier text NOT NULL,
    expires_at timestamptz NOT NULL DEFAULT now() + interval '10 minutes'
);

-- {issuer, client_id, redirect, name, client_secret}, or NULL where there is none.
CREATE FUNCTION hotline.provider() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p || jsonb_build_object('client_secret', (SELECT convert_from(s.value, 'UTF8')
        FROM hotline.secrets s WHERE s.key = 'oidc_client_secret'))
    FROM nullif(hotline.access_setting('oidc'), 'null') AS p
    WHERE p ?& '{issuer,client_id,redirect,name}'
$$;

CREATE FUNCTION hotline.provider_begin(state_hash text, nonce text, verifier text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM hotline.provider_attempts a WHERE a.expires_at < now();
    IF (SELECT count(*) FROM hotline.provider_attempts) >= 10000 THEN
        RETURN false;
    END IF;
    INSERT INTO hotline.provider_attempts (state_hash, nonce, verifier)
    VALUES (decode(state_hash, 'hex'), nonce, verifier) ON CONFLICT DO NOTHING;
    RETURN true;
END $$;

-- What belongs to that state, once, with the provider.
CREATE FUNCTION hotline.provider_take(of_state text)
    RETURNS TABLE (nonce text, verifier text, provider jsonb)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM hotline.provider_attempts a
    WHERE a.state_hash = decode(of_state, 'hex') AND a.expires_at > now()
    RETURNING a.nonce, a.verifier, hotline.provider()
$$;

-- The account that the provider's person has here: linked before, or found by an address that the
-- provider has verified, and linked now. No account is made. Whoever has a second factor here is
-- let in only where the provider is trusted to have asked for one ("second_factor": true).
CREATE FUNCTION hotline.provider_login(subject text, email text, given jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
    trusted boolean := coalesce(hotline.access_setting('oidc') -> 'second_factor' = 'true', false);
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.oidc_subject = subject AND x.active FOR UPDATE;
    IF u.id IS NULL AND email <> '' THEN
        SELECT * INTO u FROM hotline.users x
        WHERE x.email = lower(provider_login.email) AND x.oidc_subject IS NULL AND x.active FOR UPDATE;
        PERFORM set_config('hotline.acting', 'user:' || u.login, true);
        UPDATE hotline.users x SET oidc_subject = subject WHERE x.id = u.id;
    END IF;
    IF u.id IS NULL OR (NOT trusted AND EXISTS (SELECT FROM hotline.second_factors f
                        WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)) THEN
        RETURN jsonb_build_object('outcome', 'gone');
    END IF;
    RETURN hotline.session_make(u.id, given || jsonb_build_object('trusted', trusted));
END $$;

-- --- links to choose a password with ----------------------------------------------------------------------------

CREATE TABLE hotline.password_links (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id integer NOT NULL REFERENCES hotline.users,
    expires_at timestamptz NOT NULL
);

CREATE FUNCTION hotline.password_link_make(of_user integer, link_hash text) RETURNS void
    LANGUAGE sql AS $$
    DELETE FROM hotline.password_links l
    WHERE l.expires_at < now() OR (l.user_id = of_user AND link_hash IS NOT NULL);
    INSERT INTO hotline.password_links (token_hash, user_id, expires_at)
    SELECT decode(link_hash, 'hex'), of_user,
        now() + interval '1 hour' * (hotline.access_setting('link_hours') #>> '{}')::integer
    WHERE link_hash IS NOT NULL;
$$;

-- True if the link held: the password is his now, the link is spent, all his sessions end.
CREATE FUNCTION hotline.password_by_link(link_hash text, new_hash text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
BEGIN
    DELETE FROM hotline.password_links l USING hotline.users x
    WHERE l.token_hash = decode(link_hash, 'hex') AND l.expires_at > now() AND x.id = l.user_id
        AND x.active
    RETURNING x.* INTO u;
    IF u.id IS NULL THEN
        -- Sent twice over a broken connection: it is what it was to become.
        RETURN EXISTS (SELECT FROM hotline.users x WHERE x.password_hash = new_hash);
    END IF;
    UPDATE hotline.users x SET password_hash = new_hash WHERE x.id = u.id;
    DELETE FROM hotline.sessions s WHERE s.user_id = u.id;
    DELETE FROM hotline.login_failures f WHERE f.subject = 'login:' || u.login;
    PERFORM set_config('hotline.acting', 'user:' || u.login, true);
    RETURN true;
END $$;

-- By command: what settings 'access' becomes, and the provider's secret.
CREATE FUNCTION hotline.access_settings_set(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unknown text;
BEGIN
    SELECT min(k) INTO unknown FROM jsonb_object_keys(args) AS k
    WHERE hotline.access_setting_default(k) IS NULL;
    IF unknown IS NOT NULL THEN
        RETURN hotline.refusal('unknown', unknown, args ->> unknown);
    END IF;
    SELECT min(k) INTO unknown FROM jsonb_object_keys(args) AS k
    WHERE k <> 'oidc' AND (jsonb_typeof(args -> k) <> jsonb_typeof(hotline.access_setting_default(k))
        OR (jsonb_typeof(args -> k) = 'number' AND (args ->> k)::numeric NOT BETWEEN 1 AND 1000000));
    IF unknown IS NOT NULL THEN
        RETURN hotline.refusal('malformed', unknown, args ->> unknown);
    END IF;
    INSERT INTO hotline.settings (key, value) VALUES ('access', args)
    ON CONFLICT (key) DO UPDATE SET value = args;
    RETURN jsonb_build_object('outcome', 'done', 'answer', args);
END $$;

CREATE FUNCTION hotline.provider_secret_set(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF length(coalesce(args ->> 'secret', '')) < 16 THEN
        RETURN hotline.refusal('malformed', 'secret');
    END IF;
    INSERT INTO hotline.secrets (key, value)
    VALUES ('oidc_client_secret', convert_to(args ->> 'secret', 'UTF8'))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
    RETURN jsonb_build_object('outcome', 'done', 'answer', '{}'::jsonb);
END $$;

-- --- administration ----------------------------------------------------------------------------------
-- Handlers of hotline.actions, and what the commands `hotline user` and `hotline key` call, with
-- nobody's name but the command's.

CREATE FUNCTION hotline.by_command() RETURNS hotline.actor LANGUAGE sql IMMUTABLE AS $$
    SELECT 'command', NULL, 'administrator', NULL, NULL::bigint
$$;

-- For the auditor (sql/0024_record.sql); what changes a row of accounts, sessions or keys is noted
-- there by itself.
CREATE FUNCTION hotline.access_note(event text, login text, detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM hotline.audit(event, hotline.audit_actor(), 'user:' || login, jsonb_strip_nulls(detail));
END $$;

CREATE TYPE hotline.placement AS (agency_id integer, desk_id integer, category_ids integer[]);

-- Where an account is placed by {role, agency, desk, categories}: found, or why it cannot be.
CREATE FUNCTION hotline.user_placement(args jsonb, OUT place hotline.placement, OUT refused jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_agency boolean := coalesce(args ->> 'role' IN ('agency_staff', 'agency_head'), false);
    missing text;
BEGIN
    IF of_agency AND args ->> 'agency' IS NULL THEN
        refused := hotline.refusal('required', 'agency');
        RETURN;
    ELSIF NOT of_agency AND num_nonnulls(args ->> 'agency', args ->> 'desk') > 0 THEN
        refused := hotline.refusal('only_of_agencies', CASE WHEN args ->> 'agency' IS NULL THEN 'desk'
                                                            ELSE 'agency' END, args ->> 'role');
        RETURN;
    END IF;
    SELECT a.id INTO place.agency_id FROM hotline.agencies a
    WHERE a.code = args ->> 'agency' AND a.valid @> hotline.city_day(now());
    SELECT d.id INTO place.desk_id FROM hotline.desks d
    WHERE d.agency_id = place.agency_id AND d.code = args ->> 'desk'
        AND d.valid @> hotline.city_day(now());
    SELECT min(w.code) FILTER (WHERE k.id IS NULL), array_agg(DISTINCT k.id)
    INTO missing, place.category_ids
    FROM jsonb_array_elements_text(coalesce(nullif(args -> 'categories', 'null'), '[]')) AS w(code)
    LEFT JOIN hotline.categories k ON k.code = w.code;
    refused := CASE
        WHEN of_agency AND place.agency_id IS NULL THEN
            hotline.refusal('unknown', 'agency', args ->> 'agency')
        WHEN args ->> 'desk' IS NOT NULL AND place.desk_id IS NULL THEN
            hotline.refusal('unknown', 'desk', args ->> 'desk')
        WHEN missing IS NOT NULL THEN hotline.refusal('unknown', 'categories', missing) END;
END $$;

CREATE FUNCTION hotline.scope_told(args jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('role', args -> 'role', 'agency', args -> 'agency',
                              'desk', args -> 'desk', 'categories', args -> 'categories')
$$;

CREATE FUNCTION hotline.user_put_categories(of_user integer, roots integer[]) RETURNS void
    LANGUAGE sql AS $$
    DELETE FROM hotline.user_categories c WHERE c.user_id = of_user;
    INSERT INTO hotline.user_categories (user_id, category_id)
    SELECT of_user, unnest(coalesce(roots, '{}'));
$$;

-- args: login, name, role, agency?, desk?, categories?, email?; password_hash (by command) or
-- link_hash (a link to choose one with).
CREATE FUNCTION hotline.user_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    placed record;
    new_id integer;
BEGIN
    IF args ->> 'login' !~ '^[a-z0-9][a-z0-9._-]{1,63}$' THEN
        RETURN hotline.refusal('malformed', 'login', args ->> 'login');
    ELSIF NOT args ->> 'role' = ANY (hotline.roles()) THEN
        RETURN hotline.refusal('unknown', 'role', args ->> 'role');
    ELSIF EXISTS (SELECT FROM hotline.users u WHERE u.login = args ->> 'login') THEN
        RETURN hotline.refusal('exists', 'login', args ->> 'login');
    END IF;
    SELECT * INTO placed FROM hotline.user_placement(args);
    IF placed.refused IS NOT NULL THEN
        RETURN placed.refused;
    END IF;
    INSERT INTO hotline.users (login, name, role, agency_id, desk_id, email, password_hash)
    VALUES (args ->> 'login', args ->> 'name', args ->> 'role', (placed.place).agency_id,
            (placed.place).desk_id, lower(args ->> 'email'), args ->> 'password_hash')
    RETURNING id INTO new_id;
    PERFORM hotline.user_put_categories(new_id, (placed.place).category_ids);
    PERFORM hotline.password_link_make(new_id, args ->> 'link_hash');
    PERFORM hotline.access_note('account.scope', args ->> 'login', hotline.scope_told(args));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.user_json(args ->> 'login'));
END $$;

-- args: login, and all of name, role, agency, desk, categories, email as they shall be. What he may
-- do has changed, so his sessions end.
CREATE FUNCTION hotline.user_change(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
    placed record;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = args ->> 'login' FOR UPDATE;
    IF u.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF NOT args ->> 'role' = ANY (hotline.roles()) THEN
        RETURN hotline.refusal('unknown', 'role', args ->> 'role');
    ELSIF u.login = who.login AND args ->> 'role' <> u.role THEN
        RETURN hotline.refusal('own_account', 'role', u.login);
    END IF;
    SELECT * INTO placed FROM hotline.user_placement(args);
    IF placed.refused IS NOT NULL THEN
        RETURN placed.refused;
    END IF;
    UPDATE hotline.users x SET name = args ->> 'name', role = args ->> 'role',
        agency_id = (placed.place).agency_id, desk_id = (placed.place).desk_id,
        email = lower(args ->> 'email')
    WHERE x.id = u.id;
    PERFORM hotline.user_put_categories(u.id, (placed.place).category_ids);
    DELETE FROM hotline.sessions s WHERE s.user_id = u.id;
    PERFORM hotline.access_note('account.scope', u.login, hotline.scope_told(args));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.user_json(u.login));
END $$;

-- args: login, active.
CREATE FUNCTION hotline.user_set_active(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = args ->> 'login' FOR UPDATE;
    IF u.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF u.login = who.login THEN
        RETURN hotline.refusal('own_account', 'login', u.login);
    END IF;
    UPDATE hotline.users x SET active = (args ->> 'active')::boolean WHERE x.id = u.id;
    IF NOT (args ->> 'active')::boolean THEN
        DELETE FROM hotline.sessions s WHERE s.user_id = u.id;
        DELETE FROM hotline.password_links l WHERE l.user_id = u.id;
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.user_json(u.login));
END $$;

-- args: login, link_hash: a link with which the person chooses a new password. Until then the old one
-- holds; what was open ends with it.
CREATE FUNCTION hotline.user_reset(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = args ->> 'login' AND x.active FOR UPDATE;
    IF u.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    PERFORM hotline.password_link_make(u.id, args ->> 'link_hash');
    PERFORM hotline.access_note('account.reset', u.login);
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.user_json(u.login));
END $$;

-- args: login, password_hash. By command: ends sessions, locks and links.
CREATE FUNCTION hotline.user_set_password(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
BEGIN
    UPDATE hotline.users x SET password_hash = args ->> 'password_hash'
    WHERE x.login = args ->> 'login' RETURNING * INTO u;
    IF u.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    DELETE FROM hotline.sessions s WHERE s.user_id = u.id;
    DELETE FROM hotline.password_links l WHERE l.user_id = u.id;
    DELETE FROM hotline.login_failures f WHERE f.subject = 'login:' || u.login;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.user_json(u.login));
END $$;

-- args: login: all sessions of that account end; or session: that one, of anybody.
CREATE FUNCTION hotline.user_sessions_end(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u hotline.users;
    n integer;
BEGIN
    SELECT * INTO u FROM hotline.users x WHERE x.login = args ->> 'login';
    IF u.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    DELETE FROM hotline.sessions s WHERE s.user_id = u.id
        AND (args ->> 'session' IS NULL OR s.id::text = args ->> 'session');
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 AND args ->> 'session' IS NOT NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('ended', n));
END $$;

-- args: name, key_hash, scopes, agency?, expires_on? (a day).
CREATE FUNCTION hotline.key_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted text[] := ARRAY (SELECT DISTINCT jsonb_array_elements_text(args -> 'scopes'));
    agency integer;
    until timestamptz;
BEGIN
    SELECT a.id INTO agency FROM hotline.agencies a
    WHERE a.code = args ->> 'agency' AND a.valid @> hotline.city_day(now());
    until := (args ->> 'expires_on')::timestamp AT TIME ZONE coalesce((SELECT s.value #>> '{}'
        FROM hotline.settings s WHERE s.key = 'timezone'), 'UTC');
    IF args ->> 'name' !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' THEN
        RETURN hotline.refusal('malformed', 'name', args ->> 'name');
    ELSIF cardinality(wanted) = 0 OR NOT wanted <@ '{file,read,calls,webhooks}' THEN
        RETURN hotline.refusal('unknown', 'scopes', array_to_string(wanted, ' '));
    ELSIF args ->> 'agency' IS NOT NULL AND agency IS NULL THEN
        RETURN hotline.refusal('unknown', 'agency', args ->> 'agency');
    ELSIF until <= now() THEN
        RETURN hotline.refusal('past', 'expires_on', args ->> 'expires_on');
    ELSIF EXISTS (SELECT FROM hotline.api_keys k WHERE k.name = args ->> 'name') THEN
        RETURN hotline.refusal('exists', 'name', args ->> 'name');
    END IF;
    INSERT INTO hotline.api_keys (name, key_hash, expires_at, scopes, agency_id, made_by)
    VALUES (args ->> 'name', decode(args ->> 'key_hash', 'hex'), until, wanted, agency, who.actor);
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.key_json(args ->> 'name'));
END $$;

CREATE FUNCTION hotline.key_revoke(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE hotline.api_keys k SET revoked_at = now()
    WHERE k.name = args ->> 'name' AND k.revoked_at IS NULL;
    IF NOT FOUND THEN
        RETURN hotline.refusal('not_found');
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.key_json(args ->> 'name'));
END $$;

CREATE FUNCTION hotline.user_json(of_login text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('login', u.login, 'name', u.name, 'role', u.role, 'agency', a.code,
        'desk', d.code, 'categories', coalesce((SELECT jsonb_agg(k.code ORDER BY k.code)
            FROM hotline.user_categories c JOIN hotline.categories k ON k.id = c.category_id
            WHERE c.user_id = u.id), '[]'), 'email', u.email, 'active', u.active,
        'has_password', u.password_hash IS NOT NULL,
        'second_factor', EXISTS (SELECT FROM hotline.second_factors f
                                 WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL),
        'locked_until', (SELECT f.locked_until FROM hotline.login_failures f
                         WHERE f.subject = 'login:' || u.login AND f.locked_until > now()),
        'sessions', (SELECT count(*) FROM hotline.sessions s
                     WHERE s.user_id = u.id AND hotline.session_holds(s)))
    FROM hotline.users u LEFT JOIN hotline.agencies a ON a.id = u.agency_id
    LEFT JOIN hotline.desks d ON d.id = u.desk_id WHERE u.login = of_login
$$;

CREATE FUNCTION hotline.key_json(of_name text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('name', k.name, 'scopes', to_jsonb(k.scopes), 'agency', a.code,
        'created_at', k.created_at, 'made_by', k.made_by, 'expires_at', k.expires_at,
        'revoked_at', k.revoked_at, 'used_at', k.used_at,
        'state', CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
                      WHEN k.expires_at <= now() THEN 'expired' ELSE 'in_use' END)
    FROM hotline.api_keys k LEFT JOIN hotline.agencies a ON a.id = k.agency_id
    WHERE k.name = of_name
$$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('user.add', 'user_add', '{administrator}'),
    ('user.change', 'user_change', '{administrator}'),
    ('user.set_active', 'user_set_active', '{administrator}'),
    ('user.reset', 'user_reset', '{administrator}'),
    ('user.sessions_end', 'user_sessions_end', '{administrator}'),
    ('user.factor_remove', 'user_factor_remove', '{administrator}'),
    ('key.add', 'key_add', '{administrator}'),
    ('key.revoke', 'key_revoke', '{administrator}');

INSERT INTO hotline.actions (action, handler, roles)
SELECT w.action, w.handler, hotline.roles() FROM (VALUES
    ('factor.begin', 'factor_begin'), ('factor.confirm', 'factor_confirm'),
    ('factor.drop', 'factor_drop'), ('session.end', 'session_end'),
    ('password.change', 'password_change')) AS w (action, handler);

-- Functions are open to everybody unless that is taken back; the service gets back what it calls.
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid::regprocedure FROM pg_proc p
             WHERE p.pronamespace = 'hotline'::regnamespace AND (p.prosecdef OR EXISTS (
                 SELECT FROM hotline.actions a WHERE a.handler = p.proname))
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION hotline.login_begin(text, text),
    hotline.login_failed(text, text), hotline.login_end(text, jsonb),
    hotline.provider(), hotline.provider_begin(text, text, text), hotline.provider_take(text),
    hotline.provider_login(text, text, jsonb), hotline.perform_secret(text, text, jsonb), hotline.password_by_link(text, text), hotline.session_find(text), hotline.session_close(text),
    hotline.key_find(text), hotline.my_sessions(text, text), hotline.users_json(text),
    hotline.user_one_json(text, text), hotline.user_sessions_json(text, text),
    hotline.keys_json(text) TO hotline_service;
REVOKE ALL ON hotline.users, hotline.sessions, hotline.api_keys FROM hotline_service;
GRANT SELECT (id, login, name, role, agency_id, desk_id, active) ON hotline.users TO hotline_service;

RESET check_function_bodies;
RESET ROLE;
