// Every page and every panel, dialogue and form that can be open on one: what tests look at in turn. What
// there is to be looked at is read from the pages' own lists, so that a new one cannot be forgotten:
// tests/browser/every_page_vi.test.ts fails until it has a row here.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { PLANS, atOnce } from '../../web/src/agency/action_plan';
import { ROOT } from '../api/lib/run';
import { BASE, CENTRE, fileByApi, logIn, sessionOf, until } from './harness';

export interface State {
  /** What of the lists below it shows. */
  shows: string[];
  /** The login; '' for nobody. */
  as: string;
  path: string;
  /** There when the page is. */
  ready: string;
  open?: (page: Page) => Promise<void>;
}

const source = (path: string): string => readFileSync(join(ROOT, 'web/src', path), 'utf8');
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((found) => found[1] ?? '');
const part = (path: string, from: RegExp, to: string): string => {
  const text = source(path);
  const at = text.search(from);
  if (at < 0) throw new Error(`${path} has no ${from}`);
  return text.slice(at, text.indexOf(to, at));
};

/** What the pages' own code says there is. */
export function everything(): string[] {
  const pages = all(part('app.tsx', /const PATHS/, '};'), /'([^']*)': '/g).filter((path) => path !== '/index.html').map((path) => `page ${path || '/'}`);
  const city = part('city/city_page.tsx', /const TABS = \{/, '} as const');
  const tabs = (['citizen', 'leader'] as const).flatMap((mode) =>
    all(city.slice(city.indexOf(`${mode}:`)).split('\n')[0] ?? '', /'(\w+)'/g).map((tab) => `${mode} ${tab}`));
  const admin = all(part('admin/admin_page.tsx', /const TABS/, ';'), /'(\w+)'/g).map((tab) => `admin tab ${tab}`);
  const sections = all(source('admin/sections.ts'), /\{ id: '(\w+)'/g).map((id) => `admin ${id}`);
  const audit = all(part('admin/audit/audit_section.tsx', /const TABS/, ';'), /'(\w+)'/g).map((tab) => `audit ${tab}`);
  const sides = all(part('operator/side.tsx', /export const SIDES/, ';'), /'(\w+)'/g).map((tab) => `operator ${tab}`);
  const forms = readdirSync(join(ROOT, 'web/src/admin/register')).filter((file) => file.endsWith('.tsx'))
    .flatMap((file) => all(source(`admin/register/${file}`), /useForm\('([\w-]+)'/g)).map((id) => `form ${id}`);
  const dialogs = ['operator/help.tsx', 'agency/help.tsx', 'shell/login.tsx'].flatMap((file) => all(source(file), /<dialog[^>]*aria-labelledby="([\w-]+)"/g).map((id) => `dialogue ${file} ${id}`));
  const actions = Object.keys(PLANS).filter((action) => !atOnce(action)).map((action) => `action ${action}`);
  return [...new Set([...pages, ...tabs, ...admin, ...sections, ...audit, ...sides, ...forms, ...dialogs, ...actions])];
}

/** Files of web/src with a dialogue in them: what `everything` reads must be all of them. */
export function filesWithDialogues(): string[] {
  const walk = (folder: string): string[] => readdirSync(join(ROOT, 'web/src', folder), { withFileTypes: true }).flatMap((entry) =>
    (entry.isDirectory() ? walk(join(folder, entry.name)) : entry.name.endsWith('.tsx') ? [join(folder, entry.name)] : []));
  return walk('').filter((file) => source(file).includes('<dialog')).sort();
}

/** What a test of its own opens, since it takes more than a press to get there. */
export const OPENED_ELSEWHERE: Record<string, string> = {
  'form move': 'reform.test.ts', 'form anew': 'reform.test.ts',
};

export interface Cases { fresh: string; accepted: string; resolved: string }

async function actByApi(login: string, code: string, body: Record<string, unknown>): Promise<void> {
  const headers = await sessionOf(login);
  const { version } = await (await fetch(`${BASE}/api/v1/complaints/${code}`, { headers })).json() as { version: number };
  const answer = await fetch(`${BASE}/api/v1/complaints/${code}/actions`, { method: 'POST', headers, body: JSON.stringify({ ...body, version }) });
  if (answer.status !== 200) throw new Error(await answer.text());
}

export async function makeCases(): Promise<Cases> {
  const [fresh, accepted, resolved] = [await fileByApi('Để xem: mới'), await fileByApi('Để xem: đã nhận'), await fileByApi('Để xem: có kết quả')];
  for (const { code } of [accepted, resolved]) await actByApi('canbo', code, { action: 'accept' });
  await actByApi('canbo', resolved.code, { action: 'resolve', text: 'Đã nhắc chủ quán cam kết tắt loa sau hai mươi hai giờ.', no_photo_reason: 'Việc lúc nửa đêm' });
  return { fresh: fresh.code, accepted: accepted.code, resolved: resolved.code };
}

const click = (selector: string, then?: string) => async (page: Page): Promise<void> => {
  await page.locator(selector).first().click();
  if (then) await page.locator(then).first().waitFor();
};
const VIEW = `#map=14/${CENTRE.lat}/${CENTRE.lon}`;

function cityStates(cases: Cases): State[] {
  const leader = (tab: string, as: string, ready: string, more: Partial<State> = {}): State =>
    ({ shows: ['page /leader', `leader ${tab}`], as, path: `/leader?tab=${tab}${VIEW}`, ready, ...more });
  return [
    { shows: ['page /', 'citizen report'], as: '', path: `/${VIEW}`, ready: '.report' },
    { shows: ['citizen report'], as: '', path: '/?x=errors', ready: '.report', open: click('.report button[type=submit]', '.error-summary') },
    { shows: ['citizen track'], as: '', path: `/?code=${cases.resolved}`, ready: '.tracked' },
    { shows: ['citizen track'], as: '', path: '/?code=AAAAAAAAA', ready: '#track-code-error' },
    { shows: ['citizen filters'], as: '', path: '/?tab=filters', ready: '.tab-panel input' },
    { shows: ['dialogue shell/login.tsx login-title'], as: '', path: '/?x=login', ready: '.report', open: click('.header-end .in-header', 'dialog[open] #login-name') },
    { shows: ['dialogue shell/login.tsx choose-title'], as: '', path: `/?x=choose#password=${'0123456789abcdef'.repeat(4)}`, ready: 'dialog[open] input' },
    { shows: ['a page that is not there'], as: '', path: '/leader/x', ready: 'h1' },
    ...['/report', '/track', `/track?code=${cases.resolved}`, '/start'].map((path): State => ({ shows: [`plain ${path.split('?')[0] ?? ''}`], as: '', path, ready: 'main h1' })),
    { shows: ['page /operator'], as: '', path: '/operator', ready: 'main h1' },
    { shows: ['page /agency'], as: '', path: '/agency', ready: 'main h1' },
    { shows: ['page /admin'], as: '', path: '/admin', ready: 'main h1' },
    leader('filters', '', '.tab-panel input'), leader('latest', '', '.latest, .tab-panel .hint'), leader('measures', '', '.tab-panel'),
    leader('ranking', 'lanhdao', '.leader-ranking tbody tr'), leader('ranking&rank=ward', 'lanhdao', '.leader-ranking tbody tr'),
    leader('directives', 'lanhdao', '#give-title'), leader('incidents', 'truongca', '.tab-panel'), leader('report', '', '.report'),
    leader('track', '', '#track-code'), leader('latest', 'lanhdao', '.latest, .tab-panel .hint'),
    { shows: ['wall'], as: '', path: `/leader?wall=1${VIEW}`, ready: '.wall' },
    { shows: ['time'], as: '', path: `/leader?time=1${VIEW}`, ready: '.time-bar' },
    { shows: ['dialogue shell/login.tsx account-title'], as: 'lanhdao', path: '/leader?x=account', ready: '.account-open', open: click('.account-open', 'dialog[open] #own-sessions') },
  ];
}

function workStates(cases: Cases): State[] {
  const side = (tab: string, ready: string): State => ({ shows: ['page /operator', `operator ${tab}`], as: 'truongca', path: `/operator?x=${tab}`, ready: '#caller-number',
    open: click(`#tab-${tab}`, ready) });
  const action = (name: string, code: string, as: string): State => ({ shows: [`action ${name}`], as, path: `/agency?case=${code}&x=${name}`, ready: `[data-do=${name}]`,
    open: click(`[data-do=${name}]`, `form[data-action=${name}]`) });
  const forms = Object.keys(PLANS).filter((name) => !atOnce(name));
  return [
    side('queue', '#panel-queue, .tab-panel, [role=tabpanel]'), side('recent', '[role=tabpanel]'), side('watch', '.watch-figures, .watch [role=status]:not(.hint)'), // just after midnight nothing was entered yet
    { shows: ['operator lookup'], as: 'truongca', path: '/operator?x=case', ready: '#caller-number', open: async (page) => {
      await page.locator('#tab-lookup').click();
      await page.fill('#look-code', cases.accepted);
      await page.locator('#look-code').press('Enter');
      await page.locator('.look-case [data-do=place]').click();
      await page.locator('#place-address').waitFor();
    } },
    { shows: ['operator errors'], as: 'truongca', path: '/operator?x=errors', ready: '#caller-number', open: async (page) => {
      await page.keyboard.press('F9');
      await page.locator('#call-errors').waitFor();
    } },
    { shows: ['dialogue operator/help.tsx help-title'], as: 'truongca', path: '/operator?x=help', ready: '#caller-number', open: async (page) => {
      await page.keyboard.press('F1');
      await page.locator('.help-dialog[open]').waitFor();
    } },
    { shows: ['page /agency', 'inbox'], as: 'lanhdaodonvi', path: '/agency', ready: '.case-row' },
    { shows: ['bulk'], as: 'lanhdaodonvi', path: '/agency?x=bulk', ready: '.case-row', open: async (page) => {
      await page.keyboard.press('j');
      await page.waitForFunction(() => /^case-/.test(document.activeElement?.id ?? ''));
      await page.keyboard.press('x');
      await page.locator('[data-bulk=return], [data-bulk=note]').first().click();
      await page.locator('.bulk .action-form').waitFor();
    } },
    { shows: ['dialogue agency/help.tsx help-title'], as: 'lanhdaodonvi', path: '/agency?x=help', ready: '.case-row', open: async (page) => {
      await page.keyboard.press('?');
      await page.locator('.agency-help[open]').waitFor();
    } },
    { shows: ['a case'], as: 'lanhdaodonvi', path: `/agency?case=${cases.fresh}`, ready: '.timeline li' },
    { shows: ['a case with a result'], as: 'lanhdaodonvi', path: `/agency?case=${cases.resolved}`, ready: '.part-answers' },
    { shows: ['placing'], as: 'lanhdaodonvi', path: `/agency?case=${cases.accepted}&x=place`, ready: '[data-do=place]', open: click('[data-do=place]', '#place-address') },
    ...forms.filter((name) => !['reroute', 'reopen'].includes(name)).map((name) => action(name, cases.accepted, 'lanhdaodonvi')),
    action('reopen', cases.resolved, 'lanhdaodonvi'), action('reroute', cases.accepted, 'truongca'),
    { shows: ['field'], as: 'lanhdaodonvi', path: '/agency?field=1', ready: '.field-card' },
    { shows: ['field'], as: 'lanhdaodonvi', path: `/agency?field=1&case=${cases.accepted}`, ready: '.field-one' },
  ];
}

function adminStates(): State[] {
  const section = (id: string, ready: string, more: Partial<State> = {}): State => ({ shows: ['page /admin', `admin ${id.split('&')[0] ?? ''}`], as: 'quantri', path: `/admin?section=${id}`, ready, ...more });
  const form = (id: string, on: string, ready: string, button: string): State => ({ shows: [`form ${id}`], as: 'quantri', path: `/admin?section=${on}&x=${id}`, ready,
    open: click(button, `form[data-form=${id}]`) });
  const detail = 'agencies&agency=trung-tam-ha-tang-ky-thuat';
  const block = (name: string): string => `.register-block[aria-labelledby=block-${name}] > .buttons button`;
  return [
    ...['rules', 'check', 'replay', 'approval', 'explain', 'corrections', 'log'].map((tab): State => ({ shows: [`admin tab ${tab}`], as: 'quantri', path: `/admin?tab=${tab}`, ready: '.one-set' })),
    section('agencies', 'tr[data-agency]'), section(detail, '.register-title'), section('categories', '[data-category]'), section('calendars', '#year-workdays'),
    section('letters', '[data-letter]'), section('transfers', '#transfer-day'), section('boundaries', '#boundaries-file'), section('layers', 'tr[data-layer]'),
    section('jurisdictions', '.admin-map'), section('populations', 'tr[data-unit]'), section('duplicates', 'tr[data-term]'), section('notices', '#media-title'),
    section('persons', '#person-contact'), section('accounts', '#users-title'),
    ...['audit', 'looks', 'seals'].map((tab) => section(`audit&list=${tab}`, '[role=tabpanel]', { shows: ['admin audit', `audit ${tab}`], as: 'kiemtra' })),
    form('new-agency', 'agencies', 'tr[data-agency]', '.register > .buttons button'),
    form('agency', detail, '.register-title', '[data-generation] button'), form('reform', detail, '.register-title', block('generations')),
    form('new-desk', detail, '.register-title', block('desks')), form('new-area', detail, '.register-title', block('areas')), form('new-contact', detail, '.register-title', block('contacts')),
    form('desk', detail, '[data-desk]', '[data-desk] button'), form('end', detail, '[data-area]', '[data-area] > button'),
    form('category', 'categories', '[data-category]', '.register .buttons button'), form('steps', 'categories', '[data-category]', '[data-category] button:nth-of-type(2)'),
    form('calendar', 'calendars', '#year-workdays', '.register-filters .buttons button:last-child'), form('pause', 'calendars', '#year-workdays', '[data-pause] button'),
    form('letter', 'letters', '[data-letter]', '[data-letter] button'),
    { ...form('trial', 'calendars', 'form[data-form=trial]', 'form[data-form=trial] button[type=submit]'), open: click('form[data-form=trial] button[type=submit]', '[data-step=resolve]') },
    { shows: ['form day'], as: 'quantri', path: '/admin?section=calendars&x=day', ready: '#year-workdays', open: async (page) => {
      for (const button of await page.locator('.register .buttons button').all()) {
        if (/Thêm ngày|Add a day/.test(await button.innerText())) await button.click();
      }
      await page.locator('form[data-form=day]').waitFor();
    } },
    section('accounts&x=add', '#users-title', { open: click('#users-title ~ button', '#account-login') }),
    section('layers&x=edit', 'tr[data-layer]', { open: click('tr[data-layer] .acts button:nth-child(2)', '.layer-form') }),
  ];
}

export const allStates = (cases: Cases): State[] => [...cityStates(cases), ...workStates(cases), ...adminStates()];

/** Opens one after another on one page, logged in once. */
export async function show(page: Page, state: State, lang: 'vi' | 'en'): Promise<void> {
  const [before = '', hash] = state.path.split('#');
  await page.goto('about:blank'); // so that what was open, and what is after the #, goes
  await page.goto(`${BASE}${before}${before.includes('?') ? '&' : '?'}lang=${lang}${hash ? `#${hash}` : ''}`);
  if (state.as && await page.locator('.user-name').count() === 0) {
    await until('who is logged in', async () => (await page.locator('.user-name').count()) > 0, 3000).catch(() => logIn(page, state.as));
  }
  await page.locator(state.ready).first().waitFor({ timeout: 30000 });
  await state.open?.(page);
  await settled(page);
}

/** Until nothing more comes in: what it says, and where the focus is, stay for a while. */
async function settled(page: Page): Promise<void> {
  const now = () => page.evaluate(() => `${document.body.textContent?.length ?? 0} ${document.activeElement?.id ?? ''} ${document.querySelectorAll('*').length}`);
  let last = await now();
  for (let same = 0, n = 0; same < 3 && n < 20; n++) {
    await page.waitForTimeout(100);
    const next = await now();
    same = next === last ? same + 1 : 0;
    last = next;
  }
}
