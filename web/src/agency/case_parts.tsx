// The parts of a case that are read: facts, deadlines, photos, answers, notes, tasks.

import type { ComponentChildren } from 'preact';
import { useLang, useMessages } from '../i18n';
import { type CategoryNode, categoryPath, textIn } from '../lib/categories';
import { formatInstant, formatNumber } from '../lib/time';
import { placeText } from '../report/decision';
import type { Attachment, Case } from './types';
import { useWords } from './words';

export function Section({ id, title, children, count }: { id: string; title: string; children: ComponentChildren; count?: number }) {
  return (
    <section class={`case-section part-${id}`} aria-labelledby={`part-${id}`}>
      <h2 id={`part-${id}`}>{title}{count !== undefined && <span class="section-count"> {count}</span>}</h2>
      {children}
    </section>
  );
}

interface PartProps { one: Case; timezone: string }

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

export function Facts({ one, timezone, categories }: PartProps & { categories: CategoryNode[] }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const desk = one.assignment?.desk;
  const rating = one.rating?.rating;
  const comment = one.rating?.comment;
  return (
    <Section id="facts" title={t.one.facts}>
      <p class="case-description words">{one.description}</p>
      <dl class="facts">
        <Fact name={t.one.category}>{categoryPath(categories, one.category.code, lang)}</Fact>
        {one.received_at && <Fact name={t.one.received}>{formatInstant(one.received_at, lang, timezone)}</Fact>}
        {one.occurred_at && <Fact name={t.one.occurred}>{formatInstant(one.occurred_at, lang, timezone)}</Fact>}
        {one.channel && <Fact name={t.one.channel}>{m.channels[one.channel] ?? one.channel}</Fact>}
        {Object.entries(one.attributes ?? {}).filter(([, value]) => ['string', 'number'].includes(typeof value) && value !== '').map(([name, value]) => (
          <Fact key={name} name={t.one.attributes[name] ?? name}><span class="words">{String(value)}</span></Fact>
        ))}
        {one.assignment && <Fact name={t.one.agency}>{textIn(one.assignment.agency.name, lang)}</Fact>}
        {desk && <Fact name={t.one.desk}>{textIn(typeof desk === 'string' ? desk : desk.name, lang)}</Fact>}
        {one.assignee !== undefined && <Fact name={t.one.assignee}>{one.assignee?.name ?? t.list.unassigned}</Fact>}
        {(one.reporters ?? 1) > 1 && <Fact name={t.one.reporters}>{one.reporters}</Fact>}
        {rating && <Fact name={t.one.rating}>{t.one.ratings[rating] ?? rating}{comment && <span class="words"> – {comment}</span>}</Fact>}
        {one.assignment && <Fact name={t.one.reason}>{textIn(one.assignment.reason, lang)}</Fact>}
      </dl>
    </Section>
  );
}

export function Where({ one, children }: { one: Case; children?: ComponentChildren }) {
  const t = useWords();
  const m = useMessages();
  const lang = useLang();
  const { place } = one;
  const at = typeof place?.lon === 'number' && typeof place.lat === 'number' ? `${place.lat},${place.lon}` : '';
  return (
    <Section id="place" title={t.one.place}>
      <dl class="facts">
        {one.address && <Fact name={t.one.address}><span class="words">{one.address}</span></Fact>}
        <Fact name={t.one.ward}>{placeText(place, lang, m.preview.outside)}
          {one.accuracy_m !== undefined && <span class="hint"> ({t.one.accuracy(formatNumber(Math.round(one.accuracy_m), lang))})</span>}
        </Fact>
      </dl>
      {at && <p class="print-only">{place?.lat?.toFixed(5)}, {place?.lon?.toFixed(5)}</p>}
      {at && <p class="no-print"><a class="button small" href={`geo:${at}?q=${at}`}>{t.one.openMap}</a></p>}
      {children}
    </Section>
  );
}

/** Every due time with the sentence that says how it came about. */
export function Deadlines({ one, timezone }: PartProps) {
  const t = useWords();
  const lang = useLang();
  const steps = Object.entries(one.deadlines ?? {}).flatMap(([name, step]) => (step ? [{ name, step }] : []));
  if (steps.length === 0) return null;
  return (
    <Section id="deadlines" title={t.one.deadlines}>
      <dl class="deadlines">
        {steps.map(({ name, step }) => (
          <div key={name}>
            <dt>{t.one.steps[name] ?? name}</dt>
            <dd>
              <time dateTime={step.due}>{formatInstant(step.due, lang, timezone)}</time>
              <span class="hint">{step.text}
                {step.computed && ` (${t.one.computed} ${formatInstant(step.computed, lang, timezone)})`}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

export function Attachments({ list, timezone }: { list: Attachment[]; timezone: string }) {
  const t = useWords();
  const lang = useLang();
  if (list.length === 0) return null;
  return (
    <ul class="photos">
      {list.map((one, index) => {
        const address = one.urls.web ?? one.urls.original ?? '';
        return (
          <li key={one.id}>
            <a href={address} target="_blank" rel="noopener">
              {one.kind === 'image' && (one.urls.thumb ?? one.urls.web)
                ? <img src={one.urls.thumb ?? one.urls.web} alt={t.one.photo(index + 1, one.name)} loading="lazy" width={160} height={120} />
                : <span class="photo-file">{one.name || t.one.file}</span>}
            </a>
            {one.taken_at && <p class="hint">{t.one.taken} {formatInstant(one.taken_at, lang, timezone)}</p>}
          </li>
        );
      })}
    </ul>
  );
}

/** Those that are named by id are the case's own; one that is not there is left out. */
export function wholeAttachments(given: (Attachment | string)[] | undefined, known: Attachment[] | undefined): Attachment[] {
  return (given ?? []).flatMap((one) => (typeof one === 'string' ? known?.find((other) => other.id === one) ?? [] : one));
}

export function Answers({ one, timezone }: PartProps) {
  const t = useWords();
  const lang = useLang();
  if (!one.answers?.length) return null;
  return (
    <Section id="answers" title={t.one.answers} count={one.answers.length}>
      <ol class="spoken">
        {one.answers.map((answer, index) => (
          <li key={index}>
            <p class="words">{answer.text}</p>
            <Attachments list={wholeAttachments(answer.attachments, one.attachments)} timezone={timezone} />
            {answer.no_photo_reason && <p class="words hint">{t.details['no_photo_reason']}: {answer.no_photo_reason}</p>}
            <p class="hint"><time dateTime={answer.at}>{formatInstant(answer.at, lang, timezone)}</time>{answer.by && ` – ${answer.by}`}</p>
          </li>
        ))}
      </ol>
    </Section>
  );
}

export function Notes({ one, timezone }: PartProps) {
  const t = useWords();
  const lang = useLang();
  if (!one.notes?.length) return null;
  return (
    <Section id="notes" title={t.one.notes} count={one.notes.length}>
      <ol class="spoken">
        {one.notes.map((note, index) => (
          <li key={index}>
            <p class="words">{note.text}</p>
            <p class="hint"><time dateTime={note.at}>{formatInstant(note.at, lang, timezone)}</time>{note.by && ` – ${note.by}`}</p>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** What may be done with a sub-task in its state. Whose it is, the service judges. */
const TASK_STEPS: Record<string, string[]> = {
  assigned: ['task_accept', 'task_done', 'task_return', 'task_cancel'], accepted: ['task_done', 'task_return', 'task_cancel'],
};

export function Tasks({ one, onTask }: { one: Case; onTask: (action: string, task: number | string) => void }) {
  const t = useWords();
  const lang = useLang();
  if (!one.tasks?.length) return null;
  return (
    <Section id="tasks" title={t.one.tasks} count={one.tasks.length}>
      <ul class="spoken">
        {one.tasks.map((task) => (
          <li key={task.id}>
            <p><strong>{textIn(task.agency.name, lang)}</strong>{' '}
              <span class={`badge status-${task.status}`}>{t.one.taskStates[task.status] ?? task.status}</span></p>
            <p class="words">{task.text}</p>
            {task.answer && <p class="words hint">{task.answer}</p>}
            <div class="buttons tight no-print">
              {(TASK_STEPS[task.status] ?? []).filter((action) => one.actions?.includes(action)).map((action) => (
                <button key={action} type="button" class="button small" data-do={action} onClick={() => onTask(action, task.id)}>{t.act.names[action]}</button>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What leaders have directed about it, each with the way to its answer above the inbox. */
export function CaseDirectives({ one, timezone, onDirectives }: PartProps & { onDirectives: () => void }) {
  const t = useWords();
  const lang = useLang();
  const list = one.directives ?? [];
  if (list.length === 0) return null;
  return (
    <Section id="directives" title={t.directives.title} count={list.length}>
      <ul class="case-directives">
        {list.map((d) => (
          <li key={d.id} data-directive={d.id}>
            <p class="words">{d.text}</p>
            <p class="hint">
              {d.created_by?.name} · {t.directives.due} <time dateTime={d.due_at}>{formatInstant(d.due_at, lang, timezone)}</time>
              {' · '}{t.directives.states[d.state] ?? d.state}{d.late && <span class="badge late"> ▲ {t.directives.late}</span>}
            </p>
          </li>
        ))}
      </ul>
      {list.some((d) => d.state === 'open') && (
        <p><a href="?" onClick={(event) => {
          event.preventDefault();
          onDirectives();
        }}>{t.directives.goTo}</a></p>
      )}
    </Section>
  );
}
