// Directives over the one door of the pages (../../api.ts).

import { ApiError, request } from '../../api';
import type { Point } from '../../types';

export type Action = 'accept' | 'send_back' | 'remind' | 'withdraw';

export interface Directive {
  id: number;
  agency: { code: string; name: string };
  about: 'complaint' | 'set' | 'area';
  text: string;
  due_at: string;
  state: 'open' | 'answered' | 'accepted' | 'withdrawn';
  late: boolean;
  version: number;
  created_at: string;
  created_by: { login: string; name: string } | null;
  reminders: number;
  answer: { text: string; at: string; by: { name: string } | null } | null;
  complaints: { total: number; done: number; late: number };
  area?: GeoJSON.MultiPolygon | null;
}

export interface Concerned {
  code: string;
  name: string;
  open: number;
  late: number;
}

/** What a directive is about: filters as the address has them, and an area or a code. */
export interface Scope {
  query: string;
  area?: [number, number][];
  complaint?: string;
}

function send<T>(path: string, body: unknown, key: string): Promise<T> {
  return request(path, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(body),
  });
}

const address = (base: string, query: string): string => (query ? `${base}?${query}` : base);
const about = ({ area, complaint }: Scope): object => ({ ...(area ? { area } : {}), ...(complaint ? { complaint } : {}) });

export const ringOf = (points: Point[]): [number, number][] =>
  points.map(({ lon, lat }) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))]);

export const preview = async (scope: Scope): Promise<Concerned[]> => (await send<{ agencies: Concerned[] }>(
  address('/api/v1/directives/preview', scope.query), about(scope), crypto.randomUUID())).agencies;

export const give = (scope: Scope, agency: string, text: string, due: string, key: string): Promise<Directive> =>
  send(address('/api/v1/directives', scope.query), { agency, text, due_at: due, ...about(scope) }, key);

export const fetchDirectives = (cursor: string): Promise<{ directives: Directive[]; next: string | null }> =>
  request(`/api/v1/directives?limit=20${cursor && `&cursor=${cursor}`}`);

export const fetchDirective = (id: number): Promise<Directive> => request(`/api/v1/directives/${id}`);

export const act = (one: Directive, action: Action, text: string): Promise<Directive> =>
  send(`/api/v1/directives/${one.id}/actions`, { action, version: one.version, ...(text ? { text } : {}) }, crypto.randomUUID());

export const problemText = (error: unknown, fallback: string): string =>
  (error instanceof ApiError && error.status > 0 ? error.errors[0]?.detail ?? error.message : fallback);
