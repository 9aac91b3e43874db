// Keys of the console. None acts while something is typed or a dialog is open.

import { useEffect, useRef } from 'preact/hooks';

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement
    && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    && !(target instanceof HTMLInputElement && ['checkbox', 'radio', 'button', 'submit'].includes(target.type));
}

export type KeyMap = Record<string, (() => void) | undefined>;

/** Keys by the character they type, or their name ("ArrowDown"). */
export function useKeys(keys: KeyMap, on: boolean): void {
  const latest = useRef(keys);
  latest.current = keys;
  const wanted = useRef(on);
  wanted.current = on; // at once, whenever the listener goes
  useEffect(() => {
    if (!on) return undefined;
    const pressed = (event: KeyboardEvent) => {
      if (!wanted.current || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
      if (document.querySelector('dialog[open]') || typing(event.target)) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [on]);
}
