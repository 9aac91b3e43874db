// Accounts and API keys, for administrators; auditors look. Loaded when it is opened.

import { useEffect, useState } from 'preact/hooks';
import { ApiError, request } from '../api';
import { useLang } from '../i18n';
import type { Lang } from '../types';
import { Field } from '../shell/field';

interface Account {
  login: string;
  name: string;
  role: string;
  agency: string | null;
  desk: string | null;
  categories: string[];
  email: string | null;
  active: boolean;
  has_password: boolean;
  second_factor: boolean;
  locked_until: string | null;
  sessions: number;
}

interface Key {
  name: string;
  scopes: string[];
  agency: string | null;
  expires_at: string | null;
  used_at: string | null;
  state: 'in_use' | 'expired' | 'revoked';
}

const ROLES = ['operator', 'supervisor', 'agency_staff', 'agency_head', 'leader', 'administrator', 'auditor'] as const;
const SCOPES = ['file', 'read', 'calls'] as const;

const vi = {
  users: 'Tài khoản', keys: 'Khoá API', add: 'Thêm tài khoản', change: 'Sửa', save: 'Lưu', cancel: 'Thôi',
  login: 'Tên đăng nhập', name: 'Họ tên', role: 'Vai trò', agency: 'Mã đơn vị', desk: 'Mã đầu mối', email: 'E-mail',
  categories: 'Chỉ các lĩnh vực (mã, cách nhau bằng dấu phẩy)', state: 'Tình trạng', doing: 'Thao tác',
  disable: 'Khoá', enable: 'Mở lại', reset: 'Liên kết đặt mật khẩu', dropFactor: 'Bỏ lớp thứ hai', endSessions: 'Kết thúc các phiên',
  link: 'Gửi cho người dùng liên kết này, chỉ hiện một lần:', key: 'Khoá mới, chỉ hiện một lần:',
  addKey: 'Tạo khoá', keyName: 'Tên khoá', scopes: 'Được làm gì', until: 'Hết hiệu lực từ ngày', revoke: 'Thu hồi',
  active: 'đang dùng', off: 'đã khoá', locked: 'tạm nghỉ vì sai mật khẩu', factor: 'có lớp thứ hai', sessions: (n: number) => `${n} phiên`,
  noPassword: 'chưa có mật khẩu', done: 'Đã xong.',
  states: { in_use: 'đang dùng', expired: 'hết hạn', revoked: 'đã thu hồi' },
  may: { file: 'gửi phản ánh', read: 'đọc', calls: 'báo cuộc gọi' },
  roles: {
    operator: 'điện thoại viên', supervisor: 'giám sát', agency_staff: 'cán bộ đơn vị', agency_head: 'lãnh đạo đơn vị',
    leader: 'lãnh đạo Thành phố', administrator: 'quản trị', auditor: 'kiểm tra',
  },
};
const en: typeof vi = {
  users: 'Accounts', keys: 'API keys', add: 'Add an account', change: 'Change', save: 'Save', cancel: 'Cancel',
  login: 'Login', name: 'Name', role: 'Role', agency: 'Agency\'s code', desk: 'Desk\'s code', email: 'E-mail',
  categories: 'Only these categories (codes, with a comma between)', state: 'State', doing: 'Actions',
  disable: 'Disable', enable: 'Enable', reset: 'Link to set a password', dropFactor: 'Forget the second factor', endSessions: 'End the sessions',
  link: 'Hand this link to the person; it is shown this once:', key: 'The new key, shown this once:',
  addKey: 'Make a key', keyName: 'Key\'s name', scopes: 'May', until: 'No longer holds from', revoke: 'Revoke',
  active: 'in use', off: 'disabled', locked: 'resting after wrong passwords', factor: 'second factor', sessions: (n) => `${n} sessions`,
  noPassword: 'no password yet', done: 'Done.',
  states: { in_use: 'in use', expired: 'expired', revoked: 'revoked' },
  may: { file: 'file complaints', read: 'read', calls: 'tell of calls' },
  roles: {
    operator: 'operator', supervisor: 'supervisor', agency_staff: 'agency staff', agency_head: 'agency head',
    leader: 'city leader', administrator: 'administrator', auditor: 'auditor',
  },
};
const words: Record<Lang, typeof vi> = { vi, en };

function send<T>(path: string, method: string, body?: unknown): Promise<T> {
  return request(path, body === undefined ? { method } : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim()).filter(Boolean);

function AccountForm({ account, onSave, onCancel }: {
  account: Account | null; onSave: (body: Record<string, unknown>) => Promise<void>; onCancel: () => void;
}) {
  const t = words[useLang()];
  const [fields, setFields] = useState<Record<string, string>>({
    login: account?.login ?? '', name: account?.name ?? '', role: account?.role ?? 'operator', agency: account?.agency ?? '',
    desk: account?.desk ?? '', email: account?.email ?? '', categories: account?.categories.join(', ') ?? '',
  });
  const [faults, setFaults] = useState<Record<string, string>>({});
  const ofAgency = fields['role']?.startsWith('agency_') ?? false;
  const text = (name: 'login' | 'name' | 'agency' | 'desk' | 'email' | 'categories', required: boolean) => (
    <Field id={`account-${name}`} label={t[name]} error={faults[name]}>
      {(aria) => (
        <input id={`account-${name}`} type="text" required={required} {...aria} value={fields[name]}
          onInput={(event) => setFields({ ...fields, [name]: event.currentTarget.value })} />
      )}
    </Field>
  );
  return (
    <form class="account-form" onSubmit={(event) => {
      event.preventDefault();
      const body: Record<string, unknown> = { name: fields['name'], role: fields['role'], categories: listOf(fields['categories'] ?? '') };
      if (!account) body['login'] = fields['login'];
      for (const name of ofAgency ? ['agency', 'desk', 'email'] : ['email']) if (fields[name]) body[name] = fields[name];
      onSave(body).catch((error: unknown) => {
        if (error instanceof ApiError) setFaults(Object.fromEntries(error.errors.map((e) => [e.field, e.detail])));
      });
    }}>
      {!account && text('login', true)}
      {text('name', true)}
      <Field id="account-role" label={t.role} error={faults['role']}>
        {(aria) => (
          <select id="account-role" {...aria} value={fields['role']} onChange={(event) => setFields({ ...fields, role: event.currentTarget.value })}>
            {ROLES.map((role) => <option key={role} value={role}>{t.roles[role]}</option>)}
          </select>
        )}
      </Field>
      {ofAgency && text('agency', true)}
      {ofAgency && text('desk', false)}
      {text('categories', false)}
      {text('email', false)}
      <div class="buttons">
        <button type="submit" class="button primary">{t.save}</button>
        <button type="button" class="button" onClick={onCancel}>{t.cancel}</button>
      </div>
    </form>
  );
}

function stateOf(account: Account, t: typeof vi): string {
  return [account.active ? t.active : t.off, account.locked_until ? t.locked : '', account.has_password ? '' : t.noPassword,
    account.second_factor ? t.factor : '', account.sessions ? t.sessions(account.sessions) : ''].filter(Boolean).join(', ');
}

function Users({ mayEdit, onProblem }: { mayEdit: boolean; onProblem: (error: unknown) => void }) {
  const t = words[useLang()];
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
      {editing && <AccountForm key={editing === 'new' ? '' : editing.login} account={editing === 'new' ? null : editing} onSave={save} onCancel={() => setEditing(null)} />}
      <table class="stack">
        <thead><tr><th scope="col">{t.login}</th><th scope="col">{t.role}</th><th scope="col">{t.state}</th>{mayEdit && <th scope="col">{t.doing}</th>}</tr></thead>
        <tbody>
          {users.map((account) => (
            <tr key={account.login}>
              <th scope="row">{account.login}<br /><span class="hint">{account.name}</span></th>
              <td data-label={t.role}>{t.roles[account.role as keyof typeof t.roles] ?? account.role}{account.agency ? ` · ${account.agency}` : ''}{account.desk ? ` · ${account.desk}` : ''}
                {account.categories.length > 0 && <><br /><span class="hint">{account.categories.join(', ')}</span></>}</td>
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

function Keys({ mayEdit, onProblem }: { mayEdit: boolean; onProblem: (error: unknown) => void }) {
  const t = words[useLang()];
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
          <Field id="key-agency" label={t.agency} optional>{(aria) => <input id="key-agency" type="text" {...aria} value={agency} onInput={(event) => setAgency(event.currentTarget.value)} />}</Field>
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
              <td data-label={t.scopes}>{key.scopes.map((scope) => t.may[scope as keyof typeof t.may] ?? scope).join(', ')}{key.agency ? ` · ${key.agency}` : ''}</td>
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

export function Accounts({ mayEdit }: { mayEdit: boolean }) {
  const [problem, setProblem] = useState('');
  const onProblem = (error: unknown) => setProblem(error instanceof ApiError
    ? [error.message, ...error.errors.map((e) => e.detail)].join(': ') : String(error));
  return (
    <>
      {problem && <p class="error-summary" role="alert">{problem}</p>}
      <Users mayEdit={mayEdit} onProblem={onProblem} />
      <Keys mayEdit={mayEdit} onProblem={onProblem} />
    </>
  );
}
