// What administrators change on the map: files of shapes, hostile ones too; a generation of boundaries
// checked, published, answered by, and taken back; layers; residents; what makes complaints alike.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { CENTRE, complaint, features, problem, raw, tileOf } from './lib/city';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, SANITIZER_ENV, must, run, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
let admin: Person;
let auditor: Person;
let operator: Person;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hotline-maps-'));
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'quan', 'administrator');
  await addPerson(database, 'kiem', 'auditor');
  await addPerson(database, 'truc', 'operator');
  server = await Server.start(database);
  admin = await sessionOf(server, 'quan');
  auditor = await sessionOf(server, 'kiem');
  operator = await sessionOf(server, 'truc');
});
after(async () => {
  await server.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

/* eslint-disable @typescript-eslint/no-explicit-any */

type Shape = { type: string; coordinates: unknown } | null;

const collection = (...list: [Record<string, unknown>, Shape][]): string => JSON.stringify({
  type: 'FeatureCollection', features: list.map(([properties, geometry]) => ({ type: 'Feature', properties, geometry })) });
const square = (lon: number, lat: number, side = 0.002): Shape =>
  ({ type: 'Polygon', coordinates: [[[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]] });
const point = (dx = 0, dy = 0): Shape => ({ type: 'Point', coordinates: [CENTRE.lon + dx, CENTRE.lat + dy] });

function send(content: Buffer | string, filename: string, who: Person | null = admin, query = ''): Promise<Answer> {
  const boundary = 'ranh-gioi-1022';
  const body = Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n\r\n`),
    Buffer.from(content), Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return server.post(`/api/v1/geo-uploads${query}`, new Uint8Array(body), {
    ...(who?.headers ?? {}), 'Content-Type': `multipart/form-data; boundary=${boundary}` });
}

/** The upload once it has been read, or could not be. */
async function uploaded(content: Buffer | string, filename: string, query = ''): Promise<any> {
  const answer = await send(content, filename, admin, query);
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.headers.get('location'), `/api/v1/geo-uploads/${answer.json.id}`);
  return waitUntil(`${filename} to be read`, async () => {
    const { json } = await server.get(`/api/v1/geo-uploads/${answer.json.id}`, admin.headers);
    return json.state === 'reading' ? null : json;
  }, 60000);
}

const post = (path: string, body: unknown, who: Person = admin): Promise<Answer> => server.post(`/api/v1/${path}`, body, who.headers);
const get = async (path: string): Promise<any> => (await server.get(`/api/v1/${path}`, admin.headers)).json;
const temps = (): string[] => readdirSync(join(database.files, 'tmp'));

async function ogr(format: string, name: string, source: string): Promise<Buffer> {
  const from = join(folder, 'nguon.geojson');
  const to = join(folder, name);
  writeFileSync(from, source);
  await must('ogr2ogr', ['-f', format, to, from, '-nln', 'khu_vuc']);
  return readFileSync(to);
}

const TWO = collection([{ ma: 'a', ten: 'Phường Một' }, square(106.7, 10.77)], [{ ma: 'b', ten: 'Phường Hai' }, square(106.71, 10.77)]);

/** A zip made by hand, so that it may hold anything. */
function zip(entries: Record<string, Buffer>): Buffer {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crcOf = (bytes: Buffer): number => {
    let c = 0xffffffff;
    for (const byte of bytes) c = (crcTable[(c ^ byte) & 255] ?? 0) ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const parts: Buffer[] = [];
  const heads: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(entries)) {
    const packed = deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crcOf(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    heads.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, tail, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(heads);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(heads.length, 8);
  end.writeUInt16LE(heads.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

// ---- uploads ----

test('only an administrator sends files; an auditor looks; nobody else sees anything', async () => {
  problem(await send(TWO, 'a.geojson', null), 401);
  problem(await send(TWO, 'a.geojson', operator), 403);
  problem(await send(TWO, 'a.geojson', auditor), 403);
  const { 'X-CSRF-Token': _, ...cookieOnly } = admin.headers;
  assert.ok([401, 403].includes((await send(TWO, 'a.geojson', { login: '', headers: cookieOnly })).status));
  for (const path of ['geo-uploads', 'boundary-generations', 'layers', 'populations', 'duplicate-settings']) {
    assert.equal((await server.get(`/api/v1/${path}`)).status, 401, path);
    assert.equal((await server.get(`/api/v1/${path}`, operator.headers)).status, 403, path);
    assert.equal((await server.get(`/api/v1/${path}`, auditor.headers)).status, 200, path);
  }
  for (const [path, body] of [['boundary-generations', { upload: 1, title: 'x', from: '2099-01-01', code_column: 'x' }],
    ['layers', { upload: 1, code: 'x' }], ['layers/roads/withdraw', { version: 1 }], ['populations', { source: 'x', units: [] }],
    ['duplicate-settings', { version: 'x' }], ['boundary-generations/1/publish', { version: 1, reason: 'x' }]] as const) {
    problem(await post(path, body, auditor), 403);
    problem(await post(path, body, operator), 403);
  }
  assert.equal(await database.number('SELECT count(*) FROM hotline.geo_uploads'), 0);
});

test('more files of shapes than can wait are refused before anything is written down', async () => {
  const rows = (): Promise<number> => database.number('SELECT count(*) FROM hotline.geo_uploads');
  const before_ = await rows();
  const lock = await database.session();
  await lock.sql('SELECT pg_advisory_lock(77)'); // none can be read in
  await database.sql(`CREATE FUNCTION public.wait_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN NULL; END $$;
    CREATE TRIGGER wait_here BEFORE INSERT ON hotline.geo_upload_features FOR EACH STATEMENT EXECUTE FUNCTION public.wait_here()`);
  let taken = 0;
  let refused: Answer | null = null;
  try {
    while (refused === null && taken < 20) {
      const answer = await send(TWO, `${taken}.geojson`);
      if (answer.status === 202) taken++;
      else refused = answer;
    }
  } finally {
    await lock.close();
  }
  assert.ok(refused && taken >= 8, `${taken} were taken`);
  problem(refused, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal(await rows() - before_, taken, 'the refused one left nothing');
  await waitUntil('all that were taken to be read', async () =>
    (await database.number("SELECT count(*) FROM hotline.geo_uploads WHERE state = 'reading'")) === 0, 60000);
  assert.equal(await database.number("SELECT count(*) FROM hotline.geo_uploads WHERE state = 'failed'"), 0);
  await database.sql('DROP TRIGGER wait_here ON hotline.geo_upload_features; DROP FUNCTION public.wait_here()');
  assert.equal((await uploaded(TWO, 'lai.geojson')).state, 'ready');
});

test('every format that is taken gives the same features and columns', async () => {
  const files: [string, Buffer | string, string][] = [
    ['geojson', TWO, 'hai.geojson'], ['zip', await ogr('ESRI Shapefile', 'hai.shz', TWO), 'hai.zip'],
    ['geopackage', await ogr('GPKG', 'hai.gpkg', TWO), 'hai.gpkg'], ['flatgeobuf', await ogr('FlatGeobuf', 'hai.fgb', TWO), 'hai.fgb'],
  ];
  for (const [format, content, name] of files) {
    const u = await uploaded(content, name);
    assert.deepEqual([u.state, u.format, u.features, u.faulty, u.kinds], ['ready', format, 2, 0, { polygon: 2 }], JSON.stringify(u));
    assert.deepEqual(u.columns.map((c: any) => c.name).filter((c: string) => ['ma', 'ten'].includes(c)).sort(), ['ma', 'ten']);
    assert.deepEqual(u.columns.find((c: any) => c.name === 'ma').samples.sort(), ['a', 'b']);
    const map = await get(`geo-uploads/${u.id}/map`);
    assert.equal(map.features.length, 2);
  }
  const kml = await uploaded(await ogr('KML', 'hai.kml', TWO), 'hai.kml');
  assert.deepEqual([kml.state, kml.features], ['ready', 2]);
  const csv = await uploaded(`ten,lon,lat,dien_thoai\nA,${CENTRE.lon},${CENTRE.lat},0281234567\n`, 'diem.csv');
  assert.deepEqual([csv.state, csv.kinds], ['ready', { point: 1 }]);
  assert.deepEqual(csv.columns.find((c: any) => c.name === 'dien_thoai').samples, ['0281234567'], 'a text stays a text');
  assert.deepEqual(temps(), [], 'nothing is left on the disk');
});

test('metres of VN-2000 are read by the one pinned operation; another system of coordinates is refused', async () => {
  const u = await uploaded('ten,x,y\nMốc,603184.744,1191951.471\n', 'moc.csv', '?crs=EPSG:9210');
  assert.equal(await database.sql(`SELECT round(ST_X(geom)::numeric, 6), round(ST_Y(geom)::numeric, 6)
    FROM hotline.geo_upload_features WHERE upload_id = ${u.id}`), '106.695300|10.777000');
  assert.equal((await uploaded('ten,x,y\nMốc,1,2\n', 'moc.csv', '?crs=EPSG:4326')).problem, 'bad_crs');
  assert.deepEqual(problem(await send(TWO, 'a.geojson', admin, '?crs=/etc/passwd'), 422).map((e) => e.field), ['crs']);
  assert.deepEqual(problem(await send(TWO, 'a.geojson', admin, '?layer=-sql'), 422).map((e) => e.field), ['layer']);
});

test('of a source with several layers one is chosen by name', async () => {
  const to = join(folder, 'nhieu.gpkg');
  const from = join(folder, 'nguon.geojson');
  writeFileSync(from, TWO);
  await must('ogr2ogr', ['-f', 'GPKG', to, from, '-nln', 'mot']);
  await must('ogr2ogr', ['-f', 'GPKG', '-update', to, from, '-nln', 'hai (cũ)']);
  const unsaid = await uploaded(readFileSync(to), 'nhieu.gpkg');
  assert.deepEqual([unsaid.state, unsaid.problem], ['failed', 'several_layers']);
  assert.match(unsaid.detail, /mot, hai \(cũ\)/);
  assert.equal((await uploaded(readFileSync(to), 'nhieu.gpkg', '?layer=ba')).problem, 'no_such_layer');
  const said = await uploaded(readFileSync(to), 'nhieu.gpkg', `?layer=${encodeURIComponent('hai (cũ)')}`);
  assert.deepEqual([said.state, said.features, said.source_layer], ['ready', 2, 'hai (cũ)']);
});

test('what is no file of shapes is refused at once, in words, and leaves nothing', async () => {
  const rows: [string, Buffer | string, string, number, string][] = [
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'a.geojson', 415, 'unsupported_type'],
    ['a page', '<html><script>alert(1)</script></html>', 'a.geojson', 415, 'unsupported_type'],
    ['a VRT', '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>', 'a.vrt', 415, 'unsupported_type'],
    ['a GML', '<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="x"/>', 'a.gml', 415, 'unsupported_type'],
    ['words', 'PG:host=localhost dbname=postgres', 'a.txt', 415, 'unsupported_type'],
    ['nothing', '', 'a.geojson', 422, 'empty'],
    ['a path', TWO, '../../etc/passwd', 422, 'bad_name'], ['a path of Windows', TWO, 'C:\\\\a.geojson', 422, 'bad_name'],
  ];
  for (const [what, content, name, status, code] of rows) {
    const [error] = problem(await send(content, name), status);
    assert.deepEqual([error?.field, error?.code], ['file', code], what);
  }
  assert.equal((await server.post('/api/v1/geo-uploads', TWO, admin.headers)).status, 415, 'no form');
  const form = new FormData();
  form.append('file', new Blob([TWO]), 'a.geojson');
  form.append('file', new Blob([TWO]), 'b.geojson');
  const two = await server.request('/api/v1/geo-uploads', { method: 'POST', headers: admin.headers, body: form });
  assert.equal(problem(two, 422)[0]?.code, 'too_many');
  const huge = await raw(server, `POST /api/v1/geo-uploads HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 300000000\r\n`
    + `Cookie: ${admin.headers['Cookie']}\r\nX-CSRF-Token: ${admin.headers['X-CSRF-Token']}\r\n\r\n`);
  assert.match(huge, /^HTTP\/1.1 413 /);
  assert.deepEqual(temps(), []);
});

test('files that are cut short, that lie, or that unfold without end fail, and the service goes on', async () => {
  const shz = await ogr('ESRI Shapefile', 'cut.shz', TWO);
  const gpkg = await ogr('GPKG', 'cut.gpkg', TWO);
  const dbf = Buffer.alloc(33 + 32 + 2_000_000 * 11, 0x20); // 22 MB of blanks: a few KB in the zip
  dbf.writeUInt8(3, 0);
  dbf.writeUInt32LE(2_000_000, 4);
  dbf.writeUInt16LE(65, 8);
  dbf.writeUInt16LE(11, 10);
  dbf.write('TEN', 32, 'latin1');
  dbf.fill(0, 35, 43);
  dbf.write('C', 43, 'latin1');
  dbf.writeUInt8(10, 48);
  dbf.writeUInt8(0x0d, 64);
  const rows: [string, Buffer | string, RegExp][] = [
    ['cat.geojson', TWO.slice(0, 150), /unreadable/],
    ['cat.zip', shz.subarray(0, shz.length / 2), /unreadable|no_shapes/],
    ['cat.gpkg', gpkg.subarray(0, 5000), /unreadable|no_shapes/],
    ['rac.zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(500, 7)]), /unreadable|no_shapes/],
    ['vrt.zip', zip({ 'a.vrt': Buffer.from('<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>') }), /unreadable|no_shapes/],
    ['bom.zip', zip({ 'a.dbf': dbf }), /too_many|too_costly|no_shapes|unreadable/],
    ['sau.geojson', '{"type":"FeatureCollection","features":' + '['.repeat(100000), /unreadable|too_costly/],
  ];
  for (const [name, content, why] of rows) {
    const u = await uploaded(content, name);
    assert.equal(u.state, 'failed', `${name}: ${JSON.stringify(u)}`);
    assert.match(u.problem, why, name);
    assert.equal(await database.number(`SELECT count(*) FROM hotline.geo_upload_features WHERE upload_id = ${u.id}`), 0);
  }
  const many = await uploaded(`ten,lon,lat\n${`x,${CENTRE.lon},${CENTRE.lat}\n`.repeat(100_001)}`, 'nhieu.csv');
  assert.deepEqual([many.state, many.problem], ['failed', 'too_many']);
  assert.deepEqual(temps(), []);
  assert.equal((await uploaded(TWO, 'sau-do.geojson')).state, 'ready', 'the next one is read as ever');
});

test('GDAL in its process can open no other file and no address, even with every driver', async () => {
  const secret = join(folder, 'bi-mat.geojson');
  writeFileSync(secret, collection([{ ten: 'BÍ MẬT 8801' }, point()]));
  const shapes = join(dirname(HOTLINE), 'hotline-shapes');
  const own = existsSync(shapes) ? shapes : join(dirname(HOTLINE), process.env['V'] ?? 'asan', 'hotline-shapes');
  const vrt = (source: string) => `<OGRVRTDataSource><OGRVRTLayer name="bi-mat"><SrcDataSource>${source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`;
  // What is read alone comes out, so the same way with another file in it would.
  const file = join(folder, 'vao');
  const go = async (content: string) => {
    writeFileSync(file, content);
    return run('sh', ['-c', `exec "$0" read own "" "" < "$1"`, own, file], { env: SANITIZER_ENV as NodeJS.ProcessEnv });
  };
  assert.match((await go(readFileSync(secret, 'utf8'))).stdout, /BÍ MẬT 8801/);
  for (const source of [secret, `/vsicurl/${server.base}/api/v1/city`, `${server.base}/api/v1/city`, '/etc/passwd', `PG:${database.url}`]) {
    const outcome = await go(vrt(source));
    assert.equal(outcome.stdout, '', source);
    assert.notEqual(outcome.stderr, '', source);
  }
  writeFileSync(file, vrt(secret));
  assert.match((await run('ogr2ogr', ['-f', 'GeoJSONSeq', '/vsistdout/', file])).stdout, /BÍ MẬT 8801/, 'outside of it GDAL follows it');
});

// ---- boundaries ----

/** The wards in force as GeoJSON, changed by SQL. */
const wards = (geometry = 'geom', where = 'true', name = 'name'): Promise<string> => database.sql(`SELECT jsonb_build_object(
  'type', 'FeatureCollection', 'features', jsonb_agg(jsonb_build_object('type', 'Feature', 'properties',
    jsonb_build_object('ma', code, 'ten', ${name}, 'loai', kind), 'geometry', ST_AsGeoJSON(${geometry}, 9)::jsonb) ORDER BY code))
  FROM hotline.boundaries b WHERE level = 'ward' AND valid @> current_date AND ${where}`);

const tomorrow = (): Promise<string> => database.sql("SELECT hotline.city_day(now()) + 1");
const today = (): Promise<string> => database.sql('SELECT hotline.city_day(now())');

function draft(upload: number, from: string, more: Record<string, unknown> = {}): Promise<Answer> {
  return post('boundary-generations', { upload, from, title: 'Thử nghiệm', level: 'ward', code_column: 'ma', name_column: 'ten', kind_column: 'loai', ...more });
}

const checked = (id: number): Promise<any> => waitUntil('the check', async () => {
  const g = await get(`boundary-generations/${id}`);
  return g.state === 'checking' ? null : g;
}, 120000);

async function wardAt(at: { lon: number; lat: number }, day?: string): Promise<string | undefined> {
  const answer = await server.get(`/api/v1/route?lon=${at.lon}&lat=${at.lat}&category=tieng-on${day ? `&at=${day}T12:00:00%2B07:00` : ''}`);
  return answer.json.place?.ward?.name;
}

test('broken boundaries are refused, each feature by its number and name', async () => {
  const bow: Shape = { type: 'Polygon', coordinates: [[[106.7, 10.7], [106.71, 10.71], [106.71, 10.7], [106.7, 10.71], [106.7, 10.7]]] };
  const open: Shape = { type: 'Polygon', coordinates: [[[106.7, 10.7], [106.8, 10.7], [106.8, 10.8], [106.7, 10.8]]] };
  const u = await uploaded(collection([{ ma: '1', ten: 'Tốt' }, square(106.7, 10.7)], [{ ma: '2', ten: 'Nơ bướm' }, bow], [{ ma: '3', ten: 'Không hình' }, null],
    [{ ma: '4', ten: 'Không kín' }, open], [{ ma: '5', ten: 'Điểm' }, point()], [{ ten: 'Không mã' }, square(106.8, 10.7)],
    [{ ma: '1', ten: 'Trùng mã' }, square(106.9, 10.7)], [{ ma: '8', ten: 'Ngoài trái đất' }, square(200, 10)]), 'hong.geojson');
  assert.deepEqual([u.state, u.features, u.faulty], ['ready', 8, 4], JSON.stringify(u.faults));
  assert.deepEqual(u.faults.map((f: any) => f.name), ['Nơ bướm', 'Không hình', 'Không kín', 'Ngoài trái đất']);
  const [error] = problem(await draft(u.id, await tomorrow()), 422);
  assert.equal(error?.code, 'broken');
  for (const [name, why] of [['Nơ bướm', 'Self-intersection'], ['Không hình', 'no geometry'], ['Không kín', 'not closed'], ['Điểm', 'no polygon'],
    ['Không mã', 'no code'], ['Trùng mã', 'occurs twice'], ['Ngoài trái đất', 'no longitude']] as const) {
    assert.match(error?.detail ?? '', new RegExp(`\\(${name}\\): [^;]*${why}`), name);
  }
  assert.equal(problem(await draft(999, await tomorrow()), 422)[0]?.field, 'upload');
  assert.equal(problem(await draft(u.id, 'hôm nay'), 422)[0]?.field, 'from');
  assert.equal(problem(await draft(u.id, await tomorrow(), { level: 'street' }), 422)[0]?.field, 'level');
  assert.equal(problem(await post('boundary-generations', { upload: u.id, from: await tomorrow(), title: 'x', code_column: 'ma' }), 422)[0]?.field, 'level');
  assert.equal(await database.number('SELECT count(*) FROM hotline.boundary_generations'), 0);
});

test('the levels may be a column', async () => {
  const u = await uploaded(collection([{ ma: 'w', loai: 'Phường' }, square(106.7, 10.7)], [{ ma: 'd', loai: 'Quận' }, square(106.7, 10.7)],
    [{ ma: 'x', loai: 'Xã' }, square(106.71, 10.7)]), 'cap.geojson');
  const made = await post('boundary-generations', { upload: u.id, from: '2099-01-01', title: 'x', level_column: 'loai', code_column: 'ma' });
  assert.equal(made.status, 202, made.text);
  assert.deepEqual((await checked(made.json.id)).levels, { ward: 2, district: 1 });
  assert.equal((await post(`boundary-generations/${made.json.id}/discard`, {})).json.state, 'discarded');
});

/** Two wards that touch, the middle of the city's first, and a point of it that the other gets. */
async function pair(): Promise<{ mine: string; other: string; at: { lon: number; lat: number }; piece: string }> {
  const [mine, other] = (await database.sql(`SELECT a.code, b.code FROM hotline.boundaries a JOIN hotline.boundaries b
      ON b.level = 'ward' AND b.valid @> current_date AND b.id <> a.id AND ST_Length(ST_Intersection(a.geom, b.geom)::geography) > 500
    WHERE a.level = 'ward' AND a.valid @> current_date
    ORDER BY ST_Distance(a.geom, ST_SetSRID(ST_MakePoint(${CENTRE.lon}, ${CENTRE.lat}), 4326)), b.code LIMIT 1`)).split('|') as [string, string];
  const piece = `(SELECT ST_Intersection(m.geom, ST_Buffer(o.geom, 0.002)) FROM hotline.boundaries m, hotline.boundaries o
    WHERE m.level = 'ward' AND o.level = 'ward' AND m.valid @> current_date AND o.valid @> current_date AND m.code = '${mine}' AND o.code = '${other}')`;
  const [lon, lat] = (await database.sql(`SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(g) AS p FROM ${piece} x (g)) y`)).split('|').map(Number) as [number, number];
  return { mine, other, at: { lon, lat }, piece };
}

test('a generation is checked against what is in force, published on its day, answered by, and taken back', async () => {
  const { mine, other, at, piece } = await pair();
  const [gone] = (await database.sql(`SELECT code FROM hotline.boundaries WHERE level = 'ward' AND valid @> current_date AND code NOT IN ('${mine}', '${other}')
    ORDER BY ST_Distance(geom, ST_SetSRID(ST_MakePoint(${CENTRE.lon}, ${CENTRE.lat}), 4326)) DESC LIMIT 1`)).split('\n') as [string];
  const filed = await server.file(complaint({ location: at, description: 'Ở chỗ sắp đổi phường' }));
  assert.equal(filed.status, 201, filed.text);
  const was = filed.json.place.ward.code;
  assert.equal(was, mine);
  const moved = await wards(`CASE code WHEN '${mine}' THEN ST_Multi(ST_Difference(geom, ${piece})) WHEN '${other}' THEN ST_Multi(ST_Union(geom, ${piece})) ELSE geom END`,
    `code <> '${gone}'`, `CASE code WHEN '${other}' THEN name || ' Mới' ELSE name END`);
  const u = await uploaded(moved, 'phuong-moi.geojson');
  const before_ = await database.sql(`SELECT md5(string_agg(b::text, ',' ORDER BY id)) FROM hotline.boundaries b WHERE valid && daterange('1000-01-01', NULL)`);
  const held = await database.sql(`SELECT j.id, j.code, j.name, j.agency_id, j.desk_id, j.class, j.boundary_id, j.valid, md5(j.geom::text) FROM hotline.jurisdictions j WHERE valid && daterange('1000-01-01', NULL) ORDER BY id`);
  const day = await tomorrow();
  const made = await draft(u.id, day);
  assert.equal(made.status, 202, made.text);
  const id = made.json.id as number;
  const g = await checked(id);
  assert.equal(g.state, 'ready', JSON.stringify(g).slice(0, 800));
  const w = g.report.levels.ward;
  assert.deepEqual([w.before - w.units, w.vanished.map((v: any) => v.code), w.appeared], [1, [gone], []]);
  assert.deepEqual(w.moved.map((m: any) => m.code).sort(), [mine, other].sort());
  const lost = w.moved.find((m: any) => m.code === mine);
  assert.ok(lost.lost_m2 > 10000 && lost.gained_m2 < 100, JSON.stringify(lost));
  assert.deepEqual(w.renamed.map((r: any) => r.code), [other]);
  assert.ok(g.report.complaints.ward.moves.some((m: any) => m.was === mine && m.becomes === other), JSON.stringify(g.report.complaints));
  assert.ok(g.report.warnings.some((x: any) => x.code === 'left_out' && x.area_m2 > 1000), JSON.stringify(g.report.warnings));
  assert.deepEqual(g.report.hangers.end, [`ubnd-${gone}`]);
  const drawn = (await get(`boundary-generations/${id}/map`)).features as any[];
  assert.deepEqual([...new Set(drawn.map((f) => f.properties.what))].filter((what) => ['moved', 'vanished', 'lost', 'gained'].includes(what)).sort(),
    ['gained', 'lost', 'moved', 'vanished']);
  assert.equal(await database.sql(`SELECT md5(string_agg(b::text, ',' ORDER BY id)) FROM hotline.boundaries b WHERE valid && daterange('1000-01-01', NULL)`), before_, 'looking changes nothing');

  // Not without having seen the warnings, not on an old version, not after something else changed.
  assert.equal(problem(await post(`boundary-generations/${id}/publish`, { version: g.version, reason: 'x' }), 409)[0]?.code, 'unacknowledged');
  assert.equal(problem(await post(`boundary-generations/${id}/publish`, { version: 1, reason: 'x', acknowledged: true }), 409)[0]?.code, 'stale');
  await database.sql(`UPDATE hotline.jurisdictions SET valid = daterange(lower(valid), '2098-01-01') WHERE code = 'ubnd-${mine}' AND upper_inf(valid)`);
  assert.equal(problem(await post(`boundary-generations/${id}/publish`, { version: g.version, reason: 'x', acknowledged: true }), 409)[0]?.code, 'checked_before');
  await database.sql(`UPDATE hotline.jurisdictions SET valid = daterange(lower(valid), NULL) WHERE code = 'ubnd-${mine}' AND upper(valid) = '2098-01-01'`);

  const nameNow = await wardAt(at);
  const done = await post(`boundary-generations/${id}/publish`, { version: g.version, reason: 'Nghị quyết thử', acknowledged: true });
  assert.equal(done.status, 200, done.text);
  const after_ = await waitUntil('the service to answer by it', async () => {
    const name = await wardAt(at, day);
    return name !== nameNow ? name : null;
  }, 30000);
  assert.match(after_ ?? '', / Mới$/);
  assert.equal(await wardAt(at), nameNow, 'today nothing has changed');
  const route = await server.get(`/api/v1/route?lon=${at.lon}&lat=${at.lat}&category=trat-tu-do-thi&at=${day}T12:00:00%2B07:00`);
  assert.equal(route.json.assignment.agency.code, `ubnd-${other}`, 'the jurisdiction goes on under the new unit');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.jurisdictions WHERE code = 'ubnd-${gone}' AND upper(valid) = '${day}'`), 1);
  const tile = await features(server, 'wards', tileOf(at, 13), `?at=${day}`);
  assert.ok(tile.some((f) => String(f.properties['name']).endsWith(' Mới')), 'tiles of that day have it');

  // A second one of the same day would leave nothing of this one.
  const again = await checked((await draft(u.id, day)).json.id);
  assert.deepEqual(again.report.errors.map((e: any) => e.code), ['later_generation']);
  assert.equal(problem(await post(`boundary-generations/${again.id}/publish`, { version: again.version, reason: 'x', acknowledged: true }), 409)[0]?.code, 'errors');
  await post(`boundary-generations/${again.id}/discard`, {});

  const back = await post(`boundary-generations/${id}/back`, { version: done.json.version, reason: 'Nhầm' });
  assert.equal(back.status, 200, back.text);
  await waitUntil('the service to answer as before', async () => (await wardAt(at, day)) === nameNow, 30000);
  assert.equal(await database.sql(`SELECT md5(string_agg(b::text, ',' ORDER BY id)) FROM hotline.boundaries b WHERE valid && daterange('1000-01-01', NULL)`), before_, 'to the last byte');
  assert.deepEqual((await database.sql(`SELECT j.id, j.code, j.name, j.agency_id, j.desk_id, j.class, j.boundary_id, j.valid, md5(j.geom::text) FROM hotline.jurisdictions j WHERE valid && daterange('1000-01-01', NULL) ORDER BY id`)).split('\n').filter((row) => !held.split('\n').includes(row)), [], 'every jurisdiction is as it was');
  assert.equal(await database.sql(`SELECT j.id, j.code, j.name, j.agency_id, j.desk_id, j.class, j.boundary_id, j.valid, md5(j.geom::text) FROM hotline.jurisdictions j WHERE valid && daterange('1000-01-01', NULL) ORDER BY id`), held);
  assert.equal(await database.number("SELECT count(*) FROM hotline.boundary_lineage WHERE source LIKE 'generation %'"), 0);
  assert.equal(problem(await post(`boundary-generations/${id}/back`, { version: back.json.version, reason: 'x' }), 409)[0]?.code, 'wrong_state');
  for (const event of ['geo.upload', 'boundaries.make', 'boundaries.publish', 'boundaries.take_back']) {
    const log = (await server.get(`/api/v1/audit?event=${event}`, auditor.headers)).json.entries as any[];
    assert.ok(log.some((e) => e.actor === 'user:quan' && e.subject === String(event === 'geo.upload' ? u.id : id)), `${event}: ${JSON.stringify(log.slice(0, 3))}`);
  }
});

test('complaints that came in under a generation that is taken back get the unit that was there', async () => {
  const { mine, other, at, piece } = await pair();
  const u = await uploaded(await wards(`CASE code WHEN '${mine}' THEN ST_Multi(ST_Difference(geom, ${piece})) WHEN '${other}' THEN ST_Multi(ST_Union(geom, ${piece})) ELSE geom END`), 'hom-nay.geojson');
  const g = await checked((await draft(u.id, await today())).json.id);
  const done = await post(`boundary-generations/${g.id}/publish`, { version: g.version, reason: 'Hôm nay', acknowledged: true });
  assert.equal(done.status, 200, done.text);
  const code = await waitUntil('a complaint under it', async () => {
    const filed = await server.file(complaint({ location: at, category: 'trat-tu-do-thi' }));
    return filed.json.place.ward.code === other ? filed.json.code as string : null;
  }, 30000);
  assert.equal(await database.sql(`SELECT a.code FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id WHERE c.code = '${code}'`), `ubnd-${other}`);
  const back = await post(`boundary-generations/${g.id}/back`, { version: done.json.version, reason: 'Nhầm' });
  assert.equal(back.status, 200, back.text);
  assert.ok(back.json.placed_again >= 1);
  const one = await server.get(`/api/v1/complaints/${code}`, operator.headers);
  assert.equal(one.json.place.ward.code, mine);
  // Nobody is refused in the seconds before the service has heard of it, and what came in then is put right.
  const between: string[] = [];
  await waitUntil('new ones to be as before', async () => {
    const filed = await server.file(complaint({ location: at }));
    assert.equal(filed.status, 201, filed.text);
    between.push(filed.json.code);
    return filed.json.place.ward.code === mine;
  }, 30000);
  await waitUntil('those in between to be put right', async () => {
    await database.sql('SELECT hotline.maps_settle()');
    return (await database.number(`SELECT count(*) FROM hotline.complaints c JOIN hotline.boundaries b ON b.id = c.ward_id
      WHERE c.code IN (${between.map((one) => `'${one}'`).join(', ')}) AND b.code <> '${mine}'`)) === 0;
  }, 30000);
  await database.sql(`UPDATE hotline.boundary_generations SET back_at = back_at - interval '1 hour' WHERE id = ${g.id}; SELECT hotline.maps_settle()`);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.boundaries WHERE generation_id = ${g.id}`), 0, 'its rows are gone');
});

test('what was built on a generation keeps it', async () => {
  const u = await uploaded(await wards(), 'nhu-cu.geojson');
  const g = await checked((await draft(u.id, await tomorrow())).json.id);
  assert.deepEqual([g.report.levels.ward.same, g.report.warnings.filter((w: any) => w.code === 'rules')], [g.report.levels.ward.units, []]);
  const done = await post(`boundary-generations/${g.id}/publish`, { version: g.version, reason: 'Như cũ', acknowledged: true });
  assert.equal(done.status, 200, done.text);
  const code = await database.sql(`SELECT min(j.code) FROM hotline.jurisdictions j JOIN hotline.boundaries b ON b.id = j.boundary_id WHERE b.generation_id = ${g.id}`);
  const was = await database.sql(`SELECT agency_id FROM hotline.jurisdictions WHERE code = '${code}' AND upper_inf(valid)`);
  await database.sql(`UPDATE hotline.jurisdictions SET desk_id = NULL, agency_id = (SELECT min(id) FROM hotline.agencies WHERE id <> ${was}) WHERE code = '${code}' AND upper_inf(valid)`);
  assert.equal(problem(await post(`boundary-generations/${g.id}/back`, { version: done.json.version, reason: 'x' }), 409)[0]?.code, 'built_on');
  await database.sql(`UPDATE hotline.jurisdictions SET agency_id = ${was} WHERE code = '${code}' AND upper_inf(valid)`);
  assert.equal((await post(`boundary-generations/${g.id}/back`, { version: done.json.version, reason: 'x' })).status, 200);
});

test('overlaps and gaps are told with their area and where they are', async () => {
  const u = await uploaded(collection([{ ma: 'p1' }, square(106.70, 10.77, 0.01)], [{ ma: 'p2' }, square(106.709, 10.77, 0.01)],
    [{ ma: 'p3' }, { type: 'Polygon', coordinates: [[[106.60, 10.60], [106.66, 10.60], [106.66, 10.66], [106.60, 10.66], [106.60, 10.60]],
      [[106.62, 10.62], [106.62, 10.63], [106.63, 10.63], [106.63, 10.62], [106.62, 10.62]]] }]), 'chong.geojson');
  const g = await checked((await post('boundary-generations', { upload: u.id, from: '2099-01-01', title: 'x', level: 'ward', code_column: 'ma' })).json.id);
  const [overlap] = g.report.parts.overlap.largest;
  assert.deepEqual([g.report.parts.overlap.n, overlap.code, overlap.other], [1, 'p1', 'p2']);
  assert.ok(Math.abs(overlap.area_m2 - 109.3 * 1105.7) < 2000, `${overlap.area_m2}`);
  const [gap] = g.report.parts.gap.largest;
  assert.equal(g.report.parts.gap.n, 1);
  assert.ok(gap.lon > 106.62 && gap.lon < 106.63 && gap.lat > 10.62 && gap.lat < 10.63, JSON.stringify(gap));
  assert.deepEqual(g.report.levels.ward.appeared.map((a: any) => a.code).sort(), ['p1', 'p2', 'p3']);
  assert.ok(g.report.levels.ward.vanished.length > 100);
  assert.ok(g.report.complaints.ward.nowhere > 0);
});

// ---- layers ----

const tileNames = async (layer: string): Promise<unknown[]> =>
  (await features(server, layer, tileOf(CENTRE, 14))).map((f) => f.properties['name']).sort();
const listed = async (code: string): Promise<any> => (await server.get('/tiles.json', admin.headers)).json.layers.find((l: any) => l.id === code);
const layerOf = async (code: string): Promise<any> => (await get('layers')).layers.find((l: any) => l.code === code);

test('a layer is made of an upload, edited, replaced as a whole, withdrawn and brought back', async () => {
  const first = await uploaded(collection([{ ten: 'Cúp điện 1', tu: '2020-01-01', den: '2099-01-01' }, point()], [{ ten: 'Cúp điện 2' }, point(0.001)]), 'cup.geojson');
  const fields = { upload: first.id, code: 'cup-thu', name_vi: 'Cúp điện thử', group: 'incidents', style: { color: '#b45309' }, from_column: 'tu', to_column: 'den' };
  for (const [wrong, field] of [[{ code: 'Cúp' }, 'code'], [{ code: 'wards' }, 'code'], [{ group: 'khong-co' }, 'group'], [{ style: { color: 'red' } }, 'style'],
    [{ style: { color: '#ffffff', url: 'javascript:x' } }, 'style'], [{ valid_from: 'mai' }, 'valid_from'], [{ name_vi: undefined }, 'name_vi'],
    [{ upload: 999 }, 'upload'], [{ valid_from: '2026-02-01', valid_to: '2026-01-01' }, 'valid_to'], [{ from_column: 'ten' }, 'upload']] as const) {
    const answer = await post('layers', { ...fields, ...wrong });
    assert.ok([409, 422].includes(answer.status), `${JSON.stringify(wrong)}: ${answer.text}`);
    assert.equal(answer.json.errors[0].field, field, answer.text);
  }
  assert.equal(await layerOf('cup-thu'), undefined);
  const made = await post('layers', fields);
  assert.equal(made.status, 201, made.text);
  assert.deepEqual([made.json.features, made.json.dated, made.json.kind, made.json.source], [2, 1, 'point', 'cup.geojson']);
  await waitUntil('it on the map', () => listed('cup-thu'));
  assert.deepEqual(await tileNames('cup-thu'), ['Cúp điện 1', 'Cúp điện 2']);
  assert.equal(problem(await post('layers', fields), 409)[0]?.code, 'exists');

  const change = (body: unknown) => server.request('/api/v1/layers/cup-thu', { method: 'PATCH', body: JSON.stringify(body),
    headers: { ...admin.headers, 'Content-Type': 'application/json' } });
  const edited = await change({ version: made.json.version, name_en: 'Outages', style: { color: '#0369a1', width: 4 }, public: false, valid_to: '2025-12-31', group: 'rieng', group_vi: 'Nhóm riêng' });
  assert.equal(edited.status, 200, edited.text);
  assert.deepEqual([edited.json.style, edited.json.group.vi, edited.json.name.en], [{ color: '#0369a1', width: 4 }, 'Nhóm riêng', 'Outages']);
  assert.equal(problem(await change({ version: made.json.version, name_vi: 'x' }), 409)[0]?.code, 'stale');
  await waitUntil('the period to hold', async () => (await server.get('/tiles/cup-thu.json')).status === 404, 20000);
  const inside = await server.get(`/tiles/cup-thu.json`, admin.headers);
  assert.equal(inside.status, 200, 'not public: for those who are logged in');

  const second = await uploaded(collection([{ ten: 'Mới' }, point()]), 'cup-2.geojson');
  const broken = await uploaded(collection([{ ten: 'Mới' }, point()], [{ ten: 'Hỏng' }, null]), 'cup-3.geojson');
  const mixed = await uploaded(collection([{ ten: 'Mới' }, point()], [{ ten: 'Vùng' }, square(106.7, 10.7)]), 'cup-4.geojson');
  const replace = (upload: number, version: number) => post('layers', { upload, code: 'cup-thu', replace: true, version, public: true, valid_to: '' });
  const { version } = edited.json;
  const [refused] = problem(await replace(broken.id, version), 422);
  assert.match(refused?.detail ?? '', /\(Hỏng\): no geometry/);
  assert.equal(problem(await replace(mixed.id, version), 422)[0]?.code, 'mixed_kinds');
  assert.equal(problem(await replace(second.id, 1), 409)[0]?.code, 'stale');
  assert.equal((await layerOf('cup-thu')).features, 2, 'nothing of them came in');
  const replaced = await replace(second.id, version);
  assert.equal(replaced.status, 201, replaced.text);
  assert.deepEqual([replaced.json.features, replaced.json.source, replaced.json.style.color], [1, 'cup-2.geojson', '#0369a1']);
  await waitUntil('the new one', async () => (await listed('cup-thu'))?.count === 1 && (await server.get('/tiles/cup-thu.json')).status === 200);
  assert.deepEqual(await tileNames('cup-thu'), ['Mới']);

  const away = await post('layers/cup-thu/withdraw', { version: replaced.json.version });
  assert.equal(away.status, 200, away.text);
  await waitUntil('it to be gone', async () => (await listed('cup-thu')) === undefined);
  assert.equal((await server.get('/tiles/cup-thu.json', admin.headers)).status, 404);
  assert.ok((await layerOf('cup-thu')).withdrawn_at);
  assert.equal((await post('layers/cup-thu/restore', { version: away.json.version })).status, 200);
  await waitUntil('it to be back', () => listed('cup-thu'));
  assert.deepEqual(await tileNames('cup-thu'), ['Mới']);
});

test('a layer that rules in force ask for stays', async () => {
  const { version, rules } = await layerOf('waterways');
  assert.notEqual(rules, '');
  const [error] = problem(await post('layers/waterways/withdraw', { version }), 409);
  assert.equal(error?.code, 'rules_need_it');
  assert.ok(await listed('waterways'));
});

// ---- residents, duplicates, jurisdictions ----

test('residents are set for units that there are, all or none, and rates follow', async () => {
  const { units } = await get('populations');
  const [unit] = units;
  assert.ok(unit.area_km2 > 0 && units.length > 100);
  const row = { level: 'ward', code: unit.code, on_day: '2026-01-01', residents: 123_456 };
  const set = (rows: unknown) => post('populations', { source: 'Cục Thống kê', units: rows });
  assert.equal(problem(await set([row, { ...row, code: 'khong-co' }]), 422)[0]?.code, 'unknown');
  assert.equal(problem(await set([row, { ...row, residents: -1 }]), 422)[0]?.field, 'units');
  assert.equal(problem(await set([{ ...row, on_day: '2026-13-01' }]), 422)[0]?.code, 'malformed');
  assert.equal(problem(await set(['x']), 422)[0]?.field, 'units');
  assert.equal((await get('populations')).units[0].source, unit.source, 'nothing was set');
  assert.deepEqual((await set([row])).json, { set: 1, removed: 0 });
  const [now] = (await get('populations')).units;
  assert.deepEqual([now.residents, now.on_day, now.source, now.approximate], [123_456, '2026-01-01', 'Cục Thống kê', false]);
  assert.deepEqual((await set([{ ...row, residents: null }])).json, { set: 0, removed: 1 });
});

test('what makes complaints alike is changed as a whole by whoever saw the newest', async () => {
  const was = await get('duplicate-settings');
  const set = (body: Record<string, unknown>) => post('duplicate-settings', { version: was.version, ...body });
  assert.equal(problem(await set({ terms: [{ category: 'khong-co', extent_m: 5 }] }), 422)[0]?.code, 'unknown');
  assert.equal(problem(await set({ terms: [{ category: 'o-ga', extent_m: -5 }] }), 422)[0]?.code, 'malformed');
  assert.equal(problem(await set({ pairs: [{ category: 'o-ga', other: 'tieng-on', affinity: 2 }] }), 422)[0]?.code, 'malformed');
  assert.equal(problem(await set({ incidents: { least: 'x' } }), 422)[0]?.field, 'incidents');
  const done = await set({ terms: [{ category: 'o-ga', half_life_hours: 100, extent_m: 33 }], pairs: [{ category: 'tieng-on', other: 'o-ga', affinity: 0.1 }], incidents: { least: 7 } });
  assert.equal(done.status, 200, done.text);
  assert.deepEqual(done.json.terms.find((t: any) => t.category === 'o-ga'), { category: 'o-ga', half_life_hours: 100, extent_m: 33 });
  assert.ok(done.json.pairs.some((p: any) => p.category === 'o-ga' && p.other === 'tieng-on'));
  assert.equal(done.json.incidents.least, 7);
  assert.equal(problem(await set({ terms: [] }), 409)[0]?.code, 'stale');
  const removed = await post('duplicate-settings', { version: done.json.version, pairs: [{ category: 'o-ga', other: 'tieng-on', affinity: null }] });
  assert.ok(!removed.json.pairs.some((p: any) => p.category === 'o-ga' && p.other === 'tieng-on'));
});

test('who holds what on a day is listed, with what two share and what nobody has', async () => {
  const now = await get('jurisdictions?category=tieng-on');
  assert.ok(now.jurisdictions.length > 100);
  assert.deepEqual([now.overlaps, now.gaps], [[], []]);
  const then = await get('jurisdictions?category=tieng-on&at=2025-06-30');
  assert.notDeepEqual(then.jurisdictions.map((j: any) => j.code), now.jurisdictions.map((j: any) => j.code));
  assert.equal((await server.get('/api/v1/jurisdictions?at=x', admin.headers)).status, 400);
  assert.equal((await server.get('/api/v1/jurisdictions')).status, 401);
  assert.equal((await server.get('/api/v1/jurisdictions', operator.headers)).status, 403);
  const [code] = (await database.sql(`SELECT j.code FROM hotline.jurisdictions j WHERE j.reach = 'ward' AND upper_inf(j.valid) ORDER BY 1 LIMIT 1`)).split('\n');
  await database.sql(`UPDATE hotline.jurisdictions SET valid = daterange(lower(valid), current_date - 1) WHERE code = '${code}' AND upper_inf(valid)`);
  const hole = await get('jurisdictions?category=tieng-on');
  assert.ok(hole.gaps[0]?.area_m2 > 1000, JSON.stringify(hole.gaps));
});
