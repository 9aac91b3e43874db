// What a look at every page would see: at no width does one scroll sideways, nothing lies over what is
// to be pressed, maps and lists have room, and no text is of the machine instead of the reader.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { BASE, fileByApi, logIn, openBrowser, until } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const WIDTHS = [[1440, 900], [1024, 768], [390, 844]] as const;

interface Looked {
  path: string;
  /** What is there once the page is. */
  ready: string;
  /** Each is in the window, or can be scrolled there, and nothing covers it. */
  press: string[];
  /** At least so many pixels high. */
  room?: Record<string, number>;
}

const SECTIONS = ['agencies', 'categories', 'calendars', 'letters', 'transfers', 'boundaries', 'layers', 'jurisdictions',
  'populations', 'duplicates', 'notices', 'persons', 'accounts'];

/** By who looks: the pages of nobody, then of each role. */
const PAGES: Record<string, Looked[]> = {
  '': [
    { path: '/', ready: '.report', press: ['#address', '#category', '#description', '.report button[type=submit]', '.header-end .in-header', '.lang'], room: { '.map': 200 } },
    { path: '/?tab=filters', ready: '.filters', press: ['.segment input', '.city .tree .check'], room: { '.map': 200 } },
    { path: '/?tab=track', ready: '#track-code', press: ['#track-code', '.track button[type=submit]'] },
    { path: '/leader', ready: '.panel', press: ['.panel-toggle', '[role=tab]', '.leader-tools button'], room: { '.map': 300 } },
    { path: '/operator', ready: '.missing', press: ['.missing .button.primary'] },
    { path: '/agency', ready: '.missing', press: ['.missing .button.primary'] },
    { path: '/admin', ready: '.admin-panel', press: ['.admin-panel .button.primary'] },
    { path: '/start', ready: '.start-list', press: ['.start-list a'] },
    { path: '/report', ready: '.plain-main form', press: ['.plain-main input[type=text]', '.plain-main textarea', '.plain-main .button.wide'] },
    { path: '/track', ready: '.plain-main form', press: ['.plain-main input[type=text]', '.plain-main button[type=submit]'] },
  ],
  dienthoaivien: [
    { path: '/operator', ready: '#caller-number', press: ['#caller-number', '#category', '#address', '#description', '.call-buttons .primary', '.operator-side [role=tab]'],
      room: { '.operator-place .map': 200 } },
  ],
  canbo: [
    { path: '/agency', ready: '.case-link', press: ['.case-link', '.case-check input', '.view', '.filter-search', '.filter-line .button'], room: { '.vlist': 200 } },
    { path: '/agency?field=1', ready: '.field-card', press: ['.field-card', '.field-order button'] },
    { path: '/agency?case=CODE', ready: '.case-body', press: ['.action-buttons .button', '.case-bar .button', '.case-map .maplibregl-ctrl-zoom-in'], room: { '.case-map': 200 } },
  ],
  lanhdao: [
    { path: '/leader?tab=measures&unit=ward', ready: '.measures', press: ['[role=tab]', '.segment input', '.ranking tbody button'], room: { '.map': 300 } },
    { path: '/leader?tab=ranking', ready: '.leader-ranking tbody tr', press: ['.ranking thead button', '.ranking tbody button'], room: { '.map': 300 } },
    { path: '/leader?tab=directives', ready: '.give', press: ['.give input', '.give .button'], room: { '.map': 300 } },
    { path: '/leader?time=1', ready: '.time-bar', press: ['.time-controls button', '.time-range'], room: { '.map': 300 } },
    { path: '/leader?wall=1', ready: '.wall', press: ['.wall button'], room: { '.map': 300 } },
  ],
  quantri: [
    { path: '/admin', ready: '.one-set', press: ['.sections a', '.sets a', '.one-set [role=tab]', '.new-draft button'], room: { '.admin > .map': 200 } },
    ...['check', 'replay', 'approval', 'explain', 'corrections', 'log'].map((tab) => ({
      path: `/admin?tab=${tab}`, ready: '.one-set', press: ['.one-set [role=tab]'], room: { '.admin > .map': 200 } })),
    ...SECTIONS.map((section) => ({ path: `/admin?section=${section}`, ready: '#admin-title', press: ['.sections a', 'main button, main select, main input'] })),
  ],
};

/** What lies over the middle of the first one that shows, or '' where nothing does. */
async function covered(page: Page, selector: string): Promise<string> {
  const found = page.locator(selector).locator('visible=true').first();
  await found.waitFor({ timeout: 10000 });
  return found.evaluate((element) => {
    element.scrollIntoView({ block: 'center', inline: 'nearest' });
    const box = element.getBoundingClientRect();
    // What is larger than the window is looked at where it is inside.
    const middle = (from: number, to: number, most: number) => (Math.max(from, 0) + Math.min(to, most)) / 2;
    const x = middle(box.left, box.right, window.innerWidth);
    const y = middle(box.top, box.bottom, window.innerHeight);
    const over = document.elementFromPoint(x, y);
    if (!over) return `it is outside the window, at ${Math.round(box.left)},${Math.round(box.top)}`;
    const label = over.closest('label');
    return over === element || element.contains(over) || (label && label.contains(element)) ? '' : over.outerHTML.slice(0, 160);
  });
}

const sideways = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

const height = (page: Page, selector: string): Promise<number> => page.locator(selector).locator('visible=true').first()
  .evaluate((element) => Math.round(element.getBoundingClientRect().height));

/** Texts that only a program would write: in what is shown, what is read out, and what fields say. */
function machine(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const told = [document.body.innerText, ...[...document.querySelectorAll('[aria-label], [placeholder]')]
      .map((element) => `${element.getAttribute('aria-label') ?? ''}\n${element.getAttribute('placeholder') ?? ''}`)].join('\n');
    return told.split('\n').filter((line) =>
      /\b(undefined|NaN|null)\b|\[object |\bin_progress\b|trạng thái [a-z_]+$|\d{4}-\d\d-\d\dT\d\d:/.test(line));
  });
}

async function look(page: Page, one: Looked, path: string): Promise<void> {
  for (const [width, high] of WIDTHS) {
    await page.setViewportSize({ width, height: high });
    if (width === WIDTHS[0][0]) await page.goto(`${BASE}${path}`);
    await page.locator(one.ready).first().waitFor({ timeout: 20000 });
    const where = `${one.path} at ${width}`;
    for (const selector of one.press) assert.equal(await covered(page, selector), '', `${where}: over ${selector}`);
    for (const [selector, least] of Object.entries(one.room ?? {})) {
      await until(`${where}: room for ${selector}`, async () => (await height(page, selector)) >= least, 5000);
    }
    assert.ok(await sideways(page) <= 0, `${where} scrolls sideways by ${await sideways(page)}`);
    assert.deepEqual(await machine(page), [], where);
  }
}

for (const [login, pages] of Object.entries(PAGES)) {
  test(`the pages of ${login || 'anybody'}, at three widths`, { timeout: 300000 }, async () => {
    const { code } = await fileByApi(`Cho người xem ${Date.now()}`);
    const context: BrowserContext = await browser.newContext({ locale: 'vi-VN', reducedMotion: 'reduce', serviceWorkers: 'block' });
    const page = await context.newPage();
    if (login) {
      await page.goto(`${BASE}/operator`);
      await logIn(page, login);
    }
    for (const one of pages) await look(page, one, one.path.replace('CODE', code));
    await context.close();
  });
}

test('without JavaScript what leads on is in sight at once', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${BASE}/`);
  const box = await page.locator('.noscript .button').first().boundingBox();
  assert.ok(box && box.y + box.height < 844, `it is at ${box?.y}`);
  await context.close();
});

test('a case on paper has its head, its words and room to sign, and no console', async () => {
  const { code } = await fileByApi(`Cho tờ in ${Date.now()}`);
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'vi-VN', serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(`${BASE}/agency?case=${code}`);
  await logIn(page, 'canbo');
  await page.locator('.case-body').waitFor();
  await page.emulateMedia({ media: 'print' });
  for (const shown of ['.print-head', '.case-description', '.print-foot']) await page.locator(shown).first().waitFor();
  for (const not of ['.header', '.inbox', '.action-buttons', '.case-map']) assert.equal(await page.locator(not).locator('visible=true').count(), 0, not);
  await context.close();
});
