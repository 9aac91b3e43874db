-- What administrators change on the map by themselves: boundaries of a new generation, imported layers,
-- how many people live where, what makes two complaints alike.
--
-- A file is uploaded, read by GDAL in a process apart, and lies here as features until somebody makes
-- something of it: nothing that is in force is touched by an upload. docs/layers.md tells the whole.
SET ROLE hotline_owner;

-- --- uploads -----------------------------------------------------------------------------------------

CREATE TABLE hotline.geo_uploads (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200), -- of the file, only ever shown
    format text NOT NULL,                       -- geojson, zip, geopackage, flatgeobuf, kml, csv
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    source_layer text NOT NULL DEFAULT '',      -- which one of a source with several
    crs text NOT NULL DEFAULT '',               -- coordinates are metres of it; '': what the file says
    state text NOT NULL DEFAULT 'reading' CHECK (state IN ('reading', 'ready', 'failed', 'dropped')),
    problem text NOT NULL DEFAULT '',           -- a code: unreadable, too_costly, several_layers, ...
    detail text NOT NULL DEFAULT '',            -- what GDAL said of it
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by text NOT NULL,
    ended_at timestamptz,
    summary jsonb NOT NULL DEFAULT '{}'         -- features, faulty, kinds, columns, box
);

-- fault: why it has no geometry that can be stored, or why that is invalid.
CREATE TABLE hotline.geo_upload_features (
    upload_id integer NOT NULL REFERENCES hotline.geo_uploads ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    source_id text,
    properties jsonb NOT NULL CHECK (jsonb_typeof(properties) = 'object'),
    kind text CHECK (kind IN ('point', 'line', 'polygon')),
    geom public.geometry(Geometry, 4326),
    fault text,
    repaired text,
    PRIMARY KEY (upload_id, number),
    CHECK ((geom IS NULL) = (kind IS NULL))
);
CREATE INDEX geo_upload_features_geom ON hotline.geo_upload_features USING gist (geom);

-- The service may put features into an upload that is being read, and nothing else.
CREATE FUNCTION hotline.geo_upload_only_reading() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT upload_id FROM new_rows) n
               JOIN hotline.geo_uploads u ON u.id = n.upload_id WHERE u.state <> 'reading') THEN
        RAISE EXCEPTION 'the upload is not being read' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER only_reading AFTER INSERT ON hotline.geo_upload_features
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION hotline.geo_upload_only_reading();

-- A property as clean text, '' without one.
CREATE FUNCTION hotline.property_text(properties jsonb, name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT normalize(btrim(coalesce(properties ->> nullif(name, ''), '')))
$$;

-- args: name, format, bytes, sha256, source_layer, crs. Old ones make room: what was read a week ago and
-- was not made use of is dropped, and what a service that stopped was reading has failed.
CREATE FUNCTION hotline.geo_upload_begin(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made integer;
BEGIN
    UPDATE hotline.geo_uploads SET state = 'failed', problem = 'stopped', ended_at = clock_timestamp()
    WHERE state = 'reading' AND made_at < now() - interval '15 minutes';
    UPDATE hotline.geo_uploads u SET state = 'dropped'
    WHERE state = 'ready' AND made_at < now() - interval '7 days';
    DELETE FROM hotline.geo_upload_features f USING hotline.geo_uploads u
    WHERE u.id = f.upload_id AND u.state IN ('failed', 'dropped');
    INSERT INTO hotline.geo_uploads (name, format, bytes, sha256, source_layer, crs, made_by)
    VALUES (args ->> 'name', args ->> 'format', (args ->> 'bytes')::bigint, args ->> 'sha256',
            coalesce(args ->> 'source_layer', ''), coalesce(args ->> 'crs', ''), who.actor)
    RETURNING id INTO made;
    RETURN jsonb_build_object('outcome', 'done', 'answer',
                              jsonb_build_object('id', made, 'state', 'reading'));
END $$;

CREATE FUNCTION hotline.geo_upload_summary(of_upload integer) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH f AS (SELECT * FROM hotline.geo_upload_features WHERE upload_id = of_upload),
    sample AS MATERIALIZED (SELECT number, properties FROM f ORDER BY number LIMIT 2000),
    cells AS (
        SELECT key, value #>> '{}' AS value, number FROM sample, jsonb_each(properties)
        WHERE jsonb_typeof(value) <> 'null' AND btrim(value #>> '{}') <> ''
    ), columns AS (
        SELECT key, count(*) AS filled, count(DISTINCT value) AS different,
            (array_agg(left(value, 80) ORDER BY number))[1:3] AS samples
        FROM cells GROUP BY key ORDER BY min(number), key LIMIT 100
    )
    SELECT jsonb_build_object('features', (SELECT count(*) FROM f),
        'faulty', (SELECT count(*) FROM f WHERE fault IS NOT NULL),
        'repaired', (SELECT count(*) FROM f WHERE repaired IS NOT NULL),
        'kinds', (SELECT coalesce(jsonb_object_agg(kind, n), '{}')
                  FROM (SELECT kind, count(*) AS n FROM f WHERE kind IS NOT NULL GROUP BY kind) k),
        'box', (SELECT jsonb_build_array(ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b))
                FROM (SELECT ST_Extent(geom) AS b FROM f) x WHERE b IS NOT NULL),
        'sampled', (SELECT count(*) FROM sample),
        'columns', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', key, 'filled', filled,
            'different', different, 'samples', to_jsonb(samples))), '[]') FROM columns))
$$;

-- All of it is in, or it has a problem. What is invalid is repaired where that changes next to nothing,
-- as the importer does; what is left is named.
CREATE FUNCTION hotline.geo_upload_settle(of_upload integer, what text, words text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF what <> '' THEN
        UPDATE hotline.geo_uploads SET state = 'failed', problem = what, detail = left(words, 1000),
            ended_at = clock_timestamp() WHERE id = of_upload AND state = 'reading';
        DELETE FROM hotline.geo_upload_features WHERE upload_id = of_upload;
        RETURN;
    END IF;
    WITH bad AS MATERIALIZED (
        SELECT number, kind, ST_IsValidReason(geom) AS reason, ST_Area(geom) AS before,
            ST_CollectionExtract(ST_MakeValid(geom), 3) AS made
        FROM hotline.geo_upload_features
        WHERE upload_id = of_upload AND geom IS NOT NULL AND NOT ST_IsValid(geom)
    )
    UPDATE hotline.geo_upload_features f SET
        geom = CASE WHEN x.small THEN ST_Multi(b.made) ELSE f.geom END,
        repaired = CASE WHEN x.small THEN b.reason END,
        fault = CASE WHEN NOT x.small THEN b.reason END
    FROM bad b CROSS JOIN LATERAL (SELECT coalesce(b.kind = 'polygon' AND NOT ST_IsEmpty(b.made)
        AND abs(ST_Area(b.made) - b.before) / nullif(b.before, 0) < 1e-6, false) AS small) x
    WHERE f.upload_id = of_upload AND f.number = b.number;
    UPDATE hotline.geo_uploads SET state = 'ready', ended_at = clock_timestamp(),
        summary = hotline.geo_upload_summary(of_upload) WHERE id = of_upload AND state = 'reading';
END $$;

CREATE FUNCTION hotline.geo_upload_json(u hotline.geo_uploads, whole boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT to_jsonb(u) - 'summary' || u.summary || CASE WHEN whole THEN jsonb_build_object(
        'faults', (SELECT coalesce(jsonb_agg(x ORDER BY x.number), '[]') FROM (
            SELECT f.number, f.fault, left(v.value, 120) AS name FROM hotline.geo_upload_features f
            LEFT JOIN LATERAL (SELECT value FROM jsonb_each_text(f.properties)
                ORDER BY key ~* '^(ten|name)' DESC, key LIMIT 1) v ON true
            WHERE f.upload_id = u.id AND f.fault IS NOT NULL ORDER BY f.number LIMIT 50) x))
        ELSE '{}' END
$$;

-- What is seen of it on the map: at most 3,000 features, simplified to what a screen shows.
CREATE FUNCTION hotline.geo_upload_map(of_upload integer) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH f AS (SELECT * FROM hotline.geo_upload_features
        WHERE upload_id = of_upload AND geom IS NOT NULL AND fault IS NULL
        ORDER BY number LIMIT 3000),
    size AS (SELECT greatest(ST_XMax(b) - ST_XMin(b), ST_YMax(b) - ST_YMin(b)) / 2000 AS d
             FROM (SELECT ST_Extent(geom) AS b FROM f) x)
    SELECT jsonb_build_object('type', 'FeatureCollection', 'features',
        coalesce(jsonb_agg(jsonb_build_object('type', 'Feature',
            'properties', jsonb_build_object('number', f.number), 'geometry',
            ST_AsGeoJSON(ST_SimplifyPreserveTopology(f.geom, coalesce(size.d, 0)), 5)::jsonb)
            ORDER BY f.number), '[]'))
    FROM f, size
$$;

-- --- a generation of boundaries ------------------------------------------------------------------------

-- A draft until it is published; whoever publishes names the state that the check saw.
CREATE TABLE hotline.boundary_generations (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_id integer NOT NULL REFERENCES hotline.geo_uploads,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    from_day date NOT NULL,
    approximate boolean NOT NULL DEFAULT false,
    columns jsonb NOT NULL,                     -- which were taken for what
    state text NOT NULL DEFAULT 'checking' CHECK (state IN ('checking', 'ready', 'failed',
        'published', 'taken_back', 'discarded')),
    version integer NOT NULL DEFAULT 1,
    problem text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by text NOT NULL,
    checked_at timestamptz,
    base text NOT NULL DEFAULT '',              -- what was in force when it was checked
    report jsonb NOT NULL DEFAULT '{}',
    map jsonb,                                  -- of the report, as GeoJSON
    published_at timestamptz,
    published_by text,
    reason text,
    back_at timestamptz,
    back_by text,
    back_reason text,
    undo jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE hotline.generation_units (
    generation_id integer NOT NULL REFERENCES hotline.boundary_generations ON DELETE CASCADE,
    level text NOT NULL CHECK (level IN ('ward', 'district')),
    code text NOT NULL CHECK (code <> '' AND length(code) <= 64),
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL DEFAULT '',
    parent_code text,
    number integer NOT NULL,                    -- of the feature
    geom public.geometry(MultiPolygon, 4326) NOT NULL,
    old_id integer,                             -- of the boundary in force, with the same code
    change text NOT NULL DEFAULT '' CHECK (change IN ('', 'appeared', 'same', 'moved')),
    renamed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (generation_id, level, code)
);
CREATE INDEX generation_units_geom ON hotline.generation_units USING gist (geom);

-- Where it overlaps itself, leaves a gap, takes and gives: each a piece of ground.
CREATE TABLE hotline.generation_parts (
    generation_id integer NOT NULL REFERENCES hotline.boundary_generations ON DELETE CASCADE,
    level text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('overlap', 'gap', 'gained', 'lost', 'left_out', 'added')),
    code text NOT NULL DEFAULT '',
    other text NOT NULL DEFAULT '',
    area_m2 double precision NOT NULL,
    geom public.geometry(Geometry, 4326) NOT NULL
);
CREATE INDEX generation_parts_generation ON hotline.generation_parts (generation_id);

-- Which unit goes into which, by the share of the old one's area.
CREATE TABLE hotline.generation_lineage (
    generation_id integer NOT NULL REFERENCES hotline.boundary_generations ON DELETE CASCADE,
    level text NOT NULL,
    old_id integer NOT NULL,
    code text NOT NULL,
    share double precision NOT NULL
);
CREATE INDEX generation_lineage_generation ON hotline.generation_lineage (generation_id);

ALTER TABLE hotline.boundaries ADD COLUMN generation_id integer
    REFERENCES hotline.boundary_generations;

-- ward or district, by what a file calls it.
CREATE FUNCTION hotline.level_of(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN lower(said) ~ '^(ward|commune|phường|phuong|xã|xa|thị trấn|thi tran|đặc khu|dac khu|3|6|8)\M'
            THEN 'ward'
        WHEN lower(said) ~ '^(district|quận|quan|huyện|huyen|thị xã|thi xa|thành phố|thanh pho|2|5)\M'
            THEN 'district' END
$$;

-- The features as units, with what is wrong with each.
CREATE FUNCTION hotline.generation_read(args jsonb) RETURNS TABLE (number integer, level text,
    code text, name text, kind text, parent text, geom public.geometry, fault text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH said AS (
        SELECT f.number, f.geom, f.fault AS broken, f.kind AS shape,
            CASE WHEN args ? 'level' THEN args ->> 'level'
                 ELSE hotline.level_of(hotline.property_text(f.properties, args ->> 'level_column')) END
                AS level,
            hotline.property_text(f.properties, args ->> 'code_column') AS code,
            hotline.property_text(f.properties, args ->> 'name_column') AS name,
            hotline.property_text(f.properties, args ->> 'kind_column') AS kind,
            hotline.property_text(f.properties, args ->> 'parent_column') AS parent
        FROM hotline.geo_upload_features f WHERE f.upload_id = (args ->> 'upload')::integer
    )
    SELECT s.number, s.level, s.code, CASE WHEN s.name = '' THEN s.code ELSE s.name END, s.kind,
        s.parent, s.geom, CASE
            WHEN s.broken IS NOT NULL THEN s.broken
            WHEN s.shape IS DISTINCT FROM 'polygon' THEN 'no polygon'
            WHEN s.level IS NULL THEN 'neither a ward nor a district'
            WHEN s.code = '' THEN 'no code'
            WHEN length(s.code) > 64 THEN 'a code of more than 64 letters'
            WHEN count(*) OVER (PARTITION BY s.level, s.code) > 1
                THEN format('the code %s occurs twice', s.code) END
    FROM said s
$$;

-- args: upload, title, from, level or level_column, code_column, name_column, kind_column,
-- parent_column, approximate. Broken features refuse the whole, each named.
CREATE FUNCTION hotline.generation_make(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    u hotline.geo_uploads;
    faults text;
    n integer;
    made integer;
BEGIN
    SELECT * INTO u FROM hotline.geo_uploads g WHERE g.id = (args ->> 'upload')::integer FOR UPDATE;
    IF u.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'upload', args ->> 'upload');
    ELSIF u.state <> 'ready' THEN
        RETURN hotline.refusal('wrong_state', 'upload', u.state);
    ELSIF NOT args ? 'level' AND NOT args ? 'level_column' THEN
        RETURN hotline.refusal('required', 'level');
    ELSIF args ? 'level' AND args ->> 'level' NOT IN ('ward', 'district') THEN
        RETURN hotline.refusal('unknown', 'level', args ->> 'level');
    END IF;
    SELECT count(*), string_agg(format('%s (%s): %s', x.number, coalesce(nullif(x.name, ''), '?'),
               x.fault), '; ' ORDER BY x.number) FILTER (WHERE x.nth <= 20)
    INTO n, faults FROM (SELECT r.*, row_number() OVER (ORDER BY r.number) AS nth
        FROM hotline.generation_read(args) r WHERE r.fault IS NOT NULL) x;
    IF n > 0 THEN
        RETURN hotline.refusal('broken', 'upload', faults || CASE WHEN n > 20
            THEN format('; … (%s)', n) ELSE '' END);
    ELSIF (u.summary ->> 'features')::integer = 0 THEN
        RETURN hotline.refusal('broken', 'upload', '0');
    END IF;
    INSERT INTO hotline.boundary_generations (upload_id, title, from_day, approximate, columns, made_by)
    VALUES (u.id, args ->> 'title', (args ->> 'from')::date,
            coalesce((args ->> 'approximate')::boolean, false),
            args - '{upload,title,from,approximate}'::text[], who.actor) RETURNING id INTO made;
    INSERT INTO hotline.generation_units (generation_id, level, code, name, kind, parent_code, number,
        geom)
    SELECT made, r.level, r.code, r.name, r.kind, nullif(r.parent, ''), r.number, ST_Multi(r.geom)
    FROM hotline.generation_read(args) r;
    RETURN jsonb_build_object('outcome', 'done', 'answer',
        jsonb_build_object('id', made, 'state', 'checking', 'version', 1));
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow THEN
    RETURN hotline.refusal('malformed', 'from', args ->> 'from');
END $$;

-- The boundaries that it would end: what is in force on its day or later, of its levels.
CREATE FUNCTION hotline.generation_replaces(g hotline.boundary_generations)
    RETURNS SETOF hotline.boundaries LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT b FROM hotline.boundaries b WHERE b.valid && daterange(g.from_day, NULL)
        AND b.level IN (SELECT DISTINCT level FROM hotline.generation_units WHERE generation_id = g.id)
$$;

CREATE FUNCTION hotline.generation_base(g hotline.boundary_generations) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT md5(coalesce(string_agg(format('%s %s', b.id, b.valid), ',' ORDER BY b.id), ''))
        || ' ' || md5(coalesce((SELECT string_agg(format('%s %s %s', j.id, j.valid, j.boundary_id), ','
               ORDER BY j.id) FROM hotline.jurisdictions j WHERE j.boundary_id IS NOT NULL
               AND j.valid && daterange(g.from_day, NULL)), ''))
    FROM hotline.generation_replaces(g) b
$$;

-- --- the check of a generation ---------------------------------------------------------------------------

CREATE FUNCTION hotline.generation_compare(g hotline.boundary_generations) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE hotline.generation_units u SET old_id = x.id, renamed = coalesce(x.renamed, false),
        change = CASE WHEN x.id IS NULL THEN 'appeared' WHEN x.apart < 1 THEN 'same' ELSE 'moved' END
    FROM (SELECT n.level, n.code, b.id, b.name <> n.name AS renamed,
            CASE WHEN ST_Equals(b.geom, n.geom) THEN 0
                 ELSE ST_Area(ST_SymDifference(b.geom, n.geom)::geography) END AS apart
          FROM hotline.generation_units n LEFT JOIN hotline.boundaries b
              ON b.level = n.level AND b.code = n.code AND b.valid @> g.from_day
          WHERE n.generation_id = g.id) x
    WHERE u.generation_id = g.id AND u.level = x.level AND u.code = x.code;
    INSERT INTO hotline.generation_parts
    SELECT g.id, u.level, k.kind, u.code, '', k.area, k.geom
    FROM hotline.generation_units u JOIN hotline.boundaries b ON b.id = u.old_id
    CROSS JOIN LATERAL (SELECT d.kind, (ST_Dump(ST_CollectionExtract(d.geom, 3))).geom FROM (VALUES
        ('gained', ST_Difference(u.geom, b.geom)), ('lost', ST_Difference(b.geom, u.geom)))
        d (kind, geom)) p
    CROSS JOIN LATERAL (SELECT p.kind, p.geom, ST_Area(p.geom::geography) AS area) k
    WHERE u.generation_id = g.id AND u.change = 'moved' AND k.area >= 1;
    INSERT INTO hotline.generation_lineage
    SELECT g.id, u.level, b.id, u.code, s.share
    FROM hotline.generation_units u JOIN hotline.boundaries b
        ON b.level = u.level AND b.valid @> g.from_day AND b.code <> u.code AND b.geom && u.geom
    CROSS JOIN LATERAL (SELECT ST_Area(ST_Intersection(u.geom, b.geom)) / ST_Area(b.geom) AS share) s
    WHERE u.generation_id = g.id AND s.share >= 0.002;
END $$;

-- Overlaps of its units, gaps between them, and ground that is covered today and would not be.
CREATE FUNCTION hotline.generation_cover(g hotline.boundary_generations) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO hotline.generation_parts
    SELECT g.id, a.level, 'overlap', a.code, b.code, k.area, k.geom
    FROM hotline.generation_units a JOIN hotline.generation_units b
        ON b.generation_id = a.generation_id AND b.level = a.level AND a.code < b.code
        AND a.geom && b.geom
    CROSS JOIN LATERAL (SELECT (ST_Dump(ST_CollectionExtract(ST_Intersection(a.geom, b.geom), 3))).geom) p
    CROSS JOIN LATERAL (SELECT p.geom, ST_Area(p.geom::geography) AS area) k
    WHERE a.generation_id = g.id AND k.area >= 0.5;
    INSERT INTO hotline.generation_parts
    WITH whole AS MATERIALIZED (SELECT level, ST_Union(geom) AS geom
        FROM hotline.generation_units WHERE generation_id = g.id GROUP BY level),
    old AS MATERIALIZED (SELECT b.level, ST_Union(b.geom) AS geom FROM hotline.boundaries b
        WHERE b.valid @> g.from_day AND b.level IN (SELECT level FROM whole) GROUP BY b.level),
    found AS (
        SELECT w.level, 'gap' AS kind, ST_MakePolygon(ST_InteriorRingN(d.geom, i)) AS geom
        FROM whole w, LATERAL (SELECT (ST_Dump(w.geom)).geom) d,
            generate_series(1, ST_NumInteriorRings(d.geom)) i
        UNION ALL SELECT w.level, 'left_out', (ST_Dump(ST_CollectionExtract(
            ST_Difference(o.geom, w.geom), 3))).geom FROM whole w JOIN old o USING (level)
        UNION ALL SELECT w.level, 'added', (ST_Dump(ST_CollectionExtract(
            ST_Difference(w.geom, o.geom), 3))).geom FROM whole w JOIN old o USING (level)
    )
    SELECT g.id, f.level, f.kind, '', '', k.area, f.geom FROM found f
    CROSS JOIN LATERAL (SELECT ST_Area(f.geom::geography) AS area) k WHERE k.area >= 0.5;
END $$;

-- Open complaints whose point lies in another unit than the one they have.
CREATE FUNCTION hotline.generation_complaints(g hotline.boundary_generations) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH placed AS MATERIALIZED (
        SELECT l.level, b.code AS was, (SELECT u.code FROM hotline.generation_units u
            WHERE u.generation_id = g.id AND u.level = l.level AND ST_Intersects(u.geom, c.geom)
            ORDER BY u.code LIMIT 1) AS becomes
        FROM hotline.complaints c
        CROSS JOIN (SELECT DISTINCT level FROM hotline.generation_units WHERE generation_id = g.id) l
        LEFT JOIN hotline.boundaries b
            ON b.id = CASE l.level WHEN 'ward' THEN c.ward_id ELSE c.district_id END
        WHERE c.closed_at IS NULL AND c.geom IS NOT NULL
    )
    SELECT coalesce(jsonb_object_agg(s.level, s.counts), '{}') FROM (
        SELECT p.level, jsonb_build_object('open', count(*),
            'change', count(*) FILTER (WHERE p.was IS DISTINCT FROM p.becomes),
            'nowhere', count(*) FILTER (WHERE p.becomes IS NULL),
            'moves', (SELECT coalesce(jsonb_agg(m ORDER BY m.n DESC, m.was, m.becomes), '[]') FROM (
                SELECT q.was, q.becomes, count(*) AS n FROM placed q
                WHERE q.level = p.level AND q.was IS DISTINCT FROM q.becomes
                GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 50) m)) AS counts
        FROM placed p GROUP BY p.level) s
$$;

-- What hangs on the units that end: jurisdictions go on under the unit of the same code, or end.
CREATE FUNCTION hotline.generation_hangers(g hotline.boundary_generations) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH gone AS (SELECT b.* FROM hotline.generation_replaces(g) b WHERE NOT EXISTS (
            SELECT FROM hotline.generation_units u WHERE u.generation_id = g.id
            AND u.level = b.level AND u.code = b.code)),
    j AS (SELECT j.*, j.boundary_id IN (SELECT id FROM gone) AS ends FROM hotline.jurisdictions j
        WHERE j.boundary_id IN (SELECT id FROM hotline.generation_replaces(g))
        AND j.valid && daterange(g.from_day, NULL))
    SELECT jsonb_build_object(
        'go_on', (SELECT count(*) FROM j WHERE NOT ends),
        'end', (SELECT coalesce(jsonb_agg(code ORDER BY code), '[]') FROM (SELECT code FROM j
                WHERE ends ORDER BY code LIMIT 200) x),
        'late', (SELECT coalesce(jsonb_agg(code ORDER BY code), '[]') FROM j
                 WHERE ends AND lower(valid) >= g.from_day),
        'without_agency', (SELECT coalesce(jsonb_agg(u.code ORDER BY u.code), '[]')
            FROM hotline.generation_units u WHERE u.generation_id = g.id
            AND u.change = 'appeared' AND EXISTS (SELECT FROM j)),
        'rules', (SELECT coalesce(jsonb_agg(DISTINCT r.code), '[]') FROM hotline.rules r
            JOIN hotline.rule_sets s ON s.id = r.rule_set_id AND s.state = 'published'
            JOIN gone ON gone.code = ANY (regexp_split_to_array(concat_ws(' ',
                array_to_string(r.conditions, ' '), r.outcome, array_to_string(r.partners, ' ')),
                '[^A-Za-z0-9_-]+'))))
$$;

-- Counts by level, and the units that changed, the largest change first.
CREATE FUNCTION hotline.generation_units_json(g hotline.boundary_generations) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_object_agg(l.level, jsonb_build_object(
        'units', (SELECT count(*) FROM hotline.generation_units u
                  WHERE u.generation_id = g.id AND u.level = l.level),
        'before', (SELECT count(*) FROM hotline.boundaries b
                   WHERE b.level = l.level AND b.valid @> g.from_day),
        'same', (SELECT count(*) FROM hotline.generation_units u WHERE u.generation_id = g.id
                 AND u.level = l.level AND u.change = 'same'),
        'appeared', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', u.code, 'name', u.name,
            'from', (SELECT jsonb_agg(jsonb_build_object('code', b.code, 'share', round(
                n.share::numeric, 3)) ORDER BY n.share DESC) FROM hotline.generation_lineage n
                JOIN hotline.boundaries b ON b.id = n.old_id WHERE n.generation_id = g.id
                AND n.level = u.level AND n.code = u.code)) ORDER BY u.code), '[]')
            FROM hotline.generation_units u WHERE u.generation_id = g.id AND u.level = l.level
            AND u.change = 'appeared'),
        'vanished', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', b.code, 'name', b.name,
            'into', (SELECT jsonb_agg(jsonb_build_object('code', n.code, 'share', round(
                n.share::numeric, 3)) ORDER BY n.share DESC) FROM hotline.generation_lineage n
                WHERE n.generation_id = g.id AND n.old_id = b.id)) ORDER BY b.code), '[]')
            FROM hotline.boundaries b WHERE b.level = l.level AND b.valid @> g.from_day
            AND NOT EXISTS (SELECT FROM hotline.generation_units u WHERE u.generation_id = g.id
                            AND u.level = b.level AND u.code = b.code)),
        'renamed', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', u.code, 'name', u.name,
            'was', b.name) ORDER BY u.code), '[]') FROM hotline.generation_units u
            JOIN hotline.boundaries b ON b.id = u.old_id
            WHERE u.generation_id = g.id AND u.level = l.level AND u.renamed),
        'moved', (SELECT coalesce(jsonb_agg(m ORDER BY m.gained_m2 + m.lost_m2 DESC, m.code), '[]')
            FROM (SELECT u.code, u.name,
                    coalesce(round(sum(p.area_m2) FILTER (WHERE p.kind = 'gained')), 0) AS gained_m2,
                    coalesce(round(sum(p.area_m2) FILTER (WHERE p.kind = 'lost')), 0) AS lost_m2
                FROM hotline.generation_units u LEFT JOIN hotline.generation_parts p
                    ON p.generation_id = g.id AND p.level = u.level AND p.code = u.code
                    AND p.kind IN ('gained', 'lost')
                WHERE u.generation_id = g.id AND u.level = l.level AND u.change = 'moved'
                GROUP BY u.code, u.name) m)))
    FROM (SELECT DISTINCT level FROM hotline.generation_units WHERE generation_id = g.id) l
$$;

-- Sums of each kind of piece, and the 100 largest with where they are.
CREATE FUNCTION hotline.generation_parts_json(g hotline.boundary_generations, of_kind text)
    RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('n', count(*), 'area_m2', coalesce(round(sum(area_m2)::numeric, 1), 0),
        'largest', (SELECT coalesce(jsonb_agg(x), '[]') FROM (
            SELECT q.level, q.code, q.other, round(q.area_m2::numeric, 1) AS area_m2,
                round(ST_X(s.at)::numeric, 6) AS lon, round(ST_Y(s.at)::numeric, 6) AS lat
            FROM hotline.generation_parts q, LATERAL (SELECT ST_PointOnSurface(q.geom) AS at) s
            WHERE q.generation_id = g.id AND q.kind = of_kind ORDER BY q.area_m2 DESC LIMIT 100) x))
    FROM hotline.generation_parts p WHERE p.generation_id = g.id AND p.kind = of_kind
$$;

-- As it is drawn: the units, those that vanish, and the pieces that are large enough to be seen.
CREATE FUNCTION hotline.generation_map(g hotline.boundary_generations) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH size AS (SELECT greatest(ST_XMax(b) - ST_XMin(b), ST_YMax(b) - ST_YMin(b)) / 3000 AS d
        FROM (SELECT ST_Extent(geom) AS b FROM hotline.generation_units
              WHERE generation_id = g.id) x),
    shapes AS (
        SELECT 1 AS rank, u.level, u.change AS what, u.code, u.name,
            ST_SimplifyPreserveTopology(u.geom, size.d) AS geom
        FROM hotline.generation_units u, size WHERE u.generation_id = g.id
        UNION ALL SELECT 0, b.level, 'vanished', b.code, b.name,
            ST_SimplifyPreserveTopology(b.geom, size.d) FROM hotline.boundaries b, size
        WHERE b.valid @> g.from_day
            AND b.level IN (SELECT level FROM hotline.generation_units WHERE generation_id = g.id)
            AND NOT EXISTS (SELECT FROM hotline.generation_units u WHERE u.generation_id = g.id
                            AND u.level = b.level AND u.code = b.code)
        UNION ALL (SELECT 2, p.level, p.kind, p.code, p.other,
            ST_SimplifyPreserveTopology(p.geom, size.d / 4) FROM hotline.generation_parts p, size
            WHERE p.generation_id = g.id ORDER BY p.area_m2 DESC LIMIT 1000)
    )
    SELECT jsonb_build_object('type', 'FeatureCollection', 'features',
        coalesce(jsonb_agg(jsonb_build_object('type', 'Feature', 'properties', jsonb_build_object(
            'what', what, 'level', level, 'code', code, 'name', name),
            'geometry', ST_AsGeoJSON(geom, 6)::jsonb) ORDER BY rank, code), '[]'))
    FROM shapes WHERE NOT ST_IsEmpty(geom)
$$;

-- What keeps it from being published, and what whoever publishes must have seen.
CREATE FUNCTION hotline.generation_findings(g hotline.boundary_generations, report jsonb)
    RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('errors', (SELECT coalesce(jsonb_agg(e), '[]') FROM (
            SELECT 'later_generation' AS code, format('%s', min(lower(b.valid))) AS about
            FROM hotline.generation_replaces(g) b WHERE lower(b.valid) >= g.from_day HAVING count(*) > 0
            UNION ALL SELECT 'late_jurisdictions', v #>> '{}' FROM (SELECT report #> '{hangers,late}')
                x (v) WHERE jsonb_array_length(v) > 0) e),
        'warnings', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', w.code, 'n', w.n,
            'area_m2', w.area)), '[]') FROM (
            SELECT k AS code, (report #>> ARRAY['parts', k, 'n'])::numeric AS n,
                (report #>> ARRAY['parts', k, 'area_m2'])::numeric AS area
            FROM unnest(ARRAY['overlap', 'gap', 'left_out', 'added']) k
            UNION ALL SELECT 'nowhere', sum((value ->> 'nowhere')::numeric), NULL
            FROM jsonb_each(report -> 'complaints')
            UNION ALL SELECT 'jurisdictions_end', jsonb_array_length(report #> '{hangers,end}'), NULL
            UNION ALL SELECT 'without_agency',
                jsonb_array_length(report #> '{hangers,without_agency}'), NULL
            UNION ALL SELECT 'rules', jsonb_array_length(report #> '{hangers,rules}'), NULL) w
            WHERE w.n > 0))
$$;

-- For the service, on a thread that may wait. Checking again is harmless.
CREATE FUNCTION hotline.generation_check(of_generation integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    g hotline.boundary_generations;
    made jsonb;
BEGIN
    SELECT * INTO g FROM hotline.boundary_generations b WHERE b.id = of_generation FOR UPDATE;
    IF g.state NOT IN ('checking', 'ready') THEN
        RETURN g.state;
    END IF;
    DELETE FROM hotline.generation_parts WHERE generation_id = g.id;
    DELETE FROM hotline.generation_lineage WHERE generation_id = g.id;
    PERFORM hotline.generation_compare(g);
    PERFORM hotline.generation_cover(g);
    made := jsonb_build_object('levels', hotline.generation_units_json(g),
        'complaints', hotline.generation_complaints(g), 'hangers', hotline.generation_hangers(g),
        'parts', (SELECT jsonb_object_agg(k, hotline.generation_parts_json(g, k))
                  FROM unnest(ARRAY['overlap', 'gap', 'left_out', 'added']) k),
        'repaired', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', u.code, 'name', u.name,
                         'reason', f.repaired) ORDER BY u.code), '[]')
                     FROM hotline.generation_units u JOIN hotline.geo_upload_features f
                         ON f.upload_id = g.upload_id AND f.number = u.number
                     WHERE u.generation_id = g.id AND f.repaired IS NOT NULL));
    UPDATE hotline.boundary_generations SET state = 'ready', version = version + 1,
        checked_at = clock_timestamp(), base = hotline.generation_base(g),
        report = made || hotline.generation_findings(g, made), map = hotline.generation_map(g)
    WHERE id = g.id;
    RETURN 'ready';
END $$;

CREATE FUNCTION hotline.generation_failed(of_generation integer, why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE hotline.boundary_generations SET state = 'failed', problem = left(why, 1000)
    WHERE id = of_generation AND state = 'checking'
$$;

CREATE FUNCTION hotline.generation_json(g hotline.boundary_generations, whole boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (to_jsonb(g) - '{map,undo,base,report}'::text[]) || jsonb_build_object(
        'upload', (SELECT u.name FROM hotline.geo_uploads u WHERE u.id = g.upload_id),
        'levels', (SELECT jsonb_object_agg(level, n) FROM (SELECT level, count(*) AS n
            FROM hotline.generation_units WHERE generation_id = g.id GROUP BY level) l))
        || CASE WHEN whole THEN jsonb_build_object('report', g.report) ELSE '{}' END
$$;

-- --- publishing, and taking back -------------------------------------------------------------------------

-- The units of the generation take the place of what is in force, from its day on.
CREATE FUNCTION hotline.generation_put(g hotline.boundary_generations) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ended jsonb;
BEGIN
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'valid', b.valid)), '[]') INTO ended
    FROM hotline.generation_replaces(g) b;
    UPDATE hotline.boundaries b SET valid = daterange(lower(b.valid), g.from_day)
    WHERE b.id IN (SELECT (e ->> 'id')::integer FROM jsonb_array_elements(ended) e);
    INSERT INTO hotline.boundaries (level, code, name, kind, parent_code, source, approximate, valid,
        geom, generation_id)
    SELECT u.level, u.code, u.name, u.kind, u.parent_code,
        (SELECT name FROM hotline.geo_uploads WHERE id = g.upload_id), g.approximate,
        daterange(g.from_day, NULL), u.geom, g.id
    FROM hotline.generation_units u WHERE u.generation_id = g.id ORDER BY u.level, u.code;
    INSERT INTO hotline.boundary_lineage (on_day, old_level, old_code, old_name, old_parent, new_level,
        new_code, share, source)
    SELECT g.from_day, l.level, b.code, b.name, b.parent_code, l.level, l.code, least(l.share, 1),
        'generation ' || g.id
    FROM hotline.generation_lineage l JOIN hotline.boundaries b ON b.id = l.old_id
    WHERE l.generation_id = g.id;
    RETURN ended;
END $$;

-- Jurisdictions that are a unit go on under the unit of the same code; others end with theirs.
CREATE FUNCTION hotline.generation_carry(g hotline.boundary_generations, ended jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    j hotline.jurisdictions;
    target integer;
    made integer;
    undo jsonb := '[]';
BEGIN
    FOR j IN SELECT k.* FROM hotline.jurisdictions k
        WHERE k.boundary_id IN (SELECT (e ->> 'id')::integer FROM jsonb_array_elements(ended) e)
        AND k.valid && daterange(g.from_day, NULL) ORDER BY k.id
    LOOP
        SELECT n.id INTO target FROM hotline.boundaries n JOIN hotline.boundaries o
            ON o.id = j.boundary_id AND n.level = o.level AND n.code = o.code
            WHERE n.generation_id = g.id;
        made := NULL;
        IF lower(j.valid) >= g.from_day THEN
            UPDATE hotline.jurisdictions SET boundary_id = target WHERE id = j.id;
        ELSE
            UPDATE hotline.jurisdictions SET valid = daterange(lower(valid), g.from_day)
            WHERE id = j.id;
            IF target IS NOT NULL THEN
                PERFORM hotline.jurisdiction_go_on(j, j.code, j.agency_id, g.from_day, NULL);
                UPDATE hotline.jurisdictions SET boundary_id = target
                WHERE code = j.code AND valid @> g.from_day RETURNING id INTO made;
            END IF;
        END IF;
        undo := undo || jsonb_build_object('id', j.id, 'valid', j.valid, 'boundary', j.boundary_id,
                                           'agency', j.agency_id, 'made', made);
    END LOOP;
    RETURN undo;
END $$;

-- args: id, version, reason, acknowledged.
CREATE FUNCTION hotline.generation_publish(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    g hotline.boundary_generations;
    ended jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(7022102203); -- as changes of agencies: no transfer judges half of it
    SELECT * INTO g FROM hotline.boundary_generations b WHERE b.id = (args ->> 'id')::integer
    FOR UPDATE;
    IF g.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF g.state <> 'ready' THEN
        RETURN hotline.refusal('wrong_state', 'id', g.state);
    ELSIF g.version <> (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', g.version::text);
    ELSIF jsonb_array_length(g.report -> 'errors') > 0 THEN
        RETURN hotline.refusal('errors', 'id');
    ELSIF jsonb_array_length(g.report -> 'warnings') > 0
        AND NOT coalesce((args ->> 'acknowledged')::boolean, false) THEN
        RETURN hotline.refusal('unacknowledged', 'acknowledged');
    ELSIF g.base <> hotline.generation_base(g) THEN
        RETURN hotline.refusal('checked_before', 'id');
    END IF;
    ended := hotline.generation_put(g);
    UPDATE hotline.boundary_generations SET state = 'published', version = version + 1,
        published_at = clock_timestamp(), published_by = who.actor, reason = args ->> 'reason',
        undo = jsonb_build_object('boundaries', ended, 'jurisdictions',
                                  hotline.generation_carry(g, ended))
    WHERE id = g.id RETURNING * INTO g;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.generation_json(g, false));
END $$;

-- What changed since, so that it cannot be undone as a whole; NULL: nothing did.
CREATE FUNCTION hotline.generation_stuck(g hotline.boundary_generations) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(
        (SELECT min(b.code) FROM hotline.boundaries b
         WHERE b.generation_id = g.id AND b.valid <> daterange(g.from_day, NULL)),
        (SELECT min(coalesce(j.code, '?')) FROM jsonb_array_elements(g.undo -> 'jurisdictions') u
         LEFT JOIN hotline.jurisdictions j ON j.id = coalesce((u ->> 'made')::integer,
                                                             (u ->> 'id')::integer)
         WHERE j.id IS NULL OR j.agency_id <> (u ->> 'agency')::integer
            OR (u ->> 'made' IS NOT NULL AND lower(j.valid) <> g.from_day)),
        (SELECT min(j.code) FROM hotline.jurisdictions j JOIN hotline.boundaries b
             ON b.id = j.boundary_id AND b.generation_id = g.id
         WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(g.undo -> 'jurisdictions') u
             WHERE j.id IN ((u ->> 'made')::integer, (u ->> 'id')::integer))),
        (SELECT min(c.code) FROM hotline.corrections k JOIN hotline.complaints c ON c.id = k.complaint_id
             JOIN hotline.boundaries b ON b.id = k.ward_id AND b.generation_id = g.id))
$$;

-- The unit that held there before this generation came.
CREATE FUNCTION hotline.unit_before(g hotline.boundary_generations, of_level text,
    at public.geometry, instant timestamptz) RETURNS integer
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.id FROM hotline.boundaries b LEFT JOIN jsonb_array_elements(g.undo -> 'boundaries') u
        ON (u ->> 'id')::integer = b.id
    WHERE b.level = of_level AND b.generation_id IS DISTINCT FROM g.id
        AND coalesce((u ->> 'valid')::daterange, b.valid) @> hotline.city_day(instant)
        AND ST_Intersects(b.geom, at) ORDER BY b.code LIMIT 1
$$;

-- Complaints that came in meanwhile get the unit that is in force again where they are.
CREATE FUNCTION hotline.generation_replace_places(g hotline.boundary_generations) RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    WITH mine AS (SELECT id FROM hotline.boundaries WHERE generation_id = g.id),
    made AS (SELECT (u ->> 'made')::integer AS made, (u ->> 'id')::integer AS was
             FROM jsonb_array_elements(g.undo -> 'jurisdictions') u WHERE u ->> 'made' IS NOT NULL),
    moved AS (UPDATE hotline.complaints c SET updated_at = clock_timestamp(),
        ward_id = CASE WHEN c.ward_id IN (SELECT id FROM mine)
            THEN hotline.unit_before(g, 'ward', c.geom, c.received_at) ELSE c.ward_id END,
        district_id = CASE WHEN c.district_id IN (SELECT id FROM mine)
            THEN hotline.unit_before(g, 'district', c.geom, c.received_at) ELSE c.district_id END,
        jurisdiction_id = coalesce((SELECT was FROM made WHERE made.made = c.jurisdiction_id),
                                   c.jurisdiction_id)
    WHERE c.ward_id IN (SELECT id FROM mine) OR c.district_id IN (SELECT id FROM mine)
        OR c.jurisdiction_id IN (SELECT made FROM made) RETURNING 1)
    SELECT count(*) FROM moved
$$;

-- When a row of a generation that was taken back holds: on a day of the first centuries, of which no
-- service loads anything. It stays for a while, because complaints of the very seconds before services
-- have heard of it still name it; hotline.maps_settle then puts these right and removes it.
CREATE FUNCTION hotline.nowhere(generation integer) RETURNS daterange LANGUAGE sql IMMUTABLE AS $$
    SELECT daterange(date '0001-01-01' + generation, date '0001-01-01' + generation + 1)
$$;

-- args: id, version, reason. As if it had never been: refused where something was built on it since.
CREATE FUNCTION hotline.generation_take_back(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    g hotline.boundary_generations;
    stuck text;
    placed bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7022102203);
    SELECT * INTO g FROM hotline.boundary_generations b WHERE b.id = (args ->> 'id')::integer
    FOR UPDATE;
    IF g.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF g.state <> 'published' THEN
        RETURN hotline.refusal('wrong_state', 'id', g.state);
    ELSIF g.version <> (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', g.version::text);
    END IF;
    stuck := hotline.generation_stuck(g);
    IF stuck IS NOT NULL THEN
        RETURN hotline.refusal('built_on', 'id', stuck);
    END IF;
    placed := hotline.generation_replace_places(g);
    UPDATE hotline.jurisdictions j SET valid = hotline.nowhere(g.id)
    FROM jsonb_array_elements(g.undo -> 'jurisdictions') u WHERE j.id = (u ->> 'made')::integer;
    UPDATE hotline.jurisdictions j SET valid = (u ->> 'valid')::daterange,
        boundary_id = (u ->> 'boundary')::integer
    FROM jsonb_array_elements(g.undo -> 'jurisdictions') u WHERE j.id = (u ->> 'id')::integer;
    UPDATE hotline.boundaries b SET valid = hotline.nowhere(g.id) WHERE b.generation_id = g.id;
    UPDATE hotline.boundaries b SET valid = (u ->> 'valid')::daterange
    FROM jsonb_array_elements(g.undo -> 'boundaries') u WHERE b.id = (u ->> 'id')::integer;
    DELETE FROM hotline.boundary_lineage WHERE source = 'generation ' || g.id;
    UPDATE hotline.boundary_generations SET state = 'taken_back', version = version + 1,
        back_at = clock_timestamp(), back_by = who.actor, back_reason = args ->> 'reason'
    WHERE id = g.id RETURNING * INTO g;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.generation_json(g, false)
        || jsonb_build_object('placed_again', placed));
END $$;

-- args: id, version.
CREATE FUNCTION hotline.generation_discard(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    g hotline.boundary_generations;
BEGIN
    SELECT * INTO g FROM hotline.boundary_generations b WHERE b.id = (args ->> 'id')::integer
    FOR UPDATE;
    IF g.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF g.state NOT IN ('checking', 'ready', 'failed') THEN
        RETURN hotline.refusal('wrong_state', 'id', g.state);
    END IF;
    UPDATE hotline.boundary_generations SET state = 'discarded', version = version + 1, map = NULL
    WHERE id = g.id RETURNING * INTO g;
    DELETE FROM hotline.generation_units WHERE generation_id = g.id;
    DELETE FROM hotline.generation_parts WHERE generation_id = g.id;
    DELETE FROM hotline.generation_lineage WHERE generation_id = g.id;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.generation_json(g, false));
END $$;

-- args: id. What is in force changed since it was checked: again.
CREATE FUNCTION hotline.generation_recheck(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g hotline.boundary_generations;
BEGIN
    UPDATE hotline.boundary_generations b SET state = 'checking', version = version + 1, problem = ''
    WHERE b.id = (args ->> 'id')::integer AND b.state IN ('checking', 'ready', 'failed')
    RETURNING * INTO g;
    IF g.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.generation_json(g, false));
END $$;

-- For the service, after boundaries changed: areas, roads and estimates of residents anew; complaints
-- that came in meanwhile, and rows that nothing names any more.
CREATE FUNCTION hotline.maps_settle() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    g hotline.boundary_generations;
BEGIN
    PERFORM pg_advisory_xact_lock(7022102236); -- one measures at a time
    PERFORM hotline.measure_units();
    PERFORM pg_advisory_xact_lock(7022102203);
    FOR g IN SELECT * FROM hotline.boundary_generations b WHERE b.state = 'taken_back' AND EXISTS (
        SELECT FROM hotline.boundaries x WHERE x.generation_id = b.id) ORDER BY b.id
    LOOP
        PERFORM hotline.generation_replace_places(g);
        IF g.back_at < now() - interval '10 minutes' THEN
            DELETE FROM hotline.jurisdictions j WHERE j.valid = hotline.nowhere(g.id);
            DELETE FROM hotline.boundaries b WHERE b.generation_id = g.id;
        END IF;
    END LOOP;
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('geo.upload', 'geo_upload_begin', '{administrator}'),
    ('boundaries.make', 'generation_make', '{administrator}'),
    ('boundaries.check', 'generation_recheck', '{administrator}'),
    ('boundaries.publish', 'generation_publish', '{administrator}'),
    ('boundaries.take_back', 'generation_take_back', '{administrator}'),
    ('boundaries.discard', 'generation_discard', '{administrator}');
INSERT INTO hotline.audited_actions VALUES
    ('geo.upload'), ('boundaries.make'), ('boundaries.publish'), ('boundaries.take_back'),
    ('boundaries.discard');

REVOKE ALL ON FUNCTION hotline.geo_upload_only_reading(), hotline.geo_upload_settle(integer, text, text),
    hotline.generation_check(integer), hotline.generation_failed(integer, text),
    hotline.maps_settle(), hotline.geo_upload_begin(hotline.actor, jsonb),
    hotline.generation_make(hotline.actor, jsonb), hotline.generation_recheck(hotline.actor, jsonb),
    hotline.generation_publish(hotline.actor, jsonb),
    hotline.generation_take_back(hotline.actor, jsonb),
    hotline.generation_discard(hotline.actor, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.geo_upload_settle(integer, text, text),
    hotline.generation_check(integer), hotline.generation_failed(integer, text),
    hotline.maps_settle() TO hotline_service;
GRANT SELECT ON hotline.geo_uploads, hotline.geo_upload_features, hotline.boundary_generations,
    hotline.generation_units, hotline.generation_parts, hotline.generation_lineage
    TO hotline_service, hotline_readonly;
GRANT INSERT ON hotline.geo_upload_features TO hotline_service;

RESET ROLE;
