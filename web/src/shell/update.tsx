// Says that a newer version of the pages is ready, and lets the reader choose when to change.

import { useEffect, useState } from 'preact/hooks';
import { useMessages } from '../i18n';
import { onNewVersion, takeOver } from '../lib/keep_offline';

export function UpdateNotice() {
  const t = useMessages();
  const [ready, setReady] = useState<ServiceWorker | null>(null);
  useEffect(() => onNewVersion(setReady), []);
  return (
    <div role="status" class="update-notice" hidden={ready === null}>
      {ready && (
        <>
          <span>{t.update.ready}</span>{' '}
          <button type="button" class="button small" onClick={() => takeOver(ready)}>{t.update.reload}</button>
          <button type="button" class="button small" onClick={() => setReady(null)}>{t.update.later}</button>
        </>
      )}
    </div>
  );
}
