// What this console asks of the service, over the same door as everything else (../api.ts).

import { request } from '../api';
import type { AgencyEntry, Attachment, Case, CaseEvent, CoReport, Directive, FormLetter, Outcome, PauseReason, Person, Purpose, ReportingPerson } from './types';

export interface Page {
  complaints: Case[];
  next: string | null;
}

const CASES = '/api/v1/complaints';

export function fetchPage(query: string, cursor: string | null, limit: number, signal: AbortSignal): Promise<Page> {
  const asked = new URLSearchParams(query);
  asked.set('limit', String(limit));
  if (cursor) asked.set('cursor', cursor);
  return request(`${CASES}?${asked}`, { signal });
}

export const fetchCase = (code: string, signal?: AbortSignal): Promise<Case> =>
  request(`${CASES}/${encodeURIComponent(code)}`, signal ? { signal } : {});

export async function fetchCaseHistory(code: string, signal?: AbortSignal): Promise<CaseEvent[]> {
  return (await request<{ history: CaseEvent[] }>(`${CASES}/${encodeURIComponent(code)}/history`,
    signal ? { signal } : {})).history;
}

function send<T>(path: string, body: unknown, key: string): Promise<T> {
  return request(path, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(body),
  });
}

export type ActionBody = { action: string; version: number } & Record<string, unknown>;

/** Does it. Repeating with the same key does it once. */
export const act = (code: string, body: ActionBody, key: string): Promise<Case> =>
  send(`${CASES}/${encodeURIComponent(code)}/actions`, body, key);

/** One thing with many; answers what came of each. */
export async function actOnMany(body: Record<string, unknown>, key: string): Promise<Outcome[]> {
  return (await send<{ outcomes: Outcome[] }>(`${CASES}/actions`, body, key)).outcomes;
}

export async function upload(code: string, files: File[], purpose: string, key: string): Promise<Attachment[]> {
  const form = new FormData();
  form.append('purpose', purpose);
  for (const file of files) form.append('file', file, file.name);
  const answer = await request<{ attachments: Attachment[] }>(
    `${CASES}/${encodeURIComponent(code)}/attachments`,
    { method: 'POST', headers: { 'Idempotency-Key': key }, body: form });
  return answer.attachments;
}

export async function fetchPurposes(code: string): Promise<Purpose[]> {
  return (await request<{ purposes: Purpose[] }>(`${CASES}/${encodeURIComponent(code)}/reporter`)).purposes;
}

/** Who reported it, in full. That one looked, and what for, is kept. */
export async function lookAtPeople(code: string, purpose: string, note: string, key: string): Promise<ReportingPerson[]> {
  return (await send<{ people: ReportingPerson[] }>(`${CASES}/${encodeURIComponent(code)}/reporter`, { purpose, ...(note ? { note } : {}) }, key)).people;
}

/** What those said who joined it. */
export async function fetchCoReports(code: string, signal: AbortSignal): Promise<CoReport[]> {
  return (await request<{ co_reports: CoReport[] }>(`${CASES}/${encodeURIComponent(code)}/reporters`, { signal })).co_reports;
}

export async function fetchAgencies(): Promise<AgencyEntry[]> {
  return (await request<{ agencies: AgencyEntry[] }>('/api/v1/agencies')).agencies;
}

/** The people of one's own agency; those of the hotline name which. */
export async function fetchColleagues(agency: string): Promise<Person[]> {
  const query = agency ? `?agency=${encodeURIComponent(agency)}` : '';
  return (await request<{ people: Person[] }>(`/api/v1/colleagues${query}`)).people;
}

export async function fetchPauseReasons(): Promise<PauseReason[]> {
  return (await request<{ pause_reasons: PauseReason[] }>('/api/v1/pause-reasons')).pause_reasons;
}

/** Answers prepared beforehand, filled in for that complaint. */
export async function fetchLetters(code: string): Promise<FormLetter[]> {
  const answer = await request<{ letters: { code: string; kind: string; name_vi: string; name_en: string; body: string; text: string | null; text_en: string | null }[] }>(
    `/api/v1/form-letters?complaint=${encodeURIComponent(code)}`);
  return answer.letters.map((one) => ({
    code: one.code, kind: one.kind, name: { vi: one.name_vi, en: one.name_en }, text: one.text ?? one.body, textEn: one.text_en ?? '',
  }));
}

/** What leaders want that is not answered yet. */
export async function fetchDirectives(signal: AbortSignal): Promise<Directive[]> {
  return (await request<{ directives: Directive[] }>('/api/v1/directives?state=open&limit=20', { signal })).directives;
}
export const fetchDirective = (id: number): Promise<Directive> => request(`/api/v1/directives/${id}`);
export const answerDirective = (one: Directive, text: string, key: string): Promise<unknown> =>
  send(`/api/v1/directives/${one.id}/actions`, { action: 'answer', version: one.version, text }, key);

export type Counts = Record<string, number>;

export async function fetchCounts(query: string, signal: AbortSignal): Promise<Counts> {
  return (await request<{ counts: Counts }>(`${CASES}/counts?${query}`, { signal })).counts;
}
