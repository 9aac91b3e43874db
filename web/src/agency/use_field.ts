// The field's list, kept for when there is no network; where the reader is; and what waits to be sent.

import { useCallback, useEffect, useState } from 'preact/hooks';
import { keep, kept } from '../lib/device_store';
import type { Point } from '../types';
import { fetchPage } from './api';
import { type Entry, queued, sync } from './field_queue';
import type { Case } from './types';

const MOST = 300;

export interface FieldList { rows: Case[]; at: string; fresh: boolean }

export function useFieldList(login: string, pulse: number): FieldList | null {
  const [list, setList] = useState<FieldList | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const id = `field.${login}`;
    fetchPage('status=open&order=due', null, MOST, stop.signal).then((page) => {
      const at = new Date().toISOString();
      setList({ rows: page.complaints, at, fresh: true });
      void keep('kept', { id, ...{ rows: page.complaints, at } }).catch(() => undefined);
    }, async () => {
      if (stop.signal.aborted) return;
      const old = await kept<{ rows: Case[]; at: string }>('kept', id).catch(() => undefined);
      setList((before) => (before ? { ...before, fresh: false } : old ? { rows: old.rows, at: old.at, fresh: false } : { rows: [], at: '', fresh: false }));
    });
    return () => stop.abort();
  }, [login, pulse]);
  return list;
}

export interface Queue { entries: Entry[]; reload: () => void; syncNow: () => void }

const RETRY_MS = 20000;

/** Sends by itself when the network is back, and now and then while something waits. */
export function useQueue(login: string, onSent: () => void): Queue {
  const [entries, setEntries] = useState<Entry[]>([]);
  const reload = useCallback(() => void queued(login).then(setEntries, () => undefined), [login]);
  const syncNow = useCallback(() => {
    void sync(login, () => {
      reload();
      onSent();
    }).then(reload);
  }, [login, reload]);
  useEffect(() => {
    reload();
    syncNow();
    window.addEventListener('online', syncNow);
    const timer = window.setInterval(() => navigator.onLine && syncNow(), RETRY_MS);
    return () => {
      window.removeEventListener('online', syncNow);
      window.clearInterval(timer);
    };
  }, [reload, syncNow]);
  return { entries, reload, syncNow };
}

/** Null: not asked yet, or the device does not tell. */
export function useHere(): { here: Point | null; failed: boolean; ask: () => void } {
  const [here, setHere] = useState<Point | null>(null);
  const [failed, setFailed] = useState(false);
  const ask = () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    setFailed(false);
    setHere({ lon: coords.longitude, lat: coords.latitude });
  }, () => setFailed(true), { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 });
  return { here, failed, ask };
}

/** Metres between two points, near enough to sort by. */
export function metresBetween(a: Point, b: Point): number {
  const rad = Math.PI / 180;
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
  const y = (b.lat - a.lat) * rad;
  return Math.hypot(x, y) * 6371000;
}
