// Each thing that may be done with a case at /agency, done with the keyboard alone: the list is the page's
// own (action_plan.ts), so that a new action cannot be forgotten. Then the ways between list, case and
// field, and the citizen's and the operator's look. On a service of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type FieldName, PLANS, TASK_PLANS, atOnce, planOf } from '../../web/src/agency/action_plan';
import { PASSWORD, addPerson, sessionOf } from '../api/lib/people';
import { type Database, Postgres } from '../api/lib/postgres';
import { Server } from '../api/lib/server';
import { openBrowser, until, visit } from './harness';
import { chooseAt, dayAt, focusIs, logInByKeys, pressAt, tabTo, typeAt } from './keyboard';

let browser: Browser;
let database: Database;
let server: Server;
let otherName = '';
let otherCode = '';
const who: Record<string, Record<string, string>> = {};

before(async () => {
  database = await Postgres.shared().cityDatabase();
  const agency = await database.sql(`SELECT a.code FROM hotline.agencies a JOIN hotline.boundaries b ON a.code = 'ubnd-' || b.code AND b.valid @> current_date
    WHERE a.valid @> current_date AND ST_Covers(b.geom, ST_SetSRID(ST_MakePoint(106.7005, 10.7795), 4326)) AND b.level = 'ward'`);
  [otherCode = '', otherName = ''] = (await database.sql(`SELECT code || '|' || name FROM hotline.agencies WHERE kind = 'ward' AND valid @> current_date AND code <> '${agency}' ORDER BY code LIMIT 1`)).split('|');
  await addPerson(database, 'can', 'agency_staff', agency);
  await addPerson(database, 'dau', 'agency_head', agency);
  await addPerson(database, 'khac', 'agency_staff', otherCode);
  await addPerson(database, 'giam', 'supervisor');
  server = await Server.start(database);
  for (const login of ['can', 'dau', 'khac', 'giam']) who[login] = (await sessionOf(server, login)).headers;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
});

async function filed(words: string): Promise<string> {
  const made = await server.file({ category: 'tieng-on', description: words, channel: 'web', location: { lon: 106.7005, lat: 10.7795 } });
  assert.equal(made.status, 201, made.text);
  return made.json.code as string;
}

const RESULT = { text: 'Đã nhắc chủ quán cam kết tắt loa sau hai mươi hai giờ, tổ dân phố kiểm tra', no_photo_reason: 'Việc lúc nửa đêm' };

async function act(login: string, code: string, action: string, more: Record<string, unknown> = {}): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const { version } = (await server.get(`/api/v1/complaints/${code}`, who[login])).json;
  const answer = await server.post(`/api/v1/complaints/${code}/actions`, { action, version, ...more }, who[login]);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** Who does it, and what was done before. */
const WAYS: Record<string, { as: string; first: [string, Record<string, unknown>?][] }> = {
  accept: { as: 'can', first: [] }, start: { as: 'can', first: [['accept']] },
  resume: { as: 'can', first: [['accept'], ['pause', { reason: 'cho-nguoi-phan-anh' }]] },
  resolve: { as: 'can', first: [['accept']] }, answer: { as: 'can', first: [['accept']] }, assign: { as: 'dau', first: [['accept']] },
  return: { as: 'can', first: [] }, reroute: { as: 'giam', first: [] }, extend: { as: 'can', first: [['accept']] },
  pause: { as: 'can', first: [['accept']] }, split: { as: 'can', first: [['accept']] }, note: { as: 'can', first: [] },
  refer: { as: 'dau', first: [['accept']] }, reject: { as: 'dau', first: [['accept']] },
  reopen: { as: 'dau', first: [['accept'], ['resolve', RESULT]] }, close: { as: 'giam', first: [['accept'], ['resolve', RESULT]] },
  task_accept: { as: 'khac', first: [['accept'], ['split']] }, task_done: { as: 'khac', first: [['accept'], ['split']] },
  task_return: { as: 'khac', first: [['accept'], ['split']] }, task_cancel: { as: 'can', first: [['accept'], ['split']] },
};

const inDays = (n: number): string => new Date(Date.now() + n * 86400_000).toISOString().slice(0, 10);

/** What is typed or chosen into each field that an action asks for. */
const FILL: Record<FieldName, ((page: Page) => Promise<void>) | null> = {
  letter: null, desk: null, files: null, tasksOpen: null,
  text: (page) => typeAt(page, 'act-text', RESULT.text),
  reason: (page) => typeAt(page, 'act-reason', 'Vì sao như vậy'),
  agency: async (page) => {
    await typeAt(page, 'act-agency', otherName);
    await page.locator('#act-agency-list [role=option]').first().waitFor();
    await page.keyboard.press('Enter');
  },
  person: (page) => chooseAt(page, 'act-person', 'can'),
  pause: (page) => chooseAt(page, 'act-pause', 'cho-nguoi-phan-anh'),
  until: (page) => dayAt(page, 'act-until', inDays(20)),
  to: (page) => typeAt(page, 'act-to', 'Sở Giao thông'),
  noPhoto: (page) => typeAt(page, 'act-no-photo', 'Việc lúc nửa đêm'),
  tasks: async (page) => {
    await typeAt(page, 'task-agency-0', otherName);
    await page.locator('#task-agency-0-list [role=option]').first().waitFor();
    await page.keyboard.press('Enter');
    await typeAt(page, 'task-text-0', 'Cắt điện loa');
  },
};

interface At { page: Page; done: () => Promise<void> }

async function at(path: string, login: string): Promise<At> {
  const { page, complaints, close } = await visit(browser, path, { base: server.base, expectedStatuses: [401, 403, 404, 409, 422] });
  await logInByKeys(page, login, PASSWORD);
  return { page, done: async () => {
    assert.deepEqual(complaints, []);
    await close();
  } };
}

test('there is a way to each action', () => {
  assert.deepEqual(Object.keys(WAYS).sort(), [...Object.keys(PLANS), ...Object.keys(TASK_PLANS)].sort());
});

for (const [action, way] of Object.entries(WAYS)) {
  test(`by keyboard: ${action}`, { timeout: 90000 }, async () => {
    const code = await filed(`Bằng phím: ${action}`);
    for (const [before, more] of way.first) {
      await act('can', code, before, before === 'split' ? { tasks: [{ agency: otherCode, text: 'Cắt điện loa' }] } : more);
    }
    const plan = planOf(action);
    assert.ok(plan);
    const { page, done } = await at(`/agency?case=${code}`, way.as);
    await page.locator(`[data-do=${action}]`).first().waitFor({ state: 'attached' });
    await page.locator('.timeline li').first().waitFor();
    // Of the database: who returns a task no longer sees its case.
    const now = () => database.number(`SELECT version FROM hotline.complaints WHERE code = '${code}'`);
    const version = await now();
    if (plan.key) {
      await focusIs(page, '#case-title');
      await page.keyboard.press(plan.key);
    } else {
      if (!(await page.locator(`[data-do=${action}]`).first().isVisible())) await pressAt(page, '.actions summary, .act-more summary', 'Enter');
      await pressAt(page, `[data-do=${action}]`);
    }
    if (!atOnce(action)) {
      await page.locator(`form[data-action=${action}]`).waitFor();
      for (const field of plan.fields) await FILL[field]?.(page);
      await pressAt(page, `form[data-action=${action}] button[type=submit]`);
    }
    await until(`${action} to be done`, async () => (await now()) > version);
    await page.locator(`form[data-action=${action}]`).waitFor({ state: 'detached' });
    await until('it to be said', async () => (await page.locator('.agency :is([role=status], [role=alert])').allInnerTexts()).some((text) => text.trim() !== ''));
    await done();
  });
}

test('from the list to a case and back, through the filters and the views, and into the field', { timeout: 120000 }, async () => {
  const code = await filed('Đi bằng phím');
  const { page, done } = await at('/agency?order=received', 'can');
  await page.locator(`#case-${code}`).waitFor();
  await tabTo(page, 'inbox-q');
  await page.keyboard.type('Đi bằng phím');
  await until('only what was looked for', async () => (await page.locator('.case-row').count()) < 3);
  await tabTo(page, `case-${code}`);
  await page.keyboard.press('Enter');
  await focusIs(page, '#case-title');
  await page.keyboard.press('u');
  await focusIs(page, `#case-${code}`);
  await pressAt(page, /^Ngoài hiện trường|hiện trường/i);
  await page.locator('.field-page').waitFor();
  await pressAt(page, '.field-card');
  await page.locator('.field-one').waitFor();
  await tabTo(page, 'field-text');
  await page.keyboard.type('Đã tới nơi');
  await done();
});
