// The rules of a set in order of precedence, each in a plain sentence.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { useLang } from '../i18n';
import { type CategoryNode, categoryName, textIn } from '../lib/categories';
import { formatDay } from '../lib/time';
import { fetchText, putRule, removeRule, reorder, replaceText } from './api';
import { readCondition, readNear, readOutcome } from './lines';
import { EMPTY_RULE, RuleForm } from './rule_form';
import type { Rule, RuleSet, Vocabulary, WholeSet } from './types';
import { useWords } from './words';

interface RuleListProps {
  set: WholeSet;
  rules: Rule[];
  categories: CategoryNode[];
  vocabulary: Vocabulary;
  mayEdit: boolean;
  onChanged: () => void;
  onProblem: (error: unknown) => void;
}

const ORDER = ['special', 'asset', 'ordinary', 'fallback'];

function errorsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return { '': String(error) };
  if (error.errors.length === 0) return { '': error.message };
  return Object.fromEntries(error.errors.map((e) => [['revision', 'state'].includes(e.field) ? '' : e.field, e.detail]));
}

function Sentence({ rule, categories, vocabulary }: { rule: Rule; categories: CategoryNode[]; vocabulary: Vocabulary }) {
  const t = useWords();
  const lang = useLang();
  const named = (kind: string, value: string) => {
    const names = value.split(', ').map((code) => {
      if (kind === 'category') return categoryName(categories, code, lang);
      const units = { 'inside ward': vocabulary.wards, 'inside district': vocabulary.districts, 'inside jurisdiction': vocabulary.jurisdictions,
        'inside layer': vocabulary.layers }[kind];
      return textIn(units?.find((u) => u.code === code)?.name, lang) || code;
    });
    return names.join(', ');
  };
  const parts = rule.conditions.map((line) => {
    const c = readCondition(line);
    if (c.kind === 'other') return line;
    if (c.kind === 'within') {
      const near = readNear(c.value);
      return `${c.not ? `${t.form.not} ` : ''}${t.near(near.metres, named('inside layer', near.layer), near.filter)}`;
    }
    return `${c.not ? `${t.form.not} ` : ''}${t.kinds[c.kind].toLowerCase()}${c.value ? ` ${named(c.kind, c.value)}` : ''}`;
  });
  const outcome = readOutcome(rule.outcome);
  const [code] = outcome.value.split(' ');
  const agency = outcome.kind === 'agency' ? textIn(vocabulary.agencies.find((a) => a.code === code)?.name, lang) || outcome.value
    : `${t.outcomes[outcome.kind]} (${outcome.value})`;
  return <p class="rule-sentence">{parts.join('; ') || '—'} <strong>→ {agency}</strong>{rule.deadline ? `; ${t.deadlineWords(rule.deadline)}` : ''}</p>;
}

/** The set as one text, to be read, kept as a file, or replaced. */
function WholeText({ set, mayEdit, onChanged, onProblem }: Pick<RuleListProps, 'set' | 'mayEdit' | 'onChanged' | 'onProblem'>) {
  const t = useWords();
  const [text, setText] = useState<string | null>(null);
  useEffect(() => setText(null), [set.id, set.revision]);
  return (
    <details class="whole-text" onToggle={(event) => {
      if (event.currentTarget.open && text === null) fetchText(set.id).then(setText, onProblem);
    }}>
      <summary>{t.wholeText}</summary>
      <label class="visually-hidden" for="whole-text">{t.wholeText}</label>
      <textarea id="whole-text" class="code" rows={16} spellcheck={false} readOnly={!mayEdit} value={text ?? ''}
        onInput={(event) => setText(event.currentTarget.value)} />
      {mayEdit && (
        <div class="buttons tight">
          <button type="button" class="button small" onClick={() => text !== null && void replaceText(set, text).then(onChanged, onProblem)}>{t.replaceText}</button>
        </div>
      )}
    </details>
  );
}

export function RuleList(props: RuleListProps) {
  const { set, rules, categories, vocabulary, mayEdit } = props;
  const t = useWords();
  const lang = useLang();
  const [editing, setEditing] = useState<{ rule: Rule; isNew: boolean } | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const sorted = [...rules].sort((a, b) => ORDER.indexOf(a.class) - ORDER.indexOf(b.class) || (a.position ?? 0) - (b.position ?? 0));

  useEffect(() => {
    if (editing) box.current?.querySelector<HTMLElement>('#rule-form-title')?.focus();
  }, [editing]);

  const run = async (work: () => Promise<RuleSet>): Promise<boolean> => {
    setBusy(true);
    setErrors({});
    try {
      await work();
      props.onChanged();
      return true;
    } catch (error) {
      if (editing) setErrors(errorsOf(error));
      else props.onProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  };

  const move = (code: string, by: number) => {
    const codes = rules.map((r) => r.code);
    const inClass = sorted.filter((r) => r.class === rules.find((x) => x.code === code)?.class).map((r) => r.code);
    const other = inClass[inClass.indexOf(code) + by];
    if (!other) return;
    const [a, b] = [codes.indexOf(code), codes.indexOf(other)];
    codes.splice(a, 1);
    codes.splice(b, 0, code);
    void run(() => reorder(set, codes));
  };

  return (
    <div class="rules" ref={box}>
      <p class="hint">{t.order}</p>
      {mayEdit && !editing && (
        <button type="button" class="button" onClick={() => setEditing({ rule: EMPTY_RULE, isNew: true })}>{t.add}</button>
      )}
      {!editing && <WholeText set={set} mayEdit={mayEdit} onChanged={props.onChanged} onProblem={props.onProblem} />}
      {editing && (
        <RuleForm key={editing.rule.code} rule={editing.rule} isNew={editing.isNew} categories={categories} vocabulary={vocabulary}
          errors={errors} busy={busy} onCancel={() => { setEditing(null); setErrors({}); }}
          onSave={(rule) => void run(() => putRule(set, rule, editing.isNew, '')).then((saved) => saved && setEditing(null))} />
      )}
      {rules.length === 0 && <p class="hint">{t.noRules}</p>}
      <ol class="rule-list">
        {sorted.map((rule) => (
          <li key={rule.code} class="card rule" data-code={rule.code}>
            <h3>
              {textIn(rule.name, lang)} <code>{rule.code}</code> <span class="badge">{t.classes[rule.class]}</span>
              {rule.change && <span class="badge warn">{t.changes[rule.change]}</span>}
            </h3>
            <Sentence rule={rule} categories={categories} vocabulary={vocabulary} />
            {(rule.valid_from || rule.valid_to) && (
              <p class="hint">{rule.valid_from && `${t.form.from} ${formatDay(rule.valid_from)} `}{rule.valid_to && `${t.form.to} ${formatDay(rule.valid_to)}`}</p>
            )}
            {mayEdit && (
              <div class="buttons tight">
                <button type="button" class="button small" aria-label={`${t.edit}: ${rule.code}`} onClick={() => setEditing({ rule, isNew: false })}>{t.edit}</button>
                <button type="button" class="button small" aria-label={`${t.up}: ${rule.code}`} onClick={() => move(rule.code, -1)}>{t.up}</button>
                <button type="button" class="button small" aria-label={`${t.down}: ${rule.code}`} onClick={() => move(rule.code, 1)}>{t.down}</button>
                <button type="button" class="button small" aria-label={`${t.remove}: ${rule.code}`} onClick={() => void run(() => removeRule(set, rule.code))}>{t.remove}</button>
              </div>
            )}
          </li>
        ))}
      </ol>
      {set.state === 'draft' && set.differences.some((d) => d.change === 'removed') && (
        <p class="hint">{t.removedToo} {set.differences.filter((d) => d.change === 'removed').map((d) => d.code).join(', ')}</p>
      )}
    </div>
  );
}
