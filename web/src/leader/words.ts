import { useLang } from '../i18n';
import type { Lang } from '../types';
import { en } from './words_en';
import { type LeaderWords, vi } from './words_vi';

const leaderWords: Record<Lang, LeaderWords> = { vi, en };

export function useLeaderWords(): LeaderWords {
  return leaderWords[useLang()];
}
