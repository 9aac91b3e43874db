-- A leader's directive to an agency: about one complaint, a set of them, or an area of the map; with
-- its own deadline, an answer, reminders. docs/directives.md tells it to people.
--
--   open ──answer──> answered ──accept──> accepted
--     ^                  │
--     └────send_back─────┘            open, answered ──withdraw──> withdrawn
SET ROLE hotline_owner;
SET check_function_bodies = off; -- some call what 0041_casework.sql has

CREATE TABLE hotline.directives (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id integer NOT NULL REFERENCES hotline.agencies,
    about text NOT NULL CHECK (about IN ('complaint', 'set', 'area')),
    filter text NOT NULL DEFAULT '',           -- as the page's address had it; for showing
    area public.geometry(MultiPolygon, 4326),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'accepted', 'withdrawn')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    answered_at timestamptz,                   -- first answered, what its deadline is held against
    ended_at timestamptz,
    reminders integer NOT NULL DEFAULT 0,
    reminded_at timestamptz,
    CHECK ((about = 'area') = (area IS NOT NULL)),
    CHECK ((state IN ('accepted', 'withdrawn')) = (ended_at IS NOT NULL))
);
CREATE INDEX directives_agency ON hotline.directives (agency_id, id);
CREATE INDEX directives_area ON hotline.directives USING gist (area) WHERE ended_at IS NULL;

-- What it was about when it was given. One about an area covers what comes in there later, too.
CREATE TABLE hotline.directive_complaints (
    directive_id integer NOT NULL REFERENCES hotline.directives,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    PRIMARY KEY (directive_id, complaint_id)
);
CREATE INDEX directive_complaints_complaint ON hotline.directive_complaints (complaint_id);

CREATE TABLE hotline.directive_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    directive_id integer NOT NULL REFERENCES hotline.directives,
    at timestamptz NOT NULL DEFAULT now(),
    event text NOT NULL CHECK (event IN ('given', 'answered', 'accepted', 'sent_back', 'reminded',
                                         'withdrawn')),
    actor text NOT NULL,
    text text NOT NULL DEFAULT '',
    due_at timestamptz
);
CREATE INDEX directive_history_directive ON hotline.directive_history (directive_id, id);
CREATE TRIGGER directive_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.directive_history FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- ---- reading ----

-- May that person see this agency's directives? People of an agency: their own only.
CREATE FUNCTION hotline.directive_seen(who hotline.actor, agency integer) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN who.role IN ('agency_staff', 'agency_head')
        THEN who.agency_code = (SELECT a.code FROM hotline.agencies a WHERE a.id = agency)
        ELSE coalesce(who.role IN ('leader', 'supervisor', 'operator', 'administrator', 'auditor'),
                      false) END
$$;

CREATE FUNCTION hotline.directive_person(actor text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('login', u.login, 'name', u.name) FROM hotline.users u
    WHERE actor = 'user:' || u.login
$$;

CREATE FUNCTION hotline.directive_json(d hotline.directives, whole boolean) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', d.id, 'agency', (SELECT jsonb_build_object('code', a.code,
            'name', a.name) FROM hotline.agencies a WHERE a.id = d.agency_id),
        'about', d.about, 'filter', d.filter, 'text', d.text, 'due_at', d.due_at, 'state', d.state,
        'late', coalesce(d.answered_at, now()) > d.due_at AND d.state <> 'withdrawn',
        'version', d.version, 'created_at', d.created_at,
        'created_by', hotline.directive_person(d.created_by), 'answered_at', d.answered_at,
        'ended_at', d.ended_at, 'reminders', d.reminders, 'reminded_at', d.reminded_at,
        'answer', (SELECT jsonb_build_object('text', h.text, 'at', h.at,
                'by', hotline.directive_person(h.actor)) FROM hotline.directive_history h
            WHERE h.directive_id = d.id AND h.event = 'answered' ORDER BY h.id DESC LIMIT 1),
        'complaints', (SELECT jsonb_build_object('total', count(*),
                'done', count(*) FILTER (WHERE c.status IN ('resolved', 'closed', 'rejected')),
                'late', count(*) FILTER (WHERE c.status NOT IN ('resolved', 'closed', 'rejected')
                                         AND c.due_at < now()))
            FROM hotline.directive_complaints x JOIN hotline.complaints c ON c.id = x.complaint_id
            WHERE x.directive_id = d.id))
    || CASE WHEN whole THEN jsonb_build_object(
        'area', public.ST_AsGeoJSON(d.area, 6)::jsonb,
        'codes', (SELECT coalesce(jsonb_agg(code ORDER BY id), '[]') FROM (
            SELECT c.code, c.id FROM hotline.directive_complaints x
            JOIN hotline.complaints c ON c.id = x.complaint_id
            WHERE x.directive_id = d.id ORDER BY c.id LIMIT 500) f),
        'history', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', h.at, 'event', h.event,
                'by', hotline.directive_person(h.actor), 'text', h.text, 'due_at', h.due_at)
                ORDER BY h.id), '[]')
            FROM hotline.directive_history h WHERE h.directive_id = d.id)) ELSE '{}' END
$$;

-- Newest first. asked: 'user:LOGIN'; NULL or '' of the others: any. `seen` false: who may see none.
CREATE FUNCTION hotline.directives_list(asked text, of_state text, of_agency text,
    only_late boolean, before integer, most integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH found AS (
        SELECT d.* FROM hotline.directives d JOIN hotline.agencies a ON a.id = d.agency_id
        WHERE d.state = coalesce(nullif(of_state, ''), d.state)
          AND a.code = coalesce(nullif(of_agency, ''), a.code)
          AND (NOT only_late OR (d.answered_at IS NULL AND d.ended_at IS NULL AND d.due_at < now()))
          AND d.id < coalesce(before, 2147483647)
          AND hotline.directive_seen(hotline.actor_of(asked), d)
        ORDER BY d.id DESC LIMIT most + 1
    ), page AS (SELECT * FROM found ORDER BY id DESC LIMIT most)
    SELECT jsonb_build_object('directives',
        (SELECT coalesce(jsonb_agg(hotline.directive_json(k, false)
                                   ORDER BY k.id DESC), '[]')
         FROM page p JOIN hotline.directives k ON k.id = p.id),
        'next', CASE WHEN (SELECT count(*) FROM found) > most
                THEN (SELECT min(p.id)::text FROM page p) END)
$$;

-- NULL: there is none that they may see. The complaints it names are those that the asker may see.
CREATE FUNCTION hotline.directive_one(asked text, wanted integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT hotline.directive_json(d, true) || CASE WHEN w.role IN ('agency_staff', 'agency_head')
        THEN jsonb_build_object('codes', (SELECT coalesce(jsonb_agg(f.code ORDER BY f.id), '[]') FROM (
            SELECT c.code, c.id FROM hotline.directive_complaints x
            JOIN hotline.complaints c ON c.id = x.complaint_id
            WHERE x.directive_id = d.id AND hotline.complaint_staff(asked, c.id)
            ORDER BY c.id LIMIT 500) f)) ELSE '{}' END
    FROM hotline.directives d, hotline.actor_of(asked) w
    WHERE d.id = wanted AND hotline.directive_seen(w, d)
$$;

-- Those that cover a complaint, for who may see them; newest first.
CREATE FUNCTION hotline.directives_of(asked text, of_complaint bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(hotline.directive_json(d, false) ORDER BY d.id DESC), '[]')
        FROM hotline.complaints c JOIN hotline.directives d
          ON d.id IN (SELECT x.directive_id FROM hotline.directive_complaints x
                      WHERE x.complaint_id = c.id)
          OR (d.ended_at IS NULL AND d.agency_id = c.agency_id AND c.received_at > d.created_at
              AND ST_Intersects(d.area, c.geom))
        WHERE c.id = of_complaint AND hotline.directive_seen(hotline.actor_of(asked), d.agency_id));
END $$;

-- ---- giving ----

CREATE FUNCTION hotline.directive_told(d hotline.directives, event text) RETURNS void
    LANGUAGE sql AS $$
    INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
    SELECT now(), 'directive.' || event, (SELECT min(x.complaint_id) FROM hotline.directive_complaints x
            WHERE x.directive_id = d.id),
        jsonb_build_object('directive', d.id, 'agency', a.code)
    FROM hotline.agencies a WHERE a.id = d.agency_id
$$;

-- args: agency, text, due_us, filter, area (GeoJSON as text, or absent), about, complaints (ids that the
-- service found; those of another agency, and those that have ended by now, are left out).
CREATE FUNCTION hotline.directive_give(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    target hotline.agencies;
    d hotline.directives;
    ids bigint[];
    shape public.geometry;
BEGIN
    SELECT * INTO target FROM hotline.agencies a
    WHERE a.code = args ->> 'agency' AND a.valid @> hotline.city_day(now());
    IF target.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'agency', args ->> 'agency');
    ELSIF hotline.instant(args, 'due_us') <= now() THEN
        RETURN hotline.refusal('past', 'due_at');
    END IF;
    IF args ->> 'area' IS NOT NULL THEN
        shape := ST_Multi(ST_CollectionExtract(ST_MakeValid(
            ST_SetSRID(ST_GeomFromGeoJSON(args ->> 'area'), 4326)), 3));
        IF ST_IsEmpty(shape) THEN
            RETURN hotline.refusal('no_area', 'area');
        END IF;
    END IF;
    SELECT array_agg(c.id ORDER BY c.id) INTO ids
    FROM jsonb_array_elements_text(args -> 'complaints') given(id)
    JOIN hotline.complaints c ON c.id = given.id::bigint
    JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE a.code = target.code AND c.status NOT IN ('resolved', 'closed', 'rejected');
    IF ids IS NULL THEN
        RETURN hotline.refusal('covers_nothing', 'agency', target.name);
    END IF;
    INSERT INTO hotline.directives (agency_id, about, filter, area, text, due_at, created_by)
    VALUES (target.id, args ->> 'about', coalesce(args ->> 'filter', ''), shape, args ->> 'text',
            hotline.instant(args, 'due_us'), who.actor) RETURNING * INTO d;
    INSERT INTO hotline.directive_complaints SELECT d.id, unnest(ids);
    INSERT INTO hotline.directive_history (directive_id, event, actor, text, due_at)
    VALUES (d.id, 'given', who.actor, d.text, d.due_at);
    PERFORM FROM hotline.complaints c WHERE c.id = ANY (ids) ORDER BY c.id FOR NO KEY UPDATE;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT id, now(), 'directed', who.actor, jsonb_build_object('internal',
        jsonb_build_object('directive', d.id, 'due_at', d.due_at)) FROM unnest(ids) id ORDER BY id;
    PERFORM hotline.directive_told(d, 'given');
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.directive_json(d, true));
END $$;

-- The directive for an action, locked; or the refusal. args: id, version.
CREATE FUNCTION hotline.directive_for(who hotline.actor, args jsonb, states text[],
    OUT d hotline.directives, OUT refused jsonb) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO d FROM hotline.directives k WHERE k.id = (args ->> 'id')::integer FOR UPDATE;
    IF d.id IS NULL OR NOT hotline.directive_seen(who, d) THEN
        refused := hotline.refusal('not_found');
    ELSIF d.version <> (args ->> 'version')::integer THEN
        refused := hotline.refusal('stale', 'version', d.version::text);
    ELSIF NOT d.state = ANY (states) THEN
        refused := hotline.refusal('wrong_state', 'action', d.state);
    END IF;
END $$;

-- What every action ends with: the new row, its history, the outbox.
CREATE FUNCTION hotline.directive_done(d hotline.directives, who hotline.actor, event text, words text)
    RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    stored hotline.directives;
BEGIN
    UPDATE hotline.directives k SET state = d.state, due_at = d.due_at, answered_at = d.answered_at,
        ended_at = d.ended_at, reminders = d.reminders, reminded_at = d.reminded_at,
        version = k.version + 1 WHERE k.id = d.id RETURNING * INTO stored;
    INSERT INTO hotline.directive_history (directive_id, event, actor, text, due_at)
    VALUES (d.id, event, who.actor, coalesce(words, ''), stored.due_at);
    PERFORM hotline.directive_told(stored, event);
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.directive_json(stored, true));
END $$;

-- args: id, version, text.
CREATE FUNCTION hotline.directive_answer(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    got record;
    d hotline.directives;
BEGIN
    SELECT * INTO got FROM hotline.directive_for(who, args, '{open}');
    d := got.d;
    IF got.refused IS NOT NULL THEN
        RETURN got.refused;
    END IF;
    d.state := 'answered';
    d.answered_at := coalesce(d.answered_at, now());
    RETURN hotline.directive_done(d, who, 'answered', args ->> 'text');
END $$;

-- args: id, version, text (may be absent).
CREATE FUNCTION hotline.directive_accept(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    got record;
    d hotline.directives;
BEGIN
    SELECT * INTO got FROM hotline.directive_for(who, args, '{answered}');
    d := got.d;
    IF got.refused IS NOT NULL THEN
        RETURN got.refused;
    END IF;
    d.state := 'accepted';
    d.ended_at := now();
    RETURN hotline.directive_done(d, who, 'accepted', args ->> 'text');
END $$;

-- The answer does not do: args: id, version, text, due_us (a new deadline, may be absent).
CREATE FUNCTION hotline.directive_send_back(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    got record;
    d hotline.directives;
BEGIN
    SELECT * INTO got FROM hotline.directive_for(who, args, '{answered}');
    d := got.d;
    IF got.refused IS NOT NULL THEN
        RETURN got.refused;
    ELSIF hotline.instant(args, 'due_us') <= now() THEN
        RETURN hotline.refusal('past', 'due_at');
    END IF;
    d.state := 'open';
    d.answered_at := NULL;
    d.due_at := coalesce(hotline.instant(args, 'due_us'), d.due_at);
    RETURN hotline.directive_done(d, who, 'sent_back', args ->> 'text');
END $$;

-- "Nhắc xử lý". args: id, version, text (may be absent).
CREATE FUNCTION hotline.directive_remind(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    got record;
    d hotline.directives;
BEGIN
    SELECT * INTO got FROM hotline.directive_for(who, args, '{open}');
    d := got.d;
    IF got.refused IS NOT NULL THEN
        RETURN got.refused;
    END IF;
    d.reminders := d.reminders + 1;
    d.reminded_at := now();
    RETURN hotline.directive_done(d, who, 'reminded', args ->> 'text');
END $$;

-- args: id, version, text (why).
CREATE FUNCTION hotline.directive_withdraw(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    got record;
    d hotline.directives;
BEGIN
    SELECT * INTO got FROM hotline.directive_for(who, args, '{open,answered}');
    d := got.d;
    IF got.refused IS NOT NULL THEN
        RETURN got.refused;
    END IF;
    d.state := 'withdrawn';
    d.ended_at := now();
    RETURN hotline.directive_done(d, who, 'withdrawn', args ->> 'text');
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('directive.give', 'directive_give', '{leader}'),
    ('directive.answer', 'directive_answer', '{agency_staff,agency_head}'),
    ('directive.accept', 'directive_accept', '{leader}'),
    ('directive.send_back', 'directive_send_back', '{leader}'),
    ('directive.remind', 'directive_remind', '{leader,supervisor}'),
    ('directive.withdraw', 'directive_withdraw', '{leader}');
INSERT INTO hotline.audited_actions (action)
    SELECT action FROM hotline.actions WHERE action LIKE 'directive.%';

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'hotline'::regnamespace
             AND p.proname ~ '^directives?_' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION hotline.directives_list(text, text, text, boolean, integer, integer),
    hotline.directive_one(text, integer), hotline.directives_of(text, bigint) TO hotline_service;

RESET check_function_bodies;
RESET ROLE;
