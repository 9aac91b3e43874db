// A leader draws around an area, is told whose complaints lie in it, and gives a directive; the same
// by keyboard alone, for what the map shows. The agency's answer and the reminder are seen.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, CENTRE, fileByApi, logIn, mapReady, openBrowser, until, violations, visit } from './harness';

const AT = `#map=14/${CENTRE.lat}/${CENTRE.lon}`;
let browser: Browser;
before(async () => {
  browser = await openBrowser();
  await fileByApi('Để có việc trong vùng');
});
after(() => browser.close());

interface Listed { directives: { id: number; about: string; text: string; agency: { code: string }; complaints: { total: number } }[] }

const listed = (page: Page): Promise<Listed> => page.evaluate(async () =>
  (await fetch('/api/v1/directives?limit=200')).json() as Promise<Listed>);

test('nobody but the city\'s own people has the tab', async () => {
  const { page, close } = await visit(browser, `/leader?tab=directives${AT}`);
  await mapReady(page);
  assert.equal(await page.locator('#tab-directives').count(), 0);
  assert.equal((await fetch(`${BASE}/api/v1/directives`)).status, 401);
  await close();
});

test('an area is drawn with the mouse, its agencies are counted, and each that is chosen is directed', async () => {
  const { page, complaints, close } = await visit(browser, `/leader?range=all${AT}`);
  await mapReady(page);
  await logIn(page, 'lanhdao');
  await page.locator('#tab-directives').waitFor();
  await page.locator('#tab-directives').click();
  await page.getByLabel('Trong vùng tự vẽ').check();
  await page.getByRole('button', { name: 'Vẽ vùng trên bản đồ' }).click();
  await page.locator('svg.lasso').waitFor();
  const box = await page.locator('.map-canvas').boundingBox();
  assert.ok(box);
  const view = new URL(page.url()).hash;
  const around = Array.from({ length: 24 }, (_, i) => [
    box.x + box.width * (0.65 + 0.22 * Math.cos((i * Math.PI) / 12)), box.y + box.height * (0.5 + 0.3 * Math.sin((i * Math.PI) / 12))] as const);
  await page.mouse.move(around[0]![0], around[0]![1]);
  await page.mouse.down();
  for (const [x, y] of around) await page.mouse.move(x, y);
  await page.mouse.up();
  await page.getByText(/Đã khoanh một vùng/).waitFor();
  assert.equal(await page.locator('svg.lasso').count(), 0);
  assert.equal(new URL(page.url()).hash, view, 'drawing did not move the map');
  await page.getByRole('button', { name: 'Xem các đơn vị liên quan' }).click();
  const rows = page.locator('.concerned label');
  await rows.first().waitFor();
  const before = (await listed(page)).directives.length;
  await rows.first().locator('input').check();
  const open = Number((/([\d.]+) đang mở/.exec(await rows.first().innerText())?.[1] ?? '').replace(/\./g, ''));
  assert.ok(open > 0);
  await page.fill('#directive-text', 'Kiểm tra toàn bộ khu vực này');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Gửi chỉ đạo' }).click();
  await page.getByText('Đã gửi chỉ đạo.').waitFor();
  const { directives } = await listed(page);
  assert.equal(directives.length, before + 1);
  const [made] = directives;
  assert.deepEqual([made?.about, made?.text, made?.complaints.total], ['area', 'Kiểm tra toàn bộ khu vực này', open]);
  const row = page.locator(`[data-directive="${made?.id}"]`);
  await row.waitFor();
  await row.getByRole('button', { name: 'Nhắc xử lý' }).click();
  await row.getByRole('button', { name: 'Gửi: Nhắc xử lý' }).click();
  await row.getByText('đã nhắc 1 lần').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('by keyboard alone: what the map shows is the area; Esc ends drawing', async () => {
  const { page, complaints, close } = await visit(browser, `/leader?range=all${AT}`);
  await mapReady(page);
  await logIn(page, 'lanhdao');
  await page.locator('#tab-directives').waitFor();
  await page.locator('#tab-directives').press('Enter');
  const filter = page.getByLabel('Theo bộ lọc đang chọn');
  await filter.focus();
  await page.keyboard.press('ArrowDown');
  assert.ok(await page.getByLabel('Trong vùng bản đồ đang xem').isChecked());
  await page.keyboard.press('ArrowDown');
  await page.getByRole('button', { name: 'Vẽ vùng trên bản đồ' }).press('Enter');
  await page.locator('svg.lasso').waitFor();
  await page.keyboard.press('Escape');
  await until('the sheet to go', async () => (await page.locator('svg.lasso').count()) === 0);
  await page.getByLabel('Trong vùng tự vẽ').focus();
  await page.keyboard.press('ArrowUp');
  await page.getByRole('button', { name: 'Xem các đơn vị liên quan' }).press('Enter');
  await page.locator('.concerned input').first().press('Space');
  await page.locator('#directive-text').focus();
  await page.keyboard.type('Báo cáo tình hình');
  await page.getByRole('button', { name: 'Gửi chỉ đạo' }).press('Enter');
  await page.getByText('Đã gửi chỉ đạo.').waitFor();
  assert.deepEqual((await listed(page)).directives[0]?.about, 'area');
  assert.deepEqual(complaints, []);
  await close();
});
