// What the leader's map measures, by what unit, beside which earlier period: kept in the page's
// address, asked of /api/v1/statistics, cut into classes of colour.

import type { Filters } from '../lib/filters';

export const MEASURES = ['count', 'per_km2', 'per_10000', 'per_road_km', 'open', 'late', 'late_share',
  'on_time', 'reopened', 'satisfaction'] as const;
export type Measure = (typeof MEASURES)[number];
export const UNITS = ['cells', 'ward', 'district', 'hexagon'] as const;
export type UnitKind = (typeof UNITS)[number];
export const COMPARISONS = ['', 'previous', 'year'] as const;
export type Comparison = (typeof COMPARISONS)[number];
export const HEXAGON_SIZES = ['500', '1000', '2000', '5000'] as const;

export interface View {
  unit: UnitKind;
  measure: Measure;
  compare: Comparison;
  /** Raw rates instead of smoothed ones. */
  raw: boolean;
  hexagon: string;
  /** The chosen unit's code, or empty. */
  chosen: string;
}

function oneOf<T extends string>(list: readonly T[], text: string | null, otherwise: T): T {
  return list.find((item) => item === text) ?? otherwise;
}

export function viewFromUrl(params: URLSearchParams): View {
  const measure = oneOf(MEASURES, params.get('measure'), 'count');
  const unit = oneOf(UNITS, params.get('unit'), 'cells');
  return {
    unit,
    measure: measureFits(measure, unit) ? measure : 'count',
    compare: oneOf(COMPARISONS, params.get('compare'), ''),
    raw: params.get('raw') === '1',
    hexagon: oneOf(HEXAGON_SIZES, params.get('hexagon'), '1000'),
    chosen: /^[\w,.-]{1,64}$/.test(params.get('chosen') ?? '') ? params.get('chosen') ?? '' : '',
  };
}

export function viewToUrl(view: View, params: URLSearchParams): URLSearchParams {
  const out = new URLSearchParams(params);
  const put = (name: string, value: string, usual: string) => {
    if (value === usual) out.delete(name);
    else out.set(name, value);
  };
  put('unit', view.unit, 'cells');
  put('measure', view.measure, 'count');
  put('compare', view.compare, '');
  put('raw', view.raw ? '1' : '', '');
  put('hexagon', view.hexagon, '1000');
  put('chosen', view.chosen, '');
  return out;
}

/** Nobody counts the residents of a hexagon, or its roads. */
export function measureFits(measure: Measure, unit: UnitKind): boolean {
  return unit !== 'hexagon' || (measure !== 'per_10000' && measure !== 'per_road_km');
}

export interface Value {
  value: number | null;
  smoothed?: number | null;
  before?: number | null;
  change?: number | null;
  surprise?: number | null;
}

export interface StatisticsUnit {
  code: string;
  name: { vi: string; en: string };
  kind?: string;
  residents?: number | null;
  residents_approximate?: boolean;
  area_km2?: number | null;
  road_km?: number | null;
  count: number;
  open: number;
  late: number;
  missed: number;
  rated: number;
  count_before?: number;
  values: Partial<Record<Measure, Value>>;
}

export interface StatisticsFeature {
  type: 'Feature';
  properties: StatisticsUnit;
  geometry: { type: 'Point'; coordinates: [number, number] }
    | { type: 'Polygon'; coordinates: [number, number][][] } | null;
}

export interface Statistics {
  at: string;
  total: { count: number; open: number; late: number; outside: number };
  features: StatisticsFeature[];
}

const HOUR = 3600000;

/** The question for a view, or null where the heatmap itself is the answer. */
export function statisticsQuery(view: View, filters: Filters, query: string, at: string, now: Date):
string | null {
  if (view.unit === 'cells') return null;
  const out = new URLSearchParams(query);
  out.set('by', view.unit);
  out.set('format', 'geojson');
  if (view.unit === 'hexagon') {
    out.set('size_m', view.hexagon);
    out.set('measure', view.measure);
  } else {
    out.set('generation', at);
  }
  const from = out.get('from');
  if (view.compare && from && !(filters.range === 'all' && !filters.from)) {
    // In whole hours, so that pages opened a minute apart ask for the same.
    const until = out.get('to') ?? new Date(Math.ceil(now.getTime() / HOUR) * HOUR).toISOString();
    const [begin, end] = [Date.parse(from), Date.parse(until)];
    const back = view.compare === 'year' ? 365 * 24 * HOUR : end - begin;
    out.set('to', until);
    out.set('compare_from', new Date(begin - back).toISOString());
    out.set('compare_to', new Date(end - back).toISOString());
  }
  return out.toString();
}

/** More of it is worse, but for these. */
export function moreIsWorse(measure: Measure): boolean {
  return measure !== 'on_time' && measure !== 'satisfaction';
}

/** What a unit is coloured and ranked by: the change where two periods are compared. */
export function shownValue(unit: StatisticsUnit, view: View, compared: boolean): number | null {
  const v = unit.values[view.measure];
  if (!v) return null;
  if (compared) return v.change ?? null;
  return (view.raw ? v.value : v.smoothed ?? v.value) ?? null;
}

/** Could the change be chance? Within two standard deviations it says nothing. */
export function isChance(unit: StatisticsUnit, view: View): boolean {
  const surprise = unit.values[view.measure]?.surprise;
  return typeof surprise === 'number' && Math.abs(surprise) < 2;
}

const SEQUENTIAL = {
  light: ['#fff7c2', '#c7e59a', '#5fbf9f', '#2b86a8', '#213f8f'],
  dark: ['#1f3a4d', '#1f6a80', '#2f9c93', '#86c97a', '#f5ec8e'],
};
/** From better to worse; the middle says "as before". */
const DIVERGING = {
  light: ['#2166ac', '#6baed6', '#c6dbef', '#e4e4e2', '#fdd0a2', '#f0803c', '#a63603'],
  dark: ['#6db3f2', '#3f7fb8', '#2b4a63', '#39424c', '#6b4a2d', '#c8682a', '#ffa05c'],
};

export interface ClassStep {
  color: string;
  /** From here (included) to the next step's; the first from -Infinity. */
  from: number;
  units: number;
}

export interface Classes {
  steps: ClassStep[];
  compared: boolean;
  colorOf: (value: number | null) => string | null;
}

function quantiles(sorted: number[], shares: number[]): number[] {
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}

/** Rounded to two digits, so that a legend can be read aloud; never two the same. */
function breaks(values: number[], shares: number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const rounded = quantiles(sorted, shares).map((v) => Number(v.toPrecision(2)));
  return [...new Set(rounded)].sort((a, b) => a - b);
}

/** Fifths of the units; for changes, thirds of those that got better and of those that got worse. */
export function classify(values: (number | null)[], compared: boolean, worseIsMore: boolean, dark: boolean):
Classes {
  const known = values.filter((v): v is number => v !== null && Number.isFinite(v));
  let colors: string[];
  let from: number[];
  if (compared) {
    const size = breaks(known.map(Math.abs).filter((v) => v > 0), [0.2, 0.5, 0.8]).filter((v) => v > 0);
    from = [-Infinity, ...[...size].reverse().map((v) => -v), ...size];
    const all = DIVERGING[dark ? 'dark' : 'light'];
    const drop = (7 - from.length) / 2;
    const kept = drop > 0 ? [...all.slice(0, 3 - drop), all[3] ?? '', ...all.slice(4 + drop)] : all;
    colors = worseIsMore ? kept : [...kept].reverse();
  } else {
    const at = breaks(known, [0.2, 0.4, 0.6, 0.8]).filter((v) => v > Math.min(...known));
    from = [-Infinity, ...at];
    const all = SEQUENTIAL[dark ? 'dark' : 'light'];
    colors = from.map((_, i) => all[from.length === 1 ? 2 : Math.round(i * (all.length - 1) / (from.length - 1))] ?? '');
  }
  const classOf = (value: number) => from.reduce((found, step, i) => (value >= step ? i : found), 0);
  const steps = from.map((step, i) => ({
    from: step, color: colors[i] ?? '', units: known.filter((v) => classOf(v) === i).length,
  }));
  return {
    steps: known.length ? steps : [],
    compared,
    colorOf: (value) => (value === null || !Number.isFinite(value) ? null : colors[classOf(value)] ?? null),
  };
}
