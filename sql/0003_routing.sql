-- Who is responsible for what, where and when. Every row holds for a period of days; a complaint is
-- judged by the rows in force on the day it came in.
SET ROLE hotline_owner;

CREATE TABLE hotline.agencies (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name text NOT NULL CHECK (name <> ''),
    name_en text NOT NULL DEFAULT '',
    kind text NOT NULL DEFAULT '',             -- ward, district, utility, department, board
    fallback boolean NOT NULL DEFAULT false,   -- takes what no jurisdiction covers
    valid daterange NOT NULL DEFAULT daterange(NULL, NULL) CHECK (NOT isempty(valid)),
    EXCLUDE USING gist (code WITH =, valid WITH &&)
);
-- At most one agency is the fallback on any day.
ALTER TABLE hotline.agencies ADD CONSTRAINT agencies_one_fallback
    EXCLUDE USING gist (valid WITH &&) WHERE (fallback);

-- A contact point inside an agency.
CREATE TABLE hotline.desks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id integer NOT NULL REFERENCES hotline.agencies,
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name text NOT NULL CHECK (name <> ''),
    valid daterange NOT NULL DEFAULT daterange(NULL, NULL) CHECK (NOT isempty(valid)),
    UNIQUE (id, agency_id),
    EXCLUDE USING gist (agency_id WITH =, code WITH =, valid WITH &&)
);

-- The category tree. The default deadline is in hours round the clock or in working days.
CREATE TABLE hotline.categories (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,32}$'), -- Open311's service_code too
    parent_id integer REFERENCES hotline.categories CHECK (parent_id <> id),
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    keywords text NOT NULL DEFAULT '',
    urgent boolean NOT NULL DEFAULT false,
    deadline_hours integer CHECK (deadline_hours > 0),
    deadline_working_days integer CHECK (deadline_working_days > 0),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    CHECK (num_nonnulls(deadline_hours, deadline_working_days) = 1)
);

CREATE FUNCTION hotline.categories_refuse_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE up AS (
            SELECT NEW.parent_id AS id
            UNION
            SELECT c.parent_id FROM hotline.categories c JOIN up ON c.id = up.id
        )
        SELECT FROM up WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'category % would be its own ancestor', NEW.code
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER categories_no_cycle AFTER INSERT OR UPDATE OF parent_id ON hotline.categories
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION hotline.categories_refuse_cycle();

-- An agency's area for some categories (all where it has no row in jurisdiction_categories).
-- reach says what the area is: a polygon of its own, one administrative unit, or the whole city.
CREATE TABLE hotline.jurisdictions (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name text NOT NULL CHECK (name <> ''),
    agency_id integer NOT NULL REFERENCES hotline.agencies,
    desk_id integer,
    class text NOT NULL DEFAULT 'ordinary' CHECK (class IN ('special', 'ordinary', 'fallback')),
    reach text NOT NULL CHECK (reach IN ('area', 'ward', 'district', 'city')),
    boundary_id integer REFERENCES hotline.boundaries,
    approximate boolean NOT NULL DEFAULT false,
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    geom public.geometry(MultiPolygon, 4326)
        CHECK (public.ST_IsValid(geom) AND NOT public.ST_IsEmpty(geom)),
    FOREIGN KEY (desk_id, agency_id) REFERENCES hotline.desks (id, agency_id),
    CHECK ((reach = 'area') = (geom IS NOT NULL)),
    CHECK ((reach IN ('ward', 'district')) = (boundary_id IS NOT NULL)),
    EXCLUDE USING gist (code WITH =, valid WITH &&)
);
CREATE INDEX jurisdictions_geom ON hotline.jurisdictions USING gist (geom);

CREATE TABLE hotline.jurisdiction_categories (
    jurisdiction_id integer NOT NULL REFERENCES hotline.jurisdictions ON DELETE CASCADE,
    category_id integer NOT NULL REFERENCES hotline.categories,
    PRIMARY KEY (jurisdiction_id, category_id)
);

-- Days that differ from the ordinary week: public holidays, and weekend days that are worked.
CREATE TABLE hotline.calendar_days (
    day date PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('holiday', 'working')),
    name_vi text NOT NULL DEFAULT '',
    name_en text NOT NULL DEFAULT ''
);

-- The ordinary working week and the rules of the house, for the administrator to change: minutes of
-- the local day, weekdays as bits from Monday, deadline of a category that names none.
INSERT INTO hotline.settings (key, value) VALUES ('calendar', '{"open_minute": 450,
    "close_minute": 1020, "break_start_minute": 690, "break_end_minute": 780, "work_week": 31,
    "pass_on_minutes": 5, "default_working_days": 5}');

GRANT SELECT ON ALL TABLES IN SCHEMA hotline TO hotline_service;
GRANT SELECT ON hotline.agencies, hotline.desks, hotline.categories, hotline.jurisdictions,
    hotline.jurisdiction_categories, hotline.calendar_days TO hotline_readonly;

-- Running services hold what these tables say in memory; a change tells them to load it anew.
CREATE FUNCTION hotline.snapshot_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hotline_snapshot', TG_TABLE_NAME);
    RETURN NULL;
END $$;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['settings', 'boundaries', 'agencies', 'desks', 'categories',
        'jurisdictions', 'jurisdiction_categories', 'calendar_days', 'gazetteer_streets',
        'gazetteer_addresses', 'gazetteer_places'] LOOP
        EXECUTE format('CREATE TRIGGER snapshot_changed
            AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotline.%I
            FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed()', table_name);
    END LOOP;
END $$;

RESET ROLE;
