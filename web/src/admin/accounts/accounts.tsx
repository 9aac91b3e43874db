// Accounts and API keys, for administrators; auditors look. Loaded when it is opened.

import { useEffect, useState } from 'preact/hooks';
import { ApiError, request } from '../../api';
import { useLang } from '../../i18n';
import { type CategoryNode, categoryName } from '../../lib/categories';
import { Field } from '../../shell/field';
import { type ListedAgency, fetchAgencies } from '../register/api';
import { AgencyPick, oneEach } from '../register/picks';
import type { SectionProps } from '../sections';
import { AccountForm } from './account_form';
import { type Account, type Key, agencyName, send } from './api';
import { type AccountWords, useAccountsWords } from './words';

const SCOPES = ['file', 'read', 'calls'] as const;

function stateOf(account: Account, t: AccountWords): string {
  return [account.active ? t.active : t.off, account.locked_until ? t.locked : '', account.has_password ? '' : t.noPassword,
    account.second_factor ? t.factor : '', account.sessions ? t.sessions(account.sessions) : ''].filter(Boolean).join(', ');
}

interface ListProps { mayEdit: boolean; agencies: ListedAgency[]; onProblem: (error: unknown) => void }

/** What he is, and where. */
function RoleText({ account, agencies, categories }: { account: Account; agencies: ListedAgency[]; categories: CategoryNode[] }) {
  const t = useAccountsWords();
  const lang = useLang();
  return (
    <>
      {t.roles[account.role as keyof typeof t.roles] ?? account.role}
      {account.agency && <><br />{agencyName(agencies, account.agency)}{account.desk ? ` · ${account.desk}` : ''}</>}
      {account.categories.length > 0 && <><br /><span class="hint">{account.categories.map((code) => categoryName(categories, code, lang)).join(', ')}</span></>}
    </>
  );
}

function Users({ mayEdit, agencies, categories, onProblem }: ListProps & { categories: CategoryNode[] }) {
  const t = useAccountsWords();
  const [users, setUsers] = useState<Account[]>([]);
  const [editing, setEditing] = useState<Account | 'new' | null>(null);
  const [link, setLink] = useState('');
  const load = () => request<{ users: Account[] }>('/api/v1/users').then((answer) => setUsers(answer.users)).catch(onProblem);
  useEffect(() => {
    void load();
  }, []);
  const act = async (account: Account, verb: string) => {
    try {
      const answer = await send<{ link?: string }>(`/api/v1/users/${account.login}/${verb}`, verb === 'sessions' ? 'DELETE' : 'POST', verb === 'sessions' ? undefined : {});
      setLink(answer.link ? window.location.origin + answer.link : '');
      await load();
    } catch (error) {
      onProblem(error);
    }
  };
  const save = async (body: Record<string, unknown>) => {
    const answer = editing === 'new' ? await send<{ link: string }>('/api/v1/users', 'POST', body)
      : await send<{ link?: string }>(`/api/v1/users/${(editing as Account).login}`, 'PUT', body);
    setLink(answer.link ? window.location.origin + answer.link : '');
    setEditing(null);
    await load();
  };
  return (
    <section aria-labelledby="users-title">
      <h2 id="users-title">{t.users}</h2>
      {link && <p role="status" class="notice">{t.link} <code class="one-time">{link}</code></p>}
      {mayEdit && !editing && <button type="button" class="button" onClick={() => setEditing('new')}>{t.add}</button>}
      {editing && <AccountForm key={editing === 'new' ? '' : editing.login} account={editing === 'new' ? null : editing} agencies={agencies} categories={categories} onSave={save} onCancel={() => setEditing(null)} />}
      <table class="stack">
        <thead><tr><th scope="col">{t.login}</th><th scope="col">{t.role}</th><th scope="col">{t.state}</th>{mayEdit && <th scope="col">{t.doing}</th>}</tr></thead>
        <tbody>
          {users.map((account) => (
            <tr key={account.login}>
              <th scope="row"><span class="login">{account.login}</span><br /><span class="hint">{account.name}</span></th>
              <td data-label={t.role}><RoleText account={account} agencies={agencies} categories={categories} /></td>
              <td data-label={t.state}>{stateOf(account, t)}</td>
              {mayEdit && (
                <td>
                  {([['change', () => setEditing(account)], [account.active ? 'disable' : 'enable', () => void act(account, account.active ? 'disable' : 'enable')],
                    ['reset', () => void act(account, 'reset')], ['endSessions', () => void act(account, 'sessions')],
                    ...(account.second_factor ? [['dropFactor', () => void act(account, 'drop-factor')]] : [])] as ['change' | 'disable' | 'enable' | 'reset' | 'endSessions' | 'dropFactor', () => void][])
                    .map(([word, run]) => <button key={word} type="button" class="button" aria-label={`${t[word]}: ${account.login}`} onClick={run}>{t[word]}</button>)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Keys({ mayEdit, agencies, onProblem }: ListProps) {
  const t = useAccountsWords();
  const [keys, setKeys] = useState<Key[]>([]);
  const [made, setMade] = useState('');
  const [name, setName] = useState('');
  const [agency, setAgency] = useState('');
  const [until, setUntil] = useState('');
  const [scopes, setScopes] = useState<string[]>(['file']);
  const load = () => request<{ keys: Key[] }>('/api/v1/keys').then((answer) => setKeys(answer.keys)).catch(onProblem);
  useEffect(() => {
    void load();
  }, []);
  const add = async () => {
    try {
      const answer = await send<{ key: string }>('/api/v1/keys', 'POST', { name, scopes, ...(agency ? { agency } : {}), ...(until ? { expires_on: until } : {}) });
      setMade(answer.key);
      setName('');
      await load();
    } catch (error) {
      onProblem(error);
    }
  };
  return (
    <section aria-labelledby="keys-title">
      <h2 id="keys-title">{t.keys}</h2>
      {made && <p role="status" class="notice">{t.key} <code class="one-time">{made}</code></p>}
      {mayEdit && (
        <form onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}>
          <Field id="key-name" label={t.keyName}>{(aria) => <input id="key-name" type="text" required maxLength={64} {...aria} value={name} onInput={(event) => setName(event.currentTarget.value)} />}</Field>
          <fieldset>
            <legend>{t.scopes}</legend>
            {SCOPES.map((scope) => (
              <label key={scope} class="check"><input type="checkbox" checked={scopes.includes(scope)}
                onChange={(event) => setScopes(event.currentTarget.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))} /> {t.may[scope]}</label>
            ))}
          </fieldset>
          <AgencyPick id="key-agency" label={t.agency} agencies={agencies} value={agency} onChoose={setAgency} />
          <Field id="key-until" label={t.until} optional>{(aria) => <input id="key-until" type="date" {...aria} value={until} onInput={(event) => setUntil(event.currentTarget.value)} />}</Field>
          <button type="submit" class="button">{t.addKey}</button>
        </form>
      )}
      <table class="stack">
        <thead><tr><th scope="col">{t.keyName}</th><th scope="col">{t.scopes}</th><th scope="col">{t.state}</th>{mayEdit && <th scope="col">{t.doing}</th>}</tr></thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.name}>
              <th scope="row">{key.name}</th>
              <td data-label={t.scopes}>{key.scopes.map((scope) => t.may[scope as keyof typeof t.may] ?? scope).join(', ')}{key.agency ? ` · ${agencyName(agencies, key.agency)}` : ''}</td>
              <td data-label={t.state}>{t.states[key.state]}{key.expires_at ? ` → ${key.expires_at.slice(0, 10)}` : ''}</td>
              {mayEdit && <td>{key.state === 'in_use' && (
                <button type="button" class="button" aria-label={`${t.revoke}: ${key.name}`}
                  onClick={() => void send(`/api/v1/keys/${encodeURIComponent(key.name)}`, 'DELETE').then(load, onProblem)}>{t.revoke}</button>
              )}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Accounts({ mayEdit, categories }: SectionProps) {
  const [problem, setProblem] = useState('');
  const [agencies, setAgencies] = useState<ListedAgency[]>([]);
  const onProblem = (error: unknown) => setProblem(error instanceof ApiError
    ? [error.message, ...error.errors.map((e) => e.detail)].join(': ') : String(error));
  useEffect(() => void fetchAgencies().then((all) => setAgencies(oneEach(all)), onProblem), []);
  return (
    <>
      {problem && <p class="error-summary" role="alert">{problem}</p>}
      <Users mayEdit={mayEdit} agencies={agencies} categories={categories} onProblem={onProblem} />
      <Keys mayEdit={mayEdit} agencies={agencies} onProblem={onProblem} />
    </>
  );
}
