// A shift at the operator's page: a call from the first ring to the code read out, by keyboard alone; the
// same thing reported twice; a browser that is killed, a page that is loaded again, a connection and a
// service that go away; an e-mail that is entered. On a service of its own, which it kills.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { type Database, Postgres } from '../api/lib/postgres';
import { PASSWORD, addPerson } from '../api/lib/people';
import { vipsPicture } from '../api/lib/picture';
import { HOTLINE, must } from '../api/lib/run';
import { Server } from '../api/lib/server';
import { FLAGS, logIn, openBrowser, until, violations } from './harness';

let browser: Browser;
let database: Database;
let server: Server;
let key: string;
/** What is in the way: said once for all tests, so that each page's own errors stand out. */
const complaints: string[] = [];

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await database.sql('DELETE FROM personal.inbound_senders; DELETE FROM hotline.inbound_items; DELETE FROM hotline.seats; DELETE FROM hotline.calls');
  for (const login of ['huong', 'lan', 'mai']) await addPerson(database, login, 'operator');
  await addPerson(database, 'truong-ca', 'supervisor');
  key = (await must(HOTLINE, ['key', 'add', 'tong-dai', '--may', 'calls'], { env: { HOTLINE_DATABASE: database.url } })).trim();
  server = await Server.start(database);
  const known = await server.file({ category: 'o-ga', description: 'Của số hay gọi', channel: 'web', address: 'Lê Lợi, Phường Bến Thành', reporter: { phone: '0966777888' } });
  assert.equal(known.status, 201, known.text);
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await server.stop();
  await database.drop();
});

interface Options { dark?: boolean; lang?: 'vi' | 'en'; width?: number; query?: string; login?: string }

function watch(page: Page): void {
  page.on('console', (message) => {
    if (message.type() === 'error' && !/ERR_(INTERNET|CONNECTION|NETWORK|EMPTY|INCOMPLETE|ABORTED)|Failed to load resource/.test(message.text())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
}

async function newContext(options: Options = {}): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width: options.width ?? 1440, height: 860 }, colorScheme: options.dark ? 'dark' : 'light', locale: 'vi-VN', reducedMotion: 'reduce',
    serviceWorkers: 'block', // the citizen's worker, once it has the page, sends past the routes set here
  });
}

async function sit(options: Options = {}): Promise<{ page: Page; context: BrowserContext }> {
  const context = await newContext(options);
  const page = await context.newPage();
  watch(page);
  await page.goto(`${server.base}/operator?lang=${options.lang ?? 'vi'}${options.query ?? ''}`);
  await logIn(page, options.login ?? 'huong', PASSWORD);
  await page.locator('#caller-number').waitFor();
  await connected(page);
  return { page, context };
}

function connected(page: Page): Promise<unknown> {
  return until('the page to be connected', async () => (await page.locator('[data-net=offline]').count()) === 0);
}

const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.id ?? '');

/** Presses keys and counts them. What the caller says is typed with `text`, which is not counted. */
class Keys {
  count = 0;

  constructor(private readonly page: Page) {}

  async press(...keys: string[]): Promise<void> {
    for (const each of keys) {
      this.count++;
      await this.page.keyboard.press(each);
    }
  }

  /** Typed to find something, so it counts. */
  async type(text: string): Promise<void> {
    this.count += text.length;
    await this.page.keyboard.type(text);
  }

  text(words: string): Promise<void> {
    return this.page.keyboard.type(words);
  }
}

async function place(page: Page, keys: Keys, address: string): Promise<void> {
  await keys.text(address);
  await page.locator('#address-list [role=option]').first().waitFor();
  await until('the list to be about what was typed', async () => /Lê Lợi/.test(await page.locator('#address-list [role=option]').first().innerText()));
  await keys.press('Enter');
}

/** Category, address, words; the focus is on the category. */
async function write(page: Page, keys: Keys, words: string, category = 'tieng on'): Promise<void> {
  await keys.type(category);
  await keys.press('Enter', 'Tab');
  await place(page, keys, 'le loi ben thanh');
  await keys.press('F7');
  await keys.text(words);
}

async function filedCode(page: Page): Promise<string> {
  await page.locator('.filed-code').waitFor({ timeout: 20000 });
  return (await page.locator('.filed-code').getAttribute('data-code')) ?? '';
}

function ring(body: Record<string, unknown>): Promise<{ id: number }> {
  return server.post('/api/v1/calls', body, { Authorization: `Bearer ${key}` }).then((answer) => {
    assert.ok([200, 201].includes(answer.status), answer.text);
    return answer.json as { id: number };
  });
}

const described = (words: string) => database.number(`SELECT count(*) FROM hotline.complaints WHERE description = '${words}'`);

async function takeSeat(page: Page, seat: string): Promise<void> {
  await page.locator('.operator-tools button').first().click();
  await page.fill('#seat', seat);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Bàn ${seat}` }).waitFor();
}

test('a whole call by keyboard alone, from the ring to the code, in under thirty keys beyond the words', async () => {
  const { page, context } = await sit();
  await takeSeat(page, '12');
  const earlier = await server.file({ category: 'o-ga', description: 'Ổ gà cũ', channel: 'web', address: 'Lê Lợi, Phường Bến Thành', reporter: { phone: '0903 123 456' } });
  assert.equal(earlier.status, 201, earlier.text);
  const call = await ring({ call: 'story', number: '+84903123456', seat: '12', answered_at: new Date(Date.now() - 4000).toISOString() });

  // It comes up by itself, with the number, the time, and what came from it before.
  await until('the call on the screen', async () => (await page.inputValue('#caller-number')) === '0903123456');
  assert.equal(await focused(page), 'category');
  await page.getByText('1 phản ánh trước đây').waitFor();
  assert.match(await page.locator('.elapsed').innerText(), /\d+:\d\d/);

  const keys = new Keys(page);
  await keys.type('tieng on');
  await page.locator('#category-list [role=option]').first().waitFor();
  await keys.press('Enter', 'Tab');
  assert.equal(await focused(page), 'address');
  await place(page, keys, 'le loi ben thanh');
  await page.locator('.pin').waitFor({ timeout: 30000 });
  await keys.press('Tab');
  assert.equal(await focused(page), 'description');
  const words = 'Quán hát karaoke loa kéo sau hai mươi hai giờ';
  await keys.text(words);

  // Before saving: who, by when, why.
  const decision = page.locator('.preview .decision');
  await decision.waitFor();
  const agency = await decision.locator('.decision-agency dd').innerText();
  assert.match(await decision.locator('time').innerText(), /\d{2}:\d{2}/);
  assert.ok((await decision.locator('dd').last().innerText()).length > 20, 'a reason');

  await keys.press('Tab');
  assert.equal(await focused(page), 'reporter-name');
  await keys.text('Bà Tư');
  await keys.press('F9');
  const code = await filedCode(page);
  assert.equal((await page.locator('.filed-code').innerText()).replace(/\s/g, ''), code);
  assert.equal(await page.locator('.spelled li').count(), 9);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.includes('Cuộc gọi tiếp theo')), true);
  assert.equal(await page.locator('.filed .decision-agency dd').innerText(), agency);

  // One key, and the next call is ready.
  await keys.press('F2');
  await page.locator('#caller-number').waitFor();
  assert.equal(await page.inputValue('#caller-number'), '');
  assert.equal(await focused(page), 'caller-number');
  assert.ok(keys.count < 30, `${keys.count} keys beyond the words`);
  assert.ok(keys.count > 10, 'they were counted');

  assert.equal(await database.sql(`SELECT c.channel || ' ' || r.name || ' ' || r.phone || ' ' || r.anonymous FROM hotline.complaints c
    JOIN personal.reporters r ON r.complaint_id = c.id WHERE c.code = '${code}'`), 'phone Bà Tư 0903123456 false');
  await until('the call’s outcome', async () => (await database.sql(`SELECT outcome FROM hotline.calls WHERE id = ${call.id}`)) === 'filed');
  assert.ok((await database.number(`SELECT extract(epoch FROM filed_at - answered_at) FROM hotline.calls WHERE id = ${call.id}`)) >= 4);
  await context.close();
});

test('what was reported already is shown while it is written; one key joins it', async () => {
  const { page, context } = await sit({ login: 'lan' });
  const keys = new Keys(page);
  await keys.text('0911000001');
  await keys.press('Tab');
  await write(page, keys, 'Loa kéo hát karaoke ầm ĩ trước chợ');
  await keys.press('F9');
  const first = await filedCode(page);
  await keys.press('F2');
  await keys.text('0911000002');
  await keys.press('Tab');
  await write(page, keys, 'Karaoke loa kéo ầm ĩ trước chợ cả đêm');
  const likely = page.locator('.likely-list li');
  await until('the first one among those that are likely', async () => (await likely.allInnerTexts()).some((text) => text.includes('Loa kéo hát karaoke ầm ĩ trước chợ')));
  for (let n = 0; n < 6; n++) { // to the one that is meant
    if ((await page.locator('.likely-list .chosen-one').innerText()).includes('Loa kéo hát karaoke ầm ĩ trước chợ')) break;
    await keys.press('Shift+F8');
  }
  await keys.press('F8');
  await page.getByText('Đã gộp. Đọc mã cho người gọi').waitFor({ timeout: 20000 });
  const joined = await filedCode(page);
  assert.match(joined, /^[0-9A-Z]{9}$/);
  assert.notEqual(joined, first, 'who joined follows it by a code of his own');
  assert.equal(await described('Karaoke loa kéo ầm ĩ trước chợ cả đêm'), 0, 'no second complaint');
  assert.equal(await database.number(`SELECT count(*) FROM hotline.co_reports j JOIN hotline.complaints c ON c.id = j.complaint_id
    WHERE c.code = '${first}' AND j.code = '${joined}'`), 1);
  await until('the outcome', async () => (await database.number("SELECT count(*) FROM hotline.calls WHERE outcome = 'joined' AND login = 'lan'")) === 1);
  await context.close();
});

test('a call that comes while another is written waits, and the next key brings it', async () => {
  const { page, context } = await sit({ login: 'mai' });
  await takeSeat(page, '14');
  const keys = new Keys(page);
  await keys.text('0911000003');
  await keys.press('Tab');
  await keys.type('den hong');
  await ring({ call: 'waits', number: '0922333444', seat: '14' });
  await page.locator('[data-pop]').waitFor();
  assert.match(await page.locator('[data-pop]').innerText(), /0922 333 444/);
  assert.equal(await page.inputValue('#caller-number'), '0911000003', 'what is written stays');
  assert.equal(await page.inputValue('#category'), 'den hong');
  await page.fill('#category', '');
  await page.locator('#category').focus();
  await write(page, keys, 'Đèn tắt cả dãy', 'den duong');
  await keys.press('Control+Enter');
  await filedCode(page);
  await keys.press('F2');
  await until('the call that waited', async () => (await page.inputValue('#caller-number')) === '0922333444');
  assert.equal(await page.inputValue('#description'), '');
  await page.getByRole('button', { name: 'Bỏ phản ánh đang ghi' }).click();
  await page.getByRole('button', { name: 'Nhấn lần nữa để bỏ' }).click();
  await until('nothing to become of it', async () => (await database.sql("SELECT outcome FROM hotline.calls WHERE external_id = 'waits'")) === 'none');
  await context.close();
});

test('a telephone program opens the page with a number in its address, which then forgets it', async () => {
  const { page, context } = await sit();
  await page.goto(`${server.base}/operator?number=0933%20444%20555&call=softphone-7`);
  await until('the number', async () => (await page.inputValue('#caller-number')) === '0933 444 555');
  assert.ok(!page.url().includes('0933') && !page.url().includes('softphone'), page.url());
  await until('the call to be known', async () => (await database.number("SELECT count(*) FROM hotline.calls WHERE external_id = 'softphone-7' AND login = 'huong'")) === 1);
  await page.reload();
  // From what was kept, or from the service, which writes it without blanks: whichever is there first.
  await until('the number after a reload', async () => (await page.inputValue('#caller-number')).replace(/\s/g, '') === '0933444555');
  await page.locator('main[data-call]').waitFor();
  assert.equal(await database.number("SELECT count(*) FROM hotline.calls WHERE external_id = 'softphone-7'"), 1);
  await page.getByRole('button', { name: 'Bỏ phản ánh đang ghi' }).click();
  await page.getByRole('button', { name: 'Nhấn lần nữa để bỏ' }).click();
  await until('nothing to become of it', async () => (await database.sql("SELECT outcome FROM hotline.calls WHERE external_id = 'softphone-7'")) === 'none');
  await context.close();
});

test('a reload in the middle of a call loses nothing', async () => {
  const { page, context } = await sit();
  const keys = new Keys(page);
  await keys.text('0911000004');
  await keys.press('Tab');
  await write(page, keys, 'Chữ đang ghi dở');
  await page.locator('label:has(input[value=keep])').click();
  await page.reload();
  await page.locator('[data-restored]').waitFor();
  assert.equal(await page.inputValue('#caller-number'), '0911000004');
  assert.equal(await page.inputValue('#description'), 'Chữ đang ghi dở');
  assert.match(await page.inputValue('#category'), /Tiếng ồn/);
  assert.match(await page.inputValue('#address'), /Lê Lợi/);
  assert.equal(await page.locator('input[value=keep]').isChecked(), true);
  assert.match(await page.locator('.elapsed').innerText(), /\d+:\d\d/, 'the call’s clock goes on');

  // Logging out takes it away.
  await page.getByRole('button', { name: 'Đăng xuất' }).click();
  await page.getByText('Hãy đăng nhập bằng tài khoản điện thoại viên').waitFor();
  const left = () => page.evaluate(async () => {
    const found = await new Promise<IDBDatabase>((done) => {
      const asked = indexedDB.open('hotline');
      asked.onsuccess = () => done(asked.result);
    });
    const stored = await new Promise<unknown[]>((done) => {
      const asked = found.transaction('kept').objectStore('kept').getAll();
      asked.onsuccess = () => done(asked.result as unknown[]);
    });
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, stored]);
  });
  await until('nothing of it to be left', async () => !/0911000004|ghi dở/.test(await left()), 5000);
  await logIn(page, 'huong', PASSWORD);
  await connected(page);
  assert.equal(await page.inputValue('#caller-number'), '');
  await context.close();
});

test('a browser that is killed comes back to what was written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'operator-'));
  const open = (): Promise<BrowserContext> => chromium.launchPersistentContext(folder, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce',
    args: FLAGS,
  });
  const first = await open();
  const page = first.pages()[0] ?? await first.newPage();
  await page.goto(`${server.base}/operator`);
  await logIn(page, 'lan', PASSWORD);
  const before = await database.number('SELECT count(*) FROM hotline.complaints');
  await page.keyboard.type('0911000005');
  await page.fill('#description', 'Máy tắt đột ngột giữa chừng');
  await until('it to be kept', () => page.evaluate(async () => {
    const found = await new Promise<IDBDatabase>((done) => {
      const asked = indexedDB.open('hotline');
      asked.onsuccess = () => done(asked.result);
    });
    return new Promise<boolean>((done) => {
      const asked = found.transaction('kept').objectStore('kept').getAll();
      asked.onsuccess = () => done(JSON.stringify(asked.result).includes('đột ngột'));
    });
  }));
  // SIGKILL to the whole of it, as when the power goes.
  const { stdout } = await import('node:child_process').then(({ spawnSync }) => spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }));
  const pids = stdout.split('\n').filter((line) => line.includes(folder)).map((line) => Number(line.trim().split(/\s+/)[0]));
  assert.ok(pids.length > 0);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone with its parent
    }
  }
  await first.close().catch(() => undefined);

  const second = await open();
  const again = second.pages()[0] ?? await second.newPage();
  await again.goto(`${server.base}/operator`);
  const number = again.locator('#caller-number');
  await number.or(again.getByText('Hãy đăng nhập')).first().waitFor();
  if ((await number.count()) === 0) await logIn(again, 'lan', PASSWORD); // its cookie did not reach the disk either
  await again.locator('[data-restored]').waitFor();
  assert.equal(await again.inputValue('#caller-number'), '0911000005');
  assert.equal(await again.inputValue('#description'), 'Máy tắt đột ngột giữa chừng');
  assert.equal(await database.number('SELECT count(*) FROM hotline.complaints'), before, 'nothing was sent');
  await second.close();
  rmSync(folder, { recursive: true, force: true });
});

test('without a connection the work goes on; what was saved is sent once when it is back', async () => {
  const { page, context } = await sit();
  const keys = new Keys(page);
  await keys.text('0911000006');
  await keys.press('Tab');
  await write(page, keys, 'Ghi khi mất mạng một');
  await context.setOffline(true);
  await page.locator('[data-net=offline]').waitFor();
  await keys.press('F9');
  await page.getByRole('heading', { name: 'Chưa gửi được, đã giữ trên máy này' }).waitFor({ timeout: 20000 });
  await page.locator('[data-unsent="1"]').waitFor();

  // Leaving the screen for good is not possible now.
  await page.getByRole('button', { name: 'Đăng xuất' }).click();
  await page.getByText('Còn 1 phản ánh chưa gửi').waitFor();

  await page.locator('.filed').getByRole('button', { name: /Cuộc gọi tiếp theo/ }).focus();
  await keys.press('F2');
  await keys.text('0911000007');
  await keys.press('Tab');
  await keys.type('o ga');
  await keys.press('Enter', 'F4');
  await keys.text('Lê Lợi, Phường Bến Thành'); // no candidates without a connection: the service places it
  await keys.press('F7');
  await keys.text('Ghi khi mất mạng hai');
  await keys.press('F9');
  await page.locator('[data-unsent="2"]').waitFor({ timeout: 20000 });
  await keys.press('F2');
  assert.equal(await described('Ghi khi mất mạng một') + await described('Ghi khi mất mạng hai'), 0);

  await context.setOffline(false);
  await page.locator('[data-sent]').waitFor({ timeout: 30000 });
  await until('both to be sent', async () => (await page.locator('[data-unsent]').count()) === 0, 30000);
  await connected(page);
  assert.deepEqual([await described('Ghi khi mất mạng một'), await described('Ghi khi mất mạng hai')], [1, 1]);
  assert.equal(await database.sql("SELECT place_match <> 'none' FROM hotline.complaints WHERE description = 'Ghi khi mất mạng hai'"), 't');
  await until('the calls’ outcomes', async () => (await database.number(`SELECT count(*) FROM hotline.calls k JOIN hotline.complaints c ON c.id = k.complaint_id
    WHERE c.description LIKE 'Ghi khi mất mạng%'`)) === 2);
  await context.close();
});

test('a service that dies while it saves, or before it answers, gets it once', async () => {
  const { page, context } = await sit();
  const keys = new Keys(page);
  await keys.text('0911000008');
  await keys.press('Tab');
  await write(page, keys, 'Máy chủ tắt khi đang lưu');
  // The service stores it and is gone before the answer arrives.
  let answered = 0;
  await page.route('**/api/v1/complaints', async (route) => {
    if (route.request().method() !== 'POST' || answered++ > 0) return route.continue();
    const response = await route.fetch();
    assert.equal(response.status(), 201);
    await server.kill();
    return route.abort('connectionreset');
  });
  await keys.press('F9');
  await page.getByRole('heading', { name: 'Chưa gửi được, đã giữ trên máy này' }).waitFor({ timeout: 30000 });
  await page.locator('[data-net=offline]').waitFor({ timeout: 30000 });
  // Killed again while it waits: the page, too, is loaded anew, from the service that is back.
  server = await Server.start(database, '--port', String(server.port));
  const code = await filedCode(page);
  assert.equal(await described('Máy chủ tắt khi đang lưu'), 1);
  assert.equal(await database.sql("SELECT code FROM hotline.complaints WHERE description = 'Máy chủ tắt khi đang lưu'"), code, 'the answer is the first one’s');
  await connected(page);
  await context.close();
});

test('what waits to be sent survives a reload too', async () => {
  const { page, context } = await sit();
  const keys = new Keys(page);
  await keys.text('0911000009');
  await keys.press('Tab');
  await write(page, keys, 'Chờ gửi qua một lần tải lại');
  await page.route('**/api/v1/complaints', (route) => (route.request().method() === 'POST' ? route.abort('connectionreset') : route.continue()));
  await keys.press('F9');
  await page.locator('[data-unsent="1"]').waitFor({ timeout: 20000 });
  await page.unroute('**/api/v1/complaints');
  await page.reload();
  await page.locator('#caller-number').waitFor();
  await until('it to be sent', async () => (await described('Chờ gửi qua một lần tải lại')) === 1, 30000);
  await until('nothing to wait', async () => (await page.locator('[data-unsent]').count()) === 0, 30000);
  assert.equal(await described('Chờ gửi qua một lần tải lại'), 1);
  await context.close();
});

test('what the service refuses is said at its field, and nothing typed is lost', async () => {
  const { page, context } = await sit();
  const keys = new Keys(page);
  await keys.press('F9');
  await page.locator('#call-errors').waitFor();
  await until('the focus on what is wrong', async () => (await focused(page)) === 'call-errors');
  assert.equal(await page.locator('#call-errors li').count(), 3);
  for (const id of ['category', 'address', 'description']) assert.equal(await page.locator(`#${id}`).getAttribute('aria-invalid'), 'true', id);
  await page.fill('#caller-number', 'không phải số');
  await page.locator('#category').focus();
  await write(page, keys, 'x'.repeat(20));
  await page.fill('#description', 'x'.repeat(21000));
  await page.keyboard.press('F9');
  await page.locator('#caller-number-error').waitFor();
  await page.fill('#caller-number', '');
  await page.keyboard.press('F9');
  await page.locator('#description-error').waitFor({ timeout: 20000 });
  assert.equal((await page.inputValue('#description')).length, 21000);
  await page.fill('#description', 'Ngắn thôi');
  await page.keyboard.press('F9');
  await filedCode(page);
  await context.close();
});

test('an e-mail is entered: taken by one key, its address found, filed, and nobody else gets it', async () => {
  const brought = await server.post('/api/v1/inbound', {
    channel: 'email', subject: 'Đèn đường', text: 'Kính gửi tổng đài, đèn đường trước đường Lê Lợi, Phường Bến Thành tắt ba đêm nay. Cảm ơn.',
    from: 'nguoi.dan@example.org', from_name: 'Trần Văn An', message: 'mail-1',
  }, { Authorization: `Bearer ${key}` });
  assert.equal(brought.status, 201, brought.text);
  const { page, context } = await sit();
  const other = await sit({ login: 'lan' });
  await page.getByText('1 mục đang chờ').waitFor();
  await page.keyboard.press('F10');
  assert.equal(await focused(page), 'tab-queue');
  await page.getByRole('button', { name: 'Nhận mục kế tiếp' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.entering').waitFor();
  assert.match(await page.locator('.entering').innerText(), /nguoi\.dan@example\.org/);
  assert.match(await page.inputValue('#description'), /đèn đường trước/);
  assert.equal(await page.inputValue('#reporter-name'), 'Trần Văn An');
  assert.equal(await page.inputValue('#reporter-email'), 'nguoi.dan@example.org');
  await until('the address found', async () => /Lê Lợi/.test(await page.inputValue('#address')));
  await other.page.getByText('Người huong đang nhập').waitFor();
  await page.locator('#category').focus();
  await page.keyboard.type('den duong');
  await page.keyboard.press('Enter');
  await page.keyboard.press('F9');
  const code = await filedCode(page);
  await until('the item to be done', async () => (await database.sql(`SELECT i.state || ' ' || c.code || ' ' || c.channel FROM hotline.inbound_items i
    JOIN hotline.complaints c ON c.id = i.complaint_id WHERE i.external_id = 'mail-1'`)) === `filed ${code} email`);
  await other.page.getByText('Không còn mục nào chờ nhập.').waitFor();
  await other.context.close();
  await context.close();
});

/** As an e-mail gateway does. */
async function gatewayFile(name: string, width: number): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(vipsPicture(width, 90, '.png'))]), name);
  const answer = await server.request('/api/v1/attachments', { method: 'POST', body: form, headers: { Authorization: `Bearer ${key}` } });
  assert.equal(answer.status, 201, answer.text);
  return answer.json.attachments[0].id as string;
}

const filesOf = (words: string) => database.sql(`SELECT coalesce(string_agg(a.name, ' ' ORDER BY a.name), '') FROM hotline.complaints c
  JOIN hotline.attachments a ON a.complaint_id = c.id WHERE c.description = '${words}'`);

/** By keyboard: the button is reached by Tab from the name, and opens the browser's chooser. */
async function choose(page: Page, keys: Keys, name: string, width: number): Promise<void> {
  await page.locator('#reporter-name').focus();
  await page.locator('#photos[aria-disabled=false]').waitFor();
  for (let n = 0; n < 4 && (await focused(page)) !== 'photos'; n++) await keys.press('Tab');
  assert.equal(await focused(page), 'photos');
  // While the browser is busy with what was chosen before, it opens no chooser: one presses again.
  const chooser = await until('the chooser', async () => {
    const [opened] = await Promise.all([page.waitForEvent('filechooser', { timeout: 5000 }).catch(() => null), keys.press('Enter')]);
    return opened;
  }, 40000);
  await chooser.setFiles({ name, mimeType: 'image/png', buffer: vipsPicture(width, 90, '.png') });
}

test('files go with a complaint: kept over a reload, sent once with what waited; none is added without a connection', async () => {
  const known = await server.file({ category: 'o-ga', description: 'Ổ gà đã báo', channel: 'web', address: 'Lê Lợi, Phường Bến Thành' });
  assert.equal(known.status, 201, known.text);
  const { page, context } = await sit();
  const keys = new Keys(page);
  await keys.text('0911000031');
  await keys.press('Tab');
  await write(page, keys, 'Có ảnh kèm theo', 'o ga');
  await choose(page, keys, 'mot.png', 201);
  await page.locator('.photo.sent').waitFor();
  await choose(page, keys, 'hai.png', 202);
  await until('both to be sent', async () => (await page.locator('.photo.sent').count()) === 2);
  assert.deepEqual(await violations(page), [], 'with files');
  await page.reload();
  await page.locator('[data-restored]').waitFor();
  assert.equal(await page.locator('.photo.sent img').count(), 2);
  await page.getByRole('button', { name: 'Bỏ hai.png' }).press('Enter');
  await until('one less', async () => (await page.locator('.photo.sent').count()) === 1);
  await connected(page);

  // Who joins another's complaint shows them no files.
  await until('a likely one', async () => (await page.locator('.likely-list li').count()) > 0);
  await until('it to be refused', async () => {
    await keys.press('F8');
    return (await page.locator('#call-errors').getByText('Phản ánh gộp không kèm tệp được').count()) === 1;
  });

  await context.setOffline(true);
  await page.locator('[data-files=offline]').waitFor();
  assert.equal(await page.locator('#photos').getAttribute('aria-disabled'), 'true');
  await keys.press('F9');
  await page.locator('[data-unsent="1"]').waitFor({ timeout: 20000 });
  await context.setOffline(false);
  await until('it to be sent', async () => (await page.locator('[data-unsent]').count()) === 0, 30000);
  await connected(page);
  assert.equal(await described('Có ảnh kèm theo'), 1);
  assert.equal(await filesOf('Có ảnh kèm theo'), 'mot.png');

  await context.close();
});

test('saved while a file is on its way it waits for it; where the file fails, the form says so', async () => {
  const { page, context } = await sit();
  const keys = new Keys(page);
  await keys.text('0911000032');
  await keys.press('Tab');
  await write(page, keys, 'Ảnh còn đang gửi');
  let letGo = (): void => undefined;
  const held = new Promise<void>((done) => {
    letGo = done;
  });
  await page.route('**/api/v1/attachments', async (route) => {
    await held;
    return route.continue();
  });
  await choose(page, keys, 'ba.png', 203);
  await keys.press('F9');
  await page.getByText('Sẽ lưu khi gửi xong các tệp').waitFor();
  letGo();
  await filedCode(page);
  assert.equal(await filesOf('Ảnh còn đang gửi'), 'ba.png');
  await keys.press('F2');
  await keys.text('0911000033');
  await keys.press('Tab');
  await write(page, keys, 'Tệp không nhận được');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('#photos').press('Enter')]);
  await chooser.setFiles({ name: 'la.png', mimeType: 'image/png', buffer: Buffer.from('không phải ảnh') });
  await page.locator('.photo.failed').waitFor();
  await keys.press('F9');
  await page.locator('#call-errors').getByText('Có tệp chưa gửi được').waitFor();
  assert.deepEqual(await violations(page), [], 'a file that failed');
  await page.getByRole('button', { name: 'Bỏ la.png' }).press('Enter');
  await keys.press('F9');
  await filedCode(page);
  assert.equal(await filesOf('Tệp không nhận được'), '');
  await context.close();
});

test('what came with an e-mail is seen while it is entered, and goes along unless it is left out', async () => {
  const [photo, logo] = [await gatewayFile('o-ga.png', 211), await gatewayFile('logo.png', 212)];
  const words = 'Ổ gà trước đường Lê Lợi, Phường Bến Thành';
  const brought = await server.post('/api/v1/inbound', { channel: 'email', text: words, message: 'mail-files', attachments: [photo, logo] }, { Authorization: `Bearer ${key}` });
  assert.equal(brought.status, 201, brought.text);
  const { page, context } = await sit({ lang: 'en' });
  await page.getByText('1 waiting').waitFor();
  await page.keyboard.press('F10');
  await page.getByRole('button', { name: 'Take the next one' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.entering').waitFor();
  const boxes = page.locator('.brought input[type=checkbox]');
  assert.equal(await boxes.count(), 2);
  await until('the thumbnails', () => page.locator('.brought img').evaluateAll((all) => all.length === 2 && all.every((img) => (img as HTMLImageElement).naturalWidth > 0)));
  await page.getByRole('checkbox', { name: 'logo.png goes with the complaint' }).press('Space');
  assert.deepEqual(await violations(page), [], 'an item with files');
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0);
  await until('the address found', async () => /Lê Lợi/.test(await page.inputValue('#address')));
  await page.locator('#category').focus();
  await page.keyboard.type('o ga');
  await page.keyboard.press('Enter');
  await page.reload(); // what was left out stays so
  await page.locator('[data-restored]').waitFor();
  assert.equal(await page.getByRole('checkbox', { name: 'logo.png goes with the complaint' }).isChecked(), false);
  await page.keyboard.press('F9');
  await filedCode(page);
  assert.equal(await filesOf(words), 'o-ga.png');
  await until('the item to be done', async () => (await database.sql("SELECT state FROM hotline.inbound_items WHERE external_id = 'mail-files'")) === 'filed');
  await context.close();
});

test('earlier complaints show nothing that was said until it is told why one looks', async () => {
  const filed = await server.file({ category: 'o-ga', description: 'Bí mật của người gọi', channel: 'web', address: 'Lê Lợi, Phường Bến Thành', reporter: { phone: '0977888999' } });
  assert.equal(filed.status, 201, filed.text);
  const { page, context } = await sit();
  await page.keyboard.type('0977888999');
  await page.locator('.earlier summary').click();
  assert.ok(!(await page.locator('.earlier').innerText()).includes('Bí mật'));
  await page.selectOption('.earlier-reveal select', 'same_matter');
  await page.getByRole('button', { name: 'Xem nội dung' }).click();
  await page.getByText('Bí mật của người gọi').waitFor();
  assert.equal(await database.number(`SELECT count(*) FROM personal.reporter_looks l JOIN hotline.complaints c ON c.id = l.complaint_id
    WHERE c.code = '${filed.json.code}' AND l.viewer = 'user:huong' AND l.purpose = 'same_matter'`), 1);
  await page.locator('.earlier-list button').click();
  await page.locator(`.look-case [data-code="${filed.json.code}"]`).waitFor();
  await context.close();
});

test('a complaint is found by its code and gets a note; supervisors see how long calls take', async () => {
  const filed = await server.file({ category: 'o-ga', description: 'Để ghi chú', channel: 'web', address: 'Lê Lợi, Phường Bến Thành' });
  const { page, context } = await sit({ login: 'truong-ca' });
  await page.keyboard.press('F10');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(page), 'tab-lookup');
  await page.locator('#look-code').fill(filed.json.code);
  await page.keyboard.press('Enter');
  await page.locator('.look-case').waitFor();
  await page.locator('.look-case [data-do=note]').click();
  await page.locator('.action-form textarea').fill('Người gọi hẹn gọi lại');
  await page.locator('.action-form button[type=submit]').click();
  await page.locator('.look-case .side-list').getByText('Người gọi hẹn gọi lại').waitFor();
  await page.getByRole('tab', { name: 'Giám sát' }).click();
  await page.locator('.watch .segment').nth(1).click(); // a week, for it may be just past midnight
  await page.locator('.watch-figures').waitFor();
  const counted = await database.number("SELECT count(*) FROM hotline.calls WHERE filed_at IS NOT NULL");
  assert.match(await page.locator('.watch-figures dd').first().innerText(), new RegExp(`^${counted}/`));
  await page.locator('.watch-table').first().getByText('Người huong').waitFor();
  await page.keyboard.press('F10');
  await context.close();
});

test('the keys are told by F1 and ?, and nothing holds the focus', async () => {
  const { page, context } = await sit();
  await page.keyboard.press('F1');
  await page.getByRole('dialog', { name: 'Phím tắt' }).waitFor();
  assert.ok((await page.locator('.help-keys dt').count()) >= 10);
  await page.keyboard.press('Escape');
  await page.locator('.help-dialog').waitFor({ state: 'hidden' });
  await page.keyboard.type('?');
  assert.equal(await page.inputValue('#caller-number'), '?', 'in a text it is a character');
  await page.fill('#caller-number', '');
  await page.getByRole('button', { name: 'Phím tắt (F1)' }).focus();
  await page.keyboard.press('?');
  await page.locator('.help-dialog[open]').waitFor();
  await page.keyboard.press('F1');
  await page.locator('.help-dialog').waitFor({ state: 'hidden' });

  // Tab goes through all of it and comes back to the start, in the order of the page.
  await page.locator('.brand').focus();
  const seen: string[] = [];
  for (let n = 0; n < 80; n++) {
    const where = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      return element === document.body ? '' : element.id || element.getAttribute('name') || element.className || element.tagName;
    });
    if (n > 0 && where === 'brand') break;
    if (where) seen.push(where); // between the last and the first, the browser's own bar has it
    await page.keyboard.press('Tab');
  }
  assert.ok(seen.length < 80, `never came round: ${seen.join(' ')}`);
  const order = ['caller-number', 'category', 'address', 'description', 'reporter-name', 'consent', 'tab-queue'].map((id) => seen.indexOf(id));
  assert.ok(order.every((at) => at >= 0), seen.join(' '));
  assert.deepEqual(order, [...order].sort((a, b) => a - b), seen.join(' '));
  await context.close();
});

for (const lang of ['vi', 'en'] as const) {
  for (const dark of [false, true]) {
    test(`axe finds nothing wrong during a call (${lang}, ${dark ? 'dark' : 'light'})`, async () => {
      const { page, context } = await sit({ lang, dark });
      assert.deepEqual(await violations(page), [], 'an empty form');
      const keys = new Keys(page);
      await keys.press('F9');
      await page.locator('#call-errors').waitFor();
      await page.fill('#category', 'o');
      assert.deepEqual(await violations(page), [], 'errors, and an open list');
      await page.fill('#category', '');
      await page.fill('#caller-number', '0966777888');
      await page.locator('#category').focus();
      await write(page, keys, `Xem lại ${lang} ${dark}`);
      await page.locator('.preview .decision').waitFor();
      await page.locator('.earlier summary').click();
      await until('the likely ones', async () => (await page.locator('.likely-list li').count()) > 0);
      assert.deepEqual(await violations(page), [], 'a call');
      for (const tab of ['recent', 'lookup', 'watch']) {
        await page.locator(`#tab-${tab}`).click();
        await page.waitForTimeout(300);
        assert.deepEqual(await violations(page), [], tab);
      }
      await keys.press('F1');
      assert.deepEqual(await violations(page), [], 'the keys');
      await keys.press('F1', 'F9');
      await filedCode(page);
      assert.deepEqual(await violations(page), [], 'the code');
      await context.close();
    });
  }
}

test('nothing has to be scrolled sideways at any width', async () => {
  for (const width of [1440, 1024, 390]) {
    for (const lang of ['vi', 'en'] as const) {
      const { page, context } = await sit({ width, lang });
      const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      for (const tab of ['queue', 'recent', 'lookup', 'watch']) {
        await page.locator(`#tab-${tab}`).click();
        assert.ok((await over()) <= 0, `${width} ${lang} ${tab}: ${await over()} too wide`);
      }
      await context.close();
    }
  }
});

test('no page reported an error of its own', () => {
  assert.deepEqual(complaints, []);
});
