// What this device keeps: reports that wait for the network, those that were not taken, with the reason,
// and the codes of those that were sent.

import { useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { formatShort } from '../lib/time';
import { spacedCode } from './done';
import type { Queued } from './queue';
import { useQueueWords } from './queue_words';
import type { Reports } from './use_queue';

interface QueuePanelProps {
  reports: Reports;
  /** What is in the form now. */
  without: string[];
  timezone: string;
  onTrack: (code: string) => void;
  onCorrect: (entry: Queued) => void;
}

function Entry({ entry, reports, timezone, onTrack, onCorrect }: QueuePanelProps & { entry: Queued }) {
  const t = useQueueWords();
  const lang = useLang();
  const [asked, setAsked] = useState(false);
  const drop = () => {
    if (entry.state === 'waiting' && !asked) setAsked(true);
    else reports.drop(entry.id);
  };
  return (
    <li class={`queued ${entry.state}`} data-queued={entry.state}>
      <p><span class="strong">{entry.title}</span>{' '}
        <span class="hint">{formatShort(entry.at, lang, timezone)}{entry.files.length > 0 && ` · ${t.photos(entry.files.length)}`}</span></p>
      {entry.state === 'waiting' && <p class="hint">{t.waiting}</p>}
      {entry.state === 'refused' && <p class="error">{t.refused}: {entry.why}</p>}
      {entry.state === 'sent' && <p>{t.sent} <output class="queued-code" data-code={entry.code}>{spacedCode(entry.code ?? '')}</output></p>}
      {asked && <p class="hint" role="alert">{t.surely}</p>}
      <div class="buttons tight">
        {entry.state === 'waiting' && (
          <button type="button" class="button small" aria-disabled={reports.sending} onClick={() => !reports.sending && reports.sendNow()}>
            {reports.sending ? t.sending : t.sendNow}
          </button>
        )}
        {entry.state === 'refused' && <button type="button" class="button small primary" onClick={() => onCorrect(entry)}>{t.correct}</button>}
        {entry.state === 'sent' && (
          <button type="button" class="button small" aria-label={t.follow(spacedCode(entry.code ?? ''))} onClick={() => onTrack(entry.code ?? '')}>{t.followShort}</button>
        )}
        <button type="button" class="button small" aria-label={t.forgetOf(entry.title)} onClick={drop}>{t.forget}</button>
      </div>
    </li>
  );
}

export function QueuePanel(props: QueuePanelProps) {
  const t = useQueueWords();
  const entries = props.reports.entries.filter((entry) => !props.without.includes(entry.id));
  if (entries.length === 0) return null;
  const all = entries.every((entry) => entry.state !== 'waiting') && entries.length > 1;
  return (
    <section class="card queue" aria-labelledby="queue-title">
      <h2 id="queue-title">{t.title}</h2>
      <ul>{entries.map((entry) => <Entry key={entry.id} entry={entry} {...props} />)}</ul>
      <p class="hint">{t.private}</p>
      {all && (
        <button type="button" class="button small" onClick={() => {
          for (const entry of entries) props.reports.drop(entry.id);
        }}>{t.forgetAll}</button>
      )}
    </section>
  );
}
