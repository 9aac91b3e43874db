// Follow a complaint by its code. The code lives in the address, so the view can be kept as a link.

import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { ApiError, fetchComplaint, fetchHistory } from '../api';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryPath } from '../lib/categories';
import { useOnline } from '../lib/online';
import { formatInstant } from '../lib/time';
import { Attached } from '../report/attached';
import { usePhotoWords } from '../report/photo_words';
import { Decision } from '../report/decision';
import { spacedCode } from '../report/done';
import { CitizenHelp } from '../report/help';
import { Field } from '../shell/field';
import type { Complaint, HistoryEntry, Point, PublicAnswer } from '../types';
import { Progress, Rate, Reopen } from './progress';

interface TrackProps {
  code: string;
  categories: CategoryNode[];
  timezone: string;
  /** Changes when complaints came in or changed: what is shown may be out of date. */
  pulse: number;
  onCode: (code: string) => void;
  onShow: (point: Point) => void;
}

interface Loaded {
  complaint: Complaint;
  history: HistoryEntry[];
}

/** As the service spells codes: no spaces or dashes, capital letters. */
function plainCode(text: string): string {
  return text.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
}

/** What the agency said, with the pictures that it shows. */
function Answers({ answers, timezone }: { answers: PublicAnswer[]; timezone: string }) {
  const t = useMessages();
  const lang = useLang();
  if (answers.length === 0) return null;
  return (
    <>
      <h2>{t.track.answers}</h2>
      {answers.map((answer, index) => (
        <div key={index} class="answer">
          <p class="words">{answer.text}</p>
          {(answer.attachments ?? []).map((one) => (typeof one === 'string' ? one : one.id)).map((id) => (
            <a key={id} href={`/api/v1/attachments/${encodeURIComponent(id)}/web`} target="_blank" rel="noopener">
              <img src={`/api/v1/attachments/${encodeURIComponent(id)}/thumb`} alt={t.track.photo} loading="lazy" />
            </a>
          ))}
          <p class="hint"><time dateTime={answer.at}>{formatInstant(answer.at, lang, timezone)}</time>{answer.by && ` – ${answer.by}`}</p>
        </div>
      ))}
    </>
  );
}

export function Track({ code, categories, timezone, pulse, onCode, onShow }: TrackProps) {
  const t = useMessages();
  const lang = useLang();
  const words = usePhotoWords();
  const [typed, setTyped] = useState(spacedCode(code));
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [problem, setProblem] = useState('');
  const [loading, setLoading] = useState(false);
  const [said, setSaid] = useState(0);
  const [again, setAgain] = useState(0);
  const online = useOnline();

  // Before the page is painted, or what is typed at once would be lost.
  useLayoutEffect(() => setTyped(spacedCode(code)), [code]);
  useEffect(() => {
    setProblem('');
    if (!code) {
      setLoaded(null);
      return undefined;
    }
    const stop = new AbortController();
    setLoading(true);
    Promise.all([
      fetchComplaint(code, stop.signal),
      // The history may be for those who are logged in only; the complaint shows without it.
      fetchHistory(code, stop.signal).catch(() => []),
    ]).then(([complaint, history]) => {
      setLoaded({ complaint, history });
      setLoading(false);
    }, (error: unknown) => {
      if (stop.signal.aborted) return;
      setLoading(false);
      if (error instanceof ApiError && [400, 404, 422].includes(error.status)) {
        setLoaded(null);
        setProblem(t.track.missing);
      } else {
        // What is shown was true when it was read, and a lost network does not make it less so.
        setLoaded((before) => (before?.complaint.code === code ? before : null));
        setProblem(t.offline);
      }
    });
    return () => stop.abort();
  }, [code, lang, pulse, said, again, online]);

  const complaint = loaded?.complaint;
  const changed = () => setSaid((n) => n + 1);
  const place = complaint?.place;
  const lon = place?.lon;
  const lat = place?.lat;

  return (
    <div class="track">
      <CitizenHelp />
      <form onSubmit={(event) => {
        event.preventDefault();
        onCode(plainCode(typed));
      }}>
        <Field id="track-code" label={t.track.code} hint={t.track.hint} error={problem || undefined}>
          {(aria) => (
            <input id="track-code" class="code-input" type="text" autocomplete="off"
              autocapitalize="characters" spellcheck={false} {...aria} value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)} />
          )}
        </Field>
        <div class="buttons tight">
          <button type="submit" class="button primary">{t.track.submit}</button>
          {problem === t.offline && (
            <button type="button" class="button" onClick={() => setAgain((n) => n + 1)}>{t.retry}</button>
          )}
        </div>
      </form>
      <div role="status">
        {loading && !complaint && <p class="hint">{t.loading}</p>}
        {complaint && (
          <article class="card tracked" aria-label={complaint.code}>
            <p class="print-head">{t.siteName} · {t.track.printed}: {formatInstant(new Date().toISOString(), lang, timezone)}</p>
            <p class="code" data-code={complaint.code}>{spacedCode(complaint.code)}</p>
            <p><span class={`badge status-${complaint.status}`}>
              {t.statuses[complaint.status] ?? complaint.status}</span></p>
            <Progress status={complaint.status} />
            <Answers answers={complaint.answers ?? []} timezone={timezone} />
            {complaint.rating && (
              <p class="hint">{t.track.rated}: <strong>{t.track.ratings[complaint.rating.rating] ?? complaint.rating.rating}</strong></p>
            )}
            {complaint.may_rate && <Rate complaint={complaint} onChanged={changed} />}
            {complaint.may_reopen && <Reopen complaint={complaint} onChanged={changed} />}
            <p class="strong">{categoryPath(categories, complaint.category.code, lang)}</p>
            {complaint.description && <p class="words">{complaint.description}</p>}
            {complaint.address && <p class="words">{complaint.address}</p>}
            <Attached files={complaint.attachments} />
            {complaint.received_at && (
              <p class="hint">{t.track.received}: {formatInstant(complaint.received_at, lang, timezone)}</p>
            )}
            {complaint.closed_at && (
              <p class="hint">{t.track.closed}: {formatInstant(complaint.closed_at, lang, timezone)}</p>
            )}
            {complaint.assignment && (
              <Decision assignment={complaint.assignment} place={place} timezone={timezone} />
            )}
            <div class="buttons tight">
              {typeof lon === 'number' && typeof lat === 'number' && (
                <button type="button" class="button small" onClick={() => onShow({ lon, lat })}>
                  {t.track.show}
                </button>
              )}
              <button type="button" class="button small" onClick={() => window.print()}>{t.track.print}</button>
            </div>
            {loaded.history.length > 0 && (
              <>
                <h2>{t.track.history}</h2>
                <ol class="history">
                  {loaded.history.map((entry, index) => (
                    <li key={index}>
                      <span class="strong">{entry.event === 'attached' ? words.attached : t.statuses[entry.event] ?? entry.event}</span>
                      <time dateTime={entry.at}>{formatInstant(entry.at, lang, timezone)}</time>
                    </li>
                  ))}
                </ol>
              </>
            )}
          </article>
        )}
      </div>
    </div>
  );
}
