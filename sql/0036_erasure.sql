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

-- What is left of a message: that one came, when, by which way.
CREATE FUNCTION personal.inbound_erase(items bigint[], by_actor text) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM personal.inbound_senders s WHERE s.item_id = ANY (items);
    DELETE FROM hotline.attachments a USING hotline.inbound_files f
    WHERE f.item_id = ANY (items) AND a.id = f.attachment_id AND a.complaint_id IS NULL;
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

-- ---- by time ----

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

-- ---- reading it ----

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
