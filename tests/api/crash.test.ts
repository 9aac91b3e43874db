// kill -9 of the service and of PostgreSQL, five times each, under load: whatever was acknowledged is
// there exactly once, and nothing is there twice.
//
//   HOTLINE_CRASH_RATE  complaints a second; without it 2,000, or 300 for a build with sanitizers

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Database, Postgres } from './lib/postgres';
import { FAULT, HOTLINE, LOGS, ROOT, SANITIZER_ENV, killAtExit, waitUntil } from './lib/run';
import { Server } from './lib/server';

const SANITIZED = HOTLINE.includes('asan') || HOTLINE.includes('tsan');
const RATE = Number(process.env['HOTLINE_CRASH_RATE'] ?? (SANITIZED ? 300 : 2000));
const KILLS = 5;
const ACKS = join(LOGS, 'crash-acks.txt');

let postgres: Postgres;
let database: Database;
let server: Server;

before(async () => {
  postgres = Postgres.at(join(ROOT, '.local/crash'));
  const drops = await postgres.database('postgres').sql(`SELECT format('DROP DATABASE %I WITH (FORCE);', datname)
    FROM pg_database WHERE datname LIKE 'hotline%'`); // of an earlier run, by another program
  await postgres.database('postgres').sql(drops);
  database = await postgres.emptyDatabase();
  await database.hotline('demo', '--complaints', '0', '--months', '1');
  server = await Server.start(database);
  rmSync(ACKS, { force: true });
});
after(async () => {
  try {
    await server?.stop();
  } finally {
    postgres?.stop();
  }
});

interface Result {
  made: number;
  acknowledged: number;
  repeated: number;
  retries: number;
  answers: Record<string, number>;
  refused: Record<string, number>;
}

/** The load generator, until it is told to stop; then it sends again what is open until all is acknowledged. */
class Load {
  private out = '';
  private err = '';
  private ended: { code: number | null } | null = null;
  private readonly child: ChildProcess;

  constructor(base: string) {
    this.child = spawn(HOTLINE, ['simulate', '--url', base, '--rate', String(RATE), '--seconds', '600',
      '--connections', '128', '--retry', '--grace', '60', '--acks', ACKS, '--json'],
    { env: { ...process.env, ...SANITIZER_ENV }, stdio: ['ignore', 'pipe', 'pipe'] });
    killAtExit(this.child);
    this.child.stdout?.on('data', (bytes: Buffer) => { this.out += bytes.toString(); });
    this.child.stderr?.on('data', (bytes: Buffer) => { this.err += bytes.toString(); });
    this.child.once('close', (code) => { this.ended = { code }; });
  }

  /** Bytes of acknowledgements so far. */
  get acknowledged(): number {
    assert.equal(this.child.exitCode, null, `the load generator ended early: ${this.err}`);
    return statSync(ACKS, { throwIfNoEntry: false })?.size ?? 0;
  }

  async flows(): Promise<void> {
    const before = this.acknowledged;
    await waitUntil('complaints to be acknowledged', () => this.acknowledged > before, 60000);
  }

  async finish(): Promise<Result> {
    this.child.kill('SIGINT');
    const { code } = await waitUntil('what is open to be acknowledged', () => this.ended, 70000);
    assert.equal(FAULT.exec(this.err), null, this.err);
    assert.equal(code, 0, `some were never acknowledged: ${this.out} ${this.err}`);
    return JSON.parse(this.out) as Result;
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function killServer(): Promise<void> {
  const port = server.port;
  await server.kill();
  assert.equal(FAULT.exec(server.logText), null, server.logText.slice(-4000));
  server = await Server.start(database, '--port', String(port));
}

async function killPostgres(): Promise<void> {
  postgres.kill();
  await postgres.start();
  await server.ready();
}

/** What is wrong in the database; all zero when every acknowledged complaint is there exactly once. */
async function wrongs(): Promise<Record<string, number>> {
  return JSON.parse(await database.sql(`CREATE TEMP TABLE acks (key text, code text);
COPY acks FROM STDIN (DELIMITER ' ');
${readFileSync(ACKS, 'utf8')}\\.
SELECT json_build_object(
  'acknowledged_twice', (SELECT count(*) - count(DISTINCT key) FROM acks),
  'one_code_for_two', (SELECT count(*) - count(DISTINCT code) FROM acks),
  'acknowledged_but_missing', (SELECT count(*) FROM acks a WHERE NOT EXISTS (
    SELECT FROM hotline.idempotency_keys k JOIN hotline.complaints c ON c.id = k.complaint_id
    WHERE k.key = a.key AND c.code = a.code)),
  'key_twice', (SELECT count(*) - count(DISTINCT key) FROM hotline.idempotency_keys),
  'key_without_complaint', (SELECT count(*) FROM hotline.idempotency_keys k
    WHERE NOT EXISTS (SELECT FROM hotline.complaints c WHERE c.id = k.complaint_id)),
  'complaints_more_than_keys', (SELECT count(*) FROM hotline.complaints)
    - (SELECT count(DISTINCT complaint_id) FROM hotline.idempotency_keys),
  'stored_but_not_acknowledged', (SELECT count(*) FROM hotline.idempotency_keys)
    - (SELECT count(*) FROM acks),
  'not_one_received', (SELECT count(*) FROM hotline.complaints c WHERE 1 <> (
    SELECT count(*) FROM hotline.complaint_history h
    WHERE h.complaint_id = c.id AND h.event = 'received')),
  'not_one_in_outbox', (SELECT count(*) FROM hotline.complaints c
    LEFT JOIN (SELECT complaint_id, count(*) AS n FROM hotline.outbox
      WHERE topic = 'complaint.received' GROUP BY 1) o ON o.complaint_id = c.id
    WHERE o.n IS DISTINCT FROM 1))`)) as Record<string, number>;
}

test(`kill -9 of service and database, ${KILLS} times each, at ${RATE} complaints/s`, async (t) => {
  const load = new Load(server.base);
  await load.flows();
  for (let i = 0; i < 2 * KILLS; i++) {
    await pause(700 + ((i * 379) % 600)); // anywhere between two commits
    await load.flows();
    await (i % 2 === 0 ? killServer() : killPostgres());
    await load.flows();
  }
  await pause(500);
  const result = await load.finish();
  t.diagnostic(JSON.stringify(result));
  assert.deepEqual(result.refused, {});
  assert.equal(result.acknowledged, result.made);
  assert.ok((result.answers['0'] ?? 0) > 0 && result.retries > 0, 'no kill interrupted anything');
  const lines = readFileSync(ACKS, 'utf8').trimEnd().split('\n').length;
  assert.equal(lines, result.acknowledged);
  for (const [what, n] of Object.entries(await wrongs())) assert.equal(n, 0, what);
});
