// The place of one case: its map, what else its address may mean, and putting it where it really is. Used
// wherever a case is worked on; keyed by the case's code, so that nothing picked outlives it.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CategoryNode } from '../lib/categories';
import { hiddenAtFirst } from '../lib/layer_state';
import { useMedia } from '../lib/media';
import type { CityMap } from '../map/city_map';
import { MapView } from '../map/map_view';
import type { Candidate, City, LayerEntry, Point } from '../types';
import { AlternativePart, alternativesOf } from './alternatives';
import { PlacePart, type Target } from './place_part';
import type { Case, CaseEvent } from './types';
import { useWords } from './words';

const NO_CANDIDATES: Candidate[] = [];
const NO_OPACITY = new Map<string, number>();
const NEAR = 16;

export function pointOf(one: Case): Point | null {
  const { place } = one;
  return typeof place?.lon === 'number' && typeof place.lat === 'number' ? { lon: place.lon, lat: place.lat } : null;
}

interface CasePlaceProps {
  one: Case;
  history: CaseEvent[];
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  today: string;
  live: boolean;
  pulse: number;
  /** The map is there only while somebody looks for the place: beside another map. */
  mapOnDemand?: boolean;
  onPlaced: (changed: Case) => void;
}

export function CasePlace({ one, history, city, categories, layers, today, live, pulse, mapOnDemand = false, onPlaced }: CasePlaceProps) {
  const t = useWords();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const map = useRef<CityMap | null>(null);
  // Only its place: neither what others reported nor what lies over the map.
  const hidden = useMemo(() => new Set([...hiddenAtFirst(layers), 'heatmap', 'heat', 'complaints']), [layers]);
  const others = useMemo(() => alternativesOf(history), [history]);
  const [other, setOther] = useState(-1);
  const [picking, setPicking] = useState(false);
  const [picked, setPicked] = useState<Target | null>(null);
  const [typed, setTyped] = useState(NO_CANDIDATES);
  const point = pointOf(one);
  const show = (to: Point | null | undefined) => to && map.current?.flyTo(to, NEAR);
  useEffect(() => void show(point), [point?.lon, point?.lat]);

  // What is picked on the map or typed; else the alternative that is chosen.
  const fromList = others.list[other];
  const target = picked ?? (fromList ? { point: { lon: fromList.lon, lat: fromList.lat }, label: fromList.label } : null);
  const pick = (next: Target | null) => {
    setOther(-1);
    setPicked(next);
    show(next?.point);
  };
  const showOther = (index: number) => {
    setPicked(null);
    setOther(index);
    show(others.list[index] ?? point);
  };
  const shown = typed.length ? typed : others.list.length > 1 ? others.list : NO_CANDIDATES;
  const chooseShown = (index: number) => {
    const chosen = typed[index];
    if (chosen) pick({ point: { lon: chosen.lon, lat: chosen.lat }, label: chosen.label, address: chosen.label });
    else showOther(index);
  };
  const placed = (changed: Case) => {
    setOther(-1);
    setPicked(null);
    setPicking(false);
    setTyped(NO_CANDIDATES);
    onPlaced(changed);
  };
  const mapShown = mapOnDemand ? picking || target !== null : point !== null || others.list.length > 1 || picking;
  return (
    <>
      {mapShown && (
        <div class="case-map no-print">
          <MapView city={city} categories={categories} layers={layers} dark={dark} radius="" when="" at={today} query=""
            hidden={hidden} choropleth={null} legend={null} opacity={NO_OPACITY} point={picked?.point ?? point}
            apart={mapOnDemand ? t.place.map : undefined} candidates={shown} activeCandidate={other} coveredLeft={0} rounded={false} live={live} pulse={pulse} picking={picking}
            onPick={(at) => picking && pick({ point: at, label: '' })} onComplaint={() => undefined} onUnit={() => undefined}
            onChooseCandidate={chooseShown} pointsFrom={0}
            onMap={(opened) => {
              map.current = opened;
              show(target?.point ?? point);
            }} />
        </div>
      )}
      <AlternativePart found={others} chosen={other} onChoose={showOther} />
      <PlacePart one={one} target={target} picking={picking} candidates={typed} near={() => point}
        onPicking={setPicking} onTarget={pick} onCandidates={setTyped} onActive={() => undefined} onDone={placed} />
    </>
  );
}
