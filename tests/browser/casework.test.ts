// What staff do with a case besides its plain story: put it where it really is by a typed address, at the
// agency's page and with the caller on the line; do something to several that asks for words; take the
// sheet along on paper. On the demo city's log-ins.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { LOGS, must } from '../api/lib/run';
import { BASE, CENTRE, fileByApi, logIn, openBrowser, sessionOf, until, violations, visit, type VisitOptions } from './harness';
import { choose, pressAt, tabTo, typeAt } from './keyboard';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const OFFICER = 'canbo';
const SUPERVISOR = 'truongca';
const OPERATOR = 'dienthoaivien';
const SHOTS = process.env['HOTLINE_SHOTS'];

async function at(path: string, login: string, options: VisitOptions = {}) {
  const opened = await visit(browser, path, options);
  await logIn(opened.page, login);
  return opened;
}

/** So that nothing of the map lies under a bar that stays at the top. */
const TALL: VisitOptions = { height: 2000 };

interface Seen { place: { lon: number; lat: number; match: string }; address: string; assignment: { agency: { code: string } }; status: string; proposed_agency?: unknown }

async function seen(code: string): Promise<Seen> {
  return await (await fetch(`${BASE}/api/v1/complaints/${code}`, { headers: await sessionOf(SUPERVISOR) })).json() as Seen;
}

/** Types the address of another place, chooses the first that it may mean, says why, and moves it there. */
async function placeByAddress(page: Page, code: string, address: string): Promise<{ before: Seen; after: Seen }> {
  const first = await seen(code);
  await pressAt(page, '[data-do=place]');
  await typeAt(page, 'place-address', address);
  const option = page.locator('#place-address-list [role=option]').first();
  await option.waitFor();
  const label = (await option.locator('.option-text').innerText()).trim();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const form = page.locator('form[data-action=place]');
  await form.waitFor();
  assert.ok((await form.innerText()).includes(label), 'it says where to');
  await page.locator('.case-map .map[data-state=ready]').waitFor({ timeout: 30000 });
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/place-${page.url().includes('operator') ? 'operator' : 'agency'}.png` });
  assert.deepEqual(await violations(page), [], 'placing by an address');
  await typeAt(page, 'place-reason', 'Người gọi nói rõ');
  await page.keyboard.press('Enter');
  await form.waitFor({ state: 'detached' });
  const moved = await until('the place to be another', async () => {
    const now = await seen(code);
    return now.place.match === 'hand' ? now : null;
  });
  assert.equal(moved.address, label);
  assert.notDeepEqual([moved.place.lon, moved.place.lat], [first.place.lon, first.place.lat]);
  return { before: first, after: moved };
}

test('an officer moves a case to an address that is typed, and it goes to whoever is responsible there', { timeout: 120000 }, async () => {
  const { code } = await fileByApi(`Đặt lại bằng địa chỉ ${Date.now()}`);
  const { page, complaints, close } = await at(`/agency?case=${code}`, SUPERVISOR, TALL);
  await page.locator('[data-do=place]').waitFor();
  const { after: moved } = await placeByAddress(page, code, 'Quang Trung, Go Vap');
  await page.locator('.timeline .event-placed').waitFor();
  assert.match(await page.locator('.timeline .event-placed').innerText(), /Người gọi nói rõ/);
  assert.ok((await page.locator('.part-place').innerText()).includes(moved.address));
  assert.deepEqual(complaints, []);
  await close();
});

test('an operator corrects the place while the caller is on the line, by keyboard, and on the map', { timeout: 120000 }, async () => {
  const { code } = await fileByApi(`Người gọi báo sai chỗ ${Date.now()}`);
  const { page, complaints, close } = await at('/operator', OPERATOR, { width: 1440, ...TALL });
  await page.locator('#caller-number').waitFor();
  await tabTo(page, 'tab-queue');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await typeAt(page, 'look-code', code);
  await page.keyboard.press('Enter');
  await page.locator('.look-case [data-do=place]').waitFor();
  assert.equal(await page.locator('.look-case .case-map').count(), 0, 'one map is enough until a place is looked for');
  const { after: moved } = await placeByAddress(page, code, 'Quang Trung, Go Vap');
  await until('who has it now', async () => (await page.locator('.look-case').innerText()).includes(moved.address));
  assert.equal(await page.locator('.look-case .case-map').count(), 0);
  // And where the caller describes it, by a press on the map.
  await page.locator('.look-case [data-do=place]').click();
  await page.locator('.look-case .case-map .map[data-state=ready]').waitFor({ timeout: 30000 });
  await page.locator('.look-case .case-map canvas').click({ position: { x: 60, y: 60 } });
  await page.locator('form[data-action=place]').waitFor();
  await page.locator('form[data-action=place] button[type=submit]').click();
  await until('the pressed place', async () => {
    const now = await seen(code);
    return now.place.lon !== moved.place.lon && now.place.match === 'hand';
  });
  await page.locator('form[data-action=place]').waitFor({ state: 'detached' });
  assert.deepEqual(await violations(page, '.operator-side'), [], 'a case that was looked up');
  assert.deepEqual(complaints, []);
  await close();
});

interface Looked { looks: { viewer: string; purpose: unknown }[] }

test('who reported a case is masked until one says why, and that is recorded; what those said who joined it is there', { timeout: 120000 }, async () => {
  const operator = await sessionOf(OPERATOR);
  const file = async (path: string, body: object): Promise<{ code: string }> => {
    const answer = await fetch(`${BASE}/api/v1/complaints${path}`, { method: 'POST', headers: operator, body: JSON.stringify(body) });
    assert.equal(answer.status, 201, await answer.clone().text());
    return await answer.json() as { code: string };
  };
  const { code } = await file('', { category: 'tieng-on', description: `Có người báo ${Date.now()}`, channel: 'phone', location: CENTRE,
    reporter: { name: 'Lê Thị Hoa Sen', phone: '0912000445' } });
  await file(`/${code}/reporters`, { channel: 'phone', consent: true, description: 'Tôi cũng nghe suốt đêm qua', reporter: { name: 'Phạm Văn Tre', phone: '0912000446' } });
  const looks = async (): Promise<Looked['looks']> => {
    const answer = await fetch(`${BASE}/api/v1/looks?complaint=${code}`, { headers: await sessionOf('kiemtra') });
    return (await answer.json() as Looked).looks;
  };
  for (const [login, path, part] of [[OFFICER, `/agency?case=${code}`, '.case'], [OPERATOR, '/operator', '.look-case']] as const) {
    const before = (await looks()).length;
    const { page, complaints, close } = await at(path, login, { width: 1440 });
    if (part === '.look-case') {
      await page.locator('#tab-lookup').click();
      await typeAt(page, 'look-code', code);
      await page.keyboard.press('Enter');
    }
    const people = page.locator(`${part} .case-people`);
    await people.getByText('Tôi cũng nghe suốt đêm qua').waitFor();
    for (const secret of ['Hoa Sen', '0912000445', '0912000446']) assert.ok(!(await people.innerText()).includes(secret), secret);
    await pressAt(page, '.people-more summary');
    await page.locator('#people-purpose option').nth(1).waitFor({ state: 'attached' });
    assert.deepEqual(await violations(page, `${part} .case-people`), []);
    assert.equal((await looks()).length, before, 'nothing was looked at yet');
    await tabTo(page, 'people-purpose');
    await choose(page, 'khac');
    await typeAt(page, 'people-note', 'Hỏi giờ mở loa');
    await page.keyboard.press('Enter');
    await people.locator('.people-list[data-whole]').waitFor();
    for (const told of ['Lê Thị Hoa Sen', '0912000445', 'Phạm Văn Tre', '0912000446']) assert.ok((await people.innerText()).includes(told), told);
    const now = await looks();
    assert.equal(now.length, before + 1);
    assert.equal(now[0]?.viewer, `user:${login}`);
    assert.deepEqual(complaints, []);
    await close();
  }
});

test('several are paused and returned with the words asked once; a missing word is asked for', { timeout: 120000 }, async () => {
  const mark = `Nhiều việc ${Date.now()}`;
  const codes = [(await fileByApi(mark)).code, (await fileByApi(mark)).code, (await fileByApi(mark)).code];
  const { page, complaints, close } = await at(`/agency?order=received&q=${encodeURIComponent(mark)}`, OFFICER);
  for (const code of codes) {
    await page.locator(`#case-${code}`).waitFor();
    await page.locator(`#case-${code}`).focus();
    await page.keyboard.press('x');
  }
  await pressAt(page, '[data-bulk=accept]');
  await page.locator('.bulk-outcomes li[data-status="200"]').nth(2).waitFor();
  assert.equal(await page.locator('.bulk-outcomes li.bad').count(), 0);
  for (const code of codes) assert.equal((await seen(code)).status, 'accepted');

  await until('the list to know', async () => (await page.locator('.case-row .status-accepted').count()) === 3);
  for (const code of codes.slice(0, 2)) {
    await page.locator(`#case-${code}`).focus();
    await page.keyboard.press('x');
  }
  await pressAt(page, '[data-bulk=pause]');
  await page.locator('.bulk .action-form').waitFor();
  assert.deepEqual(await violations(page), [], 'a form for several');
  await pressAt(page, '.bulk .action-form button[type=submit]');
  await page.locator('.bulk [aria-invalid=true]').waitFor();
  await tabTo(page, '.bulk .action-form select');
  await choose(page, 'cho-nguoi-phan-anh');
  await pressAt(page, '.bulk .action-form button[type=submit]');
  await page.locator('.bulk-outcomes li[data-status="200"]').nth(1).waitFor();
  assert.equal((await seen(codes[0] ?? '')).status, 'waiting');
  assert.equal((await seen(codes[2] ?? '')).status, 'accepted', 'what was not chosen is as it was');

  await page.locator(`#case-${codes[2]}`).focus();
  await page.keyboard.press('x');
  await pressAt(page, '[data-bulk=return]');
  await typeAt(page, '.bulk .action-form textarea, .bulk .action-form #act-reason', 'Không thuộc địa bàn của phường');
  await pressAt(page, '.bulk .action-form button[type=submit]');
  await until('it is returned', async () => (await seen(codes[2] ?? '')).status === 'returned');
  await page.locator(`.bulk-outcomes`).getByRole('button').first().click();
  await page.locator('.bulk').waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
  await close();
});

test('the sheet on paper has the case and room for notes, and nothing of the screen', { timeout: 120000 }, async () => {
  const words = `Nắp cống vỡ <b>trước</b> số nhà ${Date.now()}`;
  const { code } = await fileByApi(words);
  const { page, close } = await at(`/agency?case=${code}`, OFFICER, { dark: true });
  await page.locator('.case-description').waitFor();
  await page.locator('.timeline').waitFor();
  await page.emulateMedia({ media: 'print', colorScheme: 'light' });
  const path = join(LOGS, 'case-sheet.pdf');
  writeFileSync(path, await page.pdf({ format: 'A4' }));
  const text = (await must('pdftotext', ['-layout', path, '-'])).normalize('NFC');
  const flat = text.replace(/\s+/g, ' ');
  for (const wanted of [words, `${code.slice(0, 3)} ${code.slice(3, 6)} ${code.slice(6)}`, 'Ghi chép tại hiện trường', 'ký, ghi rõ họ tên', 'Phiếu xử lý phản ánh', '10.77985, 106.70005']) {
    assert.ok(flat.includes(wanted), `${wanted} in: ${flat}`);
  }
  assert.doesNotMatch(flat, /Trả lại|Ghi chú nội bộ|Bản đồ|Đăng xuất|Quay lại/);
  assert.ok(text.split('\f').length <= 4, 'three pages at most');
  for (const selector of ['.header', '.inbox', '.case-bar', '.case-map', '.case-place', '.actions button']) {
    for (const one of await page.locator(selector).all()) assert.equal(await one.isVisible(), false, selector);
  }
  assert.ok(await page.locator('.print-head').isVisible(), 'the sheet says of whom it is and of when');
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/sheet.png`, fullPage: true });
  await close();
});
