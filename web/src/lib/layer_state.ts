// What is shown of the imported layers, as the address says it.

import type { LayerEntry } from '../types';

/** Off until asked for: lines that would hide the rest, and whatever lies over the map. */
export function hiddenAtFirst(entries: LayerEntry[]): string[] {
  return ['jurisdictions', ...entries.filter(isOverlay).map((entry) => entry.id)];
}

/** For a map to find a place on: neither complaints, nor what lies over the ground, nor places' names. */
export function hiddenOnGround(entries: LayerEntry[]): Set<string> {
  return new Set([...hiddenAtFirst(entries), 'heatmap', 'heat', 'complaints', 'places']);
}

/** An imported layer that is laid over the map, not part of its ground. */
export function isOverlay(entry: LayerEntry): boolean {
  return entry.group !== undefined && entry.group.code !== 'base';
}

/** "roads:60,water:40": per cent. */
export function opacityFromUrl(text: string | null): Map<string, number> {
  const out = new Map<string, number>();
  for (const part of (text ?? '').split(',')) {
    const [id, percent] = part.split(':');
    const share = Number(percent) / 100;
    if (id && share >= 0 && share < 1) out.set(id, share);
  }
  return out;
}

export function opacityToUrl(opacity: Map<string, number>): string {
  return [...opacity].filter(([, share]) => share < 1)
    .map(([id, share]) => `${id}:${Math.round(share * 100)}`).join(',');
}

/** An instant of the address, as a field for date and time writes it; empty: now. */
export function whenFromUrl(text: string | null): string {
  return text && /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? text : '';
}

/** The layers in the order of the list, by group; the service's own come first. */
export function layerGroups(entries: LayerEntry[]): { code: string; entries: LayerEntry[] }[] {
  const groups = new Map<string, LayerEntry[]>();
  for (const entry of entries) {
    const code = entry.group?.code ?? (entry.id === 'streets' || entry.id === 'places' ? 'base' : '');
    const group = groups.get(code) ?? [];
    group.push(entry);
    groups.set(code, group);
  }
  // The ground of the map is the last thing that one switches off.
  return [...groups].map(([code, list]) => ({ code, entries: list }))
    .sort((a, b) => Number(a.code === 'base') - Number(b.code === 'base'));
}
