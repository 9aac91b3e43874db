// Calendars: the working week, a year's days off and days worked instead, the year as a picture, who
// keeps it; why a clock may stop; and what a deadline comes to.

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../../i18n';
import { cityDay } from '../../lib/time';
import { setUrlParam, useUrlParams } from '../../lib/url_state';
import type { SectionProps } from '../sections';
import { type CalendarDay, type CalendarRegister, type CalendarRow, type ListedAgency, type PauseReason, at, change, fetchAgencies, fetchCalendars } from './api';
import { Check, FormBox, Line, useForm } from './form';
import { RecomputePart } from './recompute';
import { useRegisterWords } from './words';
import { DayList } from './day_list';
import { Trial } from './trial';
import { YearPicture } from './year_picture';

function CalendarForm({ row, onDone, onCancel }: { row: CalendarRow | null; onDone: (code: string) => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const ordinary = '07:30-11:30 13:00-17:00';
  const week = row?.week ?? [ordinary, ordinary, ordinary, ordinary, ordinary, '', ''];
  const form = useForm('calendar', {
    code: row?.code ?? '', name_vi: row?.name_vi ?? '', name_en: row?.name_en ?? '', follows_city: row === null || row.follows_city ? 'yes' : '',
    ...Object.fromEntries(week.map((hours, i) => [`week[${i}]`, hours])),
  });
  const v = form.values;
  const save = () => {
    const body = {
      name_vi: v['name_vi'], name_en: v['name_en'], follows_city: v['follows_city'] === 'yes', week: week.map((_, i) => (v[`week[${i}]`] ?? '').trim()),
    };
    return row ? change(`/calendars/${at(row.code)}`, 'PUT', { ...body, version: row.version }) : change('/calendars', 'POST', { ...body, code: v['code'] });
  };
  return (
    <FormBox form={form} title={row ? t.calendar.edit : t.calendar.new} onSave={save} onSaved={() => onDone(row?.code ?? v['code'] ?? '')} onCancel={onCancel}>
      {row === null && <Line form={form} name="code" label={t.code} hint={t.codeHint} maxLength={64} />}
      <Line form={form} name="name_vi" label={t.nameVi} maxLength={200} />
      <Line form={form} name="name_en" label={t.nameEn} maxLength={200} />
      {row?.code !== 'city' && <Check form={form} name="follows_city" label={t.calendar.follows} />}
      <fieldset>
        <legend>{t.calendar.week}</legend>
        <p class="hint">{t.calendar.weekHint}</p>
        <div class="week">{week.map((_, i) => <Line key={i} form={form} name={`week[${i}]`} label={t.calendar.weekdays[i] ?? ''} optional maxLength={120} />)}</div>
      </fieldset>
    </FormBox>
  );
}

function PauseForm({ row, onDone, onCancel }: { row: PauseReason | null; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const lang = useLang();
  const form = useForm('pause', {
    code: row?.code ?? '', name_vi: row?.name_vi ?? '', name_en: row?.name_en ?? '', cap_working_days: String(row?.cap_working_days ?? 5), active: row === null || row.active ? 'yes' : '',
  });
  const v = form.values;
  const save = () => {
    const body = { name_vi: v['name_vi'], name_en: v['name_en'], cap_working_days: Number(v['cap_working_days']), active: v['active'] === 'yes' };
    return row ? change(`/pause-reasons/${at(row.code)}`, 'PUT', { ...body, version: row.version }) : change('/pause-reasons', 'POST', { ...body, code: v['code'] });
  };
  return (
    <FormBox form={form} title={row ? t.pause.edit(lang === 'vi' ? row.name_vi : row.name_en) : t.pause.new} onSave={save} onSaved={onDone} onCancel={onCancel}>
      {row === null && <Line form={form} name="code" label={t.code} hint={t.codeHint} maxLength={64} />}
      <Line form={form} name="name_vi" label={t.nameVi} maxLength={200} />
      <Line form={form} name="name_en" label={t.nameEn} maxLength={200} />
      <Line form={form} name="cap_working_days" label={t.pause.cap} type="number" min={0} max={1000} />
      <Check form={form} name="active" label={t.pause.active} />
    </FormBox>
  );
}

function Pauses({ rows, mayEdit, onDone }: { rows: PauseReason[]; mayEdit: boolean; onDone: () => void }) {
  const t = useRegisterWords();
  const lang = useLang();
  const [editing, setEditing] = useState<string | null>(null);
  const nameOf = (row: PauseReason) => (lang === 'vi' ? row.name_vi : row.name_en);
  return (
    <section class="register-block" aria-labelledby="pauses-title">
      <h2 id="pauses-title">{t.pause.title}</h2>
      {editing !== null && <PauseForm key={editing} row={rows.find((row) => row.code === editing) ?? null} onCancel={() => setEditing(null)} onDone={() => {
        setEditing(null);
        onDone();
      }} />}
      <ul class="rows">
        {rows.map((row) => (
          <li key={row.code} data-pause={row.code}><strong>{nameOf(row)}</strong> <span class="hint">{t.pause.days(row.cap_working_days)}{!row.active && ` · ${t.pause.off}`}</span>{' '}
            {mayEdit && <button type="button" class="button small" aria-label={`${t.edit}: ${nameOf(row)}`} onClick={() => setEditing(row.code)}>{t.edit}</button>}</li>
        ))}
      </ul>
      {mayEdit && editing === null && <p class="buttons"><button type="button" class="button small" onClick={() => setEditing('')}>{t.pause.new}</button></p>}
    </section>
  );
}

function OneCalendar({ row, year, today, mayEdit, onDone }: { row: CalendarRow; year: number; today: string; mayEdit: boolean; onDone: () => void }) {
  const t = useRegisterWords();
  const [days, setDays] = useState<CalendarDay[]>(row.days);
  useEffect(() => setDays(row.days), [row]);
  return (
    <>
      <YearPicture year={year} week={row.week} days={days} today={today} />
      {row.days.length === 0 && days.length === 0 && row.code === 'city' && <p class="error-summary">{t.calendar.noDays}</p>}
      <DayList row={row} year={year} days={days} mayEdit={mayEdit} onChange={setDays} onDone={onDone} />
      <section class="register-block" aria-labelledby="used-title">
        <h2 id="used-title">{t.calendar.used}</h2>
        <p>{[row.others ? t.calendar.usedByOthers : '', ...row.agencies.map((agency) => agency.name)].filter(Boolean).join(', ') || t.none}</p>
      </section>
    </>
  );
}

export function Calendars({ city, categories, mayEdit, onProblem }: SectionProps) {
  const t = useRegisterWords();
  const m = useMessages();
  const lang = useLang();
  const params = useUrlParams();
  const today = cityDay(new Date(), city.timezone);
  const year = Math.min(2100, Math.max(2000, Number(params.get('year')) || Number(today.slice(0, 4))));
  const code = params.get('calendar') ?? 'city';
  const [register, setRegister] = useState<CalendarRegister | null>(null);
  const [agencies, setAgencies] = useState<ListedAgency[]>([]);
  const [editing, setEditing] = useState<'' | 'new' | 'edit'>('');
  const [said, setSaid] = useState('');
  const load = () => fetchCalendars(year).then(setRegister, onProblem);
  useEffect(() => void load(), [year]);
  useEffect(() => void fetchAgencies().then(setAgencies, onProblem), []);
  if (register === null) return <p role="status">{m.loading}</p>;
  const row = register.calendars.find((one) => one.code === code) ?? register.calendars[0];
  const done = () => {
    setSaid(t.saved);
    setEditing('');
    void load();
  };
  if (!row) return <p>{t.none}</p>;
  return (
    <div class="register">
      {said && <p class="notice" role="status">{said} {t.calendar.recompute}</p>}
      <div class="register-filters">
        <p class="audit-field wide-field"><label for="calendar-choose">{t.calendar.choose}</label>
          <select id="calendar-choose" value={row.code} onChange={(event) => setUrlParam('calendar', event.currentTarget.value)}>
            {register.calendars.map((one) => <option key={one.code} value={one.code}>{lang === 'vi' ? one.name_vi : one.name_en}</option>)}
          </select></p>
        <p class="audit-field"><label for="calendar-year">{t.calendar.year}</label>
          <input id="calendar-year" type="number" min={2000} max={2100} value={year} onChange={(event) => setUrlParam('year', event.currentTarget.value)} /></p>
        <p class="buttons">
          <button type="button" class="button" aria-label={t.calendar.previous} onClick={() => setUrlParam('year', String(year - 1))}>←</button>
          <button type="button" class="button" aria-label={t.calendar.next} onClick={() => setUrlParam('year', String(year + 1))}>→</button>
          {mayEdit && <button type="button" class="button" onClick={() => setEditing('edit')}>{t.calendar.edit}</button>}
          {mayEdit && <button type="button" class="button" onClick={() => setEditing('new')}>{t.calendar.new}</button>}
        </p>
      </div>
      {editing !== '' && <CalendarForm key={`${editing} ${row.code}`} row={editing === 'edit' ? row : null} onCancel={() => setEditing('')} onDone={(made) => {
        done();
        setUrlParam('calendar', made);
      }} />}
      <p class="hint">{row.week.map((hours, i) => `${t.calendar.short[i]} ${hours || '–'}`).join(' · ')}{row.follows_city && ` · ${t.calendar.follows}`}</p>
      {register.year === year && <OneCalendar key={`${row.code} ${year}`} row={row} year={year} today={today} mayEdit={mayEdit} onDone={done} />}
      <RecomputePart timezone={city.timezone} mayEdit={mayEdit} onProblem={onProblem} />
      <Trial categories={categories} agencies={agencies} calendar={row.code} timezone={city.timezone} onProblem={onProblem} />
      <Pauses rows={register.pause_reasons} mayEdit={mayEdit} onDone={done} />
    </div>
  );
}
