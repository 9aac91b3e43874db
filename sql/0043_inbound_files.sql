-- Files that come with an e-mail, a message or a post. The system that brings it uploads them first and
-- names them with it. Until the item is entered only who has the item may see them and file them; they
-- stay as long as it waits. What is not filed with it is forgotten as every file that nobody attached.
SET ROLE hotline_owner;

CREATE TABLE hotline.inbound_files (
    attachment_id text PRIMARY KEY REFERENCES hotline.attachments ON DELETE CASCADE,
    item_id bigint NOT NULL REFERENCES hotline.inbound_items
);
CREATE INDEX inbound_files_item ON hotline.inbound_files (item_id);

-- True while an item that waits names it.
CREATE FUNCTION hotline.inbound_waits(of_id text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM hotline.inbound_files f
        JOIN hotline.inbound_items i ON i.id = f.item_id
        WHERE f.attachment_id = of_id AND i.state = 'waiting')
$$;

-- --- who sees, who files ---------------------------------------------------------------------------

-- May `asked` see a file that is not attached yet? Who has its item now; where no item ever named it,
-- whoever knows its id.
CREATE FUNCTION hotline.inbound_file_seen(of_id text, asked text) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT coalesce(i.state = 'waiting' AND asked = 'user:' || i.taken_by
            AND i.taken_until > now() AND hotline.takes_calls(asked), false)
        FROM hotline.inbound_files f JOIN hotline.inbound_items i ON i.id = f.item_id
        WHERE f.attachment_id = of_id), true)
$$;

-- May `asked` file it? Who was shown the item: what was saved without a connection is sent when the time
-- for which the item was kept may be over.
CREATE FUNCTION hotline.inbound_file_free(of_id text, asked text) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT i.state = 'waiting' AND hotline.takes_calls(asked)
            AND EXISTS (SELECT FROM personal.inbound_looks l
                        WHERE l.item_id = i.id AND l.viewer = asked)
        FROM hotline.inbound_files f JOIN hotline.inbound_items i ON i.id = f.item_id
        WHERE f.attachment_id = of_id), true)
$$;
CREATE INDEX inbound_looks_item ON personal.inbound_looks (item_id);

CREATE OR REPLACE FUNCTION hotline.attachments_to_file(ids text[], client_name text, request_key text)
    RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i FROM unnest(ids) WITH ORDINALITY AS u(i, n)
    WHERE NOT EXISTS (SELECT FROM hotline.attachments a WHERE a.id = i
        AND (a.complaint_id = (
                SELECT k.complaint_id FROM hotline.idempotency_keys k
                WHERE k.client = client_name AND k.key = request_key)
            OR (a.complaint_id IS NULL AND hotline.inbound_file_free(a.id, client_name))))
    ORDER BY n LIMIT 1
$$;

CREATE OR REPLACE FUNCTION hotline.attachment_open(of_id text, of_size text, asked text, holder_code text,
    OUT sha256 text, OUT type text, OUT bytes bigint, OUT kind text, OUT name text,
    OUT open_to_all boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(f.sha256, 'hex'), f.type, f.bytes, a.kind, a.name, a.public
    FROM hotline.attachments a
    JOIN hotline.attachment_files f ON f.attachment_id = a.id AND f.size = of_size
    LEFT JOIN hotline.complaints c ON c.id = a.complaint_id
    WHERE a.id = of_id AND ((c.id IS NULL AND hotline.inbound_file_seen(a.id, asked)) OR a.public
        OR (c.code = holder_code AND a.purpose = 'report') OR hotline.complaint_staff(asked, c.id))
$$;

-- --- how long they stay ----------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hotline.attachments_forget_waiting() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        DELETE FROM hotline.attachments a WHERE a.complaint_id IS NULL AND a.uploaded_at
            < now() - hotline.attachment_limit('attachments_waiting_hours') * interval '1 hour'
            AND NOT hotline.inbound_waits(a.id)
        RETURNING 1
    ) SELECT count(*) FROM gone
$$;

-- What waits with items counts for the systems that bring them, so that a long queue shuts out no reporter.
CREATE OR REPLACE FUNCTION hotline.attachments_may(asked text, to_code text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c hotline.complaints;
BEGIN
    IF asked NOT LIKE 'user:%' AND (SELECT coalesce(sum(a.bytes), 0) FROM hotline.attachments a
            WHERE a.complaint_id IS NULL AND (asked LIKE 'key:%' OR NOT hotline.inbound_waits(a.id)))
            >= hotline.attachment_limit('attachments_waiting_bytes') THEN
        RETURN 'full';
    ELSIF to_code IS NULL THEN
        RETURN 'ok';
    END IF;
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = to_code;
    IF c.id IS NULL OR (asked LIKE 'user:%'
            AND NOT hotline.complaint_staff(asked, c.id)) THEN
        RETURN 'not_found';
    ELSIF c.status IN ('closed', 'rejected') THEN
        RETURN 'ended';
    ELSIF (SELECT count(*) FROM hotline.attachments a WHERE a.complaint_id = c.id)
            >= hotline.attachment_limit('attachments_per_complaint') THEN
        RETURN 'too_many';
    END IF;
    RETURN 'ok';
END $$;

-- What is left of a message: that one came, when, by which way.
CREATE OR REPLACE FUNCTION personal.inbound_erase(items bigint[], by_actor text) RETURNS bigint
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

-- --- bringing and showing --------------------------------------------------------------------------

-- The first of these ids that an item of `asked` may not have: it must have uploaded the file itself, and
-- nothing has it yet. NULL: it may have all.
CREATE FUNCTION hotline.inbound_files_wrong(ids text[], asked text) RETURNS text
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM hotline.attachments a WHERE a.id = ANY (ids) ORDER BY a.id FOR UPDATE;
    RETURN (SELECT i FROM unnest(ids) WITH ORDINALITY AS u(i, n)
        WHERE NOT EXISTS (SELECT FROM hotline.attachments a WHERE a.id = i
            AND a.uploaded_by = asked AND a.complaint_id IS NULL
            AND NOT EXISTS (SELECT FROM hotline.inbound_files f WHERE f.attachment_id = a.id))
        ORDER BY n LIMIT 1);
END $$;

-- args: channel, text, subject, from (its address), from_name, message (its name there), received_us,
-- attachments (ids).
CREATE OR REPLACE FUNCTION hotline.inbound_told(asked text, args jsonb) RETURNS jsonb
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
CREATE OR REPLACE FUNCTION hotline.inbound_shown(asked text, of_item bigint) RETURNS jsonb
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

REVOKE ALL ON FUNCTION hotline.inbound_waits(text), hotline.inbound_file_seen(text, text),
    hotline.inbound_file_free(text, text), hotline.inbound_files_wrong(text[], text) FROM PUBLIC;

RESET ROLE;
