-- What rates are taken of: how many people live in a unit, how large it is, how many kilometres of
-- road it has. docs/measures.md says what each rate means.
SET ROLE hotline_owner;

-- Residents of a unit on a day, by the unit's code, so that boundaries may be imported anew.
CREATE TABLE hotline.populations (
    level text NOT NULL CHECK (level IN ('ward', 'district')),
    code text NOT NULL CHECK (code <> ''),
    on_day date NOT NULL,
    residents bigint NOT NULL CHECK (residents >= 0),
    approximate boolean NOT NULL DEFAULT false, -- estimated; to be said wherever shown
    source text NOT NULL,
    PRIMARY KEY (level, code, on_day)
);

-- Worked out from the shapes by hotline.measure_units, for each boundary once.
CREATE TABLE hotline.unit_measures (
    boundary_id integer PRIMARY KEY REFERENCES hotline.boundaries ON DELETE CASCADE,
    area_km2 double precision NOT NULL CHECK (area_km2 >= 0),  -- on the ellipsoid
    road_km double precision CHECK (road_km >= 0)              -- NULL where no roads are known
);

-- Roads that one can drive on, in metres on the ellipsoid, cut at the units' lines.
CREATE FUNCTION hotline.measure_roads() RETURNS TABLE (boundary_id integer, km double precision)
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH pieces AS MATERIALIZED (
        SELECT b.id, ST_Subdivide(b.geom, 96) AS geom FROM hotline.boundaries b
    )
    SELECT p.id, sum(ST_Length((CASE WHEN ST_Contains(p.geom, r.geom) THEN r.geom
                                     ELSE ST_Intersection(r.geom, p.geom) END)::geography)) / 1000
    FROM pieces p JOIN hotline.layer_features r ON ST_Intersects(p.geom, r.geom)
    WHERE r.layer_id = (SELECT id FROM hotline.layers WHERE code = 'roads')
        AND coalesce(r.attributes ->> 'class', '') NOT IN ('footway', 'path', 'steps', 'cycleway',
            'pedestrian', 'corridor', 'track', 'bridleway', 'platform', 'proposed', 'construction')
    GROUP BY p.id
$$;

-- Estimates residents of wards that nobody counted: a district's residents by the share of its area
-- that lies in the ward; where no district was counted, by 2,500 a square kilometre in a phường and
-- 400 elsewhere. Figures that were given stay; earlier estimates are made anew.
CREATE FUNCTION hotline.estimate_populations() RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM hotline.populations WHERE source = 'estimate';
    WITH counted AS MATERIALIZED (
        SELECT b.geom, p.residents / nullif(ST_Area(b.geom::geography), 0) AS density
        FROM hotline.boundaries b JOIN hotline.populations p ON p.level = 'district' AND p.code = b.code
        WHERE b.level = 'district'
    ), wards AS MATERIALIZED (
        SELECT b.code, b.kind, b.geom, ST_Area(b.geom::geography) AS area,
            coalesce(lower(b.valid), date '2025-07-01') AS on_day
        FROM hotline.boundaries b WHERE b.level = 'ward' AND NOT EXISTS (
            SELECT FROM hotline.populations p WHERE p.level = 'ward' AND p.code = b.code)
    ), parts AS (
        SELECT w.code, sum(x.area) AS area, sum(x.area * c.density) AS residents
        FROM wards w JOIN counted c ON ST_Intersects(w.geom, c.geom)
        CROSS JOIN LATERAL (SELECT ST_Area(ST_Intersection(w.geom, c.geom)::geography) AS area) x
        GROUP BY w.code
    ), made AS (
        INSERT INTO hotline.populations (level, code, on_day, residents, approximate, source)
        SELECT 'ward', w.code, min(w.on_day), round(max(coalesce(p.residents, 0)
            + greatest(w.area - coalesce(p.area, 0), 0) / 1e6
              * CASE WHEN w.kind = 'Phường' THEN 2500 ELSE 400 END)), true, 'estimate'
        FROM wards w LEFT JOIN parts p USING (code)
        GROUP BY w.code
        RETURNING 1
    ) SELECT count(*) FROM made
$$;

-- To be called after boundaries, roads or populations were loaded. A city that has no figure at all
-- gets no estimate: there is nothing to estimate from.
CREATE FUNCTION hotline.measure_units() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM hotline.unit_measures;
    INSERT INTO hotline.unit_measures (boundary_id, area_km2, road_km)
    SELECT b.id, ST_Area(b.geom::geography) / 1e6,
        CASE WHEN EXISTS (SELECT FROM hotline.layers WHERE code = 'roads') THEN coalesce(r.km, 0) END
    FROM hotline.boundaries b LEFT JOIN hotline.measure_roads() r ON r.boundary_id = b.id;
    IF EXISTS (SELECT FROM hotline.populations WHERE source <> 'estimate') THEN
        PERFORM hotline.estimate_populations();
    END IF;
END $$;

REVOKE ALL ON FUNCTION hotline.measure_roads(), hotline.estimate_populations(), hotline.measure_units()
    FROM PUBLIC;
GRANT SELECT ON hotline.populations, hotline.unit_measures TO hotline_service, hotline_readonly;

CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotline.populations
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();
CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotline.unit_measures
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();

RESET ROLE;
