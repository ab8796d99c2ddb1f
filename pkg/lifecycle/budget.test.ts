import { expect, test } from 'vitest';
import { hardDeadlineMs, stopBudgetMs } from './budget.ts';

test('the budget is the sum of the drain delay, the shutdown timeout and the flush timeout', () => {
  expect(stopBudgetMs({ drainDelayMs: 10_000, shutdownTimeoutMs: 25_000, flushTimeoutMs: 5000 })).toBe(40_000);
});

test('a drain delay below the time limit of the drain phase counts as that limit', () => {
  expect(stopBudgetMs({ drainDelayMs: 0, shutdownTimeoutMs: 5000, flushTimeoutMs: 1000 })).toBe(8000);
});

test('the hard deadline is the budget plus 1 s', () => {
  expect(hardDeadlineMs({ drainDelayMs: 0, shutdownTimeoutMs: 5000, flushTimeoutMs: 1000 })).toBe(9000);
});
