-- Casework, what was left: a repeated request for an account or a key, directives by desk and category, due times anew.
SET ROLE hotline_owner;

-- ---- a secret asked for again ----

-- A request that makes a secret may be sent again with its Idempotency-Key, after an answer that never
-- arrived. The secret of the first answer is kept nowhere, so the repeat gets another one in its place, for
-- the account or key that the first made; the first one is worth nothing from then on. Once it was used, a
-- repeat is told that the account or key exists. What is kept: who asked, under which key, for what.
CREATE TABLE hotline.secret_requests (
    client text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request_hash bytea NOT NULL, -- of the request without its secret
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, key)
);

-- Another secret for what the first request made; NULL: it is in use.
CREATE FUNCTION hotline.secret_again(wanted text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_user integer;
BEGIN
    IF wanted = 'user.add' THEN
        SELECT u.id INTO of_user FROM hotline.users u
        WHERE u.login = args ->> 'login' AND u.active AND u.password_hash IS NULL FOR UPDATE;
        IF of_user IS NOT NULL THEN
            PERFORM hotline.password_link_make(of_user, args ->> 'link_hash');
            RETURN hotline.user_json(args ->> 'login');
        END IF;
    ELSIF wanted = 'key.add' THEN
        UPDATE hotline.api_keys k SET key_hash = decode(args ->> 'key_hash', 'hex')
        WHERE k.name = args ->> 'name' AND k.revoked_at IS NULL AND k.used_at IS NULL;
        IF FOUND THEN
            RETURN hotline.key_json(args ->> 'name');
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- As hotline.perform_secret. `request_key` NULL: it is not repeated.
CREATE FUNCTION hotline.perform_secret(asked text, wanted text, args jsonb, request_key text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_request bytea := sha256(convert_to(wanted || ' ' || (args - 'link_hash' - 'key_hash')::text, 'UTF8'));
    earlier hotline.secret_requests;
    result jsonb;
    again jsonb;
BEGIN
    IF request_key IS NULL OR wanted NOT IN ('user.add', 'key.add') THEN
        RETURN hotline.perform_secret(asked, wanted, args);
    END IF;
    DELETE FROM hotline.secret_requests r WHERE r.created_at < now() - interval '7 days';
    INSERT INTO hotline.secret_requests (client, key, request_hash)
    VALUES (asked, request_key, of_request) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        result := hotline.perform_secret(asked, wanted, args);
        IF result ->> 'outcome' <> 'done' THEN
            DELETE FROM hotline.secret_requests r WHERE r.client = asked AND r.key = request_key;
        END IF;
        RETURN result;
    END IF;
    SELECT * INTO earlier FROM hotline.secret_requests r WHERE r.client = asked AND r.key = request_key;
    IF earlier.request_hash <> of_request THEN
        RETURN hotline.refusal('key_reused', 'Idempotency-Key');
    ELSIF NOT coalesce((hotline.actor_of(asked)).role = ANY (
            (SELECT a.roles FROM hotline.actions a WHERE a.action = wanted)::text[]), false) THEN
        RETURN hotline.refusal('not_allowed');
    END IF;
    PERFORM set_config('hotline.acting', asked, true);
    again := hotline.secret_again(wanted, args);
    IF again IS NULL THEN -- says that it exists
        RETURN hotline.perform_secret(asked, wanted, args);
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', again);
END $$;

-- ---- what a key may ----

-- `webhooks` never allowed anything: webhooks are the administrators'.
UPDATE hotline.api_keys k SET scopes = array_remove(k.scopes, 'webhooks')
WHERE 'webhooks' = ANY (k.scopes) AND k.scopes <> '{webhooks}';
CREATE FUNCTION hotline.key_may() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT '{file,read,calls}'::text[]
$$;
ALTER FUNCTION hotline.key_add(hotline.actor, jsonb) RENAME TO key_add_named;
CREATE FUNCTION hotline.key_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    other text := (SELECT string_agg(s, ' ') FROM jsonb_array_elements_text(args -> 'scopes') s
                   WHERE NOT s = ANY (hotline.key_may()));
BEGIN
    IF other IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'scopes', other);
    END IF;
    RETURN hotline.key_add_named(who, args);
END $$;

-- ---- directives by desk and category ----

-- May that person see it? People of an agency: their agency's; who works for one desk or some categories:
-- those that are about something of theirs.
CREATE FUNCTION hotline.directive_seen(who hotline.actor, d hotline.directives) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    s hotline.scope;
BEGIN
    IF NOT hotline.directive_seen(who, d.agency_id) THEN
        RETURN false;
    ELSIF who.role NOT IN ('agency_staff', 'agency_head') THEN
        RETURN true;
    END IF;
    s := hotline.scope_of(who.actor);
    RETURN s.desk_id IS NULL AND s.category_ids IS NULL
        OR EXISTS (SELECT FROM hotline.directive_complaints x JOIN hotline.complaints c ON c.id = x.complaint_id
            WHERE x.directive_id = d.id
              AND hotline.scope_covers(s, c.agency_id, c.desk_id, c.category_id))
        OR (d.ended_at IS NULL AND d.area IS NOT NULL AND EXISTS (
            SELECT FROM hotline.complaints c
            WHERE c.agency_id = d.agency_id AND c.received_at > d.created_at AND c.closed_at IS NULL
              AND ST_Intersects(d.area, c.geom)
              AND hotline.scope_covers(s, c.agency_id, c.desk_id, c.category_id)));
END $$;

REVOKE ALL ON FUNCTION hotline.secret_again(text, jsonb),
    hotline.perform_secret(text, text, jsonb, text), hotline.key_add(hotline.actor, jsonb),
    hotline.directive_seen(hotline.actor, hotline.directives) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.perform_secret(text, text, jsonb, text) TO hotline_service;

-- ---- due times anew ----

-- Asked for on the calendars' page: first looked at, then done, each a row that tells how far it is and
-- what came of it. The counting is server/city/city_recompute.h; docs/deadlines.md.
CREATE TABLE hotline.deadline_recomputes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    apply boolean NOT NULL,                    -- else it only looks
    reason text NOT NULL CHECK (length(reason) <= 1000 AND (reason <> '' OR NOT apply)),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    made_at timestamptz NOT NULL,
    made_by text NOT NULL CHECK (made_by <> ''),
    ended_at timestamptz,
    error text,                                -- of one that failed
    to_count integer NOT NULL DEFAULT 0,       -- open complaints there are
    considered integer NOT NULL DEFAULT 0,     -- so many of them are counted
    changed integer NOT NULL DEFAULT 0,        -- due otherwise now, or would be
    earlier integer NOT NULL DEFAULT 0,        -- to be resolved sooner than was told
    later integer NOT NULL DEFAULT 0,
    samples jsonb NOT NULL DEFAULT '[]'        -- of one that looks: the first that would change
);

-- args: apply, reason. The service then counts; one at a time.
CREATE FUNCTION hotline.recompute_asked(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made integer;
BEGIN
    -- One that still runs holds the lock; a row without it is of a service that went down.
    IF NOT pg_try_advisory_xact_lock(7022102204) THEN
        RETURN hotline.refusal('under_way', 'reason',
            coalesce((SELECT r.made_by FROM hotline.deadline_recomputes r ORDER BY r.id DESC LIMIT 1), '?'));
    END IF;
    UPDATE hotline.deadline_recomputes SET state = 'failed', error = 'the service stopped',
        ended_at = clock_timestamp() WHERE state = 'running';
    INSERT INTO hotline.deadline_recomputes (apply, reason, made_at, made_by)
    VALUES ((args ->> 'apply')::boolean, coalesce(args ->> 'reason', ''), clock_timestamp(), who.actor)
    RETURNING id INTO made;
    RETURN jsonb_build_object('outcome', 'done', 'answer',
                              jsonb_build_object('id', made, 'state', 'running'));
END $$;

-- The caller has made pg_temp.due_incoming, as hotline.deadlines_recomputed takes it. Why and who are the
-- row's, so nobody else's name gets into a history.
CREATE FUNCTION hotline.recompute_apply(of_recompute integer, on_instant timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r hotline.deadline_recomputes;
BEGIN
    SELECT * INTO r FROM hotline.deadline_recomputes
        WHERE id = of_recompute AND state = 'running' AND apply FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'recompute % is not under way', of_recompute USING ERRCODE = 'check_violation';
    END IF;
    RETURN hotline.deadlines_recomputed(r.reason, on_instant, r.made_by);
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('deadlines.look', 'recompute_asked', '{administrator}'),
    ('deadlines.recompute', 'recompute_asked', '{administrator}');
INSERT INTO hotline.audited_actions (action) VALUES ('deadlines.recompute');

REVOKE ALL ON FUNCTION hotline.recompute_asked(hotline.actor, jsonb),
    hotline.recompute_apply(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.recompute_apply(integer, timestamptz) TO hotline_service;
GRANT SELECT ON hotline.deadline_recomputes TO hotline_service, hotline_readonly;
GRANT UPDATE (state, error, ended_at, to_count, considered, changed, earlier, later, samples)
    ON hotline.deadline_recomputes TO hotline_service;

RESET ROLE;
