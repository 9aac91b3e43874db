// Sends a complaint until an answer comes. The same key goes with every attempt, so however many
// arrive, the service files one.

import { ApiError, fileComplaint } from '../api';
import type { Complaint, ComplaintDraft } from '../types';

const WAITS_MS = [600, 1500, 4000];

/** True if trying again may help: no answer, busy, or a gateway in between gave up. */
function passing(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 0 || [429, 502, 503, 504].includes(error.status));
}

export async function sendWithRetries(draft: ComplaintDraft, key: string,
  onRetry: (attempt: number) => void): Promise<Complaint> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fileComplaint(draft, key);
    } catch (error) {
      const wait = WAITS_MS[attempt];
      if (!passing(error) || wait === undefined) throw error;
      await new Promise((done) => {
        window.setTimeout(done, Math.max(wait, Math.min(error.retryAfter, 10) * 1000));
      });
      onRetry(attempt + 2);
    }
  }
}
