// What the map and the lists show, kept in the page's address so that every view is a link, and
// the same filters as the service's own parameters.

import { addDays, cityDay, isDay, localInstant } from './time';

export const RANGES = ['24h', '7d', '30d', '90d', '365d', 'all'] as const;
export type Range = (typeof RANGES)[number];

export interface Filters {
  category: string[];
  status: string[];
  channel: string[];
  /** Codes of agencies, and of wards. */
  agency: string[];
  ward: string[];
  /** A quick range; ignored where from or to is set. */
  range: Range;
  /** First day, or empty. */
  from: string;
  /** Last day, included, or empty. */
  to: string;
  /** Draw the boundaries of this day; empty: those of the period's last day. */
  at: string;
}

export const DEFAULT_RANGE: Range = '30d';

export const NO_FILTERS: Filters = {
  category: [], status: [], channel: [], agency: [], ward: [], range: DEFAULT_RANGE, from: '', to: '', at: '',
};

/** Statuses as a reader thinks of them. Between them they are all that there are. */
export const STATUS_GROUPS = {
  new: ['received', 'assigned'],
  working: ['accepted', 'in_progress', 'returned', 'waiting', 'extended', 'referred', 'reopened'],
  done: ['resolved', 'closed'],
  rejected: ['rejected'],
} as const;
export type StatusGroup = keyof typeof STATUS_GROUPS;

export const CHANNELS = ['phone', 'app', 'web', 'email', 'sms', 'social', 'api'] as const;

function list(params: URLSearchParams, name: string): string[] {
  return (params.get(name) ?? '').split(',').filter((item) => /^[\w-]{1,64}$/.test(item));
}

function day(params: URLSearchParams, name: string): string {
  const text = params.get(name) ?? '';
  return isDay(text) ? text : '';
}

/** Reads the filters from a page's address; what makes no sense there is left out. */
export function filtersFromUrl(params: URLSearchParams): Filters {
  const range = params.get('range') as Range | null;
  return {
    category: list(params, 'category'),
    status: list(params, 'status'),
    channel: list(params, 'channel'),
    agency: list(params, 'agency'),
    ward: list(params, 'ward'),
    range: range !== null && RANGES.includes(range) ? range : DEFAULT_RANGE,
    from: day(params, 'from'),
    to: day(params, 'to'),
    at: day(params, 'at'),
  };
}

/** Writes the filters into a page's address, leaving its other parameters as they are. */
export function filtersToUrl(filters: Filters, params: URLSearchParams): URLSearchParams {
  const out = new URLSearchParams(params);
  const put = (name: string, value: string) => {
    if (value) out.set(name, value);
    else out.delete(name);
  };
  put('category', filters.category.join(','));
  put('status', filters.status.join(','));
  put('channel', filters.channel.join(','));
  put('agency', filters.agency.join(','));
  put('ward', filters.ward.join(','));
  const dated = filters.from !== '' || filters.to !== '';
  put('range', dated || filters.range === DEFAULT_RANGE ? '' : filters.range);
  put('from', filters.from);
  put('to', filters.to);
  put('at', filters.at);
  return out;
}

/**
 * The first instant of a quick range. It moves in whole hours or days, so that pages opened a
 * minute apart ask for the same tiles.
 */
function rangeStart(range: Range, now: Date, timezone: string): string {
  if (range === 'all') return '';
  if (range === '24h') {
    const hour = new Date(Math.floor(now.getTime() / 3600000) * 3600000 - 24 * 3600000);
    return hour.toISOString().replace('.000Z', 'Z');
  }
  const days = Number.parseInt(range, 10);
  return localInstant(addDays(cityDay(now, timezone), 1 - days), timezone);
}

/** The filters as the service's query parameters: instants, the end excluded. */
export function filtersToQuery(filters: Filters, now: Date, timezone: string): URLSearchParams {
  const out = new URLSearchParams();
  if (filters.category.length) out.set('category', filters.category.join(','));
  if (filters.status.length) out.set('status', filters.status.join(','));
  if (filters.channel.length) out.set('channel', filters.channel.join(','));
  if (filters.agency.length) out.set('agency', filters.agency.join(','));
  if (filters.ward.length) out.set('ward', filters.ward.join(','));
  if (filters.from || filters.to) {
    if (filters.from) out.set('from', localInstant(filters.from, timezone));
    if (filters.to) out.set('to', localInstant(addDays(filters.to, 1), timezone));
  } else {
    const start = rangeStart(filters.range, now, timezone);
    if (start) out.set('from', start);
  }
  return out;
}

/** The day whose boundaries the map draws: asked for, else the period's last day, else today. */
export function boundaryDay(filters: Filters, now: Date, timezone: string): string {
  const today = cityDay(now, timezone);
  if (filters.at) return filters.at;
  return filters.to && filters.to < today ? filters.to : today;
}
