-- What each transition of sql/0018_workflow.sql does, form letters, and who is called back.
SET ROLE hotline_owner;
SET check_function_bodies = off; -- some call what 0034_register.sql has

-- ---- what each action does: hotline.act_NAME(who, c, args, at) ----

-- The due times that the service computed for this change (sql/0011_deadlines.sql).
CREATE FUNCTION hotline.with_due(c hotline.complaints, args jsonb) RETURNS hotline.complaints
    LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    c.accept_due_at := hotline.instant(args, 'accept_due_us');
    c.answer_due_at := hotline.instant(args, 'answer_due_us');
    c.due_at := hotline.instant(args, 'due_us');
    RETURN c;
END $$;

-- Someone else's time begins: by its own calendar, with nothing of the one before.
CREATE FUNCTION hotline.clock_anew(who hotline.actor, c hotline.complaints, args jsonb,
                                   at timestamptz)
    RETURNS hotline.complaints LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hotline.pause_end(c.id, at, who.actor);
    c := hotline.with_due(c, args);
    c.clock_from := at;
    c.paused_at := NULL;
    c.deadline_terms := NULL;
    c.accepted_at := NULL;
    c.answered_at := NULL;
    c.extensions := 0;
    RETURN c;
END $$;

CREATE FUNCTION hotline.agency_in_force(wanted text) RETURNS hotline.agencies
    LANGUAGE sql STABLE AS $$
    SELECT a FROM hotline.agencies a
    WHERE a.code = wanted AND a.valid @> hotline.city_day(now()) LIMIT 1
$$;

-- True if each is an attachment of that complaint.
CREATE FUNCTION hotline.attachments_known(of_complaint bigint, ids jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT NOT EXISTS (SELECT FROM jsonb_array_elements_text(coalesce(ids, '[]')) given
                           WHERE NOT EXISTS (SELECT FROM hotline.attachments f
                                             WHERE f.id = given AND f.complaint_id = of_complaint)));
END $$;

-- The words that are in a text, each once, in lower case.
CREATE FUNCTION hotline.words_of(said text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN -- not SQL: every answer asks for it, and its plan is kept
    RETURN (SELECT coalesce(array_agg(DISTINCT w), '{}')
    FROM unnest(string_to_array(translate(lower(said), E'.,;:!?()[]{}"''/\\-\n\r\t',
                                          repeat(' ', 20)), ' ')) w WHERE w <> '');
END $$;

-- Answers prepared beforehand. {code}, {category}, {address}, {received}, {agency}, {deadline} are
-- filled in from the complaint; [what stands in brackets] is for the writer.
CREATE TABLE hotline.form_letters (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    kind text NOT NULL CHECK (kind IN ('answer', 'resolve', 'reject', 'extend', 'refer')),
    category_id integer REFERENCES hotline.categories, -- and below; NULL: all
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 10000),
    words text[] NOT NULL GENERATED ALWAYS AS (hotline.words_of(body)) STORED,
    active boolean NOT NULL DEFAULT true,
    position integer NOT NULL DEFAULT 0
);
INSERT INTO hotline.form_letters (code, kind, name_vi, name_en, body, position) VALUES
('da-tiep-nhan', 'answer', 'Đã tiếp nhận', 'Received', 'Kính gửi Ông/Bà, {agency} đã tiếp nhận phản ánh số {code} về {category} tại {address} ngày {received}. Đơn vị sẽ xử lý và trả lời trước {deadline}. Trân trọng.', 1),
('can-bo-sung', 'answer', 'Đề nghị bổ sung thông tin', 'More information needed', 'Kính gửi Ông/Bà, để xử lý phản ánh số {code}, {agency} đề nghị Ông/Bà cho biết thêm: [điều cần bổ sung]. Trân trọng.', 2),
('da-xu-ly', 'resolve', 'Đã xử lý xong', 'Done', 'Kính gửi Ông/Bà, {agency} đã kiểm tra phản ánh số {code} về {category} tại {address}. Kết quả: [đã làm gì, lúc nào]. Trân trọng cảm ơn Ông/Bà đã phản ánh.', 3),
('khong-phat-hien', 'resolve', 'Kiểm tra không phát hiện', 'Nothing found on site', 'Kính gửi Ông/Bà, {agency} đã kiểm tra hiện trường theo phản ánh số {code} lúc [giờ, ngày] và [tình trạng khi kiểm tra]. Nếu việc còn tái diễn, đề nghị Ông/Bà phản ánh lại. Trân trọng.', 4),
('gia-han', 'extend', 'Gia hạn xử lý', 'More time needed', 'Việc xử lý phản ánh số {code} cần thêm thời gian vì [lý do]. Đến nay đơn vị đã [việc đã làm].', 5),
('khong-thuoc-pham-vi', 'reject', 'Ngoài phạm vi tiếp nhận', 'Not for this hotline', 'Kính gửi Ông/Bà, nội dung phản ánh số {code} không thuộc phạm vi tiếp nhận của Cổng thông tin 1022 vì [lý do]. Ông/Bà có thể liên hệ [nơi giải quyết]. Trân trọng.', 6),
('chuyen-ngoai', 'refer', 'Chuyển cơ quan khác', 'Referred to others', 'Phản ánh số {code} thuộc thẩm quyền của [cơ quan] và đã được chuyển đến đó ngày [ngày chuyển].', 7);

CREATE FUNCTION hotline.local_text(at timestamptz, shape text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT to_char(at AT TIME ZONE coalesce((SELECT s.value #>> '{}' FROM hotline.settings s
                                                 WHERE s.key = 'timezone'), 'UTC'), shape));
END $$;

CREATE FUNCTION hotline.letter_text(body text, c hotline.complaints) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT replace(replace(replace(replace(replace(replace(body,
        '{code}', c.code), '{category}', lower(k.name_vi)),
        '{address}', coalesce(nullif(c.address, ''), w.name, 'địa điểm đã nêu')),
        '{received}', hotline.local_text(c.received_at, 'DD/MM/YYYY')), '{agency}', a.name),
        '{deadline}', hotline.local_text(c.due_at, 'HH24:MI DD/MM/YYYY'))
    FROM hotline.categories k, hotline.agencies a
    LEFT JOIN hotline.boundaries w ON w.id = c.ward_id
    WHERE k.id = c.category_id AND a.id = c.agency_id);
END $$;

-- True if the text says hardly anything that the letter (any, where none is named) does not, filled in.
CREATE FUNCTION hotline.form_letter_only(said text, letter text, c hotline.complaints)
    RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    spoken text[] := hotline.words_of(said);
    own text[]; -- without what the fields of any letter may say
    least integer := hotline.workflow_number('own_words_min');
BEGIN
    own := ARRAY (SELECT unnest(spoken) EXCEPT SELECT unnest(hotline.words_of(hotline.letter_text(
        '{code} {category} {address} {received} {agency} {deadline}', c))));
    RETURN EXISTS (
        SELECT FROM hotline.form_letters f
        WHERE f.active AND (letter IS NULL OR f.code = letter)
          AND cardinality(f.words) <= 3 * cardinality(spoken)
          AND (SELECT count(*) FROM unnest(own) w WHERE w <> ALL (f.words)) < least);
END $$;

-- What is wrong with an answer's letter or attachments; NULL: nothing. Nothing but a form letter is
-- refused once: `form_only` says that it is meant.
CREATE FUNCTION hotline.answer_refusal(c hotline.complaints, said text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT CASE
            WHEN args ->> 'letter' IS NOT NULL AND NOT EXISTS (SELECT FROM hotline.form_letters f
                    WHERE f.code = args ->> 'letter' AND f.active)
                THEN hotline.refusal('unknown', 'letter', args ->> 'letter')
            WHEN NOT hotline.attachments_known(c.id, args -> 'attachments')
                THEN hotline.refusal('unknown', 'attachments', args ->> 'attachments')
            WHEN NOT coalesce((args ->> 'form_only')::boolean, false)
                 AND hotline.form_letter_only(said, args ->> 'letter', c)
                THEN hotline.refusal('form_only', 'text')
        END);
END $$;

CREATE FUNCTION hotline.answer_add(who hotline.actor, c hotline.complaints, args jsonb,
                                   at timestamptz, kind text, said text)
    RETURNS bigint LANGUAGE sql AS $$
    -- What an answer shows is for the reporter's eyes.
    UPDATE hotline.attachments f SET public = true
    WHERE f.complaint_id = c.id
      AND f.id IN (SELECT jsonb_array_elements_text(coalesce(args -> 'attachments', '[]')));
    INSERT INTO hotline.complaint_answers (complaint_id, at, kind, text, by, agency_id, letter,
        form_only, attachments, no_photo_reason)
    VALUES (c.id, at, kind, said, who.actor, coalesce((SELECT a.id FROM hotline.agencies a
            WHERE a.code = who.agency_code ORDER BY a.valid @> hotline.city_day(now()) DESC LIMIT 1),
            c.agency_id), args ->> 'letter',
        hotline.form_letter_only(said, args ->> 'letter', c),
        ARRAY (SELECT jsonb_array_elements_text(coalesce(args -> 'attachments', '[]'))),
        args ->> 'no_photo_reason')
    RETURNING id
$$;

CREATE FUNCTION hotline.act_assign(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    desk hotline.desks;
    person hotline.users;
BEGIN
    IF args ->> 'desk' IS NOT NULL THEN
        SELECT * INTO desk FROM hotline.desks d WHERE d.agency_id = c.agency_id
            AND d.code = args ->> 'desk' AND d.valid @> hotline.city_day(now());
        IF desk.id IS NULL THEN
            refused := hotline.refusal('unknown', 'desk', args ->> 'desk');
            RETURN;
        END IF;
        c.desk_id := desk.id;
    END IF;
    IF args ->> 'person' IS NOT NULL THEN
        SELECT u.* INTO person FROM hotline.users u JOIN hotline.agencies a ON a.id = u.agency_id
            WHERE u.login = args ->> 'person' AND u.active
              AND a.code = (SELECT o.code FROM hotline.agencies o WHERE o.id = c.agency_id);
        IF person.id IS NULL THEN
            refused := hotline.refusal('unknown', 'person', args ->> 'person');
            RETURN;
        END IF;
        c.assignee_id := person.id;
    ELSIF desk.id IS NULL AND c.status <> 'assigned' THEN
        refused := hotline.refusal('required', 'person');
        RETURN;
    END IF;
    detail := jsonb_strip_nulls(jsonb_build_object('desk', desk.code,
        'internal', CASE WHEN person.id IS NOT NULL THEN jsonb_build_object('person', person.login) END));
END $$;

CREATE FUNCTION hotline.act_accept(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    c.accepted_at := at;
    IF c.assignee_id IS NULL AND who.agency_code IS NOT NULL THEN
        c.assignee_id := (SELECT u.id FROM hotline.users u WHERE u.login = who.login);
    END IF;
    detail := jsonb_build_object('in_time', at <= c.accept_due_at);
END $$;

CREATE FUNCTION hotline.act_return(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    target hotline.agencies := hotline.agency_in_force(args ->> 'agency');
BEGIN
    IF args ->> 'agency' IS NOT NULL AND target.id IS NULL THEN
        refused := hotline.refusal('unknown', 'agency', args ->> 'agency');
    ELSIF target.code = who.agency_code THEN
        refused := hotline.refusal('same_agency', 'agency', target.name);
    END IF;
    c.returns := c.returns + 1;
    IF target.id IS NULL THEN -- whom the rules would have asked next
        target := hotline.agency_in_force((hotline.rules_candidates(c))[1]);
    END IF;
    c.proposed_agency_id := target.id;
    c.assignee_id := NULL;
    detail := jsonb_strip_nulls(jsonb_build_object('returns', c.returns, 'internal',
        jsonb_build_object('reason', args ->> 'reason', 'proposed', target.code)));
END $$;

-- By hand, kept as a correction of the rules. An agency that passes its own on directly has returned
-- it, too; where a supervisor must decide, the decision stands.
CREATE FUNCTION hotline.act_reroute(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                    at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    before hotline.agencies;
    target hotline.agencies := hotline.agency_in_force(args ->> 'agency');
    target_desk integer;
BEGIN
    SELECT * INTO before FROM hotline.agencies a WHERE a.id = c.agency_id;
    SELECT d.id INTO target_desk FROM hotline.desks d WHERE d.agency_id = target.id
        AND d.code = args ->> 'desk' AND d.valid @> hotline.city_day(now());
    IF target.id IS NULL THEN
        refused := hotline.refusal('unknown', 'agency', args ->> 'agency');
    ELSIF args ->> 'desk' IS NOT NULL AND target_desk IS NULL THEN
        refused := hotline.refusal('unknown', 'desk', args ->> 'desk');
    ELSIF target.code = before.code AND target_desk IS NOT DISTINCT FROM c.desk_id
          AND c.proposed_agency_id IS NULL AND c.returns = 0 THEN
        refused := hotline.refusal('same_agency', 'agency', target.name);
    END IF;
    IF refused IS NOT NULL THEN
        RETURN;
    END IF;
    IF target.code <> before.code THEN
        INSERT INTO hotline.corrections (complaint_id, actor, rule, category_id, ward_id,
            from_agency_id, to_agency_id, reason)
        SELECT c.id, who.actor, hotline.complaint_rule(c), c.category_id, c.ward_id, c.agency_id,
            target.id, args ->> 'reason';
    END IF;
    detail := jsonb_build_object('from', before.code, 'to', target.code,
        'due_at', hotline.instant(args, 'due_us'), 'internal', jsonb_build_object(
            'reason', args ->> 'reason', 'due_before', c.due_at, 'rule', hotline.complaint_rule(c)));
    c := hotline.clock_anew(who, c, args, at);
    c.arbitrated := c.arbitrated
        OR c.returns >= hotline.workflow_number('returns_before_arbitration');
    c.returns := c.returns + (who.agency_code IS NOT NULL)::integer;
    c.agency_id := target.id;
    c.desk_id := target_desk;
    c.assignee_id := NULL;
    c.proposed_agency_id := NULL;
    c.flags := array_remove(c.flags, 'unrouted');
    c.override := jsonb_build_object('by', who.actor, 'at', at, 'reason', args ->> 'reason',
        'agency', coalesce(c.override ->> 'agency', before.code));
END $$;

-- reason: a pause_reasons code. Due as if it lasted until its cap.
CREATE FUNCTION hotline.act_pause(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                  at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM hotline.pause_reasons p
                   WHERE p.code = args ->> 'reason' AND p.active) THEN
        refused := hotline.refusal('unknown', 'reason', args ->> 'reason');
        RETURN;
    ELSIF c.paused_at IS NOT NULL THEN
        refused := hotline.refusal('paused', 'action', c.status);
        RETURN;
    END IF;
    INSERT INTO hotline.complaint_pauses (complaint_id, reason, from_at, from_status, from_by)
        SELECT c.id, args ->> 'reason', at, k.status, who.actor
        FROM hotline.complaints k WHERE k.id = c.id;
    detail := jsonb_build_object('reason', args ->> 'reason',
        'due_at', jsonb_build_array(c.due_at, hotline.instant(args, 'due_us')));
    c := hotline.with_due(c, args);
    c.paused_at := at;
END $$;

CREATE FUNCTION hotline.act_resume(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    c.status := coalesce(hotline.pause_end(c.id, at, who.actor), 'assigned');
    detail := jsonb_build_object('paused_at', c.paused_at,
        'due_at', jsonb_build_array(c.due_at, hotline.instant(args, 'due_us')));
    c := hotline.with_due(c, args);
    c.paused_at := NULL;
END $$;

-- until_us: the date that the agency commits to; kept with what is out of the ordinary of its clock.
CREATE FUNCTION hotline.act_extend(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz := hotline.instant(args, 'until_us');
    most integer := hotline.workflow_number('extension_days_max');
BEGIN
    refused := hotline.answer_refusal(c, args ->> 'reason', args || '{"form_only": true}');
    IF refused IS NULL AND until <= greatest(at, c.due_at) THEN
        refused := hotline.refusal('not_later', 'until', hotline.local_text(c.due_at, 'HH24:MI DD/MM/YYYY'));
    ELSIF refused IS NULL AND until > at + make_interval(days => most) THEN
        refused := hotline.refusal('too_far', 'until', most::text);
    END IF;
    IF refused IS NOT NULL THEN
        RETURN;
    END IF;
    detail := jsonb_build_object('reason', args ->> 'reason', 'until', until,
        'due_at', jsonb_build_array(c.due_at, hotline.instant(args, 'due_us')),
        'answer', hotline.answer_add(who, c, args, at, 'extension', args ->> 'reason'));
    c := hotline.with_due(c, args);
    c.extensions := c.extensions + 1;
    c.deadline_terms := coalesce(c.deadline_terms, '{}') || jsonb_build_object('committed',
        jsonb_build_object('at_us', args -> 'at_us', 'until_us', args -> 'until_us'));
END $$;

CREATE FUNCTION hotline.act_refer(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                  at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    refused := hotline.answer_refusal(c, args ->> 'reason', args || '{"form_only": true}');
    IF refused IS NULL THEN
        detail := jsonb_build_object('to', args ->> 'to', 'reason', args ->> 'reason', 'answer',
            hotline.answer_add(who, c, args, at, 'referral', args ->> 'reason'));
    END IF;
END $$;

CREATE FUNCTION hotline.act_answer(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    refused := hotline.answer_refusal(c, args ->> 'text', args);
    IF refused IS NULL THEN
        detail := jsonb_build_object('answer',
            hotline.answer_add(who, c, args, at, 'answer', args ->> 'text'));
        c.answered_at := coalesce(c.answered_at, at);
    END IF;
END $$;

CREATE FUNCTION hotline.act_note(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                 at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO hotline.complaint_notes (complaint_id, at, by, agency_id, text)
        SELECT c.id, at, who.actor, (SELECT a.id FROM hotline.agencies a
            WHERE a.code = who.agency_code ORDER BY a.valid @> hotline.city_day(now()) DESC LIMIT 1),
            args ->> 'text'
        RETURNING id INTO made;
    detail := jsonb_build_object('internal', jsonb_build_object('note', made));
END $$;

CREATE FUNCTION hotline.act_resolve(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                    at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    refused := hotline.answer_refusal(c, args ->> 'text', args);
    IF refused IS NULL THEN
        detail := jsonb_strip_nulls(jsonb_build_object(
            'answer', hotline.answer_add(who, c, args, at, 'result', args ->> 'text'),
            'in_time', at <= c.due_at,
            'internal', CASE WHEN args ->> 'tasks_open_reason' <> ''
                THEN jsonb_build_object('tasks_open_reason', args ->> 'tasks_open_reason') END));
        c.answered_at := coalesce(c.answered_at, at);
    END IF;
END $$;

CREATE FUNCTION hotline.act_reject(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    refused := hotline.answer_refusal(c, args ->> 'reason', args || '{"form_only": true}');
    IF refused IS NULL THEN
        detail := jsonb_build_object('answer',
            hotline.answer_add(who, c, args, at, 'rejection', args ->> 'reason'));
    END IF;
END $$;

-- The same agency has it again, its time begins anew. What was said of the result before is history.
CREATE FUNCTION hotline.act_reopen(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                   at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    c := hotline.clock_anew(who, c, args, at);
    c.satisfaction := NULL;
    c.reopened := true;
    c.reopenings := c.reopenings + (who.role = 'reporter' AND who.co_report IS NULL)::integer;
    detail := jsonb_build_object('by_reporter', who.role = 'reporter', 'due_at', c.due_at,
        'internal', jsonb_strip_nulls(jsonb_build_object('reason', args ->> 'reason',
            'co_report', who.co_report)));
END $$;

CREATE FUNCTION hotline.rating_number(word text) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(ARRAY['not_satisfied', 'acceptable', 'satisfied'], word)::smallint
$$;

CREATE FUNCTION hotline.act_rate(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                 at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    c.satisfaction := hotline.rating_number(args ->> 'rating');
    IF c.satisfaction IS NULL THEN
        refused := hotline.refusal('unknown', 'rating', args ->> 'rating');
        RETURN;
    END IF;
    INSERT INTO hotline.complaint_ratings (complaint_id, at, by, outcome, rating, comment)
        VALUES (c.id, at, who.actor, 'rated', c.satisfaction, args ->> 'comment');
    detail := jsonb_build_object('rating', args ->> 'rating');
END $$;

-- Who was called back, and what they said: outcome reached (with a rating), not_reached, declined.
CREATE FUNCTION hotline.act_callback(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                     at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    rating smallint := hotline.rating_number(args ->> 'rating');
BEGIN
    IF NOT args ->> 'outcome' = ANY (ARRAY['reached', 'not_reached', 'declined']) THEN
        refused := hotline.refusal('unknown', 'outcome', args ->> 'outcome');
    ELSIF args ->> 'rating' IS NOT NULL
          AND (rating IS NULL OR args ->> 'outcome' <> 'reached') THEN
        refused := hotline.refusal('unknown', 'rating', args ->> 'rating');
    END IF;
    IF refused IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO hotline.complaint_ratings (complaint_id, at, by, outcome, rating, comment)
        VALUES (c.id, at, who.actor, args ->> 'outcome', rating, args ->> 'comment');
    c.satisfaction := coalesce(rating, c.satisfaction);
    detail := jsonb_build_object('internal',
        jsonb_strip_nulls(jsonb_build_object('outcome', args ->> 'outcome', 'rating', args ->> 'rating')));
END $$;

-- tasks: [{agency, text}], one at least, not the lead's own.
CREATE FUNCTION hotline.act_split(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                  at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    given jsonb;
    n integer := 0;
    target hotline.agencies;
    codes text[] := '{}';
BEGIN
    FOR given IN SELECT * FROM jsonb_array_elements(args -> 'tasks') LOOP
        target := hotline.agency_in_force(given ->> 'agency');
        IF target.id IS NULL THEN
            refused := hotline.refusal('unknown', format('tasks.%s.agency', n), given ->> 'agency');
        ELSIF target.code = (SELECT a.code FROM hotline.agencies a WHERE a.id = c.agency_id) THEN
            refused := hotline.refusal('same_agency', format('tasks.%s.agency', n), target.name);
        ELSIF length(coalesce(btrim(given ->> 'text'), '')) NOT BETWEEN 1 AND 4000 THEN
            refused := hotline.refusal('required', format('tasks.%s.text', n));
        END IF;
        EXIT WHEN refused IS NOT NULL;
        codes := codes || target.code;
        n := n + 1;
    END LOOP;
    IF refused IS NULL THEN -- each was good: none is written where one is not
        INSERT INTO hotline.complaint_tasks (complaint_id, agency_id, text, at, by, changed_at,
            changed_by)
        SELECT c.id, (hotline.agency_in_force(g ->> 'agency')).id, btrim(g ->> 'text'), at, who.actor,
            at, who.actor
        FROM jsonb_array_elements(args -> 'tasks') WITH ORDINALITY o(g, n) ORDER BY o.n;
        detail := jsonb_build_object('internal', jsonb_build_object('agencies', codes));
    END IF;
END $$;

-- task_accept, task_done, task_return by the agency that has it; task_cancel by the lead.
CREATE FUNCTION hotline.act_task(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                 at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    task hotline.complaint_tasks;
    becomes text := CASE args ->> 'action' WHEN 'task_accept' THEN 'accepted'
        WHEN 'task_done' THEN 'done' WHEN 'task_return' THEN 'returned' ELSE 'cancelled' END;
BEGIN
    SELECT k.* INTO task FROM hotline.complaint_tasks k JOIN hotline.agencies a ON a.id = k.agency_id
        WHERE k.complaint_id = c.id AND k.id = (args ->> 'task')::bigint
          AND (becomes = 'cancelled' OR a.code = who.agency_code);
    IF task.id IS NULL THEN
        refused := hotline.refusal('unknown', 'task', args ->> 'task');
        RETURN;
    ELSIF task.status NOT IN ('assigned', 'accepted') OR task.status = becomes THEN
        refused := hotline.refusal('wrong_state', 'task', task.status);
        RETURN;
    END IF;
    UPDATE hotline.complaint_tasks k SET status = becomes, changed_at = at, changed_by = who.actor,
        answer = coalesce(args ->> 'text', args ->> 'reason') WHERE k.id = task.id;
    detail := jsonb_build_object('internal', jsonb_build_object('task', task.id, 'agency',
        (SELECT a.code FROM hotline.agencies a WHERE a.id = task.agency_id)));
END $$;

-- ---- lists ----

-- The letters for a complaint's category, filled in from it; kind '' means all.
CREATE FUNCTION hotline.form_letters_for(asked text, of_code text, of_kind text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE one AS (
        SELECT c.* FROM hotline.complaints c WHERE c.code = of_code
          AND hotline.complaint_relation(hotline.actor_of(asked), c) IN ('all', 'agency', 'task')
    ), up AS (
        SELECT k.id, k.parent_id FROM hotline.categories k JOIN one ON one.category_id = k.id
        UNION SELECT k.id, k.parent_id FROM hotline.categories k JOIN up ON up.parent_id = k.id
    )
    SELECT jsonb_build_object('letters', coalesce((
        SELECT jsonb_agg(jsonb_build_object('code', f.code, 'kind', f.kind, 'name_vi', f.name_vi,
            'name_en', f.name_en, 'body', f.body,
            'text', (SELECT hotline.letter_text(f.body, c) FROM hotline.complaints c
                     WHERE c.id = (SELECT one.id FROM one)),
            'text_en', CASE WHEN f.body_en <> '' THEN
                (SELECT hotline.letter_text_en(f.body_en, c) FROM hotline.complaints c
                 WHERE c.id = (SELECT one.id FROM one)) END) ORDER BY f.position, f.code)
        FROM hotline.form_letters f
        WHERE f.active AND of_kind IN ('', f.kind)
          AND (f.category_id IS NULL OR f.category_id IN (SELECT up.id FROM up))), '[]'))
    WHERE of_code = '' OR EXISTS (SELECT FROM one)
$$;

-- Some of those that ended in the period, chosen at random by the seed, whose reporter left a number
-- and was not asked yet. Who it is has to be revealed, as for any other look.
CREATE FUNCTION hotline.callback_list(seed text, from_at timestamptz, to_at timestamptz, n integer)
    RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('complaints', coalesce(jsonb_agg(jsonb_build_object('code', s.code,
        'category', s.category, 'agency', s.agency, 'status', s.status, 'closed_at', s.closed_at,
        'version', s.version, 'rating', (ARRAY['not_satisfied', 'acceptable', 'satisfied'])[s.satisfaction])
        ORDER BY s.lot), '[]'))
    FROM (
        SELECT c.code, jsonb_build_object('code', k.code, 'name', k.name_vi) AS category,
            jsonb_build_object('code', a.code, 'name', a.name) AS agency, c.status, c.closed_at,
            c.version, c.satisfaction, md5(seed || c.id) AS lot
        FROM hotline.complaints c JOIN hotline.categories k ON k.id = c.category_id
        JOIN hotline.agencies a ON a.id = c.agency_id
        JOIN personal.reporters r ON r.complaint_id = c.id
        WHERE c.status IN ('resolved', 'closed') AND c.closed_at >= from_at AND c.closed_at < to_at
          AND coalesce(r.phone, '') <> ''
          AND NOT EXISTS (SELECT FROM hotline.complaint_ratings g
                          WHERE g.complaint_id = c.id AND g.outcome IN ('reached', 'declined')
                            AND g.at >= c.closed_at)
        ORDER BY md5(seed || c.id) LIMIT n) s
$$;

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid::regprocedure FROM pg_proc p
             WHERE p.pronamespace = 'hotline'::regnamespace AND p.proname ~ '^act_' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION hotline.form_letters_for(text, text, text),
    hotline.callback_list(text, timestamptz, timestamptz, integer),
    hotline.clock_anew(hotline.actor, hotline.complaints, jsonb, timestamptz),
    hotline.answer_add(hotline.actor, hotline.complaints, jsonb, timestamptz, text, text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.form_letters_for(text, text, text),
    hotline.callback_list(text, timestamptz, timestamptz, integer) TO hotline_service;
GRANT SELECT ON hotline.form_letters TO hotline_service, hotline_readonly;

RESET check_function_bodies;
RESET ROLE;
