// The check and the replay of a set: started, watched while they run, and what they found.

import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { textIn } from '../lib/categories';
import { formatNumber } from '../lib/time';
import { acknowledge, cancelJob, fetchJob, startJob } from './api';
import type { CheckResult, Finding, Job, ReplayResult, WholeSet } from './types';
import { useWords } from './words';

const POLL_MS = 500;

/** The newest job of the set, asked for again while it runs. */
function useJob<Result>(given: Job<Result> | null, onEnded: () => void): [Job<Result> | null, (job: Job<Result>) => void] {
  const [job, setJob] = useState(given);
  useEffect(() => setJob(given), [given?.id, given?.state, given?.current]);
  const active = job !== null && (job.state === 'queued' || job.state === 'running');
  useEffect(() => {
    if (!active || !job) return undefined;
    const timer = setInterval(() => {
      fetchJob<Result>(job.id).then((next) => {
        setJob(next);
        if (next.state !== 'queued' && next.state !== 'running') onEnded();
      }, () => undefined);
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [active, job?.id]);
  return [job, setJob];
}

function Progress({ job }: { job: Job<unknown> }) {
  const t = useWords();
  const lang = useLang();
  return (
    <div class="progress">
      <p role="status">{t.replay.running(formatNumber(job.done, lang), job.total ? formatNumber(job.total, lang) : '…')}</p>
      <progress max={job.total || 1} value={job.total ? job.done : 0} aria-label={t.replay.running(String(job.done), String(job.total))} />
      <button type="button" class="button small" onClick={() => void cancelJob(job.id).catch(() => undefined)}>{t.replay.cancel}</button>
    </div>
  );
}

interface ViewProps {
  set: WholeSet;
  mayRun: boolean;
  mayEdit: boolean;
  onChanged: () => void;
  onProblem: (error: unknown) => void;
  onGeometry: (geometry: GeoJSON.GeoJSON | null) => void;
}

function running(job: Job<unknown> | null): boolean {
  return job !== null && (job.state === 'queued' || job.state === 'running');
}

export function CheckView(props: ViewProps) {
  const { set } = props;
  const t = useWords();
  const lang = useLang();
  const [job, setJob] = useJob<CheckResult>(set.check, props.onChanged);
  const [why, setWhy] = useState('');
  const result = job?.state === 'done' ? job.result ?? set.check?.result : null;
  const acknowledged = new Map(set.acknowledgements.map((a) => [a.finding, a]));
  const open = (result?.findings ?? []).filter((f) => f.severity === 'warning' && !acknowledged.has(f.key));
  const start = () => startJob<CheckResult>(set, 'checks').then(setJob, props.onProblem);

  const line = (f: Finding) => {
    const seen = acknowledged.get(f.key);
    return (
      <li key={f.key} class="card finding" data-kind={f.kind}>
        <p><span class={`badge ${f.severity === 'error' ? 'late' : f.severity === 'warning' ? 'warn' : ''}`}>{t.check.severities[f.severity]}</span>{' '}
          {textIn(f.text, lang)}</p>
        <p class="hint">{t.check.mend} {textIn(f.mend, lang)} {f.published_too && t.check.publishedToo}</p>
        {f.geometry && (
          <button type="button" class="button small" onClick={() => props.onGeometry(f.geometry ?? null)}>
            {t.check.show}{f.km2 !== undefined ? ` (${t.check.area(formatNumber(Math.round(f.km2 * 10) / 10, lang))})` : ''}
          </button>
        )}
        {seen && <p class="hint">{t.check.acknowledged(seen.by, seen.reason)}</p>}
      </li>
    );
  };

  return (
    <div class="check-view">
      {props.mayRun && !running(job) && (
        <button type="button" class="button primary" onClick={() => void start()}>{job ? t.check.again : t.check.run}</button>
      )}
      {running(job) && job && <Progress job={job} />}
      {!job && <p class="hint">{t.check.never}</p>}
      {job?.state === 'failed' && <p class="error" role="alert">{t.replay.failed(job.error ?? '')}</p>}
      {job?.state === 'cancelled' && <p class="hint">{t.replay.cancelled}</p>}
      {result && (
        <>
          {set.check?.id === job?.id && set.check?.current === false && <p class="badge warn">{t.check.stale}</p>}
          <p class="strong" role="status">{t.check.summary(result.errors, result.warnings, result.notes)}</p>
          {result.findings.length === 0 && <p>{t.check.none}</p>}
          <ul class="findings">{result.findings.map(line)}</ul>
          {open.length > 0 && props.mayEdit && set.state === 'draft' && (
            <form class="card" onSubmit={(event) => {
              event.preventDefault();
              acknowledge(set, open.map((f) => f.key), why).then(() => { setWhy(''); props.onChanged(); }, props.onProblem);
            }}>
              <label for="acknowledge-why">{t.check.why}</label>
              <input id="acknowledge-why" type="text" required value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
              <div class="buttons"><button type="submit" class="button">{t.check.acknowledge} ({open.length})</button></div>
            </form>
          )}
        </>
      )}
    </div>
  );
}

function cellsOf(result: ReplayResult): GeoJSON.FeatureCollection {
  const half = result.cell_degrees / 2;
  return {
    type: 'FeatureCollection',
    features: result.cells.map(({ lon, lat, count }) => ({
      type: 'Feature', properties: { count },
      geometry: { type: 'Polygon', coordinates: [[[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half], [lon - half, lat - half]]] },
    })),
  };
}

function Loads({ result }: { result: ReplayResult }) {
  const t = useWords();
  const lang = useLang();
  const changed = result.agencies.filter((a) => a.before !== a.after).sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  const most = Math.max(1, ...changed.map((a) => Math.max(a.before, a.after)));
  if (changed.length === 0) return null;
  return (
    <table class="loads">
      <caption>{t.replay.loads}</caption>
      <thead><tr><th scope="col">{t.replay.agency}</th><th scope="col">{t.replay.before}</th><th scope="col">{t.replay.after}</th></tr></thead>
      <tbody>
        {changed.slice(0, 50).map((a) => (
          <tr key={a.code}>
            <th scope="row">{a.name}</th>
            {[a.before, a.after].map((n, i) => (
              <td key={i} class="numbers">{formatNumber(n, lang)}<meter min={0} max={most} value={n} aria-label={`${i ? t.replay.after : t.replay.before}: ${n}`} /></td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ReplayView(props: ViewProps) {
  const { set } = props;
  const t = useWords();
  const lang = useLang();
  const [job, setJob] = useJob<ReplayResult>(set.replay, props.onChanged);
  const [result, setResult] = useState<ReplayResult | null>(null);
  const n = (value: number) => formatNumber(value, lang);

  useEffect(() => {
    if (job?.state !== 'done') setResult(null);
    else if (job.result) setResult(job.result);
    else void fetchJob<ReplayResult>(job.id).then((whole) => setResult(whole.result ?? null), props.onProblem);
  }, [job?.id, job?.state]);
  useEffect(() => {
    props.onGeometry(result && result.cells.length > 0 ? cellsOf(result) : null);
  }, [result]);

  return (
    <div class="replay-view">
      {props.mayRun && !running(job) && (
        <button type="button" class="button primary" onClick={() => void startJob<ReplayResult>(set, 'replays').then(setJob, props.onProblem)}>{t.replay.run}</button>
      )}
      {running(job) && job && <Progress job={job} />}
      {!job && <p class="hint">{t.replay.never}</p>}
      {job?.state === 'failed' && <p class="error" role="alert">{t.replay.failed(job.error ?? '')}</p>}
      {job?.state === 'cancelled' && <p class="hint">{t.replay.cancelled}</p>}
      {result && (
        <>
          {set.replay?.id === job?.id && set.replay?.current === false && <p class="badge warn">{t.replay.stale}</p>}
          <p class="strong replay-summary" role="status">{t.replay.summary(n(result.moved), n(result.total), n(Math.round(result.milliseconds / 100) / 10))}</p>
          <p>{t.replay.deadlines(n(result.deadlines.earlier), n(result.deadlines.later))}</p>
          {result.corrections.total > 0 && (
            <p>{t.replay.corrections(n(result.corrections.agreed_before), n(result.corrections.agreed_after), n(result.corrections.total))}</p>
          )}
          {result.moved === 0 ? <p>{t.replay.nothing}</p> : (
            <>
              <p class="hint">{t.replay.onMap}</p>
              <table class="matrix">
                <caption>{t.replay.matrix}</caption>
                <thead><tr><th scope="col">{t.replay.from}</th><th scope="col">{t.replay.to}</th><th scope="col">{t.replay.count}</th></tr></thead>
                <tbody>
                  {result.matrix.slice(0, 50).map((row) => (
                    <tr key={`${row.from.code} ${row.to.code}`}>
                      <td>{textIn(row.from.name, lang)}</td><td>{textIn(row.to.name, lang)}</td><td class="numbers">{n(row.count)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <Loads result={result} />
            </>
          )}
        </>
      )}
    </div>
  );
}
