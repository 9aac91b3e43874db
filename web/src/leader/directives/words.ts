import { useLang } from '../../i18n';
import { en } from './words_en';
import { type DirectiveWords, vi } from './words_vi';

export function useDirectiveWords(): DirectiveWords {
  return useLang() === 'en' ? en : vi;
}
