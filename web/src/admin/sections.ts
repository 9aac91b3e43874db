// What the administrator's page has besides the rules: who may open it, and the code of each part, which
// is loaded when somebody opens it. A new part is one row here and its title in section_words.ts.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { CategoryNode } from '../lib/categories';
import type { City, LayerEntry, User } from '../types';
import type { SectionTitles } from './section_words';

/** What every part is given. */
export interface SectionProps {
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  user: User;
  /** An administrator: others look. */
  mayEdit: boolean;
  /** Shows what went wrong at the top of the page; null takes it away. */
  onProblem: (error: unknown) => void;
}

interface Section {
  /** In the address: ?section=ID. */
  id: keyof SectionTitles;
  roles: string[];
  load: () => Promise<ComponentType<SectionProps>>;
}

const READERS = ['administrator', 'auditor'];

export const SECTIONS: Section[] = [
  { id: 'agencies', roles: READERS, load: () => import('./register/agencies').then((m) => m.Agencies) },
  { id: 'categories', roles: READERS, load: () => import('./register/categories').then((m) => m.Categories) },
  { id: 'calendars', roles: READERS, load: () => import('./register/calendars').then((m) => m.Calendars) },
  { id: 'letters', roles: READERS, load: () => import('./register/letters').then((m) => m.Letters) },
  { id: 'transfers', roles: ['administrator'], load: () => import('./register/transfers').then((m) => m.Transfers) },
  { id: 'boundaries', roles: READERS, load: () => import('./maps/boundaries').then((m) => m.Boundaries) },
  { id: 'layers', roles: READERS, load: () => import('./maps/layers').then((m) => m.LayersSection) },
  { id: 'jurisdictions', roles: READERS, load: () => import('./maps/holders').then((m) => m.HoldersSection) },
  { id: 'populations', roles: READERS, load: () => import('./maps/populations').then((m) => m.Populations) },
  { id: 'duplicates', roles: READERS, load: () => import('./maps/likeness').then((m) => m.LikenessSection) },
  { id: 'notices', roles: READERS, load: () => import('./notices').then((m) => m.Notices) },
  { id: 'persons', roles: [...READERS, 'supervisor'], load: () => import('./persons/persons').then((m) => m.Persons) },
  { id: 'audit', roles: READERS, load: () => import('./audit/audit_section').then((m) => m.AuditSection) },
  { id: 'accounts', roles: READERS, load: () => import('./accounts/accounts').then((m) => m.Accounts) },
];

/** The part's code once it is there; null until then. */
export function useSection(section: Section | null): ComponentType<SectionProps> | null {
  const [loaded, setLoaded] = useState<{ id: string; Part: ComponentType<SectionProps> } | null>(null);
  useEffect(() => {
    if (section && loaded?.id !== section.id) {
      void section.load().then((Part) => setLoaded({ id: section.id, Part }), () => undefined);
    }
  }, [section?.id]);
  return section && loaded?.id === section.id ? loaded.Part : null;
}
