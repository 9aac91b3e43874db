// What the forms offer to choose from: asked for once, when the first form may be opened.

import { useEffect, useState } from 'preact/hooks';
import type { User } from '../types';
import type { Choices } from './action_form';
import { fetchAgencies, fetchColleagues, fetchLetters, fetchPauseReasons } from './api';

const NONE: Choices = { agencies: [], people: [], letters: [], pauseReasons: [], me: '' };

/** `agency` and `code`: of the case that is open. A list that cannot be had leaves its choice empty. */
export function useChoices(user: User, agency: string, code: string): Choices {
  const [choices, setChoices] = useState<Choices>({ ...NONE, me: user.login });
  useEffect(() => {
    const put = (part: Partial<Choices>) => setChoices((before) => ({ ...before, ...part }));
    void fetchAgencies().then((agencies) => put({ agencies }), () => undefined);
    void fetchPauseReasons().then((pauseReasons) => put({ pauseReasons }), () => undefined);
  }, []);
  const asked = user.agency ? '' : agency;
  useEffect(() => {
    if (!user.agency && !agency) return;
    void fetchColleagues(asked).then((people) => setChoices((before) => ({ ...before, people })), () => undefined);
  }, [asked, user.agency]);
  useEffect(() => {
    setChoices((before) => ({ ...before, letters: [] }));
    if (!code) return undefined;
    let gone = false;
    void fetchLetters(code).then((letters) => !gone && setChoices((before) => ({ ...before, letters })), () => undefined);
    return () => {
      gone = true;
    };
  }, [code]);
  return choices;
}
