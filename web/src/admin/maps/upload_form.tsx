// A file from the reader's disk to an upload that was read, and what is in it. Boundaries and layers
// are made of one in the same way.

import { useEffect, useState } from 'preact/hooks';
import { Field } from '../../shell/field';
import { type Column, type Upload, fetchUpload, fetchUploadMap, sendShapes } from './api';
import { useMapWords } from './words';

const SYSTEMS: [string, string][] = [['EPSG:9210', 'VN-2000, 105°45′'], ['EPSG:3405', 'VN-2000 / UTM 48N'], ['EPSG:32648', 'WGS 84 / UTM 48N']];

interface UploadFormProps {
  id: string;
  onProblem: (error: unknown) => void;
  onUpload: (upload: Upload | null, map: GeoJSON.FeatureCollection | null) => void;
}

/** Waits for an upload to be read. */
function useReading(id: number | null, props: UploadFormProps): Upload | null {
  const [upload, setUpload] = useState<Upload | null>(null);
  useEffect(() => {
    setUpload(null);
    props.onUpload(null, null);
    if (id === null) return undefined;
    let timer = 0;
    const look = () => void fetchUpload(id).then(async (found) => {
      if (timer < 0) return;
      setUpload(found);
      if (found.state === 'reading') timer = window.setTimeout(look, 700);
      else if (found.state === 'ready') {
        const map = await fetchUploadMap(id);
        if (timer >= 0) props.onUpload(found, map);
      }
    }).catch(props.onProblem);
    look();
    return () => {
      window.clearTimeout(timer);
      timer = -1;
    };
  }, [id]);
  return upload;
}

export function UploadForm(props: UploadFormProps) {
  const { id, onProblem } = props;
  const t = useMapWords();
  const [file, setFile] = useState<File | null>(null);
  const [layer, setLayer] = useState('');
  const [crs, setCrs] = useState('');
  const [share, setShare] = useState<number | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const upload = useReading(sent, props);
  const send = (event: Event) => {
    event.preventDefault();
    if (!file || share !== null) return;
    onProblem(null);
    setSent(null);
    setShare(0);
    sendShapes(file, layer.trim(), crs, setShare).then((made) => setSent(made.id), onProblem).finally(() => setShare(null));
  };
  return (
    <>
      <form onSubmit={send} class="upload-form">
        <Field id={`${id}-file`} label={t.chooseFile} hint={t.fileHint}>
          {(aria) => <input id={`${id}-file`} type="file" required {...aria} accept=".geojson,.json,.zip,.shz,.gpkg,.fgb,.kml,.csv"
            onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />}
        </Field>
        <div class="two">
          <Field id={`${id}-crs`} label={t.crs} hint={t.crsHint}>
            {(aria) => (
              <select id={`${id}-crs`} {...aria} value={crs} onChange={(event) => setCrs(event.currentTarget.value)}>
                <option value="">{t.crsOwn}</option>
                {SYSTEMS.map(([code, name]) => <option key={code} value={code}>{name} ({code})</option>)}
              </select>
            )}
          </Field>
          <Field id={`${id}-layer`} label={t.layerName} hint={t.layerHint} optional>
            {(aria) => <input id={`${id}-layer`} type="text" maxLength={100} {...aria} value={layer} onInput={(event) => setLayer(event.currentTarget.value)} />}
          </Field>
        </div>
        <div class="buttons"><button type="submit" class="button primary" aria-disabled={share !== null ? 'true' : undefined}>{t.sendFile}</button></div>
      </form>
      <div role="status">
        {share !== null && <p class="progress">{t.sending(share)} <progress max={1} value={share} aria-label={t.sendFile} /></p>}
        {upload?.state === 'reading' && <p>{t.reading}</p>}
        {upload?.state === 'ready' && <p class="strong" data-upload={upload.id}>{t.readAs(upload.name, upload.features)} ({Object.entries(upload.kinds).map(([kind, n]) => `${t.number(n)} ${t.kinds[kind] ?? kind}`).join(', ')})</p>}
      </div>
      {upload?.state === 'failed' && <p class="error-summary" role="alert">{t.problems[upload.problem] ?? upload.problem} {upload.detail && <span class="code">{upload.detail}</span>}</p>}
      {upload?.state === 'ready' && <UploadFacts upload={upload} />}
    </>
  );
}

function UploadFacts({ upload }: { upload: Upload }) {
  const t = useMapWords();
  return (
    <>
      {upload.repaired > 0 && <p class="hint">{t.repaired(upload.repaired)}</p>}
      {upload.faulty > 0 && (
        <table class="faults">
          <caption>{t.faults(upload.faulty)}</caption>
          <thead><tr><th scope="col">{t.feature}</th><th scope="col">{t.name}</th><th scope="col">{t.why}</th></tr></thead>
          <tbody>{upload.faults.map((f) => <tr key={f.number}><td>{f.number}</td><td>{f.name}</td><td lang="en">{f.fault}</td></tr>)}</tbody>
        </table>
      )}
      <details>
        <summary>{t.columns} ({upload.columns.length})</summary>
        <table>
          <thead><tr><th scope="col">{t.column}</th><th scope="col">{t.filled}</th><th scope="col">{t.different}</th><th scope="col">{t.samples}</th></tr></thead>
          <tbody>
            {upload.columns.map((c) => (
              <tr key={c.name}><th scope="row">{c.name}</th><td>{t.number(c.filled)}</td><td>{t.number(c.different)}</td><td>{c.samples.join(' · ')}</td></tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

/** The column whose name is most like one of these. */
export function guessColumn(columns: Column[], ...patterns: RegExp[]): string {
  for (const pattern of patterns) {
    const found = columns.find((c) => pattern.test(c.name));
    if (found) return found.name;
  }
  return '';
}

export function ColumnField({ id, label, columns, value, required, onChange }: {
  id: string; label: string; columns: Column[]; value: string; required?: boolean; onChange: (name: string) => void;
}) {
  const t = useMapWords();
  return (
    <Field id={id} label={label}>
      {(aria) => (
        <select id={id} {...aria} required={required} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">{t.none}</option>
          {columns.map((c) => <option key={c.name} value={c.name}>{c.name}{c.samples[0] ? ` (${c.samples[0].slice(0, 30)})` : ''}</option>)}
        </select>
      )}
    </Field>
  );
}
