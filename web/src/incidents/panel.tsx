// The tab of incidents on the leader's page: what is proposed, what goes on; supervisors decide.

import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { formatInstant, formatNumber } from '../lib/time';
import { Field } from '../shell/field';
import { type Incident, type IncidentEvent, type IncidentStep, type OpenCase, decide, fetchStory, resolveAll } from './api';
import { useWords } from './words';

export interface IncidentPanelProps {
  incidents: Incident[];
  timezone: string;
  mayDecide: boolean;
  /** Who decided is for those who work on every case. */
  mayRead: boolean;
  onShow: (incident: Incident) => void;
  onChanged: () => void;
}

const TEXTS = ['title', 'message_vi', 'message_en'] as const;
type Texts = Record<(typeof TEXTS)[number], string>;

/** Runs one thing at a time; what came of it is told in words. */
function useNote(): { note: string; busy: boolean; run: (work: () => Promise<string>) => Promise<void> } {
  const t = useWords();
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<string>) => {
    if (busy) return;
    setBusy(true);
    setNote('');
    try {
      setNote(await work());
    } catch (error) {
      setNote(`${t.failed}: ${error instanceof Error ? error.message : ''}`);
    } finally {
      setBusy(false);
    }
  };
  return { note, busy, run };
}

interface DecideProps { incident: Incident; onChanged: () => void; onEnded: (left: Left) => void }

function Decide({ incident, onChanged, onEnded }: DecideProps) {
  const t = useWords();
  const [texts, setTexts] = useState<Texts>({
    title: incident.title, message_vi: incident.message.vi,
    message_en: incident.message.en === incident.message.vi ? '' : incident.message.en,
  });
  const [reason, setReason] = useState('');
  const { note, busy, run } = useNote();
  const proposed = incident.status === 'proposed';

  const step = (what: IncidentStep) => run(async () => {
    const said: Record<string, string> = {};
    for (const name of TEXTS) if (texts[name].trim() && what !== 'dismiss') said[name] = texts[name].trim();
    if (reason.trim()) said['reason'] = reason.trim();
    const answer = await decide(incident, what, said);
    if (Array.isArray(answer.open)) onEnded({ cases: answer.open, text: texts.message_vi.trim() });
    onChanged();
    return '';
  });
  const id = (name: string) => `incident-${incident.id}-${name}`;

  return (
    <form class="incident-decide" onSubmit={(event) => {
      event.preventDefault();
      void step(proposed ? 'confirm' : 'edit');
    }}>
      {TEXTS.map((name) => (
        <Field key={name} id={id(name)} label={{ title: t.name, message_vi: t.messageVi, message_en: t.messageEn }[name]}
          {...(name === 'message_vi' ? { hint: t.messageHint } : {})}>
          {(aria) => (
            <textarea id={id(name)} rows={name === 'title' ? 1 : 2} {...aria} value={texts[name]}
              onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })} />
          )}
        </Field>
      ))}
      <Field id={id('reason')} label={t.reason} hint={t.reasonHint} optional>
        {(aria) => <input id={id('reason')} type="text" maxLength={1000} {...aria} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <div class="buttons tight">
        <button type="submit" class="button small primary" aria-disabled={busy}>{proposed ? t.confirm : t.edit}</button>
        <button type="button" class="button small" aria-disabled={busy} onClick={() => void step(proposed ? 'dismiss' : 'end')}>
          {proposed ? t.dismiss : t.end}
        </button>
      </div>
      <p role="status" class="hint">{note}</p>
    </form>
  );
}

/** Who decided what of it, when, and why. */
function Story({ incident, timezone }: { incident: Incident; timezone: string }) {
  const t = useWords();
  const lang = useLang();
  const [events, setEvents] = useState<IncidentEvent[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open) return undefined;
    const stop = new AbortController();
    setFailed(false);
    fetchStory(incident.id, stop.signal).then(setEvents, () => !stop.signal.aborted && setFailed(true));
    return () => stop.abort();
  }, [open, incident.id, incident.version]);
  return (
    <details class="incident-story" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.story}</summary>
      {failed && <p role="alert">{t.failed}</p>}
      {open && !events && !failed && <p role="status">…</p>}
      {events?.length === 0 && <p class="hint">{t.noStory}</p>}
      <ol class="plain">
        {(events ?? []).map((one, index) => (
          <li key={index}>
            <strong>{t.events[one.event] ?? one.event}</strong> · {one.actor === 'service' ? t.service : one.actor.replace(/^user:/, '')}
            {' · '}<time dateTime={one.at}>{formatInstant(one.at, lang, timezone)}</time>
            {one.detail.reason && <p class="words">{t.reason}: {one.detail.reason}</p>}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** What an incident ended here left open, and the answer that all of it may get. */
interface Left { cases: OpenCase[]; text: string }

/** Stays as long as the page does, whatever the list says of the incident meanwhile. */
function LeftOpen({ left }: { left: Left }) {
  const t = useWords();
  const [done, setDone] = useState(false);
  const { note, busy, run } = useNote();
  return (
    <div class="incident-decide">
      {!done && left.cases.length > 0 && left.text && (
        <div class="buttons tight">
          <button type="button" class="button small primary" aria-disabled={busy} onClick={() => void run(async () => {
            const sum = await resolveAll(left.cases, left.text);
            setDone(true);
            return t.resolved(sum.done, sum.refused);
          })}>{t.resolve(left.cases.length)}</button>
        </div>
      )}
      <p role="status" class="hint">{note || t.ended(left.cases.length)}</p>
    </div>
  );
}

export function IncidentPanel({ incidents, timezone, mayDecide, mayRead, onShow, onChanged }: IncidentPanelProps) {
  const t = useWords();
  const lang = useLang();
  const [left, setLeft] = useState<Record<number, Left>>({});
  const shown = incidents.filter((i) => i.status === 'proposed' || i.status === 'confirmed' || left[i.id]);
  const past = incidents.filter((i) => !shown.includes(i)).slice(0, 10);
  return (
    <section class="incidents" aria-labelledby="incidents-title">
      <h2 id="incidents-title">{t.title}</h2>
      <p class="hint">{t.hint}</p>
      {incidents.length === 0 && <p role="status">{t.none}</p>}
      <ul class="plain">
        {[...shown, ...past].map((incident) => (
          <li key={incident.id} class="card" data-incident={incident.id}>
            <p><span class={`badge incident-${incident.status}`}>{t.statuses[incident.status]}</span></p>
            <h3>{incident.title || (lang === 'en' ? incident.category.name_en : incident.category.name_vi)}</h3>
            <p class="strong">{t.counts(formatNumber(incident.complaints, lang), formatNumber(incident.callers, lang))}</p>
            <p class="hint">{t.since} {formatInstant(incident.since, lang, timezone)}
              {incident.status === 'proposed' && incident.seen?.reports && incident.seen.window_minutes
                ? ` · ${t.seen(incident.seen.reports, incident.seen.window_minutes)}` : ''}</p>
            {incident.message.vi && <p class="words">{incident.message[lang]}</p>}
            <button type="button" class="button small" onClick={() => onShow(incident)}>{t.show}</button>
            {mayRead && <Story incident={incident} timezone={timezone} />}
            {mayDecide && (incident.status === 'proposed' || incident.status === 'confirmed') && (
              <Decide key={incident.status} incident={incident} onChanged={onChanged}
                onEnded={(what) => setLeft((before) => ({ ...before, [incident.id]: what }))} />
            )}
            {left[incident.id] && <LeftOpen left={left[incident.id] as Left} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
