// The tab of incidents on the leader's page: what is proposed, what goes on; supervisors decide.

import { useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { formatInstant, formatNumber } from '../lib/time';
import { Field } from '../shell/field';
import { type Incident, type IncidentStep, type OpenCase, decide, resolveAll } from './api';
import { useWords } from './words';

export interface IncidentPanelProps {
  incidents: Incident[];
  timezone: string;
  mayDecide: boolean;
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
  const { note, busy, run } = useNote();
  const proposed = incident.status === 'proposed';

  const step = (what: IncidentStep) => run(async () => {
    const said: Record<string, string> = {};
    for (const name of TEXTS) if (texts[name].trim() && what !== 'dismiss') said[name] = texts[name].trim();
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

export function IncidentPanel({ incidents, timezone, mayDecide, onShow, onChanged }: IncidentPanelProps) {
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
