// A line as tall as a row of text: how a number went over the weeks. Drawn when it comes into view.

import { useEffect, useRef, useState } from 'preact/hooks';
import { useSeries } from './series';

const WIDTH = 84;
const HEIGHT = 22;

export function Sparkline({ query, label }: { query: string; label: (values: string) => string }) {
  const box = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  const steps = useSeries(seen ? query : null);

  useEffect(() => {
    if (seen || !box.current) return undefined;
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [seen]);

  const values = steps?.map((step) => step.count) ?? [];
  const most = Math.max(1, ...values);
  const x = (i: number) => 2 + (i * (WIDTH - 4)) / Math.max(1, values.length - 1);
  const y = (value: number) => HEIGHT - 3 - (value / most) * (HEIGHT - 6);
  const last = values[values.length - 1];
  return (
    <span ref={box} class="sparkline">
      {last !== undefined && (
        <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label(values.join(', '))}>
          <polyline points={values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ')} />
          <circle cx={x(values.length - 1)} cy={y(last)} r="2" />
        </svg>
      )}
    </span>
  );
}
