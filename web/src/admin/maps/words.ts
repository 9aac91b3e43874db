import { useLang } from '../../i18n';
import { en } from './words_en';
import { type MapWords, vi } from './words_vi';

export type { MapWords };
export const useMapWords = (): MapWords => (useLang() === 'en' ? en : vi);
