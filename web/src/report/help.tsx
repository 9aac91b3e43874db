// Help inside: how to report and follow, and installing the page as an app where the browser offers it.

import { useEffect, useState } from 'preact/hooks';
import { useQueueWords } from './queue_words';

interface InstallEvent extends Event { prompt: () => Promise<unknown> }

let offered: InstallEvent | null = null;
const waiting = new Set<() => void>();
window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault(); // no bar over the form; the button in the help does it
  offered = event as InstallEvent;
  for (const told of waiting) told();
});

function useInstall(): (() => void) | null {
  const [, again] = useState(0);
  useEffect(() => {
    const told = () => again((n) => n + 1);
    waiting.add(told);
    return () => void waiting.delete(told);
  }, []);
  return offered && (() => {
    void offered?.prompt();
    offered = null;
    again((n) => n + 1);
  });
}

export function CitizenHelp() {
  const t = useQueueWords();
  const install = useInstall();
  return (
    <details class="citizen-help">
      <summary>{t.help}</summary>
      <ul>{t.helpLines.map((line) => <li key={line}>{line}</li>)}</ul>
      {install ? <button type="button" class="button small" onClick={install}>{t.install}</button> : <p class="hint">{t.helpInstall}</p>}
    </details>
  );
}
