// What the tests use of the package; it brings no types of its own.
declare module 'smtp-server' {
  import type { Readable } from 'node:stream';
  import type { AddressInfo, Server } from 'node:net';

  export interface Session {
    secure: boolean;
    user?: unknown;
    envelope: { mailFrom: { address: string } | false; rcptTo: { address: string }[] };
  }
  type Done = (error?: (Error & { responseCode?: number }) | null, answer?: unknown) => void;
  export interface Options {
    secure?: boolean;
    key?: string;
    cert?: string;
    authOptional?: boolean;
    disabledCommands?: string[];
    logger?: boolean;
    closeTimeout?: number;
    onAuth?: (auth: { username?: string; password?: string }, session: Session, done: Done) => void;
    onRcptTo?: (address: { address: string }, session: Session, done: Done) => void;
    onData?: (stream: Readable, session: Session, done: Done) => void;
  }
  export class SMTPServer {
    constructor(options: Options);
    server: Omit<Server, 'address'> & { address(): AddressInfo };
    listen(port: number, host: string, done: () => void): void;
    close(done: () => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
  }
}
