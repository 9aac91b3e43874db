// Sends the complaint of an open form: kept on the device first, then sent until an answer comes, or
// left to wait there until the network is back.

import { ApiError, fetchComplaint } from '../api';
import { kept } from '../lib/device_store';
import type { Complaint } from '../types';
import { SYNC_TAG, type Queued, afterSending, alone, dropQueued, passing, putQueued, sendOne } from './queue';

const WAITS_MS = [600, 1500, 4000];

interface SyncingRegistration extends ServiceWorkerRegistration { sync?: { register: (tag: string) => Promise<void> } }

/** Lets the browser send what waits when the network is back, also with the page closed. */
export async function askForSync(): Promise<void> {
  try {
    const registration = await navigator.serviceWorker?.getRegistration() as SyncingRegistration | undefined;
    await registration?.sync?.register(SYNC_TAG);
  } catch {
    // Not every browser has it, and people may forbid it: the page sends when it is open.
  }
}

/** 'waiting': kept here and not sent yet. Throws the service's refusal, or ApiError 0 where it could
 * be neither sent nor kept. */
export async function submit(entry: Queued, onRetry: (attempt: number) => void): Promise<Complaint | 'waiting'> {
  const stored = await putQueued(entry).then(() => true, () => false);
  const save = (changed: Queued) => putQueued(changed).catch(() => undefined);
  return alone(async () => {
    // While this waited for its turn another page, or the worker, may have sent it.
    const now = stored ? await kept<Queued>('reports', entry.id) ?? entry : entry;
    if (now.code) return fetchComplaint(now.code);
    if (now.state === 'refused') throw new ApiError(422, now.why ?? '', now.errors);
    for (let attempt = 0; ; attempt++) {
      try {
        const complaint = await sendOne(now, save);
        if (stored) await dropQueued(entry.id);
        return complaint;
      } catch (error) {
        if (!passing(error)) {
          if (stored) await dropQueued(entry.id);
          throw error;
        }
        const wait = WAITS_MS[attempt];
        if (wait === undefined || !navigator.onLine) {
          if (!stored) throw error;
          void askForSync();
          return 'waiting';
        }
        const asked = error instanceof ApiError ? Math.min(error.retryAfter, 10) * 1000 : 0;
        await new Promise((done) => {
          setTimeout(done, Math.max(wait, asked));
        });
        onRetry(attempt + 2);
      }
    }
  });
}

/** Keeps a code that was filed here, when its reporter wants that. */
export const keepCode = (entry: Queued, code: string): Promise<void> => putQueued(afterSending(entry, code));
