-- Agencies that change on a day, and what administrators ask for through the service.
--
-- hotline.agency_change(args, by) is the one way in: {"change": rename|merge|split|abolish, "on": day,
-- "reason": ..., ...}. All in one transaction; what would leave a hole is refused (SQLSTATE HT001) in
-- one sentence. Agencies, desks and jurisdictions are cut at the day and go on under their successor;
-- open complaints stay where they are until a transfer moves them.
SET ROLE hotline_owner;

CREATE FUNCTION hotline.refuse_reform(why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'HT001';
END $$;

-- The agency above it, by code: who it belongs to, whatever becomes of it. For people who look; routing
-- does not ask. '': none.
ALTER TABLE hotline.agencies ADD COLUMN parent text NOT NULL DEFAULT ''
    CHECK (parent <> code AND parent ~ '^([a-z0-9][a-z0-9-]{0,63})?$');

-- The agency of that code that is in force on both sides of the day.
CREATE FUNCTION hotline.agency_across(agency_code text, day date) RETURNS hotline.agencies
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a hotline.agencies;
    later text;
BEGIN
    SELECT * INTO a FROM hotline.agencies k WHERE k.code = agency_code
        AND k.valid @> day AND k.valid @> day - 1 FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM hotline.refuse_reform(format(
            'no agency %s is in force both before and on %s', agency_code, day));
    END IF;
    SELECT string_agg(j.code, ', ') INTO later FROM (
        SELECT code, valid FROM hotline.jurisdictions WHERE agency_id = a.id
        UNION ALL SELECT code, valid FROM hotline.desks WHERE agency_id = a.id) j
        WHERE lower(j.valid) >= day;
    IF later IS NOT NULL THEN
        PERFORM hotline.refuse_reform(format(
            '%s has rows that begin on %s or later: %s', agency_code, day, later));
    END IF;
    RETURN a;
END $$;

-- A new row of an agency from that day until a day (NULL: for good).
CREATE FUNCTION hotline.agency_begin(like_row hotline.agencies, part jsonb, day date, until date)
    RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made integer;
    other daterange;
BEGIN
    IF coalesce(part ->> 'name', '') = '' THEN
        PERFORM hotline.refuse_reform(format('agency %s is not in force on %s and no name is given '
                                             'for a new one', part ->> 'code', day));
    END IF;
    SELECT k.valid INTO other FROM hotline.agencies k
        WHERE k.code = part ->> 'code' AND k.valid && daterange(day, until);
    IF FOUND THEN
        PERFORM hotline.refuse_reform(format('there is an agency %s in %s already: dates overlap',
                                             part ->> 'code', other));
    END IF;
    INSERT INTO hotline.agencies (code, name, name_en, kind, fallback, calendar, parent, valid)
    VALUES (part ->> 'code', part ->> 'name', coalesce(part ->> 'name_en', ''),
            coalesce(part ->> 'kind', like_row.kind), coalesce((part ->> 'fallback')::boolean, false),
            like_row.calendar, CASE WHEN like_row.parent = part ->> 'code' THEN '' ELSE like_row.parent END,
            daterange(day, until))
    RETURNING id INTO made;
    RETURN made;
END $$;

CREATE FUNCTION hotline.agency_end(a hotline.agencies, day date) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE hotline.jurisdictions SET valid = daterange(lower(valid), day)
        WHERE agency_id = a.id AND valid @> day;
    UPDATE hotline.desks SET valid = daterange(lower(valid), day)
        WHERE agency_id = a.id AND valid @> day;
    UPDATE hotline.agencies SET valid = daterange(lower(valid), day) WHERE id = a.id;
$$;

-- One jurisdiction that was cut at the day goes on under another agency, with all its categories or
-- with only some.
CREATE FUNCTION hotline.jurisdiction_go_on(j hotline.jurisdictions, new_code text,
                                           new_agency integer, day date, only_codes text[])
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made integer;
    desk integer;
BEGIN
    SELECT n.id INTO desk FROM hotline.desks o JOIN hotline.desks n
        ON n.agency_id = new_agency AND n.valid @> day AND n.name = o.name
        AND (n.code = o.code OR n.code LIKE '%-' || o.code)
        WHERE o.id = j.desk_id ORDER BY n.code = o.code DESC LIMIT 1;
    INSERT INTO hotline.jurisdictions (code, name, agency_id, desk_id, class, reach, boundary_id,
        approximate, valid, geom, set_code)
    VALUES (new_code, j.name, new_agency, desk, j.class, j.reach, j.boundary_id, j.approximate,
        daterange(day, upper(j.valid)), j.geom, j.set_code)
    RETURNING id INTO made;
    INSERT INTO hotline.jurisdiction_categories (jurisdiction_id, category_id)
    SELECT made, c.id FROM hotline.categories c
    WHERE CASE WHEN only_codes IS NULL THEN EXISTS (SELECT FROM hotline.jurisdiction_categories k
                    WHERE k.jurisdiction_id = j.id AND k.category_id = c.id)
               ELSE c.code = ANY (only_codes) END;
END $$;

CREATE FUNCTION hotline.desks_go_on(a hotline.agencies, new_agency integer, day date) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO hotline.desks (agency_id, code, name, valid)
    SELECT new_agency, CASE WHEN EXISTS (SELECT FROM hotline.desks t WHERE t.agency_id = new_agency
            AND t.code = d.code AND t.valid && daterange(day, NULL))
            THEN left(a.code || '-' || d.code, 64) ELSE d.code END,
        d.name, daterange(day, upper(d.valid))
    FROM hotline.desks d WHERE d.agency_id = a.id AND d.valid @> day
$$;

-- All that an agency has goes on under one successor.
CREATE FUNCTION hotline.agency_hand_over(a hotline.agencies, new_agency integer, day date)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    had hotline.jurisdictions[];
    j hotline.jurisdictions;
BEGIN
    had := ARRAY(SELECT k FROM hotline.jurisdictions k
                 WHERE k.agency_id = a.id AND k.valid @> day ORDER BY k.code);
    PERFORM hotline.desks_go_on(a, new_agency, day);
    PERFORM hotline.agency_end(a, day);
    FOREACH j IN ARRAY had LOOP
        PERFORM hotline.jurisdiction_go_on(j, j.code, new_agency, day, NULL);
    END LOOP;
END $$;

-- The successor, if it is there already: in force from the day on for as long as the old one would
-- be, and the fallback if the old one was.
CREATE FUNCTION hotline.agency_successor(successor text, old hotline.agencies, day date)
    RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target hotline.agencies;
BEGIN
    SELECT * INTO target FROM hotline.agencies k WHERE k.code = successor AND k.valid @> day;
    IF target.id IS NULL THEN
        RETURN NULL;
    ELSIF NOT target.valid @> daterange(day, upper(old.valid)) THEN
        PERFORM hotline.refuse_reform(format(
            '%s ends on %s, before what it takes over from %s does: a hole', successor,
            upper(target.valid), old.code));
    ELSIF old.fallback AND NOT target.fallback THEN
        PERFORM hotline.refuse_reform(format('%s is the fallback and %s is none: from %s on nobody '
            'would take what no rule covers; merge it into a new agency', old.code, successor, day));
    END IF;
    RETURN target.id;
END $$;

CREATE FUNCTION hotline.agency_merge(args jsonb, day date, by_actor text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    codes text[] := ARRAY(SELECT DISTINCT jsonb_array_elements_text(args -> 'agencies'));
    into_code text := args ->> 'into';
    old hotline.agencies[];
    a hotline.agencies;
    was_fallback integer;
    target integer;
BEGIN
    IF cardinality(codes) = 0 OR into_code IS NULL OR into_code = ANY (codes) THEN
        PERFORM hotline.refuse_reform('a merger names agencies that end, and one that they go into '
                                      'and that is none of them');
    END IF;
    old := ARRAY(SELECT hotline.agency_across(code, day) FROM unnest(codes) AS code ORDER BY code);
    target := hotline.agency_successor(into_code, old[1], day);
    IF target IS NULL THEN
        -- The old fallback ends first: there is never more than one on a day.
        SELECT o.id INTO was_fallback FROM unnest(old) o WHERE o.fallback;
        UPDATE hotline.agencies SET valid = daterange(lower(valid), day) WHERE id = was_fallback;
        target := hotline.agency_begin(old[1], jsonb_build_object('code', into_code,
            'name', args -> 'name', 'name_en', args -> 'name_en', 'kind', args -> 'kind',
            'fallback', was_fallback IS NOT NULL), day,
            (SELECT CASE WHEN bool_or(upper_inf(o.valid)) THEN NULL ELSE max(upper(o.valid)) END
             FROM unnest(old) o));
    END IF;
    FOREACH a IN ARRAY old LOOP
        PERFORM hotline.agency_successor(into_code, a, day); -- refuses holes
        PERFORM hotline.agency_hand_over(a, target, day);
        INSERT INTO hotline.agency_successors (on_day, change, old_agency_id, new_agency_id,
            made_by, reason)
        VALUES (day, args ->> 'change', a.id, target, by_actor, args ->> 'reason');
    END LOOP;
END $$;

CREATE FUNCTION hotline.agency_rename(args jsonb, day date, by_actor text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a hotline.agencies := hotline.agency_across(args ->> 'agency', day);
    made integer;
BEGIN
    IF coalesce(args ->> 'name', '') IN ('', a.name) THEN
        PERFORM hotline.refuse_reform(format('%s has that name already, or none is given', a.code));
    END IF;
    UPDATE hotline.agencies SET valid = daterange(lower(valid), day) WHERE id = a.id;
    made := hotline.agency_begin(a, jsonb_build_object('code', a.code, 'name', args ->> 'name',
        'name_en', coalesce(args ->> 'name_en', a.name_en), 'fallback', a.fallback), day,
        upper(a.valid));
    PERFORM hotline.agency_hand_over(a, made, day);
    INSERT INTO hotline.agency_successors (on_day, change, old_agency_id, new_agency_id, made_by,
        reason) VALUES (day, 'rename', a.id, made, by_actor, args ->> 'reason');
END $$;

-- parts: [{code, name, name_en, kind, jurisdiction (none: each), categories (NULL: all)}]. What would
-- be left over, or go to two of them; NULL: nothing.
CREATE FUNCTION hotline.split_hole(had hotline.jurisdictions[], parts jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH part AS (
        SELECT p.* FROM jsonb_to_recordset(parts) AS p(code text, jurisdiction text,
                                                       categories text[])
    ), needed AS (
        SELECT j.code AS jurisdiction, c.code AS category FROM unnest(had) j
        LEFT JOIN hotline.jurisdiction_categories k ON k.jurisdiction_id = j.id
        LEFT JOIN hotline.categories c ON c.id = k.category_id
    ), taken AS (
        SELECT n.jurisdiction, n.category, count(DISTINCT p.code) AS n FROM needed n LEFT JOIN part p
            ON (p.jurisdiction IS NULL OR p.jurisdiction = n.jurisdiction)
            AND (p.categories IS NULL OR n.category = ANY (p.categories))
        GROUP BY 1, 2
    )
    SELECT string_agg(concat_ws(' ', jurisdiction, category, CASE WHEN n = 0
        THEN 'would be nobody''s' ELSE 'would be of two agencies' END), '; '
        ORDER BY jurisdiction, category) FROM taken WHERE n <> 1
$$;

CREATE FUNCTION hotline.agency_split(args jsonb, day date, by_actor text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a hotline.agencies := hotline.agency_across(args ->> 'agency', day);
    had hotline.jurisdictions[];
    hole text;
    part record;
    target integer;
    j hotline.jurisdictions;
    used text[] := '{}';
BEGIN
    IF a.fallback THEN
        PERFORM hotline.refuse_reform(format('%s is the fallback and cannot be split', a.code));
    ELSIF coalesce(jsonb_array_length(args -> 'parts'), 0) = 0 THEN
        PERFORM hotline.refuse_reform('a split has parts; without a successor there is a hole');
    END IF;
    had := ARRAY(SELECT k FROM hotline.jurisdictions k
                 WHERE k.agency_id = a.id AND k.valid @> day ORDER BY k.code);
    hole := hotline.split_hole(had, args -> 'parts');
    IF hole IS NOT NULL THEN
        PERFORM hotline.refuse_reform(format('from %s on %s', day, hole));
    END IF;
    PERFORM hotline.agency_end(a, day);
    FOR part IN SELECT p.value AS body, p.value ->> 'code' AS code,
            p.value ->> 'jurisdiction' AS jurisdiction,
            CASE WHEN jsonb_typeof(p.value -> 'categories') = 'array'
                 THEN ARRAY(SELECT jsonb_array_elements_text(p.value -> 'categories'))
            END AS only_codes
        FROM jsonb_array_elements(args -> 'parts') WITH ORDINALITY AS p(value, n) ORDER BY n LOOP
        target := hotline.agency_successor(part.code, a, day);
        IF target IS NULL THEN
            target := hotline.agency_begin(a, part.body, day, upper(a.valid));
        END IF;
        FOREACH j IN ARRAY had LOOP
            CONTINUE WHEN part.jurisdiction <> j.code;
            PERFORM hotline.jurisdiction_go_on(j, CASE WHEN j.code = ANY (used)
                THEN left(j.code || '-' || part.code, 64) ELSE j.code END, target, day,
                part.only_codes);
            used := used || j.code;
        END LOOP;
        INSERT INTO hotline.agency_successors (on_day, change, old_agency_id, new_agency_id,
            made_by, reason) VALUES (day, 'split', a.id, target, by_actor, args ->> 'reason')
            ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

CREATE FUNCTION hotline.agency_abolish(args jsonb, day date, by_actor text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a hotline.agencies;
    orphans text;
BEGIN
    IF args ->> 'to' IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM hotline.agencies k
                       WHERE k.code = args ->> 'to' AND k.valid @> day) THEN
            PERFORM hotline.refuse_reform(format('no agency %s is in force on %s',
                                                 args ->> 'to', day));
        END IF;
        PERFORM hotline.agency_merge(args || jsonb_build_object('into', args -> 'to',
            'agencies', jsonb_build_array(args ->> 'agency')), day, by_actor);
        RETURN;
    END IF;
    a := hotline.agency_across(args ->> 'agency', day);
    IF NOT EXISTS (SELECT FROM hotline.agencies k WHERE k.fallback AND k.id <> a.id
                   AND k.valid @> daterange(day, upper(a.valid))) THEN
        PERFORM hotline.refuse_reform(format('from %s on there would be no fallback agency', day));
    END IF;
    SELECT string_agg(j.code, ', ' ORDER BY j.code) INTO orphans FROM hotline.jurisdictions j
        WHERE j.agency_id = a.id AND j.valid @> day;
    IF orphans IS NOT NULL AND NOT coalesce((args ->> 'to_fallback')::boolean, false) THEN
        PERFORM hotline.refuse_reform(format('from %s on nobody has these: %s. Name a successor, '
            'or say that others and the fallback take them', day, orphans));
    END IF;
    PERFORM hotline.agency_end(a, day);
    INSERT INTO hotline.agency_successors (on_day, change, old_agency_id, new_agency_id, made_by,
        reason) VALUES (day, 'abolish', a.id, NULL, by_actor, args ->> 'reason');
END $$;

-- Answers what is left to do: open complaints and accounts of the agencies that end, published rules
-- that name one of them.
CREATE FUNCTION hotline.agency_change(args jsonb, by_actor text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    day date := (args ->> 'on')::date;
    last_row integer := (SELECT coalesce(max(id), 0) FROM hotline.agency_successors);
    ended integer[];
BEGIN
    PERFORM pg_advisory_xact_lock(7022102203); -- no transfer judges half of it
    IF day IS NULL OR coalesce(args ->> 'reason', '') = '' THEN
        PERFORM hotline.refuse_reform('a day and a reason are needed');
    END IF;
    CASE args ->> 'change'
        WHEN 'rename' THEN PERFORM hotline.agency_rename(args, day, by_actor);
        WHEN 'merge' THEN PERFORM hotline.agency_merge(args, day, by_actor);
        WHEN 'split' THEN PERFORM hotline.agency_split(args, day, by_actor);
        WHEN 'abolish' THEN PERFORM hotline.agency_abolish(args, day, by_actor);
        ELSE PERFORM hotline.refuse_reform('a change is rename, merge, split or abolish');
    END CASE;
    ended := ARRAY(SELECT s.old_agency_id FROM hotline.agency_successors s WHERE s.id > last_row);
    RETURN jsonb_build_object(
        'open_complaints', (SELECT count(*) FROM hotline.complaints c
            WHERE c.agency_id = ANY (ended) AND c.closed_at IS NULL),
        'accounts', (SELECT count(*) FROM hotline.users u
            WHERE u.agency_id = ANY (ended) AND u.active),
        'rules', (SELECT coalesce(jsonb_agg(DISTINCT r.code), '[]') FROM hotline.rules r
            JOIN hotline.rule_sets rs ON rs.id = r.rule_set_id AND rs.state = 'published'
            JOIN hotline.agencies a ON a.id = ANY (ended)
            WHERE args ->> 'change' <> 'rename'
              AND a.code = ANY (regexp_split_to_array(
                  concat_ws(' ', r.outcome, array_to_string(r.partners, ' ')), '[^a-z0-9-]+'))));
END $$;

-- ---- through the service ----

-- args: as agency_change has them.
CREATE FUNCTION hotline.agency_change_asked(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN jsonb_build_object('outcome', 'done', 'answer',
                              jsonb_build_object('code', args ->> 'agency')
                              || hotline.agency_change(args, who.actor));
EXCEPTION WHEN SQLSTATE 'HT001' OR invalid_datetime_format OR datetime_field_overflow
    OR check_violation OR exclusion_violation THEN
    RETURN hotline.refusal('refused', 'change', SQLERRM);
END $$;

-- args: at_us, reason, deadlines. The service then judges and calls transfer_apply.
CREATE FUNCTION hotline.transfer_asked(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made integer;
BEGIN
    -- One that still runs holds the lock; a row without it is of a service that went down.
    IF NOT pg_try_advisory_xact_lock(7022102203) THEN
        RETURN hotline.refusal('under_way', 'at');
    END IF;
    UPDATE hotline.transfers SET state = 'failed', error = 'the service stopped'
        WHERE state = 'running';
    INSERT INTO hotline.transfers (at, reason, deadlines, made_at, made_by)
    VALUES (hotline.instant(args, 'at_us'), args ->> 'reason', args ->> 'deadlines',
            clock_timestamp(), who.actor)
    RETURNING id INTO made;
    RETURN jsonb_build_object('outcome', 'done', 'answer',
                              jsonb_build_object('id', made, 'state', 'running'));
END $$;

-- args: id.
CREATE FUNCTION hotline.transfer_back_asked(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    t hotline.transfers;
BEGIN
    t := hotline.transfer_back((args ->> 'id')::integer, clock_timestamp(), who.actor);
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('id', t.id,
        'state', t.state, 'restored', t.restored, 'left_alone', t.left_alone));
EXCEPTION
    WHEN no_data_found THEN RETURN hotline.refusal('not_found');
    WHEN check_violation THEN RETURN hotline.refusal('refused', 'id', SQLERRM);
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('agency.change', 'agency_change_asked', '{administrator}'),
    ('transfer.move', 'transfer_asked', '{administrator}'),
    ('transfer.back', 'transfer_back_asked', '{administrator}');

REVOKE ALL ON FUNCTION hotline.agency_change(jsonb, text),
    hotline.agency_change_asked(hotline.actor, jsonb), hotline.transfer_asked(hotline.actor, jsonb),
    hotline.transfer_back_asked(hotline.actor, jsonb) FROM PUBLIC;

RESET ROLE;
