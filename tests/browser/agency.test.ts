// An agency's day at /agency, by keyboard: accept, return, resolve with evidence, a conflict, several at
// once; in the field without network; then what the citizen says of it. On the demo city's log-ins.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, CENTRE, fileByApi, logIn, openBrowser, sessionOf, until, violations, visit, type VisitOptions } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const OFFICER = 'canbo';
const HEAD = 'lanhdaodonvi';
const SUPERVISOR = 'truongca';
const AGENCY = 'ubnd-26740';

interface Seen {
  version: number; status: string; actions?: string[]; answers?: { text: string; attachments?: unknown[] }[];
  rating?: { rating: string } | null; notes?: { text: string }[];
}

async function seen(code: string, headers: Record<string, string> = {}): Promise<Seen> {
  const answer = await fetch(`${BASE}/api/v1/complaints/${code}`, { headers });
  assert.equal(answer.status, 200);
  return await answer.json() as Seen;
}

async function eventsOf(code: string): Promise<string[]> {
  const answer = await (await fetch(`${BASE}/api/v1/complaints/${code}/history`)).json() as { history: { event: string }[] };
  return answer.history.map((entry) => entry.event);
}

/** Somebody else does something with it, on whatever version it has. */
async function actByApi(login: string, code: string, body: Record<string, unknown>): Promise<void> {
  const headers = await sessionOf(login);
  const { version } = await seen(code, headers);
  const answer = await fetch(`${BASE}/api/v1/complaints/${code}/actions`, {
    method: 'POST', headers, body: JSON.stringify({ ...body, version }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function filed(words: string): Promise<string> {
  const made = await fileByApi(words);
  assert.equal(made.assignment.agency.code, AGENCY, 'the demo officer is of the agency that gets it');
  return made.code;
}

async function atAgency(path: string, login = OFFICER, options: VisitOptions = {}) {
  const opened = await visit(browser, path, options);
  await logIn(opened.page, login);
  return opened;
}

const status = (page: Page, name: string) => page.locator(`.case-state .status-${name}`).waitFor();

test('an officer accepts and resolves with a photo, without a mouse', async () => {
  const words = `Đêm nào cũng hát <script>alert(1)</script> ${Date.now()}`;
  const code = await filed(words);
  const { page, complaints, close } = await atAgency(`/agency?order=received&q=${encodeURIComponent(words.slice(-13))}`);
  await page.locator(`#case-${code}`).waitFor();
  await page.keyboard.press('j');
  await until('the row to have the focus', () => page.evaluate((id) => document.activeElement?.id === id, `case-${code}`));
  await page.keyboard.press('Enter');
  await page.locator('[data-do=accept]').waitFor();
  assert.match(await page.locator('.case-description').innerText(), /<script>alert\(1\)<\/script>/);
  await page.keyboard.press('a');
  await status(page, 'accepted');
  await page.keyboard.press('c');
  await page.locator('form[data-action=resolve]').waitFor();
  await page.locator('#act-text').focus();
  await page.keyboard.type('Đã lập biên bản, chủ quán cam kết tắt loa sau 22 giờ; tổ dân phố sẽ kiểm tra lại.');
  await page.keyboard.press('Control+Enter');
  await page.locator('#act-no-photo[aria-invalid=true]').waitFor();
  await page.locator('#act-files').setInputFiles({ name: 'sau.png', mimeType: 'image/png', buffer: await page.screenshot() });
  await page.locator('.chosen-files img').waitFor();
  await page.locator('#act-text').focus();
  await page.keyboard.press('Control+Enter');
  await status(page, 'resolved');
  const told = await seen(code);
  assert.match(told.answers?.[0]?.text ?? '', /lập biên bản/);
  assert.equal(told.answers?.[0]?.attachments?.length, 1, 'the photo is with the answer');
  await until('the history, which is read after the answer', async () => /Báo đã xử lý/.test(await page.locator('.timeline').innerText()));
  assert.deepEqual(complaints, []);
  await close();
});

test('a case is opened from the list by a click, with the map beside it', async () => {
  const words = `Bấm vào một dòng ${Date.now()}`;
  const code = await filed(words);
  const { page, complaints, asked, close } = await atAgency(`/agency?order=received&q=${encodeURIComponent(words.slice(-13))}`);
  const map = await page.locator('.inbox-map').boundingBox();
  assert.ok(map && map.height > 300, 'the map is there to be looked at');
  // Its dots have the list's colours, and words for them.
  const tiles = (query: string) => until(`tiles with ${query}`, () => asked.some((url) => url.includes('/tiles/complaints/') && url.includes(query)));
  await tiles('due=true');
  assert.match(await page.locator('.inbox-map .legend').innerText(), /Trễ hạn\s+\?\s*Sắp trễ\s+Còn thời gian/);
  await page.locator(`#case-${code}`).click({ timeout: 10000 });
  await page.locator('[data-do=accept]').waitFor();
  assert.deepEqual(complaints, []);
  await page.goto(`${BASE}/agency?view=late`);
  await tiles('late=true');
  assert.deepEqual(complaints, []);
  await close();
});

test('what belongs to others is returned with a reason and whose it is', async () => {
  const code = await filed(`Không phải của phường ${Date.now()}`);
  const { page, close } = await atAgency(`/agency?case=${code}`);
  await page.locator('[data-do=return]').waitFor();
  await page.keyboard.press('t');
  await page.locator('#act-reason').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#act-reason').waitFor({ state: 'detached' });
  await page.keyboard.press('t');
  await page.locator('#act-reason').fill('Đây là đường do Thành phố quản lý');
  await page.locator('#act-agency').fill('khu quan ly giao thong');
  await page.locator('#act-agency-list [role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('form[data-action=return] button[type=submit]').click();
  await status(page, 'returned');
  const now = await seen(code, await sessionOf(SUPERVISOR)) as Seen & { proposed_agency?: { code: string } | null };
  assert.equal(now.status, 'returned');
  assert.match(now.proposed_agency?.code ?? '', /giao-thong/);
  await close();
});

test('somebody else’s change in between is shown, and nothing typed is lost', async () => {
  const code = await filed(`Hai người cùng làm ${Date.now()}`);
  const { page, close } = await atAgency(`/agency?case=${code}`, OFFICER, { expectedStatuses: [409] });
  await page.locator('[data-do=note]').waitFor();
  await page.keyboard.press('n');
  await page.locator('#act-text').fill('Đã gọi cho chủ quán');
  await actByApi(HEAD, code, { action: 'accept' });
  await page.locator('form[data-action=note] button[type=submit]').click();
  const conflict = page.locator('.conflict');
  await conflict.waitFor();
  assert.match(await conflict.innerText(), /Đã chuyển xử lý[\s\S]*Đơn vị đã nhận/);
  assert.equal(await page.locator('#act-text').inputValue(), 'Đã gọi cho chủ quán');
  await page.locator('form[data-action=note] button[type=submit]').click();
  await page.locator('.part-notes').waitFor();
  assert.match(await page.locator('.part-notes').innerText(), /Đã gọi cho chủ quán/);
  assert.equal((await seen(code)).notes, undefined, 'notes are not for the reporter');
  await close();
});

test('several are done at once, each with its own outcome', async () => {
  const mark = `Cùng lúc ${Date.now()}`;
  const codes = [await filed(mark), await filed(mark), await filed(mark)];
  const { page, close } = await atAgency(`/agency?order=received&q=${encodeURIComponent(mark)}`);
  for (const code of codes) {
    await page.locator(`#case-${code}`).waitFor();
    await page.locator(`#case-${code}`).focus();
    await page.keyboard.press('x');
  }
  assert.match(await page.locator('.bulk').innerText(), /Đã chọn 3/);
  // One of them changes while the officer looks away; the page may hear of it or not.
  await page.route('**/api/v1/complaints?*', (route) => route.abort());
  await actByApi(HEAD, codes[0] ?? '', { action: 'note', text: 'xem trước' });
  await page.locator('[data-bulk=accept]').click();
  await page.locator('.bulk-outcomes li').first().waitFor();
  assert.equal(await page.locator('.bulk-outcomes li[data-status="200"]').count(), 2);
  assert.equal(await page.locator('.bulk-outcomes li.bad').count(), 1);
  assert.match(await page.locator('.bulk-outcomes li.bad').innerText(), /người khác thay đổi/);
  assert.equal((await seen(codes[1] ?? '')).status, 'accepted');
  assert.equal((await seen(codes[0] ?? '')).status, 'assigned');
  await close();
});

test('filters and what is open live in the address', async () => {
  const { page, close } = await atAgency('/agency?view=late');
  assert.equal(await page.locator('.view[aria-current]').getAttribute('class'), 'view late');
  await page.locator('.view.new').click();
  await until('the address to say so', () => new URL(page.url()).searchParams.get('view') === 'new');
  await page.keyboard.press('?');
  await page.locator('.agency-help[open]').waitFor();
  await page.locator('.agency-help input[type=checkbox]').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  assert.notEqual(await page.evaluate(() => document.activeElement?.id), 'inbox-q', 'keys are off when they are switched off');
  await close();
});

test('in the field without network: kept, sent once when it is back', async () => {
  const code = await filed(`Làm ngoài hiện trường ${Date.now()}`);
  const { page, context, close } = await atAgency('/agency?field=1', OFFICER, { width: 390, height: 844, offline: true });
  await context.grantPermissions(['geolocation']);
  await context.setGeolocation({ longitude: CENTRE.lon, latitude: CENTRE.lat, accuracy: 12 });
  await page.locator('.field-list').waitFor();
  await until('the page to be kept', () => page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === 'activated'));
  const photo = await page.screenshot();
  await page.goto(`${BASE}/agency?field=1&case=${code}`);
  await page.locator('.field-one').waitFor();
  await context.setOffline(true);
  await page.reload();
  await page.locator(`.field-one[data-code="${code}"]`).waitFor();
  await page.locator('#field-photo').setInputFiles({ name: 'anh.png', mimeType: 'image/png', buffer: photo });
  await page.locator('.chosen-files img').waitFor();
  await page.getByText('±12 m').waitFor();
  await page.fill('#field-text', 'Đã tới nơi lúc 9 giờ, nhắc chủ quán tắt loa và lập biên bản số 12.');
  await page.locator('.field-finish').click();
  await page.locator('.field-queue li[data-state=waiting]').first().waitFor();
  await page.reload();
  const waiting = page.locator('.field-queue li[data-state=waiting]');
  await waiting.first().waitFor(); // read from the device
  assert.equal(await waiting.count(), 3, 'accept, the position, the result');
  await context.setOffline(false);
  await until('everything to be sent', async () => await page.locator('.field-queue li[data-state=sent]').count() === 3, 40000);
  await page.reload();
  await page.locator('.field-page').waitFor();
  const events = await eventsOf(code);
  assert.equal(events.filter((event) => event === 'resolved').length, 1, events.join());
  assert.equal(events.filter((event) => event === 'accepted').length, 1, events.join());
  const whole = await seen(code, await sessionOf(HEAD));
  assert.equal(whole.answers?.[0]?.attachments?.length, 1);
  assert.match(whole.notes?.[0]?.text ?? '', /10\.7/);
  await close();
});

test('what was changed by others meanwhile is refused with the reason, and kept', async () => {
  const code = await filed(`Bị thay đổi khi vắng mạng ${Date.now()}`);
  const { page, context, close } = await atAgency('/agency?field=1', OFFICER, { width: 390, height: 844, offline: true, expectedStatuses: [409] });
  await page.locator('.field-list').waitFor();
  await page.goto(`${BASE}/agency?field=1&case=${code}`);
  await page.locator('[data-do=accept]').waitFor();
  await context.setOffline(true);
  await page.locator('[data-do=accept]').click();
  await page.locator('.field-queue li[data-state=waiting]').waitFor();
  await actByApi(HEAD, code, { action: 'note', text: 'đã xem' });
  await context.setOffline(false);
  const refused = page.locator('.field-queue li[data-state=refused]');
  await refused.waitFor({ timeout: 40000 });
  assert.match(await refused.innerText(), /người khác thay đổi/);
  await close();
});

test('ten thousand cases scroll: few rows in the page, one request for each hundred looked at', async () => {
  const { page, asked, close } = await atAgency('/agency?view=done&order=received', SUPERVISOR);
  await page.locator('.case-row').first().waitFor();
  const rows = () => page.locator('.vlist-row').count();
  const lists = () => asked.filter((address) => /\/complaints\?.*limit=100/.test(address)).length;
  const size = () => page.evaluate(() => Number(document.querySelector('.vlist-row')?.getAttribute('aria-setsize') ?? 0));
  let most = 0;
  for (let last = -1, now = await size(); now < 10000 && now !== last; now = await size()) {
    last = now;
    await page.evaluate(() => document.querySelector('.vlist')?.scrollTo(0, 1e9));
    await until('more rows', async () => await size() > last || /^\d/.test(await page.locator('.inbox [role=status]').first().innerText())
      && !(await page.locator('.inbox [role=status]').first().innerText()).includes('còn nữa'));
    most = Math.max(most, await rows());
  }
  const total = await size();
  assert.ok(total >= 10000, `${total} rows`);
  assert.ok(most <= 60, `${most} rows in the document`);
  assert.ok(lists() <= total / 100 + 20, `${lists()} requests for ${total} rows`);
  await page.evaluate(() => document.querySelector('.vlist')?.scrollTo(0, 0));
  await page.locator('.vlist-row[aria-posinset="1"]').waitFor();
  await close();
});

// --- the citizen --------------------------------------------------------------------------------------

async function resolved(words: string): Promise<string> {
  const code = await filed(words);
  await actByApi(OFFICER, code, { action: 'accept' });
  await actByApi(OFFICER, code, {
    action: 'resolve', text: 'Đã nhắc nhở chủ hộ <b>số 5</b>, cam kết không tái diễn sau 22 giờ.', no_photo_reason: 'Việc lúc nửa đêm',
  });
  return code;
}

test('a citizen sees the progress, rates the result, and reopens it with a reason', async () => {
  const code = await resolved(`Để đánh giá ${Date.now()}`);
  const { page, complaints, close } = await visit(browser, `/?code=${code}`, { width: 390, height: 844 });
  await page.locator('.steps .here').waitFor();
  assert.match(await page.locator('.steps .here').innerText(), /Có kết quả/);
  assert.match(await page.locator('.answer').innerText(), /<b>số 5<\/b>/);
  await page.locator('.rate button[type=submit]').click();
  await page.getByText('Hãy chọn một mức.').waitFor();
  await page.getByLabel('Không hài lòng').check();
  await page.fill('#rate-comment', 'Đêm qua vẫn hát');
  await page.locator('.rate button[type=submit]').click();
  await page.locator('.rate').waitFor({ state: 'detached' });
  assert.equal((await seen(code)).rating?.rating, 'not_satisfied');
  await page.locator('.reopen summary').click();
  await page.fill('#reopen-reason', 'Vẫn hát tới 1 giờ sáng');
  await page.locator('.reopen button[type=submit]').click();
  await page.locator('.reopen').waitFor({ state: 'detached' });
  assert.equal((await seen(code)).status, 'reopened');
  assert.deepEqual(complaints, []);
  await close();
});

/** Sends the form, and answers what it may ask: which place, and whether it is what others reported. */
async function sendPlainly(page: Page, done = async () => page.url().includes('/track?code=')): Promise<void> {
  for (const next of ['.button.wide', 'button[name=choice]', 'button[name=same]']) {
    const button = page.locator(next).first();
    if (next === '.button.wide' || await button.isVisible()) await button.click();
    if (await done()) return;
  }
  assert.ok(await done(), 'it was sent');
}

test('without JavaScript a complaint is reported, followed, rated and reopened', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${BASE}/`);
  await page.getByRole('link', { name: 'Gửi phản ánh' }).click();
  await page.locator('.button.wide').click();
  assert.equal(await page.locator('[aria-invalid=true]').count(), 3);
  await page.fill('#address', 'Nguyễn Huệ, Sài Gòn');
  await page.fill('#description', '"><img src=x onerror=alert(1)> loa kéo suốt đêm');
  await page.fill('#email', 'khong-phai-thu');
  await page.selectOption('#category', 'tieng-on');
  await sendPlainly(page, () => page.locator('#email[aria-invalid=true]').isVisible());
  assert.equal(await page.locator('#email').getAttribute('aria-invalid'), 'true');
  assert.match(await page.locator('#description').inputValue(), /onerror=alert/, 'what was written is still there');
  await page.fill('#email', '');
  await sendPlainly(page);
  const code = new URL(page.url()).searchParams.get('code') ?? '';
  assert.match(await page.locator('main').innerText(), /<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator('main img').count(), 0);
  assert.equal((await seen(code)).status, 'assigned');
  await context.close();
});

test('without JavaScript the result is rated and reopened, in English too', async () => {
  const code = await resolved(`Không có JavaScript ${Date.now()}`);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${BASE}/track?lang=en`);
  await page.fill('#code', `${code.slice(0, 3)} ${code.slice(3, 6)}-${code.slice(6)}`.toLowerCase());
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByLabel('Acceptable').check();
  await page.getByRole('button', { name: 'Send the rating' }).click();
  await page.getByText('Thank you for rating.').waitFor();
  assert.equal((await seen(code)).rating?.rating, 'acceptable');
  await page.fill('#reason', 'Still loud');
  await page.getByRole('button', { name: 'Reopen' }).click();
  await page.getByText('The agency has it again.').waitFor();
  assert.equal((await seen(code)).status, 'reopened');
  await context.close();
});

test('a form that is sent twice files one; one of another site is refused', async () => {
  const html = await (await fetch(`${BASE}/report`)).text();
  const seal = /name="seal" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const body = new URLSearchParams({ seal, address: 'Nguyễn Huệ', settled: 'Nguyễn Huệ', same: 'new', category: 'tieng-on',
    description: `Gửi hai lần ${Date.now()}` });
  const post = (headers: Record<string, string> = {}) => fetch(`${BASE}/report`, { method: 'POST', body, redirect: 'manual', headers });
  const [first, second] = [await post(), await post()];
  assert.equal(first.status, 303);
  assert.equal(second.headers.get('location'), first.headers.get('location'));
  assert.equal((await post({ 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await post({ Origin: 'https://elsewhere.example' })).status, 403);
  body.set('seal', 'made-up');
  assert.equal((await post()).status, 422);
});

for (const path of ['/report', '/track', '/track?code=AAAAAAAAA', '/start']) {
  test(`${path} has the strict policy and nothing inline`, async () => {
    const response = await fetch(`${BASE}${path}`, { headers: { Accept: 'text/html' } });
    assert.ok([200, 404].includes(response.status));
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'/);
    assert.match(policy, /form-action 'self'/);
    assert.doesNotMatch(policy, /unsafe-|\*|https?:/);
    const html = await response.text();
    assert.match(html, /<html lang="vi">/);
    assert.doesNotMatch(html, /<style|style=|<script|\son\w+=/i);
  });
}

// --- for everyone -------------------------------------------------------------------------------------

for (const lang of ['vi', 'en'] as const) {
  for (const dark of [false, true]) {
    test(`axe finds nothing wrong at the agency (${lang}, ${dark ? 'dark' : 'light'})`, async () => {
      const code = await resolved(`Cho axe ${lang} ${dark} ${Date.now()}`);
      const { page, close } = await atAgency('/agency', OFFICER, { lang, dark });
      await page.locator('.case-row').first().waitFor();
      assert.deepEqual(await violations(page), [], 'the inbox');
      await page.goto(`${BASE}/agency?lang=${lang}&case=${code}`);
      await page.locator('.timeline li').first().waitFor();
      assert.deepEqual(await violations(page), [], 'a case');
      await page.locator('[data-do=note]').click();
      await page.locator('form[data-action=note] button[type=submit]').click();
      await page.locator('[aria-invalid=true]').waitFor();
      assert.deepEqual(await violations(page), [], 'a form with an error');
      await page.keyboard.press('Escape');
      await page.goto(`${BASE}/agency?lang=${lang}&field=1`);
      await page.locator('.field-card').first().waitFor();
      assert.deepEqual(await violations(page), [], 'the field');
      await page.locator('.field-card').first().click();
      await page.locator('.field-one').waitFor();
      assert.deepEqual(await violations(page), [], 'a job in the field');
      for (const path of ['/report', `/track?code=${code}`]) {
        await page.goto(`${BASE}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
        assert.deepEqual(await violations(page), [], path);
      }
      await close();
    });
  }
}

/** A complaint with an address that fits several places, and how many the service keeps. */
async function filedByAddress(): Promise<{ code: string; address: string; kept: number }> {
  for (const street of ['Lê Lợi', 'Nguyễn Huệ', 'Quang Trung', 'Trần Hưng Đạo', 'Nguyễn Trãi', 'Lê Văn Sỹ', 'Đường số 1', 'Đường số 2', 'Đường số 5']) {
    const found = await (await fetch(`${BASE}/api/v1/geocode?q=${encodeURIComponent(street)}`)).json() as { features: unknown[] };
    if (found.features.length < 2) continue;
    const address = `${street} khuất gió`;
    const answer = await fetch(`${BASE}/api/v1/complaints`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ category: 'tieng-on', description: 'Loa phường mở cả đêm', channel: 'web', address }) });
    assert.equal(answer.status, 201, await answer.clone().text());
    const { code } = await answer.json() as { code: string };
    const history = await (await fetch(`${BASE}/api/v1/complaints/${code}/history`, { headers: await sessionOf(SUPERVISOR) })).json() as
      { history: { detail?: { internal?: { alternatives?: unknown[] } } }[] };
    return { code, address, kept: history.history[0]?.detail?.internal?.alternatives?.length ?? 0 };
  }
  throw new Error('the demo city has no two streets of one name');
}

test('what else an address may mean stands on the case\'s page, each a button that shows it on the map', async () => {
  const { code, kept } = await filedByAddress();
  assert.ok(kept > 1);
  const { page, close } = await atAgency(`/agency?case=${code}`, SUPERVISOR);
  const buttons = page.locator('.case-alternatives button');
  await buttons.first().waitFor();
  assert.equal(await buttons.count(), kept);
  assert.match(await page.locator('.case-alternatives').innerText(), /khuất gió/);
  await buttons.nth(1).focus();
  await page.keyboard.press('Enter');
  await page.locator('.case-alternatives button[aria-pressed="true"]').waitFor();
  assert.equal(await buttons.nth(1).getAttribute('aria-pressed'), 'true');
  if (process.env['HOTLINE_SHOTS']) await page.screenshot({ path: `${process.env['HOTLINE_SHOTS']}/alternatives.png` });
  assert.deepEqual(await violations(page), [], 'a case with alternatives');
  // And moves it there, or to where the map is pressed.
  const place = page.locator('form[data-action=place]');
  await place.locator('#place-reason').fill('Người phản ánh xác nhận');
  await page.keyboard.press('Enter');
  await page.locator('.case[data-version="2"]').waitFor();
  await page.locator('.timeline .event-placed').waitFor();
  assert.match(await page.locator('.timeline .event-placed').innerText(), /Người phản ánh xác nhận/);
  assert.equal(await place.count(), 0);
  const seen = async () => await (await fetch(`${BASE}/api/v1/complaints/${code}`, { headers: await sessionOf(SUPERVISOR) })).json() as
    { place: { lon: number; lat: number; match: string }; flags: string[] };
  const chosen = await seen();
  const history = await (await fetch(`${BASE}/api/v1/complaints/${code}/history`, { headers: await sessionOf(SUPERVISOR) })).json() as
    { history: { detail: { internal: { alternatives: { lon: number; lat: number }[] } } }[] };
  const second = history.history[0]?.detail.internal.alternatives[1];
  assert.deepEqual([chosen.place.lon, chosen.place.lat, chosen.place.match], [second?.lon, second?.lat, 'hand']);
  assert.ok(!chosen.flags.includes('low_confidence'));
  await page.locator('[data-do=place]').click();
  await page.locator('.case-map canvas').click({ position: { x: 120, y: 110 } });
  await place.waitFor();
  if (process.env['HOTLINE_SHOTS']) await place.screenshot({ path: `${process.env['HOTLINE_SHOTS']}/place.png` });
  assert.deepEqual(await violations(page), [], 'a case that is placed');
  await place.locator('button[type=submit]').click();
  await page.locator('.case[data-version="3"]').waitFor();
  const pressed = await seen();
  assert.notDeepEqual([pressed.place.lon, pressed.place.lat], [chosen.place.lon, chosen.place.lat]);
  assert.equal(pressed.place.match, 'hand');
  await close();
});

for (const width of [390, 1024, 1440]) {
  test(`nothing is wider than a window of ${width} pixels`, async () => {
    const code = await filed(`Bề rộng ${width} ${Date.now()}`);
    const { page, close } = await atAgency('/agency', OFFICER, { width, height: 900 });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await page.locator('.case-row').first().waitFor();
    assert.ok(await overflow() <= 0, 'the inbox');
    for (const path of [`/agency?case=${code}`, '/agency?field=1', '/report', `/track?code=${code}`]) {
      await page.goto(`${BASE}${path}`);
      await page.locator('main :is(h1, h2):visible').first().waitFor();
      assert.ok(await overflow() <= 0, path);
    }
    await close();
  });
}
