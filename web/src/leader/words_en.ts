// The words of the leader's ranking, time line, wall display and exports, in English.

import type { LeaderWords } from './words_vi';

export const en: LeaderWords = {
  custody: {
    title: 'How long agencies hold complaints', hint: 'Hours that an agency held a complaint, in its working time and without pauses. Read from the history, which cannot be changed.',
    received: 'Received in', days: (n: number) => `the last ${n} days`, loading: 'Counting…', none: 'No complaints.', agency: 'Agency', complaints: 'Complaints',
    now: 'Held now', median: 'Median (working hours)', mean: 'Mean', longest: 'Longest', clock: 'Median by the clock (hours)',
  },
  ranking: {
    by: 'Rank by',
    kinds: { agency: 'Agencies', ward: 'Wards' },
    caption: (kind: string) => `Ranking: ${kind}`,
    name: 'Name',
    columns: { count: 'Received', on_time: 'On time', late: 'Late', reopened: 'Reopened', satisfaction: 'Satisfied' },
    trend: '12 weeks',
    trendOf: (name: string, values: string) => `${name}, complaints in 12 weeks: ${values}`,
    definitions: 'How are these figures made?',
    meanings: {
      count: 'Received: complaints received in the period shown.',
      on_time: 'On time: done before the deadline, of those done or past it. Those not yet due count for nothing.',
      late: 'Late: of these, not done and past their deadline now.',
      reopened: 'Reopened: opened again by the reporter or by staff after they were done, of all that were done once.',
      satisfaction: 'Satisfied: the mean rating, 1 not satisfied, 2 acceptable, 3 satisfied.',
      smoothed: 'The order takes into account how many there are: whoever has few complaints is drawn towards the mean of all, so that one of them makes no rank. The figures in the table are as counted.',
    },
    only: (name: string) => `Show ${name} only`,
    chosen: 'Filtered by',
    remove: (name: string) => `Remove the filter ${name}`,
    cases: 'See the complaints',
    all: (n: string) => `All ${n}`,
    fewer: 'Fewer',
    empty: 'No complaints in this period.',
    loading: 'Counting…',
    failed: 'Could not be counted.',
  },
  exports: {
    title: 'Save to a file',
    picture: 'Picture of the map',
    pictureFailed: 'The picture could not be taken.',
  },
  time: {
    open: 'Time line',
    close: 'Close the time line',
    label: 'Last day of the period shown',
    window: 'Length of the period',
    windows: { 1: '1 day', 7: '7 days', 30: '30 days' },
    play: 'Play',
    pause: 'Pause',
    shown: (from: string, to: string) => (from === to ? from : `${from} – ${to}`),
    bars: (most: string) => `Complaints a day over a year, at most ${most}`,
  },
  wall: {
    open: 'Wall display',
    close: 'Leave the wall display',
    today: 'Received today',
    openNow: 'Open',
    late: 'Late',
    onTime: 'On time, 30 days',
    latest: 'Latest',
  },
};
