// What is measured, by which unit, beside which period; and the units in a table that says the same
// as the colours, for those who read numbers or cannot see the map.

import { useId, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { textIn } from '../lib/categories';
import { formatNumber } from '../lib/time';
import type { Lang } from '../types';
import { ExportLinks } from './export_links';
import { formatChange, formatMeasure } from './format';
import {
  COMPARISONS, type Comparison, HEXAGON_SIZES, isChance, MEASURES, type Measure, measureFits, moreIsWorse,
  shownValue, type StatisticsUnit, type UnitKind, UNITS, type View,
} from './measures';
import type { StatisticsState } from './use_statistics';

interface MeasurePanelProps {
  view: View;
  state: StatisticsState;
  /** Both periods are known. */
  compared: boolean;
  /** The question that was asked, without a format; null where there is none. */
  question: string | null;
  onView: (part: Partial<View>) => void;
  onShow: (code: string) => void;
}

export function MeasurePanel(props: MeasurePanelProps) {
  const { view, state, compared } = props;
  const t = useMessages().measures;
  const unit = state.data?.features.find((f) => f.properties.code === view.chosen)?.properties;
  return (
    <div class="measures">
      <Controls {...props} />
      {view.unit === 'cells' && <p class="hint">{t.cellsHint}</p>}
      {view.compare && view.unit !== 'cells' && !compared && <p class="hint">{t.noPeriod}</p>}
      {state.loading && <p class="hint" role="status">{t.loading}</p>}
      {state.error && <p class="error" role="alert">{t.failed} {state.error}</p>}
      {state.data && state.data.features.length === 0 && <p class="hint" role="status">{t.empty}</p>}
      {unit && <Detail unit={unit} {...props} />}
      {state.data && state.data.features.length > 0 && <Ranking {...props} />}
    </div>
  );
}

function Controls({ view, compared, onView }: MeasurePanelProps) {
  const t = useMessages().measures;
  const lang = useLang();
  const name = useId();
  return (
    <fieldset>
      <legend>{t.title}</legend>
      <div class="segments" role="radiogroup" aria-label={t.unit}>
        {UNITS.map((unit: UnitKind) => (
          <label key={unit} class="segment">
            <input type="radio" name={name} value={unit} checked={view.unit === unit}
              onChange={() => onView({
                unit, chosen: '', ...(measureFits(view.measure, unit) ? {} : { measure: 'count' as const }),
              })} />
            <span>{t.units[unit]}</span>
          </label>
        ))}
      </div>
      {view.unit !== 'cells' && (
        <div class="pair">
          <div class="field">
            <label for="measure">{t.measure}</label>
            <select id="measure" value={view.measure}
              onChange={(event) => onView({ measure: event.currentTarget.value as Measure })}>
              {MEASURES.filter((m) => measureFits(m, view.unit)).map((m) => (
                <option key={m} value={m}>{t.names[m]}</option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for="compare">{t.compare}</label>
            <select id="compare" value={view.compare}
              onChange={(event) => onView({ compare: event.currentTarget.value as Comparison })}>
              {COMPARISONS.map((c) => <option key={c} value={c}>{t.comparisons[c || 'none']}</option>)}
            </select>
          </div>
          {view.unit === 'hexagon' && (
            <div class="field">
              <label for="hexagon">{t.hexagon}</label>
              <select id="hexagon" value={view.hexagon}
                onChange={(event) => onView({ hexagon: event.currentTarget.value, chosen: '' })}>
                {HEXAGON_SIZES.map((m) => (
                  <option key={m} value={m}>{formatNumber(Number(m), lang)} m</option>
                ))}
              </select>
            </div>
          )}
        </div>
      )}
      {view.unit !== 'cells' && !compared && !['count', 'open', 'late'].includes(view.measure) && (
        <label class="check">
          <input type="checkbox" checked={view.raw}
            onChange={(event) => onView({ raw: event.currentTarget.checked })} />
          {t.raw}
        </label>
      )}
    </fieldset>
  );
}

function Detail({ unit, view, compared, onView, onShow }: MeasurePanelProps & { unit: StatisticsUnit }) {
  const t = useMessages().measures;
  const lang = useLang();
  const title = unitTitle(unit, view, t.hexagonOf, lang);
  return (
    <section class="unit-detail" aria-label={title}>
      <div class="unit-head">
        <h2>{title}</h2>
        <button type="button" class="button small" onClick={() => onView({ chosen: '' })}>{t.close}</button>
      </div>
      <dl>
        {MEASURES.filter((m) => unit.values[m]).map((m) => {
          const v = unit.values[m];
          return (
            <div key={m}>
              <dt>{t.names[m]}</dt>
              <dd>
                {formatMeasure(v?.value, m, lang)}
                {compared && <span class="unit-change"> ({formatChange(v?.change, m, lang)})</span>}
              </dd>
            </div>
          );
        })}
        {typeof unit.residents === 'number' && (
          <div>
            <dt>{t.residents}</dt>
            <dd>{formatNumber(unit.residents, lang)}{unit.residents_approximate ? ` (${t.approximate})` : ''}</dd>
          </div>
        )}
        {typeof unit.area_km2 === 'number' && (
          <div><dt>{t.area}</dt><dd>{formatNumber(Number(unit.area_km2.toFixed(2)), lang)} km²</dd></div>
        )}
        {typeof unit.road_km === 'number' && (
          <div><dt>{t.roads}</dt><dd>{formatNumber(Number(unit.road_km.toFixed(1)), lang)} km</dd></div>
        )}
      </dl>
      <button type="button" class="button small" onClick={() => onShow(unit.code)}>{t.show}</button>
    </section>
  );
}

export function unitTitle(unit: StatisticsUnit, view: View, hexagonOf: (code: string) => string, lang: Lang):
string {
  return view.unit === 'hexagon' ? hexagonOf(unit.code) : textIn(unit.name, lang);
}

type Column = 'name' | 'value' | 'count';
const SHOWN = 25;

function Ranking({ view, state, compared, question, onView, onShow }: MeasurePanelProps) {
  const t = useMessages().measures;
  const lang = useLang();
  const [sort, setSort] = useState<{ column: Column; up: boolean }>({ column: 'value', up: false });
  const [all, setAll] = useState(false);
  const rows = (state.data?.features ?? []).map(({ properties: unit }) => ({
    unit, title: unitTitle(unit, view, t.hexagonOf, lang), value: shownValue(unit, view, compared),
  }));
  const worst = moreIsWorse(view.measure) ? 1 : -1; // the first row is the one to look at
  rows.sort((a, b) => {
    const least = -Infinity;
    const order = sort.column === 'name' ? b.title.localeCompare(a.title, lang)
      : sort.column === 'count' ? b.unit.count - a.unit.count
        : a.value === null || b.value === null ? Number(a.value === null) - Number(b.value === null)
          : ((b.value ?? least) - (a.value ?? least)) * worst;
    return sort.up ? -order : order;
  });
  const head = (column: Column, title: string) => (
    <th scope="col" class={column} aria-sort={sort.column !== column ? 'none' : sort.up ? 'ascending' : 'descending'}>
      <button type="button" onClick={() => setSort({
        column, up: sort.column === column ? !sort.up : false,
      })}>{title}<span aria-hidden="true">{sort.column !== column ? '' : sort.up ? ' ▲' : ' ▼'}</span></button>
    </th>
  );
  const outside = state.data?.total.outside ?? 0;
  return (
    <>
      <table class="ranking">
        <caption>{compared ? t.changeOf(t.names[view.measure]) : t.names[view.measure]}</caption>
        <thead><tr>{head('name', t.units[view.unit])}{head('value', compared ? t.change : t.value)}{head('count', t.count)}</tr></thead>
        <tbody>
          {rows.slice(0, all ? rows.length : SHOWN).map(({ unit, title, value }) => (
            <tr key={unit.code} class={unit.code === view.chosen ? 'chosen-row' : ''}>
              <th scope="row">
                <button type="button" aria-pressed={unit.code === view.chosen} onClick={() => {
                  onView({ chosen: unit.code === view.chosen ? '' : unit.code });
                  if (unit.code !== view.chosen) onShow(unit.code);
                }}>{title}</button>
              </th>
              <td class={compared && isChance(unit, view) ? 'chance' : ''}>
                {compared ? formatChange(value, view.measure, lang) : formatMeasure(value, view.measure, lang)}
              </td>
              <td>{formatNumber(unit.count, lang)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="buttons tight">
        {rows.length > SHOWN && (
          <button type="button" class="button small" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t.fewer : t.all(formatNumber(rows.length, lang))}
          </button>
        )}
      </div>
      {question && <ExportLinks query={question} />}
      {view.measure === 'per_10000' && rows.some(({ unit }) => unit.residents_approximate) && (
        <p class="hint">{t.estimated}</p>
      )}
      {outside > 0 && <p class="hint">{t.outside(formatNumber(outside, lang))}</p>}
    </>
  );
}
