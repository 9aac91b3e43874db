// axe finds nothing wrong on any page, in any panel, dialogue or form, in both colour schemes. What there
// is: states.ts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { openBrowser, violations, visit } from './harness';
import { type Cases, allStates, makeCases, show } from './states';

export const NOBODY: Cases = { fresh: '', accepted: '', resolved: '' };

/** Whose pages are looked at here: agencies' and administrators' have axe in their own tests. */
const LOOKED_AT = ['', 'lanhdao', 'truongca'];

export function axeEverywhere(lang: 'vi' | 'en'): void {
  let browser: Browser;
  let cases: Cases;
  before(async () => {
    browser = await openBrowser();
    cases = await makeCases();
  });
  after(() => browser.close());
  for (const as of LOOKED_AT) {
    test(`axe finds nothing wrong on what ${as || 'nobody in particular'} sees (${lang})`, { timeout: 600000 }, async () => {
      const { page, close } = await visit(browser, '/start', { expectedStatuses: [401, 403, 404, 422] });
      const wrong: string[] = [];
      for (const state of allStates(cases).filter((one) => one.as === as)) {
        try {
          await show(page, state, lang);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            wrong.push(...(await violations(page)).map((found) => `${state.path} ${colorScheme}: ${found}`));
          }
        } catch (error) {
          wrong.push(`${state.path}: ${(error as Error).message.slice(0, 300)}`);
        }
      }
      assert.deepEqual(wrong, []);
      await close();
    });
  }
}
