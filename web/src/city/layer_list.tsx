// The layers of the map by group: what each looks like, how much of it there is, until when it holds,
// on or off, and how strongly it is drawn.

import { useEffect, useRef } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { textIn } from '../lib/categories';
import { isOverlay, layerGroups } from '../lib/layer_state';
import { formatDay, formatNumber } from '../lib/time';
import { overlayColour, overlayValues } from '../map/overlays';
import type { LayerEntry } from '../types';

interface LayerListProps {
  layers: LayerEntry[];
  hidden: Set<string>;
  opacity: Map<string, number>;
  when: string;
  onHidden: (hidden: Set<string>) => void;
  onOpacity: (id: string, share: number) => void;
  onWhen: (when: string) => void;
}

/** Coloured by script, because the policy allows no style in HTML. */
function Swatch({ kind, color }: { kind: string; color: string }) {
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    mark.current?.style.setProperty('--swatch', color);
  }, [color]);
  return <span ref={mark} class={`swatch ${kind}`} aria-hidden="true" />;
}

function Layer({ entry, props }: { entry: LayerEntry; props: LayerListProps }) {
  const t = useMessages();
  const lang = useLang();
  const on = !props.hidden.has(entry.id);
  const share = Math.round((props.opacity.get(entry.id) ?? 1) * 100);
  const title = textIn(entry.title, lang);
  const toggle = (checked: boolean) => {
    const hidden = new Set(props.hidden);
    if (checked) hidden.delete(entry.id);
    else hidden.add(entry.id);
    props.onHidden(hidden);
  };
  const values = overlayValues(entry);
  const ends = entry.dated && entry.valid_to ? t.layers.validUntil(formatDay(entry.valid_to.slice(0, 10))) : '';
  return (
    <li class="layer">
      <label class="check">
        <input type="checkbox" value={entry.id} checked={on}
          onChange={(event) => toggle(event.currentTarget.checked)} />
        {isOverlay(entry) && <Swatch kind={entry.geometry ?? 'polygon'} color={overlayColour(entry)} />}
        <span class="layer-title">{title}</span>
        {entry.approximate && <span class="badge warn">{t.map.approximate}</span>}
        {entry.public === false && <span class="badge">{t.layers.internal}</span>}
        {entry.count !== undefined && (
          <span class="layer-count" title={t.layers.features(formatNumber(entry.count, lang))}>
            {formatNumber(entry.count, lang)}
          </span>
        )}
      </label>
      {on && isOverlay(entry) && (
        <div class="layer-more">
          {ends && <p class="layer-note">{ends}</p>}
          {entry.attribution && <p class="layer-note">{entry.attribution}</p>}
          {values.length > 0 && (
            <ul class="layer-values">
              {values.map(([value, color]) => (
                <li key={value}><Swatch kind={entry.geometry ?? 'polygon'} color={color} />{value}</li>
              ))}
            </ul>
          )}
          <label class="layer-opacity">
            <span>{t.layers.opacity}<span class="visually-hidden">: {title}</span></span>
            <input type="range" min="10" max="100" step="10" value={share} data-layer={entry.id}
              aria-valuetext={`${share} %`}
              onInput={(event) => props.onOpacity(entry.id, Number(event.currentTarget.value) / 100)} />
          </label>
        </div>
      )}
    </li>
  );
}

export function LayerList(props: LayerListProps) {
  const t = useMessages();
  const lang = useLang();
  const shown = props.layers.filter((layer) => layer.id !== 'heat');
  const groups = layerGroups(shown);
  return (
    <>
      {groups.map((group) => {
        const named = group.entries.find((entry) => entry.group)?.group;
        const title = group.code === '' ? t.layers.own : named ? textIn(named, lang) : group.code;
        const list = (
          <ul class="layer-list">
            {group.entries.map((entry) => <Layer key={entry.id} entry={entry} props={props} />)}
          </ul>
        );
        return (
          <details key={group.code} class="layer-group" open={group.code !== 'base'}>
            <summary>{title}</summary>
            {list}
          </details>
        );
      })}
      {shown.some((entry) => entry.dated) && (
        <div class="field">
          <label for="layers-when">{t.layers.when}</label>
          <div class="row">
            <input id="layers-when" type="datetime-local" value={props.when}
              onChange={(event) => props.onWhen(event.currentTarget.value)} />
            {props.when && (
              <button type="button" class="button small" onClick={() => props.onWhen('')}>
                {t.layers.now}
              </button>
            )}
          </div>
          <p class="hint">{t.layers.whenHint}</p>
        </div>
      )}
    </>
  );
}
