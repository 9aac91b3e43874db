// Imported layers: what there is, how it looks and when it holds; new ones from a file, and one's data
// replaced as a whole.

import { useEffect, useState } from 'preact/hooks';
import { fetchLayers } from '../../api';
import { useLang } from '../../i18n';
import { cityDay, formatDay } from '../../lib/time';
import type { LayerEntry } from '../../types';
import type { SectionProps } from '../sections';
import { type Layer, type Layers, type Upload, editLayer, fetchLayerTable, loadLayer, nameOf, stepLayer } from './api';
import { LayerForm } from './layer_form';
import { MapPane } from './map_pane';
import { UploadForm } from './upload_form';
import { useMapWords } from './words';

type Doing = { what: 'new' | 'edit' | 'replace'; layer: Layer | null } | null;

interface RowProps {
  layer: Layer;
  timezone: string;
  mayEdit: boolean;
  shown: boolean;
  onShow: () => void;
  onDo: (what: 'edit' | 'replace') => void;
  onStep: (what: 'withdraw' | 'restore') => void;
}

function LayerRow({ layer, timezone, mayEdit, shown, onShow, onDo, onStep }: RowProps) {
  const t = useMapWords();
  const lang = useLang();
  const name = nameOf(layer.name, lang);
  const day = (at: string | null) => (at ? formatDay(cityDay(new Date(at), timezone)) : '');
  const holds = layer.valid_from || layer.valid_to ? t.untilText(day(layer.valid_from), day(layer.valid_to))
    : layer.dated ? t.untilText(day(layer.first), day(layer.last)) : t.always;
  const button = (text: string, run: () => void, pressed?: boolean) => (
    <button type="button" class="button small" aria-label={`${text}: ${name}`} aria-pressed={pressed} onClick={run}>{text}</button>
  );
  return (
    <tr data-layer={layer.code}>
      <th scope="row">
        <span class="layer-swatch" aria-hidden="true" ref={(span) => {
          if (span) span.style.backgroundColor = layer.style.color ?? '';
        }} />{name} <span class="code">{layer.code}</span>
        {layer.withdrawn_at && <> <span class="badge warn">{t.withdrawn}</span></>}
        <p class="hint">{nameOf(layer.group, lang)}, {layer.public ? t.everybody : t.staffOnly}</p>
        {layer.rules && <p class="hint">{t.rulesUse(layer.rules)}</p>}
      </th>
      <td data-label={t.features}>{t.number(layer.features)} {t.kinds[layer.kind]}<p class="hint">{holds}</p></td>
      <td data-label={t.source}>{layer.source}<p class="hint">{day(layer.updated_at)}</p></td>
      <td class="acts">
        {!layer.withdrawn_at && button(t.preview, onShow, shown)}
        {mayEdit && button(t.edit, () => onDo('edit'))}
        {mayEdit && button(t.replace, () => onDo('replace'))}
        {mayEdit && (layer.withdrawn_at ? button(t.restore, () => onStep('restore')) : button(t.withdraw, () => onStep('withdraw')))}
      </td>
    </tr>
  );
}

export function LayersSection({ city, categories, layers, mayEdit, onProblem }: SectionProps) {
  const t = useMapWords();
  const lang = useLang();
  const [table, setTable] = useState<Layers | null>(null);
  const [entries, setEntries] = useState<LayerEntry[]>(layers);
  const [pulse, setPulse] = useState(0);
  const [doing, setDoing] = useState<Doing>(null);
  const [upload, setUpload] = useState<Upload | null>(null);
  const [uploadMap, setUploadMap] = useState<GeoJSON.FeatureCollection | null>(null);
  const [shown, setShown] = useState('');
  const [saved, setSaved] = useState(false);
  useEffect(() => void fetchLayerTable().then(setTable, onProblem), [pulse]);
  useEffect(() => {
    // The service takes a change over in a second or two.
    const timer = window.setTimeout(() => void fetchLayers().then(setEntries, () => undefined), pulse ? 2500 : 0);
    return () => window.clearTimeout(timer);
  }, [pulse]);
  const changed = () => {
    setDoing(null);
    setUpload(null);
    setUploadMap(null);
    setSaved(true);
    setPulse((n) => n + 1);
  };
  const run = (change: Promise<unknown>) => {
    onProblem(null);
    setSaved(false);
    change.then(changed, onProblem);
  };
  const open = (next: Doing) => {
    onProblem(null);
    setSaved(false);
    setUpload(null);
    setUploadMap(null);
    setDoing(next);
    window.setTimeout(() => document.getElementById('layer-work')?.focus());
  };
  const working = doing && (doing.what === 'edit' || upload);
  return (
    <div class="beside-map">
      <div class="beside-map-text">
        <section aria-labelledby="layers-title">
          <h2 id="layers-title">{t.layers}</h2>
          <div role="status">{saved && <p class="strong">{t.saved}</p>}</div>
          <table class="stack">
            <thead><tr>{[t.name, t.features, t.source, t.doing].map((one) => <th scope="col" key={one}>{one}</th>)}</tr></thead>
            <tbody>
              {table?.layers.map((layer) => (
                <LayerRow key={layer.code} layer={layer} timezone={city.timezone} mayEdit={mayEdit} shown={shown === layer.code}
                  onShow={() => setShown(shown === layer.code ? '' : layer.code)} onDo={(what) => open({ what, layer })}
                  onStep={(what) => run(stepLayer(layer, what))} />
              ))}
            </tbody>
          </table>
          {mayEdit && <div class="buttons"><button type="button" class="button" onClick={() => open({ what: 'new', layer: null })}>{t.newLayer}</button></div>}
        </section>
        {doing && table && (
          <section aria-labelledby="layer-work" class="card">
            <h2 id="layer-work" tabIndex={-1}>{doing.layer ? `${doing.what === 'edit' ? t.edit : t.replace}: ${nameOf(doing.layer.name, lang)}` : t.newLayer}</h2>
            {doing.what !== 'edit' && <UploadForm key={doing.layer?.code ?? ''} id="layer" onProblem={onProblem} onUpload={(found, drawn) => {
              setUpload(found);
              setUploadMap(drawn);
            }} />}
            {working && <LayerForm key={`${doing.what} ${doing.layer?.code} ${upload?.id}`} layer={doing.layer} upload={upload} what={doing.what} groups={table.groups} timezone={city.timezone}
              onCancel={() => setDoing(null)}
              onSave={(fields) => run(doing.what === 'edit' && doing.layer ? editLayer(doing.layer.code, { version: doing.layer.version, ...fields })
                : loadLayer({ upload: upload?.id, ...(doing.layer ? { code: doing.layer.code, replace: true, version: doing.layer.version } : {}), ...fields }))} />}
          </section>
        )}
      </div>
      <MapPane city={city} categories={categories} layers={entries} at={cityDay(new Date(), city.timezone)} overlay={uploadMap} shown={shown ? [shown] : []} />
    </div>
  );
}
