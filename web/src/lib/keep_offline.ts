// Lets the pages open without network: a service worker keeps what they are made of on the device. And
// tells when a newer version of them is ready.

/** Asks the browser to; nothing depends on it. */
export async function keepOffline(): Promise<void> {
  try {
    await navigator.serviceWorker?.register('/sw.js');
  } catch (error) {
    console.debug('offline', error); // a browser that cannot, or a page without HTTPS
  }
}

function watchInstalling(registration: ServiceWorkerRegistration, ready: (worker: ServiceWorker) => void): void {
  const worker = registration.installing;
  worker?.addEventListener('statechange', () => {
    // Without a controller it is the first one, which replaces nothing.
    if (worker.state === 'installed' && navigator.serviceWorker.controller) ready(worker);
  });
}

/** Calls back with a newer version that waits. */
export function onNewVersion(ready: (worker: ServiceWorker) => void): void {
  const controlled = navigator.serviceWorker?.controller;
  if (!controlled) return;
  void navigator.serviceWorker.ready.then((registration) => {
    if (registration.waiting) ready(registration.waiting);
    watchInstalling(registration, ready);
    registration.addEventListener('updatefound', () => watchInstalling(registration, ready));
  });
}

/** Lets it take over, and loads this page again under it. Other pages that are open go on as they are. */
export function takeOver(worker: ServiceWorker): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => window.location.reload(), { once: true });
  worker.postMessage('take over');
}
