// What the inbox shows, kept in the page's address so that every view is a link.

import { addDays, localInstant } from '../lib/time';
import { isDay } from '../lib/time';

export const VIEWS = ['open', 'late', 'risk', 'new', 'mine', 'tasks', 'waiting', 'done'] as const;
export type View = (typeof VIEWS)[number];
export const ORDERS = ['due', 'received', 'updated'] as const;
export type Order = (typeof ORDERS)[number];

export interface InboxFilters {
  view: View;
  order: Order;
  category: string;
  ward: string;
  desk: string;
  agency: string;
  q: string;
  from: string;
  to: string;
}

const PLAIN = /^[\w.-]{1,64}$/;

function plain(params: URLSearchParams, name: string): string {
  const text = params.get(name) ?? '';
  return PLAIN.test(text) ? text : '';
}

function day(params: URLSearchParams, name: string): string {
  const text = params.get(name) ?? '';
  return isDay(text) ? text : '';
}

export function filtersFromUrl(params: URLSearchParams): InboxFilters {
  const view = params.get('view') as View | null;
  const order = params.get('order') as Order | null;
  return {
    view: view && VIEWS.includes(view) ? view : 'open',
    order: order && ORDERS.includes(order) ? order : 'due',
    category: plain(params, 'category'),
    ward: plain(params, 'ward'),
    desk: plain(params, 'desk'),
    agency: plain(params, 'agency'),
    q: (params.get('q') ?? '').slice(0, 200),
    from: day(params, 'from'),
    to: day(params, 'to'),
  };
}

/** Writes the filters into an address, leaving what else is there. */
export function filtersToUrl(filters: InboxFilters, params: URLSearchParams): URLSearchParams {
  const out = new URLSearchParams(params);
  const put = (name: string, value: string) => {
    if (value) out.set(name, value);
    else out.delete(name);
  };
  put('view', filters.view === 'open' ? '' : filters.view);
  put('order', filters.order === 'due' ? '' : filters.order);
  for (const name of ['category', 'ward', 'desk', 'agency', 'q', 'from', 'to'] as const) put(name, filters[name]);
  return out;
}

const STATUSES: Record<View, string> = {
  open: 'open', late: 'open', risk: 'open', mine: 'open', new: 'received,assigned,reopened',
  tasks: 'open', waiting: 'waiting', done: 'done',
};

/** What narrows the list whatever the view: the counters are of these. */
function common(filters: InboxFilters, timezone: string): URLSearchParams {
  const out = new URLSearchParams();
  for (const name of ['category', 'ward', 'desk', 'agency', 'q'] as const) {
    if (filters[name]) out.set(name, filters[name].trim());
  }
  if (filters.from) out.set('from', localInstant(filters.from, timezone));
  if (filters.to) out.set('to', localInstant(addDays(filters.to, 1), timezone));
  return out;
}

/** The service's query for the list. */
export function listQuery(filters: InboxFilters, timezone: string): URLSearchParams {
  const out = common(filters, timezone);
  out.set('status', STATUSES[filters.view]);
  out.set('order', filters.view === 'done' && filters.order === 'due' ? 'updated' : filters.order);
  if (filters.view === 'late') out.set('late', 'true');
  if (filters.view === 'risk') out.set('at_risk', 'true');
  if (filters.view === 'mine') out.set('mine', 'true');
  if (filters.view === 'tasks') out.set('tasks', 'true');
  return out;
}

export function countQuery(filters: InboxFilters, timezone: string): URLSearchParams {
  return common(filters, timezone);
}

/** For the tiles of the map beside the list: the same cases; of open ones they tell what is late and at risk. */
export function mapQuery(filters: InboxFilters, agency: string | null, timezone: string): URLSearchParams {
  const out = common(filters, timezone);
  if (!tellsTime(filters)) out.delete('q'); // words among all that ever ended are looked for in the list only
  if (filters.view === 'tasks') out.set('tasks', 'true'); // whoever has them
  else if (!out.has('agency') && agency) out.set('agency', agency);
  if (filters.view === 'mine') out.set('mine', 'true');
  out.set('status', STATUSES[filters.view]);
  if (tellsTime(filters)) out.set(filters.view === 'late' ? 'late' : filters.view === 'risk' ? 'at_risk' : 'due', 'true');
  return out;
}

/** What ended is neither late nor at risk. */
export function tellsTime(filters: InboxFilters): boolean {
  return filters.view !== 'done';
}

export function filtersInUse(filters: InboxFilters): number {
  return [filters.category, filters.ward, filters.desk, filters.agency, filters.q, filters.from, filters.to]
    .filter(Boolean).length;
}
