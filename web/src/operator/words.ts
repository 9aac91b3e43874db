import { useLang } from '../i18n';
import type { Lang } from '../types';
import { en } from './words_en';
import { type OperatorWords, vi } from './words_vi';

export const operatorWords: Record<Lang, OperatorWords> = { vi, en };

export function useWords(): OperatorWords {
  return operatorWords[useLang()];
}
