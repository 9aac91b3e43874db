// Does an action: uploads its files once, sends it, and says what came of it. A lost answer is asked
// for again with the same key, so nothing is done twice; somebody else's change in between is shown.

import { useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { newKey } from '../report/draft';
import { type ActionErrors, errorsAtFields } from './action_draft';
import { act, fetchCase, upload } from './api';
import type { Case } from './types';

export interface Attempt {
  sending: boolean;
  /** Nothing came back: trying again is safe. */
  unsent: boolean;
  errors: ActionErrors;
  /** The newest, where somebody else changed it since it was opened. */
  newest: Case | null;
  /** The answer is nothing but a form letter, and the service asks whether that is meant. */
  formOnly: boolean;
}

export const CALM: Attempt = { sending: false, unsent: false, errors: {}, newest: null, formOnly: false };

interface Action {
  attempt: Attempt;
  setErrors: (errors: ActionErrors) => void;
  run: (one: Case, action: string, fields: Record<string, unknown>, files: File[]) => Promise<Case | null>;
}

export function useAction(): Action {
  const [attempt, setAttempt] = useState<Attempt>(CALM);
  const uploaded = useRef(new Map<File, string>());
  const sent = useRef({ text: '', key: '' });

  const uploadAll = async (code: string, files: File[]): Promise<string[]> => {
    for (const file of files) {
      if (uploaded.current.has(file)) continue;
      const [made] = await upload(code, [file], 'evidence', newKey());
      if (made) uploaded.current.set(file, made.id);
    }
    return files.flatMap((file) => uploaded.current.get(file) ?? []);
  };

  const refused = async (one: Case, action: string, error: unknown): Promise<Attempt> => {
    if (!(error instanceof ApiError) || error.status === 0 || error.status === 503) return { ...CALM, unsent: true };
    const formOnly = error.errors.some((entry) => entry.code === 'form_only');
    if (formOnly) return { ...CALM, formOnly };
    if (error.status === 409) {
      const newest = await fetchCase(one.code).catch(() => null);
      if (newest && newest.version !== one.version) return { ...CALM, newest };
    }
    const errors = errorsAtFields(action, error.errors);
    return { ...CALM, errors: Object.keys(errors).length ? errors : { other: error.message } };
  };

  const run: Action['run'] = async (one, action, fields, files) => {
    setAttempt({ ...CALM, sending: true });
    try {
      const attachments = await uploadAll(one.code, files);
      const body = { action, version: one.version, ...fields, ...(attachments.length ? { attachments } : {}) };
      const text = JSON.stringify(body);
      // The same words on the same version are the same attempt; anything else is another.
      if (sent.current.text !== text) sent.current = { text, key: newKey() };
      const changed = await act(one.code, body, sent.current.key);
      setAttempt(CALM);
      return changed;
    } catch (error) {
      setAttempt(await refused(one, action, error));
      return null;
    }
  };

  return { attempt, run, setErrors: (errors) => setAttempt({ ...CALM, errors }) };
}
