-- Agencies, desks, jurisdictions and categories: what can never be stored.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();

-- Never two fallback agencies on one day, never one code twice.
SELECT pg_temp.must_fail($$INSERT INTO hotline.agencies (code, name, fallback)
                           VALUES ('other', 'O', true)$$, '23P01');
UPDATE hotline.agencies SET valid = '(,2025-07-01)' WHERE code = 'center';
INSERT INTO hotline.agencies (code, name, fallback, valid)
    VALUES ('center', 'New centre', true, '[2025-07-01,)');
SELECT pg_temp.must_fail($$INSERT INTO hotline.agencies (code, name, valid)
                           VALUES ('center', 'C', '[2025-06-30,2025-07-01)')$$, '23P01');
SELECT pg_temp.must_fail($$INSERT INTO hotline.agencies (code, name)
                           VALUES ('Not A Code', 'C')$$, '23514');

-- A desk belongs to the agency that the jurisdiction names.
INSERT INTO hotline.agencies (code, name) VALUES ('a', 'A'), ('b', 'B');
INSERT INTO hotline.desks (agency_id, code, name)
    SELECT id, 'front', 'Front desk' FROM hotline.agencies WHERE code = 'a';
SELECT pg_temp.must_fail($$INSERT INTO hotline.jurisdictions (code, name, agency_id, desk_id, reach,
        valid) SELECT 'j', 'J', b.id, d.id, 'city', '(,)'
        FROM hotline.agencies b, hotline.desks d WHERE b.code = 'b'$$, '23503');
INSERT INTO hotline.jurisdictions (code, name, agency_id, desk_id, reach, valid)
    SELECT 'j', 'J', a.id, d.id, 'city', '(,)' FROM hotline.agencies a, hotline.desks d
    WHERE a.code = 'a';

-- The reach says what the row must have.
SELECT pg_temp.must_fail($$INSERT INTO hotline.jurisdictions (code, name, agency_id, reach, valid)
    SELECT 'k', 'K', id, 'ward', '(,)' FROM hotline.agencies WHERE code = 'a'$$, '23514');
SELECT pg_temp.must_fail($$INSERT INTO hotline.jurisdictions (code, name, agency_id, reach, valid)
    SELECT 'k', 'K', id, 'area', '(,)' FROM hotline.agencies WHERE code = 'a'$$, '23514');
SELECT pg_temp.must_fail($$INSERT INTO hotline.jurisdictions (code, name, agency_id, reach, valid,
    geom) SELECT 'k', 'K', id, 'city', '(,)',
    public.ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))', 4326)
    FROM hotline.agencies WHERE code = 'a'$$, '23514');

-- The tree has no circle, and one deadline a category at most.
INSERT INTO hotline.categories (code, parent_id, name_vi, name_en, deadline_hours)
    SELECT 'karaoke', id, 'K', 'K', 2 FROM hotline.categories WHERE code = 'tieng-on';
INSERT INTO hotline.categories (code, parent_id, name_vi, name_en, deadline_hours)
    SELECT 'loa-keo', id, 'L', 'L', 2 FROM hotline.categories WHERE code = 'karaoke';
SELECT pg_temp.must_fail($$UPDATE hotline.categories SET parent_id =
    (SELECT id FROM hotline.categories WHERE code = 'loa-keo') WHERE code = 'tieng-on'$$, '23514');
SELECT pg_temp.must_fail($$UPDATE hotline.categories SET parent_id = id
                           WHERE code = 'karaoke'$$, '23514');
SELECT pg_temp.must_fail($$UPDATE hotline.categories SET deadline_working_days = 5
                           WHERE code = 'karaoke'$$, '23514');
UPDATE hotline.categories SET deadline_hours = NULL WHERE code = 'karaoke'; -- its parent's
SELECT pg_temp.must_fail($$INSERT INTO hotline.categories (code, name_vi, name_en, deadline_hours)
                           VALUES ('tieng-on', 'T', 'T', 1)$$, '23505');
SELECT pg_temp.must_fail($$INSERT INTO hotline.categories (code, name_vi, name_en, deadline_hours)
                           VALUES ('tiếng ồn', 'T', 'T', 1)$$, '23514');
ROLLBACK;
