// Who holds what, where, on a day: jurisdictions on the map, those at a point, and where two of them meet
// or nobody is.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { categoryName, categoryPath } from '../../lib/categories';
import { cityDay } from '../../lib/time';
import type { Point } from '../../types';
import { Field } from '../../shell/field';
import type { SectionProps } from '../sections';
import { type Holders, type Jurisdiction, fetchHolders } from './api';
import { MapPane } from './map_pane';
import { useMapWords } from './words';

const TONES = 6;
const toneOf = (code: string) => [...code].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % TONES;

function Row({ j, chosen, categories, onChoose }: { j: Jurisdiction; chosen: boolean; categories: SectionProps['categories']; onChoose: () => void }) {
  const t = useMapWords();
  const lang = useLang();
  return (
    <tr data-jurisdiction={j.code}>
      <th scope="row"><button type="button" class="link" aria-pressed={chosen} onClick={onChoose}>{j.name}</button><p class="hint">{j.agency_name}</p></th>
      <td>{t.reaches[j.reach]} {j.unit ?? ''}{j.area_km2 !== null && <p class="hint">{t.area(j.area_km2 * 1e6)}</p>}</td>
      <td>{t.classes[j.class]}</td>
      <td>{j.categories.length ? j.categories.map((code) => categoryName(categories, code, lang)).join(', ') : t.all}</td>
    </tr>
  );
}

export function HoldersSection({ city, categories, layers, onProblem }: SectionProps) {
  const t = useMapWords();
  const lang = useLang();
  const [day, setDay] = useState(cityDay(new Date(), city.timezone));
  const [category, setCategory] = useState(categories[0]?.code ?? '');
  const [point, setPoint] = useState<Point | null>(null);
  const [holders, setHolders] = useState<Holders | null>(null);
  const [there, setThere] = useState<Holders | null>(null);
  const [chosen, setChosen] = useState('');
  const [focus, setFocus] = useState<Point[] | null>(null);
  useEffect(() => {
    setHolders(null);
    setChosen('');
    if (day) fetchHolders(day, category, null).then(setHolders, onProblem);
  }, [day, category]);
  useEffect(() => {
    setThere(null);
    if (day && point) fetchHolders(day, category, point).then(setThere, onProblem);
  }, [day, category, point]);
  const overlay = useMemo((): GeoJSON.FeatureCollection | null => holders && {
    type: 'FeatureCollection',
    features: holders.jurisdictions.flatMap((j) => (j.shape ? [{ type: 'Feature' as const, geometry: j.shape,
      properties: { what: j.code === chosen ? 'chosen' : `tone${toneOf(j.agency)}`, code: j.code } }] : []))
      .sort((a, b) => Number(a.properties.what === 'chosen') - Number(b.properties.what === 'chosen')),
  }, [holders, chosen]);
  const list = point ? there?.jurisdictions : holders?.jurisdictions;
  return (
    <div class="beside-map">
      <div class="beside-map-text">
        <section aria-labelledby="holders-title">
          <h2 id="holders-title">{t.holders}</h2>
          <div class="two">
            <Field id="holders-category" label={t.chooseCategory}>
              {(aria) => (
                <select id="holders-category" {...aria} value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
                  {categories.map((c) => <option key={c.code} value={c.code}>{categoryPath(categories, c.code, lang)}</option>)}
                </select>
              )}
            </Field>
            <Field id="holders-day" label={t.day}>
              {(aria) => <input id="holders-day" type="date" {...aria} value={day} onInput={(event) => setDay(event.currentTarget.value)} />}
            </Field>
          </div>
          <p class="hint">{t.holdersHint}</p>
          <div role="status">{point && <p class="strong">{t.atPoint(point.lat, point.lon)} <button type="button" class="button small" onClick={() => setPoint(null)}>{t.clearPoint}</button></p>}</div>
        </section>
        {holders && (
          <section aria-labelledby="holes-title">
            <h3 id="holes-title">{t.checkTitle}</h3>
            {!holders.overlaps.length && !holders.gaps.length && <p>{t.noOverlaps}</p>}
            <ul class="blocks">
              {holders.overlaps.slice(0, 50).map((o) => <li key={`${o.code} ${o.other}`}>{t.overlap}: {t.overlapOf(o.code, o.other)}, {t.area(o.area_m2)}</li>)}
              {holders.gaps.slice(0, 50).map((g, i) => (
                <li key={i}>{t.gap} ({t.nobody}): {t.area(g.area_m2)} <button type="button" class="button small" aria-label={`${t.show}: ${t.gap} ${i + 1}`}
                  onClick={() => setFocus([{ lon: g.lon - 0.01, lat: g.lat - 0.01 }, { lon: g.lon + 0.01, lat: g.lat + 0.01 }])}>{t.show}</button></li>
              ))}
            </ul>
            <p><a href="?tab=check">{t.ruleCheck}</a></p>
          </section>
        )}
        <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="holders-title">
          <table>
            <thead><tr>{[t.agency, t.reach, t.class_, t.category].map((one) => <th scope="col" key={one}>{one}</th>)}</tr></thead>
            <tbody>{list?.map((j) => <Row key={j.code} j={j} categories={categories} chosen={chosen === j.code} onChoose={() => setChosen(chosen === j.code ? '' : j.code)} />)}</tbody>
          </table>
        </div>
      </div>
      <MapPane city={city} categories={categories} layers={layers} at={day || cityDay(new Date(), city.timezone)} overlay={overlay} focus={focus} point={point} onPick={setPoint} />
    </div>
  );
}
