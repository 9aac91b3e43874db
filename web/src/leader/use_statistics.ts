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
  const asked = useRef({ query: '', at: 0 });

  useEffect(() => {
    if (query === null) {
      setState(NOTHING);
      return undefined;
    }
    const same = asked.current.query === query;
    if (!same) setState({ data: null, loading: true, error: '' });
    const abort = new AbortController();
    const wait = same ? Math.max(0, asked.current.at + AGAIN_MS - Date.now()) : 0;
    const timer = window.setTimeout(() => {
      asked.current = { query, at: Date.now() };
      fetchStatistics(query, abort.signal).then(
        (data) => setState({ data, loading: false, error: '' }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const message = error instanceof ApiError ? error.errors[0]?.detail ?? error.message : String(error);
          setState((before) => ({ ...before, loading: false, error: message || '?' }));
        },
      );
    }, wait);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [query, pulse]);

  return state;
}
