-- Telephone calls and what came in writing, on their way to becoming complaints: who is at which seat,
-- when a call began and its complaint was filed, and the queue of e-mails, messages and posts to enter.
-- Numbers and senders are in the schema `personal`; every look at them leaves a row.
SET ROLE hotline_owner;

-- The number of a call: digits, the country's prefix as 0, short ones too. NULL where it is none.
CREATE FUNCTION personal.plain_number(number text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length(d) BETWEEN 3 AND 20 THEN d END
    FROM (SELECT regexp_replace(regexp_replace(coalesce(number, ''), '[^0-9]', '', 'g'),
                                '^(00)?84(?=[0-9]{9,10}$)', '0') AS d) n
$$;

-- --- seats and calls -----------------------------------------------------------------------------

-- Who sits where now: the telephone system knows seats, the hotline knows people.
CREATE TABLE hotline.seats (
    seat text PRIMARY KEY CHECK (seat ~ '^[A-Za-z0-9._-]{1,32}$'),
    login text NOT NULL UNIQUE,
    taken_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE hotline.calls (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,                      -- 'key:NAME' that told of it, 'page' of the operator's
    external_id text CHECK (length(external_id) BETWEEN 1 AND 100), -- its name there
    seat text,
    login text,                                -- the operator's; NULL: nobody sat there
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    outcome text CHECK (outcome IN ('filed', 'joined', 'none')),
    filed_at timestamptz CHECK (filed_at >= started_at),
    complaint_id bigint REFERENCES hotline.complaints,
    CHECK ((filed_at IS NULL) = (complaint_id IS NULL)),
    CHECK ((complaint_id IS NOT NULL) = (coalesce(outcome, 'none') <> 'none'))
);
CREATE UNIQUE INDEX calls_external ON hotline.calls (source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX calls_login ON hotline.calls (login, started_at);
CREATE INDEX calls_started ON hotline.calls (started_at);
CREATE INDEX calls_created ON hotline.calls (created_at);

CREATE TABLE personal.call_numbers (
    call_id bigint PRIMARY KEY REFERENCES hotline.calls,
    number text NOT NULL CHECK (number ~ '^[0-9]{3,20}$')
);

-- Every look at a number or by a number. Append-only.
CREATE TABLE personal.number_looks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    viewer text NOT NULL CHECK (viewer <> ''),
    number text NOT NULL,
    call_id bigint REFERENCES hotline.calls,
    purpose text NOT NULL CHECK (purpose <> '')
);
CREATE INDEX number_looks_viewer ON personal.number_looks (viewer, at);
CREATE TRIGGER number_looks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON personal.number_looks FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

CREATE FUNCTION hotline.is_calling_system(asked text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM hotline.api_keys k WHERE asked = 'key:' || k.name
        AND k.revoked_at IS NULL AND coalesce(k.expires_at > now(), true) AND 'calls' = ANY (k.scopes))
$$;

CREATE FUNCTION hotline.takes_calls(asked text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((hotline.actor_of(asked)).role IN ('operator', 'supervisor'), false)
$$;

-- What an optional instant in the arguments says, kept within the last hours and now.
CREATE FUNCTION hotline.recent_instant(args jsonb, name text) RETURNS timestamptz
    LANGUAGE sql STABLE AS $$
    SELECT least(now(), greatest(now() - interval '12 hours', hotline.instant(args, name)))
    WHERE args ->> name IS NOT NULL
$$;

-- How long a number stays with its call.
CREATE FUNCTION hotline.call_numbers_prune() RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM personal.call_numbers n WHERE n.call_id IN (
        SELECT c.id FROM hotline.calls c JOIN personal.call_numbers m ON m.call_id = c.id
        WHERE c.started_at < now() - interval '1 day' * coalesce((SELECT (s.value #>> '{}')::integer
            FROM hotline.settings s WHERE s.key = 'call_number_days'), 90)
        ORDER BY c.started_at LIMIT 100)
$$;

-- A call rings, is answered, goes to another seat or ends. `asked` is a system's key, or an operator
-- whose page was opened with the number. args: call (the name the telephone system gives it), number,
-- seat or operator (a login), started_us, answered_us, ended_us. Told again it adds what it says.
-- The operator's page hears of it through the channel hotline_calls: "LOGIN call ID".
CREATE FUNCTION hotline.call_told(asked text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    system_asks boolean := hotline.is_calling_system(asked);
    plain text := personal.plain_number(args ->> 'number');
    who text := CASE WHEN system_asks THEN coalesce(
            (SELECT s.login FROM hotline.seats s WHERE s.seat = args ->> 'seat'),
            (SELECT u.login FROM hotline.users u WHERE u.login = args ->> 'operator' AND u.active
                AND u.role IN ('operator', 'supervisor')))
        ELSE (hotline.actor_of(asked)).login END;
    call hotline.calls;
    was text;
    is_new boolean;
BEGIN
    IF NOT system_asks AND NOT hotline.takes_calls(asked) THEN
        RETURN hotline.refusal('not_allowed');
    ELSIF args ->> 'number' IS NOT NULL AND plain IS NULL THEN
        RETURN hotline.refusal('unknown', 'number', args ->> 'number');
    ELSIF args ->> 'operator' IS NOT NULL AND who IS NULL THEN
        RETURN hotline.refusal('unknown', 'operator', args ->> 'operator');
    ELSIF (SELECT count(*) FROM hotline.calls c WHERE c.created_at > now() - interval '1 minute') >= 3000 THEN
        RETURN hotline.refusal('busy');
    END IF;
    PERFORM hotline.call_numbers_prune();
    SELECT * INTO call FROM hotline.calls c
    WHERE c.source = asked AND c.external_id = args ->> 'call' FOR UPDATE;
    was := call.login;
    is_new := call.id IS NULL;
    INSERT INTO hotline.calls AS c (source, external_id, seat, login, started_at, answered_at, ended_at)
    VALUES (asked, args ->> 'call', args ->> 'seat', who,
            coalesce(hotline.recent_instant(args, 'started_us'), now()),
            hotline.recent_instant(args, 'answered_us'), hotline.recent_instant(args, 'ended_us'))
    ON CONFLICT (source, external_id) WHERE external_id IS NOT NULL DO UPDATE SET
        seat = coalesce(excluded.seat, c.seat), login = coalesce(excluded.login, c.login),
        answered_at = coalesce(c.answered_at, excluded.answered_at),
        ended_at = coalesce(c.ended_at, excluded.ended_at)
    RETURNING * INTO call;
    IF plain IS NOT NULL THEN
        INSERT INTO personal.call_numbers (call_id, number) VALUES (call.id, plain)
        ON CONFLICT DO NOTHING;
    END IF;
    IF system_asks AND call.login IS NOT NULL AND call.login IS DISTINCT FROM was
        AND call.ended_at IS NULL THEN
        PERFORM pg_notify('hotline_calls', format('%s call %s', call.login, call.id));
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object(
        'id', call.id, 'operator', call.login, 'new', is_new));
END $$;

-- One's own call, with its number: the look is recorded, once.
CREATE FUNCTION hotline.call_shown(asked text, of_call bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    call hotline.calls;
    its text;
BEGIN
    SELECT * INTO call FROM hotline.calls c
    WHERE c.id = of_call AND hotline.takes_calls(asked) AND asked = 'user:' || c.login;
    IF call.id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT n.number INTO its FROM personal.call_numbers n WHERE n.call_id = call.id;
    INSERT INTO personal.number_looks (viewer, number, call_id, purpose)
    SELECT asked, its, call.id, 'call' WHERE its IS NOT NULL AND NOT EXISTS (
        SELECT FROM personal.number_looks l
        WHERE l.viewer = asked AND l.at > call.created_at AND l.call_id = call.id);
    RETURN jsonb_build_object('id', call.id, 'number', its, 'seat', call.seat,
        'started_at', call.started_at, 'answered_at', call.answered_at, 'ended_at', call.ended_at,
        'outcome', call.outcome);
END $$;

-- What came from a number before. Without a purpose: which categories, when, in what state, nothing
-- that was said. With one: the words too, and a look is recorded with each complaint. A complaint whose
-- reporter wanted not to be recognised is counted and never shown: the tracking code opens it.
CREATE FUNCTION hotline.caller_earlier(asked text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    plain text := personal.plain_number(args ->> 'number');
    wanted text := personal.phone_key(args ->> 'number');
    why text := args ->> 'purpose';
    shown bigint[];
    hidden bigint[];
    found jsonb;
BEGIN
    IF NOT hotline.takes_calls(asked) THEN
        RETURN hotline.refusal('not_allowed');
    ELSIF plain IS NULL THEN
        RETURN hotline.refusal('unknown', 'number', args ->> 'number');
    ELSIF why IS NOT NULL AND why NOT IN ('follow_up', 'same_matter', 'call_back') THEN
        RETURN hotline.refusal('unknown', 'purpose', why);
    ELSIF (SELECT count(*) FROM personal.number_looks l
           WHERE l.viewer = asked AND l.at > now() - interval '1 minute') >= 60 THEN
        RETURN hotline.refusal('busy');
    END IF;
    INSERT INTO personal.number_looks (viewer, number, purpose) VALUES (asked, plain, coalesce(why, 'masked'));
    SELECT array_agg(id) FILTER (WHERE NOT anonymous), array_agg(id) FILTER (WHERE anonymous)
    INTO shown, hidden FROM (
        SELECT r.complaint_id AS id, r.anonymous FROM personal.reporters r
        WHERE personal.phone_key(r.phone) = wanted AND r.phone IS NOT NULL
        UNION ALL
        SELECT p.complaint_id, p.anonymous FROM personal.co_reporters p
        JOIN hotline.co_reports j ON j.id = p.co_report_id
        WHERE personal.phone_key(p.phone) = wanted AND p.phone IS NOT NULL AND j.left_at IS NULL) n;
    WITH mine AS MATERIALIZED (
        SELECT c.*, k.code AS category FROM hotline.complaints c
        JOIN hotline.categories k ON k.id = c.category_id
        WHERE c.id = ANY (shown) ORDER BY c.received_at DESC LIMIT 20
    ), looked AS (
        INSERT INTO personal.reporter_looks (complaint_id, viewer, purpose)
        SELECT id, asked, why FROM mine WHERE why IS NOT NULL
    )
    SELECT jsonb_agg(jsonb_build_object('category', m.category, 'status', m.status,
        'received_at', date_trunc('day', m.received_at),
        'open', m.status NOT IN ('resolved', 'closed', 'rejected'))
        || CASE WHEN why IS NULL THEN '{}' ELSE jsonb_build_object('code', m.code,
            'received_at', m.received_at, 'description', m.description, 'address', m.address,
            'agency', (SELECT a.name FROM hotline.agencies a WHERE a.id = m.agency_id)) END
        ORDER BY m.received_at DESC)
    INTO found FROM mine m;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object(
        'complaints', coalesce(found, '[]'),
        'withheld', coalesce(cardinality(hidden), 0), 'masked', why IS NULL));
END $$;

-- args: seat. Whoever sat there is told, and sits nowhere.
CREATE FUNCTION hotline.seat_take(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before text;
BEGIN
    IF args ->> 'seat' !~ '^[A-Za-z0-9._-]{1,32}$' THEN
        RETURN hotline.refusal('unknown', 'seat', args ->> 'seat');
    END IF;
    SELECT s.login INTO before FROM hotline.seats s WHERE s.seat = args ->> 'seat' FOR UPDATE;
    DELETE FROM hotline.seats s WHERE s.login = who.login OR s.seat = args ->> 'seat';
    INSERT INTO hotline.seats (seat, login) VALUES (args ->> 'seat', who.login);
    IF before <> who.login THEN
        PERFORM pg_notify('hotline_calls', format('%s seat', before));
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('seat', args ->> 'seat'));
END $$;

-- By its own code, or by that of somebody who joined it.
CREATE FUNCTION hotline.complaint_named(of_code text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT c.id FROM hotline.complaints c WHERE c.code = of_code),
                    (SELECT r.complaint_id FROM hotline.co_reports r WHERE r.code = of_code))
$$;

-- What became of a call. args: call (its id; NULL: it was taken by hand), started_us, saved_us,
-- result, complaint (a code).
CREATE FUNCTION hotline.call_outcome(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    call hotline.calls;
    about bigint;
    saved timestamptz := coalesce(hotline.recent_instant(args, 'saved_us'), now());
BEGIN
    IF args ->> 'result' NOT IN ('filed', 'joined', 'none') THEN
        RETURN hotline.refusal('unknown', 'result', args ->> 'result');
    END IF;
    about := hotline.complaint_named(args ->> 'complaint');
    IF (args ->> 'result' = 'none') <> (args ->> 'complaint' IS NULL)
        OR args ->> 'complaint' IS NOT NULL AND about IS NULL THEN
        RETURN hotline.refusal('unknown', 'complaint', coalesce(args ->> 'complaint', ''));
    END IF;
    IF args ->> 'call' IS NULL THEN
        INSERT INTO hotline.calls (source, login, started_at)
        VALUES ('page', who.login, coalesce(hotline.recent_instant(args, 'started_us'), saved))
        RETURNING * INTO call;
    ELSE
        SELECT * INTO call FROM hotline.calls c
        WHERE c.id = (args ->> 'call')::bigint AND c.login = who.login FOR UPDATE;
        IF call.id IS NULL THEN
            RETURN hotline.refusal('not_found');
        ELSIF call.outcome IS NOT NULL THEN
            RETURN hotline.refusal('wrong_state', 'result', call.outcome);
        END IF;
    END IF;
    UPDATE hotline.calls c SET outcome = args ->> 'result', complaint_id = about,
        filed_at = CASE WHEN about IS NOT NULL THEN greatest(saved, c.started_at) END
    WHERE c.id = call.id;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('id', call.id));
END $$;

-- --- what came in writing ------------------------------------------------------------------------

CREATE TABLE hotline.inbound_items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'social')),
    source text NOT NULL,                      -- 'key:NAME'
    external_id text CHECK (length(external_id) BETWEEN 1 AND 200),
    received_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    subject text CHECK (length(subject) <= 300),
    words text NOT NULL CHECK (length(words) BETWEEN 1 AND 20000),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'filed', 'discarded')),
    taken_by text,                             -- a login, until then
    taken_until timestamptz,
    closed_by text,
    closed_at timestamptz,
    reason text CHECK (length(reason) BETWEEN 1 AND 200), -- of one discarded
    complaint_id bigint REFERENCES hotline.complaints,
    CHECK ((taken_by IS NULL) = (taken_until IS NULL)),
    CHECK ((state = 'filed') = (complaint_id IS NOT NULL)),
    CHECK ((state = 'discarded') = (reason IS NOT NULL))
);
CREATE UNIQUE INDEX inbound_external ON hotline.inbound_items (source, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX inbound_waiting ON hotline.inbound_items (received_at, id) WHERE state = 'waiting';

CREATE TABLE personal.inbound_senders (
    item_id bigint PRIMARY KEY REFERENCES hotline.inbound_items,
    name text CHECK (length(name) <= 200),
    address text CHECK (length(address) <= 254) -- a number, an e-mail address, a name on a network
);
CREATE TABLE personal.inbound_looks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id bigint NOT NULL REFERENCES hotline.inbound_items,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    viewer text NOT NULL CHECK (viewer <> ''),
    purpose text NOT NULL CHECK (purpose <> '')
);
CREATE TRIGGER inbound_looks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON personal.inbound_looks FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- args: channel, text, subject, from (its address), from_name, message (its name there), received_us,
-- attachments (ids).
CREATE FUNCTION hotline.inbound_told(asked text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ids text[] := ARRAY (SELECT DISTINCT jsonb_array_elements_text(
        coalesce(args -> 'attachments', '[]')));
    wrong text;
    item bigint;
    known bigint;
BEGIN
    IF NOT hotline.is_calling_system(asked) THEN
        RETURN hotline.refusal('not_allowed');
    ELSIF args ->> 'channel' NOT IN ('email', 'sms', 'social') THEN
        RETURN hotline.refusal('unknown', 'channel', args ->> 'channel');
    ELSIF (SELECT count(*) FROM (SELECT FROM hotline.inbound_items i WHERE i.state = 'waiting'
                                 LIMIT 20000) w) >= 20000 THEN
        RETURN hotline.refusal('busy');
    END IF;
    wrong := hotline.inbound_files_wrong(ids, asked); -- and nobody else gets them meanwhile
    SELECT i.id INTO known FROM hotline.inbound_items i
    WHERE i.source = asked AND i.external_id = args ->> 'message';
    IF known IS NULL AND wrong IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'attachments', wrong);
    END IF;
    INSERT INTO hotline.inbound_items (channel, source, external_id, received_at, subject, words)
    VALUES (args ->> 'channel', asked, args ->> 'message',
            least(now(), coalesce(hotline.instant(args, 'received_us'), now())),
            args ->> 'subject', args ->> 'text')
    ON CONFLICT (source, external_id) WHERE external_id IS NOT NULL DO NOTHING
    RETURNING id INTO item;
    IF item IS NULL THEN
        SELECT i.id INTO known FROM hotline.inbound_items i
        WHERE i.source = asked AND i.external_id = args ->> 'message';
    ELSE
        INSERT INTO personal.inbound_senders (item_id, name, address)
        SELECT item, args ->> 'from_name', args ->> 'from'
        WHERE num_nonnulls(args ->> 'from_name', args ->> 'from') > 0;
        INSERT INTO hotline.inbound_files (attachment_id, item_id) SELECT i, item FROM unnest(ids) i;
        PERFORM pg_notify('hotline_calls', '* inbound');
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object(
        'id', coalesce(item, known), 'new', item IS NOT NULL));
END $$;

-- An item that this operator has now, with its sender and its files; the look is recorded.
CREATE FUNCTION hotline.inbound_shown(asked text, of_item bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    i hotline.inbound_items;
    s personal.inbound_senders;
BEGIN
    SELECT * INTO i FROM hotline.inbound_items k
    WHERE k.id = of_item AND k.state = 'waiting' AND asked = 'user:' || k.taken_by
        AND k.taken_until > now() AND hotline.takes_calls(asked);
    IF i.id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO s FROM personal.inbound_senders k WHERE k.item_id = i.id;
    INSERT INTO personal.inbound_looks (item_id, viewer, purpose) VALUES (i.id, asked, 'enter');
    RETURN jsonb_build_object('id', i.id, 'channel', i.channel, 'received_at', i.received_at,
        'subject', i.subject, 'text', i.words, 'taken_until', i.taken_until,
        'from', s.address, 'from_name', s.name,
        'attachments', (SELECT coalesce(jsonb_agg(hotline.attachment_view(a, NULL, false)
                                                  ORDER BY a.uploaded_at, a.id), '[]')
                        FROM hotline.inbound_files f JOIN hotline.attachments a
                            ON a.id = f.attachment_id
                        WHERE f.item_id = i.id AND a.complaint_id IS NULL));
END $$;

-- Who has it now is told to the other screens, unless it is only kept for longer.
CREATE FUNCTION hotline.inbound_leased(i hotline.inbound_items) RETURNS jsonb LANGUAGE sql AS $$
    SELECT pg_notify('hotline_calls', '* inbound') FROM hotline.inbound_items k
    WHERE k.id = i.id AND NOT coalesce(k.taken_by = i.taken_by AND k.taken_until > now(), false);
    UPDATE hotline.inbound_items k SET taken_by = i.taken_by, taken_until = now() + interval '15 minutes'
    WHERE k.id = i.id
    RETURNING jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object(
        'id', k.id, 'taken_until', k.taken_until, 'channel', k.channel))
$$;

-- The oldest that nobody has. No two operators ever get the same.
CREATE FUNCTION hotline.inbound_next(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    i hotline.inbound_items;
BEGIN
    SELECT * INTO i FROM hotline.inbound_items k
    WHERE k.state = 'waiting' AND coalesce(k.taken_until < now(), true)
    ORDER BY k.received_at, k.id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF i.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    i.taken_by := who.login;
    RETURN hotline.inbound_leased(i);
END $$;

-- args: item, verb (take, release, discard, file), reason, complaint.
CREATE FUNCTION hotline.inbound_step(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    verb text := args ->> 'verb';
    i hotline.inbound_items;
    about bigint;
BEGIN
    SELECT * INTO i FROM hotline.inbound_items k WHERE k.id = (args ->> 'item')::bigint FOR UPDATE;
    IF i.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF i.state <> 'waiting' THEN
        RETURN hotline.refusal('wrong_state', 'item', i.state);
    ELSIF i.taken_by <> who.login AND i.taken_until > now() THEN
        RETURN hotline.refusal('under_way', 'item', i.taken_by);
    ELSIF verb <> 'take' AND i.taken_by IS DISTINCT FROM who.login THEN
        RETURN hotline.refusal('wrong_state', 'item', 'waiting');
    END IF;
    IF verb = 'take' THEN
        i.taken_by := who.login;
        RETURN hotline.inbound_leased(i);
    ELSIF verb = 'file' THEN
        about := hotline.complaint_named(args ->> 'complaint');
        IF about IS NULL THEN
            RETURN hotline.refusal('unknown', 'complaint', coalesce(args ->> 'complaint', ''));
        END IF;
    ELSIF verb = 'discard' AND coalesce(args ->> 'reason', '') = '' THEN
        RETURN hotline.refusal('unknown', 'reason', '');
    END IF;
    UPDATE hotline.inbound_items k SET taken_by = NULL, taken_until = NULL,
        state = CASE verb WHEN 'file' THEN 'filed' WHEN 'discard' THEN 'discarded' ELSE 'waiting' END,
        complaint_id = about, reason = CASE WHEN verb = 'discard' THEN args ->> 'reason' END,
        closed_by = CASE WHEN verb <> 'release' THEN who.login END,
        closed_at = CASE WHEN verb <> 'release' THEN now() END
    WHERE k.id = i.id;
    PERFORM pg_notify('hotline_calls', '* inbound');
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('id', i.id));
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('seat.take', 'seat_take', '{operator,supervisor}'),
    ('call.outcome', 'call_outcome', '{operator,supervisor}'),
    ('inbound.next', 'inbound_next', '{operator,supervisor}'),
    ('inbound.step', 'inbound_step', '{operator,supervisor}');

-- What somebody filed lately.
CREATE INDEX complaint_history_filed ON hotline.complaint_history (actor, at)
    WHERE event = 'received' AND actor LIKE 'user:%';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA personal FROM PUBLIC;
REVOKE ALL ON FUNCTION hotline.is_calling_system(text), hotline.takes_calls(text),
    hotline.complaint_named(text), hotline.recent_instant(jsonb, text), hotline.call_numbers_prune(), hotline.call_told(text, jsonb),
    hotline.call_shown(text, bigint), hotline.caller_earlier(text, jsonb),
    hotline.seat_take(hotline.actor, jsonb), hotline.call_outcome(hotline.actor, jsonb),
    hotline.inbound_told(text, jsonb), hotline.inbound_shown(text, bigint),
    hotline.inbound_leased(hotline.inbound_items), hotline.inbound_next(hotline.actor, jsonb),
    hotline.inbound_step(hotline.actor, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.call_shown(text, bigint),
    hotline.caller_earlier(text, jsonb),
    hotline.inbound_shown(text, bigint) TO hotline_service;
GRANT SELECT ON hotline.calls, hotline.seats, hotline.inbound_items TO hotline_service;
GRANT SELECT ON hotline.calls, hotline.seats TO hotline_readonly;

CALL hotline.guard('hotline.calls');
CALL hotline.guard('hotline.inbound_items');

RESET ROLE;
