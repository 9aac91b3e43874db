// A small store on this device that survives reloads and lost networks, photos included.
//
// What a newer page adds gets a database of its own: a page that is still open from before cannot open
// one whose version has grown.

const VERSION = 1;
const DATABASES = { hotline: ['queue', 'kept'], 'hotline-reports': ['reports'] } as const;
export type StoreName = (typeof DATABASES)[keyof typeof DATABASES][number];

function databaseOf(store: StoreName): keyof typeof DATABASES {
  return store === 'reports' ? 'hotline-reports' : 'hotline';
}

function opened(name: keyof typeof DATABASES): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(name, VERSION);
    asked.onupgradeneeded = () => {
      for (const store of DATABASES[name]) asked.result.createObjectStore(store, { keyPath: 'id' });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error ?? new Error('no store'));
  });
}

async function run<T>(store: StoreName, mode: IDBTransactionMode, act: (objects: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened(databaseOf(store));
  try {
    return await new Promise<T>((done, fail) => {
      const transaction = database.transaction(store, mode);
      const asked = act(transaction.objectStore(store));
      transaction.oncomplete = () => done(asked.result);
      transaction.onerror = () => fail(transaction.error ?? new Error('not kept'));
      transaction.onabort = () => fail(transaction.error ?? new Error('not kept'));
    });
  } finally {
    database.close();
  }
}

/** Resolves once it is kept for good. */
export const keep = (store: StoreName, value: { id: string }): Promise<unknown> => run(store, 'readwrite', (objects) => objects.put(value));
export const kept = <T>(store: StoreName, id: string): Promise<T | undefined> => run(store, 'readonly', (objects) => objects.get(id) as IDBRequest<T | undefined>);
export const allKept = <T>(store: StoreName): Promise<T[]> => run(store, 'readonly', (objects) => objects.getAll() as IDBRequest<T[]>);
export const forget = (store: StoreName, id: string): Promise<unknown> => run(store, 'readwrite', (objects) => objects.delete(id));
