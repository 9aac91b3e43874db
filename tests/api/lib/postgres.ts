// A private PostgreSQL cluster and the databases in it.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HOTLINE, ROOT, killAtExit, must, mustSync, run, waitUntil } from './run';

const PSQL = '/usr/lib/postgresql/15/bin/psql';
const CLUSTER = join(ROOT, 'server/setup/cluster');

/** What the template's demo city holds. */
export const DEMO_COMPLAINTS = 2000;
const TEMPLATE = 'hotline_template_demo';
const TEMPLATE_EMPTY = 'hotline_template_empty';

export class Postgres {
  private constructor(readonly dir: string, readonly url: string) {}

  /** The cluster that all tests share (started if it is down). */
  static shared(): Postgres {
    return Postgres.at(process.env['HOTLINE_TEST_CLUSTER'] ?? join(ROOT, '.local/test'));
  }

  /** A cluster of one's own, for tests that kill it. Stop it in the end. */
  static at(dir: string): Postgres {
    return new Postgres(dir, mustSync(CLUSTER, ['start', dir]).trim());
  }

  database(name: string): Database {
    return new Database(this, name);
  }

  private async exists(name: string): Promise<boolean> {
    return (await this.database('postgres').sql(
      `SELECT count(*) FROM pg_database WHERE datname = '${name}'`)) === '1';
  }

  private async create(template: string): Promise<Database> {
    const database = this.database(`hotline_test_${randomBytes(6).toString('hex')}`);
    await this.database('postgres').sql(`CREATE DATABASE ${database.name} TEMPLATE ${template}`);
    return database;
  }

  private async makeTemplate(name: string, fill: (database: Database) => Promise<void>): Promise<void> {
    if (await this.exists(name)) return;
    // Another test file may be about to make it too.
    const lock = await this.database('postgres').session();
    await lock.sql(`SELECT pg_advisory_lock(hashtext('${name}'))`);
    try {
      if (!await this.exists(name)) await this.fillTemplate(name, fill);
    } finally {
      await lock.close();
    }
  }

  private async fillTemplate(name: string, fill: (database: Database) => Promise<void>): Promise<void> {
    const making = this.database(`${name}_making`);
    await making.drop();
    await this.database('postgres').sql(`CREATE DATABASE ${making.name}`);
    await fill(making);
    await this.database('postgres').sql(`ALTER DATABASE ${making.name} RENAME TO ${name}`);
  }

  /** A migrated database without a city. */
  async emptyDatabase(): Promise<Database> {
    await this.makeTemplate(TEMPLATE_EMPTY, async (database) => {
      await database.hotline('migrate');
      await database.sql('ALTER ROLE hotline_service LOGIN');
    });
    return this.create(TEMPLATE_EMPTY);
  }

  /** A database with the demo city: made once, copied for each who asks. */
  async cityDatabase(): Promise<Database> {
    await this.makeTemplate(TEMPLATE, async (database) => {
      await database.hotline('migrate');
      await database.sql('ALTER ROLE hotline_service LOGIN');
      await database.hotline('demo', '--complaints', String(DEMO_COMPLAINTS), '--months', '3');
    });
    return this.create(TEMPLATE);
  }

  /** SIGKILL to every process of it, as a crash would. */
  kill(): void {
    mustSync(CLUSTER, ['kill', this.dir]);
  }

  stop(): void {
    mustSync(CLUSTER, ['stop', this.dir]);
  }

  /** Comes up again, also right after a kill whose last processes are still ending. */
  async start(): Promise<void> {
    await waitUntil('PostgreSQL to start', async () =>
      (await run(CLUSTER, ['start', this.dir])).code === 0, 60000);
  }
}

export class Database {
  constructor(readonly postgres: Postgres, readonly name: string) {}

  /** As the cluster's owner. */
  get url(): string {
    return this.postgres.url.replace('/postgres?', `/${this.name}?`);
  }

  /** As the role that the service logs in as. */
  get serviceUrl(): string {
    return this.url.replace('user=postgres', 'user=hotline_service');
  }

  /** Runs statements; answers what they select, columns by '|', rows by line feeds. */
  async sql(text: string): Promise<string> {
    const out = await must(PSQL, ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', this.url, '-f', '-'], { input: text });
    return out.replace(/\n$/, '');
  }

  async number(text: string): Promise<number> {
    return Number(await this.sql(text));
  }

  async json<T>(text: string): Promise<T> {
    return JSON.parse(await this.sql(text)) as T;
  }

  /** Runs one of the program's commands on it. */
  hotline(...args: string[]): Promise<string> {
    return must(HOTLINE, args, { env: { HOTLINE_DATABASE: this.url, HOTLINE_FILES: this.files } });
  }

  /** Where its attachments lie. */
  get files(): string {
    return join(this.postgres.dir, 'stores', this.name);
  }

  session(): Promise<Session> {
    return Session.open(this.url);
  }

  complaints(): Promise<number> {
    return this.number('SELECT count(*) FROM hotline.complaints');
  }

  async drop(): Promise<void> {
    rmSync(this.files, { recursive: true, force: true });
    await this.postgres.database('postgres').sql(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

/** A connection that stays open: for transactions that hold locks. */
export class Session {
  private output = '';
  private serial = 0;

  private constructor(private readonly child: ChildProcess) {}

  static async open(url: string): Promise<Session> {
    const child = spawn(PSQL, ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const session = new Session(child);
    child.stdout?.on('data', (bytes: Buffer) => { session.output += bytes.toString(); });
    killAtExit(child);
    await session.sql('SELECT 1');
    return session;
  }

  /** Runs statements and waits until they are done. */
  async sql(text: string): Promise<void> {
    const mark = `done-${++this.serial}`;
    this.child.stdin?.write(`${text};\n\\echo ${mark}\n`);
    await waitUntil(`"${text}"`, () => {
      if (this.child.exitCode !== null) throw new Error(`psql ended with ${this.child.exitCode} at: ${text}`);
      return this.output.includes(mark);
    });
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    await waitUntil('psql to end', () => this.child.exitCode !== null);
  }
}
