-- A transfer that is taken back gives the work back to whoever had it, as accepted as it was. Until here
-- both were lost: a change of the agency takes the assignee away (0018), and the transfer did not keep him.
-- And whoever asks for a transfer while another runs is told whose that is.
SET ROLE hotline_owner;

ALTER TABLE hotline.transfer_items ADD COLUMN old_assignee_id integer REFERENCES hotline.users,
    ADD COLUMN old_accepted_at timestamptz;

-- Applies one: the caller has made pg_temp.transfer_incoming (complaint_id, version, why, agency_id,
-- desk_id, jurisdiction_id, rule, rule_set_id, unrouted, pass_on_us, accept_us, answer_us, resolve_us,
-- clock_from_us, terms, reason_vi, reason_en), instants as hotline.instant takes them. Complaints that
-- are no longer at that version are left and counted. Whose work each was, and since when it was accepted,
-- is kept.
CREATE OR REPLACE FUNCTION hotline.transfer_apply(of_transfer integer, n_considered integer,
                                       on_instant timestamptz)
    RETURNS hotline.transfers
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    t hotline.transfers;
    n_incoming integer;
    n_moved integer;
BEGIN
    SELECT * INTO t FROM hotline.transfers WHERE id = of_transfer AND state = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transfer % is not under way', of_transfer
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*) INTO n_incoming FROM pg_temp.transfer_incoming;

    -- In order of the key, so that two writers wait for one another and never deadlock.
    INSERT INTO hotline.transfer_items (transfer_id, complaint_id, why, old_version, old_status,
        old_flags, old_agency_id, old_desk_id, old_assignee_id, old_accepted_at, old_jurisdiction_id,
        old_rule, old_rule_set_id, old_pass_on_due_at,
        old_accept_due_at, old_answer_due_at, old_due_at, old_clock_from, old_deadline_terms,
        old_reason_vi, old_reason_en, new_version, new_agency_id, new_due_at)
    SELECT of_transfer, c.id, i.why, c.version, c.status, c.flags, c.agency_id, c.desk_id,
        c.assignee_id, c.accepted_at, c.jurisdiction_id, c.rule, c.rule_set_id, c.pass_on_due_at,
        c.accept_due_at, c.answer_due_at, c.due_at,
        c.clock_from, c.deadline_terms, c.reason_vi, c.reason_en, c.version + 1, i.agency_id,
        hotline.instant(i.resolve_us)
    FROM pg_temp.transfer_incoming i
    JOIN hotline.complaints c ON c.id = i.complaint_id AND c.version = i.version
    WHERE c.closed_at IS NULL
    ORDER BY c.id FOR UPDATE OF c;
    GET DIAGNOSTICS n_moved = ROW_COUNT;

    UPDATE hotline.complaints c
    SET agency_id = i.agency_id, desk_id = i.desk_id, jurisdiction_id = i.jurisdiction_id,
        rule = i.rule, rule_set_id = i.rule_set_id,
        -- The new agency has yet to accept it; a row of the same agency under a new name has not.
        status = CASE WHEN c.status = 'waiting' OR a.code = b.code THEN c.status
                      WHEN i.unrouted THEN 'received' ELSE 'assigned' END,
        accepted_at = CASE WHEN c.status = 'waiting' OR a.code = b.code THEN c.accepted_at END,
        flags = CASE WHEN i.unrouted THEN array_append(array_remove(c.flags, 'unrouted'), 'unrouted')
                     ELSE array_remove(c.flags, 'unrouted') END,
        pass_on_due_at = hotline.instant(i.pass_on_us), accept_due_at = hotline.instant(i.accept_us),
        answer_due_at = hotline.instant(i.answer_us), due_at = hotline.instant(i.resolve_us),
        clock_from = hotline.instant(i.clock_from_us), deadline_terms = i.terms,
        reason_vi = i.reason_vi, reason_en = i.reason_en, updated_at = on_instant,
        version = o.new_version
    FROM pg_temp.transfer_incoming i, hotline.transfer_items o, hotline.agencies a,
        hotline.agencies b
    WHERE o.transfer_id = of_transfer AND o.complaint_id = i.complaint_id
      AND c.id = i.complaint_id AND a.id = o.old_agency_id AND b.id = o.new_agency_id;

    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT o.complaint_id, on_instant, 'transferred', t.made_by, jsonb_strip_nulls(
        jsonb_build_object('transfer', of_transfer, 'reason', t.reason, 'from', a.code, 'to', b.code,
            'due_at', CASE WHEN o.old_due_at <> o.new_due_at
                      THEN jsonb_build_array(o.old_due_at, o.new_due_at) END))
    FROM hotline.transfer_items o JOIN hotline.agencies a ON a.id = o.old_agency_id
    JOIN hotline.agencies b ON b.id = o.new_agency_id WHERE o.transfer_id = of_transfer;

    INSERT INTO hotline.outbox (created_at, topic, complaint_id)
    SELECT on_instant, 'complaint.transferred', complaint_id FROM hotline.transfer_items
    WHERE transfer_id = of_transfer;

    UPDATE hotline.transfers SET state = 'moved', considered = n_considered, moved = n_moved,
        changed_meanwhile = n_incoming - n_moved
        WHERE id = of_transfer RETURNING * INTO t;
    PERFORM pg_notify('hotline_complaints', 'many');
    RETURN t;
END $$;

-- Takes one back: each complaint that nobody has touched since is what it was before, its version
-- too, and the work of whoever had it, if he is still of that agency; only updated_at and the history
-- tell. The others are left, and listed as such.
CREATE OR REPLACE FUNCTION hotline.transfer_back(of_transfer integer, on_instant timestamptz, by_actor text)
    RETURNS hotline.transfers
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    t hotline.transfers;
    n_restored integer;
BEGIN
    SELECT * INTO t FROM hotline.transfers WHERE id = of_transfer FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no transfer %', of_transfer USING ERRCODE = 'no_data_found';
    ELSIF t.state <> 'moved' THEN
        RAISE EXCEPTION 'transfer % is %, so there is nothing to take back', of_transfer, t.state
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM hotline.complaints c JOIN hotline.transfer_items o ON o.complaint_id = c.id
        WHERE o.transfer_id = of_transfer ORDER BY c.id FOR UPDATE OF c;
    UPDATE hotline.transfer_items o SET state =
        CASE WHEN c.version = o.new_version AND c.agency_id = o.new_agency_id THEN 'back'
             ELSE 'left' END
        FROM hotline.complaints c
        WHERE o.transfer_id = of_transfer AND c.id = o.complaint_id;
    UPDATE hotline.complaints c
    SET agency_id = o.old_agency_id, desk_id = o.old_desk_id, assignee_id = o.old_assignee_id,
        accepted_at = o.old_accepted_at,
        jurisdiction_id = o.old_jurisdiction_id, rule = o.old_rule,
        rule_set_id = o.old_rule_set_id, status = o.old_status, flags = o.old_flags,
        pass_on_due_at = o.old_pass_on_due_at, accept_due_at = o.old_accept_due_at,
        answer_due_at = o.old_answer_due_at, due_at = o.old_due_at, clock_from = o.old_clock_from,
        deadline_terms = o.old_deadline_terms, reason_vi = o.old_reason_vi,
        reason_en = o.old_reason_en, version = o.old_version, updated_at = on_instant
    FROM hotline.transfer_items o
    WHERE o.transfer_id = of_transfer AND o.state = 'back' AND c.id = o.complaint_id;
    GET DIAGNOSTICS n_restored = ROW_COUNT;

    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)
    SELECT o.complaint_id, on_instant, 'transferred_back', by_actor, jsonb_build_object(
        'transfer', of_transfer, 'from', b.code, 'to', a.code)
    FROM hotline.transfer_items o JOIN hotline.agencies a ON a.id = o.old_agency_id
    JOIN hotline.agencies b ON b.id = o.new_agency_id
    WHERE o.transfer_id = of_transfer AND o.state = 'back';
    INSERT INTO hotline.outbox (created_at, topic, complaint_id)
    SELECT on_instant, 'complaint.transferred', complaint_id FROM hotline.transfer_items
    WHERE transfer_id = of_transfer AND state = 'back';

    UPDATE hotline.transfers SET state = 'back', back_at = on_instant, back_by = by_actor,
        restored = n_restored, left_alone = moved - n_restored
        WHERE id = of_transfer RETURNING * INTO t;
    PERFORM pg_notify('hotline_complaints', 'many');
    RETURN t;
END $$;

-- args: at_us, reason, deadlines. The service then judges and calls transfer_apply.
CREATE OR REPLACE FUNCTION hotline.transfer_asked(who hotline.actor, args jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made integer;
BEGIN
    -- One that still runs holds the lock; a row without it is of a service that went down.
    IF NOT pg_try_advisory_xact_lock(7022102203) THEN
        RETURN hotline.refusal('under_way', 'at',
            coalesce((SELECT t.made_by FROM hotline.transfers t ORDER BY t.id DESC LIMIT 1), '?'));
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

RESET ROLE;
