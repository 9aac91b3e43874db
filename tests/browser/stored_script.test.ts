// A script in every text that somebody can store: on every page that shows it, it is text. Which texts
// there are is read from the API's own description (stored_fields.ts), so a new one that nobody stores
// here fails. E-mail is tested in tests/api/notify, XLSX and PDF in tests/api/statistics, the bare pages in
// tests/unit/server/test_html_text. On a service of its own, whose names are scripts too.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Description } from '../api/lib/openapi';
import { PASSWORD, addPerson, sessionOf } from '../api/lib/people';
import { type Database, Postgres } from '../api/lib/postgres';
import { HOTLINE, LOGS, must } from '../api/lib/run';
import { Server } from '../api/lib/server';
import { logIn, mapReady, openBrowser, until } from './harness';
import { AT, type Codes, EVIL, NEVER, SAME, Storing, allTexts, evil, storeAll } from './stored_fields';

let browser: Browser;
let database: Database;
let server: Server;
let codes: Codes;
let storing: Storing;
const who: Record<string, Record<string, string>> = {};
/** All that pages showed, as text. */
const seen: string[] = [];

const ROLES = { truc: 'operator', giam: 'supervisor', lanh: 'leader', quan: 'administrator', kiem: 'auditor' };

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const [table, columns] of [['agencies', ['name', 'name_en']], ['desks', ['name']], ['categories', ['name_vi', 'name_en']], ['boundaries', ['name']]] as const) {
    for (const column of columns) await database.sql(`UPDATE hotline.${table} SET ${column} = ${column} || ' ${EVIL}' WHERE ${column} <> ''`);
  }
  const first = await Server.start(database);
  const made = await first.file({ category: 'tieng-on', description: 'x', channel: 'web', location: AT });
  const agency = made.json.assignment.agency.code as string;
  const other = await database.sql(`SELECT code FROM hotline.agencies WHERE kind = 'ward' AND valid @> current_date AND code <> '${agency}' ORDER BY code LIMIT 1`);
  await first.stop();
  for (const [login, role] of Object.entries(ROLES)) await addPerson(database, login, role);
  await addPerson(database, 'can', 'agency_staff', agency);
  await addPerson(database, 'dau', 'agency_head', agency);
  await addPerson(database, 'khac', 'agency_staff', other);
  await database.sql('DELETE FROM personal.inbound_senders; DELETE FROM hotline.inbound_items');
  await database.sql(`UPDATE hotline.users SET name = name || ' ${EVIL}'`);
  const key = (await must(HOTLINE, ['key', 'add', 'tong-dai', '--may', 'calls'], { env: { HOTLINE_DATABASE: database.url } })).trim();
  server = await Server.start(database);
  for (const login of [...Object.keys(ROLES), 'can', 'dau', 'khac']) who[login] = (await sessionOf(server, login)).headers;
  storing = new Storing(server, database, who);
  codes = await storeAll(storing, agency, other, { Authorization: `Bearer ${key}` });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
});

test('everything that is meant to be stored was stored', () => {
  assert.deepEqual(storing.refused, []);
});

test('each text of the API is stored here, or is named as one that no page shows', async () => {
  const texts = allTexts(await Description.of(server));
  const stands = (key: string): boolean => storing.stored.has(key) || NEVER.some(([which]) => which.test(key))
    || SAME.some(([which, as]) => which.test(key) && storing.stored.has(key.replace(which, as)));
  assert.deepEqual([...new Set(texts)].filter((key) => !stands(key)), []);
  // And nothing stands there for what is gone.
  for (const [which] of [...NEVER, ...SAME]) assert.ok(texts.some((key) => which.test(key)), `${which} is about no text`);
});

test('a code with a tag in it is refused, wherever one may be made', async () => {
  const tag = '<img/src=x/onerror=evil=1>';
  const api = await Description.of(server);
  let tried = 0;
  for (const o of api.operations.filter((one) => ['POST', 'PUT'].includes(one.method) && !one.path.includes('{') && one.body?.properties && one.path !== '/api/v1/session')) {
    for (const name of Object.keys(o.body.properties).filter((field) => o.body.properties[field].pattern)) {
      const body = Object.fromEntries(Object.entries<{ type?: string; maximum?: number }>(o.body.properties).filter(([field]) => o.body.required?.includes(field) || field === name)
        .map(([field, s]) => [field, field === name ? tag : s.type === 'integer' ? 1 : s.type === 'boolean' ? true : s.type === 'array' ? [] : s.type === 'object' ? {} : 'x']));
      const login = o.roles.includes('administrator') ? 'quan' : o.roles.includes('supervisor') ? 'giam' : 'truc';
      const answer = await server.request(o.path, { method: o.method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...who[login] } });
      assert.ok(answer.status >= 400 && answer.status < 500, `${o.method} ${o.path} ${name}: ${answer.status} ${answer.text.slice(0, 200)}`);
      tried++;
    }
  }
  assert.ok(tried > 20, `${tried} codes`);
});

/** Opens it, waits until it shows these, keeps all that it shows, and looks for what must not be there. */
async function look(as: string, path: string, shown: string[], open?: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'vi-VN', serviceWorkers: 'block', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const broken: string[] = [];
  page.on('pageerror', (error) => broken.push(error.message));
  page.on('dialog', (dialog) => broken.push(dialog.message()));
  await page.goto(`${server.base}${path}`);
  if (as) await logIn(page, as, PASSWORD);
  await open?.(page);
  const all = () => page.evaluate(() => [document.body.textContent ?? '',
    ...Array.from(document.querySelectorAll('input, textarea'), (field) => (field as HTMLInputElement).value),
    ...Array.from(document.querySelectorAll('img, [aria-label], [title], option'), (e) => ['alt', 'aria-label', 'title'].map((name) => e.getAttribute(name) ?? '').join('\n'))].join('\n'));
  for (const name of shown) await until(`${as} ${path}: ${name}`, async () => (await all()).includes(evil(name)));
  await clean(page, `${as} ${path}`);
  seen.push(await all());
  assert.deepEqual(broken, [], `${as} ${path}`);
  await context.close();
}

async function clean(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(() => [document.querySelectorAll('[data-evil]').length, (window as unknown as { evil?: number }).evil ?? 0]);
  assert.deepEqual(found, [0, 0], where);
}

test('a citizen sees words', { timeout: 120000 }, async () => {
  const { code } = codes;
  await look('', `/?code=${code}`, ['mô tả ', '12 Nguyễn Huệ', 'trả lời', 'kết quả', 'tệp']);
  await look('', `/track?code=${code}`, ['mô tả ', '12 Nguyễn Huệ', 'trả lời', 'kết quả', 'tệp']);
  await look('', '/report', [], async (page) => {
    await until('the categories', async () => (await page.locator('#category').innerText()).includes(evil('Tiếng ồn')));
  });
  await look('', `/#map=16/${AT.lat}/${AT.lon}`, [], async (page) => {
    await page.fill('#category', 'tieng on');
    await page.locator('#category-list [role=option]').first().click();
    await page.getByRole('button', { name: 'Lấy tâm bản đồ' }).click({ timeout: 30000 });
    await page.locator('.preview .decision').waitFor();
    await page.locator('.already li').first().waitFor();
    await until('the names of agency and place', async () => (await page.locator('.panel').innerText()).includes(EVIL));
  });
});

test('an agency sees words', { timeout: 180000 }, async () => {
  const { code } = codes;
  await look('can', '/agency', ['mô tả ']);
  await look('can', `/agency?case=${code}`, ['mô tả ', 'ghi chú', 'trả lời', 'kết quả', 'mở lại', 'chỉ đạo', 'việc nhỏ', 'việc xong'], async (page) => {
    await page.locator('[data-do=accept], [data-do=answer]').first().waitFor();
    if (await page.locator('[data-do=accept]').isVisible()) {
      await page.locator('[data-do=accept]').click();
      await page.locator('.case-state .status-accepted').waitFor();
    }
    await page.locator('[data-do=answer]').click();
    const letter = page.locator('#act-letter');
    await letter.waitFor();
    await letter.selectOption('thu-xau');
    await until('the letter\'s words', async () => (await page.locator('#act-text').inputValue()).includes(evil('lời thư')));
  });
  await look('can', '/agency?field=1', ['mô tả ']);
  await look('dau', `/agency?case=${code}`, ['mô tả ', 'ghi chú']);
  await look('khac', '/agency', []);
  for (const other of codes.others) await look('giam', `/agency?case=${other}`, [], async (page) => {
    await page.locator('.timeline li').first().waitFor();
  });
});

test('an operator and a supervisor see words', { timeout: 120000 }, async () => {
  await look('truc', '/operator', ['người gửi', 'địa chỉ gửi', 'tiêu đề thư', 'lời thư đến'], async (page) => {
    await page.locator('.queue li').filter({ hasText: 'tiêu đề thư' }).getByRole('button').click();
    await page.locator('blockquote.words').waitFor();
  });
  await look('truc', '/operator', [], async (page) => {
    await page.locator('#caller-number').fill('0912000333');
    await page.locator('#caller-number').press('Tab');
    await page.locator('.earlier summary').click();
    await page.selectOption('.earlier-reveal select', 'same_matter');
    await page.locator('.earlier-reveal button').click();
    await until('what was said', async () => (await page.locator('.earlier').innerText()).includes(EVIL));
    await page.locator('.earlier-list button').first().click();
    await page.locator('.look-case').waitFor();
  });
  await look('giam', '/operator', []);
});

test('a leader sees words; on the map too', { timeout: 180000 }, async () => {
  await look('lanh', '/leader?tab=latest', [], async (page) => {
    await until('the newest', async () => (await page.locator('.panel').innerText()).includes(EVIL));
  });
  await look('lanh', '/leader?tab=ranking', []);
  await look('lanh', '/leader?tab=directives', ['chỉ đạo', 'trả lời chỉ đạo']);
  await look('giam', '/leader?tab=incidents', ['sự cố', 'lời sự cố']);
  await look('giam', '/leader?tab=incidents&lang=en', ['incident words']);
  await look('lanh', `/leader?tab=track&code=${codes.code}`, ['mô tả ', 'trả lời']);
  await look('lanh', '/leader?tab=filters', []);
  for (const lang of ['vi', 'en']) {
    // All layers on, and what lies at the place pressed.
    await look('lanh', `/leader?tab=filters&hide=heatmap,heat,complaints&lang=${lang}#map=18/${AT.lat}/${AT.lon}`, [lang === 'vi' ? 'lớp mới' : 'new layer', 'nguồn lớp'], async (page) => {
      await page.locator('input[value=lop-xau]').waitFor({ timeout: 30000 });
      await mapReady(page);
      const box = await page.locator('.map-canvas').boundingBox();
      assert.ok(box);
      await until('what lies there', async () => {
        await page.mouse.click(box.x + (box.width + 426) / 2, box.y + box.height / 2);
        return page.locator('.maplibregl-popup').isVisible();
      });
      const popup = await page.locator('.maplibregl-popup').innerText();
      assert.ok(popup.includes(evil('tên điểm')) || popup.includes(EVIL), popup);
    });
  }
});

/** Each part of the administrator's page by its address, so that a new one is looked at too. */
test('an administrator and an auditor see words', { timeout: 300000 }, async () => {
  const open = (wait: string, more?: (page: Page) => Promise<void>) => async (page: Page): Promise<void> => {
    await page.locator(wait).first().waitFor();
    await more?.(page);
  };
  for (const lang of ['vi', 'en']) {
    const at = (section: string): string => `/admin?lang=${lang}&section=${section}`;
    await look('quan', at('agencies'), ['đơn vị mới'], open('tr[data-agency]'));
    await look('quan', at('agencies&agency=don-vi-xau'), ['bàn mới', 'vùng mới', 'tên đơn vị sau', 'vì sao đổi tên'], open('.register-title', async (page) => {
      await page.locator('[data-generation] button').first().click();
    }));
    await look('quan', at('categories'), [lang === 'vi' ? 'loại mới' : 'new category', 'từ khoá'], open('[data-category=loai-xau]', async (page) => {
      await page.locator('[data-category=loai-xau] button').first().click();
      if (!(await page.locator('#category-keywords').isVisible())) await page.locator('[data-category=loai-xau] button').nth(1).click();
      await page.locator('#category-keywords').waitFor();
    }));
    await look('quan', at('calendars&calendar=lich-xau&year=2097'), [lang === 'vi' ? 'lịch mới' : 'new calendar', 'ngày nghỉ', lang === 'vi' ? 'vì sao dừng' : 'why paused', 'vì sao tính lại'], open('#year-workdays'));
    await look('quan', at('letters'), [lang === 'vi' ? 'mẫu thư' : 'letter', 'lời thư', 'letter words'], open('[data-letter=thu-xau]', async (page) => {
      await page.locator('[data-letter=thu-xau] button').first().click();
    }));
    await look('quan', at('transfers'), ['vì sao chuyển'], open('[data-transfer]'));
    await look('quan', at('boundaries'), ['thế hệ ranh giới', 'vì sao công bố', 'vì sao rút', 'tệp ranh giới'], open('.sets a', async (page) => {
      await page.locator('.sets a').filter({ hasText: 'thế hệ ranh giới' }).click();
      await page.locator('.generation').waitFor();
    }));
    await look('quan', at('layers'), [lang === 'vi' ? 'lớp mới' : 'new layer'], open('.admin [data-layer]'));
    await look('quan', at('populations'), ['nguồn dân số'], open('.admin table'));
    await look('quan', at('notices'), ['hệ thống khác'], open('#media-title'));
    await look('quan', at('persons'), ['cách kiểm tra', 'vì sao từ chối', 'giữ lại', 'vì sao bôi'], open('[data-request]'));
    await look('quan', at('accounts'), ['người mới'], open('.admin table'));
    for (const section of ['jurisdictions', 'duplicates', 'audit']) await look('quan', at(section), [], open('.admin h1'));
    for (const tab of ['rules', 'approval', 'log', 'check', 'explain', 'corrections', 'replay']) {
      await look('quan', `/admin?lang=${lang}&set=${codes.set}&tab=${tab}`, ['bộ quy tắc', ...(tab === 'rules' ? [lang === 'vi' ? 'quy tắc' : 'rule'] : tab === 'log' ? ['vì sao sửa', 'vì sao có bộ'] : [])], open('.one-set'));
    }
  }
  await look('quan', `/admin?set=${codes.set}&tab=rules`, ['lý do quy tắc'], open('.one-set', async (page) => {
    await page.locator('.rule[data-code=quy-tac-xau] button').first().click();
    await page.locator('#rule-reason').waitFor();
  }));
  await look('quan', '/admin?section=notices', ['lời mẫu', 'tiêu đề mẫu'], open('#media-title', async (page) => {
    await page.selectOption('#words-which', 'received reporter email vi');
  }));
  await look('kiem', '/admin?section=audit&list=looks', ['vì sao xem']);
  await look('kiem', '/admin?section=persons', [], open('.person-requests'));
});

test('the sheet on paper and the files that are taken away have words too', { timeout: 120000 }, async () => {
  const context = await browser.newContext({ locale: 'vi-VN', serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(`${server.base}/agency?case=${codes.code}`);
  await logIn(page, 'can', PASSWORD);
  await page.locator('.timeline li').first().waitFor();
  const sheet = join(LOGS, 'stored-script.pdf');
  writeFileSync(sheet, await page.pdf({ format: 'A4' }));
  const printed = (await must('pdftotext', [sheet, '-'])).replace(/\s+/g, ' ').normalize('NFC');
  for (const name of ['ghi chú', 'kết quả', 'chỉ đạo', 'việc nhỏ']) assert.ok(printed.includes(evil(name)), name);
  await context.close();
  // Files: CSV, where a formula would be one, JSON and GeoJSON as data with a type that no browser draws.
  for (const [as, path] of [['lanh', '/api/v1/statistics?by=agency&format=csv'], ['quan', `/api/v1/transfer-preview?at=${encodeURIComponent(new Date().toISOString())}&format=csv`],
    ['', '/api/v1/incidents?format=geojson'], ['', `/api/v1/complaints/${codes.code}`], ['', '/tiles.json']] as const) {
    const answer = await server.get(path, who[as]);
    assert.equal(answer.status, 200, `${path} ${answer.text.slice(0, 200)}`);
    assert.doesNotMatch(answer.headers.get('content-type') ?? '', /html/, path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
  }
});

/** Stored, and rightly on no page: what it is for instead. */
const ELSEWHERE: [RegExp, string][] = [
  [/incidents\/\{\}\/\{\} reason$/, 'why an incident was decided so is in its own record, which no page shows'],
  [/inbound.* reason$/, 'why a message was put aside stays with the message, which leaves the queue'],
  [/complaints(\/\{\}\/reporters)? reporter(\.name|\{\})$/, 'a person\'s name is on no page: it is told by the API alone, for a purpose that is kept'],
  [/complaints\/\{\}\/reporters description$/, 'what another reporter said is told to staff by the API alone'],
];

test('each of them was seen by somebody', () => {
  const text = seen.join('\n');
  const missing = [...storing.stored].filter(([key, name]) => !text.includes(name) && !ELSEWHERE.some(([which]) => which.test(key)));
  assert.deepEqual(missing.map(([key, name]) => `${key}: ${name}`), []);
});
