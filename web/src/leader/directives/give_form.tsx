// Giving one: about what, to whom, what, by when.

import { useEffect, useRef, useState } from 'preact/hooks';
import { useLang, useMessages } from '../../i18n';
import { addDays, cityDay, formatNumber, localInstant } from '../../lib/time';
import type { CityMap } from '../../map/city_map';
import type { Point } from '../../types';
import { type Concerned, type Scope, give, preview, problemText, ringOf } from './api';
import { useDirectiveWords } from './words';

interface GiveFormProps {
  map: () => CityMap | null;
  query: string;
  timezone: string;
  drawn: Point[] | null;
  onDrawn: (ring: Point[] | null) => void;
  onGiven: () => void;
}

type Kind = 'filter' | 'view' | 'drawn' | 'one';
const KINDS: Kind[] = ['filter', 'view', 'drawn', 'one'];
const DAYS = 3;

export function GiveForm({ map, query, timezone, drawn, onDrawn, onGiven }: GiveFormProps) {
  const t = useDirectiveWords();
  const m = useMessages();
  const lang = useLang();
  const [kind, setKind] = useState<Kind>('filter');
  const [code, setCode] = useState('');
  const [concerned, setConcerned] = useState<Concerned[] | null>(null);
  const [scope, setScope] = useState<Scope | null>(null);
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const [text, setText] = useState('');
  const [due, setDue] = useState(() => `${addDays(cityDay(new Date(), timezone), DAYS)}T17:00`);
  const [state, setState] = useState<'still' | 'drawing' | 'sending'>('still');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState('');
  const keys = useRef(new Map<string, string>());

  // What was found holds for what was asked.
  useEffect(() => {
    setConcerned(null);
    setChosen(new Set());
  }, [kind, query, drawn, code]);

  const draw = () => {
    const at = map();
    if (!at) return;
    setKind('drawn');
    setState('drawing');
    setProblem('');
    void at.lasso().then((ring) => {
      setState('still');
      if (ring) onDrawn(ring);
    });
  };
  const wanted = (): Scope | null => {
    if (kind === 'one') return code.trim() ? { query: '', complaint: code.replace(/[\s-]/g, '') } : null;
    if (kind === 'drawn') return drawn ? { query, area: ringOf(drawn) } : null;
    const corners = kind === 'view' ? map()?.corners() : null;
    if (kind === 'view') return corners ? { query, area: ringOf(corners) } : null;
    return { query };
  };
  const find = () => {
    const asked = wanted();
    setNote('');
    setProblem('');
    if (!asked) {
      setProblem(kind === 'drawn' ? t.notDrawn : t.code);
      return;
    }
    preview(asked).then((found) => {
      setScope(asked);
      setConcerned(found);
      setChosen(new Set(found.length === 1 && found[0] ? [found[0].code] : []));
      keys.current.clear();
    }, (error: unknown) => setProblem(problemText(error, m.offline)));
  };
  const submit = async () => {
    if (!scope || chosen.size === 0) {
      setProblem(t.chooseAgency);
      return;
    }
    setState('sending');
    setProblem('');
    const left = new Set(chosen);
    try {
      for (const agency of chosen) {
        const key = keys.current.get(agency) ?? crypto.randomUUID();
        keys.current.set(agency, key); // a repeat after a failure sends none twice
        await give(scope, agency, text, localInstant(due, timezone), key);
        left.delete(agency);
      }
      setNote(t.sent(chosen.size));
      setText('');
      setConcerned(null);
      onDrawn(null);
    } catch (error) {
      setProblem(problemText(error, m.offline));
    }
    setChosen(left);
    setState('still');
    onGiven();
  };

  return (
    <form class="give" aria-labelledby="give-title" onSubmit={(event) => {
      event.preventDefault();
      void submit();
    }}>
      <h2 id="give-title">{t.give}</h2>
      <fieldset>
        <legend>{t.scope}</legend>
        {KINDS.map((each) => (
          <label class="check" key={each}>
            <input type="radio" name="scope" value={each} checked={kind === each} onChange={() => setKind(each)} /> {t.scopes[each]}
          </label>
        ))}
      </fieldset>
      {kind === 'drawn' && (
        <p class="buttons tight">
          <button type="button" class="button" onClick={draw}>{drawn ? t.again : t.draw}</button>
          <span role="status" class="hint">{state === 'drawing' ? t.drawing : drawn ? t.drawn(drawn.length) : ''}</span>
        </p>
      )}
      {kind === 'one' && (
        <p>
          <label for="directive-code">{t.code}</label>
          <input id="directive-code" type="text" autocomplete="off" value={code} onInput={(event) => setCode(event.currentTarget.value)} />
        </p>
      )}
      <button type="button" class="button" onClick={find}>{t.find}</button>
      {concerned?.length === 0 && <p role="status">{t.nothing}</p>}
      {concerned && concerned.length > 0 && (
        <>
          <fieldset class="concerned">
            <legend>{t.agencies}</legend>
            {concerned.map((agency) => (
              <label class="check" key={agency.code}>
                <input type="checkbox" checked={chosen.has(agency.code)} onChange={(event) => {
                  const next = new Set(chosen);
                  if (event.currentTarget.checked) next.add(agency.code);
                  else next.delete(agency.code);
                  setChosen(next);
                }} /> {agency.name} <span class="hint">{t.counts(formatNumber(agency.open, lang), formatNumber(agency.late, lang))}</span>
              </label>
            ))}
          </fieldset>
          <label for="directive-text">{t.text}</label>
          <textarea id="directive-text" required maxLength={4000} rows={3} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <label for="directive-due">{t.due}</label>
          <input id="directive-due" type="datetime-local" required value={due} onInput={(event) => setDue(event.currentTarget.value)} />
          <button type="submit" class="button primary" disabled={state === 'sending'}>{t.send}</button>
        </>
      )}
      {note && <p role="status" class="done-note">{note}</p>}
      {problem && <p class="error" role="alert">{problem}</p>}
    </form>
  );
}
