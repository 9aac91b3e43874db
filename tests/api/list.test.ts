// Lists: what the public sees and does not, filters that mean the same as in SQL, and pages that stay
// whole while others write.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CENTRE, EventStream, complaint, features, tileOf } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { Server } from './lib/server';

let database: Database;
let server: Server;
let key: string;

before(async () => {
  database = await Postgres.shared().cityDatabase();
  key = /hl_[0-9a-f]{64}/.exec(await database.hotline('key', 'add', 'tests', '--may', 'file,read'))?.[0] ?? '';
  server = await Server.start(database);
});
after(async () => {
  await server.stop();
  await database.drop();
});

interface Listed {
  complaints: { code?: string; received_at: string; place: { lon: number; lat: number }; category: { code: string } }[];
  next: string | null;
}

async function list(query: string, headers: Record<string, string> = {}): Promise<Listed> {
  const answer = await server.get(`/api/v1/complaints?${query}`, headers);
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return answer.json as Listed;
}

/** Every complaint, page by page. */
async function all(query: string, headers: Record<string, string> = {}): Promise<Listed['complaints']> {
  const found: Listed['complaints'] = [];
  let next: string | null = null;
  do {
    const page: Listed = await list(`limit=300${query && `&${query}`}${next ? `&cursor=${next}` : ''}`, headers);
    found.push(...page.complaints);
    next = page.next;
  } while (next !== null);
  return found;
}

const bearer = (): Record<string, string> => ({ Authorization: `Bearer ${key}` });

test('nobody without an account sees a person, words, a code or the exact place', async () => {
  const person = { name: 'Trần Văn Kín', phone: '0911222333', email: 'kin@example.org' };
  const secret = 'Nhà số 7 hẻm sâu, chủ nhà tên Bí Mật';
  const stream = await EventStream.open(server);
  const answer = await server.file(complaint({ description: secret, address: 'Hẻm rất sâu 77', reporter: person }));
  assert.equal(answer.status, 201);
  const code = answer.json.code as string;
  const tile = tileOf(CENTRE, 17);
  const seen: string[] = [];
  for (const path of ['/api/v1/complaints?limit=500', `/api/v1/complaints/${code}`, `/api/v1/complaints/${code}/history`,
    '/api/v1/complaints?q=B%C3%AD', '/metrics', '/api/v1/city', '/tiles.json']) {
    const got = await server.get(path);
    assert.equal(got.status, 200, path);
    for (const value of Object.values(person)) assert.ok(!got.text.includes(value), `${path} tells ${value}`);
    if (!path.includes(code)) {
      assert.ok(!got.text.includes(code), `${path} tells the code`);
      assert.ok(!got.text.includes('Bí Mật') && !got.text.includes('Hẻm rất sâu'), `${path} tells the words`);
      assert.ok(!got.text.includes(String(CENTRE.lon)), `${path} tells the exact place`);
    }
  }
  for (const feature of await features(server, 'complaints', tile)) seen.push(JSON.stringify(feature.properties));
  seen.push(JSON.stringify(stream.events));
  stream.close();
  for (const text of seen) assert.ok(!text.includes(code) && !text.includes(secret), text);
  assert.ok(!server.logText.includes(person.phone) && !server.logText.includes('Bí Mật'), 'the log tells it');
});

test('the public cannot search words: q finds everything alike', async () => {
  const filed = await server.file(complaint({ description: 'Mùi lạ từ căn nhà bỏ hoang xyzzy' }));
  const found = await list('q=xyzzy&limit=1');
  assert.equal(found.complaints.length, 1);
  assert.ok(found.next !== null, 'a search would have found one alone');
  const staff = await all('q=xyzzy', bearer());
  assert.deepEqual(staff.map((c) => c.code), [filed.json.code]);
});

test('places in the public list are the middle of a cell of about 110 m', async () => {
  const found = await list('limit=50');
  for (const { place } of found.complaints.filter((c) => c.place.lon !== null)) {
    for (const degrees of [place.lon, place.lat]) {
      const cells = degrees / 0.001 - 0.5;
      assert.ok(Math.abs(cells - Math.round(cells)) < 1e-6, String(degrees));
    }
  }
});

test('newest first, each once, all of them', async () => {
  const found = await all('', bearer());
  assert.equal(found.length, await database.complaints());
  assert.equal(new Set(found.map((c) => c.code)).size, found.length);
  const times = found.map((c) => Date.parse(c.received_at));
  assert.ok(times.every((time, i) => i === 0 || time <= (times[i - 1] as number)), 'sorted');
});

const FILTERS: [name: string, query: string, where: string][] = [
  ['a category', 'category=tieng-on', "k.code = 'tieng-on'"],
  ['a category and all below it', 'category=trat-tu-do-thi',
    "(k.code = 'trat-tu-do-thi' OR k.parent_id = (SELECT id FROM hotline.categories WHERE code = 'trat-tu-do-thi'))"],
  ['several categories', 'category=tieng-on,o-ga', "k.code IN ('tieng-on', 'o-ga')"],
  ['a status', 'status=closed', "c.status = 'closed'"],
  ['what is done', 'status=done', "c.status IN ('resolved', 'closed', 'rejected', 'referred')"],
  ['what is open', 'status=open', "c.status NOT IN ('resolved', 'closed', 'rejected', 'referred')"],
  ['a channel', 'channel=app', "c.channel = 'app'"],
  ['channels', 'channel=app,phone', "c.channel IN ('app', 'phone')"],
  ['a period', 'from=@MID&to=@END', "c.received_at >= '@MID' AND c.received_at < '@END'"],
  ['a box', 'bbox=106.66,10.74,106.72,10.80', 'c.geom && ST_MakeEnvelope(106.66, 10.74, 106.72, 10.80, 4326)'],
  ['an agency', 'agency=@AGENCY', "a.code = '@AGENCY'"],
  ['some agencies', 'agency=khong-co,@AGENCY,@AGENCY', "a.code = '@AGENCY'"],
  ['a ward', 'ward=@WARD', "w.code = '@WARD'"],
  ['all at once', 'category=trat-tu-do-thi&status=done&channel=app,phone,web&from=@MID&bbox=106.5,10.5,106.9,11.0',
    `(k.code = 'trat-tu-do-thi' OR k.parent_id = (SELECT id FROM hotline.categories WHERE code = 'trat-tu-do-thi'))
     AND c.status IN ('resolved', 'closed', 'rejected', 'referred') AND c.channel IN ('app', 'phone', 'web')
     AND c.received_at >= '@MID' AND c.geom && ST_MakeEnvelope(106.5, 10.5, 106.9, 11.0, 4326)`],
];

for (const [name, query, where] of FILTERS) {
  test(`the filter for ${name} finds what SQL finds`, async () => {
    const known = await database.json<Record<string, string>>(`SELECT json_build_object(
      '@MID', to_char(percentile_disc(0.4) WITHIN GROUP (ORDER BY received_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      '@END', to_char(percentile_disc(0.8) WITHIN GROUP (ORDER BY received_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      '@AGENCY', (SELECT code FROM hotline.agencies WHERE id = mode() WITHIN GROUP (ORDER BY c.agency_id)),
      '@WARD', (SELECT code FROM hotline.boundaries WHERE id = mode() WITHIN GROUP (ORDER BY c.ward_id)))
      FROM hotline.complaints c`);
    const fill = (text: string): string => text.replace(/@[A-Z]+/g, (word) => known[word] ?? word);
    const expected = (await database.sql(`SELECT c.code FROM hotline.complaints c
      JOIN hotline.categories k ON k.id = c.category_id JOIN hotline.agencies a ON a.id = c.agency_id
      LEFT JOIN hotline.boundaries w ON w.id = c.ward_id
      WHERE ${fill(where)} ORDER BY c.received_at DESC, c.id DESC`)).split('\n').filter((line) => line !== '');
    const found = await all(fill(query), bearer());
    assert.deepEqual(found.map((c) => c.code), expected);
    assert.ok(expected.length > 0 && expected.length < await database.complaints(), `${expected.length} found: the filter tells nothing`);
    // The public list has the same rows.
    assert.equal((await all(fill(query))).length, expected.length);
  });
}

test('the map counts what the list counts, filtered or not', async () => {
  for (const query of ['', '?category=trat-tu-do-thi', '?status=open', '?channel=app,web']) {
    const where = query === '' ? 'true' : FILTERS.find(([, q]) => q === query.slice(1))?.[2]
      ?? "c.channel IN ('app', 'web')";
    const counted = await database.number(`SELECT count(*) FROM hotline.complaints c
      JOIN hotline.categories k ON k.id = c.category_id WHERE c.geom IS NOT NULL AND ${where}`);
    for (const layer of ['heat', 'complaints']) {
      let sum = 0;
      for (const tile of [{ z: 0, x: 0, y: 0 }]) {
        for (const feature of await features(server, layer, tile, query)) sum += Number(feature.properties['count']);
      }
      assert.equal(sum, counted, `${layer}${query}`);
    }
  }
});

test('pages stay whole while others write', async () => {
  const before = await all('', bearer());
  const seen: (string | undefined)[] = [];
  let next: string | null = null;
  do {
    const page: Listed = await list(`limit=100${next ? `&cursor=${next}` : ''}`, bearer());
    seen.push(...page.complaints.map((c) => c.code));
    next = page.next;
    await Promise.all([server.file(complaint()), server.file(complaint())]);
  } while (next !== null);
  assert.equal(new Set(seen).size, seen.length, 'nothing comes twice');
  assert.deepEqual(seen, before.map((c) => c.code), 'nothing is left out');
});

test('complaints of one instant are paged without loss', async () => {
  await database.sql(`CREATE TEMP TABLE t AS SELECT max(received_at) AS at FROM hotline.complaints;
    UPDATE hotline.complaints SET received_at = (SELECT at FROM t), updated_at = (SELECT at FROM t)
    WHERE id IN (SELECT id FROM hotline.complaints WHERE closed_at IS NULL ORDER BY received_at DESC LIMIT 40)`);
  const seen: (string | undefined)[] = [];
  let next: string | null = null;
  for (let i = 0; i < 8; i++) {
    const page: Listed = await list(`limit=7${next ? `&cursor=${next}` : ''}`, bearer());
    seen.push(...page.complaints.map((c) => c.code));
    next = page.next;
  }
  assert.equal(seen.length, 56);
  assert.equal(new Set(seen).size, 56);
});

test('a limit is kept', async () => {
  for (const limit of [1, 2, 50, 500]) {
    assert.equal((await list(`limit=${limit}`)).complaints.length, limit);
  }
  assert.equal((await list('')).complaints.length, 50);
});

test('a list that is asked again and again is prepared, and survives that a table it reads is changed meanwhile', async () => {
  const path = '/api/v1/complaints?order=updated&limit=7';
  const before = await list('order=updated&limit=7');
  assert.equal(before.complaints.length, 7);
  for (let i = 0; i < 30; i++) assert.deepEqual(await list('order=updated&limit=7'), before);
  // The statement answers other types than when it was prepared.
  await database.sql('ALTER TABLE hotline.desks ALTER COLUMN name TYPE varchar(400)');
  try {
    const answers = await Promise.all(Array.from({ length: 40 }, () => server.get(path)));
    for (const answer of answers) {
      assert.equal(answer.status, 200, answer.text.slice(0, 300));
      assert.deepEqual(answer.json, before);
    }
  } finally {
    await database.sql('ALTER TABLE hotline.desks ALTER COLUMN name TYPE text');
  }
  for (let i = 0; i < 10; i++) assert.deepEqual(await list('order=updated&limit=7'), before);
});

test('more different lists than a connection keeps prepared are all answered', async () => {
  for (let round = 0; round < 2; round++) {
    await Promise.all(Array.from({ length: 150 }, async (_, i) => {
      const page = await list(`limit=${i + 1}`);
      assert.equal(page.complaints.length, i + 1);
      assert.equal((await list(`limit=${i + 1}`)).complaints.length, i + 1);
    }));
  }
});
