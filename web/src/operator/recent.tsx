// What this operator filed lately, and what waits on this machine to be sent.

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryName } from '../lib/categories';
import { formatShort } from '../lib/time';
import { spacedCode } from '../report/done';
import { fetchFiled, type FiledEntry } from './api';
import type { Unsent } from './unsent';
import { useWords } from './words';

interface RecentProps {
  categories: CategoryNode[];
  timezone: string;
  pulse: number;
  unsent: Unsent[];
  busy: boolean;
  onOpen: (code: string) => void;
  onSend: () => void;
  onMend: (item: Unsent) => void;
}

export function Recent({ categories, timezone, pulse, unsent, busy, onOpen, onSend, onMend }: RecentProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [filed, setFiled] = useState<FiledEntry[] | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    fetchFiled().then((found) => {
      if (gone) return;
      setFiled(found);
      setFailed(false);
    }, () => !gone && setFailed(true));
    return () => {
      gone = true;
    };
  }, [pulse, lang]);
  return (
    <div class="recent">
      {unsent.length > 0 && (
        <section aria-labelledby="unsent-title" class="unsent-list">
          <h2 id="unsent-title">{t.unsent.list}</h2>
          <ul class="side-list">
            {unsent.map((item) => (
              <li key={item.id}>
                <p class="side-top">
                  <span class="strong">{categoryName(categories, item.draft.category, lang)}</span>
                  <time dateTime={new Date(item.at).toISOString()}>{formatShort(new Date(item.at).toISOString(), lang, timezone)}</time>
                </p>
                <p class="clip">{item.draft.description}</p>
                {item.refused && <p class="error">{item.refused}</p>}
                {item.refused && (
                  <button type="button" class="button small" disabled={busy} onClick={() => onMend(item)}>{t.unsent.edit}</button>
                )}
              </li>
            ))}
          </ul>
          <button type="button" class="button small" onClick={onSend}>{t.unsent.retry}</button>
        </section>
      )}
      <h2>{t.recent.title}</h2>
      {failed && <p class="error" role="alert">{t.recent.failed}</p>}
      {filed?.length === 0 && <p class="hint">{t.recent.empty}</p>}
      {!filed && !failed && <p class="hint" role="status">{m.loading}</p>}
      <ul class="side-list">
        {filed?.map((c) => (
          <li key={c.code}>
            <button type="button" class="recent-item" onClick={() => onOpen(c.code)}>
              <span class="side-top"><span class="popup-code strong">{spacedCode(c.code)}</span>
                <time dateTime={c.received_at}>{formatShort(c.received_at, lang, timezone)}</time></span>
              <span>{categoryName(categories, c.category, lang)}</span>
              <span class="hint">{c.address ?? ''}</span>
              <span><span class={`badge status-${c.status}`}>{m.statuses[c.status] ?? c.status}</span> <span class="hint">{c.agency}</span></span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
