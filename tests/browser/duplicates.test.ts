// "Already reported, tell me too": a citizen joins what somebody else reported and follows it; a
// supervisor sees an incident proposed on the map, confirms and ends it. On a service of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PASSWORD, addPerson, sessionOf } from '../api/lib/people';
import { type Database, Postgres } from '../api/lib/postgres';
import { Server } from '../api/lib/server';
import { chooseCategory, clickMap, logIn, mapReady, openBrowser, until, violations } from './harness';

const AT = { lon: 106.7305, lat: 10.8305 };
const HASH = `#map=16/${AT.lat}/${AT.lon}`;
let browser: Browser;
let database: Database;
let server: Server;
let operator: Record<string, string>;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'giam', 'supervisor');
  await addPerson(database, 'truc', 'operator');
  server = await Server.start(database);
  operator = (await sessionOf(server, 'truc')).headers;
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
  await database.drop();
});

async function open(path: string, lang = 'vi', dark = false): Promise<{ page: Page; errors: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'vi-VN', reducedMotion: 'reduce',
    colorScheme: dark ? 'dark' : 'light' });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${server.base}${path.replace('#', `${path.includes('?') ? '&' : '?'}lang=${lang}#`)}`);
  await mapReady(page);
  return { page, errors, close: () => context.close() };
}

async function file(at: { lon: number; lat: number }, category: string, description: string): Promise<string> {
  const made = await server.file({ category, description, channel: 'phone', location: { ...at, accuracy_m: 10 },
    reporter: { name: 'Bà Tám', phone: '0912000333' } }, operator);
  assert.equal(made.status, 201, made.text);
  return made.json.code as string;
}

test('a citizen is offered what was reported, joins it with consent, and follows it with an own code', async () => {
  const code = await file(AT, 'o-ga', 'Ổ gà trước nhà bà Tám');
  const nearby = `/api/v1/complaints/nearby?lon=${AT.lon}&lat=${AT.lat}&accuracy_m=20&category=o-ga`;
  await until('the index to have it', async () => (await server.get(nearby)).json.complaints?.length > 0);
  for (const [lang, dark] of [['vi', false], ['en', true]] as const) {
    const { page, errors, close } = await open(`/${HASH}`, lang, dark);
    await clickMap(page);
    await chooseCategory(page, lang === 'vi' ? 'o ga' : 'pothole');
    const card = page.locator('.already');
    await card.waitFor();
    const text = await card.innerText();
    for (const secret of [code, 'bà Tám', '0912']) assert.ok(!text.includes(secret), secret);
    await card.getByRole('button').first().press('Enter');
    await page.locator('.already .join input[type=tel]').waitFor();
    assert.deepEqual(await violations(page), [], `${lang}: joining`);
    assert.ok(await page.locator('.already .join input[type=tel]').evaluate((e) => e === document.activeElement), 'the focus is in the form');
    await page.keyboard.type('0987 000 111');
    await page.locator('.already .join .primary').press('Enter');
    await page.locator('.already [role=alert]').waitFor(); // without consent no number is kept
    await page.locator('.already .join input[type=checkbox]').press('Space');
    await page.locator('.already .join .primary').press('Enter');
    const own = await page.locator('.already output.code').getAttribute('data-code') ?? '';
    assert.match(own, /^[0-9A-Z]{9}$/);
    assert.notEqual(own, code);
    await page.locator('.already').getByRole('button').press('Enter');
    await page.locator(`.tracked .code[data-code="${own}"]`).waitFor();
    assert.deepEqual(errors, []);
    await close();
  }
  assert.equal(await database.number(`SELECT reporters FROM hotline.complaints WHERE code = '${code}'`), 2, 'the same number twice is one person');
  assert.equal(await database.sql(`SELECT DISTINCT consent::text || phone FROM personal.co_reporters`), 'true0987 000 111');
});

test('a supervisor sees a proposed incident, confirms it with a message, and ends it', async () => {
  const step = 1 / 110600;
  for (let i = 0; i < 8; i++) await file({ lon: AT.lon + 0.05 + (i % 4) * 60 * step, lat: AT.lat + Math.floor(i / 4) * 80 * step }, 'mat-dien', 'Mất điện');
  await until('a proposal', () => database.number(`SELECT count(*) FROM hotline.incidents WHERE status = 'proposed'`).then((n) => n > 0));
  const { page, errors, close } = await open(`/leader${HASH}`);
  await logIn(page, 'giam', PASSWORD);
  await page.locator('#tab-incidents').click();
  const card = page.locator('.incidents [data-incident]').first();
  await card.waitFor();
  assert.match(await card.innerText(), /8 vụ, 8 người báo/);
  assert.deepEqual(await violations(page), [], 'the tab');
  await card.getByRole('button', { name: 'Xem trên bản đồ' }).click();
  await card.getByLabel('Thông báo cho người dân (tiếng Việt)').fill('Đang sửa trạm biến áp');
  await card.getByLabel('Lý do').fill('Điện lực báo sự cố trạm');
  await card.getByRole('button', { name: 'Xác nhận sự cố' }).click();
  await card.getByText('Đang diễn ra').waitFor();
  await until('it is told', async () => (await server.get('/api/v1/incidents')).json.incidents.length === 1);

  await card.getByText('Ai quyết định, khi nào, vì sao').click();
  await card.getByText('Điện lực báo sự cố trạm').waitFor();
  assert.match(await card.locator('.incident-story').innerText(), /Đề xuất · hệ thống[^]*Xác nhận · giam/);
  assert.deepEqual(await violations(page), [], 'who decided');

  // A citizen who would report the same is told so.
  const other = await open(`/#map=17/${AT.lat}/${AT.lon + 0.05}`);
  await clickMap(other.page);
  await chooseCategory(other.page, 'mat dien');
  await other.page.getByText('Đang sửa trạm biến áp').waitFor();
  assert.deepEqual(await violations(other.page), [], 'an incident in the form');
  await other.close();

  await card.getByRole('button', { name: 'Kết thúc sự cố' }).click();
  await card.getByText('Còn 8 vụ chưa xong').waitFor();
  await card.getByRole('button', { name: /Giải quyết cả 8 vụ/ }).click();
  await card.getByText(/Đã giải quyết \d+ vụ/).waitFor();
  assert.equal(await database.sql(`SELECT status FROM hotline.incidents ORDER BY id DESC LIMIT 1`), 'ended');
  assert.deepEqual(errors, []);
  await close();
});
