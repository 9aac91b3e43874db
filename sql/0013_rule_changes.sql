-- The safe change of rules: draft, check, replay, approval by a second person, publication, roll back.
-- Every step is an action of hotline.perform; this file is the state machine. docs/changing-rules.md
-- tells it to people.
--
--   draft ──approve──> approved ──publish──> published ──(another is published)──> retired
--     ^                    │                     ^                                    │
--     └──────reopen────────┘                     └────────────roll back───────────────┘
--   draft, approved ──discard──> discarded
SET ROLE hotline_owner;

ALTER TABLE hotline.rule_sets DROP CONSTRAINT rule_sets_state_check;
ALTER TABLE hotline.rule_sets
    ADD CONSTRAINT rule_sets_state_check
        CHECK (state IN ('draft', 'approved', 'published', 'retired', 'discarded')),
    ADD COLUMN revision integer NOT NULL DEFAULT 1, -- counts the edits of a draft
    ADD COLUMN edited_by text,
    ADD COLUMN edited_at timestamptz,
    -- {by, at, reason, check, replay, base}: what the approver saw
    ADD COLUMN approval jsonb,
    ADD CONSTRAINT rule_sets_approved CHECK (state <> 'approved' OR approval IS NOT NULL);

-- Who did what to which set, when and why. Append-only.
CREATE TABLE hotline.rule_set_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_set_id integer NOT NULL REFERENCES hotline.rule_sets,
    revision integer NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL CHECK (actor <> ''),
    event text NOT NULL CHECK (event ~ '^[a-z_]+$'),
    reason text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX rule_set_log_set ON hotline.rule_set_log (rule_set_id, id);
CREATE TRIGGER rule_set_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON hotline.rule_set_log FOR EACH STATEMENT EXECUTE FUNCTION hotline.refuse_change();

-- Checks and replays: long work that the service does beside its requests. Some service takes a queued
-- one, tells how far it is, and leaves its result here; one that died in the middle is taken again.
CREATE TABLE hotline.rule_jobs (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('check', 'replay')),
    rule_set_id integer NOT NULL REFERENCES hotline.rule_sets,
    revision integer NOT NULL,
    base_id integer NOT NULL REFERENCES hotline.rule_sets, -- the set that was published then
    params jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    seen_at timestamptz,                       -- when the service that has it last said so
    finished_at timestamptz,
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    result jsonb,
    error text,
    CHECK ((state = 'done') = (result IS NOT NULL))
);
CREATE INDEX rule_jobs_set ON hotline.rule_jobs (rule_set_id, kind, id);
CREATE INDEX rule_jobs_active ON hotline.rule_jobs (id) WHERE state IN ('queued', 'running');

-- Warnings that somebody looked at and let stand, with the reason. `finding` is its key in the check.
CREATE TABLE hotline.rule_acknowledgements (
    rule_set_id integer NOT NULL REFERENCES hotline.rule_sets,
    finding text NOT NULL CHECK (length(finding) BETWEEN 1 AND 300),
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (rule_set_id, finding)
);

-- --- what is asked again and again ---------------------------------------------------------------

CREATE FUNCTION hotline.rule_published() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT id FROM hotline.rule_sets WHERE state = 'published'
$$;

CREATE FUNCTION hotline.rule_log(of_set integer, actor text, event text, reason text,
    detail jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    INSERT INTO hotline.rule_set_log (rule_set_id, revision, actor, event, reason, detail)
    SELECT of_set, s.revision, actor, event, coalesce(reason, ''), detail
    FROM hotline.rule_sets s WHERE s.id = of_set
$$;

-- Everything of a rule that its author decides, for comparing and for the API.
CREATE FUNCTION hotline.rule_json(r hotline.rules) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('code', r.code, 'name', jsonb_build_object('vi', r.name_vi,
        'en', r.name_en), 'class', r.class, 'valid_from', lower(r.valid), 'valid_to', upper(r.valid),
        'conditions', to_jsonb(r.conditions), 'outcome', r.outcome, 'partners', to_jsonb(r.partners),
        'deadline', r.deadline, 'urgent', r.urgent, 'author', r.author, 'reason', r.reason)
$$;

-- How a set differs from another, rule by rule: added, changed, removed.
CREATE FUNCTION hotline.rule_differences(of_set integer, other integer)
    RETURNS TABLE (code text, change text) LANGUAGE sql STABLE AS $$
    SELECT coalesce(n.code, o.code), CASE WHEN o.code IS NULL THEN 'added'
        WHEN n.code IS NULL THEN 'removed' ELSE 'changed' END
    FROM (SELECT * FROM hotline.rules WHERE rule_set_id = of_set) n
    FULL JOIN (SELECT * FROM hotline.rules WHERE rule_set_id = other) o ON o.code = n.code
    WHERE n.code IS NULL OR o.code IS NULL OR hotline.rule_json(n) <> hotline.rule_json(o)
$$;

CREATE FUNCTION hotline.rule_job_json(j hotline.rule_jobs, whole boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('id', j.id, 'kind', j.kind, 'rule_set', j.rule_set_id,
        'revision', j.revision, 'base', j.base_id, 'params', j.params, 'state', j.state,
        'asked_by', j.asked_by, 'asked_at', j.asked_at, 'started_at', j.started_at,
        'finished_at', j.finished_at, 'done', j.done, 'total', j.total, 'error', j.error)
        || CASE WHEN whole THEN jsonb_build_object('result', j.result) ELSE '{}' END
$$;

-- The newest finished one that still speaks of the draft as it is, against what is published.
CREATE FUNCTION hotline.rule_job_valid(of_set integer, of_kind text) RETURNS hotline.rule_jobs
    LANGUAGE sql STABLE AS $$
    SELECT j.* FROM hotline.rule_jobs j JOIN hotline.rule_sets s ON s.id = j.rule_set_id
    WHERE j.rule_set_id = of_set AND j.kind = of_kind AND j.state = 'done'
        AND j.revision = s.revision AND j.base_id = hotline.rule_published()
    ORDER BY j.id DESC LIMIT 1
$$;

-- Who had a hand in a draft. None of them may approve it.
CREATE FUNCTION hotline.rule_editors(of_set integer) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(DISTINCT a) FROM (
        SELECT author FROM hotline.rule_sets WHERE id = of_set
        UNION ALL SELECT edited_by FROM hotline.rule_sets WHERE id = of_set
        UNION ALL SELECT actor FROM hotline.rule_set_log WHERE rule_set_id = of_set
            AND event IN ('drafted', 'rule_added', 'rule_changed', 'rule_removed', 'reordered',
                          'imported', 'rebased', 'proposed', 'acknowledged')) e(a)
    WHERE a IS NOT NULL
$$;

-- What stands in the way of an approval by that person; empty: nothing.
CREATE FUNCTION hotline.rule_set_blocks(of_set integer, by_whom text) RETURNS text[]
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    s hotline.rule_sets;
    checked hotline.rule_jobs := hotline.rule_job_valid(of_set, 'check');
    replayed hotline.rule_jobs := hotline.rule_job_valid(of_set, 'replay');
    blocks text[] := '{}';
BEGIN
    SELECT * INTO s FROM hotline.rule_sets WHERE id = of_set;
    IF s.based_on IS DISTINCT FROM hotline.rule_published() THEN
        blocks := blocks || 'base_moved'::text;
    END IF;
    IF NOT EXISTS (SELECT FROM hotline.rule_differences(of_set, hotline.rule_published())) AND
       (SELECT array_agg(r.code ORDER BY r.position, r.code) FROM hotline.rules r
        WHERE r.rule_set_id = of_set) IS NOT DISTINCT FROM
       (SELECT array_agg(r.code ORDER BY r.position, r.code) FROM hotline.rules r
        WHERE r.rule_set_id = hotline.rule_published()) THEN
        blocks := blocks || 'nothing_changed'::text;
    END IF;
    IF checked.id IS NULL THEN
        blocks := blocks || 'not_checked'::text;
    ELSE
        IF (checked.result ->> 'errors')::integer > 0 THEN
            blocks := blocks || 'errors'::text;
        END IF;
        IF EXISTS (SELECT FROM jsonb_array_elements(checked.result -> 'findings') f
                   WHERE f ->> 'severity' = 'warning' AND NOT EXISTS (
                       SELECT FROM hotline.rule_acknowledgements a
                       WHERE a.rule_set_id = of_set AND a.finding = f ->> 'key')) THEN
            blocks := blocks || 'unacknowledged'::text;
        END IF;
    END IF;
    IF replayed.id IS NULL THEN
        blocks := blocks || 'not_replayed'::text;
    END IF;
    IF by_whom = ANY (hotline.rule_editors(of_set)) THEN
        blocks := blocks || 'own_work'::text;
    END IF;
    RETURN blocks;
END $$;

CREATE FUNCTION hotline.rule_set_json(of_set integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', s.id, 'state', s.state, 'title', s.title, 'author', s.author,
        'created_at', s.created_at, 'based_on', s.based_on, 'revision', s.revision,
        'edited_by', s.edited_by, 'edited_at', s.edited_at, 'approval', s.approval,
        'rules', (SELECT count(*) FROM hotline.rules r WHERE r.rule_set_id = s.id),
        'published', (SELECT jsonb_build_object('at', p.published_at, 'by', p.published_by,
                          'reason', p.note)
                      FROM hotline.rule_publications p WHERE p.rule_set_id = s.id
                      ORDER BY p.id DESC LIMIT 1))
    FROM hotline.rule_sets s WHERE s.id = of_set
$$;

-- A draft for an edit, locked; or the refusal. `args` has set and revision.
CREATE FUNCTION hotline.rule_set_for_edit(args jsonb, OUT s hotline.rule_sets, OUT refused jsonb)
    LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO s FROM hotline.rule_sets WHERE id = (args ->> 'set')::integer FOR UPDATE;
    IF s.id IS NULL THEN
        refused := hotline.refusal('not_found');
    ELSIF s.state <> 'draft' THEN
        refused := hotline.refusal('wrong_state', 'state', s.state);
    ELSIF s.revision <> (args ->> 'revision')::integer THEN
        refused := hotline.refusal('stale', 'revision', s.revision::text);
    END IF;
END $$;

-- The draft was changed: a new revision, so that earlier checks and replays no longer speak of it.
CREATE FUNCTION hotline.rule_set_edited(of_set integer, who hotline.actor, event text, reason text,
    detail jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hotline.rule_sets SET revision = revision + 1, edited_by = who.actor,
        edited_at = clock_timestamp() WHERE id = of_set;
    PERFORM hotline.rule_log(of_set, who.actor, event, reason, detail);
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(of_set));
END $$;

-- --- drafts --------------------------------------------------------------------------------------

-- A draft is a copy of the published set, or (args.from) of an earlier one.
CREATE FUNCTION hotline.rule_set_draft(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    source integer := coalesce((args ->> 'from')::integer, hotline.rule_published());
    made integer;
BEGIN
    IF NOT EXISTS (SELECT FROM hotline.rule_sets WHERE id = source AND state <> 'discarded') THEN
        RETURN hotline.refusal('unknown', 'from', source::text);
    ELSIF (SELECT count(*) FROM hotline.rule_sets WHERE state IN ('draft', 'approved')) >= 20 THEN
        RETURN hotline.refusal('too_many_drafts', '', '20');
    END IF;
    INSERT INTO hotline.rule_sets (state, title, author, based_on)
    VALUES ('draft', args ->> 'title', who.actor, hotline.rule_published()) RETURNING id INTO made;
    INSERT INTO hotline.rules (rule_set_id, code, name_vi, name_en, class, position, valid, conditions,
        outcome, partners, deadline, urgent, author, reason)
    SELECT made, code, name_vi, name_en, class, position, valid, conditions, outcome, partners,
        deadline, urgent, author, reason
    FROM hotline.rules WHERE rule_set_id = source;
    PERFORM hotline.rule_log(made, who.actor, 'drafted', args ->> 'reason',
                             jsonb_build_object('from', source));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(made));
END $$;

-- Writes one rule from its JSON; the service has read its lines before.
CREATE FUNCTION hotline.rule_write(of_set integer, at_position integer, who hotline.actor, r jsonb)
    RETURNS void LANGUAGE sql AS $$
    INSERT INTO hotline.rules (rule_set_id, code, name_vi, name_en, class, position, valid, conditions,
        outcome, partners, deadline, urgent, author, reason)
    VALUES (of_set, r ->> 'code', r #>> '{name,vi}', r #>> '{name,en}', r ->> 'class', at_position,
        daterange((r ->> 'valid_from')::date, (r ->> 'valid_to')::date),
        ARRAY(SELECT jsonb_array_elements_text(coalesce(nullif(r -> 'conditions', 'null'), '[]'))),
        r ->> 'outcome',
        ARRAY(SELECT jsonb_array_elements_text(coalesce(nullif(r -> 'partners', 'null'), '[]'))),
        r ->> 'deadline', (r ->> 'urgent')::boolean,
        coalesce(r ->> 'author', who.login), coalesce(r ->> 'reason', ''))
    ON CONFLICT (rule_set_id, code) DO UPDATE SET name_vi = excluded.name_vi,
        name_en = excluded.name_en, class = excluded.class, position = excluded.position,
        valid = excluded.valid, conditions = excluded.conditions, outcome = excluded.outcome,
        partners = excluded.partners, deadline = excluded.deadline, urgent = excluded.urgent,
        author = excluded.author, reason = excluded.reason
$$;

-- args: set, revision, rule {...}, new (true: there must be none of that code), after (the code it
-- comes after in the declared order; absent: stays, or comes last), why.
CREATE FUNCTION hotline.rule_put(who hotline.actor, args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    wanted text := args #>> '{rule,code}';
    before hotline.rules;
    written integer;
BEGIN
    SELECT * INTO got FROM hotline.rule_set_for_edit(args);
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    SELECT * INTO before FROM hotline.rules r WHERE r.rule_set_id = s.id AND r.code = wanted;
    IF before.id IS NOT NULL AND (args ->> 'new')::boolean THEN
        RETURN hotline.refusal('exists', 'code', wanted);
    ELSIF before.id IS NULL AND NOT (args ->> 'new')::boolean THEN
        RETURN hotline.refusal('not_found');
    ELSIF (SELECT count(*) FROM hotline.rules r WHERE r.rule_set_id = s.id) >= 20000 THEN
        RETURN hotline.refusal('too_many_rules', '', '20000');
    END IF;
    written := coalesce(before.position, 1 + (SELECT coalesce(max(r.position), 0)
                                              FROM hotline.rules r WHERE r.rule_set_id = s.id));
    PERFORM hotline.rule_write(s.id, written, who, args -> 'rule');
    RETURN hotline.rule_set_edited(s.id, who,
        CASE WHEN before.id IS NULL THEN 'rule_added' ELSE 'rule_changed' END, args ->> 'why',
        jsonb_build_object('rule', wanted) || CASE WHEN before.id IS NULL THEN '{}'::jsonb
            ELSE jsonb_build_object('before', hotline.rule_json(before)) END);
END $$;

CREATE FUNCTION hotline.rule_remove(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    before hotline.rules;
BEGIN
    SELECT * INTO got FROM hotline.rule_set_for_edit(args);
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    SELECT * INTO before FROM hotline.rules r
    WHERE r.rule_set_id = s.id AND r.code = args ->> 'code';
    IF before.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    END IF;
    DELETE FROM hotline.rules r WHERE r.id = before.id;
    RETURN hotline.rule_set_edited(s.id, who, 'rule_removed', args ->> 'why',
        jsonb_build_object('rule', before.code, 'before', hotline.rule_json(before)));
END $$;

-- args.codes: every rule of the draft once, in the declared order.
CREATE FUNCTION hotline.rules_reorder(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    given text[] := ARRAY(SELECT jsonb_array_elements_text(args -> 'codes'));
BEGIN
    SELECT * INTO got FROM hotline.rule_set_for_edit(args);
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    IF ARRAY(SELECT g FROM unnest(given) g ORDER BY 1) <>
       ARRAY(SELECT r.code FROM hotline.rules r WHERE r.rule_set_id = s.id ORDER BY 1) THEN
        RETURN hotline.refusal('not_each_once', 'codes');
    END IF;
    UPDATE hotline.rules r SET position = g.n
    FROM unnest(given) WITH ORDINALITY AS g(code, n)
    WHERE r.rule_set_id = s.id AND r.code = g.code AND r.position <> g.n;
    RETURN hotline.rule_set_edited(s.id, who, 'reordered', args ->> 'why', '{}');
END $$;

-- args.rules: the whole set, in the declared order (a file of rules, read by the service).
CREATE FUNCTION hotline.rules_replace(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    n integer := jsonb_array_length(args -> 'rules');
BEGIN
    SELECT * INTO got FROM hotline.rule_set_for_edit(args);
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    DELETE FROM hotline.rules r WHERE r.rule_set_id = s.id;
    PERFORM hotline.rule_write(s.id, e.n::integer, who, e.r)
    FROM jsonb_array_elements(args -> 'rules') WITH ORDINALITY AS e(r, n);
    RETURN hotline.rule_set_edited(s.id, who, 'imported', args ->> 'why',
                                   jsonb_build_object('rules', n));
END $$;

-- Brings into a draft what was published since it was made. A rule that only one side changed comes
-- from that side; one that both changed, differently, is left to the person: args.keep decides
-- ('draft' or 'published'), without it the refusal names them.
CREATE FUNCTION hotline.rule_set_rebase(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    now_published integer := hotline.rule_published();
    clashes text[];
    theirs text[];
BEGIN
    SELECT * INTO got FROM hotline.rule_set_for_edit(args);
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF s.based_on = now_published THEN
        RETURN hotline.refusal('nothing_changed');
    END IF;
    SELECT coalesce(array_agg(p.code) FILTER (WHERE d.code IS NOT NULL), '{}'),
           coalesce(array_agg(p.code) FILTER (WHERE d.code IS NULL), '{}')
    INTO clashes, theirs
    FROM hotline.rule_differences(now_published, s.based_on) p
    LEFT JOIN hotline.rule_differences(s.id, s.based_on) d ON d.code = p.code;
    clashes := ARRAY(SELECT b FROM unnest(clashes) b JOIN hotline.rule_differences(s.id, now_published) x
                  ON x.code = b ORDER BY 1);
    IF clashes <> '{}' AND args ->> 'keep' IS NULL THEN
        RETURN hotline.refusal('both_changed', 'keep', array_to_string(clashes, ', '));
    ELSIF args ->> 'keep' = 'published' THEN
        theirs := theirs || clashes;
    END IF;
    DELETE FROM hotline.rules r WHERE r.rule_set_id = s.id AND r.code = ANY (theirs);
    INSERT INTO hotline.rules (rule_set_id, code, name_vi, name_en, class, position, valid, conditions,
        outcome, partners, deadline, urgent, author, reason)
    SELECT s.id, code, name_vi, name_en, class, position, valid, conditions, outcome, partners,
        deadline, urgent, author, reason
    FROM hotline.rules WHERE rule_set_id = now_published AND code = ANY (theirs);
    UPDATE hotline.rule_sets SET based_on = now_published WHERE id = s.id;
    RETURN hotline.rule_set_edited(s.id, who, 'rebased', args ->> 'why',
        jsonb_build_object('taken', to_jsonb(theirs), 'kept', to_jsonb(clashes)));
END $$;

CREATE FUNCTION hotline.rule_set_acknowledge(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    checked hotline.rule_jobs;
    missing text;
BEGIN
    SELECT * INTO got FROM hotline.rule_set_for_edit(args);
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    checked := hotline.rule_job_valid(s.id, 'check');
    IF checked.id IS NULL THEN
        RETURN hotline.refusal('not_checked');
    END IF;
    SELECT g INTO missing FROM jsonb_array_elements_text(args -> 'findings') g
    WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(checked.result -> 'findings') f
                      WHERE f ->> 'key' = g AND f ->> 'severity' = 'warning') LIMIT 1;
    IF missing IS NOT NULL THEN
        RETURN hotline.refusal('unknown', 'findings', missing);
    END IF;
    INSERT INTO hotline.rule_acknowledgements (rule_set_id, finding, actor, reason)
    SELECT s.id, g, who.actor, args ->> 'why' FROM jsonb_array_elements_text(args -> 'findings') g
    ON CONFLICT DO NOTHING;
    PERFORM hotline.rule_log(s.id, who.actor, 'acknowledged', args ->> 'why',
                             jsonb_build_object('findings', args -> 'findings'));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(s.id));
END $$;

-- --- from draft to published and back ------------------------------------------------------------

CREATE FUNCTION hotline.rule_set_approve(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    blocks text[];
BEGIN
    PERFORM FROM hotline.rule_sets WHERE state = 'published' FOR SHARE; -- stays so until we are done
    SELECT * INTO got FROM hotline.rule_set_for_edit(args);
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    blocks := hotline.rule_set_blocks(s.id, who.actor);
    IF blocks <> '{}' THEN
        RETURN hotline.refusal(blocks[1], 'state', array_to_string(blocks, ', '));
    END IF;
    UPDATE hotline.rule_sets SET state = 'approved', approval = jsonb_build_object('by', who.actor,
        'at', clock_timestamp(), 'reason', args ->> 'why', 'base', hotline.rule_published(),
        'check', (hotline.rule_job_valid(s.id, 'check')).id,
        'replay', (hotline.rule_job_valid(s.id, 'replay')).id) WHERE id = s.id;
    PERFORM hotline.rule_log(s.id, who.actor, 'approved', args ->> 'why');
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(s.id));
END $$;

-- However a set comes to be approved: never by its author or last editor.
CREATE FUNCTION hotline.rule_sets_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(NEW.approval ->> 'by', '') = '' OR
       NEW.approval ->> 'by' IN (NEW.author, NEW.edited_by) THEN
        RAISE EXCEPTION 'rule set % needs the approval of a second person', NEW.id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rule_sets_second_person BEFORE INSERT OR UPDATE ON hotline.rule_sets
    FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION hotline.rule_sets_second_person();

-- A set in that state and revision, locked; or the refusal.
CREATE FUNCTION hotline.rule_set_in(args jsonb, states text[], OUT s hotline.rule_sets,
    OUT refused jsonb) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO s FROM hotline.rule_sets WHERE id = (args ->> 'set')::integer FOR UPDATE;
    IF s.id IS NULL THEN
        refused := hotline.refusal('not_found');
    ELSIF NOT s.state = ANY (states) THEN
        refused := hotline.refusal('wrong_state', 'state', s.state);
    ELSIF s.revision <> (args ->> 'revision')::integer THEN
        refused := hotline.refusal('stale', 'revision', s.revision::text);
    END IF;
END $$;

CREATE FUNCTION hotline.rule_set_reopen(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
BEGIN
    SELECT * INTO got FROM hotline.rule_set_in(args, '{approved}');
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    UPDATE hotline.rule_sets SET state = 'draft', approval = NULL WHERE id = s.id;
    PERFORM hotline.rule_log(s.id, who.actor, 'reopened', args ->> 'why',
                             jsonb_build_object('approval', s.approval));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(s.id));
END $$;

CREATE FUNCTION hotline.rule_set_discard(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
BEGIN
    SELECT * INTO got FROM hotline.rule_set_in(args, '{draft,approved}');
    s := got.s;
    refused := got.refused;
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    UPDATE hotline.rule_sets SET state = 'discarded' WHERE id = s.id;
    UPDATE hotline.rule_jobs SET state = 'cancelled', finished_at = clock_timestamp()
    WHERE rule_set_id = s.id AND state IN ('queued', 'running');
    PERFORM hotline.rule_log(s.id, who.actor, 'discarded', args ->> 'why');
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(s.id));
END $$;

-- An approved set takes the place of the one that it was compared with; of two at once one wins.
CREATE FUNCTION hotline.rule_set_put_in_force(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    refused jsonb;
    got record;
    before integer;
BEGIN
    LOCK TABLE hotline.rule_sets IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO got FROM hotline.rule_set_in(args, '{approved}');
    s := got.s;
    refused := got.refused;
    before := hotline.rule_published();
    IF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF (s.approval ->> 'base')::integer <> before THEN
        RETURN hotline.refusal('base_moved', 'state', before::text);
    END IF;
    PERFORM hotline.rule_set_publish(s.id, who.actor, coalesce(args ->> 'why', ''));
    PERFORM hotline.rule_log(before, who.actor, 'retired', args ->> 'why',
                             jsonb_build_object('by', s.id));
    PERFORM hotline.rule_log(s.id, who.actor, 'published', args ->> 'why',
                             jsonb_build_object('before', before));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(s.id));
END $$;

-- Back to a set that was published before: at once, alone, with a reason. args: set (which comes back),
-- current (which is to go), why.
CREATE FUNCTION hotline.rule_set_roll_back(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    before integer;
BEGIN
    LOCK TABLE hotline.rule_sets IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO s FROM hotline.rule_sets WHERE id = (args ->> 'set')::integer;
    before := hotline.rule_published();
    IF s.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF s.state <> 'retired' OR
          NOT EXISTS (SELECT FROM hotline.rule_publications p WHERE p.rule_set_id = s.id) THEN
        RETURN hotline.refusal('wrong_state', 'state', s.state);
    ELSIF (args ->> 'current')::integer <> before THEN
        RETURN hotline.refusal('stale', 'current', before::text);
    END IF;
    PERFORM hotline.rule_set_publish(s.id, who.actor, coalesce(args ->> 'why', ''));
    PERFORM hotline.rule_log(before, who.actor, 'rolled_back', args ->> 'why',
                             jsonb_build_object('to', s.id));
    PERFORM hotline.rule_log(s.id, who.actor, 'restored', args ->> 'why',
                             jsonb_build_object('before', before));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_set_json(s.id));
END $$;

-- --- jobs ----------------------------------------------------------------------------------------

-- At most one of a kind for a set, and four in all, wait or run.
CREATE FUNCTION hotline.rule_job_start(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    s hotline.rule_sets;
    made hotline.rule_jobs;
BEGIN
    SELECT * INTO s FROM hotline.rule_sets WHERE id = (args ->> 'set')::integer FOR SHARE;
    IF s.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF s.state = 'discarded' THEN
        RETURN hotline.refusal('wrong_state', 'state', s.state);
    ELSIF s.revision <> (args ->> 'revision')::integer THEN
        RETURN hotline.refusal('stale', 'revision', s.revision::text);
    END IF;
    LOCK TABLE hotline.rule_jobs IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM hotline.rule_jobs j WHERE j.rule_set_id = s.id AND j.kind = args ->> 'kind'
               AND j.state IN ('queued', 'running')) THEN
        RETURN hotline.refusal('under_way', 'kind', args ->> 'kind');
    ELSIF (SELECT count(*) FROM hotline.rule_jobs j WHERE j.state IN ('queued', 'running')) >= 4 THEN
        RETURN hotline.refusal('busy');
    END IF;
    INSERT INTO hotline.rule_jobs (kind, rule_set_id, revision, base_id, params, asked_by)
    VALUES (args ->> 'kind', s.id, s.revision, hotline.rule_published(),
            coalesce(args -> 'params', '{}'), who.actor) RETURNING * INTO made;
    PERFORM hotline.rule_log(s.id, who.actor, made.kind || '_asked', '',
                             jsonb_build_object('job', made.id));
    PERFORM pg_notify('hotline_jobs', made.id::text);
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_job_json(made, false));
END $$;

CREATE FUNCTION hotline.rule_job_cancel(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql AS $$
DECLARE
    j hotline.rule_jobs;
BEGIN
    SELECT * INTO j FROM hotline.rule_jobs WHERE id = (args ->> 'job')::integer FOR UPDATE;
    IF j.id IS NULL THEN
        RETURN hotline.refusal('not_found');
    ELSIF j.state NOT IN ('queued', 'running') THEN
        RETURN hotline.refusal('wrong_state', 'state', j.state);
    END IF;
    UPDATE hotline.rule_jobs SET state = 'cancelled', finished_at = clock_timestamp() WHERE id = j.id
    RETURNING * INTO j;
    PERFORM hotline.rule_log(j.rule_set_id, who.actor, j.kind || '_cancelled', '',
                             jsonb_build_object('job', j.id));
    RETURN jsonb_build_object('outcome', 'done', 'answer', hotline.rule_job_json(j, false));
END $$;

-- The next job for a service: one that waits, or one whose service has been silent for a minute. After
-- three attempts it is given up, since it may be what kills them.
CREATE FUNCTION hotline.rule_job_claim() RETURNS SETOF hotline.rule_jobs
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE hotline.rule_jobs j SET state = 'failed', error = 'given up after three attempts',
        finished_at = clock_timestamp()
    WHERE j.state = 'running' AND j.attempts >= 3
        AND j.seen_at < clock_timestamp() - interval '1 minute';
    RETURN QUERY
    UPDATE hotline.rule_jobs j SET state = 'running', attempts = j.attempts + 1, done = 0,
        started_at = clock_timestamp(), seen_at = clock_timestamp()
    WHERE j.id = (SELECT o.id FROM hotline.rule_jobs o WHERE o.state = 'queued'
                      OR o.state = 'running' AND o.seen_at < clock_timestamp() - interval '1 minute'
                  ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING j.*;
END $$;

-- False: nobody wants it any more.
CREATE FUNCTION hotline.rule_job_tell(job integer, at_row bigint, of_rows bigint) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH told AS (
        UPDATE hotline.rule_jobs j SET done = at_row, total = of_rows, seen_at = clock_timestamp()
        WHERE j.id = job AND j.state = 'running' RETURNING 1)
    SELECT EXISTS (SELECT FROM told)
$$;

CREATE FUNCTION hotline.rule_job_end(job integer, with_result jsonb, with_error text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE hotline.rule_jobs j SET state = CASE WHEN with_result IS NULL THEN 'failed' ELSE 'done' END,
        result = with_result, error = with_error, finished_at = clock_timestamp(),
        done = CASE WHEN with_result IS NULL THEN j.done ELSE j.total END
    WHERE j.id = job AND j.state = 'running'
$$;

-- --- corrections as proposals --------------------------------------------------------------------

-- The rule that would have sent those complaints where staff sent them: as narrow as what they have in
-- common, of the class of the rule that decided, with its conditions on the place.
CREATE FUNCTION hotline.rule_proposal(of_rule text, category hotline.categories,
    ward hotline.boundaries, to_agency text, n bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('code', rtrim(left(lower(regexp_replace('sua-' || category.code || '-'
            || coalesce(ward.code, 'ca-thanh-pho') || '-' || to_agency, '[^A-Za-z0-9]+', '-', 'g')), 64), '-'),
        'name', jsonb_build_object(
            'vi', category.name_vi || coalesce(' – ' || ward.name, ''),
            'en', category.name_en || coalesce(' – ' || ward.name, '')),
        'class', coalesce(r.class, j.class, 'ordinary'), 'valid_from', NULL, 'valid_to', NULL,
        'conditions', to_jsonb(ARRAY['category ' || category.code]
            || CASE WHEN ward.id IS NOT NULL THEN ARRAY['inside ward ' || ward.code]
                    ELSE '{}'::text[] END
            || CASE WHEN j.reach = 'area' THEN ARRAY['inside jurisdiction ' || j.code]
                    ELSE '{}'::text[] END
            || ARRAY(SELECT c FROM unnest(r.conditions) c
                     WHERE c NOT LIKE 'category %' AND c NOT LIKE 'inside ward %')),
        'outcome', 'agency ' || to_agency, 'partners', '[]'::jsonb, 'deadline', r.deadline,
        'urgent', r.urgent, 'reason', format('%s lần cán bộ chuyển tay', n))
    FROM (VALUES (1)) one
    LEFT JOIN hotline.rules r ON r.rule_set_id = hotline.rule_published() AND r.code = of_rule
    LEFT JOIN hotline.jurisdictions j ON r.id IS NULL AND j.code = of_rule
        AND j.valid @> hotline.city_day(now())
$$;

CREATE FUNCTION hotline.rule_offers() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH counted AS (
        SELECT x.rule, x.category_id, w.code AS ward, f.code AS from_code, t.code AS to_code,
            count(*) AS n, max(x.at) AS last_at, max(f.id) AS from_id, max(t.id) AS to_id,
            max(w.id) AS ward_id
        FROM hotline.corrections x JOIN hotline.agencies f ON f.id = x.from_agency_id
        JOIN hotline.agencies t ON t.id = x.to_agency_id
        LEFT JOIN hotline.boundaries w ON w.id = x.ward_id
        WHERE x.at > now() - interval '180 days' AND t.valid @> hotline.city_day(now())
        GROUP BY x.rule, x.category_id, w.code, f.code, t.code
        HAVING count(*) >= 3
    ), offers AS (
        SELECT c.*, k.code AS category, w.name AS ward_name, f.name AS from_name, t.name AS to_name,
            hotline.rule_proposal(c.rule, k, w, c.to_code, c.n) AS proposal
        FROM counted c JOIN hotline.categories k ON k.id = c.category_id
        JOIN hotline.agencies f ON f.id = c.from_id JOIN hotline.agencies t ON t.id = c.to_id
        LEFT JOIN hotline.boundaries w ON w.id = c.ward_id
    )
    SELECT jsonb_build_object('offers', coalesce(jsonb_agg(jsonb_build_object('rule', rule,
        'category', category, 'ward', CASE WHEN ward IS NOT NULL THEN
            jsonb_build_object('code', ward, 'name', ward_name) END,
        'from', jsonb_build_object('code', from_code, 'name', from_name),
        'to', jsonb_build_object('code', to_code, 'name', to_name), 'count', n, 'last_at', last_at,
        'proposal', proposal) ORDER BY n DESC, last_at DESC), '[]'))
    FROM (SELECT * FROM offers o WHERE NOT EXISTS (SELECT FROM hotline.rules r
              WHERE r.rule_set_id = hotline.rule_published() AND r.code = o.proposal ->> 'code')
          ORDER BY n DESC, last_at DESC LIMIT 100) o
$$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('rule_set.draft', 'rule_set_draft', '{administrator}'),
    ('rule_set.rebase', 'rule_set_rebase', '{administrator}'),
    ('rule_set.acknowledge', 'rule_set_acknowledge', '{administrator}'),
    ('rule_set.approve', 'rule_set_approve', '{administrator,supervisor}'),
    ('rule_set.reopen', 'rule_set_reopen', '{administrator}'),
    ('rule_set.discard', 'rule_set_discard', '{administrator}'),
    ('rule_set.publish', 'rule_set_put_in_force', '{administrator}'),
    ('rule_set.roll_back', 'rule_set_roll_back', '{administrator,supervisor}'),
    ('rule.put', 'rule_put', '{administrator}'),
    ('rule.remove', 'rule_remove', '{administrator}'),
    ('rules.reorder', 'rules_reorder', '{administrator}'),
    ('rules.replace', 'rules_replace', '{administrator}'),
    ('rule_job.start', 'rule_job_start', '{administrator,supervisor}'),
    ('rule_job.cancel', 'rule_job_cancel', '{administrator,supervisor}');

-- Handlers and helpers are the owner's alone; the service has the door, the jobs, and reading.
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'hotline'::regnamespace
             AND p.proname ~ '^rules?_' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION hotline.rule_job_claim(), hotline.rule_job_tell(integer, bigint, bigint),
    hotline.rule_job_end(integer, jsonb, text), hotline.rule_set_json(integer),
    hotline.rule_json(hotline.rules), hotline.rule_job_json(hotline.rule_jobs, boolean),
    hotline.rule_differences(integer, integer), hotline.rule_set_blocks(integer, text),
    hotline.rule_job_valid(integer, text), hotline.rule_published(), hotline.rule_editors(integer),
    hotline.rule_offers()
    TO hotline_service;
GRANT SELECT ON hotline.rule_set_log, hotline.rule_jobs, hotline.rule_acknowledgements
    TO hotline_service, hotline_readonly;

RESET ROLE;
