// What happens while it runs: facts change, rows are refused, the database is slow or gone, the
// service is told to stop. Nothing acknowledged is lost, nothing is stored twice.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, FAULT, run, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database, '--deadline-ms', '4000');
});
after(async () => {
  await server.stop();
  await database.drop();
});

const ROUTE = `/api/v1/route?lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=tieng-on`;

/** Asks again and again, one after another, until told to stop. */
function askAlways(path: string): { stop: () => Promise<Answer[]> } {
  let going = true;
  const answers: Answer[] = [];
  const done = (async () => {
    while (going) answers.push(await server.get(path));
  })();
  return { stop: async () => { going = false; await done; return answers; } };
}

test('a change of the facts is seen within two seconds, without a restart and without a failed request', async () => {
  const asker = askAlways(ROUTE);
  const agency = (await server.get(ROUTE)).json.assignment.agency.code as string;
  const changed = Date.now();
  await database.sql(`UPDATE hotline.agencies SET name = 'Tên mới của đơn vị' WHERE code = '${agency}'`);
  await waitUntil('the new name', async () =>
    (await server.get(ROUTE)).json.assignment.agency.name === 'Tên mới của đơn vị');
  const seen = Date.now() - changed;
  await database.sql("UPDATE hotline.categories SET name_vi = 'Ồn ào' WHERE code = 'tieng-on'");
  await waitUntil('the new category', async () =>
    (await server.get('/api/v1/categories')).text.includes('Ồn ào'));
  // One that is new can be used at once, one that was closed cannot.
  await database.sql(`INSERT INTO hotline.categories (code, name_vi, name_en, deadline_hours)
    VALUES ('moi-toanh', 'Mới toanh', 'Brand new', 3)`);
  await waitUntil('a complaint of the new category', async () =>
    (await server.file(complaint({ category: 'moi-toanh' }))).status === 201);
  await database.sql("UPDATE hotline.categories SET active = false WHERE code = 'moi-toanh'");
  await waitUntil('the category to be closed', async () =>
    (await server.file(complaint({ category: 'moi-toanh' }))).status === 422);
  const answers = await asker.stop();
  assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
  assert.ok(answers.length > 5);
  // With sanitizers, and a whole city to load anew, a second is given for each core's worth of work.
  const slack = /asan/.test(HOTLINE) ? 15000 : 2000;
  assert.ok(seen < slack, `it took ${seen} ms`);
});

test('a change of boundaries moves complaints from then on', async () => {
  const before = (await server.get(ROUTE)).json.place.ward.code as string;
  await database.sql(`UPDATE hotline.boundaries SET name = 'Phường Đổi Tên' WHERE level = 'ward' AND code = '${before}'`);
  await waitUntil('the new name', async () => (await server.get(ROUTE)).json.place.ward.name === 'Phường Đổi Tên');
  assert.equal((await server.file(complaint())).json.place.ward.name, 'Phường Đổi Tên');
});

test('a row that the database refuses does not take the others of its batch with it', async () => {
  await database.sql(`CREATE FUNCTION hotline.refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.description LIKE 'refuse%' THEN RAISE EXCEPTION 'refused by the test' USING ERRCODE = 'check_violation'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_one BEFORE INSERT ON hotline.complaints FOR EACH ROW EXECUTE FUNCTION hotline.refuse_one()`);
  const stored = await database.complaints();
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
    server.file(complaint({ description: i % 40 === 7 ? `refuse ${i}` : `keep ${i}` }))));
  const bad = answers.filter((_, i) => i % 40 === 7);
  const good = answers.filter((_, i) => i % 40 !== 7);
  assert.deepEqual([...new Set(good.map((a) => a.status))], [201]);
  for (const answer of bad) assert.ok(answer.status >= 400, String(answer.status));
  for (const answer of bad) problem(answer, answer.status);
  assert.equal(await database.complaints(), stored + good.length);
  const codes = good.map((a) => `'${a.json.code}'`).join();
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaints WHERE code IN (${codes})`), good.length);
  assert.equal(await database.number("SELECT count(*) FROM hotline.complaints WHERE description LIKE 'refuse%'"), 0);
  await database.sql('DROP TRIGGER refuse_one ON hotline.complaints; DROP FUNCTION hotline.refuse_one()');
});

test('while the database stands still the queue is bounded, and nothing acknowledged is lost', async () => {
  const stored = await database.complaints();
  const lock = await database.session();
  await lock.sql('BEGIN; LOCK TABLE hotline.complaints IN ACCESS EXCLUSIVE MODE');
  const answers: Answer[] = [];
  const keyed = Array.from({ length: 400 }, (_, i) => `still-${i}`);
  const all = Promise.all(keyed.map(async (key) => {
    answers.push(await server.file(complaint({ description: key }), { 'Idempotency-Key': key }));
  }));
  await waitUntil('the deadline to answer', () => answers.some((a) => a.status === 504 || a.status === 503), 30000);
  // What does not need that table goes on.
  assert.equal((await server.get('/healthz')).status, 200);
  assert.equal((await server.get(ROUTE)).status, 200);
  await all;
  for (const answer of answers) {
    assert.ok(answer.status === 503 || answer.status === 504, String(answer.status));
    if (answer.status === 503) assert.ok(Number(answer.headers.get('retry-after')) > 0, 'no Retry-After');
    problem(answer, answer.status);
  }
  await lock.sql('COMMIT');
  await lock.close();
  // Sent again with their keys, each is stored once: whether the first try came through or not.
  const again = await waitUntil('everything to be accepted', async () => {
    const tried = await Promise.all(keyed.map((key) => server.file(complaint({ description: key }), { 'Idempotency-Key': key })));
    return tried.every((a) => a.status === 200 || a.status === 201) ? tried : null;
  }, 60000);
  assert.equal(new Set(again.map((a) => a.json.code)).size, keyed.length);
  assert.equal(await database.complaints(), stored + keyed.length);
  assert.equal(await database.number(
    "SELECT count(DISTINCT description) FROM hotline.complaints WHERE description LIKE 'still-%'"), keyed.length);
});

test('too many at once are told to come back', async () => {
  const small = await Postgres.shared().cityDatabase();
  const busy = await Server.start(small, '--workers', '1', '--deadline-ms', '60000');
  const lock = await small.session();
  await lock.sql('BEGIN; LOCK TABLE hotline.complaints IN ACCESS EXCLUSIVE MODE');
  // Raw and pipelined: more requests than a client's own limits would let through.
  const body = JSON.stringify(complaint());
  const one = `POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  let text = '';
  const sockets = Array.from({ length: 4200 }, () => {
    const socket = connect(busy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => { text += bytes.toString('latin1'); });
    socket.on('connect', () => socket.write(one));
    return socket;
  });
  await waitUntil('a refusal', () => /HTTP\/1\.1 503/.test(text), 60000);
  const refusal = text.slice(text.indexOf('HTTP/1.1 503'));
  assert.match(refusal, /^Retry-After: \d+\r$/m);
  assert.match(refusal, /^Content-Type: application\/problem\+json\r$/m);
  await lock.sql('COMMIT');
  await lock.close();
  const acknowledged = (): number => (text.match(/HTTP\/1\.1 201/g) ?? []).length;
  const refused = (): number => (text.match(/HTTP\/1\.1 50[34]/g) ?? []).length;
  await waitUntil('an answer for everybody', () => acknowledged() + refused() >= sockets.length, 60000);
  sockets.forEach((socket) => socket.destroy());
  const codes = [...new Set([...text.matchAll(/Location: \/api\/v1\/complaints\/(\S+)/g)].map((m) => m[1]))];
  assert.equal(codes.length, acknowledged());
  assert.ok(codes.length > 0);
  assert.equal(await small.number(`SELECT count(*) FROM hotline.complaints WHERE code IN (${codes.map((c) => `'${c}'`).join()})`), codes.length);
  await busy.stop();
  await small.drop();
});

test('a stop answers what is under way, and takes nothing new', async () => {
  const own = await Postgres.shared().cityDatabase();
  const stopping = await Server.start(own, '--workers', '1');
  const lock = await own.session();
  await lock.sql('BEGIN; LOCK TABLE hotline.complaints IN ACCESS EXCLUSIVE MODE');
  const pending = Promise.all(Array.from({ length: 30 }, (_, i) => stopping.file(complaint({ description: `under way ${i}` }))));
  await waitUntil('the requests to be under way', async () =>
    Number(/^hotline_http_in_flight\S* (\d+)$/m.exec((await stopping.get('/metrics')).text)?.[1]) > 30);
  stopping.signal('SIGTERM');
  await waitUntil('the service to close its door', async () => {
    const refused = await new Promise<boolean>((done) => {
      const socket = connect(stopping.port, '127.0.0.1');
      socket.on('connect', () => { socket.destroy(); done(false); });
      socket.on('error', () => done(true));
    });
    return refused;
  });
  assert.ok(stopping.running, 'it waits for those under way');
  await lock.sql('COMMIT');
  await lock.close();
  const answers = await pending;
  assert.deepEqual([...new Set(answers.map((a) => a.status))], [201]);
  for (const answer of answers) assert.equal(answer.headers.get('connection'), 'close');
  await stopping.stop();
  assert.equal(await own.number("SELECT count(*) FROM hotline.complaints WHERE description LIKE 'under way %'"), 30);
  await own.drop();
});

test('a second signal or nobody there does not matter: an idle service stops at once', async () => {
  const own = await Postgres.shared().emptyDatabase();
  const idle = Server.launch(own);
  await idle.listening();
  const answer = await idle.get('/readyz');
  assert.equal(answer.status, 503, 'it is not ready without a city');
  assert.equal((await idle.get('/healthz')).status, 200);
  problem(await idle.file(complaint()), 503);
  problem(await idle.get('/api/v1/categories'), 503);
  const began = Date.now();
  await idle.stop();
  assert.ok(Date.now() - began < 10000);
  await own.drop();
});

test('migrations that start together, and again, leave one schema', async () => {
  const postgres = Postgres.shared();
  const fresh = postgres.database(`hotline_test_race_${process.pid}`);
  await postgres.database('postgres').sql(`CREATE DATABASE ${fresh.name}`);
  const outcomes = await Promise.all(Array.from({ length: 4 }, () =>
    run(HOTLINE, ['migrate'], { env: { HOTLINE_DATABASE: fresh.url } })));
  for (const outcome of outcomes) {
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.doesNotMatch(outcome.stderr, FAULT);
  }
  assert.equal(outcomes.filter((o) => /applied 0001/.test(o.stdout)).length, 1, 'one of them did the work');
  assert.match(await fresh.hotline('migrate'), /up to date/);
  assert.equal(await fresh.sql('SELECT count(*) = max(number) FROM hotline.migrations'), 't');
  await fresh.drop();
});

test('PostgreSQL restarts under load: nothing acknowledged is lost, nothing is there twice', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-restart-'));
  chmodSync(dir, 0o755); // the cluster's owner has to get in
  const postgres = Postgres.at(dir);
  try {
    await restartUnderLoad(postgres);
  } finally {
    postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});

async function restartUnderLoad(postgres: Postgres): Promise<void> {
  const own = await postgres.cityDatabase();
  const steady = await Server.start(own);
  const acknowledged = new Map<string, string>();
  let going = true;
  const client = async (who: number): Promise<void> => {
    for (let n = 0; going; n++) {
      const key = `restart-${who}-${n}`;
      await waitUntil(`${key} to be accepted`, async () => {
        if (!going) return true;
        const answer = await steady.file(complaint({ description: key }), { 'Idempotency-Key': key });
        if (answer.status !== 200 && answer.status !== 201) {
          problem(answer, answer.status);
          assert.ok([503, 504].includes(answer.status), String(answer.status));
          return false;
        }
        acknowledged.set(key, answer.json.code as string);
        return true;
      }, 90000);
    }
  };
  const clients = Promise.all(Array.from({ length: 16 }, (_, i) => client(i)));
  try {
    for (let round = 1; round <= 2; round++) {
      const at = acknowledged.size;
      await waitUntil('complaints to come in', () => acknowledged.size > at + 100, 60000);
      if (round === 1) postgres.stop(); else postgres.kill();
      await postgres.start();
    }
    const at = acknowledged.size;
    await waitUntil('complaints to come in again', () => acknowledged.size > at + 100, 60000);
  } finally {
    going = false;
    await clients;
  }
  assert.ok(steady.logContains('db.lost'), 'the restarts were felt');
  const rows = await own.json<Record<string, string[]>>(`SELECT json_object_agg(description, codes) FROM (
    SELECT description, json_agg(code) AS codes FROM hotline.complaints WHERE description LIKE 'restart-%' GROUP BY 1) q`);
  for (const [key, code] of acknowledged) assert.deepEqual(rows[key], [code], key);
  for (const [key, codes] of Object.entries(rows)) assert.equal(codes.length, 1, key);
  await waitUntil('it to be ready again', async () => (await steady.get('/readyz')).status === 200);
  await steady.stop();
}
