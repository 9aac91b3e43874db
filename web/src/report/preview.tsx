// The decision before sending: asked for anew whenever the place or the category changes.

import { useEffect, useState } from 'preact/hooks';
import { previewRoute } from '../api';
import { useLang, useMessages } from '../i18n';
import type { RouteAnswer } from '../types';
import { Decision } from './decision';
import type { Draft } from './draft';

type State = 'waiting' | 'loading' | 'failed' | RouteAnswer;

export function Preview({ draft, timezone }: { draft: Draft; timezone: string }) {
  const t = useMessages();
  const lang = useLang();
  const [state, setState] = useState<State>('waiting');
  const { point, category } = draft;

  useEffect(() => {
    if (point === null || category === '') {
      setState('waiting');
      return undefined;
    }
    const stop = new AbortController();
    setState((before) => (typeof before === 'string' ? 'loading' : before));
    previewRoute(point, category, point.accuracyM, stop.signal).then(setState, () => {
      if (!stop.signal.aborted) setState('failed');
    });
    return () => stop.abort();
  }, [point?.lon, point?.lat, point?.accuracyM, category, lang]);

  return (
    <section class="card preview" aria-labelledby="preview-title">
      <h2 id="preview-title">{t.preview.title}</h2>
      <div role="status">
        {state === 'waiting' && <p class="hint">{t.preview.waiting}</p>}
        {state === 'loading' && <p class="hint">{t.preview.loading}</p>}
        {state === 'failed' && <p class="hint">{t.preview.failed}</p>}
        {typeof state === 'object' && (
          <Decision assignment={state.assignment} place={state.place} timezone={timezone} />
        )}
      </div>
    </section>
  );
}
