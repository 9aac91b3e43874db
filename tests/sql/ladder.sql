-- The ladder counts working time: shares of a complaint's time in its agency's calendar, by the clock where
-- it is urgent or its agency works round the clock; written down, and anew when something changes.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
SET ROLE hotline_owner;
SELECT hotline.calendar_worked_fill();

-- The city works Monday to Friday, 7:30 to 11:30 and 13:00 to 17:00: the Monday after next is free of the past.
CREATE TEMP TABLE monday AS SELECT d AS day FROM (
    SELECT date_trunc('week', now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date + 7 * w AS d
    FROM generate_series(1, 60) w) x
WHERE NOT EXISTS (SELECT FROM hotline.calendar_days k WHERE k.calendar = 'city'
                  AND k.day BETWEEN d - 3 AND d + 14) ORDER BY d LIMIT 1;
CREATE FUNCTION pg_temp.at(offset_days integer, clock time) RETURNS timestamptz LANGUAGE sql AS
    $$ SELECT (day + offset_days + clock) AT TIME ZONE hotline.city_zone() FROM monday $$;
UPDATE hotline.calendar_hours SET hours = '{[450,690),[780,1020)}' WHERE calendar = 'city';
SELECT hotline.calendar_worked_fill();
SELECT pg_temp.must_equal('five days', (SELECT count(*) FROM hotline.calendar_hours WHERE calendar = 'city'), 5::bigint);
SELECT pg_temp.must_equal('a change of the calendar emptied it, and it was filled', (SELECT count(*) > 1000
    FROM hotline.calendar_worked WHERE calendar = 'city'), true);

CREATE FUNCTION pg_temp.step(calendar text, from_day integer, from_clock time, due_day integer,
    due_clock time, share double precision) RETURNS text LANGUAGE sql AS $$
    SELECT (local::date - m.day) || to_char(local, ' HH24:MI') FROM monday m,
        LATERAL (SELECT hotline.step_instant(calendar, pg_temp.at(from_day, from_clock),
            pg_temp.at(due_day, due_clock), share) AT TIME ZONE hotline.city_zone() AS local) s
$$;
-- 16 hours from Monday 7:30 to Tuesday 17:00: half is Monday's close, three quarters Tuesday's noon.
SELECT pg_temp.must_equal('half', pg_temp.step('city', 0, '07:30', 1, '17:00', 0.5), '0 17:00');
SELECT pg_temp.must_equal('three quarters', pg_temp.step('city', 0, '07:30', 1, '17:00', 0.75), '1 11:30');
SELECT pg_temp.must_equal('a little more is after noon', pg_temp.step('city', 0, '07:30', 1, '17:00', 0.7625), '1 13:12');
-- A weekend between: Friday 16:00 to Monday 9:30 are three hours of work; by the clock it would be Sunday.
SELECT pg_temp.must_equal('not on a Sunday', pg_temp.step('city', 4, '16:00', 7, '09:30', 0.8), '7 08:54');
SELECT pg_temp.must_equal('by the clock', pg_temp.step(NULL, 4, '16:00', 7, '09:30', 0.8), '6 20:24');
SELECT pg_temp.must_equal('round the clock', pg_temp.step('24-7', 4, '16:00', 7, '09:30', 0.8), '6 20:24');
-- After the due time, too: half as long again of 8 hours, due Friday at 17:00, is Monday's noon.
SELECT pg_temp.must_equal('past due', pg_temp.step('city', 4, '07:30', 4, '17:00', 1.5), '7 11:30');
SELECT pg_temp.must_equal('due is due', pg_temp.step('city', 4, '07:30', 5, '03:00', 1), '5 03:00');
-- Without any working time between it is by the clock; so is what lies beyond the days that are kept.
SELECT pg_temp.must_equal('a night', pg_temp.step('city', 0, '20:00', 1, '04:00', 0.5), '1 00:00');
SELECT pg_temp.must_equal('far away', pg_temp.step('city', 3000, '00:00', 3002, '00:00', 0.5), '3001 00:00');

-- Written down for open complaints, by their urgency.
SELECT pg_temp.must_equal('a complaint', pg_temp.create_batch(pg_temp.complaint(0, 1)), 'created');
UPDATE hotline.complaints SET received_at = pg_temp.at(4, '16:00'), due_at = pg_temp.at(7, '09:30'), accept_due_at = NULL,
    deadline_terms = NULL;
UPDATE hotline.categories SET urgent = false;
CREATE FUNCTION pg_temp.risk() RETURNS text LANGUAGE sql AS $$
    SELECT (l.at AT TIME ZONE hotline.city_zone())::date - m.day || to_char(l.at AT TIME ZONE hotline.city_zone(), ' HH24:MI')
    FROM monday m, hotline.ladder l WHERE l.step = 10 $$;
SELECT pg_temp.must_equal('resolve steps', hotline.ladder_fill(10), 4);
SELECT pg_temp.must_equal('nothing twice', hotline.ladder_fill(10), 0);
SELECT pg_temp.must_equal('by the calendar', pg_temp.risk(), '7 08:54');
SELECT pg_temp.must_equal('not yet', (SELECT hotline.at_risk(c, pg_temp.at(7, '08:53')) FROM hotline.complaints c), false);
SELECT pg_temp.must_equal('at risk', (SELECT hotline.at_risk(c, pg_temp.at(7, '08:54')) FROM hotline.complaints c), true);
SELECT pg_temp.must_equal('late is not at risk', (SELECT hotline.at_risk(c, pg_temp.at(7, '09:30')) FROM hotline.complaints c), false);
UPDATE hotline.complaints SET deadline_terms = '{"urgent": true}';
SELECT pg_temp.must_equal('forgotten when its terms change', (SELECT count(*) FROM hotline.ladder), 0::bigint);
SELECT hotline.ladder_fill(10) \g /dev/null
SELECT pg_temp.must_equal('urgent: by the clock', pg_temp.risk(), '6 20:24');
UPDATE hotline.complaints SET deadline_terms = NULL;
UPDATE hotline.agencies SET calendar = '24-7';
SELECT hotline.ladder_fill(10) \g /dev/null
SELECT pg_temp.must_equal('round the clock', pg_temp.risk(), '6 20:24');
UPDATE hotline.agencies SET calendar = NULL;
SELECT hotline.ladder_fill(10) \g /dev/null
SELECT pg_temp.must_equal('an agency''s calendar changed', pg_temp.risk(), '7 08:54');
-- A Monday off moves it to Tuesday.
INSERT INTO hotline.calendar_days (day, kind, name_vi, name_en, calendar)
    SELECT day + 7, 'holiday', 'Nghỉ', 'Off', 'city' FROM monday;
UPDATE hotline.complaints SET due_at = pg_temp.at(8, '09:30');
SELECT hotline.ladder_fill(10) \g /dev/null
SELECT pg_temp.must_equal('a day off', pg_temp.risk(), '8 08:54');
UPDATE hotline.escalations SET share = 0.5 WHERE step = 10;
SELECT hotline.ladder_fill(10) \g /dev/null
SELECT pg_temp.must_equal('another share', pg_temp.risk(), '8 08:00');
UPDATE hotline.complaints SET status = 'resolved', closed_at = received_at;
SELECT pg_temp.must_equal('ended', hotline.ladder_fill(10) + (SELECT count(*) FROM hotline.ladder)::integer, 0);

-- ---- what was sent long ago goes; dead letters and what is young stay ----
UPDATE hotline.outbox SET planned_at = now() - interval '181 days';
INSERT INTO hotline.notices (outbox_id, complaint_id, event, audience, recipient, medium, lang, facts, state, ended_at)
    SELECT o.id, o.complaint_id, 'received', 'reporter', r, 'email', 'vi', '{}', s, now() - age
    FROM (SELECT min(id) AS id, min(complaint_id) AS complaint_id FROM hotline.outbox) o,
        (VALUES ('reporter', 'sent', interval '181 days'), ('co_reporter:1', 'dead', interval '300 days'),
                ('co_reporter:2', 'sent', interval '2 days')) v (r, s, age);
INSERT INTO hotline.notice_attempts (notice_id, attempt, outcome, answer)
    SELECT id, 1, 'failed', '550 no <an.nguyen@example.vn> here' FROM hotline.notices;
SELECT pg_temp.must_equal('addresses are masked', (SELECT max(answer) FROM hotline.notice_attempts), '550 no <a•••@…> here');
UPDATE hotline.settings SET value = value || '{"keep_days": 0}' WHERE key = 'notify';
SELECT pg_temp.must_equal('0: for good', hotline.notices_prune(100), 0::bigint);
UPDATE hotline.settings SET value = value || '{"keep_days": 180}' WHERE key = 'notify';
SELECT pg_temp.must_equal('one went', hotline.notices_prune(100) > 0, true);
SELECT pg_temp.must_equal('left', (SELECT string_agg(recipient, ' ' ORDER BY recipient) FROM hotline.notices), 'co_reporter:1 co_reporter:2');
SELECT pg_temp.must_equal('their event stays with them', (SELECT count(*) FROM hotline.outbox o
    WHERE EXISTS (SELECT FROM hotline.notices n WHERE n.outbox_id = o.id)), 1::bigint);
UPDATE hotline.notices SET state = 'sent', ended_at = now() - interval '200 days';
SELECT pg_temp.must_equal('then all', hotline.notices_prune(100) > 0 AND hotline.notices_prune(100) = 0, true);
SELECT pg_temp.must_equal('nothing is left', (SELECT count(*) FROM hotline.notices) + (SELECT count(*) FROM hotline.outbox
    WHERE planned_at IS NOT NULL), 0::bigint);
ROLLBACK;
