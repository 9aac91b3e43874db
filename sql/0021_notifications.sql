-- Telling people: who is told what, by which medium, in which words; and that a deadline comes near.
--
--   outbox row ──plan──> notices, one per recipient and medium ──claim──> sending ──> sent
--                                     ^                                     │
--                                     └───── failed: later, again ──────────┤
--                                                                           └──> dead ──replay──> waiting
--
-- An outbox row is planned once, in one transaction with its notices; a notice is claimed with a lease,
-- so that several services share the work and one that dies loses none. docs/notifications.md tells it
-- to people; docs/decisions/0013-telling-people.md says why it is so.
SET ROLE hotline_owner;

-- --- settings --------------------------------------------------------------------------------------

-- public_url: where the pages are, for links ("": none are written). Seconds and counts of retries;
-- expire_hours: what could not be sent for so long is no news any more and becomes a dead letter.
INSERT INTO hotline.settings (key, value) VALUES ('notify', '{
    "public_url": "", "sender_vi": "Tổng đài 1022", "sender_en": "Hotline 1022",
    "reporter_media": "preferred", "sms_unaccented": true, "expire_hours": 168,
    "retry": {"first_s": 30, "most_s": 21600, "attempts": 12},
    "webhook": {"allow_private": false, "allow_http": false, "in_flight": 4, "open_after": 5,
                "open_first_s": 30, "open_most_s": 900},
    "ladder_since": null}');
UPDATE hotline.settings SET value = jsonb_set(value, '{ladder_since}', to_jsonb(now()))
WHERE key = 'notify';

-- A number of the settings above: hotline.notify_number('retry', 'first_s').
CREATE FUNCTION hotline.notify_number(VARIADIC path text[]) RETURNS double precision
    LANGUAGE sql STABLE AS $$
    SELECT (s.value #>> path)::double precision FROM hotline.settings s WHERE s.key = 'notify'
$$;
CREATE FUNCTION hotline.notify_text(VARIADIC path text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT s.value #>> path FROM hotline.settings s WHERE s.key = 'notify'
$$;


-- --- who is told what ------------------------------------------------------------------------------

-- No row: nobody is told by e-mail or SMS. Webhooks and the pages of staff hear of every event.
CREATE TABLE hotline.notice_rules (
    event text NOT NULL CHECK (event ~ '^[a-z_]+$'),
    audience text NOT NULL CHECK (audience IN ('reporter', 'desk', 'assignee', 'agency_head',
        'supervisor', 'leader', 'task')),
    media text[] NOT NULL CHECK (media <@ '{email,sms}'),
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (event, audience)
);
INSERT INTO hotline.notice_rules (event, audience, media) VALUES
    ('received', 'reporter', '{email,sms}'),
    ('answered', 'reporter', '{email,sms}'),
    ('paused', 'reporter', '{email,sms}'),
    ('extended', 'reporter', '{email,sms}'),
    ('referred', 'reporter', '{email,sms}'),
    ('resolved', 'reporter', '{email,sms}'),
    ('rejected', 'reporter', '{email,sms}'),
    ('reopened', 'reporter', '{email,sms}'),
    ('joined', 'reporter', '{email,sms}'),
    ('received', 'desk', '{email}'),
    ('split', 'task', '{email}'),
    ('directive_given', 'desk', '{email}'),
    ('directive_given', 'agency_head', '{email,sms}'),
    ('directive_reminded', 'agency_head', '{email,sms}'),
    ('directive_sent_back', 'agency_head', '{email}'),
    ('rerouted', 'desk', '{email}'),
    ('assigned', 'desk', '{email}'),
    ('assigned', 'assignee', '{email}'),
    ('reopened', 'desk', '{email}'),
    ('reopened', 'agency_head', '{email}'),
    ('returned', 'supervisor', '{email}'),
    ('at_risk', 'desk', '{email}'),
    ('at_risk', 'assignee', '{email}'),
    ('late', 'desk', '{email}'),
    ('late', 'assignee', '{email}'),
    ('late', 'agency_head', '{email}'),
    ('unaccepted', 'desk', '{email}'),
    ('escalated', 'agency_head', '{email,sms}'),
    ('escalated', 'supervisor', '{email}');

-- Where staff are told: an account's own, a desk's or an agency's mailbox or number. `events` NULL:
-- of all that the rules say. Who is told for a desk that has none: its agency.
CREATE TABLE personal.contacts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer REFERENCES hotline.users ON DELETE CASCADE,
    agency_id integer REFERENCES hotline.agencies,
    desk_id integer REFERENCES hotline.desks,
    medium text NOT NULL CHECK (medium IN ('email', 'sms')),
    address text NOT NULL CHECK (length(address) BETWEEN 3 AND 254 AND address !~ '[[:cntrl:][:space:]]'),
    lang text NOT NULL DEFAULT 'vi' CHECK (lang IN ('vi', 'en')),
    events text[],
    active boolean NOT NULL DEFAULT true,
    CHECK (num_nonnulls(user_id, agency_id, desk_id) = 1),
    UNIQUE NULLS NOT DISTINCT (user_id, agency_id, desk_id, medium, address)
);

-- Who asked not to be told of a complaint any more ("reporter", "co_reporter:ID").
CREATE TABLE personal.unsubscribed (
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    recipient text NOT NULL,
    medium text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (complaint_id, recipient, medium)
);

-- Events as people read of them.
CREATE TABLE hotline.notice_events (
    event text PRIMARY KEY CHECK (event ~ '^[a-z_]+$'),
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> '')
);

-- The words. {{name}} is filled in from a notice's facts (docs/notifications.md lists them); a line
-- whose placeholder is empty is left out. What is filled in is escaped by the medium it goes to.
CREATE TABLE hotline.notice_templates (
    event text NOT NULL CHECK (event ~ '^[a-z_]+$'),
    audience text NOT NULL CHECK (audience IN ('reporter', 'staff')),
    medium text NOT NULL CHECK (medium IN ('email', 'sms')),
    lang text NOT NULL CHECK (lang IN ('vi', 'en')),
    subject text NOT NULL DEFAULT '' CHECK (length(subject) <= 200 AND subject !~ '[[:cntrl:]]'),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 8000),
    edited_by text,
    edited_at timestamptz,
    PRIMARY KEY (event, audience, medium, lang),
    CHECK ((medium = 'email') = (subject <> ''))
);

-- --- webhooks --------------------------------------------------------------------------------------

-- Another system that is told. Its secret is apart, so that nobody reads it by reading this.
CREATE TABLE hotline.webhooks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    url text NOT NULL CHECK (url ~ '^https?://[^[:space:][:cntrl:]]+$' AND length(url) <= 1000),
    events text[] NOT NULL DEFAULT '{}',       -- empty: all
    agency_id integer REFERENCES hotline.agencies, -- of its complaints only
    active boolean NOT NULL DEFAULT true,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    -- The circuit: after so many failures in a row nothing is tried before open_until, then one.
    failures integer NOT NULL DEFAULT 0,
    open_until timestamptz,
    last_error text,
    last_sent_at timestamptz
);
CREATE TABLE hotline.webhook_secrets (
    webhook_id integer PRIMARY KEY REFERENCES hotline.webhooks ON DELETE CASCADE,
    secret text NOT NULL CHECK (secret ~ '^whsec_[0-9a-f]{64}$')
);

-- --- notices ---------------------------------------------------------------------------------------

ALTER TABLE hotline.outbox ADD COLUMN planned_at timestamptz;
UPDATE hotline.outbox SET planned_at = now(); -- what happened before anybody could be told is no news
CREATE INDEX outbox_unplanned ON hotline.outbox (id) WHERE planned_at IS NULL;

-- One message to one recipient. Holds no address and no name: `recipient` says where to look them up
-- when it is sent. `told_id` goes out with it, the same at every attempt.
CREATE TABLE hotline.notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    told_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    outbox_id bigint NOT NULL REFERENCES hotline.outbox,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    event text NOT NULL,
    audience text NOT NULL,
    recipient text NOT NULL,                   -- reporter, co_reporter:ID, contact:ID, webhook:ID
    webhook_id integer REFERENCES hotline.webhooks,
    medium text NOT NULL CHECK (medium IN ('email', 'sms', 'webhook')),
    lang text NOT NULL CHECK (lang IN ('vi', 'en')),
    facts jsonb NOT NULL,                      -- as they were when it happened
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'dead')),
    made_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz,
    due_at timestamptz NOT NULL DEFAULT now(), -- waiting: not before; sending: its lease ends
    attempts integer NOT NULL DEFAULT 0,
    claimed_by text,
    ended_at timestamptz,
    error text,
    UNIQUE (outbox_id, recipient, medium),
    CHECK ((medium = 'webhook') = (webhook_id IS NOT NULL))
);
CREATE INDEX notices_due ON hotline.notices (medium, due_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX notices_webhook ON hotline.notices (webhook_id, due_at)
    WHERE state IN ('waiting', 'sending') AND webhook_id IS NOT NULL;
CREATE INDEX notices_order ON hotline.notices (complaint_id, recipient, medium, id)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX notices_dead ON hotline.notices (id) WHERE state = 'dead';
CREATE INDEX notices_ended ON hotline.notices (ended_at) WHERE ended_at IS NOT NULL;

-- Every attempt and what came of it. `answer`: the receiver's, in short.
CREATE TABLE hotline.notice_attempts (
    notice_id bigint NOT NULL REFERENCES hotline.notices ON DELETE CASCADE,
    attempt integer NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL CHECK (outcome IN ('sent', 'failed', 'refused', 'expired', 'replayed')),
    answer text NOT NULL DEFAULT ''
);
CREATE INDEX notice_attempts_notice ON hotline.notice_attempts (notice_id, at);

-- --- the ladder ------------------------------------------------------------------------------------

-- Steps of a complaint's clock, in shares of the time that it has: 0.8 is "four fifths have passed",
-- 1 is due, 1.5 is half as long again. `audiences` are told of `event` besides those of notice_rules.
CREATE TABLE hotline.escalations (
    step integer PRIMARY KEY CHECK (step > 0),
    clock text NOT NULL CHECK (clock IN ('accept', 'resolve')),
    share double precision NOT NULL CHECK (share > 0 AND share <= 100),
    event text NOT NULL CHECK (event IN ('at_risk', 'late', 'unaccepted', 'escalated')),
    audiences text[] NOT NULL CHECK (audiences <@ '{desk,assignee,agency_head,supervisor,leader}'),
    active boolean NOT NULL DEFAULT true,
    CHECK ((event = 'at_risk') = (share < 1))
);
INSERT INTO hotline.escalations (step, clock, share, event, audiences) VALUES
    (10, 'resolve', 0.8, 'at_risk', '{desk,assignee}'),
    (20, 'resolve', 1.0, 'late', '{desk,assignee,agency_head}'),
    (30, 'resolve', 1.25, 'escalated', '{agency_head}'),
    (40, 'resolve', 1.5, 'escalated', '{supervisor}'),
    (110, 'accept', 1.0, 'unaccepted', '{desk}'),
    (120, 'accept', 2.0, 'unaccepted', '{agency_head}');

-- What was told, once for each due time that a complaint had.
CREATE TABLE hotline.escalations_done (
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    step integer NOT NULL,
    due_at timestamptz NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (complaint_id, step, due_at)
);

-- Open ones by when they are due: the ladder walks along these, never over all complaints.
CREATE INDEX IF NOT EXISTS complaints_open_in_order ON hotline.complaints (due_at, id)
    WHERE closed_at IS NULL;
CREATE INDEX complaints_open_accept ON hotline.complaints (accept_due_at)
    WHERE closed_at IS NULL AND status IN ('received', 'assigned', 'reopened');

GRANT SELECT ON hotline.notice_rules, hotline.notice_events, hotline.notice_templates,
    hotline.webhooks, hotline.notices,
    hotline.notice_attempts, hotline.escalations, hotline.escalations_done
    TO hotline_service, hotline_readonly;

-- The dispatchers are woken by whatever is written.
CREATE FUNCTION hotline.outbox_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hotline_outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_told AFTER INSERT ON hotline.outbox
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.outbox_told();


-- --- planning --------------------------------------------------------------------------------------

-- What somebody said that belongs to an event: the answer, the reason; never what is internal.
CREATE FUNCTION hotline.notice_said(o hotline.outbox, of_event text) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF of_event = 'received' THEN
        RETURN '{}';
    END IF;
    RETURN (
    WITH said AS (
        SELECT coalesce((SELECT a.text FROM hotline.complaint_answers a
                WHERE a.id = (o.payload ->> 'answer')::bigint AND a.complaint_id = o.complaint_id),
            o.payload ->> 'text', o.payload ->> 'reason',
            (SELECT coalesce(h.detail ->> 'text', h.detail ->> 'reason')
             FROM hotline.complaint_history h
             WHERE h.complaint_id = o.complaint_id AND h.event = of_event
             ORDER BY h.id DESC LIMIT 1)) AS text)
    SELECT jsonb_build_object('vi', coalesce(p.name_vi, s.text), 'en', coalesce(p.name_en, s.text))
    FROM said s LEFT JOIN hotline.pause_reasons p ON of_event = 'paused' AND p.code = s.text);
END $$;

-- What messages are made of, as it is when the event is planned. No name, no address, no number.
CREATE FUNCTION hotline.notice_facts(o hotline.outbox, c hotline.complaints, of_event text)
    RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('event', o.topic, 'at', o.created_at, 'sequence', o.id,
        'event_name', (SELECT jsonb_build_object('vi', e.name_vi, 'en', e.name_en)
                       FROM hotline.notice_events e WHERE e.event = of_event),
        'code', c.code, 'status', c.status, 'channel', c.channel,
        'category_code', k.code, 'category', jsonb_build_object('vi', k.name_vi, 'en', k.name_en),
        'agency_code', a.code, 'agency', jsonb_build_object('vi', a.name,
            'en', coalesce(nullif(a.name_en, ''), a.name)),
        'desk_code', d.code, 'desk', d.name, 'ward_code', w.code, 'place', w.name,
        'received_at', c.received_at, 'due_at', c.due_at, 'accept_due_at', c.accept_due_at,
        'said', hotline.notice_said(o, of_event), 'description', left(c.description, 1000))
    FROM hotline.categories k, hotline.agencies a
    LEFT JOIN hotline.desks d ON d.id = c.desk_id
    LEFT JOIN hotline.boundaries w ON w.id = c.ward_id
    WHERE k.id = c.category_id AND a.id = c.agency_id);
END $$;

-- Those who reported it and left where to tell them, co-reporters (sql/0022_duplicates.sql) with the code
-- that they follow it by; by which medium each is told, where a rule offers several: who called or sent
-- a message by phone, else by e-mail ("all" in the settings: by each).
CREATE FUNCTION hotline.notice_reporters(c hotline.complaints, offered text[])
    RETURNS TABLE (recipient text, medium text, lang text, code text)
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    WITH people AS (
        SELECT 'reporter' AS recipient, c.channel AS channel, r.email, r.phone, r.lang, c.code AS code
        FROM personal.reporters r WHERE r.complaint_id = c.id
        UNION ALL
        SELECT 'co_reporter:' || t.co_report_id, o.channel, t.email, t.phone, NULL, t.code
        FROM personal.co_reporters_to_tell(c.id) t JOIN hotline.co_reports o ON o.id = t.co_report_id
        WHERE c.reporters > 1
    ), ways AS (
        SELECT p.recipient, w.medium, coalesce(p.lang, 'vi') AS lang, p.code,
            row_number() OVER (PARTITION BY p.recipient ORDER BY
                (w.medium = 'sms') = (p.channel IN ('phone', 'sms')) DESC) AS n
        FROM people p, LATERAL (VALUES ('email', p.email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
            ('sms', p.phone ~ '[0-9]{3}')) AS w(medium, there)
        WHERE w.there AND w.medium = ANY (offered) AND NOT EXISTS (
            SELECT FROM personal.unsubscribed u WHERE u.complaint_id = c.id
              AND u.recipient = p.recipient AND u.medium = w.medium)
    )
    SELECT w.recipient, w.medium, w.lang, w.code FROM ways w
    WHERE w.n = 1 OR hotline.notify_text('reporter_media') = 'all';
END $$;

-- The accounts and mailboxes of one audience. Of a directive it is the agency that got it, of sub-tasks
-- (audience `task`) each that has one open, else the complaint's own.
CREATE FUNCTION hotline.notice_contacts(o hotline.outbox, c hotline.complaints, of_audience text)
    RETURNS SETOF personal.contacts LANGUAGE sql STABLE AS $$
    WITH agency AS (
        SELECT s.id FROM hotline.agencies s
        WHERE of_audience <> 'task' AND s.code = CASE WHEN o.topic LIKE 'directive.%'
            THEN o.payload ->> 'agency'
            ELSE (SELECT a.code FROM hotline.agencies a WHERE a.id = c.agency_id) END
        UNION ALL
        SELECT s.id FROM hotline.complaint_tasks t JOIN hotline.agencies a ON a.id = t.agency_id
        JOIN hotline.agencies s ON s.code = a.code
        WHERE of_audience = 'task' AND t.complaint_id = c.id AND t.status IN ('assigned', 'accepted')
    ), desk AS (
        SELECT k.* FROM personal.contacts k
        WHERE of_audience = 'desk' AND k.active AND k.desk_id = c.desk_id
          AND o.topic NOT LIKE 'directive.%'
    )
    SELECT * FROM desk
    UNION ALL
    SELECT k.* FROM personal.contacts k
    WHERE of_audience IN ('desk', 'task') AND k.active AND k.agency_id IN (SELECT id FROM agency)
      AND NOT EXISTS (SELECT FROM desk)
    UNION ALL
    SELECT k.* FROM personal.contacts k JOIN hotline.users u ON u.id = k.user_id
    WHERE k.active AND u.active AND CASE of_audience
        WHEN 'agency_head' THEN u.role = 'agency_head' AND u.agency_id IN (SELECT id FROM agency)
        WHEN 'supervisor' THEN u.role = 'supervisor'
        WHEN 'leader' THEN u.role = 'leader'
        WHEN 'assignee' THEN u.id = (to_jsonb(c) ->> 'assignee_id')::integer
        ELSE false END
$$;

-- Everybody who is to be told of one outbox row. A step of the ladder names its own audiences.
CREATE FUNCTION hotline.notice_recipients(o hotline.outbox, c hotline.complaints, of_event text)
    RETURNS TABLE (audience text, recipient text, medium text, lang text, webhook_id integer, code text)
    LANGUAGE sql STABLE AS $$
    WITH told AS (
        SELECT r.audience, r.media FROM hotline.notice_rules r
        WHERE r.event = of_event AND r.active AND o.payload -> 'audiences' IS NULL
        UNION ALL
        SELECT s.audience, coalesce(r.media, '{email}')
        FROM jsonb_array_elements_text(o.payload -> 'audiences') AS s(audience)
        LEFT JOIN hotline.notice_rules r ON r.event = of_event AND r.audience = s.audience
        WHERE coalesce(r.active, true)
    )
    SELECT t.audience, p.recipient, p.medium, p.lang, NULL::integer, p.code
    FROM told t, LATERAL hotline.notice_reporters(c, t.media) p
    WHERE t.audience = 'reporter'
      -- Who joined is told so, and nobody else of it.
      AND (of_event <> 'joined' OR p.recipient = 'co_reporter:' || (o.payload ->> 'co_report'))
    UNION ALL
    SELECT t.audience, 'contact:' || k.id, k.medium, k.lang, NULL, c.code
    FROM told t, LATERAL hotline.notice_contacts(o, c, t.audience) k
    WHERE t.audience <> 'reporter' AND k.medium = ANY (t.media)
      AND (k.events IS NULL OR of_event = ANY (k.events))
    UNION ALL
    SELECT 'system', 'webhook:' || h.id, 'webhook', 'vi', h.id, c.code
    FROM hotline.webhooks h
    WHERE h.active AND (h.events = '{}' OR of_event = ANY (h.events))
      AND (h.agency_id IS NULL OR EXISTS (
        SELECT FROM hotline.agencies a JOIN hotline.agencies b ON b.code = a.code
        WHERE a.id = h.agency_id AND b.id = c.agency_id))
$$;

-- Makes the notices of the next outbox rows, in the order of their ids: one planner at a time, so that
-- a complaint's notices have ids in the order of its events. Tells the pages of staff too, as
-- "CODE EVENT AGENCY DESK FROM CATEGORY;..." (a dash for none). Answers how many rows it took.
CREATE FUNCTION hotline.notices_plan(most integer, OUT planned integer, OUT made integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off SET jit = off
    SET plan_cache_mode = force_generic_plan -- rows by their ids, whichever they are
    AS $$
DECLARE
    ids bigint[];
    told text[];
BEGIN
    planned := 0;
    made := 0;
    IF NOT pg_try_advisory_xact_lock(1022, 21) THEN
        RETURN;
    END IF;
    ids := ARRAY (SELECT o.id FROM hotline.outbox o WHERE o.planned_at IS NULL
                  ORDER BY o.id LIMIT most);
    planned := cardinality(ids);
    IF planned = 0 THEN
        RETURN;
    END IF;
    INSERT INTO hotline.notices (outbox_id, complaint_id, event, audience, recipient, webhook_id,
        medium, lang, facts)
    WITH told AS MATERIALIZED (
        SELECT o.id, c.id AS complaint_id, e.event, r.audience, r.recipient, r.webhook_id, r.medium,
            r.lang, r.code
        FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id,
            LATERAL (SELECT CASE WHEN o.topic LIKE 'complaint.%' THEN substring(o.topic FROM 11)
                ELSE replace(o.topic, '.', '_') END AS event) e,
            LATERAL hotline.notice_recipients(o, c, e.event) r
        WHERE o.id = ANY (ids)
          -- Most of what staff do is told to nobody: that costs one look.
          AND (o.payload -> 'audiences' IS NOT NULL
               OR EXISTS (SELECT FROM hotline.notice_rules x WHERE x.event = e.event AND x.active)
               OR EXISTS (SELECT FROM hotline.webhooks x WHERE x.active))
    ), facts AS MATERIALIZED ( -- once for each event that somebody hears of
        SELECT o.id, hotline.notice_facts(o, c, t.event) AS facts
        FROM (SELECT DISTINCT id, event FROM told) t JOIN hotline.outbox o ON o.id = t.id
        JOIN hotline.complaints c ON c.id = o.complaint_id
    )
    SELECT t.id, t.complaint_id, t.event, t.audience, t.recipient, t.webhook_id, t.medium, t.lang,
        CASE WHEN t.recipient = 'reporter' THEN f.facts
             ELSE (f.facts - 'description') || jsonb_build_object('code', t.code) END
    FROM told t JOIN facts f ON f.id = t.id
    ORDER BY t.id
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    UPDATE hotline.outbox o SET planned_at = clock_timestamp() WHERE o.id = ANY (ids);

    told := ARRAY (
        SELECT format('%s %s %s %s %s %s', c.code, substring(o.topic FROM '[^.]*$'), a.code,
            coalesce(d.code, '-'), coalesce(o.payload ->> 'from', '-'), k.code)
        FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id
        CROSS JOIN LATERAL (SELECT c.agency_id AS id UNION SELECT t.agency_id
            FROM hotline.complaint_tasks t WHERE t.complaint_id = c.id AND t.status IN ('assigned', 'accepted')) m
        JOIN hotline.agencies a ON a.id = m.id
        JOIN hotline.categories k ON k.id = c.category_id
        LEFT JOIN hotline.desks d ON d.id = c.desk_id
        WHERE o.id = ANY (ids) ORDER BY o.id);
    FOR i IN 0 .. (cardinality(told) - 1) / 25 LOOP
        PERFORM pg_notify('hotline_staff', array_to_string(told[i * 25 + 1 : i * 25 + 25], ';'));
    END LOOP;
END $$;

-- --- sending ---------------------------------------------------------------------------------------

-- Where a notice goes, looked up when it is sent; a look at a reporter is recorded with its purpose.
-- NULL: there is no such address any more, or it asked not to be told.
CREATE FUNCTION hotline.notice_address(n hotline.notices) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    address text;
BEGIN
    IF EXISTS (SELECT FROM personal.unsubscribed u WHERE u.complaint_id = n.complaint_id
               AND u.recipient = n.recipient AND u.medium = n.medium) THEN
        RETURN NULL;
    ELSIF n.recipient = 'reporter' THEN
        SELECT CASE n.medium WHEN 'email' THEN r.email ELSE r.phone END INTO address
        FROM personal.reporter_reveal(n.complaint_id, 'service:notify', 'notify ' || n.event) r;
    ELSIF n.recipient LIKE 'co_reporter:%' THEN
        INSERT INTO personal.reporter_looks (complaint_id, viewer, purpose)
        VALUES (n.complaint_id, 'service:notify', 'notify ' || n.event || ' ' || n.recipient);
        SELECT CASE n.medium WHEN 'email' THEN t.email ELSE t.phone END INTO address
        FROM personal.co_reporters_to_tell(n.complaint_id) t
        WHERE t.co_report_id = substring(n.recipient FROM 13)::bigint;
    ELSIF n.recipient LIKE 'contact:%' THEN
        SELECT k.address INTO address FROM personal.contacts k
        LEFT JOIN hotline.users u ON u.id = k.user_id
        WHERE k.id = substring(n.recipient FROM 9)::integer AND k.active
          AND coalesce(u.active, true);
    END IF;
    RETURN address;
END $$;

-- The earliest that one recipient is still to hear of one complaint: one look into notices_order,
-- whatever the planner thinks of a table that was empty a minute ago.
CREATE FUNCTION hotline.notice_first(of_complaint bigint, of_recipient text, of_medium text)
    RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT e.id FROM hotline.notices e WHERE e.complaint_id = of_complaint
            AND e.recipient = of_recipient AND e.medium = of_medium
            AND e.state IN ('waiting', 'sending')
            ORDER BY e.complaint_id, e.recipient, e.medium, e.id LIMIT 1);
END $$;

-- Takes what is to be sent now, at most `most`, of the media that this service can send by, for
-- lease_s seconds. Of what one recipient is to hear of one complaint, only the earliest. A webhook
-- gets no more at once than the settings say, and one while its circuit is being tried.
CREATE FUNCTION hotline.notices_claim(worker text, media text[], most integer, lease_s integer)
    RETURNS TABLE (id bigint, told_id text, medium text, event text, audience text, lang text,
        attempt integer, address text, subject text, body text, facts text, secret text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    hook record;
    taken bigint[];
    more bigint[];
BEGIN
    taken := ARRAY (
        SELECT n.id FROM hotline.notices n
        WHERE n.medium = ANY (media) AND n.medium <> 'webhook' AND n.state IN ('waiting', 'sending')
          AND n.due_at <= now() AND n.id = hotline.notice_first(n.complaint_id, n.recipient, n.medium)
        ORDER BY n.due_at, n.id LIMIT most FOR UPDATE OF n SKIP LOCKED);
    FOR hook IN
        SELECT h.id, CASE WHEN h.failures >= hotline.notify_number('webhook', 'open_after') THEN 1
            ELSE hotline.notify_number('webhook', 'in_flight') END - (
                SELECT count(*) FROM hotline.notices n WHERE n.webhook_id = h.id
                  AND n.state = 'sending' AND n.due_at > now()) AS room
        FROM hotline.webhooks h
        WHERE 'webhook' = ANY (media) AND h.active AND (h.open_until IS NULL OR h.open_until <= now())
        ORDER BY h.id
    LOOP
        CONTINUE WHEN hook.room < 1;
        more := ARRAY (
            SELECT n.id FROM hotline.notices n
            WHERE n.webhook_id = hook.id AND n.state IN ('waiting', 'sending') AND n.due_at <= now()
              AND n.id = hotline.notice_first(n.complaint_id, n.recipient, n.medium)
            ORDER BY n.due_at, n.id LIMIT least(hook.room, greatest(most - cardinality(taken), 0))
            FOR UPDATE OF n SKIP LOCKED);
        taken := taken || more;
    END LOOP;
    RETURN QUERY
    WITH mine AS (
        UPDATE hotline.notices n SET state = 'sending', attempts = n.attempts + 1,
            claimed_by = worker, due_at = now() + lease_s * interval '1 second'
        WHERE n.id = ANY (taken) RETURNING n.*
    )
    SELECT m.id, m.told_id::text, m.medium, m.event, m.audience, m.lang, m.attempts,
        CASE WHEN m.medium = 'webhook' THEN h.url
             ELSE hotline.notice_address((SELECT x FROM hotline.notices x WHERE x.id = m.id)) END,
        t.subject, t.body, m.facts::text, s.secret
    FROM mine m
    LEFT JOIN hotline.webhooks h ON h.id = m.webhook_id
    LEFT JOIN hotline.webhook_secrets s ON s.webhook_id = m.webhook_id
    LEFT JOIN LATERAL (
        SELECT x.subject, x.body FROM hotline.notice_templates x
        WHERE x.event IN (m.event, 'any') AND x.medium = m.medium
          AND x.audience = CASE WHEN m.audience = 'reporter' THEN 'reporter' ELSE 'staff' END
        ORDER BY x.lang = m.lang DESC, x.event = m.event DESC LIMIT 1) t ON true
    ORDER BY m.id;
END $$;

-- It was taken by the receiver. Holds even if the lease had ended: it did arrive.
CREATE FUNCTION hotline.notice_sent(of_notice bigint, of_attempt integer, answer text)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    hook integer;
BEGIN
    UPDATE hotline.notices n SET state = 'sent', ended_at = now(), error = NULL
    WHERE n.id = of_notice AND n.state <> 'sent' RETURNING n.webhook_id INTO hook;
    IF NOT FOUND THEN
        RETURN; -- told twice, after a lost connection
    END IF;
    INSERT INTO hotline.notice_attempts (notice_id, attempt, outcome, answer)
    VALUES (of_notice, of_attempt, 'sent', left(answer, 300));
    UPDATE hotline.webhooks h SET failures = 0, open_until = NULL, last_error = NULL,
        last_sent_at = now() WHERE h.id = hook;
END $$;

-- It was not. `final`: trying again is useless. `gateway`: nothing is wrong with the message, whoever
-- passes it on is down; it is not counted against it. Answers whether it is dead now. Later attempts wait
-- longer and longer, a little by chance, so that what failed together does not come back together.
CREATE FUNCTION hotline.notice_failed(of_notice bigint, of_attempt integer, why text, final boolean,
    gateway boolean DEFAULT false)
    RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    dead boolean;
    hook integer;
    wait_s double precision := (0.75 + random() / 2) * least(
        hotline.notify_number('retry', 'first_s') * power(2, least(of_attempt - 1, 30)),
        hotline.notify_number('retry', 'most_s'));
BEGIN
    UPDATE hotline.notices n SET error = left(why, 300),
        attempts = n.attempts - CASE WHEN gateway THEN 1 ELSE 0 END,
        state = CASE WHEN final OR NOT gateway AND n.attempts >= hotline.notify_number('retry', 'attempts')
                     THEN 'dead' ELSE 'waiting' END,
        ended_at = CASE WHEN final OR NOT gateway AND n.attempts >= hotline.notify_number('retry', 'attempts')
                        THEN now() END,
        due_at = now() + wait_s * interval '1 second'
    WHERE n.id = of_notice AND n.state = 'sending' AND n.attempts = of_attempt
    RETURNING n.state = 'dead', n.webhook_id INTO dead, hook;
    IF NOT FOUND THEN
        RETURN false; -- somebody else has it since
    END IF;
    INSERT INTO hotline.notice_attempts (notice_id, attempt, outcome, answer)
    VALUES (of_notice, of_attempt, CASE WHEN final THEN 'refused' ELSE 'failed' END, left(why, 300));
    UPDATE hotline.webhooks h SET failures = h.failures + 1, last_error = left(why, 300),
        open_until = CASE WHEN h.failures + 1 >= hotline.notify_number('webhook', 'open_after')
            THEN now() + interval '1 second' * (0.75 + random() / 2) * least(
                hotline.notify_number('webhook', 'open_first_s')
                    * power(2, least(h.failures + 1 - hotline.notify_number('webhook', 'open_after'), 30)),
                hotline.notify_number('webhook', 'open_most_s')) END
    WHERE h.id = hook AND NOT final;
    RETURN dead;
END $$;

-- What waited too long is no news any more: it is a dead letter then, seen and replayable.
CREATE FUNCTION hotline.notices_expire(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    n_gone integer;
BEGIN
    WITH old AS (
        SELECT n.id FROM hotline.notices n WHERE n.state = 'waiting' AND coalesce(n.replayed_at, n.made_at)
            < now() - hotline.notify_number('expire_hours') * interval '1 hour'
        LIMIT most FOR UPDATE SKIP LOCKED
    ), gone AS (
        UPDATE hotline.notices n SET state = 'dead', ended_at = now(),
            error = coalesce(n.error || '; ', '') || 'expired'
        FROM old WHERE n.id = old.id RETURNING n.id, n.attempts
    )
    INSERT INTO hotline.notice_attempts (notice_id, attempt, outcome)
    SELECT id, attempts, 'expired' FROM gone;
    GET DIAGNOSTICS n_gone = ROW_COUNT;
    RETURN n_gone;
END $$;


-- --- who may ----------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION hotline.notices_plan(integer),
    hotline.notices_claim(text, text[], integer, integer), hotline.notice_address(hotline.notices),
    hotline.notice_sent(bigint, integer, text), hotline.notice_failed(bigint, integer, text, boolean, boolean),
    hotline.notices_expire(integer),
    hotline.notice_recipients(hotline.outbox, hotline.complaints, text),
    hotline.notice_contacts(hotline.outbox, hotline.complaints, text),
    hotline.notice_reporters(hotline.complaints, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.notices_plan(integer),
    hotline.notices_claim(text, text[], integer, integer),
    hotline.notice_sent(bigint, integer, text), hotline.notice_failed(bigint, integer, text, boolean, boolean),
    hotline.notices_expire(integer) TO hotline_service;

CALL hotline.guard('hotline.notices');
CALL hotline.guard('hotline.escalations_done');

RESET ROLE;
