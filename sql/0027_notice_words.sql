-- The words of messages, and what administrators do by hand: webhooks, contacts, dead letters.
SET ROLE hotline_owner;

INSERT INTO hotline.notice_events (event, name_vi, name_en) VALUES
    ('received', 'Phản ánh mới', 'New complaint'),
    ('assigned', 'Được giao xử lý', 'Assigned'),
    ('accepted', 'Đã tiếp nhận', 'Accepted'),
    ('started', 'Đang xử lý', 'Work begun'),
    ('returned', 'Trả lại', 'Returned'),
    ('rerouted', 'Chuyển đến đơn vị của bạn', 'Moved to your agency'),
    ('transferred', 'Chuyển theo thay đổi địa giới', 'Moved by a reform'),
    ('paused', 'Tạm dừng thời hạn', 'Clock stopped'),
    ('resumed', 'Tiếp tục tính thời hạn', 'Clock started'),
    ('extended', 'Gia hạn', 'Extended'),
    ('referred', 'Chuyển cơ quan khác', 'Referred elsewhere'),
    ('answered', 'Có trả lời', 'Answered'),
    ('resolved', 'Đã giải quyết', 'Resolved'),
    ('joined', 'Thêm người phản ánh', 'Joined by another reporter'),
    ('left', 'Bớt người phản ánh', 'Left by a reporter'),
    ('merged', 'Gộp vào phản ánh khác', 'Merged into another'),
    ('unmerged', 'Tách khỏi phản ánh khác', 'Taken apart again'),
    ('task_accepted', 'Đơn vị phối hợp đã nhận việc', 'Task accepted'),
    ('task_done', 'Đơn vị phối hợp đã xong việc', 'Task done'),
    ('task_returned', 'Đơn vị phối hợp trả lại việc', 'Task returned'),
    ('task_cancelled', 'Hủy việc phối hợp', 'Task cancelled'),
    ('directive_given', 'Có chỉ đạo của lãnh đạo Thành phố', 'A directive of the city''s leaders'),
    ('directive_reminded', 'Nhắc thực hiện chỉ đạo', 'A reminder of a directive'),
    ('directive_sent_back', 'Chỉ đạo chưa đạt yêu cầu', 'A directive''s answer sent back'),
    ('directive_answered', 'Đã trả lời chỉ đạo', 'Directive answered'),
    ('directive_accepted', 'Đã chấp nhận trả lời chỉ đạo', 'Directive''s answer accepted'),
    ('directive_withdrawn', 'Hủy chỉ đạo', 'Directive cancelled'),
    ('closed', 'Đã đóng', 'Closed'),
    ('rejected', 'Không tiếp nhận', 'Rejected'),
    ('reopened', 'Mở lại', 'Reopened'),
    ('noted', 'Có ghi chú nội bộ', 'Noted'),
    ('rated', 'Được đánh giá', 'Rated'),
    ('called_back', 'Đã gọi lại', 'Called back'),
    ('split', 'Chia việc cho đơn vị phối hợp', 'Split into tasks'),
    ('attached', 'Có tệp mới', 'Files attached'),
    ('deadline', 'Tính lại thời hạn', 'Deadline computed anew'),
    ('at_risk', 'Sắp đến hạn', 'Nearly due'),
    ('late', 'Quá hạn', 'Late'),
    ('unaccepted', 'Chưa tiếp nhận đúng hạn', 'Not accepted in time'),
    ('escalated', 'Quá hạn nghiêm trọng', 'Seriously late');

INSERT INTO hotline.notice_templates (event, audience, medium, lang, subject, body) VALUES
('received', 'reporter', 'email', 'vi', 'Đã nhận phản ánh {{code}}', 'Kính gửi Ông/Bà,

Chúng tôi đã nhận phản ánh của Ông/Bà.
Mã theo dõi: {{code}}
Lĩnh vực: {{category}}
Nơi xảy ra: {{place}}
Đơn vị xử lý: {{agency}}
Thời hạn: {{due_at}}
Nội dung: {{description}}

Theo dõi tại: {{link}}'),
('received', 'reporter', 'email', 'en', 'We received your complaint {{code}}', 'Dear Sir or Madam,

We received your complaint.
Tracking code: {{code}}
Category: {{category}}
Place: {{place}}
Responsible: {{agency}}
Due: {{due_at}}
What you wrote: {{description}}

Follow it at: {{link}}'),
('received', 'reporter', 'sms', 'vi', '', '1022: Đã nhận phản ánh, mã {{code}}. Hạn xử lý {{due_at}}. {{link}}'),
('received', 'reporter', 'sms', 'en', '', '1022: we received your complaint, code {{code}}. Due {{due_at}}. {{link}}'),
('answered', 'reporter', 'email', 'vi', 'Có trả lời cho phản ánh {{code}}', 'Kính gửi Ông/Bà,

{{agency}} trả lời về phản ánh {{code}}:

{{said}}

Xem tại: {{link}}'),
('answered', 'reporter', 'email', 'en', 'An answer to your complaint {{code}}', 'Dear Sir or Madam,

{{agency}} answers about your complaint {{code}}:

{{said}}

See it at: {{link}}'),
('answered', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}} có trả lời. {{link}}'),
('answered', 'reporter', 'sms', 'en', '', '1022: there is an answer to your complaint {{code}}. {{link}}'),
('paused', 'reporter', 'email', 'vi', 'Phản ánh {{code}} đang tạm dừng', 'Kính gửi Ông/Bà,

Việc xử lý phản ánh {{code}} tạm dừng.
Lý do: {{said}}

Bổ sung thông tin hoặc theo dõi tại: {{link}}'),
('paused', 'reporter', 'email', 'en', 'Your complaint {{code}} is waiting', 'Dear Sir or Madam,

Work on your complaint {{code}} has been paused.
Reason: {{said}}

Add what is missing, or follow it, at: {{link}}'),
('paused', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}} đang tạm dừng: {{said}}. {{link}}'),
('paused', 'reporter', 'sms', 'en', '', '1022: your complaint {{code}} is waiting: {{said}}. {{link}}'),
('extended', 'reporter', 'email', 'vi', 'Phản ánh {{code}} có hạn mới', 'Kính gửi Ông/Bà,

{{agency}} cần thêm thời gian cho phản ánh {{code}} và cam kết hạn mới: {{due_at}}
Lý do: {{said}}

Theo dõi tại: {{link}}'),
('extended', 'reporter', 'email', 'en', 'Your complaint {{code}} has a new date', 'Dear Sir or Madam,

{{agency}} needs more time for your complaint {{code}} and commits to {{due_at}}
Reason: {{said}}

Follow it at: {{link}}'),
('extended', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}} có hạn mới {{due_at}}. {{link}}'),
('extended', 'reporter', 'sms', 'en', '', '1022: your complaint {{code}} is now due {{due_at}}. {{link}}'),
('referred', 'reporter', 'email', 'vi', 'Phản ánh {{code}} được chuyển cơ quan khác', 'Kính gửi Ông/Bà,

Phản ánh {{code}} đã được chuyển đến cơ quan có thẩm quyền bên ngoài.
{{said}}

Xem tại: {{link}}'),
('referred', 'reporter', 'email', 'en', 'Your complaint {{code}} was referred elsewhere', 'Dear Sir or Madam,

Your complaint {{code}} was passed to an authority outside the city''s agencies.
{{said}}

See it at: {{link}}'),
('referred', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}} đã được chuyển cơ quan khác. {{link}}'),
('referred', 'reporter', 'sms', 'en', '', '1022: your complaint {{code}} was referred elsewhere. {{link}}'),
('resolved', 'reporter', 'email', 'vi', 'Phản ánh {{code}} đã được giải quyết', 'Kính gửi Ông/Bà,

{{agency}} báo đã giải quyết phản ánh {{code}}:

{{said}}

Ông/Bà có hài lòng không? Đánh giá, hoặc yêu cầu mở lại nếu chưa đúng, tại: {{rate_link}}'),
('resolved', 'reporter', 'email', 'en', 'Your complaint {{code}} was resolved', 'Dear Sir or Madam,

{{agency}} says that your complaint {{code}} is resolved:

{{said}}

Are you satisfied? Rate it, or ask to reopen it if it is not so, at: {{rate_link}}'),
('resolved', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}} đã được giải quyết. Đánh giá: {{rate_link}}'),
('resolved', 'reporter', 'sms', 'en', '', '1022: your complaint {{code}} was resolved. Rate it: {{rate_link}}'),
('rejected', 'reporter', 'email', 'vi', 'Phản ánh {{code}} không được tiếp nhận', 'Kính gửi Ông/Bà,

Phản ánh {{code}} không được tiếp nhận xử lý.
Lý do: {{said}}

Xem tại: {{link}}'),
('rejected', 'reporter', 'email', 'en', 'Your complaint {{code}} was not taken up', 'Dear Sir or Madam,

Your complaint {{code}} was not taken up.
Reason: {{said}}

See it at: {{link}}'),
('rejected', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}} không được tiếp nhận. Lý do: {{link}}'),
('rejected', 'reporter', 'sms', 'en', '', '1022: your complaint {{code}} was not taken up. Why: {{link}}'),
('reopened', 'reporter', 'email', 'vi', 'Phản ánh {{code}} được mở lại', 'Kính gửi Ông/Bà,

Phản ánh {{code}} đã được mở lại và giao cho {{agency}}.
Thời hạn: {{due_at}}

Theo dõi tại: {{link}}'),
('reopened', 'reporter', 'email', 'en', 'Your complaint {{code}} was reopened', 'Dear Sir or Madam,

Your complaint {{code}} was reopened and is with {{agency}}.
Due: {{due_at}}

Follow it at: {{link}}'),
('reopened', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}} được mở lại. Hạn {{due_at}}. {{link}}'),
('reopened', 'reporter', 'sms', 'en', '', '1022: your complaint {{code}} was reopened. Due {{due_at}}. {{link}}'),
('joined', 'reporter', 'email', 'vi', 'Đã ghi nhận phản ánh {{code}}', 'Kính gửi Ông/Bà,

Phản ánh của Ông/Bà trùng với một việc đang được xử lý; Ông/Bà sẽ được báo kết quả cùng lúc.
Mã theo dõi: {{code}}
Lĩnh vực: {{category}}
Đơn vị xử lý: {{agency}}
Thời hạn: {{due_at}}

Theo dõi tại: {{link}}'),
('joined', 'reporter', 'email', 'en', 'We noted your complaint {{code}}', 'Dear Sir or Madam,

What you reported is being worked on already; you will be told the result with the others.
Tracking code: {{code}}
Category: {{category}}
Responsible: {{agency}}
Due: {{due_at}}

Follow it at: {{link}}'),
('joined', 'reporter', 'sms', 'vi', '', '1022: Đã ghi nhận phản ánh, mã {{code}}. Việc đang được xử lý. {{link}}'),
('joined', 'reporter', 'sms', 'en', '', '1022: noted, code {{code}}. It is being worked on. {{link}}'),
('any', 'staff', 'email', 'vi', '{{event_name}}: {{code}} - {{category}}', '{{event_name}}

Mã: {{code}}
Lĩnh vực: {{category}}
Nơi xảy ra: {{place}}
Đơn vị: {{agency}}
Đầu mối: {{desk}}
Nhận lúc: {{received_at}}
Hạn xử lý: {{due_at}}
Ghi chú: {{said}}

Mở hồ sơ: {{staff_link}}'),
('any', 'staff', 'email', 'en', '{{event_name}}: {{code}} - {{category}}', '{{event_name}}

Code: {{code}}
Category: {{category}}
Place: {{place}}
Agency: {{agency}}
Desk: {{desk}}
Received: {{received_at}}
Due: {{due_at}}
Note: {{said}}

Open it: {{staff_link}}'),
('any', 'staff', 'sms', 'vi', '', '1022 {{event_name}}: {{code}}, hạn {{due_at}}'),
('any', 'staff', 'sms', 'en', '', '1022 {{event_name}}: {{code}}, due {{due_at}}'),
('any', 'reporter', 'email', 'vi', 'Tin mới về phản ánh {{code}}', 'Kính gửi Ông/Bà,

Phản ánh {{code}}: {{event_name}}.
{{said}}

Xem tại: {{link}}'),
('any', 'reporter', 'email', 'en', 'News of your complaint {{code}}', 'Dear Sir or Madam,

Your complaint {{code}}: {{event_name}}.
{{said}}

See it at: {{link}}'),
('any', 'reporter', 'sms', 'vi', '', '1022: Phản ánh {{code}}: {{event_name}}. {{link}}'),
('any', 'reporter', 'sms', 'en', '', '1022: your complaint {{code}}: {{event_name}}. {{link}}');

-- --- dead letters ------------------------------------------------------------------------------------

-- Back into the queue with all its attempts before it, under its old id. args: id, or webhook and/or
-- medium for all that are dead there.
CREATE FUNCTION hotline.notices_replay(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    n_back integer;
BEGIN
    IF args ->> 'id' IS NOT NULL AND NOT EXISTS (
        SELECT FROM hotline.notices n WHERE n.id = (args ->> 'id')::bigint) THEN
        RETURN hotline.refusal('not_found');
    END IF;
    WITH back AS (
        UPDATE hotline.notices n SET state = 'waiting', attempts = 0, due_at = now(),
            replayed_at = now(), ended_at = NULL
        WHERE n.state = 'dead' AND (args ->> 'id' IS NULL OR n.id = (args ->> 'id')::bigint)
          AND (args ->> 'webhook' IS NULL OR n.webhook_id = (args ->> 'webhook')::integer)
          AND (args ->> 'medium' IS NULL OR n.medium = args ->> 'medium')
        RETURNING n.id
    )
    INSERT INTO hotline.notice_attempts (notice_id, attempt, outcome, answer)
    SELECT id, 0, 'replayed', who.actor FROM back;
    GET DIAGNOSTICS n_back = ROW_COUNT;
    IF n_back = 0 AND args ->> 'id' IS NOT NULL THEN
        RETURN hotline.refusal('wrong_state', 'id', (SELECT n.state FROM hotline.notices n
            WHERE n.id = (args ->> 'id')::bigint));
    END IF;
    PERFORM pg_notify('hotline_outbox', '');
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('replayed', n_back));
END $$;

-- --- webhooks ----------------------------------------------------------------------------------------

CREATE FUNCTION hotline.webhook_json(h hotline.webhooks) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', h.id, 'name', h.name, 'url', h.url, 'events', to_jsonb(h.events),
        'agency', (SELECT a.code FROM hotline.agencies a WHERE a.id = h.agency_id),
        'active', h.active, 'made_by', h.made_by, 'made_at', h.made_at, 'failures', h.failures,
        'open_until', CASE WHEN h.open_until > now() THEN h.open_until END,
        'last_error', h.last_error, 'last_sent_at', h.last_sent_at)
$$;

-- What keeps that from being a webhook's address and events; NULL: nothing.
CREATE FUNCTION hotline.webhook_refusal(args jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN args ->> 'url' !~ '^https?://[^[:space:][:cntrl:]/?#@]+([/?#][^[:space:][:cntrl:]]*)?$'
            THEN hotline.refusal('refused', 'url', 'http(s)://HOST/...')
        WHEN args ->> 'url' LIKE 'http://%'
            AND hotline.notify_text('webhook', 'allow_http') IS DISTINCT FROM 'true'
            THEN hotline.refusal('refused', 'url', 'https')
        WHEN args ->> 'agency' IS NOT NULL AND NOT EXISTS (SELECT FROM hotline.agencies a
            WHERE a.code = args ->> 'agency') THEN hotline.refusal('unknown', 'agency', args ->> 'agency')
        ELSE (SELECT hotline.refusal('unknown', 'events', e.event)
              FROM jsonb_array_elements(coalesce(args -> 'events', '[]')) AS x(v),
                  LATERAL (SELECT x.v #>> '{}' AS event) e
              WHERE NOT EXISTS (SELECT FROM hotline.notice_events n WHERE n.event = e.event) LIMIT 1)
    END
$$;

CREATE FUNCTION hotline.text_list(list jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY (SELECT jsonb_array_elements_text(coalesce(list, '[]')))
$$;

-- args: name, url, events?, agency?, secret (made by the service; this answer tells it and no other).
CREATE FUNCTION hotline.webhook_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    refused jsonb := hotline.webhook_refusal(args);
    h hotline.webhooks;
BEGIN
    IF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF EXISTS (SELECT FROM hotline.webhooks w WHERE w.name = args ->> 'name') THEN
        RETURN hotline.refusal('exists', 'name', args ->> 'name');
    END IF;
    INSERT INTO hotline.webhooks (name, url, events, agency_id, made_by)
    VALUES (args ->> 'name', args ->> 'url', hotline.text_list(args -> 'events'),
            (SELECT a.id FROM hotline.agencies a WHERE a.code = args ->> 'agency'
             ORDER BY a.valid @> current_date DESC, a.id DESC LIMIT 1), who.actor)
    RETURNING * INTO h;
    INSERT INTO hotline.webhook_secrets (webhook_id, secret) VALUES (h.id, args ->> 'secret');
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.webhook_json(h)
        || jsonb_build_object('secret', args ->> 'secret'));
END $$;

-- args: id; what is to be other: url, events, active; or secret, for a new one.
CREATE FUNCTION hotline.webhook_change(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    refused jsonb;
    h hotline.webhooks;
BEGIN
    SELECT * INTO h FROM hotline.webhooks w WHERE w.id = (args ->> 'id')::integer FOR UPDATE;
    IF h.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    refused := hotline.webhook_refusal(jsonb_build_object('url', h.url) || args);
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    UPDATE hotline.webhooks w SET url = coalesce(args ->> 'url', w.url),
        events = CASE WHEN args ? 'events' THEN hotline.text_list(args -> 'events') ELSE w.events END,
        active = coalesce((args ->> 'active')::boolean, w.active),
        failures = 0, open_until = NULL -- whoever changes it wants it tried
    WHERE w.id = h.id RETURNING * INTO h;
    UPDATE hotline.webhook_secrets s SET secret = args ->> 'secret'
    WHERE s.webhook_id = h.id AND args ->> 'secret' IS NOT NULL;
    PERFORM pg_notify('hotline_outbox', '');
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.webhook_json(h)
        || CASE WHEN args ->> 'secret' IS NULL THEN '{}' ELSE 
            jsonb_build_object('secret', args ->> 'secret') END);
END $$;

-- --- contacts ------------------------------------------------------------------------------------------

-- args: medium, address, lang?, events?, and of whom: user, or agency with or without desk; nobody:
-- whoever asks. Others than administrators set their own, heads their agency's too.
CREATE FUNCTION hotline.contact_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    u hotline.users;
    of_agency integer;
    of_desk integer;
    made integer;
BEGIN
    SELECT a.id INTO of_agency FROM hotline.agencies a WHERE a.code = args ->> 'agency'
    ORDER BY a.valid @> current_date DESC, a.id DESC LIMIT 1;
    SELECT x.* INTO u FROM hotline.users x
    WHERE x.login = CASE WHEN args ? 'agency' THEN NULL ELSE coalesce(args ->> 'user', who.login) END;
    IF u.login IS DISTINCT FROM who.login AND who.role <> 'administrator' AND NOT (
        who.role = 'agency_head' AND who.agency_code = coalesce(args ->> 'agency',
            (SELECT a.code FROM hotline.agencies a WHERE a.id = u.agency_id))) THEN
        RETURN hotline.refusal('not_allowed');
    ELSIF args ? 'agency' AND of_agency IS NULL THEN
        RETURN hotline.refusal('unknown', 'agency', args ->> 'agency');
    ELSIF NOT args ? 'agency' AND u.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'user', args ->> 'user');
    END IF;
    IF args ? 'desk' THEN
        SELECT d.id INTO of_desk FROM hotline.desks d
        WHERE d.agency_id = of_agency AND d.code = args ->> 'desk' ORDER BY d.id DESC LIMIT 1;
        IF of_desk IS NULL THEN
            RETURN hotline.refusal('unknown', 'desk', args ->> 'desk');
        END IF;
    END IF;
    INSERT INTO personal.contacts (user_id, agency_id, desk_id, medium, address, lang, events)
    VALUES (u.id, CASE WHEN of_desk IS NULL THEN of_agency END, of_desk, args ->> 'medium',
        args ->> 'address', coalesce(args ->> 'lang', 'vi'),
        CASE WHEN args ? 'events' THEN hotline.text_list(args -> 'events') END)
    ON CONFLICT (user_id, agency_id, desk_id, medium, address)
        DO UPDATE SET lang = excluded.lang, events = excluded.events, active = true
    RETURNING id INTO made;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('id', made));
END $$;

-- Those that somebody may see: all, one's agency's, one's own.
CREATE FUNCTION hotline.contacts_of(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('contacts', coalesce(jsonb_agg(jsonb_build_object('id', k.id,
        'user', u.login, 'agency', a.code, 'desk', d.code, 'medium', k.medium, 'address', k.address,
        'lang', k.lang, 'events', to_jsonb(k.events)) ORDER BY k.id), '[]'))
    FROM hotline.actor_of(asked) who, personal.contacts k
    LEFT JOIN hotline.users u ON u.id = k.user_id
    LEFT JOIN hotline.desks d ON d.id = k.desk_id
    LEFT JOIN hotline.agencies a ON a.id = coalesce(k.agency_id, d.agency_id)
    LEFT JOIN hotline.agencies ua ON ua.id = u.agency_id
    WHERE k.active AND (who.role = 'administrator' OR u.login = who.login
        OR who.role = 'agency_head' AND who.agency_code IN (a.code, ua.code))
$$;

CREATE FUNCTION hotline.contact_remove(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM jsonb_array_elements(hotline.contacts_of(who.actor) -> 'contacts') c
                   WHERE c -> 'id' = args -> 'id') THEN
        RETURN hotline.refusal('not_found');
    END IF;
    UPDATE personal.contacts k SET active = false WHERE k.id = (args ->> 'id')::integer;
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('id', args -> 'id'));
END $$;

-- --- words ---------------------------------------------------------------------------------------------

-- args: event, audience, medium, lang, subject, body. A placeholder that nobody fills is refused.
CREATE FUNCTION hotline.notice_template_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    IF args ->> 'event' <> 'any' AND NOT EXISTS (
        SELECT FROM hotline.notice_events e WHERE e.event = args ->> 'event') THEN
        RETURN hotline.refusal('unknown', 'event', args ->> 'event');
    END IF;
    SELECT m[1] INTO wrong FROM regexp_matches(coalesce(args ->> 'subject', '') || ' '
        || (args ->> 'body'), '\{\{([^{}]*)\}\}', 'g') AS m
    WHERE m[1] <> ALL ('{code,event_name,category,agency,desk,place,status,received_at,due_at,at,said,description,link,rate_link,staff_link}') LIMIT 1;
    IF wrong IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'body', wrong);
    ELSIF (args ->> 'medium' = 'email') <> (coalesce(args ->> 'subject', '') <> '') THEN
        RETURN hotline.refusal('refused', 'subject', args ->> 'medium');
    END IF;
    INSERT INTO hotline.notice_templates (event, audience, medium, lang, subject, body, edited_by,
        edited_at)
    VALUES (args ->> 'event', args ->> 'audience', args ->> 'medium', args ->> 'lang',
        coalesce(args ->> 'subject', ''), args ->> 'body', who.actor, now())
    ON CONFLICT (event, audience, medium, lang) DO UPDATE SET subject = excluded.subject,
        body = excluded.body, edited_by = excluded.edited_by, edited_at = excluded.edited_at;
    RETURN jsonb_build_object('outcome', 'done', 'answer', args);
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('notice.replay', 'notices_replay', '{administrator}'),
    ('webhook.add', 'webhook_add', '{administrator}'),
    ('webhook.change', 'webhook_change', '{administrator}'),
    ('contact.add', 'contact_add',
     '{operator,supervisor,agency_staff,agency_head,leader,administrator,auditor}'),
    ('contact.remove', 'contact_remove',
     '{operator,supervisor,agency_staff,agency_head,leader,administrator,auditor}'),
    ('notice_template.put', 'notice_template_put', '{administrator}');

-- Whoever counts is no person and sees no row (sql/0019_scope.sql): numbers only.
CREATE FUNCTION hotline.notice_counts() RETURNS TABLE (medium text, waiting bigint, dead bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT m, (SELECT count(*) FROM hotline.notices n WHERE n.medium = m
                 AND n.state IN ('waiting', 'sending')),
        (SELECT count(*) FROM hotline.notices n WHERE n.medium = m AND n.state = 'dead')
    FROM unnest(ARRAY['email', 'sms', 'webhook']) AS m
$$;

-- Is there such a message to a reporter?
CREATE FUNCTION hotline.unsubscribe_there(told text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM hotline.notices n
                   WHERE n.told_id = told::uuid AND n.audience = 'reporter')
$$;

-- The link in a message: whoever has it is not told of that complaint any more, by that medium.
-- Answers its code; NULL where there is no such message to a reporter.
CREATE FUNCTION hotline.unsubscribe(told text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    n hotline.notices;
BEGIN
    SELECT * INTO n FROM hotline.notices x WHERE x.told_id = told::uuid AND x.audience = 'reporter';
    IF n.id IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO personal.unsubscribed (complaint_id, recipient, medium)
    VALUES (n.complaint_id, n.recipient, n.medium) ON CONFLICT DO NOTHING;
    RETURN (SELECT c.code FROM hotline.complaints c WHERE c.id = n.complaint_id);
END $$;

REVOKE ALL ON FUNCTION hotline.notices_replay(hotline.actor, jsonb),
    hotline.webhook_add(hotline.actor, jsonb), hotline.webhook_change(hotline.actor, jsonb),
    hotline.contact_add(hotline.actor, jsonb), hotline.contact_remove(hotline.actor, jsonb),
    hotline.contacts_of(text), hotline.notice_template_put(hotline.actor, jsonb),
    hotline.unsubscribe(text), hotline.unsubscribe_there(text), hotline.notice_counts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.contacts_of(text), hotline.unsubscribe(text),
    hotline.unsubscribe_there(text), hotline.notice_counts() TO hotline_service;

RESET ROLE;
