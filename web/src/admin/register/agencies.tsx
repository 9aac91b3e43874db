// Agencies: all there were, are and will be, found by name, kind and day; one of them with all it has.
// The address says which: ?section=agencies&agency=CODE.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { useMessages } from '../../i18n';
import { foldedMatch } from '../../lib/fold';
import { setUrlParam, useUrlParams } from '../../lib/url_state';
import type { SectionProps } from '../sections';
import { AgencyDetail } from './agency_detail';
import { NewAgency } from './agency_forms';
import { type CalendarRow, type ListedAgency, fetchAgencies, fetchCalendars } from './api';
import { PeriodText, StateBadge, kindName } from './parts';
import { ReformForm } from './reform_form';
import { useRegisterWords } from './words';

const STATES = ['in_force', 'planned', 'ended'] as const;

function AgencyTable({ rows, all }: { rows: ListedAgency[]; all: ListedAgency[] }) {
  const t = useRegisterWords();
  const names = new Map(all.map((row) => [row.code, row.name]));
  return (
    <table class="stack agencies">
      <thead>
        <tr>{[t.name, t.agency.kind, t.period, t.agency.desks, t.agency.people, t.agency.areas, t.agency.open].map((title) => <th key={title} scope="col">{title}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} data-agency={row.code}>
            <th scope="row">
              <a href={`?section=agencies&agency=${row.code}`} onClick={(event) => {
                event.preventDefault();
                setUrlParam('agency', row.code, true);
              }}>{row.name}</a>
              <br /><span class="hint"><code>{row.code}</code>{row.parent && ` · ${names.get(row.parent) ?? row.parent}`}{row.calendar && ` · ${row.calendar}`}</span>
            </th>
            <td data-label={t.agency.kind}>{kindName(row.kind, t)}{row.fallback && <><br /><span class="badge state-draft">{t.agency.fallback}</span></>}</td>
            <td data-label={t.period}><StateBadge state={row.state} /> <PeriodText row={row} />
              {row.successors.length > 0 && <><br /><span class="hint">{t.agency.successors(row.successors.map((code) => names.get(code) ?? code).join(', '))}</span></>}</td>
            <td class="numbers" data-label={t.agency.desks}>{row.desks}</td>
            <td class="numbers" data-label={t.agency.people}>{row.people}</td>
            <td class="numbers" data-label={t.agency.areas}>{row.areas}</td>
            <td class="numbers" data-label={t.agency.open}>{row.open}{row.late > 0 && <><br /><span class="late-count">{t.agency.late(row.late)}</span></>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Agencies({ categories, city, mayEdit, onProblem }: SectionProps) {
  const t = useRegisterWords();
  const m = useMessages();
  const params = useUrlParams();
  const [agencies, setAgencies] = useState<ListedAgency[] | null>(null);
  const [calendars, setCalendars] = useState<CalendarRow[]>([]);
  const [pulse, setPulse] = useState(0);
  const [open, setOpen] = useState<'' | 'new' | 'reform'>('');
  const [said, setSaid] = useState('');
  const code = params.get('agency');
  useEffect(() => {
    fetchAgencies().then(setAgencies, onProblem);
    fetchCalendars(new Date().getFullYear()).then((answer) => setCalendars(answer.calendars), onProblem);
  }, [pulse]);
  const q = params.get('q') ?? '';
  const kind = params.get('kind') ?? '';
  const state = params.get('state') ?? 'in_force';
  const rows = useMemo(() => (agencies ?? []).filter((row) => (state === 'all' || row.state === state) && (kind === '' || row.kind === kind)
    && foldedMatch(`${row.name} ${row.name_en} ${row.code} ${row.parent ?? ''}`, q)), [agencies, q, kind, state]);
  const kinds = useMemo(() => [...new Set((agencies ?? []).map((row) => row.kind))].sort(), [agencies]);
  if (agencies === null) return <p role="status">{m.loading}</p>;
  const changed = (text: string) => {
    setSaid(text);
    setOpen('');
    setPulse((n) => n + 1);
  };
  if (code) {
    return <AgencyDetail key={code} code={code} agencies={agencies} calendars={calendars} categories={categories} timezone={city.timezone}
      mayEdit={mayEdit} onProblem={onProblem} onChanged={() => setPulse((n) => n + 1)} />;
  }
  return (
    <div class="register">
      {said && <p class="notice" role="status">{said}</p>}
      {mayEdit && open === '' && (
        <p class="buttons">
          <button type="button" class="button" onClick={() => setOpen('new')}>{t.agency.new}</button>
          <button type="button" class="button" onClick={() => setOpen('reform')}>{t.reform.title}</button>
        </p>
      )}
      {open === 'new' && <NewAgency agencies={agencies} calendars={calendars} onDone={(made) => {
        changed(t.saved);
        setUrlParam('agency', made, true);
      }} onCancel={() => setOpen('')} />}
      {open === 'reform' && <ReformForm agencies={agencies} areas={[]} onDone={() => setPulse((n) => n + 1)} onCancel={() => setOpen('')} />}
      <form class="register-filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <p class="audit-field wide-field"><label for="agency-q">{t.search}</label>
          <input id="agency-q" type="search" value={q} onInput={(event) => setUrlParam('q', event.currentTarget.value)} /></p>
        <p class="audit-field"><label for="agency-kind">{t.agency.kind}</label>
          <select id="agency-kind" value={kind} onChange={(event) => setUrlParam('kind', event.currentTarget.value)}>
            <option value="">{t.all}</option>
            {kinds.map((one) => <option key={one} value={one}>{kindName(one, t)}</option>)}
          </select></p>
        <p class="audit-field"><label for="agency-state">{t.state}</label>
          <select id="agency-state" value={state} onChange={(event) => setUrlParam('state', event.currentTarget.value)}>
            {STATES.map((one) => <option key={one} value={one}>{t.states[one]}</option>)}
            <option value="all">{t.all}</option>
          </select></p>
      </form>
      <p class="hint" role="status">{t.shown(rows.length, agencies.length)}</p>
      <AgencyTable rows={rows} all={agencies} />
    </div>
  );
}
