// The part of the service that tells people, as far as the page reads it.

import { request } from '../api';

export interface Medium { medium: string; configured: boolean; paused: boolean; waiting: number; dead: number; sent: number; failed: number }
export interface Notice { id: number; complaint: string; event: string; medium: string; recipient: string; attempts: number; error: string | null }
export interface Webhook {
  id: number; name: string; url: string; active: boolean; failures: number; open_until: string | null; last_error: string | null;
  waiting: number; dead: number; secret?: string;
}
export interface Contact { id: number; user: string | null; agency: string | null; desk: string | null; medium: string; address: string }
export interface Template { event: string; audience: string; medium: string; lang: string; subject: string; body: string }
export interface NoticeRule { event: string; audience: string; media: string[]; active: boolean }
export interface Step { step: number; clock: string; percent: number; event: string; audiences: string[]; active: boolean }
export interface NoticeSettings { keep_days: number; expire_hours: number; reporter_media: string; sms_unaccented: boolean }
export interface NoticeRules { rules: NoticeRule[]; ladder: Step[]; events: { event: string; vi: string; en: string }[]; settings: NoticeSettings }
export interface Words { templates: Template[]; events: { event: string; vi: string; en: string }[] }

function send<T>(path: string, method: string, body: unknown): Promise<T> {
  return request(path, {
    method, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(body),
  });
}

export const fetchMedia = async (): Promise<Medium[]> => (await request<{ media: Medium[] }>('/api/v1/notices/status')).media;
export const fetchDead = async (): Promise<Notice[]> => (await request<{ notices: Notice[] }>('/api/v1/notices?state=dead')).notices;
export const fetchWebhooks = async (): Promise<Webhook[]> => (await request<{ webhooks: Webhook[] }>('/api/v1/webhooks')).webhooks;
export const fetchContacts = async (): Promise<Contact[]> => (await request<{ contacts: Contact[] }>('/api/v1/contacts')).contacts;
export const fetchWords = (): Promise<Words> => request('/api/v1/notice-templates');

export const replay = (id: number): Promise<{ replayed: number }> => send(`/api/v1/notices/${id}/replay`, 'POST', {});
export const replayAll = (medium: string): Promise<{ replayed: number }> => send('/api/v1/notices/replay', 'POST', { medium });
export const addWebhook = (name: string, url: string): Promise<Webhook> => send('/api/v1/webhooks', 'POST', { name, url });
export const changeWebhook = (id: number, change: { active?: boolean; new_secret?: boolean }): Promise<Webhook> =>
  send(`/api/v1/webhooks/${id}`, 'PATCH', change);
export const addContact = (contact: Record<string, string>): Promise<unknown> => send('/api/v1/contacts', 'POST', contact);
export const removeContact = (id: number): Promise<unknown> => request(`/api/v1/contacts/${id}`, { method: 'DELETE' });
export const putTemplate = (template: Template): Promise<unknown> => send('/api/v1/notice-templates', 'PUT', template);
export const fetchNoticeRules = (): Promise<NoticeRules> => request('/api/v1/notice-rules');
export const putRule = (rule: NoticeRule): Promise<unknown> => send('/api/v1/notice-rules', 'PUT', rule);
export const putStep = (step: Step): Promise<unknown> => send('/api/v1/notice-ladder', 'PUT', step);
export const putSettings = (settings: NoticeSettings): Promise<unknown> => send('/api/v1/notice-settings', 'PUT', settings);
