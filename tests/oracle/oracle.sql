-- The rules evaluated naively: every condition of every rule is read out of its line by regular
-- expressions and asked of PostGIS, every row that matches is ranked by the words of
-- docs/routing-rules.md. Shares nothing with routing/ or geo/.
--   psql -v n=5000 -v seed=0.1 -f oracle.sql      makes oracle.complaints and oracle.answers
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
DROP SCHEMA IF EXISTS oracle CASCADE;
CREATE SCHEMA oracle;
SELECT setseed(:seed) \g /dev/null

CREATE FUNCTION oracle.zone() RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT value #>> '{}' FROM hotline.settings WHERE key = 'timezone' $$;

-- ---- complaints: near boundaries, roads, canals and patches; near midnight, hours and reforms ----
CREATE TABLE oracle.complaints AS
WITH box AS (
    SELECT ST_XMin(e) w, ST_YMin(e) s, ST_XMax(e) e, ST_YMax(e) n
    FROM (SELECT ST_Extent(geom) e FROM hotline.boundaries) x
), sources AS (
    (SELECT (ST_DumpPoints(geom)).geom AS g, 0.00009 AS spread FROM hotline.boundaries
     ORDER BY random() LIMIT greatest(:n / 20, 200))
    UNION ALL
    (SELECT (ST_DumpPoints(f.geom)).geom, 0.0009 FROM hotline.layer_features f
     JOIN hotline.layers l ON l.id = f.layer_id WHERE l.code = 'roads' ORDER BY random() LIMIT greatest(:n / 10, 500))
    UNION ALL
    (SELECT (ST_DumpPoints(f.geom)).geom, 0.0012 FROM hotline.layer_features f
     JOIN hotline.layers l ON l.id = f.layer_id WHERE l.code IN ('waterways', 'greens')
     ORDER BY random() LIMIT greatest(:n / 20, 300))
    UNION ALL
    (SELECT (ST_DumpPoints(f.geom)).geom, 0.003 FROM hotline.layer_features f
     JOIN hotline.layers l ON l.id = f.layer_id WHERE l.code LIKE 'oracle-%'
     ORDER BY random() LIMIT greatest(:n / 20, 300))
    UNION ALL
    (SELECT (ST_DumpPoints(geom)).geom, 0.0005 FROM hotline.jurisdictions WHERE geom IS NOT NULL
     ORDER BY random() LIMIT greatest(:n / 40, 200))
), numbered AS (SELECT g, spread, row_number() OVER (ORDER BY random()) AS k FROM sources),
total AS (SELECT count(*) AS c FROM numbered),
places AS (
    SELECT i, CASE WHEN i % 10 = 0
        THEN ST_SetSRID(ST_MakePoint(w + random() * (e - w), s + random() * (n - s)), 4326)
        ELSE ST_SetSRID(ST_MakePoint(ST_X(g) + (random() - 0.5) * 2 * spread,
                                     ST_Y(g) + (random() - 0.5) * 2 * spread), 4326) END AS geom
    FROM generate_series(1, :n) i CROSS JOIN box CROSS JOIN total
    JOIN numbered ON numbered.k = 1 + (i * 7919::bigint) % total.c
), categories AS (SELECT array_agg(id ORDER BY id) AS list FROM hotline.categories WHERE active),
named AS ( -- those that rules name
    SELECT array_agg(DISTINCT k.id ORDER BY k.id) AS list FROM hotline.rules r, unnest(r.conditions) x
    JOIN hotline.categories k ON x ~ ('^category (.*, )?' || k.code || '(,|$)')
    WHERE r.rule_set_id = (SELECT id FROM hotline.rule_sets WHERE state = 'published')
),
days AS (
    SELECT ARRAY['2024-02-29', '2024-06-14', '2024-06-15', '2024-12-31', '2025-01-01', '2025-01-31',
        '2025-02-01', '2025-06-30', '2025-07-01', '2025-07-02', '2026-02-28', '2026-03-01',
        '2026-09-02', '2026-11-06']::date[] AS list
)
SELECT i AS id, geom, ST_X(geom) AS lon, ST_Y(geom) AS lat,
    (d.list[1 + floor(random() * cardinality(d.list))::int]
        + CASE floor(random() * 6)::int
          WHEN 0 THEN interval '0' WHEN 1 THEN interval '23:59:59.999999'
          WHEN 2 THEN interval '07:30' WHEN 3 THEN interval '16:59:59.999999'
          WHEN 4 THEN interval '22:00' ELSE random() * interval '24 hours' END)
        AT TIME ZONE oracle.zone() AS at,
    CASE WHEN random() < 0.6 THEN m.list[1 + floor(random() * cardinality(m.list))::int]
         ELSE c.list[1 + floor(random() * cardinality(c.list))::int] END AS category_id,
    (ARRAY['phone', 'app', 'web', 'email', 'sms', 'social', 'api'])[1 + floor(random() * 7)::int]
        AS channel,
    jsonb_strip_nulls(jsonb_build_object(
        'bus_route', CASE WHEN random() < 0.1 THEN 'M1'
            WHEN random() < 0.5 THEN (1 + floor(random() * 170))::int::text END,
        'pole_number', CASE WHEN random() < 0.3 THEN 'T-' || floor(random() * 4)::int END,
        'side', CASE WHEN random() < 0.6 THEN (ARRAY['odd', 'even'])[1 + floor(random() * 2)::int] END,
        'vip', CASE WHEN random() < 0.3 THEN random() < 0.5 END)) AS attributes,
    (ARRAY['Có mùi hôi rất nặng', 'RÁC chất đống trước nhà', 'nắp cống bị MẤT NẮP, nguy hiểm',
        'Dây điện võng xuống, cây đè', 'nổ trạm, KHẨN CẤP!', 'chay lon o hem', 'sụp lún mặt đường',
        'hố sâu, xe té', 'karaoke ồn', 'trụ điện nghiêng', 'sup-hố', 'mui rac', 'hợp tác', ''])
        [1 + floor(random() * 14)::int] AS description
FROM places CROSS JOIN categories c CROSS JOIN named m CROSS JOIN days d;
ALTER TABLE oracle.complaints ADD PRIMARY KEY (id);
CREATE INDEX ON oracle.complaints (category_id);

-- ---- facts ----
-- The text as words: lower case, no marks, anything else than letters and digits a space.
CREATE FUNCTION oracle.folded(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT btrim(regexp_replace(translate(regexp_replace(normalize(lower(t), NFD),
        U&'[\0300-\036F]', '', 'g'), 'đð', 'dd'), '[^a-z0-9]+', ' ', 'g'))
$$;

\timing on
CREATE TABLE oracle.facts AS
SELECT c.*, (c.at AT TIME ZONE oracle.zone()) AS local, k.code AS category, k.urgent,
    ' ' || oracle.folded(c.description) || ' ' AS words, w.id AS ward_id, w.code AS ward,
    d.id AS district_id, d.code AS district
FROM oracle.complaints c JOIN hotline.categories k ON k.id = c.category_id
LEFT JOIN LATERAL (SELECT b.id, b.code FROM hotline.boundaries b
    WHERE b.level = 'ward' AND b.valid @> (c.at AT TIME ZONE oracle.zone())::date
        AND ST_Covers(b.geom, c.geom) ORDER BY b.code COLLATE "C" LIMIT 1) w ON true
LEFT JOIN LATERAL (SELECT b.id, b.code FROM hotline.boundaries b
    WHERE b.level = 'district' AND b.valid @> (c.at AT TIME ZONE oracle.zone())::date
        AND ST_Covers(b.geom, c.geom) ORDER BY b.code COLLATE "C" LIMIT 1) d ON true;
ALTER TABLE oracle.facts ADD PRIMARY KEY (id);
CREATE INDEX ON oracle.facts (category_id);

CREATE TABLE oracle.up AS
WITH RECURSIVE up AS (
    SELECT id AS category_id, id AS ancestor_id, 0 AS depth FROM hotline.categories
    UNION ALL
    SELECT up.category_id, c.parent_id, up.depth + 1
    FROM up JOIN hotline.categories c ON c.id = up.ancestor_id WHERE c.parent_id IS NOT NULL
) SELECT up.*, c.code AS ancestor FROM up JOIN hotline.categories c ON c.id = ancestor_id;

\timing off
-- Edges are straight in longitude and latitude, so they are cut short before they go onto the ellipsoid.
CREATE TABLE oracle.features AS
SELECT f.id, l.code AS layer, f.name, f.attributes, f.valid, f.source_id, f.geom,
    ST_Segmentize(f.geom, 0.0005)::geography AS geog
FROM hotline.layer_features f JOIN hotline.layers l ON l.id = f.layer_id
WHERE l.code IN ('roads', 'waterways', 'greens', 'oracle-poles', 'oracle-patches');
CREATE INDEX ON oracle.features USING gist (geog);
CREATE INDEX ON oracle.features USING gist (geom);
ANALYZE oracle.features, oracle.facts, oracle.up;
\timing on

-- PostGIS looks for the nearest point of a line on a sphere, which is a little off; where millimetres
-- decide, the distance is taken in a projection around the complaint, exact from its centre.
CREATE FUNCTION oracle.metres(f geometry, g geography, p geometry, limit_m double precision)
    RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    d double precision := ST_Distance(g, p::geography);
BEGIN
    IF abs(d - limit_m) < 0.02 AND NOT ST_Covers(f, p) THEN
        d := ST_Distance(ST_Transform(ST_Segmentize(f, 0.0005), format(
                '+proj=aeqd +lat_0=%s +lon_0=%s +ellps=WGS84 +units=m +no_defs', ST_Y(p), ST_X(p))),
            ST_Point(0, 0));
    END IF;
    RETURN d;
END $$;

-- 'a, "b c", d' as an array.
CREATE FUNCTION oracle.list(t text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(CASE WHEN m[1] LIKE '"%' THEN
            regexp_replace(substr(m[1], 2, length(m[1]) - 2), '\\(.)', '\1', 'g') ELSE m[1] END), '{}')
    FROM regexp_matches(t, '"(?:[^"\\]|\\.)*"|[^,"[:space:]]+', 'g') m
$$;

-- The filters of a condition as SQL on a feature f.
CREATE FUNCTION oracle.filters(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    sql text := 'true';
    m text[];
BEGIN
    FOR m IN SELECT regexp_matches(t, '(?:where|and) (\S+) (not )?in \(((?:"(?:[^"\\]|\\.)*"|[^)"])*)\)', 'g') LOOP
        sql := sql || format(' AND %s coalesce(coalesce(f.attributes ->> %L, CASE %L WHEN ''name'' THEN f.name END) = ANY (%L::text[]), false)',
            CASE WHEN m[2] IS NULL THEN '' ELSE 'NOT' END, m[1], m[1], oracle.list(m[3]));
    END LOOP;
    RETURN sql;
END $$;

-- One condition as SQL on a complaint c.
CREATE FUNCTION oracle.condition(line text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    negated boolean := line LIKE 'not %';
    t text := CASE WHEN line LIKE 'not %' THEN substr(line, 5) ELSE line END;
    m text[];
    sql text;
BEGIN
    IF t LIKE 'category %' THEN
        sql := format('EXISTS (SELECT FROM oracle.up u WHERE u.category_id = c.category_id AND u.ancestor = ANY (%L::text[]))', oracle.list(substr(t, 10)));
    ELSIF t LIKE 'inside ward %' THEN
        sql := format('coalesce(c.ward = ANY (%L::text[]), false)', oracle.list(substr(t, 13)));
    ELSIF t LIKE 'inside district %' THEN
        sql := format('coalesce(c.district = ANY (%L::text[]), false)', oracle.list(substr(t, 17)));
    ELSIF t LIKE 'inside jurisdiction %' THEN
        sql := format('EXISTS (SELECT FROM oracle.covers v WHERE v.id = c.id AND v.code = ANY (%L::text[]))', oracle.list(substr(t, 21)));
    ELSIF t LIKE 'inside layer %' THEN
        m := regexp_match(t, '^inside layer (\S+)');
        sql := format('EXISTS (SELECT FROM oracle.features f WHERE f.layer = %L AND f.valid @> c.at AND ST_Covers(f.geom, c.geom) AND %s)', m[1], oracle.filters(t));
    ELSIF t LIKE 'within %' THEN
        m := regexp_match(t, '^within (\d+) m of (\S+)');
        sql := format('EXISTS (SELECT FROM oracle.features f WHERE f.layer = %L AND f.valid @> c.at AND ST_DWithin(f.geog, c.geom::geography, %s + 0.02) AND oracle.metres(f.geom, f.geog, c.geom, %s) <= %s AND %s)', m[2], m[1], m[1], m[1], oracle.filters(t));
    ELSIF t ~ '^attribute \S+ given$' THEN
        sql := format('c.attributes ? %L', split_part(t, ' ', 2));
    ELSIF t LIKE 'attribute %' THEN
        m := regexp_match(t, '^attribute (\S+) in \((.*)\)$');
        sql := format('coalesce(c.attributes ->> %L = ANY (%L::text[]), false)', m[1], oracle.list(m[2]));
    ELSIF t LIKE 'channel %' THEN
        sql := format('c.channel = ANY (%L::text[])', oracle.list(substr(t, 9)));
    ELSIF t = 'urgent' THEN
        sql := 'c.urgent';
    ELSIF t LIKE 'time %' THEN
        m := regexp_match(t, '^time (.....)-(.....)$');
        sql := CASE WHEN m[1] < m[2]
            THEN format('(c.local::time >= %L::time AND c.local - date_trunc(''day'', c.local) < %L::interval)', m[1], m[2])
            ELSE format('(c.local::time >= %L::time OR c.local - date_trunc(''day'', c.local) < %L::interval)', m[1], m[2]) END;
    ELSIF t LIKE 'weekday %' THEN
        sql := format('lower(to_char(c.local, ''Dy'')) = ANY (%L::text[])', oracle.list(substr(t, 9)));
    ELSIF t = 'working time' THEN
        sql := 'oracle.working(c.local)';
    ELSIF t LIKE 'words %' THEN
        sql := format('EXISTS (SELECT FROM unnest(%L::text[]) x WHERE position('' '' || oracle.folded(x) || '' '' IN c.words) > 0)', oracle.list(substr(t, 7)));
    ELSE
        RAISE EXCEPTION 'the oracle does not know: %', line;
    END IF;
    RETURN CASE WHEN negated THEN 'NOT ' ELSE '' END || '(' || sql || ')';
END $$;

-- A day of its own has its own hours, or (a day worked instead of another) those of Monday.
CREATE FUNCTION oracle.working(local timestamp) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH hours AS (SELECT h.weekday, h.hours FROM hotline.calendar_hours h WHERE h.calendar = 'city'),
    day AS (SELECT d.kind, d.hours FROM hotline.calendar_days d
            WHERE d.calendar = 'city' AND d.day = local::date)
    SELECT coalesce(CASE (SELECT kind FROM day)
            WHEN 'holiday' THEN (SELECT hours FROM day)
            WHEN 'working' THEN coalesce((SELECT hours FROM day), (SELECT hours FROM hours WHERE weekday = 1))
            ELSE (SELECT hours FROM hours WHERE weekday = extract(isodow FROM local)) END
        @> (extract(hour FROM local) * 60 + extract(minute FROM local))::int, false)
$$;

-- ---- jurisdictions ----
-- Those whose row is in force and whose place matches.
CREATE TABLE oracle.covers AS
SELECT c.id, j.id AS jurisdiction_id, j.code, j.class, j.reach, j.set_code, j.agency_id, j.desk_id,
    a.valid @> c.local::date AS agency_in_force
FROM oracle.facts c JOIN hotline.jurisdictions j ON j.valid @> c.local::date AND CASE j.reach
    WHEN 'city' THEN true WHEN 'ward' THEN j.boundary_id = c.ward_id
    WHEN 'district' THEN j.boundary_id = c.district_id
    ELSE j.geom && c.geom AND ST_Covers(j.geom, c.geom) END
JOIN hotline.agencies a ON a.id = j.agency_id;
CREATE INDEX ON oracle.covers (id);
ANALYZE oracle.covers;

CREATE FUNCTION oracle.class_rank(t text) RETURNS int LANGUAGE sql IMMUTABLE AS
    $$ SELECT array_position(ARRAY['special', 'asset', 'ordinary', 'fallback'], t) $$;
CREATE FUNCTION oracle.reach_rank(t text) RETURNS int LANGUAGE sql IMMUTABLE AS
    $$ SELECT array_position(ARRAY['area', 'ward', 'district', 'city'], t) $$;

-- Everyone who could have it: key columns as docs/routing-rules.md orders them.
CREATE TABLE oracle.entrants AS
SELECT v.id, v.code AS rule, v.agency_id, v.desk_id, oracle.class_rank(v.class) AS class,
    coalesce((SELECT min(u.depth) FROM hotline.jurisdiction_categories jc
              JOIN oracle.up u ON u.ancestor_id = jc.category_id AND u.category_id = c.category_id
              WHERE jc.jurisdiction_id = v.jurisdiction_id), 1000) AS depth,
    oracle.reach_rank(v.reach) AS reach, 0 AS further, 2147483647 AS position
FROM oracle.covers v JOIN oracle.facts c USING (id)
WHERE v.agency_in_force AND (
    NOT EXISTS (SELECT FROM hotline.jurisdiction_categories jc WHERE jc.jurisdiction_id = v.jurisdiction_id)
    OR EXISTS (SELECT FROM hotline.jurisdiction_categories jc
               JOIN oracle.up u ON u.ancestor_id = jc.category_id AND u.category_id = c.category_id
               WHERE jc.jurisdiction_id = v.jurisdiction_id));

-- ---- rules ----
-- The agency and desk of an outcome for a complaint; no row: it fails.
CREATE FUNCTION oracle.outcome(t text, near_line text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    m text[];
BEGIN
    IF t LIKE 'agency %' THEN
        m := regexp_match(t, '^agency (\S+)(?: desk (\S+))?$');
        RETURN format('SELECT a.id, (SELECT d.id FROM hotline.desks d WHERE d.agency_id = a.id AND d.code = %L AND d.valid @> c.local::date) FROM hotline.agencies a WHERE a.code = %L AND a.valid @> c.local::date', m[2], m[1]);
    ELSIF t LIKE 'unit %' THEN
        m := regexp_match(t, '^unit (ward|district)(?: of (\S+))?$');
        RETURN format('SELECT v.agency_id, v.desk_id FROM oracle.covers v WHERE v.id = c.id AND v.agency_in_force AND v.reach = %L AND (%L::text IS NULL OR v.set_code = %L) ORDER BY oracle.class_rank(v.class), v.code COLLATE "C" LIMIT 1', m[1], m[2], m[2]);
    ELSIF t LIKE 'holder %' THEN
        RETURN format('SELECT v.agency_id, v.desk_id FROM oracle.covers v WHERE v.id = c.id AND v.agency_in_force AND v.set_code = %L ORDER BY oracle.class_rank(v.class), oracle.reach_rank(v.reach), v.code COLLATE "C" LIMIT 1', substr(t, 8));
    END IF;
    m := regexp_match(t, '^owner (\S+) of (\S+)$');
    RETURN format('SELECT a.id, NULL::integer FROM (SELECT f.attributes ->> %L AS owner FROM oracle.features f WHERE f.layer = %L AND f.valid @> c.at AND %s AND ST_DWithin(f.geog, c.geom::geography, %s) ORDER BY CASE WHEN ST_Covers(f.geom, c.geom) THEN 0 ELSE oracle.metres(f.geom, f.geog, c.geom, -1) END, f.source_id COLLATE "C" LIMIT 1) o JOIN hotline.agencies a ON a.code = o.owner AND a.valid @> c.local::date',
        m[1], m[2], oracle.filters(near_line), coalesce((regexp_match(near_line, '^within (\d+)'))[1], '0') || ' + 0.02');
END $$;

DO $$
DECLARE
    r record;
    clauses text;
    wanted text;
    near_line text;
BEGIN
    FOR r IN SELECT * FROM hotline.rules WHERE rule_set_id =
            (SELECT id FROM hotline.rule_sets WHERE state = 'published') LOOP
        -- Categories first, then what costs little, then geometry: PostgreSQL keeps to that order
        -- inside CASE.
        SELECT coalesce(string_agg(oracle.condition(x), ' AND '), 'true') INTO wanted
        FROM unnest(r.conditions) x WHERE x !~ '^(not )?(within|inside layer) ';
        SELECT coalesce(string_agg(oracle.condition(x), ' AND '), 'true') INTO clauses
        FROM unnest(r.conditions) x WHERE x ~ '^(not )?(within|inside layer) ';
        SELECT x INTO near_line FROM unnest(r.conditions) WITH ORDINALITY AS y(x, k)
        WHERE x ~ ('^(within|inside layer) .*\m' || split_part(r.outcome, ' ', 4) || '\M') ORDER BY k LIMIT 1;
        EXECUTE format('INSERT INTO oracle.entrants SELECT c.id, %L, o.id, o.desk, %s,
            coalesce((SELECT min(u.depth) FROM oracle.up u WHERE u.category_id = c.category_id
                AND u.ancestor = ANY (%L::text[])), 1000), %s, %s, %s
            FROM oracle.facts c CROSS JOIN LATERAL (%s) o(id, desk)
            WHERE %L::daterange @> c.local::date AND CASE WHEN %s THEN %s ELSE false END',
            r.code, oracle.class_rank(r.class),
            (SELECT oracle.list(substr(x, 10)) FROM unnest(r.conditions) x WHERE x LIKE 'category %' LIMIT 1),
            CASE WHEN EXISTS (SELECT FROM unnest(r.conditions) x WHERE x ~ '^(within|inside layer|inside jurisdiction) ') THEN 1
                 WHEN EXISTS (SELECT FROM unnest(r.conditions) x WHERE x LIKE 'inside ward %') THEN 2
                 WHEN EXISTS (SELECT FROM unnest(r.conditions) x WHERE x LIKE 'inside district %') THEN 3
                 ELSE 4 END,
            (SELECT count(*) FROM unnest(r.conditions) x WHERE x !~ '^(not )?(category|within|inside) '),
            r.position, oracle.outcome(r.outcome, near_line), r.valid, wanted, clauses);
    END LOOP;
END $$;
CREATE INDEX ON oracle.entrants (id);
ANALYZE oracle.entrants;

-- ---- the answers ----
CREATE TABLE oracle.answers AS
WITH ranked AS (
    SELECT e.*, row_number() OVER (PARTITION BY id ORDER BY class, depth, reach, further DESC,
        position, rule COLLATE "C") AS rank FROM oracle.entrants e
)
SELECT c.id, coalesce(a.code, fa.code) AS agency, coalesce(first.rule, 'fallback') AS rule,
    coalesce(second.rule, '') AS runner_up, coalesce(d.code, '') AS desk,
    coalesce(c.ward, '') AS ward, coalesce(c.district, '') AS district
FROM oracle.facts c
LEFT JOIN ranked first ON first.id = c.id AND first.rank = 1
LEFT JOIN ranked second ON second.id = c.id AND second.rank = 2
LEFT JOIN hotline.agencies a ON a.id = first.agency_id
LEFT JOIN hotline.desks d ON d.id = first.desk_id AND d.valid @> c.local::date
LEFT JOIN hotline.agencies fa ON fa.fallback AND fa.valid @> c.local::date;
ALTER TABLE oracle.answers ADD PRIMARY KEY (id);
