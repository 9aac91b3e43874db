// The page at /agency: where an agency's people see what is theirs, the most pressing first, and work
// on it. What is open, filtered and shown lives in the address.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, textIn } from '../lib/categories';
import { hiddenAtFirst } from '../lib/layer_state';
import { keepOffline } from '../lib/keep_offline';
import { useLive } from '../lib/live';
import { useMedia } from '../lib/media';
import { cityDay } from '../lib/time';
import { setUrlParam, setUrlParams, urlParams, useUrlParams } from '../lib/url_state';
import type { CityMap } from '../map/city_map';
import { MapView } from '../map/map_view';
import { Closed } from '../shell/closed';
import type { Candidate, City, LayerEntry, Point, User } from '../types';
import { ActionPanel, type Opened } from './action_panel';
import { PLANS } from './action_plan';
import { Bulk } from './bulk';
import { CasePage } from './case_page';
import { CasePlace, pointOf } from './case_place';
import { Directives } from './directives';
import { FilterBar, ViewTabs } from './filter_bar';
import { FieldPage } from './field_page';
import { type InboxFilters, countQuery, filtersFromUrl, filtersToUrl, listQuery, mapQuery, tellsTime } from './filters';
import { Help, keepKeysWanted, keysWanted } from './help';
import { InboxList } from './inbox';
import { useKeys } from './keys';
import { caseRowId } from './row';
import type { Case } from './types';
import { useCase } from './use_case';
import { useChoices } from './use_choices';
import { useCounts } from './use_counts';
import { useInbox } from './use_inbox';
import { scrollToRow } from './virtual_list';
import { useWords } from './words';

export interface AgencyPageProps {
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  user: User | null;
}

export const AGENCY_READERS = ['agency_staff', 'agency_head', 'supervisor', 'operator', 'leader', 'administrator', 'auditor'];
const OF_AGENCY = ['agency_staff', 'agency_head'];
/** Who may do something with several at once. */
const ACTORS = [...OF_AGENCY, 'supervisor', 'operator'];
const NO_CANDIDATES: Candidate[] = [];
const NO_OPACITY = new Map<string, number>();
const ROW_WIDE = 78;
const ROW_NARROW = 116;
/** So many of the most pressing decide what the map shows at first. */
const FIT_ROWS = 100;

/** Without what lies far out: one on an island would make the rest a speck. */
function mostOf(points: Point[]): Point[] {
  const cut = Math.floor(points.length / 20);
  const within = (key: 'lon' | 'lat') => {
    const sorted = points.map((point) => point[key]).sort((a, b) => a - b);
    return [sorted[cut] ?? -180, sorted[sorted.length - 1 - cut] ?? 180] as const;
  };
  const [west, east] = within('lon');
  const [south, north] = within('lat');
  return points.filter(({ lon, lat }) => lon >= west && lon <= east && lat >= south && lat <= north);
}

export function AgencyPage(props: AgencyPageProps) {
  const t = useWords();
  const { user } = props;
  if (!user || !AGENCY_READERS.includes(user.role)) {
    return <Closed title={t.title} logIn={t.logIn} denied={t.denied} user={user} />;
  }
  return <Modes {...props} user={user} key={user.login} />;
}

/** At the desk, or in the field on a phone. */
function Modes(props: AgencyPageProps & { user: User }) {
  const t = useWords();
  const field = useUrlParams().get('field') === '1';
  useEffect(() => {
    if (field) void keepOffline();
  }, [field]);
  if (!field) return <Desk {...props} />;
  return (
    <main id="main" class="field-page" tabIndex={-1}>
      <div class="inbox-head">
        <h1>{t.field.title}</h1>
        <a class="button small" href="/agency">{t.modes.desk}</a>
      </div>
      <FieldPage login={props.user.login} categories={props.categories} timezone={props.city.timezone} />
    </main>
  );
}

function Desk({ city, categories, layers, user }: AgencyPageProps & { user: User }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const params = useUrlParams();
  const live = useLive();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const wide = useMedia('(min-width: 1000px)');
  const roomy = useMedia('(min-width: 1300px)');
  const search = params.toString();
  const filters = useMemo(() => filtersFromUrl(new URLSearchParams(search)), [search]);
  const code = params.get('case') ?? '';
  const query = listQuery(filters, city.timezone).toString();
  const [changes, setChanges] = useState(0);
  const inbox = useInbox(query, true, live.pulse + changes);
  const counts = useCounts(countQuery(filters, city.timezone).toString(), live.pulse + changes);
  const open = useCase(code, lang, live.pulse);
  const [current, setCurrent] = useState(code);
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [opened, setOpened] = useState<Opened | null>(null);
  const [said, setSaid] = useState('');
  const choices = useChoices(user, open.one?.assignment?.agency.code ?? '', code);
  const [mapShown, setMapShown] = useState(true);
  const [keysOn, setKeysOn] = useState(keysWanted);
  const box = useRef<HTMLDivElement>(null);
  const help = useRef<HTMLDialogElement>(null);
  const compact = !wide || code !== '' || !roomy;
  const rowHeight = compact ? ROW_NARROW : ROW_WIDE;
  const { rows } = inbox;
  const at = rows.findIndex((row) => row.code === current);

  useEffect(() => setSelected(new Set()), [query]);
  useEffect(() => setOpened(null), [code]);

  const setFilters = (next: InboxFilters) => setUrlParams(filtersToUrl(next, urlParams()));
  const hrefOf = (wanted: string) => {
    const next = urlParams();
    next.set('case', wanted);
    return `?${next}`;
  };
  const openCase = (wanted: string) => {
    setCurrent(wanted);
    setUrlParam('case', wanted, code === '');
  };
  const focusRow = (wanted: string) => {
    requestAnimationFrame(() => document.getElementById(caseRowId(wanted))?.focus({ preventScroll: true }));
  };
  const back = () => {
    setUrlParam('case', '', true);
    focusRow(current);
  };
  const goTo = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setCurrent(row.code);
    scrollToRow(box.current, index, rowHeight);
    if (code) openCase(row.code);
    else focusRow(row.code);
  };
  const step = (by: number) => goTo(at < 0 ? 0 : at + by);
  const select = (wanted: string, on: boolean) => setSelected((before) => {
    const after = new Set(before);
    if (on) after.add(wanted);
    else after.delete(wanted);
    return after;
  });
  const keys = (on: boolean) => {
    keepKeysWanted(on);
    setKeysOn(on);
  };

  /** The first action with that key which may be done now. */
  const actionKeys = Object.fromEntries(Object.entries(PLANS).flatMap(([action, plan]) => {
    const { one } = open;
    return plan.key && one?.actions?.includes(action) ? [[plan.key, () => setOpened({ action, one })]] : [];
  }));
  const onDone = (changed: Case) => {
    if (opened) setSaid(t.act.done(t.act.names[opened.action] ?? opened.action));
    // What was opened while this one was on its way stays open, on what the case has become.
    setOpened((now) => (now === null || now === opened ? null : { ...now, one: changed }));
    open.put(changed);
    inbox.replace(changed);
    setChanges((n) => n + 1);
  };

  useKeys({
    ...actionKeys,
    j: () => step(1), k: () => step(-1), ArrowDown: code ? undefined : () => step(1), ArrowUp: code ? undefined : () => step(-1),
    x: current ? () => select(current, !selected.has(current)) : undefined,
    u: code ? back : undefined,
    m: () => setMapShown(!mapShown),
    '/': () => document.getElementById('inbox-q')?.focus(),
    '?': () => help.current?.showModal(),
  }, keysOn);

  const hidden = useMemo(() => new Set([...hiddenAtFirst(layers), 'heatmap', 'heat']), [layers]);
  const beside = useRef<CityMap | null>(null);
  const fitted = useRef('');
  const fit = () => {
    if (!beside.current || fitted.current === query || !rows.length) return;
    fitted.current = query;
    beside.current.showAll(mostOf(rows.slice(0, FIT_ROWS).flatMap((row) => pointOf(row) ?? [])));
  };
  useEffect(fit, [rows]);

  useEffect(() => {
    if (code) return;
    fitted.current = '';
    fit();
  }, [code]);
  const onPlaced = (changed: Case) => {
    onDone(changed);
    setSaid(t.act.done(t.act.names['place'] ?? ''));
  };
  const today = cityDay(new Date(), city.timezone);
  const map = (
    <MapView city={city} categories={categories} layers={layers} dark={dark} radius="" when="" at={today}
      query={mapQuery(filters, user.agency ?? null, city.timezone).toString()} hidden={hidden} choropleth={null} legend={null}
      opacity={NO_OPACITY} point={null} candidates={NO_CANDIDATES} activeCandidate={-1} coveredLeft={0} rounded={false}
      live={live.connected} pulse={live.pulse} picking={false} pointsFrom={0} due={tellsTime(filters)}
      onPick={() => undefined} onComplaint={openCase} onChooseCandidate={() => undefined} onUnit={() => undefined}
      onMap={(opened) => {
        beside.current = opened;
        fitted.current = '';
        fit();
      }} />
  );
  const names = useMemo(() => Object.fromEntries([
    ...choices.agencies.flatMap((one) => [[one.code, textIn(one.name, lang)], ...one.desks.map((desk) => [desk.code, textIn(desk.name, lang)])]),
    ...choices.people.map((person) => [person.login, person.name]),
  ]) as Record<string, string>, [choices.agencies, choices.people, lang]);
  const listShown = wide || !code;
  const agency = choices.agencies.find((one) => one.code === (user.agency ?? filters.agency));
  const bar = { filters, counts, categories, desks: agency?.desks ?? [], agencies: user.agency ? [] : choices.agencies, onFilters: setFilters };

  return (
    <main id="main" class={`agency${code ? ' with-case' : ''}${mapShown && !code ? ' with-map' : ''}`} tabIndex={-1}>
      <section class={`inbox${compact ? ' compact' : ''}`} aria-labelledby="agency-title" hidden={!listShown}>
        <div class="inbox-head">
          <h1 id="agency-title">{t.title}</h1>
          <div class="inbox-tools">
            {!live.connected && <span class="badge warn" role="status">{m.map.stale}</span>}
            {!code && wide && (
              <button type="button" class="button small" aria-pressed={mapShown} onClick={() => setMapShown(!mapShown)}>
                {mapShown ? t.list.hideMap : t.list.showMap}
              </button>
            )}
            {OF_AGENCY.includes(user.role) && <a class="button small" href="/agency?field=1">{t.modes.field}</a>}
            <button type="button" class="button small" aria-label={t.help.open} onClick={() => help.current?.showModal()}>?</button>
          </div>
        </div>
        <Directives timezone={city.timezone} mayAnswer={OF_AGENCY.includes(user.role)} pulse={live.pulse} onOpen={openCase} />
        <ViewTabs {...bar} />
        <FilterBar {...bar} />
        <InboxList inbox={inbox} filters={filters} categories={categories} timezone={city.timezone} rowHeight={rowHeight}
          current={code || current} selected={selected} selectable={ACTORS.includes(user.role)} box={box} hrefOf={hrefOf}
          onSelect={select} onOpen={openCase} onCurrent={setCurrent} />
        <Bulk chosen={rows.filter((row) => selected.has(row.code))} choices={choices} today={today} onOpen={openCase}
          onClear={() => setSelected(new Set())} onDone={(failed) => {
            setSelected(new Set(failed));
            setChanges((n) => n + 1);
          }} />
      </section>
      {!listShown && <h1 class="visually-hidden">{t.title}</h1>}
      {code ? (
        <CasePage code={code} open={open} categories={categories} timezone={city.timezone} siteName={m.siteName} names={names} 
          actions={open.one && (
            <>
              <p class="visually-hidden" role="status">{said}</p>
              <ActionPanel one={open.one} choices={choices} timezone={city.timezone} today={today} opened={opened} onOpened={setOpened} onDone={onDone} />
            </>
          )} onTask={(action, task) => open.one && setOpened({ action, one: open.one, task })}
          map={open.one && <CasePlace key={code} one={open.one} history={open.history} city={city} categories={categories} layers={layers}
            today={today} live={live.connected} pulse={live.pulse} onPlaced={onPlaced} />} onBack={back}
          onPrevious={at > 0 ? () => step(-1) : null} onNext={at >= 0 && at < rows.length - 1 ? () => step(1) : null} />
      ) : wide && mapShown && <div class="inbox-map">{map}</div>}
      <Help dialog={help} keys={keysOn} onKeys={keys} />
    </main>
  );
}
