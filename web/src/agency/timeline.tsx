// What happened to a complaint, as a time line in words: oldest first, as one tells a story.

import { useLang, useMessages } from '../i18n';
import { textIn } from '../lib/categories';
import { formatInstant } from '../lib/time';
import type { Lang, Text } from '../types';
import type { CaseEvent } from './types';
import type { AgencyWords } from './words_vi';
import { useWords } from './words';

/** "user:canbo" is a person's log-in; the public and the system have names of their own. */
function actorText(actor: string, t: AgencyWords, names: Record<string, string>): string {
  const [kind, name] = actor.split(':');
  return t.actors[kind ?? ''] ?? names[name ?? '']
    ?? (kind === 'import' ? t.actors[name === 'demo' ? name : 'imported'] : name) ?? actor;
}

function isText(value: unknown): value is Text {
  return typeof value === 'object' && value !== null && ('vi' in value || 'en' in value);
}

/** A value of a detail as words; empty for what has none. */
function valueText(value: unknown, lang: Lang, timezone: string, names: Record<string, string>): string {
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return formatInstant(value, lang, timezone);
    return names[value] ?? value;
  }
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    return value.map((entry) => valueText(entry, lang, timezone, names)).filter(Boolean).join(', ');
  }
  if (isText(value)) return textIn(value, lang);
  if (typeof value === 'object' && value !== null && 'name' in value) {
    return valueText((value as { name: unknown }).name, lang, timezone, names);
  }
  return '';
}

export interface Line { label: string; text: string; internal: boolean }

/** What is known of an event, each with its name; what has no name here is not shown. */
export function detailLines(event: CaseEvent, t: AgencyWords, lang: Lang, timezone: string, names: Record<string, string>): Line[] {
  const detail = event.detail ?? {};
  const internal = detail['internal'];
  const parts: [Record<string, unknown>, boolean][] = [[detail, false]];
  if (typeof internal === 'object' && internal !== null) parts.push([internal as Record<string, unknown>, true]);
  return parts.flatMap(([part, hidden]) => Object.entries(part).flatMap(([name, value]): Line[] => {
    const label = t.details[name];
    const text = label ? valueText(value, lang, timezone, names) : '';
    return label && text ? [{ label, text, internal: hidden }] : [];
  }));
}

/** `names`: what codes and log-ins are called. */
export function Timeline({ events, timezone, names = {} }: { events: CaseEvent[]; timezone: string; names?: Record<string, string> }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  if (events.length === 0) return <p class="hint">{t.one.noHistory}</p>;
  return (
    <ol class="timeline">
      {events.map((event, index) => (
        <li key={index} class={`event-${event.event}`}>
          <p class="timeline-head">
            <strong>{t.events[event.event] ?? m.statuses[event.event] ?? event.event}</strong>
            <time dateTime={event.at}>{formatInstant(event.at, lang, timezone)}</time>
            {event.actor && <span class="hint">{t.one.by(actorText(event.actor, t, names))}</span>}
          </p>
          {detailLines(event, t, lang, timezone, { ...names, ...t.one.ratings }).map((line) => (
            <p key={`${line.label}${line.internal}`} class="words timeline-detail">
              <span class="hint">{line.label}{line.internal && ` (${t.one.internal})`}: </span>{line.text}
            </p>
          ))}
        </li>
      ))}
    </ol>
  );
}
