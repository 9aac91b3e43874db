// How pressing a complaint is, from what the list says of it.

import type { Case } from './types';

export type Urgency = 'late' | 'risk' | 'soon' | 'calm' | 'paused' | 'done';

const DONE = ['resolved', 'closed', 'rejected', 'referred'];
/** The last part of its time in which a complaint counts as at risk. */
const RISK_SHARE = 0.2;
const SOON_MS = 24 * 3600000;

export function isDone(status: string): boolean {
  return DONE.includes(status);
}

export function dueOf(one: Case): number {
  return Date.parse(one.assignment?.deadline ?? '');
}

export function urgencyOf(one: Case, now: number): Urgency {
  if (isDone(one.status)) return 'done';
  if (one.status === 'waiting') return 'paused';
  const due = dueOf(one);
  if (one.late === true || (one.late === undefined && due <= now)) return 'late';
  const received = Date.parse(one.received_at ?? '');
  const left = due - now;
  if (one.at_risk ?? left < (due - received) * RISK_SHARE) return 'risk';
  return left < SOON_MS ? 'soon' : 'calm';
}

/** Whole days and hours, or hours and minutes, or minutes: as many as one looks at. */
export function spanParts(ms: number): { days: number; hours: number; minutes: number } {
  const minutes = Math.floor(Math.abs(ms) / 60000);
  return { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 };
}
