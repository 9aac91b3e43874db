// The administrator's page: the whole story of a change of rules, from the draft to the way back, with
// two people; and what everyone needs of it: axe, both languages, dark, narrow windows.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, CENTRE, VIEW, clickMap, fileByApi, logIn, mapReady, openBrowser, sessionOf, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const setState = (page: Page): Promise<string | null> => page.locator('.one-set').getAttribute('data-state');
const revision = (page: Page): Promise<string | null> => page.locator('.one-set').getAttribute('data-revision');
const tab = (page: Page, id: string): Promise<void> => page.locator(`#tab-${id}`).click();

/** Until the job that was started has ended, and what it found is shown. */
async function runJob(page: Page, view: string): Promise<void> {
  await page.locator(`.${view} > button.primary`).click();
  await page.locator(`.${view} .strong[role=status]`).waitFor({ timeout: 90000 });
  await page.locator(`.${view} > button.primary`).waitFor();
}

test('a change of rules, from the draft to the way back', { timeout: 300000 }, async () => {
  const before = await fileByApi('Trước khi đổi quy tắc');
  const { page, complaints, close } = await visit(browser, `/admin${VIEW}`, { lang: 'en', expectedStatuses: [403, 409, 422] });
  await logIn(page, 'quantri');
  await page.locator('.one-set').waitFor();
  assert.equal(await setState(page), 'published');
  const published = await page.locator('#set-title').innerText();

  // A draft with a rule, after a slip that the form names.
  await page.fill('#draft-title', 'Loud speakers to the 1022 centre');
  await page.locator('.new-draft button').click();
  await until('the draft', async () => (await setState(page)) === 'draft');
  await page.locator('.rules > button').click();
  await page.fill('#rule-code', 'thu-tieng-on');
  await page.fill('#rule-name-vi', 'Thử tiếng ồn');
  await page.fill('#rule-name-en', 'Noise, tried');
  await page.selectOption('#rule-class', 'special');
  await page.fill('#condition-0', 'khong-co-linh-vuc');
  const agency = await page.locator('#known-agencies option').evaluateAll((options, mine) =>
    options.map((o) => (o as HTMLOptionElement).value).find((code) => code !== mine && !code.startsWith('ubnd')), before.assignment.agency.code);
  assert.ok(agency);
  await page.fill('#rule-outcome', agency);
  await page.locator('.rule-form button[type=submit]').click();
  await page.locator('.rule-form .error').first().waitFor();
  await page.fill('#rule-text', 'category tieng-on');
  assert.equal(await page.inputValue('#condition-0'), 'tieng-on', 'the text and the form say the same');
  await page.locator('.rule-form button[type=submit]').click();
  await page.locator('.rule[data-code=thu-tieng-on]').waitFor();
  assert.equal(await revision(page), '2');

  // Check, with its findings looked at; then the replay.
  await tab(page, 'check');
  await runJob(page, 'check-view');
  if (await page.locator('#acknowledge-why').count()) {
    await page.fill('#acknowledge-why', 'Known from before');
    await page.locator('.check-view form button').click();
    await until('the warnings to be seen', async () => (await page.locator('#acknowledge-why').count()) === 0);
  }
  await tab(page, 'replay');
  await runJob(page, 'replay-view');
  await page.locator('.matrix tbody tr').first().waitFor();
  await page.locator('.loads meter').first().waitFor();
  assert.match(await page.locator('.replay-summary').innerText(), /^[1-9][\d,.]* of [\d,.]+ complaints/);

  // Not by the one who wrote it.
  await tab(page, 'approval');
  await page.locator('.blocks').waitFor();
  assert.match(await page.locator('.blocks').innerText(), /somebody else must approve/);
  const draftAddress = page.url();
  await page.locator('.user .in-header').click();
  await logIn(page, 'quantri2');
  await page.goto(draftAddress);
  await page.locator('#why').waitFor();
  await page.locator('.approval .button.primary').click();
  await page.locator('#why-error').waitFor();
  await page.fill('#why', 'Seen the replay');
  await page.locator('.approval .button.primary').click();
  await until('the approval', async () => (await setState(page)) === 'approved');
  await page.fill('#why', 'From today');
  await page.locator('.approval .button.primary').click();
  await until('the publication', async () => (await setState(page)) === 'published');

  // New complaints go by it; the map says so too.
  const during = await until('a complaint by the new rule', async () => {
    const filed = await fileByApi('Sau khi ban hành');
    return filed.assignment.agency.code === agency ? filed : null;
  });
  assert.notEqual(during.assignment.agency.code, before.assignment.agency.code);
  await tab(page, 'explain');
  await mapReady(page);
  await page.selectOption('#explain-category', 'tieng-on');
  await clickMap(page);
  await page.locator('.explain .decision code').waitFor();
  assert.equal(await page.locator('.explain .decision code').innerText(), 'thu-tieng-on');

  // And back.
  const old = /^#\d+/.exec(published)?.[0] ?? '';
  await page.locator('.sets a', { hasText: new RegExp(`^\\s*${old}\\b`) }).click();
  await until('the earlier set', async () => (await setState(page)) === 'retired');
  await tab(page, 'approval');
  await page.fill('#why', 'It was a trial');
  await page.locator('.approval .button.primary').click();
  await until('the way back', async () => (await setState(page)) === 'published');
  await until('a complaint by the old rules', async () =>
    (await fileByApi('Sau khi khôi phục')).assignment.agency.code === before.assignment.agency.code);
  await tab(page, 'log');
  assert.match(await page.locator('.log li').first().innerText(), /Brought back.*quantri2.*It was a trial/);
  assert.deepEqual(complaints, []);
  await close();
});

/** As somebody who answers the phone does it: moved by hand, with a reason. */
async function moveByHand(codes: string[], to: string): Promise<void> {
  const headers = await sessionOf('truongca');
  for (const code of codes) {
    const moved = await fetch(`${BASE}/api/v1/complaints/${code}/actions`, {
      method: 'POST', headers, body: JSON.stringify({ action: 'reroute', version: 1, agency: to, reason: 'Không thuộc phường' }),
    });
    assert.equal(moved.status, 200, await moved.text());
  }
}

test('what staff keep moving by hand becomes a draft by one click', { timeout: 120000 }, async () => {
  const filed = [];
  for (let i = 0; i < 3; i++) filed.push(await fileByApi(`Chuyển bằng tay ${i}`, undefined, 'lan-chiem-via-he'));
  const mine = filed[0]?.assignment.agency.code;
  const { page, complaints, close } = await visit(browser, `/admin${VIEW}`, { lang: 'en' });
  await logIn(page, 'quantri');
  await page.locator('.one-set').waitFor();
  await moveByHand(filed.map((one) => one.code), 'cong-an-thanh-pho');
  await tab(page, 'corrections');
  const offer = page.locator('.offer', { hasText: /3 times|3 complaints|\b3\b/ }).filter({ has: page.locator('button') }).first();
  await offer.waitFor();
  await offer.locator('button').click();
  await until('the draft', async () => (await setState(page)) === 'draft');
  await tab(page, 'rules');
  await page.locator('.rule[data-code^=sua-lan-chiem-via-he-]').waitFor();
  const order = await page.locator('.rule').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-code') ?? ''));
  const place = (start: string): number => order.findIndex((code) => code.startsWith(start));
  assert.ok(place('sua-lan-chiem-via-he-') < place('via-he-ngoai-gio'), 'before others of its class');

  // The draft does what staff did, and the replay counts it.
  const set = /set=(\d+)/.exec(page.url())?.[1] ?? '';
  assert.ok(set, page.url());
  const asked = await page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/rule-sets/${set}/route?lon=${CENTRE.lon}&lat=${CENTRE.lat}&category=lan-chiem-via-he`);
  assert.equal(asked.assignment.agency.code, 'cong-an-thanh-pho');
  assert.notEqual(mine, 'cong-an-thanh-pho');
  await tab(page, 'replay');
  await runJob(page, 'replay-view');
  const corrections = await until('the replay', async () => {
    const { replay } = await page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/rule-sets/${set}`);
    if (replay?.state !== 'done') return null;
    const job = await page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/rule-jobs/${replay.id}`);
    return job.result.corrections;
  });
  assert.ok(corrections.total >= 3 && corrections.agreed_after - corrections.agreed_before >= 3, JSON.stringify(corrections));
  assert.deepEqual(complaints, []);
  await close();
});

test('without an account, and with one that may not, the page says so', async () => {
  const { page, close } = await visit(browser, `/admin${VIEW}`, { lang: 'en', expectedStatuses: [401, 403] });
  await page.getByText('Log in as an administrator').waitFor();
  assert.equal(await page.locator('.one-set').count(), 0);
  await logIn(page, 'lanhdao');
  await page.locator('.one-set').waitFor();
  assert.equal(await page.locator('.new-draft').count(), 0, 'a leader reads only');
  await page.locator('.header nav a[aria-current=page]', { hasText: 'Administration' }).waitFor();
  await close();
});

for (const lang of ['vi', 'en'] as const) {
  for (const dark of [false, true]) {
    test(`axe finds nothing wrong on the administrator's page (${lang}, ${dark ? 'dark' : 'light'})`, async () => {
      const { page, complaints, close } = await visit(browser, `/admin${VIEW}`, { lang, dark });
      await logIn(page, 'quantri');
      await page.locator('.one-set').waitFor();
      await mapReady(page);
      assert.deepEqual(await violations(page), [], 'the rules');
      for (const id of ['check', 'replay', 'approval', 'explain', 'corrections', 'log']) {
        await tab(page, id);
        await page.locator('#tab-panel > *').first().waitFor();
        assert.deepEqual(await violations(page), [], id);
      }
      if (!dark) {
        await page.fill('#draft-title', `axe ${lang}`);
        await page.locator('.new-draft button').click();
        await page.locator('.rules > button').click();
        await page.locator('#rule-code').waitFor();
        assert.deepEqual(await violations(page), [], 'the form');
      }
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}

test('nothing has to be scrolled sideways at 390 pixels', async () => {
  const { page, close } = await visit(browser, `/admin${VIEW}`, { width: 390, height: 800 });
  await logIn(page, 'quantri');
  for (const id of ['rules', 'check', 'approval', 'explain', 'log']) {
    await tab(page, id);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(wide <= 0, `${id}: ${wide} pixels too wide`);
  }
  await close();
});

