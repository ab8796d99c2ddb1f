import { expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { port, string } from './formats.ts';
import { defaultLayer, type Entry, type ParsedLayer, parseLayer } from './layer.ts';
import { duration } from './quantities.ts';
import { type Resolved, type Rule, resolveConfig } from './resolve.ts';
import type { Schema } from './schema.ts';
import type { ConfigOf } from './typed-config.ts';

const schema = {
  name: { doc: '', format: string(), required: true },
  http: {
    port: { doc: '', format: port(), default: 8080, reloadable: true },
    short: { doc: '', format: duration(), default: '1s' },
    long: { doc: '', format: duration(), default: '2s' },
  },
  db: { token: { doc: '', format: string(), secret: true }, url: { doc: '', format: string() } },
} as const satisfies Schema;

const rules: readonly Rule<ConfigOf<typeof schema>>[] = [
  {
    keys: ['http.long', 'http.short'],
    expected: 'more than http.short',
    holds: ({ http }) => http.longMs > http.shortMs,
  },
];

const text = (key: string, value: string): Entry => ({ key, origin: `env ${key}`, raw: { text: value } });
const yaml = (key: string, value: unknown): Entry => ({ key, origin: 'a.yaml:1', raw: { yaml: value } });
const layer = (...entries: Entry[]): ParsedLayer => parseLayer(schema, { source: 'mounted', entries, problems: [] });
const defaults = parseLayer(schema, defaultLayer(schema));
const resolve = (...layers: ParsedLayer[]): Resolved<typeof schema> =>
  resolveConfig(schema, [defaults, ...layers], rules);

function problemsOf(...layers: ParsedLayer[]) {
  try {
    resolve(...layers);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('for each key, the last layer that sets it wins', () => {
  const { config, describe } = resolve(layer(text('name', 'a'), text('http.port', '1')), layer(yaml('http.port', 2)));
  expect(config).toEqual({ name: 'a', http: { port: 2, shortMs: 1000, longMs: 2000 }, db: {} });
  expect(describe()).toEqual([
    { key: 'name', value: 'a', origin: 'env name', reloadable: false },
    { key: 'http.port', value: 2, origin: 'a.yaml:1', reloadable: true },
    { key: 'http.short', value: '1s', origin: 'default', reloadable: false },
    { key: 'http.long', value: '2s', origin: 'default', reloadable: false },
    { key: 'db.token', value: null, origin: 'not set', reloadable: false },
    { key: 'db.url', value: null, origin: 'not set', reloadable: false },
  ]);
});

test('null in a later layer unsets an optional value', () => {
  const { config, describe } = resolve(layer(text('name', 'a'), text('db.url', 'x')), layer(yaml('db.url', null)));
  expect(config.db).toEqual({});
  expect(describe()).toContainEqual({ key: 'db.url', value: null, origin: 'a.yaml:1', reloadable: false });
});

test('resolving the same layers again returns a new object', () => {
  const layers = [layer(text('name', 'a'))];
  const [first, second] = [resolve(...layers).config, resolve(...layers).config];
  expect(first).not.toBe(second);
  expect(first).toEqual(second);
});

test('a value must be valid even if a later layer overrides it', () => {
  expect(problemsOf(layer(text('name', 'a'), text('http.port', 'x')), layer(text('http.port', '1')))).toMatchObject([
    { key: 'http.port', value: '"x"' },
  ]);
});

test('the problems of all layers and missing values are reported together', () => {
  expect(problemsOf(layer(text('http.port', 'x')), layer(text('db.urll', 'y')))).toMatchObject([
    { key: 'http.port' },
    { key: 'db.urll' },
    { key: 'name', origin: 'not set', expected: 'a non-empty string; it is required' },
  ]);
});

test('a required key with an invalid value is not also reported as missing', () => {
  expect(problemsOf(layer(text('name', '')))).toHaveLength(1);
});

test('a violated rule names every value in it with its origin', () => {
  expect(problemsOf(layer(text('name', 'a'), text('http.short', '5s')))).toEqual([
    {
      key: 'http.long',
      origin: 'default',
      value: '"2s"',
      expected: 'more than http.short (http.short is "5s" from env http.short)',
    },
  ]);
});

test('a violated rule is reported along with problems of other keys, but a rule with an invalid value is skipped', () => {
  const broken = [text('name', 'a'), text('http.short', '5s')];
  expect(problemsOf(layer(...broken, text('http.port', 'x')))).toHaveLength(2);
  expect(problemsOf(layer(...broken, text('http.long', '10')))).toMatchObject([{ key: 'http.long', value: '"10"' }]);
  expect(problemsOf(layer(text('http.short', '5s')))).toMatchObject([{ key: 'name' }, { key: 'http.long' }]);
  const unknown = { key: 'APP_X', origin: 'env APP_X', expected: 'a known variable' };
  expect(problemsOf(layer(...broken), { source: 'env', values: new Map(), problems: [unknown] })).toMatchObject([
    unknown,
    { key: 'http.long' },
  ]);
  // An unreadable file could have set anything.
  expect(
    problemsOf(layer(...broken), { source: 'env', values: new Map(), problems: [{ origin: 'f', expected: 'x' }] }),
  ).toHaveLength(1);
});

test('the message has a line for each problem: origin, key, expected and actual value', () => {
  const layers = [
    layer(text('name', 'a'), yaml('http.port', '80'), { key: 'db.urll', origin: '--set db.urll', raw: { text: 'x' } }),
    {
      source: 'mounted' as const,
      values: new Map(),
      problems: [
        { origin: 'b.yaml:7', expected: 'each key at most once' },
        { key: 'APP_X', origin: 'env APP_X', expected: 'a known variable' },
      ],
    },
  ];
  expect(() => resolve(...layers)).toThrow(
    [
      'invalid configuration, 4 problems:',
      '  a.yaml:1: http.port: expected a port number from 0 to 65535, got "80"',
      '  --set db.urll: expected a known key; did you mean db.url?',
      '  b.yaml:7: expected each key at most once',
      '  env APP_X: expected a known variable',
    ].join('\n'),
  );
});

test('the error has a name and a code for programs', () => {
  const error = new ConfigError([{ origin: 'default', expected: 'x' }]);
  expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' });
  expect(error.message).toContain('1 problem:');
});

test('a secret is masked in descriptions and present in the configuration', () => {
  const { config, describe } = resolve(layer(text('name', 'a'), text('db.token', 's3cret')));
  expect(config.db.token).toBe('s3cret');
  expect(describe()).toContainEqual({ key: 'db.token', value: '***', origin: 'env db.token', reloadable: false });
  expect(JSON.stringify(describe())).not.toContain('s3cret');
});
