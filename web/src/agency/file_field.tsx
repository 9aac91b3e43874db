// Photos and files to go with an answer: chosen, seen, removed again before anything is sent.

import { useEffect, useMemo } from 'preact/hooks';
import { formatNumber } from '../lib/time';
import { useLang } from '../i18n';
import { useWords } from './words';

const ACCEPTED = 'image/*,video/mp4,audio/*,application/pdf';

function Preview({ file }: { file: File }) {
  const address = useMemo(() => (file.type.startsWith('image/') ? URL.createObjectURL(file) : ''), [file]);
  useEffect(() => () => {
    if (address) URL.revokeObjectURL(address);
  }, [address]);
  const lang = useLang();
  return address ? <img src={address} alt={file.name} width={96} height={72} />
    : <span class="photo-file small">{file.name} ({formatNumber(Math.ceil(file.size / 1024), lang)} KB)</span>;
}

interface FileFieldProps {
  id: string;
  label: string;
  hint?: string;
  files: File[];
  /** Opens the camera on a phone. */
  camera?: boolean;
  onFiles: (files: File[]) => void;
}

export function FileField({ id, label, hint, files, camera, onFiles }: FileFieldProps) {
  const t = useWords();
  return (
    <div class="field file-field">
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      <input id={id} class="visually-hidden" type="file" multiple={!camera} accept={camera ? 'image/*' : ACCEPTED} aria-describedby={hint ? `${id}-hint` : undefined}
        {...(camera ? { capture: 'environment' as const } : {})}
        onChange={(event) => {
          onFiles([...files, ...Array.from(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }} />
      <label for={id} class={`button${camera ? ' wide' : ''}`}>{label}</label>
      {files.length > 0 && (
        <ul class="photos chosen-files">
          {files.map((file, index) => (
            <li key={`${file.name}${file.size}${index}`}>
              <Preview file={file} />
              <button type="button" class="button small" aria-label={t.act.remove(file.name)}
                onClick={() => onFiles(files.filter((_, other) => other !== index))}>✕</button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
