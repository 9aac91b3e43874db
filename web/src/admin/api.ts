// The rules' part of the service, over the same door as everything else (../api.ts).

import { request } from '../api';
import type { Point, RouteAnswer } from '../types';
import type { Job, Offer, Rule, RuleSet, Vocabulary, WholeSet } from './types';

const SETS = '/api/v1/rule-sets';

function send<T>(path: string, method: string, body: unknown): Promise<T> {
  return request(path, {
    method, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify(body),
  });
}

export const fetchSets = async (): Promise<RuleSet[]> =>
  (await request<{ rule_sets: RuleSet[] }>(SETS)).rule_sets;
export const fetchSet = (id: number | 'published'): Promise<WholeSet> => request(`${SETS}/${id}`);
export const fetchRules = async (id: number): Promise<Rule[]> =>
  (await request<{ rules: Rule[] }>(`${SETS}/${id}/rules`)).rules;
export const fetchVocabulary = (): Promise<Vocabulary> => request('/api/v1/rule-vocabulary');
export const fetchJob = <Result>(id: number): Promise<Job<Result>> => request(`/api/v1/rule-jobs/${id}`);
export const fetchOffers = async (): Promise<Offer[]> =>
  (await request<{ offers: Offer[] }>('/api/v1/corrections')).offers;

export const makeDraft = (title: string): Promise<RuleSet> => send(SETS, 'POST', { title });
export const step = (set: RuleSet, verb: string, why: string): Promise<RuleSet> =>
  send(`${SETS}/${set.id}/${verb}`, 'POST', { revision: set.revision, why });
export const rollBack = (to: RuleSet, current: number, why: string): Promise<RuleSet> =>
  send(`${SETS}/${to.id}/roll-back`, 'POST', { current, why });
export const rebase = (set: RuleSet, keep: string): Promise<RuleSet> =>
  send(`${SETS}/${set.id}/rebase`, 'POST', { revision: set.revision, keep });
export const startJob = <Result>(set: RuleSet, kind: 'checks' | 'replays'): Promise<Job<Result>> =>
  send(`${SETS}/${set.id}/${kind}`, 'POST', { revision: set.revision });
export const cancelJob = (id: number): Promise<unknown> => request(`/api/v1/rule-jobs/${id}`, { method: 'DELETE' });
export const acknowledge = (set: RuleSet, findings: string[], why: string): Promise<RuleSet> =>
  send(`${SETS}/${set.id}/acknowledge`, 'POST', { revision: set.revision, findings, why });
export const reorder = (set: RuleSet, codes: string[]): Promise<RuleSet> =>
  send(`${SETS}/${set.id}/order`, 'POST', { revision: set.revision, codes });
export const removeRule = (set: RuleSet, code: string): Promise<RuleSet> =>
  request(`${SETS}/${set.id}/rules/${encodeURIComponent(code)}?revision=${set.revision}`, { method: 'DELETE' });

/** Who would be responsible under that set, as the public question answers it for what is in force. */
export function explainRoute(set: RuleSet | 'published', point: Point, category: string, at: string, signal: AbortSignal): Promise<RouteAnswer> {
  const query = new URLSearchParams({ lon: String(point.lon), lat: String(point.lat), category, at });
  return request(`${set === 'published' ? '/api/v1' : `${SETS}/${set.id}`}/route?${query}`, { signal });
}

export const fetchText = (id: number): Promise<string> => fetch(`${SETS}/${id}/text`).then((answer) => answer.text());
export const replaceText = (set: RuleSet, text: string): Promise<RuleSet> =>
  send(`${SETS}/${set.id}/text`, 'PUT', { revision: set.revision, text });

export function putRule(set: RuleSet, rule: Rule, isNew: boolean, why: string): Promise<RuleSet> {
  const { author, position, change, code, ...rest } = rule;
  void author; void position; void change;
  const body = { ...rest, revision: set.revision, ...(why ? { why } : {}) };
  return isNew ? send(`${SETS}/${set.id}/rules`, 'POST', { ...body, code })
    : send(`${SETS}/${set.id}/rules/${encodeURIComponent(code)}`, 'PUT', body);
}
