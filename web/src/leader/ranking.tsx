// Agencies or wards side by side: how many, how many on time, how many late, how many opened again, how satisfied, and how it
// went. A name filters the whole page by it; what the figures mean is one click away.

import { useId, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { textIn } from '../lib/categories';
import type { Filters } from '../lib/filters';
import { addDays, cityDay, formatNumber, localInstant } from '../lib/time';
import { Custody } from './custody';
import { ExportLinks } from './export_links';
import { formatMeasure } from './format';
import type { StatisticsUnit } from './measures';
import { Sparkline } from './sparkline';
import { useStatistics } from './use_statistics';
import { useLeaderWords } from './words';

const COLUMNS = ['count', 'on_time', 'late', 'reopened', 'satisfaction'] as const;
type Column = (typeof COLUMNS)[number];
const KINDS = ['agency', 'ward'] as const;
export type RankingKind = (typeof KINDS)[number];
const SHOWN = 20;
const WEEKS = 12;

export interface RankingProps {
  kind: RankingKind;
  filters: Filters;
  query: string;
  timezone: string;
  pulse: number;
  onKind: (kind: RankingKind) => void;
  onOnly: (kind: RankingKind, code: string) => void;
  onCases: () => void;
  /** May see how long agencies held complaints. */
  custody: boolean;
}

/** What is shown can be checked by hand; what is ranked by takes into account how few it rests on. */
function valueOf(unit: StatisticsUnit, column: Column): number | null {
  return unit.values[column]?.value ?? null;
}
function rankOf(unit: StatisticsUnit, column: Column): number | null {
  const value = unit.values[column];
  return value ? value.smoothed ?? value.value : null;
}

/** More of it is better. */
const GOOD: Column[] = ['on_time', 'satisfaction'];

export function Ranking(props: RankingProps) {
  const { kind, query, pulse } = props;
  const t = useLeaderWords().ranking;
  const name = useId();
  const question = `${query}${query ? '&' : ''}by=${kind}&measure=count,late,on_time,reopened,satisfaction`;
  const state = useStatistics(`${question}&format=geojson`, pulse);
  const units = (state.data?.features ?? []).map((f) => f.properties).filter((u) => u.count > 0);
  return (
    <div class="leader-ranking">
      <div class="segments" role="radiogroup" aria-label={t.by}>
        {KINDS.map((one) => (
          <label key={one} class="segment">
            <input type="radio" name={name} value={one} checked={kind === one} onChange={() => props.onKind(one)} />
            <span>{t.kinds[one]}</span>
          </label>
        ))}
      </div>
      <Chosen {...props} units={units} />
      {state.loading && <p class="hint" role="status">{t.loading}</p>}
      {state.error && <p class="error" role="alert">{t.failed} {state.error}</p>}
      {state.data && units.length === 0 && <p class="hint" role="status">{t.empty}</p>}
      {units.length > 0 && <Table {...props} units={units} />}
      {kind === 'agency' && props.custody && <Custody timezone={props.timezone} />}
      {units.length > 0 && <Definitions />}
      {units.length > 0 && <ExportLinks query={question} />}
    </div>
  );
}

/** What the page is filtered by, to be taken away again, and the way to the complaints themselves. */
function Chosen({ filters, units, onOnly, onCases }: RankingProps & { units: StatisticsUnit[] }) {
  const t = useLeaderWords().ranking;
  const lang = useLang();
  const chosen = KINDS.flatMap((kind) => filters[kind].map((code) => ({ kind, code })));
  if (chosen.length === 0) return null;
  return (
    <div class="chosen-units">
      <p class="hint">{t.chosen}</p>
      <ul class="chosen-list">
        {chosen.map(({ kind, code }) => {
          const unit = units.find((u) => u.code === code);
          const title = unit ? textIn(unit.name, lang) : code;
          return (
            <li key={`${kind} ${code}`}>
              <button type="button" class="button small" aria-label={t.remove(title)} onClick={() => onOnly(kind, code)}>
                {title}<span aria-hidden="true"> ×</span>
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" class="button small" onClick={onCases}>{t.cases}</button>
    </div>
  );
}

function Table({ kind, units, filters, timezone, onOnly }: RankingProps & { units: StatisticsUnit[] }) {
  const t = useLeaderWords().ranking;
  const lang = useLang();
  const [sort, setSort] = useState<{ column: Column | 'name'; up: boolean }>({ column: 'count', up: false });
  const [all, setAll] = useState(false);
  const { column } = sort;
  const rows = [...units].sort((a, b) => {
    if (column === 'name') {
      const order = textIn(a.name, lang).localeCompare(textIn(b.name, lang), lang);
      return sort.up ? -order : order;
    }
    const [x, y] = [rankOf(a, column), rankOf(b, column)];
    if (x === null || y === null) return Number(x === null) - Number(y === null); // unknown comes last
    const worstFirst = GOOD.includes(column) ? x - y : y - x;
    return (sort.up ? -worstFirst : worstFirst) || b.count - a.count || a.code.localeCompare(b.code);
  });
  const since = localInstant(addDays(cityDay(new Date(), timezone), -7 * WEEKS), timezone);
  const trend = (code: string) => {
    const out = new URLSearchParams({ by: 'week', [kind]: code, from: since });
    if (filters.category.length) out.set('category', filters.category.join(','));
    return out.toString();
  };
  const head = (id: Column | 'name', title: string) => (
    <th scope="col" class={id} aria-sort={column !== id ? 'none' : sort.up ? 'ascending' : 'descending'}>
      <button type="button" onClick={() => setSort({ column: id, up: column === id ? !sort.up : false })}>
        {title}<span aria-hidden="true">{column !== id ? '' : sort.up ? ' ▲' : ' ▼'}</span>
      </button>
    </th>
  );
  return (
    <>
      <div class="ranking-scroll" role="region" tabIndex={0} aria-label={t.caption(t.kinds[kind])}>
        <table class="ranking wide">
          <caption class="visually-hidden">{t.caption(t.kinds[kind])}</caption>
          <thead>
            <tr>{head('name', t.name)}{COLUMNS.map((id) => head(id, t.columns[id]))}<th scope="col" class="trend">{t.trend}</th></tr>
          </thead>
          <tbody>
            {rows.slice(0, all ? rows.length : SHOWN).map((unit) => {
              const title = textIn(unit.name, lang);
              const on = filters[kind].includes(unit.code);
              return (
                <tr key={unit.code} class={on ? 'chosen-row' : ''}>
                  <th scope="row">
                    <button type="button" aria-pressed={on} title={t.only(title)} onClick={() => onOnly(kind, unit.code)}>{title}</button>
                  </th>
                  {COLUMNS.map((id) => <td key={id} class={id}>{formatMeasure(valueOf(unit, id), id, lang)}</td>)}
                  <td class="trend"><Sparkline query={trend(unit.code)} label={(values) => t.trendOf(title, values)} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {rows.length > SHOWN && (
        <div class="buttons tight">
          <button type="button" class="button small" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t.fewer : t.all(formatNumber(rows.length, lang))}
          </button>
        </div>
      )}
    </>
  );
}

function Definitions() {
  const t = useLeaderWords().ranking;
  return (
    <details class="more definitions">
      <summary>{t.definitions}</summary>
      <ul>{Object.values(t.meanings).map((text) => <li key={text}>{text}</li>)}</ul>
    </details>
  );
}
