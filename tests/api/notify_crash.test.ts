// The service is killed at every step from "resolve" to "the reporter was told", by points in the
// program (builds with sanitizers have them), and started again. What was committed is told at least
// once and under one id; what was not is never told; the history is whole.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Filed, QUICK, RESULT, addHook, file, staffOf } from './lib/notify';
import { addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { type Certificate, MailServer, Receiver, certificate } from './lib/receivers';
import { FAULT, HOTLINE, must, waitUntil } from './lib/run';
import { Server } from './lib/server';

/** In the order in which a resolve comes by them. `told`: is it committed when the service dies? */
const POINTS: { point: string; committed: boolean | null }[] = [
  { point: 'change.asked', committed: false },
  { point: 'change.sent', committed: null }, // on its way to the database: either
  { point: 'change.done', committed: true },
  { point: 'notify.planning', committed: true },
  { point: 'notify.planned', committed: true },
  { point: 'notify.claimed', committed: true },
  { point: 'notify.begun', committed: true },
  { point: 'notify.sending', committed: true },
  { point: 'notify.accepted', committed: true },
  { point: 'notify.recorded', committed: true },
];

let cert: Certificate;
let mail: MailServer;
let receiver: Receiver;
let database: Database;
let env: NodeJS.ProcessEnv;
let agency: string;

before(async () => {
  cert = certificate();
  mail = await MailServer.start(false, cert);
  receiver = await Receiver.start();
  database = await Postgres.shared().cityDatabase();
  await database.sql(`${QUICK}; UPDATE hotline.escalations SET active = false`); // nothing but what is asked for
  await addPerson(database, 'quan', 'administrator');
  env = { ...mail.env(cert), HOTLINE_NOTIFY_LEASE_S: '2', HOTLINE_NOTIFY_TIMEOUT_MS: '1500' };
  const server = await Server.startWith(database, env);
  agency = (await file(server)).agency;
  await staffOf(database, server, agency, 'nha');
  await addHook(server, await sessionOf(server, 'quan'), 'mọi việc', receiver.url);
  await settled();
  await server.stop();
});
after(async () => {
  await database?.drop();
  await mail?.stop();
  await receiver?.stop();
  cert?.remove();
});

async function settled(): Promise<void> {
  await waitUntil('everything to be told', async () => (await database.sql(`SELECT
    (SELECT count(*) FROM hotline.outbox WHERE planned_at IS NULL) + (SELECT count(*) FROM hotline.notices WHERE state <> 'sent')`)) === '0', 40000);
}

/** A complaint that only has to be resolved, and of which everything before is told. */
async function ready(email: string): Promise<Filed> {
  const server = await Server.startWith(database, env);
  const filed = await file(server, { reporter: { email } });
  const staff = await sessionOf(server, 'nha');
  const version = (await server.get(`/api/v1/complaints/${filed.code}`, staff.headers)).json.version as number;
  assert.equal((await server.post(`/api/v1/complaints/${filed.code}/actions`, { action: 'accept', version }, staff.headers)).status, 200);
  await settled();
  await server.stop();
  return filed;
}

/** Asks for it, of a service that may die of it at any moment. */
async function ask(server: Server, code: string): Promise<void> {
  try {
    const staff = await sessionOf(server, 'nha');
    const version = (await server.get(`/api/v1/complaints/${code}`, staff.headers)).json.version as number;
    await server.post(`/api/v1/complaints/${code}/actions`, { action: 'resolve', version, ...RESULT }, staff.headers);
  } catch {
    // no answer: it died
  }
}

interface Truth {
  resolved: number;
  told: number;
  notices: { recipient: string; delivery: string }[];
}

const truth = (code: string): Promise<Truth> => database.json(`SELECT json_build_object(
  'resolved', (SELECT count(*) FROM hotline.complaint_history h WHERE h.complaint_id = c.id AND h.event = 'resolved'),
  'told', (SELECT count(*) FROM hotline.outbox o WHERE o.complaint_id = c.id AND o.topic = 'complaint.resolved'),
  'notices', coalesce((SELECT json_agg(json_build_object('recipient', split_part(n.recipient, ':', 1), 'delivery', n.told_id) ORDER BY n.recipient)
    FROM hotline.notices n WHERE n.complaint_id = c.id AND n.event = 'resolved'), '[]'))
  FROM hotline.complaints c WHERE c.code = '${code}'`);

for (const [i, { point, committed }] of POINTS.entries()) {
  test(`killed at ${point}: nothing lost, nothing that did not happen`, async (t) => {
    const email = `nguoi-${i}@example.org`;
    const { code } = await ready(email);
    // The clock's own turns come by some points before the request does: those are killed at their first
    // turn after it, by a service that is started when the outbox row is there.
    const early = point === 'notify.planning' || point === 'notify.sending';
    if (early) {
      const calm = await Server.startWith(database, { ...env, HOTLINE_FAULT: 'change.done' });
      await ask(calm, code);
      assert.equal((await calm.end()).signal, 'SIGKILL');
    }
    const doomed = Server.launchWith(database, { ...env, HOTLINE_FAULT: point });
    if (!early) {
      await doomed.listening();
      await doomed.ready();
      await ask(doomed, code);
    }
    assert.equal((await doomed.end()).signal, 'SIGKILL', `the service came by ${point}`);
    assert.equal(FAULT.exec(doomed.logText), null, doomed.logText.slice(-2000));

    const server = await Server.startWith(database, env);
    await settled();
    const found = await truth(code);
    await server.stop();
    if (committed !== null) assert.equal(found.resolved, committed ? 1 : 0);
    assert.ok(found.resolved <= 1);
    assert.equal(found.told, found.resolved, 'the outbox says what the history says');
    assert.deepEqual(found.notices.map((n) => n.recipient), found.resolved === 1 ? ['reporter', 'webhook'] : []);

    const mails = mail.to(email).filter((m) => (m.headers['subject'] ?? '').includes('đã được giải quyết'));
    const hooks = receiver.deliveries.filter((d) => d.headers['x-hotline-event'] === 'complaint.resolved' && d.body.includes(code));
    const ids = (recipient: string): string[] => found.notices.filter((n) => n.recipient === recipient).map((n) => n.delivery);
    assert.deepEqual([...new Set(mails.map((m) => m.headers['x-hotline-delivery']))], ids('reporter'));
    assert.deepEqual([...new Set(mails.map((m) => m.headers['message-id']))], ids('reporter').map((id) => `<${id}@1022.example>`));
    assert.deepEqual([...new Set(hooks.map((d) => d.headers['x-hotline-delivery']))], ids('webhook'));
    assert.equal(new Set(hooks.map((d) => d.body)).size, found.resolved, 'a repeated delivery has the same bytes');
    t.diagnostic(`resolved ${found.resolved}, mails ${mails.length}, deliveries ${hooks.length}`);
    await must(HOTLINE, ['verify'], { env: { HOTLINE_DATABASE: database.url } });
  });
}
