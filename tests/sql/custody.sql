-- The custody of one complaint (custody_json, by weeks and days that differ) is what custody_of says of
-- many at once (by each day's hours): over weeks, holidays, worked Saturdays, nights, pauses and moves.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
INSERT INTO hotline.settings (key, value) VALUES ('timezone', '"Asia/Ho_Chi_Minh"')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
-- A calendar that follows the city, with nights over midnight's border and a Sunday; one that does not.
INSERT INTO hotline.calendars (code, name_vi, name_en, follows_city)
VALUES ('shift', 'S', 'S', true), ('own', 'O', 'O', false);
INSERT INTO hotline.calendar_hours (calendar, weekday, hours)
SELECT 'shift', d, '{[0,360),[1080,1440)}' FROM generate_series(2, 7) d;
INSERT INTO hotline.calendar_hours (calendar, weekday, hours)
SELECT 'own', d, '{[480,700)}' FROM generate_series(1, 3) d;
INSERT INTO hotline.agencies (code, name, calendar)
VALUES ('shift', 'Shift', 'shift'), ('own', 'Own', 'own'), ('all', 'All', '24-7');
INSERT INTO hotline.calendar_days (calendar, day, kind, hours) VALUES
    ('city', '2026-04-30', 'holiday', NULL), ('city', '2026-05-01', 'holiday', NULL),
    ('city', '2026-05-09', 'working', NULL), ('city', '2026-05-16', 'working', '{[480,600)}'),
    ('own', '2026-05-04', 'holiday', NULL), ('shift', '2026-05-01', 'working', '{[0,1440)}')
    ON CONFLICT (calendar, day) DO UPDATE SET kind = excluded.kind, hours = excluded.hours;
SELECT setseed(0.5);

SELECT pg_temp.must_equal('complaints', (SELECT string_agg(pg_temp.create_batch(
    pg_temp.complaint(0, n)), ',') FROM generate_series(1, 40) n), trim(repeat('created,', 40), ','));
-- Received on some day of spring, held by several, paused, some ended.
UPDATE hotline.complaints SET received_at = '2026-04-20 00:00+07'::timestamptz + random() * interval '30 days';
ALTER TABLE hotline.complaint_history DISABLE TRIGGER ALL;
UPDATE hotline.complaint_history h SET at = c.received_at, detail = jsonb_build_object('agency', 'center')
FROM hotline.complaints c WHERE c.id = h.complaint_id;
ALTER TABLE hotline.complaint_history ENABLE TRIGGER ALL;
INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
SELECT c.id, c.received_at + m.n * random() * interval '12 days', 'rerouted', 'service',
    jsonb_build_object('to', m.agency)
FROM hotline.complaints c, (VALUES (1, 'shift'), (2, 'own'), (3, 'all'), (4, 'shift')) m (n, agency)
WHERE c.id % 5 >= m.n ORDER BY c.id, m.n;
INSERT INTO hotline.complaint_history (complaint_id, at, event, actor)
SELECT c.id, c.received_at + interval '50 days', 'resolved', 'service' FROM hotline.complaints c WHERE c.id % 4 > 0;
INSERT INTO hotline.complaint_pauses (complaint_id, from_at, to_at, from_status, from_by, reason)
SELECT c.id, p.at, p.at + random() * interval '9 days', 'accepted', 'service', (SELECT code FROM hotline.pause_reasons LIMIT 1)
FROM hotline.complaints c, LATERAL (SELECT c.received_at + n * interval '10 days' + random() * interval '1 day' AS at
    FROM generate_series(0, 2) n) p WHERE c.id % 2 = 0;

CREATE TEMP TABLE both_ways AS
WITH many AS MATERIALIZED (
    SELECT s.complaint_id, jsonb_agg(jsonb_build_object('agency',
        jsonb_build_object('code', s.agency_code, 'name', s.agency_name), 'from', s.from_at, 'to', s.to_at,
        'wall_s', s.wall_s, 'paused_s', s.paused_s, 'working_s', s.working_s) ORDER BY s.n) AS spans
    FROM hotline.custody_of(ARRAY (SELECT id FROM hotline.complaints), now()) s GROUP BY s.complaint_id
)
SELECT c.id, hotline.custody_json(c.id) AS one, m.spans AS many
FROM hotline.complaints c LEFT JOIN many m ON m.complaint_id = c.id;
SELECT pg_temp.must_equal('spans', (SELECT count(*) > 60 FROM both_ways, jsonb_array_elements(one)), true);
SELECT pg_temp.must_equal('paused', (SELECT count(*) > 10 FROM both_ways, jsonb_array_elements(one) s
    WHERE (s ->> 'paused_s')::bigint > 0), true);
SELECT pg_temp.must_equal('working', (SELECT count(*) > 40 FROM both_ways, jsonb_array_elements(one) s
    WHERE (s ->> 'working_s')::bigint BETWEEN 1 AND (s ->> 'wall_s')::bigint - 1), true);
-- To the second: the sums are rounded once, at other places.
SELECT pg_temp.must_equal('differ', (SELECT string_agg(b.id || ': ' || o::text || ' / ' || m::text, E'\n')
    FROM both_ways b, jsonb_array_elements(b.one) WITH ORDINALITY o (o, n)
    FULL JOIN LATERAL (SELECT * FROM jsonb_array_elements(b.many) WITH ORDINALITY) m (m, k) ON o.n = m.k
    WHERE o.o - 'working_s' IS DISTINCT FROM m.m - 'working_s'
       OR abs((o.o ->> 'working_s')::bigint - (m.m ->> 'working_s')::bigint) > 1), NULL);
ROLLBACK;
