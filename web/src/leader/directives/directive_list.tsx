// Directives so far, with how far they are, and what the leader may do with each.

import { useEffect, useState } from 'preact/hooks';
import { useLang, useMessages } from '../../i18n';
import { formatNumber, formatShort } from '../../lib/time';
import { type Action, type Directive, act, fetchDirective, fetchDirectives, problemText } from './api';
import { useDirectiveWords } from './words';

interface DirectiveListProps {
  timezone: string;
  pulse: number;
  mayAct: boolean;
  mayRemind: boolean;
  onArea: (area: GeoJSON.MultiPolygon) => void;
}

const ACTIONS: Record<Directive['state'], Action[]> = {
  open: ['remind', 'withdraw'], answered: ['accept', 'send_back', 'withdraw'], accepted: [], withdrawn: [],
};
const NEED_WORDS: Action[] = ['send_back', 'withdraw'];

function One({ one, props, onChanged }: { one: Directive; props: DirectiveListProps; onChanged: (one: Directive) => void }) {
  const t = useDirectiveWords();
  const m = useMessages();
  const lang = useLang();
  const [doing, setDoing] = useState<Action | null>(null);
  const [words, setWords] = useState('');
  const [problem, setProblem] = useState('');
  const { total, done } = one.complaints;
  const actions = ACTIONS[one.state].filter((action) => props.mayAct || (action === 'remind' && props.mayRemind));
  const send = (action: Action) => {
    if (NEED_WORDS.includes(action) && !words.trim()) {
      setProblem(t.wordsNeeded);
      return;
    }
    act(one, action, words.trim()).then((changed) => {
      setDoing(null);
      setWords('');
      setProblem('');
      onChanged(changed);
    }, (error: unknown) => setProblem(problemText(error, m.offline)));
  };
  return (
    <li class="directive-row" data-directive={one.id}>
      <p>
        <span class={`badge state-${one.state}`}>{t.states[one.state]}</span>{' '}
        {one.late && <span class="badge late">▲ {t.late}</span>} <strong>{one.agency.name}</strong>
      </p>
      <p class="words">{one.text}</p>
      <p class="hint">
        {t.about[one.about]} · {t.dueAt} <time dateTime={one.due_at}>{formatShort(one.due_at, lang, props.timezone)}</time>
        {one.reminders > 0 && ` · ${t.reminded(one.reminders)}`}
      </p>
      <p class="hint"><progress max={Math.max(total, 1)} value={done} aria-hidden="true" /> {t.progress(formatNumber(done, lang), formatNumber(total, lang))}</p>
      {one.answer && (
        <p class="answer"><strong>{t.answer}</strong> ({one.answer.by?.name}, <time dateTime={one.answer.at}>{formatShort(one.answer.at, lang, props.timezone)}</time>): {one.answer.text}</p>
      )}
      <p class="buttons tight">
        {one.about === 'area' && (
          <button type="button" class="button small" onClick={() => void fetchDirective(one.id).then((whole) => whole.area && props.onArea(whole.area), () => undefined)}>{t.showArea}</button>
        )}
        {actions.map((action) => (
          <button key={action} type="button" class="button small" aria-expanded={doing === action} onClick={() => {
            setProblem('');
            setDoing(doing === action ? null : action);
          }}>{t.actions[action]}</button>
        ))}
      </p>
      {doing && (
        <form onSubmit={(event) => {
          event.preventDefault();
          send(doing);
        }}>
          <label for={`words-${one.id}`}>{t.words}</label>
          <textarea id={`words-${one.id}`} rows={2} maxLength={4000} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
          <p class="buttons tight">
            <button type="submit" class="button small primary">{t.confirm}: {t.actions[doing]}</button>
            <button type="button" class="button small" onClick={() => setDoing(null)}>{t.cancel}</button>
          </p>
        </form>
      )}
      {problem && <p class="error" role="alert">{problem}</p>}
    </li>
  );
}

export function DirectiveList(props: DirectiveListProps) {
  const t = useDirectiveWords();
  const m = useMessages();
  const [rows, setRows] = useState<Directive[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let gone = false;
    fetchDirectives('').then((page) => {
      if (gone) return;
      setProblem('');
      setRows(page.directives);
      setNext(page.next);
    }, (error: unknown) => !gone && setProblem(problemText(error, m.offline)));
    return () => {
      gone = true;
    };
  }, [props.pulse]);
  const more = () => fetchDirectives(next ?? '').then((page) => {
    setRows([...(rows ?? []), ...page.directives]);
    setNext(page.next);
  }, (error: unknown) => setProblem(problemText(error, m.offline)));
  return (
    <section aria-labelledby="directives-title">
      <h2 id="directives-title">{t.list}</h2>
      {problem && <p class="error" role="alert">{problem}</p>}
      {!rows && !problem && <p role="status">{m.loading}</p>}
      {rows?.length === 0 && <p>{t.none}</p>}
      <ul class="directive-rows">
        {rows?.map((one) => (
          <One key={one.id} one={one} props={props}
            onChanged={(changed) => setRows(rows.map((each) => (each.id === changed.id ? changed : each)))} />
        ))}
      </ul>
      {next && <button type="button" class="button small" onClick={() => void more()}>{t.more}</button>}
    </section>
  );
}
