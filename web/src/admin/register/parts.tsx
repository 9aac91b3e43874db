// Small pieces that the parts of the register share.

import { useLang } from '../../i18n';
import type { Lang } from '../../types';
import type { Period } from './api';
import { useRegisterWords } from './words';
import type { RegisterWords } from './words_vi';

export function kindName(kind: string, t: RegisterWords): string {
  return t.kinds[kind] ?? kind;
}

/** "27/11/2026" or "27 Nov 2026" of a day as the service writes it. */
export function dayText(day: string, lang: Lang): string {
  const [y, m, d] = day.split('-');
  return lang === 'vi' ? `${d}/${m}/${y}`
    : new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}

export function PeriodText({ row }: { row: Period }) {
  const t = useRegisterWords();
  const lang = useLang();
  return (
    <span class="hint">
      {row.valid_from ? dayText(row.valid_from, lang) : t.always} – {row.valid_to ? dayText(row.valid_to, lang) : t.forGood}
    </span>
  );
}

export function StateBadge({ state }: { state: Period['state'] }) {
  const t = useRegisterWords();
  return <span class={`badge state-${{ in_force: 'published', planned: 'draft', ended: 'retired' }[state]}`}>{t.states[state]}</span>;
}
