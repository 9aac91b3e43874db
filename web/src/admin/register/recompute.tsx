// Due times of open complaints anew, after a change of calendars or steps: first how many would change,
// then doing it, each with how far it is and what came of it. docs/deadlines.md

import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { formatInstant } from '../../lib/time';
import { type Recompute, fetchRecomputes, startRecompute } from './api';
import { FormBox, Lines, useForm } from './form';
import { useRegisterWords } from './words';

const POLL_MS = 500;

interface RecomputeProps { timezone: string; mayEdit: boolean; onProblem: (error: unknown) => void }

function Progress({ row }: { row: Recompute }) {
  const t = useRegisterWords();
  // Until what there is has been loaded, nobody knows of how many.
  return (
    <p role="status" data-recompute={row.id} data-state="running">
      <progress {...(row.to_count ? { max: row.to_count, value: row.considered } : {})} aria-label={t.anew.counting} />{' '}
      {row.to_count ? t.anew.progress(row.considered, row.to_count) : t.anew.counting}
    </p>
  );
}

function Samples({ row, timezone }: { row: Recompute; timezone: string }) {
  const t = useRegisterWords();
  const lang = useLang();
  return (
    <table class="stack">
      <caption>{t.anew.samples(row.samples.length)}</caption>
      <thead><tr>{[t.transfer.complaint, t.steps.step, t.transfer.oldDue, t.transfer.newDue].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
      <tbody>
        {row.samples.map((one) => (
          <tr key={one.complaint}>
            <th scope="row"><a href={`/agency?case=${one.complaint}`}>{one.complaint}</a></th>
            <td data-label={t.steps.step}>{t.steps.names[one.step] ?? one.step}</td>
            <td data-label={t.transfer.oldDue}>{formatInstant(one.before, lang, timezone)}</td>
            <td data-label={t.transfer.newDue}>{formatInstant(one.after, lang, timezone)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Apply({ row, onDone, onCancel }: { row: Recompute; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const form = useForm('anew', { reason: '' });
  return (
    <FormBox form={form} title={t.anew.sure(row.changed)} save={t.anew.apply} onCancel={onCancel} onSaved={onDone}
      onSave={() => startRecompute({ apply: true, reason: form.values['reason'] ?? '' })}>
      <div class="wide-field"><Lines form={form} name="reason" label={t.transfer.reason} rows={2} /></div>
    </FormBox>
  );
}

/** What came of the newest one. */
function Outcome({ row, timezone, mayEdit, onChanged }: { row: Recompute; timezone: string; mayEdit: boolean; onChanged: () => void }) {
  const t = useRegisterWords();
  const [asking, setAsking] = useState(false);
  if (row.state === 'failed') return <p role="alert" class="error-summary">{t.anew.failed} {row.error}</p>;
  if (row.apply) return <p role="status" class="notice" data-recompute={row.id} data-state="done">{t.anew.done(row.changed, row.considered)}</p>;
  return (
    <>
      <p role="status" class="notice" data-recompute={row.id} data-state="done">
        {row.changed === 0 ? t.anew.nothing(row.considered) : t.anew.would(row.changed, row.considered, row.earlier, row.later)}</p>
      {row.changed > 0 && mayEdit && !asking && <p class="buttons"><button type="button" class="button" onClick={() => setAsking(true)}>{t.anew.apply}</button></p>}
      {asking && <Apply row={row} onCancel={() => setAsking(false)} onDone={() => {
        setAsking(false);
        onChanged();
      }} />}
      {row.samples.length > 0 && <Samples row={row} timezone={timezone} />}
    </>
  );
}

export function RecomputePart({ timezone, mayEdit, onProblem }: RecomputeProps) {
  const t = useRegisterWords();
  const lang = useLang();
  const [rows, setRows] = useState<Recompute[]>([]);
  /** Begun here: what earlier ones found is no answer to the calendar as it is now. */
  const [since, setSince] = useState<number | null>(null);
  const load = () => fetchRecomputes().then((found) => {
    setRows(found);
    setSince((before) => before ?? (found[0]?.id ?? 0));
  }, onProblem);
  useEffect(() => void load(), []);
  const running = rows.find((row) => row.state === 'running');
  useEffect(() => {
    if (!running) return undefined;
    const timer = setTimeout(() => void load(), POLL_MS);
    return () => clearTimeout(timer);
  }, [rows]);
  const look = () => {
    onProblem(null);
    startRecompute({ apply: false }).then(load, onProblem);
  };
  const newest = rows[0] && since !== null && rows[0].id > since ? rows[0] : null;
  const applied = rows.filter((row) => row.apply && row.state === 'done');
  return (
    <section class="register-block" aria-labelledby="anew-title">
      <h2 id="anew-title">{t.anew.title}</h2>
      <p class="hint">{t.anew.hint}</p>
      {/* Also while one runs: one that a stopped service left behind ends only when the next is asked for. */}
      {mayEdit && <p class="buttons"><button type="button" class="button" onClick={look}>{t.anew.look}</button></p>}
      {running ? <Progress row={running} /> : newest && <Outcome key={newest.id} row={newest} timezone={timezone} mayEdit={mayEdit} onChanged={load} />}
      {applied.length > 0 && (
        <ul class="rows" aria-label={t.anew.past}>
          {applied.map((row) => (
            <li key={row.id}>{t.anew.done(row.changed, row.considered)}
              <p class="hint">{row.reason} · {row.made_by.replace(/^user:/, '')}, {formatInstant(row.made_at, lang, timezone)}</p></li>
          ))}
        </ul>
      )}
    </section>
  );
}
