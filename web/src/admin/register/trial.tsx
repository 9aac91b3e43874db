// "Received at X → due at Y, because": by what the running service holds now.

import { useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { useLang } from '../../i18n';
import type { CategoryNode } from '../../lib/categories';
import { cityDay, formatInstant, localInstant } from '../../lib/time';
import { type ListedAgency, STEPS, type StepName, type TrialStep, tryDeadline } from './api';
import { given } from './agency_forms';
import { Choice, FormBox, Line, useForm } from './form';
import { AgencyPick, CategoryPick } from './picks';
import { useRegisterWords } from './words';

const TRIES = 20;
const TRY_MS = 250;

/** A calendar just begun is known to the service a moment after it was saved: it is asked again. */
async function tryWhenKnown(query: URLSearchParams): Promise<Record<StepName, TrialStep>> {
  for (let tried = 1; ; tried++) {
    try {
      return (await tryDeadline(query)).deadlines;
    } catch (error) {
      const unknown = error instanceof ApiError && error.errors.some((e) => e.field === 'calendar');
      if (!unknown || tried === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_MS));
    }
  }
}

interface TrialProps { categories: CategoryNode[]; agencies: ListedAgency[]; calendar: string; timezone: string; onProblem: (error: unknown) => void }

export function Trial({ categories, agencies, calendar, timezone }: TrialProps) {
  const t = useRegisterWords();
  const lang = useLang();
  const form = useForm('trial', { at: `${cityDay(new Date(), timezone)}T10:00`, category: '', agency: '', urgent: '' });
  const [due, setDue] = useState<Record<StepName, TrialStep> | null>(null);
  const v = form.values;
  const ask = async () => {
    const query = new URLSearchParams({
      at: localInstant(v['at'] ?? '', timezone), ...given(v, 'category', 'agency', 'urgent'), ...(v['agency'] ? {} : { calendar }),
    });
    setDue(await tryWhenKnown(query));
  };
  return (
    <section class="register-block trial" aria-labelledby="trial-title">
      <h2 id="trial-title">{t.trial.title}</h2>
      <FormBox form={form} title={t.trial.title} save={t.trial.ask} onSave={ask} onSaved={() => undefined} quiet>
        <Line form={form} name="at" label={t.trial.at} type="datetime-local" />
        <CategoryPick id="trial-category" label={t.trial.category} categories={categories} value={v['category'] ?? ''} error={form.faults['category']} onChoose={(code) => form.set('category', code)} />
        <AgencyPick id="trial-agency" label={t.trial.agency} agencies={agencies} value={v['agency'] ?? ''} error={form.faults['agency']} onChoose={(code) => form.set('agency', code)} />
        <Choice form={form} name="urgent" label={t.trial.urgent} options={[{ value: '', text: t.trial.asCategory }, { value: 'true', text: t.yes }, { value: 'false', text: t.no }]} />
      </FormBox>
      {due && (
        <table class="stack" aria-live="polite">
          <thead><tr>{[t.trial.step, t.trial.due, t.trial.because].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
          <tbody>
            {STEPS.map((step) => (
              <tr key={step} data-step={step}>
                <th scope="row">{t.steps.names[step]}</th>
                <td class="numbers" data-label={t.trial.due}>{formatInstant(due[step].due, lang, timezone)}</td>
                <td data-label={t.trial.because}>{due[step].text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
