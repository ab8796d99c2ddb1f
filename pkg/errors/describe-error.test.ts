import { connect, type LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { describeError } from './describe-error.ts';

test('the causes of an error are included', () => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(describeError(new TypeError('fetch failed', { cause: refused }))).toBe('fetch failed: ECONNREFUSED');
});

test('a cause that is already in the message is not repeated', () => {
  const cause = new Error('connect ECONNREFUSED');
  expect(describeError(new Error('no response (connect ECONNREFUSED)', { cause }))).toBe(
    'no response (connect ECONNREFUSED)',
  );
});

test('an error with neither message nor code is described by its name', () => {
  expect(describeError(new RangeError())).toBe('RangeError');
});

test('a thrown value that is not an Error is formatted as is', () => {
  expect(describeError('no leader')).toBe('no leader');
  expect(describeError({ status: 500 })).toBe('{ status: 500 }');
  expect(describeError(null)).toBe('null');
});

test('an undefined or empty value is described as no reason given', () => {
  expect(describeError(undefined)).toBe('no reason given');
  expect(describeError('')).toBe('no reason given');
});

test('a description is one line of bounded length, so that it cannot forge a line of a health report', () => {
  expect(describeError(new Error('down\n[+]broker ok\u0007'))).toBe('down [+]broker ok');
  expect(describeError(new Error('x'.repeat(10_000)))).toHaveLength(300);
});

test('a cyclic chain of causes is cut off', () => {
  const error = new Error('loop 0');
  error.cause = new Error('loop 1', { cause: error });
  expect(describeError(error)).toBe('loop 0: loop 1');
});

test('a value that throws when inspected does not crash the caller', () => {
  const error = new Error();
  Object.defineProperty(error, 'message', {
    get() {
      throw new Error('again');
    },
  });
  expect(describeError(error)).toBe('threw a value that cannot be displayed');
});

test('Node reports refused connections to several addresses as an error without a message', async () => {
  const lookup: LookupFunction = (_host, _options, done) =>
    done(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]);
  const { promise, reject } = Promise.withResolvers<never>();
  connect({ host: 'two.test', port: 1, lookup }).on('error', reject);
  const error = await promise.catch((reason) => reason);
  expect(error).toMatchObject({ name: 'AggregateError', message: '', code: 'ECONNREFUSED' });
  expect(describeError(error)).toBe('ECONNREFUSED');
});
