// Units of the map filled by what was measured of them: wards and districts by their tiles, joined
// by code; hexagons as they come.

import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from 'maplibre-gl';

export interface Choropleth {
  /** The layer whose tiles have the units; empty for hexagons. */
  layer: '' | 'wards' | 'districts';
  /** Colour by code. */
  colors: Map<string, string>;
  hexagons: { code: string; ring: [number, number][] }[];
  chosen: string;
}

export const UNIT_LAYER = 'units-fill';

export function choroplethSources(c: Choropleth | null): Record<string, SourceSpecification> {
  if (!c || c.layer) return {};
  return {
    units: {
      type: 'geojson',
      data: {
        type: 'FeatureCollection',
        features: c.hexagons.map(({ code, ring }) => ({
          type: 'Feature', properties: { code, color: c.colors.get(code) ?? '' },
          geometry: { type: 'Polygon', coordinates: [ring] },
        })),
      },
    },
  };
}

export function choroplethLayers(c: Choropleth | null, has: Set<string>, line: string): LayerSpecification[] {
  if (!c || (c.layer && !has.has(c.layer))) return [];
  const source = c.layer ? { source: c.layer, 'source-layer': c.layer } : { source: 'units' };
  const pairs = [...c.colors].flat();
  const color = (c.layer
    ? pairs.length ? ['match', ['get', 'code'], ...pairs, 'rgba(0,0,0,0)'] : 'rgba(0,0,0,0)'
    : ['get', 'color']) as ExpressionSpecification;
  return [
    { id: UNIT_LAYER, type: 'fill', ...source,
      ...(c.layer ? {} : { filter: ['!=', ['get', 'color'], ''] as ExpressionSpecification }),
      paint: { 'fill-color': color, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 11, 0.85, 16, 0.35] } },
    { id: 'units-chosen', type: 'line', ...source, filter: ['==', ['get', 'code'], c.chosen],
      layout: { 'line-join': 'round' }, paint: { 'line-color': line, 'line-width': 3.5 } },
  ];
}
