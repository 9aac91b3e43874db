// Choosing agencies and categories by any part of their names, without tones.

import { useMemo, useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { type CategoryNode, categoryPath, categorySearch } from '../../lib/categories';
import { foldedMatch } from '../../lib/fold';
import { Combobox } from '../../shell/combobox';
import type { ListedAgency } from './api';
import { useRegisterWords } from './words';

const SHOWN = 30;

interface PickProps { id: string; label: string; error?: string | undefined; hint?: string; required?: boolean }

/** One row for each code: the one in force, else the newest. */
export function oneEach(agencies: ListedAgency[]): ListedAgency[] {
  const rank = (row: ListedAgency) => ['in_force', 'planned', 'ended'].indexOf(row.state);
  const byCode = new Map<string, ListedAgency>();
  for (const row of agencies) {
    const other = byCode.get(row.code);
    if (!other || rank(row) < rank(other)) byCode.set(row.code, row);
  }
  return [...byCode.values()];
}

export function AgencyPick({ id, label, error, hint, agencies, value, onChoose }: PickProps & {
  agencies: ListedAgency[]; value: string; onChoose: (code: string) => void;
}) {
  const t = useRegisterWords();
  const [typed, setTyped] = useState<string | null>(null);
  const each = useMemo(() => oneEach(agencies), [agencies]);
  const found = each.filter((row) => foldedMatch(`${row.name} ${row.code} ${row.name_en}`, typed ?? '')).slice(0, SHOWN);
  return (
    <Combobox id={id} label={label} hint={hint ?? t.pickHint} value={typed ?? each.find((row) => row.code === value)?.name ?? value} options={found}
      optionKey={(row) => row.code} renderOption={(row) => <span class="option-text">{row.name} <span class="hint">{row.code}</span></span>}
      summary={t.found(found.length)} error={error} openOnFocus
      onInput={(text) => {
        setTyped(text);
        onChoose(text === '' ? '' : each.some((row) => row.code === text) ? text : '');
      }}
      onChoose={(row) => {
        setTyped(null);
        onChoose(row.code);
      }} />
  );
}

export function CategoryPick({ id, label, error, hint, categories, value, onChoose }: PickProps & {
  categories: CategoryNode[]; value: string; onChoose: (code: string) => void;
}) {
  const t = useRegisterWords();
  const lang = useLang();
  const [typed, setTyped] = useState<string | null>(null);
  const found = categorySearch(categories, typed ?? '', lang).slice(0, SHOWN);
  return (
    <Combobox id={id} label={label} hint={hint ?? t.pickHint} value={typed ?? (value ? categoryPath(categories, value, lang) : '')} options={found}
      optionKey={(node) => node.code} renderOption={(node) => <span class="option-text">{categoryPath(categories, node.code, lang)}</span>}
      summary={t.found(found.length)} error={error} openOnFocus
      onInput={(text) => {
        setTyped(text);
        if (text === '') onChoose('');
      }}
      onChoose={(node) => {
        setTyped(null);
        onChoose(node.code);
      }} />
  );
}

/** Several of them, each with a button that takes it away. */
export function Chosen({ codes, nameOf, onRemove }: { codes: string[]; nameOf: (code: string) => string; onRemove: (code: string) => void }) {
  const t = useRegisterWords();
  return (
    <ul class="chosen">
      {codes.map((code) => (
        <li key={code}>{nameOf(code)} <button type="button" class="button small" aria-label={`${t.remove}: ${nameOf(code)}`} onClick={() => onRemove(code)}>×</button></li>
      ))}
    </ul>
  );
}
