// The classes of colour with their bounds, and how many units are in each.

import { useEffect, useRef } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { formatChange, formatMeasure } from './format';
import type { Classes, ClassStep, View } from './measures';

/** Coloured by script, because the policy allows no style in HTML. */
function Swatch({ color }: { color: string }) {
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (box.current) box.current.style.backgroundColor = color;
  }, [color]);
  return <span ref={box} class="swatch" aria-hidden="true" />;
}

export function MeasureLegend({ view, classes }: { view: View; classes: Classes }) {
  const t = useMessages().measures;
  const lang = useLang();
  const write = (value: number) => (classes.compared
    ? formatChange(value, view.measure, lang) : formatMeasure(value, view.measure, lang));
  const label = (step: ClassStep, next: ClassStep | undefined) => {
    if (!Number.isFinite(step.from)) return next ? t.under(write(next.from)) : t.everything;
    return next ? t.between(write(step.from), write(next.from)) : t.from(write(step.from));
  };
  if (classes.steps.length === 0) return null;
  return (
    <div class="legend measure-legend">
      <p class="legend-title">
        {classes.compared ? t.changeOf(t.names[view.measure]) : t.names[view.measure]}
      </p>
      <ul>
        {classes.steps.map((step, i) => (
          <li key={step.from}>
            <Swatch color={step.color} />{label(step, classes.steps[i + 1])}
            <span class="legend-units">{step.units}</span>
          </li>
        ))}
      </ul>
      <p class="legend-note">{classes.compared ? t.compareNote : t.classNote}</p>
    </div>
  );
}
