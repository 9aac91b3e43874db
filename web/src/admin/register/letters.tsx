// Form letters: what they say in both languages, which fields they have, and how they would read for a
// complaint that there is.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { useLang, useMessages } from '../../i18n';
import { type CategoryNode, categoryPath } from '../../lib/categories';
import type { SectionProps } from '../sections';
import { given } from './agency_forms';
import { type Letter, at, change, fetchLetters, previewLetter } from './api';
import { Check, Choice, FormBox, Line, Lines, useForm } from './form';
import { CategoryPick } from './picks';
import { useRegisterWords } from './words';

const KINDS = ['answer', 'resolve', 'reject', 'extend', 'refer'];

/** What is for the writer stands out. */
function marked(text: string): ComponentChildren {
  return text.split(/(\[[^\]]*\])/).map((part, i) => (part.startsWith('[') && part.endsWith(']') ? <mark key={i}>{part}</mark> : part));
}

interface Shown { complaint: string; text: string; text_en: string | null }

/** The letter filled in, a moment after the last letter was typed. */
function usePreview(body: string, bodyEn: string, category: string, complaint: string): Shown | 'none' | null {
  const [shown, setShown] = useState<Shown | 'none' | null>(null);
  const asked = useRef(0);
  useEffect(() => {
    if (body.trim() === '') {
      setShown(null);
      return undefined;
    }
    const mine = ++asked.current;
    const timer = setTimeout(() => {
      previewLetter(given({ body, body_en: bodyEn, category, complaint }, 'body', 'body_en', 'category', 'complaint')).then(
        (answer) => mine === asked.current && setShown(answer),
        (error: unknown) => mine === asked.current && setShown(error instanceof ApiError && error.status === 404 ? 'none' : null));
    }, 400);
    return () => clearTimeout(timer);
  }, [body, bodyEn, category, complaint]);
  return shown;
}

function LetterForm({ letter, fields, categories, onDone, onCancel }: {
  letter: Letter | null; fields: string[]; categories: CategoryNode[]; onDone: () => void; onCancel: () => void;
}) {
  const t = useRegisterWords();
  const lang = useLang();
  const form = useForm('letter', {
    code: letter?.code ?? '', kind: letter?.kind ?? 'answer', category: letter?.category ?? '', name_vi: letter?.name_vi ?? '', name_en: letter?.name_en ?? '',
    body: letter?.body ?? '', body_en: letter?.body_en ?? '', active: letter === null || letter.active ? 'yes' : '', position: letter ? String(letter.position) : '',
  });
  const [complaint, setComplaint] = useState('');
  const v = form.values as { body: string; body_en: string; category: string } & Record<string, string>;
  const shown = usePreview(v.body, v.body_en, v.category, complaint.trim());
  const insert = (name: 'body' | 'body_en', field: string) => {
    const box = document.getElementById(`letter-${name}`) as HTMLTextAreaElement | null;
    const from = box?.selectionStart ?? v[name].length;
    form.set(name, `${v[name].slice(0, from)}{${field}}${v[name].slice(box?.selectionEnd ?? from)}`);
    box?.focus();
  };
  const save = () => {
    const body = {
      ...given(v, 'kind', 'category', 'name_vi', 'name_en', 'body', 'body_en'), active: v['active'] === 'yes',
      ...(v['position'] ? { position: Number(v['position']) } : {}),
    };
    return letter ? change(`/form-letters/${at(letter.code)}`, 'PUT', { ...body, version: letter.version })
      : change('/form-letters', 'POST', { ...body, code: v['code'] });
  };
  const fieldButtons = (name: 'body' | 'body_en') => (
    <p class="letter-fields" role="group" aria-label={`${t.letter.fields}: ${name === 'body' ? t.letter.body : t.letter.bodyEn}`}>
      {fields.map((field) => <button key={field} type="button" class="button small" onClick={() => insert(name, field)}>{t.letter.fieldNames[field] ?? field}</button>)}
    </p>
  );
  return (
    <FormBox form={form} title={letter ? t.letter.edit(lang === 'vi' ? letter.name_vi : letter.name_en) : t.letter.new} onSave={save} onSaved={onDone} onCancel={onCancel}>
      {letter === null && <Line form={form} name="code" label={t.code} hint={t.codeHint} maxLength={64} />}
      <Choice form={form} name="kind" label={t.letter.kind} options={KINDS.map((value) => ({ value, text: t.letter.kinds[value] ?? value }))} />
      <CategoryPick id="letter-category" label={t.letter.category} categories={categories} value={v.category} error={form.faults['category']} onChoose={(code) => form.set('category', code)} />
      <Line form={form} name="name_vi" label={t.nameVi} maxLength={200} />
      <Line form={form} name="name_en" label={t.nameEn} maxLength={200} />
      <Line form={form} name="position" label={t.letter.position} type="number" min={0} max={10000} optional />
      <div class="wide-field"><Lines form={form} name="body" label={t.letter.body} hint={t.letter.hint} rows={5} />{fieldButtons('body')}</div>
      <div class="wide-field"><Lines form={form} name="body_en" label={t.letter.bodyEn} optional rows={5} />{fieldButtons('body_en')}</div>
      <Check form={form} name="active" label={t.letter.active} />
      <section class="wide-field" aria-label={t.letter.preview}>
        <p class="audit-field"><label for="letter-complaint">{t.letter.previewCode}</label>
          <input id="letter-complaint" type="text" maxLength={32} value={complaint} onInput={(event) => setComplaint(event.currentTarget.value)} /></p>
        {shown === 'none' && <p class="hint">{t.letter.noComplaint}</p>}
        {shown && shown !== 'none' && (
          <>
            <p class="hint">{t.letter.previewOf(shown.complaint)}</p>
            <p class="letter-preview" lang="vi" id="letter-shown">{marked(shown.text)}</p>
            {shown.text_en && <p class="letter-preview" lang="en" id="letter-shown-en">{marked(shown.text_en)}</p>}
          </>
        )}
      </section>
    </FormBox>
  );
}

export function Letters({ categories, mayEdit, onProblem }: SectionProps) {
  const t = useRegisterWords();
  const m = useMessages();
  const lang = useLang();
  const [loaded, setLoaded] = useState<{ fields: string[]; letters: Letter[] } | null>(null);
  const [editing, setEditing] = useState<string | null>(null); // '' : a new one
  const [said, setSaid] = useState('');
  const load = () => fetchLetters().then(setLoaded, onProblem);
  useEffect(() => void load(), []);
  if (loaded === null) return <p role="status">{m.loading}</p>;
  const nameOf = (letter: Letter) => (lang === 'vi' ? letter.name_vi : letter.name_en);
  return (
    <div class="register">
      {said && <p class="notice" role="status">{said}</p>}
      {mayEdit && editing === null && <p class="buttons"><button type="button" class="button" onClick={() => setEditing('')}>{t.letter.new}</button></p>}
      {editing !== null && (
        <LetterForm key={editing} letter={loaded.letters.find((letter) => letter.code === editing) ?? null} fields={loaded.fields} categories={categories}
          onCancel={() => setEditing(null)} onDone={() => {
            setSaid(t.saved);
            setEditing(null);
            void load();
          }} />
      )}
      <ul class="rows">
        {loaded.letters.map((letter) => (
          <li key={letter.code} data-letter={letter.code}>
            <strong>{nameOf(letter)}</strong> <code>{letter.code}</code> <span class={`badge state-${letter.active ? 'published' : 'retired'}`}>{letter.active ? t.letter.kinds[letter.kind] : t.letter.off}</span>
            <p class="hint">{[letter.category ? categoryPath(categories, letter.category, lang) : t.letter.every, t.letter.used(letter.used)].join(' · ')}</p>
            <p lang="vi">{marked(letter.body)}</p>
            {letter.body_en && <p lang="en" class="hint">{marked(letter.body_en)}</p>}
            {mayEdit && <button type="button" class="button small" aria-label={`${t.edit}: ${nameOf(letter)}`} onClick={() => setEditing(letter.code)}>{t.edit}</button>}
          </li>
        ))}
      </ul>
    </div>
  );
}
