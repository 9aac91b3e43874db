// The administrator's register at /admin: agencies, categories, calendars, letters, the cut-over; by
// keyboard alone, axe in both languages and colour schemes, narrow windows.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { logIn, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const SECTIONS = ['agencies', 'agencies&agency=so-y-te', 'categories', 'calendars', 'letters', 'transfers'];

/** Tab until what has the focus has that name or id; a person without a mouse has no other way. */
async function tabTo(page: Page, what: string): Promise<void> {
  for (let n = 0; n < 400; n++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement as HTMLElement | null;
      return e ? [e.id, e.getAttribute('aria-label') ?? '', e.innerText ?? ''] : [];
    });
    if (at.includes(what)) return;
  }
  assert.fail(`no way to ${what} by Tab`);
}

async function type(page: Page, id: string, text: string): Promise<void> {
  await tabTo(page, id);
  await page.keyboard.type(text);
}

const wide = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test('by keyboard alone: a new agency, its desk, its area; refusals are said beside their field', { timeout: 180000 }, async () => {
  const { page, complaints, close } = await visit(browser, '/admin?section=agencies', { lang: 'en', expectedStatuses: [409, 422] });
  await logIn(page, 'quantri');
  await page.locator('tr[data-agency]').first().waitFor();
  const code = `doi-thu-${Date.now().toString(36)}`;
  await tabTo(page, 'Add an agency');
  await page.keyboard.press('Enter');
  await until('the form in focus', () => page.evaluate(() => document.activeElement?.id === 'new-agency-code'));
  await page.keyboard.type('So Y Te');
  await type(page, 'new-agency-name', 'Đội thử');
  await page.keyboard.press('Enter');
  await page.locator('#new-agency-code-error').waitFor();
  await until('the field in focus', () => page.evaluate(() => document.activeElement?.id === 'new-agency-code'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type(code);
  await type(page, 'new-agency-parent', 'so y te');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await page.inputValue('#new-agency-parent'), 'Sở Y tế');
  await tabTo(page, 'Save');
  await page.keyboard.press('Enter');
  await page.locator(`.register-title code:text-is("${code}")`).waitFor();
  await until('the heading in focus', () => page.evaluate(() => document.activeElement?.classList.contains('register-title') ?? false));

  await tabTo(page, 'Add a desk');
  await page.keyboard.press('Enter');
  await until('the desk form', () => page.evaluate(() => document.activeElement?.id === 'new-desk-code'));
  await page.keyboard.type('ban-mot');
  await type(page, 'new-desk-name', 'Bàn một');
  await page.keyboard.press('Enter');
  await page.locator('[data-desk=ban-mot]').waitFor();
  await tabTo(page, 'Change: Bàn một');
  await page.keyboard.press('Enter');
  await until('the rename form', () => page.evaluate(() => document.activeElement?.id === 'desk-name'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('Bàn số một');
  await page.keyboard.press('Enter');
  await page.locator('[data-desk=ban-mot]', { hasText: 'Bàn số một' }).waitFor();

  await tabTo(page, 'Give an area');
  await page.keyboard.press('Enter');
  await until('the area form', () => page.evaluate(() => document.activeElement?.id === 'new-area-code'));
  await page.keyboard.type(`${code}-dia-ban`);
  await type(page, 'new-area-name', 'Góp ý ở phường');
  await type(page, 'new-area-unit', '00000');
  await type(page, 'new-area-categories', 'gop y');
  await page.keyboard.press('Enter');
  await page.locator('.chosen li').waitFor();
  await tabTo(page, 'Save');
  await page.keyboard.press('Enter');
  await page.locator('#new-area-unit-error').waitFor();
  await until('the unit in focus', () => page.evaluate(() => document.activeElement?.id === 'new-area-unit'));
  await page.keyboard.press('Escape');
  await page.locator('form[data-form=new-area]').waitFor({ state: 'detached' });

  // The list finds it without tones, and the address is the view.
  await page.locator('.register > p a').first().press('Enter');
  await page.fill('#agency-q', 'doi thu');
  await until('only what was looked for', async () => (await page.locator('tr[data-agency]').count()) < 20);
  assert.ok(await page.locator(`tr[data-agency="${code}"]`).count());
  assert.match(page.url(), /[?&]q=doi\+thu/);
  assert.deepEqual(complaints, []);
  await close();
});

test('a category is added, given hours, and ended; the tree and its deadlines follow', { timeout: 120000 }, async () => {
  const { page, complaints, close } = await visit(browser, '/admin?section=categories', { lang: 'vi', expectedStatuses: [409, 422] });
  await logIn(page, 'quantri');
  await page.locator('[data-category=moi-truong]').waitFor();
  const code = `thu-${Date.now().toString(36)}`;
  await page.getByRole('button', { name: 'Thêm lĩnh vực' }).click();
  await page.fill('#category-code', code);
  await page.selectOption('#category-parent', 'moi-truong');
  await page.fill('#category-name_vi', 'Việc thử <b>đậm</b>');
  await page.fill('#category-name_en', 'A trial');
  await page.getByRole('button', { name: 'Lưu' }).click();
  const row = page.locator(`[data-category="${code}"]`);
  await row.waitFor();
  assert.match(await row.innerText(), /Việc thử <b>đậm<\/b>/); // as text
  await row.getByRole('button', { name: /^Thời hạn/ }).click();
  assert.match(await page.locator('form[data-form=steps]').innerText(), /theo cấp trên: \d+ ngày làm việc/);
  await page.fill('#steps-resolve-ordinary', '7');
  await page.locator('#steps-resolve-ordinary + select').selectOption('hours');
  await page.getByRole('button', { name: 'Lưu' }).click();
  await row.filter({ hasText: 'Giải quyết: 7 giờ' }).waitFor();
  await row.getByRole('button', { name: /^Sửa/ }).click();
  await page.locator('#category-active').uncheck();
  await page.getByRole('button', { name: 'Lưu' }).click();
  await row.waitFor({ state: 'detached' });
  await page.locator('#category-ended').check();
  await row.filter({ hasText: 'đã ngừng' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('a year of days is drawn, edited and saved; a deadline is tried and explained', { timeout: 120000 }, async () => {
  const { page, complaints, close } = await visit(browser, '/admin?section=calendars&year=2098', { lang: 'vi', expectedStatuses: [409, 422] });
  await logIn(page, 'quantri');
  await page.locator('#year-workdays').waitFor();
  const worked = Number.parseInt(await page.locator('#year-workdays').innerText(), 10);
  assert.equal(await page.locator('.year table').count(), 12);
  await page.getByRole('button', { name: 'Thêm ngày' }).click();
  await page.fill('#day-date', '2098-03-05'); // a Wednesday
  await page.fill('#day-name_vi', 'Nghỉ thử');
  await page.getByRole('button', { name: 'Thêm', exact: true }).click();
  await page.locator('[data-day="2098-03-05"].day-holiday').waitFor();
  assert.equal(Number.parseInt(await page.locator('#year-workdays').innerText(), 10), worked - 1);
  await page.getByText('Có ngày chưa lưu.').waitFor();
  await page.getByRole('button', { name: 'Lưu cả năm' }).click();
  await page.locator('.notice', { hasText: 'Đã lưu' }).waitFor();
  await page.reload();
  await page.locator('[data-day="2098-03-05"].day-holiday').waitFor();

  await page.fill('#trial-at', '2098-03-04T10:00');
  await page.selectOption('#trial-urgent', 'false');
  await until('the day off in the reason', async () => {
    await page.getByRole('button', { name: 'Tính', exact: true }).click();
    await page.locator('[data-step=answer]').waitFor();
    return /Nghỉ thử/.test(await page.locator('[data-step=answer]').innerText());
  });
  assert.match(await page.locator('[data-step=answer]').innerText(), /07\/03\/2098/);
  await page.getByRole('button', { name: 'Bỏ: 05/03/2098' }).click();
  await page.getByRole('button', { name: 'Lưu cả năm' }).click();
  await page.locator('[data-day="2098-03-05"].day-open').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('a letter is written with its fields and read as it will be; the cut-over is looked at', { timeout: 120000 }, async () => {
  const { page, complaints, close } = await visit(browser, '/admin?section=letters', { lang: 'vi', expectedStatuses: [409, 422, 404] });
  await logIn(page, 'quantri');
  await page.locator('[data-letter]').first().waitFor();
  await page.getByRole('button', { name: 'Thêm mẫu' }).click();
  const code = `mau-${Date.now().toString(36)}`;
  await page.fill('#letter-code', code);
  await page.fill('#letter-name_vi', 'Mẫu thử');
  await page.fill('#letter-name_en', 'A trial');
  await page.fill('#letter-body', 'Số ');
  await page.getByRole('group', { name: 'Chèn chỗ điền: Nội dung tiếng Việt' }).getByRole('button', { name: 'mã phản ánh' }).click();
  assert.equal(await page.inputValue('#letter-body'), 'Số {code}');
  await page.locator('#letter-body').press('End');
  await page.keyboard.type(': [việc đã làm] {sai}');
  await page.locator('#letter-shown', { hasText: /Số [0-9A-Z]{9}: \[việc đã làm\]/ }).waitFor();
  assert.equal(await page.locator('#letter-shown mark').innerText(), '[việc đã làm]');
  await page.getByRole('button', { name: 'Lưu' }).click();
  await page.locator('#letter-body-error', { hasText: '{sai}' }).waitFor();
  await page.fill('#letter-body', 'Số {code}: [việc đã làm]');
  await page.locator('#letter-active').uncheck();
  await page.getByRole('button', { name: 'Lưu' }).click();
  await page.locator(`[data-letter="${code}"]`, { hasText: 'không dùng' }).waitFor();

  await page.getByRole('link', { name: 'Chuyển khi cải cách' }).click();
  await page.locator('#transfer-day').waitFor();
  await page.getByRole('button', { name: 'Xem trước' }).click();
  await page.locator('#transfer-totals').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

for (const [lang, dark] of [['vi', false], ['vi', true], ['en', false], ['en', true]] as const) {
  test(`axe finds nothing wrong, and nothing is too wide for a phone (${lang}, ${dark ? 'dark' : 'light'})`, { timeout: 240000 }, async () => {
    const { page, complaints, close } = await visit(browser, '/admin?section=agencies', { lang, dark });
    await logIn(page, 'quantri');
    for (const section of SECTIONS) {
      await page.goto(`${new URL(page.url()).origin}/admin?lang=${lang}&section=${section}`);
      await page.locator('.register').waitFor();
      // With a form open, as one works with it.
      await page.locator('.register > .buttons button, .register [data-letter] button, .register-block .buttons button').first().click().catch(() => undefined);
      assert.deepEqual(await violations(page), [], section);
      for (const width of dark ? [] : [390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        assert.ok((await wide(page)) <= 0, `${section} at ${width}: ${await wide(page)} pixels too wide`);
      }
      await page.setViewportSize({ width: 1280, height: 860 });
    }
    assert.deepEqual(complaints, []);
    await close();
  });
}
