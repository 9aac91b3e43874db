// The part of the form that most people leave closed: when it happened, and who reports.

import { useRef } from 'preact/hooks';
import { useMessages } from '../i18n';
import { Field } from '../shell/field';
import type { Draft, DraftErrors } from './draft';

interface MoreFieldsProps {
  draft: Draft;
  errors: DraftErrors;
  today: string;
  onChange: (part: Partial<Draft>, ...fields: (keyof DraftErrors)[]) => void;
}

export function MoreFields({ draft, errors, today, onChange }: MoreFieldsProps) {
  const t = useMessages();
  const wrong = errors.occurredAt ?? errors.name ?? errors.phone ?? errors.email ?? errors.anonymous;
  const filled = draft.occurredAt || draft.name || draft.phone || draft.email || draft.anonymous;
  const opened = useRef(false); // once there is something to see, it is never closed again
  if (wrong || filled) opened.current = true;
  return (
    <details class="more" open={opened.current}>
      <summary>{t.report.more} <span class="optional">({t.optional})</span></summary>
      <Field id="occurred-at" label={t.report.occurredAt} error={errors.occurredAt}>
        {(aria) => (
          <input id="occurred-at" type="datetime-local" max={`${today}T23:59`} {...aria}
            value={draft.occurredAt}
            onInput={(event) => onChange({ occurredAt: event.currentTarget.value }, 'occurredAt')} />
        )}
      </Field>
      <Field id="reporter-name" label={t.report.name} error={errors.name}>
        {(aria) => (
          <input id="reporter-name" type="text" autocomplete="name" {...aria} value={draft.name}
            onInput={(event) => onChange({ name: event.currentTarget.value }, 'name')} />
        )}
      </Field>
      <Field id="reporter-phone" label={t.report.phone} error={errors.phone}>
        {(aria) => (
          <input id="reporter-phone" type="tel" autocomplete="tel" {...aria} value={draft.phone}
            onInput={(event) => onChange({ phone: event.currentTarget.value }, 'phone')} />
        )}
      </Field>
      <Field id="reporter-email" label={t.report.email} error={errors.email}>
        {(aria) => (
          <input id="reporter-email" type="email" autocomplete="email" {...aria} value={draft.email}
            onInput={(event) => onChange({ email: event.currentTarget.value }, 'email')} />
        )}
      </Field>
      <label class="check">
        <input id="reporter-anonymous" type="checkbox" checked={draft.anonymous}
          onChange={(event) => onChange({ anonymous: event.currentTarget.checked }, 'anonymous')} />
        {t.report.anonymous}
      </label>
      {errors.anonymous && <p class="error">{errors.anonymous}</p>}
      <p class="hint">{t.report.privacy}</p>
    </details>
  );
}
