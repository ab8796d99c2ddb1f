import { expect, test } from 'vitest';
import { connectionError, isPostgresError, isPostgresOutage, PostgresError, serverError } from './errors.ts';

test.each([
  ['57014', 'POSTGRES_TIMEOUT', true],
  ['25006', 'POSTGRES_READ_ONLY', true],
  ['28P01', 'POSTGRES_DENIED', true],
  ['3D000', 'POSTGRES_DENIED', true],
  ['42501', 'POSTGRES_DENIED', true],
  ['40001', 'POSTGRES_CONFLICT', false],
  ['40P01', 'POSTGRES_CONFLICT', false],
  ['08006', 'POSTGRES_UNAVAILABLE', true],
  ['53100', 'POSTGRES_UNAVAILABLE', true],
  ['53300', 'POSTGRES_UNAVAILABLE', true],
  ['57P01', 'POSTGRES_UNAVAILABLE', true],
  ['57P03', 'POSTGRES_UNAVAILABLE', true],
  ['58030', 'POSTGRES_UNAVAILABLE', true],
  ['23505', 'POSTGRES_REJECTED', false],
  ['42601', 'POSTGRES_REJECTED', false],
  ['22P02', 'POSTGRES_REJECTED', false],
])('SQLSTATE %s is %s', (sqlState, code, isOutage) => {
  const error = serverError({ message: 'x', sqlState });
  expect(error).toMatchObject({ code, sqlState, message: `postgres: x (${sqlState})` });
  expect(isPostgresOutage(error)).toBe(isOutage);
  expect(isPostgresError(error, error.code)).toBe(true);
  expect(isPostgresError(error, 'POSTGRES_POOL_TIMEOUT')).toBe(false);
});

test('the invalid value that the server quotes is removed, but not the name of a constraint', () => {
  const message = 'invalid input syntax for type json: "hush "a" b"';
  expect(serverError({ message, sqlState: '22P02' }).message).not.toContain('hush');
  const violation = { message: 'violates unique constraint "a_key"', sqlState: '23505', constraint: 'a_key' };
  expect(serverError(violation)).toMatchObject({
    message: 'postgres: violates unique constraint "a_key" (23505)',
    constraint: 'a_key',
  });
});

test('an error of the connection keeps its message, but not the client, which has the password', () => {
  const error = Object.assign(new Error('read ECONNRESET'), { client: { password: 'hush' } });
  const converted = connectionError(error);
  expect(converted).toMatchObject({ code: 'POSTGRES_UNAVAILABLE', message: 'postgres: read ECONNRESET' });
  expect(converted.cause).toBeUndefined();
});

test.each([
  [Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })],
  [Object.assign(new Error('name mismatch'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })],
  [new Error('The server does not support SSL connections')],
])('%s needs an operator', (error) => {
  expect(connectionError(error).code).toBe('POSTGRES_DENIED');
});

test('an error of another origin is not an outage', () => {
  expect(isPostgresOutage(new Error('connect ECONNREFUSED'))).toBe(false);
  expect(isPostgresOutage(undefined)).toBe(false);
  expect(isPostgresOutage(new PostgresError('x', { code: 'POSTGRES_POOL_TIMEOUT' }))).toBe(true);
});
