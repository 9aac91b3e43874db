// What administrators keep up to date: who may, what is refused with field and reason, and that the
// running service routes and counts by the change without being started again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { Description } from './lib/openapi';
import { type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
let api: Description;
let admin: Person;
const people: Record<string, Person> = {};

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const [login, role] of [['quan', 'administrator'], ['kiem', 'auditor'], ['truc', 'operator'], ['lanh', 'leader']] as const) await addPerson(database, login, role);
  await addPerson(database, 'benhvien', 'agency_head', 'so-y-te');
  server = await Server.start(database);
  for (const login of ['quan', 'kiem', 'truc', 'lanh', 'benhvien']) people[login] = await sessionOf(server, login);
  admin = people['quan'] as Person;
  api = await Description.of(server);
});
after(async () => {
  await server.stop();
  await database.drop();
});

const A = '/api/v1/admin';
const get = (path: string, who = admin): Promise<Answer> => server.get(path, who.headers);
function change(method: string, path: string, body: unknown, who = admin, more: Record<string, string> = {}): Promise<Answer> {
  return server.request(path, { method, headers: { 'Content-Type': 'application/json', ...who.headers, ...more }, body: JSON.stringify(body) });
}
async function done(method: string, path: string, body: unknown): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const answer = await change(method, path, body);
  assert.ok(answer.status === 200 || answer.status === 201, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json;
}
/** Refused with that field and code. */
async function refused(status: number, field: string, code: string, method: string, path: string, body: unknown): Promise<string> {
  const errors = problem(await change(method, path, body), status);
  assert.ok(errors.some((e) => e.field === field && e.code === code), `${method} ${path}: ${JSON.stringify(errors)}`);
  return errors.map((e) => e.detail).join(' ');
}
const today = (): Promise<string> => database.sql('SELECT hotline.city_day(now())');
/** Who would be responsible in the middle of the city. */
async function routed(category: string): Promise<{ agency: string; desk: string | null; deadline: string }> {
  const answer = await server.get(`/api/v1/route?lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=${category}`);
  assert.equal(answer.status, 200, answer.text);
  const { agency, desk, deadline } = answer.json.assignment;
  return { agency: agency.code, desk: desk?.code ?? null, deadline };
}
const until = (what: string, check: () => Promise<boolean>): Promise<unknown> => waitUntil(what, check, 90000);

const READS = ['agencies', 'agencies/so-y-te', 'categories', 'calendars?year=2026', 'form-letters', 'deadline-trial'];

test('administrators change and auditors read; nobody else does either', async () => {
  for (const read of READS) {
    for (const login of ['quan', 'kiem']) assert.equal((await get(`${A}/${read}`, people[login])).status, 200, `${login} ${read}`);
    for (const login of ['truc', 'lanh', 'benhvien']) assert.equal((await get(`${A}/${read}`, people[login])).status, 403, `${login} ${read}`);
    assert.equal((await server.get(`${A}/${read}`)).status, 401, read);
  }
  const state = (): Promise<string> => database.sql(`SELECT md5(string_agg(t, '|')) FROM (SELECT a::text FROM hotline.agencies a
    UNION ALL SELECT c::text FROM hotline.categories c UNION ALL SELECT k::text FROM hotline.calendars k UNION ALL SELECT f::text FROM hotline.form_letters f) x(t)`);
  const before_ = await state();
  for (const o of api.operations.filter((one) => one.path.startsWith(A) && one.method !== 'GET' && !one.path.endsWith('letter-previews'))) {
    const path = o.path.replace('{agency}', 'so-y-te').replace('{category}', 'y-te').replace('{calendar}', 'city').replace(/\{\w+\}/, '1');
    assert.deepEqual(o.roles, ['administrator'], o.path);
    for (const login of ['kiem', 'truc', 'lanh', 'benhvien']) {
      assert.equal((await change(o.method, path, {}, people[login])).status, 403, `${login} ${o.method} ${path}`);
    }
    const { 'X-CSRF-Token': token, ...cookie } = admin.headers;
    assert.ok(token);
    assert.equal((await change(o.method, path, {}, { login: 'quan', headers: cookie })).status, 403, `without its token: ${path}`);
  }
  assert.equal(await state(), before_);
});

test('answers are what the description says', async () => {
  const questions: [string, string][] = [['/agencies', 'agencies'], ['/agencies/{agency}', 'agencies/ubnd-x'], ['/categories', 'categories'],
    ['/calendars', 'calendars?year=2026'], ['/form-letters', 'form-letters'], ['/deadline-trial', 'deadline-trial?category=tieng-on']];
  const ward = await database.sql("SELECT code FROM hotline.agencies WHERE kind = 'ward' ORDER BY code LIMIT 1");
  for (const [path, address] of questions) {
    const answer = await get(`${A}/${address.replace('ubnd-x', ward)}`);
    assert.equal(answer.status, 200, answer.text);
    api.holds(api.find('GET', A + path).answer, answer.json, path);
  }
  assert.equal((await get(`${A}/agencies/khong-co`)).status, 404);
  assert.equal((await get(`${A}/calendars?year=1066`)).status, 400);
});

test('a new agency with a desk and an area gets what is filed from then on', async () => {
  assert.equal((await routed('y-te')).agency, 'so-y-te');
  await done('POST', `${A}/agencies`, { code: 'trung-tam-cap-cuu', name: 'Trung tâm Cấp cứu 115', name_en: 'Ambulance Centre', kind: 'department', parent: 'so-y-te' });
  assert.match(await refused(409, 'code', 'exists', 'POST', `${A}/agencies`, { code: 'trung-tam-cap-cuu', name: 'Lần nữa', kind: 'department' }), /trung-tam-cap-cuu/);
  await refused(422, 'code', 'malformed', 'POST', `${A}/agencies`, { code: 'Trung.Tâm', name: 'X', kind: 'department' });
  await refused(422, 'parent', 'unknown', 'POST', `${A}/agencies`, { code: 'x1', name: 'X', kind: 'department', parent: 'khong-co' });
  await refused(422, 'calendar', 'unknown', 'POST', `${A}/agencies`, { code: 'x1', name: 'X', kind: 'department', calendar: 'khong-co' });
  await refused(422, 'valid_from', 'malformed', 'POST', `${A}/agencies`, { code: 'x1', name: 'X', kind: 'department', valid_from: '2026-02-30' });
  await refused(422, 'valid_to', 'not_after', 'POST', `${A}/agencies`, { code: 'x1', name: 'X', kind: 'department', valid_from: '2026-02-03', valid_to: '2026-02-03' });
  await refused(422, 'name', 'required', 'POST', `${A}/agencies`, { code: 'x1', name: '  ', kind: 'department' });

  const desk = await done('POST', `${A}/agencies/trung-tam-cap-cuu/desks`, { code: 'truc', name: 'Bàn trực' });
  await refused(409, 'code', 'exists', 'POST', `${A}/agencies/trung-tam-cap-cuu/desks`, { code: 'truc', name: 'Lần nữa' });
  await refused(422, 'categories', 'unknown', 'POST', `${A}/agencies/trung-tam-cap-cuu/areas`, { code: 'x', name: 'X', class: 'special', reach: 'city', categories: ['khong-co'] });
  await refused(422, 'categories', 'required', 'POST', `${A}/agencies/trung-tam-cap-cuu/areas`, { code: 'x', name: 'X', class: 'special', reach: 'city', categories: [] });
  await refused(422, 'unit', 'unknown', 'POST', `${A}/agencies/trung-tam-cap-cuu/areas`, { code: 'x', name: 'X', class: 'special', reach: 'ward', unit: '0', categories: ['y-te'] });
  await refused(422, 'class', 'unknown', 'POST', `${A}/agencies/trung-tam-cap-cuu/areas`, { code: 'x', name: 'X', class: 'fallback', reach: 'city', categories: ['y-te'] });
  const area = await done('POST', `${A}/agencies/trung-tam-cap-cuu/areas`, { code: 'cap-cuu', name: 'Cấp cứu', class: 'special', reach: 'city', categories: ['y-te'], desk: 'truc' });
  await until('the running service to route by it', async () => (await routed('y-te')).agency === 'trung-tam-cap-cuu');
  assert.equal((await routed('y-te')).desk, 'truc');
  const filed = await server.file(complaint({ category: 'y-te', channel: 'phone' }), people['truc']?.headers ?? {});
  assert.equal(filed.json.assignment.agency.code, 'trung-tam-cap-cuu', filed.text);

  // A desk that something goes to does not end; a name is corrected on the version that was read.
  assert.match(await refused(409, 'on', 'in_use', 'POST', `${A}/desks/${desk.id}/end`, { version: 1, on: '2099-01-01' }), /cap-cuu/);
  assert.deepEqual(await done('PUT', `${A}/desks/${desk.id}`, { version: 1, name: 'Bàn trực cấp cứu' }), { code: 'truc', id: desk.id, version: 2 });
  await refused(409, 'version', 'stale', 'PUT', `${A}/desks/${desk.id}`, { version: 1, name: 'Cũ' });
  await addPerson(database, 'ngoi', 'agency_staff', 'trung-tam-cap-cuu');
  await database.sql(`UPDATE hotline.users SET desk_id = ${desk.id} WHERE login = 'ngoi'`);
  const whole = (await get(`${A}/agencies/trung-tam-cap-cuu`)).json;
  assert.deepEqual(whole.desks.map((d: { name: string; open: number; people: { login: string }[] }) => [d.name, d.open, d.people.map((p) => p.login)]), [['Bàn trực cấp cứu', 1, ['ngoi']]]);
  assert.equal((await get(`${A}/agencies/so-y-te`)).json.children[0], 'trung-tam-cap-cuu');

  await refused(422, 'on', 'past', 'POST', `${A}/areas/${area.id}/end`, { version: 1, on: '2020-01-01' });
  await refused(422, 'on', 'not_after', 'POST', `${A}/areas/${area.id}/end`, { version: 1, on: await today() });
  await refused(409, 'version', 'stale', 'POST', `${A}/areas/${area.id}/end`, { version: 9, on: '2099-01-01' });
  await done('POST', `${A}/areas/${area.id}/end`, { version: 1, on: '2099-01-01' });
  assert.match(await refused(409, 'on', 'in_use', 'POST', `${A}/desks/${desk.id}/end`, { version: 2, on: '2099-02-01' }), /: ngoi$/);
  assert.equal((await change('POST', `${A}/desks/0/end`, { version: 1, on: '2099-01-01' })).status, 404);
  assert.equal((await change('POST', `${A}/desks/x/end`, { version: 1, on: '2099-01-01' })).status, 404);
});

test('an agency\'s row is corrected with a lock, goes round in no circle, and is recorded with both values', async () => {
  const row = (await get(`${A}/agencies/so-y-te`)).json.generations[0];
  const body = { generation: row.id, version: row.version, name: 'Sở Y tế Thành phố', name_en: row.name_en, kind: 'department', calendar: '24-7' };
  await refused(422, 'parent', 'unknown', 'PUT', `${A}/agencies/so-y-te`, { ...body, parent: 'so-y-te' });
  await refused(422, 'parent', 'circle', 'PUT', `${A}/agencies/so-y-te`, { ...body, parent: 'trung-tam-cap-cuu' });
  assert.equal((await change('PUT', `${A}/agencies/so-giao-duc`, body)).status, 404, 'a row of another agency');
  assert.equal((await done('PUT', `${A}/agencies/so-y-te`, body)).version, row.version + 1);
  await refused(409, 'version', 'stale', 'PUT', `${A}/agencies/so-y-te`, body);
  const kept = await database.json<{ actor: string; detail: { changed: Record<string, unknown[]> } }>(`SELECT json_build_object('actor', actor, 'detail', detail)
    FROM hotline.audit_log WHERE event = 'agency.changed' AND subject = 'so-y-te' ORDER BY id DESC LIMIT 1`);
  assert.equal(kept.actor, 'user:quan');
  assert.deepEqual(kept.detail.changed, { name: ['Sở Y tế', 'Sở Y tế Thành phố'], calendar: [null, '24-7'] });
  // Its deadlines go by its calendar at once: round the clock instead of to the close of business.
  await until('its calendar to count', async () => {
    const trial = await get(`${A}/deadline-trial?category=giao-duc&agency=so-y-te&at=2026-03-02T10:00:00%2B07:00`);
    return trial.json.deadlines.resolve.calendar?.code === '24-7';
  });
  // A repeat with the same key is the same answer and no second change.
  const again = { ...body, version: row.version + 1, name: 'Sở Y tế' };
  const first = await change('PUT', `${A}/agencies/so-y-te`, again, admin, { 'Idempotency-Key': 'sua-so-y-te' });
  const second = await change('PUT', `${A}/agencies/so-y-te`, again, admin, { 'Idempotency-Key': 'sua-so-y-te' });
  assert.deepEqual([second.status, second.json], [first.status, first.json]);
});

test('a reform through the service is in the register, and routing follows on its day', async () => {
  const on = await today();
  const made = await change('POST', '/api/v1/agency-changes', { change: 'rename', agencies: ['so-noi-vu'], on, reason: 'QĐ 12', name: 'Sở Nội vụ và Lao động' });
  assert.equal(made.status, 201, made.text);
  const whole = (await get(`${A}/agencies/so-noi-vu`)).json;
  assert.deepEqual(whole.generations.map((g: { name: string; state: string }) => [g.name, g.state]), [['Sở Nội vụ và Lao động', 'in_force'], ['Sở Nội vụ', 'ended']]);
  assert.deepEqual([whole.changes[0].change, whole.changes[0].reason, whole.changes[0].by], ['rename', 'QĐ 12', 'user:quan']);
  await until('the new name', async () => {
    const answer = await server.get(`/api/v1/route?lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=thu-tuc-hanh-chinh`);
    return answer.status === 200 && answer.json.assignment.agency.name === 'Sở Nội vụ và Lao động';
  });
  assert.ok((await get('/api/v1/agencies')).json.agencies.some((a: { name: string }) => a.name === 'Sở Nội vụ và Lao động'));
});

test('categories: added, moved, renamed, ended; what complaints have stays', async () => {
  await done('POST', `${A}/categories`, { code: 'cho-tha-rong', parent: 'moi-truong', name_vi: 'Chó thả rông', name_en: 'Stray dogs', keywords: 'chó mèo', deadline_working_days: 3 });
  await refused(409, 'code', 'exists', 'POST', `${A}/categories`, { code: 'cho-tha-rong', name_vi: 'X', name_en: 'X' });
  await refused(422, 'parent', 'unknown', 'POST', `${A}/categories`, { code: 'x', parent: 'khong-co', name_vi: 'X', name_en: 'X' });
  await refused(422, 'deadline_hours', 'one_deadline', 'POST', `${A}/categories`, { code: 'x', name_vi: 'X', name_en: 'X', deadline_hours: 1, deadline_working_days: 1 });
  await refused(422, 'name_en', 'required', 'POST', `${A}/categories`, { code: 'x', name_vi: 'X', name_en: '' });
  const offered = async (): Promise<{ code: string; parent: string; name: { vi: string } }[]> => (await server.get('/api/v1/categories')).json.categories;
  await until('the new category to be offered', async () => (await offered()).some((c) => c.code === 'cho-tha-rong' && c.parent === 'moi-truong'));
  const filed = await server.file(complaint({ category: 'cho-tha-rong' }));
  assert.equal(filed.status, 201, filed.text);

  const whole = { name_vi: 'Chó, mèo thả rông', name_en: 'Stray dogs and cats', keywords: 'chó mèo vật nuôi', urgent: false, deadline_working_days: 3, active: true };
  await refused(422, 'parent', 'circle', 'PUT', `${A}/categories/moi-truong`, { ...whole, version: 1, parent: 'cho-tha-rong' });
  await done('PUT', `${A}/categories/cho-tha-rong`, { ...whole, version: 1, parent: 'trat-tu-do-thi' });
  await refused(409, 'version', 'stale', 'PUT', `${A}/categories/cho-tha-rong`, { ...whole, version: 1 });
  await until('the move', async () => (await offered()).some((c) => c.code === 'cho-tha-rong' && c.parent === 'trat-tu-do-thi' && c.name.vi === 'Chó, mèo thả rông'));

  // Its place: before the first of its siblings.
  const siblings = async (): Promise<string[]> => (await offered()).filter((c) => c.parent === 'trat-tu-do-thi').map((c) => c.code);
  const [first] = await siblings();
  await done('POST', `${A}/categories/cho-tha-rong/place`, { version: 2, before: first });
  await until('its place', async () => (await siblings())[0] === 'cho-tha-rong');
  await refused(422, 'before', 'unknown', 'POST', `${A}/categories/cho-tha-rong/place`, { version: 2, before: 'giao-thong' });

  assert.match(await refused(409, 'active', 'in_use', 'PUT', `${A}/categories/trat-tu-do-thi`, { name_vi: 'Trật tự đô thị', name_en: 'Urban order', urgent: false, version: 1, active: false }), /cho-tha-rong/);
  await done('PUT', `${A}/categories/cho-tha-rong`, { ...whole, version: 2, parent: 'trat-tu-do-thi', active: false });
  await until('it to be offered no more', async () => !(await offered()).some((c) => c.code === 'cho-tha-rong'));
  problem(await server.file(complaint({ category: 'cho-tha-rong' })), 422);
  const kept = await server.get(`/api/v1/complaints/${filed.json.code}`, people['truc']?.headers ?? {});
  assert.equal(kept.json.category.code, 'cho-tha-rong', kept.text);
  await refused(409, 'parent', 'parent_ended', 'POST', `${A}/categories`, { code: 'x', parent: 'cho-tha-rong', name_vi: 'X', name_en: 'X' });
});

// Of a category whose rules know no time of day.
test('deadline steps: what a category says, what it inherits, and no default is ever missing', async () => {
  const due = async (query: string): Promise<string> => (await get(`${A}/deadline-trial?at=2026-03-02T10:00:00%2B07:00&${query}`)).json.deadlines.resolve.due;
  const version = async (code: string): Promise<number> => (await get(`${A}/categories`)).json.categories.find((c: { code: string }) => c.code === code).version;
  await done('PUT', `${A}/categories/mat-nuoc/deadlines`, { version: await version('mat-nuoc'), steps: [{ urgency: 'any', step: 'resolve', unit: 'hours', amount: 3 }] });
  await until('three hours', async () => (await due('category=mat-nuoc')) === '2026-03-02T13:00:00+07:00');
  const filed = await server.file(complaint({ category: 'mat-nuoc' }));
  const given = (Date.parse(filed.json.assignment.deadline) - Date.parse(filed.json.received_at)) / 3600000;
  assert.ok(Math.abs(given - 3) < 0.01, filed.text);
  for (const step of [{ urgency: 'any', step: 'resolve', unit: 'weeks', amount: 1 }, { urgency: 'any', step: 'resolve', unit: 'hours', amount: 0 }, { urgency: 'any', step: 'resolve', unit: 'working_days', amount: 99999 }, 'x']) {
    await refused(422, 'steps[0]', 'malformed', 'PUT', `${A}/categories/mat-nuoc/deadlines`, { version: await version('mat-nuoc'), steps: [step] });
  }
  const twice = { urgency: 'any', step: 'accept', unit: 'hours', amount: 1 };
  await refused(409, 'steps', 'exists', 'PUT', `${A}/categories/mat-nuoc/deadlines`, { version: await version('mat-nuoc'), steps: [twice, twice] });
  await refused(409, 'version', 'stale', 'PUT', `${A}/categories/mat-nuoc/deadlines`, { version: 1, steps: [] });
  await done('PUT', `${A}/categories/mat-nuoc/deadlines`, { version: await version('mat-nuoc'), steps: [] });
  await until('what it was before', async () => (await due('category=mat-nuoc')) !== '2026-03-02T13:00:00+07:00');

  const defaults = (await get(`${A}/categories`)).json.default;
  assert.match(await refused(422, 'steps', 'no_default', 'PUT', `${A}/deadlines`, { version: defaults.version, steps: defaults.steps.filter((s: { step: string }) => s.step !== 'answer') }), /answer/);
  const shorter = defaults.steps.map((s: { step: string; urgency: string }) => (s.step === 'resolve' && s.urgency === 'any' ? { ...s, amount: 2 } : s));
  await done('PUT', `${A}/deadlines`, { version: defaults.version, steps: shorter });
  await refused(409, 'version', 'stale', 'PUT', `${A}/deadlines`, { version: defaults.version, steps: shorter });
  await until('the default', async () => (await due('urgent=false')) === '2026-03-04T17:00:00+07:00');
});

test('calendars: a year of days, a week of hours, and what they do to a deadline', async () => {
  const trial = async (query: string): Promise<{ due: string; text: string }> => (await get(`${A}/deadline-trial?at=2028-03-06T10:00:00%2B07:00&urgent=false&${query}`)).json.deadlines.answer;
  const city = async (): Promise<{ version: number; days: { date: string }[] }> => (await get(`${A}/calendars?year=2028`)).json.calendars.find((c: { code: string }) => c.code === 'city');
  assert.equal((await trial('calendar=city')).due, '2028-03-08T17:00:00+07:00');
  const days = [{ date: '2028-03-07', kind: 'holiday', name_vi: 'Nghỉ thử', name_en: 'A day off' }, { date: '2028-03-11', kind: 'working', name_vi: 'Làm bù', hours: '08:00-12:00' }];
  const put = `${A}/calendars/city/days`;
  const body = { version: (await city()).version, year: 2028, days };
  await refused(422, 'days[0].date', 'malformed', 'PUT', put, { ...body, days: [{ ...days[0], date: '2027-03-07' }] });
  await refused(422, 'days[0].date', 'malformed', 'PUT', put, { ...body, days: [{ ...days[0], date: '2028-02-30' }] });
  await refused(422, 'days[1].hours', 'malformed', 'PUT', put, { ...body, days: [days[0], { ...days[1], hours: '12:00-08:00' }] });
  await refused(422, 'days[0].hours', 'malformed', 'PUT', put, { ...body, days: [{ ...days[0], hours: '08:00-12:00' }] });
  await refused(409, 'days', 'exists', 'PUT', put, { ...body, days: [days[0], days[0]] });
  await done('PUT', put, body);
  await refused(409, 'version', 'stale', 'PUT', put, body);
  await until('the day off to count', async () => (await trial('calendar=city')).due === '2028-03-09T17:00:00+07:00');
  assert.match((await trial('calendar=city')).text, /Nghỉ thử/);
  assert.deepEqual((await city()).days.map((d) => d.date), ['2028-03-07', '2028-03-11']);

  const week = ['08:00-12:00', '08:00-12:00', '08:00-12:00', '08:00-12:00', '08:00-12:00', '', ''];
  const calendar = { code: 'buoi-sang', name_vi: 'Buổi sáng', name_en: 'Mornings', follows_city: true, week };
  await refused(422, 'week[2]', 'malformed', 'POST', `${A}/calendars`, { ...calendar, week: [...week.slice(0, 2), '8h-12h', ...week.slice(3)] });
  await refused(422, 'week[0]', 'malformed', 'POST', `${A}/calendars`, { ...calendar, week: ['08:00-12:00 11:00-13:00', ...week.slice(1)] });
  await refused(422, 'week', 'required', 'POST', `${A}/calendars`, { ...calendar, week: ['', '', '', '', '', '', ''] });
  await refused(422, 'week', 'malformed', 'POST', `${A}/calendars`, { ...calendar, week: week.slice(1) });
  await done('POST', `${A}/calendars`, calendar);
  await until('the new calendar', async () => (await get(`${A}/deadline-trial?calendar=buoi-sang`)).status === 200);
  assert.equal((await trial('calendar=buoi-sang')).due, '2028-03-09T12:00:00+07:00');
  await refused(422, 'follows_city', 'circle', 'PUT', `${A}/calendars/city`, { name_vi: 'X', name_en: 'X', follows_city: true, week, version: (await city()).version });

  await done('POST', `${A}/pause-reasons`, { code: 'cho-vat-tu', name_vi: 'Chờ vật tư', name_en: 'Waiting for material', cap_working_days: 7 });
  await refused(409, 'code', 'exists', 'POST', `${A}/pause-reasons`, { code: 'cho-vat-tu', name_vi: 'X', name_en: 'X', cap_working_days: 1 });
  await done('PUT', `${A}/pause-reasons/cho-vat-tu`, { version: 1, name_vi: 'Chờ vật tư', name_en: 'Waiting for material', cap_working_days: 3, active: true });
  await refused(409, 'version', 'stale', 'PUT', `${A}/pause-reasons/cho-vat-tu`, { version: 1, name_vi: 'X', name_en: 'X', cap_working_days: 3 });
  assert.ok((await get('/api/v1/pause-reasons')).json.pause_reasons.some((r: { code: string; cap_working_days: number }) => r.code === 'cho-vat-tu' && r.cap_working_days === 3));
});

test('form letters: fields are filled in, in both languages; a field that nobody fills is refused', async () => {
  const filed = await server.file(complaint({ category: 'tieng-on', address: '12 Nguyễn Huệ' }));
  const letter = { code: 'hen-gap', kind: 'answer', category: 'trat-tu-do-thi', name_vi: 'Hẹn gặp', name_en: 'Meeting', body: 'Về {category} tại {address}, số {code}: mời Ông/Bà đến [nơi].', body_en: 'About {category}, {code}: please come to [place].' };
  assert.match(await refused(422, 'body', 'unknown', 'POST', `${A}/form-letters`, { ...letter, body: 'Số {ma}' }), /\{ma\}/);
  await refused(422, 'kind', 'unknown', 'POST', `${A}/form-letters`, { ...letter, kind: 'thu' });
  await refused(422, 'category', 'unknown', 'POST', `${A}/form-letters`, { ...letter, category: 'khong-co' });
  const shown = await change('POST', `${A}/letter-previews`, { body: letter.body, body_en: letter.body_en, complaint: filed.json.code });
  assert.equal(shown.status, 200, shown.text);
  assert.match(shown.json.text, new RegExp(`^Về .*tiếng ồn.* tại 12 Nguyễn Huệ.*, số ${filed.json.code}: mời Ông/Bà đến \\[nơi\\]\\.$`, 'i'));
  assert.match(shown.json.text_en, /^About .*noise.*: please come to \[place\]\.$/i);
  assert.equal((await change('POST', `${A}/letter-previews`, { body: 'x', complaint: '000000000' })).status, 404);
  assert.equal((await change('POST', `${A}/letter-previews`, { body: 'x' }, people['benhvien'])).status, 403);
  await done('POST', `${A}/form-letters`, letter);
  const offered = async (): Promise<{ code: string; text: string; text_en: string | null }[]> =>
    (await server.get(`/api/v1/form-letters?complaint=${filed.json.code}`, people['truc']?.headers ?? {})).json.letters;
  const mine = (await offered()).find((one) => one.code === 'hen-gap');
  assert.deepEqual([mine?.text, mine?.text_en], [shown.json.text, shown.json.text_en]);
  await done('PUT', `${A}/form-letters/hen-gap`, { ...letter, code: undefined, version: 1, active: false });
  await refused(409, 'version', 'stale', 'PUT', `${A}/form-letters/hen-gap`, { ...letter, code: undefined, version: 1 });
  assert.ok(!(await offered()).some((one) => one.code === 'hen-gap'));
});

test('the cut-over: looked at without changing anything, moved, told how far, taken back', async () => {
  await done('POST', `${A}/agencies`, { code: 'doi-tieng-on', name: 'Đội xử lý tiếng ồn', kind: 'department' });
  await server.file(complaint({ category: 'tieng-on' }));
  await done('POST', `${A}/agencies/doi-tieng-on/areas`, { code: 'tieng-on-ca-thanh-pho', name: 'Tiếng ồn', class: 'special', reach: 'city', categories: ['tieng-on'] });
  await until('routing to it', async () => (await routed('tieng-on')).agency === 'doi-tieng-on');
  const at = encodeURIComponent(new Date(Date.now() + 1000).toISOString());
  const owners = (): Promise<string> => database.sql('SELECT md5(string_agg(code || agency_id || version, \',\' ORDER BY id)) FROM hotline.complaints');
  const before_ = await owners();
  const preview = await get(`/api/v1/transfer-preview?at=${at}`);
  assert.equal(preview.status, 200, preview.text);
  api.holds(api.find('GET', '/api/v1/transfer-preview').answer, preview.json, 'preview');
  assert.equal(preview.json.considered, preview.json.moved + preview.json.stayed);
  assert.equal(preview.json.flows.reduce((n: number, flow: { complaints: number }) => n + flow.complaints, 0), preview.json.moved);
  assert.ok(preview.json.flows.some((flow: { to: string }) => flow.to === 'doi-tieng-on'), preview.text);
  const csv = await get(`/api/v1/transfer-preview?at=${at}&format=csv`);
  assert.equal(csv.text.trim().split('\n').length, preview.json.moved + 1);
  assert.equal(await owners(), before_, 'looking changes nothing');
  for (const login of ['kiem', 'truc', 'benhvien']) assert.equal((await get('/api/v1/transfer-preview', people[login])).status, 403);
  assert.equal((await get('/api/v1/transfer-preview?deadlines=x')).status, 400);

  const made = await change('POST', '/api/v1/transfers', { at: decodeURIComponent(at), reason: 'Thử cải cách' });
  assert.equal(made.status, 202, made.text);
  const look = (): Promise<Answer> => get(`/api/v1/transfers/${made.json.id}`);
  await until('it to be moved', async () => (await look()).json.state === 'moved');
  const told = (await look()).json;
  assert.deepEqual([told.moved, told.considered], [preview.json.moved, preview.json.considered]);
  assert.ok(told.judged > 0 && told.to_judge >= told.judged, JSON.stringify([told.judged, told.to_judge]));
  const back = await change('POST', `/api/v1/transfers/${made.json.id}/back`, {});
  assert.equal(back.json.restored, preview.json.moved, back.text);
  assert.equal(await owners(), before_);
});
