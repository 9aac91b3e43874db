// The draft of this tab and everything that was saved and not yet answered for.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { serviceErrors, type DraftErrors } from '../report/draft';
import type { Complaint } from '../types';
import { type CallDraft, forgetCall, isBegun, keepCall, keptCall, newDraft, Tabs } from './call_draft';
import type { Result } from './filed';
import { recover } from './store';
import { dropUnsent, keepUnsent, keptUnsent, sendUnsent, type Step, type Unsent } from './unsent';

const AGAIN_MS = 4000;

export interface Filing {
  draft: CallDraft;
  result: Result | null;
  saving: boolean;
  restored: boolean;
  unsent: Unsent[];
  /** The newest answer that came for what had been kept. */
  told: { code: string } | { refused: string } | null;
  /** Answers were 401: nothing leaves before somebody logs in. */
  loggedOut: boolean;
  change: (part: Partial<CallDraft>) => void;
  /** Puts the draft aside for another one. */
  begin: (draft: CallDraft) => void;
  save: (steps: Step[]) => void;
  sendNow: () => void;
  mend: (item: Unsent) => void;
}

/** What the service says of the complaint joined is less than of one filed. */
function resultOf(answer: Complaint | null, joined: boolean, draft: CallDraft): Result {
  const told = answer as (Complaint & { reporters?: number; follow_code?: string }) | null;
  const complaint = told && { ...told, code: told.follow_code ?? told.code }; // who joins has a code of his own
  return { complaint, opens: told?.code ?? '', joined, reporters: told?.reporters ?? 0, tookMs: Date.now() - new Date(draft.startedAt || Date.now()).getTime() };
}

function useKept(login: string, given: CallDraft | null) {
  const [draft, setDraft] = useState<CallDraft>(() => given ?? newDraft());
  const [restored, setRestored] = useState(false);
  const latest = useRef(draft);
  latest.current = draft;
  const ready = useRef(false);

  useEffect(() => {
    const tabs = new Tabs(() => latest.current.key);
    let gone = false;
    void Promise.all([tabs.ask(), recover()]).then(([elsewhere]) => {
      if (gone) return;
      const kept = given ? null : keptCall(login, elsewhere);
      ready.current = true;
      if (kept && !isBegun(latest.current)) {
        setDraft(kept);
        setRestored(true);
      } else keepCall(login, latest.current);
    });
    return () => {
      gone = true;
      tabs.close();
    };
  }, [login]);

  // At once, not when the typing pauses: the machine may be switched off in between.
  useLayoutEffect(() => {
    // Before it is known what there was, only what would be missed: the rest would hide it.
    if (ready.current || isBegun(draft)) keepCall(login, draft);
  }, [draft, login]);

  return { draft, setDraft, restored, setRestored };
}

export function useFiling(login: string, given: CallDraft | null, onErrors: (errors: DraftErrors) => void): Filing {
  const { draft, setDraft, restored, setRestored } = useKept(login, given);
  const [result, setResult] = useState<Result | null>(null);
  const [saving, setSaving] = useState(false);
  const [unsent, setUnsent] = useState<Unsent[]>([]);
  const [told, setTold] = useState<Filing['told']>(null);
  const [loggedOut, setLoggedOut] = useState(false);
  const busy = useRef(false);
  const shown = useRef(''); // the item whose result the page is to show

  const refresh = () => setUnsent(keptUnsent(login));

  const mend = (item: Unsent) => {
    dropUnsent(item.id);
    forgetCall(draft.key);
    shown.current = '';
    setResult(null);
    setSaving(false);
    setDraft(newDraft(item.draft));
    refresh();
  };

  const send = async (item: Unsent) => {
    const mine = () => shown.current === item.id;
    const joined = (item.steps[0]?.path ?? '').endsWith('/reporters');
    const sent = await sendUnsent(item, (answer) => {
      if (mine()) setResult(resultOf(answer, joined, item.draft));
      else setTold({ code: answer.code });
      setSaving(false);
    });
    setLoggedOut(sent.kind === 'later' && sent.status === 401);
    if (sent.kind === 'later' && mine() && !item.code) {
      setSaving(false);
      setResult(resultOf(null, joined, item.draft));
    } else if (sent.kind === 'refused') {
      const errors = serviceErrors(sent.errors);
      if (mine()) {
        mend(item);
        onErrors(Object.keys(errors).length ? errors : { other: sent.message });
      } else {
        item.refused = [sent.message, ...sent.errors.map((e) => e.detail)].join(': ');
        keepUnsent(item);
        setTold({ refused: item.refused });
      }
    }
    refresh();
    return sent;
  };

  const sendAll = async () => {
    if (busy.current) return;
    busy.current = true;
    const tried = new Set<string>();
    try {
      for (;;) { // what is on the screen first, then the oldest
        const left = keptUnsent(login).filter((item) => !item.refused && !tried.has(item.id));
        const item = left.find(({ id }) => id === shown.current) ?? left[0];
        if (!item) break;
        tried.add(item.id);
        if ((await send(item)).kind === 'later') break;
      }
    } finally {
      busy.current = false;
    }
  };
  const latest = useRef(sendAll);
  latest.current = sendAll;

  useEffect(() => {
    refresh();
    void recover().then(() => {
      refresh();
      void latest.current();
    });
    const again = () => void latest.current();
    const timer = window.setInterval(again, AGAIN_MS);
    window.addEventListener('online', again);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener('online', again);
    };
  }, [login]);

  return {
    draft, result, saving, restored, unsent, told, loggedOut, mend,
    change: (part) => {
      setRestored(false);
      setDraft((before) => ({ ...before, ...part, startedAt: before.startedAt || new Date().toISOString() }));
    },
    begin: (next) => {
      if (!result) forgetCall(draft.key);
      shown.current = '';
      setResult(null);
      setSaving(false);
      setRestored(false);
      setDraft(next);
    },
    save: (steps) => {
      const item: Unsent = { id: draft.key, login, at: Date.now(), steps, code: '', draft };
      keepUnsent(item);
      forgetCall(draft.key); // from here on it is kept as what was saved
      shown.current = item.id;
      setSaving(true);
      setTold(null);
      refresh();
      void latest.current();
    },
    sendNow: () => void latest.current(),
  };
}
