// Uploads, boundaries, layers, residents, likeness and jurisdictions, over the door of ../../api.ts.

import { request, sendFile } from '../../api';
import type { Point, Text } from '../../types';

export interface Column { name: string; filled: number; different: number; samples: string[] }

export interface Upload {
  id: number;
  name: string;
  state: 'reading' | 'ready' | 'failed' | 'dropped';
  problem: string;
  detail: string;
  format: string;
  bytes: number;
  features: number;
  faulty: number;
  repaired: number;
  kinds: Record<string, number>;
  columns: Column[];
  faults: { number: number; fault: string; name: string | null }[];
}

interface Part { n: number; area_m2: number; largest: { level: string; code: string; other: string; area_m2: number; lon: number; lat: number }[] }
export interface Unit { code: string; name: string }
export interface Share { code: string; share: number }
export interface LevelReport {
  units: number;
  before: number;
  same: number;
  appeared: (Unit & { from: Share[] | null })[];
  vanished: (Unit & { into: Share[] | null })[];
  renamed: (Unit & { was: string })[];
  moved: (Unit & { gained_m2: number; lost_m2: number })[];
}
export interface Report {
  levels: Record<string, LevelReport>;
  parts: Record<'overlap' | 'gap' | 'left_out' | 'added', Part>;
  complaints: Record<string, { open: number; change: number; nowhere: number; moves: { was: string | null; becomes: string | null; n: number }[] }>;
  hangers: { go_on: number; end: string[]; late: string[]; without_agency: string[]; rules: string[] };
  repaired: (Unit & { reason: string })[];
  errors: { code: string; about: string }[];
  warnings: { code: string; n: number; area_m2: number | null }[];
}
export interface Generation {
  id: number;
  title: string;
  state: 'checking' | 'ready' | 'failed' | 'published' | 'taken_back' | 'discarded';
  version: number;
  problem: string;
  from_day: string;
  upload: string;
  levels: Record<string, number> | null;
  made_at: string;
  made_by: string;
  published_at: string | null;
  published_by: string | null;
  reason: string | null;
  back_at: string | null;
  back_by: string | null;
  back_reason: string | null;
  report?: Report;
}

export interface Layer {
  code: string;
  name: { vi: string; en: string };
  group: { code: string; vi: string; en: string };
  kind: string;
  public: boolean;
  min_zoom: number;
  style: { color?: string; width?: number; property?: string; values?: Record<string, string> };
  attribution: string;
  position: number;
  source: string;
  updated_at: string;
  withdrawn_at: string | null;
  version: number;
  valid_from: string | null;
  valid_to: string | null;
  features: number;
  dated: number;
  first: string | null;
  last: string | null;
  rules: string;
}
export interface Layers { layers: Layer[]; groups: { code: string; vi: string; en: string }[] }

export interface Residents {
  level: 'ward' | 'district';
  code: string;
  name: string;
  residents: number | null;
  on_day: string | null;
  approximate: boolean | null;
  source: string | null;
  area_km2: number | null;
}

export interface Term { category: string; half_life_hours: number | null; extent_m: number | null }
export interface Pair { category: string; other: string; affinity: number | null }
export interface Likeness { version: string; terms: Term[]; pairs: Pair[]; incidents: Record<string, number> }

export interface Jurisdiction {
  code: string;
  name: string;
  class: string;
  reach: string;
  agency: string;
  agency_name: string;
  unit: string | null;
  categories: string[];
  area_km2: number | null;
  shape: GeoJSON.Geometry | null;
}
export interface Holders {
  jurisdictions: Jurisdiction[];
  overlaps: { code: string; other: string; area_m2: number }[];
  gaps: { area_m2: number; lon: number; lat: number }[];
}

const V1 = '/api/v1';
function send<T>(path: string, method: string, body: unknown): Promise<T> {
  return request(`${V1}/${path}`, {
    method, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(body),
  });
}

export function sendShapes(file: File, layer: string, crs: string, onProgress: (share: number) => void): Promise<{ id: number }> {
  const query = new URLSearchParams({ ...(layer ? { layer } : {}), ...(crs ? { crs } : {}) }).toString();
  return sendFile(`${V1}/geo-uploads${query ? `?${query}` : ''}`, file, file.name, onProgress);
}
export const fetchUpload = (id: number): Promise<Upload> => request(`${V1}/geo-uploads/${id}`);
export const fetchUploadMap = (id: number): Promise<GeoJSON.FeatureCollection> => request(`${V1}/geo-uploads/${id}/map`);

const GENERATIONS = 'boundary-generations';
export const fetchGenerations = async (): Promise<Generation[]> =>
  (await request<{ generations: Generation[] }>(`${V1}/${GENERATIONS}`)).generations;
export const fetchGeneration = (id: number): Promise<Generation> => request(`${V1}/${GENERATIONS}/${id}`);
export const fetchGenerationMap = (id: number): Promise<GeoJSON.FeatureCollection> => request(`${V1}/${GENERATIONS}/${id}/map`);
export const makeGeneration = (fields: object): Promise<{ id: number }> => send(GENERATIONS, 'POST', fields);
export const stepGeneration = (id: number, step: 'check' | 'publish' | 'back' | 'discard', fields: object): Promise<Generation> =>
  send(`${GENERATIONS}/${id}/${step}`, 'POST', fields);

export const fetchLayerTable = (): Promise<Layers> => request(`${V1}/layers`);
export const loadLayer = (fields: object): Promise<Layer> => send('layers', 'POST', fields);
export const editLayer = (code: string, fields: object): Promise<Layer> => send(`layers/${encodeURIComponent(code)}`, 'PATCH', fields);
export const stepLayer = (layer: Layer, step: 'withdraw' | 'restore'): Promise<Layer> =>
  send(`layers/${encodeURIComponent(layer.code)}/${step}`, 'POST', { version: layer.version });

export const fetchResidents = async (day: string): Promise<Residents[]> =>
  (await request<{ units: Residents[] }>(`${V1}/populations?at=${day}`)).units;
export const setResidents = (source: string, units: object[]): Promise<{ set: number; removed: number }> =>
  send('populations', 'POST', { source, units });

export const fetchLikeness = (): Promise<Likeness> => request(`${V1}/duplicate-settings`);
export const setLikeness = (fields: object): Promise<Likeness> => send('duplicate-settings', 'POST', fields);

export function fetchHolders(day: string, category: string, at: Point | null): Promise<Holders> {
  const query = new URLSearchParams({ at: day, category, ...(at ? { lon: String(at.lon), lat: String(at.lat) } : {}) });
  return request(`${V1}/jurisdictions?${query}`);
}

/** A name in the reader's language. */
export const nameOf = (text: Text | { vi: string; en: string }, lang: 'vi' | 'en'): string =>
  (typeof text === 'string' ? text : (lang === 'en' ? text.en : text.vi) ?? '');
