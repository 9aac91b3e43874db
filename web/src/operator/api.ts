// What the operator's page asks of the service, besides what every page asks.

import { request } from '../api';
import type { Attachment, Place, Point } from '../types';

export interface CallEntry {
  id: number;
  seat: string | null;
  started_at: string;
  answered_at: string | null;
  ended_at: string | null;
}

export interface Call extends CallEntry {
  number: string | null;
  outcome: string | null;
}

export interface Earlier {
  masked: boolean;
  /** Of reporters who did not want to be recognised. */
  withheld: number;
  complaints: {
    category: string; status: string; received_at: string; open: boolean;
    code?: string; description?: string; address?: string | null; agency?: string;
  }[];
}

export interface Likely {
  code?: string;
  category: string | { code: string };
  status: string;
  description?: string;
  received_at: string;
  place?: Place | null;
  score: number;
  distance_m: number;
  reporters: number;
}

export interface InboundEntry {
  id: number;
  channel: string;
  received_at: string;
  subject: string | null;
  excerpt: string;
  taken_by: string | null;
  mine: boolean;
}

export interface InboundItem {
  id: number;
  channel: string;
  received_at: string;
  subject: string | null;
  text: string;
  taken_until: string;
  from: string | null;
  from_name: string | null;
  attachments: Attachment[];
}

export interface Took {
  calls: number;
  filed: number;
  median_s: number | null;
  p90_s: number | null;
}

export interface CallStatistics extends Took {
  operators: (Took & { login: string; name: string | null })[];
  hours: (Took & { hour: number })[];
  spread: { from_s: number; to_s: number | null; filed: number }[];
}

export interface FiledEntry {
  code: string;
  category: string;
  status: string;
  channel: string;
  received_at: string;
  due_at: string;
  address: string | null;
  agency: string;
}

function post<T>(path: string, body: unknown, key?: string): Promise<T> {
  return request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(key ? { 'Idempotency-Key': key } : {}) },
    body: JSON.stringify(body),
  });
}

function bySignal(signal?: AbortSignal): RequestInit {
  return signal ? { signal } : {};
}

export function fetchMine(): Promise<{ seat: string | null; calls: CallEntry[] }> {
  return request('/api/v1/calls');
}

export function fetchCall(id: number): Promise<Call> {
  return request(`/api/v1/calls/${id}`);
}

/** A page that was opened with a number in its address tells of the call itself. */
export function tellCall(call: string, number: string): Promise<{ id: number }> {
  return post('/api/v1/calls', { call, number });
}

export function takeSeat(seat: string): Promise<{ seat: string }> {
  return post('/api/v1/seats', { seat });
}

export function fetchEarlier(number: string, purpose: string): Promise<Earlier> {
  return post('/api/v1/calls/earlier', purpose ? { number, purpose } : { number });
}

export async function fetchLikely(point: Point, accuracyM: number | null, category: string, words: string, signal: AbortSignal): Promise<Likely[]> {
  const query = new URLSearchParams({ lon: String(point.lon), lat: String(point.lat), category });
  if (words) query.set('q', words.slice(0, 500));
  if (accuracyM !== null) query.set('accuracy_m', String(accuracyM));
  return (await request<{ complaints: Likely[] }>(`/api/v1/complaints/nearby?${query}`, { signal })).complaints;
}

export async function fetchFiled(): Promise<FiledEntry[]> {
  return (await request<{ complaints: FiledEntry[] }>('/api/v1/filed')).complaints;
}

export function fetchTook(from: string, signal: AbortSignal): Promise<CallStatistics> {
  return request(`/api/v1/calls/statistics?${new URLSearchParams({ from })}`, { signal });
}

export function fetchInbound(signal?: AbortSignal): Promise<{ waiting: number; items: InboundEntry[] }> {
  return request('/api/v1/inbound', bySignal(signal));
}

export function fetchItem(id: number): Promise<InboundItem> {
  return request(`/api/v1/inbound/${id}`);
}

export function takeNext(key: string): Promise<{ id: number }> {
  return post('/api/v1/inbound/next', {}, key);
}

export function stepItem(id: number, verb: 'take' | 'release' | 'discard', reason?: string): Promise<{ id: number }> {
  return post(`/api/v1/inbound/${id}/${verb}`, reason ? { reason } : {});
}
