// The form that files a complaint: where, what, who will get it, send.

import { useMemo, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryPath, categorySearch, textIn } from '../lib/categories';
import { cityDay } from '../lib/time';
import { Combobox } from '../shell/combobox';
import { Field } from '../shell/field';
import type { Candidate, Complaint, FieldError, Point } from '../types';
import { AddressBox } from './address_box';
import { MoreFields } from './more_fields';
import { CitizenHelp } from './help';
import { PhotoField } from './photo_field';
import { usePhotoWords } from './photo_words';
import { Preview } from './preview';
import { Already } from './already';
import {
  type Draft, type DraftErrors, draftErrors, draftToSend, keepDraft, newKey, serviceErrors,
} from './draft';
import type { Queued, QueuedFile } from './queue';
import { submit } from './send';
import { usePhotos } from './use_photos';

export interface ReportFormProps {
  categories: CategoryNode[];
  timezone: string;
  draft: Draft;
  candidates: Candidate[];
  onDraft: (change: Partial<Draft>) => void;
  onCandidates: (candidates: Candidate[]) => void;
  onActiveCandidate: (index: number) => void;
  onChooseCandidate: (candidate: Candidate) => void;
  onHere: () => void;
  onCentre: () => void;
  /** A photo knows where it was taken, and that shall be the place. */
  onPlace: (point: Point, accuracyM: number | null) => void;
  /** The middle of what the map shows: nearer places come first. */
  near: () => Point | null;
  positionFailed: boolean;
  onFiled: (complaint: Complaint, title: string) => void;
  /** It is kept on this device and waits for the network. */
  onKept: (id: string) => void;
  /** The one that is being sent from here; '' when it no longer is. */
  onSending: (id: string) => void;
  /** Files and faults of one that was refused after it had waited. */
  corrected: { files: File[]; errors: FieldError[] } | null;
  onTrack: (code: string) => void;
}

const FIELD_IDS: [keyof DraftErrors, string][] = [
  ['place', 'address'], ['category', 'category'], ['description', 'description'], ['photos', 'photos'],
  ['occurredAt', 'occurred-at'], ['name', 'reporter-name'], ['phone', 'reporter-phone'],
  ['email', 'reporter-email'], ['anonymous', 'reporter-anonymous'],
];
export function ReportForm(props: ReportFormProps) {
  const t = useMessages();
  const lang = useLang();
  const { draft } = props;
  const [errors, setErrors] = useState<DraftErrors>(() => serviceErrors(props.corrected?.errors ?? []));
  const [sending, setSending] = useState(0);
  const [failure, setFailure] = useState('');
  const [categoryText, setCategoryText] = useState<string | null>(null);
  const summary = useRef<HTMLDivElement>(null);
  const words = usePhotoWords();
  const [waiting, setWaiting] = useState(false);

  const found = useMemo(
    () => categorySearch(props.categories, categoryText ?? '', lang),
    [props.categories, categoryText, lang],
  );

  const change = (part: Partial<Draft>, ...fields: (keyof DraftErrors)[]) => {
    props.onDraft(part);
    setErrors((before) => {
      const after = { ...before };
      for (const field of fields) delete after[field];
      return after;
    });
  };

  const photos = usePhotos(draft.attachments, props.corrected?.files ?? [], (attachments) => change({ attachments }, 'photos'));

  const entryOf = (files: QueuedFile[]): Queued => {
    const { attachments: _sent, ...body } = draftToSend(draft, props.timezone);
    const at = new Date().toISOString();
    if (!navigator.onLine) body.occurred_at ??= at; // it may be sent hours later
    return { id: newKey(), at, title: categoryPath(props.categories, draft.category, lang), lang,
      state: 'waiting', body, draft: { ...draft, attachments: [] }, files };
  };

  const showErrors = (found_: DraftErrors) => {
    setErrors(found_);
    window.setTimeout(() => summary.current?.focus(), 0);
  };

  const send = async () => {
    const wrong = draftErrors(draft, t, props.timezone, new Date());
    setFailure('');
    if (Object.keys(wrong).length > 0) {
      showErrors(wrong);
      return;
    }
    setWaiting(true);
    const files = await photos.settled();
    setWaiting(false);
    if (files === null) {
      showErrors({ photos: words.unsent });
      return;
    }
    const entry = entryOf(files);
    setErrors({});
    setSending(1);
    props.onSending(entry.id);
    keepDraft(null); // from here on the list of what waits has it, and no reload may make a second one
    try {
      const filed = await submit(entry, setSending);
      if (filed === 'waiting') props.onKept(entry.id);
      else props.onFiled(filed, entry.title);
    } catch (error) {
      keepDraft(draft);
      const fields = error instanceof ApiError ? serviceErrors(error.errors) : {};
      if (Object.keys(fields).length > 0) showErrors(fields);
      else if (error instanceof ApiError && error.status > 0 && error.status !== 503) {
        setFailure(`${t.failed}: ${error.message}`);
      } else setFailure(error instanceof ApiError && error.status === 503 ? t.busy : t.report.unsent);
    } finally {
      setSending(0);
      props.onSending('');
    }
  };

  const wrong = FIELD_IDS.filter(([field]) => errors[field]);
  const count = wrong.length + (errors.other ? 1 : 0);

  return (
    <form class="report" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (!sending && !waiting) void send();
    }}>
      <p class="intro">{t.report.intro}</p>
      <CitizenHelp />
      {count > 0 && (
        <div class="error-summary" ref={summary} tabIndex={-1} role="alert">
          <p>{t.report.fix(count)}</p>
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
      )}

      <fieldset>
        <legend>{t.report.where}</legend>
        <AddressBox
          id="address" value={draft.address} error={errors.place} required
          candidates={props.candidates} onCandidates={props.onCandidates}
          near={props.near} onActive={props.onActiveCandidate}
          onInput={(text) => change({ address: text, point: null }, 'place')}
          onChoose={(candidate) => {
            setErrors(({ place: _gone, ...rest }) => rest);
            props.onChooseCandidate(candidate);
          }}
        />
        <div class="buttons tight">
          {'geolocation' in navigator && (
            <button type="button" class="button small" onClick={props.onHere}>{t.report.here}</button>
          )}
          <button type="button" class="button small" onClick={props.onCentre}>{t.report.centre}</button>
        </div>
        {props.positionFailed && <p class="error" role="status">{t.report.noPosition}</p>}
        <p class="chosen" role="status">
          {draft.point && (
            <>{t.report.chosen}: <span class="numbers">
              {draft.point.lat.toFixed(5)}, {draft.point.lon.toFixed(5)}</span>
              {draft.point.accuracyM !== null
                && ` (${t.report.accuracy(draft.point.accuracyM.toFixed(0))})`}</>
          )}
          {!draft.point && draft.address.trim() !== '' && t.report.unpinned}
        </p>
      </fieldset>

      <fieldset>
        <legend>{t.report.what}</legend>
        <Combobox
          id="category" label={t.report.category} placeholder={t.report.categoryPlaceholder}
          value={categoryText ?? (draft.category ? categoryPath(props.categories, draft.category, lang) : '')}
          options={found} optionKey={(node) => node.code} openOnFocus
          summary={t.report.categoryResults(found.length)} error={errors.category} required
          renderOption={(node) => (
            <>
              <span class={`option-text depth-${categoryText ? 0 : Math.min(node.depth, 3)}`}>
                {categoryText ? categoryPath(props.categories, node.code, lang) : textIn(node.name, lang)}
              </span>
              {node.urgent && <span class="option-note urgent">{t.report.urgent}</span>}
            </>
          )}
          onInput={(text) => {
            setCategoryText(text);
            change({ category: '' }, 'category');
          }}
          onChoose={(node) => {
            setCategoryText(null);
            change({ category: node.code }, 'category');
          }}
        />
        <Field id="description" label={t.report.description} error={errors.description}>
          {(aria) => (
            <textarea id="description" rows={4} required {...aria}
              placeholder={t.report.descriptionPlaceholder} value={draft.description}
              onInput={(event) => change({ description: event.currentTarget.value }, 'description')} />
          )}
        </Field>
        <PhotoField photos={photos} error={errors.photos} point={draft.point} onPlace={props.onPlace} />
        <MoreFields draft={draft} errors={errors} today={cityDay(new Date(), props.timezone)}
          onChange={change} />
      </fieldset>

      <Already draft={draft} timezone={props.timezone} onTrack={props.onTrack}
        onJoined={() => change({ description: '' }, 'description')} />
      <Preview draft={draft} timezone={props.timezone} />

      {failure && <p class="error-summary" role="alert">{failure}</p>}
      <button type="submit" class="button primary wide" aria-disabled={sending > 0}>
        {sending ? t.report.sending : t.report.submit}
      </button>
      <p class="hint" role="status">
        {waiting ? words.waiting : sending > 1 ? t.report.resending(sending) : ''}</p>
    </form>
  );
}
