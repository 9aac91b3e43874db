// Logging in with an OpenID Connect provider: a real one (oidc-provider) started here, and a false one
// that gives tokens which must be refused.

import assert from 'node:assert/strict';
import { type KeyObject, createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { type IncomingMessage, type Server as HttpServer, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { problem } from './lib/city';
import { PASSWORD, addPerson, sessionOf } from './lib/people';
import { type Database, Postgres } from './lib/postgres';
import { HOTLINE, ROOT, must } from './lib/run';
import { Server } from './lib/server';
import { totp } from './lib/totp';

const SECRET = 'bi-mat-cua-may-khach-1022';
const BACK = '/api/v1/session/provider/back';
let database: Database;
let server: Server;
let real: HttpServer;
let issuer: string;

/** What the real provider says of whoever logs in there. */
const people: Record<string, { email: string; email_verified: boolean }> = {
  'so-1': { email: 'Truc@Example.org', email_verified: true },
  'so-2': { email: 'lanh@example.org', email_verified: false },
  'so-3': { email: 'nobody@example.org', email_verified: true },
  'so-4': { email: 'hai@example.org', email_verified: true },
  'so-5': { email: 'nghi@example.org', email_verified: true },
};

function listen(http: HttpServer): Promise<string> {
  return new Promise((done) => http.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)));
}

const command = (input: string, ...args: string[]): Promise<string> => must(HOTLINE, ['user', ...args], { input, env: { HOTLINE_DATABASE: database.url } });

async function settings(oidc: Record<string, unknown>): Promise<void> {
  await command(JSON.stringify({ oidc: { issuer, client_id: 'rsa', name: 'Cổng thử', redirect: server.base + BACK, ...oidc } }), 'settings');
}

before(async () => {
  database = await Postgres.shared().cityDatabase();
  for (const login of ['truc', 'lanh', 'hai', 'nghi']) await addPerson(database, login, 'operator');
  await database.sql("UPDATE hotline.users SET email = login || '@example.org'");
  server = await Server.start(database);

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const { default: Provider } = await import(pathToFileURL(join(ROOT, 'web/node_modules/oidc-provider/lib/index.js')).href) as any;
  real = createServer();
  issuer = await listen(real);
  const client = (id: string, alg: string): object => ({
    client_id: id, client_secret: SECRET, redirect_uris: [server.base + BACK], token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: alg,
  });
  const provider = new Provider(issuer, {
    clients: [client('rsa', 'RS256'), client('ec', 'ES256')],
    jwks: { keys: [
      { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid: 'r', use: 'sig' },
      { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid: 'e', use: 'sig' },
    ] },
    cookies: { keys: ['thử'.padEnd(20, 'x')] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  });
  real.on('request', provider.callback());
  await command(`${SECRET}\n`, 'provider-secret');
  await settings({});
});
after(async () => {
  real.close();
  real.closeAllConnections();
  await server.stop();
  await database.drop();
});

/** A browser's cookies, by host. */
class Browser {
  private readonly jar = new Map<string, string>();

  async go(address: string, form?: Record<string, string>): Promise<Response> {
    const cookies = [...this.jar].filter(([key]) => key.startsWith(`${new URL(address).host} `)).map(([key, value]) => `${key.split(' ')[1]}=${value}`);
    const response = await fetch(address, {
      redirect: 'manual', headers: { Cookie: cookies.join('; '), ...(form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}) },
      ...(form ? { method: 'POST', body: new URLSearchParams(form).toString() } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) this.jar.delete(`${new URL(address).host} ${name}`);
      else this.jar.set(`${new URL(address).host} ${name}`, value ?? '');
    }
    return response;
  }

  get session(): string | undefined {
    return this.jar.get(`${new URL(server.base).host} hotline_session`);
  }
}

const where = (response: Response, from: string): string => new URL(response.headers.get('location') ?? '', from).href;

/** To the provider and through its forms as that person; the address that it sends the browser back to. */
async function throughProvider(browser: Browser, person: string): Promise<string> {
  const start = await browser.go(`${server.base}/api/v1/session/provider/start`);
  assert.equal(start.status, 302, await start.text());
  let at = where(start, server.base);
  assert.match(at, /code_challenge_method=S256/);
  assert.doesNotMatch(at, new RegExp(SECRET));
  for (let step = 0; step < 12 && !at.startsWith(server.base); step++) {
    let response = await browser.go(at);
    if (response.status === 200) {
      const page = await response.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
      response = await browser.go(at, prompt === 'login' ? { prompt, login: person, password: 'any' } : { prompt });
    }
    assert.ok(response.status === 302 || response.status === 303, `${at}: ${response.status} ${await response.text()}`);
    at = where(response, at);
  }
  return at;
}

async function logIn(person: string): Promise<{ browser: Browser; to: string; back: string }> {
  const browser = new Browser();
  const back = await throughProvider(browser, person);
  const end = await browser.go(back);
  assert.equal(end.status, 302, await end.text());
  return { browser, to: end.headers.get('location') ?? '', back };
}

const who = (browser: Browser): Promise<{ status: number; json: any }> => // eslint-disable-line @typescript-eslint/no-explicit-any
  server.get('/api/v1/session', { Cookie: `hotline_session=${browser.session ?? ''}` });

test('the page is told what the provider is called', async () => {
  assert.deepEqual((await server.get('/api/v1/session/provider')).json, { name: 'Cổng thử' });
});

for (const client of ['rsa', 'ec']) {
  test(`one logs in by an address that the provider has verified (${client})`, async () => {
    await settings({ client_id: client });
    const { browser, to, back } = await logIn('so-1');
    assert.equal(to, '/?login=done');
    const session = await who(browser);
    assert.deepEqual([session.status, session.json.user.login], [200, 'truc']);
    // A second use of the way back is none: its state is spent.
    assert.equal((await browser.go(back)).headers.get('location'), '/?login=refused');
  });
}

test('from then on the provider\'s own number of the person counts, not the address', async () => {
  await settings({});
  await database.sql("UPDATE hotline.users SET email = 'other@example.org' WHERE login = 'truc'");
  const { browser, to } = await logIn('so-1');
  assert.equal(to, '/?login=done');
  assert.equal((await who(browser)).json.user.login, 'truc');
  // Somebody else who gets that address at the provider is not he.
  people['so-3'] = { email: 'other@example.org', email_verified: true };
  assert.equal((await logIn('so-3')).to, '/?login=refused');
});

test('an unverified address, a stranger and a disabled account are refused alike', async () => {
  people['so-3'] = { email: 'nobody@example.org', email_verified: true };
  await database.hotline('user', 'disable', '--login', 'nghi');
  for (const person of ['so-2', 'so-3', 'so-5']) {
    const { browser, to } = await logIn(person);
    assert.deepEqual([to, browser.session], ['/?login=refused', undefined], person);
  }
  assert.equal(await database.sql("SELECT count(*) FROM hotline.users WHERE oidc_subject IS NOT NULL"), '1');
});

test('another browser cannot use the way back, nor can one that never went', async () => {
  const browser = new Browser();
  const back = await throughProvider(browser, 'so-1');
  const thief = new Browser();
  assert.equal((await thief.go(back)).headers.get('location'), '/?login=refused');
  await thief.go(`${server.base}/api/v1/session/provider/start`);
  assert.equal((await thief.go(back)).headers.get('location'), '/?login=refused');
  assert.equal(thief.session, undefined);
  assert.equal((await browser.go(back)).headers.get('location'), '/?login=done');
});

test('who has a second factor here comes in only where the provider is trusted to have asked for one', async () => {
  const person = await sessionOf(server, 'hai');
  const begun = await server.post('/api/v1/session/factor', {}, person.headers);
  await server.request('/api/v1/session/factor', { method: 'PUT', headers: { ...person.headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ code: totp(begun.json.secret) }) });
  assert.equal((await logIn('so-4')).to, '/?login=refused');
  await settings({ second_factor: true });
  assert.equal((await logIn('so-4')).to, '/?login=done');
  await settings({});
});

test('a provider that is down, or says that it is another, lets nobody in; passwords still do', async () => {
  await settings({ issuer: 'http://127.0.0.1:1' });
  const start = (): Promise<Response> => new Browser().go(`${server.base}/api/v1/session/provider/start`);
  assert.equal((await start()).headers.get('location'), '/?login=refused');
  await settings({ issuer: issuer.replace('127.0.0.1', 'localhost') });
  assert.equal((await start()).headers.get('location'), '/?login=refused');
  assert.equal((await server.post('/api/v1/session', { login: 'truc', password: PASSWORD })).status, 200);
  await database.sql("DELETE FROM hotline.settings WHERE key = 'access'");
  assert.deepEqual((await server.get('/api/v1/session/provider')).json, { name: null });
  problem(await server.get('/api/v1/session/provider/start'), 404);
});

// --- a false provider ---------------------------------------------------------------------------

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function jwt(header: Record<string, unknown>, claims: Record<string, unknown>, key: KeyObject | null): string {
  const body = `${text(header)}.${text(claims)}`;
  if (header['alg'] === 'none' || key === null) return `${body}.`;
  if (header['alg'] === 'HS256') return `${body}.${createHmac('sha256', key.export({ type: 'spki', format: 'pem' }) as string).update(body).digest('base64url')}`;
  const options = header['alg'] === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key };
  return `${body}.${sign('sha256', Buffer.from(body), options).toString('base64url')}`;
}

test('a token that is not signed by the provider, or not for us, now and this attempt, is refused', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kids: [string, KeyObject][] = [['r', rsa.publicKey], ['w', weak.publicKey], ['e', ec.publicKey]];
  let token = (_: string): string => '';
  let verifier = '';
  const seen = { nonce: '' };
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    const answer = (value: unknown): void => void response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
    if (request.url?.includes('openid-configuration')) {
      answer({ issuer: self, authorization_endpoint: `${self}/auth`, token_endpoint: `${self}/token`, jwks_uri: `${self}/jwks` });
    } else if (request.url === '/jwks') {
      answer({ keys: kids.map(([kid, key]) => ({ ...key.export({ format: 'jwk' }), kid })) });
    } else {
      let form = '';
      request.on('data', (bytes: Buffer) => { form += bytes.toString(); });
      request.on('end', () => {
        verifier = new URLSearchParams(form).get('code_verifier') ?? '';
        answer({ id_token: token(seen.nonce) });
      });
    }
  });
  const self = await listen(http);
  await settings({ issuer: self, client_id: 'hotline' });
  await database.sql(`UPDATE hotline.users SET oidc_subject = '${self}|p' WHERE login = 'truc'`);

  const attempt = async (make: (nonce: string) => string): Promise<string> => {
    token = make;
    const browser = new Browser();
    const to = new URL(where(await browser.go(`${server.base}/api/v1/session/provider/start`), server.base));
    seen.nonce = to.searchParams.get('nonce') ?? '';
    const end = await browser.go(`${server.base}${BACK}?code=x&state=${to.searchParams.get('state')}`);
    assert.equal(createHash('sha256').update(verifier).digest('base64url'), to.searchParams.get('code_challenge'));
    return end.headers.get('location') ?? '';
  };
  const now = Math.floor(Date.now() / 1000);
  const claims = (nonce: string, change: Record<string, unknown> = {}): Record<string, unknown> =>
    ({ iss: self, aud: 'hotline', sub: 'p', nonce, iat: now, exp: now + 600, ...change });
  const good = (change: Record<string, unknown> = {}) => (nonce: string): string => jwt({ alg: 'RS256', kid: 'r' }, claims(nonce, change), rsa.privateKey);

  assert.equal(await attempt(good()), '/?login=done');
  assert.equal(await attempt((n) => jwt({ alg: 'ES256', kid: 'e' }, claims(n), ec.privateKey)), '/?login=done');
  assert.equal(await attempt(good({ aud: ['hotline', 'x'], azp: 'hotline' })), '/?login=done');
  const refused: [string, (nonce: string) => string][] = [
    ['no signature', (n) => jwt({ alg: 'none' }, claims(n), null)],
    ['no signature, with a key\'s name', (n) => jwt({ alg: 'RS256', kid: 'r' }, claims(n), null)],
    ['another key', (n) => jwt({ alg: 'RS256', kid: 'r' }, claims(n), stranger.privateKey)],
    ['the public key as a secret', (n) => jwt({ alg: 'HS256', kid: 'r' }, claims(n), rsa.publicKey)],
    ['a short key', (n) => jwt({ alg: 'RS256', kid: 'w' }, claims(n), weak.privateKey)],
    ['one kind of key as another', (n) => jwt({ alg: 'RS256', kid: 'e' }, claims(n), rsa.privateKey)],
    ['changed after signing', (n) => good()(n).replace(/\.[^.]+\./, `.${text(claims(n, { sub: 'q' }))}.`)],
    ['another audience', good({ aud: 'other' })],
    ['several audiences', good({ aud: ['hotline', 'other'] })],
    ['no audience', good({ aud: undefined })],
    ['another issuer', good({ iss: 'https://else.example' })],
    ['another attempt', good({ nonce: 'f'.repeat(64) })],
    ['no attempt', good({ nonce: undefined })],
    ['expired', good({ exp: now - 120 })],
    ['without an end', good({ exp: undefined })],
    ['from the future', good({ iat: now + 600 })],
    ['about nobody', good({ sub: '' })],
    ['no token', () => 'x'],
    ['empty parts', () => '..'],
  ];
  for (const [name, make] of refused) assert.equal(await attempt(make), '/?login=refused', name);
  http.close();
  http.closeAllConnections();
});
