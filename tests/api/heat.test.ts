// The heat index as clients see it: every cell of random tiles under random filters is what PostGIS
// counts, whoever changes complaints and however, also beside a writer; what changed is never 304.
// HOTLINE_HEAT_CELLS=200000 compares that many cells that hold something, instead of 2,000.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import { CENTRE, complaint, EventStream, type Point, tileOf, type TileAddress } from './lib/city';
import { addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { waitUntil } from './lib/run';
import { Server } from './lib/server';

const CELLS_WANTED = Number(process.env['HOTLINE_HEAT_CELLS'] ?? 2000);
const WORLD = 4294967296;

let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await database.sql('UPDATE hotline.complaints SET satisfaction = 1 + id % 3 WHERE id % 2 = 0');
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
});

/** A generator with its own seed. */
let seed = 20251022;
function dice(below: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor(seed / 4294967296 * below);
}
const pick = <T>(list: readonly T[]): T => list[dice(list.length)] as T;

const SUMS = ['count', 'open', 'late', 'weight', 'rated', 'satisfaction'] as const;
type Cells = Map<string, number[]>;

interface Filter {
  query: string;
  where: string;
}

async function filterParts(): Promise<{ categories: string[]; agencies: string[]; wards: string[] }> {
  return database.json(`SELECT json_build_object(
    'categories', (SELECT json_agg(code) FROM hotline.categories),
    'agencies', (SELECT json_agg(DISTINCT a.code) FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id),
    'wards', (SELECT json_agg(DISTINCT b.code) FROM hotline.complaints c JOIN hotline.boundaries b ON b.id = c.ward_id))`);
}

const STATUSES = ['received', 'assigned', 'accepted', 'in_progress', 'resolved', 'closed', 'rejected', 'referred'];
const CHANNELS = ['phone', 'app', 'web', 'email', 'sms', 'social', 'api'];

function randomFilter(parts: { categories: string[]; agencies: string[]; wards: string[] }): Filter {
  const query = new URLSearchParams();
  const where: string[] = [];
  if (dice(3) === 0) {
    const codes = Array.from({ length: 1 + dice(4) }, () => pick(parts.categories));
    query.set('category', codes.join());
    where.push(`c.category_id IN (WITH RECURSIVE t AS (SELECT id FROM hotline.categories WHERE code IN (${
      codes.map((c) => `'${c}'`).join()}) UNION SELECT k.id FROM hotline.categories k JOIN t ON k.parent_id = t.id) SELECT id FROM t)`);
  }
  if (dice(3) === 0) {
    const words = dice(3) === 0 ? ['open'] : Array.from({ length: 1 + dice(3) }, () => pick(STATUSES));
    query.set('status', words.join());
    where.push(words[0] === 'open' ? "c.status NOT IN ('resolved','closed','rejected','referred')"
      : `c.status IN (${words.map((w) => `'${w}'`).join()})`);
  }
  if (dice(4) === 0) {
    const words = [pick(CHANNELS), pick(CHANNELS)];
    query.set('channel', words.join());
    where.push(`c.channel IN (${words.map((w) => `'${w}'`).join()})`);
  }
  if (dice(5) === 0) {
    const codes = Array.from({ length: 1 + dice(4) }, () => pick(parts.agencies));
    query.set('agency', codes.join());
    where.push(`c.agency_id IN (SELECT id FROM hotline.agencies WHERE code IN (${codes.map((c) => `'${c}'`).join()}))`);
  }
  if (dice(6) === 0) {
    const codes = Array.from({ length: 1 + dice(4) }, () => pick(parts.wards));
    query.set('ward', codes.join());
    where.push(`c.ward_id IN (SELECT id FROM hotline.boundaries WHERE level = 'ward' AND code IN (${
      codes.map((c) => `'${c}'`).join()}))`);
  }
  if (dice(3) === 0) {
    const from = new Date(Date.now() - (1 + dice(80)) * 86400e3 - dice(86400) * 1000).toISOString().replace(/\.\d+/, '');
    query.set('from', from);
    where.push(`c.received_at >= '${from}'`);
    if (dice(2) === 0) {
      const to = new Date(Date.now() - dice(40) * 86400e3).toISOString().replace(/\.\d+/, '');
      query.set('to', to);
      where.push(`c.received_at < '${to}'`);
    }
  }
  if (dice(5) === 0) {
    const [w, s] = [106.6 + dice(100) / 777, 10.7 + dice(100) / 777];
    const [e, n] = [w + dice(100) / 555, s + dice(100) / 555];
    query.set('bbox', [w, s, e, n].join());
    where.push(`hotline.heat_x(c.geom) BETWEEN hotline.heat_x(ST_Point(${w}, ${s})) AND hotline.heat_x(ST_Point(${e}, ${n}))
      AND hotline.heat_y(c.geom) BETWEEN hotline.heat_y(ST_Point(${w}, ${n})) AND hotline.heat_y(ST_Point(${e}, ${s}))`);
  }
  const text = query.toString();
  return { query: text === '' ? '' : `?${text}`, where: where.map((w) => ` AND ${w}`).join('') };
}

/** One JSON with all the cells of the tile as PostGIS counts them, late as of the moment it is asked. */
async function cellsOfPostgis(at: TileAddress, where: string): Promise<Cells> {
  const shift = 32 - at.z - 6;
  const side = WORLD / 2 ** at.z;
  const rows = await database.json<number[][] | null>(`
    SELECT coalesce(json_agg(json_build_array(i, j, n, open, late, weight, rated, mean)), '[]') FROM (
      SELECT (hotline.heat_x(c.geom) >> ${shift}) - ${at.x * 64} AS i, (hotline.heat_y(c.geom) >> ${shift}) - ${at.y * 64} AS j,
        count(*) AS n, count(*) FILTER (WHERE o.open) AS open,
        count(*) FILTER (WHERE o.open AND c.due_at < date_trunc('second', clock_timestamp())) AS late,
        sum(CASE WHEN k.urgent THEN 3 ELSE 1 END) AS weight, count(c.satisfaction) AS rated,
        avg(c.satisfaction)::float8 AS mean
      FROM hotline.complaints c JOIN hotline.categories k ON k.id = c.category_id,
        LATERAL (SELECT c.status NOT IN ('resolved','closed','rejected','referred') AS open) o
      WHERE c.geom IS NOT NULL
        AND hotline.heat_x(c.geom) >= ${at.x * side} AND hotline.heat_x(c.geom) < ${(at.x + 1) * side}
        AND hotline.heat_y(c.geom) >= ${at.y * side} AND hotline.heat_y(c.geom) < ${(at.y + 1) * side}${where}
      GROUP BY 1, 2) q`);
  return new Map((rows ?? []).map(([i, j, ...rest]) => [`${i},${j}`, rest.map((v) => v ?? NaN)]));
}

async function tile(path: string, headers: Record<string, string> = {}, of = server): Promise<VectorTile> {
  const response = await fetch(of.base + path, { headers });
  assert.ok(response.status === 200 || response.status === 204, `${path}: ${response.status}`);
  return new VectorTile(new Pbf(new Uint8Array(await response.arrayBuffer())));
}

async function cellsOfTile(at: TileAddress, query: string, of = server): Promise<Cells> {
  const layer = (await tile(`/tiles/heat/${at.z}/${at.x}/${at.y}.mvt${query}`, {}, of)).layers['heat'];
  const cells: Cells = new Map();
  for (let n = 0; n < (layer?.length ?? 0); n++) {
    const feature = layer!.feature(n);
    const place = feature.loadGeometry()[0]![0]!;
    assert.equal(feature.type, 1);
    cells.set(`${Math.floor(place.x / 64)},${Math.floor(place.y / 64)}`,
      SUMS.map((name) => Number(feature.properties[name] ?? NaN)));
  }
  return cells;
}

const same = (a: Cells, b: Cells): string | null => {
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(key), b.get(key)];
    if (!x || !y || x.some((v, i) => Math.abs(v - y[i]!) > 1e-9)) return `${key}: ${String(x)} is not ${String(y)}`;
  }
  return null;
};

/** Compares a tile; what is just being applied, and a deadline that passes, get a moment. */
async function compare(at: TileAddress, filter: Filter, of = server): Promise<number> {
  let last = '';
  let cells = 0;
  await waitUntil(`tile ${at.z}/${at.x}/${at.y}${filter.query} to be what PostGIS counts`, async () => {
    const want = await cellsOfPostgis(at, filter.where);
    const difference = same(await cellsOfTile(at, filter.query, of), want);
    cells = want.size;
    last = difference ?? '';
    return difference === null;
  }, 5000).catch((error: unknown) => { throw new Error(`${String(error)}: ${last}`); });
  return cells;
}

async function aPlace(): Promise<Point> {
  return database.json(`SELECT json_build_object('lon', ST_X(geom), 'lat', ST_Y(geom)) FROM hotline.complaints
    WHERE geom IS NOT NULL ORDER BY id
    OFFSET ${dice(100000)} % (SELECT count(*) FROM hotline.complaints WHERE geom IS NOT NULL) LIMIT 1`);
}

/** Cells with nothing in them are compared too, but not counted. */
async function compareMany(wanted: number): Promise<void> {
  const parts = await filterParts();
  for (let cells = 0; cells < wanted;) {
    cells += await compare(tileOf(await aPlace(), 4 + dice(17)), randomFilter(parts));
  }
}

test('every cell of random tiles under random filters is what PostGIS counts', async () => {
  await compareMany(CELLS_WANTED / 2);
});

test('the same beside a writer who files, moves, closes and removes; and none is ever in two places', async () => {
  let going = true;
  const counted = await database.number('SELECT count(*) FROM hotline.complaints WHERE geom IS NOT NULL');
  const writer = (async () => {
    for (let i = 0; going; i++) {
      await database.sql(`UPDATE hotline.complaints SET geom = ST_SetSRID(ST_Point(106.6 + random() * 0.2, 10.7 + random() * 0.2), 4326)
        WHERE geom IS NOT NULL AND id % 50 = ${i % 50}`);
      await database.sql(`UPDATE hotline.complaints SET status = CASE WHEN id % 2 = 0 THEN 'closed' ELSE 'in_progress' END
        WHERE id % 40 = ${i % 40}`);
    }
  })();
  const seen = new Set<number>();
  for (let i = 0; i < 40; i++) {
    let sum = 0;
    for (const [n] of (await cellsOfTile({ z: 0, x: 0, y: 0 }, '')).values()) sum += n!;
    seen.add(sum);
  }
  going = false;
  await writer;
  assert.deepEqual([...seen], [counted]);
  await compareMany(CELLS_WANTED / 2);
});

test('whoever changes complaints, and however, the map follows', async () => {
  const at = tileOf(CENTRE, 12);
  const all: Filter = { query: '', where: '' };
  const place = `ST_SetSRID(ST_Point(${CENTRE.lon}, ${CENTRE.lat}), 4326)`;
  const steps: Record<string, string> = {
    'a copy of all of them by SQL': `INSERT INTO hotline.complaints (id, code, received_at, updated_at, channel, status, category_id,
        description, geom, place_match, place_confidence, agency_id, due_at, reason_vi, reason_en)
      SELECT id + 50000000, translate(lpad((id + 50000000)::text, 9, '0'), '', ''), received_at, updated_at, channel, status, category_id,
        'x', geom, place_match, place_confidence, agency_id, due_at, reason_vi, reason_en FROM hotline.complaints WHERE geom IS NOT NULL`,
    'a rolled back change': `BEGIN; UPDATE hotline.complaints SET geom = ${place} WHERE geom IS NOT NULL; ROLLBACK`,
    'a savepoint': `BEGIN; SAVEPOINT a; UPDATE hotline.complaints SET geom = ${place} WHERE id % 7 = 0 AND geom IS NOT NULL; ROLLBACK TO a;
      UPDATE hotline.complaints SET geom = ${place} WHERE id % 11 = 0 AND geom IS NOT NULL; COMMIT`,
    'a category that becomes urgent': 'UPDATE hotline.categories SET urgent = NOT urgent WHERE id % 3 = 0',
    'a place taken away': "UPDATE hotline.complaints SET geom = NULL, place_match = 'none' WHERE id >= 50000000 AND id % 5 = 0",
    'a deletion': "DELETE FROM hotline.complaints WHERE id >= 50000000 AND id % 3 = 0",
    'more than fits into one step': `UPDATE hotline.complaints SET updated_at = now(), satisfaction = 3
      WHERE id % 2 = 1`,
  };
  for (const [name, sql] of Object.entries(steps)) {
    await database.sql(sql);
    await compare(at, all).catch((error: unknown) => { throw new Error(`${name}: ${String(error)}`); });
  }
});

test('a transaction that began before others and commits after them is not missed', async () => {
  const before = await cellsOfTile({ z: 0, x: 0, y: 0 }, '');
  const total = (cells: Cells): number => [...cells.values()].reduce((sum, [n]) => sum + n!, 0);
  const slow = await database.session();
  await slow.sql(`BEGIN; DELETE FROM hotline.complaints WHERE id = (SELECT max(id) FROM hotline.complaints WHERE id > 50000000 AND geom IS NOT NULL)`);
  for (let i = 0; i < 5; i++) {
    assert.equal((await server.file(complaint())).status, 201);
  }
  await waitUntil('the five', async () => total(await cellsOfTile({ z: 0, x: 0, y: 0 }, '')) === total(before) + 5);
  await slow.sql('COMMIT');
  await slow.close();
  await waitUntil('the slow one', async () => total(await cellsOfTile({ z: 0, x: 0, y: 0 }, '')) === total(before) + 4);
});

test('two services follow the same database, also through lost connections and a mass of changes', async () => {
  const other = await Server.start(database);
  const all: Filter = { query: '', where: '' };
  for (let i = 0; i < 3; i++) {
    await database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hotline_service' AND datname = current_database()`);
    await database.sql(`UPDATE hotline.complaints SET status = 'closed' WHERE id % 9 = ${i}`);
    await database.sql(`UPDATE hotline.complaints SET geom = ST_Translate(geom, 0.01, 0) WHERE geom IS NOT NULL AND id % 8 = ${i}`);
    for (const one of [server, other]) {
      await waitUntil('the service to be back', async () => (await one.tryGet('/readyz'))?.status === 200);
      await compare(tileOf(CENTRE, 11), all, one);
    }
  }
  await database.sql("INSERT INTO hotline.complaint_changes (ids) VALUES (NULL); NOTIFY hotline_changes");
  await compare(tileOf(CENTRE, 11), all);
  await database.sql("UPDATE hotline.complaint_changes SET at = at - interval '1 day'; SELECT hotline.complaint_changes_prune('1 hour')");
  await database.sql("UPDATE hotline.complaints SET status = 'reopened' WHERE id % 13 = 0");
  await compare(tileOf(CENTRE, 11), all, other);
  await other.stop();
});

test('a complaint is late from the second after its deadline, and the clients are told', async () => {
  const made = await server.file(complaint());
  assert.equal(made.status, 201);
  const at = tileOf(CENTRE, 14);
  const late = async (): Promise<number> =>
    [...(await cellsOfTile(at, '?status=open')).values()].reduce((sum, cell) => sum + cell[2]!, 0);
  await database.sql(`UPDATE hotline.complaints SET due_at = now() + interval '2 seconds' WHERE code = '${made.json.code}'`);
  await compare(at, { query: '', where: '' });
  const before = await late();
  const stream = await EventStream.open(server);
  await waitUntil('it to be late', async () => await late() === before + 1, 10000);
  await waitUntil('the event', () => stream.events.some((event) => event.event === 'tiles' &&
    (event.data.tiles as number[][]).some(([z, x, y]) => z === 14 && x === at.x && y === at.y)));
  stream.close();
});

test('what is unchanged is 304, what changed never is; a change elsewhere leaves it', async () => {
  const at = tileOf(CENTRE, 14);
  const away = tileOf({ lon: CENTRE.lon + 0.2, lat: CENTRE.lat + 0.2 }, 14);
  for (const path of ['heat/A.mvt', 'heat/A.mvt?status=open', 'complaints/A.mvt', 'heatmap/A.png', 'heatmap/A@2x.png?weight=open']) {
    const address = (a: TileAddress): string => `/tiles/${path.replace('A', `${a.z}/${a.x}/${a.y}`)}`;
    const first = await server.get(address(at));
    const etag = first.headers.get('etag') ?? '';
    const other = (await server.get(address(away))).headers.get('etag') ?? '';
    assert.equal((await server.get(address(at), { 'If-None-Match': etag })).status, 304, path);
    const filed = await server.file(complaint());
    await waitUntil(`${path} to change`, async () => (await server.get(address(at), { 'If-None-Match': etag })).status === 200);
    const again = await server.get(address(at));
    assert.notEqual(again.headers.get('etag'), etag);
    assert.equal((await server.get(address(away), { 'If-None-Match': other })).status, 304, `${path} elsewhere`);
    // Gone again: the bytes are those of before, and so is the tag.
    await database.sql(`DELETE FROM personal.reporters WHERE complaint_id = (SELECT id FROM hotline.complaints WHERE code = '${filed.json.code}');
      UPDATE hotline.complaints SET geom = NULL, place_match = 'none' WHERE code = '${filed.json.code}'`);
    await waitUntil(`${path} to be as before`, async () => (await server.get(address(at), { 'If-None-Match': etag })).status === 304);
  }
});

test('complaints are never dropped: features say how many they stand for, and the tile says all', async () => {
  await addPerson(database, 'bando', 'leader');
  const staff = (await sessionOf(server, 'bando')).headers;
  for (const headers of [{}, staff]) {
    for (const z of [0, 5, 9, 12, 13, 14, 16, 18]) {
      const at = tileOf(CENTRE, z);
      const got = await tile(`/tiles/complaints/${z}/${at.x}/${at.y}.mvt`, headers);
      const layer = got.layers['complaints'];
      const summary = got.layers['summary']?.feature(0).properties;
      let sum = 0;
      for (let i = 0; i < (layer?.length ?? 0); i++) {
        const { count, code, category, status } = layer!.feature(i).properties;
        sum += Number(count);
        assert.equal(count === 1, category !== undefined && status !== undefined);
        assert.equal(code !== undefined, count === 1 && headers === staff);
      }
      assert.equal(sum, Number(summary?.['total'] ?? 0));
      assert.equal(layer?.length ?? 0, Number(summary?.['features'] ?? 0));
      if (headers === staff || z < 14) {
        const want = await cellsOfPostgis(at, '');
        assert.equal(sum, [...want.values()].reduce((all, [n]) => all + n!, 0), `z${z}`);
      }
    }
  }
  // A code leads to the complaint.
  const made = await server.file(complaint({ location: { lon: 106.61234, lat: 10.91234 } }));
  const at = tileOf({ lon: 106.61234, lat: 10.91234 }, 20);
  await waitUntil('its point', async () => {
    const layer = (await tile(`/tiles/complaints/20/${at.x}/${at.y}.mvt`, staff)).layers['complaints'];
    return Array.from({ length: layer?.length ?? 0 }, (_, i) => layer!.feature(i).properties['code']).includes(made.json.code);
  });
});

test('words in the filter go to the database, with the same fields', async () => {
  const made = await server.file(complaint({ description: 'zzz từ rất hiếm zzz' }));
  assert.equal(made.status, 201);
  await addPerson(database, 'tutim', 'leader');
  const staff = (await sessionOf(server, 'tutim')).headers;
  const at = tileOf(CENTRE, 14);
  const words = '?q=' + encodeURIComponent('từ rất hiếm');
  const cells = (await tile(`/tiles/heat/14/${at.x}/${at.y}.mvt${words}`, staff)).layers['heat']!;
  assert.equal(cells.length, 1);
  assert.deepEqual(Object.keys(cells.feature(0).properties).sort(), ['count', 'late', 'open', 'rated', 'weight']);
  assert.equal(cells.feature(0).properties['count'], 1);
  const png = await server.get(`/tiles/heatmap/14/${at.x}/${at.y}.png?q=zzz`, staff);
  assert.equal(png.status, 200);
  assert.match(String(png.headers.get('cache-control')), /private/);
  // What people wrote is for those who may read all of it.
  for (const path of [`heat/14/${at.x}/${at.y}.mvt`, `complaints/14/${at.x}/${at.y}.mvt`, `heatmap/14/${at.x}/${at.y}.png`]) {
    assert.equal((await server.get(`/tiles/${path}?q=zzz`)).status, 401, path);
  }
  assert.equal((await server.get(`/tiles/heatmap/14/0/0.png?weight=nope`)).status, 400);
});

test('GDAL reads the tiles', (t) => {
  if (spawnSync('ogrinfo', ['--version']).status !== 0) {
    t.skip('there is no ogrinfo (package gdal-bin)');
    return;
  }
  return (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hotline-mvt-'));
    try {
      const at = tileOf(CENTRE, 10);
      for (const name of ['heat', 'complaints']) {
        const bytes = Buffer.from(await (await fetch(`${server.base}/tiles/${name}/${at.z}/${at.x}/${at.y}.mvt`)).arrayBuffer());
        const file = join(folder, `${name}.mvt`);
        writeFileSync(file, bytes);
        const told = spawnSync('ogrinfo', ['-ro', '-al', `MVT:${file}`], { encoding: 'utf8' });
        assert.equal(told.status, 0, told.stderr);
        assert.equal(told.stderr, '');
        const want = new VectorTile(new Pbf(new Uint8Array(bytes))).layers[name]!;
        assert.match(told.stdout, new RegExp(`Layer name: ${name}\\n[^]*?Feature Count: ${want.length}\\n`));
        let counts = 0;
        for (let i = 0; i < want.length; i++) counts += Number(want.feature(i).properties['count']);
        const read = [...told.stdout.matchAll(/^ {2}count \(Integer\w*\) = (\d+)$/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
        assert.equal(read, counts);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  })();
});

test('emptying the table empties the map', async () => {
  const empty = await Postgres.shared().cityDatabase();
  const one = await Server.start(empty);
  assert.ok((await cellsOfTile({ z: 0, x: 0, y: 0 }, '', one)).size > 0);
  await empty.sql('TRUNCATE hotline.complaints CASCADE').catch(async () => {
    // History is append-only: it and what hangs on it stay, so the complaints are emptied alone.
    await empty.sql(`SET session_replication_role = replica; DELETE FROM hotline.complaints;
      SET session_replication_role = origin; INSERT INTO hotline.complaint_changes (ids) VALUES (NULL); NOTIFY hotline_changes`);
  });
  await waitUntil('an empty map', async () => (await cellsOfTile({ z: 0, x: 0, y: 0 }, '', one)).size === 0);
  await one.stop();
  await empty.drop();
});
