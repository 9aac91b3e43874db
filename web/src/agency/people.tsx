// Who reported a case: masked; in full for a purpose, of which a record is kept. And what those who joined
// it later said themselves.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { useLang, useMessages } from '../i18n';
import { textIn } from '../lib/categories';
import { formatInstant } from '../lib/time';
import { Field } from '../shell/field';
import { fetchCoReports, fetchPurposes, lookAtPeople } from './api';
import type { Case, CoReport, Purpose, ReportingPerson } from './types';
import { useWords } from './words';

function OnePerson({ person, whole }: { person: ReportingPerson; whole: boolean }) {
  const t = useWords();
  const said = person.erased ? t.people.erased : person.anonymous ? t.people.anonymous : person.name ?? t.people.nameless;
  return (
    <li>
      <strong>{said}</strong>{person.kind === 'co_reporter' && <span class="hint"> · {t.people.joined}</span>}
      {person.phone && <div>{whole ? <a href={`tel:${person.phone.replace(/[^+\d]/g, '')}`}>{person.phone}</a> : person.phone}</div>}
      {person.email && <div>{whole ? <a href={`mailto:${person.email}`}>{person.email}</a> : person.email}</div>}
    </li>
  );
}

interface RevealProps { purposes: Purpose[]; onLook: (purpose: string, note: string) => Promise<void> }

/** Says why, then looks. */
function Reveal({ purposes, onLook }: RevealProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [purpose, setPurpose] = useState('');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const needsNote = purposes.find((one) => one.code === purpose)?.needs_note ?? false;
  const look = async () => {
    if (busy) return;
    setBusy(true);
    setProblem('');
    try {
      await onLook(purpose, note.trim());
    } catch (error) {
      const told = error instanceof ApiError && error.status !== 0;
      setProblem(told ? [error.message, ...error.errors.map((e) => e.detail)].join(': ') : m.offline);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="people-reveal" onSubmit={(event) => {
      event.preventDefault();
      void look();
    }}>
      <Field id="people-purpose" label={t.people.purpose} hint={t.people.recorded}>
        {(aria) => (
          <select id="people-purpose" required {...aria} value={purpose} onChange={(event) => setPurpose(event.currentTarget.value)}>
            <option value="">{t.act.choose}</option>
            {purposes.map((one) => <option key={one.code} value={one.code}>{textIn(one.name, lang)}</option>)}
          </select>
        )}
      </Field>
      {needsNote && (
        <Field id="people-note" label={t.people.note}>
          {(aria) => <input id="people-note" type="text" required maxLength={500} {...aria} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
        </Field>
      )}
      {problem && <p class="error" role="alert">{problem}</p>}
      <button type="submit" class="button small" aria-disabled={busy}>{t.people.show}</button>
    </form>
  );
}

function CoReports({ list, timezone }: { list: CoReport[]; timezone: string }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  if (list.length === 0) return null;
  return (
    <>
      <h3>{t.people.alsoSaid}</h3>
      <ol class="spoken" data-part="co-reports">
        {list.map((one) => (
          <li key={one.co_report}>
            <p class="words">{one.description || t.people.noWords}</p>
            <p class="hint"><time dateTime={one.at}>{formatInstant(one.at, lang, timezone)}</time> · {m.channels[one.channel] ?? one.channel}
              {one.repeated && ` · ${t.people.repeated}`}{one.left_at && ` · ${t.people.left}`}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Nothing for whoever has no business with the people of a case. */
export function People({ one, timezone }: { one: Case; timezone: string }) {
  const t = useWords();
  const m = useMessages();
  const { code } = one;
  const masked = one.people;
  const reporters = one.reporters ?? 1;
  const [purposes, setPurposes] = useState<Purpose[]>([]);
  const [failed, setFailed] = useState(false);
  const [whole, setWhole] = useState<ReportingPerson[] | null>(null);
  const [also, setAlso] = useState<CoReport[]>([]);
  const list = useRef<HTMLUListElement>(null);
  const joined = masked !== undefined && reporters > 1;
  useEffect(() => setWhole(null), [code]);
  useEffect(() => {
    setAlso([]);
    if (!joined) return undefined;
    const stop = new AbortController();
    fetchCoReports(code, stop.signal).then(setAlso, () => undefined);
    return () => stop.abort();
  }, [code, joined, reporters]);
  useEffect(() => {
    if (whole) list.current?.focus();
  }, [whole]);
  if (!masked) return null;
  const shown = whole ?? masked;
  const hidden = whole === null && masked.some((person) => !person.erased && !person.anonymous);
  return (
    <section class="case-people no-print" aria-labelledby="people-title">
      <h2 id="people-title">{t.people.title}{reporters > 1 && <span class="section-count"> {reporters}</span>}</h2>
      <ul ref={list} tabIndex={-1} class="people-list" data-whole={whole ? true : undefined}>
        {shown.map((person, index) => <OnePerson key={index} person={person} whole={whole !== null} />)}
      </ul>
      <p class="hint" role="status">{whole ? t.people.looked : ''}</p>
      {hidden && (
        <details class="people-more" onToggle={(event) => {
          if (!event.currentTarget.open || purposes.length > 0) return;
          setFailed(false);
          fetchPurposes(code).then(setPurposes, () => setFailed(true));
        }}>
          <summary>{t.people.reveal}</summary>
          {failed && <p class="error" role="alert">{m.offline}</p>}
          <Reveal purposes={purposes} onLook={async (purpose, note) => setWhole(await lookAtPeople(code, purpose, note, crypto.randomUUID()))} />
        </details>
      )}
      <CoReports list={also} timezone={timezone} />
    </section>
  );
}
