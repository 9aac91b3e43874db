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
    ('giao-thong', 336, 25), ('o-ga', 720, 15), ('nap-cong', 720, 10), ('den-tin-hieu', 12, 30),
    ('bien-bao', 720, 20), ('un-tac', 2, 200), ('dau-xe-sai', 6, 30), ('rao-chan', 720, 60),
    ('via-he-hu', 1440, 25), ('cau-hu', 720, 60), ('hem-hu', 720, 40),
    ('cap-nuoc', 24, 300), ('mat-nuoc', 12, 500), ('be-ong-nuoc', 24, 40), ('nuoc-ban', 72, 500),
    ('dong-ho-nuoc', 336, 10),
    ('thoat-nuoc', 336, 30), ('ngap-nuoc', 8, 150), ('nap-cong-ho', 240, 10),
    ('cong-nghet', 240, 25), ('kenh-rach', 720, 150),
    ('cay-xanh', 336, 20), ('cay-nga-do', 24, 20), ('cay-nguy-hiem', 720, 20),
    ('cat-tia-cay', 720, 40), ('cong-vien', 720, 80),
    ('chieu-sang', 336, 40), ('den-hong', 240, 60), ('den-sang-ngay', 168, 100),
    ('tru-den-hu', 168, 20), ('thieu-den', 2160, 80),
    ('dien-luc', 24, 100), ('mat-dien', 6, 500), ('day-dien-dut', 12, 30), ('tru-dien', 336, 15),
    ('hoa-don-dien', 336, 10),
    ('vien-thong', 168, 40), ('day-cap-chung', 336, 40), ('mang-internet', 24, 300),
    ('tram-bts', 720, 30),
    ('xe-buyt', 72, 60),
    ('moi-truong', 72, 40), ('mui-hoi', 24, 150), ('nuoc-thai', 96, 80), ('xac-dong-vat', 48, 15),
    ('chat-thai-xay-dung', 240, 30),
    ('trat-tu-do-thi', 72, 30), ('tieng-on', 24, 50), ('lan-chiem-via-he', 120, 30),
    ('xay-dung-trai-phep', 720, 20), ('quang-cao-sai', 336, 30), ('cho-tu-phat', 168, 60),
    ('nuoi-dong-vat', 168, 40),
    ('thu-tuc-hanh-chinh', 72, 10),
    ('an-ninh-trat-tu', 24, 50), ('gay-roi', 4, 50), ('ma-tuy', 336, 40), ('chay-no', 72, 40),
    ('y-te', 168, 40), ('giao-duc', 168, 50), ('gop-y', 168, 20);

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
GRANT USAGE ON SCHEMA personal TO hotline_service; -- it may call what it is granted, read nothing
GRANT EXECUTE ON FUNCTION personal.complaints_of_phone(text, text) TO hotline_service;

REVOKE ALL ON FUNCTION personal.co_reporters_to_tell(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION personal.phone_key(text) FROM PUBLIC;

GRANT SELECT ON hotline.co_reports TO hotline_service, hotline_readonly;
GRANT USAGE ON SEQUENCE hotline.co_report_ids TO hotline_service;

RESET ROLE;
