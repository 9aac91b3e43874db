// The page at /operator: one screen for a call. On the left what is written, beside it the map, who
// will get it and what was reported already; then the other work of a shift. Nothing needs a mouse.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { reverse } from '../api';
import { useMessages } from '../i18n';
import type { CategoryNode } from '../lib/categories';
import { useLive } from '../lib/live';
import { useMedia } from '../lib/media';
import { cityDay } from '../lib/time';
import { urlParams } from '../lib/url_state';
import type { CityMap } from '../map/city_map';
import { MapView } from '../map/map_view';
import { draftErrors, type DraftErrors } from '../report/draft';
import { Preview } from '../report/preview';
import type { Candidate, City, LayerEntry, Point, User } from '../types';
import { attributesOf, callBody, type CallDraft, newDraft } from './call_draft';
import { CallForm } from './call_form';
import { isNumber } from './caller_bar';
import { Filed } from './filed';
import { Help, helpKeyOn } from './help';
import { type Filing, useFiling } from './use_filing';
import { useWords } from './words';

export interface OperatorPageProps {
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  user: User | null;
}

const ROLES = ['operator', 'supervisor'];
const HIDDEN = new Set(['heatmap', 'heat', 'complaints', 'jurisdictions', 'places']);
const NO_CANDIDATES: Candidate[] = [];
const NO_OPACITY = new Map<string, number>();

function focusOn(id: string): void {
  document.getElementById(id)?.focus();
}

/** True where a character that is typed goes into a text. */
function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** The function keys, wherever the focus is. */
function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing || event.altKey || event.metaKey) return;
      const name = `${event.ctrlKey ? 'Ctrl+' : ''}${event.shiftKey && event.key !== '?' ? 'Shift+' : ''}${event.key}`;
      if (event.key === '?' && (typing(event.target) || !helpKeyOn())) return;
      const action = latest.current[name];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

function Notices({ filing, online }: { filing: Filing; online: boolean }) {
  const t = useWords();
  const { told, unsent } = filing;
  return (
    <div class="notices" role="status">
      {!online && <p class="notice warn">{t.net.offline}</p>}
      {filing.loggedOut && <p class="notice warn">{t.unsent.logIn}</p>}
      {filing.restored && <p class="notice">{t.restored}</p>}
      {told && 'code' in told && <p class="notice good">{t.unsent.sent(told.code)}</p>}
      {told && 'refused' in told && <p class="notice bad">{t.unsent.refused(told.refused)}</p>}
      {unsent.length > 0 && <p class="notice warn" data-unsent={unsent.length}>{t.unsent.waiting(unsent.length)}</p>}
    </div>
  );
}

interface ConsoleProps extends OperatorPageProps {
  user: User;
}

function Console({ city, categories, layers, user }: ConsoleProps) {
  const t = useWords();
  const m = useMessages();
  const live = useLive();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const map = useRef<CityMap | null>(null);
  const [errors, setErrors] = useState<DraftErrors>({});
  const [candidates, setCandidates] = useState<Candidate[]>(NO_CANDIDATES);
  const [activeCandidate, setActiveCandidate] = useState(-1);
  const [help, setHelp] = useState(false);
  const given = useMemo(() => {
    const number = urlParams().get('number') ?? '';
    return isNumber(number) ? newDraft({ phone: number, startedAt: new Date().toISOString() }) : null;
  }, []);

  const showErrors = (found: DraftErrors) => {
    setErrors(found);
    window.setTimeout(() => focusOn('call-errors'), 0);
  };
  const filing = useFiling(user.login, given, showErrors);
  const { draft, result } = filing;
  const asked = useMemo(() => attributesOf(categories, draft.category), [categories, draft.category]);

  const change = (part: Partial<CallDraft>, ...fields: (keyof DraftErrors)[]) => {
    if (Object.keys(part).length > 0) filing.change(part);
    if (fields.length > 0) {
      setErrors((before) => Object.fromEntries(Object.entries(before).filter(([name]) => !fields.includes(name as keyof DraftErrors))));
    }
  };

  const begin = (next: CallDraft) => {
    setErrors({});
    setCandidates(NO_CANDIDATES);
    filing.begin(next);
    window.setTimeout(() => focusOn(next.phone ? 'category' : 'caller-number'), 0);
  };
  useEffect(() => focusOn(draft.phone ? 'category' : 'caller-number'), []);

  const save = () => {
    if (filing.saving || result) return;
    const wrong = draftErrors(draft, m, city.timezone, new Date());
    if (draft.phone.trim() && !isNumber(draft.phone)) wrong.phone = t.badNumber;
    if (Object.keys(wrong).length > 0) {
      showErrors(wrong);
      return;
    }
    setErrors({});
    filing.save([{ path: '/api/v1/complaints', key: draft.key, body: JSON.stringify(callBody(draft, asked, city.timezone)) }]);
  };

  const pick = (point: Point) => {
    setCandidates(NO_CANDIDATES);
    change({ point: { ...point, accuracyM: null }, address: '' }, 'place');
    reverse(point).then((found) => {
      if (found[0]) filing.change({ address: found[0].label });
    }, () => undefined);
  };
  const chooseCandidate = (candidate: Candidate) => {
    setCandidates(NO_CANDIDATES);
    setActiveCandidate(-1);
    change({ point: { lon: candidate.lon, lat: candidate.lat, accuracyM: null }, address: candidate.label }, 'place');
    map.current?.flyTo(candidate, 16);
  };

  const next = () => {
    if (result) begin(newDraft());
    else focusOn('caller-number');
  };
  useKeys({
    'F1': () => setHelp((open) => !open), '?': () => setHelp(true),
    'F2': next, 'F4': () => focusOn('address'), 'F7': () => focusOn('description'),
    'F9': save, 'Ctrl+Enter': save,
  });

  return (
    <main id="main" class="operator" tabIndex={-1}>
      <section class="operator-call" aria-labelledby="operator-title">
        <div class="operator-top">
          <h1 id="operator-title">{t.title}</h1>
          <button type="button" class="button small quiet" onClick={() => setHelp(true)}>{t.help.open}</button>
        </div>
        <Notices filing={filing} online={live.connected} />
        {result ? (
          <Filed result={result} timezone={city.timezone} onNext={next} onOpen={() => undefined} />
        ) : (
          <CallForm key={draft.key} categories={categories} draft={draft} asked={asked} errors={errors} saving={filing.saving}
            candidates={candidates} near={() => map.current?.centre() ?? null}
            onChange={change} onCandidates={setCandidates} onActiveCandidate={setActiveCandidate}
            onChooseCandidate={chooseCandidate} onSave={save} onClear={() => begin(newDraft())}>
            {null}
          </CallForm>
        )}
      </section>
      <div class="operator-place">
        <MapView city={city} categories={categories} layers={layers} query="" at={cityDay(new Date(), city.timezone)} hidden={HIDDEN}
          radius="" choropleth={null} legend={null} opacity={NO_OPACITY} when="" dark={dark} point={draft.point}
          candidates={candidates} activeCandidate={activeCandidate} coveredLeft={0} rounded={false} live={live.connected} pulse={0}
          picking={!result} onPick={(point) => !result && pick(point)} onComplaint={() => undefined} onUnit={() => undefined}
          onChooseCandidate={(index) => {
            const candidate = candidates[index];
            if (candidate) chooseCandidate(candidate);
          }}
          onMap={(opened) => {
            map.current = opened;
          }} />
        {!result && <Preview draft={draft} timezone={city.timezone} />}
      </div>
      <Help open={help} onClose={() => setHelp(false)} />
    </main>
  );
}

export function OperatorPage(props: OperatorPageProps) {
  const t = useWords();
  const { user } = props;
  if (user && ROLES.includes(user.role)) return <Console {...props} user={user} key={user.login} />;
  return (
    <main id="main" class="missing" tabIndex={-1}>
      <h1>{t.title}</h1>
      <p role={user ? 'alert' : undefined}>{user ? t.denied : t.logIn}</p>
      {!user && <p class="hint">{t.demoHint}</p>}
    </main>
  );
}

