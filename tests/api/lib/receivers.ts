// Those who are told: a real SMTP server and a real HTTP receiver, in this process, each of which can
// refuse, fail, hang, close, and recover.

import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, type IncomingMessage, type Server as HttpServer, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { mustSync } from './run';

export interface Certificate {
  key: string;
  cert: string;
  file: string;
  remove(): void;
}

/** One of its own for 127.0.0.1 and localhost. */
export function certificate(): Certificate {
  const dir = mkdtempSync(join(tmpdir(), 'hotline-cert-'));
  const file = join(dir, 'cert.pem');
  mustSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-keyout', join(dir, 'key.pem'), '-out', file]);
  return {
    key: readFileSync(join(dir, 'key.pem'), 'utf8'), cert: readFileSync(file, 'utf8'), file,
    remove: () => rmSync(dir, { recursive: true }),
  };
}

export interface Mail {
  to: string[];
  from: string;
  secure: boolean;
  user: string | null;
  raw: string;
  /** Unfolded and decoded, by name in lower case. */
  headers: Record<string, string>;
  text: string;
  html: string;
}

function decodeWords(text: string): string {
  return text.replace(/\?=\s+=\?/g, '?==?').replace(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, base64: string) => Buffer.from(base64, 'base64').toString('utf8'));
}

function headersOf(block: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of block.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = decodeWords(line.slice(colon + 1).trim());
  }
  return headers;
}

/** Decodes what a mail program would show. */
export function readMail(raw: string): Pick<Mail, 'headers' | 'text' | 'html'> {
  const end = raw.indexOf('\r\n\r\n');
  const headers = headersOf(raw.slice(0, end));
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts: Record<string, string> = {};
  for (const part of raw.slice(end).split(`--${boundary}`).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n');
    const type = /content-type: ([^;]+)/i.exec(part.slice(0, at))?.[1] ?? '';
    parts[type] = Buffer.from(part.slice(at), 'base64').toString('utf8');
  }
  return { headers, text: parts['text/plain'] ?? '', html: parts['text/html'] ?? '' };
}

export type MailMode = 'take' | 'refuse' | 'later' | 'hang';

export class MailServer {
  readonly mails: Mail[] = [];
  mode: MailMode = 'take';
  private users = 0;
  private constructor(private readonly smtp: SMTPServer, readonly secure: boolean) {}

  static async start(secure: boolean, cert: Certificate, port = 0): Promise<MailServer> {
    let self: MailServer;
    const smtp = new SMTPServer({
      secure, key: cert.key, cert: cert.cert, closeTimeout: 100,
      onAuth: (auth, _session, done) => {
        self.users++;
        if (auth.username === 'hotline' && auth.password === 'mật khẩu') done(null, { user: auth.username });
        else done(new Error('no such user'));
      },
      onRcptTo: (_address, _session, done) => {
        if (self.mode === 'refuse') done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
        else if (self.mode === 'later') done(Object.assign(new Error('greylisted'), { responseCode: 451 }));
        else done();
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (bytes: Buffer) => chunks.push(bytes));
        stream.on('end', () => {
          if (self.mode === 'hang') return;
          const raw = Buffer.concat(chunks).toString('latin1');
          self.mails.push({
            to: session.envelope.rcptTo.map((rcpt) => rcpt.address), from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
            secure: session.secure, user: (session.user as string | undefined) ?? null, raw, ...readMail(raw),
          });
          done();
        });
      },
    });
    smtp.on('error', () => undefined); // clients that are killed
    self = new MailServer(smtp, secure);
    await new Promise<void>((done) => smtp.listen(port, '127.0.0.1', done));
    return self;
  }

  get port(): number {
    return this.smtp.server.address().port;
  }

  env(cert: Certificate): NodeJS.ProcessEnv {
    return {
      HOTLINE_SMTP_URL: `${this.secure ? 'smtps' : 'smtp'}://localhost:${this.port}`, HOTLINE_SMTP_USER: 'hotline',
      HOTLINE_SMTP_PASSWORD: 'mật khẩu', HOTLINE_SMTP_FROM: 'khong-tra-loi@1022.example', HOTLINE_SMTP_CA: cert.file,
    };
  }

  to(address: string): Mail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }

  stop(): Promise<void> {
    return new Promise((done) => this.smtp.close(done));
  }
}

export interface Delivery {
  headers: IncomingHttpHeaders;
  body: string;
  url: string;
  method: string;
}

export type HookMode = 'ok' | 'fail' | 'gone' | 'hang' | 'close' | 'redirect';

export class Receiver {
  readonly deliveries: Delivery[] = [];
  /** Requests, answered well or not. */
  tried = 0;
  mode: HookMode = 'ok';
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly http: HttpServer) {}

  static async start(): Promise<Receiver> {
    let self: Receiver;
    const http = createServer((request, response) => self.take(request, response));
    self = new Receiver(http);
    http.on('connection', (socket) => {
      self.sockets.add(socket);
      socket.on('close', () => self.sockets.delete(socket));
    });
    await new Promise<void>((done) => { http.listen(0, '127.0.0.1', done); });
    return self;
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (bytes: Buffer) => chunks.push(bytes));
    request.on('end', () => {
      this.tried++;
      if (this.mode === 'hang') return;
      if (this.mode === 'close') {
        request.socket.destroy();
      } else if (this.mode === 'ok') {
        this.deliveries.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8'), url: request.url ?? '', method: request.method ?? '' });
        response.writeHead(204).end();
      } else if (this.mode === 'redirect') {
        response.writeHead(302, { Location: `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/elsewhere` }).end();
      } else {
        response.writeHead(this.mode === 'gone' ? 410 : 503).end('sorry');
      }
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/hook`;
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((done) => { this.http.close(() => done()); });
  }
}

/** What a receiver would check. */
export function signatureHolds(delivery: Delivery, secret: string): boolean {
  const wanted = createHmac('sha256', secret).update(`${String(delivery.headers['x-hotline-timestamp'])}.${delivery.body}`).digest('hex');
  return delivery.headers['x-hotline-signature'] === `sha256=${wanted}`;
}

export const someKey = (): string => randomUUID();
