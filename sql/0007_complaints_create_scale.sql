-- complaints_create looked a batch's keys up by reading all of hotline.idempotency_keys, so it grew
-- slower with every complaint. Now the insertion of the keys itself says which of them are new, and
-- what is looked up is looked up one by one, by index, whatever the planner believed of the tables'
-- sizes when the plan was made. What it does and answers is the same (see 0004_complaints.sql).
SET ROLE hotline_owner;

CREATE OR REPLACE FUNCTION hotline.complaints_create(batch json)
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
            due_at timestamptz, reason_vi text, reason_en text, source text, source_id text,
            actor text, detail jsonb, reporter_name text, reporter_phone text,
            reporter_email text, reporter_anonymous boolean)
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
            jurisdiction_id, due_at, reason_vi, reason_en, source, source_id)
        SELECT id, code, received_at, occurred_at, received_at, closed_at, channel, status,
            category_id, description, address,
            CASE WHEN lon IS NOT NULL THEN ST_SetSRID(ST_MakePoint(lon, lat), 4326) END,
            accuracy_m, place_match, place_confidence, ward_id, district_id,
            coalesce(flags, '{}'), coalesce(attributes, '{}'), agency_id, desk_id,
            jurisdiction_id, due_at, reason_vi, reason_en, source, source_id
        FROM incoming
        ON CONFLICT DO NOTHING
        RETURNING id
    ), histories AS (
        INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
        SELECT id, received_at, 'received', actor, coalesce(detail, '{}')
        FROM incoming JOIN made USING (id)
    ), reporters AS (
        INSERT INTO personal.reporters (complaint_id, name, phone, email, anonymous)
        SELECT id, reporter_name, reporter_phone, reporter_email, coalesce(reporter_anonymous, false)
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

RESET ROLE;
