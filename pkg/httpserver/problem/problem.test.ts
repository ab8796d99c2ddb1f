import { expect, test } from 'vitest';
import { mapOutage } from './problem.ts';

const DOWN = new Error('connect ECONNREFUSED 10.0.0.1:5432');
const OUTAGE = {
  isOutage: (error: unknown) => error === DOWN,
  code: 'store_unavailable',
  detail: 'The store is unavailable.',
  retryAfterSeconds: 5,
};

test('returns what the call returns', async () => {
  expect(await mapOutage(async () => 1, OUTAGE)).toBe(1);
});

test('an outage becomes a 503 problem with Retry-After, whose text does not contain the cause', async () => {
  await expect(mapOutage(() => Promise.reject(DOWN), OUTAGE)).rejects.toMatchObject({
    status: 503,
    code: 'store_unavailable',
    message: 'The store is unavailable.',
    headers: { 'retry-after': '5' },
    cause: DOWN,
  });
});

test('any other error is unchanged, including one that is thrown before a promise exists', async () => {
  const bug = new TypeError('x is undefined');
  await expect(mapOutage(() => Promise.reject(bug), OUTAGE)).rejects.toBe(bug);
  const throwing = () => {
    throw bug;
  };
  await expect(mapOutage(throwing, OUTAGE)).rejects.toBe(bug);
});
