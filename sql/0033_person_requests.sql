-- What a person may ask for: everything that is known about them, or that it be erased. An administrator
-- enters it after the person proved that the number or address is theirs; a second person decides.
SET ROLE hotline_owner;
SET check_function_bodies = off; -- some call what 0036_erasure.sql has

CREATE TABLE personal.requests (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('export', 'erase')),
    contact text CHECK (length(contact) <= 254), -- NULL once it is done with
    masked text NOT NULL,
    verified text NOT NULL CHECK (length(verified) BETWEEN 1 AND 500), -- how, in words
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'done', 'refused')),
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    decided_by text CHECK (decided_by <> asked_by),
    decided_at timestamptz,
    reason text NOT NULL DEFAULT '',
    counts jsonb NOT NULL DEFAULT '{}'
);

-- Who is meant by a number or an address; exactly one of the two is not NULL.
CREATE FUNCTION personal.contact_phone(contact text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN contact NOT LIKE '%@%' THEN personal.phone_key(contact) END
$$;
CREATE FUNCTION personal.contact_email(contact text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN contact LIKE '_%@_%._%' THEN lower(contact) END
$$;

CREATE FUNCTION personal.is_contact(contact text, phone text, email text) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(personal.phone_key(phone) = personal.contact_phone(contact), false)
        OR coalesce(lower(email) = personal.contact_email(contact), false)
$$;

CREATE FUNCTION hotline.person_request_json(q personal.requests) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', q.id, 'kind', q.kind, 'contact', q.masked,
        'verified', q.verified, 'state', q.state, 'asked_by', q.asked_by, 'asked_at', q.asked_at,
        'decided_by', q.decided_by, 'decided_at', q.decided_at, 'reason', q.reason,
        'counts', q.counts)
$$;

-- args: kind, contact, verified.
CREATE FUNCTION hotline.person_ask(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    q personal.requests;
    given text := args ->> 'contact';
BEGIN
    IF args ->> 'kind' NOT IN ('export', 'erase') THEN
        RETURN hotline.refusal('unknown', 'kind', args ->> 'kind');
    ELSIF num_nonnulls(personal.contact_phone(given), personal.contact_email(given)) <> 1 THEN
        RETURN hotline.refusal('no_contact', 'contact');
    END IF;
    INSERT INTO personal.requests (kind, contact, masked, verified, asked_by)
    VALUES (args ->> 'kind', given, coalesce(CASE WHEN given LIKE '%@%'
        THEN personal.email_masked(given) ELSE personal.phone_masked(given) END, '•••'),
        args ->> 'verified', who.actor) RETURNING * INTO q;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.person_request_json(q));
END $$;

-- Erases the person from everything but what is held for the law; answers the counts.
CREATE FUNCTION personal.person_erase(contact text, by_actor text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    own bigint[];
    joined bigint[];
    co_reports bigint[];
    held bigint;
    calls bigint;
    messages bigint;
    comments bigint;
    reasons bigint;
    said jsonb;
BEGIN
    SELECT array_agg(r.complaint_id) FILTER (WHERE NOT hotline.held(r.complaint_id)),
        count(*) FILTER (WHERE hotline.held(r.complaint_id)) INTO own, held
    FROM personal.reporters r WHERE personal.is_contact(contact, r.phone, r.email);
    SELECT array_agg(DISTINCT p.complaint_id) FILTER (WHERE NOT hotline.held(p.complaint_id)),
        array_agg(p.co_report_id) FILTER (WHERE NOT hotline.held(p.complaint_id)),
        held + count(*) FILTER (WHERE hotline.held(p.complaint_id)) INTO joined, co_reports, held
    FROM personal.co_reporters p WHERE personal.is_contact(contact, p.phone, p.email);
    own := coalesce(own, '{}');
    joined := coalesce(joined, '{}');
    co_reports := coalesce(co_reports, '{}');
    PERFORM FROM hotline.complaints c WHERE c.id = ANY (own || joined)
        ORDER BY c.id FOR NO KEY UPDATE;
    UPDATE personal.reporters r SET name = NULL, phone = NULL, email = NULL, erased_at = now()
    WHERE r.complaint_id = ANY (own);
    UPDATE personal.co_reporters p SET name = NULL, phone = NULL, email = NULL, description = NULL,
        erased_at = now()
    WHERE p.co_report_id = ANY (co_reports);
    UPDATE hotline.complaint_ratings g SET comment = NULL
    WHERE g.co_report_id = ANY (co_reports) AND g.comment IS NOT NULL;
    GET DIAGNOSTICS comments = ROW_COUNT;
    DELETE FROM personal.call_numbers n
    WHERE personal.phone_key(n.number) = personal.contact_phone(contact);
    GET DIAGNOSTICS calls = ROW_COUNT;
    UPDATE personal.number_looks l SET number = '•••'
    WHERE personal.phone_key(l.number) = personal.contact_phone(contact);
    messages := personal.inbound_erase(personal.messages_of(contact), by_actor);
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT id, now(), 'contacts_erased', by_actor, '{"why": "request"}'
    FROM (SELECT DISTINCT unnest(own || joined) AS id) t ORDER BY id;
    PERFORM personal.notices_erase(joined,
        ARRAY (SELECT 'co_reporter:' || unnest(co_reports)));
    said := personal.words_erase(own, true, by_actor);
    reasons := personal.reasons_erase(joined, co_reports, by_actor);
    RETURN jsonb_build_object('complaints', cardinality(own), 'joined', cardinality(co_reports),
        'calls', calls, 'held', held, 'files', said -> 'files',
        'messages', messages + (said ->> 'messages')::bigint,
        'comments', comments + (said ->> 'comments')::bigint,
        'reasons', reasons + (said ->> 'reasons')::bigint);
END $$;

-- args: id, approve (true or false), reason. Not by whoever asked.
CREATE FUNCTION hotline.person_decide(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    q personal.requests;
    approve boolean := (args ->> 'approve')::boolean;
BEGIN
    SELECT * INTO q FROM personal.requests k WHERE k.id = (args ->> 'id')::integer FOR UPDATE;
    IF q.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF q.state <> 'asked' THEN
        RETURN hotline.refusal('wrong_state', 'approve', q.state);
    ELSIF q.asked_by = who.actor THEN
        RETURN hotline.refusal('second_person', 'approve');
    END IF;
    IF approve AND q.kind = 'erase' THEN
        q.counts := personal.person_erase(q.contact, who.actor);
        INSERT INTO hotline.erasures (why, actor, counts) VALUES ('request', who.actor, q.counts);
    END IF;
    UPDATE personal.requests k SET state = CASE WHEN approve THEN 'done' ELSE 'refused' END,
        decided_by = who.actor, decided_at = now(), reason = coalesce(args ->> 'reason', ''),
        counts = q.counts, contact = CASE WHEN approve AND q.kind = 'export' THEN k.contact END
    WHERE k.id = q.id RETURNING * INTO q;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.person_request_json(q));
END $$;

CREATE FUNCTION hotline.person_requests(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('requests', coalesce(jsonb_agg(hotline.person_request_json(q)
        ORDER BY q.id DESC), '[]'))
    FROM (SELECT * FROM personal.requests ORDER BY id DESC LIMIT 200) q
    WHERE (hotline.actor_of(asked)).role IN ('administrator', 'auditor', 'supervisor')
$$;

-- Everything about the person, for a week after it was approved, for the administrator who asked. Each
-- reading is a look at every complaint in it. NULL: not theirs, not approved, or too late.
CREATE FUNCTION hotline.person_file(asked text, wanted integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    q personal.requests;
    found jsonb;
BEGIN
    SELECT * INTO q FROM personal.requests k WHERE k.id = wanted AND k.kind = 'export'
        AND k.state = 'done' AND k.asked_by = asked AND k.decided_at > now() - interval '7 days'
        AND (hotline.actor_of(asked)).role = 'administrator';
    IF q.id IS NULL THEN
        RETURN NULL;
    END IF;
    WITH theirs AS (
        SELECT r.complaint_id, NULL::bigint AS co_report, r.name, r.phone, r.email, NULL AS said
        FROM personal.reporters r WHERE personal.is_contact(q.contact, r.phone, r.email)
        UNION ALL
        SELECT p.complaint_id, p.co_report_id, p.name, p.phone, p.email, p.description
        FROM personal.co_reporters p WHERE personal.is_contact(q.contact, p.phone, p.email)
    ), looked AS (
        INSERT INTO personal.reporter_looks (complaint_id, viewer, purpose, note)
        SELECT DISTINCT complaint_id, asked, 'export', 'request ' || q.id FROM theirs
    )
    SELECT jsonb_build_object('request', q.id, 'made_at', now(), 'complaints', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('code', coalesce(o.code, c.code),
            'part', CASE WHEN t.co_report IS NULL THEN 'reporter' ELSE 'co_reporter' END,
            'name', t.name, 'phone', t.phone, 'email', t.email, 'said', t.said,
            'received_at', c.received_at, 'joined_at', o.at, 'closed_at', c.closed_at,
            'status', c.status, 'channel', coalesce(o.channel, c.channel),
            'category', k.name_vi,
            'description', CASE WHEN t.co_report IS NULL THEN c.description END,
            'address', CASE WHEN t.co_report IS NULL THEN c.address END,
            'lon', ST_X(c.geom), 'lat', ST_Y(c.geom), 'agency', a.name,
            'history', (SELECT jsonb_agg(jsonb_build_object('at', h.at, 'event', h.event) ORDER BY h.n)
                FROM hotline.complaint_history h WHERE h.complaint_id = c.id
                AND h.event <> ALL (hotline.internal_events())),
            'answers', hotline.complaint_answers_json(c.id, false),
            'looks', hotline.looks_of(c.code) -> 'looks')
            || personal.said_json(c, t.co_report) ORDER BY c.received_at), '[]')
        FROM theirs t JOIN hotline.complaints c ON c.id = t.complaint_id
        LEFT JOIN hotline.co_reports o ON o.id = t.co_report
        JOIN hotline.categories k ON k.id = c.category_id
        JOIN hotline.agencies a ON a.id = c.agency_id))
        || personal.traffic_json(q.contact) INTO found;
    PERFORM hotline.audit('personal.exported', asked, 'request:' || q.id,
        jsonb_build_object('complaints', jsonb_array_length(found -> 'complaints')));
    RETURN found;
END $$;

INSERT INTO hotline.look_purposes (code, name_vi, name_en, roles, active) VALUES
    ('export', 'Trích xuất theo yêu cầu của chính người đó', 'Export that the person asked for', '{}', true);
INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('person.ask', 'person_ask', '{administrator}'),
    ('person.decide', 'person_decide', '{administrator,supervisor}');
INSERT INTO hotline.audited_actions (action) VALUES ('person.ask'), ('person.decide');

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace IN ('hotline'::regnamespace,
             'personal'::regnamespace) AND p.proname ~ '^(person_|contact_|is_contact)' LOOP
        IF f::text NOT LIKE '%person_named%' THEN
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
        END IF;
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION hotline.person_requests(text), hotline.person_file(text, integer)
    TO hotline_service;

RESET check_function_bodies;
RESET ROLE;
