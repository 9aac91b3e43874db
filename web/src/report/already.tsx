// "Already reported, tell me too": what others reported near the chosen place, found while the form is
// filled in. It shows no words, no exact place and no code of theirs; who joins gets a code of his own.

import { useEffect, useRef, useState } from 'preact/hooks';
import { request } from '../api';
import { useLang, useMessages } from '../i18n';
import { type Incident, fetchIncidents, holds } from '../incidents/api';
import { formatNumber, formatShort } from '../lib/time';
import type { Unit } from '../types';
import { spacedCode } from './done';
import { type Draft, newKey } from './draft';
import { placeText } from './decision';
import { useAlreadyWords } from './already_words';

interface Likely {
  join: string | null;
  category: { code: string; name: string };
  status: string;
  received_at: string;
  place: { ward: Unit | null; district: Unit | null };
  distance_m: number;
  reporters: number;
}

interface AlreadyProps {
  draft: Draft;
  timezone: string;
  onJoined: () => void;
  onTrack: (code: string) => void;
}

const PAUSE_MS = 300;
/** Before a failed question is put again; twice as long each time. */
const RETRY_MS = 1000;

async function fetchLikely(draft: Draft, signal: AbortSignal): Promise<Likely[]> {
  if (!draft.point) return [];
  const query = new URLSearchParams({ lon: String(draft.point.lon), lat: String(draft.point.lat), category: draft.category, limit: '3' });
  if (draft.point.accuracyM !== null) query.set('accuracy_m', String(draft.point.accuracyM));
  return (await request<{ complaints: Likely[] }>(`/api/v1/complaints/nearby?${query}`, { signal })).complaints;
}

interface Found { likely: Likely[]; incidents: Incident[] }

/** What each of the two tells, for neither needs the other; one that failed is asked a few times again. */
function findAlready(draft: Draft, signal: AbortSignal, tell: (found: Partial<Found>) => void): void {
  const { point } = draft;
  const ask = async (find: () => Promise<Partial<Found>>): Promise<void> => {
    for (let pause = RETRY_MS; !signal.aborted && pause <= RETRY_MS * 4; pause *= 2) {
      try {
        const found = await find();
        if (!signal.aborted) tell(found);
        return;
      } catch {
        // Offered, not needed: without an answer the form is sent as ever.
        await new Promise((done) => window.setTimeout(done, pause));
      }
    }
  };
  void ask(async () => ({ likely: await fetchLikely(draft, signal) }));
  void ask(async () => ({ incidents: (await fetchIncidents(signal)).filter((i) => i.status === 'confirmed' && point && holds(i, point)) }));
}

function useAlready(draft: Draft): Found {
  const [found, setFound] = useState<Found>({ likely: [], incidents: [] });
  const { point, category } = draft;
  useEffect(() => {
    setFound({ likely: [], incidents: [] });
    if (!point || !category) return undefined;
    const stop = new AbortController();
    const timer = window.setTimeout(() => findAlready(draft, stop.signal, (more) => setFound((old) => ({ ...old, ...more }))), PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [point?.lon, point?.lat, point?.accuracyM, category]);
  return found;
}

function JoinForm({ token, draft, onJoined, onCancel }: {
  token: string; draft: Draft; onJoined: (code: string) => void; onCancel: () => void;
}) {
  const t = useAlreadyWords();
  const [phone, setPhone] = useState(draft.phone);
  const [email, setEmail] = useState(draft.email);
  const [consent, setConsent] = useState(false);
  const [problem, setProblem] = useState('');
  const [sending, setSending] = useState(false);
  const key = useRef(newKey());
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);

  const send = async () => {
    const contact = { ...(phone.trim() ? { phone: phone.trim() } : {}), ...(email.trim() ? { email: email.trim() } : {}) };
    const given = Object.keys(contact).length > 0;
    if (given && !consent) {
      setProblem(t.needConsent);
      return;
    }
    setSending(true);
    setProblem('');
    try {
      const joined = await request<{ code: string }>(`/api/v1/complaints/${token}/reporters`, {
        method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key.current },
        body: JSON.stringify({ channel: 'web', ...(given ? { reporter: contact, consent: true } : {}),
          ...(draft.description.trim() ? { description: draft.description.trim() } : {}) }),
      });
      onJoined(joined.code);
    } catch (error) {
      key.current = newKey(); // what was wrong is mended: another request
      setProblem(`${t.failed}: ${error instanceof Error ? error.message : ''}`);
      setSending(false);
    }
  };

  return (
    <div class="join" role="group" aria-label={t.how}>
      <p class="strong">{t.how}</p>
      <label>{t.phone} <input ref={first} type="tel" autocomplete="tel" value={phone} onInput={(event) => setPhone(event.currentTarget.value)} /></label>
      <label>{t.email} <input type="email" autocomplete="email" value={email} onInput={(event) => setEmail(event.currentTarget.value)} /></label>
      <label class="check"><input type="checkbox" checked={consent} onChange={(event) => setConsent(event.currentTarget.checked)} /> {t.consent}</label>
      {problem && <p class="error" role="alert">{problem}</p>}
      <div class="buttons tight">
        <button type="button" class="button small primary" aria-disabled={sending} onClick={() => {
          if (!sending) void send();
        }}>{sending ? t.sending : t.send}</button>
        <button type="button" class="button small" onClick={onCancel}>{t.cancel}</button>
      </div>
    </div>
  );
}

export function Already({ draft, timezone, onJoined, onTrack }: AlreadyProps) {
  const t = useAlreadyWords();
  const m = useMessages();
  const lang = useLang();
  const { likely, incidents } = useAlready(draft);
  const [chosen, setChosen] = useState(-1);
  const [joined, setJoined] = useState('');
  useEffect(() => setChosen(-1), [likely]);
  const done = useRef<HTMLElement>(null);
  useEffect(() => done.current?.focus(), [joined]);

  if (joined) {
    return (
      <section class="card already" role="status" tabIndex={-1} ref={done}>
        <p>{t.joined}</p>
        <output class="code" data-code={joined}>{spacedCode(joined)}</output>
        <button type="button" class="button small" onClick={() => onTrack(joined)}>{t.follow}</button>
      </section>
    );
  }
  if (!likely.length && !incidents.length) return <div role="status" />;
  return (
    <section class="card already" aria-label={t.title}>
      <p class="visually-hidden" role="status">{likely.length > 0 ? t.title : t.incident}</p>
      {incidents.map((incident) => (
        <div key={incident.id} class="incident">
          <p class="strong">{t.incident}: {incident.title || (lang === 'en' ? incident.category.name_en : incident.category.name_vi)}</p>
          <p class="words">{incident.message[lang]}</p>
        </div>
      ))}
      {likely.length > 0 && <h2>{t.title}</h2>}
      <ul class="plain">
        {likely.map((one, index) => (
          <li key={index}>
            <p><span class={`badge status-${one.status}`}>{m.statuses[one.status] ?? one.status}</span> {one.category.name}</p>
            <p class="hint">{placeText(one.place, lang, '')} · {t.metres(formatNumber(one.distance_m, lang))} ·{' '}
              {formatShort(one.received_at, lang, timezone)} · {t.reporters(formatNumber(one.reporters, lang))}</p>
            {one.join === null && <p class="hint">{t.ended}</p>}
            {one.join !== null && chosen !== index && (
              <button type="button" class="button small" onClick={() => setChosen(index)}>{t.join}</button>
            )}
            {one.join !== null && chosen === index && (
              <JoinForm token={one.join} draft={draft} onCancel={() => setChosen(-1)} onJoined={(code) => {
                setJoined(code);
                onJoined();
              }} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
