// How many are in each view, asked for again when something changed, but not at every change.

import { useEffect, useRef, useState } from 'preact/hooks';
import { type Counts, fetchCounts } from './api';

const REFRESH_MS = 5000;

export function useCounts(query: string, pulse: number): Counts | null {
  const [counts, setCounts] = useState<Counts | null>(null);
  const asked = useRef(0);
  useEffect(() => {
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      asked.current = Date.now();
      fetchCounts(query, stop.signal).then(setCounts, () => undefined);
    }, pulse === 0 ? 0 : Math.max(0, asked.current + REFRESH_MS - Date.now()));
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [query, pulse]);
  return counts;
}
