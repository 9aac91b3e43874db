-- Where things are: boundaries of every generation, their lineage, and the gazetteer.
SET ROLE hotline_owner;

-- One administrative unit for as long as it kept its shape, name and code. Law dates are days in
-- the city's time zone. Two rows of one unit never hold on the same day.
CREATE TABLE hotline.boundaries (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    level text NOT NULL CHECK (level IN ('ward', 'district')),
    code text NOT NULL CHECK (code <> ''),
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL DEFAULT '',             -- Phường, Xã, Quận, ...
    parent_code text,                          -- the district an old ward belonged to
    source text NOT NULL,                      -- the file or generator it came from
    approximate boolean NOT NULL DEFAULT false, -- not the official line; to be said wherever shown
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    geom public.geometry(MultiPolygon, 4326) NOT NULL
        CHECK (public.ST_IsValid(geom) AND NOT public.ST_IsEmpty(geom)),
    CONSTRAINT boundaries_one_generation_at_a_time
        EXCLUDE USING gist (level WITH =, code WITH =, valid WITH &&)
);
CREATE INDEX boundaries_geom ON hotline.boundaries USING gist (geom);

-- Which unit went into which on a day of reform. share is the part of the old unit's area, NULL
-- where only the law's list is known.
CREATE TABLE hotline.boundary_lineage (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    on_day date NOT NULL,
    old_level text NOT NULL CHECK (old_level IN ('ward', 'district')),
    old_code text,
    old_name text NOT NULL,
    old_parent text,                           -- code or name of the old unit's district
    new_level text NOT NULL CHECK (new_level IN ('ward', 'district')),
    new_code text NOT NULL,
    share double precision CHECK (share >= 0 AND share <= 1.000001),
    source text NOT NULL
);
CREATE INDEX boundary_lineage_new ON hotline.boundary_lineage (new_level, new_code);

CREATE TABLE hotline.gazetteer_streets (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    aliases text[] NOT NULL DEFAULT '{}',
    class text NOT NULL DEFAULT '',            -- OSM highway value
    source text NOT NULL,
    geom public.geometry(LineString, 4326) NOT NULL
);
CREATE INDEX gazetteer_streets_geom ON hotline.gazetteer_streets USING gist (geom);

CREATE TABLE hotline.gazetteer_addresses (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    housenumber text NOT NULL CHECK (housenumber <> ''),
    street text,                               -- NULL where the source names none
    name text,
    source text NOT NULL,
    geom public.geometry(Point, 4326) NOT NULL
);
CREATE INDEX gazetteer_addresses_geom ON hotline.gazetteer_addresses USING gist (geom);

CREATE TABLE hotline.gazetteer_places (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    name_en text,
    kind text NOT NULL DEFAULT '',             -- OSM key=value
    source text NOT NULL,
    geom public.geometry(Point, 4326) NOT NULL
);
CREATE INDEX gazetteer_places_geom ON hotline.gazetteer_places USING gist (geom);

GRANT SELECT ON ALL TABLES IN SCHEMA hotline TO hotline_service;
GRANT SELECT ON hotline.boundaries, hotline.boundary_lineage, hotline.gazetteer_streets,
    hotline.gazetteer_addresses, hotline.gazetteer_places TO hotline_readonly;

RESET ROLE;
