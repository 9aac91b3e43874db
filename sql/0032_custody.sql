-- The custody ledger: which agency held a complaint from when to when, by the clock and in working
-- time of its calendar, without pauses. Nothing is stored: it is read from the history, so it is as
-- sure as that is. docs/record.md tells it to people.
SET ROLE hotline_owner;

-- ---- working time ----

-- The office hours of a day in a calendar, as minutes: its own special day, else the city's where it
-- follows it, else the week's. A worked day without hours has its weekday's, or the first worked one's.
CREATE FUNCTION hotline.office_hours_on(of_calendar text, on_day date) RETURNS int4multirange
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT CASE
            WHEN d.day IS NULL THEN w.hours
            WHEN d.kind <> 'working' THEN '{}'
            ELSE coalesce(d.hours, w.hours, (SELECT f.hours FROM hotline.calendar_hours f
                                             WHERE f.calendar = k.code ORDER BY f.weekday LIMIT 1))
            END::int4multirange
        FROM hotline.calendars k
        LEFT JOIN LATERAL (SELECT * FROM hotline.calendar_days s
            WHERE s.day = on_day AND (s.calendar = k.code OR (k.follows_city AND s.calendar = 'city'))
            ORDER BY s.calendar = k.code DESC LIMIT 1) d ON true
        LEFT JOIN hotline.calendar_hours w
            ON w.calendar = k.code AND w.weekday = extract(isodow FROM on_day)
        WHERE k.code = of_calendar);
END $$;

-- Each day of each calendar with the working minutes before it since the first of them.
CREATE FUNCTION hotline.working_days(first_day date, last_day date)
    RETURNS TABLE (calendar text, day date, minutes_before bigint, hours int4multirange)
    LANGUAGE sql STABLE AS $$
    SELECT k.code, g.day::date, coalesce(sum(o.minutes) OVER (PARTITION BY k.code ORDER BY g.day
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint, o.hours
    FROM hotline.calendars k, generate_series(first_day::timestamp, last_day, '1 day') g(day),
        LATERAL (SELECT coalesce(hotline.office_hours_on(k.code, g.day::date), '{}') AS hours) h,
        LATERAL (SELECT h.hours, coalesce((SELECT sum(upper(r) - lower(r)) FROM unnest(h.hours) r), 0)
                 AS minutes) o
$$;

-- Working minutes from a day's midnight to `at` minutes after it.
CREATE FUNCTION hotline.working_part(hours int4multirange, at numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum(greatest(least(upper(r), at) - lower(r), 0)), 0) FROM unnest(hours) r
$$;

-- Working minutes in a calendar from one of the city's times to another: whole weeks by the week, days
-- that differ one by one. For one span; of many, hotline.working_days gives all days at once.
CREATE FUNCTION hotline.working_between(of_calendar text, b timestamp, e timestamp) RETURNS numeric
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    first date := b::date;
    days integer := e::date - b::date;
    minutes numeric := 0;
BEGIN
    IF days > 0 THEN
        minutes := (SELECT coalesce(sum(m.minutes * (days / 7 + CASE WHEN
                (h.weekday - extract(isodow FROM first)::integer + 7) % 7 < days % 7 THEN 1 ELSE 0 END)), 0)
            FROM hotline.calendar_hours h,
                LATERAL (SELECT hotline.working_part(h.hours, 1440) AS minutes) m
            WHERE h.calendar = of_calendar)
            + (SELECT coalesce(sum(hotline.working_part(hotline.office_hours_on(of_calendar, d.day), 1440)
                - coalesce(hotline.working_part(w.hours, 1440), 0)), 0)
            FROM (SELECT DISTINCT s.day FROM hotline.calendars k JOIN hotline.calendar_days s
                    ON s.calendar = k.code OR (k.follows_city AND s.calendar = 'city')
                  WHERE k.code = of_calendar AND s.day >= first AND s.day < first + days) d
            LEFT JOIN hotline.calendar_hours w ON w.calendar = of_calendar
                AND w.weekday = extract(isodow FROM d.day));
    END IF;
    RETURN minutes
        + coalesce(hotline.working_part(hotline.office_hours_on(of_calendar, e::date),
                                        extract(epoch FROM e - e::date) / 60), 0)
        - coalesce(hotline.working_part(hotline.office_hours_on(of_calendar, b::date),
                                        extract(epoch FROM b - b::date) / 60), 0);
END $$;

-- ---- who held what ----

-- One row a span. An agency holds a complaint while it is open; to_at NULL: it holds it still.
CREATE VIEW hotline.custody_spans AS
WITH marks AS (
    SELECT h.complaint_id, h.n, h.at,
        CASE WHEN h.event = 'received' THEN h.detail ->> 'agency'
             WHEN h.event IN ('rerouted', 'transferred', 'transferred_back') THEN h.detail ->> 'to'
        END AS agency,
        h.event NOT IN ('resolved', 'closed', 'rejected', 'referred') AS open
    FROM hotline.complaint_history h
    WHERE h.event IN ('received', 'rerouted', 'transferred', 'transferred_back', 'resolved', 'closed',
                      'rejected', 'referred', 'reopened')
), counted AS (
    SELECT m.*, count(m.agency) OVER (PARTITION BY m.complaint_id ORDER BY m.n) AS agency_n,
        lead(m.at) OVER (PARTITION BY m.complaint_id ORDER BY m.n) AS next_at
    FROM marks m
), held AS (
    SELECT k.complaint_id, k.n, k.open, k.at AS from_at, k.next_at,
        first_value(k.agency) OVER (PARTITION BY k.complaint_id, k.agency_n ORDER BY k.n) AS agency
    FROM counted k
)
SELECT h.complaint_id, h.n, coalesce(h.agency, a.code) AS agency_code, h.from_at,
    CASE WHEN coalesce(h.next_at, c.closed_at) < h.from_at THEN h.from_at
         ELSE coalesce(h.next_at, c.closed_at) END AS to_at
FROM held h JOIN hotline.complaints c ON c.id = h.complaint_id
JOIN hotline.agencies a ON a.id = c.agency_id
WHERE h.open;

-- The spans of some complaints with what they come to, in seconds. `until` stands for the end of
-- those that last. What everybody who opens a complaint asks for is plpgsql, not SQL: its plans are kept.
CREATE FUNCTION hotline.custody_of(ids bigint[], until timestamptz)
    RETURNS TABLE (complaint_id bigint, n integer, agency_code text, agency_name text,
                   from_at timestamptz, to_at timestamptz, wall_s bigint, paused_s bigint,
                   working_s bigint)
    LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY WITH zone AS (
            SELECT coalesce((SELECT s.value #>> '{}' FROM hotline.settings s WHERE s.key = 'timezone'),
                            'UTC') AS name
        ), names AS MATERIALIZED (
            SELECT DISTINCT ON (g.code) g.code, g.name, coalesce(g.calendar, 'city') AS calendar
            FROM hotline.agencies g ORDER BY g.code, upper(g.valid) DESC NULLS FIRST
        ), spans AS MATERIALIZED (
            SELECT s.*, coalesce(s.to_at, until) AS end_at, a.name AS agency_name,
                coalesce(a.calendar, 'city') AS calendar
            FROM hotline.custody_spans s LEFT JOIN names a ON a.code = s.agency_code
            WHERE s.complaint_id = ANY (ids)
        ), pieces AS ( -- the span itself, and what of it was paused
            SELECT s.complaint_id, s.n, s.calendar, false AS paused, s.from_at AS b, s.end_at AS e
            FROM spans s
            UNION ALL
            SELECT s.complaint_id, s.n, s.calendar, true, greatest(p.from_at, s.from_at),
                least(coalesce(p.to_at, until), s.end_at)
            FROM spans s JOIN hotline.complaint_pauses p ON p.complaint_id = s.complaint_id
                AND p.from_at < s.end_at AND coalesce(p.to_at, until) > s.from_at
        ), days AS MATERIALIZED ( -- a row a calendar: looked up by day, never joined by it
            SELECT w.calendar, min(w.day) - 1 AS zero, array_agg(w.minutes_before ORDER BY w.day) AS before,
                array_agg(w.hours ORDER BY w.day) AS hours
            FROM zone z, (SELECT min(b) AS b, max(e) AS e FROM pieces) r,
                hotline.working_days((r.b AT TIME ZONE z.name)::date, (r.e AT TIME ZONE z.name)::date) w
            GROUP BY w.calendar
        ), local AS (
            SELECT p.*, p.b AT TIME ZONE z.name AS lb, p.e AT TIME ZONE z.name AS le FROM pieces p, zone z
        ), sums AS (
            SELECT l.complaint_id, l.n,
                sum(extract(epoch FROM l.e - l.b)) FILTER (WHERE NOT l.paused) AS wall,
                coalesce(sum(extract(epoch FROM l.e - l.b)) FILTER (WHERE l.paused), 0) AS paused,
                sum((CASE WHEN l.paused THEN -60 ELSE 60 END) * (
                    d.before[l.le::date - d.zero] + hotline.working_part(d.hours[l.le::date - d.zero],
                        extract(epoch FROM l.le - l.le::date) / 60)
                    - d.before[l.lb::date - d.zero] - hotline.working_part(d.hours[l.lb::date - d.zero],
                        extract(epoch FROM l.lb - l.lb::date) / 60))) AS working
            FROM local l JOIN days d ON d.calendar = l.calendar
            GROUP BY l.complaint_id, l.n
        )
        SELECT s.complaint_id, s.n, s.agency_code, s.agency_name, s.from_at, s.to_at, u.wall::bigint,
            u.paused::bigint, u.working::bigint
        FROM spans s JOIN sums u ON u.complaint_id = s.complaint_id AND u.n = s.n
        ORDER BY s.complaint_id, s.n;
END $$;

-- The spans of one complaint: what hotline.custody_of says of it, without the days of every calendar.
CREATE FUNCTION hotline.custody_json(of_complaint bigint) RETURNS jsonb LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    zone text := coalesce((SELECT k.value #>> '{}' FROM hotline.settings k WHERE k.key = 'timezone'), 'UTC');
    s record;
    p record;
    paused interval;
    working numeric;
    told jsonb := '[]';
BEGIN
    FOR s IN SELECT x.agency_code, x.from_at, x.to_at, coalesce(x.to_at, now()) AS end_at,
            a.name, coalesce(a.calendar, 'city') AS calendar
        FROM hotline.custody_spans x LEFT JOIN LATERAL (SELECT g.name, g.calendar FROM hotline.agencies g
            WHERE g.code = x.agency_code ORDER BY upper(g.valid) DESC NULLS FIRST LIMIT 1) a ON true
        WHERE x.complaint_id = of_complaint ORDER BY x.n
    LOOP
        paused := '0';
        working := hotline.working_between(s.calendar, s.from_at AT TIME ZONE zone,
                                           s.end_at AT TIME ZONE zone);
        FOR p IN SELECT greatest(k.from_at, s.from_at) AS b, least(coalesce(k.to_at, now()), s.end_at) AS e
            FROM hotline.complaint_pauses k WHERE k.complaint_id = of_complaint
                AND k.from_at < s.end_at AND coalesce(k.to_at, now()) > s.from_at
        LOOP
            paused := paused + (p.e - p.b);
            working := working - hotline.working_between(s.calendar, p.b AT TIME ZONE zone,
                                                         p.e AT TIME ZONE zone);
        END LOOP;
        told := told || jsonb_build_object('agency', jsonb_build_object('code', s.agency_code,
                'name', s.name), 'from', s.from_at, 'to', s.to_at,
            'wall_s', extract(epoch FROM s.end_at - s.from_at)::bigint,
            'paused_s', extract(epoch FROM paused)::bigint, 'working_s', (working * 60)::bigint);
    END LOOP;
    RETURN told;
END $$;

-- Per agency, of complaints received in [from_at, to_at): how many it held, how long each time (mean,
-- median, longest). People of an agency see their own line. NULL: they may not see it.
CREATE FUNCTION hotline.custody_statistics(asked text, from_at timestamptz, to_at timestamptz)
    RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_custom_plan -- of many at once: not the plan for one
    AS $$
    WITH who AS (SELECT * FROM hotline.actor_of(asked)
    ), spans AS (
        SELECT s.* FROM hotline.custody_of(ARRAY (SELECT c.id FROM hotline.complaints c
            WHERE c.received_at >= from_at AND c.received_at < to_at), now()) s, who w
        WHERE w.role IN ('leader', 'supervisor', 'administrator', 'auditor')
           OR w.agency_code = s.agency_code
    )
    SELECT jsonb_build_object('from', from_at, 'to', to_at, 'agencies', (
        SELECT coalesce(jsonb_agg(row ORDER BY row ->> 'code'), '[]') FROM (
            SELECT jsonb_build_object('code', s.agency_code, 'name', max(s.agency_name),
                'complaints', count(DISTINCT s.complaint_id), 'spans', count(*),
                'held_now', count(*) FILTER (WHERE s.to_at IS NULL),
                'wall_mean_s', avg(s.wall_s)::bigint,
                'wall_median_s', percentile_disc(0.5) WITHIN GROUP (ORDER BY s.wall_s),
                'wall_max_s', max(s.wall_s), 'paused_mean_s', avg(s.paused_s)::bigint,
                'working_mean_s', avg(s.working_s)::bigint,
                'working_median_s', percentile_disc(0.5) WITHIN GROUP (ORDER BY s.working_s),
                'working_max_s', max(s.working_s)) AS row
            FROM spans s GROUP BY s.agency_code) a))
    FROM who w WHERE w.role IN ('leader', 'supervisor', 'administrator', 'auditor', 'agency_head',
                                'agency_staff')
$$;

-- ---- for one complaint, beside hotline.complaint_work ----

-- What those who work on it see besides: who reported (masked), who held it how long, directives. Of whom
-- that is, hotline.complaint_work has found out.
CREATE FUNCTION hotline.complaint_record(who hotline.actor, c hotline.complaints) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object('custody', hotline.custody_json(c.id), 'held', hotline.held(c.id),
                              'directives', hotline.directives_of(who.actor, c.id))
        || CASE WHEN hotline.role_sees_people(who.role)
           THEN jsonb_build_object('people', personal.people_masked(c.id)) ELSE '{}' END;
END $$;

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'hotline'::regnamespace
             AND (p.proname ~ '^(custody_|working_)' OR p.proname IN ('complaint_record',
                                                                     'office_hours_on')) LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION hotline.custody_statistics(text, timestamptz, timestamptz) TO hotline_service;
GRANT SELECT ON hotline.custody_spans TO hotline_readonly;

RESET ROLE;
