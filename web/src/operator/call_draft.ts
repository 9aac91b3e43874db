// The complaint that is being written during a call, and how it is kept on this machine: after every
// change, under the operator's login, so that a crash, a reload or a lost connection
// takes nothing. Forgotten after a while, at log-out, and when somebody else logs in here.

import type { CategoryNode } from '../lib/categories';
import { type Draft, draftToSend, EMPTY_DRAFT, newKey } from '../report/draft';
import type { Attachment, ComplaintDraft } from '../types';
import { all, drop, put } from './store';

export type Consent = 'share' | 'keep' | 'none';

export interface CallDraft extends Draft {
  /** Goes with the complaint whenever it is sent: however often that is, one is filed. */
  key: string;
  /** When the call began; empty until it does. */
  startedAt: string;
  /** The service's number of the call, where the telephone system told of it or the service made it. */
  call: number | null;
  /** The item of the queue that is being entered. */
  inbound: number | null;
  channel: string;
  consent: Consent;
  attributes: Record<string, string>;
  /** Files that came with the item, and the ids of those that do not go with the complaint. */
  brought: Attachment[];
  leftOut: string[];
}

export function newDraft(part: Partial<CallDraft> = {}): CallDraft {
  return {
    ...EMPTY_DRAFT, key: newKey(), startedAt: '', call: null, inbound: null, channel: 'phone',
    consent: 'share', attributes: {}, brought: [], leftOut: [], ...part,
  };
}

/** True once there is something that would be missed. */
export function isBegun(draft: CallDraft): boolean {
  return draft.startedAt !== '';
}

/** Every file that goes with it. */
export function filesOf(draft: CallDraft): Attachment[] {
  return [...draft.brought.filter((file) => !draft.leftOut.includes(file.id)), ...draft.attachments];
}

const ATTRIBUTES: [RegExp, string[]][] = [
  [/^xe-buyt$/, ['bus_route', 'bus_plate']],
  [/^(chieu-sang|dien-luc)$/, ['pole']],
  [/^(cap-nuoc|vien-thong)$/, ['customer']],
];

/** What is asked besides, for the category or one above it. */
export function attributesOf(categories: CategoryNode[], code: string): string[] {
  for (let at = categories.find((c) => c.code === code); at; at = categories.find((c) => c.code === at?.parent)) {
    const found = ATTRIBUTES.find(([pattern]) => pattern.test(at?.code ?? ''));
    if (found) return found[1];
  }
  return [];
}

export function callBody(draft: CallDraft, asked: string[], timezone: string): ComplaintDraft {
  const attributes = Object.fromEntries(asked.map((name) => [name, (draft.attributes[name] ?? '').trim()])
    .filter(([, value]) => value !== ''));
  const { reporter, ...rest } = draftToSend({ ...draft, attachments: filesOf(draft), anonymous: draft.consent === 'keep' }, timezone);
  const person = draft.consent !== 'none' && (draft.name.trim() || draft.phone.trim() || draft.email.trim());
  return {
    ...rest, channel: draft.channel,
    ...(Object.keys(attributes).length ? { attributes } : {}),
    ...(person && reporter ? { reporter } : {}),
  };
}

// --- kept on this machine ------------------------------------------------------------------------

const PREFIX = 'hotline.call.';
const TAB = 'hotline.call';
const KEEP_MS = 12 * 3600 * 1000;

interface Kept {
  login: string;
  at: number;
  draft: CallDraft;
}

function each(visit: (name: string, kept: Kept) => void): void {
  for (const [name, text] of all(PREFIX)) {
    try {
      visit(name, JSON.parse(text) as Kept);
    } catch {
      drop(name); // not ours, or cut short: nothing can be made of it
    }
  }
}

export function keepCall(login: string, draft: CallDraft): void {
  try {
    window.sessionStorage.setItem(TAB, draft.key);
  } catch {
    // A browser that keeps nothing: the draft lives as long as the page.
  }
  const name = `${PREFIX}${draft.key}`;
  if (isBegun(draft)) put(name, JSON.stringify({ login, at: Date.now(), draft } satisfies Kept));
  else drop(name);
}

export function forgetCall(key: string): void {
  drop(`${PREFIX}${key}`);
}

/** At log-out: nothing that was not finished stays. */
export function forgetCalls(): void {
  each((name) => drop(name));
}

/** This tab's own draft after a reload; else, after a crash, the newest that no other tab has open. */
export function keptCall(login: string, elsewhere: Set<string>): CallDraft | null {
  let found: Kept | null = null;
  let own = '';
  try {
    own = window.sessionStorage.getItem(TAB) ?? '';
  } catch {
    own = '';
  }
  each((name, kept) => {
    if (kept.login !== login || Date.now() - kept.at > KEEP_MS) {
      drop(name);
      return;
    }
    if (elsewhere.has(kept.draft.key)) return;
    if (kept.draft.key === own || (found?.draft.key !== own && (!found || kept.at > found.at))) found = kept;
  });
  const kept = (found as Kept | null)?.draft;
  return kept ? newDraft(kept) : null; // one that an older page kept lacks fields
}

// --- several tabs --------------------------------------------------------------------------------

/** Asks the other tabs which drafts they have open, and answers when they ask. */
export class Tabs {
  private readonly channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('hotline.call');
  readonly elsewhere = new Set<string>();

  constructor(private readonly open: () => string) {
    this.channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const told = data as { ask?: boolean; key?: string };
      if (told.ask) this.channel?.postMessage({ key: this.open() });
      else if (told.key) this.elsewhere.add(told.key);
    });
  }

  /** Resolves once whoever is there has had time to answer. */
  async ask(): Promise<Set<string>> {
    if (!this.channel) return this.elsewhere;
    this.channel.postMessage({ ask: true });
    await new Promise((done) => {
      window.setTimeout(done, 120);
    });
    return this.elsewhere;
  }

  close(): void {
    this.channel?.close();
  }
}
