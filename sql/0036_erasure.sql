-- Erasure reaches all that is a person's: besides contacts the files they sent, what they wrote with a
-- rating or a reopening, their messages, what was made of them for notices, and numbers in the records of
-- looks. Export shows the same. docs/personal-data.md says what is reached, line by line.
SET ROLE hotline_owner;

-- ---- records of looks ----

-- They stay as they are, but for a number that is masked, a note that is taken out, and rows over their
-- time (hotline.retain).
CREATE FUNCTION personal.look_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < personal.looks_end() THEN
            RETURN OLD;
        END IF;
    ELSIF to_jsonb(NEW) - 'number' - 'note' = to_jsonb(OLD) - 'number' - 'note'
        AND coalesce(to_jsonb(NEW) ->> 'number' IN (to_jsonb(OLD) ->> 'number',
            personal.phone_masked(to_jsonb(OLD) ->> 'number'), '•••'), true)
        AND coalesce(to_jsonb(NEW) ->> 'note' IN (to_jsonb(OLD) ->> 'note', ''), true) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- Looks before this instant are over their time; NULL: they are kept.
CREATE FUNCTION personal.looks_end() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT now() - make_interval(months => (s.value ->> 'look_months')::integer)
    FROM hotline.settings s WHERE s.key = 'retention' AND (s.value ->> 'look_months')::integer > 0
$$;

DO $$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['reporter_looks', 'number_looks', 'inbound_looks'] LOOP
        EXECUTE format('DROP TRIGGER %1$s_append_only ON personal.%1$s;
            CREATE TRIGGER %1$s_append_only BEFORE TRUNCATE ON personal.%1$s
                FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();
            CREATE TRIGGER %1$s_keep BEFORE UPDATE OR DELETE ON personal.%1$s
                FOR EACH ROW EXECUTE FUNCTION personal.look_keep();
            ALTER TABLE personal.%1$s ENABLE ALWAYS TRIGGER %1$s_keep;
            CREATE INDEX %1$s_at ON personal.%1$s (at)', kind);
    END LOOP;
END $$;
CREATE INDEX number_looks_number ON personal.number_looks (personal.phone_key(number));
CREATE INDEX call_numbers_number ON personal.call_numbers (personal.phone_key(number));
CREATE INDEX inbound_items_complaint ON hotline.inbound_items (complaint_id)
    WHERE complaint_id IS NOT NULL;

-- attachments: false keeps what reporters sent when their contacts go by time. look_number_months: then
-- the number in a look is masked; look_months: then the look itself goes. 0: never.
UPDATE hotline.settings SET value = value
    || '{"attachments": true, "look_number_months": 12, "look_months": 60}' WHERE key = 'retention';

-- ---- what reporters said and sent ----

-- A rating by a co-reporter is that person's, not the reporter's.
ALTER TABLE hotline.complaint_ratings ADD COLUMN co_report_id bigint REFERENCES hotline.co_reports;

-- Sent by a reporter, or entered as theirs; the rest is the agency's evidence.
CREATE FUNCTION hotline.attachment_is_reporters(a hotline.attachments) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT a.purpose = 'report' OR a.uploaded_by NOT LIKE 'user:%'
$$;

-- Forgets what reporters sent with a complaint: nobody can open it from now on. The bytes leave the disk
-- when the store is swept next, unless another row names the same content.
CREATE FUNCTION hotline.attachments_erase(ids bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone text[];
BEGIN
    WITH gone AS (
        DELETE FROM hotline.attachments a
        WHERE a.complaint_id = ANY (ids) AND hotline.attachment_is_reporters(a) RETURNING a.id
    ) SELECT array_agg(g.id) INTO gone FROM gone g;
    UPDATE hotline.complaint_answers w SET attachments = ARRAY (
        SELECT i FROM unnest(w.attachments) WITH ORDINALITY u(i, n)
        WHERE NOT i = ANY (gone) ORDER BY n)
    WHERE w.complaint_id = ANY (ids) AND w.attachments && gone;
    RETURN coalesce(cardinality(gone), 0);
END $$;
DROP FUNCTION hotline.attachments_erase(bigint);

-- What is left of a message: that one came, when, by which way.
CREATE FUNCTION personal.inbound_erase(items bigint[], by_actor text) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM personal.inbound_senders s WHERE s.item_id = ANY (items);
    UPDATE hotline.inbound_items i SET words = '•••', subject = NULL,
        state = CASE i.state WHEN 'waiting' THEN 'discarded' ELSE i.state END,
        reason = CASE i.state WHEN 'waiting' THEN 'erased' ELSE i.reason END,
        taken_by = NULL, taken_until = NULL, closed_at = coalesce(i.closed_at, now()),
        closed_by = coalesce(i.closed_by, by_actor)
    WHERE i.id = ANY (items) AND i.words <> '•••';
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- Addresses in what a receiver answered, and the complaint's words in what was made for notices.
CREATE FUNCTION personal.notices_erase(ids bigint[], recipients text[]) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    UPDATE hotline.notice_attempts a SET answer = '' FROM hotline.notices n
    WHERE n.id = a.notice_id AND n.complaint_id = ANY (ids) AND a.answer <> ''
      AND (n.recipient = ANY (recipients) OR recipients IS NULL AND n.audience = 'reporter');
    UPDATE hotline.notices n SET facts = n.facts - 'description', error = NULL
    WHERE n.complaint_id = ANY (ids) AND (n.facts ? 'description' OR n.error IS NOT NULL)
      AND (n.recipient = ANY (recipients) OR recipients IS NULL);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- Reasons that reporters gave when they asked for reopening, taken out of the history; the chain holds.
-- Takes the lock of the security log: whoever calls this does so last.
CREATE FUNCTION personal.reasons_erase(ids bigint[], co_reports bigint[], by_actor text) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    h record;
    n bigint := 0;
BEGIN
    FOR h IN SELECT k.id, k.detail FROM hotline.complaint_history k
        WHERE k.complaint_id = ANY (ids) AND k.event = 'reopened' AND k.salt IS NOT NULL
          AND k.detail ->> 'by_reporter' = 'true' AND k.detail #>> '{internal,reason}' IS NOT NULL
          AND (co_reports IS NULL OR (k.detail #>> '{internal,co_report}')::bigint = ANY (co_reports))
        ORDER BY k.id
    LOOP
        PERFORM hotline.history_redact(h.id, (h.detail - 'internal') || '{"redacted": true}', by_actor);
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;

-- All that the reporters of these complaints said and sent, whoever of them. Last: the reasons.
CREATE FUNCTION personal.words_erase(ids bigint[], with_files boolean, by_actor text) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    files bigint := 0;
    comments bigint;
    messages bigint;
    notices bigint;
BEGIN
    UPDATE hotline.complaints c SET description = hotline.text_masked(c.description),
        updated_at = greatest(now(), c.updated_at), version = c.version + 1
    WHERE c.id = ANY (ids) AND c.description <> hotline.text_masked(c.description);
    IF with_files THEN
        files := hotline.attachments_erase(ids);
    END IF;
    UPDATE hotline.complaint_ratings g SET comment = NULL
    WHERE g.complaint_id = ANY (ids) AND g.co_report_id IS NULL AND g.comment IS NOT NULL;
    GET DIAGNOSTICS comments = ROW_COUNT;
    messages := personal.inbound_erase(ARRAY (SELECT i.id FROM hotline.inbound_items i
        WHERE i.complaint_id = ANY (ids) AND i.words <> '•••'
          AND NOT EXISTS (SELECT FROM personal.inbound_senders s WHERE s.item_id = i.id)), by_actor);
    UPDATE personal.reporter_looks l SET note = '' WHERE l.complaint_id = ANY (ids) AND l.note <> '';
    notices := personal.notices_erase(ids, NULL);
    RETURN jsonb_build_object('files', files, 'comments', comments, 'messages', messages,
        'notices', notices, 'reasons', personal.reasons_erase(ids, NULL, by_actor));
END $$;

-- ---- of one person ----

-- Messages that this person sent; those that became a complaint which is held are kept.
CREATE FUNCTION personal.messages_of(contact text) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(s.item_id), '{}') FROM personal.inbound_senders s
    JOIN hotline.inbound_items i ON i.id = s.item_id
    WHERE personal.is_contact(contact, s.address, s.address)
      AND (i.complaint_id IS NULL OR NOT hotline.held(i.complaint_id))
$$;

-- Erases the person from everything but what is held for the law; answers the counts.
CREATE OR REPLACE FUNCTION personal.person_erase(contact text, by_actor text) RETURNS jsonb
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

-- What a person wrote or sent with one complaint, for the export. co_report NULL: as its reporter. The
-- addresses of the files hold for whoever has the code, as the person does.
CREATE FUNCTION personal.said_json(c hotline.complaints, co_report bigint) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'attachments', CASE WHEN co_report IS NULL THEN (
            SELECT coalesce(jsonb_agg(hotline.attachment_view(a, c.code, false) || jsonb_build_object(
                'sent_at', a.uploaded_at) ORDER BY a.uploaded_at, a.id), '[]')
            FROM hotline.attachments a
            WHERE a.complaint_id = c.id AND hotline.attachment_is_reporters(a)) ELSE '[]' END,
        'ratings', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', g.at, 'comment', g.comment,
                'rating', (ARRAY['not_satisfied', 'acceptable', 'satisfied'])[g.rating],
                'asked_by_telephone', g.outcome <> 'rated') ORDER BY g.id), '[]')
            FROM hotline.complaint_ratings g
            WHERE g.complaint_id = c.id AND g.co_report_id IS NOT DISTINCT FROM co_report),
        'reopening_reasons', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', h.at,
                'reason', h.detail #>> '{internal,reason}') ORDER BY h.n), '[]')
            FROM hotline.complaint_history h
            WHERE h.complaint_id = c.id AND h.event = 'reopened'
              AND h.detail ->> 'by_reporter' = 'true'
              AND (h.detail #>> '{internal,co_report}')::bigint IS NOT DISTINCT FROM co_report),
        'notices', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', n.made_at, 'event', n.event,
                'medium', n.medium, 'state', n.state) ORDER BY n.id), '[]')
            FROM hotline.notices n WHERE n.complaint_id = c.id
              AND n.recipient = coalesce('co_reporter:' || co_report, 'reporter')))
$$;

-- Calls, messages and looks by number, for the export.
CREATE FUNCTION personal.traffic_json(contact text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'calls', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', n.number,
                'started_at', l.started_at, 'ended_at', l.ended_at, 'outcome', l.outcome,
                'complaint', c.code) ORDER BY l.started_at), '[]')
            FROM personal.call_numbers n JOIN hotline.calls l ON l.id = n.call_id
            LEFT JOIN hotline.complaints c ON c.id = l.complaint_id
            WHERE personal.phone_key(n.number) = personal.contact_phone(contact)),
        'messages', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', i.received_at,
                'channel', i.channel, 'name', s.name, 'subject', i.subject, 'text', i.words,
                'state', i.state, 'complaint', c.code, 'looks', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object('at', k.at, 'purpose', k.purpose)
                        ORDER BY k.id), '[]') FROM personal.inbound_looks k WHERE k.item_id = i.id))
                ORDER BY i.received_at), '[]')
            FROM personal.inbound_senders s JOIN hotline.inbound_items i ON i.id = s.item_id
            LEFT JOIN hotline.complaints c ON c.id = i.complaint_id
            WHERE personal.is_contact(contact, s.address, s.address)),
        'number_looks', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', l.at,
                'purpose', l.purpose) ORDER BY l.id), '[]')
            FROM personal.number_looks l
            WHERE personal.phone_key(l.number) = personal.contact_phone(contact)))
$$;

-- Everything about the person, for a week after it was approved, for the administrator who asked. Each
-- reading is a look at every complaint in it. NULL: not theirs, not approved, or too late.
CREATE OR REPLACE FUNCTION hotline.person_file(asked text, wanted integer) RETURNS jsonb
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

-- ---- by time ----

-- Complaints that still hold something of a person which is over its time, oldest first. NULL: all.
CREATE OR REPLACE FUNCTION personal.contacts_over(most integer) RETURNS SETOF bigint
    LANGUAGE sql STABLE AS $$
    SELECT c.id FROM hotline.complaints c, hotline.settings s
    WHERE s.key = 'retention' AND (s.value ->> 'contact_months')::integer > 0
      AND c.closed_at < now() - make_interval(months => (s.value ->> 'contact_months')::integer)
      AND NOT hotline.held(c.id)
      AND (EXISTS (SELECT FROM personal.reporters r WHERE r.complaint_id = c.id
                   AND num_nonnulls(r.name, r.phone, r.email) > 0)
           OR EXISTS (SELECT FROM personal.co_reporters p WHERE p.complaint_id = c.id
                      AND num_nonnulls(p.name, p.phone, p.email, p.description) > 0)
           OR EXISTS (SELECT FROM hotline.attachments a WHERE a.complaint_id = c.id
                      AND hotline.attachment_is_reporters(a)
                      AND coalesce((s.value ->> 'attachments')::boolean, true))
           OR EXISTS (SELECT FROM hotline.complaint_ratings g WHERE g.complaint_id = c.id
                      AND g.comment IS NOT NULL)
           OR EXISTS (SELECT FROM hotline.inbound_items i WHERE i.complaint_id = c.id
                      AND i.words <> '•••'))
    ORDER BY c.closed_at LIMIT most
$$;

-- Messages of which nobody made a complaint, over their time.
CREATE FUNCTION personal.messages_over(most integer) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT i.id FROM hotline.inbound_items i, hotline.settings s
    WHERE s.key = 'retention' AND (s.value ->> 'sender_months')::integer > 0
      AND i.received_at < now() - make_interval(months => (s.value ->> 'sender_months')::integer)
      AND i.complaint_id IS NULL AND i.words <> '•••'
    ORDER BY i.received_at LIMIT most
$$;

-- Senders of messages over their time.
CREATE FUNCTION personal.senders_over(most integer) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT i.id FROM hotline.inbound_items i JOIN personal.inbound_senders k ON k.item_id = i.id,
        hotline.settings s
    WHERE s.key = 'retention' AND (s.value ->> 'sender_months')::integer > 0
      AND i.received_at < now() - make_interval(months => (s.value ->> 'sender_months')::integer)
      AND (i.complaint_id IS NULL OR NOT hotline.held(i.complaint_id))
    ORDER BY i.received_at LIMIT most
$$;

-- Looks over their time: those by number whose number is still whole, and those that go altogether.
CREATE FUNCTION personal.looks_over(most integer) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT l.id FROM personal.number_looks l, hotline.settings s
    WHERE s.key = 'retention' AND (s.value ->> 'look_number_months')::integer > 0
      AND l.at < now() - make_interval(months => (s.value ->> 'look_number_months')::integer)
      AND l.number NOT LIKE '%•••%'
    ORDER BY l.at LIMIT most
$$;

-- Deletes looks at numbers, messages and reporters that are over their time.
CREATE FUNCTION personal.looks_forget(most integer) RETURNS bigint LANGUAGE sql AS $$
    WITH numbers AS (
        DELETE FROM personal.number_looks l WHERE l.id IN (SELECT k.id FROM personal.number_looks k
            WHERE k.at < personal.looks_end() ORDER BY k.at LIMIT most) RETURNING 1
    ), messages AS (
        DELETE FROM personal.inbound_looks l WHERE l.id IN (SELECT k.id FROM personal.inbound_looks k
            WHERE k.at < personal.looks_end() ORDER BY k.at LIMIT most) RETURNING 1
    ), people AS (
        DELETE FROM personal.reporter_looks l WHERE l.id IN (SELECT k.id FROM personal.reporter_looks k
            WHERE k.at < personal.looks_end() AND NOT hotline.held(k.complaint_id)
            ORDER BY k.at LIMIT most) RETURNING 1
    )
    SELECT (SELECT count(*) FROM numbers) + (SELECT count(*) FROM messages)
        + (SELECT count(*) FROM people)
$$;

-- What a turn of the job would do if it went on to the end.
CREATE FUNCTION personal.retain_counts() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'complaints', (SELECT count(*) FROM personal.contacts_over(NULL)),
        'contacts', (SELECT count(*) FROM personal.contacts_over(NULL) o, personal.people_of(o) p
                     WHERE num_nonnulls(p.name, p.phone, p.email) > 0),
        'senders', (SELECT count(*) FROM personal.senders_over(NULL)),
        'files', (SELECT count(*) FROM personal.contacts_over(NULL) o, hotline.attachments a
                  WHERE a.complaint_id = o AND hotline.attachment_is_reporters(a)
                    AND coalesce((s.value ->> 'attachments')::boolean, true)),
        'messages', (SELECT count(*) FROM personal.messages_over(NULL))
            + (SELECT count(*) FROM personal.contacts_over(NULL) o, hotline.inbound_items i
               WHERE i.complaint_id = o AND i.words <> '•••'),
        'looks', (SELECT count(*) FROM personal.looks_over(NULL))
            + (SELECT count(*) FROM personal.number_looks k WHERE k.at < personal.looks_end()
               AND k.number LIKE '%•••%')
            + (SELECT count(*) FROM personal.inbound_looks k WHERE k.at < personal.looks_end())
            + (SELECT count(*) FROM personal.reporter_looks k WHERE k.at < personal.looks_end()
               AND NOT hotline.held(k.complaint_id)))
    FROM hotline.settings s WHERE s.key = 'retention'
$$;

-- One turn of the job, or with `dry` what it would do if it went on to the end. {complaints, contacts,
-- senders, files, messages, looks}: all 0 when nothing is left to do.
CREATE OR REPLACE FUNCTION hotline.retain(dry boolean, most integer, by_actor text DEFAULT 'job')
    RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ids bigint[];
    contacts bigint;
    senders bigint;
    messages bigint;
    looks bigint;
    masked bigint;
    said jsonb;
    counts jsonb;
BEGIN
    IF dry THEN
        RETURN personal.retain_counts();
    ELSIF NOT pg_try_advisory_xact_lock(1022, 34) THEN
        RETURN '{"complaints": 0, "contacts": 0, "senders": 0, "files": 0, "messages": 0, "looks": 0}';
    END IF;
    ids := ARRAY (SELECT personal.contacts_over(most));
    contacts := personal.contacts_erase(ids, 'retention', by_actor);
    DELETE FROM personal.inbound_senders s WHERE s.item_id IN (SELECT personal.senders_over(most));
    GET DIAGNOSTICS senders = ROW_COUNT;
    messages := personal.inbound_erase(ARRAY (SELECT personal.messages_over(most)
        UNION ALL SELECT i.id FROM hotline.inbound_items i
        WHERE i.complaint_id = ANY (ids) AND i.words <> '•••'), by_actor);
    UPDATE personal.requests q SET contact = NULL -- of exports that nobody may read any more
    WHERE q.contact IS NOT NULL AND q.decided_at < now() - interval '7 days';
    looks := personal.looks_forget(most);
    UPDATE personal.number_looks l SET number = personal.phone_masked(l.number)
    WHERE l.id IN (SELECT personal.looks_over(most));
    GET DIAGNOSTICS masked = ROW_COUNT;
    looks := looks + masked;
    UPDATE hotline.complaint_ratings g SET comment = NULL
    WHERE g.complaint_id = ANY (ids) AND g.co_report_id IS NOT NULL AND g.comment IS NOT NULL;
    said := personal.words_erase(ids, coalesce((SELECT (s.value ->> 'attachments')::boolean
        FROM hotline.settings s WHERE s.key = 'retention'), true), by_actor);
    counts := jsonb_build_object('complaints', cardinality(ids), 'contacts', contacts,
        'senders', senders, 'files', said -> 'files', 'messages', messages, 'looks', looks);
    IF cardinality(ids) + senders + messages + looks > 0 THEN
        INSERT INTO hotline.erasures (why, actor, counts) VALUES ('retention', by_actor, counts);
        PERFORM hotline.audit('personal.erased', by_actor, 'retention', counts);
    END IF;
    RETURN counts;
END $$;

-- ---- words, by hand ----

-- Staff take a person out of what was written. args: code, reason, and description (its new words),
-- history_n (that row's detail goes), answer_n or note_n (the n-th of the complaint, from 1) or comments
-- (of all ratings). The old words are gone for good; the chain holds.
CREATE OR REPLACE FUNCTION hotline.complaint_redact(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    row_id bigint;
    what text := coalesce((SELECT k FROM unnest(ARRAY['history_n', 'answer_n', 'note_n', 'comments',
        'description']) WITH ORDINALITY u(k, n) WHERE args ->> k IS NOT NULL ORDER BY n LIMIT 1), '');
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF c.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF hotline.held(c.id) THEN
        RETURN hotline.refusal('wrong_state', 'code', 'held');
    ELSIF what = '' THEN
        RETURN hotline.refusal('unknown', 'description');
    END IF;
    IF what IN ('history_n', 'answer_n', 'note_n') THEN
        EXECUTE format('SELECT id FROM (SELECT id, %s AS n FROM hotline.%s WHERE complaint_id = $1 %s) t
                WHERE n = $2',
            CASE what WHEN 'history_n' THEN 'n' ELSE 'row_number() OVER (ORDER BY id)' END,
            CASE what WHEN 'history_n' THEN 'complaint_history' WHEN 'note_n' THEN 'complaint_notes'
                      ELSE 'complaint_answers' END,
            CASE what WHEN 'history_n' THEN 'AND salt IS NOT NULL' ELSE '' END)
            INTO row_id USING c.id, (args ->> what)::integer;
        IF row_id IS NULL THEN
            RETURN hotline.refusal('unknown', what, args ->> what);
        END IF;
    END IF;
    UPDATE hotline.complaint_answers w SET text = '•••', no_photo_reason = NULL
    WHERE w.id = row_id AND what = 'answer_n';
    UPDATE hotline.complaint_notes w SET text = '•••' WHERE w.id = row_id AND what = 'note_n';
    UPDATE hotline.complaint_ratings g SET comment = NULL
    WHERE g.complaint_id = c.id AND g.comment IS NOT NULL AND what = 'comments';
    UPDATE hotline.notices n SET facts = n.facts - CASE what WHEN 'description' THEN 'description'
            ELSE 'said' END
    WHERE n.complaint_id = c.id AND what IN ('description', 'answer_n');
    UPDATE hotline.complaints k SET description = CASE what WHEN 'description'
            THEN args ->> 'description' ELSE k.description END,
        updated_at = now(), version = k.version + 1 WHERE k.id = c.id;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    VALUES (c.id, now(), 'redacted', who.actor, jsonb_build_object('internal',
        jsonb_strip_nulls(jsonb_build_object('reason', args ->> 'reason', 'what', what,
            'n', args -> what) - CASE WHEN what IN ('description', 'comments') THEN 'n' ELSE '' END)));
    IF what = 'history_n' THEN
        PERFORM hotline.history_redact(row_id, '{"redacted": true}', who.actor);
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer',
        jsonb_build_object('code', c.code, 'version', c.version + 1));
END $$;

-- ---- reading it ----

-- Who decides reads the list, too.
CREATE OR REPLACE FUNCTION hotline.person_requests(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('requests', coalesce(jsonb_agg(hotline.person_request_json(q)
        ORDER BY q.id DESC), '[]'))
    FROM (SELECT * FROM personal.requests ORDER BY id DESC LIMIT 200) q
    WHERE (hotline.actor_of(asked)).role IN ('administrator', 'auditor', 'supervisor')
$$;

CREATE FUNCTION hotline.actor_json(actor text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('actor', actor, 'name', (SELECT u.name FROM hotline.users u
        WHERE actor = 'user:' || u.login))
$$;

-- What is held, what was taken out and erased, who looked a number up (masked): newest first, the last
-- 200 of each. NULL: not for them.
CREATE FUNCTION hotline.personal_record(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object(
        'holds', (SELECT coalesce(jsonb_agg(jsonb_build_object('complaint', c.code, 'reason', h.reason,
                'by', hotline.actor_json(h.held_by), 'at', h.held_at, 'released_at', h.released_at,
                'released_by', hotline.actor_json(h.released_by))
                ORDER BY h.released_at IS NOT NULL, h.id DESC), '[]')
            FROM (SELECT * FROM hotline.legal_holds ORDER BY released_at IS NOT NULL, id DESC LIMIT 200) h
            JOIN hotline.complaints c ON c.id = h.complaint_id),
        'redactions', (SELECT coalesce(jsonb_agg(jsonb_build_object('complaint', c.code, 'at', h.at,
                'by', hotline.actor_json(h.actor), 'reason', h.detail #>> '{internal,reason}',
                'what', h.detail #>> '{internal,what}') ORDER BY h.id DESC), '[]')
            FROM (SELECT * FROM hotline.complaint_history WHERE event = 'redacted'
                  ORDER BY id DESC LIMIT 200) h JOIN hotline.complaints c ON c.id = h.complaint_id),
        'erasures', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'why', e.why,
                'by', hotline.actor_json(e.actor), 'counts', e.counts) ORDER BY e.id DESC), '[]')
            FROM (SELECT * FROM hotline.erasures ORDER BY id DESC LIMIT 200) e),
        'number_looks', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', l.at,
                'by', hotline.actor_json(l.viewer), 'number', CASE WHEN l.number LIKE '%•••%'
                    THEN l.number ELSE personal.phone_masked(l.number) END,
                'purpose', l.purpose) ORDER BY l.id DESC), '[]')
            FROM (SELECT * FROM personal.number_looks ORDER BY id DESC LIMIT 200) l))
    WHERE hotline.reads_record(asked)
$$;
CREATE INDEX complaint_history_redacted ON hotline.complaint_history (id) WHERE event = 'redacted';

REVOKE ALL ON FUNCTION hotline.attachments_erase(bigint[]), hotline.actor_json(text),
    hotline.person_requests(text), hotline.personal_record(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.person_requests(text), hotline.personal_record(text)
    TO hotline_service;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA personal FROM PUBLIC;

RESET ROLE;
