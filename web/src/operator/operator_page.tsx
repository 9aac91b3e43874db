// The page at /operator: one screen for a call. On the left what is written, beside it the map, who
// will get it and what was reported already; then the other work of a shift. Nothing needs a mouse.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { request, reverse } from '../api';
import { useMessages } from '../i18n';
import type { CategoryNode } from '../lib/categories';
import { hiddenOnGround } from '../lib/layer_state';
import { useMedia } from '../lib/media';
import { cityDay } from '../lib/time';
import { setUrlParams, urlParams } from '../lib/url_state';
import type { CityMap } from '../map/city_map';
import { MapView } from '../map/map_view';
import { draftErrors, type DraftErrors } from '../report/draft';
import { Preview } from '../report/preview';
import { Closed } from '../shell/closed';
import { LOGGING_OUT } from '../shell/login';
import type { Candidate, City, LayerEntry, Point, User } from '../types';
import { type Call, type Likely, stepItem, tellCall } from './api';
import { attributesOf, callBody, type CallDraft, forgetCalls, isBegun, newDraft } from './call_draft';
import { CallForm, type CallFormHandle } from './call_form';
import { isNumber } from './caller_bar';
import { Duplicates, useLikely } from './duplicates';
import { Earlier } from './earlier';
import { Filed } from './filed';
import { findAddress } from './find_address';
import { Help } from './help';
import { Notices } from './notices';
import { Entering } from './queue';
import { Seat } from './seat';
import { Side, type SideTab } from './side';
import { CODE, type Step } from './unsent';
import { useCalls } from './use_calls';
import { useFiling } from './use_filing';
import { draftOfItem, useItem } from './use_item';
import { focusOn, useKeys, useSwap } from './use_keys';
import { useWords } from './words';

export interface OperatorPageProps {
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  user: User | null;
}

const ROLES = ['operator', 'supervisor'];
const NO_CANDIDATES: Candidate[] = [];
const NO_OPACITY = new Map<string, number>();

/** What the address of the page brought: a telephone program opens it with the caller's number. */
function givenCall(): { number: string; call: string } | null {
  const params = urlParams();
  const number = params.get('number') ?? '';
  const call = params.get('call') ?? '';
  if (!params.has('number') && !params.has('call')) return null;
  params.delete('number'); // a number stays in no history, and a reload begins nothing
  params.delete('call');
  setUrlParams(params);
  return isNumber(number) ? { number, call } : null;
}

/** Digits alone, with 0 for the country's +84. */
function plainNumber(number: string): string {
  return number.replace(/\D/g, '').replace(/^84/, '0');
}

/** After the complaint itself: what became of the call or of the written item. */
function followUps(draft: CallDraft, result: 'filed' | 'joined'): Step[] {
  const steps: Step[] = [];
  if (draft.channel === 'phone') {
    steps.push({ path: '/api/v1/calls/outcomes', key: `${draft.key}-call`, body: JSON.stringify({
      ...(draft.call === null ? {} : { call: draft.call }), result, complaint: CODE,
      started_at: draft.startedAt, saved_at: new Date().toISOString(),
    }) });
  }
  if (draft.inbound !== null) {
    steps.push({ path: `/api/v1/inbound/${draft.inbound}/file`, key: `${draft.key}-item`, body: JSON.stringify({ complaint: CODE }) });
  }
  return steps;
}

interface ConsoleProps extends OperatorPageProps {
  user: User;
}

function Console({ city, categories, layers, user }: ConsoleProps) {
  const t = useWords();
  const m = useMessages();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const map = useRef<CityMap | null>(null);
  const form = useRef<CallFormHandle | null>(null);
  const [errors, setErrors] = useState<DraftErrors>({});
  const [candidates, setCandidates] = useState<Candidate[]>(NO_CANDIDATES);
  const [activeCandidate, setActiveCandidate] = useState(-1);
  const [help, setHelp] = useState(0);
  const [told, setTold] = useState('');
  const [tab, setTab] = useState<SideTab>('queue');
  const [code, setCode] = useState('');
  const [chosen, setChosen] = useState(0);
  const [ownPulse, setOwnPulse] = useState(0);
  const given = useMemo(givenCall, []);
  const first = useMemo(() => given && newDraft({ phone: given.number, startedAt: new Date().toISOString() }), []);

  const showErrors = (found: DraftErrors) => {
    setErrors(found);
    window.setTimeout(() => focusOn('call-errors'), 0);
  };
  const filing = useFiling(user.login, first, showErrors);
  const { draft, result } = filing;
  const calls = useCalls(() => new Set([draft, ...filing.unsent.map((item) => item.draft)]
    .flatMap((d) => (d.call === null ? [] : [d.call]))));
  const { item, lost, take } = useItem(result ? null : draft.inbound);
  const asked = useMemo(() => attributesOf(categories, draft.category), [categories, draft.category]);
  const likely = useLikely(draft, result !== null);
  const busy = isBegun(draft) && !result;
  const today = cityDay(new Date(), city.timezone);
  const hidden = useMemo(() => hiddenOnGround(layers), [layers]);

  const change = (part: Partial<CallDraft>, ...fields: (keyof DraftErrors)[]) => {
    if (Object.keys(part).length > 0) filing.change(part);
    if (fields.length > 0) {
      setErrors((before) => Object.fromEntries(Object.entries(before).filter(([name]) => !fields.includes(name as keyof DraftErrors))));
    }
  };
  const begin = (next: CallDraft) => {
    setErrors({});
    setTold('');
    setCandidates(NO_CANDIDATES);
    setChosen(0);
    filing.begin(next);
  };
  const openCall = (call: Call) => {
    calls.claim(call.id);
    begin(newDraft({ phone: call.number ?? '', call: call.id, startedAt: call.answered_at ?? call.started_at }));
  };
  const openItem = (id: number) => {
    take(id).then((found) => {
      const next = draftOfItem(found);
      begin(next);
      findAddress(next.description, new AbortController().signal).then((place) => {
        if (place) setFoundPlace({ key: next.key, place });
      }, () => undefined);
    }, () => setTold(t.queue.lost));
  };

  // Found for a draft that may have changed, or gone, meanwhile.
  const [foundPlace, setFoundPlace] = useState<{ key: string; place: Candidate } | null>(null);
  useEffect(() => {
    if (foundPlace?.key !== draft.key || draft.address || draft.point) return;
    chooseCandidate(foundPlace.place);
  }, [foundPlace]);

  useEffect(() => {
    if (!given || !first) return;
    tellCall(given.call || first.key, given.number).then(({ id }) => {
      calls.claim(id);
      filing.change({ call: id });
    }, () => undefined);
  }, []);
  // A call from the number that is on the screen already is that call: a reload may have come before the
  // service had said so.
  useEffect(() => {
    const same = busy && draft.call === null && draft.channel === 'phone'
      ? calls.waiting.find((call) => call.number !== null && plainNumber(call.number) === plainNumber(draft.phone)) : undefined;
    if (!same) return;
    calls.claim(same.id);
    filing.change({ call: same.id });
  }, [calls.waiting, busy, draft.call, draft.phone]);
  // A call comes up by itself where nothing is being written and nothing is being read out.
  useEffect(() => {
    const [call] = calls.waiting;
    if (call && !busy && !result && document.visibilityState === 'visible') openCall(call);
  }, [calls.waiting, busy, result]);
  useEffect(() => {
    if (result?.complaint || filing.told) setOwnPulse((n) => n + 1);
  }, [result?.complaint?.code, filing.told]);
  useEffect(() => setChosen(0), [likely.complaints]);
  useEffect(() => {
    const leaving = (event: Event) => {
      if (filing.unsent.length === 0) return;
      event.preventDefault();
      setTold(t.unsent.logOut(filing.unsent.length));
    };
    window.addEventListener(LOGGING_OUT, leaving);
    return () => window.removeEventListener(LOGGING_OUT, leaving);
  }, [filing.unsent.length, t]);

  const save = () => {
    if (filing.saving || result) return;
    const wrong = draftErrors(draft, m, city.timezone, new Date());
    if (draft.phone.trim() && !isNumber(draft.phone)) wrong.phone = t.badNumber;
    if (Object.keys(wrong).length > 0) {
      showErrors(wrong);
      return;
    }
    setErrors({});
    filing.save([{ path: '/api/v1/complaints', key: draft.key, body: JSON.stringify(callBody(draft, asked, city.timezone)) },
      ...followUps(draft, 'filed')]);
  };
  const submit = () => !result && form.current?.save(); // the form's, which waits for its files
  const join = (which: Likely | undefined) => {
    if (!which?.code || filing.saving || result) return;
    if (form.current?.hasFiles) { // they would be shown to whoever reported it first
      showErrors({ photos: t.files.alone });
      return;
    }
    const { reporter, description } = callBody(draft, asked, city.timezone);
    setErrors({});
    filing.save([{ path: `/api/v1/complaints/${which.code}/reporters`, key: draft.key, body: JSON.stringify({
      reporter: reporter ?? { anonymous: true }, channel: draft.channel, consent: draft.consent === 'share',
      ...(description ? { description } : {}),
    }) }, ...followUps(draft, 'joined')]);
  };
  const clear = () => {
    if (draft.call !== null) {
      void request('/api/v1/calls/outcomes', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ call: draft.call, result: 'none' }),
      }).catch(() => undefined);
    }
    if (draft.inbound !== null) void stepItem(draft.inbound, 'release').catch(() => undefined);
    begin(newDraft());
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
  const open = (wanted: string) => {
    setCode(wanted);
    setTab('lookup');
  };

  const next = () => {
    const [call] = calls.waiting;
    if (!busy && call) openCall(call);
    else if (result) begin(newDraft());
    else focusOn('caller-number');
  };
  const swap = useSwap(() => `tab-${tab}`);
  useKeys({
    'F1': () => setHelp((n) => (document.querySelector('.help-dialog[open]') ? 0 : n + 1)), '?': () => setHelp((n) => n + 1),
    'F2': next, 'F4': () => focusOn('address'), 'F7': () => focusOn('description'),
    'F8': () => join(likely.complaints[chosen]),
    'Shift+F8': () => setChosen((n) => (n + 1) % Math.max(1, likely.complaints.length)),
    'F9': submit, 'Ctrl+Enter': submit, 'F10': swap,
  });

  const aboveForm = item
    ? <Entering item={item} timezone={city.timezone} onRelease={clear} onDiscard={(reason) => {
      stepItem(item.id, 'discard', reason).then(() => begin(newDraft()), () => setTold(t.queue.lost));
    }} />
    : <Earlier number={draft.phone} categories={categories} timezone={city.timezone} onOpen={open} />;

  return (
    <main id="main" data-call={draft.call ?? undefined} class="operator" tabIndex={-1}>
      <section class="operator-call" aria-labelledby="operator-title">
        <div class="operator-top">
          <h1 id="operator-title">{t.title}</h1>
          <div class="operator-tools">
            <Seat seat={calls.seat} lost={calls.lostSeat} onSeat={calls.setSeat} />
            <button type="button" class="button small quiet" onClick={() => setHelp((n) => n + 1)}>{t.help.open}</button>
          </div>
        </div>
        <Notices filing={filing} online={calls.connected} waiting={calls.waiting} busy={busy} lostSeat={calls.lostSeat}
          told={lost ? t.queue.lost : told} />
        {result ? (
          <Filed result={result} timezone={city.timezone} onNext={next} onOpen={open} />
        ) : (
          <CallForm key={draft.key} handle={form} online={calls.connected} categories={categories} draft={draft} asked={asked} errors={errors} saving={filing.saving}
            candidates={candidates} near={() => map.current?.centre() ?? null}
            onChange={change} onCandidates={setCandidates} onActiveCandidate={setActiveCandidate}
            onChooseCandidate={chooseCandidate} onErrors={showErrors} onSave={save} onClear={clear}>
            {aboveForm}
          </CallForm>
        )}
      </section>
      <div class="operator-place">
        <MapView city={city} categories={categories} layers={layers} query="" at={today} hidden={hidden}
          radius="" choropleth={null} legend={null} opacity={NO_OPACITY} when="" dark={dark} point={draft.point}
          candidates={candidates} activeCandidate={activeCandidate} coveredLeft={0} rounded={false} live={calls.connected} pulse={0}
          picking={!result} onPick={(point) => !result && pick(point)} onComplaint={() => undefined} onUnit={() => undefined}
          onChooseCandidate={(index) => {
            const candidate = candidates[index];
            if (candidate) chooseCandidate(candidate);
          }}
          onMap={(opened) => {
            map.current = opened;
          }} />
        {!result && (
          <div class="operator-advice">
            <Preview draft={draft} timezone={city.timezone} />
            <Duplicates state={likely} chosen={chosen} categories={categories} timezone={city.timezone} onJoin={join} />
          </div>
        )}
      </div>
      <Side tab={tab} code={code} user={user} city={city} categories={categories} layers={layers} today={today}
        connected={calls.connected} pulse={calls.pulse + ownPulse} filing={filing} busy={busy} onTab={setTab} onCode={open} onItem={openItem} />
      <Help open={help} onClose={() => setHelp(0)} />
    </main>
  );
}

export function OperatorPage(props: OperatorPageProps) {
  const t = useWords();
  const { user } = props;
  const was = useRef<User | null>(null);
  useLayoutEffect(() => {
    if (was.current && !user) forgetCalls(); // logged out: nothing unfinished stays on the machine
    was.current = user;
  }, [user]);
  if (user && ROLES.includes(user.role)) return <Console {...props} user={user} key={user.login} />;
  return <Closed title={t.title} logIn={t.logIn} denied={t.denied} user={user} />;
}
