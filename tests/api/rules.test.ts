// The safe change of rules, step by step: who may take each, in which state, and what is refused.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, complaint, problem } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { type Person, addPerson, sessionOf } from './lib/people';
import { HOTLINE, run, waitUntil } from './lib/run';
import { type Answer, Server } from './lib/server';

let database: Database;
let server: Server;
const people: Record<string, Person> = {};
const ROLES = { an: 'administrator', binh: 'administrator', giam: 'supervisor', lanh: 'leader', soat: 'auditor', truc: 'operator' };

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const [login, role] of Object.entries(ROLES)) await addPerson(database, login, role);
  server = await Server.start(database);
  for (const login of Object.keys(ROLES)) people[login] = await sessionOf(server, login);
});
after(async () => {
  await server.stop();
  await database.drop();
});

const SETS = '/api/v1/rule-sets';
const as = (login: string): Record<string, string> => people[login]?.headers ?? {};
const codes = (answer: Answer, status: number): string[] => problem(answer, status).map((e) => `${e.field} ${e.code}`);

async function get(path: string, login = 'an'): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const answer = await server.get(`${SETS}${path}`, as(login));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const post = (path: string, body: unknown, login = 'an', more: Record<string, string> = {}): Promise<Answer> =>
  server.post(`${SETS}${path}`, body, { ...as(login), ...more });

async function draft(login = 'an'): Promise<number> {
  const made = await post('', { title: 'Thử', reason: 'Để thử' }, login);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.state, 'draft');
  return made.json.id as number;
}

const RULE = {
  code: 'loa-keo', name: { vi: 'Loa kẹo kéo', en: 'Loudspeakers' }, class: 'special',
  conditions: ['category tieng-on'], outcome: 'agency trung-tam-1022',
};

async function revision(set: number): Promise<number> {
  return (await get(`/${set}`)).revision as number;
}

async function addRule(set: number, change: Record<string, unknown> = {}, login = 'an'): Promise<Answer> {
  return post(`/${set}/rules`, { ...RULE, revision: await revision(set), ...change }, login);
}

/** Runs a check or a replay to its end. */
async function job(set: number, kind: 'checks' | 'replays', login = 'an'): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const started = await post(`/${set}/${kind}`, { revision: await revision(set) }, login);
  assert.equal(started.status, 202, started.text);
  const ended = await waitUntil(`job ${started.json.id}`, async () => {
    const answer = await server.get(`/api/v1/rule-jobs/${started.json.id}`, as(login));
    return ['queued', 'running'].includes(answer.json.state) ? null : answer.json;
  }, 60000);
  assert.equal(ended.state, 'done', JSON.stringify(ended));
  return ended;
}

async function acknowledgeAll(set: number): Promise<void> {
  const { check } = await get(`/${set}`);
  const findings = check.result.findings.filter((f: { severity: string }) => f.severity === 'warning').map((f: { key: string }) => f.key);
  if (findings.length === 0) return;
  const answer = await post(`/${set}/acknowledge`, { revision: await revision(set), findings, why: 'Đã biết' });
  assert.equal(answer.status, 200, answer.text);
}

async function readyForApproval(set: number): Promise<void> {
  await job(set, 'checks');
  await acknowledgeAll(set);
  await job(set, 'replays');
}

const step = async (set: number, verb: string, login: string, change: Record<string, unknown> = {}): Promise<Answer> =>
  post(`/${set}/${verb}`, { revision: await revision(set), why: 'Vì cần', ...change }, login);

test('who may read, and who may not', async () => {
  problem(await server.get(SETS), 401);
  problem(await server.get(SETS, as('truc')), 403);
  for (const login of ['an', 'giam', 'lanh', 'soat']) {
    const list = await get('', login);
    assert.ok(list.rule_sets.some((s: { state: string }) => s.state === 'published'));
    assert.equal((await get('/published', login)).state, 'published');
    assert.ok(Array.isArray((await get('/published/rules', login)).rules));
  }
  problem(await server.get(`${SETS}/999999`, as('an')), 404);
  problem(await server.get(`${SETS}/abc`, as('an')), 404);
  problem(await server.get('/api/v1/rule-jobs/999999', as('an')), 404);
});

test('only an administrator writes, with the session\'s token', async () => {
  const set = await draft();
  for (const login of ['giam', 'lanh', 'soat', 'truc']) {
    problem(await post('', { title: 'x' }, login), 403);
    problem(await addRule(set, {}, login), 403);
    problem(await post(`/${set}/order`, { revision: 1, codes: [] }, login), 403);
    problem(await step(set, 'publish', login), 403);
    problem(await step(set, 'discard', login), 403);
  }
  problem(await server.post(SETS, { title: 'x' }, { Cookie: as('an')['Cookie'] ?? '' }), 403);
  problem(await server.post(SETS, { title: 'x' }), 401);
  assert.equal((await step(set, 'discard', 'an')).status, 200);
  assert.ok(!(await get('')).rule_sets.some((s: { id: number }) => s.id === set));
});

test('rules are added, changed, ordered and removed; every edit is a new revision and is logged', async () => {
  const set = await draft();
  const count = (await get(`/${set}/rules`)).rules.length as number;
  const added = await addRule(set, { why: 'Nhiều phản ánh' });
  assert.equal(added.status, 201, added.text);
  assert.equal(added.json.revision, 2);
  assert.deepEqual(codes(await addRule(set), 409), ['code exists']);
  const other = await addRule(set, { code: 'loa-khac', valid_from: '2026-01-01', valid_to: '2027-01-01', deadline: '2 hours', urgent: true, partners: ['unit ward'] });
  assert.equal(other.status, 201, other.text);
  const one = await get(`/${set}/rules/loa-khac`);
  assert.deepEqual([one.valid_from, one.deadline, one.urgent, one.partners, one.author], ['2026-01-01', '2 hours', true, ['unit ward'], 'an']);

  const list = (await get(`/${set}/rules`)).rules as { code: string; change: string | null }[];
  assert.equal(list.length, count + 2);
  assert.deepEqual(list.slice(-2).map((r) => [r.code, r.change]), [['loa-keo', 'added'], ['loa-khac', 'added']]);
  const order = [...list.slice(-2).reverse(), ...list.slice(0, -2)].map((r) => r.code);
  const ordered = await post(`/${set}/order`, { revision: 3, codes: order });
  assert.equal(ordered.status, 200, ordered.text);
  assert.deepEqual((await get(`/${set}/rules`)).rules.map((r: { code: string }) => r.code), order);
  assert.deepEqual(codes(await post(`/${set}/order`, { revision: 4, codes: order.slice(1) }), 422), ['codes not_each_once']);
  assert.deepEqual(codes(await post(`/${set}/order`, { revision: 4, codes: [1] }), 422), ['codes wrong_type']);

  const put = await server.request(`${SETS}/${set}/rules/loa-keo`, { method: 'PUT', headers: { ...as('binh'), 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...RULE, code: undefined, outcome: 'unit ward', revision: 4 }) });
  assert.equal(put.status, 200, put.text);
  const gone = await server.request(`${SETS}/${set}/rules/loa-khac?revision=5&why=Thừa`, { method: 'DELETE', headers: as('an') });
  assert.equal(gone.status, 200, gone.text);
  problem(await server.request(`${SETS}/${set}/rules/khong-co?revision=6`, { method: 'DELETE', headers: as('an') }), 404);
  const { log, differences, editors } = await get(`/${set}`);
  assert.deepEqual(log.map((l: { event: string }) => l.event), ['rule_removed', 'rule_changed', 'reordered', 'rule_added', 'rule_added', 'drafted']);
  assert.equal(log[1].detail.before.outcome, 'agency trung-tam-1022');
  assert.deepEqual(differences, [{ code: 'loa-keo', change: 'added' }]);
  assert.deepEqual(editors.sort(), ['user:an', 'user:binh']);
});

test('two editors never overwrite one another', async () => {
  const set = await draft();
  assert.equal((await addRule(set)).status, 201);
  assert.deepEqual(codes(await post(`/${set}/rules`, { ...RULE, code: 'x1', revision: 1 }, 'binh'), 409), ['revision stale']);
  const both = await Promise.all(['an', 'binh'].map((login) => post(`/${set}/rules`, { ...RULE, code: `of-${login}`, revision: 2 }, login)));
  assert.deepEqual(both.map((a) => a.status).sort(), [201, 409]);
  const key = { 'Idempotency-Key': 'add-once' };
  const body = { ...RULE, code: 'x2', revision: 3 };
  const [first, again] = [await post(`/${set}/rules`, body, 'an', key), await post(`/${set}/rules`, body, 'an', key)];
  assert.deepEqual([first.status, again.status, again.json.revision], [201, 201, 4]);
  assert.equal(await revision(set), 4);
});

test('a bad rule is refused by field', async () => {
  const set = await draft();
  const bad = async (change: Record<string, unknown>): Promise<string[]> => codes(await addRule(set, change), 422);
  assert.deepEqual(await bad({ code: 'Có Dấu' }), ['code malformed']);
  assert.deepEqual(await bad({ code: undefined, outcome: undefined }), ['code required', 'outcome required']);
  assert.deepEqual(await bad({ class: 'king' }), ['class unknown_value']);
  assert.deepEqual(await bad({ name: { vi: 'Chỉ tiếng Việt' } }), ['name.en required']);
  assert.deepEqual(await bad({ valid_from: '2025-02-30' }), ['valid_from not_a_time']);
  assert.deepEqual(await bad({ valid_from: '2026-02-01', valid_to: '2026-01-01' }), ['valid_to out_of_range']);
  assert.deepEqual(await bad({ colour: 'red' }), ['colour unknown_field']);
  assert.deepEqual(await bad({ conditions: 'category x' }), ['conditions wrong_type']);
  assert.deepEqual(await bad({ conditions: ['category tieng-on', 'category khong-co'] }), ['conditions[1] unknown']);
  assert.deepEqual(await bad({ conditions: ['when the moon is full'] }), ['conditions[0] malformed']);
  assert.deepEqual(await bad({ conditions: ['inside ward 99999'] }), ['conditions[0] unknown']);
  assert.deepEqual(await bad({ conditions: [7] }), ['conditions[0] wrong_type']);
  assert.deepEqual(await bad({ outcome: 'agency khong-co' }), ['outcome unknown']);
  assert.deepEqual(await bad({ outcome: 'somebody' }), ['outcome malformed']);
  assert.deepEqual(await bad({ partners: ['agency khong-co'] }), ['partners[0] unknown']);
  assert.deepEqual(await bad({ deadline: 'soon' }), ['deadline malformed']);
  assert.equal(await revision(set), 1);
  problem(await addRule(999999).catch(() => post('/999999/rules', { ...RULE, revision: 1 })), 404);
});

test('what is published is not edited, not even in the database', async () => {
  const published = (await get('/published')).id as number;
  assert.deepEqual(codes(await addRule(published), 409), ['state wrong_state']);
  const raw = (text: string): Promise<string> => database.sql(text).then(() => 'done', (e: Error) => (/only drafts are changed|second person|append-only/.exec(e.message)?.[0] ?? e.message));
  assert.equal(await raw(`INSERT INTO hotline.rules (rule_set_id, code, name_vi, name_en, class, position, outcome)
    VALUES (${published}, 'x', 'x', 'x', 'special', 1, 'unit ward')`), 'only drafts are changed');
  const set = await draft();
  assert.equal(await raw(`UPDATE hotline.rule_sets SET state = 'approved', approval = '{"by": "user:an"}' WHERE id = ${set}`), 'second person');
  assert.equal(await raw('DELETE FROM hotline.rule_set_log'), 'append-only');
});

test('a draft goes from check to replay to approval by another to publication, and back', async () => {
  const before = (await get('/published')).id as number;
  const set = await draft();
  assert.deepEqual((await get(`/${set}`, 'giam')).blocks, ['nothing_changed', 'not_checked', 'not_replayed']);
  await addRule(set);
  assert.deepEqual(codes(await step(set, 'approve', 'giam'), 409), ['state not_checked']);
  assert.deepEqual(codes(await step(set, 'publish', 'an'), 409), ['state wrong_state']);
  await readyForApproval(set);
  assert.deepEqual(codes(await step(set, 'approve', 'an'), 403), ['state own_work']);
  problem(await step(set, 'approve', 'lanh'), 403);
  assert.deepEqual(codes(await post(`/${set}/approve`, { revision: await revision(set) }, 'giam'), 422), ['why required']);
  // An edit makes the check and the replay old.
  await addRule(set, { code: 'them' });
  assert.deepEqual((await get(`/${set}`, 'giam')).blocks, ['not_checked', 'not_replayed']);
  await readyForApproval(set);

  const approved = await step(set, 'approve', 'giam');
  assert.equal(approved.status, 200, approved.text);
  assert.equal(approved.json.state, 'approved');
  const { replay, check } = await get(`/${set}`);
  assert.deepEqual({ ...approved.json.approval, at: '' }, { by: 'user:giam', at: '', reason: 'Vì cần', base: before, check: check.id, replay: replay.id });
  assert.deepEqual(codes(await addRule(set, { code: 'nua' }), 409), ['state wrong_state']);
  const reopened = await step(set, 'reopen', 'an');
  assert.deepEqual([reopened.json.state, reopened.json.approval], ['draft', null]);
  assert.equal((await step(set, 'approve', 'binh')).status, 200);

  const published = await step(set, 'publish', 'an');
  assert.equal(published.status, 200, published.text);
  assert.equal((await get('/published')).id, set);
  assert.equal((await get(`/${before}`)).state, 'retired');
  assert.equal(await database.number("SELECT count(*) FROM hotline.rule_sets WHERE state = 'published'"), 1);
  assert.deepEqual(codes(await step(set, 'publish', 'an'), 409), ['state wrong_state']);

  assert.deepEqual(codes(await post(`/${before}/roll-back`, { current: before, why: 'Nhầm' }), 409), ['current stale']);
  assert.deepEqual(codes(await post(`/${set}/roll-back`, { current: set, why: 'Nhầm' }), 409), ['state wrong_state']);
  problem(await post(`/${before}/roll-back`, { current: set, why: 'Nhầm' }, 'lanh'), 403);
  const back = await post(`/${before}/roll-back`, { current: set, why: 'Chuyển sai' }, 'giam');
  assert.equal(back.status, 200, back.text);
  assert.equal((await get('/published')).id, before);
  assert.deepEqual((await get(`/${set}`)).log.slice(0, 3).map((l: { event: string; by: string }) => `${l.event} ${l.by}`),
    ['rolled_back user:giam', 'published user:an', 'approved user:binh']);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.rule_publications WHERE rule_set_id IN (${before}, ${set})`), 3);
});

test('of two drafts one wins; the other is brought up to date, and a clash is named', async () => {
  const [one, two] = [await draft(), await draft()];
  await addRule(one, { code: 'chung' });
  await addRule(two, { code: 'chung', outcome: 'unit ward' });
  await addRule(two, { code: 'rieng' });
  for (const set of [one, two]) {
    await readyForApproval(set);
    assert.equal((await step(set, 'approve', 'binh')).status, 200);
  }
  const both = await Promise.all([one, two].map((set) => step(set, 'publish', 'an')));
  assert.deepEqual(both.map((a) => a.status).sort(), [200, 409]);
  const [winner, loser] = both[0]?.status === 200 ? [one, two] : [two, one];
  assert.deepEqual(codes(both.find((a) => a.status === 409) as Answer, 409), ['state base_moved']);
  await step(loser, 'reopen', 'an');
  assert.ok((await get(`/${loser}`)).blocks.includes('base_moved'));
  assert.deepEqual(codes(await post(`/${loser}/rebase`, { revision: await revision(loser) }), 409), ['keep both_changed']);
  const merged = await post(`/${loser}/rebase`, { revision: await revision(loser), keep: 'published' });
  assert.equal(merged.status, 200, merged.text);
  assert.equal(merged.json.based_on, winner);
  assert.equal((await get(`/${loser}/rules/chung`)).outcome, (await get(`/${winner}/rules/chung`)).outcome);
});

test('jobs are bounded, can be cancelled, and outlive who asked', async () => {
  const set = await draft();
  await addRule(set);
  await database.sql(`INSERT INTO hotline.rule_jobs (kind, rule_set_id, revision, base_id, state, asked_by, seen_at)
    SELECT 'replay', ${set}, 2, hotline.rule_published(), 'running', 'user:an', now() FROM generate_series(1, 1)`);
  assert.deepEqual(codes(await post(`/${set}/replays`, { revision: 2 }), 409), ['kind under_way']);
  assert.deepEqual(codes(await post(`/${set}/replays`, { revision: 1 }), 409), ['revision stale']);
  assert.deepEqual(codes(await post(`/${set}/replays`, { revision: 2, from: 'hôm qua' }), 422), ['from not_a_time']);
  const running = await database.number(`SELECT id FROM hotline.rule_jobs WHERE rule_set_id = ${set} AND state = 'running'`);
  problem(await server.request(`/api/v1/rule-jobs/${running}`, { method: 'DELETE', headers: as('lanh') }), 403);
  const cancelled = await server.request(`/api/v1/rule-jobs/${running}`, { method: 'DELETE', headers: as('giam') });
  assert.equal(cancelled.json.state, 'cancelled');
  assert.deepEqual(codes(await server.request(`/api/v1/rule-jobs/${running}`, { method: 'DELETE', headers: as('giam') }), 409), ['state wrong_state']);
  assert.equal(await database.sql(`SELECT hotline.rule_job_tell(${running}, 1, 2)`), 'f');
});

test('what staff keep moving by hand is offered as a rule', async () => {
  const own = await sessionOf(server, 'truc');
  const to = await database.sql(`SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 1`);
  const offers = async (): Promise<any[]> => (await server.get('/api/v1/corrections', as('an'))).json.offers; // eslint-disable-line @typescript-eslint/no-explicit-any
  assert.deepEqual(await offers(), []);
  problem(await server.get('/api/v1/corrections', as('truc')), 403);
  // An earlier test published: what is moved has to be decided by one and the same rule.
  const published = (await get('/published')).id as number;
  await waitUntil('the service to go by it', async () => (await server.get('/metrics')).text.includes(`hotline_rules_version ${published}\n`));
  let rule = '';
  for (let i = 0; i < 3; i++) {
    const filed = await server.file(complaint());
    rule = filed.json.assignment.rule;
    const moved = await server.post(`/api/v1/complaints/${filed.json.code}/actions`,
      { action: 'reroute', version: 1, agency: to, reason: 'Không phải của chúng tôi' }, own.headers);
    assert.equal(moved.status, 200, moved.text);
  }
  const [offer] = await offers();
  assert.deepEqual([offer.rule, offer.category, offer.to.code, offer.count], [rule, 'tieng-on', to, 3]);
  const set = await draft();
  const added = await post(`/${set}/rules`, { ...offer.proposal, revision: 1 });
  assert.equal(added.status, 201, added.text);
  assert.equal((await get(`/${set}/rules/${offer.proposal.code}`)).outcome, `agency ${to}`);
});

test('the text form goes out and comes back; a bad line is named', async () => {
  const set = await draft();
  await addRule(set, { deadline: '2 hours', urgent: true, conditions: ['category tieng-on', 'not inside ward 26740'], partners: ['unit ward'] });
  const out = await server.get(`${SETS}/${set}/text`, as('lanh'));
  assert.equal(out.status, 200, out.text);
  assert.match(out.headers.get('content-type') ?? '', /^text\/plain/);
  assert.ok(out.text.includes('not inside ward 26740') && out.text.includes('loa-keo'), out.text.slice(-600));
  const put = (body: unknown, login = 'an'): Promise<Answer> => server.request(`${SETS}/${set}/text`,
    { method: 'PUT', headers: { ...as(login), 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const before = (await get(`/${set}/rules`)).rules;
  const same = await put({ revision: 2, text: out.text });
  assert.equal(same.status, 200, same.text);
  const after = (await get(`/${set}/rules`)).rules;
  const plain = (rules: any[]): unknown[] => rules.map(({ position, ...rest }) => { void position; return rest; }); // eslint-disable-line @typescript-eslint/no-explicit-any
  assert.deepEqual(plain(after), plain(before));
  assert.equal((await server.get(`${SETS}/${set}/text`, as('an'))).text, out.text);
  assert.deepEqual(codes(await put({ revision: 3, text: 'nonsense here' }), 422), ['text malformed']);
  problem(await put({ revision: 3, text: out.text }, 'giam'), 403);
});

test('a draft can be asked who it would be, before anybody else goes by it', async () => {
  const set = await draft();
  const to = await database.sql("SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 1");
  await addRule(set, { outcome: `agency ${to}`, conditions: ['category tieng-on', 'not urgent'] });
  const question = `lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=tieng-on`;
  const drafted = await server.get(`${SETS}/${set}/route?${question}`, as('lanh'));
  assert.equal(drafted.status, 200, drafted.text);
  assert.deepEqual([drafted.json.assignment.agency.code, drafted.json.assignment.rule], [to, 'loa-keo']);
  const published = await server.get(`/api/v1/route?${question}`);
  assert.notEqual(published.json.assignment.agency.code, to);
  // An edit is seen at once.
  await server.request(`${SETS}/${set}/rules/loa-keo?revision=2`, { method: 'DELETE', headers: as('an') });
  const edited = await server.get(`${SETS}/${set}/route?${question}`, as('lanh'));
  assert.equal(edited.json.assignment.agency.code, published.json.assignment.agency.code);
  problem(await server.get(`${SETS}/${set}/route?${question}`), 401);
  problem(await server.get(`${SETS}/999999/route?${question}`, as('an')), 404);
  problem(await server.get(`${SETS}/${set}/route?lon=1`, as('an')), 400);
});

test('a replay tells what a draft would have done, to the complaint', async () => {
  const set = await draft();
  const to = await database.sql("SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 1");
  await addRule(set, { outcome: `agency ${to}`, deadline: '1 hours', conditions: ['category tieng-on', 'not urgent'] });
  const { result } = await job(set, 'replays');
  assert.equal(result.total, await database.complaints());
  const noise = await database.number("SELECT count(*) FROM hotline.complaints c JOIN hotline.categories k ON k.id = c.category_id WHERE k.code = 'tieng-on'");
  assert.equal(result.moved, noise);
  assert.equal(result.matrix.reduce((sum: number, m: { count: number }) => sum + m.count, 0), noise);
  assert.ok(result.matrix.every((m: { to: { code: string } }) => m.to.code === to));
  const load = (side: 'before' | 'after'): number => result.agencies.reduce((sum: number, a: Record<string, number>) => sum + (a[side] ?? 0), 0);
  assert.deepEqual([load('before'), load('after')], [result.total, result.total]);
  const mine = result.agencies.find((a: { code: string }) => a.code === to);
  assert.equal(mine.after - mine.before, noise);
  assert.equal(result.deadlines.earlier, noise);
  const placed = await database.number("SELECT count(*) FROM hotline.complaints c JOIN hotline.categories k ON k.id = c.category_id WHERE k.code = 'tieng-on' AND c.geom IS NOT NULL");
  assert.equal(result.cells.reduce((sum: number, c: { count: number }) => sum + c.count, 0), placed);
});

test('a replay counts due times by the calendar of the agency that would have it', async () => {
  // The same deadline for two agencies, of which one works round the clock.
  await database.sql(`INSERT INTO hotline.agencies (code, name, valid, calendar) VALUES
    ('truc-ngay-dem', 'Trực ngày đêm', daterange(NULL, NULL), '24-7'), ('gio-hanh-chinh', 'Giờ hành chính', daterange(NULL, NULL), NULL)`);
  const hours = async (agency: string): Promise<number> => {
    const set = await draft();
    await waitUntil('the service to know the agency', async () =>
      (await addRule(set, { outcome: `agency ${agency}`, deadline: '5 working days', conditions: ['category tieng-on', 'not urgent'] })).status === 201);
    const { result } = await job(set, 'replays');
    assert.ok(result.moved > 0);
    return result.deadlines.hours / result.moved;
  };
  const [round, office] = [await hours('truc-ngay-dem'), await hours('gio-hanh-chinh')];
  assert.ok(round < office - 24, `no weekend counts by the clock: ${round} and ${office} hours on the mean`);
});

test('a check tries each rule where it should hold: hidden, failing and impossible ones, and ties of words and hours', async () => {
  const set = await draft();
  const [one, two] = (await database.sql("SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 2")).split('\n');
  const ward = await database.sql("SELECT code FROM hotline.boundaries WHERE level = 'ward' AND valid @> current_date ORDER BY code LIMIT 1");
  const other = await database.sql("SELECT code FROM hotline.boundaries WHERE level = 'ward' AND valid @> current_date ORDER BY code DESC LIMIT 1");
  const add = async (code: string, outcome: string, ...conditions: string[]): Promise<void> => {
    const answer = await addRule(set, { code, outcome, conditions: ['category y-te', ...conditions] });
    assert.equal(answer.status, 201, answer.text);
  };
  // Two together hide a third, which neither does alone.
  await add('ngay', `agency ${one}`, 'time 06:00-18:00', `inside ward ${ward}`);
  await add('dem', `agency ${one}`, 'not time 06:00-18:00', `inside ward ${ward}`);
  await add('bi-hai-che', `agency ${two}`, `inside ward ${ward}, ${other}`, `not inside ward ${other}`);
  await add('khong-the', `agency ${two}`, `inside ward ${ward}`, 'time 06:00-18:00', 'attribute so in (1)', 'not attribute so given');
  await add('khong-ai', 'unit district'); // nobody has districts today
  await add('chu-mot', `agency ${one}`, 'words "nước đá"', 'attribute tru in (A1)', 'weekday sat');
  await add('chu-hai', `agency ${two}`, 'words "nước đá", "khác"', 'attribute tru given', 'weekday sat, sun');
  const { result } = await job(set, 'checks');
  const found = result.findings.filter((f: { kind: string }) => ['hidden', 'never_true', 'always_skipped', 'conflict', 'unreachable'].includes(f.kind))
    .map((f: { kind: string; severity: string; rule: string }) => `${f.kind} ${f.severity} ${f.rule}`);
  for (const wanted of ['hidden warning bi-hai-che', 'never_true warning khong-the', 'always_skipped warning khong-ai', 'conflict warning chu-mot']) {
    assert.ok(found.includes(wanted), `${wanted} in ${found.join('; ')}`);
  }
  for (const fine of ['ngay', 'dem', 'chu-mot']) {
    assert.ok(!found.some((f: string) => /^(hidden|never_true|always_skipped|unreachable)/.test(f) && f.endsWith(` ${fine}`)), `${fine} is fine: ${found.join('; ')}`);
  }
});

test('the command finds in the published rules what the page finds in a draft', async () => {
  const { stdout } = await run(HOTLINE, ['check'], { env: { HOTLINE_DATABASE: database.url } });
  assert.match(stdout, /\d+ rules and \d+ jurisdictions over \d+ categories and \d+ agencies load/);
  assert.match(stdout, /note: rules: hem-va-duong-noi-bo-truoc-2025 .* has expired\./);
});

test('a check names what is wrong: shadows, ties, expired agencies, and a set that cannot be loaded', async () => {
  const set = await draft();
  const [one, two] = (await database.sql("SELECT code FROM hotline.agencies WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 2")).split('\n');
  await database.sql(`INSERT INTO hotline.agencies (code, name, valid) VALUES ('da-giai-the', 'Đã giải thể', daterange(NULL, '2024-01-01'))`);
  await waitUntil('the service to know the agency', async () => (await addRule(set, { code: 'het-han', outcome: 'agency da-giai-the', conditions: ['category y-te'] })).status === 201);
  await addRule(set, { code: 'rong', outcome: `agency ${one}`, conditions: ['category giao-duc'] });
  await addRule(set, { code: 'bi-che', outcome: `agency ${two}`, conditions: ['category giao-duc'] });
  await addRule(set, { code: 'ngang-mot', outcome: `agency ${one}`, conditions: ['category an-ninh-trat-tu', 'channel web'] });
  await addRule(set, { code: 'ngang-hai', outcome: `agency ${two}`, conditions: ['category an-ninh-trat-tu', 'not urgent'] });
  const { result } = await job(set, 'checks');
  const found = (kind: string): string[] => result.findings.filter((f: { kind: string }) => f.kind === kind).map((f: { severity: string; rule: string }) => `${f.severity} ${f.rule}`);
  assert.ok(found('expired_agency').includes('error het-han'), JSON.stringify(result.findings.map((f: { key: string }) => f.key)));
  assert.ok(found('unreachable').includes('warning bi-che'));
  assert.ok(!found('unreachable').includes('warning rong'));
  assert.ok(found('conflict').includes('warning ngang-mot'), JSON.stringify(result.findings.map((f: { key: string }) => f.key)));
  assert.ok(result.errors >= 1);
  for (const f of result.findings) {
    assert.ok(f.text.vi && f.text.en && f.mend.vi && f.mend.en, f.key);
    if (f.kind === 'only_fallback') assert.ok(f.km2 > 0 && f.geometry.type === 'MultiPolygon');
  }
  await job(set, 'replays');
  assert.deepEqual(codes(await step(set, 'approve', 'giam'), 409), ['state errors']);
});

test('a job whose service was killed is done by the next', async () => {
  const set = await draft();
  await addRule(set);
  const started = await post(`/${set}/checks`, { revision: await revision(set) });
  assert.equal(started.status, 202, started.text);
  const state = (): Promise<string> => database.sql(`SELECT state || ' ' || attempts FROM hotline.rule_jobs WHERE id = ${started.json.id}`);
  await waitUntil('the job to run', async () => (await state()) === 'running 1');
  await server.kill();
  assert.equal(await state(), 'running 1');
  await database.sql(`UPDATE hotline.rule_jobs SET seen_at = seen_at - interval '2 minutes' WHERE id = ${started.json.id}`); // a silent minute has passed
  server = await Server.start(database);
  await waitUntil('the next service to take it', async () => (await state()) === 'done 2', 60000);
  assert.ok((await get(`/${set}`)).check.result.findings.length > 0);
});

test('a job that kills its service three times is given up', async () => {
  const set = await draft();
  await addRule(set);
  const started = await post(`/${set}/replays`, { revision: await revision(set) });
  assert.equal(started.status, 202, started.text);
  await waitUntil('it to end', async () => (await database.sql(`SELECT state FROM hotline.rule_jobs WHERE id = ${started.json.id}`)) === 'done', 60000);
  await database.sql(`UPDATE hotline.rule_jobs SET state = 'running', result = NULL, attempts = 3, seen_at = now() - interval '2 minutes' WHERE id = ${started.json.id}`);
  const ended = await waitUntil('it to be given up', async () => {
    const answer = await server.get(`/api/v1/rule-jobs/${started.json.id}`, as('an'));
    return answer.json.state === 'failed' ? answer.json : null;
  }, 60000);
  assert.match(JSON.stringify(ended), /three attempts/);
});
