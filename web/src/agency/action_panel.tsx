// What can be done with a case now: its buttons, the form of the one that is open, and what came of it.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type ActionDraft, EMPTY_ACTION, actionErrors, actionFields, keepAction, keptAction } from './action_draft';
import { ActionForm, type Choices } from './action_form';
import { PLANS, atOnce, planOf } from './action_plan';
import { differences } from './conflict';
import type { Case } from './types';
import { type Attempt, useAction } from './use_action';
import { useWords } from './words';

/** What is open: an action, the version it was opened on, and the sub-task it is about. */
export interface Opened { action: string; one: Case; task?: number | string }

interface ActionPanelProps {
  one: Case;
  choices: Choices;
  timezone: string;
  today: string;
  opened: Opened | null;
  onOpened: (opened: Opened | null) => void;
  onDone: (changed: Case) => void;
  /** False where another page shows it, whose keys are others. */
  keys?: boolean;
}

function Conflict({ was, is, timezone }: { was: Case; is: Case; timezone: string }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const found = differences(was, is, t, m.statuses, lang, timezone);
  return (
    <div class="conflict" role="alert">
      <p><strong>{t.act.conflict}</strong></p>
      {found.length === 0 ? <p>{t.act.conflictSame}</p> : (
        <table>
          <thead><tr><th scope="col"><span class="visually-hidden">{t.one.facts}</span></th><th scope="col">{t.act.conflictWas}</th><th scope="col">{t.act.conflictIs}</th></tr></thead>
          <tbody>{found.map((row) => <tr key={row.field}><th scope="row">{row.field}</th><td>{row.was}</td><td>{row.is}</td></tr>)}</tbody>
        </table>
      )}
      {is.actions && <ConflictEnd was={was} is={is} />}
    </div>
  );
}

function ConflictEnd({ was, is }: { was: Case; is: Case }) {
  const t = useWords();
  const gone = was.actions?.some((action) => !is.actions?.includes(action));
  return gone && is.status !== was.status ? <p class="hint">{is.actions?.map((action) => t.act.names[action]).filter(Boolean).join(', ')}</p> : null;
}

function Trouble({ attempt }: { attempt: Attempt }) {
  const t = useWords();
  return (
    <>
      {attempt.unsent && <p class="error-summary" role="alert">{t.act.unsent}</p>}
      {attempt.formOnly && <p class="error-summary warn" role="alert">{t.act.onlyLetter}</p>}
      {attempt.errors.other && <p class="error-summary" role="alert">{t.act.failed} {attempt.errors.other}</p>}
    </>
  );
}

function OpenForm(props: ActionPanelProps & { opened: Opened }) {
  const { opened, onOpened } = props;
  const { action } = opened;
  const t = useWords();
  const key = `${opened.one.code}.${action}.${opened.task ?? ''}`;
  const [draft, setDraft] = useState<ActionDraft>(() => keptAction(key));
  const [files, setFiles] = useState<File[]>([]);
  const { attempt, run, setErrors } = useAction();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => keepAction(key, draft === EMPTY_ACTION ? null : draft), [draft]);
  // Before it is seen, so that a key pressed at once is the form's.
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>('input, select, textarea, button[type=submit]')?.focus(), []);
  useEffect(() => {
    if (atOnce(action)) void send(opened.one);
  }, []);

  const showErrors = () => window.setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(), 0);
  const send = async (on: Case, formOnly = false) => {
    const wrong = actionErrors(action, draft, files.length, props.today, t);
    if (Object.keys(wrong).length > 0) {
      setErrors(wrong);
      showErrors();
      return;
    }
    const fields = { ...actionFields(action, draft, files.length > 0), ...(formOnly ? { form_only: true } : {}),
      ...(opened.task === undefined ? {} : { task: opened.task }) };
    const changed = await run(on, action, fields, files);
    if (!changed) {
      showErrors();
      return;
    }
    keepAction(key, null);
    props.onDone(changed);
  };
  const { newest } = attempt;
  return (
    <form ref={form} class="action-form" aria-labelledby="action-title" data-action={action} onSubmit={(event) => {
      event.preventDefault();
      if (!attempt.sending) void send(newest ?? opened.one, attempt.formOnly);
    }} onKeyDown={(event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onOpened(null);
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
    }}>
      <h3 id="action-title">{t.act.names[action]}</h3>
      {t.act.hints[action] && <p class="hint">{t.act.hints[action]}</p>}
      {newest && <Conflict was={opened.one} is={newest} timezone={props.timezone} />}
      <Trouble attempt={attempt} />
      <ActionForm action={action} one={opened.one} draft={draft} errors={attempt.errors} files={files} choices={props.choices} today={props.today}
        onDraft={(part) => setDraft((before) => ({ ...before, ...part }))} onFiles={setFiles} />
      <div class="buttons">
        <button type="submit" class="button primary" aria-disabled={attempt.sending}>
          {attempt.sending ? t.act.sending : newest ? t.act.conflictAgain : attempt.formOnly ? t.act.onlyLetterAgain : t.act.names[action]}
        </button>
        <button type="button" class="button" onClick={() => onOpened(null)}>{t.act.cancel}</button>
      </div>
    </form>
  );
}

export function ActionPanel(props: ActionPanelProps) {
  const { one, opened, onOpened, keys = true } = props;
  const t = useWords();
  const may = Object.keys(PLANS).filter((action) => one.actions?.includes(action));
  const main = may.find((action) => planOf(action)?.main);
  return (
    <section class="actions no-print" aria-label={t.one.actions}>
      {may.length === 0 && <p class="hint">{t.one.noActions}</p>}
      <div class="action-buttons">
        {may.map((action) => (
          <button key={action} type="button" class={`button small${action === main ? ' primary' : ''}`} data-do={action}
            aria-expanded={atOnce(action) ? undefined : opened?.action === action}
            aria-keyshortcuts={keys ? PLANS[action]?.key : undefined} onClick={() => onOpened(opened?.action === action ? null : { action, one })}>
            {t.act.names[action]}{keys && PLANS[action]?.key && <kbd aria-hidden="true">{PLANS[action]?.key}</kbd>}
          </button>
        ))}
      </div>
      {opened && opened.one.code === one.code && <OpenForm key={`${opened.action}${opened.task ?? ''}`} {...props} opened={opened} />}
    </section>
  );
}
