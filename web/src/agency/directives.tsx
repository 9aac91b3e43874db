// What leaders have directed the agency to do, on top of its inbox, with its deadline and answer.

import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { useLang } from '../i18n';
import { formatShort } from '../lib/time';
import { newKey } from '../report/draft';
import { spacedCode } from '../report/done';
import { answerDirective, fetchDirective, fetchDirectives } from './api';
import type { Directive } from './types';
import { useWords } from './words';

interface DirectivesProps {
  timezone: string;
  /** May answer; others only read. */
  mayAnswer: boolean;
  pulse: number;
  onOpen: (code: string) => void;
}

function One({ one, props, onChanged }: { one: Directive; props: DirectivesProps; onChanged: () => void }) {
  const t = useWords();
  const lang = useLang();
  const [codes, setCodes] = useState<string[] | null>(null);
  const [answering, setAnswering] = useState(false);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const [key] = useState(newKey);
  const send = () => answerDirective(one, text, key).then(onChanged, (error: unknown) =>
    setProblem(error instanceof ApiError && error.status ? error.errors[0]?.detail ?? error.message : t.act.unsent));
  return (
    <li class={`directive${one.late ? ' late' : ''}`} data-directive={one.id}>
      <p class="words"><strong>{one.text}</strong></p>
      <p class="hint">
        {one.created_by?.name} · {t.directives.due} <time dateTime={one.due_at}>{formatShort(one.due_at, lang, props.timezone)}</time>
        {one.late && <span class="badge late"> ▲ {t.directives.late}</span>} · {t.directives.cases(one.complaints.total)}
      </p>
      <div class="buttons tight">
        <button type="button" class="button small" aria-expanded={codes !== null} onClick={() => {
          if (codes) setCodes(null);
          else void fetchDirective(one.id).then((whole) => setCodes(whole.codes ?? []), () => setCodes([]));
        }}>{t.directives.open}</button>
        {props.mayAnswer && <button type="button" class="button small" aria-expanded={answering} onClick={() => setAnswering(!answering)}>{t.directives.answer}</button>}
      </div>
      {codes && <p class="directive-codes">{codes.map((code) => <button key={code} type="button" class="code-link" onClick={() => props.onOpen(code)}>{spacedCode(code)}</button>)}</p>}
      {answering && (
        <form onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}>
          <div class="field">
            <label for={`directive-${one.id}`}>{t.directives.text}</label>
            <textarea id={`directive-${one.id}`} rows={3} required value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </div>
          {problem && <p class="error" role="alert">{problem}</p>}
          <div class="buttons tight"><button type="submit" class="button primary small">{t.directives.send}</button></div>
        </form>
      )}
    </li>
  );
}

export function Directives(props: DirectivesProps) {
  const t = useWords();
  const [list, setList] = useState<Directive[]>([]);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    fetchDirectives(stop.signal).then(setList, () => undefined);
    return () => stop.abort();
  }, [again, Math.floor(props.pulse / 10)]);
  if (list.length === 0) return null;
  return (
    <section class="directives" aria-labelledby="directives-title">
      <h2 id="directives-title">{t.directives.title} <span class="section-count">{list.length}</span></h2>
      <ul>{list.map((one) => <One key={`${one.id}.${one.version}`} one={one} props={props} onChanged={() => setAgain(again + 1)} />)}</ul>
    </section>
  );
}
