// An action being written: its fields, what is wrong with them, and what is sent. Kept for the length
// of the browser's session, so that neither a reload nor somebody else's change loses a word.

import type { FieldError } from '../types';
import { addDays } from '../lib/time';
import { type FieldName, planOf } from './action_plan';
import type { AgencyWords } from './words_vi';

export interface TaskDraft { agency: string; agencyName: string; text: string }

export interface ActionDraft {
  text: string;
  reason: string;
  letter: string;
  agency: string;
  agencyName: string;
  desk: string;
  person: string;
  pause: string;
  until: string;
  to: string;
  noPhoto: string;
  tasksOpen: string;
  tasks: TaskDraft[];
}

export const EMPTY_ACTION: ActionDraft = {
  text: '', reason: '', letter: '', agency: '', agencyName: '', desk: '', person: '', pause: '', until: '', to: '',
  noPhoto: '', tasksOpen: '', tasks: [{ agency: '', agencyName: '', text: '' }],
};

export type ActionErrors = Partial<Record<FieldName | 'other', string>>;

const PREFIX = 'hotline.act.';

export function keepAction(key: string, draft: ActionDraft | null): void {
  try {
    if (draft === null) window.sessionStorage.removeItem(PREFIX + key);
    else window.sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: the words live as long as the form.
  }
}

export function keptAction(key: string): ActionDraft {
  try {
    const kept: unknown = JSON.parse(window.sessionStorage.getItem(PREFIX + key) ?? 'null');
    return typeof kept === 'object' && kept !== null ? { ...EMPTY_ACTION, ...(kept as Partial<ActionDraft>) } : EMPTY_ACTION;
  } catch {
    return EMPTY_ACTION;
  }
}

function given(draft: ActionDraft, field: FieldName): boolean {
  if (field === 'tasks') return draft.tasks.length > 0 && draft.tasks.every((task) => task.agency && task.text.trim());
  if (field === 'files') return true;
  return draft[field].trim() !== '';
}

/** What can be seen to be wrong before the service is asked, which judges again in any case. */
export function actionErrors(action: string, draft: ActionDraft, files: number, today: string, t: AgencyWords): ActionErrors {
  const plan = planOf(action);
  const errors: ActionErrors = {};
  for (const field of plan?.required ?? []) {
    if (!given(draft, field)) errors[field] = t.act.need;
  }
  if (plan?.evidence && files === 0 && !draft.noPhoto.trim()) errors.noPhoto = t.act.needEvidence;
  if (action === 'extend' && draft.until && draft.until <= addDays(today, -1)) errors.until = t.act.past;
  return errors;
}

/** The action's own fields, as the service names them. Empty ones are not sent. */
export function actionFields(action: string, draft: ActionDraft, hasFiles: boolean): Record<string, unknown> {
  const plan = planOf(action);
  const out: Record<string, unknown> = {};
  const put = (field: FieldName, name: string, value: string) => {
    if (plan?.fields.includes(field) && value.trim()) out[name] = value.trim();
  };
  put('text', 'text', draft.text);
  put('reason', 'reason', draft.reason);
  put('letter', 'letter', draft.letter);
  put('agency', 'agency', draft.agency);
  put('desk', 'desk', draft.desk);
  put('person', 'person', draft.person);
  put('pause', 'reason', draft.pause);
  put('until', 'until', draft.until);
  put('to', 'to', draft.to);
  put('tasksOpen', 'tasks_open_reason', draft.tasksOpen);
  if (!hasFiles) put('noPhoto', 'no_photo_reason', draft.noPhoto);
  if (plan?.fields.includes('tasks')) {
    out['tasks'] = draft.tasks.map((task) => ({ agency: task.agency, text: task.text.trim() }));
  }
  return out;
}

const FORM_FIELDS: Record<string, FieldName> = {
  text: 'text', letter: 'letter', agency: 'agency', desk: 'desk', person: 'person', until: 'until', to: 'to',
  attachments: 'noPhoto', no_photo_reason: 'noPhoto', tasks: 'tasks', tasks_open_reason: 'tasksOpen',
};

/** The service's errors at the form's fields. */
export function errorsAtFields(action: string, errors: FieldError[]): ActionErrors {
  const plan = planOf(action);
  const out: ActionErrors = {};
  for (const error of errors) {
    const top = error.field.replace(/[.[].*$/, '');
    const named = top === 'reason' ? (plan?.fields.includes('pause') ? 'pause' : 'reason') : FORM_FIELDS[top];
    const field = named && plan?.fields.includes(named) ? named : 'other';
    out[field] = [out[field], error.detail || error.code].filter(Boolean).join(' ');
  }
  return out;
}
