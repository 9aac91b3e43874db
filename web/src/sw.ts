// The service worker: the pages and what they are made of, kept on the device, so that they open without
// network. Answers of the service are never kept here, but for the few facts that a page starts with.

declare const OFFLINE_ASSETS: string[];
declare const OFFLINE_VERSION: string;

interface Waiting { waitUntil: (done: Promise<unknown>) => void }
interface Fetching extends Event { request: Request; respondWith: (answer: Promise<Response>) => void }

const CACHE = `hotline-${OFFLINE_VERSION}`;
/** Each page's document is the same; what it shows, its script reads from the address. */
const PAGES = ['/', '/agency'];
const FACTS = ['/api/v1/city', '/api/v1/categories', '/tiles.json'];

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([...PAGES, ...FACTS, ...OFFLINE_ASSETS]);
}

async function forgetOld(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith('hotline-') && name !== CACHE) await caches.delete(name);
  }
}

/** What the network says; without one, what was kept. */
async function fresh(request: Request, kept: string): Promise<Response> {
  try {
    const answer = await fetch(request);
    if (answer.ok) await (await caches.open(CACHE)).put(kept, answer.clone());
    return answer;
  } catch (error) {
    const old = await caches.match(kept);
    if (old) return old;
    throw error;
  }
}

async function assetOf(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

self.addEventListener('install', (event) => (event as unknown as Waiting).waitUntil(install()));
self.addEventListener('activate', (event) => (event as unknown as Waiting).waitUntil(forgetOld()));
self.addEventListener('fetch', (event) => {
  const { request, respondWith } = event as Fetching;
  const answer = respondWith.bind(event);
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && PAGES.includes(address.pathname)) answer(fresh(request, address.pathname));
  else if (FACTS.includes(address.pathname)) answer(fresh(request, address.pathname));
  else if (address.pathname.startsWith('/assets/')) answer(assetOf(request));
});
