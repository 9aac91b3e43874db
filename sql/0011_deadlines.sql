-- Calendars, deadline steps, pauses: when something must have happened, as data.
-- What the numbers mean and what counts from when: docs/deadlines.md.
SET ROLE hotline_owner;

-- ---- calendars ----

-- Office hours and days off. `city` is everybody's who names no other. One that follows the city
-- takes its public holidays and substitute days too, its own days coming first.
CREATE TABLE hotline.calendars (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    follows_city boolean NOT NULL DEFAULT true,
    CHECK (code <> 'city' OR NOT follows_city)
);

-- Minutes of a local day, from the first (inclusive) to the last (exclusive).
CREATE DOMAIN hotline.office_hours AS int4multirange CHECK (VALUE IS NULL OR
    (NOT isempty(VALUE) AND NOT lower_inf(VALUE) AND NOT upper_inf(VALUE)
     AND lower(VALUE) >= 0 AND upper(VALUE) <= 1440));

-- The ordinary week, Monday is 1; a weekday without a row is not worked.
CREATE TABLE hotline.calendar_hours (
    calendar text NOT NULL REFERENCES hotline.calendars ON DELETE CASCADE,
    weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    hours hotline.office_hours NOT NULL,
    PRIMARY KEY (calendar, weekday)
);

INSERT INTO hotline.calendars (code, name_vi, name_en, follows_city)
VALUES ('city', 'Lịch làm việc của Thành phố', 'The city''s working calendar', false),
       ('24-7', 'Trực 24/7', 'Round the clock', false);
INSERT INTO hotline.calendar_hours (calendar, weekday, hours)
    SELECT '24-7', weekday, '{[0,1440)}' FROM generate_series(1, 7) AS weekday;
INSERT INTO hotline.calendar_hours (calendar, weekday, hours)
    SELECT 'city', weekday,
           int4multirange(int4range((value->>'open_minute')::int, (value->>'close_minute')::int))
           - int4multirange(int4range((value->>'break_start_minute')::int,
                                      (value->>'break_end_minute')::int))
    FROM hotline.settings, generate_series(1, 7) AS weekday
    WHERE key = 'calendar' AND (value->>'work_week')::int >> (weekday - 1) & 1 = 1;

-- Days that differ from the week. A worked one may have hours of its own; without them it has those
-- of its weekday, or of the first weekday that is worked.
ALTER TABLE hotline.calendar_days
    ADD COLUMN calendar text NOT NULL DEFAULT 'city' REFERENCES hotline.calendars ON DELETE CASCADE,
    ADD COLUMN hours hotline.office_hours,
    ADD CHECK (hours IS NULL OR kind = 'working'),
    DROP CONSTRAINT calendar_days_pkey,
    ADD PRIMARY KEY (calendar, day);

-- NULL: the city's.
ALTER TABLE hotline.agencies ADD COLUMN calendar text REFERENCES hotline.calendars;

-- ---- deadline steps ----

-- How long a step may take: of a category and all below it, or of every one (category_id NULL). The
-- nearest row up the tree holds; at one category a row for the complaint's own urgency comes before
-- one for any. A category's deadline_hours and deadline_working_days are its `resolve` step, at its
-- own urgency, after rows of this table; a category without any takes its parent's.
CREATE TABLE hotline.deadline_steps (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_id integer REFERENCES hotline.categories ON DELETE CASCADE,
    urgency text NOT NULL DEFAULT 'any' CHECK (urgency IN ('any', 'urgent', 'ordinary')),
    step text NOT NULL CHECK (step IN ('pass_on', 'accept', 'answer', 'resolve')),
    unit text NOT NULL CHECK (unit IN ('minutes', 'hours', 'working_hours', 'working_days')),
    amount integer NOT NULL CHECK (amount BETWEEN 1 AND 100000),
    CHECK (unit <> 'working_days' OR amount <= 10000),
    UNIQUE NULLS NOT DISTINCT (category_id, urgency, step)
);
INSERT INTO hotline.deadline_steps (urgency, step, unit, amount)
SELECT 'any', 'pass_on', 'minutes', (value->>'pass_on_minutes')::int
    FROM hotline.settings WHERE key = 'calendar'
UNION ALL
SELECT 'any', 'resolve', 'working_days', (value->>'default_working_days')::int
    FROM hotline.settings WHERE key = 'calendar'
UNION ALL VALUES
    ('any', 'accept', 'working_hours', 4),
    ('any', 'answer', 'working_days', 2),
    ('urgent', 'accept', 'minutes', 15),
    ('urgent', 'answer', 'hours', 1),
    ('urgent', 'resolve', 'hours', 2);
DELETE FROM hotline.settings WHERE key = 'calendar';

ALTER TABLE hotline.categories
    DROP CONSTRAINT categories_check1,
    ADD CONSTRAINT categories_one_deadline
        CHECK (num_nonnulls(deadline_hours, deadline_working_days) <= 1);

-- ---- pauses ----

-- Why a clock may stop, and for how long in all within one complaint: working days of the agency's
-- calendar, measured in working minutes, so that many short pauses are no way round the cap.
CREATE TABLE hotline.pause_reasons (
    code text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name_vi text NOT NULL CHECK (name_vi <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    cap_working_days integer NOT NULL CHECK (cap_working_days BETWEEN 0 AND 1000),
    active boolean NOT NULL DEFAULT true
);
INSERT INTO hotline.pause_reasons (code, name_vi, name_en, cap_working_days) VALUES
    ('cho-nguoi-phan-anh', 'Chờ người phản ánh bổ sung thông tin',
     'Waiting for the reporter', 5),
    ('bat-kha-khang', 'Bất khả kháng (bão, lũ, dịch bệnh)',
     'Force majeure (storm, flood, epidemic)', 10);

CREATE TABLE hotline.complaint_pauses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    reason text NOT NULL REFERENCES hotline.pause_reasons,
    from_at timestamptz NOT NULL,
    to_at timestamptz CHECK (to_at >= from_at), -- NULL: still paused
    from_status text NOT NULL,                  -- what it goes back to
    from_by text NOT NULL,
    to_by text,
    EXCLUDE USING gist (complaint_id WITH =, tstzrange(from_at, to_at) WITH &&)
);

-- ---- complaints ----

-- due_at is when it must be resolved. NULL: that step is not counted (records from before).
ALTER TABLE hotline.complaints
    ADD COLUMN pass_on_due_at timestamptz,
    ADD COLUMN accept_due_at timestamptz,
    ADD COLUMN answer_due_at timestamptz,
    -- From when its agency's steps count, if not from receipt: it was re-routed then.
    ADD COLUMN clock_from timestamptz,
    -- What is out of the ordinary, NULL as a rule: urgent, calendar, a step's {unit, amount}.
    ADD COLUMN deadline_terms jsonb CHECK (jsonb_typeof(deadline_terms) = 'object'),
    -- When its clock was stopped; NULL: it runs.
    ADD COLUMN paused_at timestamptz;

-- ---- changing one complaint's clock ----

-- Due times are computed by the service (routing/route_deadlines.h) from the complaint's row at the
-- version that it names, and handed in as microseconds since 1970.
CREATE FUNCTION hotline.instant(us bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '1970-01-01 00:00:00Z' + us * interval '1 microsecond'
$$;
CREATE FUNCTION hotline.instant(args jsonb, key text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '1970-01-01 00:00:00Z' + (args ->> key)::bigint * interval '1 microsecond'
$$;

-- Ends the pause that runs, if one does; answers the status from before it.
CREATE FUNCTION hotline.pause_end(of_complaint bigint, on_instant timestamptz, by_actor text)
    RETURNS text LANGUAGE sql AS $$
    UPDATE hotline.complaint_pauses SET to_at = greatest(on_instant, from_at), to_by = by_actor
    WHERE complaint_id = of_complaint AND to_at IS NULL RETURNING from_status
$$;

-- After a change of calendars or steps. The caller has filled pg_temp.due_incoming (complaint_id,
-- version, pass_on_us, accept_us, answer_us, resolve_us) with what is due now, for open complaints.
-- Changes those that differ and are still at that version, each with a history row; answers how many.
CREATE FUNCTION hotline.deadlines_recomputed(why text, on_instant timestamptz, by_actor text)
    RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    n integer;
BEGIN
    WITH incoming AS MATERIALIZED (
        SELECT complaint_id, version, hotline.instant(pass_on_us) AS pass_on,
            hotline.instant(accept_us) AS accept, hotline.instant(answer_us) AS answer,
            hotline.instant(resolve_us) AS resolve
        FROM pg_temp.due_incoming
    ), changed AS (
        UPDATE hotline.complaints c
        SET pass_on_due_at = i.pass_on, accept_due_at = i.accept, answer_due_at = i.answer,
            due_at = i.resolve, updated_at = on_instant, version = c.version + 1
        FROM incoming i
        JOIN hotline.complaints old ON old.id = i.complaint_id AND old.version = i.version
        WHERE c.id = i.complaint_id AND c.version = i.version AND c.closed_at IS NULL
          AND (c.pass_on_due_at, c.accept_due_at, c.answer_due_at, c.due_at)
              IS DISTINCT FROM (i.pass_on, i.accept, i.answer, i.resolve)
        RETURNING c.id, old.pass_on_due_at AS pass_on, old.accept_due_at AS accept,
            old.answer_due_at AS answer, old.due_at AS resolve, i.pass_on AS new_pass_on,
            i.accept AS new_accept, i.answer AS new_answer, i.resolve AS new_resolve
    ), told AS (
        INSERT INTO hotline.outbox (created_at, topic, complaint_id)
        SELECT on_instant, 'complaint.deadline', id FROM changed
    )
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT id, on_instant, 'deadline_changed', by_actor, jsonb_build_object('reason', why)
        || CASE WHEN pass_on IS DISTINCT FROM new_pass_on
           THEN jsonb_build_object('pass_on_due_at', jsonb_build_array(pass_on, new_pass_on))
           ELSE '{}' END
        || CASE WHEN accept IS DISTINCT FROM new_accept
           THEN jsonb_build_object('accept_due_at', jsonb_build_array(accept, new_accept))
           ELSE '{}' END
        || CASE WHEN answer IS DISTINCT FROM new_answer
           THEN jsonb_build_object('answer_due_at', jsonb_build_array(answer, new_answer))
           ELSE '{}' END
        || CASE WHEN resolve IS DISTINCT FROM new_resolve
           THEN jsonb_build_object('due_at', jsonb_build_array(resolve, new_resolve))
           ELSE '{}' END
    FROM changed;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 0 THEN
        PERFORM pg_notify('hotline_complaints', 'many');
    END IF;
    RETURN n;
END $$;

REVOKE ALL ON FUNCTION hotline.pause_end(bigint, timestamptz, text),
    hotline.deadlines_recomputed(text, timestamptz, text) FROM PUBLIC;
GRANT SELECT ON hotline.calendars, hotline.calendar_hours, hotline.deadline_steps,
    hotline.pause_reasons, hotline.complaint_pauses TO hotline_service, hotline_readonly;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['calendars', 'calendar_hours', 'deadline_steps',
                                      'pause_reasons'] LOOP
        EXECUTE format('CREATE TRIGGER snapshot_changed
            AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hotline.%I
            FOR EACH STATEMENT EXECUTE FUNCTION hotline.snapshot_changed()', table_name);
    END LOOP;
END $$;

RESET ROLE;
