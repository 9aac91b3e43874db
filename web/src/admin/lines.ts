// Conditions and outcomes are lines of the rules' text form. The form takes a line apart into what a
// person fills in, and puts it together again; a line that it does not know stays as it is.

export const KINDS = ['category', 'inside ward', 'inside district', 'inside jurisdiction', 'inside layer', 'within',
  'attribute', 'channel', 'urgent', 'time', 'weekday', 'working time', 'words'] as const;
export type Kind = (typeof KINDS)[number] | 'other';

export interface Condition {
  kind: Kind;
  not: boolean;
  value: string;
}

export function readCondition(line: string): Condition {
  const not = line.startsWith('not ');
  const rest = not ? line.slice(4) : line;
  const kind = KINDS.find((k) => rest === k || rest.startsWith(`${k} `));
  if (!kind) return { kind: 'other', not: false, value: line };
  return { kind, not, value: rest.slice(kind.length + 1) };
}

export function writeCondition({ kind, not, value }: Condition): string {
  if (kind === 'other') return value;
  return `${not ? 'not ' : ''}${kind}${value ? ` ${value}` : ''}`;
}

export interface Near {
  metres: string;
  layer: string;
  filter: string;
}

export function readNear(value: string): Near {
  const found = /^(\d*) m of (\S*)(?: where (.*))?$/.exec(value);
  return { metres: found?.[1] ?? '', layer: found?.[2] ?? '', filter: found?.[3] ?? '' };
}

export function writeNear({ metres, layer, filter }: Near): string {
  return `${metres} m of ${layer}${filter ? ` where ${filter}` : ''}`;
}

export const OUTCOMES = ['agency', 'unit', 'owner', 'holder'] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

export function readOutcome(line: string): { kind: OutcomeKind; value: string } {
  const kind = OUTCOMES.find((k) => line.startsWith(`${k} `)) ?? 'agency';
  return { kind, value: line.startsWith(`${kind} `) ? line.slice(kind.length + 1) : line };
}
