// Who reported: masked, seen in full for a purpose by those who work on it, each look recorded and
// readable; erased when its time is over; in no log.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, run } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
const people: Record<string, Person> = {};
let code: string;
let agency: string;

const REPORTER = { name: 'Trần Thị Bích Ngọc', phone: '0908 765 432', email: 'bich.ngoc@example.vn' };
const SECRETS = ['Ngọc', '765 432', '765432', 'bich.ngoc'];

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
  const made = await server.file(complaint({ reporter: REPORTER }));
  code = made.json.code;
  agency = made.json.assignment.agency.code;
  const other = await database.sql(`SELECT code FROM hotline.agencies WHERE valid @> current_date AND code <> '${agency}' ORDER BY code LIMIT 1`);
  for (const [login, role, of] of [['truc', 'operator'], ['sep', 'leader'], ['quan', 'administrator'], ['kiem', 'auditor'],
    ['giam-sat', 'supervisor'], ['ours', 'agency_staff', agency], ['theirs', 'agency_head', other]] as const) {
    await addPerson(database, login, role, of);
    people[login] = await sessionOf(server, login);
  }
});
after(async () => {
  await server.stop();
  await database.drop();
});

const as = (login: string): Record<string, string> => people[login]?.headers ?? {};
const look = (login: string, body: unknown, of = code): Promise<Answer> =>
  server.post(`/api/v1/complaints/${of}/reporter`, body, as(login));
const looks = (): Promise<number> => database.number('SELECT count(*) FROM personal.reporter_looks');

function withoutPerson(answer: Answer): void {
  for (const secret of SECRETS) assert.ok(!answer.text.includes(secret), `${secret} in ${answer.text.slice(0, 300)}`);
}

test('those who work on it see a mask, with the complaint too; nobody else sees even that', async () => {
  for (const login of ['truc', 'giam-sat', 'ours']) {
    const masked = await server.get(`/api/v1/complaints/${code}/reporter`, as(login));
    assert.equal(masked.status, 200, masked.text);
    withoutPerson(masked);
    assert.deepEqual(masked.json.people, [{ kind: 'reporter', name: 'T. T. B. N.', phone: '09xx•••432', email: 'b•••@…', anonymous: false, erased: false }]);
    assert.ok(masked.json.purposes.some((p: { code: string }) => p.code === 'goi-hoi-them'));
    assert.deepEqual((await server.get(`/api/v1/complaints/${code}`, as(login))).json.people, masked.json.people);
  }
  problem(await server.get(`/api/v1/complaints/${code}/reporter`, as('theirs')), 404);
  for (const login of ['sep', 'quan', 'kiem']) {
    problem(await server.get(`/api/v1/complaints/${code}/reporter`, as(login)), 403);
    assert.equal((await server.get(`/api/v1/complaints/${code}`, as(login))).json.people, undefined);
  }
  problem(await server.get(`/api/v1/complaints/${code}/reporter`), 401);
  assert.equal((await server.get(`/api/v1/complaints/${code}`)).json.people, undefined);
});

test('a look needs a purpose, is recorded before it is answered, and is kept nowhere else', async () => {
  const before = await looks();
  const seen = await look('ours', { purpose: 'goi-hoi-them' });
  assert.equal(seen.status, 200, seen.text);
  assert.equal(seen.headers.get('cache-control'), 'no-store');
  assert.deepEqual(seen.json.people.map((p: Record<string, unknown>) => [p['name'], p['phone'], p['email']]), [[REPORTER.name, REPORTER.phone, REPORTER.email]]);
  assert.equal(await looks(), before + 1);
  assert.deepEqual(problem(await look('ours', { purpose: 'vi-to-mo' }), 422).map((e) => e.field), ['purpose']);
  assert.deepEqual(problem(await look('ours', { purpose: 'kiem-tra-hai-long' }), 422).map((e) => e.field), ['purpose'], 'not for agencies');
  assert.deepEqual(problem(await look('ours', { purpose: 'khac' }), 422).map((e) => e.field), ['note']);
  assert.deepEqual(problem(await look('ours', {}), 422).map((e) => e.field), ['purpose']);
  problem(await look('theirs', { purpose: 'goi-hoi-them' }), 404);
  for (const login of ['sep', 'quan', 'kiem']) problem(await look(login, { purpose: 'goi-hoi-them' }), 403);
  problem(await server.post(`/api/v1/complaints/${code}/reporter`, { purpose: 'goi-hoi-them' }), 401);
  assert.equal(await looks(), before + 1, 'a refused look shows nothing and records nothing');
  assert.equal((await look('truc', { purpose: 'khac', note: 'Người dân gọi đến hỏi' })).status, 200);
  for (const table of ['hotline.answered_requests', 'hotline.audit_log', 'hotline.complaint_history', 'hotline.outbox']) {
    for (const secret of SECRETS) assert.equal(await database.number(`SELECT count(*) FROM ${table} t
      WHERE (to_jsonb(t) - '{salt,detail_hash,prev,hash,request_hash}'::text[])::text LIKE '%${secret}%'`), 0, `${secret} in ${table}`);
  }
  for (const secret of SECRETS) assert.ok(!server.logText.includes(secret), `${secret} in the service's log`);
});

test('the same look asked again with its key is one look', async () => {
  const headers = { ...as('truc'), 'Idempotency-Key': 'look-1' };
  const first = await server.post(`/api/v1/complaints/${code}/reporter`, { purpose: 'goi-hoi-them' }, headers);
  const n = await looks();
  const again = await server.post(`/api/v1/complaints/${code}/reporter`, { purpose: 'goi-hoi-them' }, headers);
  assert.deepEqual(again.json, first.json);
  assert.equal(await looks(), n);
});

test('the auditor reads every look, by viewer and complaint; the person when and in which role, not who', async () => {
  const all = await server.get(`/api/v1/looks?complaint=${code}`, as('kiem'));
  assert.equal(all.status, 200, all.text);
  assert.equal(all.json.looks.length, await looks());
  const byViewer = await server.get('/api/v1/looks?viewer=ours', as('kiem'));
  assert.deepEqual(byViewer.json.looks.map((l: Record<string, unknown>) => [l['viewer'], l['role'], l['agency'], l['complaint']]), [['user:ours', 'agency_staff', agency, code]]);
  withoutPerson(all);
  const mine = await server.get(`/api/v1/complaints/${code}/looks`);
  assert.equal(mine.json.looks.length, all.json.looks.length, mine.text);
  assert.ok(mine.json.looks.some((l: { role: string }) => l.role === 'agency_staff'));
  for (const login of Object.keys(people)) assert.ok(!mine.text.includes(`"${login}"`) && !mine.text.includes(`Người ${login}`), login);
  for (const login of ['truc', 'ours', 'theirs', 'sep', 'giam-sat']) {
    problem(await server.get('/api/v1/looks', as(login)), 403);
    problem(await server.get('/api/v1/audit', as(login)), 403);
  }
  problem(await server.get('/api/v1/looks'), 401);
});

test('the log of security: log-ins, failures, accounts, looks; by filters and pages; no person in it', async () => {
  await server.post('/api/v1/session', { login: 'truc', password: 'falsch falsch falsch' });
  const failed = await server.get('/api/v1/audit?event=login.failed', as('kiem'));
  assert.equal(failed.json.entries[0].subject, 'user:truc', failed.text);
  const logins = await server.get('/api/v1/audit?event=session&actor=truc', as('kiem'));
  assert.ok(logins.json.entries.length > 0 && logins.json.entries.every((e: { event: string; actor: string }) => e.event === 'session.opened' && e.actor === 'user:truc'), logins.text);
  const looked = await server.get(`/api/v1/audit?event=reporter.looked&subject=${code}`, as('kiem'));
  assert.equal(looked.json.entries.length, await looks());
  const ids: number[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Answer = await server.get(`/api/v1/audit?limit=7${cursor && `&cursor=${cursor}`}`, as('quan'));
    withoutPerson(page);
    ids.push(...page.json.entries.map((e: { id: number }) => e.id));
    cursor = page.json.next;
  }
  assert.equal(ids.length, await database.number('SELECT count(*) FROM hotline.audit_log'));
  assert.deepEqual(ids, [...ids].sort((a, b) => b - a));
  problem(await server.get('/api/v1/audit?cursor=x', as('kiem')), 400);
  problem(await server.get('/api/v1/audit?from=gestern', as('kiem')), 400);
  assert.deepEqual((await server.get('/api/v1/audit?from=2099-01-01', as('kiem'))).json.entries, []);
});

test('seals are there for all to keep', async () => {
  await database.sql("SELECT hotline.record_seal('-2 days'); SELECT hotline.record_seal('-2 days')");
  const seals = await server.get('/api/v1/record/seals');
  assert.equal(seals.status, 200);
  assert.equal(seals.text, await database.hotline('seal', '--print'));
  assert.match(seals.text, /^\d{4}-\d\d-\d\d \d+ \d+ [0-9a-f]{64}\n$/);
});

test('who held it how long: by the clock, in working time, without pauses', async () => {
  const made = await server.file(complaint());
  const id = await database.number(`SELECT id FROM hotline.complaints WHERE code = '${made.json.code}'`);
  // Friday 16:00 to Monday 09:00 in office hours, of which Monday 08:00 to 08:30 was paused; then another's.
  await database.sql(`SET session_replication_role = replica;
    UPDATE hotline.complaints SET received_at = '2026-03-06T16:00:00+07:00' WHERE id = ${id};
    UPDATE hotline.complaint_history SET at = '2026-03-06T16:00:00+07:00' WHERE complaint_id = ${id};
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail) VALUES
      (${id}, '2026-03-09T09:00:00+07:00', 'rerouted', 'user:truc', '{"from": "${agency}", "to": "trung-tam-1022"}'),
      (${id}, '2026-03-09T10:00:00+07:00', 'resolved', 'user:truc', '{}'),
      (${id}, '2026-03-10T08:00:00+07:00', 'reopened', 'user:truc', '{}'),
      (${id}, '2026-03-10T08:20:00+07:00', 'closed', 'user:truc', '{}');
    INSERT INTO hotline.complaint_pauses (complaint_id, reason, from_at, to_at, from_status, from_by)
      VALUES (${id}, 'bat-kha-khang', '2026-03-09T08:00:00+07:00', '2026-03-09T08:30:00+07:00', 'assigned', 'user:truc')`);
  const hours = await database.sql("SELECT hours FROM hotline.calendar_hours WHERE calendar = 'city' AND weekday = 1");
  assert.equal(hours, '{[450,690),[780,1020)}', 'the demo city works 7:30 to 11:30 and 13:00 to 17:00');
  const custody = (await server.get(`/api/v1/complaints/${made.json.code}`, as('truc'))).json.custody as Record<string, unknown>[];
  assert.deepEqual(custody.map((c) => [(c['agency'] as { code: string }).code, c['wall_s'], c['paused_s'], c['working_s']]), [
    [agency, 65 * 3600, 1800, 2 * 3600], // 16:00-17:00, then 7:30-9:00 less half an hour
    ['trung-tam-1022', 3600, 0, 3600],
    ['trung-tam-1022', 1200, 0, 1200],
  ]);
  const statistics = await server.get('/api/v1/statistics/custody?from=2026-03-01&to=2026-04-01', as('sep'));
  assert.equal(statistics.status, 200, statistics.text);
  const mine = statistics.json.agencies.find((a: { code: string }) => a.code === agency);
  assert.deepEqual([mine.complaints, mine.spans, mine.wall_max_s, mine.working_median_s], [1, 1, 65 * 3600, 7200]);
  const ours = await server.get('/api/v1/statistics/custody?from=2026-03-01&to=2026-04-01', as('ours'));
  assert.deepEqual(ours.json.agencies.map((a: { code: string }) => a.code), [agency]);
  assert.deepEqual((await server.get('/api/v1/statistics/custody?from=2026-03-01&to=2026-04-01', as('theirs'))).json.agencies, []);
  problem(await server.get('/api/v1/statistics/custody', as('truc')), 403);
  problem(await server.get('/api/v1/statistics/custody?from=2026-03-01&to=2020-01-01', as('sep')), 400);
});

test('contacts go when their time is over, but not those held for the law; it is counted and recorded', async () => {
  const made = await Promise.all([0, 1, 2].map(() => server.file(complaint({ reporter: REPORTER }))));
  const [old, held, young] = made.map((m) => m.json.code as string) as [string, string, string];
  const hold = await server.post(`/api/v1/complaints/${held}/hold`, { hold: true, reason: 'Toà án yêu cầu' }, as('kiem'));
  assert.deepEqual(hold.json, { code: held, held: true }, hold.text);
  problem(await server.post(`/api/v1/complaints/${held}/hold`, { hold: true, reason: 'x' }, as('truc')), 403);
  await database.sql(`SET session_replication_role = replica; UPDATE hotline.complaints SET status = 'closed',
    received_at = received_at - interval '30 months', closed_at = now() - CASE code WHEN '${young}' THEN interval '23 months' ELSE interval '25 months' END
    WHERE code IN ('${old}', '${held}', '${young}')`);
  const dry = await run(HOTLINE, ['retain', '--dry-run'], { env: { HOTLINE_DATABASE: database.url } });
  assert.equal(dry.code, 0, dry.stderr);
  const left = (of: string): Promise<number> => database.number(`SELECT count(*) FROM personal.reporters r JOIN hotline.complaints c ON c.id = r.complaint_id
    WHERE c.code = '${of}' AND r.phone IS NOT NULL`);
  assert.equal(await left(old), 1, 'a dry run changes nothing');
  const done = await run(HOTLINE, ['retain'], { env: { HOTLINE_DATABASE: database.url } });
  assert.equal(done.code, 0, done.stderr);
  assert.equal(done.stdout.replace('would be ', ''), dry.stdout.replace('would be ', ''), 'it did what it had said');
  assert.deepEqual([await left(old), await left(held), await left(young)], [0, 1, 1]);
  const masked = await server.get(`/api/v1/complaints/${old}/reporter`, as('truc'));
  assert.deepEqual(masked.json.people, [{ kind: 'reporter', name: null, phone: null, email: null, anonymous: false, erased: true }]);
  assert.equal(await database.sql(`SELECT h.event FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id WHERE c.code = '${old}' ORDER BY n DESC LIMIT 1`), 'contacts_erased');
  assert.equal(await database.number("SELECT (counts->>'contacts')::int FROM hotline.erasures ORDER BY id DESC LIMIT 1"), 1);
  assert.equal((await run(HOTLINE, ['verify', old], { env: { HOTLINE_DATABASE: database.url } })).code, 0);
});

test('words about a person are taken out for good, and the chain holds', async () => {
  const made = await server.file(complaint({ description: 'Nhà chị Ngọc, số 0908 765 432, ồn ào' }));
  const of = made.json.code as string;
  const redact = (body: unknown, who: string): Promise<Answer> => server.post(`/api/v1/complaints/${of}/redaction`, body, as(who));
  problem(await redact({ reason: 'x', description: 'y' }, 'truc'), 403);
  assert.equal((await redact({ reason: 'Người dân yêu cầu', description: 'Nhà [đã xoá] ồn ào' }, 'giam-sat')).status, 200);
  assert.equal((await redact({ reason: 'Người dân yêu cầu', history_n: 1 }, 'quan')).status, 200);
  assert.deepEqual(problem(await redact({ reason: 'x', history_n: 1 }, 'quan'), 422).map((e) => e.field), ['history_n'], 'once');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaints WHERE description LIKE '%765%'`), 0);
  const good = await run(HOTLINE, ['verify', of], { env: { HOTLINE_DATABASE: database.url } });
  assert.equal(good.code, 0, good.stdout);
  assert.match(good.stdout, /\(1 redacted\)/);
});

test('one person\'s data: asked for by one, approved by another, exported whole; erased but for what is held', async () => {
  const phone = '0987 111 222';
  const person = { name: 'Lý Văn Sáu', phone, email: 'sau@example.vn' };
  const mine = (await server.file(complaint({ reporter: person, description: 'Gọi tôi số 0987111222 nhé' }))).json.code as string;
  const kept = (await server.file(complaint({ reporter: { ...person, phone: '+84 987.111.222' } }))).json.code as string;
  const other = (await server.file(complaint({ reporter: REPORTER }))).json.code as string;
  assert.equal((await server.post(`/api/v1/complaints/${kept}/hold`, { hold: true, reason: 'Toà án' }, as('kiem'))).status, 200);
  const ask = (body: unknown, who = 'quan'): Promise<Answer> => server.post('/api/v1/person-requests', body, as(who));
  const decide = (id: number, who: string, approve = true): Promise<Answer> =>
    server.post(`/api/v1/person-requests/${id}/decision`, { approve }, as(who));
  const good = { kind: 'export', contact: '0987111222', verified: 'Mã gửi qua tin nhắn' };
  for (const who of ['truc', 'sep', 'kiem', 'ours', 'giam-sat']) problem(await ask(good, who), 403);
  assert.deepEqual(problem(await ask({ ...good, contact: 'ông Sáu' }), 422).map((e) => e.field), ['contact']);
  assert.deepEqual(problem(await ask({ ...good, kind: 'sell' }), 422).map((e) => e.field), ['kind']);
  const asked = await ask(good);
  assert.equal(asked.status, 201, asked.text);
  assert.equal(asked.json.contact, '09xx•••222');
  const id = asked.json.id as number;
  const file = (who = 'quan', of = id): Promise<Answer> => server.get(`/api/v1/person-requests/${of}/file`, as(who));
  problem(await file(), 404);
  assert.deepEqual(problem(await decide(id, 'quan'), 403).map((e) => e.code), ['second_person']);
  assert.equal((await decide(id, 'giam-sat')).json.state, 'done');
  assert.deepEqual(problem(await decide(id, 'giam-sat'), 409).map((e) => e.code), ['wrong_state']);
  const before = await looks();
  const whole = await file();
  assert.deepEqual(whole.json.complaints.map((c: { code: string }) => c.code).sort(), [mine, kept].sort(), whole.text);
  assert.equal(whole.json.complaints[0].name, person.name);
  assert.equal(await looks(), before + 2, 'an export is a look at each');
  problem(await file('kiem'), 403);
  const erase = await ask({ ...good, kind: 'erase' });
  const erased = await decide(erase.json.id, 'giam-sat');
  assert.deepEqual([erased.json.state, erased.json.counts.complaints, erased.json.counts.held], ['done', 1, 1], erased.text);
  const left = async (of: string): Promise<string> => database.sql(`SELECT coalesce(r.name, '-') FROM personal.reporters r
    JOIN hotline.complaints c ON c.id = r.complaint_id WHERE c.code = '${of}'`);
  assert.deepEqual([await left(mine), await left(kept), await left(other)], ['-', person.name, REPORTER.name]);
  assert.equal(await database.sql(`SELECT description FROM hotline.complaints WHERE code = '${mine}'`), 'Gọi tôi số 09xx•••222 nhé');
  assert.equal(await database.number("SELECT count(*) FROM personal.requests WHERE kind = 'erase' AND contact IS NOT NULL"), 0);
  assert.equal(await database.number("SELECT count(*) FROM hotline.audit_log WHERE event LIKE 'person%' AND detail::text LIKE '%0987%'"), 0);
  assert.equal(await database.number("SELECT count(*) FROM hotline.answered_requests WHERE answer::text ~ '0987 ?111|Sáu'"), 0);
  assert.equal((await run(HOTLINE, ['verify', mine], { env: { HOTLINE_DATABASE: database.url } })).code, 0);
});
