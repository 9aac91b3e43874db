// What the colours mean.

import { useEffect, useRef } from 'preact/hooks';
import { formatNumber } from '../lib/time';
import { useLang, useMessages } from '../i18n';
import type { LegendStep } from '../types';

interface LegendProps {
  steps: LegendStep[] | undefined;
  heatmap: boolean;
  points: boolean;
  rounded: boolean;
  /** Points tell whether they are late or at risk. */
  due?: boolean | undefined;
}

/** The heatmap's colours as geo/geo_heatmap.c has them, for a scale that comes without its own. */
const HEAT_COLOURS: LegendStep[] = [
  { color: 'oklch(0.95 0.10 105)' }, { color: 'oklch(0.80 0.15 75)' },
  { color: 'oklch(0.62 0.20 35)' }, { color: 'oklch(0.47 0.17 0)' }, { color: 'oklch(0.35 0.13 325)' },
];

/** A bar in the service's own colours. Set by script, because the policy allows no style in HTML. */
function Bar({ steps }: { steps: LegendStep[] }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const colours = steps.map((step) => step.color).join(', ');
    if (bar.current) bar.current.style.backgroundImage = `linear-gradient(to right, ${colours})`;
  }, [steps]);
  return <div ref={bar} class="legend-bar" aria-hidden="true" />;
}

export function Legend({ steps, heatmap, points, rounded, due }: LegendProps) {
  const t = useMessages();
  const lang = useLang();
  const scale = !heatmap ? null : steps && steps.length > 1 ? steps : HEAT_COLOURS;
  if (!scale && !points) return null;
  const value = (step: LegendStep | undefined) =>
    step?.value === undefined ? '' : formatNumber(Number(step.value.toPrecision(2)), lang);
  return (
    <div class="legend">
      {scale && (
        <>
          <p class="legend-title">{t.map.legend}</p>
          <Bar steps={scale} />
          <p class="legend-ends">
            <span>{t.map.low} {value(scale[0])}</span>
            <span>{t.map.high} {value(scale[scale.length - 1])}</span>
          </p>
        </>
      )}
      {points && (
        <>
          <ul class="legend-points">
            {due ? (
              <>
                <li><span class="mark late" aria-hidden="true">!</span>{t.map.late}</li>
                <li><span class="mark risk" aria-hidden="true">?</span>{t.map.atRisk}</li>
                <li><span class="mark in-time" aria-hidden="true" />{t.map.inTime}</li>
              </>
            ) : (
              <>
                <li><span class="mark open" aria-hidden="true" />{t.map.open}</li>
                <li><span class="mark done" aria-hidden="true" />{t.map.done}</li>
              </>
            )}
          </ul>
          {rounded && <p class="legend-note">{t.map.rounded}</p>}
        </>
      )}
    </div>
  );
}
