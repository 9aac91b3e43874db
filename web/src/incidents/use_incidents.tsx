// Incidents on the map of a page, and their tab; asked for anew whenever something changed.

import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useMessages } from '../i18n';
import type { CityMap } from '../map/city_map';
import type { User } from '../types';
import { type Incident, fetchIncidents } from './api';
import type { IncidentPanelProps } from './panel';

interface IncidentsInput {
  /** Their areas are on the map. */
  on: boolean;
  /** Their tab is open. */
  open: boolean;
  user: User | null;
  map: () => CityMap | null;
  timezone: string;
  pulse: number;
}

const READERS = ['operator', 'supervisor', 'leader', 'administrator', 'auditor', 'agency_head', 'agency_staff'];

const ALL_SEEING = ['operator', 'supervisor', 'leader', 'administrator', 'auditor'];

export const seesIncidents = (user: User | null): boolean => user !== null && READERS.includes(user.role);

export function useIncidents(input: IncidentsInput): { panel: ComponentChildren; overlay: GeoJSON.GeoJSON | null } {
  const m = useMessages();
  const [incidents, setIncidents] = useState<Incident[]>([]);
  const [changes, setChanges] = useState(0);
  const [Panel, setPanel] = useState<ComponentType<IncidentPanelProps> | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!input.on) return undefined;
    const stop = new AbortController();
    fetchIncidents(stop.signal).then(setIncidents, () => undefined); // the next pulse asks again
    return () => stop.abort();
  }, [input.on, input.user?.login, input.pulse, changes]);
  useEffect(() => {
    if (input.open && !Panel) {
      import('./panel').then((module) => setPanel(() => module.IncidentPanel), () => setFailed(true));
    }
  }, [input.open]);
  const overlay = useMemo((): GeoJSON.GeoJSON | null => {
    const shown = incidents.filter((i) => i.status === 'proposed' || i.status === 'confirmed');
    if (!input.on || !shown.length) return null;
    return { type: 'FeatureCollection', features: shown.map((i): GeoJSON.Feature => ({
      type: 'Feature', id: i.id, geometry: i.area, properties: { id: i.id, status: i.status } })) };
  }, [input.on, incidents]);
  return {
    overlay,
    panel: Panel
      ? <Panel incidents={incidents} timezone={input.timezone} mayDecide={input.user?.role === 'supervisor'}
          mayRead={input.user !== null && ALL_SEEING.includes(input.user.role)}
          onChanged={() => setChanges((n) => n + 1)}
          onShow={({ area }) => input.map()?.showAll(area.coordinates.flat(2).map(([lon, lat]) => ({ lon: lon ?? 0, lat: lat ?? 0 })))} />
      : <p role="status">{failed ? m.offline : m.loading}</p>,
  };
}
