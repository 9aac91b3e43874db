// What the map counts: period, category, status, channel.

import { useId, useMemo, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryName, categorySearch, textIn } from '../lib/categories';
import {
  CHANNELS, type Filters, NO_FILTERS, RANGES, STATUS_GROUPS, type StatusGroup,
} from '../lib/filters';

interface FilterPanelProps {
  filters: Filters;
  categories: CategoryNode[];
  today: string;
  onFilters: (filters: Filters) => void;
}

function toggled(list: string[], items: readonly string[], on: boolean): string[] {
  const rest = list.filter((item) => !items.includes(item));
  return on ? [...rest, ...items] : rest;
}

export function filterCount(filters: Filters): number {
  return [filters.category.length, filters.status.length, filters.channel.length,
    filters.agency.length, filters.ward.length, Number(filters.from !== '' || filters.to !== '')].filter((n) => n > 0).length;
}

export function FilterPanel({ filters, categories, today, onFilters }: FilterPanelProps) {
  const t = useMessages();
  const name = useId();
  const dated = filters.from !== '' || filters.to !== '';
  const set = (part: Partial<Filters>) => onFilters({ ...filters, ...part });
  const active = filterCount(filters);

  return (
    <div class="filters">
      <fieldset>
        <legend>{t.filters.period}</legend>
        <div class="segments" role="radiogroup" aria-label={t.filters.range}>
          {RANGES.map((range) => (
            <label key={range} class="segment">
              <input type="radio" name={name} value={range} checked={!dated && filters.range === range}
                onChange={() => set({ range, from: '', to: '' })} />
              <span>{t.filters.ranges[range]}</span>
            </label>
          ))}
        </div>
        <div class="pair">
          <div class="field">
            <label for="filter-from">{t.filters.from}</label>
            <input id="filter-from" type="date" max={filters.to || today} value={filters.from}
              onChange={(event) => set({ from: event.currentTarget.value })} />
          </div>
          <div class="field">
            <label for="filter-to">{t.filters.to}</label>
            <input id="filter-to" type="date" min={filters.from || undefined} max={today}
              value={filters.to} onChange={(event) => set({ to: event.currentTarget.value })} />
          </div>
        </div>
      </fieldset>

      <CategoryFilter chosen={filters.category} categories={categories}
        onChosen={(category) => set({ category })} />

      <fieldset>
        <legend>{t.filters.status}</legend>
        <div class="checks">
          {(Object.keys(STATUS_GROUPS) as StatusGroup[]).map((group) => (
            <label key={group} class="check">
              <input type="checkbox" value={group}
                checked={STATUS_GROUPS[group].every((s) => filters.status.includes(s))}
                onChange={(event) => set({
                  status: toggled(filters.status, STATUS_GROUPS[group], event.currentTarget.checked),
                })} />
              {t.statusGroups[group]}
            </label>
          ))}
        </div>
      </fieldset>

      <fieldset>
        <legend>{t.filters.channel}</legend>
        <div class="checks">
          {CHANNELS.map((channel) => (
            <label key={channel} class="check">
              <input type="checkbox" value={channel} checked={filters.channel.includes(channel)}
                onChange={(event) => set({
                  channel: toggled(filters.channel, [channel], event.currentTarget.checked),
                })} />
              {t.channels[channel]}
            </label>
          ))}
        </div>
      </fieldset>

      <div class="buttons tight">
        <button type="button" class="button small" disabled={active === 0}
          onClick={() => onFilters({ ...NO_FILTERS, range: filters.range, at: filters.at })}>
          {t.filters.reset}
        </button>
        <p class="hint" role="status">{active > 0 ? t.filters.active(active) : ''}</p>
      </div>
    </div>
  );
}

interface CategoryFilterProps {
  chosen: string[];
  categories: CategoryNode[];
  onChosen: (codes: string[]) => void;
}

/** The tree with boxes. A ticked parent means its whole subtree, so its children are ticked too. */
function CategoryFilter({ chosen, categories, onChosen }: CategoryFilterProps) {
  const t = useMessages();
  const lang = useLang();
  const [needle, setNeedle] = useState('');
  const [opened, setOpened] = useState<Set<string>>(() => new Set());
  const byCode = useMemo(() => new Map(categories.map((node) => [node.code, node])), [categories]);
  const found = useMemo(() => categorySearch(categories, needle, lang), [categories, needle, lang]);

  const ancestors = (node: CategoryNode): string[] =>
    node.parent === null ? [] : [node.parent, ...ancestors(byCode.get(node.parent) ?? { ...node, parent: null })];
  const descendants = (code: string): string[] =>
    (byCode.get(code)?.children ?? []).flatMap((child) => [child, ...descendants(child)]);
  const inherited = (node: CategoryNode) => ancestors(node).some((code) => chosen.includes(code));
  const partly = (node: CategoryNode) => descendants(node.code).some((code) => chosen.includes(code));

  const visible = needle.trim() !== '' ? found : categories.filter((node) =>
    ancestors(node).every((code) => opened.has(code)));

  const toggle = (node: CategoryNode, on: boolean) => {
    const below = descendants(node.code);
    const rest = chosen.filter((code) => code !== node.code && !below.includes(code));
    onChosen(on ? [...rest, node.code] : rest);
  };

  return (
    <fieldset>
      <legend>{t.filters.category}</legend>
      <input type="search" class="search" aria-label={t.filters.categorySearch}
        placeholder={t.report.categoryPlaceholder} value={needle}
        onInput={(event) => setNeedle(event.currentTarget.value)} />
      {chosen.length > 0 && (
        <ul class="chosen-list" aria-label={t.filters.chosen}>
          {chosen.map((code) => {
            const label = categoryName(categories, code, lang);
            return (
              <li key={code}>
                <button type="button" class="button small" aria-label={t.filters.remove(label)}
                  onClick={() => onChosen(chosen.filter((other) => other !== code))}>
                  {label}<span aria-hidden="true"> ×</span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
      {visible.length === 0 && <p class="hint" role="status">{t.filters.noCategory}</p>}
      <ul class="tree">
        {visible.map((node) => {
          const label = textIn(node.name, lang);
          const open = opened.has(node.code);
          return (
            <li key={node.code} class={`depth-${needle.trim() ? 0 : Math.min(node.depth, 3)}`}>
              <label class="check">
                <input type="checkbox" value={node.code}
                  checked={chosen.includes(node.code) || inherited(node)} disabled={inherited(node)}
                  ref={(box: HTMLInputElement | null) => {
                    if (box) box.indeterminate = !chosen.includes(node.code) && partly(node);
                  }}
                  onChange={(event) => toggle(node, event.currentTarget.checked)} />
                {label}
              </label>
              {node.children.length > 0 && needle.trim() === '' && (
                <button type="button" class="twist" aria-expanded={open}
                  aria-label={t.filters.expand(label)}
                  onClick={() => setOpened((before) => {
                    const after = new Set(before);
                    if (!after.delete(node.code)) after.add(node.code);
                    return after;
                  })} />
              )}
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}
