// Hears from the service that complaints came in or changed. A burst is told as one pulse.

import { useEffect, useState } from 'preact/hooks';

const PULSE_MS = 800;
const KINDS = ['complaint', 'tiles', 'many', 'incident']; // tiles: also a status, a place, a deadline that passed

export interface Live {
  connected: boolean;
  /** Grows by one for each burst of changes. */
  pulse: number;
}

export function useLive(): Live {
  const [connected, setConnected] = useState(true);
  const [pulse, setPulse] = useState(0);

  useEffect(() => {
    let timer = 0;
    let missed = false;
    const source = new EventSource('/api/v1/events');
    const changed = () => {
      if (document.hidden) {
        missed = true;
        return;
      }
      if (timer) return;
      timer = window.setTimeout(() => {
        timer = 0;
        setPulse((n) => n + 1);
      }, PULSE_MS);
    };
    const shown = () => {
      if (document.hidden || !missed) return;
      missed = false;
      changed();
    };
    let opened = false;
    source.onopen = () => {
      setConnected(true);
      if (opened) changed(); // what happened while the connection was away was not told
      opened = true;
    };
    source.onerror = () => setConnected(false);
    for (const kind of KINDS) source.addEventListener(kind, changed);
    document.addEventListener('visibilitychange', shown);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', shown);
      source.close();
    };
  }, []);

  return { connected, pulse };
}
