// What the service answers to those who work on complaints, as far as this console reads it.

import type { Complaint, Text, Unit } from '../types';

export interface Attachment {
  id: string;
  kind: 'image' | 'video' | 'audio' | 'document';
  name: string;
  bytes?: number;
  width?: number | null;
  height?: number | null;
  taken_at?: string | null;
  purpose?: string;
  urls: { web?: string; thumb?: string; original?: string };
}

export interface Answer {
  at: string;
  text: string;
  kind?: string;
  by?: string | null;
  /** Of the case's own, by their ids, or whole. */
  attachments?: (Attachment | string)[];
  /** Why there is none; for staff. */
  no_photo_reason?: string | null;
}

export interface Note {
  at: string;
  text: string;
  by?: string | null;
}

export interface Task {
  id: number | string;
  agency: Unit;
  text: string;
  status: string;
  /** What was done, or why it was returned or cancelled. */
  answer?: string | null;
}

export interface Person {
  login: string;
  name: string;
}

/** One step's due time and how it came about. */
export interface DueStep {
  due: string;
  computed?: string;
  text: string;
}

export interface Rating {
  rating: string;
  comment?: string | null;
  at?: string;
}

/** A complaint as whoever works on it sees it. */
export interface Case extends Omit<Complaint, 'answers'> {
  version: number;
  /** What this reader may do now. Absent in lists. */
  actions?: string[];
  assignee?: Person | null;
  answers?: Answer[];
  notes?: Note[];
  tasks?: Task[];
  rating?: Rating | null;
  /** How many people reported it. */
  reporters?: number;
  /** Who, masked, for those who work on it. */
  people?: ReportingPerson[];
  attachments?: Attachment[];
  attributes?: Record<string, unknown>;
  accuracy_m?: number;
  occurred_at?: string | null;
  flags?: string[];
  deadlines?: Record<string, DueStep | null>;
  late?: boolean;
  at_risk?: boolean;
  /** Leaders' directives that cover it, for who may see them. */
  directives?: Directive[];
}

export interface ReportingPerson {
  kind: 'reporter' | 'co_reporter';
  name: string | null;
  phone: string | null;
  email: string | null;
  anonymous: boolean;
  erased: boolean;
}

/** For what one may look at a person in full. */
export interface Purpose {
  code: string;
  name: Text;
  needs_note: boolean;
}

export interface CoReport {
  co_report: string;
  at: string;
  channel: string;
  description: string | null;
  /** By somebody who had reported it already. */
  repeated: boolean;
  left_at: string | null;
}

export interface CaseEvent {
  at: string;
  event: string;
  actor?: string | null;
  detail?: Record<string, unknown>;
}

export interface AgencyEntry extends Unit {
  desks: Unit[];
}

/** An answer prepared beforehand, filled in for one complaint; [what stands in brackets] is for the writer. */
export interface FormLetter {
  code: string;
  kind: string;
  name: Text;
  text: string;
  /** The same for whoever reads no Vietnamese; '': there is none. */
  textEn: string;
}

export interface PauseReason {
  code: string;
  name: Text;
}

/** What came of one complaint of a bulk action. */
export interface Outcome {
  code: string;
  status: number;
  version?: number;
  error?: { field: string; code: string; detail: string };
}

export interface Directive {
  id: number;
  text: string;
  due_at: string;
  state: string;
  late: boolean;
  version: number;
  created_by?: Person | null;
  complaints: { total: number; done: number; late: number };
  codes?: string[];
}
