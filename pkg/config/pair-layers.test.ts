import { expect, test } from 'vitest';
import { list, oneOf, port, string } from './formats.ts';
import { defaultLayer, parseLayer } from './layer.ts';
import { createLiveConfig } from './live-config.ts';
import { kvLayer, readSetLayer } from './pair-layers.ts';
import type { Schema } from './schema.ts';

test('an argument is split at its first equals sign', () => {
  expect(readSetLayer(['a.b=1', 'c=x=y', 'd=']).entries).toEqual([
    { key: 'a.b', origin: '--set a.b', raw: { text: '1' } },
    { key: 'c', origin: '--set c', raw: { text: 'x=y' } },
    { key: 'd', origin: '--set d', raw: { text: '' } },
  ]);
});

test('an argument without a key or an equals sign is a problem that shows only what looks like a key', () => {
  expect(readSetLayer(['db.token:s3cret', '=5', '']).problems).toEqual([
    { key: 'db.token', origin: '--set db.token', expected: 'key=value' },
    { origin: '--set', expected: 'key=value' },
    { origin: '--set', expected: 'key=value' },
  ]);
});

const schema = {
  name: { doc: '', format: string(), default: 'a', notFrom: ['kv'] },
  http: { port: { doc: '', format: port(), default: 1 }, hosts: { doc: '', format: list(), default: [] } },
  token: { doc: '', format: string(), secret: true },
} as const satisfies Schema;

function read(values: Readonly<Record<string, string>>) {
  const pairs = Object.entries(values).map(([key, value]) => ({ key, value }));
  return parseLayer(schema, kvLayer(pairs, { prefix: 'config/orders', store: 'consul' }));
}

test('each key below the prefix is a setting with its value written as in an environment variable', () => {
  const { source, values, problems } = read({
    'config/orders/': '',
    'config/orders/http/': '',
    'config/orders/http.port': '80\n',
    'config/orders/http.hosts': 'a,b',
  });
  expect([source, problems]).toEqual(['kv', []]);
  expect(Object.fromEntries(values)).toEqual({
    'http.port': { value: 80, origin: 'consul config/orders/http.port', source: 'kv' },
    'http.hosts': { value: ['a', 'b'], origin: 'consul config/orders/http.hosts', source: 'kv' },
  });
});

test('an unknown key, a key in a folder, a folder with a value, an invalid value, a secret and a key excluded from KV are problems', () => {
  const { problems } = read({
    'config/orders/http.prot': '80',
    'config/orders/http/port': '80',
    'config/orders/http/': '80',
    'config/orders/http.port': '\u0000\uFFFD{',
    'config/orders/token': 'x',
    'config/orders/name': 'b',
  });
  expect(problems.map(({ key }) => key)).toEqual(['http.prot', 'http/port', 'http/', 'http.port', 'token', 'name']);
});

test('a live configuration applies it as a separate source', () => {
  const levels = {
    level: { doc: '', format: oneOf('low', 'high'), default: 'low', reloadable: true },
  } as const satisfies Schema;
  const store = (value: string) => kvLayer([{ key: 'a/b/level', value }], { prefix: 'a/b', store: 'consul' });
  const layers = [parseLayer(levels, defaultLayer(levels)), parseLayer(levels, store('low'))];
  const live = createLiveConfig({ schema: levels, rules: [], layers });
  live.offer(parseLayer(levels, store('high')));
  expect(live.describe()).toContainEqual(expect.objectContaining({ value: 'high', origin: 'consul a/b/level' }));
});
