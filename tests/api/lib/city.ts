// What the tests say to a service, and how they read its answers.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import type { Answer, Server } from './server';

export interface Point {
  lon: number;
  lat: number;
}

/** The middle of the city: inside it in every generation of boundaries. */
export const CENTRE: Point = { lon: 106.70005, lat: 10.77985 };

/** A complaint that has nothing wrong with it. */
export function complaint(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    category: 'tieng-on',
    description: 'Karaoke mở loa lớn quá nửa đêm',
    channel: 'web',
    location: CENTRE,
    ...change,
  };
}

export interface FieldError {
  field: string;
  code: string;
  detail: string;
}

/** Checks the shape of a problem+json and answers its errors. */
export function problem(answer: Answer, status: number): FieldError[] {
  assert.equal(answer.status, status, answer.text.slice(0, 500));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.match(answer.json.type, /^\/problems\/[a-z-]+$/);
  assert.equal(answer.json.status, status);
  assert.equal(typeof answer.json.title, 'string');
  assert.notEqual(answer.json.title, '');
  assert.equal(answer.json.request_id, answer.headers.get('x-request-id'));
  assert.ok(Array.isArray(answer.json.errors));
  for (const error of answer.json.errors) {
    assert.deepEqual(Object.keys(error).sort(), ['code', 'detail', 'field']);
    assert.notEqual(error.detail, '');
  }
  return answer.json.errors as FieldError[];
}

export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

export function tileOf(point: Point, z: number): TileAddress {
  const sine = Math.sin((point.lat * Math.PI) / 180);
  const scale = 2 ** z;
  return {
    z,
    x: Math.floor(((point.lon + 180) / 360) * scale),
    y: Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * scale),
  };
}

/** Where in the tile, in units of its extent. */
export function inTile(point: Point, tile: TileAddress, extent: number): { x: number; y: number } {
  const sine = Math.sin((point.lat * Math.PI) / 180);
  const scale = 2 ** tile.z;
  return {
    x: (((point.lon + 180) / 360) * scale - tile.x) * extent,
    y: ((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * scale - tile.y) * extent,
  };
}

export interface Feature {
  properties: Record<string, unknown>;
  x: number;
  y: number;
}

/** The features of a layer in a tile, at their first vertex. */
export async function features(server: Server, layer: string, at: TileAddress, query = ''): Promise<Feature[]> {
  const response = await fetch(`${server.base}/tiles/${layer}/${at.z}/${at.x}/${at.y}.mvt${query}`);
  if (response.status === 204) return [];
  assert.equal(response.status, 200);
  const tile = new VectorTile(new Pbf(new Uint8Array(await response.arrayBuffer())));
  const found = tile.layers[layer];
  assert.ok(found, `the tile has no layer ${layer}`);
  return Array.from({ length: found.length }, (_, index) => {
    const feature = found.feature(index);
    const first = feature.loadGeometry()[0]?.[0];
    return { properties: { ...feature.properties }, x: first?.x ?? NaN, y: first?.y ?? NaN };
  });
}

/** Writes bytes to the service as they are and answers all that comes back until it closes. */
export function raw(server: Server, pieces: string | Buffer, timeoutMs = 15000): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect(server.port, '127.0.0.1');
    const got: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new Error(`the connection was still open after ${timeoutMs} ms: ${Buffer.concat(got).toString().slice(0, 300)}`));
    }, timeoutMs);
    socket.on('data', (bytes: Buffer) => got.push(bytes));
    socket.on('error', () => undefined); // a reset: what came before it counts
    socket.on('close', () => {
      clearTimeout(timer);
      done(Buffer.concat(got).toString('latin1'));
    });
    socket.on('connect', () => socket.write(pieces));
  });
}

export interface ServerEvent {
  event: string;
  data: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** A listener to /api/v1/events; `events` grows. */
export class EventStream {
  readonly events: ServerEvent[] = [];
  closed = false;
  private readonly abort = new AbortController();

  static async open(server: Server, headers: Record<string, string> = {}): Promise<EventStream> {
    const stream = new EventStream();
    const response = await fetch(`${server.base}/api/v1/events`, { signal: stream.abort.signal, headers });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    void stream.read(response);
    return stream;
  }

  private async read(response: Response): Promise<void> {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
        let end = text.indexOf('\n\n');
        while (end >= 0) {
          this.take(text.slice(0, end));
          text = text.slice(end + 2);
          end = text.indexOf('\n\n');
        }
      }
    } catch {
      // closed by either side
    }
    this.closed = true;
  }

  private take(block: string): void {
    const event = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (event !== undefined) this.events.push({ event, data: JSON.parse(data ?? 'null') });
  }

  close(): void {
    this.abort.abort();
  }
}
