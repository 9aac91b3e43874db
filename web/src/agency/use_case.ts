// One case with its history, asked for again when something changed.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { fetchCase, fetchCaseHistory } from './api';
import type { Case, CaseEvent } from './types';

export interface OpenCase {
  one: Case | null;
  history: CaseEvent[];
  missing: boolean;
  problem: unknown;
  /** Takes what an action answered, and asks for the history anew. */
  put: (one: Case) => void;
  reload: () => void;
}

export function useCase(code: string, lang: string, pulse: number): OpenCase {
  const [one, setOne] = useState<Case | null>(null);
  const [history, setHistory] = useState<CaseEvent[]>([]);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [again, setAgain] = useState(0);
  const shown = useRef('');

  useEffect(() => {
    if (shown.current !== code) {
      setOne(null);
      setHistory([]);
    }
    shown.current = code;
    setMissing(false);
    setProblem(null);
    if (!code) return undefined;
    const stop = new AbortController();
    Promise.all([fetchCase(code, stop.signal), fetchCaseHistory(code, stop.signal)]).then(([loaded, events]) => {
      setOne(loaded);
      setHistory(events);
    }, (error: unknown) => {
      if (stop.signal.aborted) return;
      if (error instanceof ApiError && (error.status === 404 || error.status === 403)) setMissing(true);
      else setProblem(error);
    });
    return () => stop.abort();
  }, [code, lang, pulse, again]);

  const reload = useCallback(() => setAgain((n) => n + 1), []);
  const put = useCallback((changed: Case) => {
    setOne(changed);
    setAgain((n) => n + 1);
  }, []);
  return { one: one?.code === code ? one : null, history, missing, problem, put, reload };
}
