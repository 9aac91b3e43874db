// Choosing an agency by any part of its name, without tones.

import { useMemo, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { textIn } from '../lib/categories';
import { foldedMatch } from '../lib/fold';
import { Combobox } from '../shell/combobox';
import type { AgencyEntry } from './types';
import { useWords } from './words';

interface AgencyBoxProps {
  id: string;
  label: string;
  agencies: AgencyEntry[];
  value: string;
  error?: string | undefined;
  required?: boolean;
  onChoose: (code: string, name: string) => void;
}

const SHOWN = 40;

export function AgencyBox({ id, label, agencies, value, error, required, onChoose }: AgencyBoxProps) {
  const t = useWords();
  const lang = useLang();
  const [typed, setTyped] = useState<string | null>(null);
  const found = useMemo(() => agencies.filter((one) => foldedMatch(`${textIn(one.name, lang)} ${one.code}`, typed ?? ''))
    .slice(0, SHOWN), [agencies, typed, lang]);
  return (
    <Combobox id={id} label={label} hint={t.act.agencyHint} value={typed ?? value} options={found}
      optionKey={(one) => one.code} renderOption={(one) => <span class="option-text">{textIn(one.name, lang)}</span>}
      summary={t.act.agencies(found.length)} error={error} required={required ?? false} openOnFocus
      onInput={(text) => {
        setTyped(text);
        onChoose('', '');
      }}
      onChoose={(one) => {
        setTyped(null);
        onChoose(one.code, textIn(one.name, lang));
      }} />
  );
}
