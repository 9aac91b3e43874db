-- Stores one complaint for each row of bench.codes (id, code) straight into the table: clustered over
-- the city as complaints are, over three years. Some 2,500 hot spots, a few of them very hot, each
-- with a spread of its own between 30 m and 2 km; one in eight anywhere within 20 km of one. What the
-- table checks holds; what triggers would do is done by whoever starts after this.
\set ON_ERROR_STOP 1
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET client_min_messages = warning;
-- Indexes are made at once at the end: keys aside, which guard.
CREATE TEMP TABLE dropped AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index i WHERE indrelid = 'hotline.complaints'::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid);
SELECT format('DROP INDEX %s', name) FROM dropped \gexec

SELECT setseed(0.1022);
CREATE TEMP TABLE spots AS
SELECT row_number() OVER (ORDER BY random()) - 1 AS n, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, b.id AS ward_id,
    0.0003 * power(60, random()) AS spread
FROM hotline.boundaries b, LATERAL ST_Dump(ST_GeneratePoints(b.geom, 15, b.id)) p
WHERE b.level = 'ward' AND upper_inf(b.valid);
CREATE TEMP TABLE words AS
SELECT (SELECT array_agg(id ORDER BY id) FROM hotline.categories WHERE active) AS categories,
    (SELECT array_agg(id ORDER BY id) FROM hotline.agencies) AS agencies,
    ARRAY['closed', 'closed', 'closed', 'closed', 'closed', 'resolved', 'resolved', 'resolved', 'received',
        'assigned', 'accepted', 'in_progress', 'in_progress', 'waiting', 'rejected', 'referred'] AS statuses,
    ARRAY['phone', 'phone', 'app', 'app', 'web', 'email', 'social', 'api'] AS channels;

INSERT INTO hotline.complaints (id, code, received_at, updated_at, channel, status, category_id,
    description, geom, accuracy_m, place_match, place_confidence, ward_id, agency_id, due_at, reason_vi,
    reason_en)
SELECT b.id, b.code, at, at, w.channels[1 + floor(random() * 8)::int],
    w.statuses[1 + floor(random() * 16)::int],
    w.categories[1 + floor(power(random(), 1.5) * cardinality(w.categories))::int], 'Thử nghiệm',
    ST_SetSRID(ST_MakePoint(round((s.lon + reach * cos(turn))::numeric, 7)::float8,
                            round((s.lat + reach * sin(turn))::numeric, 7)::float8), 4326),
    15, 'coordinate', 0.9, s.ward_id, w.agencies[1 + floor(power(random(), 2) * cardinality(w.agencies))::int],
    at + interval '5 days', '-', '-'
FROM (SELECT id, code, now() - random() * interval '3 years' AS at, random() * 2 * pi() AS turn,
          floor(power(random(), 2.5) * (SELECT count(*) FROM spots))::bigint AS spot,
          sqrt(-2 * ln(1 - random())) AS far, random() < 0.125 AS wide
      FROM bench.codes) b
JOIN spots s ON s.n = b.spot
CROSS JOIN words w
CROSS JOIN LATERAL (SELECT b.far * CASE WHEN b.wide THEN 0.08 ELSE s.spread END AS reach) r;

SELECT definition FROM dropped \gexec
ANALYZE hotline.complaints;
