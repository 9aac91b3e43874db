// What people do with a complaint: "not ours" moves it to another agency by hand, once, with a
// reason, and nobody overwrites anybody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
let operator: Person;
let other: string;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'sep', 'leader');
  await addPerson(database, 'quan', 'administrator');
  server = await Server.start(database);
  operator = await sessionOf(server, 'truc');
  other = await database.sql(`SELECT code FROM hotline.agencies WHERE kind = 'utility'
    AND valid @> current_date ORDER BY code LIMIT 1`);
});
after(async () => {
  await server.stop();
  await database.drop();
});

interface Filed {
  code: string;
  agency: string;
}

async function filed(): Promise<Filed> {
  const made = await server.file(complaint());
  assert.equal(made.status, 201, made.text);
  return { code: made.json.code, agency: made.json.assignment.agency.code };
}

function act(code: string, body: unknown, headers: Record<string, string> = operator.headers): Promise<Answer> {
  return server.post(`/api/v1/complaints/${code}/actions`, body, headers);
}

const move = (change: Record<string, unknown> = {}): Record<string, unknown> =>
  ({ action: 'reroute', version: 1, agency: other, reason: 'Việc này của đơn vị khác', ...change });

test('an operator moves a complaint: the agency, the time and the history change, the explanation stays', async () => {
  const { code, agency } = await filed();
  const before = await server.get(`/api/v1/complaints/${code}`, operator.headers);
  const moved = await act(code, move());
  assert.equal(moved.status, 200, moved.text);
  assert.equal(moved.json.assignment.agency.code, other);
  assert.equal(moved.json.version, 2);
  assert.equal(moved.json.status, 'assigned');
  assert.equal(moved.json.assignment.rule, before.json.assignment.rule);
  assert.ok(moved.json.assignment.reason.startsWith(before.json.assignment.reason), moved.json.assignment.reason);
  assert.notEqual(moved.json.assignment.reason, before.json.assignment.reason);
  const { by, reason, agency: ruled } = moved.json.assignment.override;
  assert.deepEqual({ by, reason, ruled }, { by: 'user:truc', reason: 'Việc này của đơn vị khác', ruled: agency });
  // Counted anew from the move, by the other agency's calendar: what is explained is what is stored.
  const { resolve } = (await server.get(`/api/v1/complaints/${code}`, operator.headers)).json.deadlines;
  const movedAt = await database.number(`SELECT (extract(epoch FROM clock_from) * 1000)::bigint FROM hotline.complaints WHERE code = '${code}'`);
  assert.ok(movedAt > Date.parse(before.json.received_at));
  assert.ok(Math.abs(Date.parse(resolve.from) - movedAt) < 1000, `${resolve.from} ${movedAt}`);
  assert.equal(resolve.computed, undefined, 'the stored time is the one that the calendar gives');
  assert.equal(Date.parse(moved.json.assignment.deadline), Date.parse(resolve.due));
  assert.equal(Date.parse(resolve.due), await database.number(`SELECT (extract(epoch FROM due_at) * 1000)::bigint FROM hotline.complaints WHERE code = '${code}'`));

  const history = (await server.get(`/api/v1/complaints/${code}/history`, operator.headers)).json.history;
  assert.deepEqual(history.map((h: { event: string }) => h.event), ['received', 'rerouted']);
  assert.equal(history[1].actor, 'user:truc');
  assert.equal(history[1].detail.internal.reason, 'Việc này của đơn vị khác');
  assert.equal(await database.sql(`SELECT x.rule || ' ' || f.code || ' ' || t.code || ' ' || x.actor FROM hotline.corrections x
    JOIN hotline.complaints c ON c.id = x.complaint_id JOIN hotline.agencies f ON f.id = x.from_agency_id
    JOIN hotline.agencies t ON t.id = x.to_agency_id WHERE c.code = '${code}'`),
  `${before.json.assignment.rule} ${agency} ${other} user:truc`);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id
    WHERE c.code = '${code}' AND o.topic = 'complaint.rerouted'`), 1);
});

test('who holds the code sees that it moved, not who said what', async () => {
  const { code } = await filed();
  await act(code, move());
  const seen = await server.get(`/api/v1/complaints/${code}`);
  assert.equal(seen.json.assignment.agency.code, other);
  assert.equal(seen.json.assignment.override, undefined);
  assert.equal(seen.json.version, undefined);
  const history = await server.get(`/api/v1/complaints/${code}/history`);
  assert.deepEqual(Object.keys(history.json.history[1].detail).sort(), ['due_at', 'from', 'to']);
  assert.ok(!history.text.includes('đơn vị khác') && !history.text.includes('truc'));
});

test('two who move the same complaint: the second is told, and nothing is lost', async () => {
  const { code } = await filed();
  assert.equal((await act(code, move())).status, 200);
  const second = await act(code, move({ agency: 'ubnd-26740' }));
  assert.deepEqual(problem(second, 409).map((e) => [e.field, e.code]), [['version', 'stale']]);
  const [a, b] = await Promise.all([act(code, move({ version: 2, agency: 'ubnd-26740' })), act(code, move({ version: 2, agency: 'ubnd-26743' }))]);
  assert.deepEqual([a.status, b.status].sort(), [200, 409]);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.corrections x JOIN hotline.complaints c ON c.id = x.complaint_id
    WHERE c.code = '${code}'`), 2);
});

test('the same request twice moves it once; another with its key is refused', async () => {
  const { code } = await filed();
  const headers = { ...operator.headers, 'Idempotency-Key': 'move-it' };
  const first = await act(code, move(), headers);
  const again = await act(code, move(), headers);
  assert.deepEqual([first.status, again.status], [200, 200]);
  assert.equal(again.json.version, 2);
  assert.deepEqual(problem(await act(code, move({ reason: 'khác' }), headers), 409).map((e) => [e.field, e.code]),
    [['Idempotency-Key', 'key_reused']]);
  problem(await act(code, move({ version: 2 }), { ...operator.headers, 'Idempotency-Key': 'a b' }), 400);
});

test('only those who may, with their token, and an agency only its own', async () => {
  const { code, agency } = await filed();
  problem(await act(code, move(), {}), 401);
  problem(await act(code, { action: 'fly' }, {}), 401); // not even what there is
  for (const login of ['sep', 'quan']) problem(await act(code, move(), (await sessionOf(server, login)).headers), 403);
  problem(await act(code, move(), { Cookie: operator.headers['Cookie'] ?? '' }), 403);
  await addPerson(database, 'nha', 'agency_staff', agency);
  await addPerson(database, 'la', 'agency_staff', other);
  problem(await act(code, move(), (await sessionOf(server, 'la')).headers), 404);
  const moved = await act(code, move(), (await sessionOf(server, 'nha')).headers);
  assert.equal(moved.status, 200, moved.text);
  const key = /hl_[0-9a-f]{64}/.exec(await database.hotline('key', 'add', 'he-thong-khac'))?.[0] ?? '';
  problem(await act(code, move({ version: 2 }), { Authorization: `Bearer ${key}` }), 403);
});

test('what cannot be is refused by field, in words, and changes nothing', async () => {
  const { code, agency } = await filed();
  const fields = async (body: unknown, status = 422): Promise<string[]> => problem(await act(code, body), status).map((e) => `${e.field} ${e.code}`);
  assert.deepEqual(await fields({ action: 'fly' }), ['action unknown_value']);
  assert.deepEqual(await fields({}), ['action required']);
  assert.deepEqual(await fields('[1]', 400), []);
  assert.deepEqual(await fields({ action: 'reroute', colour: 'red' }), ['colour unknown_field', 'version required', 'agency required', 'reason required']);
  assert.deepEqual(await fields(move({ reason: '  ' })), ['reason required']);
  assert.deepEqual(await fields(move({ version: -1, agency: 5 })), ['version out_of_range', 'agency wrong_type']);
  assert.deepEqual(await fields(move({ reason: 'x'.repeat(1001) })), ['reason too_long']);
  assert.deepEqual(await fields(move({ agency: 'khong-co' })), ['agency unknown']);
  assert.deepEqual(await fields(move({ desk: 'khong-co' })), ['desk unknown']);
  assert.deepEqual(await fields(move({ agency })), ['agency same_agency']);
  const english = await act(code, move({ agency: 'khong-co' }), { ...operator.headers, 'Accept-Language': 'en' });
  assert.equal(problem(english, 422)[0]?.detail, 'is not known: khong-co');
  problem(await act('000000000', move()), 404);
  assert.equal(await database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`), 1);
  await database.sql(`UPDATE hotline.complaints SET status = 'closed', closed_at = now() WHERE code = '${code}'`);
  assert.deepEqual(await fields(move(), 409), ['action ended']);
});

test('corrections and answered requests are the owner\'s alone', async () => {
  const state = (text: string): Promise<string> => database.sql(`DO $$ BEGIN SET ROLE hotline_service; ${text};
    RAISE EXCEPTION 'done'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$`).then(() => 'refused', () => 'done');
  for (const text of ['DELETE FROM hotline.corrections', 'UPDATE hotline.corrections SET reason = \'x\'',
    'INSERT INTO hotline.answered_requests SELECT', 'UPDATE hotline.actions SET roles = \'{}\'',
    'PERFORM hotline.complaint_act(NULL, NULL)']) {
    assert.equal(await state(text), 'refused', text);
  }
});
