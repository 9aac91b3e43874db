// One job in the field: big buttons, a photo, a sentence. Works without network; what is saved here is
// sent when there is one.

import { useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { type CategoryNode, categoryName } from '../lib/categories';
import { formatNumber } from '../lib/time';
import { newKey } from '../report/draft';
import { spacedCode } from '../report/done';
import { Due, useNow } from './due';
import { type Entry, type Position, putEntry } from './field_queue';
import { FileField } from './file_field';
import { whereOf } from './row';
import type { Case } from './types';
import { useWords } from './words';

interface FieldFormProps {
  one: Case;
  login: string;
  categories: CategoryNode[];
  timezone: string;
  onBack: () => void;
  onSaved: () => void;
}

const NOT_ACCEPTED = ['received', 'assigned', 'reopened'];

/** Where the device is now; null where it does not tell in time. */
function positionNow(): Promise<Position | null> {
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(({ coords }) => done({
      lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy), at: new Date().toISOString(),
    }), () => done(null), { enableHighAccuracy: true, timeout: 8000, maximumAge: 30000 });
  });
}

function positionText(position: Position, words: string): string {
  return `${words}: ${position.lat.toFixed(6)}, ${position.lon.toFixed(6)} (±${position.accuracy_m} m)`;
}

export function FieldForm({ one, login, categories, timezone, onBack, onSaved }: FieldFormProps) {
  const t = useWords();
  const lang = useLang();
  const now = useNow();
  const [text, setText] = useState('');
  const [why, setWhy] = useState('');
  const [files, setFiles] = useState<File[]>([]);
  const [position, setPosition] = useState<Position | null>(null);
  const [problem, setProblem] = useState('');
  const at = typeof one.place?.lon === 'number' && typeof one.place.lat === 'number' ? `${one.place.lat},${one.place.lon}` : '';

  const entry = (action: string, fields: Record<string, unknown>, order: number, photos: File[]): Entry => ({
    id: newKey(), login, at: Date.now() + order, code: one.code, title: categoryName(categories, one.category.code, lang), action,
    version: one.version, fields, state: 'waiting',
    files: photos.map((file) => ({ id: newKey(), name: file.name || 'photo.jpg', type: file.type, blob: file })),
  });
  const save = (entries: Entry[]) => entries.reduce((before, next) => before.then(() => putEntry(next)), Promise.resolve<unknown>(null))
    .then(onSaved, () => setProblem(t.field.unkept));
  /** A complaint that was not accepted yet is accepted on the way. */
  const first = () => (NOT_ACCEPTED.includes(one.status) ? [entry('accept', {}, 0, [])] : []);
  const finish = () => {
    if (text.trim() === '') setProblem(`${t.field.what} ${t.act.need}`);
    else if (files.length === 0 && why.trim() === '') setProblem(t.act.needEvidence);
    else {
      void save([...first(),
        ...(position ? [entry('note', { text: positionText(position, t.field.position) }, 1, [])] : []),
        entry('resolve', { text: text.trim(), ...(files.length ? {} : { no_photo_reason: why.trim() }) }, 2, files)]);
    }
  };
  return (
    <article class="field-one" data-code={one.code}>
      <button type="button" class="button" onClick={onBack}>← {t.field.back}</button>
      <h2>{categoryName(categories, one.category.code, lang)} <span class="case-head-code">{spacedCode(one.code)}</span></h2>
      <Due one={one} now={now} timezone={timezone} long />
      <p class="case-description words">{one.description}</p>
      <p class="words"><strong>{whereOf(one, lang) || t.list.noPlace}</strong></p>
      <div class="field-buttons">
        {at && <a class="button wide" href={`geo:${at}?q=${at}`}>{t.field.route}</a>}
        {NOT_ACCEPTED.includes(one.status) && <button type="button" class="button wide" data-do="accept" onClick={() => void save(first())}>{t.field.accept}</button>}
        {one.status === 'accepted' && <button type="button" class="button wide" data-do="start" onClick={() => void save([entry('start', {}, 0, [])])}>{t.field.progress}</button>}
      </div>
      <form onSubmit={(event) => {
        event.preventDefault();
        setProblem('');
        finish();
      }}>
        <FileField id="field-photo" label={t.field.photo} files={files} camera onFiles={(next) => {
          setFiles(next);
          if (next.length > files.length) void positionNow().then((found) => found && setPosition(found));
        }} />
        {position && <p class="hint" role="status">{t.field.position}: ±{formatNumber(position.accuracy_m, lang)} m</p>}
        <div class="field">
          <label for="field-text">{t.field.what}</label>
          <p class="hint" id="field-text-hint">{t.field.whatHint}</p>
          <textarea id="field-text" rows={3} aria-describedby="field-text-hint" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </div>
        {files.length === 0 && (
          <div class="field">
            <label for="field-why">{t.act.noPhoto}</label>
            <input id="field-why" type="text" value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
          </div>
        )}
        {problem && <p class="error" role="alert">{problem}</p>}
        <button type="submit" class="button primary wide field-finish">{t.field.finish}</button>
      </form>
    </article>
  );
}
