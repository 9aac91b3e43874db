// Asks for statistics when the question changes, and again (not too often) when complaints came in.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, fetchStatistics } from '../api';
import type { Statistics } from './measures';

export interface StatisticsState {
  /** The last answer to this question; null until there is one. */
  data: Statistics | null;
  loading: boolean;
  error: string;
}

const AGAIN_MS = 5000;
const NOTHING: StatisticsState = { data: null, loading: false, error: '' };

export function useStatistics(query: string | null, pulse: number): StatisticsState {
  const [state, setState] = useState<StatisticsState>(NOTHING);
  const again = useRef<() => void>(() => undefined);

  useEffect(() => {
    setState(query === null ? NOTHING : { data: null, loading: true, error: '' });
    if (query === null) return undefined;
    const abort = new AbortController();
    let askedAt = 0;
    let busy = false;
    let news = false;
    let timer = 0;
    // What is under way is let come: news that come faster than answers would leave one without any.
    const later = () => {
      news = busy;
      if (!busy) timer ||= window.setTimeout(ask, Math.max(0, askedAt + AGAIN_MS - Date.now()));
    };
    const ask = () => {
      timer = 0;
      askedAt = Date.now();
      busy = true;
      fetchStatistics(query, abort.signal).then(
        (data) => setState({ data, loading: false, error: '' }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const message = error instanceof ApiError ? error.errors[0]?.detail ?? error.message : String(error);
          setState((before) => ({ ...before, loading: false, error: message || '?' }));
        },
      ).finally(() => {
        busy = false;
        if (news && !abort.signal.aborted) later();
      });
    };
    again.current = later;
    timer = window.setTimeout(ask);
    return () => {
      window.clearTimeout(timer);
      again.current = () => undefined;
      abort.abort();
    };
  }, [query]);
  useEffect(() => again.current(), [pulse]);

  return state;
}
