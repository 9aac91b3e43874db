// A script in every text that somebody can store: on every page that shows it, it is text. E-mail is
// tested in tests/api/notify, CSV (with formulas), XLSX and PDF in tests/api/statistics, the bare pages
// in tests/unit/server/test_html_text. On a service of its own, whose names are scripts too.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PASSWORD, addPerson, sessionOf } from '../api/lib/people';
import { png } from '../api/lib/picture';
import { type Database, Postgres } from '../api/lib/postgres';
import { type Answer, Server } from '../api/lib/server';
import { openBrowser, until } from './harness';

const EVIL = '<img data-evil src=x onerror=evil=1>';
const AT = { lon: 106.7005, lat: 10.7795 };
let browser: Browser;
let database: Database;
let server: Server;
let agency = '';
let code = '';
const who: Record<string, Record<string, string>> = {};

/** One more text that is stored; what it is called is how the test tells which ones were seen. '': any. */
const evil = (name: string): string => `${name} ${EVIL}`;

async function done(answer: Promise<Answer>, status = 201): Promise<Answer> {
  const got = await answer;
  assert.equal(got.status, status, got.text);
  return got;
}

async function act(login: string, of: string, body: Record<string, unknown>): Promise<void> {
  const { version } = (await server.get(`/api/v1/complaints/${of}`, who[login])).json;
  await done(server.post(`/api/v1/complaints/${of}/actions`, { ...body, version }, who[login]), 200);
}

async function attach(to: string, name: string): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(png(200, 100))], { type: 'image/png' }), `${evil(name)}.png`);
  const answer = await fetch(`${server.base}/api/v1/complaints/${to}/attachments`, { method: 'POST', body: form });
  assert.equal(answer.status, 201, await answer.text());
}

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const [table, columns] of [['agencies', ['name', 'name_en']], ['desks', ['name']], ['categories', ['name_vi', 'name_en']], ['boundaries', ['name']]] as const) {
    for (const column of columns) await database.sql(`UPDATE hotline.${table} SET ${column} = ${column} || ' ${EVIL}' WHERE ${column} <> ''`);
  }
  const first = await Server.start(database);
  const made = await first.file({ category: 'tieng-on', description: 'x', channel: 'web', location: AT });
  agency = made.json.assignment.agency.code as string;
  await first.stop();
  for (const [login, role] of [['truc', 'operator'], ['giam', 'supervisor'], ['lanh', 'leader'], ['quan', 'administrator'], ['kiem', 'auditor']] as const) {
    await addPerson(database, login, role);
  }
  await addPerson(database, 'can', 'agency_staff', agency);
  await addPerson(database, 'dau', 'agency_head', agency);
  await database.sql(`UPDATE hotline.users SET name = name || ' ${EVIL}'`);
  server = await Server.start(database, '--anonymous-per-minute', '0');
  for (const login of ['truc', 'giam', 'lanh', 'quan', 'kiem', 'can', 'dau']) who[login] = (await sessionOf(server, login)).headers;
  await store();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
});

/** A complaint with everything that people may write about it. */
async function store(): Promise<void> {
  code = (await done(server.file({
    category: 'tieng-on', description: evil('mô tả'), channel: 'phone', address: evil('12 Nguyễn Huệ'), location: { ...AT, accuracy_m: 10 },
    reporter: { name: evil('người báo'), phone: '0912000333' }, attributes: { bien_so: evil('thuộc tính') },
  }, who['truc'] ?? {}))).json.code as string;
  await attach(code, 'tệp');
  await done(server.post(`/api/v1/complaints/${code}/reporters`, { channel: 'phone', description: evil('người báo cùng'), reporter: { name: evil('tên cùng'), phone: '0987000111' }, consent: true }, who['truc']));
  await done(server.post('/api/v1/directives', { agency, complaint: code, text: evil('chỉ đạo'), due_at: new Date(Date.now() + 86400_000).toISOString() }, who['lanh']));
  await act('can', code, { action: 'accept' });
  await act('can', code, { action: 'note', text: evil('ghi chú') });
  await act('can', code, { action: 'answer', text: `${evil('trả lời')} và tổ kiểm tra đã đến lúc chín giờ sáng nay` });
  await act('can', code, { action: 'resolve', text: `${evil('kết quả')} đã nhắc chủ quán cam kết tắt loa sau hai mươi hai giờ`, no_photo_reason: evil('không ảnh') });
  await done(server.post(`/api/v1/complaints/${code}/rating`, { rating: 'not_satisfied', comment: evil('đánh giá') }), 200);
  await done(server.post(`/api/v1/complaints/${code}/reopening`, { reason: evil('mở lại') }), 200);
}

async function login(page: Page, as: string): Promise<void> {
  await page.locator('.header-end .in-header').click();
  await page.fill('#login-name', as);
  await page.fill('#login-password', PASSWORD);
  await page.locator('dialog[open] button[type=submit]').click();
  await page.locator('.user-name').waitFor({ state: 'attached' });
}

/** Opens it, waits until it shows what it must, and looks at the document for what must not be there. */
async function look(as: string, path: string, shown: string[], open?: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'vi-VN', serviceWorkers: 'block', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const broken: string[] = [];
  page.on('pageerror', (error) => broken.push(error.message));
  page.on('dialog', (dialog) => broken.push(dialog.message()));
  await page.goto(`${server.base}${path}`);
  if (as) await login(page, as);
  await open?.(page);
  for (const name of shown) {
    await until(`${as} ${path}: ${name}`, () => page.evaluate((text) => document.body.innerText.includes(text)
      || Array.from(document.querySelectorAll('input, textarea')).some((field) => (field as HTMLInputElement).value.includes(text))
      || Array.from(document.querySelectorAll('img, [aria-label]')).some((e) => `${e.getAttribute('alt')} ${e.getAttribute('aria-label')}`.includes(text)), evil(name)));
  }
  const found = await page.evaluate(() => [document.querySelectorAll('[data-evil]').length, (window as unknown as { evil?: number }).evil ?? 0]);
  assert.deepEqual(found, [0, 0], `${as} ${path}`);
  assert.deepEqual(broken, [], `${as} ${path}`);
  await context.close();
}

test('a citizen sees words', async () => {
  await look('', `/?code=${code}`, ['mô tả', '12 Nguyễn Huệ', 'trả lời', 'kết quả', 'tệp']);
  await look('', `/track?code=${code}`, ['mô tả', '12 Nguyễn Huệ', 'trả lời', 'kết quả', 'tệp']);
  await look('', '/report', [], async (page) => {
    assert.ok((await page.locator('#category').innerText()).includes(evil('Tiếng ồn')));
  });
  await look('', `/#map=16/${AT.lat}/${AT.lon}`, [], async (page) => {
    await page.fill('#category', 'tieng on');
    await page.locator('#category-list [role=option]').first().click();
    await page.getByRole('button', { name: 'Lấy tâm bản đồ' }).click({ timeout: 30000 });
    await page.locator('.preview .decision').waitFor();
    await page.locator('.already li').first().waitFor();
    assert.ok((await page.locator('.panel').innerText()).includes(EVIL), 'the names of agency and place');
  });
});

test('an agency sees words', async () => {
  await look('can', '/agency', ['mô tả']);
  await look('can', `/agency?case=${code}`, ['mô tả', 'ghi chú', 'trả lời', 'kết quả', 'mở lại', 'chỉ đạo']);
  await look('can', '/agency?field=1', ['mô tả']);
  await look('dau', `/agency?case=${code}`, ['mô tả', 'ghi chú']);
});

test('an operator and a supervisor see words', async () => {
  await look('truc', '/operator', [''], async (page) => {
    await page.locator('#caller-number').fill('0912000333');
    await page.locator('#caller-number').press('Tab');
  });
  await look('giam', '/operator', []);
  await look('giam', `/agency?case=${code}`, ['mô tả']);
});

test('a leader sees words', async () => {
  await look('lanh', '/leader?tab=latest', ['']);
  await look('lanh', '/leader?tab=ranking', ['']);
  await look('lanh', '/leader?tab=directives', ['chỉ đạo']);
  await look('lanh', `/leader?tab=track&code=${code}`, ['mô tả', 'trả lời']);
  await look('lanh', '/leader?tab=filters', []);
});

test('an administrator and an auditor see words', async () => {
  await look('quan', '/admin', [], async (page) => {
    await page.locator('.admin').first().waitFor();
    for (const link of await page.locator('.admin [role=tab], .admin nav button').all()) {
      if (await link.isVisible()) await link.click();
      await page.waitForTimeout(300);
      assert.equal(await page.locator('[data-evil]').count(), 0);
    }
  });
  await look('kiem', '/admin', []);
});
