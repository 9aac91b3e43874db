// One rule as a form, with its text beside it: either side may be edited, both say the same.

import { useState } from 'preact/hooks';
import { type CategoryNode, textIn } from '../lib/categories';
import { useLang } from '../i18n';
import { Field } from '../shell/field';
import {
  type Condition, KINDS, type Kind, OUTCOMES, type OutcomeKind, readCondition, readNear, readOutcome, writeCondition, writeNear,
} from './lines';
import type { Rule, Vocabulary } from './types';
import { useWords } from './words';

export const EMPTY_RULE: Rule = {
  code: '', name: { vi: '', en: '' }, class: 'ordinary', valid_from: null, valid_to: null, conditions: ['category '],
  outcome: 'agency ', partners: [], deadline: null, urgent: null, reason: '',
};

interface RuleFormProps {
  rule: Rule;
  isNew: boolean;
  categories: CategoryNode[];
  vocabulary: Vocabulary;
  /** By field, as the service names them. */
  errors: Record<string, string>;
  busy: boolean;
  onSave: (rule: Rule) => void;
  onCancel: () => void;
}

const CHANNELS = ['phone', 'app', 'web', 'email', 'sms', 'social', 'api'];
const BARE: Kind[] = ['urgent', 'working time'];

/** The list of suggestions that a condition's value takes. */
function listOf(kind: Kind): string | undefined {
  return { category: 'known-categories', 'inside ward': 'known-wards', 'inside district': 'known-districts', channel: 'known-channels',
    'inside jurisdiction': 'known-jurisdictions', 'inside layer': 'known-layers' }[kind as string];
}

function Lists({ categories, vocabulary }: { categories: CategoryNode[]; vocabulary: Vocabulary }) {
  const lang = useLang();
  const list = (id: string, entries: { code: string; name: string }[]) => (
    <datalist id={id}>{entries.map((e) => <option key={e.code} value={e.code}>{e.name}</option>)}</datalist>
  );
  const units = (entries: Vocabulary['agencies']) => entries.map((u) => ({ code: u.code, name: textIn(u.name, lang) }));
  return (
    <>
      {list('known-categories', categories.map((c) => ({ code: c.code, name: textIn(c.name, lang) })))}
      {list('known-agencies', units(vocabulary.agencies))}
      {list('known-wards', units(vocabulary.wards))}
      {list('known-districts', units(vocabulary.districts))}
      {list('known-jurisdictions', units(vocabulary.jurisdictions))}
      {list('known-layers', units(vocabulary.layers))}
      {list('known-channels', CHANNELS.map((code) => ({ code, name: code })))}
      {list('known-sets', vocabulary.sets.map((code) => ({ code, name: code })))}
    </>
  );
}

interface ConditionProps {
  index: number;
  line: string;
  error: string | undefined;
  onLine: (line: string) => void;
  onRemove: () => void;
}

function ConditionRow({ index, line, error, onLine, onRemove }: ConditionProps) {
  const t = useWords();
  const c = readCondition(line);
  const near = readNear(c.value);
  const id = `condition-${index}`;
  const change = (part: Partial<Condition>) => onLine(writeCondition({ ...c, ...part }));
  const changeNear = (part: Partial<typeof near>) => change({ value: writeNear({ ...near, ...part }) });
  return (
    <fieldset class="condition">
      <legend class="visually-hidden">{t.form.condition(index + 1)}</legend>
      <select aria-label={t.form.condition(index + 1)} value={c.kind} onChange={(event) => {
        const kind = event.currentTarget.value as Kind;
        change({ kind, value: kind === 'within' ? '30 m of ' : BARE.includes(kind) ? '' : c.kind === kind ? c.value : '' });
      }}>
        {[...KINDS, 'other' as const].map((kind) => <option key={kind} value={kind}>{t.kinds[kind]}</option>)}
      </select>
      {c.kind === 'within' && (
        <>
          <input type="number" min="1" max="5000" aria-label={t.form.metres} value={near.metres}
            onInput={(event) => changeNear({ metres: event.currentTarget.value })} />
          <input type="text" list="known-layers" aria-label={t.form.layer} value={near.layer}
            onInput={(event) => changeNear({ layer: event.currentTarget.value })} />
          <input type="text" aria-label={t.form.filter} placeholder="class in (trunk, primary)" value={near.filter}
            onInput={(event) => changeNear({ filter: event.currentTarget.value })} />
        </>
      )}
      {c.kind !== 'within' && !BARE.includes(c.kind) && (
        <input type="text" id={id} list={listOf(c.kind)} aria-label={t.form.value} value={c.value} aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined} onInput={(event) => change({ value: event.currentTarget.value })} />
      )}
      {c.kind !== 'other' && (
        <label class="check"><input type="checkbox" checked={c.not} onChange={(event) => change({ not: event.currentTarget.checked })} />{t.form.not}</label>
      )}
      <button type="button" class="button small" onClick={onRemove} aria-label={`${t.remove}: ${line}`}>{t.remove}</button>
      {error && <p class="error" id={`${id}-error`}>{error}</p>}
    </fieldset>
  );
}

function OutcomeFields({ line, error, onLine }: { line: string; error: string | undefined; onLine: (line: string) => void }) {
  const t = useWords();
  const { kind, value } = readOutcome(line);
  const list = { agency: 'known-agencies', unit: undefined, owner: undefined, holder: 'known-sets' }[kind];
  return (
    <fieldset class="condition">
      <legend class="strong">{t.form.outcome}</legend>
      <select aria-label={t.form.outcome} value={kind} onChange={(event) => {
        const next = event.currentTarget.value as OutcomeKind;
        onLine(`${next} ${next === 'unit' ? 'ward' : next === kind ? value : ''}`);
      }}>
        {OUTCOMES.map((k) => <option key={k} value={k}>{t.outcomes[k]}</option>)}
      </select>
      {kind === 'unit' ? (
        <select aria-label={t.form.outcomeValue} value={value} onChange={(event) => onLine(`unit ${event.currentTarget.value}`)}>
          <option value="ward">{t.kinds['inside ward']}</option>
          <option value="district">{t.kinds['inside district']}</option>
        </select>
      ) : (
        <input type="text" id="rule-outcome" list={list} aria-label={t.form.outcomeValue} value={value} aria-invalid={error ? true : undefined}
          placeholder={kind === 'owner' ? 'owner of roads' : undefined} aria-describedby={error ? 'rule-outcome-error' : undefined}
          onInput={(event) => onLine(`${kind} ${event.currentTarget.value}`)} />
      )}
      {error && <p class="error" id="rule-outcome-error">{error}</p>}
    </fieldset>
  );
}

export function RuleForm(props: RuleFormProps) {
  const { isNew, errors } = props;
  const t = useWords();
  const [rule, setRule] = useState(props.rule);
  const change = (part: Partial<Rule>) => setRule((before) => ({ ...before, ...part }));
  const setLine = (index: number, line: string) => change({ conditions: rule.conditions.map((c, i) => (i === index ? line : c)) });
  const text = (id: string, label: string, value: string, onInput: (value: string) => void, field: string, more: Record<string, unknown> = {}) => (
    <Field id={id} label={label} error={errors[field]}>
      {(aria) => <input id={id} type="text" value={value} onInput={(event) => onInput(event.currentTarget.value)} {...aria} {...more} />}
    </Field>
  );
  const day = (id: string, label: string, field: 'valid_from' | 'valid_to') => (
    <Field id={id} label={label} error={errors[field]} optional>
      {(aria) => <input id={id} type="date" value={rule[field] ?? ''} onInput={(event) => change({ [field]: event.currentTarget.value || null })} {...aria} />}
    </Field>
  );

  return (
    <form class="card rule-form" aria-labelledby="rule-form-title" onSubmit={(event) => {
      event.preventDefault();
      if (!props.busy) props.onSave({ ...rule, conditions: rule.conditions.map((c) => c.trim()).filter(Boolean), outcome: rule.outcome.trim() });
    }}>
      <Lists categories={props.categories} vocabulary={props.vocabulary} />
      <h3 id="rule-form-title" tabIndex={-1}>{isNew ? t.form.new : `${t.form.change}: ${rule.code}`}</h3>
      {errors[''] && <p class="error" role="alert">{errors['']}</p>}
      <div class="form-columns">
        <div>
          {isNew && text('rule-code', t.form.code, rule.code, (code) => change({ code }), 'code', { required: true, pattern: '[a-z0-9][a-z0-9\\-]*' })}
          {text('rule-name-vi', t.form.nameVi, rule.name.vi, (vi) => change({ name: { ...rule.name, vi } }), 'name.vi', { required: true })}
          {text('rule-name-en', t.form.nameEn, rule.name.en, (en) => change({ name: { ...rule.name, en } }), 'name.en', { required: true })}
          <Field id="rule-class" label={t.form.class} error={errors['class']}>
            {(aria) => (
              <select id="rule-class" value={rule.class} {...aria} onChange={(event) => change({ class: event.currentTarget.value as Rule['class'] })}>
                {(['special', 'asset', 'ordinary', 'fallback'] as const).map((c) => <option key={c} value={c}>{t.classes[c]}</option>)}
              </select>
            )}
          </Field>
          <div class="two">{day('rule-from', t.form.from, 'valid_from')}{day('rule-to', t.form.to, 'valid_to')}</div>
          <fieldset class="field">
            <legend class="strong">{t.form.conditions}</legend>
            {rule.conditions.map((line, index) => (
              <ConditionRow key={index} index={index} line={line} error={errors[`conditions[${index}]`]} onLine={(next) => setLine(index, next)}
                onRemove={() => change({ conditions: rule.conditions.filter((_, i) => i !== index) })} />
            ))}
            <button type="button" class="button small" onClick={() => change({ conditions: [...rule.conditions, 'category '] })}>{t.form.addCondition}</button>
          </fieldset>
          <OutcomeFields line={rule.outcome} error={errors['outcome']} onLine={(outcome) => change({ outcome })} />
        </div>
        <div>
          <Field id="rule-text" label={t.form.text} hint={t.form.textHint}>
            {(aria) => (
              <textarea id="rule-text" class="code" rows={8} spellcheck={false} {...aria} value={rule.conditions.join('\n')}
                onInput={(event) => change({ conditions: event.currentTarget.value.split('\n') })} />
            )}
          </Field>
          {text('rule-outcome-text', t.form.outcome, rule.outcome, (outcome) => change({ outcome }), 'outcome', { class: 'code', spellcheck: false })}
          {text('rule-deadline', t.form.deadline, rule.deadline ?? '', (deadline) => change({ deadline: deadline || null }), 'deadline')}
          <Field id="rule-urgent" label={t.form.urgent}>
            {(aria) => (
              <select id="rule-urgent" {...aria} value={rule.urgent === null ? '' : String(rule.urgent)}
                onChange={(event) => change({ urgent: event.currentTarget.value === '' ? null : event.currentTarget.value === 'true' })}>
                <option value="">{t.form.byCategory}</option>
                <option value="true">{t.form.yes}</option>
                <option value="false">{t.form.no}</option>
              </select>
            )}
          </Field>
          {text('rule-reason', t.form.reason, rule.reason, (reason) => change({ reason }), 'reason')}
        </div>
      </div>
      <div class="buttons">
        <button type="submit" class="button primary" aria-disabled={props.busy}>{t.save}</button>
        <button type="button" class="button" onClick={props.onCancel}>{t.cancel}</button>
      </div>
    </form>
  );
}
