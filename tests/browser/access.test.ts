// For everyone: axe on every state of the pages in both languages and colour schemes, and phones.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { VIEW, chooseCategory, clickMap, fileByApi, mapReady, openBrowser, until, violations, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

for (const lang of ['vi', 'en'] as const) {
  for (const dark of [false, true]) {
    const variant = `${lang}, ${dark ? 'dark' : 'light'}`;

    test(`axe finds nothing wrong while filing (${variant})`, async () => {
      const { page, close } = await visit(browser, `/${VIEW}`, { lang, dark });
      await mapReady(page);
      assert.deepEqual(await violations(page), [], 'the form');
      await page.locator('.report button[type=submit]').click();
      await page.locator('.error-summary').waitFor();
      await page.fill('#category', 'o');
      assert.deepEqual(await violations(page), [], 'the form with errors and an open list');
      await clickMap(page);
      await chooseCategory(page, 'tieng on');
      await page.fill('#description', 'Ồn ào suốt đêm');
      await page.locator('.preview .decision').waitFor();
      await page.locator('.more summary').click();
      assert.deepEqual(await violations(page), [], 'the form filled in');
      await page.locator('.report button[type=submit]').click();
      await page.locator('#done-title').waitFor();
      assert.deepEqual(await violations(page), [], 'the result');
      await close();
    });

    test(`axe finds nothing wrong on the leader's page (${variant})`, async () => {
      const { page, close } = await visit(browser, `/leader${VIEW}`, { lang, dark });
      await mapReady(page);
      assert.deepEqual(await violations(page), [], 'the filters');
      await page.locator('#tab-latest').click();
      await page.locator('.latest, .tab-panel .hint').first().waitFor();
      assert.deepEqual(await violations(page), [], 'the latest');
      await page.locator('.header-end .in-header').click();
      await page.locator('#login-name').waitFor();
      assert.deepEqual(await violations(page), [], 'the log-in');
      await close();
    });

    test(`axe finds nothing wrong while tracking (${variant})`, async () => {
      const filed = await fileByApi('Để theo dõi');
      const { page, close } = await visit(browser, `/?code=${filed.code}${VIEW}`, { lang, dark });
      await page.locator('.tracked .decision').waitFor();
      assert.deepEqual(await violations(page), []);
      await close();
    });
  }
}

/** How much wider the page is than the window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

for (const width of [390, 320]) {
  for (const lang of ['vi', 'en'] as const) {
    test(`nothing has to be scrolled sideways at ${width} pixels (${lang})`, async () => {
      for (const path of ['/', '/?tab=track', '/?tab=filters', '/leader', '/leader?tab=latest', '/leader?tab=measures']) {
        const { page, complaints, close } = await visit(browser, `${path}${VIEW}`, { width, height: 800, lang });
        await page.locator('#tab-panel').waitFor();
        assert.ok((await overflow(page)) <= 0, `${path}: ${await overflow(page)} pixels too wide`);
        assert.deepEqual(complaints, []);
        await close();
      }
    });
  }
}

test('on a phone the map, the form and the button are all usable', async () => {
  const { page, complaints, close } = await visit(browser, `/${VIEW}`, { width: 390, height: 800 });
  await mapReady(page);
  const map = await page.locator('.map-canvas').boundingBox();
  assert.ok(map && map.height >= 240 && map.width >= 380, 'a map of a useful size');
  await clickMap(page, 0.5, 0.6);
  await page.locator('.pin').waitFor();
  for (const button of await page.locator('.panel button:visible').all()) {
    const box = await button.boundingBox();
    assert.ok(box && box.height >= 24 && box.width >= 24, 'a target big enough for a finger');
  }
  await page.locator('#description').scrollIntoViewIfNeeded();
  await until('the description on the screen', async () => {
    const box = await page.locator('#description').boundingBox();
    return box !== null && box.y >= 0 && box.y < 800;
  });
  assert.deepEqual(complaints, []);
  await close();
});
