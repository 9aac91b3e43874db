// Where an address is typed: the places it may mean, which parts were understood and how surely, and
// the one question that would settle it, with its answers as buttons. Every form that asks for a place
// uses it; what is chosen, and what the map shows, is the form's business.

import { useEffect, useState } from 'preact/hooks';
import { geocode } from '../api';
import { useLang, useMessages } from '../i18n';
import { Combobox } from '../shell/combobox';
import type { AddressAnswer, Candidate, Point } from '../types';

export interface AddressBoxProps {
  id: string;
  value: string;
  error?: string | undefined;
  required?: boolean;
  candidates: Candidate[];
  /** What the text means so far: for the map, and for the list here. */
  onCandidates: (candidates: Candidate[]) => void;
  onInput: (text: string) => void;
  onChoose: (candidate: Candidate) => void;
  /** The candidate that the arrow keys are at, or -1. */
  onActive: (index: number) => void;
  /** The middle of what the map shows: nearer places come first. */
  near: () => Point | null;
}

const TYPING_PAUSE_MS = 180;
const NOTHING: AddressAnswer = { candidates: [], parts: [], question: null, choices: [] };

/** Asks what a typed address may mean, when the typing pauses. */
function useAddressSearch(props: AddressBoxProps) {
  const lang = useLang();
  const [typed, setTyped] = useState('');
  const [answer, setAnswer] = useState(NOTHING);
  const [searched, setSearched] = useState('');
  const show = (found: AddressAnswer, q: string) => {
    setAnswer(found);
    setSearched(q);
    props.onCandidates(found.candidates);
  };
  useEffect(() => {
    const q = typed.trim();
    if (q.length < 2) {
      show(NOTHING, '');
      return undefined;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      geocode(q, props.near(), stop.signal).then((found) => show(found, q), () => {
        if (!stop.signal.aborted) show(NOTHING, '');
      });
    }, TYPING_PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [typed, lang]);
  return { answer, searched, type: setTyped };
}

/** How the text was read: each part with its name, what no name explains marked. */
function Parts({ answer }: { answer: AddressAnswer }) {
  const t = useMessages();
  return (
    <dl class="address-parts" aria-label={t.address.understood}>
      {answer.parts.map((part, index) => (
        <div key={`${index}/${part.part}`} class={part.part === 'unknown' ? 'unknown' : ''}>
          <dt>{t.address.parts[part.part] ?? part.part}</dt>
          <dd>{part.text}</dd>
        </div>
      ))}
    </dl>
  );
}

export function AddressBox(props: AddressBoxProps) {
  const t = useMessages();
  const search = useAddressSearch(props);
  const { answer } = search;
  const choose = (candidate: Candidate) => {
    search.type('');
    props.onChoose(candidate);
  };
  const choices = answer.choices.flatMap((choice) => {
    const candidate = answer.candidates[choice.feature];
    return candidate ? [{ label: choice.label, candidate }] : [];
  });
  return (
    <div class="address-box">
      <Combobox
        id={props.id} label={t.report.address} hint={t.report.addressHint}
        placeholder={t.report.addressPlaceholder} value={props.value}
        options={props.candidates} optionKey={(c) => `${c.label}/${c.lon}/${c.lat}`}
        summary={search.searched ? t.report.candidates(props.candidates.length) : ''}
        error={props.error} required={props.required ?? false}
        renderOption={(candidate, index) => (
          <>
            <span class="option-mark" aria-hidden="true">{index + 1}</span>
            <span class="option-text">{candidate.label}</span>
            <span class="option-note">
              {t.matches[candidate.match] ? `${t.matches[candidate.match]} · ` : ''}
              <span class="sure">{t.address.sure(Math.round(candidate.confidence * 100))}</span>
            </span>
          </>
        )}
        onInput={(text) => {
          search.type(text);
          props.onInput(text);
        }}
        onActive={props.onActive}
        onChoose={choose}
      />
      {answer.parts.length > 0 && <Parts answer={answer} />}
      <div role="status">
        {answer.question && choices.length > 1 && (
          <p class="address-question" id={`${props.id}-question`}>{answer.question}</p>
        )}
      </div>
      {answer.question && choices.length > 1 && (
        <div class="buttons tight" role="group" aria-labelledby={`${props.id}-question`}>
          {choices.map(({ label, candidate }) => (
            <button key={label} type="button" class="button small"
              onMouseDown={(event) => event.preventDefault()}
              onFocus={() => props.onActive(answer.candidates.indexOf(candidate))}
              onBlur={() => props.onActive(-1)}
              onClick={() => choose(candidate)}>{label}</button>
          ))}
        </div>
      )}
    </div>
  );
}
