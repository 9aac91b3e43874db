// How many people live in each unit: rates are taken of it. Figures are typed, or pasted from a sheet.

import { useEffect, useState } from 'preact/hooks';
import { foldedMatch } from '../../lib/fold';
import { cityDay, formatDay } from '../../lib/time';
import { Field } from '../../shell/field';
import type { SectionProps } from '../sections';
import { type Residents, fetchResidents, setResidents } from './api';
import { useMapWords } from './words';

/** "26734; 51.066" and what spreadsheets put on the clipboard. */
function pasted(text: string): [code: string, residents: string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const [, code, digits] = /^\s*["']?([^\s;,\t"']+)["']?\s*[;,\t ]\s*["']?([\d.,\s]+?)["']?\s*$/.exec(line) ?? [];
    return code && digits ? [[code, digits.replace(/[.,\s]/g, '')]] : [];
  });
}

export function Populations({ city, mayEdit, onProblem }: SectionProps) {
  const t = useMapWords();
  const today = cityDay(new Date(), city.timezone);
  const [units, setUnits] = useState<Residents[]>([]);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [filter, setFilter] = useState('');
  const [source, setSource] = useState('');
  const [day, setDay] = useState(today);
  const [paste, setPaste] = useState('');
  const [said, setSaid] = useState('');
  const [pulse, setPulse] = useState(0);
  useEffect(() => void fetchResidents(today).then(setUnits, onProblem), [pulse]);
  const key = (u: Residents) => `${u.level} ${u.code}`;
  const changed = units.filter((u) => typed[key(u)] !== undefined && typed[key(u)] !== String(u.residents ?? ''));
  const save = (event: Event) => {
    event.preventDefault();
    onProblem(null);
    setSaid('');
    if (!changed.length) {
      setSaid(t.nothing);
      return;
    }
    setResidents(source, changed.map((u) => ({ level: u.level, code: u.code, on_day: day, residents: Number(typed[key(u)]) }))).then((done) => {
      setTyped({});
      setSaid(t.savedN(done.set));
      setPulse((n) => n + 1);
    }, onProblem);
  };
  const fill = () => {
    const rows = pasted(paste);
    const known = new Map(units.map((u) => [u.code, key(u)]));
    const good = rows.filter(([code]) => known.has(code));
    setTyped({ ...typed, ...Object.fromEntries(good.map(([code, n]) => [known.get(code) ?? '', n])) });
    setSaid(t.pasted(good.length, rows.filter(([code]) => !known.has(code)).map(([code]) => code).slice(0, 20).join(', ')));
  };
  return (
    <form onSubmit={save} aria-label={t.residents} class="populations">
      {mayEdit && (
        <>
          <div class="form-columns two">
            <Field id="population-source" label={t.sourceOf}>
              {(aria) => <input id="population-source" type="text" required maxLength={200} {...aria} value={source} onInput={(event) => setSource(event.currentTarget.value)} />}
            </Field>
            <Field id="population-day" label={t.onDay}>
              {(aria) => <input id="population-day" type="date" required {...aria} value={day} onInput={(event) => setDay(event.currentTarget.value)} />}
            </Field>
          </div>
          <details>
            <summary>{t.paste}</summary>
            <Field id="population-paste" label={t.paste} hint={t.pasteHint}>
              {(aria) => <textarea id="population-paste" {...aria} value={paste} onInput={(event) => setPaste(event.currentTarget.value)} />}
            </Field>
            <div class="buttons tight"><button type="button" class="button small" onClick={fill}>{t.fill}</button></div>
          </details>
          <div class="buttons"><button type="submit" class="button primary">{t.saveChanged(changed.length)}</button></div>
        </>
      )}
      <p role="status" class="strong">{said}</p>
      <Field id="population-filter" label={t.filter}>
        {(aria) => <input id="population-filter" type="text" {...aria} value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />}
      </Field>
      <div class="table-scroll" tabIndex={0} role="group" aria-label={t.residents}>
        <table>
          <thead><tr>{[t.code, t.name, t.residentsColumn, t.density, t.source].map((one) => <th scope="col" key={one}>{one}</th>)}</tr></thead>
          <tbody>
            {units.filter((u) => !filter || foldedMatch(`${u.name} ${u.code}`, filter)).map((u) => (
              <tr key={key(u)} data-unit={u.code}>
                <td class="code">{u.code}</td>
                <th scope="row">{u.name}</th>
                <td>
                  {mayEdit
                    ? <input class="number" type="text" inputMode="numeric" pattern="[0-9]{1,9}" aria-label={`${t.residentsColumn}: ${u.name}`} value={typed[key(u)] ?? String(u.residents ?? '')}
                        onInput={(event) => setTyped({ ...typed, [key(u)]: event.currentTarget.value })} />
                    : u.residents !== null && t.number(u.residents)}
                </td>
                <td class="numbers">{u.residents !== null && u.area_km2 ? t.number(Math.round(u.residents / u.area_km2)) : ''}</td>
                <td>{u.source === 'estimate' ? t.estimate : u.source}{u.on_day && <p class="hint">{formatDay(u.on_day)}</p>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </form>
  );
}
