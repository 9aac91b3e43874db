// What else the address of a complaint may have meant: kept when it was filed with an address only.

import { useMessages } from '../i18n';
import type { Candidate } from '../types';
import type { CaseEvent } from './types';
import { useWords } from './words';

export interface Alternatives { list: Candidate[]; notUnderstood: string }

const NONE: Alternatives = { list: [], notUnderstood: '' };

function isCandidate(one: unknown): one is Candidate {
  const row = one as Partial<Record<keyof Candidate, unknown>> | null;
  return typeof row?.label === 'string' && typeof row.lon === 'number' && typeof row.lat === 'number'
    && typeof row.match === 'string' && typeof row.confidence === 'number';
}

/** As the history's entry of its filing tells the staff; nothing for anybody else. */
export function alternativesOf(history: CaseEvent[]): Alternatives {
  for (const event of history) {
    const internal = event.detail?.['internal'] as { alternatives?: unknown; not_understood?: unknown } | undefined;
    if (Array.isArray(internal?.alternatives)) {
      const words = internal.not_understood;
      return { list: internal.alternatives.filter(isCandidate), notUnderstood: typeof words === 'string' ? words : '' };
    }
  }
  return NONE;
}

interface AlternativePartProps { found: Alternatives; chosen: number; onChoose: (index: number) => void }

/** Each a button that shows it on the case's map, where the number stands too. */
export function AlternativePart({ found, chosen, onChoose }: AlternativePartProps) {
  const t = useWords();
  const m = useMessages();
  if (found.list.length < 2 && !found.notUnderstood) return null;
  return (
    <div class="case-alternatives no-print">
      {found.notUnderstood && <p class="hint">{t.one.notUnderstood}: <span class="words">{found.notUnderstood}</span></p>}
      {found.list.length > 1 && (
        <>
          <h3 id="alternatives">{t.one.alternatives}</h3>
          <p class="hint">{t.one.alternativesHint}</p>
          <ol aria-labelledby="alternatives">
            {found.list.map((one, index) => (
              <li key={`${one.label}/${one.lon}/${one.lat}`}>
                <button type="button" class="button small" aria-pressed={index === chosen} onClick={() => onChoose(index === chosen ? -1 : index)}>
                  <span class="option-mark" aria-hidden="true">{index + 1}</span> {one.label}</button>
                <span class="hint"> {m.matches[one.match] ? `${m.matches[one.match]} · ` : ''}{m.address.sure(Math.round(one.confidence * 100))}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
