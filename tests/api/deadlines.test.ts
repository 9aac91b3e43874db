// Due times from the importer to the answer: calendars as files and what is refused of them, an
// agency's own calendar, a clock that is stopped and goes on, a calendar that is edited.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { Description } from './lib/openapi';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { FAULT, HOTLINE, type Outcome, run, waitUntil } from './lib/run';
import { Server } from './lib/server';

let database: Database;
let server: Server;
let operator: Person;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hotline-deadlines-'));
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'truc', 'operator');
  server = await Server.start(database);
  operator = await sessionOf(server, 'truc');
});
after(async () => {
  await server.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function command(...args: string[]): Promise<Outcome> {
  const outcome = await run(HOTLINE, args, { env: { HOTLINE_DATABASE: database.url } });
  assert.doesNotMatch(outcome.stderr, FAULT);
  return outcome;
}

function file(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n') + '\n');
  return path;
}

const route = async (category: string, at: string, headers: Record<string, string> = {}): Promise<any> =>
  (await server.get(`/api/v1/route?lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=${category}&at=${encodeURIComponent(at)}`, headers)).json;

test('each of the four due times says how it came about, in both languages', async () => {
  const asked = await route('tieng-on', '2025-01-24T15:30:00+07:00', { 'Accept-Language': 'en' });
  const { pass_on, accept, answer, resolve } = asked.deadlines;
  assert.deepEqual([pass_on, accept, answer, resolve].map((d) => d.due), ['2025-01-24T15:35:00+07:00', '2025-02-03T10:00:00+07:00',
    '2025-02-04T17:00:00+07:00', '2025-02-07T17:00:00+07:00']);
  assert.equal(asked.assignment.deadline, resolve.due);
  assert.deepEqual([resolve.unit, resolve.amount, resolve.calendar.code, pass_on.calendar], ['working_days', 5, 'city', null]);
  assert.deepEqual(resolve.skipped.map((s: { why: string; from: string; days: number }) => [s.why, s.from, s.days]), [
    ['weekend', '2025-01-25', 2], ['holiday', '2025-01-27', 1], ['holiday', '2025-01-28', 1], ['holiday', '2025-01-29', 1],
    ['holiday', '2025-01-30', 1], ['holiday', '2025-01-31', 1], ['weekend', '2025-02-01', 2]]);
  assert.match(resolve.text, /^To be resolved by 17:00 07\/02\/2025: 5 working days from 15:30 24\/01\/2025, .*Lunar New Year/);
  assert.match((await route('tieng-on', '2025-01-24T15:30:00+07:00')).deadlines.resolve.text, /^Hạn giải quyết 17:00 07\/02\/2025: 5 ngày làm việc/);
});

test('an agency has its own calendar: the power company works round the clock', async () => {
  const { deadlines } = await route('dien-luc', '2025-01-24T15:30:00+07:00');
  assert.equal(deadlines.accept.calendar.code, '24-7');
  assert.equal(deadlines.accept.due, '2025-01-24T19:30:00+07:00');
});

test('calendars come from files; what is wrong is refused with its line, and nothing is loaded', async () => {
  const bad = await command('import', 'calendar', file('bad.csv', 'kind,date,name_vi,name_en,calendar,weekdays,hours,follows_city',
    'calendar,,Ca,Shifts,ca,,,no', 'week,,,,ca,12x,08:00-12:00,', 'week,,,,ca,6,12:00-08:00,', 'week,,,,khong-co,6,08:00-12:00,',
    'holiday,2027-02-30,X,X,,,,', 'holiday,2027-05-19,X,X,,,08:00-12:00,', 'holiday,2027-05-20,X,X,,,,', 'holiday,2027-05-20,Y,Y,,,,',
    'week,,,,ca,6,08:00-12:00 11:00-13:00,', 'nghi,2027-05-21,,,,,,'));
  assert.equal(bad.code, 1);
  for (const line of [3, 4, 5, 6, 7, 9, 10, 11]) assert.match(bad.stderr, new RegExp(`\\b${line}\\b`), `line ${line}: ${bad.stderr}`);
  assert.match(bad.stderr, /listed twice/);
  assert.equal(await database.number("SELECT count(*) FROM hotline.calendars WHERE code = 'ca'"), 0);
  const empty = await command('import', 'calendar', file('empty.csv', 'kind,name_vi,calendar', 'calendar,Không ngày nào,trong'));
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /no weekday is worked in the calendar trong/);
  const steps = await command('import', 'deadlines', file('bad_steps.csv', 'category,urgency,step,unit,amount',
    'khong-co,,resolve,hours,3', 'tieng-on,,resolve,weeks,3', 'tieng-on,,resolve,hours,0'));
  assert.equal(steps.code, 1);
  assert.match(steps.stderr, /no such category: khong-co/);

  const good = await command('import', 'calendar', file('good.csv', 'kind,date,name_vi,name_en,calendar,weekdays,hours,follows_city',
    'calendar,,Lịch có sáng thứ bảy,Saturday mornings too,sang-thu-bay,,,yes', 'week,,,,sang-thu-bay,12345,07:30-11:30 13:00-17:00,',
    'week,,,,sang-thu-bay,6,07:30-11:30,', 'working,2025-02-02,Trực,On duty,sang-thu-bay,,08:00-10:00,'));
  assert.equal(good.code, 0, good.stderr);
  const { agency } = (await route('thu-tuc-hanh-chinh', '2025-01-24T15:30:00+07:00')).assignment;
  await database.sql(`UPDATE hotline.agencies SET calendar = 'sang-thu-bay' WHERE code = '${agency.code}'`);
  const deadlines = await waitUntil('the new calendar', async () => {
    const now = (await route('thu-tuc-hanh-chinh', '2025-01-24T15:30:00+07:00')).deadlines;
    return now.accept.calendar.code === 'sang-thu-bay' ? now : null;
  });
  assert.equal(deadlines.accept.due, '2025-01-25T10:00:00+07:00'); // 1.5 h on Friday, then Saturday morning
  assert.equal(deadlines.answer.due, '2025-02-01T11:30:00+07:00'); // Saturday, Tet, Saturday
  assert.deepEqual(deadlines.resolve.worked_instead.map((s: { from: string; name: string }) => [s.from, s.name]), [['2025-02-02', 'Trực']]);
});

async function due(code: string): Promise<{ version: number; due: number; paused: string[]; status: string; deadlines: any }> {
  const one = (await server.get(`/api/v1/complaints/${code}`, operator.headers)).json;
  return { version: one.version, due: Date.parse(one.deadlines.resolve.due), status: one.status, deadlines: one.deadlines,
    paused: one.deadlines.resolve.skipped.filter((s: { why: string }) => s.why === 'paused').map((s: { name: string }) => s.name) };
}

test('a clock is stopped with a reason and goes on; its time is given back up to the cap', async () => {
  const filed = await server.file(complaint({ category: 'den-tin-hieu' }));
  assert.equal(filed.status, 201, filed.text);
  const code = filed.json.code;
  const first = await due(code);
  const exact = (): Promise<number> => database.number(
    `SELECT (extract(epoch FROM due_at) * 1000000)::bigint FROM hotline.complaints WHERE code = '${code}'`);
  const promised = await exact();
  const act = (body: object, headers = operator.headers) => server.post(`/api/v1/complaints/${code}/actions`, body, headers);
  problem(await act({ action: 'pause', version: 1, reason: 'khong-co' }), 422);
  problem(await act({ action: 'resume', version: 1 }), 409);
  problem(await act({ action: 'pause', version: 1, reason: 'cho-nguoi-phan-anh' }, {}), 401);
  const stopped = await act({ action: 'pause', version: 1, reason: 'cho-nguoi-phan-anh' });
  assert.equal(stopped.status, 200, stopped.text);
  assert.equal(stopped.json.status, 'waiting');
  const waiting = await due(code);
  // Two hours by the clock, and five working days at the most: it is due no earlier than that.
  assert.ok(waiting.due - first.due > 5 * 86400_000 - 60_000, `${waiting.due - first.due}`);
  assert.deepEqual(waiting.paused, ['Chờ người phản ánh bổ sung thông tin']);
  problem(await act({ action: 'pause', version: 2, reason: 'bat-kha-khang' }), 409);
  problem(await act({ action: 'resume', version: 1 }), 409);
  const going = await act({ action: 'resume', version: 2 });
  assert.equal(going.status, 200, going.text);
  const after = await due(code);
  assert.equal(after.status, filed.json.status);
  const stopped_us = await database.number(`SELECT (extract(epoch FROM to_at - from_at) * 1000000)::bigint FROM hotline.complaint_pauses p
    JOIN hotline.complaints c ON c.id = p.complaint_id WHERE c.code = '${code}'`);
  assert.ok(stopped_us > 0);
  assert.equal(await exact() - promised, stopped_us); // to the microsecond
  assert.deepEqual((await server.get(`/api/v1/complaints/${code}/history`, operator.headers)).json.history.map((h: { event: string }) => h.event),
    ['received', 'paused', 'resumed']);
});

test('a re-routed complaint counts anew, by its new agency\'s calendar', async () => {
  const code = (await server.file(complaint())).json.code;
  const moved = await server.post(`/api/v1/complaints/${code}/actions`,
    { action: 'reroute', version: 1, agency: 'evnhcmc', reason: 'Việc của điện lực' }, operator.headers);
  assert.equal(moved.status, 200, moved.text);
  const { deadlines } = await due(code);
  assert.equal(deadlines.accept.calendar.code, '24-7');
  assert.equal(Date.parse(deadlines.accept.due) - Date.parse(deadlines.accept.from), 4 * 3600_000);
  assert.equal(deadlines.accept.computed, undefined);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaints WHERE code = '${code}' AND clock_from > received_at`), 1);
});

test('a calendar that is edited changes open complaints on command, each with a history row', async () => {
  const code = (await server.file(complaint({ category: 'giao-duc' }))).json.code;
  const first = await due(code);
  // Complaints of the agency that got another calendar above wait for this too.
  assert.equal((await command('deadlines', 'recompute', '--reason', 'lịch mới')).code, 0);
  const none = await command('deadlines', 'recompute', '--dry-run');
  assert.match(none.stderr, / 0 would change/);
  // The day that it is due becomes a day off.
  const day = await database.sql(`SELECT (due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM hotline.complaints WHERE code = '${code}'`);
  const edited = await command('import', 'calendar', file('storm.csv', 'kind,date,name_vi,name_en', `holiday,${day},Nghỉ bão,Typhoon`));
  assert.equal(edited.code, 0, edited.stderr);
  const listed = (await command('deadlines', 'recompute', '--dry-run')).stdout.split('\n').filter((line) => line.startsWith(`${code},resolve,`));
  assert.equal(listed.length, 1);
  assert.equal((await due(code)).due, first.due, 'looking changes nothing');
  const changed = await command('deadlines', 'recompute', '--reason', 'Nghỉ bão');
  assert.equal(changed.code, 0, changed.stderr);
  const now = await waitUntil('the new calendar', async () => {
    const seen = await due(code);
    return seen.deadlines.resolve.computed === undefined && seen.due > first.due ? seen : null;
  });
  assert.ok(now.deadlines.resolve.skipped.some((s: { name?: string }) => s.name === 'Nghỉ bão'));
  const history = (await server.get(`/api/v1/complaints/${code}/history`, operator.headers)).json.history;
  assert.deepEqual([history[1].event, history[1].detail.reason, history[1].detail.due_at.length], ['deadline_changed', 'Nghỉ bão', 2]);
  assert.match((await command('deadlines', 'recompute')).stdout, / 0 changed/);
});

test('an administrator looks how many would change, and counts them anew; nobody else, and not without a reason', async () => {
  await addPerson(database, 'quan', 'administrator');
  await addPerson(database, 'kiem', 'auditor');
  const admin = (await sessionOf(server, 'quan')).headers;
  const auditor = (await sessionOf(server, 'kiem')).headers;
  const PATH = '/api/v1/deadline-recomputes';
  const newest = async (headers = admin) => (await server.get(PATH, headers)).json.recomputes[0];
  const run_ = async (body: object): Promise<any> => {
    const asked = await server.post(PATH, body, admin);
    assert.equal(asked.status, 202, asked.text);
    return waitUntil('it to be counted', async () => {
      const row = await newest();
      return row.id === asked.json.id && row.state !== 'running' ? row : null;
    });
  };
  const api = await Description.of(server);
  const code = (await server.file(complaint({ category: 'giao-duc' }))).json.code;
  const first = await due(code);
  const day = await database.sql(`SELECT (due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM hotline.complaints WHERE code = '${code}'`);
  const edited = await command('import', 'calendar', file('flood.csv', 'kind,date,name_vi,name_en', `holiday,${day},Nghỉ lũ,Flood`));
  assert.equal(edited.code, 0, edited.stderr);

  const looked = await run_({ apply: false });
  api.holds(api.find('GET', PATH).answer, (await server.get(PATH, admin)).json, 'recomputes');
  assert.deepEqual([looked.state, looked.apply, looked.error], ['done', false, null]);
  assert.ok(looked.changed >= 1 && looked.later >= 1 && looked.considered >= looked.changed, JSON.stringify(looked));
  assert.ok(looked.samples.length >= 1 && looked.samples.length <= 20);
  assert.equal(looked.to_count, looked.considered);
  assert.equal((await due(code)).due, first.due, 'looking changes nothing');

  assert.deepEqual(problem(await server.post(PATH, { apply: true }, admin), 422).map((e) => `${e.field} ${e.code}`), ['reason required']);
  assert.deepEqual(problem(await server.post(PATH, { apply: true, reason: ' ' }, admin), 422).map((e) => `${e.field} ${e.code}`), ['reason required']);
  assert.deepEqual(problem(await server.post(PATH, { reason: 'x' }, admin), 422).map((e) => `${e.field} ${e.code}`), ['apply required']);
  for (const headers of [auditor, operator.headers]) assert.equal((await server.post(PATH, { apply: true, reason: 'x' }, headers)).status, 403);
  assert.equal((await server.get(PATH, operator.headers)).status, 403);
  assert.equal((await due(code)).due, first.due, 'what is refused changes nothing');

  const done = await run_({ apply: true, reason: 'Nghỉ lũ' });
  assert.deepEqual([done.state, done.changed], ['done', looked.changed]);
  assert.equal((await newest(auditor)).made_by, 'user:quan');
  assert.ok((await due(code)).due > first.due);
  assert.equal(await database.sql(`SELECT actor || ' ' || (detail ->> 'reason') FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id
    WHERE c.code = '${code}' AND event = 'deadline_changed'`), 'user:quan Nghỉ lũ');
  assert.equal(await database.number("SELECT count(*) FROM hotline.audit_log WHERE event = 'deadlines.recompute'"), 1);
  assert.equal((await run_({ apply: false })).changed, 0);

  // A request that is sent again while it is counted does not spoil what is under way.
  const slow = await database.session();
  await slow.sql('BEGIN; LOCK TABLE hotline.complaints IN EXCLUSIVE MODE');
  const twice = async () => (await server.post(PATH, { apply: true, reason: 'Hai lần' }, { ...admin, 'Idempotency-Key': 'hai-lan' }));
  const asked = await twice();
  assert.equal(asked.status, 202, asked.text);
  await waitUntil('it to be under way', () => database.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7022102204 % 4294967296"));
  assert.equal((await twice()).json.id, asked.json.id);
  const ended = () => server.logText.match(new RegExp(`job\\.ended .*job=deadlines id=${asked.json.id} `, 'g'))?.length ?? 0;
  if (cpus().length > 1) await waitUntil('the second to be turned away', () => ended() === 1); // else it waits for its turn
  assert.equal((await newest()).state, 'running');
  await slow.sql('COMMIT');
  await slow.close();
  await waitUntil('both to have ended', () => ended() === 2);
  assert.deepEqual([(await newest()).id, (await newest()).state], [asked.json.id, 'done']);

  // One at a time: who else counts is told.
  const other = await database.session();
  await other.sql('BEGIN; SELECT pg_advisory_xact_lock(7022102204)');
  assert.equal((await server.post(PATH, { apply: false }, admin)).status, 409);
  await other.close();
});
