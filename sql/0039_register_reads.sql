-- What administrators and auditors see of the register (sql/0034_register.sql): each function answers the
-- JSON of one page, and nothing to anybody else.
SET ROLE hotline_owner;
SET check_function_bodies = off;

CREATE FUNCTION hotline.register_reader(asked text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((hotline.actor_of(asked)).role IN ('administrator', 'auditor'), false)
$$;

CREATE FUNCTION hotline.period_json(valid daterange) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('valid_from', lower(valid), 'valid_to', upper(valid), 'state',
        CASE WHEN valid @> hotline.city_day(now()) THEN 'in_force'
             WHEN lower(valid) > hotline.city_day(now()) THEN 'planned' ELSE 'ended' END)
$$;

CREATE FUNCTION hotline.agency_row_json(a hotline.agencies) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', a.id, 'code', a.code, 'name', a.name, 'name_en', a.name_en,
        'kind', a.kind, 'parent', nullif(a.parent, ''), 'calendar', a.calendar, 'fallback', a.fallback,
        'version', a.version) || hotline.period_json(a.valid)
$$;

-- Every row of every agency, with what there is of it.
CREATE FUNCTION hotline.register_agencies(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH open AS MATERIALIZED (
        SELECT c.agency_id, count(*) AS n, count(*) FILTER (WHERE c.due_at < now()) AS late
        FROM hotline.complaints c WHERE c.closed_at IS NULL GROUP BY 1
    ), desks AS MATERIALIZED (
        SELECT d.agency_id, count(*) AS n FROM hotline.desks d
        WHERE d.valid @> hotline.city_day(now()) GROUP BY 1
    ), people AS MATERIALIZED (
        SELECT u.agency_id, count(*) AS n FROM hotline.users u WHERE u.active GROUP BY 1
    ), areas AS MATERIALIZED (
        SELECT j.agency_id, count(*) AS n FROM hotline.jurisdictions j GROUP BY 1
    )
    SELECT jsonb_build_object('agencies', coalesce(jsonb_agg(hotline.agency_row_json(a)
        || jsonb_build_object('desks', coalesce(desks.n, 0), 'people', coalesce(people.n, 0),
            'areas', coalesce(areas.n, 0), 'open', coalesce(open.n, 0), 'late', coalesce(open.late, 0),
            'successors', (SELECT coalesce(jsonb_agg(DISTINCT n.code), '[]')
                FROM hotline.agency_successors s JOIN hotline.agencies n ON n.id = s.new_agency_id
                WHERE s.old_agency_id = a.id))
        ORDER BY a.name COLLATE "vi-x-icu", a.valid), '[]'))
    FROM hotline.agencies a LEFT JOIN open ON open.agency_id = a.id
    LEFT JOIN desks ON desks.agency_id = a.id LEFT JOIN people ON people.agency_id = a.id
    LEFT JOIN areas ON areas.agency_id = a.id
    WHERE hotline.register_reader(asked) HAVING hotline.register_reader(asked)
$$;

CREATE FUNCTION hotline.register_desks_json(of_code text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'code', d.code, 'name', d.name,
            'version', d.version,
            'people', (SELECT coalesce(jsonb_agg(jsonb_build_object('login', u.login, 'name', u.name,
                    'role', u.role) ORDER BY u.login), '[]')
                FROM hotline.users u WHERE u.desk_id = d.id AND u.active),
            'open', (SELECT count(*) FROM hotline.complaints c
                     WHERE c.desk_id = d.id AND c.agency_id = a.id AND c.closed_at IS NULL))
        || hotline.period_json(d.valid) ORDER BY d.valid DESC, d.name COLLATE "vi-x-icu"), '[]')
    FROM hotline.desks d JOIN hotline.agencies a ON a.id = d.agency_id WHERE a.code = of_code
$$;

CREATE FUNCTION hotline.register_areas_json(of_code text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', j.id, 'code', j.code, 'name', j.name,
            'class', j.class, 'reach', j.reach, 'set', nullif(j.set_code, ''), 'version', j.version,
            'unit', (SELECT jsonb_build_object('code', b.code, 'name', b.name)
                     FROM hotline.boundaries b WHERE b.id = j.boundary_id),
            'desk', (SELECT d.code FROM hotline.desks d WHERE d.id = j.desk_id),
            'categories', (SELECT coalesce(jsonb_agg(k.code ORDER BY k.position, k.id), '[]')
                FROM hotline.jurisdiction_categories x JOIN hotline.categories k ON k.id = x.category_id
                WHERE x.jurisdiction_id = j.id))
        || hotline.period_json(j.valid) ORDER BY j.valid DESC, j.code), '[]')
    FROM hotline.jurisdictions j JOIN hotline.agencies a ON a.id = j.agency_id WHERE a.code = of_code
$$;

-- One agency: its rows, desks with who sits there, areas, where it is told, what became of it.
CREATE FUNCTION hotline.register_agency(asked text, of_code text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('code', of_code,
        'generations', jsonb_agg(hotline.agency_row_json(a) ORDER BY a.valid DESC),
        'desks', hotline.register_desks_json(of_code),
        'people', (SELECT coalesce(jsonb_agg(jsonb_build_object('login', u.login, 'name', u.name,
                'role', u.role, 'desk', d.code) ORDER BY u.login), '[]')
            FROM hotline.users u JOIN hotline.agencies ua ON ua.id = u.agency_id
            LEFT JOIN hotline.desks d ON d.id = u.desk_id WHERE ua.code = of_code AND u.active),
        'areas', hotline.register_areas_json(of_code),
        'contacts', (SELECT coalesce(jsonb_agg(c ORDER BY c -> 'id'), '[]')
            FROM jsonb_array_elements(hotline.contacts_of(asked) -> 'contacts') c
            WHERE c ->> 'agency' = of_code AND c ->> 'user' IS NULL),
        'rules', (SELECT coalesce(jsonb_agg(DISTINCT r.code), '[]') FROM hotline.rules r
            JOIN hotline.rule_sets rs ON rs.id = r.rule_set_id AND rs.state = 'published'
            WHERE of_code = ANY (regexp_split_to_array(
                concat_ws(' ', r.outcome, array_to_string(r.partners, ' ')), '[^a-z0-9-]+'))),
        'changes', (SELECT coalesce(jsonb_agg(jsonb_build_object('on', s.on_day, 'change', s.change,
                'from', o.code, 'from_name', o.name, 'to', n.code, 'to_name', n.name,
                'reason', s.reason, 'by', s.made_by, 'at', s.made_at) ORDER BY s.id DESC), '[]')
            FROM hotline.agency_successors s JOIN hotline.agencies o ON o.id = s.old_agency_id
            LEFT JOIN hotline.agencies n ON n.id = s.new_agency_id WHERE of_code IN (o.code, n.code)),
        'children', (SELECT coalesce(jsonb_agg(DISTINCT x.code), '[]') FROM hotline.agencies x
            WHERE x.parent = of_code))
    FROM hotline.agencies a WHERE a.code = of_code AND hotline.register_reader(asked)
    HAVING count(*) > 0
$$;

CREATE FUNCTION hotline.steps_json(of_category integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('urgency', d.urgency, 'step', d.step, 'unit', d.unit,
        'amount', d.amount) ORDER BY d.step, d.urgency), '[]')
    FROM hotline.deadline_steps d WHERE d.category_id IS NOT DISTINCT FROM of_category
$$;

-- The whole tree, ended ones too, and what holds where no category says otherwise.
CREATE FUNCTION hotline.register_categories(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH open AS MATERIALIZED (
        SELECT c.category_id, count(*) AS n FROM hotline.complaints c WHERE c.closed_at IS NULL GROUP BY 1
    )
    SELECT jsonb_build_object('categories', coalesce(jsonb_agg(jsonb_build_object('code', k.code,
            'parent', p.code, 'name_vi', k.name_vi, 'name_en', k.name_en, 'keywords', k.keywords,
            'urgent', k.urgent, 'deadline_hours', k.deadline_hours,
            'deadline_working_days', k.deadline_working_days, 'active', k.active, 'version', k.version,
            'open', coalesce(open.n, 0), 'areas', (SELECT count(*) FROM hotline.jurisdiction_categories x
                WHERE x.category_id = k.id), 'steps', hotline.steps_json(k.id))
            ORDER BY k.position, k.id), '[]'),
        'default', (SELECT jsonb_build_object('version', v.version, 'steps', hotline.steps_json(NULL))
            FROM hotline.register_versions v WHERE v.subject = 'deadline_steps'))
    FROM hotline.categories k LEFT JOIN hotline.categories p ON p.id = k.parent_id
    LEFT JOIN open ON open.category_id = k.id
    WHERE hotline.register_reader(asked) HAVING hotline.register_reader(asked)
$$;

-- Calendars with their week, who keeps them, and the days of one year: its own, and for one that follows
-- the city the city's other ones too.
CREATE FUNCTION hotline.register_calendars(asked text, of_year integer) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('year', of_year, 'calendars', coalesce(jsonb_agg(jsonb_build_object(
        'code', c.code, 'name_vi', c.name_vi, 'name_en', c.name_en, 'follows_city', c.follows_city,
        'version', c.version,
        'week', (SELECT jsonb_agg(coalesce(hotline.hours_text(h.hours), '') ORDER BY w)
            FROM generate_series(1, 7) AS w
            LEFT JOIN hotline.calendar_hours h ON h.calendar = c.code AND h.weekday = w),
        'agencies', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', a.code, 'name', a.name)
                ORDER BY a.name COLLATE "vi-x-icu"), '[]') FROM hotline.agencies a
            WHERE a.calendar = c.code AND a.valid @> hotline.city_day(now())),
        'others', c.code = 'city',
        'years', (SELECT coalesce(jsonb_agg(DISTINCT extract(year FROM d.day)), '[]')
            FROM hotline.calendar_days d WHERE d.calendar = c.code),
        'days', (SELECT coalesce(jsonb_agg(jsonb_build_object('date', d.day, 'kind', d.kind,
                'name_vi', d.name_vi, 'name_en', d.name_en, 'hours', hotline.hours_text(d.hours),
                'own', d.calendar = c.code) ORDER BY d.day), '[]')
            FROM hotline.calendar_days d WHERE extract(year FROM d.day) = of_year
              AND (d.calendar = c.code OR c.follows_city AND d.calendar = 'city'
                   AND NOT EXISTS (SELECT FROM hotline.calendar_days o
                                   WHERE o.calendar = c.code AND o.day = d.day))))
        ORDER BY c.code <> 'city', c.code), '[]'),
        'pause_reasons', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', p.code,
            'name_vi', p.name_vi, 'name_en', p.name_en, 'cap_working_days', p.cap_working_days,
            'active', p.active, 'version', p.version) ORDER BY p.code), '[]') FROM hotline.pause_reasons p))
    FROM hotline.calendars c WHERE hotline.register_reader(asked) HAVING hotline.register_reader(asked)
$$;

CREATE FUNCTION hotline.register_letters(asked text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('fields', '["code", "category", "address", "received", "agency", "deadline"]'::jsonb,
        'letters', coalesce(jsonb_agg(jsonb_build_object('code', f.code, 'kind', f.kind,
            'category', k.code, 'name_vi', f.name_vi, 'name_en', f.name_en, 'body', f.body,
            'body_en', f.body_en, 'active', f.active, 'position', f.position, 'version', f.version,
            'used', (SELECT count(*) FROM hotline.complaint_answers w WHERE w.letter = f.code))
            ORDER BY f.position, f.code), '[]'))
    FROM hotline.form_letters f LEFT JOIN hotline.categories k ON k.id = f.category_id
    WHERE hotline.register_reader(asked) HAVING hotline.register_reader(asked)
$$;

-- A letter as it would read for a complaint: the one of that code, or else the newest one that it is for.
CREATE FUNCTION hotline.letter_preview(asked text, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    roots integer[];
BEGIN
    IF NOT hotline.register_reader(asked) THEN
        RETURN NULL;
    END IF;
    roots := hotline.category_subtrees(ARRAY(SELECT k.id FROM hotline.categories k
                                             WHERE k.code = args ->> 'category'));
    IF coalesce(args ->> 'complaint', '') <> '' THEN
        SELECT * INTO c FROM hotline.complaints x WHERE x.code = args ->> 'complaint';
    ELSE
        SELECT * INTO c FROM hotline.complaints x
        WHERE coalesce(args ->> 'category', '') = '' OR x.category_id = ANY (roots)
        ORDER BY x.received_at DESC LIMIT 1;
    END IF;
    RETURN CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('complaint', c.code,
        'text', hotline.letter_text(args ->> 'body', c),
        'text_en', nullif(hotline.letter_text_en(coalesce(args ->> 'body_en', ''), c), '')) END;
END $$;

DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'hotline'::regnamespace
             AND (p.proname ~ '^register_' OR p.proname = 'letter_preview')
             AND p.prosecdef AND p.proname <> 'register_audited' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO hotline_service', f);
    END LOOP;
END $$;

RESET check_function_bodies;
RESET ROLE;
