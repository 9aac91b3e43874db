// A labelled field with its hint and its error where a screen reader finds them.

import type { ComponentChildren } from 'preact';
import { useMessages } from '../i18n';

interface FieldProps {
  id: string;
  label: string;
  hint?: string;
  error?: string | undefined;
  optional?: boolean;
  children: (aria: { 'aria-describedby'?: string; 'aria-invalid'?: true }) => ComponentChildren;
}

export function Field({ id, label, hint, error, optional, children }: FieldProps) {
  const t = useMessages();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}{optional && <span class="optional"> ({t.optional})</span>}</label>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {children({
        ...(described ? { 'aria-describedby': described } : {}),
        ...(error ? { 'aria-invalid': true as const } : {}),
      })}
      {error && <p class="error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}
