// Boundaries of a new generation: uploaded, made of columns, held against what is in force, looked at
// on the map, and only then published; and taken back.

import { useEffect, useState } from 'preact/hooks';
import { addDays, cityDay, formatDay } from '../../lib/time';
import { setUrlParam, useUrlParams } from '../../lib/url_state';
import type { Point } from '../../types';
import type { SectionProps } from '../sections';
import { Field } from '../../shell/field';
import { type Generation, type Upload, fetchGeneration, fetchGenerationMap, fetchGenerations, makeGeneration } from './api';
import { GenerationView } from './generation_view';
import { MapPane } from './map_pane';
import { ColumnField, UploadForm, guessColumn } from './upload_form';
import { useMapWords } from './words';

interface Columns { code_column: string; name_column: string; kind_column: string; parent_column: string }

function guess(upload: Upload): Columns {
  const find = (...patterns: RegExp[]) => guessColumn(upload.columns, ...patterns);
  return {
    code_column: find(/^(code|ma|mã|ma_?xa|maxa|ma_?dvhc)$/i, /(^|_)(code|ma)(_|$)/i), name_column: find(/^full_?name$/i, /^(name|ten|tên)$/i, /(name|ten)/i),
    kind_column: find(/^(type|kind|loai|loại|cap)$/i), parent_column: find(/^(parent|ma_?huyen|district)/i),
  };
}

/** What of the upload is a unit's code, name and level, and from which day they hold. */
function ColumnForm({ upload, city, onMade, onProblem }: {
  upload: Upload; city: SectionProps['city']; onMade: (id: number) => void; onProblem: (error: unknown) => void;
}) {
  const t = useMapWords();
  const [columns, setColumns] = useState(() => guess(upload));
  const [title, setTitle] = useState(upload.name.replace(/\.\w+$/, ''));
  const [from, setFrom] = useState(addDays(cityDay(new Date(), city.timezone), 1));
  const [level, setLevel] = useState('ward');
  const [approximate, setApproximate] = useState(false);
  const make = (event: Event) => {
    event.preventDefault();
    onProblem(null);
    const chosen = Object.fromEntries(Object.entries(columns).filter(([, name]) => name));
    const said = level === 'ward' || level === 'district' ? { level } : { level_column: level.slice('column:'.length) };
    makeGeneration({ upload: upload.id, title, from, approximate, ...said, ...chosen }).then((made) => onMade(made.id), onProblem);
  };
  const set = (name: keyof Columns) => (value: string) => setColumns({ ...columns, [name]: value });
  return (
    <form onSubmit={make} class="column-form">
      <Field id="generation-title" label={t.title}>
        {(aria) => <input id="generation-title" type="text" required maxLength={200} {...aria} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />}
      </Field>
      <div class="two">
        <Field id="generation-from" label={t.from}>
          {(aria) => <input id="generation-from" type="date" required {...aria} value={from} onInput={(event) => setFrom(event.currentTarget.value)} />}
        </Field>
        <Field id="generation-level" label={t.level}>
          {(aria) => (
            <select id="generation-level" {...aria} value={level} onChange={(event) => setLevel(event.currentTarget.value)}>
              {['ward', 'district'].map((one) => <option key={one} value={one}>{t.levels[one]}</option>)}
              {upload.columns.map((c) => <option key={c.name} value={`column:${c.name}`}>{t.levelColumn(c.name)}</option>)}
            </select>
          )}
        </Field>
        <ColumnField id="generation-code" label={t.codeColumn} columns={upload.columns} required value={columns.code_column} onChange={set('code_column')} />
        <ColumnField id="generation-name" label={t.nameColumn} columns={upload.columns} value={columns.name_column} onChange={set('name_column')} />
        <ColumnField id="generation-kind" label={t.kindColumn} columns={upload.columns} value={columns.kind_column} onChange={set('kind_column')} />
        <ColumnField id="generation-parent" label={t.parentColumn} columns={upload.columns} value={columns.parent_column} onChange={set('parent_column')} />
      </div>
      <label class="check"><input type="checkbox" checked={approximate} onChange={(event) => setApproximate(event.currentTarget.checked)} />{t.approximate}</label>
      <div class="buttons"><button type="submit" class="button primary">{t.check}</button></div>
    </form>
  );
}

function GenerationList({ list, chosen }: { list: Generation[]; chosen: number | null }) {
  const t = useMapWords();
  return (
    <section aria-labelledby="generations-title">
      <h2 id="generations-title">{t.generations}</h2>
      {!list.length && <p>{t.noGenerations}</p>}
      <ul class="sets">
        {list.map((g) => (
          <li key={g.id}>
            <a href={`?section=boundaries&generation=${g.id}`} aria-current={g.id === chosen ? 'true' : undefined} onClick={(event) => {
              event.preventDefault();
              setUrlParam('generation', String(g.id), true);
            }}>#{g.id} {g.title}</a>{' '}
            <span class={`badge state-${g.state === 'ready' ? 'draft' : g.state}`}>{t.states[g.state]}</span>{' '}
            <span class="hint">{t.since(formatDay(g.from_day))}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The chosen one, asked for again while its check is under way. */
function useGeneration(id: number | null, pulse: number, onProblem: (error: unknown) => void): [Generation | null, GeoJSON.FeatureCollection | null] {
  const [generation, setGeneration] = useState<Generation | null>(null);
  const [map, setMap] = useState<GeoJSON.FeatureCollection | null>(null);
  useEffect(() => {
    if (id === null) {
      setGeneration(null);
      setMap(null);
      return undefined;
    }
    let timer = 0;
    const look = () => void fetchGeneration(id).then(async (found) => {
      if (timer < 0) return;
      setGeneration(found);
      if (found.state === 'checking') timer = window.setTimeout(look, 1000);
      else if (['ready', 'published', 'taken_back'].includes(found.state)) {
        const drawn = await fetchGenerationMap(id);
        if (timer >= 0) setMap(drawn);
      } else setMap(null);
    }).catch(onProblem);
    look();
    return () => {
      window.clearTimeout(timer);
      timer = -1;
    };
  }, [id, pulse]);
  return [generation?.id === id ? generation : null, map];
}

const KEYS = ['same', 'moved', 'appeared', 'vanished', 'gained', 'lost', 'overlap', 'gap', 'left_out', 'added'];

export function Boundaries({ city, categories, layers, mayEdit, onProblem }: SectionProps) {
  const t = useMapWords();
  const params = useUrlParams();
  const id = Number(params.get('generation')) || null;
  const [pulse, setPulse] = useState(0);
  const [list, setList] = useState<Generation[] | null>(null);
  const [upload, setUpload] = useState<Upload | null>(null);
  const [uploadMap, setUploadMap] = useState<GeoJSON.FeatureCollection | null>(null);
  const [focus, setFocus] = useState<Point[] | null>(null);
  const [generation, map] = useGeneration(id, pulse, onProblem);
  useEffect(() => void fetchGenerations().then(setList, onProblem), [pulse, id, generation?.state]);
  const changed = () => {
    onProblem(null);
    setPulse((n) => n + 1);
  };
  const overlay = id === null ? uploadMap : map;
  return (
    <div class="beside-map">
      <div class="beside-map-text">
        {list && <GenerationList list={list} chosen={id} />}
        {mayEdit && (
          <section aria-labelledby="new-generation-title">
            <h2 id="new-generation-title">{t.newGeneration}</h2>
            <UploadForm id="boundaries" onProblem={onProblem} onUpload={(found, drawn) => {
              setUpload(found);
              setUploadMap(drawn);
              if (found) setUrlParam('generation', '');
            }} />
            {upload && <ColumnForm key={upload.id} upload={upload} city={city} onProblem={onProblem} onMade={(made) => {
              setUpload(null);
              setUrlParam('generation', String(made), true);
            }} />}
          </section>
        )}
        {generation && <GenerationView key={generation.id} generation={generation} mayEdit={mayEdit} timezone={city.timezone} onChanged={changed} onProblem={onProblem}
          onShow={(where) => setFocus([{ lon: where.lon - 0.002, lat: where.lat - 0.002 }, { lon: where.lon + 0.002, lat: where.lat + 0.002 }])} />}
      </div>
      <MapPane city={city} categories={categories} layers={layers} at={generation && generation.state !== 'published' ? cityDay(new Date(), city.timezone) : generation?.from_day ?? cityDay(new Date(), city.timezone)}
        overlay={overlay} focus={focus}>
        {map && id !== null && (
          <div class="legend">
            <ul class="shape-key" aria-label={t.key}>
              {KEYS.filter((what) => map.features.some((f) => f.properties?.['what'] === what))
                .map((what) => <li key={what}><span class={`shape-swatch what-${what}`} aria-hidden="true" />{t.keyNames[what]}</li>)}
            </ul>
          </div>
        )}
      </MapPane>
    </div>
  );
}
