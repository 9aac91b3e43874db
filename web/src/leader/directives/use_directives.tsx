// Directives as the page needs them: a panel, loaded when it is first shown, and what to draw.

import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useMessages } from '../../i18n';
import type { CityMap } from '../../map/city_map';
import type { Point, User } from '../../types';
import type { DirectivePanelProps } from './panel';

export interface DirectivesInput {
  on: boolean;
  user: User | null;
  map: () => CityMap | null;
  query: string;
  timezone: string;
  pulse: number;
}

const READERS = ['leader', 'supervisor', 'administrator', 'auditor', 'operator'];

export const seesDirectives = (user: User | null): boolean => user !== null && READERS.includes(user.role);

export function useDirectives(input: DirectivesInput): { panel: ComponentChildren; overlay: GeoJSON.GeoJSON | null } {
  const m = useMessages();
  const [Panel, setPanel] = useState<ComponentType<DirectivePanelProps> | null>(null);
  const [failed, setFailed] = useState(false);
  const [drawn, setDrawn] = useState<Point[] | null>(null);
  const [area, setArea] = useState<GeoJSON.MultiPolygon | null>(null);
  const on = input.on && seesDirectives(input.user);
  useEffect(() => {
    if (on && !Panel) {
      import('./panel').then((module) => setPanel(() => module.DirectivePanel), () => setFailed(true));
    }
  }, [on]);
  const overlay = useMemo((): GeoJSON.GeoJSON | null => {
    if (!on) return null;
    if (area) return area;
    const ring = drawn?.map(({ lon, lat }): [number, number] => [lon, lat]);
    return ring?.[0] ? { type: 'Polygon', coordinates: [[...ring, ring[0]]] } : null;
  }, [on, drawn, area]);
  let panel: ComponentChildren = <p role="status">{failed ? m.offline : m.loading}</p>;
  if (Panel && input.user) {
    panel = (
      <Panel user={input.user} map={input.map} query={input.query} timezone={input.timezone} pulse={input.pulse}
        drawn={drawn} onDrawn={(ring) => {
          setArea(null);
          setDrawn(ring);
        }}
        onArea={(shape) => {
          setArea(shape);
          input.map()?.showAll(shape.coordinates.flat(2).map(([lon, lat]) => ({ lon: lon ?? 0, lat: lat ?? 0 })));
        }} />
    );
  }
  return { panel: on ? panel : null, overlay };
}
