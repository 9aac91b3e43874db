// What may be the same, found while the complaint is written. One key joins the chosen one.

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryName } from '../lib/categories';
import { formatNumber, formatShort } from '../lib/time';
import { fetchLikely, type Likely } from './api';
import type { CallDraft } from './call_draft';
import { useWords } from './words';

const PAUSE_MS = 350;
const NONE: Likely[] = [];

export type LikelyState = { kind: 'waiting' | 'failed' | 'found'; complaints: Likely[] };

export function useLikely(draft: CallDraft, off: boolean): LikelyState {
  const [state, setState] = useState<LikelyState>({ kind: 'waiting', complaints: NONE });
  const { point, category, description } = draft;
  const words = description.trim();
  useEffect(() => {
    if (off || !point || !category) {
      setState({ kind: 'waiting', complaints: NONE });
      return undefined;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      fetchLikely(point, point.accuracyM, category, words, stop.signal).then(
        (complaints) => setState({ kind: 'found', complaints: complaints.filter((c) => c.code) }),
        () => !stop.signal.aborted && setState({ kind: 'failed', complaints: NONE }));
    }, PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [off, point?.lon, point?.lat, category, words]);
  return state;
}

interface DuplicatesProps {
  state: LikelyState;
  chosen: number;
  categories: CategoryNode[];
  timezone: string;
  onJoin: (likely: Likely) => void;
}

export function Duplicates({ state, chosen, categories, timezone, onJoin }: DuplicatesProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const { complaints } = state;
  const code = (c: Likely) => (typeof c.category === 'string' ? c.category : c.category.code);
  return (
    <section class="card likely" aria-labelledby="likely-title">
      <h2 id="likely-title">{t.duplicates.title}</h2>
      <p class="hint" role="status">
        {state.kind === 'waiting' && t.duplicates.waiting}
        {state.kind === 'failed' && t.duplicates.failed}
        {state.kind === 'found' && (complaints.length ? t.duplicates.count(complaints.length) : t.duplicates.none)}
      </p>
      <ol class="likely-list">
        {complaints.map((c, index) => (
          <li key={c.code} class={index === chosen ? 'chosen-one' : ''} aria-current={index === chosen ? 'true' : undefined}>
            <p>
              <span class="strong">{categoryName(categories, code(c), lang)}</span>{' '}
              <span class={`badge status-${c.status}`}>{m.statuses[c.status] ?? c.status}</span>
            </p>
            {c.description && <p class="words clip">{c.description}</p>}
            <p class="hint">
              {t.duplicates.metres(formatNumber(Math.round(c.distance_m), lang))} · {formatShort(c.received_at, lang, timezone)} ·{' '}
              {t.duplicates.reporters(c.reporters)} · {t.duplicates.alike(Math.round(c.score * 100))}
            </p>
            <button type="button" class="button small" onClick={() => onJoin(c)}>
              {t.duplicates.join} {index === chosen && <kbd>F8</kbd>}
            </button>
          </li>
        ))}
      </ol>
      {complaints.length > 1 && <p class="hint">{t.duplicates.keys}</p>}
    </section>
  );
}
