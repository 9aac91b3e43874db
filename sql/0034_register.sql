-- What administrators keep up to date through the service: agencies and their areas, desks, categories,
-- calendars, how long steps may take, what a complaint may wait for, form letters. docs/admin.md
--
-- Every handler holds what it is given against what the service needs to load the city (routing/), so
-- that no edit can leave it without one; what it changes is told to running services by the tables'
-- triggers. Each row has a version: an edit names the one it was made on.
SET ROLE hotline_owner;
SET check_function_bodies = off;

-- ---- versions, and what is kept of a change ----

CREATE FUNCTION hotline.version_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;

-- For what has no row of its own to hold a version.
CREATE TABLE hotline.register_versions (
    subject text PRIMARY KEY,
    version integer NOT NULL DEFAULT 1
);
INSERT INTO hotline.register_versions (subject) VALUES ('deadline_steps');

-- What a person changed, with the values before and after. Imports are told by their own report.
CREATE FUNCTION hotline.register_audited() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped text[] := '{geom,words,version,position}';
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}'::jsonb ELSE to_jsonb(OLD) - dropped END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) - dropped END;
    changed jsonb;
BEGIN
    IF coalesce(current_setting('hotline.acting', true), '') = '' THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_object_agg(k, jsonb_build_array(before -> k, after -> k)) INTO changed
    FROM jsonb_object_keys(before || after) AS k WHERE before -> k IS DISTINCT FROM after -> k;
    IF changed IS NOT NULL THEN
        PERFORM hotline.audit(TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.added'
                WHEN 'UPDATE' THEN '.changed' ELSE '.removed' END, hotline.audit_actor(),
            coalesce((before || after) ->> 'code', (before || after) ->> 'calendar',
                (SELECT k.code FROM hotline.categories k
                 WHERE k.id = ((before || after) ->> 'category_id')::integer), ''),
            jsonb_build_object('changed', changed));
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['agencies', 'desks', 'jurisdictions', 'categories', 'calendars',
                             'pause_reasons', 'form_letters'] LOOP
        EXECUTE format('ALTER TABLE hotline.%I ADD COLUMN version integer NOT NULL DEFAULT 1', t);
        EXECUTE format('CREATE TRIGGER version_step BEFORE UPDATE ON hotline.%I
            FOR EACH ROW EXECUTE FUNCTION hotline.version_step()', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['agencies agency', 'desks desk', 'jurisdictions jurisdiction',
            'categories category', 'calendars calendar', 'calendar_days calendar_day',
            'calendar_hours calendar_hours', 'deadline_steps deadline_step',
            'pause_reasons pause_reason', 'form_letters form_letter'] LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE OR DELETE
            ON hotline.%I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            EXECUTE FUNCTION hotline.register_audited(%L)',
            split_part(t, ' ', 1), split_part(t, ' ', 2));
    END LOOP;
END $$;
-- A category that only changes its place in lists is the same to whoever edits it.
DROP TRIGGER version_step ON hotline.categories;
CREATE TRIGGER version_step BEFORE UPDATE OF parent_id, name_vi, name_en, keywords, urgent, deadline_hours,
    deadline_working_days, active ON hotline.categories
    FOR EACH ROW EXECUTE FUNCTION hotline.version_step();
INSERT INTO hotline.audited_actions (action)
    VALUES ('agency.change'), ('transfer.move'), ('transfer.back'), ('category.place');

-- ---- reading what was asked ----

-- NULL where it is no day of the calendar.
CREATE FUNCTION hotline.day_read(given text) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN given ~ '^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$' THEN given::date END;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
    RETURN NULL;
END $$;

-- '07:30-11:30 13:00-17:00' as minutes of the day; NULL where it is malformed, runs backwards or overlaps.
CREATE FUNCTION hotline.hours_read(given text) RETURNS int4multirange
    LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    part text;
    m text[];
    hours int4multirange := '{}';
    one int4range;
BEGIN
    FOREACH part IN ARRAY regexp_split_to_array(btrim(given), '\s+') LOOP
        m := regexp_match(part, '^([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])$');
        IF m IS NULL THEN
            RETURN NULL;
        END IF;
        IF m[1]::int * 60 + m[2]::int >= m[3]::int * 60 + m[4]::int
           OR m[3]::int * 60 + m[4]::int > 1440 THEN
            RETURN NULL;
        END IF;
        one := int4range(m[1]::int * 60 + m[2]::int, m[3]::int * 60 + m[4]::int);
        IF hours && one THEN
            RETURN NULL;
        END IF;
        hours := hours + int4multirange(one);
    END LOOP;
    RETURN CASE WHEN (SELECT count(*) FROM unnest(hours)) BETWEEN 1 AND 6 THEN hours END;
END $$;

CREATE FUNCTION hotline.hours_text(hours int4multirange) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(format('%s:%s-%s:%s', lpad((lower(r) / 60)::text, 2, '0'),
        lpad((lower(r) % 60)::text, 2, '0'), lpad((upper(r) / 60)::text, 2, '0'),
        lpad((upper(r) % 60)::text, 2, '0')), ' ' ORDER BY lower(r)) FROM unnest(hours) AS r
$$;

-- {valid_from, valid_to}: the period, or what is wrong with it. Without a first day it begins today.
CREATE FUNCTION hotline.period_read(args jsonb, OUT period daterange, OUT refused jsonb)
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    from_day date := coalesce(hotline.day_read(args ->> 'valid_from'), hotline.city_day(now()));
    to_day date := hotline.day_read(args ->> 'valid_to');
BEGIN
    IF args ->> 'valid_from' IS NOT NULL AND hotline.day_read(args ->> 'valid_from') IS NULL THEN
        refused := hotline.refusal('malformed', 'valid_from', args ->> 'valid_from');
    ELSIF args ->> 'valid_to' IS NOT NULL AND to_day IS NULL THEN
        refused := hotline.refusal('malformed', 'valid_to', args ->> 'valid_to');
    ELSIF to_day <= from_day THEN
        refused := hotline.refusal('not_after', 'valid_to', from_day::text);
    ELSE
        period := daterange(from_day, to_day);
    END IF;
END $$;

CREATE FUNCTION hotline.code_refusal(args jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN args ->> 'code' !~ '^[a-z0-9][a-z0-9-]{0,63}$'
        THEN hotline.refusal('malformed', 'code', args ->> 'code') END
$$;

CREATE FUNCTION hotline.stale_refusal(args jsonb, newest integer) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN newest IS NULL THEN hotline.refusal('not_found')
        WHEN (args ->> 'version')::integer IS DISTINCT FROM newest
        THEN hotline.refusal('stale', 'version', newest::text) END
$$;

CREATE FUNCTION hotline.done(answer jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('outcome', 'done', 'answer', answer)
$$;

-- ---- agencies ----

-- What is wrong with who it belongs to and whose hours it keeps.
CREATE FUNCTION hotline.agency_refusal(args jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE
        WHEN args ->> 'kind' !~ '^[a-z][a-z0-9-]{0,31}$'
            THEN hotline.refusal('malformed', 'kind', args ->> 'kind')
        WHEN coalesce(args ->> 'parent', '') <> '' AND (args ->> 'parent' = args ->> 'code'
            OR NOT EXISTS (SELECT FROM hotline.agencies a WHERE a.code = args ->> 'parent'))
            THEN hotline.refusal('unknown', 'parent', args ->> 'parent')
        WHEN EXISTS (
            WITH RECURSIVE up AS (
                SELECT nullif(args ->> 'parent', '') AS code
                UNION SELECT a.parent FROM hotline.agencies a JOIN up ON a.code = up.code
            ) SELECT FROM up WHERE up.code = args ->> 'code')
            THEN hotline.refusal('circle', 'parent', args ->> 'parent')
        WHEN coalesce(args ->> 'calendar', '') <> '' AND NOT EXISTS (
            SELECT FROM hotline.calendars k WHERE k.code = args ->> 'calendar')
            THEN hotline.refusal('unknown', 'calendar', args ->> 'calendar') END;
END $$;

-- args: code, name, name_en?, kind, parent?, calendar?, valid_from?, valid_to?
CREATE FUNCTION hotline.agency_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p record;
    other daterange;
    refused jsonb := coalesce(hotline.code_refusal(args), hotline.agency_refusal(args));
    made integer;
BEGIN
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    SELECT * INTO p FROM hotline.period_read(args);
    IF p.refused IS NOT NULL THEN
        RETURN p.refused;
    END IF;
    SELECT a.valid INTO other FROM hotline.agencies a
    WHERE a.code = args ->> 'code' AND a.valid && p.period;
    IF FOUND THEN
        RETURN hotline.refusal('exists', 'code', (args ->> 'code') || ' ' || other);
    END IF;
    INSERT INTO hotline.agencies (code, name, name_en, kind, parent, calendar, valid)
    VALUES (args ->> 'code', args ->> 'name', coalesce(args ->> 'name_en', ''), args ->> 'kind',
            coalesce(args ->> 'parent', ''), nullif(args ->> 'calendar', ''), p.period)
    RETURNING id INTO made;
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code', 'id', made, 'version', 1));
END $$;

-- args: code, generation (its row), version, and all of name, name_en, kind, parent, calendar as they
-- shall be. A correction of that row: what is called otherwise from a day on is a reform.
CREATE FUNCTION hotline.agency_edit(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a hotline.agencies;
    refused jsonb;
BEGIN
    SELECT * INTO a FROM hotline.agencies k
    WHERE k.id = (args ->> 'generation')::integer AND k.code = args ->> 'code' FOR UPDATE;
    refused := coalesce(hotline.stale_refusal(args, a.version), hotline.agency_refusal(args));
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    UPDATE hotline.agencies k SET name = args ->> 'name', name_en = coalesce(args ->> 'name_en', ''),
        kind = args ->> 'kind', parent = coalesce(args ->> 'parent', ''),
        calendar = nullif(args ->> 'calendar', '')
    WHERE k.id = a.id;
    RETURN hotline.done(jsonb_build_object('code', a.code, 'id', a.id, 'version', a.version + 1));
END $$;

-- ---- desks ----

-- args: agency, code, name, valid_from?, valid_to?
CREATE FUNCTION hotline.desk_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p record;
    a hotline.agencies;
    made integer;
BEGIN
    IF hotline.code_refusal(args) IS NOT NULL THEN
        RETURN hotline.code_refusal(args);
    END IF;
    SELECT * INTO p FROM hotline.period_read(args);
    IF p.refused IS NOT NULL THEN
        RETURN p.refused;
    END IF;
    SELECT * INTO a FROM hotline.agencies k
    WHERE k.code = args ->> 'agency' AND k.valid @> lower(p.period) FOR UPDATE;
    IF a.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'agency', args ->> 'agency');
    ELSIF EXISTS (SELECT FROM hotline.desks d WHERE d.agency_id = a.id AND d.code = args ->> 'code'
                  AND d.valid && p.period) THEN
        RETURN hotline.refusal('exists', 'code', args ->> 'code');
    END IF;
    INSERT INTO hotline.desks (agency_id, code, name, valid)
    VALUES (a.id, args ->> 'code', args ->> 'name', p.period * a.valid) RETURNING id INTO made;
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code', 'id', made, 'version', 1));
END $$;

-- args: id, version, name.
CREATE FUNCTION hotline.desk_rename(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    d hotline.desks;
BEGIN
    SELECT * INTO d FROM hotline.desks k WHERE k.id = (args ->> 'id')::integer FOR UPDATE;
    IF hotline.stale_refusal(args, d.version) IS NOT NULL THEN
        RETURN hotline.stale_refusal(args, d.version);
    END IF;
    UPDATE hotline.desks k SET name = args ->> 'name' WHERE k.id = d.id;
    RETURN hotline.done(jsonb_build_object('code', d.code, 'id', d.id, 'version', d.version + 1));
END $$;

-- The day on which something ends: later than it began, not in the past, before it would end anyway.
CREATE FUNCTION hotline.end_refusal(args jsonb, valid daterange) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    day date := hotline.day_read(args ->> 'on');
BEGIN
    RETURN CASE WHEN day IS NULL THEN hotline.refusal('malformed', 'on', args ->> 'on')
        WHEN day < hotline.city_day(now()) THEN hotline.refusal('past', 'on')
        WHEN day <= lower(valid) THEN hotline.refusal('not_after', 'on', lower(valid)::text)
        WHEN day >= upper(valid) THEN hotline.refusal('ended_before', 'on', upper(valid)::text) END;
END $$;

-- args: id, version, on. Whoever sits there and what goes there by the rules must be moved first.
CREATE FUNCTION hotline.desk_end(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    d hotline.desks;
    refused jsonb;
    day date := hotline.day_read(args ->> 'on');
    used text;
BEGIN
    SELECT * INTO d FROM hotline.desks k WHERE k.id = (args ->> 'id')::integer FOR UPDATE;
    refused := coalesce(hotline.stale_refusal(args, d.version), hotline.end_refusal(args, d.valid));
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    SELECT string_agg(x, ', ' ORDER BY x) INTO used FROM (
        SELECT u.login AS x FROM hotline.users u WHERE u.desk_id = d.id AND u.active
        UNION ALL SELECT j.code FROM hotline.jurisdictions j
        WHERE j.desk_id = d.id AND j.valid && daterange(day, NULL)) q;
    IF used IS NOT NULL THEN
        RETURN hotline.refusal('in_use', 'on', used);
    END IF;
    UPDATE hotline.desks k SET valid = daterange(lower(k.valid), day) WHERE k.id = d.id;
    RETURN hotline.done(jsonb_build_object('code', d.code, 'id', d.id, 'version', d.version + 1,
        'open_complaints', (SELECT count(*) FROM hotline.complaints c
                            WHERE c.desk_id = d.id AND c.closed_at IS NULL)));
END $$;

-- ---- areas ----

-- args: agency, code, name, class, reach, unit?, categories (none: all), desk?, valid_from?, valid_to?.
-- Areas with a shape of their own come by `hotline import`.
CREATE FUNCTION hotline.jurisdiction_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p record;
    a hotline.agencies;
    b hotline.boundaries;
    desk integer;
    missing text;
    made integer;
    by_unit boolean := args ->> 'reach' IN ('ward', 'district');
BEGIN
    SELECT * INTO p FROM hotline.period_read(args);
    SELECT * INTO a FROM hotline.agencies k
    WHERE k.code = args ->> 'agency' AND k.valid @> lower(p.period) FOR UPDATE;
    SELECT * INTO b FROM hotline.boundaries k WHERE by_unit AND k.level = args ->> 'reach'
        AND k.code = args ->> 'unit' AND k.valid @> lower(p.period);
    SELECT d.id INTO desk FROM hotline.desks d
    WHERE d.agency_id = a.id AND d.code = args ->> 'desk' AND d.valid @> lower(p.period);
    SELECT min(w.code) INTO missing FROM jsonb_array_elements_text(args -> 'categories') AS w(code)
    WHERE NOT EXISTS (SELECT FROM hotline.categories k WHERE k.code = w.code);
    IF coalesce(hotline.code_refusal(args), p.refused) IS NOT NULL THEN
        RETURN coalesce(hotline.code_refusal(args), p.refused);
    ELSIF a.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'agency', args ->> 'agency');
    ELSIF args ->> 'class' NOT IN ('special', 'ordinary') THEN
        RETURN hotline.refusal('unknown', 'class', args ->> 'class');
    ELSIF NOT by_unit AND args ->> 'reach' <> 'city' THEN
        RETURN hotline.refusal('unknown', 'reach', args ->> 'reach');
    ELSIF by_unit AND b.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'unit', coalesce(args ->> 'unit', ''));
    ELSIF args ->> 'desk' IS NOT NULL AND desk IS NULL THEN
        RETURN hotline.refusal('unknown', 'desk', args ->> 'desk');
    ELSIF missing IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'categories', missing);
    ELSIF NOT by_unit AND jsonb_array_length(args -> 'categories') = 0 THEN
        RETURN hotline.refusal('required', 'categories'); -- it would take the whole city's everything
    ELSIF EXISTS (SELECT FROM hotline.jurisdictions j
                  WHERE j.code = args ->> 'code' AND j.valid && p.period) THEN
        RETURN hotline.refusal('exists', 'code', args ->> 'code');
    END IF;
    INSERT INTO hotline.jurisdictions (code, name, agency_id, desk_id, class, reach, boundary_id,
        approximate, valid)
    VALUES (args ->> 'code', args ->> 'name', a.id, desk, args ->> 'class', args ->> 'reach', b.id,
        coalesce(b.approximate, false), p.period * a.valid * coalesce(b.valid, daterange(NULL, NULL)))
    RETURNING id INTO made;
    INSERT INTO hotline.jurisdiction_categories (jurisdiction_id, category_id)
    SELECT DISTINCT made, k.id FROM jsonb_array_elements_text(args -> 'categories') AS w(code)
    JOIN hotline.categories k ON k.code = w.code;
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code', 'id', made, 'version', 1));
END $$;

-- args: id, version, on. What a fallback covers for everybody does not end like that.
CREATE FUNCTION hotline.jurisdiction_end(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    j hotline.jurisdictions;
    refused jsonb;
BEGIN
    SELECT * INTO j FROM hotline.jurisdictions k WHERE k.id = (args ->> 'id')::integer FOR UPDATE;
    refused := coalesce(hotline.stale_refusal(args, j.version), hotline.end_refusal(args, j.valid));
    IF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF j.class = 'fallback' THEN
        RETURN hotline.refusal('fallback', 'on', j.code);
    END IF;
    UPDATE hotline.jurisdictions k SET valid = daterange(lower(k.valid), hotline.day_read(args ->> 'on'))
    WHERE k.id = j.id;
    RETURN hotline.done(jsonb_build_object('code', j.code, 'id', j.id, 'version', j.version + 1));
END $$;

-- ---- categories ----

-- What is wrong with a category's place in the tree and its own deadline. `code` is not there yet for a
-- new one.
CREATE FUNCTION hotline.category_refusal(args jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    parent_code text := nullif(args ->> 'parent', '');
    up text[];
BEGIN
    WITH RECURSIVE above AS (
        SELECT k.code, k.parent_id FROM hotline.categories k WHERE k.code = parent_code
        UNION SELECT k.code, k.parent_id FROM hotline.categories k JOIN above ON k.id = above.parent_id
    ) SELECT array_agg(above.code) INTO up FROM above;
    RETURN CASE
        WHEN parent_code IS NOT NULL AND up IS NULL THEN hotline.refusal('unknown', 'parent', parent_code)
        WHEN args ->> 'code' = ANY (up) THEN hotline.refusal('circle', 'parent', parent_code)
        WHEN cardinality(up) > 8 THEN hotline.refusal('too_deep', 'parent', '8')
        WHEN num_nonnulls(args ->> 'deadline_hours', args ->> 'deadline_working_days') = 2
            THEN hotline.refusal('one_deadline', 'deadline_hours')
        WHEN (args ->> 'deadline_hours')::integer < 1
            THEN hotline.refusal('malformed', 'deadline_hours', args ->> 'deadline_hours')
        WHEN (args ->> 'deadline_working_days')::integer < 1
            THEN hotline.refusal('malformed', 'deadline_working_days', args ->> 'deadline_working_days')
        END;
END $$;

-- args: code, parent?, name_vi, name_en, keywords?, urgent?, deadline_hours?, deadline_working_days?
CREATE FUNCTION hotline.category_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    above hotline.categories;
    refused jsonb := hotline.category_refusal(args);
BEGIN
    SELECT * INTO above FROM hotline.categories k WHERE k.code = nullif(args ->> 'parent', '');
    IF args ->> 'code' !~ '^[A-Za-z0-9_-]{1,32}$' THEN
        RETURN hotline.refusal('malformed', 'code', args ->> 'code');
    ELSIF EXISTS (SELECT FROM hotline.categories k WHERE k.code = args ->> 'code') THEN
        RETURN hotline.refusal('exists', 'code', args ->> 'code');
    ELSIF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF NOT coalesce(above.active, true) THEN
        RETURN hotline.refusal('parent_ended', 'parent', above.code);
    END IF;
    INSERT INTO hotline.categories (code, parent_id, name_vi, name_en, keywords, urgent,
        deadline_hours, deadline_working_days, position)
    VALUES (args ->> 'code', above.id, args ->> 'name_vi', args ->> 'name_en',
        coalesce(args ->> 'keywords', ''), coalesce((args ->> 'urgent')::boolean, false),
        (args ->> 'deadline_hours')::integer, (args ->> 'deadline_working_days')::integer,
        (SELECT coalesce(max(k.position), 0) + 1 FROM hotline.categories k));
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code', 'version', 1));
END $$;

-- args: code, version, and all of the above and `active` as they shall be. One that has ended stays with
-- the complaints that have it, and takes no new ones.
CREATE FUNCTION hotline.category_edit(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    k hotline.categories;
    above hotline.categories;
    refused jsonb;
    below text;
BEGIN
    SELECT * INTO k FROM hotline.categories x WHERE x.code = args ->> 'code' FOR UPDATE;
    SELECT * INTO above FROM hotline.categories x WHERE x.code = nullif(args ->> 'parent', '');
    SELECT string_agg(x.code, ', ' ORDER BY x.code) INTO below FROM hotline.categories x
    WHERE x.parent_id = k.id AND x.active;
    refused := coalesce(hotline.stale_refusal(args, k.version), hotline.category_refusal(args));
    IF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF NOT (args ->> 'active')::boolean AND below IS NOT NULL THEN
        RETURN hotline.refusal('in_use', 'active', below);
    ELSIF (args ->> 'active')::boolean AND NOT coalesce(above.active, true) THEN
        RETURN hotline.refusal('parent_ended', 'parent', above.code);
    END IF;
    UPDATE hotline.categories x SET parent_id = above.id, name_vi = args ->> 'name_vi',
        name_en = args ->> 'name_en', keywords = coalesce(args ->> 'keywords', ''),
        urgent = coalesce((args ->> 'urgent')::boolean, false),
        deadline_hours = (args ->> 'deadline_hours')::integer,
        deadline_working_days = (args ->> 'deadline_working_days')::integer,
        active = (args ->> 'active')::boolean
    WHERE x.id = k.id;
    RETURN hotline.done(jsonb_build_object('code', k.code, 'version', k.version + 1));
END $$;

-- args: code, version, before (another one with the same parent; none: the last). Its place in lists.
CREATE FUNCTION hotline.category_place(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    k hotline.categories;
    next hotline.categories;
BEGIN
    SELECT * INTO k FROM hotline.categories x WHERE x.code = args ->> 'code' FOR UPDATE;
    SELECT * INTO next FROM hotline.categories x WHERE x.code = nullif(args ->> 'before', '')
        AND x.parent_id IS NOT DISTINCT FROM k.parent_id AND x.id <> k.id;
    IF hotline.stale_refusal(args, k.version) IS NOT NULL THEN
        RETURN hotline.stale_refusal(args, k.version);
    ELSIF coalesce(args ->> 'before', '') <> '' AND next.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'before', args ->> 'before');
    END IF;
    -- The whole list anew, in steps of one: only those whose place differs are written.
    UPDATE hotline.categories x SET position = o.n
    FROM (SELECT y.id, row_number() OVER (ORDER BY CASE WHEN y.id <> k.id THEN y.position::numeric
                WHEN next.id IS NULL THEN 1000000000 ELSE next.position - 0.5 END, y.id) AS n
          FROM hotline.categories y) o
    WHERE o.id = x.id AND x.position <> o.n;
    SELECT * INTO k FROM hotline.categories x WHERE x.id = k.id;
    RETURN hotline.done(jsonb_build_object('code', k.code, 'version', k.version));
END $$;

-- ---- how long steps may take ----

-- steps: [{urgency, step, unit, amount}]. What is wrong, named by its place in the list.
CREATE FUNCTION hotline.steps_refusal(steps jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce((
        SELECT hotline.refusal('malformed', format('steps[%s]', n - 1), s::text)
        FROM jsonb_array_elements(steps) WITH ORDINALITY AS e(s, n)
        WHERE jsonb_typeof(s) <> 'object'
           OR NOT coalesce(s ->> 'urgency' IN ('any', 'urgent', 'ordinary')
              AND s ->> 'step' IN ('pass_on', 'accept', 'answer', 'resolve')
              AND s ->> 'unit' IN ('minutes', 'hours', 'working_hours', 'working_days')
              AND s ->> 'amount' ~ '^[1-9][0-9]{0,5}$'
              AND (s ->> 'amount')::integer
                  <= CASE s ->> 'unit' WHEN 'working_days' THEN 10000 ELSE 100000 END, false)
        ORDER BY n LIMIT 1), (
        SELECT hotline.refusal('exists', 'steps', (s ->> 'urgency') || ' ' || (s ->> 'step'))
        FROM jsonb_array_elements(steps) AS e(s)
        GROUP BY s ->> 'urgency', s ->> 'step' HAVING count(*) > 1 LIMIT 1))
$$;

-- args: code ('': what holds where no category says otherwise), version, steps: all that it says for itself.
CREATE FUNCTION hotline.steps_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_category integer := (SELECT k.id FROM hotline.categories k WHERE k.code = args ->> 'code');
    newest integer;
    refused jsonb;
    missing text;
BEGIN
    IF args ->> 'code' = '' THEN
        SELECT v.version INTO newest FROM hotline.register_versions v
        WHERE v.subject = 'deadline_steps' FOR UPDATE;
    ELSE
        SELECT k.version INTO newest FROM hotline.categories k WHERE k.id = of_category FOR UPDATE;
    END IF;
    refused := coalesce(hotline.stale_refusal(args, newest), hotline.steps_refusal(args -> 'steps'));
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    SELECT min(step || ' ' || u) INTO missing
    FROM unnest('{pass_on,accept,answer,resolve}'::text[]) AS step, unnest('{urgent,ordinary}'::text[]) AS u
    WHERE args ->> 'code' = '' AND NOT EXISTS (SELECT FROM jsonb_array_elements(args -> 'steps') s
        WHERE s ->> 'step' = step AND s ->> 'urgency' IN (u, 'any'));
    IF missing IS NOT NULL THEN
        RETURN hotline.refusal('no_default', 'steps', missing);
    END IF;
    DELETE FROM hotline.deadline_steps d WHERE d.category_id IS NOT DISTINCT FROM of_category
        AND NOT EXISTS (SELECT FROM jsonb_array_elements(args -> 'steps') s
                        WHERE s ->> 'urgency' = d.urgency AND s ->> 'step' = d.step);
    INSERT INTO hotline.deadline_steps AS d (category_id, urgency, step, unit, amount)
    SELECT of_category, s ->> 'urgency', s ->> 'step', s ->> 'unit', (s ->> 'amount')::integer
    FROM jsonb_array_elements(args -> 'steps') s
    ON CONFLICT (category_id, urgency, step) DO UPDATE SET unit = excluded.unit, amount = excluded.amount
        WHERE (d.unit, d.amount) IS DISTINCT FROM (excluded.unit, excluded.amount);
    UPDATE hotline.categories k SET keywords = k.keywords WHERE k.id = of_category; -- its version
    UPDATE hotline.register_versions v SET version = v.version + 1
    WHERE v.subject = 'deadline_steps' AND args ->> 'code' = '';
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code', 'version', newest + 1));
END $$;

-- args: code, name_vi, name_en, cap_working_days, active; version unless it is new.
CREATE FUNCTION hotline.pause_reason_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p hotline.pause_reasons;
    is_new boolean := NOT args ? 'version';
BEGIN
    SELECT * INTO p FROM hotline.pause_reasons k WHERE k.code = args ->> 'code' FOR UPDATE;
    IF is_new AND coalesce(hotline.code_refusal(args), CASE WHEN p.code IS NOT NULL
            THEN hotline.refusal('exists', 'code', p.code) END) IS NOT NULL THEN
        RETURN coalesce(hotline.code_refusal(args), hotline.refusal('exists', 'code', p.code));
    ELSIF NOT is_new AND hotline.stale_refusal(args, p.version) IS NOT NULL THEN
        RETURN hotline.stale_refusal(args, p.version);
    END IF;
    INSERT INTO hotline.pause_reasons (code, name_vi, name_en, cap_working_days, active)
    VALUES (args ->> 'code', args ->> 'name_vi', args ->> 'name_en',
            (args ->> 'cap_working_days')::integer, coalesce((args ->> 'active')::boolean, true))
    ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en,
        cap_working_days = excluded.cap_working_days, active = excluded.active;
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code',
                                           'version', coalesce(p.version, 0) + 1));
END $$;

-- ---- calendars ----

-- week: seven texts of hours, Monday first; '' is not worked.
CREATE FUNCTION hotline.week_refusal(week jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_array_length(week) <> 7 THEN hotline.refusal('malformed', 'week', '7')
        WHEN week = '["", "", "", "", "", "", ""]' THEN hotline.refusal('required', 'week')
        ELSE (SELECT hotline.refusal('malformed', format('week[%s]', n - 1), w #>> '{}')
              FROM jsonb_array_elements(week) WITH ORDINALITY AS e(w, n)
              WHERE jsonb_typeof(w) <> 'string' OR w <> '""' AND hotline.hours_read(w #>> '{}') IS NULL
              ORDER BY n LIMIT 1) END
$$;

CREATE FUNCTION hotline.week_put(of_calendar text, week jsonb) RETURNS void LANGUAGE sql AS $$
    DELETE FROM hotline.calendar_hours h WHERE h.calendar = of_calendar
        AND week ->> (h.weekday - 1) = '';
    INSERT INTO hotline.calendar_hours AS h (calendar, weekday, hours)
    SELECT of_calendar, n, hotline.hours_read(w) FROM jsonb_array_elements_text(week)
        WITH ORDINALITY AS e(w, n) WHERE w <> ''
    ON CONFLICT (calendar, weekday) DO UPDATE SET hours = excluded.hours
        WHERE h.hours <> excluded.hours
$$;

-- args: code, name_vi, name_en, follows_city, week.
CREATE FUNCTION hotline.calendar_add(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    refused jsonb := coalesce(hotline.code_refusal(args), hotline.week_refusal(args -> 'week'));
BEGIN
    IF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF EXISTS (SELECT FROM hotline.calendars k WHERE k.code = args ->> 'code') THEN
        RETURN hotline.refusal('exists', 'code', args ->> 'code');
    END IF;
    INSERT INTO hotline.calendars (code, name_vi, name_en, follows_city)
    VALUES (args ->> 'code', args ->> 'name_vi', args ->> 'name_en',
            (args ->> 'follows_city')::boolean);
    PERFORM hotline.week_put(args ->> 'code', args -> 'week');
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code', 'version', 1));
END $$;

-- args: code, version, and all of the above as they shall be. The city's own follows nobody.
CREATE FUNCTION hotline.calendar_edit(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c hotline.calendars;
    refused jsonb;
BEGIN
    SELECT * INTO c FROM hotline.calendars k WHERE k.code = args ->> 'code' FOR UPDATE;
    refused := coalesce(hotline.stale_refusal(args, c.version), hotline.week_refusal(args -> 'week'),
        CASE WHEN c.code = 'city' AND (args ->> 'follows_city')::boolean
             THEN hotline.refusal('circle', 'follows_city', c.code) END);
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    UPDATE hotline.calendars k SET name_vi = args ->> 'name_vi', name_en = args ->> 'name_en',
        follows_city = (args ->> 'follows_city')::boolean WHERE k.code = c.code;
    PERFORM hotline.week_put(c.code, args -> 'week');
    RETURN hotline.done(jsonb_build_object('code', c.code, 'version', c.version + 1));
END $$;

-- What is wrong with a year's days, named by its place in the list.
CREATE FUNCTION hotline.days_refusal(of_year integer, days jsonb) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT hotline.refusal('malformed', format('days[%s].%s', n - 1, w.wrong), d ->> w.wrong)
        FROM jsonb_array_elements(days) WITH ORDINALITY AS e(d, n), LATERAL (
            SELECT CASE
                WHEN jsonb_typeof(d) <> 'object'
                     OR extract(year FROM hotline.day_read(d ->> 'date')) IS DISTINCT FROM of_year
                    THEN 'date'
                WHEN NOT coalesce(d ->> 'kind' IN ('holiday', 'working'), false) THEN 'kind'
                WHEN coalesce(btrim(d ->> 'name_vi'), '') = '' OR length(d ->> 'name_vi') > 200
                    THEN 'name_vi'
                WHEN length(d ->> 'name_en') > 200 THEN 'name_en'
                WHEN coalesce(d ->> 'hours', '') <> '' AND (d ->> 'kind' = 'holiday'
                     OR hotline.hours_read(d ->> 'hours') IS NULL) THEN 'hours' END AS wrong) w
        WHERE w.wrong IS NOT NULL ORDER BY n LIMIT 1), (
        SELECT hotline.refusal('exists', 'days', d ->> 'date') FROM jsonb_array_elements(days) AS e(d)
        GROUP BY d ->> 'date' HAVING count(*) > 1 LIMIT 1))
$$;

-- args: code, version, year, days [{date, kind, name_vi, name_en?, hours?}]: all that differ in that year.
CREATE FUNCTION hotline.calendar_days_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c hotline.calendars;
    refused jsonb;
    of_year integer := (args ->> 'year')::integer;
BEGIN
    SELECT * INTO c FROM hotline.calendars k WHERE k.code = args ->> 'code' FOR UPDATE;
    refused := coalesce(hotline.stale_refusal(args, c.version),
        CASE WHEN of_year NOT BETWEEN 2000 AND 2100
             THEN hotline.refusal('malformed', 'year', of_year::text) END,
        hotline.days_refusal(of_year, args -> 'days'));
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    DELETE FROM hotline.calendar_days k WHERE k.calendar = c.code
        AND extract(year FROM k.day) = of_year
        AND k.day NOT IN (SELECT (d ->> 'date')::date FROM jsonb_array_elements(args -> 'days') d);
    INSERT INTO hotline.calendar_days AS k (calendar, day, kind, name_vi, name_en, hours)
    SELECT c.code, (d ->> 'date')::date, d ->> 'kind', btrim(d ->> 'name_vi'),
        coalesce(btrim(d ->> 'name_en'), ''), hotline.hours_read(nullif(d ->> 'hours', ''))
    FROM jsonb_array_elements(args -> 'days') d
    ON CONFLICT (calendar, day) DO UPDATE SET kind = excluded.kind, name_vi = excluded.name_vi,
        name_en = excluded.name_en, hours = excluded.hours
        WHERE (k.kind, k.name_vi, k.name_en, k.hours)
            IS DISTINCT FROM (excluded.kind, excluded.name_vi, excluded.name_en, excluded.hours);
    UPDATE hotline.calendars k SET name_vi = k.name_vi WHERE k.code = c.code; -- its version
    RETURN hotline.done(jsonb_build_object('code', c.code, 'version', c.version + 1));
END $$;

-- ---- form letters ----

-- The same letter in English, for those who write to somebody who reads no Vietnamese. '': there is none.
ALTER TABLE hotline.form_letters
    ADD COLUMN body_en text NOT NULL DEFAULT '' CHECK (length(body_en) <= 10000),
    DROP COLUMN words,
    ADD COLUMN words text[] NOT NULL GENERATED ALWAYS AS (hotline.words_of(body || ' ' || body_en)) STORED;
UPDATE hotline.form_letters f SET body_en = e.body FROM (VALUES
    ('da-tiep-nhan', 'Dear Sir or Madam, {agency} has received your complaint {code} about {category} at {address} of {received}. We will deal with it and answer before {deadline}. Yours faithfully.'),
    ('can-bo-sung', 'Dear Sir or Madam, to deal with your complaint {code}, {agency} asks you to tell us more: [what is missing]. Yours faithfully.'),
    ('da-xu-ly', 'Dear Sir or Madam, {agency} has looked into your complaint {code} about {category} at {address}. The result: [what was done, and when]. Thank you for telling us.'),
    ('khong-phat-hien', 'Dear Sir or Madam, {agency} went to the place of your complaint {code} at [time, day] and [what was found]. If it happens again, please tell us again. Yours faithfully.'),
    ('gia-han', 'Complaint {code} needs more time because [reason]. So far we have [what was done].'),
    ('khong-thuoc-pham-vi', 'Dear Sir or Madam, complaint {code} is not something that the 1022 hotline can deal with because [reason]. Please turn to [who can]. Yours faithfully.'),
    ('chuyen-ngoai', 'Complaint {code} is for [authority] to decide and was handed to them on [day].')
) AS e(code, body) WHERE f.code = e.code;

CREATE FUNCTION hotline.letter_text_en(body text, c hotline.complaints) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT replace(replace(replace(replace(replace(replace(body,
        '{code}', c.code), '{category}', lower(k.name_en)),
        '{address}', coalesce(nullif(c.address, ''), w.name, 'the place you named')),
        '{received}', hotline.local_text(c.received_at, 'DD/MM/YYYY')),
        '{agency}', coalesce(nullif(a.name_en, ''), a.name)),
        '{deadline}', hotline.local_text(c.due_at, 'HH24:MI DD/MM/YYYY'))
    FROM hotline.categories k, hotline.agencies a
    LEFT JOIN hotline.boundaries w ON w.id = c.ward_id
    WHERE k.id = c.category_id AND a.id = c.agency_id
$$;

-- args: code, kind, category?, name_vi, name_en, body, body_en?, active?, position?; version unless new.
-- A field that nobody fills in is refused by its name.
CREATE FUNCTION hotline.letter_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    f hotline.form_letters;
    k hotline.categories;
    is_new boolean := NOT args ? 'version';
    wrong record;
BEGIN
    SELECT * INTO f FROM hotline.form_letters x WHERE x.code = args ->> 'code' FOR UPDATE;
    SELECT * INTO k FROM hotline.categories x WHERE x.code = nullif(args ->> 'category', '');
    SELECT field, m[1] AS name INTO wrong FROM unnest('{body,body_en}'::text[]) AS field,
        regexp_matches(coalesce(args ->> field, ''), '\{([^{}]*)\}', 'g') AS m
    WHERE m[1] <> ALL ('{code,category,address,received,agency,deadline}') LIMIT 1;
    IF is_new AND hotline.code_refusal(args) IS NOT NULL THEN
        RETURN hotline.code_refusal(args);
    ELSIF is_new AND f.code IS NOT NULL THEN
        RETURN hotline.refusal('exists', 'code', f.code);
    ELSIF NOT is_new AND hotline.stale_refusal(args, f.version) IS NOT NULL THEN
        RETURN hotline.stale_refusal(args, f.version);
    ELSIF args ->> 'kind' NOT IN ('answer', 'resolve', 'reject', 'extend', 'refer') THEN
        RETURN hotline.refusal('unknown', 'kind', args ->> 'kind');
    ELSIF coalesce(args ->> 'category', '') <> '' AND k.id IS NULL THEN
        RETURN hotline.refusal('unknown', 'category', args ->> 'category');
    ELSIF wrong.name IS NOT NULL THEN
        RETURN hotline.refusal('unknown', wrong.field, '{' || wrong.name || '}');
    END IF;
    INSERT INTO hotline.form_letters (code, kind, category_id, name_vi, name_en, body, body_en, active,
        position)
    VALUES (args ->> 'code', args ->> 'kind', k.id, args ->> 'name_vi', args ->> 'name_en',
        args ->> 'body', coalesce(args ->> 'body_en', ''),
        coalesce((args ->> 'active')::boolean, true), coalesce((args ->> 'position')::integer,
            (SELECT coalesce(max(x.position), 0) + 1 FROM hotline.form_letters x)))
    ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, category_id = excluded.category_id,
        name_vi = excluded.name_vi, name_en = excluded.name_en, body = excluded.body,
        body_en = excluded.body_en, active = excluded.active, position = CASE WHEN args ? 'position'
            THEN excluded.position ELSE form_letters.position END;
    RETURN hotline.done(jsonb_build_object('code', args ->> 'code',
                                           'version', coalesce(f.version, 0) + 1));
END $$;

-- ---- who may ----

INSERT INTO hotline.actions (action, handler, roles) SELECT action, handler, '{administrator}' FROM (VALUES
    ('agency.add', 'agency_add'), ('agency.edit', 'agency_edit'), ('desk.add', 'desk_add'),
    ('desk.rename', 'desk_rename'), ('desk.end', 'desk_end'), ('jurisdiction.add', 'jurisdiction_add'),
    ('jurisdiction.end', 'jurisdiction_end'), ('category.add', 'category_add'),
    ('category.edit', 'category_edit'), ('category.place', 'category_place'),
    ('deadline_steps.put', 'steps_put'), ('pause_reason.put', 'pause_reason_put'),
    ('calendar.add', 'calendar_add'), ('calendar.edit', 'calendar_edit'),
    ('calendar.days', 'calendar_days_put'), ('form_letter.put', 'letter_put')) AS v(action, handler);

-- ---- how far a transfer is ----

ALTER TABLE hotline.transfers
    ADD COLUMN to_judge integer NOT NULL DEFAULT 0,
    ADD COLUMN judged integer NOT NULL DEFAULT 0;
GRANT UPDATE (to_judge, judged) ON hotline.transfers TO hotline_service;

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN hotline.actions a ON a.handler = p.proname
             WHERE p.pronamespace = 'hotline'::regnamespace LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION hotline.register_audited(), hotline.week_put(text, jsonb) FROM PUBLIC;

RESET check_function_bodies;
RESET ROLE;
