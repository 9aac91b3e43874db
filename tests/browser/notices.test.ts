// The administrator's section on messages: what can be sent, another system told (its secret shown
// once), an agency's address, words edited; axe in both themes, narrow windows, who may.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { logIn, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

test('an administrator sees what waits, tells another system, and edits words', { timeout: 120000 }, async () => {
  const { page, complaints, close } = await visit(browser, '/admin', { lang: 'en', expectedStatuses: [403, 422] });
  await logIn(page, 'quantri');
  await page.getByRole('link', { name: 'Messages' }).click();
  await page.locator('.notices').waitFor();
  assert.equal(await page.locator('#admin-title').innerText(), 'Messages');
  assert.match(await page.locator('tr[data-medium=email]').innerText(), /Not configured: messages wait, none is lost/);
  assert.match(await page.locator('tr[data-medium=webhook]').innerText(), /Ready/);

  // Unencrypted is refused with its reason; then it is made, and its secret shown this once.
  const name = `Data hub ${Date.now()}`;
  await page.fill('#hook-name', name);
  await page.fill('#hook-url', 'http://hub.example/hook');
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  await page.locator('.error-summary').waitFor();
  await page.fill('#hook-url', 'https://hub.invalid/hook');
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const secret = await page.locator('.secret').innerText();
  assert.match(secret, /^whsec_[0-9a-f]{64}$/);
  await page.locator(`[data-webhook="${name}"]`).waitFor();
  assert.equal(await page.locator('.error-summary').count(), 0);
  await page.getByRole('button', { name: `Stop: ${name}` }).click();
  await page.getByRole('button', { name: `Start again: ${name}` }).waitFor();
  await page.reload();
  await page.locator(`[data-webhook="${name}"]`).waitFor();
  assert.ok(!(await page.content()).includes('whsec_'));

  // Words: an unknown placeholder is named, a good edit is there after a reload.
  await page.selectOption('#words-which', 'answered reporter sms en');
  const words = await page.inputValue('#words-body');
  await page.fill('#words-body', `${words} {{nonsense}}`);
  await page.getByRole('button', { name: 'Save the words' }).click();
  await page.locator('.error-summary', { hasText: 'nonsense' }).waitFor();
  await page.fill('#words-body', `${words} (1022)`);
  await page.getByRole('button', { name: 'Save the words' }).click();
  await page.getByText('Saved.').waitFor();
  await page.reload();
  await page.locator('.notices').waitFor();
  await page.selectOption('#words-which', 'answered reporter sms en');
  assert.equal(await page.inputValue('#words-body'), `${words} (1022)`);

  assert.deepEqual(await violations(page), []);
  await page.emulateMedia({ colorScheme: 'dark' });
  await until('the dark theme', () => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches));
  assert.deepEqual(await violations(page), []);
  await page.setViewportSize({ width: 390, height: 800 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing to scroll sideways');
  assert.deepEqual(complaints, []);
  await close();
});

test('others are told that it is not for them', async () => {
  const { page, close } = await visit(browser, '/admin?section=notices', { lang: 'vi', expectedStatuses: [403] });
  await logIn(page, 'lanhdao');
  await page.getByText('Thông báo: không phải phần việc của bạn.').waitFor();
  assert.equal(await page.locator('.notices').count(), 0);
  await close();
});
