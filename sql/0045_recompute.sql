-- Due times anew, asked for on the calendars' page: first looked at, then done, each a row that tells how
-- far it is and what came of it. The counting is server/city/city_recompute.h; docs/deadlines.md.
SET ROLE hotline_owner;

CREATE TABLE hotline.deadline_recomputes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    apply boolean NOT NULL,                    -- else it only looks
    reason text NOT NULL CHECK (length(reason) <= 1000 AND (reason <> '' OR NOT apply)),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    made_at timestamptz NOT NULL,
    made_by text NOT NULL CHECK (made_by <> ''),
    ended_at timestamptz,
    error text,                                -- of one that failed
    to_count integer NOT NULL DEFAULT 0,       -- open complaints there are
    considered integer NOT NULL DEFAULT 0,     -- so many of them are counted
    changed integer NOT NULL DEFAULT 0,        -- due otherwise now, or would be
    earlier integer NOT NULL DEFAULT 0,        -- to be resolved sooner than was told
    later integer NOT NULL DEFAULT 0,
    samples jsonb NOT NULL DEFAULT '[]'        -- of one that looks: the first that would change
);

-- args: apply, reason. The service then counts; one at a time.
CREATE FUNCTION hotline.recompute_asked(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made integer;
BEGIN
    -- One that still runs holds the lock; a row without it is of a service that went down.
    IF NOT pg_try_advisory_xact_lock(7022102204) THEN
        RETURN hotline.refusal('under_way', 'reason');
    END IF;
    UPDATE hotline.deadline_recomputes SET state = 'failed', error = 'the service stopped',
        ended_at = clock_timestamp() WHERE state = 'running';
    INSERT INTO hotline.deadline_recomputes (apply, reason, made_at, made_by)
    VALUES ((args ->> 'apply')::boolean, coalesce(args ->> 'reason', ''), clock_timestamp(), who.actor)
    RETURNING id INTO made;
    RETURN jsonb_build_object('outcome', 'done', 'answer',
                              jsonb_build_object('id', made, 'state', 'running'));
END $$;

-- The caller has made pg_temp.due_incoming, as hotline.deadlines_recomputed takes it. Why and who are the
-- row's, so nobody else's name gets into a history.
CREATE FUNCTION hotline.recompute_apply(of_recompute integer, on_instant timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r hotline.deadline_recomputes;
BEGIN
    SELECT * INTO r FROM hotline.deadline_recomputes
        WHERE id = of_recompute AND state = 'running' AND apply FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'recompute % is not under way', of_recompute USING ERRCODE = 'check_violation';
    END IF;
    RETURN hotline.deadlines_recomputed(r.reason, on_instant, r.made_by);
END $$;

INSERT INTO hotline.actions (action, handler, roles) VALUES
    ('deadlines.look', 'recompute_asked', '{administrator}'),
    ('deadlines.recompute', 'recompute_asked', '{administrator}');
INSERT INTO hotline.audited_actions (action) VALUES ('deadlines.recompute');

REVOKE ALL ON FUNCTION hotline.recompute_asked(hotline.actor, jsonb),
    hotline.recompute_apply(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.recompute_apply(integer, timestamptz) TO hotline_service;
GRANT SELECT ON hotline.deadline_recomputes TO hotline_service, hotline_readonly;
GRANT UPDATE (state, error, ended_at, to_count, considered, changed, earlier, later, samples)
    ON hotline.deadline_recomputes TO hotline_service;

RESET ROLE;
