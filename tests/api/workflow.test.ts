// A complaint's way as people go it: whose it is, several agencies, a date that is committed to, evidence,
// form letters, the reporter's last word, many at once, and what happens by itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import { complaint, problem, tileOf } from './lib/city';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
const people: Record<string, Person> = {};
let agencies: string[];
let forgotten: string; // resolved long ago: the service closes it by itself, within 15 s

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
  agencies = (await database.sql(`SELECT string_agg(code, ',') FROM (SELECT code FROM hotline.agencies
    WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 3) a`)).split(',');
  for (const [login, role, agency] of [['truc', 'operator'], ['giam-sat', 'supervisor'], ['a-staff', 'agency_staff', agencies[0]],
    ['a-head', 'agency_head', agencies[0]], ['b-staff', 'agency_staff', agencies[1]], ['c-staff', 'agency_staff', agencies[2]]] as [string, string, string?][]) {
    await addPerson(database, login, role, agency);
    people[login] = await sessionOf(server, login);
  }
  forgotten = await resolved();
  await database.sql(`UPDATE hotline.complaints SET received_at = now() - interval '60 days', closed_at = now() - interval '11 days' WHERE code = '${forgotten}'`);
});
after(async () => {
  await server.stop();
  await database.drop();
});

const headers = (login: string): Record<string, string> => (people[login] as Person).headers;
const act = (login: string, code: string, body: Record<string, unknown>): Promise<Answer> =>
  server.post(`/api/v1/complaints/${code}/actions`, body, headers(login));
const see = async (login: string, code: string): Promise<any> => (await server.get(`/api/v1/complaints/${code}`, login ? headers(login) : {})).json;

/** Acts on what is newest; must be done. */
async function does(login: string, code: string, action: string, fields: Record<string, unknown> = {}): Promise<any> {
  const version = await database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`);
  const answer = await act(login, code, { action, version, ...fields });
  assert.equal(answer.status, 200, `${login} ${action}: ${answer.text}`);
  return answer.json;
}

/** Must be refused with that code. */
async function refused(login: string, code: string, action: string, fields: Record<string, unknown>, status: number, word: string): Promise<void> {
  const version = await database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`);
  const answer = await act(login, code, { action, version, ...fields });
  assert.deepEqual(problem(answer, status).map((e) => e.code), word ? [word] : [], answer.text);
}

/** With agency 0, assigned. */
async function filed(change: Record<string, unknown> = {}): Promise<string> {
  const made = await server.file(complaint(change));
  assert.equal(made.status, 201, made.text);
  await does('truc', made.json.code, 'reroute', { agency: agencies[0], reason: 'Cho bài kiểm tra' });
  return made.json.code;
}

const RESULT = { text: 'Đã lập biên bản chủ quán, tịch thu loa kéo, cam kết không tái phạm', no_photo_reason: 'Làm việc ban đêm' };

async function resolved(change: Record<string, unknown> = {}): Promise<string> {
  const code = await filed(change);
  await does('a-staff', code, 'accept');
  await does('a-staff', code, 'resolve', RESULT);
  return code;
}

test('from assigned to closed: who has it, what was said, and what the reporter sees of it', async () => {
  const code = await filed();
  const given = await does('a-head', code, 'assign', { person: 'a-staff' });
  assert.deepEqual(given.assignee, { login: 'a-staff', name: 'Người a-staff' });
  assert.equal(given.status, 'assigned');
  assert.equal((await does('a-staff', code, 'accept')).status, 'accepted');
  assert.equal((await does('a-staff', code, 'start')).status, 'in_progress');
  await does('a-staff', code, 'note', { text: 'Chủ quán là người quen của tổ trưởng' });
  await does('a-staff', code, 'answer', { text: 'Tổ công tác sẽ kiểm tra quán lúc hai mươi hai giờ tối nay' });
  const done = await does('a-staff', code, 'resolve', RESULT);
  assert.equal(done.status, 'resolved');
  assert.ok(done.closed_at);
  assert.deepEqual(done.answers.map((a: any) => [a.kind, a.by]), [['answer', 'Người a-staff'], ['result', 'Người a-staff']]);
  assert.equal(done.notes[0].text, 'Chủ quán là người quen của tổ trưởng');
  const holder = await see('', code);
  assert.deepEqual([holder.staff, holder.may_rate, holder.may_reopen], [false, true, true]);
  assert.equal(holder.answers[1].text, RESULT.text);
  for (const hidden of ['notes', 'actions', 'assignee', 'tasks', 'version', 'returns']) assert.equal(holder[hidden], undefined, hidden);
  assert.ok(!JSON.stringify(holder).includes('a-staff') && !JSON.stringify(holder).includes('người quen'));
  const story = await server.get(`/api/v1/complaints/${code}/history`);
  assert.ok(!story.text.includes('noted') && !story.text.includes('a-staff') && !story.text.includes('internal'), story.text);
  const inside = (await server.get(`/api/v1/complaints/${code}/history`, headers('a-staff'))).json.history;
  assert.deepEqual(inside.map((h: any) => h.event), ['received', 'rerouted', 'assigned', 'accepted', 'started', 'noted', 'answered', 'resolved']);
  assert.equal((await does('truc', code, 'close')).status, 'closed');
});

test('a photo is evidence, of this complaint only, and the reporter sees it', async () => {
  const upload = async (code: string): Promise<string> => {
    const form = new FormData();
    const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    form.append('purpose', 'evidence');
    form.append('file', new Blob([pixel], { type: 'image/png' }), 'sau-khi-sua.png');
    const answer = await fetch(`${server.base}/api/v1/complaints/${code}/attachments`, { method: 'POST', headers: headers('a-staff'), body: form });
    assert.equal(answer.status, 201);
    return ((await answer.json()) as any).attachments[0].id;
  };
  const code = await filed();
  const elsewhere = await filed();
  await does('a-staff', code, 'accept');
  const { text } = RESULT;
  await refused('a-staff', code, 'resolve', { text }, 422, 'evidence');
  await refused('a-staff', code, 'resolve', { text, attachments: [await upload(elsewhere)] }, 422, 'unknown');
  const photo = await upload(code);
  assert.deepEqual((await see('', code)).attachments ?? [], [], 'evidence is for staff until an answer shows it');
  const done = await does('a-staff', code, 'resolve', { text, attachments: [photo] });
  assert.deepEqual(done.answers[0].attachments, [photo]);
  const shown = await see('', code);
  assert.deepEqual([shown.answers[0].attachments, shown.attachments.map((a: any) => a.id)], [[photo], [photo]]);
});

test('"not ours" twice, then a supervisor decides, and that stands', async () => {
  const code = await filed();
  const back = await does('a-staff', code, 'return', { reason: 'Ngoài địa bàn', agency: agencies[1] });
  assert.equal(back.status, 'returned');
  const seen = await see('truc', code);
  assert.deepEqual([seen.returns, seen.proposed_agency.code], [1, agencies[1]]);
  await refused('a-staff', code, 'return', { reason: 'Lần nữa' }, 409, 'wrong_state');
  await does('truc', code, 'reroute', { agency: agencies[1], reason: 'Theo đề nghị' });
  await does('b-staff', code, 'return', { reason: 'Cũng không phải', agency: agencies[2] });
  assert.ok(!(await see('truc', code)).actions.includes('reroute'));
  await refused('truc', code, 'reroute', { agency: agencies[2], reason: 'Thử' }, 403, 'arbitration');
  const decided = await does('giam-sat', code, 'reroute', { agency: agencies[0], reason: 'Đúng là của A' });
  assert.deepEqual([decided.status, decided.assignment.agency.code, decided.arbitrated], ['assigned', agencies[0], true]);
  await refused('a-staff', code, 'return', { reason: 'Vẫn không' }, 409, 'arbitrated');
  assert.ok(!(await see('a-staff', code)).actions.includes('return'));
  await refused('a-staff', code, 'reroute', { agency: agencies[1], reason: 'Đẩy đi' }, 403, 'arbitration');
  await does('a-staff', code, 'accept');
});

test('returned to where the rules would have sent it next, it goes there at once', async () => {
  const [code, agency, next] = (await database.sql(`SELECT c.code || ' ' || a.code || ' ' || (hotline.rules_candidates(c))[1]
    FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE c.status = 'closed' AND a.valid @> current_date AND EXISTS (SELECT FROM hotline.agencies o WHERE o.code = (hotline.rules_candidates(c))[1]
      AND o.valid @> current_date) AND NOT EXISTS (SELECT FROM hotline.complaint_history h WHERE h.complaint_id = c.id AND h.event IN ('returned', 'rerouted'))
    ORDER BY c.id DESC LIMIT 1`)).split(' ') as [string, string, string];
  await database.sql(`UPDATE hotline.complaints SET status = 'assigned', closed_at = NULL WHERE code = '${code}'`);
  await addPerson(database, 'nguoi-tra', 'agency_staff', agency);
  people['nguoi-tra'] = await sessionOf(server, 'nguoi-tra');
  await does('nguoi-tra', code, 'return', { reason: 'Bên kia đường', agency: next });
  const seen = await see('truc', code);
  assert.deepEqual([seen.status, seen.assignment.agency.code, seen.returns, seen.proposed_agency], ['assigned', next, 1, null]);
  assert.equal(seen.deadlines.resolve.computed, undefined);
  const events = (await server.get(`/api/v1/complaints/${code}/history`, headers('truc'))).json.history.slice(-2);
  assert.deepEqual(events.map((h: any) => [h.event, h.actor]), [['returned', 'user:nguoi-tra'], ['rerouted', 'service']]);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id
    WHERE c.code = '${code}' AND o.topic IN ('complaint.returned', 'complaint.rerouted')`), 2);
});

test('an agency that is proposed must be another, and known', async () => {
  const code = await filed();
  await refused('a-staff', code, 'return', { reason: 'x', agency: 'khong-co' }, 422, 'unknown');
  await refused('a-staff', code, 'return', { reason: 'x', agency: agencies[0] }, 422, 'same_agency');
});

const dueOf = async (code: string): Promise<{ stored: number; why: any }> => {
  const one = await see('truc', code);
  return { stored: Date.parse(one.assignment.deadline), why: one.deadlines.resolve };
};

test('a date that is committed to is the due time, is explained, and is moved by a pause; reopening counts anew', async () => {
  const code = await filed();
  await does('a-staff', code, 'accept');
  const first = await dueOf(code);
  const until = new Date(Math.floor(Date.now() / 1000 + 30 * 86400) * 1000).toISOString();
  await refused('a-staff', code, 'extend', { reason: 'Chờ vật tư', until: new Date(first.stored - 1000).toISOString(), no_photo_reason: 'x' }, 422, 'not_later');
  await refused('a-staff', code, 'extend', { reason: 'Chờ vật tư', until: '2199-01-01', no_photo_reason: 'x' }, 422, 'too_far');
  await refused('a-staff', code, 'extend', { reason: 'Chờ vật tư', until: 'mai', no_photo_reason: 'x' }, 422, 'not_a_time');
  await refused('a-staff', code, 'extend', { reason: 'Chờ vật tư', until }, 422, 'evidence');
  const longer = await does('a-staff', code, 'extend', { reason: 'Chờ vật tư', until, no_photo_reason: 'Chưa có gì để chụp' });
  assert.equal(longer.status, 'extended');
  const committed = await dueOf(code);
  assert.equal(committed.stored, Date.parse(until));
  assert.deepEqual([committed.why.committed, committed.why.computed], [true, undefined]);
  assert.match(committed.why.text, /cam kết/);
  assert.equal((await see('', code)).answers[0].kind, 'extension');
  const us = (): Promise<number> => database.number(`SELECT (extract(epoch FROM due_at) * 1000000)::bigint FROM hotline.complaints WHERE code = '${code}'`);
  const promised = await us();
  await does('a-staff', code, 'pause', { reason: 'cho-nguoi-phan-anh' });
  const again = await does('a-staff', code, 'resume');
  assert.equal(again.status, 'extended');
  const stopped = await database.number(`SELECT (extract(epoch FROM to_at - from_at) * 1000000)::bigint FROM hotline.complaint_pauses p
    JOIN hotline.complaints c ON c.id = p.complaint_id WHERE c.code = '${code}'`);
  assert.equal(await us() - promised, stopped);
  assert.equal((await dueOf(code)).why.computed, undefined);
  await does('a-staff', code, 'extend', { reason: 'Lần hai', until: '' + new Date(Date.now() + 40 * 86400_000).toISOString(), no_photo_reason: 'x' });
  await refused('a-staff', code, 'extend', { reason: 'Lần ba', until: new Date(Date.now() + 50 * 86400_000).toISOString(), no_photo_reason: 'x' }, 409, 'extensions_used');
  await does('a-staff', code, 'resolve', RESULT);
  const opened = await does('truc', code, 'reopen', { reason: 'Người dân gọi lại' });
  assert.deepEqual([opened.status, opened.closed_at, opened.extensions], ['reopened', null, 0]);
  assert.equal(await database.sql(`SELECT reopened FROM hotline.complaints WHERE code = '${code}'`), 't', 'for the statistics');
  const anew = await dueOf(code);
  assert.deepEqual([anew.why.committed, anew.why.computed], [false, undefined]);
  assert.ok(anew.stored < Date.parse(until));
});

test('several agencies: each does its part, the lead ends it, and cannot forget them', async () => {
  const code = await filed();
  await does('a-staff', code, 'accept');
  assert.equal((await server.get(`/api/v1/complaints/${code}`, headers('b-staff'))).json.staff, false);
  await refused('a-staff', code, 'split', { tasks: [{ agency: agencies[1], text: 'Cắt điện' }, { agency: 'khong-co', text: 'x' }] }, 422, 'unknown');
  assert.equal((await see('a-staff', code)).tasks.length, 0, 'one bad part, none is given');
  const parted = await does('a-staff', code, 'split', { tasks: [{ agency: agencies[1], text: 'Cắt điện' }, { agency: agencies[2], text: 'Khoá nước' }] });
  const [electric, water] = parted.tasks.map((t: any) => t.id) as [number, number];
  assert.ok((await server.get('/api/v1/complaints?tasks=true', headers('b-staff'))).json.complaints.some((c: any) => c.code === code));
  const seen = await see('b-staff', code);
  assert.equal(seen.staff, true);
  assert.ok(seen.actions.includes('task_accept') && !seen.actions.includes('resolve'), JSON.stringify(seen.actions));
  await refused('b-staff', code, 'resolve', RESULT, 403, 'not_allowed');
  await refused('b-staff', code, 'task_done', { task: water, text: 'Không phải của tôi' }, 422, 'unknown');
  await does('b-staff', code, 'task_accept', { task: electric });
  await does('b-staff', code, 'task_done', { task: electric, text: 'Đã cắt từ tám giờ' });
  await refused('a-staff', code, 'resolve', RESULT, 409, 'tasks_open');
  await does('c-staff', code, 'task_return', { task: water, reason: 'Không có đường ống ở đây' });
  const done = await does('a-staff', code, 'resolve', RESULT);
  assert.deepEqual(done.tasks.map((t: any) => [t.status, t.answer]), [['done', 'Đã cắt từ tám giờ'], ['returned', 'Không có đường ống ở đây']]);
});

test('a form letter is warned of; what is added to it is enough; its fields are filled in', async () => {
  const code = await filed();
  await does('a-staff', code, 'accept');
  const letters = (await server.get(`/api/v1/form-letters?complaint=${code}&kind=resolve`, headers('a-staff'))).json.letters;
  const letter = letters.find((l: any) => l.code === 'da-xu-ly');
  assert.ok(letter.text.includes(code) && letter.text.includes('[đã làm gì, lúc nào]') && !/\{\w+\}/.test(letter.text), letter.text);
  problem(await server.get(`/api/v1/form-letters?complaint=${code}`, headers('b-staff')), 404);
  problem(await server.get('/api/v1/form-letters'), 401);
  const fields = { text: letter.text, letter: 'da-xu-ly', no_photo_reason: 'x' };
  await refused('a-staff', code, 'resolve', fields, 409, 'form_only');
  await refused('a-staff', code, 'resolve', { ...fields, letter: undefined }, 409, 'form_only');
  const own = letter.text.replace('[đã làm gì, lúc nào]', 'tổ môi trường dọn sạch bãi rác sáng mùng ba, lắp thêm biển cấm');
  const good = await does('a-staff', code, 'answer', { text: own, letter: 'da-xu-ly' });
  assert.equal(good.answers[0].form_only, false);
  const meant = await does('a-staff', code, 'resolve', { ...fields, form_only: true });
  assert.deepEqual([meant.answers[1].form_only, meant.answers[1].letter], [true, 'da-xu-ly']);
});

test('the reporter rates once and reopens once, in time, by the code alone', async () => {
  const code = await resolved();
  const rate = (rating: string, extra = {}): Promise<Answer> => server.post(`/api/v1/complaints/${code}/rating`, { rating, ...extra });
  problem(await rate('great'), 422);
  const rated = await rate('not_satisfied', { comment: 'Tối qua vẫn ồn' });
  assert.equal(rated.status, 200, rated.text);
  assert.equal(rated.json.rating.rating, 'not_satisfied');
  assert.equal(await database.number(`SELECT satisfaction FROM hotline.complaints WHERE code = '${code}'`), 1);
  assert.deepEqual(problem(await rate('satisfied'), 409).map((e) => e.code), ['rated']);
  const reopen = (reason: string, key?: string): Promise<Answer> => server.post(`/api/v1/complaints/${code}/reopening`, { reason },
    key ? { 'Idempotency-Key': key } : {});
  problem(await reopen(' '), 422);
  const opened = await reopen('Vẫn hát đến 1 giờ sáng', 'mo-lai');
  assert.equal(opened.status, 200, opened.text);
  assert.equal(opened.json.status, 'reopened');
  assert.equal((await reopen('Vẫn hát đến 1 giờ sáng', 'mo-lai')).json.status, 'reopened', 'a repeat does nothing twice');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id
    WHERE c.code = '${code}' AND event = 'reopened'`), 1);
  assert.equal(await database.sql(`SELECT satisfaction IS NULL FROM hotline.complaints WHERE code = '${code}'`), 't');
  await does('a-staff', code, 'accept');
  await does('a-staff', code, 'resolve', RESULT);
  assert.deepEqual(problem(await reopen('Lại nữa'), 409).map((e) => e.code), ['reopened_before']);
  assert.equal((await rate('satisfied')).status, 200, 'the new result may be rated');
  const late = await resolved();
  await database.sql(`UPDATE hotline.complaints SET received_at = now() - interval '90 days', closed_at = now() - interval '11 days',
    status = 'closed' WHERE code = '${late}'`);
  assert.deepEqual(problem(await server.post(`/api/v1/complaints/${late}/reopening`, { reason: 'x' }), 409).map((e) => e.code), ['too_late']);
  problem(await server.post('/api/v1/complaints/000000000/rating', { rating: 'satisfied' }), 404);
  assert.equal((await see('', late)).may_reopen, false);
});

test('whom to call back: ended ones with a number, at random but the same for a day; asked once', async () => {
  const code = await resolved({ reporter: { name: 'Bà Sáu', phone: '0901234567' } });
  const silent = await resolved();
  const list = async (query = ''): Promise<any[]> => (await server.get(`/api/v1/callbacks?limit=200&from=${new Date(Date.now() - 600_000).toISOString()}${query}`, headers('giam-sat'))).json.complaints;
  const drawn = await list();
  assert.ok(drawn.some((c) => c.code === code) && !drawn.some((c) => c.code === silent));
  assert.ok(!JSON.stringify(drawn).includes('0901234567') && !JSON.stringify(drawn).includes('Sáu'));
  assert.deepEqual(await list(), drawn);
  const called = await does('truc', code, 'callback', { outcome: 'reached', rating: 'satisfied', comment: 'Cảm ơn' });
  assert.equal(called.rating.rating, 'satisfied');
  assert.ok(!(await list()).some((c) => c.code === code));
  await refused('truc', code, 'callback', { outcome: 'declined', rating: 'satisfied' }, 422, 'unknown');
  problem(await server.get('/api/v1/callbacks', headers('a-staff')), 403);
  problem(await server.get('/api/v1/callbacks'), 401);
});

test('one thing with many: each for itself, the outcomes by code, a repeat harmless', async () => {
  const codes = await Promise.all([filed(), filed(), filed()]) as [string, string, string];
  const versions = await Promise.all(codes.map((code) => database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`)));
  const complaints = [...codes.map((code, i) => ({ code, version: (versions[i] ?? 0) + (i === 1 ? 5 : 0) })), { code: '000000000', version: 1 }];
  const many = (body: unknown, login = 'a-staff', key = 'nhieu'): Promise<Answer> =>
    server.post('/api/v1/complaints/actions', body, { ...headers(login), 'Idempotency-Key': key });
  const first = await many({ action: 'accept', complaints });
  assert.equal(first.status, 200, first.text);
  assert.deepEqual(first.json.outcomes.map((o: any) => [o.code, o.status, o.error?.code ?? o.version]),
    [[codes[0], 200, (versions[0] ?? 0) + 1], [codes[1], 409, 'stale'], [codes[2], 200, (versions[2] ?? 0) + 1], ['000000000', 404, 'not_found']].map(
      (row) => row[0] === '000000000' ? [first.json.outcomes[3].code, 404, 'not_found'] : row));
  assert.deepEqual([first.json.done, first.json.refused], [2, 2]);
  const again = await many({ action: 'accept', complaints });
  assert.deepEqual(again.json.outcomes, first.json.outcomes);
  assert.equal(await database.number(`SELECT version FROM hotline.complaints WHERE code = '${codes[0]}'`), (versions[0] ?? 0) + 1);
  const foreign = await many({ action: 'start', complaints: [{ code: codes[0], version: (versions[0] ?? 0) + 1 }] }, 'b-staff', 'khac');
  assert.deepEqual(foreign.json.outcomes.map((o: any) => [o.status, o.error.code]), [[404, 'not_found']]);
  problem(await many({ action: 'accept', complaints: [] }, 'a-staff', 'k3'), 422);
  problem(await many({ action: 'accept', complaints: [{ code: codes[0] }] }, 'a-staff', 'k4'), 422);
  problem(await many({ action: 'extend', complaints }, 'a-staff', 'k5'), 422);
  problem(await server.post('/api/v1/complaints/actions', { action: 'accept', complaints }), 401);
});

test('whoever moves a complaint, it is nobody\'s work of the agency that it leaves', async () => {
  const code = await filed();
  await does('a-head', code, 'assign', { person: 'a-staff' });
  const move = (to: string | undefined): Promise<string> => database.sql(`UPDATE hotline.complaints SET agency_id =
    (SELECT id FROM hotline.agencies WHERE code = '${to}' AND valid @> current_date), desk_id = NULL WHERE code = '${code}' RETURNING assignee_id IS NULL`);
  assert.equal(await move(agencies[0]), 'f');
  assert.equal(await move(agencies[1]), 't');
});

test('two people at the same moment: one is done, the other is told', async () => {
  const code = await filed();
  const version = await database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`);
  const both = await Promise.all(['a-staff', 'a-head', 'a-staff', 'a-head'].map((login) => act(login, code, { action: 'accept', version })));
  assert.deepEqual(both.map((a) => a.status).sort(), [200, 409, 409, 409]);
  assert.equal(await database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`), version + 1);
});

test('lists in order of due time, of change, of receipt: every one once, page by page; and filters', async () => {
  for (const order of ['received', 'updated', 'due']) {
    const seen: string[] = [];
    const key = (c: any): number => Date.parse(order === 'due' ? c.assignment.deadline : c[`${order}_at`]);
    let last = order === 'due' ? -Infinity : Infinity;
    let cursor = '';
    do {
      const page = await server.get(`/api/v1/complaints?order=${order}&limit=60&status=open${cursor}`, headers('truc'));
      assert.equal(page.status, 200, page.text);
      for (const c of page.json.complaints) {
        assert.ok(order === 'due' ? key(c) >= last - 1 : key(c) <= last + 1, `${order} ${c.code}`);
        last = key(c);
        seen.push(c.code);
      }
      cursor = page.json.next ? `&cursor=${page.json.next}` : '';
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.length, await database.number(`SELECT count(*) FROM hotline.complaints WHERE closed_at IS NULL`), order);
  }
  problem(await server.get('/api/v1/complaints?order=size', headers('truc')), 400);
  problem(await server.get('/api/v1/complaints?order=due&cursor=r1-1', headers('truc')), 400);
  problem(await server.get('/api/v1/complaints?mine=yes', headers('truc')), 400);
  problem(await server.get('/api/v1/complaints?late=true'), 401);
  const code = await filed();
  await does('a-head', code, 'assign', { person: 'a-staff' });
  const codes = async (query: string, login: string): Promise<string[]> =>
    (await server.get(`/api/v1/complaints?limit=500&${query}`, headers(login))).json.complaints.map((c: any) => c.code);
  assert.ok((await codes('mine=true', 'a-staff')).includes(code));
  assert.ok(!(await codes('mine=true', 'a-head')).includes(code));
  const own = (await server.file(complaint({ channel: 'phone' }), headers('truc'))).json.code;
  assert.ok((await codes('mine=true', 'truc')).includes(own));
  await database.sql(`UPDATE hotline.complaints SET received_at = now() - interval '9 days', due_at = now() - interval '1 hour' WHERE code = '${code}'`);
  assert.ok((await codes('late=true', 'a-staff')).includes(code));
  await database.sql(`UPDATE hotline.complaints SET clock_from = NULL, deadline_terms = '{"urgent": true}', due_at = now() + interval '1 hour' WHERE code = '${code}';
    SELECT hotline.ladder_fill(100000)`); // the service does so every ten seconds
  assert.ok(!(await codes('late=true', 'a-staff')).includes(code));
  assert.ok((await codes('at_risk=true', 'a-staff')).includes(code));
  const counts = (await server.get('/api/v1/complaints/counts', headers('a-staff'))).json.counts;
  assert.equal(counts.risk, (await codes('at_risk=true', 'a-staff')).length);
  assert.equal(counts.late, (await codes('late=true', 'a-staff')).length);
});

test('the map has the cases of the list: one person’s, a desk’s, those of which one has a part', async () => {
  const place = { lon: 106.70565, lat: 10.78305 };
  const mine = await filed({ location: place });
  await does('a-head', mine, 'assign', { person: 'a-staff' });
  const parted = await filed({ location: place });
  await does('a-staff', parted, 'accept');
  await does('a-staff', parted, 'split', { tasks: [{ agency: agencies[1], text: 'Cắt điện' }] });
  const desk = 'ban-ban-do';
  await database.sql(`INSERT INTO hotline.desks (agency_id, code, name) SELECT id, '${desk}', 'Bàn bản đồ' FROM hotline.agencies WHERE code = '${agencies[0]}' AND valid @> current_date;
    UPDATE hotline.complaints SET desk_id = (SELECT id FROM hotline.desks WHERE code = '${desk}') WHERE code = '${mine}'`);
  const lone = tileOf(place, 20);
  const has = async (login: string, query: string): Promise<number> => {
    const answer = await fetch(`${server.base}/tiles/complaints/20/${lone.x}/${lone.y}.mvt?status=open&${query}`, { headers: headers(login) });
    assert.ok([200, 204].includes(answer.status), await answer.clone().text());
    const layer = new VectorTile(new Pbf(new Uint8Array(await answer.arrayBuffer()))).layers['complaints'];
    return Array.from({ length: layer?.length ?? 0 }, (_, i) => Number(layer!.feature(i).properties['count'])).reduce((a, b) => a + b, 0);
  };
  const listed = async (login: string, query: string): Promise<number> => (await server.get(
    `/api/v1/complaints?status=open&limit=500&bbox=${place.lon - 1e-5},${place.lat - 1e-5},${place.lon + 1e-5},${place.lat + 1e-5}&${query}`, headers(login))).json.complaints.length;
  for (const [login, query, least] of [['a-staff', 'mine=true', 1], ['a-staff', `desk=${desk}`, 1], ['a-staff', 'desk=khong-co', 0], ['a-head', 'mine=true', 0],
    ['b-staff', 'tasks=true', 1], ['b-staff', 'mine=true', 0], ['a-staff', 'tasks=true', 0], ['giam-sat', `desk=${desk}`, 1], ['truc', 'mine=true', 0]] as const) {
    const n = await listed(login, query);
    assert.ok(n >= least, `${login} ${query}: ${n}`);
    assert.equal(await has(login, query), n, `${login} ${query}`);
    assert.equal(await has(login, `${query}&due=true`), n, `${login} ${query} with what is due`);
  }
  for (const query of ['mine=true', `desk=${desk}`, 'tasks=true']) problem(await server.get(`/tiles/complaints/0/0/0.mvt?${query}`), 401);
});

test('the map of who works on complaints tells which are late and at risk, as the list does', async () => {
  const place = { lon: 106.70405, lat: 10.78145 };
  const code = await filed({ location: place });
  const lone = tileOf(place, 20);
  const dots = async (login: string, path: string, query = 'due=true'): Promise<Record<string, unknown>[]> => {
    const answer = await fetch(`${server.base}/tiles/complaints/${path}.mvt?${query}`, { headers: headers(login) });
    assert.ok([200, 204].includes(answer.status), await answer.clone().text());
    const layer = new VectorTile(new Pbf(new Uint8Array(await answer.arrayBuffer()))).layers['complaints'];
    return Array.from({ length: layer?.length ?? 0 }, (_, i) => layer!.feature(i).properties);
  };
  const mine = async (login: string, query?: string): Promise<Record<string, unknown> | undefined> =>
    (await dots(login, `20/${lone.x}/${lone.y}`, query)).find((p) => p['code'] === code);
  const states = { in_time: ['now()', '30 days', 0, 0], at_risk: ['now() - interval \'9 days\'', '1 hour', 0, 1], late: ['now() - interval \'9 days\'', '-1 hour', 1, 0] };
  for (const [name, [received, due, late, risk]] of Object.entries(states)) {
    await database.sql(`UPDATE hotline.complaints SET received_at = ${received}, clock_from = NULL, deadline_terms = '{"urgent": true}',
      due_at = now() + interval '${due}' WHERE code = '${code}'; SELECT hotline.ladder_fill(100000)`);
    for (const login of ['a-staff', 'giam-sat']) {
      const dot = await mine(login);
      assert.deepEqual([dot?.['count'], dot?.['late'], dot?.['at_risk']], [1, late, risk], `${name} for ${login}`);
      assert.equal(await mine(login, 'late=true') !== undefined, name === 'late', `late=true for ${login}`);
      assert.equal(await mine(login, 'at_risk=true') !== undefined, name === 'at_risk', `at_risk=true for ${login}`);
      const listed = async (query: string): Promise<number> => {
        let n = 0;
        for (let cursor = ''; ;) {
          const { json } = await server.get(`/api/v1/complaints?status=open&limit=500&${query}${cursor}`, headers(login));
          n += json.complaints.filter((c: any) => typeof c.place?.lon === 'number').length;
          if (!json.next) return n;
          cursor = `&cursor=${json.next}`;
        }
      };
      const own = login === 'a-staff' ? `&agency=${agencies[0]}` : ''; // without it: parts of others' complaints, too
      const world = await dots(login, '0/0/0', `due=true${own}`);
      const sum = (key: string): number => world.reduce((all, p) => all + Number(p[key]), 0);
      assert.deepEqual([sum('late'), sum('at_risk'), sum('count')], [await listed('late=true'), await listed('at_risk=true'), await listed('order=due')], login);
    }
    assert.equal((await dots('b-staff', `20/${lone.x}/${lone.y}`)).length, 0, 'another agency sees none of it');
  }
  problem(await server.get('/tiles/complaints/0/0/0.mvt?due=true'), 401);
  problem(await server.get('/tiles/complaints/0/0/0.mvt?due=soon', headers('a-staff')), 400);
  const { json } = await server.get('/tiles/complaints.json');
  assert.deepEqual([json.vector_layers[0].fields.late, json.vector_layers[0].fields.at_risk], ['Number', 'Number']);
});

test('what nobody contradicted is closed by itself, with its history', async () => {
  await waitUntil('the service to close it', async () => (await see('truc', forgotten)).status === 'closed' || null, 40000);
  const history = (await server.get(`/api/v1/complaints/${forgotten}/history`, headers('truc'))).json.history;
  assert.deepEqual([history.at(-1).event, history.at(-1).actor, history.at(-1).detail.after_days], ['closed', 'service', 10]);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.outbox o JOIN hotline.complaints c ON c.id = o.complaint_id
    WHERE c.code = '${forgotten}' AND o.topic = 'complaint.closed'`), 1);
});
