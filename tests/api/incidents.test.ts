// Many report one thing: the service proposes an incident, a supervisor decides, new reports inside
// belong to it, everybody is told one thing, cases and callers are counted apart.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, EventStream, complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { type Person, addPerson, sessionOf } from './lib/people';
import { waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

const LAT_M = 1 / 110600;
let database: Database;
let server: Server;
let supervisor: Person;
let operator: Person;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'giam', 'supervisor');
  await addPerson(database, 'truc', 'operator');
  server = await Server.start(database);
  supervisor = await sessionOf(server, 'giam');
  operator = await sessionOf(server, 'truc');
});
after(async () => {
  await server.stop();
  await database.drop();
});

type At = { lon: number; lat: number };
const spot = (eastM: number, northM: number): At => ({ lon: CENTRE.lon + eastM * LAT_M, lat: CENTRE.lat + northM * LAT_M });

async function filed(at: At, change: Record<string, unknown> = {}): Promise<string> {
  const made = await server.file(complaint({ category: 'mat-dien', description: 'Mất điện cả khu', channel: 'phone',
    location: { ...at, accuracy_m: 15 }, ...change }), operator.headers);
  assert.equal(made.status, 201, made.text);
  return made.json.code as string;
}

/** Eight households of a block. */
async function outage(at: At): Promise<string[]> {
  const codes: string[] = [];
  for (let i = 0; i < 8; i++) {
    codes.push(await filed({ lon: at.lon + (i % 4) * 60 * LAT_M, lat: at.lat + Math.floor(i / 4) * 80 * LAT_M }));
  }
  return codes;
}

interface Incident {
  id: number;
  status: string;
  version: number;
  complaints: number;
  callers: number;
  area: { type: string; coordinates: number[][][][] };
}

const list = async (headers = supervisor.headers, query = ''): Promise<Incident[]> =>
  (await server.get(`/api/v1/incidents${query}`, headers)).json.incidents;
const one = async (id: number): Promise<Answer> => server.get(`/api/v1/incidents/${id}`, supervisor.headers);
const act = (id: number, verb: string, body: unknown, headers = supervisor.headers): Promise<Answer> =>
  server.post(`/api/v1/incidents/${id}/${verb}`, body, headers);
const proposedAt = (at: At): Promise<Incident> => waitUntil('an incident to be proposed', async () =>
  (await list(supervisor.headers, '?status=proposed')).find((i) => inside(at, i) && i.complaints >= 8));

function inside(at: At, incident: Incident): boolean {
  const ring = incident.area.coordinates.flat(2) as unknown as [number, number][];
  const lons = ring.map((p) => p[0]);
  const lats = ring.map((p) => p[1]);
  return at.lon >= Math.min(...lons) && at.lon <= Math.max(...lons) && at.lat >= Math.min(...lats) && at.lat <= Math.max(...lats);
}

test('a burst proposes an incident with its area; confirmed, it takes what comes in; ended, it offers what is open', async () => {
  const events = await EventStream.open(server);
  const at = spot(30000, 200);
  const codes = await outage(at);
  const proposed = await proposedAt(at);
  assert.equal(proposed.complaints, 8);
  await waitUntil('the event', () => events.events.some((e) => e.event === 'incident' && e.data.id === proposed.id && e.data.status === 'proposed'));
  const detail = (await one(proposed.id)).json;
  assert.deepEqual(detail.list.map((c: { code: string }) => c.code).sort(), [...codes].sort());
  assert.equal(detail.seen.reports, 8);
  assert.ok(detail.seen.usual < 1);
  // A proposal is nobody's business outside.
  assert.deepEqual(await list({}), []);
  problem(await server.get(`/api/v1/incidents/${proposed.id}`), 401);

  const confirmed = await act(proposed.id, 'confirm', { version: detail.version, title: 'Mất điện khu A',
    message_vi: 'Điện lực đang sửa, dự kiến có điện lúc 18 giờ', message_en: 'Power is expected back at 18:00' });
  assert.equal(confirmed.status, 200, confirmed.text);
  assert.equal(confirmed.json.status, 'confirmed');
  const told = (): Promise<number> => database.number(`SELECT count(*) FROM hotline.outbox WHERE topic = 'complaint.incident'
    AND (payload ->> 'incident')::bigint = ${proposed.id}`);
  assert.equal(await told(), 8);
  // A ninth caller: in it from its first moment, and told at once. A tenth, of something else: not.
  const ninth = await filed({ lon: at.lon + 30 * LAT_M, lat: at.lat + 20 * LAT_M });
  const other = await filed({ lon: at.lon + 30 * LAT_M, lat: at.lat + 20 * LAT_M }, { category: 'tieng-on' });
  const far = await filed(spot(34000, 200));
  const members = (await one(proposed.id)).json.list.map((c: { code: string }) => c.code);
  assert.ok(members.includes(ninth) && !members.includes(other) && !members.includes(far));
  assert.equal(await told(), 9);
  const history = (await server.get(`/api/v1/complaints/${ninth}/history`)).json.history;
  assert.equal(history.at(-1).event, 'incident');
  assert.match(history.at(-1).detail.text, /18 giờ/);
  await waitUntil('the event', () => events.events.some((e) => e.data.id === proposed.id && e.data.status === 'confirmed'));

  // Somebody joins one of the cases: one case, two callers.
  const joined = await server.post(`/api/v1/complaints/${ninth}/reporters`, { channel: 'phone', reporter: { phone: '0901112223' }, consent: true }, operator.headers);
  assert.equal(joined.status, 201);
  const [seen] = (await list({})).filter((i) => i.id === proposed.id);
  assert.deepEqual([seen?.complaints, seen?.callers], [9, 10]);
  assert.deepEqual(Object.keys(seen ?? {}).sort(), ['area', 'callers', 'category', 'complaints', 'ended_at', 'id', 'message', 'since', 'status', 'title']);
  const geojson = await server.get('/api/v1/incidents?format=geojson');
  assert.match(geojson.headers.get('content-type') ?? '', /geo\+json/);
  assert.ok(geojson.json.features.some((f: { id: number; geometry: { type: string } }) => f.id === proposed.id && f.geometry.type === 'MultiPolygon'));
  for (const code of codes) assert.ok(!geojson.text.includes(code));

  // Another message is told to all; the same again to nobody.
  const { version } = (await one(proposed.id)).json;
  const edited = await act(proposed.id, 'edit', { version, message_vi: 'Lùi lại 20 giờ' });
  assert.equal(edited.status, 200, edited.text);
  assert.equal(await told(), 18);
  assert.equal((await act(proposed.id, 'edit', { version: edited.json.version, message_vi: 'Lùi lại 20 giờ' })).status, 200);
  assert.equal(await told(), 18);

  const ended = await act(proposed.id, 'end', { version: edited.json.version + 1, message_vi: 'Đã có điện' });
  assert.equal(ended.status, 200, ended.text);
  assert.equal(ended.json.status, 'ended');
  assert.equal(await told(), 27);
  assert.deepEqual(ended.json.open.map((c: { code: string }) => c.code).sort(), [...codes, ninth].sort());
  assert.deepEqual(Object.keys(ended.json.open[0]).sort(), ['code', 'status', 'version']);
  const late = await filed({ lon: at.lon + 30 * LAT_M, lat: at.lat + 20 * LAT_M });
  assert.ok(!(await one(proposed.id)).text.includes(late), 'what comes later is another thing');
  assert.deepEqual((await one(proposed.id)).json.history.map((h: { event: string }) => h.event), ['proposed', 'confirm', 'edit', 'edit', 'end']);
});

test('a dismissed proposal lets its reports go, and is not made again for the same few', async () => {
  const at = spot(-30000, 3000);
  await outage(at);
  const proposed = await proposedAt(at);
  const dismissed = await act(proposed.id, 'dismiss', { version: (await one(proposed.id)).json.version, reason: 'Cắt điện theo lịch' });
  assert.equal(dismissed.status, 200, dismissed.text);
  await filed({ lon: at.lon + 30 * LAT_M, lat: at.lat });
  // The watch has looked again once it has proposed what came after.
  const elsewhere = spot(-30000, 12000);
  await outage(elsewhere);
  await proposedAt(elsewhere);
  assert.ok(!(await list(supervisor.headers, '?status=proposed')).some((i) => inside(at, i)));
  assert.equal(await database.number(`SELECT count(*) FROM hotline.incident_complaints WHERE incident_id = ${proposed.id} AND left_at IS NULL`), 0);
});

test('a supervisor declares one, draws its area anew, and adds and removes by hand', async () => {
  const at = spot(0, 30000);
  const near = await filed(at);
  const further = await filed({ lon: at.lon + 900 * LAT_M, lat: at.lat });
  const square = (metres: number): unknown => {
    const d = metres * LAT_M;
    return { type: 'Polygon', coordinates: [[[at.lon - d, at.lat - d], [at.lon + d, at.lat - d], [at.lon + d, at.lat + d], [at.lon - d, at.lat + d],
      [at.lon - d, at.lat - d]]] };
  };
  const made = await server.post('/api/v1/incidents', { category: 'mat-dien', area: square(300), message_vi: 'Sự cố trạm biến áp' }, supervisor.headers);
  assert.equal(made.status, 201, made.text);
  const { id } = made.json as Incident;
  const codes = async (): Promise<string[]> => (await one(id)).json.list.map((c: { code: string }) => c.code);
  assert.deepEqual(await codes(), [near]);
  assert.equal((await act(id, 'edit', { version: (await one(id)).json.version, area: square(1200) })).status, 200);
  assert.deepEqual((await codes()).sort(), [near, further].sort());
  assert.equal((await act(id, 'edit', { version: (await one(id)).json.version, area: square(300) })).status, 200);
  assert.deepEqual(await codes(), [near]);
  const stray = await filed(spot(0, 36000));
  assert.equal((await act(id, 'add', { version: (await one(id)).json.version, complaint: stray })).status, 200);
  assert.deepEqual((await codes()).sort(), [near, stray].sort());
  assert.equal(problem(await act(id, 'add', { version: (await one(id)).json.version, complaint: stray }), 409)[0]?.code, 'in_incident');
  assert.equal((await act(id, 'edit', { version: (await one(id)).json.version, area: square(400) })).status, 200);
  assert.ok((await codes()).includes(stray), 'what was added by hand stays');
  assert.equal((await act(id, 'remove', { version: (await one(id)).json.version, complaint: near })).status, 200);
  assert.deepEqual(await codes(), [stray]);
});

test('only supervisors decide; bad input and stale versions change nothing', async () => {
  const area = { type: 'Polygon', coordinates: [[[106.7, 10.7], [106.71, 10.7], [106.71, 10.71], [106.7, 10.7]]] };
  problem(await server.post('/api/v1/incidents', { category: 'mat-dien', area }, operator.headers), 403);
  problem(await server.post('/api/v1/incidents', { category: 'mat-dien', area }), 401);
  assert.equal(problem(await server.post('/api/v1/incidents', { category: 'khong', area }, supervisor.headers), 422)[0]?.field, 'category');
  for (const bad of [{}, { type: 'Point', coordinates: [1, 2] }, { type: 'Polygon', coordinates: [[[0, 0], [170, 0], [170, 80], [0, 0]]] },
    { type: 'Polygon', coordinates: 'x' }]) {
    assert.equal(problem(await server.post('/api/v1/incidents', { category: 'mat-dien', area: bad }, supervisor.headers), 422)[0]?.field, 'area');
  }
  const made = await server.post('/api/v1/incidents', { category: 'mat-dien', area }, supervisor.headers);
  assert.equal(made.status, 201, made.text);
  const { id, version } = made.json as Incident;
  assert.equal(problem(await act(id, 'end', { version: version + 5 }), 409)[0]?.code, 'stale');
  assert.equal(problem(await act(id, 'confirm', { version }), 409)[0]?.code, 'wrong_state');
  problem(await act(id, 'explode', { version }), 404);
  problem(await act(999999, 'end', { version: 1 }), 404);
  problem(await act(id, 'end', { version }, operator.headers), 403);
  assert.equal((await server.get(`/api/v1/incidents/${id}`, operator.headers)).status, 200);
});

test('cases, callers and incidents are counted each for itself', async () => {
  // One that is declared holds for the hour before it too, so it began then.
  const from = new Date(Date.now() - 2 * 3600e3).toISOString();
  const count = async (): Promise<Record<string, number>> =>
    (await server.get(`/api/v1/statistics/reporters?from=${encodeURIComponent(from)}`, supervisor.headers)).json;
  const before = await count();
  const at = spot(8000, 45000);
  const first = await filed(at, { category: 'o-ga' });
  const later = await filed(at, { category: 'o-ga' });
  await server.post(`/api/v1/complaints/${first}/reporters`, { channel: 'phone' }, operator.headers);
  assert.equal((await server.post(`/api/v1/complaints/${later}/merge`, { into: first, version: 1 }, operator.headers)).status, 200);
  const now = await count();
  const grown = (name: string): number => Number(now[name]) - Number(before[name]);
  assert.deepEqual([grown('cases'), grown('callers'), grown('merged'), grown('reported_again'), grown('incidents')], [1, 3, 1, 1, 0]);
  assert.ok(Number(now.incidents) >= 2 && Number(now.in_incidents) >= 9, JSON.stringify(now));
  problem(await server.get('/api/v1/statistics/reporters'), 401);
});

test('a report that comes in while the area is drawn anew is in it or not, never lost', async () => {
  const at = spot(-12000, 40000);
  const d = 300 * LAT_M;
  const area = { type: 'Polygon', coordinates: [[[at.lon - d, at.lat - d], [at.lon + d, at.lat - d], [at.lon + d, at.lat + d], [at.lon - d, at.lat + d], [at.lon - d, at.lat - d]]] };
  const { id } = (await server.post('/api/v1/incidents', { category: 'mat-dien', area }, supervisor.headers)).json as Incident;
  const filing = Array.from({ length: 20 }, (_, i) => filed({ lon: at.lon + i * 10 * LAT_M, lat: at.lat }));
  const editing = (async () => {
    for (let i = 0; i < 6; i++) {
      await act(id, 'edit', { version: (await one(id)).json.version, area });
    }
  })();
  const codes = await Promise.all(filing);
  await editing;
  const members = (await one(id)).json.list.map((c: { code: string }) => c.code).sort();
  assert.deepEqual(members, codes.sort());
});
