// The same thing done to several complaints: each is judged for itself, and what came of each is said.

import { useState } from 'preact/hooks';
import { ApiError } from '../api';
import { newKey } from '../report/draft';
import { spacedCode } from '../report/done';
import { type ActionDraft, type ActionErrors, EMPTY_ACTION, actionErrors, actionFields, errorsAtFields } from './action_draft';
import { ActionForm, type Choices } from './action_form';
import { PLANS, atOnce } from './action_plan';
import { actOnMany } from './api';
import type { Case, Outcome } from './types';
import { useWords } from './words';

/** As many as the service takes at once. */
const MOST = 100;

interface BulkProps {
  chosen: Case[];
  choices: Choices;
  today: string;
  onClear: () => void;
  onOpen: (code: string) => void;
  /** Something was done: these failed and stay selected. */
  onDone: (failed: string[]) => void;
}

function Outcomes({ outcomes, onOpen, onClose }: { outcomes: Outcome[]; onOpen: (code: string) => void; onClose: () => void }) {
  const t = useWords();
  const failed = outcomes.filter((one) => one.status !== 200);
  return (
    <div class="bulk-outcomes" role="status">
      <p><strong>{t.bulk.outcome(outcomes.length - failed.length, failed.length)}</strong>{' '}
        <button type="button" class="button small" onClick={onClose}>{t.bulk.close}</button></p>
      <ul aria-label={t.bulk.outcomes}>
        {outcomes.map((one) => (
          <li key={one.code} class={one.status === 200 ? '' : 'bad'} data-status={one.status}>
            <button type="button" class="code-link" onClick={() => onOpen(one.code)}>{spacedCode(one.code)}</button>
            <span>{one.status === 200 ? `✓ ${t.bulk.done}` : one.error?.code === 'stale' ? t.bulk.changed : one.error?.detail || t.act.failed}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Bulk(props: BulkProps) {
  const { chosen, choices } = props;
  const t = useWords();
  const [action, setAction] = useState('');
  const [draft, setDraft] = useState<ActionDraft>(EMPTY_ACTION);
  const [errors, setErrors] = useState<ActionErrors>({});
  const [sending, setSending] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const [sent, setSent] = useState({ text: '', key: '' });

  const run = async (wanted: string) => {
    const wrong = actionErrors(wanted, draft, 0, props.today, t);
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    const body = { action: wanted, ...actionFields(wanted, draft, false),
      complaints: chosen.slice(0, MOST).map((one) => ({ code: one.code, version: one.version })) };
    const text = JSON.stringify(body);
    const key = sent.text === text ? sent.key : newKey();
    setSent({ text, key });
    setSending(true);
    try {
      const found = await actOnMany(body, key);
      setOutcomes(found);
      setAction('');
      setDraft(EMPTY_ACTION);
      props.onDone(found.filter((one) => one.status !== 200).map((one) => one.code));
    } catch (error) {
      const at = error instanceof ApiError ? errorsAtFields(wanted, error.errors) : {};
      setErrors(Object.keys(at).length ? at : { other: error instanceof ApiError && error.status ? error.message : t.act.unsent });
    } finally {
      setSending(false);
    }
  };
  const choose = (wanted: string) => {
    setOutcomes([]);
    setErrors({});
    setAction(wanted);
    if (atOnce(wanted)) void run(wanted);
  };
  if (chosen.length === 0 && outcomes.length === 0) return null;
  return (
    <section class="bulk" aria-label={t.bulk.label}>
      {chosen.length > 0 && (
        <>
          <strong role="status">{t.bulk.chosen(chosen.length)}</strong>
          {Object.keys(PLANS).filter((name) => PLANS[name]?.bulk).map((name) => (
            <button key={name} type="button" class="button small" data-bulk={name} disabled={sending}
              aria-expanded={atOnce(name) ? undefined : action === name} onClick={() => choose(name)}>{t.act.names[name]}</button>
          ))}
          <button type="button" class="button small" onClick={props.onClear}>{t.bulk.clear}</button>
          {chosen.length > MOST && <span class="hint">{t.bulk.tooMany(MOST)}</span>}
        </>
      )}
      {action && !atOnce(action) && (
        <form class="action-form" aria-label={t.act.names[action]} onSubmit={(event) => {
          event.preventDefault();
          if (!sending) void run(action);
        }}>
          <ActionForm action={action} one={chosen[0] ?? null} draft={draft} errors={errors} files={[]} choices={choices} today={props.today}
            onDraft={(part) => setDraft((before) => ({ ...before, ...part }))} onFiles={() => undefined} />
          <div class="buttons">
            <button type="submit" class="button primary" aria-disabled={sending}>{sending ? t.act.sending : `${t.act.names[action] ?? ''} (${Math.min(chosen.length, MOST)})`}</button>
            <button type="button" class="button" onClick={() => setAction('')}>{t.act.cancel}</button>
          </div>
        </form>
      )}
      {errors.other && <p class="error-summary" role="alert">{errors.other}</p>}
      {outcomes.length > 0 && <Outcomes outcomes={outcomes} onOpen={props.onOpen} onClose={() => setOutcomes([])} />}
    </section>
  );
}
