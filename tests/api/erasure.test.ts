// One person's data, everywhere it is: files they sent, what they wrote with ratings and reopenings,
// messages, notices, numbers in the records of looks. Export shows it, erasure and time take it away; the
// chain of the history holds, and what is another's stays.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { act, resolve, staffOf } from './lib/notify';
import { type Person, addPerson, sessionOf } from './lib/people';
import { vipsPicture } from './lib/picture';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, must, run } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
const people: Record<string, Person> = {};
let agency: string;
let key: Record<string, string>;

const PHONE = '0977 333 444';
const PERSON = { name: 'Đỗ Quỳnhzz', phone: PHONE, email: 'tam.do@example.vn' };
const TRACES = ['Quỳnhzz', '333 444', '333444', 'tam.do', 'XIN-XOA'];

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const [login, role] of [['truc', 'operator'], ['quan', 'administrator'], ['kiem', 'auditor'], ['giam-sat', 'supervisor']] as const) {
    await addPerson(database, login, role);
  }
  server = await Server.start(database);
  for (const login of ['truc', 'quan', 'kiem', 'giam-sat']) people[login] = await sessionOf(server, login);
  agency = (await server.file(complaint())).json.assignment.agency.code;
  people['nha'] = await staffOf(database, server, agency, 'nha');
  const made = await must(HOTLINE, ['key', 'add', 'tong-dai', '--may', 'calls'], { env: { HOTLINE_DATABASE: database.url } });
  key = { Authorization: `Bearer ${made.trim()}` };
});
after(async () => {
  await server.stop();
  await database.drop();
});

const who = (login: string): Person => {
  const found = people[login];
  assert.ok(found, login);
  return found;
};
const as = (login: string): Record<string, string> => who(login).headers;

async function good(answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  assert.ok(got.status < 300, `${got.status} ${got.text}`);
  return got;
}

async function upload(path: string, content: Buffer, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(content)]), 'anh.png');
  const answer = await good(server.request(path, { method: 'POST', body: form, headers }));
  return answer.json.attachments[0].id as string;
}

const stored = (): string[] => {
  const under = (folder: string): string[] => !existsSync(folder) ? [] : readdirSync(folder, { withFileTypes: true })
    .flatMap((e) => e.isDirectory() ? under(join(folder, e.name)) : [join(folder, e.name)]);
  return under(database.files).filter((f) => !/\/(MARK|LOCK)$/.test(f));
};

async function swept(): Promise<string[]> {
  for (const file of stored()) utimesSync(file, 1, 1); // as if they had lain there for long
  await database.hotline('files', 'sweep');
  return stored();
}

/** A complaint with everything a reporter can leave behind; and the number of history rows with a reason. */
async function whole(photo: Buffer): Promise<{ code: string; mine: string; evidence: string }> {
  const mine = await upload('/api/v1/attachments', photo);
  const made = await good(server.file(complaint({ reporter: PERSON, attachments: [mine],
    description: `Nhà tôi ồn, gọi ${PHONE}` })));
  const code = made.json.code as string;
  const evidence = await upload(`/api/v1/complaints/${code}/attachments`, photo, { purpose: 'evidence' }, as('nha'));
  await resolve(server, who('nha'), code);
  await good(server.post(`/api/v1/complaints/${code}/rating`, { rating: 'not_satisfied', comment: 'XIN-XOA tôi là Quỳnhzz' }));
  await good(server.post(`/api/v1/complaints/${code}/reopening`, { reason: 'XIN-XOA vẫn ồn, Quỳnhzz đây' }));
  await resolve(server, who('nha'), code);
  return { code, mine, evidence };
}

const verified = async (code: string): Promise<void> => {
  const got = await run(HOTLINE, ['verify', code], { env: { HOTLINE_DATABASE: database.url } });
  assert.equal(got.code, 0, got.stdout + got.stderr);
};

async function asked(kind: string, contact = PHONE): Promise<number> {
  const made = await good(server.post('/api/v1/person-requests', { kind, contact, verified: 'Mã qua tin nhắn' }, as('quan')));
  return made.json.id as number;
}
const decided = (id: number): Promise<Answer> => good(server.post(`/api/v1/person-requests/${id}/decision`, { approve: true }, as('giam-sat')));

/** Every text of every table that the person might be in. */
async function traces(): Promise<string[]> {
  const tables = ['personal.reporters', 'personal.co_reporters', 'personal.call_numbers', 'personal.number_looks', 'personal.inbound_senders',
    'personal.reporter_looks', 'hotline.complaints', 'hotline.complaint_history', 'hotline.complaint_ratings', 'hotline.inbound_items', 'hotline.notices',
    'hotline.notice_attempts', 'hotline.outbox', 'hotline.answered_requests', 'hotline.audit_log'];
  const rows = await database.sql(tables.map((table) => `SELECT '${table}' WHERE EXISTS (SELECT FROM ${table} t
    WHERE (to_jsonb(t) - '{salt,detail_hash,prev,hash,request_hash,geom,id}'::text[])::text ~ '${TRACES.join('|')}')`).join(' UNION ALL '));
  return rows === '' ? [] : rows.split('\n');
}

test('export has all of it; erasure reaches all of it, on the disk too, and leaves what is another’s', async () => {
  const photo = vipsPicture(400, 300, '.png');
  const { code, mine, evidence } = await whole(photo);
  const other = await good(server.file(complaint({ reporter: { name: 'Người Khác', phone: '0900 000 111' }, attachments: [await upload('/api/v1/attachments', vipsPicture(200, 100, '.png'))] })));
  const joined = await good(server.post(`/api/v1/complaints/${other.json.code}/reporters`, { channel: 'phone', consent: true, description: 'XIN-XOA tôi cũng thấy', reporter: PERSON }, as('truc')));
  assert.notEqual(joined.json.follow_code, undefined);
  await good(server.post('/api/v1/seats', { seat: '7' }, as('truc')));
  const call = await good(server.post('/api/v1/calls', { call: 'x-1', number: PHONE, seat: '7' }, key));
  await good(server.get(`/api/v1/calls/${call.json.id}`, as('truc')));
  for (const message of ['m-1', 'm-2']) {
    await good(server.post('/api/v1/inbound', { channel: 'email', subject: 'XIN-XOA', text: `XIN-XOA ${message}`, from: PERSON.email.toUpperCase(), from_name: PERSON.name, message }, key));
  }
  await database.sql(`INSERT INTO hotline.notice_attempts (notice_id, attempt, outcome, answer) SELECT n.id, 1, 'failed', 'RCPT TO <tam.do@example.vn> later'
    FROM hotline.notices n JOIN hotline.complaints c ON c.id = n.complaint_id WHERE c.code = '${code}' AND n.recipient = 'reporter'`);

  const byPhone = await asked('export');
  await decided(byPhone);
  const file = (await good(server.get(`/api/v1/person-requests/${byPhone}/file`, as('quan')))).json;
  const own = file.complaints.find((c: { part: string }) => c.part === 'reporter');
  assert.equal(own.code, code);
  assert.deepEqual(own.attachments.map((a: { id: string }) => a.id), [mine], 'what they sent, not the agency’s evidence');
  assert.equal((await server.get(own.attachments[0].urls.web)).status, 200, 'and it opens for who has the code');
  assert.deepEqual(own.ratings.map((r: { comment: string }) => r.comment), ['XIN-XOA tôi là Quỳnhzz']);
  assert.deepEqual(own.reopening_reasons.map((r: { reason: string }) => r.reason), ['XIN-XOA vẫn ồn, Quỳnhzz đây']);
  const also = file.complaints.find((c: { part: string }) => c.part === 'co_reporter');
  assert.deepEqual([also.code, also.said, also.description, also.attachments], [joined.json.follow_code, 'XIN-XOA tôi cũng thấy', null, []]);
  assert.deepEqual([file.calls.length, file.calls[0].number, file.number_looks.length > 0], [1, '0977333444', true]);
  const byMail = await asked('export', PERSON.email);
  await decided(byMail);
  const mails = (await good(server.get(`/api/v1/person-requests/${byMail}/file`, as('quan')))).json.messages;
  assert.deepEqual(mails.map((m: { text: string; subject: string }) => [m.subject, m.text]), [['XIN-XOA', 'XIN-XOA m-1'], ['XIN-XOA', 'XIN-XOA m-2']]);

  const before = stored().length;
  const erased = await decided(await asked('erase'));
  assert.deepEqual([erased.json.counts.complaints, erased.json.counts.joined, erased.json.counts.files, erased.json.counts.comments,
    erased.json.counts.reasons, erased.json.counts.calls], [1, 1, 1, 1, 1, 1], erased.text);
  const messages = await decided(await asked('erase', PERSON.email));
  assert.equal(messages.json.counts.messages, 2, messages.text);
  assert.deepEqual(await traces(), []);
  problem(await server.get(`/api/v1/attachments/${mine}/web?code=${code}`), 404);
  assert.equal((await server.get(`/api/v1/attachments/${evidence}/web`, as('nha'))).status, 200, 'the agency’s evidence stays');
  assert.deepEqual((await server.get(`/api/v1/complaints/${code}`)).json.attachments, []);
  assert.equal(await database.number("SELECT count(*) FROM hotline.inbound_items WHERE state = 'waiting' AND source = 'key:tong-dai'"), 0, 'nobody is left to enter what is gone');
  await verified(code);
  await verified(other.json.code);
  // The same picture was sent as evidence, so its bytes stay; that of somebody else, too.
  assert.equal((await swept()).length, before);
  assert.equal((await server.get(`/api/v1/attachments/${evidence}/web`, as('nha'))).status, 200);
  assert.equal(await database.sql(`SELECT r.name FROM personal.reporters r JOIN hotline.complaints c ON c.id = r.complaint_id WHERE c.code = '${other.json.code}'`), 'Người Khác');
});

test('bytes leave the disk with the last row that names them', async () => {
  const photo = vipsPicture(77, 55, '.png');
  const count = stored().length;
  const id = await upload('/api/v1/attachments', photo);
  await good(server.file(complaint({ reporter: { name: 'Bảy', phone: '0911 777 888' }, attachments: [id] })));
  assert.ok(stored().length > count);
  await decided(await asked('erase', '0911 777 888'));
  assert.equal((await swept()).length, count);
});

test('what is held for the law keeps its files and words', async () => {
  const id = await upload('/api/v1/attachments', vipsPicture(120, 90, '.png'));
  const made = await good(server.file(complaint({ reporter: { name: 'Chín', phone: '0922 555 666' }, attachments: [id] })));
  await good(server.post(`/api/v1/complaints/${made.json.code}/hold`, { hold: true, reason: 'Toà án' }, as('kiem')));
  const erased = await decided(await asked('erase', '0922 555 666'));
  assert.deepEqual([erased.json.counts.complaints, erased.json.counts.held, erased.json.counts.files], [0, 1, 0]);
  assert.equal((await server.get(`/api/v1/attachments/${id}/web?code=${made.json.code}`)).status, 200);
});

test('time reaches the same: files, comments, reasons, messages, numbers in looks', async () => {
  const { code, mine } = await whole(vipsPicture(222, 111, '.png'));
  const item = await good(server.post('/api/v1/inbound', { channel: 'sms', text: 'XIN-XOA cũ', from: PHONE, message: 'm-9' }, key));
  const call = await good(server.post('/api/v1/calls', { call: 'x-9', number: PHONE, seat: '7' }, key));
  await good(server.get(`/api/v1/calls/${call.json.id}`, as('truc')));
  await database.sql(`SET session_replication_role = replica;
    UPDATE hotline.complaints SET status = 'closed', received_at = received_at - interval '30 months', closed_at = now() - interval '25 months' WHERE code = '${code}';
    UPDATE hotline.inbound_items SET received_at = received_at - interval '13 months' WHERE id = ${item.json.id};
    UPDATE hotline.calls SET started_at = started_at - interval '13 months', answered_at = NULL WHERE id = ${call.json.id};
    ALTER TABLE personal.number_looks DISABLE TRIGGER number_looks_keep;
    UPDATE personal.number_looks SET at = at - interval '13 months' WHERE call_id = ${call.json.id};
    ALTER TABLE personal.number_looks ENABLE ALWAYS TRIGGER number_looks_keep;
    SELECT hotline.call_numbers_prune()`);
  const env = { HOTLINE_DATABASE: database.url };
  const dry = await must(HOTLINE, ['retain', '--dry-run'], { env });
  const done = await must(HOTLINE, ['retain'], { env });
  assert.equal(done, dry.replace('would be ', ''), 'it did what it had said');
  assert.match(done, /^3? ?1 contacts and 1 files of 1 complaints, 1 senders, 1 messages, 1 looks erased/);
  assert.deepEqual((await traces()).filter((t) => t !== 'personal.number_looks'), []);
  assert.equal(await database.sql(`SELECT number FROM personal.number_looks WHERE call_id = ${call.json.id}`), '09xx•••444', 'a mask is left for the auditor');
  problem(await server.get(`/api/v1/attachments/${mine}/web?code=${code}`), 404);
  await verified(code);
  assert.match(await must(HOTLINE, ['retain'], { env }), /^0 contacts and 0 files of 0 complaints, 0 senders, 0 messages, 0 looks/);
});

test('looks stay as they are until their time is over', async () => {
  await database.sql("INSERT INTO personal.inbound_looks (item_id, viewer, purpose) SELECT min(id), 'user:truc', 'enter' FROM hotline.inbound_items");
  for (const change of ["UPDATE personal.number_looks SET viewer = 'x'", "UPDATE personal.number_looks SET number = '0900'", 'DELETE FROM personal.number_looks',
    'DELETE FROM personal.reporter_looks', "UPDATE personal.reporter_looks SET purpose = 'x'", "UPDATE personal.reporter_looks SET note = 'x'", 'DELETE FROM personal.inbound_looks']) {
    await assert.rejects(database.sql(change), /append-only/, change);
  }
});

test('answers, notes and comments about a person are taken out by hand; the copies made for notices too', async () => {
  const made = await good(server.file(complaint({ reporter: { name: 'Năm', email: 'nam@example.org' } })));
  const code = made.json.code as string;
  await act(server, who('nha'), code, 'accept');
  await act(server, who('nha'), code, 'answer', { text: 'Chúng tôi đã gặp bà BIMAT ở số nhà 12 chiều hôm qua' });
  await act(server, who('nha'), code, 'note', { text: 'BIMAT không hợp tác' });
  const redact = (body: Record<string, unknown>): Promise<Answer> => server.post(`/api/v1/complaints/${code}/redaction`, { reason: 'Người dân yêu cầu', ...body }, as('giam-sat'));
  await database.number(`SELECT count(*) FROM hotline.notices`);
  assert.deepEqual(problem(await redact({ answer_n: 2 }), 422).map((e) => e.field), ['answer_n']);
  problem(await redact({}), 422);
  await good(redact({ answer_n: 1 }));
  await good(redact({ note_n: 1 }));
  const seen = await good(server.get(`/api/v1/complaints/${code}`, as('nha')));
  assert.deepEqual([seen.json.answers[0].text, seen.json.notes[0].text], ['•••', '•••']);
  for (const table of ['complaint_answers', 'complaint_notes', 'notices', 'complaint_history', 'outbox']) {
    assert.equal(await database.number(`SELECT count(*) FROM hotline.${table} t WHERE (to_jsonb(t) - 'hash' - 'salt' - 'prev' - 'detail_hash')::text LIKE '%BIMAT%'`), 0, table);
  }
  await verified(code);
  const record = await good(server.get('/api/v1/personal-record', as('kiem')));
  assert.deepEqual(record.json.redactions.slice(0, 2).map((r: { complaint: string; what: string }) => [r.complaint, r.what]), [[code, 'note_n'], [code, 'answer_n']]);
  assert.ok(record.json.holds.some((h: { reason: string; released_at: string | null }) => h.reason === 'Toà án' && h.released_at === null));
  assert.ok(record.json.number_looks.every((l: { number: string }) => l.number.includes('•••')), record.text);
  for (const login of ['truc', 'nha', 'giam-sat']) problem(await server.get('/api/v1/personal-record', as(login)), 403);
});
