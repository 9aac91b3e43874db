  if (size < 1) return Number(value.toPrecision(2));
// Numbers as people read them: shares in per cent, rates with as many digits as they are worth.

import { formatNumber } from '../lib/time';
import type { Lang } from '../types';
import type { Measure } from './measures';

export function isShare(measure: Measure): boolean {
  return measure === 'late_share' || measure === 'on_time';
}

function digits(value: number): number {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value);
  return Number(value.toFixed(size >= 10 ? 1 : 2));
}

export function formatMeasure(value: number | null | undefined, measure: Measure, lang: Lang): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  return isShare(measure) ? `${formatNumber(digits(value * 100), lang)} %` : formatNumber(digits(value), lang);
}

export function formatChange(value: number | null | undefined, measure: Measure, lang: Lang): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const text = formatMeasure(Math.abs(value), measure, lang);
  const rounded = isShare(measure) ? digits(value * 100) : digits(value);
  return rounded > 0 ? `+${text}` : rounded < 0 ? `−${text}` : text;
}
