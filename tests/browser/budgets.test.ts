// What a page may cost, in bytes and requests, never in time: the script each console starts with, the
// map's code only where a map is, and a city of fifty thousand complaints that comes as tiles.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import type { Browser, Page } from 'playwright-core';
import { Postgres } from '../api/lib/postgres';
import { Server } from '../api/lib/server';
import { logIn, mapReady, openBrowser, until, visit } from './harness';

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const INITIAL_JS_LIMIT = 120 * 1024;
const MAP_SCRIPT = /city_map|map-worker/;

/** Each script that the page loads from now on, with its bytes as sent by a server that compresses. */
function scriptsOf(page: Page): { address: string; size: number }[] {
  const scripts: { address: string; size: number }[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    void response.body().then((body) => {
      scripts.push({ address: response.url(), size: gzipSync(body).length });
    }, () => undefined); // of a page that was left meanwhile
  });
  return scripts;
}

// `map`: whether that view has one.
for (const { path, login, shown, map } of [
  { path: '/', login: null, shown: '.tab-panel', map: true },
  { path: '/leader', login: 'lanhdao', shown: '.tab-panel', map: true },
  { path: '/operator', login: 'dienthoaivien', shown: '#caller-number', map: true },
  { path: '/agency', login: 'canbo', shown: '.inbox [role=status]', map: true },
  { path: '/admin', login: 'quantri', shown: '#sets-title', map: true },
  { path: '/admin?section=agencies', login: 'quantri', shown: '.admin-panel', map: false },
]) {
  test(`the script that ${path} starts with is small, and the map's comes ${map ? 'apart from it' : 'not at all'}`, async () => {
    const { page, close } = await visit(browser, path);
    if (login) await logIn(page, login);
    const scripts = scriptsOf(page);
    await page.reload();
    await page.locator(shown).first().waitFor();
    let had = -1;
    await until('no more scripts to come', async () => {
      const before = had;
      had = scripts.length;
      await page.waitForTimeout(500);
      return before === scripts.length;
    });
    if (map) await until('the map’s script', () => scripts.some((s) => s.address.includes('city_map')));
    assert.equal(scripts.some((s) => MAP_SCRIPT.test(s.address)), map);
    const size = scripts.filter((s) => !MAP_SCRIPT.test(s.address)).reduce((sum, script) => sum + script.size, 0);
    assert.ok(size > 1000, 'something was measured');
    assert.ok(size <= INITIAL_JS_LIMIT, `${size} bytes gzipped`);
    await close();
  });
}

const MANY = 50000;

/** So many complaints more within two kilometres of the city's middle, each given to whoever has the first one. */
const FILL = `SET session_replication_role = replica;
  INSERT INTO hotline.complaints (id, code, received_at, updated_at, channel, status, category_id, description, geom,
    place_match, place_confidence, ward_id, agency_id, due_at, reason_vi, reason_en)
  SELECT 50000000 + n, translate(lpad((50000000 + n)::text, 9, '0'), '', ''), now() - n * interval '1 second', now(), 'web',
    'received', c.category_id, 'x', ST_SetSRID(ST_Point(106.6875 + (n % 250) * 0.0001, 10.77 + (n / 250) * 0.0001), 4326),
    'coordinate', 0.9, c.ward_id, c.agency_id, now() + interval '3 days', '-', '-'
  FROM (SELECT * FROM hotline.complaints WHERE geom IS NOT NULL ORDER BY id LIMIT 1) c,
    generate_series(1, ${MANY}) n`;

/** What the tiles of single complaints and their clusters stand for, and what they cost. */
async function told(addresses: string[]): Promise<{ tiles: number; complaints: number; features: number; bytes: number }> {
  const sum = { tiles: addresses.length, complaints: 0, features: 0, bytes: 0 };
  for (const address of addresses) {
    const body = new Uint8Array(await (await fetch(address)).arrayBuffer());
    const layer = body.length ? new VectorTile(new Pbf(body)).layers['complaints'] : undefined;
    for (let i = 0; i < (layer?.length ?? 0); i++) sum.complaints += Number(layer?.feature(i).properties['count'] ?? 1);
    sum.features += layer?.length ?? 0;
    sum.bytes += body.length;
  }
  return sum;
}

test('fifty thousand complaints are on the map by a few tiles, and none is left out', async () => {
  const database = await Postgres.shared().cityDatabase();
  await database.sql(FILL);
  const placed = await database.number('SELECT count(*) FROM hotline.complaints WHERE geom IS NOT NULL');
  const server = await Server.start(database);
  const { page, asked, close } = await visit(browser, '/?from=2020-01-01#map=14.6/10.78/106.7', { base: server.base });
  await mapReady(page);
  const counts = await told([...new Set(asked.filter((address) => address.includes('/tiles/complaints/')))]);
  assert.ok(counts.complaints >= MANY && counts.complaints <= placed, `${counts.complaints} complaints`);
  assert.ok(counts.tiles <= 12, `${counts.tiles} tiles`);
  assert.ok(counts.bytes <= 200 * 1024 && counts.features < MANY / 4, `${counts.features} features in ${counts.bytes} bytes`);
  assert.ok(asked.filter((address) => /\/tiles\/(heat|heatmap)\//.test(address)).length <= 60, 'the heatmap’s pictures fill the view and little more');
  const lists = asked.filter((address) => /\/api\/v1\/complaints\?/.test(address));
  assert.ok(lists.length <= 2, `asked for lists: ${lists.join(' ')}`);
  await close();
  await server.stop();
  await database.drop();
});
