import { connect, type LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { describeError } from './describe-error.ts';

test('the causes of an error are part of the reason', () => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(describeError(new TypeError('fetch failed', { cause: refused }))).toBe('fetch failed: ECONNREFUSED');
});

test('a cause that the message already names is not repeated', () => {
  const cause = new Error('connect ECONNREFUSED');
  expect(describeError(new Error('no answer (connect ECONNREFUSED)', { cause }))).toBe(
    'no answer (connect ECONNREFUSED)',
  );
});

test('an error with neither message nor code is known by its name', () => {
  expect(describeError(new RangeError())).toBe('RangeError');
});

test('a thrown value that is no Error is shown as it is', () => {
  expect(describeError('no leader')).toBe('no leader');
  expect(describeError({ status: 500 })).toBe('{ status: 500 }');
  expect(describeError(null)).toBe('null');
});

test('throwing nothing is a reason too', () => {
  expect(describeError(undefined)).toBe('no reason given');
  expect(describeError('')).toBe('no reason given');
});

test('a reason is one line of bounded length, so that it cannot forge another line of the list', () => {
  expect(describeError(new Error('down\n[+]broker ok\u0007'))).toBe('down [+]broker ok');
  expect(describeError(new Error('x'.repeat(10_000)))).toHaveLength(300);
});

test('a chain of causes that bites its own tail ends', () => {
  const error = new Error('loop 0');
  error.cause = new Error('loop 1', { cause: error });
  expect(describeError(error)).toBe('loop 0: loop 1');
});

test('a value that throws when it is looked at is a reason and not a crash', () => {
  const error = new Error();
  Object.defineProperty(error, 'message', {
    get() {
      throw new Error('again');
    },
  });
  expect(describeError(error)).toBe('threw a value that cannot be shown');
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
