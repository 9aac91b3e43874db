// The leader's ranking, time line, wall display and files: the same figures as the service's, in the
// address, by keyboard, in both languages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { getJson, mapReady, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

interface Unit {
  code: string;
  name: { vi: string };
  count: number;
  values: Record<string, { value: number | null }>;
}
const number = (value: number): string => new Intl.NumberFormat('vi-VN').format(value);
const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

test('agencies are ranked as the service counts them; a name filters the whole page', async () => {
  const { page, asked, complaints, close } = await visit(browser, '/leader?tab=ranking&range=all');
  await mapReady(page);
  const rows = page.locator('.leader-ranking tbody tr');
  await rows.first().waitFor();
  const { units } = await getJson<{ units: Unit[] }>('/api/v1/statistics?by=agency&measure=count,on_time');
  const most = units.reduce((a, b) => (b.count > a.count ? b : a));
  assert.equal(await rows.first().locator('th').innerText(), most.name.vi);
  assert.equal(await rows.first().locator('td.count').innerText(), number(most.count));
  assert.match(await rows.first().locator('td.on_time').innerText(), /^\d+(,\d+)? %$/);

  // The line beside it is twelve weeks of that agency's.
  const line = rows.first().locator('.trend svg');
  await line.waitFor();
  const values = (await line.getAttribute('aria-label') ?? '').split(': ')[1]?.split(', ').map(Number) ?? [];
  assert.ok(values.length >= 12 && values.length <= 14 && values.every(Number.isFinite), values.join());

  await rows.first().locator('th button').press('Enter');
  await until('the filter in the address', () => parameter(page, 'agency') === most.code);
  await until('tiles of that agency', () => asked.some((a) => a.includes('/tiles/') && a.includes(`agency=${most.code}`)));
  await until('one row', async () => (await rows.count()) === 1);
  await page.getByRole('button', { name: 'Xem các phản ánh' }).click();
  await page.locator('.latest-item').first().waitFor();
  for (const agency of await page.locator('.latest-agency').allInnerTexts()) assert.equal(agency, most.name.vi);
  await page.goBack();
  await page.getByRole('button', { name: `Bỏ lọc ${most.name.vi}` }).click();
  await until('no filter', () => parameter(page, 'agency') === null);
  assert.deepEqual(complaints, []);
  await close();
});

test('columns sort, definitions are one click away, and the figures come as files', async () => {
  const { page, close } = await visit(browser, '/leader?tab=ranking&range=all&rank=ward');
  await mapReady(page);
  await page.locator('.leader-ranking tbody tr').first().waitFor();
  const late = page.locator('.leader-ranking th.late');
  await late.getByRole('button').press('Enter');
  assert.equal(await late.getAttribute('aria-sort'), 'descending');
  const shown = (await page.locator('.leader-ranking td.late').allInnerTexts()).map((text) => Number(text.replace(/\D/g, '')));
  assert.deepEqual(shown, [...shown].sort((a, b) => b - a));
  await page.getByText('Các con số này tính thế nào?').click();
  await page.getByText('Đúng hạn: số xong trước hạn', { exact: false }).waitFor();
  for (const [name, start] of [['XLSX', 'PK'], ['CSV', '\ufeffcode'], ['GeoJSON', '{"type":"FeatureCollection"'], ['PDF', '%PDF-']] as const) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.leader-ranking .exports').getByText(name, { exact: true }).click()]);
    assert.ok(readFileSync(await download.path()).toString('utf8').startsWith(start), name);
    assert.equal(download.suggestedFilename(), `statistics.${name.toLowerCase()}`);
  }
  await close();
});

test('the time line moves the period by keyboard and plays', async () => {
  const { page, asked, complaints, close } = await visit(browser, '/leader?range=30d');
  await mapReady(page);
  await page.getByRole('button', { name: 'Dòng thời gian' }).click();
  const slider = page.getByRole('slider', { name: 'Ngày cuối của kỳ đang xem' });
  await page.locator('.time-bars rect.on').first().waitFor();
  assert.ok((await page.locator('.time-bars rect').count()) > 300, 'a bar for each day');
  await slider.press('ArrowLeft');
  const to = await until('a period', () => parameter(page, 'to'));
  const from = parameter(page, 'from');
  assert.equal((Date.parse(to) - Date.parse(from ?? '')) / 86400000, 6, 'seven days');
  await slider.press('ArrowLeft');
  await until('a day before', () => Date.parse(parameter(page, 'to') ?? '') === Date.parse(to) - 86400000);
  await until('tiles of that period', () => asked.some((a) => a.includes('/tiles/heatmap/') && decodeURIComponent(a).includes(`to=${to}T00:00:00`)));
  await slider.press('Home');
  const first = await until('the first day', () => (parameter(page, 'to') !== to ? parameter(page, 'to') : null));
  await page.getByRole('button', { name: 'Phát' }).click();
  await until('it to play', () => Date.parse(parameter(page, 'to') ?? '') >= Date.parse(first) + 2 * 86400000);
  await page.getByRole('button', { name: 'Tạm dừng' }).click();
  await page.getByRole('button', { name: 'Phát' }).waitFor();
  await page.waitForTimeout(300); // what was under way is in the address
  const stopped = parameter(page, 'to');
  await page.waitForTimeout(1500);
  assert.equal(parameter(page, 'to'), stopped);
  await page.getByRole('radio', { name: '1 ngày' }).check();
  await until('one day', () => parameter(page, 'from') === parameter(page, 'to'));
  assert.deepEqual(complaints, []);
  await close();
});

test('the map is saved as a picture with a caption', async () => {
  const { page, complaints, close } = await visit(browser, '/leader?range=all');
  await mapReady(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Ảnh bản đồ' }).click()]);
  const bytes = readFileSync(await download.path());
  assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
  const canvas = await page.evaluate(() => {
    const seen = document.querySelector<HTMLCanvasElement>('.maplibregl-canvas');
    return seen ? { width: seen.width, height: seen.height } : null;
  });
  assert.equal(bytes.readUInt32BE(16), canvas?.width);
  assert.ok(bytes.readUInt32BE(20) > (canvas?.height ?? 0), 'a band below the map');
  assert.ok(bytes.length > 20000, 'not an empty picture');
  assert.deepEqual(complaints, []);
  await close();
});

test('the wall display shows the service\'s own figures, and Escape leaves it', async () => {
  const { page, complaints, close } = await visit(browser, '/leader');
  await mapReady(page);
  await page.getByRole('button', { name: 'Màn hình lớn' }).click();
  await page.locator('.wall').waitFor();
  assert.equal(await page.locator('.header').isVisible(), false);
  assert.equal(await page.locator('#panel').isVisible(), false);
  const { total } = await getJson<{ total: { open: number; late: number } }>('/api/v1/statistics?by=channel&measure=count');
  await until('the open ones', async () => (await page.locator('.wall-figure.open dd').innerText()) === number(total.open));
  assert.equal(await page.locator('.wall-figure.late dd').innerText(), number(total.late));
  assert.match(await page.locator('.wall-figure.on-time dd').innerText(), /^\d+(,\d+)? %$/);
  await page.keyboard.press('Escape');
  await page.locator('.header').waitFor();
  assert.equal(await page.locator('.wall').count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

for (const lang of ['vi', 'en'] as const) {
  for (const dark of [false, true]) {
    test(`axe finds nothing wrong with ranking, time line and wall (${lang}, ${dark ? 'dark' : 'light'})`, async () => {
      const { page, close } = await visit(browser, '/leader?tab=ranking&range=all&time=1', { lang, dark });
      await mapReady(page);
      await page.locator('.leader-ranking .trend svg').first().waitFor();
      await page.locator('.definitions summary').click();
      assert.deepEqual(await violations(page), [], 'ranking and time line');
      await page.goto(page.url().replace('tab=ranking', 'wall=1'));
      await page.locator('.wall').waitFor();
      await mapReady(page);
      assert.deepEqual(await violations(page), [], 'the wall');
      await close();
    });
  }
}

test('nothing has to be scrolled sideways at 390 pixels', async () => {
  const { page, close } = await visit(browser, '/leader?tab=ranking&range=all&time=1', { width: 390, height: 800 });
  await page.locator('.leader-ranking tbody tr').first().waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${wide} pixels too wide`);
  await close();
});
