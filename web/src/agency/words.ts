import { useLang } from '../i18n';
import type { Lang } from '../types';
import { en } from './words_en';
import { type AgencyWords, vi } from './words_vi';

export const agencyWords: Record<Lang, AgencyWords> = { vi, en };

export function useWords(): AgencyWords {
  return agencyWords[useLang()];
}
