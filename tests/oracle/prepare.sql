-- What the oracle's rules name, in a city that has the shipped agencies: agencies that end, a desk, a
-- set of districts, and two layers with owners good, missing, unknown and expired.
--   psql -v seed=0.1022 -f prepare.sql
\set ON_ERROR_STOP 1
SELECT setseed(:seed) \g /dev/null
INSERT INTO hotline.agencies (code, name, name_en, kind, valid)
VALUES ('thu-don-vi-cu', 'Đơn vị cũ', 'Old body', 'department', '(,2025-07-01)')
ON CONFLICT DO NOTHING;
INSERT INTO hotline.desks (agency_id, code, name, valid)
SELECT id, 'quay-1', 'Quầy 1', '[2024-03-01,2025-02-01)' FROM hotline.agencies
WHERE code = 'thu-don-vi-cu' ON CONFLICT DO NOTHING;
UPDATE hotline.jurisdictions SET set_code = 'quan' WHERE reach = 'district';

INSERT INTO hotline.layers (code, name_vi, name_en, kind, public, source)
VALUES ('oracle-poles', 'Trụ', 'Poles', 'point', false, 'oracle'),
       ('oracle-patches', 'Vùng', 'Patches', 'polygon', false, 'oracle');
WITH box AS (
    SELECT ST_XMin(e) w, ST_YMin(e) s, ST_XMax(e) e, ST_YMax(e) n
    FROM (SELECT ST_Extent(geom) e FROM hotline.layer_features f JOIN hotline.layers l
          ON l.id = f.layer_id WHERE l.code = 'roads') x
), at AS (
    SELECT i, ST_SetSRID(ST_MakePoint(w + random() * (e - w), s + random() * (n - s)), 4326) AS geom
    FROM box, generate_series(1, 9000) i
)
INSERT INTO hotline.layer_features (layer_id, source_id, name, attributes, valid, geom)
SELECT l.id, i::text, '', jsonb_strip_nulls(jsonb_build_object(
        'material', (ARRAY['steel', 'concrete', 'wood'])[1 + i % 3],
        'owner', (ARRAY['evnhcmc', 'sawaco', 'thu-don-vi-cu', 'khong-co', '', NULL])[1 + (i / 3) % 6])),
    CASE i % 5 WHEN 0 THEN tstzrange(timestamptz '2025-01-01 00:00+07', NULL)
               WHEN 1 THEN tstzrange(NULL, timestamptz '2025-07-01 12:00+07')
               ELSE tstzrange(NULL, NULL) END, geom
FROM at JOIN hotline.layers l ON l.code = 'oracle-poles' WHERE i <= 6000
UNION ALL
SELECT l.id, i::text, '', jsonb_strip_nulls(jsonb_build_object(
        'kind', (ARRAY['park', 'void', 'square', NULL])[1 + i % 4],
        'keeper', (ARRAY['so-y-te', 'so-noi-vu', 'thu-don-vi-cu', NULL])[1 + (i / 4) % 4])),
    tstzrange(NULL, NULL),
    ST_Buffer(geom, 0.0005 + 0.003 * random(), 1 + i % 4)
FROM at JOIN hotline.layers l ON l.code = 'oracle-patches' WHERE i > 7500;
