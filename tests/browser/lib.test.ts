// The pages' own reckoning, without a browser: days, filters, categories, what is sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exif, withExif as tagged } from '../api/lib/picture';
import { messages } from '../../web/src/i18n';
import { categoryPath, categorySearch, categoryTree } from '../../web/src/lib/categories';
import {
  CHANNELS, NO_FILTERS, STATUS_GROUPS, boundaryDay, filtersFromUrl, filtersToQuery, filtersToUrl,
} from '../../web/src/lib/filters';
import { exifOf, upright, withExif } from '../../web/src/lib/exif';
import { fold, foldedMatch } from '../../web/src/lib/fold';
import { addDays, cityDay, formatInstant, isDay, localInstant } from '../../web/src/lib/time';
import { EMPTY_DRAFT, draftErrors, draftToSend, serviceErrors } from '../../web/src/report/draft';

const HCMC = 'Asia/Ho_Chi_Minh';
const NOON = new Date('2026-11-22T05:00:00Z'); // 12:00 in the city

test('text is folded alike whether composed or not, and đ counts as d', () => {
  assert.equal(fold('Đường Hoà Bình'), 'duong hoa binh');
  assert.equal(fold('Ðường'.normalize('NFD')), 'duong');
  assert.equal(fold('Tiếng ồn'.normalize('NFD')), fold('TIẾNG ỒN'));
  assert.ok(foldedMatch('Trật tự đô thị', 'do thi'));
  assert.ok(foldedMatch('Trật tự đô thị', 'thi tr'), 'words in any order, each from its start');
  assert.ok(!foldedMatch('Trật tự đô thị', 'hi'));
});

test('a day in the city is not a day in Greenwich', () => {
  assert.equal(cityDay(new Date('2026-11-21T16:59:59Z'), HCMC), '2026-11-21');
  assert.equal(cityDay(new Date('2026-11-21T17:00:00Z'), HCMC), '2026-11-22');
  assert.equal(localInstant('2026-11-22', HCMC), '2026-11-22T00:00:00+07:00');
  assert.equal(localInstant('2026-11-22T08:30', HCMC), '2026-11-22T08:30:00+07:00');
  assert.equal(localInstant('2026-03-08', 'America/New_York'), '2026-03-08T00:00:00-05:00');
  assert.equal(localInstant('2026-03-09', 'America/New_York'), '2026-03-09T00:00:00-04:00');
  assert.equal(addDays('2024-02-28', 1), '2024-02-29');
  assert.ok(isDay('2024-02-29') && !isDay('2025-02-29') && !isDay('2025-13-01') && !isDay('x'));
  assert.match(formatInstant('2026-11-22T10:00:00Z', 'vi', HCMC), /17:00.*22\/11\/2026/);
});

test('filters survive the address, and other parameters stay in it', () => {
  const filters = {
    ...NO_FILTERS, category: ['tieng-on', 'chieu-sang'], status: ['closed'], channel: ['phone'],
    from: '2025-01-01', to: '2025-06-30', at: '2025-06-30',
  };
  const params = filtersToUrl(filters, new URLSearchParams('tab=latest'));
  assert.equal(params.get('tab'), 'latest');
  assert.deepEqual(filtersFromUrl(params), filters);
  assert.equal(filtersToUrl(NO_FILTERS, params).toString(), 'tab=latest');
});

test('a period is asked for in instants, its last day included', () => {
  const query = filtersToQuery({ ...NO_FILTERS, from: '2025-06-01', to: '2025-06-30' }, NOON, HCMC);
  assert.equal(query.get('from'), '2025-06-01T00:00:00+07:00');
  assert.equal(query.get('to'), '2025-07-01T00:00:00+07:00');
  const week = filtersToQuery({ ...NO_FILTERS, range: '7d' }, NOON, HCMC);
  assert.equal(week.get('from'), '2026-11-16T00:00:00+07:00', 'seven days with today');
  assert.equal(filtersToQuery({ ...NO_FILTERS, range: 'all' }, NOON, HCMC).toString(), '');
  const later = new Date(NOON.getTime() + 59 * 60000);
  for (const range of ['24h', '30d'] as const) {
    assert.equal(filtersToQuery({ ...NO_FILTERS, range }, NOON, HCMC).toString(),
      filtersToQuery({ ...NO_FILTERS, range }, later, HCMC).toString(), 'steady within an hour');
  }
});

test('boundaries are those of the day that matters', () => {
  assert.equal(boundaryDay(NO_FILTERS, NOON, HCMC), '2026-11-22');
  assert.equal(boundaryDay({ ...NO_FILTERS, to: '2025-06-30' }, NOON, HCMC), '2025-06-30');
  assert.equal(boundaryDay({ ...NO_FILTERS, to: '2027-01-01' }, NOON, HCMC), '2026-11-22');
  assert.equal(boundaryDay({ ...NO_FILTERS, to: '2025-06-30', at: '2026-01-01' }, NOON, HCMC), '2026-01-01');
});

const CATEGORIES = [
  { code: 'tieng-on', parent: 'trat-tu', name: { vi: 'Tiếng ồn', en: 'Noise' }, keywords: 'loa kẹo kéo' },
  { code: 'trat-tu', parent: null, name: { vi: 'Trật tự đô thị', en: 'Urban order' } },
  { code: 'lost', parent: 'gone', name: { vi: 'Mồ côi', en: 'Orphan' } },
];

test('categories come as a tree and are found without tones, in either language', () => {
  const nodes = categoryTree(CATEGORIES);
  assert.deepEqual(nodes.map((n) => [n.code, n.depth]), [['trat-tu', 0], ['tieng-on', 1], ['lost', 0]]);
  assert.equal(categoryPath(nodes, 'tieng-on', 'vi'), 'Trật tự đô thị › Tiếng ồn');
  assert.deepEqual(categorySearch(nodes, 'tieng', 'vi').map((n) => n.code), ['tieng-on']);
  assert.deepEqual(categorySearch(nodes, 'noise', 'vi').map((n) => n.code), ['tieng-on']);
  assert.deepEqual(categorySearch(nodes, 'trat tu', 'vi').map((n) => n.code), ['trat-tu', 'tieng-on']);
  assert.deepEqual(categorySearch(nodes, 'loa keo', 'vi').map((n) => n.code), ['tieng-on']);
  assert.equal(categorySearch(nodes, ' ', 'vi').length, 3);
});

test('only what was filled in is sent', () => {
  const draft = { ...EMPTY_DRAFT, category: 'tieng-on', description: '  Ồn  ',
    point: { lon: 106.7, lat: 10.77, accuracyM: null } };
  assert.deepEqual(draftToSend(draft, HCMC), {
    category: 'tieng-on', description: 'Ồn', channel: 'web', location: { lon: 106.7, lat: 10.77 },
  });
  const full = draftToSend({ ...draft, point: { lon: 1, lat: 2, accuracyM: 12 }, address: 'ở đây',
    occurredAt: '2026-11-22T08:00', phone: '0900000000', anonymous: true }, HCMC);
  assert.deepEqual(full.location, { lon: 1, lat: 2, accuracy_m: 12 });
  assert.deepEqual(full.reporter, { phone: '0900000000', anonymous: true });
  assert.equal(full.occurred_at, '2026-11-22T08:00:00+07:00');
});

test('mistakes are found before sending, and the service’s are put at their fields', () => {
  const t = messages.vi;
  assert.deepEqual(Object.keys(draftErrors(EMPTY_DRAFT, t, HCMC, NOON)), ['place', 'category', 'description']);
  const draft = { ...EMPTY_DRAFT, category: 'x', description: 'x', address: 'x', email: 'a@b',
    occurredAt: '2026-11-22T12:01' };
  assert.deepEqual(Object.keys(draftErrors(draft, t, HCMC, NOON)), ['email', 'occurredAt']);
  const errors = serviceErrors([
    { field: 'reporter.phone', code: 'odd', detail: 'Không đúng.' },
    { field: '/location/lat', code: 'out_of_range', detail: 'ngoài phạm vi' },
    { field: 'somewhere', code: 'odd', detail: 'Khác.' },
  ]);
  assert.deepEqual(errors, { phone: 'Không đúng.', place: 'Ngoài phạm vi.', other: 'Khác.' });
});

test('every status and channel has a name in both languages, and a group', () => {
  const grouped = Object.values(STATUS_GROUPS).flat();
  assert.equal(new Set(grouped).size, grouped.length);
  for (const t of [messages.vi, messages.en]) {
    assert.deepEqual(Object.keys(t.statuses).sort(), [...grouped].sort());
    assert.deepEqual(Object.keys(t.channels).sort(), [...CHANNELS].sort());
  }
});

test('what a camera wrote goes along with a smaller copy, but that it must be turned', () => {
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xda, 0, 2, 9, 9]);
  const block = exif({ orientation: 6 });
  const found = exifOf(new Uint8Array(tagged(Buffer.from(jpeg), block)));
  assert.deepEqual(Buffer.from(found ?? []), block);
  assert.equal(exifOf(jpeg), null);
  assert.equal(exifOf(new Uint8Array([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 0x45])), null, 'cut short');
  const whole = withExif(jpeg, upright(found ?? new Uint8Array()));
  assert.deepEqual(Buffer.from(exifOf(whole) ?? []), exif({ orientation: 1 }));
  assert.deepEqual(whole.slice(-12), jpeg.slice(2));
  for (let n = 0; n < block.length; n++) upright(new Uint8Array(block.subarray(0, n))); // cut anywhere: no error
});
