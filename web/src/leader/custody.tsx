// How long each agency held complaints: by the clock and in its working time, of those received lately.

import { useEffect, useState } from 'preact/hooks';
import { ApiError, request } from '../api';
import { useLang } from '../i18n';
import { addDays, cityDay, formatNumber } from '../lib/time';
import { useLeaderWords } from './words';

interface Held {
  code: string; name: string; complaints: number; spans: number; held_now: number;
  wall_median_s: number; working_mean_s: number; working_median_s: number; working_max_s: number; paused_mean_s: number;
}

const DAYS = [7, 30, 90];

export function Custody({ timezone }: { timezone: string }) {
  const t = useLeaderWords().custody;
  const lang = useLang();
  const [open, setOpen] = useState(false);
  const [days, setDays] = useState(30);
  const [rows, setRows] = useState<Held[] | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (!open) return undefined;
    const abort = new AbortController();
    const today = cityDay(new Date(), timezone);
    setRows(null);
    setProblem('');
    request<{ agencies: Held[] }>(`/api/v1/statistics/custody?from=${addDays(today, -days)}&to=${addDays(today, 1)}`, { signal: abort.signal })
      .then((answer) => setRows([...answer.agencies].sort((a, b) => b.working_median_s - a.working_median_s)), (error: unknown) => {
        if (!abort.signal.aborted) setProblem(error instanceof ApiError ? error.message : String(error));
      });
    return () => abort.abort();
  }, [open, days, timezone]);
  const hours = (s: number) => formatNumber(Math.round(s / 360) / 10, lang);
  return (
    <details class="more custody" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.title}</summary>
      <p class="hint">{t.hint}</p>
      <label for="custody-days">{t.received}</label>{' '}
      <select id="custody-days" value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
        {DAYS.map((n) => <option key={n} value={n}>{t.days(n)}</option>)}
      </select>
      {open && !rows && !problem && <p class="hint" role="status">{t.loading}</p>}
      {problem && <p class="error" role="alert">{problem}</p>}
      {rows?.length === 0 && <p class="hint" role="status">{t.none}</p>}
      {rows && rows.length > 0 && (
        <div class="ranking-scroll" role="region" tabIndex={0} aria-label={t.title}>
          <table class="ranking wide">
            <thead><tr><th scope="col">{t.agency}</th><th scope="col">{t.complaints}</th><th scope="col">{t.now}</th><th scope="col">{t.median}</th><th scope="col">{t.mean}</th><th scope="col">{t.longest}</th><th scope="col">{t.clock}</th></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.code} data-agency={row.code}>
                  <th scope="row">{row.name}</th><td>{formatNumber(row.complaints, lang)}</td><td>{formatNumber(row.held_now, lang)}</td>
                  <td>{hours(row.working_median_s)}</td><td>{hours(row.working_mean_s)}</td><td>{hours(row.working_max_s)}</td><td>{hours(row.wall_median_s)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
