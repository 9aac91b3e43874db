// A city that tells people, quickly: what the tests of notifications share.

import assert from 'node:assert/strict';
import { complaint } from './city';
import { type Person, addPerson, sessionOf } from './people';
import type { Database } from './postgres';
import type { Server } from './server';

/** Waits of seconds and hours made short; the circuit opens after three. */
export const QUICK = `UPDATE hotline.settings SET value = value || '{"public_url": "https://1022.example/", "ladder_since": "2020-01-01T00:00:00Z",
  "retry": {"first_s": 0.1, "most_s": 0.4, "attempts": 4},
  "webhook": {"allow_private": true, "allow_http": true, "in_flight": 4, "open_after": 3, "open_first_s": 0.2,
              "open_most_s": 0.5}}' WHERE key = 'notify'`;

export interface Filed {
  code: string;
  agency: string;
}

export async function file(server: Server, change: Record<string, unknown> = {}, who?: Person): Promise<Filed> {
  const made = await server.file(complaint(change), who?.headers ?? {});
  assert.equal(made.status, 201, made.text);
  return { code: made.json.code, agency: made.json.assignment.agency.code };
}

export async function act(server: Server, who: Person, code: string, action: string, more: Record<string, unknown> = {}): Promise<void> {
  const seen = await server.get(`/api/v1/complaints/${code}`, who.headers);
  const done = await server.post(`/api/v1/complaints/${code}/actions`, { action, version: seen.json.version, ...more }, who.headers);
  assert.equal(done.status, 200, done.text);
}

export const RESULT = { text: 'Đã nhắc nhở chủ hộ & lập biên bản <b>số 12</b>', no_photo_reason: 'Tiếng ồn không chụp được' };

/** From assigned to resolved, by a person of the agency. */
export async function resolve(server: Server, who: Person, code: string): Promise<void> {
  await act(server, who, code, 'accept');
  await act(server, who, code, 'resolve', RESULT);
}

export async function staffOf(database: Database, server: Server, agency: string, login: string, role = 'agency_staff'): Promise<Person> {
  await addPerson(database, login, role, agency);
  return sessionOf(server, login);
}

export interface Notice {
  id: number;
  delivery: string;
  event: string;
  recipient: string;
  medium: string;
  state: string;
  attempts: number;
  error: string | null;
}

export async function notices(server: Server, admin: Person, query: string): Promise<Notice[]> {
  const answer = await server.get(`/api/v1/notices?${query}`, admin.headers);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.notices as Notice[];
}

export interface Hook {
  id: number;
  secret: string;
}

export async function addHook(server: Server, admin: Person, name: string, url: string, events: string[] = []): Promise<Hook> {
  const made = await server.post('/api/v1/webhooks', { name, url, events }, admin.headers);
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.secret, /^whsec_[0-9a-f]{64}$/);
  return { id: made.json.id, secret: made.json.secret };
}

export async function stopHook(server: Server, admin: Person, hook: Hook): Promise<void> {
  const done = await server.request(`/api/v1/webhooks/${hook.id}`, {
    method: 'PATCH', headers: { 'Content-Type': 'application/json', ...admin.headers }, body: '{"active": false}',
  });
  assert.equal(done.status, 200, done.text);
}
