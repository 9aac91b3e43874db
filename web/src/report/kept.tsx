// After sending without a network: what was kept, and what became of it as soon as that is known.

import { useEffect, useRef } from 'preact/hooks';
import { useMessages } from '../i18n';
import { spacedCode } from './done';
import type { Queued } from './queue';
import { useQueueWords } from './queue_words';

interface KeptProps {
  /** Undefined: it was removed from the device. */
  entry: Queued | undefined;
  onTrack: (code: string) => void;
  onAnother: () => void;
}

export function Kept({ entry, onTrack, onAnother }: KeptProps) {
  const t = useQueueWords();
  const m = useMessages();
  const title = useRef<HTMLHeadingElement>(null);
  const code = entry?.code;
  useEffect(() => title.current?.focus(), [code]);
  return (
    <section class="done" aria-labelledby="kept-title">
      <h2 id="kept-title" ref={title} tabIndex={-1}>{code ? m.done.title : t.keptTitle}</h2>
      {code ? (
        <div class="code-box">
          <p class="code-label">{m.done.code}</p>
          <output class="code" data-code={code}>{spacedCode(code)}</output>
          <p class="hint">{m.done.keep}</p>
        </div>
      ) : (
        <>
          <p>{t.keptText}</p>
          <p class="strong">{t.urgent}</p>
        </>
      )}
      <div class="buttons">
        {code && <button type="button" class="button primary" onClick={() => onTrack(code)}>{m.done.track}</button>}
        <button type="button" class="button" onClick={onAnother}>{m.done.another}</button>
      </div>
    </section>
  );
}
