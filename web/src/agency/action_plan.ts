// What each action asks for, its key, and which are done at once. Which of them may be done is the
// service's to say (a case's `actions`).

export const FIELDS = [
  'letter', 'text', 'reason', 'agency', 'desk', 'person', 'pause', 'until', 'to', 'files', 'noPhoto', 'tasks', 'tasksOpen',
] as const;
export type FieldName = (typeof FIELDS)[number];

export interface Plan {
  fields: FieldName[];
  required: FieldName[];
  /** A file, or why there is none. */
  evidence?: boolean;
  key?: string;
  /** The first thing to do in that state, so its button stands out. */
  main?: boolean;
  /** May be done to several at once, from the list. */
  bulk?: boolean;
}

/** In the order of the buttons. */
export const PLANS: Record<string, Plan> = {
  accept: { fields: [], required: [], key: 'a', main: true, bulk: true },
  start: { fields: [], required: [], key: 's', main: true, bulk: true },
  resume: { fields: [], required: [], key: 'p', main: true, bulk: true },
  resolve: { fields: ['letter', 'text', 'files', 'noPhoto', 'tasksOpen'], required: ['text'], evidence: true, key: 'c', main: true },
  answer: { fields: ['letter', 'text', 'files'], required: ['text'], key: 'w' },
  assign: { fields: ['desk', 'person'], required: [], key: 'g', bulk: true },
  return: { fields: ['reason', 'agency'], required: ['reason'], key: 't', bulk: true },
  reroute: { fields: ['agency', 'reason'], required: ['agency', 'reason'], bulk: true },
  extend: { fields: ['reason', 'until', 'files', 'noPhoto'], required: ['reason', 'until'], evidence: true, key: 'e' },
  pause: { fields: ['pause'], required: ['pause'], key: 'p', bulk: true },
  split: { fields: ['tasks'], required: ['tasks'], key: 'v' },
  note: { fields: ['text'], required: ['text'], key: 'n', bulk: true },
  refer: { fields: ['to', 'reason', 'files'], required: ['to', 'reason'] },
  reject: { fields: ['reason'], required: ['reason'], bulk: true },
  reopen: { fields: ['reason'], required: ['reason'] },
  close: { fields: [], required: [], bulk: true },
};

/** What is done with a sub-task; these carry its id. */
export const TASK_PLANS: Record<string, Plan> = {
  task_accept: { fields: [], required: [], main: true },
  task_done: { fields: ['text'], required: ['text'], main: true },
  task_return: { fields: ['reason'], required: ['reason'] },
  task_cancel: { fields: ['reason'], required: ['reason'] },
};

export function planOf(action: string): Plan | null {
  return PLANS[action] ?? TASK_PLANS[action] ?? null;
}

/** Nothing to fill in: the key or the button does it. */
export function atOnce(action: string): boolean {
  return planOf(action)?.fields.length === 0;
}
