// The map under everything else, from the service's own layers: land, water, green areas, roads by
// class with widths for every zoom, and names. Nothing comes from elsewhere.

import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Palette } from './palette';

/** Families declared in styles/fonts.css: the map finds a label's font by its family alone. */
export const FONT = ['Hotline Label Medium'];
export const FONT_STRONG = ['Hotline Label Bold'];

/** Layers of the service that are the ground of the map, not something laid over it. */
export const BASE_LAYERS = new Set(['roads', 'waterways', 'water', 'greens', 'streets', 'places']);

export const zoomed = (...stops: number[]): ExpressionSpecification =>
  ['interpolate', ['exponential', 1.5], ['zoom'], ...stops] as ExpressionSpecification;

interface RoadRank {
  id: string;
  classes: string[];
  /** Zoom from which it is drawn, and from which with a border. */
  from: number;
  border: number;
  /** Zoom, width in pixels, zoom, width, … */
  width: number[];
  fill: (palette: Palette) => string;
  edge: (palette: Palette) => string;
}

/** The lesser first: what is drawn later lies above. */
const RANKS: RoadRank[] = [
  { id: 'service', classes: ['service', 'track', 'path', 'footway', 'steps', 'cycleway'], from: 14,
    border: 16, width: [14, 0.5, 15, 1, 16, 2, 17, 4, 19, 10],
    fill: (p) => p.roadMinor, edge: (p) => p.roadEdge },
  { id: 'minor', classes: ['residential', 'unclassified', 'living_street', 'road', 'pedestrian'],
    from: 12.5, border: 14.5, width: [12.5, 0.4, 14, 1.1, 15, 2.4, 16, 5, 17, 8, 19, 22],
    fill: (p) => p.roadMinor, edge: (p) => p.roadEdge },
  { id: 'tertiary', classes: ['tertiary', 'tertiary_link'], from: 11.5, border: 13.5,
    width: [11.5, 0.5, 13, 1.4, 14, 2.6, 16, 7.5, 17, 11, 19, 26],
    fill: (p) => p.road, edge: (p) => p.roadEdge },
  { id: 'secondary', classes: ['secondary', 'secondary_link'], from: 10, border: 12.5,
    width: [10, 0.5, 12, 1.4, 13, 2.3, 14, 3.6, 16, 9, 17, 13, 19, 30],
    fill: (p) => p.road, edge: (p) => p.roadEdge },
  { id: 'primary', classes: ['primary', 'primary_link'], from: 8.5, border: 12,
    width: [8.5, 0.5, 11, 1.2, 12, 1.9, 13, 2.9, 14, 4.4, 16, 10.5, 17, 15, 19, 34],
    fill: (p) => p.roadPrimary, edge: (p) => p.roadPrimaryEdge },
  { id: 'trunk', classes: ['trunk', 'trunk_link'], from: 6, border: 11,
    width: [6, 0.6, 9, 1.2, 11, 1.9, 13, 3.6, 14, 5, 16, 11.5, 17, 17, 19, 38],
    fill: (p) => p.roadTrunk, edge: (p) => p.roadTrunkEdge },
  { id: 'motorway', classes: ['motorway', 'motorway_link'], from: 5, border: 10,
    width: [5, 0.7, 9, 1.5, 11, 2.4, 13, 4.2, 14, 5.6, 16, 12.5, 17, 18, 19, 40],
    fill: (p) => p.roadMotorway, edge: (p) => p.roadMotorwayEdge },
];

const ofClass = (classes: string[]): ExpressionSpecification =>
  ['match', ['get', 'class'], classes, true, false];

/** Slip roads are drawn thinner than what they lead to. */
const slimmed = (width: number[], more: number): ExpressionSpecification => {
  const stops = width.map((value, index) => (index % 2 === 0 ? value
    : ['case', ['in', '_link', ['coalesce', ['get', 'class'], '']], value * 0.6 + more, value + more]));
  return ['interpolate', ['exponential', 1.4], ['zoom'], ...stops] as ExpressionSpecification;
};

function roads(palette: Palette, source: string): LayerSpecification[] {
  const common = { type: 'line' as const, source, 'source-layer': source };
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const edges = RANKS.map((rank): LayerSpecification => ({
    id: `roads-${rank.id}-edge`, ...common, minzoom: rank.border, filter: ofClass(rank.classes),
    layout: round,
    paint: { 'line-color': rank.edge(palette), 'line-width': slimmed(rank.width, 1.6) },
  }));
  const fills = RANKS.map((rank): LayerSpecification => ({
    id: `roads-${rank.id}`, ...common, minzoom: rank.from, filter: ofClass(rank.classes),
    layout: round,
    paint: {
      'line-color': ['step', ['zoom'], palette.thinAsEdge ? rank.edge(palette) : rank.fill(palette),
        rank.border, rank.fill(palette)],
      'line-width': slimmed(rank.width, 0),
    },
  }));
  return [...edges, ...fills];
}

/** Where roads come from: their own layer, or the gazetteer's named streets where there is none. */
function roadSource(has: Set<string>): string | null {
  return has.has('roads') ? 'roads' : has.has('streets') ? 'streets' : null;
}

export function basemap(palette: Palette, has: Set<string>): LayerSpecification[] {
  const out: LayerSpecification[] = [
    { id: 'outside', type: 'background', paint: { 'background-color': palette.outside } },
  ];
  for (const id of ['districts', 'wards']) {
    if (!has.has(id)) continue;
    out.push({ id: `${id}-land`, type: 'fill', source: id, 'source-layer': id,
      paint: { 'fill-color': palette.land, 'fill-antialias': false } });
  }
  if (has.has('greens')) {
    out.push({ id: 'greens-fill', type: 'fill', source: 'greens', 'source-layer': 'greens',
      paint: { 'fill-antialias': false, 'fill-color': ['match', ['get', 'kind'],
        ['forest', 'wood', 'wetland', 'scrub', 'nature_reserve'], palette.wood,
        ['meadow', 'grass', 'grassland', 'orchard', 'cemetery', 'pitch'], palette.grass,
        palette.park] } });
  }
  if (has.has('waterways')) {
    out.push({ id: 'waterways-line', type: 'line', source: 'waterways', 'source-layer': 'waterways',
      minzoom: 8, layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': palette.water, 'line-width': ['interpolate', ['exponential', 1.4], ['zoom'],
        8, ['match', ['get', 'kind'], 'river', 0.8, 0.2],
        12, ['match', ['get', 'kind'], 'river', 2, 'canal', 1.2, 0.6],
        15, ['match', ['get', 'kind'], 'river', 5, 'canal', 3.5, 1.6],
        18, ['match', ['get', 'kind'], 'river', 14, 'canal', 12, 5]] } });
  }
  if (has.has('water')) {
    out.push({ id: 'water-fill', type: 'fill', source: 'water', 'source-layer': 'water',
      paint: { 'fill-color': palette.water } });
  }
  const source = roadSource(has);
  if (source) out.push(...roads(palette, source));
  return out;
}

/** Names of streets along them, of rivers, parks and places. */
export function basemapLabels(palette: Palette, has: Set<string>): LayerSpecification[] {
  const out: LayerSpecification[] = [];
  const halo = { 'text-halo-color': palette.halo, 'text-halo-width': 1.6 };
  const name: ExpressionSpecification = ['coalesce', ['get', 'name'], ''];
  if (has.has('waterways')) {
    out.push({ id: 'waterways-label', type: 'symbol', source: 'waterways', 'source-layer': 'waterways',
      minzoom: 11,
      filter: ['any', ['>=', ['zoom'], 13], ['==', ['get', 'kind'], 'river']],
      layout: { 'symbol-placement': 'line', 'text-field': name, 'text-font': FONT,
        'text-size': zoomed(11, 10.5, 16, 14), 'symbol-spacing': 420, 'text-letter-spacing': 0.08,
        'text-max-angle': 38 },
      paint: { 'text-color': palette.labelWater, 'text-halo-color': palette.waterHalo, 'text-halo-width': 1.2 } });
  }
  const source = roadSource(has);
  if (source && has.has('streets')) {
    const label = (id: string, from: number, classes: string[], size: number[]): LayerSpecification => ({
      id: `streets-label${id}`, type: 'symbol', source, 'source-layer': source, minzoom: from,
      filter: ofClass(classes),
      layout: { 'symbol-placement': 'line', 'text-field': name, 'text-font': FONT,
        'text-size': zoomed(...size), 'symbol-spacing': 340, 'text-max-angle': 32, 'text-padding': 4 },
      paint: { 'text-color': palette.labelMinor, ...halo },
    });
    const classes = (...ids: string[]) => RANKS.filter((rank) => ids.includes(rank.id))
      .flatMap((rank) => rank.classes);
    out.push(
      label('-service', 16, classes('service'), [16, 10, 19, 13]),
      label('-minor', 14.5, classes('minor'), [14, 9.5, 19, 14]),
      label('', 12.8, classes('tertiary', 'secondary'), [12.5, 9.5, 18, 15]),
      label('-main', 11.5, classes('primary', 'trunk', 'motorway'), [11.5, 10, 18, 16]),
      { id: 'roads-ref', type: 'symbol', source, 'source-layer': source, minzoom: 9,
        filter: ['all', ['has', 'ref'], ofClass(classes('primary', 'trunk', 'motorway'))],
        layout: { 'symbol-placement': 'line', 'text-field': ['get', 'ref'], 'text-font': FONT_STRONG,
          'text-size': 10, 'symbol-spacing': 460, 'text-rotation-alignment': 'viewport',
          'text-padding': 14 },
        paint: { 'text-color': palette.labelRef, 'text-halo-color': palette.refHalo,
          'text-halo-width': 3 } },
    );
  }
  if (has.has('greens')) {
    out.push({ id: 'greens-label', type: 'symbol', source: 'greens', 'source-layer': 'greens',
      minzoom: 14.5,
      layout: { 'text-field': name, 'text-font': FONT, 'text-size': 11, 'text-max-width': 7 },
      paint: { 'text-color': palette.labelGreen, ...halo } });
  }
  if (has.has('places')) {
    out.push({ id: 'places-label', type: 'symbol', source: 'places', 'source-layer': 'places',
      minzoom: 15.5, filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': name, 'text-font': FONT, 'text-size': 11,
        'text-max-width': 8, 'text-optional': true, 'text-padding': 5 },
      paint: { 'text-color': palette.labelMinor, ...halo } });
  }
  return out;
}
