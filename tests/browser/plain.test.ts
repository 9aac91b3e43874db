// Without JavaScript: photos, the time, an address that is in several places, what others reported.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { png, vipsPicture } from '../api/lib/picture';
import { BASE, getJson, openBrowser, until, violations } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

async function open(path: string, options: { width?: number; dark?: boolean; script?: boolean } = {}): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext({
    javaScriptEnabled: options.script ?? false, viewport: { width: options.width ?? 390, height: 844 },
    colorScheme: options.dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  await page.goto(`${BASE}${path}`);
  return { page, close: () => context.close() };
}

const send = (page: Page) => page.locator('.button.wide').click();

/** Past what the form may still ask. */
async function sendOn(page: Page): Promise<string> {
  for (const name of ['choice', 'same']) {
    const button = page.locator(`button[name=${name}]`);
    if (!page.url().includes('/track?code=') && await button.count() > 0) await button.first().click();
  }
  await page.waitForURL(/\/track\?code=/);
  return new URL(page.url()).searchParams.get('code') ?? '';
}

interface Stored { attachments: { name: string; kind: string }[]; occurred_at: string; address: string; place: { lon: number; lat: number } }

test('photos and the time go with it; what was wrong is said, and no photo is chosen twice', async () => {
  const { page, close } = await open('/report');
  await page.fill('#address', 'Nguyễn Huệ, Sài Gòn');
  await page.selectOption('#category', 'o-ga');
  await page.fill('#occurred_at', '2031-01-01T08:30');
  await page.setInputFiles('#file', [
    { name: 'ổ gà.png', mimeType: 'image/png', buffer: png(640, 400) },
    { name: 'lớn.jpg', mimeType: 'image/jpeg', buffer: vipsPicture(1200, 900, '.jpg') },
  ]);
  await send(page);
  assert.equal(await page.locator('#description').getAttribute('aria-invalid'), 'true');
  assert.equal(await page.locator('input[name=photo]:checked').count(), 2, 'they were kept');
  assert.equal(await page.inputValue('#occurred_at'), '2031-01-01T08:30');
  await page.fill('#description', `Ổ gà có ảnh ${Date.now()}`);
  await page.locator('input[name=photo]').nth(1).uncheck();
  await send(page);
  for (const name of ['choice', 'same']) {
    if (await page.locator(`button[name=${name}]`).count() > 0) await page.locator(`button[name=${name}]`).first().click();
  }
  assert.equal(await page.locator('#occurred_at').getAttribute('aria-invalid'), 'true', 'it has not happened yet');
  await page.fill('#occurred_at', '2026-01-05T08:30');
  await send(page);
  const code = await sendOn(page);
  const stored = await getJson<Stored>(`/api/v1/complaints/${code}`);
  assert.deepEqual(stored.attachments.map((one) => one.name), ['ổ gà.png']);
  assert.equal(new Date(stored.occurred_at).toISOString(), '2026-01-05T01:30:00.000Z', 'in the city’s time');
  const shown = page.locator('.plain-files img');
  assert.equal(await shown.count(), 1, 'whoever follows it sees it');
  const picture = await fetch(`${BASE}${await shown.getAttribute('src')}`);
  assert.equal(picture.headers.get('content-type'), 'image/jpeg');
  await close();
});

test('a file that is none is refused by its name, and nothing that was written is lost', async () => {
  const { page, close } = await open('/report?lang=en');
  await page.fill('#address', 'Lê Lợi');
  await page.selectOption('#category', 'o-ga');
  await page.fill('#description', 'Words that stay');
  await page.setInputFiles('#file', [{ name: 'la.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<script>alert(1)</script>') }]);
  await send(page);
  assert.match(await page.locator('.error-summary').innerText(), /la\.jpg is of a type that is not taken/);
  assert.equal(await page.inputValue('#description'), 'Words that stay');
  assert.equal(await page.locator('#file').getAttribute('aria-invalid'), 'true');
  await close();
});

test('the same form sent twice, photo and all, files one complaint', async () => {
  const seal = /name="seal" value="([^"]+)"/.exec(await (await fetch(`${BASE}/report`)).text())?.[1] ?? '';
  const words = `Hai lần có ảnh ${Date.now()}`;
  const post = async () => {
    const body = new FormData();
    const fields = { seal, address: 'Nguyễn Huệ', settled: 'Nguyễn Huệ', same: 'new', category: 'o-ga', description: words };
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append('file', new Blob([new Uint8Array(png(300, 200))], { type: 'image/png' }), 'một.png');
    return fetch(`${BASE}/report`, { method: 'POST', body, redirect: 'manual' });
  };
  const [first, second] = [await post(), await post()];
  assert.equal(first.status, 303, await first.text());
  assert.equal(second.headers.get('location'), first.headers.get('location'));
  const code = /code=(\w+)/.exec(first.headers.get('location') ?? '')?.[1] ?? '';
  assert.equal((await getJson<Stored>(`/api/v1/complaints/${code}`)).attachments.length, 1);
});

test('a form of another site, or with more than it has, is refused', async () => {
  const seal = /name="seal" value="([^"]+)"/.exec(await (await fetch(`${BASE}/report`)).text())?.[1] ?? '';
  const post = (change: (body: FormData) => void, headers: Record<string, string> = {}) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ seal, address: 'Nguyễn Huệ', category: 'o-ga', description: 'x' })) body.append(name, value);
    change(body);
    return fetch(`${BASE}/report`, { method: 'POST', body, redirect: 'manual', headers });
  };
  assert.equal((await post(() => undefined, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await post(() => undefined, { Origin: 'https://elsewhere.example' })).status, 403);
  assert.equal((await post((body) => body.set('seal', 'made-up'))).status, 422);
  assert.equal((await post((body) => body.append('website', 'https://spam.example'))).status, 422);
  assert.equal((await post((body) => { for (let n = 0; n < 60; n++) body.append(`f${n}`, 'x'); })).status, 400);
  assert.equal((await post((body) => body.set('description', 'x'.repeat(400_000)))).status, 400);
  assert.equal((await post((body) => body.append('other', new Blob(['x']), 'x.txt'))).status, 400);
});

/** A street of that name in several wards: whichever city is loaded has one. */
async function ambiguous(page: Page): Promise<void> {
  for (const street of ['Đường số 1', 'Đường số 2', 'Quang Trung', 'Lê Lợi', 'Trần Phú', 'Nguyễn Trãi']) {
    await page.fill('#address', street);
    await send(page);
    if (await page.locator('button[name=choice]').count() > 1) return;
    assert.ok(!page.url().includes('/track'), `${street} was filed`);
    await page.goto(`${BASE}/report`);
    await fill(page);
  }
  throw new Error('no street is in two wards');
}

async function fill(page: Page): Promise<void> {
  await page.selectOption('#category', 'cay-xanh');
  await page.fill('#description', `Cây nghiêng ${Date.now()}`);
}

test('an address in several places: the question with its answers as buttons', async () => {
  const { page, close } = await open('/report');
  await fill(page);
  await ambiguous(page);
  const answer = page.locator('button[name=choice]').nth(1);
  const name = await answer.innerText();
  assert.ok((await page.locator('.address-question').innerText()).includes(name));
  const typed = await page.inputValue('#address');
  await page.locator('#address').press('Enter'); // as the button to send, and no answer: it asks again
  assert.equal(await page.inputValue('#address'), typed);
  const [, lon, lat] = /^([\d.]+),([\d.]+)\|/.exec((await answer.getAttribute('value')) ?? '') ?? [];
  await answer.click();
  const code = await sendOn(page);
  const stored = await getJson<Stored>(`/api/v1/complaints/${code}`);
  assert.ok(stored.address.includes(name), stored.address);
  assert.ok(Math.abs(stored.place.lon - Number(lon)) < 1e-5 && Math.abs(stored.place.lat - Number(lat)) < 1e-5);

  await page.goto(`${BASE}/report`);
  await fill(page);
  await page.fill('#address', typed);
  await send(page);
  await page.locator('button[name=choice][value=typed]').click();
  assert.match(await sendOn(page), /^[0-9A-Z]{9}$/);
  await close();
});

test('what others reported is offered, and joining it gives a code of one’s own', async () => {
  const { page, close } = await open('/report?lang=en');
  const file = async (words: string) => {
    await page.goto(`${BASE}/report?lang=en`);
    await page.fill('#address', '12 Nguyễn Huệ, Sài Gòn');
    await page.selectOption('#category', 'chieu-sang');
    await page.fill('#description', words);
    await send(page);
    const choice = page.locator('button[name=choice]');
    if (await choice.count() > 0) await choice.first().click();
  };
  await file('Đèn tắt của người khác');
  const other = await sendOn(page);
  await until('the offer', async () => {
    await file('Đèn tắt, tôi cũng thấy');
    return page.locator('button[name=join]').count();
  }, 30000);
  const card = page.locator('.already');
  for (const secret of [other, 'người khác']) assert.ok(!(await card.innerText()).includes(secret), secret);
  await page.fill('#phone', '0987 111 222');
  await page.locator('button[name=join]').first().click();
  assert.equal(await page.locator('.error-summary').count(), 1, 'no number is kept without consent');
  await until('the offer again', async () => {
    if (await page.locator('button[name=join]').count() > 0) return true;
    await send(page);
    return false;
  });
  await page.locator('input[name=consent]').check();
  await page.locator('button[name=join]').first().click();
  await page.waitForURL(/said=joined/);
  const own = new URL(page.url()).searchParams.get('code') ?? '';
  assert.match(own, /^[0-9A-Z]{9}$/);
  assert.notEqual(own, other);
  await page.getByText('You have joined this report').waitFor();
  assert.match(await page.locator('.steps').innerText(), /Passed on/);
  assert.ok(!(await page.locator('main').innerText()).includes('người khác'), 'nothing of the other’s words');
  await close();
});

for (const [lang, dark] of [['vi', false], ['vi', true], ['en', false], ['en', true]] as const) {
  test(`axe finds nothing wrong with what the form asks (${lang}, ${dark ? 'dark' : 'light'})`, async () => {
    const { page, close } = await open(`/report?lang=${lang}`, { dark, script: true, width: 320 });
    await fill(page);
    await page.setInputFiles('#file', [{ name: 'a.png', mimeType: 'image/png', buffer: png(300, 200) }]);
    await ambiguous(page);
    assert.deepEqual(await violations(page), [], 'the question');
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(await wide() <= 0, '320 pixels');
    await page.goto(`${BASE}/report?lang=${lang}`);
    await page.fill('#address', '12 Nguyễn Huệ, Sài Gòn');
    await page.selectOption('#category', 'chieu-sang');
    await page.fill('#description', 'x');
    await send(page);
    const choice = page.locator('button[name=choice]');
    if (await choice.count() > 0) await choice.first().click();
    await page.locator('.already').waitFor(); // the test before this one reported it
    assert.deepEqual(await violations(page), [], 'the offer');
    assert.ok(await wide() <= 0, '320 pixels');
    await close();
  });
}
