// Staff at work on open complaints: staff BASE PASSWORD WARM_SECONDS SECONDS PAUSE_MS PIDS LOGIN...
//
// Each has a session, looks at a list in order of due time, takes three of it, one after the other, and does
// what may be done with it next, whoever else is at it. Before each request he thinks for PAUSE_MS on
// average (half to one and a half of it), not at all with 0. Everybody has logged in and worked for WARM_SECONDS
// before the clock starts, so that the database's connections have their plans; what is done then counts as done
// but not in the times.
// Prints JSON: how long lists and actions took, how many were refused because somebody was quicker, what the
// processes of PIDS ("1,2", or "1,2;3") computed meanwhile in hundredths of a second, and for each complaint how many
// actions were answered with "done" and which versions they made: whoever counts the database's rows against
// that finds lost updates.

import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

const [base = '', password = '', warm = '10', seconds = '60', pause = '0', pids = '', ...logins] = process.argv.slice(2);
let until = 0;
/** Between two requests of a person, on average. */
let pauseMs = 0;
const agent = new Agent({ keepAlive: true, maxSockets: logins.length + 1 });

interface Answer {
  status: number;
  json: any;
  cookie: string;
  ms: number;
}

function ask(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
  return new Promise((done, fail) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const begin = process.hrtime.bigint();
    const r = request(base + path, { method, agent, headers: { ...headers, ...(text ? { 'Content-Type': 'application/json' } : {}) } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', fail);
      answer.on('end', () => {
        const ms = Number(process.hrtime.bigint() - begin) / 1e6;
        const got = Buffer.concat(parts).toString();
        done({ status: answer.statusCode ?? 0, json: got ? JSON.parse(got) : null, cookie: (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '', ms });
      });
    });
    r.on('error', fail);
    r.end(text);
  });
}

const times: { list: number[]; action: number[] } = { list: [], action: [] };
const WARM_PAUSE_MS = 400;
const statuses: Record<string, number> = {};
/** By code: versions that were made. */
const made = new Map<string, number[]>();
let notes = 0;
let serial = 0;

const NEXT: Record<string, () => Record<string, unknown>> = {
  assigned: () => ({ action: 'accept' }),
  reopened: () => ({ action: 'accept' }),
  accepted: () => ({ action: 'start' }),
  in_progress: () => ({ action: 'resolve', text: `Đã xử lý xong việc số ${++serial}, kiểm tra lại tại chỗ không còn gì`, no_photo_reason: 'Đo tải' }),
};

/** What that person does with a complaint in that status: mostly the next step, often only a note. */
function step(status: string, hotline: boolean): Record<string, unknown> {
  const next = NEXT[status];
  if (next && !hotline && Math.random() < 0.6) return next();
  if (Math.random() < 0.3) return { action: 'answer', text: `Tổ công tác số ${++serial} sẽ đến hiện trường xem xét trong ngày hôm nay` };
  return { action: 'note', text: `Ghi chú ${++serial}` };
}

/** Hundredths of a second that each group of processes has computed for. */
function computed(): number[] {
  const of = (pid: string): number => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      return 0; // it has ended
    }
  };
  return pids.split(';').map((group) => group.split(',').reduce((sum, pid) => sum + of(pid), 0));
}

interface Person {
  headers: Record<string, string>;
  hotline: boolean;
}

async function logIn(login: string): Promise<Person> {
  const session = await ask('POST', '/api/v1/session', {}, { login, password });
  if (session.status !== 200) throw new Error(`${login}: ${session.status} ${JSON.stringify(session.json)}`);
  return { headers: { Cookie: session.cookie, 'X-CSRF-Token': session.json.csrf }, hotline: session.json.user.agency === null };
}

async function work({ headers, hotline }: Person): Promise<void> {
  const rest = (): Promise<void> => new Promise((done) => setTimeout(done, pauseMs * (0.5 + Math.random())));
  await rest();
  while (Date.now() < until) {
    const list = await ask('GET', '/api/v1/complaints?order=due&limit=20', headers);
    times.list.push(list.ms);
    statuses[`list ${list.status}`] = (statuses[`list ${list.status}`] ?? 0) + 1;
    const rows = list.json?.complaints ?? [];
    for (let i = 0; i < 3 && rows.length > 0 && Date.now() < until; i++) {
      await rest();
      const one = rows[Math.floor(Math.random() * rows.length)];
      const body = step(one.status, hotline);
      const answer = await ask('POST', `/api/v1/complaints/${one.code}/actions`, headers, { ...body, version: one.version });
      times.action.push(answer.ms);
      statuses[`action ${answer.status}`] = (statuses[`action ${answer.status}`] ?? 0) + 1;
      if (answer.status === 200) {
        made.set(one.code, [...(made.get(one.code) ?? []), one.version + 1]);
        notes += body['action'] === 'note' ? 1 : 0;
        Object.assign(one, { version: answer.json.version, status: answer.json.status });
      } else if (answer.status === 409) {
        rows.splice(rows.indexOf(one), 1); // somebody was quicker
      }
    }
    await rest();
  }
}

const at = (sorted: number[], share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100;

async function main(): Promise<void> {
  const people: Person[] = [];
  for (const login of logins) people.push(await logIn(login));
  pauseMs = WARM_PAUSE_MS;
  until = Date.now() + Number(warm) * 1000;
  await Promise.all(people.map(work));
  times.list = [];
  times.action = [];
  pauseMs = Number(pause);
  const before = computed();
  const begin = Date.now();
  until = begin + Number(seconds) * 1000;
  await Promise.all(people.map(work));
  const took = (Date.now() - begin) / 1000;
  const after = computed();
  const figures = (list: number[]): unknown => {
    list.sort((a, b) => a - b);
    return { n: list.length, p50: at(list, 0.5), p99: at(list, 0.99), max: at(list, 1) };
  };
  // Two answers that made the same version: one of them was lost.
  let twice = 0;
  for (const versions of made.values()) twice += versions.length - new Set(versions).size;
  process.stdout.write(JSON.stringify({ list: figures(times.list), action: figures(times.action), seconds: took,
    computed: after.map((ticks, i) => ticks - (before[i] ?? 0)), statuses, notes, twice,
    made: Object.fromEntries([...made].map(([code, versions]) => [code, versions.length])) }) + '\n');
}

void main().then(() => process.exit(0), (error: unknown) => {
  console.error(error);
  process.exit(1);
});
