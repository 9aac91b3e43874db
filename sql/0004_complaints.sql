-- Complaints, their append-only history, reporters' personal data, and the outbox.
-- Why complaints is one table and not a partition a month: docs/decisions/0001-one-complaints-table.md
SET ROLE hotline_owner;

-- The service takes numbers in blocks, so that it knows a complaint's tracking code before the row
-- is written; a block lost in a crash leaves a gap and no harm.
CREATE SEQUENCE hotline.complaint_ids AS bigint INCREMENT BY 1000 MINVALUE 1 START 1;

CREATE TABLE hotline.complaints (
    id bigint PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code ~ '^[0-9AEGHKNRTV]{9}$'), -- see server/intake/tracking_code.h
    received_at timestamptz NOT NULL,
    occurred_at timestamptz,
    updated_at timestamptz NOT NULL,
    closed_at timestamptz CHECK (closed_at >= received_at),
    channel text NOT NULL
        CHECK (channel IN ('phone', 'app', 'web', 'email', 'sms', 'social', 'api')),
    status text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'assigned', 'accepted',
        'in_progress', 'returned', 'waiting', 'extended', 'referred', 'resolved', 'closed',
        'rejected', 'reopened')),
    category_id integer NOT NULL REFERENCES hotline.categories,
    description text NOT NULL CHECK (length(description) <= 20000),
    address text CHECK (length(address) <= 1000),
    -- The place: NULL where none could be found; the complaint is kept all the same.
    geom public.geometry(Point, 4326),
    accuracy_m real CHECK (accuracy_m >= 0),
    place_match text NOT NULL CHECK (place_match IN ('coordinate', 'house', 'interpolated', 'alley',
        'street', 'crossing', 'place', 'ward', 'district', 'none')),
    place_confidence real NOT NULL CHECK (place_confidence BETWEEN 0 AND 1),
    ward_id integer REFERENCES hotline.boundaries,
    district_id integer REFERENCES hotline.boundaries,
    flags text[] NOT NULL DEFAULT '{}',        -- outside_city, unplaced, low_confidence, unrouted
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    -- The assignment in force now; earlier ones are in the history.
    agency_id integer NOT NULL REFERENCES hotline.agencies,
    desk_id integer,
    jurisdiction_id integer REFERENCES hotline.jurisdictions,
    -- The rule that gave the assignment (a jurisdiction's code when that decided) and the version of
    -- the rules (hotline.rule_sets). The whole record of a decision is in the history.
    rule text,
    rule_set_id integer,
    due_at timestamptz NOT NULL,
    reason_vi text NOT NULL,
    reason_en text NOT NULL,
    source text,                               -- the import or system it came from
    source_id text,                            -- its number there
    version integer NOT NULL DEFAULT 1,
    CHECK ((place_match = 'none') = (geom IS NULL)),
    CHECK (geom IS NULL OR (public.ST_X(geom) BETWEEN -180 AND 180
                            AND public.ST_Y(geom) BETWEEN -90 AND 90)),
    FOREIGN KEY (desk_id, agency_id) REFERENCES hotline.desks (id, agency_id)
);
CREATE INDEX complaints_geom ON hotline.complaints USING gist (geom);
CREATE INDEX complaints_received ON hotline.complaints (received_at, id);
-- A file imported twice adds nothing the second time.
CREATE UNIQUE INDEX complaints_source ON hotline.complaints (source, source_id)
    WHERE source_id IS NOT NULL;

CREATE TABLE hotline.complaint_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    at timestamptz NOT NULL,
    event text NOT NULL CHECK (event ~ '^[a-z_]+$'),
    actor text NOT NULL,                       -- 'public', 'user:LOGIN', 'key:NAME', 'import:FILE'
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX complaint_history_complaint ON hotline.complaint_history (complaint_id, id);

CREATE FUNCTION hotline.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER complaint_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.complaint_history FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- Who reported. Apart from the complaint, so that reading complaints never shows a person.
CREATE TABLE personal.reporters (
    complaint_id bigint PRIMARY KEY REFERENCES hotline.complaints,
    name text CHECK (length(name) <= 200),
    phone text CHECK (length(phone) <= 40),
    email text CHECK (length(email) <= 254),
    anonymous boolean NOT NULL DEFAULT false,
    lang text CHECK (lang IN ('vi', 'en'))   -- in which they reported; NULL: not known, Vietnamese
);

-- Every look at a reporter, for the auditor and for the person. Append-only.
CREATE TABLE personal.reporter_looks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    viewer text NOT NULL CHECK (viewer <> ''),
    purpose text NOT NULL CHECK (purpose <> '')
);
CREATE TRIGGER reporter_looks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON personal.reporter_looks FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- What has to be told to the world, written in the same transaction as what it tells of.
CREATE TABLE hotline.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL,
    topic text NOT NULL CHECK (topic ~ '^[a-z_.]+$'),
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    payload jsonb NOT NULL DEFAULT '{}'
);

-- A write repeated with the same key by the same client is answered with what it made first.
CREATE TABLE hotline.idempotency_keys (
    client text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request_hash bytea NOT NULL,
    complaint_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (client, key)
);

-- Stores a batch of complaints that share this transaction, each with its first history rows, its
-- reporter and its outbox row. `batch` is a JSON array of at most 128 rows; see
-- server/store/store_complaint.h for the fields. Answers one row per element, in order:
--   created   stored now
--   repeated  its id, idempotency key or source_id was stored before: code is the earlier one's
--   mismatch  its idempotency key was used before for a different request
-- The due times are columns that 0011_deadlines.sql adds.
-- Safe to repeat after a lost connection: the service chose the ids beforehand.
--
-- What is known already is looked up one by one, by index (enable_seqscan is off inside): the plan is
-- made once, when the tables may still be empty, and must not grow with them.
CREATE FUNCTION hotline.complaints_create(batch json)
    RETURNS TABLE (n integer, outcome text, complaint_code text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    made_ids bigint[];
    made_ns integer[];
    made_codes text[];
    told text;
    n_given bigint;
BEGIN
    WITH given AS MATERIALIZED (
        SELECT r.* FROM json_to_recordset(batch) AS r(
            n integer, id bigint, code text, client text, key text, request_hash text,
            received_at timestamptz, occurred_at timestamptz, closed_at timestamptz, channel text,
            status text, category_id integer, description text, address text,
            lon double precision, lat double precision, accuracy_m real, place_match text,
            place_confidence real, ward_id integer, district_id integer, flags text[],
            attributes jsonb, agency_id integer, desk_id integer, jurisdiction_id integer,
            rule text, rule_set_id integer, due_at timestamptz, pass_on_due_at timestamptz,
            accept_due_at timestamptz, answer_due_at timestamptz, deadline_terms jsonb,
            reason_vi text, reason_en text, source text, source_id text,
            actor text, detail jsonb, reporter_name text, reporter_phone text,
            reporter_email text, reporter_anonymous boolean, reporter_lang text)
    ), keys AS (
        -- In key order, so that two batches that share keys wait for one another and never deadlock.
        INSERT INTO hotline.idempotency_keys (client, key, request_hash, complaint_id, created_at)
        SELECT client, key, decode(request_hash, 'hex'), id, received_at
        FROM given WHERE key IS NOT NULL ORDER BY client, key
        ON CONFLICT DO NOTHING
        RETURNING complaint_id
    ), incoming AS MATERIALIZED (
        -- A key that was there before has its complaint already, in the same commit.
        SELECT * FROM given WHERE key IS NULL OR id IN (SELECT complaint_id FROM keys)
    ), made AS (
        INSERT INTO hotline.complaints (id, code, received_at, occurred_at, updated_at, closed_at,
            channel, status, category_id, description, address, geom, accuracy_m, place_match,
            place_confidence, ward_id, district_id, flags, attributes, agency_id, desk_id,
            jurisdiction_id, rule, rule_set_id, due_at, pass_on_due_at, accept_due_at,
            answer_due_at, deadline_terms, reason_vi, reason_en, source, source_id)
        SELECT id, code, received_at, occurred_at, received_at, closed_at, channel, status,
            category_id, description, address,
            CASE WHEN lon IS NOT NULL THEN ST_SetSRID(ST_MakePoint(lon, lat), 4326) END,
            accuracy_m, place_match, place_confidence, ward_id, district_id,
            coalesce(flags, '{}'), coalesce(attributes, '{}'), agency_id, desk_id,
            jurisdiction_id, rule, rule_set_id, due_at, pass_on_due_at, accept_due_at,
            answer_due_at, deadline_terms, reason_vi, reason_en, source, source_id
        FROM incoming
        ON CONFLICT DO NOTHING
        RETURNING id
    ), histories AS (
        -- The first links of their chains, all at once: what hotline.history_chain makes row by row
        -- (0024_record.sql, which adds these columns). Each is its complaint's first.
        INSERT INTO hotline.complaint_history (id, complaint_id, at, event, actor, detail, n,
            recorded_at, salt, detail_hash, prev, hash) OVERRIDING SYSTEM VALUE
        SELECT h.id, h.complaint_id, h.at, 'received', h.actor, h.detail, 1, h.recorded_at, h.salt,
            h.detail_hash, '', hotline.history_hash(ROW(h.id, h.complaint_id, h.at, 'received',
                h.actor, h.detail, 1, h.recorded_at, h.salt, h.detail_hash, ''::bytea,
                NULL)::hotline.complaint_history)
        FROM (SELECT s.*, sha256(s.salt || convert_to(s.detail::text, 'UTF8')) AS detail_hash
              FROM (SELECT nextval('hotline.complaint_history_id_seq') AS id, id AS complaint_id,
                        received_at AS at, actor, coalesce(detail, '{}') AS detail,
                        clock_timestamp() AS recorded_at, uuid_send(gen_random_uuid()) AS salt
                    FROM incoming JOIN made USING (id) OFFSET 0) s OFFSET 0) h
    ), reporters AS (
        INSERT INTO personal.reporters (complaint_id, name, phone, email, anonymous, lang)
        SELECT id, reporter_name, reporter_phone, reporter_email,
            coalesce(reporter_anonymous, false), reporter_lang
        FROM incoming JOIN made USING (id)
        WHERE num_nonnulls(reporter_name, reporter_phone, reporter_email, reporter_anonymous) > 0
    ), outgoing AS (
        INSERT INTO hotline.outbox (created_at, topic, complaint_id)
        SELECT received_at, 'complaint.received', id FROM incoming JOIN made USING (id)
        WHERE source_id IS NULL -- nobody waits to hear of a record from the past
    )
    SELECT array_agg(id), array_agg(n ORDER BY n), array_agg(code ORDER BY n),
           string_agg(format('%s %s %s %s', code, round(lon::numeric, 5), round(lat::numeric, 5),
                             category_id), ';'),
           (SELECT count(*) FROM given)
    INTO made_ids, made_ns, made_codes, told, n_given
    FROM incoming JOIN made USING (id);
    made_ids := coalesce(made_ids, '{}');

    -- "CODE LON LAT CATEGORY;..." for those who watch; over the size a payload may have: "many".
    IF told IS NOT NULL THEN
        PERFORM pg_notify('hotline_complaints',
                          CASE WHEN length(told) < 7900 THEN told ELSE 'many' END);
    END IF;

    IF cardinality(made_ids) = n_given THEN
        RETURN QUERY SELECT m.n, 'created', m.code FROM unnest(made_ns, made_codes) AS m(n, code);
        RETURN;
    END IF;
    RETURN QUERY
    SELECT r.n,
           CASE WHEN r.id = ANY (made_ids) THEN 'created'
                WHEN k.request_hash <> decode(r.request_hash, 'hex') THEN 'mismatch'
                ELSE 'repeated' END,
           coalesce(c.code, r.code)
    FROM json_to_recordset(batch) AS r(n integer, id bigint, code text, client text, key text,
                                       request_hash text, source text, source_id text)
    LEFT JOIN LATERAL (
        SELECT i.request_hash, i.complaint_id FROM hotline.idempotency_keys i
        WHERE i.client = r.client AND i.key = r.key LIMIT 1) k ON true
    LEFT JOIN LATERAL (
        SELECT e.code FROM hotline.complaints e
        WHERE NOT r.id = ANY (made_ids) AND e.id = coalesce(k.complaint_id, (
            SELECT s.id FROM hotline.complaints s
            WHERE s.source = r.source AND s.source_id = r.source_id), r.id) LIMIT 1) c ON true
    ORDER BY r.n;
END $$;

-- A look at who reported, recorded before it is answered.
CREATE FUNCTION personal.reporter_reveal(of_complaint bigint, by_viewer text, for_purpose text)
    RETURNS SETOF personal.reporters
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO personal.reporter_looks (complaint_id, viewer, purpose)
    VALUES (of_complaint, by_viewer, for_purpose);
    RETURN QUERY SELECT * FROM personal.reporters r WHERE r.complaint_id = of_complaint;
END $$;

REVOKE ALL ON FUNCTION hotline.complaints_create(json) FROM PUBLIC;
REVOKE ALL ON FUNCTION personal.reporter_reveal(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.complaints_create(json) TO hotline_service;
GRANT EXECUTE ON FUNCTION personal.reporter_reveal(bigint, text, text) TO hotline_personal;
GRANT USAGE ON SEQUENCE hotline.complaint_ids TO hotline_service;
GRANT SELECT ON hotline.complaints, hotline.complaint_history TO hotline_service, hotline_readonly;
GRANT SELECT ON hotline.outbox TO hotline_service;

RESET ROLE;
