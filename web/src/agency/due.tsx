// How much time is left, in words, with a sign: never by colour alone.

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { formatInstant, formatShort } from '../lib/time';
import type { Case } from './types';
import { type Urgency, dueOf, spanParts, urgencyOf } from './urgency';
import { type AgencyWords } from './words_vi';
import { useWords } from './words';

const SIGNS: Record<Urgency, string> = { late: '▲', risk: '◆', soon: '●', calm: '○', paused: '❚❚', done: '✓' };

/** The time now, told again every half minute. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 30000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}

export function spanText(ms: number, t: AgencyWords): string {
  const { days, hours, minutes } = spanParts(ms);
  if (days > 0) return t.span.days(days, hours);
  return hours > 0 ? t.span.hours(hours, minutes) : t.span.minutes(minutes);
}

export function urgencyText(one: Case, urgency: Urgency, now: number, t: AgencyWords): string {
  const left = dueOf(one) - now;
  if (urgency === 'done' || urgency === 'paused') return t.urgency[urgency];
  if (left <= 0) return t.span.lateBy(spanText(left, t));
  return urgency === 'risk' ? t.span.riskIn(spanText(left, t)) : t.span.dueIn(spanText(left, t));
}

export function Due({ one, now, timezone, long }: { one: Case; now: number; timezone: string; long?: boolean }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const urgency = urgencyOf(one, now);
  const deadline = one.assignment?.deadline;
  const closed = one.closed_at;
  return (
    <span class={`due ${urgency}`}>
      <span class="due-sign" aria-hidden="true">{SIGNS[urgency]}</span>
      <span class="due-words">
        <strong>{urgency === 'done' ? m.statuses[one.status] ?? t.urgency.done : urgencyText(one, urgency, now, t)}</strong>
        {deadline && urgency !== 'done' && (
          <time dateTime={deadline} title={formatInstant(deadline, lang, timezone)}>
            {long ? formatInstant(deadline, lang, timezone) : formatShort(deadline, lang, timezone)}
          </time>
        )}
        {urgency === 'done' && closed && (
          <time dateTime={closed}>{formatShort(closed, lang, timezone)}</time>
        )}
      </span>
    </span>
  );
}
