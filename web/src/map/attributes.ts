// What is known of a feature of an imported layer, as the content of a popup.

import { messages } from '../i18n';
import { textIn } from '../lib/categories';
import { formatNumber } from '../lib/time';
import type { Lang, LayerEntry } from '../types';

/** What the tile adds for itself. */
const OWN = new Set(['name', 'count', 'valid_from', 'valid_to']);

/** A time as the database writes it, in this reader's own zone and way. */
function instant(text: unknown, lang: Lang): string {
  if (typeof text !== 'string' || !text) return '';
  const at = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
  return Number.isNaN(at.getTime()) ? text
    : at.toLocaleString(lang === 'vi' ? 'vi-VN' : 'en-GB', { dateStyle: 'short', timeStyle: 'short' });
}

export function attributeBox(properties: Record<string, unknown>, entry: LayerEntry | undefined,
  lang: Lang): HTMLElement {
  const t = messages[lang];
  const box = document.createElement('div');
  box.className = 'popup';
  const line = (name: string, text: string) => {
    const element = document.createElement('p');
    element.className = name;
    element.textContent = text;
    box.append(element);
  };
  const count = Number(properties['count'] ?? 1);
  const layer = entry ? textIn(entry.title, lang) : '';
  const name = String(properties['name'] ?? '');
  line('popup-title', count > 1 ? t.layers.features(formatNumber(count, lang)) : name || layer);
  if (layer) line('popup-status', layer);
  const from = instant(properties['valid_from'], lang);
  const to = instant(properties['valid_to'], lang);
  if (from || to) line('popup-status', `${from} – ${to}`);
  if (count > 1) {
    line('popup-status', t.layers.zoomIn);
    return box;
  }
  const list = document.createElement('dl');
  list.className = 'popup-attributes';
  for (const [key, value] of Object.entries(properties)) {
    if (OWN.has(key) || value === null || value === '' || String(value) === name) continue;
    const term = document.createElement('dt');
    term.textContent = key.replaceAll('_', ' ');
    const meaning = document.createElement('dd');
    meaning.textContent = typeof value === 'number' ? formatNumber(value, lang) : String(value);
    list.append(term, meaning);
  }
  if (list.childElementCount) box.append(list);
  return box;
}
