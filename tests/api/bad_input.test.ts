// What is wrong is refused clearly, with every fault at once, in the caller's language, and changes
// nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem, raw } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { Server } from './lib/server';

let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
});

interface Row {
  name: string;
  /** A body as it is, or a complaint with these changes. */
  body?: string | Buffer;
  change?: Record<string, unknown>;
  headers?: Record<string, string>;
  status: number;
  errors: [field: string, code: string][];
}

const nested = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
const withText = (field: string, jsonText: string): string =>
  JSON.stringify(complaint({ [field]: '@@' })).replace('"@@"', jsonText);
const withPlace = (jsonText: string): string => withText('location', jsonText);

const ROWS: Row[] = [
  { name: 'nothing', body: '', status: 400, errors: [] },
  { name: 'not JSON', body: 'Đèn hỏng', status: 400, errors: [] },
  { name: 'half of JSON', body: JSON.stringify(complaint()).slice(0, -5), status: 400, errors: [] },
  { name: 'more than JSON', body: `${JSON.stringify(complaint())}{}`, status: 400, errors: [] },
  { name: 'an array', body: '[]', status: 400, errors: [] },
  { name: 'a string', body: '"x"', status: 400, errors: [] },
  { name: 'null', body: 'null', status: 400, errors: [] },
  { name: 'bytes that are no UTF-8', body: Buffer.from([...Buffer.from('{"description":"'), 0xff, 0xfe, ...Buffer.from('"}')]), status: 400, errors: [] },
  { name: 'a NUL byte', body: withText('description', '"a\u0000b"'), status: 400, errors: [] },
  { name: 'deep nesting', body: nested(10000), status: 400, errors: [] },
  { name: 'deep nesting in a field', body: withText('attributes', nested(40)), status: 400, errors: [] },
  { name: 'NaN', body: withPlace('{"lon":NaN,"lat":10.7}'), status: 422, errors: [['location.lon', 'out_of_range']] },
  { name: 'an empty object', body: '{}', status: 422,
    errors: [['category', 'required'], ['description', 'required'], ['channel', 'required']] },
  { name: 'wrong types everywhere', status: 422,
    body: JSON.stringify({ category: 7, description: ['x'], channel: {}, location: 'here', address: 1,
      reporter: 'me', occurred_at: 5, attributes: [] }),
    errors: [['category', 'wrong_type'], ['description', 'wrong_type'], ['channel', 'wrong_type'],
      ['location', 'wrong_type'], ['address', 'wrong_type'], ['reporter', 'wrong_type'],
      ['occurred_at', 'wrong_type'], ['attributes', 'wrong_type']] },
  { name: 'an unknown category', change: { category: 'khong-co' }, status: 422, errors: [['category', 'unknown_value']] },
  { name: 'an unknown channel', change: { channel: 'pigeon' }, status: 422, errors: [['channel', 'unknown_value']] },
  { name: 'a channel that is not the public\'s', change: { channel: 'phone' }, status: 422, errors: [['channel', 'not_allowed']] },
  { name: 'an unknown field', change: { prioriti: 1 }, status: 422, errors: [['prioriti', 'unknown_field']] },
  { name: 'a blank description', change: { description: ' \t\n ' }, status: 422, errors: [['description', 'required']] },
  { name: 'too long a description', change: { description: 'x'.repeat(4001) }, status: 422, errors: [['description', 'too_long']] },
  { name: 'too long an address', change: { address: 'đ'.repeat(501) }, status: 422, errors: [['address', 'too_long']] },
  { name: 'an escaped NUL', body: withText('description', '"a\\u0000b"'), status: 422, errors: [['description', 'control_character']] },
  { name: 'a control character', body: withText('description', '"a\\u0007b"'), status: 422, errors: [['description', 'control_character']] },
  { name: 'an escape sequence', body: withText('address', '"\\u001b[31m"'), status: 422, errors: [['address', 'control_character']] },
  { name: 'a control character among attributes', body: withText('attributes', '{"k":["a\\u0000"]}'), status: 422, errors: [['attributes', 'control_character']] },
  { name: 'too many attributes', change: { attributes: { k: 'x'.repeat(9000) } }, status: 422, errors: [['attributes', 'too_long']] },
  { name: 'exchanged coordinates', change: { location: { lon: CENTRE.lat, lat: CENTRE.lon } }, status: 422, errors: [['location', 'swapped']] },
  { name: 'half a place', change: { location: { lon: 106.7 } }, status: 422, errors: [['location.lat', 'required']] },
  { name: 'a place of texts', change: { location: { lon: '106.7', lat: '10.7' } }, status: 422,
    errors: [['location.lon', 'wrong_type'], ['location.lat', 'wrong_type']] },
  { name: 'a number without bound', body: withPlace('{"lon":1e999,"lat":10.7}'), status: 422, errors: [['location.lon', 'out_of_range']] },
  { name: 'another without bound', body: withPlace('{"lon":106.7,"lat":-1e999}'), status: 422, errors: [['location.lat', 'out_of_range']] },
  { name: 'no such longitude', change: { location: { lon: 181, lat: 10 } }, status: 422, errors: [['location.lon', 'out_of_range']] },
  { name: 'no such latitude', change: { location: { lon: 106.7, lat: 95 } , }, status: 422, errors: [['location.lat', 'out_of_range']] },
  { name: 'a negative accuracy', change: { location: { ...CENTRE, accuracy_m: -1 } }, status: 422, errors: [['location.accuracy_m', 'out_of_range']] },
  { name: 'an unknown part of a place', change: { location: { ...CENTRE, height: 1 } }, status: 422, errors: [['location.height', 'unknown_field']] },
  { name: 'an impossible date', change: { occurred_at: '2025-02-30T10:00:00+07:00' }, status: 422, errors: [['occurred_at', 'not_a_time']] },
  { name: 'a time without a zone', change: { occurred_at: '2025-02-20T10:00:00' }, status: 422, errors: [['occurred_at', 'not_a_time']] },
  { name: 'an impossible hour', change: { occurred_at: '2025-02-20T25:00:00Z' }, status: 422, errors: [['occurred_at', 'not_a_time']] },
  { name: 'the future', change: { occurred_at: '2199-01-01T00:00:00Z' }, status: 422, errors: [['occurred_at', 'in_the_future']] },
  { name: 'long ago', change: { occurred_at: '1899-01-01T00:00:00Z' }, status: 422, errors: [['occurred_at', 'out_of_range']] },
  { name: 'a telephone that is none', change: { reporter: { phone: 'call me' } }, status: 422, errors: [['reporter.phone', 'malformed']] },
  { name: 'an e-mail that is none', change: { reporter: { email: 'a@b@c.vn' } }, status: 422, errors: [['reporter.email', 'malformed']] },
  { name: 'an anonymous that is no truth value', change: { reporter: { anonymous: 'yes' } }, status: 422, errors: [['reporter.anonymous', 'wrong_type']] },
  { name: 'an unknown part of a person', change: { reporter: { shoe: 43 } }, status: 422, errors: [['reporter.shoe', 'unknown_field']] },
  { name: 'several faults at once', status: 422,
    change: { category: 'x', description: '', location: { lon: 200, lat: 10 }, occurred_at: 'today', reporter: { phone: 'x' } },
    errors: [['category', 'unknown_value'], ['description', 'required'], ['location.lon', 'out_of_range'],
      ['occurred_at', 'not_a_time'], ['reporter.phone', 'malformed']] },
  { name: '1 MB of description', change: { description: 'x'.repeat(1 << 20) }, status: 413, errors: [] },
  { name: '10 MB', body: Buffer.alloc(10 << 20, 0x61), status: 413, errors: [] },
  { name: 'plain text', headers: { 'Content-Type': 'text/plain' }, change: {}, status: 415, errors: [['Content-Type', 'unknown_value']] },
  { name: 'a form', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'a=b', status: 415, errors: [['Content-Type', 'unknown_value']] },
  { name: 'a type that only begins like JSON', headers: { 'Content-Type': 'application/jsonp' }, change: {}, status: 415, errors: [['Content-Type', 'unknown_value']] },
  { name: 'an empty idempotency key', headers: { 'Idempotency-Key': '' }, change: {}, status: 400, errors: [['Idempotency-Key', 'malformed']] },
  { name: 'too long an idempotency key', headers: { 'Idempotency-Key': 'k'.repeat(201) }, change: {}, status: 400, errors: [['Idempotency-Key', 'malformed']] },
  { name: 'a blank in an idempotency key', headers: { 'Idempotency-Key': 'a b' }, change: {}, status: 400, errors: [['Idempotency-Key', 'malformed']] },
];

const sorted = (errors: [string, string][]): string[] => errors.map((e) => e.join(' ')).sort();

for (const row of ROWS) {
  test(`refused: ${row.name}`, async () => {
    const stored = await database.complaints();
    const body = row.body ?? JSON.stringify(complaint(row.change));
    const vi = await server.file(body, row.headers ?? {});
    const en = await server.file(body, { ...row.headers, 'Accept-Language': 'en' });
    const errors = problem(vi, row.status);
    const english = problem(en, row.status);
    assert.deepEqual(sorted(errors.map((e) => [e.field, e.code])), sorted(row.errors));
    assert.deepEqual(english.map((e) => [e.field, e.code]), errors.map((e) => [e.field, e.code]));
    assert.equal(vi.headers.get('content-language'), 'vi');
    assert.equal(en.headers.get('content-language'), 'en');
    assert.notEqual(vi.json.title, en.json.title);
    errors.forEach((error, i) => assert.notEqual(error.detail, english[i]?.detail));
    assert.equal(await database.complaints(), stored, 'nothing may be stored');
  });
}

test('decomposed text is stored composed, and trimmed', async () => {
  const text = 'Đường ngập nước, Quận Gò Vấp';
  const made = await server.file(complaint({ description: `  ${text.normalize('NFD')}\n`, address: 'Hoà Bình'.normalize('NFD') }));
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.description, text.normalize('NFC'));
  assert.equal(await database.sql(`SELECT description = '${text.normalize('NFC')}' AND address = '${'Hoà Bình'.normalize('NFC')}'
    FROM hotline.complaints WHERE code = '${made.json.code}'`), 't');
});

test('what is long but allowed is stored whole, of any script', async () => {
  const text = '🌳đ'.repeat(2000);
  const made = await server.file(complaint({ description: text }));
  assert.equal(made.status, 201, made.text.slice(0, 300));
  assert.equal(made.json.description, text);
});

test('what would be markup or SQL is only text', async () => {
  const text = `<script>alert("1")</script>'; DROP TABLE hotline.complaints; -- \\ {"a":1} %s %n`;
  const made = await server.file(complaint({ description: text }));
  assert.equal(made.json.description, text);
  assert.equal((await server.get(`/api/v1/complaints/${made.json.code}`)).json.description, text);
});

test('unknown paths are 404, whoever asks and however', async () => {
  for (const path of ['/api', '/api/v1', '/api/v1/complaint', '/api/v2/complaints', '/no/such/page/at/all', '/api/v1/complaints/A/B/C',
    '/%00', '/..%2f..%2fetc/passwd', '/../../etc/passwd', '/.git/config', '/tiles', '/tiles/heat']) {
    const answer = await server.get(path);
    assert.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
    problem(answer, answer.status);
  }
});

test('a method that a path does not have is 405 and told what it has', async () => {
  for (const [method, path, allow] of [
    ['DELETE', '/api/v1/complaints', ['GET', 'POST']],
    ['PUT', '/api/v1/complaints', ['GET', 'POST']],
    ['POST', '/healthz', ['GET']],
    ['PATCH', '/api/v1/session', ['DELETE', 'GET', 'POST']],
    ['POST', '/tiles/heat/0/0/0.mvt', ['GET']],
    ['POST', '/api/v1/complaints/000000000', ['GET']],
  ] as [string, string, string[]][]) {
    const answer = await server.request(path, { method, body: '{}' });
    problem(answer, 405);
    const told = (answer.headers.get('allow') ?? '').split(', ').filter((word) => word !== 'HEAD').sort();
    assert.deepEqual(told, allow, `${method} ${path}`);
  }
  const options = await server.request('/api/v1/complaints', { method: 'OPTIONS' });
  assert.equal(options.status, 204);
  assert.match(options.headers.get('allow') ?? '', /POST/);
});

for (const [name, request] of [
  ['two Content-Length', 'POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x'],
  ['two equal Content-Length', 'POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
  ['a length and chunks', 'POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  ['no Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
  ['no HTTP', 'hello there\r\n\r\n'],
  ['a negative length', 'POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\nConnection: close\r\n\r\n'],
  ['headers without end', `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(40000)}\r\n\r\n`],
] as [string, string][]) {
  test(`refused on the wire: ${name}`, async () => {
    const answer = await raw(server, request);
    assert.match(answer, /^HTTP\/1\.[01] (400|413|431|501) /, answer.slice(0, 200));
    assert.doesNotMatch(answer, /HTTP\/1\.[01] 2\d\d/, 'nothing of it was taken for a request');
  });
}

test('bad questions to the lists and the map are 400 and say which part', async () => {
  for (const [path, field, code] of [
    ['/api/v1/complaints?limit=0', 'limit', 'out_of_range'],
    ['/api/v1/complaints?limit=x', 'limit', 'wrong_type'],
    ['/api/v1/complaints?category=nope', 'category', 'unknown_value'],
    ['/api/v1/complaints?status=nope', 'status', 'unknown_value'],
    ['/api/v1/complaints?channel=nope', 'channel', 'unknown_value'],
    ['/api/v1/complaints?from=yesterday', 'from', 'not_a_time'],
    ['/api/v1/complaints?to=2025-13-01', 'to', 'not_a_time'],
    ['/api/v1/complaints?bbox=1,2,3', 'bbox', 'malformed'],
    ['/api/v1/complaints?bbox=3,2,1,4', 'bbox', 'out_of_range'],
    ['/api/v1/complaints?bbox=nan,2,1,4', 'bbox', 'malformed'],
    ['/api/v1/complaints?cursor=zz', 'cursor', 'malformed'],
    ['/api/v1/route?lon=106.7&lat=10.7', 'category', 'required'],
    ['/api/v1/route?lon=106.7&category=tieng-on', 'lat', 'required'],
    ['/api/v1/route?lon=inf&lat=10&category=tieng-on', 'lon', 'wrong_type'],
    ['/api/v1/route?lon=106.7&lat=10.7&category=tieng-on&at=never', 'at', 'not_a_time'],
    ['/api/v1/route?lon=106.7&lat=91&category=tieng-on', 'lat', 'out_of_range'],
    ['/api/v1/geocode', 'q', 'required'],
    ['/api/v1/geocode?q=%ff', 'q', 'not_utf8'],
    ['/api/v1/geocode?q=x&limit=1000', 'limit', 'out_of_range'],
    ['/api/v1/reverse?lon=x&lat=1', 'lon', 'wrong_type'],
    ['/tiles/heat/14/13053/7700.mvt?category=nope', 'category', 'unknown_value'],
  ] as [string, string, string][]) {
    const answer = await server.get(path);
    assert.deepEqual(problem(answer, 400).map((e) => [e.field, e.code]), [[field, code]], path);
  }
});

test('no bad input made the service slow or sick', async () => {
  assert.equal((await server.get('/readyz')).status, 200);
  assert.equal((await server.file(complaint())).status, 201);
});
