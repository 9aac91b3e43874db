// People of one agency try every endpoint there is with what belongs to another: its complaints, files,
// desks, people, sessions, messages. The endpoints come from the API's own description, and each name
// that identifies something must be in the tables below, so a new endpoint cannot be forgotten.
//
// A tracking code is the key to the public part of its complaint (docs/decisions/0004): whoever holds it
// sees that, whatever his account. So the measure for what is open to all is what a stranger gets.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, tileOf } from './lib/city';
import { Description, type Operation } from './lib/openapi';
import { PASSWORD, type Person, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, must } from './lib/run';
import { Server } from './lib/server';

let database: Database;
let server: Server;
let api: Description;
let mine: string;
let theirs: string;

/** Never to be seen by anybody of the other agency. */
const SECRET = {
  note: 'ghi chú nội bộ mật 7301',
  reporterName: 'Người Phản Ánh Mật 7302',
  reporterPhone: '0900007303',
  task: 'việc phối hợp mật 7304',
  directive: 'chỉ đạo mật 7305',
  person: 'Người của đơn vị kia 7306',
  agent: 'SecretBrowser/7307',
  contact: 'mat7308@example.org',
  key: 'khoa-mat-7309',
  file: 'tep-mat-7310',
  desk: 'ban-mat-7311',
};
/** What the holder of the code sees too. */
const HELD = { description: 'mô tả của đơn vị kia 7401', address: '7402 Đường Không Có', answer: 'trả lời công khai 7403' };
/** The other agency's complaint; one more of it, for what holders of codes may do; one of our own. */
let secretCode: string;
let heldCode: string;
let ownCode: string;
/** Whatever identifies something of theirs, by what the description says it identifies. */
const ids: Record<string, string> = {};
const people: Record<string, Person> = {};
let them: Person;

/** Told by the description, but belonging to nobody. */
const COMMON: Record<string, string> = {
  set: 'current', job: '1', transfer: '1', verb: 'next', layer: 'complaints', size: 'web', file: 'index.html', folder: 'assets',
  item: '1', call: '1', notice: '1', webhook: '1', delivery: '00000000-0000-4000-8000-000000000000', letter: 'x', incident: '1',
  area: '1', category: 'tieng-on', calendar: 'city', reason: 'cho-nguoi-phan-anh',
  upload: '1', generation_id: '1',
};

/** Query parameters that name something of theirs. */
const QUERY: Record<string, () => string[]> = {
  agency: () => [theirs],
  desk: () => [SECRET.desk],
  complaint: () => [secretCode],
  phone: () => [SECRET.reporterPhone],
  q: () => [HELD.description, SECRET.note],
  user: () => [them.login],
  login: () => [them.login],
  person: () => [them.login],
  code: () => [secretCode],
  actor: () => ['user:them'],
  subject: () => ['user:them'],
  viewer: () => ['user:them'],
};
/** Query parameters that ask differently, without naming anything. */
const ASKED: Record<string, string> = {
  category: 'tieng-on', status: 'assigned', channel: 'web', ward: 'x', from: '2020-01-01', to: '2099-01-01',
  bbox: '106,10,108,12', limit: '50', cursor: '', at: '2026-01-01', lon: String(CENTRE.lon), lat: String(CENTRE.lat), accuracy_m: '10',
  autocomplete: '1', description: 'x', attributes: '{}', revision: '1', why: 'x', state: 'open', by: 'agency', generation: '2026-01-01',
  size_m: '1000', measure: 'count', compare_from: '2020-01-01', compare_to: '2021-01-01', format: 'json', radius_m: '500', weight: 'count',
  order: 'updated', late: 'true', at_risk: 'true', due: 'true', mine: 'true', tasks: 'true', seed: '1', webhook: '1', medium: 'email', kind: 'answer',
  year: '2026', deadlines: 'keep', urgent: 'true', calendar: 'city',
  address: 'Nguyễn Huệ', one_category: 'true', layer: 'x', crs: 'EPSG:9210', error: 'x', event: 'login.failed',
};

/** Fields of bodies: what names something of theirs, and what else is needed to be understood. */
const FIELDS: Record<string, () => unknown> = {
  agency: () => theirs, desk: () => SECRET.desk, complaint: () => secretCode, into: () => secretCode, code: () => secretCode,
  complaints: () => [{ code: secretCode, version: versionOfSecret }], user: () => them.login, person: () => them.login, login: () => them.login,
  operator: () => them.login, attachments: () => [ids['attachment'] ?? '1'], agencies: () => [theirs], version: () => versionOfSecret,
  number: () => SECRET.reporterPhone, name: () => 'x', role: () => 'operator', password: () => PASSWORD, new_password: () => 'short',
  token: () => 'x', categories: () => [], email: () => 'a@b.vn', scopes: () => ['file'], expires_on: () => '2099-01-01',
  reporter: () => ({ phone: '0911111111' }), channel: () => 'web', description: () => 'x', consent: () => true, reason: () => 'thử', apply: () => false,
  category: () => 'tieng-on', location: () => CENTRE, address: () => 'x', occurred_at: () => '2026-01-01T00:00:00+07:00', attributes: () => ({}),
  call: () => '1', seat: () => '1', started_at: () => '2026-01-01T00:00:00+07:00', answered_at: () => '2026-01-01T00:00:00+07:00',
  ended_at: () => '2026-01-01T00:00:00+07:00', purpose: () => 'x', result: () => 'x', saved_at: () => '2026-01-01T00:00:00+07:00',
  text: () => 'thử', subject: () => 'x', from: () => '2026-01-01', from_name: () => 'x', message: () => 'x', received_at: () => '2026-01-01T00:00:00+07:00',
  action: () => 'note', rating: () => 'satisfied', comment: () => 'x', at: () => '2026-01-01T00:00:00+07:00', deadlines: () => 'keep',
  change: () => 'rename', on: () => '2099-01-01', to: () => theirs, to_fallback: () => false, name_en: () => 'x', kind: () => 'x', parts: () => [],
  due_at: () => '2099-01-01T00:00:00+07:00', area: () => [], title: () => 'x', revision: () => 1, why: () => 'x', class: () => 'x', valid_from: () => '2026-01-01',
  valid_to: () => '2099-01-01', conditions: () => [], outcome: () => 'x', partners: () => [], deadline: () => 'x', urgent: () => false, codes: () => [],
  as_of: () => '2026-01-01', findings: () => [], current: () => 1, keep: () => 'draft', webhook: () => 1, medium: () => 'email', url: () => 'https://x.vn',
  events: () => [], active: () => true, new_secret: () => true, lang: () => 'vi', event: () => 'x', audience: () => 'reporter', body: () => 'x',
  version_into: () => 1, letter: () => 'x', no_photo_reason: () => 'x', until: () => '2099-01-01T00:00:00+07:00', tasks: () => [{ agency: mine, text: 'x' }],
  task: () => 1, radius_m: () => 100, decision: () => 'x', note: () => 'x', label: () => 'x', days: () => 1, status: () => 'open', phone: () => SECRET.reporterPhone,
  centre: () => CENTRE, ids: () => [1], reports: () => [1], join: () => 'x', form_only: () => true, message_vi: () => 'x', message_en: () => 'x', hold: () => true, history_n: () => 1, answer_n: () => 1, note_n: () => 1, comments: () => true,
  generation: () => 1, parent: () => theirs, calendar: () => 'city', reach: () => 'city', unit: () => 'x', name_vi: () => 'x', keywords: () => 'x',
  deadline_hours: () => 1, deadline_working_days: () => 1, before: () => 'tieng-on', steps: () => [], follows_city: () => true, week: () => ['', '', '', '', '', '', ''],
  year: () => 2026, cap_working_days: () => 1, body_en: () => 'x', position: () => 1,
  media: () => ['email'], step: () => 10, clock: () => 'resolve', percent: () => 80, audiences: () => ['desk'], keep_days: () => 90,
  expire_hours: () => 100, reporter_media: () => 'all', sms_unaccented: () => true,
  upload: () => 1, level: () => 'ward', level_column: () => 'x', code_column: () => 'x', name_column: () => 'x', kind_column: () => 'x', parent_column: () => 'x',
  approximate: () => false, acknowledged: () => true, replace: () => false, group: () => 'overlay', group_vi: () => 'x', group_en: () => 'x',
  public: () => true, min_zoom: () => 1, style: () => ({}), attribution: () => 'x', id_column: () => 'x', from_column: () => 'x', to_column: () => 'x',
  repair: () => false, source: () => 'x', units: () => [], terms: () => [], pairs: () => [], incidents: () => ({}),
  contact: () => SECRET.reporterPhone, verified: () => 'căn cước', approve: () => true,
};
let versionOfSecret = 1;

async function fixtures(): Promise<void> {
  [mine, theirs] = (await database.sql(`SELECT a.code FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE a.valid @> current_date GROUP BY a.code ORDER BY count(*) DESC LIMIT 2`)).split('\n') as [string, string];
  await database.sql(`INSERT INTO hotline.desks (code, name, agency_id) SELECT '${SECRET.desk}', 'Bàn', id FROM hotline.agencies WHERE code = '${theirs}' AND valid @> current_date;
    INSERT INTO hotline.desks (code, name, agency_id) SELECT 'ban-ta', 'Bàn', id FROM hotline.agencies WHERE code = '${mine}' AND valid @> current_date`);
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'lanh', 'leader');
  await addPerson(database, 'staff', 'agency_staff', mine);
  await addPerson(database, 'head', 'agency_head', mine);
  await must(HOTLINE, ['user', 'add', '--login', 'desk', '--name', 'Người bàn', '--role', 'agency_staff', '--agency', mine, '--desk', 'ban-ta'],
    { input: `${PASSWORD}\n`, env: { HOTLINE_DATABASE: database.url } });
  await must(HOTLINE, ['user', 'add', '--login', 'them', '--name', SECRET.person, '--role', 'agency_head', '--agency', theirs],
    { input: `${PASSWORD}\n`, env: { HOTLINE_DATABASE: database.url } });
  await database.hotline('key', 'add', SECRET.key);
}

async function ask(person: Person | null, method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 3000);
  const headers: Record<string, string> = { ...(person?.headers ?? {}), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  let text = '';
  let status = 0;
  try {
    const response = await fetch(server.base + path, { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: stop.signal, redirect: 'manual' });
    status = response.status;
    const reader = response.body?.getReader();
    const decoder = new TextDecoder('latin1');
    // A stream of events is read for as long as the timer lets it.
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) text += Buffer.from(part.value).toString('latin1');
    text += decoder.decode();
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  } finally {
    clearTimeout(timer);
  }
  return { status, text: Buffer.from(text, 'latin1').toString() };
}

/** One of their things, made by themselves or by those who may. */
async function make(person: Person, method: string, path: string, body: unknown): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const answer = await ask(person, method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text === '' ? null : JSON.parse(answer.text);
}

async function fileOfTheirs(operator: Person): Promise<string> {
  const made = await server.file(complaint({
    channel: 'phone', description: HELD.description, address: HELD.address, location: CENTRE,
    reporter: { name: SECRET.reporterName, phone: SECRET.reporterPhone },
  }), operator.headers);
  assert.equal(made.status, 201, made.text);
  const code = made.json.code as string;
  await database.sql(`UPDATE hotline.complaints SET (agency_id, desk_id) = (SELECT d.agency_id, d.id FROM hotline.desks d WHERE d.code = '${SECRET.desk}'),
    status = 'assigned' WHERE code = '${code}'`);
  return code;
}

const act = async (person: Person, code: string, fields: Record<string, unknown>): Promise<void> => {
  const version = await database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`);
  await make(person, 'POST', `/api/v1/complaints/${code}/actions`, { version, ...fields });
};

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await fixtures();
  server = await Server.start(database);
  api = await Description.of(server);
  const operator = await sessionOf(server, 'truc');
  for (const login of ['staff', 'head', 'desk']) people[login] = await sessionOf(server, login);
  const login = await server.post('/api/v1/session', { login: 'them', password: PASSWORD }, { 'User-Agent': SECRET.agent });
  them = { login: 'them', headers: { Cookie: (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '', 'X-CSRF-Token': login.json.csrf } };

  secretCode = await fileOfTheirs(operator);
  heldCode = await fileOfTheirs(operator);
  await act(them, secretCode, { action: 'note', text: SECRET.note });
  await act(them, secretCode, { action: 'accept' });
  await act(them, secretCode, { action: 'answer', text: HELD.answer });
  await act(them, secretCode, { action: 'split', tasks: [{ agency: theirs === 'x' ? mine : await third(), text: SECRET.task }] });
  const own = await server.file(complaint(), operator.headers);
  ownCode = own.json.code;
  await database.sql(`UPDATE hotline.complaints SET agency_id = (SELECT id FROM hotline.agencies WHERE code = '${mine}' AND valid @> current_date), desk_id = NULL
    WHERE code = '${ownCode}'`);
  versionOfSecret = await database.number(`SELECT version FROM hotline.complaints WHERE code = '${secretCode}'`);

  const leader = await sessionOf(server, 'lanh');
  ids['agency'] = theirs;
  ids['desk'] = await database.sql(`SELECT id FROM hotline.desks WHERE code = '${SECRET.desk}'`);
  ids['directive'] = String((await make(leader, 'POST', '/api/v1/directives',
    { agency: theirs, text: SECRET.directive, due_at: '2099-01-01T00:00:00+07:00', complaint: secretCode })).id);
  ids['contact'] = String((await make(them, 'POST', '/api/v1/contacts', { medium: 'email', address: SECRET.contact })).id);
  ids['session'] = await database.sql(`SELECT s.id FROM hotline.sessions s JOIN hotline.users u ON u.id = s.user_id WHERE u.login = 'them'`);
  ids['login'] = 'them';
  ids['key'] = SECRET.key;
  ids['code'] = secretCode;
  await make(operator, 'POST', `/api/v1/complaints/${secretCode}/reporters`,
    { reporter: { name: SECRET.reporterName, phone: '0900007399' }, channel: 'phone', consent: true });
  await addPerson(database, 'quan', 'administrator');
  ids['request'] = String((await make(await sessionOf(server, 'quan'), 'POST', '/api/v1/person-requests',
    { kind: 'export', contact: SECRET.reporterPhone, verified: 'căn cước' })).id);
  ids['co_report'] = await database.sql('SELECT max(id) FROM hotline.co_reports');
  await attach();
  versionOfSecret = await database.number(`SELECT version FROM hotline.complaints WHERE code = '${secretCode}'`);
});
after(async () => {
  await server.stop();
  await database.drop();
});

async function third(): Promise<string> {
  return database.sql(`SELECT code FROM hotline.agencies WHERE valid @> current_date AND code NOT IN ('${mine}', '${theirs}') LIMIT 1`);
}

/** A file of theirs that the public is not shown, where there are files at all. */
async function attach(): Promise<void> {
  const path = '/api/v1/complaints/{code}/attachments';
  if (!api.operations.some((o) => o.method === 'POST' && o.path === path)) return;
  const form = new FormData();
  const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  form.append('purpose', 'evidence');
  form.append('file', new Blob([pixel], { type: 'image/png' }), `${SECRET.file}.png`);
  const response = await fetch(server.base + path.replace('{code}', secretCode), { method: 'POST', headers: them.headers, body: form });
  const text = await response.text();
  assert.equal(response.status, 201, text);
  ids['attachment'] = String(JSON.parse(text).attachments[0].id);
}

/** The path with something of theirs in each place; fails for a place that the tables do not know. */
function fill(o: Operation): { path: string; names: boolean } {
  let names = false;
  let path = o.path;
  const tile = tileOf(CENTRE, 16);
  for (const p of o.parameters.filter((each) => each.in === 'path')) {
    const kind = p['x-identifies'] ?? '';
    const value = ids[kind] ?? COMMON[kind] ?? { z: '16', x: String(tile.x), y: String(tile.y) }[kind];
    assert.ok(value !== undefined || (kind === 'attachment' && ids[kind] === undefined),
      `${o.method} ${o.path}: say in tests/api/leaks.test.ts what {${p.name}} (${kind}) of another agency would be`);
    names ||= ids[kind] !== undefined && !o.path.startsWith('/api/v1/rule-sets');
    path = path.replace(`{${p.name}}`, encodeURIComponent(value ?? '1'));
  }
  return { path, names };
}

/** The addresses of one operation: as it is, and with each parameter that can name something of theirs. */
function addresses(o: Operation): string[] {
  const { path } = fill(o);
  const query = o.parameters.filter((p) => p.in === 'query').map((p) => p.name);
  for (const name of query) {
    assert.ok(QUERY[name] || name in ASKED, `${o.method} ${o.path}: say in tests/api/leaks.test.ts what ?${name}= is, in QUERY or ASKED`);
  }
  const needed = query.filter((name) => ['lon', 'lat', 'category', 'by', 'revision'].includes(name) && o.method === 'GET' && !/complaints$|mvt$|png$/.test(o.path));
  const base = needed.map((name) => `${name}=${encodeURIComponent(ASKED[name] ?? '')}`);
  const list = [[...base]];
  for (const name of query) {
    for (const value of QUERY[name]?.() ?? []) list.push([...base.filter((b) => !b.startsWith(`${name}=`)), `${name}=${encodeURIComponent(value)}`]);
    if (['mine', 'late', 'order', 'tasks', 'at_risk', 'due'].includes(name)) list.push([...base, `${name}=${ASKED[name]}`]);
  }
  return list.map((parts) => (parts.length > 0 ? `${path}?${parts.join('&')}` : path));
}

/** The bodies of one operation: what it requires, and each other field that it knows, added. */
async function bodies(o: Operation): Promise<unknown[]> {
  if (o.body === undefined) return [undefined];
  if (o.body === null) return [{}];
  const value = (name: string): unknown => {
    const known = FIELDS[name];
    assert.ok(known, `${o.method} ${o.path}: say in tests/api/leaks.test.ts what the field ${name} is, in FIELDS`);
    return known();
  };
  const required = Object.fromEntries((o.body.required ?? []).map((name: string) => [name, value(name)]));
  const every = Object.fromEntries(Object.keys(o.body.properties ?? {}).map((name) => [name, value(name)]));
  const list: unknown[] = [required, every];
  if (o.path.endsWith('/actions') && o.path.includes('complaints')) {
    const names = (await database.sql('SELECT DISTINCT action FROM hotline.transitions ORDER BY 1')).split('\n');
    for (const action of names) {
      const fields = { action, reason: 'thử', text: 'thử', agency: mine, to: 'thử', until: '2099-01-01T00:00:00+07:00', tasks: [{ agency: mine, text: 'x' }], task: 1, rating: 'satisfied' };
      for (const keep of [['reason'], ['text'], ['agency', 'reason'], ['reason', 'until'], ['to', 'reason'], ['tasks'], ['task'], ['task', 'text'], ['task', 'reason'], []]) {
        const given = Object.fromEntries(Object.entries(fields).filter(([name]) => name === 'action' || keep.includes(name)));
        list.push(o.path.includes('{code}') ? { version: versionOfSecret, ...given } : { complaints: [{ code: secretCode, version: versionOfSecret }], ...given });
      }
    }
  }
  return list;
}

function secretsIn(text: string): string[] {
  return Object.entries(SECRET).filter(([, marker]) => text.includes(marker)).map(([name]) => name);
}

function heldIn(text: string): string[] {
  return Object.entries(HELD).filter(([, marker]) => text.includes(marker)).map(([name]) => name);
}

/** All of theirs that could be changed. */
function state(): Promise<string> {
  return database.sql(`SELECT md5(string_agg(t, E'\\n')) FROM (
    SELECT c::text FROM hotline.complaints c WHERE c.code = '${secretCode}'
    UNION ALL SELECT count(*)::text FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id WHERE c.code = '${secretCode}'
    UNION ALL SELECT count(*)::text FROM hotline.complaint_notes UNION ALL SELECT t::text FROM hotline.complaint_tasks t
    UNION ALL SELECT u::text FROM hotline.users u WHERE u.login = 'them'
    UNION ALL SELECT s.id::text FROM hotline.sessions s JOIN hotline.users u ON u.id = s.user_id WHERE u.login = 'them'
    UNION ALL SELECT (k.scopes, k.revoked_at)::text FROM hotline.api_keys k WHERE k.name = '${SECRET.key}'
    UNION ALL SELECT r::text FROM hotline.co_reports r UNION ALL SELECT count(*)::text FROM personal.contacts
    UNION ALL SELECT count(*)::text FROM hotline.attachments a JOIN hotline.complaints c ON c.id = a.complaint_id WHERE c.code = '${secretCode}'
    ) AS all_of(t)`);
}

test('every name in the description is known here: what it would be of another agency', () => {
  const unknown = new Set<string>();
  for (const o of api.operations) {
    for (const p of o.parameters) {
      const kind = p['x-identifies'] ?? p.name;
      if (p.in === 'path' && !(kind in ids || kind in COMMON || ['x', 'y', 'z', 'attachment'].includes(kind))) unknown.add(`COMMON or ids: {${kind}} of ${o.path}`);
      if (p.in === 'query' && !(p.name in QUERY || p.name in ASKED)) unknown.add(`QUERY or ASKED: ?${p.name}= of ${o.path}`);
    }
    for (const name of Object.keys(o.body?.properties ?? {})) if (!(name in FIELDS)) unknown.add(`FIELDS: ${name} of ${o.method} ${o.path}`);
  }
  assert.deepEqual([...unknown], [], 'say in tests/api/leaks.test.ts what these are');
});

test('the secrets are there to be found: those whose they are find them', async () => {
  const whole = (await ask(them, 'GET', `/api/v1/complaints/${secretCode}`)).text;
  assert.deepEqual(secretsIn(whole).filter((name) => ['note', 'task'].includes(name)), ['note', 'task'], whole);
  assert.equal(heldIn(whole).length, 3, whole);
  assert.deepEqual(secretsIn((await ask(them, 'GET', `/api/v1/directives/${ids['directive']}`)).text), ['directive']);
  assert.deepEqual(secretsIn((await ask(them, 'GET', '/api/v1/contacts')).text), ['contact']);
  assert.ok(secretsIn((await ask(them, 'GET', '/api/v1/sessions')).text).includes('agent'));
  if (ids['attachment']) assert.equal((await ask(them, 'GET', `/api/v1/attachments/${ids['attachment']}/web`)).status, 200);
  const anonymous = (await ask(null, 'GET', `/api/v1/complaints/${secretCode}`)).text;
  assert.deepEqual([secretsIn(anonymous).filter((name) => name !== 'desk'), heldIn(anonymous).length], [[], 3], anonymous);
});

for (const login of ['staff', 'head', 'desk']) {
  test(`${login} of one agency reads nothing of another's, wherever he asks`, async () => {
    const person = people[login] as Person;
    const tried: string[] = [];
    for (const o of api.operations.filter((each) => each.method === 'GET')) {
      for (const address of addresses(o)) {
        const [answer, stranger] = [await ask(person, 'GET', address), await ask(null, 'GET', address)];
        const at = `${login}: GET ${address} (${answer.status})`;
        assert.notEqual(answer.status, 500, `${at}: ${answer.text}`);
        // The desk's code alone is an address to send things to; agencies and desks are no secret among staff.
        // What was asked with is told back to strangers too: an echo.
        const echoed = secretsIn(decodeURIComponent(address)).filter((name) => secretsIn(stranger.text).includes(name));
        assert.deepEqual(secretsIn(answer.text).filter((name) => name !== 'desk' && !echoed.includes(name)), [], at);
        assert.deepEqual(heldIn(answer.text).filter((name) => !heldIn(stranger.text).includes(name)), [], `${at}: more than a stranger sees`);
        if (!address.includes(secretCode)) assert.ok(!answer.text.includes(secretCode), `${at}: gives away a tracking code`);
        if (!o.open && fill(o).names) assert.ok([401, 403, 404].includes(answer.status), `${at}: ${answer.text.slice(0, 300)}`);
        tried.push(address);
      }
    }
    assert.ok(tried.length > 60 && tried.some((address) => address.includes(secretCode)), `${tried.length} addresses`);
  });

  test(`${login} of one agency changes nothing of another's, and is told nothing by the refusal`, async () => {
    const person = people[login] as Person;
    let tried = 0;
    const before_ = await state();
    for (const o of api.operations.filter((each) => each.method !== 'GET')) {
      if (o.path.startsWith('/api/v1/session') && !o.path.includes('{')) continue; // one's own
      const { path, names } = fill(o);
      const own = o.open && names; // what a code opens: tried with the other one
      for (const body of await bodies(o)) {
        const address = own ? path.replace(secretCode, heldCode) : path;
        const answer = await ask(person, o.method, address, body);
        const at = `${login}: ${o.method} ${address} ${JSON.stringify(body)?.slice(0, 200)} (${answer.status})`;
        assert.notEqual(answer.status, 500, `${at}: ${answer.text}`);
        assert.deepEqual(secretsIn(answer.text).filter((name) => name !== 'desk' || names), [], `${at}: ${answer.text}`);
        if (!o.open && names) {
          assert.ok([401, 403, 404, 422].includes(answer.status), `${at}: ${answer.text.slice(0, 300)}`);
          if (address.includes(secretCode)) {
            assert.deepEqual(heldIn(answer.text), [], at);
            const nothing = await ask(person, o.method, address.replace(secretCode, '000000000'), body);
            const told = (text: string): unknown => ({ ...JSON.parse(text), request_id: '' });
            if (answer.status !== 422) assert.deepEqual(told(answer.text), told(nothing.text), `${at}: not as for a code that there is not`);
          }
        }
        tried++;
      }
    }
    assert.equal(await state(), before_, 'something of theirs was changed');
    assert.ok(tried > 150, `${tried} requests`);
  });
}

test('what one has is found all the same: the walls are not all there is', async () => {
  const person = people['staff'] as Person;
  assert.equal((await ask(person, 'GET', `/api/v1/complaints/${ownCode}`)).status, 200);
  const listed = JSON.parse((await ask(person, 'GET', '/api/v1/complaints?limit=5')).text).complaints;
  assert.ok(listed.some((row: { code: string }) => row.code === ownCode), JSON.stringify(listed));
  await act(person, ownCode, { action: 'note', text: 'của mình' });
});
