// The frame of every page: language, session, and the facts about the city that all of them need.

import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import {
  ApiError, fetchCategories, fetchCity, fetchLayers, fetchSession, setApiLanguage,
} from './api';
import { AdminPage } from './admin/admin_page';
import { CityPage } from './city/city_page';
import { LangContext, initialLang, keepLang, messages, useMessages } from './i18n';
import { type CategoryNode, categoryTree, textIn } from './lib/categories';
import { setUrlParam, urlParams } from './lib/url_state';
import { Header, type Page } from './shell/header';
import { UpdateNotice } from './shell/update';
import type { OperatorPageProps } from './operator/operator_page';
import type { City, Lang, LayerEntry, User } from './types';

interface Facts {
  city: City;
  categories: CategoryNode[];
  layers: LayerEntry[];
}

const PATHS: Record<string, Page> = {
  '': 'citizen', '/index.html': 'citizen', '/leader': 'leader', '/admin': 'admin', '/operator': 'operator',
  '/agency': 'agency',
};

function pageOf(path: string): Page {
  return PATHS[path.replace(/\/+$/, '')] ?? 'missing';
}

/** Pages whose code is loaded when they are shown. */
const APART: Partial<Record<Page, () => Promise<ComponentType<OperatorPageProps>>>> = {
  operator: () => import('./operator/operator_page').then((module) => module.OperatorPage),
  agency: () => import('./agency/agency_page').then((module) => module.AgencyPage),
};

async function loadFacts(): Promise<Facts> {
  const [city, categories, layers] = await Promise.all([fetchCity(), fetchCategories(), fetchLayers()]);
  return { city, categories: categoryTree(categories), layers };
}

function Missing() {
  const t = useMessages();
  return (
    <main id="main" class="missing" tabIndex={-1}>
      <h1>{t.titles.missing}</h1>
      <p>{t.missing.text}</p>
      <p><a class="button primary" href="/">{t.missing.back}</a></p>
    </main>
  );
}

export function App() {
  const [lang, setLang] = useState<Lang>(() => initialLang(urlParams()));
  const [facts, setFacts] = useState<Facts | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [user, setUser] = useState<User | null>(null);
  const page = useMemo(() => pageOf(window.location.pathname), []);
  const [Apart, setApart] = useState<ComponentType<OperatorPageProps> | null>(null);
  const t = messages[lang];

  // Before anything is drawn or asked for in this language.
  setApiLanguage(lang);
  document.documentElement.lang = lang;
  document.querySelector('link[rel=manifest]')?.setAttribute('href', `/manifest${lang === 'en' ? '.en' : ''}.webmanifest`);
  document.title = `${t.titles[page]} – ${t.siteName}`;

  useEffect(() => {
    let gone = false;
    setProblem(null);
    if (page !== 'missing') {
      Promise.all([loadFacts(), APART[page]?.()]).then(([loaded, component]) => {
        if (gone) return;
        if (component) setApart(() => component);
        setFacts(loaded);
      }, (error: unknown) => !gone && setProblem(error));
    }
    return () => {
      gone = true;
    };
  }, [attempt]);

  useEffect(() => {
    fetchSession().then(setUser, () => undefined);
  }, []);

  const chooseLang = (chosen: Lang) => {
    keepLang(chosen);
    if (urlParams().has('lang')) setUrlParam('lang', chosen);
    setLang(chosen);
  };

  return (
    <LangContext.Provider value={lang}>
      <a class="skip" href="#main">{t.skipToContent}</a>
      <Header page={page} city={facts ? textIn(facts.city.name, lang) : ''} user={user}
        onUser={setUser} onLang={chooseLang} />
      <UpdateNotice />
      {page === 'missing' && <Missing />}
      {page === 'admin' && facts && (
        <AdminPage city={facts.city} categories={facts.categories} layers={facts.layers} user={user} />
      )}
      {Apart && facts && <Apart city={facts.city} categories={facts.categories} layers={facts.layers} user={user} />}
      {(page === 'citizen' || page === 'leader') && facts && (
        <CityPage mode={page} city={facts.city} categories={facts.categories} layers={facts.layers}
          user={user} />
      )}
      {page !== 'missing' && !facts && (
        <main id="main" class="missing" tabIndex={-1}>
          <h1 class="visually-hidden">{t.titles[page]}</h1>
          {problem === null && <p role="status">{t.loading}</p>}
          {problem !== null && (
            <div role="alert">
              <p>{problem instanceof ApiError && problem.status === 503 ? t.busy : t.offline}</p>
              <button type="button" class="button primary" onClick={() => setAttempt((n) => n + 1)}>
                {t.retry}
              </button>
            </div>
          )}
        </main>
      )}
    </LangContext.Provider>
  );
}
