// What is kept of persons: what they asked for (one enters it, another decides), what is held for the law,
// what was taken out and erased, who looked a number up.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { formatInstant } from '../../lib/time';
import { Field } from '../../shell/field';
import type { SectionProps } from '../sections';
import { type PersonRequest, type PersonalRecord, ask, decide, fetchRecord, fetchRequests, hold, nameOf, redact } from './api';
import { usePersonWords } from './words';

interface PartProps {
  login: string;
  role: string;
  /** An instant in words. */
  when: (at: string) => string;
  /** Runs a change; everything is asked for again when it is done. */
  run: (change: () => Promise<unknown>) => Promise<boolean>;
}

function useCounts(): (counts: Record<string, number>) => string {
  const t = usePersonWords();
  return (counts) => Object.entries(counts).filter(([name, n]) => n > 0 && t.counts[name]).map(([name, n]) => `${n} ${t.counts[name]}`).join(', ');
}

function Text({ id, label, value, onText, max = 254, whole = false }: {
  id: string; label: string; value: string; onText: (text: string) => void; max?: number; whole?: boolean;
}) {
  return (
    <Field id={id} label={label}>
      {(aria) => <input id={id} type="text" {...(whole ? { inputMode: 'numeric', pattern: '[1-9][0-9]{0,8}' } : {})} required maxLength={max} autocomplete="off" {...aria} value={value} onInput={(event) => onText(event.currentTarget.value)} />}
    </Field>
  );
}

function AskForm({ run }: PartProps) {
  const t = usePersonWords();
  const [given, setGiven] = useState({ kind: 'export', contact: '', verified: '' });
  return (
    <form aria-label={t.ask} onSubmit={(event) => {
      event.preventDefault();
      void run(() => ask(given)).then((done) => done && setGiven({ kind: 'export', contact: '', verified: '' }));
    }}>
      <h3>{t.ask}</h3>
      <p class="hint">{t.askHint}</p>
      <Field id="person-kind" label={t.kind}>
        {(aria) => (
          <select id="person-kind" {...aria} value={given.kind} onChange={(event) => setGiven({ ...given, kind: event.currentTarget.value })}>
            {Object.entries(t.kinds).map(([kind, name]) => <option key={kind} value={kind}>{name}</option>)}
          </select>
        )}
      </Field>
      <Text id="person-contact" label={t.contact} value={given.contact} onText={(contact) => setGiven({ ...given, contact })} />
      <Text id="person-verified" label={t.verified} value={given.verified} max={500} onText={(verified) => setGiven({ ...given, verified })} />
      <button type="submit" class="button">{t.enter}</button>
    </form>
  );
}

/** One that waits: approved or refused by whoever did not enter it. */
function Decision({ one, login, run }: PartProps & { one: PersonRequest }) {
  const t = usePersonWords();
  const [reason, setReason] = useState('');
  if (one.asked_by === `user:${login}`) return <p class="hint">{t.own}</p>;
  const about = `${t.kinds[one.kind]}, ${one.contact}`;
  return (
    <div class="decision-row">
      <Field id={`person-reason-${one.id}`} label={t.reason} optional>
        {(aria) => <input id={`person-reason-${one.id}`} type="text" maxLength={1000} {...aria} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <div class="buttons tight">
        <button type="button" class="button primary small" aria-label={`${t.approve}: ${about}`} onClick={() => void run(() => decide(one.id, true, ''))}>{t.approve}</button>
        <button type="button" class="button small" aria-label={`${t.refuse}: ${about}`} onClick={() => void run(() => decide(one.id, false, reason))}>{t.refuse}</button>
      </div>
    </div>
  );
}

function Requests(props: PartProps & { requests: PersonRequest[] }) {
  const t = usePersonWords();
  const inWords = useCounts();
  const { requests, role, login, when } = props;
  const mayDecide = role === 'administrator' || role === 'supervisor';
  const plain = (actor: string | null) => actor?.replace(/^user:/, '') ?? '';
  return (
    <section aria-labelledby="requests-title" class="person-requests">
      <h2 id="requests-title">{t.requests}</h2>
      {requests.length === 0 && <p>{t.noRequests}</p>}
      <ul class="cards">
        {requests.map((one) => (
          <li key={one.id} class="card" data-request={one.id} data-state={one.state}>
            <p><strong>{t.kinds[one.kind]}</strong>: {one.contact} <span class={`badge state-${one.state === 'done' ? 'published' : 'draft'}`}>{t.states[one.state]}</span></p>
            <p class="hint">{t.askedBy(plain(one.asked_by), when(one.asked_at))} – {one.verified}</p>
            {one.decided_at && <p class="hint">{t.decidedBy(plain(one.decided_by), when(one.decided_at))}{one.reason && ` – ${one.reason}`}</p>}
            {inWords(one.counts) && <p>{inWords(one.counts)}</p>}
            {one.state === 'asked' && mayDecide && <Decision {...props} one={one} />}
            {one.state === 'done' && one.kind === 'export' && one.asked_by === `user:${login}` && (
              <p><a class="button small" href={`/api/v1/person-requests/${one.id}/file`} download={`person-${one.id}.json`}>{t.file}</a></p>
            )}
          </li>
        ))}
      </ul>
      {role === 'administrator' && <AskForm {...props} />}
    </section>
  );
}

function Holds({ record, when, run }: PartProps & { record: PersonalRecord }) {
  const t = usePersonWords();
  const [given, setGiven] = useState({ code: '', why: '' });
  return (
    <section aria-labelledby="holds-title" class="person-holds">
      <h2 id="holds-title">{t.holds}</h2>
      {record.holds.length === 0 && <p>{t.noHolds}</p>}
      <ul>
        {record.holds.map((one) => (
          <li key={`${one.complaint} ${one.at}`}>
            <span class="code">{one.complaint}</span>: {one.reason} ({nameOf(one.by)}, {when(one.at)}){' '}
            {one.released_at ? <span class="hint">{t.released} {when(one.released_at)}</span> : (
              <button type="button" class="button small" aria-label={`${t.release}: ${one.complaint}`} onClick={() => void run(() => hold(one.complaint, false, one.reason))}>{t.release}</button>
            )}
          </li>
        ))}
      </ul>
      <form aria-label={t.holds} onSubmit={(event) => {
        event.preventDefault();
        void run(() => hold(given.code, true, given.why)).then((done) => done && setGiven({ code: '', why: '' }));
      }}>
        <Text id="hold-code" label={t.code} value={given.code} onText={(code) => setGiven({ ...given, code })} />
        <Text id="hold-why" label={t.why} value={given.why} max={1000} onText={(why) => setGiven({ ...given, why })} />
        <button type="submit" class="button">{t.hold}</button>
      </form>
    </section>
  );
}

const NOTHING = { code: '', why: '', what: 'description', nth: '1', words: '' };

function RedactForm({ run }: PartProps) {
  const t = usePersonWords();
  const [given, setGiven] = useState(NOTHING);
  const { code, why, what, nth, words } = given;
  const body = what === 'description' ? { description: words } : what === 'comments' ? { comments: true } : { [what]: Number(nth) };
  return (
    <form aria-label={t.redact} onSubmit={(event) => {
      event.preventDefault();
      void run(() => redact(code, { reason: why, ...body })).then((done) => done && setGiven(NOTHING));
    }}>
      <h3>{t.redact}</h3>
      <Text id="redact-code" label={t.code} value={code} onText={(text) => setGiven({ ...given, code: text })} />
      <Field id="redact-what" label={t.what}>
        {(aria) => (
          <select id="redact-what" {...aria} value={what} onChange={(event) => setGiven({ ...given, what: event.currentTarget.value })}>
            {Object.entries(t.whats).map(([id, name]) => <option key={id} value={id}>{name}</option>)}
          </select>
        )}
      </Field>
      {what.endsWith('_n') && <Text id="redact-nth" label={t.nth} whole value={nth} onText={(text) => setGiven({ ...given, nth: text })} />}
      {what === 'description' && <Text id="redact-words" label={t.words} max={20000} value={words} onText={(text) => setGiven({ ...given, words: text })} />}
      <Text id="redact-why" label={t.why} max={1000} value={why} onText={(text) => setGiven({ ...given, why: text })} />
      <button type="submit" class="button">{t.redactNow}</button>
    </form>
  );
}

function List({ id, title, none, rows }: { id: string; title: string; none: string; rows: ComponentChildren[] }) {
  return (
    <section aria-labelledby={`${id}-title`} class={`person-${id}`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {rows.length === 0 ? <p>{none}</p> : <ul>{rows}</ul>}
    </section>
  );
}

export function Persons({ city, user, onProblem }: SectionProps) {
  const t = usePersonWords();
  const lang = useLang();
  const inWords = useCounts();
  const [requests, setRequests] = useState<PersonRequest[] | null>(null);
  const [record, setRecord] = useState<PersonalRecord | null>(null);
  const [pulse, setPulse] = useState(0);
  const [done, setDone] = useState(false);
  const reads = user.role !== 'supervisor';
  useEffect(() => {
    let gone = false;
    Promise.all([fetchRequests(), reads ? fetchRecord() : null]).then(([asked, kept]) => {
      if (gone) return;
      setRequests(asked);
      setRecord(kept);
    }, (error: unknown) => !gone && onProblem(error));
    return () => {
      gone = true;
    };
  }, [pulse, reads]);
  if (!requests) return null;
  const when = (at: string) => formatInstant(at, lang, city.timezone);
  const run = (change: () => Promise<unknown>) => change().then(() => {
    onProblem(null);
    setDone(true);
    setPulse((n) => n + 1);
    return true;
  }, (error: unknown) => {
    setDone(false);
    onProblem(error);
    return false;
  });
  const part = { login: user.login, role: user.role, when, run };
  return (
    <div class="notices persons">
      <p role="status">{done ? t.done : ''}</p>
      <Requests {...part} requests={requests} />
      {record && <Holds {...part} record={record} />}
      {record && (
        <List id="redactions" title={t.redactions} none={t.noRedactions} rows={record.redactions.map((one) => (
          <li key={`${one.complaint} ${one.at}`}><span class="code">{one.complaint}</span>: {one.what ? t.whats[one.what] ?? one.what : ''} – {one.reason} ({nameOf(one.by)}, {when(one.at)})</li>
        ))} />
      )}
      {user.role !== 'auditor' && <RedactForm {...part} />}
      {record && (
        <List id="erasures" title={t.erasures} none={t.noErasures} rows={record.erasures.map((one) => (
          <li key={one.at}>{when(one.at)}: {t.whys[one.why]} – {inWords(one.counts)} ({nameOf(one.by)})</li>
        ))} />
      )}
      {record && (
        <List id="looks" title={t.looks} none={t.noLooks} rows={record.number_looks.map((one) => (
          <li key={one.at}>{when(one.at)}: {nameOf(one.by)}, {one.number} ({t.purposes[one.purpose] ?? one.purpose})</li>
        ))} />
      )}
    </div>
  );
}
