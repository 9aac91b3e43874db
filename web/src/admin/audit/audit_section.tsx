// What the auditor reads: the security log, looks at persons, the seals. Nothing here changes anything.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, request } from '../../api';
import { useLang, useMessages } from '../../i18n';
import { addDays, formatInstant } from '../../lib/time';
import { setUrlParam, useUrlParams } from '../../lib/url_state';
import { Tabs } from '../../shell/tabs';
import type { SectionProps } from '../sections';
import { en } from './words_en';
import { type AuditWords, vi } from './words_vi';

const TABS = ['audit', 'looks', 'seals'] as const;
type Tab = (typeof TABS)[number];

interface Entry { id: number; at: string; event: string; actor: string; subject: string; detail: Record<string, unknown> }
interface Look {
  id: number; at: string; viewer: string; name: string | null; role: string | null; complaint: string;
  purpose: { vi: string; en: string }; note: string;
}
type Filters = Record<string, string>;

const useWords = (): AuditWords => (useLang() === 'en' ? en : vi);
const withoutUser = (actor: string): string => actor.replace(/^user:/, '');

/** Each with its name, as the log has it. */
const detailText = (detail: Record<string, unknown>): string => Object.entries(detail)
  .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(' · ');

/** A list that pages: asked for again when its filters change. */
function usePages<Row>(path: string, name: string, filters: Filters): { rows: Row[] | null; more: (() => void) | null; problem: string } {
  const m = useMessages();
  const [rows, setRows] = useState<Row[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value)).toString();
  const ask = async (cursor: string) => {
    const page = await request<Record<string, Row[]> & { next: string | null }>(`${path}?limit=50&${query}${cursor && `&cursor=${cursor}`}`);
    setNext(page.next);
    return page[name] ?? [];
  };
  const fail = (error: unknown) => setProblem(error instanceof ApiError && error.status
    ? error.errors[0]?.detail ?? error.message : m.offline);
  useEffect(() => {
    let gone = false;
    setRows(null);
    setProblem('');
    ask('').then((found) => !gone && setRows(found), (error: unknown) => !gone && fail(error));
    return () => {
      gone = true;
    };
  }, [path, query]);
  return { rows, problem, more: next && rows ? () => void ask(next).then((found) => setRows([...rows, ...found]), fail) : null };
}

function FilterForm({ fields, filters, onFilters, children }: {
  fields: [name: string, label: string, type: 'text' | 'date'][]; filters: Filters; onFilters: (next: Filters) => void; children?: ComponentChildren;
}) {
  const t = useWords();
  const [typed, setTyped] = useState(filters);
  return (
    <form class="audit-filters" aria-label={t.filters} onSubmit={(event) => {
      event.preventDefault();
      const data = new FormData(event.currentTarget);
      onFilters(Object.fromEntries([...data].map(([name, value]) => [name, String(value).trim()])));
    }}>
      {children}
      {fields.map(([name, label, type]) => {
        const rest = {
          id: `audit-${name}`, name, value: typed[name] ?? '',
          onInput: (event: { currentTarget: HTMLInputElement }) => setTyped({ ...typed, [name]: event.currentTarget.value }),
        };
        return (
          <span class="audit-field" key={name}>
            <label for={`audit-${name}`}>{label}</label>
            {type === 'date' ? <input type="date" {...rest} /> : <input type="text" {...rest} />}
          </span>
        );
      })}
      <button type="submit" class="button">{t.show}</button>
    </form>
  );
}

/** Days as the service's instants are asked for: the last one is included. */
const asAsked = ({ to, ...rest }: Filters): Filters => ({ ...rest, ...(to ? { to: addDays(to, 1) } : {}) });

function Table({ caption, head, more, problem, rows }: {
  caption: string; head: string[]; rows: ComponentChildren[] | null; more: (() => void) | null; problem: string;
}) {
  const t = useWords();
  const m = useMessages();
  if (problem) return <p class="error" role="alert">{problem}</p>;
  if (!rows) return <p role="status">{m.loading}</p>;
  if (!rows.length) return <p role="status">{t.none}</p>;
  return (
    <>
      <table class="stack">
        <caption>{caption} – {t.newest}</caption>
        <thead><tr>{head.map((title) => <th scope="col" key={title}>{title}</th>)}</tr></thead>
        <tbody>{rows}</tbody>
      </table>
      {more && <button type="button" class="button small" onClick={more}>{t.more}</button>}
    </>
  );
}

function Audit({ timezone }: { timezone: string }) {
  const t = useWords();
  const lang = useLang();
  const [filters, setFilters] = useState<Filters>({});
  const { rows, more, problem } = usePages<Entry>('/api/v1/audit', 'entries', asAsked(filters));
  return (
    <>
      <FilterForm filters={filters} onFilters={setFilters}
        fields={[['actor', t.actor, 'text'], ['subject', t.subject, 'text'], ['from', t.from, 'date'], ['to', t.to, 'date']]}>
        <span class="audit-field">
          <label for="audit-event">{t.event}</label>
          <select id="audit-event" name="event">
            <option value="">{t.any}</option>
            {Object.entries(t.events).map(([code, name]) => <option key={code} value={code}>{name}</option>)}
          </select>
        </span>
      </FilterForm>
      <Table caption={t.tabs.audit} head={[t.time, t.event, t.actor, t.subject, t.detail]} more={more} problem={problem}
        rows={rows && rows.map((row) => (
          <tr key={row.id} data-entry={row.id}>
            <td><time dateTime={row.at}>{formatInstant(row.at, lang, timezone)}</time></td>
            <td data-label={t.event}>{t.events[row.event] ?? row.event}</td>
            <td data-label={t.actor}>{withoutUser(row.actor)}</td>
            <td data-label={t.subject}>{withoutUser(row.subject)}</td>
            <td data-label={Object.keys(row.detail).length ? t.detail : undefined}>{detailText(row.detail)}</td>
          </tr>
        ))} />
    </>
  );
}

function Looks({ timezone }: { timezone: string }) {
  const t = useWords();
  const lang = useLang();
  const [filters, setFilters] = useState<Filters>({});
  const { rows, more, problem } = usePages<Look>('/api/v1/looks', 'looks', asAsked(filters));
  return (
    <>
      <FilterForm filters={filters} onFilters={setFilters}
        fields={[['viewer', t.viewer, 'text'], ['complaint', t.complaint, 'text'], ['from', t.from, 'date'], ['to', t.to, 'date']]} />
      <Table caption={t.tabs.looks} head={[t.time, t.viewer, t.role, t.complaint, t.purpose, t.note]} more={more} problem={problem}
        rows={rows && rows.map((row) => (
          <tr key={row.id} data-look={row.id}>
            <td><time dateTime={row.at}>{formatInstant(row.at, lang, timezone)}</time></td>
            <td data-label={t.viewer}>{row.name ?? withoutUser(row.viewer)}</td>
            <td data-label={t.role}>{row.role ? t.roles[row.role] ?? row.role : ''}</td>
            <td data-label={t.complaint} class="code">{row.complaint}</td>
            <td data-label={t.purpose}>{row.purpose[lang]}</td>
            <td data-label={t.note}>{row.note}</td>
          </tr>
        ))} />
    </>
  );
}

function Seals() {
  const t = useWords();
  const m = useMessages();
  const [text, setText] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    fetch('/api/v1/record/seals').then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.statusText))))
      .then(setText, () => setFailed(true));
  }, []);
  return (
    <>
      <p class="hint">{t.sealsHint}</p>
      <p><a class="button small" href="/api/v1/record/seals" download="seals.txt">{t.download}</a></p>
      {failed && <p class="error" role="alert">{m.offline}</p>}
      {text === '' && <p role="status">{t.none}</p>}
      {text && <pre class="seals" tabIndex={0}>{text}</pre>}
    </>
  );
}

export function AuditSection({ city: { timezone } }: SectionProps) {
  const t = useWords();
  const asked = useUrlParams().get('list') as Tab | null;
  const tab: Tab = asked && TABS.includes(asked) ? asked : 'audit';
  return (
    <div class="audit">
      <Tabs label={t.tabsLabel} chosen={tab} onChoose={(id) => setUrlParam('list', id, true)}
        tabs={TABS.map((id) => ({ id, title: t.tabs[id] }))}>
        {{ audit: () => <Audit timezone={timezone} />, looks: () => <Looks timezone={timezone} />, seals: () => <Seals /> }[tab]()}
      </Tabs>
    </div>
  );
}
