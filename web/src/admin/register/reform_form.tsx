// A reform: agencies that are renamed, merged, split or abolished on a day (docs/reforms.md). What is
// left to do afterwards is told: open complaints, accounts, rules.

import { useState } from 'preact/hooks';
import { setUrlParams, urlParams } from '../../lib/url_state';
import { type AreaRow, type ListedAgency, reform } from './api';
import { Check, Choice, type Form, FormBox, Line, Lines, useForm } from './form';
import { AgencyPick, Chosen, oneEach } from './picks';
import { useRegisterWords } from './words';

interface Part { code: string; name: string; jurisdiction: string; categories: string }
const NO_PART: Part = { code: '', name: '', jurisdiction: '', categories: '' };

function Parts({ parts, areas, onChange }: { parts: Part[]; areas: AreaRow[]; onChange: (parts: Part[]) => void }) {
  const t = useRegisterWords();
  const set = (n: number, change: Partial<Part>) => onChange(parts.map((part, i) => (i === n ? { ...part, ...change } : part)));
  const text = (n: number, name: 'code' | 'name' | 'categories', label: string, required: boolean) => (
    <p class="audit-field"><label for={`part-${n}-${name}`}>{label}</label>
      <input id={`part-${n}-${name}`} type="text" required={required} value={parts[n]?.[name]} onInput={(event) => set(n, { [name]: event.currentTarget.value })} /></p>
  );
  return (
    <fieldset class="wide-field">
      <legend>{t.reform.parts}</legend>
      {parts.map((part, n) => (
        <fieldset key={n} class="part">
          <legend class="hint">{t.reform.part(n + 1)}</legend>
          {text(n, 'code', t.reform.partCode, true)}
          {text(n, 'name', t.reform.partName, false)}
          {areas.length > 0 && (
            <p class="audit-field"><label for={`part-${n}-area`}>{t.reform.partArea}</label>
              <select id={`part-${n}-area`} value={part.jurisdiction} onChange={(event) => set(n, { jurisdiction: event.currentTarget.value })}>
                <option value="">{t.reform.eachArea}</option>
                {[...new Set(areas.filter((area) => area.state !== 'ended').map((area) => area.code))].map((code) => <option key={code} value={code}>{code}</option>)}
              </select></p>
          )}
          {text(n, 'categories', t.reform.partCategories, false)}
          {parts.length > 1 && <button type="button" class="button small" aria-label={`${t.remove}: ${t.reform.part(n + 1)}`} onClick={() => onChange(parts.filter((_, i) => i !== n))}>{t.remove}</button>}
        </fieldset>
      ))}
      <button type="button" class="button small" onClick={() => onChange([...parts, NO_PART])}>{t.reform.addPart}</button>
    </fieldset>
  );
}

function bodyOf(form: Form, others: string[], parts: Part[]): Record<string, unknown> {
  const v = form.values;
  const common = { change: v['change'], agencies: [v['agency'], ...(v['change'] === 'merge' ? others : [])].filter(Boolean), on: v['on'], reason: v['reason'] };
  switch (v['change']) {
    case 'merge': return { ...common, into: v['into'], ...(v['name'] ? { name: v['name'] } : {}), ...(v['name_en'] ? { name_en: v['name_en'] } : {}) };
    case 'split': return {
      ...common,
      parts: parts.map((part) => ({
        code: part.code.trim(), ...(part.name ? { name: part.name } : {}), ...(part.jurisdiction ? { jurisdiction: part.jurisdiction } : {}),
        ...(part.categories.trim() ? { categories: part.categories.split(',').map((code) => code.trim()).filter(Boolean) } : {}),
      })),
    };
    case 'abolish': return { ...common, ...(v['to_fallback'] ? { to_fallback: true } : { to: v['to'] }) };
    default: return { ...common, name: v['name'], ...(v['name_en'] ? { name_en: v['name_en'] } : {}) };
  }
}

interface ReformProps { agencies: ListedAgency[]; areas: AreaRow[]; agency?: string; onDone: () => void; onCancel: () => void }

export function ReformForm({ agencies, areas, agency, onDone, onCancel }: ReformProps) {
  const t = useRegisterWords();
  const form = useForm('reform', { change: 'rename', agency: agency ?? '', on: '', reason: '', name: '', name_en: '', into: '', to: '', to_fallback: '' });
  const [others, setOthers] = useState<string[]>([]);
  const [parts, setParts] = useState<Part[]>([NO_PART, NO_PART]);
  const [left, setLeft] = useState<{ open_complaints: number; accounts: number; rules: string[] } | null>(null);
  const kind = form.values['change'];
  const nameOf = (code: string) => oneEach(agencies).find((row) => row.code === code)?.name ?? code;
  if (left) {
    return (
      <div class="notice" role="status">
        <p>{t.reform.done(left.open_complaints, left.accounts)}</p>
        {left.rules.length > 0 && <p>{t.reform.rules(left.rules.join(', '))}</p>}
        <p class="buttons">
          <a class="button" href={`?section=transfers&day=${form.values['on']}`} onClick={(event) => {
            event.preventDefault();
            const next = urlParams();
            next.delete('agency');
            next.set('section', 'transfers');
            next.set('day', form.values['on'] ?? '');
            setUrlParams(next, true);
          }}>{t.reform.toTransfers}</a>
          <button type="button" class="button" onClick={onCancel}>{t.cancel}</button>
        </p>
      </div>
    );
  }
  return (
    <FormBox form={form} title={t.reform.title} save={t.reform.do} onCancel={onCancel} onSaved={onDone}
      onSave={async () => setLeft(await reform(bodyOf(form, others, parts)))}>
      <Choice form={form} name="change" label={t.reform.change} options={Object.entries(t.reform.changes).map(([value, text]) => ({ value, text }))} />
      <AgencyPick id="reform-agencies" label={t.titleAgency} agencies={agencies} value={form.values['agency'] ?? ''} error={form.faults['agencies']}
        onChoose={(code) => form.set('agency', code)} />
      <Line form={form} name="on" label={t.on} type="date" />
      {kind === 'merge' && (
        <div class="wide-field">
          <AgencyPick key={others.length} id="reform-others" label={t.reform.others} agencies={agencies} value=""
            onChoose={(code) => code && !others.includes(code) && setOthers([...others, code])} />
          <Chosen codes={others} nameOf={nameOf} onRemove={(code) => setOthers(others.filter((one) => one !== code))} />
        </div>
      )}
      {kind === 'merge' && <Line form={form} name="into" label={t.reform.into} maxLength={64} />}
      {(kind === 'rename' || kind === 'merge') && <Line form={form} name="name" label={kind === 'merge' ? t.reform.intoName : t.reform.newName} optional={kind === 'merge'} maxLength={300} />}
      {(kind === 'rename' || kind === 'merge') && <Line form={form} name="name_en" label={t.nameEn} optional maxLength={300} />}
      {kind === 'abolish' && !form.values['to_fallback'] && <AgencyPick id="reform-to" label={t.reform.to} agencies={agencies} value={form.values['to'] ?? ''}
        error={form.faults['to']} onChoose={(code) => form.set('to', code)} />}
      {kind === 'abolish' && <Check form={form} name="to_fallback" label={t.reform.toFallback} />}
      {kind === 'split' && <Parts parts={parts} areas={areas} onChange={setParts} />}
      <div class="wide-field"><Lines form={form} name="reason" label={t.reform.reason} rows={2} /></div>
      <p class="hint wide-field">{t.reform.hint}</p>
    </FormBox>
  );
}
