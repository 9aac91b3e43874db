-- Changes that people make through the service: one door, hotline.perform, that knows who asks, what
-- each role may do, and which requests were answered before. Complaints go by
-- sql/0018_workflow.sql; what is here of them: moves to another agency by hand, kept as corrections of
-- the rules.
-- Why one door: docs/decisions/0005-one-door.md
SET ROLE hotline_owner;

-- What each action needs. No row: nobody may. `handler` is a function (hotline.actor, jsonb) -> jsonb
-- in this schema that answers {"outcome": "done", "answer": {...}} or a refusal (hotline.refusal);
-- it checks before it writes.
CREATE TABLE hotline.actions (
    action text PRIMARY KEY CHECK (action ~ '^[a-z_]+[.][a-z_]+$'),
    handler text NOT NULL CHECK (handler ~ '^[a-z_]+$'),
    roles text[] NOT NULL
);

-- Who asks: a person with a session, by now still active.
CREATE TYPE hotline.actor AS (
    actor text,        -- as the history has it: 'user:LOGIN'
    login text,
    role text,
    agency_code text,  -- of those who belong to one
    co_report bigint   -- of who joined a complaint and holds a code of their own (0022_duplicates.sql)
);

-- An action repeated with the same key by the same client is answered with what it did first.
CREATE TABLE hotline.answered_requests (
    client text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request_hash text NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, key)
);
CREATE INDEX answered_requests_age ON hotline.answered_requests (created_at);

-- What an action answers instead of doing anything. `about` names the row or value it is about.
CREATE FUNCTION hotline.refusal(outcome text, field text DEFAULT '', about text DEFAULT NULL)
    RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('outcome', outcome, 'field', field, 'about', about)
$$;

-- The day in the city at that instant: laws and agencies hold by days.
CREATE FUNCTION hotline.city_day(at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (at AT TIME ZONE coalesce((SELECT s.value #>> '{}' FROM hotline.settings s
                                      WHERE s.key = 'timezone'), 'UTC'))::date
$$;

CREATE FUNCTION hotline.actor_of(asked text) RETURNS hotline.actor LANGUAGE plpgsql STABLE AS $$
DECLARE
    who hotline.actor;
BEGIN
    SELECT 'user:' || u.login, u.login, u.role, a.code
    INTO who.actor, who.login, who.role, who.agency_code
    FROM hotline.users u LEFT JOIN hotline.agencies a ON a.id = u.agency_id
    WHERE asked LIKE 'user:%' AND u.login = substr(asked, 6) AND u.active;
    RETURN who;
END $$;

-- Whoever asks without an account: as the holder of a tracking code he may do what transitions give the
-- role reporter, and nothing else. He has no login, so he is nobody where only accounts count.
CREATE FUNCTION hotline.reporter_actor() RETURNS hotline.actor LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    who hotline.actor;
BEGIN
    who.actor := 'public';
    who.role := 'reporter';
    RETURN who;
END $$;

-- A request begins: its key is written, and NULL is answered. It was there before: what it did then, with
-- `repeated`, or that the key is another request's. Whoever begins one ends it in the same transaction.
CREATE FUNCTION hotline.request_begun(asked text, request_key text, hash text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    earlier hotline.answered_requests;
BEGIN
    INSERT INTO hotline.answered_requests (client, key, request_hash, answer)
    VALUES (asked, request_key, hash, '{}') ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO earlier FROM hotline.answered_requests r WHERE r.client = asked AND r.key = request_key;
    IF earlier.request_hash <> hash THEN
        RETURN hotline.refusal('key_reused', 'Idempotency-Key');
    END IF;
    RETURN earlier.answer || '{"repeated": true}';
END $$;

-- What it did is kept for its repeats; a refusal leaves no key, so it may be corrected and sent again.
CREATE FUNCTION hotline.request_ended(asked text, request_key text, result jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF result ->> 'outcome' = 'done' THEN
        UPDATE hotline.answered_requests r SET answer = result
        WHERE r.client = asked AND r.key = request_key;
    ELSE
        DELETE FROM hotline.answered_requests r WHERE r.client = asked AND r.key = request_key;
    END IF;
    RETURN result;
END $$;

-- Runs one action in one transaction. `asked` is 'user:LOGIN', or '' for whoever holds a tracking code;
-- `request_key` makes a repeat harmless.
CREATE FUNCTION hotline.perform(asked text, request_key text, hash text, wanted text, args jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who hotline.actor := CASE WHEN asked = '' THEN hotline.reporter_actor()
                              ELSE hotline.actor_of(asked) END;
    act hotline.actions;
    result jsonb;
BEGIN
    SELECT * INTO act FROM hotline.actions a WHERE a.action = wanted;
    IF who.role IS NULL OR act.action IS NULL OR NOT who.role = ANY (act.roles) THEN
        RETURN hotline.refusal('not_allowed');
    END IF;
    -- Whoever names a complaint that is nothing to him is told that there is none, whatever the action
    -- (hotline.complaint_relation is in 0018_workflow.sql).
    IF EXISTS (SELECT FROM hotline.complaints c WHERE c.code = args ->> 'code'
               AND hotline.complaint_relation(who, c) IS NULL) THEN
        RETURN hotline.refusal('not_found');
    END IF;
    -- Old ones now and then, and never those that somebody else is at: nobody waits for that.
    IF random() < 0.02 THEN
        DELETE FROM hotline.answered_requests r WHERE r.ctid = ANY (ARRAY (
            SELECT o.ctid FROM hotline.answered_requests o
            WHERE o.created_at < now() - interval '7 days'
            ORDER BY o.created_at LIMIT 500 FOR UPDATE SKIP LOCKED));
    END IF;
    result := hotline.request_begun(asked, request_key, wanted || ' ' || hash);
    IF result IS NOT NULL THEN
        RETURN result;
    END IF;
    IF act.handler = 'complaint_act' THEN -- most of all by far: planned once (0018_workflow.sql)
        result := hotline.complaint_act(who, args);
    ELSE
        EXECUTE format('SELECT hotline.%I($1, $2)', act.handler) INTO result USING who, args;
    END IF;
    RETURN hotline.request_ended(asked, request_key, result);
END $$;

-- What other systems tell: they have no account, so no action is theirs. Each of these functions says itself
-- who may; it takes (asked, args) and answers as an action does.
CREATE FUNCTION hotline.told(asked text, request_key text, hash text, what text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    result jsonb;
BEGIN
    IF what NOT IN ('call_told', 'inbound_told') THEN
        RETURN hotline.refusal('not_allowed');
    END IF;
    result := hotline.request_begun(asked, request_key, what || ' ' || hash);
    IF result IS NULL THEN
        EXECUTE format('SELECT hotline.%I($1, $2)', what) INTO result USING asked, args;
        result := hotline.request_ended(asked, request_key, result);
    END IF;
    RETURN result;
END $$;

-- --- corrections ---------------------------------------------------------------------------------

-- Who took a complaint from the agency that the rules chose, and why: {by, at, reason, agency: the
-- code the rules chose}. The decision's own explanation stays as it was.
ALTER TABLE hotline.complaints ADD COLUMN override jsonb CHECK (jsonb_typeof(override) = 'object');

-- Every move by hand, with what the rules had said: what the rules are corrected from. Append-only.
CREATE TABLE hotline.corrections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    rule text,                                 -- the code of the rule that had decided; NULL: none
    category_id integer NOT NULL REFERENCES hotline.categories,
    ward_id integer REFERENCES hotline.boundaries,
    from_agency_id integer NOT NULL REFERENCES hotline.agencies,
    to_agency_id integer NOT NULL REFERENCES hotline.agencies,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000)
);
CREATE INDEX corrections_at ON hotline.corrections (at);
CREATE INDEX corrections_complaint ON hotline.corrections (complaint_id);
CREATE TRIGGER corrections_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.corrections FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- The code of the rule that decided the complaint, or NULL.
CREATE FUNCTION hotline.complaint_rule(c hotline.complaints) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(c.rule, (SELECT j.code FROM hotline.jurisdictions j
                             WHERE j.id = c.jurisdiction_id))
$$;

REVOKE ALL ON FUNCTION hotline.perform(text, text, text, text, jsonb),
    hotline.told(text, text, text, text, jsonb), hotline.request_begun(text, text, text),
    hotline.request_ended(text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.perform(text, text, text, text, jsonb),
    hotline.told(text, text, text, text, jsonb) TO hotline_service;
GRANT SELECT ON hotline.corrections TO hotline_service, hotline_readonly;
GRANT SELECT ON hotline.actions TO hotline_readonly;

RESET ROLE;
