// Layers that were imported: planned outages, flood points, works, schools, and whatever a city
// adds. Drawn as their own style says, by geometry.

import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { LayerEntry } from '../types';
import { FONT, zoomed } from './basemap';
import type { Palette } from './palette';

/** What a map layer that shows an imported one is called: x:CODE:part. */
const PREFIX = 'x:';

export function overlayOf(id: string): string | null {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length, id.lastIndexOf(':')) : null;
}

/** Colours for layers that bring none, told apart also by those who see red and green alike. */
const FALLBACK = ['#6d28d9', '#0369a1', '#b45309', '#be185d', '#4d7c0f', '#0f766e'];

function numberOf(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum;
}

/** A colour as the style may give it; anything else is not one. */
function colourIn(value: unknown): string | null {
  return typeof value === 'string' && /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value) ? value : null;
}

export function overlayColour(entry: LayerEntry): string {
  return colourIn(entry.style?.['color']) ?? FALLBACK[numberOf(entry.id) % FALLBACK.length] ?? '#6d28d9';
}

/** The legend's further rows: colours by the values of one attribute. */
export function overlayValues(entry: LayerEntry): [string, string][] {
  const values = entry.style?.['values'];
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([value, colour]): [string, string][] => {
    const good = colourIn(colour);
    return good ? [[value, good]] : [];
  });
}

function colour(entry: LayerEntry): string | ExpressionSpecification {
  const property = entry.style?.['property'];
  const values = overlayValues(entry);
  if (typeof property !== 'string' || !values.length) return overlayColour(entry);
  return ['match', ['to-string', ['get', property]], ...values.flat(), overlayColour(entry)] as
    unknown as ExpressionSpecification;
}

export function overlayLayers(palette: Palette, entry: LayerEntry, opacity: number): LayerSpecification[] {
  const base = `${PREFIX}${entry.id}:`;
  if (entry.kind === 'raster') {
    return [{ id: `${base}raster`, type: 'raster', source: entry.id, paint: { 'raster-opacity': opacity } }];
  }
  const common = { source: entry.id, 'source-layer': entry.id };
  const paint = colour(entry);
  const wide = Number(entry.style?.['width'] ?? 2.5) || 2.5;
  const count: ExpressionSpecification = ['coalesce', ['get', 'count'], 1];
  return [
    { id: `${base}fill`, type: 'fill', ...common, filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': paint, 'fill-opacity': 0.28 * opacity } },
    { id: `${base}line`, type: 'line', ...common, filter: ['!=', ['geometry-type'], 'Point'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': paint, 'line-opacity': opacity,
        'line-width': zoomed(9, wide * 0.5, 14, wide, 18, wide * 2.4) } },
    { id: `${base}point`, type: 'circle', ...common, filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': paint, 'circle-opacity': opacity,
        'circle-radius': ['interpolate', ['linear'], ['zoom'],
          9, ['+', 2.6, ['min', 8, ['*', 3, ['log10', count]]]],
          15, ['+', 6, ['min', 10, ['*', 4, ['log10', count]]]]],
        'circle-stroke-color': palette.pointLine, 'circle-stroke-width': 1.4,
        'circle-stroke-opacity': opacity } },
    { id: `${base}count`, type: 'symbol', ...common, minzoom: 10,
      filter: ['all', ['==', ['geometry-type'], 'Point'], ['>', count, 1]],
      layout: { 'text-field': ['to-string', count], 'text-font': FONT, 'text-size': 10,
        'text-offset': [0, -1.2] },
      paint: { 'text-color': palette.label, 'text-halo-color': palette.halo, 'text-halo-width': 1.5,
        'text-opacity': opacity } },
    { id: `${base}label`, type: 'symbol', ...common, minzoom: 14.5,
      filter: ['==', count, 1],
      layout: { 'text-field': ['coalesce', ['get', 'name'], ''], 'text-font': FONT, 'text-size': 11.5,
        'text-max-width': 9, 'text-anchor': 'top', 'text-offset': [0, 0.8], 'text-optional': true },
      paint: { 'text-color': paint, 'text-halo-color': palette.halo, 'text-halo-width': 1.6,
        'text-opacity': opacity } },
  ];
}
