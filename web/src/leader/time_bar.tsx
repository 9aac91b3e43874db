// A year as bars, with a window that slides over it and can play: the map shows the days under it.

import { useEffect, useRef, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import type { Filters } from '../lib/filters';
import { addDays, cityDay, formatDay, formatNumber, localInstant } from '../lib/time';
import { useSeries } from './series';
import { useLeaderWords } from './words';

const DAYS = 365;
const STEP_MS = 900; // long enough for the tiles to come
const WINDOWS = [1, 7, 30] as const;
type Window = (typeof WINDOWS)[number];

interface TimeBarProps {
  filters: Filters;
  /** The filters but for the period, as the service's parameters. */
  query: string;
  timezone: string;
  onPeriod: (from: string, to: string) => void;
  onClose: () => void;
}

function span(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86400000);
}

export function TimeBar({ filters, query, timezone, onPeriod, onClose }: TimeBarProps) {
  const t = useLeaderWords().time;
  const lang = useLang();
  const today = cityDay(new Date(), timezone);
  const first = addDays(today, 1 - DAYS);
  const [playing, setPlaying] = useState(false);
  const [window_, setWindow] = useState<Window>(() => {
    const days = filters.from && filters.to ? span(filters.from, filters.to) + 1 : 7;
    return WINDOWS.find((w) => w === days) ?? 7;
  });
  const to = filters.to && filters.to >= first && filters.to <= today ? filters.to : today;
  const at = span(first, to);
  const begin = new URLSearchParams(query);
  for (const name of ['from', 'to']) begin.delete(name);
  begin.set('by', 'day');
  begin.set('from', localInstant(first, timezone));
  const days = useSeries(begin.toString());

  const show = (day: number, length: Window = window_) => {
    const end = addDays(first, Math.max(0, Math.min(DAYS - 1, day)));
    onPeriod(addDays(end, 1 - length), end);
  };
  const step = useRef(() => undefined as void);
  step.current = () => show(at >= DAYS - 1 ? window_ - 1 : at + (window_ === 30 ? 7 : 1));
  useEffect(() => {
    if (!playing) return undefined;
    const timer = window.setInterval(() => step.current(), STEP_MS);
    return () => window.clearInterval(timer);
  }, [playing]);

  return (
    <section class="time-bar" aria-label={t.open}>
      <div class="time-controls">
        <button type="button" class="button small primary" aria-pressed={playing} onClick={() => setPlaying(!playing)}>
          <span aria-hidden="true">{playing ? '❚❚ ' : '▶ '}</span>{playing ? t.pause : t.play}
        </button>
        <div class="segments tight" role="radiogroup" aria-label={t.window}>
          {WINDOWS.map((length) => (
            <label key={length} class="segment">
              <input type="radio" name="time-window" checked={window_ === length} onChange={() => {
                setWindow(length);
                show(at, length);
              }} />
              <span>{t.windows[length]}</span>
            </label>
          ))}
        </div>
        <output class="time-shown">{t.shown(formatDay(addDays(to, 1 - window_)), formatDay(to))}</output>
        <button type="button" class="button small" onClick={onClose} aria-label={t.close}>×</button>
      </div>
      <Bars days={days?.map((d) => d.count) ?? []} from={at - window_ + 1} to={at}
        label={(most) => t.bars(formatNumber(most, lang))} />
      <input type="range" class="time-range" min={window_ - 1} max={DAYS - 1} value={at} aria-label={t.label}
        aria-valuetext={formatDay(to)} onInput={(event) => show(Number(event.currentTarget.value))} />
    </section>
  );
}

function Bars({ days, from, to, label }: { days: number[]; from: number; to: number; label: (most: number) => string }) {
  const most = Math.max(1, ...days);
  return (
    <svg class="time-bars" viewBox={`0 0 ${DAYS} 40`} preserveAspectRatio="none" role="img" aria-label={label(most)}>
      <rect class="window" x={from} y="0" width={to - from + 1} height="40" />
      {days.slice(-DAYS).map((count, i) => (
        <rect key={i} class={i >= from && i <= to ? 'on' : ''} x={i + 0.1} width="0.8"
          y={40 - (38 * count) / most} height={(38 * count) / most} />
      ))}
    </svg>
  );
}
