// The log-in dialog, and who is logged in.

import type { FunctionComponent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAccountWords } from '../account/words';
import { ApiError, fetchProvider, logIn, logOut } from '../api';
import { useMessages } from '../i18n';
import type { User } from '../types';
import { Field } from './field';

export const LOGGING_OUT = 'hotline:logging-out';
/** Opens the dialog, from anywhere on the page. */
export const LOG_IN = 'hotline:log-in';

interface LoginProps {
  user: User | null;
  onUser: (user: User | null) => void;
}

/** The dialog with one's own account; its code comes when it is first opened. */
function Account({ user, onUser }: { user: User; onUser: (user: User | null) => void }) {
  const t = useAccountWords();
  const m = useMessages();
  const dialog = useRef<HTMLDialogElement>(null);
  const [panel, setPanel] = useState<FunctionComponent<{ bound: boolean; onFree: () => void; onGone: () => void }> | null>(null);
  const [shown, setShown] = useState(false);
  const bound = user.second_factor_required === true;
  const open = async () => {
    const { AccountPanel } = await import('../account/account_panel');
    setPanel(() => AccountPanel);
    setShown(true);
    dialog.current?.showModal();
  };
  useEffect(() => {
    if (bound) void open();
  }, [bound]);
  const Panel = panel;
  return (
    <>
      <button type="button" class="button account-open" onClick={() => void open()} title={user.login}>
        <span class="user-name">{user.name || user.login}</span>
      </button>
      <dialog ref={dialog} class="dialog" aria-labelledby="account-title" onClose={() => setShown(false)}>
        <h2 id="account-title">{t.title}: {user.login}</h2>
        {Panel && shown && (
          <Panel bound={bound} onGone={() => onUser(null)}
            onFree={() => bound && onUser({ ...user, second_factor_required: false })} />
        )}
        <div class="buttons">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>{m.close}</button>
        </div>
      </dialog>
    </>
  );
}

/** A link to choose a password with: /#password=TOKEN. What follows # is sent to nobody. */
function ChoosePassword() {
  const t = useAccountWords();
  const m = useMessages();
  const dialog = useRef<HTMLDialogElement>(null);
  const [form, setForm] = useState<FunctionComponent<{
    askCurrent: boolean; label: string; onChosen: (current: string, chosen: string) => Promise<void>;
  }> | null>(null);
  const [token] = useState(() => /^#password=([0-9a-f]{64})$/.exec(window.location.hash)?.[1] ?? '');
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!token) return;
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
    import('../account/account_panel').then(({ PasswordForm }) => {
      setForm(() => PasswordForm);
      dialog.current?.showModal();
    }, () => undefined);
  }, [token]);
  const Form = form;
  if (!token) return null;
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="choose-title">
      <h2 id="choose-title">{t.choose}</h2>
      {!done && <p class="hint">{t.chooseWhy}</p>}
      {Form && !done && (
        <Form askCurrent={false} label={t.choose} onChosen={async (_, chosen) => {
          const { choosePassword } = await import('../account/api');
          await choosePassword(token, chosen);
          setDone(true);
        }} />
      )}
      <p role="status">{done ? t.chooseDone : ''}</p>
      <div class="buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>{m.close}</button>
      </div>
    </dialog>
  );
}

function LogInDialog({ onUser }: { onUser: (user: User) => void }) {
  const t = useMessages();
  const words = useAccountWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const codeInput = useRef<HTMLInputElement>(null);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  /** null: no code was asked for. */
  const [code, setCode] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  const [provider, setProvider] = useState('');
  const [busy, setBusy] = useState(false);

  const open = () => {
    dialog.current?.showModal();
    fetchProvider().then(setProvider, () => undefined);
  };
  useEffect(() => {
    window.addEventListener(LOG_IN, open);
    if (new URLSearchParams(window.location.search).get('login') === 'refused') {
      setProblem(words.providerRefused);
      open();
    }
    return () => window.removeEventListener(LOG_IN, open);
  }, []);
  useEffect(() => codeInput.current?.focus(), [code === null]);

  const refused = (error: unknown): string => {
    if (!(error instanceof ApiError) || !error.status) return t.offline;
    const about = error.errors.find((e) => e.field === 'code');
    if (error.status === 429) return words.wait(error.retryAfter || 60);
    if (about?.code === 'required') {
      setCode('');
      return '';
    }
    if (about) {
      setCode('');
      return words.codeWrong;
    }
    return [400, 401, 403, 422].includes(error.status) ? t.login.wrong : error.message;
  };

  const submit = async () => {
    setBusy(true);
    setProblem('');
    try {
      const found = await logIn(login.trim(), password, code?.trim() || undefined);
      setPassword('');
      setCode(null);
      dialog.current?.close();
      onUser(found);
    } catch (error) {
      setProblem(refused(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <button type="button" class="button in-header" onClick={open}>{t.login.open}</button>
      <dialog ref={dialog} class="dialog" aria-labelledby="login-title">
        <form onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void submit();
        }}>
          <h2 id="login-title">{t.login.title}</h2>
          <p class="hint">{t.login.hint}</p>
          <Field id="login-name" label={t.login.login}>
            {(aria) => (
              <input id="login-name" type="text" autocomplete="username" required {...aria}
                value={login} onInput={(event) => setLogin(event.currentTarget.value)} />
            )}
          </Field>
          <Field id="login-password" label={t.login.password} error={code === null ? problem || undefined : undefined}>
            {(aria) => (
              <input id="login-password" type="password" autocomplete="current-password" required
                {...aria} value={password}
                onInput={(event) => setPassword(event.currentTarget.value)} />
            )}
          </Field>
          {code !== null && (
            <Field id="login-code" label={words.code} hint={words.codeHint} error={problem || undefined}>
              {(aria) => (
                <input id="login-code" type="text" inputMode="numeric" autocomplete="one-time-code" required maxLength={32}
                  ref={codeInput} {...aria} value={code} onInput={(event) => setCode(event.currentTarget.value)} />
              )}
            </Field>
          )}
          <div class="buttons">
            <button type="submit" class="button primary">{t.login.submit}</button>
            <button type="button" class="button" onClick={() => dialog.current?.close()}>{t.close}</button>
          </div>
          {provider && <p><a class="button" href="/api/v1/session/provider/start">{words.provider(provider)}</a></p>}
        </form>
      </dialog>
    </>
  );
}

export function Login({ user, onUser }: LoginProps) {
  const t = useMessages();
  if (!user) {
    return (
      <>
        <LogInDialog onUser={onUser} />
        <ChoosePassword />
      </>
    );
  }
  return (
    <div class="user">
      <Account user={user} onUser={onUser} />
      <button type="button" class="button in-header" onClick={() => {
        // A page that has something of value unsent says no, and why.
        if (!window.dispatchEvent(new CustomEvent(LOGGING_OUT, { cancelable: true }))) return;
        logOut().then(() => onUser(null), () => undefined);
      }}>{t.login.out}</button>
    </div>
  );
}
