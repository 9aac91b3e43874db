// One agency: its periods, desks and who sits there, areas, where it is told, what became of it.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLang, useMessages } from '../../i18n';
import { type CategoryNode, categoryName } from '../../lib/categories';
import { setUrlParam } from '../../lib/url_state';
import { CorrectAgency, EndForm, NewArea, NewContact, NewDesk, RenameDesk } from './agency_forms';
import { type AgencyRow, type AreaRow, type CalendarRow, type DeskRow, type ListedAgency, type WholeAgency, fetchAgency, removeContact } from './api';
import { PeriodText, StateBadge, dayText, kindName } from './parts';
import { ReformForm } from './reform_form';
import { useRegisterWords } from './words';

interface DetailProps {
  code: string;
  agencies: ListedAgency[];
  calendars: CalendarRow[];
  categories: CategoryNode[];
  timezone: string;
  mayEdit: boolean;
  onProblem: (error: unknown) => void;
  onChanged: () => void;
}

/** What is being edited; one thing at a time. */
type Editing = { what: 'row'; row: AgencyRow } | { what: 'desk' | 'endDesk'; row: DeskRow } | { what: 'endArea'; row: AreaRow }
  | { what: 'newDesk' | 'newArea' | 'newContact' | 'reform' } | null;

function Block({ id, title, button, children }: { id: string; title: string; button?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section aria-labelledby={`block-${id}`} class="register-block">
      <h2 id={`block-${id}`}>{title}</h2>
      {children}
      {button && <p class="buttons">{button}</p>}
    </section>
  );
}

function Button({ text, of, onClick }: { text: string; of?: string; onClick: () => void }) {
  return <button type="button" class="button small" aria-label={of ? `${text}: ${of}` : undefined} onClick={onClick}>{text}</button>;
}

function Generations({ whole, props, edit }: { whole: WholeAgency; props: DetailProps; edit: (row: AgencyRow) => void }) {
  const t = useRegisterWords();
  const lang = useLang();
  return (
    <ul class="rows">
      {whole.generations.map((row) => (
        <li key={row.id} data-generation={row.id}>
          <strong>{row.name}</strong>{row.name_en && <span class="hint"> {row.name_en}</span>} <StateBadge state={row.state} /> <PeriodText row={row} />
          <p class="hint">{kindName(row.kind, t)}
            {row.parent && ` · ${t.agency.parent}: ${props.agencies.find((one) => one.code === row.parent)?.name ?? row.parent}`}
            {' · '}{t.agency.calendar}: {row.calendar ? (props.calendars.find((one) => one.code === row.calendar)?.[lang === 'vi' ? 'name_vi' : 'name_en'] ?? row.calendar) : t.agency.cityCalendar}
            {row.fallback && ` · ${t.agency.fallback}`}</p>
          {props.mayEdit && <Button text={t.edit} of={row.name} onClick={() => edit(row)} />}
        </li>
      ))}
    </ul>
  );
}

function Desks({ whole, mayEdit, edit }: { whole: WholeAgency; mayEdit: boolean; edit: (editing: Editing) => void }) {
  const t = useRegisterWords();
  const unseated = whole.people.filter((person) => person.desk === null);
  return (
    <>
      {whole.desks.length === 0 && <p class="hint">{t.none}</p>}
      <ul class="rows">
        {whole.desks.map((desk) => (
          <li key={desk.id} data-desk={desk.code}>
            <strong>{desk.name}</strong> <code>{desk.code}</code> <StateBadge state={desk.state} /> <PeriodText row={desk} />
            <p class="hint">{t.desk.seated}: {desk.people.map((person) => `${person.name} (${person.login})`).join(', ') || t.desk.nobody}
              {desk.open > 0 && ` · ${t.category.open(desk.open)}`}</p>
            {mayEdit && desk.state !== 'ended' && (
              <span class="buttons"><Button text={t.edit} of={desk.name} onClick={() => edit({ what: 'desk', row: desk })} />
                <Button text={t.end} of={desk.name} onClick={() => edit({ what: 'endDesk', row: desk })} /></span>
            )}
          </li>
        ))}
      </ul>
      {unseated.length > 0 && <p class="hint">{t.agency.unseated}: {unseated.map((person) => `${person.name} (${person.login}, ${t.agency.roles[person.role] ?? person.role})`).join(', ')}</p>}
    </>
  );
}

function Areas({ whole, categories, mayEdit, edit }: { whole: WholeAgency; categories: CategoryNode[]; mayEdit: boolean; edit: (editing: Editing) => void }) {
  const t = useRegisterWords();
  const lang = useLang();
  return (
    <>
      {whole.areas.length === 0 && <p class="hint">{t.none}</p>}
      <ul class="rows">
        {whole.areas.map((area) => (
          <li key={area.id} data-area={area.code}>
            <strong>{area.name}</strong> <code>{area.code}</code> <StateBadge state={area.state} /> <PeriodText row={area} />
            <p class="hint">{t.area.reaches[area.reach] ?? area.reach}{area.unit && `: ${area.unit.name}`} · {t.area.classes[area.class] ?? area.class}
              {area.desk && ` · ${t.desk.desk}: ${area.desk}`} · {area.categories.length === 0 ? t.area.everything : area.categories.map((code) => categoryName(categories, code, lang)).join(', ')}</p>
            {mayEdit && area.state !== 'ended' && area.class !== 'fallback' && <Button text={t.end} of={area.name} onClick={() => edit({ what: 'endArea', row: area })} />}
          </li>
        ))}
      </ul>
      <p class="hint">{t.area.hint}</p>
    </>
  );
}

export function AgencyDetail(props: DetailProps) {
  const { code, mayEdit, onProblem } = props;
  const t = useRegisterWords();
  const m = useMessages();
  const lang = useLang();
  const [whole, setWhole] = useState<WholeAgency | null>(null);
  const [editing, setEditing] = useState<Editing>(null);
  const [said, setSaid] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  const load = () => fetchAgency(code).then(setWhole, onProblem);
  useEffect(() => {
    void load().then(() => heading.current?.focus());
  }, [code]);
  if (whole === null) return <p role="status">{m.loading}</p>;
  const close = () => setEditing(null);
  const done = (text = t.saved) => {
    setSaid(text);
    close();
    void load();
    props.onChanged();
  };
  const first = whole.generations.find((row) => row.state === 'in_force') ?? whole.generations[0];
  const editor = () => {
    switch (editing?.what) {
      case 'row': return <CorrectAgency row={editing.row} agencies={props.agencies} calendars={props.calendars} onDone={done} onCancel={close} />;
      case 'desk': return <RenameDesk desk={editing.row} onDone={done} onCancel={close} />;
      case 'endDesk': return <EndForm path="desks" title={t.desk.end(editing.row.name)} hint={t.desk.endHint} row={editing.row} onCancel={close}
        onDone={(left) => done(left > 0 ? t.desk.left(left) : t.saved)} />;
      case 'endArea': return <EndForm path="areas" title={t.area.end(editing.row.name)} row={editing.row} onDone={() => done()} onCancel={close} />;
      case 'newDesk': return <NewDesk agency={code} onDone={done} onCancel={close} />;
      case 'newArea': return <NewArea agency={code} desks={whole.desks} categories={props.categories} onDone={done} onCancel={close} />;
      case 'newContact': return <NewContact agency={code} desks={whole.desks} onDone={done} onCancel={close} />;
      case 'reform': return <ReformForm agencies={props.agencies} areas={whole.areas} agency={code} onDone={() => {
        void load();
        props.onChanged();
      }} onCancel={close} />;
      default: return null;
    }
  };
  const add = (what: 'newDesk' | 'newArea' | 'newContact', text: string) => mayEdit && <Button text={text} onClick={() => setEditing({ what })} />;
  return (
    <div class="register">
      <p><a href="?section=agencies" onClick={(event) => {
        event.preventDefault();
        setUrlParam('agency', '', true);
      }}>← {t.back}</a></p>
      <h2 class="register-title" tabIndex={-1} ref={heading}>{first?.name} <code>{code}</code></h2>
      {said && <p class="notice" role="status">{said}</p>}
      {editor()}
      <Block id="generations" title={t.agency.generations} button={mayEdit && <Button text={t.agency.reform} onClick={() => setEditing({ what: 'reform' })} />}>
        <Generations whole={whole} props={props} edit={(row) => setEditing({ what: 'row', row })} />
      </Block>
      {whole.children.length > 0 && (
        <Block id="children" title={t.agency.children}>
          <p>{whole.children.map((child, i) => (
            <span key={child}>{i > 0 && ', '}<a href={`?section=agencies&agency=${child}`} onClick={(event) => {
              event.preventDefault();
              setUrlParam('agency', child, true);
            }}>{props.agencies.find((one) => one.code === child)?.name ?? child}</a></span>
          ))}</p>
        </Block>
      )}
      <Block id="desks" title={t.agency.desks} button={add('newDesk', t.desk.new)}><Desks whole={whole} mayEdit={mayEdit} edit={setEditing} /></Block>
      <Block id="areas" title={t.agency.areas} button={add('newArea', t.area.new)}>
        <Areas whole={whole} categories={props.categories} mayEdit={mayEdit} edit={setEditing} />
        {whole.rules.length > 0 && <p class="hint">{t.agency.rules}: {whole.rules.join(', ')}</p>}
      </Block>
      <Block id="contacts" title={t.agency.contacts} button={add('newContact', t.add)}>
        {whole.contacts.length === 0 && <p class="hint">{t.agency.noContacts}</p>}
        <ul class="rows">
          {whole.contacts.map((contact) => (
            <li key={contact.id}>{contact.address} <span class="hint">{t.agency.media[contact.medium] ?? contact.medium} · {contact.desk ?? t.agency.wholeAgency}</span>{' '}
              {mayEdit && <Button text={t.remove} of={contact.address} onClick={() => void removeContact(contact.id).then(() => done(), onProblem)} />}</li>
          ))}
        </ul>
      </Block>
      {whole.changes.length > 0 && (
        <Block id="changes" title={t.agency.history}>
          <ul class="rows">
            {whole.changes.map((one) => (
              <li key={`${one.from} ${one.to} ${one.on}`}>{t.reform.changes[one.change] ?? one.change}: {t.reform.told(one.from_name, one.to_name ?? t.reform.nobody, dayText(one.on, lang))}
                <p class="hint">{one.reason} · {one.by.replace(/^user:/, '')}</p></li>
            ))}
          </ul>
        </Block>
      )}
    </div>
  );
}
