import { expect, expectTypeOf, test } from 'vitest';
import { boolean, integer, list, oneOf, port, ratio, string, url } from './formats.ts';
import { byteSize, duration } from './quantities.ts';
import type { Schema } from './schema.ts';
import { type ConfigOf, typedConfig } from './typed-config.ts';

const schema = {
  name: { doc: '', format: string(), required: true },
  http: {
    port: { doc: '', format: port(), default: 8080 },
    bodyLimit: { doc: '', format: byteSize(), default: '1MiB' },
    proxies: { doc: '', format: list(), default: [] },
    tls: { enabled: { doc: '', format: boolean(), default: false } },
  },
  // A group whose keys have the same names as the fields of a setting.
  log: {
    format: { doc: '', format: oneOf('json', 'pretty'), default: 'json' },
    default: { doc: '', format: integer(), default: 1 },
  },
  drain: { delay: { doc: '', format: duration(), default: '10s' }, pause: { doc: '', format: duration() } },
  tracing: { ratio: { doc: '', format: ratio(), default: 1 }, endpoint: { doc: '', format: url() } },
} as const satisfies Schema;

test('the type of the result is derived from the schema', () => {
  expectTypeOf<ConfigOf<typeof schema>>().branded.toEqualTypeOf<{
    readonly name: string;
    readonly http: {
      readonly port: number;
      readonly bodyLimit: number;
      readonly proxies: readonly string[];
      readonly tls: { readonly enabled: boolean };
    };
    readonly log: { readonly format: 'json' | 'pretty'; readonly default: number };
    readonly drain: { readonly delayMs: number; readonly pauseMs?: number };
    readonly tracing: { readonly ratio: number; readonly endpoint?: string };
  }>();
});

test('the result is nested like the schema, has units in the names and omits unset values', () => {
  const config = typedConfig(schema, {
    name: 'a',
    http: { port: 1, bodyLimit: 2, proxies: ['p'], tls: { enabled: true } },
    log: { format: 'json', default: 5 },
    drain: { delay: 10_000, pause: null },
    tracing: { ratio: 0, endpoint: undefined },
  });
  expect(config).toStrictEqual({
    name: 'a',
    http: { port: 1, bodyLimit: 2, proxies: ['p'], tls: { enabled: true } },
    log: { format: 'json', default: 5 },
    drain: { delayMs: 10_000 },
    tracing: { ratio: 0 },
  });
});

test('the result is deeply frozen, and the input is not', () => {
  const proxies = ['p'];
  const config = typedConfig(schema, { http: { proxies, tls: { enabled: true } } });
  for (const part of [config, config.http, config.http.tls, config.http.proxies, config.drain]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
  expect(Object.isFrozen(proxies)).toBe(false);
});
