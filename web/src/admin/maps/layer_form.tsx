// What a layer is called, how it looks, who sees it and when it holds; and of an upload, which columns
// say so.

import { useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { fold } from '../../lib/fold';
import { cityDay } from '../../lib/time';
import { Field } from '../../shell/field';
import { type Layer, type Layers, type Upload, nameOf } from './api';
import { ColumnField, guessColumn } from './upload_form';
import { useMapWords } from './words';

interface LayerFormProps {
  layer: Layer | null;
  upload: Upload | null;
  what: 'new' | 'edit' | 'replace';
  groups: Layers['groups'];
  timezone: string;
  onSave: (fields: Record<string, unknown>) => void;
  onCancel: () => void;
}

const NEW = '*';
const slug = (name: string) => fold(name.replace(/\.\w+$/, '')).replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 64);

/** "mưa = #0369a1", a line each. */
function valuesOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split('\n').flatMap((line): [string, string][] => {
    const at = line.lastIndexOf('=');
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()]] : [];
  }));
}

function startOf({ layer, upload, groups, timezone }: LayerFormProps) {
  const day = (at: string | null | undefined) => (at ? cityDay(new Date(at), timezone) : '');
  return {
    code: slug(upload?.name ?? ''), name_vi: layer?.name.vi ?? '', name_en: layer?.name.en ?? '', group: layer?.group.code ?? groups[0]?.code ?? 'overlay',
    group_code: '', group_vi: '', color: layer?.style.color ?? '#b45309', width: String(layer?.style.width ?? 2.5), property: layer?.style.property ?? '',
    values: Object.entries(layer?.style.values ?? {}).map(([value, colour]) => `${value} = ${colour}`).join('\n'),
    public: layer?.public ?? true, min_zoom: String(layer?.min_zoom ?? 0), position: String(layer?.position ?? 100), attribution: layer?.attribution ?? '',
    valid_from: day(layer?.valid_from), valid_to: day(layer?.valid_to),
    name_column: guessColumn(upload?.columns ?? [], /^(ten|tên|name)$/i, /(ten|name)/i), id_column: '',
    from_column: guessColumn(upload?.columns ?? [], /^(tu|từ|from|start|bat_?dau)/i), to_column: guessColumn(upload?.columns ?? [], /^(den|đến|to|end|ket_?thuc)/i), repair: false,
  };
}

export function LayerForm(props: LayerFormProps) {
  const { layer, upload, what, groups, onSave, onCancel } = props;
  const t = useMapWords();
  const lang = useLang();
  const [f, setF] = useState(() => startOf(props));
  const set = <K extends keyof typeof f>(name: K) => (value: (typeof f)[K]) => setF((was) => ({ ...was, [name]: value }));
  const input = (name: 'code' | 'name_vi' | 'name_en' | 'group_code' | 'group_vi' | 'width' | 'property' | 'min_zoom' | 'position' | 'attribution' | 'valid_from' | 'valid_to' | 'color',
    label: string, more: { type?: 'number' | 'date' | 'color'; required?: boolean; hint?: string; max?: number; pattern?: string; step?: string } = {}) => (
    <Field id={`layer-${name}`} label={label} {...(more.hint ? { hint: more.hint } : {})}>
      {(aria) => {
        const rest = { id: `layer-${name}`, ...aria, value: f[name], onInput: (event: { currentTarget: HTMLInputElement }) => set(name)(event.currentTarget.value) };
        return more.type === 'number' ? <input type="number" min={0} max={more.max} step={more.step} {...rest} />
          : more.type === 'date' ? <input type="date" {...rest} />
            : more.type === 'color' ? <input type="color" {...rest} />
              : <input type="text" required={more.required} maxLength={300} pattern={more.pattern} {...rest} />;
      }}
    </Field>
  );
  const save = (event: Event) => {
    event.preventDefault();
    const style = {
      color: f.color, width: Number(f.width), ...(f.property ? { property: f.property } : {}), ...(f.property && f.values.trim() ? { values: valuesOf(f.values) } : {}),
    };
    const fields = {
      name_vi: f.name_vi, name_en: f.name_en || f.name_vi, group: f.group === NEW ? f.group_code : f.group, ...(f.group === NEW ? { group_vi: f.group_vi } : {}),
      style, public: f.public, min_zoom: Number(f.min_zoom), position: Number(f.position), attribution: f.attribution, valid_from: f.valid_from, valid_to: f.valid_to,
    };
    const columns = Object.fromEntries((['name_column', 'id_column', 'from_column', 'to_column'] as const).filter((name) => f[name]).map((name) => [name, f[name]]));
    onSave({ ...fields, ...(what === 'new' ? { code: f.code } : {}), ...(upload ? { ...columns, repair: f.repair } : {}) });
  };
  return (
    <form onSubmit={save} class="layer-form">
      {what === 'new' && input('code', t.code, { required: true, pattern: '[a-z0-9][a-z0-9\\-]*' })}
      {input('name_vi', t.nameVi, { required: true })}
      {input('name_en', t.nameEn)}
      <div class="two">
        <Field id="layer-group" label={t.group}>
          {(aria) => (
            <select id="layer-group" {...aria} value={f.group} onChange={(event) => set('group')(event.currentTarget.value)}>
              {groups.map((g) => <option key={g.code} value={g.code}>{nameOf(g, lang)}</option>)}
              <option value={NEW}>{t.newGroup}</option>
            </select>
          )}
        </Field>
        {input('position', t.position, { type: 'number', max: 9999 })}
        {f.group === NEW && input('group_code', t.groupCode, { required: true, pattern: '[a-z0-9][a-z0-9\\-]*' })}
        {f.group === NEW && input('group_vi', t.groupName, { required: true })}
        {input('color', t.color, { type: 'color' })}
        {input('width', t.width, { type: 'number', max: 20, step: '0.5' })}
        {input('property', t.property)}
        {input('min_zoom', t.minZoom, { type: 'number', max: 22 })}
      </div>
      {f.property && (
        <Field id="layer-values" label={t.values}>
          {(aria) => <textarea id="layer-values" {...aria} value={f.values} onInput={(event) => set('values')(event.currentTarget.value)} />}
        </Field>
      )}
      <div class="two">
        {input('valid_from', t.validFrom, { type: 'date', hint: t.periodHint })}
        {input('valid_to', t.validTo, { type: 'date', hint: t.periodHint })}
      </div>
      {upload && (
        <div class="two">
          <ColumnField id="layer-name" label={t.nameColumn} columns={upload.columns} value={f.name_column} onChange={set('name_column')} />
          <ColumnField id="layer-id" label={t.idColumn} columns={upload.columns} value={f.id_column} onChange={set('id_column')} />
          <ColumnField id="layer-from" label={t.fromColumn} columns={upload.columns} value={f.from_column} onChange={set('from_column')} />
          <ColumnField id="layer-to" label={t.toColumn} columns={upload.columns} value={f.to_column} onChange={set('to_column')} />
        </div>
      )}
      {input('attribution', t.attribution)}
      <label class="check"><input type="checkbox" checked={f.public} onChange={(event) => set('public')(event.currentTarget.checked)} />{t.publicLayer}</label>
      {upload && upload.faulty > 0 && <label class="check"><input type="checkbox" checked={f.repair} onChange={(event) => set('repair')(event.currentTarget.checked)} />{t.repair}</label>}
      <div class="buttons">
        <button type="submit" class="button primary">{what === 'new' ? t.makeLayer : what === 'replace' ? t.replaceAll : t.save}</button>
        <button type="button" class="button" onClick={onCancel}>{t.cancel}</button>
        {layer && <span class="hint">{layer.code}</span>}
      </div>
    </form>
  );
}
