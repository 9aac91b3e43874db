// What is sent again with its Idempotency-Key is done once and answered alike: uploads, accounts, keys,
// calls, messages. Directives by desk and category.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaint, problem } from './lib/city';
import { PASSWORD, type Person, addPerson, sessionOf } from './lib/people';
import { vipsPicture } from './lib/picture';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, must, run } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
let admin: Person;
let operator: Person;
let leader: Person;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const [login, role] of [['quan', 'administrator'], ['truc', 'operator'], ['sep', 'leader']] as const) await addPerson(database, login, role);
  server = await Server.start(database);
  [admin, operator, leader] = [await sessionOf(server, 'quan'), await sessionOf(server, 'truc'), await sessionOf(server, 'sep')];
});
after(async () => {
  await server.stop();
  await database.drop();
});

const keyed = (key: string, headers: Record<string, string> = {}): Record<string, string> => ({ ...headers, 'Idempotency-Key': key });

function upload(path: string, pictures: Buffer[], headers: Record<string, string>, fields: Record<string, string> = {}): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  pictures.forEach((p, i) => form.append('file', new Blob([new Uint8Array(p)]), `anh-${i}.png`));
  return server.request(path, { method: 'POST', body: form, headers });
}
const ids = (answer: Answer): string[] => {
  assert.equal(answer.status, 201, answer.text);
  return answer.json.attachments.map((a: { id: string }) => a.id);
};

test('an upload sent again is the same files; other files under its key are refused; another caller is another', async () => {
  const [one, two] = [vipsPicture(64, 48, '.png'), vipsPicture(65, 48, '.png')];
  const first = await upload('/api/v1/attachments', [one, two], keyed('u-1'));
  const again = await upload('/api/v1/attachments', [one, two], keyed('u-1'));
  assert.deepEqual(again.json, first.json);
  assert.equal(new Set(ids(first)).size, 2);
  const [a] = ids(first);
  const other = await upload('/api/v1/attachments', [two], keyed('u-1'));
  assert.deepEqual(problem(other, 409).map((e) => [e.field, e.code]), [['Idempotency-Key', 'key_reused']]);
  assert.notEqual(ids(await upload('/api/v1/attachments', [one], keyed('u-1', operator.headers)))[0], a);
  assert.notEqual(ids(await upload('/api/v1/attachments', [one], {}))[0], ids(await upload('/api/v1/attachments', [one], {}))[0], 'without a key each is its own');
  problem(await upload('/api/v1/attachments', [one], keyed('x'.repeat(300))), 400);
});

test('files added to a complaint again are there once, in the history too; by its holder and by staff', async () => {
  const { code } = (await server.file(complaint())).json as { code: string };
  const photo = vipsPicture(70, 50, '.png');
  for (const headers of [keyed('h-1'), keyed('s-1', operator.headers)]) {
    const fields: Record<string, string> = headers['Cookie'] ? { purpose: 'evidence' } : {};
    const first = await upload(`/api/v1/complaints/${code}/attachments`, [photo], headers, fields);
    const again = await upload(`/api/v1/complaints/${code}/attachments`, [photo], headers, fields);
    assert.deepEqual(ids(again), ids(first));
  }
  assert.equal(await database.number(`SELECT count(*) FROM hotline.attachments a JOIN hotline.complaints c ON c.id = a.complaint_id WHERE c.code = '${code}'`), 2);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaint_history h JOIN hotline.complaints c ON c.id = h.complaint_id WHERE c.code = '${code}' AND h.event = 'attached'`), 2);
  const other = await upload(`/api/v1/complaints/${code}/attachments`, [vipsPicture(71, 50, '.png')], keyed('s-1', operator.headers), { purpose: 'evidence' });
  assert.deepEqual(problem(other, 409).map((e) => e.code), ['key_reused']);
});

test('an account asked for again gets a link that works, and the first does not; nothing of either is kept', async () => {
  const body = { login: 'moi', name: 'Người mới', role: 'operator' };
  const first = await server.post('/api/v1/users', body, keyed('a-1', admin.headers));
  assert.equal(first.status, 201, first.text);
  const again = await server.post('/api/v1/users', body, keyed('a-1', admin.headers));
  assert.equal(again.status, 201, again.text);
  const { link: l1, ...account1 } = first.json as Record<string, string>;
  const { link: l2, ...account2 } = again.json as Record<string, string>;
  assert.deepEqual(account2, account1);
  assert.notEqual(l1, l2);
  assert.deepEqual(problem(await server.post('/api/v1/users', { ...body, name: 'Khác' }, keyed('a-1', admin.headers)), 409).map((e) => e.code), ['key_reused']);
  const choose = (link = ''): Promise<Answer> => server.post('/api/v1/password', { token: link.split('=')[1], new_password: PASSWORD });
  assert.ok((await choose(l1)).status >= 400, 'the first is worth nothing');
  assert.ok((await choose(l2)).status < 300);
  assert.ok(problem(await server.post('/api/v1/users', body, keyed('a-1', admin.headers)), 409).length > 0, 'in use: it exists');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.secret_requests r WHERE to_jsonb(r)::text LIKE '%${l2?.split('=')[1]}%'`), 0);
});

test('an API key asked for again is another under the same name, until it is used', async () => {
  const body = { name: 'he-thong', scopes: ['read'] };
  const make = (): Promise<Answer> => server.post('/api/v1/keys', body, keyed('k-1', admin.headers));
  const [first, again] = [await make(), await make()];
  assert.deepEqual([first.status, again.status, again.json.name], [201, 201, 'he-thong'], again.text);
  const list = (key: string): Promise<Answer> => server.get('/api/v1/complaints?limit=1', { Authorization: `Bearer ${key}` });
  assert.equal((await list(first.json.key)).status, 401);
  assert.equal((await list(again.json.key)).status, 200);
  assert.ok(problem(await make(), 409).length > 0, 'in use');
  assert.equal((await list(again.json.key)).status, 200);
  assert.deepEqual(problem(await server.post('/api/v1/keys', { name: 'x', scopes: ['webhooks'] }, admin.headers), 422).map((e) => e.field), ['scopes'], 'allowed nothing, is none');
  const byCommand = await run(HOTLINE, ['key', 'add', 'y', '--may', 'webhooks'], { env: { HOTLINE_DATABASE: database.url } });
  assert.notEqual(byCommand.code, 0);
});

test('a message told again by its key is the same one', async () => {
  const key = (await must(HOTLINE, ['key', 'add', 'tong-dai', '--may', 'calls'], { env: { HOTLINE_DATABASE: database.url } })).trim();
  const bearer = { Authorization: `Bearer ${key}` };
  const [path, body] = ['/api/v1/inbound', { channel: 'sms', text: 'Mất nước', from: '0901234567' }];
  const first = await server.post(path, body, keyed('t-1', bearer));
  const again = await server.post(path, body, keyed('t-1', bearer));
  assert.ok(first.status < 300, first.text);
  assert.equal(again.json.id, first.json.id);
  assert.notEqual((await server.post(path, body, keyed('t-2', bearer))).json.id, first.json.id);
});

test('who works for one desk or some categories sees the directives that are about something of theirs', async () => {
  const { code, assignment } = (await server.file(complaint())).json as { code: string; assignment: { agency: { code: string } } };
  const agency = assignment.agency.code;
  await database.sql(`INSERT INTO hotline.desks (agency_id, code, name) SELECT a.id, d, d FROM hotline.agencies a, unnest('{to-a,to-b}'::text[]) d
    WHERE a.code = '${agency}' AND a.valid @> current_date ON CONFLICT DO NOTHING`);
  for (const login of ['to-a', 'to-b', 'khac-loai', 'loai-nay', 'ca']) await addPerson(database, login, 'agency_staff', agency);
  await database.sql(`UPDATE hotline.users u SET desk_id = d.id FROM hotline.desks d JOIN hotline.agencies a ON a.id = d.agency_id WHERE a.code = '${agency}' AND d.code = u.login;
    INSERT INTO hotline.user_categories (user_id, category_id) SELECT u.id, k.id FROM hotline.users u, hotline.categories k
      WHERE (u.login, k.code) IN (('khac-loai', 'cay-xanh'), ('loai-nay', 'tieng-on'));
    UPDATE hotline.complaints c SET desk_id = d.id FROM hotline.desks d WHERE d.code = 'to-a' AND d.agency_id = c.agency_id AND c.code = '${code}'`);
  const given = await server.post('/api/v1/directives', { agency, complaint: code, text: 'Làm ngay', due_at: '2099-01-01T10:00:00+07:00' }, leader.headers);
  assert.equal(given.status, 201, given.text);
  for (const [login, sees] of [['to-a', true], ['to-b', false], ['khac-loai', false], ['loai-nay', true], ['ca', true]] as const) {
    const who = await sessionOf(server, login);
    assert.equal((await server.get('/api/v1/directives', who.headers)).json.directives.length, sees ? 1 : 0, login);
    assert.equal((await server.get(`/api/v1/directives/${given.json.id}`, who.headers)).status, sees ? 200 : 404, login);
    const answered = await server.post(`/api/v1/directives/${given.json.id}/actions`, { action: 'answer', version: 0, text: 'x' }, who.headers);
    assert.equal(answered.status, sees ? 409 : 404, `${login}: ${answered.text}`);
  }
});
