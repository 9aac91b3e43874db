// What differs between the case as it was opened and as it is now, for whoever is about to act on it.

import { textIn } from '../lib/categories';
import { formatInstant } from '../lib/time';
import type { Lang } from '../types';
import type { Case } from './types';
import type { AgencyWords } from './words_vi';

export interface Difference { field: string; was: string; is: string }

export function differences(was: Case, is: Case, t: AgencyWords, statuses: Record<string, string>, lang: Lang,
  timezone: string): Difference[] {
  const read: Record<keyof AgencyWords['act']['fields'], (one: Case) => string> = {
    status: (one) => statuses[one.status] ?? one.status,
    agency: (one) => textIn(one.assignment?.agency.name, lang),
    desk: (one) => {
      const desk = one.assignment?.desk;
      return typeof desk === 'string' ? desk : textIn(desk?.name, lang);
    },
    assignee: (one) => one.assignee?.name ?? '',
    deadline: (one) => (one.assignment ? formatInstant(one.assignment.deadline, lang, timezone) : ''),
    category: (one) => textIn(one.category.name, lang),
  };
  return (Object.keys(read) as (keyof typeof read)[]).flatMap((field) => {
    const before = read[field](was);
    const now = read[field](is);
    return before === now ? [] : [{ field: t.act.fields[field], was: before || t.act.none, is: now || t.act.none }];
  });
}
