-- Extensions, schemas, roles and settings.
--
-- Roles are shared by a whole cluster, so they are made only where missing, and two databases that
-- are migrated at once may race for them: the loser's duplicate is harmless.
--   hotline_owner    owns every object; nobody logs in as it
--   hotline_service  what the service runs as: reads, and writes through the tables and functions
--                    granted to it below; cannot change the schema, cannot read personal data
--   hotline_personal may look at reporters' personal data, through functions that record the look
--   hotline_readonly reads everything but personal data and secrets
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['hotline_owner', 'hotline_service', 'hotline_personal',
                                     'hotline_readonly'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$;

ALTER SCHEMA hotline OWNER TO hotline_owner; -- the migration runner made it
ALTER TABLE hotline.migrations OWNER TO hotline_owner;
CREATE SCHEMA personal AUTHORIZATION hotline_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hotline_owner, hotline_service, hotline_personal, hotline_readonly;
GRANT USAGE ON SCHEMA hotline TO hotline_service, hotline_readonly, hotline_personal;
GRANT USAGE ON SCHEMA personal TO hotline_personal;

SET ROLE hotline_owner;

-- Facts about the city: name, timezone, bbox, metric_crs, attribution, working hours, ...
CREATE TABLE hotline.settings (
    key text PRIMARY KEY,
    value jsonb NOT NULL
);

-- Keys that only the service may read. tracking_key permutes complaint numbers into tracking codes.
CREATE TABLE hotline.secrets (
    key text PRIMARY KEY,
    value bytea NOT NULL CHECK (length(value) >= 16)
);
INSERT INTO hotline.secrets (key, value)
VALUES ('tracking_key', decode(replace(gen_random_uuid()::text, '-', ''), 'hex'));

GRANT SELECT ON hotline.settings, hotline.secrets TO hotline_service;
GRANT SELECT ON hotline.settings TO hotline_readonly;
GRANT SELECT ON hotline.migrations TO hotline_service, hotline_readonly;

RESET ROLE;
