// Every page as it is served: policy, language, and nothing from anywhere else.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { BASE, VIEW, fileByApi, mapReady, openBrowser, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const PAGES = ['/', '/leader'];
const SERVED = [...PAGES, '/admin', '/operator', '/agency'];

for (const path of SERVED) {
  test(`${path} is served in Vietnamese under a strict policy`, async () => {
    const response = await fetch(`${BASE}${path}`, { headers: { Accept: 'text/html' } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe-|\*|https?:/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    const html = await response.text();
    assert.match(html, /<html lang="vi">/);
    assert.doesNotMatch(html, /<style|style=|<script(?![^>]*\ssrc=)|\son\w+=/i);
  });
}

for (const path of PAGES) {
  test(`${path} loads without an error, and from here alone`, async () => {
    const { page, complaints, asked, close } = await visit(browser, `${path}${VIEW}`);
    await mapReady(page);
    assert.deepEqual(complaints, []);
    const elsewhere = asked.filter((address) => !address.startsWith(BASE)
      && !address.startsWith('blob:') && !address.startsWith('data:'));
    assert.deepEqual(elsewhere, []);
    assert.equal(await page.locator('h1').count(), 1);
    await close();
  });
}

for (const lang of ['vi', 'en'] as const) {
  for (const dark of [false, true]) {
    test(`axe finds nothing wrong with the citizen’s page (${lang}, ${dark ? 'dark' : 'light'})`, async () => {
      const { code } = await fileByApi(`Cho axe ${Date.now()}`);
      for (const [width, path] of [[1280, '/'], [390, '/'], [390, `/?code=${code}`], [1280, '/?tab=filters'], [390, '/?code=AAAAAAAAA']] as const) {
        const { page, close } = await visit(browser, `${path}${VIEW}`, { lang, dark, width, expectedStatuses: [404] });
        await page.locator(path.includes('code') ? '.tracked, #track-code-error' : '.tab-panel').first().waitFor();
        if (path === '/') {
          await page.locator('.citizen-help summary').click();
          await page.locator('.more summary').click();
          await page.locator('.report button[type=submit]').click();
          await page.locator('.error-summary').waitFor();
        }
        assert.deepEqual(await violations(page), [], `${path} at ${width}`);
        for (const narrow of width === 390 ? [320, 390] : []) {
          await page.setViewportSize({ width: narrow, height: 800 });
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth) <= 0, `${path} at ${narrow}`);
        }
        await close();
      }
    });
  }
}

test('the language can be changed, is kept, and the page says which it is', async () => {
  const { page, complaints, close } = await visit(browser, '/');
  const heading = page.locator('h1');
  await heading.waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'vi');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Send report' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  assert.match(await page.title(), /Report a problem/);
  await page.reload();
  await page.getByRole('button', { name: 'Send report' }).waitFor();
  await page.getByRole('button', { name: 'Tiếng Việt' }).click();
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('boundaries that are only approximate are said to be so on the map', async () => {
  const city = (await (await fetch(`${BASE}/api/v1/city`)).json()) as { approximate?: boolean };
  const { layers } = (await (await fetch(`${BASE}/tiles.json`)).json()) as
    { layers: { id: string; approximate?: boolean; tilejson: string }[] };
  const approximate = city.approximate === true || layers.some((layer) => layer.approximate);
  const { page, close } = await visit(browser, `/leader${VIEW}`);
  await mapReady(page);
  const note = page.getByText('Ranh giới trên bản đồ này chỉ gần đúng');
  assert.equal(await note.isVisible(), approximate);
  await close();
});

test('a wrong log-in is refused politely', async () => {
  const { page, complaints, close } = await visit(browser, '/', { expectedStatuses: [401] });
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  await page.fill('#login-name', 'nobody-of-this-name');
  await page.fill('#login-password', 'wrong');
  await page.locator('dialog button[type=submit]').click();
  await page.getByText('Tên đăng nhập hoặc mật khẩu không đúng.').waitFor();
  assert.equal(await page.locator('#login-password').getAttribute('aria-invalid'), 'true');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'hidden' });
  assert.deepEqual(complaints, []);
  await close();
});
