// Which layers are on, whose boundaries are drawn, and how far the heatmap spreads.

import { useLang, useMessages } from '../i18n';
import { addDays, formatDay, formatNumber } from '../lib/time';
import { LayerList } from './layer_list';
import type { City, Generation, LayerEntry } from '../types';

export const RADII = ['100', '200', '400', '800'];

interface LayerPanelProps {
  city: City;
  layers: LayerEntry[];
  hidden: Set<string>;
  at: string;
  radius: string;
  opacity: Map<string, number>;
  when: string;
  onOpacity: (id: string, share: number) => void;
  onWhen: (when: string) => void;
  onHidden: (hidden: Set<string>) => void;
  onAt: (at: string) => void;
  onRadius: (radius: string) => void;
}

/** Days on which boundaries changed, newest first; between two of them nothing moved. */
function changeDays(generations: Generation[]): string[] {
  const days = new Set<string>();
  for (const { valid_from: from, valid_to: to } of generations) {
    if (from) days.add(from);
    if (to) days.add(to);
  }
  return [...days].sort().reverse();
}

export function LayerPanel(props: LayerPanelProps) {
  const t = useMessages();
  const lang = useLang();
  // Instants or days, as the service has them; the law's day is the first part of either.
  const generations = (props.city.generations ?? []).map((g) => ({
    ...g, valid_from: g.valid_from?.slice(0, 10) ?? null, valid_to: g.valid_to?.slice(0, 10) ?? null,
  }));
  const days = changeDays(generations);
  const periods = days.map((day, index) => {
    const next = days[index - 1];
    const levels = generations
      .filter((g) => (!g.valid_from || g.valid_from <= day) && (!g.valid_to || g.valid_to > day))
      .map((g) => t.layers.levels[g.level] ?? g.level);
    const label = next ? t.layers.between(formatDay(day), formatDay(next)) : t.layers.since(formatDay(day));
    return { day: next ? addDays(next, -1) : day, label, levels: [...new Set(levels)].join('; ') };
  }).filter((period) => period.levels !== '');

  return (
    <fieldset class="layers">
      <legend>{t.layers.title}</legend>
      <LayerList layers={props.layers} hidden={props.hidden} opacity={props.opacity} when={props.when}
        onHidden={props.onHidden} onOpacity={props.onOpacity} onWhen={props.onWhen} />
      {periods.length > 0 && (
        <div class="field">
          <label for="boundary-day">{t.layers.boundaries}</label>
          <select id="boundary-day" value={props.at}
            onChange={(event) => props.onAt(event.currentTarget.value)}>
            <option value="">{t.layers.boundariesAuto}</option>
            {periods.map((period) => (
              <option key={period.day} value={period.day}>{period.label} ({period.levels})</option>
            ))}
            {props.at && !periods.some((period) => period.day === props.at) && (
              <option value={props.at}>{formatDay(props.at)}</option>
            )}
          </select>
        </div>
      )}
      <div class="field">
        <label for="heat-radius">{t.layers.radius}</label>
        <select id="heat-radius" value={props.radius}
          onChange={(event) => props.onRadius(event.currentTarget.value)}>
          <option value="">{t.layers.radiusAuto}</option>
          {RADII.map((metres) => (
            <option key={metres} value={metres}>{t.layers.metres(formatNumber(Number(metres), lang))}</option>
          ))}
        </select>
      </div>
    </fieldset>
  );
}
