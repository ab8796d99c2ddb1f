import { expect, test } from 'vitest';
import { suggestion } from './nearest.ts';

const keys = ['http.port', 'http.host', 'admin.port', 'lifecycle.drainDelay'];

test('a typo of a letter or two suggests the intended name', () => {
  expect(suggestion('http.prot', keys)).toBe('; did you mean http.port?');
  expect(suggestion('prot', ['host', 'port'])).toBe('; did you mean port?');
  expect(suggestion('admni', ['admin'])).toBe('; did you mean admin?');
  expect(suggestion('lifecycle.drainDelays', keys)).toBe('; did you mean lifecycle.drainDelay?');
  expect(suggestion('HTTP.port', keys)).toBe('; did you mean http.port?');
});

test('a name that resembles no candidate suggests nothing', () => {
  expect(suggestion('database.url', keys)).toBe('');
  expect(suggestion('a', ['b'])).toBe('');
  expect(suggestion('', keys)).toBe('');
  expect(suggestion('anything', [])).toBe('');
});
