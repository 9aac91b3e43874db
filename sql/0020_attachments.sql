-- Files that come with complaints: what reporters send, and what staff show as evidence.
--
-- The bytes lie in a folder, each file under the SHA-256 of its content (docs/attachments.md); here is
-- what they are and whose. A file is uploaded first, checked and made small by the service, and gets a
-- row that belongs to nobody but him who knows its id (128 random bits). It is attached afterwards: as
-- the complaint is filed, by the holder of its code, or by staff. What is never attached is forgotten
-- after a day, and so is every file that no row names.
--
-- The service may read and write none of these tables: it calls the functions that are granted below.
SET ROLE hotline_owner;
SET check_function_bodies = off; -- some call what 0043_inbound_files.sql has

CREATE TABLE hotline.attachments (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
    complaint_id bigint REFERENCES hotline.complaints, -- NULL until it is attached
    attached_at timestamptz,
    purpose text NOT NULL DEFAULT 'report' CHECK (purpose IN ('report', 'evidence')),
    public boolean NOT NULL DEFAULT false,     -- belongs to the complaint's public part
    kind text NOT NULL CHECK (kind IN ('image', 'video', 'audio', 'document')),
    type text NOT NULL CHECK (type ~ '^[a-z]+/[a-z0-9.+-]+$'), -- by content, of what was sent
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200 AND name !~ '[/\\[:cntrl:]]'),
    bytes bigint NOT NULL CHECK (bytes > 0),   -- of what was sent
    sha256 bytea NOT NULL CHECK (length(sha256) = 32), -- of what was sent
    width integer CHECK (width > 0),
    height integer CHECK (height > 0),
    taken_at timestamptz,
    uploaded_by text NOT NULL,                 -- as in the history: 'public', 'user:LOGIN', 'key:NAME'
    uploaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((complaint_id IS NULL) = (attached_at IS NULL))
);
CREATE INDEX attachments_complaint ON hotline.attachments (complaint_id, uploaded_at)
    WHERE complaint_id IS NOT NULL;
CREATE INDEX attachments_waiting ON hotline.attachments (uploaded_at) WHERE complaint_id IS NULL;

-- What is kept of it: an image as web and thumb, made anew without what the camera wrote; anything
-- else as original, byte for byte.
CREATE TABLE hotline.attachment_files (
    attachment_id text NOT NULL REFERENCES hotline.attachments ON DELETE CASCADE,
    size text NOT NULL CHECK (size IN ('web', 'thumb', 'original')),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32), -- its name in the store
    type text NOT NULL CHECK (type ~ '^[a-z]+/[a-z0-9.+-]+$'),
    bytes bigint NOT NULL CHECK (bytes > 0),
    PRIMARY KEY (attachment_id, size)
);
CREATE INDEX attachment_files_sha256 ON hotline.attachment_files (sha256);

-- The folder of this database's files bears this mark, so that two databases never share one.
INSERT INTO hotline.settings (key, value)
VALUES ('files_mark', to_jsonb(gen_random_uuid()::text)) ON CONFLICT DO NOTHING;

-- --- limits ----------------------------------------------------------------------------------------

-- Configuration with defaults: how many files a complaint may have, how many bytes may wait to be
-- attached, and after how long what still waits is forgotten.
INSERT INTO hotline.settings (key, value) VALUES
    ('attachments_per_complaint', '20'),
    ('attachments_waiting_bytes', '10737418240'),
    ('attachments_waiting_hours', '24')
    ON CONFLICT DO NOTHING;

CREATE FUNCTION hotline.attachment_limit(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (s.value #>> '{}')::bigint FROM hotline.settings s WHERE s.key = wanted
$$;

-- --- who sees, who adds ----------------------------------------------------------------------------

-- Who sees a complaint as staff do is hotline.complaint_staff's to say.

-- What keeps `asked` from adding a file: to the complaint of that code, or (NULL) to one that will be
-- filed. 'ok', or not_found, ended, too_many, full. `asked` is as in the history.
-- What waits with items counts for the systems that bring them, so that a long queue shuts out no reporter.
CREATE FUNCTION hotline.attachments_may(asked text, to_code text) RETURNS text
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

-- --- uploading -------------------------------------------------------------------------------------

-- Files that are whole and in the store: [{id, kind, type, name, bytes, sha256 (hex), width, height,
-- taken_us, files: [{size, sha256, type, bytes}]}]. Harmless when repeated: the rows themselves say what was
-- done, so nothing is kept with the key. NULL, or a refusal: the key of the request (NULL: it has none) is
-- that of another one.
CREATE FUNCTION hotline.attachments_create(rows jsonb, by_actor text, request_key text, hash text)
    RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    earlier jsonb := CASE WHEN request_key IS NOT NULL
        THEN hotline.request_begun(by_actor, request_key, 'attachments ' || hash) END;
BEGIN
    IF earlier ->> 'outcome' = 'key_reused' THEN
        RETURN earlier;
    END IF;
    WITH given AS (
        SELECT r.* FROM jsonb_to_recordset(rows) AS r(id text, kind text, type text, name text,
            bytes bigint, sha256 text, width integer, height integer, taken_us bigint, files jsonb)
    ), made AS (
        INSERT INTO hotline.attachments (id, kind, type, name, bytes, sha256, width, height,
            taken_at, uploaded_by)
        SELECT g.id, g.kind, g.type, g.name, g.bytes, decode(g.sha256, 'hex'), g.width, g.height,
            hotline.instant(g.taken_us), by_actor
        FROM given g ON CONFLICT (id) DO NOTHING
        RETURNING id
    )
    INSERT INTO hotline.attachment_files (attachment_id, size, sha256, type, bytes)
    SELECT m.id, f.size, decode(f.sha256, 'hex'), f.type, f.bytes
    FROM made m JOIN given g ON g.id = m.id
    CROSS JOIN LATERAL jsonb_to_recordset(g.files) AS f(size text, sha256 text, type text,
                                                        bytes bigint);
    RETURN NULL;
END $$;

-- --- attaching -------------------------------------------------------------------------------------

-- Makes the files with these ids the complaint's: those that are nobody's yet, and those that it has
-- already, which get the purpose and may become public. Answers NULL, or the first id that it may not
-- have, and then nothing was done. Writes no history: whoever calls it tells what happened.
CREATE FUNCTION hotline.attach(to_complaint bigint, ids text[], as_purpose text, as_public boolean)
    RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    PERFORM FROM hotline.attachments a WHERE a.id = ANY (ids) ORDER BY a.id FOR UPDATE;
    SELECT i INTO wrong FROM unnest(ids) WITH ORDINALITY AS u(i, n)
    WHERE NOT EXISTS (SELECT FROM hotline.attachments a WHERE a.id = i
                      AND coalesce(a.complaint_id, to_complaint) = to_complaint) ORDER BY n LIMIT 1;
    IF wrong IS NULL THEN
        UPDATE hotline.attachments a SET complaint_id = to_complaint,
            attached_at = coalesce(a.attached_at, clock_timestamp()),
            purpose = CASE WHEN a.complaint_id IS NULL OR as_purpose = 'evidence' THEN as_purpose
                           ELSE a.purpose END,
            public = a.public OR as_public
        WHERE a.id = ANY (ids);
    END IF;
    RETURN wrong;
END $$;

-- Attaches to a complaint that is there already, with its row of the history and the outbox.
CREATE FUNCTION hotline.attach_told(c hotline.complaints, ids text[], as_purpose text,
                                    as_public boolean, by_actor text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    told jsonb := jsonb_build_object('attachments', to_jsonb(ids), 'purpose', as_purpose);
BEGIN
    IF c.status IN ('closed', 'rejected') THEN
        RETURN hotline.refusal('ended', 'attachments', c.status);
    END IF;
    wrong := hotline.attach(c.id, ids, as_purpose, as_public);
    IF wrong IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'attachments', wrong);
    ELSIF (SELECT count(*) FROM hotline.attachments a WHERE a.complaint_id = c.id)
            > hotline.attachment_limit('attachments_per_complaint') THEN
        RAISE EXCEPTION 'too many attachments' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    VALUES (c.id, clock_timestamp(), 'attached', by_actor,
            CASE WHEN as_purpose = 'report' OR as_public THEN told
                 ELSE jsonb_build_object('internal', told) END);
    INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
    VALUES (clock_timestamp(), 'complaint.attached', c.id,
            jsonb_build_object('purpose', as_purpose, 'count', cardinality(ids)));
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('code', c.code,
        'attachments', (SELECT jsonb_agg(hotline.attachment_view(a, NULL, true)
                                         ORDER BY a.uploaded_at, a.id)
                        FROM hotline.attachments a WHERE a.id = ANY (ids))));
END $$;

-- By staff. args: code, ids, purpose, public.
CREATE FUNCTION hotline.complaint_attach(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c hotline.complaints;
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF c.id IS NULL OR NOT hotline.complaint_staff(who.actor, c.id) THEN
        RETURN hotline.refusal('not_found');
    END IF;
    RETURN hotline.attach_told(c, ARRAY(SELECT jsonb_array_elements_text(args -> 'ids')),
        coalesce(args ->> 'purpose', 'evidence'), coalesce((args ->> 'public')::boolean, false),
        who.actor);
END $$;

-- By whoever knows the code: the reporter, or the system that filed it. Harmless when repeated.
CREATE FUNCTION hotline.complaint_attach_by_holder(to_code text, ids text[], by_actor text)
    RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c hotline.complaints;
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = to_code FOR UPDATE;
    IF c.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF NOT EXISTS (SELECT FROM unnest(ids) i WHERE NOT EXISTS (SELECT FROM hotline.attachments a
            WHERE a.id = i AND a.complaint_id = c.id)) THEN
        RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('code', c.code));
    END IF;
    RETURN hotline.attach_told(c, ids, 'report', false, by_actor);
END $$;

-- The first of these ids that a complaint which is about to be filed may not have; NULL: it may have
-- all. What the same request attached when it was sent before is its own.
CREATE FUNCTION hotline.attachments_to_file(ids text[], client_name text, request_key text)
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

-- hotline.complaints_create, and what its complaints name: [{n, ids}].
CREATE FUNCTION hotline.complaints_file(batch json, attached jsonb)
    RETURNS TABLE (n integer, outcome text, complaint_code text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    made record;
BEGIN
    FOR made IN SELECT * FROM hotline.complaints_create(batch) LOOP
        IF made.outcome = 'created' THEN
            PERFORM hotline.attach(c.id, ARRAY(SELECT jsonb_array_elements_text(f.ids)), 'report',
                                   false)
            FROM jsonb_to_recordset(attached) AS f(n integer, ids jsonb)
            JOIN hotline.complaints c ON c.code = made.complaint_code WHERE f.n = made.n;
        END IF;
        n := made.n;
        outcome := made.outcome;
        complaint_code := made.complaint_code;
        RETURN NEXT;
    END LOOP;
END $$;

-- --- showing ---------------------------------------------------------------------------------------

-- {id, kind, type, name, bytes, width?, height?, taken_at?, purpose, urls: {web?, thumb?, original?}}.
-- What the holder of the code gets names the code in its addresses; staff also see who and whether
-- it is public.
CREATE FUNCTION hotline.attachment_view(a hotline.attachments, holder_code text, staff boolean)
    RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'id', a.id, 'kind', a.kind, 'type', a.type, 'name', a.name, 'bytes', a.bytes,
        'width', a.width, 'height', a.height,
        'taken_at', to_char(a.taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'purpose', a.purpose,
        'public', CASE WHEN staff THEN a.public END,
        'urls', (SELECT jsonb_object_agg(f.size, '/api/v1/attachments/' || a.id || '/' || f.size
                     || coalesce('?code=' || holder_code, ''))
                 FROM hotline.attachment_files f WHERE f.attachment_id = a.id)))
$$;

-- Of a complaint, oldest first. The holder of the code sees what was reported and what is public.
CREATE FUNCTION hotline.complaint_attachments(of_complaint bigint, staff boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN -- not SQL, as its plan is kept
    RETURN (SELECT coalesce(jsonb_agg(hotline.attachment_view(a, CASE WHEN NOT staff THEN c.code END, staff)
                              ORDER BY a.uploaded_at, a.id), '[]')
    FROM hotline.attachments a JOIN hotline.complaints c ON c.id = a.complaint_id
    WHERE a.complaint_id = of_complaint AND (staff OR a.public OR a.purpose = 'report'));
END $$;

-- One file to be sent, if `asked` ('public', 'key:NAME', 'user:LOGIN') may see it: staff by what they
-- may see of the complaint; whoever names the complaint's code; anybody what is public; and what is
-- not attached yet, whoever knows its id.
CREATE FUNCTION hotline.attachment_open(of_id text, of_size text, asked text, holder_code text,
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

-- --- keeping house ---------------------------------------------------------------------------------

-- Forgets what waited too long to be attached; the files go when the store is swept next.
CREATE FUNCTION hotline.attachments_forget_waiting() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        DELETE FROM hotline.attachments a WHERE a.complaint_id IS NULL AND a.uploaded_at
            < now() - hotline.attachment_limit('attachments_waiting_hours') * interval '1 hour'
            AND NOT hotline.inbound_waits(a.id)
        RETURNING 1
    ) SELECT count(*) FROM gone
$$;

-- Which of these files (SHA-256 in hex) some row names.
CREATE FUNCTION hotline.attachment_files_named(hashes text[]) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT h FROM unnest(hashes) AS h
    WHERE EXISTS (SELECT FROM hotline.attachment_files f WHERE f.sha256 = decode(h, 'hex'))
$$;

-- Every file that there must be, in order, after `past` (hex): for a check of the store.
CREATE FUNCTION hotline.attachment_files_after(past text, OUT sha256 text, OUT bytes bigint)
    RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(f.sha256, 'hex'), max(f.bytes) FROM hotline.attachment_files f
    WHERE f.sha256 > decode(past, 'hex') GROUP BY f.sha256 ORDER BY f.sha256 LIMIT 1000
$$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('complaint.attach', 'complaint_attach', '{operator,supervisor,agency_staff,agency_head}');

REVOKE ALL ON FUNCTION
    hotline.attachment_limit(text),
    hotline.attachments_may(text, text), hotline.attachments_create(jsonb, text, text, text),
    hotline.attach(bigint, text[], text, boolean),
    hotline.attach_told(hotline.complaints, text[], text, boolean, text),
    hotline.complaint_attach(hotline.actor, jsonb),
    hotline.complaint_attach_by_holder(text, text[], text),
    hotline.attachments_to_file(text[], text, text), hotline.complaints_file(json, jsonb),
    hotline.attachment_view(hotline.attachments, text, boolean),
    hotline.complaint_attachments(bigint, boolean),
    hotline.attachment_open(text, text, text, text), hotline.attachments_forget_waiting(),
    hotline.attachment_files_named(text[]), hotline.attachment_files_after(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    hotline.attachments_may(text, text), hotline.attachments_create(jsonb, text, text, text),
    hotline.complaint_attach_by_holder(text, text[], text),
    hotline.attachments_to_file(text[], text, text), hotline.complaints_file(json, jsonb),
    hotline.complaint_attachments(bigint, boolean),
    hotline.attachment_open(text, text, text, text), hotline.attachments_forget_waiting(),
    hotline.attachment_files_named(text[]), hotline.attachment_files_after(text)
    TO hotline_service;
GRANT SELECT ON hotline.attachments, hotline.attachment_files TO hotline_readonly;

RESET check_function_bodies;
RESET ROLE;
