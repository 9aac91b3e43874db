-- Stores one complaint for each row of bench.codes (id, code), made from bench.samples at random
-- places near theirs, over the last year. Constraints hold by construction: the samples are real.
\set ON_ERROR_STOP 1
SET session_replication_role = replica; -- foreign keys are not looked up a million times
SET synchronous_commit = off;
CREATE TEMP TABLE numbered AS
SELECT row_number() OVER () - 1 AS place, s.* FROM bench.samples s;
ALTER TABLE numbered ADD PRIMARY KEY (place);
ANALYZE numbered;
CREATE TEMP TABLE new AS
SELECT b.id, b.code, now() - random() * interval '365 days' AS at, s.*
FROM bench.codes b
JOIN numbered s ON s.place = b.id % (SELECT count(*) FROM numbered);
INSERT INTO hotline.complaints (id, code, received_at, updated_at, channel, status, category_id,
    description, address, geom, accuracy_m, place_match, place_confidence, ward_id, district_id,
    flags, attributes, agency_id, desk_id, jurisdiction_id, due_at, reason_vi, reason_en)
SELECT id, code, at, at, channel, status, category_id, description, address,
    ST_Translate(geom, (random() - 0.5) * 0.002, (random() - 0.5) * 0.002), accuracy_m, place_match,
    place_confidence, ward_id, district_id, flags, attributes, agency_id, desk_id, jurisdiction_id,
    at + (due_at - received_at), reason_vi, reason_en
FROM new;
INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
SELECT id, at, 'received', actor, detail FROM new;
INSERT INTO hotline.outbox (created_at, topic, complaint_id)
SELECT at, 'complaint.received', id FROM new;
INSERT INTO hotline.idempotency_keys (client, key, request_hash, complaint_id, created_at)
SELECT client, 'fill-' || id, request_hash, id, at FROM new;
INSERT INTO personal.reporters (complaint_id, name, phone, email, anonymous)
SELECT id, name, phone, email, anonymous FROM new WHERE has_reporter;
