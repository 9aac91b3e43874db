// A complaint being written: its fields, what is wrong with them, and what is sent. Kept for the
// length of the browser's session, so that a reload loses nothing.

import type { Messages } from '../i18n/vi';
import { localInstant } from '../lib/time';
import type { Attachment, ComplaintDraft, FieldError, Point } from '../types';

export interface Draft {
  point: (Point & { accuracyM: number | null }) | null;
  /** The address as typed or as chosen. */
  address: string;
  category: string;
  description: string;
  occurredAt: string;
  name: string;
  phone: string;
  email: string;
  anonymous: boolean;
  /** Files that were sent already. */
  attachments: Attachment[];
}

export type DraftField = 'place' | 'category' | 'description' | 'occurredAt' | 'name' | 'phone'
  | 'email' | 'anonymous' | 'photos';
export type DraftErrors = Partial<Record<DraftField | 'other', string>>;

export const EMPTY_DRAFT: Draft = {
  point: null, address: '', category: '', description: '', occurredAt: '', name: '', phone: '',
  email: '', anonymous: false, attachments: [],
};

const STORAGE_KEY = 'hotline.draft';

export function keepDraft(draft: Draft | null): void {
  try {
    if (draft === null) window.sessionStorage.removeItem(STORAGE_KEY);
    else window.sessionStorage.setItem(STORAGE_KEY, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: the draft lives as long as the page.
  }
}

export function keptDraft(): Draft {
  try {
    const kept: unknown = JSON.parse(window.sessionStorage.getItem(STORAGE_KEY) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return EMPTY_DRAFT;
    return { ...EMPTY_DRAFT, ...(kept as Partial<Draft>) };
  } catch {
    return EMPTY_DRAFT;
  }
}

/** What can be seen to be wrong before asking the service, which judges again in any case. */
export function draftErrors(draft: Draft, t: Messages, timezone: string, now: Date): DraftErrors {
  const errors: DraftErrors = {};
  if (draft.point === null && draft.address.trim() === '') errors.place = t.report.needPlace;
  if (draft.category === '') errors.category = t.report.needCategory;
  if (draft.description.trim() === '') errors.description = t.report.needDescription;
  if (draft.email.trim() !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(draft.email.trim())) {
    errors.email = t.report.badEmail;
  }
  if (draft.occurredAt !== '') {
    const instant = new Date(localInstant(draft.occurredAt, timezone));
    if (Number.isNaN(instant.getTime()) || instant > now) errors.occurredAt = t.report.future;
  }
  return errors;
}

/** The draft as the service takes it: nothing is sent that was not filled in. */
export function draftToSend(draft: Draft, timezone: string): ComplaintDraft {
  const out: ComplaintDraft = {
    category: draft.category, description: draft.description.trim(), channel: 'web',
  };
  if (draft.point) {
    out.location = {
      lon: draft.point.lon, lat: draft.point.lat,
      ...(draft.point.accuracyM !== null ? { accuracy_m: draft.point.accuracyM } : {}),
    };
  }
  if (draft.address.trim()) out.address = draft.address.trim();
  if (draft.attachments.length > 0) out.attachments = draft.attachments.map((file) => file.id);
  if (draft.occurredAt) out.occurred_at = localInstant(draft.occurredAt, timezone);
  const reporter = {
    ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
    ...(draft.phone.trim() ? { phone: draft.phone.trim() } : {}),
    ...(draft.email.trim() ? { email: draft.email.trim() } : {}),
    ...(draft.anonymous ? { anonymous: true } : {}),
  };
  if (Object.keys(reporter).length > 0) out.reporter = reporter;
  return out;
}

/** Which field of the form a field of the service's answer belongs to. */
function formField(field: string): DraftField | 'other' {
  const name = field.replace(/^[/#.]+/, '').replace(/\//g, '.');
  if (/^(location|address|place|lon|lat|accuracy)/.test(name)) return 'place';
  if (name.startsWith('category')) return 'category';
  if (name.startsWith('description')) return 'description';
  if (name.startsWith('occurred_at')) return 'occurredAt';
  if (name.startsWith('attachments')) return 'photos';
  if (name === 'reporter.name') return 'name';
  if (name === 'reporter.phone') return 'phone';
  if (name === 'reporter.email') return 'email';
  if (name.startsWith('reporter.anonymous')) return 'anonymous';
  return 'other';
}

/** The service names what is wrong ("quá dài"); the form says it ("Quá dài."). */
function sentence(words: string): string {
  const full = /^(is|has|was|looks) /.test(words) ? `this ${words}` : words;
  return full.charAt(0).toUpperCase() + full.slice(1) + (/[.!?]$/.test(words) ? '' : '.');
}

/** The service's errors, which it puts in the reader's language, at the form's fields. */
export function serviceErrors(errors: FieldError[]): DraftErrors {
  const out: DraftErrors = {};
  for (const error of errors) {
    const field = formField(error.field);
    const text = sentence(error.detail || error.code);
    out[field] = out[field] ? `${out[field]} ${text}` : text;
  }
  return out;
}

/** Random, and the same for every attempt at sending one draft. Works without HTTPS too. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
