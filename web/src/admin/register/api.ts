// The register of administrators: what is asked of the service and what it answers (docs/admin.md).

import { request } from '../../api';

export interface Period { valid_from: string | null; valid_to: string | null; state: 'in_force' | 'planned' | 'ended' }

export interface AgencyRow extends Period {
  id: number;
  code: string;
  name: string;
  name_en: string;
  kind: string;
  parent: string | null;
  calendar: string | null;
  fallback: boolean;
  version: number;
}

export interface ListedAgency extends AgencyRow {
  desks: number;
  people: number;
  areas: number;
  open: number;
  late: number;
  successors: string[];
}

export interface Seated { login: string; name: string; role: string }
export interface DeskRow extends Period { id: number; code: string; name: string; version: number; people: Seated[]; open: number }
export interface AreaRow extends Period {
  id: number;
  code: string;
  name: string;
  class: string;
  reach: string;
  set: string | null;
  version: number;
  unit: { code: string; name: string } | null;
  desk: string | null;
  categories: string[];
}
export interface Contact { id: number; desk: string | null; medium: string; address: string }
export interface AgencyChange {
  on: string;
  change: string;
  from: string;
  from_name: string;
  to: string | null;
  to_name: string | null;
  reason: string;
  by: string;
}

export interface WholeAgency {
  code: string;
  generations: AgencyRow[];
  desks: DeskRow[];
  people: (Seated & { desk: string | null })[];
  areas: AreaRow[];
  contacts: Contact[];
  rules: string[];
  changes: AgencyChange[];
  children: string[];
}

export type Urgency = 'any' | 'urgent' | 'ordinary';
export const STEPS = ['pass_on', 'accept', 'answer', 'resolve'] as const;
export const UNITS = ['minutes', 'hours', 'working_hours', 'working_days'] as const;
export type StepName = (typeof STEPS)[number];
export type Unit = (typeof UNITS)[number];
export interface Step { urgency: Urgency; step: StepName; unit: Unit; amount: number }

export interface CategoryRow {
  code: string;
  parent: string | null;
  name_vi: string;
  name_en: string;
  keywords: string;
  urgent: boolean;
  deadline_hours: number | null;
  deadline_working_days: number | null;
  active: boolean;
  version: number;
  open: number;
  areas: number;
  steps: Step[];
}

export interface CategoryRegister { categories: CategoryRow[]; default: { version: number; steps: Step[] } }

export interface CalendarDay { date: string; kind: 'holiday' | 'working'; name_vi: string; name_en: string; hours: string | null; own: boolean }
export interface CalendarRow {
  code: string;
  name_vi: string;
  name_en: string;
  follows_city: boolean;
  version: number;
  week: string[];
  agencies: { code: string; name: string }[];
  others: boolean;
  years: number[];
  days: CalendarDay[];
}
export interface PauseReason { code: string; name_vi: string; name_en: string; cap_working_days: number; active: boolean; version: number }
export interface CalendarRegister { year: number; calendars: CalendarRow[]; pause_reasons: PauseReason[] }

export interface Letter {
  code: string;
  kind: string;
  category: string | null;
  name_vi: string;
  name_en: string;
  body: string;
  body_en: string;
  active: boolean;
  position: number;
  version: number;
  used: number;
}

export interface TrialStep { due: string; text: string; calendar: { name: string } | null }

export interface Flow { from: string; from_name: string; to: string; to_name: string; why: string; complaints: number }
export interface Preview {
  considered: number;
  moved: number;
  stayed: number;
  by_hand: number;
  flows: Flow[];
  items: { complaint: string; category: string; from_name: string; to_name: string; why: string; old_deadline: string; new_deadline: string }[];
}
export interface Recompute {
  id: number;
  apply: boolean;
  reason: string;
  state: 'running' | 'done' | 'failed';
  made_at: string;
  made_by: string;
  error: string | null;
  to_count: number;
  considered: number;
  changed: number;
  earlier: number;
  later: number;
  samples: { complaint: string; step: string; before: string; after: string }[];
}

export interface Transfer {
  id: number;
  at: string;
  reason: string;
  deadlines: string;
  state: 'running' | 'moved' | 'back' | 'failed';
  made_at: string;
  made_by: string;
  back_at: string | null;
  back_by: string | null;
  error: string | null;
  considered: number;
  moved: number;
  changed_meanwhile: number;
  restored: number;
  left_alone: number;
  judged: number;
  to_judge: number;
}
export interface TransferItem { complaint: string; state: string; why: string; from: string; to: string; old_deadline: string; new_deadline: string }

const ADMIN = '/api/v1/admin';

/** A repeat of the same attempt (a lost connection) does nothing twice. */
export function send<T>(path: string, method: 'POST' | 'PUT', body: unknown): Promise<T> {
  return request(path, {
    method, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(body),
  });
}
export const change = (path: string, method: 'POST' | 'PUT', body: unknown): Promise<{ code: string; version: number; open_complaints?: number }> =>
  send(`${ADMIN}${path}`, method, body);
export const at = (code: string | number): string => encodeURIComponent(String(code));

export const fetchAgencies = async (): Promise<ListedAgency[]> =>
  (await request<{ agencies: ListedAgency[] }>(`${ADMIN}/agencies`)).agencies;
export const fetchAgency = (code: string): Promise<WholeAgency> => request(`${ADMIN}/agencies/${at(code)}`);
export const fetchCategories = (): Promise<CategoryRegister> => request(`${ADMIN}/categories`);
export const fetchCalendars = (year: number): Promise<CalendarRegister> => request(`${ADMIN}/calendars?year=${year}`);
export const fetchLetters = (): Promise<{ fields: string[]; letters: Letter[] }> => request(`${ADMIN}/form-letters`);
export const previewLetter = (body: Record<string, string>): Promise<{ complaint: string; text: string; text_en: string | null }> =>
  send(`${ADMIN}/letter-previews`, 'POST', body);
export const tryDeadline = (query: URLSearchParams): Promise<{ deadlines: Record<StepName, TrialStep> }> =>
  request(`${ADMIN}/deadline-trial?${query}`);
export const addContact = (body: Record<string, string>): Promise<unknown> => send('/api/v1/contacts', 'POST', body);
export const removeContact = (id: number): Promise<unknown> => request(`/api/v1/contacts/${id}`, { method: 'DELETE' });
export const reform = (body: Record<string, unknown>): Promise<{ open_complaints: number; accounts: number; rules: string[] }> =>
  send('/api/v1/agency-changes', 'POST', body);

export const previewAddress = (day: string, deadlines: string, format: string): string =>
  `/api/v1/transfer-preview?at=${day}&deadlines=${deadlines}&format=${format}`;
export const fetchPreview = (day: string, deadlines: string): Promise<Preview> => request(previewAddress(day, deadlines, 'json'));
export const fetchTransfers = async (): Promise<Transfer[]> =>
  (await request<{ transfers: Transfer[] }>('/api/v1/transfers')).transfers;
export const fetchTransfer = (id: number, cursor = ''): Promise<Transfer & { items: TransferItem[]; next: string | null }> =>
  request(`/api/v1/transfers/${id}${cursor ? `?cursor=${cursor}` : ''}`);
export const startTransfer = (body: Record<string, string>): Promise<{ id: number }> => send('/api/v1/transfers', 'POST', body);
export const fetchRecomputes = async (): Promise<Recompute[]> =>
  (await request<{ recomputes: Recompute[] }>('/api/v1/deadline-recomputes')).recomputes;
export const startRecompute = (body: { apply: boolean; reason?: string }): Promise<{ id: number }> => send('/api/v1/deadline-recomputes', 'POST', body);
export const takeBack = (id: number): Promise<unknown> => send(`/api/v1/transfers/${id}/back`, 'POST', {});
