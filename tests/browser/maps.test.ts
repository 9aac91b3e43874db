// The administrator's parts that stand beside a map: boundaries from a file to publishing and back, by
// keyboard; layers; who holds what; residents; likely duplicates.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { CENTRE, clickMap, logIn, mapReady, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const ADMIN = 'quantri';
const SECTIONS = ['boundaries', 'layers', 'jurisdictions', 'populations', 'duplicates'];
const square = (lon: number, lat: number, side = 0.02) =>
  ({ type: 'Polygon', coordinates: [[[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]] });
const file = (name: string, text: string) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
const collection = (...list: [object, object | null][]) => JSON.stringify({
  type: 'FeatureCollection', features: list.map(([properties, geometry]) => ({ type: 'Feature', properties, geometry })) });

/** Presses Tab until the thing has the focus: it is reached in order, and shows it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await until('the focus to come by', async () => {
    if (await target.evaluate((element) => element === document.activeElement)) return true;
    await page.keyboard.press('Tab');
    return false;
  });
  const outline = await target.evaluate((element) => getComputedStyle(element).outlineStyle);
  assert.notEqual(outline, 'none', 'the focus is seen');
}

test('boundaries are uploaded, held against those in force, published and taken back, by keyboard', async () => {
  const { page, complaints, close } = await visit(browser, '/admin?section=boundaries');
  await logIn(page, ADMIN);
  await page.locator('#boundaries-file').setInputFiles(file('hai-phuong.geojson', collection(
    [{ ma_xa: 'thu-1', ten_xa: 'Phường Thử Một' }, square(106.69, 10.77)], [{ ma_xa: 'thu-2', ten_xa: 'Phường Thử Hai' }, square(106.709, 10.77)])));
  const send = page.getByRole('button', { name: 'Gửi và đọc tệp' });
  await page.locator('#boundaries-file').focus();
  await tabTo(page, send);
  await page.keyboard.press('Enter');
  await page.getByText('hai-phuong.geojson: 2 đối tượng (2 vùng)').waitFor({ timeout: 60000 });
  assert.equal(await page.locator('#generation-code').inputValue(), 'ma_xa', 'the columns are guessed');
  assert.equal(await page.locator('#generation-name').inputValue(), 'ten_xa');
  await page.fill('#generation-from', '2099-01-01');
  await page.fill('#generation-title', 'Hai phường thử');
  await page.locator('#generation-title').focus();
  await tabTo(page, page.getByRole('button', { name: 'Kiểm tra và xem trước' }));
  await page.keyboard.press('Enter');
  const shown = page.locator('.generation[data-state=ready]');
  await shown.waitFor({ timeout: 60000 });
  await shown.getByText(/2 đơn vị, hiện hành 1\d\d: 0 không đổi, 0 đổi ranh giới, 2 mới/).waitFor();
  await shown.getByText(/1 chỗ chồng lấn/).waitFor();
  await mapReady(page);
  assert.ok(await page.locator('.shape-key li').count() >= 3, 'the key tells the colours');
  await shown.getByText(/^Chồng lấn:/).click();
  await shown.getByRole('button', { name: 'Xem: Chồng lấn thu-1 thu-2' }).waitFor();
  assert.deepEqual(await violations(page), []);

  await tabTo(page, shown.getByLabel('Tôi đã xem các điều trên và vẫn ban hành'));
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Nghị quyết thử');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.generation[data-state=published]').waitFor({ timeout: 30000 });
  await page.getByText('Đã ban hành. Dịch vụ dùng ranh giới mới sau vài giây.').waitFor();
  await page.locator('#back-reason').focus();
  await page.keyboard.type('Chỉ là thử');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.generation[data-state=taken_back]').waitFor({ timeout: 30000 });
  await page.locator('.generation q').filter({ hasText: 'Chỉ là thử' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('broken shapes are named before and after; a file that is none is refused in words', async () => {
  const { page, close } = await visit(browser, '/admin?section=boundaries', { expectedStatuses: [415, 422] });
  await logIn(page, ADMIN);
  await page.locator('#boundaries-file').setInputFiles(file('x.geojson', '<html></html>'));
  await page.getByRole('button', { name: 'Gửi và đọc tệp' }).click();
  await page.locator('[role=alert]').filter({ hasText: 'không nhận loại tệp này' }).waitFor();
  await page.locator('#boundaries-file').setInputFiles(file('hong.geojson', collection([{ ma: '1', ten: 'Phường Tốt' }, square(106.7, 10.7)], [{ ma: '2', ten: 'Phường Không Hình' }, null])));
  await page.getByRole('button', { name: 'Gửi và đọc tệp' }).click();
  await page.locator('.faults').getByText('Phường Không Hình').waitFor({ timeout: 60000 });
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Kiểm tra và xem trước' }).click();
  await page.locator('[role=alert]').filter({ hasText: '2 (Phường Không Hình): no geometry' }).waitFor();
  await close();
});

test('a layer is made of a file, seen on the map, edited and withdrawn', async () => {
  const { page, complaints, close } = await visit(browser, '/admin?section=layers');
  await logIn(page, ADMIN);
  await page.locator('[data-layer=schools]').waitFor();
  await page.getByRole('button', { name: 'Thêm lớp mới' }).click();
  await page.locator('#layer-file').setInputFiles(file('diem-thu.csv', `ten,lon,lat\n<img src=x onerror=alert(1)>,${CENTRE.lon},${CENTRE.lat}\n`));
  await page.getByRole('button', { name: 'Gửi và đọc tệp' }).click();
  await page.getByText('diem-thu.csv: 1 đối tượng (1 điểm)').waitFor({ timeout: 60000 });
  assert.equal(await page.locator('#layer-code').inputValue(), 'diem-thu');
  await page.fill('#layer-name_vi', 'Điểm thử');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Tạo lớp' }).click();
  const row = page.locator('[data-layer=diem-thu]');
  await row.waitFor();
  await page.getByText('Đã lưu.').waitFor();
  await row.getByRole('button', { name: 'Sửa: Điểm thử' }).click();
  await page.fill('#layer-color', '#15803d');
  await page.locator('#layer-valid_from').fill('2026-01-01');
  await page.getByRole('button', { name: 'Lưu' }).click();
  await until('its colour', async () => /rgb\(21, 128, 61\)/.test(await row.locator('.layer-swatch').evaluate((e) => getComputedStyle(e).backgroundColor)));
  await row.getByText('01/01/2026 – …').waitFor();
  await row.getByRole('button', { name: 'Rút: Điểm thử' }).click();
  await row.getByText('đã rút').waitFor();
  await row.getByRole('button', { name: 'Dùng lại: Điểm thử' }).click();
  await row.getByRole('button', { name: 'Rút: Điểm thử' }).click();
  await row.getByText('đã rút').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('residents are typed and pasted, likeness is changed and put back, a click tells who holds what', async () => {
  // A layer that the test before has withdrawn may still be in a list of the second before.
  const { page, complaints, close } = await visit(browser, '/admin?section=populations', { expectedStatuses: [404] });
  await logIn(page, ADMIN);
  const first = page.locator('.populations tbody tr').first();
  await first.waitFor();
  const code = await first.getAttribute('data-unit') ?? '';
  await page.fill('#population-source', 'Cục Thống kê');
  await page.getByText('Dán nhiều số liệu').first().click();
  await page.fill('#population-paste', `${code}\t54.321\nkhong-co;5`);
  await page.getByRole('button', { name: 'Đưa vào bảng' }).click();
  await page.getByText('Đã đưa 1 số liệu vào bảng. Không có mã: khong-co.').waitFor();
  await page.getByRole('button', { name: 'Lưu 1 số liệu đã sửa' }).click();
  await page.getByText('Đã lưu 1 số liệu.').waitFor();
  await until('the figure', async () => (await first.innerText()).includes('Cục Thống kê'));

  await page.locator('.sections a[href*=duplicates]').click();
  const extent = page.locator('[data-term=o-ga] input').nth(1);
  const was = await extent.inputValue();
  for (const value of ['44', was]) {
    await extent.fill(value);
    await page.getByRole('button', { name: 'Lưu' }).click();
    await page.getByText('Đã lưu.').waitFor();
    assert.equal(await extent.inputValue(), value);
  }

  await page.locator('.sections a[href*=jurisdictions]').click();
  await page.selectOption('#holders-category', 'tieng-on');
  await until('the list', async () => (await page.locator('[data-jurisdiction]').count()) > 100);
  await page.getByText('Không có chồng lấn và khoảng hở.').waitFor();
  await mapReady(page);
  await clickMap(page, 0.42, 0.55);
  await page.getByText(/^Tại \d+\.\d+, \d+\.\d+/).waitFor();
  await until('those that hold there', async () => (await page.locator('[data-jurisdiction]').count()) < 20);
  assert.deepEqual(complaints, []);
  await close();
});

for (const [lang, dark, width] of [['vi', false, 1280], ['en', true, 1280], ['vi', true, 390], ['en', false, 390]] as const) {
  test(`axe finds nothing and nothing scrolls sideways: ${lang}, ${dark ? 'dark' : 'light'}, ${width} px`, async () => {
    const { page, complaints, close } = await visit(browser, '/admin?section=boundaries', { lang, dark, width });
    await logIn(page, ADMIN);
    for (const section of SECTIONS) {
      await page.locator(`.sections a[href*=${section}]`).click();
      await page.locator('.admin-panel h2, .admin-panel table').first().waitFor();
      await until('its rows', async () => section === 'boundaries' || (await page.locator('.admin-panel tbody tr').count()) > 0);
      assert.deepEqual(await violations(page), [], section);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false, `${section} scrolls sideways`);
    }
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('an auditor looks and changes nothing; others have none of it', async () => {
  const auditor = await visit(browser, '/admin?section=layers');
  await logIn(auditor.page, 'kiemtra');
  await auditor.page.locator('[data-layer=schools]').waitFor();
  assert.equal(await auditor.page.getByRole('button', { name: /Sửa|Rút|Thay dữ liệu|Thêm lớp/ }).count(), 0);
  await auditor.close();
  const leader = await visit(browser, '/admin?section=boundaries', { expectedStatuses: [403] });
  await logIn(leader.page, 'lanhdao');
  await leader.page.locator('#admin-title').waitFor();
  assert.equal(await leader.page.locator('.sections a[href*=boundaries], #boundaries-file').count(), 0);
  await leader.close();
});
