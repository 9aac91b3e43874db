import { useLang } from '../../i18n';
import type { Lang } from '../../types';
import { en } from './words_en';
import { type RegisterWords, vi } from './words_vi';

const words: Record<Lang, RegisterWords> = { vi, en };

export function useRegisterWords(): RegisterWords {
  return words[useLang()];
}
