// What was saved and the service has not yet answered for. Each item is a row of requests with keys
// that never change, kept on this machine until every one was answered: sent again for as long as no
// answer comes, done once however often it is sent. A later request may speak of the code that the
// first one gave.

import { ApiError, request } from '../api';
import type { Complaint, FieldError } from '../types';
import type { CallDraft } from './call_draft';
import { all, drop, put } from './store';

export interface Step {
  path: string;
  key: string;
  /** As it was first sent, byte for byte: a key stands for one body. */
  body: string;
}

export interface Unsent {
  id: string;
  login: string;
  at: number;
  steps: Step[];
  /** Of the complaint, once the first step was answered. */
  code: string;
  /** To go back to, should the service refuse it. */
  draft: CallDraft;
  refused?: string;
}

export const CODE = '{code}';
const PREFIX = 'hotline.unsent.';
const KEEP_MS = 7 * 24 * 3600 * 1000;

/** Where a browser keeps nothing, as long as the page lives. */
const memory = new Map<string, Unsent>();

export function keepUnsent(item: Unsent): void {
  memory.set(item.id, item);
  put(`${PREFIX}${item.id}`, JSON.stringify(item));
}

export function dropUnsent(id: string): void {
  memory.delete(id);
  drop(`${PREFIX}${id}`);
}

/** The oldest first. */
export function keptUnsent(login: string): Unsent[] {
  const found = new Map([...memory].filter(([, item]) => item.login === login));
  for (const [name, text] of all(PREFIX)) {
    try {
      const item = JSON.parse(text) as Unsent;
      if (Date.now() - item.at > KEEP_MS) drop(name);
      else if (item.login === login) found.set(item.id, memory.get(item.id) ?? item);
    } catch {
      drop(name);
    }
  }
  return [...found.values()].sort((a, b) => a.at - b.at);
}

export type Sent =
  | { kind: 'done'; answer: Complaint | null; code: string }
  /** No answer, busy, or not logged in: it is sent again later. */
  | { kind: 'later'; status: number; retryAfter: number }
  | { kind: 'refused'; status: number; message: string; errors: FieldError[] };

const ANSWER_MS = 12000;
const PASSING = [0, 401, 403, 408, 425, 429, 500, 502, 503, 504];

async function post(step: Step, code: string): Promise<Complaint | null> {
  // The first step has no code yet, and its words may hold anything.
  const fill = (text: string) => (code ? text.split(CODE).join(code) : text);
  const stop = new AbortController(); // a connection that hangs is no connection
  const timer = window.setTimeout(() => stop.abort(), ANSWER_MS);
  try {
    return await request<Complaint | null>(fill(step.path), {
      method: 'POST', signal: stop.signal,
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': step.key },
      body: fill(step.body),
    });
  } finally {
    window.clearTimeout(timer);
  }
}

/** Sends what is left of an item, once. What comes after the complaint itself is not worth keeping it for. */
export async function sendUnsent(item: Unsent, onAnswer: (answer: Complaint) => void): Promise<Sent> {
  let answer: Complaint | null = null;
  while (item.steps.length > 0) {
    const step = item.steps[0] as Step;
    try {
      const got = await post(step, item.code);
      if (!item.code && got) {
        answer = got;
        item.code = got.code;
        onAnswer(got);
      }
    } catch (error) {
      if (!(error instanceof ApiError) || PASSING.includes(error.status)) {
        const known = error instanceof ApiError ? error : new ApiError(0, String(error));
        return { kind: 'later', status: known.status, retryAfter: known.retryAfter };
      }
      if (!item.code) return { kind: 'refused', status: error.status, message: error.message, errors: error.errors };
      console.warn('after filing', step.path, error.status);
    }
    item.steps = item.steps.slice(1);
    keepUnsent(item);
  }
  dropUnsent(item.id);
  return { kind: 'done', answer, code: item.code };
}
