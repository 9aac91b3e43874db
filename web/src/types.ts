// What the service answers, as far as the pages read it. The service's own description of it is
// /api/v1/openapi.json. Fields that an answer may lack are optional here, so that reading them
// needs a decision.

export type Lang = 'vi' | 'en';

/** A text in both languages, or one that has only one form (a proper name, a user's words). */
export type Text = string | { vi?: string; en?: string };

export interface Point {
  lon: number;
  lat: number;
}

export interface Generation {
  level: string;
  valid_from?: string | null;
  /** The first day on which it no longer holds. */
  valid_to?: string | null;
}

export interface City {
  name: Text;
  bbox: [number, number, number, number];
  timezone: string;
  approximate?: boolean;
  generations?: Generation[];
  attribution?: string;
  /** The address of an outside style for the map, where one is configured. */
  map_style?: string;
}

export interface Category {
  code: string;
  parent: string | null;
  name: Text;
  /** Other words that people use for it. */
  keywords?: string;
  urgent?: boolean;
}

export interface Unit {
  code: string;
  name: Text;
}

export interface Place {
  ward: Unit | null;
  district: Unit | null;
  lon?: number | null;
  lat?: number | null;
  confidence?: number;
  match?: string;
}

export interface Assignment {
  agency: Unit;
  desk?: Unit | string | null;
  deadline: string;
  rule?: string | null;
  reason: Text;
}

export interface RouteAnswer {
  place: Place;
  assignment: Assignment;
}

/** A file of a complaint. What was sent before filing is kept with the draft. */
export interface Attachment {
  id: string;
  kind: 'image' | 'video' | 'audio' | 'document';
  name: string;
  bytes?: number;
  purpose?: string;
  taken_at?: string | null;
  /** Where the camera was: told only to who sends it. */
  location_hint?: Point & { accuracy_m?: number };
  urls: { web?: string; thumb?: string; original?: string };
}

export interface Complaint {
  code: string;
  category: Unit;
  status: string;
  description?: string;
  address?: string | null;
  channel?: string;
  received_at?: string;
  updated_at?: string;
  closed_at?: string | null;
  place?: Place | null;
  assignment?: Assignment | null;
  attachments?: Attachment[];
  /** What was answered in public. */
  answers?: PublicAnswer[];
  rating?: { rating: string; comment?: string | null } | null;
  /** Whoever holds the code may say so now. */
  may_rate?: boolean;
  may_reopen?: boolean;
}

export interface PublicAnswer {
  at: string;
  text: string;
  kind?: string;
  by?: string | null;
  /** By their ids, or whole. */
  attachments?: (string | { id: string })[];
}

/** One in the list: without an account there is no code, and the place is rounded. */
export type ListedComplaint = Omit<Complaint, 'code'> & { code?: string };

export interface HistoryEntry {
  at: string;
  event: string;
  detail?: unknown;
}

/** What the form sends; the names are the service's. */
export interface ComplaintDraft {
  category: string;
  description: string;
  channel: string;
  attributes?: Record<string, string>;
  location?: Point & { accuracy_m?: number };
  address?: string;
  occurred_at?: string;
  attachments?: string[];
  reporter?: { name?: string; phone?: string; email?: string; anonymous?: boolean };
}

/** One place that an address or a point may mean. */
export interface Candidate extends Point {
  label: string;
  match: string;
  confidence: number;
}

/** What a typed address was understood as. */
export interface AddressAnswer {
  candidates: Candidate[];
  /** In the order of the text: housenumber, alley, street, ward, ..., unknown. */
  parts: { part: string; text: string }[];
  /** What would settle it, where candidates are close; each choice is one of them. */
  question: string | null;
  choices: { label: string; feature: number }[];
}

export interface LayerEntry {
  id: string;
  title: Text;
  tilejson: string;
  kind: 'vector' | 'raster';
  approximate?: boolean;
  /** Of an imported layer. */
  group?: Text & { code: string };
  geometry?: 'point' | 'line' | 'polygon';
  public?: boolean;
  count?: number;
  updated_at?: string | null;
  /** Its features hold for a while only. */
  dated?: boolean;
  valid_from?: string | null;
  valid_to?: string | null;
  attribution?: string;
  style?: Record<string, unknown>;
}

/** One colour of a scale, lowest first; the value that it stands for, where there is one. */
export interface LegendStep {
  color: string;
  value?: number;
}

export interface TileJson {
  tiles: string[];
  minzoom?: number;
  maxzoom?: number;
  /** Longitude, latitude and zoom of a good first view. */
  center?: [number, number, number];
  bounds?: [number, number, number, number];
  attribution?: string;
  approximate?: boolean;
  legend?: LegendStep[];
  vector_layers?: { id: string }[];
}

export interface User {
  login: string;
  name: string;
  role: string;
  /** The code of the agency that an agency's people belong to. */
  agency?: string | null;
  /** Nothing may be done until a second factor is set up. */
  second_factor_required?: boolean;
}

export interface FieldError {
  field: string;
  code: string;
  detail: string;
}
