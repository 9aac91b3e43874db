// The cut-over of 1 July 2025, rehearsed: open complaints from before it are listed with their old and
// new agency, moved together, and taken back to the identical state. On the demo city always; with
// HOTLINE_DATA on the real one, 100,000 complaints. And agencies that merge, split, are renamed and
// abolished on a day.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { problem } from './lib/city';
import { FAULT, HOTLINE, type Outcome, run, waitUntil } from './lib/run';
import { Server } from './lib/server';
import { stateOfAll } from './lib/workflow';

const DATA = process.env['HOTLINE_DATA'] ?? '';
const DAY = '2025-07-01';

function realCity(): string | null {
  if (DATA === '') return null;
  const candidates = existsSync(join(DATA, 'city.json')) ? [DATA] : readdirSync(DATA).map((entry) => join(DATA, entry));
  return candidates.find((path) => existsSync(join(path, 'city.json')) && path.replace(/\/$/, '').endsWith('/hcmc')) ?? null;
}

let folder: string;
const made: Database[] = [];
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotline-transfer-'));
});
after(async () => {
  rmSync(folder, { recursive: true });
  for (const database of made) await database.drop();
});

function command(database: Database, ...args: string[]): Promise<Outcome> {
  return run(HOTLINE, args, { env: { HOTLINE_DATABASE: database.url } });
}

async function done(database: Database, ...args: string[]): Promise<string> {
  const outcome = await command(database, ...args);
  assert.equal(outcome.code, 0, outcome.stderr.slice(-2000));
  assert.doesNotMatch(outcome.stderr, FAULT);
  return outcome.stdout;
}

/** So many open complaints of June 2025, of every category, over the whole city, through the importer. */
async function open(database: Database, n: number, name: string): Promise<void> {
  const rows = await database.sql(`
    WITH area AS (SELECT ST_Dump(ST_GeneratePoints(ST_Union(geom), ${n}, 7)) AS d FROM hotline.boundaries WHERE level = 'district'),
    codes AS (SELECT array_agg(code ORDER BY code) AS all_codes FROM hotline.categories WHERE active)
    SELECT 'o' || (d).path[1] || ',' || to_char(timestamptz '2025-06-01T00:00:00+07:00'
        + (d).path[1] * (interval '29 days' / ${n}), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      || ',' || all_codes[1 + (d).path[1] % cardinality(all_codes)] || ',thử,web,' || ST_X((d).geom) || ',' || ST_Y((d).geom)
    FROM area, codes ORDER BY (d).path[1]`);
  const path = join(folder, name);
  writeFileSync(path, `id,received_at,category,description,channel,lon,lat\n${rows}\n`);
  await done(database, 'import', 'complaints', path);
}

const perAgency = (database: Database): Promise<Record<string, number>> => database.json(`
  SELECT coalesce(json_object_agg(code, n), '{}') FROM (SELECT a.code, count(*) AS n FROM hotline.complaints c
    JOIN hotline.agencies a ON a.id = c.agency_id WHERE c.closed_at IS NULL GROUP BY 1) x`);

/** Somebody of the district that has the most of them works on them. */
async function atWork(database: Database): Promise<void> {
  const now = await database.sql(`SELECT code FROM hotline.agencies WHERE kind = 'ward' AND valid @> current_date ORDER BY code LIMIT 1`);
  await addPerson(database, 'nguoi-lam', 'agency_staff', now);
  await database.sql(`UPDATE hotline.users SET agency_id = (SELECT c.agency_id FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE c.closed_at IS NULL AND a.kind = 'district' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) WHERE login = 'nguoi-lam'`);
  await database.sql(`UPDATE hotline.complaints c SET assignee_id = u.id, status = 'accepted', accepted_at = c.received_at + interval '1 hour'
    FROM hotline.users u WHERE u.login = 'nguoi-lam' AND c.agency_id = u.agency_id AND c.closed_at IS NULL`);
}

async function rehearse(database: Database, n: number): Promise<void> {
  await open(database, n, 'june.csv');
  await atWork(database);
  const stateBefore = await stateOfAll(database);
  const loadBefore = await perAgency(database);
  const historyBefore = await database.number('SELECT count(*) FROM hotline.complaint_history');
  const considered = await database.number(`SELECT count(*) FROM hotline.complaints WHERE closed_at IS NULL
    AND received_at < '${DAY}T00:00:00+07:00'`);
  const listed = (await done(database, 'transfer', 'list', '--at', DAY)).trim().split('\n').slice(1);
  assert.ok(listed.length > n / 20, `only ${listed.length} of ${n} would move`);
  assert.equal(await stateOfAll(database), stateBefore, 'listing changes nothing');

  const told = await done(database, 'transfer', 'move', '--at', DAY, '--reason', 'Bỏ cấp huyện từ 01/07/2025');
  const [, all, moved, stay] = /(\d+) open complaints: (\d+) moved, (\d+) stay/.exec(told) as RegExpExecArray;
  assert.deepEqual([Number(all), Number(moved), Number(stay)], [considered, listed.length, considered - listed.length]);

  // What moved: exactly what was listed, one item and one history row each; totals are equal.
  const id = Number((/transfer (\d+)/.exec(told) as RegExpExecArray)[1]);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.transfer_items WHERE transfer_id = ${id}`), listed.length);
  assert.equal(await database.number('SELECT count(*) FROM hotline.complaint_history'), historyBefore + listed.length);
  // It is nobody's work of the agency that has it now, and that one has yet to accept it.
  assert.ok(await database.number(`SELECT count(*) FROM hotline.transfer_items WHERE transfer_id = ${id} AND old_assignee_id IS NOT NULL`) > 0);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.transfer_items o JOIN hotline.complaints c ON c.id = o.complaint_id
    WHERE o.transfer_id = ${id} AND old_assignee_id IS NOT NULL AND (c.assignee_id IS NOT NULL OR c.accepted_at IS NOT NULL)`), 0);
  const sum = (load: Record<string, number>): number => Object.values(load).reduce((a, b) => a + b, 0);
  assert.equal(sum(await perAgency(database)), sum(loadBefore));
  // Nothing open is left with an agency that has ended, and by PostGIS each of a ward's is in that ward.
  assert.equal(await database.number(`SELECT count(*) FROM hotline.complaints c JOIN hotline.agencies a ON a.id = c.agency_id
    WHERE c.closed_at IS NULL AND c.received_at < '${DAY}T00:00:00+07:00' AND NOT a.valid @> date '${DAY}'`), 0);
  assert.equal(await database.number(`SELECT count(*) FROM hotline.transfer_items o JOIN hotline.complaints c ON c.id = o.complaint_id
    JOIN hotline.agencies a ON a.id = c.agency_id AND a.kind = 'ward'
    WHERE o.transfer_id = ${id} AND NOT EXISTS (SELECT FROM hotline.boundaries b WHERE b.level = 'ward' AND b.valid @> date '${DAY}'
      AND a.code = 'ubnd-' || b.code AND ST_DWithin(b.geom, c.geom, 0.00001))`), 0);
  // As promised: no due time changed, unless asked for.
  assert.equal(await database.number(`SELECT count(*) FROM hotline.transfer_items WHERE transfer_id = ${id} AND old_due_at <> new_due_at`), 0);
  assert.equal(listed.filter((line) => line.split(',').at(-1) === 'ended').length,
    await database.number(`SELECT count(*) FROM hotline.transfer_items WHERE transfer_id = ${id} AND why = 'ended'`));

  // A second time there is nothing to move.
  assert.match(await done(database, 'transfer', 'move', '--at', DAY, '--reason', 'lần nữa'), / 0 moved/);

  assert.match(await done(database, 'transfer', 'back', String(id)), new RegExp(`^${listed.length} complaints are what they were, 0 `));
  assert.equal(await stateOfAll(database), stateBefore, 'the identical state');
  assert.deepEqual(await perAgency(database), loadBefore);
  assert.equal(await database.number('SELECT count(*) FROM hotline.complaint_history'), historyBefore + 2 * listed.length);
  const again = await command(database, 'transfer', 'back', String(id));
  assert.equal(again.code, 1);
  assert.match(again.stderr, /nothing to take back/);
}

test('the cut-over of July 2025 on the demo city: moved, counted, taken back to the identical state', async () => {
  const database = await Postgres.shared().cityDatabase();
  made.push(database);
  await rehearse(database, 2000);
});

test('the cut-over of July 2025 with 100,000 complaints of the real city', { skip: realCity() === null ? 'no data folder hcmc was given' : false }, async () => {
  const database = await Postgres.shared().emptyDatabase();
  made.push(database);
  await done(database, 'import', 'city', realCity() as string);
  await rehearse(database, 100000);
});

test('one import with a date brings a generation: before it the districts answer, after it the 168', async () => {
  const city = await Postgres.shared().cityDatabase();
  const database = await Postgres.shared().emptyDatabase();
  made.push(city, database);
  const write = async (level: string): Promise<string> => {
    const path = join(folder, `${level}.geojson`);
    writeFileSync(path, await city.sql(`SELECT json_build_object('type', 'FeatureCollection', 'features', json_agg(json_build_object(
      'type', 'Feature', 'properties', json_build_object('code', code, 'name', name, 'type', kind), 'geometry', ST_AsGeoJSON(geom, 9)::json)))
      FROM hotline.boundaries WHERE level = '${level}'`));
    return path;
  };
  const columns = ['--code', 'code', '--name', 'name', '--type', 'type'];
  await done(database, 'import', 'boundaries', await write('district'), '--level', 'district', '--from', '2021-01-01', '--to', DAY, ...columns);
  const at = (day: string): Promise<string> => database.sql(`SELECT string_agg(level || ' ' || n, ',' ORDER BY level) FROM (
    SELECT level, count(*) AS n FROM hotline.boundaries WHERE valid @> date '${day}' GROUP BY 1) x`);
  assert.equal(await at(DAY), '');
  // The one import, then agencies and a fallback so that somebody answers.
  await done(database, 'import', 'boundaries', await write('ward'), '--level', 'ward', '--from', DAY, ...columns);
  assert.deepEqual([await at('2025-06-30'), await at(DAY)], ['district 22', 'ward 168']);
  const categories = join(folder, 'categories.csv');
  writeFileSync(categories, 'code,name_vi,name_en\ntieng-on,Tiếng ồn,Noise\n');
  await done(database, 'import', 'categories', categories);
  const agencies = join(folder, 'agencies.csv');
  writeFileSync(agencies, 'code,name,fallback,categories,class,reach\ncenter,Trung tâm,yes,,,\n'
    + 'ubnd-{code},UBND {name},,tieng-on,ordinary,district\nubnd-{code},UBND {name},,tieng-on,ordinary,ward\n');
  await done(database, 'import', 'agencies', agencies);
  const inside = await database.sql(`SELECT round(ST_X(p)::numeric, 6) || ' ' || round(ST_Y(p)::numeric, 6) || ' ' || w.code || ' ' || d.code FROM (
    SELECT *, ST_PointOnSurface(geom) AS p FROM hotline.boundaries WHERE level = 'ward') w
    JOIN hotline.boundaries d ON d.level = 'district' AND ST_Contains(d.geom, p) ORDER BY w.code LIMIT 1`);
  const [lon, lat, ward, district] = inside.split(' ') as [string, string, string, string];
  const route = (day: string): Promise<string> =>
    done(database, 'route', '--lon', lon, '--lat', lat, '--category', 'tieng-on', '--at', day);
  const [before, after] = [await route('2025-06-30T23:59:59Z'), await route('2025-07-01T00:00:00Z')];
  assert.ok(before.includes(`ubnd-${district}`) && !before.includes(`ubnd-${ward}`), before);
  assert.ok(after.includes(`ubnd-${ward}`) && !after.includes(`ubnd-${district}`), after);
});

test('agencies merge, split, are renamed and abolished on a day; holes are refused', async () => {
  const database = await Postgres.shared().cityDatabase();
  made.push(database);
  await open(database, 200, 'reform.csv');
  const agency = (...args: string[]): Promise<Outcome> => command(database, 'agency', ...args, '--reason', 'QĐ 1');
  const valid = (code: string): Promise<string> => database.sql(
    `SELECT string_agg(name || ' ' || valid, '; ' ORDER BY valid) FROM hotline.agencies WHERE code = '${code}'`);
  const owners = (day: string, category: string): Promise<string> => database.sql(`SELECT string_agg(DISTINCT a.code, ',')
    FROM hotline.jurisdictions j JOIN hotline.agencies a ON a.id = j.agency_id JOIN hotline.jurisdiction_categories k ON k.jurisdiction_id = j.id
    JOIN hotline.categories c ON c.id = k.category_id WHERE c.code = '${category}' AND j.reach = 'city' AND j.valid @> date '${day}'
    AND a.valid @> date '${day}'`);
  const refused = async (words: RegExp, ...args: string[]): Promise<void> => {
    const before = await database.sql('SELECT md5(string_agg(a::text, chr(10) ORDER BY id)) FROM hotline.agencies a');
    const outcome = await agency(...args);
    assert.equal(outcome.code, 1, outcome.stdout);
    assert.match(outcome.stderr, words);
    assert.equal(await database.sql('SELECT md5(string_agg(a::text, chr(10) ORDER BY id)) FROM hotline.agencies a'), before);
  };

  await refused(/no agency khong-co is in force/, 'rename', 'khong-co', '--name', 'X', '--on', '2027-01-01');
  await refused(/would be no fallback/, 'abolish', 'trung-tam-1022', '--on', '2027-01-01');
  await refused(/nobody has these: so-y-te/, 'abolish', 'so-y-te', '--on', '2027-01-01');
  await refused(/no name is given/, 'merge', 'so-y-te', '--into', 'so-moi', '--on', '2027-01-01');
  await refused(/is the fallback and/, 'merge', 'trung-tam-1022', '--into', 'so-y-te', '--on', '2027-01-01');
  assert.equal((await agency('merge', 'so-y-te', '--on', '2027-01-01')).code, 2);

  const renamed = await agency('rename', 'so-noi-vu', '--name', 'Sở Nội vụ và Lao động', '--on', '2027-01-01');
  assert.equal(renamed.code, 0, renamed.stderr);
  assert.match(await valid('so-noi-vu'), /^Sở Nội vụ \(,2027-01-01\); Sở Nội vụ và Lao động \[2027-01-01,\)$/);
  assert.equal(await owners('2027-01-01', 'thu-tuc-hanh-chinh'), 'so-noi-vu');

  const merged = await agency('merge', 'so-y-te', 'so-an-toan-thuc-pham', '--into', 'so-suc-khoe', '--name', 'Sở Sức khỏe', '--on', '2027-01-01');
  assert.equal(merged.code, 0, merged.stderr);
  assert.equal(await owners('2026-12-31', 'y-te'), 'so-y-te');
  assert.equal(await owners('2027-01-01', 'y-te'), 'so-suc-khoe');
  assert.equal(await owners('2027-01-01', 'an-toan-thuc-pham'), 'so-suc-khoe');

  const parts = join(folder, 'parts.csv');
  writeFileSync(parts, 'code,name,categories\ncong-an-a,Công an A,an-ninh-trat-tu\n');
  await refused(/would be nobody's/, 'split', 'cong-an-thanh-pho', '--into', parts, '--on', '2027-01-01');
  writeFileSync(parts, 'code,name,categories\ncong-an-a,Công an A,an-ninh-trat-tu\ncong-an-b,Công an B,dau-xe-sai|un-tac|an-ninh-trat-tu\n');
  await refused(/would be of two agencies/, 'split', 'cong-an-thanh-pho', '--into', parts, '--on', '2027-01-01');
  writeFileSync(parts, 'code,name,categories\ncong-an-a,Công an A,an-ninh-trat-tu\ncong-an-b,Công an B,dau-xe-sai|un-tac\n');
  const split = await agency('split', 'cong-an-thanh-pho', '--into', parts, '--on', '2027-01-01');
  assert.equal(split.code, 0, split.stderr);
  assert.equal(await owners('2027-01-01', 'an-ninh-trat-tu'), 'cong-an-a');
  assert.equal(await owners('2027-01-01', 'un-tac'), 'cong-an-b');

  const abolished = await agency('abolish', 'so-giao-duc', '--to', 'so-suc-khoe', '--on', '2027-01-01');
  assert.equal(abolished.code, 0, abolished.stderr);
  assert.equal(await owners('2027-01-01', 'giao-duc'), 'so-suc-khoe');
  await refused(/no agency so-giao-duc is in force both/, 'rename', 'so-giao-duc', '--name', 'X', '--on', '2027-06-01');
  // The service would still start, and open complaints of those that end are listed as of that day.
  const listed = await done(database, 'transfer', 'list', '--at', '2027-01-01');
  assert.ok(listed.split('\n').some((line) => line.includes(',so-y-te,') && line.includes(',so-suc-khoe,')), listed.slice(0, 500));
});

test('through the service: an administrator moves and takes back; what people changed since is left', async () => {
  const database = await Postgres.shared().cityDatabase();
  made.push(database);
  await open(database, 500, 'api.csv');
  await addPerson(database, 'quan', 'administrator');
  await addPerson(database, 'truc', 'operator');
  const server = await Server.start(database);
  try {
    const body = { at: DAY, reason: 'Bỏ cấp huyện', deadlines: 'recompute' };
    problem(await server.post('/api/v1/transfers', body), 401);
    problem(await server.post('/api/v1/transfers', body, (await sessionOf(server, 'truc')).headers), 403);
    const admin = await sessionOf(server, 'quan');
    problem(await server.get('/api/v1/transfers', (await sessionOf(server, 'truc')).headers), 403);
    problem(await server.post('/api/v1/transfers', { ...body, deadlines: 'x' }, admin.headers), 422);
    problem(await server.post('/api/v1/transfers', { ...body, at: 'hôm qua' }, admin.headers), 422);
    const before = await stateOfAll(database);
    const asked = await server.post('/api/v1/transfers', body, admin.headers);
    assert.equal(asked.status, 202, asked.text);
    const at = `/api/v1/transfers/${asked.json.id}`;
    const moved = await waitUntil('the transfer', async () => {
      const now = (await server.get(at, admin.headers)).json;
      return now.state === 'running' ? null : now;
    });
    assert.equal(moved.state, 'moved', JSON.stringify(moved));
    assert.ok(moved.moved > 0 && moved.items.length > 0);
    assert.equal(moved.made_by, 'user:quan');
    // Anew from the day on: by the new agency's calendar.
    assert.equal(await database.number(`SELECT count(*) FROM hotline.complaints c JOIN hotline.transfer_items o ON o.complaint_id = c.id
      WHERE o.transfer_id = ${asked.json.id} AND (c.clock_from IS DISTINCT FROM '${DAY}T00:00:00+07:00' OR c.due_at <= c.clock_from)`), 0);
    await database.sql(`UPDATE hotline.complaints SET version = version + 1, status = 'accepted' WHERE id IN (
      SELECT complaint_id FROM hotline.transfer_items WHERE transfer_id = ${asked.json.id} ORDER BY 1 LIMIT 3)`);
    const back = await server.post(`${at}/back`, {}, admin.headers);
    assert.equal(back.status, 200, back.text);
    assert.deepEqual([back.json.left_alone, back.json.restored], [3, moved.moved - 3]);
    assert.notEqual(await stateOfAll(database), before);
    const left = (await server.get(`${at}?state=left`, admin.headers)).json.items;
    assert.equal(left.length, 3);
    const reform = { change: 'rename', agencies: ['so-noi-vu'], name: 'Sở Nội vụ mới', on: '2027-01-01', reason: 'QĐ 2' };
    problem(await server.post('/api/v1/agency-changes', reform, (await sessionOf(server, 'truc')).headers), 403);
    const named = await server.post('/api/v1/agency-changes', reform, admin.headers);
    assert.equal(named.status, 201, named.text);
    const hole = problem(await server.post('/api/v1/agency-changes',
      { change: 'abolish', agencies: ['so-y-te'], on: '2027-01-01', reason: 'QĐ 3' }, admin.headers), 422);
    assert.match(hole[0]?.detail ?? '', /so-y-te/);
  } finally {
    await server.stop();
  }
});
