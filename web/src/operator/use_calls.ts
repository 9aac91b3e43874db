// Calls that come up by themselves: the service tells this operator's pages of them, and they wait in
// line here until the screen is free.

import { useEffect, useRef, useState } from 'preact/hooks';
import { fetchCall, fetchMine, type Call } from './api';

const AGAIN_MS = 3000;

export interface Calls {
  connected: boolean;
  seat: string | null;
  /** The seat that somebody else took from here. */
  lostSeat: string;
  /** In the order in which they came. */
  waiting: Call[];
  /** Grows when the queue of written items changed. */
  pulse: number;
  setSeat: (seat: string) => void;
  /** Takes the call out of the line, here and in the other tabs. */
  claim: (id: number) => void;
}

/** `known` says which calls this page has already: on the screen, or saved and not yet sent. */
export function useCalls(known: () => Set<number>): Calls {
  const [connected, setConnected] = useState(navigator.onLine);
  const [seat, setSeat] = useState<string | null>(null);
  const [lostSeat, setLostSeat] = useState('');
  const [waiting, setWaiting] = useState<Call[]>([]);
  const [pulse, setPulse] = useState(0);
  const claimed = useRef(new Set<number>());
  const channel = useRef<BroadcastChannel | null>(null);
  const latest = useRef(known);
  latest.current = known;
  const seatNow = useRef(seat);
  seatNow.current = seat;

  const drop = (id: number) => {
    claimed.current.add(id);
    setWaiting((before) => before.filter((call) => call.id !== id));
  };
  const offer = async (id: number) => {
    if (claimed.current.has(id) || latest.current().has(id)) return;
    const call = await fetchCall(id).catch(() => null);
    if (!call || call.outcome || claimed.current.has(id) || latest.current().has(id)) return;
    setWaiting((before) => [...before.filter((other) => other.id !== id), call]);
  };

  useEffect(() => {
    let source: EventSource | null = null;
    let timer = 0;
    let gone = false;
    const lookAgain = () => {
      fetchMine().then(({ seat: mine, calls }) => {
        if (gone) return;
        setSeat(mine);
        setPulse((n) => n + 1);
        for (const call of [...calls].reverse()) void offer(call.id);
      }, () => undefined);
    };
    const open = () => {
      source?.close();
      source = new EventSource('/api/v1/calls/events');
      source.addEventListener('hello', () => {
        setConnected(true);
        lookAgain();
      });
      source.addEventListener('call', (event) => {
        void offer(Number((JSON.parse((event as MessageEvent<string>).data) as { id: number }).id));
      });
      source.addEventListener('seat', () => {
        setLostSeat(seatNow.current ?? '');
        setSeat(null);
      });
      source.addEventListener('inbound', () => {
        window.setTimeout(() => !gone && setPulse((n) => n + 1), Math.random() * 1500); // not everybody at once
      });
      source.onerror = () => {
        setConnected(false);
        window.clearTimeout(timer);
        timer = window.setTimeout(open, AGAIN_MS);
      };
    };
    const lost = () => setConnected(false);
    open();
    window.addEventListener('offline', lost);
    window.addEventListener('online', open);
    if (typeof BroadcastChannel !== 'undefined') {
      channel.current = new BroadcastChannel('hotline.claimed');
      channel.current.onmessage = ({ data }: MessageEvent<number>) => drop(data);
    }
    return () => {
      gone = true;
      window.clearTimeout(timer);
      source?.close();
      channel.current?.close();
      window.removeEventListener('offline', lost);
      window.removeEventListener('online', open);
    };
  }, []);

  return {
    connected, seat, lostSeat, waiting, pulse,
    setSeat: (taken) => {
      setSeat(taken);
      setLostSeat('');
    },
    claim: (id) => {
      drop(id);
      channel.current?.postMessage(id);
    },
  };
}
