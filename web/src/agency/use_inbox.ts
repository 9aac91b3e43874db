// The inbox's rows: loaded page by page as they come into sight, and anew, page by page, when
// something changed. However long the list, no more is asked for than is looked at.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { fetchPage } from './api';
import type { Case } from './types';

export const PAGE_ROWS = 100;
/** Changes of the whole city are told; the list asks no more often than this. */
const REFRESH_MS = 4000;

interface LoadedPage {
  cursor: string | null;
  rows: Case[];
  next: string | null;
  stale: boolean;
}

export interface Inbox {
  rows: Case[];
  /** There is nothing after the rows that are loaded. */
  complete: boolean;
  loading: boolean;
  problem: unknown;
  /** Says which rows are in sight; what is missing there is loaded. */
  onSight: (first: number, last: number) => void;
  reload: () => void;
  /** Puts what a row has become into the list at once. */
  replace: (one: Case) => void;
}

function unique(pages: LoadedPage[]): Case[] {
  const seen = new Set<string>();
  const out: Case[] = [];
  for (const page of pages) {
    for (const row of page.rows) {
      if (seen.has(row.code)) continue;
      seen.add(row.code);
      out.push(row);
    }
  }
  return out;
}

/** The first page in sight that has to be asked for; null: none. */
function wanted(pages: LoadedPage[], first: number, last: number): number | null {
  let at = 0;
  for (let n = 0; n < pages.length; n++) {
    const page = pages[n];
    if (!page) break;
    const end = at + page.rows.length;
    if (page.stale && end >= first && at <= last) return n;
    at = end;
  }
  const tail = pages[pages.length - 1];
  if (!tail) return 0;
  return tail.next !== null && last >= at - PAGE_ROWS / 4 ? pages.length : null;
}

export function useInbox(query: string, on: boolean, pulse: number): Inbox {
  const [rows, setRows] = useState<Case[]>([]);
  const [complete, setComplete] = useState(false);
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const pages = useRef<LoadedPage[]>([]);
  const sight = useRef({ first: 0, last: 30 });
  const flight = useRef<AbortController | null>(null);
  const refreshed = useRef(0);

  const show = () => {
    setRows(unique(pages.current));
    const tail = pages.current[pages.current.length - 1];
    setComplete(tail !== undefined && tail.next === null);
  };

  const put = (n: number, page: LoadedPage) => {
    const after = pages.current[n + 1];
    pages.current[n] = page;
    // What follows no longer begins where this ends: it is loaded again when it is looked at.
    if (after && after.cursor !== page.next) {
      if (page.next === null) pages.current.length = n + 1;
      else pages.current[n + 1] = { ...after, cursor: page.next, stale: true };
    }
  };

  const fill = useCallback(async () => {
    if (flight.current || !on) return;
    const stop = new AbortController();
    flight.current = stop;
    setLoading(true);
    try {
      for (;;) {
        const n = wanted(pages.current, sight.current.first, sight.current.last);
        if (n === null) break;
        const cursor = n === 0 ? null : pages.current[n]?.cursor ?? pages.current[n - 1]?.next ?? null;
        const answer = await fetchPage(query, cursor, PAGE_ROWS, stop.signal);
        if (stop.signal.aborted) return;
        put(n, { cursor, rows: answer.complaints, next: answer.next, stale: false });
        setProblem(null);
        show();
      }
    } catch (error) {
      if (!stop.signal.aborted) setProblem(error);
    } finally {
      if (flight.current === stop) {
        flight.current = null;
        setLoading(false);
      }
    }
  }, [query, on]);

  useEffect(() => {
    pages.current = [];
    sight.current = { first: 0, last: 30 };
    setRows([]);
    setComplete(false);
    setProblem(null);
    void fill();
    return () => {
      flight.current?.abort();
      flight.current = null;
    };
  }, [fill]);

  const reload = useCallback(() => {
    for (const page of pages.current) page.stale = true;
    void fill();
  }, [fill]);

  useEffect(() => {
    if (pulse === 0) return undefined;
    const wait = Math.max(0, refreshed.current + REFRESH_MS - Date.now());
    const timer = window.setTimeout(() => {
      refreshed.current = Date.now();
      reload();
    }, wait);
    return () => window.clearTimeout(timer);
  }, [pulse, reload]);

  const onSight = useCallback((first: number, last: number) => {
    sight.current = { first, last };
    void fill();
  }, [fill]);

  const replace = useCallback((one: Case) => {
    for (const page of pages.current) {
      const at = page.rows.findIndex((row) => row.code === one.code);
      if (at >= 0) page.rows[at] = one;
    }
    show();
  }, []);

  return { rows, complete, loading, problem, onSight, reload, replace };
}

/** Why the list is not there, for a reader: which sentence, not which status. */
export function troubleOf(problem: unknown): 'offline' | 'busy' | 'denied' | 'failed' {
  if (!(problem instanceof ApiError) || problem.status === 0) return 'offline';
  if (problem.status === 503 || problem.status === 429) return 'busy';
  return problem.status === 401 || problem.status === 403 ? 'denied' : 'failed';
}
