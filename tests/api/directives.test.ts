// A leader's directive: about one complaint, a set, an area; answered, sent back, reminded, accepted;
// seen by the agency it is for and by no other.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { Server, type Answer } from './lib/server';

let database: Database;
let server: Server;
let leader: Person;
let operator: Person;
let ours: Person;
let theirs: Person;
let code: string;
let agency: string;
let otherAgency: string;

const DUE = '2099-01-01T10:00:00+07:00';
const AREA = [[CENTRE.lon - 0.01, CENTRE.lat - 0.01], [CENTRE.lon + 0.01, CENTRE.lat - 0.01],
  [CENTRE.lon + 0.01, CENTRE.lat + 0.01], [CENTRE.lon - 0.01, CENTRE.lat + 0.01]];

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
  const made = await server.file(complaint());
  code = made.json.code;
  agency = made.json.assignment.agency.code;
  otherAgency = await database.sql(`SELECT code FROM hotline.agencies WHERE valid @> current_date AND code <> '${agency}' ORDER BY code LIMIT 1`);
  await addPerson(database, 'sep', 'leader');
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'ours', 'agency_head', agency);
  await addPerson(database, 'theirs', 'agency_head', otherAgency);
  [leader, operator, ours, theirs] = [await sessionOf(server, 'sep'), await sessionOf(server, 'truc'),
    await sessionOf(server, 'ours'), await sessionOf(server, 'theirs')] as [Person, Person, Person, Person];
});
after(async () => {
  await server.stop();
  await database.drop();
});

const give = (body: Record<string, unknown>, query = '', who = leader): Promise<Answer> =>
  server.post(`/api/v1/directives${query}`, { agency, text: 'Xử lý dứt điểm trong tuần', due_at: DUE, ...body }, who.headers);
const act = (id: number, body: Record<string, unknown>, who: Person): Promise<Answer> =>
  server.post(`/api/v1/directives/${id}/actions`, body, who.headers);

test('a directive about one complaint goes its way: given, reminded, answered, sent back, answered, accepted', async () => {
  const made = await give({ complaint: code });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.about, 'complaint');
  assert.deepEqual(made.json.codes, [code]);
  assert.deepEqual(made.json.complaints, { total: 1, done: 0, late: 0 });
  const id = made.json.id as number;
  const reminded = await act(id, { action: 'remind', version: 1, text: 'Đã ba ngày' }, leader);
  assert.equal(reminded.json.reminders, 1, reminded.text);
  assert.deepEqual(problem(await act(id, { action: 'accept', version: 2 }, leader), 409).map((e) => e.code), ['wrong_state']);
  assert.deepEqual(problem(await act(id, { action: 'answer', version: 1, text: 'x' }, ours), 409).map((e) => e.code), ['stale']);
  assert.deepEqual(problem(await act(id, { action: 'answer', version: 2 }, ours), 422).map((e) => e.field), ['text']);
  problem(await act(id, { action: 'answer', version: 2, text: 'tôi trả lời' }, leader), 403);
  const answered = await act(id, { action: 'answer', version: 2, text: 'Đã làm việc với chủ quán' }, ours);
  assert.equal(answered.json.state, 'answered', answered.text);
  assert.equal(answered.json.answer.text, 'Đã làm việc với chủ quán');
  problem(await act(id, { action: 'accept', version: 3 }, ours), 403);
  const back = await act(id, { action: 'send_back', version: 3, text: 'Chưa có hình ảnh', due_at: '2099-02-01T00:00:00+07:00' }, leader);
  assert.equal(back.json.state, 'open', back.text);
  assert.equal(Date.parse(back.json.due_at), Date.parse('2099-02-01T00:00:00+07:00'));
  assert.equal((await act(id, { action: 'answer', version: 4, text: 'Có hình' }, ours)).status, 200);
  const accepted = await act(id, { action: 'accept', version: 5 }, leader);
  assert.equal(accepted.json.state, 'accepted', accepted.text);
  assert.deepEqual(accepted.json.history.map((h: { event: string }) => h.event),
    ['given', 'reminded', 'answered', 'sent_back', 'answered', 'accepted']);
  assert.equal(await database.sql(`SELECT string_agg(topic, ' ' ORDER BY id) FROM hotline.outbox
    WHERE topic LIKE 'directive.%' AND (payload->>'directive')::int = ${id} AND complaint_id = (SELECT id FROM hotline.complaints WHERE code = '${code}')`),
  'directive.given directive.reminded directive.answered directive.sent_back directive.answered directive.accepted');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.audit_log WHERE event LIKE 'directive.%' AND subject = '${id}'`), 6);
  const history = await server.get(`/api/v1/complaints/${code}/history`);
  const told = history.json.history.find((h: { event: string }) => h.event === 'directed');
  assert.deepEqual(told.detail, {}, 'who holds the code hears that there is one, not what it says');
});

test('an area: the preview says whose complaints lie in it, the directive covers the open ones and what comes later', async () => {
  const preview = await server.post('/api/v1/directives/preview', { area: AREA }, leader.headers);
  assert.equal(preview.status, 200, preview.text);
  const mine = preview.json.agencies.find((a: { code: string }) => a.code === agency);
  const expected = await database.number(`SELECT count(*) FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE a.code = '${agency}' AND c.status NOT IN ('resolved', 'closed', 'rejected')
      AND c.geom && ST_MakeEnvelope(${CENTRE.lon - 0.01}, ${CENTRE.lat - 0.01}, ${CENTRE.lon + 0.01}, ${CENTRE.lat + 0.01}, 4326)`);
  assert.ok(expected > 0);
  assert.equal(mine.open, expected);
  const made = await give({ area: AREA });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.about, 'area');
  assert.equal(made.json.complaints.total, expected);
  assert.equal(made.json.area.type, 'MultiPolygon');
  const later = await server.file(complaint());
  const covering = await server.get(`/api/v1/complaints/${later.json.code}/directives`, ours.headers);
  assert.ok(covering.json.directives.some((d: { id: number }) => d.id === made.json.id), covering.text);
  // A ring that crosses itself is an area all the same; two corners are none.
  const crossed = [AREA[0], AREA[2], AREA[1], AREA[3]];
  assert.equal((await give({ area: crossed })).status, 201);
  assert.deepEqual(problem(await give({ area: AREA.slice(0, 2) }), 422).map((e) => e.field), ['area']);
  assert.deepEqual(problem(await give({ area: [['x', 1], [1, 2], [2, 3]] }), 422).map((e) => e.field), ['area']);
});

test('a set: what the filters of the address name', async () => {
  const made = await give({}, '?category=tieng-on');
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.about, 'set');
  assert.equal(made.json.filter, 'category=tieng-on');
  assert.equal(made.json.complaints.total, await database.number(`SELECT count(*) FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    JOIN hotline.categories k ON k.id = c.category_id WHERE a.code = '${agency}' AND k.code = 'tieng-on' AND c.status NOT IN ('resolved', 'closed', 'rejected')`));
  problem(await give({}, '?category=no-such'), 400);
});

test('what is wrong is refused and changes nothing', async () => {
  const n = await database.number('SELECT count(*) FROM hotline.directives');
  assert.deepEqual(problem(await give({ agency: 'nobody', complaint: code }), 422).map((e) => [e.field, e.code]), [['agency', 'unknown']]);
  assert.deepEqual(problem(await give({ agency: otherAgency, complaint: code }), 422).map((e) => e.code), ['covers_nothing']);
  assert.deepEqual(problem(await give({ complaint: code, due_at: '2020-01-01T00:00:00Z' }), 422).map((e) => e.field), ['due_at']);
  assert.deepEqual(problem(await give({ complaint: code, due_at: 'soon' }), 422).map((e) => e.field), ['due_at']);
  assert.deepEqual(problem(await give({ complaint: code, text: '' }), 422).map((e) => e.field), ['text']);
  for (const who of [operator, ours, theirs]) problem(await give({ complaint: code }, '', who), 403);
  problem(await server.post('/api/v1/directives', { agency, text: 'x', due_at: DUE, complaint: code }), 401);
  assert.equal(await database.number('SELECT count(*) FROM hotline.directives'), n);
});

test('an agency sees its own directives and no other: not in the list, not by number, not on a complaint', async () => {
  const secret = 'điều chỉ riêng đơn vị này được biết';
  const made = await give({ complaint: code, text: secret });
  const id = made.json.id as number;
  assert.ok((await server.get('/api/v1/directives', ours.headers)).text.includes(secret));
  assert.ok((await server.get('/api/v1/directives', operator.headers)).text.includes(secret));
  const list = await server.get(`/api/v1/directives?agency=${agency}`, theirs.headers);
  assert.deepEqual(list.json, { directives: [], next: null });
  problem(await server.get(`/api/v1/directives/${id}`, theirs.headers), 404);
  problem(await act(id, { action: 'answer', version: 1, text: 'x' }, theirs), 404);
  problem(await server.get(`/api/v1/complaints/${code}/directives`, theirs.headers), 404);
  problem(await server.get(`/api/v1/directives/${id}`), 401);
  problem(await server.get(`/api/v1/complaints/${code}/directives`), 401);
  problem(await server.get('/api/v1/directives/999999', leader.headers), 404);
});

test('the list pages, and keeps to what is late', async () => {
  const all = (await server.get('/api/v1/directives?limit=200', leader.headers)).json.directives as { id: number }[];
  const ids: number[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Answer = await server.get(`/api/v1/directives?limit=2${cursor && `&cursor=${cursor}`}`, leader.headers);
    ids.push(...page.json.directives.map((d: { id: number }) => d.id));
    cursor = page.json.next;
  }
  assert.deepEqual(ids, all.map((d) => d.id));
  const id = ids[0];
  await database.sql(`UPDATE hotline.directives SET due_at = now() - interval '1 hour' WHERE id = ${id}`);
  const late = await server.get('/api/v1/directives?late=true', leader.headers);
  assert.deepEqual(late.json.directives.map((d: { id: number; late: boolean }) => [d.id, d.late]), [[id, true]]);
});
