// The work list for the field, on a phone: what is nearest or due first, and what waits to be sent.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { type CategoryNode, categoryName } from '../lib/categories';
import { useLive } from '../lib/live';
import { useOnline } from '../lib/online';
import { formatNumber, formatShort } from '../lib/time';
import { setUrlParam, useUrlParams } from '../lib/url_state';
import { spacedCode } from '../report/done';
import type { Point } from '../types';
import { Due, useNow } from './due';
import { FieldForm } from './field_form';
import { type Entry, dropEntry, putEntry } from './field_queue';
import { whereOf } from './row';
import type { Case } from './types';
import { type Queue, metresBetween, useFieldList, useHere, useQueue } from './use_field';
import { useWords } from './words';

interface FieldPageProps {
  login: string;
  categories: CategoryNode[];
  timezone: string;
}

function QueueList({ queue }: { queue: Queue }) {
  const t = useWords();
  const open = queue.entries.filter((entry) => entry.state !== 'sent');
  const sent = queue.entries.filter((entry) => entry.state === 'sent');
  useEffect(() => {
    // What was sent is shown until the next visit, then it is forgotten.
    for (const entry of sent) if (Date.now() - entry.at > 24 * 3600000) void dropEntry(entry.id);
  }, [sent.length]);
  const again = (entry: Entry) => void putEntry({ ...entry, state: 'waiting' }).then(queue.syncNow);
  if (queue.entries.length === 0) return null;
  return (
    <section class="field-queue" aria-labelledby="queue-title">
      <h2 id="queue-title">{t.field.queue}</h2>
      <p role="status">{open.length ? t.field.waiting(open.length) : t.field.sent(sent.length)}
        {open.length > 0 && <button type="button" class="button small" onClick={queue.syncNow}>{t.field.sync}</button>}</p>
      <ul>
        {queue.entries.map((entry) => (
          <li key={entry.id} class={`queue-${entry.state}`} data-state={entry.state}>
            <span><strong>{t.act.names[entry.action]}</strong> {spacedCode(entry.code)}{entry.files.length > 0 && ` · ${t.field.photos(entry.files.length)}`}</span>
            <span class={`badge ${entry.state === 'refused' ? 'late' : entry.state === 'sent' ? 'status-resolved' : 'warn'}`}>{t.field.states[entry.state]}</span>
            {entry.state === 'refused' && (
              <span class="queue-why">
                {entry.stale ? t.field.changed : entry.why}{' '}
                {!entry.stale && <button type="button" class="button small" onClick={() => again(entry)}>{t.field.retry}</button>}
                <button type="button" class="button small" onClick={() => {
                  if (window.confirm(t.field.dropSure)) void dropEntry(entry.id).then(queue.reload);
                }}>{t.field.drop}</button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function pointOf(one: Case): Point | null {
  const { place } = one;
  return typeof place?.lon === 'number' && typeof place.lat === 'number' ? { lon: place.lon, lat: place.lat } : null;
}

function awayText(metres: number, lang: 'vi' | 'en'): string {
  return metres < 1000 ? `${formatNumber(Math.round(metres / 10) * 10, lang)} m` : `${formatNumber(Math.round(metres / 100) / 10, lang)} km`;
}

export function FieldPage({ login, categories, timezone }: FieldPageProps) {
  const t = useWords();
  const lang = useLang();
  const now = useNow();
  const params = useUrlParams();
  const live = useLive();
  const online = useOnline();
  const [sent, setSent] = useState(0);
  const queue = useQueue(login, () => setSent((n) => n + 1));
  const list = useFieldList(login, Math.floor(live.pulse / 5) + sent + Number(online));
  const { here, failed, ask } = useHere();
  const nearest = params.get('by') === 'near';
  useEffect(() => {
    if (nearest && !here) ask();
  }, [nearest]);

  /** What waits to be sent counts as done: it leaves the list. */
  const finished = useMemo(() => new Set(queue.entries.filter((entry) => entry.action === 'resolve' && entry.state !== 'refused')
    .map((entry) => entry.code)), [queue.entries]);
  const rows = (list?.rows ?? []).filter((row) => !finished.has(row.code));
  const away = (row: Case) => {
    const at = pointOf(row);
    return here && at ? metresBetween(here, at) : Infinity;
  };
  const sorted = nearest && here ? [...rows].sort((a, b) => away(a) - away(b)) : rows;
  const one = list?.rows.find((row) => row.code === params.get('case'));
  if (one) {
    return <FieldForm key={one.code} one={one} login={login} categories={categories} timezone={timezone}
      onBack={() => setUrlParam('case', '', true)} onSaved={() => {
        queue.reload();
        queue.syncNow();
        setUrlParam('case', '', true);
      }} />;
  }
  return (
    <>
      {(!online || list?.fresh === false) && (
        <p class="card warn-card" role="status">{list?.at ? `${t.field.offline} ${formatShort(list.at, lang, timezone)}. ` : ''}{t.field.keep}</p>
      )}
      <QueueList queue={queue} />
      <div class="field-order" role="group" aria-label={t.field.by}>
        <button type="button" class="button" aria-pressed={!nearest} onClick={() => setUrlParam('by', '')}>{t.field.due}</button>
        <button type="button" class="button" aria-pressed={nearest} onClick={() => {
          setUrlParam('by', 'near');
          ask();
        }}>{t.field.nearest}</button>
      </div>
      {nearest && failed && <p class="hint" role="status">{t.field.noPosition}</p>}
      {list && sorted.length === 0 && <p class="inbox-empty">{t.field.empty}</p>}
      <ul class="field-list">
        {sorted.slice(0, 100).map((row) => (
          <li key={row.code}>
            <a class="field-card" href={`?field=1&case=${row.code}`} onClick={(event) => {
              event.preventDefault();
              setUrlParam('case', row.code, true);
            }}>
              <Due one={row} now={now} timezone={timezone} />
              <strong>{categoryName(categories, row.category.code, lang)}</strong>
              <span class="case-words">{row.description}</span>
              <span class="case-where">{whereOf(row, lang) || t.list.noPlace}{Number.isFinite(away(row)) && ` · ${t.field.away(awayText(away(row), lang))}`}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
