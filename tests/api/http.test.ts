// HTTP itself: headers on every answer, conditional requests, compression, tiles by the table, slow
// clients, pipelining, health and metrics.

import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { CENTRE, EventStream, complaint, problem, raw, tileOf } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { waitUntil } from './lib/run';
import { Server } from './lib/server';

let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database, '--receive-ms', '1500', '--send-ms', '1500', '--idle-ms', '2500', '--workers', '1');
});
after(async () => {
  await server.stop();
  await database.drop();
});

const TILE = tileOf(CENTRE, 12);
const HEAT = `/tiles/heat/${TILE.z}/${TILE.x}/${TILE.y}.mvt`;

/** Without fetch's own decoding. */
function plainGet(path: string, headers: Record<string, string> = {}):
Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((done, fail) => {
    httpGet(`${server.base}${path}`, { headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (bytes: Buffer) => parts.push(bytes));
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
    }).on('error', fail);
  });
}

test('every answer has the security headers and an id of its own', async () => {
  const ids = new Set<string>();
  for (const path of ['/', '/leader', '/healthz', '/readyz', '/metrics', '/api/v1/city', '/api/v1/complaints?limit=1', HEAT,
    '/tiles.json', '/tiles/heat.json', '/no/such', '/api/v1/session', '/api/v1/complaints?limit=x', '/tiles/heatmap/10/815/481.png']) {
    const answer = await server.get(path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(answer.headers.get('x-frame-options'), 'DENY', path);
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer', path);
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src '(none|self)'/, path);
    assert.doesNotMatch(answer.headers.get('content-security-policy') ?? '', /unsafe/, path);
    assert.notEqual(answer.headers.get('cache-control'), null, path);
    assert.equal(answer.headers.get('server'), null, path);
    const id = answer.headers.get('x-request-id') ?? '';
    assert.match(id, /^[0-9a-f]{16}$/, path);
    ids.add(id);
  }
  assert.equal(ids.size, 14);
});

test('HEAD is GET without the body', async () => {
  for (const path of ['/healthz', '/api/v1/city', HEAT, '/', '/tiles/heat.json', '/no/such']) {
    const get = await plainGet(path);
    const head = await raw(server, `HEAD ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`);
    const [headers, body] = head.split('\r\n\r\n');
    assert.match(headers ?? '', new RegExp(`^HTTP/1\\.1 ${get.status} `), path);
    assert.equal(body, '', path);
    assert.equal(/content-length: (\d+)/i.exec(headers ?? '')?.[1], String(get.body.length), path);
    assert.equal(/content-type: ([^\r]*)/i.exec(headers ?? '')?.[1], get.headers['content-type'], path);
  }
});

test('what has not changed is 304', async () => {
  for (const path of [HEAT, '/', `/tiles/wards/${TILE.z}/${TILE.x}/${TILE.y}.mvt`, `/tiles/heatmap/${TILE.z}/${TILE.x}/${TILE.y}.png`]) {
    const first = await server.get(path);
    assert.equal(first.status, 200, path);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[^"]+"$/, path);
    for (const list of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
      const again = await server.get(path, { 'If-None-Match': list });
      assert.equal(again.status, 304, `${path} ${list}`);
      assert.equal(again.text, '');
      assert.equal(again.headers.get('etag'), etag);
    }
    assert.equal((await server.get(path, { 'If-None-Match': '"other"' })).status, 200, path);
  }
});

test('a tile changes its tag when a complaint comes into it', async () => {
  const first = (await server.get(HEAT)).headers.get('etag') ?? '';
  assert.equal((await server.file(complaint())).status, 201);
  // Some milliseconds later: the heat index hears of it from the database.
  const answer = await waitUntil('the tile to change', async () => {
    const again = await server.get(HEAT, { 'If-None-Match': first });
    return again.status === 200 ? again : null;
  });
  assert.notEqual(answer.headers.get('etag'), first);
});

test('gzip for those who take it, and only for them', async () => {
  const page = '/api/v1/complaints?limit=100';
  for (const path of [page, '/', '/api/v1/categories', `/tiles/wards/${TILE.z}/${TILE.x}/${TILE.y}.mvt`]) {
    const plain = await plainGet(path);
    const packed = await plainGet(path, { 'Accept-Encoding': 'gzip' });
    assert.equal(plain.headers['content-encoding'], undefined, path);
    assert.match(String(packed.headers['vary']), /Accept-Encoding/, path);
    if (plain.body.length < 1024) continue;
    assert.equal(packed.headers['content-encoding'], 'gzip', path);
    assert.ok(packed.body.length < plain.body.length, path);
    assert.deepEqual(gunzipSync(packed.body), plain.body, path);
  }
});

const TILES: [path: string, status: number][] = [
  [HEAT, 200],
  ['/tiles/heat/0/0/0.mvt', 200],
  ['/tiles/complaints/0/0/0.mvt', 200],
  ['/tiles/wards/8/203/120.mvt', 200],
  ['/tiles/heat/12/0/0.mvt', 204],
  ['/tiles/complaints/12/0/0.mvt', 204],
  ['/tiles/wards/12/0/0.mvt', 204],
  ['/tiles/districts/12/0/0.mvt', 204],
  ['/tiles/jurisdictions/12/0/0.mvt', 204],
  ['/tiles/streets/12/0/0.mvt', 204],
  ['/tiles/places/12/0/0.mvt', 204],
  ['/tiles/districts/8/203/120.mvt?at=2025-06-30', 200],
  ['/tiles/districts/8/203/120.mvt?at=2025-07-01', 204],
  ['/tiles/nope/0/0/0.mvt', 404],
  ['/tiles/heat/0/0/1.mvt', 404],
  ['/tiles/heat/0/1/0.mvt', 404],
  ['/tiles/heat/99/0/0.mvt', 404],
  ['/tiles/heat/-1/0/0.mvt', 404],
  ['/tiles/heat/1/01/0.mvt', 404],
  ['/tiles/heat/1/0/+1.mvt', 404],
  ['/tiles/heat/x/0/0.mvt', 404],
  ['/tiles/heat/1/0/0.5.mvt', 404],
  ['/tiles/heat/4294967296/0/0.mvt', 404],
  ['/tiles/heat/0/0/0.pbf', 404],
  ['/tiles/heat/0/0/0.png', 404],
  ['/tiles/heatmap/0/0/0.mvt', 404],
  ['/tiles/heatmap/99/0/0.png', 404],
  ['/tiles/nope.json', 404],
];

for (const [path, status] of TILES) {
  test(`GET ${path} is ${status}`, async () => {
    const answer = await server.get(path);
    assert.equal(answer.status, status, answer.text.slice(0, 200));
    if (status === 404) problem(answer, 404);
    if (status === 204) assert.equal(answer.text, '');
    if (status === 200) assert.equal(answer.headers.get('content-type'), 'application/vnd.mapbox-vector-tile');
    if (status !== 404) assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  });
}

test('the heatmap is a PNG of the size that is asked for', async () => {
  for (const [suffix, size] of [['', 256], ['@2x', 512]] as [string, number][]) {
    const { status, headers, body } = await plainGet(`/tiles/heatmap/${TILE.z}/${TILE.x}/${TILE.y}${suffix}.png`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'image/png');
    assert.equal(body.subarray(1, 4).toString(), 'PNG');
    assert.deepEqual([body.readUInt32BE(16), body.readUInt32BE(20)], [size, size]);
  }
});

test('TileJSON tells where each layer is, and the tiles are there', async () => {
  const layers = (await server.get('/tiles.json')).json.layers as { id: string; tilejson: string; kind: string }[];
  for (const id of ['complaints', 'heat', 'heatmap', 'wards', 'districts', 'jurisdictions']) {
    const layer = layers.find((row) => row.id === id);
    assert.ok(layer, id);
    const json = (await server.get(layer.tilejson)).json;
    assert.equal(json.tilejson, '3.0.0');
    assert.equal(json.bounds.length, 4);
    if (layer.kind === 'vector') assert.equal(json.vector_layers[0].id, id);
    const address = (json.tiles[0] as string).replace('{z}', '0').replace('{x}', '0').replace('{y}', '0');
    assert.ok(address.startsWith(server.base), address);
    assert.ok([200, 204].includes((await fetch(address)).status), address);
  }
});

test('requests that come without waiting are answered in order', async () => {
  const paths = ['/healthz', '/api/v1/complaints?limit=3', '/no/such', HEAT, '/api/v1/city', '/healthz'];
  const answer = await raw(server, paths.map((path, i) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\n${i === paths.length - 1 ? 'Connection: close\r\n' : ''}\r\n`).join(''));
  assert.deepEqual([...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map((m) => m[1]), ['200', '200', '404', '200', '200', '200']);
});

test('a body in chunks is a body', async () => {
  const body = JSON.stringify(complaint());
  const half = Buffer.byteLength(body.slice(0, 30));
  const bytes = Buffer.from(body);
  const chunk = (part: Buffer): Buffer => Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  const answer = await raw(server, Buffer.concat([
    Buffer.from('POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'),
    chunk(bytes.subarray(0, half)), chunk(bytes.subarray(half)), Buffer.from('0\r\n\r\n')]));
  assert.match(answer, /^HTTP\/1\.1 201 /);
});

/** How long until the service closes the connection. */
function untilClosed(write: (socket: import('node:net').Socket) => void, read = true): Promise<number> {
  return new Promise((done, fail) => {
    const began = Date.now();
    const socket = connect(server.port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new Error('it was not closed'));
    }, 20000);
    if (read) socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      done(Date.now() - began);
    });
    socket.on('connect', () => write(socket));
  });
}

test('who sends a byte now and then is cut', async () => {
  let timer: NodeJS.Timeout | undefined;
  const ms = await untilClosed((socket) => {
    socket.write('POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n');
    timer = setInterval(() => socket.write('x'), 100);
  });
  clearInterval(timer);
  assert.ok(ms >= 1400 && ms < 6000, `${ms} ms`);
});

test('who sends headers a byte at a time is cut', async () => {
  let timer: NodeJS.Timeout | undefined;
  const ms = await untilClosed((socket) => {
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    timer = setInterval(() => socket.write('a'), 100);
  });
  clearInterval(timer);
  assert.ok(ms >= 1400 && ms < 6000, `${ms} ms`);
});

test('who says nothing is cut', async () => {
  const ms = await untilClosed(() => undefined);
  assert.ok(ms >= 2300 && ms < 8000, `${ms} ms`);
});

test('who does not read is cut', async () => {
  const before = await metric('hotline_http_cut_slow_total');
  const socket = connect(server.port, '127.0.0.1');
  let closed = false;
  socket.on('error', () => { closed = true; });
  socket.on('close', () => { closed = true; });
  // Many large answers, none of them read: more than the kernel keeps for a reader.
  socket.write('GET /api/v1/complaints?limit=500 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(60));
  socket.pause();
  await waitUntil('the slow reader to be cut', async () => (await metric('hotline_http_cut_slow_total')) > before);
  socket.resume();
  await waitUntil('the connection to end', () => closed);
});

test('others are served while slow ones are at it', async () => {
  const slow = Array.from({ length: 100 }, () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{');
    return socket;
  });
  const began = Date.now();
  assert.equal((await server.file(complaint())).status, 201);
  assert.ok(Date.now() - began < 1400, 'it did not wait for them');
  slow.forEach((socket) => socket.destroy());
});

test('an event stream outlives the limits for requests', async () => {
  const stream = await EventStream.open(server);
  await waitUntil('the greeting', () => stream.events.some((e) => e.event === 'hello'));
  const cut = await metric('hotline_http_cut_slow_total');
  await untilClosed(() => undefined); // longer than every limit
  assert.equal(stream.closed, false);
  assert.ok(await metric('hotline_http_cut_slow_total') >= cut);
  await server.file(complaint());
  await waitUntil('an event', () => stream.events.some((e) => e.event === 'complaint'));
  stream.close();
});

/** The sum of a metric over its labels. */
async function metric(name: string): Promise<number> {
  const text = (await server.get('/metrics')).text;
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((sum, m) => sum + Number(m[1]), 0);
}

test('metrics are Prometheus text, and they count', async () => {
  const answer = await server.get('/metrics');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const names = new Set<string>();
  for (const line of answer.text.trim().split('\n')) {
    if (line.startsWith('#')) continue;
    const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?:[a-z_]+="[^"\\]*"(?:,|(?=\})))*\})? (-?[0-9.e+]+)$/.exec(line);
    assert.ok(match, line);
    names.add(match[1] as string);
  }
  for (const name of ['hotline_http_answers_total', 'hotline_http_seconds_bucket', 'hotline_intake_records_total',
    'hotline_db_connected', 'hotline_ready', 'hotline_snapshots_total']) assert.ok(names.has(name), name);
  const before = await metric('hotline_intake_records_total');
  await server.file(complaint());
  assert.equal(await metric('hotline_intake_records_total'), before + 1);
  const buckets = [...answer.text.matchAll(/^hotline_http_seconds_bucket\{worker="0",le="[^"]+"\} (\d+)$/gm)].map((m) => Number(m[1]));
  assert.ok(buckets.length > 5 && buckets.every((n, i) => i === 0 || n >= (buckets[i - 1] as number)), 'buckets add up');
});

test('alive and ready', async () => {
  for (const path of ['/healthz', '/readyz']) {
    const answer = await server.get(path);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  }
});

test('the pages are served, strictly', async () => {
  for (const path of ['/', '/leader']) {
    const answer = await server.get(path);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(answer.text, /<!doctype html>/i);
    const scripts = [...answer.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1] as string);
    assert.ok(scripts.length > 0);
    for (const script of scripts) {
      assert.ok(!/^(https?:)?\/\//.test(script), `${script} is not ours`);
      assert.equal((await server.get(new URL(script, `${server.base}${path}`).pathname)).status, 200, script);
    }
  }
});

test('many connections at once', async () => {
  const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => server.get(i % 3 === 0 ? HEAT : '/api/v1/complaints?limit=5')));
  assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
});
