// Every transition × role × scope, over HTTP with real sessions, generated from the table that the service
// works by: what it allows is done and leaves its traces; what it does not is refused without a hint and
// changes nothing. A row that is added there is tried here, too.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { complaint } from './lib/city';
import { addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { ROOT } from './lib/run';
import { type Answer, Server } from './lib/server';
import { BODIES, ENDED, STATUSES, type Transition, each, put, transitions } from './lib/workflow';

let database: Database;
let server: Server;
let table: Transition[];
let owner: string; // the agency that has the complaints
let helper: string; // has a sub-task of each
let stranger: string; // has nothing of them

interface Asker {
  login: string;
  role: string;
  relation: 'all' | 'agency' | 'task' | 'none' | 'code';
  headers: Record<string, string>;
}
const askers: Asker[] = [];

before(async () => {
  database = await Postgres.shared().cityDatabase();
  server = await Server.start(database);
  table = await transitions(database);
  [owner, helper, stranger] = (await database.sql(`SELECT string_agg(code, ',') FROM (SELECT code FROM hotline.agencies
    WHERE kind = 'utility' AND valid @> current_date ORDER BY code LIMIT 3) a`)).split(',') as [string, string, string];
  const people: [string, Asker['relation'], string?][] = [['operator', 'all'], ['supervisor', 'all'], ['leader', 'all'],
    ['administrator', 'all'], ['auditor', 'all']];
  for (const role of ['agency_staff', 'agency_head']) people.push([role, 'agency', owner], [role, 'task', helper], [role, 'none', stranger]);
  for (const [role, relation, agency] of people) {
    const login = `${role.replace('_', '-')}-${relation}`;
    await addPerson(database, login, role, agency);
    askers.push({ login, role, relation, headers: (await sessionOf(server, login)).headers });
  }
  askers.push({ login: '', role: 'reporter', relation: 'code', headers: {} });
});
after(async () => {
  await server.stop();
  await database.drop();
});

/** Independent of the service: may this relation use a transition of that scope? */
function fits(scope: Transition['scope'], relation: Asker['relation']): boolean {
  if (relation === 'none') return false;
  if (relation === 'code' || scope === 'code') return relation === 'code' && scope === 'code';
  return relation !== 'task' || scope === 'part' || scope === 'task';
}

/** The table's rows that are this asker's, whatever the status; tasks are done by who has them. */
function rowsFor(action: string, who: Asker): Transition[] {
  return table.filter((t) => t.action === action && t.roles.includes(who.role) && fits(t.scope, who.relation));
}

/** The lead's people may ask for a step of a sub-task, but it is not theirs. */
const notTheirs = (row: Transition, who: Asker): boolean => row.scope === 'task' && who.relation !== 'task';

function ask(action: string, who: Asker, code: string, body: Record<string, unknown>, version = 1): Promise<Answer> {
  if (who.role === 'reporter') {
    return server.post(`/api/v1/complaints/${code}/${action === 'rate' ? 'rating' : 'reopening'}`, body);
  }
  return server.post(`/api/v1/complaints/${code}/actions`, { action, version, ...body }, who.headers);
}

async function filed(n: number): Promise<string[]> {
  const codes: string[] = [];
  await each(Array.from({ length: n }, (_, i) => i), async () => {
    const made = await server.file(complaint());
    assert.equal(made.status, 201, made.text);
    codes.push(made.json.code);
  }, 16);
  return codes;
}

const bodyOf = (action: string, task: number): Record<string, unknown> => {
  const make = BODIES[action];
  assert.ok(make, `tests/api/lib/workflow.ts has no body for the action ${action}`);
  return make({ person: 'agency-staff-agency', other: stranger, task });
};

/** What must not change where something is refused. */
const state = (codes: string[]): Promise<string> => database.sql(`SELECT md5(string_agg(c::text || coalesce(h.n, 0) || ' ' || coalesce(o.n, 0)
    || coalesce(w.n, 0) || coalesce(k.s, ''), ';' ORDER BY c.code)) FROM hotline.complaints c
  LEFT JOIN LATERAL (SELECT count(*) n FROM hotline.complaint_history x WHERE x.complaint_id = c.id) h ON true
  LEFT JOIN LATERAL (SELECT count(*) n FROM hotline.outbox x WHERE x.complaint_id = c.id) o ON true
  LEFT JOIN LATERAL (SELECT count(*) n FROM hotline.complaint_answers x WHERE x.complaint_id = c.id) w ON true
  LEFT JOIN LATERAL (SELECT string_agg(x.status, ',') s FROM hotline.complaint_tasks x WHERE x.complaint_id = c.id) k ON true
  WHERE c.code IN (${codes.map((code) => `'${code}'`).join(',')})`);

interface Case {
  action: string;
  status: string;
  who: Asker;
  row: Transition | undefined;
}

function cases(): Case[] {
  const all: Case[] = [];
  for (const action of new Set(table.map((t) => t.action))) {
    for (const who of askers) {
      // There is no way to ask: the reporter has two doors of his own, of which staff have no use.
      if (who.role === 'reporter' ? action !== 'rate' && action !== 'reopen' : action === 'rate') continue;
      for (const status of STATUSES) {
        const row = rowsFor(action, who).find((t) => t.from_statuses.includes(status) && !notTheirs(t, who));
        all.push({ action, status, who, row });
      }
    }
  }
  return all;
}

const name = (c: Case): string => `${c.action} by ${c.who.role} (${c.who.relation}) at ${c.status}`;

test('the table is whole: every status is left or final, every row is one way, no two rows overlap', () => {
  const seen = new Set<string>();
  for (const t of table) {
    for (const from of t.from_statuses) {
      for (const role of t.roles) {
        const key = `${t.action} ${from} ${role}`;
        assert.ok(!seen.has(key), key);
        seen.add(key);
      }
    }
  }
  for (const status of STATUSES) {
    assert.ok(table.some((t) => t.from_statuses.includes(status) && t.to_status !== null && t.to_status !== status), `${status} is never left`);
    if (status !== 'received') assert.ok(table.some((t) => t.to_status === status), `${status} is never reached`);
  }
});

test('docs/workflow.md has each row of the table', () => {
  const page = readFileSync(join(ROOT, 'docs/workflow.md'), 'utf8');
  for (const t of table) {
    const row = `| ${t.action} | ${t.from_statuses.join(', ')} | ${t.to_status ?? '-'} | ${t.roles.join(', ')} | ${t.scope} | ${[...t.needs, ...t.conditions].join(', ') || '-'} |`;
    assert.ok(page.includes(row), `docs/workflow.md lacks:\n${row}`);
  }
});

test('what is not allowed is 403 or 404 without a hint, or 409 where only the status forbids it; nothing changes', async () => {
  const codes = await filed(STATUSES.length);
  const tasks = new Map<string, number>();
  for (const [i, status] of STATUSES.entries()) {
    for (const [code, task] of await put(database, [codes[i] ?? ''], status, owner, helper)) tasks.set(code, task);
  }
  const before = await state(codes);
  const refused = cases().filter((c) => c.row === undefined);
  assert.ok(refused.length > 1500, `${refused.length} cases`);
  let n403 = 0;
  let n404 = 0;
  await each(refused, async (c) => {
    const code = codes[STATUSES.indexOf(c.status)] ?? '';
    const answer = await ask(c.action, c.who, code, bodyOf(c.action, tasks.get(code) ?? 0));
    const mine = rowsFor(c.action, c.who);
    const own = mine.filter((t) => !notTheirs(t, c.who));
    const anyRole = table.some((t) => t.action === c.action && t.roles.includes(c.who.role));
    if (own.length > 0) { // only its status forbids it
      assert.equal(answer.status, 409, `${name(c)}: ${answer.text}`);
    } else if (c.who.relation === 'none' && anyRole) {
      assert.equal(answer.status, 404, `${name(c)}: ${answer.text}`);
    } else if (mine.length > 0) { // the lead at the helper's sub-task
      assert.ok([409, 422].includes(answer.status), `${name(c)}: ${answer.text}`);
    } else {
      assert.equal(answer.status, 403, `${name(c)}: ${answer.text}`);
    }
    if (answer.status === 403 || answer.status === 404) {
      if (answer.status === 403) n403++; else n404++;
      assert.ok(!answer.text.includes(code) && !/karaoke/i.test(answer.text), `${name(c)} tells: ${answer.text}`);
      for (const status of STATUSES) assert.ok(!answer.text.includes(`"${status}"`), `${name(c)} tells: ${answer.text}`);
    }
  });
  assert.ok(n403 > 500 && n404 > 200, `${n403} times 403, ${n404} times 404`);
  assert.equal(await state(codes), before, 'something changed');
});

test('a complaint of somebody else and one that does not exist are refused alike', async () => {
  const [code] = await filed(1) as [string];
  await put(database, [code], 'accepted', owner, helper);
  const who = askers.find((a) => a.role === 'agency_staff' && a.relation === 'none') as Asker;
  const shape = (answer: Answer): unknown => ({ ...answer.json, request_id: '' });
  for (const action of new Set(table.filter((t) => t.roles.includes('agency_staff')).map((t) => t.action))) {
    const theirs = await ask(action, who, code, bodyOf(action, 1));
    const nothing = await ask(action, who, '000000000', bodyOf(action, 1));
    assert.deepEqual(shape(theirs), shape(nothing), action);
  }
});

test('what is allowed is done, once, and leaves a history row and an outbox row', async () => {
  const allowed = cases().filter((c) => c.row !== undefined);
  assert.ok(allowed.length > 250, `${allowed.length} cases`);
  const codes = await filed(allowed.length);
  const tasks = new Map<string, number>();
  for (const status of STATUSES) {
    const here = codes.filter((_, i) => allowed[i]?.status === status);
    for (const [code, task] of await put(database, here, status, owner, helper)) tasks.set(code, task);
  }
  const numbered = allowed.map((c, i) => ({ ...c, code: codes[i] ?? '' }));
  await each(numbered, async (c) => {
    const row = c.row as Transition;
    if (c.who.role !== 'reporter') {
      const seen = await server.get(`/api/v1/complaints/${c.code}`, c.who.headers);
      assert.ok(seen.json.actions?.includes(c.action), `${name(c)} is not among ${JSON.stringify(seen.json.actions)}`);
    }
    const answer = await ask(c.action, c.who, c.code, bodyOf(c.action, tasks.get(c.code) ?? 0));
    assert.equal(answer.status, 200, `${name(c)}: ${answer.text}`);
    const becomes = c.action === 'resume' ? 'in_progress' : row.to_status ?? c.status;
    assert.equal(answer.json.status, becomes, name(c));
    if (c.who.role === 'reporter') assert.equal(answer.json.version, undefined);
    else if (answer.json.staff) assert.equal(answer.json.version, 2, name(c));
  });
  const left = JSON.parse(await database.sql(`SELECT jsonb_object_agg(c.code, jsonb_build_object('version', c.version, 'closed', c.closed_at IS NOT NULL,
    'events', (SELECT jsonb_agg(h.event || ' ' || h.actor ORDER BY h.id) FROM hotline.complaint_history h WHERE h.complaint_id = c.id),
    'topics', (SELECT jsonb_agg(o.topic ORDER BY o.id) FROM hotline.outbox o WHERE o.complaint_id = c.id)))
    FROM hotline.complaints c WHERE c.code IN (${codes.map((code) => `'${code}'`).join(',')})`));
  for (const c of numbered) {
    const row = c.row as Transition;
    const actor = c.who.role === 'reporter' ? 'public' : `user:${c.who.login}`;
    const { version, closed, events, topics } = left[c.code];
    assert.equal(version, 2, name(c));
    assert.deepEqual(events, ['received public', `${row.event} ${actor}`], name(c));
    assert.deepEqual(topics, ['complaint.received', `complaint.${row.event}`], name(c));
    assert.equal(closed, ENDED.includes(row.to_status ?? c.status), name(c));
  }
});

test('what a transition needs is asked for by name, and nothing changes without it', async () => {
  const codes = await filed(table.length);
  const before: string[] = [];
  for (const [i, row] of table.entries()) {
    const code = codes[i] ?? '';
    const task = (await put(database, [code], row.from_statuses[0] ?? '', owner, helper)).get(code) ?? 0;
    const who = askers.find((a) => row.roles.includes(a.role) && fits(row.scope, a.relation) && !notTheirs(row, a)) as Asker;
    before.push(await state([code]));
    for (const need of row.needs) {
      const body = bodyOf(row.action, task);
      const fields = need === 'evidence' ? ['no_photo_reason'] : need === 'tasks_done' ? ['tasks_open_reason'] : [need];
      for (const field of fields) delete body[field];
      const answer = await ask(row.action, who, code, body);
      assert.equal(answer.status, need === 'tasks_done' ? 409 : 422, `${row.action} without ${need}: ${answer.text}`);
      assert.equal(answer.json.errors[0].field, need === 'evidence' ? 'attachments' : fields[0], `${row.action} without ${need}`);
    }
    if (who.role !== 'reporter') {
      const stale = await ask(row.action, who, code, bodyOf(row.action, task), 7);
      assert.deepEqual([stale.status, stale.json.errors[0].code], [409, 'stale'], row.action);
    }
    assert.equal(await state([code]), before[i], row.action);
  }
});
