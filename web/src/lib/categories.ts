// The category tree as the pages use it: in order, with depth, and searchable without tones.

import type { Category, Lang, Text } from '../types';
import { fold, foldedMatch } from './fold';

export interface CategoryNode {
  code: string;
  parent: string | null;
  depth: number;
  urgent: boolean;
  name: Text;
  keywords: string;
  children: string[];
}

export function textIn(text: Text | null | undefined, lang: Lang): string {
  if (text === null || text === undefined) return '';
  if (typeof text === 'string') return text;
  return (lang === 'vi' ? text.vi || text.en : text.en || text.vi) ?? '';
}

/** Parents before their children, siblings in the service's order. A lost parent makes a root. */
export function categoryTree(categories: Category[]): CategoryNode[] {
  const known = new Set(categories.map((c) => c.code));
  const byParent = new Map<string | null, Category[]>();
  for (const category of categories) {
    const parent = category.parent !== null && known.has(category.parent) ? category.parent : null;
    byParent.set(parent, [...(byParent.get(parent) ?? []), category]);
  }
  const out: CategoryNode[] = [];
  const visit = (parent: string | null, depth: number) => {
    for (const category of byParent.get(parent) ?? []) {
      const children = (byParent.get(category.code) ?? []).map((c) => c.code);
      out.push({ code: category.code, parent, depth, urgent: category.urgent === true,
        name: category.name, keywords: category.keywords ?? '', children });
      visit(category.code, depth + 1);
    }
  };
  visit(null, 0);
  return out;
}

export function categoryName(nodes: CategoryNode[], code: string, lang: Lang): string {
  const node = nodes.find((n) => n.code === code);
  return node ? textIn(node.name, lang) : code;
}

/** "Trật tự đô thị › Tiếng ồn". */
export function categoryPath(nodes: CategoryNode[], code: string, lang: Lang): string {
  const node = nodes.find((n) => n.code === code);
  if (!node) return code;
  const name = textIn(node.name, lang);
  return node.parent === null ? name : `${categoryPath(nodes, node.parent, lang)} › ${name}`;
}

/**
 * The nodes that match by their own name (in either language) or code, then those that match by
 * what people call them, then those that match by their ancestors' names.
 */
export function categorySearch(nodes: CategoryNode[], needle: string, lang: Lang): CategoryNode[] {
  if (fold(needle) === '') return nodes;
  const own = (node: CategoryNode) =>
    `${textIn(node.name, 'vi')} ${textIn(node.name, 'en')} ${node.code}`;
  const direct = nodes.filter((node) => foldedMatch(own(node), needle));
  const called = nodes.filter((node) => !direct.includes(node)
    && foldedMatch(`${own(node)} ${node.keywords}`, needle));
  const byPath = nodes.filter((node) => !direct.includes(node) && !called.includes(node)
    && foldedMatch(`${categoryPath(nodes, node.code, lang)} ${own(node)}`, needle));
  return [...direct, ...called, ...byPath];
}
