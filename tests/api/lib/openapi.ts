// The API's own description, read as a client would read it.

import assert from 'node:assert/strict';
import type { Server } from './server';

/* eslint-disable @typescript-eslint/no-explicit-any */
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  'x-identifies'?: string;
}

export interface Operation {
  method: string;
  path: string;
  summary: string;
  tags: string[];
  parameters: Parameter[];
  /** The body's schema; undefined where it takes none, null where it is no JSON. */
  body: any;
  /** The media type of a body that is no JSON. */
  bodyType: string | undefined;
  /** The statuses that mean success. */
  good: string[];
  /** The answer's schema; null where it is no JSON or nothing. */
  answer: any;
  roles: string[];
  open: boolean;
}

export class Description {
  private constructor(readonly document: any, readonly operations: Operation[]) {}

  static async of(server: Server): Promise<Description> {
    const answer = await server.get('/api/v1/openapi.json');
    assert.equal(answer.status, 200, answer.text);
    const description = new Description(answer.json, []);
    for (const [path, methods] of Object.entries<any>(answer.json.paths)) {
      for (const [method, operation] of Object.entries<any>(methods)) {
        description.operations.push(description.operation(path, method.toUpperCase(), operation));
      }
    }
    return description;
  }

  /** What a $ref stands for; fails where it stands for nothing. */
  resolve(value: any): any {
    if (value?.$ref === undefined) return value;
    const found = (value.$ref as string).replace(/^#\//, '').split('/').reduce((at: any, key) => at?.[key], this.document);
    assert.ok(found, `${value.$ref} stands for nothing`);
    return this.resolve(found);
  }

  private operation(path: string, method: string, operation: any): Operation {
    const content = operation.requestBody?.content as Record<string, any> | undefined;
    const good = Object.keys(operation.responses).filter((status) => /^[23]/.test(status));
    const answer = operation.responses[good[0] ?? '']?.content?.['application/json'];
    return {
      method,
      path,
      summary: operation.summary,
      tags: operation.tags,
      parameters: operation.parameters.map((p: any) => this.resolve(p)),
      body: content === undefined ? undefined : content['application/json'] ? this.resolve(content['application/json'].schema) : null,
      bodyType: content === undefined ? undefined : Object.keys(content)[0],
      good,
      answer: answer ? this.resolve(answer.schema) : null,
      roles: operation['x-roles'] ?? [],
      open: operation.security.some((way: object) => Object.keys(way).length === 0),
    };
  }

  find(method: string, path: string): Operation {
    const found = this.operations.find((o) => o.method === method && o.path === path);
    assert.ok(found, `${method} ${path} is not described`);
    return found;
  }

  /** Which operation an address is of: the one with the fewest places to fill in. */
  private routes: { method: string; pattern: RegExp; operation: Operation }[] | null = null;
  at(method: string, address: string): Operation | null {
    const places = (path: string): number => path.split('{').length;
    this.routes ??= [...this.operations].sort((a, b) => places(a.path) - places(b.path)).map((operation) => ({
      method: operation.method, operation,
      pattern: new RegExp(`^${operation.path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    }));
    const path = address.split('?')[0] ?? '';
    return this.routes.find((route) => route.method === method && route.pattern.test(path))?.operation ?? null;
  }

  /** Fails where a good answer is not what is said of it. */
  holdsAnswer(method: string, address: string, value: unknown): void {
    const operation = this.at(method, address);
    if (operation?.answer) this.holds(operation.answer, value, `${method} ${operation.path}`);
  }

  /** Fails where a value is not what the schema says: types, required, unknown properties, items. */
  holds(schema: any, value: any, at: string): void {
    const s = this.resolve(schema);
    if (s.oneOf) {
      const faults: string[] = [];
      for (const one of s.oneOf) {
        try {
          this.holds(one, value, at);
          return;
        } catch (error) {
          faults.push((error as Error).message);
        }
      }
      assert.fail(`${at}: none of ${s.oneOf.length}: ${faults.join('; ')}`);
    }
    if ('const' in s) assert.equal(value, s.const, at);
    if (s.enum) assert.ok(s.enum.includes(value), `${at}: ${value} is none of ${s.enum}`);
    if (s.type) {
      const types = [s.type].flat();
      assert.ok(types.includes(typeOf(value)) || (types.includes('number') && typeOf(value) === 'integer'),
        `${at}: ${JSON.stringify(value)?.slice(0, 80)} is no ${types.join(' or ')}`);
    }
    if (Array.isArray(value) && s.items) value.forEach((item, i) => this.holds(s.items, item, `${at}[${i}]`));
    if (typeOf(value) === 'object') this.holdsObject(s, value, at);
  }

  private holdsObject(s: any, value: any, at: string): void {
    for (const name of s.required ?? []) assert.ok(name in value, `${at}: ${name} is missing`);
    for (const [name, item] of Object.entries(value)) {
      if (s.properties?.[name]) this.holds(s.properties[name], item, `${at}.${name}`);
      else if (typeof s.additionalProperties === 'object') this.holds(s.additionalProperties, item, `${at}.${name}`);
      else assert.notEqual(s.additionalProperties, false, `${at}: ${name} is not described`);
    }
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
