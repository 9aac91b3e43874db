// What the browser tests share. They act on a running service, HOTLINE=http://127.0.0.1:8022, whose
// city is Ho Chi Minh City (the demo city or the real one), with Debian's Chromium.

import { readFileSync } from 'node:fs';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';

export const BASE = (process.env['HOTLINE'] ?? 'http://127.0.0.1:8022').replace(/\/$/, '');

/** Near the city's post office: inside the city in both generations of boundaries. */
export const CENTRE = { lon: 106.70005, lat: 10.77985 };
export const VIEW = `#map=15/${CENTRE.lat}/${CENTRE.lon}`;

/** The map's drawing is done by the processor, for want of anything else; the rest of a page goes no way round by it. */
export const FLAGS = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-gpu-compositing', '--disable-gpu-rasterization',
  '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** Errors that the page or its policy reported, and failed requests that nobody expected. */
  complaints: string[];
  /** Every address that was asked for. */
  asked: string[];
  close: () => Promise<void>;
}

export interface VisitOptions {
  width?: number;
  height?: number;
  dark?: boolean;
  lang?: 'vi' | 'en';
  /** Answers with these statuses are part of the test, so the browser's noise about them is not. */
  expectedStatuses?: number[];
  /** Pages may keep themselves for when there is no network. */
  offline?: boolean;
  /** Of a service of the test's own. */
  base?: string;
}

export async function visit(browser: Browser, path: string, options: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
    colorScheme: options.dark ? 'dark' : 'light',
    locale: 'vi-VN',
    reducedMotion: 'reduce',
    serviceWorkers: options.offline ? 'allow' : 'block',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const asked: string[] = [];
  const expected = (options.expectedStatuses ?? []).map((status) => `status of ${status}`);
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    if (expected.some((text) => message.text().includes(text))) return;
    complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => asked.push(request.url()));
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()}: ${response.url()}`);
  });
  const [before, hash] = path.split('#');
  const address = options.lang
    ? `${before}${before?.includes('?') ? '&' : '?'}lang=${options.lang}${hash ? `#${hash}` : ''}` : path;
  await page.goto(`${options.base ?? BASE}${address}`);
  return { page, context, complaints, asked, close: () => context.close() };
}

/** Polls until the check answers something true, or fails with what was waited for. */
export async function until<T>(what: string, check: () => Promise<T> | T, timeoutMs = 20000):
Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value as NonNullable<T>;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Until the map is open and has drawn everything it asked for. */
export async function mapReady(page: Page): Promise<void> {
  await page.locator('.map[data-state=ready]').waitFor({ timeout: 30000 });
  await until('the map to be idle', () =>
    page.evaluate(() => document.querySelector<HTMLElement>('.map-canvas')?.dataset['idle']), 30000);
}

/** Clicks on the map at a share of its width and height. */
export async function clickMap(page: Page, x = 0.5, y = 0.5): Promise<void> {
  const box = await page.locator('.map-canvas').boundingBox();
  if (!box) throw new Error('there is no map to click on');
  await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
}

/** Chooses a category in the form by typing its name without tones. */
export async function chooseCategory(page: Page, typed: string): Promise<void> {
  await page.fill('#category', typed);
  await page.locator('#category-list [role=option]').first().click();
}

export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

export function tileOf(point: { lon: number; lat: number }, z: number): TileAddress {
  const sine = Math.sin((point.lat * Math.PI) / 180);
  const scale = 2 ** z;
  return {
    z,
    x: Math.floor(((point.lon + 180) / 360) * scale),
    y: Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * scale),
  };
}

/** The properties of a layer's features in the tile that covers the point. */
export async function tileFeatures(layer: string, at: TileAddress): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${BASE}/tiles/${layer}/${at.z}/${at.x}/${at.y}.mvt`);
  if (response.status === 204) return [];
  if (!response.ok) throw new Error(`tile: ${response.status}`);
  const tile = new VectorTile(new Pbf(new Uint8Array(await response.arrayBuffer())));
  const found = tile.layers[layer];
  if (!found) return [];
  return Array.from({ length: found.length }, (_, index) => ({ ...found.feature(index).properties }));
}

export async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(`${BASE}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as T;
}

export interface Filed {
  code: string;
  place: { lon: number; lat: number };
  assignment: { agency: { code: string; name: string }; deadline: string; reason: unknown };
}

/** Files one without the pages, as another browser would. */
export async function fileByApi(description: string, at = CENTRE, category = 'tieng-on'): Promise<Filed> {
  const response = await fetch(`${BASE}/api/v1/complaints`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ category, description, channel: 'web', location: at }),
  });
  if (response.status !== 201) throw new Error(`filing: ${response.status} ${await response.text()}`);
  return (await response.json()) as Filed;
}

/** The demo city's logins and passwords, as `hotline user --demo-logins` tells them. */
const PASSWORDS = new Map((process.env['HOTLINE_LOGINS'] ?? '').split(/\s+/).filter(Boolean)
  .map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const));

export function passwordOf(login: string): string {
  const password = PASSWORDS.get(login);
  if (!password) throw new Error(`HOTLINE_LOGINS has no ${login}`);
  return password;
}

/** Logs in by the page's own dialog, and waits until the page knows who one is. */
export async function logIn(page: Page, login: string, password = passwordOf(login)): Promise<void> {
  await page.locator('.header-end .in-header').click();
  await page.fill('#login-name', login);
  await page.fill('#login-password', password);
  await page.locator('dialog[open] button[type=submit]').click();
  await page.locator('.user-name').waitFor({ state: 'attached' });
}

/** A session without a browser: the headers that its requests carry. */
export async function sessionOf(login: string): Promise<Record<string, string>> {
  const answer = await fetch(`${BASE}/api/v1/session`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password: passwordOf(login) }),
  });
  if (answer.status !== 200) throw new Error(`logging in as ${login}: ${answer.status} ${await answer.text()}`);
  const { csrf } = await answer.json() as { csrf: string };
  return { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, Cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const EVERY_RULE = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Those that look at colours: what else there is the same page says in any colour scheme. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What axe finds wrong on the page, or in the part a selector names: every rule of WCAG 2.2 A and AA that it has, and its best practices; or some rules. */
export async function violations(page: Page, part?: string, rules?: string[]): Promise<string[]> {
  await page.evaluate(AXE); // through the debugger, so the page's own policy stays as it is
  const result = await page.evaluate(async ({ within, runOnly }) => {
    const { axe } = window as unknown as { axe: { run: (context: unknown, options: object) => Promise<unknown> } };
    return axe.run(within ?? document, { runOnly });
  }, { within: part, runOnly: rules ?? EVERY_RULE }) as { violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[] };
  return result.violations.flatMap((v) => v.nodes.map((node) =>
    `${v.id} at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`));
}
