-- Telling people, kept in order: the ladder counts working time, its steps and the rules of who is told are
-- changed through the service, what was sent long ago goes; co-reporters rate and
-- reopen by their own code.
-- docs/notifications.md tells it to people.
SET ROLE hotline_owner;

-- ---- working time ----

-- Each day of each calendar with the working minutes before it: so that "four fifths of the time" is one
-- look, not a count over days. Filled by the ladder's walk, emptied when a calendar changes.
CREATE TABLE hotline.calendar_worked (
    calendar text NOT NULL,
    day date NOT NULL,
    minutes_before bigint NOT NULL,
    hours int4multirange NOT NULL,
    PRIMARY KEY (calendar, day)
);
CREATE INDEX calendar_worked_minutes ON hotline.calendar_worked (calendar, minutes_before, day);

-- When each step of the ladder comes for a complaint, of the due time that it has now.
CREATE TABLE hotline.ladder (
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    step integer NOT NULL,
    due_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    told boolean NOT NULL,
    PRIMARY KEY (complaint_id, step)
);
CREATE INDEX ladder_next ON hotline.ladder (step, at) WHERE NOT told;

CREATE FUNCTION hotline.city_zone() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT s.value #>> '{}' FROM hotline.settings s WHERE s.key = 'timezone'), 'UTC')
$$;

-- Working minutes of a calendar up to an instant, from the first day that is kept; NULL: not kept.
CREATE FUNCTION hotline.worked_minutes(of_calendar text, at timestamptz) RETURNS numeric
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    local timestamp := at AT TIME ZONE hotline.city_zone();
BEGIN
    RETURN (SELECT w.minutes_before + hotline.working_part(w.hours,
                extract(epoch FROM local - local::date) / 60)
            FROM hotline.calendar_worked w WHERE w.calendar = of_calendar AND w.day = local::date);
END $$;

-- The first instant at which so many working minutes have passed; NULL: not kept.
CREATE FUNCTION hotline.worked_instant(of_calendar text, minutes numeric) RETURNS timestamptz
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    d hotline.calendar_worked;
    left_over numeric;
    session int4range;
BEGIN
    SELECT * INTO d FROM hotline.calendar_worked w
    WHERE w.calendar = of_calendar AND w.minutes_before < minutes
    ORDER BY w.minutes_before DESC, w.day DESC LIMIT 1;
    left_over := minutes - d.minutes_before;
    FOR session IN SELECT r FROM unnest(d.hours) r ORDER BY r LOOP
        IF left_over <= upper(session) - lower(session) THEN
            RETURN (d.day + (lower(session) + left_over) * interval '1 minute')
                AT TIME ZONE hotline.city_zone();
        END IF;
        left_over := left_over - (upper(session) - lower(session));
    END LOOP;
    RETURN NULL;
END $$;

-- When a share of the time from `from_at` to `due` has passed: in working time of the calendar, by the
-- clock where there is none (NULL), or none of its working time lies between.
CREATE FUNCTION hotline.step_instant(of_calendar text, from_at timestamptz, due timestamptz,
                                     share double precision) RETURNS timestamptz
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    first numeric;
    last numeric;
BEGIN
    IF share = 1 THEN
        RETURN due;
    END IF;
    first := hotline.worked_minutes(of_calendar, from_at);
    last := hotline.worked_minutes(of_calendar, due);
    RETURN coalesce(CASE WHEN last > first THEN
            hotline.worked_instant(of_calendar, first + share::numeric * (last - first)) END,
        from_at + share * (due - from_at));
END $$;

-- The calendar that a complaint's ladder counts by: its agency's, or what its terms say; NULL, by the
-- clock, where it is urgent. A calendar round the clock comes to the same.
CREATE FUNCTION hotline.ladder_calendar(c hotline.complaints) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN coalesce((c.deadline_terms ->> 'urgent')::boolean, k.urgent) THEN NULL
        ELSE coalesce(c.deadline_terms ->> 'calendar', a.calendar, 'city') END
    FROM hotline.categories k, hotline.agencies a WHERE k.id = c.category_id AND a.id = c.agency_id
$$;

-- ---- the ladder, written down ----

CREATE FUNCTION hotline.calendar_worked_fill() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    today date := hotline.city_day(now());
BEGIN
    IF (SELECT coalesce(max(w.day), '-infinity') FROM hotline.calendar_worked w) < today + 700 THEN
        DELETE FROM hotline.calendar_worked;
        INSERT INTO hotline.calendar_worked
        SELECT w.calendar, w.day, w.minutes_before, coalesce(w.hours, '{}')
        FROM hotline.working_days(today - 800, today + 1100) w;
        ANALYZE hotline.calendar_worked;
    END IF;
END $$;

-- Writes down the steps of open complaints that have none; answers for how many.
CREATE FUNCTION hotline.ladder_fill(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    n integer;
BEGIN
    PERFORM hotline.calendar_worked_fill();
    INSERT INTO hotline.ladder (complaint_id, step, due_at, at, told)
    SELECT f.id, f.step, f.due, hotline.step_instant(f.calendar, f.from_at, f.due, f.share),
        EXISTS (SELECT FROM hotline.escalations_done d
                WHERE d.complaint_id = f.id AND d.step = f.step AND d.due_at = f.due)
    FROM (SELECT o.id, o.calendar, o.from_at, e.step, e.share,
              CASE e.clock WHEN 'accept' THEN o.accept_due_at ELSE o.due_at END AS due
          FROM (SELECT c.id, c.accept_due_at, c.due_at, hotline.ladder_calendar(c) AS calendar,
                    coalesce(c.clock_from, c.received_at) AS from_at
                FROM hotline.complaints c
                WHERE c.closed_at IS NULL AND c.due_at IS NOT NULL
                  AND NOT EXISTS (SELECT FROM hotline.ladder l WHERE l.complaint_id = c.id)
                ORDER BY c.due_at, c.id LIMIT most OFFSET 0) o, hotline.escalations e
          WHERE e.active) f
    WHERE f.due IS NOT NULL
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- A complaint whose clock changed, or that ended, has its steps written down anew, or none.
CREATE FUNCTION hotline.ladder_forget() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        DELETE FROM hotline.ladder l WHERE l.complaint_id = NEW.id;
    ELSE
        DELETE FROM hotline.ladder;
        IF TG_TABLE_NAME LIKE 'calendar%' THEN
            DELETE FROM hotline.calendar_worked;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ladder_forget AFTER UPDATE OF due_at, accept_due_at, clock_from, closed_at, agency_id,
        category_id, deadline_terms ON hotline.complaints FOR EACH ROW
    WHEN ((OLD.due_at, OLD.accept_due_at, OLD.clock_from, OLD.closed_at, OLD.agency_id, OLD.category_id,
           OLD.deadline_terms) IS DISTINCT FROM (NEW.due_at, NEW.accept_due_at, NEW.clock_from,
           NEW.closed_at, NEW.agency_id, NEW.category_id, NEW.deadline_terms))
    EXECUTE FUNCTION hotline.ladder_forget();
CREATE TRIGGER ladder_forget AFTER UPDATE OF calendar ON hotline.agencies
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.ladder_forget();
DO $$
DECLARE
    of_table text;
BEGIN
    FOREACH of_table IN ARRAY ARRAY['escalations', 'calendars', 'calendar_hours', 'calendar_days'] LOOP
        EXECUTE format('CREATE TRIGGER ladder_forget AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
            ON hotline.%I FOR EACH STATEMENT EXECUTE FUNCTION hotline.ladder_forget()', of_table);
    END LOOP;
END $$;

-- "At risk" is between the step `at_risk` and the due time, while the clock runs.
CREATE FUNCTION hotline.at_risk(c hotline.complaints, at timestamptz DEFAULT now())
    RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.closed_at IS NULL AND c.paused_at IS NULL AND c.due_at > $2
       AND EXISTS (SELECT FROM hotline.ladder l JOIN hotline.escalations e ON e.step = l.step
                   WHERE l.complaint_id = c.id AND e.event = 'at_risk' AND e.active AND l.at <= $2)
$$;
GRANT SELECT ON hotline.ladder TO hotline_service, hotline_readonly;

-- Tells of each step that an open complaint has come to, once for each due time it had: a history row
-- and an outbox row in one transaction. One walker at a time; complaints that somebody is changing
-- just now are looked at the next time. Steps that lie before the ladder was set up, or so long ago
-- that nobody would be told any more, are passed over in silence. Answers how many were told.
CREATE FUNCTION hotline.ladder_walk(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    s hotline.escalations;
    n integer;
    total integer := 0;
    since timestamptz := greatest(hotline.notify_text('ladder_since')::timestamptz,
        now() - hotline.notify_number('expire_hours') * interval '1 hour');
BEGIN
    IF NOT pg_try_advisory_xact_lock(1022, 22) THEN
        RETURN 0;
    END IF;
    PERFORM hotline.ladder_fill(most);
    FOR s IN SELECT * FROM hotline.escalations e WHERE e.active ORDER BY e.step LOOP
        WITH come AS MATERIALIZED (
            SELECT c.id, l.due_at FROM hotline.ladder l JOIN hotline.complaints c ON c.id = l.complaint_id
            WHERE l.step = s.step AND NOT l.told AND l.at <= now() AND l.at > since
              AND c.closed_at IS NULL AND (c.paused_at IS NULL OR l.due_at <= now())
              AND (s.clock = 'resolve' OR c.status IN ('received', 'assigned', 'reopened'))
              AND (s.share >= 1 OR l.due_at > now())
            ORDER BY l.at LIMIT most FOR UPDATE OF c SKIP LOCKED
        ), marked AS (
            UPDATE hotline.ladder l SET told = true FROM come
            WHERE l.complaint_id = come.id AND l.step = s.step
        ), done AS (
            INSERT INTO hotline.escalations_done (complaint_id, step, due_at)
            SELECT id, s.step, due_at FROM come ON CONFLICT DO NOTHING RETURNING complaint_id, due_at
        ), history AS (
            INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
            SELECT complaint_id, now(), s.event, 'system:deadlines', jsonb_build_object('due_at', due_at,
                'internal', jsonb_build_object('step', s.step, 'share', s.share,
                                               'audiences', to_jsonb(s.audiences)))
            FROM done
        )
        INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
        SELECT now(), 'complaint.' || s.event, complaint_id,
            jsonb_build_object('step', s.step, 'audiences', to_jsonb(s.audiences)) FROM done;
        GET DIAGNOSTICS n = ROW_COUNT;
        total := total + n;
    END LOOP;
    RETURN total;
END $$;

-- ---- what was sent long ago ----

-- keep_days: how long what was sent is kept, and what the outbox told of; 0: for good. Dead letters stay
-- until they are sent or dropped; the looks at persons that sending took, and the history, always.
UPDATE hotline.settings SET value = value || '{"keep_days": 180}' WHERE key = 'notify';

-- One turn: at most `most` of each; answers how many went.
CREATE FUNCTION hotline.notices_prune(most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    until timestamptz := now() - nullif(hotline.notify_number('keep_days'), 0) * interval '1 day';
    notices bigint;
    events bigint;
    steps bigint;
BEGIN
    IF until IS NULL OR NOT pg_try_advisory_xact_lock(1022, 38) THEN
        RETURN 0;
    END IF;
    DELETE FROM hotline.notices n WHERE n.id IN (
        SELECT k.id FROM hotline.notices k WHERE k.ended_at < until AND k.state = 'sent'
        ORDER BY k.ended_at LIMIT most FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS notices = ROW_COUNT;
    DELETE FROM hotline.outbox o WHERE o.id IN (
        SELECT k.id FROM hotline.outbox k WHERE k.planned_at < until
          AND NOT EXISTS (SELECT FROM hotline.notices n WHERE n.outbox_id = k.id)
        ORDER BY k.id LIMIT most);
    GET DIAGNOSTICS events = ROW_COUNT;
    DELETE FROM hotline.escalations_done d WHERE d.ctid = ANY (ARRAY (
        SELECT k.ctid FROM hotline.escalations_done k JOIN hotline.complaints c ON c.id = k.complaint_id
        WHERE k.at < until AND c.closed_at < until LIMIT most));
    GET DIAGNOSTICS steps = ROW_COUNT;
    RETURN notices + events + steps;
END $$;

-- What a receiver answered may name an address: masked before it is kept.
CREATE FUNCTION hotline.answer_masked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'notices' THEN
        NEW.error := hotline.text_masked(NEW.error);
    ELSE
        NEW.answer := hotline.text_masked(NEW.answer);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answer_masked BEFORE UPDATE OF error ON hotline.notices FOR EACH ROW
    WHEN (NEW.error IS NOT NULL) EXECUTE FUNCTION hotline.answer_masked();
CREATE TRIGGER answer_masked BEFORE INSERT ON hotline.notice_attempts FOR EACH ROW
    WHEN (NEW.answer <> '') EXECUTE FUNCTION hotline.answer_masked();

-- ---- rules, ladder and settings through the service ----

CREATE FUNCTION hotline.notice_rules_json() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'rules', (SELECT coalesce(jsonb_agg(jsonb_build_object('event', r.event, 'audience', r.audience,
            'media', to_jsonb(r.media), 'active', r.active) ORDER BY r.event, r.audience), '[]')
            FROM hotline.notice_rules r),
        'ladder', (SELECT coalesce(jsonb_agg(jsonb_build_object('step', e.step, 'clock', e.clock,
            'percent', round((e.share * 100)::numeric)::integer, 'event', e.event,
            'audiences', to_jsonb(e.audiences), 'active', e.active) ORDER BY e.step), '[]')
            FROM hotline.escalations e),
        'events', (SELECT coalesce(jsonb_agg(jsonb_build_object('event', v.event, 'vi', v.name_vi,
            'en', v.name_en) ORDER BY v.event), '[]') FROM hotline.notice_events v),
        'settings', (SELECT jsonb_build_object('keep_days', s.value -> 'keep_days',
            'expire_hours', s.value -> 'expire_hours', 'reporter_media', s.value -> 'reporter_media',
            'sms_unaccented', s.value -> 'sms_unaccented')
            FROM hotline.settings s WHERE s.key = 'notify'))
$$;

CREATE FUNCTION hotline.list_of(args jsonb, name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY (SELECT jsonb_array_elements_text(args -> name))
$$;

-- args: event, audience, media (a list; none: nobody is told), active.
CREATE FUNCTION hotline.notice_rule_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    media text[] := hotline.list_of(args, 'media');
BEGIN
    IF NOT EXISTS (SELECT FROM hotline.notice_events v WHERE v.event = args ->> 'event') THEN
        RETURN hotline.refusal('unknown', 'event', args ->> 'event');
    ELSIF args ->> 'audience' NOT IN ('reporter', 'desk', 'assignee', 'agency_head', 'supervisor',
                                      'leader', 'task') THEN
        RETURN hotline.refusal('unknown', 'audience', args ->> 'audience');
    ELSIF NOT media <@ '{email,sms}' THEN
        RETURN hotline.refusal('unknown', 'media', media::text);
    END IF;
    INSERT INTO hotline.notice_rules AS r (event, audience, media, active)
    VALUES (args ->> 'event', args ->> 'audience', media,
            coalesce((args ->> 'active')::boolean, true) AND media <> '{}')
    ON CONFLICT (event, audience) DO UPDATE SET media = excluded.media, active = excluded.active;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.notice_rules_json());
END $$;

-- args: step, clock, percent, event, audiences, active. A step that is there is replaced.
CREATE FUNCTION hotline.escalation_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    audiences text[] := hotline.list_of(args, 'audiences');
    percent integer := (args ->> 'percent')::integer;
BEGIN
    IF (args ->> 'step')::integer NOT BETWEEN 1 AND 1000 THEN
        RETURN hotline.refusal('unknown', 'step', args ->> 'step');
    ELSIF args ->> 'clock' NOT IN ('accept', 'resolve') THEN
        RETURN hotline.refusal('unknown', 'clock', args ->> 'clock');
    ELSIF args ->> 'event' NOT IN ('at_risk', 'late', 'unaccepted', 'escalated') THEN
        RETURN hotline.refusal('unknown', 'event', args ->> 'event');
    ELSIF percent NOT BETWEEN 1 AND 10000 OR (args ->> 'event' = 'at_risk') <> (percent < 100) THEN
        RETURN hotline.refusal('unknown', 'percent', percent::text);
    ELSIF NOT audiences <@ '{desk,assignee,agency_head,supervisor,leader}' THEN
        RETURN hotline.refusal('unknown', 'audiences', audiences::text);
    END IF;
    INSERT INTO hotline.escalations AS e (step, clock, share, event, audiences, active)
    VALUES ((args ->> 'step')::integer, args ->> 'clock', percent / 100.0::double precision,
            args ->> 'event', audiences, coalesce((args ->> 'active')::boolean, true))
    ON CONFLICT (step) DO UPDATE SET clock = excluded.clock, share = excluded.share,
        event = excluded.event, audiences = excluded.audiences, active = excluded.active;
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.notice_rules_json());
END $$;

-- args: any of keep_days, expire_hours, reporter_media, sms_unaccented.
CREATE FUNCTION hotline.notice_settings_put(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF args ->> 'reporter_media' NOT IN ('preferred', 'all') THEN
        RETURN hotline.refusal('unknown', 'reporter_media', args ->> 'reporter_media');
    ELSIF (args ->> 'expire_hours')::integer NOT BETWEEN 1 AND 8760 THEN
        RETURN hotline.refusal('unknown', 'expire_hours', args ->> 'expire_hours');
    ELSIF (args ->> 'keep_days')::integer BETWEEN 1 AND 6
        OR (args ->> 'keep_days')::integer > 36500 THEN
        RETURN hotline.refusal('unknown', 'keep_days', args ->> 'keep_days');
    END IF;
    UPDATE hotline.settings s SET value = s.value || (SELECT coalesce(jsonb_object_agg(g.key, g.value), '{}')
        FROM jsonb_each(args) g
        WHERE g.key IN ('keep_days', 'expire_hours', 'reporter_media', 'sms_unaccented'))
    WHERE s.key = 'notify';
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.notice_rules_json());
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('notice_rule.put', 'notice_rule_put', '{administrator}'),
    ('escalation.put', 'escalation_put', '{administrator}'),
    ('notice_settings.put', 'notice_settings_put', '{administrator}');
INSERT INTO hotline.audited_actions (action) VALUES
    ('notice_rule.put'), ('escalation.put'), ('notice_settings.put');

-- ---- co-reporters rate, and reopen ----

-- The newest rating by a co-reporter of the result that stands now; NULL: none yet.
CREATE FUNCTION hotline.co_rating(of_co_report bigint, c hotline.complaints)
    RETURNS hotline.complaint_ratings LANGUAGE sql STABLE AS $$
    SELECT g.* FROM hotline.complaint_ratings g
    WHERE g.complaint_id = c.id AND g.co_report_id = of_co_report AND g.at >= c.closed_at
    ORDER BY g.id DESC LIMIT 1
$$;

-- By the code of a complaint, or by that of somebody who joined it. Whoever joined rates the result once,
-- too. A complaint counts once in statistics, with its own reporter's rating; the others are shown beside.
CREATE FUNCTION hotline.complaint_rate(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r hotline.co_reports;
    c hotline.complaints;
    given smallint := hotline.rating_number(args ->> 'rating');
BEGIN
    SELECT * INTO r FROM hotline.co_reports o
    WHERE o.code = args ->> 'code' AND o.left_at IS NULL;
    IF r.id IS NULL THEN
        RETURN hotline.complaint_act(who, args);
    END IF;
    SELECT * INTO c FROM hotline.complaints k WHERE k.id = hotline.stands_for(r.complaint_id) FOR UPDATE;
    IF c.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF c.status NOT IN ('resolved', 'closed') THEN
        RETURN hotline.refusal(CASE WHEN c.closed_at IS NULL THEN 'wrong_state' ELSE 'ended' END,
                               'action', c.status);
    ELSIF (hotline.co_rating(r.id, c)).id IS NOT NULL THEN
        RETURN hotline.refusal('rated', 'rating');
    ELSIF given IS NULL THEN
        RETURN hotline.refusal('unknown', 'rating', args ->> 'rating');
    END IF;
    INSERT INTO hotline.complaint_ratings (complaint_id, at, by, outcome, rating, comment, co_report_id)
    VALUES (c.id, now(), who.actor, 'rated', given, args ->> 'comment', r.id);
    UPDATE hotline.complaints k SET updated_at = greatest(now(), k.updated_at) WHERE k.id = c.id;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    VALUES (c.id, now(), 'rated', who.actor, jsonb_build_object('rating', args ->> 'rating',
        'internal', jsonb_build_object('co_report', r.id)));
    INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
    VALUES (now(), 'complaint.rated', c.id, jsonb_build_object('rating', args ->> 'rating',
        'status', c.status, 'version', c.version));
    RETURN jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('code', r.code));
END $$;
UPDATE hotline.actions SET handler = 'complaint_rate' WHERE action = 'complaint.rate';

-- Likewise, that it was not done: whoever joined says so by their own code, within the same time and as often
-- as its reporter, each on their own. It is the reporter's transition; the history keeps whose it was.
CREATE FUNCTION hotline.complaint_reopen(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r hotline.co_reports;
    result jsonb;
BEGIN
    SELECT * INTO r FROM hotline.co_reports o
    WHERE who.role = 'reporter' AND o.code = args ->> 'code' AND o.left_at IS NULL;
    IF r.id IS NULL THEN
        RETURN hotline.complaint_act(who, args);
    END IF;
    who.co_report := r.id;
    result := hotline.complaint_act(who, args || jsonb_build_object('code',
        (SELECT k.code FROM hotline.complaints k WHERE k.id = hotline.stands_for(r.complaint_id))));
    IF result ->> 'outcome' = 'done' THEN
        result := jsonb_build_object('outcome', 'done', 'answer', jsonb_build_object('code', r.code));
    END IF;
    RETURN result;
END $$;
UPDATE hotline.actions SET handler = 'complaint_reopen' WHERE action = 'complaint.reopen';

-- The complaint that a code lets somebody speak of: whose code it is, or that its holder joined.
CREATE FUNCTION hotline.followed_complaint(of_code text) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((SELECT hotline.stands_for(r.complaint_id) FROM hotline.co_reports r
                     WHERE r.code = of_code AND r.left_at IS NULL),
                    (SELECT c.id FROM hotline.complaints c WHERE c.code = of_code));
END $$;

-- What a co-reporter sees besides hotline.followed: their own rating, and what they may say.
CREATE FUNCTION hotline.followed_rating(of_code text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object(
        'rating', (SELECT jsonb_build_object('rating',
                (ARRAY['not_satisfied', 'acceptable', 'satisfied'])[g.rating], 'comment', g.comment,
                'at', g.at) WHERE g.id IS NOT NULL),
        'may_rate', c.status IN ('resolved', 'closed') AND g.id IS NULL,
        'may_reopen', 'reopen' = ANY (hotline.actions_allowed(
            ROW('public', NULL, 'reporter', NULL, r.id)::hotline.actor, c, 'code')))
    FROM hotline.co_reports r JOIN hotline.complaints c ON c.id = hotline.stands_for(r.complaint_id),
        LATERAL hotline.co_rating(r.id, c) g
    WHERE r.code = of_code AND r.left_at IS NULL
$$;

-- How those who joined rate it, for staff: {satisfied, acceptable, not_satisfied}.
CREATE FUNCTION hotline.co_ratings_json(c hotline.complaints) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('satisfied', count(*) FILTER (WHERE g.rating = 3),
            'acceptable', count(*) FILTER (WHERE g.rating = 2),
            'not_satisfied', count(*) FILTER (WHERE g.rating = 1))
        FROM hotline.complaint_ratings g
        WHERE g.complaint_id = c.id AND g.co_report_id IS NOT NULL AND g.at >= c.closed_at);
END $$;

REVOKE ALL ON FUNCTION hotline.worked_minutes(text, timestamptz), hotline.worked_instant(text, numeric),
    hotline.step_instant(text, timestamptz, timestamptz, double precision),
    hotline.ladder_calendar(hotline.complaints), hotline.calendar_worked_fill(),
    hotline.at_risk(hotline.complaints, timestamptz), hotline.ladder_walk(integer),
    hotline.ladder_fill(integer), hotline.ladder_forget(), hotline.notices_prune(integer),
    hotline.notice_rules_json(), hotline.notice_rule_put(hotline.actor, jsonb),
    hotline.escalation_put(hotline.actor, jsonb), hotline.notice_settings_put(hotline.actor, jsonb),
    hotline.complaint_rate(hotline.actor, jsonb), hotline.complaint_reopen(hotline.actor, jsonb),
    hotline.followed_rating(text), hotline.followed_complaint(text),
    hotline.co_rating(bigint, hotline.complaints), hotline.co_ratings_json(hotline.complaints) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.at_risk(hotline.complaints, timestamptz)
    TO hotline_service, hotline_readonly;
GRANT EXECUTE ON FUNCTION hotline.ladder_walk(integer), hotline.notices_prune(integer),
    hotline.notice_rules_json(),
    hotline.followed_rating(text), hotline.followed_complaint(text) TO hotline_service;

CALL hotline.guard('hotline.ladder');

RESET ROLE;
