-- Imported layers: things on the map that are neither boundaries nor jurisdictions nor the gazetteer.
-- Roads by class, canals, parks, planned outages, flood points, works, schools. Leaders see them;
-- routing rules ask how far the nearest feature is. The OpenStreetMap import and the demo city fill
-- `roads`, `waterways`, `water` and `greens`; `hotline import layer` fills any.
SET ROLE hotline_owner;

CREATE TABLE hotline.layers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'), -- also the tile layer's name
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    group_code text NOT NULL DEFAULT 'overlay' CHECK (group_code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    kind text NOT NULL CHECK (kind IN ('point', 'line', 'polygon')),
    public boolean NOT NULL DEFAULT true,      -- false: only those who are logged in see it
    min_zoom integer NOT NULL DEFAULT 0 CHECK (min_zoom BETWEEN 0 AND 22),
    style jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(style) = 'object'), -- color, width, icon
    attribution text NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0,       -- in the list of layers
    source text NOT NULL,                      -- the file or generator it came from
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One thing, for as long as it is so. A feature that holds for a few hours (a planned outage) has
-- them in `valid`; one without dates holds always.
CREATE TABLE hotline.layer_features (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer_id integer NOT NULL REFERENCES hotline.layers ON DELETE CASCADE,
    source_id text,                            -- its number in the source
    name text NOT NULL DEFAULT '',
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    valid tstzrange NOT NULL DEFAULT tstzrange(NULL, NULL) CHECK (NOT isempty(valid)),
    geom public.geometry(Geometry, 4326) NOT NULL
        CHECK (public.ST_IsValid(geom) AND NOT public.ST_IsEmpty(geom))
);
CREATE INDEX layer_features_geom ON hotline.layer_features USING gist (geom);
CREATE INDEX layer_features_layer ON hotline.layer_features (layer_id, id);

GRANT SELECT ON hotline.layers, hotline.layer_features TO hotline_service, hotline_readonly;

CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotline.layers
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();
CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotline.layer_features
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();

RESET ROLE;
