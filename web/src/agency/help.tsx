// Help inside: what the signs mean, and the keys, which can be switched off.

import type { RefObject } from 'preact';
import { useWords } from './words';

const KEPT = 'hotline.agency.keys';

/** Single-letter keys may be switched off: dictation and a cat on the keyboard press them too. */
export function keysWanted(): boolean {
  try {
    return window.localStorage.getItem(KEPT) !== 'off';
  } catch {
    return true;
  }
}

export function keepKeysWanted(on: boolean): void {
  try {
    window.localStorage.setItem(KEPT, on ? 'on' : 'off');
  } catch {
    // Holds until the page is left.
  }
}

export function Help({ dialog, keys, onKeys }: { dialog: RefObject<HTMLDialogElement | null>; keys: boolean; onKeys: (on: boolean) => void }) {
  const t = useWords();
  return (
    <dialog ref={dialog} class="dialog agency-help" aria-labelledby="help-title">
      <h2 id="help-title">{t.help.title}</h2>
      <p>{t.help.intro}</p>
      <h3>{t.help.keys}</h3>
      <label class="check">
        <input type="checkbox" checked={keys} onChange={(event) => onKeys(event.currentTarget.checked)} />
        {t.help.on}
      </label>
      <dl class="agency-keys">
        {Object.entries(t.help.rows).map(([key, text]) => (
          <div key={key}><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" class="button primary" onClick={() => dialog.current?.close()}>{t.help.close}</button>
      </div>
    </dialog>
  );
}
