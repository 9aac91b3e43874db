// What staff moved by hand, as changes that the rules could make.

import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { type CategoryNode, categoryName, textIn } from '../lib/categories';
import { fetchOffers, fetchRules, makeDraft, putRule, reorder } from './api';
import type { Offer } from './types';
import { useWords } from './words';

interface CorrectionsProps {
  categories: CategoryNode[];
  mayEdit: boolean;
  onDraft: (id: number) => void;
  onProblem: (error: unknown) => void;
}

export function Corrections({ categories, mayEdit, onDraft, onProblem }: CorrectionsProps) {
  const t = useWords();
  const lang = useLang();
  const [offers, setOffers] = useState<Offer[] | null>(null);

  useEffect(() => {
    fetchOffers().then(setOffers, onProblem);
  }, []);

  const lineOf = (o: Offer) => t.corrections.line(o.count, categoryName(categories, o.category, lang),
    o.ward ? textIn(o.ward.name, lang) : t.corrections.anywhere, textIn(o.from.name, lang), textIn(o.to.name, lang));
  const propose = async (o: Offer) => {
    if (!o.proposal) return;
    const set = await makeDraft(lineOf(o).slice(0, 200));
    const proposed = o.proposal.code;
    const changed = await putRule(set, o.proposal, true, lineOf(o));
    const codes = (await fetchRules(set.id)).map((r) => r.code);
    await reorder(changed, [proposed, ...codes.filter((c) => c !== proposed)]); // before the rule that it corrects
    onDraft(set.id);
  };

  return (
    <div class="corrections">
      <p class="hint">{t.corrections.hint}</p>
      {offers?.length === 0 && <p>{t.corrections.none}</p>}
      <ul>
        {offers?.map((o) => (
          <li key={`${o.rule} ${o.category} ${o.ward?.code} ${o.to.code}`} class="card offer">
            <p>{lineOf(o)}</p>
            {o.rule && <p class="hint">{t.corrections.rule(o.rule)}</p>}
            {mayEdit && o.proposal && <button type="button" class="button small" onClick={() => void propose(o).catch(onProblem)}>{t.corrections.propose}</button>}
          </li>
        ))}
      </ul>
    </div>
  );
}
