// How telling people goes: what can be sent, what could not, which systems are told, where agencies
// hear, and in which words.

import { useEffect, useState } from 'preact/hooks';
import { useLang } from '../i18n';
import { Field } from '../shell/field';
import {
  type Contact, type Medium, type Notice, type Template, type Webhook, type Words, type NoticeRules, addContact, addWebhook, changeWebhook, fetchContacts,
  fetchDead, fetchMedia, fetchNoticeRules, fetchWebhooks, fetchWords, putTemplate, removeContact, replay, replayAll,
} from './notice_api';
import { NoticeRulesPart } from './notice_rules';
import { useNoticeWords } from './notice_words';

interface PartProps {
  mayEdit: boolean;
  /** Runs a change, then everything is asked for again. */
  run: (change: () => Promise<unknown>) => void;
}

function Media({ media, mayEdit, run }: PartProps & { media: Medium[] }) {
  const t = useNoticeWords();
  const state = (m: Medium) => (!m.configured ? t.missing : m.paused ? t.paused : t.ready);
  return (
    <section aria-labelledby="media-title">
      <h2 id="media-title">{t.media}</h2>
      <table class="stack">
        <thead><tr><th scope="col">{t.medium}</th><th scope="col">{t.state}</th><th scope="col">{t.waiting}</th><th scope="col">{t.dead}</th><th scope="col">{t.sent}</th></tr></thead>
        <tbody>
          {media.map((m) => (
            <tr key={m.medium} data-medium={m.medium} data-configured={m.configured}>
              <th scope="row">{t.names[m.medium]}</th><td data-label={t.state}>{state(m)}</td>
              <td data-label={t.waiting}>{m.waiting}</td><td data-label={t.dead}>{m.dead}</td><td data-label={t.sent}>{m.sent}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {mayEdit && (
        <div class="buttons">
          {media.filter((m) => m.dead > 0).map((m) => (
            <button key={m.medium} type="button" class="button small" onClick={() => run(() => replayAll(m.medium))}>{t.replayAll(t.names[m.medium] ?? '')}</button>
          ))}
        </div>
      )}
    </section>
  );
}

function DeadLetters({ dead, names, mayEdit, run }: PartProps & { dead: Notice[]; names: (event: string) => string }) {
  const t = useNoticeWords();
  return (
    <section aria-labelledby="dead-title" class="dead-letters">
      <h2 id="dead-title">{t.deadTitle}</h2>
      {dead.length === 0 && <p>{t.noDead}</p>}
      <ul>
        {dead.map((n) => (
          <li key={n.id} class="card">
            <p>{t.names[n.medium]}: {t.about(names(n.event), n.complaint, n.attempts)}</p>
            <p class="hint">{n.error}</p>
            {mayEdit && <button type="button" class="button small" aria-label={`${t.replay}: ${names(n.event)} ${n.complaint}`} onClick={() => run(() => replay(n.id))}>{t.replay}</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Webhooks({ hooks, mayEdit, run }: PartProps & { hooks: Webhook[] }) {
  const t = useNoticeWords();
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [made, setMade] = useState<Webhook | null>(null);
  const state = (h: Webhook) => (!h.active ? t.stopped : h.failures > 0 ? t.failing(h.failures) : t.well);
  const show = (change: Promise<Webhook>) => change.then((h) => setMade(h.secret ? h : null));
  return (
    <section aria-labelledby="hooks-title" class="webhooks">
      <h2 id="hooks-title">{t.hooks}</h2>
      {hooks.length === 0 && <p>{t.noHooks}</p>}
      <ul>
        {hooks.map((h) => (
          <li key={h.id} class="card" data-webhook={h.name}>
            <h3>{h.name} <span class={`badge ${h.active && h.failures === 0 ? 'state-published' : 'state-draft'}`}>{state(h)}</span></h3>
            <p class="code">{h.url}</p>
            <p class="hint">{t.waiting}: {h.waiting} · {t.dead}: {h.dead}{h.last_error ? ` · ${h.last_error}` : ''}</p>
            {mayEdit && (
              <div class="buttons tight">
                <button type="button" class="button small" aria-label={`${h.active ? t.stop : t.start}: ${h.name}`}
                  onClick={() => run(() => show(changeWebhook(h.id, { active: !h.active })))}>{h.active ? t.stop : t.start}</button>
                <button type="button" class="button small" aria-label={`${t.renew}: ${h.name}`}
                  onClick={() => run(() => show(changeWebhook(h.id, { new_secret: true })))}>{t.renew}</button>
              </div>
            )}
          </li>
        ))}
      </ul>
      <div role="status">{made && <p>{t.secret} <output class="code secret">{made.secret}</output></p>}</div>
      {mayEdit && (
        <form onSubmit={(event) => {
          event.preventDefault();
          run(() => show(addWebhook(name, url)).then(() => {
            setName('');
            setUrl('');
          }));
        }}>
          <Field id="hook-name" label={t.name}>
            {(aria) => <input id="hook-name" type="text" required maxLength={100} {...aria} value={name} onInput={(event) => setName(event.currentTarget.value)} />}
          </Field>
          <Field id="hook-url" label={t.url}>
            {(aria) => <input id="hook-url" type="url" required maxLength={1000} {...aria} value={url} onInput={(event) => setUrl(event.currentTarget.value)} />}
          </Field>
          <button type="submit" class="button">{t.add}</button>
        </form>
      )}
    </section>
  );
}

function Contacts({ contacts, mayEdit, run }: PartProps & { contacts: Contact[] }) {
  const t = useNoticeWords();
  const [given, setGiven] = useState({ agency: '', desk: '', address: '' });
  const text = (name: keyof typeof given, label: string, optional: boolean) => (
    <Field id={`contact-${name}`} label={label} optional={optional}>
      {(aria) => <input id={`contact-${name}`} type="text" required={!optional} maxLength={254} {...aria} value={given[name]}
        onInput={(event) => setGiven({ ...given, [name]: event.currentTarget.value })} />}
    </Field>
  );
  return (
    <section aria-labelledby="contacts-title" class="contacts">
      <h2 id="contacts-title">{t.contacts}</h2>
      {contacts.length === 0 && <p>{t.noContacts}</p>}
      <ul>
        {contacts.map((c) => (
          <li key={c.id}>
            {c.user ?? [c.agency, c.desk].filter(Boolean).join(' / ')}: {c.address}{' '}
            {mayEdit && <button type="button" class="button small" aria-label={`${t.remove}: ${c.address}`} onClick={() => run(() => removeContact(c.id))}>{t.remove}</button>}
          </li>
        ))}
      </ul>
      {mayEdit && (
        <form onSubmit={(event) => {
          event.preventDefault();
          const { agency, desk, address } = given;
          run(() => addContact({ agency, ...(desk ? { desk } : {}), address, medium: address.includes('@') ? 'email' : 'sms' })
            .then(() => setGiven({ agency: '', desk: '', address: '' })));
        }}>
          {text('agency', t.agency, false)}
          {text('desk', t.desk, true)}
          {text('address', t.address, false)}
          <button type="submit" class="button">{t.addContact}</button>
        </form>
      )}
    </section>
  );
}

const keyOf = (w: Template) => [w.event, w.audience, w.medium, w.lang].join(' ');

function Templates({ words, names, mayEdit, run }: PartProps & { words: Words; names: (event: string) => string }) {
  const t = useNoticeWords();
  const [chosen, setChosen] = useState('');
  const [saved, setSaved] = useState(false);
  const found = words.templates.find((w) => keyOf(w) === chosen) ?? words.templates[0];
  const [edit, setEdit] = useState<Template | null>(null);
  const shown = edit && found && keyOf(edit) === keyOf(found) ? edit : found;
  if (!shown) return null;
  const change = (more: Partial<Template>) => {
    setSaved(false);
    setEdit({ ...shown, ...more });
  };
  return (
    <section aria-labelledby="words-title" class="templates">
      <h2 id="words-title">{t.templates}</h2>
      <form onSubmit={(event) => {
        event.preventDefault();
        const { event: what, audience, medium, lang, subject, body } = shown;
        run(() => putTemplate({ event: what, audience, medium, lang, subject, body }).then(() => {
          setEdit(null);
          setSaved(true);
        }));
      }}>
        <Field id="words-which" label={t.which}>
          {(aria) => (
            <select id="words-which" {...aria} value={keyOf(shown)} onChange={(event) => {
              setSaved(false);
              setChosen(event.currentTarget.value);
            }}>
              {words.templates.map((w) => (
                <option key={keyOf(w)} value={keyOf(w)}>{w.event === 'any' ? t.any : names(w.event)} – {t.audiences[w.audience]}, {t.names[w.medium]}, {w.lang}</option>
              ))}
            </select>
          )}
        </Field>
        {shown.medium === 'email' && (
          <Field id="words-subject" label={t.subject}>
            {(aria) => <input id="words-subject" type="text" required maxLength={200} readOnly={!mayEdit} {...aria} value={shown.subject} onInput={(event) => change({ subject: event.currentTarget.value })} />}
          </Field>
        )}
        <Field id="words-body" label={t.body} hint={t.hint}>
          {(aria) => <textarea id="words-body" rows={12} required maxLength={8000} readOnly={!mayEdit} {...aria} value={shown.body} onInput={(event) => change({ body: event.currentTarget.value })} />}
        </Field>
        {mayEdit && <button type="submit" class="button">{t.save}</button>}
        <p role="status">{saved ? t.saved : ''}</p>
      </form>
    </section>
  );
}

interface Loaded { media: Medium[]; dead: Notice[]; hooks: Webhook[]; contacts: Contact[]; words: Words; rules: NoticeRules }

export function Notices({ mayEdit, onProblem }: { mayEdit: boolean; onProblem: (error: unknown) => void }) {
  const lang = useLang();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [pulse, setPulse] = useState(0);
  useEffect(() => {
    let gone = false;
    Promise.all([fetchMedia(), fetchDead(), fetchWebhooks(), fetchContacts(), fetchWords(), fetchNoticeRules()]).then(([media, dead, hooks, contacts, words, rules]) => {
      if (!gone) setLoaded({ media, dead, hooks, contacts, words, rules });
    }, (error: unknown) => !gone && onProblem(error));
    return () => {
      gone = true;
    };
  }, [pulse]);
  if (!loaded) return null;
  const run = (change: () => Promise<unknown>) => {
    change().then(() => {
      onProblem(null);
      setPulse((n) => n + 1);
    }, onProblem);
  };
  const names = (event: string) => loaded.words.events.find((e) => e.event === event)?.[lang] ?? event;
  const part = { mayEdit, run };
  return (
    <div class="notices">
      <Media {...part} media={loaded.media} />
      <DeadLetters {...part} dead={loaded.dead} names={names} />
      <Webhooks {...part} hooks={loaded.hooks} />
      <Contacts {...part} contacts={loaded.contacts} />
      <NoticeRulesPart {...part} rules={loaded.rules} names={names} />
      <Templates {...part} words={loaded.words} names={names} />
    </div>
  );
}
