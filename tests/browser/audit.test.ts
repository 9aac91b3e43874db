// The auditor's section at /admin: the security log by filters, looks at persons, the seals.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { BASE, logIn, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

test('an auditor reads who logged in, filters it, and finds the looks and the seals', async () => {
  const auditor = 'kiemtra';
  const { page, complaints, close } = await visit(browser, '/admin?section=audit');
  await logIn(page, auditor);
  const row = page.locator('.audit tbody tr').first();
  await row.waitFor();
  await page.selectOption('#audit-event', 'session.opened');
  await page.fill('#audit-actor', auditor);
  await page.getByRole('button', { name: 'Xem', exact: true }).click();
  await until('only log-ins of the auditor', async () => {
    const cells = await page.locator('.audit tbody tr td:nth-child(3)').allInnerTexts();
    return cells.length > 0 && cells.every((cell) => cell === auditor);
  });
  assert.deepEqual(await violations(page), []);
  await page.fill('#audit-from', '2099-01-01');
  await page.getByRole('button', { name: 'Xem', exact: true }).click();
  await page.getByText('Không có dòng nào.').waitFor();
  await page.getByRole('tab', { name: 'Lượt xem thông tin cá nhân' }).click();
  await page.locator('#audit-viewer').waitFor();
  await page.getByRole('tab', { name: 'Dấu niêm phong' }).click();
  await page.getByRole('link', { name: 'Tải về' }).waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(complaints, []);
  await close();
});

test('whoever is no auditor has no such section', async () => {
  const { page, close } = await visit(browser, '/admin?section=audit', { expectedStatuses: [403] });
  await logIn(page, 'lanhdao');
  await page.locator('#admin-title').waitFor();
  assert.equal(await page.locator('.audit, .sections a[href*=audit]').count(), 0);
  assert.equal(await page.evaluate(async () => (await fetch('/api/v1/audit')).status), 403);
  assert.equal((await fetch(`${BASE}/api/v1/audit`)).status, 401);
  await close();
});
