// The leader's measures as the page needs them: a panel, a filling for the map, a legend.

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Filters } from '../lib/filters';
import { setUrlParams, urlParams } from '../lib/url_state';
import type { Choropleth } from '../map/choropleth';
import type { Point } from '../types';
import { MeasureLegend } from './measure_legend';
import { MeasurePanel } from './measure_panel';
import { classify, moreIsWorse, shownValue, statisticsQuery, type View, viewFromUrl, viewToUrl } from './measures';
import { useStatistics } from './use_statistics';

export interface MeasuresInput {
  /** Citizens have none. */
  on: boolean;
  search: string;
  filters: Filters;
  query: string;
  at: string;
  dark: boolean;
  pulse: number;
  onShow: (point: Point) => void;
}

export interface Measures {
  panel: ComponentChildren;
  legend: ComponentChildren;
  choropleth: Choropleth | null;
  onUnit: (code: string) => void;
}

function middle(ring: [number, number][]): Point {
  const corners = ring.slice(0, -1);
  const sum = corners.reduce(([x, y], [lon, lat]) => [x + lon, y + lat], [0, 0]);
  return { lon: (sum[0] ?? 0) / corners.length, lat: (sum[1] ?? 0) / corners.length };
}

export function useMeasures(input: MeasuresInput): Measures {
  const view = useMemo(() => viewFromUrl(new URLSearchParams(input.search)), [input.search]);
  const question = input.on ? statisticsQuery(view, input.filters, input.query, input.at, new Date()) : null;
  const compared = question?.includes('compare_from=') ?? false;
  const state = useStatistics(question, input.pulse);

  const classes = useMemo(() => classify(
    (state.data?.features ?? []).map((f) => shownValue(f.properties, view, compared)),
    compared, moreIsWorse(view.measure), input.dark,
  ), [state.data, view, compared, input.dark]);

  const choropleth = useMemo((): Choropleth | null => {
    if (!input.on || view.unit === 'cells') return null;
    const features = state.data?.features ?? [];
    const colors = new Map<string, string>();
    for (const { properties: unit } of features) {
      const color = classes.colorOf(shownValue(unit, view, compared));
      if (color) colors.set(unit.code, color);
    }
    return {
      layer: view.unit === 'ward' ? 'wards' : view.unit === 'district' ? 'districts' : '',
      colors,
      hexagons: features.flatMap((f) => (f.geometry?.type === 'Polygon'
        ? [{ code: f.properties.code, ring: f.geometry.coordinates[0] ?? [] }] : [])),
      chosen: view.chosen,
    };
  }, [input.on, state.data, view, compared, classes]);

  const setView = (part: Partial<View>) => setUrlParams(viewToUrl({ ...view, ...part }, urlParams()));
  const show = (code: string) => {
    const geometry = state.data?.features.find((f) => f.properties.code === code)?.geometry;
    if (geometry?.type === 'Point') input.onShow({ lon: geometry.coordinates[0], lat: geometry.coordinates[1] });
    if (geometry?.type === 'Polygon') input.onShow(middle(geometry.coordinates[0] ?? []));
  };

  return {
    panel: input.on
      ? <MeasurePanel view={view} state={state} compared={compared} question={question?.replace('&format=geojson', '') ?? null} onView={setView} onShow={show} />
      : null,
    legend: choropleth && <MeasureLegend view={view} classes={classes} />,
    choropleth,
    onUnit: (code) => setView({ chosen: code === view.chosen ? '' : code }),
  };
}
