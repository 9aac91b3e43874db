// What came in writing and waits to be entered: one key takes the oldest, nobody else gets it then.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { useLang, useMessages } from '../i18n';
import { formatShort } from '../lib/time';
import { newKey } from '../report/draft';
import { fetchInbound, type InboundEntry, type InboundItem, stepItem, takeNext } from './api';
import { useWords } from './words';

interface QueueProps {
  timezone: string;
  /** Changes when the queue did. */
  pulse: number;
  /** Something is being written: taking an item has to wait. */
  busy: boolean;
  onItem: (id: number) => void;
}

export function Queue({ timezone, pulse, busy, onItem }: QueueProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [list, setList] = useState<{ waiting: number; items: InboundEntry[] } | null>(null);
  const [problem, setProblem] = useState('');
  const key = useRef(newKey());

  useEffect(() => {
    const stop = new AbortController();
    fetchInbound(stop.signal).then((found) => {
      setList(found);
      setProblem('');
    }, () => !stop.signal.aborted && setProblem(t.queue.failed));
    return () => stop.abort();
  }, [pulse, lang]);

  const take = (taken: Promise<{ id: number }>) => {
    setProblem('');
    taken.then(({ id }) => {
      key.current = newKey();
      onItem(id);
    }, (error: unknown) => {
      const known = error instanceof ApiError ? error : null;
      setProblem(known?.status === 404 ? t.queue.empty : known?.errors[0]?.detail ?? known?.message ?? '');
    });
  };

  return (
    <div class="queue">
      <button type="button" class="button primary wide" disabled={busy || list?.waiting === 0}
        onClick={() => take(takeNext(key.current))}>{t.queue.next}</button>
      {problem && <p class="error" role="alert">{problem}</p>}
      <p class="hint" role="status">{list && (list.waiting ? t.queue.waiting(list.waiting) : t.queue.empty)}</p>
      <ul class="side-list">
        {list?.items.map((item) => (
          <li key={item.id}>
            <p class="side-top">
              <span class="badge">{m.channels[item.channel] ?? item.channel}</span>
              <time dateTime={item.received_at}>{formatShort(item.received_at, lang, timezone)}</time>
            </p>
            {item.subject && <p class="strong clip one">{item.subject}</p>}
            <p class="clip">{item.excerpt}</p>
            {item.taken_by
              ? <p class="hint">{item.mine ? t.queue.mine : t.queue.takenBy(item.taken_by)}</p> : null}
            {(!item.taken_by || item.mine) && (
              <button type="button" class="button small" disabled={busy} aria-label={`${t.queue.take}: ${item.excerpt.slice(0, 40)}`}
                onClick={() => take(stepItem(item.id, 'take'))}>{t.queue.take}</button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface EnteringProps {
  item: InboundItem;
  timezone: string;
  onRelease: () => void;
  onDiscard: (reason: string) => void;
}

/** The item that is being entered, above the form. */
export function Entering({ item, timezone, onRelease, onDiscard }: EnteringProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [reason, setReason] = useState('spam');
  const reasons = t.queue.discardReasons;
  return (
    <section class="entering" aria-label={t.queue.entering(m.channels[item.channel] ?? item.channel)}>
      <p class="side-top">
        <strong>{t.queue.entering(m.channels[item.channel] ?? item.channel)}</strong>
        <span class="hint">{t.queue.lease(formatShort(item.taken_until, lang, timezone))}</span>
      </p>
      {(item.from || item.from_name) && <p>{t.queue.from}: {[item.from_name, item.from].filter(Boolean).join(' · ')}</p>}
      {item.subject && <p class="strong">{item.subject}</p>}
      <blockquote class="words" tabIndex={0} aria-label={t.queue.original}>{item.text}</blockquote>
      <div class="buttons tight">
        <button type="button" class="button small" onClick={onRelease}>{t.queue.release}</button>
        <select class="small-select" aria-label={t.queue.discardReason} value={reason} onChange={(event) => setReason(event.currentTarget.value)}>
          {Object.entries(reasons).map(([code, words]) => <option key={code} value={code}>{words}</option>)}
        </select>
        <button type="button" class="button small" onClick={() => onDiscard(reasons[reason] ?? reason)}>{t.queue.discard}</button>
      </div>
    </section>
  );
}
