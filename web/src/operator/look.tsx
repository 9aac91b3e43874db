// One complaint by its code: what became of it, and what an operator may do with it.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, fetchComplaint, fetchHistory } from '../api';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryPath, textIn } from '../lib/categories';
import { fold } from '../lib/fold';
import { formatInstant, formatShort } from '../lib/time';
import { Decision } from '../report/decision';
import { spacedCode } from '../report/done';
import { newKey } from '../report/draft';
import { Combobox } from '../shell/combobox';
import { Field } from '../shell/field';
import type { HistoryEntry, Text } from '../types';
import { act, fetchAgencies, type StaffComplaint } from './api';
import { useWords } from './words';

interface LookProps {
  code: string;
  categories: CategoryNode[];
  timezone: string;
  onCode: (code: string) => void;
}

const ENDED = ['resolved', 'closed', 'rejected'];

/** What may be done now: as the service says, else what it would let through. */
function actionsOf(c: StaffComplaint): string[] {
  return c.actions ?? (ENDED.includes(c.status) ? [] : ['reroute']);
}

function useAgencies(wanted: boolean) {
  const [agencies, setAgencies] = useState<{ code: string; name: Text }[]>([]);
  useEffect(() => {
    if (wanted) fetchAgencies().then(setAgencies, () => undefined);
  }, [wanted]);
  return agencies;
}

interface ActProps {
  complaint: StaffComplaint;
  onDone: (complaint: StaffComplaint) => void;
}

function useAct({ complaint, onDone }: ActProps) {
  const t = useWords();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const key = useRef(newKey());
  const run = async (body: Record<string, unknown>) => {
    setBusy(true);
    setProblem('');
    try {
      const done = await act(complaint.code, { ...body, version: complaint.version }, key.current);
      key.current = newKey();
      onDone(done);
      return true;
    } catch (error) {
      const known = error instanceof ApiError ? error : null;
      if (known?.errors.some((e) => e.code === 'stale')) {
        key.current = newKey();
        onDone(await fetchComplaint(complaint.code) as StaffComplaint);
        setProblem(t.look.stale);
      } else setProblem([known?.message, ...(known?.errors.map((e) => e.detail) ?? [])].filter(Boolean).join(': '));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { problem, busy, run };
}

function Note(props: ActProps) {
  const t = useWords();
  const { problem, busy, run } = useAct(props);
  const [text, setText] = useState('');
  return (
    <form class="act-form" onSubmit={(event) => {
      event.preventDefault();
      if (!busy && text.trim()) void run({ action: 'note', text: text.trim() }).then((good) => good && setText(''));
    }}>
      <Field id="look-note" label={t.look.note} error={problem || undefined}>
        {(aria) => <textarea id="look-note" rows={2} maxLength={4000} {...aria} value={text} onInput={(event) => setText(event.currentTarget.value)} />}
      </Field>
      <button type="submit" class="button small">{t.look.noteAdd}</button>
    </form>
  );
}

function Reroute(props: ActProps) {
  const t = useWords();
  const lang = useLang();
  const { problem, busy, run } = useAct(props);
  const agencies = useAgencies(true);
  const [typed, setTyped] = useState('');
  const [agency, setAgency] = useState('');
  const [reason, setReason] = useState('');
  const found = agencies.filter((a) => fold(`${textIn(a.name, lang)} ${a.code}`).includes(fold(typed))).slice(0, 12);
  return (
    <form class="act-form" onSubmit={(event) => {
      event.preventDefault();
      if (!busy && (agency || typed.trim()) && reason.trim()) {
        void run({ action: 'reroute', agency: agency || typed.trim(), reason: reason.trim() }).then((good) => {
          if (good) setReason('');
        });
      }
    }}>
      <Combobox id="look-agency" label={t.look.rerouteAgency} value={typed} options={typed && !agency ? found : []} optionKey={(a) => a.code}
        summary="" renderOption={(a) => <span class="option-text">{textIn(a.name, lang)}</span>}
        onInput={(text) => {
          setTyped(text);
          setAgency('');
        }}
        onChoose={(a) => {
          setAgency(a.code);
          setTyped(textIn(a.name, lang));
        }} />
      <Field id="look-reason" label={t.look.rerouteReason} error={problem || undefined}>
        {(aria) => <input id="look-reason" type="text" maxLength={1000} {...aria} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <button type="submit" class="button small">{t.look.rerouteDo}</button>
    </form>
  );
}

function Case({ complaint, history, categories, timezone, onDone }: ActProps & { history: HistoryEntry[]; categories: CategoryNode[]; timezone: string }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const may = actionsOf(complaint);
  return (
    <article class="look-case" aria-label={complaint.code}>
      <p class="code" data-code={complaint.code}>{spacedCode(complaint.code)}</p>
      <p><span class={`badge status-${complaint.status}`}>{m.statuses[complaint.status] ?? complaint.status}</span></p>
      <p class="strong">{categoryPath(categories, complaint.category.code, lang)}</p>
      {complaint.description && <p class="words">{complaint.description}</p>}
      {complaint.address && <p class="words hint">{complaint.address}</p>}
      {complaint.received_at && <p class="hint">{m.track.received}: {formatInstant(complaint.received_at, lang, timezone)}</p>}
      {complaint.assignment && <Decision assignment={complaint.assignment} place={complaint.place} timezone={timezone} />}
      {history.length > 0 && (
        <>
          <h3>{t.look.history}</h3>
          <ol class="history">
            {history.map((entry, index) => (
              <li key={index}><span>{m.statuses[entry.event] ?? entry.event}</span><time dateTime={entry.at}>{formatShort(entry.at, lang, timezone)}</time></li>
            ))}
          </ol>
        </>
      )}
      {may.includes('note') && <Note complaint={complaint} onDone={onDone} />}
      {may.includes('reroute') && (
        <details class="act-more"><summary>{t.look.reroute}</summary><Reroute complaint={complaint} onDone={onDone} /></details>
      )}
    </article>
  );
}

export function Look({ code, categories, timezone, onCode }: LookProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [typed, setTyped] = useState(spacedCode(code));
  const [complaint, setComplaint] = useState<StaffComplaint | null>(null);
  const [history, setHistory] = useState<HistoryEntry[]>([]);
  const [problem, setProblem] = useState('');
  const [done, setDone] = useState(false);

  const load = async (wanted: string, signal?: AbortSignal) => {
    try {
      const [found, events] = await Promise.all([fetchComplaint(wanted, signal), fetchHistory(wanted, signal).catch(() => [])]);
      setComplaint(found as StaffComplaint);
      setHistory(events);
      setProblem('');
    } catch (error) {
      if (signal?.aborted) return;
      setComplaint(null);
      setProblem(error instanceof ApiError && error.status > 0 && error.status < 500 ? m.track.missing : m.offline);
    }
  };
  useEffect(() => {
    setTyped(spacedCode(code));
    setDone(false);
    if (!code) {
      setComplaint(null);
      return undefined;
    }
    const stop = new AbortController();
    void load(code, stop.signal);
    return () => stop.abort();
  }, [code, lang]);

  return (
    <div class="look">
      <form role="search" onSubmit={(event) => {
        event.preventDefault();
        onCode(typed.replace(/[^0-9A-Za-z]/g, '').toUpperCase());
      }}>
        <Field id="look-code" label={t.look.title} error={problem || undefined}>
          {(aria) => <input id="look-code" class="code-input" type="text" autocomplete="off" spellcheck={false} {...aria}
            value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />}
        </Field>
        <button type="submit" class="button small">{m.track.submit}</button>
      </form>
      <p class="hint" role="status">{done ? t.look.done : ''}</p>
      {complaint && <Case complaint={complaint} history={history} categories={categories} timezone={timezone}
        onDone={(changed) => {
          setDone(true);
          setComplaint(changed);
          fetchHistory(changed.code).then(setHistory, () => undefined);
        }} />}
    </div>
  );
}
