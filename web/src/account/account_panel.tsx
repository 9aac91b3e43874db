// What is in the account dialog: sessions, second factor, password. Loaded when it is opened.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api';
import { useMessages } from '../i18n';
import { Field } from '../shell/field';
import { type Session, beginFactor, changePassword, confirmFactor, dropFactor, endOtherSessions, endSession, fetchSessions } from './api';
import { useAccountWords } from './words';

/** How a refusal is said beside the field that it is about. */
function useTelling(): (error: unknown) => string {
  const t = useAccountWords();
  const m = useMessages();
  return (error) => {
    if (!(error instanceof ApiError) || error.status === 0) return m.offline;
    if (error.status === 429) return t.wait(error.retryAfter || 60);
    const field = error.errors[0]?.field;
    if (field === 'code') return t.codeWrong;
    if (field === 'password') return t.wrongPassword;
    if (field === 'new_password') return t.tooShort;
    if (field === 'token') return t.linkBad;
    return [error.message, ...error.errors.map((e) => e.detail)].join(': ');
  };
}

function shortTime(text: string): string {
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'short', timeZone: 'Asia/Ho_Chi_Minh' })
    .format(new Date(text));
}

function Sessions({ onGone }: { onGone: () => void }) {
  const t = useAccountWords();
  const tell = useTelling();
  const [sessions, setSessions] = useState<Session[]>([]);
  const [told, setTold] = useState('');
  const load = () => fetchSessions().then(setSessions, (error: unknown) => setTold(tell(error)));
  useEffect(() => {
    void load();
  }, []);
  const end = async (session: Session | null) => {
    try {
      const { ended } = session ? await endSession(session.id) : await endOtherSessions();
      setTold(t.ended(ended));
      if (session?.current) onGone();
      else await load();
    } catch (error) {
      setTold(tell(error));
    }
  };
  return (
    <section aria-labelledby="own-sessions">
      <h3 id="own-sessions">{t.sessions}</h3>
      <ul class="own-sessions">
        {sessions.map((session) => (
          <li key={session.id} class="own-session">
            <span>{session.address ?? '?'} <span class="hint">{session.agent ?? ''}</span><br />
              <span class="hint">{session.current ? t.thisOne : t.seen(shortTime(session.seen_at))}</span></span>
            <button type="button" class="button" aria-label={`${t.end}: ${session.address ?? ''} ${shortTime(session.seen_at)}`}
              onClick={() => void end(session)}>{t.end}</button>
          </li>
        ))}
      </ul>
      {sessions.length > 1 && <button type="button" class="button" onClick={() => void end(null)}>{t.endOthers}</button>}
      <p role="status">{told}</p>
    </section>
  );
}

function CodeForm({ id, label, onCode, children }: {
  id: string; label: string; onCode: (code: string) => Promise<void>; children?: ComponentChildren;
}) {
  const t = useAccountWords();
  const tell = useTelling();
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState('');
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      onCode(code.trim()).then(() => setProblem(''), (error: unknown) => setProblem(tell(error)));
    }}>
      {children}
      <Field id={id} label={t.code} hint={t.codeHint} error={problem || undefined}>
        {(aria) => (
          <input id={id} type="text" inputMode="numeric" autocomplete="one-time-code" required maxLength={32} {...aria}
            value={code} onInput={(event) => setCode(event.currentTarget.value)} />
        )}
      </Field>
      <button type="submit" class="button">{label}</button>
    </form>
  );
}

/** Setting up, confirming and giving up. Whether there is one already, the service says on asking. */
function Factor({ onFree }: { onFree: () => void }) {
  const t = useAccountWords();
  const tell = useTelling();
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const [inForce, setInForce] = useState(false);
  const [told, setTold] = useState('');
  const begin = async () => {
    try {
      setBegun(await beginFactor());
      setTold('');
    } catch (error) {
      if (error instanceof ApiError && error.errors[0]?.code === 'exists') setInForce(true);
      else setTold(tell(error));
    }
  };
  const confirm = async (code: string) => {
    setCodes((await confirmFactor(code)).recovery_codes);
    setBegun(null);
    onFree();
  };
  const drop = async (code: string) => {
    await dropFactor(code);
    setInForce(false);
    setTold(t.done);
  };
  return (
    <section aria-labelledby="own-factor">
      <h3 id="own-factor">{t.factor}</h3>
      <p class="hint">{t.factorWhy}</p>
      {codes.length > 0 && (
        <div role="status">
          <p>{t.recovery}</p>
          <ul class="recovery-codes">{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
        </div>
      )}
      {begun && (
        <CodeForm id="factor-code" label={t.confirm} onCode={confirm}>
          <p>{t.secret}</p>
          <p>{t.secretLabel}: <code class="factor-secret">{begun.secret}</code></p>
          <p><a href={begun.uri}>{t.openApp}</a></p>
        </CodeForm>
      )}
      {inForce && <CodeForm id="factor-drop" label={t.drop} onCode={drop} />}
      {!begun && !inForce && codes.length === 0 && <button type="button" class="button" onClick={() => void begin()}>{t.begin}</button>}
      <p role="status">{told}</p>
    </section>
  );
}

export function PasswordForm({ askCurrent, onChosen, label }: {
  askCurrent: boolean; onChosen: (current: string, chosen: string) => Promise<void>; label: string;
}) {
  const t = useAccountWords();
  const tell = useTelling();
  const [current, setCurrent] = useState('');
  const [chosen, setChosen] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  // Alone in its dialogue, which was open before the form was there.
  useEffect(() => {
    if (!askCurrent) first.current?.focus();
  }, [askCurrent]);
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      if (busy) return;
      setBusy(true);
      onChosen(current, chosen).then(() => {
        setProblem('');
        setCurrent('');
        setChosen('');
      }, (error: unknown) => setProblem(tell(error))).finally(() => setBusy(false));
    }}>
      {askCurrent && (
        <Field id="password-current" label={t.current}>
          {(aria) => (
            <input id="password-current" type="password" autocomplete="current-password" required {...aria} value={current}
              onInput={(event) => setCurrent(event.currentTarget.value)} />
          )}
        </Field>
      )}
      <Field id="password-new" label={t.chosen} hint={t.chosenHint} error={problem || undefined}>
        {(aria) => (
          <input ref={first} id="password-new" type="password" autocomplete="new-password" required minLength={10} maxLength={200} {...aria} value={chosen}
            onInput={(event) => setChosen(event.currentTarget.value)} />
        )}
      </Field>
      <div class="buttons tight"><button type="submit" class={askCurrent ? 'button' : 'button primary'}>{label}</button></div>
    </form>
  );
}

/** `bound`: nothing else is possible until there is a second factor. */
export function AccountPanel({ bound, onFree, onGone }: { bound: boolean; onFree: () => void; onGone: () => void }) {
  const t = useAccountWords();
  const [changed, setChanged] = useState(false);
  return (
    <>
      {bound && <p class="notice">{t.bound}</p>}
      <Factor onFree={onFree} />
      {!bound && (
        <>
          <Sessions onGone={onGone} />
          <section aria-labelledby="own-password">
            <h3 id="own-password">{t.password}</h3>
            <PasswordForm askCurrent label={t.change} onChosen={async (current, chosen) => {
              await changePassword(current, chosen);
              setChanged(true);
            }} />
            <p role="status">{changed ? t.changed : ''}</p>
          </section>
        </>
      )}
    </>
  );
}
