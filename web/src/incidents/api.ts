// Incidents: many reports of one thing, and what a supervisor decides of them.

import { request } from '../api';

export interface Incident {
  id: number;
  status: 'proposed' | 'confirmed' | 'dismissed' | 'ended';
  title: string;
  category: { code: string; name_vi: string; name_en: string };
  message: { vi: string; en: string };
  since: string;
  ended_at: string | null;
  area: GeoJSON.MultiPolygon;
  /** Cases, and the people who reported them. */
  complaints: number;
  callers: number;
  /** Only for staff. */
  version?: number;
  open?: number;
  seen?: { reports?: number; usual?: number; window_minutes?: number };
}

export interface OpenCase {
  code: string;
  version: number;
  status: string;
}

export async function fetchIncidents(signal?: AbortSignal): Promise<Incident[]> {
  return (await request<{ incidents: Incident[] }>('/api/v1/incidents', signal ? { signal } : {})).incidents;
}

export interface IncidentEvent {
  at: string;
  event: string;
  /** 'service', or 'user:' and the login. */
  actor: string;
  detail: { reason?: string };
}

export async function fetchStory(id: number, signal: AbortSignal): Promise<IncidentEvent[]> {
  return (await request<{ history: IncidentEvent[] }>(`/api/v1/incidents/${id}`, { signal })).history;
}

export type IncidentStep = 'confirm' | 'edit' | 'dismiss' | 'end';

export function decide(incident: Incident, step: IncidentStep, said: Record<string, string>): Promise<Incident & { open: OpenCase[] | number }> {
  return request(`/api/v1/incidents/${incident.id}/${step}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ version: incident.version, ...said }),
  });
}

const AT_ONCE = 100; // the most that one request may change

/** Resolves what is open with one answer; how many were, and how many were refused. */
export async function resolveAll(cases: OpenCase[], text: string): Promise<{ done: number; refused: number }> {
  const sum = { done: 0, refused: 0 };
  for (let i = 0; i < cases.length; i += AT_ONCE) {
    const answer = await request<{ done: number; refused: number }>('/api/v1/complaints/actions', {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ action: 'resolve', text, no_photo_reason: text,
        complaints: cases.slice(i, i + AT_ONCE).map(({ code, version }) => ({ code, version })) }),
    });
    sum.done += answer.done;
    sum.refused += answer.refused;
  }
  return sum;
}

function inRing(lon: number, lat: number, ring: GeoJSON.Position[]): boolean {
  let inside = false;
  ring.forEach(([x1 = 0, y1 = 0], i) => {
    const [x2 = 0, y2 = 0] = ring[(i + 1) % ring.length] ?? [];
    if ((y1 > lat) !== (y2 > lat) && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}

export function holds(incident: Incident, point: { lon: number; lat: number }): boolean {
  return incident.area.coordinates.some((polygon) =>
    polygon.reduce((inside, ring) => (inRing(point.lon, point.lat, ring) ? !inside : inside), false));
}
