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
import { keepOffline } from '../lib/keep_offline';
import { useLive } from '../lib/live';
import { useMedia } from '../lib/media';
import { useOnline } from '../lib/online';
import { cityDay, formatDay } from '../lib/time';
import { setUrlParam, setUrlParams, urlParams, useUrlParams } from '../lib/url_state';
import type { CityMap } from '../map/city_map';
import { MapView } from '../map/map_view';
import { seesIncidents, useIncidents } from '../incidents/use_incidents';
import { Done } from '../report/done';
import { Kept } from '../report/kept';
import type { Queued } from '../report/queue';
import { QueuePanel } from '../report/queue_panel';
import { useQueueWords } from '../report/queue_words';
import { useReports } from '../report/use_queue';
import { EMPTY_DRAFT, type Draft, keepDraft, keptDraft } from '../report/draft';
import { ReportForm } from '../report/form';
import { Tabs } from '../shell/tabs';
import type { Candidate, City, Complaint, FieldError, LayerEntry, Point, User } from '../types';
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
  const pending = useRef<Point | null>(null);
  const [mapWanted, setMapWanted] = useState(false);
  const [draft, setDraft] = useState<Draft>(keptDraft);
  const [filed, setFiled] = useState<(Complaint & { title: string }) | null>(null);
  const [keptId, setKeptId] = useState('');
  const [sending, setSending] = useState('');
  const [corrected, setCorrected] = useState<{ id: string; files: File[]; errors: FieldError[] } | null>(null);
  const reports = useReports(sending !== '');
  const online = useOnline();
  const words = useQueueWords();
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
  useEffect(() => {
    if (mode === 'citizen') void keepOffline();
  }, []);

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
    setKeptId('');
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

  const formDone = () => {
    if (corrected) reports.drop(corrected.id);
    setCandidates([]);
    setDraft(EMPTY_DRAFT);
    setCorrected(null);
    setOwnPulse((n) => n + 1);
  };
  const onFiled = (complaint: Complaint, title: string) => {
    setFiled({ ...complaint, title });
    formDone();
  };

  /** One that was refused after it had waited: back into the form, with its files and what was wrong. */
  const onCorrect = (entry: Queued) => {
    if (!entry.draft) return;
    setFiled(null);
    setKeptId('');
    setDraft(entry.draft);
    setCorrected({ id: entry.id, errors: entry.errors ?? [],
      files: entry.files.flatMap((file) => (file.blob ? new File([file.blob], file.name, { type: file.type }) : [])) });
    openTab('report');
  };

  const show = (point: Point) => {
    if (map.current) map.current.flyTo(point, 17);
    else pending.current = point;
    setMapWanted(true);
  };
  const track = (wanted: string) => {
    const next = urlParams();
    next.set('code', wanted);
    next.set('tab', 'track');
    setUrlParams(next, true);
  };

  const marker = filed?.place && typeof filed.place.lon === 'number' && typeof filed.place.lat === 'number'
    ? { lon: filed.place.lon, lat: filed.place.lat } : tab === 'report' ? draft.point : null;

  // On a phone the map costs more than the rest of the page: not before it is of use.
  const mapShown = wide || mode === 'leader' || mapWanted || (tab !== 'track' && !thrifty());
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

  const reportView = () => {
    if (filed) return <Done complaint={filed} timezone={city.timezone} onTrack={track} onAnother={() => setFiled(null)} />;
    if (keptId) {
      return <Kept entry={reports.entries.find((entry) => entry.id === keptId)} onTrack={track} onAnother={() => setKeptId('')} />;
    }
    return <ReportForm key={corrected?.id ?? ''} corrected={corrected} onSending={setSending} onKept={(id) => {
            setKeptId(id);
            formDone();
          }} categories={categories} timezone={city.timezone} draft={draft}
          candidates={candidates} onDraft={changeDraft} onCandidates={setCandidates}
          onActiveCandidate={setActiveCandidate} onChooseCandidate={chooseCandidate}
          onHere={here} positionFailed={positionFailed} near={() => map.current?.centre() ?? null}
          onCentre={() => {
            const centre = map.current?.centre();
            if (centre) pick(centre, null, false);
          }}
          onPlace={(point, accuracyM) => pick(point, accuracyM, true)}
          onFiled={onFiled} onTrack={track} />;
  };

  const panel = {
    report: reportView,
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
      onCases={() => openTab('latest')} custody={user !== null && ['leader', 'supervisor', 'administrator', 'auditor'].includes(user.role)} />,
    incidents: () => incidents.panel,
    latest: () => <Latest query={query} timezone={city.timezone}
      pulse={live.pulse + ownPulse} onShow={show} />,
  }[tab];

  return (
    <main id="main" class={`city ${mode}${panelOpen && !wall ? '' : ' closed'}${tab === 'ranking' ? ' broad' : ''} tab-${tab}${timeline ? ' with-time' : ''}`} tabIndex={-1}>
      <h1 class="visually-hidden">{t.titles[mode]}</h1>
      {!mapShown && (
        <p class="map map-off">
          <button type="button" class="button small" onClick={() => setMapWanted(true)}>{words.openMap}</button>
        </p>
      )}
      {mapShown && <MapView city={city} categories={categories} layers={layers} query={query} at={at}
        hidden={hidden} radius={radius} opacity={opacity} when={when} dark={dark} point={marker}
        choropleth={measures.choropleth} legend={measures.legend} overlay={directives.overlay ?? incidents.overlay} onUnit={measures.onUnit}
        candidates={tab === 'report' ? candidates : NO_CANDIDATES} activeCandidate={activeCandidate}
        coveredLeft={mode === 'leader' && wide && panelOpen && !wall ? PANEL_COVERS[tab === 'ranking' ? 'ranking' : 'usual'] : 0}
        rounded={user === null} live={live.connected} pulse={live.pulse + ownPulse}
        picking={tab === 'report' && filed === null && keptId === ''} onPick={pickOnMap} onComplaint={track}
        onChooseCandidate={(index) => {
          const candidate = candidates[index];
          if (candidate) chooseCandidate(candidate);
        }}
        onMap={(opened) => {
          map.current = opened;
          if (opened && pending.current) opened.flyTo(pending.current, 17);
          if (!opened) return;
          pending.current = null;
          setMapWanted(true); // it is here now: leaving the tab and coming back costs nothing
        }} />}
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
          {!online && (tab === 'report' || tab === 'track') && <p class="notice warn" role="status" data-net="offline">{words.offline}</p>}
          {panel()}
          {(tab === 'report' || tab === 'track') && <QueuePanel reports={reports} without={[corrected?.id ?? '', sending]} timezone={city.timezone} onTrack={track} onCorrect={onCorrect} />}
        </Tabs>
      </section>
    </main>
  );
}

/** The reader pays for bytes, or waits for them. */
function thrifty(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean; effectiveType?: string } };
  return connection?.saveData === true || /2g/.test(connection?.effectiveType ?? '');
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
