// Files that go with the complaint: what the operator adds, sent as soon as it is chosen, and what came
// with the written item, of which each may be left out. Without a connection none can be added: only
// what was sent already goes with a complaint that waits.

import { useEffect } from 'preact/hooks';
import { PhotoField } from '../report/photo_field';
import type { Photos } from '../report/use_photos';
import type { Attachment } from '../types';
import type { CallDraft } from './call_draft';
import { useWords } from './words';

interface FilesProps {
  draft: CallDraft;
  photos: Photos;
  error?: string | undefined;
  online: boolean;
  onChange: (part: Partial<CallDraft>, field: 'place') => void;
}

export function Files({ draft, photos, error, online, onChange }: FilesProps) {
  const t = useWords();
  useEffect(() => { // what the connection broke off goes on by itself
    if (online) photos.list.filter((photo) => photo.state === 'held').forEach((photo) => photos.retry(photo.key));
  }, [online]);
  return (
    <PhotoField photos={photos} error={error} point={draft.point} words={t.files} offline={!online}
      onPlace={(point, accuracyM) => onChange({ point: { ...point, accuracyM }, address: '' }, 'place')} />
  );
}

function Picture({ file }: { file: Attachment }) {
  const { thumb, web, original } = file.urls;
  const t = useWords();
  return (
    <>
      {thumb ? <img src={thumb} alt="" width={72} height={54} /> : <span class="photo-blank" aria-hidden="true">▶</span>}
      <a class="photo-name" href={web ?? original ?? ''} target="_blank" rel="noopener" aria-label={t.files.open(file.name)}>{file.name}</a>
    </>
  );
}

interface BroughtProps {
  draft: CallDraft;
  onChange: (part: Partial<CallDraft>, field: 'photos') => void;
}

/** What came with the item: ticked is what goes with the complaint. */
export function Brought({ draft, onChange }: BroughtProps) {
  const t = useWords();
  const { brought, leftOut } = draft;
  if (brought.length === 0) return null;
  return (
    <fieldset class="field brought">
      <legend>{t.files.brought}</legend>
      <ul class="photo-list">
        {brought.map((file) => (
          <li key={file.id} class="photo">
            <input type="checkbox" checked={!leftOut.includes(file.id)} aria-label={t.files.take(file.name)}
              onChange={(event) => onChange({
                leftOut: event.currentTarget.checked ? leftOut.filter((id) => id !== file.id) : [...leftOut, file.id],
              }, 'photos')} />
            <Picture file={file} />
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
