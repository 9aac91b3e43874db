// Complaints by week or day of one unit or of all: for sparklines and for the time line. What was
// asked once is kept while the page is open, so that sorting a table asks nothing again.

import { useEffect, useState } from 'preact/hooks';
import { request } from '../api';

export interface Step {
  code: string;
  count: number;
}

const kept = new Map<string, Promise<Step[]>>();

function ask(query: string): Promise<Step[]> {
  const known = kept.get(query);
  if (known) return known;
  const asked = request<{ units: Step[] }>(`/api/v1/statistics?measure=count&${query}`).then((answer) => answer.units);
  kept.set(query, asked);
  asked.catch(() => kept.delete(query));
  return asked;
}

/** null: not known yet, or not at all. */
export function useSeries(query: string | null): Step[] | null {
  const [steps, setSteps] = useState<Step[] | null>(null);
  useEffect(() => {
    let gone = false;
    setSteps(null);
    if (query) ask(query).then((found) => !gone && setSteps(found), () => undefined);
    return () => {
      gone = true;
    };
  }, [query]);
  return steps;
}
