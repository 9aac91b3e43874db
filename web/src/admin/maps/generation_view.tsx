// One generation of boundaries: what its check found, and the steps that are left.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLang, useMessages } from '../../i18n';
import { formatDay, formatInstant } from '../../lib/time';
import type { Point } from '../../types';
import { Field } from '../../shell/field';
import { type Generation, type LevelReport, type Report, type Share, stepGeneration } from './api';
import { useMapWords } from './words';

interface GenerationViewProps {
  generation: Generation;
  mayEdit: boolean;
  timezone: string;
  onChanged: () => void;
  onProblem: (error: unknown) => void;
  onShow: (where: Point) => void;
}

const MOST = 200; // rows of a table: a reform of a whole country has thousands

function Rows({ title, head, rows }: { title: string; head: string[]; rows: ComponentChildren[] }) {
  const t = useMapWords();
  if (!rows.length) return null;
  return (
    <details>
      <summary>{title} ({t.number(rows.length)})</summary>
      <table>
        <thead><tr>{head.map((one) => <th scope="col" key={one}>{one}</th>)}</tr></thead>
        <tbody>{rows.slice(0, MOST)}</tbody>
      </table>
      {rows.length > MOST && <p class="hint">{t.more(rows.length - MOST)}</p>}
    </details>
  );
}

const shares = (list: Share[] | null) => (list ?? []).map((s) => `${s.code} ${Math.round(s.share * 100)} %`).join(', ');

function LevelFacts({ level, facts }: { level: string; facts: LevelReport }) {
  const t = useMapWords();
  return (
    <section aria-labelledby={`level-${level}`}>
      <h3 id={`level-${level}`}>{t.levels[level]}</h3>
      <p>{t.counts(facts.units, facts.before)}: {t.changes(facts.same, facts.moved.length, facts.appeared.length, facts.vanished.length, facts.renamed.length)}.</p>
      <Rows title={t.appeared} head={[t.code, t.name, t.fromUnits]} rows={facts.appeared.map((u) => <tr key={u.code}><td>{u.code}</td><th scope="row">{u.name}</th><td>{shares(u.from)}</td></tr>)} />
      <Rows title={t.vanished} head={[t.code, t.name, t.intoUnits]} rows={facts.vanished.map((u) => <tr key={u.code}><td>{u.code}</td><th scope="row">{u.name}</th><td>{shares(u.into)}</td></tr>)} />
      <Rows title={t.renamed} head={[t.code, t.was, t.becomes]} rows={facts.renamed.map((u) => <tr key={u.code}><td>{u.code}</td><td>{u.was}</td><th scope="row">{u.name}</th></tr>)} />
      <Rows title={t.moved} head={[t.code, t.name, t.gained, t.lost]} rows={facts.moved.map((u) => (
        <tr key={u.code}><td>{u.code}</td><th scope="row">{u.name}</th><td class="numbers">{t.area(u.gained_m2)}</td><td class="numbers">{t.area(u.lost_m2)}</td></tr>
      ))} />
    </section>
  );
}

function PartFacts({ report, onShow }: { report: Report; onShow: (where: Point) => void }) {
  const t = useMapWords();
  const kinds = ['overlap', 'gap', 'left_out', 'added'] as const;
  return (
    <section aria-labelledby="parts-title">
      <h3 id="parts-title">{t.parts}</h3>
      {kinds.every((kind) => report.parts[kind].n === 0) && <p>{t.noParts}</p>}
      {kinds.filter((kind) => report.parts[kind].n > 0).map((kind) => (
        <Rows key={kind} title={`${t[kind]}: ${t.area(report.parts[kind].area_m2)}`} head={[t.where, t.area_, t.doing]} rows={report.parts[kind].largest.map((p, i) => (
          <tr key={i}>
            <td>{[p.code, p.other].filter(Boolean).join(' – ') || `${p.lat}, ${p.lon}`}</td><td class="numbers">{t.area(p.area_m2)}</td>
            <td><button type="button" class="button small" aria-label={`${t.show}: ${t[kind]} ${p.code || i + 1} ${p.other}`} onClick={() => onShow(p)}>{t.show}</button></td>
          </tr>
        ))} />
      ))}
    </section>
  );
}

function ReportView({ report, onShow }: { report: Report; onShow: (where: Point) => void }) {
  const t = useMapWords();
  const { hangers } = report;
  const some = (list: string[]) => (list.length > 30 ? `${list.slice(0, 30).join(', ')}, ${t.more(list.length - 30)}` : list.join(', '));
  return (
    <>
      {Object.entries(report.levels).map(([level, facts]) => <LevelFacts key={level} level={level} facts={facts} />)}
      {report.repaired.length > 0 && <p class="hint">{t.repaired(report.repaired.length)}</p>}
      <PartFacts report={report} onShow={onShow} />
      <section aria-labelledby="open-title">
        <h3 id="open-title">{t.complaints}</h3>
        {Object.entries(report.complaints).map(([level, c]) => (
          <div key={level}>
            <p>{t.levels[level]}: {t.complaintsText(c.open, c.change, c.nowhere)}</p>
            <Rows title={t.complaints} head={[t.was, t.becomes, t.howMany]} rows={c.moves.map((m) => (
              <tr key={`${m.was} ${m.becomes}`}><td>{m.was ?? t.none}</td><td>{m.becomes ?? t.none}</td><td class="numbers">{t.number(m.n)}</td></tr>
            ))} />
          </div>
        ))}
      </section>
      <section aria-labelledby="hangers-title">
        <h3 id="hangers-title">{t.hangers}</h3>
        <p>{t.hangersText(hangers.go_on)}</p>
        {hangers.end.length > 0 && <p>{t.ends(some(hangers.end))}</p>}
        {hangers.without_agency.length > 0 && <p>{t.withoutAgency(some(hangers.without_agency))}</p>}
        {hangers.rules.length > 0 && <p>{t.namedByRules(some(hangers.rules))}</p>}
      </section>
    </>
  );
}

function PublishForm({ report, onPublish }: { report: Report; onPublish: (reason: string, acknowledged: boolean) => void }) {
  const t = useMapWords();
  const [reason, setReason] = useState('');
  const [seen, setSeen] = useState(false);
  if (report.errors.length) {
    return (
      <div class="error-summary" role="alert">
        <p class="strong">{t.errors}</p>
        <ul>{report.errors.map((e) => <li key={e.code}>{t.errorTexts[e.code]?.(e.about) ?? `${e.code} ${e.about}`}</li>)}</ul>
      </div>
    );
  }
  return (
    <form class="card" onSubmit={(event) => {
      event.preventDefault();
      onPublish(reason, seen);
    }}>
      {report.warnings.length > 0 && (
        <>
          <h3>{t.warnings}</h3>
          <ul class="blocks">
            {report.warnings.map((w) => <li key={w.code}>{t.number(w.n)} {t.warningTexts[w.code] ?? w.code}{w.area_m2 !== null ? `: ${t.area(w.area_m2)}` : ''}</li>)}
          </ul>
          <label class="check"><input type="checkbox" required checked={seen} onChange={(event) => setSeen(event.currentTarget.checked)} />{t.acknowledged}</label>
        </>
      )}
      <Field id="publish-reason" label={t.reason}>
        {(aria) => <textarea id="publish-reason" required maxLength={1000} {...aria} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <div class="buttons"><button type="submit" class="button primary">{t.publish}</button></div>
    </form>
  );
}

function BackForm({ onBack }: { onBack: (reason: string) => void }) {
  const t = useMapWords();
  const [reason, setReason] = useState('');
  return (
    <form class="card" onSubmit={(event) => {
      event.preventDefault();
      onBack(reason);
    }}>
      <Field id="back-reason" label={t.reason} hint={t.takeBackHint}>
        {(aria) => <textarea id="back-reason" required maxLength={1000} {...aria} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <div class="buttons"><button type="submit" class="button">{t.takeBack}</button></div>
    </form>
  );
}

export function GenerationView({ generation: g, mayEdit, timezone, onChanged, onProblem, onShow }: GenerationViewProps) {
  const t = useMapWords();
  const m = useMessages();
  const lang = useLang();
  const [done, setDone] = useState('');
  const [busy, setBusy] = useState(false);
  const step = (what: 'check' | 'publish' | 'back' | 'discard', fields: object, said = '') => {
    if (busy) return;
    setBusy(true);
    setDone('');
    onProblem(null);
    stepGeneration(g.id, what, fields).then(() => {
      setDone(said);
      onChanged();
    }, onProblem).finally(() => setBusy(false));
  };
  const draft = ['ready', 'failed', 'checking'].includes(g.state);
  return (
    <section aria-labelledby="generation-title-shown" class="generation" data-state={g.state}>
      <h2 id="generation-title-shown">#{g.id} {g.title} <span class={`badge state-${g.state === 'ready' ? 'draft' : g.state}`}>{t.states[g.state]}</span></h2>
      <p class="hint">{g.upload} · {t.since(formatDay(g.from_day))} · {t.by(g.made_by.replace(/^user:/, ''))}, {formatInstant(g.made_at, lang, timezone)}</p>
      {g.published_at && <p>{t.states['published']}: {formatInstant(g.published_at, lang, timezone)}, {t.by((g.published_by ?? '').replace(/^user:/, ''))}. <q>{g.reason}</q></p>}
      {g.back_at && <p>{t.states['taken_back']}: {formatInstant(g.back_at, lang, timezone)}, {t.by((g.back_by ?? '').replace(/^user:/, ''))}. <q>{g.back_reason}</q></p>}
      <div role="status">
        {g.state === 'checking' && <p>{t.checking}</p>}
        {busy && <p>{m.loading}</p>}
        {done && <p class="strong">{done}</p>}
      </div>
      {g.state === 'failed' && <p class="error-summary" role="alert">{t.states['failed']}. <span class="code">{g.problem}</span></p>}
      {g.report?.levels && <ReportView report={g.report} onShow={onShow} />}
      {mayEdit && g.state === 'ready' && g.report && <PublishForm report={g.report} onPublish={(reason, acknowledged) => step('publish', { version: g.version, reason, acknowledged }, t.published)} />}
      {mayEdit && g.state === 'published' && <BackForm onBack={(reason) => step('back', { version: g.version, reason }, t.tookBack)} />}
      {mayEdit && draft && (
        <div class="buttons">
          <button type="button" class="button small" onClick={() => step('check', {})}>{t.again}</button>
          <button type="button" class="button small" onClick={() => step('discard', {})}>{t.discard}</button>
        </div>
      )}
    </section>
  );
}
