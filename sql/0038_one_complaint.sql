-- One complaint as those see it who work on it: asked for after every action, so who asks and what he is to
-- it is worked out once, and every part's plan is kept.
SET ROLE hotline_owner;

-- Fields of one complaint besides its row. `staff` says which of them the asker may see: those with a
-- role over it, and other systems; else whoever holds the code.
CREATE FUNCTION hotline.complaint_work(asked text, of_complaint bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c hotline.complaints;
    who hotline.actor := hotline.actor_of(asked);
    relation text;
    staff boolean;
    holder text[];
    answer jsonb;
BEGIN
    SELECT * INTO c FROM hotline.complaints k WHERE k.id = of_complaint;
    IF asked LIKE 'key:%' THEN
        staff := hotline.complaint_staff(asked, c.id);
    ELSE
        relation := hotline.complaint_relation(who, c);
        staff := coalesce(relation IN ('all', 'agency', 'task'), false);
    END IF;
    holder := hotline.actions_allowed(hotline.reporter_actor(), c, 'code');
    answer := jsonb_build_object('staff', staff,
        'answers', hotline.complaint_answers_json(c.id, staff),
        'rating', (SELECT jsonb_build_object('rating',
                (ARRAY['not_satisfied', 'acceptable', 'satisfied'])[c.satisfaction],
                'comment', r.comment, 'at', r.at)
            FROM hotline.complaint_ratings r
            WHERE r.complaint_id = c.id AND r.rating = c.satisfaction AND r.co_report_id IS NULL
            ORDER BY r.id DESC LIMIT 1),
        'may_rate', 'rate' = ANY (holder), 'may_reopen', 'reopen' = ANY (holder),
        'attachments', hotline.complaint_attachments(c.id, staff));
    IF staff THEN
        answer := answer || hotline.complaint_staff_json(who, c, relation)
            || jsonb_build_object('co_ratings', hotline.co_ratings_json(c));
    END IF;
    IF staff AND who.login IS NOT NULL THEN
        answer := answer || hotline.complaint_record(who, c);
    END IF;
    RETURN answer;
END $$;

-- How many of these are at risk, as hotline.at_risk says of one: an inbox counts thousands. It tells a
-- number, and only of ids that the caller has seen.
CREATE FUNCTION hotline.at_risk_count(ids bigint[]) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT count(DISTINCT c.id)
        FROM hotline.ladder l JOIN hotline.escalations e ON e.step = l.step
        JOIN hotline.complaints c ON c.id = l.complaint_id
        WHERE l.complaint_id = ANY (ids) AND e.event = 'at_risk' AND e.active AND l.at <= now()
          AND c.closed_at IS NULL AND c.paused_at IS NULL AND c.due_at > now());
END $$;

REVOKE ALL ON FUNCTION hotline.complaint_work(text, bigint), hotline.at_risk_count(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline.complaint_work(text, bigint), hotline.at_risk_count(bigint[])
    TO hotline_service;

RESET ROLE;
