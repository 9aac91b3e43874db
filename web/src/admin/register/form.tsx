// A form of the register: its values as texts, what the service found wrong beside the field it is
// about, and the first of them in focus.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { useMessages } from '../../i18n';
import { Field } from '../../shell/field';
import { useRegisterWords } from './words';

export type Values = Record<string, string>;

export interface Form {
  /** Before the name of each field, so that two forms of a page have no id in common. */
  id: string;
  values: Values;
  faults: Record<string, string>;
  /** What is wrong that belongs to no field of this form. */
  problem: string;
  busy: boolean;
  set: (name: string, value: string) => void;
  /** Runs it; false if it was refused, and why is shown. */
  submit: (run: () => Promise<unknown>) => Promise<boolean>;
}

export function useForm(id: string, initial: Values): Form {
  const m = useMessages();
  const [values, setValues] = useState(initial);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const working = useRef(false);
  const submit = async (run: () => Promise<unknown>): Promise<boolean> => {
    if (working.current) return false;
    working.current = true;
    setBusy(true);
    setFaults({});
    setProblem('');
    try {
      await run();
      return true;
    } catch (error) {
      const errors = error instanceof ApiError ? error.errors : [];
      const found = Object.fromEntries(errors.map((e) => [e.field, e.detail]));
      setFaults(found);
      const apart = errors.filter((e) => !document.getElementById(`${id}-${e.field}`)).map((e) => `${e.field}: ${e.detail}`);
      setProblem(errors.length === 0 ? (error instanceof ApiError && error.status !== 0 ? error.message : m.offline) : apart.join('; '));
      requestAnimationFrame(() => {
        const first = document.querySelector<HTMLElement>(`form[data-form="${id}"] [aria-invalid=true], form[data-form="${id}"] [role=alert]`);
        first?.focus();
      });
      return false;
    } finally {
      working.current = false;
      setBusy(false);
    }
  };
  return { id, values, faults, problem, busy, submit, set: (name, value) => setValues((before) => ({ ...before, [name]: value })) };
}

interface PartProps { form: Form; name: string; label: string; hint?: string; optional?: boolean }

type LineProps = PartProps & { type?: 'text' | 'date' | 'number' | 'datetime-local'; maxLength?: number; min?: number; max?: number };

export function Line({ form, name, label, hint, optional, type, maxLength, min, max }: LineProps) {
  return (
    <Field id={`${form.id}-${name}`} label={label} {...(hint ? { hint } : {})} error={form.faults[name]} optional={optional ?? false}>
      {(aria) => {
        const common = {
          id: `${form.id}-${name}`, required: !optional, ...aria, value: form.values[name] ?? '',
          onInput: (event: { currentTarget: HTMLInputElement }) => form.set(name, event.currentTarget.value),
        };
        if (type === 'number') return <input type="number" {...common} {...(min === undefined ? {} : { min })} {...(max === undefined ? {} : { max })} />;
        if (type === 'date') return <input type="date" {...common} />;
        if (type === 'datetime-local') return <input type="datetime-local" {...common} />;
        return <input type="text" {...common} {...(maxLength === undefined ? {} : { maxLength })} />;
      }}
    </Field>
  );
}

export function Choice({ form, name, label, hint, options }: PartProps & { options: readonly { value: string; text: string }[] }) {
  return (
    <Field id={`${form.id}-${name}`} label={label} {...(hint ? { hint } : {})} error={form.faults[name]}>
      {(aria) => (
        <select id={`${form.id}-${name}`} {...aria} value={form.values[name]} onChange={(event) => form.set(name, event.currentTarget.value)}>
          {options.map((one) => <option key={one.value} value={one.value}>{one.text}</option>)}
        </select>
      )}
    </Field>
  );
}

export function Lines({ form, name, label, hint, optional, rows }: PartProps & { rows?: number }) {
  return (
    <Field id={`${form.id}-${name}`} label={label} {...(hint ? { hint } : {})} error={form.faults[name]} optional={optional ?? false}>
      {(aria) => (
        <textarea id={`${form.id}-${name}`} rows={rows ?? 3} required={!optional} {...aria} value={form.values[name]}
          onInput={(event) => form.set(name, event.currentTarget.value)} />
      )}
    </Field>
  );
}

/** "yes" or "". */
export function Check({ form, name, label }: PartProps) {
  return (
    <p class="check">
      <input id={`${form.id}-${name}`} type="checkbox" checked={form.values[name] === 'yes'}
        onChange={(event) => form.set(name, event.currentTarget.checked ? 'yes' : '')} />
      <label for={`${form.id}-${name}`}>{label}</label>
      {form.faults[name] && <span class="error">{form.faults[name]}</span>}
    </p>
  );
}

interface FormBoxProps {
  form: Form;
  title: string;
  save?: string;
  onSave: () => Promise<unknown>;
  onSaved: () => void;
  onCancel?: (() => void) | undefined;
  /** It is there from the beginning: it takes no focus and has its title above it. */
  quiet?: boolean;
  children: ComponentChildren;
}

export function FormBox({ form, title, save, onSave, onSaved, onCancel, quiet, children }: FormBoxProps) {
  const t = useRegisterWords();
  const box = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (!quiet) box.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  }, []);
  return (
    <form ref={box} class="register-form" data-form={form.id} aria-label={title} onSubmit={(event) => {
      event.preventDefault();
      void form.submit(onSave).then((done) => done && onSaved());
    }} onKeyDown={(event) => {
      if (event.key === 'Escape' && onCancel && !event.defaultPrevented) onCancel();
    }}>
      {!quiet && <h2>{title}</h2>}
      {form.problem && <p class="error-summary" role="alert" tabIndex={-1}>{form.problem}</p>}
      <div class="register-fields">{children}</div>
      <p class="buttons">
        <button type="submit" class="button primary" disabled={form.busy}>{form.busy ? t.saving : save ?? t.save}</button>
        {onCancel && <button type="button" class="button" onClick={onCancel}>{t.cancel}</button>}
      </p>
    </form>
  );
}
