// The whole life of one complaint: filed, placed, routed, stored, told, drawn, found again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, EventStream, complaint, features, inTile, problem, tileOf } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
});

const CODE = /^[0-9AEGHKNRTV]{9}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/;

/** How many complaints the heat tile counts where the point is. */
async function heatAt(point: { lon: number; lat: number }, query = ''): Promise<number> {
  const tile = tileOf(point, 14);
  const at = inTile(point, tile, 4096);
  const unit = 4096 / 64;
  const cell = (await features(server, 'heat', tile, query)).filter((f) =>
    Math.floor(f.x / unit) === Math.floor(at.x / unit) && Math.floor(f.y / unit) === Math.floor(at.y / unit));
  assert.ok(cell.length <= 1, 'a cell comes once');
  return Number(cell[0]?.properties['count'] ?? 0);
}

test('one complaint, from the caller to the map', async () => {
  const stream = await EventStream.open(server);
  const before = await heatAt(CENTRE);
  const stored = await database.complaints();

  const answer = await server.file(complaint({
    location: { ...CENTRE, accuracy_m: 12 },
    address: 'Công xã Paris',
    reporter: { name: 'Nguyễn Thị Thử', phone: '0900 000 001', email: 'thu@example.com' },
    occurred_at: '2026-01-02T23:15:00+07:00',
    attributes: { floor: 3 },
  }));
  assert.equal(answer.status, 201, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  const made = answer.json;
  assert.match(made.code, CODE);
  assert.equal(answer.headers.get('location'), `/api/v1/complaints/${made.code}`);
  assert.equal(made.description, 'Karaoke mở loa lớn quá nửa đêm');
  assert.deepEqual(made.category, { code: 'tieng-on', name: 'Tiếng ồn' });
  assert.equal(made.place.match, 'coordinate');
  assert.equal(made.place.lon, CENTRE.lon);
  assert.equal(made.place.lat, CENTRE.lat);
  assert.ok(made.place.ward.code !== '' && made.place.ward.name !== '');
  assert.equal(made.place.district, null, 'there are no districts any more');
  assert.ok(made.place.confidence > 0.5 && made.place.confidence <= 1);
  assert.ok(made.assignment.agency.code !== '' && made.assignment.agency.name !== '');
  assert.match(made.assignment.deadline, TIME);
  assert.ok(Date.parse(made.assignment.deadline) > Date.now(), 'the deadline is to come');
  assert.ok(made.assignment.reason.length > 20, made.assignment.reason);
  assert.equal(new Date(made.occurred_at).toISOString(), '2026-01-02T16:15:00.000Z');

  // Found again, as it was answered; a code is read however it is spoken.
  const one = await server.get(`/api/v1/complaints/${made.code}`);
  assert.equal(one.status, 200);
  const shown = Object.fromEntries(Object.entries(one.json).filter(([name]) => name in made));
  assert.deepEqual(shown, made);
  const { deadlines, answers, attachments, rating, staff, may_rate: mayRate, may_reopen: mayReopen } = one.json;
  assert.deepEqual([answers, attachments, rating, staff, mayRate, mayReopen], [[], [], null, false, false, false], 'nothing has become of it yet');
  assert.equal(deadlines.resolve.due, made.assignment.deadline);
  const spoken = `${made.code.slice(0, 3)} ${made.code.slice(3, 6)}-${made.code.slice(6)}`.toLowerCase();
  assert.deepEqual((await server.get(`/api/v1/complaints/${encodeURIComponent(spoken)}`)).json, one.json);

  const history = await server.get(`/api/v1/complaints/${made.code}/history`);
  assert.equal(history.status, 200);
  assert.equal(history.json.history[0].event, 'received');
  assert.match(history.json.history[0].at, TIME);

  // Drawn where it is, and told.
  await waitUntil('the heat tile to have it', async () => (await heatAt(CENTRE)) === before + 1);
  const told = await waitUntil('the event', () => stream.events.find((e) => e.event === 'complaint'));
  const tile = tileOf(CENTRE, 14);
  assert.deepEqual(told.data, { tile: [tile.z, tile.x, tile.y], category: 'tieng-on' });
  stream.close();

  // Stored once, with its reporter apart.
  assert.equal(await database.complaints(), stored + 1);
  const row = await database.json<Record<string, unknown>>(
    `SELECT row_to_json(q) FROM (SELECT c.description, c.accuracy_m, c.attributes, c.status, r.name, r.phone,
       (SELECT count(*) FROM hotline.complaint_history h WHERE h.complaint_id = c.id) AS history,
       (SELECT count(*) FROM hotline.outbox o WHERE o.complaint_id = c.id) AS outbox
     FROM hotline.complaints c JOIN personal.reporters r ON r.complaint_id = c.id WHERE c.code = '${made.code}') q`);
  assert.deepEqual({ ...row, history: Number(row['history']) > 0 }, {
    description: 'Karaoke mở loa lớn quá nửa đêm', accuracy_m: 12, attributes: { floor: 3 },
    status: made.status, name: 'Nguyễn Thị Thử', phone: '0900 000 001', history: true, outbox: 1,
  });
});

test('the answer is in the language that is asked for', async () => {
  const vi = await server.file(complaint());
  const en = await server.file(complaint(), { 'Accept-Language': 'en-GB,vi;q=0.5' });
  assert.equal(vi.json.category.name, 'Tiếng ồn');
  assert.equal(en.json.category.name, 'Noise');
  assert.notEqual(vi.json.assignment.reason, en.json.assignment.reason);
  assert.equal(vi.json.assignment.agency.code, en.json.assignment.agency.code);
});

test('ward and agency are what the database says about the point', async () => {
  const made = (await server.file(complaint())).json;
  const expected = await database.sql(
    `SELECT min(code) FROM hotline.boundaries WHERE level = 'ward' AND valid @> current_date
       AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(${CENTRE.lon}, ${CENTRE.lat}), 4326))`);
  assert.equal(made.place.ward.code, expected);
  assert.equal(await database.sql(`SELECT a.code FROM hotline.complaints c
    JOIN hotline.agencies a ON a.id = c.agency_id WHERE c.code = '${made.code}'`), made.assignment.agency.code);
});

test('an address places a complaint that has no coordinates', async () => {
  const known = await database.json<{ name: string; number: string }>(
    `SELECT json_build_object('name', street, 'number', housenumber) FROM hotline.gazetteer_addresses
     WHERE street IS NOT NULL AND housenumber ~ '^[0-9]+$' ORDER BY id LIMIT 1`);
  const made = await server.file(complaint({ location: undefined, address: `${known.number} ${known.name}` }));
  assert.equal(made.status, 201, made.text);
  assert.notEqual(made.json.place.match, 'none', JSON.stringify(made.json.place));
  assert.notEqual(made.json.place.match, 'coordinate');
  assert.equal(typeof made.json.place.lon, 'number');
  assert.ok(made.json.place.confidence > 0 && made.json.place.confidence <= 1);
});

test('what cannot be placed is kept, flagged, and somebody has it', async () => {
  const made = await server.file(complaint({ location: undefined, address: 'qqzz xxwwvv kkjj' }));
  assert.equal(made.status, 201, made.text);
  assert.deepEqual([made.json.place.match, made.json.place.lon, made.json.place.ward], ['none', null, null]);
  assert.ok(made.json.flags.includes('unplaced'), made.json.flags.join());
  assert.notEqual(made.json.assignment.agency.code, '');
});

test('outside the city is accepted and flagged', async () => {
  const made = await server.file(complaint({ location: { lon: 105.85, lat: 21.03 } }));
  assert.equal(made.status, 201, made.text);
  assert.ok(made.json.flags.includes('outside_city'), made.json.flags.join());
  assert.deepEqual([made.json.place.ward, made.json.place.district], [null, null]);
  assert.equal(made.json.place.lon, 105.85);
});

test('a write that is repeated with its key is made once', async () => {
  const key = { 'Idempotency-Key': 'a-key-of-mine' };
  const stored = await database.complaints();
  const first = await server.file(complaint(), key);
  assert.equal(first.status, 201);
  const again = await server.file(complaint(), key);
  assert.equal(again.status, 200);
  assert.deepEqual(again.json, first.json);
  const other = await server.file(complaint({ description: 'Chuyện khác' }), key);
  assert.deepEqual(problem(other, 409).map((e) => [e.field, e.code]), [['Idempotency-Key', 'already_used']]);
  assert.equal(await database.complaints(), stored + 1);
});

test('a key that many send at once makes one complaint', async () => {
  const stored = await database.complaints();
  const answers = await Promise.all(Array.from({ length: 40 }, () =>
    server.file(complaint({ description: 'Cùng một lúc' }), { 'Idempotency-Key': 'at-once' })));
  assert.deepEqual([...new Set(answers.map((a) => a.json.code))].length, 1);
  assert.equal(answers.filter((a) => a.status === 201).length, 1);
  assert.equal(answers.filter((a) => a.status === 200).length, 39);
  assert.equal(await database.complaints(), stored + 1);
});

test('codes do not follow one another and all differ', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => server.file(complaint())));
  const codes = answers.map((a: Answer) => a.json.code as string);
  assert.equal(new Set(codes).size, 50);
  assert.ok(new Set(codes.map((code) => code.slice(0, 3))).size > 40, codes.join(' '));
});

test('a code with one wrong character, or two exchanged, is not found', async () => {
  const code = (await server.file(complaint())).json.code as string;
  const wrong = code.slice(0, 8) + (code[8] === '0' ? '1' : '0');
  problem(await server.get(`/api/v1/complaints/${wrong}`), 404);
  problem(await server.get(`/api/v1/complaints/${wrong}/history`), 404);
  const at = [...code].findIndex((c, i) => i + 1 < 9 && c !== code[i + 1]);
  problem(await server.get(
    `/api/v1/complaints/${code.slice(0, at)}${code[at + 1]}${code[at]}${code.slice(at + 2)}`), 404);
  problem(await server.get('/api/v1/complaints/000000000'), 404);
  problem(await server.get('/api/v1/complaints/x'), 404);
});
