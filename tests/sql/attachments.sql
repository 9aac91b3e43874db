-- Files: attached once, to one complaint, seen by those who may, forgotten when nobody wants them.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();
INSERT INTO hotline.agencies (code, name) VALUES ('other', 'Other');
INSERT INTO hotline.users (login, name, role, agency_id, password_hash)
SELECT l.login, l.login, l.role, (SELECT a.id FROM hotline.agencies a WHERE a.code = l.agency),
    '$argon2id$x' FROM (VALUES ('truc', 'operator', NULL), ('nha', 'agency_staff', 'center'),
    ('la', 'agency_staff', 'other')) AS l(login, role, agency);
INSERT INTO hotline.api_keys (name, key_hash, scopes)
VALUES ('x', decode(repeat('ab', 32), 'hex'), '{read}'), ('y', decode(repeat('cd', 32), 'hex'), '{file}');
SELECT pg_temp.must_equal('complaints', pg_temp.create_batch(pg_temp.complaint(0, 1),
    pg_temp.complaint(1, 2)), 'created,created');
CREATE FUNCTION pg_temp.file_id(letter text) RETURNS text LANGUAGE sql AS $$ SELECT repeat(letter, 22) $$;
CREATE FUNCTION pg_temp.upload(letter text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT hotline.attachments_create(jsonb_build_array(jsonb_build_object('id',
        pg_temp.file_id(letter), 'kind', 'image', 'type', 'image/jpeg', 'name', 'ổ gà.jpg',
        'bytes', 1000, 'sha256', repeat('a' || letter, 32), 'width', 40, 'height', 30,
        'taken_us', 1750000000000000, 'files', jsonb_build_array(
            jsonb_build_object('size', 'web', 'sha256', repeat('b' || letter, 32),
                               'type', 'image/jpeg', 'bytes', 500),
            jsonb_build_object('size', 'thumb', 'sha256', repeat('c' || letter, 32),
                               'type', 'image/jpeg', 'bytes', 100)))), 'public', NULL, NULL) $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO PUBLIC;

SET ROLE hotline_service;
SELECT pg_temp.upload(l) FROM unnest('{a,b,c,d,e}'::text[]) l;
SELECT pg_temp.upload('a'); -- sent again
SELECT pg_temp.must_fail('SELECT * FROM hotline.attachments', '42501');
SELECT pg_temp.must_fail('SELECT * FROM hotline.attachment_files', '42501');
SELECT pg_temp.must_fail('SELECT hotline.attach(1, ''{}'', ''report'', false)', '42501');
SELECT pg_temp.must_fail('SELECT hotline.attachments_erase(ARRAY[1::bigint])', '42501');
SELECT pg_temp.must_equal('may', hotline.attachments_may('public', NULL) || ','
    || hotline.attachments_may('public', '000000001') || ','
    || hotline.attachments_may('public', '000000009') || ','
    || hotline.attachments_may('user:truc', '000000001') || ','
    || hotline.attachments_may('user:la', '000000001'), 'ok,ok,not_found,ok,not_found');

-- Nobody's yet: he who knows the id.
SELECT pg_temp.must_equal('before', (SELECT sha256 FROM hotline.attachment_open(pg_temp.file_id('a'),
    'web', 'public', NULL)), repeat('ba', 32));
SELECT pg_temp.must_equal('no such size', (SELECT count(*) FROM hotline.attachment_open(
    pg_temp.file_id('a'), 'original', 'public', NULL)), 0::bigint);

-- The reporter adds one; the other complaint cannot have it.
SELECT pg_temp.must_equal('added', hotline.complaint_attach_by_holder('000000001',
    ARRAY[pg_temp.file_id('a')], 'public') ->> 'outcome', 'done');
SELECT pg_temp.must_equal('again', hotline.complaint_attach_by_holder('000000001',
    ARRAY[pg_temp.file_id('a')], 'public') ->> 'outcome', 'done');
SELECT pg_temp.must_equal('taken', hotline.complaint_attach_by_holder('000000002',
    ARRAY[pg_temp.file_id('b'), pg_temp.file_id('a')], 'public') - 'field',
    jsonb_build_object('outcome', 'unknown', 'about', pg_temp.file_id('a')));
SELECT pg_temp.must_equal('to file', hotline.attachments_to_file(
    ARRAY[pg_temp.file_id('b'), pg_temp.file_id('a')], 'public', NULL), pg_temp.file_id('a'));
SELECT pg_temp.must_equal('free', hotline.attachments_to_file(ARRAY[pg_temp.file_id('b')],
    'public', NULL), NULL::text);

-- Evidence by staff, of their own agency only.
SELECT pg_temp.must_equal('other agency', hotline.perform('user:la', 'k1', 'h', 'complaint.attach',
    jsonb_build_object('code', '000000001', 'ids', jsonb_build_array(pg_temp.file_id('b')))) ->> 'outcome',
    'not_found');
SELECT pg_temp.must_equal('evidence', hotline.perform('user:nha', 'k2', 'h', 'complaint.attach',
    jsonb_build_object('code', '000000001', 'ids', jsonb_build_array(pg_temp.file_id('b')))) ->> 'outcome',
    'done');
SELECT pg_temp.must_equal('who sees evidence', (SELECT string_agg(asked || ':' || (SELECT count(*)
    FROM hotline.attachment_open(pg_temp.file_id('b'), 'thumb', asked, '000000001')), ',')
    FROM unnest('{public,key:x,key:y,user:truc,user:nha,user:la,user:nobody}'::text[]) asked),
    'public:0,key:x:1,key:y:0,user:truc:1,user:nha:1,user:la:0,user:nobody:0');
SELECT pg_temp.must_equal('who sees the report', (SELECT string_agg(code || ':' || (SELECT count(*)
    FROM hotline.attachment_open(pg_temp.file_id('a'), 'thumb', 'public', code)), ',')
    FROM unnest('{000000001,000000002,x}'::text[]) code), '000000001:1,000000002:0,x:0');
SELECT pg_temp.must_equal('shown to staff', jsonb_array_length(hotline.complaint_attachments(1, true)), 2);
SELECT pg_temp.must_equal('shown to the holder', hotline.complaint_attachments(1, false) #>> '{0,urls,web}',
    '/api/v1/attachments/' || pg_temp.file_id('a') || '/web?code=000000001');
SELECT pg_temp.must_equal('and no more', jsonb_array_length(hotline.complaint_attachments(1, false)), 1);
SELECT pg_temp.must_equal('published', hotline.perform('user:nha', 'k3', 'h', 'complaint.attach',
    jsonb_build_object('code', '000000001', 'public', true,
                       'ids', jsonb_build_array(pg_temp.file_id('b')))) ->> 'outcome', 'done');
SELECT pg_temp.must_equal('all see it', (SELECT open_to_all FROM hotline.attachment_open(
    pg_temp.file_id('b'), 'web', 'public', NULL)), true);
SELECT pg_temp.must_equal('the holder too', jsonb_array_length(hotline.complaint_attachments(1, false)), 2);

-- Filed with what it names; sent again, it still is.
SELECT pg_temp.must_equal('filed', (SELECT outcome FROM hotline.complaints_file(
    array_to_json(ARRAY[pg_temp.complaint(0, 3)]),
    jsonb_build_array(jsonb_build_object('n', 0, 'ids', jsonb_build_array(pg_temp.file_id('c')))))),
    'created');
SELECT pg_temp.must_equal('repeated', (SELECT outcome FROM hotline.complaints_file(
    array_to_json(ARRAY[pg_temp.complaint(0, 3)]),
    jsonb_build_array(jsonb_build_object('n', 0, 'ids', jsonb_build_array(pg_temp.file_id('c')))))),
    'repeated');
SELECT pg_temp.must_equal('has it', jsonb_array_length(hotline.complaint_attachments(3, false)), 1);
RESET ROLE;

SELECT pg_temp.must_equal('told', (SELECT string_agg(event || ' ' || actor || ' ' || (detail ? 'internal'),
    ',' ORDER BY id) FROM hotline.complaint_history WHERE complaint_id = 1 AND event = 'attached'),
    'attached public false,attached user:nha true,attached user:nha false');
SELECT pg_temp.must_equal('outbox', (SELECT count(*) FROM hotline.outbox
    WHERE topic = 'complaint.attached'), 3::bigint);

-- Ended, full, forgotten.
UPDATE hotline.complaints SET status = 'closed', closed_at = received_at WHERE id = 2;
SELECT pg_temp.must_equal('ended', hotline.attachments_may('public', '000000002') || ' '
    || (hotline.complaint_attach_by_holder('000000002', ARRAY[pg_temp.file_id('d')], 'public') ->> 'outcome'),
    'ended ended');
UPDATE hotline.settings SET value = '2' WHERE key = 'attachments_per_complaint';
SELECT pg_temp.must_equal('too many', hotline.attachments_may('public', '000000001'), 'too_many');
UPDATE hotline.settings SET value = '1000' WHERE key = 'attachments_waiting_bytes';
SELECT pg_temp.must_equal('full', hotline.attachments_may('public', NULL) || ' '
    || hotline.attachments_may('user:truc', NULL), 'full ok');
UPDATE hotline.attachments SET uploaded_at = uploaded_at - interval '25 hours';
SELECT pg_temp.must_equal('forgotten', hotline.attachments_forget_waiting(), 2::bigint);
SELECT pg_temp.must_equal('named', (SELECT string_agg(left(h, 4), ',' ORDER BY h)
    FROM hotline.attachment_files_named(ARRAY[repeat('ba', 32), repeat('bd', 32)]) h), 'baba');
SELECT pg_temp.must_equal('all files', (SELECT count(*) FROM hotline.attachment_files_after('')), 6::bigint);
SELECT pg_temp.must_equal('erased', hotline.attachments_erase(ARRAY[1::bigint]), 2::bigint);
SELECT pg_temp.must_equal('fewer files', (SELECT count(*) FROM hotline.attachment_files_after('')), 2::bigint);
ROLLBACK;
