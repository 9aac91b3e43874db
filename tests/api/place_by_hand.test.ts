// Staff put a complaint where it is: the place, what follows from it, and who may not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import { CENTRE, type Point, complaint, problem, tileOf } from './lib/city';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
const people: Record<string, Person> = {};
let away: Point; // in a ward whose agency is another
let home: string; // the agencies of the two
let there: string;
let utility: string;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
  const agencyAt = async (p: Point) => (await server.get(`/api/v1/route?lon=${p.lon}&lat=${p.lat}&category=tieng-on`)).json;
  home = (await agencyAt(CENTRE)).assignment.agency.code;
  for (let i = 1; !there && i < 20; i++) {
    const to = { lon: CENTRE.lon + i * 0.004, lat: CENTRE.lat };
    const found = await agencyAt(to);
    if (found.place.ward && !found.fallback && found.assignment.agency.code !== home) [away, there] = [to, found.assignment.agency.code];
  }
  assert.ok(there, 'another agency is near');
  utility = await database.sql("SELECT min(code) FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date");
  for (const [login, role, agency] of [['truc', 'operator'], ['giam-sat', 'supervisor'], ['quan-tri', 'administrator'], ['lanh-dao', 'leader'],
    ['kiem-toan', 'auditor'], ['can-bo', 'agency_staff', home], ['truong', 'agency_head', home], ['la', 'agency_staff', there],
    ['dien-luc', 'agency_staff', utility]] as [string, string, string?][]) {
    await addPerson(database, login, role, agency);
    people[login] = await sessionOf(server, login);
  }
});
after(async () => {
  await server.stop();
  await database.drop();
});

const headers = (login: string): Record<string, string> => (people[login] as Person).headers;
const place = (login: string, code: string, body: Record<string, unknown>): Promise<Answer> =>
  server.post(`/api/v1/complaints/${code}/actions`, { action: 'place', version: 1, location: away, ...body }, headers(login));
const see = async (code: string, login = 'giam-sat'): Promise<any> => (await server.get(`/api/v1/complaints/${code}`, headers(login))).json;
const history = async (code: string): Promise<any[]> => (await server.get(`/api/v1/complaints/${code}/history`, headers('giam-sat'))).json.history;
const whole = (code: string): Promise<string> => database.sql(`SELECT c::text || (SELECT count(*) FROM hotline.complaint_history h
  WHERE h.complaint_id = c.id) || (SELECT count(*) FROM hotline.outbox o WHERE o.complaint_id = c.id) FROM hotline.complaints c WHERE c.code = '${code}'`);

async function filed(change: Record<string, unknown> = {}): Promise<string> {
  const made = await server.file(complaint(change));
  assert.equal(made.status, 201, made.text);
  return made.json.code;
}

/** How often the code is in the tile of that point; a complaint is found by its code there. */
async function inTile(code: string, p: Point): Promise<number> {
  const { z, x, y } = tileOf(p, 18);
  const answer = await fetch(`${server.base}/tiles/complaints/${z}/${x}/${y}.mvt`, { headers: headers('giam-sat') });
  assert.ok(answer.status === 200 || answer.status === 204, String(answer.status));
  const layer = new VectorTile(new Pbf(new Uint8Array(await answer.arrayBuffer()))).layers['complaints'];
  let n = 0;
  for (let i = 0; i < (layer?.length ?? 0); i++) if (layer?.feature(i).properties['code'] === code) n++;
  return n;
}

test('where it is, whose it is and why follow the new place', async () => {
  const code = await filed();
  const first = await see(code);
  assert.equal(first.assignment.agency.code, home);
  await database.sql(`UPDATE hotline.complaints SET flags = '{low_confidence}', accuracy_m = 40, place_confidence = 0.3 WHERE code = '${code}'`);
  await waitUntil('the tile has it', async () => await inTile(code, CENTRE) === 1);
  const did = await place('can-bo', code, { address: '12 Đường Mới', reason: 'Người phản ánh gọi lại' });
  assert.equal(did.status, 200, did.text);
  const one = await see(code);
  assert.deepEqual([one.place.lon, one.place.lat, one.place.match, one.place.confidence], [away.lon, away.lat, 'hand', 1]);
  assert.deepEqual([one.flags, one.version, one.status, one.address], [[], 2, 'assigned', '12 Đường Mới']);
  assert.equal(one.accuracy_m ?? null, null);
  assert.notEqual(one.place.ward.code, first.place.ward.code);
  const route = (await server.get(`/api/v1/route?lon=${away.lon}&lat=${away.lat}&category=tieng-on`)).json;
  assert.deepEqual(one.place.ward, route.place.ward);
  assert.equal(one.assignment.agency.code, there);
  assert.equal(one.assignment.rule, route.assignment.rule);
  assert.equal(one.override ?? one.assignment.override, null);
  assert.ok(one.assignment.reason.includes(route.place.ward.name) || one.assignment.reason.includes(route.assignment.agency.name), one.assignment.reason);
  assert.notEqual(one.assignment.reason, first.assignment.reason);
  // Its time begins anew.
  assert.ok(await database.number(`SELECT count(*) FROM hotline.complaints WHERE code = '${code}' AND clock_from > received_at
    AND accept_due_at > clock_from AND accepted_at IS NULL`) === 1);

  const [, placed, moved] = await history(code);
  assert.deepEqual([placed.event, placed.actor], ['placed', 'user:can-bo']);
  const { internal } = placed.detail;
  assert.deepEqual([internal.place[0].lon, internal.place[0].match, internal.place[0].ward], [CENTRE.lon, 'coordinate', first.place.ward.code]);
  assert.deepEqual([internal.place[1].lon, internal.place[1].address, internal.place[1].ward], [away.lon, '12 Đường Mới', one.place.ward.code]);
  assert.deepEqual([internal.reason, internal.agency], ['Người phản ánh gọi lại', [home, there]]);
  assert.equal(internal.decision.rule, one.assignment.rule);
  assert.ok(internal.decision.tried.length > 0);
  assert.deepEqual([moved.event, moved.actor, moved.detail.from, moved.detail.to], ['rerouted', 'service', home, there]);
  const outside = await server.get(`/api/v1/complaints/${code}/history`);
  assert.deepEqual(outside.json.history[1].detail, {});
  assert.ok(!outside.text.includes('can-bo') && !outside.text.includes('internal') && !outside.text.includes('Đường Mới'), outside.text);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.corrections x JOIN hotline.complaints c ON c.id = x.complaint_id WHERE c.code = '${code}'`), 0);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id
    WHERE c.code = '${code}' AND o.topic IN ('complaint.placed', 'complaint.rerouted')`), 2);

  await waitUntil('the map shows it at its new place', async () => await inTile(code, away) === 1 && await inTile(code, CENTRE) === 0);
  // It is theirs now, and no longer the others'.
  assert.equal((await see(code, 'la')).actions.includes('accept'), true);
  assert.equal((await server.post(`/api/v1/complaints/${code}/actions`, { action: 'accept', version: 2 }, headers('can-bo'))).status, 404);
  assert.equal((await server.post(`/api/v1/complaints/${code}/actions`, { action: 'accept', version: 2 }, headers('la'))).status, 200);
});

test('where the same agency is responsible, nothing but the place changes', async () => {
  const code = await filed();
  const time = (): Promise<string> => database.sql(`SELECT concat_ws('|', agency_id, desk_id, status, due_at, accept_due_at, accepted_at, clock_from, assignee_id) FROM hotline.complaints WHERE code = '${code}'`);
  assert.equal((await server.post(`/api/v1/complaints/${code}/actions`, { action: 'accept', version: 1 }, headers('can-bo'))).status, 200);
  const before = await time();
  const did = await place('truong', code, { version: 2, location: { lon: CENTRE.lon + 0.0001, lat: CENTRE.lat } });
  assert.equal(did.status, 200, did.text);
  assert.equal(await time(), before);
  assert.equal(did.json.place.match, 'hand');
  assert.deepEqual((await history(code)).map((h) => h.event), ['received', 'accepted', 'placed']);
});

test('one without a place gets one, and the agency that it lacked', async () => {
  const code = await filed({ location: undefined, address: 'chỗ kia kìa' });
  const before = await see(code);
  assert.ok(before.flags.includes('unplaced') && before.flags.includes('unrouted'), JSON.stringify(before.flags));
  const did = await place('quan-tri', code, {});
  assert.equal(did.status, 200, did.text);
  assert.deepEqual([did.json.flags, did.json.status, did.json.assignment.agency.code], [[], 'assigned', there]);
});

test('what a person gave to an agency stays there', async () => {
  const code = await filed();
  const given = await server.post(`/api/v1/complaints/${code}/actions`, { action: 'reroute', version: 1, agency: utility, reason: 'Loa của điện lực' }, headers('truc'));
  assert.equal(given.status, 200, given.text);
  const did = await place('dien-luc', code, { version: 2 });
  assert.equal(did.status, 200, did.text);
  assert.deepEqual([did.json.assignment.agency.code, did.json.place.lon, did.json.assignment.deadline], [utility, away.lon, given.json.assignment.deadline]);
  assert.deepEqual((await history(code)).map((h) => h.event), ['received', 'rerouted', 'placed']);
  assert.equal((await history(code))[2].detail.internal.decision.rule, did.json.assignment.rule);
});

test('a pause ends where it goes to another agency', async () => {
  const code = await filed();
  const did = await server.post(`/api/v1/complaints/${code}/actions`, { action: 'pause', version: 1, reason: 'cho-nguoi-phan-anh' }, headers('can-bo'));
  assert.equal(did.status, 200, did.text);
  const moved = await place('truc', code, { version: 2 });
  assert.deepEqual([moved.status, moved.json.status], [200, 'assigned'], moved.text);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaint_pauses p JOIN hotline.complaints c ON c.id = p.complaint_id WHERE c.code = '${code}' AND p.to_at IS NULL`), 0);
});

test('who may not, what is stale, and what is no place is refused, and changes nothing', async () => {
  const code = await filed();
  const before = await whole(code);
  for (const [login, status] of [['lanh-dao', 403], ['kiem-toan', 403], ['la', 404], ['dien-luc', 404]] as [string, number][]) {
    assert.equal((await place(login, code, {})).status, status, login);
  }
  assert.equal((await server.post(`/api/v1/complaints/${code}/actions`, { action: 'place', version: 1, location: away })).status, 401);
  const fault = async (body: Record<string, unknown>, status = 422): Promise<string> =>
    problem(await place('truc', code, body), status).map((e) => `${e.field} ${e.code}`).join();
  assert.equal(await fault({ version: 7 }, 409), 'version stale');
  assert.equal(await fault({ location: { lon: CENTRE.lon + 5, lat: CENTRE.lat } }), 'location outside_city');
  assert.equal(await fault({ location: { lon: CENTRE.lat, lat: CENTRE.lon } }), 'location swapped');
  assert.equal(await fault({ location: { lon: 200, lat: 10 } }), 'location.lon out_of_range');
  assert.equal(await fault({ location: { lon: 106, lat: -91 } }), 'location.lat out_of_range');
  assert.equal(await fault({ location: { lon: '106', lat: 10 } }), 'location.lon required');
  assert.equal(await fault({ location: { ...away, ward_id: 1 } }), 'location unknown_field');
  assert.equal(await fault({ location: undefined }), 'location required');
  assert.equal(await fault({ location: [106, 10] }), 'location wrong_type');
  // What only the service may say.
  for (const name of ['ward_id', 'to', 'decision', 'rule', 'reason_vi']) assert.equal(await fault({ [name]: 1 }), `${name} unknown_field`);
  assert.equal(await whole(code), before);
  // An ended one stays where it was.
  await database.sql(`UPDATE hotline.complaints SET status = 'resolved', closed_at = now() WHERE code = '${code}'`);
  assert.equal(await fault({}, 409), 'action ended');
});

test('a repeat with the same key places once', async () => {
  const code = await filed();
  const ask = () => server.post(`/api/v1/complaints/${code}/actions`, { action: 'place', version: 1, location: away }, { ...headers('truc'), 'Idempotency-Key': 'dat-mot-lan' });
  assert.deepEqual([(await ask()).status, (await ask()).status], [200, 200]);
  assert.deepEqual((await history(code)).map((h) => h.event), ['received', 'placed', 'rerouted']);
});
