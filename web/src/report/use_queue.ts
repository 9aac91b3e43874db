// The reports that this device keeps, as a page shows them; sent by themselves while one is open.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Queued, allQueued, dropQueued, flushQueue, onQueueChange } from './queue';

const RETRY_MS = 20000;

export interface Reports {
  entries: Queued[];
  sending: boolean;
  sendNow: () => void;
  drop: (id: string) => void;
}

/** `busy` tells that a form is sending: what it sends is its own business. */
export function useReports(busy: boolean): Reports {
  const [entries, setEntries] = useState<Queued[]>([]);
  const [sending, setSending] = useState(false);
  const now = useRef<Queued[]>([]);
  const busyNow = useRef(busy);
  busyNow.current = busy;

  const reload = useCallback(() => void allQueued().then((found) => {
    now.current = found;
    setEntries(found);
  }, () => undefined), []);
  const sendNow = useCallback(() => {
    if (busyNow.current) return;
    setSending(true);
    void flushQueue().catch(() => 0).then(() => {
      setSending(false);
      reload();
    });
  }, [reload]);

  useEffect(() => {
    const waits = () => now.current.some((entry) => entry.state === 'waiting');
    const again = () => waits() && sendNow();
    void allQueued().then((found) => {
      now.current = found;
      setEntries(found);
      again();
    }, () => undefined); // a browser that keeps nothing
    const stop = onQueueChange(reload);
    window.addEventListener('online', again);
    const timer = window.setInterval(() => navigator.onLine && again(), RETRY_MS);
    return () => {
      stop();
      window.removeEventListener('online', again);
      window.clearInterval(timer);
    };
  }, [reload, sendNow]);

  return { entries, sending, sendNow, drop: (id) => void dropQueued(id).then(reload, () => undefined) };
}
