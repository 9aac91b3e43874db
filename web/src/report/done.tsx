// After filing: the code to keep, and the decision as it was made.

import { useEffect, useRef, useState } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import type { Complaint } from '../types';
import { Decision } from './decision';
import { newKey } from './draft';
import { useQueueWords } from './queue_words';
import { keepCode } from './send';

/** Three groups of three are easier to read out and to copy by hand. */
export function spacedCode(code: string): string {
  return code.replace(/(.{3})(?=.)/g, '$1 ');
}

interface DoneProps {
  complaint: Complaint & { title: string };
  timezone: string;
  onTrack: (code: string) => void;
  onAnother: () => void;
}

export function Done({ complaint, timezone, onTrack, onAnother }: DoneProps) {
  const t = useMessages();
  const lang = useLang();
  const words = useQueueWords();
  const [copied, setCopied] = useState(false);
  const [codeKept, setCodeKept] = useState(false);
  const keepHere = () => {
    const at = complaint.received_at ?? new Date().toISOString();
    keepCode({ id: newKey(), at, title: complaint.title, lang, state: 'sent', files: [] }, complaint.code)
      .then(() => setCodeKept(true), () => undefined);
  };
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);

  return (
    <section class="done" aria-labelledby="done-title">
      <h2 id="done-title" ref={title} tabIndex={-1}>
        <span class="tick" aria-hidden="true">✓</span> {t.done.title}
      </h2>
      <div class="code-box">
        <p class="code-label">{t.done.code}</p>
        <output class="code" data-code={complaint.code}>{spacedCode(complaint.code)}</output>
        {navigator.clipboard && (
          <button type="button" class="button small" onClick={() => {
            void navigator.clipboard.writeText(complaint.code).then(() => setCopied(true));
          }}>{copied ? t.done.copied : t.done.copy}</button>
        )}{' '}
        <button type="button" class="button small" aria-disabled={codeKept} onClick={() => !codeKept && keepHere()}>
          {codeKept ? words.codeKept : words.keepCode}
        </button>
        <p class="hint">{t.done.keep}</p>
      </div>
      {complaint.assignment && (
        <div class="card">
          <Decision assignment={complaint.assignment} place={complaint.place} timezone={timezone} />
        </div>
      )}
      <div class="buttons">
        <button type="button" class="button primary" onClick={() => onTrack(complaint.code)}>
          {t.done.track}
        </button>
        <button type="button" class="button" onClick={onAnother}>{t.done.another}</button>
      </div>
    </section>
  );
}
