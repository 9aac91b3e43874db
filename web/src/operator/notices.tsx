// What must be seen at once: no connection, what waits to be sent, a call that came meanwhile.

import type { Call } from './api';
import { spacedNumber } from './caller_bar';
import type { Filing } from './use_filing';
import { useWords } from './words';

interface NoticesProps {
  filing: Filing;
  online: boolean;
  waiting: Call[];
  /** The screen is not free for the first of them. */
  busy: boolean;
  lostSeat: string;
  told: string;
}

export function Notices({ filing, online, waiting, busy, lostSeat, told }: NoticesProps) {
  const t = useWords();
  const { unsent } = filing;
  const [first] = waiting;
  return (
    <div class="notices" role="status">
      {!online && <p class="notice warn" data-net="offline">{t.net.offline}</p>}
      {first && (
        <p class="notice call" data-pop={first.id}>
          <strong>{t.pop(first.number ? spacedNumber(first.number) : '…')}</strong> {busy && t.popBusy}
          {waiting.length > 1 && <> ({t.popWaiting(waiting.length)})</>}
        </p>
      )}
      {lostSeat && <p class="notice warn">{t.seatLost(lostSeat)}</p>}
      {filing.loggedOut && <p class="notice warn">{t.unsent.logIn}</p>}
      {filing.restored && <p class="notice" data-restored="true">{t.restored}</p>}
      {filing.told && 'code' in filing.told && <p class="notice good" data-sent={filing.told.code}>{t.unsent.sent(filing.told.code)}</p>}
      {filing.told && 'refused' in filing.told && <p class="notice bad">{t.unsent.refused(filing.told.refused)}</p>}
      {unsent.length > 0 && <p class="notice warn" data-unsent={unsent.length}>{t.unsent.waiting(unsent.length)}</p>}
      {told && <p class="notice warn">{told}</p>}
    </div>
  );
}
