// Calls that a telephone system tells of, and items from other channels: who may, what comes up where,
// that a number or a sender goes to nobody else, and that nothing is entered twice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { type Person, addPerson, sessionOf } from './lib/people';
import { vipsPicture } from './lib/picture';
import { HOTLINE, must, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
let truc: Person;
let lan: Person;
let boss: Person;
let staff: Person;
let key: Record<string, string>;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await database.sql('DELETE FROM personal.inbound_senders; DELETE FROM hotline.inbound_items; DELETE FROM hotline.seats; DELETE FROM hotline.calls');
  const agency = await database.sql("SELECT code FROM hotline.agencies WHERE valid @> current_date ORDER BY code LIMIT 1");
  await addPerson(database, 'truc', 'operator');
  await addPerson(database, 'lan', 'operator');
  await addPerson(database, 'ca-truong', 'supervisor');
  await addPerson(database, 'can-bo', 'agency_staff', agency);
  server = await Server.start(database);
  truc = await sessionOf(server, 'truc');
  lan = await sessionOf(server, 'lan');
  boss = await sessionOf(server, 'ca-truong');
  staff = await sessionOf(server, 'can-bo');
  key = { Authorization: `Bearer ${await newKey('tong-dai')}` };
});
after(async () => {
  await server.stop();
  await database.drop();
});

async function newKey(name: string): Promise<string> {
  return (await must(HOTLINE, ['key', 'add', name, '--may', 'calls'], { env: { HOTLINE_DATABASE: database.url } })).trim();
}

let serial = 0;
const NUMBER = '+84 903 111 222';
const PLAIN = '0903111222';

async function sit(who: Person, seat: string): Promise<void> {
  const taken = await server.post('/api/v1/seats', { seat }, who.headers);
  assert.equal(taken.status, 200, taken.text);
  assert.deepEqual(taken.json, { seat });
}

function ring(change: Record<string, unknown> = {}, headers = key): Promise<Answer> {
  return server.post('/api/v1/calls', { call: `c-${++serial}`, number: NUMBER, seat: '12', ...change }, headers);
}

function bring(change: Record<string, unknown> = {}, headers = key): Promise<Answer> {
  return server.post('/api/v1/inbound', { channel: 'email', text: 'Đèn đường hư trước nhà', from: 'an@example.org', message: `m-${++serial}`, ...change }, headers);
}

/** Listens to somebody's stream of calls. */
class Listener {
  text = '';
  private readonly abort = new AbortController();

  static async open(who: Person): Promise<Listener> {
    const listener = new Listener();
    const response = await fetch(`${server.base}/api/v1/calls/events`, { headers: who.headers, signal: listener.abort.signal });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    void (async () => {
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const decoder = new TextDecoder();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          listener.text += decoder.decode(value, { stream: true });
        }
      } catch {
        // closed by either side
      }
    })();
    await waitUntil('the stream to begin', () => listener.text.includes('event: hello'));
    return listener;
  }

  close(): void {
    this.abort.abort();
  }
}

test('a call comes up on the screens of whoever sits there, and on no other; its number is in no event', async () => {
  await sit(truc, '12');
  await sit(lan, '13');
  const [mine, another] = [await Listener.open(truc), await Listener.open(lan)];
  const told = await ring();
  assert.equal(told.status, 201, told.text);
  assert.deepEqual({ operator: told.json.operator, new: told.json.new }, { operator: 'truc', new: true });
  const id = told.json.id as number;
  await waitUntil('the event', () => mine.text.includes(`event: call\ndata: {"id":${id}}`));
  await ring({ seat: '13' }); // so that it is known that hers works too
  await waitUntil('the other event', () => another.text.includes('event: call'));
  assert.ok(!another.text.includes(`{"id":${id}}`), another.text);
  for (const text of [mine.text, another.text]) assert.doesNotMatch(text, /903|111222/);
  mine.close();
  another.close();

  const shown = await server.get(`/api/v1/calls/${id}`, truc.headers);
  assert.equal(shown.json.number, PLAIN);
  assert.equal(shown.json.seat, '12');
  await server.get(`/api/v1/calls/${id}`, truc.headers);
  assert.equal(await database.sql(`SELECT string_agg(viewer || ' ' || number || ' ' || purpose, ';')
    FROM personal.number_looks WHERE call_id = ${id}`), `user:truc ${PLAIN} call`, 'one look, recorded');
  problem(await server.get(`/api/v1/calls/${id}`, lan.headers), 404);
  problem(await server.get(`/api/v1/calls/${id}`, boss.headers), 404);
  problem(await server.get(`/api/v1/calls/${id}`, staff.headers), 403);
  problem(await server.get(`/api/v1/calls/${id}`, key), 403);
  problem(await server.get(`/api/v1/calls/${id}`), 401);
});

test('told again, a call adds what is new and is no second one', async () => {
  const first = await ring({ call: 'again', started_at: new Date(Date.now() - 20000).toISOString() });
  assert.equal(first.status, 201);
  const answered = new Date(Date.now() - 15000).toISOString();
  const second = await ring({ call: 'again', answered_at: answered });
  assert.equal(second.status, 200, second.text);
  assert.equal(second.json.id, first.json.id);
  const ended = await ring({ call: 'again', ended_at: new Date().toISOString() });
  assert.equal(ended.json.new, false);
  const shown = await server.get(`/api/v1/calls/${first.json.id}`, truc.headers);
  assert.equal(new Date(shown.json.answered_at).getTime(), new Date(answered).getTime());
  assert.ok(shown.json.ended_at);
  // Another system's call of the same name is another call.
  const other = await ring({ call: 'again' }, { Authorization: `Bearer ${await newKey('tong-dai-2')}` });
  assert.equal(other.status, 201);
  assert.notEqual(other.json.id, first.json.id);
});

test('a call moved to another seat comes up there', async () => {
  const moved = await ring({ call: 'moved' });
  assert.equal(moved.json.operator, 'truc');
  const listener = await Listener.open(lan);
  assert.equal((await ring({ call: 'moved', seat: '13' })).json.operator, 'lan');
  await waitUntil('the event', () => listener.text.includes(`{"id":${moved.json.id}}`));
  listener.close();
  problem(await server.get(`/api/v1/calls/${moved.json.id}`, truc.headers), 404);
});

test('a seat has one operator: who is pushed off it is told', async () => {
  await sit(truc, '20');
  const listener = await Listener.open(truc);
  await sit(lan, '20');
  await waitUntil('the event', () => listener.text.includes('event: seat'));
  listener.close();
  assert.equal((await server.get('/api/v1/calls', truc.headers)).json.seat, null);
  assert.equal((await server.get('/api/v1/calls', lan.headers)).json.seat, '20');
  assert.equal((await ring({ seat: '20' })).json.operator, 'lan');
  assert.equal((await ring({ seat: 'empty-one' })).json.operator, null, 'kept, for nobody');
  assert.equal((await ring({ seat: undefined, operator: 'truc' })).json.operator, 'truc', 'by login');
  await sit(truc, '12');
});

test('only a telephone system and those who take calls may tell of one', async () => {
  problem(await ring({}, {}), 401);
  problem(await ring({}, { Authorization: 'Bearer hl_wrong' }), 401);
  problem(await ring({}, staff.headers), 403);
  problem(await server.post('/api/v1/calls', { call: 'x' }, { Cookie: truc.headers['Cookie'] ?? '' }), 403); // no CSRF token
  const own = await ring({ seat: undefined }, truc.headers);
  assert.equal(own.status, 201, own.text);
  assert.equal(own.json.operator, 'truc', 'one’s own page tells of one’s own call');
  const events = await server.get('/api/v1/calls/events');
  problem(events, 401);
  problem(await server.get('/api/v1/calls/events', staff.headers), 403);
  problem(await server.get('/api/v1/calls', staff.headers), 403);
});

test('what is wrong with a call is said, and nothing is kept of it', async () => {
  const before = await database.number('SELECT count(*) FROM hotline.calls');
  const wrong: [Record<string, unknown>, string, string][] = [
    [{ call: undefined }, 'call', 'required'], [{ call: 7 }, 'call', 'wrong_type'], [{ call: 'x'.repeat(101) }, 'call', 'too_long'],
    [{ number: 'nobody' }, 'number', 'unknown'], [{ number: '1'.repeat(21) }, 'number', 'unknown'], [{ number: 'a\u0000b' }, 'number', 'control_character'],
    [{ seat: 'a b' }, 'seat', 'malformed'], [{ seat: undefined, operator: 'nobody-here' }, 'operator', 'unknown'],
    [{ seat: undefined, operator: 'can-bo' }, 'operator', 'unknown'],
    [{ started_at: 'yesterday' }, 'started_at', 'not_a_time'], [{ colour: 'red' }, 'colour', 'unknown_field'],
  ];
  for (const [change, field, code] of wrong) {
    const errors = problem(await ring(change), 422);
    assert.deepEqual([errors[0]?.field, errors[0]?.code], [field, code], JSON.stringify(change));
  }
  problem(await server.request('/api/v1/calls', { method: 'POST', headers: { ...key, 'Content-Type': 'application/json' }, body: '{' }), 400);
  problem(await server.request('/api/v1/calls', { method: 'POST', headers: key, body: 'call=1' }), 415);
  assert.equal(await database.number('SELECT count(*) FROM hotline.calls'), before);
  for (const path of ['/api/v1/calls/x', '/api/v1/calls/0x1', '/api/v1/calls/99999999999999999999', '/api/v1/calls/999999']) {
    problem(await server.get(path, truc.headers), 404);
  }
});

test('a telephone system gone mad is told to wait', async () => {
  await database.sql(`INSERT INTO hotline.calls (source, started_at) SELECT 'key:mad', now() FROM generate_series(1, 3000)`);
  const answer = await ring();
  problem(answer, 503);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  await database.sql("DELETE FROM hotline.calls WHERE source = 'key:mad'");
  assert.equal((await ring()).status, 201);
});

test('a system that brings more than anybody enters is told to wait', async () => {
  const bring = (): Promise<Answer> => server.post('/api/v1/inbound', { channel: 'sms', text: 'Mất nước' }, key);
  await database.sql(`INSERT INTO hotline.inbound_items (channel, source, received_at, words) SELECT 'sms', 'key:mad', now(), 'x' FROM generate_series(1, 20000)`);
  const answer = await bring();
  problem(answer, 503);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  await database.sql("DELETE FROM hotline.inbound_items WHERE source = 'key:mad'");
  const taken = await bring();
  assert.equal(taken.status, 201, taken.text);
  await database.sql(`DELETE FROM hotline.inbound_items WHERE id = ${taken.json.id}`);
});

test('streams of one person are bounded', async () => {
  const open: AbortController[] = [];
  const kept: Response[] = []; // one that nobody holds is closed by the collector
  let refused = 0;
  for (let i = 0; i < 40; i++) {
    const abort = new AbortController();
    const response = await fetch(`${server.base}/api/v1/calls/events`, { headers: lan.headers, signal: abort.signal });
    if (response.status === 503) refused++;
    else assert.equal(response.status, 200);
    open.push(abort);
    kept.push(response);
  }
  assert.equal(kept.length, 40);
  assert.ok(refused >= 24, `two workers of at most eight each: ${refused} of 40 refused`);
  for (const abort of open) abort.abort();
  await waitUntil('room again', async () => {
    const abort = new AbortController();
    const response = await fetch(`${server.base}/api/v1/calls/events`, { headers: lan.headers, signal: abort.signal });
    abort.abort();
    return response.status === 200;
  });
});

async function filed(reporter: Record<string, unknown>, description = 'Hàng xóm hát karaoke'): Promise<string> {
  const made = await server.file(complaint({ channel: 'phone', reporter, description }), truc.headers);
  assert.equal(made.status, 201, made.text);
  return made.json.code as string;
}

test('earlier complaints of a number are masked until a purpose is told, and every look is recorded', async () => {
  const open = await filed({ name: 'Bà Tư', phone: '0903 777 888' });
  const hidden = await filed({ name: 'Ông Năm', phone: '0903777888', anonymous: true }, 'Điều không ai được biết');
  await filed({ phone: '0903777889' });
  const ask = (body: unknown, who = lan.headers) => server.post('/api/v1/calls/earlier', body, who);
  const masked = await ask({ number: '+84903777888' });
  assert.equal(masked.status, 200, masked.text);
  assert.equal(masked.json.complaints.length, 1);
  assert.deepEqual(Object.keys(masked.json.complaints[0]).sort(), ['category', 'open', 'received_at', 'status']);
  assert.equal(masked.json.withheld, 1);
  assert.equal(masked.json.masked, true);
  assert.ok(!masked.text.includes(open) && !masked.text.includes('karaoke'));
  const looks = () => database.sql(`SELECT coalesce(string_agg(viewer || ' ' || purpose, ';' ORDER BY l.id), '')
    FROM personal.reporter_looks l JOIN hotline.complaints c ON c.id = l.complaint_id WHERE c.code IN ('${open}', '${hidden}')`);
  assert.equal(await looks(), '');

  const told = await ask({ number: '0903777888', purpose: 'follow_up' });
  assert.equal(told.json.complaints[0].code, open);
  assert.equal(told.json.complaints[0].description, 'Hàng xóm hát karaoke');
  assert.ok(!told.text.includes(hidden) && !told.text.includes('Điều không'), 'who wanted not to be recognised is not');
  assert.ok(!told.text.includes('Bà Tư'), 'never the name');
  assert.equal(await looks(), 'user:lan follow_up');
  assert.equal(await database.sql(`SELECT string_agg(purpose, ' ' ORDER BY id) FROM personal.number_looks
    WHERE number = '0903777888' AND viewer = 'user:lan'`), 'masked follow_up');

  problem(await ask({ number: '0903777888', purpose: 'curious' }), 422);
  problem(await ask({ number: 'x' }), 422);
  problem(await ask({}), 422);
  problem(await ask({ number: '0903777888' }, {}), 401);
  problem(await ask({ number: '0903777888' }, staff.headers), 403);
  problem(await ask({ number: '0903777888' }, key), 403);
  assert.ok(!server.logContains('0903777888') && !server.logContains(PLAIN), 'no number in the log');
});

test('numbers cannot be gone through one after another', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 64; i++) {
    statuses.push((await server.post('/api/v1/calls/earlier', { number: `09${String(10000000 + i)}` }, boss.headers)).status);
  }
  assert.equal(statuses[0], 200);
  assert.equal(statuses[63], 503, statuses.join(' '));
});

test('the time from a call to its complaint is counted, for those who may see it', async () => {
  await database.sql('UPDATE hotline.calls SET outcome = \'none\' WHERE outcome IS NULL');
  const started = new Date(Date.now() - 95000).toISOString();
  const call = await ring({ call: 'timed', started_at: started });
  const code = await filed({});
  const done = (body: unknown, who = truc.headers, name = '') => server.post('/api/v1/calls/outcomes', body, { ...who, ...(name ? { 'Idempotency-Key': name } : {}) });
  const outcome = { call: call.json.id, result: 'filed', complaint: code, saved_at: new Date(Date.now() - 5000).toISOString() };
  problem(await done(outcome, lan.headers), 404);
  problem(await done({ ...outcome, complaint: undefined }), 422);
  problem(await done({ ...outcome, complaint: '000000000' }), 422);
  problem(await done({ ...outcome, result: 'sold' }), 422);
  problem(await done(outcome, staff.headers), 403);
  assert.equal((await done(outcome, truc.headers, 'once')).status, 200);
  assert.equal((await done(outcome, truc.headers, 'once')).status, 200, 'sent again');
  problem(await done({ ...outcome, saved_at: undefined }), 409);
  // Taken by hand, without a telephone system; what a clock that is wrong says is kept within reason.
  assert.equal((await done({ result: 'filed', complaint: code, started_at: '2001-01-01T00:00:00Z' }, lan.headers)).status, 200);
  assert.equal((await done({ result: 'none', started_at: started }, lan.headers)).status, 200);

  const all = await server.get('/api/v1/calls/statistics', boss.headers);
  assert.equal(all.status, 200, all.text);
  const mine = all.json.operators.find((o: { login: string }) => o.login === 'truc');
  assert.equal(mine.filed, 1);
  assert.ok(mine.median_s >= 89 && mine.median_s <= 91, `${mine.median_s}`);
  const hers = all.json.operators.find((o: { login: string }) => o.login === 'lan');
  assert.ok(hers.median_s <= 12 * 3600 + 60, `${hers.median_s}`);
  assert.equal(all.json.spread.reduce((sum: number, b: { filed: number }) => sum + b.filed, 0), all.json.filed);
  assert.equal(all.json.spread.find((b: { from_s: number }) => b.from_s === 90).filed, 1);
  assert.ok(all.json.hours.length >= 1);
  const own = await server.get('/api/v1/calls/statistics', truc.headers);
  assert.deepEqual(own.json.operators.map((o: { login: string }) => o.login), ['truc'], 'an operator sees nobody else');
  problem(await server.get('/api/v1/calls/statistics'), 401);
  problem(await server.get('/api/v1/calls/statistics', staff.headers), 403);
  problem(await server.get('/api/v1/calls/statistics?from=2020-01-01', boss.headers), 400);
  problem(await server.get('/api/v1/calls/statistics?from=x', boss.headers), 400);
});

test('what one filed oneself is listed, and nobody else’s', async () => {
  const code = await filed({ name: 'Không hiện', phone: '0903555666' });
  const mine = await server.get('/api/v1/filed', truc.headers);
  assert.equal(mine.json.complaints[0].code, code);
  assert.doesNotMatch(mine.text, /Không hiện|0903555666/);
  assert.deepEqual((await server.get('/api/v1/filed', lan.headers)).json.complaints, []);
  problem(await server.get('/api/v1/filed', staff.headers), 403);
  problem(await server.get('/api/v1/filed'), 401);
});

test('an item is entered by one operator: taken, filed, gone from the queue', async () => {
  const brought = await bring({ subject: 'Đèn hư', from_name: 'An' });
  assert.equal(brought.status, 201, brought.text);
  const id = brought.json.id as number;
  const list = await server.get('/api/v1/inbound', lan.headers);
  assert.ok(list.json.items.some((i: { id: number }) => i.id === id));
  assert.doesNotMatch(list.text, /example\.org/, 'who wrote is not in the list');
  problem(await server.get(`/api/v1/inbound/${id}`, truc.headers), 404); // not taken yet

  const next = await server.post('/api/v1/inbound/next', {}, truc.headers);
  assert.equal(next.json.id, id);
  const shown = await server.get(`/api/v1/inbound/${id}`, truc.headers);
  assert.deepEqual([shown.json.from, shown.json.from_name, shown.json.text], ['an@example.org', 'An', 'Đèn đường hư trước nhà']);
  assert.equal(await database.sql(`SELECT string_agg(viewer, ' ') FROM personal.inbound_looks WHERE item_id = ${id}`), 'user:truc');
  problem(await server.get(`/api/v1/inbound/${id}`, lan.headers), 404);
  problem(await server.get(`/api/v1/inbound/${id}`, key), 403);
  assert.equal(problem(await server.post(`/api/v1/inbound/${id}/take`, {}, lan.headers), 409)[0]?.code, 'under_way');
  problem(await server.post(`/api/v1/inbound/${id}/discard`, { reason: 'mine now' }, lan.headers), 409);
  problem(await server.post('/api/v1/inbound/next', {}, lan.headers), 404);

  const code = await filed({}, 'Đèn đường hư');
  problem(await server.post(`/api/v1/inbound/${id}/file`, { complaint: 'AAAAAAAAA' }, truc.headers), 422);
  assert.equal((await server.post(`/api/v1/inbound/${id}/file`, { complaint: code }, { ...truc.headers, 'Idempotency-Key': 'file-1' })).status, 200);
  assert.equal((await server.post(`/api/v1/inbound/${id}/file`, { complaint: code }, { ...truc.headers, 'Idempotency-Key': 'file-1' })).status, 200);
  problem(await server.post(`/api/v1/inbound/${id}/take`, {}, lan.headers), 409);
  assert.ok(!(await server.get('/api/v1/inbound', lan.headers)).json.items.some((i: { id: number }) => i.id === id));
});

test('what nobody finishes is offered again; what is discarded says why', async () => {
  const { id } = (await bring()).json as { id: number };
  assert.equal((await server.post(`/api/v1/inbound/${id}/take`, {}, truc.headers)).status, 200);
  await database.sql(`UPDATE hotline.inbound_items SET taken_until = now() - interval '1 second' WHERE id = ${id}`);
  problem(await server.get(`/api/v1/inbound/${id}`, truc.headers), 404); // the time is over
  assert.equal((await server.post('/api/v1/inbound/next', {}, lan.headers)).json.id, id);
  problem(await server.post(`/api/v1/inbound/${id}/release`, {}, truc.headers), 409);
  assert.equal((await server.post(`/api/v1/inbound/${id}/release`, {}, lan.headers)).status, 200);
  assert.equal((await server.post(`/api/v1/inbound/${id}/take`, {}, truc.headers)).status, 200);
  problem(await server.post(`/api/v1/inbound/${id}/discard`, {}, truc.headers), 422);
  problem(await server.post(`/api/v1/inbound/${id}/burn`, {}, truc.headers), 404);
  assert.equal((await server.post(`/api/v1/inbound/${id}/discard`, { reason: 'Quảng cáo' }, truc.headers)).status, 200);
  assert.equal(await database.sql(`SELECT state || ' ' || closed_by || ' ' || reason FROM hotline.inbound_items WHERE id = ${id}`),
    'discarded truc Quảng cáo');
});

test('many operators who take the next at once get different ones', async () => {
  const ids = new Set<number>();
  for (let i = 0; i < 6; i++) ids.add((await bring()).json.id as number);
  const taken = await Promise.all(Array.from({ length: 8 }, (_, i) => server.post('/api/v1/inbound/next', {}, i % 2 ? truc.headers : lan.headers)));
  const got = taken.filter((a) => a.status === 200).map((a) => a.json.id as number);
  assert.equal(new Set(got).size, got.length, got.join(' '));
  for (const answer of taken) assert.ok([200, 404].includes(answer.status), answer.text);
  await database.sql("UPDATE hotline.inbound_items SET state = 'discarded', reason = 'test' WHERE state = 'waiting'");
});

test('only other systems bring items, and only good ones', async () => {
  const before = await database.number('SELECT count(*) FROM hotline.inbound_items');
  problem(await bring({}, {}), 401);
  problem(await bring({}, truc.headers), 403);
  const wrong: [Record<string, unknown>, string, string][] = [
    [{ channel: 'phone' }, 'channel', 'unknown'], [{ channel: undefined }, 'channel', 'required'], [{ text: '' }, 'text', 'required'],
    [{ text: 'x'.repeat(20001) }, 'text', 'too_long'], [{ from: 'x'.repeat(255) }, 'from', 'too_long'], [{ received_at: '1' }, 'received_at', 'not_a_time'],
    [{ attachment: 1 }, 'attachment', 'unknown_field'],
  ];
  for (const [change, field, code] of wrong) {
    const errors = problem(await bring(change), 422);
    assert.deepEqual([errors[0]?.field, errors[0]?.code], [field, code], JSON.stringify(change).slice(0, 80));
  }
  assert.equal(await database.number('SELECT count(*) FROM hotline.inbound_items'), before);
  const first = await bring({ message: 'same' });
  const second = await bring({ message: 'same', text: 'other words' });
  assert.deepEqual([first.status, second.status], [201, 200], 'a message that is brought twice is one');
  assert.equal(first.json.id, second.json.id);
});

async function sent(name: string, headers: Record<string, string>): Promise<Answer> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(vipsPicture(60 + ++serial, 40, '.png'))]), name);
  return server.request('/api/v1/attachments', { method: 'POST', body: form, headers });
}
async function fileOf(name: string, headers = key): Promise<string> {
  const answer = await sent(name, headers);
  assert.equal(answer.status, 201, answer.text);
  return answer.json.attachments[0].id as string;
}
const opened = async (id: string, headers: Record<string, string> = {}, query = ''): Promise<number> =>
  (await server.get(`/api/v1/attachments/${id}/thumb${query}`, headers)).status;

test('files that come with an item are seen by who has it, filed by who was shown it, and swept when left out', async () => {
  const [kept, left] = [await fileOf('o-ga.png'), await fileOf('chu-ky.png')];
  assert.equal(await opened(kept), 200, 'nobody’s yet: its id opens it');
  const brought = await bring({ attachments: [kept, left, kept], message: 'with-files' });
  assert.equal(brought.status, 201, brought.text);
  const id = brought.json.id as number;
  assert.equal((await bring({ attachments: [kept, left], message: 'with-files' })).status, 200, 'brought again it is the same');

  // Nobody has the item: nobody sees or files what came with it.
  const everybody = [{}, key, truc.headers, lan.headers, boss.headers, staff.headers];
  for (const who of everybody) assert.equal(await opened(kept, who), 404);
  for (const who of [{}, lan.headers]) {
    const stolen = problem(await server.file(complaint({ attachments: [kept] }), who), 422);
    assert.equal(stolen[0]?.field, 'attachments');
  }
  assert.ok(!(await server.get('/api/v1/inbound', lan.headers)).text.includes(kept), 'not in the list');

  assert.equal((await server.post(`/api/v1/inbound/${id}/take`, {}, truc.headers)).status, 200);
  const shown = await server.get(`/api/v1/inbound/${id}`, truc.headers);
  assert.deepEqual(shown.json.attachments.map((a: { id: string; name: string }) => [a.id, a.name]), [[kept, 'o-ga.png'], [left, 'chu-ky.png']]);
  for (const who of everybody) assert.equal(await opened(kept, who), who === truc.headers ? 200 : 404);

  // They stay while it waits, however long; what no item names does not.
  const forgotten = await fileOf('thua.png');
  await database.sql(`UPDATE hotline.attachments SET uploaded_at = now() - interval '30 hours' WHERE id IN ('${kept}', '${left}', '${forgotten}')`);
  await database.sql('SELECT hotline.attachments_forget_waiting()');
  assert.equal(await database.sql(`SELECT string_agg(name, ' ' ORDER BY name DESC) FROM hotline.attachments WHERE id IN ('${kept}', '${left}', '${forgotten}')`), 'o-ga.png chu-ky.png');

  // Saved without a connection it may be sent when the time is over: by who was shown it, and by nobody else.
  await database.sql(`UPDATE hotline.inbound_items SET taken_until = now() - interval '1 second' WHERE id = ${id}`);
  assert.equal(await opened(kept, truc.headers), 404);
  problem(await server.file(complaint({ attachments: [kept] }), lan.headers), 422);
  const body = complaint({ channel: 'email', description: 'Từ thư có ảnh', attachments: [kept] });
  const made = await server.file(body, { ...truc.headers, 'Idempotency-Key': 'item-with-files' });
  assert.equal(made.status, 201, made.text);
  const again = await server.file(body, { ...truc.headers, 'Idempotency-Key': 'item-with-files' });
  assert.equal(again.json.code, made.json.code, 'sent twice, filed once');
  const code = made.json.code as string;
  assert.equal((await server.post(`/api/v1/inbound/${id}/file`, { complaint: code }, truc.headers)).status, 200);
  assert.deepEqual((await server.get(`/api/v1/complaints/${code}`)).json.attachments.map((a: { id: string }) => a.id), [kept]);
  assert.equal(await opened(kept, {}, `?code=${code}`), 200, 'from now on it is the complaint’s');
  assert.equal(await opened(kept), 404);
  for (const who of everybody) assert.equal(await opened(left, who), 404, 'what was left out is nobody’s');
  problem(await server.file(complaint({ attachments: [left] }), truc.headers), 422);
  await database.sql('SELECT hotline.attachments_forget_waiting()');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.attachments WHERE id = '${left}'`), 0);
});

test('an item takes only files that its own system sent and that nothing has; a refused one changes nothing', async () => {
  const own = await fileOf('a.png');
  const other = await fileOf('b.png', {});
  const operators = await fileOf('c.png', truc.headers);
  const stranger = { Authorization: `Bearer ${await newKey('cong-khac')}` };
  const reader = { Authorization: `Bearer ${(await must(HOTLINE, ['key', 'add', 'chi-doc', '--may', 'read'], { env: { HOTLINE_DATABASE: database.url } })).trim()}` };
  assert.equal((await sent('d.png', reader)).status, 403);
  const before = await database.number('SELECT count(*) FROM hotline.inbound_items');
  for (const attachments of [[other], [own, operators], ['khong-co'], [1], [{ id: own }]]) {
    assert.deepEqual(problem(await bring({ attachments }), 422).map((e) => [e.field, e.code]), [['attachments', 'unknown']], JSON.stringify(attachments));
  }
  problem(await bring({ attachments: [own] }, stranger), 422);
  assert.equal(problem(await bring({ attachments: own }), 422)[0]?.field, 'attachments');
  assert.equal(problem(await bring({ attachments: Array.from({ length: 11 }, () => own) }), 422)[0]?.code, 'too_long');
  assert.equal(await database.number('SELECT count(*) FROM hotline.inbound_items'), before);
  const first = await bring({ attachments: [own] });
  assert.equal(first.status, 201, first.text);
  problem(await bring({ attachments: [own] }), 422);

  // A message that is discarded takes its files along, one that is erased at once.
  const id = first.json.id as number;
  await database.sql(`SELECT personal.inbound_erase(ARRAY[${id}]::bigint[], 'user:truc')`);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.attachments WHERE id = '${own}'`), 0);
  const spam = await fileOf('spam.png');
  const item = (await bring({ attachments: [spam] })).json.id as number;
  assert.equal((await server.post(`/api/v1/inbound/${item}/take`, {}, truc.headers)).status, 200);
  assert.equal((await server.post(`/api/v1/inbound/${item}/discard`, { reason: 'Quảng cáo' }, truc.headers)).status, 200);
  assert.equal(await opened(spam, truc.headers), 404);
  await database.sql(`UPDATE hotline.attachments SET uploaded_at = now() - interval '30 hours' WHERE id = '${spam}'`);
  await database.sql('SELECT hotline.attachments_forget_waiting()');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.attachments WHERE id = '${spam}'`), 0);
});

test('what waits with items shuts out the systems that bring them, and nobody else', async () => {
  const id = await fileOf('lon.png');
  assert.equal((await bring({ attachments: [id] })).status, 201);
  await database.sql("UPDATE hotline.settings SET value = '1' WHERE key = 'attachments_waiting_bytes'; DELETE FROM hotline.attachments a WHERE a.complaint_id IS NULL AND NOT hotline.inbound_waits(a.id)");
  try {
    assert.equal((await sent('them.png', key)).status, 503);
    assert.equal((await sent('them.png', {})).status, 201);
  } finally {
    await database.sql("UPDATE hotline.settings SET value = '10737418240' WHERE key = 'attachments_waiting_bytes'");
  }
});

test('the service’s role cannot read numbers and senders by itself', async () => {
  for (const table of ['personal.call_numbers', 'personal.number_looks', 'personal.inbound_senders', 'personal.inbound_looks']) {
    assert.equal(await database.sql(`SELECT has_table_privilege('hotline_service', '${table}', 'SELECT, INSERT, UPDATE, DELETE')
      OR has_table_privilege('hotline_readonly', '${table}', 'SELECT')`), 'f', table);
  }
  for (const table of ['personal.number_looks', 'personal.inbound_looks']) {
    await assert.rejects(database.sql(`DELETE FROM ${table}`), /append-only/);
  }
  assert.equal(await database.sql("SELECT has_table_privilege('hotline_readonly', 'hotline.inbound_items', 'SELECT')"), 'f');
  assert.equal(await database.sql("SELECT has_table_privilege('hotline_service', 'hotline.inbound_files', 'SELECT, INSERT, UPDATE, DELETE')"), 'f');
});

test('the numbers of old calls are forgotten', async () => {
  const { id } = (await ring({ call: 'old' })).json as { id: number };
  await database.sql(`UPDATE hotline.calls SET started_at = now() - interval '91 days' WHERE id = ${id}`);
  await ring();
  assert.equal(await database.number(`SELECT count(*) FROM personal.call_numbers WHERE call_id = ${id}`), 0);
});
