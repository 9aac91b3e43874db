// The record: whatever a superuser does to it, `hotline verify` finds, and says where.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaint } from './lib/city';
import { type Database, Postgres } from './lib/postgres';
import { type Person, addPerson, sessionOf } from './lib/people';
import { HOTLINE, run } from './lib/run';
import { Server } from './lib/server';

let database: Database;
let code: string; // with five rows of history
let id: number;

/** As whoever owns the machine: no trigger holds him. */
const FREE = `SET session_replication_role = replica; ALTER TABLE hotline.complaint_history DISABLE TRIGGER USER;
  ALTER TABLE hotline.audit_log DISABLE TRIGGER USER; ALTER TABLE hotline.record_seals DISABLE TRIGGER USER;`;
const ROW = (n: number): string => `complaint_id = ${id} AND n = ${n}`;
/** Gives row n the hash that its fields now have. */
const rehash = (n: number): string => `UPDATE hotline.complaint_history h SET hash = hotline.history_hash(h) WHERE ${ROW(n)};`;
const redetail = (n: number): string => `UPDATE hotline.complaint_history SET detail_hash = sha256(salt || convert_to(detail::text, 'UTF8')) WHERE ${ROW(n)};`;
/** Everything as one who knows all of it would write it anew, from row n on. */
const rechain = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => from + i).map((n) =>
  `${redetail(n)} UPDATE hotline.complaint_history SET prev = (SELECT hash FROM hotline.complaint_history WHERE ${ROW(n - 1)}) WHERE ${ROW(n)}; ${rehash(n)}`).join('\n');

before(async () => {
  database = await Postgres.shared().cityDatabase();
  await addPerson(database, 'truc', 'operator');
  const server = await Server.start(database);
  const operator = await sessionOf(server, 'truc');
  code = (await server.file(complaint())).json.code;
  for (let version = 1; version <= 4; version++) await pause(server, operator, version);
  await server.stop();
  id = await database.number(`SELECT id FROM hotline.complaints WHERE code = '${code}'`);
});
after(async () => {
  await database.drop();
});

async function pause(server: Server, operator: Person, version: number): Promise<void> {
  const body = version % 2 ? { action: 'pause', version, reason: 'cho-nguoi-phan-anh' } : { action: 'resume', version };
  const answer = await server.post(`/api/v1/complaints/${code}/actions`, body, operator.headers);
  assert.equal(answer.status, 200, answer.text);
}

async function verify(of: Database, ...args: string[]): Promise<{ code: number | null; out: string }> {
  const done = await run(HOTLINE, ['verify', ...args], { env: { HOTLINE_DATABASE: of.url } });
  assert.equal(done.stderr, '');
  return { code: done.code, out: done.stdout };
}

let copies = 0;
async function copy(): Promise<Database> {
  const name = `${database.name}_${++copies}`;
  await database.postgres.database('postgres').sql(`CREATE DATABASE ${name} TEMPLATE ${database.name}`);
  return database.postgres.database(name);
}

/** Seals today as if it had ended: the first call waits for those who write, the second seals. */
const SEAL = "SELECT hotline.record_seal('-2 days'); SELECT hotline.record_seal('-2 days');";

const cases: { what: string; sealed?: boolean; sql: () => string; found: (line: string) => RegExp }[] = [
  { what: 'a detail that was changed', sql: () => `UPDATE hotline.complaint_history SET detail = '{"reason": "other"}' WHERE ${ROW(3)}`,
    found: (of) => new RegExp(`${of}: the detail of row 3 \\(id \\d+\\) was changed`) },
  { what: 'an actor that was changed', sql: () => `UPDATE hotline.complaint_history SET actor = 'user:nobody' WHERE ${ROW(3)}`,
    found: (of) => new RegExp(`${of}: row 3 \\(id \\d+, event paused|${of}: row 3 \\(id \\d+, event resumed`) },
  { what: 'a time that was changed', sql: () => `UPDATE hotline.complaint_history SET at = at - interval '1 day' WHERE ${ROW(1)}`,
    found: (of) => new RegExp(`${of}: row 1 \\(id \\d+, event received\\) was changed`) },
  { what: 'an event that was changed and its row hashed anew', sql: () => `UPDATE hotline.complaint_history SET event = 'closed' WHERE ${ROW(3)}; ${rehash(3)}`,
    found: (of) => new RegExp(`${of}: row 3 \\(id \\d+\\) was replaced: row 4 \\(id \\d+\\) was chained to another one`) },
  { what: 'a detail changed with all its own hashes', sql: () => `UPDATE hotline.complaint_history SET detail = '{}' WHERE ${ROW(2)}; ${redetail(2)} ${rehash(2)}`,
    found: (of) => new RegExp(`${of}: row 2 \\(id \\d+\\) was replaced`) },
  { what: 'a row deleted in the middle', sql: () => `DELETE FROM hotline.complaint_history WHERE ${ROW(3)}`,
    found: (of) => new RegExp(`${of}: a row is missing, 3 to 3 deleted before row 4`) },
  { what: 'the first rows deleted', sql: () => `DELETE FROM hotline.complaint_history WHERE complaint_id = ${id} AND n <= 2`,
    found: (of) => new RegExp(`${of}: rows are missing, 1 to 2 deleted before row 3`) },
  { what: 'a row deleted and the others renumbered', sql: () => `DELETE FROM hotline.complaint_history WHERE ${ROW(3)};
      UPDATE hotline.complaint_history SET n = n - 1 WHERE complaint_id = ${id} AND n = 4; UPDATE hotline.complaint_history SET n = n - 1 WHERE complaint_id = ${id} AND n = 5`,
    found: (of) => new RegExp(`${of}: row 3 \\(id \\d+\\) was re-ordered: it was row 4`) },
  { what: 'all rows of a complaint deleted', sql: () => `DELETE FROM hotline.complaint_history WHERE complaint_id = ${id}`,
    found: (of) => new RegExp(`${of}: all rows of its history are missing`) },
  { what: 'two rows in each other\'s place', sql: () => `DROP INDEX hotline.complaint_history_complaint; UPDATE hotline.complaint_history SET n = 5 - n WHERE complaint_id = ${id} AND n IN (2, 3)`,
    found: (of) => new RegExp(`${of}: row 2 \\(id \\d+\\) was re-ordered: it was row 3`) },
  { what: 'a row pushed in between', sql: () => `DROP INDEX hotline.complaint_history_complaint; INSERT INTO hotline.complaint_history
      (complaint_id, at, event, actor, n, recorded_at, salt, detail_hash, prev, hash)
      SELECT complaint_id, at, 'noted', 'user:truc', 3, recorded_at, salt, detail_hash, prev, hash FROM hotline.complaint_history WHERE ${ROW(3)};
      UPDATE hotline.complaint_history h SET hash = hotline.history_hash(h) WHERE complaint_id = ${id} AND event = 'noted'`,
    found: (of) => new RegExp(`${of}: (a second row 3 \\(id \\d+\\) was inserted|row 3 .* was replaced)|${of}: the detail of row 3`) },
  { what: 'a row taken from another complaint', sql: () => `UPDATE hotline.complaint_history SET complaint_id = ${id}, n = 6 WHERE id = (SELECT min(id) FROM hotline.complaint_history)`,
    found: (of) => new RegExp(`${of}: row 6 \\(id \\d+, event received\\) was changed`) },
  { what: 'words taken out without a word in the log', sql: () => `UPDATE hotline.complaint_history SET detail = '{}', salt = NULL WHERE ${ROW(3)}`,
    found: (of) => new RegExp(`${of}: row 3 \\(id \\d+\\) lost its detail, and the log knows no redaction`) },
  { what: 'a row changed after it was redacted', sql: () => `SELECT hotline.history_redact((SELECT id FROM hotline.complaint_history WHERE ${ROW(3)}), '{"redacted": true}', 'user:x');
      ${FREE} UPDATE hotline.complaint_history SET detail = '{"redacted": false}' WHERE ${ROW(3)}`,
    found: (of) => new RegExp(`${of}: row 3 \\(id \\d+\\) was changed after it was redacted`) },
  { what: 'a row of the log that was changed', sql: () => "UPDATE hotline.audit_log SET actor = 'user:other' WHERE id = 3",
    found: () => /log: row 3 \(event [a-z.]+\) was changed/ },
  { what: 'a row of the log that was deleted', sql: () => 'DELETE FROM hotline.audit_log WHERE id = 3', found: () => /log: rows 3 to 3 are missing/ },
  { what: 'a row of the log changed and hashed anew', sql: () => "UPDATE hotline.audit_log a SET actor = 'user:other' WHERE id = 3; UPDATE hotline.audit_log a SET hash = hotline.audit_hash(a) WHERE id = 3",
    found: () => /log: row 3 was replaced: row 4 was chained to another one/ },
  { what: 'the last rows deleted, after the seal', sealed: true, sql: () => `DELETE FROM hotline.complaint_history WHERE complaint_id = ${id} AND n >= 4`,
    found: (of) => new RegExp(`${of}: its last rows are missing: row 5 by the seal of [-0-9]+, now 3`) },
  { what: 'the last row written anew with all its hashes, after the seal', sealed: true,
    sql: () => `UPDATE hotline.complaint_history SET actor = 'user:other' WHERE ${ROW(5)}; ${rehash(5)}`,
    found: (of) => new RegExp(`${of}: row 5 is not the row that the seal of [-0-9]+ names`) },
  { what: 'a whole chain written anew, after the seal', sealed: true,
    sql: () => `UPDATE hotline.complaint_history SET detail = '{"reason": "other"}' WHERE ${ROW(2)}; ${rechain(2, 5)}`,
    found: (of) => new RegExp(`${of}: row 5 is not the row that the seal of [-0-9]+ names`) },
  { what: 'a complaint that vanished with its history, after the seal', sealed: true,
    sql: () => `DELETE FROM hotline.complaint_history WHERE complaint_id = ${id}; DELETE FROM hotline.complaints WHERE id = ${id}`,
    found: () => /complaint #\d+: its last rows are missing.*|seal [-0-9]+: history row id \d+ is missing: \d+ rows were sealed, there are \d+/ },
  { what: 'a row added to a day that is sealed', sealed: true,
    sql: () => `ALTER TABLE hotline.complaint_history ENABLE ALWAYS TRIGGER complaint_history_chain; INSERT INTO hotline.complaint_history (complaint_id, at, event, actor) VALUES (${id}, now(), 'noted', 'user:truc')`,
    found: () => /seal [-0-9]+: history row id \d+ was inserted after the day was sealed/ },
  { what: 'the log\'s last row deleted, after the seal', sealed: true, sql: () => 'DELETE FROM hotline.audit_log WHERE id = (SELECT max(id) FROM hotline.audit_log)',
    found: () => /seal [-0-9]+: the log's rows are not those that were sealed/ },
  { what: 'a seal that was changed', sealed: true, sql: () => 'UPDATE hotline.record_seals SET history_rows = history_rows - 1', found: () => /seal [-0-9]+: was changed/ },
  { what: 'a list of complaints that was changed', sealed: true, sql: () => 'DELETE FROM hotline.record_heads', found: () => /seal [-0-9]+: its list of complaints was changed/ },
];

test('untouched, everything holds: all that was imported, filed and done is chained', async () => {
  const whole = await verify(database);
  assert.equal(whole.code, 0, whole.out);
  const rows = await database.number('SELECT count(*) FROM hotline.complaint_history');
  const complaints = await database.complaints();
  assert.ok(whole.out.startsWith(`${rows} rows of ${complaints} complaints (0 redacted), `), whole.out);
  assert.equal((await verify(database, code)).out, '5 rows of 1 complaints (0 redacted), 0 of the log, 0 seals: 0 broken\n');
  const nobody = await run(HOTLINE, ['verify', '000000000'], { env: { HOTLINE_DATABASE: database.url } });
  assert.notEqual(nobody.code, 0);
});

for (const { what, sealed, sql, found } of cases) {
  test(`it finds ${what}`, async () => {
    const tampered = await copy();
    if (sealed) {
      await tampered.sql(SEAL);
      const good = await verify(tampered);
      assert.equal(good.code, 0, good.out);
      assert.match(good.out, / 1 seals: 0 broken/);
    }
    await tampered.sql(sql().includes(FREE) ? sql() : `${FREE} ${sql()}`);
    const bad = await verify(tampered);
    assert.equal(bad.code, 1, bad.out);
    assert.match(bad.out, new RegExp(`BROKEN: (${found(`complaint ${code}`).source})`));
    await tampered.drop();
  });
}

test('what was redacted by the door holds, and nothing else of the row may change', async () => {
  const redacted = await copy();
  const row = await redacted.number(`SELECT id FROM hotline.complaint_history WHERE ${ROW(3)}`);
  await redacted.sql(`SELECT hotline.history_redact(${row}, '{"redacted": true}', 'user:x')`);
  const good = await verify(redacted);
  assert.equal(good.code, 0, good.out);
  assert.match(good.out, /\(1 redacted\)/);
  await assert.rejects(redacted.sql(`UPDATE hotline.complaint_history SET actor = 'x', salt = NULL WHERE ${ROW(4)}`), /append-only/);
  await redacted.drop();
});

test('seals that were published convict who rewrites the seals too', async () => {
  const tampered = await copy();
  await tampered.sql(SEAL);
  const published = await tampered.hotline('seal', '--print');
  assert.match(published, /^\d{4}-\d\d-\d\d \d+ \d+ [0-9a-f]{64}\n$/);
  const check = async (): Promise<string> => {
    const done = await run(HOTLINE, ['verify', '--seals', '-'], { input: published, env: { HOTLINE_DATABASE: tampered.url } });
    return `${done.code} ${done.stdout}`;
  };
  assert.match(await check(), /^0 /);
  await tampered.sql(`${FREE} UPDATE hotline.complaint_history SET actor = 'user:other' WHERE ${ROW(5)}; ${rehash(5)}
    UPDATE hotline.record_heads d SET hash = h.hash FROM hotline.complaint_history h WHERE h.complaint_id = d.complaint_id AND h.n = d.n;
    UPDATE hotline.record_seals s SET history_fold = (hotline.seal_history(s)).history_fold, heads_hash = (SELECT coalesce(hotline.seal_fold(sha256(convert_to(complaint_id || ' ' || n || ' ' || encode(hash, 'hex'), 'UTF8'))), '') FROM hotline.seal_heads(s));
    UPDATE hotline.record_seals s SET hash = hotline.seal_hash(s);`);
  assert.equal((await verify(tampered)).code, 0, 'who may rewrite everything leaves nothing inside to be seen');
  assert.match(await check(), /^1 BROKEN: seal [-0-9]+: is not the one that was published/);
  await tampered.sql(`${FREE} DELETE FROM hotline.record_heads; DELETE FROM hotline.record_seals`);
  assert.match(await check(), /was published and is no longer there/);
  await tampered.drop();
});

test('a day is sealed once nobody who may have written on it still writes', async () => {
  const sealing = await copy();
  const writer = await sealing.session();
  await writer.sql('BEGIN');
  await writer.sql(`INSERT INTO hotline.complaint_history (complaint_id, at, event, actor) VALUES (${id}, now(), 'noted', 'user:late')`);
  assert.equal(await sealing.sql("SELECT hotline.record_seal('-2 days') IS NULL"), 't');
  assert.equal(await sealing.sql("SELECT hotline.record_seal('-2 days') IS NULL"), 't', 'the writer has not ended');
  await writer.sql('COMMIT');
  assert.equal(await sealing.sql("SELECT hotline.record_seal('-2 days') IS NOT NULL"), 't');
  assert.equal(await sealing.number('SELECT history_rows FROM hotline.record_seals'), await sealing.number('SELECT count(*) FROM hotline.complaint_history'));
  assert.equal((await verify(sealing)).code, 0);
  assert.equal(await sealing.sql('SELECT hotline.record_seal() IS NULL'), 't', 'tomorrow has not ended');
  await writer.close();
  await sealing.drop();
});

test('who writes to one complaint at once is put in one row; bulk loads are chained as well', async () => {
  const busy = await copy();
  const writers = await Promise.all(Array.from({ length: 8 }, () => busy.session()));
  await Promise.all(writers.map(async (writer, w) => {
    for (let i = 0; i < 10; i++) {
      await writer.sql(`INSERT INTO hotline.complaint_history (complaint_id, at, event, actor) VALUES (${id}, now(), 'noted', 'user:w${w}')`);
    }
  }));
  assert.equal(await busy.sql(`SELECT max(n) || ' ' || count(*) FROM hotline.complaint_history WHERE complaint_id = ${id}`), '85 85');
  await busy.sql(`SET session_replication_role = replica;
    INSERT INTO hotline.complaint_history (complaint_id, at, event, actor) SELECT ${id}, now(), 'noted', 'bulk' FROM generate_series(1, 20);
    COPY hotline.complaint_history (complaint_id, at, event, actor) FROM STDIN;\n${id}\t2025-01-01\tnoted\tcopied\n${id}\t2025-01-02\tnoted\tcopied\n\\.\n`);
  const good = await verify(busy);
  assert.equal(good.code, 0, good.out);
  assert.equal(await busy.sql(`SELECT max(n) FROM hotline.complaint_history WHERE complaint_id = ${id}`), '107');
  await Promise.all(writers.map((writer) => writer.close()));
  await busy.drop();
});

test('the log knows who logged in, who failed, whose account changed; it has no secret in it', async () => {
  const log = await database.sql(`SELECT string_agg(DISTINCT event, ' ' ORDER BY event) FROM hotline.audit_log`);
  for (const event of ['account.created', 'session.opened', 'setting.changed']) assert.ok(log.includes(event), log);
  assert.equal(await database.number("SELECT count(*) FROM hotline.audit_log WHERE detail::text LIKE '%argon2%'"), 0);
});
