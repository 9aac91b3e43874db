// Against real cities, given by HOTLINE_DATA: what the program decides in memory is what PostGIS says,
// for every single point and record. Nothing of the data is kept here.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Database, Postgres } from './lib/postgres';
import { FAULT, HOTLINE, must, run } from './lib/run';

const DATA = process.env['HOTLINE_DATA'] ?? '';

/** The data folder of that name, or null: the folder given may be one, or hold several. */
function folder(name: string): string | null {
  if (DATA === '') return null;
  const candidates = existsSync(join(DATA, 'city.json'))
    ? [DATA] : readdirSync(DATA).map((entry) => join(DATA, entry)).filter((path) => existsSync(join(path, 'city.json')));
  return candidates.find((path) => path.replace(/\/$/, '').endsWith(`/${name}`)) ?? null;
}

const made: Database[] = [];
after(async () => {
  for (const database of made) await database.drop();
});

/** The city loaded by the program's own command; the log of it is the second. */
async function load(path: string): Promise<{ database: Database; told: string }> {
  const database = await Postgres.shared().emptyDatabase();
  made.push(database);
  const outcome = await run(HOTLINE, ['import', 'city', path], { env: { HOTLINE_DATABASE: database.url } });
  assert.equal(outcome.code, 0, outcome.stderr.slice(-3000));
  assert.doesNotMatch(outcome.stderr, FAULT);
  return { database, told: outcome.stdout + outcome.stderr };
}

function skip(name: string): { skip: string | false } {
  return { skip: folder(name) === null ? `no data folder ${name} was given` : false };
}

/** Fields of a line of CSV that the program wrote. */
function fields(line: string): string[] {
  const out: string[] = [];
  for (const match of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    out.push(match[1] !== undefined ? match[1].replace(/""/g, '"') : (match[2] ?? ''));
  }
  return out;
}

/** What people type: the text, the kind of match, what the label must say, the least confidence. */
const FORMS: [string, string, RegExp, number][] = [
  ['Lô B5 Nguyễn Văn Linh, Quận 7', 'street', /^Lô B5 Nguyễn Văn Linh/, 0.5],
  ['Landmark 81', 'place', /^The Landmark 81, Phường Thạnh Mỹ Tây/, 0.7],
  ['đối diện Landmark 81, Bình Thạnh', 'place', /^The Landmark 81/, 0.7],
  ['D17/39 Dương Đình Cúc, Tân Kiên, Bình Chánh', 'street', /D17\/39 Dương Đình Cúc/, 0.8],
  ['14-16 Lê Lai, Quận 1', 'interpolated', /14-16 Lê Lai, Phường Bến Thành/, 0.8],
  ['35/12 Quốc lộ 13, Hiệp Bình Phước', 'street', /Quốc lộ 13/, 0.5],
  ['100 Xa lộ Hà Nội, Thảo Điền', 'street', /Xa Lộ Hà Nội, Phường An Khánh/, 0.8],
  ['35 ấp 2, xã Tân Nhựt, huyện Bình Chánh', 'ward', /Xã Tân Nhựt/, 0.3],
  ['khu phố 3, phường Linh Xuân', 'ward', /Linh Xuân/, 0.8],
  ['tổ 5 khu phố 2 phường Tân Chánh Hiệp quận 12', 'ward', /Tân Chánh Hiệp/, 0.8],
  ['chung cư Ngô Gia Tự, Quận 10', 'place', /Ngô Gia Tự/, 0.8],
  ['đối diện bệnh viện Chợ Rẫy', 'place', /Chợ Rẫy/, 0.9],
  ['gần chợ Bến Thành', 'place', /Chợ Bến Thành/, 0.9],
  ['ngã tư Bảy Hiền', 'crossing', /Bảy Hiền/, 0.9],
  ['Nguyễn Huệ giao Lê Lợi', 'crossing', /Nguyễn Huệ - Lê Lợi/, 0.9],
  ['ngã tư Lê Lợi - Pasteur', 'crossing', /Pasteur/, 0.9],
  ['chân cầu Sài Gòn', 'street', /Cầu Sài Gòn/, 0.3],
  ['km 12 QL1A', 'street', /Quốc lộ 1A/, 0.1],
  ['10°46\'36.84"N 106°42\'3.24"E', 'coordinate', /Phường Sài Gòn/, 0.9],
  ['603184.744 1191951.471', 'coordinate', /Phường Bến Thành/, 0.9],
  ['nguyeexn hueej, quaajn 1', 'street', /Nguyễn Huệ, Phường Sài Gòn/, 0.9],
  ['nguye64n hue65', 'street', /Nguyễn Huệ/, 0.5],
  ['Ðồng Khởi, quận 1', 'street', /Khởi/, 0.9],
  ['Hoà Bình, quận 11', 'street', /Hòa Bình/, 0.5],
  ['Hòa Bình, quận 11', 'street', /Hòa Bình/, 0.5],
  ['22 Nguyễn Huệ, Quận 1'.normalize('NFD'), 'street', /22 Nguyễn Huệ/, 0.9],
  ['quan 1 ben nghe nguyen hue 22', 'street', /22 Nguyễn Huệ/, 0.9],
  ['819/13 quang trung p12 go vap', 'street', /819\/13 Quang Trung, Phường An Hội Tây/, 0.9],
  ['45 CMT8 Q3', 'street', /45 Cách Mạng Tháng Tám/, 0.9],
  ['123 3/2, P.11, Q.10', 'interpolated', /123 3 Tháng 2/, 0.8],
  ['123 Ba Tháng Hai Q10', 'interpolated', /123 3 Tháng 2/, 0.8],
  ['số 10 đường số 10, phường Tân Phú, Quận 7', 'street', /10 Số 10/, 0.4],
  ['nguyen tri phuog, q10', 'street', /Nguyễn Tri Phương, Phường Diên Hồng/, 0.9],
  ['kiệt 33 Trần Phú Q5', 'street', /Hẻm 33 Trần Phú/, 0.9],
  ['hẻm 453 Lê Văn Sỹ, Q3', 'alley', /Hẻm 453 Lê Văn Sỹ/, 0.5],
  ['12 Lê Lợi Quận Gò Vấp phường 4', 'street', /12 Lê Lợi, Phường Hạnh Thông/, 0.9],
  ['Phường 12, Quận Gò Vấp', 'ward', /Phường 12, Quận Gò Vấp → Phường An Hội Tây/, 0.8],
  ['Phường Bến Nghé, Quận 1', 'ward', /→ Phường Sài Gòn/, 0.8],
  ['xã Phước Vĩnh An, huyện Củ Chi', 'ward', /Xã Củ Chi/, 0.8],
  ['vòng xoay Phú Lâm', 'street', /Vòng xoay Phú Lâm/, 0.8],
];

test('hcmc: the forms in which people say an address', skip('hcmc'), async () => {
  const { database } = await load(folder('hcmc') as string);
  const outcome = await run(HOTLINE, ['geocode', '--json', '--limit', '1', '-'],
    { input: FORMS.map(([text]) => `${text}\n`).join(''), env: { HOTLINE_DATABASE: database.url } });
  assert.equal(outcome.code, 0, outcome.stderr);
  const answers = outcome.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(answers.length, FORMS.length);
  for (const [i, [text, match, label, least]] of FORMS.entries()) {
    const best = answers[i].candidates[0];
    assert.ok(best, text);
    assert.match(best.label, label, text);
    assert.equal(best.match, match, `${text}: ${best.label}`);
    assert.ok(best.confidence >= least, `${text}: ${best.confidence}`);
    assert.deepEqual(Object.keys(best.former), ['ward', 'district']);
  }
  const post = answers[FORMS.findIndex(([text]) => text.startsWith('km 12'))];
  assert.equal(post.candidates[0].unmatched, 'km 12', 'no post is known: said so');
});

const POINTS = 100000;
const NEAR_BOUNDARY = 20000;
const BEFORE = '2025-06-30T23:59:59+07:00';
const AFTER = '2025-07-01T00:00:00+07:00';

test('hcmc: ward and district of 100,000 points equal PostGIS on both sides of 1 July 2025', skip('hcmc'), async (t) => {
  const { database } = await load(folder('hcmc') as string);
  // Random over the city's box, and within 5 m of a boundary: a random place on a random ring's
  // edge, moved by up to 5 m, a fifth of them not at all. The same points at every run.
  await database.sql(`SELECT setseed(0.1022);
    CREATE TABLE public.ring AS
      SELECT row_number() OVER () AS n, r FROM (SELECT ST_ExteriorRing((ST_Dump(geom)).geom) AS r FROM hotline.boundaries
        WHERE valid @> date '2025-07-01' OR (valid @> date '2025-06-30' AND level = 'district')) q;
    CREATE TABLE public.point AS
      SELECT row_number() OVER () AS id, lon, lat FROM (
        SELECT round((b.w + random() * (b.e - b.w))::numeric, 7)::float8 AS lon, round((b.s + random() * (b.n - b.s))::numeric, 7)::float8 AS lat
        FROM (SELECT ST_XMin(x) AS w, ST_XMax(x) AS e, ST_YMin(x) AS s, ST_YMax(x) AS n
              FROM (SELECT ST_Extent(geom) AS x FROM hotline.boundaries WHERE level = 'district') q) b,
          generate_series(1, ${POINTS - NEAR_BOUNDARY})
        UNION ALL
        SELECT ST_X(p) + m * sin(a) / 109000, ST_Y(p) + m * cos(a) / 110600 FROM (
          SELECT ST_LineInterpolatePoint(ring.r, random()) AS p, random() * 2 * pi() AS a,
                 CASE WHEN random() < 0.2 THEN 0 ELSE random() * 5 END AS m
          FROM (SELECT 1 + floor(random() * (SELECT count(*) FROM public.ring))::int AS n FROM generate_series(1, ${NEAR_BOUNDARY})) picked
          JOIN public.ring USING (n)) q) points;
    CREATE TABLE public.shape AS
      SELECT level, code, valid, ST_Subdivide(geom, 128) AS geom FROM hotline.boundaries;
    CREATE INDEX ON public.shape USING gist (geom); ANALYZE public.shape`);
  assert.equal(await database.number('SELECT count(*) FROM public.point'), POINTS);
  const near = await database.number(`SELECT count(*) FROM public.point p WHERE id > ${POINTS - NEAR_BOUNDARY} AND EXISTS (
    SELECT FROM hotline.boundaries b WHERE ST_DWithin(b.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326), 0.0001)
      AND ST_DWithin(ST_Boundary(b.geom)::geography, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326)::geography, 5.1))
    AND id % 100 = 0`);
  assert.equal(near, NEAR_BOUNDARY / 100, 'a sample of those near a boundary is within 5 m of one');

  const points = (await database.sql('SELECT id, lon, lat FROM public.point ORDER BY id')).split('\n').map((line) => line.split('|'));
  for (const [at, day] of [[BEFORE, '2025-06-30'], [AFTER, '2025-07-01']] as [string, string][]) {
    const input = `id,lon,lat,category,at\n${points.map((p) => `${p.join()},tieng-on,${at}`).join('\n')}\n`;
    const began = Date.now();
    const out = await must(HOTLINE, ['route', '-'], { input, env: { HOTLINE_DATABASE: database.url } });
    const seconds = (Date.now() - began) / 1000;
    const lines = out.trimEnd().split('\n');
    const header = fields(lines[0] as string);
    const ward = header.indexOf('ward');
    const district = header.indexOf('district');
    assert.ok(ward > 0 && district > 0, lines[0]);
    assert.equal(lines.length, POINTS + 1);
    // A point that two shapes cover is the smallest code's.
    const expected = (await database.sql(`SELECT p.id, coalesce(w.code, ''), coalesce(d.code, '') FROM (
        SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom FROM public.point) p
      LEFT JOIN LATERAL (SELECT min(b.code COLLATE "C") AS code FROM hotline.boundaries b
        WHERE b.level = 'ward' AND b.valid @> date '${day}' AND ST_Intersects(b.geom, p.geom)) w ON true
      LEFT JOIN LATERAL (SELECT min(b.code COLLATE "C") AS code FROM hotline.boundaries b
        WHERE b.level = 'district' AND b.valid @> date '${day}' AND ST_Intersects(b.geom, p.geom)) d ON true
      ORDER BY p.id`)).split('\n');
    let inside = 0;
    const wrong: string[] = [];
    for (let i = 0; i < POINTS; i++) {
      const row = fields(lines[i + 1] as string);
      const got = `${row[0]}|${row[ward]}|${row[district]}`;
      inside += Number(row[ward] !== '' || row[district] !== '');
      if (got !== expected[i]) wrong.push(`${points[i]?.join()}: ${got}, PostGIS ${expected[i]}`);
    }
    t.diagnostic(`hcmc ${day}: ${POINTS} points, ${NEAR_BOUNDARY} of them within 5 m of a boundary, ${inside} in the city, ${wrong.length} differ (${seconds.toFixed(1)} s)`);
    assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} of ${POINTS} differ on ${day}`);
    assert.ok(inside > POINTS / 4, `${inside} in the city: the points tell little`);
  }
});

interface Told {
  compared: number;
  agree: number;
}

/** Records of a city's own file with the jurisdiction that it noted. */
async function oracle(name: string, level: 'ward' | 'district', stated: number, t: { diagnostic: (text: string) => void }): Promise<void> {
  const path = folder(name) as string;
  const city = JSON.parse(readFileSync(join(path, 'city.json'), 'utf8'));
  const source = city.complaints[0];
  const { database, told } = await load(path);
  const text = gunzipSync(readFileSync(join(path, source.file))).toString();
  // Every record is accounted for: stored, or refused and said so.
  await database.sql('CREATE TABLE public.recorded (id text, lon text, lat text, recorded text, received timestamptz)');
  const table = records(text);
  const header = table.shift() as string[];
  const column = (key: string): number => header.indexOf(key);
  const recordedColumn = column(source.recorded[level]);
  assert.ok(recordedColumn >= 0, source.recorded[level]);
  const rows = table.map((row) => [row[column(source.id)], row[column(source.lon)], row[column(source.lat)], row[recordedColumn]]);
  const stored = await database.complaints();
  const storedIds = new Set((await database.sql("SELECT source_id FROM hotline.complaints WHERE source_id IS NOT NULL")).split('\n'));
  const missing = rows.filter((row) => !storedIds.has(row[0] as string));
  t.diagnostic(`${name}: ${rows.length} records in the file, ${stored} stored, ${missing.length} not`);
  const numbers = [...told.matchAll(/\d[\d,.]*/g)].map((m) => m[0].replace(/[,.]/g, ''));
  assert.ok(numbers.includes(String(rows.length)) || numbers.includes(String(stored)), `the import tells its counts:\n${told.slice(-1500)}`);
  assert.equal(stored + missing.length, rows.length);

  // What the program stored against what the city noted; and PostGIS by itself, from the raw columns.
  const values = rows.map((row) => row.map((v) => `'${(v ?? '').replace(/'/g, "''")}'`).join()).map((v) => `(${v})`);
  for (let i = 0; i < values.length; i += 1000) {
    await database.sql(`INSERT INTO public.recorded (id, lon, lat, recorded) VALUES ${values.slice(i, i + 1000).join()}`);
  }
  const count = async (unit: string): Promise<Told> => database.json<Told>(`SELECT json_build_object(
      'compared', count(*), 'agree', count(*) FILTER (WHERE unit = recorded)) FROM (
    SELECT r.recorded, ${unit} AS unit FROM public.recorded r LEFT JOIN hotline.complaints c ON c.source_id = r.id
    LEFT JOIN hotline.boundaries b ON b.id = c.${level}_id
    WHERE r.lon <> '' AND r.lat <> '' AND r.recorded IN (SELECT code FROM hotline.boundaries WHERE level = '${level}')) q`);
  const ours = await count('b.code');
  const postgis = await count(`(SELECT min(x.code COLLATE "C") FROM hotline.boundaries x WHERE x.level = '${level}'
    AND ST_Intersects(x.geom, ST_SetSRID(ST_MakePoint(r.lon::float8, r.lat::float8), 4326)))`);
  const share = (n: Told): number => (100 * n.agree) / n.compared;
  t.diagnostic(`${name}: ${ours.agree} of ${ours.compared} agree with the city, ${share(ours).toFixed(3)} %; PostGIS ${share(postgis).toFixed(3)} %`);
  assert.deepEqual(ours, postgis);
  // And record by record. Those who published the share had one record on the other side of a line
  // that it lies on, or 3 mm from: no more than that may differ.
  assert.equal(await database.number(`SELECT count(*) FROM public.recorded r JOIN hotline.complaints c ON c.source_id = r.id
    LEFT JOIN hotline.boundaries b ON b.id = c.${level}_id
    WHERE r.lon <> '' AND r.lat <> '' AND b.code IS DISTINCT FROM (SELECT min(x.code COLLATE "C") FROM hotline.boundaries x
      WHERE x.level = '${level}' AND x.valid @> (c.received_at AT TIME ZONE '${city.timezone}')::date
        AND ST_Intersects(x.geom, ST_SetSRID(ST_MakePoint(r.lon::float8, r.lat::float8), 4326)))`), 0);
  assert.ok(Math.abs(ours.agree - (ours.compared * stated) / 100) <= 1.5, `${share(ours)} %, stated ${stated} %`);
}

/** All records of a CSV text. */
function records(text: string): string[][] {
  const out: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') {
        field += '"';
        i++;
      } else if (c === '"') quoted = false;
      else field += c;
    } else if (c === '"') quoted = true;
    else if (c === ',' || c === '\n') {
      row.push(field.replace(/\r$/, ''));
      field = '';
      if (c === '\n') {
        out.push(row);
        row = [];
      }
    } else field += c;
  }
  if (field !== '' || row.length > 0) out.push([...row, field]);
  return out.filter((r) => r.length > 1 || r[0] !== '');
}

test('sf: all records by the ordinary path agree with the city as PostGIS does', skip('sf'), (t) => oracle('sf', 'district', 97.93, t));

test('nyc: all records by the ordinary path agree with the city as PostGIS does', skip('nyc'), (t) =>
  oracle('nyc', Object.keys(JSON.parse(readFileSync(join(folder('nyc') as string, 'city.json'), 'utf8')).complaints[0].recorded)[0] as 'ward' | 'district', 99.15, t));
