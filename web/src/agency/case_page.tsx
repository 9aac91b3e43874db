// One case: its facts, the place, what happened, and what can be done now.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryName } from '../lib/categories';
import { formatInstant } from '../lib/time';
import { spacedCode } from '../report/done';
import { Answers, Attachments, CaseDirectives, Deadlines, Facts, Notes, Section, Tasks, Where } from './case_parts';
import { Due, useNow } from './due';
import { People } from './people';
import { Timeline } from './timeline';
import { troubleOf } from './use_inbox';
import type { OpenCase } from './use_case';
import { useWords } from './words';

interface CasePageProps {
  code: string;
  open: OpenCase;
  categories: CategoryNode[];
  timezone: string;
  siteName: string;
  map: ComponentChildren;
  onBack: () => void;
  /** Null where there is none that way. */
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  actions: ComponentChildren;
  /** What codes of agencies and desks, and log-ins, are called. */
  names: Record<string, string>;
  onTask: (action: string, task: number | string) => void;
}

function Bar(props: CasePageProps) {
  const t = useWords();
  return (
    <div class="case-bar no-print">
      <button type="button" class="button small" onClick={props.onBack}>← {t.one.back}</button>
      <span class="case-bar-end">
        <button type="button" class="button small" disabled={!props.onPrevious} aria-label={t.one.previous}
          onClick={() => props.onPrevious?.()}>↑</button>
        <button type="button" class="button small" disabled={!props.onNext} aria-label={t.one.next}
          onClick={() => props.onNext?.()}>↓</button>
        <button type="button" class="button small" disabled={!props.open.one} onClick={() => window.print()}>{t.one.print}</button>
      </span>
    </div>
  );
}

/** The sheet's own head and foot, on paper alone. */
function PrintHead({ siteName, timezone }: { siteName: string; timezone: string }) {
  const t = useWords();
  const lang = useLang();
  return (
    <p class="print-only print-head">
      <strong>{siteName} – {t.one.printed}</strong>
      <span>{t.one.printedAt} {formatInstant(new Date().toISOString(), lang, timezone)}</span>
    </p>
  );
}

function PrintFoot() {
  const t = useWords();
  return (
    <div class="print-only print-foot">
      <div><strong>{t.one.fieldNotes}</strong></div>
      <div><strong>{t.one.signature}</strong></div>
    </div>
  );
}

export function CasePage(props: CasePageProps) {
  const { open, code, timezone, categories } = props;
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const now = useNow();
  const title = useRef<HTMLHeadingElement>(null);
  const { one } = open;
  useEffect(() => title.current?.focus({ preventScroll: true }), [code, one !== null]);

  return (
    <article class="case" aria-labelledby="case-title" data-code={code} data-version={one?.version}>
      <Bar {...props} />
      {!one && (
        <div class="case-body">
          <h2 id="case-title" ref={title} tabIndex={-1}>{spacedCode(code)}</h2>
          {open.missing && <p role="alert">{t.one.missing}</p>}
          {open.problem !== null && <p role="alert">{t.one.failed} {t.list.trouble[troubleOf(open.problem)]}{' '}
            <button type="button" class="button small" onClick={open.reload}>{t.list.reload}</button></p>}
          {!open.missing && open.problem === null && <p role="status">{m.loading}</p>}
        </div>
      )}
      {one && (
        <div class="case-body">
          <PrintHead siteName={props.siteName} timezone={timezone} />
          <header class="case-head">
            <h2 id="case-title" ref={title} tabIndex={-1}>
              {categoryName(categories, one.category.code, lang)} <span class="case-head-code">{spacedCode(one.code)}</span></h2>
            <p class="case-state">
              <span class={`badge status-${one.status}`}>{m.statuses[one.status] ?? one.status}</span>
              <Due one={one} now={now} timezone={timezone} long />
            </p>
          </header>
          {props.actions}
          <div class="case-columns">
            <div>
              <Facts one={one} timezone={timezone} categories={categories} />
              <People one={one} timezone={timezone} />
              <CaseDirectives one={one} timezone={timezone} onDirectives={() => {
                props.onBack();
                window.setTimeout(() => document.getElementById('directives-title')?.scrollIntoView(), 0);
              }} />
              <Answers one={one} timezone={timezone} />
              <Tasks one={one} onTask={props.onTask} />
              <Notes one={one} timezone={timezone} />
              <Section id="history" title={t.one.history}><Timeline events={open.history} timezone={timezone} names={props.names} /></Section>
            </div>
            <div>
              <Where one={one}>{props.map}</Where>
              {one.attachments && one.attachments.length > 0 && (
                <Section id="photos" title={t.one.photos} count={one.attachments.length}>
                  <Attachments list={one.attachments} timezone={timezone} />
                </Section>
              )}
              <Deadlines one={one} timezone={timezone} />
            </div>
          </div>
          <PrintFoot />
        </div>
      )}
    </article>
  );
}
