// The one place that talks to the service. Every failure is an ApiError; one whose status is 0
// means that no answer came, so whether the service did anything is unknown.

import type {
  AddressAnswer, Attachment, Candidate, Category, City, Complaint, ComplaintDraft, FieldError, HistoryEntry, Lang, LayerEntry,
  ListedComplaint, Point, RouteAnswer, TileJson, User,
} from './types';
import type { Statistics } from './leader/measures';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors: FieldError[] = [],
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

let language: Lang = 'vi';
let csrfToken = '';

/** The language that the service's sentences are asked for in. */
export function setApiLanguage(lang: Lang): void {
  language = lang;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function fieldErrors(problem: Record<string, unknown>): FieldError[] {
  const errors = Array.isArray(problem['errors']) ? problem['errors'] : [];
  return errors.map((entry) => {
    const error = asObject(entry);
    return {
      field: String(error['field'] ?? ''),
      code: String(error['code'] ?? ''),
      detail: String(error['detail'] ?? ''),
    };
  });
}

async function fail(response: Response): Promise<never> {
  const problem = asObject(await response.json().catch(() => null));
  const message = String(problem['detail'] ?? problem['title'] ?? response.statusText);
  const retryAfter = Number(response.headers.get('Retry-After') ?? 0);
  throw new ApiError(response.status, message, fieldErrors(problem), retryAfter || 0);
}

export async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = new Headers(init.headers);
  headers.set('Accept', 'application/json');
  headers.set('Accept-Language', language);
  if (csrfToken && init.method && init.method !== 'GET') headers.set('X-CSRF-Token', csrfToken);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, String(error));
  }
  if (!response.ok) return fail(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, String(error));
  }
}

function withSignal(signal: AbortSignal | undefined): RequestInit {
  return signal ? { signal } : {};
}

export function fetchCity(): Promise<City> {
  return request('/api/v1/city');
}

export async function fetchCategories(): Promise<Category[]> {
  return (await request<{ categories: Category[] }>('/api/v1/categories')).categories;
}

export async function fetchLayers(): Promise<LayerEntry[]> {
  return (await request<{ layers: LayerEntry[] }>('/tiles.json')).layers;
}

/** A layer's TileJSON, with its filters: the heatmap's scale depends on them. */
export function fetchTileJson(address: string, query: URLSearchParams): Promise<TileJson> {
  const text = query.toString();
  return request(text ? `${address}${address.includes('?') ? '&' : '?'}${text}` : address);
}

function candidates(collection: unknown): Candidate[] {
  const features = asObject(collection)['features'];
  if (!Array.isArray(features)) return [];
  return features.flatMap((entry): Candidate[] => {
    const feature = asObject(entry);
    const coordinates = asObject(feature['geometry'])['coordinates'];
    const outer = asObject(feature['properties']);
    const inner = { ...outer, ...asObject(outer['geocoding']) };
    if (!Array.isArray(coordinates)) return [];
    const [lon, lat] = coordinates as unknown[];
    if (typeof lon !== 'number' || typeof lat !== 'number') return [];
    const label = String(inner['label'] ?? inner['name'] ?? `${lat}, ${lon}`);
    return [{ lon, lat, label, match: String(inner['match'] ?? ''),
      confidence: Number(inner['confidence'] ?? 0) }];
  });
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? value as T[] : [];
}

/** Where an address may be, the likeliest first, and how it was read; near prefers what is close. */
export async function geocode(q: string, near: Point | null, signal?: AbortSignal):
Promise<AddressAnswer> {
  const query = new URLSearchParams({ q, limit: '6', autocomplete: '1' });
  if (near) {
    query.set('lon', near.lon.toFixed(5));
    query.set('lat', near.lat.toFixed(5));
  }
  const answer = asObject(await request(`/api/v1/geocode?${query}`, withSignal(signal)));
  const question = answer['question'];
  return {
    candidates: candidates(answer), parts: list(answer['parts']),
    question: typeof question === 'string' ? question : null, choices: list(answer['choices']),
  };
}

export async function reverse(point: Point, signal?: AbortSignal): Promise<Candidate[]> {
  const query = new URLSearchParams({ lon: String(point.lon), lat: String(point.lat) });
  return candidates(await request(`/api/v1/reverse?${query}`, withSignal(signal)));
}

/** Who would get it, why and by when, without filing anything. */
export function previewRoute(point: Point, category: string, accuracyM: number | null,
  signal?: AbortSignal): Promise<RouteAnswer> {
  const query = new URLSearchParams({
    lon: String(point.lon), lat: String(point.lat), category,
  });
  if (accuracyM !== null) query.set('accuracy_m', String(accuracyM));
  return request(`/api/v1/route?${query}`, withSignal(signal));
}

/** Files it. Repeating the call with the same key and draft never files a second one. */
export function fileComplaint(draft: ComplaintDraft, key: string): Promise<Complaint> {
  return request('/api/v1/complaints', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(draft),
  });
}

/** Sends one file as a form's field `file`; tells its progress, from 0 to 1. */
export function sendFile<T>(path: string, file: Blob, name: string, onProgress: (share: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((done, fail_) => {
    const request_ = new XMLHttpRequest(); // fetch tells no progress
    const form = new FormData();
    form.append('file', file, name.replace(/[/\\]/g, '_'));
    request_.open('POST', path);
    request_.setRequestHeader('Accept-Language', language);
    if (csrfToken) request_.setRequestHeader('X-CSRF-Token', csrfToken);
    request_.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request_.onerror = () => fail_(new ApiError(0, ''));
    request_.onabort = () => fail_(new ApiError(0, ''));
    request_.onload = () => {
      let answer: Record<string, unknown> | null = null;
      try {
        answer = asObject(JSON.parse(request_.responseText));
      } catch {
        // no JSON: a proxy's own words
      }
      if (answer && request_.status >= 200 && request_.status < 300) done(answer as T);
      else fail_(new ApiError(request_.status, String(answer?.['title'] ?? ''), fieldErrors(answer ?? {})));
    };
    signal?.addEventListener('abort', () => request_.abort());
    request_.send(form);
  });
}

/** Sends one file, to be named when the complaint is filed. */
export async function uploadFile(file: Blob, name: string, onProgress: (share: number) => void, signal: AbortSignal): Promise<Attachment> {
  const { attachments: [sent] } = await sendFile<{ attachments: Attachment[] }>('/api/v1/attachments', file, name, onProgress, signal);
  if (!sent) throw new ApiError(0, '');
  return sent;
}

export function fetchComplaint(code: string, signal?: AbortSignal): Promise<Complaint> {
  return request(`/api/v1/complaints/${encodeURIComponent(code)}`, withSignal(signal));
}

function say(code: string, what: string, body: object, key: string): Promise<Complaint> {
  return request(`/api/v1/complaints/${encodeURIComponent(code)}/${what}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(body),
  });
}

/** What its reporter says of the result; the code alone allows it. */
export const rateComplaint = (code: string, rating: string, comment: string, key: string): Promise<Complaint> =>
  say(code, 'rating', { rating, ...(comment ? { comment } : {}) }, key);
export const reopenComplaint = (code: string, reason: string, key: string): Promise<Complaint> =>
  say(code, 'reopening', { reason }, key);

export async function fetchHistory(code: string, signal?: AbortSignal): Promise<HistoryEntry[]> {
  const answer = await request<{ history: HistoryEntry[] }>(
    `/api/v1/complaints/${encodeURIComponent(code)}/history`, withSignal(signal));
  return answer.history;
}

/** The newest complaints that the filters let through. */
export async function fetchLatest(query: URLSearchParams, limit: number, signal?: AbortSignal):
Promise<ListedComplaint[]> {
  const asked = new URLSearchParams(query);
  asked.set('limit', String(limit));
  const answer = await request<{ complaints: ListedComplaint[] }>(
    `/api/v1/complaints?${asked}`, withSignal(signal));
  return answer.complaints;
}

/** Complaints counted by unit, as GeoJSON: web/src/leader/measures.ts makes the question. */
export function fetchStatistics(query: string, signal: AbortSignal): Promise<Statistics> {
  return request(`/api/v1/statistics?${query}`, withSignal(signal));
}

/** Set while this browser has a session, so that other readers are not asked to prove one. Holds who it
 * is, for pages that are opened without network. */
const SESSION_HINT = 'hotline.session';

function hintSession(user: User | null): void {
  try {
    if (user) window.localStorage.setItem(SESSION_HINT, JSON.stringify(user));
    else window.localStorage.removeItem(SESSION_HINT);
  } catch {
    // A browser that keeps nothing asks for a new log-in on every page.
  }
}

function sessionHint(): string | null {
  try {
    return window.localStorage.getItem(SESSION_HINT);
  } catch {
    return null;
  }
}

/** Who was logged in when the network was last there. Only for showing: the service knows by itself. */
function hintedUser(): User | null {
  try {
    const user = JSON.parse(sessionHint() ?? 'null') as Partial<User> | null;
    return user && typeof user.login === 'string' && typeof user.role === 'string' ? user as User : null;
  } catch {
    return null;
  }
}

function session(answer: { user: User; csrf?: string; second_factor_required?: boolean }): User {
  csrfToken = answer.csrf ?? '';
  const user = answer.second_factor_required ? { ...answer.user, second_factor_required: true } : answer.user;
  hintSession(user);
  return user;
}

/** Who is logged in here, or null. */
export async function fetchSession(): Promise<User | null> {
  // Coming back from a provider, this page has not heard of its session yet.
  if (sessionHint() === null && new URLSearchParams(window.location.search).get('login') !== 'done') return null;
  try {
    return session(await request('/api/v1/session'));
  } catch (error) {
    if (error instanceof ApiError && [401, 403, 404].includes(error.status)) {
      hintSession(null);
      return null;
    }
    const before = error instanceof ApiError && error.status === 0 ? hintedUser() : null;
    if (before) return before;
    throw error;
  }
}

export async function logIn(login: string, password: string, code?: string): Promise<User> {
  return session(await request('/api/v1/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login, password, ...(code ? { code } : {}) }),
  }));
}

/** What the provider is called that one may log in with; '' where there is none. */
export async function fetchProvider(): Promise<string> {
  return (await request<{ name: string | null }>('/api/v1/session/provider')).name ?? '';
}

export async function logOut(): Promise<void> {
  await request('/api/v1/session', { method: 'DELETE' });
  csrfToken = '';
  hintSession(null);
}
