// The map as a component: it loads the map's code, feeds it, and shows what a map must say in
// words: loading, failure, approximate boundaries, the scale's meaning, live or not.

import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fetchTileJson } from '../api';
import type { CategoryNode } from '../lib/categories';
import { formatDay } from '../lib/time';
import { useLang, useMessages } from '../i18n';
import type { Candidate, City, LayerEntry, Point, TileJson } from '../types';
import type { StyleSpecification } from 'maplibre-gl';
import type { Choropleth } from './choropleth';
import type { CityMap } from './city_map';
import { Legend } from './legend';

export interface MapViewProps {
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  query: string;
  at: string;
  hidden: Set<string>;
  radius: string;
  opacity: Map<string, number>;
  when: string;
  choropleth: Choropleth | null;
  /** Instead of the heatmap's. */
  legend: ComponentChildren;
  dark: boolean;
  point: Point | null;
  candidates: Candidate[];
  activeCandidate: number;
  live: boolean;
  /** Places are rounded for this reader. */
  rounded: boolean;
  /** How much of the map's left side a panel covers, in pixels. */
  coveredLeft: number;
  /** Changes when complaints came in or changed. */
  pulse: number;
  /** A click chooses a place, whatever is drawn there. */
  picking: boolean;
  /** Drawn over everything else: what a check or replay found. */
  overlay?: GeoJSON.GeoJSON | null;
  /** Complaints are drawn one by one from this zoom on. */
  pointsFrom?: number;
  /** Beside another map: what this one is called. Its view is not kept in the address. */
  apart?: string | undefined;
  /** The points asked for tell whether they are late or at risk. */
  due?: boolean;
  onPick: (point: Point) => void;
  onChooseCandidate: (index: number) => void;
  onUnit: (code: string) => void;
  onComplaint: (code: string) => void;
  onMap: (map: CityMap | null) => void;
}

/** The TileJSON of every layer; the heatmap's again for other filters, since its scale depends on
 * them, where it is shown. */
function useTileJson(layers: LayerEntry[], query: string, scaled: boolean): Map<string, TileJson> | null {
  const [fixed, setFixed] = useState<Map<string, TileJson> | null>(null);
  const [heatmap, setHeatmap] = useState<TileJson | null>(null);

  useEffect(() => {
    let gone = false;
    const none = new URLSearchParams();
    const asked = layers.map((layer) => fetchTileJson(layer.tilejson, none)
      .then((tilejson) => [layer.id, tilejson] as const, () => null));
    void Promise.all(asked).then((answers) => {
      if (!gone) setFixed(new Map(answers.filter((answer) => answer !== null)));
    });
    return () => {
      gone = true;
    };
  }, [layers]);

  const heatmapAddress = scaled ? layers.find((layer) => layer.id === 'heatmap')?.tilejson : undefined;
  useEffect(() => {
    if (!heatmapAddress) return undefined;
    let gone = false;
    fetchTileJson(heatmapAddress, new URLSearchParams(query))
      .then((tilejson) => !gone && setHeatmap(tilejson), () => undefined);
    return () => {
      gone = true;
    };
  }, [heatmapAddress, query]);

  return useMemo(() => {
    const base = fixed?.get('heatmap');
    // Only the scale is taken from the second answer: the address gets its filters in one place.
    if (!base || !heatmap?.legend) return fixed;
    return new Map(fixed).set('heatmap', { ...base, legend: heatmap.legend });
  }, [fixed, heatmap]);
}

/** The outside style; undefined while it is asked for, null where there is none or it is away. */
function useOutsideStyle(address: string | undefined): StyleSpecification | null | undefined {
  const [style, setStyle] = useState<StyleSpecification | null | undefined>(address ? undefined : null);
  useEffect(() => {
    if (!address) return;
    fetch(address).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
      .then((found: StyleSpecification) => setStyle(found), (error: unknown) => {
        console.debug('map style', error); // the map's own is shown instead
        setStyle(null);
      });
  }, [address]);
  return style;
}

export function MapView(props: MapViewProps) {
  const t = useMessages();
  const lang = useLang();
  const container = useRef<HTMLDivElement>(null);
  const map = useRef<CityMap | null>(null);
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');
  const [trouble, setTrouble] = useState(false);
  const tilejson = useTileJson(props.layers, props.query, !props.hidden.has('heatmap'));
  const latest = useRef(props);
  latest.current = props;

  const { dark, layers: entries, query, at, hidden, radius, choropleth, opacity, when } = props;
  const outside = useOutsideStyle(props.city.map_style);
  const overlay = props.overlay ?? null;
  const hiddenKey = [...hidden].sort().join(',');
  const known = tilejson !== null && outside !== undefined;

  useEffect(() => {
    if (!known || !tilejson || !container.current) return undefined;
    let gone = false;
    const options = {
      container: container.current,
      city: latest.current.city,
      categories: latest.current.categories,
      lang,
      apart: latest.current.apart,
      coveredLeft: latest.current.coveredLeft,
      style: { dark, entries, tilejson, query, at, hidden, radius, choropleth, opacity, when,
        outside: outside ?? null, overlay, pointsFrom: latest.current.pointsFrom },
      picking: () => latest.current.picking,
      onPick: (point: Point) => latest.current.onPick(point),
      onComplaint: (code: string) => latest.current.onComplaint(code),
      onUnit: (code: string) => latest.current.onUnit(code),
      onTrouble: setTrouble,
    };
    import('./city_map')
      .then((module) => module.CityMap.open(options))
      .then((opened) => {
        if (gone) {
          opened.close();
          return;
        }
        map.current = opened;
        setState('ready');
        latest.current.onMap(opened);
      }, (error: unknown) => {
        console.warn('map', error);
        if (!gone) setState('failed');
      });
    return () => {
      gone = true;
      latest.current.onMap(null);
      map.current?.close();
      map.current = null;
      setState('loading');
    };
    // Opened once for each language; the effects below keep it up to date with everything else.
  }, [known, lang]);

  useEffect(() => {
    if (state === 'ready' && tilejson) {
      map.current?.setStyle({
        dark, entries, tilejson, query, at, hidden, radius, choropleth, opacity, when, outside: outside ?? null,
        overlay, pointsFrom: props.pointsFrom,
      });
    }
  }, [state, dark, entries, tilejson, query, at, hiddenKey, radius, choropleth, opacity, when, outside, overlay]);

  useEffect(() => {
    if (state === 'ready') map.current?.setMarker(props.point);
  }, [state, props.point?.lon, props.point?.lat]);

  useEffect(() => {
    if (state !== 'ready') return;
    map.current?.setCandidates(props.candidates, props.activeCandidate,
      (index) => latest.current.onChooseCandidate(index));
  }, [state, props.candidates, props.activeCandidate]);

  useEffect(() => {
    // What is hardly meant must not take the map away from what is.
    const best = Math.max(...props.candidates.map((one) => one.confidence));
    if (state === 'ready' && props.candidates.length) map.current?.showAll(props.candidates.filter((one) => one.confidence >= best / 10));
  }, [state, props.candidates]);

  useEffect(() => {
    if (state === 'ready' && props.pulse > 0) map.current?.refresh();
  }, [state, props.pulse]);

  useEffect(() => {
    if (state === 'ready') map.current?.setCoveredLeft(props.coveredLeft);
  }, [state, props.coveredLeft]);

  const approximate = props.city.approximate === true || entries.some((entry) =>
    entry.approximate === true || tilejson?.get(entry.id)?.approximate === true);

  return (
    <div class="map" data-state={state}>
      <p class="visually-hidden">{t.map.help}</p>
      <div ref={container} class="map-canvas" />
      {state === 'loading' && <p class="map-note" role="status">{t.map.loading}</p>}
      {state === 'failed' && <p class="map-note bad" role="alert">{t.map.failed}</p>}
      <div class="map-chips">
        {approximate && (
          <p class="chip warn" title={t.map.approximateLong}>
            <strong>{t.map.approximate}</strong>
            <span class="chip-more">{t.map.approximateLong}</span>
          </p>
        )}
        <p class="chip">{t.map.boundariesOf(formatDay(at))}</p>
        <p class={props.live ? 'chip live' : 'chip warn'} role="status">
          <span class="dot" aria-hidden="true" />{props.live ? t.map.live : t.map.stale}
        </p>
        {trouble && <p class="chip warn" role="status">{t.map.tileErrors}</p>}
      </div>
      {props.legend}
      {!props.choropleth && <Legend steps={tilejson?.get('heatmap')?.legend} heatmap={!hidden.has('heatmap')}
        points={!hidden.has('complaints')} rounded={props.rounded} due={props.due} />}
    </div>
  );
}
