// What accounts and keys are asked of the service, and what it answers.

import { request } from '../../api';
import type { ListedAgency } from '../register/api';

export interface Account {
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

export interface Key {
  name: string;
  scopes: string[];
  agency: string | null;
  expires_at: string | null;
  used_at: string | null;
  state: 'in_use' | 'expired' | 'revoked';
}

export function send<T>(path: string, method: string, body?: unknown): Promise<T> {
  return request(path, body === undefined ? { method } : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** An agency's name, or its code while the register, one row for each code, is not here yet. */
export const agencyName = (agencies: ListedAgency[], code: string): string => agencies.find((one) => one.code === code)?.name ?? code;
