import { expect, test } from 'vitest';
import { reasonOf } from './reason.ts';

test('the causes of an error are part of the reason', () => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(reasonOf(new TypeError('fetch failed', { cause: refused }))).toBe('fetch failed: ECONNREFUSED');
});

test('an error with neither message nor code is known by its name', () => {
  expect(reasonOf(new RangeError())).toBe('RangeError');
});

test('a thrown value that is no Error is shown as it is', () => {
  expect(reasonOf('no leader')).toBe('no leader');
  expect(reasonOf({ status: 500 })).toBe('{ status: 500 }');
  expect(reasonOf(null)).toBe('null');
});

test('throwing nothing is a reason too', () => {
  expect(reasonOf(undefined)).toBe('no reason given');
  expect(reasonOf('')).toBe('no reason given');
});

test('a reason is one line of bounded length, so that it cannot forge another line of the list', () => {
  expect(reasonOf(new Error('down\n[+]broker ok\u0007'))).toBe('down [+]broker ok');
  expect(reasonOf(new Error('x'.repeat(10_000)))).toHaveLength(300);
});

test('a chain of causes that bites its own tail ends', () => {
  const error = new Error('loop');
  error.cause = error;
  expect(reasonOf(error)).toBe('loop: loop: loop: loop');
});

test('a value that throws when it is looked at is a reason and not a crash', () => {
  const error = new Error();
  Object.defineProperty(error, 'message', {
    get() {
      throw new Error('again');
    },
  });
  expect(reasonOf(error)).toBe('threw a value that cannot be shown');
});
