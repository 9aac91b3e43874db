// Accounts, sessions and keys: who is let in, what each may see, and what is never told.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, must, run, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
const PASSWORD = 'một mật khẩu khá dài 1022';

async function addUser(login: string, role: string, agency?: string): Promise<void> {
  await must(HOTLINE, ['user', 'add', '--login', login, '--name', `Người ${login}`, '--role', role,
    ...(agency ? ['--agency', agency] : [])], { input: `${PASSWORD}\n`, env: { HOTLINE_DATABASE: database.url } });
}

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addUser('truc', 'operator');
  await addUser('lanh', 'leader');
  await addUser('khoa', 'operator');
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
});

interface Session {
  cookie: string;
  csrf: string;
}

function logIn(login: string, password = PASSWORD, headers: Record<string, string> = {}): Promise<Answer> {
  return server.post('/api/v1/session', { login, password }, headers);
}

async function session(login: string): Promise<Session> {
  const answer = await logIn(login);
  assert.equal(answer.status, 200, answer.text);
  return { cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '', csrf: answer.json.csrf };
}

test('who logs in is known until he logs out', async () => {
  const answer = await logIn('truc');
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.user, { login: 'truc', name: 'Người truc', role: 'operator', agency: null });
  assert.match(answer.json.csrf, /^[0-9a-f]{32}$/);
  const set = answer.headers.get('set-cookie') ?? '';
  assert.match(set, /^[a-z_]+=[0-9a-f]{64};/);
  for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=']) assert.ok(set.includes(flag), `${flag} in ${set}`);
  assert.ok(!set.includes('Secure'), 'over plain HTTP a browser would drop it');
  const behind = await logIn('truc', PASSWORD, { 'X-Forwarded-Proto': 'https' });
  assert.match(behind.headers.get('set-cookie') ?? '', /; Secure/);

  const cookie = set.split(';')[0] ?? '';
  const who = await server.get('/api/v1/session', { Cookie: cookie });
  assert.equal(who.status, 200);
  assert.deepEqual([who.json.user.login, who.json.csrf], ['truc', answer.json.csrf]);

  const out = await server.request('/api/v1/session', { method: 'DELETE', headers: { Cookie: cookie, 'X-CSRF-Token': answer.json.csrf } });
  assert.equal(out.status, 204);
  assert.match(out.headers.get('set-cookie') ?? '', /Max-Age=0/);
  problem(await server.get('/api/v1/session', { Cookie: cookie }), 401);
});

test('nobody is not known', async () => {
  problem(await server.get('/api/v1/session'), 401);
  problem(await server.get('/api/v1/session', { Cookie: 'hotline_session=0000' }), 401);
  // An ended session reads what all may read, and changes nothing under a name that it no longer has.
  assert.equal((await server.get('/tiles.json', { Cookie: 'hotline_session=0000' })).status, 200);
  assert.equal((await server.get('/api/v1/complaints?limit=1', { Cookie: 'hotline_session=0000' })).status, 200);
  problem(await server.file(complaint(), { Cookie: 'hotline_session=0000' }), 401);
});

test('a wrong password, an unknown login and a disabled account look alike', async () => {
  await addUser('gone', 'operator');
  await must(HOTLINE, ['user', 'disable', '--login', 'gone'], { env: { HOTLINE_DATABASE: database.url } });
  const answers = [await logIn('lanh', 'wrong password'), await logIn('nobody-at-all'), await logIn('gone')];
  for (const answer of answers) {
    problem(answer, 401);
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.deepEqual({ ...answer.json, request_id: '' }, { ...answers[0]?.json, request_id: '' });
  }
});

test('after five wrong passwords the account rests, even from the right one', async () => {
  for (let i = 0; i < 5; i++) problem(await logIn('khoa', `wrong ${i}`), 401);
  const resting = await logIn('khoa');
  problem(resting, 429);
  assert.ok(Number(resting.headers.get('retry-after')) > 0);
  const seconds = Number(resting.headers.get('retry-after'));
  // Longer each time, up to a bound.
  await database.sql("UPDATE hotline.login_failures SET locked_until = now() WHERE subject = 'login:khoa'");
  problem(await logIn('khoa', 'wrong again'), 401);
  const longer = Number((await logIn('khoa')).headers.get('retry-after'));
  assert.ok(longer > seconds, `${longer} s after ${seconds} s`);
  await database.sql("UPDATE hotline.login_failures SET failures = 1000, locked_until = now() WHERE subject = 'login:khoa'");
  problem(await logIn('khoa', 'wrong again'), 401);
  const most = Number((await logIn('khoa')).headers.get('retry-after'));
  assert.ok(most > 800 && most <= 900, `${most} s`);
  await database.sql("UPDATE hotline.login_failures SET locked_until = now() WHERE subject = 'login:khoa'");
  assert.equal((await logIn('khoa')).status, 200);
  assert.equal(await database.number("SELECT count(*) FROM hotline.login_failures WHERE subject = 'login:khoa'"), 0);
});

test('resting tells nothing of accounts: one that there is not rests the same', async () => {
  for (let i = 0; i < 5; i++) problem(await logIn('no-such-person', `wrong ${i}`), 401);
  const resting = await logIn('no-such-person');
  problem(resting, 429);
  assert.ok(Number(resting.headers.get('retry-after')) > 0);
});

test('an address from which many accounts are tried rests, others do not', async () => {
  const from = (address: string): Record<string, string> => ({ 'X-Forwarded-For': `1.2.3.4, ${address}` });
  await database.sql("INSERT INTO hotline.settings VALUES ('access', '{\"lock_address_after\": 4}')");
  for (let i = 0; i < 4; i++) problem(await logIn(`guess-${i}`, 'wrong', from('203.0.113.7')), 401);
  problem(await logIn('truc', PASSWORD, from('203.0.113.7')), 429);
  assert.equal((await logIn('truc', PASSWORD, from('203.0.113.8'))).status, 200);
  await database.sql("DELETE FROM hotline.settings WHERE key = 'access'");
});

test('bad log-ins are refused by field', async () => {
  const at = '/api/v1/session';
  problem(await server.post(at, 'x'), 400);
  problem(await server.post(at, '[]'), 400);
  assert.deepEqual(problem(await server.post(at, {}), 422).map((e) => e.field), ['login', 'password']);
  assert.deepEqual(problem(await server.post(at, { login: 1, password: 'x'.repeat(300) }), 422).map((e) => e.field), ['login', 'password']);
  assert.deepEqual(problem(await server.post(at, '{"login":"a\\u0000b","password":"c"}'), 422).map((e) => e.field), ['login']);
  assert.equal((await logIn("' OR 1=1 --")).status, 401);
});

test('a session writes only with its token', async () => {
  const { cookie, csrf } = await session('truc');
  const stored = await database.complaints();
  for (const token of [undefined, '', 'x', csrf.replace(/.$/, csrf.endsWith('0') ? '1' : '0')]) {
    const answer = await server.file(complaint({ channel: 'phone' }), { Cookie: cookie, ...(token === undefined ? {} : { 'X-CSRF-Token': token }) });
    assert.deepEqual(problem(answer, 403).map((e) => e.field), ['X-CSRF-Token']);
  }
  assert.equal(await database.complaints(), stored);
  const made = await server.file(complaint({ channel: 'phone' }), { Cookie: cookie, 'X-CSRF-Token': csrf });
  assert.equal(made.status, 201, made.text);
  assert.equal(await database.sql(`SELECT h.actor FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id
    WHERE c.code = '${made.json.code}'`), 'user:truc');
  // Reading needs none; the history then says who.
  const history = await server.get(`/api/v1/complaints/${made.json.code}/history`, { Cookie: cookie });
  assert.equal(history.json.history[0].actor, 'user:truc');
  assert.equal((await server.get(`/api/v1/complaints/${made.json.code}/history`)).json.history[0].actor, undefined);
});

test('a session that is old, or of an account that was disabled, is over', async () => {
  const first = await session('lanh');
  await database.sql("UPDATE hotline.sessions SET seen_at = now() - interval '1 year'");
  problem(await server.get('/api/v1/session', { Cookie: first.cookie }), 401);
  const second = await session('lanh');
  await database.sql("UPDATE hotline.sessions SET expires_at = now() - interval '1 second'");
  problem(await server.get('/api/v1/session', { Cookie: second.cookie }), 401);
  const third = await session('lanh');
  assert.equal((await server.get('/api/v1/session', { Cookie: third.cookie })).status, 200);
  await must(HOTLINE, ['user', 'disable', '--login', 'lanh'], { env: { HOTLINE_DATABASE: database.url } });
  problem(await server.get('/api/v1/session', { Cookie: third.cookie }), 401);
});

test('a key lets another system in until it is revoked', async () => {
  const key = /hl_[0-9a-f]{64}/.exec(await database.hotline('key', 'add', 'bus-company'))?.[0] ?? '';
  assert.notEqual(key, '');
  const headers = { Authorization: `Bearer ${key}` };
  const made = await server.file(complaint({ channel: 'api' }), headers);
  assert.equal(made.status, 201, made.text);
  assert.equal(await database.sql(`SELECT h.actor FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id
    WHERE c.code = '${made.json.code}'`), 'key:bus-company');
  for (const wrong of [`Bearer ${key}0`, 'Bearer x', 'Bearer ', `Basic ${key}`, key]) {
    problem(await server.file(complaint(), { Authorization: wrong }), 401);
  }
  assert.equal(await database.number(`SELECT count(*) FROM hotline.api_keys WHERE encode(key_hash, 'escape') LIKE '%${key.slice(3, 20)}%'`), 0);
  await database.hotline('key', 'revoke', 'bus-company');
  problem(await server.file(complaint({ channel: 'api' }), headers), 401);
});

test('keys of different callers do not meet: one Idempotency-Key each', async () => {
  const key = /hl_[0-9a-f]{64}/.exec(await database.hotline('key', 'add', 'other-city'))?.[0] ?? '';
  const same = { 'Idempotency-Key': 'shared-between-callers' };
  const mine = await server.file(complaint(), same);
  const theirs = await server.file(complaint(), { ...same, Authorization: `Bearer ${key}` });
  assert.deepEqual([mine.status, theirs.status], [201, 201]);
  assert.notEqual(mine.json.code, theirs.json.code);
});

test('people of an agency see their own complaints only, with words', async () => {
  const [own, other] = (await database.sql(`SELECT a.code FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE a.valid @> current_date GROUP BY a.code ORDER BY count(*) DESC LIMIT 2`)).split('\n');
  await addUser('doi', 'agency_staff', own);
  const { cookie } = await session('doi');
  const listed = (await server.get(`/api/v1/complaints?limit=500&agency=${other}`, { Cookie: cookie })).json.complaints;
  assert.ok(listed.length > 0);
  for (const row of listed) {
    assert.equal(row.assignment.agency.code, own);
    assert.equal(typeof row.description, 'string');
  }
});

test('filing without an account is bounded for each address', async () => {
  const own = await Postgres.shared().cityDatabase();
  const bounded = await Server.start(own, '--workers', '1', '--anonymous-per-minute', '5');
  const answers = [];
  for (let i = 0; i < 8; i++) answers.push(await bounded.file(complaint()));
  assert.deepEqual(answers.map((a) => a.status), [201, 201, 201, 201, 201, 429, 429, 429]);
  problem(answers[7] as Answer, 429);
  assert.ok(Number(answers[7]?.headers.get('retry-after')) > 0);
  const key = /hl_[0-9a-f]{64}/.exec(await own.hotline('key', 'add', 'unbounded'))?.[0] ?? '';
  assert.equal((await bounded.file(complaint(), { Authorization: `Bearer ${key}` })).status, 201);
  await bounded.stop();
  await own.drop();
});

test('no secret is in the log, and none in the database', async () => {
  await logIn('truc');
  assert.ok(!server.logText.includes(PASSWORD));
  assert.match(await database.sql("SELECT password_hash FROM hotline.users WHERE login = 'truc'"), /^\$argon2id\$/);
  const { cookie } = await session('truc');
  const token = cookie.split('=')[1] ?? '';
  assert.ok(!server.logText.includes(token));
  assert.equal(await database.number(`SELECT count(*) FROM hotline.sessions s WHERE s::text LIKE '%${token}%'`), 0);
});

test('the service\'s own role can neither see persons nor change the schema or the past', async () => {
  const service = (text: string): ReturnType<typeof run> => run('/usr/lib/postgresql/15/bin/psql',
    ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', database.serviceUrl, '-c', text]);
  for (const text of ['SELECT * FROM personal.reporters', 'DELETE FROM hotline.complaint_history',
    'UPDATE hotline.complaints SET description = 1', 'DELETE FROM hotline.complaints', 'DROP TABLE hotline.complaints',
    'CREATE TABLE hotline.x (a int)', 'SELECT personal.reporter_reveal(1, \'me\', \'why\')', 'UPDATE hotline.users SET role = \'administrator\'']) {
    const outcome = await service(text);
    assert.notEqual(outcome.code, 0, text);
    assert.match(outcome.stderr, /permission denied|must be owner/, text);
  }
  await waitUntil('it to be well', async () => (await service('SELECT 1')).code === 0);
});
