// The map's style, made from what the service says it has: a basemap of its own boundaries and
// streets, the heatmap, the points, and any layer that was imported. Nothing comes from elsewhere.

import type {
  ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification,
} from 'maplibre-gl';
import { STATUS_GROUPS } from '../lib/filters';
import type { LayerEntry, TileJson } from '../types';
import { BASE_LAYERS, FONT, FONT_STRONG, basemap, basemapLabels, zoomed } from './basemap';
import { overlayLayers } from './overlays';
import { type Choropleth, choroplethLayers, choroplethSources } from './choropleth';
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
  /** How much of an imported layer is seen, 0 to 1; 1 where nothing is said. */
  opacity: Map<string, number>;
  /** The instant for which layers with a validity are drawn; empty: now. */
  when: string;
  /** A style from elsewhere under everything, in place of the basemap. */
  outside: StyleSpecification | null;
  /** Units filled by a measure; the heatmap then makes way. */
  choropleth: Choropleth | null;
  /** Shapes that a page wants shown over everything else; features may have a count. */
  overlay?: GeoJSON.GeoJSON | null;
  /** From which zoom complaints are drawn one by one, instead of where the heatmap thins out. */
  pointsFrom?: number | undefined;
}

const FILTERED = new Set(['heatmap', 'heat', 'complaints']);
const DATED = new Set(['wards', 'districts', 'jurisdictions']);
/** Layers that have a drawing of their own here, or (heat) none because the heatmap shows it. */
const BUILT_IN = new Set(['heatmap', 'heat', 'complaints', 'wards', 'districts', 'streets', 'places',
  'jurisdictions']);

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
  if (input.when && input.entries.some((entry) => entry.id === id && entry.dated)) {
    params.push(`at=${encodeURIComponent(input.when)}`);
  }
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

function boundaryLines(palette: Palette, has: Set<string>): LayerSpecification[] {
  const out: LayerSpecification[] = [];
  if (has.has('wards')) {
    out.push({ id: 'wards-line', type: 'line', source: 'wards', 'source-layer': 'wards',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.ward, 'line-width': zoomed(8, 0.4, 12, 1, 16, 2),
        'line-dasharray': [5, 2.5], 'line-opacity': 0.8 } });
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

/** On the colour of what is at risk, which is light in both schemes. */
const RISK_TEXT = '#14202e';
const COUNT: ExpressionSpecification = ['coalesce', ['get', 'count'], ['get', 'point_count'], 1];
const IS_CLUSTER: ExpressionSpecification = ['>', COUNT, 1];
const IS_DONE: ExpressionSpecification = ['in', ['coalesce', ['get', 'status'], ''],
  ['literal', [...STATUS_GROUPS.done, ...STATUS_GROUPS.rejected]]];

/** Tiles that tell of time say how many are late and at risk; the others have neither. */
const TELLS_TIME: ExpressionSpecification = ['has', 'late'];
const IS_LATE: ExpressionSpecification = ['>', ['coalesce', ['get', 'late'], 0], 0];
const AT_RISK: ExpressionSpecification = ['>', ['coalesce', ['get', 'at_risk'], 0], 0];
const IS_PAUSED: ExpressionSpecification = ['==', ['coalesce', ['get', 'status'], ''], 'waiting'];

function complaintLayers(palette: Palette, from: number): LayerSpecification[] {
  const common = { source: 'complaints', 'source-layer': 'complaints', minzoom: from };
  return [
    { id: 'complaints-cluster', type: 'circle', ...common, filter: IS_CLUSTER,
      paint: {
        'circle-color': ['case', IS_LATE, palette.late, AT_RISK, palette.risk, palette.cluster],
        'circle-radius': ['interpolate', ['linear'], ['log10', COUNT], 0.3, 9, 1, 12, 2, 17, 4, 28],
        'circle-stroke-color': palette.pointLine, 'circle-stroke-width': 1.5,
        'circle-opacity': 0.92,
      } },
    { id: 'complaints-point', type: 'circle', ...common, filter: ['!', IS_CLUSTER],
      paint: {
        'circle-color': ['case', IS_DONE, palette.pointLine, ['!', TELLS_TIME], palette.open, IS_PAUSED, palette.paused,
          IS_LATE, palette.late, AT_RISK, palette.risk, palette.inTime],
        'circle-radius': zoomed(13, 3.2, 16, 6.5, 19, 9),
        'circle-stroke-color': ['case', IS_DONE, palette.done, palette.pointLine],
        'circle-stroke-width': ['case', IS_DONE, 2.5, 1.5],
      } },
    { id: 'complaints-count', type: 'symbol', ...common, filter: IS_CLUSTER,
      layout: { 'text-field': ['to-string', COUNT], 'text-font': FONT_STRONG, 'text-size': 11,
        'text-allow-overlap': true },
      paint: { 'text-color': ['case', ['all', AT_RISK, ['!', IS_LATE]], RISK_TEXT, palette.clusterText] } },
    // Not by colour alone: the list's signs, as far as a dot has room for them.
    { id: 'complaints-sign', type: 'symbol', ...common, minzoom: Math.max(from, 12),
      filter: ['all', ['!', IS_CLUSTER], ['!', IS_PAUSED], ['any', IS_LATE, AT_RISK]],
      layout: { 'text-field': ['case', IS_LATE, '!', '?'], 'text-font': FONT_STRONG, 'text-size': zoomed(12, 8, 16, 13),
        'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'text-color': ['case', IS_LATE, palette.clusterText, RISK_TEXT] } },
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

/** Sources and layers of a style from elsewhere, renamed so that they cannot meet the service's. */
function outsideParts(style: StyleSpecification): Pick<StyleSpecification, 'sources' | 'layers'> {
  const layers = style.layers.map((layer) => ({
    ...layer, id: `outside:${layer.id}`,
    ...('source' in layer && typeof layer.source === 'string' ? { source: `outside:${layer.source}` } : {}),
  })) as LayerSpecification[];
  const sources = Object.fromEntries(Object.entries(style.sources)
    .map(([id, source]) => [`outside:${id}`, source]));
  return { sources, layers };
}

const OVERLAY = 'overlay-shapes';

/** What a check of boundaries found is coloured by what it is; see .shape-key in admin_maps.css. */
const FOUND: [what: string, light: string, dark: string, opacity: number][] = [
  ['same', '#64748b', '#94a3b8', 0.05], ['moved', '#1d4ed8', '#93c5fd', 0.16], ['appeared', '#15803d', '#86efac', 0.3],
  ['vanished', '#7c2d12', '#fdba74', 0.25], ['gained', '#0369a1', '#38bdf8', 0.7], ['lost', '#a16207', '#facc15', 0.7],
  ['overlap', '#b91c1c', '#f87171', 0.85], ['gap', '#be185d', '#f472b6', 0.85], ['left_out', '#be185d', '#f472b6', 0.55],
  ['added', '#15803d', '#86efac', 0.55],
  ['tone0', '#1d4ed8', '#93c5fd', 0.3], ['tone1', '#15803d', '#86efac', 0.3], ['tone2', '#a16207', '#facc15', 0.3],
  ['tone3', '#7e22ce', '#d8b4fe', 0.3], ['tone4', '#be185d', '#f472b6', 0.3], ['tone5', '#0f766e', '#5eead4', 0.3],
  ['chosen', '#b91c1c', '#f87171', 0.6],
];

function byWhat(values: [string, string | number][], otherwise: unknown): ExpressionSpecification {
  return ['match', ['coalesce', ['get', 'what'], ''], ...values.flat(), otherwise] as unknown as ExpressionSpecification;
}

function shapeLayers(palette: Palette, input: StyleInput): LayerSpecification[] {
  if (!input.overlay) return [];
  const colour = byWhat(FOUND.map(([what, light, dark]) => [what, input.dark ? dark : light]), palette.open);
  const byCount = ['interpolate', ['linear'], ['log10', ['max', 1, ['coalesce', ['get', 'count'], 10]]], 0, 0.3, 3, 0.75];
  return [
    { id: 'overlay-fill', type: 'fill', source: OVERLAY, filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': colour, 'fill-opacity': byWhat(FOUND.map(([what, , , opacity]) => [what, opacity]), byCount) } },
    { id: 'overlay-line', type: 'line', source: OVERLAY, filter: ['!=', ['geometry-type'], 'Point'],
      paint: { 'line-color': colour, 'line-width': 1.2 } },
    { id: 'overlay-point', type: 'circle', source: OVERLAY, filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': colour, 'circle-radius': 7, 'circle-stroke-color': palette.pointLine, 'circle-stroke-width': 2 } },
  ];
}

export function buildStyle(input: StyleInput): StyleSpecification {
  const palette = input.dark ? DARK : LIGHT;
  const made: Record<string, SourceSpecification> = { ...sources(input), ...choroplethSources(input.choropleth) };
  if (input.overlay) made[OVERLAY] = { type: 'geojson', data: input.overlay };
  const has = new Set(Object.keys(made).filter((id) => !input.hidden.has(id)));
  const heatmap: LayerSpecification[] = has.has('heatmap') && !input.choropleth
    ? [{ id: 'heatmap-raster', type: 'raster', source: 'heatmap',
      paint: { 'raster-opacity': zoomed(10, palette.heatOpacity, 15, 0.6, 17, 0.35),
        'raster-brightness-min': palette.heatLift, 'raster-fade-duration': 150 } }]
    : [];
  const overlays = input.entries
    .filter((entry) => has.has(entry.id) && !BUILT_IN.has(entry.id) && !BASE_LAYERS.has(entry.id))
    .flatMap((entry) => overlayLayers(palette, entry, input.opacity.get(entry.id) ?? 1));
  const outside = input.outside ? outsideParts(input.outside) : null;
  return {
    version: 8,
    ...(input.outside?.glyphs ? { glyphs: input.outside.glyphs } : {}),
    ...(input.outside?.sprite ? { sprite: input.outside.sprite } : {}),
    sources: { ...outside?.sources, ...made },
    layers: [
      ...(outside ? outside.layers : basemap(palette, has)),
      ...heatmap,
      ...choroplethLayers(input.choropleth, new Set(Object.keys(made)), palette.label),
      ...boundaryLines(palette, has),
      ...overlays,
      ...(outside ? [] : basemapLabels(palette, has)),
      ...shapeLayers(palette, input),
      ...labels(palette, has, input),
      ...(has.has('complaints') ? complaintLayers(palette, input.pointsFrom ?? 14.5) : []),
    ],
  };
}
