// The API's description: every route is in it, and what it says holds.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { Description } from './lib/openapi';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { Server } from './lib/server';

let database: Database;
let server: Server;
let api: Description;
let operator: Person;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'quan', 'administrator');
  server = await Server.start(database);
  operator = await sessionOf(server, 'truc');
  api = await Description.of(server);
});
after(async () => {
  await server.stop();
  await database.drop();
});

test('every route says what it is', () => {
  assert.equal(api.document.openapi, '3.1.0');
  assert.ok(api.operations.length > 50, `${api.operations.length} operations`);
  for (const o of api.operations) {
    assert.match(o.summary, /^\S.*[^.\s]$/, `${o.method} ${o.path} has no summary`);
    assert.match(o.tags[0] ?? '', /^[a-z-]+$/, `${o.method} ${o.path} has no tag`);
    assert.equal(o.good.length, 1, `${o.method} ${o.path}`);
    for (const p of o.parameters.filter((each) => each.in === 'path')) {
      assert.ok(p['x-identifies'], `${o.method} ${o.path}: what {${p.name}} identifies is not told in openapi.json, "x-ids"`);
    }
    if (['POST', 'PUT', 'PATCH'].includes(o.method)) {
      assert.notEqual(o.body, undefined, `${o.method} ${o.path}: what is its body?`);
    }
  }
});

test('every reference stands for something', () => {
  let n = 0;
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    if ('$ref' in value) {
      api.resolve(value);
      n++;
    }
    Object.values(value).forEach(walk);
  };
  walk(api.document);
  assert.ok(n > 100, `${n} references`);
});

/** Of a schema and what is in it: what says nothing of its shape, though it does not say why. */
function vague(schema: any, at: string, seen: Set<unknown>): string[] { // eslint-disable-line @typescript-eslint/no-explicit-any
  const s = api.resolve(schema);
  if (seen.has(s) || 'x-free' in s) return [];
  seen.add(s);
  const types = [s.type].flat();
  const found: string[] = [];
  if (!('type' in s || 'oneOf' in s || 'enum' in s || 'const' in s)) found.push(`${at} has no type`);
  if (types.includes('object') && !s.properties && typeof s.additionalProperties !== 'object' && s.additionalProperties !== false) found.push(`${at} is any object`);
  if (types.includes('array') && !s.items) found.push(`${at} is any list`);
  for (const [name, one] of Object.entries<object>(s.properties ?? {})) found.push(...vague(one, `${at}.${name}`, seen));
  if (s.items) found.push(...vague(s.items, `${at}[]`, seen));
  if (typeof s.additionalProperties === 'object') found.push(...vague(s.additionalProperties, `${at}.*`, seen));
  for (const one of s.oneOf ?? []) found.push(...vague(one, at, seen));
  return found;
}

test('every answer has a shape; what is free by its nature says so (x-free)', () => {
  const seen = new Set<unknown>();
  const found = api.operations.filter((o) => o.answer).flatMap((o) => vague(o.answer, `${o.method} ${o.path}`, seen));
  assert.deepEqual(found, []);
  const json = api.operations.filter((o) => o.answer).length;
  assert.ok(json > 150, `${json} answers in JSON`);
});

test('a wrong shape is found: a field too many, one too few, another type', async () => {
  const { json } = await server.get('/api/v1/rule-vocabulary', (await sessionOf(server, 'quan')).headers);
  const hold = (value: unknown): void => api.holdsAnswer('GET', '/api/v1/rule-vocabulary', value);
  hold(json);
  assert.throws(() => hold({ ...json, more: 1 }), /more is not described/);
  assert.throws(() => hold({ ...json, sets: undefined }), /sets/);
  assert.throws(() => hold({ ...json, agencies: [{ code: 1, name: 'x' }] }), /is no string/);
  assert.throws(() => hold([]), /is no object/);
});

test('what the router serves is in it: no path answers that is not described', async () => {
  const unknown = await server.get('/api/v1/nothing-like-this/at/all');
  problem(unknown, 404);
  for (const path of ['/api/v1/complaints', '/api/v1/complaints/{code}', '/api/v1/session', '/tiles/{layer}/{z}/{x}/{y}.mvt', '/healthz']) {
    api.find('GET', path);
  }
});

test('answers are what their schemas say', async () => {
  const made = await server.file(complaint({ channel: 'phone' }), operator.headers);
  assert.equal(made.status, 201, made.text);
  const code = made.json.code as string;
  const questions: [string, string, string][] = [
    ['GET', '/api/v1/complaints', '/api/v1/complaints?limit=20'],
    ['GET', '/api/v1/complaints/{code}', `/api/v1/complaints/${code}`],
    ['GET', '/api/v1/complaints/{code}/history', `/api/v1/complaints/${code}/history`],
    ['GET', '/api/v1/session', '/api/v1/session'],
    ['GET', '/api/v1/city', '/api/v1/city'],
    ['GET', '/api/v1/categories', '/api/v1/categories'],
    ['GET', '/api/v1/route', `/api/v1/route?lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=tieng-on`],
    ['GET', '/api/v1/reverse', `/api/v1/reverse?lon=${CENTRE.lon}&lat=${CENTRE.lat}`],
  ];
  for (const [method, path, address] of questions) {
    for (const headers of [operator.headers, {}]) {
      const answer = await server.get(address, headers);
      if (answer.status === 401) continue;
      assert.equal(answer.status, 200, answer.text);
      api.holds(api.find(method, path).answer, answer.json, `${method} ${path}`);
    }
  }
  api.holds({ $ref: '#/components/schemas/Problem' }, (await server.file({})).json, 'a problem');
  api.holds(api.find('POST', '/api/v1/complaints').answer, made.json, 'a new complaint');
});

test('a body that the description refuses is refused, and the other way round', async () => {
  for (const o of api.operations.filter((each) => each.body?.additionalProperties === false && each.body.required?.length > 0)) {
    // Anonymous callers learn nothing of the fields.
    if (o.open) continue;
    const path = o.path.replace(/\{\w+\}/g, '1');
    const answer = await server.request(path, { method: o.method, headers: { 'Content-Type': 'application/json' }, body: '{"x":1}' });
    assert.equal(answer.status, 401, `${o.method} ${o.path}: ${answer.text}`);
  }
});
