// The page at /admin: the rules and their safe change, beside a map of the city.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { useLang, useMessages } from '../i18n';
import type { CategoryNode } from '../lib/categories';
import { hiddenOnGround } from '../lib/layer_state';
import { useMedia } from '../lib/media';
import { cityDay } from '../lib/time';
import { setUrlParam, setUrlParams, urlParams, useUrlParams } from '../lib/url_state';
import type { CityMap } from '../map/city_map';
import { MapView } from '../map/map_view';
import { LogInNow } from '../shell/closed';
import { Tabs } from '../shell/tabs';
import type { Candidate, City, LayerEntry, Point, User } from '../types';
import { fetchRules, fetchSet, fetchSets, fetchVocabulary, makeDraft } from './api';
import { Corrections } from './corrections';
import { CheckView, ReplayView } from './job_views';
import { RuleList } from './rule_list';
import { useSectionWords } from './section_words';
import { SECTIONS, useSection } from './sections';
import { ApprovalView, ExplainView, LogView } from './step_views';
import type { Rule, RuleSet, Vocabulary, WholeSet } from './types';
import { useWords } from './words';

interface AdminPageProps {
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  user: User | null;
}

const TABS = ['rules', 'check', 'replay', 'approval', 'explain', 'corrections', 'log'] as const;
type Tab = (typeof TABS)[number];
const READERS = ['administrator', 'supervisor', 'leader', 'auditor'];
const NO_CANDIDATES: Candidate[] = [];
const NO_OPACITY = new Map<string, number>();

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

interface Loaded { sets: RuleSet[]; set: WholeSet; rules: Rule[]; vocabulary: Vocabulary }

/** Everything the page shows; asked for again after each change. */
function useSets(wanted: string | null, allowed: boolean, pulse: number, onProblem: (error: unknown) => void): Loaded | null {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useEffect(() => {
    if (!allowed) return undefined;
    let gone = false;
    const load = async () => {
      const [sets, set, vocabulary] = await Promise.all([fetchSets(), fetchSet(wanted ? Number(wanted) : 'published'), fetchVocabulary()]);
      const rules = await fetchRules(set.id);
      if (!gone) setLoaded({ sets, set, rules, vocabulary });
    };
    load().catch((error: unknown) => !gone && onProblem(error));
    return () => {
      gone = true;
    };
  }, [wanted, allowed, pulse]);
  return allowed ? loaded : null;
}

function SetList({ loaded, mayEdit, onDraft }: { loaded: Loaded; mayEdit: boolean; onDraft: (title: string) => void }) {
  const t = useWords();
  const [title, setTitle] = useState('');
  return (
    <section aria-labelledby="sets-title">
      <h2 id="sets-title">{t.sets}</h2>
      <ul class="sets">
        {loaded.sets.map((set) => (
          <li key={set.id}>
            <a href={`?set=${set.id}`} aria-current={set.id === loaded.set.id ? 'true' : undefined} onClick={(event) => {
              event.preventDefault();
              setUrlParam('set', String(set.id), true);
            }}>
              #{set.id} {set.title}</a>{' '}
            <span class={`badge state-${set.state}`}>{t.states[set.state]}</span> <span class="hint">{t.rulesCount(set.rules)}</span>
          </li>
        ))}
      </ul>
      {mayEdit && (
        <form class="new-draft" onSubmit={(event) => {
          event.preventDefault();
          onDraft(title);
          setTitle('');
        }}>
          <label for="draft-title">{t.draftTitle}</label>
          <input id="draft-title" type="text" required maxLength={200} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
          <button type="submit" class="button">{t.newDraft}</button>
        </form>
      )}
    </section>
  );
}

/** Another part: what the address says of the one before is forgotten, but not the language. */
function openSection(id: string): void {
  const lang = urlParams().get('lang');
  const next = new URLSearchParams();
  if (id) next.set('section', id);
  if (lang) next.set('lang', lang);
  setUrlParams(next, true);
}

/** The parts that this person may open, as links; an address is the view. */
function SectionNav({ user, at, onOpen }: { user: User | null; at: string; onOpen: (id: string) => void }) {
  const w = useSectionWords();
  const parts = SECTIONS.filter((part) => user !== null && part.roles.includes(user.role));
  const nav = useRef<HTMLElement>(null);
  // On a phone they stand in one line that is moved sideways.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>('[aria-current]');
    if (nav.current && current) nav.current.scrollLeft = current.offsetLeft - nav.current.offsetLeft - 16;
  }, [at, parts.length]);
  return (
    <nav aria-label={w.sections} class="sections" ref={nav}>
      {[['', w.rules] as const, ...parts.map((part) => [part.id, w.titles[part.id]] as const)].map(([id, title]) => (
        <a key={id} href={id ? `?section=${id}` : '?'} aria-current={id === at ? 'page' : undefined} onClick={(event) => {
          event.preventDefault();
          onOpen(id);
        }}>{title}</a>
      ))}
    </nav>
  );
}

export function AdminPage({ city, categories, layers, user }: AdminPageProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const params = useUrlParams();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const [pulse, setPulse] = useState(0);
  const [problem, setProblem] = useState('');
  const [overlay, setOverlay] = useState<GeoJSON.GeoJSON | null>(null);
  const [point, setPoint] = useState<Point | null>(null);
  const [map, setMap] = useState<CityMap | null>(null);
  const w = useSectionWords();
  const part = SECTIONS.find((one) => one.id === params.get('section')) ?? null;
  const partAllowed = part !== null && user !== null && part.roles.includes(user.role);
  const Part = useSection(partAllowed ? part : null);
  const allowed = user !== null && part === null && READERS.includes(user.role);
  const mayEdit = user?.role === 'administrator';
  const today = cityDay(new Date(), city.timezone);
  const hidden = useMemo(() => hiddenOnGround(layers), [layers]);
  const asked = params.get('tab') as Tab | null;
  const tab: Tab = asked && TABS.includes(asked) ? asked : 'rules';

  const onProblem = (error: unknown) => {
    if (error === null) {
      setProblem('');
      return;
    }
    const text = error instanceof ApiError
      ? [error.message, ...error.errors.map((e) => e.detail)].join(': ') : String(error);
    setProblem(error instanceof ApiError && error.status === 0 ? m.offline : text);
  };
  const loaded = useSets(params.get('set'), allowed, pulse, onProblem);
  const changed = () => {
    setProblem('');
    setPulse((n) => n + 1);
  };
  const open = (id: number) => {
    const next = urlParams();
    next.set('set', String(id));
    setUrlParam('set', String(id), true);
    setUrlParam('tab', 'rules');
    changed();
  };
  useEffect(() => setOverlay(null), [tab, loaded?.set.id]);
  useEffect(() => {
    if (map && overlay) map.showAll(cornersOf(overlay));
  }, [map, overlay]);
  const openTab = (id: string) => {
    setProblem('');
    setUrlParam('tab', id, true);
  };

  const view = useMemo(() => {
    if (!loaded) return null;
    const { set } = loaded;
    const common = { set, onChanged: changed, onProblem };
    const job = { ...common, mayEdit, mayRun: (mayEdit || user?.role === 'supervisor') && set.state !== 'discarded', onGeometry: setOverlay };
    return {
      rules: () => <RuleList key={set.id} {...common} rules={loaded.rules} categories={categories} vocabulary={loaded.vocabulary}
        mayEdit={mayEdit && set.state === 'draft'} />,
      check: () => <CheckView key={set.id} {...job} />,
      replay: () => <ReplayView key={set.id} {...job} />,
      approval: () => <ApprovalView key={`${set.id} ${set.state}`} {...common} role={user?.role ?? ''} timezone={city.timezone} />,
      explain: () => <ExplainView set={set} categories={categories} point={point} today={today} />,
      corrections: () => <Corrections categories={categories} mayEdit={mayEdit} onDraft={open} onProblem={onProblem} />,
      log: () => <LogView set={set} timezone={city.timezone} />,
    }[tab]();
  }, [loaded, tab, point, lang, user?.role, categories]);

  return (
    <main id="main" class={`admin${part ? ' plain' : ''}`} tabIndex={-1}>
      <section class="admin-panel" aria-labelledby="admin-title">
        <SectionNav user={user} at={part?.id ?? ''} onOpen={(id) => {
          setProblem('');
          openSection(id);
        }} />
        <h1 id="admin-title">{part ? w.titles[part.id] : t.title}</h1>
        {!user && <><p>{t.logIn}</p><LogInNow /></>}
        {user && !part && !allowed && <p role="alert">{t.denied}</p>}
        {user && part && !partAllowed && <p role="alert">{w.denied(w.titles[part.id])}</p>}
        {problem && <p class="error-summary" role="alert">{problem}</p>}
        {user && partAllowed && (Part
          ? <Part city={city} categories={categories} layers={layers} user={user} mayEdit={mayEdit} onProblem={onProblem} />
          : <p role="status">{m.loading}</p>)}
        {allowed && !loaded && !problem && <p role="status">{m.loading}</p>}
        {loaded && allowed && (
          <>
            <SetList loaded={loaded} mayEdit={mayEdit} onDraft={(title) => void makeDraft(title).then((set) => open(set.id), onProblem)} />
            <section aria-labelledby="set-title" class="one-set" data-state={loaded.set.state} data-revision={loaded.set.revision}>
              <h2 id="set-title">#{loaded.set.id} {loaded.set.title} <span class={`badge state-${loaded.set.state}`}>{t.states[loaded.set.state]}</span></h2>
              <Tabs label={t.tabsLabel} chosen={tab} onChoose={openTab} tabs={TABS.map((id) => ({ id, title: t.tabs[id] }))}>{view}</Tabs>
            </section>
          </>
        )}
      </section>
      {!part && <MapView city={city} categories={categories} layers={layers} query="" at={today} hidden={hidden} radius="" choropleth={null} legend={null} opacity={NO_OPACITY} when="" dark={dark}
        point={tab === 'explain' ? point : null} candidates={NO_CANDIDATES} activeCandidate={-1} coveredLeft={0} rounded={false} live overlay={overlay}
        pulse={0} picking={tab === 'explain'} onPick={setPoint} onComplaint={() => undefined} onChooseCandidate={() => undefined} onUnit={() => undefined} onMap={setMap} />}
    </main>
  );
}
