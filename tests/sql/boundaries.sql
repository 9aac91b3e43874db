-- A unit never has two shapes, names or periods on one day; geometry is valid; a reform on a day
-- leaves no day twice and none out.
\ir common.psql
BEGIN;
CREATE FUNCTION pg_temp.add_ward(code text, valid daterange, wkt text DEFAULT
    'MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)))') RETURNS void LANGUAGE sql AS $$
    INSERT INTO hotline.boundaries (level, code, name, source, valid, geom)
    VALUES ('ward', code, 'W', 'test', valid, public.ST_GeomFromText(wkt, 4326));
$$;
SELECT pg_temp.add_ward('1', '[2018-01-01,2025-07-01)');
SELECT pg_temp.add_ward('1', '[2025-07-01,)'); -- the day of reform belongs to the new one alone
SELECT pg_temp.must_equal('units on the last old day',
    (SELECT count(*) FROM hotline.boundaries WHERE valid @> date '2025-06-30'), 1::bigint);
SELECT pg_temp.must_equal('units on the first new day',
    (SELECT count(*) FROM hotline.boundaries WHERE valid @> date '2025-07-01'), 1::bigint);
SELECT pg_temp.must_fail($$SELECT pg_temp.add_ward('1', '[2025-06-30,2025-07-02)')$$, '23P01');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_ward('1', '(,)')$$, '23P01');
SELECT pg_temp.must_fail($$UPDATE hotline.boundaries SET valid = '[2018-01-01,)'
                           WHERE upper(valid) = '2025-07-01'$$, '23P01');
-- Another code, or another level, may hold at the same time.
SELECT pg_temp.add_ward('2', '[2018-01-01,)');
INSERT INTO hotline.boundaries (level, code, name, source, valid, geom)
    SELECT 'district', code, name, source, valid, geom FROM hotline.boundaries WHERE code = '2';
-- What a boundary cannot be.
SELECT pg_temp.must_fail($$SELECT pg_temp.add_ward('3', 'empty')$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_ward('', '(,)')$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_ward('3', '(,)', 'MULTIPOLYGON EMPTY')$$, '23514');
SELECT pg_temp.must_fail(
    $$SELECT pg_temp.add_ward('3', '(,)', 'MULTIPOLYGON(((0 0,1 1,1 0,0 1,0 0)))')$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.add_ward('3', '(,)', 'POINT(0 0)')$$, '22023');
ROLLBACK;
