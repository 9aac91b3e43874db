// Every page in Vietnamese (every_page.ts); and that none is forgotten: states.ts, held against the pages'
// own lists.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyPage } from './every_page';
import { OPENED_ELSEWHERE, allStates, everything, filesWithDialogues } from './states';

test('no page, tab, part, form or dialogue is forgotten', () => {
  const shown = new Set(allStates({ fresh: '', accepted: '', resolved: '' }).flatMap((state) => state.shows));
  const there = everything();
  assert.ok(there.length > 60, `${there.length} were found`);
  assert.deepEqual(there.filter((one) => !shown.has(one) && !OPENED_ELSEWHERE[one]), []);
  assert.deepEqual(filesWithDialogues(), ['agency/help.tsx', 'operator/help.tsx', 'shell/login.tsx']);
});

everyPage('vi');
