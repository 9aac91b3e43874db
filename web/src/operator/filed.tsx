// After saving: the code, big enough to read out, letter by letter; or that it is kept for later.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { Decision } from '../report/decision';
import { spacedCode } from '../report/done';
import type { Complaint } from '../types';
import { clockText } from './caller_bar';
import { useWords } from './words';

/** How letters are named over the telephone; the code's alphabet has these only. */
const NAMES: Record<string, string> = {
  A: 'An', E: 'Em', G: 'Gà', H: 'Huế', K: 'Ký', N: 'Nam', R: 'Rừng', T: 'Tâm', V: 'Vui',
};

export interface Result {
  complaint: Complaint | null;
  /** The complaint's own code: another than the joiner's. */
  opens: string;
  joined: boolean;
  reporters: number;
  /** From the start of the call to the service's answer. */
  tookMs: number;
}

interface FiledProps {
  result: Result;
  timezone: string;
  onNext: () => void;
  onOpen: (code: string) => void;
}

export function Filed({ result, timezone, onNext, onOpen }: FiledProps) {
  const t = useWords();
  const next = useRef<HTMLButtonElement>(null);
  const { complaint } = result;
  useLayoutEffect(() => next.current?.focus(), [complaint?.code]);
  return (
    <section class="filed" aria-labelledby="filed-title">
      <div role="status">
        <h2 id="filed-title">
          {complaint ? (result.joined ? t.filed.joined : t.filed.title) : t.unsent.title}
        </h2>
        {complaint && (
          <>
            <output class="code filed-code" data-code={complaint.code}>{spacedCode(complaint.code)}</output>
            <p class="visually-hidden">{t.filed.spelled}: {[...complaint.code].map((c) => NAMES[c] ? `${c} ${NAMES[c]}` : c).join(', ')}</p>
          </>
        )}
        {!complaint && <p class="unsent-text">{t.unsent.text}</p>}
      </div>
      {complaint && (
        <ol class="spelled" aria-hidden="true">
          {[...complaint.code].map((letter, index) => (
            <li key={index} class={index % 3 === 0 && index > 0 ? 'group' : ''}><strong>{letter}</strong><span>{NAMES[letter] ?? ''}</span></li>
          ))}
        </ol>
      )}
      {result.joined && result.reporters > 1 && <p>{t.filed.reporters(result.reporters)}</p>}
      <div class="buttons">
        <button ref={next} type="button" class="button primary" onClick={onNext}>{t.next} <kbd>F2</kbd></button>
        {complaint && <button type="button" class="button" onClick={() => onOpen(result.opens)}>{t.filed.open}</button>}
      </div>
      {complaint?.assignment && (
        <div class="card">
          <Decision assignment={complaint.assignment} place={complaint.place} timezone={timezone} />
        </div>
      )}
      {complaint && <p class="hint">{t.filed.took(clockText(result.tookMs, t.minutes))}</p>}
    </section>
  );
}
