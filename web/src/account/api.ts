// One's own account: sessions, second factor, password.

import { request } from '../api';

export interface Session {
  id: string;
  created_at: string;
  seen_at: string;
  expires_at: string;
  address: string | null;
  agent: string | null;
  current: boolean | null;
}

function send<T>(path: string, method: string, body: unknown): Promise<T> {
  return request(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

export const fetchSessions = async (): Promise<Session[]> =>
  (await request<{ sessions: Session[] }>('/api/v1/sessions')).sessions;
export const endSession = (id: string): Promise<{ ended: number }> =>
  request(`/api/v1/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
export const endOtherSessions = (): Promise<{ ended: number }> => request('/api/v1/sessions', { method: 'DELETE' });
export const beginFactor = (): Promise<{ secret: string; uri: string }> => send('/api/v1/session/factor', 'POST', {});
export const confirmFactor = (code: string): Promise<{ recovery_codes: string[] }> => send('/api/v1/session/factor', 'PUT', { code });
export const dropFactor = (code: string): Promise<unknown> => send('/api/v1/session/factor/removal', 'POST', { code });
export const changePassword = (password: string, chosen: string): Promise<unknown> =>
  send('/api/v1/session/password', 'POST', { password, new_password: chosen });
export const choosePassword = (token: string, chosen: string): Promise<void> =>
  send('/api/v1/password', 'POST', { token, new_password: chosen });
