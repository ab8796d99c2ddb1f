import { expect, test } from 'vitest';
import { createAvailability } from './availability.ts';
import { PostgresError, type PostgresErrorCode } from './errors.ts';

function someAvailability() {
  const lines: string[] = [];
  const log = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
  const availability = createAvailability({ info: log('info'), warn: log('warn'), error: log('error') });
  const fail = (code: PostgresErrorCode, startedAt = performance.now()) =>
    availability.failed(new PostgresError('x', { code }), startedAt);
  const succeed = (isWrite = false, startedAt = performance.now()) => availability.succeeded({ startedAt, isWrite });
  return { lines, availability, fail, succeed };
}

test('an outage is logged once, and its end', () => {
  const { lines, availability, fail, succeed } = someAvailability();
  expect(availability.available).toBe(true);
  for (const code of ['POSTGRES_UNAVAILABLE', 'POSTGRES_TIMEOUT', 'POSTGRES_POOL_TIMEOUT'] as const) fail(code);
  expect(availability.available).toBe(false);
  succeed();
  succeed(true);
  expect(availability.available).toBe(true);
  fail('POSTGRES_UNAVAILABLE');
  const outage = ['warn PostgreSQL is unavailable', 'info PostgreSQL is available again'];
  expect(lines).toEqual([...outage, 'warn PostgreSQL is unavailable']);
});

test('a rejected password or certificate is an error, because an operator must act', () => {
  const { lines, fail } = someAvailability();
  fail('POSTGRES_DENIED');
  expect(lines).toEqual(['error PostgreSQL is unavailable']);
});

test('a failure is no outage if the server has responded to another statement in the meantime', () => {
  const { lines, availability, fail, succeed } = someAvailability();
  const startedAt = performance.now();
  succeed();
  fail('POSTGRES_TIMEOUT', startedAt - 1);
  expect(availability.available).toBe(true);
  expect(availability.respondedSince(startedAt - 1)).toBe(true);
  expect(lines).toEqual([]);
});

test('a busy pool is logged once if the server responds', () => {
  const { lines, fail, succeed } = someAvailability();
  succeed();
  fail('POSTGRES_POOL_TIMEOUT', performance.now() - 1_000);
  fail('POSTGRES_POOL_TIMEOUT', performance.now() - 1_000);
  expect(lines).toEqual(['warn all database connections are in use']);
});

test('a read-only server is available for reads, and logged until writes have succeeded for a second', () => {
  const { lines, availability, fail, succeed } = someAvailability();
  fail('POSTGRES_READ_ONLY');
  succeed();
  succeed(true);
  fail('POSTGRES_READ_ONLY');
  expect(availability.available).toBe(true);
  expect(lines).toEqual(['warn PostgreSQL is read-only']);
  succeed(true, performance.now() + 1_000);
  expect(lines).toEqual(['warn PostgreSQL is read-only', 'info PostgreSQL accepts writes again']);
});

test('a rejected statement is no outage', () => {
  const { lines, availability, fail } = someAvailability();
  fail('POSTGRES_REJECTED');
  fail('POSTGRES_CONFLICT');
  expect(availability.available).toBe(true);
  expect(lines).toEqual([]);
});

test('the late response to a statement that started before the outage does not end it', () => {
  const { lines, availability, fail, succeed } = someAvailability();
  const startedAt = performance.now() - 1;
  fail('POSTGRES_UNAVAILABLE');
  succeed(true, startedAt);
  expect(availability.available).toBe(false);
  succeed();
  expect(lines).toEqual(['warn PostgreSQL is unavailable', 'info PostgreSQL is available again']);
});

test('a password that is rejected during an outage is logged too', () => {
  const { lines, fail } = someAvailability();
  for (const code of ['POSTGRES_UNAVAILABLE', 'POSTGRES_DENIED', 'POSTGRES_UNAVAILABLE', 'POSTGRES_DENIED'] as const)
    fail(code);
  expect(lines).toEqual(['warn PostgreSQL is unavailable', 'error PostgreSQL is unavailable']);
});
