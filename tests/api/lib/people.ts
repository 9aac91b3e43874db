// Accounts that tests make, and their sessions.

import assert from 'node:assert/strict';
import type { Database } from './postgres';
import { HOTLINE, must } from './run';
import type { Server } from './server';

export const PASSWORD = 'một mật khẩu khá dài 1022';

export interface Person {
  login: string;
  /** What a browser sends with each request of this session. */
  headers: Record<string, string>;
}

export async function addPerson(database: Database, login: string, role: string, agency?: string): Promise<void> {
  await must(HOTLINE, ['user', 'add', '--login', login, '--name', `Người ${login}`, '--role', role,
    ...(agency ? ['--agency', agency] : [])], { input: `${PASSWORD}\n`, env: { HOTLINE_DATABASE: database.url } });
}

export async function sessionOf(server: Server, login: string, password = PASSWORD): Promise<Person> {
  const answer = await server.post('/api/v1/session', { login, password });
  assert.equal(answer.status, 200, answer.text);
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return { login, headers: { Cookie: cookie, 'X-CSRF-Token': answer.json.csrf } };
}
