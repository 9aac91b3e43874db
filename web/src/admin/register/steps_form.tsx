// How long each step may take: of one category, or of all that say nothing themselves. What a category
// inherits is shown beside what it says, by the rule of routing/route_deadlines.h.

import { useState } from 'preact/hooks';
import { useLang } from '../../i18n';
import { type CategoryRegister, type CategoryRow, STEPS, type Step, type StepName, UNITS, type Unit, at, change } from './api';
import { FormBox, useForm } from './form';
import { useRegisterWords } from './words';
import type { RegisterWords } from './words_vi';

type Urgent = 'urgent' | 'ordinary';
const URGENCIES: Urgent[] = ['urgent', 'ordinary'];

/** What this list says: for the urgency itself before any. */
function said(steps: Step[], step: StepName, urgency: Urgent): Step | null {
  return steps.find((one) => one.step === step && one.urgency === urgency) ?? steps.find((one) => one.step === step && one.urgency === 'any') ?? null;
}

/** What holds for a category: its own, else of the nearest one above, else the default. */
export function stepOf(register: CategoryRegister, row: CategoryRow | null, step: StepName, urgency: Urgent, withOwn = true): Step | null {
  let at_: CategoryRow | null = row;
  let own = withOwn;
  while (at_) {
    const found = own ? said(at_.steps, step, urgency) : null;
    if (found) return found;
    if (step === 'resolve' && at_.urgent === (urgency === 'urgent')) {
      if (at_.deadline_hours !== null) return { urgency, step, unit: 'hours', amount: at_.deadline_hours };
      if (at_.deadline_working_days !== null) return { urgency, step, unit: 'working_days', amount: at_.deadline_working_days };
    }
    own = true;
    const parent: string | null = at_.parent;
    at_ = register.categories.find((one) => one.code === parent) ?? null;
  }
  return said(register.default.steps, step, urgency);
}

const stepText = (step: Step | null, t: RegisterWords): string => (step ? `${step.amount} ${t.steps.units[step.unit] ?? step.unit}` : '');

/** "Giải quyết: 5 ngày làm việc" at the category's own urgency. */
export function resolveText(register: CategoryRegister, row: CategoryRow, t: RegisterWords): string {
  return `${t.steps.names['resolve']}: ${stepText(stepOf(register, row, 'resolve', row.urgent ? 'urgent' : 'ordinary'), t)}`;
}

type Cell = { amount: string; unit: Unit };
type Cells = Record<string, Cell>;
const key = (step: StepName, urgency: Urgent): string => `${step}-${urgency}`;

function cellsOf(steps: Step[]): Cells {
  return Object.fromEntries(STEPS.flatMap((step) => URGENCIES.map((urgency) => {
    const found = said(steps, step, urgency);
    return [key(step, urgency), { amount: found ? String(found.amount) : '', unit: found?.unit ?? 'working_days' }];
  })));
}

/** One row for both where they are alike. */
function stepsOf(cells: Cells): Step[] {
  return STEPS.flatMap((step): Step[] => {
    const [urgent, ordinary] = URGENCIES.map((urgency) => cells[key(step, urgency)] as Cell) as [Cell, Cell];
    if (urgent.amount !== '' && urgent.amount === ordinary.amount && urgent.unit === ordinary.unit) {
      return [{ urgency: 'any', step, unit: urgent.unit, amount: Number(urgent.amount) }];
    }
    return ([['urgent', urgent], ['ordinary', ordinary]] as const).filter(([, cell]) => cell.amount !== '')
      .map(([urgency, cell]) => ({ urgency, step, unit: cell.unit, amount: Number(cell.amount) }));
  });
}

export function StepsForm({ register, row, onDone, onCancel }: { register: CategoryRegister; row: CategoryRow | null; onDone: () => void; onCancel: () => void }) {
  const t = useRegisterWords();
  const lang = useLang();
  const form = useForm('steps', {});
  const [cells, setCells] = useState(() => cellsOf(row ? row.steps : register.default.steps));
  const title = t.steps.title(row ? (lang === 'vi' ? row.name_vi : row.name_en) : t.steps.defaults);
  const save = () => {
    const body = { version: row ? row.version : register.default.version, steps: stepsOf(cells) };
    return change(row ? `/categories/${at(row.code)}/deadlines` : '/deadlines', 'PUT', body);
  };
  return (
    <FormBox form={form} title={title} onSave={save} onSaved={onDone} onCancel={onCancel}>
      <div class="wide-field">
        <table class="stack step-table">
          <thead><tr><th scope="col">{t.steps.step}</th>{URGENCIES.map((urgency) => <th key={urgency} scope="col">{t.steps.urgencies[urgency]}</th>)}</tr></thead>
          <tbody>
            {STEPS.map((step) => (
              <tr key={step}>
                <th scope="row">{t.steps.names[step]}</th>
                {URGENCIES.map((urgency) => {
                  const id = `steps-${key(step, urgency)}`;
                  const cell = cells[key(step, urgency)] as Cell;
                  const set = (part: Partial<Cell>) => setCells({ ...cells, [key(step, urgency)]: { ...cell, ...part } });
                  const label = `${t.steps.names[step]}, ${t.steps.urgencies[urgency]}`;
                  return (
                    <td key={urgency} data-label={t.steps.urgencies[urgency]}>
                      <span class="step-cell">
                        <input id={id} type="number" min={1} max={100000} required={row === null} aria-label={label} value={cell.amount}
                          onInput={(event) => set({ amount: event.currentTarget.value })} />
                        <select aria-label={`${t.steps.unit}: ${label}`} value={cell.unit} onChange={(event) => set({ unit: event.currentTarget.value as Unit })}>
                          {UNITS.map((unit) => <option key={unit} value={unit}>{t.steps.units[unit]}</option>)}
                        </select>
                      </span>
                      {row && cell.amount === '' && <span class="hint">{t.steps.inherited(stepText(stepOf(register, row, step, urgency, false), t))}</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
        {row && <p class="hint">{t.steps.hint}</p>}
      </div>
    </FormBox>
  );
}
