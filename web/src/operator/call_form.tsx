// What is written during a call, in the order in which people tell it: what, where, the words, who.

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryPath, categorySearch, textIn } from '../lib/categories';
import { AddressBox } from '../report/address_box';
import type { DraftErrors } from '../report/draft';
import { PHOTOS_MAX, usePhotos } from '../report/use_photos';
import { Combobox } from '../shell/combobox';
import { Field } from '../shell/field';
import type { Candidate, Point } from '../types';
import { CallerBar } from './caller_bar';
import { type CallDraft, type Consent, filesOf } from './call_draft';
import { Brought, Files } from './files';
import { focusOn } from './use_keys';
import { useWords } from './words';

/** What the page asks of the form. */
export interface CallFormHandle {
  save: () => void;
  /** Also where they are under way. */
  hasFiles: boolean;
}

const NO_FILES: File[] = [];

export interface CallFormProps {
  handle: { current: CallFormHandle | null };
  online: boolean;
  categories: CategoryNode[];
  draft: CallDraft;
  /** The attributes that the category asks for. */
  asked: string[];
  errors: DraftErrors;
  saving: boolean;
  candidates: Candidate[];
  near: () => Point | null;
  /** Between the caller and the rest: what came from this number, or the item being entered. */
  children: ComponentChildren;
  onChange: (part: Partial<CallDraft>, ...fields: (keyof DraftErrors)[]) => void;
  onCandidates: (candidates: Candidate[]) => void;
  onActiveCandidate: (index: number) => void;
  onChooseCandidate: (candidate: Candidate) => void;
  onErrors: (errors: DraftErrors) => void;
  onSave: () => void;
  onClear: () => void;
}

const FIELD_IDS: [keyof DraftErrors, string][] = [
  ['phone', 'caller-number'], ['category', 'category'], ['place', 'address'], ['description', 'description'], ['name', 'reporter-name'],
  ['email', 'reporter-email'], ['photos', 'photos'],
];
const CONSENTS: Consent[] = ['share', 'keep', 'none'];

function Errors({ errors }: { errors: DraftErrors }) {
  const t = useWords();
  const wrong = FIELD_IDS.filter(([field]) => errors[field]);
  const count = wrong.length + (errors.other ? 1 : 0);
  if (count === 0) return null;
  return (
    <div class="error-summary" id="call-errors" tabIndex={-1} role="alert">
      <p>{t.fix(count)}</p>
      <ul>
        {wrong.map(([field, id]) => (
          <li key={field}><a href={`#${id}`} onClick={(event) => {
            event.preventDefault();
            document.getElementById(id)?.focus();
          }}>{errors[field]}</a></li>
        ))}
        {errors.other && <li>{errors.other}</li>}
      </ul>
    </div>
  );
}

function CategoryBox({ categories, draft, errors, onChange }: CallFormProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [typed, setTyped] = useState<string | null>(null);
  const found = useMemo(() => categorySearch(categories, typed ?? '', lang), [categories, typed, lang]);
  return (
    <Combobox
      id="category" label={t.category} placeholder={m.report.categoryPlaceholder}
      value={typed ?? (draft.category ? categoryPath(categories, draft.category, lang) : '')}
      options={found} optionKey={(node) => node.code}
      summary={m.report.categoryResults(found.length)} error={errors.category} required
      renderOption={(node) => (
        <>
          <span class={`option-text depth-${typed ? 0 : Math.min(node.depth, 3)}`}>
            {typed ? categoryPath(categories, node.code, lang) : textIn(node.name, lang)}
          </span>
          {node.urgent && <span class="option-note urgent">{m.report.urgent}</span>}
        </>
      )}
      onInput={(text) => {
        setTyped(text);
        onChange({ category: '' }, 'category');
      }}
      onChoose={(node) => {
        setTyped(null);
        onChange({ category: node.code }, 'category');
      }}
    />
  );
}

function Attributes({ draft, asked, onChange }: CallFormProps) {
  const t = useWords();
  return (
    <div class="pair">
      {asked.map((name) => {
        const words = t.attributes[name] ?? { label: name, hint: '' };
        return (
          <Field key={name} id={`attribute-${name}`} label={words.label} hint={words.hint}>
            {(aria) => (
              <input id={`attribute-${name}`} type="text" autocomplete="off" maxLength={100} {...aria}
                value={draft.attributes[name] ?? ''}
                onInput={(event) => onChange({ attributes: { ...draft.attributes, [name]: event.currentTarget.value } })} />
            )}
          </Field>
        );
      })}
    </div>
  );
}

function Reporter({ draft, errors, onChange }: CallFormProps) {
  const t = useWords();
  const m = useMessages();
  return (
    <div class="reporter-row">
      <Field id="reporter-name" label={t.name} error={errors.name}>
        {(aria) => (
          <input id="reporter-name" type="text" autocomplete="off" {...aria} value={draft.name}
            onInput={(event) => onChange({ name: event.currentTarget.value }, 'name')} />
        )}
      </Field>
      {draft.email !== '' && (
        <Field id="reporter-email" label={m.report.email} error={errors.email}>
          {(aria) => (
            <input id="reporter-email" type="email" autocomplete="off" {...aria} value={draft.email}
              onInput={(event) => onChange({ email: event.currentTarget.value }, 'email')} />
          )}
        </Field>
      )}
      <fieldset class="field consent">
        <legend>{t.consent}</legend>
        <div class="segments">
          {CONSENTS.map((consent) => (
            <label key={consent} class="segment">
              <input type="radio" name="consent" value={consent} checked={draft.consent === consent}
                onChange={() => onChange({ consent })} />
              <span>{t.consents[consent]}</span>
            </label>
          ))}
        </div>
      </fieldset>
    </div>
  );
}

/** The files, and saving once all of them were sent. */
function useFiles({ draft, handle, saving, onChange, onErrors, onSave }: CallFormProps) {
  const t = useWords();
  const photos = usePhotos(draft.attachments, NO_FILES, (attachments) => onChange({ attachments }, 'photos'));
  const [waits, setWaits] = useState(false);
  const sent = photos.list.filter((photo) => photo.sent).length;
  // Chosen, but not told of by the draft yet, is under way too.
  const underWay = sent !== draft.attachments.length || photos.list.some(({ state }) => state === 'preparing' || state === 'sending');
  const save = () => {
    if (saving) return;
    setWaits(underWay);
    if (underWay) return;
    if (sent < photos.list.length) onErrors({ photos: t.files.unsent });
    else if (filesOf(draft).length > PHOTOS_MAX) onErrors({ photos: t.files.tooMany });
    else onSave();
  };
  useEffect(() => {
    if (waits && !underWay) save();
  }, [waits, underWay]);
  useEffect(() => { // a call that comes now waits, also before the first was sent
    if (photos.list.length > 0 && draft.startedAt === '') onChange({ attachments: draft.attachments });
  }, [photos.list.length]);
  handle.current = { save, hasFiles: photos.list.length + filesOf(draft).length > 0 };
  return { photos, waits, save };
}

export function CallForm(props: CallFormProps) {
  const t = useWords();
  const m = useMessages();
  const { draft, errors, onChange } = props;
  const [sure, setSure] = useState(false);
  const { photos, waits, save } = useFiles(props);
  // Before the next key arrives: who types on loses nothing.
  useLayoutEffect(() => focusOn(draft.phone || draft.inbound !== null ? 'category' : 'caller-number'), []);
  return (
    <form class="call-form" noValidate aria-label={t.form} onSubmit={(event) => {
      event.preventDefault();
      save();
    }}>
      <CallerBar number={draft.phone} startedAt={draft.startedAt} error={errors.phone}
        onNumber={(phone) => onChange({ phone }, 'phone')} />
      {props.children}
      <Brought draft={draft} onChange={onChange} />
      <Errors errors={errors} />
      <CategoryBox {...props} />
      <div class="with-key">
        <kbd class="field-key">F4</kbd>
        <AddressBox id="address" value={draft.address} error={errors.place} required
          candidates={props.candidates} onCandidates={props.onCandidates} near={props.near}
          onActive={props.onActiveCandidate}
          onInput={(text) => onChange({ address: text, point: null }, 'place')}
          onChoose={(candidate) => {
            onChange({}, 'place');
            props.onChooseCandidate(candidate);
          }} />
        {!draft.point && draft.address.trim() !== '' && <p class="hint">{m.report.unpinned}</p>}
      </div>
      <Field id="description" label={t.description} error={errors.description}>
        {(aria) => (
          <textarea id="description" rows={3} required {...aria} placeholder={t.descriptionPlaceholder}
            value={draft.description}
            onInput={(event) => onChange({ description: event.currentTarget.value }, 'description')} />
        )}
      </Field>
      {props.asked.length > 0 && <Attributes {...props} />}
      <Reporter {...props} />
      <Files draft={draft} photos={photos} error={errors.photos} online={props.online} onChange={onChange} />
      <div class="buttons call-buttons">
        <button type="submit" class="button primary" aria-disabled={props.saving}>
          {props.saving ? t.saving : t.save} <kbd>F9</kbd>
        </button>
        {waits && <p class="hint" role="status">{t.files.waiting}</p>}
        {draft.startedAt !== '' && (
          <button type="button" class="button small quiet" onBlur={() => setSure(false)} onClick={() => {
            if (sure) props.onClear();
            setSure(!sure);
          }}>{sure ? t.clearSure : t.clear}</button>
        )}
        {draft.startedAt !== '' && <p class="hint">{t.kept}</p>}
      </div>
    </form>
  );
}
