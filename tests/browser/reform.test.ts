// What changes the city at /admin, by keyboard: an agency is renamed, split and merged on a day, an area ends, and the open
// complaints of an agency that has ended are looked at, moved, and taken back; due times are counted
// anew after a change of the calendar. On a service of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PASSWORD, addPerson } from '../api/lib/people';
import { type Database, Postgres } from '../api/lib/postgres';
import { Server } from '../api/lib/server';
import { stateOfAll } from '../api/lib/workflow';
import { logIn, openBrowser, until, violations, visit } from './harness';
import { choose, dayAt, focusIs, pressAt, tabTo, typeAt, typeDay } from './keyboard';

let browser: Browser;
let database: Database;
let server: Server;

/** Three agencies of wards that have open complaints; the first goes into the third, the second gets another name. */
let old = '';
let into = '';
let third = '';

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'quan', 'administrator');
  const codes = (await database.sql(`SELECT a.code FROM hotline.agencies a JOIN hotline.complaints c ON c.agency_id = a.id
    WHERE a.kind = 'ward' AND c.closed_at IS NULL AND a.valid @> current_date GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3`)).split('\n');
  [old = '', into = '', third = ''] = codes;
  server = await Server.start(database);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
});

const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Ho_Chi_Minh' }).format(new Date());
const inDays = (n: number): string => new Date(Date.parse(today) + n * 86400_000).toISOString().slice(0, 10);

async function open(section: string): Promise<{ page: Page; done: () => Promise<void> }> {
  const { page, complaints, close } = await visit(browser, `/admin?section=${section}`, { base: server.base, lang: 'en', expectedStatuses: [401, 403, 404, 409, 422] });
  await logIn(page, 'quan', PASSWORD);
  await page.locator('.register').waitFor();
  return { page, done: async () => {
    assert.deepEqual(complaints, []);
    await close();
  } };
}

async function openReform(page: Page): Promise<void> {
  await pressAt(page, 'Reform this agency');
  await focusIs(page, '#reform-change');
}

/** What the form says is left to do. */
async function reformed(page: Page): Promise<string> {
  await pressAt(page, 'form[data-form=reform] button[type=submit]');
  await page.locator('.register .notice', { hasText: 'open complaint' }).waitFor();
  return page.locator('.register .notice', { hasText: 'open complaint' }).innerText();
}

test('an agency gets another name on a day; a day that is none and a name that it has are refused', { timeout: 180000 }, async () => {
  const { page, done } = await open(`agencies&agency=${into}`);
  await page.locator('.register-title').waitFor();
  await openReform(page);
  await dayAt(page, 'reform-on', inDays(20));
  await typeAt(page, 'reform-name', await database.sql(`SELECT name FROM hotline.agencies WHERE code = '${into}' AND valid @> current_date`));
  await typeAt(page, 'reform-reason', 'Đổi tên theo nghị quyết');
  await pressAt(page, 'form[data-form=reform] button[type=submit]');
  await page.locator('form[data-form=reform]', { hasText: 'has that name already' }).waitFor();
  assert.deepEqual(await violations(page), [], 'a reform that is refused');
  await typeAt(page, 'reform-name', 'Ủy ban nhân dân phường Đổi Tên');
  await reformed(page);
  await page.locator('[data-generation]', { hasText: 'Đổi Tên' }).waitFor();
  assert.equal(await database.sql(`SELECT name FROM hotline.agencies WHERE code = '${into}' AND valid @> date '${inDays(20)}'`), 'Ủy ban nhân dân phường Đổi Tên');
  assert.deepEqual(await violations(page), [], 'a reform that is done');
  await done();
});

test('a split names its parts, and one that would leave somebody without an agency is refused', { timeout: 180000 }, async () => {
  const target = await database.sql(`SELECT a.code FROM hotline.agencies a JOIN hotline.jurisdictions j ON j.agency_id = a.id AND j.valid @> current_date
    WHERE a.kind = 'ward' AND a.valid @> current_date AND a.code NOT IN ('${old}', '${into}', '${third}') GROUP BY 1 HAVING count(*) = 1 ORDER BY 1 LIMIT 1`);
  const { page, done } = await open(`agencies&agency=${target}`);
  await openReform(page);
  await choose(page, 'split');
  await page.locator('#part-1-code').waitFor();
  await dayAt(page, 'reform-on', inDays(30));
  for (const n of [0, 1]) {
    await typeAt(page, `part-${n}-code`, `${target}-${n + 1}`);
    await typeAt(page, `part-${n}-name`, `Phần ${n + 1}`);
    await typeAt(page, `part-${n}-categories`, n === 0 ? 'tieng-on, moi-truong' : 'tieng-on');
  }
  await typeAt(page, 'reform-reason', 'Chia theo lĩnh vực');
  await pressAt(page, 'form[data-form=reform] button[type=submit]');
  await page.locator('form[data-form=reform]', { hasText: /would be/ }).waitFor();
  assert.deepEqual(await violations(page), [], 'a split that is refused');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.agencies WHERE code LIKE '${target}-%'`), 0);
  await page.keyboard.press('Escape');
  await page.locator('form[data-form=reform]').waitFor({ state: 'detached' });
  await done();
});

test('an area ends on a day; the agency\'s page says so', { timeout: 120000 }, async () => {
  const area = await database.sql(`SELECT j.code FROM hotline.jurisdictions j JOIN hotline.agencies a ON a.id = j.agency_id
    WHERE a.code = '${third}' AND a.valid @> current_date AND j.valid @> current_date AND j.class = 'ordinary' ORDER BY 1 LIMIT 1`);
  const { page, done } = await open(`agencies&agency=${third}`);
  const row = page.locator(`[data-area="${area}"]`);
  await row.waitFor();
  const name = await row.locator('strong').innerText();
  await pressAt(page, `End: ${name}`);
  await focusIs(page, '#end-on');
  await typeDay(page, inDays(10));
  await pressAt(page, 'form[data-form=end] button[type=submit]');
  await page.locator('.register .notice').waitFor();
  assert.equal(await database.sql(`SELECT upper(valid) FROM hotline.jurisdictions WHERE code = '${area}' AND valid @> current_date`), inDays(10));
  const told = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(new Date(inDays(10)));
  await until('the day it ends', async () => (await row.innerText()).includes(told));
  assert.deepEqual(await violations(page), [], 'an area that ends');
  await done();
});

test('the cut-over: who would move is shown, moved with a reason, told, and taken back', { timeout: 240000 }, async () => {
  const { page, done } = await open(`agencies&agency=${old}`);
  await openReform(page);
  await choose(page, 'abolish');
  await page.locator('#reform-to').waitFor();
  await dayAt(page, 'reform-on', today);
  await tabTo(page, 'reform-to');
  await page.keyboard.type(third);
  await page.locator('#reform-to-list [role=option]').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await typeAt(page, 'reform-reason', 'Sáp nhập phường');
  const left = Number(/(\d+) open complaint/.exec(await reformed(page))?.[1] ?? -1);
  assert.ok(left > 0, `${left} open complaints are left`);
  await pressAt(page, 'a.button'); // to the cut-over, with its day
  await page.locator('#transfer-day').waitFor();
  assert.equal(await page.inputValue('#transfer-day'), today);

  const openOnes = (code: string) => database.number(`SELECT count(*) FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE c.closed_at IS NULL AND a.code = '${code}'`);
  await pressAt(page, 'Preview');
  await page.locator('#transfer-totals').waitFor();
  const moved = Number(/^(\d+) of/.exec(await page.locator('#transfer-totals').innerText())?.[1]);
  assert.ok(moved >= 1, await page.locator('#transfer-totals').innerText());
  assert.ok((await page.locator('.flows tbody tr').count()) >= 1);
  assert.deepEqual(await violations(page), [], 'a preview');
  const state = () => stateOfAll(database);
  const [before, had] = [await state(), await openOnes(old)];
  assert.ok(had > 0);

  await pressAt(page, 'Move');
  await focusIs(page, '#move-reason');
  await page.keyboard.type('Chuyển khi sáp nhập');
  assert.deepEqual(await violations(page), [], 'about to move');
  await pressAt(page, 'form[data-form=move] button[type=submit]');
  const row = page.locator('[data-transfer]').first();
  await page.locator('[data-transfer][data-state=moved]').first().waitFor({ timeout: 60000 });
  assert.match(await row.innerText(), new RegExp(`${moved} moved`));
  assert.notEqual(await state(), before);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE c.closed_at IS NULL AND NOT a.valid @> current_date AND c.received_at < '${today}T00:00:00+07:00'`), 0);
  await pressAt(page, /^Details: No\. \d+$/);
  await row.locator('ul.rows li').first().waitFor();
  assert.deepEqual(await violations(page), [], 'what was moved');

  await pressAt(page, /^Take back No\. \d+$/);
  await page.locator('[data-transfer] [role=alert]').waitFor();
  assert.deepEqual(await violations(page), [], 'about to take back');
  await pressAt(page, /^Take back No\. \d+$/);
  await page.locator('[data-transfer][data-state=back]').first().waitFor({ timeout: 60000 });
  assert.match(await row.innerText(), new RegExp(`${moved} are what they were`));
  assert.equal(await state(), before, 'the identical state');
  assert.equal(await openOnes(old), had);
  await done();
});

test('a day off that is announced late: how many would be due otherwise is shown, then done, and told', { timeout: 240000 }, async () => {
  const filed = await server.file({ category: 'giao-duc', description: 'Trường học', channel: 'web', location: { lon: 106.7005, lat: 10.7795 } });
  assert.equal(filed.status, 201, filed.text);
  const due = () => database.sql(`SELECT due_at FROM hotline.complaints WHERE code = '${filed.json.code}'`);
  const first = await due();
  const day = first.slice(0, 10);
  const { page, done } = await open(`calendars&year=${day.slice(0, 4)}`);
  await pressAt(page, 'Add a day');
  await dayAt(page, 'day-date', day);
  await typeAt(page, 'day-name_vi', 'Nghỉ bão');
  await pressAt(page, 'Add');
  await pressAt(page, 'Save the year');
  await page.locator('.notice', { hasText: 'counted anew' }).waitFor();
  await pressAt(page, 'See how many would change');
  const told = page.locator('[data-recompute][data-state=done]');
  await told.waitFor({ timeout: 60000 });
  const [, changed = '', of = ''] = /^(\d+) of (\d+) open/.exec(await told.innerText()) ?? [];
  assert.ok(Number(changed) >= 1 && Number(of) >= Number(changed), await told.innerText());
  assert.equal(await due(), first, 'looking changes nothing');
  assert.deepEqual(await violations(page), [], 'how many would change');
  await pressAt(page, 'Count anew');
  await focusIs(page, '#anew-reason');
  await page.keyboard.type('Nghỉ bão theo công điện');
  assert.deepEqual(await violations(page), [], 'about to count anew');
  await pressAt(page, 'form[data-form=anew] button[type=submit]');
  await page.locator('.register [role=status]', { hasText: `The due times of ${changed} of ${of} open complaints were changed.` }).waitFor({ timeout: 60000 });
  assert.notEqual(await due(), first);
  await page.getByRole('list', { name: 'Counted anew so far' }).getByText('Nghỉ bão theo công điện').waitFor();
  await done();
});
