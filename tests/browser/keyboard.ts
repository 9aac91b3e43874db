// A person without a mouse: gets to things by Tab alone, and looks where the focus is. And one who
// listens: what a thing is called is what the browser's own accessibility tree says.

import assert from 'node:assert/strict';
import type { CDPSession, Page } from 'playwright-core';

const SESSIONS = new WeakMap<Page, Promise<CDPSession>>();

function devtools(page: Page): Promise<CDPSession> {
  const known = SESSIONS.get(page) ?? page.context().newCDPSession(page);
  SESSIONS.set(page, known);
  return known;
}

export interface Told { role: string; name: string }

/** What a screen reader is told of the element that has the focus. */
export async function told(page: Page): Promise<Told> {
  const client = await devtools(page);
  const { result } = await client.send('Runtime.evaluate', { expression: 'document.activeElement' });
  const { nodes } = await client.send('Accessibility.getPartialAXTree', { objectId: result.objectId ?? '', fetchRelatives: false });
  const [node] = nodes;
  return { role: String(node?.role?.value ?? ''), name: String(node?.name?.value ?? '').trim() };
}

/** Tab until the focus is on what has that id, that selector or that name. */
export async function tabTo(page: Page, what: string | RegExp, most = 500, stays = false): Promise<void> {
  const passed: string[] = [];
  for (let n = 0; n < most; n++) {
    if (n > 0 || !stays) await page.keyboard.press('Tab');
    const at = await page.evaluate((selector) => {
      const e = document.activeElement as HTMLElement | null;
      if (!e || e === document.body) return null;
      const matches = selector !== null && /^[#.[a-z]/.test(selector) && (() => {
        try {
          return e.matches(selector);
        } catch {
          return false; // words that are no selector
        }
      })();
      return { id: e.id, matches, label: e.getAttribute('aria-label') ?? '', text: (e.innerText ?? '').trim() };
    }, typeof what === 'string' ? what : null);
    if (!at) continue;
    if (typeof what === 'string' ? at.matches || [at.id, at.label, at.text].includes(what) : what.test(at.label || at.text)) return;
    passed.push(at.id || at.label || at.text.slice(0, 30));
  }
  assert.fail(`no way to ${String(what)} by Tab; passed ${passed.slice(0, 60).join(' | ')}`);
}

export async function pressAt(page: Page, what: string | RegExp, key = 'Enter'): Promise<void> {
  await tabTo(page, what);
  await page.keyboard.press(key);
}

/** Replaces what stands in the field, which may have the focus already, as the first one of a form does. */
export async function typeAt(page: Page, what: string, text: string): Promise<void> {
  await tabTo(page, what, 500, true);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

/** Chooses in the list of choices that has the focus, by the arrow keys. */
export async function choose(page: Page, value: string): Promise<void> {
  for (const way of ['ArrowDown', 'ArrowUp']) {
    for (let n = 0; n < 200; n++) {
      const now = await page.evaluate(() => (document.activeElement as HTMLSelectElement).value);
      if (now === value) return;
      await page.keyboard.press(way);
      if (await page.evaluate(() => (document.activeElement as HTMLSelectElement).value) === now) break;
    }
  }
  assert.fail(`no choice ${value}`);
}

export async function chooseAt(page: Page, what: string, value: string): Promise<void> {
  await tabTo(page, what, 500, true);
  await choose(page, value);
}

/** A day into the field for days that has the focus; its parts take keys in the order of the browser's language. */
export async function typeDay(page: Page, day: string): Promise<void> {
  const [year = '', month = '', date = ''] = day.split('-');
  for (const order of [[date, month, year], [month, date, year], [year, month, date]]) {
    for (const part of order) await page.keyboard.type(part);
    if (await page.evaluate(() => (document.activeElement as HTMLInputElement).value) === day) return;
    for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowLeft');
  }
  assert.fail(`the field did not take ${day}`);
}

export async function dayAt(page: Page, what: string, day: string): Promise<void> {
  await tabTo(page, what);
  await typeDay(page, day);
}

/** Until the focus is there. */
export async function focusIs(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((wanted) => document.activeElement?.matches(wanted) ?? false, selector, { timeout: 20000 });
}

/** Logs in at a page that is open, and waits until it knows who one is. */
export async function logInByKeys(page: Page, login: string, password: string): Promise<void> {
  await page.locator('.header-end .in-header').waitFor();
  await pressAt(page, '.header-end .in-header');
  await focusIs(page, '#login-name');
  await page.keyboard.type(login);
  await typeAt(page, '#login-password', password);
  await page.keyboard.press('Enter');
  await page.locator('.user-name').waitFor({ state: 'attached' });
}

export interface Stop extends Told { what: string }

interface Seen { what: string; outline: boolean; covered: boolean; backwards: string; again: boolean }

/** Looks at what has the focus, and at how it lies to what had it before. Runs in the page. */
function look(): Seen | null {
  const w = window as unknown as { walked?: Element[] };
  const e = document.activeElement as HTMLElement | null;
  if (!e || e === document.body || e === document.documentElement) return null;
  const walked = w.walked ??= [];
  const what = `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : e.className && typeof e.className === 'string' ? `.${e.className.split(' ')[0]}` : ''}`;
  const marked = (at: Element): boolean => {
    const style = getComputedStyle(at);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 && !/, 0\)$|transparent/.test(style.outlineColor)) || style.boxShadow !== 'none';
  };
  // The mark may be at the label of a control that is drawn by it, or at the box around a field.
  const outline = [e, e.closest('label'), e.parentElement, ...Array.from((e as HTMLInputElement).labels ?? [])]
    .some((at) => at !== null && marked(at));
  const box = e.getBoundingClientRect();
  const inside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [box.left + box.width * x, box.top + box.height * y] as const));
  const covered = !inside || !points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top !== null && (e.contains(top) || top.contains(e) || Array.from((e as HTMLInputElement).labels ?? []).some((label) => label.contains(top)));
  });
  const last = walked.at(-1);
  let backwards = '';
  if (last?.isConnected) {
    const before = last.getBoundingClientRect();
    // From one region of the page to the next there is no line to be read on; within one there is.
    let common: Element | null = e;
    while (common && !common.contains(last)) common = common.parentElement;
    const within = common !== null && !common.matches('main, body, html, #app') && common.querySelector('main') === null;
    const sameColumn = Math.min(before.right, box.right) - Math.max(before.left, box.left) > 1;
    const sameRow = Math.min(before.bottom, box.bottom) - Math.max(before.top, box.top) > Math.min(before.height, box.height) / 2;
    if (within && sameColumn && box.bottom <= before.top + 1) backwards = 'goes up';
    else if (within && sameRow && box.right <= before.left + 1) backwards = 'goes left';
    if (!(last.compareDocumentPosition(e) & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY))) backwards ||= 'goes back in the document';
  }
  const again = walked.includes(e);
  walked.push(e);
  return { what, outline, covered, backwards, again };
}

interface WalkOptions {
  /** Stops that a page may have in any number: looked at, but so many at most. */
  most?: number;
}

/**
 * Tab from the top of the page (or of the dialogue that is open) through all of it, back to where it
 * began. Every stop is seen, marked, called something, and after the one before, as it is read.
 */
export async function walk(page: Page, name: string, { most = 120 }: WalkOptions = {}): Promise<Stop[]> {
  await page.evaluate(() => {
    (window as unknown as { walked: Element[] }).walked = [];
    (document.activeElement as HTMLElement | null)?.blur();
    getSelection()?.removeAllRanges();
    const start = document.querySelector<HTMLElement>('dialog[open]') ?? document.body;
    // Where the next Tab begins: before the first thing in it.
    const had = start.getAttribute('tabindex');
    start.setAttribute('tabindex', '-1');
    start.focus({ preventScroll: true });
    if (had === null) start.removeAttribute('tabindex');
    else start.setAttribute('tabindex', had);
  });
  const stops: Stop[] = [];
  const wrong: string[] = [];
  for (let n = 0; n < most; n++) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(look);
    if (!seen || seen.again) break; // the browser's own bar, or round
    const { role, name: called } = await told(page);
    stops.push({ what: seen.what, role, name: called });
    const here = `${seen.what} "${called}"`;
    if (!called) wrong.push(`${here} has no name (${role})`);
    if (!seen.outline) wrong.push(`${here} shows no focus`);
    if (seen.covered) wrong.push(`${here} has the focus and is not to be seen`);
    if (seen.backwards) wrong.push(`${here} ${seen.backwards} after "${stops.at(-2)?.name ?? ''}"`);
  }
  assert.deepEqual(wrong, [], name);
  assert.ok(stops.length > 0, `${name}: nothing takes the focus`);
  return stops;
}
