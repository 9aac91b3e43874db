// The log-in dialog, and who is logged in.

import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, logIn, logOut } from '../api';
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

export function Login({ user, onUser }: LoginProps) {
  const t = useMessages();
  const dialog = useRef<HTMLDialogElement>(null);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const open = () => dialog.current?.showModal();
    window.addEventListener(LOG_IN, open);
    return () => window.removeEventListener(LOG_IN, open);
  }, []);

  if (user) {
    return (
      <div class="user">
        <span class="user-name" title={t.login.as(user.login)}>{user.name || user.login}</span>
        <button type="button" class="button in-header" onClick={() => {
          // A page that has something of value unsent says no, and why.
          if (!window.dispatchEvent(new CustomEvent(LOGGING_OUT, { cancelable: true }))) return;
          logOut().then(() => onUser(null), () => undefined);
        }}>{t.login.out}</button>
      </div>
    );
  }

  const submit = async () => {
    setBusy(true);
    setProblem('');
    try {
      const found = await logIn(login.trim(), password);
      setPassword('');
      dialog.current?.close();
      onUser(found);
    } catch (error) {
      const refused = error instanceof ApiError && [400, 401, 403, 422].includes(error.status);
      setProblem(refused ? t.login.wrong : error instanceof ApiError && error.status ? error.message : t.offline);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <button type="button" class="button in-header" onClick={() => dialog.current?.showModal()}>
        {t.login.open}
      </button>
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
          <Field id="login-password" label={t.login.password} error={problem || undefined}>
            {(aria) => (
              <input id="login-password" type="password" autocomplete="current-password" required
                {...aria} value={password}
                onInput={(event) => setPassword(event.currentTarget.value)} />
            )}
          </Field>
          <div class="buttons">
            <button type="submit" class="button primary">{t.login.submit}</button>
            <button type="button" class="button" onClick={() => dialog.current?.close()}>{t.close}</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
