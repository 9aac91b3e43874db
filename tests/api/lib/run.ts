// Programs as the tests run them, and waiting for conditions instead of for time.

import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { type Socket } from 'node:net';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The checkout: tests are started from there. */
export const ROOT = resolve(process.env['HOTLINE_ROOT'] ?? process.cwd());
export const HOTLINE = process.env['HOTLINE_PROGRAM'] ?? join(ROOT, 'build/asan/hotline');
export const LOGS = process.env['HOTLINE_TEST_LOGS'] ?? join(ROOT, '.local/test/logs');
mkdirSync(LOGS, { recursive: true });

/** What a sanitizer, or the program's own checks, write when something is wrong. */
export const FAULT = /AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|^BUG |SUMMARY: /m;

export const SANITIZER_ENV = {
  ASAN_OPTIONS: 'abort_on_error=0:detect_leaks=1:handle_abort=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

/** Whatever happens to the tests, this child neither outlives them nor keeps them from ending. */
export function killAtExit(child: ChildProcess): void {
  children.add(child);
  child.unref();
  for (const pipe of child.stdio) (pipe as Partial<Socket> | null)?.unref?.();
  child.once('close', () => children.delete(child));
}

/** Polls until the check answers something true, or fails with what was waited for. */
export async function waitUntil<T>(what: string, check: () => Promise<T> | T, timeoutMs = 20000):
Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  let pause = 5;
  for (;;) {
    const value = await check();
    if (value) return value as NonNullable<T>;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(pause * 2, 100);
  }
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export function run(program: string, args: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}):
Promise<Outcome> {
  return new Promise((done, fail) => {
    const spawnOptions: SpawnOptions = { env: { ...process.env, ...SANITIZER_ENV, ...options.env } };
    const child = spawn(program, args, spawnOptions);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr?.on('data', (bytes: Buffer) => err.push(bytes));
    child.on('error', fail);
    child.on('close', (code) => done({
      code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(),
    }));
    child.stdin?.on('error', () => undefined); // it may end without reading all
    child.stdin?.end(options.input ?? '');
  });
}

/** Runs a program that must succeed; answers what it printed. */
export async function must(program: string, args: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}):
Promise<string> {
  const outcome = await run(program, args, options);
  if (outcome.code !== 0 || FAULT.test(outcome.stderr)) {
    throw new Error(`${program} ${args.join(' ')} ended with ${outcome.code}:\n${outcome.stderr.slice(-4000)}`);
  }
  return outcome.stdout;
}

/** The same, at once: for making things ready and for cleaning up. */
export function mustSync(program: string, args: string[], env: NodeJS.ProcessEnv = {}): string {
  const done = spawnSync(program, args, {
    env: { ...process.env, ...SANITIZER_ENV, ...env }, encoding: 'utf8', maxBuffer: 1 << 28,
  });
  if (done.status !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${done.status}:\n${done.stderr}`);
  }
  return done.stdout;
}
