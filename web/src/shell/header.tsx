// The strip at the top of every page: where you are, the other pages, language, log-in.

import { useLang, useMessages } from '../i18n';
import type { Lang, User } from '../types';
import { Login } from './login';

export type Page = 'citizen' | 'leader' | 'operator' | 'agency' | 'admin' | 'missing';

/** Who has something to see at /admin. */
const ADMIN_READERS = ['administrator', 'supervisor', 'leader', 'auditor'];

/** Who takes calls at /operator. */
const OPERATORS = ['operator', 'supervisor'];

/** Whose own complaints are at /agency, and who watches over them. */
const AGENCY_READERS = ['agency_staff', 'agency_head', 'supervisor'];

interface HeaderProps {
  page: Page;
  city: string;
  user: User | null;
  onUser: (user: User | null) => void;
  onLang: (lang: Lang) => void;
}

export function Header({ page, city, user, onUser, onLang }: HeaderProps) {
  const t = useMessages();
  const lang = useLang();
  const link = (target: Page, address: string, text: string) => (
    <a href={address} aria-current={page === target ? 'page' : undefined}>{text}</a>
  );
  return (
    <header class="header">
      <a class="brand" href="/">
        <img src="/icon.svg" alt="" width="32" height="32" />
        <span class="brand-text"><strong>{t.siteName}</strong><span>{city}</span></span>
      </a>
      <nav aria-label={t.nav.label}>
        {link('citizen', '/', t.nav.citizen)}
        {link('leader', '/leader', t.nav.leader)}
        {(page === 'operator' || (user && OPERATORS.includes(user.role))) && link('operator', '/operator', t.nav.operator)}
        {(page === 'agency' || (user && AGENCY_READERS.includes(user.role))) && link('agency', '/agency', t.nav.agency)}
        {(page === 'admin' || (user && ADMIN_READERS.includes(user.role))) && link('admin', '/admin', t.nav.admin)}
      </nav>
      <div class="header-end">
        <div class="langs" role="group" aria-label={t.nav.language}>
          {(['vi', 'en'] as const).map((code) => (
            <button key={code} type="button" lang={code} class="lang" aria-pressed={lang === code}
              aria-label={code === 'vi' ? 'VI – Tiếng Việt' : 'EN – English'} onClick={() => onLang(code)}>
              {code.toUpperCase()}
            </button>
          ))}
        </div>
        <Login user={user} onUser={onUser} />
      </div>
    </header>
  );
}
