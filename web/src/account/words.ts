import { useLang } from '../i18n';
import type { Lang } from '../types';
import { en } from './words_en';
import { type AccountWords, vi } from './words_vi';

const words: Record<Lang, AccountWords> = { vi, en };

export function useAccountWords(): AccountWords {
  return words[useLang()];
}
