-- The tables that PostGIS answers from, over the same complaints: everything that a tile asks in one
-- narrow table in Z-order with indexes that cover the question, and as points clustered by a GiST
-- index. A real system would have to keep them up to date; here nobody does.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET maintenance_work_mem = '1GB';
SET work_mem = '1GB';
SET synchronous_commit = off;
CREATE SCHEMA IF NOT EXISTS bench;
DROP TABLE IF EXISTS bench.tile_points, bench.tile_gist, bench.tile_cells;

-- The bits of a number below 2^22 with a gap behind each.
CREATE OR REPLACE FUNCTION bench.spread(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (d | (d << 1)) & 6148914691236517205
    FROM (SELECT (c | (c << 2)) & 3689348814741910323 AS d
          FROM (SELECT (b | (b << 4)) & 1085102592571150095 AS c
                FROM (SELECT (a | (a << 8)) & 71777214294589695 AS b
                      FROM (SELECT (n | (n << 16)) & 281470681808895 AS a) q1) q2) q3) q4 $$;

CREATE TEMP TABLE flat AS
SELECT (ST_X(geom) + 180) / 360 AS x, (1 - asinh(tan(radians(ST_Y(geom)))) / pi()) / 2 AS y, received_at, due_at,
    category_id::smallint AS category_id, agency_id::smallint AS agency_id,
    array_position(ARRAY['received', 'assigned', 'accepted', 'in_progress', 'returned', 'waiting', 'extended',
        'referred', 'resolved', 'closed', 'rejected', 'reopened'], status)::smallint AS status,
    status NOT IN ('resolved', 'closed', 'rejected', 'referred') AS open
FROM hotline.complaints WHERE geom IS NOT NULL;

-- Eleven bits at a time out of an array: calling a function for every row takes minutes.
CREATE UNLOGGED TABLE bench.tile_points AS
WITH bits AS MATERIALIZED (
    SELECT array_agg(bench.spread(n) ORDER BY n) AS of FROM generate_series(0, 2047) n
), places AS (
    SELECT floor(x * 4194304)::int AS i, floor(y * 4194304)::int AS j, received_at, due_at, category_id, agency_id,
        status, open
    FROM flat OFFSET 0
)
SELECT ((SELECT of FROM bits)[1 + (i >> 11)] << 22) | (SELECT of FROM bits)[1 + (i & 2047)]
    | ((SELECT of FROM bits)[1 + (j >> 11)] << 23) | ((SELECT of FROM bits)[1 + (j & 2047)] << 1) AS key,
    received_at, due_at, category_id, agency_id, status, open
FROM places ORDER BY 1;
CREATE INDEX ON bench.tile_points (key) INCLUDE (received_at, due_at, category_id, agency_id, status, open);
CREATE INDEX ON bench.tile_points (category_id, key) INCLUDE (received_at, due_at, agency_id, status, open);
CREATE INDEX ON bench.tile_points (agency_id, key) INCLUDE (received_at, due_at, category_id, status, open);

CREATE UNLOGGED TABLE bench.tile_gist AS
SELECT ST_MakePoint(x, y) AS geom, received_at, due_at, category_id, agency_id, status, open
FROM flat ORDER BY 1;
CREATE INDEX ON bench.tile_gist USING gist (geom);

CREATE UNLOGGED TABLE bench.tile_cells AS
SELECT (bench.spread(i) | (bench.spread(j) << 1))::int AS cell, ST_MakePoint(i * 64 + 32, j * 64 + 32) AS geom
FROM generate_series(0::bigint, 63) i, generate_series(0::bigint, 63) j;
ALTER TABLE bench.tile_cells ADD PRIMARY KEY (cell);
VACUUM ANALYZE bench.tile_points, bench.tile_gist, bench.tile_cells;

-- MapServer's: points as it asks for them.
DROP TABLE IF EXISTS bench.tile_map;
CREATE UNLOGGED TABLE bench.tile_map AS
SELECT id, ST_Transform(geom, 3857) AS geom FROM hotline.complaints WHERE geom IS NOT NULL ORDER BY 2;
ALTER TABLE bench.tile_map ADD PRIMARY KEY (id);
CREATE INDEX ON bench.tile_map USING gist (geom);
VACUUM ANALYZE bench.tile_map;
