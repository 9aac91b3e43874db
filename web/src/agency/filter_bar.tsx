// The inbox's views with their counters, and what narrows them.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { type CategoryNode, textIn } from '../lib/categories';
import { formatNumber } from '../lib/time';
import type { Unit } from '../types';
import type { Counts } from './api';
import { type InboxFilters, ORDERS, type Order, VIEWS, filtersInUse } from './filters';
import { useWords } from './words';

interface FilterBarProps {
  filters: InboxFilters;
  counts: Counts | null;
  categories: CategoryNode[];
  /** Of the reader's agency, or of the one that is filtered by. */
  desks: Unit[];
  /** For readers of several agencies; empty for those of one. */
  agencies: Unit[];
  onFilters: (filters: InboxFilters) => void;
}

const SIGNS: Record<string, string> = { late: '▲ ', risk: '◆ ' };

export function ViewTabs({ filters, counts, onFilters }: FilterBarProps) {
  const t = useWords();
  const lang = useLang();
  return (
    <nav class="views" aria-label={t.views.label}>
      {VIEWS.map((view) => {
        const count = counts?.[view];
        const params = new URLSearchParams(window.location.search);
        if (view === 'open') params.delete('view');
        else params.set('view', view);
        return (
          <a key={view} href={`?${params}`} class={`view ${view}`} aria-current={filters.view === view ? 'page' : undefined}
            onFocus={(event) => event.currentTarget.scrollIntoView({ block: 'nearest', inline: 'nearest' })}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey) return;
              event.preventDefault();
              onFilters({ ...filters, view });
            }}>
            <span>{SIGNS[view] && <span aria-hidden="true">{SIGNS[view]}</span>}{t.views[view]}</span>
            {count !== undefined && <strong class="view-count">{formatNumber(count, lang)}</strong>}
          </a>
        );
      })}
    </nav>
  );
}

const TYPING_PAUSE_MS = 350;

function Search({ filters, onFilters }: Pick<FilterBarProps, 'filters' | 'onFilters'>) {
  const t = useWords();
  const [typed, setTyped] = useState(filters.q);
  const latest = useRef(filters);
  latest.current = filters;
  useLayoutEffect(() => setTyped(filters.q), [filters.q]);
  useEffect(() => {
    if (typed === latest.current.q) return undefined;
    const timer = window.setTimeout(() => onFilters({ ...latest.current, q: typed }), TYPING_PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  return (
    <div class="filter-search">
      <label class="visually-hidden" for="inbox-q">{t.filters.q}</label>
      <input id="inbox-q" type="search" value={typed} placeholder={t.filters.q} maxLength={200}
        onInput={(event) => setTyped(event.currentTarget.value)} />
    </div>
  );
}

export function FilterBar(props: FilterBarProps) {
  const { filters, onFilters } = props;
  const t = useWords();
  const lang = useLang();
  const [open, setOpen] = useState(filtersInUse(filters) > 0);
  const change = (part: Partial<InboxFilters>) => onFilters({ ...filters, ...part });
  const select = (name: 'category' | 'desk' | 'agency', options: { code: string; text: string }[]) => (
    <div class="filter">
      <label for={`inbox-${name}`}>{t.filters[name]}</label>
      <select id={`inbox-${name}`} value={filters[name]} onChange={(event) => change({ [name]: event.currentTarget.value })}>
        <option value="">{t.filters.all}</option>
        {options.map((option) => <option key={option.code} value={option.code}>{option.text}</option>)}
      </select>
    </div>
  );
  return (
    <div class="filter-bar">
      <div class="filter-line">
        <Search filters={filters} onFilters={onFilters} />
        <button type="button" class="button small" aria-expanded={open} aria-controls="inbox-filters"
          onClick={() => setOpen(!open)}>{t.filters.inUse(filtersInUse(filters))}</button>
      </div>
      <div id="inbox-filters" class="filter-fields" role="group" aria-label={t.filters.label} hidden={!open}>
        {select('category', props.categories.map((node) => ({
          code: node.code, text: `${'\u00a0\u00a0'.repeat(node.depth)}${textIn(node.name, lang)}`,
        })))}
        {props.agencies.length > 0 && select('agency', props.agencies.map((one) => ({ code: one.code, text: textIn(one.name, lang) })))}
        {props.desks.length > 1 && select('desk', props.desks.map((one) => ({ code: one.code, text: textIn(one.name, lang) })))}
        <div class="filter">
          <label for="inbox-from">{t.filters.from}</label>
          <input id="inbox-from" type="date" value={filters.from} onChange={(event) => change({ from: event.currentTarget.value })} />
        </div>
        <div class="filter">
          <label for="inbox-to">{t.filters.to}</label>
          <input id="inbox-to" type="date" value={filters.to} onChange={(event) => change({ to: event.currentTarget.value })} />
        </div>
        <div class="filter">
          <label for="inbox-order">{t.filters.order}</label>
          <select id="inbox-order" value={filters.order}
            onChange={(event) => change({ order: event.currentTarget.value as Order })}>
            {ORDERS.map((order) => <option key={order} value={order}>{t.filters.orders[order]}</option>)}
          </select>
        </div>
        <button type="button" class="button small" disabled={filtersInUse(filters) === 0}
          onClick={() => onFilters({ view: filters.view, order: filters.order, category: '', ward: '', desk: '', agency: '', q: '', from: '', to: '' })}>
          {t.filters.reset}
        </button>
      </div>
    </div>
  );
}
