// One complaint in the inbox: what is due, what, where, how far, whose.

import type { TargetedMouseEvent } from 'preact';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryName, textIn } from '../lib/categories';
import { spacedCode } from '../report/done';
import type { Lang } from '../types';
import { Due } from './due';
import type { Case } from './types';
import { urgencyOf } from './urgency';
import { useWords } from './words';

interface RowProps {
  one: Case;
  categories: CategoryNode[];
  timezone: string;
  now: number;
  current: boolean;
  selected: boolean;
  selectable: boolean;
  href: string;
  onSelect: (on: boolean) => void;
  onOpen: () => void;
  onFocus: () => void;
}

export function caseRowId(code: string): string {
  return `case-${code}`;
}

/** The address and the ward, whichever are known; '' for neither. */
export function whereOf(one: Case, lang: Lang): string {
  const ward = one.place?.ward ? textIn(one.place.ward.name, lang) : '';
  return [one.address, ward && !(one.address ?? '').includes(ward) ? ward : ''].filter(Boolean).join(' · ');
}

export function Row(props: RowProps) {
  const { one, now } = props;
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const where = whereOf(one, lang);
  const open = (event: TargetedMouseEvent<HTMLAnchorElement>) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    props.onOpen();
  };
  return (
    <div class={`case-row ${urgencyOf(one, now)}${props.current ? ' current' : ''}${props.selected ? ' selected' : ''}`}>
      <span class="case-check">
        {props.selectable && (
          <label>
            <input type="checkbox" checked={props.selected} tabIndex={-1}
              onChange={(event) => props.onSelect(event.currentTarget.checked)} />
            <span class="visually-hidden">{t.list.select(one.code)}</span>
          </label>
        )}
      </span>
      <a id={caseRowId(one.code)} class="case-link" href={props.href} aria-current={props.current ? 'true' : undefined}
        onClick={open} onFocus={props.onFocus}>
        <Due one={one} now={now} timezone={props.timezone} />
        <span class="case-what">
          <span class="case-category">{categoryName(props.categories, one.category.code, lang)}</span>
          <span class="case-words">{one.description}</span>
          <span class="case-where">{where || t.list.noPlace}</span>
        </span>
        <span class="case-end">
          <span class={`badge status-${one.status}`}>{m.statuses[one.status] ?? one.status}</span>
          <span class="case-who">{one.assignee ? one.assignee.name : ''}</span>
          <span class="case-code">{spacedCode(one.code)}{(one.reporters ?? 1) > 1 && <> · {t.list.reporters(one.reporters ?? 1)}</>}</span>
        </span>
      </a>
    </div>
  );
}
