// What an administrator does at /admin, part by part, with the keyboard alone: logging in, adding, changing,
// saving. Only what the system's own window does, choosing a file, is done for it. Agencies, desks and areas:
// register.test.ts; reforms, the cut-over and the calendar's days: reform.test.ts. On a service of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PASSWORD, addPerson } from '../api/lib/people';
import { type Database, Postgres } from '../api/lib/postgres';
import { Server } from '../api/lib/server';
import { openBrowser, until, violations, visit } from './harness';
import { choose, chooseAt, dayAt, focusIs, logInByKeys, pressAt, tabTo, typeAt } from './keyboard';

let browser: Browser;
let database: Database;
let server: Server;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'quan', 'administrator');
  await addPerson(database, 'hai', 'administrator');
  server = await Server.start(database);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
});

/** What the service refuses on the way, as it should; 400: a calendar it has not taken up yet, until it has. */
const REFUSALS = [400, 401, 403, 404, 409, 422];

interface At { page: Page; done: () => Promise<void> }

/** Opens it and logs in, as one does without a mouse. */
async function at(query: string, login = 'quan'): Promise<At> {
  const { page, complaints, close } = await visit(browser, `/admin${query && `?${query}`}`, { base: server.base, lang: 'en', expectedStatuses: REFUSALS });
  await logInByKeys(page, login, PASSWORD);
  // Nothing here may be pressed but keys.
  await page.evaluate(() => addEventListener('pointerdown', () => {
    (window as unknown as { pressed: boolean }).pressed = true;
  }, true));
  return { page, done: async () => {
    assert.equal(await page.evaluate(() => (window as unknown as { pressed?: boolean }).pressed ?? false), false, 'no mouse');
    assert.deepEqual(complaints, []);
    await close();
  } };
}

const save = (page: Page, form: string) => pressAt(page, `${form} button[type=submit]`);

test('a category is added, gets its hours, is renamed', { timeout: 120000 }, async () => {
  const { page, done } = await at('section=categories');
  await page.locator('[data-category=moi-truong]').waitFor();
  await pressAt(page, 'Add a category');
  await focusIs(page, '#category-code');
  await page.keyboard.type('thu-phim');
  await chooseAt(page, 'category-parent', 'moi-truong');
  await typeAt(page, 'category-name_vi', 'Việc bằng phím');
  await typeAt(page, 'category-name_en', 'By keys');
  await page.keyboard.press('Enter');
  const row = page.locator('[data-category=thu-phim]');
  await row.waitFor();
  await pressAt(page, /^Deadlines: By keys/);
  await typeAt(page, 'steps-resolve-ordinary', '7');
  await page.keyboard.press('Tab');
  await choose(page, 'hours');
  await save(page, 'form[data-form=steps]');
  await until('the hours', async () => /7 hours/.test(await row.innerText()));
  await pressAt(page, /^Change: By keys/);
  await typeAt(page, 'category-name_en', 'By keys alone');
  await page.keyboard.press('Enter');
  await row.filter({ hasText: 'By keys alone' }).waitFor();
  await done();
});

test('a calendar is begun, a reason to pause added, a deadline tried', { timeout: 120000 }, async () => {
  const { page, done } = await at('section=calendars');
  await page.locator('#year-workdays').waitFor();
  await pressAt(page, 'Add a calendar');
  await focusIs(page, '#calendar-code');
  await page.keyboard.type('ca-dem');
  await typeAt(page, 'calendar-name_vi', 'Ca đêm');
  await typeAt(page, 'calendar-name_en', 'Night shift');
  await page.keyboard.press('Enter');
  await until('it to be chosen', async () => (await page.inputValue('#calendar-choose')) === 'ca-dem');
  await pressAt(page, 'Add a reason');
  await focusIs(page, '#pause-code');
  await page.keyboard.type('cho-vat-tu');
  await typeAt(page, 'pause-name_vi', 'Chờ vật tư');
  await typeAt(page, 'pause-name_en', 'Waiting for material');
  await typeAt(page, 'pause-cap_working_days', '4');
  await page.keyboard.press('Enter');
  await page.locator('[data-pause=cho-vat-tu]', { hasText: '4 days' }).waitFor();
  await pressAt(page, 'Count');
  await page.locator('[data-step=resolve]').waitFor();
  await done();
});

test('a letter is written with its fields put in by buttons, and put out of use', { timeout: 120000 }, async () => {
  const { page, done } = await at('section=letters');
  await page.locator('[data-letter]').first().waitFor();
  await pressAt(page, 'Add a letter');
  await focusIs(page, '#letter-code');
  await page.keyboard.type('thu-phim');
  await typeAt(page, 'letter-name_vi', 'Thư bằng phím');
  await typeAt(page, 'letter-name_en', 'Letter by keys');
  await typeAt(page, 'letter-body', 'Số ');
  await pressAt(page, "complaint's code");
  assert.equal(await page.inputValue('#letter-body'), 'Số {code}');
  await focusIs(page, '#letter-body');
  await tabTo(page, 'letter-active');
  await page.keyboard.press('Space');
  await save(page, 'form[data-form=letter]');
  await page.locator('[data-letter=thu-phim]', { hasText: 'not in use' }).waitFor();
  await pressAt(page, 'Change: Letter by keys');
  await tabTo(page, 'letter-active');
  await page.keyboard.press('Space');
  await save(page, 'form[data-form=letter]');
  await until('it to be in use', async () => !/not in use/.test(await page.locator('[data-letter=thu-phim]').innerText()));
  await done();
});

const shapes = (properties: object, geometry: object) => ({ name: 'hinh.geojson', mimeType: 'application/geo+json',
  buffer: Buffer.from(JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties, geometry }] })) });

test('boundaries are sent, checked, published with a reason, and taken back', { timeout: 240000 }, async () => {
  const { page, done } = await at('section=boundaries');
  await page.locator('#boundaries-file').setInputFiles(shapes({ ma: 'phim-1', ten: 'Phường Phím' },
    { type: 'Polygon', coordinates: [[[106.69, 10.77], [106.71, 10.77], [106.71, 10.79], [106.69, 10.79], [106.69, 10.77]]] }));
  await pressAt(page, 'Send and read the file');
  await page.locator('#generation-title').waitFor({ timeout: 60000 });
  await typeAt(page, 'generation-title', 'Thế hệ bằng phím');
  await dayAt(page, 'generation-from', '2099-01-01');
  await pressAt(page, 'Check and preview');
  await page.locator('.generation[data-state=ready]').waitFor({ timeout: 60000 });
  await tabTo(page, '.generation form input[type=checkbox]');
  await page.keyboard.press('Space');
  await typeAt(page, 'publish-reason', 'Nghị quyết thử');
  await pressAt(page, 'Publish');
  await page.locator('.generation[data-state=published]').waitFor({ timeout: 60000 });
  await typeAt(page, 'back-reason', 'Chỉ là thử');
  await pressAt(page, 'Take back');
  await page.locator('.generation[data-state=taken_back]').waitFor({ timeout: 60000 });
  await done();
});

test('a layer is made of a file, changed, withdrawn and brought back', { timeout: 180000 }, async () => {
  const { page, done } = await at('section=layers');
  await page.locator('tr[data-layer]').first().waitFor();
  await pressAt(page, 'Add a layer');
  await page.locator('input[type=file]').waitFor();
  await page.locator('input[type=file]').setInputFiles(shapes({ ten: 'Điểm' }, { type: 'Point', coordinates: [106.7, 10.78] }));
  await pressAt(page, 'Send and read the file');
  await page.locator('#layer-code').waitFor({ timeout: 60000 });
  await typeAt(page, 'layer-code', 'lop-phim');
  await typeAt(page, 'layer-name_vi', 'Lớp bằng phím');
  await typeAt(page, 'layer-name_en', 'Layer by keys');
  await pressAt(page, 'Make the layer');
  const row = page.locator('tr[data-layer=lop-phim]');
  await row.waitFor({ timeout: 30000 });
  await pressAt(page, 'Edit: Layer by keys');
  await typeAt(page, 'layer-name_en', 'Layer by keys alone');
  await page.keyboard.press('Enter');
  await row.filter({ hasText: 'Layer by keys alone' }).waitFor({ timeout: 30000 });
  await pressAt(page, 'Withdraw: Layer by keys alone');
  await row.filter({ hasText: 'withdrawn' }).waitFor({ timeout: 30000 });
  await pressAt(page, 'Bring back: Layer by keys alone');
  await until('it to be back', async () => !/withdrawn/.test(await row.innerText()));
  await done();
});

test('rules: a draft, a rule, the check, the replay; a second person approves; it is published', { timeout: 300000 }, async () => {
  const first = await at('');
  const { page } = first;
  await page.locator('#draft-title').waitFor();
  await typeAt(page, 'draft-title', 'Bằng phím');
  await page.keyboard.press('Enter');
  await page.locator('.one-set[data-state=draft]').waitFor();
  await pressAt(page, 'Add a rule');
  await focusIs(page, '#rule-form-title');
  await typeAt(page, 'rule-code', 'loa-phim');
  await typeAt(page, 'rule-name-vi', 'Loa bằng phím');
  await typeAt(page, 'rule-name-en', 'Loudspeakers by keys');
  await typeAt(page, 'rule-text', 'category tieng-on');
  await typeAt(page, 'rule-outcome-text', 'agency trung-tam-1022');
  await pressAt(page, '.rule-form button[type=submit]');
  await page.locator('.rule[data-code=loa-phim]').waitFor();
  const openTab = async (steps: number): Promise<void> => {
    await tabTo(page, '[role=tab][aria-selected=true]');
    for (let n = 0; n < steps; n++) await page.keyboard.press('ArrowRight');
  };
  await openTab(1);
  await pressAt(page, 'Check');
  await page.locator('.check-view p.strong[role=status]').waitFor({ timeout: 90000 });
  if (await page.locator('#acknowledge-why').count()) {
    await typeAt(page, 'acknowledge-why', 'Đã biết');
    await page.keyboard.press('Enter');
    await page.locator('#acknowledge-why').waitFor({ state: 'detached' });
  }
  await openTab(1);
  await pressAt(page, 'Replay past complaints');
  await page.locator('.replay-summary').waitFor({ timeout: 90000 });
  const set = new URL(page.url()).searchParams.get('set');
  await first.done();

  const second = await at(`set=${set}&tab=approval`, 'hai');
  await second.page.locator('#why').waitFor();
  await typeAt(second.page, 'why', 'Đã đọc');
  await second.page.getByRole('button', { name: 'Approve' }).waitFor();
  await pressAt(second.page, 'Approve');
  await second.page.locator('.one-set[data-state=approved]').waitFor();
  await typeAt(second.page, 'why', 'Cho áp dụng');
  await pressAt(second.page, 'Publish');
  await second.page.locator('.one-set[data-state=published]').waitFor();
  await second.done();
});

test('an account is made, changed and disabled; a key is made and revoked', { timeout: 120000 }, async () => {
  const { page, done } = await at('section=accounts');
  await page.locator('#users-title').waitFor();
  await pressAt(page, 'Add an account');
  await typeAt(page, 'account-login', 'phim');
  await typeAt(page, 'account-name', 'Người dùng phím');
  await chooseAt(page, 'account-role', 'auditor');
  await pressAt(page, 'Save');
  await page.locator('.one-time').first().waitFor();
  const row = page.locator('tr').filter({ has: page.getByRole('rowheader', { name: /^phim/ }) });
  await row.waitFor();
  await pressAt(page, 'Change: phim');
  await typeAt(page, 'account-name', 'Người chỉ dùng phím');
  await page.keyboard.press('Enter');
  await row.filter({ hasText: 'Người chỉ dùng phím' }).waitFor();
  await pressAt(page, 'Disable: phim');
  await row.filter({ hasText: 'disabled' }).waitFor();
  await typeAt(page, 'key-name', 'may-phim');
  await page.keyboard.press('Enter');
  await page.locator('.one-time').first().waitFor();
  await pressAt(page, 'Revoke: may-phim');
  await page.locator('tr', { hasText: 'may-phim' }).filter({ hasText: 'revoked' }).waitFor();
  await done();
});

test('an account of an agency: agency, desk and category by their names', { timeout: 120000 }, async () => {
  const { page, done } = await at('section=accounts');
  await page.locator('#users-title').waitFor();
  const pick = async (id: string, typed: string): Promise<void> => {
    await tabTo(page, id);
    await page.keyboard.type(typed);
    await page.locator(`#${id}-list [role=option]`).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  };
  await pressAt(page, 'Add an account');
  await typeAt(page, 'account-login', 'can-phim');
  await typeAt(page, 'account-name', 'Cán bộ phím');
  await chooseAt(page, 'account-role', 'agency_staff');
  await pressAt(page, 'Save'); // without an agency: said at its field
  await page.locator('#account-agency[aria-invalid=true]').waitFor();
  await focusIs(page, '#account-agency');
  assert.deepEqual(await violations(page), [], 'an account without its agency');
  await pick('account-agency', 'ha tang ky thuat');
  await page.locator('#account-desk option[value=ky-thuat-nam]').waitFor({ state: 'attached' });
  await chooseAt(page, 'account-desk', 'ky-thuat-nam');
  await pick('account-categories', 'den duong');
  await page.locator('.chosen li').first().waitFor();
  const category = (await page.locator('.chosen li').first().innerText()).replace(/\s*×$/, '');
  await pressAt(page, 'Save');
  await page.locator('.one-time').first().waitFor();
  const row = page.locator('tr').filter({ has: page.getByRole('rowheader', { name: /^can-phim/ }) });
  const told = await row.innerText();
  for (const part of ['Trung tâm Quản lý hạ tầng kỹ thuật', 'ky-thuat-nam', category]) assert.ok(told.includes(part), `${part}: ${told}`);
  assert.equal(await database.sql(`SELECT concat_ws(' ', a.code, d.code, (SELECT count(*) FROM hotline.user_categories c WHERE c.user_id = u.id))
    FROM hotline.users u JOIN hotline.agencies a ON a.id = u.agency_id JOIN hotline.desks d ON d.id = u.desk_id
    WHERE u.login = 'can-phim'`), 'trung-tam-ha-tang-ky-thuat ky-thuat-nam 1');
  // What he has is what the form shows.
  await pressAt(page, 'Change: can-phim');
  await until('the desk', async () => (await page.locator('#account-desk').inputValue()) === 'ky-thuat-nam' && (await page.locator('.chosen li').count()) === 1);
  await page.keyboard.press('Escape');
  await done();
});

test('what a person asks is entered by one and decided by another', { timeout: 120000 }, async () => {
  const first = await at('section=persons');
  await first.page.locator('#person-contact').waitFor();
  await typeAt(first.page, 'person-contact', '0912000777');
  await typeAt(first.page, 'person-verified', 'Mã qua tin nhắn');
  await first.page.keyboard.press('Enter');
  await first.page.locator('[data-request][data-state=asked]').waitFor();
  await first.done();
  const second = await at('section=persons', 'hai');
  await second.page.locator('[data-request]').waitFor();
  await typeAt(second.page, '[id^=person-reason-]', 'Không rõ người hỏi');
  await pressAt(second.page, /^Refuse: /);
  await second.page.locator('[data-request][data-state=refused]').waitFor();
  await second.done();
});

test('notices: who is told, the words, where an agency hears, another system', { timeout: 120000 }, async () => {
  const { page, done } = await at('section=notices');
  await page.locator('#media-title').waitFor();
  const told = page.locator('.notice-rules tbody input[type=checkbox]').first();
  const was = await told.isChecked();
  await tabTo(page, '.notice-rules tbody input[type=checkbox]');
  await page.keyboard.press('Space');
  await until('who is told', async () => (await told.isChecked()) !== was);
  await typeAt(page, 'words-body', 'Lời bằng phím {{code}}');
  await pressAt(page, '.templates button[type=submit]');
  await until('the words to be saved', async () => (await page.locator('.templates [role=status]').innerText()) !== '');
  await typeAt(page, 'hook-name', 'he-thong-phim');
  await typeAt(page, 'hook-url', 'https://example.org/nhan');
  await page.keyboard.press('Enter');
  await page.locator('[data-webhook=he-thong-phim]').waitFor();
  await typeAt(page, 'contact-agency', 'so-y-te');
  await typeAt(page, 'contact-address', 'phim@example.org');
  await page.keyboard.press('Enter');
  await page.locator('.contacts li', { hasText: 'phim@example.org' }).waitFor();
  await pressAt(page, 'Remove: phim@example.org');
  await page.locator('.contacts li', { hasText: 'phim@example.org' }).waitFor({ state: 'detached' });
  await done();
});

test('residents of a ward, and what makes complaints alike', { timeout: 120000 }, async () => {
  const { page, done } = await at('section=populations');
  await page.locator('tr[data-unit]').first().waitFor();
  await typeAt(page, 'population-source', 'Thống kê bằng phím');
  await tabTo(page, 'tr[data-unit] input');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('54321');
  await page.keyboard.press('Enter');
  await page.locator('tr[data-unit]', { hasText: 'Thống kê bằng phím' }).first().waitFor();
  await pressAt(page, 'Duplicates');
  await page.locator('tr[data-term]').first().waitFor();
  await tabTo(page, 'tr[data-term] input');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('77');
  await page.keyboard.press('Enter');
  await page.locator('.likeness p[role=status]', { hasText: 'Saved.' }).waitFor();
  await done();
});
