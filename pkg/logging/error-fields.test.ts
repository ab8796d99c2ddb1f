import { expect, test } from 'vitest';
import { errorFields } from './error-fields.ts';

/** Creates an error like a database driver's: it references the client, which contains its password. */
function driverError(message: string, options?: ErrorOptions): Error {
  const client = { host: 'db', connectionParameters: { password: 's3cret' }, secretKey: 's3cret' };
  return Object.assign(new TypeError(message, options), { code: 'ECONNREFUSED', port: 5432, client, config: client });
}

test('an error is logged with type, message, code and stack, but not with arbitrary properties', () => {
  expect(errorFields(driverError('no connection'))).toEqual({
    type: 'TypeError',
    message: 'no connection',
    code: 'ECONNREFUSED',
    port: 5432,
    stack: expect.stringContaining('error-fields.test.ts'),
  });
});

test('causes and the errors of an AggregateError are logged in the same way', () => {
  const cause = new AggregateError([driverError('first'), 'a string'], 'all failed');
  const logged = errorFields(driverError('outer', { cause }));
  expect(logged).toMatchObject({
    message: 'outer',
    cause: { type: 'AggregateError', errors: [{ message: 'first', code: 'ECONNREFUSED' }, 'a string'] },
  });
  expect(JSON.stringify(logged)).not.toContain('s3cret');
});

test('a thrown object that is not an error is logged in the same way, and a thrown primitive as is', () => {
  expect(errorFields({ message: 'odd', code: 7, client: 's3cret' })).toEqual({
    type: 'Object',
    message: 'odd',
    code: 7,
  });
  expect([errorFields('odd'), errorFields(undefined), errorFields(7)]).toEqual(['odd', undefined, 7]);
});

test('the output is bounded for cyclic causes, many errors and long strings', () => {
  const cycle = new Error('x'.repeat(100_000));
  cycle.cause = cycle;
  const many = new AggregateError(Array.from({ length: 1000 }, () => new AggregateError([cycle, cycle], 'inner')));
  expect(JSON.stringify(errorFields(cycle)).length).toBeLessThan(150_000);
  expect(JSON.stringify(errorFields(many)).length).toBeLessThan(250_000);
});

test('a property that throws when read is omitted', () => {
  const hostile = new Proxy(new Error('x'), {
    get(target, name) {
      if (name === 'code' || name === 'constructor') throw new Error('no');
      return Reflect.get(target, name);
    },
  });
  expect(errorFields(hostile)).toMatchObject({ type: 'Error', message: 'x' });
});
