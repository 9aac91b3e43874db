-- Where each feature came from, so that one file of a layer can be loaded anew without its
-- neighbours; and the groups that the leaders' list of layers is ordered by.
SET ROLE hotline_owner;

ALTER TABLE hotline.layer_features ADD COLUMN source text NOT NULL DEFAULT '';

CREATE TABLE hotline.layer_groups (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    position integer NOT NULL DEFAULT 100
);
INSERT INTO hotline.layer_groups (code, name_vi, name_en, position) VALUES
    ('base', 'Nền bản đồ', 'Base map', 90),
    ('incidents', 'Sự cố và kế hoạch', 'Incidents and plans', 10),
    ('works', 'Công trình', 'Works', 20),
    ('facilities', 'Cơ sở công cộng', 'Public facilities', 30),
    ('overlay', 'Lớp khác', 'Other layers', 50);
INSERT INTO hotline.layer_groups (code, name_vi, name_en)
    SELECT DISTINCT group_code, group_code, group_code FROM hotline.layers
    ON CONFLICT DO NOTHING;
ALTER TABLE hotline.layers ADD FOREIGN KEY (group_code) REFERENCES hotline.layer_groups (code);

GRANT SELECT ON hotline.layer_groups TO hotline_service, hotline_readonly;

CREATE TRIGGER snapshot_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotline.layer_groups
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed();

RESET ROLE;
