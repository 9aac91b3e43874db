-- Tiles to ask for, as bench_tiles.c reads them: where random complaints lie, as people look.
--   psql -v zoom=12 -v n=1000 -v kind=sets -v seed=0.5 -f tiles_list.sql
-- Kinds:
--   all     no filter
--   sets    random sets of categories, statuses and agencies, each from one to all of them, and a period of
--           a month to three years
--   agency  one agency, 3 to 20 categories, half of the statuses, a year of three: what an index of
--           agencies answers with next to nothing
\set ON_ERROR_STOP 1
\pset fieldsep '\t'
SELECT setseed(:seed) \g /dev/null
WITH picked AS MATERIALIZED (
    SELECT row_number() OVER () AS n, geom FROM (
        SELECT c.geom FROM hotline.complaints c TABLESAMPLE SYSTEM_ROWS(20000) WHERE c.geom IS NOT NULL
        ORDER BY random() LIMIT :n) q
), leaves AS (
    -- A parent would stand for its whole subtree.
    SELECT id, code FROM hotline.categories c WHERE active
        AND NOT EXISTS (SELECT FROM hotline.categories d WHERE d.parent_id = c.id)
), many AS (
    SELECT (SELECT count(*) FROM leaves) AS categories, (SELECT count(*) FROM hotline.agencies) AS agencies,
        (SELECT array_agg(id ORDER BY id) FROM hotline.agencies) AS agency_ids
), wishes AS MATERIALIZED (
    SELECT s.n, s.geom, random() AS salt, m.agency_ids,
        CASE :'kind' WHEN 'sets' THEN 1 + floor(random() * m.categories) ELSE 3 + floor(random() * 18) END::int
            AS n_categories,
        CASE :'kind' WHEN 'sets' THEN 1 + floor(random() * 12) ELSE 6 END::int AS n_statuses,
        1 + floor(random() * m.agencies)::int AS n_agencies,
        now() - interval '3 years' AS first,
        CASE :'kind' WHEN 'sets' THEN interval '30 days' + random() * interval '1065 days' ELSE interval '1 year' END
            AS long,
        random() AS late
    FROM picked s, many m
), tiles AS (
    SELECT w.*, floor((ST_X(geom) + 180) / 360 * (1 << :zoom))::int AS x,
        floor((1 - asinh(tan(radians(ST_Y(geom)))) / pi()) / 2 * (1 << :zoom))::int AS y,
        first + late * (interval '3 years' - long) AS day
    FROM wishes w
), chosen AS (
    SELECT t.*, k.ids, k.codes, st.words, st.numbers, a.ids AS agencies, a.codes AS agency_codes,
        to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
        to_char((day + long) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until
    FROM tiles t
    CROSS JOIN LATERAL (SELECT array_agg(id) AS ids, string_agg(code, ',') AS codes FROM (
        SELECT id, code FROM leaves l ORDER BY md5(l.code || t.salt::text) LIMIT t.n_categories) c) k
    CROSS JOIN LATERAL (SELECT string_agg(word, ',') AS words, array_agg(number) AS numbers FROM (
        SELECT word, number FROM unnest(ARRAY['received', 'assigned', 'accepted', 'in_progress', 'returned',
            'waiting', 'extended', 'referred', 'resolved', 'closed', 'rejected', 'reopened'])
            WITH ORDINALITY s(word, number) ORDER BY md5(word || t.salt::text) LIMIT t.n_statuses) s) st
    -- Of one: a few have most to do, as in tiles_fill.sql.
    CROSS JOIN LATERAL (SELECT array_agg(id) AS ids, string_agg(code, ',') AS codes FROM (
        SELECT id, code FROM hotline.agencies g
        WHERE :'kind' = 'sets' OR id = agency_ids[1 + floor(power(t.salt, 2) * cardinality(agency_ids))::int]
        ORDER BY md5(g.code || t.salt::text) LIMIT t.n_agencies) g) a
)
SELECT format('/tiles/heat/%s/%s/%s.mvt', :zoom, x, y) || CASE WHEN :'kind' <> 'all' THEN
        format('?category=%s&status=%s&from=%s&to=%s&agency=%s', codes, words, since, until, agency_codes)
        ELSE '' END,
    :zoom, x, y,
    CASE WHEN :'kind' <> 'all' THEN ids::text ELSE '' END, CASE WHEN :'kind' <> 'all' THEN numbers::text ELSE '' END,
    CASE WHEN :'kind' <> 'all' THEN agencies::text ELSE '' END, CASE WHEN :'kind' <> 'all' THEN since ELSE '' END,
    CASE WHEN :'kind' <> 'all' THEN until ELSE '' END
FROM chosen ORDER BY n;
