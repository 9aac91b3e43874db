-- Which ward an old one went into is part of what the service keeps in memory.
SET ROLE hotline_owner;

CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON hotline.boundary_lineage
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();

RESET ROLE;
