// The fields of an action, for one case or for several.

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { useLang } from '../i18n';
import { textIn } from '../lib/categories';
import { Field } from '../shell/field';
import type { ActionDraft, ActionErrors, TaskDraft } from './action_draft';
import { type FieldName, planOf } from './action_plan';
import { AgencyBox } from './agency_box';
import { FileField } from './file_field';
import type { AgencyEntry, Case, FormLetter, PauseReason, Person } from './types';
import { useWords } from './words';

/** What the forms offer to choose from. */
export interface Choices {
  agencies: AgencyEntry[];
  people: Person[];
  letters: FormLetter[];
  pauseReasons: PauseReason[];
  me: string;
}

interface ActionFormProps {
  action: string;
  one: Case | null;
  draft: ActionDraft;
  errors: ActionErrors;
  files: File[];
  choices: Choices;
  today: string;
  onDraft: (part: Partial<ActionDraft>) => void;
  onFiles: (files: File[]) => void;
}

function TextField({ id, label, value, error, rows, hint, onInput }: {
  id: string; label: string; value: string; error?: string | undefined; rows?: number; hint?: string; onInput: (text: string) => void;
}) {
  return (
    <Field id={id} label={label} error={error} {...(hint ? { hint } : {})}>
      {(aria) => (
        <textarea id={id} rows={rows ?? 3} maxLength={10000} {...aria} value={value}
          onInput={(event) => onInput(event.currentTarget.value)} />
      )}
    </Field>
  );
}

function Tasks({ props, t }: { props: ActionFormProps; t: ReturnType<typeof useWords> }) {
  const { draft, choices } = props;
  const set = (index: number, part: Partial<TaskDraft>) =>
    props.onDraft({ tasks: draft.tasks.map((task, other) => (other === index ? { ...task, ...part } : task)) });
  return (
    <div class="task-drafts">
      {draft.tasks.map((task, index) => (
        <fieldset key={index}>
          <legend>{t.act.task(index + 1)}</legend>
          <AgencyBox id={`task-agency-${index}`} label={t.act.agency} agencies={choices.agencies} value={task.agencyName} required
            error={props.errors.tasks && !task.agency ? t.act.need : undefined}
            onChoose={(agency, agencyName) => set(index, { agency, agencyName })} />
          <TextField id={`task-text-${index}`} label={t.act.taskText} rows={2} value={task.text}
            error={props.errors.tasks && !task.text.trim() ? t.act.need : undefined} onInput={(text) => set(index, { text })} />
          {draft.tasks.length > 1 && (
            <button type="button" class="button small" onClick={() => props.onDraft({ tasks: draft.tasks.filter((_, other) => other !== index) })}>
              {t.act.removeTask(index + 1)}</button>
          )}
        </fieldset>
      ))}
      <button type="button" class="button small"
        onClick={() => props.onDraft({ tasks: [...draft.tasks, { agency: '', agencyName: '', text: '' }] })}>{t.act.addTask}</button>
    </div>
  );
}

function Select({ id, label, value, error, options, onChange }: {
  id: string; label: string; value: string; error?: string | undefined; options: { code: string; text: string }[]; onChange: (code: string) => void;
}) {
  return (
    <Field id={id} label={label} error={error}>
      {(aria) => (
        <select id={id} {...aria} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map((option) => <option key={option.code} value={option.code}>{option.text}</option>)}
        </select>
      )}
    </Field>
  );
}

export function ActionForm(props: ActionFormProps) {
  const { action, draft, errors, choices, onDraft } = props;
  const t = useWords();
  const lang = useLang();
  const own = props.one?.assignment?.agency.code;
  const desks = useMemo(() => choices.agencies.find((one) => one.code === own)?.desks ?? [], [choices.agencies, own]);
  const letters = choices.letters.filter((letter) => letter.kind === action);
  const others = useMemo(() => choices.agencies.filter((one) => one.code !== own), [choices.agencies, own]);

  const fields: Record<FieldName, () => ComponentChildren> = {
    letter: () => letters.length > 0 && (
      <Select id="act-letter" label={t.act.letter} value={letters.some((one) => one.code === draft.letter && one.textEn !== '' && one.textEn === draft.text) ? `${draft.letter}/en` : draft.letter}
        options={[{ code: '', text: t.act.noLetter }, ...letters.flatMap((letter) => [{ code: letter.code, text: textIn(letter.name, lang) },
          ...(letter.textEn ? [{ code: `${letter.code}/en`, text: `${textIn(letter.name, lang)} (English)` }] : [])])]}
        onChange={(chosen) => {
          const letter = letters.find((one) => one.code === chosen.replace('/en', ''));
          onDraft(letter ? { letter: letter.code, text: chosen.endsWith('/en') ? letter.textEn : letter.text } : { letter: '' });
        }} />
    ),
    text: () => <TextField id="act-text" label={t.act.text} rows={5} value={draft.text} error={errors.text} onInput={(text) => onDraft({ text })} />,
    reason: () => <TextField id="act-reason" label={t.act.reason} value={draft.reason} error={errors.reason} onInput={(reason) => onDraft({ reason })} />,
    agency: () => (
      <AgencyBox id="act-agency" label={action === 'return' ? t.act.proposed : t.act.agency} agencies={others} value={draft.agencyName}
        error={errors.agency} required={action !== 'return'} onChoose={(agency, agencyName) => onDraft({ agency, agencyName })} />
    ),
    desk: () => desks.length > 0 && (
      <Select id="act-desk" label={t.act.desk} value={draft.desk} error={errors.desk}
        options={[{ code: '', text: t.act.nobody }, ...desks.map((desk) => ({ code: desk.code, text: textIn(desk.name, lang) }))]}
        onChange={(desk) => onDraft({ desk })} />
    ),
    person: () => (
      <>
        <Select id="act-person" label={t.act.person} value={draft.person} error={errors.person}
          options={[{ code: '', text: t.act.nobody }, ...choices.people.map((person) => ({ code: person.login, text: person.name }))]}
          onChange={(person) => onDraft({ person })} />
        {choices.people.some((person) => person.login === choices.me) && draft.person !== choices.me && (
          <button type="button" class="button small" onClick={() => onDraft({ person: choices.me })}>{t.act.toMe}</button>
        )}
      </>
    ),
    pause: () => (
      <Select id="act-pause" label={t.act.pauseReason} value={draft.pause} error={errors.pause}
        options={[{ code: '', text: t.act.choose }, ...choices.pauseReasons.map((reason) => ({ code: reason.code, text: textIn(reason.name, lang) }))]}
        onChange={(pause) => onDraft({ pause })} />
    ),
    until: () => (
      <Field id="act-until" label={t.act.until} error={errors.until}>
        {(aria) => <input id="act-until" type="date" min={props.today} {...aria} value={draft.until}
          onInput={(event) => onDraft({ until: event.currentTarget.value })} />}
      </Field>
    ),
    to: () => (
      <Field id="act-to" label={t.act.to} error={errors.to}>
        {(aria) => <input id="act-to" type="text" maxLength={300} {...aria} value={draft.to}
          onInput={(event) => onDraft({ to: event.currentTarget.value })} />}
      </Field>
    ),
    files: () => <FileField id="act-files" label={t.act.addPhotos} hint={t.act.photosHint} files={props.files} onFiles={props.onFiles} />,
    noPhoto: () => props.files.length === 0 && (
      <TextField id="act-no-photo" label={t.act.noPhoto} rows={2} value={draft.noPhoto} error={errors.noPhoto}
        onInput={(noPhoto) => onDraft({ noPhoto })} />
    ),
    tasks: () => <Tasks props={props} t={t} />,
    tasksOpen: () => (errors.tasksOpen || draft.tasksOpen) && (
      <TextField id="act-tasks-open" label={t.act.tasksOpen} rows={2} value={draft.tasksOpen} error={errors.tasksOpen}
        onInput={(tasksOpen) => onDraft({ tasksOpen })} />
    ),
  };
  return <>{planOf(action)?.fields.map((name) => <div key={name}>{fields[name]()}</div>)}</>;
}
