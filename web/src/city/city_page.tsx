// The page at / and at /leader: the map of the city with a panel. A citizen's starts with filing a
// complaint beside the map; a leader's with the filters, over a map that fills the window.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fetchLayers, reverse } from '../api';
import { useMessages } from '../i18n';
import type { CategoryNode } from '../lib/categories';
import {
  boundaryDay, type Filters, filtersFromUrl, filtersToQuery, filtersToUrl,
} from '../lib/filters';
import { hiddenAtFirst, opacityFromUrl, opacityToUrl, whenFromUrl } from '../lib/layer_state';
import { seesDirectives, useDirectives } from '../leader/directives/use_directives';
import { LeaderTools } from '../leader/leader_tools';
import { Ranking } from '../leader/ranking';
import { TimeBar } from '../leader/time_bar';
import { useMeasures } from '../leader/use_measures';
import { Wall } from '../leader/wall';
import { useLive } from '../lib/live';
import { useMedia } from '../lib/media';
import { cityDay, formatDay } from '../lib/time';
import { setUrlParam, setUrlParams, urlParams, useUrlParams } from '../lib/url_state';
import type { CityMap } from '../map/city_map';
import { MapView } from '../map/map_view';
import { seesIncidents, useIncidents } from '../incidents/use_incidents';
import { Done } from '../report/done';
import { EMPTY_DRAFT, type Draft, keepDraft, keptDraft } from '../report/draft';
import { ReportForm } from '../report/form';
import { Tabs } from '../shell/tabs';
import type { Candidate, City, Complaint, LayerEntry, Point, User } from '../types';
import { FilterPanel } from './filter_panel';
import { LayerPanel, RADII } from './layer_panel';
import { Latest } from './latest';
import { Track } from './track';

export interface CityPageProps {
  mode: 'citizen' | 'leader';
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  user: User | null;
}

const TABS = {
  citizen: ['report', 'track', 'filters'],
  leader: ['filters', 'measures', 'ranking', 'directives', 'incidents', 'latest', 'report', 'track'],
} as const;
/** The width of a leader's panel with its margin, as in styles/city.css. */
const PANEL_COVERS = { usual: 426, ranking: 686 };
type Tab = 'report' | 'track' | 'filters' | 'measures' | 'ranking' | 'directives' | 'incidents' | 'latest';

function hiddenLayers(params: URLSearchParams, entries: LayerEntry[]): Set<string> {
  const text = params.get('hide');
  return new Set(text === null ? hiddenAtFirst(entries) : text.split(',').filter(Boolean));
}

export function CityPage({ mode, city, categories, layers: given, user }: CityPageProps) {
  const t = useMessages();
  const params = useUrlParams();
  const live = useLive();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const wide = useMedia('(min-width: 761px)');
  const map = useRef<CityMap | null>(null);
  const [draft, setDraft] = useState<Draft>(keptDraft);
  const [filed, setFiled] = useState<Complaint | null>(null);
  const [candidates, setCandidates] = useState<Candidate[]>([]);
  const [activeCandidate, setActiveCandidate] = useState(-1);
  const [positionFailed, setPositionFailed] = useState(false);
  const [panelOpen, setPanelOpen] = useState(true);
  const [ownPulse, setOwnPulse] = useState(0);

  const tabs: readonly Tab[] = TABS[mode].filter((id: Tab) => (id !== 'directives' || seesDirectives(user))
    && (id !== 'incidents' || seesIncidents(user)));
  const asked = params.get('tab') as Tab | null;
  const code = params.get('code') ?? '';
  const tab: Tab = asked && tabs.includes(asked) ? asked : code ? 'track' : tabs[0] ?? 'report';

  const search = params.toString();
  const filters = useMemo(() => filtersFromUrl(new URLSearchParams(search)), [search]);
  const layers = useLayers(given, user?.login);
  const hidden = useMemo(() => hiddenLayers(new URLSearchParams(search), layers), [search, layers]);
  const opacityText = params.get('opacity');
  const opacity = useMemo(() => opacityFromUrl(opacityText), [opacityText]);
  const when = whenFromUrl(params.get('when'));
  const radius = RADII.includes(params.get('radius') ?? '') ? params.get('radius') ?? '' : '';
  const now = new Date();
  const query = filtersToQuery(filters, now, city.timezone).toString();
  const at = boundaryDay(filters, now, city.timezone);

  useEffect(() => keepDraft(draft === EMPTY_DRAFT ? null : draft), [draft]);

  // Who is logged in sees more: the tiles and lists are others.
  useEffect(() => {
    if (user) setOwnPulse((n) => n + 1);
    return () => {
      if (user) setOwnPulse((n) => n + 1);
    };
  }, [user?.login]);

  const setFilters = (next: Filters) => setUrlParams(filtersToUrl(next, urlParams()));
  const openTab = (next: string) => setUrlParam('tab', next, true);
  const changeDraft = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));

  /** A point was chosen: it is what counts, so the address becomes what is there. */
  const pick = useCallback((point: Point, accuracyM: number | null, zoom: boolean) => {
    setFiled(null);
    setCandidates([]);
    setPositionFailed(false);
    setDraft((before) => ({ ...before, point: { ...point, accuracyM }, address: '' }));
    if (zoom) map.current?.flyTo(point);
    reverse(point).then((found) => {
      const label = found[0]?.label;
      if (!label) return;
      setDraft((before) => (before.point?.lon === point.lon && before.point.lat === point.lat
        && before.address === '' ? { ...before, address: label } : before));
    }, () => undefined);
  }, []);

  const pickOnMap = (point: Point) => {
    if (tab !== 'report') {
      if (mode === 'leader') return; // a click on a leader's map only looks
      openTab('report');
    }
    pick(point, null, false);
  };

  const chooseCandidate = (candidate: Candidate) => {
    setCandidates([]);
    setActiveCandidate(-1);
    changeDraft({
      point: { lon: candidate.lon, lat: candidate.lat, accuracyM: null }, address: candidate.label,
    });
    map.current?.flyTo(candidate, 16);
  };

  const here = () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => pick({ lon: coords.longitude, lat: coords.latitude },
        Math.round(coords.accuracy), true),
      () => setPositionFailed(true),
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 30000 },
    );
  };

  const onFiled = (complaint: Complaint) => {
    setFiled(complaint);
    setCandidates([]);
    setDraft(EMPTY_DRAFT);
    setOwnPulse((n) => n + 1);
  };

  const show = (point: Point) => map.current?.flyTo(point, 17);
  const track = (wanted: string) => {
    const next = urlParams();
    next.set('code', wanted);
    next.set('tab', 'track');
    setUrlParams(next, true);
  };

  const marker = filed?.place && typeof filed.place.lon === 'number' && typeof filed.place.lat === 'number'
    ? { lon: filed.place.lon, lat: filed.place.lat } : tab === 'report' ? draft.point : null;

  const wall = mode === 'leader' && params.get('wall') === '1';
  const timeline = mode === 'leader' && params.get('time') === '1';
  const periodText = filters.from || filters.to
    ? `${filters.from ? formatDay(filters.from) : '…'} – ${filters.to ? formatDay(filters.to) : '…'}`
    : t.filters.ranges[filters.range];

  const measures = useMeasures({
    on: mode === 'leader', search, filters, query, at, dark, pulse: live.pulse + ownPulse,
    onShow: (point) => map.current?.flyTo(point, 13),
  });

  const directives = useDirectives({
    on: tab === 'directives', user, map: () => map.current, query, timezone: city.timezone, pulse: live.pulse,
  });

  const incidents = useIncidents({
    on: mode === 'leader', open: tab === 'incidents', user, map: () => map.current, timezone: city.timezone,
    pulse: live.pulse + ownPulse,
  });

  const panel = {
    report: () => filed
      ? <Done complaint={filed} timezone={city.timezone} onTrack={track} onAnother={() => setFiled(null)} />
      : <ReportForm categories={categories} timezone={city.timezone} draft={draft}
          candidates={candidates} onDraft={changeDraft} onCandidates={setCandidates}
          onActiveCandidate={setActiveCandidate} onChooseCandidate={chooseCandidate}
          onHere={here} positionFailed={positionFailed} near={() => map.current?.centre() ?? null}
          onCentre={() => {
            const centre = map.current?.centre();
            if (centre) pick(centre, null, false);
          }}
          onPlace={(point, accuracyM) => pick(point, accuracyM, true)}
          onFiled={onFiled} onTrack={track} />,
    track: () => <Track code={code} categories={categories} timezone={city.timezone}
      pulse={live.pulse} onCode={track} onShow={show} />,
    filters: () => (
      <>
        <FilterPanel filters={filters} categories={categories} onFilters={setFilters}
          today={cityDay(now, city.timezone)} />
        <LayerPanel city={city} layers={layers} hidden={hidden} at={filters.at} radius={radius}
          onHidden={(next) => {
            const changed = urlParams();
            changed.set('hide', [...next].join(','));
            setUrlParams(changed);
          }}
          onAt={(day) => setFilters({ ...filters, at: day })}
          opacity={opacity} when={when}
          onOpacity={(id, share) => setUrlParam('opacity', opacityToUrl(new Map(opacity).set(id, share)))}
          onWhen={(instant) => setUrlParam('when', instant)}
          onRadius={(metres) => setUrlParam('radius', metres)} />
      </>
    ),
    measures: () => measures.panel,
    directives: () => directives.panel,
    ranking: () => <Ranking kind={params.get('rank') === 'ward' ? 'ward' : 'agency'} filters={filters}
      query={query} timezone={city.timezone} pulse={live.pulse + ownPulse}
      onKind={(kind) => setUrlParam('rank', kind === 'ward' ? kind : '')}
      onOnly={(kind, code) => setFilters({
        ...filters, [kind]: filters[kind].includes(code) ? [] : [code],
      })}
      onCases={() => openTab('latest')} />,
    incidents: () => incidents.panel,
    latest: () => <Latest query={query} timezone={city.timezone}
      pulse={live.pulse + ownPulse} onShow={show} />,
  }[tab];

  return (
    <main id="main" class={`city ${mode}${panelOpen && !wall ? '' : ' closed'}${tab === 'ranking' ? ' broad' : ''}${timeline ? ' with-time' : ''}`} tabIndex={-1}>
      <h1 class="visually-hidden">{t.titles[mode]}</h1>
      <MapView city={city} categories={categories} layers={layers} query={query} at={at}
        hidden={hidden} radius={radius} opacity={opacity} when={when} dark={dark} point={marker}
        choropleth={measures.choropleth} legend={measures.legend} overlay={directives.overlay ?? incidents.overlay} onUnit={measures.onUnit}
        candidates={tab === 'report' ? candidates : NO_CANDIDATES} activeCandidate={activeCandidate}
        coveredLeft={mode === 'leader' && wide && panelOpen && !wall ? PANEL_COVERS[tab === 'ranking' ? 'ranking' : 'usual'] : 0}
        rounded={user === null} live={live.connected} pulse={live.pulse + ownPulse}
        picking={tab === 'report' && filed === null} onPick={pickOnMap} onComplaint={track}
        onChooseCandidate={(index) => {
          const candidate = candidates[index];
          if (candidate) chooseCandidate(candidate);
        }}
        onMap={(opened) => {
          map.current = opened;
        }} />
      {mode === 'leader' && (
        <button type="button" class="button panel-toggle" aria-expanded={panelOpen}
          aria-controls="panel" onClick={() => setPanelOpen(!panelOpen)}>
          {panelOpen ? t.map.hidePanel : t.map.showPanel}
        </button>
      )}
      {timeline && (
        <TimeBar filters={filters} query={query} timezone={city.timezone}
          onPeriod={(from, to) => setFilters({ ...filters, from, to })}
          onClose={() => setUrlParam('time', '')} />
      )}
      {wall && <Wall query={query} timezone={city.timezone} pulse={live.pulse} onClose={() => setUrlParam('wall', '')} />}
      <section id="panel" class="panel" aria-label={t.map.panel} hidden={!panelOpen || wall}>
        {mode === 'leader' && (
          <LeaderTools timeline={timeline} period={periodText} picture={() => map.current?.picture()}
            onTimeline={(on) => setUrlParam('time', on ? '1' : '')} onWall={() => setUrlParam('wall', '1', true)} />
        )}
        <Tabs label={t.tabs.label} chosen={tab} onChoose={openTab}
          tabs={tabs.map((id) => ({ id, title: t.tabs[id] }))}>
          {panel()}
        </Tabs>
      </section>
    </main>
  );
}

/** The list anew when somebody logs in or out: who is logged in sees more of it. */
function useLayers(given: LayerEntry[], login: string | undefined): LayerEntry[] {
  const [layers, setLayers] = useState(given);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    fetchLayers().then(setLayers, () => undefined);
  }, [login]);
  return layers;
}

const NO_CANDIDATES: Candidate[] = [];
