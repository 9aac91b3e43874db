// Statistics by unit: equal to what PostGIS counts by ST_Covers, for any period on any generation of
// boundaries; rates by their definitions; bad questions named; CSV that no spreadsheet runs.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { LOGS, must, waitUntil } from './lib/run';
import { Server } from './lib/server';

interface Unit {
  code: string;
  name: { vi: string; en: string };
  count: number;
  open: number;
  late: number;
  count_before?: number;
  residents?: number | null;
  area_km2?: number | null;
  road_km?: number | null;
  values: Record<string, { value: number | null; smoothed?: number | null; before?: number; change?: number }>;
}
interface Statistics {
  units: Unit[];
  total: { count: number; outside: number };
  generation?: { valid_from: string; valid_to: string | null };
}

let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
  await waitUntil('the heat index', async () => (await server.get('/api/v1/statistics?by=channel')).status === 200);
});
after(async () => {
  await server.stop();
  await database.drop();
});

async function statistics(query: string): Promise<Statistics> {
  const answer = await server.get(`/api/v1/statistics?${query}`);
  assert.equal(answer.status, 200, `${query}: ${answer.text}`);
  return answer.json as Statistics;
}

/** What PostGIS counts: a point that two units cover belongs to the smaller code. */
async function counted(level: string, day: string, where = 'true'): Promise<Record<string, number>> {
  const rows = await database.json<{ code: string; n: number }[]>(`
    SELECT coalesce(json_agg(json_build_object('code', code, 'n', n)), '[]') FROM (
      SELECT code, count(*) AS n FROM (
        SELECT c.id, min(b.code COLLATE "C") AS code FROM hotline.complaints c
        JOIN hotline.boundaries b ON ST_Covers(b.geom, c.geom)
        WHERE b.level = '${level}' AND b.valid @> '${day}'::date AND (${where}) GROUP BY c.id) p
      GROUP BY code) q`);
  return Object.fromEntries(rows.map((r) => [r.code, r.n]));
}

const nonZero = (s: Statistics) => Object.fromEntries(s.units.filter((u) => u.count > 0).map((u) => [u.code, u.count]));

test('counts by ward and by former district are those of PostGIS, for any period on any generation', async () => {
  const days = await database.json<{ first: string; middle: string; last: string }>(`
    SELECT json_build_object('first', min(received_at)::date, 'middle',
      (min(received_at) + (max(received_at) - min(received_at)) / 2)::date, 'last', max(received_at)::date + 1)
    FROM hotline.complaints`);
  const midnight = (day: string) => `'${day} 00:00 Asia/Ho_Chi_Minh'::timestamptz`;
  for (const [level, day] of [['ward', '2026-01-01'], ['district', '2025-06-30']] as const) {
    assert.deepEqual(nonZero(await statistics(`by=${level}&generation=${day}`)), await counted(level, day));
    for (const [from, to] of [[days.first, days.middle], [days.middle, days.last]] as const) {
      assert.deepEqual(
        nonZero(await statistics(`by=${level}&generation=${day}&from=${from}&to=${to}`)),
        await counted(level, day, `c.received_at >= ${midnight(from)} AND c.received_at < ${midnight(to)}`),
      );
    }
    const open = await statistics(`by=${level}&generation=${day}&status=open`);
    assert.deepEqual(nonZero(open),
      await counted(level, day, "c.status NOT IN ('resolved', 'closed', 'rejected', 'referred')"));
  }
});

test('what lies in no unit is told, not dropped', async () => {
  const s = await statistics('by=district&generation=2025-06-30');
  const inside = s.units.reduce((sum, u) => sum + u.count, 0);
  const all = await database.json<number>('SELECT to_json(count(*)) FROM hotline.complaints WHERE geom IS NOT NULL');
  assert.equal(s.total.count, all);
  assert.equal(s.total.outside, all - inside);
  assert.deepEqual(s.generation, { valid_from: '2021-01-01', valid_to: '2025-07-01' });
});

test('what was opened again is counted of all that was done once', async () => {
  const rows = await database.json<{ code: string; reopened: number; done: number }[]>(`
    SELECT json_agg(r) FROM (SELECT a.code, count(*) FILTER (WHERE c.reopened) AS reopened,
      count(*) FILTER (WHERE c.reopened OR c.status IN ('resolved', 'closed', 'rejected', 'referred')) AS done
      FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id WHERE c.geom IS NOT NULL GROUP BY a.code) r`);
  assert.ok(rows.some((r) => r.reopened > 0));
  const { units } = await statistics('by=agency&measure=reopened');
  for (const row of rows) {
    const unit = units.find((u) => u.code === row.code);
    assert.equal(unit?.values['reopened']?.value ?? null, row.done === 0 ? null : Number((row.reopened / row.done).toPrecision(6)), row.code);
  }
});

test('rates are counts over areas, residents and roads, and smoothing moves small ones most', async () => {
  const s = await statistics('by=ward');
  for (const u of s.units) {
    for (const [measure, base, scale] of [['per_km2', u.area_km2, 1], ['per_10000', u.residents, 10000],
      ['per_road_km', u.road_km, 1]] as const) {
      const value = u.values[measure]?.value;
      if (!base) assert.equal(value, null);
      else assert.ok(Math.abs((value ?? NaN) - u.count * scale / base) <= 1e-4 * (u.count * scale / base + 1), u.code);
    }
    assert.equal(u.values['late_share']?.value ?? null, u.open === 0 ? null : Number((u.late / u.open).toPrecision(6)));
  }
  const known = s.units.filter((u) => u.residents);
  const mean = known.reduce((sum, u) => sum + u.count, 0) / known.reduce((sum, u) => sum + (u.residents ?? 0), 0) * 10000;
  for (const u of known) {
    const { value, smoothed } = u.values['per_10000'] ?? {};
    assert.ok(Math.abs((smoothed ?? NaN) - mean) <= Math.abs((value ?? NaN) - mean) * 1.0001 + 1e-4, u.code);
  }
  const areas = await database.json<Record<string, number>>(`SELECT json_object_agg(code, ST_Area(geom::geography) / 1e6)
    FROM hotline.boundaries WHERE level = 'ward' AND upper_inf(valid)`);
  for (const u of s.units) assert.ok(Math.abs((u.area_km2 ?? 0) - (areas[u.code] ?? 0)) < 1e-4 * (areas[u.code] ?? 0));
});

test('roads of a unit are those within it', async () => {
  const s = await statistics('by=ward&measure=per_road_km');
  const unit = s.units.reduce((a, b) => ((b.road_km ?? 0) > (a.road_km ?? 0) ? b : a));
  const km = await database.json<number>(`SELECT to_json(sum(ST_Length(ST_Intersection(f.geom, b.geom)::geography)) / 1000)
    FROM hotline.layer_features f JOIN hotline.layers l ON l.id = f.layer_id AND l.code = 'roads'
    JOIN hotline.boundaries b ON b.level = 'ward' AND upper_inf(b.valid) AND b.code = '${unit.code}'
    WHERE ST_Intersects(f.geom, b.geom) AND f.attributes ->> 'class' NOT IN ('footway', 'path', 'steps', 'cycleway',
      'pedestrian', 'corridor', 'track', 'bridleway', 'platform', 'proposed', 'construction')`);
  assert.ok(km > 0 && Math.abs((unit.road_km ?? 0) - km) < km * 1e-3, `${unit.road_km} and ${km}`);
});

test('two periods are compared, the earlier one as if it were as long', async () => {
  const [first, middle, last] = ['2026-01-01', '2026-06-01', '2027-01-01'];
  const s = await statistics(
    `by=category&from=${middle}&to=${last}&compare_from=${first}&compare_to=${middle}&measure=count`);
  const earlier = await statistics(`by=category&from=${first}&to=${middle}&measure=count`);
  const was = Object.fromEntries(earlier.units.map((u) => [u.code, u.count]));
  const scale = (Date.parse(last) - Date.parse(middle)) / (Date.parse(middle) - Date.parse(first));
  for (const u of s.units) {
    assert.equal(u.count_before, was[u.code] ?? 0);
    const { value, before: expected, change } = u.values['count'] ?? {};
    assert.ok(Math.abs((expected ?? NaN) - (was[u.code] ?? 0) * scale) < 0.001 * ((was[u.code] ?? 0) + 1));
    assert.ok(Math.abs((change ?? NaN) - ((value ?? 0) - (expected ?? 0))) < 0.01);
  }
});

test('columns and steps of time add up to the whole', async () => {
  for (const by of ['agency', 'category', 'channel', 'status', 'hexagon']) {
    const s = await statistics(`by=${by}&measure=count`);
    assert.equal(s.units.reduce((sum, u) => sum + u.count, 0), s.total.count, by);
    assert.equal(new Set(s.units.map((u) => u.code)).size, s.units.length, by);
  }
  for (const by of ['day', 'week', 'month']) {
    const s = await statistics(`by=${by}&from=2026-01-01&to=2027-01-01&measure=count`);
    const rows = await database.json<Record<string, number>>(`SELECT coalesce(json_object_agg(step, n), '{}') FROM (
      SELECT date_trunc('${by}', received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS step, count(*) AS n
      FROM hotline.complaints WHERE geom IS NOT NULL AND received_at >= '2026-01-01 00:00+07'
        AND received_at < '2027-01-01 00:00+07' GROUP BY 1) q`);
    assert.deepEqual(nonZero(s), rows, by);
  }
});

test('hexagons hold the points that PostGIS says they hold', async () => {
  const answer = await server.get('/api/v1/statistics?by=hexagon&size_m=3000&measure=count&format=geojson');
  assert.match(String(answer.headers.get('content-type')), /^application\/geo\+json/);
  const { features } = answer.json as { features: { geometry: object; properties: Unit }[] };
  assert.ok(features.length > 10);
  for (const f of features.slice(0, 20)) {
    const n = await database.json<number>(`SELECT to_json(count(*)) FROM hotline.complaints
      WHERE ST_Covers(ST_SetSRID(ST_GeomFromGeoJSON('${JSON.stringify(f.geometry)}'), 4326), geom)`);
    assert.equal(n, f.properties.count, f.properties.code);
  }
});

test('CSV is whole, and no cell of text starts a formula', async () => {
  await database.sql("UPDATE hotline.agencies SET name = '=HYPERLINK(\"x\")' WHERE id = (SELECT min(agency_id) FROM hotline.complaints)");
  const answer = await waitUntil('the new name', async () => {
    const a = await server.get('/api/v1/statistics?by=agency&format=csv&measure=count,on_time');
    return a.text.includes('HYPERLINK') ? a : undefined;
  });
  assert.match(String(answer.headers.get('content-type')), /^text\/csv/);
  assert.match(answer.text, /"'=HYPERLINK\(""x""\)"/);
  const lines = answer.text.trim().split('\r\n');
  const columns = lines[0]?.split(',').length;
  assert.ok(lines.length > 2);
  for (const line of lines.slice(1)) assert.equal(line.replace(/"(?:[^"]|"")*"/g, 'x').split(',').length, columns);
});

/** The files in a ZIP archive, by its directory at the end. */
function unzip(bytes: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  assert.ok(end > 0, 'a ZIP archive');
  let at = bytes.readUInt32LE(end + 16);
  for (let n = bytes.readUInt16LE(end + 10); n > 0; n--) {
    const [method, size, nameSize] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28)];
    const name = bytes.toString('utf8', at + 46, at + 46 + nameSize);
    const local = bytes.readUInt32LE(at + 42);
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(from, from + size);
    files.set(name, (method === 0 ? packed : inflateRawSync(packed)).toString('utf8'));
    at += 46 + nameSize + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

const file = async (query: string, headers: Record<string, string> = {}): Promise<Buffer> => {
  const answer = await fetch(`${server.base}/api/v1/statistics?${query}`, { headers });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="statistics\.(xlsx|pdf)"$/);
  return Buffer.from(await answer.arrayBuffer());
};

test('a spreadsheet holds the same numbers as numbers, and names as texts', async () => {
  const names = { vi: '=1+1 & <script>alert(1)</script>', en: '@SUM(A1)' };
  await database.sql(`UPDATE hotline.agencies SET name = '${names.vi}', name_en = '${names.en}' WHERE id = (SELECT min(agency_id) FROM hotline.complaints)`);
  await waitUntil('the new name', async () => (await statistics('by=agency')).units.some((u) => u.name.vi === names.vi));
  const { units } = await statistics('by=agency&measure=count,on_time');
  const book = unzip(await file('by=agency&measure=count,on_time&format=xlsx'));
  const strings = [...(book.get('xl/sharedStrings.xml') ?? '').matchAll(/<si><t[^>]*>([^<]*)<\/t><\/si>/g)].map((m) => m[1] ?? '');
  const sheet = book.get('xl/worksheets/sheet1.xml') ?? '';
  assert.ok(!sheet.includes('<f>'), 'no cell is a formula');
  assert.ok(strings.includes('=1+1 &amp; &lt;script&gt;alert(1)&lt;/script&gt;'), 'the name as it is');
  const rows = [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/g)].slice(1).map((m) => [...(m[1] ?? '').matchAll(/<c r="[A-Z]+\d+"[^>]*?(?: t="(\w+)")?>(?:<v>([^<]*)<\/v>)?/g)]
    .map((c) => (c[1] === 's' ? strings[Number(c[2])] : c[2] === undefined ? null : Number(c[2]))));
  assert.equal(rows.length, units.length);
  for (const [i, unit] of units.entries()) assert.deepEqual([rows[i]?.[0], rows[i]?.[2]], [unit.code, unit.count]);
  const onTime = units.find((u) => u.values['on_time']?.value);
  assert.ok(onTime);
  assert.ok(Math.abs((rows[units.indexOf(onTime)]?.[3] as number) - (onTime.values['on_time']?.value ?? 0)) < 1e-5);
  assert.ok(strings.some((text) => text.includes('Số đã xong') || text.includes('Xong trước hạn')), 'the definition');
  const english = unzip(await file('by=agency&measure=count,on_time&format=xlsx', { 'Accept-Language': 'en' }));
  assert.ok((english.get('xl/sharedStrings.xml') ?? '').includes('Received'));
});

test('a printed report says what was asked, in Vietnamese letters, and markup is text in it', async () => {
  const read = async (query: string): Promise<string> => {
    const bytes = await file(query);
    assert.equal(bytes.subarray(0, 5).toString('latin1'), '%PDF-');
    const path = join(LOGS, 'statistics.pdf');
    await writeFile(path, bytes);
    return must('pdftotext', ['-layout', path, '-']);
  };
  const stdout = await read('by=agency&format=pdf&category=tieng-on&from=2026-01-01T00:00:00%2B07:00');
  assert.ok((await read('by=agency&format=pdf')).includes('=1+1 & <script>alert(1)'));
  for (const wanted of ['Báo cáo phản ánh 1022', 'Lĩnh vực: Tiếng ồn', 'Kỳ: từ 00:00 01/01/2026 đến nay', 'Tiếp nhận', 'Đúng hạn']) {
    assert.ok(stdout.includes(wanted), `${wanted} in ${stdout.slice(0, 600)}`);
  }
  const total = (await statistics('by=agency&category=tieng-on&from=2026-01-01T00:00:00%2B07:00')).total.count;
  assert.ok(stdout.includes(new Intl.NumberFormat('vi').format(total)));
  // Empty, and long.
  assert.ok((await file('by=agency&format=pdf&from=1999-01-01T00:00:00Z&to=1999-01-02T00:00:00Z')).length > 1000);
  assert.ok((await file('by=hexagon&size_m=250&format=pdf')).length > 10000);
});

test('bad questions are named and answered in no other way', async () => {
  const bad: [string, string, string][] = [
    ['', 'by', 'required'],
    ['by=street', 'by', 'unknown_value'],
    ['by=ward&measure=happiness', 'measure', 'unknown_value'],
    ['by=ward&format=xml', 'format', 'unknown_value'],
    ['by=ward&generation=1975-01-01', 'generation', 'out_of_range'],
    ['by=ward&generation=soon', 'generation', 'not_a_time'],
    ['by=hexagon&size_m=10', 'size_m', 'out_of_range'],
    ['by=ward&compare_from=2026-01-01', 'compare_to', 'required'],
    ['by=ward&compare_from=2026-01-01&compare_to=2026-02-01', 'from', 'required'],
    ['by=ward&from=2026-03-01&to=2026-04-01&compare_from=2026-02-01&compare_to=2026-01-01', 'compare_to', 'out_of_range'],
    ['by=day&from=2026-03-01&to=2026-04-01&compare_from=2026-01-01&compare_to=2026-02-01', 'compare_from', 'not_allowed'],
    ['by=day&from=1990-01-01', 'from', 'out_of_range'],
    ['by=ward&q=tên', 'q', 'not_allowed'],
    ['by=ward&category=none-such', 'category', 'unknown_value'],
  ];
  for (const [query, field, code] of bad) {
    const errors = problem(await server.get(`/api/v1/statistics?${encodeURI(query)}`), 400);
    assert.deepEqual([errors[0]?.field, errors[0]?.code], [field, code], query);
  }
});

test('what nothing changed is 304, and a changed count is not', async () => {
  const path = '/api/v1/statistics?by=channel&measure=count';
  const first = await server.get(path);
  const etag = String(first.headers.get('etag'));
  await database.sql(`UPDATE hotline.complaints SET channel = CASE channel WHEN 'sms' THEN 'web' ELSE 'sms' END
    WHERE id = (SELECT min(id) FROM hotline.complaints WHERE geom IS NOT NULL)`);
  await waitUntil('the change', async () => (await server.get(path)).text !== first.text);
  const again = await server.get(path, { 'If-None-Match': etag });
  assert.equal(again.status, 200);
});
