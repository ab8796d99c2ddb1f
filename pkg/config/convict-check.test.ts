import { expect, test } from 'vitest';
import { checkWithConvict } from './convict-check.ts';
import { boolean, list, port, ratio, string } from './formats.ts';
import type { Schema } from './schema.ts';

const schema = {
  name: { doc: '', format: string(), required: true },
  http: { port: { doc: '', format: port(), default: 8080 }, proxies: { doc: '', format: list(), default: [] } },
  debug: { doc: '', format: boolean(), default: false },
  share: { doc: '', format: ratio() },
} as const satisfies Schema;

const good = { name: '8080', 'http.port': 80, 'http.proxies': ['a'], debug: true, share: undefined };
const check = (values: Record<string, unknown>) => checkWithConvict(schema, new Map(Object.entries(values)));

test('valid values are returned nested, as copies', () => {
  const checked = check(good);
  expect(checked).toEqual({ name: '8080', http: { port: 80, proxies: ['a'] }, debug: true, share: null });
  expect(checked).toHaveProperty('http.proxies', ['a']);
  expect(good['http.proxies']).not.toBe(Object(checked).http.proxies);
});

test('a value of the wrong type fails instead of being coerced', () => {
  for (const wrong of [
    { 'http.port': '80' },
    { 'http.port': '80.9' },
    { debug: '0' },
    { debug: '' },
    { share: 'abc' },
    { 'http.proxies': '' },
    { 'http.proxies': { a: 1 } },
    { name: 5 },
    { name: '' },
  ]) {
    expect(() => check({ ...good, ...wrong }), JSON.stringify(wrong)).toThrow(/must be|not declared/);
  }
});

test('a missing value and an undeclared key fail', () => {
  expect(() => check({ ...good, name: undefined })).toThrow('name: must be a non-empty string');
  expect(() => check({ 'http.port': 80 })).toThrow('name: must be');
  expect(() => check({ ...good, 'http.prot': 1 })).toThrow("'http.prot' not declared");
});
