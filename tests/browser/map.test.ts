// The map: what it asks for as the filters change, that a view is a link, that it is live.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import type { Browser } from 'playwright-core';
import { BASE, CENTRE, VIEW, clickMap, fileByApi, logIn, mapReady, openBrowser, until, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

/** The parameters of the newest request for a tile of that layer. */
function newest(asked: string[], layer: string, since = 0): URLSearchParams | null {
  const found = asked.slice(since).filter((address) => address.includes(`/tiles/${layer}/`)).pop();
  return found ? new URL(found).searchParams : null;
}

test('filters are in the requests for tiles and in the address', async () => {
  const { page, asked, complaints, close } = await visit(browser, `/leader${VIEW}`);
  await mapReady(page);
  const first = newest(asked, 'heatmap');
  assert.ok(first?.get('from'), 'the last 30 days at first');
  assert.equal(first?.has('category'), false);

  let since = asked.length;
  await page.getByLabel('Tìm lĩnh vực').fill('tieng on');
  await page.getByRole('checkbox', { name: 'Tiếng ồn' }).check();
  for (const layer of ['heatmap', 'complaints']) {
    await until(`${layer} tiles of the category`, () => newest(asked, layer, since)?.get('category') === 'tieng-on');
  }
  assert.equal(new URL(page.url()).searchParams.get('category'), 'tieng-on');

  since = asked.length;
  await page.getByRole('checkbox', { name: 'Đã xong' }).check();
  await until('tiles of the status', () => newest(asked, 'heatmap', since)?.get('status') === 'resolved,closed');
  await page.getByRole('checkbox', { name: 'Điện thoại' }).check();
  await until('tiles of the channel', () => newest(asked, 'heatmap', since)?.get('channel') === 'phone');

  since = asked.length;
  await page.fill('#filter-from', '2025-06-01');
  await page.fill('#filter-to', '2025-06-30');
  const dated = await until('tiles of the period', () => {
    const query = newest(asked, 'heatmap', since);
    return query?.get('to') ? query : null;
  });
  assert.equal(dated.get('from'), '2025-06-01T00:00:00+07:00', 'days are the city’s');
  assert.equal(dated.get('to'), '2025-07-01T00:00:00+07:00', 'the last day is part of it');
  // The boundaries are those of the period's last day, before the reform.
  await until('boundaries of that day', () => newest(asked, 'wards', since)?.get('at') === '2025-06-30');
  await page.getByText('Ranh giới ngày 30/06/2025').waitFor();

  await page.getByRole('button', { name: 'Bỏ lọc' }).click();
  await until('the address without filters', () => !new URL(page.url()).searchParams.has('category'));
  assert.deepEqual(complaints, []);
  await close();
});

test('an address is a view: filters and place come back with it', async () => {
  const path = `/leader?category=chieu-sang&from=2025-01-01&to=2025-03-31&hide=streets${VIEW}`;
  const { page, asked, complaints, close } = await visit(browser, path);
  await mapReady(page);
  const query = newest(asked, 'heatmap');
  assert.equal(query?.get('category'), 'chieu-sang');
  assert.equal(query.get('from'), '2025-01-01T00:00:00+07:00');
  assert.ok(await page.getByRole('checkbox', { name: /[Cc]hiếu sáng/ }).first().isChecked());
  await page.getByRole('button', { name: /Bỏ .*[Cc]hiếu sáng/ }).waitFor();
  assert.equal(await page.inputValue('#filter-to'), '2025-03-31');
  assert.equal(asked.some((address) => /\/tiles\/streets\/\d/.test(address)), false, 'a hidden layer is not asked for');
  assert.match(page.url(), /#map=15\/10\.779/);
  assert.deepEqual(complaints, []);
  await close();
});

test('nonsense in the address is left out, not passed on', async () => {
  const path = `/?category=<script>&from=2025-02-30&range=soon&at=x${VIEW}`;
  const { page, asked, complaints, close } = await visit(browser, path);
  await mapReady(page);
  const query = newest(asked, 'heatmap');
  assert.equal(query?.get('category'), null);
  assert.match(query?.get('from') ?? '', /T00:00:00\+07:00$/);
  assert.deepEqual(complaints, []);
  await close();
});

test('a complaint filed elsewhere reaches an open map without a reload', async () => {
  const { page, asked, complaints, close } = await visit(browser, `/leader?tab=latest${VIEW}`);
  await mapReady(page);
  await page.getByText('Trực tiếp').waitFor();
  await page.waitForTimeout(500);
  const since = asked.length;
  await fileByApi('Báo từ hệ thống khác');
  await until('the map to ask for its tiles again', () =>
    newest(asked, 'complaints', since) !== null && newest(asked, 'heatmap', since) !== null);
  assert.deepEqual(complaints, []);
  await close();
});

test('a leader’s panel can be put away', async () => {
  const { page, complaints, close } = await visit(browser, `/leader${VIEW}`);
  await mapReady(page);
  const toggle = page.getByRole('button', { name: 'Ẩn bảng điều khiển' });
  await toggle.click();
  await page.locator('#panel').waitFor({ state: 'hidden' });
  const shown = page.getByRole('button', { name: 'Hiện bảng điều khiển' });
  assert.equal(await shown.getAttribute('aria-expanded'), 'false');
  await shown.click();
  await page.locator('#panel').waitFor({ state: 'visible' });
  // A click on a leader's map looks; it does not begin a complaint.
  await clickMap(page, 0.8, 0.8);
  assert.equal(await page.locator('.pin').count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test('who is logged in sees each complaint where it is, and comes to it by a click', async () => {
  const near = (degrees: number) => Math.round((degrees + (Math.random() - 0.5) * 0.008) * 1e6) / 1e6;
  const at = { lon: near(CENTRE.lon), lat: near(CENTRE.lat) };
  const filed = await fileByApi('Để lãnh đạo xem', at);
  const { page, complaints, close } = await visit(browser, `/leader#map=18/${at.lat}/${at.lon}`);
  await mapReady(page);
  const exact = page.waitForResponse((response) => response.url().includes('/tiles/complaints/'));
  await logIn(page, 'lanhdao');
  await exact;
  // The panel covers the map's left side, so its middle is to the right of the window's.
  const panel = await page.locator('#panel').boundingBox();
  const map = await page.locator('.map-canvas').boundingBox();
  assert.ok(panel && map);
  const left = panel.x + panel.width + 16;
  const button = page.getByRole('button', { name: 'Xem chi tiết' });
  await until('the complaint under the pointer', async () => {
    await page.mouse.click((left + map.x + map.width) / 2, map.y + map.height / 2);
    return button.isVisible();
  });
  assert.equal(await page.locator('.popup-code').innerText(), filed.code);
  await button.click();
  await page.locator('.tracked .decision').waitFor();
  assert.equal(await page.locator('.tracked .code').getAttribute('data-code'), filed.code);

  await page.reload();
  await page.getByRole('button', { name: 'Đăng xuất' }).click();
  await page.getByRole('button', { name: 'Đăng nhập' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('a complaint can be followed by its code, and a link to it works', async () => {
  const filed = await fileByApi('<img src=x onerror=alert(1)> Cống nghẹt', CENTRE, 'thoat-nuoc');
  const { page, complaints, close } = await visit(browser, '/?tab=track', { expectedStatuses: [400, 404, 422] });
  await page.fill('#track-code', `${filed.code.slice(0, 3)} ${filed.code.slice(3).toLowerCase()}`);
  await page.getByRole('button', { name: 'Tra cứu', exact: true }).click();
  const card = page.locator('.tracked');
  await card.waitFor();
  assert.equal(await card.locator('.code').getAttribute('data-code'), filed.code);
  assert.equal(await card.locator('img').count(), 0, 'words are words');
  await card.locator('.decision').waitFor();
  assert.ok((await card.locator('.decision-agency dd').innerText()).includes(filed.assignment.agency.name));
  assert.equal(new URL(page.url()).searchParams.get('code'), filed.code);
  await page.reload();
  await card.waitFor();

  await page.fill('#track-code', 'KKKKKKKKK');
  await page.getByRole('button', { name: 'Tra cứu', exact: true }).click();
  await page.getByText('Không có phản ánh nào mang mã này').waitFor();
  await page.goBack();
  await card.waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('the list of layers switches, fades and remembers; a click tells a feature’s attributes', async () => {
  const { page, asked, complaints, close } = await visit(browser, `/leader#map=12/${CENTRE.lat}/${CENTRE.lon}`);
  await mapReady(page);
  const flood = page.getByRole('checkbox', { name: /Điểm ngập/ });
  if (await flood.count() === 0) return void await close(); // a city without the examples
  assert.equal(await flood.isChecked(), false, 'off until asked for');
  assert.ok(!asked.some((address) => address.includes('/tiles/flood-points/')));
  await flood.focus();
  await page.keyboard.press('Space'); // by keyboard alone
  await until('its tiles', () => asked.some((address) => address.includes('/tiles/flood-points/')));
  const slider = page.getByRole('slider', { name: /Độ đậm.*Điểm ngập/ });
  await slider.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft');
  await until('the address', () => new URL(page.url()).searchParams.get('opacity') === 'flood-points:60');
  const hidden = new URL(page.url()).searchParams.get('hide') ?? '';
  assert.ok(!hidden.split(',').includes('flood-points') && hidden.split(',').includes('works'));
  assert.ok(await page.locator('.layer-group .swatch').count() > 3, 'a legend');

  // The same view from its address.
  await page.reload();
  await mapReady(page);
  assert.equal(await page.getByRole('checkbox', { name: /Điểm ngập/ }).isChecked(), true);
  assert.equal(await page.getByRole('slider', { name: /Điểm ngập/ }).inputValue(), '60');

  const since = asked.length;
  await page.getByLabel('Các lớp vào lúc').fill('2026-01-05T09:30');
  await page.getByRole('checkbox', { name: /Công trình trên đường/ }).check();
  await until('tiles of that instant', () => newest(asked, 'works', since)?.get('at') === '2026-01-05T09:30');
  assert.deepEqual(complaints, []);
  await close();

  const place = await firstFeature('flood-points');
  const near = await visit(browser,
    `/leader?hide=heatmap,complaints,works&lang=vi#map=16/${place.lat}/${place.lon}`);
  await mapReady(near.page);
  const box = await near.page.locator('.map-canvas').boundingBox();
  const panel = await near.page.locator('#panel').boundingBox();
  assert.ok(box && panel);
  const left = panel.x + panel.width + 16; // the map's middle is that of what the panel leaves
  await near.page.mouse.click((left + box.x + box.width) / 2, box.y + box.height / 2);
  const popup = near.page.locator('.maplibregl-popup');
  await popup.getByText('Điểm ngập').waitFor();
  await popup.getByText('depth cm').waitFor();
  await popup.getByText(place.name).first().waitFor();
  await near.close();
});

/** Where some feature of a layer of points is, out of its tiles. */
async function firstFeature(layer: string): Promise<{ lon: number; lat: number; name: string }> {
  const z = 13;
  const n = 2 ** z;
  const x0 = Math.floor(((CENTRE.lon + 180) / 360) * n);
  const y0 = Math.floor(((1 - Math.asinh(Math.tan((CENTRE.lat * Math.PI) / 180)) / Math.PI) / 2) * n);
  for (let step = 0; step < 49; step++) {
    const [x, y] = [x0 + (step % 7) - 3, y0 + Math.floor(step / 7) - 3];
    const answer = await fetch(`${BASE}/tiles/${layer}/${z}/${x}/${y}.mvt`);
    if (answer.status !== 200) continue;
    const found = new VectorTile(new Pbf(new Uint8Array(await answer.arrayBuffer()))).layers[layer]?.feature(0);
    const [lon, lat] = (found?.toGeoJSON(x, y, z).geometry as { coordinates: [number, number] } | undefined)
      ?.coordinates ?? [NaN, NaN];
    if (found && lon === lon) return { lon, lat, name: String(found.properties['name']) };
  }
  throw new Error(`no feature of ${layer} near the middle`);
}
