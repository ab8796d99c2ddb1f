import { expect, test } from 'vitest';
import { port, string, url } from './formats.ts';
import { defaultLayer, type Entry, parseLayer } from './layer.ts';
import { duration } from './quantities.ts';
import type { Schema, Source } from './schema.ts';

const schema = {
  stage: { doc: '', format: string(), default: 'dev', notFrom: ['repository', 'kv'] },
  http: { port: { doc: '', format: port(), default: 8080 }, timeout: { doc: '', format: duration(), default: '10s' } },
  db: { url: { doc: '', format: url() }, token: { doc: '', format: string(), secret: true } },
} as const satisfies Schema;

const parse = (source: Source, ...entries: Entry[]) => parseLayer(schema, { source, entries, problems: [] });
const yaml = (key: string, value: unknown): Entry => ({ key, origin: `f:1`, raw: { yaml: value } });
const text = (key: string, value: string): Entry => ({ key, origin: 'env X', raw: { text: value } });

test('the defaults form a layer of valid values', () => {
  const { values, problems } = parseLayer(schema, defaultLayer(schema));
  expect(problems).toEqual([]);
  expect(Object.fromEntries(values)).toEqual({
    stage: { value: 'dev', origin: 'default', source: 'default' },
    'http.port': { value: 8080, origin: 'default', source: 'default' },
    'http.timeout': { value: 10_000, origin: 'default', source: 'default' },
  });
});

test('a default that does not match its own format is a problem', () => {
  const wrong = { a: { doc: '', format: port(), default: '80' } } as const satisfies Schema;
  expect(parseLayer(wrong, defaultLayer(wrong)).problems).toMatchObject([
    { key: 'a', origin: 'default', value: '"80"' },
  ]);
});

test('every problem of a layer is reported, those from reading first, and valid values are kept', () => {
  const read = { origin: 'f:9', expected: 'something' };
  const entries = [yaml('http.port', '80'), yaml('http.timeout', 10), yaml('db.url', 'http://h')];
  const { values, problems } = parseLayer(schema, { source: 'mounted', entries, problems: [read] });
  expect(problems).toMatchObject([read, { key: 'http.port', value: '"80"' }, { key: 'http.timeout', value: '10' }]);
  expect([...values.keys()]).toEqual(['db.url']);
});

test('null unsets an optional setting and is invalid for any other', () => {
  expect(parse('mounted', yaml('db.url', null)).values.get('db.url')).toEqual({
    value: undefined,
    origin: 'f:1',
    source: 'mounted',
  });
  expect(parse('mounted', yaml('http.port', null)).problems).toMatchObject([{ key: 'http.port', value: 'null' }]);
});

test('empty text is reported as set but empty', () => {
  expect(parse('env', text('http.port', '')).problems).toEqual([
    { key: 'http.port', origin: 'env X', expected: 'a port number from 0 to 65535; it is set but empty' },
  ]);
});

test('an unknown key is a problem that suggests a known one and never shows the value', () => {
  expect(parse('mounted', yaml('http.prot', 's3cret'), yaml('http', 5), yaml('nothing.alike', 1)).problems).toEqual([
    { key: 'http.prot', origin: 'f:1', expected: 'a known key; did you mean http.port?' },
    { key: 'http', origin: 'f:1', expected: 'a known key; did you mean a key below it, such as http.port?' },
    { key: 'nothing.alike', origin: 'f:1', expected: 'a known key' },
  ]);
});

test('keys of the prototype chain are unknown keys', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', 'http.constructor', '__proto__.polluted', 'toString']) {
    expect(parse('set', text(key, 'x')).problems, key).toMatchObject([{ key }]);
  }
  expect({}).not.toHaveProperty('polluted');
});

test('a secret is accepted from the environment or a mounted file and rejected from every other source', () => {
  for (const source of ['env', 'mounted'] as const) {
    expect(parse(source, text('db.token', 's3cret')).values.get('db.token')?.value).toBe('s3cret');
  }
  for (const source of ['repository', 'kv', 'set'] as const) {
    const { values, problems } = parse(source, text('db.token', 's3cret'));
    expect(values.size).toBe(0);
    expect(problems).toMatchObject([
      {
        key: 'db.token',
        expected: expect.stringContaining('this secret to come from a mounted file or the environment, not from'),
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain('s3cret');
  }
});

test('a key is rejected from the sources that its setting excludes', () => {
  expect(parse('repository', yaml('stage', 'prod')).problems).toEqual([
    {
      key: 'stage',
      origin: 'f:1',
      expected: "this key to come from a mounted file or the environment or --set, not from the repository's YAML",
    },
  ]);
  expect(parse('kv', text('stage', 'prod')).problems).toHaveLength(1);
  expect(parse('set', text('stage', 'prod')).problems).toEqual([]);
});

test('neither an invalid secret nor the password in an invalid URL is shown', () => {
  const { problems } = parse('mounted', yaml('db.token', 12345), yaml('db.url', 'http://user:s3cret@host'));
  expect(problems).toMatchObject([{ value: '"***"' }, { value: '"http://***@host"' }]);
});
