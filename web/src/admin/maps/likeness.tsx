// What makes two complaints alike, and many an incident: numbers by category, changed as a whole.

import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { categoryName, categoryPath } from '../../lib/categories';
import type { SectionProps } from '../sections';
import { type Likeness, type Pair, type Term, fetchLikeness, setLikeness } from './api';
import { useMapWords } from './words';

const pairKey = (p: Pair) => `${p.category} ${p.other}`;

export function LikenessSection({ categories, mayEdit, onProblem }: SectionProps) {
  const t = useMapWords();
  const lang = useLang();
  const [was, setWas] = useState<Likeness | null>(null);
  const [terms, setTerms] = useState<Term[]>([]);
  const [pairs, setPairs] = useState<Pair[]>([]);
  const [incidents, setIncidents] = useState<Record<string, number>>({});
  const [said, setSaid] = useState('');
  const take = (found: Likeness) => {
    setWas(found);
    setTerms(found.terms);
    setPairs(found.pairs);
    setIncidents(found.incidents);
  };
  useEffect(() => void fetchLikeness().then(take, onProblem), []);
  if (!was) return null;
  const name = (code: string) => categoryName(categories, code, lang);
  const save = (event: Event) => {
    event.preventDefault();
    onProblem(null);
    setSaid('');
    const same = (a: object | undefined, b: object) => JSON.stringify(a) === JSON.stringify(b);
    const gone = was.terms.filter((term) => !terms.some((one) => one.category === term.category)).map(({ category }) => ({ category, half_life_hours: null, extent_m: null }));
    const left = was.pairs.filter((pair) => !pairs.some((one) => pairKey(one) === pairKey(pair))).map((pair) => ({ ...pair, affinity: null }));
    setLikeness({
      version: was.version,
      terms: [...terms.filter((term) => !same(was.terms.find((one) => one.category === term.category), term)), ...gone],
      pairs: [...pairs.filter((pair) => !same(was.pairs.find((one) => pairKey(one) === pairKey(pair)), pair)), ...left],
      incidents: Object.fromEntries(Object.entries(incidents).filter(([key, value]) => was.incidents[key] !== value)),
    }).then((found) => {
      take(found);
      setSaid(t.saved);
    }, onProblem);
  };
  const number = (label: string, value: number | null, put: (n: number | null) => void, max: number) => (mayEdit
    ? <input class="number" type="number" min={0} max={max} step="any" aria-label={label} value={value ?? ''} onInput={(event) => put(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))} />
    : <>{value ?? ''}</>);
  const setTerm = (category: string, change: Partial<Term>) => setTerms(terms.map((one) => (one.category === category ? { ...one, ...change } : one)));
  const options = categories.map((c) => <option key={c.code} value={c.code}>{categoryPath(categories, c.code, lang)}</option>);
  const head = (...list: string[]) => <thead><tr>{[...list, ...(mayEdit ? [t.doing] : [])].map((one) => <th scope="col" key={one}>{one}</th>)}</tr></thead>;
  const remove = (label: string, run: () => void) => mayEdit && <td><button type="button" class="button small" aria-label={`${t.remove}: ${label}`} onClick={run}>{t.remove}</button></td>;
  return (
    <form onSubmit={save} class="likeness" aria-label={t.likeness}>
      <p role="status" class="strong">{said}</p>
      {mayEdit && <div class="buttons"><button type="submit" class="button primary">{t.save}</button></div>}
      <section aria-labelledby="terms-title">
        <h2 id="terms-title">{t.terms}</h2>
        <p class="hint">{t.inherits}</p>
        <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="terms-title">
          <table>
            {head(t.category, t.halfLife, t.extent)}
            <tbody>
              {terms.map((term) => (
                <tr key={term.category} data-term={term.category}>
                  <th scope="row">{name(term.category)}</th>
                  <td>{number(`${t.halfLife}: ${name(term.category)}`, term.half_life_hours, (n) => setTerm(term.category, { half_life_hours: n }), 100_000)}</td>
                  <td>{number(`${t.extent}: ${name(term.category)}`, term.extent_m, (n) => setTerm(term.category, { extent_m: n }), 100_000)}</td>
                  {remove(name(term.category), () => setTerms(terms.filter((one) => one !== term)))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {mayEdit && (
          <label class="add-row">{t.addTerm}
            <select value="" onChange={(event) => {
              const category = event.currentTarget.value;
              if (category && !terms.some((one) => one.category === category)) setTerms([...terms, { category, half_life_hours: null, extent_m: null }]);
            }}><option value="">{t.none}</option>{options}</select>
          </label>
        )}
      </section>
      <section aria-labelledby="pairs-title">
        <h2 id="pairs-title">{t.pairs}</h2>
        <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="pairs-title">
          <table>
            {head(t.category, t.other, t.affinity)}
            <tbody>
              {pairs.map((pair) => (
                <tr key={pairKey(pair)} data-pair={pairKey(pair)}>
                  <th scope="row">{name(pair.category)}</th><td>{name(pair.other)}</td>
                  <td>{number(`${t.affinity}: ${name(pair.category)}, ${name(pair.other)}`, pair.affinity, (n) => setPairs(pairs.map((one) => (one === pair ? { ...pair, affinity: n } : one))), 1)}</td>
                  {remove(`${name(pair.category)}, ${name(pair.other)}`, () => setPairs(pairs.filter((one) => one !== pair)))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {mayEdit && <AddPair options={options} onAdd={(pair) => !pairs.some((one) => pairKey(one) === pairKey(pair)) && setPairs([...pairs, pair])} />}
      </section>
      <section aria-labelledby="incidents-title">
        <h2 id="incidents-title">{t.incidents}</h2>
        <table>
          <tbody>
            {Object.keys(was.incidents).map((key) => (
              <tr key={key}><th scope="row" class="code">{key}</th><td>{number(key, incidents[key] ?? null, (n) => setIncidents({ ...incidents, [key]: n ?? 0 }), 1_000_000)}</td></tr>
            ))}
          </tbody>
        </table>
      </section>
    </form>
  );
}

function AddPair({ options, onAdd }: { options: preact.JSX.Element[]; onAdd: (pair: Pair) => void }) {
  const t = useMapWords();
  const [category, setCategory] = useState('');
  const [other, setOther] = useState('');
  return (
    <div class="two add-row">
      <label>{t.category}<select value={category} onChange={(event) => setCategory(event.currentTarget.value)}><option value="">{t.none}</option>{options}</select></label>
      <label>{t.other}<select value={other} onChange={(event) => setOther(event.currentTarget.value)}><option value="">{t.none}</option>{options}</select></label>
      <div><button type="button" class="button small" onClick={() => {
        if (!category || !other) return;
        const [a, b] = [category, other].sort() as [string, string];
        onAdd({ category: a, other: b, affinity: 0.5 });
      }}>{t.addPair}</button></div>
    </div>
  );
}
