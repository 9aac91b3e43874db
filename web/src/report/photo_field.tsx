// Photos and videos of what is reported: from the camera or from the device, seen before sending, each
// with its progress, and taken away again.

import { useRef } from 'preact/hooks';
import { useMedia } from '../lib/media';
import type { Point } from '../types';
import { type PhotoWords, usePhotoWords } from './photo_words';
import { PHOTOS_MAX, type Photo, type Photos } from './use_photos';

const ACCEPTED = 'image/jpeg,image/png,image/webp,image/heic,image/heif,video/mp4,video/quicktime,video/webm,video/3gpp,audio/*,application/pdf';

function Row({ photo, photos, t }: { photo: Photo; photos: Photos; t: PhotoWords }) {
  const percent = Math.round(photo.share * 100);
  const state = { preparing: t.preparing, sending: t.sending(percent), sent: t.sent, held: t.held, failed: t.failed }[photo.state];
  return (
    <li class={`photo ${photo.state}`}>
      {photo.preview ? <img src={photo.preview} alt="" width={72} height={54} /> : <span class="photo-blank" aria-hidden="true">▶</span>}
      <span class="photo-name">{photo.name}
        <span class="hint"> {state}</span>
        {photo.error && <span class="error"> {photo.error}</span>}
      </span>
      {photo.state === 'sending' && <progress max={100} value={percent} aria-label={photo.name} />}
      {(photo.state === 'failed' || photo.state === 'held') && (
        <button type="button" class="button small" onClick={() => photos.retry(photo.key)}>{t.retry}</button>
      )}
      <button type="button" class="button small" aria-label={t.remove(photo.name)}
        onClick={() => photos.remove(photo.key)}>✕</button>
    </li>
  );
}

interface PhotoFieldProps {
  photos: Photos;
  error?: string | undefined;
  /** The place that the complaint has; a photo's is offered where it has none, or another. */
  point: Point | null;
  onPlace: (point: Point, accuracyM: number | null) => void;
  /** Where this form says something else. */
  words?: Partial<PhotoWords> & { offline: string };
  /** Nothing can be added now, and the field says so. */
  offline?: boolean;
}

/** Farther apart than a phone errs. */
function elsewhere(a: Point, b: Point): boolean {
  return Math.hypot(a.lat - b.lat, (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180)) * 111_000 > 30;
}

export function PhotoField({ photos, error, point, onPlace, words, offline }: PhotoFieldProps) {
  const t = { ...usePhotoWords(), ...words };
  const touch = useMedia('(pointer: coarse)');
  const files = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const placed = photos.list.find((photo) => photo.sent?.location_hint
    && (point === null || elsewhere(photo.sent.location_hint, point)));
  const hint = placed?.sent?.location_hint;
  const take = (input: HTMLInputElement): void => {
    photos.add(Array.from(input.files ?? []));
    input.value = '';
  };
  const full = offline || photos.list.length >= PHOTOS_MAX;
  return (
    <div class="field photo-field" role="group" aria-labelledby="photos-label">
      <p class="label" id="photos-label">{t.label}</p>
      <p class="hint" id="photos-hint">{t.hint}</p>
      <input ref={files} id="photo-files" type="file" hidden multiple accept={ACCEPTED} aria-labelledby="photos-label"
        onChange={(event) => take(event.currentTarget)} />
      <input ref={camera} id="photo-camera" type="file" hidden accept="image/*" capture="environment" aria-labelledby="photos-label"
        onChange={(event) => take(event.currentTarget)} />
      <div class="buttons tight">
        {touch && (
          <button type="button" class="button small" aria-disabled={full} onClick={() => !full && camera.current?.click()}>{t.camera}</button>
        )}
        <button id="photos" type="button" class="button small" aria-disabled={full} onClick={() => !full && files.current?.click()}
          aria-describedby={error ? 'photos-hint photos-error' : 'photos-hint'}>{t.choose}</button>
      </div>
      {photos.list.length > 0 && (
        <ul class="photo-list">{photos.list.map((photo) => <Row key={photo.key} photo={photo} photos={photos} t={t} />)}</ul>
      )}
      <div role="status">
        {offline && words && <p class="hint" data-files="offline">{words.offline}</p>}
        {photos.tooMany && <p class="hint">{t.tooMany}</p>}
        {placed && hint && (
          <p class="photo-place">{t.place(placed.name)}{' '}
            <button type="button" class="button small" onClick={() => onPlace({ lon: hint.lon, lat: hint.lat }, hint.accuracy_m ?? null)}>
              {t.usePlace}
            </button>
          </p>
        )}
      </div>
      {error && <p class="error" id="photos-error">{error}</p>}
    </div>
  );
}
