// A service under test: started on a free port, watched, and made to stop cleanly.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Description } from './openapi';
import type { Database } from './postgres';
import { FAULT, HOTLINE, LOGS, SANITIZER_ENV, killAtExit, waitUntil } from './run';

let serial = 0;

/** What the first service that was ready says of itself: every answer of every test is held against it. */
let description: Description | null = null;

/** What an anonymous caller may file is bounded; tests file more unless they test that. */
const DEFAULTS = ['--workers', '2', '--anonymous-per-minute', '0', '--log', 'info'];

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed; null where the body is no JSON. */
  json: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export class Server {
  private log = '';
  private ended: { code: number | null; signal: string | null } | null = null;
  port = 0;

  private constructor(private readonly child: ChildProcess) {}

  /** Starts it and waits until it is ready. Options are added to those of the tests. */
  static async start(database: Database, ...options: string[]): Promise<Server> {
    const server = Server.launch(database, ...options);
    await server.listening();
    await server.ready();
    return server;
  }

  /** Starts it without waiting. */
  static launch(database: Database, ...options: string[]): Server {
    return Server.launchWith(database, {}, ...options);
  }

  /** With more in its environment. */
  static async startWith(database: Database, env: NodeJS.ProcessEnv, ...options: string[]): Promise<Server> {
    const server = Server.launchWith(database, env, ...options);
    await server.listening();
    await server.ready();
    return server;
  }

  static launchWith(database: Database, env: NodeJS.ProcessEnv, ...options: string[]): Server {
    const given = options.includes('--port') ? [] : ['--port', '0'];
    const child = spawn(HOTLINE, ['serve', ...DEFAULTS, ...given, ...options], {
      env: { ...process.env, ...SANITIZER_ENV, HOTLINE_FILES: database.files, ...env, HOTLINE_DATABASE: database.serviceUrl },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const server = new Server(child);
    const file = createWriteStream(join(LOGS, `serve-${process.pid}-${++serial}.log`));
    child.stderr?.on('data', (bytes: Buffer) => {
      server.log += bytes.toString();
      file.write(bytes);
    });
    child.on('close', (code, signal) => {
      server.ended = { code, signal };
      file.end();
    });
    killAtExit(child);
    return server;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.ended === null;
  }

  logContains(text: string | RegExp): boolean {
    return typeof text === 'string' ? this.log.includes(text) : text.test(this.log);
  }

  get logText(): string {
    return this.log;
  }

  async listening(): Promise<void> {
    this.port = Number(await waitUntil('the service to listen', () => {
      this.mustRun();
      return /serve\.listening .*\bport=(\d+)/.exec(this.log)?.[1];
    }, 30000));
  }

  async ready(): Promise<void> {
    await waitUntil('the service to be ready', async () => {
      this.mustRun();
      return (await this.tryGet('/readyz'))?.status === 200;
    }, 60000);
    description ??= await Description.of(this);
  }

  private mustRun(): void {
    if (this.ended) throw new Error(`the service ended with ${JSON.stringify(this.ended)}:\n${this.log.slice(-4000)}`);
  }

  /** A connection that was kept may be closed just when it is used again: a question is asked anew. */
  private async fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.base + path, init);
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause?.code;
      if (init.method || (cause !== 'UND_ERR_SOCKET' && cause !== 'ECONNRESET')) throw error;
      return fetch(this.base + path, init);
    }
  }

  async request(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    let json: unknown = null;
    try {
      json = JSON.parse(text);
    } catch {
      json = null;
    }
    if (response.ok && json !== null) description?.holdsAnswer(init.method ?? 'GET', path, json);
    return { status: response.status, headers: response.headers, text, json };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { headers });
  }

  /** null where nobody answers. */
  async tryGet(path: string): Promise<Answer | null> {
    try {
      return await this.get(path);
    } catch {
      return null;
    }
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    } as RequestInit);
  }

  file(complaint: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.post('/api/v1/complaints', complaint, headers);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<{ code: number | null; signal: string | null }> {
    return waitUntil('the service to end', () => this.ended, 40000);
  }

  /** Asks it to stop, and fails unless it ends well and nothing was wrong on the way. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const ended = await this.end();
    assert.equal(FAULT.exec(this.log)?.[0], undefined, `the service reported:\n${this.log.slice(-6000)}`);
    assert.deepEqual(ended, { code: 0, signal: null }, this.log.slice(-4000));
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.end();
  }
}
