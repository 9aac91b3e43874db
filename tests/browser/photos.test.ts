// Photos in the report form: chosen, seen, made smaller, sent, taken away again, their place offered,
// and shown to whoever follows the complaint.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { exif, png, vipsPicture, withExif } from '../api/lib/picture';
import { VIEW, chooseCategory, getJson, mapReady, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const file = (name: string, buffer: Buffer, mimeType = 'image/jpeg') => ({ name, mimeType, buffer });

test('a photo goes with a complaint, its place is offered, and who follows it sees it', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`);
  await mapReady(page);
  const large = withExif(vipsPicture(4000, 3000, '.jpg'), exif({ orientation: 6, lon: 106.7012, lat: 10.7812 }));
  const padded = Buffer.concat([large, Buffer.alloc(2 << 20)]); // large enough to be made smaller
  let sentBytes = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/api/v1/attachments')) sentBytes = Number(request.headers()['content-length'] ?? 0) || request.postDataBuffer()?.length || 0;
  });
  await page.setInputFiles('#photo-files', [file('ổ gà.jpg', padded), file('bỏ.png', png(200, 100), 'image/png')]);
  const rows = page.locator('.photo-list .photo');
  await until('both to be sent', async () => (await page.locator('.photo-list .photo.sent').count()) === 2);
  assert.ok(sentBytes < padded.length, `${sentBytes} bytes were sent`);
  assert.ok(await rows.first().locator('img').evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0), 'a preview');
  await page.getByRole('button', { name: 'Bỏ bỏ.png' }).click();
  assert.equal(await rows.count(), 1);

  await page.getByRole('button', { name: 'Dùng vị trí của ảnh' }).click();
  await until('the photo’s place', async () => /10\.7812\d?, 106\.7012/.test(await page.locator('.chosen .numbers').innerText()));
  await until('the offer to go', async () => (await page.locator('.photo-place').count()) === 0);
  assert.deepEqual(await violations(page, '.photo-field'), []);

  await chooseCategory(page, 'o ga');
  await page.fill('#description', 'Ổ gà sâu trước nhà');
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).click();
  await page.locator('output.code').waitFor({ timeout: 20000 });
  const code = (await page.locator('output.code').getAttribute('data-code')) ?? '';
  const stored = await getJson<{ attachments: { name: string; width: number; height: number; urls: { web: string } }[] }>(`/api/v1/complaints/${code}`);
  assert.equal(stored.attachments.length, 1);
  const [photo] = stored.attachments;
  assert.deepEqual([photo?.name, photo?.width, photo?.height], ['ổ gà.jpg', 1200, 1600], 'upright, once');

  await page.getByRole('button', { name: 'Theo dõi', exact: true }).click();
  const shown = page.locator('.attached img');
  await shown.waitFor();
  await shown.scrollIntoViewIfNeeded();
  await until('it to be loaded', () => shown.evaluate((image: HTMLImageElement) => image.naturalWidth === 240 || image.naturalWidth > 100));
  assert.deepEqual(complaints, []);
  await close();
});

test('a draft keeps what was sent when the page is loaded again; what cannot be sent says why', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`, { expectedStatuses: [415, 422] });
  await mapReady(page);
  await page.setInputFiles('#photo-files', [file('anh.png', png(300, 200), 'image/png'), file('la.jpg', Buffer.from('xin chào'))]);
  await page.locator('.photo.sent').waitFor();
  const failed = page.locator('.photo.failed');
  await failed.waitFor();
  assert.match(await failed.innerText(), /không nhận loại tệp này/);
  await page.fill('#description', 'Thử');
  await page.fill('#address', 'Lê Lợi');
  await chooseCategory(page, 'o ga');
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).click();
  await page.locator('#photos-error').waitFor();
  await page.getByRole('button', { name: 'Bỏ la.jpg' }).click();
  await page.reload();
  await mapReady(page);
  await page.locator('.photo.sent img').waitFor();
  assert.equal(await page.locator('.photo').count(), 1);
  await page.keyboard.press('Tab'); // reachable by keyboard
  await page.locator('#photos').focus();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'photos');
  assert.deepEqual(complaints, []);
  await close();
});
