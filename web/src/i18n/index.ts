// Which language the page speaks. Vietnamese unless the reader chose otherwise, here or by ?lang=.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Lang } from '../types';
import { en } from './en';
import { type Messages, vi } from './vi';

const STORAGE_KEY = 'hotline.lang';

export const messages: Record<Lang, Messages> = { vi, en };

export const LangContext = createContext<Lang>('vi');

export function useLang(): Lang {
  return useContext(LangContext);
}

export function useMessages(): Messages {
  return messages[useLang()];
}

function isLang(text: string | null): text is Lang {
  return text === 'vi' || text === 'en';
}

/** What the address asks for, else what was chosen before, else Vietnamese. */
export function initialLang(params: URLSearchParams): Lang {
  const asked = params.get('lang');
  if (isLang(asked)) return asked;
  try {
    const kept = window.localStorage.getItem(STORAGE_KEY);
    return isLang(kept) ? kept : 'vi';
  } catch {
    return 'vi'; // a browser that keeps nothing
  }
}

export function keepLang(lang: Lang): void {
  try {
    window.localStorage.setItem(STORAGE_KEY, lang);
  } catch {
    // Not kept: the choice holds until the page is left.
  }
}
