// The map's style, made from what the service says it has: a basemap of its own boundaries and
// streets, the heatmap, the points, and any layer that was imported. Nothing comes from elsewhere.

import type {
  ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification,
} from 'maplibre-gl';
import { STATUS_GROUPS } from '../lib/filters';
import type { LayerEntry, TileJson } from '../types';
import { DARK, LIGHT, type Palette } from './palette';

export interface StyleInput {
  dark: boolean;
  entries: LayerEntry[];
  tilejson: Map<string, TileJson>;
  /** The filters, for the layers that count complaints. */
  query: string;
  /** The day whose boundaries are drawn. */
  at: string;
  /** Layers that are switched off. */
  hidden: Set<string>;
  /** The heatmap's radius in metres, or empty for the service's own choice. */
  radius: string;
}

const FILTERED = new Set(['heatmap', 'heat', 'complaints']);
const DATED = new Set(['wards', 'districts', 'jurisdictions']);
/** Layers that have a drawing of their own here, or (heat) none because the heatmap shows it. */
const BUILT_IN = new Set(['heatmap', 'heat', 'complaints', 'wards', 'districts', 'streets', 'places',
  'jurisdictions']);

/** Families declared in styles/fonts.css: the map finds a label's font by its family alone. */
const FONT = ['Hotline Label Medium'];
const FONT_STRONG = ['Hotline Label Bold'];

/**
 * The address of a layer's tiles with its parameters: absolute because a worker asks for them, and
 * at this page's own origin, whatever name a proxy in between gave the service.
 */
export function tileAddress(id: string, tilejson: TileJson, input: StyleInput): string {
  const template = tilejson.tiles[0] ?? '';
  const absolute = window.location.origin + template.replace(/^https?:\/\/[^/]+/, '');
  const params: string[] = [];
  if (FILTERED.has(id) && input.query) params.push(input.query);
  if (DATED.has(id)) params.push(`at=${input.at}`);
  if (id === 'heatmap' && input.radius) params.push(`radius_m=${input.radius}`);
  if (!params.length) return absolute;
  return `${absolute}${absolute.includes('?') ? '&' : '?'}${params.join('&')}`;
}

function sources(input: StyleInput): Record<string, SourceSpecification> {
  const out: Record<string, SourceSpecification> = {};
  for (const entry of input.entries) {
    const tilejson = input.tilejson.get(entry.id);
    if (!tilejson || entry.id === 'heat') continue;
    const common = {
      tiles: [tileAddress(entry.id, tilejson, input)],
      minzoom: tilejson.minzoom ?? 0,
      maxzoom: tilejson.maxzoom ?? 14,
      ...(tilejson.bounds ? { bounds: tilejson.bounds } : {}),
    };
    out[entry.id] = entry.kind === 'raster'
      ? { type: 'raster', tileSize: 256, ...common }
      : { type: 'vector', ...common };
  }
  return out;
}

const zoomed = (...stops: number[]): ExpressionSpecification =>
  ['interpolate', ['exponential', 1.5], ['zoom'], ...stops] as ExpressionSpecification;

const MAIN_ROADS: ExpressionSpecification = ['match', ['get', 'class'],
  ['motorway', 'trunk', 'primary', 'secondary', 'motorway_link', 'trunk_link', 'primary_link'],
  true, false];

function basemap(palette: Palette, has: Set<string>): LayerSpecification[] {
  const out: LayerSpecification[] = [
    { id: 'outside', type: 'background', paint: { 'background-color': palette.outside } },
  ];
  for (const id of ['districts', 'wards']) {
    if (!has.has(id)) continue;
    out.push({ id: `${id}-land`, type: 'fill', source: id, 'source-layer': id,
      paint: { 'fill-color': palette.land, 'fill-antialias': false } });
  }
  if (has.has('streets')) {
    const street = { source: 'streets', 'source-layer': 'streets' };
    const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
    out.push(
      { id: 'streets-minor', type: 'line', ...street, minzoom: 12.5,
        filter: ['!', MAIN_ROADS], layout: round,
        paint: { 'line-color': palette.road, 'line-width': zoomed(12, 0.4, 15, 2, 18, 11) } },
      { id: 'streets-casing', type: 'line', ...street, minzoom: 10, filter: MAIN_ROADS, layout: round,
        paint: { 'line-color': palette.roadCasing, 'line-width': zoomed(10, 0.8, 14, 5, 18, 22) } },
      { id: 'streets-main', type: 'line', ...street, minzoom: 10, filter: MAIN_ROADS, layout: round,
        paint: { 'line-color': palette.roadMain, 'line-width': zoomed(10, 0.4, 14, 3.4, 18, 19) } },
    );
  }
  return out;
}

function boundaryLines(palette: Palette, has: Set<string>): LayerSpecification[] {
  const out: LayerSpecification[] = [];
  if (has.has('wards')) {
    out.push({ id: 'wards-line', type: 'line', source: 'wards', 'source-layer': 'wards',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.ward, 'line-width': zoomed(8, 0.4, 12, 1, 16, 2.2),
        'line-opacity': 0.85 } });
  }
  if (has.has('districts')) {
    out.push({ id: 'districts-line', type: 'line', source: 'districts', 'source-layer': 'districts',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.district, 'line-width': zoomed(8, 0.9, 12, 2, 16, 3.4) } });
  }
  if (has.has('jurisdictions')) {
    out.push({ id: 'jurisdictions-line', type: 'line', source: 'jurisdictions',
      'source-layer': 'jurisdictions',
      paint: { 'line-color': palette.extra, 'line-width': zoomed(8, 0.8, 14, 2), 'line-dasharray': [3, 2] } });
  }
  return out;
}

const COUNT: ExpressionSpecification = ['coalesce', ['get', 'count'], ['get', 'point_count'], 1];
const IS_CLUSTER: ExpressionSpecification = ['>', COUNT, 1];
const IS_DONE: ExpressionSpecification = ['in', ['coalesce', ['get', 'status'], ''],
  ['literal', [...STATUS_GROUPS.done, ...STATUS_GROUPS.rejected]]];

function complaintLayers(palette: Palette): LayerSpecification[] {
  const common = { source: 'complaints', 'source-layer': 'complaints', minzoom: 14.5 };
  return [
    { id: 'complaints-cluster', type: 'circle', ...common, filter: IS_CLUSTER,
      paint: {
        'circle-color': palette.cluster,
        'circle-radius': ['interpolate', ['linear'], ['log10', COUNT], 0.3, 9, 1, 12, 2, 17, 4, 28],
        'circle-stroke-color': palette.pointLine, 'circle-stroke-width': 1.5,
        'circle-opacity': 0.92,
      } },
    { id: 'complaints-point', type: 'circle', ...common, filter: ['!', IS_CLUSTER],
      paint: {
        'circle-color': ['case', IS_DONE, palette.pointLine, palette.open],
        'circle-radius': zoomed(13, 3.2, 16, 6.5, 19, 9),
        'circle-stroke-color': ['case', IS_DONE, palette.done, palette.pointLine],
        'circle-stroke-width': ['case', IS_DONE, 2.5, 1.5],
      } },
    { id: 'complaints-count', type: 'symbol', ...common, filter: IS_CLUSTER,
      layout: { 'text-field': ['to-string', COUNT], 'text-font': FONT_STRONG, 'text-size': 11,
        'text-allow-overlap': true },
      paint: { 'text-color': palette.clusterText } },
  ];
}

/** Where a boundary tile carries one label point for each unit, else the polygons themselves. */
function labelLayer(input: StyleInput, id: string): string {
  const named = `${id}_label`;
  const has = input.tilejson.get(id)?.vector_layers?.some((layer) => layer.id === named);
  return has ? named : id;
}

function labels(palette: Palette, has: Set<string>, input: StyleInput): LayerSpecification[] {
  const out: LayerSpecification[] = [];
  const halo = { 'text-halo-color': palette.halo, 'text-halo-width': 1.6 };
  if (has.has('streets')) {
    out.push({ id: 'streets-label', type: 'symbol', source: 'streets', 'source-layer': 'streets',
      minzoom: 13.5,
      layout: { 'symbol-placement': 'line', 'text-field': ['coalesce', ['get', 'name'], ''],
        'text-font': FONT, 'text-size': zoomed(13, 10, 18, 14), 'symbol-spacing': 320,
        'text-max-angle': 35 },
      paint: { 'text-color': palette.labelMinor, ...halo } });
  }
  if (has.has('places')) {
    out.push({ id: 'places-label', type: 'symbol', source: 'places', 'source-layer': 'places',
      minzoom: 15.5, filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['coalesce', ['get', 'name'], ''], 'text-font': FONT, 'text-size': 11,
        'text-max-width': 8, 'text-optional': true },
      paint: { 'text-color': palette.labelMinor, ...halo } });
  }
  if (has.has('wards')) {
    out.push({ id: 'wards-label', type: 'symbol', source: 'wards',
      'source-layer': labelLayer(input, 'wards'), minzoom: 10.5, maxzoom: 17,
      layout: { 'text-field': ['coalesce', ['get', 'name'], ''], 'text-font': FONT,
        'text-size': zoomed(10, 10, 15, 15), 'text-max-width': 7, 'text-padding': 6 },
      paint: { 'text-color': palette.label, ...halo } });
  }
  if (has.has('districts')) {
    out.push({ id: 'districts-label', type: 'symbol', source: 'districts',
      'source-layer': labelLayer(input, 'districts'), minzoom: 8, maxzoom: 13.5,
      layout: { 'text-field': ['coalesce', ['get', 'name'], ''], 'text-font': FONT_STRONG,
        'text-size': zoomed(8, 11, 13, 17), 'text-max-width': 8, 'text-padding': 10 },
      paint: { 'text-color': palette.label, ...halo } });
  }
  return out;
}

/** Layers that the service has and these pages know nothing of: drawn plainly, by geometry. */
function importedLayers(palette: Palette, input: StyleInput, has: Set<string>): LayerSpecification[] {
  return input.entries.filter((entry) => has.has(entry.id) && !BUILT_IN.has(entry.id))
    .flatMap((entry): LayerSpecification[] => {
      if (entry.kind === 'raster') {
        return [{ id: `${entry.id}-raster`, type: 'raster', source: entry.id }];
      }
      const common = { source: entry.id, 'source-layer': entry.id };
      return [
        { id: `${entry.id}-fill`, type: 'fill', ...common,
          filter: ['==', ['geometry-type'], 'Polygon'],
          paint: { 'fill-color': palette.extra, 'fill-opacity': 0.15 } },
        { id: `${entry.id}-line`, type: 'line', ...common,
          filter: ['!=', ['geometry-type'], 'Point'],
          paint: { 'line-color': palette.extra, 'line-width': 1.6 } },
        { id: `${entry.id}-point`, type: 'circle', ...common,
          filter: ['==', ['geometry-type'], 'Point'],
          paint: { 'circle-color': palette.extra, 'circle-radius': 4 } },
      ];
    });
}

export function buildStyle(input: StyleInput): StyleSpecification {
  const palette = input.dark ? DARK : LIGHT;
  const made = sources(input);
  const has = new Set(Object.keys(made).filter((id) => !input.hidden.has(id)));
  const heatmap: LayerSpecification[] = has.has('heatmap')
    ? [{ id: 'heatmap-raster', type: 'raster', source: 'heatmap',
      paint: { 'raster-opacity': zoomed(10, palette.heatOpacity, 15, 0.6, 17, 0.35),
        'raster-brightness-min': palette.heatLift, 'raster-fade-duration': 150 } }]
    : [];
  return {
    version: 8,
    sources: made,
    layers: [
      ...basemap(palette, has),
      ...heatmap,
      ...boundaryLines(palette, has),
      ...importedLayers(palette, input, has),
      ...labels(palette, has, input),
      ...(has.has('complaints') ? complaintLayers(palette) : []),
    ],
  };
}
