// One complaint by its code: what became of it, and what an operator may do with it. The actions, the
// place and the story are those of the agency's page.

import { useLayoutEffect, useState } from 'preact/hooks';
import { ActionPanel, type Opened } from '../agency/action_panel';
import { CasePlace } from '../agency/case_place';
import { People } from '../agency/people';
import { Timeline } from '../agency/timeline';
import type { Case as OneCase } from '../agency/types';
import { type OpenCase, useCase } from '../agency/use_case';
import { useChoices } from '../agency/use_choices';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryPath } from '../lib/categories';
import { formatInstant } from '../lib/time';
import { Decision } from '../report/decision';
import { spacedCode } from '../report/done';
import { Field } from '../shell/field';
import type { City, LayerEntry, User } from '../types';
import { useWords } from './words';

interface LookProps {
  code: string;
  user: User;
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
  today: string;
  connected: boolean;
  onCode: (code: string) => void;
}

interface CaseProps extends LookProps {
  one: OneCase;
  open: OpenCase;
}

function Case({ one, open, user, city, categories, layers, today, connected }: CaseProps) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const choices = useChoices(user, one.assignment?.agency.code ?? '', one.code);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [done, setDone] = useState(false);
  const { timezone } = city;
  const put = (changed: OneCase) => {
    setOpened((now) => (now === null || now === opened ? null : { ...now, one: changed }));
    setDone(true);
    open.put(changed);
  };
  return (
    <article class="look-case" aria-label={one.code} data-version={one.version}>
      <p class="code" data-code={one.code}>{spacedCode(one.code)}</p>
      <p><span class={`badge status-${one.status}`}>{m.statuses[one.status] ?? one.status}</span></p>
      <p class="strong">{categoryPath(categories, one.category.code, lang)}</p>
      {one.description && <p class="words">{one.description}</p>}
      {one.address && <p class="words hint">{one.address}</p>}
      {one.received_at && <p class="hint">{m.track.received}: {formatInstant(one.received_at, lang, timezone)}</p>}
      {one.assignment && <Decision assignment={one.assignment} place={one.place} timezone={timezone} />}
      <CasePlace one={one} history={open.history} city={city} categories={categories} layers={layers} today={today}
        live={connected} pulse={0} mapOnDemand onPlaced={put} />
      <p class="good-text" role="status">{done ? t.look.done : ''}</p>
      <ActionPanel one={one} choices={choices} timezone={timezone} today={today} opened={opened} keys={false} onOpened={(next) => {
        setDone(false);
        setOpened(next);
      }} onDone={put} />
      <People one={one} timezone={timezone} />
      {(one.notes ?? []).length > 0 && (
        <>
          <h3>{t.look.notes}</h3>
          <ul class="side-list">{(one.notes ?? []).map((note, index) => <li key={index} class="words">{note.text}</li>)}</ul>
        </>
      )}
      {open.history.length > 0 && (
        <details class="act-more">
          <summary>{t.look.history}</summary>
          <Timeline events={open.history} timezone={timezone} />
        </details>
      )}
    </article>
  );
}

export function Look(props: LookProps) {
  const { code, onCode } = props;
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const [typed, setTyped] = useState(spacedCode(code));
  const open = useCase(code, lang, 0);
  useLayoutEffect(() => setTyped(spacedCode(code)), [code]);
  const problem = open.missing ? m.track.missing : open.problem ? m.offline : undefined;
  return (
    <div class="look">
      <form role="search" onSubmit={(event) => {
        event.preventDefault();
        onCode(typed.replace(/[^0-9A-Za-z]/g, '').toUpperCase());
        open.reload();
      }}>
        <Field id="look-code" label={t.look.title} error={problem}>
          {(aria) => <input id="look-code" class="code-input" type="text" autocomplete="off" spellcheck={false} {...aria}
            value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />}
        </Field>
        <button type="submit" class="button small">{m.track.submit}</button>
      </form>
      {open.one && <Case key={code} {...props} one={open.one} open={open} />}
    </div>
  );
}
