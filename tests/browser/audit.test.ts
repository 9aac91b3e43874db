// The auditor's section at /admin: the security log by filters, looks at persons, the seals.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, openBrowser, until, visit } from './harness';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const LOGINS = (process.env['HOTLINE_LOGINS'] ?? '').split(/\s+/).map((each) => each.split(':') as [string, string]);
let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

function known(role: RegExp): [string, string] {
  const found = LOGINS.find(([login]) => role.test(login));
  assert.ok(found, `a demo log-in like ${role} among ${LOGINS.map(([login]) => login).join(', ')}`);
  return found;
}

async function logIn(page: Page, [login, password]: [string, string]): Promise<void> {
  await page.locator('.header-end .in-header').click();
  await page.fill('#login-name', login);
  await page.fill('#login-password', password);
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.user').waitFor();
}

async function wrongs(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (o: object) => Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> } };
    const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id} ${n.target.join(' ')}`));
  });
}

test('an auditor reads who logged in, filters it, and finds the looks and the seals', async () => {
  const auditor = known(/audit|kiem/i);
  const { page, complaints, close } = await visit(browser, '/admin?section=audit');
  await logIn(page, auditor);
  const row = page.locator('.audit tbody tr').first();
  await row.waitFor();
  await page.selectOption('#audit-event', 'session.opened');
  await page.fill('#audit-actor', auditor[0]);
  await page.getByRole('button', { name: 'Xem', exact: true }).click();
  await until('only log-ins of the auditor', async () => {
    const cells = await page.locator('.audit tbody tr td:nth-child(3)').allInnerTexts();
    return cells.length > 0 && cells.every((cell) => cell === auditor[0]);
  });
  assert.deepEqual(await wrongs(page), []);
  await page.fill('#audit-from', '2099-01-01');
  await page.getByRole('button', { name: 'Xem', exact: true }).click();
  await page.getByText('Không có dòng nào.').waitFor();
  await page.getByRole('tab', { name: 'Lượt xem thông tin cá nhân' }).click();
  await page.locator('#audit-viewer').waitFor();
  await page.getByRole('tab', { name: 'Dấu niêm phong' }).click();
  await page.getByRole('link', { name: 'Tải về' }).waitFor();
  assert.deepEqual(await wrongs(page), []);
  assert.deepEqual(complaints, []);
  await close();
});

test('whoever is no auditor has no such section', async () => {
  const { page, close } = await visit(browser, '/admin?section=audit', { expectedStatuses: [403] });
  await logIn(page, known(/^lanhdao$/));
  await page.locator('#admin-title').waitFor();
  assert.equal(await page.locator('.audit, .sections a[href*=audit]').count(), 0);
  assert.equal(await page.evaluate(async () => (await fetch('/api/v1/audit')).status), 403);
  assert.equal((await fetch(`${BASE}/api/v1/audit`)).status, 401);
  await close();
});
