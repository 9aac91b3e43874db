// The days of a year that differ from the week, as a list that is edited and then saved whole.

import { useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { useLang, useMessages } from '../../i18n';
import { type CalendarDay, type CalendarRow, at, change, fetchCalendars } from './api';
import { given } from './agency_forms';
import { Choice, FormBox, Line, useForm } from './form';
import { dayText } from './parts';
import { useRegisterWords } from './words';

interface DayListProps {
  row: CalendarRow;
  year: number;
  days: CalendarDay[];
  mayEdit: boolean;
  onChange: (days: CalendarDay[]) => void;
  onDone: () => void;
}

const byDate = (a: CalendarDay, b: CalendarDay): number => a.date.localeCompare(b.date);

function AddDay({ year, onAdd, onCancel }: { year: number; onAdd: (day: CalendarDay) => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const form = useForm('day', { date: `${year}-01-01`, kind: 'holiday', name_vi: '', name_en: '', hours: '' });
  const v = form.values;
  return (
    <FormBox form={form} title={t.calendar.addDay} save={t.add} onCancel={onCancel} onSaved={() => undefined} onSave={async () => onAdd({
      date: v['date'] ?? '', kind: v['kind'] === 'working' ? 'working' : 'holiday', name_vi: v['name_vi'] ?? '', name_en: v['name_en'] ?? '', hours: v['hours'] || null, own: true,
    })}>
      <Line form={form} name="date" label={t.calendar.day} type="date" />
      <Choice form={form} name="kind" label={t.calendar.kind} options={['holiday', 'working'].map((value) => ({ value, text: t.calendar.kinds[value] ?? value }))} />
      <Line form={form} name="name_vi" label={t.nameVi} maxLength={200} />
      <Line form={form} name="name_en" label={t.nameEn} optional maxLength={200} />
      {v['kind'] === 'working' && <Line form={form} name="hours" label={t.calendar.hours} hint="07:30-11:30" optional maxLength={120} />}
    </FormBox>
  );
}

export function DayList({ row, year, days, mayEdit, onChange, onDone }: DayListProps) {
  const t = useRegisterWords();
  const m = useMessages();
  const lang = useLang();
  const [adding, setAdding] = useState(false);
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState('');
  const fail = (error: unknown) => setProblem(error instanceof ApiError && error.status !== 0
    ? [error.message, ...error.errors.map((e) => `${e.field}: ${e.detail}`)].join(' ') : m.offline);
  const own = days.filter((day) => day.own);
  const unsaved = JSON.stringify(own) !== JSON.stringify(row.days.filter((day) => day.own));
  const put = (day: CalendarDay) => onChange([...days.filter((one) => one.date !== day.date), day].sort(byDate));
  const save = () => change(`/calendars/${at(row.code)}/days`, 'PUT', {
    version: row.version, year, days: own.map((day) => ({ date: day.date, kind: day.kind, ...given({ name_vi: day.name_vi, name_en: day.name_en, hours: day.hours ?? '' }, 'name_vi', 'name_en', 'hours') })),
  }).then(() => {
    setProblem('');
    setSaid('');
    onDone();
  }, fail);
  const copy = () => fetchCalendars(year - 1).then((answer) => {
    const before = answer.calendars.find((one) => one.code === row.code)?.days.filter((day) => day.own) ?? [];
    const moved = before.map((day) => ({ ...day, date: `${year}${day.date.slice(4)}` })).filter((day) => !days.some((one) => one.date === day.date) && !day.date.endsWith('-02-29'));
    onChange([...days, ...moved].sort(byDate));
    setSaid(t.calendar.copied);
  }, fail);
  return (
    <section class="register-block" aria-labelledby="days-title">
      <h2 id="days-title">{t.calendar.days(year)}</h2>
      {problem && <p class="error-summary" role="alert">{problem}</p>}
      {said && <p class="notice" role="status">{said}</p>}
      <ul class="rows">
        {days.map((day) => (
          <li key={day.date} data-date={day.date}>
            <strong class="numbers">{dayText(day.date, lang)}</strong> <span class={`badge state-${day.kind === 'holiday' ? 'draft' : 'published'}`}>{t.calendar.kinds[day.kind]}</span>{' '}
            {lang === 'vi' ? day.name_vi : day.name_en || day.name_vi}{day.hours && ` (${day.hours})`} {!day.own && <span class="hint">{t.calendar.ofCity}</span>}{' '}
            {mayEdit && day.own && <button type="button" class="button small" aria-label={`${t.remove}: ${dayText(day.date, lang)}`} onClick={() => onChange(days.filter((one) => one.date !== day.date))}>{t.remove}</button>}
          </li>
        ))}
      </ul>
      {adding && <AddDay year={year} onCancel={() => setAdding(false)} onAdd={(day) => {
        put(day);
        setAdding(false);
      }} />}
      {mayEdit && (
        <p class="buttons">
          {!adding && <button type="button" class="button" onClick={() => setAdding(true)}>{t.calendar.addDay}</button>}
          <button type="button" class="button" onClick={() => void copy()}>{t.calendar.copy(year - 1)}</button>
          <button type="button" class="button primary" disabled={!unsaved} onClick={() => void save()}>{t.calendar.saveDays}</button>
          {unsaved && <span class="hint" role="status">{t.calendar.unsaved}</span>}
        </p>
      )}
    </section>
  );
}
