// For supervisors, and for an operator about himself: how long it takes from a call to its complaint.

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { formatNumber } from '../lib/time';
import { type CallStatistics, fetchTook, type Took } from './api';
import { clockText } from './caller_bar';
import { useWords } from './words';

const DAYS = { today: 0, week: 6, month: 29 } as const;
type Period = keyof typeof DAYS;

function Bar({ share, label }: { share: number; label: string }) {
  return <meter class="watch-bar" min={0} max={1} value={share} aria-label={label} />;
}

export function Watch({ timezone, pulse, day }: { timezone: string; pulse: number; day: string }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [period, setPeriod] = useState<Period>('today');
  const [found, setFound] = useState<CallStatistics | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const first = new Date(`${day}T00:00:00Z`);
    first.setUTCDate(first.getUTCDate() - DAYS[period]);
    fetchTook(first.toISOString().slice(0, 10), stop.signal).then((answer) => {
      setFound(answer);
      setFailed(false);
    }, () => !stop.signal.aborted && setFailed(true));
    return () => stop.abort();
  }, [period, pulse, day, timezone]);

  const n = (value: number) => formatNumber(value, lang);
  const time = (seconds: number | null) => (seconds === null ? '–' : clockText(seconds * 1000, t.minutes));
  const most = Math.max(1, ...(found?.spread.map((b) => b.filed) ?? []));
  const rows = (list: (Took & { key: string; title: string })[], first: string, caption: string) => (
    <table class="watch-table">
      <caption>{caption}</caption>
      <thead><tr><th scope="col">{first}</th><th scope="col">{t.watch.filed}</th><th scope="col">{t.watch.median}</th><th scope="col">{t.watch.p90}</th></tr></thead>
      <tbody>
        {list.map((row) => (
          <tr key={row.key}><th scope="row">{row.title}</th><td class="numbers">{n(row.filed)}/{n(row.calls)}</td>
            <td class="numbers">{time(row.median_s)}</td><td class="numbers">{time(row.p90_s)}</td></tr>
        ))}
      </tbody>
    </table>
  );
  return (
    <div class="watch">
      <h2>{t.watch.title}</h2>
      <p class="hint">{t.watch.hint}</p>
      <fieldset>
        <legend class="visually-hidden">{t.watch.period}</legend>
        <div class="segments">
          {(Object.keys(DAYS) as Period[]).map((id) => (
            <label key={id} class="segment">
              <input type="radio" name="watch-period" checked={period === id} onChange={() => setPeriod(id)} /><span>{t.watch[id]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {failed && <p class="error" role="alert">{t.watch.failed}</p>}
      {!found && !failed && <p class="hint" role="status">{m.loading}</p>}
      {found && found.filed === 0 && <p role="status">{t.watch.none}</p>}
      {found && found.filed > 0 && (
        <>
          <dl class="watch-figures">
            <div><dt>{t.watch.filed}</dt><dd class="numbers">{n(found.filed)}/{n(found.calls)}</dd></div>
            <div><dt>{t.watch.medianLong}</dt><dd class="numbers">{time(found.median_s)}</dd></div>
            <div><dt>{t.watch.p90Long}</dt><dd class="numbers">{time(found.p90_s)}</dd></div>
          </dl>
          <h3 id="watch-spread">{t.watch.distribution}</h3>
          <ul class="watch-spread" aria-labelledby="watch-spread">
            {found.spread.map((b) => {
              const label = t.watch.bucket(time(b.from_s), b.to_s === null ? '' : time(b.to_s));
              return <li key={b.from_s}><span class="numbers">{label}</span><Bar share={b.filed / most} label={`${label}: ${b.filed}`} /><span class="numbers">{n(b.filed)}</span></li>;
            })}
          </ul>
          {rows(found.operators.map((o) => ({ ...o, key: o.login, title: o.name ?? o.login })), t.watch.operator, t.watch.byOperator)}
          {rows(found.hours.map((h) => ({ ...h, key: String(h.hour), title: `${h.hour}:00` })), t.watch.hour, t.watch.byHour)}
        </>
      )}
    </div>
  );
}
