-- Addresses whose source names no street, further names of places.
SET ROLE hotline_owner;

-- The street that an address without one lies at, see gazetteer_derive_streets; NULL: none is sure.
ALTER TABLE hotline.gazetteer_addresses ADD COLUMN derived_street text;
ALTER TABLE hotline.gazetteer_places ADD COLUMN aliases text[] NOT NULL DEFAULT '{}';

-- Gives addresses without a street the one they lie at, where it is clear: a plain number within 20 m
-- of one street and 25 m nearer to it than to any other, a number in an alley within 60 m of the
-- alley of that number, a kilometre post at a main road. A degree is taken for 110 km, which is near
-- enough at these distances. Returns how many changed.
CREATE FUNCTION hotline.gazetteer_derive_streets() RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    WITH near AS MATERIALIZED (
        SELECT a.id, a.housenumber, n.names, n.metres
        FROM hotline.gazetteer_addresses a CROSS JOIN LATERAL (
            SELECT array_agg(x.name ORDER BY x.metres) AS names,
                   array_agg(x.metres ORDER BY x.metres) AS metres
            FROM (SELECT s.name, min(ST_Distance(s.geom, a.geom)) * 110000 AS metres
                  FROM hotline.gazetteer_streets s
                  WHERE s.geom && ST_Expand(a.geom, 0.0006)
                    AND (a.housenumber !~* '^km'
                         OR s.class IN ('motorway', 'trunk', 'primary', 'secondary'))
                  GROUP BY s.name) x) n
        WHERE a.street IS NULL AND a.housenumber ~ '[0-9]' AND length(a.housenumber) < 32
    ), found AS (
        SELECT id, CASE
            WHEN housenumber ~* '^km' AND metres[1] <= 60 THEN names[1]
            WHEN housenumber ~ '^[0-9]+[A-Za-z]?[0-9]?$' AND metres[1] <= 20
                 AND coalesce(metres[2] - metres[1], 100) >= 25 THEN names[1]
            WHEN housenumber ~ '^[0-9]+[A-Za-z]?/' THEN (
                SELECT name FROM unnest(names, metres) AS u(name, metres)
                WHERE u.metres <= 60 AND lower(u.name) ~ ('^(hẻm|hem|ngõ|ngo) +'
                    || lower(split_part(housenumber, '/', 1)) || ' +[^ ]')
                ORDER BY u.metres LIMIT 1)
            END AS street
        FROM near
    ), changed AS (
        UPDATE hotline.gazetteer_addresses a SET derived_street = f.street
        FROM found f WHERE f.id = a.id AND a.derived_street IS DISTINCT FROM f.street
        RETURNING a.id
    )
    SELECT count(*) FROM changed
$$;
REVOKE ALL ON FUNCTION hotline.gazetteer_derive_streets() FROM PUBLIC;

RESET ROLE;
