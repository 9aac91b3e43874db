-- A person says where a complaint is: the action `place`. Where it then belongs is decided anew by the
-- service (server/api/action_place.c), which hands the decision in; here it is done, in one transaction.
-- In words: docs/workflow.md, "Placing by hand".
SET ROLE hotline_owner;

ALTER TABLE hotline.complaints DROP CONSTRAINT complaints_place_match_check;
ALTER TABLE hotline.complaints ADD CONSTRAINT complaints_place_match_check
    CHECK (place_match IN ('coordinate', 'house', 'interpolated', 'alley', 'street', 'crossing', 'place',
        'ward', 'district', 'none', 'hand')); -- hand: a person put it there

INSERT INTO hotline.transitions
    (action, from_statuses, to_status, roles, scope, needs, conditions, event, effect) VALUES
('place', '{received,assigned,accepted,in_progress,returned,waiting,extended,reopened}', NULL,
    '{operator,supervisor,administrator,agency_staff,agency_head}', 'agency', '{location}', '{}',
    'placed', 'act_place');

-- Where it is, as the history keeps it. Under "internal": it may tell where a reporter lives.
CREATE FUNCTION hotline.place_told(c hotline.complaints) RETURNS jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('lon', ST_X(c.geom), 'lat', ST_Y(c.geom),
        'match', c.place_match, 'address', c.address,
        'ward', (SELECT b.code FROM hotline.boundaries b WHERE b.id = c.ward_id),
        'district', (SELECT b.code FROM hotline.boundaries b WHERE b.id = c.district_id)))
$$;

-- args: location, address?, reason?; of the service: outside, or ward_id, district_id, decision, rule,
-- jurisdiction_id, rule_set_id, reason_vi, reason_en, fallback, desk; where another agency is responsible
-- `to`, its terms and its due times. Whom a person gave it to keeps it.
CREATE FUNCTION hotline.act_place(who hotline.actor, INOUT c hotline.complaints, args jsonb,
                                  at timestamptz, OUT detail jsonb, OUT refused jsonb)
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before hotline.complaints := c;
    agency hotline.agencies;
    target hotline.agencies;
    unrouted boolean := 'unrouted' = ANY (c.flags);
BEGIN
    IF (args ->> 'outside')::boolean THEN
        refused := hotline.refusal('outside_city', 'location');
        RETURN;
    ELSIF args -> 'decision' IS NULL THEN
        RAISE EXCEPTION 'no decision came with the place of %', c.code;
    END IF;
    c.geom := ST_SetSRID(ST_MakePoint((args #>> '{location,lon}')::double precision,
                                      (args #>> '{location,lat}')::double precision), 4326);
    c.accuracy_m := NULL;
    c.place_match := 'hand';
    c.place_confidence := 1;
    c.ward_id := (args ->> 'ward_id')::integer;
    c.district_id := (args ->> 'district_id')::integer;
    c.address := coalesce(nullif(args ->> 'address', ''), c.address);
    c.rule := args ->> 'rule';
    c.rule_set_id := (args ->> 'rule_set_id')::integer;
    c.jurisdiction_id := (args ->> 'jurisdiction_id')::integer;
    c.reason_vi := args ->> 'reason_vi';
    c.reason_en := args ->> 'reason_en';
    c.flags := ARRAY (SELECT f FROM unnest(c.flags) f
                      WHERE f NOT IN ('low_confidence', 'unplaced', 'outside_city'));
    UPDATE hotline.complaints k SET geom = c.geom, accuracy_m = NULL, place_match = c.place_match,
        place_confidence = c.place_confidence, ward_id = c.ward_id, district_id = c.district_id,
        address = c.address, rule = c.rule, rule_set_id = c.rule_set_id,
        jurisdiction_id = c.jurisdiction_id, reason_vi = c.reason_vi, reason_en = c.reason_en
    WHERE k.id = c.id;
    detail := jsonb_build_object('place', jsonb_build_array(hotline.place_told(before),
        hotline.place_told(c)), 'reason', args ->> 'reason');
    SELECT * INTO agency FROM hotline.agencies a WHERE a.id = c.agency_id;
    target := hotline.agency_in_force(args ->> 'to');
    IF c.override IS NULL THEN
        c.flags := array_remove(c.flags, 'unrouted')
            || CASE WHEN (args ->> 'fallback')::boolean THEN ARRAY['unrouted'] ELSE '{}' END;
        IF target.id IS NOT NULL AND target.code <> agency.code THEN
            detail := detail || jsonb_build_object('agency', jsonb_build_array(agency.code, target.code),
                'due_at', jsonb_build_array(c.due_at, hotline.instant(args, 'due_us')),
                'rule', jsonb_build_array(hotline.complaint_rule(before), hotline.complaint_rule(c)));
            c := hotline.clock_anew(who, c, args, at);
            c.deadline_terms := args -> 'terms';
            c.agency_id := target.id;
            c.desk_id := (SELECT d.id FROM hotline.desks d WHERE d.agency_id = target.id
                AND d.code = args ->> 'desk' AND d.valid @> hotline.city_day(now()));
            c.assignee_id := NULL;
            c.proposed_agency_id := NULL;
            c.status := CASE WHEN (args ->> 'fallback')::boolean THEN 'received' ELSE 'assigned' END;
        ELSIF c.status = 'received' AND unrouted AND NOT (args ->> 'fallback')::boolean THEN
            c.status := 'assigned'; -- it is theirs indeed
        END IF;
    END IF;
    detail := jsonb_build_object('internal', jsonb_strip_nulls(detail)
        || jsonb_build_object('decision', args -> 'decision'));
END $$;

-- The rules move it to whose it is by its new place: an entry of its own, as every change of hands has.
CREATE FUNCTION hotline.placed_elsewhere(c hotline.complaints, told jsonb, at timestamptz) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    moved jsonb := jsonb_build_object('from', told #> '{agency,0}', 'to', told #> '{agency,1}',
        'due_at', c.due_at);
BEGIN
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
        VALUES (c.id, at, 'rerouted', 'service', moved || jsonb_build_object('internal',
            jsonb_strip_nulls(jsonb_build_object('placed', true, 'reason', told -> 'reason',
                'due_before', told #> '{due_at,0}', 'rule', told #> '{rule,0}'))));
    INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
        VALUES (at, 'complaint.rerouted', c.id,
            moved || jsonb_build_object('status', c.status, 'version', c.version + 1));
END $$;

REVOKE ALL ON FUNCTION hotline.place_told(hotline.complaints),
    hotline.act_place(hotline.actor, hotline.complaints, jsonb, timestamptz),
    hotline.placed_elsewhere(hotline.complaints, jsonb, timestamptz) FROM PUBLIC;

RESET ROLE;
