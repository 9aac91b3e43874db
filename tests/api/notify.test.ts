// Telling people: e-mail through a real SMTP server, SMS through a gateway, signed webhooks to a
// receiver that fails, hangs and recovers, events for staff, the ladder of deadlines.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventStream, complaint, problem } from './lib/city';
import { type Hook, type Notice, QUICK, RESULT, act, addHook, file, notices, resolve, staffOf, stopHook } from './lib/notify';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { type Certificate, MailServer, Receiver, certificate, signatureHolds } from './lib/receivers';
import { waitUntil } from './lib/run';
import { Server } from './lib/server';

let cert: Certificate;
let mail: MailServer;
let gateway: Receiver;
let database: Database;
let server: Server;
let admin: Person;
let operator: Person;
let staff: Person;
let agency: string;
let env: NodeJS.ProcessEnv;

before(async () => {
  cert = certificate();
  mail = await MailServer.start(false, cert);
  gateway = await Receiver.start();
  database = await Postgres.shared().cityDatabase();
  await database.sql(QUICK);
  await addPerson(database, 'quan', 'administrator');
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'soat', 'auditor');
  env = { ...mail.env(cert), HOTLINE_SMS_URL: gateway.url, HOTLINE_SMS_AUTHORIZATION: 'Bearer bí-mật', HOTLINE_NOTIFY_TIMEOUT_MS: '1500' };
  server = await Server.startWith(database, env);
  admin = await sessionOf(server, 'quan');
  operator = await sessionOf(server, 'truc');
  agency = (await file(server)).agency;
  staff = await staffOf(database, server, agency, 'nha');
  const contact = await server.post('/api/v1/contacts', { agency, medium: 'email', address: 'dau-moi@agency.example' }, admin.headers);
  assert.equal(contact.status, 201, contact.text);
});
after(async () => {
  await server?.stop();
  await database?.drop();
  await mail?.stop();
  await gateway?.stop();
  cert?.remove();
});

const of = (code: string, more = ''): Promise<Notice[]> => notices(server, admin, `complaint=${code}${more}`);
const reported = (email: string): Record<string, unknown> => ({ reporter: { name: 'Nguyễn Văn An', email } });
const allSent = (code: string): Promise<Notice[]> => waitUntil(`all of ${code} to be sent`, async () => {
  const all = await of(code);
  return all.length > 0 && all.every((n) => n.state === 'sent') ? all : null;
});

test('the reporter gets a receipt by e-mail, over TLS, and what was written is text in it', async () => {
  const words = 'Loa <script>alert("x")</script> & ồn\nBcc: ai@do.example\n{{link}} https://dòng.example/"><b>';
  const { code } = await file(server, { ...reported('an@example.org'), description: words });
  const [got] = await waitUntil('the mail', () => mail.to('an@example.org').length > 0 ? mail.to('an@example.org') : null);
  assert.ok(got);
  assert.deepEqual([got.secure, got.user, got.from, got.to], [true, 'hotline', 'khong-tra-loi@1022.example', ['an@example.org']]);
  assert.equal(got.headers['subject'], `Đã nhận phản ánh ${code}`);
  assert.equal(got.headers['to'], '<an@example.org>');
  assert.equal(got.headers['bcc'], undefined);
  assert.match(got.headers['from'] ?? '', /^Tổng đài 1022 <khong-tra-loi@1022\.example>$/);
  assert.match(got.headers['content-type'] ?? '', /^multipart\/alternative/);
  for (const line of got.raw.split('\r\n')) assert.ok(line.length <= 200 && !/[^\t\x20-\x7e]/.test(line), line);
  assert.ok(got.text.replace(/\r\n/g, '\n').includes(words), got.text);
  assert.ok(got.text.includes(`https://1022.example/track?code=${code}`));
  assert.ok(got.html.includes('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; ồn') && !/<script|<b>/i.test(got.html), got.html);
  const [notice] = (await allSent(code)).filter((n) => n.recipient === 'reporter');
  assert.equal(got.headers['x-hotline-delivery'], notice?.delivery);
  assert.equal(got.headers['message-id'], `<${notice?.delivery}@1022.example>`);
  assert.equal(got.headers['list-unsubscribe'], `<https://1022.example/api/v1/unsubscribe/${notice?.delivery}>`);
  assert.equal(got.headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click');
  // The look at the person is recorded, and no address is kept beside the message.
  assert.equal(await database.sql(`SELECT string_agg(l.viewer || ' ' || l.purpose, ',') FROM personal.reporter_looks l
    JOIN hotline.complaints c ON c.id = l.complaint_id WHERE c.code = '${code}'`), 'service:notify notify received');
  assert.ok(!JSON.stringify(await of(code)).includes('an@example'));
  assert.ok(!server.logText.includes('an@example'), 'no personal data in the log');
});

test('who reported in English is answered in English', async () => {
  const made = await server.file(complaint(reported('en@example.org')), { 'Accept-Language': 'en' });
  assert.equal(made.status, 201, made.text);
  const [got] = await waitUntil('the mail', () => mail.to('en@example.org').length > 0 ? mail.to('en@example.org') : null);
  assert.equal(got?.headers['subject'], `We received your complaint ${made.json.code}`);
  assert.equal(got?.headers['content-language'], 'en');
  assert.match(got?.headers['from'] ?? '', /^Hotline 1022 /);
});

test('who called is told by SMS: one short text without accents, to a number as E.164', async () => {
  const { code } = await file(server, { channel: 'phone', reporter: { phone: '0901 234 567', email: 'hai@example.org' } }, operator);
  await waitUntil('the message', () => gateway.deliveries.length > 0);
  const [got] = gateway.deliveries;
  assert.ok(got);
  const body = JSON.parse(got.body) as Record<string, string>;
  assert.equal(body['to'], '+84901234567');
  assert.match(body['text'] ?? '', new RegExp(`^1022: Da nhan phan anh, ma ${code}\\. Han xu ly \\d\\d:\\d\\d \\d\\d/\\d\\d/\\d{4}\\. https://1022\\.example/track\\?code=${code}$`));
  assert.ok((body['text'] ?? '').length <= 160);
  assert.equal(body['id'], got.headers['x-hotline-delivery']);
  await allSent(code);
  assert.equal(mail.to('hai@example.org').length, 0, 'told once');
});

test('from receipt to result: the reporter, the agency and another system hear, in order, signed', async () => {
  const receiver = await Receiver.start();
  const hook = await addHook(server, admin, 'hệ thống khác', receiver.url);
  const { code } = await file(server, reported('ba@example.org'));
  await resolve(server, staff, code);
  const told = await waitUntil('the result by e-mail', () => mail.to('ba@example.org').length === 2 ? mail.to('ba@example.org') : null);
  assert.equal(told[1]?.headers['subject'], `Phản ánh ${code} đã được giải quyết`);
  assert.ok(told[1]?.text.includes(RESULT.text), told[1]?.text);
  assert.ok(told[1]?.html.includes('&amp; lập biên bản &lt;b&gt;số 12&lt;/b&gt;'), told[1]?.html);
  assert.match(told[1]?.text ?? '', new RegExp(`https://1022\\.example/\\S*${code}\\S*`));
  await waitUntil('the webhook', () => receiver.deliveries.some((d) => d.headers['x-hotline-event'] === 'complaint.resolved'));
  const bodies = receiver.deliveries.map((d) => JSON.parse(d.body) as { id: string; event: string; sequence: number; complaint: { code: string } });
  assert.deepEqual(bodies.map((b) => b.event), ['complaint.received', 'complaint.accepted', 'complaint.resolved']);
  assert.ok(bodies.every((b, i) => i === 0 || b.sequence > (bodies[i - 1]?.sequence ?? 0)));
  for (const [i, delivery] of receiver.deliveries.entries()) {
    assert.ok(signatureHolds(delivery, hook.secret), `signature ${i}`);
    assert.equal(delivery.headers['x-hotline-delivery'], bodies[i]?.id);
    assert.ok(!signatureHolds({ ...delivery, body: delivery.body.replace(code, '000000000') }, hook.secret));
    assert.ok(!delivery.body.includes('example.org') && !delivery.body.includes('Karaoke'), 'no person and no words');
  }
  const all = await allSent(code);
  assert.deepEqual(all.filter((n) => n.medium === 'email').map((n) => `${n.event} ${n.recipient.split(':')[0]}`).sort(),
    ['received contact', 'received reporter', 'resolved reporter']);
  assert.equal(new Set(all.map((n) => n.delivery)).size, all.length);
  assert.ok(mail.to('dau-moi@agency.example').some((m) => m.text.includes(code) && !m.text.includes('Karaoke')));
  const listed = await server.get('/api/v1/webhooks', admin.headers);
  assert.ok(!listed.text.includes(hook.secret) && !listed.text.includes('whsec'), 'a secret is shown once');
  await stopHook(server, admin, hook);
  await receiver.stop();
});

test('nothing leaves before its transaction commits, and nothing of one that did not', async () => {
  const { code } = await file(server, reported('tu@example.org'));
  await allSent(code);
  const row = (text: string): string => `INSERT INTO hotline.outbox (created_at, topic, complaint_id, payload)
    SELECT now(), 'complaint.answered', id, '{"text": "${text}"}' FROM hotline.complaints WHERE code = '${code}'`;
  const open = await database.session();
  await open.sql(`BEGIN; ${row('rút lại')}`);
  await open.sql('ROLLBACK');
  await open.sql(`BEGIN; ${row('đang viết')}`);
  const { code: later } = await file(server, reported('tu2@example.org'));
  await allSent(later); // the dispatcher has been round
  assert.equal(mail.to('tu@example.org').length, 1);
  await open.sql('COMMIT');
  await open.close();
  await waitUntil('the answer', () => mail.to('tu@example.org').length === 2);
  assert.ok(mail.to('tu@example.org')[1]?.text.includes('đang viết'));
  assert.ok(!mail.mails.some((m) => m.text.includes('rút lại')));
});

test('a receiver that hangs holds nobody up; when it recovers it gets everything, under the same ids', async () => {
  const [bad, good] = [await Receiver.start(), await Receiver.start()];
  const hooks: Hook[] = [await addHook(server, admin, 'treo', bad.url), await addHook(server, admin, 'khỏe', good.url)];
  bad.mode = 'hang';
  const codes: string[] = [];
  for (let i = 0; i < 8; i++) codes.push((await file(server)).code);
  await waitUntil('the healthy one to be served', () => good.deliveries.length === 8);
  const ids = await waitUntil('an attempt at the hanging one to fail', async () => {
    const tried = await notices(server, admin, `webhook=${hooks[0]?.id}`);
    return tried.some((n) => n.error !== null) ? tried.map((n) => n.delivery).sort() : null;
  });
  bad.mode = 'close';
  await waitUntil('the circuit to open', async () => (await server.get('/api/v1/webhooks', admin.headers)).json.webhooks
    .some((h: { id: number; failures: number; last_error: string | null }) => h.id === hooks[0]?.id && h.failures >= 3 && h.last_error !== null));
  bad.mode = 'fail';
  bad.mode = 'ok';
  await database.sql(`UPDATE hotline.notices SET attempts = 0 WHERE state = 'waiting'`); // however long it hung
  const replayed = await server.post('/api/v1/notices/replay', { webhook: hooks[0]?.id }, admin.headers);
  assert.equal(replayed.status, 200, replayed.text);
  await waitUntil('all to arrive', () => new Set(bad.deliveries.map((d) => d.headers['x-hotline-delivery'])).size === 8, 40000);
  assert.deepEqual([...new Set(bad.deliveries.map((d) => String(d.headers['x-hotline-delivery'])))].sort(), ids);
  assert.ok(bad.deliveries.every((d) => signatureHolds(d, hooks[0]?.secret ?? '')));
  await waitUntil('the circuit to close', async () => (await database.sql(
    `SELECT failures = 0 AND open_until IS NULL FROM hotline.webhooks WHERE id = ${hooks[0]?.id}`)) === 't');
  for (const hook of hooks) await stopHook(server, admin, hook);
  await bad.stop();
  await good.stop();
});

test('dead letters are seen with every attempt, and replayed; "gone" is not tried again; redirects are not followed', async () => {
  const receiver = await Receiver.start();
  const hook = await addHook(server, admin, 'hỏng', receiver.url, ['received']);
  receiver.mode = 'redirect';
  const { code } = await file(server);
  const [dead] = await waitUntil('a dead letter', async () => {
    const found = await notices(server, admin, `state=dead&webhook=${hook.id}`);
    return found.length > 0 ? found : null;
  });
  assert.deepEqual([dead?.attempts, dead?.error], [4, 'HTTP 302']);
  assert.equal(receiver.tried, 4, 'and nothing at the other address');
  const one = await server.get(`/api/v1/notices/${dead?.id}`, admin.headers);
  assert.deepEqual(one.json.tried.map((t: { outcome: string; answer: string }) => `${t.outcome} ${t.answer}`), Array(4).fill('failed HTTP 302'));
  receiver.mode = 'ok';
  const again = await server.post(`/api/v1/notices/${dead?.id}/replay`, {}, admin.headers);
  assert.deepEqual([again.status, again.json], [200, { replayed: 1 }]);
  await waitUntil('it to arrive', () => receiver.deliveries.length === 1);
  assert.equal(receiver.deliveries[0]?.headers['x-hotline-delivery'], dead?.delivery);
  await allSent(code);
  assert.deepEqual(problem(await server.post(`/api/v1/notices/${dead?.id}/replay`, {}, admin.headers), 409).map((e) => e.code), ['wrong_state']);
  receiver.mode = 'gone';
  const { code: second } = await file(server);
  await waitUntil('the other to be dead', async () => (await of(second, '&state=dead')).length === 1);
  assert.equal((await of(second, '&state=dead'))[0]?.attempts, 1);
  await stopHook(server, admin, hook);
  await receiver.stop();
});

test('a webhook reaches no private address unless the settings allow it', async () => {
  const receiver = await Receiver.start();
  const hook = await addHook(server, admin, 'nội bộ', receiver.url, ['received']);
  const named = await addHook(server, admin, 'nội bộ theo tên', receiver.url.replace('127.0.0.1', 'localhost'), ['received']);
  const allow = (yes: boolean): Promise<string> => database.sql(
    `UPDATE hotline.settings SET value = jsonb_set(value, '{webhook,allow_private}', '${yes}') WHERE key = 'notify'`);
  await allow(false);
  const { code } = await file(server);
  await waitUntil('both to be refused', async () => (await of(code)).filter((n) => n.error === 'not an address of the public internet').length === 2);
  assert.equal(receiver.tried, 0);
  await allow(true);
  await stopHook(server, admin, hook);
  await stopHook(server, admin, named);
  await receiver.stop();
  for (const url of ['ftp://x.example/', 'https://', 'https://u:p@x.example/', 'javascript:alert(1)', 'https://x .example/']) {
    problem(await server.post('/api/v1/webhooks', { name: 'sai', url }, admin.headers), 422);
  }
});

test('a mail server that is down: messages wait and are not counted as failed; each is sent once when it is back', async () => {
  const { port } = mail;
  await mail.stop();
  const { code } = await file(server, reported('nam@example.org'));
  await waitUntil('the pause to be told', async () => (await server.get('/api/v1/notices/status', admin.headers)).json.media
    .some((m: { medium: string; paused: boolean }) => m.medium === 'email' && m.paused));
  const waiting = (await of(code)).find((n) => n.recipient === 'reporter');
  assert.ok(waiting && waiting.attempts <= 1 && waiting.state !== 'dead', JSON.stringify(waiting));
  const back = await MailServer.start(false, cert, port);
  back.mails.push(...mail.mails);
  mail = back;
  await allSent(code);
  assert.equal(mail.to('nam@example.org').length, 1);
});

test('an address that does not exist is a dead letter at once; "later" is tried again', async () => {
  mail.mode = 'refuse';
  const { code } = await file(server, reported('khong-co@example.org'));
  await waitUntil('the dead letter', async () => (await of(code, '&state=dead')).some((n) => n.recipient === 'reporter' && n.attempts === 1));
  mail.mode = 'later';
  const { code: second } = await file(server, reported('sau@example.org'));
  await waitUntil('a failed attempt', async () => (await of(second)).some((n) => n.recipient === 'reporter' && /451/.test(n.error ?? '')));
  mail.mode = 'take';
  await database.sql(`UPDATE hotline.notices SET attempts = 0 WHERE state = 'waiting'`);
  await server.post('/api/v1/notices/replay', { medium: 'email' }, admin.headers);
  await waitUntil('it to arrive', () => mail.to('sau@example.org').length === 1);
});

test('agency people hear on their events of their own complaints only, and that one has left them', async () => {
  const other = await database.sql(`SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 1`);
  const theirs = await staffOf(database, server, other, 'la');
  await database.sql(`INSERT INTO hotline.desks (agency_id, code, name) SELECT id, 'ban-mot', 'Bàn 1' FROM hotline.agencies WHERE code = '${agency}' AND valid @> current_date`);
  const desk = await staffOf(database, server, agency, 'ban');
  await database.sql("UPDATE hotline.users SET desk_id = (SELECT id FROM hotline.desks WHERE code = 'ban-mot') WHERE login = 'ban'");
  const open = (who: Person | null): Promise<EventStream> => EventStream.open(server, who?.headers ?? {});
  const [mine, foreign, all, anybody, oneDesk] = [await open(staff), await open(theirs), await open(operator), await open(null), await open(desk)];
  const { code } = await file(server, reported('sau2@example.org'));
  const heard = (stream: EventStream): string[] => stream.events.filter((e) => e.event === 'work' && e.data.code === code).map((e) => e.data.event as string);
  await waitUntil('its agency to hear', () => heard(mine).length === 1);
  await act(server, operator, code, 'reroute', { agency: other, reason: 'Việc của đơn vị khác' });
  await waitUntil('the other to hear', () => heard(foreign).length === 1 && heard(mine).length === 2 && heard(all).length === 2);
  assert.deepEqual([heard(mine), heard(foreign), heard(all), heard(anybody), heard(oneDesk)],
    [['received', 'left'], ['rerouted'], ['received', 'rerouted'], [], []]);
  assert.ok(!JSON.stringify(mine.events.filter((e) => e.data?.event === 'left')).includes(other), 'where it went is not told');
  assert.ok(!JSON.stringify(anybody.events).includes(code));
  for (const stream of [mine, foreign, all, anybody, oneDesk]) stream.close();
});

test('at risk before late: the desk hears, then the head, then the supervisor; once each, and it is in the history', async () => {
  await addPerson(database, 'truong', 'agency_head', agency);
  await addPerson(database, 'giam', 'supervisor');
  for (const [login, address] of [['truong', 'truong@agency.example'], ['giam', 'giam@1022.example']]) {
    const me = await sessionOf(server, login ?? '');
    assert.equal((await server.post('/api/v1/contacts', { medium: 'email', address, lang: 'en' }, me.headers)).status, 201);
  }
  const { code } = await file(server);
  // Urgent: by the clock, whatever the hour of this test.
  const clock = (left: string): Promise<string> => database.sql(`UPDATE hotline.complaints SET clock_from = now() - interval '10 hours',
    deadline_terms = '{"urgent": true}', due_at = now() + interval '${left}' WHERE code = '${code}'`);
  const events = (): Promise<string> => database.sql(`SELECT string_agg(h.event, ' ' ORDER BY h.id) FROM hotline.complaint_history h
    JOIN hotline.complaints c ON c.id = h.complaint_id WHERE c.code = '${code}'`);
  const told = (address: string, words: string): boolean => mail.to(address).some((m) => m.text.includes(code) && (m.headers['subject'] ?? '').startsWith(words));
  await clock('1 hour');
  await waitUntil('the desk to hear', () => told('dau-moi@agency.example', 'Sắp đến hạn'), 40000);
  assert.equal(await events(), 'received at_risk');
  assert.ok(!mail.mails.some((m) => m.text.includes(code) && m.to.some((to) => /giam|truong/.test(to))), 'nobody above the desk yet');
  await clock('-1 minute');
  await waitUntil('the head to hear', () => told('truong@agency.example', 'Late'), 40000);
  assert.ok(!mail.to('giam@1022.example').some((m) => m.text.includes(code)));
  await clock('-4 hours');
  await waitUntil('the supervisor to hear', () => told('giam@1022.example', 'Seriously late'), 40000);
  assert.match(await events(), /^received at_risk late (late )?escalated escalated$/);
  const seen = await server.get(`/api/v1/complaints/${code}/history`);
  assert.ok(!seen.text.includes('audiences'), 'who is told is for staff');
});

test('the link in a message stops further ones; looking at it does not', async () => {
  const { code } = await file(server, reported('bay@example.org'));
  await allSent(code);
  const link = new URL(/<(.*)>/.exec(mail.to('bay@example.org')[0]?.headers['list-unsubscribe'] ?? '')?.[1] ?? '').pathname;
  const page = await server.get(link);
  assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
  await act(server, staff, code, 'accept');
  await act(server, staff, code, 'answer', { text: 'Sẽ kiểm tra' });
  await waitUntil('the answer', () => mail.to('bay@example.org').length === 2);
  const stopped = await server.request(link, { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' });
  assert.equal(stopped.status, 200, stopped.text);
  await act(server, staff, code, 'resolve', RESULT);
  await waitUntil('the result to be planned', async () => (await database.number(`SELECT count(*) FROM hotline.outbox o JOIN hotline.complaints c
    ON c.id = o.complaint_id WHERE c.code = '${code}' AND o.topic = 'complaint.resolved' AND o.planned_at IS NOT NULL`)) === 1);
  assert.ok(!(await of(code)).some((n) => n.event === 'resolved'));
  problem(await server.get('/api/v1/unsubscribe/00000000-0000-4000-8000-000000000000'), 404);
  problem(await server.get('/api/v1/unsubscribe/1'), 404);
});

test('only administrators manage it; auditors read; everybody sets where they are told themselves', async () => {
  const auditor = await sessionOf(server, 'soat');
  for (const path of ['/api/v1/notices', '/api/v1/notices/status', '/api/v1/webhooks', '/api/v1/notice-templates']) {
    problem(await server.get(path), 401);
    problem(await server.get(path, operator.headers), 403);
    problem(await server.get(path, staff.headers), 403);
    assert.equal((await server.get(path, auditor.headers)).status, 200, path);
  }
  problem(await server.post('/api/v1/webhooks', { name: 'x', url: 'https://x.example/' }, auditor.headers), 403);
  problem(await server.post('/api/v1/notices/replay', {}, auditor.headers), 403);
  problem(await server.post('/api/v1/contacts', { agency, medium: 'email', address: 'x@x.example' }, staff.headers), 403);
  problem(await server.post('/api/v1/contacts', { user: 'quan', medium: 'email', address: 'x@x.example' }, staff.headers), 403);
  for (const address of ['x', 'x@', 'a@b@c', 'x y@z.example', 'x@y.example>', 'a,b@c.example']) {
    assert.deepEqual(problem(await server.post('/api/v1/contacts', { medium: 'email', address }, staff.headers), 422).map((e) => e.field), ['address'], address);
  }
  assert.equal((await server.post('/api/v1/contacts', { medium: 'sms', address: '0908 111 222' }, staff.headers)).status, 201);
  const own = await server.get('/api/v1/contacts', staff.headers);
  assert.deepEqual(own.json.contacts.map((c: { user: string; address: string }) => `${c.user} ${c.address}`), ['nha +84908111222']);
  const others = (await server.get('/api/v1/contacts', admin.headers)).json.contacts.find((c: { agency: string | null }) => c.agency === agency);
  problem(await server.request(`/api/v1/contacts/${others.id}`, { method: 'DELETE', headers: staff.headers }), 404);
});

test('words are data: an edit is used at once, a placeholder that nobody fills is refused', async () => {
  const put = (body: string) => server.request('/api/v1/notice-templates', {
    method: 'PUT', headers: { 'Content-Type': 'application/json', ...admin.headers },
    body: JSON.stringify({ event: 'received', audience: 'reporter', medium: 'email', lang: 'vi', subject: 'Mã {{code}}', body }),
  });
  assert.deepEqual(problem(await put('{{mật_khẩu}}'), 422).map((e) => e.code), ['unknown']);
  assert.equal((await put('Lời mới cho {{code}}\nKhông có: {{desk}}\nHết')).status, 200);
  const { code } = await file(server, reported('tam@example.org'));
  const [got] = await waitUntil('the mail', () => mail.to('tam@example.org').length > 0 ? mail.to('tam@example.org') : null);
  assert.equal(got?.headers['subject'], `Mã ${code}`);
  assert.match(got?.text ?? '', new RegExp(`^Lời mới cho ${code}\\r\\n(Không có: .+\\r\\n)?Hết\\r\\n$`));
});

test('two services share the work: each message once', async () => {
  const second = await Server.startWith(database, env);
  const filed = await Promise.all(Array.from({ length: 24 }, (_, i) => file(i % 2 ? server : second, reported(`chung-${i}@example.org`))));
  for (const { code } of filed) await allSent(code);
  for (let i = 0; i < 24; i++) assert.equal(mail.to(`chung-${i}@example.org`).length, 1);
  await second.stop();
});

test('without configuration messages wait where the administrator sees them; with it they are sent, by TLS from the first byte', async () => {
  const own = await Postgres.shared().cityDatabase();
  await own.sql(QUICK);
  await addPerson(own, 'quan', 'administrator');
  const bare = await Server.start(own);
  const boss = await sessionOf(bare, 'quan');
  const { code } = await file(bare, reported('chin@example.org'));
  await waitUntil('it to be planned', async () => (await notices(bare, boss, `complaint=${code}`)).length === 1);
  const status = await bare.get('/api/v1/notices/status', boss.headers);
  assert.deepEqual(status.json.media.map((m: { medium: string; configured: boolean }) => `${m.medium} ${m.configured}`),
    ['email false', 'sms false', 'webhook true']);
  assert.equal((await notices(bare, boss, `complaint=${code}`))[0]?.state, 'waiting');
  assert.match((await bare.get('/metrics')).text, /hotline_notify_configured\{medium="email"\} 0/);
  await bare.stop();
  const secure = await MailServer.start(true, cert);
  const full = await Server.startWith(own, secure.env(cert));
  await waitUntil('the mail', () => secure.to('chin@example.org').length === 1);
  assert.equal(secure.mails[0]?.secure, true);
  assert.match(full.logText, /serve\.listening/);
  await full.stop();
  await own.drop();
  await secure.stop();
});
