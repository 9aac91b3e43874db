// The function keys, wherever the focus is.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { helpKeyOn } from './help';

export function focusOn(id: string): void {
  document.getElementById(id)?.focus();
}

/** True where a character that is typed goes into a text. */
function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** By name: 'F9', 'Shift+F8', 'Ctrl+Enter', '?'. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  // With the page's first picture, so that no key is lost of someone who types at once.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing || event.altKey || event.metaKey) return;
      const name = `${event.ctrlKey ? 'Ctrl+' : ''}${event.shiftKey && event.key !== '?' ? 'Shift+' : ''}${event.key}`;
      if (event.key === '?' && (typing(event.target) || !helpKeyOn())) return;
      const action = latest.current[name];
      if (!action) return;
      event.preventDefault();
      if (!event.repeat) action();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

/** Goes to the other work of the shift, and back to where one was. */
export function useSwap(id: () => string): () => void {
  const before = useRef<HTMLElement | null>(null);
  return () => {
    const there = document.getElementById(id());
    const inside = there?.closest('.operator-side')?.contains(document.activeElement);
    if (inside) {
      if (before.current?.isConnected) before.current.focus();
      else focusOn('category');
      return;
    }
    before.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    there?.focus();
  };
}
