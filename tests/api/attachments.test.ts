// Files that come with complaints: taken piece by piece, known by their content, made anew, kept by
// hash, given out to those who may see them; and everything hostile refused in words.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { type Person, addPerson, sessionOf } from './lib/people';
import {
  exif, mp3, mp4, mp4Head, ogg, pdf, png, pngChunk, sizeOf, u32, vipsPicture, webm, withExif, withSegment,
} from './lib/picture';
import { type Database, Postgres } from './lib/postgres';
import { SANITIZER_ENV, run, HOTLINE, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

SANITIZER_ENV.ASAN_OPTIONS += ':quarantine_size_mb=2'; // what is freed counts as freed

let database: Database;
let server: Server;
let operator: Person;
let photo: Buffer;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'sep', 'leader');
  server = await Server.start(database);
  operator = await sessionOf(server, 'truc');
  photo = vipsPicture(2400, 1600, '.jpg');
});
after(async () => {
  await server.stop();
  await database.drop();
});

interface Part {
  name?: string;
  filename?: string;
  content: Buffer | string;
}

const BOUNDARY = 'ranh-gioi-1022';

function multipart(...parts: Part[]): Buffer {
  const pieces = parts.flatMap(({ name = 'file', filename, content }) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n`),
    Buffer.from(content), Buffer.from('\r\n')]);
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

const TYPE = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };

function send(path: string, parts: Part[], headers: Record<string, string> = {}): Promise<Answer> {
  return server.post(path, new Uint8Array(multipart(...parts)), { ...headers, ...TYPE });
}
const upload = (content: Buffer | string, filename = 'anh.jpg', headers: Record<string, string> = {}): Promise<Answer> =>
  send('/api/v1/attachments', [{ filename, content }], headers);

async function uploaded(content: Buffer | string, filename = 'anh.jpg'): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const answer = await upload(content, filename);
  assert.equal(answer.status, 201, answer.text);
  return answer.json.attachments[0];
}

async function bytes(path: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: Headers; body: Buffer }> {
  const response = await fetch(server.base + path, { headers });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

/** Every file below the store but its mark and lock. */
function stored(): string[] {
  const under = (folder: string): string[] => !existsSync(folder) ? [] : readdirSync(folder, { withFileTypes: true })
    .flatMap((e) => e.isDirectory() ? under(join(folder, e.name)) : [join(folder, e.name)]);
  return under(database.files).filter((f) => !/\/(MARK|LOCK)$/.test(f));
}
const temps = (): string[] => readdirSync(join(database.files, 'tmp'));

test('a photo is made anew: smaller, upright, without what the camera wrote, and its place told once', async () => {
  const taken = withExif(photo, exif({ orientation: 6, zone: '+07:00' }));
  const a = await uploaded(taken, 'Ổ gà trước nhà.jpg');
  assert.match(a.id, /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual([a.kind, a.type, a.name, a.bytes], ['image', 'image/jpeg', 'Ổ gà trước nhà.jpg', taken.length]);
  assert.deepEqual([a.width, a.height], [1067, 1600], 'turned upright');
  assert.equal(Date.parse(a.taken_at), Date.parse('2026-03-02T14:05:06+07:00'));
  assert.ok(Math.abs(a.location_hint.lon - 106.70005) < 1e-6 && Math.abs(a.location_hint.lat - 10.77985) < 1e-6, JSON.stringify(a));
  assert.equal(a.location_hint.accuracy_m, 12);
  assert.deepEqual(Object.keys(a.urls).sort(), ['thumb', 'web'], 'the original is not kept');
  for (const [size, dimensions] of [['web', '1067x1600'], ['thumb', '213x320']] as const) {
    const got = await bytes(a.urls[size]);
    assert.equal(got.status, 200);
    assert.equal(got.headers.get('content-type'), 'image/jpeg');
    assert.equal(sizeOf(got.body), dimensions);
    for (const trace of ['Exif', 'SERIAL', 'http://ns.adobe.com', 'ICC_PROFILE', '2026:03:02']) {
      assert.ok(!got.body.includes(trace), `${size} still holds ${trace}`);
    }
  }
  assert.ok(!stored().some((f) => readFileSync(f).includes('SERIAL-1022')), 'nor anywhere in the store');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.attachments a WHERE to_jsonb(a)::text LIKE '%106.7%'`), 0);
});

test('a camera without a zone is taken to be in the city; one without a fix is nowhere', async () => {
  const a = await uploaded(withExif(photo, exif({ lon: 0, lat: 0 })));
  assert.equal(Date.parse(a.taken_at), Date.parse('2026-03-02T14:05:06+07:00'));
  assert.equal(a.location_hint, undefined);
  assert.equal((await uploaded(photo)).taken_at, undefined);
});

test('pictures of phones and browsers, films, sounds and documents are known by their content', async () => {
  const cases: [Buffer, string, string, string][] = [
    [vipsPicture(300, 200, '.png'), 'image', 'image/png', 'web'], [vipsPicture(300, 200, '.webp'), 'image', 'image/webp', 'web'],
    [vipsPicture(640, 480, '.heic'), 'image', 'image/heic', 'thumb'], [mp4(Buffer.alloc(5000, 9)), 'video', 'video/mp4', 'original'],
    [mp4(Buffer.alloc(50), 'qt  '), 'video', 'video/quicktime', 'original'], [mp4(Buffer.alloc(50), 'M4A '), 'audio', 'audio/mp4', 'original'],
    [webm('V_VP8'), 'video', 'video/webm', 'original'], [webm('A_OPUS'), 'audio', 'audio/webm', 'original'],
    [ogg(), 'audio', 'audio/ogg', 'original'], [mp3(), 'audio', 'audio/mpeg', 'original'],
    [pdf(), 'document', 'application/pdf', 'original'],
  ];
  for (const [content, kind, type, size] of cases) {
    const a = await uploaded(content, 'ten-sai.exe'); // a name tells nothing
    assert.deepEqual([a.kind, a.type], [kind, type]);
    const got = await bytes(a.urls[size]);
    assert.equal(got.status, 200);
    if (size === 'original') assert.ok(got.body.equals(content), `${type} is kept as it came`);
    assert.equal(got.headers.get('content-type'), size === 'original' ? type : 'image/jpeg');
    assert.equal(got.headers.get('x-content-type-options'), 'nosniff');
    assert.match(got.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/);
    assert.match(got.headers.get('content-disposition') ?? '', kind === 'document' ? /^attachment; / : /^inline; /);
  }
});

const huge = (): Buffer => png(30000, 20000, 20);
const cyclicExif = (): Buffer => { // a folder whose next is itself
  return Buffer.concat([Buffer.from('MM\0*', 'latin1'), u32(8), Buffer.from([0, 0]), u32(8)]);
};
const zip = (): Buffer => Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(60), Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

test('hostile files are refused, each with its reason, and nothing of them stays', async () => {
  const small = vipsPicture(300, 200, '.jpg');
  const smallPng = vipsPicture(300, 200, '.png');
  const webp = vipsPicture(300, 200, '.webp');
  const film = mp4(Buffer.alloc(5000));
  const cases: [string, Buffer | string, number, string][] = [
    ['zip bomb: a PNG of 600 million pixels in a few bytes', huge(), 422, 'too_many_pixels'],
    ['zip bomb: a PNG that is all there, 900 million pixels', png(30000, 30000, 3000), 422, 'too_many_pixels'],
    ['a PNG whose pixels end early', png(4000, 4000, 10), 422, 'damaged'],
    ['huge dimensions: a PNG one pixel high', png(2000000, 1), 422, 'too_many_pixels'],
    ['a page', '<!doctype html><script>alert(1)</script>', 415, 'unsupported_type'],
    ['a vector picture', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 415, 'unsupported_type'],
    ['a program', Buffer.from('MZ\x90\0\x03\0\0\0'), 415, 'unsupported_type'],
    ['a script', '#!/bin/sh\nrm -rf /\n', 415, 'unsupported_type'],
    ['an archive', zip(), 415, 'unsupported_type'],
    ['nothing', '', 422, 'empty'],
    ['a JPEG that ends early', small.subarray(0, Math.floor(small.length / 2)), 422, 'damaged'],
    ['a JPEG of its first bytes', small.subarray(0, 20), 422, 'damaged'],
    ['a PNG that ends early', smallPng.subarray(0, smallPng.length - 40), 422, 'damaged'],
    ['a WebP that ends early', webp.subarray(0, webp.length - 40), 422, 'damaged'],
    ['a film that ends early', film.subarray(0, film.length - 40), 422, 'damaged'],
    ['a JPEG with an archive after it', Buffer.concat([small, zip()]), 422, 'hidden_content'],
    ['a JPEG with a page in a comment', withSegment(small, 0xfe, Buffer.from('*/<html><script>alert(1)</script>')), 422, 'hidden_content'],
    ['a JPEG that is a PDF too', withSegment(small, 0xfe, Buffer.from('\n%PDF-1.4\n')), 422, 'hidden_content'],
    ['a JPEG with PHP in it', withSegment(small, 0xfe, Buffer.from('<?php system($_GET[0]); ?>')), 422, 'hidden_content'],
    ['a PNG with something after its end', Buffer.concat([smallPng, Buffer.from('GIF89a=1;alert(1)')]), 422, 'hidden_content'],
    ['a film with a page in it', mp4(Buffer.from('<script>alert(1)</script>')), 422, 'hidden_content'],
    ['a PDF with a script in it', pdf('/OpenAction<</S/JavaScript/JS(app.alert(1))>>'), 422, 'hidden_content'],
    ['a PDF that ends early', '%PDF-1.4\n1 0 obj', 422, 'damaged'],
    ['an Exif bomb that goes in circles', withExif(small, cyclicExif()), 422, 'too_costly'],
    ['an Exif bomb of very many blocks', [1, 2, 3, 4].reduce((b) => withExif(b, exif()), small), 422, 'too_costly'],
    ['a JPEG of very many segments', Buffer.concat([small.subarray(0, 2), ...Array.from({ length: 5000 }, () => Buffer.from([0xff, 0xfe, 0, 2])), small.subarray(2)]), 422, 'too_costly'],
    ['a PNG chunk that claims two gigabytes', Buffer.concat([smallPng.subarray(0, 33), u32(0x7fffffff), Buffer.from('zTXt')]), 422, 'damaged'],
    ['a picture in name alone', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(5000, 65)]), 422, 'damaged'],
    ['a picture that is too large', Buffer.concat([small, Buffer.alloc(26 << 20)]), 413, 'too_large'],
  ];
  const files = stored().length;
  const rows = await database.number('SELECT count(*) FROM hotline.attachments');
  for (const [what, content, status, code] of cases) {
    const answer = await upload(Buffer.from(content), 'anh.jpg', { 'Accept-Language': 'en' });
    assert.deepEqual(problem(answer, status).map((e) => [e.field, e.code]), [['file[0]', code]], `${what}: ${answer.text}`);
  }
  const names = ['../../etc/passwd', 'C:\\\\Windows\\\\x.jpg', '/etc/passwd', '..', 'a/b.jpg', 'a\tb.jpg', 'anh\u202Egpj.exe', 'x'.repeat(201), '\0.jpg'];
  for (const name of names) {
    assert.deepEqual(problem(await upload(small, name), 422).map((e) => [e.field, e.code]), [['file[0]', 'bad_name']], JSON.stringify(name));
  }
  assert.equal(stored().length, files);
  assert.deepEqual(temps(), []);
  assert.equal(await database.number('SELECT count(*) FROM hotline.attachments'), rows);
  assert.ok(server.running);
});

test('a compressed comment that would swell to gigabytes costs nothing', async () => {
  const bomb = png(300, 200, 200, Array.from({ length: 20 }, () => pngChunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), Buffer.alloc(1 << 16, 0x78)]))));
  const answer = await upload(bomb);
  assert.ok([201, 422].includes(answer.status), answer.text);
});

test('one bad file refuses all of the request; the error says which', async () => {
  const before = await database.number('SELECT count(*) FROM hotline.attachments');
  const answer = await send('/api/v1/attachments', [{ filename: 'a.jpg', content: photo }, { filename: 'b.jpg', content: 'xin chào' }]);
  assert.deepEqual(problem(answer, 415).map((e) => e.field), ['file[1]']);
  assert.equal(await database.number('SELECT count(*) FROM hotline.attachments'), before);
  const both = await send('/api/v1/attachments', [{ filename: 'a.jpg', content: photo }, { filename: 'b.ogg', content: ogg() }]);
  assert.deepEqual(both.json.attachments.map((a: { kind: string }) => a.kind), ['image', 'audio']);
});

test('what is no upload is refused in words', async () => {
  const path = '/api/v1/attachments';
  assert.deepEqual(problem(await server.post(path, '{}'), 415).map((e) => e.field), ['Content-Type']);
  assert.deepEqual(problem(await server.post(path, 'x', { 'Content-Type': 'multipart/form-data' }), 415).map((e) => e.field), ['Content-Type']);
  for (const body of ['', 'x', `--${BOUNDARY}`, `--${BOUNDARY}\r\n\r\n`, `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc`]) {
    assert.deepEqual(problem(await server.post(path, body, TYPE), 400).map((e) => e.code), ['malformed'], JSON.stringify(body));
  }
  assert.deepEqual(problem(await send(path, []), 422).map((e) => `${e.field} ${e.code}`), ['file required']);
  assert.deepEqual(problem(await send(path, [{ name: 'purpose', content: 'report' }]), 422).map((e) => `${e.field} ${e.code}`), ['file required']);
  assert.deepEqual(problem(await send(path, [{ name: 'other', content: 'x' }]), 422).map((e) => e.field), ['other']);
  assert.deepEqual(problem(await send(path, [{ name: 'purpose', content: 'fun' }]), 422).map((e) => e.field), ['purpose']);
  const many = Array.from({ length: 11 }, () => ({ filename: 'a.ogg', content: ogg() }));
  assert.deepEqual(problem(await send(path, many), 422).map((e) => e.code), ['too_many']);
  assert.deepEqual(temps(), []);
});

/** A connection that speaks for itself. */
class Wire {
  text = '';
  closed = false;
  readonly socket: Socket;

  constructor(readonly to = server) {
    this.socket = connect(to.port, '127.0.0.1');
    this.socket.on('data', (b: Buffer) => { this.text += b.toString('latin1'); });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => { this.closed = true; });
  }

  write(what: string | Buffer): Promise<void> {
    return new Promise((done) => this.socket.write(what, () => done()));
  }

  head(length: number | string, more = ''): Promise<void> {
    return this.write(`POST /api/v1/attachments HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE['Content-Type']}\r\n${typeof length === 'number' ? `Content-Length: ${length}` : length}\r\n${more}\r\n`);
  }

  answer(status: number): Promise<unknown> {
    return waitUntil(`an answer ${status}, having ${JSON.stringify(this.text.slice(0, 200))}`, () => this.text.includes(`HTTP/1.1 ${status} `));
  }
}

test('an upload may come in any pieces, and the connection goes on after it', async () => {
  const body = multipart({ filename: 'a.ogg', content: ogg() });
  for (const size of [1, 3, 7]) {
    const wire = new Wire();
    await wire.head(body.length);
    for (let at = 0; at < body.length; at += size) await wire.write(body.subarray(at, at + size));
    await wire.answer(201);
    await wire.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await wire.answer(200);
    await wire.head(body.length);
    await wire.write(Buffer.concat([body, Buffer.from('GET /api/v1/city HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')]));
    await waitUntil('both answers', () => (wire.text.match(/HTTP\/1\.1 20[01] /g) ?? []).length === 4);
    await waitUntil('the end', () => wire.closed);
  }
  // All at once, head and all, and by other spellings that reach the same place.
  for (const path of ['/api/v1/attachments', '/api/v1/%61ttachments', '/api/v1/attachments?x=1']) {
    const wire = new Wire();
    await wire.write(Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE['Content-Type']}\r\ncontent-length: ${body.length}\r\nConnection: close\r\n\r\n`), body]));
    await wire.answer(201);
  }
});

test('lengths that contradict one another are refused, and nothing is smuggled behind them', async () => {
  const inner = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const cases: [string, number][] = [['Transfer-Encoding: chunked', 411], ['Content-Length: 5\r\nContent-Length: 6', 400],
    ['Content-Length: 5\r\nTransfer-Encoding: chunked', 400], ['Content-Length: 5\r\nX-Stream-Bytes: 0', 400], ['Content-Length: -5', 400],
    ['Content-Length: 5x', 400], ['Content-Length: 999999999999999999999', 400], ['Content-Length: 99999999999', 413]];
  for (const [fields, status] of cases) {
    const wire = new Wire();
    await wire.head(fields);
    await wire.write(inner);
    await wire.answer(status);
    await waitUntil('the end', () => wire.closed);
    assert.equal((wire.text.match(/HTTP\/1\.1 /g) ?? []).length, 1, `${fields}: ${wire.text}`);
  }
});

test('who waits to be asked for the body is asked', async () => {
  const body = multipart({ filename: 'a.ogg', content: ogg() });
  const wire = new Wire();
  await wire.head(body.length, 'Expect: 100-continue\r\n');
  await wire.answer(100);
  await wire.write(body);
  await wire.answer(201);
  const refused = new Wire();
  await refused.head(400 << 20, 'Expect: 100-continue\r\n');
  await refused.answer(413);
  assert.ok(!refused.text.includes('100 Continue'));
});

test('a complaint is filed with what was sent before; its holder sees it, nobody else does', async () => {
  const mine = await uploaded(photo);
  const other = await uploaded(ogg(), 'tieng-on.ogg');
  const made = await server.file(complaint({ attachments: [mine.id, other.id] }), { 'Idempotency-Key': 'co-anh' });
  assert.equal(made.status, 201, made.text);
  const { code } = made.json;
  assert.deepEqual(made.json.attachments.map((a: { id: string }) => a.id), [mine.id, other.id]);
  const again = await server.file(complaint({ attachments: [mine.id, other.id] }), { 'Idempotency-Key': 'co-anh' });
  assert.equal(again.json.code, code);
  const seen = await server.get(`/api/v1/complaints/${code}`);
  const [image] = seen.json.attachments;
  assert.equal(image.urls.web, `/api/v1/attachments/${mine.id}/web?code=${code}`);
  assert.equal(image.location_hint, undefined);
  assert.equal((await bytes(image.urls.web)).status, 200);
  assert.equal((await bytes(image.urls.web)).headers.get('cache-control'), 'private, max-age=86400, immutable');
  assert.equal((await bytes(mine.urls.web)).status, 404, 'the id alone is not enough any more');
  assert.equal((await bytes(`${mine.urls.web}?code=000000000`)).status, 404);
  assert.equal((await bytes(mine.urls.web, operator.headers)).status, 200);
  assert.deepEqual(problem(await server.file(complaint({ attachments: [mine.id] })), 422).map((e) => e.field), ['attachments'], 'it has a complaint');
  assert.deepEqual(problem(await server.file(complaint({ attachments: ['A'.repeat(22)] })), 422).map((e) => e.field), ['attachments']);
  assert.deepEqual(problem(await server.file(complaint({ attachments: ['x', 5] })), 422).map((e) => e.field), ['attachments[0]', 'attachments[1]']);
  assert.deepEqual(problem(await server.file(complaint({ attachments: 'x' })), 422).map((e) => e.code), ['wrong_type']);
  assert.deepEqual(problem(await server.file(complaint({ attachments: Array(11).fill('A'.repeat(22)) })), 422).map((e) => e.code), ['too_long']);
  const staff = await server.get(`/api/v1/complaints/${code}`, operator.headers);
  assert.deepEqual(staff.json.attachments.map((a: { purpose: string; public: boolean }) => [a.purpose, a.public]), [['report', false], ['report', false]]);
});

test('the reporter adds to it later; staff show evidence, to their own agency, and publish it', async () => {
  const filed = await server.file(complaint());
  const { code, assignment } = filed.json;
  const path = `/api/v1/complaints/${code}/attachments`;
  await addPerson(database, 'nha', 'agency_staff', assignment.agency.code);
  const other = await database.sql(`SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 1`);
  await addPerson(database, 'la', 'agency_staff', other);
  const [own, stranger, leader] = [await sessionOf(server, 'nha'), await sessionOf(server, 'la'), await sessionOf(server, 'sep')];

  const added = await send(path, [{ filename: 'a.jpg', content: photo }]);
  assert.equal(added.status, 201, added.text);
  assert.equal((await bytes(added.json.attachments[0].urls.thumb)).status, 200);
  assert.deepEqual(problem(await send(path, [{ name: 'purpose', content: 'evidence' }, { filename: 'a.jpg', content: photo }]), 422).map((e) => e.field), ['purpose']);
  problem(await send('/api/v1/complaints/000000000/attachments', [{ filename: 'a.jpg', content: photo }]), 404);

  const evidence = await send(path, [{ name: 'purpose', content: 'evidence' }, { filename: 'xong.jpg', content: photo }], own.headers);
  assert.equal(evidence.status, 201, evidence.text);
  const { id } = evidence.json.attachments[0];
  const who = async (query: string, headers: Record<string, string> = {}): Promise<number> => (await bytes(`/api/v1/attachments/${id}/web${query}`, headers)).status;
  assert.deepEqual([await who(''), await who(`?code=${code}`), await who('', own.headers), await who('', stranger.headers), await who('', leader.headers)],
    [404, 404, 200, 404, 200]);
  problem(await send(path, [{ filename: 'a.jpg', content: photo }], stranger.headers), 404);
  problem(await send(path, [{ filename: 'a.jpg', content: photo }], leader.headers), 403);
  problem(await send(path, [{ filename: 'a.jpg', content: photo }], { Cookie: own.headers['Cookie'] ?? '' }), 403);
  const public_ = await send(path, [{ name: 'purpose', content: 'evidence' }, { name: 'public', content: 'true' }, { filename: 'xong.jpg', content: photo }], own.headers);
  const shown = await bytes(public_.json.attachments[0].urls.web);
  assert.equal(shown.status, 200);
  assert.equal(shown.headers.get('cache-control'), 'public, max-age=3600');

  const holder = (await server.get(`/api/v1/complaints/${code}`)).json.attachments;
  assert.equal(holder.length, 2);
  assert.equal((await server.get(`/api/v1/complaints/${code}`, own.headers)).json.attachments.length, 3);
  assert.equal(await database.sql(`SELECT string_agg(h.actor || ' ' || (h.detail ? 'internal'), ',' ORDER BY h.id) FROM hotline.complaint_history h
    JOIN hotline.complaints c ON c.id = h.complaint_id WHERE c.code = '${code}' AND h.event = 'attached'`), 'public false,user:nha true,user:nha false');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id
    WHERE c.code = '${code}' AND o.topic = 'complaint.attached'`), 3);
  await database.sql(`UPDATE hotline.complaints SET status = 'closed', closed_at = now() WHERE code = '${code}'`);
  problem(await send(path, [{ filename: 'a.jpg', content: photo }]), 409);
});

test('a complaint has a bounded number of files', async () => {
  const { code } = (await server.file(complaint())).json;
  const path = `/api/v1/complaints/${code}/attachments`;
  const ten = Array.from({ length: 10 }, () => ({ filename: 'a.ogg', content: ogg() }));
  const eleven = await Promise.all([send(path, ten), send(path, ten), send(path, ten)]);
  assert.deepEqual(eleven.map((a) => a.status).sort(), [201, 201, 422]);
  assert.deepEqual(problem(await send(path, ten), 422).map((e) => e.code), ['too_many']);
});

test('parts of a file are sent to those who ask for parts', async () => {
  const content = mp4(Buffer.from(Array.from({ length: 100000 }, (_, i) => i % 251)));
  const { original } = (await uploaded(content, 'a.mp4')).urls;
  const ask = async (range: string, more: Record<string, string> = {}): Promise<[number, string | null, Buffer]> => {
    const got = await bytes(original, { Range: range, ...more });
    return [got.status, got.headers.get('content-range'), got.body];
  };
  const n = content.length;
  assert.deepEqual(await ask('bytes=0-9'), [206, `bytes 0-9/${n}`, content.subarray(0, 10)]);
  assert.deepEqual(await ask('bytes=70000-'), [206, `bytes 70000-${n - 1}/${n}`, content.subarray(70000)]);
  assert.deepEqual(await ask('bytes=-5'), [206, `bytes ${n - 5}-${n - 1}/${n}`, content.subarray(n - 5)]);
  assert.deepEqual((await ask(`bytes=${n}-`)).slice(0, 2), [416, `bytes */${n}`]);
  for (const odd of ['bytes=9-5', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=']) assert.equal((await ask(odd))[0], 200, odd);
  const whole = await bytes(original);
  const etag = whole.headers.get('etag') ?? '';
  assert.equal(whole.headers.get('accept-ranges'), 'bytes');
  assert.equal((await ask('bytes=0-9', { 'If-Range': etag }))[0], 206);
  assert.equal((await ask('bytes=0-9', { 'If-Range': '"else"' }))[0], 200);
  assert.equal((await bytes(original, { 'If-None-Match': etag })).status, 304);
  const head = await fetch(server.base + original, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(n)]);
});

test('a film of 100 MB goes through without being held in memory', async () => {
  const memory = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
  await uploaded(mp4(Buffer.alloc(1 << 20)), 'warm.mp4');
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5'); // the high-water mark begins anew
  const before = memory();
  const megabytes = 100;
  const size = megabytes << 20;
  const open = Buffer.concat([Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="phim.mp4"\r\n\r\n`), mp4Head(size)]);
  const close = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  const wire = new Wire();
  await wire.head(open.length + size + close.length);
  await wire.write(open);
  for (let i = 0; i < megabytes; i++) await wire.write(Buffer.alloc(1 << 20, i));
  await wire.write(close);
  await wire.answer(201);
  const grown = memory() - before;
  const { urls, bytes: length } = JSON.parse(/\{"attachments".*\}/.exec(wire.text)?.[0] ?? '{}').attachments[0];
  assert.ok(length > size);
  const response = await fetch(server.base + urls.original);
  let got = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) got += piece.length;
  assert.equal(got, length);
  const all = memory() - before;
  console.log(`memory grew by ${grown.toFixed(1)} MB while ${megabytes} MB came in, by ${all.toFixed(1)} MB once they had gone out too`);
  assert.ok(all < 32, `grew by ${all} MB`);
});

test('a client that goes, or goes to sleep, leaves nothing behind', async () => {
  const slow = await Server.start(database, '--receive-ms', '700');
  try {
    for (const leave of [true, false]) {
      const wire = new Wire(slow);
      await wire.head(50 << 20);
      await wire.write(Buffer.concat([multipart({ filename: 'a.mp4', content: mp4Head(40 << 20) }).subarray(0, -30), Buffer.alloc(2 << 20)]));
      await waitUntil('the upload to begin', () => temps().length > 0);
      if (leave) wire.socket.destroy();
      await waitUntil('its file to go', () => temps().length === 0);
      if (!leave) await waitUntil('the connection to be cut', () => wire.closed);
    }
  } finally {
    await slow.stop();
  }
});

test('uploads at once are bounded; who comes too much is told when to come again', async () => {
  const narrow = await Server.start(database, '--uploads', '1');
  try {
    const first = new Wire(narrow);
    const body = multipart({ filename: 'a.mp4', content: mp4(Buffer.alloc(600 << 10)) });
    await first.head(body.length);
    await first.write(body.subarray(0, 500 << 10));
    await waitUntil('the first to begin', () => temps().length > 0);
    const second = await narrow.post('/api/v1/attachments', new Uint8Array(body), TYPE);
    problem(second, 503);
    assert.equal(second.headers.get('retry-after'), '5');
    await first.write(body.subarray(500 << 10));
    await first.answer(201);
    assert.equal((await narrow.post('/api/v1/attachments', new Uint8Array(body), TYPE)).status, 201);
    const third = new Wire(narrow);
    await third.head(body.length);
    await third.write(body.subarray(0, 500 << 10));
    await waitUntil('the third to begin', () => temps().length > 0);
  } finally {
    await narrow.stop(); // with an upload under way: it is given up
  }
  assert.deepEqual(temps(), []);
});

test('anonymous uploads are limited like complaints', async () => {
  const strict = await Server.start(database, '--anonymous-per-minute', '2');
  try {
    const statuses = new Set<number>();
    for (let i = 0; i < 6; i++) statuses.add((await strict.post('/api/v1/attachments', new Uint8Array(multipart({ filename: 'a.ogg', content: ogg() })), TYPE)).status);
    assert.ok(statuses.has(429) && statuses.has(201), [...statuses].join());
  } finally {
    await strict.stop();
  }
});

test('a service that is killed during an upload leaves nothing, once it or another starts again', async () => {
  const files = stored();
  const rows = await database.number('SELECT count(*) FROM hotline.attachments');
  const doomed = await Server.start(database);
  const wire = new Wire(doomed);
  await wire.head(50 << 20);
  await wire.write(Buffer.concat([Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`), mp4Head(40 << 20), Buffer.alloc(3 << 20)]));
  await waitUntil('some of it to be written', () => temps().some((t) => statSync(join(database.files, 'tmp', t)).size > 1 << 20));
  await doomed.kill();
  assert.equal(temps().length, 1);
  const next = await Server.start(database);
  assert.deepEqual(stored(), files);
  assert.equal(await database.number('SELECT count(*) FROM hotline.attachments'), rows);
  await next.stop();
});

test('what is never attached is forgotten, what nobody names is swept, what is named is checked', async () => {
  const kept = await server.file(complaint({ attachments: [(await uploaded(vipsPicture(500, 400, '.jpg'))).id] }));
  const lost = await uploaded(vipsPicture(310, 210, '.jpg'));
  const before = stored().length;
  await database.sql(`UPDATE hotline.attachments SET uploaded_at = now() - interval '25 hours' WHERE complaint_id IS NULL`);
  const young = await database.hotline('files', 'sweep');
  assert.match(young, /^\d+ uploads forgotten, 0 files removed/);
  assert.equal(stored().length, before, 'an hour passes first: somebody may be about to name them');
  assert.match(await database.hotline('files', 'sweep', '--age-minutes', '0'), /^0 uploads forgotten, [1-9]\d* files removed/);
  assert.equal((await bytes(lost.urls.web)).status, 404);
  assert.equal((await bytes(kept.json.attachments[0].urls.web)).status, 200);
  assert.match(await database.hotline('files', 'check', '--deep'), /: 0 missing, 0 damaged; 0 that nobody names\n$/);
  assert.match(await database.hotline('check'), /\d+ files of attachments, 0 that nobody names/);
  const victim = stored()[0] ?? '';
  const whole = readFileSync(victim);
  const changed = Buffer.from(whole);
  changed[0] = (changed[0] ?? 0) ^ 1;
  writeFileSync(victim, changed);
  const env = { HOTLINE_DATABASE: database.url, HOTLINE_FILES: database.files };
  const damaged = await run(HOTLINE, ['files', 'check', '--deep'], { env });
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /^damaged [0-9a-f]{64}\n/);
  writeFileSync(victim, whole);
  const elsewhere = await run(HOTLINE, ['files', 'check'], { env: { ...env, HOTLINE_FILES: `${database.files}-other` } });
  assert.match(elsewhere.stdout, /^missing /);
  const stolen = await Postgres.shared().cityDatabase();
  await stolen.sql(`UPDATE hotline.settings SET value = to_jsonb(gen_random_uuid()::text) WHERE key = 'files_mark'`);
  const refused = await run(HOTLINE, ['files', 'sweep', '--age-minutes', '0'], { env: { HOTLINE_DATABASE: stolen.url, HOTLINE_FILES: database.files } });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /belong to another database/);
  await stolen.drop();
});
