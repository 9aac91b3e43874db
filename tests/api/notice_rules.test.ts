// Who is told what is data that administrators change; co-reporters and directives end to end through a
// real SMTP server; what was sent long ago goes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { QUICK, act, file, notices, resolve, staffOf } from './lib/notify';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { type Certificate, MailServer, certificate } from './lib/receivers';
import { HOTLINE, must, run, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let cert: Certificate;
let mail: MailServer;
let database: Database;
let server: Server;
let admin: Person;
let operator: Person;
let leader: Person;
let staff: Person;
let head: Person;
let agency: string;

before(async () => {
  cert = certificate();
  mail = await MailServer.start(false, cert);
  database = await Postgres.shared().cityDatabase();
  await database.sql(QUICK);
  for (const [login, role] of [['quan', 'administrator'], ['truc', 'operator'], ['sep', 'leader'], ['soat', 'auditor']] as const) await addPerson(database, login, role);
  server = await Server.startWith(database, mail.env(cert));
  admin = await sessionOf(server, 'quan');
  operator = await sessionOf(server, 'truc');
  leader = await sessionOf(server, 'sep');
  agency = (await file(server)).agency;
  staff = await staffOf(database, server, agency, 'nha');
  head = await staffOf(database, server, agency, 'truong', 'agency_head');
  for (const [who, body] of [[admin, { agency, medium: 'email', address: 'dau-moi@agency.example' }], [head, { medium: 'email', address: 'truong@agency.example' }]] as const) {
    const made = await server.post('/api/v1/contacts', body, who.headers);
    assert.equal(made.status, 201, made.text);
  }
});
after(async () => {
  await server?.stop();
  await database?.drop();
  await mail?.stop();
  cert?.remove();
});

const put = (path: string, body: unknown, who: Person = admin): Promise<Answer> => server.request(path, {
  method: 'PUT', headers: { 'Content-Type': 'application/json', ...who.headers }, body: JSON.stringify(body),
});
const got = (address: string, words: RegExp): Promise<{ text: string; headers: Record<string, string> }> => waitUntil(`${words} to ${address}`, () =>
  mail.to(address).find((m) => words.test(m.headers['subject'] ?? '') || words.test(m.text)) ?? null, 40000) as Promise<never>;

test('whoever joined is told of the result, opens the link in the message, rates by their own code, once', async () => {
  const { code } = await file(server, { reporter: { name: 'Một', email: 'mot@example.org' } });
  const joined = await server.post(`/api/v1/complaints/${code}/reporters`, { channel: 'web', consent: true, description: 'Tôi cũng thấy', reporter: { name: 'Hai', email: 'hai@example.org' } }, operator.headers);
  assert.equal(joined.status, 201, joined.text);
  const own = joined.json.follow_code as string;
  await got('hai@example.org', new RegExp(own));
  const early = await server.post(`/api/v1/complaints/${own}/rating`, { rating: 'satisfied' });
  assert.deepEqual(problem(early, 409).map((e) => e.code), ['wrong_state']);
  await resolve(server, staff, code);
  const asked = await got('hai@example.org', /giải quyết/);
  assert.ok(asked.text.includes(own) && !asked.text.includes(code), 'their own code, not the complaint’s');
  const link = /https:\/\/1022\.example(\/track\?code=\w+\S*)/.exec(asked.text)?.[1] ?? '';
  const page = await server.get(link);
  assert.equal(page.status, 200, page.text.slice(0, 300));
  assert.ok(page.text.includes('name="rating"') && page.text.includes('Tôi cũng thấy') && !page.text.includes(code), 'the page asks for a rating');
  assert.equal((await server.get(`/api/v1/complaints/${own}`)).json.may_rate, true);
  const rated = await server.post(`/api/v1/complaints/${own}/rating`, { rating: 'not_satisfied', comment: 'Vẫn còn' });
  assert.equal(rated.status, 200, rated.text);
  assert.deepEqual([rated.json.code, rated.json.rating.rating, rated.json.may_rate], [own, 'not_satisfied', false]);
  assert.deepEqual(problem(await server.post(`/api/v1/complaints/${own}/rating`, { rating: 'satisfied' }), 409).map((e) => e.code), ['rated']);
  assert.ok(!(await server.get(link)).text.includes('name="rating"'));
  // The reporter's own is still to come, and is what the complaint is counted by.
  const mine = await server.get(`/api/v1/complaints/${code}`);
  assert.deepEqual([mine.json.may_rate, mine.json.rating], [true, null], mine.text);
  assert.equal((await server.post(`/api/v1/complaints/${code}/rating`, { rating: 'satisfied' })).status, 200);
  const seen = (await server.get(`/api/v1/complaints/${code}`, staff.headers)).json;
  assert.deepEqual([seen.rating.rating, seen.co_ratings], ['satisfied', { satisfied: 0, acceptable: 0, not_satisfied: 1 }]);
  assert.equal(await database.number(`SELECT satisfaction FROM hotline.complaints WHERE code = '${code}'`), 3);
  const history = await server.get(`/api/v1/complaints/${code}/history`);
  assert.ok(!history.text.includes('co_report'), 'who of them is for nobody');
  assert.equal((await run(HOTLINE, ['verify', code], { env: { HOTLINE_DATABASE: database.url } })).code, 0);
  // A second result is rated anew.
  assert.equal((await server.post(`/api/v1/complaints/${code}/reopening`, { reason: 'Chưa xong' })).status, 200);
  assert.equal((await server.get(`/api/v1/complaints/${own}`)).json.may_rate, false);
  await resolve(server, staff, code);
  assert.equal((await server.get(`/api/v1/complaints/${own}`)).json.may_rate, true);
});

test('whoever joined may say that it was not done, by their own code, within the same time, as often as its reporter', async () => {
  const reporter = await file(server, { reporter: { name: 'Chín', email: 'chin@example.org' } });
  const { code } = reporter;
  const joins = async (name: string): Promise<string> => (await server.post(`/api/v1/complaints/${code}/reporters`,
    { channel: 'web', consent: true, reporter: { name, email: `${name}@example.org` } }, operator.headers)).json.follow_code as string;
  const [own, other] = [await joins('bon'), await joins('nam')];
  const reopen = (by: string, reason = 'Nước vẫn ngập như cũ', headers = {}): Promise<Answer> =>
    server.request(`/api/v1/complaints/${by}/reopening`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ reason }) });
  const may = async (by: string): Promise<boolean> => (await server.get(`/api/v1/complaints/${by}`)).json.may_reopen;
  assert.deepEqual(problem(await reopen(own), 409).map((e) => e.code), ['wrong_state']);
  assert.equal(await may(own), false);
  await resolve(server, staff, code);
  assert.deepEqual([await may(own), await may(other), await may(code)], [true, true, true]);
  assert.deepEqual(problem(await reopen(own, ''), 422).map((e) => e.field), ['reason']);
  const due = async (): Promise<number> => Date.parse((await server.get(`/api/v1/complaints/${code}`)).json.assignment.deadline);
  await database.sql(`UPDATE hotline.complaints SET received_at = received_at - interval '40 days', due_at = now() - interval '30 days' WHERE code = '${code}'`);
  const done = await reopen(own, 'Nước vẫn ngập như cũ', { 'Idempotency-Key': 'mo-lai' });
  assert.equal(done.status, 200, done.text);
  assert.deepEqual([done.json.code, done.json.follows, done.json.status, done.json.may_reopen], [own, true, 'reopened', false]);
  assert.ok(!done.text.includes(code), 'never the complaint’s code');
  assert.ok(await due() > Date.now(), 'its time begins anew');
  const again = await reopen(own, 'Nước vẫn ngập như cũ', { 'Idempotency-Key': 'mo-lai' });
  assert.deepEqual([again.status, again.json.code, again.json.status], [200, own, 'reopened'], 'a repeat is the same');
  // Recorded as theirs; whose it was is for staff, the reason too; the chain holds.
  const events = async (headers = {}): Promise<any[]> => (await server.get(`/api/v1/complaints/${code}/history`, headers)).json.history.filter((h: any) => h.event === 'reopened');
  const [open] = await events();
  assert.deepEqual([open.detail.by_reporter, open.detail.internal], [true, undefined]);
  const [kept, more] = await events(staff.headers);
  const id = await database.number(`SELECT id FROM hotline.co_reports WHERE code = '${own}'`);
  assert.deepEqual([kept.actor, kept.detail.internal, more], ['public', { reason: 'Nước vẫn ngập như cũ', co_report: id }, undefined]);
  assert.equal((await run(HOTLINE, ['verify', code], { env: { HOTLINE_DATABASE: database.url } })).code, 0);
  for (const to of ['chin', 'bon', 'nam']) await got(`${to}@example.org`, /mở lại/);
  // As often as the reporter, each on their own.
  await resolve(server, staff, code);
  assert.deepEqual([await may(own), await may(other), await may(code)], [false, true, true]);
  assert.deepEqual(problem(await reopen(own), 409).map((e) => e.code), ['reopened_before']);
  assert.equal((await reopen(code)).status, 200);
  await resolve(server, staff, code);
  assert.deepEqual(problem(await reopen(code), 409).map((e) => e.code), ['reopened_before']);
  // All together not for ever.
  const allow = (n: number): Promise<string> => database.sql(`UPDATE hotline.settings SET value = value || '{"reopenings_in_all": ${n}}' WHERE key = 'workflow'`);
  await allow(2);
  assert.equal(await may(other), false);
  assert.deepEqual(problem(await reopen(other), 409).map((e) => e.code), ['reopened_often']);
  await allow(3);
  assert.equal(await may(other), true);
  // Within the same time.
  await database.sql(`UPDATE hotline.complaints SET closed_at = now() - interval '11 days' WHERE code = '${code}'`);
  assert.equal(await may(other), false);
  assert.deepEqual(problem(await reopen(other), 409).map((e) => e.code), ['too_late']);
  // Whoever was taken out again has no say.
  await database.sql(`UPDATE hotline.complaints SET closed_at = now() WHERE code = '${code}'; UPDATE hotline.co_reports SET left_at = now(), left_actor = 'user:truc' WHERE code = '${other}'`);
  problem(await reopen(other), 404);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id
    WHERE c.code = '${code}' AND h.event = 'reopened'`), 2);
});

test('the form of the page without JavaScript takes a co-reporter’s rating, and reopening', async () => {
  const { code } = await file(server);
  const own = (await server.post(`/api/v1/complaints/${code}/reporters`, { channel: 'phone', consent: false }, operator.headers)).json.follow_code as string;
  await resolve(server, staff, code);
  const page = await server.get(`/track?code=${own}`);
  const seal = /name="seal" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const sent = await server.request('/track', { method: 'POST', redirect: 'manual', headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: server.base, 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams({ seal, code: own, what: 'rate', rating: 'acceptable', comment: '' }).toString() });
  assert.equal(sent.status, 303, sent.text.slice(0, 500));
  assert.equal(sent.headers.get('location')?.includes(`code=${own}&said=rated`), true);
  assert.equal((await server.get(`/api/v1/complaints/${own}`)).json.rating.rating, 'acceptable');
  const rated = await server.get(`/track?code=${own}`);
  const second = /name="seal" value="([^"]+)"/.exec(rated.text)?.[1] ?? '';
  const reopened = await server.request('/track', { method: 'POST', redirect: 'manual', headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: server.base, 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams({ seal: second, code: own, what: 'reopen', reason: 'Chưa ai đến' }).toString() });
  assert.equal(reopened.status, 303, reopened.text.slice(0, 500));
  assert.equal((await server.get(`/api/v1/complaints/${own}`)).json.status, 'reopened');
});

test('a directive reaches the agency’s desk and head by e-mail, and so does its reminder', async () => {
  const { code } = await file(server, { location: CENTRE });
  const given = await server.post('/api/v1/directives', { agency, text: 'Xử lý dứt điểm trong hôm nay', due_at: new Date(Date.now() + 86400_000).toISOString(), complaint: code }, leader.headers);
  assert.equal(given.status, 201, given.text);
  for (const address of ['dau-moi@agency.example', 'truong@agency.example']) {
    const told = await got(address, /[Cc]hỉ đạo/);
    assert.ok(!told.text.includes('Xử lý dứt điểm'), 'its words are read on the page');
  }
  const reminded = await server.post(`/api/v1/directives/${given.json.id}/actions`, { action: 'remind', version: given.json.version }, leader.headers);
  assert.equal(reminded.status, 200, reminded.text);
  await waitUntil('the reminder', () => mail.to('truong@agency.example').filter((m) => /[Nn]hắc/.test(m.headers['subject'] ?? '')).length === 1, 40000);
  await waitUntil('all to be written down', async () => (await notices(server, admin, `complaint=${code}`)).filter((n) => n.event.startsWith('directive'))
    .map((n) => `${n.event} ${n.state}`).sort().join() === 'directive_given sent,directive_given sent,directive_reminded sent');
});

test('rules: who is told what is changed and holds at once; steps of the ladder and settings too', async () => {
  const before = await server.get('/api/v1/notice-rules', admin.headers);
  assert.equal(before.status, 200, before.text);
  assert.ok(before.json.rules.some((r: { event: string; audience: string }) => r.event === 'resolved' && r.audience === 'reporter'));
  const off = await put('/api/v1/notice-rules', { event: 'received', audience: 'reporter', media: [] });
  assert.equal(off.status, 200, off.text);
  const { code } = await file(server, { reporter: { email: 'ba@example.org' } });
  await act(server, staff, code, 'accept');
  await act(server, staff, code, 'answer', { text: 'Tổ kiểm tra sẽ đến vào chín giờ sáng mai' });
  await got('ba@example.org', /chín giờ/);
  assert.equal(mail.to('ba@example.org').length, 1, 'no receipt any more');
  assert.equal((await put('/api/v1/notice-rules', { event: 'received', audience: 'reporter', media: ['email', 'sms'] })).status, 200);
  for (const [body, field] of [[{ event: 'x', audience: 'reporter', media: [] }, 'event'], [{ event: 'resolved', audience: 'ai', media: [] }, 'audience'], [{ event: 'resolved', audience: 'reporter', media: ['fax'] }, 'media']] as const) {
    assert.deepEqual(problem(await put('/api/v1/notice-rules', body), 422).map((e) => e.field), [field]);
  }
  const step = { step: 15, clock: 'resolve', percent: 90, event: 'at_risk', audiences: ['agency_head'] };
  const more = await put('/api/v1/notice-ladder', step);
  assert.deepEqual(more.json.ladder.find((s: { step: number }) => s.step === 15), { ...step, active: true }, more.text);
  for (const [change, field] of [[{ percent: 120 }, 'percent'], [{ clock: 'x' }, 'clock'], [{ event: 'x' }, 'event'], [{ audiences: ['ai'] }, 'audiences'], [{ percent: 0 }, 'percent']] as const) {
    assert.deepEqual(problem(await put('/api/v1/notice-ladder', { ...step, ...change }), 422).map((e) => e.field), [field]);
  }
  assert.equal((await put('/api/v1/notice-ladder', { ...step, active: false })).status, 200);
  assert.deepEqual((await put('/api/v1/notice-settings', { keep_days: 90 })).json.settings.keep_days, 90);
  assert.deepEqual(problem(await put('/api/v1/notice-settings', { keep_days: 3 }), 422).map((e) => e.field), ['keep_days']);
  for (const path of ['/api/v1/notice-rules', '/api/v1/notice-ladder', '/api/v1/notice-settings']) problem(await put(path, step, operator), 403);
  problem(await server.get('/api/v1/notice-rules', operator.headers), 403);
  assert.equal((await server.get('/api/v1/notice-rules', (await sessionOf(server, 'soat')).headers)).status, 200, 'auditors read');
  assert.ok(await database.number("SELECT count(*) FROM hotline.audit_log WHERE event IN ('notice_rule.put', 'escalation.put', 'notice_settings.put')") >= 5);
});

test('what was sent long ago goes with the job; dead letters stay; nothing is told twice for it', async () => {
  const { code } = await file(server, complaint({ reporter: { email: 'xua@example.org' } }));
  await got('xua@example.org', new RegExp(code));
  await waitUntil('it to be written down', async () => (await notices(server, admin, `complaint=${code}&state=sent`)).length > 0);
  await waitUntil('the dispatcher to be idle', async () => await database.number("SELECT count(*) FROM hotline.notices WHERE state IN ('waiting', 'sending')") === 0);
  await database.sql(`UPDATE hotline.notices SET ended_at = now() - interval '91 days' WHERE state = 'sent';
    UPDATE hotline.outbox SET planned_at = now() - interval '91 days';
    UPDATE hotline.notices SET state = 'dead' WHERE id = (SELECT max(id) FROM hotline.notices)`);
  const told = await must(HOTLINE, ['retain'], { env: { HOTLINE_DATABASE: database.url } });
  assert.match(told, /\d+ rows of what was sent long ago pruned/);
  assert.deepEqual(JSON.parse(await database.sql(`SELECT json_agg(state) FROM hotline.notices`)), ['dead']);
  assert.equal(await database.number('SELECT count(*) FROM hotline.outbox WHERE planned_at IS NOT NULL'), 1);
  const mails = mail.mails.length;
  const next = await file(server, { reporter: { email: 'moi@example.org' } });
  await got('moi@example.org', new RegExp(next.code));
  assert.ok(mail.mails.length <= mails + 2, 'only what is new');
});
