// Small texts kept on this machine, by name. Local storage answers at once but reaches the disk seconds
// later, so a browser that is killed forgets the last of it; a database of the browser's reaches the disk
// when it says so. Each text goes into both, and what only the database has comes back at the start.

const DATABASE = 'hotline';
const STORE = 'kept';

function open(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error ?? new Error('no database'));
  });
}

let database: Promise<IDBDatabase | null> | null = null;

function opened(): Promise<IDBDatabase | null> {
  database ??= typeof indexedDB === 'undefined' ? Promise.resolve(null) : open().catch(() => null);
  return database;
}

async function change(run: (store: IDBObjectStore) => void): Promise<void> {
  const found = await opened();
  if (found) run(found.transaction(STORE, 'readwrite', { durability: 'relaxed' }).objectStore(STORE));
}

export function put(name: string, text: string): void {
  try {
    window.localStorage.setItem(name, text);
  } catch {
    // A full or forbidden store; the database may still take it.
  }
  change((store) => store.put(text, name)).catch(() => undefined);
}

export function drop(name: string): void {
  try {
    window.localStorage.removeItem(name);
  } catch {
    // As above.
  }
  change((store) => store.delete(name)).catch(() => undefined);
}

/** Every kept text whose name begins so. */
export function all(prefix: string): [string, string][] {
  try {
    return Object.keys(window.localStorage).filter((name) => name.startsWith(prefix))
      .flatMap((name): [string, string][] => {
        const text = window.localStorage.getItem(name);
        return text === null ? [] : [[name, text]];
      });
  } catch {
    return [];
  }
}

function entries(found: IDBDatabase): Promise<[string, string][]> {
  return new Promise((done, fail) => {
    const out: [string, string][] = [];
    const asked = found.transaction(STORE).objectStore(STORE).openCursor();
    asked.onerror = () => fail(asked.error ?? new Error('no cursor'));
    asked.onsuccess = () => {
      const at = asked.result;
      if (!at) {
        done(out);
        return;
      }
      if (typeof at.value === 'string') out.push([String(at.key), at.value]);
      at.continue();
    };
  });
}

/** When a text was kept: each is an object with "at". */
function keptAt(text: string | null): number {
  try {
    return Number((JSON.parse(text ?? '{}') as { at?: number }).at ?? 0);
  } catch {
    return 0;
  }
}

/** Brings back what a killed browser's local storage has lost. */
export async function recover(): Promise<void> {
  try {
    const found = await opened();
    if (!found) return;
    for (const [name, text] of await entries(found)) {
      if (keptAt(text) > keptAt(window.localStorage.getItem(name))) window.localStorage.setItem(name, text);
    }
  } catch {
    // Then local storage is all there is.
  }
}
