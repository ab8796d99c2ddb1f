import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

const A = '192.0.2.1';

test('a million addresses use bounded memory, and filling one table with them does not reset a busy client', () => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('the garbage collector is not exposed');
  const limit = createRateLimit({ max: 10, windowMs: 60_000 });
  for (let i = 0; i < 10; i++) expect(limit.take(A, 1).allowed).toBe(true);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1_000_000; i++) {
    limit.take(`${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}.7`, 2);
    if (i === 120_000) expect(limit.take(A, 2).allowed).toBe(false);
  }
  collect();
  expect(limit.size).toBeLessThanOrEqual(200_000);
  expect(limit.size).toBeGreaterThan(100_000);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(48 * 1024 * 1024);
});
