// Who is told what, the ladder of deadlines, how long messages are kept: rows that administrators change.

import { useState } from 'preact/hooks';
import { Field } from '../shell/field';
import type { NoticeRule, NoticeRules, Step } from './notice_api';
import { putRule, putSettings, putStep } from './notice_api';
import { useNoticeWords } from './notice_words';

interface Props {
  rules: NoticeRules;
  mayEdit: boolean;
  names: (event: string) => string;
  run: (change: () => Promise<unknown>) => void;
}

const MEDIA = ['email', 'sms'];

function Rules({ rules, mayEdit, names, run }: Props) {
  const t = useNoticeWords();
  const [added, setAdded] = useState({ event: rules.events[0]?.event ?? '', audience: 'desk' });
  const toggle = (rule: NoticeRule, medium: string) => {
    const now = rule.active ? rule.media : [];
    run(() => putRule({ ...rule, active: true, media: now.includes(medium) ? now.filter((m) => m !== medium) : [...now, medium] }));
  };
  return (
    <section aria-labelledby="rules-title" class="notice-rules">
      <h2 id="rules-title">{t.rules}</h2>
      <div class="ranking-scroll" role="group" tabIndex={0} aria-label={t.rules}>
        <table>
          <thead><tr><th scope="col">{t.event}</th><th scope="col">{t.audience}</th>{MEDIA.map((m) => <th key={m} scope="col">{t.names[m]}</th>)}</tr></thead>
          <tbody>
            {rules.rules.map((rule) => (
              <tr key={`${rule.event} ${rule.audience}`} data-rule={`${rule.event} ${rule.audience}`}>
                <th scope="row">{names(rule.event)}</th><td>{t.who[rule.audience] ?? rule.audience}</td>
                {MEDIA.map((m) => (
                  <td key={m}>
                    <input type="checkbox" aria-label={`${names(rule.event)}, ${t.who[rule.audience]}: ${t.names[m]}`} disabled={!mayEdit}
                      checked={rule.active && rule.media.includes(m)} onChange={() => toggle(rule, m)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {mayEdit && (
        <form aria-label={t.addRule} onSubmit={(event) => {
          event.preventDefault();
          run(() => putRule({ ...added, media: ['email'], active: true }));
        }}>
          <Field id="rule-event" label={t.event}>
            {(aria) => (
              <select id="rule-event" {...aria} value={added.event} onChange={(event) => setAdded({ ...added, event: event.currentTarget.value })}>
                {rules.events.map((e) => <option key={e.event} value={e.event}>{names(e.event)}</option>)}
              </select>
            )}
          </Field>
          <Field id="rule-audience" label={t.audience}>
            {(aria) => (
              <select id="rule-audience" {...aria} value={added.audience} onChange={(event) => setAdded({ ...added, audience: event.currentTarget.value })}>
                {Object.entries(t.who).map(([who, name]) => <option key={who} value={who}>{name}</option>)}
              </select>
            )}
          </Field>
          <button type="submit" class="button">{t.addRule}</button>
        </form>
      )}
    </section>
  );
}

const STEPPED = ['desk', 'assignee', 'agency_head', 'supervisor', 'leader'];

function Rung({ step, mayEdit, names, run }: Omit<Props, 'rules'> & { step: Step }) {
  const t = useNoticeWords();
  const [percent, setPercent] = useState(String(step.percent));
  const change = (more: Partial<Step>) => run(() => putStep({ ...step, ...more }));
  return (
    <tr data-step={step.step}>
      <th scope="row">{t.clocks[step.clock] ?? step.clock}</th>
      <td>{names(step.event)}</td>
      <td>
        <input type="number" class="short" min={1} max={10000} aria-label={`${t.percent}: ${names(step.event)} ${step.step}`} disabled={!mayEdit} value={percent}
          onInput={(event) => setPercent(event.currentTarget.value)} onBlur={() => Number(percent) !== step.percent && percent && change({ percent: Number(percent) })} /> %
      </td>
      <td>
        {STEPPED.map((who) => (
          <label key={who} class="check">
            <input type="checkbox" disabled={!mayEdit} checked={step.audiences.includes(who)}
              onChange={() => change({ audiences: step.audiences.includes(who) ? step.audiences.filter((a) => a !== who) : [...step.audiences, who] })} />{t.who[who]}
          </label>
        ))}
      </td>
      <td><input type="checkbox" aria-label={`${t.active}: ${names(step.event)} ${step.step}`} disabled={!mayEdit} checked={step.active} onChange={() => change({ active: !step.active })} /></td>
    </tr>
  );
}

function Ladder(props: Props) {
  const t = useNoticeWords();
  return (
    <section aria-labelledby="ladder-title" class="notice-ladder">
      <h2 id="ladder-title">{t.ladder}</h2>
      <p class="hint">{t.ladderHint}</p>
      <div class="ranking-scroll" role="group" tabIndex={0} aria-label={t.ladder}>
        <table>
          <thead><tr><th scope="col">{t.clock}</th><th scope="col">{t.event}</th><th scope="col">{t.percent}</th><th scope="col">{t.audience}</th><th scope="col">{t.active}</th></tr></thead>
          <tbody>{props.rules.ladder.map((step) => <Rung key={`${step.step} ${step.percent}`} {...props} step={step} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function Settings({ rules, mayEdit, run }: Props) {
  const t = useNoticeWords();
  const [given, setGiven] = useState(rules.settings);
  const number = (name: 'keep_days' | 'expire_hours', label: string) => (
    <Field id={`notice-${name}`} label={label}>
      {(aria) => <input id={`notice-${name}`} type="number" min={0} required readOnly={!mayEdit} {...aria} value={given[name]}
        onInput={(event) => setGiven({ ...given, [name]: Number(event.currentTarget.value) })} />}
    </Field>
  );
  return (
    <section aria-labelledby="keep-title" class="notice-settings">
      <h2 id="keep-title">{t.settings}</h2>
      <form aria-label={t.settings} onSubmit={(event) => {
        event.preventDefault();
        run(() => putSettings(given));
      }}>
        {number('keep_days', t.keepDays)}
        {number('expire_hours', t.expireHours)}
        <label class="check"><input type="checkbox" disabled={!mayEdit} checked={given.reporter_media === 'all'}
          onChange={() => setGiven({ ...given, reporter_media: given.reporter_media === 'all' ? 'preferred' : 'all' })} />{t.allMedia}</label>
        <label class="check"><input type="checkbox" disabled={!mayEdit} checked={given.sms_unaccented}
          onChange={() => setGiven({ ...given, sms_unaccented: !given.sms_unaccented })} />{t.unaccented}</label>
        {mayEdit && <button type="submit" class="button">{t.saveSettings}</button>}
      </form>
    </section>
  );
}

export function NoticeRulesPart(props: Props) {
  return (
    <>
      <Rules {...props} />
      <Ladder {...props} />
      <Settings {...props} />
    </>
  );
}
