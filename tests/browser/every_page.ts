// Every page, panel, dialogue and form that there is (states.ts), one after another, as those who work
// here and whoever comes by: axe finds nothing wrong in either colour scheme; and Tab goes through it, the
// focus seen at each stop and not covered, the stops as one reads, each called something.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { COLOUR_RULES, openBrowser, violations, visit } from './harness';
import { type Stop, walk } from './keyboard';
import { type Cases, type State, allStates, makeCases, show } from './states';

const LOGINS = ['', 'lanhdao', 'truongca', 'lanhdaodonvi', 'kiemtra', 'quantri'];
/** What the main stops are called, by what the page shows: a change of a name is meant, or is found here. */
const CALLED: Record<string, RegExp[]> = {
  'operator queue': [/^Số (gọi đến|điện thoại)/i, /^Lĩnh vực/, /^Địa chỉ/],
  inbox: [/^Tìm/],
  'action resolve': [/^(Nội dung|Kết quả)/],
};

async function axe(page: Page, state: State): Promise<string[]> {
  const wrong: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const rules = colorScheme === 'light' ? undefined : COLOUR_RULES;
    wrong.push(...(await violations(page, undefined, rules)).map((found) => `${state.path} ${colorScheme}: ${found}`));
  }
  return wrong;
}

async function focus(page: Page, state: State): Promise<string[]> {
  let stops: Stop[] = [];
  try {
    stops = await walk(page, state.path, { most: 100 });
  } catch (error) {
    const { actual } = error as { actual?: unknown };
    return [`${state.path}: ${Array.isArray(actual) ? actual.slice(0, 12).join('; ') : (error as Error).message.slice(0, 300)}`];
  }
  const main = state.open === undefined || state.shows.length === 1 || state.shows.some((one) => one.startsWith('operator'));
  const names = main ? state.shows.flatMap((one) => CALLED[one] ?? []) : [];
  return names.filter((name) => !stops.some((stop) => name.test(stop.name)))
    .map((name) => `${state.path}: nothing is called ${name}: ${stops.map((stop) => stop.name).join(' | ').slice(0, 600)}`);
}

/** In that language; the way of the focus, which is the same in both, in Vietnamese. */
export function everyPage(lang: 'vi' | 'en'): void {
  let browser: Browser;
  let cases: Cases;
  before(async () => {
    browser = await openBrowser();
    cases = await makeCases();
  });
  after(() => browser.close());
  for (const as of LOGINS) {
    test(`what ${as || 'nobody in particular'} sees can be used by everybody (${lang})`, { timeout: 800000 }, async () => {
      const { page, close } = await visit(browser, '/start', { expectedStatuses: [401, 403, 404, 422] });
      const wrong: string[] = [];
      for (const state of allStates(cases).filter((one) => one.as === as)) {
        try {
          await show(page, state, lang);
          wrong.push(...await axe(page, state));
          if (lang === 'vi') wrong.push(...await focus(page, state));
        } catch (error) {
          wrong.push(`${state.path}: ${(error as Error).message.slice(0, 300)}`);
        }
      }
      assert.deepEqual(wrong, []);
      await close();
    });
  }
}
