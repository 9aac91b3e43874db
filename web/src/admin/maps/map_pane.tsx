// The map beside a part of the administrator's page: what a draft or an upload would be, over what is.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useMedia } from '../../lib/media';
import type { CityMap } from '../../map/city_map';
import { MapView } from '../../map/map_view';
import type { Candidate, LayerEntry, Point } from '../../types';
import type { SectionProps } from '../sections';

const NO_CANDIDATES: Candidate[] = [];
const NO_OPACITY = new Map<string, number>();
const TALLEST = 2.2; // degrees
const ALWAYS_HIDDEN = ['heatmap', 'heat', 'complaints', 'jurisdictions', 'places'];

/** Every point that a shape has, for moving the map to it. */
function cornersOf(shape: unknown): Point[] {
  if (Array.isArray(shape)) {
    if (typeof shape[0] === 'number' && typeof shape[1] === 'number') return [{ lon: shape[0], lat: shape[1] }];
    return shape.flatMap(cornersOf);
  }
  if (typeof shape !== 'object' || shape === null) return [];
  const { coordinates, features, geometry, geometries } = shape as Record<string, unknown>;
  return [coordinates, features, geometry, geometries].flatMap(cornersOf);
}

/** The box of what is worth seeing first: what changes, where something does. */
function boxOf(shape: GeoJSON.GeoJSON): Point[] {
  let box: [number, number, number, number] | null = null;
  const changes = shape.type === 'FeatureCollection' ? shape.features.filter((f) => !['same', undefined].includes(f.properties?.['what'] as string | undefined)) : [];
  for (const { lon, lat } of cornersOf(changes.length ? changes : shape)) {
    box = box ? [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)] : [lon, lat, lon, lat];
  }
  if (!box) return [];
  const [west, south, east, north] = box;
  // Far islands would make the rest a speck, as when the map opens.
  return [{ lon: west, lat: north - south > TALLEST ? north - TALLEST / 2 : south }, { lon: east, lat: north }];
}

interface MapPaneProps extends Pick<SectionProps, 'city' | 'categories'> {
  layers: LayerEntry[];
  at: string;
  overlay: GeoJSON.GeoJSON | null;
  /** Imported layers that are shown. */
  shown?: string[];
  /** The map goes there when it changes. */
  focus?: Point[] | null;
  point?: Point | null;
  onPick?: (point: Point) => void;
  children?: ComponentChildren;
}

export function MapPane({ city, categories, layers, at, overlay, shown = [], focus, point, onPick, children }: MapPaneProps) {
  const dark = useMedia('(prefers-color-scheme: dark)');
  const [map, setMap] = useState<CityMap | null>(null);
  const hidden = new Set([...ALWAYS_HIDDEN, ...layers.filter((l) => l.group && l.group.code !== 'base' && !shown.includes(l.id)).map((l) => l.id)]);
  useEffect(() => {
    if (map && overlay) map.showAll(boxOf(overlay));
  }, [map, overlay]);
  useEffect(() => {
    if (map && focus?.length) map.showAll(focus);
  }, [map, focus]);
  return (
    <div class="admin-map">
      <MapView city={city} categories={categories} layers={layers} query="" at={at} hidden={hidden} radius="" choropleth={null} legend={children} opacity={NO_OPACITY}
        when="" dark={dark} point={point ?? null} candidates={NO_CANDIDATES} activeCandidate={-1} coveredLeft={0} rounded={false} live overlay={overlay} pulse={0}
        picking={onPick !== undefined} onPick={(where) => onPick?.(where)} onComplaint={() => undefined} onChooseCandidate={() => undefined} onUnit={() => undefined} onMap={setMap} />
    </div>
  );
}
