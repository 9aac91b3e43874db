// The keys, in a dialog. The one key that is a character can be switched off (WCAG 2.1.4).

import { useLayoutEffect, useRef } from 'preact/hooks';
import { useMessages } from '../i18n';
import { useWords } from './words';

const SWITCH = 'hotline.help-key';

export function helpKeyOn(): boolean {
  try {
    return window.localStorage.getItem(SWITCH) !== 'off';
  } catch {
    return true;
  }
}

/** `open`: 0 is closed; every opening has a number of its own, for a browser tells of a closing later. */
export function Help({ open, onClose }: { open: number; onClose: () => void }) {
  const t = useWords();
  const m = useMessages();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open && dialog.current?.open) dialog.current.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="dialog help-dialog" aria-labelledby="help-title" onClose={() => {
      if (!dialog.current?.open) onClose();
    }}>
      <h2 id="help-title">{t.help.title}</h2>
      <dl class="help-keys">
        {t.help.keys.map(([keys, does]) => (
          <div key={keys}>
            <dt>{keys.split(', ').map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" defaultChecked={helpKeyOn()} onChange={(event) => {
          try {
            window.localStorage.setItem(SWITCH, event.currentTarget.checked ? 'on' : 'off');
          } catch {
            // Not kept.
          }
        }} />
        {t.help.questionMark}
      </label>
      <div class="buttons"><button type="button" class="button primary" onClick={onClose}>{m.close}</button></div>
    </dialog>
  );
}
