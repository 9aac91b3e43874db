// Complaints on their way: each is kept on this device before it is sent, with a key of its own, so
// that neither a lost network, a lost answer nor a killed tab loses it or files it twice. The page and
// the service worker both send from here; nothing in this file needs a window.
//
// They are sent without the session of whoever may be logged in: a report is a citizen's, and the
// worker that sends it later has no session either.

import { ApiError, request } from '../api';
import { allKept, forget, keep, kept } from '../lib/device_store';
import type { Attachment, Complaint, ComplaintDraft, FieldError, Lang } from '../types';
import { type Draft, newKey } from './draft';

export interface QueuedFile {
  id: string;
  name: string;
  type: string;
  /** Null: it was sent before, and is too large to be kept as well. */
  blob: Blob | null;
  sent?: string;
}

export interface Queued {
  /** Also its key, the same for every attempt. */
  id: string;
  at: string;
  /** The category's name: what is shown of it in a list. */
  title: string;
  lang: Lang;
  state: 'waiting' | 'refused' | 'sent';
  body?: ComplaintDraft;
  draft?: Draft;
  files: QueuedFile[];
  code?: string;
  errors?: FieldError[];
  why?: string;
}

const LOCK = 'hotline-reports';
const CHANNEL = 'hotline-reports';
export const SYNC_TAG = 'hotline-reports';

/** Newest first. */
export async function allQueued(): Promise<Queued[]> {
  return (await allKept<Queued>('reports')).sort((a, b) => b.at.localeCompare(a.at));
}

function tell(): void {
  if (typeof BroadcastChannel === 'undefined') return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('changed');
  channel.close();
}

/** Calls back when another page, or the worker, changed the list. */
export function onQueueChange(changed: () => void): () => void {
  if (typeof BroadcastChannel === 'undefined') return () => undefined;
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = changed;
  return () => channel.close();
}

export async function putQueued(entry: Queued): Promise<void> {
  await keep('reports', entry);
  tell();
}

export async function dropQueued(id: string): Promise<void> {
  await forget('reports', id);
  tell();
}

/** Trying again later may help: no answer, busy, or something in between gave up. */
export function passing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status === 408 || error.status === 429
    || error.status >= 500;
}

async function sendFile(file: QueuedFile): Promise<void> {
  if (!file.blob) return;
  const form = new FormData();
  form.append('file', file.blob, file.name.replace(/[/\\]/g, '_'));
  const answer = await request<{ attachments: Attachment[] }>('/api/v1/attachments', {
    method: 'POST', credentials: 'omit', headers: { 'Idempotency-Key': file.id }, body: form,
  });
  const [made] = answer.attachments;
  if (made) file.sent = made.id;
}

async function sendFiles(entry: Queued, save: (entry: Queued) => Promise<void>): Promise<string[]> {
  for (const file of entry.files) {
    if (file.sent) continue;
    await sendFile(file);
    await save(entry); // an answer that was heard is not asked for again
  }
  return entry.files.flatMap((file) => file.sent ?? []);
}

async function post(entry: Queued, attachments: string[]): Promise<Complaint> {
  const body = { ...entry.body, ...(attachments.length > 0 ? { attachments } : {}) };
  return request<Complaint>('/api/v1/complaints', {
    method: 'POST', credentials: 'omit',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': entry.id }, body: JSON.stringify(body),
  });
}

/** Files that waited too long at the service are gone there; those that are kept here are sent again. */
function filesAnew(entry: Queued): boolean {
  const again = entry.files.filter((file) => file.sent && file.blob);
  for (const file of again) {
    delete file.sent;
    file.id = newKey();
  }
  return again.length > 0;
}

/** What nobody typed, so nobody can correct. It was refused, so nothing was filed under its key. */
function mended(entry: Queued, error: unknown): boolean {
  if (!(error instanceof ApiError) || passing(error)) return false;
  const wrong = (field: string) => error.errors.some((one) => one.field.startsWith(field));
  if (wrong('occurred_at') && entry.draft?.occurredAt === '' && entry.body?.occurred_at) {
    delete entry.body.occurred_at; // this device's clock is wrong
    return true;
  }
  return wrong('attachments') && filesAnew(entry);
}

/** One attempt. What it did is in `entry` too, and saved. */
export async function sendOne(entry: Queued, save: (entry: Queued) => Promise<void>): Promise<Complaint> {
  try {
    return await post(entry, await sendFiles(entry, save));
  } catch (error) {
    if (!mended(entry, error)) throw error;
    return post(entry, await sendFiles(entry, save));
  }
}

/** What remains of one that was sent: its code and what it was about; nothing of who sent it. */
export function afterSending(entry: Queued, code: string): Queued {
  return { id: entry.id, at: entry.at, title: entry.title, lang: entry.lang, state: 'sent', files: [], code };
}

export function refusedBy(entry: Queued, error: ApiError): Queued {
  return { ...entry, state: 'refused', errors: error.errors, why: error.errors[0]?.detail || error.message };
}

/** One sender at a time, across tabs and the worker, where the browser can say so; where not, the key
 * alone keeps it from being filed twice. */
export function alone<T>(act: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request(LOCK, act) as Promise<T> : act();
}

async function flushAll(): Promise<number> {
  let left = 0;
  for (const { id } of await allQueued()) {
    const entry = await kept<Queued>('reports', id);
    if (entry?.state !== 'waiting') continue;
    try {
      const { code } = await sendOne(entry, putQueued);
      await putQueued(afterSending(entry, code));
    } catch (error) {
      if (error instanceof ApiError && !passing(error)) await putQueued(refusedBy(entry, error));
      else left++;
    }
  }
  return left;
}

/** Sends what waits, and answers how many still do. */
export function flushQueue(): Promise<number> {
  return alone(flushAll);
}
