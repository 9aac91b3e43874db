// The leader's measures: units filled on the map, the same numbers in a table that a keyboard can
// sort and choose from, two periods side by side; everything in the address.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { fileByApi, getJson, mapReady, openBrowser, until, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

interface Answer {
  units: { code: string; name: { vi: string }; count: number; values: Record<string, { value: number | null }> }[];
}

test('wards are ranked as the service counts them, and a choice is in the address', async () => {
  const { page, asked, complaints, close } = await visit(browser, '/leader?tab=measures&range=all');
  await mapReady(page);
  await page.getByRole('radio', { name: 'Phường, xã' }).check();
  const rows = page.locator('.ranking tbody tr');
  await rows.first().waitFor();
  const { units } = await getJson<Answer>('/api/v1/statistics?by=ward&measure=count');
  const most = Math.max(...units.map((u) => u.count));
  assert.equal(await rows.first().locator('td').last().innerText(), new Intl.NumberFormat('vi').format(most));
  assert.equal(new URL(page.url()).searchParams.get('unit'), 'ward');
  assert.ok(asked.some((a) => a.includes('/api/v1/statistics?')));

  await page.locator('.measure-legend li').first().waitFor();
  const inLegend = await page.locator('.measure-legend .legend-units').allInnerTexts();
  assert.equal(inLegend.map(Number).reduce((a, b) => a + b, 0), units.length, 'every ward has a class');

  const name = await rows.first().locator('th button').innerText();
  await rows.first().locator('th button').press('Enter');
  await page.locator('.unit-detail').getByText(name, { exact: true }).waitFor();
  assert.ok(units.some((u) => u.code === new URL(page.url()).searchParams.get('chosen') && u.name.vi === name));
  assert.deepEqual(complaints, []);
  await close();
});

test('the table is sorted by keyboard and says so', async () => {
  const { page, close } = await visit(browser, '/leader?tab=measures&range=all&unit=ward&measure=per_km2');
  await mapReady(page);
  await page.locator('.ranking tbody tr').first().waitFor();
  const count = page.locator('.ranking thead th.count');
  await count.getByRole('button').press('Enter');
  assert.equal(await count.getAttribute('aria-sort'), 'descending');
  const first = await page.locator('.ranking tbody tr').first().locator('td').last().innerText();
  await count.getByRole('button').press('Enter');
  assert.equal(await count.getAttribute('aria-sort'), 'ascending');
  const last = await page.locator('.ranking tbody tr').first().locator('td').last().innerText();
  const number = (text: string) => Number(text.replace(/\./g, ''));
  assert.ok(number(first) >= number(last));
  await close();
});

test('figures that are asked for come, though something comes in meanwhile', async () => {
  const { page, close } = await visit(browser, '/leader?tab=measures&range=all');
  await mapReady(page);
  await page.locator('.chip.live').waitFor();
  const givenUp: string[] = [];
  page.on('requestfailed', (request) => request.url().includes('/api/v1/statistics') && givenUp.push(request.url()));
  await page.route('**/api/v1/statistics?*', async (route) => {
    await fileByApi('Trong lúc chờ');
    await page.waitForTimeout(2000); // the page hears of it
    await route.continue();
  }, { times: 1 });
  await page.getByRole('radio', { name: 'Phường, xã' }).check();
  await page.locator('.ranking tbody tr').first().waitFor();
  assert.deepEqual(givenUp, []);
  await close();
});

test('two periods are asked for and shown as change; hexagons have no residents', async () => {
  const { page, asked, close } = await visit(browser, '/leader?tab=measures&range=30d&unit=ward');
  await mapReady(page);
  await page.selectOption('#compare', 'previous');
  const question = await until('a question about two periods', () => asked.find((a) => a.includes('compare_from=')));
  const query = new URL(question).searchParams;
  const time = (key: string) => Date.parse(query.get(key) ?? '');
  assert.equal(time('compare_to'), time('from'));
  assert.equal(time('to') - time('from'), time('compare_to') - time('compare_from'));
  await page.getByText('Thay đổi: Số phản ánh').first().waitFor();

  await page.getByRole('radio', { name: 'Lục giác' }).check();
  await until('hexagons', () => asked.some((a) => a.includes('by=hexagon')));
  assert.equal(await page.locator('#measure option[value=per_10000]').count(), 0);
  await page.getByRole('radio', { name: 'Bản đồ nhiệt' }).check();
  await until('no units', async () => (await page.locator('.measure-legend').count()) === 0);
  await close();
});

test('a failure is said, and no old number stays', async () => {
  const { page, close } = await visit(browser, '/leader?tab=measures&range=all');
  await mapReady(page);
  await page.route('**/api/v1/statistics*', (route) => route.fulfill({
    status: 503, contentType: 'application/problem+json', body: '{"title":"Hệ thống đang bận, hãy thử lại sau"}',
  }));
  await page.getByRole('radio', { name: 'Phường, xã' }).check();
  await page.getByRole('alert').filter({ hasText: 'Hệ thống đang bận' }).waitFor();
  assert.equal(await page.locator('.ranking').count(), 0);
  await close();
});
