-- bench.samples: what the service stored of its first complaints, for those who store the like. The
-- order of the columns is bench_insert.c's.
\set ON_ERROR_STOP 1
CREATE SCHEMA IF NOT EXISTS bench;
DROP TABLE IF EXISTS bench.samples;
CREATE TABLE bench.samples AS
SELECT c.received_at, c.updated_at, c.channel, c.status, c.category_id, c.description, c.address,
    c.geom, c.accuracy_m, c.place_match, c.place_confidence, c.ward_id, c.district_id, c.flags,
    c.attributes, c.agency_id, c.desk_id, c.jurisdiction_id, c.due_at, c.reason_vi, c.reason_en,
    c.occurred_at, c.closed_at, c.source, c.source_id,
    h.actor, h.detail, k.client, k.request_hash,
    r.complaint_id IS NOT NULL AS has_reporter, r.name, r.phone, r.email, r.anonymous
FROM hotline.complaints c
JOIN hotline.complaint_history h ON h.complaint_id = c.id AND h.event = 'received'
JOIN hotline.idempotency_keys k ON k.complaint_id = c.id
LEFT JOIN personal.reporters r ON r.complaint_id = c.id
WHERE c.source IS NULL ORDER BY c.id LIMIT 5000;
