// The same thing reported twice: joining, leaving, following, merging and taking back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { type Person, addPerson, sessionOf } from './lib/people';
import { must, HOTLINE, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
let operator: Person;
let head: Person;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'sep', 'leader');
  const own = await database.sql(`SELECT a.code FROM hotline.agencies a WHERE a.kind = 'utility' AND a.valid @> current_date ORDER BY a.code LIMIT 1`);
  await addPerson(database, 'dien', 'agency_head', own);
  server = await Server.start(database);
  operator = await sessionOf(server, 'truc');
  head = await sessionOf(server, 'dien');
});
after(async () => {
  await server.stop();
  await database.drop();
});

let shift = 0;
/** A complaint in a corner of its own, with the reporter given. */
async function filed(change: Record<string, unknown> = {}): Promise<{ code: string; location: { lon: number; lat: number; accuracy_m: number } }> {
  shift += 1;
  const location = { lon: CENTRE.lon + 0.02 + shift * 0.013, lat: CENTRE.lat + 0.0005, accuracy_m: 10 };
  const made = await server.file(complaint({ category: 'o-ga', description: 'Ổ gà trước nhà bà Tám', channel: 'phone', location,
    reporter: { name: 'Trần Văn Tám', phone: '0912 000 111' }, ...change }), operator.headers);
  assert.equal(made.status, 201, made.text);
  return { code: made.json.code, location };
}

const join = (name: string, change: Record<string, unknown> = {}, headers: Record<string, string> = operator.headers): Promise<Answer> =>
  server.post(`/api/v1/complaints/${name}/reporters`, { channel: 'phone', consent: true, reporter: { name: 'Lê Thị Hai', phone: '0987654321' },
    description: 'Tôi cũng thấy hố này', ...change }, headers);
const one = async (code: string, headers = operator.headers): Promise<Answer> => server.get(`/api/v1/complaints/${code}`, headers);
const reporters = (code: string): Promise<number> => database.number(`SELECT reporters FROM hotline.complaints WHERE code = '${code}'`);
const events = async (code: string): Promise<string[]> =>
  (await server.get(`/api/v1/complaints/${code}/history`, operator.headers)).json.history.map((h: { event: string }) => h.event);

/** The token that the public is given for it. */
async function token(location: { lon: number; lat: number }): Promise<string> {
  return waitUntil('the index to have it', async () => (await server.get(`/api/v1/complaints/nearby?lon=${location.lon}&lat=${location.lat}` +
    '&accuracy_m=10&category=o-ga')).json.complaints?.[0]?.join as string | undefined);
}

test('an operator joins a caller: counted, told of later, in the history, once', async () => {
  const { code } = await filed();
  const joined = await join(code);
  assert.equal(joined.status, 201, joined.text);
  assert.deepEqual([joined.json.code, joined.json.reporters, joined.json.already], [code, 2, false]);
  assert.match(joined.json.follow_code, /^[0-9AEGHKNRTV]{9}$/);
  assert.notEqual(joined.json.follow_code, code);
  const again = await join(code, { reporter: { phone: '+84 987 654 321' } });
  assert.equal(again.status, 200);
  assert.deepEqual([again.json.reporters, again.json.already], [2, true], 'the same person under another spelling');
  assert.equal((await join(code, { reporter: { phone: '0912000111' } })).json.already, true, 'the one who filed it');
  assert.equal((await join(code, { reporter: undefined, consent: false })).json.reporters, 3, 'who gives nothing is counted');
  assert.equal(await reporters(code), 3);
  assert.deepEqual(await events(code), ['received', 'joined', 'joined']);
  assert.deepEqual(await database.json(`SELECT json_agg(t) FROM (SELECT code, name, phone, email FROM personal.co_reporters_to_tell(
    (SELECT id FROM hotline.complaints WHERE code = '${code}'))) t`),
  [{ code: joined.json.follow_code, name: 'Lê Thị Hai', phone: '0987654321', email: null }]);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id
    WHERE c.code = '${code}' AND o.topic = 'complaint.joined'`), 2);
  const list = await server.get(`/api/v1/complaints/${code}/reporters`, operator.headers);
  assert.deepEqual(list.json.co_reports.map((r: { told_by: string[]; description: string }) => [r.told_by, r.description]),
    [[['phone'], 'Tôi cũng thấy hố này'], [[], 'Tôi cũng thấy hố này']]);
  assert.ok(!list.text.includes('0987') && !list.text.includes('Lê Thị Hai'), 'persons are looked at elsewhere');
});

test('a citizen joins by the token and follows with a code of their own, without the complaint’s', async () => {
  const { code, location } = await filed();
  const handle = await token(location);
  const joined = await join(handle, { channel: 'web', reporter: { email: 'hai@example.org' } }, {});
  assert.equal(joined.status, 201, joined.text);
  assert.ok(!joined.text.includes(code));
  assert.equal(joined.json.code, joined.json.follow_code);
  const followed = await one(joined.json.code, {});
  assert.equal(followed.status, 200, followed.text);
  assert.equal(followed.json.code, joined.json.code);
  assert.equal(followed.json.follows, true);
  assert.equal(followed.json.reporters, 2);
  assert.equal(followed.json.description, 'Tôi cũng thấy hố này', 'their own words');
  assert.ok(Math.abs(followed.json.place.lon - location.lon) > 1e-9 || Math.abs(followed.json.place.lat - location.lat) > 1e-9, 'rounded');
  for (const secret of [code, 'Tám', '0912', 'hai@example.org']) assert.ok(!followed.text.includes(secret), secret);
  await database.sql(`UPDATE hotline.complaints SET status = 'in_progress' WHERE code = '${code}'`);
  assert.equal((await one(joined.json.code, {})).json.status, 'in_progress');
  assert.equal((await one(code, {})).json.description, 'Ổ gà trước nhà bà Tám', 'the holder of the code sees their own');
});

test('joining with somebody’s number tells nobody that they reported', async () => {
  const { code, location } = await filed();
  const handle = await token(location);
  const stranger = await join(handle, { channel: 'web', reporter: { phone: '0900000001' } }, {});
  const probing = await join(handle, { channel: 'web', reporter: { phone: '0912000111' } }, {}); // who filed it
  assert.deepEqual([probing.status, Object.keys(probing.json).sort(), probing.json.already, probing.json.reporters],
    [stranger.status, Object.keys(stranger.json).sort(), stranger.json.already, stranger.json.reporters + 1]);
  assert.equal(await reporters(code), 2, 'people, not reports');
  assert.equal(await database.number(`SELECT count(*) FROM personal.co_reporters_to_tell((SELECT id FROM hotline.complaints WHERE code = '${code}'))`), 1);
});

test('without consent no number is kept; bad input changes nothing', async () => {
  const { code, location } = await filed();
  assert.equal(problem(await join(code, { consent: false }), 422)[0]?.field, 'consent');
  assert.equal(problem(await join(code, { consent: undefined }), 422)[0]?.field, 'consent');
  assert.equal(problem(await join(code, { channel: undefined }), 422)[0]?.field, 'channel');
  assert.equal(problem(await join(code, { reporter: { phone: 'gọi tôi' } }), 422)[0]?.field, 'reporter.phone');
  assert.equal(problem(await join(code, { reporter: { phon: '1' } }), 422)[0]?.field, 'reporter.phon');
  assert.equal(problem(await join(code, { more: 1 }), 422)[0]?.field, 'more');
  assert.equal(problem(await join(await token(location), { channel: 'phone' }, {}), 422)[0]?.field, 'channel');
  problem(await server.post(`/api/v1/complaints/${code}/reporters`, '{', operator.headers), 400);
  problem(await join(code, {}, {}), 401);
  problem(await join('nothing-like-a-code', {}, {}), 404);
  problem(await join('KKKKKKKKK', {}, {}), 404);
  const handle = await token(location);
  problem(await join(`${handle.slice(0, 40)}${handle[40] === 'A' ? 'B' : 'A'}${handle.slice(41)}`, { channel: 'web' }, {}), 404);
  assert.equal(await reporters(code), 1);
});

test('the same request twice joins once, also at once; two people at once join both', async () => {
  const { code, location } = await filed();
  const handle = await token(location);
  const key = { 'Idempotency-Key': 'mot-lan-thoi' };
  const [first, second] = await Promise.all([join(handle, { channel: 'web' }, key), join(handle, { channel: 'web' }, key)]);
  assert.deepEqual([first?.status, second?.status], [201, 201]);
  assert.equal(first?.json.code, second?.json.code);
  // Another token of the same complaint is the same request; other words are not.
  assert.equal((await join(await token(location), { channel: 'web' }, key)).json.code, first?.json.code);
  problem(await join(handle, { channel: 'web', description: 'khác' }, key), 409);
  const many = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    join(code, { reporter: { phone: `09330000${10 + i}` } })));
  assert.deepEqual([...new Set(many.map((m) => m.status))], [201]);
  assert.equal(new Set(many.map((m) => m.json.follow_code)).size, 12);
  assert.equal(await reporters(code), 14);
  const same = await Promise.all(Array.from({ length: 6 }, () => join(code, { reporter: { phone: '0944000000' } })));
  assert.equal(same.filter((s) => s.status === 201).length, 1);
  assert.equal(await reporters(code), 15);
});

test('whoever joined by mistake leaves: told no more, counted no more', async () => {
  const { code } = await filed();
  const joined = await join(code);
  const path = `/api/v1/complaints/${code}/reporters/${joined.json.co_report}`;
  problem(await server.request(path, { method: 'DELETE' }), 401);
  problem(await server.request(path, { method: 'DELETE', headers: head.headers }), 404);
  const left = await server.request(path, { method: 'DELETE', headers: operator.headers });
  assert.equal(left.status, 200, left.text);
  assert.equal(left.json.reporters, 1);
  problem(await server.request(path, { method: 'DELETE', headers: operator.headers }), 404);
  problem(await one(joined.json.follow_code, {}), 404);
  assert.equal(await database.number(`SELECT count(*) FROM personal.co_reporters_to_tell((SELECT id FROM hotline.complaints WHERE code = '${code}'))`), 0);
  assert.equal((await join(code)).status, 201, 'and may join again');
});

test('what has ended is not joined but reported anew', async () => {
  const { code, location } = await filed();
  const handle = await token(location);
  await database.sql(`UPDATE hotline.complaints SET status = 'resolved' WHERE code = '${code}'`);
  assert.equal(problem(await join(code), 409)[0]?.code, 'ended');
  assert.equal(problem(await join(handle, { channel: 'web' }, {}), 409)[0]?.code, 'ended');
  const shown = await waitUntil('ended', async () => {
    const [item] = (await server.get(`/api/v1/complaints/nearby?lon=${location.lon}&lat=${location.lat}&accuracy_m=10&category=o-ga`)).json.complaints;
    return item?.status === 'resolved' ? item : undefined;
  });
  assert.equal(shown.join, null);
});

test('two complaints become one: the later is closed, everybody is on the first, both say so; and back', async () => {
  const first = await filed();
  const later = await filed({ location: first.location, reporter: { name: 'Võ Năm', phone: '0977000222' }, description: 'hố sâu' });
  const joined = await join(later.code);
  const merge = (code: string, into: string, version: number, headers = operator.headers): Promise<Answer> =>
    server.post(`/api/v1/complaints/${code}/merge`, { into, version, reason: 'Cùng một hố' }, headers);
  assert.equal(problem(await merge(first.code, later.code, 1), 409)[0]?.code, 'not_the_later');
  assert.equal(problem(await merge(later.code, first.code, 7), 409)[0]?.code, 'stale');
  problem(await merge(later.code, first.code, 1, {}), 401);
  problem(await merge(later.code, first.code, 1, head.headers), 404);
  const merged = await merge(later.code, first.code, 1);
  assert.equal(merged.status, 200, merged.text);
  assert.equal(merged.json.reporters, 3);
  assert.equal((await one(later.code)).json.status, 'closed');
  assert.deepEqual(await events(first.code), ['received', 'joined']);
  assert.deepEqual(await events(later.code), ['received', 'joined', 'merged']);
  // Each follows with the code they have; nobody is shown the other's.
  for (const code of [later.code, joined.json.follow_code as string]) {
    const followed = await one(code, {});
    assert.deepEqual([followed.json.code, followed.json.follows, followed.json.status], [code, true, (await one(first.code)).json.status]);
    assert.ok(!followed.text.includes(first.code));
  }
  const publicHistory = await server.get(`/api/v1/complaints/${later.code}/history`);
  assert.ok(!publicHistory.text.includes(first.code), publicHistory.text);
  assert.deepEqual(await database.json(`SELECT json_agg(phone ORDER BY phone) FROM personal.co_reporters_to_tell(
    (SELECT id FROM hotline.complaints WHERE code = '${first.code}'))`), ['0977000222', '0987654321']);
  assert.equal((await server.get(`/api/v1/complaints/${later.code}/reporters`, operator.headers)).json.duplicate_of, first.code);
  assert.equal(problem(await server.request(`/api/v1/complaints/${first.code}/reporters/${await database.sql(
    `SELECT id FROM hotline.complaints WHERE code = '${later.code}'`)}`, { method: 'DELETE', headers: operator.headers }), 409)[0]?.code, 'merged');
  // Whoever joins the closed one joins the first.
  assert.equal((await join(later.code, { reporter: { phone: '0955555555' } })).json.code, first.code);

  const { version } = (await one(later.code)).json;
  const back = await server.post(`/api/v1/complaints/${later.code}/unmerge`, { version, reason: 'Hai hố khác nhau' }, operator.headers);
  assert.equal(back.status, 200, back.text);
  assert.equal((await one(later.code)).json.status, 'assigned');
  assert.deepEqual([await reporters(first.code), await reporters(later.code)], [2, 2]);
  assert.deepEqual(await events(later.code), ['received', 'joined', 'merged', 'unmerged']);
  assert.equal((await one(later.code, {})).json.description, 'hố sâu');
  assert.equal(problem(await server.post(`/api/v1/complaints/${later.code}/unmerge`, { version: version + 1 }, operator.headers), 409)[0]?.code, 'not_merged');
  assert.equal((await merge(later.code, first.code, version + 1)).status, 200, 'and again');
  assert.deepEqual([await reporters(first.code)], [4]);
});

test('merges that cross one another do not wait for ever', async () => {
  const a = await filed();
  const b = await filed({ location: a.location });
  const c = await filed({ location: a.location });
  const go = (code: string, into: string): Promise<Answer> =>
    server.post(`/api/v1/complaints/${code}/merge`, { into, version: 1 }, operator.headers);
  const answers = await Promise.all([go(c.code, b.code), go(b.code, a.code), go(c.code, a.code), go(b.code, a.code)]);
  for (const answer of answers) assert.ok([200, 409].includes(answer.status), answer.text);
  const followed = await one(c.code, {});
  assert.equal(followed.status, 200);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaints WHERE duplicate_of = id`), 0);
});

test('only those who handle complaints join by code; leaders look; other systems join with a key', async () => {
  const { code } = await filed();
  const leader = await sessionOf(server, 'sep');
  problem(await join(code, {}, leader.headers), 403);
  assert.equal((await server.get(`/api/v1/complaints/${code}/reporters`, leader.headers)).status, 200);
  problem(await server.get(`/api/v1/complaints/${code}/reporters`), 401);
  problem(await server.get(`/api/v1/complaints/${code}/reporters`, head.headers), 404);
  const made = await must(HOTLINE, ['key', 'add', 'zalo'], { env: { HOTLINE_DATABASE: database.url } });
  const key = /\S{30,}/.exec(made)?.[0] ?? '';
  const joined = await join(code, { channel: 'social', reporter: { phone: '0966000000' } }, { Authorization: `Bearer ${key}` });
  assert.equal(joined.status, 201, joined.text);
  assert.equal(await database.sql(`SELECT r.actor FROM hotline.co_reports r WHERE r.code = '${joined.json.follow_code}'`), 'key:zalo');
});
