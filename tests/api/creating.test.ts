// Every POST of the API's description that makes something is sent twice with one Idempotency-Key: it is
// made once, and answered alike; the same key with another body is refused. Whoever adds a POST says here
// what it makes, or why it makes nothing.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { Description, type Operation } from './lib/openapi';
import { type Person, addPerson, sessionOf } from './lib/people';
import { vipsPicture } from './lib/picture';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, must, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
let api: Description;
const people: Record<string, Person> = {};

/** What is in paths and bodies; what was made is added. */
const ids: Record<string, string> = { agency: 'so-y-te' };

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const [login, role] of [['quan', 'administrator'], ['soan', 'administrator'], ['truc', 'operator'], ['giam', 'supervisor'], ['sep', 'leader']] as const) {
    await addPerson(database, login, role);
  }
  server = await Server.start(database);
  for (const login of ['quan', 'soan', 'truc', 'giam', 'sep']) people[login] = await sessionOf(server, login);
  const key = (await must(HOTLINE, ['key', 'add', 'tong-dai', '--may', 'calls'], { env: { HOTLINE_DATABASE: database.url } })).trim();
  people['key'] = { login: '', headers: { Authorization: `Bearer ${key}` } };
  people[''] = { login: '', headers: {} };
  api = await Description.of(server);
  ids['code'] = (await server.file(complaint())).json.code;
  ids['ward'] = await database.sql(`SELECT code FROM hotline.boundaries WHERE level = 'ward' AND valid @> current_date ORDER BY code LIMIT 1`);
  ids['busy'] = await database.sql(`SELECT a.code FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE a.valid @> current_date AND c.closed_at IS NULL GROUP BY a.code ORDER BY count(*) DESC LIMIT 1`);
  ids['other_agency'] = await database.sql(`SELECT code FROM hotline.agencies WHERE valid @> current_date AND code <> 'so-y-te' ORDER BY code LIMIT 1`);
});
after(async () => {
  await server.stop();
  await database.drop();
});

type Body = Record<string, unknown> | FormData;
interface Making {
  who: string;
  body: () => Body | Promise<Body>;
  /** Fields of another request; a function where they are not enough. */
  other: Record<string, unknown> | (() => Body);
  /** What of the answer is another each time: secrets, which are kept nowhere. */
  differs?: string[];
  /** Where a repeat leaves a row: that it made another secret is in the log. */
  writes?: string[];
  /** The status of a repeat, where it tells that there is nothing new. */
  repeated?: number;
  /** What is done with the answer. */
  then?: (made: any) => void; // eslint-disable-line @typescript-eslint/no-explicit-any
}

function files(name: string, content: Uint8Array | string): FormData {
  const form = new FormData();
  form.append('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), name);
  return form;
}
const shapes = (name: string): string => JSON.stringify({ type: 'FeatureCollection', features: [0, 1].map((n) => ({
  type: 'Feature', properties: { ma: `${name}-${n}`, ten: name },
  geometry: { type: 'Polygon', coordinates: [[[106.7 + n, 10.7], [106.702 + n, 10.7], [106.702 + n, 10.702], [106.7 + n, 10.702], [106.7 + n, 10.7]]] } })) });
const week = ['08:00-12:00', '08:00-12:00', '08:00-12:00', '08:00-12:00', '08:00-12:00', '', ''];
const picture = (width: number): Uint8Array => new Uint8Array(vipsPicture(width, 40, '.png'));
const A = '/api/v1/admin';

/** In the order in which they are tried: later ones use what earlier ones made. */
const MAKING: Record<string, Making> = {
  '/api/v1/users': { who: 'quan', body: () => ({ login: 'lap-lai', name: 'Người lặp', role: 'operator' }), other: { name: 'Khác' }, differs: ['link'] },
  '/api/v1/keys': { who: 'quan', body: () => ({ name: 'lap-lai', scopes: ['read'] }), other: { scopes: ['file'] }, differs: ['key'], writes: ['hotline.audit_log'] },
  '/api/v1/complaints': { who: '', body: () => complaint({ description: 'Gửi hai lần' }), other: { description: 'Khác' }, repeated: 200 },
  '/api/v1/complaints/{code}/reporters': { who: 'truc', body: () => ({ channel: 'phone', consent: true, reporter: { phone: '0901112233' } }), other: { channel: 'email' } },
  '/api/v1/attachments': { who: '', body: () => files('anh.png', picture(64)), other: () => files('anh.png', picture(65)) },
  '/api/v1/complaints/{code}/attachments': { who: 'truc', body: () => files('anh.png', picture(66)), other: () => files('anh.png', picture(67)) },
  '/api/v1/calls': { who: 'key', body: () => ({ call: 'c-1', number: '0901234567', seat: '7' }), other: { number: '0901234568' } },
  '/api/v1/calls/outcomes': { who: 'truc', body: () => ({ result: 'none' }), other: { saved_at: '2026-01-01T00:00:00+07:00' } },
  '/api/v1/inbound': { who: 'key', body: () => ({ channel: 'email', text: 'Mất nước', from: 'a@example.org' }), other: { text: 'Mất điện' } },
  '/api/v1/directives': { who: 'sep', body: () => ({ agency: ids['busy'], text: 'Làm ngay', due_at: '2099-01-01T10:00:00+07:00' }), other: { text: 'Làm sau' } },
  '/api/v1/incidents': { who: 'giam',
    body: () => ({ category: 'dien-luc', area: { type: 'Polygon', coordinates: [[[106.6, 10.7], [106.605, 10.7], [106.605, 10.705], [106.6, 10.7]]] } }),
    other: { category: 'cap-nuoc' } },
  '/api/v1/webhooks': { who: 'quan', body: () => ({ name: 'lap', url: 'https://nhan.example/' }), other: { name: 'khac' } },
  '/api/v1/contacts': { who: 'quan', body: () => ({ agency: ids['agency'], medium: 'email', address: 'a@so.example' }), other: { address: 'b@so.example' } },
  '/api/v1/person-requests': { who: 'quan', body: () => ({ kind: 'export', contact: '0901112233', verified: 'căn cước' }), other: { kind: 'erase' } },
  [`${A}/agencies`]: { who: 'quan', body: () => ({ code: 'lap-lai', name: 'Đơn vị lặp', kind: 'department' }), other: { name: 'Khác' } },
  [`${A}/agencies/{agency}/desks`]: { who: 'quan', body: () => ({ code: 'lap', name: 'Bàn lặp' }), other: { name: 'Khác' } },
  [`${A}/agencies/{agency}/areas`]: { who: 'quan', body: () => ({ code: 'lap', name: 'Lặp', class: 'special', reach: 'ward', unit: ids['ward'], categories: ['y-te'] }), other: { name: 'Khác' } },
  [`${A}/categories`]: { who: 'quan', body: () => ({ code: 'lap-lai', name_vi: 'Lặp', name_en: 'Again' }), other: { name_vi: 'Khác' } },
  [`${A}/calendars`]: { who: 'quan', body: () => ({ code: 'lap-lai', name_vi: 'Lặp', name_en: 'Again', follows_city: true, week }), other: { name_vi: 'Khác' } },
  [`${A}/pause-reasons`]: { who: 'quan', body: () => ({ code: 'lap-lai', name_vi: 'Lặp', name_en: 'Again', cap_working_days: 7 }), other: { cap_working_days: 8 } },
  [`${A}/form-letters`]: { who: 'quan', body: () => ({ code: 'lap-lai', kind: 'answer', name_vi: 'Lặp', name_en: 'Again', body: 'Về {code}.' }), other: { body: 'Số {code}.' } },
  '/api/v1/populations': { who: 'quan', body: () => ({ source: 'Cục Thống kê', units: [{ level: 'ward', code: ids['ward'], on_day: '2026-01-02', residents: 1234 }] }), other: { source: 'Khác' } },
  '/api/v1/geo-uploads': { who: 'quan', body: () => files('khu.geojson', shapes('a')), other: () => files('khu.geojson', shapes('b')), then: (made) => { ids['upload'] = String(made.id); } },
  '/api/v1/layers': { who: 'quan', body: () => ({ upload: Number(ids['upload']), code: 'lap-lai', name_vi: 'Lớp lặp', group: 'incidents' }), other: { name_vi: 'Khác' } },
  '/api/v1/boundary-generations': { who: 'quan', 
    body: () => ({ upload: Number(ids['upload']), title: 'Lặp', from: '2099-01-01', level: 'ward', code_column: 'ma', name_column: 'ten' }), other: { title: 'Khác' } },
  '/api/v1/rule-sets': { who: 'soan', body: () => ({ title: 'Lặp', reason: 'Để thử' }), other: { title: 'Khác' }, then: (made) => { ids['set'] = String(made.id); } },
  '/api/v1/rule-sets/{set}/rules': { who: 'soan', other: { code: 'loa-khac' },
    body: async () => ({ code: 'loa-keo', name: { vi: 'Loa kéo', en: 'Loudspeakers' }, class: 'special', conditions: ['category tieng-on'],
      outcome: `agency ${ids['other_agency']}`, revision: await revision() }) },
  '/api/v1/rule-sets/{set}/checks': { who: 'soan', body: async () => ({ revision: await revision() }), other: { revision: 999 } },
  '/api/v1/rule-sets/{set}/replays': { who: 'soan', body: async () => ({ revision: await revision() }), other: { revision: 999 } },
  '/api/v1/agency-changes': { who: 'quan', body: () => ({ change: 'rename', agencies: ['so-y-te'], name: 'Sở Y tế mới', on: '2099-01-01', reason: 'QĐ 1' }), other: { reason: 'QĐ 2' } },
  '/api/v1/deadline-recomputes': { who: 'quan', body: () => ({ apply: false }), other: { reason: 'Khác' } },
  '/api/v1/transfers': { who: 'quan', body: () => ({ at: '2026-01-01', reason: 'Thử', deadlines: 'keep' }), other: { reason: 'Khác' } },
};

const STEP = 'a step of something that is there, made on its version or state';
const ASKED = 'a question; what it records is a look at a person, one for each time';
const NOT_MAKING: Record<string, string> = {
  '/api/v1/session': 'logging in: a session each time', '/api/v1/session/factor': 'a secret each time, for the one account',
  '/api/v1/session/factor/removal': STEP, '/api/v1/session/password': STEP, '/api/v1/password': STEP,
  '/api/v1/users/{login}/disable': STEP, '/api/v1/users/{login}/enable': STEP, '/api/v1/users/{login}/reset': 'a link each time, for the one account',
  '/api/v1/users/{login}/drop-factor': STEP,
  '/api/v1/complaints/{code}/actions': STEP, '/api/v1/complaints/actions': STEP, '/api/v1/complaints/{code}/merge': STEP, '/api/v1/complaints/{code}/unmerge': STEP,
  '/api/v1/complaints/{code}/rating': STEP, '/api/v1/complaints/{code}/reopening': STEP, '/api/v1/complaints/{code}/hold': STEP,
  '/api/v1/complaints/{code}/redaction': STEP, '/api/v1/complaints/{code}/reporter': ASKED, '/api/v1/calls/earlier': ASKED,
  '/api/v1/seats': 'says where one sits', '/api/v1/inbound/next': STEP, '/api/v1/inbound/{item}/{verb}': STEP,
  '/api/v1/layers/{layer}/withdraw': STEP, '/api/v1/layers/{layer}/restore': STEP, '/api/v1/duplicate-settings': STEP,
  '/api/v1/directives/preview': ASKED, '/api/v1/directives/{id}/actions': STEP, '/api/v1/incidents/{incident}/{verb}': STEP,
  '/api/v1/boundary-generations/{id}/check': STEP, '/api/v1/boundary-generations/{id}/publish': STEP, '/api/v1/boundary-generations/{id}/back': STEP, '/api/v1/boundary-generations/{id}/discard': STEP,
  '/api/v1/notices/replay': STEP, '/api/v1/notices/{notice}/replay': STEP, '/api/v1/unsubscribe/{delivery}': STEP,
  '/api/v1/person-requests/{id}/decision': STEP,
  [`${A}/desks/{desk}/end`]: STEP, [`${A}/areas/{area}/end`]: STEP, [`${A}/categories/{category}/place`]: STEP, [`${A}/letter-previews`]: ASKED,
  '/api/v1/rule-sets/{set}/order': STEP, '/api/v1/rule-sets/{set}/acknowledge': STEP, '/api/v1/rule-sets/{set}/rebase': STEP,
  '/api/v1/rule-sets/{set}/roll-back': STEP, '/api/v1/rule-sets/{set}/{verb}': STEP, '/api/v1/transfers/{id}/back': STEP,
  '/report': 'a page’s form: its seal is its key (tests/api/erasure and tests/browser/plain)', '/track': 'a page’s form',
};

async function revision(): Promise<number> {
  return (await server.get(`/api/v1/rule-sets/${ids['set']}`, people['soan']?.headers)).json.revision as number;
}

/** How many rows each table has: but for those that the service writes by itself, whenever it does. */
async function rows(): Promise<Record<string, number>> {
  await waitUntil('what was begun to end', async () => (await database.number(`SELECT
    (SELECT count(*) FROM hotline.rule_jobs WHERE state IN ('queued', 'running')) + (SELECT count(*) FROM hotline.geo_uploads WHERE state = 'reading')
    + (SELECT count(*) FROM hotline.boundary_generations WHERE state = 'checking') + (SELECT count(*) FROM hotline.transfers WHERE state = 'running') + (SELECT count(*) FROM hotline.deadline_recomputes WHERE state = 'running')`)) === 0, 60000);
  return database.json(`SELECT json_object_agg(t, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %s', t), false, true, '')))[1]::text::bigint)
    FROM (SELECT c.oid::regclass::text AS t FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ('hotline'::regnamespace, 'personal'::regnamespace)
      AND c.relname NOT IN ('complaint_changes', 'ladder', 'calendar_worked', 'notices', 'notice_attempts', 'sessions', 'escalations_done')) x`) as Promise<Record<string, number>>;
}

function send(path: string, body: Body, who: Person, key: string): Promise<Answer> {
  const headers = { ...who.headers, 'Idempotency-Key': key };
  return body instanceof FormData ? server.request(path, { method: 'POST', body, headers }) : server.post(path, body, headers);
}

test('every POST says what it makes, or why it makes nothing', () => {
  const posts = api.operations.filter((o) => o.method === 'POST').map((o) => o.path);
  assert.ok(posts.length > 70, `${posts.length}`);
  for (const path of posts) {
    assert.notEqual(path in MAKING, path in NOT_MAKING, `POST ${path}: say in tests/api/creating.test.ts, in MAKING or NOT_MAKING, what it makes`);
  }
  for (const path of [...Object.keys(MAKING), ...Object.keys(NOT_MAKING)]) assert.ok(posts.includes(path), `${path} is no POST any more`);
  const made = api.operations.filter((o: Operation) => o.method === 'POST' && o.good[0] === '201');
  for (const o of made) assert.ok(o.path in MAKING, `POST ${o.path} answers 201, so it makes something`);
});

for (const [path, making] of Object.entries(MAKING)) {
  test(`POST ${path} twice with one key makes one, and another body under it is refused`, async () => {
    const who = people[making.who] as Person;
    const at = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? ''));
    const key = randomUUID();
    const body = await making.body();
    const before_ = await rows();
    const first = await send(at, body, who, key);
    assert.ok(first.status >= 200 && first.status < 300, `${path}: ${first.status} ${first.text}`);
    making.then?.(first.json);
    const once = await rows();
    assert.notDeepEqual(once, before_, `${path} makes nothing`);
    const again = await send(at, body, who, key);
    assert.equal(again.status, making.repeated ?? first.status, again.text);
    const told = (answer: Answer): unknown => Object.fromEntries(Object.entries(answer.json as object).filter(([name]) => !making.differs?.includes(name)));
    assert.deepEqual(told(again), told(first), path);
    const twice = await rows();
    for (const table of making.writes ?? []) once[table] = twice[table] ?? 0;
    assert.deepEqual(twice, once, `${path} made it twice`);
    const other = typeof making.other === 'function' ? making.other() : { ...(body as Record<string, unknown>), ...making.other };
    const refused = await send(at, other, who, key);
    assert.deepEqual(problem(refused, 409).map((e) => e.field), ['Idempotency-Key'], path);
    assert.deepEqual(await rows(), once, `${path} made another under the same key`);
  });
}
