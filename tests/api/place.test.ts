// Questions about places: who is responsible there, before the reform and after, what an address
// means, what a point is called.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { addPerson, sessionOf } from './lib/people';
import { HOTLINE, must } from './lib/run';
import { Server } from './lib/server';

let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'giu', 'supervisor');
  await addPerson(database, 'quan', 'administrator');
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
});

const BEFORE = '2025-06-30T23:59:59%2B07:00';
const AFTER = '2025-07-01T00:00:00%2B07:00';
const at = (time: string, category = 'tieng-on', point = CENTRE): string =>
  `/api/v1/route?lon=${point.lon}&lat=${point.lat}&category=${category}&at=${time}`;

test('one second decides between the district and the ward, and it is explained', async () => {
  const old = (await server.get(at(BEFORE))).json;
  const now = (await server.get(at(AFTER))).json;
  assert.notEqual(old.place.district, null);
  assert.equal(now.place.district, null, 'districts were abolished that day');
  assert.notEqual(now.place.ward, null);
  assert.notEqual(old.assignment.agency.code, now.assignment.agency.code);
  assert.notEqual(old.assignment.reason, now.assignment.reason);
  assert.ok(old.assignment.reason.includes(old.place.district.name) || old.assignment.reason.includes(old.assignment.agency.name), old.assignment.reason);
  assert.ok(now.assignment.reason.includes(now.place.ward.name) || now.assignment.reason.includes(now.assignment.agency.name), now.assignment.reason);
  const english = (await server.get(at(AFTER), { 'Accept-Language': 'en' })).json;
  assert.notEqual(english.assignment.reason, now.assignment.reason);
  assert.equal(english.assignment.agency.code, now.assignment.agency.code);
});

test('a day is the city\'s day', async () => {
  // 1 July begins at 17:00 of 30 June in Greenwich.
  assert.notEqual((await server.get(at('2025-06-30T16:59:59Z'))).json.place.district, null);
  assert.equal((await server.get(at('2025-06-30T17:00:00Z'))).json.place.district, null);
  assert.notEqual((await server.get(at('2025-06-30'))).json.place.district, null);
  assert.equal((await server.get(at('2025-07-01'))).json.place.district, null);
});

test('a reading that is not exact names everybody it may be, and the question that settles it', async () => {
  const got = (await server.get(`${at(AFTER)}&accuracy_m=1500`)).json;
  const { shares, question, default: chosen } = got.uncertainty;
  assert.ok(shares.length >= 2);
  assert.equal(chosen, got.assignment.agency.code);
  assert.ok(shares.some((share: { agency: string }) => share.agency === chosen));
  const sum = shares.reduce((all: number, share: { share: number }) => all + share.share, 0);
  assert.ok(sum > 0.5 && sum < 1.01, String(sum));
  for (let i = 1; i < shares.length; i++) assert.ok(shares[i].share <= shares[i - 1].share);
  assert.ok(question.vi.length > 10 && question.en.length > 10 && question.vi !== question.en);
  assert.notEqual(got.nearest_other, null);
  assert.notEqual(got.nearest_other.agency, chosen);
  assert.ok(got.nearest_other.metres > 0);
  assert.equal((await server.get(`${at(AFTER)}&accuracy_m=0`)).json.uncertainty, null);
});

test('a rule tells each of its conditions and how far the feature is', async () => {
  const got = (await server.get(at(AFTER, 'o-ga'))).json;
  const rule = got.rules_tried.find((row: { rule: string }) => row.rule === 'duong-chinh');
  assert.ok(rule, 'the shipped rule for main roads was tried');
  assert.ok(rule.conditions.some((c: { when: string }) => c.when.startsWith('within 15 m of roads where class in (')));
  for (const condition of rule.conditions) assert.equal(typeof condition.holds, 'boolean');
  assert.ok(got.decision.rules >= 2, 'the version of the published rules');
  assert.equal(got.decision.generation.ward, '2025-07-01');
  assert.equal(got.decision.rule, got.assignment.rule);
  const night = (await server.get(at('2026-02-01T23:00:00%2B07:00', 'den-tin-hieu'))).json;
  assert.equal(night.assignment.rule, 'den-tin-hieu-ngoai-gio');
  assert.deepEqual(night.decision.others, ['trung-tam-quan-ly-duong-bo']);
  assert.equal(night.assignment.deadline.slice(0, 16), '2026-02-02T01:00');
  const bus = (await server.get(`${at(AFTER, 'xe-buyt')}&attributes=${encodeURIComponent('{"bus_route":150}')}`)).json;
  assert.equal(bus.assignment.agency.code, 'xe-buyt-phuong-trang');
  const words = (await server.get(`${at(AFTER, 'cay-nga-do')}&description=${encodeURIComponent('CÂY ĐỔ đè day dien')}`)).json;
  assert.equal(words.assignment.rule, 'cay-do-vao-day-dien');
  assert.equal((await server.get(`${at(AFTER)}&channel=pigeon`)).status, 400);
});

test('what was decided, and why, is kept with the complaint', async () => {
  const keeper = await sessionOf(server, 'giu');
  const draft = complaint({ category: 'tieng-on', channel: 'phone', location: { ...CENTRE, accuracy_m: 1500 } });
  const made = (await server.file(draft, keeper.headers)).json;
  const path = `/api/v1/complaints/${made.code}/history`;
  const received = (await server.get(path, keeper.headers)).json.history.find((row: { event: string }) => row.event === 'received');
  const { decision } = received.detail;
  assert.equal(decision.rules, await database.number('SELECT id FROM hotline.rule_sets WHERE state = \'published\''));
  assert.equal(decision.generation.ward, '2025-07-01');
  assert.equal(decision.rule, made.assignment.rule);
  assert.ok(decision.tried.length > 0 && decision.tried.every((row: unknown[]) => typeof row[0] === 'string' && row.length >= 2));
  assert.ok(decision.tried.some((row: unknown[]) => row.some((value) => typeof value === 'boolean')), 'what became of each condition');
  assert.ok(decision.nearest_other === null || decision.nearest_other.metres > 0);
  assert.ok(decision.uncertainty.shares.length >= 2 && decision.uncertainty.question.vi.length > 0);
  assert.equal(decision.uncertainty.default, made.assignment.agency.code);
  // It is what GET /api/v1/route says of the same instant.
  const asked = (await server.get(`/api/v1/route?lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=tieng-on&channel=phone&accuracy_m=1500&at=${encodeURIComponent(made.received_at)}&description=${encodeURIComponent(draft.description as string)}`)).json;
  for (const member of ['rules', 'generation', 'rule', 'class', 'runner_up', 'tried', 'nearest_other']) {
    assert.deepEqual(decision[member], asked.decision[member], member);
  }

  // Who overrode it and why is kept beside it.
  const to = await database.sql("SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 1");
  const moved = await server.post(`/api/v1/complaints/${made.code}/actions`,
    { action: 'reroute', version: 1, agency: to, reason: 'Đường do đơn vị khác quản lý' }, keeper.headers);
  assert.equal(moved.status, 200, moved.text);
  const after = (await server.get(path, keeper.headers)).json.history;
  assert.deepEqual(after.find((row: { event: string }) => row.event === 'received').detail.decision, decision);
  const override = after.find((row: { event: string }) => row.event === 'rerouted');
  assert.equal(override.actor, 'user:giu');
  assert.deepEqual([override.detail.to, override.detail.internal.reason], [to, 'Đường do đơn vị khác quản lý']);
});

test('a boundary street with a rule of its own goes to one agency on both sides', async () => {
  // A street that lies along a boundary: points 10 m to its two sides are in different wards.
  const [name, left, right] = (await database.sql(`WITH street AS (
      SELECT f.name, (ST_Dump(f.geom)).geom AS line FROM hotline.layer_features f JOIN hotline.layers l ON l.id = f.layer_id
      WHERE l.code = 'roads' AND f.name <> ''
    ), probe AS (
      SELECT s.name, p, ST_Azimuth(ST_LineInterpolatePoint(s.line, 0.49), ST_LineInterpolatePoint(s.line, 0.51)) + pi() / 2 AS side
      FROM street s, LATERAL (SELECT ST_LineInterpolatePoint(s.line, 0.5) AS p) m
    ), pair AS (
      SELECT name, ST_Project(p::geography, 10, side)::geometry AS a, ST_Project(p::geography, 10, side + pi())::geometry AS b FROM probe
    )
    SELECT p.name, ST_X(p.a) || ' ' || ST_Y(p.a), ST_X(p.b) || ' ' || ST_Y(p.b) FROM pair p
    JOIN hotline.boundaries x ON x.level = 'ward' AND x.valid @> current_date AND ST_Covers(x.geom, p.a)
    JOIN hotline.boundaries y ON y.level = 'ward' AND y.valid @> current_date AND ST_Covers(y.geom, p.b)
    WHERE x.id <> y.id ORDER BY p.name LIMIT 1`)).split('|') as [string, string, string];
  assert.ok(name && left && right, 'the city has a street along a boundary');
  const ask = async (point: string, set = ''): Promise<any> => { // eslint-disable-line @typescript-eslint/no-explicit-any
    const [lon, lat] = point.split(' ');
    const answer = await server.get(`/api/v1/${set}route?lon=${lon}&lat=${lat}&category=tieng-on&accuracy_m=12`, admin.headers);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const admin = await sessionOf(server, 'quan');
  const before = [await ask(left), await ask(right)];
  assert.notEqual(before[0].place.ward.code, before[1].place.ward.code);
  assert.notEqual(before[0].assignment.agency.code, before[1].assignment.agency.code);
  assert.ok(before.every((side) => side.uncertainty.shares.length >= 2), 'within 12 m it may be either');

  const set = (await server.post('/api/v1/rule-sets', { title: 'Đường ranh giới', reason: 'Một bên chịu trách nhiệm' }, admin.headers)).json.id;
  const rule = { revision: 1, code: 'duong-ranh', name: { vi: 'Đường ranh giới', en: 'Boundary street' }, class: 'special',
    conditions: ['category trat-tu-do-thi', `within 25 m of roads where name in ("${name}")`], outcome: `agency ${before[0].assignment.agency.code}` };
  assert.equal((await server.post(`/api/v1/rule-sets/${set}/rules`, rule, admin.headers)).status, 201);
  for (const point of [left, right]) {
    const got = await ask(point, `rule-sets/${set}/`);
    assert.deepEqual([got.assignment.agency.code, got.assignment.rule], [before[0].assignment.agency.code, 'duong-ranh']);
    assert.equal(got.uncertainty, null, 'the noise of a reading no longer decides');
  }
});

test('the decision says what was tried and who was next', async () => {
  const got = (await server.get(`${at(AFTER)}&accuracy_m=5000`)).json;
  const won = got.rules_tried.filter((rule: { won: boolean }) => rule.won);
  assert.equal(won.length, 1);
  assert.equal(won[0].rule, got.assignment.rule);
  assert.equal(won[0].agency, got.assignment.agency.code);
  assert.ok(won[0].category && won[0].place && won[0].in_force);
  assert.equal(got.fallback, false);
  for (const rule of got.rules_tried) assert.ok(rule.won || rule.rule !== got.assignment.rule);
  assert.ok(got.neighbours.length > 0, 'a reading that is 5 km off may lie in another ward');
  for (const near of got.neighbours) {
    assert.equal(near.within_accuracy, near.metres <= 5000);
    assert.ok(near.metres >= 0);
    assert.notEqual(near.code, got.place.ward.code);
  }
});

test('the distance to a neighbour is PostGIS\'s on the spheroid', async () => {
  const got = (await server.get(at(AFTER))).json.neighbours as { level: string; code: string; metres: number }[];
  for (const near of got.filter((row) => row.level === 'ward')) {
    const metres = await database.number(`SELECT ST_Distance(geom::geography, ST_SetSRID(ST_MakePoint(${CENTRE.lon}, ${CENTRE.lat}), 4326)::geography)
      FROM hotline.boundaries WHERE level = 'ward' AND code = '${near.code}' AND valid @> date '2025-07-01'`);
    assert.ok(Math.abs(metres - near.metres) <= 0.1 + metres * 0.002, `${near.code}: ${near.metres}, PostGIS ${metres}`);
  }
});

test('nowhere is for the fallback', async () => {
  const got = (await server.get(at(AFTER, 'tieng-on', { lon: 105.85, lat: 21.03 }))).json;
  assert.equal(got.fallback, true);
  assert.deepEqual([got.place.ward, got.place.district], [null, null]);
  assert.notEqual(got.assignment.agency.code, '');
});

test('the same question from the command line has the same answer', async () => {
  const http = (await server.get(at(AFTER))).json;
  const cli = JSON.parse(await database.hotline('route', '--lon', String(CENTRE.lon), '--lat', String(CENTRE.lat),
    '--category', 'tieng-on', '--at', '2025-07-01T00:00:00+07:00', '--json'));
  assert.deepEqual(cli.place, http.place);
  assert.deepEqual(cli.assignment, http.assignment);
});

test('the city says what it is', async () => {
  const city = (await server.get('/api/v1/city')).json;
  assert.equal(city.timezone, 'Asia/Ho_Chi_Minh');
  assert.equal(city.bbox.length, 4);
  assert.equal(city.approximate, true, 'the demo city\'s boundaries are not the official ones');
  const wards = city.generations.filter((g: { level: string; units: number }) => g.level === 'ward');
  assert.equal(wards[wards.length - 1].units, 168);
  const districts = city.generations.filter((g: { level: string }) => g.level === 'district');
  assert.equal(districts[0].units, 22);
});

test('categories come as a tree in both languages', async () => {
  const rows = (await server.get('/api/v1/categories')).json.categories as
    { code: string; parent: string | null; name: { vi: string; en: string }; deadline: Record<string, number> }[];
  const codes = new Set(rows.map((row) => row.code));
  for (const code of ['giao-thong', 'cap-nuoc', 'thoat-nuoc', 'cay-xanh', 'chieu-sang', 'dien-luc', 'vien-thong', 'xe-buyt', 'moi-truong',
    'trat-tu-do-thi', 'tieng-on', 'lan-chiem-via-he', 'xay-dung-trai-phep', 'thu-tuc-hanh-chinh', 'an-ninh-trat-tu', 'y-te', 'giao-duc', 'gop-y']) {
    assert.ok(codes.has(code), code);
  }
  for (const row of rows) {
    assert.ok(row.parent === null || codes.has(row.parent), row.code);
    assert.ok(row.name.vi !== '' && row.name.en !== '');
    assert.ok(Object.values(row.deadline)[0] as number > 0, row.code);
  }
});

type Unit = { code: string } | null;

interface Feature {
  type: string;
  geometry: { type: string; coordinates: [number, number] };
  properties: { geocoding: { label: string; name: string }; confidence: number; match: string; ward: Unit; district: Unit;
    former: { ward: Unit; district: Unit } };
}

function checkFeatures(json: { type: string; geocoding: { version: string }; features: Feature[] }): Feature[] {
  assert.equal(json.type, 'FeatureCollection');
  assert.equal(json.geocoding.version, '0.1.0');
  for (const feature of json.features) {
    assert.equal(feature.type, 'Feature');
    assert.equal(feature.geometry.type, 'Point');
    const [lon, lat] = feature.geometry.coordinates;
    assert.ok(lon > 100 && lon < 115 && lat > 8 && lat < 13, `${lon} ${lat}`);
    const p = feature.properties;
    assert.ok(p.confidence >= 0 && p.confidence <= 1);
    assert.ok(['coordinate', 'house', 'interpolated', 'alley', 'street', 'crossing', 'place', 'ward', 'district'].includes(p.match), p.match);
    assert.notEqual(p.geocoding.label, '');
    assert.deepEqual(Object.keys(p.former).sort(), ['district', 'ward']);
  }
  return json.features;
}

test('an address is found, with and without tones', async () => {
  const known = await database.json<{ street: string; number: string }>(
    `SELECT json_build_object('street', street, 'number', housenumber) FROM hotline.gazetteer_addresses
     WHERE street IS NOT NULL AND housenumber ~ '^[0-9]+$' ORDER BY id LIMIT 1`);
  const text = `${known.number} ${known.street}`;
  for (const q of [text, text.normalize('NFD'), text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/g, 'd').replace(/Đ/g, 'D')]) {
    const found = checkFeatures((await server.get(`/api/v1/geocode?q=${encodeURIComponent(q)}`)).json);
    assert.ok(found.length > 0, q);
    assert.ok(['house', 'interpolated', 'street', 'alley'].includes(found[0]?.properties.match ?? ''), `${q}: ${found[0]?.properties.match}`);
  }
  assert.equal(checkFeatures((await server.get(`/api/v1/geocode?q=${encodeURIComponent(text)}&limit=1`)).json).length, 1);
});

test('a ward is found by its name, and a former district too', async () => {
  for (const level of ['ward', 'district']) {
    const unit = await database.json<{ name: string; code: string; kind: string }>(`SELECT json_build_object('name', name, 'code', code, 'kind', kind)
      FROM hotline.boundaries WHERE level = '${level}' AND name ~ '[^0-9 ]{4,}' ORDER BY code LIMIT 1`);
    const found = checkFeatures((await server.get(`/api/v1/geocode?q=${encodeURIComponent(unit.name)}`)).json);
    assert.ok(found.length > 0, unit.name);
  }
});

test('nonsense finds nothing, and that is an answer', async () => {
  for (const q of ['qqzz xxwwvv kkjj', '!!!', '🌳🌳🌳', '\'); DROP TABLE x; --']) {
    const answer = await server.get(`/api/v1/geocode?q=${encodeURIComponent(q)}`);
    assert.equal(answer.status, 200, q);
    for (const feature of checkFeatures(answer.json)) assert.ok(feature.properties.confidence < 0.8, q);
  }
});

/** No address: nothing, signs alone, pictures, writing from right to left, scripts mixed, and 10 kB of one letter. */
const NO_ADDRESS = [' ', ',,, ; -- /', '🙂🙂👨‍👩‍👧🇻🇳', 'שלום עולם', 'مرحبا بالعالم ١٢٣', '\u202E\u200F\u200Babc\u202C', '東京都千代田区一丁目',
  'Ωmega ж東ب🙂 qxz', 'x'.repeat(10_240), '🌳'.repeat(1000)];

test('what is no address is said to be none, over HTTP and in a batch', async () => {
  for (const q of NO_ADDRESS) {
    const answer = await server.get(`/api/v1/geocode?q=${encodeURIComponent(q)}`);
    assert.equal(answer.status, 200, q.slice(0, 40));
    assert.deepEqual(answer.json.features, [], q.slice(0, 40));
    assert.equal(answer.json.question ?? null, null);
  }
  const told = await must(HOTLINE, ['geocode', '--json', '-'],
    { input: [...NO_ADDRESS, ''].map((q) => `${q}\n`).join(''), env: { HOTLINE_DATABASE: database.url } });
  const answers = told.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(answers.length, NO_ADDRESS.length + 1);
  for (const answer of answers) assert.deepEqual(answer.candidates, [], answer.query.slice(0, 40));
});

interface Known {
  street: string;
  number: string;
  district: string;
  district_name: string;
  ward: string;
}

/** Houses, the district in which they lay before the reform and the ward in which they lie. */
const known = (limit: number): Promise<Known[]> => database.json<Known[]>(
  `SELECT json_agg(k) FROM (SELECT a.street, a.housenumber AS number, d.code AS district, d.name AS district_name, w.code AS ward
    FROM hotline.gazetteer_addresses a
    JOIN hotline.boundaries d ON d.level = 'district' AND d.valid @> date '2025-06-30' AND ST_Contains(d.geom, a.geom)
    JOIN hotline.boundaries w ON w.level = 'ward' AND w.valid @> date '2025-07-01' AND ST_Contains(w.geom, a.geom)
    WHERE a.housenumber ~ '^[0-9]+$' ORDER BY a.id LIMIT ${limit}) k`);

test('an address that names a district of before the reform is told in the administration of the day asked for', async () => {
  for (const house of await known(20)) {
    const q = encodeURIComponent(`${house.number} ${house.street}, ${house.district_name}`);
    const told = async (time: string) => checkFeatures((await server.get(`/api/v1/geocode?q=${q}&at=${time}&limit=1`)).json)[0];
    const before = await told(BEFORE);
    const after = await told(AFTER);
    assert.equal(before?.properties.match, 'house', q);
    assert.equal(before?.properties.ward, null, 'this city knows no wards of before');
    assert.equal(before?.properties.district?.code, house.district);
    assert.deepEqual(after?.geometry, before?.geometry, 'the same place');
    assert.equal(after?.properties.ward?.code, house.ward);
    assert.equal(after?.properties.district, null, 'no districts since');
    assert.equal(after?.properties.former.district?.code, house.district);
  }
});

test('a batch of 100,000 addresses is answered line by line, whatever is in a line', async () => {
  const houses = await known(500);
  const texts = Array.from({ length: 100_000 }, (_, i) => {
    const house = houses[i % houses.length] as Known;
    return i % 1000 === 7 ? 'y'.repeat(i === 7 ? 200_000 : 20) : `${house.number} ${house.street} ${house.district_name}`;
  });
  const told = await must(HOTLINE, ['geocode', '-'], { input: `${texts.join('\n')}\n`, env: { HOTLINE_DATABASE: database.url } });
  const lines = told.trimEnd().split('\n');
  assert.equal(lines.shift(), 'query,lon,lat,confidence,match,label,ward,district');
  assert.equal(lines.length, texts.length);
  for (const [i, line] of lines.entries()) {
    const text = texts[i] as string;
    assert.ok(line.startsWith(i === 7 ? 'yyy' : `${text},`), `line ${i}: ${line.slice(0, 200)}`);
    assert.match(line, i % 1000 === 7 ? /,0,none,,,$/ : /,house,/, `line ${i}`);
  }
});

test('a point has a name, in both generations', async () => {
  const now = checkFeatures((await server.get(`/api/v1/reverse?lon=${CENTRE.lon}&lat=${CENTRE.lat}`)).json);
  assert.equal(now.length, 1);
  assert.notEqual(now[0]?.properties.ward, null);
  const ward = (await server.get(at(AFTER))).json.place.ward;
  assert.equal(now[0]?.properties.ward?.code, ward.code);
  const outside = checkFeatures((await server.get('/api/v1/reverse?lon=105.85&lat=21.03')).json);
  assert.equal(outside.length, 0);
  problem(await server.get('/api/v1/reverse?lon=106'), 400);
});
