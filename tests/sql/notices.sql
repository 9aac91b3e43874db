-- Notices: planned once, claimed by one, in order, sent or tried again, dead and replayed; and the
-- ladder of deadlines, each step once. (now() stands still within this transaction.)
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
INSERT INTO hotline.agencies (code, name) VALUES ('other', 'Other');
INSERT INTO hotline.users (login, name, role, agency_id, password_hash)
SELECT v.login, v.login, v.role, a.id, '$argon2id$x' FROM (VALUES ('head', 'agency_head', 'center'),
    ('far', 'agency_head', 'other'), ('boss', 'supervisor', NULL)) AS v(login, role, agency)
LEFT JOIN hotline.agencies a ON a.code = v.agency;
INSERT INTO personal.contacts (user_id, medium, address)
SELECT id, 'email', login || '@example.org' FROM hotline.users;
INSERT INTO personal.contacts (agency_id, medium, address)
SELECT id, 'email', code || '@example.org' FROM hotline.agencies;
INSERT INTO hotline.webhooks (name, url, made_by) VALUES ('all', 'https://example.org/', 'test');
INSERT INTO hotline.webhook_secrets SELECT id, 'whsec_' || repeat('0', 64) FROM hotline.webhooks;
INSERT INTO hotline.webhooks (name, url, made_by, agency_id)
SELECT 'theirs', 'https://example.org/other', 'test', id FROM hotline.agencies WHERE code = 'other';

CREATE FUNCTION pg_temp.notices(of_complaint bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s', n.event, split_part(n.recipient, ':', 1) ||
        coalesce(' ' || k.address, ' ' || h.name, ''), n.medium), ', ' ORDER BY n.event, n.recipient, n.medium)
    FROM hotline.notices n
    LEFT JOIN personal.contacts k ON n.recipient = 'contact:' || k.id
    LEFT JOIN hotline.webhooks h ON h.id = n.webhook_id WHERE n.complaint_id = of_complaint
$$;
CREATE FUNCTION pg_temp.claim(media text[] DEFAULT '{email,sms,webhook}', most integer DEFAULT 100)
    RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s', event, address), ', ' ORDER BY id)
    FROM hotline.notices_claim('me', media, most, 60)
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO PUBLIC;

-- By which medium the reporter hears: who called by phone, else by e-mail; nobody without an address.
SELECT pg_temp.must_equal('filed', pg_temp.create_batch(
    pg_temp.complaint(0, 1, '{"reporter_phone": "0900000000", "reporter_email": "an@example.org"}'),
    pg_temp.complaint(1, 2, '{"reporter_phone": "0900000000", "reporter_email": "an@example.org",
                              "channel": "phone"}'),
    pg_temp.complaint(2, 3), pg_temp.complaint(3, 4, '{"reporter_email": "nonsense"}')),
    'created,created,created,created');
SELECT pg_temp.must_equal('planned', (SELECT planned || ' ' || made FROM hotline.notices_plan(100)),
    '4 10');
SELECT pg_temp.must_equal('by e-mail', pg_temp.notices(1),
    'received contact center@example.org email, received reporter email, received webhook all webhook');
SELECT pg_temp.must_equal('by phone', pg_temp.notices(2),
    'received contact center@example.org email, received reporter sms, received webhook all webhook');
SELECT pg_temp.must_equal('nobody', pg_temp.notices(3),
    'received contact center@example.org email, received webhook all webhook');
SELECT pg_temp.must_equal('planned once', (SELECT planned || ' ' || made FROM hotline.notices_plan(100)),
    '0 0');
SELECT pg_temp.must_equal('no person in it', (SELECT count(*) FROM hotline.notices n
    WHERE n::text LIKE '%0900000000%' OR n::text LIKE '%an@example%'), 0::bigint);

-- Only what can be sent is taken; a look is recorded when the address is read.
SELECT pg_temp.must_equal('no looks yet', (SELECT count(*) FROM personal.reporter_looks), 0::bigint);
SELECT pg_temp.must_equal('sms', pg_temp.claim('{sms}'), 'received 0900000000');
SELECT pg_temp.must_equal('looked', (SELECT string_agg(complaint_id || ' ' || viewer || ' ' || purpose, ',')
    FROM personal.reporter_looks), '2 service:notify notify received');
SELECT pg_temp.must_equal('taken once', pg_temp.claim('{sms}'), NULL);

-- The lease of one that died ends: it is taken again, under the same id.
UPDATE hotline.notices SET due_at = now() - interval '1 second' WHERE medium = 'sms';
SELECT pg_temp.must_equal('again', (SELECT attempt FROM hotline.notices_claim('other', '{sms}', 9, 60)), 2);
SELECT pg_temp.must_equal('the first one comes late', hotline.notice_failed(
    (SELECT id FROM hotline.notices WHERE medium = 'sms'), 1, 'timeout', false), false);
SELECT pg_temp.must_equal('still the other''s', (SELECT state || attempts FROM hotline.notices
    WHERE medium = 'sms'), 'sending2');
SELECT hotline.notice_sent(id, 2, 'ok') FROM hotline.notices WHERE medium = 'sms' \g /dev/null
SELECT pg_temp.must_equal('sent', (SELECT state FROM hotline.notices WHERE medium = 'sms'), 'sent');

-- In order: the next event of that complaint waits until the first is through, for that recipient.
INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload) VALUES
    (now(), 'complaint.resolved', 1, '{"text": "Đã <b>xử lý</b>"}'), (now(), 'complaint.noted', 1, '{}');
SELECT * FROM hotline.notices_plan(100) \g /dev/null
SELECT pg_temp.must_equal('a note is nobody''s but the systems''', (SELECT string_agg(n.recipient, ',')
    FROM hotline.notices n WHERE n.event = 'noted'), (SELECT 'webhook:' || id FROM hotline.webhooks WHERE name = 'all'));
SELECT pg_temp.must_equal('what was said', (SELECT facts #>> '{said,vi}' FROM hotline.notices
    WHERE event = 'resolved' AND recipient = 'reporter'), 'Đã <b>xử lý</b>');
SELECT pg_temp.must_equal('first things first', pg_temp.claim('{email}'), 'received an@example.org, received center@example.org, received center@example.org, received center@example.org, received center@example.org');
SELECT pg_temp.must_equal('nothing before it', pg_temp.claim('{email}'), NULL);
SELECT hotline.notice_sent(id, 1, 'ok') FROM hotline.notices WHERE recipient = 'reporter' AND event = 'received'
    AND medium = 'email' \g /dev/null
SELECT pg_temp.must_equal('then the next', pg_temp.claim('{email}'), 'resolved an@example.org');

-- Failing: later and later, dead in the end, replayed with the same id.
SELECT hotline.notice_failed(id, 1, 'no route', false) FROM hotline.notices WHERE event = 'resolved'
    AND recipient = 'reporter' \g /dev/null
SELECT pg_temp.must_equal('waits', (SELECT state || ' ' || (due_at > now() + interval '20 s' AND
    due_at < now() + interval '40 s') FROM hotline.notices WHERE event = 'resolved' AND recipient = 'reporter'),
    'waiting true');
UPDATE hotline.notices SET attempts = 11, due_at = now() WHERE event = 'resolved' AND recipient = 'reporter';
CREATE TEMP TABLE told AS SELECT told_id FROM hotline.notices WHERE event = 'resolved' AND recipient = 'reporter';
SELECT pg_temp.must_equal('last try', pg_temp.claim('{email}'), 'resolved an@example.org');
SELECT pg_temp.must_equal('dead', (SELECT hotline.notice_failed(id, 12, 'no route', false)
    FROM hotline.notices WHERE event = 'resolved' AND recipient = 'reporter'), true);
SELECT pg_temp.must_equal('replayed', (SELECT hotline.notices_replay(hotline.actor_of('user:boss'),
    '{"medium": "email"}')), '{"answer": {"replayed": 1}, "outcome": "done"}');
SELECT pg_temp.must_equal('under its id', (SELECT told_id::text FROM hotline.notices_claim('me', '{email}', 9, 60)),
    (SELECT told_id::text FROM told));
SELECT pg_temp.must_equal('its story', (SELECT string_agg(outcome, ',' ORDER BY at) FROM hotline.notice_attempts a
    JOIN hotline.notices n ON n.id = a.notice_id WHERE n.event = 'resolved' AND n.recipient = 'reporter'),
    'failed,failed,replayed');

-- Who asked not to be told is not told, not even of what was planned before.
SELECT pg_temp.must_equal('unsubscribed', (SELECT hotline.unsubscribe(told_id::text) FROM told), '000000001');
UPDATE hotline.notices SET due_at = now() - interval '1 s' WHERE event = 'resolved' AND recipient = 'reporter';
SELECT pg_temp.must_equal('no address', (SELECT address FROM hotline.notices_claim('me', '{email}', 9, 60)), NULL);

-- One webhook: four at once; after five failures in a row none, then one.
SELECT pg_temp.must_equal('four', (SELECT count(*) FROM hotline.notices_claim('me', '{webhook}', 100, 60)), 4::bigint);
SELECT hotline.notice_failed(id, 1, '503', false) FROM hotline.notices WHERE medium = 'webhook' AND state = 'sending' \g /dev/null
SELECT pg_temp.must_equal('counted', (SELECT failures || ' ' || (open_until IS NULL) FROM hotline.webhooks WHERE name = 'all'), '4 true');
UPDATE hotline.notices SET due_at = now() WHERE medium = 'webhook' AND state = 'waiting';
SELECT pg_temp.must_equal('four again', (SELECT count(*) FROM hotline.notices_claim('me', '{webhook}', 100, 60)), 4::bigint);
SELECT hotline.notice_failed(id, attempts, '503', false) FROM hotline.notices WHERE medium = 'webhook' AND state = 'sending' \g /dev/null
UPDATE hotline.notices SET due_at = now() WHERE medium = 'webhook' AND state = 'waiting';
SELECT pg_temp.must_equal('open', (SELECT count(*) FROM hotline.notices_claim('me', '{webhook}', 100, 60)), 0::bigint);
UPDATE hotline.webhooks SET open_until = now();
SELECT pg_temp.must_equal('tried', (SELECT count(*) FROM hotline.notices_claim('me', '{webhook}', 100, 60)), 1::bigint);
SELECT hotline.notice_sent(id, attempts, '200') FROM hotline.notices WHERE medium = 'webhook' AND state = 'sending' \g /dev/null
SELECT pg_temp.must_equal('closed', (SELECT failures || ' ' || (open_until IS NULL) FROM hotline.webhooks WHERE name = 'all'), '0 true');

-- What could not be sent for a week is dead, not gone.
UPDATE hotline.notices SET state = 'waiting', made_at = now() - interval '8 days' WHERE recipient = 'reporter' AND medium = 'sms';
SELECT pg_temp.must_equal('expired', hotline.notices_expire(10), 1);
SELECT pg_temp.must_equal('seen', (SELECT state || ' ' || error FROM hotline.notices WHERE medium = 'sms'), 'dead expired');

-- The ladder. Received ten hours ago, due in one: at risk, once.
SELECT pg_temp.must_equal('set up before', (SELECT hotline.ladder_walk(10)), 0);
UPDATE hotline.settings SET value = jsonb_set(value, '{ladder_since}', '"2020-01-01"') WHERE key = 'notify';
SELECT pg_temp.must_equal('open ones of long ago', (SELECT hotline.ladder_walk(10)), 0);
CREATE FUNCTION pg_temp.ladder(ago interval, left_over interval) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    last bigint := (SELECT max(id) FROM hotline.complaint_history);
BEGIN
    UPDATE hotline.complaints SET received_at = now() - ago, due_at = now() + left_over,
        deadline_terms = '{"urgent": true}', -- by the clock, whatever the hour of this test
        accept_due_at = NULL, status = CASE WHEN id = 3 THEN 'in_progress' ELSE 'closed' END,
        closed_at = CASE WHEN id <> 3 THEN now() END;
    PERFORM hotline.ladder_walk(10);
    RETURN (SELECT string_agg(event || ' ' || actor || ' ' || (detail #>> '{internal,step}'), ',' ORDER BY id)
            FROM hotline.complaint_history WHERE id > last);
END $$;
SELECT pg_temp.must_equal('time enough', pg_temp.ladder('1 h', '9 h'), NULL);
SELECT pg_temp.must_equal('not at risk', (SELECT hotline.at_risk(c) FROM hotline.complaints c WHERE id = 3), false);
SELECT pg_temp.must_equal('at risk', pg_temp.ladder('10 h', '1 h'), 'at_risk system:deadlines 10');
SELECT pg_temp.must_equal('is at risk', (SELECT hotline.at_risk(c) FROM hotline.complaints c WHERE id = 3), true);
SELECT pg_temp.must_equal('once', pg_temp.ladder('10 h', '1 h'), NULL);
SELECT pg_temp.must_equal('another due time', pg_temp.ladder('10 h', '61 min'), 'at_risk system:deadlines 10');
SELECT pg_temp.must_equal('late', pg_temp.ladder('10 h', '-1 min'), 'late system:deadlines 20');
SELECT pg_temp.must_equal('up the ladder', pg_temp.ladder('10 h', '-4 h'),
    'late system:deadlines 20,escalated system:deadlines 30,escalated system:deadlines 40');
SELECT * FROM hotline.notices_plan(100) \g /dev/null
SELECT pg_temp.must_equal('told', (SELECT string_agg(DISTINCT n.event || ' ' || n.audience || ' ' || k.address, ', ')
    FROM hotline.notices n JOIN personal.contacts k ON n.recipient = 'contact:' || k.id
    WHERE n.event IN ('at_risk', 'late', 'escalated')),
    'at_risk desk center@example.org, escalated agency_head head@example.org, escalated supervisor boss@example.org, late agency_head head@example.org, late desk center@example.org');
UPDATE hotline.complaints SET paused_at = now() - interval '9 h', status = 'waiting' WHERE id = 3;
UPDATE hotline.complaints SET due_at = now() + interval '30 min' WHERE id = 3;
SELECT pg_temp.must_equal('its clock stands', hotline.ladder_walk(10), 0);
UPDATE hotline.complaints SET status = 'assigned', paused_at = NULL, due_at = now() + interval '20 h', accept_due_at = now() - interval '1 min' WHERE id = 3;
SELECT pg_temp.must_equal('not accepted', hotline.ladder_walk(10), 1);
SELECT pg_temp.must_equal('that one', (SELECT event FROM hotline.complaint_history ORDER BY id DESC LIMIT 1), 'unaccepted');

-- What the service may not do by itself.
SET ROLE hotline_service;
SELECT pg_temp.must_fail('SELECT * FROM personal.contacts', '42501');
SELECT pg_temp.must_fail('SELECT * FROM hotline.webhook_secrets', '42501');
SELECT pg_temp.must_fail('UPDATE hotline.notices SET state = ''sent''', '42501');
SELECT pg_temp.must_fail('INSERT INTO hotline.outbox (created_at, topic, complaint_id) VALUES (now(), ''complaint.resolved'', 1)', '42501');
SELECT pg_temp.must_fail('SELECT hotline.notice_address(n) FROM hotline.notices n', '42501');
SELECT pg_temp.must_fail('SELECT hotline.notices_replay(NULL, ''{}'')', '42501');
RESET ROLE;
ROLLBACK;
