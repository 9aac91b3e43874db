import { useLang } from '../i18n';
import type { Lang } from '../types';
import { en } from './words_en';
import { type AdminWords, vi } from './words_vi';

export const adminWords: Record<Lang, AdminWords> = { vi, en };

export function useWords(): AdminWords {
  return adminWords[useLang()];
}
