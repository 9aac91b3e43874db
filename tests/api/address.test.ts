// Addresses over HTTP: the parts as understood, the question and its choices, what an import brings,
// and that an import never shows half of itself to those who ask meanwhile.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CENTRE, complaint } from './lib/city';
import { addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, must, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
const folder = mkdtempSync(join(tmpdir(), 'hotline-address-'));

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

interface Found {
  geometry: { coordinates: [number, number] };
  properties: { match: string; confidence: number; not_understood: string | null;
    geocoding: { label: string; housenumber: string | null; street: string | null } };
}

function geocode(q: string, more = ''): Promise<Answer> {
  return server.get(`/api/v1/geocode?q=${encodeURIComponent(q)}${more}`);
}

async function load(kind: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  writeFileSync(path, text);
  await must(HOTLINE, ['import', kind, path], { env: { HOTLINE_DATABASE: database.url } });
}

/** Once the service has a snapshot in which the text is found. */
async function found(q: string): Promise<Found[]> {
  return waitUntil(q, async () => {
    const features = (await geocode(q)).json.features as Found[];
    return (features[0]?.properties.confidence ?? 0) > 0.3 ? features : null;
  });
}

/** Kilometre posts, a bridge, a junction and aliases, as OpenStreetMap writes them. */
function extract(): string {
  const node = (id: number, lon: number, lat: number, tags: Record<string, string> = {}) =>
    `<node id="${id}" version="1" lon="${lon}" lat="${lat}">${Object.entries(tags)
      .map(([k, v]) => `<tag k="${k}" v="${v}"/>`).join('')}</node>`;
  const { lon, lat } = CENTRE;
  const nodes = [];
  for (let i = 0; i <= 20; i++) nodes.push(node(i + 1, lon + i * 0.001, lat));
  nodes.push(node(30, lon, lat, { highway: 'milestone', distance: '12', ref: 'QL98' }));
  nodes.push(node(31, lon + 0.00914, lat, { highway: 'milestone', distance: '13' }));
  nodes.push(node(32, lon + 0.002, lat + 0.0005, { junction: 'yes', name: 'Ngã tư Bốn Gió' }));
  const refs = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `<nd ref="${from + i}"/>`).join('');
  return `<?xml version="1.0"?><osm version="0.6">${nodes.join('')}
    <way id="1" version="1">${refs(1, 15)}<tag k="highway" v="trunk"/><tag k="name" v="Quốc lộ 98"/>
      <tag k="ref" v="QL98"/><tag k="alt_name:vi" v="Đường Gió Mùa"/><tag k="name:fr" v="Rue du Vent"/></way>
    <way id="2" version="1">${refs(16, 18)}<tag k="highway" v="trunk"/><tag k="bridge" v="yes"/>
      <tag k="name" v="Quốc lộ 98"/><tag k="bridge:name" v="Cầu Gió Đưa"/></way></osm>`;
}

test('an answer tells the parts as understood, and what was not', async () => {
  const street = await database.json<string>(`SELECT to_json(name) FROM hotline.gazetteer_streets
    WHERE name ~ '^[^0-9 ]+ [^0-9 ]+$' ORDER BY id LIMIT 1`);
  const { json } = await geocode(`12/3 ${street}, Phường Bến Thành xyzzyq`);
  const parts = Object.fromEntries(json.parts.map((p: { part: string; text: string }) => [p.part, p.text]));
  assert.equal(parts.housenumber, '12/3');
  assert.equal(parts.street, street);
  assert.equal(parts.ward, 'Bến Thành');
  assert.equal(parts.unknown, 'xyzzyq');
  assert.equal((json.features[0] as Found).properties.not_understood, 'xyzzyq');
});

test('where candidates are close, the question names them and each choice is a candidate', async () => {
  const twice = await database.json<string>(`SELECT to_json(name) FROM hotline.gazetteer_streets
    WHERE name !~ '[0-9]' GROUP BY name
    HAVING ST_MaxDistance(ST_Collect(geom), ST_Collect(geom)) > 0.05 ORDER BY name LIMIT 1`);
  const { json } = await geocode(twice, '&limit=10');
  assert.ok(json.features.length > 1, twice);
  assert.match(json.question, / hay .*\?$/);
  assert.ok(json.choices.length >= 2);
  for (const choice of json.choices) {
    assert.ok(json.question.includes(choice.label));
    assert.ok(choice.feature < json.features.length);
  }
  const english = (await server.get(`/api/v1/geocode?q=${encodeURIComponent(twice)}`, { 'Accept-Language': 'en' })).json;
  assert.match(english.question, / or .*\?$/);
});

test('OpenStreetMap brings kilometre posts, bridges, junctions and names in other languages', async () => {
  await load('osm', 'small.osm', extract());
  await waitUntil('the extract', async () =>
    (await geocode('Quốc lộ 98')).json.features[0]?.properties.geocoding.street === 'Quốc lộ 98');
  const at = async (q: string): Promise<Found> => (await found(q))[0] as Found;
  const post = await at('km 12 QL98');
  assert.equal(post.properties.match, 'place');
  assert.equal(post.properties.geocoding.housenumber, 'Km 12');
  assert.ok(Math.abs(post.geometry.coordinates[0] - CENTRE.lon) < 1e-6);
  const between = await at('Km 12+500 Quốc lộ 98');
  assert.ok(Math.abs(between.geometry.coordinates[0] - (CENTRE.lon + 0.00457)) < 1e-4, `${between.geometry.coordinates}`);
  const beyond = await at('km 40 QL98');
  assert.equal(beyond.properties.match, 'street', 'no post near: the road, said to be no more');
  assert.equal(beyond.properties.not_understood, 'km 40');
  assert.equal((await at('chân cầu Gió Đưa')).properties.geocoding.street, 'Cầu Gió Đưa');
  assert.equal((await at('ngã tư Bốn Gió')).properties.match, 'crossing');
  for (const alias of ['đường Gió Mùa', 'Rue du Vent', 'ql98']) {
    assert.equal((await at(alias)).properties.geocoding.street, 'Quốc lộ 98', alias);
  }
});

test('places are imported under either name; houses without a street stand at the one they lie at', async () => {
  await load('places', 'places.csv', `name,kind,lon,lat\nMiếu Ông Thử,historic=shrine,${CENTRE.lon},${CENTRE.lat}\n`);
  assert.equal((await found('miếu ông thử'))[0]?.properties.match, 'place');
  await load('addresses', 'houses.csv', `housenumber,street,lon,lat\n771,,${CENTRE.lon + 0.0035},${CENTRE.lat + 0.00005}\n`);
  const house = await waitUntil('the house', async () => {
    const features = (await geocode('771 Quốc lộ 98')).json.features as Found[];
    return features[0]?.properties.match === 'house' ? features[0] : null;
  });
  assert.ok(Math.abs(house.geometry.coordinates[0] - (CENTRE.lon + 0.0035)) < 1e-6);
});

const SAME = 12;
const version = (lat: number) => `name,kind,lon,lat\n${Array.from({ length: SAME }, (_, i) =>
  `Trạm Gác Lạ,amenity=post,${CENTRE.lon + i * 0.01 - 0.06},${lat}`).join('\n')}\n`;

test('a re-import shows all of it or nothing, to everyone who asks meanwhile', async () => {
  const [one, two] = [CENTRE.lat, CENTRE.lat + 0.02];
  await load('pois', 'posts.csv', version(one));
  await waitUntil('the first import', async () => (await geocode('trạm gác lạ', '&limit=20')).json.features.length === SAME);
  const seen = new Map<number, number>();
  let running = true;
  const ask = async () => {
    while (running) {
      const answer = await geocode('trạm gác lạ', '&limit=20');
      assert.equal(answer.status, 200, answer.text);
      const lats = new Set((answer.json.features as Found[]).map((f) => f.geometry.coordinates[1].toFixed(5)));
      assert.equal(lats.size, 1, `of one import only: ${[...lats]}`);
      assert.equal(answer.json.features.length, SAME);
      const lat = Number([...lats][0]);
      seen.set(lat, (seen.get(lat) ?? 0) + 1);
    }
  };
  const askers = [ask(), ask(), ask(), ask()];
  const shown = (lat: number) => waitUntil(`the import at ${lat}`, async () => {
    const first = (await geocode('trạm gác lạ')).json.features[0] as Found;
    return Math.abs(first.geometry.coordinates[1] - lat) < 1e-5;
  });
  for (const lat of [two, one, two]) {
    await load('pois', 'posts.csv', version(lat));
    await shown(lat);
  }
  running = false;
  await Promise.all(askers);
  assert.equal(seen.size, 2, `${[...seen.keys()]}`);
});

/** Streets named alike, all on one parallel, as OpenStreetMap writes them: of one import or of another. */
function streets(lat: number): string {
  const nodes: string[] = [];
  const ways: string[] = [];
  for (let i = 0; i < SAME; i++) {
    const lon = CENTRE.lon + i * 0.01 - 0.06;
    nodes.push(`<node id="${2 * i + 1}" version="1" lon="${lon}" lat="${lat}"/>`,
      `<node id="${2 * i + 2}" version="1" lon="${lon + 0.0004}" lat="${lat}"/>`);
    ways.push(`<way id="${i + 1}" version="1"><nd ref="${2 * i + 1}"/><nd ref="${2 * i + 2}"/>
      <tag k="highway" v="residential"/><tag k="name" v="Đường Xa Lắm Thay"/></way>`);
  }
  return `<?xml version="1.0"?><osm version="0.6">${nodes.join('')}${ways.join('')}</osm>`;
}

const houses = (lat: number) => `housenumber,street,lon,lat\n${Array.from({ length: SAME }, (_, i) =>
  `${2 * i + 1},Ngõ Gió Chướng,${CENTRE.lon + i * 0.0004},${lat}`).join('\n')}\n`;

test('streets and addresses are imported while the service answers and takes complaints; nothing fails', async () => {
  const [one, two] = [CENTRE.lat, CENTRE.lat + 0.02];
  const latsOf = (answer: Answer) => (answer.json.features as Found[]).map((f) => f.geometry.coordinates[1].toFixed(5));
  const imports = async (lat: number) => {
    await load('osm', 'far.osm', streets(lat));
    await load('addresses', 'wind.csv', houses(lat));
  };
  const shown = (q: string, lat: number) => waitUntil(`${q} at ${lat}`, async () =>
    latsOf(await geocode(q))[0] === lat.toFixed(5));
  await imports(one);
  await shown('Đường Xa Lắm Thay', one);
  await shown('7 Ngõ Gió Chướng', one);
  const whole = (await geocode('Đường Xa Lắm Thay', '&limit=20')).json.features.length as number;
  assert.ok(whole > 3, 'pieces that lie close are one street');
  let running = true;
  let asked = 0;
  const codes: string[] = [];
  const ask = async () => {
    for (; running; asked++) {
      const named = await geocode('Đường Xa Lắm Thay', '&limit=20');
      assert.equal(named.status, 200, named.text);
      assert.equal(new Set(latsOf(named)).size, 1, `of one import only: ${latsOf(named)}`);
      assert.equal(named.json.features.length, whole);
      const house = await geocode(`${2 * (asked % SAME) + 1} Ngõ Gió Chướng`);
      assert.equal(house.status, 200, house.text);
      assert.equal((house.json.features as Found[])[0]?.properties.match, 'house');
      assert.ok([one.toFixed(5), two.toFixed(5)].includes(latsOf(house)[0] ?? ''), `${latsOf(house)}`);
    }
  };
  const file = async () => {
    while (running) {
      const draft = complaint({ address: '7 Ngõ Gió Chướng' });
      delete draft['location'];
      const filed = await server.post('/api/v1/complaints', draft);
      assert.equal(filed.status, 201, filed.text);
      assert.equal(filed.json.place.match, 'house');
      codes.push(filed.json.code as string);
    }
  };
  const everyone = Promise.all([ask(), ask(), ask(), file(), file()]);
  for (const lat of [two, one, two]) {
    await imports(lat);
    await shown('Đường Xa Lắm Thay', lat);
    await shown('7 Ngõ Gió Chướng', lat);
  }
  running = false;
  await everyone;
  assert.ok(asked > 0 && codes.length > 0);
  const kept = await database.json<number>(`SELECT to_json(count(*)) FROM hotline.complaints
    WHERE code IN (${codes.map((code) => `'${code}'`).join(',')}) AND place_match = 'house' AND geom IS NOT NULL`);
  assert.equal(kept, codes.length, 'every acknowledged complaint is kept and placed');
});

test('the index tells its size and how long it took to build', async () => {
  const metrics = (await server.get('/metrics')).text;
  const value = (name: string) => Number(new RegExp(`^${name} ([0-9.]+)$`, 'm').exec(metrics)?.[1]);
  assert.ok(value('hotline_gazetteer_bytes') > 10000);
  assert.ok(value('hotline_gazetteer_names') > 100);
  assert.ok(value('hotline_gazetteer_build_seconds') >= 0);
});

test('a complaint with an address only keeps what else it may have meant, for the staff', async () => {
  await addPerson(database, 'dieuhanh', 'operator');
  const operator = await sessionOf(server, 'dieuhanh');
  const twice = await database.json<string>(`SELECT to_json(name) FROM hotline.gazetteer_streets
    WHERE name !~ '[0-9]' GROUP BY name
    HAVING ST_MaxDistance(ST_Collect(geom), ST_Collect(geom)) > 0.05 ORDER BY name LIMIT 1`);
  const draft = complaint({ address: `${twice} xyzzyq` });
  delete draft['location'];
  const filed = await server.post('/api/v1/complaints', draft);
  assert.equal(filed.status, 201, filed.text);
  assert.notEqual(filed.json.assignment.agency.code, '');
  const path = `/api/v1/complaints/${filed.json.code}/history`;
  const told = (await server.get(path, operator.headers)).json.history[0].detail.internal;
  assert.ok(told.alternatives.length > 1);
  assert.equal(told.not_understood, 'xyzzyq');
  assert.equal(told.alternatives[0].match, filed.json.place.match);
  const sure = told.alternatives[0].confidence;
  assert.ok(Math.abs(sure - filed.json.place.confidence) < 0.001);
  assert.equal(filed.json.flags?.includes('low_confidence') ?? false, sure < 0.5);
  const stored = await database.json<string[]>(`SELECT to_json(flags) FROM hotline.complaints WHERE code = '${filed.json.code}'`);
  assert.equal(stored.includes('low_confidence'), sure < 0.5);
  assert.equal((await server.get(path)).json.history?.[0]?.detail.internal, undefined, 'where a reporter may be is not public');
});
