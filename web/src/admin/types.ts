// What the service answers about rule sets, as far as the page reads it.

import type { Unit } from '../types';

export interface Words { vi: string; en: string }

export interface RuleSet {
  id: number;
  state: 'draft' | 'approved' | 'published' | 'retired' | 'discarded';
  title: string;
  author: string;
  created_at: string;
  based_on: number | null;
  revision: number;
  rules: number;
  edited_by: string | null;
  approval: { by: string; at: string; reason: string; replay: number; check: number } | null;
  published: { at: string; by: string; reason: string } | null;
}

export interface Finding {
  key: string;
  kind: string;
  severity: 'error' | 'warning' | 'note';
  published_too: boolean;
  rule: string | null;
  text: Words;
  mend: Words;
  km2?: number;
  geometry?: GeoJSON.Geometry;
}

export interface Job<Result> {
  id: number;
  kind: 'check' | 'replay';
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  revision: number;
  done: number;
  total: number;
  error: string | null;
  result?: Result | null;
  /** Speaks of the draft as it is now. */
  current?: boolean;
}

export interface CheckResult { errors: number; warnings: number; notes: number; findings: Finding[] }

export interface ReplayResult {
  total: number;
  moved: number;
  desk_moved: number;
  unplaced: number;
  milliseconds: number;
  deadlines: { earlier: number; later: number; hours: number };
  corrections: { total: number; agreed_before: number; agreed_after: number };
  pairs: number;
  matrix: { from: Unit; to: Unit; count: number }[];
  cell_degrees: number;
  cells: { lon: number; lat: number; count: number }[];
  agencies: { code: string; name: string; before: number; after: number; open_before: number; open_after: number }[];
}

export interface LogEntry { at: string; by: string; event: string; revision: number; reason: string; detail: Record<string, unknown> }

export interface WholeSet extends RuleSet {
  blocks: string[];
  editors: string[] | null;
  published_id: number;
  differences: { code: string; change: 'added' | 'changed' | 'removed' }[];
  check: Job<CheckResult> | null;
  replay: Job<ReplayResult> | null;
  acknowledgements: { finding: string; by: string; reason: string }[];
  log: LogEntry[];
}

export interface Rule {
  code: string;
  name: Words;
  class: 'special' | 'asset' | 'ordinary' | 'fallback';
  valid_from: string | null;
  valid_to: string | null;
  conditions: string[];
  outcome: string;
  partners: string[];
  deadline: string | null;
  urgent: boolean | null;
  author?: string;
  reason: string;
  position?: number;
  change?: 'added' | 'changed' | null;
}

export interface Vocabulary {
  agencies: Unit[];
  wards: Unit[];
  districts: Unit[];
  jurisdictions: Unit[];
  sets: string[];
  layers: Unit[];
}

export interface Offer {
  rule: string | null;
  category: string;
  ward: Unit | null;
  from: Unit;
  to: Unit;
  count: number;
  last_at: string;
  proposal: Rule | null;
}
