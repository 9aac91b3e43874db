-- The same thing reported twice: what makes two complaints alike, who else reported it, and incidents
-- that many report at once. docs/duplicates.md tells the whole; the score is server/duplicates.
SET ROLE hotline_owner;

-- --- what makes two complaints alike -------------------------------------------------------------

-- By the category's code: rows may come before the categories, and those of a category that a city
-- does not have do nothing. What a category does not say is as its parent has it.
CREATE TABLE hotline.duplicate_terms (
    category text PRIMARY KEY,
    half_life_hours real CHECK (half_life_hours > 0), -- a report so much older counts half
    extent_m real CHECK (extent_m > 0)                -- how far such a thing reaches
);

-- How likely two categories name one thing, where the tree does not say it (1 the same, 0 never).
-- Holds for what is below the two as well; the nearest pair decides. A pair of a category with itself
-- speaks of everything below it: of two people at one office each has a file of their own.
CREATE TABLE hotline.duplicate_pairs (
    category text NOT NULL,
    other text NOT NULL,
    affinity real NOT NULL CHECK (affinity BETWEEN 0 AND 1),
    PRIMARY KEY (category, other),
    CHECK (category <= other)
);

INSERT INTO hotline.duplicate_terms (category, half_life_hours, extent_m) VALUES
    ('giao-thong', 252, 20), ('o-ga', 540, 15), ('nap-cong', 540, 10), ('den-tin-hieu', 12, 20),
    ('bien-bao', 540, 15), ('un-tac', 2, 200), ('dau-xe-sai', 6, 20), ('rao-chan', 540, 40),
    ('via-he-hu', 1080, 20), ('cau-hu', 540, 40), ('hem-hu', 540, 30),
    ('cap-nuoc', 24, 300), ('mat-nuoc', 12, 500), ('be-ong-nuoc', 24, 30), ('nuoc-ban', 54, 500),
    ('dong-ho-nuoc', 252, 10),
    ('thoat-nuoc', 252, 20), ('ngap-nuoc', 8, 150), ('nap-cong-ho', 180, 10),
    ('cong-nghet', 180, 20), ('kenh-rach', 540, 150),
    ('cay-xanh', 252, 15), ('cay-nga-do', 24, 15), ('cay-nguy-hiem', 540, 15),
    ('cat-tia-cay', 540, 30), ('cong-vien', 540, 55),
    ('chieu-sang', 252, 30), ('den-hong', 180, 40), ('den-sang-ngay', 132, 70),
    ('tru-den-hu', 132, 15), ('thieu-den', 1620, 55),
    ('dien-luc', 24, 70), ('mat-dien', 6, 500), ('day-dien-dut', 12, 20), ('tru-dien', 252, 15),
    ('hoa-don-dien', 252, 10),
    ('vien-thong', 132, 30), ('day-cap-chung', 252, 30), ('mang-internet', 24, 300),
    ('tram-bts', 540, 20),
    ('xe-buyt', 54, 40),
    ('moi-truong', 54, 30), ('mui-hoi', 24, 150), ('nuoc-thai', 72, 55), ('xac-dong-vat', 48, 15),
    ('chat-thai-xay-dung', 180, 20),
    ('trat-tu-do-thi', 54, 20), ('tieng-on', 24, 35), ('lan-chiem-via-he', 90, 20),
    ('xay-dung-trai-phep', 540, 15), ('quang-cao-sai', 252, 20), ('cho-tu-phat', 132, 40),
    ('nuoi-dong-vat', 132, 30),
    ('thu-tuc-hanh-chinh', 54, 10),
    ('an-ninh-trat-tu', 24, 35), ('gay-roi', 4, 35), ('ma-tuy', 252, 30), ('chay-no', 54, 30),
    ('y-te', 132, 30), ('giao-duc', 132, 35), ('gop-y', 132, 15);

INSERT INTO hotline.duplicate_pairs (category, other, affinity)
SELECT least(a, b), greatest(a, b), f FROM (VALUES
    ('nap-cong', 'nap-cong-ho', 0.9), ('o-ga', 'hem-hu', 0.8), ('o-ga', 'via-he-hu', 0.4),
    ('o-ga', 'rao-chan', 0.4), ('nap-cong', 'o-ga', 0.4), ('un-tac', 'den-tin-hieu', 0.4),
    ('cong-nghet', 'ngap-nuoc', 0.7), ('cong-nghet', 'nuoc-thai', 0.5),
    ('cong-nghet', 'mui-hoi', 0.4), ('cong-nghet', 'nap-cong-ho', 0.3),
    ('rac-thai', 'mui-hoi', 0.6), ('rac-thai', 'chat-thai-xay-dung', 0.7),
    ('kenh-rach', 'nuoc-thai', 0.4), ('kenh-rach', 'mui-hoi', 0.4),
    ('cay-nga-do', 'cay-nguy-hiem', 0.7), ('cay-nguy-hiem', 'cat-tia-cay', 0.5),
    ('cay-nga-do', 'day-dien-dut', 0.3),
    ('den-hong', 'thieu-den', 0.5), ('den-hong', 'tru-den-hu', 0.5),
    ('mat-dien', 'day-dien-dut', 0.6), ('day-dien-dut', 'day-cap-chung', 0.6),
    ('tru-dien', 'day-cap-chung', 0.5), ('tru-dien', 'tru-den-hu', 0.4),
    ('be-ong-nuoc', 'mat-nuoc', 0.6), ('be-ong-nuoc', 'ngap-nuoc', 0.5),
    ('nuoc-ban', 'mat-nuoc', 0.4),
    ('lan-chiem-via-he', 'cho-tu-phat', 0.7), ('lan-chiem-via-he', 'dau-xe-sai', 0.5),
    ('tieng-on', 'gay-roi', 0.4), ('chay-no', 'mui-hoi', 0.3),
    ('thu-tuc-hanh-chinh', 'thu-tuc-hanh-chinh', 0.25), ('giao-duc', 'giao-duc', 0.5),
    ('y-te', 'y-te', 0.5), ('gop-y', 'gop-y', 0.5), ('xe-buyt', 'xe-buyt', 0.5),
    ('hoa-don-dien', 'hoa-don-dien', 0.25), ('dong-ho-nuoc', 'dong-ho-nuoc', 0.25),
    ('tin-nhan-rac', 'tin-nhan-rac', 0.1)
) AS rows (a, b, f);

CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON hotline.duplicate_terms FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();
CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON hotline.duplicate_pairs FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();
GRANT SELECT ON hotline.duplicate_terms, hotline.duplicate_pairs
    TO hotline_service, hotline_readonly;

-- --- who else reported it ------------------------------------------------------------------------

-- How many people reported it, the first one included; and the complaint that this one turned out to
-- be the same as (it is closed then, its reporter is a co-reporter there).
ALTER TABLE hotline.complaints
    ADD COLUMN reporters integer NOT NULL DEFAULT 1 CHECK (reporters >= 1),
    ADD COLUMN duplicate_of bigint REFERENCES hotline.complaints CHECK (duplicate_of <> id);
CREATE INDEX complaints_duplicate_of ON hotline.complaints (duplicate_of)
    WHERE duplicate_of IS NOT NULL;

-- Tracking codes of co-reporters: of the same kind as complaints' (server/intake/tracking_code.h), from
-- the upper part of their numbers, so that no two codes are ever the same.
CREATE SEQUENCE hotline.co_report_ids AS bigint
    MINVALUE 12000000000 MAXVALUE 16983563040 START 12000000000;

-- One more report of a complaint: everything about it but the person. Of a complaint that was merged
-- into another, id and code are that complaint's own.
CREATE TABLE hotline.co_reports (
    id bigint PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    code text NOT NULL UNIQUE CHECK (code ~ '^[0-9AEGHKNRTV]{9}$'),
    at timestamptz NOT NULL DEFAULT now(),
    channel text NOT NULL
        CHECK (channel IN ('phone', 'app', 'web', 'email', 'sms', 'social', 'api')),
    actor text NOT NULL,                       -- 'public', 'user:LOGIN', 'key:NAME'
    merged boolean NOT NULL DEFAULT false,     -- was a complaint of its own
    -- The same person was in already. Kept and answered like any other, so that nobody learns by
    -- joining with somebody's number that they reported; but told once and counted once.
    repeated boolean NOT NULL DEFAULT false,
    left_at timestamptz,
    left_actor text
);
CREATE INDEX co_reports_complaint ON hotline.co_reports (complaint_id);

-- The person. No row: has said nothing of themselves. Only what they consented to be told by.
CREATE TABLE personal.co_reporters (
    co_report_id bigint PRIMARY KEY REFERENCES hotline.co_reports,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    name text CHECK (length(name) <= 200),
    phone text CHECK (length(phone) <= 40),
    email text CHECK (length(email) <= 254),
    anonymous boolean NOT NULL DEFAULT false,
    consent boolean NOT NULL,
    description text CHECK (length(description) <= 4000) -- what they said of it, in their words
);
CREATE INDEX co_reporters_complaint ON personal.co_reporters (complaint_id);

-- A number as it is compared: digits, +84 and 0084 as 0; NULL for what is none.
CREATE FUNCTION personal.phone_key(phone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN length(digits) >= 6 THEN digits END
    FROM (SELECT regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^(00)?84', '0')) d (digits)
$$;
CREATE INDEX reporters_phone ON personal.reporters (personal.phone_key(phone))
    WHERE phone IS NOT NULL;
CREATE INDEX co_reporters_phone ON personal.co_reporters (personal.phone_key(phone))
    WHERE phone IS NOT NULL;

-- Whom to tell of a complaint besides its own reporter: each once, with the code they follow it by.
CREATE FUNCTION personal.co_reporters_to_tell(of_complaint bigint)
    RETURNS TABLE (co_report_id bigint, code text, name text, phone text, email text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.id, r.code, p.name, p.phone, p.email
    FROM hotline.co_reports r JOIN personal.co_reporters p ON p.co_report_id = r.id
    WHERE r.complaint_id = of_complaint AND r.left_at IS NULL AND NOT r.repeated AND p.consent
      AND num_nonnulls(p.phone, p.email) > 0
    ORDER BY r.id
$$;
-- The complaints that this number reported or joined, newest first, at most 20 of the last two years;
-- those filed anonymously are nobody's. Every one of them is a look at a person, and recorded.
CREATE FUNCTION personal.complaints_of_phone(of_phone text, by_viewer text) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted CONSTANT text := personal.phone_key(of_phone);
    found bigint[];
BEGIN
    SELECT array_agg(id) INTO found FROM (
        SELECT c.id FROM hotline.complaints c
        WHERE c.received_at > now() - interval '2 years' AND c.id IN (
            SELECT p.complaint_id FROM personal.reporters p
            WHERE personal.phone_key(p.phone) = wanted AND p.phone IS NOT NULL AND NOT p.anonymous
            UNION ALL
            SELECT p.complaint_id
            FROM personal.co_reporters p JOIN hotline.co_reports r ON r.id = p.co_report_id
            WHERE personal.phone_key(p.phone) = wanted AND p.phone IS NOT NULL AND NOT p.anonymous
              AND r.left_at IS NULL)
        ORDER BY c.received_at DESC, c.id DESC LIMIT 20) newest;
    INSERT INTO personal.reporter_looks (complaint_id, viewer, purpose)
    SELECT unnest(found), by_viewer, 'earlier complaints of a number';
    RETURN coalesce(found, '{}');
END $$;
REVOKE ALL ON FUNCTION personal.complaints_of_phone(text, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION personal.co_reporters_to_tell(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION personal.phone_key(text) FROM PUBLIC;

GRANT SELECT ON hotline.co_reports TO hotline_readonly;
GRANT USAGE ON SEQUENCE hotline.co_report_ids TO hotline_service;

-- --- likely duplicates -----------------------------------------------------------------------------

-- Candidates by their ids (those that ended over two weeks ago left out), and with a number what that
-- caller reported earlier. `seen`: the asker works on it. The service decides who may be shown which columns (api_nearby.c).
-- Plans must not be made for tables that happen to be empty.
CREATE FUNCTION hotline.nearby(ids bigint[], of_phone text, by_viewer text)
    RETURNS TABLE (id bigint, code text, status text, category text, category_vi text,
        category_en text, description text, received_us bigint, lon double precision,
        lat double precision, accuracy_m real, confidence real, place_match text, ward text,
        ward_name text, district text, district_name text, agency text, agency_name text,
        category_id integer, reporters integer, reports bigint, of_caller boolean, version integer,
        seen boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    mine bigint[] := '{}';
    s hotline.scope := hotline.scope_of(by_viewer);
BEGIN
    IF of_phone IS NOT NULL THEN
        mine := personal.complaints_of_phone(of_phone, by_viewer);
    END IF;
    RETURN QUERY
    SELECT c.id, c.code, c.status, k.code, k.name_vi, k.name_en, c.description,
        (extract(epoch FROM c.received_at) * 1000000)::bigint, ST_X(c.geom), ST_Y(c.geom),
        c.accuracy_m, c.place_confidence, c.place_match, w.code, w.name, d.code, d.name,
        a.code, a.name, c.category_id, c.reporters,
        1 + (SELECT count(*) FROM hotline.co_reports r
             WHERE r.complaint_id = c.id AND r.left_at IS NULL),
        c.id = ANY (mine), c.version,
        hotline.scope_covers(s, c.agency_id, c.desk_id, c.category_id)
    FROM hotline.complaints c
    JOIN hotline.categories k ON k.id = c.category_id
    JOIN hotline.agencies a ON a.id = c.agency_id
    LEFT JOIN hotline.boundaries w ON w.id = c.ward_id
    LEFT JOIN hotline.boundaries d ON d.id = c.district_id
    WHERE c.id = ANY (ids || mine) AND c.duplicate_of IS NULL
      AND (c.id = ANY (mine) OR c.closed_at IS NULL OR c.closed_at > now() - interval '14 days')
    ORDER BY c.received_at DESC, c.id DESC;
END $$;

-- --- joining ----------------------------------------------------------------------------------------

-- The complaint that stands for it: itself, or what it was merged into.
CREATE FUNCTION hotline.stands_for(of_complaint bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up AS (
        SELECT c.id, c.duplicate_of FROM hotline.complaints c WHERE c.id = of_complaint
        UNION
        SELECT c.id, c.duplicate_of FROM hotline.complaints c JOIN up ON c.id = up.duplicate_of
    )
    SELECT id FROM up WHERE duplicate_of IS NULL
$$;

-- Is the person with that number or address among those of the complaint, but for the co-report given?
CREATE FUNCTION personal.reported_by(of_complaint bigint, of_phone text, of_email text, but bigint)
    RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH people AS (
        SELECT p.phone, p.email FROM personal.reporters p WHERE p.complaint_id = of_complaint
        UNION ALL
        SELECT p.phone, p.email
        FROM personal.co_reporters p JOIN hotline.co_reports r ON r.id = p.co_report_id
        WHERE p.complaint_id = of_complaint AND r.left_at IS NULL AND r.id IS DISTINCT FROM but
    )
    SELECT EXISTS (SELECT FROM people p
        WHERE personal.phone_key(p.phone) = personal.phone_key(of_phone)
           OR lower(p.email) = lower(of_email))
$$;

-- True for those in whose scope it is (sql/0019_scope.sql).
CREATE FUNCTION hotline.works_on(who hotline.actor, c hotline.complaints) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT hotline.scope_covers(hotline.scope_of(who.actor), c.agency_id, c.desk_id, c.category_id)
$$;

CREATE FUNCTION hotline.reporters_count(of_complaint bigint) RETURNS integer LANGUAGE sql AS $$
    UPDATE hotline.complaints c SET updated_at = now(), reporters = 1 + (
        SELECT count(*) FROM hotline.co_reports r
        WHERE r.complaint_id = c.id AND r.left_at IS NULL AND NOT r.repeated)
    WHERE c.id = of_complaint RETURNING c.reporters
$$;

CREATE FUNCTION hotline.duplicate_noted(c hotline.complaints, of_event text, of_actor text,
                                        of_detail jsonb)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    VALUES (c.id, now(), of_event, of_actor, of_detail);
    INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
    VALUES (now(), 'complaint.' || of_event, c.id, (of_detail - 'internal') ||
        -- whom to tell that they joined; the outbox is not shown to anybody
        jsonb_strip_nulls(jsonb_build_object('co_report', of_detail #> '{internal,co_report}')));
$$;

-- One more reporter. args: code of the complaint, or complaint (its number, read from a token); id and
-- follow (number and code that the service has chosen for the co-report), channel; phone, email, name,
-- anonymous, consent, description. `known`: the asker may know who reported it (staff): a person who is
-- in already is then answered with what there is. Others are not told apart from new ones.
CREATE FUNCTION hotline.co_report_add(of_actor text, known boolean, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    new_id bigint := (args ->> 'id')::bigint;
    contact boolean := num_nonnulls(args ->> 'phone', args ->> 'email') > 0;
    again boolean;
    people integer;
BEGIN
    SELECT k.* INTO c FROM hotline.complaints k
    WHERE k.id = hotline.stands_for(coalesce((args ->> 'complaint')::bigint,
        (SELECT n.id FROM hotline.complaints n WHERE n.code = args ->> 'code'))) FOR UPDATE;
    IF c.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF c.status IN ('resolved', 'closed', 'rejected') THEN
        RETURN hotline.refusal('ended', 'code', c.status);
    ELSIF contact AND NOT coalesce((args ->> 'consent')::boolean, false) THEN
        RETURN hotline.refusal('no_consent', 'consent');
    END IF;
    again := contact AND personal.reported_by(c.id, args ->> 'phone', args ->> 'email', NULL);
    IF again AND known THEN
        RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object(
            'code', c.code, 'reporters', c.reporters, 'already', true));
    END IF;
    INSERT INTO hotline.co_reports (id, complaint_id, code, channel, actor, repeated)
    VALUES (new_id, c.id, args ->> 'follow', args ->> 'channel', of_actor, again);
    IF num_nonnulls(args ->> 'name', args ->> 'phone', args ->> 'email', args ->> 'description') > 0 THEN
        INSERT INTO personal.co_reporters (co_report_id, complaint_id, name, phone, email,
            anonymous, consent, description)
        VALUES (new_id, c.id, args ->> 'name', args ->> 'phone', args ->> 'email',
            coalesce((args ->> 'anonymous')::boolean, false),
            coalesce((args ->> 'consent')::boolean, false), args ->> 'description');
    END IF;
    people := hotline.reporters_count(c.id);
    PERFORM hotline.duplicate_noted(c, 'joined', of_actor, jsonb_build_object(
        'internal', jsonb_build_object('co_report', new_id, 'channel', args ->> 'channel')));
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object(
        'code', CASE WHEN known THEN c.code ELSE args ->> 'follow' END,
        'follow_code', args ->> 'follow', 'co_report', new_id::text, 'already', false,
        'reporters', CASE WHEN known THEN people ELSE 1 + (SELECT count(*) FROM hotline.co_reports r
            WHERE r.complaint_id = c.id AND r.left_at IS NULL) END));
END $$;

CREATE FUNCTION hotline.complaint_join(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT hotline.co_report_add(who.actor, true, args)
$$;

-- The same for those who have no account: anybody with a token, other systems with a key. As
-- hotline.perform a repeat is answered with what it did first.
CREATE FUNCTION hotline.join_openly(asked text, request_key text, hash text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    by_key boolean := EXISTS (SELECT FROM hotline.api_keys k WHERE asked = 'key:' || k.name
        AND k.revoked_at IS NULL AND coalesce(k.expires_at > now(), true));
    result jsonb;
BEGIN
    IF NOT by_key AND (asked <> 'public' OR args ->> 'complaint' IS NULL) THEN
        RETURN hotline.refusal('not_allowed');
    END IF;
    result := hotline.request_begun(asked, request_key, 'join ' || hash);
    IF result IS NULL THEN
        result := hotline.request_ended(asked, request_key, hotline.co_report_add(asked, by_key, args));
    END IF;
    RETURN result;
END $$;

-- It was another thing after all. args: code, co_report. Whoever left is told no more; what the same
-- person added under other co-reports goes with it.
CREATE FUNCTION hotline.complaint_leave(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    gone hotline.co_reports;
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'code' FOR UPDATE;
    SELECT * INTO gone FROM hotline.co_reports r
    WHERE r.complaint_id = c.id AND r.id = (args ->> 'co_report')::bigint AND r.left_at IS NULL;
    IF gone.id IS NULL OR NOT hotline.works_on(who, c) THEN
        RETURN hotline.refusal('not_found');
    ELSIF gone.merged THEN
        RETURN hotline.refusal('merged', 'co_report', gone.code);
    END IF;
    UPDATE hotline.co_reports r SET left_at = now(), left_actor = who.actor
    WHERE r.complaint_id = c.id AND r.left_at IS NULL AND NOT r.merged AND (r.id = gone.id OR r.id IN (
        SELECT o.co_report_id FROM personal.co_reporters o, personal.co_reporters p
        WHERE o.complaint_id = c.id AND p.co_report_id = gone.id
          AND (personal.phone_key(o.phone) = personal.phone_key(p.phone)
               OR lower(o.email) = lower(p.email))));
    PERFORM hotline.duplicate_noted(c, 'left', who.actor,
        jsonb_build_object('internal', jsonb_build_object('co_report', gone.id)));
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('code', c.code,
        'reporters', hotline.reporters_count(c.id)));
END $$;

-- --- merging ------------------------------------------------------------------------------------------

-- Two that were filed turn out to be one: the later is closed, its reporter and those who joined it
-- become co-reporters of the first, each with the code they have. args: code (of the later), version,
-- into (code of the first), reason.
CREATE FUNCTION hotline.complaint_merge(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    later hotline.complaints;
    first hotline.complaints;
    moved bigint[];
    people integer;
BEGIN
    -- In order of their numbers, so that two merges never wait for one another.
    PERFORM FROM hotline.complaints c WHERE c.code IN (args ->> 'code', args ->> 'into')
    ORDER BY c.id FOR UPDATE;
    SELECT * INTO later FROM hotline.complaints c WHERE c.code = args ->> 'code';
    SELECT * INTO first FROM hotline.complaints c WHERE c.code = args ->> 'into';
    IF later.id IS NULL OR NOT hotline.works_on(who, later) THEN
        RETURN hotline.refusal('not_found');
    ELSIF first.id IS NULL OR NOT hotline.works_on(who, first) THEN
        RETURN hotline.refusal('unknown', 'into', args ->> 'into');
    ELSIF later.version <> (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', later.version::text);
    ELSIF later.status IN ('resolved', 'closed', 'rejected') THEN
        RETURN hotline.refusal('ended', 'code', later.status);
    ELSIF first.status IN ('resolved', 'closed', 'rejected') THEN
        RETURN hotline.refusal('ended', 'into', first.status);
    ELSIF (later.received_at, later.id) <= (first.received_at, first.id) THEN
        RETURN hotline.refusal('not_the_later', 'into', first.code);
    END IF;

    WITH those AS (
        UPDATE hotline.co_reports r SET complaint_id = first.id
        WHERE r.complaint_id = later.id RETURNING r.id
    ) SELECT coalesce(array_agg(id), '{}') INTO moved FROM those;
    UPDATE personal.co_reporters p SET complaint_id = first.id WHERE p.co_report_id = ANY (moved);
    INSERT INTO hotline.co_reports AS r (id, complaint_id, code, at, channel, actor, merged)
    VALUES (later.id, first.id, later.code, later.received_at, later.channel, who.actor, true)
    ON CONFLICT (id) DO UPDATE SET complaint_id = first.id, left_at = NULL, left_actor = NULL,
        actor = who.actor;
    -- Filed with a number or an address: to be told what became of it.
    INSERT INTO personal.co_reporters AS o (co_report_id, complaint_id, name, phone, email,
        anonymous, consent, description)
    SELECT later.id, first.id, p.name, p.phone, p.email, p.anonymous,
        num_nonnulls(p.phone, p.email) > 0, left(later.description, 4000)
    FROM personal.reporters p WHERE p.complaint_id = later.id
    ON CONFLICT (co_report_id) DO UPDATE SET complaint_id = first.id;
    UPDATE hotline.co_reports r
    SET repeated = coalesce((SELECT personal.reported_by(first.id, p.phone, p.email, r.id)
        FROM personal.co_reporters p WHERE p.co_report_id = r.id), false)
    WHERE r.id = later.id OR r.id = ANY (moved);

    PERFORM hotline.pause_end(later.id, now(), who.actor);
    UPDATE hotline.complaints c SET status = 'closed', closed_at = now(), updated_at = now(),
        paused_at = NULL, duplicate_of = first.id, version = c.version + 1 WHERE c.id = later.id;
    people := hotline.reporters_count(first.id);
    -- No code of the one for those who hold the code of the other.
    PERFORM hotline.duplicate_noted(later, 'merged', who.actor, jsonb_build_object('internal',
        jsonb_build_object('into', first.code, 'reason', args ->> 'reason', 'status', later.status,
                           'moved', to_jsonb(moved))));
    PERFORM hotline.duplicate_noted(first, 'joined', who.actor, jsonb_build_object('internal',
        jsonb_build_object('merged', later.code, 'co_report', later.id, 'channel', later.channel)));
    PERFORM hotline.complaint_told(later);
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('code', later.code,
        'into', first.code, 'reporters', people, 'version', later.version + 1));
END $$;

-- They were two after all. args: code (of the one that was closed), version, reason.
CREATE FUNCTION hotline.complaint_unmerge(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    first hotline.complaints;
    was jsonb;
    moved bigint[];
BEGIN
    PERFORM FROM hotline.complaints k WHERE k.id IN (
        SELECT unnest(ARRAY[n.id, n.duplicate_of]) FROM hotline.complaints n
        WHERE n.code = args ->> 'code') ORDER BY k.id FOR UPDATE;
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'code';
    SELECT * INTO first FROM hotline.complaints k WHERE k.id = c.duplicate_of;
    IF c.id IS NULL OR NOT hotline.works_on(who, c) THEN
        RETURN hotline.refusal('not_found');
    ELSIF c.version <> (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', c.version::text);
    ELSIF first.id IS NULL THEN
        RETURN hotline.refusal('not_merged', 'code', c.status);
    END IF;
    SELECT h.detail -> 'internal' INTO was FROM hotline.complaint_history h
    WHERE h.complaint_id = c.id AND h.event = 'merged' ORDER BY h.id DESC LIMIT 1;
    SELECT coalesce(array_agg(v::bigint), '{}') INTO moved
    FROM jsonb_array_elements_text(was -> 'moved') v;
    UPDATE hotline.co_reports r SET complaint_id = c.id, repeated = false
    WHERE r.id = ANY (moved) AND r.complaint_id = first.id;
    UPDATE personal.co_reporters p SET complaint_id = c.id
    WHERE p.co_report_id = ANY (moved) AND p.complaint_id = first.id;
    UPDATE hotline.co_reports r SET left_at = now(), left_actor = who.actor WHERE r.id = c.id;
    DELETE FROM personal.co_reporters p WHERE p.co_report_id = c.id; -- is in personal.reporters
    UPDATE hotline.complaints k SET duplicate_of = NULL, closed_at = NULL, version = k.version + 1,
        status = CASE WHEN was ->> 'status' = 'waiting' THEN 'assigned'
                      ELSE coalesce(was ->> 'status', 'assigned') END
    WHERE k.id = c.id;
    PERFORM hotline.reporters_count(c.id), hotline.reporters_count(first.id);
    PERFORM hotline.duplicate_noted(c, 'unmerged', who.actor, jsonb_build_object('internal',
        jsonb_build_object('from', first.code, 'reason', args ->> 'reason')));
    PERFORM hotline.duplicate_noted(first, 'left', who.actor, jsonb_build_object('internal',
        jsonb_build_object('unmerged', c.code, 'co_report', c.id)));
    PERFORM hotline.complaint_told(c);
    RETURN jsonb_build_object('outcome', 'done', 'answer',
        jsonb_build_object('code', c.code, 'from', first.code, 'version', c.version + 1));
END $$;

-- For those who watch the map.
CREATE FUNCTION hotline.complaint_told(c hotline.complaints) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pg_notify('hotline_complaints', format('%s %s %s %s', c.code,
        round(ST_X(c.geom)::numeric, 5), round(ST_Y(c.geom)::numeric, 5), c.category_id))
    WHERE c.geom IS NOT NULL
$$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('complaint.join', 'complaint_join', '{operator,supervisor,agency_staff,agency_head}'),
    ('complaint.leave', 'complaint_leave', '{operator,supervisor,agency_staff,agency_head}'),
    ('complaint.merge', 'complaint_merge', '{operator,supervisor,agency_staff,agency_head}'),
    ('complaint.unmerge', 'complaint_unmerge', '{operator,supervisor,agency_staff,agency_head}');

-- --- what a co-reporter and the staff are shown -----------------------------------------------------

-- By a co-report's code: how the complaint goes, its kind and its place rounded as the public has it;
-- none of its words, not its code, nobody's name. Also for a complaint that was merged. NULL: no such.
CREATE FUNCTION hotline.followed(of_code text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r hotline.co_reports;
    c hotline.complaints;
    answers jsonb;
BEGIN
    SELECT * INTO r FROM hotline.co_reports o WHERE o.code = of_code AND o.left_at IS NULL;
    SELECT * INTO c FROM hotline.complaints k WHERE k.id = hotline.stands_for(r.complaint_id);
    IF c.id IS NULL THEN
        RETURN NULL;
    END IF;
    IF to_regprocedure('hotline.complaint_answers_json(bigint,boolean)') IS NOT NULL THEN
        EXECUTE 'SELECT hotline.complaint_answers_json($1, false)' INTO answers USING c.id;
    END IF;
    RETURN (SELECT jsonb_build_object('code', r.code, 'follows', true, 'status', c.status,
        'channel', r.channel,
        'category', jsonb_build_object('code', k.code, 'vi', k.name_vi, 'en', k.name_en),
        'received_us', (extract(epoch FROM r.at) * 1000000)::bigint,
        'updated_us', (extract(epoch FROM c.updated_at) * 1000000)::bigint,
        'closed_us', (extract(epoch FROM c.closed_at) * 1000000)::bigint,
        'due_us', (extract(epoch FROM c.due_at) * 1000000)::bigint,
        'description', (SELECT p.description FROM personal.co_reporters p
                        WHERE p.co_report_id = r.id),
        'lon', (floor(ST_X(c.geom) / 0.001) + 0.5) * 0.001,
        'lat', (floor(ST_Y(c.geom) / 0.001) + 0.5) * 0.001,
        'confidence', c.place_confidence, 'match', c.place_match,
        'ward', (SELECT jsonb_build_object('code', w.code, 'name', w.name)
                 FROM hotline.boundaries w WHERE w.id = c.ward_id),
        'district', (SELECT jsonb_build_object('code', d.code, 'name', d.name)
                     FROM hotline.boundaries d WHERE d.id = c.district_id),
        'agency', jsonb_build_object('code', a.code, 'name', a.name),
        'reason_vi', c.reason_vi, 'reason_en', c.reason_en,
        'answers', coalesce(answers, '[]'),
        'reporters', 1 + (SELECT count(*) FROM hotline.co_reports o
                          WHERE o.complaint_id = c.id AND o.left_at IS NULL))
    FROM hotline.categories k, hotline.agencies a WHERE k.id = c.category_id AND a.id = c.agency_id);
END $$;

-- Who else reported it, for staff: what they said, and by what they may be told; never the number.
CREATE FUNCTION hotline.co_reports_of(of_code text, by_viewer text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('code', c.code, 'reporters', c.reporters,
        'duplicate_of', (SELECT o.code FROM hotline.complaints o WHERE o.id = c.duplicate_of),
        'co_reports', coalesce((SELECT jsonb_agg(jsonb_build_object('co_report', r.id::text,
            'follow_code', r.code, 'at', r.at, 'channel', r.channel, 'merged', r.merged,
            'repeated', r.repeated, 'left_at', r.left_at, 'description', p.description,
            'told_by', array_remove(ARRAY[CASE WHEN p.consent AND p.phone IS NOT NULL THEN 'phone' END,
                CASE WHEN p.consent AND p.email IS NOT NULL THEN 'email' END], NULL)) ORDER BY r.at, r.id)
            FROM hotline.co_reports r LEFT JOIN personal.co_reporters p ON p.co_report_id = r.id
            WHERE r.complaint_id = c.id), '[]'))
    FROM hotline.complaints c WHERE c.code = of_code
      AND hotline.scope_covers(hotline.scope_of(by_viewer), c.agency_id, c.desk_id, c.category_id)
$$;

REVOKE ALL ON FUNCTION hotline.nearby(bigint[], text, text), hotline.stands_for(bigint),
    personal.reported_by(bigint, text, text, bigint), hotline.reporters_count(bigint),
    hotline.duplicate_noted(hotline.complaints, text, text, jsonb),
    hotline.co_report_add(text, boolean, jsonb), hotline.complaint_join(hotline.actor, jsonb),
    hotline.join_openly(text, text, text, jsonb), hotline.complaint_leave(hotline.actor, jsonb),
    hotline.complaint_merge(hotline.actor, jsonb), hotline.complaint_unmerge(hotline.actor, jsonb),
    hotline.works_on(hotline.actor, hotline.complaints),
    hotline.complaint_told(hotline.complaints), hotline.followed(text),
    hotline.co_reports_of(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.nearby(bigint[], text, text),
    hotline.join_openly(text, text, text, jsonb), hotline.followed(text),
    hotline.co_reports_of(text, text) TO hotline_service;

RESET ROLE;
