// A whole day across all five consoles, each as its user works it: the call, the duplicate, the wrong
// agency and its return, the evidence, the rating, the reopening, the directive, and what the
// administrator and the auditor see of it. One story, because each step stands on the one before.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { BASE, CENTRE, type Visit, fileByApi, logIn, mapReady, openBrowser, until, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const WARD = 'ubnd-26740';
const MARK = String(Date.now()).slice(-7);

async function at(login: string, path: string, expectedStatuses: number[] = []): Promise<Visit> {
  const opened = await visit(browser, path, { width: 1440, expectedStatuses });
  await logIn(opened.page, login);
  return opened;
}

async function seen(page: Page, code: string): Promise<Record<string, any>> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const answer = await page.evaluate(async (address) => {
    const got = await fetch(address);
    return { status: got.status, json: await got.json() };
  }, `/api/v1/complaints/${code}`);
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
  return answer.json;
}

const status = (page: Page, name: string): Promise<void> => page.locator(`.case-state .status-${name}`).waitFor();

/** Number, category, address, words; then the answer's code. */
async function takeCall(page: Page, number: string, words: string): Promise<void> {
  await page.locator('#caller-number').waitFor();
  await page.locator('#caller-number').focus();
  await page.keyboard.type(number);
  await page.keyboard.press('Tab');
  await page.keyboard.type('tieng on');
  await page.locator('#category-list [role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('nguyen hue sai gon');
  await until('the place', async () => /Nguyễn Huệ/.test(await page.locator('#address-list [role=option]').first().innerText().catch(() => '')));
  await page.keyboard.press('Enter');
  await page.keyboard.press('F7');
  await page.keyboard.type(words);
}

async function codeRead(page: Page): Promise<string> {
  await page.locator('.filed-code').waitFor({ timeout: 20000 });
  return (await page.locator('.filed-code').getAttribute('data-code')) ?? '';
}

const story = { code: '', joined: '', lost: '', directive: 0 };

test('morning: an operator files what a caller says, and joins the next who says the same', { timeout: 120000 }, async () => {
  const { page, complaints, close } = await at('dienthoaivien', '/operator');
  await takeCall(page, '0903000111', `Loa kéo karaoke cuối phố ${MARK}`);
  await page.locator('.preview .decision').waitFor();
  await page.keyboard.press('F9');
  story.code = await codeRead(page);
  assert.match(story.code, /^[0-9A-Z]{9}$/);
  assert.equal((await seen(page, story.code))['assignment'].agency.code, WARD);

  await page.keyboard.press('F2');
  await takeCall(page, '0903000222', `Karaoke loa kéo cuối phố ầm ĩ ${MARK}`);
  const likely = page.locator('.likely-list li');
  await until('the first one among those that are likely', async () => (await likely.allInnerTexts()).some((text) => text.includes(MARK)));
  for (let n = 0; n < 8; n++) {
    if ((await page.locator('.likely-list .chosen-one').innerText()).includes(MARK)) break;
    await page.keyboard.press('Shift+F8');
  }
  await page.keyboard.press('F8');
  await page.getByText('Đã gộp. Đọc mã cho người gọi').waitFor({ timeout: 20000 });
  story.joined = await codeRead(page);
  assert.notEqual(story.joined, story.code);
  assert.equal((await seen(page, story.code))['reporters'], 2);
  assert.deepEqual(complaints, []);
  await close();
});

test('before noon: what was given to the wrong agency comes back and is sent to the right one', { timeout: 120000 }, async () => {
  const pothole = await fileByApi(`Ổ gà lớn ${MARK}`, CENTRE, 'o-ga');
  story.lost = pothole.code;
  const supervisor = await at('truongca', `/agency?case=${story.lost}`);
  await supervisor.page.locator('[data-do=reroute]').click();
  await supervisor.page.locator('#act-agency').fill('uy ban nhan dan phuong sai gon');
  await supervisor.page.locator('#act-agency-list [role=option]').first().waitFor();
  await supervisor.page.keyboard.press('Enter');
  await supervisor.page.locator('#act-reason').fill('Tưởng là hẻm của phường');
  await supervisor.page.locator('form[data-action=reroute] button[type=submit]').click();
  await until('the ward to have it', async () => (await seen(supervisor.page, story.lost))['assignment'].agency.code === WARD);

  const officer = await at('canbo', `/agency?case=${story.lost}`);
  await officer.page.locator('[data-do=return]').waitFor();
  await officer.page.keyboard.press('t');
  await officer.page.locator('#act-reason').fill('Đường do Thành phố quản lý');
  await officer.page.locator('#act-agency').fill('khu quan ly giao thong');
  await officer.page.locator('#act-agency-list [role=option]').first().waitFor();
  await officer.page.keyboard.press('Enter');
  await officer.page.locator('form[data-action=return] button[type=submit]').click();
  // The rules had that agency in view, so nobody has to carry it there.
  await until('the right one to have it', async () => /giao-thong/.test((await seen(supervisor.page, story.lost))['assignment'].agency.code));
  await officer.close();
  await supervisor.page.goto(`${BASE}/agency?case=${story.lost}`);
  await status(supervisor.page, 'assigned');
  await supervisor.page.locator('.timeline').getByText('Đường do Thành phố quản lý').first().waitFor();
  assert.match(await supervisor.page.locator('.timeline').innerText(), /Tưởng là hẻm của phường/);
  await supervisor.close();
});

async function resolveAt(page: Page, words: string): Promise<void> {
  await page.goto(`${BASE}/agency?case=${story.code}`);
  await page.locator('[data-do=accept]').waitFor();
  await page.keyboard.press('a');
  await status(page, 'accepted');
  await page.keyboard.press('c');
  await page.locator('form[data-action=resolve]').waitFor();
  await page.locator('#act-files').setInputFiles({ name: 'sau.png', mimeType: 'image/png', buffer: await page.screenshot() });
  await page.locator('.chosen-files img').waitFor();
  await page.locator('#act-text').fill(words);
  await page.keyboard.press('Control+Enter');
  await status(page, 'resolved');
}

async function rateAs(choice: string, comment: string): Promise<Visit> {
  const citizen = await visit(browser, `/?code=${story.code}`, { width: 390, height: 844 });
  await citizen.page.locator('.rate').waitFor();
  assert.ok(await citizen.page.locator('.answer img, .answer .photos img').count() > 0, 'the photo is shown to who asked');
  await citizen.page.getByLabel(choice, { exact: true }).check();
  await citizen.page.fill('#rate-comment', comment);
  await citizen.page.locator('.rate button[type=submit]').click();
  await citizen.page.locator('.rate').waitFor({ state: 'detached' });
  return citizen;
}

test('afternoon: the ward resolves it with a photo; the caller says it is not so and has it reopened', { timeout: 120000 }, async () => {
  const officer = await at('canbo', '/agency');
  await resolveAt(officer.page, 'Đã nhắc nhở chủ quán, lập biên bản, sẽ kiểm tra lại trong tuần này.');
  assert.deepEqual(officer.complaints, []);
  await officer.close();
  const citizen = await rateAs('Không hài lòng', 'Đêm qua vẫn hát');
  await citizen.page.locator('.reopen summary').click();
  await citizen.page.fill('#reopen-reason', 'Vẫn hát tới 1 giờ sáng');
  await citizen.page.locator('.reopen button[type=submit]').click();
  await citizen.page.locator('.reopen').waitFor({ state: 'detached' });
  assert.equal((await seen(citizen.page, story.code))['status'], 'reopened');
  // Who joined sees it by his own code, and nothing of the other.
  await citizen.page.goto(`${BASE}/?code=${story.joined}`);
  await citizen.page.locator('.steps .here').waitFor();
  assert.ok(!(await citizen.page.content()).includes('0903000111'));
  await citizen.close();
});

test('evening: a leader sees it on the map and directs the ward, which answers and does it again', { timeout: 180000 }, async () => {
  const leader = await at('lanhdao', `/leader?range=24h#map=15/${CENTRE.lat}/${CENTRE.lon}`);
  await mapReady(leader.page);
  await leader.page.locator('#tab-directives').click();
  await leader.page.getByLabel('Trong vùng bản đồ đang xem').check();
  await leader.page.getByRole('button', { name: 'Xem các đơn vị liên quan' }).click();
  const ward = leader.page.locator('.concerned label', { hasText: 'Phường Sài Gòn' }).first();
  await ward.waitFor();
  await ward.locator('input').check();
  await leader.page.fill('#directive-text', `Xử lý dứt điểm tiếng ồn ${MARK}`);
  await leader.page.getByRole('button', { name: 'Gửi chỉ đạo' }).click();
  await leader.page.getByText('Đã gửi chỉ đạo.').waitFor();

  const officer = await at('canbo', '/agency');
  const directive = officer.page.locator('.directive', { hasText: MARK });
  await directive.waitFor();
  await resolveAt(officer.page, 'Đã phạt theo biên bản số 27, niêm phong loa; công an phường trực mỗi đêm.');
  await officer.close();
  const head = await at('lanhdaodonvi', '/agency');
  const mine = head.page.locator('.directive', { hasText: MARK });
  await mine.waitFor();
  story.directive = Number(await mine.getAttribute('data-directive'));
  await mine.locator('.buttons button').last().click();
  await head.page.locator(`#directive-${story.directive}`).fill('Đã phạt và niêm phong loa, sẽ trực đến hết tuần.');
  await mine.locator('button[type=submit]').click();
  await until('the answer to be with the leader', async () => {
    const answer = await leader.page.evaluate(async (id) => (await fetch(`/api/v1/directives/${id}`)).json(), story.directive);
    return answer.state === 'answered';
  });
  await head.close();
  await leader.close();

  const citizen = await rateAs('Hài lòng', 'Đêm nay yên tĩnh');
  const told = await seen(citizen.page, story.code);
  assert.deepEqual([told['status'], told['rating'].rating], ['resolved', 'satisfied']);
  await citizen.close();
});

test('night: the record tells it all in order, to each what is his', { timeout: 120000 }, async () => {
  const supervisor = await at('truongca', `/agency?case=${story.code}`);
  const history = await supervisor.page.evaluate(async (code) => (await fetch(`/api/v1/complaints/${code}/history`)).json(), story.code);
  const events = (history.history as { event: string; actor?: string }[]).map((entry) => entry.event);
  const order = ['received', 'accepted', 'resolved', 'rated', 'reopened', 'accepted', 'resolved', 'rated'];
  let from = 0;
  for (const event of order) {
    const place = events.indexOf(event, from);
    assert.ok(place >= from, `${event} after ${from} in ${events.join(' ')}`);
    from = place + 1;
  }
  await supervisor.close();

  // The auditor sees who logged in today; the administrator that messages to the callers wait for a
  // gateway that nobody has configured yet, and that none is lost.
  const auditor = await at('kiemtra', '/admin?section=audit');
  await auditor.page.locator('.audit tbody tr').first().waitFor();
  assert.deepEqual(auditor.complaints, []);
  await auditor.close();
  const administrator = await at('quantri', '/admin?section=notices');
  await administrator.page.locator('.notices').waitFor();
  assert.match(await administrator.page.locator('tr[data-medium=sms]').innerText(), /\d/);
  assert.deepEqual(administrator.complaints, []);
  await administrator.close();
});
