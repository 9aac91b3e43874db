// Personal data at /admin: one enters what a person asked for, a supervisor decides; holds and redactions;
// axe in both themes, narrow windows, who may. Rules of messages; how long agencies hold complaints.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, logIn, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

async function fits(page: Page): Promise<void> {
  assert.deepEqual(await violations(page), []);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await violations(page), []);
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await until(`no scrolling sideways at ${width}`, () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function filed(): Promise<string> {
  const made = await fetch(`${BASE}/api/v1/complaints`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ category: 'tieng-on', description: 'Nhà ông Tư ồn ào', channel: 'web', location: { lon: 106.70005, lat: 10.77985 }, reporter: { name: 'Ba', phone: '0933 222 111' } }) });
  assert.equal(made.status, 201);
  return ((await made.json()) as { code: string }).code;
}

test('erasure is entered by one and approved by another; holds and words by hand', { timeout: 180000 }, async () => {
  const code = await filed();
  const { page, close } = await visit(browser, '/admin?section=persons', { lang: 'en', expectedStatuses: [403, 404, 422] });
  await logIn(page, 'quantri');
  await page.locator('.persons').waitFor();
  await page.selectOption('#person-kind', 'erase');
  await page.fill('#person-contact', 'nobody');
  await page.fill('#person-verified', 'Identity card at the counter');
  await page.getByRole('button', { name: 'Send to a second person' }).click();
  await page.locator('.error-summary').waitFor();
  await page.fill('#person-contact', '0933222111');
  await page.getByRole('button', { name: 'Send to a second person' }).click();
  const card = page.locator('[data-request]').first();
  await card.getByText('09xx•••111').waitFor();
  await card.getByText('somebody else decides').waitFor();
  assert.equal(await card.getByRole('button', { name: /Approve/ }).count(), 0);

  await page.fill('#redact-code', code);
  await page.fill('#redact-words', 'Một nhà ồn ào');
  await page.fill('#redact-why', 'The person asked');
  await page.getByRole('button', { name: 'Take out for good' }).click();
  await page.locator('.person-redactions', { hasText: code }).waitFor();
  const held = await filed();
  await page.fill('#hold-code', held);
  await page.fill('#hold-why', 'A court asked');
  await page.getByRole('button', { name: 'Hold', exact: true }).click();
  await page.getByRole('button', { name: `Release: ${held}` }).waitFor();
  await fits(page);
  await close();

  const second = await visit(browser, '/admin?section=persons', { lang: 'en', expectedStatuses: [403] });
  await logIn(second.page, 'truongca');
  const theirs = second.page.locator('[data-request]').first();
  await theirs.getByRole('button', { name: /Approve/ }).click();
  await second.page.locator('[data-request][data-state=done]').first().getByText('1 held for the law').waitFor();
  assert.equal(await second.page.locator('.person-holds, .person-looks').count(), 0, 'the record is the auditor’s');
  assert.deepEqual(await violations(second.page), []);
  await second.close();
});

test('an administrator changes who is told what, and the ladder', { timeout: 180000 }, async () => {
  const { page, close } = await visit(browser, '/admin?section=notices', { lang: 'en', expectedStatuses: [403, 422] });
  await logIn(page, 'quantri');
  const box = page.locator('tr[data-rule="reopened desk"] input').first();
  await box.waitFor();
  const was = await box.isChecked();
  await box.click();
  await until('it to be changed', async () => (await page.locator('tr[data-rule="reopened desk"] input').first().isChecked()) !== was);
  await page.reload();
  await until('it to be kept', async () => (await page.locator('tr[data-rule="reopened desk"] input').first().isChecked()) !== was);
  await page.locator('tr[data-rule="reopened desk"] input').first().click();
  const percent = page.locator('tr[data-step="30"] input[type=number]');
  await percent.fill('50');
  await percent.blur();
  await page.locator('.error-summary').waitFor();
  await percent.fill('130');
  await percent.blur();
  await until('the step to be kept', async () => page.evaluate(async () => {
    const rules = (await (await fetch('/api/v1/notice-rules')).json()) as { ladder: { step: number; percent: number }[] };
    return rules.ladder.some((s) => s.step === 30 && s.percent === 130);
  }));
  await fits(page);
  await close();
});

test('leaders see how long agencies hold complaints', { timeout: 120000 }, async () => {
  const { page, close } = await visit(browser, '/leader?tab=ranking', { lang: 'en' });
  await logIn(page, 'lanhdao');
  await page.locator('.custody summary').click();
  await page.locator('.custody tbody tr').first().waitFor({ timeout: 60000 });
  assert.match(await page.locator('.custody thead').innerText(), /Median \(working hours\)/);
  assert.deepEqual(await violations(page), []);
  await close();
});
