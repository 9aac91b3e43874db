-- What the heat index follows: every change of complaints, by whomever, in a form that a follower can
-- read without missing or repeating any. docs/decisions/0007-heat-feed.md says why it is sound.
SET ROLE hotline_owner;

-- The reporter's rating: 1 not satisfied, 2 acceptable, 3 satisfied.
ALTER TABLE hotline.complaints ADD COLUMN satisfaction smallint CHECK (satisfaction BETWEEN 1 AND 3);
-- It was done once, and somebody opened it again: its reporter, or staff for him.
ALTER TABLE hotline.complaints ADD COLUMN reopened boolean NOT NULL DEFAULT false;

-- Where a complaint lies, in 2^-32 of the Mercator square's sides: the same arithmetic, step by step,
-- as geo_heat_place_of in geo/geo_heat_leaf.c. Counts are compared by these.
CREATE FUNCTION hotline.heat_x(geom public.geometry) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT greatest(0, least(4294967295,
        floor((public.ST_X(geom) / 360 + 0.5::float8) * 4294967296::float8)))::bigint
$$;
CREATE FUNCTION hotline.heat_y(geom public.geometry) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT greatest(0, least(4294967295,
        floor((0.5::float8 - atanh(sin(public.ST_Y(geom) * 0.017453292519943295::float8))
               / 6.283185307179586::float8) * 4294967296::float8)))::bigint
$$;

-- One row a statement that changed complaints. ids NULL: so much changed at once (a mass import, a
-- truncate) that whoever follows had better read everything anew.
CREATE TABLE hotline.complaint_changes (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    ids bigint[],
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX complaint_changes_xid ON hotline.complaint_changes (xid);

-- Up to where rows have been thrown away: a follower whose snapshot is older reads everything anew.
CREATE TABLE hotline.complaint_changes_pruned (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    xid xid8 NOT NULL
);
INSERT INTO hotline.complaint_changes_pruned (xid) VALUES ('0');

CREATE FUNCTION hotline.complaints_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most CONSTANT integer := 50000;
    changed bigint[];
BEGIN
    IF TG_TABLE_NAME <> 'complaints' THEN
        changed := NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY (SELECT n.id FROM new_rows n LIMIT most + 1);
    ELSIF TG_OP = 'UPDATE' THEN
        changed := ARRAY (SELECT n.id FROM new_rows n
                          UNION SELECT o.id FROM old_rows o LIMIT most + 1);
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY (SELECT o.id FROM old_rows o LIMIT most + 1);
    END IF;
    IF cardinality(changed) = 0 THEN
        RETURN NULL;
    END IF;
    INSERT INTO hotline.complaint_changes (ids)
    VALUES (CASE WHEN cardinality(changed) <= most THEN changed END);
    PERFORM pg_notify('hotline_changes', '');
    RETURN NULL;
END $$;

CREATE TRIGGER heat_insert AFTER INSERT ON hotline.complaints REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.complaints_changed();
CREATE TRIGGER heat_update AFTER UPDATE ON hotline.complaints
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.complaints_changed();
CREATE TRIGGER heat_delete AFTER DELETE ON hotline.complaints REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.complaints_changed();
CREATE TRIGGER heat_truncate AFTER TRUNCATE ON hotline.complaints
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.complaints_changed();
-- A complaint's weight is its category's.
CREATE TRIGGER heat_urgent AFTER UPDATE OF urgent ON hotline.categories
    FOR EACH ROW WHEN (OLD.urgent IS DISTINCT FROM NEW.urgent)
    EXECUTE FUNCTION hotline.complaints_changed();

-- Throws away what is older than `keep`; one caller at a time, others do nothing.
CREATE FUNCTION hotline.complaint_changes_prune(keep interval) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest xid8;
    n bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(1022, 15) THEN
        RETURN 0;
    END IF;
    WITH gone AS (
        DELETE FROM hotline.complaint_changes
        WHERE at < now() - keep AND xid < pg_snapshot_xmin(pg_current_snapshot())
        RETURNING xid
    ) SELECT max(xid), count(*) INTO newest, n FROM gone;
    UPDATE hotline.complaint_changes_pruned SET xid = newest WHERE newest > xid;
    RETURN n;
END $$;

REVOKE ALL ON FUNCTION hotline.complaints_changed() FROM PUBLIC;
REVOKE ALL ON FUNCTION hotline.complaint_changes_prune(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.complaint_changes_prune(interval) TO hotline_service;
GRANT SELECT ON hotline.complaint_changes, hotline.complaint_changes_pruned
    TO hotline_service, hotline_readonly;

RESET ROLE;
