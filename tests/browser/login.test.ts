// A new account in the browser: the link to choose a password, the log-in, a second factor set up and
// asked for.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, openBrowser, sessionOf, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const PASSWORD = 'mật khẩu trên trình duyệt 1022';

/** RFC 6238, for the key as the page shows it. */
function totp(secret: string, steps: number): string {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac('sha1', Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))).update(counter).digest();
  return String((mac.readUInt32BE((mac[19] as number) & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

async function makeAccount(): Promise<{ login: string; link: string }> {
  const made = await fetch(`${BASE}/api/v1/users`, {
    method: 'POST', headers: await sessionOf('quantri'),
    body: JSON.stringify({ login: `thu${Date.now().toString(36)}`, name: 'Người thử', role: 'leader' }),
  });
  assert.equal(made.status, 201);
  return await made.json() as { login: string; link: string };
}

async function fillIn(page: Page, login: string): Promise<void> {
  await page.locator('.header-end .in-header').click();
  await page.fill('#login-name', login);
  await page.fill('#login-password', PASSWORD);
  await page.press('#login-password', 'Enter');
}

test('a password is chosen with a link, a second factor set up, and asked for at the next log-in', async () => {
  const { login, link } = await makeAccount();
  const { page, complaints, close } = await visit(browser, link, { expectedStatuses: [401] });
  await page.locator('#password-new').fill(PASSWORD);
  assert.equal(new URL(page.url()).hash.includes('password'), false, 'the token does not stay in the address');
  await page.locator('dialog[open] button[type=submit]').click();
  await page.locator('dialog[open] [role=status]', { hasText: 'Đã đặt mật khẩu' }).waitFor();
  await page.keyboard.press('Escape');

  await fillIn(page, login);
  await page.locator('.account-open').click();
  await page.locator('#own-factor ~ button').click();
  const secret = (await page.locator('.factor-secret').textContent()) ?? '';
  await page.fill('#factor-code', totp(secret, 0));
  await page.press('#factor-code', 'Enter');
  await page.locator('.recovery-codes li').nth(9).waitFor();
  assert.equal(await page.locator('.own-session').count(), 1);
  await page.keyboard.press('Escape');
  await page.locator('.user .in-header').click();

  await fillIn(page, login);
  await page.locator('#login-code').fill('000000');
  await page.press('#login-code', 'Enter');
  await page.locator('#login-code-error').waitFor();
  await page.fill('#login-code', totp(secret, 1));
  await page.press('#login-code', 'Enter');
  await page.locator('.account-open', { hasText: 'Người thử' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});
