// The tree of categories: names, words for search, place, and how long each step may take.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLang, useMessages } from '../../i18n';
import { foldedMatch } from '../../lib/fold';
import type { SectionProps } from '../sections';
import { type CategoryRegister, type CategoryRow, at, change, fetchCategories } from './api';
import { Check, Choice, FormBox, Line, useForm } from './form';
import { given } from './agency_forms';
import { StepsForm, resolveText } from './steps_form';
import { useRegisterWords } from './words';

export interface Placed extends CategoryRow { depth: number }

/** Parents before their children, in the service's order. */
export function placed(rows: CategoryRow[]): Placed[] {
  const out: Placed[] = [];
  const visit = (parent: string | null, depth: number) => {
    for (const row of rows.filter((one) => one.parent === parent)) {
      out.push({ ...row, depth });
      visit(row.code, depth + 1);
    }
  };
  visit(null, 0);
  return out;
}

/** It and all below it: what it cannot be put under. */
function subtree(rows: CategoryRow[], code: string): Set<string> {
  const found = new Set([code]);
  for (const row of placed(rows)) if (row.parent !== null && found.has(row.parent)) found.add(row.code);
  return found;
}

function CategoryForm({ row, rows, onDone, onCancel }: { row: CategoryRow | null; rows: CategoryRow[]; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const lang = useLang();
  const own = row === null || (row.deadline_hours === null && row.deadline_working_days === null) ? '' : row.deadline_hours !== null ? 'hours' : 'days';
  const form = useForm('category', {
    code: row?.code ?? '', parent: row?.parent ?? '', name_vi: row?.name_vi ?? '', name_en: row?.name_en ?? '', keywords: row?.keywords ?? '',
    urgent: row?.urgent ? 'yes' : '', own, amount: String(row?.deadline_hours ?? row?.deadline_working_days ?? ''), active: row === null || row.active ? 'yes' : '',
  });
  const v = form.values;
  const below = row ? subtree(rows, row.code) : new Set<string>();
  const save = () => {
    const body = {
      ...given(v, 'parent', 'name_vi', 'name_en', 'keywords'), urgent: v['urgent'] === 'yes',
      ...(v['own'] === 'hours' ? { deadline_hours: Number(v['amount']) } : v['own'] === 'days' ? { deadline_working_days: Number(v['amount']) } : {}),
    };
    return row === null ? change('/categories', 'POST', { ...body, code: v['code'] })
      : change(`/categories/${at(row.code)}`, 'PUT', { ...body, version: row.version, active: v['active'] === 'yes' });
  };
  return (
    <FormBox form={form} title={row ? t.category.edit(lang === 'vi' ? row.name_vi : row.name_en) : t.category.new} onSave={save} onSaved={onDone} onCancel={onCancel}>
      {row === null && <Line form={form} name="code" label={t.code} hint={t.codeHint} maxLength={32} />}
      <Choice form={form} name="parent" label={t.category.parent} options={[{ value: '', text: t.category.top },
        ...placed(rows).filter((one) => one.active && !below.has(one.code)).map((one) => ({ value: one.code, text: `${'\u2003'.repeat(one.depth)}${lang === 'vi' ? one.name_vi : one.name_en}` }))]} />
      <Line form={form} name="name_vi" label={t.nameVi} maxLength={200} />
      <Line form={form} name="name_en" label={t.nameEn} maxLength={200} />
      <div class="wide-field"><Line form={form} name="keywords" label={t.category.keywords} hint={t.category.keywordsHint} optional maxLength={2000} /></div>
      <Choice form={form} name="own" label={t.category.own} options={[{ value: '', text: t.category.inherit }, { value: 'hours', text: t.category.hours }, { value: 'days', text: t.category.days }]} />
      {v['own'] !== '' && <Line form={form} name="amount" label={t.category.amount} type="number" min={1} max={v['own'] === 'hours' ? 100000 : 10000} />}
      <Check form={form} name="urgent" label={t.category.urgent} />
      {row !== null && <Check form={form} name="active" label={t.category.active} />}
      {row !== null && <p class="hint wide-field">{t.category.endHint}</p>}
    </FormBox>
  );
}

type Editing = { what: 'new' } | { what: 'edit' | 'steps'; code: string } | { what: 'defaults' } | null;

export function Categories({ mayEdit, onProblem }: SectionProps) {
  const t = useRegisterWords();
  const m = useMessages();
  const lang = useLang();
  const [register, setRegister] = useState<CategoryRegister | null>(null);
  const [editing, setEditing] = useState<Editing>(null);
  const [ended, setEnded] = useState(false);
  const [q, setQ] = useState('');
  const [said, setSaid] = useState('');
  const load = () => fetchCategories().then(setRegister, onProblem);
  useEffect(() => void load(), []);
  const rows = register?.categories ?? [];
  const shown = useMemo(() => placed(rows).filter((row) => (ended || row.active)
    && foldedMatch(`${row.name_vi} ${row.name_en} ${row.code} ${row.keywords}`, q)), [register, ended, q]);
  if (register === null) return <p role="status">{m.loading}</p>;
  const nameOf = (row: CategoryRow) => (lang === 'vi' ? row.name_vi : row.name_en);
  const done = () => {
    setSaid(t.saved);
    setEditing(null);
    void load();
  };
  const cancel = () => setEditing(null);
  const move = (row: CategoryRow, step: -1 | 1) => {
    const siblings = rows.filter((one) => one.parent === row.parent);
    const i = siblings.findIndex((one) => one.code === row.code);
    // Before the one above; or before the one after the next, which may be none: last.
    const before = step < 0 ? siblings[i - 1]?.code : siblings[i + 2]?.code ?? '';
    if (before === undefined || (step > 0 && i === siblings.length - 1)) return;
    change(`/categories/${at(row.code)}/place`, 'POST', { version: row.version, before }).then(() => load(), onProblem);
  };
  const chosen = editing && 'code' in editing ? rows.find((row) => row.code === editing.code) ?? null : null;
  return (
    <div class="register">
      {said && <p class="notice" role="status">{said}</p>}
      {mayEdit && editing === null && (
        <p class="buttons">
          <button type="button" class="button" onClick={() => setEditing({ what: 'new' })}>{t.category.new}</button>
          <button type="button" class="button" onClick={() => setEditing({ what: 'defaults' })}>{t.steps.editDefaults}</button>
        </p>
      )}
      {editing?.what === 'new' && <CategoryForm row={null} rows={rows} onDone={done} onCancel={cancel} />}
      {editing?.what === 'edit' && chosen && <CategoryForm key={chosen.code} row={chosen} rows={rows} onDone={done} onCancel={cancel} />}
      {editing?.what === 'steps' && chosen && <StepsForm key={chosen.code} register={register} row={chosen} onDone={done} onCancel={cancel} />}
      {editing?.what === 'defaults' && <StepsForm key="" register={register} row={null} onDone={done} onCancel={cancel} />}
      <div class="register-filters">
        <p class="audit-field wide-field"><label for="category-q">{t.search}</label>
          <input id="category-q" type="search" value={q} onInput={(event) => setQ(event.currentTarget.value)} /></p>
        <p class="check"><input id="category-ended" type="checkbox" checked={ended} onChange={(event) => setEnded(event.currentTarget.checked)} />
          <label for="category-ended">{t.category.showEnded}</label></p>
      </div>
      <p class="hint" role="status">{t.shown(shown.length, rows.length)}</p>
      <ul class="tree" aria-label={t.category.tree}>
        {shown.map((row) => (
          <li key={row.code} data-category={row.code}>
            <span class={`name depth-${Math.min(row.depth, 3)}`}>
              <span class={row.active ? (row.depth === 0 ? 'strong' : '') : 'ended'}>{nameOf(row)}</span>{' '}
              <code>{row.code}</code> {row.urgent && <span class="badge state-draft">{t.category.urgent}</span>}
              {!row.active && <span class="badge state-retired">{t.category.ended}</span>}
              <br /><span class="hint">{[resolveText(register, row, t), row.open > 0 ? t.category.open(row.open) : '', row.areas > 0 ? t.category.areas(row.areas) : ''].filter(Boolean).join(' · ')}</span>
            </span>
            {mayEdit && (
              <span class="buttons">
                <button type="button" class="button small" aria-label={`${t.edit}: ${nameOf(row)}`} onClick={() => setEditing({ what: 'edit', code: row.code })}>{t.edit}</button>
                <button type="button" class="button small" aria-label={`${t.category.deadlines}: ${nameOf(row)}`} onClick={() => setEditing({ what: 'steps', code: row.code })}>{t.category.deadlines}</button>
                <button type="button" class="button small" aria-label={`${t.category.up}: ${nameOf(row)}`} onClick={() => move(row, -1)}>↑</button>
                <button type="button" class="button small" aria-label={`${t.category.down}: ${nameOf(row)}`} onClick={() => move(row, 1)}>↓</button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
