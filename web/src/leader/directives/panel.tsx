// The tab of directives on the leader's page.

import { useState } from 'preact/hooks';
import type { CityMap } from '../../map/city_map';
import type { Point, User } from '../../types';
import { DirectiveList } from './directive_list';
import { GiveForm } from './give_form';

export interface DirectivePanelProps {
  user: User;
  map: () => CityMap | null;
  /** The filters as the service takes them. */
  query: string;
  timezone: string;
  pulse: number;
  drawn: Point[] | null;
  onDrawn: (ring: Point[] | null) => void;
  onArea: (area: GeoJSON.MultiPolygon) => void;
}

export function DirectivePanel({ user, map, query, timezone, pulse, drawn, onDrawn, onArea }: DirectivePanelProps) {
  const [given, setGiven] = useState(0);
  const leads = user.role === 'leader';
  return (
    <div class="directive-panel">
      {leads && (
        <GiveForm map={map} query={query} timezone={timezone} drawn={drawn} onDrawn={onDrawn}
          onGiven={() => setGiven(given + 1)} />
      )}
      <DirectiveList timezone={timezone} pulse={pulse + given} mayAct={leads}
        mayRemind={leads || user.role === 'supervisor'} onArea={onArea} />
    </div>
  );
}
