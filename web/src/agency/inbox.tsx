// The inbox: the list in order of due time, with what can be done to several at once.

import type { RefObject } from 'preact';
import { useLang } from '../i18n';
import type { CategoryNode } from '../lib/categories';
import { formatNumber } from '../lib/time';
import { useNow } from './due';
import { type InboxFilters, filtersInUse } from './filters';
import { Row } from './row';
import { type Inbox, troubleOf } from './use_inbox';
import { VirtualList } from './virtual_list';
import { useWords } from './words';

interface InboxListProps {
  inbox: Inbox;
  filters: InboxFilters;
  categories: CategoryNode[];
  timezone: string;
  rowHeight: number;
  current: string;
  selected: Set<string>;
  selectable: boolean;
  box: RefObject<HTMLDivElement | null>;
  hrefOf: (code: string) => string;
  onSelect: (code: string, on: boolean) => void;
  onOpen: (code: string) => void;
  onCurrent: (code: string) => void;
}

export function InboxList(props: InboxListProps) {
  const { inbox, filters } = props;
  const t = useWords();
  const lang = useLang();
  const now = useNow();
  const { rows } = inbox;
  const trouble = inbox.problem ? troubleOf(inbox.problem) : null;
  return (
    <>
      {trouble && (
        <p class="error-summary inbox-trouble" role="alert">
          {t.list.trouble[trouble]}{' '}
          <button type="button" class="button small" onClick={inbox.reload}>{t.list.reload}</button>
        </p>
      )}
      <p class="visually-hidden" role="status">
        {inbox.loading && rows.length === 0 ? '' : t.list.loaded(formatNumber(rows.length, lang), inbox.complete)}
      </p>
      {inbox.loading && rows.length === 0 && <div class="skeleton" aria-hidden="true">{[1, 2, 3, 4, 5, 6].map((n) => <div key={n} />)}</div>}
      {inbox.complete && rows.length === 0 && !trouble && (
        <p class="inbox-empty"><span aria-hidden="true">✓</span>
          {filtersInUse(filters) ? t.list.emptyFiltered : t.list.empty[filters.view]}</p>
      )}
      <VirtualList count={rows.length} rowHeight={props.rowHeight} label={t.list.label} box={props.box}
        keep={rows.findIndex((row) => row.code === props.current)} onSight={inbox.onSight}
        keyOf={(index) => rows[index]?.code ?? String(index)}>
        {(index) => {
          const one = rows[index];
          if (!one) return null;
          return (
            <Row one={one} categories={props.categories} timezone={props.timezone} now={now}
              current={one.code === props.current} selected={props.selected.has(one.code)} selectable={props.selectable}
              href={props.hrefOf(one.code)} onSelect={(on) => props.onSelect(one.code, on)}
              onOpen={() => props.onOpen(one.code)} onFocus={() => props.onCurrent(one.code)} />
          );
        }}
      </VirtualList>
    </>
  );
}
