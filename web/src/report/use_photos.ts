// The files of a complaint being written: each is sent as soon as it is chosen, so that sending the
// complaint itself stays quick. What was sent is kept with the draft. What could not be sent for want of
// a network is held, and goes with the complaint.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, uploadFile } from '../api';
import type { Attachment } from '../types';
import { newKey } from './draft';
import { type QueuedFile, passing } from './queue';
import { shrunk } from './shrink';

export const PHOTOS_MAX = 10;

export interface Photo {
  key: number;
  name: string;
  /** What is shown of it; "" where there is no picture. */
  preview: string;
  state: 'preparing' | 'sending' | 'sent' | 'held' | 'failed';
  share: number;
  error: string;
  file: File | null;
  /** As it is sent: made smaller. Kept until the complaint is, which may have to send it again. */
  bytes: Blob | null;
  sent: Attachment | null;
}

export interface Photos {
  list: Photo[];
  tooMany: boolean;
  add: (files: File[]) => void;
  retry: (key: number) => void;
  remove: (key: number) => void;
  /** Once nothing is under way: all of them, sent or held; null where one was refused. */
  settled: () => Promise<QueuedFile[] | null>;
}

/** Larger ones that were sent are not kept on the device besides. */
const KEPT_BYTES_MAX = 8 << 20;

let serial = 0;

function photoOf(file: File): Photo {
  const preview = /^image\/(jpeg|png|webp|gif)$/.test(file.type) ? URL.createObjectURL(file) : '';
  return { key: ++serial, name: file.name || 'anh.jpg', preview, state: 'preparing', share: 0, error: '', file, bytes: null, sent: null };
}

function photoSent(sent: Attachment): Photo {
  return { key: ++serial, name: sent.name, preview: sent.urls.thumb ?? '', state: 'sent', share: 1, error: '', file: null, bytes: null, sent };
}

function queuedFile(photo: Photo): QueuedFile {
  const small = photo.sent === null || (photo.bytes?.size ?? 0) <= KEPT_BYTES_MAX;
  return { id: newKey(), name: photo.name, type: photo.bytes?.type ?? '', blob: small ? photo.bytes : null,
    ...(photo.sent ? { sent: photo.sent.id } : {}) };
}

export function usePhotos(kept: Attachment[], files: File[], onKept: (sent: Attachment[]) => void): Photos {
  const [list, setList] = useState<Photo[]>(() => kept.map(photoSent));
  const [tooMany, setTooMany] = useState(false);
  const now = useRef(list);
  const work = useRef(new Map<number, { stop: AbortController; done: Promise<void> }>());
  const told = useRef(kept);

  const update = (change: (before: Photo[]) => Photo[]): void => {
    now.current = change(now.current);
    setList(now.current);
  };
  const set = (key: number, part: Partial<Photo>): void => {
    update((before) => before.map((photo) => (photo.key === key ? { ...photo, ...part } : photo)));
  };

  useEffect(() => {
    const sent = list.flatMap((photo) => photo.sent ?? []);
    if (sent.length !== told.current.length || sent.some((one, i) => one.id !== told.current[i]?.id)) {
      told.current = sent;
      onKept(sent);
    }
  }, [list]);
  useEffect(() => {
    if (files.length > 0) add(files);
  }, []);
  useEffect(() => () => {
    for (const one of work.current.values()) one.stop.abort();
    for (const photo of now.current) if (photo.preview.startsWith('blob:')) URL.revokeObjectURL(photo.preview);
  }, []);

  const send = async (photo: Photo, signal: AbortSignal): Promise<void> => {
    if (!photo.file) return;
    set(photo.key, { state: 'preparing', error: '', share: 0 });
    try {
      const bytes = await shrunk(photo.file);
      set(photo.key, { state: 'sending', bytes });
      const sent = await uploadFile(bytes, photo.name, (share) => set(photo.key, { share }), signal);
      set(photo.key, { state: 'sent', sent, file: null });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && passing(error)) {
        set(photo.key, { state: 'held' });
        return;
      }
      const why = error instanceof ApiError ? error.errors[0]?.detail ?? (error.status > 0 ? error.message : '') : '';
      set(photo.key, { state: 'failed', error: why });
    }
  };
  const begin = (photo: Photo): void => {
    const stop = new AbortController();
    const done = send(photo, stop.signal).finally(() => work.current.delete(photo.key));
    work.current.set(photo.key, { stop, done });
  };

  const add = (chosen: File[]): void => {
    const room = chosen.slice(0, Math.max(0, PHOTOS_MAX - now.current.length)).map(photoOf);
    setTooMany(room.length < chosen.length);
    update((before) => [...before, ...room]);
    room.forEach(begin);
  };

  return {
    list,
    tooMany,
    add,
    retry: (key) => {
      const photo = now.current.find((one) => one.key === key);
      if (photo) begin(photo);
    },
    remove: (key) => {
      work.current.get(key)?.stop.abort();
      const gone = now.current.find((one) => one.key === key);
      if (gone?.preview.startsWith('blob:')) URL.revokeObjectURL(gone.preview);
      setTooMany(false);
      update((before) => before.filter((one) => one.key !== key));
    },
    settled: async () => {
      await Promise.allSettled([...work.current.values()].map((one) => one.done));
      const lost = now.current.some((photo) => !photo.sent && !(photo.state === 'held' && photo.bytes));
      return lost ? null : now.current.map(queuedFile);
    },
  };
}
