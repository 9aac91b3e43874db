// Personal data, as the administrator's page reads and changes it.

import { request } from '../../api';

export interface PersonRequest {
  id: number; kind: string; contact: string; verified: string; state: string; asked_by: string; asked_at: string;
  decided_by: string | null; decided_at: string | null; reason: string; counts: Record<string, number>;
}
interface Actor { actor: string | null; name: string | null }
export interface PersonalRecord {
  holds: { complaint: string; reason: string; by: Actor; at: string; released_at: string | null }[];
  redactions: { complaint: string; at: string; by: Actor; reason: string | null; what: string | null }[];
  erasures: { at: string; why: string; by: Actor; counts: Record<string, number> }[];
  number_looks: { at: string; by: Actor; number: string | null; purpose: string }[];
}

const post = <T>(path: string, body: unknown): Promise<T> => request(path, {
  method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(body),
});
const at = (code: string): string => `/api/v1/complaints/${encodeURIComponent(code.replace(/\s/g, ''))}`;

export const nameOf = (who: Actor): string => who.name ?? who.actor?.replace(/^user:/, '') ?? '';
export const fetchRequests = async (): Promise<PersonRequest[]> => (await request<{ requests: PersonRequest[] }>('/api/v1/person-requests')).requests;
export const fetchRecord = (): Promise<PersonalRecord> => request('/api/v1/personal-record');
export const ask = (body: { kind: string; contact: string; verified: string }): Promise<unknown> => post('/api/v1/person-requests', body);
export const decide = (id: number, approve: boolean, reason: string): Promise<unknown> =>
  post(`/api/v1/person-requests/${id}/decision`, { approve, ...(reason ? { reason } : {}) });
export const hold = (code: string, on: boolean, reason: string): Promise<unknown> => post(`${at(code)}/hold`, { hold: on, reason });
export const redact = (code: string, body: Record<string, unknown>): Promise<unknown> => post(`${at(code)}/redaction`, body);
