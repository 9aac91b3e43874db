// Where a case really is: one of what its address may mean, a point picked on the map, or an address
// that is typed. It is moved there by the action `place`, and the rules then say whose it is.

import { useLayoutEffect, useState } from 'preact/hooks';
import { AddressBox } from '../report/address_box';
import { Field } from '../shell/field';
import type { Candidate, Point } from '../types';
import type { Case } from './types';
import { useAction } from './use_action';
import { useWords } from './words';

/** `address`: replaces the case's own where it was typed by whoever places it. */
export interface Target { point: Point; label: string; address?: string }

interface PlacePartProps {
  one: Case;
  target: Target | null;
  /** Is the map there to pick on? */
  picking: boolean;
  candidates: Candidate[];
  near: () => Point | null;
  onPicking: (on: boolean) => void;
  onTarget: (target: Target | null) => void;
  onCandidates: (candidates: Candidate[]) => void;
  onActive: (index: number) => void;
  onDone: (changed: Case) => void;
}

function PlaceForm({ one, target, onCancel, onDone }: { one: Case; target: Target; onCancel: () => void; onDone: (changed: Case) => void }) {
  const t = useWords();
  const [reason, setReason] = useState('');
  const { attempt, run } = useAction();
  const { newest, errors } = attempt;
  const { lon, lat } = target.point;
  const send = async () => {
    const changed = await run(newest ?? one, 'place', { location: { lon, lat }, ...(target.address ? { address: target.address } : {}),
      ...(reason.trim() ? { reason: reason.trim() } : {}) }, []);
    if (changed) onDone(changed);
  };
  return (
    <form class="place-form" data-action="place" aria-label={t.place.here} onSubmit={(event) => {
      event.preventDefault();
      if (!attempt.sending) void send();
    }}>
      <p>{t.place.target} <strong class="words">{target.label || `${lat.toFixed(5)}, ${lon.toFixed(5)}`}</strong></p>
      <p class="hint">{t.place.follows}</p>
      {newest && <p class="error-summary" role="alert">{t.act.conflict}</p>}
      {attempt.unsent && <p class="error-summary" role="alert">{t.act.unsent}</p>}
      {errors.other && <p class="error-summary" role="alert">{t.act.failed} {errors.other}</p>}
      <Field id="place-reason" label={t.place.reason}>
        {(aria) => <input id="place-reason" type="text" maxLength={1000} {...aria} value={reason}
          onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <div class="buttons">
        <button type="submit" class="button primary" aria-disabled={attempt.sending}>
          {attempt.sending ? t.act.sending : newest ? t.act.conflictAgain : t.place.here}</button>
        <button type="button" class="button" onClick={onCancel}>{t.act.cancel}</button>
      </div>
    </form>
  );
}

export function PlacePart(props: PlacePartProps) {
  const { one, target, picking } = props;
  const t = useWords();
  const [typed, setTyped] = useState('');
  useLayoutEffect(() => setTyped(''), [one.code, picking]);
  if (!one.actions?.includes('place')) return null;
  const cancel = () => {
    props.onTarget(null);
    props.onPicking(false);
  };
  return (
    <div class="case-place no-print">
      <button type="button" class="button small" data-do="place" aria-expanded={picking}
        onClick={() => (picking ? cancel() : props.onPicking(true))}>{t.act.names['place']}</button>
      {picking && (
        <>
          <p class="hint">{t.place.hint}</p>
          <AddressBox id="place-address" value={typed} candidates={props.candidates} onCandidates={props.onCandidates}
            near={props.near} onActive={props.onActive} onInput={setTyped} onChoose={(chosen) => {
              setTyped(chosen.label);
              props.onTarget({ point: { lon: chosen.lon, lat: chosen.lat }, label: chosen.label, address: chosen.label });
            }} />
        </>
      )}
      {target && <PlaceForm key={`${target.point.lon}/${target.point.lat}`} one={one} target={target} onCancel={cancel} onDone={props.onDone} />}
    </div>
  );
}
