// Layers: imported whole or not at all, replaced under a running service, hidden from those who may
// not see them, drawn as tiles that say what they stand for; and borders that neighbours share.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VectorTile, type VectorTileLayer } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import { CENTRE, type TileAddress, features, tileOf } from './lib/city';
import { addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, run, waitUntil } from './lib/run';
import { Server } from './lib/server';

let database: Database;
let server: Server;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hotline-layers-'));
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

const HERE = tileOf(CENTRE, 14);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function collection(...list: [Record<string, unknown>, unknown][]): string {
  return JSON.stringify({
    type: 'FeatureCollection',
    features: list.map(([properties, geometry]) => ({ type: 'Feature', properties, geometry })),
  });
}

const at = (dx: number, dy: number): [number, number] => [CENTRE.lon + dx, CENTRE.lat + dy];
const point = (dx = 0, dy = 0) => ({ type: 'Point', coordinates: at(dx, dy) });

function importLayer(...args: string[]) {
  return run(HOTLINE, ['import', 'layer', ...args], { env: { HOTLINE_DATABASE: database.url } });
}

async function layerOf(name: string): Promise<Record<string, unknown> | undefined> {
  const { json } = await server.get('/tiles.json');
  return json.layers.find((layer: { id: string }) => layer.id === name);
}

async function decode(layer: string, tile: TileAddress, query = ''): Promise<VectorTile | null> {
  const answer = await fetch(`${server.base}/tiles/${layer}/${tile.z}/${tile.x}/${tile.y}.mvt${query}`);
  if (answer.status === 204) return null;
  assert.equal(answer.status, 200);
  return new VectorTile(new Pbf(new Uint8Array(await answer.arrayBuffer())));
}

test('a file is loaded whole or not at all, and each refused feature is named with the reason', async () => {
  const ring = [at(0, 0), at(0.001, 0.001), at(0.001, 0), at(0, 0.001), at(0, 0)];
  const path = file('khu-vuc.geojson', collection(
    [{ name: 'Tốt', tang: 3 }, { type: 'Polygon', coordinates: [[at(0, 0), at(0.002, 0), at(0.002, 0.002), at(0, 0)]] }],
    [{ name: 'Nơ bướm' }, { type: 'Polygon', coordinates: [ring] }],
    [{ name: 'Không hình' }, null],
    [{ name: 'Không kín' }, { type: 'Polygon', coordinates: [[at(0, 0), at(0.1, 0), at(0.1, 0.1), at(0, 0.1)]] }],
    [{ name: 'Điểm' }, point()],
    [{ name: 'Ngoài trái đất' }, { type: 'Polygon', coordinates: [[[200, 1], [201, 1], [201, 2], [200, 1]]] }],
  ));
  const refused = await importLayer(path, '--name-vi', 'Khu vực');
  assert.equal(refused.code, 1);
  for (const [name, why] of [['Nơ bướm', /Self-intersection/], ['Không hình', /no geometry/],
    ['Không kín', /not closed/], ['Điểm', /kind polygon/], ['Ngoài trái đất', /no longitude/]] as const) {
    const line = refused.stderr.split('\n').find((text) => text.includes(name));
    assert.match(line ?? '', why, refused.stderr);
  }
  assert.equal(await layerOf('khu-vuc'), undefined);

  const kept = await importLayer(path, '--name-vi', 'Khu vực', '--keep-good', '--repair');
  assert.equal(kept.code, 0, kept.stderr);
  assert.match(kept.stderr, /Nơ bướm: repaired/);
  assert.equal(await database.number(
    "SELECT count(*) FROM hotline.layer_features f JOIN hotline.layers l ON l.id = layer_id WHERE code = 'khu-vuc'"), 2);
  const missing = await importLayer(file('moi.geojson', collection([{}, point()])));
  assert.match(missing.stderr, /needs a name/);
  const taken = await importLayer(path, '--code', 'wards', '--name-vi', 'x');
  assert.match(taken.stderr, /service's own/);
});

test('attributes are kept, the layer is listed, and a tile shows it', async () => {
  const path = file('truong.csv', `ten,so_lop,dien_thoai,lon,lat\nTrường A,12,0281234567,${CENTRE.lon},${CENTRE.lat}\n`);
  const done = await importLayer(path, '--code', 'truong-hoc', '--name-vi', 'Trường', '--name-en', 'Schools here',
    '--group', 'facilities', '--color', '#15803d');
  assert.equal(done.code, 0, done.stderr);
  const entry = await waitUntil('the layer in the list', () => layerOf('truong-hoc'));
  assert.deepEqual(entry['title'], { vi: 'Trường', en: 'Schools here' });
  assert.equal((entry['group'] as { code: string }).code, 'facilities');
  assert.deepEqual(entry['style'], { color: '#15803d' });
  assert.equal(entry['count'], 1);
  const [found] = await features(server, 'truong-hoc', HERE);
  assert.equal(found?.properties['name'], 'Trường A');
  assert.equal(found?.properties['so_lop'], 12);
  assert.equal(found?.properties['dien_thoai'], '0281234567', 'a text stays a text');
  const tilejson = await server.get('/tiles/truong-hoc.json?lang=en');
  assert.equal(tilejson.json.tilejson, '3.0.0');
  assert.equal(tilejson.json.vector_layers[0].fields.so_lop, 'Number');
});

test('OGR brings other formats, in metres of VN-2000 too', async () => {
  const csv = file('moc.csv', 'ten,x,y\nMốc,603184.744,1191951.471\n');
  const done = await importLayer(csv, '--name-vi', 'Mốc', '--crs', 'EPSG:9210', '--lon', 'x', '--lat', 'y');
  assert.equal(done.code, 0, done.stderr);
  assert.equal(await database.sql("SELECT round(ST_X(geom)::numeric, 6), round(ST_Y(geom)::numeric, 6)"
    + " FROM hotline.layer_features WHERE name = 'Mốc'"), '106.695300|10.777000');
  const kml = file('diem.kml', `<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
    <Placemark><name>Điểm KML</name><Point><coordinates>${CENTRE.lon},${CENTRE.lat}</coordinates></Point></Placemark></Document></kml>`);
  const loaded = await importLayer(kml, '--name-vi', 'KML', '--name', 'Name');
  assert.equal(loaded.code, 0, loaded.stderr);
  assert.equal(await database.number("SELECT count(*) FROM hotline.layer_features WHERE name = 'Điểm KML'"), 1);
  const broken = await importLayer(file('hong.gpkg', 'no package'), '--name-vi', 'x');
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /ogr2ogr could not load/);
});

test('what holds for some hours is there at that time only', async () => {
  const path = file('cup-dien.geojson', collection(
    [{ name: 'Sáng', tu: '2026-03-02T08:00:00+07:00', den: '2026-03-02T11:00:00+07:00' }, point()],
    [{ name: 'Chiều', tu: '2026-03-02 13:00', den: '2026-03-02 17:00' }, point(0.0005)]));
  const done = await importLayer(path, '--name-vi', 'Cúp điện', '--from-column', 'tu', '--to-column', 'den');
  assert.equal(done.code, 0, done.stderr);
  await waitUntil('the layer', () => layerOf('cup-dien'));
  const names = async (time: string) => (await features(server, 'cup-dien', HERE, `?at=2026-03-02T${time}:00%2B07:00`))
    .map((f) => f.properties['name']);
  assert.deepEqual(await names('09:00'), ['Sáng']);
  assert.deepEqual(await names('12:00'), []);
  assert.deepEqual(await names('13:00'), ['Chiều']);
  assert.deepEqual(await names('17:00'), [], 'the end is not part of it');
  assert.equal((await server.get('/tiles/cup-dien/14/0/0.mvt?at=never')).status, 400);
});

test('a new file of the same name replaces the old one while the service goes on', async () => {
  const path = file('thay.geojson', collection([{ name: 'cũ' }, point()]));
  assert.equal((await importLayer(path, '--name-vi', 'Thay')).code, 0);
  await waitUntil('the first one', () => layerOf('thay'));
  const address = `/tiles/thay/${HERE.z}/${HERE.x}/${HERE.y}.mvt`;
  const first = await fetch(server.base + address);
  const etag = first.headers.get('etag') ?? '';
  await first.arrayBuffer();
  const same = await fetch(server.base + address, { headers: { 'If-None-Match': etag } });
  assert.equal(same.status, 304);

  const bad = file('thay.geojson', collection([{ name: 'mới' }, point()], [{ name: 'hỏng' }, null]));
  assert.equal((await importLayer(bad)).code, 1);
  assert.deepEqual((await features(server, 'thay', HERE)).map((f) => f.properties['name']), ['cũ']);

  file('thay.geojson', collection([{ name: 'mới' }, point()], [{ name: 'mới nữa' }, point(0.001)]));
  const done = await importLayer(path);
  assert.equal(done.code, 0, done.stderr);
  await waitUntil('the new ones', async () => {
    const names = (await features(server, 'thay', HERE)).map((f) => f.properties['name']).sort();
    assert.ok(['cũ', 'mới,mới nữa'].includes(names.join(',')), 'all old or all new');
    return names.length === 2;
  });
  const changed = await fetch(server.base + address, { headers: { 'If-None-Match': etag } });
  assert.equal(changed.status, 200, 'a changed tile is never 304');
  await changed.arrayBuffer();
});

test('a layer that is not public does not exist for those who are not logged in', async () => {
  const path = file('noi-bo.geojson', collection([{ name: 'bí mật' }, point()]));
  assert.equal((await importLayer(path, '--name-vi', 'Nội bộ', '--private')).code, 0);
  await addPerson(database, 'lanhdao-lop', 'leader');
  const { headers } = await sessionOf(server, 'lanhdao-lop');
  const tile = `/tiles/noi-bo/${HERE.z}/${HERE.x}/${HERE.y}.mvt`;
  await waitUntil('the layer, for the leader', async () => (await server.get(tile, headers)).status === 200);
  const seen = await server.get(tile, headers);
  assert.match(seen.headers.get('cache-control') ?? '', /private/);
  assert.equal(seen.headers.get('access-control-allow-origin'), null);
  assert.equal((await server.get(tile)).status, 404, 'though it is in the cache now');
  assert.equal((await server.get('/tiles/noi-bo.json')).status, 404);
  assert.equal((await server.get('/tiles/noi-bo.json', headers)).status, 200);
  assert.ok(!(await server.get('/tiles.json')).text.includes('noi-bo'));
  assert.ok((await server.get('/tiles.json', headers)).text.includes('noi-bo'));
  const mine = { ...headers, 'If-None-Match': seen.headers.get('etag') ?? '' };
  assert.equal((await server.get(tile, mine)).status, 304);
  assert.equal((await server.get(tile, { 'If-None-Match': seen.headers.get('etag') ?? '' })).status, 404);
});

test('far away a tile is bounded, and says what became of everything in it', async () => {
  const many: [Record<string, unknown>, unknown][] = [];
  for (let i = 0; i < 60; i++) {
    for (let j = 0; j < 60; j++) many.push([{ name: `${i} ${j}`, kind: i % 2 ? 'a' : 'b' }, point(i * 0.0004, j * 0.0004)]);
  }
  const path = file('nhieu.geojson', collection(...many));
  assert.equal((await importLayer(path, '--name-vi', 'Nhiều')).code, 0);
  await waitUntil('the layer', () => layerOf('nhieu'));
  let total = 0;
  const far = tileOf(CENTRE, 10);
  const tile = await decode('nhieu', far);
  const layer = tile?.layers['nhieu'];
  const info = tile?.layers['nhieu_info']?.feature(0).properties ?? {};
  assert.ok(layer && layer.length < 2048);
  for (let i = 0; i < layer.length; i++) total += Number(layer.feature(i).properties['count']);
  assert.equal(total, 3600, 'nothing is dropped');
  assert.equal(info['total'], 3600);
  assert.equal(Number(info['shown'] ?? 0) + Number(info['aggregated'] ?? 0) + Number(info['too_small'] ?? 0), 3600);
  const roads = (await decode('roads', far))?.layers['roads_info']?.feature(0).properties ?? {};
  assert.equal(roads['total'], ['shown', 'aggregated', 'too_small', 'later']
    .reduce((sum, key) => sum + Number(roads[key] ?? 0), 0));
  assert.match(String(roads['classes']), /motorway/);
});

test('addresses that are no tiles are answered with 404 or 400 and make no work', async () => {
  for (const path of ['/tiles/roads/23/0/0.mvt', '/tiles/roads/3/8/0.mvt', '/tiles/roads/a/0/0.mvt',
    '/tiles/roads/3/-1/0.mvt', '/tiles/roads/03/0/0.mvt', '/tiles/roads/3/0/99999999999.mvt',
    '/tiles/nothing/3/0/0.mvt', '/tiles/nothing.json', '/tiles/wards/23/0/0.mvt', '/tiles/wards/1/x/0.mvt']) {
    assert.equal((await server.get(path)).status, 404, path);
  }
  assert.equal((await server.get('/tiles/wards/3/0/0.mvt?at=x')).status, 400);
});

/** Every edge inside the tile, with how many areas have it. */
function edgesOf(layer: VectorTileLayer): Map<string, number> {
  const edges = new Map<string, number>();
  for (let i = 0; i < layer.length; i++) {
    for (const ring of layer.feature(i).loadGeometry()) {
      for (let k = 0; k + 1 < ring.length; k++) {
        const [a, b] = [ring[k], ring[k + 1]] as [{ x: number; y: number }, { x: number; y: number }];
        if ([a.x, a.y, b.x, b.y].some((n) => n <= 0 || n >= 4096)) continue;
        const [low, high] = a.x < b.x || (a.x === b.x && a.y < b.y) ? [a, b] : [b, a];
        const key = `${low.x},${low.y} ${high.x},${high.y}`;
        edges.set(key, (edges.get(key) ?? 0) + 1);
      }
    }
  }
  return edges;
}

test('neighbouring wards have their border in common, vertex by vertex, at every zoom', async () => {
  for (let z = 9; z <= 15; z++) {
    const tile = tileOf(CENTRE, z);
    const layer = (await decode('wards', tile))?.layers['wards'];
    assert.ok(layer && layer.length > 0, `z${z}`);
    const counts = [...edgesOf(layer).values()];
    const twice = counts.filter((n) => n === 2).length;
    const alone = counts.filter((n) => n === 1).length;
    assert.ok(counts.every((n) => n <= 2), `z${z}: an edge of three areas`);
    // The tile is amid the city from z12 on: only the outline has edges of one side.
    if (z >= 12) assert.equal(alone, 0, `z${z}: ${alone} edges that only one ward has, ${twice} shared`);
    else assert.ok(twice > 0, `z${z}`);
  }
});

test('the wards of a former day are drawn as they were, and labels come once', async () => {
  const then = (await decode('districts', tileOf(CENTRE, 10), '?at=2025-06-30'))?.layers['districts'];
  assert.ok(then && then.length > 1);
  assert.equal(await decode('districts', tileOf(CENTRE, 10), '?at=2025-07-01'), null);
  const names = new Map<string, number>();
  const middle = tileOf(CENTRE, 11);
  for (let dx = -1; dx <= 1; dx++) {
    for (let dy = -1; dy <= 1; dy++) {
      const labels = (await decode('wards', { z: 11, x: middle.x + dx, y: middle.y + dy }))?.layers['wards_label'];
      for (let i = 0; labels && i < labels.length; i++) {
        const code = String(labels.feature(i).properties['code']);
        names.set(code, (names.get(code) ?? 0) + 1);
      }
    }
  }
  assert.ok(names.size > 10);
  assert.ok([...names.values()].every((n) => n === 1));
});

test('the demo city has its roads, waters and examples', async () => {
  const list = (await server.get('/tiles.json')).json.layers as { id: string; count?: number }[];
  for (const id of ['roads', 'waterways', 'water', 'greens', 'planned-outages', 'flood-points', 'works', 'schools']) {
    assert.ok((list.find((layer) => layer.id === id)?.count ?? 0) > 10, id);
  }
  assert.ok(!list.some((layer) => layer.id === 'patrol-areas'), 'an internal one');
  const again = await database.sql("SELECT attributes ->> 'class', count(*) > 0 FROM hotline.layer_features f"
    + " JOIN hotline.layers l ON l.id = f.layer_id WHERE l.code = 'roads' AND attributes ->> 'class' IN"
    + " ('motorway', 'trunk', 'primary', 'residential') GROUP BY 1 ORDER BY 1");
  assert.equal(again, 'motorway|t\nprimary|t\nresidential|t\ntrunk|t');
});

test('an outside style is told to the page, and its host alone is let in', async () => {
  const policy = async () => (await server.get('/')).headers.get('content-security-policy') ?? '';
  assert.match(await policy(), /connect-src 'self';/);
  await database.sql(`INSERT INTO hotline.settings VALUES ('map_style_url', '"https://tiles.example/a/style.json"')`);
  await waitUntil('the address', async () =>
    (await server.get('/api/v1/city')).json.map_style === 'https://tiles.example/a/style.json');
  assert.match(await policy(), /img-src 'self' data: blob: https:\/\/tiles\.example; connect-src 'self' https:\/\/tiles\.example;/);
  await database.sql(`UPDATE hotline.settings SET value = '"javascript:alert(1)"' WHERE key = 'map_style_url'`);
  await waitUntil('the address', async () => (await server.get('/api/v1/city')).json.map_style === 'javascript:alert(1)');
  assert.match(await policy(), /connect-src 'self';/);
  await database.sql(`UPDATE hotline.settings SET value = '"https://x.example; script-src *"' WHERE key = 'map_style_url'`);
  await waitUntil('the address', async () => (await server.get('/api/v1/city')).json.map_style.startsWith('https://x'));
  assert.ok(!(await policy()).includes('script-src'));
  await database.sql("DELETE FROM hotline.settings WHERE key = 'map_style_url'");
});
