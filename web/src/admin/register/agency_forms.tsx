// Adding an agency, correcting one, its desks, areas and where it is told.

import { useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { type CategoryNode, categoryName } from '../../lib/categories';
import type { AgencyRow, AreaRow, CalendarRow, DeskRow, ListedAgency } from './api';
import { addContact, at, change } from './api';
import { Choice, type Form, FormBox, Line, useForm } from './form';
import { kindName } from './parts';
import { AgencyPick, CategoryPick, Chosen } from './picks';
import { useRegisterWords } from './words';

const KINDS = ['department', 'utility', 'board', 'ward', 'district'];

/** Without what was left empty: an empty day is no day. */
export const given = (values: Record<string, string>, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (values[name] ? [[name, values[name] as string]] : [])));

function AgencyFields({ form, agencies, calendars }: { form: Form; agencies: ListedAgency[]; calendars: CalendarRow[] }) {
  const t = useRegisterWords();
  const lang = useLang();
  const kinds = [...new Set([...KINDS, form.values['kind'] ?? ''])].filter(Boolean);
  return (
    <>
      <Line form={form} name="name" label={t.nameVi} maxLength={300} />
      <Line form={form} name="name_en" label={t.nameEn} optional maxLength={300} />
      <Choice form={form} name="kind" label={t.agency.kind} options={kinds.map((kind) => ({ value: kind, text: kindName(kind, t) }))} />
      <AgencyPick id={`${form.id}-parent`} label={t.agency.parent} agencies={agencies} value={form.values['parent'] ?? ''}
        error={form.faults['parent']} onChoose={(code) => form.set('parent', code)} />
      <Choice form={form} name="calendar" label={t.agency.calendar} options={[{ value: '', text: t.agency.cityCalendar },
        ...calendars.filter((one) => one.code !== 'city').map((one) => ({ value: one.code, text: lang === 'vi' ? one.name_vi : one.name_en }))]} />
    </>
  );
}

export function NewAgency({ agencies, calendars, onDone, onCancel }: {
  agencies: ListedAgency[]; calendars: CalendarRow[]; onDone: (code: string) => void; onCancel: () => void;
}) {
  const t = useRegisterWords();
  const form = useForm('new-agency', { code: '', name: '', name_en: '', kind: 'department', parent: '', calendar: '', valid_from: '', valid_to: '' });
  const v = form.values;
  return (
    <FormBox form={form} title={t.agency.new} onCancel={onCancel} onSaved={() => onDone(v['code'] ?? '')}
      onSave={() => change('/agencies', 'POST', given(v, 'code', 'name', 'name_en', 'kind', 'parent', 'calendar', 'valid_from', 'valid_to'))}>
      <Line form={form} name="code" label={t.code} hint={t.codeHint} maxLength={64} />
      <AgencyFields form={form} agencies={agencies} calendars={calendars} />
      <Line form={form} name="valid_from" label={t.from} type="date" optional />
      <Line form={form} name="valid_to" label={t.to} type="date" optional />
      <p class="hint wide-field">{t.agency.newHint}</p>
    </FormBox>
  );
}

export function CorrectAgency({ row, agencies, calendars, onDone, onCancel }: {
  row: AgencyRow; agencies: ListedAgency[]; calendars: CalendarRow[]; onDone: () => void; onCancel: () => void;
}) {
  const t = useRegisterWords();
  const form = useForm('agency', { name: row.name, name_en: row.name_en, kind: row.kind, parent: row.parent ?? '', calendar: row.calendar ?? '' });
  return (
    <FormBox form={form} title={t.agency.correct(row.name)} onCancel={onCancel} onSaved={onDone}
      onSave={() => change(`/agencies/${at(row.code)}`, 'PUT', { generation: row.id, version: row.version, ...form.values })}>
      <AgencyFields form={form} agencies={agencies.filter((one) => one.code !== row.code)} calendars={calendars} />
      <p class="hint wide-field">{t.agency.correctHint}</p>
    </FormBox>
  );
}

export function NewDesk({ agency, onDone, onCancel }: { agency: string; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const form = useForm('new-desk', { code: '', name: '', valid_from: '' });
  return (
    <FormBox form={form} title={t.desk.new} onCancel={onCancel} onSaved={onDone}
      onSave={() => change(`/agencies/${at(agency)}/desks`, 'POST', given(form.values, 'code', 'name', 'valid_from'))}>
      <Line form={form} name="code" label={t.code} hint={t.codeHint} maxLength={64} />
      <Line form={form} name="name" label={t.name} maxLength={300} />
      <Line form={form} name="valid_from" label={t.from} type="date" optional />
    </FormBox>
  );
}

export function RenameDesk({ desk, onDone, onCancel }: { desk: DeskRow; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const form = useForm('desk', { name: desk.name });
  return (
    <FormBox form={form} title={t.desk.rename(desk.name)} onCancel={onCancel} onSaved={onDone}
      onSave={() => change(`/desks/${desk.id}`, 'PUT', { version: desk.version, ...form.values })}>
      <Line form={form} name="name" label={t.name} maxLength={300} />
    </FormBox>
  );
}

/** Ends a desk or an area on a day. */
export function EndForm({ path, title, hint, row, onDone, onCancel }: {
  path: 'desks' | 'areas'; title: string; hint?: string; row: DeskRow | AreaRow; onDone: (left: number) => void; onCancel: () => void;
}) {
  const t = useRegisterWords();
  const form = useForm('end', { on: '' });
  const [left, setLeft] = useState(0);
  return (
    <FormBox form={form} title={title} save={t.end} onCancel={onCancel} onSaved={() => onDone(left)}
      onSave={async () => setLeft((await change(`/${path}/${row.id}/end`, 'POST', { version: row.version, ...form.values })).open_complaints ?? 0)}>
      <Line form={form} name="on" label={t.on} type="date" {...(hint ? { hint } : {})} />
    </FormBox>
  );
}

export function NewArea({ agency, desks, categories, onDone, onCancel }: {
  agency: string; desks: DeskRow[]; categories: CategoryNode[]; onDone: () => void; onCancel: () => void;
}) {
  const t = useRegisterWords();
  const lang = useLang();
  const form = useForm('new-area', { code: '', name: '', reach: 'ward', unit: '', class: 'ordinary', desk: '', valid_from: '', valid_to: '' });
  const [codes, setCodes] = useState<string[]>([]);
  const city = form.values['reach'] === 'city';
  return (
    <FormBox form={form} title={t.area.new} onCancel={onCancel} onSaved={onDone} onSave={() => change(`/agencies/${at(agency)}/areas`, 'POST',
      { ...given(form.values, 'code', 'name', 'reach', ...(city ? [] : ['unit']), 'class', 'desk', 'valid_from', 'valid_to'), categories: codes })}>
      <Line form={form} name="code" label={t.code} hint={t.codeHint} maxLength={64} />
      <Line form={form} name="name" label={t.name} maxLength={300} />
      <Choice form={form} name="reach" label={t.area.reach} options={['ward', 'district', 'city'].map((value) => ({ value, text: t.area.reaches[value] ?? value }))} />
      {!city && <Line form={form} name="unit" label={t.area.unit} maxLength={64} />}
      <Choice form={form} name="class" label={t.area.class} options={['ordinary', 'special'].map((value) => ({ value, text: t.area.classes[value] ?? value }))} />
      <Choice form={form} name="desk" label={t.desk.desk} options={[{ value: '', text: t.agency.wholeAgency },
        ...desks.filter((desk) => desk.state !== 'ended').map((desk) => ({ value: desk.code, text: desk.name }))]} />
      <Line form={form} name="valid_from" label={t.from} type="date" optional />
      <Line form={form} name="valid_to" label={t.to} type="date" optional />
      <div class="wide-field">
        <CategoryPick key={codes.length} id="new-area-categories" label={t.area.addCategory} categories={categories} value="" error={form.faults['categories']}
          onChoose={(code) => code && !codes.includes(code) && setCodes([...codes, code])} />
        <Chosen codes={codes} nameOf={(code) => categoryName(categories, code, lang)} onRemove={(code) => setCodes(codes.filter((one) => one !== code))} />
      </div>
    </FormBox>
  );
}

export function NewContact({ agency, desks, onDone, onCancel }: { agency: string; desks: DeskRow[]; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const form = useForm('new-contact', { medium: 'email', address: '', desk: '' });
  return (
    <FormBox form={form} title={t.agency.contacts} save={t.add} onCancel={onCancel} onSaved={onDone}
      onSave={() => addContact({ agency, ...given(form.values, 'medium', 'address', 'desk') })}>
      <Choice form={form} name="medium" label={t.agency.medium} options={['email', 'sms'].map((value) => ({ value, text: t.agency.media[value] ?? value }))} />
      <Line form={form} name="address" label={t.agency.contact} maxLength={200} />
      <Choice form={form} name="desk" label={t.desk.desk} options={[{ value: '', text: t.agency.wholeAgency },
        ...desks.filter((desk) => desk.state !== 'ended').map((desk) => ({ value: desk.code, text: desk.name }))]} />
    </FormBox>
  );
}
