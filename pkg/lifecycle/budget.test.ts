import { expect, test } from 'vitest';
import { hardDeadlineMs, stopBudgetMs } from './budget.ts';

test('the budget is the drain delay, the shutdown and the flush time together', () => {
  expect(stopBudgetMs({ drainDelayMs: 10_000, shutdownTimeoutMs: 25_000, flushTimeoutMs: 5000 })).toBe(40_000);
});

test('a drain delay shorter than the time for withdrawing counts as that time', () => {
  expect(stopBudgetMs({ drainDelayMs: 0, shutdownTimeoutMs: 5000, flushTimeoutMs: 1000 })).toBe(8000);
});

test('the hard deadline is the budget and 1 s', () => {
  expect(hardDeadlineMs({ drainDelayMs: 0, shutdownTimeoutMs: 5000, flushTimeoutMs: 1000 })).toBe(9000);
});
