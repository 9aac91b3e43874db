// Tab goes through the pages, panels, dialogues and forms of who works here: the focus is seen at each stop and not covered,
// the stops come as one reads, and a screen reader is told what each is called. On what states.ts lists.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { openBrowser, visit } from './harness';
import { type Stop, walk } from './keyboard';
import { type Cases, allStates, makeCases, show } from './states';

let browser: Browser;
let cases: Cases;
before(async () => {
  browser = await openBrowser();
  cases = await makeCases();
});
after(() => browser.close());

/** The administrator's parts are gone through in keyboard_admin.test.ts. */
const LOOKED_AT = ['lanhdao', 'truongca', 'lanhdaodonvi', 'kiemtra'];
/** What the main stops are called, by what the page shows: a change of a name is meant, or is found here. */
const CALLED: Record<string, RegExp[]> = {
  'operator queue': [/^Số (gọi đến|điện thoại)/i, /^Lĩnh vực/, /^Địa chỉ/],
  inbox: [/^Tìm/],
  'action resolve': [/^(Nội dung|Kết quả)/],
};

for (const as of LOOKED_AT) {
  test(`the focus is seen, in order and named on what ${as || 'nobody in particular'} sees`, { timeout: 800000 }, async () => {
    const { page, close } = await visit(browser, '/start', { expectedStatuses: [401, 403, 404, 422] });
    const wrong: string[] = [];
    for (const state of allStates(cases).filter((one) => one.as === as)) {
      let stops: Stop[] = [];
      try {
        await show(page, state, 'vi');
        stops = await walk(page, state.path, { most: 60 });
      } catch (error) {
        const { actual } = error as { actual?: unknown };
        wrong.push(`${state.path}: ${Array.isArray(actual) ? actual.slice(0, 12).join('; ') : (error as Error).message.slice(0, 300)}`);
        continue;
      }
      for (const name of state.shows.flatMap((one) => CALLED[one] ?? [])) {
        if (state.open === undefined || state.shows.length === 1 || state.shows.some((one) => one.startsWith('operator'))) {
          if (!stops.some((stop) => name.test(stop.name))) wrong.push(`${state.path}: nothing is called ${name}: ${stops.map((stop) => stop.name).join(' | ').slice(0, 600)}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
    await close();
  });
}
