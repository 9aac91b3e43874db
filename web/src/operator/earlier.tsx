// What came from this number before. Masked until the operator says why it is looked at.

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryName } from '../lib/categories';
import { formatDay, formatShort, cityDay } from '../lib/time';
import { spacedCode } from '../report/done';
import { type Earlier as Found, fetchEarlier } from './api';
import { isNumber } from './caller_bar';
import { useWords } from './words';

const PAUSE_MS = 700;

interface EarlierProps {
  number: string;
  categories: CategoryNode[];
  timezone: string;
  onOpen: (code: string) => void;
}

export function Earlier({ number, categories, timezone, onOpen }: EarlierProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [found, setFound] = useState<Found | null>(null);
  const [purpose, setPurpose] = useState('follow_up');
  const good = isNumber(number);

  useEffect(() => {
    setFound(null);
    if (!good) return undefined;
    let gone = false;
    const timer = window.setTimeout(() => {
      fetchEarlier(number, '').then((answer) => !gone && setFound(answer), () => undefined);
    }, PAUSE_MS);
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [number, good]);

  if (!found) return null;
  const n = found.complaints.length;
  const open = found.complaints.filter((c) => c.open).length;
  if (n === 0 && found.withheld === 0) return <p class="hint earlier-none" role="status">{t.earlier.none}</p>;
  return (
    <details class="earlier">
      <summary>
        <span role="status">{t.earlier.count(n + found.withheld)}</span>
        {open > 0 && <span class="badge warn">{t.earlier.open(open)}</span>}
      </summary>
      <ul class="earlier-list">
        {found.complaints.map((c, index) => (
          <li key={c.code ?? index}>
            <span class="strong">{categoryName(categories, c.category, lang)}</span>{' '}
            <span class={`badge status-${c.status}`}>{m.statuses[c.status] ?? c.status}</span>{' '}
            <span class="hint">{found.masked ? formatDay(cityDay(new Date(c.received_at), timezone)) : formatShort(c.received_at, lang, timezone)}</span>
            {c.description && <p class="words clip">{c.description}</p>}
            {c.address && <p class="hint">{c.address}</p>}
            {c.code && <button type="button" class="button small" onClick={() => onOpen(c.code ?? '')}>{spacedCode(c.code)}</button>}
          </li>
        ))}
      </ul>
      {found.withheld > 0 && <p class="hint">{t.earlier.withheld(found.withheld)}</p>}
      {found.masked && n > 0 && (
        <div class="earlier-reveal">
          <p class="hint" id="earlier-masked">{t.earlier.masked}</p>
          <select aria-label={t.earlier.purpose} aria-describedby="earlier-masked" value={purpose} onChange={(event) => setPurpose(event.currentTarget.value)}>
            {Object.entries(t.earlier.purposes).map(([code, words]) => <option key={code} value={code}>{words}</option>)}
          </select>
          <button type="button" class="button small" onClick={() => {
            fetchEarlier(number, purpose).then(setFound, () => undefined);
          }}>{t.earlier.reveal}</button>
        </div>
      )}
    </details>
  );
}
