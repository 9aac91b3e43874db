// The wall display: four large numbers and the clock over the live map, for a screen that nobody
// touches. Escape leaves it.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { request } from '../api';
import { useLang } from '../i18n';
import { addDays, cityDay, formatNumber, localInstant } from '../lib/time';
import { formatMeasure } from './format';
import { useLeaderWords } from './words';

const AGAIN_MS = 10000;

interface Figures {
  today: number;
  open: number;
  late: number;
  onTime: number | null;
}
interface Answer {
  total: { count: number; open: number; late: number; missed: number };
}

async function figures(query: string, timezone: string): Promise<Figures> {
  const ask = async (from: string) => {
    const out = new URLSearchParams(query);
    for (const name of ['from', 'to']) out.delete(name);
    out.set('by', 'channel');
    out.set('measure', 'count');
    if (from) out.set('from', localInstant(from, timezone));
    return (await request<Answer>(`/api/v1/statistics?${out.toString()}`)).total;
  };
  const day = cityDay(new Date(), timezone);
  const [today, all, recent] = await Promise.all([ask(day), ask(''), ask(addDays(day, -29))]);
  const decided = recent.count - recent.open + recent.late;
  return {
    today: today.count,
    open: all.open,
    late: all.late,
    onTime: decided > 0 ? (decided - recent.late - recent.missed) / decided : null,
  };
}

export function Wall({ query, timezone, pulse, onClose }: {
  query: string;
  timezone: string;
  pulse: number;
  onClose: () => void;
}) {
  const t = useLeaderWords().wall;
  const lang = useLang();
  const [found, setFound] = useState<Figures | null>(null);
  const [now, setNow] = useState(() => new Date());

  useEffect(() => {
    let gone = false;
    const ask = () => figures(query, timezone).then((f) => !gone && setFound(f), () => undefined);
    void ask();
    const again = window.setInterval(ask, AGAIN_MS);
    const clock = window.setInterval(() => setNow(new Date()), 1000);
    return () => {
      gone = true;
      window.clearInterval(again);
      window.clearInterval(clock);
    };
  }, [query, timezone, pulse > 0]);

  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    document.addEventListener('keydown', leave);
    document.body.classList.add('wall-display');
    return () => {
      document.removeEventListener('keydown', leave);
      document.body.classList.remove('wall-display');
    };
  }, []);
  // What the map has at its lower edge lies above the bar, however many rows that takes.
  const bar = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const { current } = bar;
    if (!current) return undefined;
    const watch = new ResizeObserver(() => document.body.style.setProperty('--wall-height', `${current.offsetHeight}px`));
    watch.observe(current);
    return () => watch.disconnect();
  }, []);

  const time = new Intl.DateTimeFormat(lang === 'vi' ? 'vi-VN' : 'en-GB', {
    timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', weekday: 'long', day: '2-digit', month: '2-digit',
  }).format(now);
  const figure = (kind: string, title: string, value: string) => (
    <div class={`wall-figure ${kind}`}><dd>{value}</dd><dt>{title}</dt></div>
  );
  return (
    <section class="wall" aria-label={t.open} ref={bar}>
      <dl>
        {figure('today', t.today, found ? formatNumber(found.today, lang) : '…')}
        {figure('open', t.openNow, found ? formatNumber(found.open, lang) : '…')}
        {figure('late', t.late, found ? formatNumber(found.late, lang) : '…')}
        {figure('on-time', t.onTime, found ? formatMeasure(found.onTime, 'on_time', lang) : '…')}
      </dl>
      <p class="wall-clock">{time}</p>
      <button type="button" class="button small wall-close" onClick={onClose}>{t.close}</button>
    </section>
  );
}
