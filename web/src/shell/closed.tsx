// What stands in place of a console that the reader may not open: who may, and a way in.

import { useMessages } from '../i18n';
import type { User } from '../types';
import { LOG_IN } from './login';

/** For who has not logged in: the button that does it, and where the demo city's log-ins are told. */
export function LogInNow() {
  const t = useMessages().login;
  return (
    <>
      <p><button type="button" class="button primary" onClick={() => window.dispatchEvent(new Event(LOG_IN))}>{t.open}</button></p>
      <p class="hint">{t.demo}</p>
    </>
  );
}

export function Closed({ title, logIn, denied, user }: { title: string; logIn: string; denied: string; user: User | null }) {
  return (
    <main id="main" class="missing" tabIndex={-1}>
      <h1>{title}</h1>
      <p role={user ? 'alert' : undefined}>{user ? denied : logIn}</p>
      {!user && <LogInNow />}
    </main>
  );
}
