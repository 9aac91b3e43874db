// The service worker: the pages and what they are made of, kept on the device, so that they open without
// network; and the sender of reports that wait. Answers of the service are never kept here, but for the
// few facts that a page starts with.
//
// A new version is installed beside the old one and waits. It takes over when no page of the old one is
// open, or when a reader says so (web/src/shell/update.tsx). What the version before it kept stays until
// the next one, so that a page that is still open finds the parts it has not loaded yet.

import { setApiLanguage } from './api';
import { SYNC_TAG, allQueued, flushQueue } from './report/queue';

declare const OFFLINE_ASSETS: string[];
declare const OFFLINE_VERSION: string;

interface Waiting { waitUntil: (done: Promise<unknown>) => void }
interface Fetching extends Event { request: Request; respondWith: (answer: Promise<Response>) => void }
interface Syncing extends Event, Waiting { tag: string }
interface Worker { skipWaiting: () => Promise<void>; clients: { claim: () => Promise<void> } }

const CACHE = `hotline-${OFFLINE_VERSION}`;
/** Each page's document is the same; what it shows, its script reads from the address. */
const PAGES = ['/', '/agency'];
/** What works without JavaScript has its like at /, which works without network. */
const PLAIN: Record<string, string> = { '/report': '/', '/track': '/?tab=track' };
const ICON = '/icon.svg';
const FACTS = ['/api/v1/city', '/api/v1/categories', '/tiles.json'];
/** A network that says nothing for so long is none to a reader who waits for a page that is here. */
const PATIENCE_MS = 4000;

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([...PAGES, ...FACTS, ICON, ...OFFLINE_ASSETS]);
}

/** All but this version and the one before it: the browser lists them in the order they were made. */
async function forgetOld(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith('hotline-') && name !== CACHE);
  for (const name of names.slice(0, -1)) await caches.delete(name);
}

async function ours(kept: string): Promise<Response | undefined> {
  return (await caches.open(CACHE)).match(kept);
}

/** What the network says; without one, the document that belongs to the kept parts. */
async function page(request: Request, kept: string): Promise<Response> {
  const old = await ours(kept);
  if (!old) return fetch(request);
  const late = new Promise<Response>((done) => {
    setTimeout(() => done(old), PATIENCE_MS);
  });
  return Promise.race([fetch(request).catch(() => old), late]);
}

async function plainPage(request: Request, instead: string): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    const code = new URL(request.url).searchParams.get('code');
    return Response.redirect(code && instead !== '/' ? `${instead}&code=${encodeURIComponent(code)}` : instead, 302);
  }
}

/** What the network says, kept; without one, what was kept. */
async function fact(request: Request, kept: string): Promise<Response> {
  try {
    const answer = await fetch(request);
    if (answer.ok) await (await caches.open(CACHE)).put(kept, answer.clone());
    return answer;
  } catch (error) {
    const old = await ours(kept);
    if (old) return old;
    throw error;
  }
}

/** Its name holds a hash of its content: what was kept once is right for ever. */
async function asset(request: Request): Promise<Response> {
  const old = await caches.match(request);
  if (old) return old;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

/** The browser calls again, later and later, while this fails. */
async function sendReports(): Promise<void> {
  const [newest] = await allQueued();
  if (newest) setApiLanguage(newest.lang);
  if (await flushQueue() > 0) throw new Error('some reports still wait');
}

self.addEventListener('install', (event) => (event as unknown as Waiting).waitUntil(install()));
self.addEventListener('activate', (event) => (event as unknown as Waiting).waitUntil(forgetOld()));
self.addEventListener('message', (event) => {
  if (event.data === 'take over') void (self as unknown as Worker).skipWaiting();
});
self.addEventListener('sync', (event) => {
  const { tag } = event as Syncing;
  if (tag === SYNC_TAG) (event as unknown as Waiting).waitUntil(sendReports());
});
self.addEventListener('fetch', (event) => {
  const { request, respondWith } = event as Fetching;
  const answer = respondWith.bind(event);
  const address = new URL(request.url);
  const { pathname } = address;
  if (request.method !== 'GET' || address.origin !== self.location.origin) return;
  const plain = PLAIN[pathname];
  if (request.mode === 'navigate' && PAGES.includes(pathname)) answer(page(request, pathname));
  else if (request.mode === 'navigate' && plain) answer(plainPage(request, plain));
  else if (FACTS.includes(pathname)) answer(fact(request, pathname));
  else if (pathname.startsWith('/assets/') || pathname === ICON) answer(asset(request));
});
