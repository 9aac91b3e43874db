// The top of the form: who calls, for how long, and at which seat this is.

import { useEffect, useState } from 'preact/hooks';
import { useWords } from './words';

/** Minutes and seconds. */
export function clockText(ms: number, words: (m: number, s: string) => string): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return words(Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0'));
}

export function isNumber(text: string): boolean {
  return /^[+\d][\d\s().-]*$/.test(text.trim()) && /^\d{3,20}$/.test(text.replace(/\D/g, ''));
}

/** 0903 123 456: as numbers are read out. */
export function spacedNumber(number: string): string {
  const digits = number.replace(/\s/g, '');
  if (/^0\d{9}$/.test(digits)) return digits.replace(/^(\d{4})(\d{3})(\d{3})$/, '$1 $2 $3');
  return digits.replace(/(\d{3})(?=\d)/g, '$1 ');
}

interface CallerBarProps {
  number: string;
  startedAt: string;
  error: string | undefined;
  onNumber: (number: string) => void;
}

function Elapsed({ startedAt }: { startedAt: string }) {
  const t = useWords();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    setNow(Date.now());
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, [startedAt]);
  return (
    <p class="elapsed numbers" title={t.elapsed}>
      <span class="visually-hidden">{t.elapsed}: </span>{clockText(now - new Date(startedAt).getTime(), t.minutes)}
    </p>
  );
}

export function CallerBar({ number, startedAt, error, onNumber }: CallerBarProps) {
  const t = useWords();
  return (
    <div class="caller-bar">
      <div class="field caller-number">
        <label for="caller-number">{t.number} <kbd>F2</kbd></label>
        <input id="caller-number" type="tel" autocomplete="off" class="numbers" value={number} placeholder={t.numberPlaceholder}
          aria-invalid={error ? true : undefined} aria-describedby={error ? 'caller-number-error' : undefined}
          onInput={(event) => onNumber(event.currentTarget.value)} />
        {error && <p class="error" id="caller-number-error">{error}</p>}
      </div>
      {startedAt ? <Elapsed startedAt={startedAt} /> : <p class="hint caller-idle">{t.idle}</p>}
    </div>
  );
}
