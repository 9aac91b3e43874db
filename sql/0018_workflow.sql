-- A complaint's way from received to closed: one table of transitions that every action consults, what
-- each action does, and what it leaves: answers, notes, sub-tasks, ratings.
-- The picture and the rules in words: docs/workflow.md.
--
-- Functions that are asked once or more for every action are plpgsql, not SQL: their plans are kept.
SET ROLE hotline_owner;
SET check_function_bodies = off; -- some call what 0019_scope.sql has

-- ---- settings ----

-- Numbers of the workflow, for the administrator to change.
INSERT INTO hotline.settings (key, value) VALUES ('workflow', '{
    "returns_before_arbitration": 2, "reroute_by_rules": 1, "extensions_max": 2, "extension_days_max": 60,
    "reopen_days": 10, "reopenings_by_reporter": 1, "reopenings_in_all": 3, "close_after_days": 10,
    "own_words_min": 5}');

CREATE FUNCTION hotline.workflow_number(wanted text) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT (s.value ->> wanted)::integer FROM hotline.settings s WHERE s.key = 'workflow');
END $$;

-- ---- the table of transitions ----

-- Who may do what, from where, and what it needs. One action has a row for each way it goes; no two of
-- them share a status and a role. No row: nobody may.
CREATE TABLE hotline.transitions (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL CHECK (action ~ '^[a-z_]+$'),
    from_statuses text[] NOT NULL CHECK (from_statuses <@ ARRAY['received', 'assigned', 'accepted',
        'in_progress', 'returned', 'waiting', 'extended', 'referred', 'resolved', 'closed', 'rejected',
        'reopened'] AND cardinality(from_statuses) > 0),
    -- NULL: the status stays, or is what the effect says (resume: as before the pause).
    to_status text CHECK (to_status IN ('received', 'assigned', 'accepted', 'in_progress', 'returned',
        'waiting', 'extended', 'referred', 'resolved', 'closed', 'rejected', 'reopened')),
    roles text[] NOT NULL CHECK (cardinality(roles) > 0),
    -- What people of an agency must be to it: `agency` has it, `task` has the sub-task, `part` either.
    -- `code`: whoever holds the tracking code.
    scope text NOT NULL DEFAULT 'agency' CHECK (scope IN ('agency', 'part', 'task', 'code')),
    -- Fields that must be given; `evidence` (attachments or no_photo_reason) and `tasks_done` (or
    -- tasks_open_reason) are either-or.
    needs text[] NOT NULL DEFAULT '{}',
    -- What must be so of the complaint: hotline.condition_refusal.
    conditions text[] NOT NULL DEFAULT '{}',
    event text NOT NULL CHECK (event ~ '^[a-z_]+$'), -- in the history; 'complaint.EVENT' in the outbox
    effect text CHECK (effect ~ '^act_[a-z_]+$')     -- a function of this file; NULL: the status alone
);

-- hotline.perform knows each action and who may at all, from this table.
CREATE FUNCTION hotline.transitions_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM hotline.transitions t, unnest(t.from_statuses) s, unnest(t.roles) r
               GROUP BY t.action, s, r HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'two transitions of one action share a status and a role'
            USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM hotline.actions a WHERE a.handler = 'complaint_act'
        AND NOT EXISTS (SELECT FROM hotline.transitions t WHERE a.action = 'complaint.' || t.action);
    INSERT INTO hotline.actions (action, handler, roles)
    SELECT 'complaint.' || t.action, 'complaint_act', array_agg(DISTINCT r ORDER BY r)
    FROM hotline.transitions t, unnest(t.roles) r GROUP BY t.action
    ON CONFLICT (action) DO UPDATE SET roles = EXCLUDED.roles; -- some have a handler around this one
    RETURN NULL;
END $$;
CREATE TRIGGER transitions_changed AFTER INSERT OR UPDATE OR DELETE ON hotline.transitions
    FOR EACH STATEMENT EXECUTE FUNCTION hotline.transitions_changed();

INSERT INTO hotline.transitions
    (action, from_statuses, to_status, roles, scope, needs, conditions, event, effect) VALUES
('assign', '{received}', 'assigned', '{operator,supervisor,agency_staff,agency_head}',
    'agency', '{}', '{}', 'assigned', 'act_assign'),
('assign', '{assigned,accepted,in_progress,waiting,extended,reopened}', NULL,
    '{operator,supervisor,agency_staff,agency_head}', 'agency', '{}', '{}', 'assigned', 'act_assign'),
('accept', '{received,assigned,reopened}', 'accepted', '{supervisor,agency_staff,agency_head}',
    'agency', '{}', '{}', 'accepted', 'act_accept'),
('start', '{accepted}', 'in_progress', '{supervisor,agency_staff,agency_head}',
    'agency', '{}', '{}', 'started', NULL),
('return', '{received,assigned,accepted,in_progress,extended,reopened}', 'returned',
    '{agency_staff,agency_head}', 'agency', '{reason}', '{unarbitrated}', 'returned', 'act_return'),
('reroute', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened}', 'assigned',
    '{operator,supervisor}', 'agency', '{agency,reason}', '{arbiter}', 'rerouted', 'act_reroute'),
('reroute', '{received,assigned,accepted,in_progress,waiting,extended,reopened}', 'assigned',
    '{agency_staff,agency_head}', 'agency', '{agency,reason}', '{arbiter}', 'rerouted', 'act_reroute'),
('pause', '{received,assigned,accepted,in_progress,returned,extended,reopened}', 'waiting',
    '{operator,supervisor,agency_staff,agency_head}', 'agency', '{reason}', '{}', 'paused', 'act_pause'),
('resume', '{waiting}', NULL, '{operator,supervisor,agency_staff,agency_head}',
    'agency', '{}', '{}', 'resumed', 'act_resume'),
('extend', '{accepted,in_progress,extended}', 'extended', '{supervisor,agency_staff,agency_head}',
    'agency', '{reason,until,evidence}', '{extensions_left}', 'extended', 'act_extend'),
('refer', '{received,assigned,accepted,in_progress,returned,extended,reopened}', 'referred',
    '{operator,supervisor,agency_head}', 'agency', '{to,reason}', '{}', 'referred', 'act_refer'),
('answer', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened,referred,resolved}',
    NULL, '{operator,supervisor,agency_staff,agency_head}', 'agency', '{text}', '{}', 'answered',
    'act_answer'),
('note', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened,referred,resolved,closed,rejected}',
    NULL, '{operator,supervisor,agency_staff,agency_head}', 'part', '{text}', '{}', 'noted', 'act_note'),
('resolve', '{received}', 'resolved', '{operator,supervisor}', 'agency',
    '{text,evidence,tasks_done}', '{}', 'resolved', 'act_resolve'),
('resolve', '{accepted,in_progress,extended}', 'resolved', '{supervisor,agency_staff,agency_head}',
    'agency', '{text,evidence,tasks_done}', '{}', 'resolved', 'act_resolve'),
('close', '{resolved}', 'closed', '{operator,supervisor}', 'agency', '{}', '{}', 'closed', NULL),
('reject', '{received,returned}', 'rejected', '{operator,supervisor,agency_head}', 'agency',
    '{reason}', '{}', 'rejected', 'act_reject'),
('reject', '{assigned,accepted,in_progress,extended,reopened}', 'rejected', '{supervisor,agency_head}',
    'agency', '{reason}', '{}', 'rejected', 'act_reject'),
('reopen', '{resolved,closed,rejected,referred}', 'reopened', '{operator,supervisor,agency_head}',
    'agency', '{reason}', '{}', 'reopened', 'act_reopen'),
('reopen', '{resolved,closed}', 'reopened', '{reporter}', 'code', '{reason}', '{reopen_left}',
    'reopened', 'act_reopen'),
('rate', '{resolved,closed}', NULL, '{reporter}', 'code', '{rating}', '{unrated}', 'rated', 'act_rate'),
('callback', '{resolved,closed}', NULL, '{operator,supervisor}', 'agency', '{outcome}', '{}',
    'called_back', 'act_callback'),
('split', '{received,assigned,accepted,in_progress,extended,reopened}', NULL,
    '{operator,supervisor,agency_staff,agency_head}', 'agency', '{tasks}', '{}', 'split', 'act_split'),
('task_accept', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened}', NULL,
    '{agency_staff,agency_head}', 'task', '{task}', '{own_task}', 'task_accepted', 'act_task'),
('task_done', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened}', NULL,
    '{agency_staff,agency_head}', 'task', '{task,text}', '{own_task}', 'task_done', 'act_task'),
('task_return', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened}', NULL,
    '{agency_staff,agency_head}', 'task', '{task,reason}', '{own_task}', 'task_returned', 'act_task'),
('task_cancel', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened}', NULL,
    '{operator,supervisor,agency_staff,agency_head}', 'agency', '{task,reason}', '{open_task}',
    'task_cancelled', 'act_task');

-- ---- what a complaint's way leaves ----

ALTER TABLE hotline.complaints
    ADD COLUMN assignee_id integer REFERENCES hotline.users, -- whose work it is inside the agency
    ADD COLUMN accepted_at timestamptz,                      -- by the agency that has it now
    ADD COLUMN answered_at timestamptz,                      -- its first public answer
    ADD COLUMN returns smallint NOT NULL DEFAULT 0,          -- how often an agency said "not ours"
    ADD COLUMN arbitrated boolean NOT NULL DEFAULT false,    -- a supervisor has decided whose it is
    ADD COLUMN proposed_agency_id integer REFERENCES hotline.agencies, -- by who returned it
    ADD COLUMN extensions smallint NOT NULL DEFAULT 0,
    ADD COLUMN reopenings smallint NOT NULL DEFAULT 0;       -- by the reporter

-- Whoever moves it, people or a reform: it is nobody's work of the agency that it leaves.
CREATE FUNCTION hotline.assignee_leaves() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM hotline.users u JOIN hotline.agencies a ON a.id = u.agency_id
                   JOIN hotline.agencies n ON n.code = a.code
                   WHERE u.id = NEW.assignee_id AND n.id = NEW.agency_id) THEN
        NEW.assignee_id := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assignee_leaves BEFORE UPDATE OF agency_id ON hotline.complaints FOR EACH ROW
    WHEN (OLD.agency_id <> NEW.agency_id AND NEW.assignee_id IS NOT NULL)
    EXECUTE FUNCTION hotline.assignee_leaves();

-- What the reporter may read: answers, results, reasons of rejections, extensions and referrals.
CREATE TABLE hotline.complaint_answers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('answer', 'result', 'rejection', 'extension', 'referral')),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
    by text NOT NULL,                          -- as the history's actor
    agency_id integer REFERENCES hotline.agencies,
    letter text,                               -- the form letter it was written from
    form_only boolean NOT NULL DEFAULT false,  -- and nothing else, sent after a warning
    attachments text[] NOT NULL DEFAULT '{}',
    no_photo_reason text
);
CREATE INDEX complaint_answers_complaint ON hotline.complaint_answers (complaint_id, id);

-- For staff alone.
CREATE TABLE hotline.complaint_notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    at timestamptz NOT NULL,
    by text NOT NULL,
    agency_id integer REFERENCES hotline.agencies,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000)
);
CREATE INDEX complaint_notes_complaint ON hotline.complaint_notes (complaint_id, id);

-- A part of the work that another agency does; whoever has the complaint leads.
CREATE TABLE hotline.complaint_tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    agency_id integer NOT NULL REFERENCES hotline.agencies,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    status text NOT NULL DEFAULT 'assigned'
        CHECK (status IN ('assigned', 'accepted', 'done', 'returned', 'cancelled')),
    at timestamptz NOT NULL,
    by text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    answer text                                -- what was done, or why it was returned or cancelled
);
CREATE INDEX complaint_tasks_complaint ON hotline.complaint_tasks (complaint_id, id);
CREATE INDEX complaint_tasks_open ON hotline.complaint_tasks (agency_id, complaint_id)
    WHERE status IN ('assigned', 'accepted');

-- Append-only; hotline.complaints.satisfaction is the newest since the last reopening.
CREATE TABLE hotline.complaint_ratings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES hotline.complaints,
    at timestamptz NOT NULL,
    by text NOT NULL,                          -- 'public': the reporter; else who called back
    outcome text NOT NULL CHECK (outcome IN ('rated', 'reached', 'not_reached', 'declined')),
    rating smallint CHECK (rating BETWEEN 1 AND 3),
    comment text CHECK (length(comment) <= 2000),
    CHECK (outcome = 'reached' OR (outcome = 'rated') = (rating IS NOT NULL))
);
CREATE INDEX complaint_ratings_complaint ON hotline.complaint_ratings (complaint_id, id);

-- ---- who is what to a complaint ----

-- 'all' (those without an agency), 'agency' (it has it), 'task' (a sub-task of it), 'code' (holds the
-- code); NULL: nothing, and it does not exist for them.
CREATE FUNCTION hotline.complaint_relation(who hotline.actor, c hotline.complaints) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    s hotline.scope; -- agency, desk, categories: sql/0019_scope.sql
BEGIN
    IF c.id IS NULL OR who.role IS NULL THEN
        RETURN NULL;
    ELSIF who.role = 'reporter' THEN
        RETURN 'code';
    END IF;
    s := hotline.scope_of(who.actor);
    IF hotline.scope_covers(s, c.agency_id, c.desk_id, c.category_id) THEN
        RETURN CASE WHEN who.agency_code IS NULL THEN 'all' ELSE 'agency' END;
    ELSIF s.desk_id IS NULL
          AND (s.category_ids IS NULL OR c.category_id = ANY (s.category_ids))
          AND EXISTS (SELECT FROM hotline.complaint_tasks k JOIN hotline.agencies a ON a.id = k.agency_id
                      WHERE k.complaint_id = c.id AND a.code = who.agency_code
                        AND k.status IN ('assigned', 'accepted', 'done')) THEN
        RETURN 'task';
    END IF;
    RETURN NULL;
END $$;

-- ---- what a transition needs ----

CREATE FUNCTION hotline.need_refusal(need text, c hotline.complaints, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT CASE need
            WHEN 'evidence' THEN
                CASE WHEN coalesce(args ->> 'attachments', '[]') = '[]'
                          AND coalesce(args ->> 'no_photo_reason', '') = ''
                    THEN hotline.refusal('evidence', 'attachments') END
            WHEN 'tasks_done' THEN
                CASE WHEN coalesce(args ->> 'tasks_open_reason', '') = ''
                          AND EXISTS (SELECT FROM hotline.complaint_tasks k WHERE k.complaint_id = c.id
                                      AND k.status IN ('assigned', 'accepted'))
                    THEN hotline.refusal('tasks_open', 'tasks_open_reason') END
            ELSE
                CASE WHEN coalesce(args ->> need, '') IN ('', '[]')
                    THEN hotline.refusal('required', need) END
        END);
END $$;

-- How often that person has it opened again: its reporter, or one of those who joined.
CREATE FUNCTION hotline.reopenings_of(who hotline.actor, c hotline.complaints) RETURNS bigint
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF who.co_report IS NULL THEN
        RETURN c.reopenings;
    END IF;
    RETURN (SELECT count(*) FROM hotline.complaint_history h
            WHERE h.complaint_id = c.id AND h.event = 'reopened'
              AND (h.detail #>> '{internal,co_report}')::bigint = who.co_report);
END $$;

-- How often all who reported it had it opened again together.
CREATE FUNCTION hotline.reopenings_in_all(c hotline.complaints) RETURNS bigint
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF c.reporters = 1 THEN
        RETURN c.reopenings;
    END IF;
    RETURN c.reopenings + (SELECT count(*) FROM hotline.complaint_history h
        WHERE h.complaint_id = c.id AND h.event = 'reopened'
          AND h.detail #> '{internal,co_report}' IS NOT NULL);
END $$;

-- Asked many times for each complaint that is shown: plain expressions, no statement where none is needed.
CREATE FUNCTION hotline.condition_refusal(condition text, who hotline.actor, c hotline.complaints)
    RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF condition = 'arbiter' THEN
        IF who.role <> 'supervisor'
           AND c.returns >= hotline.workflow_number('returns_before_arbitration') THEN
            RETURN hotline.refusal('arbitration', 'action', c.returns::text);
        END IF;
    ELSIF condition = 'unarbitrated' THEN
        IF c.arbitrated THEN
            RETURN hotline.refusal('arbitrated', 'action');
        END IF;
    ELSIF condition = 'extensions_left' THEN
        IF c.extensions >= hotline.workflow_number('extensions_max') THEN
            RETURN hotline.refusal('extensions_used', 'action', c.extensions::text);
        END IF;
    ELSIF condition = 'unrated' THEN
        IF c.satisfaction IS NOT NULL THEN
            RETURN hotline.refusal('rated', 'rating');
        END IF;
    ELSIF condition = 'reopen_left' THEN
        IF hotline.reopenings_of(who, c) >= hotline.workflow_number('reopenings_by_reporter') THEN
            RETURN hotline.refusal('reopened_before', 'reason', hotline.reopenings_of(who, c)::text);
        ELSIF hotline.reopenings_in_all(c) >= hotline.workflow_number('reopenings_in_all') THEN
            RETURN hotline.refusal('reopened_often', 'reason', hotline.reopenings_in_all(c)::text);
        ELSIF c.closed_at < now() - make_interval(days => hotline.workflow_number('reopen_days')) THEN
            RETURN hotline.refusal('too_late', 'reason', hotline.workflow_number('reopen_days')::text);
        END IF;
    ELSIF condition = 'own_task' THEN
        IF NOT EXISTS (SELECT FROM hotline.complaint_tasks k JOIN hotline.agencies a ON a.id = k.agency_id
                       WHERE k.complaint_id = c.id AND a.code = who.agency_code
                         AND k.status IN ('assigned', 'accepted')) THEN
            RETURN hotline.refusal('unknown', 'task', '');
        END IF;
    ELSIF condition = 'open_task' THEN
        IF NOT EXISTS (SELECT FROM hotline.complaint_tasks k WHERE k.complaint_id = c.id
                       AND k.status IN ('assigned', 'accepted')) THEN
            RETURN hotline.refusal('unknown', 'task', '');
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- True if a transition of that scope is for whoever stands so to the complaint.
CREATE FUNCTION hotline.scope_fits(scope text, relation text) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(CASE relation
        WHEN 'all' THEN scope <> 'code'
        WHEN 'code' THEN scope = 'code'
        WHEN 'agency' THEN scope <> 'code'
        WHEN 'task' THEN scope IN ('part', 'task')
    END, false)
$$;

-- What that person may do with it now: whatever a further field may still lack.
-- `known`: what he is to it, where that was worked out before: it is not cheap.
CREATE FUNCTION hotline.actions_allowed(who hotline.actor, c hotline.complaints, known text DEFAULT NULL)
    RETURNS text[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    relation text := coalesce(known, hotline.complaint_relation(who, c));
BEGIN
    RETURN (
        SELECT coalesce(array_agg(t.action ORDER BY t.id), '{}')
        FROM hotline.transitions t
        WHERE who.role = ANY (t.roles) AND c.status = ANY (t.from_statuses)
          AND hotline.scope_fits(t.scope, relation)
          AND NOT EXISTS (SELECT FROM unnest(t.conditions) condition
                          WHERE hotline.condition_refusal(condition, who, c) IS NOT NULL));
END $$;

-- What keeps that person from doing it; `t` is the row that fits, or NULLs. Whether it exists comes
-- before everything else.
CREATE FUNCTION hotline.transition_refusal(who hotline.actor, c hotline.complaints,
                                           t hotline.transitions, args jsonb)
    RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    relation text := hotline.complaint_relation(who, c);
    refused jsonb;
BEGIN
    IF relation IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF NOT EXISTS (SELECT FROM hotline.transitions o
                      WHERE o.action = args ->> 'action' AND who.role = ANY (o.roles)
                        AND hotline.scope_fits(o.scope, relation)) THEN
        RETURN hotline.refusal('not_allowed');
    ELSIF who.role <> 'reporter' AND c.version IS DISTINCT FROM (args ->> 'version')::integer THEN
        RETURN hotline.refusal('stale', 'version', c.version::text);
    ELSIF t.id IS NULL THEN
        RETURN hotline.refusal(CASE WHEN c.status IN ('resolved', 'closed', 'rejected', 'referred')
                               THEN 'ended' ELSE 'wrong_state' END, 'action', c.status);
    END IF;
    IF cardinality(t.conditions) > 0 THEN
        SELECT r INTO refused FROM unnest(t.conditions) WITH ORDINALITY o(condition, n),
            hotline.condition_refusal(condition, who, c) r WHERE r IS NOT NULL ORDER BY n LIMIT 1;
    END IF;
    IF refused IS NULL AND cardinality(t.needs) > 0 THEN
        SELECT r INTO refused FROM unnest(t.needs) WITH ORDINALITY o(need, n),
            hotline.need_refusal(need, c, args) r WHERE r IS NOT NULL ORDER BY n LIMIT 1;
    END IF;
    RETURN refused;
END $$;

-- ---- the one handler ----

-- Whom else the rules had in view when they decided: the runner-up, the one across the nearest border, and
-- those that share the work; without whoever has it, or had it and gave it away.
CREATE FUNCTION hotline.rules_candidates(c hotline.complaints) RETURNS text[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    decision jsonb := (SELECT coalesce(h.detail #> '{internal,decision}', h.detail -> 'decision')
                       FROM hotline.complaint_history h WHERE h.complaint_id = c.id
                         AND h.event IN ('received', 'placed') ORDER BY h.id DESC LIMIT 1);
BEGIN
    RETURN ARRAY (
        SELECT seen.code FROM (
            SELECT decision #>> '{runner_up,agency}' AS code, 1 AS n
            UNION ALL SELECT decision #>> '{nearest_other,agency}', 2
            UNION ALL SELECT o, 3 FROM jsonb_array_elements_text(
                CASE jsonb_typeof(decision -> 'others') WHEN 'array' THEN decision -> 'others'
                ELSE '[]' END) o) seen
        WHERE seen.code IS NOT NULL AND NOT EXISTS (
            SELECT FROM hotline.agencies a WHERE a.code = seen.code
              AND (a.id = c.agency_id OR a.id IN (SELECT x.from_agency_id FROM hotline.corrections x
                                                  WHERE x.complaint_id = c.id)))
        GROUP BY seen.code ORDER BY min(seen.n));
END $$;

-- args: action, code, version, the action's fields; at_us and *_due_us where the clock changes.
-- The effect changes the row in its hands and says what the history tells; here it is written, once,
-- with its history and its outbox row.
CREATE FUNCTION hotline.complaint_act(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    t hotline.transitions;
    done record;
    refused jsonb;
    told jsonb := '{}';
    before text;
    at timestamptz := coalesce(hotline.instant(args, 'at_us'), now());
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.code = args ->> 'code' FOR UPDATE;
    SELECT * INTO t FROM hotline.transitions o WHERE o.action = args ->> 'action'
        AND c.status = ANY (o.from_statuses) AND who.role = ANY (o.roles);
    refused := hotline.transition_refusal(who, c, t, args);
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    before := c.status;
    c.status := coalesce(t.to_status, c.status);
    IF c.status IN ('resolved', 'rejected', 'referred') AND before <> c.status THEN
        c.closed_at := greatest(at, c.received_at);
    ELSIF c.status = 'reopened' AND before <> c.status THEN
        c.closed_at := NULL;
    END IF;
    IF t.effect IS NOT NULL THEN
        EXECUTE format('SELECT e.c, e.detail, e.refused FROM hotline.%I($1, $2, $3, $4) e', t.effect)
            INTO done USING who, c, args, at;
        IF done.refused IS NOT NULL THEN
            RETURN done.refused;
        END IF;
        c := done.c;
        told := coalesce(done.detail, '{}');
    END IF;
    UPDATE hotline.complaints k SET status = c.status, closed_at = c.closed_at,
        agency_id = c.agency_id, desk_id = c.desk_id, assignee_id = c.assignee_id,
        accepted_at = c.accepted_at, answered_at = c.answered_at, returns = c.returns,
        arbitrated = c.arbitrated, proposed_agency_id = c.proposed_agency_id,
        extensions = c.extensions, reopenings = c.reopenings, reopened = c.reopened,
        satisfaction = c.satisfaction,
        flags = c.flags, override = c.override, clock_from = c.clock_from, paused_at = c.paused_at,
        deadline_terms = c.deadline_terms, accept_due_at = c.accept_due_at,
        answer_due_at = c.answer_due_at, due_at = c.due_at,
        updated_at = greatest(at, k.updated_at), version = k.version + 1
    WHERE k.id = c.id;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
        VALUES (c.id, at, t.event, who.actor, told || CASE WHEN before <> c.status
            THEN jsonb_build_object('status', jsonb_build_array(before, c.status)) ELSE '{}' END);
    INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
        VALUES (at, 'complaint.' || t.event, c.id,
            (told - 'internal') || jsonb_build_object('status', c.status, 'version', c.version + 1));
    PERFORM pg_notify('hotline_complaints', format('%s %s %s %s', c.code,
        round(ST_X(c.geom)::numeric, 5), round(ST_Y(c.geom)::numeric, 5), c.category_id))
    WHERE c.geom IS NOT NULL;
    -- Another agency's by where it is (sql/0042_place.sql).
    IF t.effect = 'act_place' AND told #> '{internal,agency}' IS NOT NULL THEN
        PERFORM hotline.placed_elsewhere(c, told -> 'internal', at);
    END IF;
    -- Returned to where the rules, too, would have sent it next: it goes there at once.
    IF t.effect = 'act_return' AND args ->> 'agency' = ANY (hotline.rules_candidates(c))
       AND hotline.workflow_number('reroute_by_rules') = 1
       AND c.returns < hotline.workflow_number('returns_before_arbitration') THEN
        who.actor := 'service';
        who.login := NULL;
        who.role := 'operator';
        who.agency_code := NULL;
        RETURN hotline.complaint_act(who, args || jsonb_build_object('action', 'reroute',
            'version', c.version + 1));
    END IF;
    RETURN jsonb_build_object('outcome', 'done', 'answer',
        jsonb_build_object('code', c.code, 'version', c.version + 1));
END $$;

-- ---- what the asker sees of a complaint's way ----

-- A person by name; what the service did itself by the agency it did it for.
CREATE FUNCTION hotline.person_named(actor text, of_agency integer DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce((SELECT u.name FROM hotline.users u
                         WHERE actor LIKE 'user:%' AND u.login = substr(actor, 6)),
            (SELECT a.name FROM hotline.agencies a WHERE a.id = of_agency), actor));
END $$;

CREATE FUNCTION hotline.agency_named(of_agency integer) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('code', a.code, 'name', a.name) FROM hotline.agencies a
        WHERE a.id = of_agency);
END $$;

CREATE FUNCTION hotline.complaint_answers_json(of_complaint bigint, staff boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('at', w.at, 'kind', w.kind, 'text', w.text,
                'agency', hotline.agency_named(w.agency_id), 'attachments', to_jsonb(w.attachments))
            || CASE WHEN staff THEN jsonb_build_object('by', hotline.person_named(w.by, w.agency_id),
                    'letter', w.letter, 'form_only', w.form_only, 'no_photo_reason', w.no_photo_reason)
               ELSE jsonb_build_object('by', hotline.agency_named(w.agency_id) ->> 'name') END
            ORDER BY w.id), '[]')
        FROM hotline.complaint_answers w WHERE w.complaint_id = of_complaint);
END $$;

CREATE FUNCTION hotline.complaint_staff_json(who hotline.actor, c hotline.complaints,
                                             relation text DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object(
            'actions', to_jsonb(hotline.actions_allowed(who, c, relation)),
            'assignee', (SELECT jsonb_build_object('login', u.login, 'name', u.name) FROM hotline.users u
                         WHERE u.id = c.assignee_id),
            'accepted_at', c.accepted_at, 'answered_at', c.answered_at,
            'returns', c.returns, 'arbitrated', c.arbitrated, 'extensions', c.extensions,
            'reporters', c.reporters, -- sql/0022_duplicates.sql
            'proposed_agency', hotline.agency_named(c.proposed_agency_id),
            'notes', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', n.at,
                    'by', hotline.person_named(n.by, n.agency_id), 'agency', hotline.agency_named(n.agency_id),
                    'text', n.text) ORDER BY n.id), '[]')
                FROM hotline.complaint_notes n WHERE n.complaint_id = c.id),
            'tasks', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id,
                    'agency', hotline.agency_named(k.agency_id), 'text', k.text, 'status', k.status,
                    'at', k.at, 'by', hotline.person_named(k.by), 'changed_at', k.changed_at,
                    'changed_by', hotline.person_named(k.changed_by), 'answer', k.answer) ORDER BY k.id),
                    '[]')
                FROM hotline.complaint_tasks k WHERE k.complaint_id = c.id)));
END $$;

-- True for whoever sees more of it than the holder of the code.
CREATE FUNCTION hotline.complaint_staff(asked text, of_complaint bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE WHEN asked LIKE 'key:%' THEN hotline.scope_covers(hotline.scope_of(asked),
                                                    c.agency_id, c.desk_id, c.category_id)
                    ELSE coalesce(hotline.complaint_relation(hotline.actor_of(asked), c)
                                  IN ('all', 'agency', 'task'), false) END
        FROM hotline.complaints c WHERE c.id = of_complaint);
END $$;

-- What the public does not even hear of: who does what inside.
CREATE FUNCTION hotline.internal_events() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['noted', 'called_back', 'split', 'task_accepted', 'task_done', 'task_returned',
                 'task_cancelled', 'held', 'released', 'redacted']
$$;

-- ---- what happens by itself ----

-- Resolved ones that nobody contradicted are closed; one caller at a time, others do nothing.
CREATE FUNCTION hotline.complaints_close_old(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    days integer := hotline.workflow_number('close_after_days');
    n integer;
BEGIN
    IF days IS NULL OR NOT pg_try_advisory_xact_lock(1022, 18) THEN
        RETURN 0;
    END IF;
    WITH old AS (
        SELECT c.id FROM hotline.complaints c
        WHERE c.status = 'resolved' AND c.closed_at < now() - make_interval(days => days)
        ORDER BY c.closed_at LIMIT most FOR UPDATE SKIP LOCKED
    ), closed AS (
        UPDATE hotline.complaints c SET status = 'closed', updated_at = greatest(now(), c.updated_at),
            version = c.version + 1
        FROM old WHERE c.id = old.id RETURNING c.id, c.version
    ), told AS (
        INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
        SELECT now(), 'complaint.closed', id, jsonb_build_object('status', 'closed', 'version', version)
        FROM closed
    )
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT id, now(), 'closed', 'service', jsonb_build_object('after_days', days,
        'status', jsonb_build_array('resolved', 'closed')) FROM closed;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

CREATE INDEX complaints_open_in_order ON hotline.complaints (due_at, id) WHERE closed_at IS NULL;
CREATE INDEX complaints_agency_due ON hotline.complaints (agency_id, due_at, id)
    WHERE closed_at IS NULL;
CREATE INDEX complaints_agency_received ON hotline.complaints (agency_id, received_at, id);
CREATE INDEX complaints_updated ON hotline.complaints (updated_at, id);
CREATE INDEX complaints_assignee ON hotline.complaints (assignee_id) WHERE assignee_id IS NOT NULL;
CREATE INDEX complaints_resolved ON hotline.complaints (closed_at) WHERE status = 'resolved';

REVOKE ALL ON FUNCTION hotline.complaint_act(hotline.actor, jsonb),
    hotline.complaint_staff(text, bigint),
    hotline.complaints_close_old(integer), hotline.transitions_changed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.complaint_staff(text, bigint),
    hotline.complaints_close_old(integer) TO hotline_service;
GRANT SELECT ON hotline.transitions, hotline.complaint_answers, hotline.complaint_notes,
    hotline.complaint_tasks, hotline.complaint_ratings TO hotline_service, hotline_readonly;

RESET check_function_bodies;
RESET ROLE;
