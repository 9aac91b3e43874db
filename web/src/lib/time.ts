// Days and instants in the city's own time zone, whatever the reader's computer is set to.

import type { Lang } from '../types';

const LOCALES: Record<Lang, string> = { vi: 'vi-VN', en: 'en-GB' };

/** How far the zone is ahead of UTC at that instant, in minutes. */
function offsetMinutes(at: Date, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
    hour: 'numeric', minute: 'numeric', second: 'numeric',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'),
    part('minute'), part('second'));
  return Math.round((local - Math.floor(at.getTime() / 1000) * 1000) / 60000);
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** "2026-11-22" as the city's calendar has it at that instant. */
export function cityDay(at: Date, timezone: string): string {
  const shifted = new Date(at.getTime() + offsetMinutes(at, timezone) * 60000);
  return shifted.toISOString().slice(0, 10);
}

/** The day that many days later (or earlier, if negative). */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** A local date and time, "2026-11-22T08:30", as an instant with the city's offset (RFC 3339). */
export function localInstant(local: string, timezone: string): string {
  const full = local.length === 10 ? `${local}T00:00:00` : local.length === 16 ? `${local}:00` : local;
  const guess = new Date(`${full}Z`);
  const first = offsetMinutes(guess, timezone);
  const offset = offsetMinutes(new Date(guess.getTime() - first * 60000), timezone);
  return `${full}${offsetText(offset)}`;
}

/** True for a day that exists, such as 2024-02-29 but not 2026-02-29. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Day and time for a reader: "Thứ Hai, 23/11/2026, 17:00". */
export function formatInstant(instant: string, lang: Lang, timezone: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  const day = new Intl.DateTimeFormat(LOCALES[lang], {
    timeZone: timezone, weekday: 'long', day: '2-digit', month: '2-digit', year: 'numeric',
  }).format(date);
  const time = new Intl.DateTimeFormat(LOCALES[lang], {
    timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).format(date);
  return `${time}, ${day}`;
}

/** Time alone if it is today in the city, else day and month after it. */
export function formatShort(instant: string, lang: Lang, timezone: string, now = new Date()): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  const day = cityDay(date, timezone);
  const time = new Intl.DateTimeFormat(LOCALES[lang], {
    timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).format(date);
  // Written out: the browsers' own Vietnamese form of a day without its year is 27-11.
  return day === cityDay(now, timezone) ? time : `${time} ${day.slice(8)}/${day.slice(5, 7)}`;
}

/** A plain day for a reader: 22/11/2026. */
export function formatDay(day: string): string {
  const [year, month, date] = day.split('-');
  return `${date}/${month}/${year}`;
}

export function formatNumber(value: number, lang: Lang): string {
  return new Intl.NumberFormat(LOCALES[lang]).format(value);
}
