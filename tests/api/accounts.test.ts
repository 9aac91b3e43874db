// Accounts, sessions, second factors and keys over HTTP, as administrators and people use them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { Description } from './lib/openapi';
import { PASSWORD, type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { type Answer, Server } from './lib/server';
import { totp } from './lib/totp';

let database: Database;
let server: Server;
let api: Description;
let admin: Person;
let agency: string;
const NEW = 'mật khẩu mới của tôi 2026';

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'quan', 'administrator');
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'soat', 'auditor');
  server = await Server.start(database);
  admin = await sessionOf(server, 'quan');
  api = await Description.of(server);
  agency = await database.sql(`SELECT a.code FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE a.valid @> current_date GROUP BY a.code ORDER BY count(*) DESC LIMIT 1`);
});
after(async () => {
  await server.stop();
  await database.drop();
});

function send(person: Person | null, method: string, path: string, body?: unknown): Promise<Answer> {
  return server.request(path, {
    method,
    headers: { ...(person?.headers ?? {}), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Checks the answer against the description too. */
async function good(person: Person, method: string, path: string, pattern: string, body?: unknown): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const answer = await send(person, method, path, body);
  assert.ok(answer.status === 200 || answer.status === 201, `${method} ${path}: ${answer.status} ${answer.text}`);
  api.holds(api.find(method, pattern).answer, answer.json, `${method} ${pattern}`);
  return answer.json;
}

const logIn = (login: string, password = PASSWORD, code?: string): Promise<Answer> =>
  server.post('/api/v1/session', { login, password, ...(code ? { code } : {}) });

test('an administrator adds an account, which chooses its password with a link, once', async () => {
  const made = await good(admin, 'POST', '/api/v1/users', '/api/v1/users',
    { login: 'moi', name: 'Người mới', role: 'agency_staff', agency, categories: ['tieng-on'], email: 'Moi@Example.org' });
  assert.deepEqual([made.role, made.agency, made.categories, made.email, made.has_password], ['agency_staff', agency, ['tieng-on'], 'moi@example.org', false]);
  problem(await logIn('moi', ''), 422);
  problem(await logIn('moi', 'anything at all'), 401);
  const token = /^\/#password=([0-9a-f]{64})$/.exec(made.link)?.[1] ?? '';
  assert.equal(await database.number(`SELECT count(*) FROM hotline.answered_requests r WHERE r::text LIKE '%${token}%'`), 0);
  assert.deepEqual(problem(await server.post('/api/v1/password', { token, new_password: 'short' }), 422).map((e) => e.field), ['new_password']);
  assert.deepEqual(problem(await server.post('/api/v1/password', { token: 'f'.repeat(64), new_password: NEW }), 422).map((e) => e.field), ['token']);
  assert.equal((await server.post('/api/v1/password', { token, new_password: NEW })).status, 204);
  assert.deepEqual(problem(await server.post('/api/v1/password', { token, new_password: `${NEW} x` }), 422).map((e) => e.field), ['token']);
  assert.equal((await logIn('moi', NEW)).status, 200);
  const again = await good(admin, 'POST', '/api/v1/users/moi/reset', '/api/v1/users/{login}/reset', {});
  assert.notEqual(again.link, made.link);
  await database.sql("UPDATE hotline.password_links SET expires_at = now()");
  const late = again.link.slice('/#password='.length);
  assert.deepEqual(problem(await server.post('/api/v1/password', { token: late, new_password: NEW }), 422).map((e) => e.field), ['token']);
});

test('what cannot be is refused by field, and changes nothing', async () => {
  const accounts = await database.number('SELECT count(*) FROM hotline.users');
  const rows: [Record<string, unknown>, string][] = [
    [{ login: 'X Y', name: 'a', role: 'operator' }, 'login'],
    [{ login: 'xy', name: 'a', role: 'king' }, 'role'],
    [{ login: 'truc', name: 'a', role: 'operator' }, 'login'],
    [{ login: 'xy', name: 'a', role: 'agency_staff' }, 'agency'],
    [{ login: 'xy', name: 'a', role: 'agency_staff', agency: 'no-such' }, 'agency'],
    [{ login: 'xy', name: 'a', role: 'agency_staff', agency, desk: 'no-such' }, 'desk'],
    [{ login: 'xy', name: 'a', role: 'operator', agency }, 'agency'],
    [{ login: 'xy', name: 'a', role: 'operator', categories: ['no-such'] }, 'categories'],
    [{ login: 'xy', name: 'a', role: 'operator', categories: [1] }, 'categories'],
    [{ login: 'xy', role: 'operator' }, 'name'],
  ];
  for (const [body, field] of rows) {
    const answer = await send(admin, 'POST', '/api/v1/users', body);
    assert.ok(answer.status === 422 || answer.status === 409, `${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
    assert.deepEqual(problem(answer, answer.status).map((e) => e.field), [field]);
  }
  assert.equal(await database.number('SELECT count(*) FROM hotline.users'), accounts);
});

test('a change of role or scope ends the sessions, and holds at once', async () => {
  await addPerson(database, 'doi', 'operator');
  const before_ = await sessionOf(server, 'doi');
  await good(admin, 'PUT', '/api/v1/users/doi', '/api/v1/users/{login}', { name: 'Đội', role: 'agency_staff', agency });
  problem(await send(before_, 'GET', '/api/v1/session'), 401);
  const now = await sessionOf(server, 'doi');
  for (const row of (await send(now, 'GET', '/api/v1/complaints?limit=100')).json.complaints) assert.equal(row.assignment.agency.code, agency);
  // Narrower: one category with what is below it.
  await good(admin, 'PUT', '/api/v1/users/doi', '/api/v1/users/{login}', { name: 'Đội', role: 'agency_staff', agency, categories: ['giao-thong'] });
  const narrow = await sessionOf(server, 'doi');
  const below = (await database.sql(`SELECT k.code FROM hotline.categories k LEFT JOIN hotline.categories p ON p.id = k.parent_id
    WHERE 'giao-thong' IN (k.code, p.code)`)).split('\n');
  for (const row of (await send(narrow, 'GET', '/api/v1/complaints?limit=100')).json.complaints) assert.ok(below.includes(row.category.code), row.category.code);
  await good(admin, 'POST', '/api/v1/users/doi/disable', '/api/v1/users/{login}/disable', {});
  problem(await send(narrow, 'GET', '/api/v1/session'), 401);
  problem(await logIn('doi'), 401);
  await good(admin, 'POST', '/api/v1/users/doi/enable', '/api/v1/users/{login}/enable', {});
  assert.equal((await logIn('doi')).status, 200);
});

test('nobody locks himself out, and only administrators administer; auditors look', async () => {
  assert.equal((await send(admin, 'POST', '/api/v1/users/quan/disable', {})).status, 409);
  assert.equal((await send(admin, 'PUT', '/api/v1/users/quan', { name: 'Q', role: 'operator' })).status, 409);
  const auditor = await sessionOf(server, 'soat');
  const users = (await good(auditor, 'GET', '/api/v1/users', '/api/v1/users')).users;
  assert.ok(users.some((user: { login: string }) => user.login === 'truc'));
  assert.ok(!JSON.stringify(users).includes('argon2id'));
  await good(auditor, 'GET', '/api/v1/keys', '/api/v1/keys');
  const operator = await sessionOf(server, 'truc');
  for (const [person, status] of [[auditor, 403], [operator, 403], [null, 401]] as const) {
    problem(await send(person, 'POST', '/api/v1/users', { login: 'xz', name: 'a', role: 'operator' }), status);
    problem(await send(person, 'POST', '/api/v1/users/moi/disable', {}), status);
    problem(await send(person, 'POST', '/api/v1/keys', { name: 'k', scopes: ['file'] }), status);
    problem(await send(person, 'DELETE', '/api/v1/users/moi/sessions'), status);
  }
  for (const person of [operator, null]) {
    for (const path of ['/api/v1/users', '/api/v1/users/moi', '/api/v1/users/nobody', '/api/v1/users/moi/sessions', '/api/v1/keys']) {
      problem(await send(person, 'GET', path), person ? 403 : 401);
    }
  }
});

test('one sees and ends one\'s own sessions, an administrator everybody\'s', async () => {
  const first = await sessionOf(server, 'truc');
  const second = await sessionOf(server, 'truc');
  const mine = (await good(first, 'GET', '/api/v1/sessions', '/api/v1/sessions')).sessions;
  assert.ok(mine.length >= 2);
  assert.equal(mine.filter((s: { current: boolean }) => s.current).length, 1);
  assert.ok(!JSON.stringify(mine).includes((first.headers['Cookie'] ?? '').split('=')[1] ?? '-'));
  // Somebody else's session cannot be ended by its number.
  const theirs = await database.sql("SELECT s.id FROM hotline.sessions s JOIN hotline.users u ON u.id = s.user_id WHERE u.login = 'quan' LIMIT 1");
  problem(await send(first, 'DELETE', `/api/v1/sessions/${theirs}`), 404);
  await good(first, 'DELETE', '/api/v1/sessions', '/api/v1/sessions');
  problem(await send(second, 'GET', '/api/v1/session'), 401);
  assert.equal((await send(first, 'GET', '/api/v1/session')).status, 200);
  // Logging in again from the same browser takes the place of the old session.
  const rotated = await server.post('/api/v1/session', { login: 'truc', password: PASSWORD }, { Cookie: first.headers['Cookie'] ?? '' });
  assert.equal(rotated.status, 200);
  problem(await send(first, 'GET', '/api/v1/session'), 401);
  const third = await sessionOf(server, 'truc');
  const shown = (await good(admin, 'GET', '/api/v1/users/truc/sessions', '/api/v1/users/{login}/sessions')).sessions;
  await good(admin, 'DELETE', `/api/v1/users/truc/sessions/${shown[0].id}`, '/api/v1/users/{login}/sessions/{session}');
  await good(admin, 'DELETE', '/api/v1/users/truc/sessions', '/api/v1/users/{login}/sessions');
  problem(await send(third, 'GET', '/api/v1/session'), 401);
});

test('how long a session lives is a setting', async () => {
  await database.sql("INSERT INTO hotline.settings VALUES ('access', '{\"idle_minutes\": 5, \"absolute_hours\": 1}')");
  const answer = await logIn('truc');
  assert.match(answer.headers.get('set-cookie') ?? '', /Max-Age=3600(;|$)/);
  const person = await sessionOf(server, 'truc');
  await database.sql("UPDATE hotline.sessions SET seen_at = now() - interval '4 minutes'");
  assert.equal((await send(person, 'GET', '/api/v1/session')).status, 200);
  await database.sql("UPDATE hotline.sessions SET seen_at = now() - interval '6 minutes'");
  problem(await send(person, 'GET', '/api/v1/session'), 401);
  await database.sql("DELETE FROM hotline.settings WHERE key = 'access'; UPDATE hotline.sessions SET seen_at = now()");
});

test('a password is changed by who knows it; the other sessions end', async () => {
  await addPerson(database, 'mat', 'operator');
  const [here, there] = [await sessionOf(server, 'mat'), await sessionOf(server, 'mat')];
  const at = '/api/v1/session/password';
  assert.deepEqual(problem(await send(here, 'POST', at, { password: 'not this one', new_password: NEW }), 422).map((e) => e.field), ['password']);
  assert.deepEqual(problem(await send(here, 'POST', at, { password: PASSWORD, new_password: 'short' }), 422).map((e) => e.field), ['new_password']);
  await good(here, 'POST', at, at, { password: PASSWORD, new_password: NEW });
  assert.equal((await send(here, 'GET', '/api/v1/session')).status, 200);
  problem(await send(there, 'GET', '/api/v1/session'), 401);
  problem(await logIn('mat'), 401);
  assert.equal((await logIn('mat', NEW)).status, 200);
  // Guessing there is counted as at the door.
  for (let i = 0; i < 5; i++) await send(here, 'POST', at, { password: `wrong ${i}`, new_password: NEW });
  problem(await send(here, 'POST', at, { password: NEW, new_password: `${NEW}!` }), 429);
  assert.ok(!server.logText.includes(NEW));
});

const AT = '/api/v1/session/factor';

test('a second factor: set up, asked for, no code taken twice, recovered, given up', async () => {
  await addPerson(database, 'hai', 'supervisor');
  const person = await sessionOf(server, 'hai');
  const other = await sessionOf(server, 'hai');
  const { secret, uri } = await good(person, 'POST', AT, AT, {});
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.match(uri, new RegExp(`^otpauth://totp/Hotline1022:hai\\?secret=${secret}&issuer=Hotline1022&algorithm=SHA1&digits=6&period=30$`));
  assert.equal((await logIn('hai')).status, 200, 'not asked for before it is confirmed');
  assert.deepEqual(problem(await send(person, 'PUT', AT, { code: '000000' }), 422).map((e) => e.field), ['code']);
  const codes = (await good(person, 'PUT', AT, AT, { code: totp(secret) })).recovery_codes;
  assert.equal(new Set(codes).size, 10);
  problem(await send(other, 'GET', '/api/v1/session'), 401);
  assert.equal((await send(person, 'GET', '/api/v1/session')).status, 200);

  const asked = await logIn('hai');
  assert.deepEqual(problem(asked, 401).map((e) => [e.field, e.code]), [['code', 'required']]);
  assert.equal(asked.headers.get('set-cookie'), null);
  assert.deepEqual(problem(await logIn('hai', PASSWORD, totp(secret)), 401).map((e) => e.field), ['code'], 'the code that confirmed it was taken');
  const next = totp(secret, 1);
  assert.equal((await logIn('hai', PASSWORD, next)).status, 200);
  assert.deepEqual(problem(await logIn('hai', PASSWORD, next), 401).map((e) => e.field), ['code'], 'no code is taken twice');
  assert.deepEqual(problem(await logIn('hai', 'wrong password', totp(secret)), 401), [], 'a wrong password tells nothing of codes');
  assert.equal((await logIn('hai', PASSWORD, ` ${(codes[0] as string).toUpperCase()}`)).status, 200);
  assert.equal((await logIn('hai', PASSWORD, codes[0])).status, 401);

  // The service itself can read neither secret nor codes.
  for (const table of ['second_factors', 'recovery_codes', 'users', 'sessions', 'password_links', 'login_failures']) {
    await assert.rejects(new (database.constructor as new (p: Postgres, n: string) => Database)(
      { url: database.serviceUrl.replace(`/${database.name}?`, '/postgres?') } as Postgres, database.name).sql(`SELECT * FROM hotline.${table}`), /permission denied/);
  }
  assert.equal(await database.number(`SELECT count(*) FROM hotline.answered_requests r WHERE r::text LIKE '%${secret}%' OR r::text LIKE '%${codes[1]}%'`), 0);

  await good(person, 'POST', `${AT}/removal`, `${AT}/removal`, { code: codes[1] });
  assert.equal((await logIn('hai')).status, 200);
});

test('wrong codes are counted like wrong passwords', async () => {
  await addPerson(database, 'dem', 'operator');
  const person = await sessionOf(server, 'dem');
  const { secret } = await good(person, 'POST', AT, AT, {});
  await good(person, 'PUT', AT, AT, { code: totp(secret) });
  for (let i = 0; i < 5; i++) assert.equal((await logIn('dem', PASSWORD, '123123')).status, 401);
  problem(await logIn('dem', PASSWORD, totp(secret, 1)), 429);
  // An administrator helps who lost phone and codes.
  await database.sql("DELETE FROM hotline.login_failures");
  const seen = await good(admin, 'POST', '/api/v1/users/dem/drop-factor', '/api/v1/users/{login}/drop-factor', {});
  assert.equal(seen.second_factor, false);
  assert.equal((await logIn('dem')).status, 200);
});

test('where the role needs a second factor, nothing else goes before it is there', async () => {
  await addPerson(database, 'buoc', 'operator');
  await database.sql("INSERT INTO hotline.settings VALUES ('access', '{\"second_factor_roles\": [\"operator\"]}')");
  const answer = await logIn('buoc');
  assert.equal(answer.json.second_factor_required, true);
  const person = { login: 'buoc', headers: { Cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '', 'X-CSRF-Token': answer.json.csrf } };
  for (const path of ['/api/v1/complaints', '/api/v1/calls', '/tiles.json']) {
    assert.deepEqual(problem(await send(person, 'GET', path), 403).map((e) => e.field), ['second_factor'], path);
  }
  problem(await server.file(complaint({ channel: 'phone' }), person.headers), 403);
  const { secret } = await good(person, 'POST', AT, AT, {});
  await good(person, 'PUT', AT, AT, { code: totp(secret) });
  assert.equal((await send(person, 'GET', '/api/v1/complaints')).status, 200);
  problem(await send(person, 'POST', `${AT}/removal`, { code: totp(secret, 1) }), 409);
  await database.sql("DELETE FROM hotline.settings WHERE key = 'access'");
});

test('a key may do what its scopes say, of its agency, until it ends', async () => {
  const make = async (body: Record<string, unknown>): Promise<Record<string, string>> => {
    const made = await good(admin, 'POST', '/api/v1/keys', '/api/v1/keys', body);
    assert.match(made.key, /^hl_[0-9a-f]{64}$/);
    assert.equal(await database.number(`SELECT count(*) FROM hotline.answered_requests r WHERE r::text LIKE '%${made.key}%'`), 0);
    return { Authorization: `Bearer ${made.key}` };
  };
  const files = await make({ name: 'may-nop', scopes: ['file'] });
  const reads = await make({ name: 'may-doc', scopes: ['read'] });
  const own = await make({ name: 'may-don-vi', scopes: ['read', 'file'], agency });
  const made = await server.file(complaint({ channel: 'api' }), files);
  assert.equal(made.status, 201, made.text);
  problem(await server.file(complaint({ channel: 'api' }), reads), 403);

  const list = async (headers: Record<string, string>): Promise<any[]> => (await server.get('/api/v1/complaints?limit=200', headers)).json.complaints; // eslint-disable-line @typescript-eslint/no-explicit-any
  for (const row of await list(files)) assert.deepEqual([row.code, row.description], [undefined, undefined]);
  for (const row of await list(reads)) assert.equal(typeof row.description, 'string');
  const ownRows = await list(own);
  assert.ok(ownRows.length > 0);
  for (const row of ownRows) assert.equal(row.assignment.agency.code, agency);
  const foreign = await database.sql(`SELECT c.code FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id WHERE a.code <> '${agency}' LIMIT 1`);
  assert.equal((await server.get(`/api/v1/complaints/${foreign}`, own)).json.version, undefined, 'the holder\'s part only');
  assert.equal(typeof (await server.get(`/api/v1/complaints/${foreign}`, reads)).json.version, 'number');

  for (const [body, field] of [
    [{ name: 'x', scopes: ['everything'] }, 'scopes'], [{ name: 'x', scopes: [] }, 'scopes'], [{ name: 'may-nop', scopes: ['file'] }, 'name'],
    [{ name: 'x', scopes: ['file'], expires_on: '2020-01-01' }, 'expires_on'], [{ name: 'x', scopes: ['file'], expires_on: 'soon' }, 'expires_on'],
    [{ name: 'x', scopes: ['file'], agency: 'no-such' }, 'agency'],
  ] as const) {
    const answer = await send(admin, 'POST', '/api/v1/keys', body);
    assert.deepEqual(problem(answer, answer.status).map((e) => e.field), [field], JSON.stringify(body));
  }
  await database.sql("UPDATE hotline.api_keys SET expires_at = now() WHERE name = 'may-don-vi'");
  problem(await server.file(complaint({ channel: 'api' }), own), 401);
  const revoked = await good(admin, 'DELETE', '/api/v1/keys/may-nop', '/api/v1/keys/{key}');
  assert.equal(revoked.state, 'revoked');
  problem(await server.file(complaint({ channel: 'api' }), files), 401);
  problem(await send(admin, 'DELETE', '/api/v1/keys/may-nop'), 404);
});

test('the log of what matters for security tells of it all, without a secret', async () => {
  const events = (await database.sql('SELECT DISTINCT event FROM hotline.audit_log')).split('\n');
  for (const event of ['account.created', 'account.changed', 'account.scope', 'account.reset', 'session.opened', 'session.ended', 'login.failed',
    'key.created', 'key.revoked', 'factor.confirmed', 'factor.dropped', 'factor.removed']) assert.ok(events.includes(event), `${event} in ${events}`);
  assert.equal(await database.number("SELECT count(*) FROM hotline.audit_log a WHERE a::text LIKE '%argon2id%' OR a::text LIKE '%hl_%'"), 0);
});
