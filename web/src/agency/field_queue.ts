// Work that was done in the field and waits to be sent: kept on the device, sent in order, each with a
// key of its own, so that however often the network fails the service does it once.

import { ApiError, fetchSession } from '../api';
import { allKept, forget, keep } from '../lib/device_store';
import { act, upload } from './api';

export interface Position { lon: number; lat: number; accuracy_m: number; at: string }

export interface Entry {
  id: string;
  login: string;
  /** Order of work. */
  at: number;
  code: string;
  title: string;
  action: string;
  version: number;
  fields: Record<string, unknown>;
  files: { id: string; name: string; type: string; blob: Blob; sent?: string }[];
  state: 'waiting' | 'sending' | 'sent' | 'refused';
  why?: string;
  /** Somebody else changed the complaint meanwhile. */
  stale?: boolean;
}

export async function queued(login: string): Promise<Entry[]> {
  const all = await allKept<Entry>('queue');
  return all.filter((entry) => entry.login === login).sort((a, b) => a.at - b.at);
}

export const putEntry = (entry: Entry): Promise<unknown> => keep('queue', entry);
export const dropEntry = (id: string): Promise<unknown> => forget('queue', id);

/** Trying again later may help: no answer, busy, or a session that has ended. */
function passing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500;
}

async function sendFiles(entry: Entry): Promise<string[]> {
  for (const file of entry.files) {
    if (file.sent) continue;
    const [made] = await upload(entry.code, [new File([file.blob], file.name, { type: file.type })], 'evidence', file.id);
    if (made) {
      file.sent = made.id;
      await putEntry(entry); // an answer that was heard is not asked for again
    }
  }
  return entry.files.flatMap((file) => file.sent ?? []);
}

async function sendOne(entry: Entry): Promise<number> {
  const attachments = await sendFiles(entry);
  const body = { action: entry.action, version: entry.version, ...entry.fields, ...(attachments.length ? { attachments } : {}) };
  return (await act(entry.code, body, entry.id)).version;
}

function reasonOf(error: ApiError): string {
  return error.errors[0]?.detail || error.message;
}

/** What waits behind it on the same complaint was done on top of it. */
async function carryOn(later: Entry[], code: string, version: number): Promise<void> {
  for (const entry of later) {
    if (entry.code !== code || entry.state !== 'waiting') continue;
    entry.version = version;
    await putEntry(entry);
  }
}

/** What was refused takes along what waits behind it on the same complaint. */
async function refuse(entry: Entry, later: Entry[], error: ApiError): Promise<void> {
  entry.state = 'refused';
  entry.why = reasonOf(error);
  entry.stale = error.errors.some((one) => one.code === 'stale');
  await putEntry(entry);
  for (const other of later) {
    if (other.code !== entry.code || other.state !== 'waiting') continue;
    await putEntry(Object.assign(other, { state: 'refused', why: entry.why, stale: entry.stale }));
  }
}

let under: Promise<void> | null = null;

async function syncAll(login: string, onChange: () => void): Promise<void> {
  const user = await fetchSession(); // also the token that changes need
  if (user?.login !== login) return;
  const entries = await queued(login);
  for (let n = 0; n < entries.length; n++) {
    const entry = entries[n];
    if (!entry || entry.state === 'sent' || entry.state === 'refused') continue;
    try {
      const version = await sendOne(entry);
      await putEntry(Object.assign(entry, { state: 'sent', files: [] }));
      await carryOn(entries.slice(n + 1), entry.code, version);
      onChange();
    } catch (error) {
      if (passing(error) || !(error instanceof ApiError)) return;
      await refuse(entry, entries.slice(n + 1), error);
      onChange();
    }
  }
}

/** Sends what waits. One at a time, also across tabs where the browser can say so. */
export function sync(login: string, onChange: () => void): Promise<void> {
  under ??= (navigator.locks ? navigator.locks.request('hotline-field', { ifAvailable: true },
    (lock) => (lock ? syncAll(login, onChange) : undefined)) : syncAll(login, onChange))
    .then(() => undefined, () => undefined)
    .finally(() => {
      under = null;
    });
  return under;
}
