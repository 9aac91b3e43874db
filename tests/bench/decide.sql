-- What the decisions' benchmark asks, and the tables that PostGIS gets to answer from: boundaries
-- and areas in small parts, and every rule's rank for every category worked out beforehand.
--   psql -v points=100000 -v edge=0.2 -f decide.sql
--
-- Points: a share `edge` of them within 5 m of a boundary, the others anywhere in the city's box that
-- some ward of the newest generation covers (and one in fifty anywhere at all). Half of them came in
-- on the first, half on the last of the days that the generations of boundaries begin (a city with
-- one generation has one day).
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;

CREATE TABLE bench.wards AS
SELECT id AS boundary_id, code, valid, ST_Subdivide(geom, 64) AS geom
FROM hotline.boundaries WHERE level = 'ward';
CREATE TABLE bench.districts AS
SELECT id AS boundary_id, code, valid, ST_Subdivide(geom, 64) AS geom
FROM hotline.boundaries WHERE level = 'district';
CREATE TABLE bench.areas AS
SELECT id AS jurisdiction_id, ST_Subdivide(geom, 64) AS geom
FROM hotline.jurisdictions WHERE reach = 'area';
CREATE INDEX ON bench.wards USING gist (geom);
CREATE INDEX ON bench.districts USING gist (geom);
CREATE INDEX ON bench.areas USING gist (geom);

-- Of the rules that match, the one with the smallest rank wins (routing/route_rules.h).
CREATE TABLE bench.rules AS
WITH RECURSIVE up AS (
    SELECT id AS category_id, id AS ancestor_id, 0 AS depth FROM hotline.categories
    UNION ALL
    SELECT up.category_id, c.parent_id, up.depth + 1
    FROM up JOIN hotline.categories c ON c.id = up.ancestor_id WHERE c.parent_id IS NOT NULL
), matches AS (
    SELECT jc.jurisdiction_id, up.category_id, min(up.depth) AS depth
    FROM hotline.jurisdiction_categories jc
    JOIN up ON up.ancestor_id = jc.category_id GROUP BY 1, 2
    UNION ALL
    SELECT j.id, c.id, 1000 FROM hotline.jurisdictions j CROSS JOIN hotline.categories c
    WHERE NOT EXISTS (SELECT FROM hotline.jurisdiction_categories jc WHERE jc.jurisdiction_id = j.id)
)
SELECT m.category_id, j.reach, j.boundary_id, j.id AS jurisdiction_id, j.valid * a.valid AS valid,
    row_number() OVER (ORDER BY array_position(ARRAY['special', 'ordinary', 'fallback'], j.class), m.depth,
        array_position(ARRAY['area', 'ward', 'district', 'city'], j.reach),
        j.code COLLATE "C", j.id, m.category_id) AS rank
FROM matches m
JOIN hotline.jurisdictions j ON j.id = m.jurisdiction_id
JOIN hotline.agencies a ON a.id = j.agency_id
WHERE NOT isempty(j.valid * a.valid);
CREATE INDEX ON bench.rules (boundary_id, category_id) WHERE boundary_id IS NOT NULL;
CREATE INDEX ON bench.rules (category_id) WHERE reach = 'city';
CREATE INDEX ON bench.rules (jurisdiction_id, category_id) WHERE reach = 'area';
CREATE INDEX ON bench.rules (rank);

SELECT setseed(0.1022) \g /dev/null
CREATE TABLE bench.points AS
WITH box AS (
    SELECT ST_XMin(e) AS w, ST_YMin(e) AS s, ST_XMax(e) AS e, ST_YMax(e) AS n
    FROM (SELECT ST_Extent(geom) AS e FROM bench.wards) x
), days AS (
    SELECT array_agg(DISTINCT day ORDER BY day) AS list FROM (
        SELECT greatest(coalesce(min(lower(valid)) FILTER (WHERE upper(valid) IS NOT NULL),
                                 max(lower(valid))), DATE '2010-01-01') + 180 AS day
        FROM hotline.boundaries
        UNION
        SELECT greatest(coalesce(max(lower(valid)), DATE '2010-01-01'), DATE '2010-01-01') + 180
        FROM hotline.boundaries) d
), anywhere AS (
    SELECT ST_SetSRID(ST_MakePoint(w + random() * (e - w), s + random() * (n - s)), 4326) AS geom,
        i
    FROM box, generate_series(1, :points * 24) i
), inside AS (
    SELECT geom FROM anywhere WHERE i % 50 = 0 OR EXISTS (
        SELECT FROM bench.wards d WHERE ST_Intersects(d.geom, anywhere.geom))
    LIMIT (:points * (1 - :edge))::bigint
), near AS (
    SELECT ST_SetSRID(ST_MakePoint(ST_X(g) + (random() - 0.5) * 0.00009,
                                   ST_Y(g) + (random() - 0.5) * 0.00009), 4326) AS geom
    FROM (SELECT (ST_DumpPoints(ST_Segmentize(geom, 0.001))).geom AS g FROM hotline.boundaries) v
    ORDER BY random() LIMIT (:points * :edge)::bigint
), mixed AS (
    SELECT geom, row_number() OVER (ORDER BY random()) AS id
    FROM (SELECT geom FROM inside UNION ALL SELECT geom FROM near) x
), categories AS (
    SELECT array_agg(id ORDER BY id) AS list FROM hotline.categories WHERE active
)
SELECT m.id, m.geom, ST_X(m.geom) AS lon, ST_Y(m.geom) AS lat,
    d.list[1 + m.id % cardinality(d.list)] AS day,
    (d.list[1 + m.id % cardinality(d.list)] + time '12:00') AT TIME ZONE coalesce(
        (SELECT value #>> '{}' FROM hotline.settings WHERE key = 'timezone'), 'UTC') AS at,
    c.list[1 + (m.id * 7919) % cardinality(c.list)] AS category_id
FROM mixed m, days d, categories c;
ALTER TABLE bench.points ADD PRIMARY KEY (id);
VACUUM ANALYZE bench.points, bench.wards, bench.districts, bench.areas, bench.rules;

-- The formulations; each gives id, ward, district and jurisdiction of every point.
-- 1. sets all the way: joins, and the smallest code and rank by DISTINCT ON.
CREATE VIEW bench.sets AS
WITH w AS (
    SELECT DISTINCT ON (p.id) p.id, b.boundary_id FROM bench.points p
    JOIN bench.wards b ON ST_Intersects(b.geom, p.geom) AND b.valid @> p.day
    ORDER BY p.id, b.code COLLATE "C"
), d AS (
    SELECT DISTINCT ON (p.id) p.id, b.boundary_id FROM bench.points p
    JOIN bench.districts b ON ST_Intersects(b.geom, p.geom) AND b.valid @> p.day
    ORDER BY p.id, b.code COLLATE "C"
), placed AS MATERIALIZED (
    SELECT p.id, p.geom, p.day, p.category_id, w.boundary_id AS ward_id,
        d.boundary_id AS district_id
    FROM bench.points p LEFT JOIN w USING (id) LEFT JOIN d USING (id)
), candidates AS (
    SELECT p.id, r.rank FROM placed p JOIN bench.rules r
        ON r.boundary_id = p.ward_id AND r.category_id = p.category_id AND r.valid @> p.day
    UNION ALL
    SELECT p.id, r.rank FROM placed p JOIN bench.rules r
        ON r.boundary_id = p.district_id AND r.category_id = p.category_id AND r.valid @> p.day
    UNION ALL
    SELECT p.id, r.rank FROM placed p JOIN bench.rules r
        ON r.reach = 'city' AND r.category_id = p.category_id AND r.valid @> p.day
    UNION ALL
    SELECT p.id, r.rank FROM placed p JOIN bench.areas a ON ST_Intersects(a.geom, p.geom)
    JOIN bench.rules r ON r.reach = 'area' AND r.jurisdiction_id = a.jurisdiction_id
        AND r.category_id = p.category_id AND r.valid @> p.day
), best AS (SELECT id, min(rank) AS rank FROM candidates GROUP BY id)
SELECT p.id, p.ward_id, p.district_id, r.jurisdiction_id
FROM placed p LEFT JOIN best b USING (id) LEFT JOIN bench.rules r ON r.rank = b.rank;

-- 2. places by sets without a sort; the rule per point.
CREATE VIEW bench.mixed AS
WITH w AS MATERIALIZED (
    SELECT p.id, min(b.code COLLATE "C") AS code, (array_agg(b.boundary_id ORDER BY b.code COLLATE "C"))[1]
        AS boundary_id
    FROM bench.points p JOIN bench.wards b ON ST_Intersects(b.geom, p.geom) AND b.valid @> p.day
    GROUP BY p.id
), d AS MATERIALIZED (
    SELECT p.id, (array_agg(b.boundary_id ORDER BY b.code COLLATE "C"))[1] AS boundary_id
    FROM bench.points p JOIN bench.districts b ON ST_Intersects(b.geom, p.geom) AND b.valid @> p.day
    GROUP BY p.id
)
SELECT p.id, w.boundary_id AS ward_id, d.boundary_id AS district_id, best.jurisdiction_id
FROM bench.points p LEFT JOIN w USING (id) LEFT JOIN d USING (id)
LEFT JOIN LATERAL (
    SELECT c.jurisdiction_id FROM (
        SELECT r.jurisdiction_id, r.rank FROM bench.rules r
        WHERE r.boundary_id IN (w.boundary_id, d.boundary_id) AND r.category_id = p.category_id
            AND r.valid @> p.day
        UNION ALL
        SELECT r.jurisdiction_id, r.rank FROM bench.rules r
        WHERE r.reach = 'city' AND r.category_id = p.category_id AND r.valid @> p.day
        UNION ALL
        SELECT r.jurisdiction_id, r.rank FROM bench.areas a JOIN bench.rules r
            ON r.reach = 'area' AND r.jurisdiction_id = a.jurisdiction_id
        WHERE ST_Intersects(a.geom, p.geom) AND r.category_id = p.category_id AND r.valid @> p.day
    ) c ORDER BY c.rank LIMIT 1) best ON true;

-- 3. all per point.
CREATE VIEW bench.laterals AS
SELECT p.id, w.boundary_id AS ward_id, d.boundary_id AS district_id, best.jurisdiction_id
FROM bench.points p
LEFT JOIN LATERAL (
    SELECT b.boundary_id FROM bench.wards b
    WHERE ST_Intersects(b.geom, p.geom) AND b.valid @> p.day
    ORDER BY b.code COLLATE "C" LIMIT 1) w ON true
LEFT JOIN LATERAL (
    SELECT b.boundary_id FROM bench.districts b
    WHERE ST_Intersects(b.geom, p.geom) AND b.valid @> p.day
    ORDER BY b.code COLLATE "C" LIMIT 1) d ON true
LEFT JOIN LATERAL (
    SELECT c.jurisdiction_id FROM (
        SELECT r.jurisdiction_id, r.rank FROM bench.rules r
        WHERE r.boundary_id IN (w.boundary_id, d.boundary_id) AND r.category_id = p.category_id
            AND r.valid @> p.day
        UNION ALL
        SELECT r.jurisdiction_id, r.rank FROM bench.rules r
        WHERE r.reach = 'city' AND r.category_id = p.category_id AND r.valid @> p.day
        UNION ALL
        SELECT r.jurisdiction_id, r.rank FROM bench.areas a JOIN bench.rules r
            ON r.reach = 'area' AND r.jurisdiction_id = a.jurisdiction_id
        WHERE ST_Intersects(a.geom, p.geom) AND r.category_id = p.category_id AND r.valid @> p.day
    ) c ORDER BY c.rank LIMIT 1) best ON true;

CREATE TABLE bench.answers AS SELECT * FROM bench.sets;
ALTER TABLE bench.answers ADD PRIMARY KEY (id);
-- The formulations agree with each other.
DO $$
BEGIN
    IF EXISTS (
        SELECT m.* FROM (SELECT * FROM bench.mixed UNION ALL SELECT * FROM bench.laterals) m
        JOIN bench.answers a USING (id)
        WHERE (m.ward_id, m.district_id, m.jurisdiction_id)
            IS DISTINCT FROM (a.ward_id, a.district_id, a.jurisdiction_id)) THEN
        RAISE EXCEPTION 'the formulations differ';
    END IF;
END $$;
