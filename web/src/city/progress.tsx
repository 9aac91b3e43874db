// How far a complaint is, as four steps; and what its reporter may say of the result.

import { useState } from 'preact/hooks';
import { ApiError, rateComplaint, reopenComplaint } from '../api';
import { useMessages } from '../i18n';
import { newKey } from '../report/draft';
import { Field } from '../shell/field';
import type { Complaint } from '../types';

const STEPS: string[][] = [
  ['received', 'returned'], ['assigned', 'reopened'], ['accepted', 'in_progress', 'waiting', 'extended'],
  ['resolved', 'closed', 'rejected', 'referred'],
];

export function Progress({ status }: { status: string }) {
  const t = useMessages();
  const here = Math.max(0, STEPS.findIndex((step) => step.includes(status)));
  return (
    <ol class="steps" aria-label={t.track.progress}>
      {t.track.steps.map((name, index) => (
        <li key={name} class={index < here ? 'reached' : index === here ? 'here' : 'later'} aria-current={index === here ? 'step' : undefined}>
          {name} <span class="hint">({index < here ? t.track.reached : index === here ? t.track.here : t.track.later})</span>
        </li>
      ))}
    </ol>
  );
}

interface SayProps {
  complaint: Complaint;
  onChanged: (complaint: Complaint) => void;
}

/** Sends it; trying again after a lost answer is harmless, since the key stays. */
function useSending(onChanged: (complaint: Complaint) => void) {
  const t = useMessages();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [key] = useState(newKey);
  const send = (asked: (key: string) => Promise<Complaint>) => {
    if (busy) return;
    setBusy(true);
    setProblem('');
    asked(key).then(onChanged, (error: unknown) => {
      const told = error instanceof ApiError && error.status ? error.errors[0]?.detail || error.message : t.offline;
      setProblem(told);
    }).finally(() => setBusy(false));
  };
  return { problem, setProblem, busy, send };
}

const RATINGS = ['satisfied', 'acceptable', 'not_satisfied'] as const;

export function Rate({ complaint, onChanged }: SayProps) {
  const t = useMessages();
  const [rating, setRating] = useState('');
  const [comment, setComment] = useState('');
  const { problem, setProblem, busy, send } = useSending(onChanged);
  return (
    <form class="rate" onSubmit={(event) => {
      event.preventDefault();
      if (rating === '') setProblem(t.track.chooseRating);
      else send((key) => rateComplaint(complaint.code, rating, comment.trim(), key));
    }}>
      <fieldset>
        <legend>{t.track.rateTitle}</legend>
        <p class="hint">{t.track.rateHint}</p>
        <div class="rating">
          {RATINGS.map((name) => (
            <label key={name} class="check">
              <input type="radio" name="rating" value={name} checked={rating === name} onChange={() => setRating(name)} />{t.track.ratings[name]}
            </label>
          ))}
        </div>
      </fieldset>
      <Field id="rate-comment" label={t.track.comment} optional>
        {(aria) => <textarea id="rate-comment" rows={2} maxLength={1000} {...aria} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />}
      </Field>
      {problem && <p class="error" role="alert">{problem}</p>}
      <button type="submit" class="button primary" aria-disabled={busy}>{t.track.rateSend}</button>
    </form>
  );
}

export function Reopen({ complaint, onChanged }: SayProps) {
  const t = useMessages();
  const [reason, setReason] = useState('');
  const { problem, setProblem, busy, send } = useSending(onChanged);
  return (
    <details class="reopen">
      <summary>{t.track.reopenTitle}</summary>
      <form onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim() === '') setProblem(t.track.reopenNeed);
        else send((key) => reopenComplaint(complaint.code, reason.trim(), key));
      }}>
        <Field id="reopen-reason" label={t.track.reopenReason} hint={t.track.reopenHint} error={problem || undefined}>
          {(aria) => <textarea id="reopen-reason" rows={3} maxLength={1000} {...aria} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
        </Field>
        <button type="submit" class="button" aria-disabled={busy}>{t.track.reopenSend}</button>
      </form>
    </details>
  );
}
