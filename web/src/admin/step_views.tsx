// Approval, publication and the way back; the log; the question on the map.

import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { type CategoryNode, categoryPath, textIn } from '../lib/categories';
import { formatInstant } from '../lib/time';
import type { Point, RouteAnswer } from '../types';
import { explainRoute, rebase, rollBack, step } from './api';
import type { RuleSet, WholeSet } from './types';
import { useWords } from './words';

interface ApprovalProps {
  set: WholeSet;
  role: string;
  timezone: string;
  onChanged: () => void;
  onProblem: (error: unknown) => void;
}

const POLL_MS = 1000;

/** Somebody's check or replay of it is under way: what it comes to may be all that is missing. */
function useWhileRunning(set: WholeSet, onChanged: () => void): void {
  const running = [set.check, set.replay].some((job) => job !== null && ['queued', 'running'].includes(job.state));
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(onChanged, POLL_MS);
    return () => clearInterval(timer);
  }, [running]);
}

export function ApprovalView({ set, role, timezone, onChanged, onProblem }: ApprovalProps) {
  const t = useWords();
  const lang = useLang();
  const [why, setWhy] = useState('');
  const [missing, setMissing] = useState(false);
  const edits = role === 'administrator';
  const approves = edits || role === 'supervisor';
  useWhileRunning(set, onChanged);

  const act = (work: (why: string) => Promise<RuleSet>) => () => {
    if (why.trim() === '') {
      setMissing(true);
      return;
    }
    setMissing(false);
    work(why.trim()).then(() => { setWhy(''); onChanged(); }, onProblem);
  };
  const button = (label: string, work: (why: string) => Promise<RuleSet>, primary = false) => (
    <button type="button" class={primary ? 'button primary' : 'button'} onClick={act(work)}>{label}</button>
  );
  const canApprove = set.state === 'draft' && approves && set.blocks.length === 0;

  return (
    <div class="approval">
      {set.state === 'published' && <p>{t.approval.inForce}{set.published && ` ${formatInstant(set.published.at, lang, timezone)}, ${set.published.by}`}</p>}
      {set.approval && <p>{t.approval.approvedBy(set.approval.by, set.approval.reason)}</p>}
      {set.state === 'draft' && set.blocks.length > 0 && (
        <>
          <p class="strong">{t.approval.blocks}</p>
          <ul class="blocks">{set.blocks.map((b) => <li key={b}>{t.blocks[b] ?? b}</li>)}</ul>
        </>
      )}
      {set.state === 'draft' && set.blocks.includes('base_moved') && edits && (
        <div class="buttons">
          <button type="button" class="button" onClick={() => void rebase(set, 'draft').then(onChanged, onProblem)}>{t.approval.rebase}</button>
        </div>
      )}
      {canApprove && <p class="strong">{t.approval.ready}</p>}
      {set.state === 'retired' && set.published === null && <p class="hint">{t.approval.onlyPublished}</p>}
      {approves && set.state !== 'published' && set.state !== 'discarded' && (
        <>
          <div class="field">
            <label for="why">{t.approval.reason}</label>
            <input id="why" type="text" value={why} aria-invalid={missing ? true : undefined} aria-describedby={missing ? 'why-error' : undefined}
              onInput={(event) => setWhy(event.currentTarget.value)} />
            {missing && <p class="error" id="why-error" role="alert">{t.approval.needReason}</p>}
          </div>
          <div class="buttons">
            {canApprove && button(t.approval.approve, (reason) => step(set, 'approve', reason), true)}
            {set.state === 'approved' && edits && button(t.approval.publish, (reason) => step(set, 'publish', reason), true)}
            {set.state === 'approved' && edits && button(t.approval.reopen, (reason) => step(set, 'reopen', reason))}
            {(set.state === 'draft' || set.state === 'approved') && edits && button(t.approval.discard, (reason) => step(set, 'discard', reason))}
            {set.state === 'retired' && set.published && button(t.approval.rollBack, (reason) => rollBack(set, set.published_id, reason), true)}
          </div>
        </>
      )}
    </div>
  );
}

export function LogView({ set, timezone }: { set: WholeSet; timezone: string }) {
  const t = useWords();
  const lang = useLang();
  if (set.log.length === 0) return <p class="hint">{t.noLog}</p>;
  return (
    <ol class="log">
      {set.log.map((entry, index) => (
        <li key={index}>
          <strong>{t.events[entry.event] ?? entry.event}</strong>{typeof entry.detail['rule'] === 'string' && <> <code>{entry.detail['rule']}</code></>}
          {' · '}{entry.by} · {formatInstant(entry.at, lang, timezone)}{entry.reason && ` · ${entry.reason}`}
        </li>
      ))}
    </ol>
  );
}

interface ExplainProps {
  set: WholeSet;
  categories: CategoryNode[];
  point: Point | null;
  today: string;
}

export function ExplainView({ set, categories, point, today }: ExplainProps) {
  const t = useWords();
  const lang = useLang();
  const [category, setCategory] = useState(categories[0]?.code ?? '');
  const [day, setDay] = useState(today);
  const [published, setPublished] = useState(false);
  const [answer, setAnswer] = useState<RouteAnswer | null>(null);
  const [problem, setProblem] = useState('');

  useEffect(() => {
    if (!point || !category) return undefined;
    const abort = new AbortController();
    setProblem('');
    explainRoute(published || set.state === 'published' ? 'published' : set, point, category, day, abort.signal)
      .then(setAnswer, (error: unknown) => {
        if (abort.signal.aborted) return;
        setAnswer(null);
        setProblem(error instanceof Error ? error.message : String(error));
      });
    return () => abort.abort();
  }, [point?.lon, point?.lat, category, day, published, set.id, set.revision, lang]);

  return (
    <div class="explain">
      <p class="hint">{t.explain.hint}</p>
      <div class="field">
        <label for="explain-category">{t.explain.category}</label>
        <select id="explain-category" value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
          {categories.map((c) => <option key={c.code} value={c.code}>{categoryPath(categories, c.code, lang)}</option>)}
        </select>
      </div>
      <div class="field">
        <label for="explain-day">{t.explain.day}</label>
        <input id="explain-day" type="date" value={day} onInput={(event) => event.currentTarget.value && setDay(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="explain-set">{t.explain.set}</label>
        <select id="explain-set" value={published ? 'published' : 'this'} onChange={(event) => setPublished(event.currentTarget.value === 'published')}>
          <option value="this">{t.explain.this}: {set.title || set.id}</option>
          <option value="published">{t.explain.published}</option>
        </select>
      </div>
      {problem && <p class="error" role="alert">{problem}</p>}
      {answer && (
        <dl class="card decision" aria-live="polite">
          <dt>{t.explain.who}</dt><dd class="strong">{textIn(answer.assignment.agency.name, lang)}{answer.assignment.rule && <> <code>{answer.assignment.rule}</code></>}</dd>
          <dt>{t.explain.why}</dt><dd>{textIn(answer.assignment.reason, lang)}</dd>
        </dl>
      )}
    </div>
  );
}
