// Numbers as people read them: shares in per cent, rates with as many digits as they are worth.

import type { Lang } from '../types';
import type { Measure } from './measures';

const LOCALES = { vi: 'vi-VN', en: 'en-GB' };

function formatNumber(value: number, lang: Lang): string {
  return new Intl.NumberFormat(LOCALES[lang], { maximumFractionDigits: 6 }).format(value);
}

export function isShare(measure: Measure): boolean {
  return measure === 'late_share' || measure === 'on_time' || measure === 'reopened';
}

function digits(value: number): number {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value);
  return size < 1 ? Number(value.toPrecision(2)) : Number(value.toFixed(size >= 10 ? 1 : 2));
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
