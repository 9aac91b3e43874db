// Filing a complaint, as a citizen does: by a click on the map, by an address, by keyboard alone,
// with mistakes, and over a connection that breaks.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  type Filed, type TileAddress, VIEW, chooseCategory, clickMap, getJson, mapReady, openBrowser, tileFeatures, tileOf,
  until, visit,
} from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

/** How many complaints the tile says it holds. */
async function complaintsIn(tile: TileAddress): Promise<number> {
  const features = await tileFeatures('complaints', tile);
  return features.reduce((sum, feature) => sum + Number(feature['count']), 0);
}

/** Without an account, places are known to the middle of a cell of 0.001 degrees. */
function publicPoint(point: { lon: number; lat: number }): { lon: number; lat: number } {
  const middle = (degrees: number) => (Math.floor(degrees / 0.001) + 0.5) * 0.001;
  return { lon: middle(point.lon), lat: middle(point.lat) };
}

/** Waits for the page that follows filing; answers the code on it. */
async function filedCode(page: Page): Promise<string> {
  await page.getByRole('heading', { name: 'Đã tiếp nhận phản ánh' }).waitFor({ timeout: 20000 });
  const code = await page.locator('output.code').getAttribute('data-code');
  assert.match(code ?? '', /^[0-9A-Z]{9}$/);
  return code ?? '';
}

test('a click on the map files a complaint, and the tile that covers it changes', async () => {
  const { page, complaints, asked, close } = await visit(browser, `/${VIEW}`);
  await mapReady(page);
  await clickMap(page, 0.47, 0.53);
  await chooseCategory(page, 'tieng on');
  await page.fill('#description', 'Quán karaoke mở loa lớn sau 22 giờ <b>& "ồn"</b>');

  // Before sending: who, by when, why.
  const preview = page.locator('.preview .decision');
  await preview.waitFor();
  const promised = await preview.locator('.decision-agency dd').innerText();
  assert.ok(promised.length > 3);
  const point = /([\d.]+), ([\d.]+)/.exec(await page.locator('.chosen .numbers').innerText());
  assert.ok(point);
  const at = { lat: Number(point[1]), lon: Number(point[2]) };

  const tile = tileOf(publicPoint(at), 15);
  const earlier = await complaintsIn(tile);
  const askedBefore = asked.length;
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).click();
  const code = await filedCode(page);

  // After: the same agency, a deadline in the city's time, a reason.
  const decision = page.locator('.done .decision');
  assert.equal(await decision.locator('.decision-agency dd').innerText(), promised);
  assert.match(await decision.locator('time').innerText(), /\d{2}:\d{2}/);
  assert.ok((await decision.locator('dd').last().innerText()).length > 10, 'a reason');
  const deadline = await decision.locator('time').getAttribute('datetime');
  const stored = await getJson<Filed & { description?: string }>(`/api/v1/complaints/${code}`);
  assert.equal(new Date(deadline ?? '').getTime(), new Date(stored.assignment.deadline).getTime());
  assert.ok(promised.includes(stored.assignment.agency.name));

  await until('the complaint in its tile', async () => (await complaintsIn(tile)) > earlier, 5000);
  await until('the page to ask for the tiles again', () =>
    asked.slice(askedBefore).some((address) => address.includes('/tiles/complaints/')));
  assert.deepEqual(complaints, []);
  await close();
});

test('a typed address offers places on the map and files at the chosen one', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`);
  await mapReady(page);
  await page.fill('#address', 'phuong ben thanh');
  const options = page.locator('#address-list [role=option]');
  await options.first().waitFor();
  await until('the candidates on the map', async () =>
    (await page.locator('.candidate-mark').count()) === (await options.count()));
  const label = (await options.first().locator('.option-text').innerText()).trim();
  assert.match(label, /Bến Thành/);
  await options.first().click();
  assert.equal(await page.inputValue('#address'), label);
  await page.locator('.pin').waitFor();
  await chooseCategory(page, 'chieu sang');
  await page.fill('#description', 'Đèn đường tắt cả dãy từ tối qua');
  await page.locator('.preview .decision').waitFor();
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).click();
  const code = await filedCode(page);
  const stored = await getJson<{ place: { ward: { name: string } | null } }>(`/api/v1/complaints/${code}`);
  assert.ok(stored.place.ward);
  assert.deepEqual(complaints, []);
  await close();
});

test('an address shows how it was understood, and a question whose answers are buttons', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`);
  await mapReady(page);
  await page.fill('#address', '12/3 Lê Lợi, Phường Bến Thành xyzzyq');
  const parts = page.locator('.address-parts');
  await parts.locator('.unknown').waitFor();
  const told = await parts.locator('div').allInnerTexts();
  assert.deepEqual(told.map((text) => text.replace(/\s+/g, ' ').trim()),
    ['Số nhà 12/3', 'Đường Lê Lợi', 'Phường, xã Bến Thành', 'Không hiểu xyzzyq']);
  assert.match(await page.locator('#address-list .sure').first().innerText(), /chắc \d+ %/);

  // A street that two parts of the city have: whichever the city loaded here has.
  let choices = page.locator('[aria-labelledby=address-question] button');
  for (const street of ['Đường số 1', 'Đường số 2', 'Quang Trung', 'Lê Lợi', 'Trần Phú', 'Nguyễn Trãi']) {
    await page.fill('#address', '');
    await until('nothing asked', async () => (await parts.count()) === 0);
    await page.fill('#address', street);
    await parts.waitFor();
    if ((await choices.count()) > 1) break;
  }
  assert.ok((await choices.count()) > 1, 'some street is in two wards');
  const question = await page.locator('#address-question').innerText();
  const answers = await choices.allInnerTexts();
  for (const answer of answers) assert.ok(question.includes(answer), `${question}: ${answer}`);
  await page.locator('#address').focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await until('the first answer has the focus', () => page.evaluate(() =>
    document.activeElement?.closest('[aria-labelledby=address-question]') !== null));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.pin').waitFor();
  assert.ok((await page.inputValue('#address')).includes(answers[1] ?? '?'), await page.inputValue('#address'));
  assert.equal(await page.locator('#address-question').count(), 0, 'it is settled');
  choices = page.locator('[aria-labelledby=address-question] button');
  assert.equal(await choices.count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test('what is missing is said at its field, and the first one can be reached', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`);
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).click();
  await page.getByText('Cần sửa 3 chỗ trước khi gửi:').waitFor();
  await until('the summary to have the focus', () => page.evaluate(() =>
    document.activeElement?.classList.contains('error-summary')));
  for (const id of ['address', 'category', 'description']) {
    const field = page.locator(`#${id}`);
    assert.equal(await field.getAttribute('aria-invalid'), 'true', id);
    const described = (await field.getAttribute('aria-describedby')) ?? '';
    assert.ok(described.split(' ').includes(`${id}-error`), id);
    assert.ok((await page.locator(`#${id}-error`).innerText()).length > 5, id);
  }
  await page.locator('.error-summary a').first().click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'address');
  await page.fill('#description', 'x');
  assert.equal(await page.locator('#description').getAttribute('aria-invalid'), null);
  assert.deepEqual(complaints, []);
  await close();
});

test('what the service refuses is said at its field, and nothing typed is lost', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`, { expectedStatuses: [400, 422] });
  await mapReady(page);
  await clickMap(page);
  await chooseCategory(page, 'cay xanh');
  await page.fill('#description', 'x'.repeat(30000));
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).click();
  await page.locator('#description-error').waitFor();
  assert.equal(await page.locator('#description').getAttribute('aria-invalid'), 'true');
  assert.equal((await page.inputValue('#description')).length, 30000);
  assert.deepEqual(complaints, []);
  await close();
});

test('an answer lost on the way does not file it twice', async () => {
  const { page, close } = await visit(browser, `/${VIEW}`);
  await mapReady(page);
  const codes: string[] = [];
  const keys: string[] = [];
  await page.route('**/api/v1/complaints', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    keys.push(route.request().headers()['idempotency-key'] ?? '');
    const response = await route.fetch();
    codes.push(((await response.json()) as { code: string }).code);
    if (keys.length === 1) return route.abort('connectionreset'); // stored, but never heard of
    return route.fulfill({ response });
  });
  await clickMap(page, 0.52, 0.44);
  await chooseCategory(page, 'thoat nuoc');
  await page.fill('#description', 'Ngập sau mưa, nước không rút');
  await page.getByRole('button', { name: 'Gửi phản ánh', exact: true }).click();
  const code = await filedCode(page);
  assert.equal(keys.length, 2);
  assert.ok(keys[0] && keys[0].length >= 16);
  assert.equal(keys[0], keys[1]);
  assert.deepEqual(codes, [code, code]);
  await close();
});

test('the whole of it can be done by keyboard', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`);
  await mapReady(page);
  const focused = () => page.evaluate(() => {
    const element = document.activeElement;
    return element?.id || element?.textContent?.trim() || '';
  });
  const tabTo = async (wanted: string) => {
    for (let n = 0; n < 40; n++) {
      if ((await focused()) === wanted) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never came to ${wanted}`);
  };
  await tabTo('Lấy tâm bản đồ');
  await page.keyboard.press('Enter');
  await page.locator('.pin').waitFor();
  await tabTo('category');
  await page.keyboard.type('tieng on');
  await page.locator('#category-list [role=option]').first().waitFor();
  await page.keyboard.press('ArrowDown');
  assert.match((await page.locator('#category').getAttribute('aria-activedescendant')) ?? '', /category-option-0/);
  await page.keyboard.press('Enter');
  await tabTo('description');
  await page.keyboard.type('Khoan đục ban đêm');
  await page.locator('.preview .decision').waitFor();
  await tabTo('Gửi phản ánh');
  // The tab of the same name comes first in the page; the button is after the description.
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'submit');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
  assert.notEqual(outline, 'none', 'the focus can be seen');
  await page.keyboard.press('Enter');
  await filedCode(page);
  await until('the focus on the result', async () => (await focused()) === 'done-title');
  assert.deepEqual(complaints, []);
  await close();
});

test('a reload in the middle loses nothing', async () => {
  const { page, close } = await visit(browser, `/${VIEW}`);
  await mapReady(page);
  await clickMap(page);
  await chooseCategory(page, 'chieu sang');
  await page.fill('#description', 'Đèn chớp liên tục');
  const point = await page.locator('.chosen .numbers').innerText();
  await page.reload();
  await page.locator('#description').waitFor();
  assert.equal(await page.inputValue('#description'), 'Đèn chớp liên tục');
  assert.match(await page.inputValue('#category'), /[Cc]hiếu sáng/);
  assert.equal(await page.locator('.chosen .numbers').innerText(), point);
  await close();
});
