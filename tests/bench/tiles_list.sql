-- Tiles to ask for, as bench_tiles.c reads them: where random complaints lie, as people look.
--   psql -v zoom=12 -v n=1000 -v filtered=1 -v seed=0.5 -f tiles_list.sql
-- A filter is a random set of 3 to 20 categories, a random half of the statuses, a random year of the
-- three, and for every other tile one agency.
\set ON_ERROR_STOP 1
\pset fieldsep '\t'
SELECT setseed(:seed) \g /dev/null
WITH picked AS MATERIALIZED (
    SELECT row_number() OVER () AS n, geom FROM (
        SELECT c.geom FROM hotline.complaints c TABLESAMPLE SYSTEM_ROWS(20000) WHERE c.geom IS NOT NULL
        ORDER BY random() LIMIT :n) q
), wishes AS MATERIALIZED (
    SELECT s.n, s.geom, 3 + floor(random() * 18)::int AS n_categories, random() AS salt,
        now() - random() * interval '2 years' - interval '1 year' AS day,
        (SELECT array_agg(id) FROM (SELECT id FROM hotline.agencies ORDER BY id) a) AS agencies
    FROM picked s
), tiles AS (
    SELECT w.*, floor((ST_X(geom) + 180) / 360 * (1 << :zoom))::int AS x,
        floor((1 - asinh(tan(radians(ST_Y(geom)))) / pi()) / 2 * (1 << :zoom))::int AS y,
        CASE WHEN :filtered AND n % 2 = 0 THEN agencies[1 + floor(power(salt, 2) * cardinality(agencies))::int] END
            AS agency_id,
        to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
        to_char((day + interval '1 year') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until
    FROM wishes w
), chosen AS (
    SELECT t.*, k.ids, k.codes, st.words, st.numbers, a.code AS agency
    FROM tiles t
    -- Leaves only: a parent would stand for its whole subtree.
    CROSS JOIN LATERAL (SELECT array_agg(id) AS ids, string_agg(code, ',') AS codes FROM (
        SELECT id, code FROM hotline.categories c WHERE active
            AND NOT EXISTS (SELECT FROM hotline.categories d WHERE d.parent_id = c.id)
        ORDER BY md5(c.code || t.salt::text) LIMIT t.n_categories) c) k
    CROSS JOIN LATERAL (SELECT string_agg(word, ',') AS words, array_agg(number) AS numbers FROM (
        SELECT word, number FROM unnest(ARRAY['received', 'assigned', 'accepted', 'in_progress', 'returned',
            'waiting', 'extended', 'referred', 'resolved', 'closed', 'rejected', 'reopened'])
            WITH ORDINALITY s(word, number) ORDER BY md5(word || t.salt::text) LIMIT 6) s) st
    LEFT JOIN hotline.agencies a ON a.id = t.agency_id
)
SELECT format('/tiles/heat/%s/%s/%s.mvt', :zoom, x, y) || CASE WHEN :filtered THEN
        format('?category=%s&status=%s&from=%s&to=%s', codes, words, since, until)
        || coalesce('&agency=' || agency, '') ELSE '' END,
    :zoom, x, y,
    CASE WHEN :filtered THEN ids::text ELSE '' END, CASE WHEN :filtered THEN numbers::text ELSE '' END,
    coalesce(agency_id::text, ''), CASE WHEN :filtered THEN since ELSE '' END,
    CASE WHEN :filtered THEN until ELSE '' END
FROM chosen ORDER BY n;
