-- Persons: masked for those who work on their complaint, shown in full for a purpose and with a
-- record of the look, kept only as long as needed. docs/personal-data.md tells it to people.
SET ROLE hotline_owner;
SET check_function_bodies = off; -- some call what 0036_erasure.sql has

-- ---- masks ----

-- "Nguyễn Văn An" is "N. V. A."
CREATE FUNCTION personal.name_masked(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(left(word, 1) || '.', ' ' ORDER BY i)
    FROM unnest(regexp_split_to_array(trim(name), '\s+')) WITH ORDINALITY w(word, i) WHERE word <> ''
$$;
-- "0901 234 567" is "09xx•••567"; of a short one nothing is shown.
CREATE FUNCTION personal.phone_masked(phone text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(k) >= 9 THEN left(k, 2) || 'xx•••' || right(k, 3)
                WHEN phone IS NOT NULL THEN '•••' END
    FROM (SELECT personal.phone_key(phone)) d (k)
$$;
-- "an@example.com" is "a•••@…"
CREATE FUNCTION personal.email_masked(email text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN email LIKE '_%@%' THEN left(email, 1) || '•••@…' WHEN email IS NOT NULL THEN '•••' END
$$;
-- Telephone numbers and e-mail addresses within a text, masked: for what the public sees.
CREATE FUNCTION hotline.text_masked(words text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(regexp_replace(words,
        '(?<![0-9])(?:\+?84[ .\-]?|0)([0-9])(?:[ .\-]?[0-9]){5,7}[ .\-]?([0-9])[ .\-]?([0-9])[ .\-]?([0-9])(?![0-9])',
        '0\1xx•••\2\3\4', 'g'),
        '([[:alnum:]])[[:alnum:]._%+\-]*@[[:alnum:].\-]+[.][[:alpha:]]{2,}', '\1•••@…', 'g')
$$;

-- ---- who reported ----

ALTER TABLE personal.reporters ADD COLUMN erased_at timestamptz;
ALTER TABLE personal.co_reporters ADD COLUMN erased_at timestamptz;

-- Everybody who reported a complaint: the reporter first, then who joined.
CREATE FUNCTION personal.people_of(of_complaint bigint)
    RETURNS TABLE (kind text, name text, phone text, email text, anonymous boolean,
                   erased_at timestamptz)
    LANGUAGE sql STABLE AS $$
    SELECT 'reporter', r.name, r.phone, r.email, r.anonymous, r.erased_at
    FROM personal.reporters r WHERE r.complaint_id = of_complaint
    UNION ALL
    (SELECT 'co_reporter', p.name, p.phone, p.email, p.anonymous, p.erased_at
     FROM personal.co_reporters p WHERE p.complaint_id = of_complaint ORDER BY p.co_report_id)
$$;

-- Everybody who opens a complaint asks for it: plpgsql, so that its plan is kept.
CREATE FUNCTION personal.people_masked(of_complaint bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', p.kind,
        'name', personal.name_masked(p.name), 'phone', personal.phone_masked(p.phone),
        'email', personal.email_masked(p.email), 'anonymous', p.anonymous,
        'erased', p.erased_at IS NOT NULL)), '[]')
    FROM personal.people_of(of_complaint) p);
END $$;

-- ---- looks ----

-- What for. `roles` may give it as theirs; one that needs a note says too little by itself.
CREATE TABLE hotline.look_purposes (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    roles text[] NOT NULL DEFAULT '{operator,supervisor,agency_staff,agency_head}',
    needs_note boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true
);
INSERT INTO hotline.look_purposes (code, name_vi, name_en, roles, needs_note) VALUES
    ('goi-hoi-them', 'Gọi hỏi thêm thông tin', 'Call to ask for more', DEFAULT, false),
    ('hen-hien-truong', 'Hẹn kiểm tra tại hiện trường', 'Arrange a visit on site', DEFAULT, false),
    ('bao-ket-qua', 'Báo kết quả xử lý', 'Tell the result', DEFAULT, false),
    ('kiem-tra-hai-long', 'Gọi kiểm tra mức độ hài lòng', 'Call back about satisfaction',
     '{operator,supervisor}', false),
    ('khieu-nai', 'Giải quyết khiếu nại về kết quả', 'Handle an objection to the result', DEFAULT, true),
    ('khac', 'Lý do khác', 'Another reason', DEFAULT, true);

-- Of the viewer at that time; `note` is the viewer's own words. The purpose of looks that others
-- record (a search by number) is in their words.
ALTER TABLE personal.reporter_looks
    ADD COLUMN role text,
    ADD COLUMN agency_code text,
    ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 500);
CREATE INDEX reporter_looks_complaint ON personal.reporter_looks (complaint_id, id);
CREATE INDEX reporter_looks_viewer ON personal.reporter_looks (viewer, id);

CREATE FUNCTION personal.look_viewer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT u.role, a.code INTO NEW.role, NEW.agency_code
    FROM hotline.users u LEFT JOIN hotline.agencies a ON a.id = u.agency_id
    WHERE NEW.viewer = 'user:' || u.login;
    RETURN NEW;
END $$;
CREATE TRIGGER look_viewer BEFORE INSERT ON personal.reporter_looks
    FOR EACH ROW EXECUTE FUNCTION personal.look_viewer();

-- Every look is in the security log too, however it came about.
CREATE FUNCTION personal.look_audited() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM hotline.audit('reporter.looked', NEW.viewer,
        (SELECT c.code FROM hotline.complaints c WHERE c.id = NEW.complaint_id),
        jsonb_build_object('look', NEW.id));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON personal.reporter_looks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION personal.look_audited();

-- Roles that may see who reported, at least masked.
CREATE FUNCTION hotline.role_sees_people(role text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(role IN ('operator', 'supervisor', 'agency_staff', 'agency_head'), false)
$$;

-- May that person see who reported, at least masked? Those who work on it.
CREATE FUNCTION hotline.people_seen(who hotline.actor, c hotline.complaints) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce(hotline.role_sees_people(who.role)
        AND hotline.complaint_relation(who, c) IN ('all', 'agency', 'task'), false);
END $$;

-- args: code, purpose, note (may be absent). The answer names the look; what is seen by it is asked
-- for with it (hotline.look_result), so that no person is in the answers that are kept for repeats.
CREATE FUNCTION hotline.reporter_reveal(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    p hotline.look_purposes;
    look bigint;
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'code';
    IF NOT hotline.people_seen(who, c) THEN
        RETURN hotline.refusal('not_found');
    END IF;
    SELECT * INTO p FROM hotline.look_purposes k WHERE k.code = args ->> 'purpose' AND k.active;
    IF p.code IS NULL OR NOT who.role = ANY (p.roles) THEN
        RETURN hotline.refusal('unknown', 'purpose', args ->> 'purpose');
    ELSIF p.needs_note AND coalesce(args ->> 'note', '') = '' THEN
        RETURN hotline.refusal('note_needed', 'note');
    END IF;
    INSERT INTO personal.reporter_looks (complaint_id, viewer, purpose, note)
    VALUES (c.id, who.actor, p.code, coalesce(args ->> 'note', '')) RETURNING id INTO look;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('look', look));
END $$;

-- What was seen by a look, for whoever made it, in the minutes after.
CREATE FUNCTION hotline.look_result(asked text, look bigint) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('look', l.id, 'people', (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'kind', p.kind, 'name', p.name, 'phone', p.phone, 'email', p.email,
            'anonymous', p.anonymous, 'erased', p.erased_at IS NOT NULL)), '[]')
        FROM personal.people_of(l.complaint_id) p))
    FROM personal.reporter_looks l
    WHERE l.id = look AND l.viewer = asked AND l.at > now() - interval '10 minutes'
$$;

CREATE FUNCTION hotline.purposes_json(of_role text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('code', p.code, 'name',
        jsonb_build_object('vi', p.name_vi, 'en', p.name_en), 'needs_note', p.needs_note)
        ORDER BY p.code = 'khac', p.name_vi), '[]')
    FROM hotline.look_purposes p WHERE p.active AND of_role = ANY (p.roles)
$$;

-- Masked, with the purposes that this person may give; NULL: nothing that they may see.
CREATE FUNCTION hotline.reporter_masked(asked text, of_code text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('people', personal.people_masked(c.id),
                              'purposes', hotline.purposes_json(w.role))
    FROM hotline.complaints c, hotline.actor_of(asked) w
    WHERE c.code = of_code AND hotline.people_seen(w, c)
$$;

CREATE FUNCTION hotline.purpose_named(purpose text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT jsonb_build_object('vi', p.name_vi, 'en', p.name_en)
                     FROM hotline.look_purposes p WHERE p.code = purpose),
                    jsonb_build_object('vi', purpose, 'en', purpose))
$$;

-- For the person, by tracking code: when, in which role, what for; never who. NULL: no such complaint.
CREATE FUNCTION hotline.looks_of(of_code text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('looks', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', l.at,
            'role', l.role, 'agency', (SELECT jsonb_build_object('code', a.code, 'name', a.name)
                FROM hotline.agencies a WHERE a.code = l.agency_code ORDER BY a.valid DESC LIMIT 1),
            'purpose', hotline.purpose_named(l.purpose)) ORDER BY l.id DESC), '[]')
        FROM personal.reporter_looks l WHERE l.complaint_id = c.id))
    FROM hotline.complaints c WHERE c.code = of_code
$$;

CREATE FUNCTION hotline.reads_record(asked text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((hotline.actor_of(asked)).role IN ('auditor', 'administrator'), false)
$$;

-- For the auditor, newest first. '' or NULL: any.
CREATE FUNCTION hotline.looks_list(asked text, by_viewer text, of_code text, from_at timestamptz,
    to_at timestamptz, before bigint, most integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS (
        SELECT l.*, c.code FROM personal.reporter_looks l
        JOIN hotline.complaints c ON c.id = l.complaint_id
        WHERE hotline.reads_record(asked)
          AND (coalesce(by_viewer, '') = '' OR l.viewer = 'user:' || by_viewer)
          AND (coalesce(of_code, '') = '' OR c.code = of_code)
          AND l.at >= coalesce(from_at, '-infinity') AND l.at < coalesce(to_at, 'infinity')
          AND l.id < coalesce(before, 9223372036854775807)
        ORDER BY l.id DESC LIMIT most + 1
    ), page AS (SELECT * FROM found ORDER BY id DESC LIMIT most)
    SELECT jsonb_build_object('looks', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id,
            'at', p.at, 'viewer', p.viewer, 'name', (SELECT u.name FROM hotline.users u
                WHERE p.viewer = 'user:' || u.login), 'role', p.role, 'agency', p.agency_code,
            'complaint', p.code, 'purpose', hotline.purpose_named(p.purpose), 'note', p.note)
            ORDER BY p.id DESC), '[]') FROM page p),
        'next', CASE WHEN (SELECT count(*) FROM found) > most
                THEN (SELECT min(id)::text FROM page) END)
$$;

-- The security log, likewise. `of_event` may be a beginning: "login".
CREATE FUNCTION hotline.audit_list(asked text, of_event text, by_actor text, of_subject text,
    from_at timestamptz, to_at timestamptz, before bigint, most integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS (
        SELECT a.* FROM hotline.audit_log a
        WHERE hotline.reads_record(asked)
          AND (coalesce(of_event, '') = '' OR a.event = of_event OR a.event LIKE of_event || '.%')
          AND (coalesce(by_actor, '') = '' OR a.actor IN (by_actor, 'user:' || by_actor))
          AND (coalesce(of_subject, '') = '' OR a.subject IN (of_subject, 'user:' || of_subject))
          AND a.at >= coalesce(from_at, '-infinity') AND a.at < coalesce(to_at, 'infinity')
          AND a.id < coalesce(before, 9223372036854775807)
        ORDER BY a.id DESC LIMIT most + 1
    ), page AS (SELECT * FROM found ORDER BY id DESC LIMIT most)
    SELECT jsonb_build_object('entries', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id,
            'at', p.at, 'event', p.event, 'actor', p.actor, 'subject', p.subject,
            'detail', p.detail, 'hash', encode(p.hash, 'hex')) ORDER BY p.id DESC), '[]') FROM page p),
        'next', CASE WHEN (SELECT count(*) FROM found) > most
                THEN (SELECT min(id)::text FROM page) END)
$$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('reporter.reveal', 'reporter_reveal', '{operator,supervisor,agency_staff,agency_head}');

-- ---- how long ----

-- After Decree 13/2023/NĐ-CP: no longer than the purpose needs. Months after a complaint has closed;
-- of senders of messages: after they came in. Changed by the administrator.
INSERT INTO hotline.settings (key, value) VALUES
    ('retention', '{"contact_months": 24, "sender_months": 12}');

-- A legal hold keeps everything of a complaint until it is released.
CREATE TABLE hotline.legal_holds (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    held_by text NOT NULL,
    held_at timestamptz NOT NULL DEFAULT now(),
    released_by text,
    released_at timestamptz
);
CREATE UNIQUE INDEX legal_holds_one ON hotline.legal_holds (complaint_id) WHERE released_at IS NULL;

CREATE FUNCTION hotline.held(of_complaint bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM hotline.legal_holds h
                   WHERE h.complaint_id = of_complaint AND h.released_at IS NULL);
END $$;

-- args: code, hold (true or false), reason.
CREATE FUNCTION hotline.complaint_hold(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    wanted boolean := (args ->> 'hold')::boolean;
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF c.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF hotline.held(c.id) = wanted THEN
        RETURN hotline.refusal('wrong_state', 'hold', CASE WHEN wanted THEN 'held' ELSE 'free' END);
    ELSIF wanted THEN
        INSERT INTO hotline.legal_holds (complaint_id, reason, held_by)
        VALUES (c.id, args ->> 'reason', who.actor);
    ELSE
        UPDATE hotline.legal_holds h SET released_by = who.actor, released_at = now()
        WHERE h.complaint_id = c.id AND h.released_at IS NULL;
    END IF;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    VALUES (c.id, now(), CASE WHEN wanted THEN 'held' ELSE 'released' END, who.actor,
            jsonb_build_object('internal', jsonb_build_object('reason', args ->> 'reason')));
    RETURN jsonb_build_object('outcome', 'done', 'answer',
                              jsonb_build_object('code', c.code, 'held', wanted));
END $$;

-- What was erased, when, why, how much. Append-only; no person is in it.
CREATE TABLE hotline.erasures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    why text NOT NULL CHECK (why IN ('retention', 'request')),
    actor text NOT NULL,
    counts jsonb NOT NULL
);
CREATE TRIGGER erasures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.erasures FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- Takes the contacts of these complaints away, each with a row of history; answers how many people.
CREATE FUNCTION personal.contacts_erase(ids bigint[], why text, by_actor text) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    reporters bigint;
    others bigint;
BEGIN
    PERFORM FROM hotline.complaints c WHERE c.id = ANY (ids) ORDER BY c.id FOR NO KEY UPDATE;
    UPDATE personal.reporters r SET name = NULL, phone = NULL, email = NULL, erased_at = now()
    WHERE r.complaint_id = ANY (ids) AND num_nonnulls(r.name, r.phone, r.email) > 0;
    GET DIAGNOSTICS reporters = ROW_COUNT;
    UPDATE personal.co_reporters p SET name = NULL, phone = NULL, email = NULL, description = NULL,
        erased_at = now()
    WHERE p.complaint_id = ANY (ids) AND num_nonnulls(p.name, p.phone, p.email, p.description) > 0;
    GET DIAGNOSTICS others = ROW_COUNT;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT id, now(), 'contacts_erased', by_actor, jsonb_build_object('why', why)
    FROM unnest(ids) id ORDER BY id;
    RETURN reporters + others;
END $$;

-- Complaints that still hold something of a person which is over its time, oldest first. NULL: all.
CREATE FUNCTION personal.contacts_over(most integer) RETURNS SETOF bigint
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

-- One turn of the job, or with `dry` what it would do if it went on to the end. {complaints, contacts,
-- senders, files, messages, looks}: all 0 when nothing is left to do.
CREATE FUNCTION hotline.retain(dry boolean, most integer, by_actor text DEFAULT 'job')
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

-- ---- words ----

-- Staff take a person out of what was written. args: code, reason, and description (its new words),
-- history_n (that row's detail goes), answer_n or note_n (the n-th of the complaint, from 1) or comments
-- (of all ratings). The old words are gone for good; the chain holds.
CREATE FUNCTION hotline.complaint_redact(who hotline.actor, args jsonb) RETURNS jsonb
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

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('complaint.hold', 'complaint_hold', '{administrator,auditor}'),
    ('complaint.redact', 'complaint_redact', '{administrator,supervisor}');
INSERT INTO hotline.audited_actions (action) VALUES ('complaint.hold'), ('complaint.redact');

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace IN ('hotline'::regnamespace,
             'personal'::regnamespace) AND (p.proname ~
             '^(name|phone|email)_masked|^(people|look|looks|reporter|purpose|purposes|contacts)_'
             OR p.proname IN ('held', 'retain', 'complaint_hold', 'complaint_redact', 'audit_list',
                              'reads_record')) LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION personal.reporter_reveal(bigint, text, text) TO hotline_personal;
GRANT EXECUTE ON FUNCTION hotline.look_result(text, bigint), hotline.reporter_masked(text, text),
    hotline.looks_of(text),
    hotline.looks_list(text, text, text, timestamptz, timestamptz, bigint, integer),
    hotline.audit_list(text, text, text, text, timestamptz, timestamptz, bigint, integer),
    hotline.retain(boolean, integer, text) TO hotline_service;
GRANT EXECUTE ON FUNCTION hotline.text_masked(text) TO hotline_service, hotline_readonly;
GRANT SELECT ON hotline.look_purposes TO hotline_service, hotline_readonly;
GRANT SELECT ON hotline.erasures TO hotline_readonly;

RESET check_function_bodies;
RESET ROLE;
