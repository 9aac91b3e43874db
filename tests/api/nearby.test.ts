// Is it reported already? Candidates for a draft: what staff see, what everybody else must not learn.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { type Person, addPerson, sessionOf } from './lib/people';
import { waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

const LAT_M = 1 / 110600;
const SPOT = { lon: CENTRE.lon + 0.0021, lat: CENTRE.lat + 0.0017 };
const north = (metres: number): { lon: number; lat: number; accuracy_m: number } =>
  ({ lon: SPOT.lon, lat: SPOT.lat + metres * LAT_M, accuracy_m: 15 });

let database: Database;
let server: Server;
let operator: Person;
let head: Person;
let own: string;
const codes: Record<string, string> = {};

async function filed(name: string, change: Record<string, unknown>): Promise<void> {
  const made = await server.file(complaint(change), operator.headers);
  assert.equal(made.status, 201, made.text);
  codes[name] = made.json.code;
}

const ask = (query: Record<string, string | number>, headers: Record<string, string> = operator.headers): Promise<Answer> =>
  server.get(`/api/v1/complaints/nearby?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`, headers);

const here = { lon: SPOT.lon, lat: SPOT.lat, accuracy_m: 15, category: 'o-ga' };

before(async () => {
  database = await Postgres.shared().cityDatabase();
  // Nothing of the demo's own near by.
  await database.sql(`UPDATE hotline.complaints SET status = 'rejected' WHERE ST_DWithin(geom::geography,
    ST_SetSRID(ST_MakePoint(${SPOT.lon}, ${SPOT.lat}), 4326)::geography, 1500)`);
  await addPerson(database, 'truc', 'operator');
  own = await database.sql(`SELECT a.code FROM hotline.agencies a WHERE a.kind = 'ward' AND a.valid @> current_date ORDER BY a.code LIMIT 1`);
  await addPerson(database, 'xa', 'agency_head', own);
  server = await Server.start(database);
  operator = await sessionOf(server, 'truc');
  head = await sessionOf(server, 'xa');
  await filed('same', { category: 'o-ga', description: 'Ổ gà rất lớn trước nhà ông Bảy', location: north(8),
    reporter: { name: 'Nguyễn Thị Lan', phone: '0901 234 567' } });
  await filed('other', { category: 'o-ga', description: 'Mặt đường lún thành hố', location: north(20), reporter: { phone: '+84901234567' } });
  await filed('far', { category: 'o-ga', description: 'Ổ gà rất lớn', location: north(900) });
  await filed('noise', { category: 'tieng-on', description: 'Ổ gà rất lớn', location: north(0) });
  await filed('hidden', { category: 'o-ga', description: 'ẩn danh', location: north(700), reporter: { phone: '0901234567', anonymous: true } });
  await waitUntil('the index to have them', async () => (await ask({ ...here, limit: 20 })).json.complaints?.length >= 2);
});
after(async () => {
  await server.stop();
  await database.drop();
});

const codesOf = (answer: Answer): string[] => answer.json.complaints.map((c: { code: string }) => c.code);

test('staff see which it may be, why, and how sure', async () => {
  const answer = await ask({ ...here, q: 'o ga lon truoc nha' });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(codesOf(answer), [codes.same, codes.other]);
  const [first, second] = answer.json.complaints;
  assert.ok(first.likely && first.score > second.score, answer.text);
  assert.ok(Math.abs(first.distance_m - 8) <= 1, String(first.distance_m));
  assert.equal(first.category.code, 'o-ga');
  assert.equal(first.description, 'Ổ gà rất lớn trước nhà ông Bảy');
  assert.equal(first.reporters, 1);
  assert.ok(first.because.wording > second.because.wording);
  assert.ok(!answer.text.includes('Nguyễn Thị Lan') && !answer.text.includes('0901'), 'no person');
  assert.equal(answer.json.threshold > 0, true);
});

test('an address is placed as a complaint would be; without a place there is nothing to compare', async () => {
  const nowhere = await ask({ address: 'zzzz qqqq', category: 'o-ga' });
  assert.deepEqual([nowhere.status, nowhere.json.complaints], [200, []]);
  const label = (await server.get(`/api/v1/reverse?lon=${SPOT.lon}&lat=${SPOT.lat}`)).json.features[0].properties;
  const street = label.geocoding.street;
  if (street) assert.equal((await ask({ address: `${street}`, category: 'o-ga' })).status, 200);
});

test('what ended long ago, was rejected or is too old is not offered', async () => {
  await database.sql(`UPDATE hotline.complaints SET status = 'closed', received_at = now() - interval '4 days', closed_at = now() - interval '3 days' WHERE code = '${codes.same}'`);
  await waitUntil('closed', async () => (await ask(here)).json.complaints.some((c: { status: string }) => c.status === 'closed'));
  await database.sql(`UPDATE hotline.complaints SET received_at = now() - interval '30 days', closed_at = now() - interval '20 days' WHERE code = '${codes.same}'`);
  assert.ok(!codesOf(await ask(here)).includes(codes.same as string));
  await database.sql(`UPDATE hotline.complaints SET status = 'assigned', received_at = now(), closed_at = NULL WHERE code = '${codes.same}'`);
  await waitUntil('back', async () => codesOf(await ask(here)).includes(codes.same as string));
});

test('the public sees no code, no words, no person, and the place only rounded', async () => {
  const answer = await ask({ ...here, q: 'Ổ gà rất lớn trước nhà ông Bảy' }, {});
  assert.equal(answer.status, 200);
  assert.ok(answer.json.complaints.length >= 1, answer.text);
  for (const item of answer.json.complaints) {
    assert.deepEqual(Object.keys(item).sort(), ['category', 'description', 'distance_m', 'join', 'likely', 'place', 'received_at',
      'reporters', 'score', 'status']);
    assert.equal(item.description, null);
    for (const degrees of [item.place.lon, item.place.lat]) {
      const cells = degrees / 0.001;
      assert.ok(Math.abs(cells - Math.floor(cells) - 0.5) < 1e-6, `${degrees} is not the middle of a cell`);
    }
    assert.equal(item.distance_m % 10, 0);
  }
  for (const word of [codes.same, codes.other, 'Bảy', 'Lan', '0901'] as string[]) assert.ok(!answer.text.includes(word), word);
  const again = await ask(here, {});
  assert.notEqual(again.json.complaints[0].join, answer.json.complaints[0].join, 'tokens cannot be compared');
});

test('the public learns nothing from the score: neither the words nor where in the cell', async () => {
  const plain = (await ask(here, {})).json.complaints.map((c: { score: number }) => c.score);
  const probed = (await ask({ ...here, q: 'Ổ gà rất lớn trước nhà ông Bảy' }, {})).json.complaints.map((c: { score: number }) => c.score);
  assert.deepEqual(plain, probed);
  // Within a cell the place makes no difference.
  const cell = (v: number): number => (Math.floor(v / 0.001) + 0.5) * 0.001;
  await database.sql(`UPDATE hotline.complaints SET geom = ST_SetSRID(ST_MakePoint(${cell(SPOT.lon) + 0.0002}, ${cell(SPOT.lat) - 0.0002}), 4326)
    WHERE code = '${codes.other}'`);
  const query = { lon: cell(SPOT.lon), lat: cell(SPOT.lat), accuracy_m: 15, category: 'o-ga' };
  await waitUntil('moved', async () => (await ask(query)).json.complaints.find((c: { code: string; distance_m: number }) => c.code === codes.other)?.distance_m > 20);
  const moved = (await ask(query, {})).json.complaints;
  assert.deepEqual(moved.map((c: { distance_m: number }) => c.distance_m), moved.map(() => 0), JSON.stringify(moved));
});

test('people of an agency see their own as staff and others as anybody', async () => {
  const answer = await ask(here, head.headers);
  assert.ok(answer.json.complaints.length > 0);
  const owned = await database.sql(`SELECT string_agg(c.code, ',') FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id WHERE a.code = '${own}'`);
  for (const item of answer.json.complaints) assert.equal(item.code !== undefined, item.code !== undefined && owned.includes(item.code));
  assert.ok(answer.json.complaints.some((c: { join?: string }) => c.join));
});

test('earlier complaints of a number: for operators, whichever way it is written, each look recorded', async () => {
  const before = await database.number('SELECT count(*) FROM personal.reporter_looks');
  const answer = await ask({ phone: '0084 901.234.567' });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.earlier.map((c: { code: string }) => c.code).sort(), [codes.same, codes.other].sort());
  assert.ok(answer.json.earlier.every((c: { same_caller: boolean }) => c.same_caller));
  assert.ok(!JSON.stringify(answer.json.earlier).includes(codes.hidden as string), 'anonymous is anonymous');
  assert.equal(await database.number('SELECT count(*) FROM personal.reporter_looks'), before + 2);
  assert.equal(await database.sql(`SELECT DISTINCT viewer || ': ' || purpose FROM personal.reporter_looks`),
    'user:truc: earlier complaints of a number');
  const both = await ask({ ...here, phone: '0901234567' });
  assert.ok(both.json.complaints.every((c: { same_caller: boolean }) => c.same_caller));
  problem(await ask({ phone: '0901234567' }, {}), 401);
  problem(await ask({ phone: '0901234567' }, head.headers), 403);
});

test('bad questions are told what is wrong with them', async () => {
  assert.equal(problem(await ask({}), 400)[0]?.field, 'lon');
  assert.equal(problem(await ask({ lon: 106.7 }), 400)[0]?.field, 'lat');
  assert.equal(problem(await ask({ ...here, lat: 91 }), 400)[0]?.field, 'lat');
  assert.equal(problem(await ask({ ...here, category: 'khong-co' }), 400)[0]?.field, 'category');
  assert.equal(problem(await ask({ ...here, limit: 0 }), 400)[0]?.field, 'limit');
  assert.equal(problem(await ask({ ...here, accuracy_m: 'x' }), 400)[0]?.field, 'accuracy_m');
  assert.equal(problem(await ask({ ...here, q: 'a'.repeat(8001) }), 400)[0]?.field, 'q');
});
