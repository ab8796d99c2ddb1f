import { expect, test } from 'vitest';
import { followBlockingQuery, nextIndex } from './blocking-query.ts';

test.each([
  ['a first index is used', undefined, '7', '7'],
  ['a higher index is used', '7', '8', '8'],
  ['the same index is used', '7', '7', '7'],
  ['an index that went backwards is discarded', '7', '6', undefined],
  ['an index of 0 is discarded', '7', '0', undefined],
  ['a missing index resets the query', '7', undefined, undefined],
  ['an index that is not a number is discarded', '7', 'x', undefined],
])('%s', (_name, last, received, next) => {
  expect(nextIndex(last, received)).toBe(next);
});

/** Follows a query that returns the items of a list in turn, then its last item indefinitely. */
async function follow(results: readonly (string | Error)[], forMs: number) {
  const indexes: (string | undefined)[] = [];
  const values: string[] = [];
  const errors: unknown[] = [];
  await followBlockingQuery(
    {
      minIntervalMs: 20,
      backoff: { next: () => 0, reset: () => {}, wait: async () => {} },
      async query({ blocking }) {
        const result = results[Math.min(indexes.length, results.length - 1)];
        indexes.push(blocking?.index);
        if (result === undefined || result instanceof Error) throw result;
        return { value: result, index: result };
      },
      onValue: (value) => values.push(value),
      onError: (error) => errors.push(error),
    },
    AbortSignal.timeout(forMs),
  );
  return { indexes, values, errors };
}

test('a query that keeps returning immediately causes no hot loop, and its value is reported once', async () => {
  const { indexes, values } = await follow(['7'], 300);
  expect(indexes.length).toBeLessThanOrEqual(16);
  expect(indexes.slice(0, 3)).toEqual([undefined, '7', '7']);
  expect(values).toEqual(['7']);
});

test('an error or an index that went backwards resets the index', async () => {
  const { indexes, values, errors } = await follow(['7', new Error('gone'), '9', '3', '3'], 1_000);
  expect(indexes.slice(0, 5)).toEqual([undefined, '7', undefined, '9', undefined]);
  expect(values.slice(0, 4)).toEqual(['7', '9', '3', '3']);
  expect(errors).toHaveLength(1);
});
