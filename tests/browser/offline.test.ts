// A citizen without network: the pages installed as an app and opened offline, a report kept on the
// device and sent once, whatever gets lost on the way.

import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { png } from '../api/lib/picture';
import {
  BASE, CENTRE, VIEW, type VisitOptions, chooseCategory, clickMap, getJson, mapReady, openBrowser, sessionOf, until, violations, visit,
} from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());
// What a failed test left open would keep its worker, and this process with it.
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

const PHONE = { width: 390, height: 844 };
const SEND = { vi: 'Gửi phản ánh', en: 'Send report' };

interface Stored { description: string; place: { lon: number; lat: number }; attachments: unknown[]; occurred_at?: string }

async function visitPhone(options: VisitOptions = {}) {
  const opened = await visit(browser, `/${VIEW}`, { ...PHONE, ...options });
  await opened.context.grantPermissions(['geolocation']);
  await opened.context.setGeolocation({ longitude: CENTRE.lon, latitude: CENTRE.lat, accuracy: 14 });
  return opened;
}

/** Kept by the worker, so that it opens without network from here on. */
const controlled = (page: Page): Promise<void> => controlled_(page, '#description');

async function controlled_(page: Page, selector: string): Promise<void> {
  await until('the worker', () => page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === 'activated'));
  await page.reload();
  await page.locator(selector).waitFor();
  assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null), 'the worker has the page');
}

async function write(page: Page, words: string, lang: 'vi' | 'en' = 'vi'): Promise<void> {
  await page.getByRole('button', { name: lang === 'vi' ? 'Vị trí của tôi' : 'My position' }).click();
  await page.locator('.chosen .numbers').waitFor();
  await chooseCategory(page, lang === 'vi' ? 'o ga' : 'pothole');
  await page.fill('#description', words);
}

const send = (page: Page, lang: 'vi' | 'en' = 'vi') => page.getByRole('button', { name: SEND[lang], exact: true }).click();

/** What the device holds, as text: to be searched for what should not be there. */
function deviceText(page: Page): Promise<string> {
  return page.evaluate(() => new Promise<string>((done, fail) => {
    const asked = indexedDB.open('hotline-reports');
    asked.onerror = () => fail(asked.error);
    asked.onsuccess = () => {
      if (asked.result.objectStoreNames.length === 0) return done('[]');
      const all = asked.result.transaction('reports').objectStore('reports').getAll();
      all.onsuccess = () => {
        done(JSON.stringify([all.result, { ...sessionStorage }, { ...localStorage }],
          (_key, value: unknown) => (value instanceof Blob ? `blob of ${value.size}` : value)));
        asked.result.close();
      };
    };
  }));
}

async function sentCode(page: Page, timeout = 60000): Promise<string> {
  const code = page.locator('[data-queued=sent] .queued-code');
  await code.first().waitFor({ timeout });
  return (await code.first().getAttribute('data-code')) ?? '';
}

/** How many complaints hold these words, as staff find them. */
async function filedWith(words: string): Promise<number> {
  const headers = await sessionOf('truongca');
  const list = await (await fetch(`${BASE}/api/v1/complaints?q=${encodeURIComponent(words)}`, { headers })).json() as { complaints: { description?: string }[] };
  return list.complaints.filter((one) => one.description?.includes(words)).length;
}

test('the page can be installed: manifest in both languages, icons, worker', async () => {
  for (const [path, lang] of [['/manifest.webmanifest', 'vi'], ['/manifest.en.webmanifest', 'en']] as const) {
    const answer = await fetch(`${BASE}${path}`);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/manifest\+json/);
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
    const manifest = await answer.json() as { lang: string; start_url: string; display: string; icons: { src: string; sizes: string; type: string; purpose: string }[] };
    assert.deepEqual([manifest.lang, manifest.start_url, manifest.display], [lang, '/', 'standalone']);
    for (const icon of manifest.icons) {
      const got = await fetch(`${BASE}${icon.src}`);
      assert.equal(got.headers.get('content-type'), icon.type, icon.src);
      const bytes = Buffer.from(await got.arrayBuffer());
      if (icon.type !== 'image/png') continue;
      assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, icon.sizes, icon.src);
    }
    assert.ok(manifest.icons.some((icon) => icon.purpose === 'maskable' && icon.sizes === '512x512'));
    assert.ok(manifest.icons.some((icon) => icon.purpose === 'any' && icon.sizes === '192x192'));
  }
  const worker = await fetch(`${BASE}/sw.js`);
  assert.match(worker.headers.get('content-type') ?? '', /^text\/javascript/);
  assert.equal(worker.headers.get('cache-control'), 'no-cache');
  assert.match(worker.headers.get('content-security-policy') ?? '', /default-src 'self'/);

  const { page, context, complaints, close } = await visitPhone({ offline: true });
  await controlled(page);
  const devtools = await context.newCDPSession(page);
  const manifest = await devtools.send('Page.getAppManifest');
  assert.match(manifest.url, /\/manifest\.webmanifest$/);
  assert.deepEqual(manifest.errors, []);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // A test's window has no profile of its own; that is all that may be wrong.
  assert.deepEqual(installabilityErrors.map((error) => error.errorId).filter((id) => id !== 'in-incognito'), []);
  await page.getByRole('button', { name: 'English' }).click();
  assert.match((await devtools.send('Page.getAppManifest')).url, /\/manifest\.en\.webmanifest$/);
  assert.deepEqual(complaints, []);
  await close();
});

test('without network the pages open, and what works without JavaScript leads to them', async () => {
  const { page, context, close } = await visitPhone({ offline: true });
  await controlled(page);
  await context.setOffline(true);
  await page.goto(`${BASE}/`);
  await page.locator('#description').waitFor();
  await page.locator('[data-net=offline]').waitFor();
  assert.ok(await page.locator('#category').isVisible(), 'the categories are kept');
  await page.goto(`${BASE}/report`);
  await page.locator('#description').waitFor();
  await page.goto(`${BASE}/track?code=ABCDEFGHJ`);
  await page.locator('#track-code').waitFor();
  await page.getByText('Không kết nối được với máy chủ.').waitFor();
  assert.equal(await page.inputValue('#track-code'), 'ABC DEF GHJ');
  await close();
});

test('a report written without network is kept with its photo and place, and sent once when it is back', async () => {
  const words = `Ổ gà ngoại tuyến ${Date.now()}`;
  const { page, context, close } = await visitPhone({ offline: true });
  await controlled(page);
  await context.setOffline(true);
  await write(page, words);
  await page.setInputFiles('#photo-files', [{ name: 'anh.png', mimeType: 'image/png', buffer: png(320, 200) }]);
  await page.locator('.photo.held').waitFor();
  await page.locator('.more summary').click();
  await page.fill('#reporter-name', 'Trần Ngoại Tuyến');
  await page.fill('#reporter-phone', '0912 345 678');
  await send(page);
  await page.getByRole('heading', { name: 'Đã giữ trên máy này, chưa gửi' }).waitFor();
  await page.locator('[data-queued=waiting]').waitFor();
  const waiting = await deviceText(page);
  assert.ok(waiting.includes(words) && waiting.includes('Trần Ngoại Tuyến') && /blob of \d{3,}/.test(waiting));
  assert.equal(await page.evaluate(() => sessionStorage.getItem('hotline.draft')), null, 'it is in one place');

  await page.reload();
  await page.locator('[data-queued=waiting]').waitFor(); // also after the page was closed
  assert.equal(await filedWith(words), 0);
  await context.setOffline(false);
  const code = await sentCode(page);
  const stored = await getJson<Stored>(`/api/v1/complaints/${code}`);
  assert.equal(stored.description, words);
  assert.equal(stored.attachments.length, 1);
  assert.ok(stored.occurred_at, 'when it was written, not when it was sent');
  assert.ok(Math.abs(stored.place.lon - CENTRE.lon) < 1e-4 && Math.abs(stored.place.lat - CENTRE.lat) < 1e-4);
  assert.equal(await filedWith(words), 1);

  const after_ = await deviceText(page);
  for (const gone of [words, 'Trần Ngoại Tuyến', '0912', 'blob of']) assert.ok(!after_.includes(gone), gone);
  assert.ok(after_.includes(code), 'the code is kept');
  await page.getByRole('button', { name: /Theo dõi / }).click();
  await page.locator(`.tracked .code[data-code="${code}"]`).waitFor();
  await page.locator('.queue').getByRole('button', { name: /Xóa khỏi máy này/ }).click();
  await until('nothing to be left', async () => !(await deviceText(page)).includes(code));
  await close();
});

test('when every answer is lost it waits, and comes to the one complaint that was filed', async () => {
  const words = `Mất trả lời ${Date.now()}`;
  const { page, close } = await visitPhone();
  const codes: string[] = [];
  await page.route('**/api/v1/complaints', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    const response = await route.fetch();
    codes.push(((await response.json()) as { code: string }).code);
    return route.abort('connectionreset');
  });
  await write(page, words);
  await send(page);
  await page.locator('[data-queued=waiting]').waitFor({ timeout: 30000 });
  assert.equal(codes.length, 4, 'attempts');
  await page.unroute('**/api/v1/complaints');
  await page.getByRole('button', { name: 'Gửi ngay' }).click();
  const code = await sentCode(page);
  assert.deepEqual([...new Set(codes)], [code]);
  assert.equal(await filedWith(words), 1);
  await close();
});

async function crash(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  devtools.send('Page.crash').catch(() => undefined);
  await crashed;
  await page.close();
}

test('a tab that is killed while it sends loses nothing and files it once', async () => {
  const words = `Thẻ bị tắt ${Date.now()}`;
  const { page, context, close } = await visitPhone();
  let first = '';
  await page.route('**/api/v1/complaints', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    first = ((await (await route.fetch()).json()) as { code: string }).code; // filed, and never answered
    return undefined;
  });
  await write(page, words);
  await send(page);
  await until('it to be filed', () => first);
  await crash(context, page);
  const next = await context.newPage();
  await next.goto(`${BASE}/`);
  assert.equal(await sentCode(next), first);
  assert.equal(await filedWith(words), 1);
  await close();
});

test('two pages that are open send it once', async () => {
  const words = `Hai trang ${Date.now()}`;
  const { page, context, close } = await visitPhone({ offline: true });
  await controlled(page);
  const other = await context.newPage();
  await other.goto(`${BASE}/`);
  await other.locator('#description').waitFor();
  await context.setOffline(true);
  await write(page, words);
  await send(page);
  // The form has given up too: with the network back in time it would send it itself.
  for (const each of [page, other]) await each.locator('[data-queued=waiting]').waitFor();
  await context.setOffline(false);
  const [one, two] = await Promise.all([sentCode(page), sentCode(other)]);
  assert.equal(one, two);
  assert.equal(await filedWith(words), 1);
  await close();
});

test('the browser sends it with the page closed', async () => {
  const words = `Gửi nền ${Date.now()}`;
  const { page, context, close } = await visitPhone({ offline: true });
  await controlled(page);
  await context.setOffline(true);
  await write(page, words);
  await send(page);
  await page.locator('[data-queued=waiting]').waitFor();
  const elsewhere = await context.newPage();
  const devtools = await context.newCDPSession(elsewhere);
  const registrations: string[] = [];
  devtools.on('ServiceWorker.workerRegistrationUpdated', (event) => {
    registrations.push(...event.registrations.map((one) => one.registrationId));
  });
  await page.close();
  await context.setOffline(false);
  await elsewhere.goto(`${BASE}/healthz`);
  await devtools.send('ServiceWorker.enable');
  await until('the registration', () => registrations.length > 0);
  await devtools.send('ServiceWorker.dispatchSyncEvent', { origin: BASE, registrationId: registrations[0] ?? '', tag: 'hotline-reports', lastChance: false });
  await until('the worker to have sent it', async () => (await deviceText(elsewhere)).includes('"state":"sent"'), 40000);
  assert.equal(await filedWith(words), 1);
  await close();
});

test('one that is refused says why, and comes back into the form with its photo', async () => {
  const words = `Bị từ chối ${Date.now()}`;
  const { page, context, close } = await visitPhone({ offline: true, expectedStatuses: [422] });
  await controlled(page);
  await context.setOffline(true);
  await write(page, 'x'.repeat(30000)); // longer than the service takes
  await page.setInputFiles('#photo-files', [{ name: 'hố.png', mimeType: 'image/png', buffer: png(300, 200) }]);
  await page.locator('.photo.held').waitFor();
  await send(page);
  await page.locator('[data-queued=waiting]').waitFor();
  await context.setOffline(false);
  const refused = page.locator('[data-queued=refused]');
  await refused.waitFor({ timeout: 60000 });
  assert.match(await refused.locator('.error').innerText(), /Chưa được nhận: .*dài/);
  await refused.getByRole('button', { name: 'Sửa và gửi lại' }).click();
  await page.locator('#description-error').waitFor();
  assert.equal((await page.inputValue('#description')).length, 30000);
  await page.locator('.photo.sent').waitFor();
  await page.fill('#description', words);
  await send(page);
  await page.locator('output.code').waitFor({ timeout: 20000 });
  const code = (await page.locator('output.code').getAttribute('data-code')) ?? '';
  assert.equal((await getJson<Stored>(`/api/v1/complaints/${code}`)).attachments.length, 1);
  await until('the refused one to be gone', async () => (await page.locator('.queued').count()) === 0);
  await close();
});

test('one that waits can be removed from the device, after a question', async () => {
  const words = `Xóa đi ${Date.now()}`;
  const { page, context, close } = await visitPhone({ offline: true });
  await controlled(page);
  await context.setOffline(true);
  await write(page, words);
  await send(page);
  const remove = page.locator('[data-queued=waiting]').getByRole('button', { name: /Xóa khỏi máy này/ });
  await remove.focus(); // by keyboard
  await page.keyboard.press('Enter');
  await page.getByText('Phản ánh này chưa gửi. Xóa luôn?').waitFor();
  assert.ok((await deviceText(page)).includes(words));
  await page.keyboard.press('Enter');
  await until('nothing to be left', async () => !(await deviceText(page)).includes(words));
  await context.setOffline(false);
  await close();
});

for (const lang of ['vi', 'en'] as const) {
  for (const dark of [false, true]) {
    test(`axe finds nothing wrong with what waits (${lang}, ${dark ? 'dark' : 'light'}), nor is it too wide`, async () => {
      const { page, context, close } = await visitPhone({ offline: true, lang, dark, width: 320, height: 700 });
      await controlled(page);
      await context.setOffline(true);
      await page.locator('.citizen-help summary').click();
      await write(page, `Chờ gửi ${Date.now()}`, lang);
      assert.deepEqual(await violations(page), [], 'offline');
      await send(page, lang);
      await page.locator('[data-queued=waiting]').waitFor();
      assert.deepEqual(await violations(page), [], 'waiting');
      for (const width of [320, 390]) {
        await page.setViewportSize({ width, height: 700 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth) <= 0, `${width} pixels`);
      }
      await context.setOffline(false);
      await sentCode(page);
      await page.evaluate(() => window.scrollTo(0, 0)); // nothing half below the bar that stays
      assert.deepEqual(await violations(page), [], 'sent');
      await close();
    });
  }
}

/** The service, a day later: the same with another worker, and without the parts that had other names. */
async function laterService(): Promise<{ base: string; change: (gone: string[]) => void; stop: () => Promise<void> }> {
  let gone: string[] | null = null;
  const proxy = createServer((asked, answer) => {
    const path = asked.url ?? '/';
    if (gone?.some((part) => path.includes(part))) {
      answer.writeHead(404).end();
      return;
    }
    const { 'if-none-match': _known, ...headers } = { ...asked.headers, host: new URL(BASE).host, 'accept-encoding': 'identity' };
    const passed = httpRequest(`${BASE}${path}`, { method: asked.method, headers }, (got) => {
      if (path !== '/sw.js' || !gone) {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
        return;
      }
      const parts: Buffer[] = [];
      got.on('data', (part: Buffer) => parts.push(part));
      got.on('end', () => {
        const text = Buffer.concat(parts).toString().replace(/hotline-[0-9a-f]{8}/, 'hotline-0newer00');
        answer.writeHead(200, { ...got.headers, 'content-length': Buffer.byteLength(text), etag: '"newer"' }).end(text);
      });
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy()); // a stream of events would hold this process
    asked.pipe(passed);
  });
  await new Promise<void>((done) => {
    proxy.listen(0, '127.0.0.1', done);
  });
  const { port } = proxy.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    change: (parts) => {
      gone = parts;
    },
    stop: () => new Promise((done) => {
      proxy.closeAllConnections();
      proxy.close(() => done());
    }),
  };
}

test('a new version waits, takes over when the reader says so, and leaves a page that is open whole', async () => {
  const service = await laterService();
  const context = await browser.newContext({ viewport: PHONE, reducedMotion: 'reduce', locale: 'vi-VN' });
  const first = await context.newPage();
  await first.goto(`${service.base}/?tab=track`);
  await controlled_(first, '#track-code');
  const second = await context.newPage();
  await second.goto(`${service.base}/?tab=track`);
  await second.locator('#track-code').fill('ABC');
  const names = () => first.evaluate(() => caches.keys());
  const [old] = await names();
  const kept = await first.evaluate(async (name) => (await (await caches.open(name ?? '')).keys()).map((one) => new URL(one.url).pathname), old);
  const apart = kept.find((path) => path.includes('agency_page')) ?? '';
  assert.match(apart, /agency_page/);

  service.change(['/agency_page']); // the newer service has that part under another name
  await first.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await first.getByText('Đã có phiên bản mới của trang.').waitFor();
  await second.getByText('Đã có phiên bản mới của trang.').waitFor();
  const loaded = first.waitForEvent('load');
  await first.getByRole('button', { name: 'Tải lại' }).click();
  await loaded;
  await first.locator('#track-code').waitFor();
  await until('the newer one to be the only other', async () => (await names()).length === 2 && (await names()).includes('hotline-0newer00'));
  assert.equal(await first.locator('.update-notice:visible').count(), 0);
  assert.equal(await second.inputValue('#track-code'), 'ABC', 'the other page was left alone');
  assert.ok(await second.evaluate(async (path) => (await fetch(path)).ok, apart), 'and finds what it had not loaded yet');
  await context.close();
  await service.stop();
});

test('on a phone: five steps, a small script, and no map where none is shown', async () => {
  const { page, asked, close } = await visitPhone();
  await mapReady(page);
  await page.getByRole('button', { name: 'Vị trí của tôi' }).click(); // 1
  await page.locator('.chosen .numbers').waitFor();
  await page.fill('#category', 'o ga'); // 2
  await page.locator('#category-list [role=option]').first().click(); // 3
  await page.fill('#description', `Năm bước ${Date.now()}`); // 4
  await send(page); // 5
  await page.locator('output.code').waitFor({ timeout: 20000 });
  const code = (await page.locator('output.code').getAttribute('data-code')) ?? '';
  const calls = asked.filter((address) => new URL(address).pathname.startsWith('/api/'));
  assert.ok(calls.length <= 25, `${calls.length} requests to the service`);

  const before_ = asked.length;
  await page.goto(`${BASE}/?code=${code}`);
  await page.locator('.tracked').waitFor();
  const since = asked.slice(before_).filter((address) => /city_map|map-worker|\/tiles\/|maplibre/.test(address));
  assert.deepEqual(since, [], 'following a complaint loads no map');
  const result = await page.locator('.tracked').boundingBox();
  const map = await page.locator('.map').boundingBox();
  assert.ok(result && map && result.y < map.y, 'the result comes first');
  await page.getByRole('button', { name: 'Xem trên bản đồ' }).click();
  await mapReady(page);
  assert.ok(asked.some((address) => address.includes('city_map')));
  await close();
});

test('tracking prints its result and nothing else', async () => {
  const { page, close } = await visitPhone();
  await write(page, `Để in ${Date.now()}`);
  await send(page);
  await page.locator('output.code').waitFor({ timeout: 20000 });
  await page.getByRole('button', { name: 'Theo dõi', exact: true }).click();
  await page.locator('.tracked .history').waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('.tracked .code').isVisible());
  assert.ok(await page.locator('.tracked .print-head').isVisible());
  for (const gone of ['.header', '.tab-bar', '#track-code', '.citizen-help', '.tracked .button', '.map']) {
    assert.equal(await page.locator(`${gone}:visible`).count(), 0, gone);
  }
  await close();
});

test('what is asked for more contrast has it, in forced colours too', async () => {
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const dark of [false, true]) {
    const { page, close } = await visitPhone({ dark });
    await page.emulateMedia({ contrast: 'more', colorScheme: dark ? 'dark' : 'light' });
    await page.locator('#description').waitFor();
    const pairs = await page.evaluate(() => ['.hint', '.intro', '.tab', 'label', '.button', '.button.primary'].map((selector) => {
      const element = document.querySelector(`.panel ${selector}`);
      if (!element) throw new Error(selector);
      let back: Element | null = element;
      while (back && /rgba\(0, 0, 0, 0\)|transparent/.test(getComputedStyle(back).backgroundColor)) back = back.parentElement;
      return [selector, getComputedStyle(element).color, back ? getComputedStyle(back).backgroundColor : 'rgb(255,255,255)'];
    }));
    for (const [selector, text = '', back = ''] of pairs) {
      const [x, y] = [luminance(text), luminance(back)];
      const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
      assert.ok(ratio >= 7, `${selector}: ${ratio.toFixed(1)} (${text} on ${back})`);
    }
    await page.emulateMedia({ forcedColors: 'active', contrast: 'no-preference' });
    const chosen = page.locator('.tab[aria-selected=true]');
    const other = page.locator('.tab[aria-selected=false]').first();
    const edge = (locator: typeof chosen) => locator.evaluate((e) => getComputedStyle(e).borderBottomColor);
    assert.notEqual(await edge(chosen), await edge(other), 'which tab is chosen is seen without colours');
    await clickMap(page).catch(() => undefined);
    await close();
  }
});
