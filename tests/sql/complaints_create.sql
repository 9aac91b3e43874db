-- hotline.complaints_create: what is stored once, what is answered from before, what is refused as a
-- whole, and what comes with each complaint.
\ir common.psql
BEGIN;
SELECT pg_temp.make_city();

-- Created, each with its history row, and the outbox told; nobody without a reporter gets a row.
SELECT pg_temp.must_equal('two new ones', pg_temp.create_batch(
    pg_temp.complaint(0, 1),
    pg_temp.complaint(1, 2, '{"reporter_name": "An", "reporter_phone": "0900000000"}')),
    'created,created');
SELECT pg_temp.must_equal('history', (SELECT string_agg(complaint_id || ' ' || event || ' ' || actor,
    ',' ORDER BY complaint_id) FROM hotline.complaint_history), '1 received public,2 received public');
SELECT pg_temp.must_equal('outbox', (SELECT count(*) FROM hotline.outbox), 2::bigint);
SELECT pg_temp.must_equal('reporters', (SELECT string_agg(complaint_id || ' ' || name, ',')
    FROM personal.reporters), '2 An');

-- The same rows sent again, as after a lost connection, add nothing.
SELECT pg_temp.must_equal('sent twice', pg_temp.create_batch(
    pg_temp.complaint(0, 1), pg_temp.complaint(1, 3)), 'repeated,created');
SELECT pg_temp.must_equal('history after', (SELECT count(*) FROM hotline.complaint_history),
                          3::bigint);

-- An idempotency key: the first request wins, the same one is answered with the first's code, a
-- different one is told apart. Also within one batch, and for each client by itself.
SELECT pg_temp.must_equal('keys', pg_temp.create_batch(
    pg_temp.complaint(0, 10, '{"client": "c", "key": "k", "request_hash": "aa"}'),
    pg_temp.complaint(1, 11, '{"client": "d", "key": "k", "request_hash": "aa"}')),
    'created,created');
SELECT pg_temp.must_equal('keys again', pg_temp.create_batch(
    pg_temp.complaint(0, 12, '{"client": "c", "key": "k", "request_hash": "aa"}'),
    pg_temp.complaint(1, 13, '{"client": "c", "key": "k", "request_hash": "bb"}')),
    'repeated,mismatch');
SELECT pg_temp.must_equal('code of the first', (SELECT complaint_code FROM
    hotline.complaints_create(json_build_array(pg_temp.complaint(0, 14,
        '{"client": "c", "key": "k", "request_hash": "aa"}')))), '000000010');
SELECT pg_temp.must_equal('one key twice in a batch', pg_temp.create_batch(
    pg_temp.complaint(0, 20, '{"client": "c", "key": "l", "request_hash": "aa"}'),
    pg_temp.complaint(1, 21, '{"client": "c", "key": "l", "request_hash": "aa"}'),
    pg_temp.complaint(2, 22, '{"client": "c", "key": "l", "request_hash": "cc"}')),
    'created,repeated,mismatch');
SELECT pg_temp.must_equal('only the first of them is stored', (SELECT count(*)
    FROM hotline.complaints WHERE id IN (12, 13, 14, 21, 22)), 0::bigint);

-- A record of a file: once, under its first code, and nobody is told of the past.
SELECT pg_temp.must_equal('file', pg_temp.create_batch(
    pg_temp.complaint(0, 30, '{"source": "f.csv", "source_id": "7"}'),
    pg_temp.complaint(1, 31, '{"source": "g.csv", "source_id": "7"}'),
    pg_temp.complaint(2, 32, '{"source": "f.csv", "source_id": "7"}')),
    'created,created,repeated');
SELECT pg_temp.must_equal('file again', (SELECT string_agg(outcome || ' ' || complaint_code, ',')
    FROM hotline.complaints_create(json_build_array(pg_temp.complaint(0, 33,
        '{"source": "f.csv", "source_id": "7"}')))), 'repeated 000000030');
SELECT pg_temp.must_equal('outbox of files', (SELECT count(*) FROM hotline.outbox
    WHERE complaint_id >= 30), 0::bigint);

-- A complaint without a place is kept without one.
SELECT pg_temp.must_equal('unplaced', pg_temp.create_batch(pg_temp.complaint(0, 40,
    '{"lon": null, "lat": null, "place_match": "none", "place_confidence": 0,
      "flags": "{unplaced}"}')), 'created');
SELECT pg_temp.must_equal('no geometry', (SELECT geom IS NULL AND flags = '{unplaced}'
    FROM hotline.complaints WHERE id = 40), true);

-- One bad row refuses its whole batch, so that whoever sends it can send the others again.
SELECT pg_temp.must_fail($$SELECT pg_temp.create_batch(pg_temp.complaint(0, 50),
    pg_temp.complaint(1, 51, '{"channel": "pigeon"}'))$$, '23514');
SELECT pg_temp.must_fail($$SELECT pg_temp.create_batch(pg_temp.complaint(0, 50),
    pg_temp.complaint(1, 51, '{"category_id": 999999}'))$$, '23503');
SELECT pg_temp.must_fail($$SELECT pg_temp.create_batch(pg_temp.complaint(0, 50,
    '{"client": "c", "key": "m", "request_hash": "aa"}'),
    pg_temp.complaint(1, 51, '{"description": null}'))$$, '23502');
SELECT pg_temp.must_fail($$SELECT pg_temp.create_batch(pg_temp.complaint(0, 50,
    '{"closed_at": "2025-07-31T08:00:00+07:00"}'))$$, '23514');
SELECT pg_temp.must_equal('nothing of them', (SELECT count(*) FROM hotline.complaints
    WHERE id IN (50, 51)), 0::bigint);
SELECT pg_temp.must_equal('nor their keys', (SELECT count(*) FROM hotline.idempotency_keys
    WHERE key = 'm'), 0::bigint);
ROLLBACK;
