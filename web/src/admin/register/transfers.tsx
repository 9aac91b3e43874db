// The cut-over: who would move by the law of a day, moving them together, and back. docs/reforms.md

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../../i18n';
import { type CategoryNode, categoryName } from '../../lib/categories';
import { cityDay, formatInstant, isDay } from '../../lib/time';
import { setUrlParam, useUrlParams } from '../../lib/url_state';
import type { SectionProps } from '../sections';
import { type Preview, type Transfer, type TransferItem, fetchPreview, fetchTransfer, fetchTransfers, previewAddress, startTransfer, takeBack } from './api';
import { FormBox, Lines, useForm } from './form';
import { useRegisterWords } from './words';

const FLOWS = 200;

function PreviewTables({ preview, categories, timezone }: { preview: Preview; categories: CategoryNode[]; timezone: string }) {
  const t = useRegisterWords();
  const lang = useLang();
  const flows = [...preview.flows].sort((a, b) => b.complaints - a.complaints).slice(0, FLOWS);
  return (
    <>
      <table class="stack flows">
        <caption>{t.transfer.flows}</caption>
        <thead><tr>{[t.transfer.from, t.transfer.to, t.transfer.why, t.transfer.n].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
        <tbody>
          {flows.map((flow) => (
            <tr key={`${flow.from} ${flow.to} ${flow.why}`}>
              <th scope="row">{flow.from_name}</th><td data-label={t.transfer.to}>{flow.to_name}</td>
              <td data-label={t.transfer.why}>{t.transfer.whys[flow.why] ?? flow.why}</td><td class="numbers" data-label={t.transfer.n}>{flow.complaints}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <details>
        <summary>{t.transfer.items(preview.items.length)}</summary>
        <table class="stack">
          <thead><tr>{[t.transfer.complaint, t.trial.category, t.transfer.from, t.transfer.to, t.transfer.oldDue, t.transfer.newDue].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
          <tbody>
            {preview.items.map((item) => (
              <tr key={item.complaint}>
                <th scope="row"><a href={`/agency?case=${item.complaint}`}>{item.complaint}</a></th><td data-label={t.trial.category}>{categoryName(categories, item.category, lang)}</td>
                <td data-label={t.transfer.from}>{item.from_name}</td><td data-label={t.transfer.to}>{item.to_name}</td>
                <td data-label={t.transfer.oldDue}>{formatInstant(item.old_deadline, lang, timezone)}</td><td data-label={t.transfer.newDue}>{formatInstant(item.new_deadline, lang, timezone)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

/** How far one is, and what became of it. */
function Outcome({ transfer }: { transfer: Transfer }) {
  const t = useRegisterWords();
  if (transfer.state === 'running') {
    return (
      <span role="status">
        <progress max={Math.max(transfer.to_judge, 1)} value={transfer.judged} aria-label={t.transfer.states['running']} />{' '}
        {t.transfer.progress(transfer.judged, transfer.to_judge)}
      </span>
    );
  }
  return <>{transfer.state === 'failed' ? transfer.error : transfer.state === 'back' ? t.transfer.restored(transfer.restored, transfer.left_alone) : t.transfer.took(transfer.moved, transfer.changed_meanwhile)}</>;
}

function Items({ id, onProblem }: { id: number; onProblem: (error: unknown) => void }) {
  const t = useRegisterWords();
  const [items, setItems] = useState<TransferItem[]>([]);
  const [next, setNext] = useState<string | null>('');
  const load = () => fetchTransfer(id, next ?? '').then((answer) => {
    setItems((before) => [...before, ...answer.items]);
    setNext(answer.next);
  }, onProblem);
  useEffect(() => void load(), [id]);
  return (
    <>
      <ul class="rows">
        {items.map((item) => <li key={item.complaint}><a href={`/agency?case=${item.complaint}`}>{item.complaint}</a> {item.from} → {item.to}{' '}
          <span class="hint">{t.transfer.itemStates[item.state] ?? item.state} · {t.transfer.whys[item.why] ?? item.why}</span></li>)}
      </ul>
      {next && <button type="button" class="button small" onClick={() => void load()}>{t.transfer.more}</button>}
    </>
  );
}

function Past({ transfers, mayEdit, timezone, onProblem, onChanged }: {
  transfers: Transfer[]; mayEdit: boolean; timezone: string; onProblem: (error: unknown) => void; onChanged: () => void;
}) {
  const t = useRegisterWords();
  const lang = useLang();
  const [open, setOpen] = useState<number | null>(null);
  const [asking, setAsking] = useState<number | null>(null);
  return (
    <section class="register-block" aria-labelledby="past-title">
      <h2 id="past-title">{t.transfer.past}</h2>
      {transfers.length === 0 && <p class="hint">{t.none}</p>}
      <ul class="rows">
        {transfers.map((one) => (
          <li key={one.id} data-transfer={one.id} data-state={one.state}>
            <strong>{t.transfer.id} {one.id}</strong> <span class={`badge state-${one.state === 'moved' ? 'published' : one.state === 'running' ? 'draft' : 'retired'}`}>{t.transfer.states[one.state]}</span>{' '}
            <Outcome transfer={one} />
            <p class="hint">{t.transfer.day} {formatInstant(one.at, lang, timezone)} · {one.reason} · {one.made_by.replace(/^user:/, '')}, {formatInstant(one.made_at, lang, timezone)}</p>
            <span class="buttons">
              <button type="button" class="button small" aria-expanded={open === one.id} aria-label={`${t.details}: ${t.transfer.id} ${one.id}`} onClick={() => setOpen(open === one.id ? null : one.id)}>{t.details}</button>
              {mayEdit && one.state === 'moved' && asking !== one.id && <button type="button" class="button small" aria-label={t.transfer.takeBackOf(one.id)} onClick={() => setAsking(one.id)}>{t.transfer.takeBack}</button>}
            </span>
            {asking === one.id && (
              <p class="notice" role="alert">{t.transfer.sureBack}{' '}
                <button type="button" class="button small primary" onClick={() => void takeBack(one.id).then(() => {
                  setAsking(null);
                  onChanged();
                }, onProblem)}>{t.transfer.takeBackOf(one.id)}</button>{' '}
                <button type="button" class="button small" onClick={() => setAsking(null)}>{t.cancel}</button></p>
            )}
            {open === one.id && <Items id={one.id} onProblem={onProblem} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Move({ preview, day, deadlines, onDone, onCancel }: { preview: Preview; day: string; deadlines: string; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const form = useForm('move', { reason: '' });
  return (
    <FormBox form={form} title={t.transfer.sure(preview.moved)} save={t.transfer.move} onCancel={onCancel} onSaved={onDone}
      onSave={() => startTransfer({ at: day, reason: form.values['reason'] ?? '', deadlines })}>
      <div class="wide-field"><Lines form={form} name="reason" label={t.transfer.reason} rows={2} /></div>
    </FormBox>
  );
}

export function Transfers({ city, categories, mayEdit, onProblem }: SectionProps) {
  const t = useRegisterWords();
  const m = useMessages();
  const params = useUrlParams();
  const [transfers, setTransfers] = useState<Transfer[] | null>(null);
  const [preview, setPreview] = useState<Preview | 'looking' | null>(null);
  const [moving, setMoving] = useState(false);
  const day = params.get('day') ?? cityDay(new Date(), city.timezone);
  const deadlines = params.get('deadlines') ?? 'keep';
  const load = () => fetchTransfers().then(setTransfers, onProblem);
  useEffect(() => void load(), []);
  // One that is under way is looked at until it is not.
  const running = transfers?.some((one) => one.state === 'running') ?? false;
  useEffect(() => {
    if (!running) return undefined;
    const timer = setTimeout(() => void load(), 700);
    return () => clearTimeout(timer);
  }, [transfers]);
  useEffect(() => setPreview(null), [day, deadlines]);
  if (transfers === null) return <p role="status">{m.loading}</p>;
  const look = () => {
    if (!isDay(day)) return;
    setPreview('looking');
    onProblem(null);
    fetchPreview(day, deadlines).then(setPreview, (error: unknown) => {
      setPreview(null);
      onProblem(error);
    });
  };
  const found = preview === 'looking' ? null : preview;
  return (
    <div class="register">
      <p class="hint">{t.transfer.hint}</p>
      <form class="register-filters" aria-label={t.transfer.look} onSubmit={(event) => {
        event.preventDefault();
        look();
      }}>
        <p class="audit-field"><label for="transfer-day">{t.transfer.day}</label>
          <input id="transfer-day" type="date" required value={day} onInput={(event) => setUrlParam('day', event.currentTarget.value)} /></p>
        <p class="audit-field"><label for="transfer-deadlines">{t.transfer.deadlines}</label>
          <select id="transfer-deadlines" value={deadlines} onChange={(event) => setUrlParam('deadlines', event.currentTarget.value)}>
            <option value="keep">{t.transfer.keep}</option><option value="recompute">{t.transfer.recompute}</option>
          </select></p>
        <button type="submit" class="button primary" disabled={preview === 'looking'}>{t.transfer.preview}</button>
      </form>
      {preview === 'looking' && <p role="status">{t.transfer.looking}</p>}
      {found && <p role="status" class="notice" id="transfer-totals">{found.moved === 0 ? t.transfer.nothing : t.transfer.totals(found.moved, found.considered, found.by_hand)}</p>}
      {found && found.moved > 0 && (
        <>
          {mayEdit && !moving && (
            <p class="buttons">
              <button type="button" class="button" onClick={() => setMoving(true)}>{t.transfer.move}</button>
              <a class="button" href={previewAddress(day, deadlines, 'csv')} download>{t.transfer.csv}</a>
            </p>
          )}
          {moving && <Move preview={found} day={day} deadlines={deadlines} onCancel={() => setMoving(false)} onDone={() => {
            setMoving(false);
            setPreview(null);
            void load();
          }} />}
          <PreviewTables preview={found} categories={categories} timezone={city.timezone} />
        </>
      )}
      <Past transfers={transfers} mayEdit={mayEdit} timezone={city.timezone} onProblem={onProblem} onChanged={() => void load()} />
    </div>
  );
}
