// Lets the pages open without network: a service worker keeps what they are made of on the device.

/** Asks the browser to; nothing depends on it. */
export async function keepOffline(): Promise<void> {
  try {
    await navigator.serviceWorker?.register('/sw.js');
  } catch (error) {
    console.debug('offline', error); // a browser that cannot, or a page without HTTPS
  }
}
