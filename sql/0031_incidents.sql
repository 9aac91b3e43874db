-- Incidents: many report one thing at once. The service proposes one where a burst of like reports
-- stands out from what is usual there (server/duplicates/burst.h); a supervisor confirms it. From then
-- on new reports inside belong to it. Complaints stay what they are: each has its agency, its deadline
-- and its answer; the incident counts them, and says one thing to all who reported.
SET ROLE hotline_owner;

-- What counts as a burst: at least so many reports within so many minutes, so many times what is usual
-- there, and so unlikely by chance; within link_m (or the category's extent) of one another. After a
-- decision nothing is proposed there again for quiet_hours.
INSERT INTO hotline.settings (key, value) VALUES ('incidents', '{"window_minutes": 60, "least": 6,
    "times_usual": 4, "chance": 0.0001, "link_m": 250, "margin_m": 100, "usual_days": 28,
    "quiet_hours": 6}');

CREATE FUNCTION hotline.incident_number(wanted text) RETURNS double precision LANGUAGE sql STABLE AS $$
    SELECT (s.value ->> wanted)::double precision FROM hotline.settings s WHERE s.key = 'incidents'
$$;

CREATE TABLE hotline.incidents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    status text NOT NULL DEFAULT 'proposed'
        CHECK (status IN ('proposed', 'confirmed', 'dismissed', 'ended')),
    category_id integer NOT NULL REFERENCES hotline.categories,
    category_ids integer[] NOT NULL CHECK (category_id = ANY (category_ids)), -- what attaches
    area public.geometry(MultiPolygon, 4326) NOT NULL
        CHECK (public.ST_IsValid(area) AND NOT public.ST_IsEmpty(area)),
    since timestamptz NOT NULL,                -- reports from then on belong to it
    proposed_at timestamptz NOT NULL DEFAULT now(),
    proposed_by text NOT NULL,                 -- 'service', 'user:LOGIN'
    decided_at timestamptz,
    ended_at timestamptz,
    seen jsonb NOT NULL DEFAULT '{}',          -- of the burst: reports, usual, window_minutes
    title text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    -- What all reporters, and the public, are told; '' for nothing yet.
    message_vi text NOT NULL DEFAULT '' CHECK (length(message_vi) <= 2000),
    message_en text NOT NULL DEFAULT '' CHECK (length(message_en) <= 2000),
    version integer NOT NULL DEFAULT 1,
    CHECK ((status = 'ended') = (ended_at IS NOT NULL))
);
-- Few at a time: every complaint that comes in is held against these.
CREATE INDEX incidents_confirmed ON hotline.incidents USING gist (area) WHERE status = 'confirmed';
CREATE INDEX incidents_status ON hotline.incidents (status, proposed_at);

-- A complaint belongs to one incident at a time.
CREATE TABLE hotline.incident_complaints (
    incident_id bigint NOT NULL REFERENCES hotline.incidents,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    at timestamptz NOT NULL DEFAULT now(),
    how text NOT NULL CHECK (how IN ('burst', 'inside', 'hand')),
    left_at timestamptz,
    PRIMARY KEY (incident_id, complaint_id)
);
CREATE UNIQUE INDEX incident_complaints_one ON hotline.incident_complaints (complaint_id)
    WHERE left_at IS NULL;

-- Who did what. Append-only.
CREATE TABLE hotline.incident_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id bigint NOT NULL REFERENCES hotline.incidents,
    at timestamptz NOT NULL DEFAULT now(),
    event text NOT NULL,
    actor text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX incident_history_incident ON hotline.incident_history (incident_id, id);
CREATE TRIGGER incident_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.incident_history FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

GRANT SELECT ON hotline.incidents, hotline.incident_complaints, hotline.incident_history
    TO hotline_readonly;

-- --- who belongs to it ----------------------------------------------------------------------------

CREATE FUNCTION hotline.incident_told(i hotline.incidents) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('hotline_incidents', i.id || ' ' || i.status)
$$;

CREATE FUNCTION hotline.incident_noted(i hotline.incidents, of_event text, of_actor text,
                                       of_detail jsonb DEFAULT '{}')
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO hotline.incident_history (incident_id, event, actor, detail)
    VALUES (i.id, of_event, of_actor, of_detail)
$$;

-- The message goes to everybody who reported: a row of history for those who look, one of the outbox
-- for those who are told.
CREATE FUNCTION hotline.incident_say(i hotline.incidents, ids bigint[], of_actor text) RETURNS void
    LANGUAGE sql AS $$
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT c.id, now(), 'incident', of_actor, jsonb_build_object('incident', i.id,
        'text', i.message_vi, 'text_en', i.message_en)
    FROM unnest(ids) AS c(id) WHERE i.message_vi <> '' ORDER BY c.id;
    INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
    SELECT now(), 'complaint.incident', c.id, jsonb_build_object('incident', i.id,
        'text', i.message_vi, 'text_en', i.message_en)
    FROM unnest(ids) AS c(id) WHERE i.message_vi <> '' ORDER BY c.id;
$$;

-- Takes those that belong to no incident yet; answers which.
CREATE FUNCTION hotline.incident_attach(i hotline.incidents, ids bigint[], of_how text, of_actor text)
    RETURNS bigint[] LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken bigint[];
BEGIN
    WITH new AS (
        INSERT INTO hotline.incident_complaints AS m (incident_id, complaint_id, how)
        SELECT i.id, c.id, of_how FROM unnest(ids) AS c(id)
        WHERE NOT EXISTS (SELECT FROM hotline.incident_complaints o
                          WHERE o.complaint_id = c.id AND o.left_at IS NULL)
        ORDER BY c.id
        ON CONFLICT (incident_id, complaint_id) DO UPDATE SET left_at = NULL, how = of_how, at = now()
        RETURNING complaint_id
    ) SELECT coalesce(array_agg(complaint_id), '{}') INTO taken FROM new;
    IF i.status = 'confirmed' THEN
        PERFORM hotline.incident_say(i, taken, of_actor);
    END IF;
    RETURN taken;
END $$;

-- What lies inside and is of its kinds, reported since, and not of another incident.
CREATE FUNCTION hotline.incident_inside(i hotline.incidents) RETURNS bigint[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(c.id ORDER BY c.id), '{}') FROM hotline.complaints c
    WHERE c.received_at >= i.since AND c.category_id = ANY (i.category_ids)
      AND ST_Intersects(c.geom, i.area) AND c.place_match NOT IN ('ward', 'district', 'none')
      AND c.status <> 'rejected'
$$;

-- In the transaction that stores them: a report that comes in during an incident belongs to it from
-- its first moment, and none is missed.
CREATE FUNCTION hotline.incidents_take() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    i hotline.incidents;
    ids bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM hotline.incidents k WHERE k.status = 'confirmed') THEN
        RETURN NULL;
    END IF;
    FOR i IN SELECT * FROM hotline.incidents k WHERE k.status = 'confirmed' ORDER BY k.id FOR SHARE LOOP
        SELECT array_agg(n.id) INTO ids FROM new_rows n
        WHERE n.received_at >= i.since AND n.category_id = ANY (i.category_ids)
          AND n.place_match NOT IN ('ward', 'district', 'none') AND ST_Intersects(n.geom, i.area);
        IF ids IS NOT NULL THEN
            PERFORM hotline.incident_attach(i, ids, 'inside', 'service');
            PERFORM hotline.incident_told(i);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER incidents_take AFTER INSERT ON hotline.complaints REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.incidents_take();

-- --- proposing ------------------------------------------------------------------------------------

-- Reports of the last minutes that a burst may be made of.
CREATE FUNCTION hotline.incident_recent(most integer)
    RETURNS TABLE (id bigint, lon double precision, lat double precision, category_id integer,
                   received_us bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.id, ST_X(c.geom), ST_Y(c.geom), c.category_id,
        (extract(epoch FROM c.received_at) * 1000000)::bigint
    FROM hotline.complaints c
    WHERE c.received_at > now() - interval '1 minute' * hotline.incident_number('window_minutes')
      AND c.received_at <= now() + interval '5 minutes'
      AND c.place_match NOT IN ('ward', 'district', 'none') AND c.duplicate_of IS NULL
      AND c.status <> 'rejected' AND NOT EXISTS (
        SELECT FROM hotline.incident_complaints m JOIN hotline.incidents i ON i.id = m.incident_id
        WHERE m.complaint_id = c.id AND m.left_at IS NULL AND i.status <> 'proposed')
    ORDER BY c.received_at DESC, c.id DESC LIMIT most
$$;

-- How many of these kinds came from that box in a window of the burst's length, on average.
CREATE FUNCTION hotline.incident_usual(kinds integer[], west double precision,
        south double precision, east double precision, north double precision)
    RETURNS double precision
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) / (hotline.incident_number('usual_days') * 1440
                       / hotline.incident_number('window_minutes'))
    FROM hotline.complaints c
    WHERE c.geom && ST_MakeEnvelope(west, south, east, north, 4326)
      AND c.category_id = ANY (kinds)
      AND c.received_at > now() - interval '1 day' * hotline.incident_number('usual_days')
      AND c.received_at <= now() - interval '1 minute' * hotline.incident_number('window_minutes')
$$;

-- The ground that the reports lie on, with a margin, in metres.
CREATE FUNCTION hotline.incident_area(ids bigint[], margin_m double precision)
    RETURNS public.geometry
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT ST_Multi(ST_Buffer(ST_ConcaveHull(ST_Collect(c.geom), 0.7)::geography, margin_m)::geometry)
    FROM hotline.complaints c WHERE c.id = ANY (ids) AND c.geom IS NOT NULL
$$;

-- A burst was seen. args: category, kinds (ids), complaints (ids), margin_m, seen. One there already
-- grows by it while it is a proposal; where one was decided on lately nothing is proposed, unless three
-- times as many report by now. Answers the incident's id, or NULL.
CREATE FUNCTION hotline.incident_propose(args jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ids bigint[] := ARRAY (SELECT v::bigint FROM jsonb_array_elements_text(args -> 'complaints') v);
    kinds integer[] := ARRAY (SELECT v::integer FROM jsonb_array_elements_text(args -> 'kinds') v);
    ground geometry;
    i hotline.incidents;
    taken bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(1022, 45); -- several services see the same burst
    ground := hotline.incident_area(ids, (args ->> 'margin_m')::double precision);
    IF ground IS NULL OR ST_IsEmpty(ground) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO i FROM hotline.incidents k
    WHERE k.status = 'proposed' AND k.category_ids && kinds AND ST_Intersects(k.area, ground)
    ORDER BY k.id LIMIT 1;
    IF i.id IS NULL AND EXISTS (SELECT FROM hotline.incidents k
            WHERE k.status IN ('dismissed', 'ended', 'confirmed') AND k.category_ids && kinds
              AND ST_Intersects(k.area, ground)
              AND coalesce(k.ended_at, k.decided_at) > now() - interval '1 hour'
                  * hotline.incident_number('quiet_hours')
              AND cardinality(ids) < 3 * coalesce((k.seen ->> 'reports')::integer, 0)) THEN
        RETURN NULL;
    END IF;
    IF i.id IS NULL THEN
        INSERT INTO hotline.incidents (category_id, category_ids, area, since, proposed_by, seen)
        SELECT (args ->> 'category')::integer, kinds, ground, min(c.received_at), 'service',
            args -> 'seen'
        FROM hotline.complaints c WHERE c.id = ANY (ids)
        RETURNING * INTO i;
        PERFORM hotline.incident_noted(i, 'proposed', 'service', args -> 'seen');
        taken := hotline.incident_attach(i, ids, 'burst', 'service');
    ELSE
        taken := hotline.incident_attach(i, ids, 'burst', 'service');
        IF taken = '{}' THEN
            RETURN i.id;
        END IF;
        UPDATE hotline.incidents k SET seen = args -> 'seen', version = k.version + 1,
            category_ids = ARRAY (SELECT DISTINCT v FROM unnest(k.category_ids || kinds) v),
            area = hotline.incident_area(ARRAY (SELECT m.complaint_id
                FROM hotline.incident_complaints m WHERE m.incident_id = k.id AND m.left_at IS NULL),
                (args ->> 'margin_m')::double precision)
        WHERE k.id = i.id RETURNING * INTO i;
    END IF;
    PERFORM hotline.incident_told(i);
    RETURN i.id;
END $$;

-- --- deciding --------------------------------------------------------------------------------------

-- A polygon as GeoJSON from a person: valid and not larger than a city; NULL otherwise.
CREATE FUNCTION hotline.area_given(given jsonb) RETURNS public.geometry
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    area geometry;
BEGIN
    area := ST_Multi(ST_CollectionExtract(ST_MakeValid(
        ST_SetSRID(ST_Force2D(ST_GeomFromGeoJSON(given::text)), 4326)), 3));
    IF ST_IsEmpty(area) OR ST_NPoints(area) > 5000 OR ST_XMin(area) < -180 OR ST_XMax(area) > 180
        OR ST_YMin(area) < -85 OR ST_YMax(area) > 85 OR ST_Area(area::geography) > 2e10 THEN
        RETURN NULL;
    END IF;
    RETURN area;
EXCEPTION WHEN others THEN
    RETURN NULL;
END $$;

-- What a person changed of it: area (GeoJSON), title, message_vi, message_en. A refusal, or NULL with
-- the row changed.
CREATE FUNCTION hotline.incident_change(i hotline.incidents, args jsonb, of_actor text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ground geometry := CASE WHEN args -> 'area' IS NOT NULL THEN hotline.area_given(args -> 'area') END;
    said_before text := i.message_vi || chr(10) || i.message_en;
    there bigint[];
BEGIN
    IF args -> 'area' IS NOT NULL AND ground IS NULL THEN
        RETURN hotline.refusal('unknown', 'area', 'GeoJSON');
    END IF;
    UPDATE hotline.incidents k SET area = coalesce(ground, k.area),
        title = coalesce(args ->> 'title', k.title),
        message_vi = coalesce(args ->> 'message_vi', k.message_vi),
        message_en = coalesce(args ->> 'message_en', k.message_en),
        version = k.version + 1
    WHERE k.id = i.id RETURNING * INTO i;
    IF ground IS NOT NULL THEN
        UPDATE hotline.incident_complaints m SET left_at = now()
        FROM hotline.complaints c
        WHERE m.incident_id = i.id AND m.left_at IS NULL AND m.how <> 'hand' AND c.id = m.complaint_id
          AND NOT coalesce(ST_Intersects(c.geom, i.area), false);
    END IF;
    there := ARRAY (SELECT m.complaint_id FROM hotline.incident_complaints m
                    WHERE m.incident_id = i.id AND m.left_at IS NULL);
    IF i.message_vi || chr(10) || i.message_en <> said_before AND i.status = 'confirmed' THEN
        PERFORM hotline.incident_say(i, there, of_actor);
    END IF;
    IF i.status = 'confirmed' AND ground IS NOT NULL THEN
        PERFORM hotline.incident_attach(i, hotline.incident_inside(i), 'inside', of_actor);
    END IF;
    RETURN NULL;
END $$;

-- confirm, edit, dismiss, end, create, and complaints by hand. args: do, incident, version; of a new one
-- category and area; reason; complaint (a code) with add or remove.
CREATE FUNCTION hotline.incident_act(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted text := args ->> 'do';
    i hotline.incidents;
    refused jsonb;
    c hotline.complaints;
BEGIN
    IF wanted = 'create' THEN
        SELECT k.id INTO c.category_id FROM hotline.categories k WHERE k.code = args ->> 'category';
        IF c.category_id IS NULL THEN
            RETURN hotline.refusal('unknown', 'category', args ->> 'category');
        ELSIF hotline.area_given(args -> 'area') IS NULL THEN
            RETURN hotline.refusal('unknown', 'area', 'GeoJSON');
        END IF;
        INSERT INTO hotline.incidents (status, category_id, category_ids, area, since, proposed_by,
            decided_at, title)
        VALUES ('proposed', c.category_id, ARRAY (SELECT v::integer
                FROM jsonb_array_elements_text(args -> 'kinds') v), hotline.area_given(args -> 'area'),
            now() - interval '1 minute' * hotline.incident_number('window_minutes'), who.actor, now(),
            coalesce(args ->> 'title', ''))
        RETURNING * INTO i;
        PERFORM hotline.incident_noted(i, 'created', who.actor);
        wanted := 'confirm';
    ELSE
        SELECT * INTO i FROM hotline.incidents k WHERE k.id = (args ->> 'incident')::bigint FOR UPDATE;
        IF i.id IS NULL THEN
            RETURN hotline.refusal('not_found');
        ELSIF i.version <> (args ->> 'version')::integer THEN
            RETURN hotline.refusal('stale', 'version', i.version::text);
        ELSIF NOT i.status = ANY (CASE WHEN wanted IN ('confirm', 'dismiss') THEN ARRAY['proposed']
                WHEN wanted = 'edit' THEN ARRAY['proposed', 'confirmed']
                ELSE ARRAY['confirmed'] END) THEN
            RETURN hotline.refusal('wrong_state', 'do', i.status);
        END IF;
    END IF;
    IF wanted IN ('add', 'remove') THEN
        SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'complaint';
        IF c.id IS NULL THEN
            RETURN hotline.refusal('unknown', 'complaint', args ->> 'complaint');
        ELSIF wanted = 'add' AND hotline.incident_attach(i, ARRAY[c.id], 'hand', who.actor) = '{}' THEN
            RETURN hotline.refusal('in_incident', 'complaint', c.code);
        ELSIF wanted = 'remove' THEN
            UPDATE hotline.incident_complaints m SET left_at = now()
            WHERE m.incident_id = i.id AND m.complaint_id = c.id AND m.left_at IS NULL;
            IF NOT FOUND THEN
                RETURN hotline.refusal('unknown', 'complaint', c.code);
            END IF;
        END IF;
        UPDATE hotline.incidents k SET version = k.version + 1 WHERE k.id = i.id RETURNING * INTO i;
    ELSE
        refused := hotline.incident_change(i, args, who.actor);
        IF refused IS NOT NULL THEN
            RETURN refused;
        END IF;
        SELECT * INTO i FROM hotline.incidents k WHERE k.id = i.id;
    END IF;
    IF wanted = 'confirm' THEN
        UPDATE hotline.incidents k SET status = 'confirmed', decided_at = now() WHERE k.id = i.id
        RETURNING * INTO i;
        PERFORM hotline.incident_say(i, ARRAY (SELECT m.complaint_id
            FROM hotline.incident_complaints m WHERE m.incident_id = i.id AND m.left_at IS NULL),
            who.actor);
        PERFORM hotline.incident_attach(i, hotline.incident_inside(i), 'inside', who.actor);
    ELSIF wanted = 'dismiss' THEN
        UPDATE hotline.incidents k SET status = 'dismissed', decided_at = now() WHERE k.id = i.id
        RETURNING * INTO i;
        UPDATE hotline.incident_complaints m SET left_at = now()
        WHERE m.incident_id = i.id AND m.left_at IS NULL;
    ELSIF wanted = 'end' THEN
        UPDATE hotline.incidents k SET status = 'ended', ended_at = now() WHERE k.id = i.id
        RETURNING * INTO i;
    END IF;
    PERFORM hotline.incident_noted(i, wanted, who.actor, jsonb_strip_nulls(jsonb_build_object(
        'reason', args ->> 'reason', 'complaint', args ->> 'complaint', 'message', nullif(i.message_vi, ''))));
    PERFORM hotline.incident_told(i);
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.incident_json(i, true)
        -- Ending it offers to resolve what is open: as POST /api/v1/complaints/actions takes it.
        || CASE WHEN wanted = 'end' THEN jsonb_build_object('open', hotline.incident_open(i))
                ELSE '{}' END);
END $$;

CREATE FUNCTION hotline.incident_open(i hotline.incidents) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('code', c.code, 'version', c.version,
        'status', c.status) ORDER BY c.id), '[]')
    FROM hotline.incident_complaints m JOIN hotline.complaints c ON c.id = m.complaint_id
    WHERE m.incident_id = i.id AND m.left_at IS NULL
      AND c.status NOT IN ('resolved', 'closed', 'rejected')
$$;

INSERT INTO hotline.actions (action, handler, roles)
VALUES ('incident.act', 'incident_act', '{supervisor}');

-- --- looking -----------------------------------------------------------------------------------------

-- One incident. Cases and people are counted apart: ten who joined one case are one case.
CREATE FUNCTION hotline.incident_json(i hotline.incidents, staff boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('id', i.id, 'status', i.status, 'title', i.title,
        'category', (SELECT jsonb_build_object('code', k.code, 'name_vi', k.name_vi, 'name_en', k.name_en)
                     FROM hotline.categories k WHERE k.id = i.category_id),
        'message', jsonb_build_object('vi', i.message_vi, 'en', coalesce(nullif(i.message_en, ''), i.message_vi)),
        'since', i.since, 'ended_at', i.ended_at,
        'area', ST_AsGeoJSON(i.area, 5)::jsonb,
        'complaints', n.complaints, 'callers', n.callers)
    || CASE WHEN staff THEN jsonb_build_object('version', i.version, 'proposed_at', i.proposed_at,
        'proposed_by', i.proposed_by, 'decided_at', i.decided_at, 'seen', i.seen, 'open', n.open,
        'categories', (SELECT jsonb_agg(k.code ORDER BY k.code) FROM hotline.categories k
                       WHERE k.id = ANY (i.category_ids))) ELSE '{}' END
    FROM (SELECT count(*) AS complaints, coalesce(sum(c.reporters), 0) AS callers,
            count(*) FILTER (WHERE c.status NOT IN ('resolved', 'closed', 'rejected')) AS open
        FROM hotline.incident_complaints m JOIN hotline.complaints c ON c.id = m.complaint_id
        WHERE m.incident_id = i.id AND m.left_at IS NULL AND c.duplicate_of IS NULL) n
$$;

-- The public sees those that a supervisor confirmed and said something of, until a day after they ended;
-- staff see all of the last weeks. Newest first.
CREATE FUNCTION hotline.incidents_list(staff boolean, of_status text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('incidents', coalesce(jsonb_agg(hotline.incident_json(i, staff)
        ORDER BY i.id DESC), '[]'))
    FROM (SELECT * FROM hotline.incidents k
        WHERE (of_status IS NULL OR k.status = of_status)
          AND CASE WHEN staff THEN k.proposed_at > now() - interval '30 days' OR k.status = 'confirmed'
              ELSE k.message_vi <> '' AND (k.status = 'confirmed'
                   OR (k.status = 'ended' AND k.ended_at > now() - interval '1 day')) END
        ORDER BY k.id DESC LIMIT 200) i
$$;

-- One, for staff, with those of its complaints that they work on; its history (which names complaints)
-- for those who work on all.
CREATE FUNCTION hotline.incident_one(of_id bigint, by_viewer text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT hotline.incident_json(i, true) || jsonb_build_object(
        'list', coalesce((SELECT jsonb_agg(jsonb_build_object('code', c.code, 'version', c.version,
                'status', c.status, 'category', k.code, 'received_at', c.received_at,
                'reporters', c.reporters, 'how', m.how, 'description', c.description,
                'lon', ST_X(c.geom), 'lat', ST_Y(c.geom), 'agency', a.code) ORDER BY c.received_at, c.id)
            FROM hotline.incident_complaints m JOIN hotline.complaints c ON c.id = m.complaint_id
            JOIN hotline.categories k ON k.id = c.category_id
            JOIN hotline.agencies a ON a.id = c.agency_id
            WHERE m.incident_id = i.id AND m.left_at IS NULL
              AND hotline.scope_covers(s, c.agency_id, c.desk_id, c.category_id)), '[]'),
        'history', coalesce((SELECT jsonb_agg(jsonb_build_object('at', h.at, 'event', h.event, 'actor', h.actor,
                'detail', h.detail) ORDER BY h.id)
            FROM hotline.incident_history h WHERE h.incident_id = i.id AND s.sees = 'all'), '[]'))
    FROM hotline.incidents i, hotline.scope_of(by_viewer) s WHERE i.id = of_id
$$;

-- Cases, people and incidents of a period, each counted for itself. Complaints that were merged into
-- another are no case of their own.
CREATE FUNCTION hotline.reporters_statistics(of_from timestamptz, of_to timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH own AS MATERIALIZED (
        SELECT c.id, c.category_id, c.reporters, c.duplicate_of IS NOT NULL AS merged,
            EXISTS (SELECT FROM hotline.incident_complaints m JOIN hotline.incidents i ON i.id = m.incident_id
                    WHERE m.complaint_id = c.id AND m.left_at IS NULL
                      AND i.status IN ('confirmed', 'ended')) AS in_incident
        FROM hotline.complaints c WHERE c.received_at >= of_from AND c.received_at < of_to
    ), by_category AS (
        SELECT k.code, count(*) FILTER (WHERE NOT o.merged) AS cases,
            coalesce(sum(o.reporters) FILTER (WHERE NOT o.merged), 0) AS callers,
            count(*) FILTER (WHERE NOT o.merged AND o.reporters > 1) AS reported_again,
            count(*) FILTER (WHERE o.in_incident AND NOT o.merged) AS in_incidents
        FROM own o JOIN hotline.categories k ON k.id = o.category_id GROUP BY k.code
    )
    SELECT jsonb_build_object('from', of_from, 'to', of_to,
        'cases', coalesce(sum(cases), 0), 'callers', coalesce(sum(callers), 0),
        'reported_again', coalesce(sum(reported_again), 0),
        'merged', (SELECT count(*) FROM own WHERE merged),
        'in_incidents', coalesce(sum(in_incidents), 0),
        'incidents', (SELECT count(*) FROM hotline.incidents i WHERE i.status IN ('confirmed', 'ended')
                      AND i.since >= of_from AND i.since < of_to),
        'categories', coalesce(jsonb_agg(to_jsonb(b) ORDER BY callers DESC, code), '[]'))
    FROM by_category b
$$;

-- All who reported are told what is said of it (sql/0021_notifications.sql).
INSERT INTO hotline.notice_events (event, name_vi, name_en)
VALUES ('incident', 'Tin về sự cố chung', 'News of an incident');
INSERT INTO hotline.notice_rules (event, audience, media) VALUES ('incident', 'reporter', '{email,sms}');
INSERT INTO hotline.notice_templates (event, audience, medium, lang, subject, body) VALUES
('incident', 'reporter', 'email', 'vi', 'Tin về phản ánh {{code}}', 'Kính gửi Ông/Bà,

Phản ánh {{code}} thuộc một sự cố mà nhiều người đã báo. Cơ quan chức năng thông tin:
{{said}}

Theo dõi tại: {{link}}'),
('incident', 'reporter', 'email', 'en', 'News of your complaint {{code}}', 'Dear Sir or Madam,

Your complaint {{code}} belongs to an incident that many have reported:
{{said}}

Follow it at: {{link}}'),
('incident', 'reporter', 'sms', 'vi', '', '1022: {{said}} (phản ánh {{code}})'),
('incident', 'reporter', 'sms', 'en', '', '1022: {{said}} (complaint {{code}})');

REVOKE ALL ON FUNCTION hotline.incident_number(text), hotline.incident_told(hotline.incidents),
    hotline.incident_noted(hotline.incidents, text, text, jsonb),
    hotline.incident_say(hotline.incidents, bigint[], text),
    hotline.incident_attach(hotline.incidents, bigint[], text, text),
    hotline.incident_inside(hotline.incidents), hotline.incidents_take(),
    hotline.incident_recent(integer), hotline.incident_usual(integer[], double precision,
        double precision, double precision, double precision),
    hotline.incident_area(bigint[], double precision), hotline.incident_propose(jsonb),
    hotline.area_given(jsonb), hotline.incident_change(hotline.incidents, jsonb, text),
    hotline.incident_act(hotline.actor, jsonb), hotline.incident_open(hotline.incidents),
    hotline.incident_json(hotline.incidents, boolean), hotline.incidents_list(boolean, text),
    hotline.incident_one(bigint, text), hotline.reporters_statistics(timestamptz, timestamptz)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.incident_recent(integer), hotline.incident_usual(integer[],
        double precision, double precision, double precision, double precision),
    hotline.incident_propose(jsonb), hotline.incidents_list(boolean, text),
    hotline.incident_one(bigint, text), hotline.reporters_statistics(timestamptz, timestamptz)
    TO hotline_service;

RESET ROLE;
