// The written item that is being entered: fetched, kept for this operator while the form is open, and
// turned into a draft with the address that its words tell of.

import { useEffect, useState } from 'preact/hooks';
import { fetchItem, type InboundItem, stepItem } from './api';
import { type CallDraft, newDraft } from './call_draft';
import { isNumber } from './caller_bar';

const RENEW_MS = 5 * 60 * 1000;

/** What is known before anybody reads it. Whoever wrote was not asked whom we may tell. */
export function draftOfItem(item: InboundItem): CallDraft {
  const from = item.from ?? '';
  return newDraft({
    startedAt: new Date().toISOString(), channel: item.channel, inbound: item.id, consent: 'keep', brought: item.attachments,
    description: [item.subject, item.text].filter(Boolean).join('\n'), name: item.from_name ?? '',
    ...(isNumber(from) ? { phone: from } : /^[^\s@]+@[^\s@]+$/.test(from) ? { email: from } : {}),
  });
}

export interface Item {
  item: InboundItem | null;
  lost: boolean;
  take: (id: number) => Promise<InboundItem>;
}

export function useItem(id: number | null): Item {
  const [item, setItem] = useState<InboundItem | null>(null);
  const [lost, setLost] = useState(false);

  useEffect(() => {
    setLost(false);
    if (id === null) {
      setItem(null);
      return undefined;
    }
    let gone = false;
    const look = () => fetchItem(id).then((found) => !gone && setItem(found), () => undefined);
    const renew = () => {
      stepItem(id, 'take').then(look, (error: { status?: number }) => {
        if (!gone && error.status === 409) setLost(true);
      });
    };
    if (item?.id !== id) renew();
    const timer = window.setInterval(renew, RENEW_MS);
    return () => {
      gone = true;
      window.clearInterval(timer);
    };
  }, [id]);

  return {
    item: item?.id === id ? item : null, lost,
    take: async (wanted) => {
      const found = await fetchItem(wanted);
      setItem(found);
      return found;
    },
  };
}
