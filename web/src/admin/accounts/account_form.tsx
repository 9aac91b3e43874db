// One account: who it is, what he may do and where. Whoever works for an agency has it, and a desk of it
// if he is bound to one; categories narrow what he sees.

import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { useLang } from '../../i18n';
import { type CategoryNode, categoryName } from '../../lib/categories';
import { Field } from '../../shell/field';
import { type DeskRow, type ListedAgency, fetchAgency } from '../register/api';
import { AgencyPick, CategoryPick, Chosen } from '../register/picks';
import type { Account } from './api';
import { useAccountsWords } from './words';

const ROLES = ['operator', 'supervisor', 'agency_staff', 'agency_head', 'leader', 'administrator', 'auditor'] as const;

/** The desks that the agency has now. */
function useDesks(agency: string): DeskRow[] {
  const [desks, setDesks] = useState<DeskRow[]>([]);
  useEffect(() => {
    let current = true;
    setDesks([]);
    if (agency) fetchAgency(agency).then((whole) => current && setDesks(whole.desks.filter((desk) => desk.state === 'in_force')), () => undefined);
    return () => {
      current = false;
    };
  }, [agency]);
  return desks;
}

function AgencyFields({ agencies, agency, desk, faults, onChoose }: {
  agencies: ListedAgency[]; agency: string; desk: string; faults: Record<string, string>; onChoose: (agency: string, desk: string) => void;
}) {
  const t = useAccountsWords();
  const desks = useDesks(agency);
  return (
    <>
      <AgencyPick id="account-agency" label={t.agency} agencies={agencies} value={agency} error={faults['agency']} onChoose={(code) => onChoose(code, '')} />
      <Field id="account-desk" label={t.desk} error={faults['desk']}>
        {(aria) => (
          <select id="account-desk" {...aria} value={desk} onChange={(event) => onChoose(agency, event.currentTarget.value)}>
            <option value="">{t.allDesks}</option>
            {/* While they are asked for, or if it ended meanwhile, what he has is kept. */}
            {desk && !desks.some((one) => one.code === desk) && <option value={desk}>{desk}</option>}
            {desks.map((one) => <option key={one.code} value={one.code}>{one.name}</option>)}
          </select>
        )}
      </Field>
    </>
  );
}

export function AccountForm({ account, agencies, categories, onSave, onCancel }: {
  account: Account | null; agencies: ListedAgency[]; categories: CategoryNode[];
  onSave: (body: Record<string, unknown>) => Promise<void>; onCancel: () => void;
}) {
  const t = useAccountsWords();
  const lang = useLang();
  const [fields, setFields] = useState<Record<string, string>>({
    login: account?.login ?? '', name: account?.name ?? '', role: account?.role ?? 'operator', agency: account?.agency ?? '',
    desk: account?.desk ?? '', email: account?.email ?? '',
  });
  const [codes, setCodes] = useState<string[]>(account?.categories ?? []);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const ofAgency = fields['role']?.startsWith('agency_') ?? false;
  const text = (name: 'login' | 'name' | 'email', required: boolean) => (
    <Field id={`account-${name}`} label={t[name]} error={faults[name]}>
      {(aria) => (
        <input id={`account-${name}`} type="text" required={required} {...aria} value={fields[name]}
          onInput={(event) => setFields({ ...fields, [name]: event.currentTarget.value })} />
      )}
    </Field>
  );
  const save = () => {
    if (ofAgency && !fields['agency']) {
      setFaults({ agency: t.pickAgency });
      document.getElementById('account-agency')?.focus();
      return;
    }
    const body: Record<string, unknown> = { name: fields['name'], role: fields['role'], categories: codes };
    if (!account) body['login'] = fields['login'];
    for (const name of ofAgency ? ['agency', 'desk', 'email'] : ['email']) if (fields[name]) body[name] = fields[name];
    onSave(body).catch((error: unknown) => {
      if (error instanceof ApiError) setFaults(Object.fromEntries(error.errors.map((e) => [e.field, e.detail])));
    });
  };
  return (
    <form class="account-form" onSubmit={(event) => {
      event.preventDefault();
      save();
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
      {ofAgency && (
        <AgencyFields agencies={agencies} agency={fields['agency'] ?? ''} desk={fields['desk'] ?? ''} faults={faults}
          onChoose={(agency, desk) => setFields({ ...fields, agency, desk })} />
      )}
      <CategoryPick key={codes.length} id="account-categories" label={t.categories} hint={t.categoriesHint} categories={categories} value="" error={faults['categories']}
        onChoose={(code) => code && !codes.includes(code) && setCodes([...codes, code])} />
      <Chosen codes={codes} nameOf={(code) => categoryName(categories, code, lang)} onRemove={(code) => setCodes(codes.filter((one) => one !== code))} />
      {text('email', false)}
      <div class="buttons">
        <button type="submit" class="button primary">{t.save}</button>
        <button type="button" class="button" onClick={onCancel}>{t.cancel}</button>
      </div>
    </form>
  );
}
